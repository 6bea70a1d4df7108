"""Shared fixtures: the small hand-made dataset, a frozen one for tests of code, and the real one for tests of data."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

import aitracker as ait

HERE = Path(__file__).parent
ROOT = HERE.parent

# A machine may be busy: how long an example takes says nothing of the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A fresh copy of the small dataset, free to be spoilt."""
    target = tmp_path / "data"
    shutil.copytree(HERE / "small", target)
    shutil.copy(ROOT / "data" / "schema.sql", target)
    return target


@pytest.fixture
def edit(folder: Path) -> Callable[..., None]:
    """Change cells of the small dataset: ``edit("rounds", {"round_id": "x"}, amount_m="5")``; no match adds a row."""

    def change(table: str, where: dict[str, str], **cells: str) -> None:
        path = folder / f"{table}.csv"
        with path.open(newline="", encoding="utf-8") as handle:
            reader = csv.DictReader(handle)
            columns, rows = list(reader.fieldnames or []), list(reader)
        assert set(where) | set(cells) <= set(columns), f"{table} has no such column"
        found = [row for row in rows if all(row[k] == v for k, v in where.items())]
        if not found:
            found = [dict.fromkeys(columns, "") | where]
            rows += found
        for row in found:
            row.update(cells)
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    return change


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> ait.Dataset:
    """The small dataset, opened."""
    target = tmp_path_factory.mktemp("small") / "data"
    shutil.copytree(HERE / "small", target)
    shutil.copy(ROOT / "data" / "schema.sql", target)
    return ait.load(target)


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> ait.Dataset:
    """The curated data of November 2026, with the exchange rates that it needs: a true new fact changes none of it."""
    target = tmp_path_factory.mktemp("frozen") / "data"
    shutil.copytree(HERE / "frozen", target)
    shutil.copy(ROOT / "data" / "schema.sql", target)
    return ait.load(target)


@pytest.fixture(scope="session")
def real() -> ait.Dataset:
    """The curated dataset itself."""
    return ait.load()
