"""Exact intervals of shares, overlap and active share when values are known as intervals only: pure functions on vectors."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from aitracker.concentration.vectors import Vector, intervals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["active_share_bounds", "gini_bounds", "overlap_bounds", "top_share_bounds"]

_TRIED = 9
"""Shared positions up to which every set of them is tried; above, a mixed-integer program finds the least overlap."""


def overlap_bounds(a_low: Vector, a_high: Vector, b_low: Vector, b_high: Vector) -> tuple[float, float]:
    r"""Exact interval of what two portfolios have in common when the values of their positions are intervals.

    The weights ``w = a / sum(a)``, ``x = b / sum(b)`` of all values in the boxes are those with ``t l <= w <= t u``,
    ``sum(w) = 1``, ``t >= 0``: a polytope. **Maximum.** ``sum(min(w_i, x_i))`` is concave, so its maximum over both
    polytopes is a linear program: ``max sum(z)``, ``z <= w``, ``z <= x``. **Minimum.** ``sum(min(w_i, x_i))`` is the least of
    ``w(not S) + x(S)`` over the sets S of positions. For one set the two terms do not touch each other, and their least
    values are ``l_a(not S) / (l_a(not S) + u_a(S))`` and ``l_b(S) / (l_b(S) + u_b(not S))``. Only positions that both may
    hold are in doubt: what A alone holds belongs in S, what B alone holds out of it. All sets are tried where these are
    few; else the same minimum is a mixed-integer program with a binary for each of them.

    Parameters
    ----------
    a_low, a_high, b_low, b_high : vector
        Ends of the values of A's and of B's positions, position by position, of any scale; 0 <= low <= high. A high end may
        be infinite: nothing bounds the position.

    Returns
    -------
    tuple of float
        Least and greatest overlap, 0 to 1. Where a high end is infinite an end may be a limit that is not reached.

    Raises
    ------
    ValueError
        When a vector is empty or holds a negative, a null or a NaN, when the lengths differ, when a low end is above its
        high end, or when all high ends of a portfolio are zero.

    Notes
    -----
    Solver of the programs: HiGHS (Huangfu & Hall, Mathematical Programming Computation 10, 2018).
    """
    a, b = _scaled(a_low, a_high, "a"), _scaled(b_low, b_high, "b")
    if len(a[0]) != len(b[0]):
        message = f"a and b must name the same positions: {len(a[0])} and {len(b[0])} intervals"
        raise ValueError(message)
    # What is exact on both sides needs no program; nor does what nobody can share.
    both = [i for i in range(len(a[0])) if a[1][i] > 0 and b[1][i] > 0]
    if not both:
        return 0.0, 0.0
    if a[0] == a[1] and b[0] == b[1]:
        mine, yours = math.fsum(a[0]), math.fsum(b[0])
        one = min(1.0, math.fsum(min(x / mine, y / yours) for x, y in zip(a[0], b[0], strict=True)))
        return one, one
    low = _least(a, b, both) if len(both) <= _TRIED else _program(a, b, both, least=True)
    high = _program(a, b, both, least=False)
    low, high = min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)
    return min(low, high), max(low, high)


def active_share_bounds(w_low: Vector, w_high: Vector, b_low: Vector, b_high: Vector) -> tuple[float, float]:
    """Exact interval of the active share, ``1 - overlap``, when the values of the positions are intervals.

    Parameters
    ----------
    w_low, w_high, b_low, b_high : vector
        Ends of the values of the holder's and of the benchmark's positions; see :func:`aitracker.overlap_bounds`.

    Returns
    -------
    tuple of float
        Least and greatest active share, 0 to 1. Errors as :func:`aitracker.overlap_bounds`.

    Notes
    -----
    With weights that sum to one ``1/2 sum(abs(w_i - b_i)) = 1 - sum(min(w_i, b_i))``.
    """
    low, high = overlap_bounds(w_low, w_high, b_low, b_high)
    return 1 - high, 1 - low


_Box = tuple[list[float], list[float]]


def _scaled(low: Vector, high: Vector, name: str) -> _Box:
    """The intervals, scaled so that the largest finite end is one."""
    lows, highs = intervals(low, high, f"{name}_low", f"{name}_high")
    scale = max((end for end in (*lows, *highs) if math.isfinite(end)), default=0.0) or 1.0
    return [end / scale for end in lows], [end / scale for end in highs]


def _least(a: _Box, b: _Box, both: Sequence[int]) -> float:
    """Least overlap: every set of the positions that both may hold."""
    rest = [i for i in range(len(a[0])) if i not in set(both)]
    alone_a, alone_b = math.fsum(a[1][i] for i in rest), math.fsum(b[1][i] for i in rest)
    least = 1.0
    for chosen in itertools.product((False, True), repeat=len(both)):
        inside = [i for i, taken in zip(both, chosen, strict=True) if taken]
        outside = [i for i, taken in zip(both, chosen, strict=True) if not taken]
        first = _part(sum(a[0][i] for i in outside), alone_a + sum(a[1][i] for i in inside))
        second = _part(sum(b[0][i] for i in inside), alone_b + sum(b[1][i] for i in outside))
        least = min(least, first + second)
    return least


def _part(mine: float, others: float) -> float:
    """Least share of positions at their low ends beside others at their high ends; all of it where there are no others."""
    return 1.0 if not others else 0.0 if math.isinf(others) else mine / (mine + others)


def _program(a: _Box, b: _Box, both: Sequence[int], *, least: bool) -> float:
    """Greatest overlap as a linear program; the least as one with a binary for each position that both may hold."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]  # a quarter of a second, where it is needed only
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

    n, k = len(a[0]), len(both)
    size = 2 * n + 2 + 2 * k  # weights of A and B, their scales, the common parts, the sets
    cells: list[tuple[int, int, float]] = []
    lower: list[float] = []
    upper: list[float] = []

    def row(entries: dict[int, float], low: float, high: float) -> None:
        cells.extend((len(lower), column, value) for column, value in entries.items())
        lower.append(low)
        upper.append(high)

    for start, scale, (lows, highs) in ((0, 2 * n, a), (n, 2 * n + 1, b)):
        row({start + i: 1.0 for i in range(n)}, 1, 1)
        for i in range(n):
            row({start + i: 1.0, scale: -lows[i]}, 0, math.inf)
            if math.isfinite(highs[i]):
                row({start + i: 1.0, scale: -highs[i]}, -math.inf, 0)
    for j, i in enumerate(both):
        common, chosen = 2 * n + 2 + j, 2 * n + 2 + k + j
        if least:
            row({common: 1.0, i: -1.0, chosen: 1.0}, 0, math.inf)
            row({common: 1.0, n + i: -1.0, chosen: -1.0}, -1, math.inf)
        else:
            row({common: 1.0, i: -1.0}, -math.inf, 0)
            row({common: 1.0, n + i: -1.0}, -math.inf, 0)
    before = 2 * n + 2
    cost = [0.0] * before + [1.0 if least else -1.0] * k + [0.0] * k
    whole = [0] * (before + k) + [1 if least else 0] * k
    top = [1.0] * (2 * n) + [math.inf] * 2 + [1.0] * (2 * k)
    rows, columns, values = zip(*cells, strict=True)
    matrix = csr_array((values, (rows, columns)), shape=(len(lower), size))
    found = milp(
        cost, constraints=LinearConstraint(matrix, lower, upper), bounds=Bounds(0, top), integrality=whole,
        options={"mip_rel_gap": 0.0},
    )  # fmt: skip
    if found.fun is None:
        message = f"the program of the overlap has no solution: {found.message}"
        raise ValueError(message)
    return abs(float(found.fun))


