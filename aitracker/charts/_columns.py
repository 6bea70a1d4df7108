"""Marks of the funding charts: stacked columns, their intervals, their legend, the band of what is incomplete."""

from collections.abc import Mapping
from typing import Final

import altair as alt

from aitracker.charts import _spec, theme
from aitracker.charts.theme import Mode

LEFT: Final = 62


def stacked_layers(mode: Mode, parts: Mapping[str, str]) -> list[alt.Chart]:
    """Marks that both twins share, over rows per period and group with the fields `s`, `e`, `key`, `colour` (a name).

    Parameters
    ----------
    mode
        Background that the chart is laid on.
    parts
        Words of the tooltip: field and title.
    """
    x = alt.X(
        field="s",
        type="temporal",
        title=None,
        scale=alt.Scale(type="utc", domain=alt.ExprRef("[x_from, x_to]"), nice=False),
        axis=alt.Axis(
            grid=False,
            ticks=False,
            labelPadding=6,
            labelFlush=False,
            labelOverlap="greedy",
            values=alt.ExprRef("x_ticks"),
            labelExpr="message ? '' : utcFormat(datum.value, x_format)",
        ),
    )
    x2 = alt.X2(field="e")
    axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        tickCount=5,
        minExtent=LEFT - 4,
        maxExtent=LEFT - 4,
        labelExpr=f"message ? '' : {theme.money_expr('datum.value')}",
        gridOpacity=alt.ExprRef("message ? 0 : 1"),
    )
    y = alt.Y(field="y0", type="quantitative", axis=axis, scale=alt.Scale(zero=True, nice=True))
    unknown, grey = "slice(datum.key, 3) == 'Unknown'", theme.UNKNOWN[mode]
    bars = (
        alt.Chart()
        .transform_fold(["stated", "estimate"], ["part", "value"])
        .transform_filter("datum.value > 0")
        .transform_calculate(layer="datum.part == 'stated' ? 0 : 1", hue="palette[datum.colour]")
        .transform_stack(
            stack="value",
            groupby=["s", "e"],
            as_=["y0", "y1"],
            sort=[alt.SortField("key", order="ascending"), alt.SortField("layer", order="ascending")],
        )
        .mark_rect(strokeWidth=1)
        .encode(
            x=x,
            x2=x2,
            y=y,
            y2=alt.Y2(field="y1"),
            fill=alt.when(unknown)
            .then(alt.FillValue(theme.hatch(mode)))
            .otherwise(alt.Fill(field="hue", type="nominal", scale=None)),
            stroke=alt.Stroke(field="hue", type="nominal", scale=None),
            fillOpacity=alt.when(f"datum.part == 'stated' || {unknown}")
            .then(alt.value(1))
            .otherwise(alt.value(theme.PALE)),
            tooltip=[alt.Tooltip(field=f, type="nominal", title=t) for f, t in parts.items()],
        )
    )
    sums = alt.Chart().transform_aggregate(
        low="min(total_low)", high="max(total_high)", groupby=["s", "e", "period_words", "total_words"]
    )
    sums = sums.transform_filter("isValid(datum.low) && isValid(datum.high) && datum.high > datum.low")
    sums = sums.transform_calculate(m="(datum.s + datum.e) / 2")
    mid = alt.X(field="m", type="temporal")
    ends = [
        sums.mark_tick(orient="horizontal", size=7, thickness=1, color=theme.INK[mode], tooltip=None).encode(
            x=mid, y=alt.Y(field=end, type="quantitative")
        )
        for end in ("low", "high")
    ]
    line = sums.mark_rule(color=theme.INK[mode], strokeWidth=1).encode(
        x=mid,
        y=alt.Y(field="low", type="quantitative"),
        y2=alt.Y2(field="high"),
        tooltip=[
            alt.Tooltip(field="period_words", type="nominal", title="Period"),
            alt.Tooltip(field="total_words", type="nominal", title="Total, between"),
        ],
    )
    dark = (
        alt.Chart()
        .transform_filter("datum.undisclosed > 0 && !datum.talks")
        .transform_aggregate(undisclosed="sum(undisclosed)", groupby=["s", "e", "period_words"])
        .transform_calculate(m="(datum.s + datum.e) / 2")
        .mark_point(shape="square", size=36, stroke=grey, fill=theme.BAND[mode], opacity=1, yOffset=-5)
        .encode(
            x=mid,
            y=alt.datum(0),
            tooltip=[
                alt.Tooltip(field="period_words", type="nominal", title="Period"),
                alt.Tooltip(field="undisclosed", type="quantitative", title="Amounts unknown"),
            ],
        )
    )
    entries = (
        alt.Chart()
        .transform_filter("!datum.talks")
        .transform_aggregate(groupby=["key", "colour"])
        .transform_calculate(name="slice(datum.key, 3)", chars="length(slice(datum.key, 3))")
        .transform_window(sort=[alt.SortField("key", order="ascending")], place="row_number()")
        .transform_joinaggregate(longest="max(chars)", entries="count()")
        .transform_calculate(i="datum.place - 1")
    )
    return [
        bars,
        line,
        *ends,
        dark,
        *_spec.legend_layers(
            entries, LEFT, fill=alt.ExprRef("palette[datum.colour]"), stroke=alt.ExprRef("palette[datum.colour]")
        ),
    ]


def talks_layers(mode: Mode) -> list[alt.Chart]:
    """Hollow dashed columns beside the closed ones, over rows with `talks` (millions of US dollars, or null)."""
    rows = alt.Chart().transform_filter("datum.talks")
    tips = {"period_words": "Period", "label": "Status", "amount_words": "Amount", "rounds": "Rounds"}
    tooltip = [
        *(alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()),
        alt.Tooltip(field="undisclosed", type="quantitative", title="of them, amount unknown"),
    ]
    ink = theme.INK[mode]
    column = (
        rows.transform_filter("isValid(datum.amount)")
        .mark_rect(fillOpacity=0, stroke=ink, strokeWidth=1.2, strokeDash=list(theme.DASH))
        .encode(
            x=alt.X(field="t", type="temporal"),
            x2=alt.X2(field="u"),
            y=alt.Y(field="amount", type="quantitative"),
            y2=alt.datum(0),
            tooltip=tooltip,
        )
    )
    unknown = (
        rows.transform_filter("datum.undisclosed > 0")
        .transform_calculate(m="(datum.t + datum.u) / 2")
        .mark_point(
            shape="square", size=30, fill=None, stroke=theme.UNKNOWN[mode], strokeDash=[2, 2], opacity=1, yOffset=-5
        )
        .encode(x=alt.X(field="m", type="temporal"), y=alt.datum(0), tooltip=tooltip)
    )
    return [column, unknown]


def incomplete_layers(mode: Mode, band: alt.Chart) -> list[alt.Chart]:
    """Pale band behind the periods that are incomplete, with its word; `band` gives the fields `from` and `to`."""
    x, end = alt.X(field="from", type="temporal"), alt.X(field="to", type="temporal")
    return [
        band.mark_rect(color=theme.BAND[mode], tooltip=None).encode(x=x, x2=alt.X2(field="to")),
        band.mark_text(
            align="right", baseline="bottom", y=-3, text="incomplete", color=theme.MUTED[mode], tooltip=None
        ).encode(x=end),
    ]
