"""Who put how much into whom: investors against start-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.flows.funding import by_round, counted_parts
from aitracker.vocabulary import NEW_MONEY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["investor_matrix"]

MONEY = ("amount_usd_m", "amount_low_usd_m", "amount_high_usd_m")


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
) -> pl.DataFrame:
    """Money of each investor in each start-up, over all rounds that count.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; its ``group`` decides whose vehicles go under one name.
    split : str
        How a round's unstated rest is divided among its investors; see :func:`aitracker.round_split`.
    status, waves, kinds, instruments, segments, investors, since, until
        Which rounds and parts; see :func:`aitracker.funding_flows`.

    Returns
    -------
    polars.DataFrame
        A row per investor and start-up, the largest investors and start-ups first: ``investor_id`` (null: investors
        nobody named), ``investor`` (``unknown`` there), ``investor_zh``, ``investor_type``, ``country_group``, ``names``
        (all that the investor and its vehicles are called, former names and aliases too, to be searched), ``startup_id``,
        ``startup``, ``startup_zh``, ``wave``, ``segment``, ``amount_usd_m`` (millions of US dollars under the split; null: no round of
        the two states or implies one) with its bounds ``amount_low_usd_m`` and ``amount_high_usd_m``, ``stated_usd_m``
        (null: nothing stated), ``rounds``, ``rounds_unknown`` (those whose part is unknown, and so not in the amount),
        ``first`` and ``last`` (days), ``investor_usd_m`` and ``startup_usd_m`` (totals of the row and of the column of the
        matrix), ``source_ids`` (joined by ``;``).

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    The definition is our own: the sums of :func:`aitracker.funding_flows`, with two groupings at once. The amounts of a
    start-up's column sum to its rounds.
    """
    parts = counted_parts(ds, split, status, kinds, waves, instruments, segments, investors, since, until)
    sources = parts.group_by("investor_id", "startup_id", maintain_order=True).agg(
        source_ids=pl.col("source_id").drop_nulls().unique(maintain_order=True).str.join(";"),
        stated_usd_m=pl.when(pl.col("stated_usd_m").is_not_null().any()).then(pl.col("stated_usd_m").sum()),
        first=pl.col("announced").min(),
        last=pl.col("announced").max(),
    )
    known = ~pl.col("unknown")
    cells = (
        by_round(parts, "investor_id", "startup_id")
        .group_by("investor_id", "startup_id", maintain_order=True)
        .agg(
            *[pl.when(known.any()).then(pl.col(c).filter(known).sum()).alias(c) for c in MONEY],
            rounds=pl.len().cast(pl.Int64),
            rounds_unknown=pl.col("unknown").sum().cast(pl.Int64),
        )
        .join(sources, on=["investor_id", "startup_id"], validate="1:1", nulls_equal=True)
    )
    about = parts.select("investor_id", "investor", "investor_type", "country_group").unique(maintain_order=True)
    words = ds.lookup(
        """SELECT g.group_id AS investor_id, any_value(i.name_zh) FILTER (i.investor_id = g.group_id) AS investor_zh,
            string_agg(array_to_string([i.name, i.name_zh, i.note], '; '), '; '
                ORDER BY i.investor_id <> g.group_id, i.investor_id) AS names
        FROM data.investors i JOIN groups(getvariable('grp')) g USING (investor_id) GROUP BY g.group_id ORDER BY g.group_id"""
    )
    startups = ds.lookup(
        "SELECT startup_id, name AS startup, name_zh AS startup_zh, wave, segment FROM data.startups ORDER BY startup_id"
    )
    return (
        cells.join(about, on="investor_id", validate="m:1", nulls_equal=True)
        .join(words, on="investor_id", how="left", validate="m:1")
        .join(startups, on="startup_id", validate="m:1")
        .with_columns(
            names=pl.coalesce("names", "investor"),
            investor_usd_m=pl.col("amount_usd_m").sum().over("investor_id"),
            startup_usd_m=pl.col("amount_usd_m").sum().over("startup_id"),
        )
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
            *("startup_id", "startup", "startup_zh", "wave", "segment", *MONEY, "stated_usd_m"),
            *("rounds", "rounds_unknown", "first", "last", "investor_usd_m", "startup_usd_m", "source_ids"),
        )
    )
