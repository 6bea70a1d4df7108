"""Who owns a company: its holders at one date, with their intervals."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _intervals, _spec, theme
from aitracker.charts._brief import brief
from aitracker.charts._holder import between
from aitracker.charts._values import short
from aitracker.charts.theme import Mode, Width

KINDS: Final = ("disclosed", "estimated", "between bounds", "lowest to highest")
ELSE: Final = "everybody else"
MOST: Final = 20  # holders that are drawn
TIPS: Final = {
    "holder": "Holder",
    "point_words": "Stake",
    "interval_words": "Between",
    "basis": "Basis",
    "binds": "Because of",
    "value_words": "Worth",
}


@_spec.kept
def _table_template(mode: Mode, width: Width) -> alt.LayerChart:
    ink, grey = theme.INK[mode], theme.UNKNOWN[mode]
    legend = {
        "shape": "datum.i == 3 ? 'stroke' : 'square'",
        "fill": f"datum.i == 2 ? '{theme.BAND[mode]}' : palette.blue",
        "stroke": f"datum.i == 3 ? '{ink}' : datum.i == 2 ? '{grey}' : palette.blue",
        "fillOpacity": f"[1, {theme.PALE}, 1, 1][datum.i]",
    }
    return _intervals.interval_template(mode, width, TIPS, KINDS, legend, axis="share")


def _table_rows(frame: pl.DataFrame) -> tuple[list[dict[str, Any]], int]:
    """One row a holder as it is drawn; those that are too many are left to the table below the chart."""
    found = list(frame.iter_rows(named=True))
    own = [r for r in found if r["holder"] != ELSE]
    shown = [*own[:MOST], *(r for r in found if r["holder"] == ELSE)]
    rows: list[dict[str, Any]] = []
    for r in shown:
        point, low, high = (brief(r[f"stake{end}_pct"]) for end in ("", "_low", "_high"))
        rest = r["holder"] == ELSE
        if rest:
            point = None  # it holds those too of whom no point is known
        told = between(low, high)
        rows.append(
            {
                "row": f"{len(rows):04d}",
                "holder": r["holder"],
                "label": short(str(r["holder"])),
                "words": theme.share(point) if point is not None else told,
                "colour": "others" if rest else theme.entity_colour(r["investor_id"] or ""),
                "start": 0.0 if point is not None else low,
                "end": point if point is not None else high,
                "solid": r["basis"] == "disclosed",
                "unknown": point is None,
                "low": low if point is not None else None,
                "high": high if point is not None else None,
                "far": None,
                "dot": None,
                "point_words": theme.share(point),
                "interval_words": told,
                "basis": r["basis"],
                "binds": r.get("binds") or "nothing",
                "value_words": theme.money(brief(r.get("value_usd_m"))),
            }
        )
    return rows, len(own) - min(MOST, len(own))


def _table_title(rows: Sequence[dict[str, Any]], startup: str, owners: int) -> str:
    if not rows:
        return theme.EMPTY
    own = [r for r in rows if r["holder"] != ELSE]
    if not own:
        return f"Nobody says who owns {startup}"
    told = [r for r in own if not r["unknown"]]
    sure = sum(r["solid"] for r in own)
    if not told:
        return f"Of no holder of {startup} is the stake known: the widest interval is {own[0]['label']}'s, {own[0]['interval_words']}"
    first = told[0]
    interval = "" if first["solid"] else f" ({first['interval_words']})"
    about = "" if first["solid"] else "about "
    return f"{first['label']} has {about}{first['point_words']} of {startup}{interval}; {sure} of {theme.count(owners, 'stake')} disclosed"


@_spec.signed
def cap_table(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw the holders of a company at one date: disclosed solid, estimated pale with the interval, bounds alone hatched.

    Parameters
    ----------
    frame
        As `aitracker.cap_table` gives it: `startup`, `as_of`, `investor_id`, `holder`, `basis`, `stake_pct` (null: no point)
        with `stake_low_pct` and `stake_high_pct`, and where there are `binds`, `value_usd_m`, `relaxed`.
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
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `x_from`, `x_to`, `ticks`, `one`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, ("startup", "holder", "basis", "stake_pct", "stake_low_pct", "stake_high_pct"), "cap_table")
    rows, more = _table_rows(frame)
    startup = str(frame["startup"].item(0)) if frame.height else ""
    day = frame["as_of"].item(0) if frame.height and "as_of" in frame.columns else None
    top = max((r["high"] or r["end"] or 0.0 for r in rows), default=0.0)
    broken = frame.height > 0 and "relaxed" in frame.columns and bool(frame["relaxed"].any())
    notes = [f"{theme.count(more, 'smaller stake')} not drawn"] if more else []
    if broken:
        notes.append("the facts contradict each other: ends of the least relaxation")
    owners = frame.filter(pl.col("holder") != ELSE).height
    return _spec.fill(
        _table_template(mode, width),
        rows,
        {
            "title": _table_title(rows, startup, owners),
            "subtitle": _spec.with_lens(
                f"Stakes in {startup or 'a company'}, % of all shares{' on ' + theme.date_words(day, 'day') if day else ''}. "
                "Lines and hatched bars: all that the facts together allow",
                lens,
            ),
            "footer": _spec.footer(sources, theme.count(owners, "holder"), version, notes),
            "x_from": 0.0,
            "x_to": min(100.0, top * 1.04) if top else 1.0,
            "ticks": _intervals.nice_ticks(min(100.0, top)),
            "one": None,
        },
    )
