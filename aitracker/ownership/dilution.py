"""The arithmetic of a stake: what an amount buys, and what new money does to it. Fractions of one, as intervals."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from aitracker.asked import number, one_of
from aitracker.ownership.ledger import ZERO, Ledger, Part, Round, Span, visible

__all__ = ["UNKNOWN_DILUTION", "added", "after_round", "bought_of", "capped", "dilution_of", "priced", "stake_bought"]

UNKNOWN_DILUTION = Span(0.0, 0.125, 0.30)
"""New money over post-money of a round whose size or price nobody states: a convention, the middle and the 95th percentile
of the rounds for which both are known (a test holds it to them). The low end is zero: the round may have been small."""

_FRESH_DAYS = 92  # a market value may price a placing for a quarter


def stake_bought(
    amount_usd_m: float, value_usd_m: float, basis: str = "unstated", new_money_usd_m: float | None = None
) -> tuple[float, float]:
    """What an amount buys: a / V of a post-money, a / (V + A) of a pre-money, the interval between where nobody says.

    Parameters
    ----------
    amount_usd_m : float
        The investor's money a, millions of US dollars.
    value_usd_m : float
        The value V that the round was priced at.
    basis : {"unstated", "post-money", "pre-money", "market-cap"}
        What the value is.
    new_money_usd_m : float, optional
        New money A of the whole round; the amount itself where none is given.

    Returns
    -------
    tuple of float
        Low and high end in per cent.

    Raises
    ------
    ValueError
        When the basis is none of these, or a figure is no finite number above zero.

    Examples
    --------
    >>> [round(end, 1) for end in stake_bought(800, 2500)]
    [24.2, 32.0]
    """
    one_of("basis", basis, ("unstated", "post-money", "pre-money", "market-cap"))
    money = amount_usd_m if new_money_usd_m is None else new_money_usd_m
    for name, figure in (("amount_usd_m", amount_usd_m), ("value_usd_m", value_usd_m), ("new_money_usd_m", money)):
        number(name, figure, above=0)
    post = _post_money(Span(value_usd_m, value_usd_m, value_usd_m), Span(money, money, money), basis)
    return 100 * amount_usd_m / (post.high or 0.0), min(100.0, 100 * amount_usd_m / post.low)


def _post_money(value: Span, money: Span, basis: str) -> Span:
    """Post-money as an interval; an unstated basis is open between the value and the value with the new money."""
    point, high = value.point or 0.0, value.high or 0.0
    with_money = Span(value.low + money.low, point + (money.point or 0.0), high + (money.high or 0.0))
    if basis == "pre-money":
        return with_money
    if basis == "unstated":
        # Neither reading is preferred: the point is the harmonic middle, which gives the middle of the stakes.
        return Span(value.low, 2 / (1 / point + 1 / (with_money.point or point)), with_money.high)
    return value


class Priced(NamedTuple):
    """A round's post-money (None where nothing known prices it), and the facts that say so."""

    post: Span | None
    facts: tuple[str, ...]


def priced(one: Round, ledger: Ledger, as_of: dt.date | None) -> Priced:
    """What a round was priced at."""
    known = one.amount.point is not None
    parent = next((r for r in ledger.rounds[one.startup_id] if r.round_id == one.parent_id), one)
    for basis, value, end, fact in one.prices or parent.prices:  # a tranche has the price of its round
        if not visible(end, as_of):
            continue
        if not known and basis in {"pre-money", "unstated"}:
            # Without the size of the round the new money is bounded by the widest dilution only.
            most = (value.high or 0.0) / (1 - (UNKNOWN_DILUTION.high or 0.0))
            return Priced(Span(value.low, None, most), (fact,))
        return Priced(_post_money(value, one.amount, basis), (fact,))
    last = ledger.value(one.startup_id, one.end) if one.end else None
    if (
        known
        and one.kind in {"ipo", "placing"}
        and last
        and last.basis == "market-cap"
        and one.end
        and one.end - last.end <= dt.timedelta(_FRESH_DAYS)
    ):
        return Priced(_post_money(last.usd_m, one.amount, "pre-money"), last.facts)
    return Priced(None, ())


def _ratio(part: Span, post: Span, cap: float) -> Span:
    low = part.low / post.high if post.high else 0.0
    high = min(cap, part.high / post.low) if part.high is not None and post.low > 0 else cap
    point = part.point / post.point if part.point is not None and post.point else None
    low = min(low, high)
    return Span(low, None if point is None else min(max(point, low), high), high)


def dilution_of(one: Round, post: Span | None) -> Span:
    """What part of the company a round sold anew."""
    if not one.dilutes:
        return ZERO
    if post is None or one.amount.point is None:
        return UNKNOWN_DILUTION
    return _ratio(one.amount, post, 1.0)


def bought_of(part: Part, one: Round, post: Span | None, dilution: Span) -> Span:
    """The stake a part buys: never more than all that the round sold."""
    most = dilution.high if one.dilutes and dilution.high is not None else UNKNOWN_DILUTION.high or 0.0
    if post is not None:
        return _ratio(part.usd_m, post, most if one.dilutes else 1.0)
    size = one.amount
    if size.low > 0 and part.usd_m.high is not None:  # priced by nobody, but the part of the round is known
        return Span(0.0, None, min(most, most * part.usd_m.high / size.low))
    return Span(0.0, None, most)


def after_round(stake: Span, dilution: Span, bought: Span | None) -> Span:
    """S (1 - d) + b for every d and b in their intervals, with b <= d: what is bought is part of what is new."""
    low_d, high_d, b = dilution.low, dilution.high or 0.0, bought or ZERO
    b_high = b.high or 0.0
    worst = max(low_d, min(b_high, high_d)) if high_d else 0.0
    high = (stake.high or 0.0) * (1 - worst) + b_high
    point = None
    if stake.point is not None and b.point is not None and dilution.point is not None:
        point = stake.point * (1 - dilution.point) + b.point
    low = min(1.0, stake.low * (1 - high_d) + b.low)
    high = min(1.0, max(high, low))
    return Span(low, None if point is None else min(max(point, low), high), high)


def capped(stake: Span, ceiling: float) -> Span:
    """The stake, not above a ceiling."""
    point, high = stake.point, min(stake.high or 0.0, max(ceiling, stake.low))
    return Span(stake.low, None if point is None else min(point, high), high)


def added(a: Span, b: Span) -> Span:
    """Two stakes together."""
    point = None if a.point is None or b.point is None else a.point + b.point
    return Span(a.low + b.low, point, (a.high or 0.0) + (b.high or 0.0))
