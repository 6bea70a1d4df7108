"""Shared fixtures: the small hand-made dataset, a frozen one for tests of code, and the real one for tests of data."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

import aitracker as ait

DEFAULTS = {"investor_list": "unknown", "is_forecast": "false"}
"""What a row of a test says of itself unless told otherwise."""

HERE = Path(__file__).parent
ROOT = HERE.parent

# A machine may be busy: how long an example takes says nothing of the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def copied(name: str, into: Path) -> Path:
    """A copy of one of our datasets with the schema of today."""
    target = into / "data"
    shutil.copytree(HERE / name, target)
    shutil.copy(ROOT / "data" / "schema.sql", target)
    return target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A fresh copy of the small dataset, free to be spoilt."""
    return copied("small", tmp_path)


@pytest.fixture
def edit(folder: Path) -> Callable[..., None]:
    """Change cells of the small dataset: ``edit("rounds", {"round_id": "x"}, amount_m="5")``; no match adds a row.

    The file is sorted by key afterwards, as it has to be.
    """
    schema = (folder / "schema.sql").read_text(encoding="utf-8")
    keys = {
        table: re.findall(r"(\w+) +VARCHAR PRIMARY KEY", body)
        or re.split(", *", re.findall(r"PRIMARY KEY \((.*)\)", body)[0])
        for table, body in re.findall(r"CREATE TABLE data\.(\w+) \((.*?)\n\);", schema, re.DOTALL)
    }

    def change(table: str, where: dict[str, str], **cells: str) -> None:
        path = folder / f"{table}.csv"
        with path.open(newline="", encoding="utf-8") as handle:
            reader = csv.DictReader(handle)
            columns, rows = list(reader.fieldnames or []), list(reader)
        assert set(where) | set(cells) <= set(columns), f"{table} has no such column"
        found = [row for row in rows if all(row[k] == v for k, v in where.items())]
        if not found:
            found = [dict.fromkeys(columns, "") | {k: v for k, v in DEFAULTS.items() if k in columns} | where]
            rows += found
        for row in found:
            row.update(cells)
        rows.sort(key=lambda row: [int(row[k]) if k == "line" else row[k] for k in keys[table]])
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    return change


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> ait.Dataset:
    """The small dataset, opened."""
    return ait.load(copied("small", tmp_path_factory.mktemp("small")))


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> ait.Dataset:
    """The curated data of November 2026, with the exchange rates that it needs: a true new fact changes none of it."""
    return ait.load(copied("frozen", tmp_path_factory.mktemp("frozen")))


@pytest.fixture(scope="session")
def real() -> ait.Dataset:
    """The curated dataset itself."""
    return ait.load()
