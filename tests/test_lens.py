"""The lens: what is seen as of a date, as known by a date, under a policy, rolled up."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aitracker as ait
from aitracker.vocabulary import GROUPS, POLICIES

DATED = (
    "rounds",
    "participations",
    "valuations",
    "stakes",
    "startups",
    "investors",
    "claims",
    "events",
    "series",
    "totals",
    "sources",
    "aliases",
    "cap_tables",
)
KEYS = {
    "rounds": ["round_id"], "participations": ["round_id", "investor_id", "instrument"], "valuations": ["valuation_id"],
    "stakes": ["stake_id"],
    "startups": ["startup_id"], "investors": ["investor_id"], "claims": ["claim_id"], "events": ["event_id"], "series": ["series_id"],
    "totals": ["total_id"], "sources": ["source_id"], "aliases": ["entity_kind", "entity_id", "alias"], "cap_tables": ["table_id", "line"],
}  # fmt: skip


def amount(ds: ait.Dataset, round_id: str = "moon-2024-02") -> tuple[float | None, str | None]:
    row = ds.rounds.filter(pl.col("round_id") == round_id).row(0, named=True)
    return row["amount_usd_m"], row["source_id"]


def keys(ds: ait.Dataset, table: str) -> set[tuple[Any, ...]]:
    return set(ds.table(table).select(KEYS[table]).rows())


@pytest.mark.parametrize(
    ("policy", "value", "source"),
    [
        ("curated", 1000, "wire-feb"),
        ("filing-first", 800, "filing-june"),
        ("latest", 800, "filing-june"),
        ("lowest", 800, "filing-june"),
        ("highest", 1300, "blog-undated"),
        ("median", 1000, "wire-feb"),  # one voice an origin: 800, 1000, 1000, 1300; the lower middle one
    ],
)
def test_policies_choose_as_defined(small: ait.Dataset, policy: Any, value: float, source: str) -> None:
    assert amount(small.at(policy=policy)) == (value, source)


def test_a_copy_adds_a_claim_but_no_origin(small: ait.Dataset) -> None:
    row = small.rounds.filter(pl.col("round_id") == "moon-2024-02").row(0, named=True)
    # wire, paper, its copy, filing, blog; the other copy's tenfold slip is deprecated and never counted.
    assert (row["claims"], row["origins"]) == (5, 4)
    assert (row["claims_low_usd_m"], row["claims_high_usd_m"]) == (800, 1300)


def test_known_by_hides_what_nobody_had_said(small: ait.Dataset) -> None:
    eve = small.at(known_by="2024-05-12")
    assert amount(eve) == (1000, "wire-feb")
    assert ait.claims(eve, "participation", "moon-2024-02/ali").is_empty()
    assert (
        ait.claims(small.at(known_by="2024-05-13"), "participation", "moon-2024-02/ali", "cloud_credit_share").height
        == 1
    )
    assert "moon-2024-08" not in eve.rounds["round_id"].to_list(), "an undated source makes nothing known"
    assert small.at(known_by="2024-06-29").stakes.is_empty(), "a source dated to a month counts from its last day"
    assert small.at(known_by="2024-06-30").stakes.height == 1
    assert small.at(known_by="2020-01-01").rounds.is_empty()


def test_curated_falls_back_where_its_choice_was_not_yet_known(small: ait.Dataset) -> None:
    eve = small.at(known_by="2024-05-12", policy="curated")
    assert eve.participations.filter(pl.col("investor_id") == "ali", pl.col("round_id") == "moon-2024-02").is_empty()
    later = small.at(known_by="2024-05-31").participations.filter(
        pl.col("investor_id") == "ali", pl.col("round_id") == "moon-2024-02"
    )
    assert later["amount_usd_m"].to_list() == [800]


def test_as_of_counts_a_fuzzy_date_from_the_end_of_its_period(small: ait.Dataset) -> None:
    def seen(day: str) -> list[str]:
        return small.at(as_of=day).rounds["round_id"].to_list()

    assert "zhi-2023-a" not in seen("2023-07-30")
    assert "zhi-2023-a" in seen("2023-07-31")
    assert "zhi-early" not in seen("2030-01-01"), "an undated round has not happened by any date"
    assert "zhi-early" in small.rounds["round_id"].to_list()


def test_a_tranche_counts_until_its_whole_is_seen(small: ait.Dataset) -> None:
    def counted(day: str) -> dict[str, bool]:
        return dict(
            small.at(as_of=day)
            .rounds.filter(pl.col("startup_id") == "zhi")
            .select("round_id", "counts_in_totals")
            .rows()
        )

    assert counted("2023-08-01") == {"zhi-2023-a": True}
    assert counted("2023-12-31") == {"zhi-2023-a": False, "zhi-2023": True}


def test_talks_are_superseded_only_once_the_close_is_seen(small: ait.Dataset) -> None:
    def successor(day: str) -> str | None:
        return small.at(as_of=day).rounds.filter(pl.col("round_id") == "moon-2024-01-talks")["superseded_by"].item()

    assert successor("2024-02-01") is None
    assert successor("2024-03-01") == "moon-2024-02"


def test_status_follows_the_date(small: ait.Dataset) -> None:
    def status(day: str) -> str:
        return str(small.at(as_of=day).startups.filter(pl.col("startup_id") == "zhi")["status"].item())

    assert status("2024-09-30") == "private"
    assert status("2024-10-01") == "public"


@pytest.mark.parametrize(
    ("group", "roots"),
    [
        ("none", {"ali", "ali-cloud", "ant"}),
        ("parent", {"ali", "ant"}),
        ("managed", {"ali", "ant"}),
        ("affiliates", {"ali"}),
    ],
)
def test_grouping(small: ait.Dataset, group: Any, roots: set[str]) -> None:
    frame = small.at(group=group).participations.filter(
        pl.col("round_id") == "zhi-2023", pl.col("investor_id") != "state"
    )
    assert set(frame["group_id"]) == roots


def test_a_managed_fund_goes_under_its_manager_only_when_asked(folder: Any, edit: Any) -> None:
    edit("investors", {"investor_id": "state"}, managed_by="ali-cloud")
    ds = ait.load(folder)

    def name(group: Any) -> str:
        return str(ds.at(group=group).investors.filter(pl.col("investor_id") == "state")["group_id"].item())

    assert {group: name(group) for group in GROUPS} == {
        "none": "state", "parent": "state", "managed": "ali", "affiliates": "state",
    }  # fmt: skip
    assert ds.at(group="managed").lens.words == "managed funds rolled up"


@pytest.mark.parametrize(
    ("qualifier", "cells", "ends"),
    [
        ("exact", {}, (1000, 1000)),
        ("approx", {}, (950, 1050)),
        ("at-least", {}, (1000, 1100)),
        ("nearly", {}, (900, 1000)),
        ("at-most", {}, (0, 1000)),
        ("range", {"amount_low_m": "600", "amount_high_m": "1500"}, (600, 1500)),
    ],
)
def test_a_qualifier_gives_the_interval(
    folder: Any, edit: Any, qualifier: str, cells: dict[str, str], ends: tuple[float, float]
) -> None:
    edit("rounds", {"round_id": "moon-2024-02"}, amount_qualifier=qualifier, **cells)
    row = ait.load(folder).rounds.filter(pl.col("round_id") == "moon-2024-02").row(0, named=True)
    assert row["amount_usd_m"] == 1000
    assert (row["amount_low_usd_m"], row["amount_high_usd_m"]) == pytest.approx(ends)
    assert row["amount_qualifier"] == qualifier


def test_a_ceiling_bounds_from_above_only(folder: Any, edit: Any) -> None:
    edit("valuations", {"valuation_id": "moon/2024-02-26/post-money"}, qualifier="at-most")
    edit("stakes", {"stake_id": "ali/moon/2024-03-31"}, qualifier="range", pct_low="30", pct_high="40")
    edit("participations", {"round_id": "moon-2024-02", "investor_id": "ali"}, amount_qualifier="nearly")
    ds = ait.load(folder)
    value = ds.valuations.filter(pl.col("basis") == "post-money").row(0, named=True)
    assert (value["value_low_usd_m"], value["value_usd_m"], value["value_high_usd_m"]) == (0, 2500, 2500)
    assert value["claims_low_usd_m"] == 2500, "a ceiling tells of no lower end among what is claimed"
    stake = ds.stakes.row(0, named=True)
    assert (stake["pct_low"], stake["pct"], stake["pct_high"]) == (30, 36, 40)
    part = ds.participations.filter(pl.col("round_id") == "moon-2024-02", pl.col("investor_id") == "ali").row(
        0, named=True
    )
    assert (part["amount_low_usd_m"], part["amount_high_usd_m"]) == pytest.approx((720, 800))
    ends = ait.claims(ds, "stake", "ali/moon/2024-03-31", "pct").row(0, named=True)
    assert (ends["stated_low"], ends["stated_high"]) == (30, 40)


def test_a_range_of_a_part_in_two_instruments_is_kept_and_converted(folder: Any, edit: Any) -> None:
    edit(
        "participations", {"round_id": "zhi-2023", "investor_id": "state", "instrument": "escrow"}, role="participant",
        amount_m="100", amount_low_m="50", amount_high_m="200", currency="CNY", amount_qualifier="range", source_id="wire-old",
    )  # fmt: skip
    row = ait.load(folder).participations.filter(pl.col("instrument") == "escrow").row(0, named=True)
    assert row["amount_low_usd_m"] == pytest.approx(50 * 0.1368)
    assert row["amount_high_usd_m"] == pytest.approx(200 * 0.1368)


def test_aliases_and_cap_tables_obey_the_lens(folder: Any, edit: Any) -> None:
    alias = {"entity_kind": "investor", "entity_id": "ali", "alias": "Aly"}
    edit("aliases", alias, language="en", kind="old-name", source_id="filing-june")
    for line, holder, pct in (("10", "Ali", "36"), ("9", "Others", "64")):
        edit(
            "cap_tables", {"table_id": "zhi-listing", "line": line}, startup_id="zhi", as_of="2024-03-31", base="all shares",
            holder=holder, pct=pct, source_id="filing-june",
        )  # fmt: skip
    ds = ait.load(folder)
    assert ds.cap_tables["line"].to_list() == [9, 10]
    assert ds.at(as_of="2024-03-30").cap_tables.is_empty()
    for day, there in (("2024-06-29", False), ("2024-06-30", True)):
        seen = ds.at(known_by=day)
        assert (seen.cap_tables.height == 2) == there
        assert ("Aly" in seen.aliases["alias"].to_list()) == there


def test_native_money_is_converted_at_the_rate_of_its_day(small: ait.Dataset) -> None:
    row = small.rounds.filter(pl.col("round_id") == "zhi-2023-a").row(0, named=True)
    # Dated to July 2023: the middle of the month, 16 July, whose last rate is of Friday the 14th.
    assert (row["amount_m"], row["currency"], row["fx_date"], row["fx_rate"]) == (
        300,
        "CNY",
        dt.date(2023, 7, 14),
        0.14,
    )
    assert row["amount_usd_m"] == pytest.approx(42)
    assert (row["amount_low_usd_m"], row["amount_high_usd_m"]) == (pytest.approx(39.9), pytest.approx(44.1))


def test_sql_obeys_the_lens_and_says_where_it_does_not(small: ait.Dataset) -> None:
    eve = small.at(known_by="2024-05-12")
    assert eve.sql("SELECT count(*) FROM rounds").item() == 6
    assert eve.sql("SELECT count(*) FROM data.rounds").item() == 7
    assert small.sql("SELECT count(*) FROM rounds_seen(NULL, DATE '2024-05-12', 'curated')").item() == 6
    assert (
        small.sql("SELECT round_id FROM rounds WHERE startup_id = ? AND kind = ?", ["zhi", "debt"]).item()
        == "zhi-2024-debt"
    )
    assert small.sql("SELECT sum(counts_in_totals::INT) AS n FROM rounds").schema["n"] == pl.Int64
    assert eve.connect().execute("SELECT count(*) FROM rounds").fetchall() == [(6,)]


def test_datasets_of_different_lenses_do_not_disturb_each_other(small: ait.Dataset) -> None:
    high, low = small.at(policy="highest"), small.at(policy="lowest")
    assert amount(high)[0] == 1300
    assert amount(low)[0] == 800
    assert amount(high)[0] == 1300
    assert amount(small)[0] == 1000


@pytest.mark.parametrize("table", ["rounds", "participations", "valuations", "stakes", "startups", "investors"])
@pytest.mark.parametrize(
    "lens",
    [
        {"policy": "lowest"},
        {"group": "affiliates"},
        {"as_of": "2024-05-31", "policy": "median"},
        {"known_by": "2024-05-12", "policy": "highest", "group": "none"},
        {"known_by": "2023-12-31"},
    ],
    ids=str,
)
def test_what_is_kept_of_a_view_is_what_the_view_gives(real: ait.Dataset, lens: dict[str, Any], table: str) -> None:
    seen = real.at(**lens)
    con = seen.scratch()  # a connection that has kept nothing
    plain = con.sql(f"SELECT * FROM {table} ORDER BY {', '.join(KEYS[table])}").fetchall()
    assert seen.sql(f"SELECT * FROM {table} ORDER BY {', '.join(KEYS[table])}").height == len(plain) > 0
    assert seen._session.con.sql(f"SELECT * FROM {table} ORDER BY {', '.join(KEYS[table])}").fetchall() == plain


def test_macros_answer_for_their_arguments_whatever_the_lens(real: ait.Dataset) -> None:
    query = "SELECT round_id, amount_usd_m FROM rounds_seen(NULL, DATE '2024-03-31', 'lowest') ORDER BY ALL"
    expected = real.sql(query)
    dated = real.at(known_by="2023-06-30", policy="highest")
    assert dated.rounds.height != expected.height
    assert dated.sql(query).equals(expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"policy": "newest"}, "policy must be one of 'curated'.*did you mean 'lowest'|policy must be one of"),
        ({"group": "parents"}, "did you mean 'parent'"),
        ({"as_of": "31.05.2024"}, "as_of must be a date such as"),
    ],
)
def test_a_wrong_lens_says_what_is_allowed(small: ait.Dataset, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small.at(**arguments)


def test_wrong_names_are_met_with_the_nearest(small: ait.Dataset) -> None:
    with pytest.raises(ValueError, match="did you mean 'rounds'"):
        small.table("round")
    with pytest.raises(AttributeError, match="its tables are"):
        _ = small.roundz
    with pytest.raises(ValueError, match="did you mean 'moon-2024-02'"):
        ait.claims(small, "round", "moon-2024-2")


# Properties, on the real data ------------------------------------------------------------------------------------------

DAYS = st.dates(dt.date(2012, 1, 1), dt.date(2027, 1, 1))
SLOW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(
    days=st.tuples(DAYS, DAYS).map(sorted),
    kind=st.sampled_from(["as_of", "known_by"]),
    policy=st.sampled_from(POLICIES),
)
def test_later_sees_all_that_earlier_saw(real: ait.Dataset, days: list[dt.date], kind: str, policy: Any) -> None:
    earlier, later = (real.at(policy=policy, **{kind: day}) for day in days)
    for table in DATED:
        lost = keys(earlier, table) - keys(later, table)
        assert not lost, f"{table}: {sorted(lost)[:3]} seen with {kind}={days[0]}, not with {days[1]}"


@SLOW
@given(day=DAYS, policy=st.sampled_from(POLICIES), split=st.sampled_from(["equal", "lead-weighted", "stated"]))
def test_grouping_never_changes_a_rounds_total(real: ait.Dataset, day: dt.date, policy: Any, split: Any) -> None:
    seen = real.at(as_of=day, policy=policy)
    sums = [
        ait.round_split(seen.at(group=group), split=split).group_by("round_id").agg(total=pl.col("amount_usd_m").sum()).join(
            seen.rounds.filter(pl.col("amount_usd_m").is_not_null()).select("round_id", "amount_usd_m"), on="round_id")
        for group in GROUPS
    ]  # fmt: skip
    for frame in sums:
        off = frame.filter((pl.col("total") - pl.col("amount_usd_m")).abs() > 0.01)
        assert off.is_empty(), f"parts do not sum to the round: {off.rows()[:3]}"


@SLOW
@given(policy=st.sampled_from(POLICIES), day=st.none() | DAYS)
def test_every_chosen_value_is_one_that_some_known_claim_states(
    real: ait.Dataset, policy: Any, day: dt.date | None
) -> None:
    seen = real.at(policy=policy, known_by=day)
    for table, kind, key, value in (
        ("rounds", "round", "round_id", "amount_m"),
        ("valuations", "valuation", "valuation_id", "value_m"),
        ("stakes", "stake", "stake_id", "pct"),
    ):
        chosen = (
            seen.table(table)
            .filter(pl.col(value).is_not_null())
            .select(subject_id=key, value=value, source_id="source_id")
        )
        stated = seen.sql(
            "SELECT subject_id, value, source_id FROM claims WHERE subject_kind = ? AND rank <> 'deprecated'", [kind]
        )
        invented = chosen.join(stated, on=["subject_id", "value", "source_id"], how="anti")
        assert invented.is_empty(), f"{table}: {invented.rows()[:3]} is stated by nobody known by {day}"


def test_lowest_median_highest_are_in_order(real: ait.Dataset) -> None:
    frames = [
        real.at(policy=p).rounds.select("round_id", pl.col("amount_usd_m").alias(p))
        for p in ("lowest", "median", "highest")
    ]
    joined = (
        frames[0]
        .join(frames[1], on="round_id", validate="1:1")
        .join(frames[2], on="round_id", validate="1:1")
        .drop_nulls()
    )
    assert joined.height > 100
    assert joined.filter((pl.col("lowest") > pl.col("median")) | (pl.col("median") > pl.col("highest"))).is_empty()


# The example that the dataset was built around ------------------------------------------------------------------------


def test_the_eve_of_the_newspaper_piece(real: ait.Dataset) -> None:
    eve = real.at(known_by="2024-05-12")
    assert amount(eve, "moonshot-2024-02")[0] == 1000
    known = ait.claims(eve, "participation", "moonshot-2024-02/alibaba")
    assert "instrument" in known["field"].to_list(), "talk of part being paid in compute was about in March"
    assert "cloud_credit_share" not in known["field"].to_list()
    day = ait.claims(real.at(known_by="2024-05-13"), "participation", "moonshot-2024-02/alibaba", "cloud_credit_share")
    assert day["source_id"].to_list().count("ft-20240513-alibaba-cloud") == 1


def test_the_retellings_are_one_origin(real: ait.Dataset) -> None:
    shares = ait.claims(real, "participation", "moonshot-2024-02/alibaba", "cloud_credit_share")
    assert shares.height == 13
    assert shares["origin_id"].n_unique() == 1
    assert shares.filter(pl.col("rank") == "deprecated").height == 6
