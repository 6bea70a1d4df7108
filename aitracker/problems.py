"""Finding and telling what is wrong with data: file, line, column, value, reason and the nearest allowed value.

The rules on single cells are not written here: they are read back from the tables that ``schema.sql`` made (types, keys,
foreign keys, CHECKs). Rules over several rows are in :mod:`aitracker.rules`.
"""

from __future__ import annotations

import csv
import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

__all__ = ["DataError", "Problem", "nearest"]

SHOWN = 50
"""Problems that an error message prints in full; the others are counted."""

TYPE_WORDS = {
    "DATE": "a date such as 2024-02-26",
    "DOUBLE": "a finite number",
    "BOOLEAN": "true or false",
    "INTEGER": "a whole number",
    "BIGINT": "a whole number",
}


@dataclass(frozen=True)
class Problem:
    """One offending cell: where it is, what stands there, why it is wrong, what may have been meant and how it is mended."""

    file: str
    line: int | None
    column: str
    value: str | None
    reason: str
    nearest: str | None = None
    rule: str | None = None
    mend: str | None = None

    def __str__(self) -> str:
        """One line, as compilers print it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        shown = "(empty)" if self.value is None else repr(self.value)
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{place}: {self.column} = {shown}: {self.reason}{remedy}"

    @property
    def remedy(self) -> str:
        """What may have been meant, and under which rule the row is mended how; empty where neither is known."""
        meant = [f"did you mean {self.nearest!r}?"] if self.nearest else []
        return " ".join([*meant, *([f"{self.rule}: {self.mend}"] if self.mend else [])])


class DataError(ValueError):
    """Data that cannot be taken in; lists every offending cell."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        lines = [str(problem) for problem in problems[:SHOWN]]
        if len(problems) > SHOWN:
            lines.append(f"... and {len(problems) - SHOWN} more (aitracker check lists all)")
        noun = "problem" if len(problems) == 1 else "problems"
        super().__init__(f"{len(problems)} {noun} in the data; nothing was written\n" + "\n".join(lines))


def nearest(value: str | None, allowed: list[str]) -> str | None:
    """Closest allowed value by spelling, or None where nothing comes near."""
    found = difflib.get_close_matches(value or "", allowed, n=1, cutoff=0.6)
    return found[0] if found else None


def header_problems(folder: Path, table: str, columns: list[str]) -> list[Problem]:
    """Compare a file's header, and the number of cells in each line, with the schema."""
    file = f"{table}.csv"
    path = folder / file
    if not path.exists():
        return [Problem(file, None, "-", None, "the file is missing; a table without rows still has its header line")]
    problems: list[Problem] = []
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle, strict=True)
        try:
            header = next(reader, [])
            missing = [name for name in columns if name not in header]
            extra = [name for name in header if name not in columns]
            problems += [Problem(file, 1, name, None, "column is missing", nearest(name, extra)) for name in missing]
            problems += [
                Problem(file, 1, name, name, "column is not in the schema", nearest(name, missing)) for name in extra
            ]
            if not problems and header != columns:
                problems.append(
                    Problem(file, 1, "-", ",".join(header), f"columns stand in another order than {','.join(columns)}")
                )
            if problems:
                return problems
            line = reader.line_num + 1
            for cells in reader:
                if len(cells) != len(columns):
                    reason = f"the line has {len(cells)} cells, the header {len(columns)} (a comma or a quotation mark too many?)"
                    problems.append(Problem(file, line, "-", ",".join(cells)[:60], reason))
                line = reader.line_num + 1
        except (csv.Error, UnicodeDecodeError) as error:
            problems.append(Problem(file, reader.line_num, "-", None, f"cannot be read as CSV in UTF-8: {error}"))
    return problems


class Found(NamedTuple):
    """A problem by the number of its row, before its line in the file is looked up."""

    row: int
    column: str
    value: str | None
    reason: str
    allowed: list[str]
    rule: str | None = None
    mend: str | None = None


def _lines(path: Path) -> list[int]:
    """First physical line of each row (a quoted cell may span several)."""
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        lines, line = [], 1
        for _ in reader:
            lines.append(line)
            line = reader.line_num + 1
    return lines[1:]


def located(folder: Path, table: str, found: list[Found]) -> list[Problem]:
    """What was found in one table, with lines, in file order."""
    if not found:
        return []
    lines = _lines(folder / f"{table}.csv")
    return [
        Problem(
            f"{table}.csv",
            lines[f.row - 1] if f.row else None,
            f.column,
            f.value,
            f.reason,
            nearest(f.value, f.allowed),
            f.rule,
            f.mend,
        )
        for f in sorted(found, key=lambda f: (f.row, f.column))
    ]


