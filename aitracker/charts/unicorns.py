"""Age at a threshold, such as a billion: the ladder of start-ups, and the Kaplan-Meier curve with its table at risk."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts._values import BASIS, dissent, hue, legend, row_layers, short, tooltip
from aitracker.charts._whom import abroad, goal
from aitracker.charts.theme import Mode, Width

LEFT: Final = 150
STEP: Final = 30
TIPS: Final = {
    "startup": "Start-up", "words": "Reached at", "interval_words": "Between", "value_words": "Value",
    "basis_words": "Basis", "when_words": "Date", "below_words": "Lower before", "dissent": "Claims", "publisher": "Source",
}  # fmt: skip
KINDS: Final = (
    ("reached", "circle", True), ("no lower value known", "square", True), ("still below", "triangle-right", False),
    ("no value known", "cross", False), ("name with a dot: one origin", "circle", False),
)  # fmt: skip
NEEDED: Final = (
    "startup_id", "startup", "wave", "outcome", "date", "date_precision", "value_usd_m", "basis", "months",
    "months_low", "months_high", "last_below", "origins", "threshold_usd_m",
)  # fmt: skip
CURVE_LEFT: Final = 62
CURVE_NEEDED: Final = (
    "months", "survival", "reached_pct", "reached_low_pct", "reached_high_pct", "at_risk", "events", "censored", "startups",
    "threshold_usd_m",
)  # fmt: skip


def _lower(words: str) -> str:
    """Begin words with a small letter."""
    return words[:1].lower() + words[1:]


def _age(months: float | None) -> str:
    return "age unknown" if months is None else f"{months:.0f} months"


@_spec.kept
def _ladder(mode: Mode, width: Width) -> alt.LayerChart:
    x = alt.X(
        field="x", type="quantitative", title=None,
        scale=alt.Scale(domain=alt.ExprRef("span"), nice=False, zero=True, range=[0, alt.ExprRef("width - 96")]),
        axis=alt.Axis(
            values=alt.ExprRef("ticks"), domain=False, ticks=False, orient="top", labelPadding=7,
            gridOpacity=alt.ExprRef("message ? 0 : 1"),
            labelExpr="message ? '' : datum.value + (datum.value == 12 ? ' months' : '')",
        ),
    )  # fmt: skip
    marks, above = legend(KINDS, mode, LEFT)
    return _spec.template(
        [*row_layers(mode, LEFT, x, TIPS), *marks],
        mode=mode, width=width, height=alt.Step(STEP), left=LEFT, above=above, below=18,
    )  # fmt: skip


def _ladder_row(r: dict[str, Any], place: int) -> dict[str, Any]:
    months, low, high = (_spec.number(r[c]) for c in ("months", "months_low", "months_high"))
    reached, value = r["outcome"] == "reached", _spec.number(r["value_usd_m"])
    when = theme.date_words(r["date"], r["date_precision"]) if reached else ""
    outcome = {"below": "still below", "no value": "no value known"}.get(r["outcome"], "")
    top = max((v for v in (months, high) if v is not None), default=0.0)
    return {
        "row": f"{place:04d}", "x": months, "low": low if reached else None, "high": (high or months) if reached else None,
        "open": 1 if reached and high is None else 0, "dashed": not reached, "solid": reached,
        "shape": {"below": "triangle-right", "no value": "cross"}.get(
            r["outcome"], "square" if r["last_below"] is None else "circle"
        ),
        "colour": theme.entity_colour(r["wave"]) if r["outcome"] != "no value" else "unknown",
        "startup": r["startup"], "label": short(str(r["startup"])),
        "sub": f"{theme.money(value)}, {when}" if reached else outcome, "single": reached and r["origins"] == 1,
        "words": _age(months) if reached else f"> {_age(months)}" if months is not None and r["outcome"] == "below" else "unknown",
        "words_x": top, "interval_words": f"{_age(low)} to {_age(high) if high is not None else 'open'}" if reached else "open",
        "value_words": theme.money(value), "basis_words": BASIS.get(r["basis"] or "", "none"), "when_words": when or outcome,
        "below_words": theme.date_words(r["last_below"]) if r["last_below"] else "no lower value is known",
        "dissent": dissent(r), "publisher": r.get("publisher") or r.get("source_id") or "none",
    }  # fmt: skip


@_spec.signed
def time_to_unicorn(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw the ladder of start-ups by their age at a threshold, such as a billion, with what fuzzy dates and values allow.

    Parameters
    ----------
    frame
        As ``aitracker.time_to_unicorn`` gives it.
    sources, version, lens, mode, width
        As in the other charts.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `span`, `ticks`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "time_to_unicorn")
    rank = {"reached": 0, "below": 1, "no value": 2}
    found = sorted(
        frame.iter_rows(named=True),
        key=lambda r: (rank[r["outcome"]], r["months"] is None, r["months"] or 0.0, r["startup_id"]),
    )
    rows = [_ladder_row(r, i) for i, r in enumerate(found)]
    reached = [r for r in rows if r["solid"] and r["x"] is not None]
    oldest = max((r["words_x"] for r in rows), default=24.0) or 24.0
    aim, least = goal(frame)
    waves = sorted({str(r["wave"]) for r in found if r["outcome"] != "no value"})
    hues = ", ".join(f"{theme.entity_colour(w)}: {_lower(theme.label(w))}" for w in waves)
    hues = hues[:1].upper() + hues[1:]
    title = f"None of these start-ups is known to have reached {aim}" if rows else theme.EMPTY
    if len(reached) == 1:
        title = f"{reached[0]['label']} reached {aim} {_age(reached[0]['x'])} after its founding"
    elif reached:
        fast, slow = reached[0], reached[-1]
        title = f"{fast['label']} was fastest to {aim}, {_age(fast['x'])} after its founding; {slow['label']} took {slow['x']:.0f}"
    unvalued = sum(r["outcome"] == "no value" for r in found)
    return _spec.fill(
        _ladder(mode, width),
        rows,
        {
            "title": title + abroad(found),
            "subtitle": _spec.with_lens(
                f"Months from founding to the first known value of {least} or more; line: what fuzzy dates and values allow"
                + (f". {hues}" if hues else ""), lens,
            ),
            "footer": _spec.footer(
                sources or [r["publisher"] for r in rows if r["solid"]], theme.count(len(rows), "start-up"), version,
                [f"{unvalued} without any known value: unknown, not below"] if unvalued else [],
            ),
            "span": [0, oldest * 1.02],
            "ticks": list(range(0, int(oldest) + 1, 12 if oldest <= 132 else 24)),
        },
    )  # fmt: skip


@_spec.kept
def _curve(mode: Mode, width: Width) -> alt.LayerChart:
    x = alt.X(
        field="x", type="quantitative", title=None,
        scale=alt.Scale(domain=alt.ExprRef("span"), nice=False, range=[0, alt.ExprRef("width - 14")]),
        axis=alt.Axis(
            values=alt.ExprRef("ticks"), grid=False, ticks=False, labelPadding=6,
            labelExpr="message ? '' : datum.value + (datum.value == 0 ? ' months' : '')",
        ),
    )  # fmt: skip
    y = alt.Y(
        field="y", type="quantitative", title=None, scale=alt.Scale(domain=[0, 100]),
        axis=alt.Axis(
            values=[0, 25, 50, 75, 100], domain=False, ticks=False, minExtent=CURVE_LEFT - 4, maxExtent=CURVE_LEFT - 4,
            labelExpr="message ? '' : datum.value + ' %'", gridOpacity=alt.ExprRef("message ? 0 : 1"),
        ),
    )  # fmt: skip
    base = alt.Chart().transform_calculate(hue="palette[datum.colour]")
    curve = base.transform_filter("datum.kind == 'step'")
    detail = alt.Detail(field="key", type="nominal")
    band = (
        curve.transform_filter("isValid(datum.low)")
        .mark_area(interpolate="step-after", opacity=0.16, tooltip=None)
        .encode(x=x, y=alt.Y(field="low", type="quantitative"), y2=alt.Y2(field="high"), color=hue(), detail=detail)
    )
    line = curve.mark_line(interpolate="step-after", strokeWidth=2.2, tooltip=None).encode(
        x=x, y=y, color=hue(), detail=detail, order=alt.Order(field="x", type="quantitative")
    )
    tips = {
        "name": "Group",
        "words": "Had reached it",
        "interval_words": "95 % interval",
        "age_words": "Age",
        "risk_words": "At risk",
    }
    steps = (
        curve.transform_filter("datum.events > 0")
        .mark_point(size=34, filled=True, opacity=1)
        .encode(x=x, y=y, fill=hue(alt.Fill), tooltip=tooltip(tips))
    )
    gone = (
        curve.transform_filter("datum.censored > 0")
        .mark_tick(orient="vertical", size=11, thickness=1.6, tooltip=None)
        .encode(x=x, y=y, color=hue())
    )
    risk = base.transform_filter("datum.kind == 'risk'")
    below = alt.ExprRef("height + 48 + 17 * datum.i")
    table = risk.mark_text(y=below, fontSize=11, baseline="middle", tooltip=None).encode(
        x=x, text=alt.Text(field="at_risk", type="nominal")
    )
    names = base.transform_filter("datum.kind == 'name'").mark_text(
        x=-CURVE_LEFT, y=below, fontSize=11, baseline="middle", align="left", limit=CURVE_LEFT - 8, tooltip=None
    ).encode(text=alt.Text(field="short", type="nominal"), color=hue())  # fmt: skip
    head = (
        alt.Chart(alt.sequence(1))
        .mark_text(
            x=-CURVE_LEFT, y=alt.ExprRef("height + 32"), align="left", baseline="middle", fontSize=10, tooltip=None,
            color=theme.MUTED[mode], text=alt.ExprRef("message ? '' : 'at risk'"),
        )
    )  # fmt: skip
    entries = (
        base.transform_filter("datum.kind == 'name'")
        .transform_joinaggregate(longest="max(chars)", entries="count()")
    )  # fmt: skip
    marks = _spec.legend_layers(entries, CURVE_LEFT, fill=alt.ExprRef("datum.hue"), stroke=alt.ExprRef("datum.hue"))
    return _spec.template(
        [band, line, steps, gone, table, names, head, *marks],
        mode=mode, width=width, height=280, left=CURVE_LEFT, above=_spec.legend_height("entries", "longest"), below=108,
    )  # fmt: skip


SHORT: Final = {"genai": "Gen. AI", "vision": "Vision", "other": "Chips", "foreign": "Foreign"}


@_spec.signed
def unicorn_curve(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw the share that had reached a threshold, such as a billion, at each age (1 - Kaplan-Meier), with band and table at risk.

    Parameters
    ----------
    frame
        As ``aitracker.unicorn_curve`` gives it: its first column is the grouping; at most four groups.
    sources, version, lens, mode, width
        As in the other charts.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `span`, `ticks`, `entries`, `longest`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, CURVE_NEEDED, "unicorn_curve")
    by = frame.columns[0]
    groups = list(dict.fromkeys(frame[by]))
    if len(groups) > 4:
        raise ValueError(f"unicorn_curve draws at most 4 groups, not {len(groups)}: filter the frame first")
    colours = theme.group_colours(groups)
    oldest = max(frame["months"].to_list(), default=0.0) or 24.0
    ticks = list(range(0, int(oldest) + 1, 12 if oldest <= 84 else 24))
    rows: list[dict[str, Any]] = []
    medians: dict[str, float] = {}
    for i, group in enumerate(groups):
        part = frame.filter(pl.col(by) == group).sort("months")
        name, key = theme.label(group), {"key": group, "colour": colours[group], "i": i}
        total = part["startups"][0]
        for r in part.iter_rows(named=True):
            low, high = _spec.number(r["reached_low_pct"]), _spec.number(r["reached_high_pct"])
            rows.append(
                {
                    **key, "kind": "step", "name": name, "x": r["months"], "y": r["reached_pct"], "low": low, "high": high,
                    "events": r["events"], "censored": r["censored"], "words": theme.share(r["reached_pct"]),
                    "interval_words": f"{theme.share(low)} to {theme.share(high)}" if low is not None else "not defined",
                    "age_words": f"{r['months']:.1f} months", "risk_words": f"{r['at_risk']} of {total}",
                }
            )  # fmt: skip
            if r["survival"] <= 0.5:
                medians.setdefault(name, r["months"])
        ages = part["months"].to_list()
        leave = [e + c for e, c in zip(part["events"], part["censored"], strict=True)]
        for tick in ticks:
            left = total - sum(n for age, n in zip(ages, leave, strict=True) if age < tick)
            rows.append({**key, "kind": "risk", "x": tick, "at_risk": str(left)})
        chars = len(f"{name} ({total})")
        rows.append(
            {**key, "kind": "name", "name": f"{name} ({total})", "short": SHORT.get(group, name), "chars": chars}
        )
    aim, least = goal(frame)
    title = f"Half of no group is known to have reached {aim}" if rows else theme.EMPTY
    if medians:
        said = [f"{n}: {m:.0f} months" for n, m in sorted(medians.items(), key=lambda pair: pair[1])]
        title = f"Half had reached {aim} after: " + "; ".join(said)
    firsts = frame.unique(by, keep="first", maintain_order=True)
    foreign = sum(firsts["foreign"]) if "foreign" in frame.columns else 0
    title += f"; with {theme.count(foreign, 'foreign comparator')}" if foreign else ""
    scope = {str(s) for s in firsts["scope"].drop_nulls()} if "scope" in frame.columns else set()
    among = f" of the set '{scope.pop()}'" if len(scope) == 1 else ""
    return _spec.fill(
        _curve(mode, width),
        rows,
        {
            "title": title,
            "subtitle": _spec.with_lens(
                f"Share of start-ups{among} with a first value of {least} or more, by months since founding (Kaplan-Meier; band: 95 % "
                "interval; tick: last seen below). Picked by hand: it compares groups, and is no rate at large", lens,
            ),
            "footer": _spec.footer(
                sources, theme.count(sum(firsts["startups"]), "start-up"), version,
            ),
            "span": [0, max(oldest, 1.0)],
            "ticks": ticks,
            "entries": len(groups),
            "longest": max((r["chars"] for r in rows if r["kind"] == "name"), default=0),
        },
    )  # fmt: skip
