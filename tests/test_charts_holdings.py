"""Charts of holdings: the rules of every chart, words that follow the frame, known apart from estimated and unknown."""

import json
from datetime import date
from itertools import combinations

import holding_frames as frames
import polars as pl
import pytest
import test_charts as shared

from aitracker import charts
from aitracker.charts import _lines, network, theme

STATED, ESTIMATE, UNKNOWN = "stated", "our estimate", "unknown"


def fact_sheet(frame, **words):
    return charts.fact_sheet(frame, **{"card": frames.card(), "fund": frames.FUND} | words)


# Chart, frame, and the column whose text comes from the data.
CASES = {
    "holdings": (charts.holdings, frames.positions, "startup"),
    "fact_sheet": (fact_sheet, frames.positions, "startup"),
    "look_through": (charts.look_through, frames.contents, "startup"),
    "stake_path": (charts.stake_path, frames.path, "label"),
    "backtest_stakes": (charts.backtest_stakes, frames.backtest, "startup"),
    "effective_number": (charts.effective_number, frames.history, "investor"),
    "coverage": (charts.coverage, frames.one_history, "investor"),
    "lorenz": (charts.lorenz, frames.curves, "investor"),
    "overlap_matrix": (charts.overlap_matrix, frames.overlaps, "name_a"),
    "co_investment": (charts.co_investment, frames.ties, "name_a"),
    "sensitivity": (charts.sensitivity, frames.unknowns, "startup"),
}
every_chart = pytest.mark.parametrize(("draw", "make", "column"), CASES.values(), ids=CASES)


rows_of, title = shared.rows_of, shared.title


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
    assert sum(bad in v for v in values) >= 3  # the subtitle, the footer, and what the column says
    assert shared.template_of(spec) == shared.template_of(shared.spec_of(draw(frame)))


# Elsewhere the frame tells the order: of events, of investors, and whom the title is about.
SORTED = {k: v[:2] for k, v in CASES.items() if k not in {"stake_path", "overlap_matrix", "lorenz", "effective_number"}}


@pytest.mark.parametrize(("draw", "make"), SORTED.values(), ids=SORTED)
def test_frame_may_be_in_any_order(draw, make):
    frame = make()
    assert title(draw(frame.reverse())) == title(draw(frame))
    assert rows_of(draw(frame.reverse())) == rows_of(draw(frame))


def test_known_estimated_and_unknown_positions_are_told_apart():
    rows = {r["startup"]: r for r in rows_of(charts.holdings(frames.positions()))}
    assert [r["startup"].split(" ")[0] for r in rows.values()] == ["Moonshot", "Zhipu", "MiniMax", "Baichuan", "VAST"]
    assert [r["state"] for r in rows.values()] == [STATED, ESTIMATE, ESTIMATE, UNKNOWN, UNKNOWN]
    assert rows["Moonshot AI"]["label"] == "Moonshot AI 月之暗面: 36 % of US$2.5bn"
    assert rows["MiniMax"]["label"] == "MiniMax: about 2.4 % of US$2.5bn"
    assert rows["Baichuan AI"]["label"] == "Baichuan AI 百川智能: 0 to 11 % of US$1.8bn"
    assert (rows["Baichuan AI"]["value"], rows["Baichuan AI"]["high"]) == (None, 198.0)
    assert rows["VAST (Tripo AI)"]["label"] == "VAST: stake unknown"
    assert rows["VAST (Tripo AI)"]["words"] == "unknown"
    assert rows["Moonshot AI"]["words"] == "US$900m, 60–80 %", "two cannot be weighed: the weight is an interval"
    assert rows["Zhipu AI (Z.ai; Knowledge Atlas Technology)"]["age_words"] == "1 Jun 2023, 365 days old, stale"
    assert [r["stale"] for r in rows.values()] == [False, True, False, False, False]
    assert "striped: 1 of 3 values older than 180 days" in shared.param(charts.holdings(frames.positions()), "subtitle")


@pytest.mark.parametrize(
    ("weighting", "column", "states"),
    [
        ("value", "value", [STATED, ESTIMATE, ESTIMATE, UNKNOWN, UNKNOWN]),
        ("cost", "cost", [ESTIMATE, STATED, UNKNOWN, UNKNOWN, UNKNOWN]),
        ("cash", "cash", [ESTIMATE, STATED, UNKNOWN, UNKNOWN, UNKNOWN]),
    ],
)
def test_weighting_chooses_the_column(weighting, column, states):
    frame = frames.positions()
    if weighting == "cash":
        frame = frame.with_columns(cash_low_usd_m=pl.lit(100.0))
    rows = rows_of(charts.holdings(frame, weighting=weighting))
    assert sorted(r["state"] for r in rows) == sorted(states)
    expected = dict(zip(frame["startup"], frame[f"{column}_usd_m"], strict=True))
    assert {r["startup"]: r["value"] for r in rows} == expected
    assert theme.money(rows[0]["value"]) in rows[0]["words"]


