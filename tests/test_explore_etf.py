"""The explorer of holdings: what it shows is what the library gives, and its static twin has every combination."""

from __future__ import annotations

import datetime as dt
import itertools
import json

import polars as pl
import pytest

import aitracker as ait
from aitracker.explore._etf_views import OFFERS, VIEWS
from aitracker.explore.etf import ChinaAIETF


@pytest.fixture(scope="module")
def explorer(frozen: ait.Dataset) -> ChinaAIETF:
    """One explorer for the tests that put it back."""
    return ChinaAIETF(frozen)


@pytest.fixture
def fresh(explorer: ChinaAIETF) -> ChinaAIETF:
    """The explorer as it was opened."""
    explorer.reset()
    return explorer


def put(explorer: ChinaAIETF, **settings: object) -> None:
    for name, value in settings.items():
        explorer._controls[name].value = value


def param(explorer: ChinaAIETF, name: str) -> object:
    return ait.charts.payload(explorer.chart)["params"][name]


def rows(explorer: ChinaAIETF) -> list[dict[str, object]]:
    return ait.charts.payload(explorer.chart)["data"]["rows"]


@pytest.fixture(scope="module")
def of_real(real: ait.Dataset) -> ChinaAIETF:
    """An explorer of the data that its code loads."""
    return ChinaAIETF(real)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_drawn_and_its_code_gives_its_data(of_real: ChinaAIETF, view: str) -> None:
    fresh = of_real
    fresh.reset()
    put(fresh, view=view, weighting="cost", leave_out="minimax", credits=50)
    assert fresh._error.value == ""
    assert fresh.data.height > 0
    assert param(fresh, "message") == ""
    scope: dict[str, object] = {}
    *before, call = fresh.code.split("\n")
    exec("\n".join([*before, f"frame = {call}"]), scope)  # noqa: S102 - the explorer's own words, put to the test
    assert fresh.data.equals(scope["frame"])
    assert VIEWS[view] in fresh._words.value


@pytest.mark.parametrize("investor", ["alibaba", "tencent", "ant", "state-funds"])
def test_positions_of_the_fact_sheet_are_those_of_the_scorecard(fresh: ChinaAIETF, investor: str) -> None:
    put(fresh, investor=investor)
    card, _ = fresh._cards(fresh._base, fresh.settings)
    assert card is not None
    assert fresh.data.height == card["positions"]
    heaviest = 100 * fresh.data["weight"].max()
    if card["top_1_pct"] is not None:
        assert heaviest == pytest.approx(card["top_1_pct"])
    assert card["top_1_low_pct"] - 1e-9 <= heaviest
    assert 100 * fresh.data["weight_high"].max() == pytest.approx(card["top_1_high_pct"])


def test_fact_sheet_shows_the_scorecard(fresh: ChinaAIETF, frozen: ait.Dataset) -> None:
    for weighting in ("value", "cost", "cash", "count"):
        put(fresh, weighting=weighting)
        card = ait.scorecard(frozen).filter((pl.col("policy") == "curated") & (pl.col("weighting") == weighting))
        (row,) = card.iter_rows(named=True)
        tiles = {r["name"]: r["big"] for r in rows(fresh) if "tile" in r}
        ends = f"{row['effective_low']:.1f} to {row['effective_high']:.1f}"
        point = row["effective_number"]
        assert tiles["Effective number of positions"] == (ends if point is None else f"{point:.1f}")
        assert tiles["HHI (0 to 1)"] == (
            f"{row['hhi_low']:.2f} to {row['hhi_high']:.2f}" if row["hhi"] is None else f"{row['hhi']:.2f}"
        )
        assert tiles["AI in US$100 of its stock"] == f"at least US${row['look_through_low_usd']:.2f}"
        assert f"{row['holds_under']} of 6 rules" in str(param(fresh, "subtitle"))
        assert f"in {row['holds_in']} of 3 nested sets" in str(param(fresh, "subtitle"))
        assert str(param(fresh, "title")).startswith("Is Alibaba the China AI ETF? ")


