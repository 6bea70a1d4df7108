"""Splits and flows: computed by hand on the small dataset, bounded on the real one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.flows.static import funding_rows
from aitracker.lens import POLICIES


def part(frame: pl.DataFrame, investor: str | None, column: str = "amount_usd_m") -> Any:
    rows = frame.filter(pl.col("investor_id").is_null() if investor is None else pl.col("investor_id") == investor)
    assert rows.height == 1, f"{investor} has {rows.height} rows"
    return rows[column].item()


def test_the_rest_is_split_within_its_bounds(small: ait.Dataset) -> None:
    # 1,000 (950 to 1,050), of which Ali states 800 (760 to 840): the rest is 200, between 110 and 290.
    frame = ait.round_split(small, "moon-2024-02")
    assert part(frame, "ali") == 800
    assert part(frame, "ali", "basis") == "stated"
    assert (part(frame, "vc"), part(frame, "state")) == (100, 100)
    assert (part(frame, "vc", "amount_low_usd_m"), part(frame, "vc", "amount_high_usd_m")) == (0, 290)
    assert part(frame, "vc", "basis") == "split"
    assert part(frame, "vc", "stated_usd_m") is None


def test_stated_leaves_the_rest_with_the_unknown(small: ait.Dataset) -> None:
    frame = ait.round_split(small, "moon-2024-02", "stated")
    assert part(frame, None) == 200
    assert part(frame, "vc") is None, "an unknown is null, not zero"
    assert (part(frame, None, "amount_low_usd_m"), part(frame, None, "amount_high_usd_m")) == (0, 290)


def test_vehicles_of_one_parent_are_one_cheque(small: ait.Dataset) -> None:
    # RMB 2,500m at 0.1368 = 342; the state fund states RMB 500m = 68.4; 273.6 are left.
    together = ait.round_split(small, "zhi-2023")
    assert part(together, "ali") == pytest.approx(136.8)
    apart = ait.round_split(small.at(group="none"), "zhi-2023")
    assert part(apart, "ali-cloud") == pytest.approx(91.2)
    wide = ait.round_split(small.at(group="affiliates"), "zhi-2023")
    assert part(wide, "ali") == pytest.approx(273.6)
    assert part(wide, "ali", "amount_low_usd_m") == pytest.approx(273.6), "the only one left has all the rest"


def lead_round(edit: Any) -> None:
    edit("rounds", {"round_id": "moon-2024-08"}, amount_m="300", currency="USD", amount_qualifier="exact")
    for investor, role in (("ali", "lead"), ("vc", "participant"), ("state", "participant")):
        edit(
            "participations",
            {"round_id": "moon-2024-08", "investor_id": investor, "instrument": "unknown"},
            role=role,
            amount_qualifier="undisclosed",
            source_id="blog-undated",
        )


def test_a_sole_lead_gives_at_least_as_much_as_each_follower(folder: Any, edit: Any) -> None:
    lead_round(edit)
    ds = ait.load(folder)
    frame = ait.round_split(ds, "moon-2024-08", "lead-weighted")
    assert (part(frame, "ali"), part(frame, "vc")) == (150, 75)
    assert (part(frame, "ali", "amount_low_usd_m"), part(frame, "ali", "amount_high_usd_m")) == (100, 300)
    assert (part(frame, "vc", "amount_low_usd_m"), part(frame, "vc", "amount_high_usd_m")) == (0, 150)


def test_the_rest_of_a_listing_is_with_the_public(folder: Any, edit: Any) -> None:
    lead_round(edit)
    edit("rounds", {"round_id": "moon-2024-08"}, kind="ipo")
    frame = ait.round_split(ait.load(folder), "moon-2024-08")
    assert part(frame, None) == 300
    assert part(frame, "vc") is None
    assert part(frame, "vc", "basis") == "unknown"


def test_parts_above_the_round_are_scaled_to_it_and_say_so(folder: Any, edit: Any) -> None:
    edit("claims", {"claim_id": "round|moon-2024-02|amount|filing-june"}, value_low="400", value_high="400")
    frame = ait.round_split(ait.load(folder, policy="lowest"), "moon-2024-02")
    assert part(frame, "ali") == pytest.approx(400)
    assert part(frame, "ali", "basis") == "scaled"
    assert frame["amount_usd_m"].sum() == pytest.approx(400)


def test_flows_by_year(small: ait.Dataset) -> None:
    frame = ait.funding_flows(small, every="1y")
    got = {(row["period"].year, row["investor_type"]): row for row in frame.iter_rows(named=True)}
    assert got[2023, "big-tech"]["amount_usd_m"] == pytest.approx(136.8)
    assert got[2024, "big-tech"]["amount_usd_m"] == 800
    assert got[2024, "big-tech"]["stated_usd_m"] == 800
    assert (got[2024, "vc"]["total_low_usd_m"], got[2024, "vc"]["total_high_usd_m"]) == (950, 1050)
    # A closed round of unknown size, with nobody named: unknown, never zero.
    assert got[2024, "unknown"]["amount_usd_m"] is None
    assert (got[2024, "unknown"]["rounds"], got[2024, "unknown"]["rounds_unknown"]) == (1, 1)


def test_talks_debt_and_tranches_stay_out_unless_asked_for(small: ait.Dataset) -> None:
    def total(**kw: Any) -> float:
        return float(ait.funding_flows(small, every="1y", **kw)["amount_usd_m"].sum())

    assert total() == pytest.approx(1342)
    assert total(status=("closed", "in-talks")) == pytest.approx(1342), "a close takes the place of the talks before it"
    eve = ait.funding_flows(small.at(as_of="2024-02-01"), status=("in-talks",))
    assert eve["amount_usd_m"].sum() == 600
    assert total(kinds=("equity", "debt")) == pytest.approx(1442)
    assert total(waves=["vision"]) == 0
    assert total(instruments=["mixed"]) == 800


def test_the_last_two_quarters_are_incomplete(small: ait.Dataset) -> None:
    frame = ait.funding_flows(small, every="1q")
    # The last round is of August 2024: its quarter and the one before are incomplete.
    assert set(frame.filter("incomplete")["period"]) == {dt.date(2024, 7, 1)}
    early = ait.funding_flows(small.at(as_of="2024-03-31"), every="1q")
    assert set(early.filter("incomplete")["period"]) == {dt.date(2023, 10, 1), dt.date(2024, 1, 1)}


@pytest.mark.parametrize(
    ("argument", "value", "near"),
    [
        ("by", "investor_typ", "investor_type"),
        ("every", "1yr", "1y"),
        ("split", "equl", "equal"),
        ("status", ["close"], "closed"),
        ("waves", ["gen-ai"], "genai"),
    ],
)
def test_wrong_arguments_are_met_with_the_nearest(small: ait.Dataset, argument: str, value: Any, near: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{near}'"):
        ait.funding_flows(small, **{argument: value})


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("by", ["investor_type", "investor", "country_group", "startup"])
def test_groups_sum_to_the_rounds_whatever_the_grouping(real: ait.Dataset, policy: Any, by: Any) -> None:
    seen = real.at(policy=policy)
    rounds = seen.rounds.filter(
        pl.col("counts_in_totals"), pl.col("status") == "closed", pl.col("kind").is_in(["equity", "ipo", "placing"])
    )
    # Rounds of unknown size count with the parts that sources state for them.
    unknown = ait.round_split(seen).filter(
        pl.col("round_id").is_in(rounds.filter(pl.col("amount_usd_m").is_null())["round_id"].to_list())
    )
    expected = rounds["amount_usd_m"].sum() + unknown["amount_usd_m"].sum()
    assert ait.funding_flows(seen, by=by, every="1y")["amount_usd_m"].sum() == pytest.approx(expected, abs=0.01)


def test_bounds_hold_the_scenario(real: ait.Dataset) -> None:
    for split in ("equal", "lead-weighted"):
        frame = ait.round_split(real, split=split).drop_nulls(["amount_usd_m", "amount_low_usd_m"])  # type: ignore[arg-type]
        off = frame.filter(
            (pl.col("amount_usd_m") < pl.col("amount_low_usd_m") - 0.01)
            | (pl.col("amount_usd_m") > pl.col("amount_high_usd_m") + 0.01)
        )
        assert frame.height > 300
        assert off.is_empty(), off.select(
            "round_id", "investor_id", "amount_low_usd_m", "amount_usd_m", "amount_high_usd_m", "basis"
        ).rows()[:5]


def test_static_rows_give_what_the_flows_give(real: ait.Dataset) -> None:
    everything = funding_rows(real)
    rows = everything.filter(pl.col("groups").str.contains("parent"))
    assert set("|".join(everything["groups"]).split("|")) == set(GROUPS)
    for policy in POLICIES:
        flows = ait.funding_flows(real.at(policy=policy), every="1y").filter(pl.col("period").is_not_null())
        assert rows[f"amount__{policy.replace('-', '_')}"].sum() == pytest.approx(flows["amount_usd_m"].sum())


def test_portfolio_follows_the_grouping(small: ait.Dataset) -> None:
    frame = ait.portfolio(small, "ali")
    assert frame["round_id"].to_list() == ["zhi-2023", "moon-2024-02"]
    assert frame["amount_usd_m"].to_list() == [None, 800]
    assert frame["role"].to_list() == ["participant", "lead"]
    assert ait.portfolio(small.at(group="none"), "ali-cloud")["round_id"].to_list() == ["zhi-2023"]
