"""Step-ups between rounds as a dot plot, and what a listing did to the value as a slope."""

import math
from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts._values import (
    BASIS,
    brand,
    colours,
    dissent,
    hue,
    legend,
    log_ticks,
    row_layers,
    short,
    spread,
    tooltip,
)
from aitracker.charts._whom import abroad
from aitracker.charts.theme import Mode, Width

LEFT: Final = 150
STEP: Final = 30
MOST: Final = 80
STEP_TIPS: Final = {
    "startup": "Start-up", "words": "Step-up", "interval_words": "Between", "from_words": "From", "to_words": "To",
    "basis_words": "Basis", "dissent": "Claims", "publisher": "Source",
}  # fmt: skip
STEP_KINDS: Final = (
    ("both values known", "circle", True), ("interval only", "stroke", True), ("open end", "triangle-left", True),
    ("across a change of basis", "diamond", False), ("name with a dot: one origin", "circle", False),
)  # fmt: skip
STEP_NEEDED: Final = (
    "startup_id", "startup", "wave", "from_date", "date", "from_usd_m", "from_basis", "value_usd_m", "basis",
    "step_up_x", "step_low_x", "step_high_x", "changes_basis", "single_origin",
)  # fmt: skip


def times(x: float | None) -> str:
    """Write a multiple: ``×1.8``, ``×24``; null: ``unknown``."""
    return "unknown" if x is None else f"×{x:,.0f}" if x >= 9.95 else f"×{x:.1f}" if x >= 0.995 else f"×{x:.2f}"


@_spec.kept
def _step_template(mode: Mode, width: Width) -> alt.LayerChart:
    x = alt.X(
        field="x", type="quantitative", title=None,
        scale=alt.Scale(type="log", domain=alt.ExprRef("span"), nice=False, clamp=True, range=[0, alt.ExprRef("width - 84")]),
        axis=alt.Axis(
            values=alt.ExprRef("ticks"), domain=False, ticks=False, orient="top", labelPadding=7,
            gridOpacity=alt.ExprRef("message ? 0 : 1"),
            labelExpr="message ? '' : '×' + format(datum.value, '~g')",
        ),
    )  # fmt: skip
    flat = (
        alt.Chart(alt.sequence(1))
        .mark_rule(color=theme.MUTED[mode], strokeWidth=1.4, opacity=alt.ExprRef("message ? 0 : 1"), tooltip=None)
        .encode(x=alt.XDatum(1))
    )
    marks, above = legend(STEP_KINDS, mode, LEFT)
    layers = [flat, *row_layers(mode, LEFT, x, STEP_TIPS), *marks]
    return _spec.template(layers, mode=mode, width=width, height=alt.Step(STEP), left=LEFT, above=above, below=18)


def _step_row(r: dict[str, Any], place: int, colour: str, ends: tuple[float, float]) -> dict[str, Any]:
    point, low, high = (_spec.number(r[c]) for c in ("step_up_x", "step_low_x", "step_high_x"))
    open_ = -1 if low is None else 1 if high is None else 0
    unknown = point is None and low is None and high is None
    said = times(point)
    if point is None:
        said = f"{times(low)}-{times(high)[1:]}"
        said = f"at most {times(high)}" if low is None else f"at least {times(low)}" if high is None else said
    between = [times(low) if low else "no lower end known", times(high) if high else "no upper end known"]
    names = [BASIS.get(r[c], r[c]) for c in ("from_basis", "basis")]
    drawn_low, drawn_high = (ends[0] if low is None else max(low, ends[0])), (ends[1] if high is None else high)
    return {
        "row": f"{place:04d}", "x": point, "low": None if unknown else drawn_low, "high": None if unknown else drawn_high,
        "open": open_, "shape": "diamond" if r["changes_basis"] else "circle", "solid": not r["changes_basis"], "dashed": False,
        "colour": colour, "label": short(str(r["startup"])), "startup": r["startup"],
        "sub": f"{theme.date_words(r['from_date'])} to {theme.date_words(r['date'])}", "single": bool(r["single_origin"]),
        "words": "unknown" if unknown else said, "words_x": max(v for v in (point, high, low, ends[0]) if v is not None),
        "interval_words": " to ".join(between), "from_words": f"{theme.money(_spec.number(r['from_usd_m']))}, {names[0]}",
        "to_words": f"{theme.money(_spec.number(r['value_usd_m']))}, {names[1]}",
        "basis_words": "changes" if r["changes_basis"] else "same kind of value",
        "dissent": dissent(r), "publisher": r.get("publisher") or r.get("source_id") or "unknown",
    }  # fmt: skip


