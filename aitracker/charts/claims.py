"""Every claim on one fact: a row a claim, by the day from which it is known."""

from collections.abc import Sequence
from typing import Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts._claims import SHAPES, collapsed, ends_of, is_money, marked, row_of, title
from aitracker.charts.theme import Mode, Width

LEFT: Final = 0
STEP: Final = 44
NEEDED: Final = (
    "value",
    "unit",
    "text_value",
    "chosen",
    "rank",
    "publisher",
    "source_kind",
    "known_from",
    "origin_id",
    "source_id",
)
ENTRIES: Final = (*SHAPES, "taken", "known to be wrong")
OPEN: Final = 0.07  # part of the axis that an open end runs on


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    blue, ink, muted = theme.SLOTS[mode]["blue"], theme.INK[mode], theme.MUTED[mode]
    scale = alt.Scale(
        domain=alt.ExprRef("[x_from, x_to]"), nice=False, zero=False, range=[12, alt.ExprRef("max(60, width - 24)")]
    )

    def x(field: str) -> alt.X:
        return alt.X(field=field, type="quantitative", scale=scale, axis=None)

    y = alt.Y(field="row", type="nominal", sort="ascending", axis=None)
    tips = {
        "says": "Says", "publisher": "Who", "source_kind": "Kind", "when_words": "Known from", "state_words": "Standing",
        "origin_words": "Origin", "reason": "Remark",
    }  # fmt: skip
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    base = alt.Chart()
    figures = base.transform_filter("datum.value !== null")
    low = 8  # pixels by which a mark stands below the middle of its row: the label is over it
    # Where the claim taken stands, again in every other row: what is beside the tick differs from it.
    guide = (
        figures.transform_filter("isValid(x_taken) && !datum.chosen")
        .transform_calculate(at="x_taken")
        .mark_tick(color=muted, size=24, thickness=1, opacity=0.7, yOffset=low, tooltip=None)
        .encode(x=x("at"), y=y)
    )
    spans = figures.mark_rule(color=blue, strokeWidth=1, yOffset=low, tooltip=None).encode(
        x=x("low"), x2=alt.X2(field="high"), y=y
    )
    ends = [
        figures.transform_filter(f"datum.{end} !== datum.value && !datum.{flag}")
        .mark_tick(color=blue, size=9, thickness=1, yOffset=low, tooltip=None)
        .encode(x=x(end), y=y)
        for end, flag in (("low", "open_low"), ("high", "open_high"))
    ]
    opened = (
        figures.transform_filter("datum.open_low || datum.open_high")
        .mark_point(
            shape=alt.ExprRef("datum.open_low ? 'triangle-left' : 'triangle-right'"), size=26, filled=True, color=blue,
            opacity=1, yOffset=low, tooltip=None,
        )
        .encode(x=x("open_end"), y=y)
    )  # fmt: skip
    dots = figures.mark_point(
        shape=alt.ExprRef("datum.shape"),
        size=alt.ExprRef("datum.chosen ? 150 : 90"),
        stroke=alt.ExprRef(f"datum.chosen ? '{ink}' : '{blue}'"),
        strokeWidth=alt.ExprRef("datum.chosen ? 2 : 1.4"),
        fill=blue,
        fillOpacity=alt.ExprRef(f"datum.wrong ? 0 : datum.chosen ? 1 : {theme.PALE}"),
        opacity=1,
        yOffset=low,
    ).encode(x=x("value"), y=y, tooltip=tooltip)
    struck = (
        figures.transform_filter("datum.wrong")
        .mark_point(shape="stroke", size=420, stroke=blue, strokeWidth=1.6, opacity=1, yOffset=low, tooltip=None)
        .encode(x=x("value"), y=y)
    )
    beyond = "scale('x', datum.high)"
    right = f"({beyond} + 16 + 6.2 * length(datum.short) < width)"
    values = figures.mark_text(
        text=alt.ExprRef("datum.short"),
        align=alt.ExprRef(f"{right} ? 'left' : 'right'"),
        dx=alt.ExprRef(
            f"{right} ? {beyond} - scale('x', datum.value) + 12 : scale('x', datum.low) - scale('x', datum.value) - 12"
        ),
        baseline="middle",
        fontSize=11,
        fontWeight=alt.ExprRef("datum.chosen ? 600 : 400"),
        yOffset=low,
        tooltip=None,
    ).encode(x=x("value"), y=y)
    words = base.transform_filter("datum.value === null")
    marks = words.mark_point(
        shape=alt.ExprRef("datum.shape"),
        size=90,
        stroke=alt.ExprRef(f"datum.chosen ? '{ink}' : '{blue}'"),
        fill=blue,
        fillOpacity=alt.ExprRef(f"datum.wrong ? 0 : datum.chosen ? 1 : {theme.PALE}"),
        opacity=1,
        x=9,
        yOffset=low,
    ).encode(y=y, tooltip=tooltip)
    crossed = (
        words.transform_filter("datum.wrong")
        .mark_point(shape="stroke", size=420, stroke=blue, strokeWidth=1.6, opacity=1, x=9, yOffset=low, tooltip=None)
        .encode(y=y)
    )
    said = words.mark_text(
        text=alt.ExprRef("datum.says"), x=24, align="left", baseline="middle", fontSize=11, limit=alt.ExprRef("room - 32"),
        fontWeight=alt.ExprRef("datum.chosen ? 600 : 400"), yOffset=low, tooltip=None,
    ).encode(y=y)  # fmt: skip
    labels = base.mark_text(
        text=alt.ExprRef("datum.label"), x=0, yOffset=-9, align="left", baseline="middle", fontSize=11, color=muted,
        fontWeight=alt.ExprRef("datum.chosen ? 600 : 400"), limit=alt.ExprRef("room - 8"), tooltip=None,
    ).encode(y=y)  # fmt: skip
    entries = alt.Chart(alt.sequence(len(ENTRIES), as_="i")).transform_calculate(
        name="['" + "', '".join(ENTRIES) + "'][datum.i]", longest=str(max(map(len, ENTRIES))), entries=str(len(ENTRIES))
    )
    shapes = "', '".join([*SHAPES.values(), "circle", "M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0M-1.6,0L1.6,0"])
    legend = _spec.legend_layers(
        entries,
        LEFT,
        shape=alt.ExprRef(f"['{shapes}'][datum.i]"),
        fill=blue,
        fillOpacity=alt.ExprRef(f"datum.i == {len(SHAPES)} ? 1 : datum.i > {len(SHAPES)} ? 0 : {theme.PALE}"),
        stroke=alt.ExprRef(f"datum.i == {len(SHAPES)} ? '{ink}' : '{blue}'"),
        strokeWidth=alt.ExprRef(f"datum.i == {len(SHAPES)} ? 2 : 1.4"),
        size=80,
    )
    above = _spec.legend_height(str(len(ENTRIES)), str(max(map(len, ENTRIES))))
    layers = [guide, spans, *ends, opened, dots, struck, values, marks, crossed, said, labels, *legend]
    return _spec.template(layers, mode=mode, width=width, height=alt.Step(STEP), left=LEFT, above=above, below=10)


