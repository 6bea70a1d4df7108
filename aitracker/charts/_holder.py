"""Whom a frame of holdings is about, of which start-ups, and how the charts draw what is stale: all from the frame itself."""

from typing import Any, Final, NamedTuple

import altair as alt
import polars as pl

from aitracker.charts import _bars, theme
from aitracker.charts._brief import brief
from aitracker.charts._values import short
from aitracker.charts.theme import Mode

NOBODY: Final = "the holder"
SETS: Final = {"model-maker": "model makers", "genai": "generative-AI start-ups", "ai": "AI start-ups"}
WEIGHTS: Final = {"value": "marked value", "cost": "cost", "cash": "cash cost", "count": "count"}
KINDS: Final = (*_bars.STATES[:2], "old price", _bars.STATES[2])


class Holder(NamedTuple):
    """Name and colour of the investor that a frame is about."""

    name: str
    colour: str


def one(frame: pl.DataFrame, column: str) -> Any:
    """The one value of a column; None where there is no such column, or none or several."""
    values = frame[column].drop_nulls().unique().to_list() if column in frame.columns else []
    return values[0] if len(values) == 1 else None


def holder(frame: pl.DataFrame, given: str | None = None) -> Holder:
    """Whom a frame is about: who is given, else its one investor, else nobody by name."""
    name = given or short(str(one(frame, "investor") or NOBODY))
    key = one(frame, "investor_id")
    known = theme.ENTITY_SLOTS.get(theme.slug(str(key))) if key and not given else None
    return Holder(name, known or _bars.accent_of(name))


def opening(name: str) -> str:
    """A name as a sentence begins with it."""
    return name[:1].upper() + name[1:]


def set_words(frame: pl.DataFrame) -> str:
    """The start-ups that a frame is of, in words."""
    return SETS.get(str(one(frame, "scope")), SETS["ai"])


def weighting(frame: pl.DataFrame, given: str | None = None) -> str:
    """What positions are weighed by: what is given, else what the frame says, else marked value."""
    return given or one(frame, "weighting") or "value"


def in_words(frame: pl.DataFrame, given: str | None = None) -> str:
    """What positions are weighed by, in words; words may be given too."""
    key = weighting(frame, given)
    return WEIGHTS.get(key, key)


def between(low: float | None, high: float | None, unit: str = " %") -> str:
    """Write an interval of per cents: ``2.1 to 71 %``; one figure where the ends are the same."""
    if low is None and high is None:
        return "unknown"
    if high is None:
        return f"at least {theme.share(low)}"
    one_, two = theme.share(low), theme.share(high)
    return one_ if one_ == two else f"{one_.removesuffix(unit)} to {two}"


def told(point: float | None, low: float | None, high: float | None) -> str:
    """Write a share: its point, else its interval."""
    return theme.share(point) if point is not None else between(low, high)


def age_words(row: dict[str, Any]) -> str:
    """Write of which day a value is, and how old."""
    if row.get("value_date") is None:
        return "unknown"
    age = brief(row.get("age_days"))
    words = theme.date_words(row["value_date"], "day")
    return (
        words if age is None else f"{words}, {theme.count(int(age), 'day')} old{', stale' if row.get('stale') else ''}"
    )


def bars(mode: Mode, tips: dict[str, str]) -> list[alt.Chart]:
    """Bars with intervals as everywhere; of a row that is ``stale`` the bar is striped light."""
    layers = _bars.bar_layers(mode, tips)
    stripes = layers[0].transform_filter("datum.stale").copy(deep=True)
    stripes.mark.fill, stripes.mark.fillOpacity = _stripes(mode), 1
    return [layers[0], stripes, *layers[1:]]


def _stripes(mode: Mode) -> dict[str, Any]:
    """Diagonal stripes of the background over a bar, as a gradient with hard stops."""
    count, back = 12, theme.BACKGROUND[mode]
    stops: list[dict[str, Any]] = []
    for i in range(count):
        for start, end, colour in ((0.0, 0.5, back), (0.5, 1.0, "transparent")):
            stops += [{"offset": round((i + place) / count, 4), "color": colour} for place in (start, end)]
    return {"gradient": "linear", "x1": 0, "y1": 0, "x2": 1, "y2": 1, "stops": stops}


def legend(mode: Mode) -> tuple[list[alt.Chart], str]:
    """Legend of the states of a bar, the stale one among them."""
    grey = theme.UNKNOWN[mode]
    strokes = "M-1,-1L1,-1L1,1L-1,1L-1,-1M-1,0L0,-1M-1,1L1,-1M0,1L1,0"
    return _bars.fixed_legend(
        KINDS,
        shape=alt.ExprRef(f"datum.i >= 2 ? '{strokes}' : 'square'"),
        fill=alt.ExprRef(
            f"datum.i == 3 ? '{theme.BAND[mode]}' : datum.i == 2 ? '{theme.BACKGROUND[mode]}' : palette[accent]"
        ),
        stroke=alt.ExprRef(f"datum.i == 3 ? '{grey}' : palette[accent]"),
        fillOpacity=alt.ExprRef(f"[1, {theme.PALE}, 1, 1][datum.i]"),
    )


def stale_words(rows: list[dict[str, Any]]) -> str:
    """How many of some values are stale, in words; empty where none is."""
    old = [r for r in rows if r.get("stale")]
    if not old:
        return ""
    return f"; striped: {len(old)} of {theme.count(len(rows), 'value')} older than 180 days"
