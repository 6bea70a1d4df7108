"""Investors against start-ups."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.lens import POLICIES


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


def test_real_names(real: ait.Dataset) -> None:
    frame = ait.investor_matrix(real)
    assert set(frame.filter(pl.col("names").str.contains("阿里"))["investor_id"]) >= {"alibaba"}
    assert frame.select("investor_id", "startup_id").is_unique().all()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("split", ["equal", "lead-weighted"])
def test_columns_sum_to_the_flows(real: ait.Dataset, policy: Any, split: Any) -> None:
    ds = real.at(policy=policy)
    columns = ait.investor_matrix(ds, split).group_by("startup").agg(pl.col("amount_usd_m").sum())
    flows = (
        ait.funding_flows(ds, by="startup", every="1y", split=split)
        .group_by("startup")
        .agg(expected=pl.col("amount_usd_m").sum())
    )
    both = columns.join(flows, on="startup", how="full", validate="1:1")
    assert both.height > 30
    assert both.filter((pl.col("amount_usd_m") - pl.col("expected")).abs() > 0.005).is_empty()
    assert both.null_count().sum_horizontal().item() == 0


def test_talks_widen_it_only_when_asked(small: ait.Dataset) -> None:
    eve = small.at(as_of="2024-02-01")  # before the close that takes the place of the talks
    talks = ait.investor_matrix(eve, status=("closed", "in-talks"))["amount_usd_m"].sum()
    assert talks - ait.investor_matrix(eve)["amount_usd_m"].sum() == pytest.approx(600)
    assert ait.investor_matrix(small)["amount_usd_m"].sum() == pytest.approx(1342)
    with pytest.raises(ValueError, match="did you mean 'genai'"):
        ait.investor_matrix(small, waves=["gen-ai"])
