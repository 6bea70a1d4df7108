"""How well the library's arithmetic finds the stakes that are disclosed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts._bars import fixed_legend, label_layer
from aitracker.charts._brief import brief
from aitracker.charts._holder import between
from aitracker.charts._values import short
from aitracker.charts.theme import Mode, Width

STEP: Final = 36
MOST: Final = 30  # stakes drawn, those that the estimate misses by most
WORDS: Final = 150
TEST: Final = ("disclosed", "our estimate without it", "interval of the estimate")
NEEDED: Final = (
    "investor", "startup", "date", "disclosed_pct", "estimated_pct", "estimated_low_pct", "estimated_high_pct", "error_pp",
    "covered",
)  # fmt: skip


@_spec.kept
def _test_template(mode: Mode, width: Width) -> alt.LayerChart:
    blue, ink = theme.SLOTS[mode]["blue"], theme.INK[mode]
    scale = alt.Scale(domain=alt.ExprRef("[0, top]"), nice=False, range=[4, alt.ExprRef(f"max(60, width - {WORDS})")])
    y = alt.Y(field="row", type="nominal", sort="ascending", axis=None)
    tips = {
        "label": "Stake",
        "disclosed_words": "Disclosed",
        "estimate_words": "Estimated",
        "interval_words": "Between",
        "error_words": "Error",
    }
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]

    def x(field: str) -> alt.X:
        return alt.X(field=field, type="quantitative", scale=scale, axis=None)

    base = alt.Chart()
    track = base.mark_rule(
        x=4, x2=alt.ExprRef(f"max(60, width - {WORDS})"), yOffset=9, color=theme.GRID[mode], tooltip=None
    ).encode(y=y)
    wide = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
    line = wide.mark_rule(yOffset=9, color=ink, strokeWidth=1).encode(
        x=x("low"), x2=alt.X2(field="high"), y=y, tooltip=tooltip
    )
    ends = [
        wide.mark_tick(orient="vertical", size=9, thickness=1, yOffset=9, color=ink, opacity=1, tooltip=None).encode(
            x=x(end), y=y
        )
        for end in ("low", "high")
    ]
    dot: dict[str, Any] = {"yOffset": 9, "fill": blue, "stroke": blue, "strokeWidth": 1.5, "opacity": 1}
    guess = base.transform_filter("isValid(datum.estimate)").mark_point(
        shape="diamond", size=90, fillOpacity=theme.PALE, **dot
    )
    solid = base.mark_point(shape="circle", size=70, fillOpacity=1, **dot)
    marks = [guess.encode(x=x("estimate"), y=y, tooltip=tooltip), solid.encode(x=x("disclosed"), y=y, tooltip=tooltip)]
    words = base.mark_text(
        x=alt.ExprRef(f"max(60, width - {WORDS}) + 12"),
        yOffset=9,
        align="left",
        baseline="middle",
        fontSize=11,
        color=theme.MUTED[mode],
        limit=WORDS - 12,
        tooltip=None,
    ).encode(y=y, text=alt.Text(field="words", type="nominal"))
    legend, above = fixed_legend(
        TEST,
        shape=alt.ExprRef("['circle', 'diamond', 'M-1,0L1,0M-1,-0.6L-1,0.6M1,-0.6L1,0.6'][datum.i]"),
        fill=blue,
        stroke=alt.ExprRef(f"datum.i == 2 ? '{ink}' : '{blue}'"),
        fillOpacity=alt.ExprRef(f"[1, {theme.PALE}, 0][datum.i]"),
        size=alt.ExprRef("[70, 90, 130][datum.i]"),
    )
    layers = [track, line, *ends, *marks, words, label_layer(base, y), *legend]
    return _spec.template(layers, mode=mode, width=width, height=alt.Step(STEP), left=0, above=above, below=10)


@_spec.signed
def backtest_stakes(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw disclosed stakes beside what the rest of the data would have estimated: the 30 largest errors.

    Parameters
    ----------
    frame
        As `aitracker.backtest_stakes` gives it: `investor`, `startup`, `date`, `disclosed_pct`, `estimated_pct` with
        `estimated_low_pct` and `estimated_high_pct` (null: an interval only, or nothing at all; not drawn, but counted),
        `error_pp`, `covered`.
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
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `top`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "backtest_stakes")
    every = list(frame.iter_rows(named=True))
    told = [r for r in every if brief(r["estimated_pct"]) is not None or brief(r["estimated_low_pct"]) is not None]
    told.sort(key=lambda r: (-abs(brief(r["error_pp"]) or -1.0), r["startup"], r["investor"], str(r["date"])))
    points = [r for r in told if brief(r["estimated_pct"]) is not None]
    rows = [{"row": f"{i:04d}", **_test_row(r)} for i, r in enumerate(points[:MOST])]
    close, wide, blind = len(points) - len(rows), len(told) - len(points), len(every) - len(told)
    left_out = {"that are missed by less": close, "with an interval only": wide, "with nothing to estimate from": blind}
    listed = ", ".join(f"{count:,} {which}" for which, count in left_out.items() if count)
    notes = [f"not drawn: {listed}"] if listed else []
    return _spec.fill(
        _test_template(mode, width),
        rows,
        {
            "title": _test_title(told, len(every)),
            "subtitle": _spec.with_lens(
                "Each disclosed stake left out and estimated from the rest, % of the start-up; words: error in percentage points",
                lens,
            ),
            "footer": _spec.footer(sources, theme.count(len(points), "stake"), version, notes),
            "message": "" if rows else theme.EMPTY if not every else "No point to draw",
            "top": max((v for r in rows for v in (r["disclosed"], r["high"], r["estimate"]) if v), default=0.0) or 1.0,
        },
    )


def _test_row(r: Mapping[str, Any]) -> dict[str, Any]:
    error, point = brief(r["error_pp"]), brief(r["estimated_pct"])
    sign = "" if error is None else "−" if error < -0.05 else "+" if error >= 0.05 else ""
    miss = "no point" if error is None else f"{sign}{abs(error):.1f}"
    covered = "" if r["covered"] is None else ", covered" if r["covered"] else ", not covered"
    low, high = brief(r["estimated_low_pct"]), brief(r["estimated_high_pct"])
    name = short(str(r["startup"]))
    return {
        "label": f"{short(str(r['investor']))} in {name}, {theme.date_words(r['date'])}",
        "disclosed": brief(r["disclosed_pct"]),
        "estimate": point,
        "low": low,
        "high": high,
        "words": miss + covered,
        "disclosed_words": theme.share(brief(r["disclosed_pct"])),
        "estimate_words": theme.share(point),
        "interval_words": between(low, high),
        "error_words": "unknown" if error is None else f"{sign}{abs(error):.1f} percentage points",
    }


def _test_title(told: Sequence[Mapping[str, Any]], everything: int) -> str:
    if not told:
        return (
            theme.EMPTY if not everything else f"None of {everything} disclosed stakes can be estimated from the rest"
        )
    errors = [abs(e) for e in (brief(r["error_pp"]) for r in told) if e is not None]
    judged = [r for r in told if r["covered"] is not None]
    hit = sum(bool(r["covered"]) for r in judged)
    mean = f"estimates miss by {sum(errors) / len(errors):.1f} points on average; " if errors else ""
    return (
        f"Of {theme.count(everything, 'disclosed stake')}, {len(errors)} can be estimated from the rest: {mean}"
        f"{hit} of {len(judged)} intervals cover the truth"
    )
