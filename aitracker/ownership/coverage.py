"""How much of the field a holder has, and how much of its own stock that is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, get_args

import polars as pl

from aitracker.lens import one_of
from aitracker.ownership.holdings import positions
from aitracker.ownership.ledger import Holder, Ledger, holder_of, ledger_of, visible
from aitracker.vocabulary import UNICORN_USD_M

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["Universe", "cover", "coverage", "look_through", "market_cap", "universe_values", "worth"]

Universe = Literal["unicorns", "all"]


def universe_values(ledger: Ledger, as_of: dt.date | None, universe: Universe = "all") -> dict[str, float | None]:
    """Chinese start-ups of a universe with their values at a date; None where nobody states one."""
    values = {}
    for startup in ledger.universe(as_of):
        worth = ledger.value(startup, as_of)
        values[startup] = None if worth is None else worth.usd_m.point
    if universe == "all":
        return values
    return {startup: value for startup, value in values.items() if value is not None and value >= UNICORN_USD_M}


def worth(frame: pl.DataFrame) -> tuple[float, float, float]:
    """What positions are worth together: point, low and high end; one without a point may as well be worth nothing."""
    return _together(frame.rows(named=True))


def _together(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float, float]:
    known = [row for row in rows if row["value_usd_m"] is not None]
    return (
        math.fsum(row["value_usd_m"] for row in known),
        math.fsum(row["value_low_usd_m"] or 0.0 for row in known),
        math.fsum(row["value_high_usd_m"] or 0.0 for row in rows),
    )


def cover(ledger: Ledger, frame: pl.DataFrame, as_of: dt.date | None, universe: Universe) -> dict[str, Any]:
    """The figures of :func:`coverage` for positions that are already there."""
    values = universe_values(ledger, as_of, universe)
    valued = {startup: value for startup, value in values.items() if value is not None}
    total = sum(valued.values())
    mine = [row for row in frame.iter_rows(named=True) if row["startup_id"] in values]
    held_value = sum(valued.get(row["startup_id"], 0.0) for row in mine)
    owned = _together(mine)

    def pct(part: float, whole: float) -> float | None:
        return 100 * part / whole if whole else None

    # The interval is of the stakes alone: a value that is off moves both sides of the fraction.
    stakes = [
        (
            0.0 if row["stake_pct"] is None else row["stake_low_pct"],
            row["stake_high_pct"],
            valued.get(row["startup_id"], 0.0),
        )
        for row in mine
    ]
    return {
        "universe": universe,
        "as_of": as_of or ledger.horizon,
        "startups": len(values),
        "held": len(mine),
        "count_pct": pct(len(mine), len(values)),
        "valued": len(valued),
        "universe_value_usd_m": total if valued else None,
        "held_value_usd_m": held_value if valued else None,
        "value_pct": pct(held_value, total),
        "owned_value_usd_m": owned[0] if valued else None,
        "owned_low_usd_m": owned[1] if valued else None,
        "owned_high_usd_m": owned[2] if valued else None,
        "owned_pct": pct(owned[0], total),
        "owned_low_pct": pct(sum(low * value for low, _, value in stakes) / 100, total),
        "owned_high_pct": pct(sum(high * value for _, high, value in stakes) / 100, total),
    }


COVERAGE_SCHEMA: dict[str, Any] = {
    "universe": pl.String,
    "as_of": pl.Date,
    "startups": pl.Int64,
    "held": pl.Int64,
    "count_pct": pl.Float64,
    "valued": pl.Int64,
    **dict.fromkeys(
        (
            "universe_value_usd_m",
            "held_value_usd_m",
            "value_pct",
            "owned_value_usd_m",
            "owned_low_usd_m",
            "owned_high_usd_m",
            "owned_pct",
            "owned_low_pct",
            "owned_high_pct",
        ),
        pl.Float64,
    ),
}


def coverage(
    ds: Dataset,
    investor: str = "alibaba",
    universe: Universe = "unicorns",
    *,
    split: Split = "equal",
    leave_out: Sequence[str] = (),
) -> pl.DataFrame:
    """What share of the field an investor holds, by count and by value.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investor : str
        Key of the investor, or ``state-funds``.
    universe : {"unicorns", "all"}
        The field: tracked Chinese start-ups worth at least one billion US dollars at the date, or all of them. Comparators
        from abroad and companies that were bought up are in neither.
    split : str
        See :func:`aitracker.round_split`.
    leave_out : list of str
        Positions to pretend away; the field stays as it is.

    Returns
    -------
    polars.DataFrame
        One row: ``investor_id``, ``investor``, ``universe``, ``as_of``; ``startups`` in the field, ``held`` of them,
        ``count_pct``; ``valued`` of them, ``universe_value_usd_m``, ``held_value_usd_m`` and ``value_pct`` (the whole value of
        those it holds any part of); ``owned_value_usd_m`` with its interval and ``owned_pct`` (its stakes times the values,
        over the value of the field; stakes nobody can tell are not in the point, but in the interval, which is that of the
        stakes). Percentages 0-100; null where the field is empty or has no values.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    The field is the tracked one, chosen by hand: see the data sheet.
    """
    one_of("universe", universe, get_args(Universe))
    ledger, holder, date = ledger_of(ds, split), holder_of(ds, investor), ds.lens.as_of
    frame = positions(ledger, holder, date, leave_out=[one_of("leave_out", s, ledger.startups) for s in leave_out])
    row = {"investor_id": holder.id, "investor": holder.name, **cover(ledger, frame, date, universe)}
    schema = {"investor_id": pl.String, "investor": pl.String, **COVERAGE_SCHEMA}
    return pl.DataFrame([row], schema=schema)


def market_cap(ds: Dataset, holder: Holder, as_of: dt.date | None) -> dict[str, Any] | None:
    """The holder's own market value at the last day at or before a date; None where it has none by then.

    One listing stands for the whole company, and values of two listings never share a line: the one that the series hold
    the most days of (the ADR for Alibaba, Hong Kong for Tencent and Meituan).
    """
    key = ("market caps", holder.id, ds.lens.known_by)
    seen = [
        row
        for row in ds.remember(key, lambda: _market_caps(ds, holder), every_lens=True)
        if visible(row["date"], as_of)
    ]
    return seen[-1] if seen else None


def _market_caps(ds: Dataset, holder: Holder) -> list[dict[str, Any]]:
    """All known market values of a holder, by date."""
    frame = ds.lookup(
        """WITH own AS (
            SELECT s.*, nullif(currency_of(unit), 'USD') AS currency
            FROM series_seen(NULL, CAST(getvariable('known_by') AS DATE)) s
            WHERE metric = 'market_cap' AND entity_id = $1 AND period_end IS NOT NULL
                AND basis = (SELECT basis FROM data.series WHERE metric = 'market_cap' AND entity_id = $1
                    GROUP BY basis ORDER BY count(*) DESC, basis LIMIT 1)
        )
        SELECT o.period_end AS date, o.basis, o.source_id,
            value * CASE WHEN currency_of(unit) = 'USD' THEN 1 ELSE f.usd_per_unit END AS usd_m
        FROM own o ASOF LEFT JOIN rates f ON o.currency = f.currency AND o.period_end >= f.date
        ORDER BY o.period_end, o.series_id""",
        [holder.id],
    ).filter(pl.col("usd_m").is_not_null())
    return frame.rows(named=True)


_LOOK_SCHEMA = {
    "startup_id": pl.String,
    "startup": pl.String,
    **dict.fromkeys(("usd", "usd_low", "usd_high", "stake_pct", "value_usd_m", "market_cap_usd_m"), pl.Float64),
    "market_cap_date": pl.Date,
    **dict.fromkeys(("market_cap_basis", "market_cap_source_id", "source_id"), pl.String),
}


def look_through(
    ds: Dataset,
    investor: str = "alibaba",
    usd: float = 100,
    *,
    split: Split = "equal",
    leave_out: Sequence[str] = (),
) -> pl.DataFrame:
    """What is inside a share: of ``usd`` dollars of the investor's stock, how many are which start-up.

    ``usd x stake x value / market capitalisation``, the last at or before the date.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investor : str
        Key of a listed investor (Alibaba, Tencent, Meituan).
    usd : float
        Dollars of its stock.
    split : str
        See :func:`aitracker.round_split`.
    leave_out : list of str
        Positions to pretend away.

    Returns
    -------
    polars.DataFrame
        A row a start-up, largest first, and a last row with a null ``startup_id``: everything else. ``usd`` (null: cannot
        be valued) with ``usd_low`` and ``usd_high``, ``stake_pct``, ``value_usd_m`` (millions of US dollars),
        ``market_cap_usd_m`` with ``market_cap_date``, ``market_cap_basis`` (the listing) and ``market_cap_source_id``,
        ``source_id`` of the stake. Empty where no market value is known by the date.

    Raises
    ------
    ValueError
        When there is no such investor, when the data holds no market value of it, or when ``usd`` is not above zero.

    Notes
    -----
    Values of start-ups are last prices, often old and of preferred shares; the market may put less on them.
    """
    if not usd > 0:
        message = f"usd must be above zero, not {usd!r}"
        raise ValueError(message)
    ledger, holder, date = ledger_of(ds, split), holder_of(ds, investor), ds.lens.as_of
    listed = ds.lookup("SELECT DISTINCT entity_id FROM data.series WHERE metric = 'market_cap'")["entity_id"].to_list()
    investors = ds.lookup("SELECT investor_id FROM data.investors")["investor_id"].to_list()
    one_of("investor", holder.id, sorted(set(listed) & set(investors)))
    cap = market_cap(ds, holder, date)
    if cap is None:
        return pl.DataFrame(schema=_LOOK_SCHEMA)
    frame = positions(ledger, holder, date, leave_out=[one_of("leave_out", s, ledger.startups) for s in leave_out])
    per = usd / cap["usd_m"]
    rows = frame.select(
        "startup_id",
        "startup",
        "stake_pct",
        "value_usd_m",
        "source_id",
        usd=pl.col("value_usd_m") * per,
        usd_low=pl.col("value_low_usd_m") * per,
        usd_high=pl.col("value_high_usd_m") * per,
    ).sort("usd", "startup_id", descending=[True, False], nulls_last=True)
    point, low, high = worth(frame)
    rest = pl.DataFrame(
        {
            "startup_id": [None],
            "startup": ["Everything else"],
            "usd": [usd - per * point],
            "usd_low": [max(0.0, usd - per * high)],
            "usd_high": [usd - per * low],
        },
        schema_overrides={"startup_id": pl.String},
    )
    about = {f"market_cap_{name}": value for name, value in cap.items()}
    return (
        pl.concat([rows, rest], how="diagonal")
        .with_columns(**{name: pl.lit(value) for name, value in about.items()})
        .select(pl.col(name).cast(kind) for name, kind in _LOOK_SCHEMA.items())
    )
