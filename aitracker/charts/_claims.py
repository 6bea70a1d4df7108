"""The words and places of the claim chart: from claims to rows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from aitracker.charts import _spec, theme

# Kinds of source from the most to the least formal, each with its shape.
SHAPES: Final[Mapping[str, str]] = {
    "filing": "square",
    "company": "diamond",
    "wire": "circle",
    "newspaper": "triangle-up",
    "trade": "cross",
    "aggregator": "triangle-down",
    "blog": "triangle-right",
}

Ends = tuple[float | None, float | None, float | None]


def marked(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Give the claims by day, with the one taken: the policy's, else the curators' row, else the one they prefer."""
    told = sorted(
        frame.iter_rows(named=True), key=lambda c: (c["known_from"] is None, str(c["known_from"]), str(c["source_id"]))
    )
    choices = [
        [c for c in told if c["chosen"]],
        [c for c in told if c.get("adopted")],
        [c for c in told if c["rank"] == "preferred"],
    ]
    taken = next((choice[0] for choice in choices if choice), None)
    return [{**c, "chosen": c is taken} for c in told]


def is_money(row: Mapping[str, Any]) -> bool:
    return str(row["unit"]).endswith("_m")


def _figure(value: float | None, unit: str) -> str:
    if unit.endswith("_m"):
        return theme.money(value)
    if unit == "pct":
        return theme.share(value)
    return "unknown" if value is None else f"{value:,.4g}{'-fold' if unit == 'x' else ''}"


def ends_of(row: Mapping[str, Any]) -> Ends:
    """Give value and ends as drawn: money in US dollars, else as stated; an open end is null."""
    value = _spec.number(row.get("value_usd_m") if is_money(row) else row["value"])
    if value is None:
        return None, None, None
    low, high = (_spec.number(row.get(f"stated_{end}")) for end in ("low", "high"))
    native = _spec.number(row["value"]) or 1.0
    rate = value / native
    if low is not None and high is not None and row.get("qualifier") == "approx" and is_money(row):
        return value, _spec.number(row.get("value_low_usd_m")), _spec.number(row.get("value_high_usd_m"))
    return value, low if low is None else low * rate, high if high is None else high * rate


def _short(row: Mapping[str, Any]) -> str:
    value, low, high = ends_of(row)
    unit = str(row["unit"])
    if low is None or high is None:
        below = "just under" if row.get("qualifier") == "nearly" else "at most"
        return f"{below if low is None else 'at least'} {_figure(value, unit)}"
    if row.get("qualifier") == "approx" or low == high:
        return ("about " if row.get("qualifier") == "approx" else "") + _figure(value, unit)
    return f"{_figure(low, unit)} to {_figure(high, unit)}"


def collapsed(claims: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row an origin: the claim taken, else the origin's own page, else its earliest that stands."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for c in claims:
        kept.setdefault(str(c["origin_id"]), []).append(c)
    out = []
    for group in kept.values():
        best = min(group, key=lambda c: (not c["chosen"], c["rank"] == "deprecated", c["source_id"] != c["origin_id"]))
        out.append({**best, "copies": len(group) - 1})
    return out


def title(claims: Sequence[dict[str, Any]], fact: str) -> str:
    if not claims:
        return theme.EMPTY
    head = f"{fact}: " if fact else ""
    origins = len({c["origin_id"] for c in claims})
    wrong = sum(c["rank"] == "deprecated" for c in claims)
    taken = next((c for c in claims if c["chosen"]), None)
    standing = [c for c in claims if c["rank"] != "deprecated"]
    values = sorted({v for c in standing if (v := ends_of(c)[0]) is not None})
    unit = str(standing[0]["unit"]) if standing else ""
    if origins == 1:
        said = "one claim, of one origin" if len(claims) == 1 else f"{len(claims)} claims, all of one origin"
    elif values and _figure(values[0], unit) != _figure(values[-1], unit):
        said = f"{origins} origins, from {_figure(values[0], unit)} to {_figure(values[-1], unit)}"
    elif values:
        said = f"{origins} origins agree on {_figure(values[0], unit)}"
    else:
        said = f"{theme.count(len(claims), 'claim')} of {origins} origins"
    if wrong:
        said += f", {wrong} known to be wrong"
    if taken is not None:
        said += f"; taken: {_short(taken) if ends_of(taken)[0] is not None else taken['text_value']}"
    return head + said


def row_of(i: int, c: Mapping[str, Any], ends: Ends, step: float) -> dict[str, object]:
    value, low, high = ends
    wrong = c["rank"] == "deprecated"
    copies = int(c.get("copies") or 0)
    when = theme.date_words(c.get("published") or c["known_from"], c.get("published_precision") or "day")
    name = str(c["publisher"]).split(" (", maxsplit=1)[0]
    repeats = c["origin_id"] != c["source_id"]
    origin = f"repeats {c['origin_id']}" if repeats else "its own"
    tail = f" · and {theme.count(copies, 'page')} of the same origin" if copies else " · retold" if repeats else ""
    open_low, open_high = value is not None and low is None, value is not None and high is None
    at = value if value is not None else 0.0
    return {
        "row": f"{i:04d}", "label": f"{when} · {name}{tail}{' · taken' if c['chosen'] else ''}", "publisher": c["publisher"],
        "source_kind": c["source_kind"], "shape": SHAPES.get(str(c["source_kind"]), "circle"), "when_words": when, "value": value,
        "low": at - step if open_low else low, "high": at + step if open_high else high, "open_low": open_low, "open_high": open_high,
        "open_end": at - step if open_low else at + step, "chosen": bool(c["chosen"]), "wrong": wrong,
        "short": _short(c) if value is not None else "", "says": c["text_value"] or (_short(c) if value is not None else "no figure"),
        "state_words": "known to be wrong" if wrong else "taken" if c["chosen"] else "stands, not taken", "origin_words": origin,
        "reason": c.get("reason") or "none",
    }  # fmt: skip
