"""Valuations: intervals, step-ups, growth and ages computed by hand; properties on the real data."""

from __future__ import annotations

import datetime as dt
import math
import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aitracker as ait
from aitracker.valuation.unicorns import kaplan_meier
from aitracker.vocabulary import HOME_WAVES, WAVES

DAYS = st.dates(dt.date(2017, 1, 1), dt.date(2026, 12, 31))


def value(edit: Any, startup: str, day: str, basis: str, usd: float, **cells: str) -> None:
    """Add a value; exact, closed and in US dollars where nothing else is said."""
    cells = {
        "date_precision": "day", "currency": "USD", "qualifier": "exact", "status": "closed", "source_id": "blog-undated",
    } | cells  # fmt: skip
    where = {"valuation_id": f"{startup}/{day}/{basis}"}
    edit("valuations", where, startup_id=startup, as_of=day, basis=basis, value_m=str(usd), **cells)


def round_(edit: Any, startup: str, day: str, usd: float | None, **cells: str) -> str:
    """Add a closed equity round; give its key."""
    name = f"{startup}-{day}"
    amount = {"amount_qualifier": "undisclosed"}
    if usd is not None:
        amount = {"amount_m": str(usd), "currency": "USD", "amount_qualifier": "exact"}
    cells = {"kind": "equity", "status": "closed", "source_id": "blog-undated"} | amount | cells
    edit(
        "rounds", {"round_id": name}, startup_id=startup, announced=day, date_precision="day", counts_in_totals="true",
        is_umbrella="false", **cells,
    )  # fmt: skip
    return name


def one(frame: pl.DataFrame, **where: Any) -> dict[str, Any]:
    rows = frame.filter(**where).to_dicts()
    assert len(rows) == 1, f"{where} has {len(rows)} rows"
    return rows[0]


def test_a_value_has_the_interval_of_all_its_claims_and_its_age(small: ait.Dataset) -> None:
    row = one(ait.valuation_history(small), basis="post-money")
    assert row["value_usd_m"] == 2500
    assert (row["value_low_usd_m"], row["value_high_usd_m"]) == (2375, 2625)
    assert (row["headline"], row["talks"], row["claims"], row["origins"]) == (True, False, 1, 1)
    # Founded in April 2023, some day of it; valued on 26 February 2024.
    assert row["months_low"] == pytest.approx(302 / 30.4375)
    assert row["months_high"] == pytest.approx(331 / 30.4375)
    assert row["months_low"] < row["months"] < row["months_high"]
    assert one(ait.valuation_history(small), basis="pre-money")["headline"] is False, "its round has a post-money"


def test_an_unknown_basis_leaves_the_interval_of_the_stake(folder: Any, edit: Any) -> None:
    # US$800m of a value of US$2.5bn: between 24.2 % and 32 %.
    name = round_(edit, "zhi", "2024-03-01", 800)
    value(edit, "zhi", "2024-03-01", "unstated", 2500, round_id=name)
    row = one(ait.valuation_history(ait.load(folder)), startup_id="zhi")
    assert (row["post_low_usd_m"], row["post_high_usd_m"]) == (2500, 3300)
    assert (row["pre_low_usd_m"], row["pre_high_usd_m"]) == (1700, 2500)
    assert 100 * 800 / row["post_high_usd_m"] == pytest.approx(24.2, abs=0.05)
    assert 100 * 800 / row["post_low_usd_m"] == 32


def test_unknown_new_money_leaves_an_open_end(folder: Any, edit: Any) -> None:
    name = round_(edit, "zhi", "2024-03-01", None)
    value(edit, "zhi", "2024-03-01", "unstated", 2500, round_id=name)
    row = one(ait.valuation_history(ait.load(folder)), startup_id="zhi")
    assert (row["post_low_usd_m"], row["post_high_usd_m"]) == (2500, None)
    assert (row["pre_low_usd_m"], row["pre_high_usd_m"]) == (None, 2500)


