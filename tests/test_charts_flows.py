"""Charts of flows: the rules of every chart, sums that survive the drawing, unknown drawn and never folded away."""

import json
from collections import defaultdict
from datetime import date
from itertools import pairwise

import flow_frames as frames
import polars as pl
import pytest
import test_charts as shared

import aitracker as ait
from aitracker import charts
from aitracker.charts import theme


def flows_and_events(frame, **words):
    return charts.flows_and_events(frame, **{"events": frames.events()} | words)


# Chart, frame, and the column whose text comes from the data.
CASES = {
    "cumulative_flows": (charts.cumulative_flows, frames.flows, "investor_type"),
    "flows_and_events": (flows_and_events, frames.flows, None),
    "sankey": (charts.sankey, frames.pairs, "startup"),
    "investor_matrix": (charts.investor_matrix, frames.pairs, "startup"),
    "instrument_mix": (charts.instrument_mix, frames.instruments, "instrument"),
    "returnable_share": (charts.returnable_share, frames.returnable, "label"),
    "circular_deals": (charts.circular_deals, frames.returnable, "startup"),
    "waves": (charts.waves, frames.waves, "wave"),
    "tie_out": (charts.tie_out, frames.ties, "statement"),
    "credit_value": (charts.credit_value, frames.prices, "startup"),
    "draw_down": (charts.draw_down, frames.drawn, "startup"),
}
every_chart = pytest.mark.parametrize(("draw", "make", "column"), CASES.values(), ids=CASES)


def rows_of(chart, part=None):
    rows = shared.rows_of(chart)
    return rows if part is None else [r for r in rows if r["part"] == part]


title = shared.title


@every_chart
@shared.every_rule
def test_rules_of_every_chart(draw, make, column, rule):  # noqa: ARG001
    rule(draw, make)


@every_chart
@pytest.mark.parametrize(("mode", "width"), [("light", 360), ("dark", 720), ("light", "container")])
def test_specification_is_valid_and_safe_as_json(draw, make, column, mode, width):  # noqa: ARG001
    shared.test_specification_is_valid_and_safe_as_json(draw, make, mode, width)


@every_chart
def test_text_stays_text(draw, make, column):
    bad = "<script>alert('x')</script> \"quoted\" 月之暗面"
    frame = make() if column is None else make().with_columns(pl.lit(bad).alias(column))
    spec = shared.spec_of(draw(frame, sources=[bad], lens=bad))
    assert bad in next(p["value"] for p in spec["params"] if p["name"] == "footer")
    texts = json.dumps(spec["datasets"], ensure_ascii=False).replace('\\"', '"')
    assert column is None or bad in texts
    assert shared.template_of(spec) == shared.template_of(shared.spec_of(draw(make())))


def test_cumulative_sums_never_fall_and_end_at_the_sum():
    frame = frames.flows()
    chart = charts.cumulative_flows(frame, every="1q")
    ends = defaultdict(float)
    by_group = defaultdict(list)
    for row in rows_of(chart):
        by_group[row["key"]].append(row["amount"])
        assert row["y1"] - row["y0"] == pytest.approx(row["amount"])
        if row["at"] == "end":
            ends[row["start"]] += row["amount"]
    assert all(values == sorted(values) for values in by_group.values())
    assert ends[max(ends)] == pytest.approx(frame["amount_usd_m"].sum())
    assert len(ends) == 3, "a quarter without rounds is drawn too"
    last = [r for r in rows_of(chart) if r["start"] == max(ends)]
    assert {(r["total_low"], r["total_high"]) for r in last} == {(1140.0, 1260.0)}
    assert title(chart).startswith("US$1.15bn had been raised by the end of Q3 2023, half of it by the end of Q3 2023")


def test_a_quarter_of_dark_rounds_leaves_the_lines_as_they_were():
    nothing = {c: pl.lit(None, dtype=pl.Float64) for c in ("amount_usd_m", "total_low_usd_m", "total_high_usd_m")}
    dark = (
        frames.flows()
        .filter(pl.col("investor_type") == "state-fund")
        .with_columns(period=pl.lit(date(2023, 4, 1)), **nothing)
    )
    lines = [
        {
            (r["total_low"], r["total_high"])
            for r in rows_of(charts.cumulative_flows(frame, every="1q"))
            if r["start"][:10] == "2023-07-01"
        }
        for frame in (frames.flows(), pl.concat([frames.flows(), dark]))
    ]
    assert lines == [{(1140.0, 1260.0)}, {(1140.0, 1260.0)}]


