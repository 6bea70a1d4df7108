"""Where the nodes and ribbons of a flow diagram lie: places are parts of the diagram's height."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aitracker.charts import _spec, theme

HEIGHT: Final = 560
SLOT: Final = 16  # pixels that a label needs


def layout(
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


def nodes(sums: Mapping[str, float], most: int) -> dict[str, str]:
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
