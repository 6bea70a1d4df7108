"""Knowledge time does not leak: through `known_by` nothing shows whose only sources are later."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aitracker as ait
from aitracker.vocabulary import GROUPS, POLICIES

SLOW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DAYS = st.dates(dt.date(2014, 1, 1), dt.date(2026, 12, 31))
# Columns that name a row of another table: what they name has to be there too.
NAMED = {
    "rounds": {"startup_id": "startups", "parent_round_id": "rounds", "superseded_by": "rounds"},
    "valuations": {"startup_id": "startups", "round_id": "rounds"},
    "stakes": {"startup_id": "startups", "investor_id": "investors", "group_id": "investors"},
    "participations": {"round_id": "rounds", "investor_id": "investors", "group_id": "investors"},
    "investors": dict.fromkeys(("parent_id", "affiliate_of", "managed_by", "group_id"), "investors"),
    "cap_tables": {"startup_id": "startups", "investor_id": "investors", "stake_id": "stakes"},
}
KEYS = {"startups": "startup_id", "investors": "investor_id", "rounds": "round_id", "stakes": "stake_id"}
OWN = ("decisions", "fields", "qualifiers")
"""Tables of the curators' own words."""


def leaks(seen: ait.Dataset, day: dt.date) -> list[str]:
    """Everything in any table of a lens that nobody could have known by its day."""
    sources = set(seen.sources["source_id"])
    keys = {table: set(seen.table(table)[key]) for table, key in KEYS.items()}
    found = []
    for table in seen.tables:
        frame = seen.table(table)
        if table not in ("fx", *OWN):
            later = frame.filter(~pl.col("source_id").is_in(list(sources)))
            found += [f"{table}: {row[0]} shows a source of a later day" for row in later.rows()]
        for column, other in NAMED.get(table, {}).items():
            lost = frame.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(list(keys[other])))
            found += [f"{table}: {row[0]} names in {column} what is not there" for row in lost.rows()]
        for column in ("fx_date", "exit_date", *(["date"] if table == "fx" else [])):
            if column in frame.columns:
                late = frame.filter(pl.col(column) > day)
                found += [f"{table}: {row[0]} has a {column} to come" for row in late.rows()]
        if "note" in frame.columns and table in (*KEYS, "participations", "valuations", "events"):
            found += [f"{table}: a remark of today" for _ in range(frame["note"].count())]
    for table, start in (("rounds", "announced"), ("valuations", "date")):
        early = seen.table(table).filter(pl.col("status").is_in(["closed", "reported"]), pl.col(start) > day)
        found += [f"{table}: {row[0]} is told as done before its day" for row in early.rows()]
    return found


@SLOW
@given(day=DAYS, policy=st.sampled_from(POLICIES), group=st.sampled_from(GROUPS))
def test_nothing_shows_that_nobody_could_have_known(real: ait.Dataset, day: dt.date, policy: Any, group: Any) -> None:
    found = leaks(real.at(known_by=day, policy=policy, group=group), day)
    assert not found, "\n".join(found[:8])


@pytest.mark.parametrize("day", ["2023-06-30", "2024-05-12", "2025-12-31"])
def test_nothing_leaks_on_the_days_that_matter(frozen: ait.Dataset, day: str) -> None:
    assert leaks(frozen.at(known_by=day), dt.date.fromisoformat(day)) == []


def cell(ds: ait.Dataset, table: str, key: str, column: str) -> Any:
    rows = ds.table(table)
    return rows.filter(pl.col(rows.columns[0]) == key)[column].item()


def test_a_round_is_talk_until_a_page_of_its_day_or_later(folder: Any, edit: Any) -> None:
    edit("sources", {"source_id": "rumour"}, publisher="A wire", published="2024-02-20", published_precision="day",
         published_basis="stated", language="en", kind="wire")  # fmt: skip
    edit("claims", {"claim_id": "round|moon-2024-02|amount|rumour"}, subject_kind="round", subject_id="moon-2024-02", field="amount",
         value_low="900", value_high="900", unit="USD_m", source_id="rumour", rank="normal")  # fmt: skip
    edit("rounds", {"round_id": "moon-2024-02"}, committed_m="1500")
    ds = ait.load(folder)
    before, after = ds.at(known_by="2024-02-26"), ds.at(known_by="2024-02-27")
    for seen, status, source, counts, headline in (
        (before, "in-talks", "rumour", False, None),
        (after, "closed", "wire-feb", True, 1500),
    ):
        row = seen.rounds.filter(pl.col("round_id") == "moon-2024-02").row(0, named=True)
        assert (row["status"], row["source_id"], row["counts_in_totals"], row["committed_m"]) == (
            status, source, counts, headline,
        )  # fmt: skip


def test_a_part_and_a_value_do_not_name_what_is_not_there_yet(folder: Any, edit: Any) -> None:
    # The wire of February tells of the value; only the filing of June names the round, and the whole that another is part of.
    edit("rounds", {"round_id": "zhi-2023"}, source_id="filing-june")
    edit("participations", {"round_id": "zhi-2023"}, source_id="filing-june")
    edit("valuations", {"valuation_id": "zhi/2023-10-20/post-money"}, startup_id="zhi", as_of="2023-10-20", date_precision="day",
         value_m="9000", currency="CNY", qualifier="exact", basis="post-money", status="closed", round_id="zhi-2023",
         source_id="wire-old")  # fmt: skip
    ds = ait.load(folder)
    for day, whole in (("2024-06-29", None), ("2024-06-30", "zhi-2023")):
        seen = ds.at(known_by=day)
        assert cell(seen, "rounds", "zhi-2023-a", "parent_round_id") == whole
        assert cell(seen, "valuations", "zhi/2023-10-20/post-money", "round_id") == whole