def test_pre_money_and_new_money_make_a_derived_value(folder: Any, edit: Any) -> None:
    name = round_(edit, "zhi", "2024-03-01", 300)
    value(edit, "zhi", "2024-02-20", "pre-money", 1000, round_id=name)
    rows = ait.valuation_history(ait.load(folder), "zhi")
    row = one(rows, basis="derived")
    assert (row["value_usd_m"], row["date"], row["headline"]) == (1300, dt.date(2024, 3, 1), True)
    assert row["value_m"] is None, "no source printed it"
    assert not one(rows, basis="pre-money")["headline"]
    # Before the round was announced only the pre-money is there.
    assert ait.valuation_history(ait.load(folder, as_of="2024-02-25"), "zhi")["basis"].to_list() == ["pre-money"]


def test_two_rounds_of_one_month_stay_two_points(folder: Any, edit: Any) -> None:
    for day, usd in (("2024-03-04", 1000.0), ("2024-03-25", 1400.0)):
        value(edit, "zhi", day, "post-money", usd, round_id=round_(edit, "zhi", day, 100))
    rows = ait.valuation_history(ait.load(folder), "zhi").filter("headline")
    assert rows["value_usd_m"].to_list() == [1000, 1400]


def test_talks_targets_and_estimates_never_stand_on_a_line(folder: Any, edit: Any) -> None:
    value(edit, "zhi", "2024-01-10", "target", 5000, status="in-talks")
    value(edit, "zhi", "2024-01-11", "unstated", 4000, status="in-talks")
    value(edit, "zhi", "2024-01-12", "estimate", 3000, status="reported")
    ds = ait.load(folder)
    rows = ait.valuation_history(ds, "zhi")
    assert rows["talks"].to_list() == [True, True, False]
    assert not rows["headline"].any()
    assert ait.valuation_history(ds, "zhi", talks=False)["basis"].to_list() == ["estimate"]
    assert one(ait.time_to_unicorn(ds), startup_id="zhi")["outcome"] == "no value"


def test_a_haircut_is_off_unless_asked_for_and_spares_market_values(folder: Any, edit: Any) -> None:
    value(edit, "zhi", "2024-10-01", "market-cap", 3000)
    ds = ait.load(folder)
    assert ait.valuation_history(ds)["overstatement_pct"].unique().to_list() == [0]
    cut = ait.valuation_history(ds, overstatement_pct=48)
    row = one(cut, basis="post-money")
    assert row["value_usd_m"] == pytest.approx(2500 / 1.48)
    assert row["value_high_usd_m"] == pytest.approx(2625 / 1.48)
    assert row["headline_usd_m"] == 2500
    assert one(cut, basis="market-cap")["value_usd_m"] == 3000


def test_step_ups_by_hand(folder: Any, edit: Any) -> None:
    edit("startups", {"startup_id": "zhi"}, exit_date="2024-01-10")
    value(edit, "zhi", "2022-01-10", "post-money", 1000, round_id=round_(edit, "zhi", "2022-01-10", 100))
    value(edit, "zhi", "2022-06-10", "post-money", 2500, round_id=round_(edit, "zhi", "2022-06-10", 500))
    value(edit, "zhi", "2023-01-10", "unstated", 6000, round_id=round_(edit, "zhi", "2023-01-10", 1000))
    value(edit, "zhi", "2024-01-10", "market-cap", 9000, round_id=round_(edit, "zhi", "2024-01-10", 600, kind="ipo"))
    value(edit, "zhi", "2024-01-11", "market-cap", 12000)
    first, second, listing = ait.step_ups(ait.load(folder), "zhi").to_dicts()
    # Pre-money 2,500 - 500 over post-money 1,000; the press divides 2,500 by 1,000.
    assert (first["step_up_x"], first["headline_x"], first["changes_basis"]) == (2, 2.5, False)
    assert (first["step_low_x"], first["step_high_x"]) == (2, 2)
    # 6,000 may be before or after the new money: pre-money between 5,000 and 6,000 over 2,500.
    assert (second["step_up_x"], second["step_low_x"], second["step_high_x"]) == (None, 2, 2.4)
    # The shares sold in the listing are new money; the post-money before it is between 6,000 and 7,000.
    assert listing["step_up_x"] is None
    assert (listing["step_low_x"], listing["step_high_x"]) == (pytest.approx(8400 / 7000), pytest.approx(8400 / 6000))
    assert listing["changes_basis"]