def test_counterfactuals_change_the_frame(fresh: ChinaAIETF) -> None:
    put(fresh, view="holdings", weighting="cost")
    before = fresh.data.filter(pl.col("startup_id") == "moonshot")["cost_usd_m"].item()
    put(fresh, credits=0)
    after = fresh.data.filter(pl.col("startup_id") == "moonshot")["cost_usd_m"].item()
    assert after < before
    assert "credits at 0 % of face" in str(param(fresh, "subtitle"))
    put(fresh, leave_out="moonshot")
    assert "moonshot" not in fresh.data["startup_id"].to_list()
    assert fresh.data["weight"].sum() == pytest.approx(1)
    assert "without Moonshot AI, credits at 0 % of face" in str(param(fresh, "subtitle"))
    fresh.reset()
    assert fresh.data["startup_id"][0] == "moonshot"


def test_the_lens_moves_it(fresh: ChinaAIETF) -> None:
    latest = set(fresh.data["startup_id"])
    fresh._lens_controls.group.value = "affiliates"
    with_ant = set(fresh.data["startup_id"])
    assert latest < with_ant
    fresh._lens_controls.group.value = "parent"
    fresh._lens_controls.as_of.value = dt.date(2024, 6, 30)
    assert set(fresh.data["startup_id"]) < latest
    assert "as of 30 Jun 2024" in fresh._words.value


def test_no_rows_are_said_to_be_none(frozen: ait.Dataset) -> None:
    for view in VIEWS:
        early = ChinaAIETF(frozen.at(as_of="2013-01-01"), view=view)
        assert early._error.value == "", view
        if view == "overlap":  # the pairs are there, and what they have in common is unknown
            assert param(early, "title") == "For no two of these investors is the overlap known"
        else:
            assert param(early, "message") == ait.charts.theme.EMPTY, view


def test_an_investor_without_a_stock_has_no_look_through(fresh: ChinaAIETF) -> None:
    put(fresh, view="look-through")
    title = param(fresh, "title")
    put(fresh, investor="hongshan")
    assert "HongShan has no stock" in fresh._error.value
    assert "Alibaba, Tencent, Meituan" in fresh._error.value
    assert param(fresh, "title") == title
    put(fresh, investor="tencent")
    assert fresh._error.value == ""
    assert "Tencent stock" in str(param(fresh, "title"))


def test_wrong_settings_name_the_allowed(frozen: ait.Dataset) -> None:
    with pytest.raises(ValueError, match="'fact-sheet'"):
        ChinaAIETF(frozen, view="factsheet")
    with pytest.raises(ValueError, match="did you mean 'weighting'"):
        ChinaAIETF(frozen, offer=("weightings",))
    with pytest.raises(ValueError, match="did you mean 'tencent'"):
        ChinaAIETF(frozen, investor="tencnet")


@pytest.mark.parametrize("view", VIEWS)
def test_twin_has_every_combination_and_each_control_changes_something(frozen: ait.Dataset, view: str) -> None:
    explorer = ChinaAIETF(frozen, view=view)
    twin = json.loads(json.dumps(explorer.twin(), allow_nan=False))
    controls = twin["controls"]
    assert [c["variant"] for c in controls] == list(OFFERS[view])
    variants = twin["chart"]["variants"]
    options = [[o["value"] for o in c["options"]] for c in controls]
    assert set(variants) == {"|".join(map(str, choice)) for choice in itertools.product(*options)}
    assert 2 <= len(variants) <= 64
    start = [c["value"] for c in controls]
    first = variants["|".join(start)]
    assert first["datasets"] == twin["chart"]["datasets"]
    for place, control in enumerate(controls):
        changed = []
        for option in options[place]:
            key = "|".join([*start[:place], option, *start[place + 1 :]])
            changed.append(variants[key]["datasets"] != first["datasets"])
        # Credits are priced in the cost, which is not the weighting that the report begins with.
        if control["variant"] == "credits":
            continue
        assert any(changed), control["variant"]


def test_credits_change_the_twin_by_cost(frozen: ait.Dataset) -> None:
    variants = ChinaAIETF(frozen, view="holdings").twin()["chart"]["variants"]
    sizes = {key: [r["value"] for r in variant["datasets"]["rows"]] for key, variant in variants.items()}
    assert sizes["nothing|100|cost"] != sizes["nothing|50|cost"] != sizes["nothing|0|cost"]
    assert sizes["nothing|100|value"] == sizes["nothing|0|value"]


def test_offer_chooses_the_controls(frozen: ait.Dataset) -> None:
    twin = ChinaAIETF(frozen, view="stake", offer=("startup",)).twin()
    assert [c["variant"] for c in twin["controls"]] == ["startup"]
    assert len(twin["chart"]["variants"]) == 4