def test_count_weighs_every_position_alike():
    frame = frames.positions().with_columns(weight=pl.lit(0.2))
    rows = rows_of(charts.holdings(frame, weighting="count"))
    assert {r["value"] for r in rows} == {1.0}
    assert {r["words"] for r in rows} == {"20 %"}
    assert (
        title(charts.holdings(frame, weighting="count")) == "Alibaba holds 5 positions, each of them 20 % of the count"
    )


def test_wrong_weighting_names_the_allowed():
    with pytest.raises(ValueError, match="value, cost, cash, count"):
        charts.holdings(frames.positions(), weighting="marked")
    with pytest.raises(ValueError, match="value, cost, cash, count"):
        charts.fact_sheet(frames.positions(), weighting="marked")


def test_holdings_title_is_the_finding():
    frame = frames.positions()
    expected = "Moonshot AI is between 60 and 80 % of what Alibaba holds by marked value; 2 of 5 cannot be weighed"
    assert title(charts.holdings(frame)) == expected
    bare = frame.drop("weight_low", "weight_high")
    expected = (
        "Moonshot AI is 75 % of what can be weighed of Alibaba's holdings by marked value; 2 of 5 cannot be weighed"
    )
    assert title(charts.holdings(bare)) == expected
    assert title(charts.holdings(frame.head(3))) == "Moonshot AI is 75 % of what Alibaba holds by marked value"
    dark = frame.tail(2)
    expected = "Tencent holds 2 positions; none of them can be weighed by marked value"
    assert title(charts.holdings(dark, holder="Tencent")) == expected
    assert shared.param(charts.holdings(frame, holder="Tencent"), "accent") == "blue"
    assert shared.param(charts.holdings(frame, holder="State funds"), "accent") == "state-fund"
    assert title(fact_sheet(frame, holder="State funds")).startswith("Are State funds the China AI ETF? No")


def test_fact_sheet_puts_the_numbers_first():
    chart = fact_sheet(frames.positions())
    rows = rows_of(chart)
    tiles = {r["name"]: r for r in rows if "tile" in r}
    assert [r["tile"] for r in tiles.values()] == list(range(8)) == list(range(shared.param(chart, "tiles")))
    assert {k: t["big"] for k, t in tiles.items()} == {
        "Effective number of positions": "1.7",
        "Largest position": "75 %",
        "Three largest": "100 %",
        "HHI (0 to 1)": "0.60",
        "5/10/40 test of funds": "failed",
        "Coverage by count": "60 %",
        "Active share": "58 %",
        "AI in US$100 of its stock": "US$0.66",
    }
    assert tiles["HHI (0 to 1)"]["note"] == "between 0.41 and 0.76"
    assert tiles["Effective number of positions"]["yardstick"] == "KWEB: 14.8"
    assert tiles["Coverage by count"]["yardstick"] == " "  # a fund of listed shares covers none of it
    assert title(chart) == "Is Alibaba the China AI ETF? No: three quarters of it is one start-up"
    assert "holds under 5 of 6 rules for choosing among claims and in 2 of 3 nested sets" in shared.param(
        chart, "subtitle"
    )
    assert (
        "coverage of the generative-AI unicorns; market value of 31 May 2024 against values of which"
        in shared.param(chart, "subtitle")
    )
    assert "the fund's weights are of 30 Nov 2025" in shared.param(chart, "subtitle")
    assert [r["startup"] for r in rows if "row" in r][:2] == [
        "Moonshot AI",
        "Zhipu AI (Z.ai; Knowledge Atlas Technology)",
    ]


def test_fact_sheet_says_unknown_rather_than_zero():
    blank = {k: (v if isinstance(v, str) or k in {"positions", "weighted"} else None) for k, v in frames.card().items()}
    tiles = {r["name"]: r for r in rows_of(fact_sheet(frames.positions(), card=blank, fund=None)) if "tile" in r}
    assert {t["big"] for t in tiles.values()} == {"unknown"}
    assert {t["yardstick"] for t in tiles.values()} == {" "}
    assert tiles["HHI (0 to 1)"]["note"] == "3 of 5 positions weighed"


