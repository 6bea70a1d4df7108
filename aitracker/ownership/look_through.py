"""What is inside a share: stakes over the holder's own market value, and the days of both."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from aitracker.asked import Scope, day, keys, number, one_of
from aitracker.facts import traced
from aitracker.ownership.ledger import Holder, holder_of, ledger_of, visible
from aitracker.ownership.positions import FACTS, STALE_DAYS, facts_of, held
from aitracker.ownership.weights import worth
from aitracker.vocabulary import SCOPES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["MARKS", "inside", "look_through", "look_through_days", "market_cap"]

MARKS: Final = ("market price", "round's price", "stale")
"""What a position's value is: of a listed share, of a round, or either from long before the market value's day."""

_SCHEMA: dict[str, Any] = {
    "startup_id": pl.String,
    "startup": pl.String,
    **dict.fromkeys(("usd", "usd_low", "usd_high", "stake_pct", "value_usd_m"), pl.Float64),
    **dict.fromkeys(("stake_date", "value_date"), pl.Date),
    "age_days": pl.Int64,
    "stale": pl.Boolean,
    "mark": pl.String,
    "market_cap_usd_m": pl.Float64,
    "market_cap_date": pl.Date,
    **dict.fromkeys(("market_cap_basis", "market_cap_source_id", "source_id"), pl.String),
    "of_usd": pl.Float64,
    **dict.fromkeys(("investor_id", "investor", "scope"), pl.String),
}
_DAYS: dict[str, Any] = {
    "date": pl.Date,
    "basis": pl.String,
    "market_cap_usd_m": pl.Float64,
    **dict.fromkeys(("usd", "usd_low", "usd_high"), pl.Float64),
    **dict.fromkeys(("market_pct", "round_pct", "stale_pct"), pl.Float64),
    **dict.fromkeys(("rests_on", "rests_of"), pl.Int64),
    "of_usd": pl.Float64,
    **dict.fromkeys(("investor_id", "investor", "scope", "source_id"), pl.String),
}


def _market_caps(ds: Dataset, holder: Holder) -> list[dict[str, Any]]:
    """All known market values of a holder, by date; ``main`` marks those of the listing that the series hold most days of."""

    def read() -> list[dict[str, Any]]:
        frame = ds.lookup(
            """WITH own AS (
                SELECT s.*, nullif(currency_of(unit), 'USD') AS currency,
                    basis = (SELECT basis FROM data.series WHERE metric = 'market_cap' AND entity_id = $1
                        GROUP BY basis ORDER BY count(*) DESC, basis LIMIT 1) AS main
                FROM series_seen(NULL, CAST(getvariable('known_by') AS DATE)) s
                WHERE metric = 'market_cap' AND entity_id = $1 AND period_end IS NOT NULL
            )
            SELECT o.period_end AS date, o.basis, o.source_id, main, series_id,
                value * CASE WHEN currency_of(unit) = 'USD' THEN 1 ELSE f.usd_per_unit END AS usd_m
            FROM own o ASOF LEFT JOIN rates f ON o.currency = f.currency AND o.period_end >= f.date
            ORDER BY o.period_end, o.series_id""",
            [holder.id],
        ).filter(pl.col("usd_m").is_not_null())
        return frame.rows(named=True)

    caps: list[dict[str, Any]] = ds.remember(("market caps", holder.id, ds.lens.known_by), read, every_lens=True)
    return caps


def market_cap(ds: Dataset, holder: Holder, as_of: dt.date | None) -> dict[str, Any] | None:
    """The holder's own market value at the last day at or before a date; None where it has none by then.

    One listing stands for the whole company, and values of two listings never share a line: the one that the series hold
    the most days of (the ADR for Alibaba, Hong Kong for Tencent and Meituan).
    """
    seen = [row for row in _market_caps(ds, holder) if row["main"] and visible(row["date"], as_of)]
    return seen[-1] if seen else None


def _fact(cap: dict[str, Any]) -> str:
    return f"series|{cap['series_id']}|value"


def _marked(frame: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Say what each value is on the day of a market value, and how old."""
    age = (pl.lit(on) - pl.col("value_date")).dt.total_days().clip(0)
    return frame.with_columns(age_days=age, stale=age > STALE_DAYS).with_columns(
        mark=pl.when(pl.col("value_usd_m").is_null())
        .then(None)
        .when("stale")
        .then(pl.lit(MARKS[2]))
        .when(pl.col("valuation_basis") == "market-cap")
        .then(pl.lit(MARKS[0]))
        .otherwise(pl.lit(MARKS[1]))
    )


