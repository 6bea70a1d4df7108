"""How concentrated a set of positions is: pure functions on vectors, and the exact interval of the HHI.

A vector is a list, a tuple, a Polars or pandas Series, or a frame of one column. Nothing here knows the dataset.
The interval, :func:`hhi_bounds`, has a module of its own.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import polars as pl

from aitracker.concentration.hhi_interval import hhi_bounds
from aitracker.concentration.vectors import Vector, numbers, weights

__all__ = [
    "FiveTenForty",
    "active_share",
    "effective_number",
    "five_ten_forty",
    "gini",
    "hhi",
    "hhi_bounds",
    "lorenz",
    "overlap",
    "top_share",
]

_SLACK = 1e-9
"""Weights are taken to sum to one within this."""


class FiveTenForty(NamedTuple):
    """Outcome of the 5/10/40 test: ``passes``, the ``largest`` weight, and the sum of the weights ``above_five`` per cent."""

    passes: bool
    largest: float
    above_five: float


def hhi(v: Vector) -> float:
    """Herfindahl-Hirschman index: the sum of squared weights.

    Parameters
    ----------
    v : vector
        Values or weights, of any scale: ``H = sum(v_i**2) / sum(v_i)**2``.

    Returns
    -------
    float
        Between 1/n (all equal) and 1 (one position); times 10,000 on the scale that regulators print.

    Raises
    ------
    ValueError
        When ``v`` is empty, zero throughout, or holds a negative, a null or a NaN.

    Notes
    -----
    Hirschman, National Power and the Structure of Foreign Trade (1945); Herfindahl, Concentration in the Steel Industry
    (1950). The bands that antitrust authorities use belong to market shares, not to portfolios.
    """
    return math.fsum(w * w for w in weights(v))


def effective_number(v: Vector) -> float:
    """Effective number of positions: ``1 / HHI``, so many equal positions would be as concentrated.

    Parameters
    ----------
    v : vector
        Values or weights, of any scale.

    Returns
    -------
    float
        Between 1 and the number of positions. Errors as :func:`hhi`.

    Notes
    -----
    Adelman, Review of Economics and Statistics 51 (1969), "numbers equivalent"; the Hill number of order two.
    """
    return 1 / hhi(v)


def top_share(v: Vector, k: int = 1) -> float:
    """Sum of the ``k`` largest weights.

    Parameters
    ----------
    v : vector
        Values or weights, of any scale.
    k : int
        How many; with k at or above the number of positions it is 1.

    Returns
    -------
    float
        0 to 1. Errors as :func:`hhi`, and when ``k`` is below one.
    """
    if k < 1:
        message = f"k must be at least 1, not {k!r}"
        raise ValueError(message)
    return min(1.0, math.fsum(sorted(weights(v), reverse=True)[:k]))


def gini(v: Vector) -> float:
    """Gini coefficient of the positions' values: twice the area between the Lorenz curve and the diagonal.

    With the values in ascending order, ``G = sum((2i - n - 1) v_i) / (n sum(v))``, i from 1 to n.

    Parameters
    ----------
    v : vector
        Values or weights, of any scale.

    Returns
    -------
    float
        0 (all equal) to 1 - 1/n (one has all). Errors as :func:`hhi`.

    Notes
    -----
    Gini (1912). It does not see how many positions there are: two equal ones give 0.
    """
    own = sorted(weights(v))
    n = len(own)
    return max(0.0, math.fsum((2 * i - n - 1) * w for i, w in enumerate(own, 1)) / n)


def lorenz(v: Vector) -> pl.DataFrame:
    """Lorenz curve: what share of the value the smallest positions hold together.

    Parameters
    ----------
    v : vector
        Values or weights, of any scale.

    Returns
    -------
    polars.DataFrame
        ``share_positions`` and ``share_value``, both 0 to 1, from (0, 0) to (1, 1) in n steps. Errors as :func:`hhi`.

    Notes
    -----
    Lorenz, Publications of the American Statistical Association 9 (1905).
    """
    own = sorted(weights(v))
    n = len(own)
    return pl.DataFrame(
        {
            "share_positions": [i / n for i in range(n + 1)],
            "share_value": [0.0, *itertools.accumulate(own[:-1]), 1.0],
        }
    )


def five_ten_forty(v: Vector) -> FiveTenForty:
    """The 5/10/40 test of European funds: no issuer above 10 %, and those above 5 % not above 40 % together.

    Parameters
    ----------
    v : vector
        Values or weights, of any scale.

    Returns
    -------
    FiveTenForty
        ``passes``, ``largest`` (weight, 0 to 1) and ``above_five`` (sum of the weights above 5 %, 0 to 1). Errors as
        :func:`hhi`.

    Notes
    -----
    Directive 2009/65/EC (UCITS), article 52. Rules for index funds are wider: they may hold up to 20 % of one issuer.
    """
    own = weights(v)
    largest = max(own)
    above = math.fsum(w for w in own if w > 0.05 + _SLACK)
    return FiveTenForty(largest <= 0.10 + _SLACK and above <= 0.40 + _SLACK, largest, above)


def _pair(a: Vector, b: Vector, names: tuple[str, str]) -> tuple[list[float], list[float]]:
    first, second = numbers(a, names[0]), numbers(b, names[1])
    if len(first) != len(second):
        message = f"{names[0]} and {names[1]} must name the same positions: {len(first)} and {len(second)} weights"
        raise ValueError(message)
    for name, own in zip(names, (first, second), strict=True):
        if math.fsum(own) > 1 + _SLACK:
            message = f"{name} sums to {math.fsum(own):g}: give weights as fractions of one"
            raise ValueError(message)
        if not any(own):
            message = f"{name} is zero throughout: there is nothing to compare"
            raise ValueError(message)
    return first, second


def active_share(w: Vector, b: Vector) -> float:
    """How far a holder is from a benchmark: ``1/2 sum(abs(w_i - b_i))``.

    Parameters
    ----------
    w, b : vector
        Weights of holder and benchmark, position by position (0 where one does not hold it), each summing to one.

    Returns
    -------
    float
        0 (the benchmark itself) to 1 (nothing in common).

    Raises
    ------
    ValueError
        As :func:`hhi`; when the lengths differ, or when weights do not sum to one.

    Notes
    -----
    Cremers & Petajisto, Review of Financial Studies 22 (2009).
    """
    first, second = _pair(w, b, ("w", "b"))
    for name, own in (("w", first), ("b", second)):
        if abs(math.fsum(own) - 1) > _SLACK:
            message = f"{name} sums to {math.fsum(own):g}: active share needs all weights, summing to one"
            raise ValueError(message)
    return min(1.0, math.fsum(abs(x - y) for x, y in zip(first, second, strict=True)) / 2)


def overlap(a: Vector, b: Vector) -> float:
    """What two portfolios have in common: ``sum(min(a_i, b_i))`` over the positions of both.

    Parameters
    ----------
    a, b : vector
        Weights, position by position (0 where one does not hold it), each summing to at most one. Where only a part of
        the weights is published the result is a lower bound.

    Returns
    -------
    float
        0 to 1; with full weights it is 1 less the active share.

    Raises
    ------
    ValueError
        As :func:`hhi`; when the lengths differ, or when weights sum to more than one.
    """
    first, second = _pair(a, b, ("a", "b"))
    return min(1.0, math.fsum(min(x, y) for x, y in zip(first, second, strict=True)))
