"""Where a number comes from: of a fact, and of a row of every public frame."""

from __future__ import annotations

import inspect
from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.lens import POLICIES

# What a frame function is asked for where it needs more than the data.
ASKED = {
    "startup": "moonshot",
    "investor": "alibaba",
    "kind": "round",
    "id": "moonshot-2024-02",
    "origin": "ft-20240513-alibaba-cloud",
}
FRAMES = sorted(
    name
    for name in ait.__all__
    if inspect.isfunction(function := getattr(ait, name))
    and next(iter(inspect.signature(function).parameters), None) == "ds"
    and "DataFrame" in str(inspect.signature(function).return_annotation)
)


def test_the_lineage_of_one_number(small: ait.Dataset) -> None:
    fact = ait.explain(small, "round", "moon-2024-02", "amount")[0]
    text = str(fact)
    assert fact.chosen is not None
    assert fact.chosen["source_id"] == "wire-feb"
    assert fact.value == "about USD 1,000m"
    assert fact.why == "the curators' choice among 4 origins"
    assert fact.rate is None
    assert fact.macro == "rounds_seen(NULL, NULL, 'curated'), by resolved(NULL, 'curated')"
    assert "6 of 4 origins, 1 known to be wrong" in text
    assert "* about USD 1,000m | A wire (wire), known from 2024-02-27 [wire-feb]" in text
    assert (
        "x USD 10,000m | A copier (aggregator), known from 2024-05-20, repeats paper-may [copy-1] | tenfold slip"
        in text
    )
    assert "- at least USD 800m (first closing)" in text


@pytest.mark.parametrize(
    ("policy", "value", "why"),
    [
        (
            "filing-first",
            "at least USD 800m (first closing)",
            "the best-ranked kind of source (filing), the latest of that kind, of 4 origins",
        ),
        ("latest", "at least USD 800m (first closing)", "the latest known of 4 origins, since 2024-06-30"),
        ("lowest", "at least USD 800m (first closing)", "the lowest of what 4 origins state"),
        ("highest", "USD 1,300m", "the highest of what 4 origins state"),
        ("median", "about USD 1,000m", "the lower middle one of what 4 origins state, one voice each"),
    ],
)
def test_the_reason_is_that_of_the_policy(small: ait.Dataset, policy: Any, value: str, why: str) -> None:
    fact = ait.explain(small.at(policy=policy), "round", "moon-2024-02", "amount")[0]
    assert (fact.value, fact.why) == (value, why)
    assert f"'{policy}'" in fact.macro


def test_native_amount_and_rate_are_told(small: ait.Dataset) -> None:
    fact = ait.explain(small, "round", "zhi-2023-a", "amount")[0]
    assert fact.value == "about CNY 300m = USD 42m"
    assert fact.rate is not None
    assert fact.rate.startswith("US$0.14 per CNY on 2023-07-14")
    assert fact.why == "the only origin that states it"


def test_the_macro_gives_the_number(real: ait.Dataset) -> None:
    seen = real.at(policy="lowest", known_by="2024-06-30", as_of="2024-06-30")
    fact = ait.explain(seen, "round", "moonshot-2024-02", "amount")[0]
    call = fact.macro.partition(", by ")[0]
    amount = real.sql(f"SELECT amount_usd_m FROM {call} WHERE round_id = 'moonshot-2024-02'").item()
    assert fact.chosen is not None
    assert amount == fact.chosen["value_usd_m"]


def test_a_fact_in_words_takes_what_the_curators_prefer(small: ait.Dataset) -> None:
    fact = ait.explain(small, "participation", "moon-2024-02/ali", "cloud_credit_share")[0]
    assert fact.value == "at most 50 % (just under half)"
    assert fact.why.endswith("two people told the paper")
    assert fact.macro == "claims_seen(NULL, NULL)"


def test_what_was_not_known_has_no_claims_and_says_so(small: ait.Dataset) -> None:
    eve = small.at(known_by="2024-05-12")
    fact = ait.explain(eve, "participation", "moon-2024-02/ali", "cloud_credit_share")[0]
    assert (fact.value, fact.chosen, fact.claims.height) == ("unknown", None, 0)
    assert "no source had said anything" in fact.why
    nothing = ait.explain(small.at(known_by="2020-01-01"), {"round_id": "moon-2024-02"})
    assert len(nothing) == 0
    assert "no fact stands behind" in str(nothing)
    assert "no fact stands behind" in nothing._repr_html_()


def test_a_fallback_is_told(small: ait.Dataset, folder: Any, edit: Any) -> None:
    edit("rounds", {"round_id": "moon-2024-02"}, source_id="filing-june")
    edit("claims", {"claim_id": "round|moon-2024-02|amount|filing-june"}, source_id="wire-feb")
    fact = ait.explain(ait.load(folder, known_by="2024-05-31"), "round", "moon-2024-02", "amount")[0]
    assert (
        fact.why == "the curators' own choice was not known by then; the best-ranked kind of source (wire) of 2 origins"
    )
    assert "choice among" in ait.explain(small, "round", "moon-2024-02", "amount")[0].why


