"""Investors against start-ups."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.vocabulary import POLICIES


def cells(frame: pl.DataFrame) -> dict[tuple[str | None, str], dict[str, Any]]:
    return {(row["investor_id"], row["startup_id"]): row for row in frame.iter_rows(named=True)}


def test_cells_by_hand(small: ait.Dataset) -> None:
    # Moon: 1,000, of which Ali states 800; Zhi: 342, of which the state 68.4, the rest to Ali and Ant.
    got = cells(ait.investor_matrix(small))
    assert got["ali", "moon"]["amount_usd_m"] == 800
    assert got["ali", "zhi"]["amount_usd_m"] == pytest.approx(136.8)
    assert got["ali", "zhi"]["stated_usd_m"] is None
    assert got["state", "moon"]["amount_usd_m"] == 100
    assert (got["state", "moon"]["amount_low_usd_m"], got["state", "moon"]["amount_high_usd_m"]) == (0, 290)
    assert got["ali", "moon"]["investor_usd_m"] == pytest.approx(936.8)
    assert got["ali", "zhi"]["startup_usd_m"] == pytest.approx(342)
    nobody = got[None, "moon"]
    assert (nobody["investor"], nobody["amount_usd_m"], nobody["rounds_unknown"]) == ("unknown", None, 1)


def test_an_investor_is_found_under_every_name(small: ait.Dataset) -> None:
    names = cells(ait.investor_matrix(small))["ali", "moon"]["names"]
    assert "Ali Cloud" in names, "a vehicle of the group"
    assert "Ali Cloud" not in cells(ait.investor_matrix(small.at(group="none")))["ali", "moon"]["names"]


def test_real_names(frozen: ait.Dataset) -> None:
    frame = ait.investor_matrix(frozen)
    assert set(frame.filter(pl.col("names").str.contains("阿里"))["investor_id"]) >= {"alibaba"}
    assert frame.select("investor_id", "startup_id").is_unique().all()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("split", ["equal", "lead-weighted"])
def test_columns_sum_to_the_flows(real: ait.Dataset, policy: Any, split: Any) -> None:
    ds = real.at(policy=policy)
    cells = ait.investor_matrix(ds, split).filter(pl.col("rounds_counted") > 0)
    columns = cells.group_by("startup").agg(pl.col("amount_usd_m").sum())
    flows = (
        ait.funding_flows(ds, by="startup", every="1y", split=split)
        .group_by("startup")
        .agg(expected=pl.col("amount_usd_m").sum())
    )
    both = columns.join(flows, on="startup", how="full", validate="1:1")
    assert both.height > 30
    assert both.filter((pl.col("amount_usd_m") - pl.col("expected")).abs() > 0.005).is_empty()
    assert both.null_count().sum_horizontal().item() == 0


def test_a_round_that_does_not_count_makes_a_member_and_no_sum(folder: Any, edit: Any) -> None:
    # A tranche of an unknown day: the whole alone counts, which does not name this investor.
    edit("rounds", {"round_id": "zhi-2023-a"}, announced="", date_precision="")
    row = {"round_id": "zhi-2023-a", "investor_id": "vc", "instrument": "cash"}
    edit("participations", row, role="participant", amount_qualifier="undisclosed", source_id="wire-old")
    got = cells(ait.investor_matrix(ait.load(folder)))
    assert (got["vc", "zhi"]["amount_usd_m"], got["vc", "zhi"]["amount_high_usd_m"]) == (None, None)
    assert (got["vc", "zhi"]["rounds"], got["vc", "zhi"]["rounds_counted"], got["vc", "zhi"]["rounds_unknown"]) == (
        1,
        0,
        0,
    )
    assert got["vc", "zhi"]["facts"][-1] == "participation|zhi-2023-a/vc|amount"
    state = got["state", "zhi"]
    assert (state["rounds"], state["rounds_counted"], state["amount_usd_m"]) == (2, 1, pytest.approx(68.4))
    assert state["startup_usd_m"] == pytest.approx(342)


def test_who_is_in_a_company_has_one_answer(real: ait.Dataset) -> None:
    parts = real.participations.join(real.rounds, on="round_id").join(real.startups, on="startup_id", suffix="_of")
    closed = parts.filter(
        pl.col("status") == "closed", pl.col("kind").is_in(["equity", "ipo", "placing"]), pl.col("wave") != "foreign"
    )
    named = set(closed.select("group_id", "startup_id").rows())
    matrix = ait.investor_matrix(real).filter(pl.col("investor_id").is_not_null())
    assert set(matrix.select("investor_id", "startup_id").rows()) == named
    assert matrix.filter(pl.col("rounds_counted") > pl.col("rounds")).is_empty()


def test_members_that_a_sum_would_lose(frozen: ait.Dataset) -> None:
    got = cells(ait.investor_matrix(frozen.at(group="none")))
    assert {"hubei-gov-fund", "shenzhen-gov-fund", "beijing-ai-fund"} <= {i for i, s in got if s == "zhipu"}
    assert any(i == "shunwei" for i, _ in got)
    lost = [row for row in got.values() if row["rounds_counted"] == 0]
    assert all(row["amount_usd_m"] is None and row["facts"] for row in lost)


def test_talks_widen_it_only_when_asked(small: ait.Dataset) -> None:
    eve = small.at(as_of="2024-02-01")  # before the close that takes the place of the talks
    talks = ait.investor_matrix(eve, status=("closed", "in-talks"))["amount_usd_m"].sum()
    assert talks - ait.investor_matrix(eve)["amount_usd_m"].sum() == pytest.approx(600)
    assert ait.investor_matrix(small)["amount_usd_m"].sum() == pytest.approx(1342)
    with pytest.raises(ValueError, match="did you mean 'genai'"):
        ait.investor_matrix(small, waves=["gen-ai"])
