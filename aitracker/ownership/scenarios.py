"""Holdings through time, and which single unknown moves the verdict most."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal, get_args

import polars as pl

from aitracker.concentration.measures import effective_number
from aitracker.lens import one_of
from aitracker.ownership.coverage import COVERAGE_SCHEMA, Universe, cover, market_cap
from aitracker.ownership.holdings import WEIGHTINGS, Weighting, positions, sizes
from aitracker.ownership.ledger import holder_of, ledger_of
from aitracker.ownership.scorecard import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["sensitivity", "through_time"]

Every = Literal["1mo", "1q", "1y"]
_MONTHS: dict[str, int] = {"1mo": 1, "1q": 3, "1y": 12}

_OVER_TIME = (
    "effective_number",
    "effective_low",
    "effective_high",
    "startups",
    "held",
    "count_pct",
    "value_pct",
    "owned_pct",
    "owned_low_pct",
    "owned_high_pct",
)


def _ends(start: dt.date, stop: dt.date, every: str) -> list[dt.date]:
    """Last days of months, quarters or years, and the stop itself."""
    days: list[dt.date] = []
    step, year, month = _MONTHS[every], start.year, start.month
    while True:
        last = ((month - 1) // step + 1) * step
        day = dt.date(year + last // 12, last % 12 + 1, 1) - dt.timedelta(1)
        if day >= stop:
            return [*days, stop]
        days.append(day)
        year, month = (year + 1, 1) if last == 12 else (year, last + 1)


def through_time(
    ds: Dataset,
    investors: Sequence[str] = ("alibaba", "tencent", "meituan", "hongshan"),
    *,
    every: Every = "1q",
    weighting: Weighting = "value",
    universe: Universe = "unicorns",
    start: dt.date | str = "2018-03-31",
    split: Split = "equal",
) -> pl.DataFrame:
    """Effective number, coverage and look-through of some investors at the end of every period.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; the last day is the lens's date, or that of the newest fact.
    investors : list of str
        Keys of investors, or ``state-funds``.
    every : {"1mo", "1q", "1y"}
        Length of a period.
    weighting : {"value", "cost", "cash", "count"}
        See :func:`aitracker.ownership.holdings`.
    universe : {"unicorns", "all"}
        See :func:`aitracker.ownership.coverage`.
    start : date or ISO text
        The first period is the one it lies in.
    split : str
        See :func:`aitracker.round_split`.

    Returns
    -------
    polars.DataFrame
        A row a date and investor: ``date``, ``investor_id``, ``investor``, ``positions``, ``weighted``,
        ``effective_number`` with its exact interval, ``startups`` (in the field), ``held``, ``count_pct``, ``value_pct``,
        ``owned_pct`` with its interval, ``look_through_usd`` (AI stakes per 100 dollars of its stock; null without a market
        value). Null where nothing can be weighed yet.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.
    """
    one_of("every", every, _MONTHS)
    one_of("weighting", weighting, WEIGHTINGS)
    one_of("universe", universe, get_args(Universe))
    ledger = ledger_of(ds, split)
    first = ds.at(as_of=start).lens.as_of
    stop = ds.lens.as_of or ledger.horizon
    rows = []
    for holder in {h.id: h for h in (holder_of(ds, investor) for investor in investors)}.values():
        for date in _ends(min(first or stop, stop), stop, every):
            frame = positions(ledger, holder, date).filter(pl.col("wave") != "foreign")
            cap = market_cap(ds, holder, date)
            figures = spread(frame, weighting) | cover(ledger, frame, date, universe)
            figures["look_through_usd"] = None if cap is None else 100 * frame["value_usd_m"].sum() / cap["usd_m"]
            rows.append({"date": date, "investor_id": holder.id, "investor": holder.name, **figures})
    schema: dict[str, Any] = {
        "date": pl.Date,
        "investor_id": pl.String,
        "investor": pl.String,
        "positions": pl.Int64,
        "weighted": pl.Int64,
    }
    schema |= {name: COVERAGE_SCHEMA.get(name, pl.Float64) for name in _OVER_TIME} | {"look_through_usd": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("date", "investor_id")


def sensitivity(
    ds: Dataset,
    investor: str = "alibaba",
    *,
    weighting: Weighting = "value",
    split: Split = "equal",
    credit_price: float = 1.0,
) -> pl.DataFrame:
    """Which single unknown moves the verdict most: one figure at a time taken to its ends, all others at their points.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investor : str
        Key of the investor, or ``state-funds``.
    weighting : {"value", "cost", "cash", "count"}
        What the effective number weighs.
    split, credit_price
        See :func:`aitracker.ownership.holdings`.

    Returns
    -------
    polars.DataFrame
        A row a start-up and unknown, largest swing first: ``startup_id``, ``startup``; ``unknown`` (``stake``,
        ``valuation``; ``cost`` for the weightings by cost; ``left out``: the position pretended away); ``effective_low`` and
        ``effective_high`` (effective number over the figure's interval, ends and point; null: nothing left),
        ``look_through_low_usd`` and ``look_through_high_usd`` (per 100 dollars of its stock; null without a market value),
        ``swing`` (of the effective number) and ``swing_usd``.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.
    """
    one_of("weighting", weighting, WEIGHTINGS)
    ledger, holder, date = ledger_of(ds, split), holder_of(ds, investor), ds.lens.as_of
    frame = positions(ledger, holder, date, credit_price=credit_price).filter(pl.col("wave") != "foreign")
    cap = market_cap(ds, holder, date)
    base = dict(zip(frame["startup_id"], sizes(frame, weighting), strict=True))
    values = dict(zip(frame["startup_id"], frame["value_usd_m"], strict=True))
    rows = []
    for row in frame.iter_rows(named=True):
        for unknown, sized, worth in _ends_of(row, weighting):
            numbers = [_effective(base | {row["startup_id"]: size}) for size in (*sized, base[row["startup_id"]])]
            inside = [
                _inside(values | {row["startup_id"]: value}, cap) for value in (*worth, values[row["startup_id"]])
            ]
            known, dollars = [n for n in numbers if n is not None], [d for d in inside if d is not None]
            low, high = (min(known), max(known)) if known else (None, None)
            least, most = (min(dollars), max(dollars)) if dollars else (None, None)
            rows.append(
                (
                    row["startup_id"],
                    row["startup"],
                    unknown,
                    low,
                    high,
                    least,
                    most,
                    None if low is None or high is None else high - low,
                    None if least is None or most is None else most - least,
                )
            )
    texts = dict.fromkeys(("startup_id", "startup", "unknown"), pl.String)
    figures = ("effective_low", "effective_high", "look_through_low_usd", "look_through_high_usd", "swing", "swing_usd")
    return pl.DataFrame(rows, schema={**texts, **dict.fromkeys(figures, pl.Float64)}, orient="row").sort(
        "swing", "swing_usd", "startup_id", "unknown", descending=[True, True, False, False], nulls_last=True
    )


_Pair = tuple[float | None, float | None]


def _ends_of(row: dict[str, Any], weighting: Weighting) -> list[tuple[str, _Pair, _Pair]]:
    """The unknowns of a position: what it is weighed by at the two ends of each, and its value there."""
    size = 1.0 if weighting == "count" else row[f"{weighting}_usd_m"]
    out: list[tuple[str, _Pair, _Pair]] = []
    stake = (row["stake_low_pct"], row["stake_high_pct"])
    price = (row["valuation_low_usd_m"], row["valuation_high_usd_m"])
    by_stake = _times(stake, row["valuation_usd_m"], 0.01)
    by_price = _times(price, row["stake_pct"], 0.01)
    if by_stake != (None, None):
        out.append(("stake", by_stake if weighting == "value" else (size, size), by_stake))
    if by_price != (None, None):
        out.append(("valuation", by_price if weighting == "value" else (size, size), by_price))
    if weighting in {"cost", "cash"} and row[f"{weighting}_high_usd_m"] is not None:
        value = row["value_usd_m"]
        out.append(("cost", (row[f"{weighting}_low_usd_m"], row[f"{weighting}_high_usd_m"]), (value, value)))
    if size is not None:
        out.append(("left out", (None, None), (None, None)))
    return out


def _times(ends: _Pair, other: float | None, scale: float) -> _Pair:
    if other is None or ends[0] is None or ends[1] is None:
        return None, None
    return ends[0] * other * scale, ends[1] * other * scale


def _effective(base: dict[str, float | None]) -> float | None:
    v = [size for size in base.values() if size]
    return effective_number(v) if v else None


def _inside(values: dict[str, float | None], cap: dict[str, Any] | None) -> float | None:
    return None if cap is None else 100 * sum(v for v in values.values() if v is not None) / cap["usd_m"]
