"""Two assumptions, varied: the price of credits, and the quarters over which they are drawn down."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import altair as alt
import polars as pl

from aitracker.charts import _spec, _told, theme
from aitracker.charts._intervals import nice_ticks
from aitracker.charts.theme import Mode, Width

LEFT: Final = 62
HEIGHT: Final = 240
PRICED: Final = ("startup", "price_pct", "received_usd_m", "received_low_usd_m", "received_high_usd_m")
DRAWN: Final = ("startup", "quarters", "ceiling_low_pct", "ceiling_high_pct")
Kind = Literal["price", "quarters"]


@_spec.kept
def _template(mode: Mode, width: Width, kind: Kind) -> alt.LayerChart:
    ink = theme.INK[mode]
    written = "format(datum.value, '.3~r') + ' %'"
    money = theme.money_expr("datum.value")

    def x(field: str) -> alt.X:
        axis = alt.Axis(
            title=None,
            grid=False,
            ticks=False,
            values=alt.ExprRef("x_ticks"),
            labelExpr=f"message ? '' : {written if kind == 'price' else 'datum.value'}",
        )
        scale = alt.Scale(domain=alt.ExprRef("[x_from, x_to]"), nice=False, zero=False)
        return alt.X(field=field, type="quantitative", axis=axis, scale=scale)

    y_axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        values=alt.ExprRef("y_ticks"),
        minExtent=LEFT - 4,
        maxExtent=LEFT - 4,
        labelExpr=f"message ? '' : {money if kind == 'price' else written}",
        gridOpacity=alt.ExprRef("message ? 0 : 1"),
    )

    def y(field: str) -> alt.Y:
        return alt.Y(
            field=field, type="quantitative", axis=y_axis, scale=alt.Scale(domain=alt.ExprRef("[0, y_to]"), nice=False)
        )

    names = {"price": "Price of the credits", "quarters": "Draw-down"}
    tips = {"startup": "Start-up", "x_words": names[kind], "value_words": "Value", "interval_words": "Between"}
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    base = alt.Chart()
    hue: dict[str, Any] = {"detail": alt.Detail(field="startup", type="nominal")}
    fill = alt.Fill(field="hue", type="nominal", scale=None)
    stroke = alt.Stroke(field="hue", type="nominal", scale=None)
    band = base.mark_area(opacity=0.28, strokeWidth=0, tooltip=None).encode(
        x=x("x"), y=y("low"), y2=alt.Y2(field="high"), fill=fill, **hue
    )
    line = (
        base.transform_filter("isValid(datum.value)")
        .mark_line(strokeWidth=2.2, tooltip=None)
        .encode(x=x("x"), y=y("value"), stroke=stroke, **hue)
    )
    bars = base.mark_rule(strokeWidth=1.2, opacity=0.8).encode(
        x=x("x"), y=y("low"), y2=alt.Y2(field="high"), color=alt.Color(field="hue", type="nominal", scale=None),
        tooltip=tooltip,
    )  # fmt: skip
    dots = base.mark_point(filled=True, size=42, opacity=1).encode(
        x=x("x"), y=y("top"), color=alt.Color(field="hue", type="nominal", scale=None), tooltip=tooltip
    )
    here = base.transform_filter("datum.x == marked")
    mark = here.mark_rule(color=ink, strokeDash=[3, 3], tooltip=None).encode(x=x("x"))
    says = here.transform_aggregate(words="max(marked_words)", x="max(x)").mark_text(
        baseline="bottom",
        y=-4,
        fontSize=11,
        align=alt.ExprRef("datum.x > 0.4 * x_from + 0.6 * x_to - 0.11 * (x_to - x_from) ? 'right' : 'left'"),
        tooltip=None,
    )
    label = says.encode(x=x("x"), text=alt.Text(field="words", type="nominal"))
    title = _spec._text(  # noqa: SLF001 - same package
        text=alt.ExprRef("message ? '' : x_title"),
        x=alt.ExprRef("width"),
        y=HEIGHT + 22,
        align="right",
        baseline="top",
        fontSize=11,
        color=theme.MUTED[mode],
    )
    entries = (
        alt.Chart()
        .transform_aggregate(groupby=["startup", "colour"])
        .transform_calculate(name="datum.startup", chars="length(datum.startup)")
        .transform_window(sort=[alt.SortField("startup", order="ascending")], place="row_number()")
        .transform_joinaggregate(longest="max(chars)", entries="count()")
        .transform_calculate(i="datum.place - 1")
    )
    colour = alt.ExprRef("palette[datum.colour]")
    layers = [
        band,
        bars,
        line,
        dots,
        mark,
        label,
        title,
        *_spec.legend_layers(entries, LEFT, fill=colour, stroke=colour),
    ]
    return _spec.template(
        layers,
        mode=mode,
        width=width,
        height=HEIGHT,
        left=LEFT,
        above="16 + " + _spec.legend_height("entries", "longest"),
        below=44,
        calculate={"hue": "palette[datum.colour]"},
    )


def _fill(
    raw: Sequence[Mapping[str, Any]],
    mode: Mode,
    width: Width,
    kind: Kind,
    params: dict[str, Any],
    marked: float | None,
) -> alt.LayerChart:
    """Give the template rows of `startup`, `x`, `value`, `low`, `high` and their words."""
    colours = theme.group_colours(list(dict.fromkeys(str(r["startup"]) for r in raw)))
    rows = [
        {
            **r,
            "top": r["value"] if r["value"] is not None else r["high"],
            "colour": colours[str(r["startup"])],
            "marked_words": f"{r['x_words']}: {r['interval_words']}",
        }
        for r in raw
    ]
    highest = max((r["high"] or 0.0 for r in rows), default=0.0)
    xs = sorted({float(r["x"]) for r in rows})
    return _spec.fill(
        _template(mode, width, kind),
        rows,
        {
            **params,
            "title": params["title"] if rows else theme.EMPTY,
            "entries": len(colours),
            "longest": max((len(c) for c in colours), default=0),
            "x_from": xs[0] if xs else 0,
            "x_to": xs[-1] if len(xs) > 1 else (xs[0] + 1 if xs else 1),
            "x_ticks": [v for v in xs if kind == "quarters" or v % 20 == 0],
            "y_to": 1.08 * highest or 1,
            "y_ticks": nice_ticks(highest, 4),
            "marked": marked,
        },
    )


@_spec.signed
def credit_value(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    price: float | None = None,
    n: str | None = None,
) -> alt.LayerChart:
    """Draw what start-ups received against the price of their credits, with the interval that sources leave open.

    Parameters
    ----------
    frame
        As of :func:`aitracker.credit_value`.
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
    price
        The price that is marked, in per cent of the face value.
    n
        What the footer counts, in words; without it, start-ups.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `entries`, `longest` (of the legend),
        `x_from`, `x_to`, `x_ticks`, `x_title`, `y_to`, `y_ticks`, `marked`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, PRICED, "credit_value")
    told, giver = _told.told(frame), _told.name(frame, "investor")
    raw = []
    for r in frame.iter_rows(named=True):
        value, low, high = (_spec.number(r[f"received{end}_usd_m"]) for end in ("", "_low", "_high"))
        between = theme.money_range(low, high)
        raw.append({
            "startup": r["startup"], "x": r["price_pct"], "value": value, "low": low, "high": high,
            "x_words": f"{theme.share(r['price_pct'])} of face", "value_words": theme.money(value),
            "interval_words": between,
        })  # fmt: skip
    title = ""
    if raw:
        first = [r for r in raw if r["startup"] == raw[0]["startup"]]
        ends = [min(first, key=lambda r: r["x"]), max(first, key=lambda r: r["x"])]
        title = (
            f"{first[0]['startup']} received{f' from {giver}' if giver else ''}"
            f" {ends[1]['interval_words']} if its credits were worth their face, and"
            f" {ends[0]['interval_words']} if they were worth {theme.share(ends[0]['x']) if ends[0]['x'] else 'nothing'}"
        )
        rests = _told.rests(frame.row(0, named=True))
        title = told.headed(f"{title}; this {rests}" if rests else title)
    firms = len({r["startup"] for r in raw})
    params = {
        "title": title,
        "subtitle": _spec.with_lens(
            "Cash and credits received, US$, against what the credits were worth; line: the adopted division,"
            " band: the divisions that sources report",
            lens,
        ),
        "footer": _spec.footer(sources, n or theme.count(firms, "start-up"), version),
        "x_title": "price of the credits, per cent of face value",
    }
    return _fill(raw, mode, width, "price", params, price)