def inside(frame: pl.DataFrame, cap: dict[str, Any], usd: float = 100.0) -> dict[str, Any]:
    """What all of some positions are in a sum of the holder's stock, and what shares of it are which kind of mark."""
    all_of_it = worth(frame.rows(named=True))
    point, low, high = all_of_it.over(cap["usd_m"], usd)
    marks = _marked(frame, cap["date"]).drop_nulls("mark")
    by_mark = dict(marks.group_by("mark").agg(pl.col("value_usd_m").sum()).iter_rows())
    total = math.fsum(by_mark.values())
    shares = [100 * by_mark.get(mark, 0.0) / total if total else None for mark in MARKS]
    return {
        "usd": point,
        "usd_low": low,
        "usd_high": high,
        **dict(zip(("market_pct", "round_pct", "stale_pct"), shares, strict=True)),
        "rests_on": all_of_it.rests_on,
        "rests_of": all_of_it.rests_of,
    }


def _listed(ds: Dataset, holder: Holder) -> None:
    """Refuse a holder that the data knows no market value of."""
    listed = ds.lookup(
        """SELECT DISTINCT entity_id FROM data.series WHERE metric = 'market_cap'
            AND entity_id IN (SELECT investor_id FROM data.investors) ORDER BY 1""",
        shared=True,
    )
    one_of("investor", holder.id, listed["entity_id"].to_list())


def look_through(
    ds: Dataset,
    investor: str = "alibaba",
    usd: float = 100,
    *,
    at: dt.date | str | None = None,
    scope: Scope = "ai",
    split: Split = "equal",
    leave_out: Sequence[str] = (),
) -> pl.DataFrame:
    """What is inside a share: of ``usd`` dollars of the investor's stock, how many are which start-up.

    ``usd x stake x value / market capitalisation``. The two are rarely of one day: each row carries the day of its value,
    of the stake, and of the market value.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investor : str
        Key of a listed investor (Alibaba, Tencent, Meituan).
    usd : float
        Dollars of its stock.
    at : date or ISO text, optional
        Divide by the last market value at or before this day; without, before the date of the lens. Stakes and values
        stay those of the lens. :func:`aitracker.look_through_days` does so for each market value that is known.
    scope : {"ai", "genai", "model-maker"}
        Which Chinese start-ups; see :func:`aitracker.coverage`.
    split : str
        See :func:`aitracker.round_split`.
    leave_out : list of str
        Positions to pretend away.

    Returns
    -------
    polars.DataFrame
        A row a start-up, largest first, and a last row with a null ``startup_id``: everything else. ``usd`` (null: cannot
        be valued; of everything else: what cannot be valued could move it by more than five of a hundred) with ``usd_low``
        and ``usd_high``, ``stake_pct``, ``value_usd_m`` (millions of US dollars), ``stake_date``, ``value_date``,
        ``age_days`` of the value on the day of the market value, ``stale`` (above 180), ``mark`` (``market price``,
        ``round's price``, ``stale``); ``market_cap_usd_m`` with ``market_cap_date``, ``market_cap_basis`` (the listing) and
        ``market_cap_source_id``, ``source_id`` of the stake; ``of_usd`` (the sum asked for), ``investor_id``, ``investor``,
        ``scope``. Empty where no market value is known by the date.

    Raises
    ------
    ValueError
        When there is no such investor, when the data holds no market value of it, or when ``usd`` is no finite number above
        zero.

    Notes
    -----
    Values of start-ups are last prices, often old and of preferred shares; the market may put less on them.
    """
    number("usd", usd, above=0)
    one_of("scope", scope, SCOPES)
    ledger, holder, date = ledger_of(ds, split), holder_of(ds, investor), ds.lens.as_of
    _listed(ds, holder)
    left = keys(ds, "leave_out", leave_out, one=False)
    cap = market_cap(ds, holder, date if at is None else day("at", at))
    if cap is None:
        return traced(ds, pl.DataFrame(schema=_SCHEMA), [])
    frame = held(ledger, holder, date, scope, leave_out=left)
    per = usd / cap["usd_m"]
    rows = (
        _marked(frame, cap["date"])
        .with_columns(
            facts=pl.concat_list(
                pl.coalesce(column, pl.lit([], dtype=pl.List(pl.String))) for column in FACTS["value"][:2]
            ),
            usd=pl.col("value_usd_m") * per,
            usd_low=pl.col("value_low_usd_m") * per,
            usd_high=pl.col("value_high_usd_m") * per,
        )
        .sort("usd", "startup_id", descending=[True, False], nulls_last=True)
    )
    point, low, high = worth(frame.rows(named=True)).over(cap["usd_m"], usd)
    rest = pl.DataFrame(
        {
            "startup_id": [None],
            "startup": ["Everything else"],
            "usd": [None if point is None else usd - point],
            "usd_low": [None if high is None else max(0.0, usd - high)],
            "usd_high": [usd - (low or 0.0)],
            "facts": [facts_of(frame, "value")],
        },
        schema_overrides={
            "startup_id": pl.String,
            "usd": pl.Float64,
            "usd_low": pl.Float64,
            "facts": pl.List(pl.String),
        },
    )
    about = {f"market_cap_{name}": cap[name] for name in ("usd_m", "date", "basis", "source_id")}
    about |= {"of_usd": float(usd), "investor_id": holder.id, "investor": holder.name, "scope": scope}
    out = pl.concat([rows, rest], how="diagonal").with_columns(
        pl.lit(value).alias(name) for name, value in about.items()
    )
    facts = [[*told, _fact(cap)] for told in out["facts"]]
    return traced(ds, out.select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items()), facts)


