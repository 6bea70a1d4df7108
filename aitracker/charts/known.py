"""When facts became known: valid time against knowledge time."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts._whom import abroad
from aitracker.charts.theme import Mode, Width

LEFT: Final = 44
HEIGHT: Final = 360
NEEDED: Final = ("fact", "subject_kind", "happened", "known")
KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "round": ("size of a round", "circle", "blue"),
    "participation": ("part of an investor", "triangle-up", "orange"),
    "valuation": ("valuation", "diamond", "violet"),
    "stake": ("stake", "square", "amber"),
}
NAMED: Final = 3  # facts with a label of their own: the longest kept


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    ink = theme.INK[mode]
    scale = alt.Scale(type="utc", domain=alt.ExprRef("[t_from, t_to]"), nice=False)
    axis: dict[str, Any] = {
        "values": alt.ExprRef("t_ticks"),
        "labelExpr": "message ? '' : utcFormat(datum.value, '%Y')",
        "ticks": False,
        "domain": False,
        "labelOverlap": "greedy",
        "gridOpacity": alt.ExprRef("message ? 0 : 1"),
    }
    x = alt.X(field="x", type="temporal", title=None, scale=scale, axis=alt.Axis(labelPadding=6, **axis))
    y = alt.Y(
        field="y", type="temporal", title=None, scale=scale,
        axis=alt.Axis(minExtent=LEFT - 4, maxExtent=LEFT - 4, labelPadding=6, **axis),
    )  # fmt: skip
    tips = {
        "fact": "Fact", "value_words": "Value", "happened_words": "Happened by", "known_words": "Known from", "days_words": "Delay",
        "publisher": "First said by", "origins": "Origins",
    }  # fmt: skip
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    diagonal = (
        alt.Chart(alt.sequence(2, as_="i"))
        .transform_calculate(x="toDate(datum.i ? t_to : t_from)", y="toDate(datum.i ? t_to : t_from)")
        .transform_filter("message == ''")
        .mark_line(color=theme.MUTED[mode], strokeWidth=1, strokeDash=[1, 3], tooltip=None)
        .encode(x=x, y=y)
    )
    base = alt.Chart().transform_calculate(
        x="toDate(datum.happened)", y="toDate(datum.known)", hue="palette[datum.colour]"
    )
    points = base.mark_point(
        shape=alt.ExprRef("datum.shape"), size=64, strokeWidth=1.3, fillOpacity=0.5, opacity=1,
        fill=alt.ExprRef("datum.hue"), stroke=alt.ExprRef("datum.hue"),
    ).encode(x=x, y=y, tooltip=tooltip)  # fmt: skip
    side = "(scale('x', datum.x) > width * 0.55)"
    names = [
        base.transform_filter("datum.named")
        .mark_text(
            text=alt.ExprRef("datum.label"),
            align=alt.ExprRef(f"{side} ? 'right' : 'left'"),
            dx=alt.ExprRef(f"{side} ? -9 : 9"),
            dy=alt.ExprRef("datum.shift"),
            baseline="middle",
            fontSize=11,
            limit=alt.ExprRef(f"({side} ? scale('x', datum.x) : width - scale('x', datum.x)) - 12"),
            tooltip=None,
            **style,
        )
        .encode(x=x, y=y)
        # A halo first, so that a name over a mark can be read.
        for style in ({"stroke": theme.BACKGROUND[mode], "strokeWidth": 4, "strokeOpacity": 0.85}, {"color": ink})
    ]
    said = alt.Chart(alt.sequence(2, as_="i")).transform_filter("message == ''")
    words = said.mark_text(
        text=alt.ExprRef("datum.i ? 'told later: above the line' : 'told before: below it'"),
        x=alt.ExprRef("datum.i ? 6 : width - 6"), y=alt.ExprRef("datum.i ? 10 : height - 10"),
        align=alt.ExprRef("datum.i ? 'left' : 'right'"), baseline="middle", fontSize=11, color=theme.MUTED[mode], tooltip=None,
    )  # fmt: skip
    words_of = list(KINDS.values())
    longest = max(len(w) for w, _, _ in words_of)
    entries = alt.Chart(alt.sequence(len(KINDS), as_="i")).transform_calculate(
        name="['" + "', '".join(w for w, _, _ in words_of) + "'][datum.i]",
        longest=str(longest),
        entries=str(len(KINDS)),
    )
    colour = "palette[['" + "', '".join(c for _, _, c in words_of) + "'][datum.i]]"
    legend = _spec.legend_layers(
        entries,
        LEFT,
        shape=alt.ExprRef("['" + "', '".join(s for _, s, _ in words_of) + "'][datum.i]"),
        fill=alt.ExprRef(colour),
        stroke=alt.ExprRef(colour),
        fillOpacity=0.5,
        size=70,
    )
    above = _spec.legend_height(str(len(KINDS)), str(longest))
    return _spec.template(
        [diagonal, points, *names, words, *legend], mode=mode, width=width, height=HEIGHT, left=LEFT, above=above
    )


def _days(days: float | None) -> str:
    if days is None:
        return "unknown"
    if days == 0:
        return "the same day"
    return f"{theme.count(int(abs(days)), 'day')} {'later' if days > 0 else 'before its period was over'}"


def _spread(rows: Sequence[dict[str, Any]], first: date, last: date) -> dict[int, float]:
    """Pixels by which each label moves so that none of them covers another."""
    whole = max((last - first).days, 1)
    placed: dict[int, float] = {}
    floor = -1e9
    for i, r in sorted(enumerate(rows), key=lambda pair: (pair[1]["known"], pair[0]), reverse=True):
        at = HEIGHT * (1 - (r["known"] - first).days / whole)
        floor = max(at, floor + 14)
        placed[i] = floor - at
    return placed


@_spec.signed
def known_when(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw when each fact became known against when it happened; on the line it was told at once.

    Parameters
    ----------
    frame
        One row per fact: `fact` (label), `subject_kind`, `happened` and `known` (dates; a row without either is counted
        and not drawn), and where there are: `startup`, `wave`, `days`, `value` with `unit`, `publisher`, `origins`.
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

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `t_from`, `t_to`, `t_ticks`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "known_when")
    every = list(frame.iter_rows(named=True))
    dated = [r for r in every if r["happened"] is not None and r["known"] is not None]
    dated.sort(key=lambda r: (r["happened"], r["known"], str(r["fact"])))
    delays = [(r["known"] - r["happened"]).days for r in dated]
    firms = list(dict.fromkeys(str(r["startup"]) for r in every if r.get("startup")))
    days = [r[c] for r in dated for c in ("happened", "known")]
    first, last = (
        (date(min(days).year, 1, 1), date(max(days).year + 1, 1, 1)) if days else (date(2020, 1, 1), date(2026, 1, 1))
    )
    named = _named(dated, delays)
    shifts = {named[k]: v for k, v in _spread([dated[i] for i in named], first, last).items()}
    rows = [_row(i, r, delays[i], shifts, one=len(firms) == 1) for i, r in enumerate(dated)]
    left_out = len(every) - len(dated)
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": _title(delays, firms) + abroad(every),
            "subtitle": _spec.with_lens(
                "Across: when it happened; up: when a dated source first said so. A month or a year counts from its last day",
                lens,
            ),
            "footer": _spec.footer(
                sources or [str(r["publisher"]) for r in dated if r.get("publisher")],
                theme.count(len(dated), "fact"),
                version,
                [f"{theme.count(left_out, 'fact')} without a date not drawn"] if left_out else [],
            ),
            "t_from": _ms(first),
            "t_to": _ms(last),
            "t_ticks": [_ms(date(y, 1, 1)) for y in range(first.year, last.year + 1)],
        },
    )


def _named(dated: Sequence[dict[str, Any]], delays: Sequence[int]) -> list[int]:
    """Facts with the longest delays, one a start-up and day."""
    named: dict[tuple[str, date], int] = {}
    for i in sorted(range(len(dated)), key=lambda i: (-delays[i], i)):
        if delays[i] > 90:
            named.setdefault((str(dated[i].get("startup")), dated[i]["happened"]), i)
    return list(named.values())[:NAMED]


def _title(delays: Sequence[int], firms: Sequence[str]) -> str:
    if not delays:
        return theme.EMPTY
    about = f" about {firms[0]}" if len(firms) == 1 else f" about {len(firms)} start-ups" if firms else ""
    late = sum(d > 30 for d in delays)
    slow = sum(d > 365 for d in delays)
    share = theme.share(100 * late / len(delays)).replace(" ", "\u00a0")
    head = f"{late} of {theme.count(len(delays), 'number')}{about} ({share}) became known more than a month later"
    return head + (f", {slow} more than a year later" if slow else "")


def _row(i: int, r: Mapping[str, Any], delay: int, shifts: Mapping[int, float], *, one: bool) -> dict[str, object]:
    _, shape, colour = KINDS.get(str(r["subject_kind"]), KINDS["round"])
    value, unit = _spec.number(r.get("value")), r.get("unit")
    written = theme.share(value) if unit == "pct" else theme.money(value)
    firm = f"{r['startup']}: " if r.get("startup") and not one else ""
    brief = f"{str(r['startup']).split(' (', maxsplit=1)[0]}: " if firm else ""
    return {
        "fact": f"{firm}{r['fact']}", "label": f"{brief}{str(r['fact']).split(' (', maxsplit=1)[0]}, {_days(delay)}",
        "shape": shape, "colour": colour,
        "happened": r["happened"], "known": r["known"], "value_words": written, "happened_words": theme.date_words(r["happened"], "day"),
        "known_words": theme.date_words(r["known"], "day"), "days_words": _days(delay), "publisher": r.get("publisher") or "unknown",
        "origins": r.get("origins"), "named": i in shifts, "shift": shifts.get(i, 0.0),
    }  # fmt: skip


def _ms(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400_000