@_spec.signed
def step_ups(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw each step-up as a dot with its interval, one row a step; an arrow where an end is not known.

    Parameters
    ----------
    frame
        As ``aitracker.step_ups`` gives it; at most 80 rows are drawn, the latest ones.
    sources, version, lens, mode, width
        As in the other charts.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `span`, `ticks`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, STEP_NEEDED, "step_ups")
    shown = (
        frame.sort("date", "startup_id", maintain_order=True).tail(MOST).sort("startup", "date", maintain_order=True)
    )
    left_out = frame.height - shown.height
    known = [v for c in ("step_up_x", "step_low_x", "step_high_x") for v in map(_spec.number, shown[c]) if v]
    span = (max(min([0.5, *known]) / 1.15, 0.05), max([4.0, *known]) * 1.1)
    hues = colours(shown)
    many = len(hues) > len(theme.SLOTS["light"])
    rows = [_step_row(r, i, hues[r["startup_id"]], span) for i, r in enumerate(shown.iter_rows(named=True))]
    points = [r for r in rows if r["x"] is not None]
    down = sum(r["high"] is not None and r["high"] < 1 for r in rows)
    title = f"{len(points)} of {theme.count(len(rows), 'step-up')} can be told exactly"
    if points:
        best = max(points, key=lambda r: r["x"])
        title += f"; the largest of these is {best['label']}'s, {times(best['x'])} by {best['sub'].split(' to ')[1]}"
    title += f"; {down} {'was' if down == 1 else 'were'} certainly down" if down else ""
    return _spec.fill(
        _step_template(mode, width),
        rows,
        {
            "title": title + abroad(shown.iter_rows(named=True)) if rows else theme.EMPTY,
            "subtitle": _spec.with_lens(
                "Pre-money of a round as a multiple of the post-money before it, logarithmic; "
                "where the basis or the new money is unknown, the interval that this leaves" + ("; colour: wave" if many else ""),
                lens,
            ),
            "footer": _spec.footer(
                sources or [r["publisher"] for r in rows], theme.count(len(rows), "step-up"), version,
                [f"{left_out} earlier ones not drawn"] if left_out else [],
            ),
            "span": list(span),
            "ticks": log_ticks(*span),
        },
    )  # fmt: skip


SLOPE_LEFT: Final = 62
SLOPE_RIGHT: Final = 150
SLOPE_HEIGHT: Final = 330
STAGES: Final = ("last round", "listing", "latest")
SLOPE_TIPS: Final = {
    "startup": "Start-up", "stage_words": "Stage", "value_words": "Value", "times_words": "Of the last round",
    "basis_words": "Basis", "when_words": "Date", "dissent": "Claims", "publisher": "Source",
}  # fmt: skip
SLOPE_KINDS: Final = (
    ("round", "circle", True),
    ("market value", "square", True),
    ("pale centre: one origin", "circle", False),
)
SLOPE_NEEDED: Final = (
    "startup_id", "startup", "stage", "day", "date_precision", "value_usd_m", "value_low_usd_m", "value_high_usd_m",
    "basis", "multiple_x", "origins",
)  # fmt: skip


@_spec.kept
def _slope_template(mode: Mode, width: Width) -> alt.LayerChart:
    words, few = ["last private round", "price at listing", "latest market value"], ["round", "listing", "latest"]
    x = alt.X(
        field="i", type="quantitative", title=None,
        scale=alt.Scale(domain=[-0.12, 2.08], nice=False, zero=False, range=[0, alt.ExprRef(f"width - {SLOPE_RIGHT}")]),
        axis=alt.Axis(
            values=[0, 1, 2], ticks=False, domain=False, labelPadding=8, orient="top", labelFlush=False, labelOverlap=False,
            labelExpr=f"message ? '' : (width < 480 ? {few} : {words})[datum.value]",
            gridOpacity=alt.ExprRef("message ? 0 : 1"),
        ),
    )  # fmt: skip
    y = alt.Y(
        field="value", type="quantitative", title=None,
        scale=alt.Scale(type="log", domain=alt.ExprRef("span"), nice=False, clamp=True),
        axis=alt.Axis(
            values=alt.ExprRef("ticks"), domain=False, ticks=False, minExtent=SLOPE_LEFT - 4, maxExtent=SLOPE_LEFT - 4,
            labelExpr=f"message ? '' : {theme.money_expr('datum.value')}", gridOpacity=alt.ExprRef("message ? 0 : 1"),
        ),
    )  # fmt: skip
    base = alt.Chart().transform_calculate(hue="palette[datum.colour]")
    line = base.mark_line(strokeWidth=2, tooltip=None).encode(
        x=x,
        y=y,
        color=hue(),
        detail=alt.Detail(field="key", type="nominal"),
        order=alt.Order(field="i", type="quantitative"),
    )
    span = base.transform_filter("isValid(datum.low) && isValid(datum.high) && datum.low < datum.high")
    rule = span.mark_rule(strokeWidth=1.2, tooltip=None).encode(
        x=x, y=alt.Y(field="low", type="quantitative"), y2=alt.Y2(field="high"), color=hue()
    )
    points = base.mark_point(
        size=80, strokeWidth=1.4, opacity=1, shape=alt.ExprRef("datum.shape"), fillOpacity=1
    ).encode(x=x, y=y, fill=hue(alt.Fill), stroke=hue(alt.Stroke), tooltip=tooltip(SLOPE_TIPS))
    one = (
        base.transform_filter("datum.single")
        .mark_point(size=14, filled=True, opacity=1, tooltip=None)
        .encode(x=x, y=y, fill=alt.FillValue(theme.BACKGROUND[mode]))
    )
    last = base.transform_filter("isValid(datum.label_y)")
    place = f"height * (1 - datum.label_y / {SLOPE_HEIGHT})"
    leaders = last.mark_rule(strokeWidth=1, strokeDash=[1, 3], tooltip=None).encode(
        x=x,
        y=y,
        color=hue(),
        x2=alt.X2Value(alt.ExprRef(f"width - {SLOPE_RIGHT - 12}")),
        y2=alt.Y2Value(alt.ExprRef(place)),
    )
    names = last.mark_text(
        align="left", baseline="middle", fontSize=11, limit=SLOPE_RIGHT - 16, x=alt.ExprRef(f"width - {SLOPE_RIGHT - 15}"),
        y=alt.ExprRef(place), tooltip=None,
    ).encode(text=alt.Text(field="words", type="nominal"), color=hue())  # fmt: skip
    marks, above = legend(SLOPE_KINDS, mode, SLOPE_LEFT)
    return _spec.template(
        [leaders, line, rule, points, one, names, *marks],
        mode=mode, width=width, height=SLOPE_HEIGHT, left=SLOPE_LEFT, above=above, below=14,
    )  # fmt: skip