@_spec.signed
def draw_down(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    quarters: int | None = None,
    n: str | None = None,
) -> alt.LayerChart:
    """Draw the ceiling of returned money on a segment's revenue against the length of the draw-down.

    Parameters
    ----------
    frame
        As of :func:`aitracker.draw_down`.
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
    quarters
        The length that is marked.
    n
        What the footer counts, in words; without it, start-ups.

    Returns
    -------
    alt.LayerChart
        As :func:`credit_value`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, DRAWN, "draw_down")
    told, giver = _told.told(frame), _told.name(frame, "investor")
    raw = []
    for r in frame.iter_rows(named=True):
        low, high = (_spec.number(r[f"ceiling_{end}_pct"]) for end in ("low", "high"))
        between = theme.share(low) if low == high else f"{theme.share(low)} to {theme.share(high)}"
        raw.append({
            "startup": r["startup"], "x": r["quarters"], "value": None, "low": low, "high": high,
            "x_words": theme.count(r["quarters"], "quarter"), "value_words": between, "interval_words": between,
        })  # fmt: skip
    title = ""
    if raw:
        best = max(raw, key=lambda r: (r["high"] or 0.0, r["startup"]))
        whose = f"the cloud revenue of {giver}" if giver else "the segment's revenue"
        title = (
            f"Drawn down in {best['x_words']}, {best['startup']}'s credits would be at most"
            f" {theme.share(best['high'])} of {whose}"
        )
        rests = _told.rests(next(r for r in frame.iter_rows(named=True) if r["startup"] == best["startup"]))
        title = told.headed(f"{title}; this {rests}" if rests else title)
    firms = len({r["startup"] for r in raw})
    params = {
        "title": title,
        "subtitle": _spec.with_lens(
            "Money that can come back, as a share of the cloud segment's revenue over the draw-down, per cent: a ceiling,"
            " drawn down evenly",
            lens,
        ),
        "footer": _spec.footer(sources, n or theme.count(firms, "start-up"), version),
        "x_title": "quarters of the draw-down",
    }
    return _fill(raw, mode, width, "quarters", params, quarters)
