"""Third-party totals beside the rows' sums."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.vocabulary import CAUSES, POLICIES

TOTAL = "zhi-total_raised-2023"


def row(frame: pl.DataFrame, total: str = TOTAL) -> dict[str, Any]:
    found = frame.filter(pl.col("total_id") == total)
    assert found.height == 1, f"{total} has {found.height} rows"
    return found.row(0, named=True)


def total(
    edit: Any, key: str, entity: str, metric: str, value: str, unit: str, as_of: str, qualifier: str = "exact"
) -> None:
    cells = {
        "entity_id": entity,
        "metric": metric,
        "value": value,
        "unit": unit,
        "as_of": as_of,
        "qualifier": qualifier,
    }
    edit("totals", {"total_id": key}, statement="So it is said", source_id="ecb", **cells)


def test_a_total_in_its_own_unit(small: ait.Dataset) -> None:
    got = row(ait.tie_out(small))
    # RMB 2,500m in one round; its tranche is not counted beside it.
    assert (got["computed"], got["computed_low"], got["computed_high"]) == pytest.approx((2500, 2500, 2500))
    assert (got["verdict"], got["rounds"], got["rounds_unknown"]) == ("within", 1, 0)
    assert got["difference"] == pytest.approx(0)
    assert got["reason"] == "The intervals meet."


def test_money_converts_at_the_day_of_each_round(folder: Any, edit: Any) -> None:
    edit("totals", {"total_id": TOTAL}, value="342", unit="USD_m")
    assert row(ait.tie_out(ait.load(folder)))["computed"] == pytest.approx(2500 * 0.1368)


@pytest.mark.parametrize(
    ("value", "qualifier", "verdict"),
    [
        ("2500", "exact", "within"),
        ("2510", "exact", "within"),  # 0.4 % off: rounded
        ("2600", "exact", "below"),
        ("2600", "approx", "within"),
        ("2600", "at-most", "within"),
        ("2000", "at-least", "above"),
        ("3000", "at-least", "below"),
    ],
)
def test_verdicts(folder: Any, edit: Any, value: str, qualifier: str, verdict: str) -> None:
    edit("totals", {"total_id": TOTAL}, value=value, qualifier=qualifier)
    got = row(ait.tie_out(ait.load(folder)))
    assert got["verdict"] == verdict
    assert got["difference"] == pytest.approx(2500 - float(value))


def test_rounds_of_unknown_size_are_the_reason(folder: Any, edit: Any) -> None:
    total(edit, "moon", "moon", "total_raised", "2000", "USD_m", "2024-12-31", "at-least")
    got = row(ait.tie_out(ait.load(folder)), "moon")
    assert (got["computed"], got["computed_high"], got["verdict"]) == (1000, 1050, "below")
    assert (got["rounds"], got["rounds_unknown"]) == (2, 1)
    assert got["reason"] == "Not in the sum: 1 of 2 rounds without a public size."
    edit("totals", {"total_id": "moon"}, note="Counts the debt")
    assert row(ait.tie_out(ait.load(folder)), "moon")["reason"].startswith("Counts the debt. Not in the sum")


def test_rounds_are_counted_with_tranches_joined_and_apart(folder: Any, edit: Any) -> None:
    total(edit, "n", "zhi", "round_count", "2", "count", "2023-12-31")
    got = row(ait.tie_out(ait.load(folder)), "n")
    assert (got["computed"], got["computed_low"], got["computed_high"], got["verdict"]) == (1, 1, 2, "within")
    edit("totals", {"total_id": "n"}, value="3")
    assert row(ait.tie_out(ait.load(folder)), "n")["verdict"] == "below"


def test_a_fuzzy_date_may_fall_within(folder: Any, edit: Any) -> None:
    edit("rounds", {"round_id": "moon-2024-08"}, amount_m="300", currency="USD", amount_qualifier="exact")
    total(edit, "moon", "moon", "total_raised", "1300", "USD_m", "2024-08-10")
    got = row(ait.tie_out(ait.load(folder)), "moon")
    # Announced in August: by the tenth, perhaps.
    assert (got["computed"], got["computed_low"], got["computed_high"]) == (1000, 950, 1350)
    assert got["verdict"] == "within"
    edit("totals", {"total_id": "moon"}, as_of="2024-07-31")
    assert row(ait.tie_out(ait.load(folder)), "moon")["computed_high"] == 1050


def test_parts_of_an_investor(folder: Any, edit: Any) -> None:
    total(edit, "all", "ali", "ai_investment", "800", "USD_m", "2024-12-31", "approx")
    got = row(ait.tie_out(ait.load(folder)), "all")
    # 800 (760 to 840) in Moon, and in Zhi whatever its round leaves: 0 to 273.6.
    assert (got["computed"], got["computed_low"]) == (800, 760)
    assert got["computed_high"] == pytest.approx(840 + 273.6)
    assert (got["rounds"], got["rounds_unknown"], got["verdict"]) == (2, 1, "within")


def test_what_cannot_be_compared_says_why(folder: Any, edit: Any) -> None:
    total(edit, "early", "zhi", "total_raised", "10", "USD_m", "2019-12-31")
    total(edit, "undated", "zhi", "total_raised", "10", "USD_m", "")
    total(edit, "market", "everyone", "total_raised", "10", "USD_m", "2024-12-31")
    total(edit, "other", "zhi", "employees", "10", "count", "2024-12-31")
    frame = ait.tie_out(ait.load(folder))
    assert set(frame["total_id"]) == {TOTAL, "early", "undated"}, "what the rows cannot answer is not there"
    for key, word in (("early", "no such round"), ("undated", "no date")):
        got = row(frame, key)
        assert (got["verdict"], got["computed"], got["difference"]) == ("not comparable", None, None)
        assert word in got["reason"]


def test_a_total_of_nothing_has_a_difference_and_no_share(folder: Any, edit: Any) -> None:
    edit("totals", {"total_id": TOTAL}, value="0")
    got = row(ait.tie_out(ait.load(folder)))
    assert (got["reported"], got["computed"], got["difference"]) == (0, 2500, 2500)
    assert (got["difference_pct"], got["verdict"]) == (None, "above")


def test_money_without_a_rate_is_unknown_and_not_left_out_in_silence(folder: Any, edit: Any) -> None:
    total(edit, "moon", "moon", "total_raised", "2000", "HKD_m", "2024-12-31", "at-least")
    got = row(ait.tie_out(ait.load(folder)), "moon")
    assert got["computed"] is None
    assert (got["rounds"], got["rounds_unknown"]) == (2, 2), "no rate of the Hong Kong dollar is in the data"


def test_facts_of_a_total(folder: Any, edit: Any) -> None:
    total(edit, "all", "ali", "ai_investment", "800", "USD_m", "2024-12-31", "approx")
    total(edit, "n", "zhi", "round_count", "2", "count", "2023-12-31")
    total(edit, "who", "zhi", "investor_count", "4", "count", "2023-12-31")
    frame = ait.tie_out(ait.load(folder))
    assert row(frame)["facts"] == [f"total|{TOTAL}|value", "round|zhi-2023|amount"]
    assert row(frame, "all")["facts"][:1] == ["total|all|value"]
    assert {"participation|moon-2024-02/ali|amount", "participation|zhi-2023/ali|amount"} <= set(
        row(frame, "all")["facts"]
    )
    assert "participation|moon-2024-02/vc|amount" not in row(frame, "all")["facts"]
    assert row(frame, "n")["facts"] == ["total|n|value", "round|zhi-2023|announced", "round|zhi-2023-a|announced"]
    assert "participation|zhi-2023/ant|role" in row(frame, "who")["facts"]
    assert "wire-old" in row(frame)["seen"]["source_ids"]


def test_the_lens_decides(small: ait.Dataset) -> None:
    assert ait.tie_out(small.at(known_by="2023-01-01")).is_empty()
    assert ait.tie_out(small.at(known_by="2023-01-01")).schema == ait.tie_out(small).schema


def test_real_totals(frozen: ait.Dataset) -> None:
    frame = ait.tie_out(frozen)
    assert frame.height >= 15
    assert set(frame["verdict"]) <= {"within", "below", "above", "not comparable"}
    assert frame.filter(pl.col("verdict") != "not comparable").height >= 15
    assert frame["reason"].str.len_chars().min() > 0  # type: ignore[operator]
    got = row(frame, "sensetime-raised_in_year-2018-12-31")
    assert (got["computed"], got["rounds"], got["verdict"]) == (pytest.approx(2220), 3, "within")
    assert row(frame, "alibaba-amount_into_moonshot_round-2024-05-13")["computed"] == 800
    assert row(frame, "sensetime-ipo_cornerstone_total-2021-12-29")["computed"] == pytest.approx(511.6)
    orders = row(frame, "zhipu-ipo_cornerstone_total-2026-01-06")
    assert (orders["rounds"], orders["rounds_unknown"], orders["verdict"]) == (10, 7, "within"), (
        "seven orders are not stated"
    )
    assert row(frame, "ant-invested_in_zhipu-2026-01-08")["computed"] is None, "not stated is not zero"


@pytest.mark.parametrize("policy", POLICIES)
def test_every_verdict_follows_from_its_intervals(real: ait.Dataset, policy: Any) -> None:
    for got in ait.tie_out(real.at(policy=policy)).iter_rows(named=True):
        slack = 0 if got["unit"] == "count" else 0.005 * got["reported"]
        if got["verdict"] == "not comparable":
            continue
        assert got["computed_low"] <= got["computed_high"], got["total_id"]
        below = got["computed_high"] < got["reported_low"] - slack
        above = got["computed_low"] > got["reported_high"] + slack
        assert got["verdict"] == ("below" if below else "above" if above else "within"), got["total_id"]
        if got["computed"] is not None:
            assert got["computed_low"] <= got["computed"] <= got["computed_high"], got["total_id"]


def test_every_total_that_the_rows_do_not_reach_says_why(real: ait.Dataset) -> None:
    ties = ait.tie_out(real)
    silent = ties.filter(pl.col("verdict") == "below", ~pl.col("cause").is_in(CAUSES).fill_null(value=False))
    assert silent.is_empty(), f"no decision of field tie_out gives the cause: {silent['total_id'].to_list()}"
    assert ties.filter(pl.col("verdict") != "below")["cause"].null_count() == (ties["verdict"] != "below").sum()
    told = set(real.sql("SELECT subject_id FROM data.decisions WHERE field = 'tie_out'")["subject_id"])
    below = set(ties.filter(pl.col("verdict") == "below")["total_id"])
    assert told == below, f"a cause of a total that the rows do reach: {sorted(told - below)}"


def test_a_cause_stands_only_where_the_rows_lie_below(folder: Any, edit: Any) -> None:
    where = {"subject_kind": "total", "subject_id": TOTAL, "field": "tie_out", "decision": "kept"}
    edit("decisions", where, target="not found", reason="Two look-ups.")
    assert row(ait.tie_out(ait.load(folder)))["cause"] is None
    edit("totals", {"total_id": TOTAL}, value="9000", unit="CNY_m", qualifier="exact")
    got = row(ait.tie_out(ait.load(folder)))
    assert (got["verdict"], got["cause"]) == ("below", "not found")


def test_a_range_is_its_own_interval(folder: Any, edit: Any) -> None:
    edit("totals", {"total_id": TOTAL}, value="2600", value_low="2400", value_high="2600", qualifier="range")
    got = row(ait.tie_out(ait.load(folder)))
    assert (got["reported_low"], got["reported_high"], got["verdict"]) == (2400, 2600, "within")
