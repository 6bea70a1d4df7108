"""Money raised since the start, as a stack of areas: how fast a wave was funded, and by whom."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date  # noqa: TC003 - as in the other charts
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, _told, funding, theme
from aitracker.charts._columns import LEFT, incomplete_layers
from aitracker.charts.theme import Mode, Width

HEIGHT: Final = 300


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    x = alt.X(
        field="when",
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
    tips = {"when_words": "Until the end of", "label": "Group", "amount_words": "By then"}
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    parts = alt.Chart().transform_filter("datum.part == 'area'")
    known = (
        parts.transform_filter("datum.label != 'Unknown'")
        .mark_area(fillOpacity=0.78, strokeWidth=0.6)
        .encode(
            x=x,
            y=y,
            y2=alt.Y2(field="y1"),
            fill=alt.Fill(field="hue", type="nominal", scale=None),
            stroke=alt.Stroke(field="hue", type="nominal", scale=None),
        )
    )
    unknown = (
        parts.transform_filter("datum.label == 'Unknown'")
        .mark_area(stroke=theme.UNKNOWN[mode], strokeWidth=0.6)
        .encode(x=x, y=y, y2=alt.Y2(field="y1"), fill=alt.FillValue(theme.hatch(mode, 40)))
    )
    # Transparent columns over the areas, so that every period and group has a tooltip of its own.
    touch = parts.mark_rect(opacity=0).encode(
        x=alt.X(field="from", type="temporal"), x2=alt.X2(field="to"), y=y, y2=alt.Y2(field="y1"), tooltip=tooltip
    )
    edges = [
        alt.Chart()
        .transform_filter(f"datum.part == 'area' && datum.key == bottom && isValid(datum.{end})")
        .mark_line(color=theme.INK[mode], strokeWidth=1, tooltip=None)
        .encode(x=x, y=alt.Y(field=end, type="quantitative"))
        for end in ("total_low", "total_high")
    ]
    band = (
        alt.Chart()
        .transform_filter("datum.incomplete")
        .transform_aggregate(start="min(from_ms)", to="max(to_ms)")
        .transform_calculate(**{"from": "datum.start"})
        .transform_filter("isValid(datum.to)")
    )
    entries = (
        alt.Chart()
        .transform_aggregate(groupby=["key", "label", "colour"])
        .transform_calculate(name="datum.label", chars="length(datum.label)")
        .transform_window(sort=[alt.SortField("key", order="ascending")], place="row_number()")
        .transform_joinaggregate(longest="max(chars)", entries="count()")
        .transform_calculate(i="datum.place - 1")
    )
    colour = alt.ExprRef("palette[datum.colour]")
    layers = [
        *incomplete_layers(mode, band),
        known,
        unknown,
        *edges,
        touch,
        *_spec.legend_layers(entries, LEFT, fill=colour, stroke=colour),
    ]
    return _spec.template(
        layers,
        mode=mode,
        width=width,
        height=HEIGHT,
        left=LEFT,
        above=_spec.legend_height("entries", "longest"),
        calculate={
            "hue": "palette[datum.colour]",
            "from_ms": "time(toDate(datum.start))",
            "to_ms": "time(toDate(datum.end))",
            "when": "datum.at == 'start' ? datum.from_ms : datum.to_ms",
            "from": "datum.from_ms",
            "to": "datum.to_ms",
        },
    )


def _rows(frame: pl.DataFrame, by: str, step: int) -> tuple[list[dict[str, object]], dict[str, float]]:
    """One row per period and group, with what had been raised by the end of the period, stacked."""
    flows: dict[tuple[date, str], float] = defaultdict(float)
    sums: dict[str, float] = defaultdict(float)
    totals: dict[date, tuple[float | None, float | None]] = {}
    late: set[date] = set()
    for r in _told.moved(list(frame.iter_rows(named=True))):
        if r["period"] is None:
            continue
        group, amount = "unknown" if r[by] is None else str(r[by]), _spec.number(r["amount_usd_m"]) or 0.0
        flows[r["period"], group] += amount
        sums[group] += amount
        bounds_ = (_spec.number(r.get("total_low_usd_m")), _spec.number(r.get("total_high_usd_m")))
        # Rounds of unknown size alone add nothing that is known, and leave the lines as they were.
        dark = bounds_ == (None, None) and r["amount_usd_m"] is None and "total_high_usd_m" in r
        totals[r["period"]] = (0.0, 0.0) if dark else bounds_
        if r.get("incomplete"):
            late.add(r["period"])
    groups = funding.ranked(sums, by)
    kinds: dict[str, list[str]] = defaultdict(list)
    for group, (key, _, _) in sorted(groups.items(), key=lambda item: item[1][0]):
        if sums[group] > 0:
            kinds[key].append(group)
    raised: dict[str, float] = dict.fromkeys(kinds, 0.0)
    bounds: list[float | None] = [0.0, 0.0]
    out: list[dict[str, object]] = []
    period, last = min(totals, default=None), max(totals, default=None)
    while period is not None and last is not None and period <= last:
        for i in (0, 1):
            # Nothing was raised in a period without rows; a period without bounds leaves the sum without them.
            more, so_far = totals.get(period, (0.0, 0.0))[i], bounds[i]
            bounds[i] = None if more is None or so_far is None else so_far + more
        base = 0.0
        for key, members in kinds.items():
            before = raised[key]
            raised[key] = before + sum(flows.get((period, g), 0.0) for g in members)
            row: dict[str, object] = {
                "part": "area",
                "at": "end",
                "start": period,
                "end": funding._after(period, step),  # noqa: SLF001 - same package, same calendar
                "key": key,
                "label": key[3:],
                "colour": groups[members[0]][2],
                "amount": raised[key],
                "y0": base,
                "y1": base + raised[key],
                "total_low": bounds[0],
                "total_high": bounds[1],
                "incomplete": period in late,
                "amount_words": theme.money(raised[key]),
                "when_words": theme.date_words(period, {12: "year", 3: "quarter", 1: "month"}[step]),
            }
            if not any(r["key"] == key for r in out):
                none: dict[str, Any] = {"y0": 0.0, "y1": 0.0, "total_low": 0.0, "total_high": 0.0, "amount": 0.0}
                out.append({**row, "at": "start", **none, "amount_words": theme.money(0.0)})
            out.append(row)
            base += raised[key]
        period = funding._after(period, step)  # noqa: SLF001
    return out, dict(sums)


def _title(rows: Sequence[dict[str, Any]], noun: str, told: _told.Told) -> str:
    """Say how much had been raised in the end, and when half of it had been."""
    ends: dict[date, float] = defaultdict(float)
    for r in rows:
        if r["at"] == "end":
            ends[r["start"]] += r["amount"]
    everything = max(ends.values(), default=0.0)
    if everything <= 0:
        return "No amount is known for any of these rounds"
    half = next(day for day in sorted(ends) if ends[day] >= everything / 2)
    words = next(r["when_words"] for r in rows if r["start"] == half)
    by_group = {r["label"]: r["amount"] for r in rows}
    known = {g: a for g, a in by_group.items() if g != "Unknown"}
    until = rows[-1]["when_words"]
    head = f"{theme.money(everything)} had been {told.raised} by the end of {until}, half of it by the end of {words}"
    if len(known) < 2:
        return head
    first = max(known, key=lambda g: known[g])
    name = first[0].lower() + first[1:] if noun == "investor type" else first
    return f"{head}; the largest {noun} is {name} with about {theme.share(100 * known[first] / everything)}"


@_spec.signed
def cumulative_flows(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    every: str | None = None,
    n: str | None = None,
) -> alt.LayerChart:
    """Draw money raised since the first period shown, stacked by group, with the interval of the whole as two lines.

    Parameters
    ----------
    frame
        As for :func:`funding_flows`: `period`, a second column that is the grouping, `amount_usd_m`, and where there
        are `total_low_usd_m`, `total_high_usd_m` (of the period, repeated on its rows) and `incomplete`.
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
        Length of a period ("1mo", "1q", "1y"); without it, the longest that every `period` is the start of.
    n
        What the footer counts, in words; without it, periods and groups.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `entries`, `longest` (of the legend),
        `bottom` (key of the lowest group), `x_from`, `x_to`, `x_ticks`, `x_format`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, ("period", "amount_usd_m"), "cumulative_flows")
    by = frame.columns[1]
    periods = [p for p in frame["period"].to_list() if p is not None]
    step = funding._step(periods, every)  # noqa: SLF001 - same package, same calendar
    rows, sums = _rows(frame, by, step)
    first, last = (min(periods), funding._after(max(periods), step)) if rows else (None, None)  # noqa: SLF001
    told = _told.told(frame, _told.moved(list(frame.iter_rows(named=True))))
    noun = funding.NOUNS.get(by, (by.replace("_", " "), ""))[0]
    time = funding.time_params(first, last, step)
    if first and last:  # areas have no width of their own: no room is left beside one or two
        time |= {"x_from": funding.ms(first), "x_to": funding.ms(last)}
    undated = frame.height - len(periods)
    notes = [f"{theme.count(undated, 'row')} without a date not drawn"] if undated else []
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": told.headed(_title(rows, noun, told)) if rows else theme.EMPTY,
            "subtitle": _spec.with_lens(
                told.of(
                    f"Money {told.raised} since the first period shown by {noun}, US$ at the rate of the day"
                    f"{', stated parts and our split' if by not in funding.RECEIVED else ''}. Lines: lowest and highest total"
                ),
                lens,
            ),
            "footer": _spec.footer(
                sources,
                n or f"{theme.count(len(set(periods)), 'period')}, {theme.count(len(sums), 'group')}",
                version,
                notes,
            ),
            "entries": len({r["key"] for r in rows}),
            "longest": max((len(str(r["label"])) for r in rows), default=0),
            "bottom": rows[0]["key"] if rows else "",
            **time,
        },
    )
