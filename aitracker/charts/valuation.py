"""Values over time, by date or by age: step lines with the interval of the claims and labels at their ends."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts._values import BASIS, TIPS, brand, colours, dissent, hue, legend, short, span, spread, tooltip
from aitracker.charts._whom import abroad
from aitracker.charts.funding import ms
from aitracker.charts.theme import Mode, Width

LEFT: Final = 62
RIGHT: Final = 112  # pixels for the labels at the lines' ends
HEIGHT: Final = 360
GAP: Final = 13  # pixels between two labels
MOST_LABELS: Final = 24
SHAPES: Final[Mapping[str, str]] = {"market-cap": "square", "secondary": "triangle-up", "estimate": "diamond"}
ENTRIES: Final = (
    ("round", "circle", True), ("market value", "square", True), ("old shares", "triangle-up", True),
    ("estimate", "diamond", False), ("talks", "circle", False), ("same round, other basis", "cross", False),
    ("basis changes", "M0,-1L0,1", True),
)  # fmt: skip
NEEDED: Final = (
    "startup_id", "startup", "wave", "date", "date_precision", "day", "months", "value_usd_m", "value_low_usd_m",
    "value_high_usd_m", "basis", "talks", "headline", "origins",
)  # fmt: skip
SCALES: Final = ("log", "linear", "index")
Align = Literal["date", "age"]
Scale = Literal["log", "linear", "index"]


def _y(value: str) -> str:
    """Vega expression for where a value (millions, before a haircut) stands on the scale that is chosen."""
    v = f"({value} / (datum.cut ? 1 + haircut / 100 : 1))"
    base = "(datum.base / (datum.base_cut ? 1 + haircut / 100 : 1))"
    return f"isValid({value}) ? (scaling == 'linear' ? {v} : log(scaling == 'index' ? 100 * {v} / {base} : {v}) / LN10) : null"


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    ground = theme.BACKGROUND[mode]
    x = alt.X(
        field="x", type="quantitative", title=None,
        scale=alt.Scale(
            domain=alt.ExprRef("aligned == 'age' ? age_span : day_span"), range=[0, alt.ExprRef(f"width - {RIGHT}")],
            nice=False, zero=False,
        ),
        axis=alt.Axis(
            values=alt.ExprRef("aligned == 'age' ? age_ticks : day_ticks"), grid=False, ticks=False, labelPadding=6,
            labelOverlap="greedy",
            labelExpr="message ? '' : aligned != 'age' ? utcFormat(datum.value, '%Y') : "
            "(datum.value / 12) + (datum.value == 12 ? ' year' : ' years')",
        ),
    )  # fmt: skip
    money = theme.money_expr("(scaling == 'linear' ? datum.value : pow(10, datum.value))")
    label = f"scaling == 'index' ? format(pow(10, datum.value), ',.0f') : {money}"
    y = alt.Y(
        field="y", type="quantitative", title=None,
        scale=alt.Scale(domain=alt.ExprRef("spans[scaling]"), nice=False, zero=False, clamp=True),
        axis=alt.Axis(
            values=alt.ExprRef("ticks[scaling]"), domain=False, ticks=False, minExtent=LEFT - 4, maxExtent=LEFT - 4,
            labelExpr=f"message ? '' : {label}", gridOpacity=alt.ExprRef("message ? 0 : 1"),
        ),
    )  # fmt: skip
    base = (
        alt.Chart()
        .transform_filter("(talks || !datum.talks) && isValid(aligned == 'age' ? datum.months : datum.t)")
        .transform_calculate(
            hue="palette[datum.colour]",
            x="aligned == 'age' ? datum.months : datum.t",
            y=_y("datum.value"),
            y_low=_y("datum.low"),
            y_high=_y("datum.high"),
            label_y="datum['label_' + scaling]",
            value_words=theme.money_expr("datum.value"),
            basis_words=f"{json.dumps(BASIS)}[datum.basis] + (datum.talks ? ', in talks' : '')",
            shape=f"{json.dumps(SHAPES)}[datum.basis] || (datum.line || datum.talks ? 'circle' : 'cross')",
            startup="datum.label",
        )
    )
    line = base.transform_filter("datum.line")
    order, lines = alt.Order(field="n", type="quantitative"), alt.Detail(field="key", type="nominal")
    steps = line.mark_line(interpolate="step-after", strokeWidth=2, tooltip=None).encode(
        x=x, y=y, color=hue(), detail=lines, order=order
    )
    between = base.transform_filter("isValid(datum.low) && isValid(datum.high) && datum.low < datum.high")
    rule = between.mark_rule(strokeWidth=1.2, tooltip=None).encode(
        x=x, y=alt.Y(field="y_low", type="quantitative"), y2=alt.Y2(field="y_high"), color=hue()
    )
    ends = [
        between.mark_tick(orient="horizontal", size=7, thickness=1.2, tooltip=None).encode(
            x=x, y=alt.Y(field=end, type="quantitative"), color=hue()
        )
        for end in ("y_low", "y_high")
    ]
    change = (
        line.transform_filter("datum.change")
        .mark_rule(strokeDash=[2, 2], strokeWidth=1.5, yOffset=-13, y2Offset=13, tooltip=None)
        .encode(x=x, y=y, y2=alt.Y2(field="y"), color=alt.ColorValue(theme.INK[mode]))
    )
    points = base.mark_point(
        size=alt.ExprRef("datum.line ? 52 : 40"), strokeWidth=1.4, opacity=1, shape=alt.ExprRef("datum.shape"),
        fillOpacity=alt.ExprRef("datum.line ? 1 : 0"),
        strokeDash=alt.ExprRef("datum.talks ? [3, 2] : [1, 0]"),
    ).encode(x=x, y=y, fill=hue(alt.Fill), stroke=hue(alt.Stroke), tooltip=tooltip(TIPS))  # fmt: skip
    one = (
        base.transform_filter("datum.single && datum.line")
        .mark_point(size=11, filled=True, opacity=1, tooltip=None)
        .encode(x=x, y=y, fill=alt.FillValue(ground))
    )
    last = line.transform_filter("isValid(datum.label_y)")
    place = f"height * (1 - datum.label_y / {HEIGHT})"
    leaders = last.mark_rule(strokeWidth=1, strokeDash=[1, 3], tooltip=None).encode(
        x=x, y=y, color=hue(), x2=alt.X2Value(alt.ExprRef(f"width - {RIGHT - 10}")), y2=alt.Y2Value(alt.ExprRef(place))
    )
    names = last.mark_text(
        align="left", baseline="middle", fontSize=11, limit=RIGHT - 14, x=alt.ExprRef(f"width - {RIGHT - 13}"),
        y=alt.ExprRef(place), tooltip=None,
    ).encode(text=alt.Text(field="label", type="nominal"), color=hue())  # fmt: skip
    marks, above = legend(ENTRIES, mode, LEFT)
    return _spec.template(
        [leaders, rule, *ends, steps, change, points, one, names, *marks],
        mode=mode, width=width, height=HEIGHT, left=LEFT, above=above,
    )  # fmt: skip


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    hues = colours(frame)
    rows: list[dict[str, Any]] = []
    before: dict[str, dict[str, Any]] = {}
    for n, r in enumerate(frame.sort("startup_id", "day", maintain_order=True).iter_rows(named=True)):
        factor = 1 + (_spec.number(r.get("overstatement_pct")) or 0) / 100
        cut = r["basis"] in {"post-money", "derived", "unstated"}
        raw = {k: _spec.number(r[f"value{k}_usd_m"]) for k in ("", "_low", "_high")}
        value, low, high = (v if v is None else float(f"{v * (factor if cut else 1):.6g}") for v in raw.values())
        if value is None or value <= 0:
            continue
        line = bool(r["headline"])
        family = "round" if cut else r["basis"]
        low, high = (None, None) if low == high == value else (low, high)
        row = {
            "n": n, "key": r["startup_id"], "label": brand(str(r["startup"])), "colour": hues[r["startup_id"]],
            "t": ms(r["day"]), "day": r["day"], "value": value, "low": low, "high": high, "cut": cut,
            "months": None if r["months"] is None else round(r["months"], 2),
            "line": line, "talks": bool(r["talks"]),
            "single": r["origins"] == 1, "family": family,
            "basis": r["basis"],
            "change": False, **{f"label_{s}": None for s in SCALES},
            "when_words": theme.date_words(r["date"], r["date_precision"]),
            "dissent": dissent({**r, "value_low_usd_m": low, "value_high_usd_m": high}),
            "publisher": r.get("publisher") or r.get("source_id") or "unknown",
            "month": theme.date_words(r["date"], "year" if r["date_precision"] == "year" else "month"),
        }  # fmt: skip
        first = before.get(r["startup_id"])
        if line:
            row["change"] = first is not None and first["family"] != family
            before[r["startup_id"]] = row
        rows.append(row)
    bases: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: not r["line"]):
        bases.setdefault(row["key"], row)
    for row in rows:
        row |= {"base": bases[row["key"]]["value"], "base_cut": bases[row["key"]]["cut"]}
    return rows


def _axes(rows: Sequence[dict[str, Any]], align: str) -> dict[str, Any]:
    """Domains, ticks and, on the last row of each line, where its label stands on every scale."""
    ends = [v for r in rows for v in (r["value"], r["low"], r["high"]) if v]
    index = [100 * v / r["base"] for r in rows for v in (r["value"], r["low"], r["high"]) if v]
    spans, ticks = {}, {}
    for scale, values in (("log", ends), ("linear", ends), ("index", index)):
        spans[scale], ticks[scale] = span(values, scale)
    lasts = list({r["key"]: r for r in rows if r["line"]}.values())
    if align == "age":  # a line without a founding date is not drawn, and needs no label
        lasts = [r for r in lasts if r["months"] is not None]
    lasts = sorted(lasts, key=lambda r: -r["value"])[:MOST_LABELS]
    for scale in SCALES:
        low, high = spans[scale]
        at = [100 * r["value"] / r["base"] if scale == "index" else r["value"] for r in lasts]
        at = at if scale == "linear" else [math.log10(v) for v in at]
        places = spread([HEIGHT * (a - low) / (high - low) for a in at], GAP, HEIGHT)
        for row, place in zip(lasts, places, strict=True):
            row[f"label_{scale}"] = round(place, 1)
    days = [r["t"] for r in rows]
    first, last = (
        (r["day"].year for r in (min(rows, key=lambda r: r["t"]), max(rows, key=lambda r: r["t"])))
        if rows
        else (2020, 2026)
    )
    oldest = max((r["months"] for r in rows if r["months"] is not None), default=36.0)
    step = 12 * max(1, math.ceil(oldest / 12 / 7))
    return {
        "spans": spans, "ticks": ticks,
        "day_span": [ms(date(first, 1, 1)), max(days, default=ms(date(last, 1, 1))) + 20 * 86_400_000],
        "day_ticks": [ms(date(y, 1, 1)) for y in range(first, last + 1)],
        "age_span": [0, oldest * 1.02], "age_ticks": list(range(0, int(oldest) + 1, step)),
    }  # fmt: skip


def _title(rows: Sequence[dict[str, Any]]) -> str:
    lines = [r for r in rows if r["line"]]
    if not lines:
        return "Only talks and estimates are known" if rows else theme.EMPTY
    lasts = list({r["key"]: r for r in lines}.values())
    top = max(lasts, key=lambda r: r["value"])
    rise = max((r for r in lasts), key=lambda r: r["value"] / r["base"])
    head = f"{top['label']} stands highest, at {theme.money(top['value'])} in {top['month']}"
    times = rise["value"] / rise["base"]
    if times < 1.05:
        return head
    who = "it" if rise is top else rise["label"]
    changed = any(r["change"] for r in lines if r["key"] == rise["key"])
    rose = "rose" if len(lasts) == 1 else "rose most"
    digits = f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
    return f"{head}; {who} {rose}, {digits}-fold" + (", across a change of basis" if changed else "")


@_spec.signed
def valuation_history(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    align: Align = "date",
    scale: Scale = "log",
    talks: bool = True,
    missing: Sequence[str] = (),
) -> alt.LayerChart:
    """Draw what start-ups were said to be worth: step lines, the interval of the claims, talks hollow.

    Parameters
    ----------
    frame
        As ``aitracker.valuation_history`` gives it.
    sources
        Short names for the footer; without them, the frame's publishers.
    version
        Version of the data.
    lens
        Words of a lens that is not the default.
    mode
        Background that the chart is laid on.
    width
        Pixels, or "container".
    align
        By "date", or by "age" (time since the founding).
    scale
        "log" or "linear" in US dollars, or "index": first value = 100, logarithmic.
    talks
        Draw values that were only sought or negotiated.
    missing
        Names of start-ups that were asked for and have no known value: the footer names them.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `aligned`, `scaling`, `talks`, `haircut`, and the
        domains and ticks of every alignment and scale.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "valuation_history")
    for name, value, allowed in (("align", align, ("date", "age")), ("scale", scale, SCALES)):
        if value not in allowed:
            raise ValueError(f"{name} is one of {', '.join(allowed)}, not {value!r}")
    rows = _rows(frame)
    params = _axes(rows, align)
    cuts = [v for v in (frame["overstatement_pct"].to_list() if "overstatement_pct" in frame.columns else []) if v]
    single = sum(r["single"] for r in rows if r["line"])
    firms = len({r["key"] for r in rows})
    by_wave = "; colour: wave" if firms > len(theme.SLOTS["light"]) else ""
    ageless = len({r["key"] for r in rows if r["months"] is None})
    notes = [f"no value known: {', '.join(map(short, missing))}"] if missing else []
    notes += [f"pale centre: one origin only ({single})"] if single else []
    notes += [f"{theme.count(ageless, 'start-up')} without a founding date not drawn by age"] if ageless else []
    # Left out: what the template does without, or takes for missing. A report holds these rows many times.
    words = {"day", "month", "family"}
    whole = _spec.records(
        {k: v for k, v in r.items() if k not in words and v is not None and v is not False} for r in rows
    )
    return _spec.fill(
        _template(mode, width),
        whole,
        {
            "title": _title(rows) + abroad(frame.iter_rows(named=True)),
            "subtitle": _spec.with_lens(
                "Headline values, US$ at the rate of the day; post-money where known"
                + (f", less a haircut: divided by {1 + max(cuts) / 100:.2f}" if cuts else "") + ". "
                f"Thin line: lowest to highest claim{by_wave}", lens,
            ),
            "footer": _spec.footer(
                sources or [r["publisher"] for r in rows],
                f"{theme.count(len(rows), 'value')}, {theme.count(firms, 'start-up')}", version, notes,
            ),
            "message": "" if rows else theme.EMPTY,
            "aligned": align,
            "scaling": scale,
            "talks": talks,
            "haircut": max(cuts, default=0),
            **json.loads(json.dumps(params)),
        },
    )  # fmt: skip
