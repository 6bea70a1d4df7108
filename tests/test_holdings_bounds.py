"""Unknown is not zero: what holds for every stake, weight and sum, whatever nobody has said; and the arithmetic of a stake."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.ownership.dilution import after_round, bought_of, dilution_of
from aitracker.ownership.ledger import Part, Round, Span, ledger_of
from aitracker.ownership.weights import MARGIN, spread, weigh

ENDS = [(0.0, 0.0), (0.0, 0.3), (0.1, 0.1), (0.1, 0.3), (0.25, 0.4)]
BOUGHT = [(d, b) for d, b in itertools.product(ENDS, ENDS) if b[1] <= d[1]]


def among(ends: tuple[float, float], *more: float) -> list[float]:
    steps = [ends[0] + (ends[1] - ends[0]) * i / 20 for i in range(21)]
    return steps + [x for x in more if ends[0] <= x <= ends[1]]


# ------------------------------------------------------------------------------------------------- arithmetic of a stake


@pytest.mark.parametrize("stake", [(0.0, 0.2), (0.3, 0.36)])
@pytest.mark.parametrize(("dilution", "bought"), BOUGHT)
def test_a_stake_after_a_round_lies_between_the_ends_that_it_can_have(
    stake: tuple[float, float], dilution: tuple[float, float], bought: tuple[float, float]
) -> None:
    """S (1 - d) + b over all s, d, b of the intervals with b no more than d: what is bought is part of what is new."""
    parts = among(bought, *dilution)
    found = [s * (1 - d) + b for s in stake for b in parts for d in among(dilution, b) if b <= d + 1e-12]
    after = after_round(*(Span(low, None, high) for low, high in (stake, dilution, bought)))
    assert after.high == pytest.approx(max(found)), "new shares dilute the old stake too"
    assert after.low <= min(found) + 1e-12


def one_round(amount: Span, kind: str = "equity") -> Round:
    return Round("r", "s", kind, "", dt.date(2024, 1, 1), amount, (), None, True, False, False, "x")


def test_nobody_buys_more_than_the_round_sold() -> None:
    one, post = one_round(Span(20.0, 40.0, 60.0)), Span(200.0, 200.0, 200.0)
    sold = dilution_of(one, post)
    assert sold == pytest.approx((0.1, 0.2, 0.3))
    # A part that a lens makes larger than the round: the point keeps to the round too.
    assert bought_of(Part(Span(50.0, 90.0, 100.0), Span(0, 0, 0), stated=True), one, post, sold) == pytest.approx(
        (0.25, 0.3, 0.3)
    )
    # A point below its own low end is moved up to it.
    low = bought_of(Part(Span(30.0, 10.0, 50.0), Span(0, 0, 0), stated=True), one, post, sold)
    assert low == pytest.approx((0.15, 0.15, 0.25))


def value(edit: Any, key: str, **cells: str) -> None:
    startup, day, basis = key.split("/")
    row = {"startup_id": startup, "as_of": day, "date_precision": "day", "currency": "USD", "qualifier": "exact"}
    row |= {"basis": basis, "status": "closed", "source_id": "blog-undated"}
    edit("valuations", {"valuation_id": key}, **(row | cells))


def test_a_pre_money_is_not_a_post_money(folder: Any, edit: Any) -> None:
    # The post-money, 2,600, is told a week before the round closes; the pre-money with the new money is 2,500 then.
    edit("valuations", {"valuation_id": "moon/2024-02-26/post-money"}, value_m="2600", as_of="2024-02-20")
    held = ait.holdings(ait.load(folder), "ali").row(0, named=True)
    assert (held["valuation_usd_m"], held["valuation_basis"]) == (2600, "post-money")


def test_a_pre_money_of_a_round_of_unknown_size_leaves_the_new_money_open(folder: Any, edit: Any) -> None:
    where = {"round_id": "moon-2024-08", "investor_id": "vc", "instrument": "cash"}
    cells = {"role": "lead", "amount_m": "90", "currency": "USD", "amount_qualifier": "exact", "source_id": "wire-feb"}
    edit("participations", where, **cells)
    value(edit, "moon/2024-08-01/pre-money", value_m="3000", round_id="moon-2024-08", date_precision="month")
    path = ait.stake_path(ait.load(folder), "vc", "moon").filter(pl.col("event_id") == "moon-2024-08")
    row = path.row(0, named=True)
    # 90 of at least 3,000; of at most 3,000 / 0.7 where the round was as wide as rounds are.
    assert (row["bought_low_pct"], row["bought_pct"], row["bought_high_pct"]) == pytest.approx((2.1, None, 3))


def test_a_price_that_no_closed_source_states_is_no_crash(folder: Any, edit: Any) -> None:
    edit("valuations", {"valuation_id": "moon/2024-02-26/post-money"}, status="in-talks")
    edit("valuations", {"valuation_id": "moon/2024-02-26/pre-money"}, status="reported")
    ds = ait.load(folder)
    held = ait.holdings(ds, "ali").row(0, named=True)
    assert (held["valuation_usd_m"], held["valuation_basis"]) == (2500, "pre-money")
    assert ait.backtest_stakes(ds).height == 1
    # Of a round that is only talked of no money is counted: the pre-money stays without a value.
    edit("rounds", {"round_id": "moon-2024-02"}, status="reported")
    assert ait.holdings(ait.load(folder), "ali").filter(pl.col("startup_id") == "moon")["value_usd_m"].to_list() == [
        None
    ]


# ----------------------------------------------------------------------------------------------- bounds that hold the truth


def test_a_short_list_of_investors_bounds_a_stake_above_only(frozen: ait.Dataset) -> None:
    """HongShan had 3.81 % of MiniMax by the prospectus; the lists of the rounds name fewer than there were."""
    last = ait.stake_path(frozen.at(as_of="2025-12-20"), "hongshan", "minimax").row(-1, named=True)
    assert last["kind"] == "round"
    assert last["stake_low_pct"] == 0
    assert last["stake_low_pct"] <= 3.81 <= last["stake_high_pct"]


def test_only_what_is_stated_complete_or_disclosed_holds_a_stake_up(frozen: ait.Dataset) -> None:
    ledger = ledger_of(frozen)
    complete = set(frozen.rounds.filter(pl.col("investor_list") == "complete")["round_id"])
    checked = 0
    of = {one.round_id: startup for startup, many in ledger.rounds.items() for one in many}
    for member, startup in {(member, of[r]) for member, r in ledger.parts if r in of}:
        mine = [one.round_id for one in ledger.rounds[startup] if (member, one.round_id) in ledger.parts]
        held_up = [r for r in mine if ledger.parts[member, r].stated or r in complete]
        if held_up or (member, startup) in ledger.disclosures:
            continue
        lows = ait.stake_path(frozen, member, startup)["stake_low_pct"]
        assert not lows.drop_nulls().sum(), (member, startup)
        checked += 1
    assert checked > 100


def test_no_first_value_was_above_the_dearest_of_its_day(frozen: ait.Dataset) -> None:
    """The convention for start-ups that nobody values: nearly all were worth less when a value became known."""
    ledger, above, checked = ledger_of(frozen), [], 0
    for startup, values in ledger.values.items():
        if not ledger.within(startup):
            continue
        first = values[0]
        dearest = ledger.dearest(first.end - dt.timedelta(1))
        if dearest is not None:
            checked += 1
            above += [startup] if first.usd_m.low > (dearest.usd_m.high or 0.0) else []
    assert checked > 20
    assert len(above) <= 0.1 * checked, above


# -------------------------------------------------------------------------------------------------- weights and their sums


def positions(*rows: tuple[float | None, float | None]) -> pl.DataFrame:
    """Positions of known value, or of none and at most the second number."""
    columns = {
        "startup_id": [str(i) for i in range(len(rows))],
        "value_usd_m": [value for value, _ in rows],
        "value_low_usd_m": [value for value, _ in rows],
        "value_high_usd_m": [value for value, _ in rows],
        "most_usd_m": [value if most is None else most for value, most in rows],
    }
    return pl.DataFrame(columns, schema_overrides={name: pl.Float64 for name in columns if name != "startup_id"})


def test_a_point_stands_where_the_unknown_could_hardly_move_it() -> None:
    known = spread(positions((60, None), (40, None)), "value")
    assert (known["hhi"], known["hhi_low"], known["hhi_high"]) == pytest.approx((0.52, 0.52, 0.52))
    little = spread(positions((60, None), (40, None), (None, 2)), "value")
    assert little["hhi"] == pytest.approx(0.52)
    assert little["hhi_low"] == pytest.approx((60**2 + 40**2 + 2**2) / 102**2)
    much = spread(positions((60, None), (40, None), (None, 50)), "value")
    assert (much["hhi"], much["effective_number"], much["top_1_pct"]) == (None, None, None)
    assert (much["top_1_low_pct"], much["top_1_high_pct"]) == pytest.approx((40, 60))
    assert much["hhi_low"] == pytest.approx((60**2 + 40**2 + 50**2) / 150**2)
    assert (much["positions"], much["weighted"]) == (3, 2)
    assert abs(known["hhi"] - much["hhi_low"]) > MARGIN


def test_a_weight_lies_between_what_the_others_may_be() -> None:
    rows = weigh(positions((60, None), (40, None), (None, 50)), "value").rows(named=True)
    assert [row["weight"] for row in rows] == pytest.approx([0.6, 0.4, None])
    assert [row["weight_low"] for row in rows] == pytest.approx([0.4, 40 / 150, 0])
    assert [row["weight_high"] for row in rows] == pytest.approx([0.6, 0.4, 50 / 150])


def test_the_fund_test_is_failed_only_where_it_is_sure() -> None:
    twenty = [(5.0, None)] * 20
    assert spread(positions(*twenty), "value")["five_ten_forty"] is True
    assert spread(positions(*twenty, (None, 90)), "value")["five_ten_forty"] is None, (
        "the one may be a half, or nothing"
    )
    assert spread(positions(*twenty, (None, 1)), "value")["five_ten_forty"] is True
    assert spread(positions((60, None), (40, None), (None, 50)), "value")["five_ten_forty"] is False
    assert spread(positions((300, None), *twenty, (None, 90)), "value")["five_ten_forty"] is False


def test_a_round_of_unknown_size_never_narrows_an_interval(folder: Any, edit: Any) -> None:
    before = ait.load(folder)
    cells = {"kind": "equity", "date_precision": "day", "amount_qualifier": "undisclosed", "status": "closed"}
    cells |= {
        "counts_in_totals": "true",
        "is_umbrella": "false",
        "source_id": "blog-undated",
        "investor_list": "unknown",
    }
    edit("rounds", {"round_id": "zhi-2024-05"}, startup_id="zhi", announced="2024-05-01", **cells)
    for investor in ("ali", "vc"):
        where = {"round_id": "zhi-2024-05", "investor_id": investor, "instrument": "unknown"}
        edit("participations", where, role="participant", amount_qualifier="undisclosed", source_id="wire-feb")
    after = ait.load(folder)

    def ends(frame: pl.DataFrame, key: list[str], *names: str) -> dict[Any, list[tuple[float, float]]]:
        return {
            row[key[0]] if len(key) == 1 else tuple(row[k] for k in key): [
                (row[f"{n}_low{u}"] or 0.0, float("inf") if row[f"{n}_high{u}"] is None else row[f"{n}_high{u}"])
                for n, u in (name.split("|") for name in names)
            ]
            for row in frame.iter_rows(named=True)
        }

    for make, key, names in (
        (
            lambda ds, by: ait.holdings(ds, "ali", weighting=by),
            ["startup_id"],
            ("weight|", "cost|_usd_m", "stake|_pct"),
        ),
        (
            lambda ds, by: ait.overlap_matrix(ds, ["ali", "vc", "state"], by),
            ["investor_a", "investor_b"],
            ("overlap|",),
        ),
        (
            lambda ds, _: ait.scorecard(ds, "vc", fund=None).filter(pl.col("policy") == "curated"),
            ["weighting"],
            ("hhi|", "top_1|_pct", "active_share|_pct", "owned|_pct"),
        ),
    ):
        for by in ("value", "cost"):
            first, second = ends(make(before, by), key, *names), ends(make(after, by), key, *names)
            for one, intervals in first.items():
                if one == "count":
                    continue
                for (low, high), (wide_low, wide_high) in zip(intervals, second[one], strict=True):
                    # What a round sells anew may dilute: a stake's own ends move down with it, its width does not shrink.
                    assert wide_low <= low + 1e-9, (one, by)
                    assert wide_high >= high - 1e-9, (one, by)


def test_nothing_in_common_is_said_only_where_nothing_is_shared(frozen: ait.Dataset) -> None:
    for weighting in ("value", "cost", "cash", "count"):
        frame = ait.overlap_matrix(frozen, weighting=weighting)  # type: ignore[arg-type]
        for row in frame.drop_nulls("overlap_high").iter_rows(named=True):
            assert (row["overlap_high"] == 0) == (row["shared"] == 0), row["startups"]
            if row["overlap"] is not None:
                assert row["overlap_low"] - 1e-9 <= row["overlap"] <= row["overlap_high"] + 1e-9
    pair = (pl.col("investor_a") == "alibaba") & (pl.col("investor_b") == "state-funds")
    row = ait.overlap_matrix(frozen).filter(pair).row(0, named=True)
    assert (row["shared"], row["weighted_shared"], row["overlap"]) == (8, 3, None), "an unknown weight is not nothing"
    assert row["overlap_low"] < 0.01
    assert row["overlap_high"] > 0.5


@pytest.mark.parametrize("weighting", ["value", "cost", "cash", "count"])
def test_weights_hold_their_points_whoever_holds(frozen: ait.Dataset, weighting: Any) -> None:
    for investor in ait.FIELD:
        frame = ait.holdings(frozen, investor, weighting=weighting)
        known = frame.drop_nulls("weight")
        assert frame["weight_high"].is_between(frame["weight_low"], 1).all()
        if known.height == frame.height:
            assert known["weight"].is_between(known["weight_low"] - 1e-9, known["weight_high"] + 1e-9).all()


def test_sets_are_nested_and_named(frozen: ait.Dataset) -> None:
    rows = ait.scorecard(frozen, scope=["model-maker", "genai", "ai"], fund=None).filter(pl.col("policy") == "curated")
    assert rows["scope"].unique(maintain_order=True).to_list() == ["model-maker", "genai", "ai"]
    held = rows.filter(pl.col("weighting") == "count")["positions"].to_list()
    assert held == sorted(held)
    for row in rows.iter_rows(named=True):
        same = rows.filter(pl.col("weighting") == row["weighting"], pl.col("verdict") == row["verdict"]).height
        assert (row["holds_in"], row["scopes"]) == (same, 3)
    fields = [ait.coverage(frozen, scope=scope)["startups"].item() for scope in ("model-maker", "genai", "ai")]  # type: ignore[arg-type]
    assert fields == sorted(fields)
    lower = ait.coverage(frozen, threshold_usd_m=500).row(0, named=True)
    assert lower["threshold_usd_m"] == 500
    assert lower["startups"] >= fields[1]


# ------------------------------------------------------------------------------------------------------ days of a look-through


def test_both_days_stand_beside_a_look_through(frozen: ait.Dataset) -> None:
    frame = ait.look_through(frozen)
    held = frame.drop_nulls("startup_id")
    megvii = held.filter(pl.col("startup_id") == "megvii").row(0, named=True)
    assert (megvii["stale"], megvii["mark"], megvii["value_date"].year) == (True, "stale", 2019)
    assert set(frame["market_cap_date"]) == {dt.date(2026, 3, 18)}
    for row in held.drop_nulls("value_date").iter_rows(named=True):
        assert row["age_days"] == max(0, (row["market_cap_date"] - row["value_date"]).days)
        assert row["stale"] == (row["age_days"] > 180)
    every = ait.look_through_days(frozen)
    first = every.row(0, named=True)
    total = held["value_usd_m"].sum()
    for name, mark in (("market_pct", "market price"), ("round_pct", "round's price"), ("stale_pct", "stale")):
        part = held.filter(pl.col("mark") == mark)["value_usd_m"].sum()
        assert first[name] == pytest.approx(100 * part / total)
        assert first[name] > 5, "all three kinds stand there on this day"
    assert first["market_pct"] + first["round_pct"] + first["stale_pct"] == pytest.approx(100)
    assert (first["rests_on"], first["rests_of"]) == (held["usd"].count(), held.height)
    assert first["usd_low"] == pytest.approx(100 - frame.row(-1, named=True)["usd_high"])


def test_a_look_through_at_each_later_market_value(frozen: ait.Dataset) -> None:
    seen = frozen.at(as_of="2025-12-20")
    every = ait.look_through_days(seen)
    assert every["date"].to_list() == [dt.date(2025, 11, 17), dt.date(2025, 12, 9), dt.date(2025, 12, 19)]
    assert every["date"].to_list()[0] == ait.look_through(seen)["market_cap_date"][0]
    for row in every.iter_rows(named=True):
        # The same stakes and values over another market value.
        assert row["usd_low"] * row["market_cap_usd_m"] == pytest.approx(
            every["usd_low"][0] * every["market_cap_usd_m"][0]
        )
    early = ait.look_through(seen, at="2024-03-31")
    assert early["market_cap_date"][0] == dt.date(2024, 3, 31)
    assert early["value_usd_m"].to_list() == ait.look_through(seen)["value_usd_m"].to_list()
    for row in ait.holdings(seen).drop_nulls("value_date").iter_rows(named=True):
        assert row["age_days"] == max(0, (dt.date(2025, 12, 20) - row["value_date"]).days)
        assert row["stale"] == (row["age_days"] > 180)


def test_managed_is_not_owned(frozen: ait.Dataset) -> None:
    """A social security fund that a firm manages is added to the firm's holdings only when asked."""
    fund = ait.holdings(frozen, "nssf-zgc-fund")
    assert set(fund["investor_id"]) == {"nssf-zgc-fund"}
    own = set(ait.holdings(frozen, "legend-capital")["investor"])
    managed = ait.holdings(frozen.at(group="managed"), "nssf-zgc-fund")
    assert set(managed["investor"]) == own, "under the name of the one who manages it"
    apart = ait.holdings(frozen, "legend-capital")
    assert set(managed["startup_id"]) == set(apart["startup_id"]) | set(fund["startup_id"])
    zhipu = [f.filter(pl.col("startup_id") == "zhipu")["stake_high_pct"].item() for f in (managed, apart, fund)]
    assert zhipu[0] >= max(zhipu[1:])
