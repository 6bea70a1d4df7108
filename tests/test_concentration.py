"""Concentration: worked by hand, held to its properties, and the exact interval against brute force."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aitracker as ait

WHOLE = st.floats(0, 1e9, allow_nan=False, allow_subnormal=False).map(lambda x: 0.0 if x < 1e-6 else x)
VECTORS = st.lists(WHOLE, min_size=1, max_size=30).filter(any)
BOXES = st.lists(st.tuples(WHOLE, st.floats(0, 3)), min_size=1, max_size=12).filter(
    lambda box: any(a * (1 + w) > 0 for a, w in box)
)


def ends(box: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [a for a, _ in box], [a * (1 + w) for a, w in box]


def brute(low: list[float], high: list[float]) -> float:
    """The greatest HHI over every vertex of the box."""
    return max(ait.hhi(v) for v in itertools.product(*zip(low, high, strict=True)) if any(v))


def test_by_hand() -> None:
    v = [50, 30, 20]
    assert ait.hhi(v) == pytest.approx(0.38)
    assert ait.effective_number(v) == pytest.approx(1 / 0.38)
    assert ait.top_share(v) == pytest.approx(0.5)
    assert ait.top_share(v, 2) == pytest.approx(0.8)
    assert ait.top_share(v, 9) == pytest.approx(1)
    # Sorted 20, 30, 50: (-2 x 20 + 0 x 30 + 2 x 50) / (3 x 100).
    assert ait.gini(v) == pytest.approx(0.2)
    curve = ait.lorenz(v)
    assert curve["share_value"].to_list() == pytest.approx([0, 0.2, 0.5, 1])
    assert curve["share_positions"].to_list() == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_two_portfolios_by_hand() -> None:
    a, b = [0.5, 0.5, 0], [0.25, 0.25, 0.5]
    assert ait.active_share(a, b) == pytest.approx(0.5)
    assert ait.overlap(a, b) == pytest.approx(0.5)
    # Where only a part is published the overlap is a lower bound, and the active share is not defined.
    assert ait.overlap([0.25, 0.0], [0.5, 0.5]) == pytest.approx(0.25)
    with pytest.raises(ValueError, match="w sums to 0"):
        ait.active_share([0.25, 0.0], [0.5, 0.5])


@pytest.mark.parametrize(
    ("weights", "passes", "above"),
    [
        ([0.10] * 4 + [0.05] * 12, True, 0.4),
        ([0.10] * 5 + [0.05] * 10, False, 0.5),
        ([0.11] + [0.04] * 22 + [0.01], False, 0.11),
        ([1.0] * 20, True, 0.0),
    ],
)
def test_five_ten_forty(weights: list[float], passes: bool, above: float) -> None:
    test = ait.five_ten_forty(weights)
    assert test.passes is passes
    assert test.above_five == pytest.approx(above)
    assert test.largest == pytest.approx(max(weights) / sum(weights))


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ([], "empty"),
        ([1, -1], "negative"),
        ([1, math.nan], "unknown"),
        ([1, None], "unknown"),
        ([1, math.inf], "unknown"),
        ([0, 0], "zero throughout"),
        (["a"], "no number"),
        ("12", "must be a list"),
        (5, "must be a list"),
        (pl.DataFrame({"a": [1], "b": [2]}), "2 columns"),
    ],
)
@pytest.mark.parametrize(
    "function", [ait.hhi, ait.effective_number, ait.top_share, ait.gini, ait.lorenz, ait.five_ten_forty]
)
def test_what_cannot_be_weighed_is_refused(function: Any, bad: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        function(bad)


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        ([1], [1, 2], "one length"),
        ([2], [1], "low is above high"),
        ([0], [0], "zero throughout"),
        ([], [], "empty"),
        ([-1], [1], "negative"),
        ([0], [None], "unknown"),
    ],
)
def test_what_is_no_box_is_refused(low: Any, high: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ait.hhi_bounds(low, high)


@pytest.mark.parametrize("function", [ait.active_share, ait.overlap])
def test_what_cannot_be_compared_is_refused(function: Any) -> None:
    for a, b, says in (
        ([0.5], [0.5, 0.5], "same positions"),
        ([50, 50], [0.5, 0.5], "fractions of one"),
        ([0, 0], [0.5, 0.5], "zero throughout"),
        ([1, -0.1], [0.5, 0.5], "negative"),
    ):
        with pytest.raises(ValueError, match=says):
            function(a, b)


def test_k_must_be_a_count() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ait.top_share([1], 0)


class PandasSeries:
    """What pandas gives and takes, without pandas: `to_list` and a length."""

    def __init__(self, values: list[float]) -> None:
        self.values = values

    def __iter__(self) -> Any:
        return iter(self.values)

    def to_list(self) -> list[float]:
        return self.values


class PandasFrame:
    columns = ("value",)

    def __getitem__(self, name: str) -> PandasSeries:
        assert name == "value"
        return PandasSeries([50.0, 30.0, 20.0])


def test_lists_series_and_frames_are_one() -> None:
    v = [50, 30, 20]
    frame = pl.DataFrame({"value": v})
    given_ = [
        v,
        tuple(v),
        frame,
        frame["value"],
        frame["value"].cast(pl.Float64),
        PandasSeries([50.0, 30, 20]),
        PandasFrame(),
    ]
    assert {ait.hhi(one) for one in given_} == {ait.hhi(v)}


@given(VECTORS)
def test_properties(v: list[float]) -> None:
    held = [x for x in v if x]
    h = ait.hhi(v)
    assert 1 / len(held) - 1e-12 <= h <= 1 + 1e-12, "between all equal and one alone; what is not held does not count"
    assert ait.hhi([x * 7.3 for x in v]) == pytest.approx(h, rel=1e-9), "of any scale"
    assert ait.hhi(v[::-1]) == pytest.approx(h, rel=1e-12), "in any order"
    assert ait.effective_number(v) == pytest.approx(1 / h)
    assert ait.top_share(v, len(v)) == pytest.approx(1)
    assert h <= ait.top_share(v) + 1e-12 <= math.sqrt(h) + 1e-9
    assert 0 <= ait.gini(v) <= 1 - 1 / len(v) + 1e-9
    curve = ait.lorenz(v)
    assert curve["share_value"].is_sorted()
    gaps = (curve["share_positions"] - curve["share_value"]).to_list()
    assert min(gaps) >= -1e-9, "never above the diagonal"
    assert ait.gini(v) == pytest.approx(2 * math.fsum(gaps) / len(v), abs=1e-9), "twice the area"


@given(VECTORS, st.randoms())
def test_overlap_is_what_active_share_leaves(v: list[float], dice: random.Random) -> None:
    w = [x / math.fsum(v) for x in v]
    b = w.copy()
    dice.shuffle(b)
    assert ait.overlap(w, b) == pytest.approx(1 - ait.active_share(w, b), abs=1e-9)
    assert ait.overlap(w, w) == pytest.approx(1)


@settings(max_examples=200)
@given(BOXES, st.randoms())
def test_the_interval_is_exact(box: list[tuple[float, float]], dice: random.Random) -> None:
    low, high = ends(box)
    least, most = ait.hhi_bounds(low, high)
    assert most == pytest.approx(brute(low, high), rel=1e-9), "the maximum is the best of all vertices"
    for _ in range(20):
        v = [dice.uniform(a, b) for a, b in zip(low, high, strict=True)]
        if any(v):
            assert least - 1e-9 <= ait.hhi(v) <= most + 1e-9, "no draw is outside"
    assert ait.hhi_bounds([a * 3 for a in low], [b * 3 for b in high]) == pytest.approx((least, most), rel=1e-9)


@given(BOXES)
def test_the_minimum_is_the_fixed_point(box: list[tuple[float, float]]) -> None:
    low, high = ends(box)

    def level(t: float) -> list[float]:
        return [min(max(t, a), b) for a, b in zip(low, high, strict=True)]

    # Found again by halving, without any closed form: t is below its fixed point while t < sum v^2 / sum v.
    left, right = min(x for x in high if x) * 1e-3, max(high)
    for _ in range(200):
        t = (left + right) / 2
        v = level(t)
        left, right = (t, right) if math.fsum(x * (x - t) for x in v) > 0 else (left, t)
    assert ait.hhi_bounds(low, high)[0] == pytest.approx(ait.hhi(level(right)), rel=1e-9)


def test_the_interval_by_hand() -> None:
    # [1, 3] beside a fixed 2: least at 2 and 2; greatest at the end that is farther off, 1/9 + 4/9 = 5/9 against 13/25.
    assert ait.hhi_bounds([1, 2], [3, 2]) == pytest.approx((0.5, 5 / 9))
    # Nothing is known but caps: equal, or one alone.
    assert ait.hhi_bounds([0, 0, 0], [5, 1, 2]) == pytest.approx((1 / 3, 1))
    assert ait.hhi_bounds([4], [9]) == (1, 1)
    assert ait.hhi_bounds([5, 3, 2], [5, 3, 2]) == pytest.approx((0.38, 0.38))


def test_the_greatest_where_no_threshold_finds_it() -> None:
    """Intervals around one middle: which ends add up to the right sum is a puzzle, not a matter of order."""
    dice = random.Random(7)  # noqa: S311
    missed = 0
    for _ in range(60):
        half = [dice.random() / 2 for _ in range(9)]
        low, high = [0.5 - d for d in half], [0.5 + d for d in half]
        order = sorted(range(9), key=lambda i: -(low[i] + high[i]))
        cut = max(ait.hhi([high[i] if i in order[:k] else low[i] for i in range(9)]) for k in range(10))
        most = ait.hhi_bounds(low, high)[1]
        assert most == pytest.approx(brute(low, high), rel=1e-12)
        missed += most > cut + 1e-9
    assert missed > 10, "an ordering alone would not do"


def test_many_positions_at_once() -> None:
    dice = random.Random(3)  # noqa: S311
    low = [dice.random() for _ in range(200)]
    high = [a + dice.random() for a in low]
    least, most = ait.hhi_bounds(low, high)
    for _ in range(200):
        assert least <= ait.hhi([dice.choice(pair) for pair in zip(low, high, strict=True)]) <= most
