"""Numbers as a chart needs them."""

from aitracker.charts import _spec


def brief(value: object) -> float | None:
    """Give a cell as a finite number of six digits, or None: no pixel shows more, and a page holds many of them."""
    number = _spec.number(value)
    return None if number is None else float(f"{number:.6g}")
