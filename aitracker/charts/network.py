"""Who invests beside whom: a network laid out here, since Vega-Lite has no force layout."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts._values import short
from aitracker.charts.theme import Mode, Width

ROW: Final = 54  # pixels from one name to the next on a side
SIDE: Final = 104  # pixels kept free for the names on either side
MOST: Final = 24
NEEDED: Final = ("investor_a", "name_a", "type_a", "investor_b", "name_b", "type_b", "startups")

Weights = Mapping[tuple[str, str], float]


def ring_order(weights: Weights) -> list[str]:
    """Order nodes round a ring so that strong ties are short: swaps and turns until none shortens, from a fixed start.

    Parameters
    ----------
    weights
        Strength of the tie of two nodes; the order of the pair means nothing.

    Returns
    -------
    list of str
        The nodes, beginning with the one of the strongest ties. The same for the same ties in any order.
    """
    strength: dict[str, float] = {}
    for (a, b), weight in weights.items():
        strength[a] = strength.get(a, 0.0) + weight
        strength[b] = strength.get(b, 0.0) + weight
    order = sorted(strength, key=lambda k: (-strength[k], k))
    n = len(order)
    ties = sorted((min(p), max(p), w) for p, w in weights.items())

    def length(nodes: Sequence[str]) -> float:
        at = {node: i for i, node in enumerate(nodes)}
        return sum(w * min(abs(at[a] - at[b]), n - abs(at[a] - at[b])) for a, b, w in ties)

    best = length(order)
    for _ in range(n):
        before = best
        for i in range(1, n):
            for j in range(i + 1, n):
                swapped = order.copy()
                swapped[i], swapped[j] = order[j], order[i]
                turned = [*order[:i], *reversed(order[i : j + 1]), *order[j + 1 :]]
                for tried in (swapped, turned):
                    if length(tried) < best - 1e-9:
                        order, best = tried, length(tried)
        if best >= before - 1e-9:
            break
    return order


def oval(order: Sequence[str]) -> dict[str, tuple[float, float, bool]]:
    """Place nodes on an oval, evenly in height, so that the names on either side never meet.

    Returns
    -------
    dict
        For each node: across (-1 to 1), down (0 to 1), and whether its name stands at the right.
    """
    n = len(order)
    right = (n + 1) // 2
    places = {}
    for i, node in enumerate(order):
        on_right = i < right
        count, k = (right, i) if on_right else (n - right, n - 1 - i)
        down = (k + 0.5) / max(count, 1)
        across = math.sqrt(max(0.0, 1 - (2 * down - 1) ** 2))
        across = 0.35 + 0.65 * across
        places[node] = (across if on_right else -across, down, on_right)
    return places


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    ink, muted = theme.INK[mode], theme.MUTED[mode]

    def at(field: str) -> tuple[alt.ExprRef, alt.ExprRef]:
        across = f"width / 2 + datum.{field}x * max(40, width / 2 - {SIDE})"
        return alt.ExprRef(across), alt.ExprRef(f"datum.{field}y * height")

    ties = alt.Chart().transform_filter("datum.kind == 'tie'")
    (x, y), (x2, y2) = at("a"), at("b")
    tips = {
        "a": "Investor",
        "b": "And",
        "startups": "Start-ups that both backed",
        "rounds": "Rounds together",
        "names": "Which",
    }
    lines = ties.mark_rule(
        strokeCap="round",
        stroke=muted,
        strokeWidth=alt.ExprRef("1 + 9 * (datum.startups - 1) / max(1, most)"),
        strokeOpacity=alt.ExprRef("0.2 + 0.6 * datum.startups / max(1, most)"),
    ).encode(
        x=alt.XValue(x),
        y=alt.YValue(y),
        x2=alt.X2Value(x2),
        y2=alt.Y2Value(y2),
        tooltip=[alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()],
    )
    counts = ties.transform_filter("datum.shown").mark_text(
        x=alt.ExprRef(f"({x.expr} + {x2.expr}) / 2"),
        y=alt.ExprRef(f"({y.expr} + {y2.expr}) / 2"),
        text=alt.ExprRef("'' + datum.startups"),
        fontSize=11,
        fontWeight=600,
        fill=ink,
        dy=-9,
        tooltip=None,
    )
    nodes = alt.Chart().transform_filter("datum.kind == 'node'").transform_calculate(hue="palette[datum.colour]")
    x, y = at("a")
    about = {"a": "Investor", "type": "Type", "partners": "Partners here"}
    dots = nodes.mark_point(
        x=x, y=y, shape="circle", size=alt.ExprRef("90 + 22 * datum.partners"), filled=True, opacity=1
    ).encode(
        fill=alt.Fill(field="hue", type="nominal", scale=None),
        tooltip=[alt.Tooltip(field=f, type="nominal", title=t) for f, t in about.items()],
    )
    names = nodes.mark_text(
        x=alt.ExprRef(f"{x.expr} + (datum.right ? 13 : -13)"),
        y=y,
        align=alt.ExprRef("datum.right ? 'left' : 'right'"),
        baseline="middle",
        fontSize=12,
        limit=alt.ExprRef(f"{SIDE} + width / 2 - {SIDE} - abs(datum.ax) * max(40, width / 2 - {SIDE}) - 12"),
        tooltip=None,
    ).encode(text=alt.Text(field="a", type="nominal"))
    # A height is a number or a step of a discrete scale: these unseen marks make the steps.
    steps = (
        nodes.transform_filter("datum.right")
        .mark_point(x=0, opacity=0, tooltip=None, aria=False)
        .encode(y=alt.Y(field="slot", type="ordinal", axis=None))
    )
    layers = [steps, lines, counts, dots, names]
    return _spec.template(layers, mode=mode, width=width, height=alt.Step(ROW), left=0, above="14", below=10)


@_spec.signed
def co_investment(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw which investors backed the same start-ups: thicker lines for more of them, strong ties laid side by side.

    Parameters
    ----------
    frame
        As `aitracker.co_investment` gives it, one row a pair: `investor_a`, `name_a`, `type_a` and the same of `b`,
        `startups` (that both backed), and where there are `rounds` (together) and `names`. At most 24 investors.
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
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `most`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "co_investment")
    pairs = [
        r | {name: short(str(r[name])) for name in ("name_a", "name_b")}
        for r in frame.iter_rows(named=True)
        if (r["startups"] or 0) > 0
    ]
    order = ring_order({(r["investor_a"], r["investor_b"]): float(r["startups"]) for r in pairs})
    if len(order) > MOST:
        raise ValueError(f"at most {MOST} investors can be told apart in a network, not {len(order)}: choose some")
    place = oval(order)
    about = {r[f"investor_{s}"]: (r[f"name_{s}"], r[f"type_{s}"]) for r in pairs for s in "ab"}
    most = max((r["startups"] for r in pairs), default=1)
    rows: list[dict[str, Any]] = []
    for r in sorted(pairs, key=lambda r: (r["startups"], r["investor_a"], r["investor_b"])):
        (ax, ay, _), (bx, by, _) = place[r["investor_a"]], place[r["investor_b"]]
        rows.append(
            {
                "kind": "tie", "a": r["name_a"], "b": r["name_b"], "ax": ax, "ay": ay, "bx": bx, "by": by,
                "startups": r["startups"], "rounds": r.get("rounds"), "names": r.get("names") or "",
                "shown": r["startups"] == most and most > 1,
            }
        )  # fmt: skip
    for slot, key in enumerate(order):
        name, kind = about[key]
        partners = sum(key in (r["investor_a"], r["investor_b"]) for r in pairs)
        # The colour of big tech is Tencent's own here: another of that type takes the neutral one.
        own = theme.ENTITY_SLOTS.get(theme.slug(key)) or theme.ENTITY_SLOTS.get(theme.slug(name))
        ax, ay, right = place[key]
        rows.append(
            {
                "kind": "node", "a": name, "ax": ax, "ay": ay, "right": right, "slot": slot, "partners": partners,
                "type": theme.label(kind or "unknown"),
                "colour": own or (kind if kind in theme.TYPE_COLOURS["light"] and kind != "big-tech" else "others"),
            }
        )  # fmt: skip
    says = theme.EMPTY
    if pairs:
        top = max(pairs, key=lambda r: (r["startups"], -ord(str(r["name_a"])[:1] or " ")))
        says = f"{top['name_a']} and {top['name_b']} backed {theme.count(top['startups'], 'start-up')} in common, the most of any two here"
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": says,
            "subtitle": _spec.with_lens(
                "A line joins two investors that backed the same start-up; the thicker, the more start-ups (closed rounds and"
                " disclosed stakes)",
                lens,
            ),
            "footer": _spec.footer(
                sources, f"{theme.count(len(order), 'investor')}, {theme.count(len(pairs), 'pair')}", version
            ),
            "most": most,
        },
    )
