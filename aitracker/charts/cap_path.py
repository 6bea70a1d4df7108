"""Who owned a company through time: its largest holders as a stack, hatched what nobody knows whose it is."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _lines, _spec, theme
from aitracker.charts._brief import brief
from aitracker.charts._holder import between
from aitracker.charts._values import short
from aitracker.charts.cap_table import ELSE
from aitracker.charts.theme import Mode, Width

PATH_TIPS: Final = {
    "holder": "Holder",
    "when_words": "After",
    "event": "Event",
    "point_words": "Stake",
    "interval_words": "Between",
    "basis": "Basis",
}


@_spec.kept
def _path_template(mode: Mode, width: Width) -> alt.LayerChart:
    x, _ = _lines.axes("''")
    axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        values=[0, 25, 50, 75, 100],
        minExtent=_lines.LEFT - 4,
        maxExtent=_lines.LEFT - 4,
        labelExpr="message ? '' : datum.value + ' %'",
        gridOpacity=alt.ExprRef("message ? 0 : 1"),
    )
    y = alt.Y(field="y0", type="quantitative", axis=axis, scale=alt.Scale(domain=[0, 100], nice=False))
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in PATH_TIPS.items()]
    hue: dict[str, Any] = {"field": "hue", "type": "nominal", "scale": None}
    base = alt.Chart()
    areas = base.transform_filter("datum.part == 'area'")
    detail = alt.Detail(field="key", type="nominal")
    known = (
        areas.transform_filter("!datum.rest")
        .mark_area(interpolate="step-after", fillOpacity=0.78, strokeWidth=0.8, tooltip=None)
        .encode(
            x=x,
            y=y,
            y2=alt.Y2(field="y1"),
            fill=alt.Fill(**hue),
            stroke=alt.value(theme.BACKGROUND[mode]),
            detail=detail,
        )
    )
    unknown = (
        areas.transform_filter("datum.rest")
        .mark_area(interpolate="step-after", stroke=theme.UNKNOWN[mode], strokeWidth=0.6, tooltip=None)
        .encode(x=x, y=y, y2=alt.Y2(field="y1"), fill=alt.FillValue(theme.hatch(mode, 40)), detail=detail)
    )
    # Transparent boxes over the areas, so that every step of every holder has a tooltip of its own.
    touch = (
        areas.transform_filter("isValid(datum.until)")
        .mark_rect(opacity=0)
        .encode(x=x, x2=alt.X2(field="until"), y=y, y2=alt.Y2(field="y1"), tooltip=tooltip)
    )
    told = (
        areas.transform_filter("datum.told")
        .mark_point(shape="circle", size=26, filled=True, fill=theme.INK[mode], opacity=1)
        .encode(x=x, y=alt.Y(field="y1", type="quantitative"), tooltip=tooltip)
    )
    names = (
        base.transform_filter("datum.part == 'tag'")
        .mark_text(
            align="left", baseline="middle", dx=8, fontSize=12, fontWeight=600, limit=_lines.RIGHT - 10, tooltip=None
        )
        .encode(
            x=x,
            y=alt.Y(field="tag_at", type="quantitative"),
            text=alt.Text(field="holder", type="nominal"),
            fill=alt.Fill(**hue),
        )
    )
    return _spec.template(
        [known, unknown, touch, told, names],
        mode=mode,
        width=width,
        height=_lines.HEIGHT + 60,
        left=_lines.LEFT,
        calculate={
            "hue": "palette[datum.colour]",
            "when": "toDate(datum.date)",
            "until": "datum.finish ? toDate(datum.finish) : null",
        },
    )


def _stack(frame: pl.DataFrame) -> tuple[list[dict[str, Any]], list[dt.date]]:
    """Bands of the stack, an event a step; a last row holds each band to the end."""
    dated = [r for r in frame.iter_rows(named=True) if r["date"] is not None]
    holders = [h for h in dict.fromkeys(r["holder"] for r in dated) if h != ELSE]
    hues = dict(
        zip(
            holders,
            _hues([(h, next(r["investor_id"] for r in dated if r["holder"] == h)) for h in holders]),
            strict=True,
        )
    )
    days = sorted({r["date"] for r in dated})
    rows: list[dict[str, Any]] = []
    for i, day in enumerate(days):
        until = days[i + 1] if i + 1 < len(days) else None
        base = 0.0
        by = {r["holder"]: r for r in dated if r["date"] == day}  # of several events of one day the last
        for h in holders:
            r = by.get(h)
            point = brief(r["stake_pct"]) if r else None
            rows.append(_band(h, r, day, until, base, base + (point or 0.0), hues[h], point))
            base += point or 0.0
        rows.append(_band(ELSE, by.get(ELSE), day, until, base, 100.0, "others", None))
    end = days[-1] + max(dt.timedelta(20), (days[-1] - days[0]) / 14) if days else None
    for r in [r for r in rows if r["date"] == days[-1]] if end else []:
        r["finish"] = end
        rows.append({**r, "date": end, "finish": None, "told": False, "closing": True})
    ends = {r["key"]: (r["y0"] + r["y1"]) / 2 for r in rows if r["date"] == end and r["y1"] - r["y0"] > 0.5}
    places = _lines.tags(ends, 100.0)
    for key, at in places.items():
        rows.append(
            {"part": "tag", "key": key, "holder": "others, unknown" if key == ELSE else short(key), "date": end,
             "colour": hues.get(key, "others"), "tag_at": at, "rest": False}
        )  # fmt: skip
    return rows, [*days, end] if end else []


def _hues(holders: Sequence[tuple[str, str | None]]) -> list[str]:
    """A colour a holder, its own where it has one, none twice while there are enough."""
    own = [theme.ENTITY_SLOTS.get(theme.slug(key or name)) for name, key in holders]
    free = [slot for slot in theme.SLOTS["light"] if slot not in own]
    used: set[str] = set()
    out = []
    for slot in own:
        if slot is None or slot in used:
            slot = free.pop(0) if free else "others"  # noqa: PLW2901
        used.add(slot)
        out.append(slot)
    return out


def _band(
    holder: str,
    r: dict[str, Any] | None,
    day: dt.date,
    until: dt.date | None,
    low: float,
    high: float,
    hue: str,
    point: float | None,
) -> dict[str, Any]:
    ends = (brief(r["stake_low_pct"]), brief(r["stake_high_pct"])) if r else (None, None)
    return {
        "part": "area",
        "key": holder,
        "holder": holder,
        "date": day,
        "finish": until,
        "y0": low,
        "y1": high,
        "colour": hue,
        "rest": holder == ELSE,
        "told": r is not None and r["basis"] == "disclosed" and high > low,
        "event": r["event"] if r else "",
        "basis": r["basis"] if r else "unknown",
        "point_words": theme.share(point),
        "interval_words": between(*ends),
        "when_words": theme.date_words(day, "day"),
    }


@_spec.signed
def cap_path(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw who owned a company through time: a band a holder, hatched what nobody knows whose it is.

    Parameters
    ----------
    frame
        As `aitracker.cap_path` gives it: `startup`, `date`, `event`, `investor_id`, `holder`, `basis`, `stake_pct` (null: no
        point) with `stake_low_pct` and `stake_high_pct`; rows of `everybody else` are the rest.
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

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message` and those of the time axis.
    """
    _spec.check_mode(mode)
    _spec.require(
        frame,
        ("startup", "date", "event", "holder", "basis", "stake_pct", "stake_low_pct", "stake_high_pct"),
        "cap_path",
    )
    rows, days = _stack(frame)
    startup = str(frame["startup"].item(0)) if frame.height else ""
    last = [r for r in rows if r["part"] == "area" and days and r["date"] == days[-2]]
    dark = next((r["y1"] - r["y0"] for r in last if r["rest"]), None)
    named = [r for r in last if not r["rest"] and r["y1"] > r["y0"]]
    says = theme.EMPTY
    if dark is not None:
        together = theme.share(100 - dark)
        says = f"Of no holder of {startup} is the stake known"
        if named:
            first = max(named, key=lambda r: r["y1"] - r["y0"])
            about = "" if first["basis"] == "disclosed" else "about "
            says = f"{short(first['holder'])} has {about}{first['point_words']} of {startup}"
            if len(named) > 1:
                says += f"; the {len(named)} largest holders whose stake one can tell have {together} together"
    undated = frame.filter(pl.col("date").is_null()).height if frame.height else 0
    notes = [f"{theme.count(undated, 'row')} without a date not drawn"] if undated else []
    return _spec.fill(
        _path_template(mode, width),
        rows,
        {
            "title": says,
            "subtitle": _spec.with_lens(
                f"Stakes in {startup or 'a company'} after each event, % of all shares. Dots: disclosed."
                " Hatched: small holders, and what nobody knows",
                lens,
            ),
            "footer": _spec.footer(
                sources,
                f"{theme.count(max(0, len(days) - 1), 'event')}, {theme.count(len({r['key'] for r in rows if not r['rest']}), 'holder')}",
                version,
                notes,
            ),
            **_lines.years(days),
        },
    )