def test_fact_sheet_gives_the_interval_where_nothing_tells_the_point():
    points = ("effective_number", "hhi", "top_1_pct", "top_3_pct", "active_share_pct", "look_through_usd", "owned_pct")
    more = {"top_1_low_pct": 20.0, "top_1_high_pct": 58.0, "owned_low_pct": 3.0, "owned_high_pct": 9.0}
    card = frames.card(**dict.fromkeys(points), **more, active_share_low_pct=40.0, active_share_high_pct=90.0)
    tiles = {r["name"]: r for r in rows_of(fact_sheet(frames.positions(), card=card, fund=None)) if "tile" in r}
    assert tiles["Effective number of positions"]["big"] == "1.3 to 2.4"
    assert tiles["Largest position"]["big"] == "20 to 58 %"
    assert tiles["Active share"]["big"] == "40 to 90 %"
    assert tiles["Coverage by count"]["note"] == "owned by value: 3 to 9 %"
    assert (tiles["AI in US$100 of its stock"]["big"], tiles["AI in US$100 of its stock"]["note"]) == (
        "at least US$0.58",
        "at most US$0.80",
    )


def test_fact_sheet_keeps_ten_positions_and_counts_the_rest():
    one = frames.positions().head(1)
    many = pl.concat([one.with_columns(startup=pl.lit(f"Firm {i:02d}"), weight=pl.lit(1 / (i + 1))) for i in range(13)])
    chart = fact_sheet(many)
    drawn = [r["startup"] for r in rows_of(chart) if "row" in r]
    assert drawn == [f"Firm {i:02d}" for i in range(10)]
    assert "3 smaller positions not drawn" in shared.param(chart, "footer")


def test_look_through_adds_up_and_keeps_the_unknown():
    chart = charts.look_through(frames.contents())
    rows = rows_of(chart)
    assert [r["words"] for r in rows] == ["US$0.51", "US$0.14", "under 1 cent", "unknown"]
    assert rows[-1]["label"] == "1 that cannot be valued: Baichuan AI"
    assert shared.param(chart, "inside") == pytest.approx(0.653)
    assert shared.param(chart, "whole") == pytest.approx(100)
    assert title(chart) == (
        "Of US$100 of Alibaba stock, US$0.51 is Moonshot AI; the 3 of 4 AI start-ups that can be valued come to US$0.65"
    )
    known = charts.look_through(frames.contents().filter(pl.col("startup_id").is_null() | pl.col("usd").is_not_null()))
    assert title(known) == "Of US$100 of Alibaba stock, US$0.51 is Moonshot AI and US$0.65 is AI start-ups in all"
    subtitle = shared.param(chart, "subtitle")
    assert "all between US$0.57 and US$1.60" in subtitle
    # 900, 240 and 60 of 1,200.
    assert (
        "US$176bn on 31 May 2024, valuations of Jun 2023 to May 2024: 20 % market prices, 75 % prices of rounds, 5 % older"
        in subtitle
    )
    assert [r["stale"] for r in rows[:3]] == [False, False, True]
    assert rows[2]["age_words"] == "1 Jun 2023, 365 days old, stale"


def test_look_through_draws_the_small_ones_together():
    given = [(f"s{i}", f"Firm {i}", 1.0 / (i + 1), None, None, None, None, None, None, None) for i in range(11)]
    rows = rows_of(charts.look_through(frames.contents(given)))
    assert [r["label"] for r in rows][-1] == "3 smaller ones"
    assert rows[-1]["value"] == pytest.approx(1 / 9 + 1 / 10 + 1 / 11)
    assert sum(r["value"] for r in rows) == pytest.approx(sum(1 / (i + 1) for i in range(11)))


def test_stake_path_tells_disclosed_from_estimated():
    chart = charts.stake_path(frames.path())
    rows = rows_of(chart)
    assert [r.get("tag") for r in rows] == [None, None, "36 %", None, None]
    assert [r["before"] for r in rows] == [None, None, 32.0, None, None]
    assert [r["part"] for r in rows] == [0, 0, 0, 1, 1]  # the line breaks where the stake cannot be told
    expected = (
        "Alibaba's stake in Moonshot AI was 30 % after 1 Jan 2026, by our estimate; 36 % was disclosed for 31 Mar 2024"
    )
    assert title(chart) == expected
    told = charts.stake_path(frames.path().filter(pl.col("date") <= date(2024, 3, 31)))
    assert title(told) == "Alibaba's stake in Moonshot AI was 36 % after 31 Mar 2024"
    never = charts.stake_path(frames.path().head(1))
    assert title(never).endswith("by our estimate: no stake has been disclosed")
    dark = charts.stake_path(frames.path().filter(pl.col("stake_pct").is_null()))
    assert title(dark).startswith("Alibaba's stake in Moonshot AI was between 30 and 38 % after 5 Aug 2024")


