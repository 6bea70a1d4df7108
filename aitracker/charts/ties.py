"""Third-party totals beside what the rows add up to."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts._intervals import interval_template
from aitracker.charts._values import short
from aitracker.charts.theme import Mode, Width

NEEDED: Final = ("statement", "unit", "reported", "computed", "computed_low", "computed_high", "verdict")
COLOURS: Final = {"within": "green", "below": "amber", "above": "violet", "not comparable": "unknown"}
KINDS: Final = ("within", "below", "above", "not comparable", "lowest to highest")
REACH: Final = 10.0  # the axis ends at a tenth and at ten times what was reported


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    slots = {**theme.SLOTS[mode], "unknown": theme.UNKNOWN[mode]}
    hues = ", ".join(f"'{slots[c]}'" for c in COLOURS.values())
    tips = {
        "label": "Total",
        "reported_words": "Reported",
        "computed_words": "Sum of the rows",
        "interval_words": "Between",
        "verdict": "Verdict",
        "reason": "Why",
        "scope": "What was added",
    }
    legend = {
        "shape": "datum.i < 4 ? 'circle' : 'M-1,0L1,0'",
        "fill": f"datum.i < 4 ? [{hues}][datum.i] : 'transparent'",
        "stroke": f"datum.i < 4 ? [{hues}][datum.i] : '{theme.INK[mode]}'",
    }
    return interval_template(mode, width, tips, KINDS, legend, axis="ratio", log=True)


def _written(value: float | None, unit: str) -> str:
    """Write a value in its unit; yuan and Hong Kong dollars by their codes."""
    if value is None:
        return "unknown"
    if unit == "USD_m":
        return theme.money(value)
    if unit.endswith("_m"):
        return theme.money(value).replace("US$", unit.removesuffix("_m") + "\u00a0")
    return f"{value:,.4g}"


def _label(statement: str, entity: str | None) -> str:
    """Say of whom a total is told, where its statement does not name it."""
    name = short(entity or "") if entity != theme.slug(entity or "") else ""  # a set of firms has a key alone
    words = {w.casefold() for w in re.findall(r"\w{4,}", name)}
    return statement if not words or words & set(re.findall(r"\w+", statement.casefold())) else f"{name}: {statement}"


@_spec.signed
def tie_out(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    n: str | None = None,
) -> alt.LayerChart:
    """Draw, for each total that somebody published, the sum of the rows as a multiple of it; one times is agreement.

    Parameters
    ----------
    frame
        As of :func:`aitracker.tie_out`: `statement`, `unit`, `reported`, `computed`, `computed_low`, `computed_high`
        (null: nothing to add), `verdict`, and where there are `entity`, `as_of`, `reason`, `scope`.
    sources
        Short names for the footer.
    version
        Version of the data.
    lens
        Words of a lens that is not the default.
    mode
        Background that the chart is laid on.
    width
        Pixels, or "container".
    n
        What the footer counts, in words; without it, totals.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `x_from`, `x_to`, `ticks`, `one`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "tie_out")
    rows: list[dict[str, Any]] = []
    verdicts: Counter[str] = Counter()
    for i, r in enumerate(frame.iter_rows(named=True)):
        unit, reported = str(r["unit"]), _spec.number(r["reported"])
        computed, low, high = (_spec.number(r[c]) for c in ("computed", "computed_low", "computed_high"))
        verdicts[str(r["verdict"])] += 1

        def times(value: float | None, whole: float | None = reported) -> float | None:
            """Give a value as a multiple of the reported one; nothing where it cannot be drawn on the axis."""
            ratio = value / whole if value is not None and whole else None
            return min(max(ratio, 1 / REACH), REACH) if ratio is not None and ratio > 0 else None

        rows.append(
            {
                "row": f"{i:03d}",
                "label": _label(str(r["statement"]), r.get("entity")),
                "words": f"{_written(computed, unit)} of {_written(reported, unit)}",
                "colour": COLOURS.get(str(r["verdict"]), "unknown"),
                "start": None,
                "end": None,
                "solid": True,
                "unknown": False,
                "low": times(low),
                "high": times(high),
                "far": None,
                "dot": times(computed),
                "reported_words": _written(reported, unit),
                "computed_words": _written(computed, unit),
                "interval_words": f"{_written(low, unit)} to {_written(high, unit)}",
                "verdict": r["verdict"],
                "reason": r.get("reason"),
                "scope": r.get("scope"),
            }
        )
    words = {"within": "agree with", "below": "fall short of", "above": "go beyond", "not comparable": "say nothing of"}
    counts = [f"{words[v]} {verdicts[v]}" for v in words if verdicts[v]]
    listed = ", ".join(counts[:-1]) + (" and " if len(counts) > 1 else "") + (counts[-1] if counts else "")
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": f"Of {theme.count(len(rows), 'published total')}, the rows' sums {listed}" if rows else theme.EMPTY,
            "subtitle": _spec.with_lens(
                "Sum of the rows as a multiple of the total that was published (1 \u00d7 is the same), logarithmic axis;"
                " at the right: the sum of the rows, of the published total",
                lens,
            ),
            "footer": _spec.footer(sources, n or theme.count(len(rows), "total"), version),
            "x_from": 1 / REACH,
            "x_to": REACH,
            "ticks": [0.1, 0.2, 0.5, 1, 2, 5, 10],
            "one": 1 if rows else None,
        },
    )  # fmt: skip
