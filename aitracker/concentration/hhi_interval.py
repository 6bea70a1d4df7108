"""The exact interval of the HHI when values are known as intervals only."""

from __future__ import annotations

import bisect
import math
from typing import TYPE_CHECKING

from aitracker.concentration.vectors import Vector, intervals, weights

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["hhi_bounds"]

_GAP = 1e-12
"""The maximum is searched for up to this: what floating-point numbers can tell."""


def hhi_bounds(low: Vector, high: Vector) -> tuple[float, float]:
    r"""Exact interval of the HHI when each value is only known to lie in an interval; no simulation.

    **Minimum.** At ``v_i = clip(t, l_i, u_i)`` with ``t = sum(v**2) / sum(v)``: pulling every value as near as it may come
    to one level t makes them most equal. ``sum over clipped v_i of v_i (v_i - t)`` falls with t, so its root is found
    between two ends of intervals, and there in closed form.

    **Maximum.** ``{v : H(v) <= c}`` is a convex cone (``norm(v) <= sqrt(c) sum(v)``), so H is quasiconvex and greatest at a
    vertex of the box. With x_i = 1 for the upper end, ``H > c`` at a vertex if and only if ``F = sum(v**2) - c sum(v)**2 >
    0``. F is concave in x once each x_i may lie between 0 and 1 (``v_i**2`` being linear in x_i), and its greatest value
    then takes the upper ends in falling order of ``l_i + u_i``, at most one of them in part: a bound that costs one pass.
    Branching on that one position until the bound is not above 0 gives the maximum, to 12 digits.

    Parameters
    ----------
    low, high : vector
        Ends of the intervals, of one length; 0 <= low <= high. A high end may be infinite: then a single position can be
        nearly all there is, and the greatest HHI is the limit 1.

    Returns
    -------
    tuple of float
        Least and greatest HHI over all v with low <= v <= high (v not zero throughout).

    Raises
    ------
    ValueError
        When a vector is empty or holds a negative, a null or a NaN, when the lengths differ, when a low end is above its
        high end, or when all high ends are zero.
    """
    lows, highs = intervals(low, high, "low", "high")
    ends = [end for end in (*lows, *highs) if math.isfinite(end)]
    scale = max(ends) or 1.0
    unbounded = any(map(math.isinf, highs))
    # At the minimum no value is above the level, and no level above the largest end that binds.
    highs = [min(b, scale) for b in highs]
    lows, highs = [a / scale for a in lows], [b / scale for b in highs]
    least = _least_hhi(lows, highs)
    greatest = 1.0 if unbounded else _greatest_hhi(lows, highs)
    return min(least, greatest), greatest


def _least_hhi(low: list[float], high: list[float]) -> float:
    def level(t: float) -> list[float]:
        return [min(max(t, a), b) for a, b in zip(low, high, strict=True)]

    def slope(t: float) -> float:  # falls with t; its root is the level sought
        return math.fsum(v * (v - t) for v in level(t))

    # A level of zero is no portfolio; where all low ends are zero, any level up to the least positive high end will do.
    ends = sorted({end for end in (*low, *high) if end > 0})
    after = bisect.bisect_left(ends, 0.0, key=lambda t: -slope(t))
    if after in {0, len(ends)}:
        return _hhi(level(ends[0] if after == 0 else ends[-1]))
    middle = (ends[after - 1] + ends[after]) / 2
    clipped = [v for v, a, b in zip(level(middle), low, high, strict=True) if not a < middle < b]
    t = math.fsum(v * v for v in clipped) / math.fsum(clipped) if any(clipped) else middle
    return _hhi(level(min(max(t, ends[after - 1]), ends[after])))


def _greatest_hhi(low: list[float], high: list[float]) -> float:
    order = sorted(range(len(low)), key=lambda i: (-(low[i] + high[i]), i))
    low, high = [low[i] for i in order], [high[i] for i in order]
    if not any(low):  # a single position can be all there is
        return 1.0
    # Start from the best vertex of falling l + u: nearly always the answer already.
    best = max(_hhi([*high[:k], *low[k:]]) for k in range(len(low) + 1))
    open_ = [i for i in range(len(low)) if high[i] > low[i]]
    fixed = [v for i, v in enumerate(low) if i not in set(open_)]
    # A node: the ends chosen so far (of positions in no particular order), and the positions left.
    nodes: list[tuple[list[float], Sequence[int]]] = [(fixed, open_)]
    while nodes:
        chosen, left = nodes.pop()
        bound, split, vertex = _relaxed(chosen, left, low, high, best)
        best = max(best, _hhi(vertex))
        if split is None or bound <= _GAP:
            continue
        rest = [i for i in left if i != split]
        nodes += [([*chosen, low[split]], rest), ([*chosen, high[split]], rest)]
    return best


def _relaxed(
    chosen: list[float], left: Sequence[int], low: list[float], high: list[float], c: float
) -> tuple[float, int | None, list[float]]:
    """Greatest F with parts allowed, over the square of the sum; the position in part, if any; and a vertex beside it."""
    total = math.fsum(chosen) + math.fsum(low[i] for i in left)
    squares = math.fsum(v * v for v in chosen) + math.fsum(low[i] ** 2 for i in left)
    split, part = None, 0.0
    vertex = [*chosen, *(low[i] for i in left)]
    for place, i in enumerate(left, len(chosen)):
        width, both = high[i] - low[i], low[i] + high[i]
        # One more unit of sum adds l + u to the squares and takes 2 c (sum) off: stop where it no longer pays.
        part = min(1.0, (both / (2 * c) - total) / width)
        if part <= 0:
            break
        total, squares = total + part * width, squares + part * width * both
        if part < 1:
            split = i
            if part >= 0.5:
                vertex[place] = high[i]
            break
        vertex[place] = high[i]
    return squares / total**2 - c, split, vertex


def _hhi(v: list[float]) -> float:
    return math.fsum(w * w for w in weights(v))
