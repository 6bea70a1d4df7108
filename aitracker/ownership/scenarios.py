"""Holdings through time, and which single unknown moves the verdict most."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from aitracker.asked import Scope, day, each, number, one_of
from aitracker.concentration.measures import effective_number
from aitracker.facts import traced
from aitracker.ownership.coverage import COVERAGE, Universe, check_field, cover, field_of, stake_facts
from aitracker.ownership.ledger import Ledger, holder_of, ledger_of
from aitracker.ownership.look_through import inside, market_cap
from aitracker.ownership.positions import facts_of, held
from aitracker.ownership.weights import WEIGHTINGS, Weighting, sizes, spread
from aitracker.vocabulary import SCOPES, UNICORN_USD_M

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["sensitivity", "through_time"]

Every = Literal["1mo", "1q", "1y"]
_MONTHS: dict[str, int] = {"1mo": 1, "1q": 3, "1y": 12}

_SINCE = dt.date(2018, 3, 31)
_SPREAD = ("effective_number", "effective_low", "effective_high")
_LOOK = ("look_through_usd", "look_through_low_usd", "look_through_high_usd")
_COVER = tuple(name for name in COVERAGE if name not in {"as_of", "rests_on", "rests_of"})


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
    scope: Scope = "genai",
    threshold_usd_m: float = UNICORN_USD_M,
    start: dt.date | str | None = None,
    split: Split = "equal",
) -> pl.DataFrame:
    """Effective number, coverage and look-through of some investors at the end of every period.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; the last day is the lens's date, or that of the newest fact: its row holds what
        :func:`aitracker.coverage` and :func:`aitracker.scorecard` give through the same lens.
    investors : list of str
        Keys of investors, or ``state-funds``.
    every : {"1mo", "1q", "1y"}
        Length of a period.
    weighting : {"value", "cost", "cash", "count"}
        See :func:`aitracker.ownership.holdings`.
    universe, scope, threshold_usd_m
        The field, and of which start-ups the positions count; see :func:`aitracker.ownership.coverage`.
    start : date or ISO text
        The first period is the one it lies in: a day from the founding of the oldest start-up to the newest fact; without,
        March 2018 where the data goes back as far.
    split : str
        See :func:`aitracker.round_split`.

    Returns
    -------
    polars.DataFrame
        A row a date and investor: ``date``, ``investor_id``, ``investor``, ``positions``, ``weighted``,
        ``effective_number`` with its exact interval (see :func:`aitracker.scorecard`), the columns of
        :func:`aitracker.coverage`, ``look_through_usd`` (AI stakes per 100 dollars of its stock) with its interval (null
        without a market value), ``weighting``. Null where nothing can be weighed yet, or nothing tells the point.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.
    """
    one_of("every", every, _MONTHS)
    one_of("weighting", weighting, WEIGHTINGS)
    check_field(universe, threshold_usd_m)
    one_of("scope", scope, SCOPES)
    holders = {
        h.id: h for h in (holder_of(ds, investor) for investor in each("investors", investors, one=False, empty=False))
    }
    ledger = ledger_of(ds, split)
    oldest = _oldest(ledger)
    usual = min(max(_SINCE, oldest), ledger.horizon)
    first = day("start", start, oldest, ledger.horizon) or usual
    stop = min(ds.lens.as_of or ledger.horizon, ledger.horizon)
    rows, facts = [], []
    for holder in holders.values():
        for label in _ends(min(first, stop), stop, every):
            # The last row is the lens itself: a month that has begun counts there as everywhere.
            date = ds.lens.as_of if label == stop else label
            frame = held(ledger, holder, date, scope)
            field = field_of(ledger, date, universe, scope, float(threshold_usd_m))
            cap = market_cap(ds, holder, date)
            look = {} if cap is None else inside(frame, cap)
            figures = spread(frame, weighting) | cover(ledger, frame, date, field)
            figures |= dict(zip(_LOOK, (look.get(name) for name in ("usd", "usd_low", "usd_high")), strict=True))
            rows.append(figures | {"date": label, "investor_id": holder.id, "investor": holder.name})
            told = [*facts_of(frame, weighting), *field.facts, *stake_facts(frame, field)]
            facts.append([*told, *_against(frame, cap)])
    schema: dict[str, Any] = {
        "date": pl.Date,
        **dict.fromkeys(("investor_id", "investor"), pl.String),
        **dict.fromkeys(("positions", "weighted"), pl.Int64),
        **dict.fromkeys(_SPREAD, pl.Float64),
        **{name: COVERAGE[name] for name in _COVER},
        **dict.fromkeys(_LOOK, pl.Float64),
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(weighting=pl.lit(weighting))
    return traced(ds, frame, facts).sort("date", "investor_id")


def _against(frame: pl.DataFrame, cap: dict[str, Any] | None) -> list[str]:
    """The facts behind a look-through: stakes, values, and the holder's own market value; none where there is none."""
    return [] if cap is None else [*facts_of(frame, "value"), f"series|{cap['series_id']}|value"]


def _oldest(ledger: Ledger) -> dt.date:
    """The day that the first start-up was founded."""
    return min((row["founded"] for row in ledger.startups.values() if row["founded"]), default=dt.date(2000, 1, 1))


def sensitivity(
    ds: Dataset,
    investor: str = "alibaba",
    *,
    weighting: Weighting = "value",
    scope: Scope = "genai",
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
    scope : {"genai", "ai", "model-maker"}
        Of which start-ups the positions count.
    split, credit_price
        See :func:`aitracker.ownership.holdings`.

    Returns
    -------
    polars.DataFrame
        A row a start-up and unknown, largest swing first: ``startup_id``, ``startup``; ``unknown`` (``stake``,
        ``valuation``; ``cost`` for the weightings by cost; ``left out``: the position pretended away); ``effective_low`` and
        ``effective_high`` (effective number over the figure's interval, ends and point; null: nothing left),
        ``look_through_low_usd`` and ``look_through_high_usd`` (per 100 dollars of its stock; null without a market value),
        ``swing`` (of the effective number) and ``swing_usd``; ``rests_on`` positions that can be weighed of ``rests_of``:
        the rest are left aside in every row; ``investor_id``, ``investor``, ``weighting``, ``scope``.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.
    """
    one_of("weighting", weighting, WEIGHTINGS)
    one_of("scope", scope, SCOPES)
    number("credit_price", credit_price, least=0, most=1)
    ledger, holder, date = ledger_of(ds, split), holder_of(ds, investor), ds.lens.as_of
    frame = held(ledger, holder, date, scope, credit_price=credit_price)
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
    out = pl.DataFrame(rows, schema={**texts, **dict.fromkeys(figures, pl.Float64)}, orient="row").with_columns(
        rests_on=pl.lit(sum(size is not None for size in base.values()), pl.Int64),
        rests_of=pl.lit(frame.height, pl.Int64),
        investor_id=pl.lit(holder.id),
        investor=pl.lit(holder.name),
        weighting=pl.lit(weighting),
        scope=pl.lit(scope),
    )
    # Each row is computed from all positions: one at its ends, the others at their points.
    facts = [*facts_of(frame, weighting), *_against(frame, cap)]
    return traced(ds, out, [facts] * out.height).sort(
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
    return None if cap is None else 100 * math.fsum(v for v in values.values() if v is not None) / cap["usd_m"]
