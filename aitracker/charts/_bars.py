"""Marks of the bar charts with an interval: a label over each bar, known solid, estimate pale, unknown hatched."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from aitracker.charts import _spec, theme
from aitracker.charts.theme import Mode

STEP: Final = 42
WORDS: Final = 112  # pixels kept free at the right for the words at a bar's end
STUB: Final = 54  # pixels of the hatched stub that stands for a value nobody knows
STATES: Final = ("stated", "our estimate", "unknown")


def bar_layers(mode: Mode, tips: Mapping[str, str]) -> list[alt.Chart]:
    """Marks over rows with `row`, `label`, `value`, `low`, `high`, `state` (one of STATES), `words`.

    The parameters `accent` (name of a colour) and `top` (end of the scale) belong to them. A row without a value but
    with bounds is hatched between these; without any, a stub is hatched.

    Parameters
    ----------
    mode
        Background that the chart is laid on.
    tips
        Words of the tooltip: field and title.
    """
    grey, accent = theme.UNKNOWN[mode], alt.ExprRef("palette[accent]")
    scale = alt.Scale(domain=alt.ExprRef("[0, top]"), nice=False, range=[0, alt.ExprRef(f"max(60, width - {WORDS})")])
    y = alt.Y(field="row", type="nominal", sort="ascending", axis=None)
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]

    def x(field: str) -> alt.X:
        return alt.X(field=field, type="quantitative", scale=scale, axis=None)

    base = alt.Chart().transform_filter("isValid(datum.row)")
    known = base.transform_filter("isValid(datum.value)")
    bars = known.mark_bar(
        size=13,
        yOffset=9,
        color=accent,
        stroke=accent,
        strokeWidth=1,
        fillOpacity=alt.ExprRef(f"datum.state == '{STATES[0]}' ? 1 : {theme.PALE}"),
    ).encode(x=x("value"), x2=alt.X2Value(0), y=y, tooltip=tooltip)
    hatch: dict[str, Any] = {"size": 13, "yOffset": 9, "fill": theme.hatch(mode), "stroke": grey, "strokeWidth": 1}
    dark = base.transform_filter("!isValid(datum.value)")
    bounded = (
        dark.transform_filter("isValid(datum.high)")
        .mark_bar(**hatch)
        .encode(x=x("low"), x2=alt.X2(field="high"), y=y, tooltip=tooltip)
    )
    stub = (
        dark.transform_filter("!isValid(datum.high)")
        .mark_bar(**hatch)
        .encode(x=alt.XValue(0), x2=alt.X2Value(STUB), y=y, tooltip=tooltip)
    )
    wide = known.transform_filter("isValid(datum.low) && isValid(datum.high) && datum.high > datum.low")
    line = wide.mark_rule(yOffset=9, color=theme.INK[mode], strokeWidth=1, tooltip=None).encode(
        x=x("low"), x2=alt.X2(field="high"), y=y
    )
    ends = [
        wide.mark_tick(
            orient="vertical", size=9, thickness=1, yOffset=9, color=theme.INK[mode], opacity=1, tooltip=None
        ).encode(x=x(end), y=y)
        for end in ("low", "high")
    ]
    after = base.transform_calculate(
        end="isValid(datum.value) ? max(datum.value, isValid(datum.high) ? datum.high : 0) : isValid(datum.high) ? datum.high : 0"
    )
    words = after.mark_text(
        dx=alt.ExprRef(f"(isValid(datum.value) || isValid(datum.high) ? 0 : {STUB}) + 7"),
        yOffset=9,
        fontSize=11,
        align="left",
        baseline="middle",
        color=theme.MUTED[mode],
        limit=WORDS - 8,
        tooltip=None,
    ).encode(x=x("end"), y=y, text=alt.Text(field="words", type="nominal"))
    return [bars, bounded, stub, line, *ends, words, label_layer(base, y)]


def label_layer(base: alt.Chart, y: alt.Y) -> alt.Chart:
    """Name over each bar, at the left edge."""
    chart: alt.Chart = base.mark_text(
        text=alt.ExprRef("datum.label"),
        x=0,
        yOffset=-8,
        align="left",
        baseline="middle",
        fontSize=12,
        limit=alt.ExprRef("room - 12"),
        tooltip=None,
    ).encode(y=y)
    return chart


def fixed_legend(names: Sequence[str], left: int = 0, **style: Any) -> tuple[list[alt.Chart], str]:
    """Legend whose entries never change, and the Vega expression for its height."""
    longest = max(map(len, names))
    entries = alt.Chart(alt.sequence(len(names), as_="i")).transform_calculate(
        name="['" + "', '".join(names) + "'][datum.i]", longest=str(longest), entries=str(len(names))
    )
    return _spec.legend_layers(entries, left, **style), _spec.legend_height(str(len(names)), str(longest))


def state_legend(mode: Mode) -> tuple[list[alt.Chart], str]:
    """Legend of the three states of a bar."""
    grey = theme.UNKNOWN[mode]
    return fixed_legend(
        STATES,
        # Three strokes within the square stand for the hatching; a symbol takes no gradient that depends on the row.
        shape=alt.ExprRef("datum.i == 2 ? 'M-1,-1L1,-1L1,1L-1,1L-1,-1M-1,0L0,-1M-1,1L1,-1M0,1L1,0' : 'square'"),
        fill=alt.ExprRef(f"datum.i == 2 ? '{theme.BAND[mode]}' : palette[accent]"),
        stroke=alt.ExprRef(f"datum.i == 2 ? '{grey}' : palette[accent]"),
        fillOpacity=alt.ExprRef(f"[1, {theme.PALE}, 1][datum.i]"),
    )


def accent_of(holder: str) -> str:
    """Name of the colour of a holder: its own, else that of its type where it is a type, else the neutral one."""
    group = theme.slug(holder).removesuffix("s")
    return group if group in theme.TYPE_COLOURS["light"] else theme.entity_colour(holder)


def top_of(rows: Sequence[Mapping[str, Any]]) -> float:
    """End of the scale: the largest value or upper bound, or one."""
    ends = [v for r in rows for v in (r.get("value"), r.get("high")) if v is not None]
    return max(ends, default=0.0) or 1.0
