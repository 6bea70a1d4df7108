"""The facts that a row carries, or that an exact key names: read, never guessed from the names of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from aitracker.facts import Fact
from aitracker.provenance.claims import known_fact
from aitracker.provenance.labels import FIGURE
from aitracker.provenance.printed import is_printed

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["facts_of", "fields_of"]

KEYS: Final[Mapping[frozenset[str], str]] = {
    frozenset(("valuation_id",)): "valuation",
    frozenset(("stake_id",)): "stake",
    frozenset(("round_id",)): "round",
    frozenset(("round_id", "investor_id")): "participation",
    frozenset(("event_id",)): "event",
    frozenset(("series_id",)): "series",
    frozenset(("total_id",)): "total",
}
"""Keys that name a subject where they stand alone."""

TABLES: Final[Mapping[str, str]] = {
    "startups": "startup", "investors": "investor", "rounds": "round", "participations": "participation",
    "valuations": "valuation", "stakes": "stake", "events": "event", "series": "series", "totals": "total",
}  # fmt: skip
"""Tables whose rows are subjects of facts, each with their kind."""

REFUSED: Final = (
    "this row carries no facts: keep the column 'facts' that every metric's frame has, give a whole row of one of the"
    " dataset's tables, or name the fact by kind and id, as in explain(ds, 'round', 'moonshot-2024-02', 'amount'); the row has"
)


def fields_of(ds: Dataset, kind: str, id: str) -> list[Fact]:
    """The figure of a subject, where it has one that is claimed under the lens; else every fact of it that is."""
    known_fact(ds, kind, id)
    if kind == "total":
        return [Fact(kind, id, FIGURE[kind])]
    told = ds.remember("fields claimed", lambda: _told(ds)).get((kind, id), [])
    return [Fact(kind, id, name) for name in ([FIGURE[kind]] if FIGURE.get(kind) in told else told)]


def _told(ds: Dataset) -> dict[tuple[str, str], list[str]]:
    rows = ds.sql("SELECT subject_kind, subject_id, list_sort(list(DISTINCT field)) FROM claims GROUP BY ALL").rows()
    return {(kind, key): fields for kind, key, fields in rows}


def facts_of(ds: Dataset, row: Mapping[str, Any]) -> list[Fact]:
    """Give the facts of a row: those that it carries, else those of the subject that it names exactly.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    row : mapping
        A row of a metric's frame with its column ``facts``; or nothing but ``subject_kind`` and ``subject_id`` (and
        ``field``), or a key (``round_id``, ``round_id`` with ``investor_id``, ``valuation_id``, ``stake_id``,
        ``event_id``, ``series_id``, ``total_id``); or a whole row of a table of the dataset.

    Returns
    -------
    list of Fact
        In the order of the row; empty where the row rests on nothing, or the lens shows nothing of the subject.

    Raises
    ------
    ValueError
        When the row carries no facts and names no subject, or names one that does not exist.
    """
    if "facts" in row:
        return _carried(ds, row["facts"])
    given = frozenset(map(str, row))
    if {"subject_kind", "subject_id"} <= given <= {"subject_kind", "subject_id", "field"}:
        known_fact(ds, row["subject_kind"], row["subject_id"], row.get("field"))
        kind, key, field = str(row["subject_kind"]), str(row["subject_id"]), row.get("field")
        return fields_of(ds, kind, key) if field is None else [Fact(kind, key, str(field))]
    if given in KEYS:
        parts = ("round_id", "investor_id") if len(given) == 2 else tuple(given)
        return fields_of(ds, KEYS[given], "/".join(str(row[part]) for part in parts))
    return _of_table(ds, row, given)


def _carried(ds: Dataset, facts: object) -> list[Fact]:
    """Read the list that a frame carries, as Polars, pandas or JSON give it."""
    if isinstance(facts, pl.Series) or (isinstance(facts, Iterable) and not isinstance(facts, (str, bytes, Mapping))):
        found = [Fact.read(str(text)) for text in facts]
        for fact in found:
            if not is_printed(fact):
                known_fact(ds, fact.kind, fact.id, fact.field)
        return found
    message = (
        f"the column 'facts' of a row must be a list of texts such as 'round|moonshot-2024-02|amount', not {facts!r}"
    )
    raise ValueError(message)


def _of_table(ds: Dataset, row: Mapping[str, Any], given: frozenset[str]) -> list[Fact]:
    """A whole row of a table through the lens: its own key names the subject."""

    def columns() -> dict[frozenset[str], str]:
        return {frozenset(ds.table(name).columns): name for name in (*TABLES, "claims")}

    table = ds.remember("columns of tables", columns).get(given)
    if table is None:
        shown = sorted(given)
        rest = f" and {len(shown) - 12} more" if len(shown) > 12 else ""
        message = f"{REFUSED} {', '.join(shown[:12]) or 'nothing'}{rest}"
        raise ValueError(message)
    if table == "claims":
        return [Fact(*(str(row[part]) for part in ("subject_kind", "subject_id", "field")))]
    kind = TABLES[table]
    parts = ("round_id", "investor_id") if kind == "participation" else (f"{kind}_id",)
    return fields_of(ds, kind, "/".join(str(row[part]) for part in parts))
