"""How far the facts go: said by the dataset, and by every page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import nbformat
import polars as pl
import pytest

import aitracker as ait
from aitracker.report import write_report
from aitracker.report.compact import compact, expanded

if TYPE_CHECKING:
    from pathlib import Path

DATED = {
    "rounds": "announced", "valuations": "as_of", "stakes": "as_of", "totals": "as_of", "events": "date",
    "series": "period_end",
}  # fmt: skip


def last(ds: ait.Dataset) -> dt.date:
    """The latest day of any row that is no forecast, looked up row by row."""
    days = []
    for table, column in DATED.items():
        frame = ds.sql(f"FROM data.{table}")
        if "is_forecast" in frame.columns:
            frame = frame.filter(~pl.col("is_forecast"))
        days += frame[column].drop_nulls().to_list()
    return max(days)


@pytest.mark.parametrize("name", ["small", "frozen", "real"])
def test_the_reach_is_the_last_day_of_a_fact(name: str, request: pytest.FixtureRequest) -> None:
    ds: ait.Dataset = request.getfixturevalue(name)
    sources = ds.sql("SELECT count(*) FROM data.sources").item()
    assert ds.reach == f"facts to {last(ds):%B %Y}, {sources:,} sources"
    assert ds.at(as_of=last(ds) + dt.timedelta(400)).reach == ds.reach, "a later day adds no fact"
    assert ds.at(policy="lowest", group="none").reach == ds.reach


def test_a_lens_of_an_earlier_day_says_that_day(small: ait.Dataset) -> None:
    assert small.at(as_of="2023-12-31").reach.startswith("facts to 31 December 2023, ")
    known = small.at(known_by="2024-05-12")
    assert known.reach == f"facts known by 12 May 2024, {known.sources.height:,} sources"
    both = small.at(as_of="2023-12-31", known_by="2024-05-12").reach
    assert both.startswith("facts to 31 December 2023 known by 12 May 2024, ")
    assert small.at(known_by="1990-01-01").reach == "facts known by 1 January 1990, 0 sources"


def test_a_page_and_the_index_say_how_far_the_facts_go(tmp_path: Path, real: ait.Dataset) -> None:
    cells = [
        nbformat.v4.new_markdown_cell("# Mine"),
        nbformat.v4.new_code_cell("known_by = None", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(
            "import aitracker as ait\nds = ait.load(known_by=known_by)\n"
            "ait.show(ds, ait.charts.portfolio, ait.portfolio(ds, 'alibaba'))"
        ),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "mine.ipynb")
    for lens in ({}, {"known_by": "2024-05-12"}):
        index, page = write_report(tmp_path / "out", tmp_path / "mine.ipynb", **lens)
        reach = real.at(**lens).reach
        assert f"{real.version}: {reach}." in page.read_text()
        assert reach[1:] in index.read_text()


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [{}, {}],
        [[], []],
        {"a": [{"x": 1, "y": None}, {"x": 1.0, "y": True}], "b": [{"x": 1}, {"y": 1}], "": [[1, 2], [3, 4]]},
        {name: {"rows": [{"text": "long " * 30, "n": i} for i in range(9)]} for name in ("one", "two")},
        [[{"x": [1, 2]}, {"x": [3, 4]}], [{"x": [1, 2]}, {"x": [3, 4]}]],
    ],
)  # fmt: skip
def test_what_is_packed_comes_out_the_same(value: object) -> None:
    made = expanded(compact(value))
    assert repr(made) == repr(value), "true is not 1, and 1 is not 1.0"


def test_what_is_said_twice_is_held_once() -> None:
    part = {
        "title": "a sentence that is told again and again, long enough for the pool to take it in, this one",
        "n": [1, 2, 3],
    }
    (value, pool) = compact({"first": part, "second": [part, 0], "third": {"deep": part}})
    assert pool == [part]
    assert "sentence" not in repr(value)