def test_words_of_close_disclosures_do_not_cover_each_other():
    days = [date(2020, 1, 1), date(2023, 6, 1), date(2023, 6, 20), date(2023, 7, 6), date(2024, 1, 1)]
    given = [(d, "disclosed", "Disclosed", 5.0, 5.0, 5.0, None, None, 5.0, None) for d in days]
    assert [r.get("tag") for r in rows_of(charts.stake_path(frames.path(given)))] == ["5 %", "5 %", None, None, "5 %"]


def test_backtest_is_reported_honestly():
    chart = charts.backtest_stakes(frames.backtest())
    assert [(r["label"], r["words"]) for r in rows_of(chart)] == [
        ("Alibaba in MiniMax, Dec 2025", "−4.6, covered"),
        ("Alibaba in Moonshot AI, Mar 2024", "+4.0, not covered"),
    ]
    # Half of 4.56 and 4.
    expected = (
        "Of 4 disclosed stakes, 2 can be estimated from the rest: estimates miss by 4.3 points on average;"
        " 2 of 3 intervals cover the truth"
    )
    assert title(chart) == expected
    assert "not drawn: 1 with an interval only, 1 with nothing to estimate from" in shared.param(chart, "footer")


def test_effective_number_breaks_where_nothing_is_known():
    chart = charts.effective_number(frames.history())
    rows = rows_of(chart)
    assert title(chart) == "Tencent's holdings weigh as much as 2.2 equal positions, Alibaba's as 1.9"
    assert "unknown at every date: HongShan" in shared.param(chart, "footer")
    assert {r.get("tag") for r in rows} == {None, "Alibaba 1.9", "Tencent 2.2"}
    assert {r["colour"] for r in rows if r["key"] == "Alibaba"} == {"orange"}
    alone = charts.effective_number(frames.one_history().with_columns(effective_number=pl.lit(1.0)))
    assert title(alone) == "Alibaba's holdings weigh as much as 1 equal position"


def test_too_many_lines_are_refused():
    frame = pl.concat([frames.one_history().with_columns(investor=pl.lit(f"Firm {i}")) for i in range(7)])
    with pytest.raises(ValueError, match="at most 6"):
        charts.effective_number(frame)
    with pytest.raises(ValueError, match="one investor, not 7"):
        charts.coverage(frame)
    with pytest.raises(ValueError, match="at most 6"):
        charts.lorenz(pl.concat([frames.curves().with_columns(investor=pl.lit(f"Firm {i}")) for i in range(7)]))


def test_coverage_draws_three_measures_of_one_investor():
    chart = charts.coverage(frames.one_history())
    assert {r.get("tag") for r in rows_of(chart)} - {None} == {"by count 55 %", "by value 65 %", "owned 11 %"}
    assert (
        title(chart)
        == "Alibaba holds a stake in 55 % of the generative-AI unicorns, 65 % of their value, and owned 11 % of it"
    )


@pytest.mark.parametrize("ends", [{"a": 1.0, "b": 1.0, "c": 1.01}, {"a": 0.0, "b": 0.0}, {"a": 5.0}, {}])
def test_names_of_lines_stand_apart(ends):
    at = _lines.tags(ends, 10.0)
    gap = _lines.GAP * 10.0 / _lines.HEIGHT
    assert set(at) == set(ends)
    for one, two in combinations(at.values(), 2):
        assert abs(one - two) >= 0.99 * gap
    assert all(v > 0 for v in at.values())


def test_lorenz_title_reads_the_curve_at_half():
    chart = charts.lorenz(frames.curves())
    # Half of three positions: half-way from (1/3, 5 %) to (2/3, 25 %).
    assert title(chart) == (
        "The smaller half of Alibaba's positions holds 15 % of the value: Alibaba (Gini 0.47), Tencent (Gini 0.10)"
    )
    assert "3 positions of Alibaba, 2 positions of Tencent" in shared.param(chart, "footer")
    one = charts.lorenz(frames.curves().filter(pl.col("investor") == "Tencent").drop("investor"), holder="Tencent")
    assert title(one).startswith("The smaller half of Tencent's positions holds 40 %")


