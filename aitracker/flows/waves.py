"""Who paid for each wave of start-ups, at equal age."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.asked import switch, whole_number
from aitracker.facts import fact, gathered, traced
from aitracker.flows.parts import MONEY, asked_parts, by_round, known_sum
from aitracker.flows.sets import asked_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["WINDOWS", "waves"]

WINDOWS: dict[str, tuple[int | None, int | None]] = {
    "vision": (2014, 2021),
    "genai": (2021, None),
    "other": (None, None),
    "foreign": (None, None),
}
"""First and last year of the rounds that make up a wave; none: open."""

GROUPINGS = ("investor_type", "country_group")
OLDEST = 96
"""Months from which on ages share one bucket: few start-ups are that old."""


def waves(
    ds: Dataset,
    split: Split = "equal",
    bucket_months: int = 24,
    windowed: bool = True,
    waves: Sequence[str] | None = None,
    scope: str | None = None,
) -> pl.DataFrame:
    r"""Share of each kind of investor in each wave's money, at equal age of the start-ups.

    Of the rounds of one wave in one bucket of ages, a group g has the share A_g / sum over all groups of A. Its bounds
    are L_g / H and H_g / max(H_g + L_others, L): L and H are the sums of what the rounds' bounds leave for the group, for
    the others, and for the rounds as a whole. Investors nobody named, or of unknown kind or home, are the group ``unknown``.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    split : str
        How a round's unstated rest is divided among its investors; see :func:`aitracker.round_split`.
    bucket_months : int
        Width of a bucket of ages, in months since founding; the last is open from 96 months on.
    windowed : bool
        Count only rounds of the wave's own years (``WINDOWS``: vision 2014 to 2021, genai from 2021 on); else all.
    waves : list of str, optional
        ``vision``, ``genai``, ``other``, ``foreign``; where none is given all but the foreign comparators.
    scope : str, optional
        ``model-maker``, ``genai`` or ``ai``: nested sets of Chinese companies.

    Returns
    -------
    polars.DataFrame
        A row per ``wave``, grouping (``by``: ``investor_type`` or ``country_group``), ``group`` and ``age`` (such as
        ``0-23`` months; ``unknown`` where the founding or the round is undated; ``all``): ``window`` (the years),
        ``age_from`` (months; null for unknown and all), ``amount_usd_m`` with its bounds (millions of US dollars; null: of
        unknown size), ``share_pct`` with ``share_low_pct`` and ``share_high_pct`` (0 to 100, of the money of known size;
        null: nothing known in the bucket), ``whole_low_pct`` and ``whole_high_pct`` (bounds of the share of all the money:
        0 and 100 where some of it is of unknown size), ``rounds`` and ``startups`` of the group, and of the whole bucket
        ``bucket_usd_m`` (null: nothing known), ``bucket_rounds``, ``bucket_rounds_unknown`` (of unknown size: in no
        share, or only with what sources state of it) and ``bucket_startups``;
        then ``status``, ``waves``, ``scope``, ``universe`` of the set. Closed rounds of new
        money. ``facts``: the group's parts, the sizes in its bucket, and for an age the founding dates.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    Cohorts are compared at equal age, as in survival analysis; the definition is our own. A fuzzy date counts as the
    middle of its period, and money raised before the founding date at age 0. Few start-ups stand behind a bucket: read
    the shares with their ``bucket_startups``.
    """
    whole_number("bucket_months", bucket_months, 1200)
    switch("windowed", windowed)
    asked = asked_for(ds, waves=waves, scope=scope)
    # greatest() passes over nulls, and would make an unknown age 0.
    ages = ds.lookup(
        """SELECT r.round_id, year(r.announced) AS year, CASE WHEN s.founded IS NOT NULL AND r.announced IS NOT NULL THEN greatest(0,
            date_diff('month', rate_day(s.founded, s.founded_precision), rate_day(r.announced, r.date_precision))) END AS months
        FROM rounds r JOIN data.startups s USING (startup_id) ORDER BY r.round_id"""
    )
    parts = asked_parts(ds, split, asked).join(ages, on="round_id", validate="m:1")
    if windowed:
        parts = parts.filter(_in_window())
    start = (pl.col("months") // bucket_months * bucket_months).clip(
        upper_bound=OLDEST // bucket_months * bucket_months
    )
    parts = parts.with_columns(age_from=start.cast(pl.Int64), born=pl.lit(None, dtype=pl.String))
    by_age = parts.with_columns(age=_label(bucket_months), born=fact("startup", "startup_id", "founded"))
    at_any_age = parts.with_columns(age=pl.lit("all"), age_from=pl.lit(None, dtype=pl.Int64))
    frame = pl.concat([_shares(rows, by) for by in GROUPINGS for rows in (by_age, at_any_age)])
    order = {wave: k for k, wave in enumerate(WINDOWS)}
    frame = (
        frame.with_columns(window=pl.col("wave").replace_strict(_window_words(windowed)))
        .sort(
            pl.col("wave").replace_strict(order),
            "by",
            pl.col("age").is_in(["all", "unknown"]),
            "age_from",
            "age",
            "amount_usd_m",
            "group",
            descending=[False, False, False, False, False, True, False],
            nulls_last=True,
        )
        .select(
            *("wave", "window", "by", "group", "age", "age_from", *MONEY),
            *("share_pct", "share_low_pct", "share_high_pct", "whole_low_pct", "whole_high_pct", "rounds", "startups"),
            *("bucket_usd_m", "bucket_rounds", "bucket_rounds_unknown", "bucket_startups", "facts"),
        )
    )
    return traced(ds, asked.named(frame))


def _label(width: int) -> pl.Expr:
    start = pl.col("age_from")
    return (
        pl.when(start.is_null())
        .then(pl.lit("unknown"))
        .when(start == OLDEST // width * width)
        .then(pl.format("{}+", start))
        .otherwise(pl.format("{}-{}", start, start + width - 1))
    )


def _in_window() -> pl.Expr:
    fits = pl.lit(value=False)
    for wave, (first, last) in WINDOWS.items():
        years = pl.col("year").is_between(first or 1, last or 9999)
        # A round without a date belongs to its wave only where the wave takes every year.
        fits = fits | ((pl.col("wave") == wave) & years.fill_null(value=first is None and last is None))
    return fits


def _window_words(windowed: bool) -> dict[str, str]:
    return {
        wave: f"{first or ''}-{last or ''}" if windowed and (first or last) else "all years"
        for wave, (first, last) in WINDOWS.items()
    }


def _shares(parts: pl.DataFrame, by: str) -> pl.DataFrame:
    keys = ["wave", "age", "age_from"]
    per_round = by_round(parts.with_columns(group=pl.col(by)), "group", "startup_id", "born", *keys)
    here = [*keys, "round_id"]
    nothing = pl.lit([], dtype=pl.List(pl.String))
    per_round = per_round.with_columns(
        pl.coalesce(f"total_{end}", pl.col(f"amount_{end}_usd_m").sum().over(here)).alias(f"whole_{end}")
        for end in ("low", "high")
    )
    groups = per_round.group_by(*keys, "group", maintain_order=True).agg(
        *map(known_sum, MONEY),
        rounds=pl.col("round_id").filter("there").n_unique().cast(pl.Int64),
        startups=pl.col("startup_id").filter("there").n_unique().cast(pl.Int64),
        own=gathered("facts", "born"),
    )
    rounds = per_round.group_by(*here, maintain_order=True).agg(
        pl.col("startup_id", "whole_low", "whole_high").first(),
        known_sum("amount_usd_m"),
        known_sum("amount_low_usd_m"),
        # Of a round of known size all is known, however it is divided.
        dark=(pl.col("total_high").is_null() & pl.col("dark")).any(),
        sizes=gathered(
            # The size of a round is the sum of its parts; where nobody states it, the stated parts are what is known.
            pl.when(pl.col("total_high").is_not_null()).then(fact("round", "round_id", "amount")),
            pl.when(pl.col("total_high").is_null() & ~pl.col("unknown")).then("facts").otherwise(nothing),
            "born",
        ),
    )
    known = pl.col("amount_usd_m").is_not_null()
    buckets = rounds.group_by(keys, maintain_order=True).agg(
        bucket_usd_m=known_sum("amount_usd_m"),
        bucket_low=pl.col("amount_low_usd_m").sum(),
        bucket_least=pl.col("whole_low").filter(known).sum(),
        bucket_high=pl.col("whole_high").filter(known).sum(),
        bucket_rounds=pl.len().cast(pl.Int64),
        bucket_rounds_unknown=pl.col("dark").sum().cast(pl.Int64),
        bucket_startups=pl.col("startup_id").n_unique().cast(pl.Int64),
        dark=pl.col("dark").any(),
        sizes=gathered("sizes"),
    )
    others_low = pl.col("bucket_low") - pl.col("amount_low_usd_m")
    high = pl.col("amount_high_usd_m")
    # The others have at least their lower bounds, and all together at least that of the rounds.
    least = pl.max_horizontal(high + others_low, "bucket_least")
    some = pl.col("bucket_usd_m") > 0
    return (
        groups.join(buckets, on=keys, validate="m:1", nulls_equal=True)
        .with_columns(
            by=pl.lit(by),
            share_pct=pl.when(some).then(100 * pl.col("amount_usd_m") / pl.col("bucket_usd_m")),
            share_low_pct=pl.when(some & (pl.col("bucket_high") > 0)).then(
                100 * pl.col("amount_low_usd_m") / pl.col("bucket_high")
            ),
            share_high_pct=pl.when(some & (least > 0)).then(100 * high / least),
            facts=pl.concat_list("own", "sizes").list.unique(maintain_order=True),
        )
        .with_columns(
            # Money of unknown size may be all the group's, or none of it.
            whole_low_pct=pl.when("dark").then(0.0).otherwise("share_low_pct"),
            whole_high_pct=pl.when("dark").then(100.0).otherwise("share_high_pct"),
        )
    )
