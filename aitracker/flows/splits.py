"""How one round's money divides among its investors: what is stated, what bounds hold, and a scenario for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import polars as pl

from aitracker.asked import one_of
from aitracker.facts import traced
from aitracker.flows.dividing import Split, divide

if TYPE_CHECKING:
    from aitracker.dataset import Dataset
    from aitracker.vocabulary import Group

__all__ = ["Split", "cheques", "round_split", "sizes"]


def cheques(ds: Dataset, group: Group) -> pl.DataFrame:
    """One row per round and investor group: what is stated of its part.

    A vehicle and its parent named in one round are one cheque: stated parts are added, and the group's role is the
    highest of its members'.
    """
    return ds.lookup(
        f"""SELECT round_id, g.group_id AS investor_id,
            CASE WHEN bool_or(role <> 'participant') THEN 'lead' ELSE 'participant' END AS role,
            CASE WHEN count(DISTINCT instrument) = 1 THEN any_value(instrument) ELSE 'mixed' END AS instrument,
            sum(amount_usd_m) AS stated, sum(amount_low_usd_m) AS stated_low, sum(amount_high_usd_m) AS stated_high,
            count(amount_usd_m) BETWEEN 1 AND count(*) - 1 AS in_part, arg_min(source_id, investor_id) AS source_id,
            list_sort(list(DISTINCT 'participation|' || round_id || '/' || investor_id || '|amount')) AS own,
            list_sort(list(DISTINCT 'participation|' || round_id || '/' || investor_id || '|amount')
                FILTER (amount_usd_m IS NOT NULL)) AS told
        FROM participations JOIN groups('{group}') g USING (investor_id) GROUP BY ALL ORDER BY ALL"""
    )


def round_split(ds: Dataset, round_id: str | None = None, split: Split = "equal") -> pl.DataFrame:
    r"""Divide each round's money among its investors, with the bounds that hold whatever the split.

    With T the size of the round, S the sum of the stated parts and R = T - S the rest, an investor i without a stated
    part has 0 <= a_i <= R. A follower gives no more than each lead: follower <= R / (k + 1) beside k leads, and nobody
    more than a stated sole lead. Where a source says that the list of investors is complete the a_i sum to R, and
    something is forced on them: the only one without a stated part has R, a sole lead at least R / m among m such
    investors. Everywhere else investors nobody named may have taken any part of the rest, and have a row without an
    amount and with R as its upper bound. The rest of a listing is the public's. The split that is asked for is a
    scenario within these bounds, never a datum.

    Parameters
    ----------
    ds : Dataset
        The data and its lens (its ``group`` decides whose vehicles go under one name).
    round_id : str, optional
        One round; all rounds under the lens where none is given.
    split : {"equal", "stated", "lead-weighted"}
        How the rest is divided: in equal parts, not at all (it stays with the unknown), or with leads counted double.

    Returns
    -------
    polars.DataFrame
        ``round_id``, ``startup_id``, ``investor_id`` (null: investors nobody named), ``role``, ``instrument``,
        ``amount_usd_m`` (null: unknown), ``amount_low_usd_m``, ``amount_high_usd_m``, ``stated_usd_m`` (null: not
        stated), ``basis`` (``stated``, ``split``, ``scaled`` where a lens makes the stated parts exceed the round and
        they are scaled down to it, ``unknown``, ``possible``: investors nobody named may have had it),
        ``source_id``. The amounts of a round of known size sum to it.
        ``facts``: the own part where it is stated, else also the size of the round and the parts stated in it.

    Raises
    ------
    ValueError
        When the round or the split does not exist.

    Notes
    -----
    The definition is our own; see "Flows" in the method notes of the data sheet.
    """
    one_of("split", split, get_args(Split))
    rounds = sizes(ds)
    if round_id is not None:
        one_of("round_id", round_id, rounds["round_id"].to_list())
        rounds = rounds.filter(pl.col("round_id") == round_id)
    return traced(ds, divide(rounds, cheques(ds, ds.lens.group), split, ["round_id"]))


def sizes(ds: Dataset) -> pl.DataFrame:
    """One row per round: its size, whether it is a listing, and whether all of its investors are known."""
    return ds.table("rounds").select(
        "round_id",
        "startup_id",
        listing=pl.col("kind").is_in(["ipo", "placing"]),
        complete=pl.col("investor_list") == "complete",
        total="amount_usd_m",
        total_low="amount_low_usd_m",
        total_high="amount_high_usd_m",
        round_source="source_id",
    )
