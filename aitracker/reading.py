"""What a query is and what it reads, as DuckDB's own parser says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["Reading", "Table", "reading"]

WAY_OUT = (
    "nothing in a dataset can be changed; ds.connect() gives a connection of your own with the same tables, to write in"
)
_EXPLAIN = re.compile(r"explain(\s+analyze)?(\s*\(\s*(analyze|format)\b[^()]*\))?\s", re.IGNORECASE)
_READING = frozenset({"select", "from", "with", "values", "pivot", "unpivot", "("})
_BUILT = frozenset({"query", "query_table", "json_execute_serialized_sql"})
"""Functions that read tables whose names nobody sees in the query."""


class Table(NamedTuple):
    """A table as a query names it; empty where it names no catalog or schema."""

    catalog: str
    schema: str
    name: str


@dataclass(frozen=True)
class Reading:
    """What one read reads.

    Attributes
    ----------
    tables
        Tables and views that it names, names of its own common table expressions left out.
    functions
        Functions and table macros that it calls.
    """

    tables: frozenset[Table]
    functions: frozenset[str]


def reading(con: duckdb.DuckDBPyConnection, query: str) -> Reading:
    """Say what a query reads; refuse with a sentence what is not one read.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Any connection: nothing is looked up, only parsed.
    query : str
        The text.

    Raises
    ------
    ValueError
        When it is not exactly one SELECT (or FROM, VALUES, WITH, PIVOT, DESCRIBE, SHOW, SUMMARIZE, or EXPLAIN of one).
    duckdb.ParserException
        When it is no SQL.
    """
    try:
        statements = con.extract_statements(query)
        kinds = [statement.type.name for statement in statements]
    except ValueError:  # a statement of a kind for which DuckDB's Python has no word
        raise ValueError(_refusal("another statement")) from None
    if not statements:
        message = "the query is empty: give one SELECT, such as 'SELECT * FROM rounds'"
        raise ValueError(message)
    if len(statements) > 1:
        message = f"these are {len(statements)} statements: give them one at a time, each a SELECT"
        raise ValueError(message)
    kind = kinds[0]
    text = statements[0].query
    if kind == "EXPLAIN":
        inner = _EXPLAIN.match(_bare(text))
        rest = _bare(text)[inner.end() :] if inner else ""
        statements = con.extract_statements(rest) if rest else []
        kind = statements[0].type.name if len(statements) == 1 else kind
        if kind not in {"SELECT", "MULTI"}:
            raise ValueError(_refusal("EXPLAIN of something else than a SELECT"))
        text = rest
    if kind == "SELECT":
        return _parsed(con, text)
    words = _words(text)
    if kind == "MULTI" and words and words[0].lower() in _READING:  # a PIVOT that looks up its columns first
        names = frozenset(word.lower() for word in words)
        _refuse_built(names)
        return Reading(frozenset(Table("", "", name) for name in names), names)
    raise ValueError(_refusal(kind.replace("_", " ") if kind != "MULTI" else words[0].upper()))


def _refusal(what: str) -> str:
    return f"one call is one read, a SELECT; this is {what}: {WAY_OUT}"


def _refuse_built(functions: Collection[str]) -> None:
    """Refuse functions that read what the query does not name."""
    if built := sorted(_BUILT.intersection(functions)):
        message = f"{', '.join(built)} hides what is read: name the tables in the query itself"
        raise ValueError(message)


def _tokens(text: str) -> Iterator[tuple[str, Any]]:
    """Words and signs of a text without its comments, each with its kind."""
    found = [*duckdb.tokenize(text)]
    data = text.encode()
    ends = [start for start, _ in found[1:]] + [len(data)]
    for (start, kind), end in zip(found, ends, strict=True):
        if kind != duckdb.token_type.comment:
            yield data[start:end].decode(errors="replace").strip(), kind


def _bare(text: str) -> str:
    """A text without its comments."""
    return " ".join(word for word, _ in _tokens(text)) + " "


def _words(text: str) -> list[str]:
    """First word of a text, and all its names."""
    found = [*_tokens(text)]
    names = [word.strip('"') for word, kind in found if kind == duckdb.token_type.identifier]
    return [found[0][0], *names] if found else []


def _parsed(con: duckdb.DuckDBPyConnection, text: str) -> Reading:
    """Read DuckDB's own account of a SELECT."""
    row = con.execute("SELECT json_serialize_sql(?)", [text]).fetchone()
    told = json.loads(row[0]) if row else {"error": True}
    if told["error"]:
        raise ValueError(_refusal("a statement that DuckDB cannot take apart"))
    tables: set[Table] = set()
    functions: set[str] = set()
    for kind, found in _walk(told["statements"], frozenset()):
        if kind == "table":
            tables.add(Table(found["catalog_name"], found["schema_name"], found["table_name"]))
        elif kind == "function":
            functions.add(found["function_name"].lower())
        else:
            raise ValueError(_refusal(f"a WITH that holds {found['type'].split('_')[0]}"))
    _refuse_built(functions)
    return Reading(frozenset(tables), frozenset(functions))


def _walk(node: Any, known: frozenset[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tables, functions and writing parts below a node; ``known`` are the common table expressions in sight."""
    if isinstance(node, list):
        for entry in node:
            yield from _walk(entry, known)
    if not isinstance(node, dict):
        return
    kind = node.get("type")
    if kind == "BASE_TABLE":
        if node["schema_name"] or node["catalog_name"] or node["table_name"].lower() not in known:
            yield "table", node
    elif node.get("class") == "FUNCTION":
        yield "function", node
    elif isinstance(kind, str) and kind.startswith(("INSERT", "UPDATE", "DELETE", "MERGE")) and kind.endswith("NODE"):
        yield "write", node
    if "cte_map" in node:
        for entry in node["cte_map"]["map"]:
            own = {entry["key"].lower()}
            recursive = entry["value"].get("query_node", {}).get("type") == "RECURSIVE_CTE_NODE"
            yield from _walk(entry["value"], known | own if recursive else known)
            known |= own
    for name, entry in node.items():
        if name != "cte_map":
            yield from _walk(entry, known)