def test_a_stated_pre_money_is_taken_before_one_computed(folder: Any, edit: Any) -> None:
    value(edit, "moon", "2023-06-01", "post-money", 300, round_id=round_(edit, "moon", "2023-06-01", 50))
    (row,) = ait.step_ups(ait.load(folder), "moon").to_dicts()
    assert row["step_up_x"] == 1500 / 300, "not (2,500 - 1,000) / 300 with the round's fuzzy size"
    assert (row["step_low_x"], row["step_high_x"]) == (1425 / 300, 1575 / 300)


def test_growth_says_where_the_basis_changes(folder: Any, edit: Any) -> None:
    edit("startups", {"startup_id": "zhi"}, exit_date="2022-07-10")
    value(edit, "zhi", "2020-01-10", "post-money", 200)
    value(edit, "zhi", "2022-01-10", "post-money", 800)
    value(edit, "zhi", "2022-07-10", "market-cap", 1600)
    value(edit, "zhi", "2024-07-10", "market-cap", 400)
    rows = ait.growth(ait.load(folder), startups="zhi")
    assert rows["index"].to_list() == [100, 400, 800, 200]
    assert rows["segment"].to_list() == [1, 1, 2, 2]
    assert rows["basis_change"].to_list() == [False, False, True, False]
    assert rows["crosses"].to_list() == [False, False, True, True]
    # Fourfold in 731 days; null within the first year of a stretch.
    assert rows["cagr_pct"][1] == pytest.approx(100 * (4 ** (365.25 / 731) - 1))
    assert rows["segment_cagr_pct"][2] is None
    assert rows["segment_cagr_pct"][3] == pytest.approx(100 * (0.25 ** (365.25 / 731) - 1))
    assert ait.growth(ait.load(folder), rebase=1, startups="zhi")["index"].to_list() == [1, 4, 8, 2]


def test_listings_take_the_offer_price_before_the_first_close(folder: Any, edit: Any) -> None:
    value(edit, "zhi", "2024-01-10", "post-money", 1000)
    name = round_(edit, "zhi", "2024-10-01", 200, kind="ipo")
    value(edit, "zhi", "2024-10-01", "market-cap", 1500, round_id=name)
    value(edit, "zhi", "2024-10-02", "market-cap", 4000)
    rows = ait.listings(ait.load(folder))
    assert rows["stage"].to_list() == ["last round", "listing", "latest"]
    assert rows["multiple_x"].to_list() == [1, 1.5, 4]
    assert ait.listings(ait.load(folder, as_of="2024-09-30")).is_empty()


def test_time_to_unicorn_by_hand(folder: Any, edit: Any) -> None:
    value(edit, "zhi", "2020-06-01", "post-money", 400, date_precision="month")
    value(edit, "zhi", "2021-06-15", "post-money", 990, qualifier="approx")
    value(edit, "zhi", "2022-06-15", "post-money", 1000, qualifier="approx")
    value(edit, "zhi", "2023-06-15", "post-money", 2000)
    row = one(ait.time_to_unicorn(ait.load(folder)), startup_id="zhi")
    assert (row["outcome"], row["date"], row["last_below"]) == ("reached", dt.date(2022, 6, 15), dt.date(2021, 6, 15))
    # Founded in June 2019. About 990 may have been a billion already; about 1,000 may not have been one yet.
    assert row["months_low"] == pytest.approx((dt.date(2021, 6, 15) - dt.date(2019, 6, 30)).days / 30.4375)
    assert row["months_high"] == pytest.approx((dt.date(2023, 6, 15) - dt.date(2019, 6, 1)).days / 30.4375)
    low = one(ait.time_to_unicorn(ait.load(folder), 300), startup_id="zhi")
    assert low["date"] == dt.date(2020, 6, 1)
    assert low["last_below"] is None


