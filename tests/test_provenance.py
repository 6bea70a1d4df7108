"""Claims, disagreements, corroboration and references."""

from __future__ import annotations

import json

import polars as pl
import pytest

import aitracker as ait
from aitracker.provenance.claims import source_names


def test_claims_hold_the_adopted_value_and_mark_it(small: ait.Dataset) -> None:
    frame = ait.claims(small, "round", "moon-2024-02", "amount")
    assert frame.height == 6
    adopted = frame.filter("adopted").row(0, named=True)
    assert (adopted["value"], adopted["source_id"], adopted["chosen"], adopted["qualifier"]) == (
        1000,
        "wire-feb",
        True,
        "approx",
    )
    assert frame["chosen"].sum() == 1
    assert (
        ait.claims(small.at(policy="highest"), "round", "moon-2024-02", "amount").filter("chosen")["value"].item()
        == 1300
    )
    slip = frame.filter(pl.col("rank") == "deprecated").row(0, named=True)
    assert (slip["value"], slip["chosen"], slip["reason"]) == (10000, False, "tenfold slip")


def test_open_ends_stay_open_and_have_an_interval(small: ait.Dataset) -> None:
    row = (
        ait.claims(small, "round", "moon-2024-02", "amount")
        .filter(pl.col("source_id") == "filing-june")
        .row(0, named=True)
    )
    assert (row["stated_low"], row["stated_high"], row["qualifier"]) == (800, None, "at-least")
    assert (row["value_low_usd_m"], row["value_high_usd_m"]) == (800, pytest.approx(880))
    span = (
        ait.claims(small, "round", "moon-2024-02", "amount")
        .filter(pl.col("source_id") == "paper-may")
        .row(0, named=True)
    )
    assert (span["value"], span["value_low_usd_m"], span["value_high_usd_m"]) == (1000, 1000, 1200)


def test_an_origin_speaks_through_its_own_page(folder: object, edit: object) -> None:
    # A copy of the paper on a better kind of page gives another figure: the paper has one voice, and it is its own.
    edit("sources", {"source_id": "copy-2"}, kind="filing")  # type: ignore[operator]
    edit("claims", {"claim_id": "round|moon-2024-02|amount|copy-2"}, value_low="700", value_high="700")  # type: ignore[operator]
    edit("claims", {"claim_id": "round|moon-2024-02|amount|filing-june"}, rank="deprecated", reason="in doubt")  # type: ignore[operator]
    ds = ait.load(folder)  # type: ignore[arg-type]
    for policy, figure in (("lowest", 1000), ("filing-first", 1000), ("highest", 1300)):
        seen = ait.claims(ds.at(policy=policy), "round", "moon-2024-02", "amount")  # type: ignore[arg-type]
        assert seen.filter("chosen")["value"].to_list() == [figure], policy


def test_a_round_has_no_post_money_where_only_its_pre_money_is_known(folder: object, edit: object) -> None:
    edit("valuations", {"valuation_id": "moon/2024-02-26/post-money"}, round_id="")  # type: ignore[operator]
    row = ait.load(folder).rounds.filter(round_id="moon-2024-02").row(0, named=True)  # type: ignore[arg-type]
    assert (row["post_money_usd_m"], row["post_money_basis"]) == (None, None)


def test_frames_carry_the_fact_and_who_says_so(small: ait.Dataset) -> None:
    told = ait.claims(small.at(policy="lowest"), "round", "moon-2024-02", "amount")
    assert told["facts"].to_list() == [["round|moon-2024-02|amount"]] * 6
    assert told["seen"].struct.field("source_ids").list.first().to_list() == told["source_id"].to_list()
    assert told["seen"].struct.field("lens").unique().to_list() == ["lowest claims"]
    assert told["fact"].unique().to_list() == ["Moon, Round 2024-02-26 (B): size"]
    wide = ait.disagreements(small).filter(subject_id="moon-2024-02").row(0, named=True)
    assert wide["facts"] == ["round|moon-2024-02|amount"]
    # Everybody whose figure stands, those known to be wrong left out.
    assert wide["seen"]["source_ids"] == ["blog-undated", "copy-2", "filing-june", "paper-may", "wire-feb"]
    backed = ait.corroboration(small, "moon").filter(subject_id="moon-2024-02/ali").row(0, named=True)
    assert backed["facts"] == ["participation|moon-2024-02/ali|amount"]
    assert backed["seen"]["publishers"] == ["A newspaper"]


def test_all_facts_of_a_subject(small: ait.Dataset) -> None:
    assert set(ait.claims(small, "round", "moon-2024-02")["field"]) == {"amount", "announced", "series", "status"}


