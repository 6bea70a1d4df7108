"""Funding over time: stacked columns per period, for a live view and as a static twin for reports."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, _told, theme
from aitracker.charts._columns import LEFT, incomplete_layers, stacked_layers, talks_layers
from aitracker.charts.theme import Mode, Width

HEIGHT: Final = 300
TOP: Final = 9  # groups with a colour of their own; the rest is drawn together
NEEDED: Final = ("amount_usd_m", "amount_low_usd_m", "amount_high_usd_m", "stated_usd_m", "rounds")
SOLID: Final = "Line: lowest to highest total; square: an amount is unknown"
MARKS: Final = "Solid: stated by a source; pale: our split; line: lowest to highest total; square: an amount is unknown"
NO_AMOUNT: Final = "No amount is known for any of these rounds"
NOUNS: Final[Mapping[str, tuple[str, str]]] = {
    "investor_type": ("investor type", "put in"),
    "investor": ("investor", "put in"),
    "investor_id": ("investor", "put in"),
    "country_group": ("home of the investor", "put in"),
    "startup": ("start-up", "took in"),
    "startup_id": ("start-up", "took in"),
    "wave": ("wave", "took in"),
    "segment": ("segment", "took in"),
    "instrument": ("instrument", "made up"),
}


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    words = {
        "period_words": "Period",
        "label": "Group",
        "amount_words": "Amount",
        "interval_words": "Between",
        "stated_words": "Stated by a source",
        "rounds": "Rounds",
    }
    band = (
        alt.Chart()
        .transform_filter("datum.incomplete")
        .transform_aggregate(from_="min(start_ms)", to="max(end_ms)")
        .transform_calculate(**{"from": "datum.from_"})
        .transform_filter("isValid(datum.to)")
    )
    layers = [*incomplete_layers(mode, band), *stacked_layers(mode, words), *talks_layers(mode)]
    return _spec.template(
        layers,
        mode=mode,
        width=width,
        height=HEIGHT,
        left=LEFT,
        above=_spec.legend_height("entries", "longest"),
        calculate={
            "start_ms": "time(toDate(datum.start))",
            "end_ms": "time(toDate(datum.end))",
            "s": "datum.start_ms + 0.07 * (datum.end_ms - datum.start_ms)",
            "e": "datum.end_ms - (beside ? 0.42 : 0.07) * (datum.end_ms - datum.start_ms)",
            # Talks stand at the right of their period, where the closed rounds leave them room.
            "t": "datum.end_ms - 0.38 * (datum.end_ms - datum.start_ms)",
            "u": "datum.end_ms - 0.07 * (datum.end_ms - datum.start_ms)",
        },
    )


def _step(periods: Sequence[date], every: str | None) -> int:
    """Months in a period: as told, else the longest calendar step that every start fits."""
    steps = {"1mo": 1, "month": 1, "1q": 3, "quarter": 3, "1y": 12, "year": 12}
    if every is not None:
        if every not in steps:
            raise ValueError(f"every is one of {', '.join(steps)}, not {every!r}")
        return steps[every]
    months = {p.month for p in periods}
    return 12 if months <= {1} else 3 if months <= {1, 4, 7, 10} else 1


def _after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def ms(day: date) -> int:
    """Give a day as milliseconds since 1970 at UTC, the unit of a Vega time scale."""
    return (day - date(1970, 1, 1)).days * 86_400_000


def time_params(first: date | None, last: date | None, step: int) -> dict[str, Any]:
    """Parameters of the time axis from the first day shown to the day after the last: domain, ticks, label format."""
    if first is None or last is None:
        first, last = date(2020, 1, 1), date(2026, 1, 1)
    if step < 12 and (last - first).days <= 740:
        starts, shape, months = [first], "%b %Y" if step == 1 else "Q%q %Y", step
    else:
        starts, shape, months = [date(first.year, 1, 1)], "%Y", 12
    while _after(starts[-1], months) < last:
        starts.append(_after(starts[-1], months))
    # A tick stands in the middle of what is shown of its period.
    spans = [(max(s, first), min(_after(s, months), last)) for s in starts]
    middles = [start + timedelta(days=(end - start).days // 2) for start, end in spans]
    if _after(first, 2 * step) >= last:  # one or two columns: leave room beside them
        first, last = _after(first, -step), _after(last, step)
    return {"x_from": ms(first), "x_to": ms(last), "x_ticks": [ms(m) for m in middles], "x_format": shape}


# Groupings by who got the money: nothing is split.
RECEIVED: Final = frozenset({"startup", "startup_id", "wave", "segment", "series"})


def _title(by: str, sums: Mapping[str, float], stated: float, told: _told.Told) -> str:
    everything = sum(sums.values())
    if everything <= 0:
        return NO_AMOUNT
    noun, verb = NOUNS.get(by, (by.replace("_", " "), "made up"))
    verb, raised = told.did(verb), "" if told.statuses == ("closed",) else f" {told.raised}"
    first = max(sums, key=lambda g: sums[g])
    amount, whole = theme.money(sums[first]), theme.money(everything)
    split = "" if stated > 0.995 * everything else ", by our split"
    if theme.label(first) == "Unknown":
        return f"For {amount} of {whole} {told.raised} ({theme.share(100 * sums[first] / everything)}) the {noun} is unknown"
    if len(sums) == 1:
        return f"{theme.label(first)} {verb} all of the {whole}{raised}{split}"
    about = "about " if split else ""
    part = theme.share(100 * sums[first] / everything)
    return f"{theme.label(first)} {verb} the most: {about}{amount} of {whole}{raised} ({part}){split}"


def _talks_title(rows: Sequence[Mapping[str, Any]], told: _told.Told) -> str:
    """Say how much was only spoken of, where nothing else is drawn."""
    known = [r["amount"] for r in rows if r["amount"] is not None]
    if not known:
        return NO_AMOUNT
    return f"{theme.money(sum(known))} {told.raised}, in {theme.count(sum(r['rounds'] for r in rows), 'round')}: none of it has closed"


def ranked(sums: Mapping[str, float], by: str) -> dict[str, tuple[str, str, str]]:
    """Give each group its sort key, label and name of a colour: largest first, then "others", then "unknown"."""
    known = sorted((g for g in sums if theme.label(g) != "Unknown"), key=lambda g: (-sums[g], g))
    top = known if len(known) <= TOP or by == "investor_type" else known[:TOP]
    rest = known[len(top) :]
    colours = theme.group_colours([*top, *(g for g in sums if g not in known)])
    out = {g: (f"{i:02d}|{theme.label(g)}", theme.label(g), colours[g]) for i, g in enumerate(top)}
    out |= {g: (f"98|{len(rest)} others", theme.label(g), "others") for g in rest}
    out |= {g: ("99|Unknown", "Unknown", "unknown") for g in sums if g not in known}
    return out


def _rows(frame: pl.DataFrame, by: str, step: int) -> tuple[list[_spec.Record], dict[str, float]]:
    """One row per period and group as it is drawn (small groups together), and the sum of every group."""
    sums: dict[str, float] = defaultdict(float)
    totals: dict[date, tuple[float | None, float | None]] = {}
    every_row = [
        r | {by: "unknown" if r[by] is None else str(r[by])}
        for r in frame.iter_rows(named=True)
        if r["period"] is not None
    ]
    raw = [r for r in _told.moved(every_row) if not _told.hollow(r)]
    for r in raw:
        sums[r[by]] += _spec.number(r["amount_usd_m"]) or 0.0
        totals[r["period"]] = (_spec.number(r.get("total_low_usd_m")), _spec.number(r.get("total_high_usd_m")))
    groups = ranked(sums, by)
    together: dict[tuple[date, str], list[dict[str, Any]]] = defaultdict(list)
    for r in raw:
        together[r["period"], groups[r[by]][0]].append(r)
    out: list[dict[str, object]] = []
    for (start, key), members in sorted(together.items()):
        low, high = (_bound(members, f"amount_{b}_usd_m") for b in ("low", "high"))
        amount = _bound(members, "amount_usd_m")
        stated = min((amount if by in RECEIVED else _bound(members, "stated_usd_m")) or 0.0, amount or 0.0)
        words = theme.date_words(start, {12: "year", 3: "quarter", 1: "month"}[step])
        out.append(
            {
                "start": start,
                "end": _after(start, step),
                "label": key[3:],
                "key": key,
                "colour": groups[members[0][by]][2],
                "amount": amount,
                "stated": stated,
                "estimate": max((amount or 0.0) - stated, 0.0),
                "rounds": sum(r["rounds"] or 0 for r in members),
                "undisclosed": sum(_undisclosed(r) for r in members),
                "incomplete": any(bool(r.get("incomplete")) for r in members),
                "total_low": totals[start][0],
                "total_high": totals[start][1],
                "period_words": words,
                "amount_words": theme.money(amount),
                "stated_words": theme.money(stated),
                "interval_words": theme.money_range(low, high),
                "total_words": theme.money_range(*totals[start]),
            }
        )
    talks: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for r in every_row:
        if _told.hollow(r):
            talks[r["period"]].append(r)
    for start, members in sorted(talks.items()):
        amount = _bound(members, "amount_usd_m")
        out.append(
            {
                "start": start,
                "end": _after(start, step),
                "talks": True,
                "label": f"{' or '.join(_told.WORDS[s] for s in _told.statuses(members[0]))}, not closed",
                "amount": amount,
                "rounds": max((int(r.get("total_rounds") or 0) for r in members), default=0),
                "undisclosed": sum(_undisclosed(r) for r in members),
                "incomplete": any(bool(r.get("incomplete")) for r in members),
                "period_words": theme.date_words(start, {12: "year", 3: "quarter", 1: "month"}[step]),
                "amount_words": theme.money(amount),
            }
        )
    return _spec.records(out), sums


def _undisclosed(row: Mapping[str, object]) -> int:
    """Rounds whose amount is unknown: as counted in `rounds_unknown`, else all of a group without an amount."""
    counted = row.get("rounds_unknown")
    if counted is None:
        counted = (row["rounds"] or 1) if _spec.number(row["amount_usd_m"]) is None else 0
    return int(_spec.number(counted) or 0)


def _bound(members: Sequence[Mapping[str, object]], column: str) -> float | None:
    known = [v for v in (_spec.number(r[column]) for r in members) if v is not None]
    return sum(known) if known else None


@_spec.signed
def funding_flows(
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
    """Draw money raised per period, stacked by group: stated amounts solid, the split estimate pale, unknown hatched.

    Parameters
    ----------
    frame
        `period` (first day), a second column that is the grouping, `amount_usd_m`, `amount_low_usd_m`,
        `amount_high_usd_m`, `stated_usd_m`, `rounds`, and where there are `rounds_unknown` (of unknown size) and
        `incomplete`. With `total_low_usd_m` and `total_high_usd_m` (of the period, repeated on each of its rows) a
        column gets its interval as a line. The groups' own bounds are in the tooltips; their sum is no interval of
        the total (what one group has not, another has) and is not drawn. Rows whose `status` is in talks or cancelled
        are drawn apart, hollow and dashed, beside the column, and are in no sum of money raised. Words follow `status` and
        `universe` where the frame has them.
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
        What the footer counts, in words; without it, rounds (where the frame counts them), periods and groups.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `entries`, `longest` (of the legend),
        `x_from`, `x_to`, `x_ticks`, `x_format`, `beside` (whether talks stand beside the columns).
    """
    _spec.check_mode(mode)
    _spec.require(frame, ("period", *NEEDED), "funding_flows")
    by = frame.columns[1]
    if by in {"period", *NEEDED}:
        raise ValueError("funding_flows needs a grouping as the second column, such as investor_type")
    periods = [p for p in frame["period"].to_list() if p is not None]
    step = _step(periods, every)
    rows, sums = _rows(frame, by, step)
    beside = any(r.get("talks") for r in rows)
    stated = sum(r.get("stated", 0.0) for r in rows)
    first, last = (min(periods), _after(max(periods), step)) if periods else (None, None)
    solid = [r for r in rows if not r.get("talks")]
    told = _told.told(frame, _told.moved(list(frame.iter_rows(named=True))))
    noun = NOUNS.get(by, (by.replace("_", " "), ""))[0]
    marks = (
        (SOLID if by in RECEIVED else MARKS) if solid else "Dashed: no money has moved; square: an amount is unknown"
    )
    marks += "; hollow: in talks, in no sum" if beside and solid else ""
    span = ""
    if first and last:
        ends = (theme.date_words(d, {12: "year", 3: "quarter", 1: "month"}[step]) for d in (first, max(periods)))
        span = ", " + " to ".join(dict.fromkeys(ends))
    per = {12: "year", 3: "quarter", 1: "month"}[step]
    undated = frame.height - len(periods)
    notes = [f"{theme.count(undated, 'row')} without a date not drawn"] if undated else []
    grain = theme.count(len(set(periods)), "period") + (f", {theme.count(len(sums), 'group')}" if solid else "")
    if "total_rounds" in frame.columns:
        dated = frame.filter(pl.col("period").is_not_null())
        if solid and "status" in frame.columns:
            dated = dated.filter(~pl.col("status").is_in(_told.HOLLOW))
        counted = dated.unique("period")["total_rounds"].sum()
        grain = f"{theme.count(int(counted), 'round')}, {grain}"
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": told.headed(_title(by, sums, stated, told) if solid else _talks_title(rows, told))
            if rows
            else theme.EMPTY,
            "subtitle": _spec.with_lens(
                told.of(f"Money {told.raised} per {per} by {noun}, US$ at the rate of the day{span}. {marks}"), lens
            ),
            "footer": _spec.footer(sources, n or grain, version, notes),
            "message": "" if rows else theme.EMPTY,
            "entries": len({r["key"] for r in rows if "key" in r}),
            "longest": max((len(r["key"]) - 3 for r in rows if "key" in r), default=0),
            "beside": beside,
            **time_params(first, last, step),
        },
    )
