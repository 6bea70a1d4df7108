"""Entering a round: one TOML file becomes rows of the tables, in their places, with the decision that made them."""

from __future__ import annotations

import csv
import difflib
import re
import shutil
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aitracker.build import check
from aitracker.lens import one_of
from aitracker.problems import DataError

__all__ = ["Added", "add_round"]

Row = dict[str, str]

KEYS: Final = {
    "sources": ("source_id",),
    "startups": ("startup_id",),
    "investors": ("investor_id",),
    "rounds": ("round_id",),
    "participations": ("round_id", "investor_id", "instrument"),
    "valuations": ("valuation_id",),
    "claims": ("claim_id",),
    "decisions": ("subject_kind", "subject_id", "field", "decision"),
}
"""Tables that a round may touch, each with its key."""

PARTS: Final = {
    "source": {"id", "publisher", "title", "published", "basis", "language", "kind", "url", "copies", "note"},
    "startup": {"id", "name", "name_zh", "founded", "hq_city", "country", "segment", "wave", "scope", "note"},
    "round": {"id", "startup", "kind", "series", "announced", "amount_m", "currency", "qualifier", "status", "note"},
    "investor": {"name", "role", "instrument", "amount_m", "currency", "qualifier", "note", "id", "name_zh", "type", "country"},
    "valuation": {"value_m", "currency", "qualifier", "basis", "note"},
}  # fmt: skip
"""What each part of the file may say."""

NEAR_DAYS: Final = 45
"""Two rounds of one start-up nearer than this may be one."""


@dataclass
class Added:
    """What a file was turned into.

    Attributes
    ----------
    rows
        New rows by table.
    notes
        What a person should look at: a new firm, a page that may repeat another one.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Rows by table, then the notes."""
        lines = [f"{table}: {len(rows)}" for table, rows in self.rows.items()]
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])


def add_round(file: Path | str, folder: Path | str, *, write: bool = True, anyway: bool = False) -> Added:
    """Enter a round as a TOML file tells it: source, start-up, round, investors, valuation and the reason.

    Parameters
    ----------
    file : path
        A TOML file with ``[[source]]`` (the first one is the round's), ``[round]``, any number of ``[[investor]]``, at most
        one ``[valuation]``, and ``decision``: why it is entered so. Start-up and investors are named by key, English or
        Chinese name, or alias; a new start-up needs a part ``[startup]``, a new investor its ``type`` and ``country``.
        Money is in millions of the native currency; what no source states is left out.
    folder : path
        A folder of CSV files with a ``schema.sql``.
    write : bool
        False: say what would be written, and write nothing.
    anyway : bool
        Enter it although a round of the same start-up stands near it.

    Returns
    -------
    Added
        The rows by table, and what a person should look at.

    Raises
    ------
    ValueError
        When the file says something that is not asked for, or names what is not known or known twice; when a round of the
        same start-up is near in time; nothing is written then.
    DataError
        When the data with the new rows breaks a rule; nothing is written then.
    """
    told = _read(Path(file))
    tables = {name: _table(Path(folder), name) for name in KEYS}
    added = Added()
    sources = [_source(one, tables, added) for one in told["source"]]
    startup = _startup(told, tables, added, sources[0])
    round_row = _round(told["round"], tables, added, startup, sources[0], anyway=anyway)
    for one in told.get("investor", []):
        _investor(one, tables, added, round_row, sources[0])
    if "valuation" in told:
        _valuation(told["valuation"], tables, added, round_row)
    _put(tables, added, "decisions", {
        "subject_kind": "round", "subject_id": round_row["round_id"], "field": "row", "decision": "added",
        "reason": told["decision"],
    })  # fmt: skip
    _checked(Path(folder), tables, added, write=write)
    return added


def _read(file: Path) -> dict[str, Any]:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        message = f"{file}: cannot be read as TOML: {error}"
        raise ValueError(message) from None
    for part in told:
        one_of(f"{file.name}: a part", part, [*PARTS, "decision"])
    missing = [part for part in ("source", "round", "decision") if not told.get(part)]
    if missing:
        message = f"{file}: it needs {', '.join(missing)} too: a source, the round, and the reason for entering it so"
        raise ValueError(message)
    for part, allowed in PARTS.items():
        parts = told.get(part, [])
        if isinstance(parts, dict):
            parts = [parts]
            told[part] = parts if part in {"source", "investor"} else parts[0]
        for one in parts:
            for word in one:
                one_of(f"{file.name}: [{part}] a word", word, sorted(allowed))
    return told


