"""Random subsets of the curated rows: a few start-ups with what hangs on them, as a folder that may be checked and loaded.

A draw leaves rows out and changes none. A row that refers to one that was left out goes too.
"""

from __future__ import annotations

import csv
import random
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import aitracker as ait
from aitracker.vocabulary import ROW_KINDS

ROOT = Path(__file__).parent.parent
Row = dict[str, str]
Rows = dict[str, list[Row]]

REFERS = {
    "rounds": {"parent_round_id": "rounds", "superseded_by": "rounds"},
    "participations": {"round_id": "rounds"},
    "valuations": {"round_id": "rounds"},
    "cap_tables": {"stake_id": "stakes"},
}
"""Columns whose row goes with the row that it names. Investors and sources that a row names are taken in instead."""

OWNERS = ("parent_id", "affiliate_of", "managed_by")
KEYS = {
    "participations": ("round_id", "investor_id", "instrument"),
    "cap_tables": ("table_id", "line"),
    "fx": ("date", "currency"),
}
KINDS = {kind: table for table, kind in ROW_KINDS.items()}
KEY = {
    "sources": "source_id",
    "startups": "startup_id",
    "investors": "investor_id",
    "rounds": "round_id",
    "valuations": "valuation_id",
    "stakes": "stake_id",
    "claims": "claim_id",
    "events": "event_id",
    "series": "series_id",
    "totals": "total_id",
    "funds": "fund_id",
}


def read_all() -> tuple[Rows, dict[str, list[str]]]:
    """Rows and columns of every table of the curated data."""
    rows, columns = {}, {}
    for path in sorted((ROOT / "data").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as handle:
            reader = csv.DictReader(handle)
            columns[path.stem], rows[path.stem] = list(reader.fieldnames or []), list(reader)
    return rows, columns


def _ids(rows: Iterable[Row], column: str) -> set[str]:
    return {row[column] for row in rows if row[column]}


def key_of(table: str, row: Row) -> str:
    """Key of a row as claims and decisions name it."""
    if table == "participations":
        return f"{row['round_id']}/{row['investor_id']}"
    return "/".join(row[column] for column in KEYS.get(table, (KEY.get(table, ""),)) if column)


def draw(everything: Rows, rng: random.Random) -> Rows:
    """Rows of one to four start-ups, with holes, and a handful of the rows around them; whole in what they refer to."""
    some: Rows = {"fields": everything["fields"], "qualifiers": everything["qualifiers"]}
    kept = rng.choice((0.5, 0.8, 1.0))

    def holes(table: str, share: float = kept) -> list[Row]:
        return [row for row in everything[table] if rng.random() < share]

    startups = set(rng.sample([row["startup_id"] for row in everything["startups"]], rng.choice((1, 2, 3, 4))))
    some["startups"] = [row for row in everything["startups"] if row["startup_id"] in startups]
    for table in ("rounds", "valuations", "stakes", "cap_tables"):
        some[table] = [row for row in holes(table) if row["startup_id"] in startups]
    # Leads go together or not at all: one of two is no co-lead.
    some["participations"] = [r for r in everything["participations"] if r["role"] == "co-lead" or rng.random() < kept]
    some["totals"] = [row for row in holes("totals") if row["entity_id"] in startups or rng.random() < 0.1]
    around = rng.choice((0.0, 0.02, 0.2, 1.0))
    some["series"] = [row for row in everything["series"] if row["entity_id"] in startups or rng.random() < around]
    some["events"] = holes("events", 0.1)
    some["funds"] = holes("funds", 0.2)
    every = rng.choice((1, 30, 30, 200, 200, 200))
    some["fx"] = [row for number, row in enumerate(everything["fx"]) if number // 8 % every == 0 or every == 1]
    some["aliases"], some["claims"], some["decisions"] = holes("aliases"), holes("claims"), everything["decisions"]
    return closed(everything, some)


def closed(everything: Rows, some: Rows) -> Rows:
    """The rows without those that hang on rows which are not there, and with the investors and sources that they name."""
    some = dict(some)
    changed = True
    while changed:
        changed = False
        for table, columns in REFERS.items():
            present = {other: _ids(some[other], KEY[other]) for other in set(columns.values())}
            whole = [r for r in some[table] if all(not r[c] or r[c] in present[o] for c, o in columns.items())]
            changed, some[table] = changed or len(whole) < len(some[table]), whole
    some["investors"] = _with_owners(everything, some)
    entities = {(kind[:-1], key) for kind in ("investors", "startups") for key in _ids(some[kind], f"{kind[:-1]}_id")}
    some["aliases"] = [row for row in some["aliases"] if (row["entity_kind"], row["entity_id"]) in entities]
    some["claims"] = _about(some, some["claims"])
    some["sources"] = _cited(everything, some)
    pages = Counter(row["url"] for row in some["sources"] if row["url"])
    alone = {row["source_id"] for row in some["sources"] if pages[row["url"]] < 2}
    told = _about(some, some["decisions"])
    some["decisions"] = [r for r in told if r["rule"] != "two_rows_one_page" or r["subject_id"] not in alone]
    return some


def _about(some: Rows, told: list[Row]) -> list[Row]:
    """Rows of claims or decisions whose subject is there."""
    keys = {(kind, key_of(table, row)) for kind, table in KINDS.items() for row in some.get(table, ())}
    return [row for row in told if (row["subject_kind"], row["subject_id"]) in keys]


def _with_owners(everything: Rows, some: Rows) -> list[Row]:
    wanted = set().union(*(_ids(some[t], "investor_id") for t in ("participations", "stakes", "cap_tables")))
    by_id = {row["investor_id"]: row for row in everything["investors"]}
    pending = list(wanted)
    while pending:
        row = by_id[pending.pop()]
        owners = {row[column] for column in OWNERS} - wanted - {""}
        wanted |= owners
        pending += owners
    return [row for row in everything["investors"] if row["investor_id"] in wanted]


def _cited(everything: Rows, some: Rows) -> list[Row]:
    citing = (rows for table, rows in some.items() if table != "sources")
    wanted = {row["source_id"] for rows in citing for row in rows if row.get("source_id")}
    wanted |= {row["origin_id"] for row in everything["sources"] if row["source_id"] in wanted and row["origin_id"]}
    return [row for row in everything["sources"] if row["source_id"] in wanted]


def write(folder: Path, some: Rows, columns: dict[str, list[str]]) -> None:
    """Write the rows as a folder of the form of data/."""
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / "data" / "schema.sql", folder)
    for table, names in columns.items():
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(some.get(table, []))


def loaded(
    folder: Path, everything: Rows, columns: dict[str, list[str]], rng: random.Random
) -> tuple[ait.Dataset, Rows]:
    """Draw until the rows pass the checks, and open them: rows that a check names go, then those that hung on them.

    Most often there are none; else a waiver of what the draw no longer breaks.
    """
    some = draw(everything, rng)
    for _ in range(8):
        write(folder, some, columns)
        try:
            return ait.load(folder), some
        except ait.DataError as error:
            problems = error.problems
        for table in {problem.file.removesuffix(".csv") for problem in problems}:
            lines = {problem.line for problem in problems if problem.file == f"{table}.csv"}
            # The header is line 1, and no cell of the curated data holds a line break.
            some[table] = [row for number, row in enumerate(some[table], 2) if number not in lines]
        some = closed(everything, some)
    raise AssertionError(f"no subset that passes: {[str(problem) for problem in problems[:3]]}")
