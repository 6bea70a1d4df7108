"""What stands beside money that can return: the segment's revenue, promises to buy, events that name both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.facts import fact

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["events_of", "purchases", "with_ceiling"]

CLOUDS = {"microsoft": "azure_commitment", "google": "google_cloud_commitment", "amazon": "aws_commitment"}
"""Metric of `totals` under which a start-up's promise to buy from the investor stands."""

KEY = ["kind", "investor_id", "startup_id"]
Pairs = list[tuple[str, "str | None"]]


def with_ceiling(ds: Dataset, deals: pl.DataFrame, quarters: int) -> pl.DataFrame:
    """What can come back against the smallest quarterly revenue of the investor's cloud segment within the draw-down."""
    revenue = ds.lookup(
        """SELECT s.series_id, s.entity_id AS investor_id, s.period_end AS quarter_end,
            s.value * CASE WHEN s.currency = 'USD' THEN 1 ELSE f.usd_per_unit END AS segment_revenue_usd_m, s.basis AS segment_basis
        FROM (SELECT *, currency_of(unit) AS currency FROM series WHERE metric = 'cloud_revenue' AND NOT is_forecast) s
        ASOF LEFT JOIN rates f ON s.currency = f.currency AND s.period_end >= f.date
        WHERE s.currency = 'USD' OR f.usd_per_unit IS NOT NULL ORDER BY segment_revenue_usd_m, quarter_end"""
    )
    start = pl.col("drawn_from").dt.truncate("1q")
    last = start.dt.offset_by(f"{3 * quarters}mo").dt.offset_by("-1d")
    smallest = (
        deals.select(*KEY, "open_from", "open_to", start=start, last=last)
        # A cheque of other years was spent on other quarters: these would not be its ceiling.
        .filter(
            (pl.col("open_from") >= pl.col("start")).fill_null(True)
            & (pl.col("open_to") <= pl.col("last")).fill_null(True)
        )
        .join(revenue, on="investor_id", maintain_order="left_right")
        .filter(pl.col("quarter_end").is_between("start", "last"))
        .unique(KEY, keep="first", maintain_order=True)
        .select(
            *KEY, "quarter_end", "segment_revenue_usd_m", "segment_basis", revenue=fact("series", "series_id", "value")
        )
    )
    base = quarters * pl.col("segment_revenue_usd_m")
    return deals.join(
        smallest, on=KEY, how="left", nulls_equal=True, validate="1:1", maintain_order="left"
    ).with_columns(
        quarters=pl.lit(quarters),
        facts=pl.concat_list("facts", "revenue").list.drop_nulls().list.unique(maintain_order=True),
        **{
            f"ceiling_{end}_pct": pl.when(base != 0).then(100 * pl.col(f"returnable_{end}_usd_m") / base)
            for end in ("low", "high")
        },
    )


def purchases(ds: Dataset, pairs: Pairs) -> list[tuple[float | None, str | None]]:
    """What each start-up promised to buy from the investor, by the newest total that states it, and that total's key."""
    rows = ds.lookup(
        "SELECT metric, entity_id, value, total_id FROM totals WHERE unit = 'USD_m' ORDER BY as_of NULLS FIRST, total_id DESC"
    ).rows()
    newest = {(metric, startup): (value, key) for metric, startup, value, key in rows}
    return [newest.get((CLOUDS.get(investor, ""), str(startup)), (None, None)) for investor, startup in pairs]


def events_of(ds: Dataset, pairs: Pairs) -> list[list[str]]:
    """Events that name both the investor and the start-up."""
    rows = ds.lookup("SELECT event_id, string_split(actors, ';') FROM events ORDER BY date, event_id").rows()
    return [
        [event for event, actors in rows if actors and {investor, startup} <= set(actors)]
        for investor, startup in pairs
    ]
