"""A dataset's connection: the lens set in it, one read at a time, and what it keeps of the costly views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.build import CATALOG
from aitracker.reading import Reading, reading

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

    from aitracker.kept import Memory
    from aitracker.lens import Lens

__all__ = ["Session", "refuse_lens"]

_NOW = {"rounds": False, "valuations": False, "participations": True, "stakes": True}
"""Views of which the database keeps the present ones, and whether the grouping of investors is part of them."""
_COSTLY = frozenset({*_NOW, "startups", "investors"})
"""Views that rest on a choice among claims."""


class Session:
    """A cursor with a lens set. What it keeps are temporary tables of its own, which no other cursor meets."""

    def __init__(self, con: duckdb.DuckDBPyConnection, lens: Lens, memory: Memory) -> None:
        self.con = con.cursor()
        self._lens, self._memory = lens, memory
        self._kept: set[str] = set()
        self.con.execute(f"USE {CATALOG}")
        for name, value in (("as_of", lens.as_of), ("known_by", lens.known_by)):
            self.con.execute(f"SET VARIABLE {name} = " + (f"DATE '{value}'" if value else "NULL::DATE"))
        self.con.execute(f"SET VARIABLE policy = '{lens.policy}'; SET VARIABLE grp = '{lens.group}'")

    def reading(self, query: str, params: object = None) -> Reading:
        """What a query reads; refused where it is not one read, or reads what the library keeps for itself."""
        if not (params is None or (isinstance(params, Mapping | Sequence) and not isinstance(params, str))):
            message = f"params must be a list of values for ?, or a mapping of names to values, not {params!r}"
            raise ValueError(message)
        if not isinstance(query, str):
            message = f"a query is a text such as 'SELECT * FROM rounds', not {query!r}"
            raise ValueError(message)  # noqa: TRY004 - as every other wrong argument
        read = self._memory.shared.get(("reading", query), lambda: reading(self.con, query))
        for table in read.tables:
            apart = "temp" in {table.catalog.lower(), table.schema.lower()}
            if apart or (table.name.lower() in self._choices and table.schema.lower() != "data"):
                message = (
                    f"{'.'.join(filter(None, table))} is what the library keeps for itself: ask for a table through the lens,"
                    " such as rounds, or for the same through another lens by ds.at(policy=...)"
                )
                raise ValueError(message)
        return read

    def refuse_stored(self, read: Reading, tables: Collection[str]) -> None:
        """Refuse a bare name that is no table through the lens, and so would show what the lens hides."""
        for table in read.tables:
            name = table.name.lower()
            if not (table.schema or table.catalog) and name in self._stored and name not in tables:
                message = f"{name} knows no lens: write main.{name} for all of it as it is stored, or ask for {', '.join(tables)}"
                raise ValueError(message)

    @property
    def _choices(self) -> frozenset[str]:
        """Tables that hold the rows of several policies."""
        return self._names("AND (column_name = 'policy' OR ends_with(table_name, '_now'))")

    @property
    def _stored(self) -> frozenset[str]:
        """Tables and views beside those of the lens."""
        return self._names("")

    def _names(self, which: str) -> frozenset[str]:
        query = (
            "SELECT DISTINCT table_name FROM duckdb_columns() WHERE schema_name = 'main'"
            f" AND database_name = current_database() {which}"
        )
        return self._memory.shared.get(
            ("names", which), lambda: frozenset(name for (name,) in self.con.execute(query).fetchall())
        )

    def answer(self, query: str, params: Any, read: Reading) -> pl.DataFrame:
        """Run a read, in a transaction that cannot write to the data and that is undone at its end."""
        self._keep(read)
        self.con.execute("BEGIN TRANSACTION READ ONLY")
        try:
            relation = self.con.sql(query, params=params) if params is not None else self.con.sql(query)
            return _plain(pl.DataFrame(relation))
        finally:
            self.con.execute("ROLLBACK")

    def _keep(self, read: Reading) -> None:
        """Keep the costly views that a query reads as temporary tables of this connection, under their own names.

        Choosing among claims takes DuckDB some twenty milliseconds a view; most views are read by several queries.
        """
        names = {table.name.lower() for table in read.tables if not (table.schema or table.catalog)}
        wanted = sorted((names & _COSTLY) - self._kept)
        if not wanted:
            return
        self.con.execute(self._choosing_once())
        for name in wanted:
            self.con.execute(f"CREATE TEMP TABLE {name} AS {self._view(name)}")
        # They answer for this lens alone, and a query may ask `rounds_seen` for another.
        self.con.execute("DROP MACRO TABLE IF EXISTS temp.resolved; DROP MACRO TABLE IF EXISTS temp.backed")
        self._kept.update(wanted)

    def _choosing_once(self) -> str:
        """SQL that chooses among the claims known by a date once for all views, which find these macros before their own."""
        if self._lens.known_by is None:  # the database keeps these choices
            return ""
        day, policy = f"DATE '{self._lens.known_by}'", f"'{self._lens.policy}'"
        return (
            f"CREATE TEMP TABLE IF NOT EXISTS choice AS FROM choose({day}, {policy});"
            f"CREATE TEMP TABLE IF NOT EXISTS backing AS FROM counted({day});"
            "CREATE TEMP MACRO resolved(known_by, policy) AS TABLE FROM temp.choice;"
            "CREATE TEMP MACRO backed(known_by) AS TABLE FROM temp.backing"
        )

    def _view(self, name: str) -> str:
        """A view in SQL: what the database keeps of it where no date is asked for, else the view itself."""
        if self._lens.as_of or self._lens.known_by or name not in _NOW:
            return f"FROM {CATALOG}.main.{name}"
        kept = f"FROM {CATALOG}.main.{name}_now"
        if not _NOW[name]:
            return f"SELECT * EXCLUDE (policy) {kept} WHERE policy = '{self._lens.policy}'"
        return (
            f"SELECT n.* EXCLUDE (policy) REPLACE (g.group_id AS group_id) {kept} n"
            f" JOIN groups('{self._lens.group}') g USING (investor_id) WHERE policy = '{self._lens.policy}'"
        )


def refuse_lens(read: Reading, tables: Collection[str]) -> None:
    """Refuse to share the answer of a query that a lens may change."""
    for table in read.tables:
        place, name = table.schema.lower(), table.name.lower()
        if place not in {"data", "main"} or (place == "main" and name in tables):
            message = f"the answer depends on the lens, for it reads {table.name}: only data.{table.name} is shared"
            raise ValueError(message)
    if {"getvariable", "groups"} & read.functions:  # the macro `groups` reads them too
        message = "the answer depends on the lens, for it reads its variables: it cannot be shared"
        raise ValueError(message)


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Cast the types that charts cannot write; the one place where that happens."""
    casts = []
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.Decimal):
            # Every integer sum arrives as a decimal without places; it is a whole number all the same.
            casts.append(pl.col(name).cast(pl.Int64 if kind.scale == 0 else pl.Float64))
        elif kind in (pl.UInt64, pl.Int128):
            casts.append(pl.col(name).cast(pl.Int64))
        elif kind == pl.Categorical:
            casts.append(pl.col(name).cast(pl.String))
    return frame.with_columns(casts) if casts else frame
