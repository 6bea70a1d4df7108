"""How values moved: step-ups between rounds, rebased growth, and what a listing did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.asked import number
from aitracker.facts import traced
from aitracker.valuation.history import FAMILY, MONTH, NO_FACTS, values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["growth", "listings", "step_ups"]


def step_ups(
    ds: Dataset, startups: Sequence[str] | str | None = None, *, waves: Sequence[str] | str | None = None
) -> pl.DataFrame:
    """Step-up from each priced event to the next: pre-money of the next one / post-money of this one.

    Where a pre-money is not stated it is the post-money less the new money; of a value of unknown basis only the
    interval of :func:`valuation_history` is known, and the step-up is an interval too.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    startups, waves : list of str, optional
        Only these; Chinese start-ups where neither is named.

    Returns
    -------
    polars.DataFrame
        ``startup_id``, ``startup``, ``wave``; ``from_date`` and ``date`` (the two days, with ``date_precision``),
        ``months`` between; ``from_usd_m``, ``from_basis``, ``value_usd_m``, ``basis``; ``step_up_x`` (null: the bases or
        the new money leave only an interval), ``step_low_x`` and ``step_high_x`` (null: unbounded), ``headline_x``
        (figure over figure, whatever the bases: what the press prints), ``changes_basis`` (the two values are of different
        kinds, such as a round and a listing), ``origins`` (the lesser of both), ``single_origin``, ``round_id``,
        ``from_source_id``, ``source_id``; ``facts`` (both values; the pre-money where one is stated, else the new money
        taken off; the new money that an unknown basis leaves open) and ``seen``. Later market capitalisations are no
        rounds and are left out. Sorted by start-up and date.

    Raises
    ------
    ValueError
        When a start-up or wave does not exist.
    """
    every = values(ds, startups, waves=waves, talks=False)
    stated = (
        every.filter((pl.col("basis") == "pre-money") & pl.col("round_id").is_not_null())
        .group_by("round_id", maintain_order=True)
        .agg(
            pre=pl.col("value_usd_m").last(),
            pre_low=pl.col("value_low_usd_m").last(),
            pre_high=pl.col("value_high_usd_m").last(),
            stated_facts=pl.col("value_facts").last(),
        )
    )
    value, money = pl.col("value_usd_m"), pl.col("new_money_usd_m")
    after = pl.col("basis").is_in(["post-money", "derived", "market-cap", "secondary"])
    rows = (
        every.filter(pl.col("headline") & ((pl.col("basis") != "market-cap") | pl.col("round_id").is_not_null()))
        .join(stated, on="round_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            pre=pl.coalesce("pre", pl.when(after).then(value - money)),
            pre_low=pl.coalesce("pre_low", "pre_low_usd_m"),
            pre_high=pl.coalesce("pre_high", "pre_high_usd_m"),
            post=pl.when(after).then(value).when(pl.col("basis") == "pre-money").then(value + money),
            family=pl.col("basis").replace_strict(FAMILY),
            # New money is taken off this value unless its pre-money is stated, and added to the one before it where its
            # basis is open.
            to_facts=pl.concat_list("value_facts", pl.coalesce("stated_facts", "money_facts")),
            from_facts=pl.concat_list("value_facts", pl.when(~after).then("money_facts").otherwise(NO_FACTS)),
        )
    )

    def last(column: str) -> pl.Expr:
        return pl.col(column).shift(1).over("startup_id")

    steps = (
        rows.with_columns(
            from_date=last("day"),
            months=(pl.col("day") - last("day")).dt.total_days() / MONTH,
            from_usd_m=last("value_usd_m"),
            from_basis=last("basis"),
            from_source_id=last("source_id"),
            step_up_x=pl.col("pre") / last("post"),
            step_low_x=pl.col("pre_low") / last("post_high_usd_m"),
            step_high_x=pl.col("pre_high") / last("post_low_usd_m"),
            headline_x=value / last("value_usd_m"),
            changes_basis=pl.col("family") != last("family"),
            origins=pl.min_horizontal("origins", last("origins")),
            facts=pl.concat_list(last("from_facts"), "to_facts").list.unique(maintain_order=True),
        )
        .filter(pl.col("from_date").is_not_null())
        .select(
            "startup_id", "startup", "wave", "from_date", "months", "from_usd_m", "from_basis", "value_usd_m", "basis",
            "step_up_x", "step_low_x", "step_high_x", "headline_x", "changes_basis", "origins", "round_id",
            "from_source_id", "source_id", "publisher", "date_precision",
            "facts", date="day", single_origin=pl.col("origins") == 1,
        )
        .sort("startup_id", "date", "source_id", maintain_order=True)
    )  # fmt: skip
    return traced(ds, steps)


def growth(
    ds: Dataset,
    rebase: float = 100,
    startups: Sequence[str] | str | None = None,
    *,
    waves: Sequence[str] | str | None = None,
) -> pl.DataFrame:
    """Rebased index and yearly growth of each start-up's headline values since its first one.

    ``index`` = rebase x V / V_first; CAGR = (V / V_first) ^ (365.25 / days) - 1. A change of the kind of value (a round,
    a sale of old shares, a market capitalisation) begins a new ``segment``, and what crosses it says so.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    rebase : float
        The index of the first value.
    startups, waves : list of str, optional
        Only these; Chinese start-ups where neither is named.

    Returns
    -------
    polars.DataFrame
        The columns of :func:`valuation_history` that name the value, and ``index`` with ``index_low`` and ``index_high``
        (ends of this value's claims), ``base_date``, ``segment`` (1, 2, ...), ``basis_change`` (this value begins a new
        segment), ``crosses`` (a change stands between the first value and this one), ``cagr_pct`` since the first value
        and ``segment_cagr_pct`` since the first of its segment (null below one year, where a yearly rate misleads);
        ``facts`` (this value, the first one, the first of its segment) and ``seen``.

    Raises
    ------
    ValueError
        When ``rebase`` is not above 0, or a start-up or wave does not exist.
    """
    rebase = number("rebase", rebase, above=0)
    rows = values(ds, startups, waves=waves, talks=False).filter("headline")
    family = pl.col("basis").replace_strict(FAMILY)
    first = pl.col("value_usd_m").first().over("startup_id")
    rows = rows.with_columns(
        basis_change=(family != family.shift(1).over("startup_id")).fill_null(value=False),
    ).with_columns(segment=1 + pl.col("basis_change").cast(pl.Int64).cum_sum().over("startup_id"))

    def rate(*groups: str) -> pl.Expr:
        days = (pl.col("day") - pl.col("day").first().over(groups)).dt.total_days()
        ratio = pl.col("value_usd_m") / pl.col("value_usd_m").first().over(groups)
        return pl.when(days >= 365).then(100 * (ratio ** (365.25 / days) - 1))

    def base(*groups: str) -> pl.Expr:
        return pl.col("value_facts").first().over(groups)

    indexed = rows.select(
        "startup_id", "startup", "wave", "date", "date_precision", "day", "value_usd_m", "value_low_usd_m",
        "value_high_usd_m", "basis", "origins",
        index=rebase * pl.col("value_usd_m") / first,
        index_low=rebase * pl.col("value_low_usd_m") / first,
        index_high=rebase * pl.col("value_high_usd_m") / first,
        base_date=pl.col("day").first().over("startup_id"),
        segment="segment",
        basis_change="basis_change",
        crosses=pl.col("segment") > 1,
        cagr_pct=rate("startup_id"),
        segment_cagr_pct=rate("startup_id", "segment"),
        round_id="round_id",
        source_id="source_id",
        facts=pl.concat_list("value_facts", base("startup_id"), base("startup_id", "segment")).list.unique(
            maintain_order=True
        ),
    )  # fmt: skip
    return traced(ds, indexed)


def listings(ds: Dataset, *, waves: Sequence[str] | str | None = None) -> pl.DataFrame:
    """What a listing did to the value: last private round, price of the listing, latest market capitalisation.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    waves : list of str, optional
        Only these; the Chinese ones where none is named.

    Returns
    -------
    polars.DataFrame
        Up to three rows per start-up with a market capitalisation: ``startup_id``, ``startup``, ``startup_zh``, ``wave``,
        ``stage`` (``last round``, ``listing``, ``latest``), ``day``, ``date_precision``, ``value_usd_m`` with its ends,
        ``basis``, ``multiple_x`` (of the last round's headline; null without one, a change of basis wherever the stage is
        not ``last round``), ``claims``, ``origins``, ``single_origin``, ``round_id``, ``source_id``, ``publisher``. The
        listing is the offer price where it is known, else the first market value. ``facts`` (this value, and that of the
        last round where there is a multiple) and ``seen``.

    Raises
    ------
    ValueError
        When a wave does not exist.
    """
    rows = values(ds, waves=waves, talks=False).filter("headline")
    cap = pl.col("basis") == "market-cap"
    began = pl.when(cap).then("day").min().over("startup_id")
    rows = rows.filter(began.is_not_null()).with_columns(began=began)
    keys = ["startup_id", "valuation_id"]
    before = rows.filter(~cap & (pl.col("day") <= pl.col("began"))).group_by("startup_id", maintain_order=True).last()
    listed = rows.filter(cap)
    # Sorted by day and the offer price first: the first market value is the listing, the last one the latest.
    first = listed.sort("startup_id", pl.col("kind").ne_missing("ipo"), "day", "valuation_id", maintain_order=True)
    first = first.group_by("startup_id", maintain_order=True).first()
    latest = listed.group_by("startup_id", maintain_order=True).last().join(first, on=keys, how="anti")
    stages = {"last round": before, "listing": first, "latest": latest}
    together = pl.concat(
        [f.select(rows.columns).with_columns(stage=pl.lit(s), turn=i) for i, (s, f) in enumerate(stages.items())]
    ).sort("startup_id", "turn")
    private = pl.col("stage") == "last round"
    base = pl.when(private).then("value_usd_m").max().over("startup_id")
    behind = pl.col("value_facts").filter(private).first().over("startup_id")
    staged = together.select(
        "startup_id", "startup", "startup_zh", "wave", "stage", "day", "date_precision", "value_usd_m",
        "value_low_usd_m", "value_high_usd_m", "basis", "claims", "origins", "single_origin", "round_id", "source_id",
        "publisher", multiple_x=pl.col("value_usd_m") / base,
        facts=pl.concat_list("value_facts", pl.coalesce(behind, NO_FACTS)).list.unique(maintain_order=True),
    )  # fmt: skip
    return traced(ds, staged)