def test_a_listing_is_known_from_a_page_of_its_day_or_later(folder: Any, edit: Any) -> None:
    ds = ait.load(folder)
    # The page on Zhi is of October 2023, a year before the listing: nothing in the data tells of it.
    assert cell(ds.at(known_by="2025-06-30"), "startups", "zhi", "status") == "private"
    assert cell(ds.at(known_by="2025-06-30"), "startups", "zhi", "exit_date") is None
    edit("sources", {"source_id": "listing"}, publisher="Exchange", published="2024-10-03", published_precision="day",
         published_basis="stated", language="en", kind="filing")  # fmt: skip
    edit("valuations", {"valuation_id": "zhi/2024-10-01/market-cap"}, startup_id="zhi", as_of="2024-10-01", date_precision="day",
         value_m="20000", currency="HKD", qualifier="exact", basis="market-cap", status="closed", source_id="listing")  # fmt: skip
    edit("fx", {"date": "2024-09-30", "currency": "HKD"}, usd_per_unit="0.128", source_id="ecb")
    ds = ait.load(folder)
    assert cell(ds.at(known_by="2024-10-02"), "startups", "zhi", "status") == "private"
    for column, value in (("status", "public"), ("exit_date", dt.date(2024, 10, 1)), ("ticker", "1.HK")):
        assert cell(ds.at(known_by="2024-10-03"), "startups", "zhi", column) == value


def test_a_tie_is_known_from_its_own_page(folder: Any, edit: Any) -> None:
    edit("investors", {"investor_id": "ali-cloud"}, source_id="filing-june")
    edit("investors", {"investor_id": "state"}, source_id="filing-june", managed_by="vc")
    ds = ait.load(folder)
    for day, owner, manager in (("2024-06-29", "ali-cloud", "state"), ("2024-06-30", "ali", "vc")):
        assert cell(ds.at(known_by=day), "investors", "ali-cloud", "group_id") == owner
        assert cell(ds.at(known_by=day, group="managed"), "investors", "state", "group_id") == manager
        parts = ds.at(known_by=day).participations.filter(pl.col("investor_id") == "ali-cloud")
        assert parts["group_id"].to_list() == [owner]
        told = ds.at(known_by=day).sql("SELECT group_id FROM groups('parent') WHERE investor_id = 'ali-cloud'")
        assert told.item() == owner


def test_money_of_a_day_to_come_is_converted_at_the_last_rate_known(folder: Any, edit: Any) -> None:
    # Dated to the month of July: its rate is of the 14th, the page of the 10th.
    edit("sources", {"source_id": "wire-old"}, published="2023-07-10")
    for table in ("rounds", "participations"):
        edit(table, {"round_id": "zhi-2023"}, source_id="filing-june")
    edit("startups", {"startup_id": "zhi"}, source_id="filing-june")
    edit("events", {"event_id": "controls"}, source_id="filing-june")
    edit("fx", {"date": "2023-07-07", "currency": "CNY"}, usd_per_unit="0.15", source_id="ecb")
    ds = ait.load(folder)
    for day, rate in (("2023-07-12", 0.15), ("2023-07-14", 0.14)):
        seen = ds.at(known_by=day)
        assert cell(seen, "rounds", "zhi-2023-a", "amount_usd_m") == pytest.approx(300 * rate)
        told = seen.claims.filter(pl.col("subject_id") == "zhi-2023-a", pl.col("field") == "amount")
        assert told["value_usd_m"].to_list() == pytest.approx([300 * rate])


def test_a_role_or_an_instrument_told_later_is_not_known_before(folder: Any, edit: Any) -> None:
    edit(
        "participations", {"round_id": "zhi-2023-a", "investor_id": "state"}, instrument="cash", source_id="filing-june"
    )
    edit("claims", {"claim_id": "part"}, subject_kind="participation", subject_id="zhi-2023-a/state", field="amount",
         value_low="300", value_high="300", unit="CNY_m", source_id="wire-old", rank="normal")  # fmt: skip
    ds = ait.load(folder)
    for day, role, instrument, source in (
        ("2024-06-29", "participant", "unknown", "wire-old"),
        ("2024-06-30", "lead", "cash", "filing-june"),
    ):
        row = ds.at(known_by=day).participations.filter(pl.col("round_id") == "zhi-2023-a").row(0, named=True)
        assert (row["role"], row["instrument"], row["source_id"]) == (role, instrument, source)


def test_founding_and_head_office_are_known_from_their_own_pages(folder: Any, edit: Any) -> None:
    edit("startups", {"startup_id": "moon"}, source_id="filing-june")
    ds = ait.load(folder)
    for day, founded, city in (("2024-06-29", None, None), ("2024-06-30", dt.date(2023, 4, 1), "Beijing")):
        assert cell(ds.at(known_by=day), "startups", "moon", "founded") == founded
        assert cell(ds.at(known_by=day), "startups", "moon", "hq_city") == city


def test_yardsticks_and_remarks_obey_the_knowledge_date(folder: Any, edit: Any) -> None:
    edit("funds", {"fund_id": "fund"}, name="A fund", kind="etf", source_id="filing-june")
    edit("rounds", {"round_id": "moon-2024-02"}, note="What is known today")
    ds = ait.load(folder)
    assert [ds.at(known_by=day).funds.height for day in ("2024-06-29", "2024-06-30")] == [0, 1]
    assert cell(ds, "rounds", "moon-2024-02", "note") == "What is known today"
    assert cell(ds.at(known_by="2024-12-31"), "rounds", "moon-2024-02", "note") is None
    assert ds.at(known_by="2024-02-25").fx["date"].max() == dt.date(2023, 10, 20)