def test_talks_stand_beside_the_columns_and_in_no_sum():
    closed = frames.flows().with_columns(status=pl.lit("closed"))
    talks = closed.head(1).with_columns(status=pl.lit("in-talks"), amount_usd_m=pl.lit(5000.0))
    chart, alone = charts.funding_flows(pl.concat([closed, talks])), charts.funding_flows(closed)
    hollow = [r for r in rows_of(chart) if r.get("talks")]
    assert [r["amount"] for r in hollow] == [5000.0]
    assert [r for r in rows_of(chart) if not r.get("talks")] == rows_of(alone)
    assert title(chart) == title(alone)
    assert (shared.param(chart, "beside"), shared.param(alone, "beside")) == (True, False)
    assert "hollow: in talks" in shared.param(chart, "subtitle")


def test_sankey_keeps_the_money_of_every_node_and_tells_what_it_leaves_out():
    frame = frames.pairs()
    chart = charts.sankey(frame)
    ribbons, nodes = rows_of(chart, "ribbon"), rows_of(chart, "node")
    wide = {r["link"]: r["from1"] - r["from0"] for r in ribbons}
    for r in ribbons:
        assert r["into1"] - r["into0"] == pytest.approx(wide[r["link"]], abs=3e-5), "a ribbon is as wide at both ends"
    unit = wide["Alibaba|Moonshot AI"] / 1000
    assert wide["Tencent|Moonshot AI"] == pytest.approx(200 * unit, abs=3e-5)
    for node in nodes:
        side, name = ("source", node.get("source")) if node["side"] == 0 else ("target", node.get("target"))
        parts = sum(wide[r["link"]] for r in ribbons if r[side] == name)
        assert node["y1"] - node["y0"] == pytest.approx(parts, abs=1e-4)
    for side in (0, 1):
        spans = sorted((n["y0"], n["y1"]) for n in nodes if n["side"] == side)
        assert spans[0][0] >= 0
        assert spans[-1][1] <= 1
        assert all(a[1] <= b[0] for a, b in pairwise(spans)), "nodes overlap"
    assert "1 pair of unknown amount not drawn" in shared.param(chart, "footer")
    assert [n["source"] for n in nodes if n["side"] == 0][-1] == "unknown"


def test_sankey_groups_the_small_and_marks_the_focus():
    rows = [(f"Firm {i:02d}", "vc", f"Start-up {i % 3}", 100.0 - i, 1.0, 200.0, None, 1, 0) for i in range(30)]
    frame = pl.DataFrame(rows, schema=frames.pairs().schema, orient="row")
    chart = charts.sankey(frame, most=5, focus="Firm 00")
    left = [n for n in rows_of(chart, "node") if n["side"] == 0]
    assert [n["source"] for n in left] == [f"Firm {i:02d}" for i in range(5)] + ["25 others"]
    assert left[-1]["amount_words"] == theme.money(sum(100.0 - i for i in range(5, 30)))
    assert shared.param(chart, "focus") == "Firm 00"
    selects = [p for p in shared.spec_of(chart)["params"] if "select" in p]
    assert {p["name"] for p in selects} == {"out_of", "into"}
    by_type = charts.sankey(frame, by="investor_type")
    assert [n["name"] for n in rows_of(by_type, "node") if n["side"] == 0] == ["Venture capital"]


def test_matrix_draws_a_part_of_unknown_size_as_unknown_and_orders_by_amount():
    chart = charts.investor_matrix(frames.pairs())
    names = [r["label"] for r in rows_of(chart, "investor")]
    assert names == ["Alibaba", "Tencent", "A fund", "Unknown"]
    assert [r["label"] for r in rows_of(chart, "startup")] == ["Moonshot AI", "MiniMax"]
    cells = {(r["investor"], r["startup"]): r for r in rows_of(chart, "cell")}
    assert cells["Tencent", "MiniMax"]["amount"] is None
    assert cells["Tencent", "MiniMax"]["amount_words"] == "unknown"
    assert ("Alibaba", "MiniMax") not in cells
    assert title(chart).endswith("for 1 of 5 pairs of investor and start-up nobody says how much")
    few = charts.investor_matrix(frames.pairs(), most=2, most_startups=1)
    assert "2 investors with less not drawn" in shared.param(few, "footer")
    assert [r["label"] for r in rows_of(few, "investor")] == ["Alibaba", "Unknown"], "the unknown stays"


