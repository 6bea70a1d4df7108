"""Marks of the charts that compare intervals: a label over each row, a bar, its interval with end ticks, hatching."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import altair as alt

from aitracker.charts import _spec, theme
from aitracker.charts.theme import Mode, Width

STEP: Final = 40
MARGIN: Final = 4
AXES: Final[Mapping[str, str]] = {
    "money": theme.money_expr("datum.value"),
    "share": "format(datum.value, ',.3~r') + ' %'",
    "ratio": "format(datum.value, '.3~r') + ' \u00d7'",
}


def interval_template(
    mode: Mode,
    width: Width,
    tips: Mapping[str, str],
    kinds: tuple[str, ...],
    legend: Mapping[str, str],
    *,
    axis: Literal["money", "share", "ratio"] = "money",
    log: bool = False,
) -> alt.LayerChart:
    """Make the template of a chart of labelled rows, each with a bar, an interval and a reported dot where it has them.

    A row holds `row` (sort key), `label`, `words` (at the end of the label), `colour` (a name), `start` and `end` of
    the bar, `solid` (a source states it), `unknown` (hatched), `low` and `high` (line with ticks), `far` (dashed, from
    the bar's or line's end), `dot`; each of the numbers may be null. The scale reads the parameters `x_from`, `x_to`
    and `ticks`; `one` draws a line at that value.

    Parameters
    ----------
    mode, width
        As for every chart.
    tips
        Words of the tooltip: field and title.
    kinds, legend
        Entries of the legend, and the expressions on `datum.i` that style their marks.
    axis
        How the axis is written.
    log
        Whether the axis is logarithmic.
    """
    ink, muted, grey = theme.INK[mode], theme.MUTED[mode], theme.UNKNOWN[mode]
    scale = alt.Scale(
        type="log" if log else "linear", domain=alt.ExprRef("[x_from, x_to]"), nice=False, zero=False, clamp=True
    )

    def x(field: str) -> alt.X:
        return alt.X(
            field=field,
            type="quantitative",
            scale=scale,
            axis=alt.Axis(
                title=None,
                domain=False,
                ticks=False,
                values=alt.ExprRef("ticks"),
                labelPadding=6,
                labelFlush=True,
                labelOverlap="greedy",
                labelExpr=f"message ? '' : {AXES[axis]}",
                gridOpacity=alt.ExprRef("message ? 0 : 1"),
            ),
        )

    y = alt.Y(field="row", type="nominal", sort="ascending", axis=None)
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    base = alt.Chart()
    down = 9
    bars = base.transform_filter("isValid(datum.end) && !datum.unknown")
    hue = alt.Fill(field="hue", type="nominal", scale=None)
    edge = alt.Stroke(field="hue", type="nominal", scale=None)
    bar = bars.mark_bar(
        size=12, yOffset=down, strokeWidth=1, fillOpacity=alt.ExprRef(f"datum.solid ? 1 : {theme.PALE}")
    ).encode(x=x("start"), x2=alt.X2(field="end"), y=y, fill=hue, stroke=edge, tooltip=tooltip)
    hatched = (
        base.transform_filter("isValid(datum.end) && datum.unknown")
        .mark_bar(size=12, yOffset=down, strokeWidth=1, stroke=grey, fill=theme.hatch(mode, 24))
        .encode(x=x("start"), x2=alt.X2(field="end"), y=y, tooltip=tooltip)
    )
    ranged = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
    line = ranged.mark_rule(yOffset=down, color=ink, strokeWidth=1.2).encode(
        x=x("low"), x2=alt.X2(field="high"), y=y, tooltip=tooltip
    )
    ends = [
        ranged.mark_tick(orient="vertical", size=11, thickness=1.2, yOffset=down, color=ink, tooltip=None).encode(
            x=x(end), y=y
        )
        for end in ("low", "high")
    ]
    far = (
        base.transform_filter("isValid(datum.far)")
        .transform_calculate(near="isValid(datum.high) ? datum.high : isValid(datum.end) ? datum.end : datum.start")
        .mark_rule(yOffset=down, color=grey, strokeWidth=1.2, strokeDash=list(theme.DASH))
        .encode(x=x("near"), x2=alt.X2(field="far"), y=y, tooltip=tooltip)
    )
    dots = (
        base.transform_filter("isValid(datum.dot)")
        .mark_point(shape="circle", size=70, filled=True, yOffset=down, opacity=1)
        .encode(x=x("dot"), y=y, color=alt.Color(field="hue", type="nominal", scale=None), tooltip=tooltip)
    )
    one = (
        alt.Chart(alt.sequence(1))
        .transform_calculate(at="one")
        .transform_filter("isValid(datum.at) && !message")
        .mark_rule(color=muted, strokeWidth=1.2, tooltip=None)
        .encode(x=x("at"))
    )
    # What stands at the end of the line is kept whole; the label gives way.
    words: dict[str, Any] = {"yOffset": -9, "baseline": "middle", "fontSize": 12, "tooltip": None}
    spare = "room - 16 - 6.4 * length(datum.words)"
    labels = base.mark_text(
        text=alt.ExprRef("datum.label"), x=0, align="left", limit=alt.ExprRef(f"max(60, {spare})"), **words
    ).encode(y=y)
    says = base.mark_text(
        text=alt.ExprRef("datum.words"), x=alt.ExprRef("width"), align="right", color=muted, **{**words, "fontSize": 11}
    ).encode(y=y)
    entries = alt.Chart(alt.sequence(len(kinds), as_="i")).transform_calculate(
        name="['" + "', '".join(kinds) + "'][datum.i]", longest=str(max(map(len, kinds))), entries=str(len(kinds))
    )
    marks = _spec.legend_layers(entries, 0, **{key: alt.ExprRef(value) for key, value in legend.items()})
    above = _spec.legend_height(str(len(kinds)), str(max(map(len, kinds))))
    layers = [one, far, bar, hatched, line, *ends, dots, labels, says, *marks]
    return _spec.template(
        layers,
        mode=mode,
        width=width,
        height=alt.Step(STEP),
        left=0,
        above=above,
        below=30,
        calculate={"hue": "palette[datum.colour]"},
    )


def nice_ticks(top: float, most: int = 5) -> list[float]:
    """Round values from zero to `top`, at most so many and one."""
    if top <= 0:
        return [0.0]
    raw, power = top / most, 1.0
    while raw >= 10 * power:
        power *= 10
    while raw < power:
        power /= 10
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if raw <= m * power)
    return [round(i * step, 9) for i in range(int(top / step) + 1)]
