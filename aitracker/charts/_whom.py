"""Words that a chart takes from its frame: the threshold that was asked for, and foreign comparators among the rows."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import polars as pl

from aitracker.charts import theme
from aitracker.charts._values import short

FOREIGN: Final = "foreign"
BILLION: Final = 1000.0
NAMED: Final = 4  # foreign comparators that a title names; of more it gives the number


def goal(frame: pl.DataFrame) -> tuple[str, str]:
    """The threshold of a frame as the aim of a sentence and as a sum: ``("a billion", "US$1bn")``."""
    asked = frame["threshold_usd_m"].drop_nulls().unique()
    if len(asked) != 1:
        return ("the threshold", "the threshold") if not len(asked) else ("their threshold", "a threshold of its own")
    sum_ = theme.money(asked.item())
    return ("a billion" if asked.item() == BILLION else sum_), sum_


def abroad(rows: Iterable[Mapping[str, Any]]) -> str:
    """What a title adds where foreign comparators are among its rows: their names, or how many they are."""
    rows = list(rows)
    names = list(dict.fromkeys(short(str(r["startup"])) for r in rows if r.get("wave") == FOREIGN))
    if not names:
        return ""
    if len(names) == len({r["startup"] for r in rows}):
        return " (foreign comparator)" if len(names) == 1 else " (foreign comparators)"
    if len(names) > NAMED:
        return f"; {len(names)} of the start-ups are foreign comparators"
    return f"; foreign comparator{'s' * (len(names) > 1)}: {', '.join(names)}"
