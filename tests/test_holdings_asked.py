"""Typing errors in calls on holdings: each is refused with what is allowed and the nearest, by key and by name."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest

import aitracker as ait

WHO = [
    ("alli", "did you mean 'ali' \\(Ali\\)"),
    ("Venture", "did you mean 'vc' \\(Venture\\)"),
    ("venture ", "did you mean 'vc'"),
    (None, "must be one of .*, not None"),
    (["ali"], "must be one of .*not \\['ali'\\]"),
    (True, "must be one of .*not True"),
    ("", "must be one of"),
]
OF_ONE = {
    "holdings": ait.holdings,
    "stake_path": lambda ds, who: ait.stake_path(ds, who, "moon"),
    "coverage": ait.coverage,
    "look_through": ait.look_through,
    "look_through_days": ait.look_through_days,
    "scorecard": ait.scorecard,
    "sensitivity": ait.sensitivity,
    "through_time": lambda ds, who: ait.through_time(ds, [who]),
    "overlap_matrix": lambda ds, who: ait.overlap_matrix(ds, ["ali", who]),
    "co_investment": lambda ds, who: ait.co_investment(ds, ["ali", who]),
}


@pytest.mark.parametrize(("who", "says"), WHO, ids=repr)
@pytest.mark.parametrize("name", OF_ONE)
def test_an_investor_that_there_is_not(small: ait.Dataset, name: str, who: Any, says: str) -> None:
    with pytest.raises(ValueError, match=f"investor .*{says}"):
        OF_ONE[name](small, who)


def test_a_name_of_old_leads_to_the_key(frozen: ait.Dataset) -> None:
    with pytest.raises(ValueError, match="did you mean 'hongshan' \\(HongShan\\)"):
        ait.holdings(frozen, "Sequoia China")
    with pytest.raises(ValueError, match="did you mean 'zhipu'"):
        ait.stake_path(frozen, "alibaba", "Zhipu AI")
    with pytest.raises(ValueError, match="did you mean 'moonshot'"):
        ait.stake_path(frozen, "alibaba", "月之暗面")


SHARES = {
    "coverage": ait.coverage,
    "scorecard": ait.scorecard,
    "through_time": lambda ds, who, **given: ait.through_time(ds, [who], **given),
}
FIGURES = SHARES | {
    "holdings": ait.holdings,
    "look_through": ait.look_through,
    "look_through_days": ait.look_through_days,
    "sensitivity": ait.sensitivity,
    "overlap_matrix": lambda ds, who, **given: ait.overlap_matrix(ds, [who], **given),
    "co_investment": lambda ds, who, **given: ait.co_investment(ds, [who], **given),
}
WEIGHED = ("holdings", "through_time", "sensitivity", "overlap_matrix")
COUNTERFACTUAL = ("holdings", "coverage", "scorecard")

BAD: list[tuple[tuple[str, ...], dict[str, Any], str]] = [
    (tuple(FIGURES), {"scope": "genAI"}, "scope must be one of .*did you mean 'genai'"),
    (tuple(set(FIGURES) - {"scorecard"}), {"scope": None}, "scope must be one of"),
    (tuple(set(FIGURES) - {"scorecard"}), {"scope": ["ai"]}, "scope must be one of"),
    (("scorecard",), {"scope": None}, "scope must be a list of keys, not None"),
    (("scorecard",), {"scope": []}, "scope must hold at least one of 'model-maker'"),
    (("scorecard",), {"scope": ["ai", "genia"]}, "did you mean 'genai'"),
    (tuple(SHARES), {"universe": "unicorn"}, "did you mean 'unicorns'"),
    (tuple(SHARES), {"universe": None}, "universe must be one of"),
    *(
        (tuple(SHARES), {"threshold_usd_m": bad}, "threshold_usd_m must be a number above 0")
        for bad in (0, -1, math.nan, math.inf, "500", True, None)
    ),
    (WEIGHED, {"weighting": "values"}, "did you mean 'value'"),
    (WEIGHED, {"weighting": None}, "weighting must be one of"),
    (WEIGHED, {"weighting": ["value"]}, "weighting must be one of"),
    (COUNTERFACTUAL, {"leave_out": ["mon"]}, "leave_out must be one of 'moon', 'zhi'.*did you mean 'moon'"),
    (COUNTERFACTUAL, {"leave_out": ["Moon"]}, "did you mean 'moon' \\(Moon\\)"),
    (COUNTERFACTUAL, {"leave_out": "moon"}, "leave_out must be a list of keys, such as \\['moon'\\]"),
    (COUNTERFACTUAL, {"leave_out": None}, "leave_out must be a list of keys, not None"),
    (COUNTERFACTUAL, {"leave_out": [None]}, "leave_out must be one of"),
    *(
        (("holdings", "scorecard", "sensitivity"), {"credit_price": bad}, "credit_price must be")
        for bad in (2, -0.1, math.nan, math.inf, "1", True, None)
    ),
    *(
        (tuple(set(FIGURES) - {"overlap_matrix", "co_investment"}), {"split": bad}, "split must be one of")
        for bad in ("Equal", None, ["equal"])
    ),
    (("through_time",), {"every": "1w"}, "every must be one of '1mo', '1q', '1y'"),
    (("through_time",), {"every": None}, "every must be one of"),
    (("through_time",), {"start": "0001-01-01"}, "start must be a date from 2019-06-30 to 2024-08-01, not 0001-01-01"),
    (("through_time",), {"start": "9999-12-31"}, "start must be a date from 2019-06-30 to 2024-08-01, not 9999-12-31"),
    (("through_time",), {"start": "spring"}, "start must be a date such as"),
    (("holdings",), {"as_of": "yesterday"}, "as_of must be a date such as"),
    (("holdings", "co_investment"), {"waves": ["abroad"]}, "waves must be one of .*'foreign'"),
    (("holdings", "co_investment"), {"waves": "foreign"}, "waves must be a list of keys, such as \\['foreign'\\]"),
    (("holdings", "co_investment"), {"waves": []}, "waves must hold at least one of 'vision'"),
    (("scorecard",), {"fund": "kweb"}, "fund must be one of"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "says"), [(name, given, says) for names, given, says in BAD for name in sorted(names)], ids=repr
)
def test_an_argument_that_is_not_allowed(small: ait.Dataset, name: str, given: dict[str, Any], says: str) -> None:
    who = "ali"
    with pytest.raises(ValueError, match=f"{says}|investor must be one of" if name.startswith("look") else says):
        FIGURES[name](small, who, **given)


@pytest.mark.parametrize("usd", [0, -1, math.nan, math.inf, "100", True, None])
@pytest.mark.parametrize("call", [ait.look_through, ait.look_through_days])
def test_a_sum_of_stock_is_a_finite_number_above_zero(small: ait.Dataset, call: Any, usd: Any) -> None:
    with pytest.raises(ValueError, match=r"usd must be a number above 0"):
        call(small, "ali", usd)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda ds: ait.through_time(ds, "ali"), "investors must be a list of keys, such as \\['ali'\\]"),
        (lambda ds: ait.through_time(ds, []), "investors must hold at least one"),
        (lambda ds: ait.through_time(ds, None), "investors must be a list of keys, not None"),
        (lambda ds: ait.overlap_matrix(ds, "ali"), "investors must be a list"),
        (lambda ds: ait.overlap_matrix(ds, []), "investors must hold at least one"),
        (lambda ds: ait.co_investment(ds, "ali"), "investors must be a list"),
        (lambda ds: ait.co_investment(ds, []), "investors must hold at least one"),
        (lambda ds: ait.stake_path(ds, "ali", None), "startup must be one of 'moon', 'zhi', not None"),
        (lambda ds: ait.stake_path(ds, "ali", ["moon"]), "startup must be one of"),
        (lambda ds: ait.stake_path(ds, "ali", "Moon"), "did you mean 'moon'"),
        (lambda ds: ait.backtest_stakes(ds, split="half"), "split must be one of"),
        (lambda ds: ait.backtest_summary(ait.holdings(ds, "ali")), "missing: covered, error_pp, estimated_pct"),
        (lambda _: ait.backtest_summary(None), "backtest_summary adds up what backtest_stakes gives"),
        (lambda ds: ait.fund_weights(ds, None), "fund must be one of"),
        (lambda _: ait.stake_bought(math.nan, 1), "amount_usd_m must be a number above 0"),
        (lambda _: ait.stake_bought(1, math.inf), "value_usd_m must be a number above 0"),
        (lambda _: ait.stake_bought(1, 1, "post-money", 0), "new_money_usd_m must be a number above 0"),
        (lambda _: ait.stake_bought("1", 1), "amount_usd_m must be a number"),
        (lambda _: ait.stake_bought(1, 1, None), "basis must be one of"),
    ],
)
def test_a_call_that_cannot_be_meant(small: ait.Dataset, call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call(small)


@pytest.mark.parametrize("as_of", ["0001-01-01", "9999-12-31"])
def test_a_lens_of_any_date_has_an_answer(small: ait.Dataset, as_of: str) -> None:
    seen = small.at(as_of=as_of)
    frames = [ait.through_time(seen, ["ali"]), ait.coverage(seen, "ali"), ait.scorecard(seen, "ali", fund=None)]
    frames += [ait.overlap_matrix(seen, ["ali", "vc"]), ait.sensitivity(seen, "ali")]
    assert frames[0].height <= 30
    assert ait.holdings(seen, "ali").height == (0 if as_of < "2000" else 2)
    for frame in frames:
        numbers = frame.select(pl.selectors.float())
        assert not any(value is not None and not math.isfinite(value) for row in numbers.rows() for value in row)


def test_foreign_start_ups_are_given_to_who_asks(frozen: ait.Dataset) -> None:
    assert "openai" not in ait.holdings(frozen, "microsoft")["startup_id"]
    assert "openai" in ait.holdings(frozen, "microsoft", waves=["foreign"])["startup_id"]
    home = ait.holdings(frozen, "state-funds")
    assert set(home["wave"]) <= {"vision", "genai", "other"}
    assert "openai" not in ait.co_investment(frozen, None)["names"].str.join(" ").item().lower()
