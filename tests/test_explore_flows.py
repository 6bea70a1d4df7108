"""Explorers of flows and of compute, without a browser: controls, data, code, search, errors in place, size of the twin."""

import datetime as dt
import json
import re

import polars as pl
import pytest

import aitracker as ait
from aitracker.explore import ComputeForEquity, FundingFlows
from aitracker.flows.static import funding_rows

FLOW_VIEWS = ("columns", "cumulative", "events", "sankey", "matrix")
COMPUTE_VIEWS = ("instruments", "returnable", "price", "drawdown", "deals")


def rerun(explorer):
    """The frame that the explorer's own code gives."""
    scope: dict[str, object] = {}
    exec(explorer.code.replace("\nait.", "\nframe = ait."), scope)  # noqa: S102 - the code is what is tested
    return scope["frame"]


def put(explorer, name, value):
    explorer._controls[name].value = value


@pytest.fixture(scope="module")
def flows():
    return FundingFlows(ait.load())


@pytest.fixture
def fresh(flows):
    flows.reset()
    return flows


@pytest.mark.parametrize("view", FLOW_VIEWS)
def test_every_view_of_funding_draws_and_its_code_gives_its_data(view, real):
    explorer = FundingFlows(real, view=view)
    assert explorer._error.value == ""
    assert explorer.data.height > 0
    assert rerun(explorer).equals(explorer.data)
    assert explorer.chart.to_dict()["datasets"]["rows"]
    assert json.loads(json.dumps(explorer.chart.to_dict(), allow_nan=False))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("every", "1q"),
        ("by", "country_group"),
        ("wave", "vision"),
        ("segment", "chips"),
        ("instrument", "cash"),
        ("split", "lead-weighted"),
        ("status", "reported"),
        ("talks", True),
        ("investor", "腾讯"),
        ("quarters", (dt.date(2023, 3, 31), dt.date(2024, 12, 31))),
    ],
)
def test_each_control_changes_the_data_and_the_code_follows(name, value, fresh):
    before = fresh.data
    put(fresh, name, value)
    assert fresh._error.value == ""
    assert not fresh.data.equals(before), f"{name} changes nothing"
    assert rerun(fresh).equals(fresh.data)
    fresh.reset()
    assert fresh.data.equals(before)


@pytest.mark.parametrize("view", ["sankey", "matrix"])
def test_filters_reach_the_pairs_too(view, fresh):
    put(fresh, "view", view)
    whole = fresh.data
    put(fresh, "segment", "embodied")
    put(fresh, "quarters", (dt.date(2023, 3, 31), dt.date(2025, 12, 31)))
    assert 0 < fresh.data.height < whole.height
    assert rerun(fresh).equals(fresh.data)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Alibaba Group", {"alibaba"}),
        ("腾讯", {"tencent"}),
        ("sequoia china", {"hongshan"}),
        ("小红书", {"xiaohongshu"}),
        ("HONGSHAN", {"hongshan"}),
    ],
)
def test_search_finds_english_chinese_and_old_names(text, found, fresh):
    assert found <= set(fresh._found(text))
    put(fresh, "investor", text)
    assert fresh._error.value == ""
    assert "only the parts of" in fresh._words.value


def test_a_name_that_nobody_has_is_met_with_the_nearest_and_leaves_the_chart(fresh):
    before = fresh.data
    put(fresh, "investor", "Tencnt")
    assert "no investor is called" in fresh._error.value
    assert "did you mean" in fresh._error.value
    assert fresh.data.equals(before)
    put(fresh, "investor", "")
    assert fresh._error.value == ""


def test_period_search_and_talks_add_up(fresh):
    everything = fresh.data["amount_usd_m"].sum()
    put(fresh, "talks", True)
    talks = fresh.data.filter(pl.col("status") == "in-talks")
    assert talks.height > 0
    assert fresh.data.filter(pl.col("status") == "closed")["amount_usd_m"].sum() == pytest.approx(everything)
    put(fresh, "talks", False)
    ends = [d for _, d in fresh._controls["quarters"].options]
    parts = []
    for span in ((ends[0], dt.date(2023, 12, 31)), (dt.date(2024, 3, 31), ends[-1])):
        put(fresh, "quarters", span)
        parts.append(fresh.data["amount_usd_m"].sum())
    assert sum(parts) == pytest.approx(everything)


def test_one_investors_parts_are_within_the_rounds(real):
    whole = ait.funding_flows(real, "startup", "1y", waves=["genai"])
    own = ait.funding_flows(real, "startup", "1y", waves=["genai"], investors=["alibaba"])
    both = own.join(whole, on=["period", "startup"], suffix="_all")
    assert both.height == own.height > 0
    assert (both["amount_usd_m"].fill_null(0) <= both["amount_usd_m_all"].fill_null(1e9) + 1e-6).all()
    assert (own["total_low_usd_m"] <= own["total_high_usd_m"] + 1e-6).all()
    vehicles = ait.funding_flows(real, "startup", "1y", waves=["genai"], investors=["alibaba-cloud", "alibaba"])
    assert vehicles.equals(own), "a vehicle goes under its parent's name"


