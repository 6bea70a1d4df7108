"""Who put how much into whom: investors against start-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.facts import gathered, traced
from aitracker.flows.dividing import POSSIBLE
from aitracker.flows.parts import MONEY, asked_parts, by_round, known_sum
from aitracker.flows.sets import asked_for
from aitracker.vocabulary import NEW_MONEY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["investor_matrix"]

PAIR = ["investor_id", "startup_id"]


def investor_matrix(
    ds: Dataset,
    split: Split = "equal",
    status: Sequence[str] = ("closed",),
    waves: Sequence[str] | None = None,
    kinds: Sequence[str] = NEW_MONEY,
    instruments: Sequence[str] | None = None,
    segments: Sequence[str] | None = None,
    investors: Sequence[str] | None = None,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    scope: str | None = None,
) -> pl.DataFrame:
    """Each investor in each start-up: in which rounds, and with how much money in those that count.

    Who took part in any round is a member, in one too that another round already holds (a tranche, a round that was
    renamed); sums are over the rounds that count.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; its ``group`` decides whose vehicles go under one name.
    split : str
        How a round's unstated rest is divided among its investors; see :func:`aitracker.round_split`.
    status, waves, kinds, instruments, segments, investors, since, until, scope
        Which rounds and parts; see :func:`aitracker.funding_flows`.

    Returns
    -------
    polars.DataFrame
        A row per investor and start-up, the largest investors and start-ups first: ``investor_id`` (null: investors
        nobody named), ``investor`` (``unknown`` there), ``investor_zh``, ``investor_type``, ``country_group``, ``names``
        (all that the investor and its vehicles are called, former names and aliases too, to be searched), ``startup_id``,
        ``startup``, ``startup_zh``, ``wave``, ``segment``, ``amount_usd_m`` (millions of US dollars under the split; null: no round of
        the two that counts states or implies one) with its bounds ``amount_low_usd_m`` and ``amount_high_usd_m``,
        ``stated_usd_m`` (null: nothing stated), ``rounds`` (that name the investor), ``rounds_counted`` (those of them that
        enter sums), ``rounds_unknown`` (those of the latter whose part is unknown, and so not in the amount), ``first`` and
        ``last`` (days), ``investor_usd_m`` and ``startup_usd_m`` (totals of the row and of the column of the matrix; null:
        nothing known), ``source_ids`` (joined by ``;``), and which set this is: ``status``, ``waves``, ``scope``,
        ``universe``. ``facts``: the parts and sizes of the rounds.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    The definition is our own: the sums of :func:`aitracker.funding_flows`, with two groupings at once. The amounts of a
    start-up's column sum to its rounds.
    """
    asked = asked_for(ds, status, kinds, waves, scope, instruments, segments, investors, since, until)
    parts = asked_parts(ds, split, asked, counted=False)
    # Investors nobody named are in a company only with money that is left for them, or with a round that names none.
    counts = pl.col("counts_in_totals")
    parts = parts.filter(pl.col("investor_id").is_not_null() | (counts & (pl.col("basis") != POSSIBLE)))
    members = parts.group_by(PAIR, maintain_order=True).agg(
        rounds=pl.col("round_id").n_unique().cast(pl.Int64),
        source_ids=pl.col("source_id").drop_nulls().unique(maintain_order=True).str.join(";"),
        first=pl.col("announced").min(),
        last=pl.col("announced").max(),
        own=gathered("facts"),
    )
    sums = (
        by_round(parts.filter("counts_in_totals"), *PAIR)
        .group_by(PAIR, maintain_order=True)
        .agg(
            *map(known_sum, (*MONEY, "stated_usd_m")),
            rounds_counted=pl.len().cast(pl.Int64),
            rounds_unknown=pl.col("dark").sum().cast(pl.Int64),
            facts=gathered("facts"),
        )
    )
    frame = (
        members.join(sums, on=PAIR, how="left", validate="1:1", nulls_equal=True, maintain_order="left")
        .with_columns(
            pl.col("rounds_counted", "rounds_unknown").fill_null(0),  # numbers of rounds, not of money
            # Where no round counts the investor is there by the rounds that name it.
            facts=pl.coalesce("facts", "own"),
            investor_usd_m=_over("investor_id"),
            startup_usd_m=_over("startup_id"),
        )
        .join(
            _about(parts, ["investor_id", "investor", "investor_type", "country_group"]),
            on="investor_id",
            nulls_equal=True,
        )
        .join(_names(ds), on="investor_id", how="left", validate="m:1")
        .join(_startups(ds), on="startup_id", validate="m:1")
        .with_columns(names=pl.coalesce("names", "investor"))
        .sort(
            "investor_usd_m",
            "investor_id",
            "startup_usd_m",
            "startup_id",
            descending=[True, False, True, False],
            nulls_last=True,
        )
        .select(
            *("investor_id", "investor", "investor_zh", "investor_type", "country_group", "names"),
            *("startup_id", "startup", "startup_zh", "wave", "segment", *MONEY, "stated_usd_m", "rounds"),
            *(
                "rounds_counted",
                "rounds_unknown",
                "first",
                "last",
                "investor_usd_m",
                "startup_usd_m",
                "source_ids",
                "facts",
            ),
        )
    )
    return traced(ds, asked.named(frame))


def _over(key: str) -> pl.Expr:
    """Sum of the known amounts of a row or column of the matrix; null where none is known."""
    amount = pl.col("amount_usd_m")
    return pl.when(amount.is_not_null().any().over(key)).then(amount.sum().over(key))


def _about(parts: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    return parts.select(columns).unique(maintain_order=True)


def _names(ds: Dataset) -> pl.DataFrame:
    return ds.lookup(
        """SELECT g.group_id AS investor_id, any_value(i.name_zh) FILTER (i.investor_id = g.group_id) AS investor_zh,
            string_agg(array_to_string([i.name, i.name_zh, i.note], '; '), '; '
                ORDER BY i.investor_id <> g.group_id, i.investor_id) AS names
        FROM data.investors i JOIN groups(getvariable('grp')) g USING (investor_id) GROUP BY g.group_id ORDER BY g.group_id"""
    )


def _startups(ds: Dataset) -> pl.DataFrame:
    return ds.lookup(
        "SELECT startup_id, name AS startup, name_zh AS startup_zh, wave, segment FROM data.startups ORDER BY startup_id",
        shared=True,
    )
