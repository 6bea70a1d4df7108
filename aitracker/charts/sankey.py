"""Who paid whom: ribbons from investors to start-ups, as wide as the money."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts.theme import Mode, Width

HEIGHT: Final = 560
POINTS: Final = 24  # points on each edge of a ribbon
SLOT: Final = 16  # pixels that a label needs
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


def _nodes(sums: Mapping[str, float], most: int) -> dict[str, str]:
    """Give each name the node it goes to: the largest their own, then one of the rest, then the unknown."""
    known = sorted((g for g in sums if g != "unknown"), key=lambda g: (-sums[g], g))
    top = known if len(known) <= most + 1 else known[:most]
    rest = known[len(top) :]
    return (
        {g: g for g in top}
        | {g: f"{len(rest)} others" for g in rest}
        | ({"unknown": "unknown"} if "unknown" in sums else {})
    )


def _pile(sizes: Sequence[float], scale: float) -> list[tuple[float, float]]:
    """Lay nodes under each other, each in a slot that its label fits in; start and end of each as parts of the height."""
    slots = [max(size * scale, SLOT) for size in sizes]
    gap = min(10.0, (HEIGHT - sum(slots)) / max(len(slots) - 1, 1))
    y = (HEIGHT - sum(slots) - gap * (len(slots) - 1)) / 2
    out = []
    for size, slot in zip(sizes, slots, strict=True):
        start = y + (slot - size * scale) / 2
        out.append((start / HEIGHT, (start + size * scale) / HEIGHT))
        y += slot + gap
    return out


def _scale(sides: Sequence[Sequence[float]]) -> float:
    """Pixels a million: the largest at which both sides, with a label's room for every node, fit into the height."""

    def tall(scale: float, sizes: Sequence[float]) -> float:
        return sum(max(size * scale, SLOT) for size in sizes) + 4 * (len(sizes) - 1)

    low, high = 0.0, HEIGHT / max(*map(sum, sides), 1e-9)
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if all(tall(middle, sizes) <= HEIGHT for sizes in sides) else (low, middle)
    return low


def _title(sources: Mapping[str, float], targets: Mapping[str, float], by: str, unknown: float) -> str:
    everything = sum(sources.values())
    if everything <= 0:
        return "No amount is known for any of these rounds"
    named = {g: a for g, a in sources.items() if g != "unknown" and not g.endswith(" others")}
    taker = max(targets, key=lambda g: targets[g])
    share = theme.share(100 * targets[taker] / everything)
    tail = f"{theme.label(taker)} took {share} of {theme.money(everything)}"
    if not named:
        return f"{tail}, from investors nobody named"
    giver = max(named, key=lambda g: named[g])
    if unknown > named[giver]:
        return f"{tail}; for {theme.money(unknown)} of all the money the {SOURCES.get(by, by)} is unknown"
    return f"{theme.label(giver)} put in the most, about {theme.money(named[giver])}; {tail}"


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
    dark, seen = 0, (set[str](), set[str]())
    for r in frame.iter_rows(named=True):
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
    places = tuple(_nodes(side, most) for side in sums)
    rows, sides = _layout(links, places)
    notes = [f"{theme.count(dark, 'pair')} of unknown amount not drawn"] if dark else []
    grain = f"{theme.count(len(seen[0] - {'unknown'}), SOURCES.get(by, by), _plural(by))}, {theme.count(len(seen[1]), 'start-up')}"
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": _title(sides[0], sides[1], by, sums[0].get("unknown", 0.0)) if rows else theme.EMPTY,
            "subtitle": _spec.with_lens(
                f"Money from each {SOURCES.get(by, by)} to each start-up, US$; stated parts and our split of the rest."
                " Grey, dashed: nobody named the investor",
                lens,
            ),
            "footer": _spec.footer(sources, n or grain, version, notes),
            "focus": focus,
        },
    )


def _plural(by: str) -> str:
    return {"investor": "investors", "investor_type": "types of investor", "country_group": "homes"}.get(by, by)


def _layout(
    links: Mapping[tuple[str, str], list[dict[str, Any]]], places: Sequence[Mapping[str, str]]
) -> tuple[list[dict[str, object]], tuple[dict[str, float], dict[str, float]]]:
    """Rows of the ribbons and nodes with their places, and the sum of every node."""
    flows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for (source, target), found in links.items():
        flows[places[0][source], places[1][target]] += found
    size = {pair: sum(_spec.number(r["amount_usd_m"]) or 0.0 for r in found) for pair, found in flows.items()}
    sums: tuple[dict[str, float], dict[str, float]] = (defaultdict(float), defaultdict(float))
    for (source, target), amount in size.items():
        sums[0][source] += amount
        sums[1][target] += amount

    def rank(side: int, name: str) -> tuple[bool, bool, float, str]:
        return (name == "unknown", name.endswith(" others"), -sums[side][name], name)

    order = [sorted(sums[side], key=lambda g, s=side: rank(s, g)) for side in (0, 1)]  # type: ignore[misc]
    if not size:
        return [], sums
    scale = _scale([[sums[side][g] for g in order[side]] for side in (0, 1)])
    spans = [dict(zip(order[side], _pile([sums[side][g] for g in order[side]], scale), strict=True)) for side in (0, 1)]
    top = [g for g in order[0] if not g.endswith(" others")]
    colours = theme.group_colours(top) | {g: "others" for g in order[0] if g.endswith(" others")}
    used = [{g: spans[side][g][0] for g in order[side]} for side in (0, 1)]
    rows: list[dict[str, object]] = []
    for source in order[0]:
        for target in order[1]:
            if (source, target) not in size:
                continue
            amount = size[source, target]
            wide, found = amount * scale / HEIGHT, flows[source, target]
            start, end = used[0][source], used[1][target]
            used[0][source], used[1][target] = start + wide, end + wide
            low, high, stated = (
                _sum(found, c) for c in ("amount_low_usd_m", "amount_high_usd_m", "stated_usd_m")
            )  # fmt: skip
            rows.append(
                {
                    "part": "ribbon",
                    "link": f"{source}|{target}",
                    "source": source,
                    "target": target,
                    "source_name": theme.label(source),
                    "target_name": theme.label(target),
                    "unknown": source == "unknown",
                    "colour": colours[source],
                    "from0": round(start, 5),
                    "from1": round(start + wide, 5),
                    "into0": round(end, 5),
                    "into1": round(end + wide, 5),
                    "amount_words": theme.money(amount),
                    "interval_words": theme.money_range(low, high),
                    "stated_words": theme.money(stated),
                    "rounds": sum(int(r.get("rounds") or 0) for r in found) or "unknown",
                }
            )
    for side in (0, 1):
        for name in order[side]:
            y0, y1 = spans[side][name]
            rows.append(
                {
                    "part": "node",
                    "side": side,
                    "source" if side == 0 else "target": name,
                    "name": theme.label(name),
                    "short": _short(theme.label(name)),
                    "colour": colours[name] if side == 0 else "unknown",
                    "y0": round(y0, 5),
                    "y1": round(max(y1, y0 + 1 / HEIGHT), 5),
                    "middle": round((y0 + y1) / 2, 5),
                    "amount_words": theme.money(sums[side][name]),
                }
            )
    return rows, sums


def _short(name: str) -> str:
    """Shorten a name to what leaves room for its amount."""
    name = name.split(" (", maxsplit=1)[0]
    return name if len(name) <= 19 else name[:18].rstrip() + "\u2026"


def _sum(rows: Sequence[Mapping[str, object]], column: str) -> float | None:
    known = [v for v in (_spec.number(r.get(column)) for r in rows) if v is not None]
    return sum(known) if known else None
