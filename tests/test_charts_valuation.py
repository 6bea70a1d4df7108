"""Charts of valuations: the rules of every chart, and words and marks that follow the frame."""

import re
from datetime import date
from itertools import pairwise

import polars as pl
import pytest
import test_charts as shared

import aitracker as ait
from aitracker import charts
from aitracker.charts import theme
from aitracker.charts._values import log_ticks, spread

HISTORY = {
    "startup_id": pl.String, "startup": pl.String, "wave": pl.String, "date": pl.Date, "date_precision": pl.String,
    "day": pl.Date, "months": pl.Float64, "value_usd_m": pl.Float64, "value_low_usd_m": pl.Float64,
    "value_high_usd_m": pl.Float64, "basis": pl.String, "talks": pl.Boolean, "headline": pl.Boolean, "origins": pl.Int64,
    "claims": pl.Int64, "publisher": pl.String,
}  # fmt: skip


def history(rows=None):
    if rows is None:
        rows = [
            ("a", 2020, 10.0, 200.0, 200.0, 220.0, "post-money", False, True, 1),
            ("a", 2022, 30.0, 1000.0, 900.0, 1100.0, "unstated", False, True, 2),
            ("a", 2023, 40.0, 3000.0, 3000.0, 3000.0, "target", True, False, 1),
            ("a", 2024, 50.0, 4000.0, 4000.0, 4000.0, "market-cap", False, True, 1),
            ("b", 2023, None, 500.0, 500.0, 500.0, "estimate", False, False, 1),
        ]
    full = [
        (
            s,
            f"Firm {s.upper()} (long name)",
            "genai",
            date(y, 3, 1),
            "month",
            date(y, 3, 16),
            *rest,
            rest[-1] + 1,
            "Reuters",
        )
        for s, y, *rest in rows
    ]
    return pl.DataFrame(full, schema=HISTORY, orient="row")


def steps():
    schema = {
        "startup_id": pl.String, "startup": pl.String, "wave": pl.String, "from_date": pl.Date, "date": pl.Date,
        "from_usd_m": pl.Float64, "from_basis": pl.String, "value_usd_m": pl.Float64, "basis": pl.String,
        "step_up_x": pl.Float64, "step_low_x": pl.Float64, "step_high_x": pl.Float64, "changes_basis": pl.Boolean,
        "single_origin": pl.Boolean, "origins": pl.Int64,
    }  # fmt: skip
    days = (date(2022, 1, 1), date(2023, 1, 1))
    rows = [
        ("a", "Firm A", "genai", *days, 100.0, "post-money", 400.0, "post-money", 3.0, 2.8, 3.2, False, True, 1),
        ("a", "Firm A", "genai", *days, 400.0, "post-money", 300.0, "unstated", None, 0.5, 0.9, False, False, 2),
        ("b", "Firm B", "vision", *days, 400.0, "post-money", 300.0, "market-cap", None, None, 0.75, True, True, 1),
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def ladder(threshold=1000.0):
    schema = {
        "startup_id": pl.String, "startup": pl.String, "wave": pl.String, "outcome": pl.String, "date": pl.Date,
        "date_precision": pl.String, "value_usd_m": pl.Float64, "basis": pl.String, "months": pl.Float64,
        "months_low": pl.Float64, "months_high": pl.Float64, "last_below": pl.Date, "origins": pl.Int64, "publisher": pl.String,
    }  # fmt: skip
    day = date(2023, 5, 1)
    rows = [
        (
            "a",
            "Firm A",
            "genai",
            "reached",
            day,
            "month",
            1200.0,
            "post-money",
            14.0,
            12.0,
            16.0,
            date(2022, 1, 1),
            1,
            "Reuters",
        ),
        ("b", "Firm B", "vision", "reached", day, "month", 1000.0, "unstated", 40.0, 38.0, None, None, 2, "Reuters"),
        ("c", "Firm C", "genai", "below", None, None, None, None, 60.0, None, None, date(2022, 1, 1), None, None),
        ("d", "Firm D", "genai", "no value", None, None, None, None, None, None, None, None, None, None),
    ]
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(threshold_usd_m=pl.lit(threshold))


def curve(threshold=1000.0, foreign=0, scope=None):
    rows = [
        ("genai", 0.0, 1.0, 0.0, None, None, 4, 0, 0, 4),
        ("genai", 10.0, 0.75, 25.0, 4.0, 87.0, 4, 1, 0, 4),
        ("genai", 20.0, 0.5, 50.0, 15.0, 94.0, 3, 1, 0, 4),
        ("genai", 30.0, 0.5, 50.0, 15.0, 94.0, 2, 0, 2, 4),
        ("vision", 0.0, 1.0, 0.0, None, None, 1, 0, 0, 1),
        ("vision", 36.0, 1.0, 0.0, None, None, 1, 0, 1, 1),
    ]
    floats = ("months", "survival", "reached_pct", "reached_low_pct", "reached_high_pct")
    whole = ("at_risk", "events", "censored", "startups")
    schema = {"wave": pl.String, **dict.fromkeys(floats, pl.Float64), **dict.fromkeys(whole, pl.Int64)}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        threshold_usd_m=pl.lit(threshold), foreign=pl.lit(foreign), scope=pl.lit(scope, dtype=pl.String)
    )


