"""Parts of rounds under every policy and grouping at once, for a chart that answers its controls by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.flows.attributes import LENS, split_under_every_choice
from aitracker.flows.dividing import POSSIBLE, Split
from aitracker.flows.parts import by_round
from aitracker.vocabulary import GROUPS, HOME_WAVES, NEW_MONEY, POLICIES

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["funding_rows"]


def funding_rows(ds: Dataset, split: Split = "equal", waves: tuple[str, ...] = HOME_WAVES) -> pl.DataFrame:
    """Parts of counted rounds with one amount a policy: what a static chart needs to answer its controls by itself.

    Parameters
    ----------
    ds : Dataset
        The data; its lens but for policy and group.
    split : str
        See :func:`aitracker.round_split`.
    waves : tuple of str
        Waves of the start-ups; all but the foreign comparators by default.

    Returns
    -------
    polars.DataFrame
        A row per round and group of investors: ``round_id``, ``date``, ``wave``, ``investor_type``, ``country_group``, ``startup``,
        ``segment``, and ``amount__curated`` to ``amount__median`` with ``low__...``, ``high__...``, ``stated__...`` and
        the row's part of its round's interval, ``total_low__...`` and ``total_high__...`` (millions of US dollars; null is
        unknown under that policy), and ``groups``: the groupings of the lens under which the row holds, joined by "|"
        (filter by one before adding up). Closed rounds of new money, dated ones.
    """
    keys = ["date", "wave", "segment", "startup", "investor_type", "country_group"]
    words = {"amount": "amount_usd_m", "low": "amount_low_usd_m", "high": "amount_high_usd_m", "stated": "stated_usd_m"}
    parts = (
        split_under_every_choice(ds, split)
        .filter(
            pl.col("counts_in_totals"),
            pl.col("status") == "closed",
            pl.col("kind").is_in(NEW_MONEY),
            pl.col("wave").is_in(waves),
            pl.col("announced").is_not_null(),
            # Investors nobody named, who only may have a part, are no row of a chart.
            pl.col("basis") != POSSIBLE,
        )
        .with_columns(date="announced")
    )
    rows = (
        by_round(parts, *keys, apart=LENS)
        .rename({column: word for word, column in words.items()})
        # A round's own interval, in equal parts over its rows, so that a sum over rounds gives the interval of the sum.
        .with_columns(
            pl.coalesce(pl.col(f"total_{end}") / pl.len().over(*LENS, "round_id"), end).alias(f"total_{end}")
            for end in ("low", "high")
        )
    )
    figures = [*words, "total_low", "total_high"]
    keys = ["round_id", *keys]
    frames = [
        rows.filter(pl.col("policy") == policy)
        .select("group", *keys, *figures)
        .rename({figure: f"{figure}__{policy.replace('-', '_')}" for figure in figures})
        for policy in POLICIES
    ]
    out = frames[0]
    for frame in frames[1:]:
        out = out.join(frame, on=["group", *keys], how="full", coalesce=True, nulls_equal=True, validate="1:1")
    columns = [name for name in out.columns if name != "group"]
    together = (
        out.sort(
            pl.col("group").replace_strict({group: i for i, group in enumerate(GROUPS)}, return_dtype=pl.Int64), *keys
        )
        .group_by(columns, maintain_order=True)
        .agg(groups=pl.col("group").str.join("|"))
    )
    return together.sort([*keys, "groups"], nulls_last=True)