def test_unknown_instruments_are_never_cash():
    chart = charts.instrument_mix(frames.instruments(), about="Alibaba")
    rows = {r["label"]: r for r in rows_of(chart)}
    assert rows["Cash"]["end"] == 430.0
    assert rows["Nobody says"]["unknown"]
    assert rows["Nobody says"]["colour"] == "unknown"
    assert not rows["Cloud credit"]["unknown"]
    assert (rows["Cloud credit"]["low"], rows["Cloud credit"]["high"]) == (200.0, 400.0)
    assert rows["within cash: ring-fenced cash"]["end"] is None
    assert rows["within cash: ring-fenced cash"]["far"] == 600.0
    assert title(chart) == (
        "Of Alibaba's money with a known size (US$1.07bn), US$200m to US$400m was cloud credit;"
        " the size is unknown for 12 of 16 cheques"
    )


def test_deals_without_a_public_cheque_share_one_row_and_stay_unknown():
    rows = rows_of(charts.returnable_share(frames.returnable()))
    dark = [r for r in rows if r["words"] == "cheques not public"]
    assert [r["label"] for r in dark] == ["Alibaba \u2013 2 more: 01.AI, MiniMax"]
    assert dark[0]["unknown"]
    assert dark[0]["low"] is None
    moonshot = rows[0]
    assert (moonshot["start"], moonshot["end"], moonshot["far"]) == (25.0, 50.0, 100.0)
    assert moonshot["ceiling_words"] == "0.7 % to 1.4 %"
    google = next(r for r in rows if r["label"].startswith("Google"))
    assert google["unknown"], "bounds from nothing to all are no finding"


def test_circular_deals_say_what_has_no_figure():
    chart = charts.circular_deals(frames.returnable())
    rows = {r["startup"]: r for r in rows_of(chart)}
    assert list(rows) == ["OpenAI", "Anthropic", "Moonshot AI"]
    assert rows["Anthropic"]["back"] == 3000.0
    assert rows["OpenAI"]["back"] is None
    assert rows["Moonshot AI"]["back_label"] == "can come back: US$200m to US$400m"
    assert rows["OpenAI"]["out_width"] > rows["Anthropic"]["out_width"] > rows["Moonshot AI"]["out_width"]
    assert "2 deals without a figure not drawn" in shared.param(chart, "footer")
    words = json.dumps(shared.spec_of(chart)).lower()
    assert not any(loaded in words for loaded in ("fraud", "sham", "round-trip", "scheme"))


def test_waves_fill_each_bar_and_set_the_foreign_shares_beside_each_other():
    chart = charts.waves(frames.waves())
    tall = defaultdict(float)
    for r in rows_of(chart, "bar"):
        tall[r["wave_words"], r["left"]] += r["y1"] - r["y0"]
    assert len(tall) == 6
    assert len({round(v, 6) for v in tall.values()}) == 1, "shares of a bar sum to 100"
    assert shared.param(chart, "ages") == ["0\u20132 years", "8+ years", "all ages"]
    assert title(chart) == (
        "About 40 % (20 % to 60 %) of computer vision and 5 % (2.5 % to 7.5 %) of generative AI was money of foreign investors;"
        " the home of 10 % and 45 % of it is unknown"
    )
    assert {r["n_words"] for r in rows_of(chart, "column")} == {"n\u00a0=\u00a03"}


def test_tie_out_is_a_multiple_of_what_was_reported():
    chart = charts.tie_out(frames.ties())
    dots = [r["dot"] for r in rows_of(chart)]
    assert dots == [1.0, 0.25, None, 10.0], "beyond the axis stands at its end, nothing where there is nothing"
    assert [r["words"] for r in rows_of(chart)][1] == "CNY\u00a02.5bn of CNY\u00a010bn"
    assert (
        title(chart)
        == "Of 4 published totals, the rows' sums agree with 1, fall short of 1, go beyond 1 and say nothing of 1"
    )


def test_events_outside_the_columns_are_not_drawn_and_numbers_follow_the_days():
    chart = flows_and_events(frames.flows())
    drawn = rows_of(chart, "event")
    assert [(r["title"], r["number"]) for r in drawn] == [
        ("A chip is planned", None), ("Chips restricted", 1), ("Rules in force", 2),
    ]  # fmt: skip
    assert [r["forecast"] for r in drawn] == [True, False, False]
    chosen = flows_and_events(frames.flows(), numbered=["plan"], kinds=["chips"])
    assert [(r["title"], r["number"]) for r in rows_of(chosen, "event")] == [("A chip is planned", 1)]
    columns = rows_of(chart, "column")
    assert [(r["amount"], r["low"], r["high"]) for r in columns] == [(350.0, 340.0, 360.0), (800.0, 800.0, 900.0)]
    with pytest.raises(ValueError, match="kinds are at most 3 of export-control"):
        flows_and_events(frames.flows(), kinds=["weather"])


