"""Rules over several rows: the named queries of ``checks.sql``, the order of the rows, and the waivers of both.

A row of ``decisions`` that names a rule waives it for one row and one value, its ``target``: a row whose value moves on has
no waiver any more. It is asked for again at every build: a waiver of an unknown rule, of one that cannot be waived, or of one
that its row does not break is itself a problem.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from aitracker.problems import Found, Problem, key_expression, located
from aitracker.vocabulary import ROW_KINDS

if TYPE_CHECKING:
    import duckdb

__all__ = ["Rule", "read_rules", "rule_problems", "waived"]

ORDER: Final = "sorted_by_key"
WAIVER: Final = "waiver_of_nothing"
WAIVED: Final = "waive the rule"


class Rule(NamedTuple):
    """A named query that returns the rows that break it as (tbl, key, col, value, reason), and how they are mended."""

    name: str
    query: str
    mend: str

    @property
    def waivable(self) -> bool:
        """Whether a decision may let a row pass."""
        return self.mend.endswith(WAIVED)


class Waiver(NamedTuple):
    """A decision that lets one row break one rule with one value."""

    row: int
    kind: str
    key: str
    rule: str
    target: str | None

    def covers(self, rule: str, table: str, key: str, value: str | None) -> bool:
        """Whether it is of this rule, row and value; an investor's part in a round may be named without its instrument."""
        if (self.rule, self.kind, self.target) != (rule, ROW_KINDS.get(table), value):
            return False
        return self.key == key or (table == "participations" and key.rpartition("/")[0] == self.key)


def read_rules(text: str) -> dict[str, Rule]:
    """Split ``checks.sql`` into its rules by the ``-- name:`` and ``-- mend:`` lines that head them."""
    parts = re.split(r"^-- name: *(\w+) *\n(?:-- mend: *(.+?) *\n)?", text, flags=re.MULTILINE)
    named = zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    return {name: Rule(name, query.strip().rstrip(";"), mend or "") for name, mend, query in named}


def waived(folder: Path | str) -> int:
    """How many decisions of a folder let a row break a rule."""
    with (Path(folder) / "decisions.csv").open(encoding="utf-8", newline="") as handle:
        return sum(bool(row["rule"]) for row in csv.DictReader(handle))


def _waivers(con: duckdb.DuckDBPyConnection) -> list[Waiver]:
    """The waivers of the data, each with the number of its row."""
    rows = con.execute(
        "SELECT _row, subject_kind, subject_id, rule, target FROM stage_decisions WHERE rule IS NOT NULL ORDER BY _row"
    ).fetchall()
    return [Waiver(*row) for row in rows]


def rule_problems(con: duckdb.DuckDBPyConnection, folder: Path, text: str) -> list[Problem]:
    """Every row that breaks a rule and is not let pass, and every waiver that lets nothing pass."""
    found: dict[str, list[Found]] = {}
    keys = _keys(con)
    for table, key in keys.items():
        found.setdefault(table, []).extend(_unsorted(con, table, key))
    rules, given = read_rules(text), _waivers(con)
    used: set[Waiver] = set()
    for rule in rules.values():
        for table, key, column, value, reason in con.execute(rule.query).fetchall():
            cell = None if value is None else f"{value:g}" if isinstance(value, float) else str(value)
            covering = [waiver for waiver in given if rule.waivable and waiver.covers(rule.name, table, key, cell)]
            used.update(covering)
            if not covering:
                row = _row_of(con, table, keys[table], key)
                found.setdefault(table, []).append(Found(row, column, cell, reason, [], rule.name, rule.mend))
    waivable = sorted(rule.name for rule in rules.values() if rule.waivable)
    found.setdefault("decisions", []).extend(_void(waiver, waivable) for waiver in given if waiver not in used)
    return [problem for table in sorted(found) for problem in located(folder, table, found[table])]


def _void(waiver: Waiver, waivable: list[str]) -> Found:
    """A waiver that waives nothing."""
    if waiver.rule not in waivable:
        reason = f"is no rule that can be waived; those are {', '.join(waivable)}"
    else:
        reason = (
            f"waives nothing: {waiver.kind} {waiver.key} does not break this rule with {waiver.target or 'no value'}"
        )
    mend = "drop the rule from the decision, or correct it; target is the value that the row may have"
    allowed = [] if waiver.rule in waivable else waivable
    return Found(waiver.row, "rule", waiver.rule, reason, allowed, WAIVER, mend)


def _unsorted(con: duckdb.DuckDBPyConnection, table: str, key: list[str]) -> list[Found]:
    """Rows that stand after one of a greater key."""
    types = dict(
        con.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'data' AND table_name = ?"
            " AND database_name = current_database()",
            [table],
        ).fetchall()
    )
    ordered = ", ".join(f'CAST("{name}" AS {types[name]})' for name in key)
    rows = con.execute(
        f"SELECT _row, shown, before FROM (SELECT _row, {key_expression(key)} AS shown, row({ordered}) AS key,"
        " lag(shown) OVER (ORDER BY _row) AS before, lag(key) OVER (ORDER BY _row) AS earlier"
        f" FROM stage_{table}) WHERE key < earlier ORDER BY _row"
    ).fetchall()
    mend = f"sort the rows by {', '.join(key)}"
    return [
        Found(row, "/".join(key), shown, f"stands after {before}, which is greater", [], ORDER, mend)
        for row, shown, before in rows
    ]


def _keys(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Key columns of each table, the tables in their order."""
    return dict(
        con.execute(
            "SELECT table_name, constraint_column_names FROM duckdb_constraints() WHERE schema_name = 'data'"
            " AND constraint_type = 'PRIMARY KEY' AND database_name = current_database() ORDER BY table_oid"
        ).fetchall()
    )


def _row_of(con: duckdb.DuckDBPyConnection, table: str, key_columns: list[str], key: str) -> int:
    rows = con.execute(f"SELECT _row FROM stage_{table} WHERE {key_expression(key_columns)} = ?", [key]).fetchall()
    return rows[0][0] if rows else 0
