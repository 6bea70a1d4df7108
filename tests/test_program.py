"""The linear program of a cap table: known companies, brute force, hidden sales, smallest contradictions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitracker.ownership.conflicts import Elastic, conflicts, give
from aitracker.ownership.program import OTHERS, Issue, Program, Said
from aitracker.ownership.program_matrix import unnamed_sale


def near(value):
    return pytest.approx(value, abs=1e-7)


def test_a_round_of_known_size_and_price_gives_the_stake_and_dilutes_the_rest() -> None:
    # a buys a fifth of the company, then b a quarter of it: a keeps 0.2 x 0.75.
    program = Program([Issue("A", 0.2, 0.2, {"a": (0.2, 0.2)}), Issue("B", 0.25, 0.25, {"b": (0.25, 0.25)})], [])
    assert program.bound(["a"], 1)[:2] == near((0.2, 0.2))
    assert program.bound(["a"])[:2] == near((0.15, 0.15))
    assert program.bound(["b"])[:2] == near((0.25, 0.25))
    assert program.bound([OTHERS])[:2] == near((0.6, 0.6))
    assert program.bound(["a", "b", OTHERS])[:2] == near((1.0, 1.0))


def test_a_later_disclosure_narrows_what_was_bought_before_it() -> None:
    # What was bought is not stated; 15 per cent after a dilution by a quarter were 20 before it.
    issues = [Issue("A", 0.1, 0.3, {"a": (0.0, 0.3)}), Issue("B", 0.25, 0.25, {"b": (0.0, 0.25)})]
    assert Program(issues, []).bound(["a"], 1)[:2] == near((0.0, 0.3))
    told = Program(issues, [Said("s", 2, ("a",), 0.15, 0.15)])
    bound = told.bound(["a"], 1)
    assert bound[:2] == near((0.2, 0.2))
    assert "s" in bound.low_facts
    assert "B" in bound.high_facts


def test_two_disclosures_of_others_bound_a_third_holder_from_above() -> None:
    said = [Said("x", 0, ("x",), 0.5, 0.5), Said("y", 0, ("y",), 0.3, 0.3)]
    program = Program([], [*said, Said("all", 0, ("x", "y", "z"), 0.9, 1.0)], entered=dict.fromkeys("xyz", 0))
    assert program.bound(["z"])[:2] == near((0.1, 0.2))


def test_a_group_and_its_affiliates_bound_the_one_that_is_not_told() -> None:
    # "Alibaba with affiliates 6", "Ant 3.66": Alibaba itself has 2.34, not anything up to 6.
    said = [Said("together", 0, ("ali", "ant"), 0.06, 0.06), Said("ant", 0, ("ant",), 0.0366, 0.0366)]
    assert Program([], said, entered={"ali": 0, "ant": 0}).bound(["ali"])[:2] == near((0.0234, 0.0234))


def test_a_lead_took_at_least_what_each_follower_took() -> None:
    parts = {"lead": (0.0, 0.2), "f": (0.0, 0.2)}
    program = Program([Issue("A", 0.2, 0.2, parts, listed="list", leads=frozenset({"lead"}))], [])
    assert program.bound(["lead"])[:2] == near((0.1, 0.2))
    assert program.bound(["f"])[:2] == near((0.0, 0.1))


def test_old_shares_move_from_seller_to_buyer_and_dilute_nobody() -> None:
    first = Issue("A", 0.2, 0.2, {"a": (0.2, 0.2)})
    sale = Issue("old", parts={"b": (0.05, 0.05)}, old=True, listed="list", sellers=frozenset({"a"}))
    program = Program([first, sale], [])
    assert program.bound(["a"])[:2] == near((0.15, 0.15))
    assert program.bound(["b"])[:2] == near((0.05, 0.05))
    unnamed = Program([first, Issue("old", parts={"b": (0.05, 0.05)}, old=True, listed="list")], [])
    assert unnamed.bound(["a"])[:2] == near((0.15, 0.2)), "nobody says who sold: a may have"
    more = Issue("old", high=0.08, parts={"b": (0.05, 0.08), "c": (0.0, 0.08)}, old=True)
    both = Program([first, more], [])
    assert both.bound(["a"])[:2] == near((0.12, 0.2)), "no more than was sold in all"
    assert both.bound(["b"])[:2] == near((0.05, 0.08)), "who buys does not sell"
    assert both.bound(["c"])[:2] == near((0.0, 0.03))


def test_a_hidden_sale_is_a_contradiction_until_sales_are_allowed() -> None:
    issues = [Issue("A", 0.2, 0.2, {"a": (0.2, 0.2)}), Issue("B", 0.1, 0.1, {"b": (0.1, 0.1)})]
    said = [Said("s", 2, ("a",), 0.1, 0.1)]
    assert not Program(issues, said).feasible()
    relaxed = Program(issues, said)
    assert relaxed.strain() > 0
    assert relaxed.bound(["a"])[:2] == pytest.approx((0.1, 0.1), abs=1e-6), "an assumption gives way before a source"
    assert set(conflicts(relaxed)[0]) == {"A", "B", "s", unnamed_sale("a")}
    allowed = Program(issues, said, sales=True)
    assert allowed.bound(["a"])[:2] == near((0.1, 0.1))
    assert allowed.bound(["a"], 1)[:2] == near((0.1 / 0.9, 0.2)), "it may have sold before the second round or after"
    assert allowed.bound([OTHERS])[:2] == near((0.8, 0.9)), "b may have sold too"


def test_stakes_that_add_up_to_more_than_all_are_the_smallest_contradiction() -> None:
    said = [Said(f"s{i}", 0, (f"h{i}",), share, share) for i, share in enumerate((0.4, 0.35, 0.3, 0.05))]
    program = Program([], said, entered={f"h{i}": 0 for i in range(4)})
    (conflict,) = conflicts(program)
    assert set(conflict) == {"s0", "s1", "s2"}
    for fact in conflict:
        assert program.feasible({fact}), f"without {fact} the rest can be true"
        assert give(program, fact) == near(0.1) or give(program, fact) > 0.04
    assert program.feasible(Elastic(program).moved({}))


def test_two_contradictions_are_both_found() -> None:
    said = [
        Said("a1", 0, ("a",), 0.3, 0.3), Said("a2", 0, ("a",), 0.4, 0.4),
        Said("b1", 0, ("b",), 0.1, 0.1), Said("b2", 0, ("b",), 0.2, 0.2), Said("c", 0, ("c",), 0.05, 0.05),
    ]  # fmt: skip
    found = conflicts(Program([], said, entered=dict.fromkeys("abc", 0)))
    assert {frozenset(one) for one in found} == {frozenset({"a1", "a2"}), frozenset({"b1", "b2"})}


def test_the_nearest_stakes_add_up_and_keep_the_facts() -> None:
    program = Program(
        [Issue("A", 0.2, 0.2, {"a": (0.0, 0.2), "b": (0.0, 0.2)}, listed="list")], [Said("s", 1, ("a",), 0.08, 1.0)]
    )
    a, b, rest = program.nearest([(["a"], 0.05), (["b"], 0.1), ([OTHERS], None)])
    assert a + b + rest == near(1.0)
    assert a + b == near(0.2)
    assert a >= 0.08 - 1e-7
    assert abs(a - 0.05) + abs(b - 0.1) == near(0.05), "no change is smaller in sum"


share = st.integers(0, 4).map(lambda i: i / 10)


@settings(max_examples=40)
@given(
    dilutions=st.lists(st.sampled_from([0.1, 0.2, 0.25]), min_size=1, max_size=3),
    split=st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=3, max_size=3),
    told=st.integers(0, 3),
    width=st.sampled_from([0.0, 0.05]),
)
def test_bounds_are_those_of_enumeration(dilutions, split, told, width) -> None:
    """Companies made by hand on a grid: every table that fits the facts lies in the bounds, and one lies near each end."""
    truth, stakes = [], {"a": 0.0, "b": 0.0}
    for d, part in zip(dilutions, split, strict=False):
        stakes = {"a": stakes["a"] * (1 - d) + d * part, "b": stakes["b"] * (1 - d) + d * (1 - part)}
        truth.append(dict(stakes))
    after = min(told, len(dilutions))
    issues = [Issue(f"r{k}", d, d, {"a": (0.0, d), "b": (0.0, d)}, listed="list") for k, d in enumerate(dilutions)]
    said = []
    if after:
        value = truth[after - 1]["a"]
        said = [Said("s", after, ("a",), max(0.0, value - width), min(1.0, value + width))]
    program = Program(issues, said)
    grid = np.linspace(0, 1, 41)
    fits = []
    for parts in itertools.product(grid, repeat=len(dilutions)):
        path, a = [], 0.0
        for d, part in zip(dilutions, parts, strict=True):
            a = a * (1 - d) + d * part
            path.append(a)
        if not said or said[0].low - 1e-9 <= path[after - 1] <= said[0].high + 1e-9:
            fits.append(path)
    for t in range(1, len(dilutions) + 1):
        low, high, *_ = program.bound(["a"], t)
        assert low - 1e-7 <= truth[t - 1]["a"] <= high + 1e-7
        values = [path[t - 1] for path in fits]
        step = 2 * max(dilutions) / 40 * len(dilutions)  # a grid meets an exact figure up to a step before and after it
        assert low <= min(values) + 1e-7
        assert max(values) <= high + 1e-7
        assert min(values) - low <= step + 1e-7
        assert high - max(values) <= step + 1e-7


@settings(max_examples=25)
@given(low=share, more=share, extra=share)
def test_widening_a_fact_never_narrows_and_a_true_fact_never_widens(low, more, extra) -> None:
    issues = [Issue("A", 0.1, 0.4, {"a": (0.0, 0.4), "b": (0.0, 0.4)}), Issue("B", 0.0, 0.3, {"c": (0.0, 0.3)})]
    tight = Program(issues, [Said("s", 1, ("a",), low * 0.5, low * 0.5 + 0.01)])
    wide = Program(issues, [Said("s", 1, ("a",), max(0.0, low * 0.5 - more), low * 0.5 + 0.01 + more)])
    if not tight.feasible():
        return
    for holder in ("a", "b", "c", OTHERS):
        one, other = tight.bound([holder]), wide.bound([holder])
        assert other.low <= one.low + 1e-7
        assert one.high <= other.high + 1e-7
        end = one.low + (one.high - one.low) * extra
        told = Program(issues, [*tight.said, Said("t", 2, (holder,), end, end)])
        if told.feasible():
            for again in ("a", "b", "c"):
                assert told.bound([again]).low >= tight.bound([again]).low - 1e-6
                assert told.bound([again]).high <= tight.bound([again]).high + 1e-6
