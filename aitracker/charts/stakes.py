"""One stake through time."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _holder, _lines, _spec, theme
from aitracker.charts._bars import fixed_legend
from aitracker.charts._brief import brief
from aitracker.charts._holder import between
from aitracker.charts._values import short
from aitracker.charts.theme import Mode, Width

PATH: Final = ("disclosed", "estimate after a round", "estimate before disclosure")


@_spec.kept
def _path_template(mode: Mode, width: Width) -> alt.LayerChart:
    accent = alt.ExprRef("palette[accent]")
    x, y = _lines.axes("format(datum.value, '~g') + ' %'", right=26)
    tips = {
        "label": "Event",
        "when_words": "Date",
        "value_words": "Stake after it",
        "interval_words": "Between",
        "before_words": "Just before",
        "change_words": "Bought and diluted",
    }
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    base = alt.Chart()
    band = base.transform_filter("isValid(datum.low) && isValid(datum.high)").mark_area(
        color=accent, opacity=0.16, interpolate="step-after", line=False, tooltip=None
    )
    band = band.encode(x=x, y=alt.Y(field="low", type="quantitative"), y2=alt.Y2(field="high"))
    known = base.transform_filter("isValid(datum.value)")
    line = known.mark_line(
        stroke=accent, strokeWidth=2, strokeOpacity=0.55, interpolate="step-after", tooltip=None
    ).encode(x=x, y=y, detail=alt.Detail(field="part", type="nominal"))
    dot: dict[str, Any] = {"fill": accent, "stroke": accent, "strokeWidth": 1.5, "opacity": 1}
    rounds = (
        known.transform_filter(f"datum.mark == '{PATH[1]}'")
        .mark_point(shape="circle", size=50, fillOpacity=theme.PALE, **dot)
        .encode(x=x, y=y, tooltip=tooltip)
    )
    before = (
        base.transform_filter("isValid(datum.before)")
        .mark_point(shape="diamond", size=60, fillOpacity=theme.PALE, **dot)
        .encode(x=x, y=alt.Y(field="before", type="quantitative"), tooltip=tooltip)
    )
    anchors = known.transform_filter(f"datum.mark == '{PATH[0]}'")
    solid = anchors.mark_point(shape="circle", size=110, fillOpacity=1, **dot).encode(x=x, y=y, tooltip=tooltip)
    # A round of unknown size tells nothing of the stake: it stands on the axis, as a square.
    dark = (
        base.transform_filter("!isValid(datum.value)")
        .mark_point(shape="square", size=46, fill=theme.BAND[mode], stroke=theme.UNKNOWN[mode], opacity=1)
        .encode(x=x, y=alt.datum(0), tooltip=tooltip)
    )
    words = (
        base.transform_filter("isValid(datum.tag)")
        .mark_text(
            dy=-14,
            dx=alt.ExprRef("scale('x', datum.when) > width - 60 ? 8 : 0"),
            align=alt.ExprRef("scale('x', datum.when) > width - 60 ? 'right' : 'center'"),
            fontSize=11,
            fontWeight=600,
            tooltip=None,
        )
        .encode(x=x, y=y, text=alt.Text(field="tag", type="nominal"))
    )
    legend, above = fixed_legend(
        (*PATH, "effect unknown"),
        _lines.LEFT,
        shape=alt.ExprRef("['circle', 'circle', 'diamond', 'square'][datum.i]"),
        fill=alt.ExprRef(f"datum.i == 3 ? '{theme.BAND[mode]}' : palette[accent]"),
        stroke=alt.ExprRef(f"datum.i == 3 ? '{theme.UNKNOWN[mode]}' : palette[accent]"),
        fillOpacity=alt.ExprRef(f"[1, {theme.PALE}, {theme.PALE}, 1][datum.i]"),
        size=alt.ExprRef("[110, 50, 60, 46][datum.i]"),
    )
    return _lines.template([band, line, rounds, before, solid, dark, words, *legend], mode, width, above)


@_spec.signed
def stake_path(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    holder: str | None = None,
    startup: str | None = None,
) -> alt.LayerChart:
    """Draw one stake through time: disclosed points solid, the path between them pale with its band.

    Parameters
    ----------
    frame
        As `aitracker.stake_path` gives it: `date`, `kind` (round, secondary, disclosed, bound), `label`, `stake_pct` with
        `stake_low_pct` and `stake_high_pct` after the event, and where there are `estimated_pct` (just before a
        disclosure), `bought_pct`, `dilution_pct`.
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
    holder, startup
        Other names for the investor and the start-up than the frame's.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `accent`, `top` and those of the time axis.
    """
    _spec.check_mode(mode)
    _spec.require(frame, ("date", "kind", "label", "stake_pct", "stake_low_pct", "stake_high_pct"), "stake_path")
    rows: list[dict[str, Any]] = []
    part = 0
    for r in frame.filter(pl.col("date").is_not_null()).sort("date", maintain_order=True).iter_rows(named=True):
        value, low, high = (brief(r[f"stake{end}_pct"]) for end in ("", "_low", "_high"))
        part += value is None
        told = r["kind"] == "disclosed"
        changes = {"bought": brief(r.get("bought_pct")), "diluted by": brief(r.get("dilution_pct"))}
        rows.append(
            {
                "date": r["date"],
                "mark": PATH[0] if told else PATH[1],
                "part": part,
                "label": r["label"],
                "value": value,
                "low": low,
                "high": high,
                "before": brief(r.get("estimated_pct")) if told else None,
                **({"tag": theme.share(value)} if told and value is not None else {}),
                "when_words": theme.date_words(r["date"], "day"),
                "value_words": theme.share(value),
                "interval_words": between(low, high),
                "before_words": theme.share(brief(r.get("estimated_pct"))) if told else "",
                "change_words": ", ".join(f"{k} {theme.share(v)}" for k, v in changes.items() if v) or "none known",
            }
        )
    _thin(rows)
    told_rows = [r for r in rows if r["mark"] == PATH[0]]
    who = _holder.holder(frame, holder)
    name = short(startup or str(_holder.one(frame, "startup") or "the start-up"))
    says = theme.EMPTY
    if rows:
        last = rows[-1]
        now = (
            last["value_words"]
            if last["value"] is not None
            else f"between {last['interval_words']}".replace(" to ", " and ")
        )
        if last["value"] is None and last["low"] is None:
            now = "unknown"
        says = f"{_holder.opening(who.name)}'s stake in {name} was {now} after {last['when_words']}"
        if last["mark"] != PATH[0] and told_rows:
            says += f", by our estimate; {told_rows[-1]['value_words']} was disclosed for {told_rows[-1]['when_words']}"
        elif last["mark"] != PATH[0]:
            says += ", by our estimate: no stake has been disclosed"
    return _spec.fill(
        _path_template(mode, width),
        rows,
        {
            "title": says,
            "subtitle": _spec.with_lens(
                "Share of the start-up held, %; rounds dilute, sales among holders do not, option pools are not modelled;"
                " band: what the unknowns allow",
                lens,
            ),
            "footer": _spec.footer(
                sources, f"{theme.count(len(rows), 'event')}, {theme.count(len(told_rows), 'disclosed stake')}", version
            ),
            "accent": who.colour,
            "top": 1.15 * max((v for r in rows for v in (r["value"], r["high"], r["before"]) if v), default=0.0) or 1.0,
            **_lines.years([r["date"] for r in rows]),
        },
    )


def _thin(rows: list[dict[str, Any]]) -> None:
    """Take away the words of a disclosed stake that would stand on those of the one before."""
    days = [r["date"] for r in rows]
    if not days:
        return
    least = (max(days) - min(days)).days * 0.07
    shown = None
    for r in rows:
        if "tag" in r and shown is not None and (r["date"] - shown).days < least:
            del r["tag"]
        elif "tag" in r:
            shown = r["date"]
