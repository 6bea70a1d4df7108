"""Entering a round from a TOML file: rows in their places, firms found by any name, duplicates refused, nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

import aitracker as ait
from aitracker.adding import add_round
from aitracker.build import check

ROUND = """
decision = "Told by one wire; the lead is named."

[[source]]
publisher = "A Wire"
title = "Moon raises again"
published = "2025-03-04"
kind = "wire"

[round]
startup = "Moon"
series = "B"
announced = "2025-03"
amount_m = 300
currency = "USD"

[[investor]]
name = "Ali"
role = "lead"
amount_m = 100
currency = "USD"

[[investor]]
name = "New Fund"
type = "vc"
country = "CN"

[valuation]
value_m = 3000
currency = "USD"
basis = "post-money"
"""


@pytest.fixture
def told(tmp_path: Path):
    def write(text: str = ROUND) -> Path:
        file = tmp_path / "round.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix != ".duckdb"}


def test_a_round_is_entered_whole_and_the_data_stays_sound(folder: Path, told) -> None:
    added = add_round(told(), folder)
    assert check(folder) == []
    ds = ait.load(folder)
    row = ds.rounds.row(by_predicate=ait_filter("round_id", "moon-2025-03"), named=True)
    assert (row["amount_usd_m"], row["series"], row["status"]) == (300.0, "B", "closed")
    split = ait.round_split(ds, "moon-2025-03")
    assert set(split["investor_id"].drop_nulls()) == {"ali", "new-fund"}
    assert {table: len(rows) for table, rows in added.rows.items()} == {
        "sources": 1, "rounds": 1, "participations": 2, "investors": 1, "valuations": 1, "decisions": 1,
    }  # fmt: skip
    assert any("new-fund is a new investor" in note for note in added.notes)


def ait_filter(column: str, value: str):
    import polars as pl

    return pl.col(column) == value


def test_saying_what_would_be_written_writes_nothing(folder: Path, told) -> None:
    before = contents(folder)
    assert add_round(told(), folder, write=False).rows["rounds"][0]["round_id"] == "moon-2025-03"
    assert contents(folder) == before


def test_a_round_that_is_there_already_is_refused_until_said_otherwise(folder: Path, told) -> None:
    add_round(told(), folder)
    again = told(ROUND.replace("2025-03-04", "2025-04-09").replace('"2025-03"', '"2025-04"').replace("again", "more"))
    before = contents(folder)
    with pytest.raises(ValueError, match="has a round near it already: moon-2025-03"):
        add_round(again, folder)
    assert contents(folder) == before
    add_round(again, folder, anyway=True)
    assert check(folder) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('startup = "Moon"', 'startup = "Moan"', r"no start-up 'Moan' \(near: moon\)"),
        ('type = "vc"\ncountry = "CN"', "", "no investor 'New Fund'.*a new one needs its type"),
        ('series = "B"', 'serie = "B"', r"\[round\] a word must be one of .*'series'"),
        ("[valuation]", "[valuations]", "a part must be one of"),
        ('announced = "2025-03"', 'announced = "March"', "must be a date such as 2024-02-26"),
        ('currency = "USD"\n\n[[investor]]\nname = "Ali"', '\n[[investor]]\nname = "Ali"', "needs its currency"),
        ('decision = "Told', 'decision = "" # "Told', "needs decision too"),
        ("[round]", "[round", "cannot be read as TOML"),
        ('kind = "wire"', 'kind = "wires"', "wires"),
        ("amount_m = 100", "amount_m = 900", "900|more than"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(folder: Path, told, old: str, new: str, said: str) -> None:
    before = contents(folder)
    assert old in ROUND
    with pytest.raises(ValueError, match=said):
        add_round(told(ROUND.replace(old, new, 1)), folder)
    assert contents(folder) == before


def test_a_page_with_the_title_of_another_is_proposed_as_its_copy(folder: Path, told, edit) -> None:
    edit("sources", {"source_id": "wire-feb"}, title="Moon raises again")
    added = add_round(told(), folder)
    assert any("copies = 'wire-feb'" in note for note in added.notes)
