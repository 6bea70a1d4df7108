"""Lorenz curves of holdings."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _holder, _lines, _spec, theme
from aitracker.charts._brief import brief
from aitracker.charts.theme import Mode, Width

HEIGHT: Final = 300
LEFT: Final = 46


@_spec.kept
def _lorenz_template(mode: Mode, width: Width) -> alt.LayerChart:
    tips = {"key": "Investor", "x_words": "Smallest positions", "y_words": "Hold of the value"}
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    axis: dict[str, Any] = {
        "title": None,
        "ticks": False,
        "tickCount": 5,
        "labelExpr": "message ? '' : format(datum.value, '~g') + ' %'",
    }
    square: list[Any] = [0, alt.ExprRef(f"max(60, min(width - {_lines.RIGHT}, 460))")]
    x = alt.X(
        field="x",
        type="quantitative",
        scale=alt.Scale(domain=[0, 100], nice=False, range=square),
        axis=alt.Axis(
            grid=False,
            labelFlush=False,
            **axis | {"labelExpr": "message || !datum.value ? '' : format(datum.value, '~g') + ' %'"},
        ),
    )
    y = alt.Y(
        field="y",
        type="quantitative",
        scale=alt.Scale(domain=[0, 100], nice=False),
        axis=alt.Axis(
            domain=False,
            minExtent=LEFT - 4,
            maxExtent=LEFT - 4,
            gridOpacity=alt.ExprRef("message ? 0 : 1"),
            **axis,
        ),
    )
    base = alt.Chart().transform_calculate(hue="palette[datum.colour]")
    hue: dict[str, Any] = {"field": "hue", "type": "nominal", "scale": None}
    key = alt.Detail(field="key", type="nominal")
    equal = (
        alt.Chart()
        .transform_filter("datum.place == 0")
        .transform_calculate(end="100")
        .mark_rule(color=theme.MUTED[mode], strokeDash=list(theme.DASH), tooltip=None)
        .encode(
            x=alt.X(field="x", type="quantitative"),
            x2=alt.X2(field="end"),
            y=alt.Y(field="y", type="quantitative"),
            y2=alt.Y2(field="end"),
        )
    )
    line = base.mark_line(strokeWidth=2, tooltip=None).encode(
        x=x, y=y, stroke=alt.Stroke(**hue), detail=key, order=alt.Order(field="place", type="quantitative")
    )
    points = base.mark_point(size=34, filled=True, opacity=1, shape="circle").encode(
        x=x, y=y, fill=alt.Fill(**hue), tooltip=tooltip
    )
    names = (
        base.transform_filter("isValid(datum.tag)")
        .mark_text(
            align="left", baseline="middle", dx=8, fontSize=12, fontWeight=600, limit=_lines.RIGHT - 10, tooltip=None
        )
        .encode(
            x=alt.datum(100),
            y=alt.Y(field="tag_at", type="quantitative"),
            text=alt.Text(field="tag", type="nominal"),
            fill=alt.Fill(**hue),
        )
    )
    return _spec.template([equal, line, points, names], mode=mode, width=width, height=HEIGHT, left=LEFT)


@_spec.signed
def lorenz(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    weighting: str | None = None,
    holder: str | None = None,
    rests: tuple[int, int] | None = None,
) -> alt.LayerChart:
    """Draw Lorenz curves: the share of the value that the smallest positions hold; the dashed line is equality.

    Parameters
    ----------
    frame
        `investor`, and as `aitracker.lorenz` gives them: `share_positions` (smallest first, 0 to 1), `share_value` (that
        they hold), one row a corner of the curve; and where there are: `gini`, `weighting`. At most six
        investors.
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
    holder
        Whose curve it is, where the frame holds one curve and has no column `investor`.
    rests
        How many positions can be weighed, of how many: the curve is of these alone.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`.
    """
    _spec.check_mode(mode)
    if holder is not None and "investor" not in frame.columns:
        frame = frame.with_columns(investor=pl.lit(holder))
    _spec.require(frame, ("investor", "share_positions", "share_value"), "lorenz")
    names = list(dict.fromkeys(frame["investor"].to_list()))
    if len(names) > 6:
        raise ValueError(f"at most 6 curves can be told apart by their names, not {len(names)}: choose some")
    colours = theme.group_colours(names)
    rows: list[dict[str, Any]] = []
    held: dict[str, int] = {}
    for name in names:
        curve = frame.filter(pl.col("investor") == name).sort("share_positions", "share_value")
        held[name] = sum(v > 0 for v in curve["share_positions"].to_list())
        for place, r in enumerate(curve.iter_rows(named=True)):
            rows.append(
                {
                    "key": name,
                    "colour": colours[name],
                    "place": place,
                    "x": brief(100 * r["share_positions"]),
                    "y": brief(100 * r["share_value"]),
                    "x_words": theme.share(100 * r["share_positions"]),
                    "y_words": theme.share(100 * r["share_value"]),
                    "gini": brief(r.get("gini")),
                }
            )
    # Every curve ends in the same corner: the names stand beside it in the order of the curves, highest first.
    middle = {k: _at_half([r for r in rows if r["key"] == k]) for k in names}
    ends = {k: 100.0 - 100.0 * _lines.GAP / HEIGHT * i for i, k in enumerate(sorted(names, key=lambda k: -middle[k]))}
    for row in rows:
        if row["place"] == 0:
            gini = "" if row["gini"] is None else f" (Gini {row['gini']:.2f})"
            row |= {"tag": row["key"], "tag_at": ends[row["key"]], "label": f"{row['key']}{gini}"}
    says = theme.EMPTY
    if rows:
        first = names[0]
        some = rests is not None and rests[0] != rests[1]
        which = (
            f"the {rests[0]} of {rests[1]} positions of {first} that can be weighed"
            if rests and some
            else f"{first}'s positions"
        )
        says = f"The smaller half of {which} holds {theme.share(middle[first])} of the value"
        ginis = [f"{r['label']}" for r in rows if r["place"] == 0 and r["gini"] is not None]
        says += f": {', '.join(ginis)}" if ginis else ""
    n = ", ".join(f"{theme.count(held[k], 'position')} of {k}" for k in names) or "0 positions"
    return _spec.fill(
        _lorenz_template(mode, width),
        rows,
        {
            "title": says,
            "subtitle": _spec.with_lens(
                "Across: share of positions, smallest first; up: share of the value that they hold, weighed by"
                f" {_holder.in_words(frame, weighting)}; dashed: all equal",
                lens,
            ),
            "footer": _spec.footer(sources, n, version),
        },
    )


def _at_half(curve: Sequence[Mapping[str, Any]]) -> float:
    """Height of a curve at half of the positions, between its corners."""
    for one, two in pairwise(curve):
        if one["x"] <= 50 <= two["x"] and two["x"] > one["x"]:
            return float(one["y"] + (two["y"] - one["y"]) * (50 - one["x"]) / (two["x"] - one["x"]))
    return 0.0