def test_disagreements_need_two_origins_and_leave_out_known_errors(small: ait.Dataset) -> None:
    frame = ait.disagreements(small)
    facts = {(r["subject_id"], r["field"]): r for r in frame.iter_rows(named=True)}
    assert set(facts) == {("moon-2024-02", "amount"), ("moon-2024-02/ali", "amount")}
    size = facts["moon-2024-02", "amount"]
    assert (size["lowest"], size["highest"], size["origins"]) == (800, 1300, 4)
    assert size["spread_x"] == pytest.approx(1.625)


def test_corroboration_counts_origins(small: ait.Dataset) -> None:
    frame = ait.corroboration(small, "moon")
    row = frame.filter(pl.col("subject_id") == "moon-2024-02").row(0, named=True)
    assert (row["claims"], row["origins"], row["deprecated"], row["value"]) == (5, 4, 1, 1000)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ds: ait.claims(ds, "rounds", "x"), "did you mean 'round'"),
        (lambda ds: ait.claims(ds, "round", "moon-2024-02", "amout"), "did you mean 'amount'"),
        (lambda ds: ait.corroboration(ds, "mooon"), "did you mean 'moon'"),
        (lambda ds: ait.cite(ds, "paper-mai"), "did you mean 'paper-may'"),
        (lambda ds: ait.cite(ds, "paper-may", "bibtx"), "did you mean 'bibtex'"),
        (lambda ds: ait.claims(ds, None, "x"), "kind must be one of"),
        (lambda ds: ait.claims(ds, ["round"], "x"), "kind must be one of"),
        (lambda ds: ait.claims(ds, "round", None), "round id must be one of"),
        (lambda ds: ait.claims(ds, "round", "moon-2024-02", ["amount"]), "field must be one of"),
        (lambda ds: ait.corroboration(ds, None), "startup must be one of"),
        (lambda ds: ait.corroboration(ds, ["moon"]), "startup must be one of"),
        # A name is met with its key.
        (lambda ds: ait.corroboration(ds, "Moon"), "did you mean 'moon'"),
        (lambda ds: ait.cite(ds, None), "source_id must be one of"),
        (lambda ds: ait.cite(ds, ["paper-may"]), "source_id must be one of"),
        (lambda ds: ait.cite(ds, "paper-may", None), "style must be one of"),
    ],
)
def test_wrong_names(small: ait.Dataset, call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(small)  # type: ignore[operator]


def test_citations(small: ait.Dataset) -> None:
    assert ait.cite(small, "paper-may") == "A newspaper: Who funds whom (2024-05-13). https://example.org/paper"
    assert ait.cite(small, "blog-undated") == "A blog: No date (n.d.)."
    assert ait.cite(small, "filing-june").endswith("(2024-06). https://example.org/filing")
    entry = ait.cite(small, "paper-may", "bibtex")
    assert entry.startswith("@misc{paper-may,\n")
    assert "  year = {2024}," in entry


def test_bibtex_escapes_what_tex_would_read(folder: object, edit: object) -> None:
    edit("sources", {"source_id": "paper-may"}, title="50% & {more}_#1")  # type: ignore[operator]
    entry = ait.cite(ait.load(folder), "paper-may", "bibtex")  # type: ignore[arg-type]
    assert r"title = {50\% \& \{more\}\_\#1}" in entry


def test_source_names_by_weight(small: ait.Dataset) -> None:
    assert source_names(small, ["wire-feb", "paper-may", "paper-may", None])[:2] == ["A newspaper", "A wire"]  # type: ignore[list-item]


def test_every_source_of_the_real_data_can_be_cited(real: ait.Dataset) -> None:
    ids = real.sources["source_id"].to_list()
    assert len(ids) > 1000
    assert all(ait.cite(real, i) and ait.cite(real, i, "bibtex").count("\n") >= 3 for i in ids[::25])


def test_csl_items_are_as_exact_as_their_sources(small: ait.Dataset, real: ait.Dataset) -> None:
    item = json.loads(ait.cite(small, "paper-may", "csl"))
    assert item == {
        "id": "paper-may",
        "type": "article-newspaper",
        "title": "Who funds whom",
        "publisher": "A newspaper",
        "container-title": "A newspaper",
        "issued": {"date-parts": [[2024, 5, 13]]},
        "language": "en",
        "URL": "https://example.org/paper",
    }
    assert json.loads(ait.cite(small, "filing-june", "csl"))["issued"] == {"date-parts": [[2024, 6]]}
    assert "issued" not in json.loads(ait.cite(small, "blog-undated", "csl"))
    inferred = real.sql("SELECT source_id FROM data.sources WHERE published_basis = 'inferred' ORDER BY 1")["source_id"]
    assert all(json.loads(ait.cite(real, i, "csl"))["issued"]["circa"] is True for i in inferred[:20])
