"""Parts of the rounds that were asked for, and their sums within a round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.facts import gathered
from aitracker.flows.attributes import split_with_attributes
from aitracker.flows.dividing import POSSIBLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.sets import Asked
    from aitracker.flows.splits import Split

__all__ = ["asked_parts", "by_round", "known_sum"]

MONEY = ("amount_usd_m", "amount_low_usd_m", "amount_high_usd_m")


def known_sum(column: str | pl.Expr) -> pl.Expr:
    """In ``group_by().agg``: the sum of what is known; null, not zero, where nothing is."""
    column = pl.col(column) if isinstance(column, str) else column
    return pl.when(column.is_not_null().any()).then(column.sum())


def asked_parts(ds: Dataset, split: Split, asked: Asked, *, counted: bool = True) -> pl.DataFrame:
    """Parts of the rounds that were asked for; with ``counted`` only of those that enter totals."""
    parts = split_with_attributes(ds, split).filter(asked.filters())
    return parts.filter(pl.col("counts_in_totals")) if counted else parts


def by_round(parts: pl.DataFrame, *by: str, apart: Sequence[str] = (), with_open: bool = False) -> pl.DataFrame:
    """One row per round and group: amount, stated part, bounds, facts, and what of it is unknown.

    Amount and bounds are of the members whose part is known, so that the amount lies within them, and of investors
    nobody named, who may have a part; ``with_open`` puts what the round leaves for the others into the bounds.
    ``unknown``: nothing of the group's part is known; ``dark``: some of it is not; ``there``: the group took part, which
    is more than that somebody may have. ``apart``: columns that tell lenses apart.
    """
    here = [*apart, "round_id"]
    possible = pl.col("basis") == POSSIBLE
    known = pl.col("amount_usd_m").is_not_null() | possible
    # A part that has no bound leaves the sum without one.
    ends = {c: known_sum(pl.col(c).filter(known)) for c in MONEY}
    if with_open:
        ends |= {c: pl.when(pl.col(c).is_not_null().all()).then(pl.col(c).sum()) for c in MONEY[1:]}
    per_round = parts.group_by(*here, *by, maintain_order=True).agg(
        pl.col("announced", "total", "total_low", "total_high").first(),
        known_sum("stated_usd_m"),
        **ends,
        least=pl.col("amount_low_usd_m").sum(),  # whoever may have nothing takes nothing from the others
        open=(~known).any(),
        there=(~possible).any(),
        **({"facts": gathered("facts")} if "facts" in parts.columns else {}),
    )
    # Members of one group cannot together have more than the round less what the others must have.
    others = pl.col("least").sum().over(here) - pl.col("least")
    most = pl.max_horizontal(pl.col("total_high") - others, "amount_usd_m")
    high = pl.col("amount_high_usd_m")
    whole = ((pl.col("amount_usd_m") - pl.col("total")).abs() < 1e-6).fill_null(value=False)
    return per_round.with_columns(
        amount_high_usd_m=pl.when(pl.col("total_high").is_not_null() & (high > most)).then(most).otherwise(high),
        unknown=pl.col("amount_usd_m").is_null(),
        # A group that holds all of its round holds all of its money, however it is divided.
        dark=pl.col("open") & ~whole,
    ).drop("least", "open", "total")
