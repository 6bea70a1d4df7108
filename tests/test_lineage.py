"""Where a number comes from: of a fact, and of a row of every public frame."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import polars as pl
import pytest

import aitracker as ait
from aitracker.vocabulary import POLICIES

# What a metric is asked for where it needs more than the data.
ASKED = {
    "startup": "moonshot",
    "investor": "alibaba",
    "kind": "round",
    "id": "moonshot-2024-02",
    "origin": "ft-20240513-alibaba-cloud",
}
METRICS = sorted(
    name
    for name in ait.__all__
    if inspect.isfunction(function := getattr(ait, name))
    and next(iter(inspect.signature(function).parameters), None) == "ds"
    and "DataFrame" in str(inspect.signature(function).return_annotation)
)
LENSES: list[dict[str, Any]] = [{}, {"known_by": "2025-03-31"}, {"as_of": "2024-06-30", "policy": "lowest"}]


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


def test_the_macro_gives_the_number(frozen: ait.Dataset) -> None:
    seen = frozen.at(policy="lowest", known_by="2024-06-30", as_of="2024-06-30")
    fact = ait.explain(seen, "round", "moonshot-2024-02", "amount")[0]
    call = fact.macro.partition(", by ")[0]
    amount = frozen.sql(f"SELECT amount_usd_m FROM {call} WHERE round_id = 'moonshot-2024-02'").item()
    assert fact.chosen is not None
    assert amount == fact.chosen["value_usd_m"]


def test_a_fact_in_words_takes_what_the_curators_prefer(small: ait.Dataset) -> None:
    fact = ait.explain(small, "participation", "moon-2024-02/ali", "cloud_credit_share")[0]
    assert fact.value == "just under 50 % (just under half)"
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


MOON = "round|moon-2024-02|amount"


@pytest.mark.parametrize(
    ("row", "facts"),
    [
        ({"round_id": "moon-2024-02"}, [MOON]),
        ({"round_id": "moon-2024-02", "investor_id": "ali"}, ["participation|moon-2024-02/ali|amount"]),
        ({"stake_id": "ali/moon/2024-03-31"}, ["stake|ali/moon/2024-03-31|pct"]),
        ({"valuation_id": "moon/2024-02-26/post-money"}, ["valuation|moon/2024-02-26/post-money|value"]),
        ({"event_id": "controls"}, ["event|controls|date"]),
        ({"series_id": "ali-cloud_revenue-2024-03-31"}, ["series|ali-cloud_revenue-2024-03-31|value"]),
        ({"total_id": "zhi-total_raised-2023"}, ["total|zhi-total_raised-2023|value"]),
        ({"subject_kind": "round", "subject_id": "zhi-2023", "field": "status"}, ["round|zhi-2023|status"]),
        ({"subject_kind": "round", "subject_id": "zhi-2023"}, ["round|zhi-2023|amount"]),
        ({"facts": ["stake|ali/moon/2024-03-31|pct", MOON]}, ["stake|ali/moon/2024-03-31|pct", MOON]),
        # What the row carries counts, whatever else stands in it.
        ({"facts": [MOON], "valuation_id": "moon/2024-02-26/post-money", "startup_id": "zhi"}, [MOON]),
        ({"facts": np.array([MOON], dtype=object)}, [MOON]),
        ({"facts": pl.Series([MOON])}, [MOON]),
        ({"facts": []}, []),
    ],
)
def test_a_row_gives_its_own_facts_or_those_of_an_exact_key(
    small: ait.Dataset, row: dict[str, Any], facts: list[str]
) -> None:
    assert [f"{f.kind}|{f.id}|{f.field}" for f in ait.explain(small, row)] == facts


@pytest.mark.parametrize(
    ("table", "key", "facts"),
    [
        ("rounds", {"round_id": "moon-2024-02"}, ["amount"]),
        ("rounds", {"round_id": "moon-2024-08"}, ["announced", "series", "status"]),
        ("participations", {"investor_id": "ali", "round_id": "moon-2024-02"}, ["amount"]),
        ("participations", {"investor_id": "vc"}, ["instrument", "role"]),
        ("valuations", {"basis": "pre-money"}, ["value"]),
        ("stakes", {}, ["pct"]),
        ("startups", {"startup_id": "moon"}, ["founded", "hq_city"]),
        ("events", {}, ["date"]),
        ("series", {}, ["value"]),
        ("totals", {}, ["value"]),
        ("claims", {"claim_id": "round|moon-2024-02|amount|blog-undated"}, ["amount"]),
        ("investors", {"investor_id": "vc"}, []),
    ],
)
def test_a_whole_row_of_a_table_names_its_subject(
    small: ait.Dataset, table: str, key: dict[str, str], facts: list[str]
) -> None:
    row = small.table(table).filter(**key).head(1)
    assert [fact.field for fact in ait.explain(small, row)] == facts


class Series:
    """A row of a pandas frame, as far as `explain` asks: lists come as arrays."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = {k: np.array(v, dtype=object) if isinstance(v, list) else v for k, v in row.items()}

    def to_dict(self) -> dict[str, Any]:
        return self.row


