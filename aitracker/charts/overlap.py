"""How much every two portfolios have in common."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _holder, _spec, theme
from aitracker.charts._bars import fixed_legend
from aitracker.charts._brief import brief
from aitracker.charts._values import short
from aitracker.charts.theme import Mode, Width

CELL: Final = 34
NAMES: Final = 104  # pixels at the right for the last name of the diagonal


@_spec.kept
def _overlap_template(mode: Mode, width: Width) -> alt.LayerChart:
    blue, grey = theme.SLOTS[mode]["blue"], theme.UNKNOWN[mode]
    side = alt.ExprRef(f"max(20, (width - {NAMES}) / max(1, sides))")
    tips = {
        "a": "Investor",
        "b": "And",
        "value_words": "Overlap",
        "rest_words": "Rests on",
        "shared_words": "Shared start-ups",
        "startups": "Which",
    }
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    y = alt.Y(field="i", type="ordinal", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    left, right, middle = (alt.ExprRef(f"(datum.j + {d}) * {side.expr}") for d in ("0", "1", "0.5"))
    pairs = alt.Chart().transform_filter("datum.i > datum.j")
    box = pairs.mark_bar(
        size=CELL - 3,
        x=left,
        x2=right,
        strokeWidth=1,
        stroke=alt.ExprRef(f"isValid(datum.value) ? '{blue}' : '{grey}'"),
        fillOpacity=alt.ExprRef("isValid(datum.value) ? 0.06 + 0.94 * datum.value / top : 0.4"),
        strokeOpacity=0.35,
        orient="horizontal",
    ).encode(
        y=y,
        fill=alt.when("isValid(datum.value)").then(alt.value(blue)).otherwise(alt.value(theme.hatch(mode))),
        tooltip=tooltip,
    )
    # White on the dark half of the scale in the light, dark ink on it where blue is light.
    strong = theme.BACKGROUND[mode]
    halo = (
        pairs.transform_filter("!isValid(datum.value)")
        .mark_text(x=middle, baseline="middle", fontSize=11, tooltip=None, color=strong, stroke=strong, strokeWidth=4)
        .encode(y=y, text=alt.Text(field="cell", type="nominal"))
    )
    words = pairs.mark_text(
        x=middle,
        baseline="middle",
        fontSize=11,
        tooltip=None,
        color=alt.ExprRef(f"isValid(datum.value) && datum.value / top > 0.75 ? '{strong}' : '{theme.INK[mode]}'"),
    ).encode(y=y, text=alt.Text(field="cell", type="nominal"))
    names = (
        alt.Chart()
        .transform_filter("datum.i == datum.j")
        .mark_text(
            x=alt.ExprRef(f"datum.j * {side.expr} + 4"),
            align="left",
            baseline="middle",
            fontSize=12,
            fontWeight=600,
            tooltip=None,
            limit=160,
        )
        .encode(y=y, text=alt.Text(field="a", type="nominal"))
    )
    legend, above = fixed_legend(
        ("low overlap", "high overlap", "between these ends"),
        shape=alt.ExprRef("datum.i == 2 ? 'M-1,-1L1,-1L1,1L-1,1L-1,-1M-1,0L0,-1M-1,1L1,-1M0,1L1,0' : 'square'"),
        fill=alt.ExprRef(f"datum.i == 2 ? '{theme.BAND[mode]}' : '{blue}'"),
        stroke=alt.ExprRef(f"datum.i == 2 ? '{grey}' : '{blue}'"),
        fillOpacity=alt.ExprRef("[0.1, 1, 1][datum.i]"),
    )
    return _spec.template(
        [box, halo, words, names, *legend], mode=mode, width=width, height=alt.Step(CELL), left=0, above=above, below=10
    )


@_spec.signed
def overlap_matrix(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    weighting: str | None = None,
) -> alt.LayerChart:
    """Draw how much every two portfolios have in common; each name on the diagonal heads its row and its column.

    Parameters
    ----------
    frame
        One row a pair: `name_a`, `name_b`, `overlap` (0 to 1; null where nothing tells it), and where there are:
        `overlap_low`, `overlap_high`, `shared` (number of start-ups that both hold), `weighted_shared` (of which both
        weights are known), `startups` (their names), `weighting`, `scope`. A pair may stand there twice.
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
    weighting
        Other words for what the positions are weighed by than the frame's.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `top`, `sides`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, ("name_a", "name_b", "overlap"), "overlap_matrix")
    pairs = [
        r | {name: short(r[name]) for name in ("name_a", "name_b")}
        for r in frame.iter_rows(named=True)
        if r["name_a"] != r["name_b"]
    ]
    names = list(dict.fromkeys([r["name_a"] for r in pairs] + [r["name_b"] for r in pairs]))
    place = {name: i for i, name in enumerate(names)}
    rows: list[dict[str, Any]] = [{"i": i, "j": i, "a": name} for name, i in place.items()]
    done: dict[tuple[int, int], dict[str, Any]] = {}
    for r in pairs:
        j, i = sorted((place[r["name_a"]], place[r["name_b"]]))
        value, shared = brief(r["overlap"]), r.get("shared")
        low, high = (
            None if (end := brief(r.get(f"overlap_{name}"))) is None else 100 * end for name in ("low", "high")
        )
        ends = _holder.between(low, high)
        weighed = r.get("weighted_shared")
        done[i, j] = {
            "i": i,
            "j": j,
            "a": names[j],
            "b": names[i],
            "value": value,
            "cell": f"{100 * value:.0f}"
            if value is not None
            else "?"
            if low is None or high is None
            else f"{low:.0f}–{high:.0f}",
            "value_words": ends if value is None else theme.share(100 * value) + (f" ({ends})" if low != high else ""),
            "low": low,
            "high": high,
            "rest_words": "unknown"
            if weighed is None
            else f"{weighed} of {theme.count(shared or 0, 'shared start-up')} weighed",
            "startups": r.get("startups") or "none",
            "shared_words": "unknown" if shared is None else str(shared),
        }
    rows += [done[key] for key in sorted(done)]
    says = theme.EMPTY
    if rows:
        says = _title(list(done.values()))
    n = f"{theme.count(len(names), 'investor')}, {theme.count(len(done), 'pair')}"
    return _spec.fill(
        _overlap_template(mode, width),
        rows,
        {
            "title": says,
            "subtitle": _spec.with_lens(
                f"Overlap of two portfolios of {_holder.set_words(frame)}, % of weight ({_holder.in_words(frame, weighting)}): sum over"
                " shared start-ups of the smaller weight; hatched: what positions that cannot be weighed leave open",
                lens,
            ),
            "footer": _spec.footer(sources, n, version),
            "top": max((r["value"] for r in done.values() if r["value"] is not None), default=0.0) or 1.0,
            "sides": max(1, len(names) - 1),
        },
    )


def _title(pairs: Sequence[dict[str, Any]]) -> str:
    """The finding: the largest overlap that is known, else what bounds say, else that nothing is shared."""
    known = [r for r in pairs if r["value"] is not None]
    if known:
        most = max(known, key=lambda r: (r["value"], r["a"], r["b"]))
        dark = len(pairs) - len(known)
        more = f"; for {dark} of {len(pairs)} pairs only ends are known" if dark else ""
        if most["value"] > 0:
            of = " of those that are known" if dark else ""
            share = theme.share(100 * most["value"])
            return f"{most['a']} and {most['b']} have the most in common{of}: {share} of their weights{more}"
        return (
            f"No two of these investors hold the same start-up{more}"
            if not dark
            else f"No overlap is known to be above zero{more}"
        )
    bounded = [r for r in pairs if r["low"] is not None and r["high"] is not None]
    says = "For no two of these investors is the overlap known"
    if bounded:
        first = min(bounded, key=lambda r: (-r["low"], r["high"], r["a"], r["b"]))
        ends = _holder.between(first["low"], first["high"]).replace(" to ", " and ")
        says += f"; that of {first['a']} and {first['b']} lies between {ends}"
    return says