def _table(folder: Path, name: str) -> list[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _put(tables: dict[str, list[Row]], added: Added, table: str, told: dict[str, Any]) -> Row:
    """Add a row: a column that the file does not speak of stays empty."""
    columns = list(tables[table][0]) if tables[table] else list(told)
    row = {name: _cell(told.get(name)) for name in columns}
    tables[table].append(row)
    added.rows.setdefault(table, []).append(row)
    return row


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _dated(value: object, what: str) -> tuple[str, str]:
    """First day of a date and its precision: 2024-02-26, 2024-02, 2024-Q1, 2024."""
    text = str(value)
    for shape, precision, first in (
        (r"(\d{4}-\d{2}-\d{2})", "day", "{0}"),
        (r"(\d{4}-\d{2})", "month", "{0}-01"),
        (r"(\d{4})", "year", "{0}-01-01"),
    ):
        if found := re.fullmatch(shape, text):
            return first.format(*found.groups()), precision
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        return f"{found[1]}-{3 * int(found[2]) - 2:02d}-01", "quarter"
    message = f"{what} must be a date such as 2024-02-26, 2024-02, 2024-Q1 or 2024, not {text!r}"
    raise ValueError(message)


def _named(kind: str, name: str, rows: list[Row]) -> Row | None:
    """The row of that key, English or Chinese name, or alias in its note; several are refused."""
    key = f"{kind}_id"
    wanted = name.casefold()

    def names(row: Row) -> set[str]:
        own = {row[key], row["name"], row["name_zh"], re.sub(r"\s*\(.*\)", "", row["name"])}
        own |= set(re.findall(r"\(([^)]*)\)", row["name"])) | set(re.split(r"[;,:.]\s*", row["note"]))
        return {one.strip().casefold() for one in own if one.strip()}

    found = [row for row in rows if row[key].casefold() == wanted] or [row for row in rows if wanted in names(row)]
    if len(found) > 1:
        message = f"{name!r} may be {' or '.join(row[key] for row in found)}: name the one that is meant by its key"
        raise ValueError(message)
    return found[0] if found else None


def _near(kind: str, name: str, rows: list[Row]) -> str:
    words = {
        word: row[f"{kind}_id"] for row in rows for word in (row[f"{kind}_id"], row["name"], row["name_zh"]) if word
    }
    close = dict.fromkeys(words[word] for word in difflib.get_close_matches(name, words, n=5, cutoff=0.6))
    return f" (near: {', '.join(close)})" if close else ""


def _source(one: dict[str, Any], tables: dict[str, list[Row]], added: Added) -> str:
    """Key of the source: one that is there already, by key or address, or a new one."""
    for row in tables["sources"]:
        if row["source_id"] == one.get("id") or (row["url"] and row["url"] == one.get("url")):
            return row["source_id"]
    if "publisher" not in one:
        message = (
            f"there is no source {one.get('id') or one.get('url')!r}; a new one needs its publisher, title and date"
        )
        raise ValueError(message)
    day, precision = _dated(one["published"], "published") if "published" in one else ("", "")
    key = (
        one.get("id")
        or f"{_slug(one['publisher'])}-{day.replace('-', '')}-{'-'.join(_slug(one.get('title', '')).split('-')[:3])}"
    )
    titles = {row["title"].casefold(): row["source_id"] for row in tables["sources"] if row["title"]}
    twin = titles.get(str(one.get("title", "")).casefold())
    if twin and "copies" not in one:
        added.notes.append(f"{key} has the title of {twin}: where it repeats that page, say copies = {twin!r}")
    _put(tables, added, "sources", {
        "source_id": key, "origin_id": one.get("copies"), "publisher": one["publisher"], "title": one.get("title"),
        "published": day, "published_precision": precision, "published_basis": (one.get("basis") or "stated") if day else None,
        "language": one.get("language", "en"), "kind": one.get("kind", "trade"), "url": one.get("url"), "note": one.get("note"),
    })  # fmt: skip
    return str(key)


def _startup(told: dict[str, Any], tables: dict[str, list[Row]], added: Added, source: str) -> str:
    name = str(told["round"].get("startup", ""))
    found = _named("startup", name, tables["startups"])
    if found:
        return found["startup_id"]
    if "startup" not in told:
        message = f"there is no start-up {name!r}{_near('startup', name, tables['startups'])}; a new one needs a part [startup]"
        raise ValueError(message)
    new = told["startup"]
    day, precision = _dated(new["founded"], "founded") if "founded" in new else ("", "")
    row = _put(tables, added, "startups", {
        **new, "startup_id": new.get("id") or _slug(new["name"]), "founded": day, "founded_precision": precision,
        "country": new.get("country", "CN"), "status": "private", "source_id": source,
    })  # fmt: skip
    added.notes.append(f"{row['startup_id']} is a new start-up: is it none of the tracked ones?")
    return row["startup_id"]


def _money(one: dict[str, Any], figure: str) -> dict[str, Any]:
    known = one.get(figure) is not None
    if known and "currency" not in one:
        message = f"{figure} = {one[figure]} needs its currency"
        raise ValueError(message)
    stated = one.get("qualifier", "exact" if known else "undisclosed")
    return {figure: one.get(figure), "currency": one.get("currency"), "qualifier": stated}


def _round(
    one: dict[str, Any], tables: dict[str, list[Row]], added: Added, startup: str, source: str, *, anyway: bool
) -> Row:
    day, precision = _dated(one["announced"], "announced") if "announced" in one else ("", "")
    near = [row["round_id"] for row in tables["rounds"] if row["startup_id"] == startup and _close(row, one, day)]
    if near and not anyway:
        message = f"{startup} has a round near it already: {', '.join(near)}; enter what is new as claims, or say that it is another round"
        raise ValueError(message)
    money = _money(one, "amount_m")
    label = (
        _slug(str(one.get("series", "")))
        if any(r["round_id"] == f"{startup}-{day[:7]}" for r in tables["rounds"])
        else ""
    )
    key = one.get("id") or "-".join(filter(None, (startup, day[:7] or "undated", label)))
    return _put(tables, added, "rounds", {
        "round_id": key, "startup_id": startup, "kind": one.get("kind", "equity"), "series": one.get("series"),
        "announced": day, "date_precision": precision, **money, "amount_qualifier": money["qualifier"],
        "status": one.get("status", "closed"), "counts_in_totals": one.get("status", "closed") in {"closed", "reported"},
        "is_umbrella": False, "investor_list": "unknown", "source_id": source, "note": one.get("note"),
    })  # fmt: skip


def _close(row: Row, one: dict[str, Any], day: str) -> bool:
    """Whether a round may be the one that is entered: near in time, or of the same series."""
    import datetime as dt

    same = bool(one.get("series")) and row["series"].casefold() == str(one["series"]).casefold()
    if not day or not row["announced"]:
        return same
    apart = abs((dt.date.fromisoformat(day) - dt.date.fromisoformat(row["announced"])).days)
    return apart <= NEAR_DAYS or (same and apart <= 366)


def _investor(one: dict[str, Any], tables: dict[str, list[Row]], added: Added, round_row: Row, source: str) -> None:
    name = str(one.get("id") or one.get("name", ""))
    found = _named("investor", name, tables["investors"])
    if found is None:
        near = _near("investor", name, tables["investors"])
        if "type" not in one:
            message = f"there is no investor {name!r}{near}; a new one needs its type and country"
            raise ValueError(message)
        found = _put(tables, added, "investors", {
            "investor_id": one.get("id") or _slug(name), "name": one.get("name"), "name_zh": one.get("name_zh"),
            "type": one["type"], "country": one.get("country"), "source_id": source,
        })  # fmt: skip
        added.notes.append(f"{found['investor_id']} is a new investor{near}")
    money = _money(one, "amount_m")
    _put(tables, added, "participations", {
        "round_id": round_row["round_id"], "investor_id": found["investor_id"], "instrument": one.get("instrument", "unknown"),
        "role": one.get("role", "participant"), **money, "amount_qualifier": money["qualifier"], "source_id": source,
        "note": one.get("note"),
    })  # fmt: skip


def _valuation(one: dict[str, Any], tables: dict[str, list[Row]], added: Added, round_row: Row) -> None:
    basis = one.get("basis", "unstated")
    closed = round_row["status"] == "closed"
    _put(tables, added, "valuations", {
        "valuation_id": f"{round_row['startup_id']}/{round_row['announced']}/{basis}", "startup_id": round_row["startup_id"],
        "as_of": round_row["announced"], "date_precision": round_row["date_precision"], **_money(one, "value_m"),
        "basis": basis, "status": "closed" if closed else "in-talks", "round_id": round_row["round_id"],
        "source_id": round_row["source_id"], "note": one.get("note"),
    })  # fmt: skip


def _checked(folder: Path, tables: dict[str, list[Row]], added: Added, *, write: bool) -> None:
    """Write the tables beside the data and check them there; only what breaks no rule takes the place of the old files."""
    with tempfile.TemporaryDirectory() as temporary:
        beside = Path(temporary) / "data"
        shutil.copytree(folder, beside, ignore=shutil.ignore_patterns("*.duckdb*"))
        for table in added.rows:
            rows = sorted(tables[table], key=lambda row: tuple(row[name] for name in KEYS[table]))
            with (beside / f"{table}.csv").open("w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        problems = check(beside)
        if problems:
            raise DataError(problems)
        if write:
            for table in added.rows:
                target = folder / f"{table}.csv"
                shutil.copy(beside / f"{table}.csv", target.with_suffix(".csv.tmp"))
                target.with_suffix(".csv.tmp").replace(target)
