"""What figures of holdings rest on: their facts, worked by hand on the small dataset, recomputed on the frozen one."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.ownership.ledger import ledger_of

BOUGHT = ["participation|moon-2024-02/ali|amount", "round|moon-2024-02|amount"]
PRICE = "valuation|moon/2024-02-26/post-money|value"
SAID = "stake|ali/moon/2024-03-31|pct"
LATER = "round|moon-2024-08|amount"
ZHI = [
    "round|zhi-2023|amount",
    "participation|zhi-2023/state|amount",
    "participation|zhi-2023/ali|amount",
    "participation|zhi-2023/ali-cloud|amount",
]
CREDITS = ["participation|moon-2024-02/ali|instrument", "participation|moon-2024-02/ali|cloud_credit_share"]
CAP = "series|b|value"


@pytest.fixture
def listed(folder: Any, edit: Any) -> ait.Dataset:
    edit(
        "series",
        {"series_id": "b"},
        entity_id="ali",
        metric="market_cap",
        period_end="2024-03-31",
        value="100000",
        unit="USD_m",
        basis="US",
        source_id="filing-june",
        is_forecast="false",
    )
    return ait.load(folder)


def facts(frame: pl.DataFrame, **where: Any) -> set[str]:
    rows = frame.filter(*(pl.col(name) == value for name, value in where.items()))
    assert rows.height == 1, f"{rows.height} rows of {where}"
    told = rows["facts"].item().to_list()
    assert len(told) == len(set(told)), "a fact stands there once"
    return set(told)


def test_a_stake_rests_on_what_moved_it_since_it_was_last_disclosed(small: ait.Dataset) -> None:
    path = ait.stake_path(small, "ali", "moon")
    assert facts(path, event_id="moon-2024-02") == {*BOUGHT, PRICE}
    # The row of a disclosure holds the estimate before it too; after it that is forgotten.
    assert facts(path, event_id="ali/moon/2024-03-31") == {SAID, *BOUGHT, PRICE}
    assert facts(path, event_id="moon-2024-08") == {SAID, LATER}


def test_a_position_rests_on_its_stake_its_value_and_its_cost(small: ait.Dataset) -> None:
    frame = ait.holdings(small, "ali")
    assert facts(frame, startup_id="moon") == {SAID, LATER, PRICE, BOUGHT[0], *CREDITS}
    assert facts(frame, startup_id="zhi") == set(ZHI)
    # State's part is what the stated one leaves: the size of the round, and Ali's part.
    state = ait.holdings(small, "state")
    assert facts(state, startup_id="moon") == {*BOUGHT, "participation|moon-2024-02/state|amount", PRICE, LATER}


def test_what_is_left_out_is_estimated_from_the_rest(small: ait.Dataset) -> None:
    assert facts(ait.backtest_stakes(small), stake_id="ali/moon/2024-03-31") == {SAID, *BOUGHT, PRICE}
    assert set(ait.backtest_summary(ait.backtest_stakes(small))["facts"].item()) == {SAID, *BOUGHT, PRICE}


def test_shares_rest_on_the_field_and_the_stakes(listed: ait.Dataset) -> None:
    assert facts(ait.coverage(listed, "ali"), investor_id="ali") == {PRICE, SAID, LATER}
    founded = {"startup|moon|founded", "startup|zhi|founded"}
    assert facts(ait.coverage(listed, "ali", "all"), investor_id="ali") == {PRICE, SAID, LATER, *ZHI, *founded}
    history = ait.through_time(listed, ["ali"], start="2024-03-01", every="1y")
    assert facts(history, investor_id="ali") == {PRICE, SAID, LATER, *ZHI, CAP}


def test_a_look_through_rests_on_the_market_value_too(listed: ait.Dataset) -> None:
    frame = ait.look_through(listed, "ali")
    assert facts(frame, startup_id="moon") == {SAID, LATER, PRICE, CAP}
    assert facts(frame, startup="Everything else") == {SAID, LATER, PRICE, *ZHI, CAP}
    assert facts(ait.look_through_days(listed, "ali"), basis="US") == {SAID, LATER, PRICE, *ZHI, CAP}


def test_the_verdict_rests_on_what_it_is_weighed_by(listed: ait.Dataset) -> None:
    frame = ait.scorecard(listed, "ali", fund=None).filter(pl.col("policy") == "curated")
    value = {SAID, LATER, PRICE, *ZHI, CAP}
    assert facts(frame, weighting="value") == value
    assert facts(frame, weighting="cost") == value | {BOUGHT[0], *CREDITS}
    assert facts(frame, weighting="count") == value
    swing = ait.sensitivity(listed, "ali", weighting="cost")
    assert facts(swing, startup_id="zhi", unknown="cost") == value | {BOUGHT[0], *CREDITS}


def test_ties_rest_on_who_took_part(small: ait.Dataset) -> None:
    frame = ait.co_investment(small, ["ali", "state", "vc"])
    vc, state = "participation|moon-2024-02/vc|amount", "participation|moon-2024-02/state|amount"
    assert facts(frame, investor_a="ali", investor_b="vc") == {BOUGHT[0], SAID, vc}
    assert facts(frame, investor_a="state", investor_b="vc") == {state, vc}
    common = ait.overlap_matrix(small, ["ali", "vc"], "count")
    theirs = {*BOUGHT, "participation|moon-2024-02/vc|amount", PRICE, LATER}
    assert facts(common, investor_a="ali", investor_b="vc") == {SAID, LATER, *ZHI, *theirs}


def test_every_frame_says_how_it_was_seen(small: ait.Dataset) -> None:
    for frame in (
        ait.holdings(small, "ali"),
        ait.stake_path(small, "ali", "moon"),
        ait.backtest_stakes(small),
        ait.backtest_summary(ait.backtest_stakes(small)),
        ait.coverage(small, "ali"),
        ait.scorecard(small, "ali", fund=None),
        ait.sensitivity(small, "ali"),
        ait.through_time(small, ["ali"], start="2024-03-01"),
        ait.co_investment(small, ["ali", "vc"]),
        ait.overlap_matrix(small, ["ali", "vc"]),
    ):
        assert frame.columns[4:6] == ["facts", "seen"]
        assert not frame["facts"].null_count()
        seen = frame.row(0, named=True)["seen"]
        assert seen["version"] == small.version
        assert seen["publishers"], "somebody said so"
    lowest = ait.scorecard(small, "ali", fund=None).filter(pl.col("policy") == "lowest").row(0, named=True)
    assert lowest["seen"]["lens"] == "lowest claims", "each policy takes its own claims"


def test_a_disclosed_position_is_the_product_of_its_facts(frozen: ait.Dataset) -> None:
    stakes = dict(frozen.stakes.select("stake_id", "pct").iter_rows())
    values = dict(frozen.valuations.select("valuation_id", "value_usd_m").iter_rows())
    checked = 0
    for investor in ait.FIELD:
        for row in ait.holdings(frozen, investor).filter(pl.col("basis") == "disclosed").iter_rows(named=True):
            told = [fact.split("|") for fact in row["facts"]]
            mine = [stakes[key] for kind, key, _ in told if kind == "stake"]
            assert len(mine) >= 1, row["startup"]
            assert any(row["stake_pct"] == pytest.approx(part) for part in (sum(mine), *mine)), row["startup"]
            priced = [values[key] for kind, key, _ in told if kind == "valuation" and key in values]
            if row["value_usd_m"] is not None and len(priced) == 1 and row["valuation_basis"] != "pre-money":
                assert row["value_usd_m"] == pytest.approx(row["stake_pct"] / 100 * priced[0])
                checked += 1
    assert checked >= 1


def test_a_cost_that_is_stated_is_the_sum_of_its_facts(frozen: ait.Dataset) -> None:
    paid = {
        f"{round_id}/{investor}": amount
        for round_id, investor, amount in frozen.participations.select("round_id", "investor_id", "amount_usd_m").rows()
    }
    ledger, checked = ledger_of(frozen), 0
    for investor in sorted({investor for (investor, _), part in ledger.parts.items() if part.stated}):
        for row in ait.holdings(frozen, investor).drop_nulls("cost_usd_m").iter_rows(named=True):
            told = [fact.split("|") for fact in row["facts"]]
            parts = {key for kind, key, field in told if kind == "participation" and field == "amount"}
            mine = [ledger.parts[key] for key in ledger.parts if key[0] == investor and f"{key[1]}/{investor}" in parts]
            if len(mine) == row["rounds"] and all(part.stated for part in mine):
                known = [paid[key] for key in parts if key.split("/")[1] == investor]
                assert row["cost_usd_m"] == pytest.approx(sum(known)), row["startup"]
                checked += 1
    assert checked >= 2


def test_facts_of_holdings_are_facts_of_the_data(frozen: ait.Dataset) -> None:
    keys = {
        "stake": set(frozen.stakes["stake_id"]),
        "valuation": set(frozen.valuations["valuation_id"]),
        "round": set(frozen.rounds["round_id"]),
        "series": set(frozen.lookup("SELECT series_id FROM data.series")["series_id"]),
        "startup": set(frozen.startups["startup_id"]),
        "participation": {f"{r}/{i}" for r, i in frozen.participations.select("round_id", "investor_id").rows()},
    }
    frames = [
        ait.scorecard(frozen, scope="ai"),
        ait.co_investment(frozen),
        ait.look_through(frozen),
        ait.backtest_stakes(frozen),
    ]
    told = {fact for frame in frames for row in frame["facts"] for fact in row}
    assert len(told) > 200
    for fact in told:
        kind, key, _ = fact.split("|")
        assert key in keys[kind], fact


def test_a_yardstick_of_a_later_day_still_names_its_sources(frozen: ait.Dataset) -> None:
    frame = ait.fund_weights(frozen.at(as_of="2024-06-30"))
    assert frame.height
    assert all(seen["source_ids"] for seen in frame["seen"]), "no figure without its source"