def test_overlap_matrix_is_half_and_keeps_the_unknown():
    chart = charts.overlap_matrix(frames.overlaps())
    rows = rows_of(chart)
    pairs = [r for r in rows if r["i"] != r["j"]]
    assert len(pairs) == 10
    assert len(rows) == 15
    assert all(r["i"] > r["j"] for r in pairs)
    assert {r["cell"] for r in pairs if "HongShan" in (r["a"], r["b"])} == {"0–58"}
    assert {r["value_words"] for r in pairs if "HongShan" in (r["a"], r["b"])} == {"0 to 58 %"}
    assert {r["rest_words"] for r in pairs} == {"1 of 2 shared start-ups weighed"}
    assert title(chart) == (
        "Meituan and State funds have the most in common of those that are known: 42 % of their weights;"
        " for 4 of 10 pairs only ends are known"
    )
    none = frames.overlaps().with_columns(pl.lit(0.0).alias(c) for c in ("overlap", "overlap_low", "overlap_high"))
    assert title(charts.overlap_matrix(none)) == "No two of these investors hold the same start-up"
    dark = frames.overlaps().with_columns(
        overlap=pl.lit(None, pl.Float64), overlap_low=pl.lit(0.1), overlap_high=pl.lit(0.6)
    )
    assert title(charts.overlap_matrix(dark)) == (
        "For no two of these investors is the overlap known; that of Alibaba and HongShan lies between 10 and 60 %"
    ), "the largest low end is the finding"
    blank = dark.with_columns(pl.lit(None, pl.Float64).alias(c) for c in ("overlap_low", "overlap_high"))
    assert title(charts.overlap_matrix(blank)) == "For no two of these investors is the overlap known"
    assert {r["cell"] for r in rows_of(charts.overlap_matrix(blank)) if r["i"] != r["j"]} == {"?"}


def test_network_is_laid_out_alike_for_ties_in_any_order():
    frame = frames.ties()
    one, two = charts.co_investment(frame), charts.co_investment(frame.reverse())
    assert rows_of(one) == rows_of(two)
    nodes = [r for r in rows_of(one) if r["kind"] == "node"]
    assert {n["a"] for n in nodes} == set(frames.NAMES.values())
    for a, b in combinations(nodes, 2):  # names on one side never meet
        if a["right"] == b["right"]:
            assert abs(a["ay"] - b["ay"]) > 0.3
    colours = {n["a"]: n["colour"] for n in nodes}
    assert (colours["Alibaba"], colours["HongShan"], colours["State funds"]) == ("orange", "green", "state-fund")


def test_strong_ties_stand_side_by_side():
    ring = {("a", "b"): 9.0, ("c", "d"): 9.0, ("e", "f"): 9.0, ("a", "d"): 1.0, ("b", "f"): 1.0, ("c", "e"): 1.0}
    order = network.ring_order(ring)
    at = {node: i for i, node in enumerate(order)}
    for a, b in ring:
        assert min(abs(at[a] - at[b]), 6 - abs(at[a] - at[b])) == 1, order
    assert network.ring_order({(b, a): w for (a, b), w in reversed(ring.items())}) == order
    assert network.ring_order({}) == []


def test_too_large_a_network_is_refused():
    one = frames.ties().head(1)
    many = pl.concat([one.with_columns(investor_b=pl.lit(f"firm-{i}"), name_b=pl.lit(f"Firm {i}")) for i in range(24)])
    with pytest.raises(ValueError, match="at most 24"):
        charts.co_investment(many)


def test_sensitivity_names_the_unknown_that_matters_most():
    chart = charts.sensitivity(frames.unknowns())
    assert [r["label"] for r in rows_of(chart)] == ["Stake of Moonshot AI", "Valuation of Baichuan AI"]
    assert title(chart) == (
        "The stake of Moonshot AI moves the verdict most: alone it puts Alibaba's effective number anywhere from 1.40 to 2.10"
    )
    still = charts.sensitivity(frames.unknowns().tail(1))
    assert title(still) == "No single unknown moves Alibaba's effective number"


# ------------------------------------------------------------------------------- words come from the frame alone

SECOND = {"investor_id": "second", "investor": "Second Capital"}
FIRST_WORDS = ("Alibaba", "Moonshot", "unicorn", "marked value", "generative-AI", "KWEB")


