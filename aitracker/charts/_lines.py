"""Marks of the charts over time: a line a series, its band, its name at the line's end."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final

import altair as alt

from aitracker.charts import _spec, theme
from aitracker.charts.funding import ms
from aitracker.charts.theme import Mode

HEIGHT: Final = 280
LEFT: Final = 46
RIGHT: Final = 118  # pixels kept free for the names at the lines' ends
GAP: Final = 15  # pixels from one name to the next


def axes(y_label: str, right: int = RIGHT) -> tuple[alt.X, alt.Y]:
    """Time below, the measure at the left; `y_label` is the Vega expression of a tick's words."""
    x = alt.X(
        field="when",
        type="temporal",
        title=None,
        scale=alt.Scale(
            type="utc",
            domain=alt.ExprRef("[x_from, x_to]"),
            nice=False,
            range=[0, alt.ExprRef(f"max(60, width - {right})")],
        ),
        axis=alt.Axis(
            values=alt.ExprRef("x_ticks"),
            grid=False,
            ticks=False,
            labelPadding=6,
            labelFlush=False,
            labelOverlap="greedy",
            labelExpr="message ? '' : utcFormat(datum.value, x_format)",
        ),
    )
    y = alt.Y(
        field="value",
        type="quantitative",
        scale=alt.Scale(domain=alt.ExprRef("[0, top]"), nice=False),
        axis=alt.Axis(
            title=None,
            domain=False,
            ticks=False,
            tickCount=5,
            minExtent=LEFT - 4,
            maxExtent=LEFT - 4,
            labelExpr=f"message ? '' : {y_label}",
            gridOpacity=alt.ExprRef("message ? 0 : 1"),
        ),
    )
    return x, y


def line_layers(tips: Mapping[str, str], y_label: str) -> list[alt.Chart]:
    """Marks over rows with `when`, `key`, `colour`, `value`, `low`, `high`, `part`; `tag` and `tag_at` on a name's row.

    The parameter `series` is the number of lines: many bands are drawn fainter.

    A series breaks where its value is null: `part` numbers its unbroken stretches.
    """
    x, y = axes(y_label)
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    hue: dict[str, Any] = {"field": "hue", "type": "nominal", "scale": None}
    detail = [alt.Detail(field=f, type="nominal") for f in ("key", "part")]
    base = alt.Chart().transform_calculate(hue="palette[datum.colour]")
    drawn = base.transform_filter("isValid(datum.value)")
    band = (
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_area(opacity=alt.ExprRef("series > 2 ? 0.09 : 0.16"), line=False, tooltip=None)
        .encode(
            x=x, y=alt.Y(field="low", type="quantitative"), y2=alt.Y2(field="high"), fill=alt.Fill(**hue), detail=detail
        )
    )
    line = drawn.mark_line(strokeWidth=2, tooltip=None).encode(x=x, y=y, stroke=alt.Stroke(**hue), detail=detail)
    points = drawn.mark_point(size=30, opacity=1, filled=True, shape="circle").encode(
        x=x, y=y, fill=alt.Fill(**hue), tooltip=tooltip
    )
    names = (
        base.transform_filter("isValid(datum.tag)")
        .mark_text(align="left", baseline="middle", dx=8, fontSize=12, fontWeight=600, limit=RIGHT - 10, tooltip=None)
        .encode(
            x=x,
            y=alt.Y(field="tag_at", type="quantitative"),
            text=alt.Text(field="tag", type="nominal"),
            fill=alt.Fill(**hue),
        )
    )
    return [band, line, points, names]


def tags(ends: Mapping[str, float], top: float, height: int = HEIGHT) -> dict[str, float]:
    """Heights at which the names of series stand beside their ends, moved apart as little as is needed."""
    gap = GAP * top / height
    order = sorted(ends, key=lambda k: (ends[k], k))
    at = {k: ends[k] for k in order}
    for _ in range(200):
        moved = False
        for below, above in pairwise(order):
            lack = gap - (at[above] - at[below])
            if lack > 1e-9 * top:
                at[below] -= lack / 2
                at[above] += lack / 2
                moved = True
        floor = gap / 2
        for k in order:  # nobody falls under the axis
            if at[k] < floor:
                at[k], moved = floor, True
            floor = at[k] + gap
        if not moved:
            break
    return at


def years(days: Sequence[date]) -> dict[str, Any]:
    """Parameters of the time axis: from the first day to the last, a tick a year or, within two years, a quarter."""
    if not days:
        days = [date(2020, 1, 1), date(2026, 1, 1)]
    first, last = min(days), max(days)
    first -= (last - first) // 30  # a mark on the first day stays clear of the axis
    if first == last:
        first, last = date(first.year, 1, 1), date(first.year + 1, 1, 1)
    short = (last - first).days <= 800
    ticks = [
        date(y, m, 1)
        for y in range(first.year, last.year + 2)
        for m in ((1, 4, 7, 10) if short else (1,))
        if first <= date(y, m, 1) <= last
    ] or [first]
    return {
        "x_from": ms(first),
        "x_to": ms(last),
        "x_ticks": [ms(d) for d in ticks],
        "x_format": "%b %Y" if short else "%Y",
    }


def template(layers: Sequence[alt.Chart], mode: Mode, width: theme.Width, above: str = "10") -> alt.LayerChart:
    """Put time layers together; rows carry their day in `date`."""
    return _spec.template(
        layers, mode=mode, width=width, height=HEIGHT, left=LEFT, above=above, calculate={"when": "toDate(datum.date)"}
    )
