"""Bad data: every offending cell is named, with its line, and every rule has a row that it catches."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

import aitracker as ait
from aitracker import build
from aitracker.problems import DataError
from aitracker.rules import read_rules, waived

Edit = Callable[..., None]
ROOT = Path(__file__).resolve().parent.parent
RULES = read_rules(resources.files("aitracker").joinpath("checks.sql").read_text(encoding="utf-8"))


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


def test_the_error_of_a_load_holds_the_problems_themselves(folder: Path, edit: Edit) -> None:
    edit("rounds", {"round_id": "moon-2024-02"}, status="clsed")
    edit("rounds", {"round_id": "zhi-2023"}, amount_m="much")
    with pytest.raises(ait.DataError) as stop:
        ait.load(folder)
    assert stop.value.problems == build.check(folder)
    assert {(p.line, p.column) for p in stop.value.problems if isinstance(p, ait.Problem)} == {
        (3, "status"),
        (5, "amount_m"),
    }
    assert str(stop.value).splitlines() == [
        "2 problems in the data; nothing was written",
        *map(str, stop.value.problems),
    ]


def test_a_problem_is_a_line_with_place_value_reason_and_mend() -> None:
    problem = ait.Problem("a.csv", 3, "x", "y", "is not z", "z", "only_z", "write z")
    assert str(problem) == "a.csv:3: x = 'y': is not z; did you mean 'z'? only_z: write z"
    assert str(ait.Problem("a.csv", None, "x", None, "is missing")) == "a.csv: x = (empty): is missing"


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
    assert any(f == "stakes.csv" and line == 2 and "15 cells" in reason for f, line, reason, _ in found), found
    assert any(f == "funds.csv" and "missing" in reason for f, _, reason, _ in found)


def test_rows_that_refer_in_a_circle(folder: Path, edit: Edit) -> None:
    edit("investors", {"investor_id": "ali"}, parent_id="ali-cloud")
    problems = build.check(folder)
    assert {p.value for p in problems} == {"ali", "ali-cloud", "ant"}
    assert all("circle" in p.reason for p in problems)


def line(number: int, **cells: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """A line of a list of shareholders."""
    usual = {
        "startup_id": "moon",
        "as_of": "2024-03-31",
        "base": "all",
        "holder": "A",
        "pct": "10",
        "source_id": "filing-june",
    }
    return "cap_tables", {"table_id": "moon-list", "line": str(number)}, usual | cells


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
    "before_founding": [("rounds", {"round_id": "moon-2024-02"}, {"announced": "2023-03-01"})],
    "market_value_before_listing": [
        ("valuations", {"valuation_id": "moon/2024-02-26/post-money"}, {"basis": "market-cap"}),
    ],
    "talks_that_count": [("rounds", {"round_id": "moon-2024-01-talks"}, {"counts_in_totals": "true"})],
    "closed_yet_uncounted": [("rounds", {"round_id": "moon-2024-02"}, {"counts_in_totals": "false"})],
    "tranche_after_its_whole": [
        ("rounds", {"round_id": "zhi-2023-a"}, {"announced": "2023-10-21", "date_precision": "day"}),
    ],
    "part_of_a_part": [("rounds", {"round_id": "zhi-2023"}, {"parent_round_id": "zhi-2024-debt"})],
    "used_nowhere": [
        (
            "sources",
            {"source_id": "zz-page"},
            {"publisher": "A page", "language": "en", "kind": "blog"},
        ),
    ],
    "two_types_one_group": [("investors", {"investor_id": "ali-cloud"}, {"type": "corporate"})],
    "alias_of_nothing": [
        ("aliases", {"entity_kind": "startup", "alias": "月"}, {"entity_id": "lune"}),
    ],
    "one_alias_two_firms": [
        ("aliases", {"entity_kind": "startup", "alias": "月"}, {"alias": "ZHI"}),
    ],
    "one_list_of_holders": [line(1), line(2, as_of="2024-04-01")],
    "holders_above_hundred": [line(1, pct="60"), line(2, pct="41")],
    "line_of_another_stake": [line(1, investor_id="vc", stake_id="ali/moon/2024-03-31")],
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
    for problem in caught:
        assert problem.line, "a problem without its line"
        assert problem.value, "a problem without its value"
        place = f"{problem.file}:{problem.line}: {problem.column} = {problem.value!r}: {problem.reason}; "
        assert str(problem) == f"{place}{problem.remedy}"
        assert problem.remedy.endswith(f"{rule}: {RULES[rule].mend}")


def waive(
    edit: Edit, kind: str, key: str, rule: str, field: str = "row", decision: str = "kept", target: str | None = ""
) -> None:
    edit(
        "decisions",
        {"subject_kind": kind, "subject_id": key, "field": field, "decision": decision},
        rule=rule,
        target=target or "",
        reason="looked at",
    )


SLIP = "round|moon-2024-02|amount|copy-2"


def test_a_waiver_lets_one_row_break_one_rule(folder: Path, edit: Edit) -> None:
    for table, where, cells in SPOILED["unit_slip"]:
        edit(table, where, **cells)
    (found,) = build.check(folder)
    waive(edit, "claim", SLIP, "unit_slip", "value_low", target=found.value)
    assert build.check(folder) == []


def test_a_waiver_lets_its_row_pass_with_one_value_only(frozen_folder: Path) -> None:
    waived_row = "minimax/2026-01-08/market-cap"
    change(frozen_folder, "valuations", waived_row, as_of="2025-06-30")
    assert {(p.rule, p.value) for p in build.check(frozen_folder)} >= {
        ("market_value_before_listing", "2025-06-30"),
        ("waiver_of_nothing", "market_value_before_listing"),
    }


@pytest.mark.parametrize(
    "other", [{"rule": "dated_after_its_source"}, {"key": "round|moon-2024-02|amount|blog-undated"}]
)
def test_a_waiver_of_another_rule_or_row_lets_nothing_pass(folder: Path, edit: Edit, other: dict[str, str]) -> None:
    for table, where, cells in SPOILED["unit_slip"]:
        edit(table, where, **cells)
    waive(edit, "claim", other.get("key", SLIP), other.get("rule", "unit_slip"))
    assert [p.rule for p in build.check(folder)] == ["unit_slip", "waiver_of_nothing"]


def test_a_decision_without_a_rule_waives_none(folder: Path, edit: Edit) -> None:
    edit("rounds", {"round_id": "zhi-2023"}, announced="2031-11-01")
    for decision in ("kept", "flagged"):
        waive(edit, "round", "zhi-2023", "", "announced", decision)
    assert {p.rule for p in build.check(folder)} == {"dated_after_its_source"}


@pytest.mark.parametrize(
    ("rule", "reason", "near"),
    [
        ("unit_slip", "waives nothing: claim round|moon-2024-02|amount|copy-2 does not break this rule", None),
        ("unit_slips", "is no rule that can be waived; those are ", "unit_slip"),
        ("money_counted_twice", "is no rule that can be waived; those are ", None),
    ],
)
def test_a_waiver_that_waives_nothing_is_a_problem(
    folder: Path, edit: Edit, rule: str, reason: str, near: str | None
) -> None:
    waive(edit, "claim", SLIP, rule)
    (problem,) = build.check(folder)
    assert (problem.file, problem.line, problem.column, problem.value) == ("decisions.csv", 2, "rule", rule)
    assert problem.reason.startswith(reason)
    assert problem.nearest == near
    assert problem.mend.startswith("drop the rule from the decision, or correct it")


def test_only_what_is_kept_or_flagged_may_waive(folder: Path, edit: Edit) -> None:
    waive(edit, "claim", SLIP, "unit_slip", decision="changed")
    (problem,) = build.check(folder)
    assert "breaks the rule" in problem.reason


def test_rows_out_of_their_order(folder: Path) -> None:
    rounds = folder / "rounds.csv"
    lines = rounds.read_text().splitlines()
    lines[2], lines[4] = lines[4], lines[2]
    rounds.write_text("\n".join(lines) + "\n")
    (first, second) = build.check(folder)
    assert str(first) == (
        "rounds.csv:4: round_id = 'moon-2024-08': stands after zhi-2023, which is greater; sorted_by_key: sort the rows by round_id"
    )
    assert (second.line, second.value) == (5, "moon-2024-02")


@pytest.mark.parametrize(
    ("table", "where", "cells"),
    [
        ("rounds", {"round_id": "moon-2024-02"}, {"amount_qualifier": "range"}),
        ("rounds", {"round_id": "moon-2024-02"}, {"amount_low_m": "900", "amount_high_m": "1100"}),
        ("rounds", {"round_id": "moon-2024-02"}, {"amount_qualifier": "range", "amount_low_m": "900"}),
        ("rounds", {"round_id": "moon-2024-02"}, {"amount_qualifier": "range", "amount_low_m": "1001", "amount_high_m": "1100"}),
        ("rounds", {"round_id": "moon-2024-02"}, {"amount_qualifier": "range", "amount_low_m": "1000", "amount_high_m": "1000"}),
        ("stakes", {"stake_id": "ali/moon/2024-03-31"}, {"qualifier": "range", "pct_low": "30", "pct_high": "35"}),
        ("valuations", {"valuation_id": "moon/2024-02-26/post-money"}, {"qualifier": "range"}),
        ("participations", {"round_id": "moon-2024-02", "investor_id": "ali"}, {"amount_low_m": "1", "amount_high_m": "900"}),
        ("totals", {"total_id": "zhi-total_raised-2023"}, {"value_low": "2000", "value_high": "3000"}),
    ],
)  # fmt: skip
def test_a_range_has_two_ends_and_the_figure_between_them(
    folder: Path, edit: Edit, table: str, where: dict[str, str], cells: dict[str, str]
) -> None:
    edit(table, where, **cells)
    problems = build.check(folder)
    assert problems
    assert all(p.file == f"{table}.csv" and "breaks the rule" in p.reason for p in problems)


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


# What the data once held, again on small or frozen copies -----------------------------------------------------------------


@pytest.fixture
def frozen_folder(tmp_path: Path) -> Path:
    """A fresh copy of the frozen dataset, free to be spoilt."""
    target = tmp_path / "frozen"
    shutil.copytree(ROOT / "tests" / "frozen", target)
    shutil.copy(ROOT / "data" / "schema.sql", target)
    return target


def change(folder: Path, table: str, key: str, **cells: str) -> None:
    """Change one row of a dataset, found by its first column; ``drop=""`` takes it away."""
    path = folder / f"{table}.csv"
    with path.open(newline="", encoding="utf-8") as handle:
        reader = csv.DictReader(handle)
        columns, rows = list(reader.fieldnames or []), list(reader)
    if "drop" in cells:
        rows = [row for row in rows if row[columns[0]] != key]
    for row in rows:
        if row[columns[0]] == key:
            row.update(cells)
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def unwaive(folder: Path, subject: str) -> None:
    path = folder / "decisions.csv"
    with path.open(newline="", encoding="utf-8") as handle:
        reader = csv.DictReader(handle)
        columns, rows = list(reader.fieldnames or []), list(reader)
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {"rule": ""} if row["subject_id"] == subject else row for row in rows)


HISTORY = [
    # A page of December 2024 that gave market values of August 2025.
    ("dated_after_its_source", [("series", "meituan-market_cap-2025-08-08", {"source_id": "stockanalysis-20241220-3690hk-ratios"})],
     "series.csv", "period_end", "2025-08-08"),
    # Orders told of in August 2023 that stood as values of the end of 2024.
    ("dated_after_its_source", [("series", "bytedance-gpu_orders-2024-12-31", {"is_forecast": "false"})],
     "series.csv", "period_end", "2024-12-31"),
    # One of the 45 rounds that a decision once let break every rule.
    ("dated_after_its_source", [("rounds", "moonshot-2024-02", {"announced": "2031-02-26"})], "rounds.csv", "announced", "2031-02-26"),
    # A talk is told of on the day of its source at the latest; one that closes has to count.
    ("dated_after_its_source", [("rounds", "01ai-2023-12", {"announced": "2031-12-14"})], "rounds.csv", "announced", "2031-12-14"),
    ("closed_yet_uncounted", [("rounds", "01ai-2023-12", {"status": "closed"})], "rounds.csv", "counts_in_totals", "false"),
    ("talks_that_count", [("rounds", "manus-2025-12-acq", {"counts_in_totals": "true"})], "rounds.csv", "counts_in_totals", "true"),
    ("talks_that_count", [("rounds", "01ai-2023-12", {"counts_in_totals": "true"})], "rounds.csv", "counts_in_totals", "true"),
    ("tranche_after_its_whole", [("rounds", "zhipu-2025-07", {"parent_round_id": "zhipu-2025-05-b6"})],
     "rounds.csv", "announced", "2025-07-02"),
]  # fmt: skip
WAIVED_ONCE = [
    ("market_value_before_listing", "zhipu/2025-12-30/market-cap", "valuations.csv", "as_of", "2025-12-30"),
    ("before_founding", "kunlunxin/2021-04-01/unstated", "valuations.csv", "as_of", "2021-04-01"),
    ("two_types_one_group", "long-z", "investors.csv", "type", "corporate"),
    (
        "two_rows_one_page",
        "stockanalysis-20251226-baba",
        "sources.csv",
        "url",
        "https://stockanalysis.com/stocks/baba/statistics",
    ),
]


@pytest.mark.parametrize(("rule", "edits", "file", "column", "value"), HISTORY)
def test_faults_that_the_data_once_had_are_found(
    frozen_folder: Path, rule: str, edits: list[tuple[str, str, dict[str, str]]], file: str, column: str, value: str
) -> None:
    assert build.check(frozen_folder) == []
    for table, key, cells in edits:
        change(frozen_folder, table, key, **cells)
    found = [(p.rule, p.file, p.column, p.value) for p in build.check(frozen_folder)]
    assert (rule, file, column, value) in found, found


@pytest.mark.parametrize(("rule", "subject", "file", "column", "value"), WAIVED_ONCE)
def test_what_is_waived_is_found_without_its_waiver(
    frozen_folder: Path, rule: str, subject: str, file: str, column: str, value: str
) -> None:
    unwaive(frozen_folder, subject)
    assert [(p.rule, p.file, p.column, p.value) for p in build.check(frozen_folder)] == [(rule, file, column, value)]


def test_a_filing_may_run_a_day_ahead_of_the_listing_that_it_names(frozen_folder: Path) -> None:
    for day, found in (("2026-01-08", set()), ("2026-01-09", {"dated_after_its_source"})):
        change(frozen_folder, "rounds", "zhipu-2026-01-ipo", announced=day)
        assert {p.rule for p in build.check(frozen_folder)} == found, day


def test_a_fact_that_nothing_uses_any_more_is_found(frozen_folder: Path) -> None:
    change(frozen_folder, "participations", "yitu-2018-07", drop="")
    found = {(p.rule, p.file, p.value) for p in build.check(frozen_folder)}
    assert ("used_nowhere", "investors.csv", "ciiam") in found


def test_every_rule_says_how_it_is_mended_and_the_data_says_how_many_rows_break_one() -> None:
    assert all(rule.mend for rule in RULES.values())
    assert len(RULES) == resources.files("aitracker").joinpath("checks.sql").read_text(encoding="utf-8").count(
        "-- name: "
    )
    with (ROOT / "tests" / "frozen" / "decisions.csv").open(encoding="utf-8", newline="") as handle:
        named = [row["rule"] for row in csv.DictReader(handle)]
    assert waived(ROOT / "tests" / "frozen") == sum(map(bool, named)) == 15
