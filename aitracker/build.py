"""The only writer: a folder of CSV files becomes one checked DuckDB file.

Data flows one way: ``data/*.csv`` + ``schema.sql`` -> staging (all text) -> typed tables -> cross-row checks -> views of
the lens. The file is written under a temporary name and moved into place whole, so readers never meet half a file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from aitracker.problems import DataError, Problem, cell_problems, header_problems
from aitracker.rules import rule_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DATABASE", "build", "check", "content_hash", "data_version"]

DATABASE = "aitracker.duckdb"
"""Name of the database file beside the CSV files."""

CATALOG = "aitracker"
"""Name under which the database is attached, in every connection."""


LENS = tuple(f"lens_{part}.sql" for part in ("dates", "claims", "known", "groups", "money", "tables", "views"))
"""Files that make the lens, in the order in which they build on each other."""


def _package_sql(*names: str) -> str:
    return "\n".join(resources.files("aitracker").joinpath(name).read_text(encoding="utf-8") for name in names)


def content_hash(folder: Path) -> str:
    """SHA-256 over the data and over the SQL that turns it into tables.

    Parameters
    ----------
    folder : Path
        Folder with ``schema.sql`` and the CSV files.

    Returns
    -------
    str
        64 hexadecimal digits; equal content gives equal digits on every machine.
    """
    digest = hashlib.sha256()
    for path in [folder / "schema.sql", folder / "VERSION", *sorted(folder.glob("*.csv"))]:
        if path.exists():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for name in (*LENS, "checks.sql"):
        digest.update(_package_sql(name).encode() + b"\0")
    return digest.hexdigest()


def data_version(folder: Path) -> str:
    """Version of the data as its folder states it in ``VERSION``; ``0`` where it states none."""
    path = folder / "VERSION"
    return path.read_text(encoding="utf-8").strip() if path.exists() else "0"


@contextlib.contextmanager
def _workspace(target: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a fresh in-memory instance with the database to be written attached to it."""
    # One thread: the tables are small, and starting workers costs more than they save.
    con = duckdb.connect(config={"threads": 1})
    try:
        attach(con, target)
        yield con
    finally:
        con.close()


def attach(con: duckdb.DuckDBPyConnection, target: str) -> None:
    """Attach a new database for writing and make it the current one."""
    quoted = target.replace("'", "''")
    # The storage version keeps the file readable by DuckDB 1.4, for people who open it with other tools. Small blocks, since
    # every table and index takes whole ones, and most of ours would fill a small part of one of the usual size.
    options = "" if target == ":memory:" else " (STORAGE_VERSION 'v1.4.0', BLOCK_SIZE 16384)"
    con.execute(f"ATTACH '{quoted}' AS {CATALOG}{options}; USE {CATALOG}")


def tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the curated tables, parents before children."""
    rows = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'data' AND database_name = current_database()"
        " ORDER BY table_oid"
    ).fetchall()
    return [name for (name,) in rows]


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    rows = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'data' AND table_name = ?"
        " AND database_name = current_database() ORDER BY column_index",
        [table],
    ).fetchall()
    return dict(rows)


def _stage(con: duckdb.DuckDBPyConnection, folder: Path, table: str) -> None:
    """Read one CSV as text, with the number of each row, so that every bad cell can be named."""
    columns = _columns(con, table)
    names = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
    # A binding parameter cannot stand in a table function's column list; the names come from the schema, not from users.
    con.execute(
        f"CREATE TEMP TABLE stage_{table} AS SELECT row_number() OVER () AS _row, * FROM read_csv(?, header = true,"
        f" auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', columns = {{{names}}})",
        [str(folder / f"{table}.csv")],
    )


def _insert(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Move a staged table into its typed home; rows that refer to the same table wait for those that they name.

    Gives the keys of rows whose wait never ended.
    """
    columns = _columns(con, table)
    typed = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns.items())
    references = _self_references(con, table)
    if not references:
        con.execute(f"INSERT INTO data.{table} SELECT {typed} FROM stage_{table} ORDER BY _row")
        return []
    key = references[0][1]
    ready = " AND ".join(
        f'("{name}" IS NULL OR "{name}" IN (SELECT "{key}" FROM data.{table}))' for name, _ in references
    )
    pending = f'"{key}" NOT IN (SELECT "{key}" FROM data.{table})'
    while con.execute(
        f"INSERT INTO data.{table} SELECT {typed} FROM stage_{table} WHERE {pending} AND {ready}"
    ).fetchall()[0][0]:
        pass
    return [
        row for (row,) in con.execute(f'SELECT "{key}" FROM stage_{table} WHERE {pending} ORDER BY _row').fetchall()
    ]


