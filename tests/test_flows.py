"""Splits and flows: computed by hand on the small dataset, bounded on the real one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.flows.funding import horizon
from aitracker.flows.static import funding_rows
from aitracker.vocabulary import GROUPS, HOME_WAVES, POLICIES, WAVES


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
    edit("rounds", {"round_id": "moon-2024-08"}, investor_list="complete")
    frame = ait.round_split(ait.load(folder), "moon-2024-08", "lead-weighted")
    assert (part(frame, "ali"), part(frame, "vc")) == (150, 75)
    assert (part(frame, "ali", "amount_low_usd_m"), part(frame, "ali", "amount_high_usd_m")) == (100, 300)
    assert (part(frame, "vc", "amount_low_usd_m"), part(frame, "vc", "amount_high_usd_m")) == (0, 150)


@pytest.mark.parametrize("known", ["partial", "unknown"])
def test_nothing_is_forced_on_the_named_where_others_may_have_paid(folder: Any, edit: Any, known: str) -> None:
    lead_round(edit)
    edit("rounds", {"round_id": "moon-2024-08"}, investor_list=known)
    frame = ait.round_split(ait.load(folder), "moon-2024-08", "lead-weighted")
    assert (part(frame, "ali"), part(frame, "vc")) == (150, 75), "the scenario is as before"
    assert (part(frame, "ali", "amount_low_usd_m"), part(frame, "ali", "amount_high_usd_m")) == (0, 300)
    assert (part(frame, "vc", "amount_low_usd_m"), part(frame, "vc", "amount_high_usd_m")) == (0, 150), (
        "not above the lead"
    )
    assert (part(frame, None), part(frame, None, "basis")) == (None, "possible")
    assert (part(frame, None, "amount_low_usd_m"), part(frame, None, "amount_high_usd_m")) == (0, 300)


def test_the_only_open_part_is_forced_only_in_a_complete_list(folder: Any, edit: Any) -> None:
    edit(
        "participations",
        {"round_id": "moon-2024-02", "investor_id": "vc"},
        amount_m="50",
        currency="USD",
        amount_qualifier="exact",
    )
    for known, low in (("complete", 60.0), ("partial", 0.0)):
        edit("rounds", {"round_id": "moon-2024-02"}, investor_list=known)
        frame = ait.round_split(ait.load(folder), "moon-2024-02")
        # 950 to 1,050, less 760 to 840, less 50: 60 to 240 are left for the state fund.
        assert (part(frame, "state", "amount_low_usd_m"), part(frame, "state", "amount_high_usd_m")) == (low, 240)


def test_parts_of_a_dark_round_are_not_the_round(folder: Any, edit: Any) -> None:
    edit(
        "participations",
        {"round_id": "moon-2024-08", "investor_id": "vc", "instrument": "cash"},
        role="lead",
        amount_m="300",
        currency="USD",
        amount_qualifier="approx",
        source_id="blog-undated",
    )
    ds = ait.load(folder)
    year = ait.funding_flows(ds, "startup", "1y").filter(pl.col("startup") == "Moon")
    assert (year["rounds"].item(), year["rounds_unknown"].item()) == (2, 1), "300 of a round of unknown size"
    venture = ait.funding_flows(ds, "investor", "1y", investors=["vc"])
    # 100 (0 to 290) of February and 300 (285 to 315) of August: a stated part keeps its own interval.
    assert venture.select("amount_low_usd_m", "amount_usd_m", "amount_high_usd_m").row(0) == (285, 400, 605)


def test_a_vehicle_beside_a_stated_part_may_have_had_more(folder: Any, edit: Any) -> None:
    edit(
        "participations",
        {"round_id": "zhi-2023", "investor_id": "ali"},
        amount_m="100",
        currency="USD",
        amount_qualifier="exact",
    )
    frame = ait.round_split(ait.load(folder), "zhi-2023")
    # 342 less 68.4 of the state and 100 of Ali leave 173.6 for Ant, and for Ali Cloud, which goes under Ali's name.
    assert (part(frame, "ali"), part(frame, "ali", "amount_low_usd_m")) == (100, 100)
    assert part(frame, "ali", "amount_high_usd_m") == pytest.approx(273.6)


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
    assert got[2024, "vc"]["stated_usd_m"] is None, "nothing is stated of it"
    assert (got[2024, "unknown"]["amount_low_usd_m"], got[2024, "unknown"]["amount_high_usd_m"]) == (0, 290), (
        "the list of February's investors is short"
    )
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


def test_a_period_of_dark_rounds_has_no_bounds_and_no_zero(small: ait.Dataset) -> None:
    dark = ait.funding_flows(small, every="1mo").filter(pl.col("period") == dt.date(2024, 8, 1))
    assert dark.select("amount_usd_m", "amount_low_usd_m", "amount_high_usd_m", "stated_usd_m").row(0) == (None,) * 4
    assert dark.select("total_low_usd_m", "total_high_usd_m", "total_rounds", "rounds_unknown").row(0) == (
        None,
        None,
        1,
        1,
    )


def test_members_of_a_group_cannot_have_more_than_the_round(small: ait.Dataset) -> None:
    # Up to 840 of Ali, 290 each of the venture fund, the state fund and whoever nobody named: but 1,050 in all.
    moon = ait.funding_flows(small, "startup", "1y").filter(pl.col("startup") == "Moon").row(0, named=True)
    assert (moon["amount_low_usd_m"], moon["amount_usd_m"], moon["amount_high_usd_m"]) == (760, 1000, 1050)
    # Two Chinese investors: no more than the round less nothing that others must have.
    home = ait.funding_flows(small, "country_group", "1y").filter(
        pl.col("country_group") == "China", pl.col("stated_usd_m") == 800
    )
    assert home["amount_high_usd_m"].item() == 1050


def test_a_group_of_two_is_capped_by_what_the_others_must_have(folder: Any, edit: Any) -> None:
    edit("investors", {"investor_id": "vc"}, type="state-fund")
    edit("participations", {"round_id": "moon-2024-02", "investor_id": "ali"}, amount_qualifier="exact")
    state = ait.funding_flows(ait.load(folder), every="1y").filter(pl.col("investor_type") == "state-fund")
    both = state.filter(pl.col("period") == dt.date(2024, 1, 1))
    # Each up to 250 of 1,050 less 800; together no more than that.
    assert both["amount_high_usd_m"].item() == 250


def test_foreign_comparators_only_where_asked_for(frozen: ait.Dataset) -> None:
    for make in (ait.funding_flows, ait.investor_matrix, ait.flows_and_talks):
        assert make(frozen).equals(make(frozen, waves=list(HOME_WAVES))), make.__name__
        assert "foreign comparators" not in make(frozen)["universe"][0]
        assert set(make(frozen, waves=["foreign"])["universe"]) == {"foreign comparators"}
    names = set(ait.investor_matrix(frozen)["startup_id"])
    assert not names & {"openai", "anthropic", "xai"}
    assert set(ait.investor_matrix(frozen, waves=["foreign"])["wave"]) == {"foreign"}
    assert set(ait.waves(frozen)["wave"]) == set(HOME_WAVES)
    assert set(ait.waves(frozen, waves=["foreign"])["wave"]) == {"foreign"}
    assert set(ait.instrument_mix(frozen)["wave"]) <= set(HOME_WAVES)
    assert "openai" not in ait.returnable_money(frozen, "microsoft").filter(pl.col("kind") == "pair")["startup_id"]


def test_scopes_are_nested_and_the_frame_names_its_set(frozen: ait.Dataset) -> None:
    def held(scope: str | None) -> set[str]:
        return set(ait.investor_matrix(frozen, scope=scope)["startup_id"])

    narrow, middle, wide = (held(scope) for scope in ("model-maker", "genai", "ai"))
    assert narrow < middle < wide == held(None)
    scopes = dict(frozen.startups.select("startup_id", "scope").rows())
    assert {scopes[s] for s in narrow} == {"model-maker"}
    for make in (
        ait.funding_flows,
        ait.flows_and_talks,
        ait.waves,
        ait.instrument_mix,
        ait.instrument_summary,
        ait.returnable_money,
    ):
        frame = make(frozen, scope="model-maker")
        mine = frame.filter(pl.col("scope").is_not_null())
        assert set(mine["scope"]) == {"model-maker"}, make.__name__
        assert "Chinese makers of foundation models" in mine["universe"][0]
    narrowed = ait.funding_flows(frozen, investors=["tencent"], segments=["embodied"], since="2023-01-01")
    assert narrowed["universe"][0] == "Chinese AI start-ups; only the parts of Tencent; only embodied; from 1 Jan 2023"


def test_talks_are_never_raised(small: ait.Dataset) -> None:
    eve = small.at(as_of="2024-02-01")
    both = ait.flows_and_talks(eve, every="1y")
    assert dict(both.group_by("status").agg(pl.col("amount_usd_m").sum()).rows()) == pytest.approx(
        {"closed": 342, "in-talks": 600}
    )
    assert set(ait.funding_flows(eve, status=["closed", "in-talks"])["status"]) == {"closed, in-talks"}
    with pytest.raises(ValueError, match="status must be one of 'closed', 'reported', 'cancelled'"):
        ait.flows_and_talks(eve, status=["in-talks"])
    nothing = ait.flows_and_talks(small.at(as_of="2019-01-01"))
    assert nothing.is_empty()


@pytest.mark.parametrize(
    ("as_of", "first"),
    [
        ("2024-01-01", (2023, 7)),  # the last closed round is of October 2023
        ("2024-03-31", (2023, 10)),
        ("2024-02-26", (2023, 10)),
        (None, (2024, 4)),
        ("2023-10-20", (2023, 7)),
        ("2023-03-31", None),
    ],
)
def test_the_reach_of_the_data_decides_what_is_incomplete(
    small: ait.Dataset, as_of: str | None, first: tuple[int, int] | None
) -> None:
    if first is None:  # nothing has closed yet: the lens's own day is the reach
        assert horizon(small.at(as_of=as_of)) == dt.date(2022, 10, 1)
    else:
        assert horizon(small.at(as_of=as_of)) == dt.date(*first, 1)


def test_a_period_that_ends_where_the_last_two_quarters_begin_is_complete(small: ait.Dataset) -> None:
    # From April 2024 on: the first quarter ends on that very day.
    frame = ait.funding_flows(small, every="1q")
    assert dict(frame.select("period", "incomplete").unique().rows())[dt.date(2024, 1, 1)] is False
    year = ait.funding_flows(small, every="1y").filter(pl.col("period") == dt.date(2024, 1, 1))
    assert year["incomplete"].all()


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
    home = seen.startups.filter(pl.col("wave").is_in(HOME_WAVES))
    rounds = seen.rounds.join(home, on="startup_id", how="semi").filter(
        pl.col("counts_in_totals"), pl.col("status") == "closed", pl.col("kind").is_in(["equity", "ipo", "placing"])
    )
    # Rounds of unknown size count with the parts that sources state for them.
    unknown = ait.round_split(seen).filter(
        pl.col("round_id").is_in(rounds.filter(pl.col("amount_usd_m").is_null())["round_id"].to_list())
    )
    expected = rounds["amount_usd_m"].sum() + unknown["amount_usd_m"].sum()
    assert ait.funding_flows(seen, by=by, every="1y")["amount_usd_m"].sum() == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("policy", POLICIES)
def test_bounds_hold_the_scenario(real: ait.Dataset, policy: Any) -> None:
    for split in ("stated", "equal", "lead-weighted"):
        ds = real.at(policy=policy)
        frame = ait.round_split(ds, split=split).drop_nulls(["amount_usd_m", "amount_low_usd_m"])  # type: ignore[arg-type]
        off = frame.filter(
            (pl.col("amount_usd_m") < pl.col("amount_low_usd_m") - 0.01)
            | (pl.col("amount_usd_m") > pl.col("amount_high_usd_m") + 0.01)
        )
        assert frame.height > 50
        assert off.is_empty(), off.select(
            "round_id", "investor_id", "amount_low_usd_m", "amount_usd_m", "amount_high_usd_m", "basis"
        ).rows()[:5]


@pytest.mark.parametrize("split", ["stated", "equal", "lead-weighted"])
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("by", ["investor_type", "investor", "country_group", "startup", "instrument", "series"])
def test_a_point_lies_in_its_interval(real: ait.Dataset, split: Any, group: Any, by: Any) -> None:
    for policy in ("curated", "lowest", "highest"):
        frame = ait.funding_flows(real.at(group=group, policy=policy), by, "1y", split, waves=list(WAVES))
        low, point, high = (pl.col(f"amount{end}_usd_m") for end in ("_low", "", "_high"))
        off = frame.filter((point < low - 1e-6) | (point > high + 1e-6) | (low > high + 1e-6))
        assert off.is_empty(), f"{policy}: {off.drop('seen', 'facts').rows()[:3]}"
        known = frame.filter(point.is_not_null())
        assert known["amount_high_usd_m"].null_count() == 0
        assert frame.filter(pl.col("total_low_usd_m") > pl.col("total_high_usd_m") + 1e-6).is_empty()


@pytest.mark.parametrize("given", [{}, {"waves": ["genai"]}, {"scope": "model-maker"}, {"waves": ["foreign"]}])
def test_a_figure_that_stands_twice_is_one_figure(real: ait.Dataset, given: Any) -> None:
    """Money, rounds and rounds without a size: over periods, over pairs, at all ages, in a chart of sums, under every split."""
    flows = ait.funding_flows(real, "startup", "1y", **given)
    money, periods = flows["amount_usd_m"].sum(), flows.unique("period")
    pairs = ait.investor_matrix(real, **given)
    ages = ait.waves(real, windowed=False, **given).filter(pl.col("age") == "all", pl.col("by") == "investor_type")
    buckets = ages.unique("wave")
    for other in (
        pairs["amount_usd_m"].sum(),
        pairs.unique("startup_id")["startup_usd_m"].sum(),
        buckets["bucket_usd_m"].sum(),
        ages["amount_usd_m"].sum(),
        *(
            ait.funding_flows(real, by, "1q", **given)["amount_usd_m"].sum()
            for by in ("investor", "instrument", "wave")
        ),
    ):
        assert other == pytest.approx(money, abs=0.01)
    assert buckets["bucket_rounds"].sum() == periods["total_rounds"].sum() == flows["rounds"].sum()
    assert buckets["bucket_rounds_unknown"].sum() == flows["rounds_unknown"].sum()
    chart = ait.charts.cumulative_flows(flows.filter(pl.col("period").is_not_null()), every="1y")
    (said,) = (p.value for p in chart.params if p.name == "title")
    dated = flows.filter(pl.col("period").is_not_null())["amount_usd_m"].sum()
    assert f"{ait.charts.theme.money(dated)} had been raised" in said
    for split in ("stated", "lead-weighted"):
        other = ait.funding_flows(real, "startup", "1y", split, **given)  # type: ignore[arg-type]
        assert other["amount_usd_m"].sum() == pytest.approx(money, abs=0.01), "a split never changes a round's total"


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
