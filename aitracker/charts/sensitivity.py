"""Which single unknown moves the verdict most."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _bars, _holder, _spec, theme
from aitracker.charts._brief import brief
from aitracker.charts._values import short
from aitracker.charts.theme import Mode, Width

MOST: Final = 8
NEEDED: Final = ("startup", "unknown", "effective_low", "effective_high", "swing")
TIPS: Final = {"label": "Unknown", "words": "Effective number between", "swing_words": "Swing"}


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    layers = _bars.bar_layers(mode, TIPS)
    return _spec.template(layers, mode=mode, width=width, height=alt.Step(_bars.STEP), left=0, below=10)


@_spec.signed
def sensitivity(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    holder: str | None = None,
) -> alt.LayerChart:
    """Draw between which ends each single unknown moves the effective number; the widest comes first, eight at most.

    Parameters
    ----------
    frame
        As `aitracker.sensitivity` gives it: `startup`, `unknown` (stake or valuation; rows
        "left out" are no unknowns and not drawn), `effective_low`, `effective_high`, `swing` (of the effective number).
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
    holder
        Another name for the investor than the frame's.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `accent`, `top`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "sensitivity")
    # To leave a start-up out is a counterfactual, no unknown.
    told = [r for r in frame.iter_rows(named=True) if r["unknown"] != "left out" and (brief(r["swing"]) or 0.0) > 0]
    told.sort(key=lambda r: (-r["swing"], r["startup"], r["unknown"]))
    rows: list[dict[str, Any]] = []
    for i, r in enumerate(told[:MOST]):
        name = short(str(r["startup"]))
        low, high = brief(r["effective_low"]), brief(r["effective_high"])
        ends = "unknown" if low is None or high is None else f"{low:.2f} to {high:.2f}"
        what = f"{r['unknown']} of {name}"
        rows.append(
            {
                "row": f"{i:04d}",
                "label": what[:1].upper() + what[1:],
                "what": what,
                "value": None,
                "low": low,
                "high": high,
                "state": _bars.STATES[2],
                "words": ends,
                "swing_words": f"{r['swing']:.2f}",
            }
        )
    who = _holder.holder(frame, holder)
    on, of = _holder.one(frame, "rests_on"), _holder.one(frame, "rests_of")
    rests = (
        f"; rests on {on} of {theme.count(of, 'position')}, the others left aside"
        if on is not None and on != of
        else ""
    )
    says = theme.EMPTY if frame.is_empty() else f"No single unknown moves {who.name}'s effective number"
    if rows:
        says = (
            f"The {rows[0]['what']} moves the verdict most: alone it puts {who.name}'s effective number anywhere from"
            f" {rows[0]['words']}"
        )
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": says,
            "subtitle": _spec.with_lens(
                f"Effective number of positions in {_holder.set_words(frame)}, by {_holder.in_words(frame)}, when one unknown takes"
                f" its lowest and its highest value and all else stays{rests}",
                lens,
            ),
            "footer": _spec.footer(sources, f"{theme.count(len(rows), 'row')} of {len(told)} that move it", version),
            "message": "" if rows else theme.EMPTY if frame.is_empty() else "No unknown moves it",
            "accent": who.colour,
            "top": _bars.top_of(rows),
        },
    )
