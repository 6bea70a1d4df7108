"""A holder's positions at a date, of every start-up: stake, value and cost with their intervals, and the facts behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from aitracker.ownership.ledger import Holder, Ledger, Span, Value
from aitracker.ownership.stakes import State, walk

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

__all__ = ["FACTS", "POSITION", "STALE_DAYS", "facts_of", "held", "positions"]

STALE_DAYS: Final = 180
"""A value older than this is stale: the price of another half-year."""

POSITION: Final[dict[str, Any]] = {
    **dict.fromkeys(("startup_id", "startup", "startup_zh", "wave"), pl.String),
    **dict.fromkeys(("stake_pct", "stake_low_pct", "stake_high_pct"), pl.Float64),
    "basis": pl.String,
    "stake_date": pl.Date,
    **dict.fromkeys(("valuation_usd_m", "valuation_low_usd_m", "valuation_high_usd_m"), pl.Float64),
    "value_date": pl.Date,
    "age_days": pl.Int64,
    "stale": pl.Boolean,
    "valuation_basis": pl.String,
    **{
        f"{name}{end}_usd_m": pl.Float64
        for name in ("value", "cost", "cash", "in_kind")
        for end in ("", "_low", "_high")
    },
    "rounds": pl.Int64,
    "source_id": pl.String,
    "valuation_source_id": pl.String,
    # The most that the position may be worth, also where nobody values the start-up; and the facts behind the stake, the
    # value of the start-up, the cost, and that most.
    "most_usd_m": pl.Float64,
    **dict.fromkeys(("stake_facts", "value_facts", "cost_facts", "most_facts"), pl.List(pl.String)),
}


FACTS: Final[dict[str, tuple[str, ...]]] = {
    "value": ("stake_facts", "value_facts", "most_facts"),
    "cost": ("cost_facts",),
    "cash": ("cost_facts",),
    "count": ("stake_facts",),
}
"""The facts behind each thing that positions are weighed by."""


def facts_of(frame: pl.DataFrame, *weightings: str) -> list[str]:
    """The facts behind some positions, weighed by one thing or several."""
    columns = dict.fromkeys(column for weighting in weightings for column in FACTS[weighting])
    return list(dict.fromkeys(one for column in columns for told in frame[column].drop_nulls() for one in told))


def held(
    ledger: Ledger,
    holder: Holder,
    as_of: dt.date | None,
    scope: str,
    *,
    waves: Collection[str] | None = None,
    credit_price: float = 1.0,
    leave_out: Collection[str] = (),
) -> pl.DataFrame:
    """The positions of a scope; those in foreign start-ups only where their wave is asked for."""
    frame = positions(ledger, holder, as_of, credit_price=credit_price, leave_out=leave_out)
    inside = [s for s in frame["startup_id"] if ledger.within(s, scope, waves)]
    return frame.filter(pl.col("startup_id").is_in(inside))


def positions(
    ledger: Ledger,
    holder: Holder,
    as_of: dt.date | None,
    *,
    credit_price: float = 1.0,
    leave_out: Collection[str] = (),
) -> pl.DataFrame:
    """All positions of :func:`aitracker.ownership.holdings`, not yet weighed; of any wave and scope."""
    key = (holder, as_of, credit_price, frozenset(leave_out))
    if key not in ledger.positions:
        ledger.positions[key] = _positions(ledger, *key)
    return ledger.positions[key]


def _positions(
    ledger: Ledger, holder: Holder, as_of: dt.date | None, credit_price: float, leave_out: Collection[str]
) -> pl.DataFrame:
    rows, dearest = [], ledger.dearest(as_of)
    for startup in sorted(set().union(*(ledger.held_by(member) for member in holder.members)) - set(leave_out)):
        path = walk(ledger, holder, startup, as_of)
        if path and path[-1].after.held:
            rows.append(_position(ledger, startup, path[-1].after, as_of, credit_price, dearest))
    return pl.DataFrame(rows, schema=POSITION, orient="row")


def _position(
    ledger: Ledger, startup: str, state: State, as_of: dt.date | None, credit_price: float, dearest: Value | None
) -> dict[str, Any]:
    about, stake, worth = ledger.startups[startup], state.stake, ledger.value(startup, as_of)
    row: dict[str, Any] = {
        "startup_id": startup,
        "startup": about["name"],
        "startup_zh": about["name_zh"],
        "wave": about["wave"],
        "basis": state.basis,
        "stake_date": state.day,
        "rounds": len({round_id for round_id, _ in state.paid}),
        "source_id": state.source_id,
        "stake_facts": list(state.facts),
    }
    row |= _ends("stake", stake, "_pct", 100)
    if worth is not None:
        point = None if stake.point is None or worth.usd_m.point is None else stake.point * worth.usd_m.point
        value = Span(stake.low * worth.usd_m.low, point, (stake.high or 0.0) * (worth.usd_m.high or 0.0))
        row |= _ends("valuation", worth.usd_m, "_usd_m") | _ends("value", value, "_usd_m")
        age = ((as_of or ledger.horizon) - worth.day).days
        row |= {"value_date": worth.day, "valuation_basis": worth.basis, "valuation_source_id": worth.source_id}
        row |= {"age_days": max(0, age), "stale": age > STALE_DAYS, "most_usd_m": value.high}
        row["value_facts"] = list(worth.facts)
    elif dearest is not None:
        # Nobody values it: by convention it is worth no more than the dearest of its day.
        row["most_usd_m"] = (stake.high or 0.0) * (dearest.usd_m.high or 0.0)
        row["most_facts"] = list(dearest.facts)
    cost, in_kind = _paid(ledger, state)
    if cost is not None:
        told = [one for _, part in state.paid for one in (*part.facts, *part.kind_facts)]
        row["cost_facts"] = list(dict.fromkeys(told))
        known = in_kind.point or 0.0
        cash = Span(
            max(0.0, cost.low - (in_kind.high or 0.0)) if in_kind.high is not None else 0.0,
            None if cost.point is None else max(0.0, cost.point - known),
            None if cost.high is None else max(0.0, cost.high - in_kind.low),
        )
        priced = 1 - credit_price
        cost = Span(
            max(0.0, cost.low - priced * (in_kind.high or 0.0)),
            None if cost.point is None else max(0.0, cost.point - priced * known),
            None if cost.high is None else max(0.0, cost.high - priced * in_kind.low),
        )
        row |= _ends("cost", cost, "_usd_m") | _ends("cash", cash, "_usd_m")
        if in_kind.point is not None or (in_kind.high or 0.0) > 0:
            row |= _ends("in_kind", in_kind, "_usd_m")
    return row


def _paid(ledger: Ledger, state: State) -> tuple[Span | None, Span]:
    """What the rounds taken part in cost, and what of it was in kind: sums of what is known, bounds of all of it."""
    if not state.paid:
        return None, Span(0.0, None, None)
    costs, in_kind = [], []
    for round_id in dict.fromkeys(r for r, _ in state.paid):
        parts = [part for r, part in state.paid if r == round_id]
        most = ledger.sizes[round_id].high
        # Several members of one holder cannot have paid more than the round together.
        costs.append(_sum([p.usd_m for p in parts], most if len(parts) > 1 else None))
        in_kind.append(_sum([p.in_kind for p in parts], most if len(parts) > 1 else None))
    cost, kind = _sum(costs), _sum(in_kind)
    if kind.point == 0 and (kind.high is None or kind.high > 0):
        kind = kind._replace(point=None)  # only some of the rounds are known to be cash
    return cost, kind


def _sum(spans: list[Span], most: float | None = None) -> Span:
    points = [s.point for s in spans if s.point is not None]
    highs = [s.high for s in spans if s.high is not None]
    high = sum(highs) if len(highs) == len(spans) else None
    if most is not None and high is not None:
        high = max(min(high, most), sum(points))
    return Span(sum(s.low for s in spans), sum(points) if points else None, high)


def _ends(name: str, span: Span, unit: str, by: float = 1) -> dict[str, float | None]:
    low, point, high = (None if x is None else by * x for x in span)
    return {f"{name}{unit}": point, f"{name}_low{unit}": low, f"{name}_high{unit}": high}
