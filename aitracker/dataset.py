"""``load``, and the ``Dataset`` that sees every table through its lens.

This is the one boundary where DuckDB types become Polars types.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from aitracker.build import CATALOG
from aitracker.lens import Group, Lens, Policy, one_of
from aitracker.opening import open_data
from aitracker.paths import data_dir

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Callable, Hashable, Mapping, Sequence

    import duckdb

__all__ = ["Dataset", "load"]

T = TypeVar("T")
_UNSET: Any = object()
_NOW = {"rounds": False, "valuations": False, "participations": True, "stakes": True}
"""Views of which the database keeps the present ones, and whether the grouping of investors is part of them."""
_READ = re.compile(r"\b(?:FROM|JOIN)\s+([\w.]+|\()", re.IGNORECASE)
_STORED = re.compile(r"(?:data|main)\.\w+|\(")
_COSTLY = re.compile(r"(?<![.\w])(rounds|participations|valuations|stakes|startups|investors)\b")


class Dataset:
    """The data, and the lens it is seen through.

    Everything computed from a dataset sees the world through its lens. Made by :func:`load`; :meth:`at` gives another
    one at once, on the same data. Each dataset has a connection (a cursor) of its own, so that two of them may be used
    from two threads; one of them may not be used by two threads at the same time.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, lens: Lens, shared: dict[Hashable, Any] | None = None) -> None:
        self._shared = {} if shared is None else shared
        self._con = con.cursor()
        self._con.execute(f"USE {CATALOG}")
        self.lens = lens
        self._kept: set[str] = set()
        # Neither data nor lens ever change: datasets of one lens remember together.
        self._remembered: dict[Hashable, Any] = self._shared.setdefault(lens, {})
        for name, value in (("as_of", lens.as_of), ("known_by", lens.known_by)):
            self._con.execute(f"SET VARIABLE {name} = " + (f"DATE '{value}'" if value else "NULL::DATE"))
        self._con.execute(f"SET VARIABLE policy = '{lens.policy}'; SET VARIABLE grp = '{lens.group}'")

    def at(self, *, as_of: Any = _UNSET, known_by: Any = _UNSET, policy: Any = _UNSET, group: Any = _UNSET) -> Dataset:
        """Give the same data through another lens; what is not named stays as it is.

        Parameters
        ----------
        as_of, known_by, policy, group
            See :class:`Lens`.

        Returns
        -------
        Dataset
            On the same data, at once.

        Examples
        --------
        >>> ds.at(known_by="2024-05-12").lens.words  # doctest: +SKIP
        'as known on 12 May 2024'
        """
        named = {"as_of": as_of, "known_by": known_by, "policy": policy, "group": group}
        lens = dataclasses.replace(self.lens, **{k: v for k, v in named.items() if v is not _UNSET})
        return Dataset(self._con, lens, self._shared)

    def __repr__(self) -> str:
        """Version and lens in one line."""
        return f"<aitracker dataset {self.version}, {self.lens.words or 'default lens'}>"

    @property
    def _meta(self) -> dict[str, str]:
        query = "SELECT key, value FROM main.meta"
        return self.remember("meta", lambda: dict(self._con.execute(query).fetchall()), every_lens=True)

    @property
    def version(self) -> str:
        """Data version, with the first eight digits of the content hash after ``+``."""
        return f"{self._meta['data_version']}+{self._meta['content_hash'][:8]}"

    @property
    def content_hash(self) -> str:
        """SHA-256 over the data and the SQL that made it: equal for equal content on every machine."""
        return self._meta["content_hash"]

    @property
    def tables(self) -> list[str]:
        """Names of the tables, alphabetically."""
        return sorted(self._keys)

    @property
    def _keys(self) -> dict[str, list[str]]:
        """Key columns by table."""
        query = (
            "SELECT table_name, constraint_column_names FROM duckdb_constraints() WHERE schema_name = 'data'"
            " AND constraint_type = 'PRIMARY KEY' AND database_name = current_database()"
        )
        return self.remember("keys", lambda: dict(self._con.execute(query).fetchall()), every_lens=True)

    def table(self, name: str) -> pl.DataFrame:
        """One table, seen through the lens.

        Parameters
        ----------
        name : str
            One of :attr:`tables`.

        Returns
        -------
        polars.DataFrame
            Sorted by key. Where claims differ the policy's choice stands in the row: ``amount_m`` in ``currency``,
            ``amount_usd_m`` (at the rate of ``fx_date``), its interval ``amount_low_usd_m`` to ``amount_high_usd_m``,
            the number of ``claims`` and ``origins``, and the ``source_id`` of the choice. Null is unknown.

        Raises
        ------
        ValueError
            When there is no such table; the message names the nearest.
        """
        one_of("table", name, self.tables)
        keys = self._keys[name]
        return self.lookup(f"SELECT * FROM {name} ORDER BY {', '.join(keys)}")

    def __getattr__(self, name: str) -> pl.DataFrame:
        """Tables as attributes: ``ds.rounds`` is ``ds.table("rounds")``."""
        if name.startswith("_") or name not in self.tables:
            message = f"a dataset has no attribute or table {name!r}"
            if not name.startswith("_"):
                message += f"; its tables are {', '.join(self.tables)}"
            raise AttributeError(message)
        return self.table(name)

    def __dir__(self) -> list[str]:
        """Offer the tables to completion."""
        return [*super().__dir__(), *self.tables]

    def sql(self, query: str, params: Sequence[object] | Mapping[str, object] | None = None) -> pl.DataFrame:
        """Ask the data in SQL, through the lens.

        Parameters
        ----------
        query : str
            One DuckDB query. A bare table name is the table through the lens (``rounds``); ``data.rounds`` is the
            curated table itself. The macros of the lens take it as arguments: ``rounds_seen(as_of, known_by, policy)``.
        params : sequence or mapping, optional
            Values for ``?`` or ``$name`` in the query.

        Returns
        -------
        polars.DataFrame
            DECIMAL and wide integers arrive as Float64 and Int64, so that every column can be charted and written.

        Raises
        ------
        duckdb.Error
            When the query is wrong, or would write, or would read a file or the network.
        """
        self._keep(query)
        relation = self._con.sql(query, params=params) if params is not None else self._con.sql(query)
        if relation is None:  # a statement without a result, such as SET
            return pl.DataFrame()
        return _plain(pl.DataFrame(relation))

    def _keep(self, query: str) -> None:
        """Keep the costly views that a query reads as temporary tables of this connection, under their own names.

        Choosing among claims takes DuckDB some twenty milliseconds a view; most views are read by several queries.
        """
        wanted = sorted(set(_COSTLY.findall(query)) - self._kept)  # a column of that name only costs the time
        if not wanted:
            return
        self._con.execute(self._choosing_once())
        for name in wanted:
            self._con.execute(f"CREATE TEMP TABLE {name} AS {self._view(name)}")
        # They answer for this lens alone, and a query may ask `rounds_seen` for another.
        self._con.execute("DROP MACRO TABLE IF EXISTS temp.resolved; DROP MACRO TABLE IF EXISTS temp.backed")
        self._kept.update(wanted)

    def _choosing_once(self) -> str:
        """SQL that chooses among the claims known by a date once for all views, which find these macros before their own."""
        if self.lens.known_by is None:  # the database keeps these choices
            return ""
        day, policy = f"DATE '{self.lens.known_by}'", f"'{self.lens.policy}'"
        return (
            f"CREATE TEMP TABLE IF NOT EXISTS choice AS FROM choose({day}, {policy});"
            f"CREATE TEMP TABLE IF NOT EXISTS backing AS FROM counted({day});"
            "CREATE TEMP MACRO resolved(known_by, policy) AS TABLE FROM temp.choice;"
            "CREATE TEMP MACRO backed(known_by) AS TABLE FROM temp.backing"
        )

    def _view(self, name: str) -> str:
        """A view in SQL: what the database keeps of it where no date is asked for, else the view itself."""
        if self.lens.as_of or self.lens.known_by or name not in _NOW:
            return f"FROM {CATALOG}.main.{name}"
        kept = f"FROM {CATALOG}.main.{name}_now"
        if not _NOW[name]:
            return f"SELECT * EXCLUDE (policy) {kept} WHERE policy = '{self.lens.policy}'"
        return (
            f"SELECT n.* EXCLUDE (policy) REPLACE (g.group_id AS group_id) {kept} n"
            f" JOIN groups('{self.lens.group}') g USING (investor_id) WHERE policy = '{self.lens.policy}'"
        )

    def lookup(self, query: str, params: Sequence[object] | None = None) -> pl.DataFrame:
        """As :meth:`sql`, asked once: neither data nor lens of a dataset ever change, so its answer is remembered.

        Of a query that reads stored tables alone (``data.sources``), it is remembered for every lens.
        """
        read = _READ.findall(query)
        stored = bool(read) and "getvariable" not in query and all(map(_STORED.fullmatch, read))
        key = (query, tuple(params or ()))
        return self.remember(key, lambda: self.sql(query, params), every_lens=stored).clone()

    def remember(self, key: Hashable, make: Callable[[], T], *, every_lens: bool = False) -> T:
        """Give what ``make`` gave when it was first asked for under this key; for what is costly and asked for often.

        With ``every_lens`` it is remembered for all lenses on this data: the key names those parts of the lens that count.
        """
        known = self._shared if every_lens else self._remembered
        if key not in known:
            known[key] = make()
        return known[key]  # type: ignore[no-any-return]

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Give a read-only DuckDB connection with this lens set, for work in DuckDB itself; the caller closes it."""
        other = Dataset(self._con, self.lens)
        return other._con

    def describe(self, table: str | None = None) -> pl.DataFrame:
        """The data dictionary.

        Parameters
        ----------
        table : str, optional
            Describe the columns of this table; without it, all tables.

        Returns
        -------
        polars.DataFrame
            ``table``, ``rows``, ``description``; or ``column``, ``type``, ``filled`` (rows that hold a value),
            ``description`` of one table. As curated, whatever the lens.
        """
        if table is None:
            frame = self.sql(
                'SELECT table_name AS "table", comment AS description FROM duckdb_tables()'
                " WHERE schema_name = 'data' AND database_name = current_database() ORDER BY 1"
            )
            counts = [self.sql(f"SELECT count(*) AS n FROM data.{name}").item() for name in frame["table"]]
            return frame.with_columns(rows=pl.Series(counts, dtype=pl.Int64)).select("table", "rows", "description")
        one_of("table", table, self.tables)
        frame = self.sql(
            'SELECT column_name AS "column", data_type AS type, comment AS description FROM duckdb_columns()'
            " WHERE schema_name = 'data' AND table_name = ? AND database_name = current_database() ORDER BY column_index",
            [table],
        )
        filled = self.sql(f"SELECT count(COLUMNS(*)) FROM data.{table}").row(0)
        return frame.with_columns(filled=pl.Series(filled, dtype=pl.Int64)).select(
            "column", "type", "filled", "description"
        )


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


def load(
    path: str | os.PathLike[str] | None = None,
    *,
    as_of: dt.date | str | None = None,
    known_by: dt.date | str | None = None,
    policy: Policy = "curated",
    group: Group = "parent",
) -> Dataset:
    """Load the dataset.

    Parameters
    ----------
    path : path, optional
        A folder of CSV files with a ``schema.sql``, or a ``.duckdb`` file built from one; the curated data that comes
        with the package where none is given.
    as_of, known_by, policy, group
        The lens; see :class:`Lens`.

    Returns
    -------
    Dataset
        Opened read-only. A folder whose database file is missing or older than its CSV files is built first; where the
        folder cannot be written to it is built in memory.

    Raises
    ------
    DataError
        When the folder's data has problems; it lists all of them.
    FileNotFoundError
        When there is nothing at ``path``.
    ValueError
        When the lens is not a lens, or the file is not one of ours.
    """
    lens = Lens(as_of, known_by, policy, group)  # type: ignore[arg-type]  # texts become dates inside
    return Dataset(open_data(Path(path) if path is not None else data_dir()), lens)