@_spec.signed
def claims(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    fact: str = "",
    collapse: bool = False,
    then: str = "",
) -> alt.LayerChart:
    """Draw all claims on one fact, the earliest known first: shape says the kind of source, a bold ring the one taken.

    Parameters
    ----------
    frame
        Claims on one fact as :func:`aitracker.claims` gives them: `value`, `unit`, `text_value`, `chosen`, `rank`,
        `publisher`, `source_kind`, `known_from`, `origin_id`, `source_id`, and where there are: `value_usd_m` with its
        ends, `stated_low`, `stated_high`, `qualifier`, `reason`, `published_precision`, `fact`. Money is drawn in US dollars; an
        open end ("at least") runs on as a small arrow; a claim in words stands as words.
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
    fact
        What the claims are about, for the title; without it, the frame's only `fact`.
    collapse
        One row an origin: pages that repeat one piece are one voice, and the row says how many there are.
    then
        What follows from the claim taken, for the subtitle.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `x_from`, `x_to`, `x_taken`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "claims")
    told = marked(frame)
    named = {str(c["fact"]) for c in told if c.get("fact")}
    fact = fact or (named.pop() if len(named) == 1 else "")
    shown = collapsed(told) if collapse else told
    drawn = [ends_of(c) for c in shown]
    numbers = [v for ends in drawn for v in ends if v is not None]
    first, last = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    # Room for an open end and for a single value; a domain of no width cannot be drawn.
    pad = (last - first) * 0.12 or abs(last) * 0.1 or 1.0
    step = (last - first + 2 * pad) * OPEN
    rows = [row_of(i, c, ends, step) for i, (c, ends) in enumerate(zip(shown, drawn, strict=True))]
    n = f"{theme.count(len(told), 'claim')}, {theme.count(len({c['origin_id'] for c in told}), 'origin')}"
    money = any(is_money(c) for c in told)
    subtitle = f"Claims by the day from which they are known{', US$' if money else ''}" + (
        "; one row an origin" if collapse else "; one row a page"
    )
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": title(told, fact),
            "subtitle": _spec.with_lens(subtitle, lens) + (f". {then}" if then else ""),
            "footer": _spec.footer(
                sources or [str(c["publisher"]).split(" (", maxsplit=1)[0] for c in told], n, version
            ),
            "x_from": first - pad,
            "x_to": last + pad,
            "x_taken": next((ends[0] for c, ends in zip(shown, drawn, strict=True) if c["chosen"]), None),
        },
    )
