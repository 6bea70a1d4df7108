"""How money of a known size divides among named investors: bounds that hold whatever the split, and the split asked for."""

from __future__ import annotations

from typing import Literal

import polars as pl

from aitracker.facts import fact

__all__ = ["POSSIBLE", "Split", "divide", "floor", "least"]

Split = Literal["stated", "equal", "lead-weighted"]
PUBLIC = "public-market"
"""The investor that stands for the public in a listing."""

POSSIBLE = "possible"
"""Basis of what investors nobody named may have, where a list of investors may be short."""


def divide(rounds: pl.DataFrame, cheques: pl.DataFrame, split: Split, on: list[str]) -> pl.DataFrame:
    """Divide rounds among the cheques of the same key; ``on`` also tells lenses apart where several are asked at once."""
    named = rounds.join(cheques, on=on, validate="1:m", maintain_order="left")
    open_ = pl.col("stated").is_null()
    # The rest of a listing was sold to the public: a named investor without a stated part gets none of it.
    takes = open_ & (~pl.col("listing") | (pl.col("investor_id") == PUBLIC))
    is_lead = pl.col("role") == "lead"

    def each(expr: pl.Expr) -> pl.Expr:
        return expr.over(on)

    # A round of unknown size leaves the rest unknown: every bound built on it is null, not zero.
    named = named.with_columns(
        parts=each(pl.col("stated").sum()),
        parts_low=each(pl.col("stated_low").sum()),
        parts_high=each(pl.col("stated_high").sum()),
        m=each(open_.sum()),
        leads=each(is_lead.sum()),
        open_leads=each((open_ & is_lead).sum()),
        lead_high=each(pl.when(is_lead).then(pl.col("stated_high")).max()),
        follower_low=each(pl.when(~is_lead).then(pl.col("stated_low")).max()),
        weight=pl.when(takes & is_lead & (pl.lit(split) == "lead-weighted"))
        .then(2.0)
        .otherwise(takes.cast(pl.Float64)),
    ).with_columns(
        rest=floor(pl.col("total") - pl.col("parts")),
        rest_low=floor(pl.col("total_low") - pl.col("parts_high")),
        rest_high=floor(pl.col("total_high") - pl.col("parts_low")),
        scale=pl.when(pl.col("parts") > pl.col("total")).then(pl.col("total") / pl.col("parts")).otherwise(1.0),
    )
    sole_open_lead = open_ & is_lead & (pl.col("leads") == 1)
    # Of a list that may be short nothing is forced on the named: others may have taken the rest.
    low = (
        pl.when(~pl.col("complete"))
        .then(0.0)
        .when(pl.col("m") == 1)
        .then(pl.col("rest_low"))
        .when(sole_open_lead)
        .then(
            pl.max_horizontal(pl.col("rest_low") / pl.col("m"), pl.col("follower_low")).clip(
                upper_bound=pl.col("rest_high")
            )
        )
        .otherwise(0.0)
    )
    follower_cap = pl.when(pl.col("m") > 1).then(pl.col("rest_high") / (pl.col("open_leads") + 1))
    stated_cap = pl.when(pl.col("leads") == 1).then(pl.col("lead_high"))
    high = (
        pl.when(is_lead).then(pl.col("rest_high")).otherwise(pl.min_horizontal("rest_high", follower_cap, stated_cap))
    )
    named = named.with_columns(high=pl.when(pl.col("rest_high").is_not_null()).then(high)).with_columns(
        low=pl.when(pl.col("rest_high").is_not_null()).then(pl.min_horizontal(low, "high")),
        # A share that the lead's own stated part rules out is cut; what is cut stays with investors nobody named.
        share=pl.when(takes).then(
            least(pl.col("rest") * pl.col("weight") / each(pl.col("weight").sum()), pl.col("high"))
        ),
    )
    rows = named.select(
        *on,
        "startup_id",
        "investor_id",
        "role",
        "instrument",
        amount_usd_m=pl.when(open_)
        .then(None if split == "stated" else pl.col("share"))
        .otherwise(pl.col("stated") * pl.col("scale")),
        amount_low_usd_m=pl.when(open_).then("low").otherwise(pl.col("stated_low") * pl.col("scale")),
        # Of a vehicle and its parent one part may be stated and the other not: then the rest is open to them too.
        amount_high_usd_m=pl.when(open_)
        .then("high")
        .otherwise(pl.col("stated_high") * pl.col("scale") + pl.when("in_part").then("rest_high").otherwise(0.0)),
        stated_usd_m=pl.col("stated"),
        basis=pl.when(open_)
        .then(
            pl.when(pl.col("total").is_null() | ~takes | (pl.lit(split) == "stated"))
            .then(pl.lit("unknown"))
            .otherwise(pl.lit("split"))
        )
        .when(pl.col("scale") < 1)
        .then(pl.lit("scaled"))
        .otherwise(pl.lit("stated")),
        source_id="source_id",
    )
    both = _with_facts(pl.concat([rows, _unnamed(rounds, named, rows, on)]), rounds, cheques, on)
    return both.sort(
        *on, "amount_usd_m", "investor_id", descending=[*(False for _ in on), True, False], nulls_last=True
    )


