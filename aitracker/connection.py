"""A DuckDB connection of the user's own, with the tables of a dataset as its lens shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import duckdb
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Connection", "own_connection"]

COPY = "aitracker"
"""Catalog that holds the copy of the data: schema ``lens`` as the lens shows it, schema ``data`` as curated."""


class Connection:
    """A DuckDB connection, to write in, with :meth:`register` for frames; made by ``ds.connect()``.

    Everything else is the ``duckdb.DuckDBPyConnection`` itself (``sql``, ``execute``, ``fetchall``, ``close`` ...). A bare
    table name is the table through the lens (``rounds``), ``data.rounds`` the curated one. All of it is a copy in memory:
    the dataset sees nothing of what is done here.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def __getattr__(self, name: str) -> Any:
        """Whatever a DuckDB connection has."""
        return getattr(self._con, name)

    def __dir__(self) -> list[str]:
        """Offer what a DuckDB connection has to completion."""
        return [*super().__dir__(), *dir(self._con)]

    def __enter__(self) -> Self:
        """Use it in ``with``: it is closed at the end."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close it."""
        self._con.close()

    def cursor(self) -> Connection:
        """Another connection to the same tables: they belong to the database, so the lens stays."""
        return Connection(self._con.cursor())

    def register(self, name: str, frame: object) -> Self:
        """Copy a frame into a table of one's own, which every cursor sees; no pyarrow is needed.

        Parameters
        ----------
        name : str
            Name of the table; one of that name that was registered before is replaced.
        frame : polars.DataFrame, polars.LazyFrame, polars.Series, pandas.DataFrame or other
            The rows; anything else that DuckDB's own ``register`` takes.

        Returns
        -------
        Connection
            Itself.
        """
        if isinstance(frame, pl.LazyFrame):
            frame = frame.collect()
        if isinstance(frame, pl.Series):
            frame = frame.to_frame()
        _insert(self._con, _quoted(name), frame, "OR REPLACE")
        return self


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _insert(con: duckdb.DuckDBPyConnection, table: str, frame: Any, how: str = "") -> None:
    """Make a table of a frame; of Polars through Arrow's C stream, which DuckDB reads once without pyarrow."""
    if isinstance(frame, pl.DataFrame):  # a column without a type is one of text: DuckDB does not take it as it is
        stream: Any = frame.with_columns(pl.col(pl.Null).cast(pl.String)).__arrow_c_stream__()
    else:
        stream = frame
    con.register("aitracker_stream", stream)
    try:
        con.execute(f"CREATE {how} TABLE {table} AS FROM aitracker_stream")
    finally:
        con.unregister("aitracker_stream")


def own_connection(tables: Iterable[tuple[str, pl.DataFrame, pl.DataFrame]]) -> Connection:
    """Open a DuckDB of its own that holds each table as the lens shows it and as curated.

    Parameters
    ----------
    tables : iterable
        Name, rows through the lens, curated rows.
    """
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    con.execute(
        f"ATTACH ':memory:' AS {COPY}; CREATE SCHEMA {COPY}.lens; CREATE SCHEMA {COPY}.data; CREATE SCHEMA data"
    )
    for name, seen, curated in tables:
        for schema, frame, view in (("lens", seen, "main"), ("data", curated, "data")):
            _insert(con, f"{COPY}.{schema}.{name}", frame)
            # A view cannot be written to: what the lens shows does not change by a slip.
            con.execute(f"CREATE VIEW memory.{view}.{name} AS FROM {COPY}.{schema}.{name}")
    return Connection(con)
