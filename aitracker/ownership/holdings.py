"""What a holder owns at a date: positions with their stakes, values and costs, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import polars as pl

from aitracker.lens import one_of
from aitracker.ownership.ledger import Holder, Ledger, Span, holder_of, ledger_of
from aitracker.ownership.stakes import State, walk

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["WEIGHTINGS", "Weighting", "box", "holdings", "positions", "sizes", "weigh"]

Weighting = Literal["value", "cost", "cash", "count"]
WEIGHTINGS: tuple[Weighting, ...] = get_args(Weighting)

_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("startup_id", "startup", "startup_zh", "wave"), pl.String),
    **dict.fromkeys(("stake_pct", "stake_low_pct", "stake_high_pct"), pl.Float64),
    "basis": pl.String,
    "stake_date": pl.Date,
    **dict.fromkeys(("valuation_usd_m", "valuation_low_usd_m", "valuation_high_usd_m"), pl.Float64),
    "valuation_date": pl.Date,
    "valuation_basis": pl.String,
    **{
        f"{name}{end}_usd_m": pl.Float64
        for name in ("value", "cost", "cash", "in_kind")
        for end in ("", "_low", "_high")
    },
    "weight": pl.Float64,
    "rounds": pl.Int64,
    "source_id": pl.String,
    "valuation_source_id": pl.String,
}


def holdings(
    ds: Dataset,
    investor: str = "alibaba",
    as_of: dt.date | str | None = None,
    *,
    weighting: Weighting = "value",
    split: Split = "equal",
    credit_price: float = 1.0,
    leave_out: Sequence[str] = (),
) -> pl.DataFrame:
    """An investor's positions at a date, as a fund would publish them.

    ``value = stake x latest value of the start-up`` (post-money, market value, pre-money with its new money, or of unstated
    basis; no targets, estimates, talks or prices of old shares). A post-money overstates what shares would fetch (by 48 %
    on average: Gornall & Strebulaev, Journal of Financial Economics 135, 2020); no haircut is taken.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; its ``group`` decides whose vehicles belong to the investor.
    investor : str
        Key of the investor, or ``state-funds``.
    as_of : date or ISO text, optional
        The date, in place of the lens's own.
    weighting : {"value", "cost", "cash", "count"}
        What ``weight`` is of: marked value, cost, cash cost, or one each.
    split : str
        How a round is divided among investors without a stated part; see :func:`aitracker.round_split`.
    credit_price : float
        What a dollar of credits or other payment in kind counts in the cost, 0 to 1; the stake does not change with it.
    leave_out : list of str
        Start-ups to pretend away.

    Returns
    -------
    polars.DataFrame
        A row a position, by weight; sold and bought-up ones are left out. ``startup_id``, ``startup``, ``startup_zh``,
        ``wave``; ``stake_pct`` (0-100) with its interval; ``basis`` of the stake: ``disclosed``, ``disclosed, diluted`` (by
        later rounds), ``disclosed, added to`` (in later rounds), ``estimated`` (from rounds alone), ``combined`` (of several
        members), ``unknown``; ``stake_date`` (last disclosure or round taken part in); ``valuation_usd_m`` with interval,
        ``valuation_date`` and ``valuation_basis``; ``value_usd_m`` (millions of US dollars), ``cost_usd_m`` (of the rounds
        taken part in since 0; what is known of it), ``cash_usd_m`` (cost less what was in kind; money of unknown instrument
        counts as cash, its low end does not), ``in_kind_usd_m`` (null: no source speaks of it), each with interval;
        ``weight`` (0-1, the known ones sum to 1; null: cannot be weighed), ``rounds``, ``source_id``, ``valuation_source_id``.
        Null is unknown: a position that cannot be valued stays in the frame.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    Stakes as in :func:`aitracker.stake_path`. Sales that nobody disclosed are not seen.
    """
    one_of("weighting", weighting, WEIGHTINGS)
    if not 0 <= credit_price <= 1:
        message = f"credit_price must be between 0 and 1, not {credit_price!r}"
        raise ValueError(message)
    date = ds.lens.as_of if as_of is None else ds.at(as_of=as_of).lens.as_of
    ledger, holder = ledger_of(ds, split), holder_of(ds, investor)
    left = [one_of("leave_out", startup, ledger.startups) for startup in leave_out]
    return weigh(positions(ledger, holder, date, credit_price=credit_price, leave_out=left), weighting)


def positions(
    ledger: Ledger,
    holder: Holder,
    as_of: dt.date | None,
    *,
    credit_price: float = 1.0,
    leave_out: Collection[str] = (),
) -> pl.DataFrame:
    """The positions of :func:`holdings`, not yet weighed."""
    key = (holder, as_of, credit_price, frozenset(leave_out))
    if key not in ledger.positions:
        ledger.positions[key] = _positions(ledger, *key)
    return ledger.positions[key]


def _positions(
    ledger: Ledger, holder: Holder, as_of: dt.date | None, credit_price: float, leave_out: Collection[str]
) -> pl.DataFrame:
    rows = []
    for startup in sorted(set().union(*(ledger.held_by(member) for member in holder.members)) - set(leave_out)):
        path = walk(ledger, holder, startup, as_of)
        if path and path[-1].after.held:
            rows.append(_position(ledger, startup, path[-1].after, as_of, credit_price))
    return pl.DataFrame(rows, schema={k: v for k, v in _SCHEMA.items() if k != "weight"}, orient="row")


def _position(ledger: Ledger, startup: str, state: State, as_of: dt.date | None, credit_price: float) -> dict[str, Any]:
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
    }
    row |= _ends("stake", stake, "_pct", 100)
    if worth is not None:
        point = None if stake.point is None or worth.usd_m.point is None else stake.point * worth.usd_m.point
        value = Span(stake.low * worth.usd_m.low, point, (stake.high or 0.0) * (worth.usd_m.high or 0.0))
        row |= _ends("valuation", worth.usd_m, "_usd_m") | _ends("value", value, "_usd_m")
        row |= {"valuation_date": worth.day, "valuation_basis": worth.basis, "valuation_source_id": worth.source_id}
    cost, in_kind = _paid(ledger, state)
    if cost is not None:
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


def weigh(frame: pl.DataFrame, weighting: Weighting) -> pl.DataFrame:
    """Give positions their weights, largest first."""
    size = sizes(frame, weighting)
    total = size.sum()
    weight = size / total if total else pl.Series("weight", [None] * frame.height, dtype=pl.Float64)
    return (
        frame.with_columns(weight=weight)
        .select(list(_SCHEMA))
        .sort("weight", "startup_id", descending=[True, False], nulls_last=True)
    )


def sizes(frame: pl.DataFrame, weighting: Weighting) -> pl.Series:
    """What the positions are weighed by; null where that is unknown."""
    if weighting == "count":
        return pl.Series("weight", [1.0] * frame.height, dtype=pl.Float64)
    return frame[f"{weighting}_usd_m"]


def box(frame: pl.DataFrame, weighting: Weighting) -> tuple[list[float], list[float]]:
    """Intervals of what the positions are weighed by, for :func:`aitracker.hhi_bounds`.

    A position whose size has bounds but no point may as well be nothing; one without an upper bound is left out.
    """
    if weighting == "count":
        return [1.0] * frame.height, [1.0] * frame.height
    low, high = [], []
    for point, least, most in zip(*(frame[f"{weighting}{end}_usd_m"] for end in ("", "_low", "_high")), strict=True):
        ends = [end for end in (least, point, most) if end is not None]
        if point is not None or most is not None:
            low.append(0.0 if point is None else min(ends))
            high.append(max(end for end in (point, most) if end is not None))
    return low, high
