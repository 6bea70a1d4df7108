"""An investor's portfolio on a time line: one row per start-up, one mark per round."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts.theme import Mode, Width

LEFT: Final = 138
STEP: Final = 40
NEEDED: Final = ("startup_id", "startup", "announced", "round_id", "status", "amount_usd_m")
# Kinds of mark in the order of the legend: shape, fill opacity and dash say the same as the words.
KINDS: Final = ("closed, amount public", "reported only", "amount unknown", "in talks", "in talks, unknown")


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    grey, accent = theme.UNKNOWN[mode], alt.ExprRef("palette[accent]")
    x = alt.X(
        field="when",
        type="temporal",
        title=None,
        scale=alt.Scale(type="utc", domain=alt.ExprRef("[x_from, x_to]"), nice=False),
        axis=alt.Axis(
            values=alt.ExprRef("x_ticks"),
            grid=True,
            ticks=False,
            domain=False,
            labelExpr="message ? '' : utcFormat(datum.value, '%Y')",
            labelPadding=6,
            labelAlign="left",
            labelFlush=False,
            labelOverlap="greedy",
            gridOpacity=alt.ExprRef("message ? 0 : 1"),
        ),
    )
    y = alt.Y(field="row", type="nominal", sort="ascending", axis=None)
    tips = {
        "startup": "Start-up",
        "when_words": "Date",
        "series": "Round",
        "status_words": "Status",
        "amount_words": "Amount",
        "interval_words": "Between",
        "instrument": "Given as",
        "role": "Role",
        "publisher": "Source",
    }
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    base = alt.Chart()
    span = (
        base.transform_aggregate(first="min(when)", last="max(when)", groupby=["row"])
        .mark_rule(color=theme.GRID[mode], strokeWidth=2, tooltip=None)
        .encode(x=alt.X(field="first", type="temporal"), x2=alt.X2(field="last"), y=y)
    )
    area = "(datum.amount === null ? 90 : max(60, 900 * datum.amount / max(largest, 1)))"
    shared: dict[str, Any] = {
        "size": alt.ExprRef(area),
        "shape": alt.ExprRef("datum.amount === null ? 'square' : 'circle'"),
        "strokeWidth": 1.5,
        "opacity": 1,
        "fillOpacity": alt.ExprRef(
            "datum.talks ? 0 : datum.kind == 'reported only' ? 0.38 : datum.amount === null ? 0.3 : 0.85"
        ),
    }
    marks = [
        base.transform_filter(test)
        .mark_point(fill=colour, stroke=colour, strokeDash=dash, **shared)
        .encode(x=x, y=y, tooltip=tooltip)
        for test, colour, dash in (
            ("datum.amount !== null && !datum.talks", accent, [1, 0]),
            ("datum.amount !== null && datum.talks", accent, list(theme.DASH)),
            ("datum.amount === null && !datum.talks", grey, [1, 0]),
            ("datum.amount === null && datum.talks", grey, list(theme.DASH)),
        )
    ]
    lines = f"slice({theme.wrap_expr('datum.label', 6.4).replace('room', str(LEFT))}, 0, 2)"
    rest = "(datum.startup_zh ? 1 : 0)"
    at: dict[str, Any] = {
        "x": -LEFT,
        "align": "left",
        "baseline": "middle",
        "fontSize": 11,
        "limit": LEFT - 6,
        "tooltip": None,
    }
    firms = base.transform_aggregate(groupby=["row", "label", "startup_zh"])
    names = [
        firms.mark_text(
            text=alt.ExprRef(lines), dy=alt.ExprRef(f"-6.5 * (length({lines}) - 1 + {rest})"), lineHeight=13, **at
        ).encode(y=y),
        firms.mark_text(
            text=alt.ExprRef("datum.startup_zh"),
            dy=alt.ExprRef(f"6.5 * length({lines})"),
            color=theme.MUTED[mode],
            **at,
        ).encode(y=y),
    ]
    # Beside the mark where there is room before the next one, else on its other side, else over it.
    radius = f"(sqrt({area} / PI) + 4)"
    at_ = "scale('x', datum.when)"
    right = f"((datum.next === null ? width + 8 : scale('x', toDate(datum.next))) - {at_} > {radius} + 56)"
    left = f"({at_} - (datum.previous === null ? -8 : scale('x', toDate(datum.previous))) > {radius} + 56)"
    amounts = (
        base.transform_filter("datum.amount !== null")
        .mark_text(
            baseline="middle",
            align=alt.ExprRef(f"{right} ? 'left' : {left} ? 'right' : 'center'"),
            fontSize=11,
            tooltip=None,
            dx=alt.ExprRef(f"{right} ? {radius} : {left} ? -{radius} : 0"),
            dy=alt.ExprRef(f"{right} || {left} ? 0 : -{radius} - 2"),
        )
        .encode(x=x, y=y, text=alt.Text(field="amount_words", type="nominal"))
    )
    entries = alt.Chart(alt.sequence(len(KINDS), as_="i")).transform_calculate(
        name="['" + "', '".join(KINDS) + "'][datum.i]",
        longest=str(max(map(len, KINDS))),
        entries=str(len(KINDS)),
    )
    legend = _legend(entries, mode)
    above = _spec.legend_height(str(len(KINDS)), str(max(map(len, KINDS))))
    return _spec.template(
        [span, *names, *marks, amounts, *legend],
        mode=mode,
        width=width,
        height=alt.Step(STEP),
        left=LEFT,
        above=above,
        calculate={"when": "toDate(datum.date)"},
    )


def _legend(entries: alt.Chart, mode: Mode) -> list[alt.Chart]:
    grey = theme.UNKNOWN[mode]
    return _spec.legend_layers(
        entries,
        LEFT,
        shape=alt.ExprRef("datum.i == 2 || datum.i == 4 ? 'square' : 'circle'"),
        fill=alt.ExprRef(f"datum.i == 2 || datum.i == 4 ? '{grey}' : palette[accent]"),
        stroke=alt.ExprRef(f"datum.i == 2 || datum.i == 4 ? '{grey}' : palette[accent]"),
        fillOpacity=alt.ExprRef("[0.85, 0.38, 0.3, 0, 0][datum.i]"),
        strokeDash=alt.ExprRef("datum.i > 2 ? [4, 3] : [1, 0]"),
    )


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """One row per round: the parts of one cheque (cash, credit) are one mark."""
    together: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in frame.iter_rows(named=True):
        together[r["round_id"]].append(r)
    out = []
    for parts in together.values():
        r = dict(parts[0])
        for column in ("amount_usd_m", "amount_low_usd_m", "amount_high_usd_m"):
            known = [v for v in (_spec.number(p.get(column)) for p in parts) if v is not None]
            r[column] = sum(known) if known else None
        r["instrument"] = " + ".join(
            dict.fromkeys(theme.label(p["instrument"]).lower() for p in parts if p.get("instrument"))
        )
        out.append(r)
    return out


def _short(name: str) -> str:
    """Leave out what stands in brackets behind a name too long for its row."""
    return name.split(" (", maxsplit=1)[0] if len(name) > 38 else name


def _kind(row: dict[str, Any]) -> str:
    talks = row["status"] in {"in-talks", "cancelled"}
    if row["amount_usd_m"] is None:
        return KINDS[4] if talks else KINDS[2]
    return KINDS[3] if talks else KINDS[1] if row["status"] == "reported" else KINDS[0]


def _title(rows: Sequence[dict[str, Any]], investor: str) -> str:
    if not rows:
        return theme.EMPTY
    joined = [r for r in rows if r["status"] not in {"in-talks", "cancelled"}]
    talks = len(rows) - len(joined)
    if not joined:
        return f"{investor} was only in talks: {theme.count(talks, 'round')}, none closed"
    known = sum(r["amount_usd_m"] is not None for r in joined)
    firms = len({r["startup_id"] for r in joined})
    head = f"{investor} joined {theme.count(len(joined), 'round')} of {theme.count(firms, 'start-up')}"
    if known in {0, len(joined)}:
        return (
            f"{head}; the size of its {'cheques' if len(joined) > 1 else 'cheque'} is {'' if known else 'not '}public"
        )
    return f"{head}; the size of its cheque is public for {known:,}"


def _abroad(rows: Sequence[dict[str, Any]]) -> str:
    """Say how many of the start-ups are foreign comparators."""
    abroad = {r["startup_id"] for r in rows if r.get("wave") == "foreign"}
    firms = len({r["startup_id"] for r in rows})
    return f" ({'all' if len(abroad) == firms else f'{len(abroad):,}'} of them foreign comparators)" if abroad else ""


@_spec.signed
def portfolio(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw one investor's rounds over time, a row per start-up: public cheques as circles, unknown ones as squares.

    Parameters
    ----------
    frame
        `startup_id`, `startup`, `announced` (date), `round_id`, `status`, `amount_usd_m` (of this investor; null
        where unknown), and where there are: `investor`, `startup_zh`, `wave`, `series`, `role`, `amount_low_usd_m`,
        `amount_high_usd_m`, `instrument`, `publisher`, `date_precision`. Rows of one `round_id` (instruments of one
        cheque) are drawn as one mark.
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
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `accent`, `largest`, `x_from`, `x_to`,
        `x_ticks`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "portfolio")
    rounds = _rows(frame)
    dated = sorted(
        (r for r in rounds if r["announced"] is not None), key=lambda r: (r["announced"], r["startup"], r["round_id"])
    )
    order = {s: i for i, s in enumerate(dict.fromkeys(r["startup_id"] for r in dated))}
    investors = list(dict.fromkeys(str(r["investor"]) for r in rounds if r.get("investor")))
    investor = " and ".join(investors[:2]) if investors else "The investor"
    rows: list[dict[str, object]] = []
    for r in dated:
        amount, kind = r["amount_usd_m"], _kind(r)
        own = [d["announced"] for d in dated if d["startup_id"] == r["startup_id"] and d is not r]
        rows.append(
            {
                "previous": max((d for d in own if d <= r["announced"]), default=None),
                "next": min((d for d in own if d >= r["announced"]), default=None),
                "date": r["announced"],
                "row": f"{order[r['startup_id']]:04d}",
                "startup": r["startup"],
                "label": _short(r["startup"]),
                "startup_zh": r.get("startup_zh") or "",
                "round_id": r["round_id"],
                "kind": kind,
                "talks": kind in KINDS[3:],
                "amount": amount,
                "amount_words": theme.money(amount),
                "interval_words": theme.money_range(r["amount_low_usd_m"], r["amount_high_usd_m"]),
                "when_words": theme.date_words(r["announced"], r.get("date_precision") or "month"),
                "status_words": theme.label(r["status"]),
                **{c: r.get(c) or "unknown" for c in ("series", "role", "instrument", "publisher")},
            }
        )
    days = [r["announced"] for r in dated]
    first, last = (days[0].year, days[-1].year) if days else (2020, 2025)
    undated = len(rounds) - len(dated)
    n = f"{theme.count(len(dated), 'round')}, {theme.count(len(order), 'start-up')}"
    span = ", " + " to ".join(dict.fromkeys(theme.date_words(d) for d in (days[0], days[-1]))) if days else ""
    clean = _spec.records(rows)
    return _spec.fill(
        _template(mode, width),
        clean,
        {
            "title": _title(rounds, investor) + _abroad(rounds),
            "subtitle": _spec.with_lens(
                f"Rounds by date of announcement{span}; area of a circle = the investor's own part, US$", lens
            ),
            "footer": _spec.footer(
                sources or [r["publisher"] for r in dated if r.get("publisher")],
                n,
                version,
                [f"{theme.count(undated, 'round')} without a date not drawn"] if undated else [],
            ),
            "message": "" if rows else theme.EMPTY,
            "accent": theme.entity_colour(investors[0]) if investors else "blue",
            "largest": max((r["amount"] or 0.0 for r in clean), default=0.0) or 1.0,
            "x_from": _year(first),
            "x_to": _year(last + 1),
            "x_ticks": [_year(y) for y in range(first, last + 1)],
        },
    )


def _year(year: int) -> int:
    return (date(year, 1, 1) - date(1970, 1, 1)).days * 86_400_000