def _self_references(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Columns that refer to a key of the same table, each with that key."""
    return con.execute(
        "SELECT constraint_column_names[1], referenced_column_names[1] FROM duckdb_constraints() WHERE schema_name = 'data'"
        " AND table_name = ? AND constraint_type = 'FOREIGN KEY' AND referenced_table = table_name"
        " AND database_name = current_database()",
        [table],
    ).fetchall()


def _infinite(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a number of the table is none: NaN and infinities pass a cast, and spoil every sum."""
    numbers = [name for name, kind in _columns(con, table).items() if kind == "DOUBLE"]
    wrong = " OR ".join(f'NOT isfinite("{name}")' for name in numbers)
    return bool(numbers) and con.execute(f"SELECT count(*) FROM data.{table} WHERE {wrong}").fetchall()[0][0] > 0


def _fill(con: duckdb.DuckDBPyConnection, folder: Path) -> list[Problem]:
    """Fill the attached database from ``folder``; return every problem found, or none when it is whole."""
    schema = folder / "schema.sql"
    if not schema.exists():
        message = f"{folder} is not a dataset: it has no schema.sql"
        raise FileNotFoundError(message)
    con.execute(schema.read_text(encoding="utf-8"))
    names = tables(con)
    problems = [p for table in names for p in header_problems(folder, table, list(_columns(con, table)))]
    if problems:
        return problems
    for table in names:
        _stage(con, folder, table)
    left: list[tuple[str, str]] = []
    failure: duckdb.Error | None = None
    try:
        for table in names:
            left += [(table, key) for key in _insert(con, table)]
    except duckdb.Error as error:
        failure = error
    if failure or left or any(_infinite(con, table) for table in names):
        # Only now, because asking every rule of every cell takes longer than building: what is wrong, all of it?
        problems = [p for table in names for p in cell_problems(con, folder, table, _columns(con, table))]
        problems = problems or [
            Problem(f"{table}.csv", None, "-", key, "refers to itself in a circle") for table, key in left
        ]
        if problems or failure is None:
            return problems
        raise failure
    con.execute(_package_sql(*LENS))
    problems = rule_problems(con, folder, _package_sql("checks.sql"))
    for table in names:
        con.execute(f"DROP TABLE stage_{table}")
    con.execute("CREATE TABLE main.meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)")
    con.execute("COMMENT ON TABLE main.meta IS 'Stamp of the build: data version and content hash.'")
    con.executemany(
        "INSERT INTO main.meta VALUES (?, ?)",
        [
            ["content_hash", content_hash(folder)],
            ["data_version", data_version(folder)],
            ["duckdb", duckdb.__version__],
        ],
    )
    return problems


def check(folder: Path | str) -> list[Problem]:
    """Check a folder of CSV files against the schema and against every named rule.

    Parameters
    ----------
    folder : Path or str
        Folder with ``schema.sql`` and one CSV file a table.

    Returns
    -------
    list of Problem
        All offending cells, in file order; empty when the data is sound. Rules over several rows are looked at only
        once every single cell is sound.
    """
    with _workspace(":memory:") as con:
        return _fill(con, Path(folder))


def build(folder: Path | str, target: Path | str | None = None) -> Path:
    """Build the DuckDB file of a dataset folder.

    Parameters
    ----------
    folder : Path or str
        Folder with ``schema.sql`` and one CSV file a table.
    target : Path or str, optional
        File to write; ``aitracker.duckdb`` in the folder where none is given.

    Returns
    -------
    Path
        The file written. It appears whole or not at all: a build that fails or is killed leaves an older file as it was.

    Raises
    ------
    DataError
        When the data has problems; it lists all of them.
    """
    folder = Path(folder)
    target = Path(target) if target is not None else folder / DATABASE
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    temporary.unlink()  # DuckDB wants to create the file itself
    try:
        with _workspace(str(temporary)) as con:
            problems = _fill(con, folder)
            if problems:
                raise DataError(problems)
            con.execute("USE memory")
            con.execute(f"DETACH {CATALOG}")  # writes the checkpoint: the file then needs no log beside it
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
        temporary.with_name(temporary.name + ".wal").unlink(missing_ok=True)
    return target


def build_in_memory(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Build into the memory of ``con``, for folders that cannot be written to."""
    attach(con, ":memory:")
    problems = _fill(con, folder)
    if problems:
        raise DataError(problems)
