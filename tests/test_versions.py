"""What differs between two versions of the data, and how much it matters."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import aitracker as ait


def found(frame: pl.DataFrame, **where: Any) -> list[dict[str, Any]]:
    return [row for row in frame.iter_rows(named=True) if all(row[k] == v for k, v in where.items())]


def test_a_version_does_not_differ_from_itself(small: ait.Dataset, real: ait.Dataset) -> None:
    assert ait.diff(small, small.at(policy="latest", known_by="2020-01-01")).is_empty(), "the lens is no difference"
    assert ait.diff(real, real).is_empty()


def test_rows_added_removed_and_changed_by_table(small: ait.Dataset, folder: Any, edit: Any) -> None:
    edit("rounds", {"round_id": "moon-2024-02"}, amount_m="1100", note="counted again")
    edit("sources", {"source_id": "paper-may"}, title="Who funds whom, really")
    edit("investors", {"investor_id": "new-fund"}, name="New", type="vc", source_id="wire-feb")
    stake = {
        "investor_id": "new-fund",
        "startup_id": "moon",
        "as_of": "2024-06-30",
        "date_precision": "day",
        "pct": "30",
    }
    stake |= {
        "qualifier": "exact",
        "basis": "reported",
        "measure": "equity",
        "scope": "group",
        "source_id": "filing-june",
    }
    edit("stakes", {"stake_id": "new-fund/moon/2024-06-30"}, **stake)
    frame = ait.diff(small, ait.load(folder))
    (amount,) = found(frame, table="rounds", column="amount_m")
    assert (amount["key"], amount["old"], amount["new"], amount["severity"]) == (
        "moon-2024-02",
        "1000.0",
        "1100.0",
        "high",
    )
    (note,) = found(frame, table="rounds", column="note")
    assert (note["old"], note["new"], note["severity"]) == (None, "counted again", "low")
    assert [r["severity"] for r in found(frame, table="sources", change="changed")] == ["low"]
    assert [(r["key"], r["severity"]) for r in found(frame, change="added")] == [
        ("new-fund/moon/2024-06-30", "medium"),
        ("new-fund", "low"),
    ]
    back = ait.diff(ait.load(folder), small)
    assert [(r["key"], r["severity"]) for r in found(back, change="removed")] == [
        ("new-fund/moon/2024-06-30", "high"),
        ("new-fund", "medium"),
    ]
    assert frame.height == back.height == 5
    assert frame["severity"].to_list() == ["high", "medium", "low", "low", "low"], "the gravest come first"


def test_a_difference_carries_the_fact_that_it_is_about(small: ait.Dataset, folder: Any, edit: Any) -> None:
    edit("rounds", {"round_id": "moon-2024-02"}, amount_m="1100", note="counted again")
    edit("participations", {"round_id": "moon-2024-02", "investor_id": "ali"}, amount_m="810")
    edit("claims", {"claim_id": "round|moon-2024-02|amount|copy-2"}, note="checked")
    new = ait.load(folder)
    frame = ait.diff(small, new)
    facts = {(r["table"], r["column"]): r["facts"] for r in frame.iter_rows(named=True)}
    assert facts == {
        ("rounds", "amount_m"): ["round|moon-2024-02|amount"],
        ("rounds", "note"): [],
        ("participations", "amount_m"): ["participation|moon-2024-02/ali|amount"],
        ("claims", "note"): ["round|moon-2024-02|amount"],
    }
    assert frame["seen"].struct.field("version").unique().to_list() == [new.version]
    assert all(len(ait.explain(new, row)) == len(row["facts"]) for row in frame.iter_rows(named=True))


@pytest.mark.parametrize("wrong", [None, "data", 5])
def test_what_is_no_dataset_is_refused(small: ait.Dataset, wrong: Any) -> None:
    with pytest.raises(ValueError, match="new must be a dataset"):
        ait.diff(small, wrong)
    with pytest.raises(ValueError, match="old must be a dataset"):
        ait.diff(wrong, small)


def test_keys_of_several_columns(small: ait.Dataset, folder: Any, edit: Any) -> None:
    edit("participations", {"round_id": "zhi-2023", "investor_id": "ant"}, role="lead")
    (row,) = found(ait.diff(small, ait.load(folder)))
    assert (row["table"], row["key"], row["column"], row["severity"]) == (
        "participations",
        "zhi-2023|ant|unknown",
        "role",
        "medium",
    )


def test_a_date_of_a_source_is_grave(small: ait.Dataset, folder: Any, edit: Any) -> None:
    edit("sources", {"source_id": "copy-1"}, origin_id="", published="2024-05-21")
    frame = ait.diff(small, ait.load(folder))
    assert {r["column"]: r["severity"] for r in found(frame)} == {"origin_id": "high", "published": "high"}
