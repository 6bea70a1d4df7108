"""One figure, one definition: what stands on a page twice is one number at one date, in charts, explorer and library."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.charts import theme
from aitracker.explore.etf import ChinaAIETF

LENSES = [{}, {"as_of": "2024-05-31"}, {"as_of": "2025-09-30", "policy": "lowest"}, {"group": "affiliates"}]


def shown(explorer: ChinaAIETF, **settings: object) -> dict[str, Any]:
    """Rows and parameters of a view."""
    for name, value in settings.items():
        explorer._controls[name].value = value
    assert explorer._error.value == ""
    got = ait.charts.payload(explorer.chart)
    return {"rows": got["data"]["rows"], **got["params"]}


@pytest.mark.parametrize("lens", LENSES, ids=str)
@pytest.mark.parametrize("scope", ["genai", "ai"])
@pytest.mark.parametrize("investor", ["alibaba", "tencent"])
def test_figures_of_one_meaning_are_one_figure(
    frozen: ait.Dataset, lens: dict[str, str], scope: Any, investor: str
) -> None:
    ds = frozen.at(**lens)
    explorer = ChinaAIETF(ds, investor=investor, scope=scope)
    sheet = shown(explorer, view="fact-sheet")
    tiles = {row["name"]: row for row in sheet["rows"] if "tile" in row}
    line = shown(explorer, view="coverage")
    ends = {row["key"]: row["tag"] for row in line["rows"] if row.get("tag")}
    history = shown(explorer, view="history")
    numbers = {row["key"]: row for row in history["rows"] if row.get("tag")}
    inside = shown(explorer, view="look-through")
    cover = ait.coverage(ds, investor, scope=scope).row(0, named=True)
    card = ait.scorecard(ds, investor, scope=scope, fund=None)
    card = card.filter(pl.col("policy") == ds.lens.policy, pl.col("weighting") == "value").row(0, named=True)
    last = ait.through_time(ds, [investor], scope=scope).row(-1, named=True)

    coverage = {
        "fact sheet": tiles["Coverage by count"]["big"],
        "end of the line": ends["by count"].removeprefix("by count "),
        "coverage()": theme.share(cover["count_pct"]),
        "scorecard()": theme.share(card["count_pct"]),
        "through_time()": theme.share(last["count_pct"]),
    }
    assert len(set(coverage.values())) == 1, coverage
    assert cover["as_of"] == card["as_of"] == last["date"], "one date"
    for name in ("value_pct", "owned_pct", "owned_low_pct", "owned_high_pct"):
        assert cover[name] == last[name] == card.get(name, cover[name]), name

    for name in ("effective_number", "effective_low", "effective_high"):
        assert card[name] == last[name], name
    tile = tiles["Effective number of positions"]["big"]
    drawn = [row["end_words"] for key, row in numbers.items() if key == str(last["investor"]).split(" (")[0]]
    ends_words = [" to ".join(part.removesuffix(".0") for part in tile.split(" to "))]
    assert drawn == ([] if tile == "unknown" else ends_words), "the tile and the end of the line"

    for name in ("look_through_usd", "look_through_low_usd", "look_through_high_usd"):
        assert card[name] == last[name], name
    days = ait.look_through_days(ds, investor, scope=scope)
    frame = ait.look_through(ds, investor, scope=scope)
    if days.height:
        assert (days["usd"][0], days["usd_low"][0], days["usd_high"][0]) == pytest.approx(
            (card["look_through_usd"], card["look_through_low_usd"], card["look_through_high_usd"])
        )
        known = frame.drop_nulls("startup_id")["usd"].sum()
        assert inside["inside"] == pytest.approx(known)
        if card["look_through_usd"] is not None:
            assert known == pytest.approx(card["look_through_usd"])
            assert tiles["AI in US$100 of its stock"]["big"] == f"US${known:,.2f}"


@pytest.mark.parametrize("investor", ["alibaba", "tencent"])
def test_a_stake_is_one_wherever_it_stands(frozen: ait.Dataset, investor: str) -> None:
    explorer = ChinaAIETF(frozen, investor=investor, scope="ai")
    holdings = ait.holdings(frozen, investor)
    look = {row["startup_id"]: row for row in ait.look_through(frozen, investor).iter_rows(named=True)}
    for row in holdings.iter_rows(named=True):
        path = ait.stake_path(frozen, investor, row["startup_id"]).row(-1, named=True)
        for name in ("stake_pct", "stake_low_pct", "stake_high_pct"):
            assert row[name] == path[name], (row["startup"], name)
        assert look[row["startup_id"]]["stake_pct"] == row["stake_pct"]
        assert look[row["startup_id"]]["value_usd_m"] == row["value_usd_m"]
    first = holdings.row(0, named=True)
    drawn = shown(explorer, view="stake", startup=first["startup_id"])
    assert theme.share(first["stake_pct"]) in drawn["title"]
