"""What the functions of flows refuse, with what is allowed; and that money of unknown size never makes anything surer."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.asked import key

Flows = ait.funding_flows
# Function, arguments, and what the message must say.
CALLS: list[tuple[Any, dict[str, Any], str]] = [
    (Flows, {"by": "investor_typ"}, "did you mean 'investor_type'"),
    (Flows, {"by": None}, "by must be one of 'investor_type'"),
    (Flows, {"by": ["startup"]}, "by must be one of"),
    (Flows, {"by": True}, "by must be one of"),
    (Flows, {"every": "1yr"}, "did you mean '1y'"),
    (Flows, {"every": 12}, "every must be one of '1mo'"),
    (Flows, {"split": None}, "split must be one of 'stated'"),
    (Flows, {"split": ["equal"]}, "split must be one of"),
    (Flows, {"status": None}, "status must be one of 'closed'"),
    (Flows, {"status": []}, "status must hold at least one of 'closed'"),
    (Flows, {"status": ["close"]}, "did you mean 'closed'"),
    (Flows, {"status": True}, "status must be a text or a list of texts.*; each is one of 'closed'"),
    (Flows, {"kinds": []}, "kinds must hold at least one of 'equity'"),
    (Flows, {"kinds": "equty"}, "did you mean 'equity'"),
    (Flows, {"waves": []}, "waves must hold at least one of 'vision'"),
    (Flows, {"waves": ["gen-ai"]}, "did you mean 'genai'"),
    (Flows, {"waves": [None]}, "waves must be one of"),
    (Flows, {"waves": 3}, "waves must be a text or a list of texts, not 3; each is one of 'vision'"),
    (Flows, {"scope": "model-makers"}, "did you mean 'model-maker'"),
    (Flows, {"scope": ["genai"]}, "scope must be one of 'model-maker'"),
    (Flows, {"scope": True}, "scope must be one of"),
    (Flows, {"segments": ["chip"]}, "did you mean 'chips'"),
    (Flows, {"segments": []}, "segments must hold at least one"),
    (Flows, {"instruments": "cloud credit"}, "did you mean 'cloud-credit'"),
    (Flows, {"investors": []}, "investors must hold at least one of 'ali'"),
    (Flows, {"investors": ["Ali"]}, "did you mean 'ali'"),
    (Flows, {"investors": [True]}, "investors must be one of 'ali'"),
    (Flows, {"investors": 5}, "investors must be a text or a list of texts"),
    (Flows, {"since": "yesterday"}, "since must be a date"),
    (Flows, {"since": 2024}, "since must be a date"),
    (Flows, {"since": 20240101}, "since must be a date"),
    (Flows, {"since": True}, "since must be a date"),
    (Flows, {"until": "2024-13-01"}, "until must be a date"),
    (Flows, {"until": ["2024-01-01"]}, "until must be a date"),
    (Flows, {"since": "10000-01-01"}, "since must be a date"),
    (Flows, {"until": "0000-01-01"}, "until must be a date"),
    (Flows, {"since": "2024-02-01", "until": "2024-01-01"}, "since must not be after until"),
    (ait.flows_and_talks, {"status": None}, "status must hold at least one of 'closed'"),
    (ait.flows_and_talks, {"status": "in-talks"}, "status must be one of 'closed'"),
    (ait.flows_and_talks, {"scope": "models"}, "scope must be one of"),
    (ait.round_split, {"round_id": "moon-2024-2"}, "did you mean 'moon-2024-02'"),
    (ait.round_split, {"round_id": ["moon-2024-02"]}, "round_id must be one of"),
    (ait.round_split, {"round_id": ""}, "round_id must be one of"),
    (ait.round_split, {"split": "half"}, "split must be one of"),
    (ait.round_split, {"split": None}, "split must be one of"),
    (ait.investor_matrix, {"split": "equl"}, "did you mean 'equal'"),
    (ait.investor_matrix, {"waves": []}, "waves must hold"),
    (ait.investor_matrix, {"scope": ""}, "scope must be one of"),
    (ait.investor_matrix, {"since": False}, "since must be a date"),
    (ait.portfolio, {"investor": "Venture"}, "did you mean 'vc'"),
    (ait.portfolio, {"investor": None}, "investor must be one of 'ali'"),
    (ait.portfolio, {"investor": ["ali"]}, "investor must be one of 'ali'"),
    (ait.portfolio, {"investor": True}, "investor must be one of 'ali'"),
    (ait.portfolio, {"investor": ""}, "investor must be one of 'ali'"),
    (ait.instrument_mix, {"investor": "aly"}, "did you mean 'ali'"),
    (ait.instrument_mix, {"investor": ["ali"]}, "investor must be one of 'ali'"),
    (ait.instrument_mix, {"status": None}, "status must be one of"),
    (ait.instrument_mix, {"kinds": []}, "kinds must hold"),
    (ait.instrument_summary, {"investor": "State Fund"}, "did you mean 'state'"),
    (ait.instrument_summary, {"waves": "visions"}, "did you mean 'vision'"),
    (ait.returnable_money, {"investor": "stat"}, "did you mean 'state'"),
    (ait.returnable_money, {"investor": "ali", "quarters": 1.5}, "quarters must be a whole number"),
    (ait.returnable_money, {"investor": "ali", "quarters": 0}, "at least 1"),
    (ait.returnable_money, {"investor": "ali", "quarters": True}, "quarters must be a whole number"),
    (ait.returnable_money, {"investor": "ali", "quarters": None}, "quarters must be a whole number"),
    (ait.returnable_money, {"investor": "ali", "quarters": "8"}, "quarters must be a whole number"),
    (ait.returnable_money, {"investor": "ali", "quarters": [8]}, "quarters must be a whole number"),
    (ait.returnable_money, {"investor": "ali", "quarters": 10**9}, "at most 400"),
    (ait.returnable_money, {"investor": "ali", "waves": []}, "waves must hold"),
    (ait.returnable_money, {"investor": "ali", "scope": "gen-ai"}, "did you mean 'genai'"),
    (ait.credit_value, {"investor": "ali", "prices": [120]}, "between 0 and 100"),
    (ait.credit_value, {"investor": "ali", "prices": [float("nan")]}, "between 0 and 100"),
    (ait.credit_value, {"investor": "ali", "prices": [True]}, "between 0 and 100"),
    (ait.credit_value, {"investor": "ali", "prices": []}, "between 0 and 100"),
    (ait.credit_value, {"investor": "ali", "prices": None}, "between 0 and 100"),
    (ait.credit_value, {"investor": "ali", "prices": "50"}, "between 0 and 100"),
    (ait.credit_value, {"investor": "Ali", "prices": [50]}, "did you mean 'ali'"),
    (ait.draw_down, {"investor": "ali", "quarters": []}, "at least one"),
    (ait.draw_down, {"investor": "ali", "quarters": [1.5]}, "quarters must be a whole number"),
    (ait.draw_down, {"investor": "ali", "quarters": b"ali"}, "quarters must be a whole number"),
    (ait.draw_down, {"investor": "ali", "quarters": None}, "quarters must be a whole number"),
    (ait.draw_down, {"investor": "nobody"}, "investor must be one of 'ali'"),
    (ait.waves, {"bucket_months": 0}, "at least 1"),
    (ait.waves, {"bucket_months": 12.0}, "bucket_months must be a whole number"),
    (ait.waves, {"bucket_months": True}, "bucket_months must be a whole number"),
    (ait.waves, {"windowed": None}, "windowed must be True or False"),
    (ait.waves, {"windowed": "no"}, "windowed must be True or False"),
    (ait.waves, {"split": 1}, "split must be one of"),
    (ait.waves, {"waves": ["chips"]}, "waves must be one of"),
]


@pytest.mark.parametrize(("make", "given", "said"), CALLS, ids=[f"{c[0].__name__} {c[1]}" for c in CALLS])
def test_a_wrong_call_is_refused_with_what_is_allowed(small: ait.Dataset, make: Any, given: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make(small, **given)


def test_every_public_function_of_flows_has_wrong_calls() -> None:
    flows = {
        name for name in ait.__all__ if getattr(getattr(ait, name), "__module__", "").startswith("aitracker.flows")
    }
    assert flows - {call[0].__name__ for call in CALLS} == {"tie_out"}, "the last takes no argument but the data"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_of_all_are_days_of_a_lens_and_slips_in_a_period(
    small: ait.Dataset, day: str
) -> None:
    for limit in ("since", "until"):
        with pytest.raises(ValueError, match=f"{limit} must be a date from 1990-01-01 to 2100-12-31"):
            ait.funding_flows(small, **{limit: day})  # type: ignore[arg-type]
    for lens in ({"as_of": day}, {"known_by": day}):
        ds = small.at(**lens)
        for make in (
            ait.funding_flows,
            ait.flows_and_talks,
            ait.investor_matrix,
            ait.waves,
            ait.tie_out,
            ait.instrument_mix,
        ):
            assert make(ds).schema == make(small).schema, f"{make.__name__} at {lens}"
        assert ait.returnable_money(ds, "ali", quarters=400).schema == ait.returnable_money(small, "ali").schema
    assert ait.funding_flows(small.at(as_of=day)).is_empty() == (day < "2000")


def test_one_word_stands_for_a_list_of_one(small: ait.Dataset) -> None:
    assert ait.funding_flows(small, waves="genai").equals(ait.funding_flows(small, waves=["genai"]))  # type: ignore[arg-type]
    assert ait.credit_value(small, "ali", prices=50).height == 1  # type: ignore[arg-type]
    assert ait.draw_down(small, "ali", quarters=8).height == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Sequoia China", "hongshan"),
        ("sequoia china", "hongshan"),
        ("HongShan", "hongshan"),
        ("腾讯", "tencent"),
        ("Alibaba Group", "alibaba"),
        ("alibabba", "alibaba"),
        ("Tencnt", "tencent"),
    ],
)
def test_a_name_is_met_with_its_key(frozen: ait.Dataset, text: str, meant: str) -> None:
    for call in (
        lambda: key(frozen, "investor", text, "investor"),
        lambda: ait.portfolio(frozen, text),
        lambda: ait.funding_flows(frozen, investors=[text]),
        lambda: ait.returnable_money(frozen, text),
    ):
        with pytest.raises(ValueError, match=f"did you mean '{meant}'"):
            call()


INTERVALS = ("amount{}_usd_m", "share{}_pct", "whole{}_pct", "returnable{}_usd_m", "total{}_usd_m", "committed{}_usd_m")
KEYS = {
    "funding_flows": ("period", "investor_type"),
    "investor_matrix": ("investor_id", "startup_id"),
    "waves": ("wave", "by", "group", "age"),
    "instrument_summary": ("instrument", "part_of"),
    "returnable_money": ("kind", "investor_id", "startup_id"),
}
DARK = {
    "status": "closed",
    "source_id": "blog-undated",
    "amount_qualifier": "undisclosed",
    "counts_in_totals": "true",
    "is_umbrella": "false",
}


def frames(ds: ait.Dataset) -> dict[str, pl.DataFrame]:
    return {
        "funding_flows": ait.funding_flows(ds, every="1y"),
        "investor_matrix": ait.investor_matrix(ds),
        "waves": ait.waves(ds),
        "instrument_summary": ait.instrument_summary(ds, "ali"),
        "returnable_money": ait.returnable_money(ds, "ali"),
    }


@pytest.mark.parametrize("startup", ["moon", "zhi"])
@pytest.mark.parametrize("listed", ["complete", "partial", "unknown"])
@pytest.mark.parametrize("investors", [(), ("ali",), ("ali", "vc", "state")])
def test_a_round_of_unknown_size_never_narrows_an_interval(
    folder: Any, edit: Any, small: ait.Dataset, startup: str, listed: str, investors: tuple[str, ...]
) -> None:
    edit("rounds", {"round_id": "dark"}, startup_id=startup, kind="equity", announced="2024-03-01", date_precision="day",
         investor_list=listed, **DARK)  # fmt: skip
    for investor in investors:
        edit("participations", {"round_id": "dark", "investor_id": investor, "instrument": "unknown"}, role="participant",
             amount_qualifier="undisclosed", source_id="blog-undated")  # fmt: skip
    after = frames(ait.load(folder))
    for name, before in frames(small).items():
        both = before.join(after[name], on=KEYS[name], how="left", nulls_equal=True, suffix="_after", validate="1:1")
        for pattern in INTERVALS:
            low, high = pattern.format("_low"), pattern.format("_high")
            if low not in before.columns:
                continue
            narrowed = both.filter(
                (pl.col(f"{low}_after") > pl.col(low) + 1e-9) | (pl.col(f"{high}_after") < pl.col(high) - 1e-9)
            )
            assert narrowed.is_empty(), f"{name}.{low}: {narrowed.select(*KEYS[name], low, high).rows()}"
    if "ali" in investors:
        pair = after["returnable_money"].filter(pl.col("startup_id") == startup).row(0, named=True)
        assert (pair["split"], pair["whole_low_pct"], pair["whole_high_pct"]) == (
            "partly" if startup == "moon" else "no sum", 0, 100,
        )  # fmt: skip
        whole = after["returnable_money"].filter(pl.col("kind") == "all").row(0, named=True)
        assert (whole["whole_low_pct"], whole["whole_high_pct"], whole["rounds_resting"]) == (0, 100, 1)
