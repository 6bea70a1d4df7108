"""Who paid whom: ribbons from investors to start-ups, as wide as the money."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, _told, theme
from aitracker.charts._sankey_layout import HEIGHT, layout, nodes
from aitracker.charts.theme import Mode, Width

POINTS: Final = 24  # points on each edge of a ribbon
NODE: Final = 10
SIDE: Final = "clamp(room * 0.3, 96, 190)"  # pixels of the labels on each side
NEEDED: Final = ("startup", "amount_usd_m")
SOURCES: Final[Mapping[str, str]] = {
    "investor": "investor",
    "investor_type": "type of investor",
    "country_group": "home of the investor",
}


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    x = alt.X(
        field="x",
        type="quantitative",
        axis=None,
        scale=alt.Scale(domain=[0, 1], nice=False, range=[alt.ExprRef(SIDE), alt.ExprRef(f"width - ({SIDE})")]),
    )
    y = alt.Y(field="y0", type="quantitative", axis=None, scale=alt.Scale(domain=[0, 1], nice=False, reverse=True))
    y2 = alt.Y2(field="y1")
    out = alt.selection_point(name="out_of", fields=["source"], on="pointerover", clear="pointerout", empty=False)
    into = alt.selection_point(name="into", fields=["target"], on="pointerover", clear="pointerout", empty=False)
    quiet = "!isValid(out_of.source) && !isValid(into.target) && !length(focus)"
    chosen = (
        "(isValid(out_of.source) && indexof(out_of.source, datum.source) >= 0)"
        " || (isValid(into.target) && indexof(into.target, datum.target) >= 0) || datum.source == focus || datum.target == focus"
    )
    opacity: Any = alt.condition(
        f"({chosen})",
        alt.value(0.9),
        alt.value(alt.ExprRef(f"{quiet} ? 0.5 : 0.1")),
    )
    tips = {
        "source_name": "From",
        "target_name": "To",
        "amount_words": "Amount",
        "interval_words": "Between",
        "stated_words": "Stated by a source",
        "rounds": "Rounds",
    }
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    ribbons = (
        alt.Chart()
        .transform_filter("datum.part == 'ribbon'")
        .transform_calculate(t=f"sequence(0, 1 + 0.5 / {POINTS - 1}, 1 / {POINTS - 1})")
        .transform_flatten(["t"], as_=["x"])
        .transform_calculate(
            bend="datum.x * datum.x * (3 - 2 * datum.x)",
            y0="datum.from0 + (datum.into0 - datum.from0) * datum.bend",
            y1="datum.from1 + (datum.into1 - datum.from1) * datum.bend",
        )
    )
    known = (
        ribbons.transform_filter("!datum.unknown")
        .mark_area(strokeWidth=0)
        .encode(
            x=x,
            y=y,
            y2=y2,
            detail=alt.Detail(field="link", type="nominal"),
            fill=alt.Fill(field="hue", type="nominal", scale=None),
            fillOpacity=opacity,
            tooltip=tooltip,
        )
        .properties(name="ribbons")
        .add_params(out)
    )
    unknown = (
        ribbons.transform_filter("datum.unknown")
        .mark_area(fill=theme.UNKNOWN[mode], stroke=theme.UNKNOWN[mode], strokeWidth=1, strokeDash=list(theme.DASH))
        .encode(
            x=x,
            y=y,
            y2=y2,
            detail=alt.Detail(field="link", type="nominal"),
            opacity=opacity,
            tooltip=tooltip,
        )
    )
    nodes = alt.Chart().transform_filter("datum.part == 'node'").transform_calculate(x="datum.side")
    node_tips = [
        alt.Tooltip(field=f, type="nominal", title=t) for f, t in {"name": "Name", "amount_words": "Amount"}.items()
    ]
    boxes = (
        nodes.mark_rect(width=NODE, xOffset=alt.ExprRef(f"datum.side ? {NODE / 2} : -{NODE / 2}"), cornerRadius=1)
        .encode(x=x, y=y, y2=y2, fill=alt.Fill(field="hue", type="nominal", scale=None), tooltip=node_tips)
        .properties(name="nodes")
        .add_params(into)
    )
    text: dict[str, Any] = {
        "align": alt.ExprRef("datum.side ? 'left' : 'right'"),
        "dx": alt.ExprRef(f"datum.side ? {NODE + 5} : -{NODE + 5}"),
        "limit": alt.ExprRef(f"{SIDE} - {NODE + 9}"),
        "baseline": "middle",
        "fontSize": 11,
    }
    middle = alt.Y(field="middle", type="quantitative")
    # The name alone where the picture is narrow; the amount is in the tooltip and in the table.
    words = alt.ExprRef("room < 560 ? datum.short : datum.short + ' ' + datum.amount_words")
    names = nodes.mark_text(text=words, tooltip=None, **text).encode(
        x=x, y=middle, opacity=alt.condition(
            f"{quiet} || {chosen}", alt.value(1), alt.value(0.55)
        )
    )  # fmt: skip
    return _spec.template(
        [known, unknown, boxes, names],
        mode=mode,
        width=width,
        height=HEIGHT,
        left=0,
        below=10,
        calculate={"hue": "palette[datum.colour]"},
    )


def _title(
    sources: Mapping[str, float], targets: Mapping[str, float], by: str, unknown: float, told: _told.Told
) -> str:
    everything = sum(sources.values())
    if everything <= 0:
        return "No amount is known for any of these rounds"
    named = {g: a for g, a in sources.items() if g != "unknown" and not g.endswith(" others")}
    # A rest of many is nobody: the largest one is meant, where there is one.
    taker = max([g for g in targets if not g.endswith(" others")] or targets, key=lambda g: targets[g])
    share = theme.share(100 * targets[taker] / everything)
    raised = "" if told.statuses == ("closed",) else f" {told.raised}"
    tail = f"{theme.label(taker)} {told.did('took')} {share} of {theme.money(everything)}{raised}"
    if not named:
        return f"{tail}, from investors nobody named"
    giver = max(named, key=lambda g: named[g])
    if unknown > named[giver]:
        return f"{tail}; for {theme.money(unknown)} of all the money the {SOURCES.get(by, by)} is unknown"
    return f"{theme.label(giver)} {told.did('put in')} the most, about {theme.money(named[giver])}; {tail}"


@_spec.signed
def sankey(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    by: str = "investor",
    most: int = 14,
    focus: str = "",
    n: str | None = None,
) -> alt.LayerChart:
    """Draw ribbons from investors to start-ups, as wide as the money; hover highlights one side's ribbons.

    Parameters
    ----------
    frame
        The column named by `by` (null: unknown), `startup`, `amount_usd_m` (null: unknown), and where there are
        `amount_low_usd_m`, `amount_high_usd_m`, `stated_usd_m`, `rounds`. Rows of one pair are added. Pairs of unknown
        amount have no width: the footer counts them.
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
    by
        Column of the left side: `investor`, `investor_type` or `country_group`.
    most
        Nodes a side with a place of their own; the rest is drawn together.
    focus
        Name of an investor or start-up whose ribbons stand out without hovering.
    n
        What the footer counts, in words; without it, investors and start-ups.

    Returns
    -------
    alt.LayerChart
        Data set `rows` (a row a ribbon and a node; places are parts of the height); parameters `title`, `subtitle`,
        `footer`, `message`, `focus`.

    Notes
    -----
    A ribbon's edge is a smooth step: y = from + (into - from) (3 t^2 - 2 t^3), drawn at 24 points.
    """
    _spec.check_mode(mode)
    _spec.require(frame, (by, *NEEDED), "sankey")
    links: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    sums: tuple[dict[str, float], dict[str, float]] = (defaultdict(float), defaultdict(float))
    told = _told.told(frame)
    dark, seen = 0, (set[str](), set[str]())
    for r in _told.moved(list(frame.iter_rows(named=True))):
        ends = tuple("unknown" if r[c] is None else str(r[c]) for c in (by, "startup"))
        amount = _spec.number(r["amount_usd_m"])
        for side in (0, 1):
            seen[side].add(ends[side])
        if amount is None or amount <= 0:
            dark += 1
            continue
        for side in (0, 1):
            sums[side][ends[side]] += amount
        links[ends[0], ends[1]].append(r)
    places = tuple(nodes(side, most) for side in sums)
    rows, sides = layout(links, places)
    notes = [f"{theme.count(dark, 'pair')} of unknown amount not drawn"] if dark else []
    grain = f"{theme.count(len(seen[0] - {'unknown'}), SOURCES.get(by, by), _plural(by))}, {theme.count(len(seen[1]), 'start-up')}"
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": told.headed(_title(sides[0], sides[1], by, sums[0].get("unknown", 0.0), told))
            if rows
            else theme.EMPTY,
            "subtitle": _spec.with_lens(
                told.of(
                    f"Money {told.raised}, from each {SOURCES.get(by, by)} to each start-up, US$; stated parts and our split of"
                    " the rest. Grey, dashed: nobody named the investor"
                ),
                lens,
            ),
            "footer": _spec.footer(sources, n or grain, version, notes),
            "focus": focus,
        },
    )


def _plural(by: str) -> str:
    return {"investor": "investors", "investor_type": "types of investor", "country_group": "homes"}.get(by, by)
