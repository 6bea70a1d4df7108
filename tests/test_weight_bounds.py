"""Intervals of overlap, active share and top weights: against hand-worked cases and against many points of the box."""

from __future__ import annotations

import itertools
import math
import random

import pytest

import aitracker as ait
from aitracker.concentration import weight_bounds
from aitracker.concentration.weight_bounds import gini_bounds, top_share_bounds

Box = tuple[list[float], list[float]]
DRAWN = range(40)


def drawn(seed: int, n: int) -> Box:
    """A box of intervals, some of them points, some at zero."""
    draw = random.Random(seed)  # noqa: S311 - a fixed draw for a test
    low = [draw.choice([0.0, draw.random()]) for _ in range(n)]
    high = [a + draw.choice([0.0, 2 * draw.random()]) for a in low]
    high[draw.randrange(n)] += 1.0
    return low, high


def inside(box: Box, seed: int, count: int = 60) -> list[list[float]]:
    """Points of a box: its vertices, and some between them; those that weigh nothing are left out."""
    draw = random.Random(seed)  # noqa: S311
    points = [list(v) for v in itertools.product(*zip(*box, strict=True))]
    points += [[draw.uniform(a, b) for a, b in zip(*box, strict=True)] for _ in range(count)]
    return [v for v in points if sum(v) > 0]


def common(a: list[float], b: list[float]) -> float:
    return sum(min(x / sum(a), y / sum(b)) for x, y in zip(a, b, strict=True))


def test_by_hand() -> None:
    # A holds x alone and perhaps up to as much of y; B holds y alone: half of A at most.
    assert ait.overlap_bounds([1, 0], [1, 1], [0, 1], [0, 1]) == pytest.approx((0, 0.5))
    # Both hold both, B in equal parts; A's y is between a third of its x and three times it.
    assert ait.overlap_bounds([1, 1 / 3], [1, 3], [1, 1], [1, 1]) == pytest.approx((0.75, 1))
    # Nothing bounds A's y: it may be all of A, or nothing.
    assert ait.overlap_bounds([1, 0], [1, math.inf], [1, 0], [1, 0]) == pytest.approx((0, 1))
    assert ait.overlap_bounds([1, 0], [2, 0], [0, 1], [0, 5]) == (0, 0), "nothing is shared, whatever the values"
    assert ait.active_share_bounds([1, 0], [1, 1], [0, 1], [0, 1]) == pytest.approx((0.5, 1))


def test_known_weights_give_the_point() -> None:
    a, b = [3.0, 1.0, 0.0], [1.0, 1.0, 2.0]
    assert ait.overlap_bounds(a, a, b, b) == pytest.approx((0.5, 0.5))
    assert ait.overlap([v / 4 for v in a], [v / 4 for v in b]) == pytest.approx(0.5)


@pytest.mark.parametrize("seed", DRAWN)
def test_no_values_in_the_boxes_leave_the_interval(seed: int) -> None:
    n = 1 + seed % 5
    a, b = drawn(seed, n), drawn(1000 + seed, n)
    low, high = ait.overlap_bounds(*a, *b)
    found = [common(x, y) for x in inside(a, seed) for y in inside(b, seed)[:50]]
    assert low - 1e-7 <= min(found)
    assert max(found) <= high + 1e-7
    corners = [common(x, y) for x in inside(a, seed, 0) for y in inside(b, seed, 0)]
    assert min(corners) == pytest.approx(low, abs=1e-7), "the least overlap is that of two corners"


@pytest.mark.parametrize("seed", DRAWN[:15])
def test_the_program_finds_what_trying_all_sets_finds(seed: int) -> None:
    n = 2 + seed % 5
    a, b = drawn(seed, n), drawn(1000 + seed, n)
    both = [i for i in range(n) if a[1][i] > 0 and b[1][i] > 0]
    tried = weight_bounds._least(a, b, both)
    assert weight_bounds._program(a, b, both, least=True) == pytest.approx(tried, abs=1e-6)


@pytest.mark.parametrize("seed", DRAWN[:15])
def test_a_wider_interval_never_gives_a_narrower_one(seed: int) -> None:
    a, b = drawn(seed, 4), drawn(1000 + seed, 4)
    before = ait.overlap_bounds(*a, *b)
    dark = ([*a[0], 0.0], [*a[1], math.inf]), ([*b[0], 0.0], [*b[1], 0.0])
    after = ait.overlap_bounds(*dark[0], *dark[1])
    assert after[0] <= before[0] + 1e-9, "a position nobody can weigh may take all weight from what is shared"
    assert after[1] >= before[1] - 1e-9


@pytest.mark.parametrize("seed", DRAWN)
def test_top_weights_and_gini_stay_within_their_bounds(seed: int) -> None:
    box = drawn(seed, 2 + seed % 4)
    points = inside(box, seed)
    for k in (1, 2):
        low, high = top_share_bounds(*box, k)
        found = [ait.top_share(v, k) for v in points]
        assert low - 1e-9 <= min(found)
        assert max(found) == pytest.approx(high, abs=1e-9), "the greatest is that of a corner"
    low, high = gini_bounds(*box)
    found = [ait.gini(v) for v in points]
    assert low - 1e-9 <= min(found)
    assert max(found) <= high + 1e-9


def test_the_most_equal_values_by_hand() -> None:
    # 4, and one that may be 0 to 2: at least two thirds; all of it where the other is nothing.
    assert top_share_bounds([4, 0], [4, 2], 1) == pytest.approx((2 / 3, 1))
    assert gini_bounds([4, 0], [4, 2]) == pytest.approx((1 / 6, 1 / 2))
    assert top_share_bounds([1, 0], [1, math.inf], 1) == pytest.approx((0.5, 1))
    assert ait.hhi_bounds([1, 0], [1, math.inf]) == pytest.approx((0.5, 1))
    assert ait.hhi_bounds([0, 0, 0], [math.inf, 1, 1]) == pytest.approx((1 / 3, 1))


@pytest.mark.parametrize(
    ("boxes", "says"),
    [
        (([1], [1], [1, 2], [1, 2]), "a and b must name the same positions: 1 and 2 intervals"),
        (([2], [1], [1], [1]), "a_low is above a_high at place 0: 2 > 1"),
        (([0], [0], [1], [1]), "a_high is zero throughout"),
        (([math.inf], [math.inf], [1], [1]), "a_low holds inf at place 0"),
        (([1], [math.nan], [1], [1]), "a_high holds nan at place 0"),
        (([1], [None], [1], [1]), "a_high holds None at place 0"),
        (([], [], [1], [1]), "a_low is empty"),
        (([-1], [1], [1], [1]), "a_low holds -1 at place 0"),
        ((1, [1], [1], [1]), "a_low must be a list"),
        (([1], [1, 2], [1], [1]), "a_low and a_high must be of one length, not 1 and 2"),
    ],
)
@pytest.mark.parametrize("call", [ait.overlap_bounds, ait.active_share_bounds])
def test_what_is_no_box_is_refused(call, boxes, says) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=says):
        call(*boxes)
