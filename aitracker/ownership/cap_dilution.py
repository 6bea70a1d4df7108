"""What part of a company a round sold: share counts first, then what was paid over the price, then a convention."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from aitracker.ownership.dilution import UNKNOWN_DILUTION
from aitracker.ownership.program_matrix import assumed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitracker.ownership.cap_read import Listing
    from aitracker.ownership.ledger import Ledger, Price, Round, Span

__all__ = ["Dilution", "dilution", "wide"]

_FRESH: Final = dt.timedelta(92)
_DISCOUNT: Final = (0.75, 1.05)
"""Price of a placing over the market value before it, where nobody states the price: a convention."""
_OPTION: Final = dt.timedelta(60)


class Dilution(NamedTuple):
    """New shares over all shares after a round, as ends, and the post-money where there is one (millions of US dollars)."""

    name: str
    low: float
    high: float
    post: tuple[float, float] | None
    facts: tuple[str, ...]
    words: str


def dilution(
    one: Round,
    parent: Round | None,
    earlier: Round | None,
    before: Listing | None,
    after: Listing | None,
    ledger: Ledger,
    off: Mapping[str, float],
) -> Dilution:
    """What part of the company a round sold anew.

    Share counts before and after an offering give it exactly. An over-allotment goes at the offering's price. What was paid
    over a post-money is it too; of a pre-money V and new money A it is A / (V + A), and where nobody says which of them a
    value is, anything between. An offering is never priced at a market value of a trading day; a placing of a listed company
    may be, near it. Else ``UNKNOWN_DILUTION``, a convention and named as an assumption.
    """
    money, post = wide(one.amount, off.get(one.fact, 0.0)), None
    prices = [
        price._replace(usd_m=wide(price.usd_m, off.get(price.fact, 0.0)))
        for price in one.prices or (parent.prices if parent is not None else ())
    ]
    if prices:
        post = _post(prices[0], money)
    if one.kind == "secondary":
        most = money.high / post[0] if post is not None and money.high is not None else 1.0
        facts = (one.fact, prices[0].fact) if prices else (one.fact,)
        return Dilution(one.fact, 0.0, min(1.0, most), post, facts, f"old shares, {_pct(0.0, min(1.0, most))}")
    if before is not None and after is not None and before.shares and after.shares:
        low = 1 - (before.shares + before.off) / (after.shares - after.off)
        high = 1 - (before.shares - before.off) / (after.shares + after.off)
        words = f"{before.shares:,} shares before, {after.shares:,} after"
        return Dilution(before.fact, low - 1e-9, high + 1e-9, post, (before.fact, after.fact), words)
    known = money.high is not None and money.low > 0
    if known and prices:
        low, high = _sold(prices[0], money)
        return Dilution(one.fact, low, high, post, (one.fact, prices[0].fact), f"{_pct(low, high)} new shares")
    if known and earlier is not None and _option_of(one, earlier) and earlier.prices and earlier.amount.high:
        first = wide(earlier.amount, off.get(earlier.fact, 0.0))
        low, high = _sold(
            earlier.prices[0]._replace(usd_m=wide(earlier.prices[0].usd_m, off.get(earlier.prices[0].fact, 0.0))), first
        )
        ratio = money.low / (first.high or 1.0), (money.high or 0.0) / max(first.low, 1e-9)
        low, high = (r * d / (1 + r * d) for r, d in zip(ratio, (low, high), strict=True))
        return Dilution(
            one.fact,
            low,
            high,
            None,
            (one.fact, earlier.fact, earlier.prices[0].fact),
            f"{_pct(low, high)} new shares at the offer price",
        )
    if known and one.kind == "placing" and one.end is not None:
        last = ledger.value(one.startup_id, one.end)
        if last is not None and last.basis == "market-cap" and one.end - last.end <= _FRESH and last.usd_m.high:
            worth = last.usd_m.low * _DISCOUNT[0], last.usd_m.high * _DISCOUNT[1]
            low, high = money.low / (worth[1] + money.low), (money.high or 0.0) / (worth[0] + (money.high or 0.0))
            name = assumed("placed near the market price", one.round_id)
            return Dilution(
                name, low, high, None, (one.fact, *last.facts), f"{_pct(low, high)} new shares, near the market price"
            )
    low, high = UNKNOWN_DILUTION.low, UNKNOWN_DILUTION.high or 0.0
    words = f"{_pct(low, high)} new shares, by convention: size or price is unknown"
    return Dilution(assumed("dilution", one.round_id), low, high, post, (one.fact,), words)


def wide(span: Span, off: float) -> Span:
    """A sum with what rounding may have taken from it or given to it."""
    return span._replace(low=span.low * (1 - off), high=None if span.high is None else span.high * (1 + off))


def _option_of(one: Round, earlier: Round) -> bool:
    if not (one.kind == earlier.kind == "ipo" and one.end and earlier.end):
        return False
    return one.end - earlier.end <= _OPTION


def _pct(low: float, high: float) -> str:
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def _post(price: Price, money: Span) -> tuple[float, float] | None:
    """The post-money as ends; None where the new money has no bound and is needed."""
    low, high = price.usd_m.low, price.usd_m.high
    if low <= 0 or high is None:
        return None
    if price.basis in {"post-money", "market-cap"}:
        return low, high
    # Money without a bound adds at most what the widest dilution does.
    most = money.high if money.high is not None else high * 0.3 / 0.7
    return (low + money.low if price.basis == "pre-money" else low), high + most


def _sold(price: Price, money: Span) -> tuple[float, float]:
    """New money over post-money."""
    low, high, least, most = price.usd_m.low, price.usd_m.high or float("inf"), money.low, money.high or 0.0
    if price.basis in {"post-money", "market-cap"}:
        ends = least / high, most / low if low > 0 else 1.0
    elif price.basis == "pre-money":
        ends = least / (high + least), most / (low + most)
    else:
        ends = least / (high + least), most / low if low > 0 else 1.0
    return min(1.0, ends[0]), min(1.0, ends[1])
