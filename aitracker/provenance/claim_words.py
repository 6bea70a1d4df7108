"""A claim in words: what it says, in which currency, who said so and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["by_whom", "figure", "in_dollars", "says", "since"]


def says(c: Mapping[str, Any]) -> str:
    """What a claim says: its figure as the source gave it, and its words."""
    low, high, unit = c["stated_low"], c["stated_high"], c["unit"]
    if c["value"] is None:
        return str(c["text_value"] or "no figure")
    if low is None or high is None:
        below = "just under" if c["qualifier"] == "nearly" else "at most"
        told = f"{below if low is None else 'at least'} {figure(c['value'], unit)}"
    else:
        about = "about " if c["qualifier"] == "approx" else ""
        told = about + (figure(low, unit) if low == high else f"{figure(low, unit)} to {figure(high, unit)}")
    return f"{told} ({c['text_value']})" if c["text_value"] else told


def figure(value: float, unit: str) -> str:
    """A figure with its unit: ``CNY 2,500m``, ``36 %``, ``12 CNY_per_USD``."""
    number = f"{value:,.6g}"
    if unit.endswith("_m"):
        return f"{unit[:-2]} {number}m"
    return number + {"pct": " %", "x": "-fold", "count": ""}.get(unit, f" {unit}")


def in_dollars(c: Mapping[str, Any]) -> str:
    """The figure in millions of US dollars, where the source gave it in another currency; else nothing."""
    if c["value_usd_m"] is None or str(c["unit"]).startswith("USD"):
        return ""
    return f" = {figure(c['value_usd_m'], 'USD_m')}"


def since(day: object) -> str:
    """The day from which something is known, or that it is unknown."""
    return str(day) if day else "an unknown day"


def by_whom(c: Mapping[str, Any]) -> str:
    """Publisher, kind, day, and the piece that the page repeats."""
    repeats = f", repeats {c['origin_id']}" if c["origin_id"] != c["source_id"] else ""
    return f"{c['publisher']} ({c['source_kind']}), known from {since(c['known_from'])}{repeats} [{c['source_id']}]"
