"""``load``, and the ``Dataset`` that sees every table through its lens.

This is the one boundary where DuckDB types become Polars types.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import polars as pl

from aitracker.asked import one_of
from aitracker.connection import Connection, own_connection
from aitracker.kept import Kept, Memory
from aitracker.lens import Lens
from aitracker.opening import open_data
from aitracker.paths import data_dir
from aitracker.session import Session, refuse_lens

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Hashable, Sequence

    import duckdb

    from aitracker.vocabulary import Group, Policy

__all__ = ["Dataset", "load"]

T = TypeVar("T")
_UNSET: Any = object()
_LATEST = """SELECT max(day) FROM (
    SELECT max(announced) AS day FROM data.rounds UNION ALL SELECT max(as_of) FROM data.valuations
    UNION ALL SELECT max(as_of) FROM data.stakes UNION ALL SELECT max(as_of) FROM data.totals
    UNION ALL SELECT max(date) FROM data.events WHERE NOT is_forecast
    UNION ALL SELECT max(period_end) FROM data.series WHERE NOT is_forecast)"""


class Dataset:
    """The data, and the lens it is seen through.

    Everything computed from a dataset sees the world through its lens. Made by :func:`load`; :meth:`at` gives another
    one at once, on the same data. Each dataset has a connection (a cursor) of its own, so that two of them may be used
    from two threads; one of them may not be used by two threads at the same time.
    """

    lens: Lens
    _memory: Memory
    _place: Path | None
    _remembered: Kept
    _session: Session

    def __init__(
        self, con: duckdb.DuckDBPyConnection, lens: Lens, memory: Memory | None = None, place: Path | None = None
    ) -> None:
        memory = Memory() if memory is None else memory
        # Neither data nor lens ever change: datasets of one lens remember together, and assignment is refused.
        known = {"lens": lens, "_memory": memory, "_place": place, "_remembered": memory.of(lens)}
        vars(self).update(known, _session=Session(con, lens, memory))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse: what a dataset shows would no longer be what it says."""
        given = f"{name}={value!r}" if name in {f.name for f in dataclasses.fields(Lens)} else "policy='lowest'"
        message = f"a dataset does not change, so {name} cannot be set: ds.at({given}) gives the same data through another lens"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse, as assignment."""
        message = f"a dataset does not change, so {name} cannot be deleted: ds.at(...) gives the same data through another lens"
        raise AttributeError(message)

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
        return Dataset(self._session.con, lens, self._memory, self._place)

    def __repr__(self) -> str:
        """Version and lens in one line."""
        return f"<aitracker dataset {self.version}, {self.lens.words or 'default lens'}>"

    @property
    def _meta(self) -> dict[str, str]:
        query = "SELECT key, value FROM main.meta"
        return self.remember("meta", lambda: dict(self._session.con.execute(query).fetchall()), every_lens=True)

    @property
    def version(self) -> str:
        """Data version, with the first eight digits of the content hash after ``+``."""
        return f"{self._meta['data_version']}+{self._meta['content_hash'][:8]}"

    @property
    def content_hash(self) -> str:
        """SHA-256 over the data and the SQL that made it: equal for equal content on every machine."""
        return self._meta["content_hash"]

    @property
    def reach(self) -> str:
        """How far the facts go, in words: "facts to October 2026, 1,386 sources".

        The last day that a round, a valuation, a stake, an event, a total or a value of a series is dated to (what was
        only expected is left out), or ``as_of`` where that is earlier; with ``known_by`` that day instead, and the sources
        that had appeared by it.
        """
        as_of, known_by = self.lens.as_of, self.lens.known_by
        latest = self.lookup(_LATEST, shared=True).item()
        until = f" to {latest:%B %Y}" if latest else ""
        if as_of and (not latest or as_of < latest):
            until = f" to {as_of:%-d %B %Y}"
        if known_by:
            until = f"{until if as_of else ''} known by {known_by:%-d %B %Y}"
        sources = self.lookup("SELECT count(*) FROM sources").item()
        return f"facts{until}, {sources:,} {'source' if sources == 1 else 'sources'}"

    @property
    def code(self) -> str:
        """The Python that loads this data through this lens: ``ait.load('mine', as_of='2024-05-31')``."""
        given = [repr(str(self._place))] if self._place is not None else []
        return f"ait.load({', '.join([*given, *filter(None, [self.lens.code])])})"

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
        return self.remember("keys", lambda: dict(self._session.con.execute(query).fetchall()), every_lens=True)

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
            One DuckDB SELECT (also FROM, VALUES, WITH, PIVOT, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN of one). A bare table name
            is the table through the lens (``rounds``); ``data.rounds`` is the curated table itself. The macros of the lens
            take it as arguments: ``rounds_seen(as_of, known_by, policy)``.
        params : sequence or mapping, optional
            Values for ``?`` or ``$name`` in the query.

        Returns
        -------
        polars.DataFrame
            DECIMAL and wide integers arrive as Float64 and Int64, so that every column can be charted and written.

        Raises
        ------
        ValueError
            When it is not one read (a statement that writes or sets something, two statements, none), or names what the
            library keeps for itself. :meth:`connect` gives a connection to write in.
        duckdb.Error
            When the query is wrong, or would read a file or the network.
        """
        read = self._session.reading(query, params)
        self._session.refuse_stored(read, self.tables)
        return self._session.answer(query, params, read)

    def lookup(
        self, query: str, params: Sequence[object] | Mapping[str, object] | None = None, *, shared: bool = False
    ) -> pl.DataFrame:
        """As :meth:`sql`, asked once: neither data nor lens of a dataset ever change, so its answer is remembered.

        With ``shared`` it is remembered for every lens: for queries that read stored tables alone (``data.sources``), by
        their full names. ValueError where such a query reads anything else.
        """
        read = self._session.reading(query, params)
        if shared:
            refuse_lens(read, self.tables)
        values = tuple(params.items()) if isinstance(params, Mapping) else tuple(params or ())
        key = ("lookup", query, repr(values))
        return self.remember(key, lambda: self._session.answer(query, params, read), every_lens=shared).clone()

    def remember(self, key: Hashable, make: Callable[[], T], *, every_lens: bool = False) -> T:
        """Give what ``make`` gave when it was first asked for under this key; for what is costly and asked for often.

        With ``every_lens`` it is remembered for all lenses on this data: the key names those parts of the lens that count.
        What has not been asked for the longest is forgotten (:mod:`aitracker.kept`).
        """
        return (self._memory.shared if every_lens else self._remembered).get(key, make)

    def scratch(self) -> duckdb.DuckDBPyConnection:
        """Give a cursor of the library's own with this lens set, for temporary tables that no query meets; to be closed."""
        return Session(self._session.con, self.lens, self._memory).con

    def connect(self) -> Connection:
        """Give a DuckDB connection of one's own, to write in: the tables as this lens shows them, copied into memory.

        Returns
        -------
        Connection
            A bare name (``rounds``) is the table through the lens, ``data.rounds`` the curated one. Tables, views, settings
            and variables of one's own are free to make; frames join by ``register(name, frame)`` (Polars and pandas, without
            pyarrow) and files by ``read_csv`` and the like. Nothing of it reaches the dataset. The lens stays as it is; its
            macros (``rounds_seen``) are those of :meth:`sql`. The caller closes it.

        Examples
        --------
        >>> with ds.connect() as con:  # doctest: +SKIP
        ...     con.register("mine", my_frame)
        ...     con.sql("SELECT * FROM rounds JOIN mine USING (round_id)").show()
        """
        return own_connection((name, self.table(name), self.sql(f"FROM data.{name}")) for name in self.tables)

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
    if path is not None and not (isinstance(path, (str, os.PathLike)) and str(path)):
        message = f"path must name a folder of CSV files or a .duckdb file, or be None for our own data, not {path!r}"
        raise ValueError(message)
    place = Path(path) if path is not None else None
    return Dataset(open_data(place or data_dir()), lens, place=place)