def _with_facts(rows: pl.DataFrame, rounds: pl.DataFrame, cheques: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """The facts of each part: its own where it is stated, else also those that leave it what it may have."""
    told = cheques.group_by(on, maintain_order=True).agg(pl.col("told").explode().drop_nulls())
    own = cheques.select(*on, "investor_id", "own")
    nothing = pl.lit([], dtype=pl.List(pl.String))
    derived = pl.col("basis") != "stated"
    # A round of unknown size leaves an unknown rest, whatever is stated of it.
    size = pl.concat_list(fact("round", "round_id", "amount"))
    parts = pl.when(derived & pl.col("total").is_not_null()).then("told")
    return (
        rows.join(rounds.select(*on, "total"), on=on, validate="m:1", maintain_order="left")
        .join(told, on=on, how="left", validate="m:1", maintain_order="left")
        .join(own, on=[*on, "investor_id"], how="left", validate="1:1", maintain_order="left")
        .with_columns(
            facts=pl.concat_list(
                pl.coalesce(expr, nothing) for expr in (pl.when(derived).then(size), parts, pl.col("own"))
            ).list.unique(maintain_order=True)
        )
        .drop("total", "told", "own")
    )


def floor(expr: pl.Expr) -> pl.Expr:
    """Not below zero; null stays null."""
    return pl.when(expr > 0).then(expr).when(expr.is_not_null()).then(0.0)


def least(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    """The smaller one; null where the first is."""
    return pl.when(a > b).then(b).otherwise(a)


def _unnamed(rounds: pl.DataFrame, named: pl.DataFrame, rows: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """What of each round is left for investors nobody named; a round of unknown size without names is wholly unknown."""
    given = rows.group_by(on, maintain_order=True).agg(given=pl.col("amount_usd_m").sum())
    open_high = pl.col("high").filter(pl.col("stated").is_null()).sum()
    known = named.group_by(on, maintain_order=True).agg(
        pl.col("rest_low", "rest_high").first(),
        taken=open_high,
        open=pl.col("stated").is_null().any(),
    )
    left = (
        rounds.join(known, on=on, how="left", validate="1:1")
        .join(given, on=on, how="left", validate="1:1")
        .with_columns(
            amount=pl.col("total") - pl.col("given").fill_null(0.0),
            # Those who are named may have taken all that their bounds allow.
            low=floor(pl.coalesce("rest_low", "total_low") - pl.col("taken").fill_null(0.0)),
            high=pl.coalesce("rest_high", "total_high"),
        )
    )
    # A thousandth of a dollar is what floating-point sums leave behind, not money.
    left_over = (pl.col("amount") > 1e-9) | (~pl.col("complete") & (pl.col("high") > 1e-9))
    # Parts that are all stated are not the whole of a round, where not all are known who took part.
    short = pl.col("open").is_null() | (~pl.col("open") & ~pl.col("complete"))
    wholly_unknown = pl.col("total").is_null() & short
    return left.filter(left_over | wholly_unknown).select(
        *on,
        "startup_id",
        investor_id=pl.lit(None, dtype=pl.String),
        role=pl.lit("participant"),
        instrument=pl.lit("unknown"),
        amount_usd_m=pl.when(pl.col("amount") > 1e-9).then("amount"),
        amount_low_usd_m="low",
        amount_high_usd_m="high",
        stated_usd_m=pl.lit(None, dtype=pl.Float64),
        basis=pl.when(pl.col("amount") <= 1e-9).then(pl.lit(POSSIBLE)).otherwise(pl.lit("unknown")),
        source_id="round_source",
    )
