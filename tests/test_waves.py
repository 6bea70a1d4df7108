"""Who paid for each wave, at equal age."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.vocabulary import POLICIES


def row(frame: pl.DataFrame, **where: Any) -> dict[str, Any]:
    found = frame.filter(*[pl.col(c) == v for c, v in where.items()])
    assert found.height == 1, f"{where} has {found.height} rows"
    return found.row(0, named=True)


def test_shares_by_hand(small: ait.Dataset) -> None:
    # Moon is 10 months old in February 2024: 1,000 (950 to 1,050), of it 800 (760 to 840) of Ali.
    frame = ait.waves(small)
    ali = row(frame, group="big-tech", age="0-23")
    assert (ali["share_pct"], ali["share_low_pct"]) == pytest.approx((80, 100 * 760 / 1050))
    assert ali["share_high_pct"] == pytest.approx(100 * 840 / 950), "840 of the smallest round"
    assert (ali["bucket_rounds"], ali["bucket_rounds_unknown"], ali["bucket_startups"]) == (2, 1, 1)
    assert row(frame, group="foreign", age="0-23")["share_pct"] == pytest.approx(10)
    # Zhi is 52 months old in October 2023: all of its 342 is Chinese.
    assert row(frame, group="China", age="48-71")["share_pct"] == pytest.approx(100)
    assert row(frame, group="China", age="all")["amount_usd_m"] == pytest.approx(1242)
    # The round of August has no size: of all the money the share may be anything.
    assert (ali["whole_low_pct"], ali["whole_high_pct"]) == (0, 100)
    home = row(frame, group="China", age="48-71")
    assert (home["whole_low_pct"], home["whole_high_pct"]) == (home["share_low_pct"], home["share_high_pct"])
    assert row(frame, group="unknown", age="0-23", by="country_group")["amount_usd_m"] is None, "of unknown size"


def test_a_bucket_without_any_size_has_no_share_and_no_zero(folder: Any, edit: Any) -> None:
    for round_id in ("moon-2024-02", "zhi-2023"):
        edit("rounds", {"round_id": round_id}, amount_m="", currency="", amount_qualifier="undisclosed")
    for row_ in (("moon-2024-02", "ali"), ("zhi-2023", "state")):
        edit(
            "participations",
            dict(zip(("round_id", "investor_id"), row_, strict=True)),
            amount_m="",
            currency="",
            amount_qualifier="undisclosed",
        )
    ds = ait.load(folder)
    frame = ait.waves(ds)
    assert frame["bucket_usd_m"].null_count() > 0
    dark = frame.filter(pl.col("bucket_usd_m").is_null())
    assert dark["share_pct"].null_count() == dark.height
    assert set(dark["whole_high_pct"]) == {100.0}


def test_a_sum_of_nothing_divides_nothing(folder: Any, edit: Any) -> None:
    edit("claims", {"claim_id": "round|moon-2024-02|amount|blog-undated"}, value_low="0", value_high="0")
    frame = ait.waves(ait.load(folder, policy="lowest")).filter(pl.col("age") == "0-23")
    assert set(frame["bucket_usd_m"]) == {0.0}
    assert frame["share_pct"].null_count() == frame.height
    for column in ("share_low_pct", "share_high_pct", "whole_low_pct", "whole_high_pct"):
        assert not frame[column].is_nan().any(), column


def test_buckets_can_be_wider(small: ait.Dataset) -> None:
    assert set(ait.waves(small, bucket_months=12)["age"]) == {"0-11", "12-23", "48-59", "all"}
    with pytest.raises(ValueError, match="at least 1"):
        ait.waves(small, bucket_months=0)


def test_old_ages_share_one_bucket_and_undated_ones_are_unknown(folder: Any, edit: Any) -> None:
    edit("startups", {"startup_id": "zhi"}, founded="2010-06-01")
    edit("startups", {"startup_id": "moon"}, founded="", founded_precision="")
    frame = ait.waves(ait.load(folder))
    assert set(frame["age"]) == {"96+", "unknown", "all"}
    assert row(frame, age="unknown", group="big-tech")["share_pct"] == pytest.approx(80)


def test_money_before_the_founding_day_is_of_age_zero(folder: Any, edit: Any) -> None:
    edit("startups", {"startup_id": "moon"}, founded="2024-01-01", founded_precision="year")  # counts as July
    assert row(ait.waves(ait.load(folder)), group="big-tech", age="0-23")["age_from"] == 0


def test_a_wave_is_of_its_years(folder: Any, edit: Any) -> None:
    edit("startups", {"startup_id": "zhi"}, wave="vision", founded="2019-06-01")
    ds = ait.load(folder)
    assert set(ait.waves(ds)["wave"]) == {"genai"}, "the vision wave's own years end in 2021"
    wide = ait.waves(ds, windowed=False)
    assert set(wide["wave"]) == {"vision", "genai"}
    assert set(wide["window"]) == {"all years"}
    assert row(wide, wave="vision", group="China", age="all")["amount_usd_m"] == pytest.approx(342)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("windowed", [True, False])
def test_shares_of_a_bucket_sum_to_the_whole(real: ait.Dataset, policy: Any, windowed: Any) -> None:
    frame = ait.waves(real.at(policy=policy), windowed=windowed)
    assert set(frame["wave"]) == {"vision", "genai", "other"}
    sums = frame.group_by("wave", "by", "age").agg(pl.col("share_pct").sum(), pl.col("bucket_usd_m").first())
    known = sums.filter(pl.col("bucket_usd_m") > 0)
    assert known.height > 20
    assert known.filter((pl.col("share_pct") - 100).abs() > 1e-6).is_empty()
    low, high, share = pl.col("share_low_pct"), pl.col("share_high_pct"), pl.col("share_pct")
    assert frame.filter((low > share + 1e-6) | (share > high + 1e-6) | (high > 100 + 1e-6) | (low < 0)).is_empty()


def test_all_ages_are_the_flows(real: ait.Dataset) -> None:
    frame = ait.waves(real, windowed=False).filter(pl.col("age") == "all", pl.col("by") == "country_group")
    flows = ait.funding_flows(real, by="country_group", every="1y")
    assert frame["amount_usd_m"].sum() == pytest.approx(flows["amount_usd_m"].sum())
    ages = ait.waves(real, windowed=False).filter(pl.col("age") != "all", pl.col("by") == "country_group")
    assert ages["amount_usd_m"].sum() == pytest.approx(flows["amount_usd_m"].sum())