def test_html_escapes_every_text(folder: Any, edit: Any) -> None:
    edit("sources", {"source_id": "wire-feb"}, publisher="<script>alert(1)</script>")
    edit("claims", {"claim_id": "round|moon-2024-02|amount|copy-1"}, reason="<b>slip</b>")
    made = ait.explain(ait.load(folder), "round", "moon-2024-02", "amount")._repr_html_()
    assert "<script>" not in made
    assert "<b>" not in made
    assert "&lt;script&gt;alert(1)" in made
    assert "<del>USD 10,000m</del>" in made
    assert made.count("(taken)") == 1


def test_all_facts_of_a_subject(small: ait.Dataset) -> None:
    found = ait.explain(small, "round", "moon-2024-02")
    assert [f.field for f in found] == ["amount", "announced", "series", "status"]
    assert found.source_ids == ["wire-feb"]
    assert str(found).startswith("4 facts")


@pytest.mark.parametrize(
    ("row", "facts"),
    [
        ({"round_id": "moon-2024-02"}, {("round", "moon-2024-02", "amount")}),
        (
            {"round_id": "moon-2024-02", "investor_id": "ali"},
            {("participation", "moon-2024-02/ali", "amount"), ("round", "moon-2024-02", "amount")},
        ),
        # A group's row leads to the parts of its vehicles.
        (
            {"round_id": "zhi-2023", "investor": "Ali"},
            {
                ("participation", "zhi-2023/ali", "instrument"),
                ("participation", "zhi-2023/ali-cloud", "instrument"),
                ("round", "zhi-2023", "amount"),
            },
        ),
        ({"stake_id": "ali/moon/2024-03-31"}, {("stake", "ali/moon/2024-03-31", "pct")}),
        (
            {"startup_id": "moon", "date": "2024-02-26"},
            {("valuation", "moon/2024-02-26/post-money", "value"), ("valuation", "moon/2024-02-26/pre-money", "value")},
        ),
        ({"valuation_id": "moon/2024-02-26/post-money"}, {("valuation", "moon/2024-02-26/post-money", "value")}),
        ({"subject_kind": "round", "subject_id": "zhi-2023", "field": "amount"}, {("round", "zhi-2023", "amount")}),
    ],
)
def test_keys_lead_to_their_facts(small: ait.Dataset, row: dict[str, Any], facts: set[tuple[str, str, str]]) -> None:
    assert {(f.kind, f.id, f.field) for f in ait.explain(small, row)} == facts


def test_a_column_of_the_flows_leads_to_its_rounds(small: ait.Dataset, folder: Any, edit: Any) -> None:
    frame = ait.funding_flows(small, every="1y")
    row = frame.filter(pl.col("investor_type") == "big-tech", pl.col("period").dt.year() == 2024)
    facts = {(f.kind, f.id) for f in ait.explain(small, row)}
    assert facts == {("round", "moon-2024-02"), ("participation", "moon-2024-02/ali")}
    edit("rounds", {"round_id": "moon-2024-01-talks"}, superseded_by="")
    ds = ait.load(folder)
    talked = ait.funding_flows(ds, every="1y", status=("in-talks",)).row(0, named=True)
    assert {f.id for f in ait.explain(ds, talked, status=("in-talks",))} == {"moon-2024-01-talks"}
    with pytest.raises(ValueError, match="every='1y'"):
        ait.explain(small, {**row.row(0, named=True), "rounds": 99})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ds: ait.explain(ds, {"colour": "red"}), "nothing in this row leads to a fact.*it has colour"),
        (lambda ds: ait.explain(ds, ds.rounds), "explain takes one row, not 7"),
        (lambda ds: ait.explain(ds, "round"), "needs the key"),
        (lambda ds: ait.explain(ds, "round", "moon-2024-2"), "did you mean 'moon-2024-02'"),
        (lambda ds: ait.explain(ds, 5), "not int"),
    ],
)
def test_what_cannot_be_explained_is_said(small: ait.Dataset, call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(small)


# Every public metric frame --------------------------------------------------------------------------------------------


def test_the_frames_are_found() -> None:
    assert {"funding_flows", "round_split", "portfolio", "claims", "disagreements", "corroboration"} < set(FRAMES)
    assert {"rumours", "influence", "known_when", "downstream"} < set(FRAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FRAMES if name != "diff"])
def test_a_row_of_every_public_frame_leads_to_facts(real: ait.Dataset, name: str) -> None:
    function = getattr(ait, name)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    required = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    given = {p.name: ASKED[p.name] for p in required}
    frame = function(real, **given)
    assert frame.height
    for row in frame.sample(min(30, frame.height), seed=7).iter_rows(named=True):
        found = ait.explain(real, row)
        assert len(found), f"{name}: {row} leads to nothing"
        assert all(fact.claims.height for fact in found), f"{name}: {row} leads to a fact that nobody states"


@pytest.mark.parametrize("policy", POLICIES)
def test_an_explained_row_holds_the_number_of_its_frame(real: ait.Dataset, policy: Any) -> None:
    seen = real.at(policy=policy)
    rows = seen.rounds.filter(pl.col("amount_usd_m").is_not_null()).sample(20, seed=3)
    for row in rows.select("round_id", "amount_usd_m").iter_rows(named=True):
        chosen = ait.explain(seen, {"round_id": row["round_id"]})[0].chosen
        assert chosen is not None
        assert chosen["value_usd_m"] == pytest.approx(row["amount_usd_m"])