def drawn(draw, frame, **words):
    """Every word of a chart: its template, its rows, its parameters."""
    return json.dumps(shared.spec_of(draw(frame, **words)), ensure_ascii=False)


def events_of(ds):
    chips = ds.events.filter(pl.col("kind") == "chips").with_columns(title=pl.lit("A chip"))
    return lambda frame, **words: charts.flows_and_events(frame, events=chips, **words)


# Chart, arguments of its frame for one set and for another, words of the first, words of the second that its title has.
WAVES = ({"waves": ["genai"]}, {"waves": ["foreign"]}, ("enerative", "Moonshot"), ("Foreign comparators",))
HOMES = ({}, {"waves": ["foreign"]}, ("Chinese AI start-ups", "Moonshot"), ("Foreign comparators",))
TALKS = ({}, {"status": ["in-talks"]}, ("raised",), ("in talks",))
BOTH = ({"status": ["in-talks"]}, {"status": ["closed", "reported"]}, ("in talks",), ("raised or reported",))
FIRMS = ({"investors": ["alibaba"]}, {"investors": ["tencent"]}, ("Alibaba",), ("Tencent",))
SCOPES = ({"scope": "model-maker"}, {"scope": "genai", "waves": ["genai"]}, ("makers of foundation models",), ())
SETS = {"waves": WAVES, "homes": HOMES, "talks": TALKS, "reported": BOTH, "investors": FIRMS, "scopes": SCOPES}
FLOWS = {
    "funding_flows": (charts.funding_flows, ait.funding_flows),
    "cumulative_flows": (charts.cumulative_flows, ait.funding_flows),
    "flows_and_events": (None, ait.funding_flows),
    "sankey": (charts.sankey, ait.investor_matrix),
    "investor_matrix": (charts.investor_matrix, lambda ds, **given: ait.investor_matrix(ds, **given).drop("names")),
}


@pytest.mark.parametrize("kind", SETS)
@pytest.mark.parametrize("chart", FLOWS)
def test_words_are_those_of_the_frame(chart, kind, frozen):
    draw, make = FLOWS[chart]
    draw = draw or events_of(frozen)
    one, other, gone, there = SETS[kind]
    given = {"by": "startup", "every": "1y"} if make is ait.funding_flows and kind != "investors" else {}
    first, second = (make(frozen, **given, **more) for more in (one, other))
    text = drawn(draw, second)
    assert not [word for word in gone if word in text]
    assert any(word in drawn(draw, first) for word in gone), (
        "the first chart has the words that the second must not have"
    )
    said = title(draw(second))
    if kind == "reported":
        said += shared.param(draw(second), "subtitle")
    assert all(word in said for word in there), said


@pytest.mark.parametrize(
    "chart", [*FLOWS, "waves", "instrument_mix", "returnable_share", "circular_deals", "tie_out", "portfolio"]
)
def test_a_chart_signs_itself_with_lens_version_and_sources(chart, frozen):
    others = {
        "waves": (charts.waves, ait.waves),
        "instrument_mix": (charts.instrument_mix, ait.instrument_summary),
        "returnable_share": (charts.returnable_share, ait.returnable_money),
        "circular_deals": (charts.circular_deals, ait.returnable_money),
        "tie_out": (charts.tie_out, lambda ds: ait.tie_out(ds).head(5)),
        "portfolio": (charts.portfolio, ait.portfolio),
    }
    draw, make = (FLOWS | others)[chart]
    draw = draw or events_of(frozen)
    early = frozen.at(as_of="2024-12-31")
    told = draw(make(early))
    assert "as of 31 Dec 2024" in shared.param(told, "subtitle")
    assert "as of" not in drawn(draw, make(frozen))
    assert frozen.version in shared.param(told, "footer")
    assert "Sources: " in shared.param(told, "footer")


