"""The parts of data/README.md that come from the data: rows of each table, figures on gaps, and the data dictionary.

``python -m aitracker.dictionary`` renews them. Text outside the markers is written by hand and left alone.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from typing import TYPE_CHECKING

from aitracker.dataset import load
from aitracker.paths import data_dir
from aitracker.vocabulary import GROUPS, POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitracker.dataset import Dataset

__all__ = ["RENEW", "Figure", "datasheet", "figures", "main"]

RENEW = "python -m aitracker.dictionary"
"""The command that renews the datasheet."""

TYPES = {
    "VARCHAR": "text",
    "DOUBLE": "number",
    "DATE": "date",
    "BOOLEAN": "true/false",
    "INTEGER": "whole number",
    "BIGINT": "whole number",
}
"""Types of the schema, in the words of the datasheet."""


@dataclasses.dataclass(frozen=True)
class Figure:
    """One number on the data: how many of how many."""

    label: str
    count: int
    whole: int | None = None


FIGURES: tuple[tuple[str, str, str], ...] = (
    # Label, what is counted, and where: the share is of all rows there.
    ("Start-ups of the generative-AI wave", "wave = 'genai'", "data.startups"),
    ("Start-ups of the vision wave", "wave = 'vision'", "data.startups"),
    ("Chip makers and older companies", "wave = 'other'", "data.startups"),
    ("Foreign comparators among the start-ups", "wave = 'foreign'", "data.startups"),
    (
        "Start-ups with fewer than three rounds",
        "(SELECT count(*) FROM data.rounds r WHERE r.startup_id = s.startup_id) < 3",
        "data.startups s",
    ),
    (
        "Start-ups without any valuation",
        "startup_id NOT IN (SELECT startup_id FROM data.valuations)",
        "data.startups",
    ),
    ("Rounds that closed", "status = 'closed'", "data.rounds"),
    ("Rounds without an adopted amount", "amount_m IS NULL", "data.rounds"),
    (
        "Closed rounds of new money that count in totals, without an adopted amount",
        "amount_m IS NULL",
        "data.rounds WHERE status = 'closed' AND counts_in_totals AND kind IN ('equity', 'ipo', 'placing')",
    ),
    ("Rounds without a date", "announced IS NULL", "data.rounds"),
    ("Rounds dated to the day", "date_precision = 'day'", "data.rounds"),
    ("Rounds with a size (adopted or claimed) that rests on one origin", "origins = 1", "rounds WHERE origins > 0"),
    (
        "Rounds whose adopted row cites a filing or the company",
        "(SELECT kind FROM data.sources s WHERE s.source_id = r.source_id) IN ('filing', 'company')",
        "data.rounds r",
    ),
    (
        "Rounds whose adopted row cites an aggregator or a blog",
        "(SELECT kind FROM data.sources s WHERE s.source_id = r.source_id) IN ('aggregator', 'blog')",
        "data.rounds r",
    ),
    (
        "Rounds without a named investor",
        "round_id NOT IN (SELECT round_id FROM data.participations)",
        "data.rounds",
    ),
    ("Participations without an amount", "amount_m IS NULL", "data.participations"),
    ("Participations whose instrument is unknown", "instrument = 'unknown'", "data.participations"),
    ("Valuations whose basis is unstated", "basis = 'unstated'", "data.valuations"),
    ("Valuations that rest on one origin", "origins = 1", "valuations"),
    ("Stakes that rest on one origin", "origins = 1", "stakes"),
    ("Stakes not measured on all equity", "measure <> 'equity'", "data.stakes"),
    ("Stakes that do not say whose holding they are", "scope = 'unstated'", "data.stakes"),
    ("Investors without a country", "country IS NULL", "data.investors"),
    ("Sources without a date", "published IS NULL", "data.sources"),
    (
        "Sources dated to a month, a quarter or a year only",
        "published_precision <> 'day'",
        "data.sources",
    ),
    ("Sources whose date was inferred, not stated", "published_basis = 'inferred'", "data.sources"),
    ("Sources that repeat another one", "origin_id IS NOT NULL", "data.sources"),
    ("Sources without a title of their own", "title IS NULL OR starts_with(title, '[')", "data.sources"),
    ("Claims that are deprecated (known to be wrong)", "rank = 'deprecated'", "data.claims"),
    ("Events that were expected when the source wrote", "is_forecast", "data.events"),
)


def figures(ds: Dataset) -> list[Figure]:
    """Count what the datasheet tells of the data's gaps.

    Parameters
    ----------
    ds : Dataset
        The data; the default lens is used, whatever its own.

    Returns
    -------
    list of Figure
        In the order of the datasheet.
    """
    from aitracker.provenance.claims import disagreements

    ds = _plain(ds)
    found = []
    for label, condition, rows in FIGURES:
        count, whole = ds.sql(f"SELECT count(*) FILTER ({condition}), count(*) FROM {rows}").row(0)
        found.append(Figure(label, count, whole))
    found.append(Figure("Numeric facts on which two origins differ", disagreements(ds).height))
    return found


def datasheet(text: str, ds: Dataset) -> str:
    """Renew the marked parts of the datasheet.

    Parameters
    ----------
    text : str
        The datasheet, with a pair of lines ``<!-- NAME: begin -->`` and ``<!-- NAME: end -->`` for each of ``tables``,
        ``counts`` and ``dictionary``.
    ds : Dataset
        The data.

    Returns
    -------
    str
        The text with what stands between the markers made anew.

    Raises
    ------
    ValueError
        When a pair of markers is missing or doubled.
    """
    ds = _plain(ds)
    for name, part in (("tables", _tables), ("counts", _counts), ("dictionary", _dictionary)):
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
            message = f"the datasheet needs one pair of lines {begin.strip()!r} and {end.strip()!r}"
            raise ValueError(message)
        text = text[: text.index(begin)] + f"{begin}\n{part(ds)}\n\n" + text[text.index(end) :]
    return text


def main() -> int:
    """Renew data/README.md in place.

    Returns
    -------
    int
        Exit code: 0.
    """
    path = data_dir() / "README.md"
    old = path.read_text(encoding="utf-8")
    new = datasheet(old, load())
    if new != old:
        path.write_text(new, encoding="utf-8", newline="\n")
    sys.stdout.write(f"{path} {'was current' if new == old else 'is renewed'}\n")
    return 0


def _plain(ds: Dataset) -> Dataset:
    """The data through the default lens."""
    return ds.at(as_of=None, known_by=None, policy=POLICIES[0], group=GROUPS[1])


def _grid(header: Iterable[str], rows: Iterable[Iterable[object]], numbers: Iterable[int] = ()) -> str:
    """A Markdown table; ``numbers`` are the columns that line up on the right."""
    header = list(header)
    right = set(numbers)
    rule = ["---:" if place in right else "---" for place in range(len(header))]
    lines = [header, rule, *([str(cell).replace("|", r"\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _whole(number: int) -> str:
    return f"{number:,}"


def _tables(ds: Dataset) -> str:
    rows = ((f"[{name}](#{name})", _whole(count), comment) for name, count, comment in _catalogue(ds))
    return f"Version {ds.version.partition('+')[0]}: {ds.reach}.\n\n" + _grid(
        ("table", "rows", "what it holds"), rows, numbers=(1,)
    )


def _counts(ds: Dataset) -> str:
    first, last = ds.sql("SELECT min(announced), max(announced) FROM data.rounds").row(0)
    start, end = ds.sql("SELECT min(date), max(date) FROM data.fx").row(0)
    newest = ds.sql(
        "SELECT max(published) FROM data.sources WHERE source_id NOT IN (SELECT source_id FROM data.fx)"
    ).item()
    rows = [
        (
            figure.label,
            _whole(figure.count),
            "" if figure.whole is None else _whole(figure.whole),
            "" if not figure.whole else f"{100 * figure.count / figure.whole:.0f} %",
        )
        for figure in figures(ds)
    ]
    span = (
        f"Rounds run from {first} to {last}; daily exchange rates from {start} to {end}."
        f" The newest page that states a fact is of {newest}."
    )
    return f"{span}\n\n{_grid(('figure', 'count', 'of', 'share'), rows, numbers=(1, 2, 3))}"


def _catalogue(ds: Dataset) -> list[tuple[str, int, str]]:
    """Each curated table with its rows and its meaning, alphabetically."""
    meanings = ds.describe().select("table", "description").iter_rows()
    return [(name, ds.sql(f"SELECT count(*) FROM data.{name}").item(), comment or "") for name, comment in meanings]


def _dictionary(ds: Dataset) -> str:
    return "\n\n".join(_chapter(ds, *entry) for entry in _catalogue(ds))


def _chapter(ds: Dataset, table: str, count: int, comment: str) -> str:
    """One table of the dictionary."""
    constraints = ds.sql(
        "SELECT constraint_type, constraint_column_names, expression, referenced_table, referenced_column_names"
        " FROM duckdb_constraints() WHERE schema_name = 'data' AND table_name = ?"
        " AND database_name = current_database() ORDER BY constraint_index",
        [table],
    ).rows()
    key: list[str] = next((names for kind, names, *_ in constraints if kind == "PRIMARY KEY"), [])
    required = {name for kind, names, *_ in constraints if kind == "NOT NULL" for name in names} | set(key)
    notes: dict[str, list[str]] = {name: ["key" if len(key) == 1 else "part of the key"] for name in key}
    rules = []
    for kind, names, expression, other, keys in constraints:
        if kind == "FOREIGN KEY":
            for name, target in zip(names, keys, strict=True):
                notes.setdefault(name, []).append(f"refers to `{other}.{target}`")
        elif kind == "CHECK" and len(set(names)) == 1:
            notes.setdefault(names[0], []).append(_allowed(expression))
        elif kind == "CHECK":
            rules.append(f"`{_bare(expression)}`")
    rows = [
        (
            f"`{column}`",
            TYPES.get(kind, kind) + ("" if column in required else ", may be empty"),
            _whole(filled),
            "; ".join(notes.get(column, [])),
            meaning or "",
        )
        for column, kind, filled, meaning in ds.describe(table).iter_rows()
    ]
    grid = _grid(("column", "type", "filled", "key, reference, allowed values", "meaning"), rows, numbers=(2,))
    below = f"\n\nRules on a row: {'; '.join(rules)}." if rules else ""
    return f"### {table}\n\n{comment} {_whole(count)} rows.\n\n{grid}{below}"


def _bare(expression: str) -> str:
    """A condition without the brackets around the whole and around names and simple comparisons."""
    text = re.sub(r'"(\w+)"', r"\1", expression.strip())
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    return text.replace(" != ", " <> ")


def _allowed(expression: str) -> str:
    """A condition on one column: its list of values, or the condition itself."""
    listed = re.fullmatch(r"\w+ IN \((.*)\)", _bare(expression))
    if listed is None:
        return f"`{_bare(expression)}`"
    return ", ".join(f"`{value}`" for value in re.findall(r"'((?:[^']|'')*)'", listed[1]))


if __name__ == "__main__":
    raise SystemExit(main())
