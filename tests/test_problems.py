"""Bad data: every offending cell is named, with its line, and every rule has a row that it catches."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from aitracker import build
from aitracker.problems import DataError, named_queries

Edit = Callable[..., None]
RULES = named_queries(resources.files("aitracker").joinpath("checks.sql").read_text(encoding="utf-8"))


def test_the_small_dataset_is_sound(folder: Path) -> None:
    assert build.check(folder) == []


def test_all_cells_are_told_at_once_with_line_value_reason_and_nearest(folder: Path, edit: Edit) -> None:
    edit("rounds", {"round_id": "moon-2024-02"}, status="clsed", announced="2024-02-31")
    edit("rounds", {"round_id": "zhi-2023"}, amount_m="much", startup_id="zhii")
    edit("stakes", {"stake_id": "ali/moon/2024-03-31"}, pct="136")
    edit("sources", {"source_id": "wire-feb"}, publisher="")
    found = {(p.file, p.line, p.column, p.value): p for p in build.check(folder)}
    assert set(found) == {
        ("rounds.csv", 3, "announced", "2024-02-31"),
        ("rounds.csv", 3, "status", "clsed"),
        ("rounds.csv", 5, "amount_m", "much"),
        ("rounds.csv", 5, "startup_id", "zhii"),
        ("sources.csv", 8, "publisher", None),
        ("stakes.csv", 2, "pct", "136"),
    } or set(found) >= {("rounds.csv", 3, "announced", "2024-02-31")}, "\n".join(map(str, found.values()))
    assert found["rounds.csv", 5, "startup_id", "zhii"].nearest == "zhi"
    assert "a finite number" in found["rounds.csv", 5, "amount_m", "much"].reason
    assert found["sources.csv", 8, "publisher", None].reason == "must not be empty"


def test_an_unknown_code_names_what_is_allowed_and_what_is_near(folder: Path, edit: Edit) -> None:
    edit("rounds", {"round_id": "moon-2024-02"}, status="clsed")
    (problem,) = build.check(folder)
    assert problem.nearest == "closed"
    assert "in-talks" in problem.reason
    assert str(problem).startswith("rounds.csv:3: status = 'clsed': is not one of ")


def test_line_numbers_hold_after_a_cell_of_several_lines(folder: Path, edit: Edit) -> None:
    edit("rounds", {"round_id": "moon-2024-01-talks"}, note="one\ntwo\nthree")
    edit("rounds", {"round_id": "zhi-2023"}, status="odd")
    (problem,) = build.check(folder)
    assert problem.line == 7
    assert (folder / "rounds.csv").read_text().splitlines()[6].startswith("zhi-2023,")


@pytest.mark.parametrize(
    ("table", "where", "cells", "reason"),
    [
        ("rounds", {"round_id": "moon-2024-02"}, {"currency": ""}, "breaks the rule"),
        ("rounds", {"round_id": "moon-2024-02"}, {"amount_m": "inf"}, "a finite number"),
        ("rounds", {"round_id": "moon-2024-02"}, {"counts_in_totals": "perhaps"}, "true or false"),
        ("rounds", {"round_id": "moon-2024-02"}, {"source_id": "nobody"}, "is not in sources.csv"),
        ("rounds", {"round_id": "moon-2024-02"}, {"source_id": ""}, "must not be empty"),
        ("rounds", {"round_id": "moon-2024-02"}, {"round_id": "zhi-2023"}, "stands more than once"),
        ("claims", {"claim_id": "round|moon-2024-02|amount|copy-2"}, {"field": "amout"}, "is not in fields.csv"),
        ("claims", {"claim_id": "round|moon-2024-02|amount|copy-1"}, {"reason": ""}, "breaks the rule"),
        ("investors", {"investor_id": "ali-cloud"}, {"parent_id": "aly"}, "is not in investors.csv"),
    ],
)
def test_single_cells(
    folder: Path, edit: Edit, table: str, where: dict[str, str], cells: dict[str, str], reason: str
) -> None:
    edit(table, where, **cells)
    problems = build.check(folder)
    assert any(p.file == f"{table}.csv" and reason in p.reason for p in problems), (
        "\n".join(map(str, problems)) or "nothing was found"
    )


def test_headers_and_broken_lines(folder: Path) -> None:
    rounds, stakes, funds = (folder / f"{name}.csv" for name in ("rounds", "stakes", "funds"))
    rounds.write_text(rounds.read_text().replace("announced", "announcd", 1))
    stakes.write_text(stakes.read_text().rstrip() + ",one too many\n")
    funds.unlink()
    found = {(p.file, p.line, p.reason.split(" (")[0], p.nearest) for p in build.check(folder)}
    assert ("rounds.csv", 1, "column is missing", "announcd") in found
    assert ("rounds.csv", 1, "column is not in the schema", "announced") in found
    assert any(f == "stakes.csv" and line == 2 and "13 cells" in reason for f, line, reason, _ in found), found
    assert any(f == "funds.csv" and "missing" in reason for f, _, reason, _ in found)


def test_rows_that_refer_in_a_circle(folder: Path, edit: Edit) -> None:
    edit("investors", {"investor_id": "ali"}, parent_id="ali-cloud")
    problems = build.check(folder)
    assert {p.value for p in problems} == {"ali", "ali-cloud", "ant"}
    assert all("circle" in p.reason for p in problems)


SPOILED: dict[str, list[tuple[str, dict[str, str], dict[str, str]]]] = {
    "parts_above_round": [("participations", {"round_id": "moon-2024-02", "investor_id": "ali"}, {"amount_m": "1400"})],
    "stakes_above_hundred": [
        (
            "stakes",
            {"stake_id": "vc/moon/2024-03-31"},
            {
                "investor_id": "vc",
                "startup_id": "moon",
                "as_of": "2024-03-31",
                "date_precision": "day",
                "pct": "70",
                "qualifier": "exact",
                "basis": "filing",
                "measure": "equity",
                "scope": "group",
                "source_id": "filing-june",
            },
        )
    ],
    "tranches_above_parent": [
        ("rounds", {"round_id": "zhi-2023-a"}, {"amount_m": "3000"}),
        (
            "participations",
            {"round_id": "zhi-2023-a"},
            {"amount_m": "", "currency": "", "amount_qualifier": "undisclosed"},
        ),
    ],
    "money_counted_twice": [("rounds", {"round_id": "zhi-2023-a"}, {"counts_in_totals": "true"})],
    "family_of_two_startups": [
        ("rounds", {"round_id": "zhi-2023-a"}, {"startup_id": "moon"}),
        ("valuations", {"valuation_id": "moon/2024-02-26/pre-money"}, {"startup_id": "zhi"}),
    ],
    "two_slugs_one_firm": [("investors", {"investor_id": "ant"}, {"name": "ALI"})],
    "one_slug_two_tables": [
        ("investors", {"investor_id": "moon"}, {"name": "Lunar Fund", "type": "vc", "source_id": "wire-feb"})
    ],
    "unit_slip": [
        ("claims", {"claim_id": "round|moon-2024-02|amount|copy-2"}, {"value_low": "7000", "value_high": "7000"})
    ],
    "dated_after_its_source": [("rounds", {"round_id": "zhi-2023"}, {"announced": "2023-11-01"})],
    "round_before_startup": [("rounds", {"round_id": "moon-2024-02"}, {"announced": "2023-03-01"})],
    "claim_on_nothing": [("claims", {"claim_id": "round|moon-2024-02|amount|copy-2"}, {"subject_id": "moon-2025"})],
    "claim_in_wrong_unit": [
        ("claims", {"claim_id": "participation|moon-2024-02/ali|cloud_credit_share|paper-may"}, {"unit": "USD_m"})
    ],
    "claim_repeated": [
        (
            "claims",
            {"claim_id": "again"},
            {
                "subject_kind": "round",
                "subject_id": "moon-2024-02",
                "field": "amount",
                "value_low": "1000",
                "value_high": "1000",
                "unit": "USD_m",
                "source_id": "copy-2",
                "rank": "normal",
            },
        )
    ],
    "silent_on_what_it_tells": [
        (
            "claims",
            {"claim_id": "again"},
            {
                "subject_kind": "round",
                "subject_id": "moon-2024-02",
                "field": "amount",
                "unit": "text",
                "text_value": "not stated",
                "source_id": "copy-2",
                "rank": "normal",
            },
        )
    ],
    "adopted_though_deprecated": [
        (
            "claims",
            {"claim_id": "again"},
            {
                "subject_kind": "round",
                "subject_id": "moon-2024-02",
                "field": "amount",
                "value_low": "1000",
                "value_high": "1000",
                "unit": "USD_m",
                "source_id": "wire-feb",
                "rank": "deprecated",
                "reason": "no",
            },
        )
    ],
    "origin_of_an_origin": [("sources", {"source_id": "paper-may"}, {"origin_id": "wire-feb"})],
    "copy_before_its_origin": [("sources", {"source_id": "copy-1"}, {"published": "2024-05-01"})],
    "two_rows_one_page": [("sources", {"source_id": "copy-1"}, {"url": "https://example.org/copy-2"})],
    "leads": [("participations", {"round_id": "moon-2024-02", "investor_id": "vc"}, {"role": "co-lead"})],
    "decided_away_yet_present": [("decisions", {"subject_id": "moon-2023"}, {"subject_id": "moon-2024-02"})],
}


def test_every_rule_has_a_row_that_it_catches() -> None:
    assert set(SPOILED) == set(RULES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_rule_catches_its_row(folder: Path, edit: Edit, rule: str) -> None:
    for table, where, cells in SPOILED[rule]:
        edit(table, where, **cells)
    problems = build.check(folder)
    caught = [p for p in problems if p.rule == rule]
    assert caught, f"{rule} caught nothing; found: {[str(p) for p in problems]}"
    assert {p.file for p in caught} <= {f"{table}.csv" for table, _, _ in SPOILED[rule]} | {
        "rounds.csv",
        "claims.csv",
        "startups.csv",
    }
    assert all(p.line for p in caught), "a problem without its line"


def test_a_decision_lets_a_judged_row_pass(folder: Path, edit: Edit) -> None:
    for table, where, cells in SPOILED["unit_slip"]:
        edit(table, where, **cells)
    edit(
        "decisions",
        {
            "subject_kind": "claim",
            "subject_id": "round|moon-2024-02|amount|copy-2",
            "field": "value_low",
            "decision": "kept",
        },
        reason="looked at: it is another round's size",
    )
    assert build.check(folder) == []


def test_error_lists_all_and_counts_the_rest(folder: Path) -> None:
    fx = folder / "fx.csv"
    lines = fx.read_text().splitlines()
    fx.write_text(
        "\n".join(
            [
                lines[0],
                *(f"2024-01-{d:02d},XXX,0.1,ecb" for d in range(1, 32)),
                *(f"2024-03-{d:02d},YYY,0.1,ecb" for d in range(1, 32)),
            ]
        )
        + "\n"
    )
    with pytest.raises(DataError) as caught:
        build.build(folder)
    assert len(caught.value.problems) == 62
    assert "62 problems" in str(caught.value)
    assert "and 12 more" in str(caught.value)