@pytest.mark.parametrize(
    "view", ["instrument_mix", "returnable_share", "circular_deals", "credit_value", "draw_down", "portfolio"]
)
def test_a_second_investor_is_not_called_by_the_first_ones_name(view, frozen):
    makes = {
        "instrument_mix": ait.instrument_summary,
        "returnable_share": lambda ds, who, **given: ait.returnable_money(ds, who, **given).filter(
            pl.col("kind") != "comparator"
        ),
        "circular_deals": lambda ds, who, **given: ait.returnable_money(ds, who, **given).filter(
            pl.col("kind") != "comparator"
        ),
        "credit_value": ait.credit_value,
        "draw_down": ait.draw_down,
        "portfolio": lambda ds, who, **_: ait.portfolio(ds, who),
    }
    draw, make = getattr(charts, view), makes[view]
    first, second = make(frozen, "alibaba"), make(frozen, "microsoft", waves=["foreign"])
    assert "Alibaba" in drawn(draw, first)
    text = drawn(draw, second)
    for word in ("Alibaba", "Moonshot", "Chinese AI start-ups"):
        assert word not in text
    if second.height:
        assert "Microsoft" in text
    if view in {"instrument_mix", "returnable_share", "portfolio"}:
        assert "oreign comparators" in title(draw(second))


def test_a_start_up_is_named_from_the_frame():
    other = frames.prices().with_columns(startup=pl.lit("Zhipu"), investor=pl.lit("Tencent"))
    assert "Moonshot" not in drawn(charts.credit_value, other)
    assert title(charts.credit_value(other)).startswith("Zhipu received from Tencent US$760m")
    down = frames.drawn().with_columns(startup=pl.lit("Zhipu"), investor=pl.lit("Tencent"))
    assert title(charts.draw_down(down)).endswith("at most 11 % of the cloud revenue of Tencent")


def test_talks_alone_are_hollow_and_in_no_sum(frozen):
    talks = ait.funding_flows(frozen, every="1y", status=["in-talks"])
    chart = charts.funding_flows(talks)
    assert {r.get("talks") for r in rows_of(chart)} == {True}
    assert title(chart).endswith("none of it has closed")
    both = ait.flows_and_talks(frozen, every="1y")
    closed = both.filter(pl.col("status") == "closed")
    for draw in (charts.cumulative_flows, events_of(frozen)):
        assert title(draw(both)) == title(draw(closed)), "money in talks is in no sum of money raised"


def test_figures_say_on_how_many_rounds_they_rest(frozen):
    frame = ait.returnable_money(frozen).filter(pl.col("kind") == "all")
    chart = charts.returnable_share(frame)
    assert title(chart).endswith("can come back as revenue; this rests on 3 of 17 rounds")
    (row,) = rows_of(chart)
    assert row["words"].endswith("rests on 3 of 17 rounds")
    assert row["whole_words"] == "0 % to 100 %"
    pair = ait.returnable_money(frozen).filter(pl.col("startup_id") == "moonshot")
    assert "rests on 1 of 4 rounds" in rows_of(charts.circular_deals(pair))[0]["back_label"]
    assert title(charts.credit_value(ait.credit_value(frozen))).endswith("this rests on 1 of 4 rounds")
    waves = title(charts.waves(ait.waves(frozen)))
    assert "as far as" in waves
    assert "rounds tell" in waves


def test_rounds_of_unknown_size_are_counted_where_they_stand():
    rows = {(r["start"][:10], r["label"]): r for r in rows_of(charts.funding_flows(frames.flows(), every="1q"))}
    dark = rows["2023-07-01", "State funds"]
    assert (dark["undisclosed"], dark["amount"], dark["amount_words"]) == (2, None, "unknown")
    assert rows["2023-07-01", "Big tech"]["undisclosed"] == 0
    uncounted = charts.funding_flows(frames.flows().drop("rounds_unknown"), every="1q")
    assert {r["label"]: r["undisclosed"] for r in rows_of(uncounted)}["State funds"] == 2, (
        "all of a group without an amount"
    )


def test_investors_who_only_may_have_a_part_are_not_drawn(small):
    frame = ait.funding_flows(small, every="1y")
    assert frame.filter(pl.col("rounds") == 0).is_empty()
    possible = frame.filter(pl.col("investor_type") == "unknown").with_columns(rounds=pl.lit(0, dtype=pl.Int64))
    known = frame.filter(pl.col("investor_type") != "unknown")
    assert rows_of(charts.funding_flows(pl.concat([known, possible]))) == rows_of(charts.funding_flows(known))


def test_price_and_draw_down_mark_the_assumption():
    chart = charts.credit_value(frames.prices(), price=50)
    assert shared.param(chart, "marked") == 50
    assert title(chart) == (
        "Moonshot AI received US$760m to US$840m if its credits were worth their face, and US$360m to US$640m if they were"
        " worth nothing"
    )
    down = charts.draw_down(frames.drawn(), quarters=8)
    assert (
        title(down) == "Drawn down in 1 quarter, Moonshot AI's credits would be at most 11 % of the segment's revenue"
    )
    assert shared.param(down, "x_ticks") == [1.0, 4.0, 8.0]