@_spec.signed
def listings(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw last private round, price at listing and latest market value of each listed start-up as a slope.

    Parameters
    ----------
    frame
        As ``aitracker.listings`` gives it.
    sources, version, lens, mode, width
        As in the other charts.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `span`, `ticks`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, SLOPE_NEEDED, "listings")
    hues = theme.group_colours(list(dict.fromkeys(frame["startup_id"])))
    rows: list[dict[str, Any]] = []
    for r in frame.iter_rows(named=True):
        value, low, high = (_spec.number(r[c]) for c in ("value_usd_m", "value_low_usd_m", "value_high_usd_m"))
        if value is None:
            continue
        multiple = _spec.number(r["multiple_x"])
        rows.append(
            {
                "key": r["startup_id"], "colour": hues[r["startup_id"]], "startup": r["startup"], "i": STAGES.index(r["stage"]),
                "value": value, "low": low, "high": high, "single": r["origins"] == 1,
                "shape": "square" if r["basis"] == "market-cap" else "circle", "label_y": None,
                "words": (f"{times(multiple)} " if multiple and r["stage"] != STAGES[0] else "") + brand(str(r["startup"])),
                "month": theme.date_words(r["day"]),
                "stage_words": r["stage"], "value_words": theme.money(value), "multiple": multiple,
                "times_words": times(multiple) if multiple else "no private round with a value is known",
                "basis_words": BASIS.get(r["basis"], r["basis"]), "when_words": theme.date_words(r["day"], r["date_precision"]),
                "dissent": dissent(r), "publisher": r.get("publisher") or r.get("source_id") or "unknown",
            }
        )  # fmt: skip
    ends = [v for r in rows for v in (r["value"], r["low"], r["high"]) if v]
    span = (min(ends, default=1000.0) / 1.3, max(ends, default=10_000.0) * 1.2)
    lasts = list({r["key"]: r for r in sorted(rows, key=lambda r: r["i"])}.values())
    scale = SLOPE_HEIGHT / math.log(span[1] / span[0])
    places = spread([scale * math.log(r["value"] / span[0]) for r in lasts], 14, SLOPE_HEIGHT)
    for row, place in zip(lasts, places, strict=True):
        row["label_y"] = round(place, 1)
    both = [r for r in lasts if r["multiple"] and r["i"]]
    title = "No listing with a value before it is known" if rows else theme.EMPTY
    if both:
        best = max(both, key=lambda r: r["multiple"])
        below = sum(r["multiple"] < 1 for r in both)
        title = f"{brand(best['startup'])}'s market value was {times(best['multiple'])} its last private round in {best['month']}"
        title += f"; {below} of {len(both)} {'was' if below == 1 else 'were'} below theirs" if below else ""
    return _spec.fill(
        _slope_template(mode, width),
        rows,
        {
            "title": title + abroad(frame.iter_rows(named=True)),
            "subtitle": _spec.with_lens(
                "Value at three points, US$ at the rate of the day, logarithmic; the basis changes from a round's headline to "
                "market capitalisation. Beside a name: latest as a multiple of the last round", lens,
            ),
            "footer": _spec.footer(
                sources or [r["publisher"] for r in rows], theme.count(len(hues), "listed start-up"), version,
                ["latest = the last market value in the data"],
            ),
            "span": list(span),
            "ticks": log_ticks(*span),
        },
    )  # fmt: skip
