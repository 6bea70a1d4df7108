"""The tables that a round may touch: their rows, the names in them, and what is new."""

from __future__ import annotations

import csv
import difflib
import re
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aitracker.asked import called
from aitracker.build import check
from aitracker.problems import DataError

__all__ = ["Added", "Row", "Tables"]

Row = dict[str, str]

KEYS: Final = {
    "sources": ("source_id",),
    "startups": ("startup_id",),
    "investors": ("investor_id",),
    "rounds": ("round_id",),
    "participations": ("round_id", "investor_id", "instrument"),
    "valuations": ("valuation_id",),
    "claims": ("claim_id",),
    "decisions": ("subject_kind", "subject_id", "field", "decision"),
}
"""Tables that a round may touch, each with its key."""


@dataclass
class Added:
    """What a file was turned into.

    Attributes
    ----------
    rows
        New rows by table.
    notes
        What a person should look at: a new firm, a page that may repeat another one.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Rows by table, then the notes."""
        lines = [f"{table}: {len(rows)}" for table, rows in self.rows.items()]
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])


class Tables:
    """Rows of a folder of CSV files by table, and what is added to them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.added = folder, Added()
        self.rows: dict[str, list[Row]] = {}
        self._columns: dict[str, list[str]] = {}
        for name in (*KEYS, "aliases"):
            with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
                reader = csv.DictReader(handle)
                self.rows[name], self._columns[name] = list(reader), list(reader.fieldnames or [])
        self._aliases: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in self.rows["aliases"]:
            self._aliases[row["entity_kind"], row["entity_id"]].append(row["alias"])

    def put(self, table: str, told: dict[str, Any]) -> Row:
        """Add a row: a column that the file does not speak of stays empty."""
        row = {name: _cell(told.get(name)) for name in self._columns[table]}
        self.rows[table].append(row)
        self.added.rows.setdefault(table, []).append(row)
        return row

    def named(self, kind: str, name: str) -> Row | None:
        """The row of that key, English or Chinese name, or alias; several are refused."""
        key, wanted, rows = f"{kind}_id", name.strip().casefold(), self.rows[f"{kind}s"]
        found = [row for row in rows if row[key].casefold() == wanted]
        found = found or [row for row in rows if wanted in self._names(kind, row)]
        if len(found) > 1:
            message = f"{name!r} may be {' or '.join(row[key] for row in found)}: name the one that is meant by its key"
            raise ValueError(message)
        return found[0] if found else None

    def near(self, kind: str, name: str) -> str:
        """Keys of those that are called almost so, as words behind a refusal."""
        keys = {word: row[f"{kind}_id"] for row in self.rows[f"{kind}s"] for word in self._names(kind, row)}
        close = dict.fromkeys(keys[word] for word in difflib.get_close_matches(name.casefold(), keys, n=5, cutoff=0.6))
        return f" (near: {', '.join(close)})" if close else ""

    def _names(self, kind: str, row: Row) -> set[str]:
        """All that it is called, its key and what its note calls it too."""
        key = row[f"{kind}_id"]
        told = called(row["name"], row["name_zh"], self._aliases[kind, key])
        return {one.strip().casefold() for one in (key, *told, *re.split(r"[;,:.]\s*", row["note"])) if one.strip()}

    def store(self, *, write: bool) -> None:
        """Write the tables beside the data and check them there; only what breaks no rule takes the place of the old files."""
        with tempfile.TemporaryDirectory() as temporary:
            beside = Path(temporary) / "data"
            shutil.copytree(self.folder, beside, ignore=shutil.ignore_patterns("*.duckdb*"))
            for table in self.added.rows:
                rows = sorted(self.rows[table], key=lambda row: tuple(row[name] for name in KEYS[table]))
                with (beside / f"{table}.csv").open("w", encoding="utf-8", newline="") as handle:
                    writer = csv.DictWriter(handle, self._columns[table], lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(rows)
            problems = check(beside)
            if problems:
                raise DataError(problems)
            if write:
                for table in self.added.rows:
                    target = self.folder / f"{table}.csv"
                    shutil.copy(beside / f"{table}.csv", target.with_suffix(".csv.tmp"))
                    target.with_suffix(".csv.tmp").replace(target)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