class Frame:
    """A pandas frame of one row or of none."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.columns = list(rows[0]) if rows else []
        self.iloc = [Series(row) for row in rows]

    def __len__(self) -> int:
        return len(self.iloc)


def test_rows_of_pandas_are_read(small: ait.Dataset) -> None:
    row = ait.valuation_history(small).row(0, named=True)
    for given in (Series(row), Frame([row])):
        assert [f"{f.kind}|{f.id}|{f.field}" for f in ait.explain(small, given)] == row["facts"]  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one row, not 0"):
        ait.explain(small, Frame([]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ds: ait.explain(ds, {"colour": "red"}), "carries no facts: keep the column 'facts'.*has colour"),
        # Keys beside other columns are no key: which of them would the number come from?
        (lambda ds: ait.explain(ds, {"round_id": "moon-2024-02", "value_usd_m": 5}), "carries no facts"),
        (lambda ds: ait.explain(ds, {"startup_id": "moon", "date": "2024-02-26"}), "carries no facts"),
        (lambda ds: ait.explain(ds, {"investor_id": "ali"}), "carries no facts"),
        (lambda ds: ait.explain(ds, {"source_id": "wire-feb"}), "carries no facts"),
        (lambda ds: ait.explain(ds, ait.step_ups(ds).drop("facts").clear()), "one row, not 0"),
        (lambda ds: ait.explain(ds, {"facts": None}), "must be a list of texts"),
        (lambda ds: ait.explain(ds, {"facts": "round|moon-2024-02|amount"}), "must be a list of texts"),
        (lambda ds: ait.explain(ds, {"facts": ["round|moon-2024-2|amount"]}), "did you mean 'moon-2024-02'"),
        (lambda ds: ait.explain(ds, {"facts": ["nonsense"]}), "kind must be one of"),
        (lambda ds: ait.explain(ds, {"round_id": "moon-2024-2"}), "did you mean 'moon-2024-02'"),
        (lambda ds: ait.explain(ds, {"round_id": None}), "round id must be one of"),
        (lambda ds: ait.explain(ds, {"subject_kind": "roun", "subject_id": "x"}), "did you mean 'round'"),
        (lambda ds: ait.explain(ds, ds.sources.row(0, named=True)), "carries no facts"),
        (lambda ds: ait.explain(ds, ds.rounds), "explain takes one row, not 7"),
        (lambda ds: ait.explain(ds, "round"), "needs the key"),
        (lambda ds: ait.explain(ds, "round", "moon-2024-2"), "did you mean 'moon-2024-02'"),
        (lambda ds: ait.explain(ds, "round", ["moon-2024-02"]), "round id must be one of"),
        (lambda ds: ait.explain(ds, "round", "moon-2024-02", 5), "field must be one of"),
        (lambda ds: ait.explain(ds, 5), "not int"),
        (lambda ds: ait.explain(ds, None), "not NoneType"),
    ],
)
def test_what_cannot_be_explained_is_said(small: ait.Dataset, call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(small)


def test_a_total_is_the_claim_of_a_third_party(small: ait.Dataset) -> None:
    (fact,) = ait.explain(small, "total", "zhi-total_raised-2023")
    assert fact.value == "CNY 2,500m (Zhi raised 2.5bn yuan in 2023)"
    assert fact.macro == "totals_seen(NULL, NULL)"
    assert fact.why == "what a third party states of a whole; nothing is chosen"
    assert len(ait.explain(small.at(known_by="2020-01-01"), {"total_id": "zhi-total_raised-2023"})[0].claims) == 0


# Every public metric --------------------------------------------------------------------------------------------------


def frame_of(ds: ait.Dataset, name: str) -> pl.DataFrame:
    """A metric's frame, asked in the ordinary way."""
    function = getattr(ait, name)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    required = [p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    made = function(ds, **{p: ASKED[p] for p in required})
    assert isinstance(made, pl.DataFrame)
    return made


def test_the_metrics_are_found() -> None:
    assert {"funding_flows", "round_split", "portfolio", "claims", "disagreements", "corroboration"} < set(METRICS)
    assert {"rumours", "influence", "known_when", "downstream", "step_ups", "unicorn_curve"} < set(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_every_row_of_every_metric_carries_its_facts(frozen: ait.Dataset, name: str) -> None:
    frame = frame_of(frozen, name)
    assert frame.height
    assert frame.schema["facts"] == pl.List(pl.String), f"{name} carries no facts"
    assert {"lens", "version", "source_ids", "publishers"} == set(frame["seen"].struct.fields)
    assert frame["facts"].null_count() == 0
    assert frame["facts"].list.len().sum() > 0
    assert set(frame["seen"].struct.field("version")) == {frozen.version}
    shown = frame.columns[:4] + frame.columns[-4:] if frame.width > 8 else []
    assert not {"facts", "seen"} & set(shown), "hidden where a frame is printed"
    for row in frame.sample(min(12, frame.height), seed=7).iter_rows(named=True):
        found = ait.explain(frozen, row)
        assert [f"{f.kind}|{f.id}|{f.field}" for f in found] == row["facts"]
        assert len(set(row["facts"])) == len(row["facts"]), f"{name}: a fact twice"


AFTER_THE_DAY = {"backtest_cap_tables", "cap_path", "cap_table", "contradictions", "fund_weights", "scorecard"}


@pytest.mark.parametrize("lens", LENSES, ids=str)
@pytest.mark.parametrize("name", [name for name in METRICS if name != "downstream"])  # which speaks of two lenses
def test_a_fact_behind_a_row_is_known_under_the_lens(frozen: ait.Dataset, name: str, lens: dict[str, Any]) -> None:
    seen = frozen.at(**lens)
    # A cap table is narrowed by what was disclosed after its day, and a fund's weights are a yardstick of their own day.
    known = seen.at(as_of=None) if name in AFTER_THE_DAY else seen
    told = set(
        known.sql(
            """SELECT DISTINCT subject_kind || '|' || subject_id || '|' || field AS fact FROM claims
            UNION ALL SELECT 'total|' || total_id || '|value' FROM totals"""
        )["fact"]
    )
    # A size that nobody states is a fact too: its row is seen, and a printed list is as its source.
    rows = {
        *known.sql("SELECT 'round|' || round_id FROM rounds").to_series(),
        *known.sql("SELECT 'startup|' || startup_id FROM startups").to_series(),
        *known.sql(
            "SELECT DISTINCT 'participation|' || round_id || '/' || investor_id FROM participations"
        ).to_series(),
        *known.sql(
            "SELECT DISTINCT 'cap-table|' || table_id FROM data.cap_tables JOIN sources USING (source_id)"
        ).to_series(),
    }
    carried = frame_of(seen, name)["facts"].explode().drop_nulls().unique()
    apart = {fact: fact.rpartition("|")[0] for fact in set(carried) - told}
    unknown = sorted(
        fact
        for fact, row in apart.items()
        if row not in rows and not (row.startswith("cap-table|") and row.partition("/")[0] in rows)
    )
    assert not unknown, f"{name}: {len(unknown)} facts that no source states under this lens, such as {unknown[:5]}"


@pytest.mark.parametrize("policy", POLICIES)
def test_an_explained_row_holds_the_number_of_its_frame(frozen: ait.Dataset, policy: Any) -> None:
    seen = frozen.at(policy=policy)
    rows = seen.rounds.filter(pl.col("amount_usd_m").is_not_null()).sample(20, seed=3)
    for row in rows.iter_rows(named=True):
        chosen = ait.explain(seen, row)[0].chosen
        assert chosen is not None
        assert chosen["value_usd_m"] == pytest.approx(row["amount_usd_m"])
    values = ait.valuation_history(seen).filter(pl.col("basis") != "derived").sample(20, seed=3)
    for row in values.iter_rows(named=True):
        chosen = ait.explain(seen, row)[0].chosen
        assert chosen is not None
        assert chosen["value_usd_m"] == pytest.approx(row["value_usd_m"])