def test_below_is_censored_at_the_lens_and_no_value_is_unknown(folder: Any, edit: Any) -> None:
    value(edit, "zhi", "2020-06-15", "post-money", 400)
    ds = ait.load(folder, as_of="2023-10-01")
    row = one(ait.time_to_unicorn(ds), startup_id="zhi")
    assert (row["outcome"], row["censored"], row["months_high"]) == ("below", dt.date(2023, 10, 1), None)
    assert row["months"] == pytest.approx(51.5, abs=0.6)
    assert one(ait.time_to_unicorn(ds), startup_id="moon")["outcome"] == "no value"
    # Without a lens: the latest round or value in the data.
    assert one(ait.time_to_unicorn(ait.load(folder)), startup_id="zhi")["censored"] == dt.date(2024, 8, 1)
    curve = ait.unicorn_curve(ds)
    assert curve["startups"].unique().to_list() == [1]
    assert ait.unicorn_curve(ds, unvalued="censored")["startups"].unique().to_list() == [2]


def test_kaplan_meier_gives_the_published_numbers() -> None:
    # Freireich et al. (1963), 6-MP arm of 21 patients, in every textbook.
    events = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    rows = {row["months"]: row for row in kaplan_meier(events, censored)}
    steps = {age: (row["at_risk"], round(row["survival"] or 0, 3)) for age, row in rows.items() if row["events"]}
    assert steps == {
        6: (21, 0.857), 7: (17, 0.807), 10: (15, 0.753), 13: (12, 0.690), 16: (11, 0.627), 22: (7, 0.538), 23: (6, 0.448),
    }  # fmt: skip
    assert (rows[6]["events"], rows[6]["censored"]) == (3, 1)


def test_kaplan_meier_interval_by_hand() -> None:
    # S(2) = 3/4 x 2/3 = 1/2; Greenwood's sum 1/(4x3) + 1/(3x2); the ends are S ^ exp(-+ z se / |ln S|).
    at = next(row for row in kaplan_meier([1, 2], [3, 4]) if row["months"] == 2)
    spread = 1.959964 * math.sqrt(1 / 12 + 1 / 6) / abs(math.log(0.5))
    assert at["survival"] == 0.5
    assert at["survival_low"] == pytest.approx(0.5 ** math.exp(spread), rel=1e-5)
    assert at["survival_high"] == pytest.approx(0.5 ** math.exp(-spread), rel=1e-5)
    whole = kaplan_meier([1, 2], [])
    assert [row["survival"] for row in whole] == [1, 0.5, 0]
    assert whole[-1]["survival_low"] is None, "the interval is not defined where nobody is left"
    assert [row["survival"] for row in kaplan_meier([], [5, 9])] == [1, 1, 1]


def facts(rows: pl.DataFrame, **where: Any) -> list[str]:
    return one(rows, **where)["facts"]  # type: ignore[no-any-return]


def test_a_value_carries_itself_its_new_money_and_the_founding(folder: Any, edit: Any) -> None:
    name = round_(edit, "zhi", "2024-03-01", 300)
    value(edit, "zhi", "2024-02-20", "pre-money", 1000, round_id=name)
    value(edit, "zhi", "2024-10-02", "market-cap", 4000)
    rows = ait.valuation_history(ait.load(folder), "zhi")
    own, money, born = "valuation|zhi/2024-02-20/pre-money|value", f"round|{name}|amount", "startup|zhi|founded"
    assert facts(rows, basis="pre-money") == facts(rows, basis="derived") == [own, money, born]
    # A market value holds no new money.
    assert facts(rows, basis="market-cap") == ["valuation|zhi/2024-10-02/market-cap|value", born]


def test_a_step_carries_both_values_and_the_money_between(folder: Any, edit: Any) -> None:
    value(edit, "zhi", "2022-01-10", "post-money", 1000, round_id=round_(edit, "zhi", "2022-01-10", 100))
    value(edit, "zhi", "2023-01-10", "unstated", 6000, round_id=round_(edit, "zhi", "2023-01-10", 1000))
    value(edit, "zhi", "2024-01-10", "post-money", 9000, round_id=round_(edit, "zhi", "2024-01-10", 600))
    value(edit, "zhi", "2024-01-10", "pre-money", 8400, round_id="zhi-2024-01-10")
    first, second = ait.step_ups(ait.load(folder), "zhi").to_dicts()
    one_, two, three = (
        f"valuation|zhi/{day}|value"
        for day in ("2022-01-10/post-money", "2023-01-10/unstated", "2024-01-10/post-money")
    )
    # What was raised in the first round stands in no number of the step after it: a post-money is the whole.
    assert first["facts"] == [one_, two, "round|zhi-2023-01-10|amount"]
    # The open basis of the second leaves its new money in the bounds; of the third the pre-money is stated.
    assert second["facts"] == [two, "round|zhi-2023-01-10|amount", three, "valuation|zhi/2024-01-10/pre-money|value"]


