"""Talks and what became of them, the influence of single origins, what was known when, retellings, what follows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.lens import POLICIES
from aitracker.provenance.downstream import downstream_words


def one(frame: pl.DataFrame, **where: Any) -> dict[str, Any]:
    rows = frame.filter([pl.col(k) == v for k, v in where.items()])
    assert rows.height == 1, f"{rows.height} rows where {where}"
    return rows.row(0, named=True)


# Talks ----------------------------------------------------------------------------------------------------------------


def test_a_talk_meets_the_close_that_it_became(small: ait.Dataset) -> None:
    talk = one(ait.rumours(small), subject_id="moon-2024-01-talks")
    assert (talk["outcome"], talk["became_id"], talk["days"]) == ("closed", "moon-2024-02", 42)
    assert (talk["rumour_usd_m"], talk["became_usd_m"]) == (600, 1000)
    assert talk["ratio_x"] == pytest.approx(1000 / 600)
    assert (talk["publisher"], talk["source_kind"]) == ("A wire", "wire")
    # At most 600: a ceiling bounds from above alone, and is never mixed with the interval of the close.
    assert (talk["rumour_low_usd_m"], talk["rumour_high_usd_m"]) == (0, 600)
    assert (talk["became_low_usd_m"], talk["became_high_usd_m"]) == (950, 1050)


def test_before_the_close_a_talk_is_open(small: ait.Dataset) -> None:
    talk = one(ait.rumours(small.at(as_of="2024-02-20")), subject_id="moon-2024-01-talks")
    assert (talk["outcome"], talk["became_id"], talk["ratio_x"], talk["days"]) == ("open", None, None, None)


def test_without_a_name_the_next_close_of_the_same_side_counts(folder: Any, edit: Any) -> None:
    edit("rounds", {"round_id": "moon-2024-01-talks"}, superseded_by="")
    edit("rounds", {"round_id": "moon-2024-02"}, kind="debt")
    talk = one(ait.rumours(ait.load(folder)), subject_id="moon-2024-01-talks")
    # The debt of February is no close of talks on equity; the round of August is, of unknown size.
    assert (talk["outcome"], talk["became_id"], talk["became_usd_m"]) == ("next close", "moon-2024-08", None)


def test_what_was_called_off_became_nothing(folder: Any, edit: Any) -> None:
    edit("rounds", {"round_id": "moon-2024-01-talks"}, superseded_by="", status="cancelled")
    assert one(ait.rumours(ait.load(folder)), subject_id="moon-2024-01-talks")["outcome"] == "cancelled"


@pytest.mark.parametrize(
    ("basis", "became", "ratio"),
    [("pre-money", "moon/2024-02-26/pre-money", 0.75), ("target", "moon/2024-02-26/post-money", 1.25)],
)
def test_a_price_in_talks_meets_the_price_of_its_basis(
    folder: Any, edit: Any, basis: str, became: str, ratio: float
) -> None:
    edit(
        "valuations", {"valuation_id": "moon/2024-01-15/x"}, startup_id="moon", as_of="2024-01-15", date_precision="day", value_m="2000",
        currency="USD", qualifier="exact", basis=basis, status="in-talks", round_id="moon-2024-01-talks", source_id="wire-feb",
    )  # fmt: skip
    talk = one(ait.rumours(ait.load(folder)), subject_kind="valuation")
    assert (talk["became_id"], talk["ratio_x"], talk["basis"]) == (became, ratio, basis)


def test_talks_of_the_real_data(real: ait.Dataset) -> None:
    frame = ait.rumours(real)
    assert frame["subject_id"].is_unique().all()
    named = real.sql(
        "SELECT round_id, superseded_by FROM data.rounds"
        " WHERE superseded_by IS NOT NULL AND status IN ('in-talks', 'cancelled')"
    )
    for talk, close in named.rows():
        assert one(frame, subject_id=talk)["became_id"] == close
    assert frame.filter(pl.col("became") <= pl.col("rumoured")).is_empty()
    assert frame.filter((pl.col("outcome") == "open") & pl.col("became_id").is_not_null()).is_empty()
    both = frame.drop_nulls(["rumour_usd_m", "became_usd_m"])
    assert both.height >= 5
    assert ((both["became_usd_m"] / both["rumour_usd_m"] - both["ratio_x"]).abs() < 1e-9).all()


# Influence ------------------------------------------------------------------------------------------------------------


def test_leaving_one_origin_out(small: ait.Dataset) -> None:
    wire = ait.influence(small, "wire-feb")
    size = one(wire, what="fact", subject_id="moon-2024-02")
    # Without the wire the filing is the best-ranked of the rest: at least 800.
    assert (size["before"], size["after"], size["change"], size["source_id"]) == (1000, 800, "moved", "filing-june")
    assert size["shift_pct"] == pytest.approx(-20)
    price = one(wire, what="fact", subject_id="moon/2024-02-26/post-money")
    assert (price["after"], price["change"], price["shift_pct"]) == (None, "lost", None)
    assert one(wire, what="unicorn")["startup_id"] == "moon"
    raised = one(wire, what="raised", startup_id="moon")
    assert (raised["before"], raised["after"]) == (1000, 800)


def test_a_page_stands_for_its_whole_origin(small: ait.Dataset) -> None:
    assert ait.influence(small, "copy-2").equals(ait.influence(small, "paper-may"))
    # Without the paper, and so without its copies, the filing's 790 is left of Ali's part.
    part = one(ait.influence(small, "paper-may"), what="fact")
    assert (part["subject_id"], part["before"], part["after"]) == ("moon-2024-02/ali", 800, 790)


def test_a_voice_beside_others_moves_nothing_but_the_median(small: ait.Dataset) -> None:
    assert ait.influence(small, "blog-undated").filter(pl.col("subject_id") == "moon-2024-02").is_empty()
    median = ait.influence(small.at(policy="median"), "wire-feb").filter(
        pl.col("subject_id") == "moon-2024-02", pl.col("what") == "fact"
    )
    assert median.is_empty(), "the paper's 1,000 takes the place of the wire's"
    highest = ait.influence(small.at(policy="highest"), "blog-undated")
    assert one(highest, what="fact", subject_id="moon-2024-02")["after"] == 1000


def test_influence_leaves_the_dataset_as_it_was(small: ait.Dataset) -> None:
    seen = small.at()
    before = seen.sql("SELECT * FROM all_claims ORDER BY claim_id, subject_id")
    ait.influence(seen)
    assert seen.sql("SELECT * FROM all_claims ORDER BY claim_id, subject_id").equals(before)
    with pytest.raises(ValueError, match="did you mean 'wire-feb'"):
        ait.influence(small, "wire-fab")


@pytest.mark.parametrize("policy", POLICIES)
def test_facts_are_lost_exactly_with_their_only_origin(real: ait.Dataset, policy: Any) -> None:
    frame = ait.influence(real.at(policy=policy)).filter(pl.col("what") == "fact")
    counts = real.sql("SELECT subject_kind, subject_id, field, origins FROM counted(NULL)")
    joined = frame.join(counts, on=["subject_kind", "subject_id", "field"], validate="m:1")
    assert joined.height == frame.height > 300
    assert joined.filter((pl.col("change") == "lost") != (pl.col("origins") == 1)).is_empty()


# When it was known ----------------------------------------------------------------------------------------------------


def test_valid_time_against_knowledge_time(small: ait.Dataset) -> None:
    size = one(ait.known_when(small), subject_id="moon-2024-02")
    assert (size["happened"], size["known"], size["days"], size["source_id"]) == (
        dt.date(2024, 2, 26),
        dt.date(2024, 2, 27),
        1,
        "wire-feb",
    )
    stake = one(ait.known_when(small, "moon"), subject_kind="stake")
    assert (stake["known"], stake["days"]) == (dt.date(2024, 6, 30), 91)
    assert set(ait.known_when(small, "zhi")["startup_id"]) == {"zhi"}
    with pytest.raises(ValueError, match="did you mean 'moon'"):
        ait.known_when(small, "mooon")


def test_a_fact_is_seen_from_its_day_of_knowledge_on(real: ait.Dataset) -> None:
    frame = ait.known_when(real).drop_nulls("known").sample(12, seed=2)
    for row in frame.iter_rows(named=True):
        eve = real.at(known_by=row["known"] - dt.timedelta(days=1))
        assert (
            ait.claims(eve, row["subject_kind"], row["subject_id"], row["field"])
            .filter(pl.col("rank") != "deprecated")
            .is_empty()
        )
        assert ait.claims(real.at(known_by=row["known"]), row["subject_kind"], row["subject_id"], row["field"]).height


# Retellings -----------------------------------------------------------------------------------------------------------


def test_retellings_by_hand(folder: Any, edit: Any) -> None:
    price = "moon/2024-02-26/post-money"
    for page in ("paper-may", "copy-2"):
        edit(
            "claims", {"claim_id": f"valuation|{price}|value|{page}"}, subject_kind="valuation", subject_id=price, field="value",
            value_low="2500", value_high="2500", unit="USD_m", source_id=page, rank="normal",
        )  # fmt: skip
    ds = ait.load(folder)
    frame = ait.retellings(ds, "paper-may")
    got = {
        (row["subject_id"], row["field"], row["source_id"]): (row["outcome"], row["basis"])
        for row in frame.iter_rows(named=True)
    }
    assert got["moon-2024-02/ali", "cloud_credit_share", "copy-1"] == ("bent", "rank")
    assert got["moon-2024-02/ali", "cloud_credit_share", "copy-2"] == ("lost", "silence")
    assert got["moon/2024-02-26/post-money", "value", "copy-2"] == ("right", "figures")
    assert got["moon/2024-02-26/post-money", "value", "copy-1"] == ("lost", "silence")
    assert got["moon-2024-02", "amount", "copy-1"] == ("bent", "rank")
    assert got["moon-2024-02", "amount", "copy-2"] == ("right", "figures")
    assert set(ait.retellings(ds, "paper-may", ["copy-1"])["source_id"]) == {"copy-1"}
    assert ait.retellings(ds.at(known_by="2024-05-20"), "paper-may")["source_id"].unique().to_list() == ["copy-1"]
    with pytest.raises(ValueError, match="source must be one of 'copy-1', 'copy-2'"):
        ait.retellings(ds, "paper-may", ["wire-feb"])


def test_the_five_articles_of_the_case_study(real: ait.Dataset) -> None:
    piece = "ft-20240513-alibaba-cloud"
    five = real.sql(
        "SELECT source_id, language FROM sources WHERE origin_id = ? AND note LIKE 'Kept as a text copy%'", [piece]
    )
    assert sorted(five["language"]) == ["ar", "en", "it", "pt", "vi"]
    frame = ait.retellings(real, piece, five["source_id"].to_list())
    share = frame.filter(pl.col("field") == "cloud_credit_share")
    assert dict(share.select("language", "outcome").rows()) == {
        "ar": "bent",
        "en": "bent",
        "it": "bent",
        "pt": "bent",
        "vi": "right",
    }
    size = frame.filter(pl.col("subject_id") == "moonshot-2024-02", pl.col("field") == "amount")
    assert dict(size.select("language", "outcome").rows()) == {
        "ar": "lost",
        "en": "right",
        "it": "lost",
        "pt": "right",
        "vi": "right",
    }
    assert set(frame["outcome"]) == {"right", "bent", "lost", "added"}
    # One sentence a row: it names the page and ends with one full stop.
    for row in frame.iter_rows(named=True):
        assert row["sentence"].startswith(row["publisher"])
        assert row["sentence"].endswith(".")
        assert not row["sentence"].endswith("..")
        assert row["page"] or row["piece"]
    assert frame.select("subject_kind", "subject_id", "field", "source_id").is_duplicated().sum() == 0


# What follows ---------------------------------------------------------------------------------------------------------


def test_what_follows_from_a_choice(small: ait.Dataset) -> None:
    frame = ait.downstream(small.at(policy="highest"), "round", "moon-2024-02")
    rows = {row["what"]: (row["before"], row["after"], row["moved"]) for row in frame.iter_rows(named=True)}
    assert rows["the figure itself"] == (1000, 1300, True)
    assert rows["closed new money of the start-up"] == (1000, 1300, True)
    assert rows["part of Ali"] == (800, 800, False)
    assert rows["part of Venture"] == (100, 250, True)
    assert ait.downstream(small, "round", "moon-2024-02")["moved"].sum() == 0


def test_what_follows_before_it_was_known(small: ait.Dataset) -> None:
    frame = ait.downstream(small.at(known_by="2024-05-12"), "participation", "moon-2024-02/ali")
    assert one(frame, what="the figure itself")["after"] is None
    assert one(frame, what="part of Venture")["after"] == 500
    words = downstream_words(frame, lambda value: f"{value}m")
    assert words.startswith("Against the curators' choice: the figure itself unknown instead of 800.0m")


def test_prices_and_stakes_have_their_own_consequences(small: ait.Dataset) -> None:
    price = ait.downstream(small.at(known_by="2020-01-01"), "valuation", "moon/2024-02-26/post-money")
    assert one(price, what="ever priced at US$1bn or more")["before"] == 1
    assert one(price, what="ever priced at US$1bn or more")["after"] is None
    assert ait.downstream(small, "stake", "ali/moon/2024-03-31")["unit"].to_list() == ["pct"]
    with pytest.raises(ValueError, match="kind must be one of"):
        ait.downstream(small, "event", "x")