@pytest.mark.parametrize(
    "wrong", [{"investors": ["alibabba"]}, {"segments": ["chip"]}, {"since": "yesterday"}, {"until": "2024-13-01"}]
)
def test_wrong_filters_say_what_is_allowed(wrong, real):
    with pytest.raises(ValueError, match="must be"):
        ait.funding_flows(real, **wrong)


def test_the_lens_and_the_opening_settings_hold(real):
    ds = real.at(policy="lowest", as_of="2024-12-31")
    explorer = FundingFlows(ds, view="cumulative", by="country_group", every="1q")
    assert explorer.lens == ds.lens
    assert "policy='lowest'" in explorer.code
    assert explorer.data["period"].max() <= dt.date(2024, 12, 31)
    put(explorer, "by", "segment")
    explorer.reset()
    assert explorer.settings["by"] == "country_group"
    with pytest.raises(ValueError, match="setting must be one of"):
        FundingFlows(real, vew="sankey")
    with pytest.raises(ValueError, match="did you mean 'sankey'"):
        FundingFlows(real, view="sanky")


@pytest.mark.parametrize("view", FLOW_VIEWS)
def test_twins_of_funding_are_small_and_complete(view, real):
    twin = FundingFlows(real, view=view).twin()
    assert len(json.dumps(twin, default=str)) < 420_000
    assert len(twin["controls"]) >= 1
    assert_complete(twin)


def assert_complete(twin):
    """Every combination of the offered values has its chart."""
    chart = twin["chart"]
    if "variants" not in chart:
        return
    keys = {"|".join(k) for k in combinations([[o["value"] for o in c["options"]] for c in twin["controls"]])}
    assert keys == set(chart["variants"])
    assert len({json.dumps(v, sort_keys=True, default=str) for v in chart["variants"].values()}) > 1


@pytest.mark.parametrize("by", ["investor_type", "startup", "country_group"])
@pytest.mark.parametrize("wave", ["all", "genai", "vision"])
def test_the_page_itself_finds_what_the_live_chart_says(by, wave, real):
    vlc = pytest.importorskip("vl_convert")
    waves = None if wave == "all" else [wave]
    live = ait.charts.funding_flows(ait.funding_flows(real, by=by, every="1y", waves=waves), every="1y")
    (finding,) = (p.value for p in live.params if p.name == "title")
    spec = ait.charts.funding_flows_static(funding_rows(real), by=by, wave=wave, width=1600).to_dict()
    text = re.sub(r"<[^>]+>", "", vlc.vegalite_to_svg(spec, vl_version="6.4")).replace("\u00a0", " ")
    assert finding in text


def combinations(choices):
    return [(first, *rest) for first in choices[0] for rest in combinations(choices[1:])] if choices else [()]


@pytest.mark.parametrize("view", COMPUTE_VIEWS)
def test_every_view_of_compute_draws_its_code_gives_its_data_and_its_twin_is_small(view, real):
    explorer = ComputeForEquity(real, view=view)
    assert explorer._error.value == ""
    assert explorer.data.height > 0
    assert rerun(explorer).equals(explorer.data)
    twin = explorer.twin()
    assert len(json.dumps(twin, default=str)) < 350_000
    assert_complete(twin)


def test_compute_follows_price_quarters_and_comparators(real):
    explorer = ComputeForEquity(real, view="returnable")
    before = explorer.data
    put(explorer, "comparators", False)
    assert set(explorer.data["kind"]) == {"pair", "all"}
    put(explorer, "quarters", 4)
    assert set(explorer.data["quarters"]) == {4}
    assert rerun(explorer).equals(explorer.data)
    put(explorer, "view", "price")
    put(explorer, "price", 20)
    assert "20 %" in explorer._words.value
    explorer.reset()
    assert explorer.data.equals(before)


def test_credits_at_face_and_at_nothing(real):
    prices = ait.credit_value(real, "alibaba", prices=[0, 100])
    moonshot = prices.filter(pl.col("startup_id") == "moonshot").sort("price_pct")
    nothing, face = moonshot.rows(named=True)
    assert face["received_usd_m"] == face["committed_usd_m"] == 800
    assert nothing["received_usd_m"] == 800 - nothing["face_usd_m"]
    # The smallest cheque with the most credits, the largest with the fewest: 760 - 400 and 840 - 200.
    assert (nothing["received_low_usd_m"], nothing["received_high_usd_m"]) == (360, 640)
    with pytest.raises(ValueError, match="between 0 and 100"):
        ait.credit_value(real, prices=[120])


def test_a_longer_draw_down_never_raises_the_ceiling(real):
    down = ait.draw_down(real, quarters=range(1, 9)).filter(pl.col("startup_id") == "moonshot")
    ceilings = down.sort("quarters")["ceiling_high_pct"].to_list()
    assert len(ceilings) == 8
    assert ceilings == sorted(ceilings, reverse=True)
    revenue = down["segment_revenue_usd_m"] * down["quarters"]
    assert down["ceiling_high_pct"].to_list() == pytest.approx(
        (100 * down["returnable_high_usd_m"] / revenue).to_list()
    )
