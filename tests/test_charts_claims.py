"""Charts of claims, of knowledge and of talks: the rules of every chart, and words that follow the frame."""

from datetime import date
from itertools import pairwise

import polars as pl
import pytest
import test_charts as shared

from aitracker import charts
from aitracker.charts import theme

DAY = date(2024, 2, 27)


def said(rows=None):
    schema = {
        "value": pl.Float64, "stated_low": pl.Float64, "stated_high": pl.Float64, "unit": pl.String, "qualifier": pl.String,
        "text_value": pl.String, "value_usd_m": pl.Float64, "value_low_usd_m": pl.Float64, "value_high_usd_m": pl.Float64,
        "chosen": pl.Boolean, "adopted": pl.Boolean, "rank": pl.String, "reason": pl.String, "publisher": pl.String,
        "source_kind": pl.String, "published": pl.Date, "published_precision": pl.String, "known_from": pl.Date,
        "origin_id": pl.String, "source_id": pl.String,
    }  # fmt: skip
    if rows is None:
        may, june = date(2024, 5, 31), date(2024, 6, 1)
        no, exact = (False, False, "normal", None), (10000.0, 10000.0, 10000.0)
        wire = ("A wire", "wire", DAY, "day", DAY, "wire", "wire")
        paper = ("A paper (copy)", "newspaper", date(2024, 5, 1), "month", may, "paper", "paper")
        copy = ("A copier", "blog", None, None, None, "paper", "copy")
        trade = ("A trade page", "trade", june, "day", june, "trade", "trade")
        rows = [
            (1000.0, 1000.0, 1000.0, "USD_m", "approx", None, 1000.0, 950.0, 1050.0, True, True, "normal", None, *wire),
            (800.0, 800.0, None, "USD_m", "at-least", "first closing", 800.0, 800.0, 880.0, *no, *paper),
            (*exact, "USD_m", "exact", None, *exact, False, False, "deprecated", "tenfold slip", *copy),
            (None, None, None, "text", None, "a large sum", None, None, None, *no, *trade),
        ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def known(rows=None):
    schema = {
        "startup": pl.String, "fact": pl.String, "subject_kind": pl.String, "happened": pl.Date, "known": pl.Date,
        "value": pl.Float64, "unit": pl.String, "publisher": pl.String, "origins": pl.Int64,
    }  # fmt: skip
    if rows is None:
        rows = [
            ("Moon", "Round 2023: size", "round", date(2023, 1, 1), date(2025, 1, 1), 40.0, "USD_m", "A wire", 1),
            ("Moon", "Stake of Ali", "stake", date(2024, 3, 31), date(2024, 3, 31), 36.0, "pct", "A filing", 2),
            ("Moon", "Value 2024", "valuation", date(2024, 6, 30), date(2024, 6, 1), 2500.0, "USD_m", "A paper", 1),
            ("Moon", "Part of Ali", "participation", None, date(2024, 6, 1), None, "USD_m", "A paper", 1),
        ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def talks(rows=None):
    schema = {
        "startup": pl.String, "subject_kind": pl.String, "rumoured": pl.Date, "rumour_usd_m": pl.Float64, "outcome": pl.String,
        "became_usd_m": pl.Float64, "days": pl.Int64, "basis": pl.String, "became_basis": pl.String, "publisher": pl.String,
    }  # fmt: skip
    if rows is None:
        rows = [
            ("Moon", "round", date(2024, 1, 15), 600.0, "closed", 1000.0, 42, None, None, "A wire"),
            (
                "Moon",
                "valuation",
                date(2024, 1, 15),
                3000.0,
                "next close",
                2500.0,
                42,
                "target",
                "post-money",
                "A wire",
            ),
            ("Zhi", "round", date(2025, 1, 15), 600.0, "open", None, None, None, None, "A blog"),
            ("Zhi", "round", date(2025, 2, 15), None, "cancelled", None, None, None, None, "A blog"),
        ]
    return pl.DataFrame(rows, schema=schema, orient="row")


CASES = {
    "claims": (charts.claims, said, "publisher"),
    "known_when": (charts.known_when, known, "fact"),
    "rumours": (charts.rumours, talks, "startup"),
}
every_chart = pytest.mark.parametrize(("draw", "make", "column"), CASES.values(), ids=CASES)


rows_of = shared.rows_of


def title(chart):
    return shared.title(chart).replace("\u00a0", " ")


@every_chart
@shared.every_rule
def test_rules_of_every_chart(draw, make, column, rule):  # noqa: ARG001
    rule(draw, make)


@every_chart
@pytest.mark.parametrize("mode", shared.MODES)
@pytest.mark.parametrize("width", [360, "container"])
def test_specification_is_valid_and_safe_as_json(draw, make, column, mode, width):  # noqa: ARG001
    shared.test_specification_is_valid_and_safe_as_json(draw, make, mode, width)


@every_chart
def test_text_stays_text(draw, make, column):
    bad = "<script>alert('x')</script> \"quoted\" \\ 月之暗面"
    frame = make()
    spec = shared.spec_of(draw(frame.with_columns(pl.lit(bad).alias(column)), sources=[bad], lens=bad))
    values = [v for row in spec["datasets"]["rows"] for v in row.values() if isinstance(v, str)]
    values += [p["value"] for p in spec["params"] if isinstance(p.get("value"), str)]
    assert sum(bad in v for v in values) >= 3
    assert shared.template_of(spec) == shared.template_of(shared.spec_of(draw(frame)))


@every_chart
def test_frame_may_be_in_any_order(draw, make, column):  # noqa: ARG001
    assert title(draw(make().reverse())) == title(draw(make()))
    assert rows_of(draw(make().reverse())) == rows_of(draw(make()))


def test_claims_stand_by_day_with_the_choice_and_the_errors_marked():
    rows = rows_of(charts.claims(said(), fact="Size"))
    assert [r["label"] for r in rows] == [
        "27 Feb 2024 · A wire · taken",
        "May 2024 · A paper",
        "1 Jun 2024 · A trade page",
        "date unknown · A copier · retold",
    ]
    assert [r["chosen"] for r in rows] == [True, False, False, False]
    assert [r["wrong"] for r in rows] == [False, False, False, True]
    assert [r["shape"] for r in rows] == ["circle", "triangle-up", "cross", "triangle-right"]
    assert (rows[0]["low"], rows[0]["high"]) == (950, 1050)
    assert (rows[1]["open_high"], rows[1]["short"]) == (True, "at least US$800m")
    assert rows[1]["open_end"] > rows[1]["value"]
    assert (rows[2]["value"], rows[2]["says"]) == (None, "a large sum")


def test_title_of_claims_is_the_finding():
    assert (
        title(charts.claims(said(), fact="Size"))
        == "Size: 3 origins, from US$800m to US$1bn, 1 known to be wrong; taken: about US$1bn"
    )
    one = said().filter(pl.col("origin_id") == "wire")
    assert title(charts.claims(one)) == "one claim, of one origin; taken: about US$1bn"
    # Where no policy chooses, the claim that the curators prefer is the one taken.
    liked = said().with_columns(chosen=pl.lit(value=False), adopted=pl.lit(value=False))
    liked = liked.with_columns(rank=pl.when(pl.col("source_id") == "trade").then(pl.lit("preferred")).otherwise("rank"))
    assert title(charts.claims(liked)).endswith("taken: a large sum")


def test_collapsed_rows_are_one_an_origin_and_say_how_many():
    chart = charts.claims(said(), collapse=True)
    assert [r["label"] for r in rows_of(chart)] == [
        "27 Feb 2024 · A wire · taken",
        "May 2024 · A paper · and 1 page of the same origin",
        "1 Jun 2024 · A trade page",
    ]
    assert title(chart) == title(charts.claims(said()))


def test_what_follows_is_told_in_the_subtitle():
    assert shared.param(charts.claims(said(), then="Then this", lens="lowest claims"), "subtitle").endswith(
        "one row a page · lowest claims. Then this"
    )


def test_known_when_counts_delays_and_keeps_count_of_the_undated():
    chart = charts.known_when(known())
    assert (
        title(chart)
        == "1 of 3 numbers about Moon (33 %) became known more than a month later, 1 more than a year later"
    )
    assert "1 fact without a date not drawn" in shared.param(chart, "footer")
    rows = {r["fact"]: r for r in rows_of(chart)}
    assert rows["Round 2023: size"]["days_words"] == "731 days later"
    assert rows["Stake of Ali"]["days_words"] == "the same day"
    assert rows["Value 2024"]["days_words"] == "29 days before its period was over"
    assert [r["fact"] for r in rows.values() if r["named"]] == ["Round 2023: size"]


def test_foreign_comparators_are_named_in_the_title():
    for draw, frame in ((charts.known_when, known()), (charts.rumours, talks())):
        foreign = frame.with_columns(wave=pl.lit("foreign"))
        assert title(draw(foreign)).endswith(
            " (foreign comparators)" if draw is charts.rumours else " (foreign comparator)"
        )
        assert "foreign" not in title(draw(frame.with_columns(wave=pl.lit("genai"))))
    one = talks().with_columns(
        wave=pl.when(pl.col("startup") == "Zhi").then(pl.lit("foreign")).otherwise(pl.lit("genai"))
    )
    assert title(charts.rumours(one)).endswith("; foreign comparator: Zhi")


def test_claims_take_their_fact_from_the_frame():
    named = said().with_columns(fact=pl.lit("Moon, Round 2024: size"))
    assert title(charts.claims(named)).startswith("Moon, Round 2024: size: 3 origins")
    assert title(charts.claims(named, fact="Size")).startswith("Size: 3 origins")
    two = named.with_columns(fact=pl.col("source_id"))
    assert title(charts.claims(two)).startswith("3 origins"), "claims on several facts have no one name"


def test_names_of_delays_do_not_cover_each_other():
    rows = [
        (f"Firm {i}", "Round", "round", date(2020, 1, 1 + i), date(2025, 1, 1), 1.0, "USD_m", "A", 1) for i in range(9)
    ]
    shifts = [r["shift"] for r in rows_of(charts.known_when(known(rows))) if r["named"]]
    assert len(shifts) == 3
    assert all(b - a >= 14 for a, b in pairwise(sorted(shifts)))


def test_talks_that_closed_have_two_ends_and_others_one():
    chart = charts.rumours(talks())
    assert title(chart) == "2 of 4 talks closed; of 2 with both figures, 1 above, 1 below the rumour"
    assert "1 talk without a figure not drawn" in shared.param(chart, "footer")
    rows = {r["left"]: r for r in rows_of(chart)}
    assert rows["Moon, round, Jan 2024: US$600m"]["right"] == "US$1bn, 42 days"
    assert rows["Moon, round, Jan 2024: US$600m"]["ratio_words"] == "×1.67"
    assert rows["Moon, value, Jan 2024: US$3bn"]["what"] == "Moon, value (target to post-money)"
    assert rows["Zhi, round, Jan 2025: US$600m"]["y1"] is None
    assert rows["Zhi, round, Jan 2025: US$600m"]["outcome_words"] == "open"


def test_labels_of_many_talks_keep_apart_and_inside():
    rows = [(f"Firm {i}", "round", date(2024, 1, 1), 500.0, "open", None, None, None, None, "A") for i in range(60)]
    drawn = rows_of(charts.rumours(talks(rows)))
    places = sorted(r["l0"] for r in drawn if r["l0"] is not None)
    assert len(drawn) == 60
    assert 30 <= len(places) < 60
    assert all(b - a >= 12 for a, b in pairwise(places))
    assert places[0] >= 0
    assert places[-1] <= 470


def test_words_of_an_empty_lens():
    assert title(charts.claims(said().clear())) == theme.EMPTY