def test_growth_and_listings_carry_what_they_are_measured_on(folder: Any, edit: Any) -> None:
    edit("startups", {"startup_id": "zhi"}, exit_date="2024-07-10")
    value(edit, "zhi", "2020-01-10", "post-money", 200)
    value(edit, "zhi", "2024-07-10", "market-cap", 1600)
    value(edit, "zhi", "2024-09-10", "market-cap", 400)
    one_, two, three = (
        f"valuation|zhi/{day}|value"
        for day in ("2020-01-10/post-money", "2024-07-10/market-cap", "2024-09-10/market-cap")
    )
    ds = ait.load(folder)
    assert ait.growth(ds, startups="zhi")["facts"].to_list() == [[one_], [two, one_], [three, one_, two]]
    assert ait.listings(ds)["facts"].to_list() == [[one_], [two, one_], [three, one_]]


def test_an_age_carries_every_value_held_against_the_threshold(folder: Any, edit: Any) -> None:
    value(edit, "zhi", "2020-06-01", "post-money", 400)
    value(edit, "zhi", "2022-06-15", "post-money", 1000, qualifier="approx")
    value(edit, "zhi", "2023-06-15", "post-money", 2000)
    value(edit, "zhi", "2024-06-15", "post-money", 3000)
    ds = ait.load(folder)
    born, *told = [
        "startup|zhi|founded",
        *(f"valuation|zhi/{day}/post-money|value" for day in ("2020-06-01", "2022-06-15", "2023-06-15")),
    ]
    # About 1,000 may lie below: 2,000 is above beyond doubt, and 3,000 was never asked.
    assert facts(ait.time_to_unicorn(ds), startup_id="zhi") == [born, *told]
    assert facts(ait.time_to_unicorn(ds, 300), startup_id="zhi") == [born, told[0]]
    curve = ait.unicorn_curve(ds, 300)
    assert curve["facts"].list.len().unique().to_list() == [4], "both start-ups were at risk: two foundings, two values"
    assert facts(ait.time_to_unicorn(ds.at(known_by="2023-11-01")), startup_id="zhi") == [born], (
        "nothing else was known"
    )


def test_an_unknown_founding_leaves_no_age(small: ait.Dataset) -> None:
    # Moon's founding stands in a page of February 2024.
    early = small.at(known_by="2024-02-26")
    assert "moon" not in set(ait.time_to_unicorn(early)["startup_id"])
    row = one(ait.valuation_history(small), basis="post-money")
    assert "startup|moon|founded" in row["facts"]


def test_a_value_older_than_the_company_has_no_age(folder: Any, edit: Any) -> None:
    # Founded in June 2019; a unit of another was valued before, and once in the very month.
    value(edit, "zhi", "2018-04-01", "unstated", 1500, date_precision="month")
    edit(
        "decisions",
        {"subject_kind": "valuation", "subject_id": "zhi/2018-04-01/unstated", "field": "as_of", "decision": "kept"},
        rule="before_founding",
        target="2018-04-01",
        reason="The price of a unit of another company.",
    )
    value(edit, "zhi", "2019-06-01", "post-money", 2000, date_precision="month")
    ds = ait.load(folder)
    older, same = ait.valuation_history(ds, "zhi").to_dicts()
    assert (older["months"], older["months_low"], older["months_high"]) == (None, None, None)
    assert same["months_low"] == 0 == same["months"]
    assert same["months_high"] == pytest.approx(29 / 30.4375)
    row = one(ait.time_to_unicorn(ds), startup_id="zhi")
    assert (row["outcome"], row["months"], row["months_low"], row["months_high"]) == ("reached", None, None, None)


