"""Real funds as a yardstick: their published weights, and the figures that follow from them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.asked import one_of
from aitracker.facts import traced

if TYPE_CHECKING:
    import datetime as dt

    from aitracker.dataset import Dataset

__all__ = ["fund_row", "fund_weights"]


def fund_weights(ds: Dataset, fund: str = "etf-kweb") -> pl.DataFrame:
    """Published weights of a real fund or index, the latest day on record.

    Parameters
    ----------
    ds : Dataset
        The data; of its lens only the knowledge date counts: a yardstick need not be of the same day.
    fund : str
        Key of the fund, in the table ``funds``.

    Returns
    -------
    polars.DataFrame
        ``holding``, ``name`` (as the investors table has it, else the key in words), ``weight_pct`` (0-100; the largest
        only, they do not sum to 100), ``date``, ``source_id``, ``fund_id``; largest first.

    Raises
    ------
    ValueError
        When there is no such fund with weights.
    """
    rows = ds.lookup(
        """SELECT split_part(entity_id, ':', 1) AS fund, split_part(entity_id, ':', 2) AS holding, value AS weight_pct,
            period_end AS date, source_id, series_id
        FROM series_seen(NULL, CAST(getvariable('known_by') AS DATE)) WHERE metric = 'weight_pct' ORDER BY series_id"""
    )
    known = ds.lookup(
        "SELECT DISTINCT split_part(entity_id, ':', 1) AS fund FROM data.series WHERE metric = 'weight_pct' ORDER BY 1",
        shared=True,
    )
    one_of("fund", fund, known["fund"].to_list())
    names = dict(
        ds.lookup(
            "SELECT investor_id, name FROM data.investors UNION SELECT startup_id, name FROM data.startups", shared=True
        ).iter_rows()
    )
    rows = rows.filter(pl.col("fund") == fund)
    rows = rows.filter(pl.col("date").eq_missing(pl.lit(rows["date"].max())))
    facts = [[f"series|{key}|value"] for key in rows["series_id"]]
    frame = rows.select(
        "holding",
        pl.col("holding")
        .map_elements(lambda key: names.get(key, key.replace("-", " ").title()), return_dtype=pl.String)
        .alias("name"),
        "weight_pct",
        "date",
        "source_id",
        pl.lit(fund).alias("fund_id"),
        facts=pl.Series(facts, dtype=pl.List(pl.String)),
    ).sort("weight_pct", "holding", descending=[True, False])
    return traced(ds, frame)


def fund_row(ds: Dataset, fund: str) -> dict[str, Any]:
    """The fund's figures from its largest weights: the rest is spread over its other holdings, none above the least printed."""
    weights = fund_weights(ds, fund)
    name = ds.lookup("SELECT name FROM data.funds WHERE fund_id = ?", [fund], shared=True)
    row: dict[str, Any] = {
        "holder_id": fund,
        "holder": name["name"].item() if name.height else fund,
        "kind": "fund",
        "weighting": "published",
    }
    if not weights.height:
        return row | {"facts": [], "note": "no weights published by this date"}
    date: dt.date = weights["date"].item(0)
    told = ds.lookup(
        """SELECT metric, value, series_id FROM series_seen(NULL, CAST(getvariable('known_by') AS DATE))
            WHERE entity_id = $1 AND period_end = $2 AND metric IN ('hhi', 'holdings_count')""",
        [fund, date],
    )
    extra = dict(told.select("metric", "value").iter_rows())
    row["facts"] = [one for facts in weights["facts"] for one in facts]
    row["facts"] += [f"series|{key}|value" for key in told["series_id"]]
    printed = (weights["weight_pct"] / 100).to_list()
    count = int(extra.get("holdings_count", len(printed)))
    others, rest, least = count - len(printed), max(0.0, 1 - math.fsum(printed)), min(printed)
    squares = math.fsum(w * w for w in printed)
    row |= {
        "as_of": date,
        "positions": count,
        "weighted": len(printed),
        "top_1_pct": 100 * printed[0],
        "top_3_pct": 100 * math.fsum(printed[:3]),
    }
    if others > 0 and rest <= others * least + 1e-9:
        full = int(rest / least)
        row["hhi_low"], row["hhi_high"] = (
            squares + rest**2 / others,
            squares + full * least**2 + (rest - full * least) ** 2,
        )
        row["effective_low"], row["effective_high"] = 1 / row["hhi_high"], 1 / row["hhi_low"]
    if "hhi" in extra:
        row["hhi"] = extra["hhi"] / 10_000
        row["effective_number"] = 1 / row["hhi"]
    if least <= 0.05:  # so none of those that are not printed is above five per cent
        above = math.fsum(w for w in printed if w > 0.05 + 1e-9)
        row |= {"above_5_pct": 100 * above, "five_ten_forty": printed[0] <= 0.10 and above <= 0.40}
    return row | {"note": f"the {len(printed)} largest of {count} holdings, {100 * (1 - rest):.1f} % of the fund"}
