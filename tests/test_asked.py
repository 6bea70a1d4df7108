"""What a function was asked for: one way to refuse, whoever asks."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker import asked


@pytest.mark.parametrize("text", ["月", "Moon", " moon ", "mooon"])
@pytest.mark.parametrize(
    "call", [ait.valuation_history, ait.corroboration, lambda ds, text: ait.stake_path(ds, "ali", text)]
)
def test_every_name_leads_to_the_key_wherever_a_start_up_is_asked_for(small: ait.Dataset, call: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"must be one of 'moon', 'zhi', not .*; did you mean 'moon' \(Moon\)"):
        call(small, text)


def test_a_name_of_several_leads_to_each_of_them() -> None:
    names = {"baidu": ["Baidu"], "baidu-ventures": ["Baidu Ventures", "Baidu"]}
    with pytest.raises(ValueError, match=r"did you mean 'baidu' \(Baidu\) or 'baidu-ventures' \(Baidu Ventures\)\?"):
        asked.one_of("investor", "BAIDU", names)


def test_what_stands_in_brackets_is_a_name() -> None:
    assert asked.called("HongShan (formerly Sequoia China)", "红杉中国", ["HSG"]) == [
        "HongShan", "Sequoia China", "HongShan (formerly Sequoia China)", "红杉中国", "HSG",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bounds", "fine", "wrong", "said"),
    [
        ({}, (-1, 0, 2.5), ("1", True, None, math.nan, -math.inf, [1]), "a number"),
        ({"above": 0}, (0.1, 10**9), (0, -1), "a number above 0"),
        ({"least": 0}, (0, 1), (-0.1,), "a number of 0 or more"),
        ({"least": 0, "most": 1}, (0, 0.5, 1), (-0.1, 1.1), "a number between 0 and 1"),
    ],
)
def test_a_number_lies_within_its_bounds(bounds: Any, fine: Any, wrong: Any, said: str) -> None:
    assert [asked.number("x", value, **bounds) for value in fine] == list(fine)
    for value in wrong:
        with pytest.raises(ValueError, match=f"^x must be {said}, not "):
            asked.number("x", value, **bounds)


def test_a_list_is_a_list_a_series_or_one_text() -> None:
    series = pl.Series(["genai", "vision", "genai"])
    assert asked.words("waves", series, ["genai", "vision"]) == ["genai", "vision"]
    assert asked.each("waves", "genai") == ["genai"]
    for value in ({"genai": 1}, b"genai", 5):
        with pytest.raises(
            ValueError, match=r"waves must be a text or a list of texts, not .*; each is one of 'genai'"
        ):
            asked.each("waves", value, ["genai"])
    with pytest.raises(ValueError, match=r"such as \['genai'\], not 'genai'"):
        asked.each("waves", "genai", one=False)
    assert asked.each("waves", []) == []
    with pytest.raises(ValueError, match="waves must hold at least one of 'genai'; it is empty"):
        asked.each("waves", [], ["genai"], empty=False)


def test_a_day_is_a_date_or_iso_text_within_its_limits() -> None:
    first, last = dt.date(2020, 1, 1), dt.date(2024, 12, 31)
    assert asked.day("start", "2024-05-31") == asked.day("start", dt.datetime(2024, 5, 31, 12)) == dt.date(2024, 5, 31)  # noqa: DTZ001
    assert asked.day("start", None, first, last) is None
    with pytest.raises(ValueError, match="start must be a date from 2020-01-01 to 2024-12-31, not 2019-12-31"):
        asked.day("start", "2019-12-31", first, last)
    for value in (20240531, "31.05.2024", True, ["2024-05-31"]):
        with pytest.raises(ValueError, match="start must be a date such as '2024-05-31', or None, not "):
            asked.day("start", value)