def top_share_bounds(low: Vector, high: Vector, k: int = 1) -> tuple[float, float]:
    """Exact interval of the sum of the ``k`` largest weights.

    **Maximum.** k positions at their high ends, the rest at their low ones. ``share > c`` for some choice if and only if the
    k largest of ``(1 - c) u_i + c l_i`` exceed ``c sum(l)``; c is raised to the share of that choice until it no longer
    grows (Dinkelbach, Management Science 13, 1967). **Minimum.** Of all vectors of one sum in the box ``clip(t, l, u)`` is
    the most equal (it is majorised by every other), so the minimum lies on that path; between two ends of intervals the sum
    of the k largest and the sum of all are linear in t, their ratio monotone: an end of an interval is the place.

    Parameters
    ----------
    low, high : vector
        Ends of the values, of one length; a high end may be infinite.
    k : int
        How many.

    Returns
    -------
    tuple of float
        0 to 1. Errors as :func:`aitracker.overlap_bounds`.
    """
    lows, highs = intervals(low, high, "low", "high")
    least = min(math.fsum(v[:k]) / math.fsum(v) for v in _evened(lows, highs))
    if any(map(math.isinf, highs)) or not any(lows):
        return min(least, 1.0), 1.0
    share = -1.0
    while True:
        c = max(share, 0.0)
        order = sorted(range(len(lows)), key=lambda i: (-((1 - c) * highs[i] + c * lows[i]), i))
        top = math.fsum(highs[i] for i in order[:k])
        found = top / (top + math.fsum(lows[i] for i in order[k:])) if top else 0.0
        if found <= share + 1e-12:
            return min(least, share, 1.0), min(1.0, max(share, least))
        share = found


def gini_bounds(low: Vector, high: Vector) -> tuple[float, float]:
    """Interval of the Gini coefficient: its exact minimum, and a bound that holds above.

    The minimum lies where that of :func:`top_share_bounds` does, since the Gini too grows with inequality and is a ratio of
    two linear functions between ends of intervals. Above, ``G = (n + 1 - 2 sum(c_k)) / n`` with c_k what the k smallest hold
    is taken with each c_k at its own minimum: no values give more, perhaps none give as much.

    Parameters
    ----------
    low, high : vector
        Ends of the values, of one length; a high end may be infinite.

    Returns
    -------
    tuple of float
        0 to 1. Errors as :func:`aitracker.overlap_bounds`.
    """
    lows, highs = intervals(low, high, "low", "high")
    n = len(lows)
    least = min(_gini(v) for v in _evened(lows, highs))
    held = [1 - top_share_bounds(lows, highs, n - k)[1] for k in range(1, n)]
    most = (n + 1 - 2 * (math.fsum(held) + 1)) / n
    return max(0.0, least), min(max(least, most), 1 - 1 / n)


def _evened(low: list[float], high: list[float]) -> Iterator[list[float]]:
    """The most equal values of each sum, largest first, at every end of an interval; the last one stands for infinity."""
    ends = sorted({end for end in (*low, *high) if end > 0 and math.isfinite(end)})
    # Where nothing bounds some of them, these outgrow all others in the limit.
    beyond = [1e9 * (ends[-1] if ends else 1.0)] if any(map(math.isinf, high)) else []
    for t in (*ends, *beyond):
        yield sorted((min(max(t, a), b) for a, b in zip(low, high, strict=True)), reverse=True)


def _gini(falling: Sequence[float]) -> float:
    n = len(falling)
    return math.fsum((n + 1 - 2 * i) * v for i, v in enumerate(falling, 1)) / (n * math.fsum(falling))
