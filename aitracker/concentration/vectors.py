"""What the pure functions take: a list, a tuple, a Polars or pandas Series, or a frame of one column."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

__all__ = ["Vector", "intervals", "numbers", "weights"]

Vector: TypeAlias = Any
"""A list, a tuple, a Polars or pandas Series, or a frame of one column."""


def numbers(v: Vector, name: str, *, unbounded: bool = False) -> list[float]:
    """Whatever was given as a list of finite numbers not below zero; infinite ones too where nothing need bound them."""
    if getattr(v, "columns", None) is not None:  # a frame, of Polars or of pandas
        if len(v.columns) != 1:
            message = f"{name} must be one vector; this frame has {len(v.columns)} columns, select one"
            raise ValueError(message)
        v = v[v.columns[0]]
    if isinstance(v, (str, bytes)) or not hasattr(v, "__iter__"):
        message = f"{name} must be a list, a Series or a frame of one column, not {type(v).__name__}"
        raise ValueError(message)
    values = list(v.to_list() if hasattr(v, "to_list") else v)
    if not values:
        message = f"{name} is empty: there is nothing to weigh"
        raise ValueError(message)
    found = []
    for place, value in enumerate(values):
        try:
            number = math.nan if value is None else float(value)
        except (TypeError, ValueError):
            message = f"{name} holds {value!r} at place {place}, which is no number"
            raise ValueError(message) from None
        if not (math.isfinite(number) or (unbounded and number == math.inf)):
            message = f"{name} holds {value!r} at place {place}: drop what is unknown, or give it an interval"
            raise ValueError(message)
        if number < 0:
            message = f"{name} holds {number:g} at place {place}: a position cannot be negative"
            raise ValueError(message)
        found.append(number)
    return found


def weights(v: Vector, name: str = "v") -> list[float]:
    """The vector scaled to a sum of one."""
    values = numbers(v, name)
    largest = max(values)
    if largest == 0:
        message = f"{name} is zero throughout: there is nothing to weigh"
        raise ValueError(message)
    scaled = [number / largest for number in values]  # so that very large and very small numbers survive squaring
    total = math.fsum(scaled)
    return [number / total for number in scaled]


def intervals(low: Vector, high: Vector, low_name: str, high_name: str) -> tuple[list[float], list[float]]:
    """Two vectors as the ends of intervals of one length; a high end may be infinite, some must be above zero."""
    lows, highs = numbers(low, low_name), numbers(high, high_name, unbounded=True)
    if len(lows) != len(highs):
        message = f"{low_name} and {high_name} must be of one length, not {len(lows)} and {len(highs)}"
        raise ValueError(message)
    for place, (a, b) in enumerate(zip(lows, highs, strict=True)):
        if a > b:
            message = f"{low_name} is above {high_name} at place {place}: {a:g} > {b:g}"
            raise ValueError(message)
    if not any(highs):
        message = f"{high_name} is zero throughout: there is nothing to weigh"
        raise ValueError(message)
    return lows, highs