def key_expression(columns: list[str]) -> str:
    """SQL for a key of one or several columns as one text."""
    return "concat_ws('/', " + ", ".join(f'"{name}"' for name in columns) + ")"


def cell_problems(con: duckdb.DuckDBPyConnection, folder: Path, table: str, columns: dict[str, str]) -> list[Problem]:
    """Every cell of a staged table that its type, key, reference or CHECK refuses."""
    found: list[Found] = []
    wrongs: dict[str, str] = {}
    for name, kind in columns.items():
        if kind == "VARCHAR":
            continue
        wrong = f'("{name}" IS NOT NULL AND TRY_CAST("{name}" AS {kind}) IS NULL)'
        if kind == "DOUBLE":
            wrong = f'("{name}" IS NOT NULL AND NOT coalesce(isfinite(TRY_CAST("{name}" AS DOUBLE)), false))'
        rows = con.execute(f'SELECT _row, "{name}" FROM stage_{table} WHERE {wrong}').fetchall()
        found += [Found(row, name, value, f"is not {TYPE_WORDS.get(kind, kind)}", []) for row, value in rows]
        wrongs[name] = wrong
    # Under its own name each column is typed, so that a CHECK can be asked as it is written; its text stands beside it.
    cells = ", ".join(f'TRY_CAST("{n}" AS {k}) AS "{n}", "{n}" AS "_text_{n}"' for n, k in columns.items())
    constraints = con.execute(
        "SELECT constraint_type, expression, constraint_column_names, referenced_table, referenced_column_names"
        " FROM duckdb_constraints() WHERE schema_name = 'data' AND table_name = ? AND database_name = current_database()",
        [table],
    ).fetchall()
    for kind, expression, names, other, other_names in constraints:
        if kind == "NOT NULL":
            rows = con.execute(f'SELECT _row FROM stage_{table} WHERE "{names[0]}" IS NULL').fetchall()
            found += [Found(row, names[0], None, "must not be empty", []) for (row,) in rows]
        elif kind == "PRIMARY KEY":
            key = key_expression(names)
            rows = con.execute(
                f"SELECT _row, {key} FROM stage_{table} QUALIFY count(*) OVER (PARTITION BY {key}) > 1 ORDER BY _row"
            ).fetchall()
            found += [Found(row, "/".join(names), value, "stands more than once", []) for row, value in rows]
        elif kind == "FOREIGN KEY":
            found += _reference_problems(con, table, names, other, other_names)
        elif kind == "CHECK":
            # A cell of the wrong type has been told already; what follows from it is not told again.
            untyped = " OR ".join(wrongs[name] for name in names if name in wrongs) or "false"
            typed = f"(SELECT _row, {cells} FROM stage_{table} WHERE NOT ({untyped}))"
            rows = con.execute(f'SELECT _row, "_text_{names[0]}" FROM {typed} WHERE NOT ({expression})').fetchall()
            allowed = _listed(expression, names)
            reason = f"is not one of {', '.join(allowed)}" if allowed else f"breaks the rule {expression}"
            found += [Found(row, names[0], value, reason, allowed) for row, value in rows]
    return located(folder, table, found)


def _listed(expression: str, names: list[str]) -> list[str]:
    """Allowed values of an enumeration CHECK; empty for any other rule."""
    if len(names) != 1 or not re.fullmatch(r"\(*\"?\w+\"? IN \([^()]*\)\)*", expression):
        return []
    return re.findall(r"'((?:[^']|'')*)'", expression)


def _reference_problems(
    con: duckdb.DuckDBPyConnection, table: str, names: list[str], other: str, other_names: list[str]
) -> list[Found]:
    present = " AND ".join(f'"{name}" IS NOT NULL' for name in names)
    key, other_key = key_expression(names), key_expression(other_names)
    rows = con.execute(
        f"SELECT _row, {key} FROM stage_{table} WHERE {present} AND {key} NOT IN (SELECT {other_key} FROM stage_{other})"
    ).fetchall()
    if not rows:
        return []
    known = [k for (k,) in con.execute(f"SELECT {key_expression(other_names)} FROM stage_{other}").fetchall()]
    return [Found(row, "/".join(names), value, f"is not in {other}.csv", known) for row, value in rows]
