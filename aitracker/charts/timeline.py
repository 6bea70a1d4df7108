"""Funding over the events around it: columns of money, and under them lanes of policy, chip controls and markets."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, _told, funding, theme
from aitracker.charts._columns import LEFT
from aitracker.charts.theme import Mode, Width

COLUMNS: Final = 190  # pixels of the columns
LANE: Final = 26
LINE: Final = 16  # of the list of events
LANES: Final = {
    "export-control": "Export controls",
    "regulation": "Rules and state funds",
    "chips": "Chips",
    "market": "Listings and markets",
    "corporate": "Companies",
    "product": "Products",
}
COLOURS: Final = {
    "export-control": "wine", "regulation": "blue", "chips": "amber", "market": "green", "corporate": "violet",
    "product": "sky",
}  # fmt: skip
MOST_LANES: Final = 3
HEIGHT: Final = COLUMNS + 14 + LANE * MOST_LANES
EVENTS: Final = ("event_id", "date", "kind", "title")


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    blue, muted, ink = theme.SLOTS[mode]["blue"], theme.MUTED[mode], theme.INK[mode]
    x_scale = alt.Scale(type="utc", domain=alt.ExprRef("[x_from, x_to]"), nice=False)
    x_axis = alt.Axis(
        grid=True,
        ticks=False,
        domain=False,
        labelPadding=4,
        labelFlush=False,
        labelOverlap="greedy",
        values=alt.ExprRef("x_years"),
        labelAlign="left",
        labelExpr="message ? '' : utcFormat(datum.value, '%Y')",
        gridOpacity=alt.ExprRef("message ? 0 : 1"),
    )

    def x(field: str) -> alt.X:
        return alt.X(field=field, type="temporal", title=None, scale=x_scale, axis=x_axis)

    y_axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        values=alt.ExprRef("y_ticks"),
        minExtent=LEFT - 4,
        maxExtent=LEFT - 4,
        labelExpr=f"message ? '' : {theme.money_expr('datum.value')}",
        gridOpacity=alt.ExprRef("message ? 0 : 1"),
    )
    y_scale = alt.Scale(domain=alt.ExprRef("[0, y_to]"), range=[COLUMNS, 0], nice=False)

    def y(field: str) -> alt.Y:
        return alt.Y(field=field, type="quantitative", axis=y_axis, scale=y_scale)

    columns = alt.Chart().transform_filter("datum.part == 'column'")
    tips = {"period_words": "Period", "amount_words": "Amount", "interval_words": "Between", "rounds": "Rounds"}
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    late = (
        columns.transform_filter("datum.incomplete")
        .transform_aggregate(first="min(from)", last="max(to)")
        .transform_filter("isValid(datum.last)")
        .mark_rect(color=theme.BAND[mode], tooltip=None)
        .encode(x=x("first"), x2=alt.X2(field="last"), y=alt.YValue(0), y2=alt.Y2Value(COLUMNS))
    )
    bars = columns.mark_rect(fill=blue, fillOpacity=0.75, stroke=blue, strokeWidth=0.6).encode(
        x=x("s"), x2=alt.X2(field="e"), y=y("amount"), y2=alt.datum(0), tooltip=tooltip
    )
    sums = columns.transform_filter("isValid(datum.low) && datum.high > datum.low")
    line = sums.mark_rule(color=ink, strokeWidth=1).encode(
        x=x("m"), y=y("low"), y2=alt.Y2(field="high"), tooltip=tooltip
    )
    ends = [
        sums.mark_tick(orient="horizontal", size=6, thickness=1, color=ink, tooltip=None).encode(x=x("m"), y=y(end))
        for end in ("low", "high")
    ]
    events = alt.Chart().transform_filter("datum.part == 'event'")
    # Neighbours stand a little apart, so that both numbers can be read.
    level = f"({COLUMNS + 22} + {LANE} * datum.lane + (isValid(datum.number) ? (datum.number % 2 ? -4 : 5) : 0))"
    drop = (
        events.transform_filter("isValid(datum.number)")
        .mark_rule(color=muted, strokeWidth=0.6, strokeDash=[2, 3], tooltip=None)
        .encode(x=x("when"), y=alt.YValue(0), y2=alt.Y2Value(alt.ExprRef(f"{level} - 8")))
    )
    tip = [
        alt.Tooltip(field=f, type="nominal", title=t)
        for f, t in {"when_words": "Date", "title": "Event", "kind_words": "Kind", "status": "Status"}.items()
    ]
    dots = events.mark_point(
        shape="circle",
        size=alt.ExprRef("isValid(datum.number) ? 150 : 34"),
        filled=True,
        fill=alt.ExprRef("palette[datum.colour]"),
        stroke=theme.BACKGROUND[mode],
        strokeWidth=1,
        fillOpacity=alt.ExprRef("datum.forecast ? 0.15 : 1"),
        y=alt.ExprRef(level),
        opacity=1,
    ).encode(x=x("when"), tooltip=tip)
    numbers = (
        events.transform_filter("isValid(datum.number)")
        .mark_text(
            y=alt.ExprRef(level), fontSize=alt.ExprRef("datum.number > 9 ? 8 : 10"), fontWeight=600, baseline="middle",
            color=theme.BACKGROUND[mode], tooltip=None,
        )
        .encode(x=x("when"), text=alt.Text(field="number", type="quantitative"))
    )  # fmt: skip
    # The numbered events in words, below the axis: number, month, title, as much of it as there is room for.
    listed: dict[str, Any] = {
        "y": alt.ExprRef(f"height + 30 + {LINE} * (datum.number - 1)"),
        "align": "left",
        "baseline": "top",
        "fontSize": 11,
        "tooltip": None,
    }
    some = events.transform_filter("isValid(datum.number)")
    words = [
        some.mark_text(
            text=alt.ExprRef("datum.number + ''"), x=-LEFT, fontWeight=600, color=alt.ExprRef("palette[datum.colour]"),
            **listed,
        ),
        some.mark_text(
            text=alt.ExprRef("datum.month_words"), x=-LEFT + 18, color=muted, **listed
        ),
        some.mark_text(
            text=alt.ExprRef("datum.title"), x=-LEFT + 76, limit=alt.ExprRef("room - 86"), **listed
        ),
    ]  # fmt: skip
    entries = (
        alt.Chart()
        .transform_filter("datum.part == 'event'")
        .transform_aggregate(groupby=["lane", "kind_words", "colour"])
        .transform_calculate(name="datum.kind_words", chars="length(datum.kind_words)", i="datum.lane")
        .transform_joinaggregate(longest="max(chars)", entries="count()")
    )
    colour = alt.ExprRef("palette[datum.colour]")
    legend = _spec.legend_layers(entries, LEFT, fill=colour, stroke=colour, shape="circle")
    return _spec.template(
        [late, drop, bars, line, *ends, dots, numbers, *words, *legend],
        mode=mode,
        width=width,
        height=HEIGHT,
        left=LEFT,
        above=_spec.legend_height("max(entries, 1)", "longest"),
        below=f"36 + {LINE} * numbered",  # an expression: the list's length is not fixed
        calculate={
            "from": "isValid(datum.start) ? time(toDate(datum.start)) : null",
            "to": "isValid(datum.end) ? time(toDate(datum.end)) : null",
            "when": "isValid(datum.day) ? time(toDate(datum.day)) : null",
            "s": "datum.from + 0.1 * (datum.to - datum.from)",
            "e": "datum.to - 0.1 * (datum.to - datum.from)",
            "m": "(datum.from + datum.to) / 2",
        },
    )


def _chosen(events: Sequence[dict[str, Any]], most: int) -> list[str]:
    """Events to number where nobody chose: of each lane and quarter the first, controls before the rest."""
    firsts: dict[tuple[str, int, int], dict[str, Any]] = {}
    for e in events:
        if not e.get("is_forecast"):
            firsts.setdefault((e["kind"], e["date"].year, (e["date"].month - 1) // 3), e)
    lanes = list(LANES)
    ranked = sorted(firsts.values(), key=lambda e: (lanes.index(e["kind"]), e["date"], e["event_id"]))
    return [e["event_id"] for e in ranked[:most]]


@_spec.signed
def flows_and_events(
    frame: pl.DataFrame,
    *,
    events: pl.DataFrame,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    every: str | None = None,
    kinds: Sequence[str] = ("export-control", "regulation", "chips"),
    numbered: Sequence[str] | None = None,
    most: int = 12,
    n: str | None = None,
) -> alt.LayerChart:
    """Draw money raised per period, and under it lanes of dated events; some of them numbered and listed in words.

    That an event stands before a change in the columns does not make it the cause.

    Parameters
    ----------
    frame
        As for :func:`funding_flows`; groups of a period are added.
    events
        `event_id`, `date`, `kind`, `title`, and where there are `date_precision` and `is_forecast` (drawn hollow).
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
    every
        Length of a period; without it, the longest that every `period` is the start of.
    kinds
        Kinds of event, a lane each, three at most.
    numbered
        Keys of the events that are numbered and listed; without it, the first of each lane and quarter.
    most
        Events listed at most.
    n
        What the footer counts, in words; without it, periods and events.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `entries`, `longest` (of the legend),
        `numbered`, `x_from`, `x_to`, `x_years`, `y_to`, `y_ticks`.
    """
    from aitracker.charts._intervals import nice_ticks

    _spec.check_mode(mode)
    _spec.require(frame, ("period", "amount_usd_m", "rounds"), "flows_and_events")
    _spec.require(events, EVENTS, "flows_and_events (events)")
    if not set(kinds) <= set(LANES) or len(kinds) > MOST_LANES:
        raise ValueError(f"kinds are at most {MOST_LANES} of {', '.join(LANES)}, not {', '.join(kinds)}")
    raw = _told.moved(list(frame.iter_rows(named=True)))
    told = _told.told(frame, raw)
    periods = sorted({r["period"] for r in raw if r["period"] is not None})
    step = funding._step(periods, every)  # noqa: SLF001 - same package, same calendar
    first, last = (periods[0], funding._after(periods[-1], step)) if periods else (None, None)  # noqa: SLF001
    rows: list[dict[str, object]] = []
    together: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for r in raw:
        if r["period"] is not None:
            together[r["period"]].append(r)
    for start in periods:
        members = together[start]
        known = [v for v in (_spec.number(r["amount_usd_m"]) for r in members) if v is not None]
        low, high = (_spec.number(members[0].get(f"total_{end}_usd_m")) for end in ("low", "high"))
        words = theme.date_words(start, {12: "year", 3: "quarter", 1: "month"}[step])
        rows.append(
            {
                "part": "column",
                "start": start,
                "end": funding._after(start, step),  # noqa: SLF001
                "amount": sum(known) if known else None,
                "low": low,
                "high": high,
                "incomplete": any(bool(r.get("incomplete")) for r in members),
                "rounds": members[0].get("total_rounds") or sum(int(r["rounds"] or 0) for r in members),
                "period_words": words,
                "amount_words": theme.money(sum(known) if known else None),
                "interval_words": theme.money_range(low, high),
            }
        )
    shown = [
        e
        for e in events.sort("date", "event_id").iter_rows(named=True)
        if e["kind"] in kinds and first and last and e["date"] is not None and first <= e["date"] < last
    ]
    wanted = set(_chosen(shown, most) if numbered is None else numbered)
    listed = [e["event_id"] for e in shown if e["event_id"] in wanted][:most]
    rows += [
        {
            "part": "event",
            "day": e["date"],
            "lane": list(kinds).index(e["kind"]),
            "number": listed.index(e["event_id"]) + 1 if e["event_id"] in listed else None,
            "title": e["title"],
            "kind_words": LANES[e["kind"]],
            "colour": COLOURS[e["kind"]],
            "forecast": bool(e.get("is_forecast")),
            "status": "announced for later" if e.get("is_forecast") else "happened",
            "when_words": theme.date_words(e["date"], e.get("date_precision") or "day"),
            "month_words": theme.date_words(e["date"], {"year": "year"}.get(str(e.get("date_precision")), "month")),
        }
        # The numbered ones last, for they are drawn over the others.
        for e in sorted(shown, key=lambda e: e["event_id"] in listed)
    ]
    top = max((_spec.number(r.get(c)) or 0.0 for r in rows for c in ("amount", "high")), default=0.0)
    amounts = {r["start"]: _spec.number(r["amount"]) or 0.0 for r in rows if r["part"] == "column"}
    per = {12: "year", 3: "quarter", 1: "month"}[step]
    title = theme.EMPTY
    if rows:
        best = max(amounts, key=lambda d: amounts[d])
        when = next(r["period_words"] for r in rows if r.get("start") == best)
        raised = "" if told.statuses == ("closed",) else f" {told.raised}"
        most_ = (
            f"{when} saw the most money{raised}, {theme.money(amounts[best])}" if amounts[best] else funding.NO_AMOUNT
        )
        title = told.headed(f"{most_}; {theme.count(len(shown), 'event')} around it")
    used = {str(r["kind_words"]) for r in rows if r["part"] == "event"}
    years = [date(y, 1, 1) for y in range(first.year, last.year + 1)] if first and last else []
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": title,
            "subtitle": _spec.with_lens(
                told.of(
                    f"Money {told.raised} per {per}, US$; line: lowest to highest total. Dots: events, by date; those with a"
                    " number are listed below. What stands before a change need not be its cause"
                ),
                lens,
            ),
            "footer": _spec.footer(
                sources, n or f"{theme.count(len(periods), 'period')}, {theme.count(len(shown), 'event')}", version
            ),
            "entries": len(used),
            "longest": max((len(w) for w in used), default=0),
            "numbered": len(listed),
            "x_from": funding.ms(first or date(2020, 1, 1)),
            "x_to": funding.ms(last or date(2026, 1, 1)),
            "x_years": [funding.ms(d) for d in years if first and last and first <= d < last],
            "y_to": 1.05 * top or 1,
            "y_ticks": nice_ticks(top, 4),
        },
    )