def listed():
    schema = {
        "startup_id": pl.String, "startup": pl.String, "stage": pl.String, "day": pl.Date, "date_precision": pl.String,
        "value_usd_m": pl.Float64, "value_low_usd_m": pl.Float64, "value_high_usd_m": pl.Float64, "basis": pl.String,
        "multiple_x": pl.Float64, "claims": pl.Int64, "origins": pl.Int64,
    }  # fmt: skip
    rows = [
        ("a", "Firm A", "last round", date(2024, 1, 1), "day", 1000.0, 900.0, 1100.0, "post-money", 1.0, 2, 2),
        ("a", "Firm A", "listing", date(2025, 1, 1), "day", 1500.0, 1500.0, 1500.0, "market-cap", 1.5, 1, 1),
        ("a", "Firm A", "latest", date(2025, 6, 1), "day", 500.0, 500.0, 500.0, "market-cap", 0.5, 1, 1),
        ("b", "Firm B", "listing", date(2025, 6, 1), "day", 700.0, 700.0, 700.0, "market-cap", None, 1, 1),
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


CASES = {
    "valuation_history": (charts.valuation_history, history, "startup"),
    "step_ups": (charts.step_ups, steps, "startup"),
    "time_to_unicorn": (charts.time_to_unicorn, ladder, "startup"),
    "unicorn_curve": (charts.unicorn_curve, curve, "wave"),
    "listings": (charts.listings, listed, "startup"),
}
every_chart = pytest.mark.parametrize(("draw", "make", "column"), CASES.values(), ids=CASES)


rows_of, title = shared.rows_of, shared.title


@every_chart
@shared.every_rule
def test_rules_of_every_chart(draw, make, column, rule):  # noqa: ARG001
    rule(draw, make)


@every_chart
@pytest.mark.parametrize("mode", shared.MODES)
@pytest.mark.parametrize("width", [360, 720, "container"])
def test_specification_is_valid_and_safe_as_json(draw, make, column, mode, width):  # noqa: ARG001
    shared.test_specification_is_valid_and_safe_as_json(draw, make, mode, width)


@every_chart
def test_text_stays_text(draw, make, column):
    bad = "<script>alert('x')</script> \"quoted\" \\ 月之暗面"
    frame = make()
    chart = draw(frame.with_columns(pl.lit(bad).alias(column)), sources=[bad], lens=bad)
    assert shared.template_of(shared.spec_of(chart)) == shared.template_of(shared.spec_of(draw(frame)))
    assert any(bad in str(v) for row in rows_of(chart) for v in row.values())
    assert bad in shared.param(chart, "footer") + shared.param(chart, "subtitle")


def test_history_marks_talks_changes_and_single_origins():
    chart = charts.valuation_history(history())
    assert title(chart) == "Firm A stands highest, at US$4bn in Mar 2024; it rose, 20-fold, across a change of basis"
    rows = {(r["key"], r["t"]): r for r in rows_of(chart)}
    first, second, talk, market, estimate = rows.values()
    assert (first["single"], "single" in second) == (True, False)
    assert second["dissent"] == "3 claims, 2 origins; between US$900m and US$1.1bn"
    assert talk["talks"]
    assert "line" not in talk
    assert market["change"]
    assert "label_log" in market
    assert "line" not in estimate
    assert "pale centre: one origin only (2)" in shared.param(chart, "footer")
    asked = charts.valuation_history(history(), missing=["StepFun"])
    assert "no value known: StepFun" in shared.param(asked, "footer")


def test_history_says_when_there_is_nothing_but_talk():
    assert (
        title(charts.valuation_history(history().filter(~pl.col("headline")))) == "Only talks and estimates are known"
    )


def test_history_carries_the_haircut_as_a_parameter():
    cut = history().with_columns(overstatement_pct=pl.lit(48.0))
    rounds = pl.col("basis").is_in(["post-money", "unstated"])
    values = [c for c in cut.columns if c.startswith("value")]
    cut = cut.with_columns(pl.when(rounds).then(pl.col(c) / 1.48).otherwise(c).alias(c) for c in values)
    plain, shown = charts.valuation_history(history()), charts.valuation_history(cut)
    assert (shared.param(plain, "haircut"), shared.param(shown, "haircut")) == (0, 48)
    assert [r["value"] for r in rows_of(plain)] == pytest.approx([r["value"] for r in rows_of(shown)], rel=1e-5)
    assert "divided by 1.48" in shared.param(shown, "subtitle")


@pytest.mark.parametrize(("name", "wrong"), [("align", "ages"), ("scale", "logs")])
def test_history_refuses_what_it_cannot_draw(name, wrong):
    with pytest.raises(ValueError, match=f"{name} is one of"):
        charts.valuation_history(history(), **{name: wrong})


@pytest.mark.parametrize("scale", ["log", "linear", "index"])
@pytest.mark.parametrize("align", ["date", "age"])
def test_history_draws_every_scale_and_alignment(scale, align):
    vlc = pytest.importorskip("vl_convert")
    chart = charts.valuation_history(history(), width=720, scale=scale, align=align)
    svg = vlc.vegalite_to_svg(shared.spec_of(chart), vl_version="6.4")
    assert "NaN" not in svg
    texts = set(re.findall(r">([^<>]+)</text>", svg))
    assert ("2 years" in texts) == (align == "age")
    assert ("2022" in texts) == (align == "date")
    assert ("US$1bn" in texts) == (scale != "index")
    assert ("1,000" in texts) == (scale == "index")


def test_many_start_ups_are_coloured_by_wave():
    many = history([(f"s{i:02d}", 2020, 10.0, 100.0 + i, 90.0, 200.0, "post-money", False, True, 2) for i in range(40)])
    chart = charts.valuation_history(many)
    assert {r["colour"] for r in rows_of(chart)} == {"blue"}
    assert "colour: wave" in shared.param(chart, "subtitle")
    places = sorted(r["label_log"] for r in rows_of(chart) if "label_log" in r)
    assert len(places) == 24
    assert min(b - a for a, b in pairwise(places)) >= 12.9
    assert 0 <= places[0] <= places[-1] <= 360


def test_step_ups_tell_exact_from_open():
    chart = charts.step_ups(steps())
    assert (
        title(chart)
        == "1 of 3 step-ups can be told exactly; the largest of these is Firm A's, ×3.0 by Jan 2023; 2 were certainly down"
    )
    exact, interval, open_ = rows_of(chart)
    assert (exact["words"], exact["solid"], exact["open"]) == ("×3.0", True, 0)
    assert (interval["words"], interval["x"]) == ("×0.50-0.90", None)
    assert (open_["words"], open_["open"], open_["shape"]) == ("at most ×0.75", -1, "diamond")
    assert open_["interval_words"] == "no lower end known to ×0.75"


def test_ladder_keeps_the_unknown_apart_from_the_lower():
    chart = charts.time_to_unicorn(ladder())
    assert title(chart) == "Firm A was fastest to a billion, 14 months after its founding; Firm B took 40"
    rows = {r["label"]: r for r in rows_of(chart)}
    assert (rows["Firm A"]["shape"], rows["Firm B"]["shape"]) == ("circle", "square")
    assert (rows["Firm B"]["open"], rows["Firm B"]["interval_words"]) == (1, "38 months to open")
    assert (rows["Firm C"]["words"], rows["Firm D"]["words"]) == ("> 60 months", "unknown")
    assert rows["Firm D"]["colour"] == "unknown"
    assert "1 without any known value: unknown, not below" in shared.param(chart, "footer")


def test_curve_counts_those_at_risk():
    chart = charts.unicorn_curve(curve())
    assert title(chart) == "Half had reached a billion after: Generative AI: 20 months"
    risk = {(r["key"], r["x"]): r["at_risk"] for r in rows_of(chart) if r["kind"] == "risk"}
    assert risk["genai", 0] == "4"
    assert risk["genai", 12] == "3"
    assert risk["genai", 24] == "2"
    assert risk["genai", 36] == "0"
    assert risk["vision", 36] == "1", "at risk just before its own age"
    with pytest.raises(ValueError, match="at most 4 groups"):
        charts.unicorn_curve(pl.concat([curve().with_columns(wave=pl.lit(str(i))) for i in range(5)]))


def test_listings_give_the_multiple_of_the_last_round():
    chart = charts.listings(listed())
    assert title(chart) == "Firm A's market value was ×0.50 its last private round in Jun 2025; 1 of 1 was below theirs"
    last = {r["key"]: r for r in rows_of(chart) if r["label_y"] is not None}
    assert last["a"]["words"] == "×0.50 Firm A"
    assert last["b"]["words"] == "Firm B"
    assert last["b"]["times_words"] == "no private round with a value is known"


def words_of(chart):
    """All texts of a chart: title, subtitle, footer, message and the texts of its rows."""
    spec = shared.spec_of(chart)
    texts = [str(p["value"]) for p in spec["params"] if isinstance(p.get("value"), str) and p["name"] != "palette"]
    return "\n".join([*texts, *(v for row in spec["datasets"]["rows"] for v in row.values() if isinstance(v, str))])


MADE = {
    "valuation_history": (charts.valuation_history, lambda ds, who, _: ait.valuation_history(ds, who)),
    "step_ups": (charts.step_ups, lambda ds, who, _: ait.step_ups(ds, who)),
    "time_to_unicorn": (charts.time_to_unicorn, lambda ds, who, least: ait.time_to_unicorn(ds, least, who)),
    "unicorn_curve": (charts.unicorn_curve, lambda ds, _, least: ait.unicorn_curve(ds, least, waves="genai")),
    "known_when": (charts.known_when, lambda ds, who, _: ait.known_when(ds, who)),
    "corroboration": (charts.corroboration, lambda ds, who, _: ait.corroboration(ds, who)),
    "claims": (
        charts.claims,
        lambda ds, who, _: ait.claims(
            ds, "round", {"moonshot": "moonshot-2024-02", "minimax": "minimax-2024-03"}[who], "amount"
        ),
    ),
}


@pytest.mark.parametrize(("draw", "make"), MADE.values(), ids=MADE)
def test_a_chart_speaks_of_its_own_frame(frozen, draw, make):
    """The first start-up, threshold and lens leave no word in the chart of the second."""
    first = words_of(draw(make(frozen, "moonshot", 1000)))
    second = words_of(draw(make(frozen.at(policy="highest"), "minimax", 500)))
    assert "highest claims" in second
    assert "highest claims" not in first
    about = draw is not charts.unicorn_curve
    assert ("Moonshot" in first, "MiniMax" in second) == (about, about)
    assert not about or "Moonshot" not in second
    aimed = draw in (charts.time_to_unicorn, charts.unicorn_curve)
    assert ("billion" in first, "US$500m or more" in second) == (aimed, aimed)
    assert "billion" not in second
    assert "US$1bn or more" not in second
    for chart_words in (first, second):
        assert "Sources: " in chart_words, "signed by its frame alone"
        assert frozen.version in chart_words


def test_titles_name_the_threshold():
    assert title(charts.time_to_unicorn(ladder(500.0))).startswith("Firm A was fastest to US$500m")
    assert "value of US$500m or more" in shared.param(charts.time_to_unicorn(ladder(500.0)), "subtitle")
    assert title(charts.unicorn_curve(curve(2500.0))) == "Half had reached US$2.5bn after: Generative AI: 20 months"
    assert "a first value of US$2.5bn or more" in shared.param(charts.unicorn_curve(curve(2500.0)), "subtitle")
    nobody = ladder(500.0).filter(pl.col("outcome") != "reached")
    assert title(charts.time_to_unicorn(nobody)) == "None of these start-ups is known to have reached US$500m"
    one = ladder(500.0).filter(pl.col("startup") == "Firm A")
    assert title(charts.time_to_unicorn(one)) == "Firm A reached US$500m 14 months after its founding"
    assert title(charts.unicorn_curve(curve(500.0).head(2))) == "Half of no group is known to have reached US$500m"


def test_titles_name_foreign_comparators():
    def abroad(frame, *who):
        return frame.with_columns(
            wave=pl.when(pl.col("startup_id").is_in(who)).then(pl.lit("foreign")).otherwise("wave")
        )

    named = "; foreign comparator: Firm B"
    for draw, frame in (
        (charts.step_ups, steps()),
        (charts.time_to_unicorn, ladder()),
        (charts.valuation_history, history()),
    ):
        assert title(draw(abroad(frame, "b"))).endswith(named)
        assert title(draw(abroad(frame, "a", "b"))).endswith(" (foreign comparators)") == (
            draw is not charts.time_to_unicorn
        )
        assert "foreign" not in title(draw(frame))
    assert title(charts.time_to_unicorn(abroad(ladder(), "a", "b"))).endswith("; foreign comparators: Firm A, Firm B")
    assert title(charts.unicorn_curve(curve(foreign=3))).endswith("; with 6 foreign comparators"), "three in each group"
    assert "Share of start-ups of the set 'model-maker' with" in shared.param(
        charts.unicorn_curve(curve(scope="model-maker")), "subtitle"
    )
    many = history([(f"s{i:02d}", 2020, 10.0, 100.0 + i, 90.0, 200.0, "post-money", False, True, 2) for i in range(9)])
    assert title(charts.valuation_history(abroad(many, *(f"s{i:02d}" for i in range(6))))).endswith(
        "; 6 of the start-ups are foreign comparators"
    )


def test_the_ladder_explains_the_colours_that_it_has():
    assert "Blue: generative AI, amber: computer vision" in shared.param(charts.time_to_unicorn(ladder()), "subtitle")
    only = ladder().filter(pl.col("startup") == "Firm A")
    assert shared.param(charts.time_to_unicorn(only), "subtitle").endswith("allow. Blue: generative AI")


def test_real_frames_fit_every_chart(real):
    for draw, frame in (
        (charts.valuation_history, ait.valuation_history(real)),
        (charts.step_ups, ait.step_ups(real)),
        (charts.time_to_unicorn, ait.time_to_unicorn(real)),
        (charts.unicorn_curve, ait.unicorn_curve(real)),
        (charts.listings, ait.listings(real)),
    ):
        spec = shared.spec_of(draw(frame))
        assert len(spec["datasets"]["rows"]) > 5
        assert theme.EMPTY not in spec["description"]


def test_labels_are_moved_apart_and_ticks_are_readable():
    assert spread([10, 11, 300], 13, 360) == [10, 23, 300]
    assert spread([355, 358], 13, 360) == [347, 360]
    assert log_ticks(40, 3000) == [50, 100, 200, 500, 1000, 2000]
    assert log_ticks(40, 300_000) == [100, 1000, 10_000, 100_000]
