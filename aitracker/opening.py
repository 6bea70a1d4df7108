"""Opening the data: a read-only DuckDB connection to a database file, built anew where its CSV files are newer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from aitracker import build as _build

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["open_data"]


def open_data(place: Path) -> duckdb.DuckDBPyConnection:
    """Open a folder of CSV files or a database built from one; see :func:`aitracker.load` for what is raised."""
    if not place.exists():
        message = f"there is no dataset at {place}"
        raise FileNotFoundError(message)
    place = place.resolve()  # what is in reach is named by its full path
    if place.is_dir():
        return _open_folder(place)
    con = _shut([place, place.with_name(f"{place.name}.wal")])
    try:
        _attach_read_only(con, place)
    except duckdb.Error as error:
        message = f"{place} is not a database that was built by aitracker: {str(error).splitlines()[0]}"
        raise ValueError(message) from error
    if _stamp(con) is None:
        message = f"{place} was not built by aitracker: it has no stamp; build one with 'aitracker build FOLDER'"
        raise ValueError(message)
    return _locked(con)


def _shut(files: Iterable[Path], folders: Iterable[Path] = ()) -> duckdb.DuckDBPyConnection:
    """Open DuckDB with nothing in reach but these files: no network, no extension fetched, no other file."""
    # One thread: the data is small, and starting workers costs more than they save.
    con = duckdb.connect(
        config={"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    for setting, paths in (("allowed_paths", files), ("allowed_directories", folders)):
        con.execute(f"SET {setting} = [{', '.join(map(_quoted, paths))}]")
    con.execute("SET enable_external_access = false")
    return con


def _locked(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    con.execute("SET lock_configuration = true")
    return con


def _open_folder(folder: Path) -> duckdb.DuckDBPyConnection:
    """Attach the folder's database file, built anew where it is missing, stale or of no use."""
    file = folder / _build.DATABASE
    con = _shut([file, folder / f"{file.name}.wal"])
    if file.exists():
        try:
            _attach_read_only(con, file)
            if _stamp(con) == _build.content_hash(folder):
                return _locked(con)
            con.execute(f"DETACH {_build.CATALOG}")
        except duckdb.Error:  # not a database, or of a format that this DuckDB cannot read
            pass
    try:
        _build.build(folder, file)
    except OSError:
        con = _shut([], [folder])
        _build.build_in_memory(con, folder)
    else:
        _attach_read_only(con, file)
    return _locked(con)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _attach_read_only(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    # Attached to an instance of our own, not opened: within one process DuckDB gives an opened path its first content
    # again even after the file has been replaced.
    con.execute(f"ATTACH {_quoted(file)} AS {_build.CATALOG} (READ_ONLY, TYPE duckdb)")


def _stamp(con: duckdb.DuckDBPyConnection) -> str | None:
    """Content hash of the attached database; None where it is not one of ours."""
    try:
        return str(
            con.execute(f"SELECT value FROM {_build.CATALOG}.main.meta WHERE key = 'content_hash'").fetchall()[0][0]
        )
    except (duckdb.Error, IndexError):
        return None
