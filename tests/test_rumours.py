"""Talks and what became of them, the influence of single origins, what was known when, retellings, what follows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.provenance.downstream import downstream_words
from aitracker.provenance.retold import SILENT
from aitracker.vocabulary import POLICIES, WAVES


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


def test_a_pre_money_is_no_post_money_of_what_talks_became(folder: Any, edit: Any) -> None:
    # Only the pre-money of the close is known: talks of a post-money have nothing to be measured on.
    edit("valuations", {"valuation_id": "moon/2024-02-26/post-money"}, status="in-talks", as_of="2024-02-01")
    edit(
        "valuations", {"valuation_id": "moon/2024-01-15/x"}, startup_id="moon", as_of="2024-01-15", date_precision="day", value_m="2000",
        currency="USD", qualifier="exact", basis="post-money", status="in-talks", round_id="moon-2024-01-talks", source_id="wire-feb",
    )  # fmt: skip
    talk = one(ait.rumours(ait.load(folder)), subject_id="moon/2024-01-15/x")
    assert (talk["became_id"], talk["ratio_x"]) == (None, None), "measured on a pre-money"


def test_talks_carry_both_ends(small: ait.Dataset) -> None:
    talk = one(ait.rumours(small), subject_id="moon-2024-01-talks")
    assert talk["facts"] == ["round|moon-2024-01-talks|amount", "round|moon-2024-02|amount"]
    assert talk["seen"]["source_ids"] == ["wire-feb"]
    early = one(ait.rumours(small.at(as_of="2024-02-20")), subject_id="moon-2024-01-talks")
    assert early["facts"] == ["round|moon-2024-01-talks|amount"]
    assert early["seen"]["lens"] == "as of 20 Feb 2024"


def test_talks_of_foreign_comparators_are_given_to_who_asks(frozen: ait.Dataset) -> None:
    assert "foreign" not in set(ait.rumours(frozen)["wave"])
    assert set(ait.rumours(frozen, waves=["foreign"])["wave"]) == {"foreign"}
    with pytest.raises(ValueError, match="did you mean 'foreign'"):
        ait.rumours(frozen, waves="foriegn")


def test_talks_of_the_real_data(real: ait.Dataset) -> None:
    frame = ait.rumours(real, waves=WAVES)
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
    assert size["facts"] == ["round|moon-2024-02|amount"] == raised["facts"]
    verdict = one(wire, what="unicorn")
    assert verdict["facts"] == [f"valuation|moon/2024-02-26/{basis}|value" for basis in ("post-money", "pre-money")]


def test_a_page_stands_for_its_whole_origin(small: ait.Dataset) -> None:
    assert ait.influence(small, "copy-2").equals(ait.influence(small, "paper-may"))
    # Without the paper, and so without its copies, the filing's 790 is left of Ali's part.
    part = one(ait.influence(small, "paper-may"), what="fact")
    assert (part["subject_id"], part["before"], part["after"]) == ("moon-2024-02/ali", 800, 790)


def test_the_copies_of_an_origin_go_with_it(folder: Any, edit: Any) -> None:
    edit("rounds", {"round_id": "moon-2024-02"}, source_id="paper-may")
    for source in ("blog-undated", "filing-june"):
        edit("claims", {"claim_id": f"round|moon-2024-02|amount|{source}"}, rank="deprecated", reason="in doubt")
    size = one(ait.influence(ait.load(folder), "paper-may"), what="fact", subject_id="moon-2024-02")
    assert (size["change"], size["after"]) == ("lost", None), "what a copy says is the paper's voice"


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
    before = seen.sql("SELECT * FROM main.all_claims ORDER BY claim_id, subject_id")
    ait.influence(seen)
    assert seen.sql("SELECT * FROM main.all_claims ORDER BY claim_id, subject_id").equals(before)


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
    assert stake["facts"] == ["stake|ali/moon/2024-03-31|pct"]


def test_what_became_known_of_foreign_comparators_is_given_to_who_asks(frozen: ait.Dataset) -> None:
    assert "foreign" not in set(ait.known_when(frozen)["wave"])
    assert set(ait.known_when(frozen, waves="foreign")["wave"]) == {"foreign"}
    assert set(ait.known_when(frozen, "openai")["startup_id"]) == {"openai"}


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


def told(frame: pl.DataFrame) -> dict[tuple[str, str, str], tuple[str, str]]:
    return {(r["subject_id"], r["field"], r["source_id"]): (r["outcome"], r["basis"]) for r in frame.to_dicts()}


def test_retellings_by_hand(folder: Any, edit: Any) -> None:
    price = "moon/2024-02-26/post-money"
    for page in ("paper-may", "copy-2"):
        edit(
            "claims", {"claim_id": f"valuation|{price}|value|{page}"}, subject_kind="valuation", subject_id=price, field="value",
            value_low="2500", value_high="2500", unit="USD_m", source_id=page, rank="normal",
        )  # fmt: skip
    ds = ait.load(folder)
    frame = ait.retellings(ds, "paper-may")
    got = told(frame)
    assert got["moon-2024-02/ali", "cloud_credit_share", "copy-1"] == ("bent", "rank")
    assert got[price, "value", "copy-2"] == ("right", "figures")
    assert got["moon-2024-02", "amount", "copy-1"] == ("bent", "rank")
    assert got["moon-2024-02", "amount", "copy-2"] == ("right", "figures")
    assert set(ait.retellings(ds, "paper-may", ["copy-1"])["source_id"]) == {"copy-1"}
    assert set(ait.retellings(ds, "paper-may", "copy-1")["source_id"]) == {"copy-1"}
    assert ait.retellings(ds.at(known_by="2024-05-20"), "paper-may")["source_id"].unique().to_list() == ["copy-1"]
    row = one(frame, field="amount", source_id="copy-2", subject_kind="round")
    assert row["facts"] == ["round|moon-2024-02|amount"]
    assert row["seen"]["source_ids"] == ["copy-2", "paper-may"]


def test_without_a_record_nothing_is_said_of_a_page(folder: Any, edit: Any) -> None:
    ds = ait.load(folder)
    row = one(ait.retellings(ds, "paper-may"), field="cloud_credit_share", source_id="copy-2")
    assert (row["outcome"], row["basis"], row["page"], row["sentence"]) == ("not recorded", "no record", None, None)
    silence = {"claim_id": "participation|moon-2024-02/ali|cloud_credit_share|copy-2"}
    edit(
        "claims", silence, subject_kind="participation", subject_id="moon-2024-02/ali", field="cloud_credit_share",
        unit="text", text_value="not stated", source_id="copy-2", rank="normal",
    )  # fmt: skip
    row = one(ait.retellings(ait.load(folder), "paper-may"), field="cloud_credit_share", source_id="copy-2")
    assert (row["outcome"], row["basis"]) == ("lost", "read"), "whoever read the page recorded that it says nothing"
    assert row["sentence"].startswith("Another copier says nothing of the share of cloud credits")


def in_words(edit: Any, field: str, page: str, words: str, key: str | None = None) -> None:
    """What a page says of the part of Ali in the round of February, in words."""
    if field != "cloud_credit_share":  # a fact that the small data has already
        edit(
            "fields",
            {"subject_kind": "participation", "field": field},
            dimension="text",
            resolved="false",
            description="What.",
        )
    edit(
        "claims", {"claim_id": f"participation|moon-2024-02/ali|{field}|{key or page}"}, subject_kind="participation",
        subject_id="moon-2024-02/ali", field=field, unit="text", text_value=words, source_id=page, rank="normal",
    )  # fmt: skip


def test_other_words_are_no_misreading(folder: Any, edit: Any) -> None:
    for page, words in (("paper-may", "cash and cloud credits from Ali"), ("copy-2", "money and computing")):
        in_words(edit, "instrument", page, words)
    row = one(ait.retellings(ait.load(folder), "paper-may"), field="instrument", source_id="copy-2")
    assert (row["outcome"], row["basis"]) == ("reworded", "words")
    assert row["sentence"].endswith("in other words: money and computing; the piece: cash and cloud credits from Ali.")


@pytest.mark.parametrize("field", ["in_kind_scope", "cloud_credit_share"])
def test_a_page_is_not_silent_on_what_it_tells(folder: Any, edit: Any, field: str) -> None:
    in_words(edit, field, "paper-may", "not stated", key="paper-may|2")
    with pytest.raises(ait.DataError, match="is a silence, yet the same page tells it"):
        ait.load(folder)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("paper-may", ["wire-feb"]), "source must be one of 'copy-1', 'copy-2'"),
        (("paper-may", 5), "source must be a text or a list of texts"),
        (("paper-may", [None]), "source must be one of 'copy-1', 'copy-2'"),
        (("paper-mai",), "did you mean 'paper-may'"),
        ((None,), "origin must be one of"),
        ((["paper-may"],), "origin must be one of"),
    ],
)
def test_pages_that_are_none_are_refused(small: ait.Dataset, arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ait.retellings(small, *arguments)


PIECE = "ft-20240513-alibaba-cloud"


def five(ds: ait.Dataset) -> pl.DataFrame:
    return ds.sql(
        "SELECT source_id, language FROM sources WHERE origin_id = ? AND note LIKE 'Kept as a text copy%'", [PIECE]
    )


def test_the_five_articles_were_read_whole(real: ait.Dataset) -> None:
    pages = five(real)
    assert sorted(pages["language"]) == ["ar", "en", "it", "pt", "vi"]
    frame = ait.retellings(real, PIECE, pages["source_id"].to_list())
    assert "not recorded" not in set(frame["outcome"]), "a fact of the piece without a word on one of the five pages"

    def by_language(field: str, kind: str = "participation") -> dict[str, str]:
        return dict(frame.filter(field=field, subject_kind=kind).select("language", "outcome").rows())

    # What the texts say; no later fact changes it.
    others = dict.fromkeys(("ar", "en", "it", "pt"), "bent")
    assert by_language("cloud_credit_share") == {**others, "vi": "right"}
    assert by_language("amount", "round") == {**dict.fromkeys(("ar", "en", "pt", "vi"), "right"), "it": "lost"}
    assert by_language("value", "valuation") == {
        **dict.fromkeys(("ar", "vi"), "right"),
        **dict.fromkeys(("en", "it", "pt"), "lost"),
    }
    assert by_language("participates") == {
        **dict.fromkeys(("ar", "it", "vi"), "right"),
        **dict.fromkeys(("en", "pt"), "bent"),
    }
    assert "lost" not in set(by_language("in_kind_scope").values()), "each of the pages tells what was given"


def test_a_sentence_on_a_page_rests_on_a_record_of_the_page(real: ait.Dataset) -> None:
    origins = real.sql("SELECT DISTINCT origin_id FROM sources WHERE origin_id IS NOT NULL ORDER BY 1")["origin_id"]
    claimed = set(real.sql("SELECT DISTINCT source_id, subject_kind, subject_id FROM claims").rows())
    for origin in (PIECE, *origins.sample(8, seed=1)):
        frame = ait.retellings(real, origin)
        assert frame.filter((pl.col("outcome") == "not recorded") != pl.col("sentence").is_null()).is_empty()
        for row in frame.drop_nulls("sentence").iter_rows(named=True):
            assert row["page"] is not None
            assert row["sentence"].startswith(row["publisher"])
            assert row["sentence"].endswith(".")
            assert not row["sentence"].endswith("..")
            about = [fact.split("|")[:2] for fact in row["facts"]]
            assert any((row["source_id"], *subject) in claimed for subject in map(tuple, about)), row["sentence"]
            if row["outcome"] == "lost":
                assert row["page"] == SILENT, row["sentence"]
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
    assert one(frame, what="closed new money of the start-up")["facts"] == ["round|moon-2024-02|amount"]


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
    later = ait.downstream(small, "valuation", "moon/2024-02-26/post-money", small.at(known_by="2020-01-01"))
    assert one(later, what="latest price of the start-up")["facts"] == ["valuation|moon/2024-02-26/pre-money|value"]
    assert one(price, what="ever priced at US$1bn or more")["facts"] == [
        f"valuation|moon/2024-02-26/{basis}|value" for basis in ("post-money", "pre-money")
    ]
    assert ait.downstream(small, "stake", "ali/moon/2024-03-31")["unit"].to_list() == ["pct"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ds: ait.downstream(ds, "event", "x"), "kind must be one of"),
        (lambda ds: ait.downstream(ds, None, None), "kind must be one of"),
        (lambda ds: ait.downstream(ds, "round", "moon-2024-2"), "did you mean 'moon-2024-02'"),
        (lambda ds: ait.downstream(ds, "round", ["moon-2024-02"]), "round id must be one of"),
        (lambda ds: ait.downstream(ds, "round", "moon-2024-02", "lowest"), "against must be a dataset"),
        (lambda ds: ait.influence(ds, "wire-fab"), "did you mean 'wire-feb'"),
        (lambda ds: ait.influence(ds, ["wire-feb"]), "source must be one of"),
        (lambda ds: ait.influence(ds, 7), "source must be one of"),
        (lambda ds: ait.known_when(ds, "mooon"), "did you mean 'moon'"),
        (lambda ds: ait.known_when(ds, ["moon"]), "startup must be one of"),
        (lambda ds: ait.known_when(ds, waves="foriegn"), "did you mean 'foreign'"),
        (lambda ds: ait.rumours(ds, waves=5), "waves must be a text or a list of texts"),
        (lambda ds: ait.rumours(ds, waves=["genai", None]), "waves must be one of"),
    ],
)
def test_wrong_arguments_are_refused(small: ait.Dataset, call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(small)


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_the_ends_of_time_are_days_like_others(small: ait.Dataset, year: str) -> None:
    for lens in ({"as_of": f"{year}-01-01"}, {"known_by": f"{year}-01-01"}):
        seen = small.at(**lens)  # type: ignore[arg-type]
        rows = [ait.rumours(seen), ait.influence(seen), ait.known_when(seen), ait.disagreements(seen)]
        assert all(frame.is_empty() == (year == "0001") for frame in rows), lens
        assert ait.downstream(seen, "round", "moon-2024-02").height >= 1