def test_a_pre_money_counts_with_the_new_money_that_is_known(folder: Any, edit: Any) -> None:
    # 900 before the money is 1,100 after it; the post-money stated later is not there yet.
    name = round_(edit, "zhi", "2022-01-10", 200)
    value(edit, "zhi", "2022-01-10", "pre-money", 900, round_id=name)
    value(edit, "zhi", "2022-03-10", "post-money", 1100, round_id=name)
    ds = ait.load(folder, as_of="2022-02-01")
    assert ait.valuation_history(ds, "zhi")["basis"].to_list() == ["pre-money"]
    row = one(ait.time_to_unicorn(ds), startup_id="zhi")
    assert (row["outcome"], row["date"]) == ("reached", dt.date(2022, 1, 10))
    assert row["months_low"] <= row["months"] <= row["months_high"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda ds: ait.valuation_history(ds, "mon"), "did you mean 'moon'"),
        (lambda ds: ait.valuation_history(ds, "Moon"), "did you mean 'moon'"),
        (lambda ds: ait.valuation_history(ds, 5), "startups must be a text or a list"),
        (lambda ds: ait.valuation_history(ds, ["moon", None]), "startups must be one of"),
        (lambda ds: ait.valuation_history(ds, [["moon"]]), "startups must be one of"),
        (lambda ds: ait.valuation_history(ds, {"moon": 1}), "startups must be a text or a list"),
        (lambda ds: ait.valuation_history(ds, waves="gen-ai"), "did you mean 'genai'"),
        (lambda ds: ait.valuation_history(ds, waves=3), "waves must be a text or a list"),
        (lambda ds: ait.valuation_history(ds, bases=["post"]), "post-money"),
        (lambda ds: ait.valuation_history(ds, talks="no"), "talks must be True or False"),
        (lambda ds: ait.valuation_history(ds, talks=None), "talks must be True or False"),
        (lambda ds: ait.valuation_history(ds, overstatement_pct=-1), "0 or more"),
        (lambda ds: ait.valuation_history(ds, overstatement_pct=None), "must be a number"),
        (lambda ds: ait.valuation_history(ds, overstatement_pct=math.nan), "must be a number"),
        (lambda ds: ait.step_ups(ds, "mon"), "did you mean 'moon'"),
        (lambda ds: ait.step_ups(ds, waves="visoin"), "did you mean 'vision'"),
        (lambda ds: ait.growth(ds, rebase=0), "above 0"),
        (lambda ds: ait.growth(ds, rebase="100"), "rebase must be a number above 0, not '100'"),
        (lambda ds: ait.growth(ds, rebase=math.inf), "rebase must be a number"),
        (lambda ds: ait.growth(ds, startups="mon"), "did you mean 'moon'"),
        (lambda ds: ait.listings(ds, waves="visoin"), "did you mean 'vision'"),
        (lambda ds: ait.time_to_unicorn(ds, -5), "above 0"),
        (lambda ds: ait.time_to_unicorn(ds, 0), "above 0"),
        (lambda ds: ait.time_to_unicorn(ds, math.nan), "above 0"),
        (lambda ds: ait.time_to_unicorn(ds, None), "above 0"),
        (lambda ds: ait.time_to_unicorn(ds, [1000]), "above 0"),
        (lambda ds: ait.time_to_unicorn(ds, threshold_usd_m=True), "above 0"),
        (lambda ds: ait.time_to_unicorn(ds, startups="mon"), "did you mean 'moon'"),
        (lambda ds: ait.time_to_unicorn(ds, scope="model-makers"), "did you mean 'model-maker'"),
        (lambda ds: ait.unicorn_curve(ds, 0), "above 0"),
        (lambda ds: ait.unicorn_curve(ds, by="waves"), "did you mean 'wave'"),
        (lambda ds: ait.unicorn_curve(ds, by=None), "by must be one of"),
        (lambda ds: ait.unicorn_curve(ds, unvalued="censord"), "did you mean 'censored'"),
        (lambda ds: ait.unicorn_curve(ds, waves="foriegn"), "did you mean 'foreign'"),
        (lambda ds: ait.unicorn_curve(ds, scope=["ai"]), "scope must be one of"),
    ],
)
def test_wrong_arguments_say_what_is_allowed(small: ait.Dataset, call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(small)


def test_lists_and_series_name_start_ups(small: ait.Dataset) -> None:
    whole = ait.valuation_history(small, "moon")
    for given_ in (["moon"], ("moon",), pl.Series(["moon"]), {"moon"}):
        assert ait.valuation_history(small, given_).equals(whole)  # type: ignore[arg-type]
    assert ait.valuation_history(small, []).is_empty()
    assert ait.time_to_unicorn(small, np.int64(1000)).equals(ait.time_to_unicorn(small))


@pytest.mark.parametrize(
    "lens", [{"as_of": "0001-01-01"}, {"as_of": "9999-12-31"}, {"known_by": "0001-01-01"}, {"known_by": "9999-12-31"}]
)
def test_the_ends_of_time_are_days_like_others(small: ait.Dataset, lens: dict[str, Any]) -> None:
    seen = small.at(**lens)
    early = "0001-01-01" in lens.values()
    for frame in (ait.valuation_history(seen), ait.time_to_unicorn(seen), ait.unicorn_curve(seen)):
        assert frame.is_empty() == early
        assert "facts" in frame.columns
    for function in (ait.step_ups, ait.growth, ait.listings):
        assert "facts" in function(seen).columns


COMPARED = (ait.valuation_history, ait.step_ups, ait.growth, ait.listings, ait.time_to_unicorn)


@pytest.mark.parametrize("function", COMPARED, ids=lambda f: f.__name__)
def test_foreign_comparators_are_given_to_who_asks(frozen: ait.Dataset, function: Any) -> None:
    assert set(function(frozen)["wave"]) == set(HOME_WAVES)
    if function is not ait.listings:  # none of them is listed
        assert set(function(frozen, waves="foreign")["wave"]) == {"foreign"}
        assert set(function(frozen, startups=["openai", "moonshot"])["startup_id"]) == {"openai", "moonshot"}


def test_the_curve_leaves_foreign_comparators_out_and_counts_those_asked_for(frozen: ait.Dataset) -> None:
    for by in ("wave", "segment", "country"):
        assert ait.unicorn_curve(frozen, by=by)["foreign"].sum() == 0  # type: ignore[arg-type]
    both = ait.unicorn_curve(frozen, by="segment", waves=WAVES)
    assert both.unique("segment")["foreign"].sum() == 5
    times = ait.time_to_unicorn(frozen, scope="model-maker")
    assert set(times["scope"]) == {"model-maker"}
    assert set(ait.time_to_unicorn(frozen, scope="ai")["scope"]) == {"model-maker", "genai", "ai"}
    curve = ait.unicorn_curve(frozen, 500, scope="model-maker")
    assert (curve["scope"].unique().to_list(), curve["threshold_usd_m"].unique().to_list()) == (
        ["model-maker"],
        [500.0],
    )
    assert (
        curve["startups"].max()
        == times.filter((pl.col("outcome") != "no value") & pl.col("months").is_not_null()).height
    )


@pytest.mark.parametrize("threshold", [200, 1000, 5000])
@pytest.mark.parametrize(
    "lens",
    [{}, {"policy": "lowest"}, {"policy": "highest"}, {"as_of": "2023-06-30"}, {"known_by": "2024-06-30"}],
    ids=str,
)
def test_no_age_lies_outside_its_bounds(real: ait.Dataset, lens: dict[str, Any], threshold: float) -> None:
    seen = real.at(**lens)
    for rows in (ait.valuation_history(seen, waves=WAVES), ait.time_to_unicorn(seen, threshold, waves=WAVES)):
        low, at, high = (pl.col(f"months{end}") for end in ("_low", "", "_high"))
        off = rows.filter((low > at + 1e-9) | (at > high + 1e-9) | (low > high + 1e-9) | (at < 0))
        assert off.is_empty(), off.select("startup_id", "months_low", "months", "months_high").rows()


@settings(max_examples=12, deadline=None)
@given(days=st.tuples(DAYS, DAYS))
def test_a_later_as_of_never_removes_a_point(real: ait.Dataset, days: tuple[dt.date, dt.date]) -> None:
    early, late = (ait.valuation_history(real.at(as_of=day)) for day in sorted(days))
    assert early.join(late, on=["valuation_id", "date", "value_usd_m"], how="anti").is_empty()


def test_lowest_median_and_highest_are_in_order(real: ait.Dataset) -> None:
    frames = [
        ait.valuation_history(real.at(policy=policy), waves=WAVES).select(
            "valuation_id", pl.col("value_usd_m").alias(policy)
        )
        for policy in ("lowest", "median", "highest")
    ]
    rows = (
        frames[0].join(frames[1], on="valuation_id", validate="1:1").join(frames[2], on="valuation_id", validate="1:1")
    )
    assert rows.height == frames[0].height > 150
    assert rows.filter((pl.col("lowest") > pl.col("median")) | (pl.col("median") > pl.col("highest"))).is_empty()
    assert rows.filter(pl.col("lowest") < pl.col("highest")).height > 10, "the policies differ somewhere"


def test_values_are_within_their_ends_and_converted_at_the_rate_of_the_day(real: ait.Dataset) -> None:
    rows = ait.valuation_history(real)
    low, usd, high = (pl.col(f"value{end}_usd_m") for end in ("_low", "", "_high"))
    assert rows.filter((low > usd) | (usd > high)).is_empty()
    native = rows.filter(pl.col("currency") != "USD")
    assert native.height > 50
    assert (native["value_m"] * native["fx_rate"] - native["value_usd_m"]).abs().max() < 1e-6
    assert native.filter((pl.col("day") - pl.col("fx_date")).dt.total_days().is_between(0, 10).not_()).is_empty()
    one_each = rows.filter(pl.col("headline") & pl.col("round_id").is_not_null()).group_by("round_id").len()
    assert one_each["len"].max() == 1, "one point an event"


def test_step_ups_lie_in_their_intervals(real: ait.Dataset) -> None:
    for policy in ("curated", "lowest", "highest"):
        rows = ait.step_ups(real.at(policy=policy))
        off = rows.filter(
            (pl.col("step_up_x") < pl.col("step_low_x") * 0.999) | (pl.col("step_up_x") > pl.col("step_high_x") * 1.001)
        )
        assert off.is_empty(), off.select("startup_id", "date", "step_low_x", "step_up_x", "step_high_x").rows()
        assert rows["step_up_x"].is_not_null().sum() > 10


def test_the_curve_only_falls_and_leaves_nobody_out(real: ait.Dataset) -> None:
    times, curve = ait.time_to_unicorn(real), ait.unicorn_curve(real)
    for (_,), rows in curve.group_by("wave", maintain_order=True):
        assert rows["survival"].is_sorted(descending=True)
        assert rows["at_risk"].is_sorted(descending=True)
        assert rows["events"].sum() + rows["censored"].sum() == rows["startups"][0]
    aged = times.filter(pl.col("months").is_not_null())
    groups = curve.unique("wave")
    assert groups["startups"].sum() == aged.filter(pl.col("outcome") != "no value").height
    assert set(times["outcome"]) <= {"reached", "below", "no value"}


def test_the_prospectuses_values_are_given(frozen: ait.Dataset) -> None:
    # MiniMax: post-money of its Pre-B++ round; Zhipu: RMB 24,377m after B6.
    minimax = one(ait.valuation_history(frozen, "minimax"), round_id="minimax-2025-08", headline=True)
    assert (minimax["value_usd_m"], minimax["basis"]) == (4240, "post-money")
    zhipu = one(ait.valuation_history(frozen, "zhipu"), round_id="zhipu-2025-05-b6")
    assert (zhipu["value_m"], zhipu["currency"], zhipu["basis"]) == (24377, "CNY", "post-money")
    changes = ait.growth(frozen, startups=["zhipu", "minimax"]).filter("basis_change")
    assert {"zhipu", "minimax"} <= set(changes.filter(pl.col("basis") == "market-cap")["startup_id"])


def test_the_estimator_is_imported_only_for_a_curve() -> None:
    code = "import sys, aitracker as ait; ds = ait.load(); ait.time_to_unicorn(ds); assert 'scipy' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
