"""What a TOML file tells of a round: its parts, dates and amounts, each refused where it is none."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from aitracker.asked import one_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PARTS", "dated", "money", "read"]

PARTS: Final = {
    "source": {"id", "publisher", "title", "published", "basis", "language", "kind", "url", "copies", "note"},
    "startup": {"id", "name", "name_zh", "founded", "hq_city", "country", "segment", "wave", "scope", "note"},
    "round": {"id", "startup", "kind", "series", "announced", "amount_m", "low_m", "high_m", "currency",
              "qualifier", "investor_list", "status", "note"},
    "investor": {"name", "role", "instrument", "amount_m", "low_m", "high_m", "currency", "qualifier", "note",
                 "id", "name_zh", "type", "country", "parent", "managed_by", "affiliate_of"},
    "valuation": {"value_m", "low_m", "high_m", "currency", "qualifier", "basis", "note"},
}  # fmt: skip
"""What each part of the file may say."""


def read(file: Path) -> dict[str, Any]:
    """The parts of the file; a word that is none of theirs, and a part that has to be there and is not, are refused."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        message = f"{file}: cannot be read as TOML: {error}"
        raise ValueError(message) from None
    for part in told:
        one_of(f"{file.name}: a part", part, [*PARTS, "decision"])
    missing = [part for part in ("source", "round", "decision") if not told.get(part)]
    if missing:
        message = f"{file}: it needs {', '.join(missing)} too: a source, the round, and the reason for entering it so"
        raise ValueError(message)
    for part, allowed in PARTS.items():
        parts = told.get(part, [])
        if isinstance(parts, dict):
            parts = [parts]
            told[part] = parts if part in {"source", "investor"} else parts[0]
        for one in parts:
            for word in one:
                one_of(f"{file.name}: [{part}] a word", word, sorted(allowed))
    return told


def dated(value: object, what: str) -> tuple[str, str]:
    """First day of a date and its precision: 2024-02-26, 2024-02, 2024-Q1, 2024."""
    text = str(value)
    for shape, precision, first in (
        (r"(\d{4}-\d{2}-\d{2})", "day", "{0}"),
        (r"(\d{4}-\d{2})", "month", "{0}-01"),
        (r"(\d{4})", "year", "{0}-01-01"),
    ):
        if found := re.fullmatch(shape, text):
            return first.format(*found.groups()), precision
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        return f"{found[1]}-{3 * int(found[2]) - 2:02d}-01", "quarter"
    message = f"{what} must be a date such as 2024-02-26, 2024-02, 2024-Q1 or 2024, not {text!r}"
    raise ValueError(message)


def money(one: dict[str, Any], figure: str) -> dict[str, Any]:
    """The cells of an amount: with both ends it is a range, whose lower end stands for it where nothing else is said."""
    ends = {"low": one.get("low_m"), "high": one.get("high_m")}
    ranged = any(end is not None for end in ends.values())
    value = one.get(figure, ends["low"])
    if value is not None and "currency" not in one:
        message = f"{figure} = {value} needs its currency"
        raise ValueError(message)
    stem = figure.removesuffix("_m")
    stated = "range" if ranged else "exact" if value is not None else "undisclosed"
    cells = {f"{stem}_{name}_m": end for name, end in ends.items()}
    return {figure: value, "currency": one.get("currency"), "qualifier": one.get("qualifier", stated), **cells}