def second(frame, **words):
    """The same frame of a second investor, start-up, weighting and set; what was the first one's is gone from it."""
    words = SECOND | {"weighting": "cost", "scope": "model-maker"} | words
    changed = frame.with_columns(pl.lit(word).alias(name) for name, word in words.items() if name in frame.columns)
    return changed.with_columns(
        pl.col(pl.String).str.replace_all("Moonshot AI", "Other AI").str.replace_all("Alibaba", "Second Capital")
    )


SECOND_CARD = {"holder": "Second Capital", "scope": "model-maker", "threshold_usd_m": 500.0, "weighting": "cost"}
SECONDS = {
    "holdings": lambda: charts.holdings(second(frames.positions())),
    "fact_sheet": lambda: charts.fact_sheet(
        second(frames.positions()), card=frames.card(**SECOND_CARD), fund=frames.FUND | {"holder_id": "etf-other"}
    ),
    "look_through": lambda: charts.look_through(second(frames.contents())),
    "stake_path": lambda: charts.stake_path(second(frames.path(), startup="Other AI")),
    "effective_number": lambda: charts.effective_number(second(frames.history())),
    "coverage": lambda: charts.coverage(second(frames.one_history()).with_columns(threshold_usd_m=pl.lit(500.0))),
    "sensitivity": lambda: charts.sensitivity(second(frames.unknowns())),
    "overlap_matrix": lambda: charts.overlap_matrix(second(frames.overlaps())),
    "lorenz": lambda: charts.lorenz(second(frames.curves()).with_columns(weighting=pl.lit("cost"))),
    "backtest_stakes": lambda: charts.backtest_stakes(second(frames.backtest())),
    "co_investment": lambda: charts.co_investment(
        second(frames.ties().drop("investor_a")).with_columns(investor_a="name_a")
    ),
}


def test_every_chart_is_drawn_a_second_time():
    assert set(SECONDS) == set(CASES)


@pytest.mark.parametrize("name", SECONDS)
def test_the_first_ones_words_are_nowhere_in_the_seconds(name):
    text = json.dumps(shared.spec_of(SECONDS[name]()), ensure_ascii=False)
    for word in FIRST_WORDS:
        assert word not in text, f"{name} says {word!r} of a frame that does not"
    if name not in {"backtest_stakes", "co_investment"}:
        assert "Second Capital" in text or name == "overlap_matrix"


@pytest.mark.parametrize("name", SECONDS)
def test_a_chart_without_a_name_in_its_frame_names_nobody(name):
    """No default name: what the frame does not say is not said."""
    draw, make, _ = CASES[name]
    frame = make()
    if "investor" in frame.columns and name not in {"effective_number", "coverage", "lorenz", "backtest_stakes"}:
        text = json.dumps(shared.spec_of(draw(frame.drop("investor", "investor_id"))), ensure_ascii=False)
        assert "Alibaba" not in text, name


def test_thresholds_and_sets_are_named():
    card = frames.card(threshold_usd_m=500.0, scope="ai")
    subtitle = shared.param(fact_sheet(frames.positions(), card=card), "subtitle")
    assert "coverage of the AI start-ups worth US$500m or more" in subtitle
    drawn = charts.coverage(frames.one_history().with_columns(threshold_usd_m=pl.lit(500.0)))
    assert title(drawn).startswith("Alibaba holds a stake in 55 % of the generative-AI start-ups worth US$500m or more")
    everything = frames.one_history().with_columns(universe=pl.lit("all"), scope=pl.lit("ai"))
    assert "of the AI start-ups tracked" in title(charts.coverage(everything))


def test_an_effective_number_without_a_point_is_its_interval():
    frame = frames.one_history().with_columns(effective_number=pl.lit(None, pl.Float64))
    chart = charts.effective_number(frame)
    assert title(chart) == "Alibaba's holdings weigh as much as 1.5 to 2.6 equal positions"
    assert [r.get("tag") for r in rows_of(chart)][-1] == "Alibaba 1.5–2.6"
    assert shared.param(chart, "message") == ""


def test_a_curve_says_on_how_many_positions_it_rests():
    one = frames.curves().filter(pl.col("investor") == "Tencent").drop("investor")
    chart = charts.lorenz(one, holder="Tencent", rests=(2, 5))
    assert title(chart).startswith("The smaller half of the 2 of 5 positions of Tencent that can be weighed holds 40 %")
    assert "rests on 3 of 5 positions" in shared.param(charts.sensitivity(frames.unknowns()), "subtitle")
