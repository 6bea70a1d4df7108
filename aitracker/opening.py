"""Opening the data: a read-only DuckDB connection to a database file, built anew where its CSV files are newer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from aitracker import build as _build

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["open_data"]


def open_data(place: Path) -> duckdb.DuckDBPyConnection:
    """Open a folder of CSV files or a database built from one; see :func:`aitracker.load` for what is raised."""
    if not place.exists():
        message = f"there is no dataset at {place}"
        raise FileNotFoundError(message)
    # One thread: the data is small, and starting workers costs more than they save.
    con = duckdb.connect(config={"threads": 1})
    if place.is_dir():
        _open_folder(con, place)
    else:
        _attach_read_only(con, place)
        if _stamp(con) is None:
            message = f"{place} was not built by aitracker: it has no stamp; build one with 'aitracker build FOLDER'"
            raise ValueError(message)
    con.execute("SET enable_external_access = false; SET lock_configuration = true")
    return con


def _open_folder(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Attach the folder's database file, built anew where it is missing, stale or of no use."""
    file = folder / _build.DATABASE
    wanted = _build.content_hash(folder)
    if file.exists():
        try:
            _attach_read_only(con, file)
            if _stamp(con) == wanted:
                return
            con.execute(f"DETACH {_build.CATALOG}")
        except duckdb.Error:  # not a database, or of a format that this DuckDB cannot read
            pass
    try:
        _build.build(folder, file)
    except OSError:
        _build.build_in_memory(con, folder)
    else:
        _attach_read_only(con, file)


def _attach_read_only(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    # Attached to an instance of our own, not opened: within one process DuckDB gives an opened path its first content
    # again even after the file has been replaced.
    quoted = str(file).replace("'", "''")
    con.execute(f"ATTACH '{quoted}' AS {_build.CATALOG} (READ_ONLY)")


def _stamp(con: duckdb.DuckDBPyConnection) -> str | None:
    """Content hash of the attached database; None where it is not one of ours."""
    try:
        return str(
            con.execute(f"SELECT value FROM {_build.CATALOG}.main.meta WHERE key = 'content_hash'").fetchall()[0][0]
        )
    except (duckdb.Error, IndexError):
        return None
