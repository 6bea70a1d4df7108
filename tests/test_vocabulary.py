"""The closed lists stand once, in aitracker/vocabulary.py; schema.sql and lens_*.sql are held to it."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import get_args

import duckdb
import pytest

import aitracker as ait
from aitracker import build
from aitracker import vocabulary as v
from aitracker.vocabulary import GROUPS, POLICIES, Group, Policy

ROOT = Path(__file__).resolve().parent.parent
LENS = "\n".join(resources.files("aitracker").joinpath(name).read_text(encoding="utf-8") for name in build.LENS)
LISTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("sources", "published_precision"): v.PRECISIONS,
    ("sources", "published_basis"): ("stated", "inferred"),
    ("sources", "kind"): v.SOURCE_KINDS,
    ("startups", "founded_precision"): v.PRECISIONS,
    ("startups", "segment"): v.SEGMENTS,
    ("startups", "wave"): v.WAVES,
    ("startups", "scope"): v.SCOPES,
    ("startups", "status"): v.STARTUP_STATUSES,
    ("investors", "type"): v.INVESTOR_TYPES,
    ("rounds", "kind"): v.KINDS,
    ("rounds", "date_precision"): v.PRECISIONS,
    ("rounds", "currency"): v.CURRENCIES,
    ("rounds", "amount_qualifier"): (*v.QUALIFIERS, v.UNDISCLOSED),
    ("rounds", "status"): v.STATUSES,
    ("rounds", "investor_list"): v.INVESTOR_LISTS,
    ("participations", "instrument"): v.INSTRUMENTS,
    ("participations", "role"): v.ROLES,
    ("participations", "currency"): v.CURRENCIES,
    ("participations", "amount_qualifier"): (*v.QUALIFIERS, v.UNDISCLOSED),
    ("valuations", "date_precision"): v.PRECISIONS,
    ("valuations", "currency"): v.CURRENCIES,
    ("valuations", "qualifier"): v.QUALIFIERS,
    ("valuations", "basis"): v.VALUATION_BASES,
    ("valuations", "status"): v.VALUATION_STATUSES,
    ("stakes", "date_precision"): v.PRECISIONS,
    ("stakes", "qualifier"): v.QUALIFIERS,
    ("stakes", "basis"): v.STAKE_BASES,
    ("stakes", "measure"): v.MEASURES,
    ("stakes", "scope"): v.STAKE_SCOPES,
    ("fields", "subject_kind"): v.SUBJECT_KINDS,
    ("fields", "dimension"): v.DIMENSIONS,
    ("claims", "qualifier"): ("approx", "nearly"),
    ("claims", "rank"): v.RANKS,
    ("events", "date_precision"): v.PRECISIONS,
    ("events", "kind"): v.EVENT_KINDS,
    ("totals", "qualifier"): v.QUALIFIERS,
    ("funds", "kind"): v.FUND_KINDS,
    ("fx", "currency"): tuple(c for c in v.CURRENCIES if c != "USD"),
    ("decisions", "subject_kind"): tuple(v.ROW_KINDS.values()),
    ("decisions", "decision"): v.DECISIONS,
    ("aliases", "entity_kind"): v.ENTITY_KINDS,
    ("aliases", "kind"): v.ALIAS_KINDS,
}
UNITS = {("claims", "unit"), ("series", "unit"), ("totals", "unit")}
"""Units are open: each table lists those that its figures came in."""


@pytest.fixture(scope="module")
def checks() -> dict[tuple[str, str], set[str]]:
    """Every list of words that a CHECK of schema.sql allows, by table and column."""
    con = duckdb.connect()
    con.execute((ROOT / "data" / "schema.sql").read_text(encoding="utf-8"))
    rows = con.execute(
        "SELECT table_name, constraint_column_names, expression FROM duckdb_constraints() WHERE constraint_type = 'CHECK'"
    ).fetchall()
    return {
        (table, names[0]): set(re.findall(r"'((?:[^']|'')*)'", expression))
        for table, names, expression in rows
        if len(names) == 1 and re.fullmatch(r"\(*\"?\w+\"? IN \([^()]*\)\)*", expression)
    }


def test_every_closed_list_of_the_schema_is_one_of_the_vocabulary(checks: dict[tuple[str, str], set[str]]) -> None:
    assert set(checks) - UNITS == set(LISTS), "a closed list that the vocabulary does not know, or the other way round"
    assert set(checks) > UNITS


@pytest.mark.parametrize("place", sorted(LISTS), ids=".".join)
def test_the_schema_allows_the_words_of_the_vocabulary(
    place: tuple[str, str], checks: dict[tuple[str, str], set[str]]
) -> None:
    assert checks[place] == set(LISTS[place])


def test_every_qualifier_has_its_interval_or_states_its_ends(small: ait.Dataset, real: ait.Dataset) -> None:
    for ds in (small, real):
        intervals = {
            q: (low, high) for q, low, high in ds.qualifiers.select("qualifier", "low_factor", "high_factor").rows()
        }
        assert set(intervals) == {*v.QUALIFIERS, v.UNDISCLOSED}
        assert intervals == {
            "exact": (1, 1),
            "approx": (0.95, 1.05),
            "at-least": (1, 1.1),
            "nearly": (0.9, 1),
            "at-most": (0, 1),
            "range": (None, None),
            "undisclosed": (None, None),
        }


def test_qualifiers_have_words_in_both_languages(real: ait.Dataset) -> None:
    words = {q: (en, zh) for q, en, zh in real.qualifiers.select("qualifier", "words_en", "words_zh").rows()}
    for qualifier, word in {
        "nearly": "近",
        "at-least": "超",
        "approx": "约",
        "at-most": "不超过",
        "range": "数亿",
    }.items():
        assert word in words[qualifier][1].split(";"), qualifier
        assert words[qualifier][0], qualifier


def test_the_lens_knows_the_policies_groups_and_kinds_of_the_vocabulary(small: ait.Dataset) -> None:
    assert (get_args(Policy), get_args(Group)) == (POLICIES, GROUPS)
    inside = small.scratch()  # these tables are the library's own: no query through the lens meets them
    for table in ("chosen", "rounds_now", "valuations_now", "participations_now", "stakes_now"):
        kept = inside.execute(f"SELECT DISTINCT policy FROM main.{table}").fetchall()
        assert {policy for (policy,) in kept} == set(POLICIES), table
    inside.close()
    listed = re.findall(r"^--   (policy|grp) .*?(?:differ|under): +(.*)$", LENS, re.MULTILINE)
    assert {name: tuple(words.split(", ")) for name, words in listed} == {"policy": POLICIES, "grp": GROUPS}
    grouped = LENS.partition("CREATE MACRO groups_known(")[2].partition(";")[0]
    assert set(re.findall(r"WHEN '(\w+)'", grouped)) == set(GROUPS) - {"parent"}
    ranked = LENS.partition("list_position([")[2].partition("]")[0]
    assert tuple(re.findall(r"'([\w-]+)'", ranked)) == v.SOURCE_KINDS