def look_through_days(
    ds: Dataset,
    investor: str = "alibaba",
    usd: float = 100,
    *,
    scope: Scope = "ai",
    split: Split = "equal",
    leave_out: Sequence[str] = (),
) -> pl.DataFrame:
    """The look-through at each later market value that the data knows, whatever the listing.

    Stakes and values stay those of the lens; only the market value moves, from the one that :func:`aitracker.look_through`
    divides by to the last one by the date of the lens.

    Parameters
    ----------
    ds, investor, usd, scope, split, leave_out
        See :func:`aitracker.look_through`.

    Returns
    -------
    polars.DataFrame
        A row a market value, by date: ``date``, ``basis`` (the listing), ``market_cap_usd_m``; ``usd`` that are AI
        start-ups (null where those that cannot be valued could move it by more than five of a hundred) with ``usd_low`` and
        ``usd_high``; ``market_pct``, ``round_pct``, ``stale_pct`` (shares of what is valued: market prices, prices of rounds,
        older than 180 days on that day; 0-100); ``rests_on`` positions that are valued of ``rests_of``; ``of_usd``,
        ``investor_id``, ``investor``, ``scope``, ``source_id`` (of the market value). Empty where none is known.

    Raises
    ------
    ValueError
        As :func:`aitracker.look_through`.
    """
    number("usd", usd, above=0)
    one_of("scope", scope, SCOPES)
    ledger, holder, date = ledger_of(ds, split), holder_of(ds, investor), ds.lens.as_of
    _listed(ds, holder)
    frame = held(ledger, holder, date, scope, leave_out=keys(ds, "leave_out", leave_out, one=False))
    first = market_cap(ds, holder, date)
    caps = [c for c in _market_caps(ds, holder) if first and c["date"] >= first["date"] and visible(c["date"], date)]
    rows, facts = [], []
    for cap in caps:
        about = {
            "date": cap["date"],
            "basis": cap["basis"],
            "market_cap_usd_m": cap["usd_m"],
            "source_id": cap["source_id"],
        }
        about |= {"of_usd": float(usd), "investor_id": holder.id, "investor": holder.name, "scope": scope}
        rows.append(about | inside(frame, cap, usd))
        facts.append([*facts_of(frame, "value"), _fact(cap)])
    return traced(ds, pl.DataFrame(rows, schema=_DAYS, orient="row"), facts)
