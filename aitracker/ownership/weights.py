"""What positions are weighed by, and what follows from it: weights, sums and concentration, each with its interval.

Unknown is not zero. A position that cannot be weighed may have any size within its bounds: at the least nothing; at the most
what its stake may be of the start-up's value, where nobody values that of the dearest Chinese start-up of the day (a
convention; a test holds it to the first values that became known later). A cost that nothing bounds may be any. A figure's
interval takes every position over its whole interval. Its point takes the known ones at their points, and is null where those
without one could move it by more than ``MARGIN``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

import polars as pl

from aitracker.concentration.measures import five_ten_forty, gini, hhi, hhi_bounds, top_share
from aitracker.concentration.weight_bounds import gini_bounds, top_share_bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["MARGIN", "WEIGHTINGS", "Box", "Weighting", "Worth", "box", "settled", "sizes", "spread", "weigh", "worth"]

Weighting = Literal["value", "cost", "cash", "count"]
WEIGHTINGS: tuple[Weighting, ...] = get_args(Weighting)

MARGIN: Final = 0.05
"""A point stands as long as what is unknown could move it by no more than this, on a scale from 0 to 1."""


class Box(NamedTuple):
    """Intervals of what positions are weighed by, one after the other; a high end may be infinite."""

    low: list[float]
    high: list[float]

    @property
    def weighs(self) -> bool:
        """Whether any of them can weigh something."""
        return any(self.high)


def sizes(frame: pl.DataFrame, weighting: Weighting) -> pl.Series:
    """What the positions are weighed by; null where that is unknown."""
    if weighting == "count":
        return pl.Series("weight", [1.0] * frame.height, dtype=pl.Float64)
    return frame[f"{weighting}_usd_m"]


def box(frame: pl.DataFrame, weighting: Weighting, *, known: bool = False) -> Box:
    """Intervals of what the positions are weighed by; ``known``: those that have a point stay at it."""
    points = sizes(frame, weighting).to_list()
    if weighting == "count":
        return Box(points, points)
    ends = frame["most_usd_m"] if weighting == "value" else frame[f"{weighting}_high_usd_m"]
    low, high = [], []
    for point, least, most in zip(points, frame[f"{weighting}_low_usd_m"], ends, strict=True):
        if point is None:
            low.append(0.0)
            high.append(math.inf if most is None else most)
        elif known:
            low.append(point)
            high.append(point)
        else:
            low.append(point if least is None else min(least, point))
            high.append(math.inf if most is None else max(most, point))
    return Box(low, high)


def settled(point: float | None, ends: tuple[float, float]) -> float | None:
    """The point, unless what is unknown could move it by more than ``MARGIN``."""
    return None if point is None or max(point - ends[0], ends[1] - point) > MARGIN else point


def weigh(frame: pl.DataFrame, weighting: Weighting) -> pl.DataFrame:
    """Give positions their weights and the intervals of these, largest first."""
    size, (low, high) = sizes(frame, weighting), box(frame, weighting)
    total = size.sum()
    weight = size / total if total else pl.Series("weight", [None] * frame.height, dtype=pl.Float64)
    ends = [_weight_ends(low, high, i) for i in range(frame.height)]
    return frame.with_columns(
        weight=weight,
        weight_low=pl.Series([end[0] for end in ends], dtype=pl.Float64),
        weight_high=pl.Series([end[1] for end in ends], dtype=pl.Float64),
    ).sort("weight", "weight_high", "startup_id", descending=[True, True, False], nulls_last=True)


def _weight_ends(low: Sequence[float], high: Sequence[float], place: int) -> tuple[float | None, float | None]:
    """Least and greatest weight of one position: it at one end, all others at the other."""
    if not any(high):
        return None, None
    others_low = math.fsum(v for i, v in enumerate(low) if i != place)
    others_high = math.fsum(v for i, v in enumerate(high) if i != place)
    least = low[place] / (low[place] + others_high) if math.isfinite(others_high) and low[place] + others_high else 0.0
    if not others_high:  # all the others are nothing, whatever they are
        least = 1.0
    mine = high[place]
    return least, 1.0 if math.isinf(mine) else mine / (mine + others_low) if mine else 0.0


class Worth(NamedTuple):
    """What positions are worth together: what is known, the interval of all, and on how many of how many it rests."""

    known: float
    low: float
    high: float | None
    dark: float | None  # the most that those without a value may add
    rests_on: int
    rests_of: int

    def over(self, whole: float | None, scale: float = 100.0) -> tuple[float | None, float | None, float | None]:
        """Share of a whole as point and ends; the point is null where the unknown could move it by more than ``MARGIN``."""
        if not whole:
            return None, None, None
        low, high = self.low / whole, None if self.high is None else self.high / whole
        point = self.known / whole
        loose = self.dark is None or self.dark / whole > MARGIN
        return None if loose else scale * point, scale * low, None if high is None else scale * high


def worth(rows: Sequence[Mapping[str, Any]]) -> Worth:
    """What positions are worth together."""
    known = [row for row in rows if row["value_usd_m"] is not None]
    dark = [row["most_usd_m"] for row in rows if row["value_usd_m"] is None]
    most = None if None in dark else math.fsum(dark)
    return Worth(
        math.fsum(row["value_usd_m"] for row in known),
        math.fsum(row["value_low_usd_m"] or 0.0 for row in rows),
        None if most is None else most + math.fsum(row["value_high_usd_m"] or 0.0 for row in known),
        most,
        len(known),
        len(rows),
    )


def spread(frame: pl.DataFrame, weighting: Weighting) -> dict[str, Any]:
    """Concentration of some positions, each figure with its interval; nulls where nothing can be weighed."""
    v = [size for size in sizes(frame, weighting) if size is not None]
    out: dict[str, Any] = {"positions": frame.height, "weighted": len(v)}
    whole, known = box(frame, weighting), box(frame, weighting, known=True)
    if not whole.weighs:
        return out
    some = sum(v) > 0

    def figure(
        name: str, unit: str, point: Callable[[list[float]], float], ends: Callable[..., Any], *more: Any
    ) -> None:
        scale = 100 if unit else 1
        low, high = ends(*whole, *more)
        value = settled(point(v), ends(*known, *more)) if some else None
        out[f"{name}{unit}"] = None if value is None else scale * value
        out[f"{name}_low{unit}"], out[f"{name}_high{unit}"] = scale * low, scale * high

    figure("hhi", "", hhi, hhi_bounds)
    out["effective_number"] = None if out["hhi"] is None else 1 / out["hhi"]
    out["effective_low"], out["effective_high"] = 1 / out["hhi_high"], 1 / out["hhi_low"]
    for k in (1, 3):
        figure(f"top_{k}", "_pct", lambda v, k=k: top_share(v, k), top_share_bounds, k)  # type: ignore[misc]
    figure("gini", "", gini, gini_bounds)
    out["five_ten_forty"] = _tested(known, v)
    if some and out["five_ten_forty"] is not None and None not in (out["hhi"], out["top_1_pct"]):
        out["above_5_pct"] = 100 * five_ten_forty(v).above_five
    return out


_FEWEST = 16  # four positions of 10 % and twelve of 5 % are the fewest that pass the test


def _tested(known: Box, v: list[float]) -> bool | None:
    """Outcome of the 5/10/40 test; None where the positions without a weight could change it."""
    if len(v) == len(known.low) and sum(v) > 0:
        return five_ten_forty(v).passes
    if len(known.high) < _FEWEST or top_share_bounds(*known, 1)[0] > 0.10:
        return False
    most = [_weight_ends(*known, i)[1] or 0.0 for i in range(len(known.low))]
    if max(most) <= 0.10 and math.fsum(w for w in most if w > 0.05) <= 0.40:
        return True
    return None
