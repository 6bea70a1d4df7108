"""Parts of the file, each made a row: the source, the start-up, the round, its investors, the valuation."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from aitracker.adding.told import dated, money

if TYPE_CHECKING:
    from aitracker.adding.tables import Row, Tables

__all__ = ["funding", "investor", "source", "startup", "valuation"]

NEAR_DAYS: Final = 45
"""Two rounds of one start-up nearer than this may be one."""


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def source(one: dict[str, Any], tables: Tables) -> str:
    """Key of the source: one that is there already, by key, address or title, or a new one."""
    for row in tables.rows["sources"]:
        if row["source_id"] == one.get("id") or (row["url"] and row["url"] == one.get("url")):
            return row["source_id"]
    if "publisher" not in one:
        message = (
            f"there is no source {one.get('id') or one.get('url')!r}; a new one needs its publisher, title and date"
        )
        raise ValueError(message)
    day, precision = dated(one["published"], "published") if "published" in one else ("", "")
    key = (
        one.get("id")
        or f"{_slug(one['publisher'])}-{day.replace('-', '')}-{'-'.join(_slug(one.get('title', '')).split('-')[:3])}"
    )
    if any(row["source_id"] == key and row["title"] == one.get("title") for row in tables.rows["sources"]):
        return str(key)
    titles = {row["title"].casefold(): row["source_id"] for row in tables.rows["sources"] if row["title"]}
    twin = titles.get(str(one.get("title", "")).casefold())
    if twin and "copies" not in one:
        tables.added.notes.append(f"{key} has the title of {twin}: where it repeats that page, say copies = {twin!r}")
    tables.put("sources", {
        "source_id": key, "origin_id": one.get("copies"), "publisher": one["publisher"], "title": one.get("title"),
        "published": day, "published_precision": precision, "published_basis": (one.get("basis") or "stated") if day else None,
        "language": one.get("language", "en"), "kind": one.get("kind", "trade"), "url": one.get("url"), "note": one.get("note"),
    })  # fmt: skip
    return str(key)


def startup(told: dict[str, Any], tables: Tables, page: str) -> str:
    """Key of the start-up that the round names: one that is there, by any name, or the new one of the file."""
    name = str(told["round"].get("startup", ""))
    found = tables.named("startup", name)
    if found:
        return found["startup_id"]
    if "startup" not in told:
        message = f"there is no start-up {name!r}{tables.near('startup', name)}; a new one needs a part [startup]"
        raise ValueError(message)
    new = told["startup"]
    day, precision = dated(new["founded"], "founded") if "founded" in new else ("", "")
    row = tables.put("startups", {
        **new, "startup_id": new.get("id") or _slug(new["name"]), "founded": day, "founded_precision": precision,
        "country": new.get("country", "CN"), "status": "private", "source_id": page,
    })  # fmt: skip
    tables.added.notes.append(f"{row['startup_id']} is a new start-up: is it none of the tracked ones?")
    return row["startup_id"]


def funding(one: dict[str, Any], tables: Tables, firm: str, page: str, *, anyway: bool) -> Row:
    """The row of the round; refused where one of the same start-up is near, unless it is entered anyway."""
    day, precision = dated(one["announced"], "announced") if "announced" in one else ("", "")
    near = [row["round_id"] for row in tables.rows["rounds"] if row["startup_id"] == firm and _close(row, one, day)]
    if near and not anyway:
        message = f"{firm} has a round near it already: {', '.join(near)}; enter what is new as claims, or say that it is another round"
        raise ValueError(message)
    sum_ = money(one, "amount_m")
    label = (
        _slug(str(one.get("series", "")))
        if any(r["round_id"] == f"{firm}-{day[:7]}" for r in tables.rows["rounds"])
        else ""
    )
    key = one.get("id") or "-".join(filter(None, (firm, day[:7] or "undated", label)))
    return tables.put("rounds", {
        "round_id": key, "startup_id": firm, "kind": one.get("kind", "equity"), "series": one.get("series"),
        "announced": day, "date_precision": precision, **sum_, "amount_qualifier": sum_["qualifier"],
        "status": one.get("status", "closed"), "counts_in_totals": one.get("status", "closed") in {"closed", "reported"},
        "is_umbrella": False, "investor_list": one.get("investor_list", "unknown"), "source_id": page, "note": one.get("note"),
    })  # fmt: skip


def _close(row: Row, one: dict[str, Any], day: str) -> bool:
    """Whether a round may be the one that is entered: near in time, or of the same series."""
    same = bool(one.get("series")) and row["series"].casefold() == str(one["series"]).casefold()
    if not day or not row["announced"]:
        return same
    apart = abs((dt.date.fromisoformat(day) - dt.date.fromisoformat(row["announced"])).days)
    return apart <= NEAR_DAYS or (same and apart <= 366)


def investor(one: dict[str, Any], tables: Tables, round_row: Row, page: str) -> None:
    """A part of the round; its investor is one that is there, by any name, or a new one with its type."""
    name = str(one.get("id") or one.get("name", ""))
    found = tables.named("investor", name)
    if found is None:
        near = tables.near("investor", name)
        if "type" not in one:
            message = f"there is no investor {name!r}{near}; a new one needs its type and country"
            raise ValueError(message)
        found = tables.put("investors", {
            "investor_id": one.get("id") or _slug(name), "name": one.get("name"), "name_zh": one.get("name_zh"),
            "type": one["type"], "country": one.get("country"), "parent_id": _firm(tables, one.get("parent")),
            "managed_by": _firm(tables, one.get("managed_by")), "affiliate_of": _firm(tables, one.get("affiliate_of")), "source_id": page,
        })  # fmt: skip
        tables.added.notes.append(f"{found['investor_id']} is a new investor{near}")
    sum_ = money(one, "amount_m")
    tables.put("participations", {
        "round_id": round_row["round_id"], "investor_id": found["investor_id"], "instrument": one.get("instrument", "unknown"),
        "role": one.get("role", "participant"), **sum_, "amount_qualifier": sum_["qualifier"], "source_id": page,
        "note": one.get("note"),
    })  # fmt: skip


def _firm(tables: Tables, name: str | None) -> str | None:
    """Key of the firm that an investor is tied to."""
    if name is None:
        return None
    found = tables.named("investor", name)
    if found is None:
        message = f"there is no investor {name!r}{tables.near('investor', name)} that another one could be tied to"
        raise ValueError(message)
    return found["investor_id"]


def valuation(one: dict[str, Any], tables: Tables, round_row: Row) -> None:
    """The price of the round, as sure as the round itself."""
    basis = one.get("basis", "unstated")
    status = round_row["status"] if round_row["status"] in {"closed", "reported"} else "in-talks"
    tables.put("valuations", {
        "valuation_id": f"{round_row['startup_id']}/{round_row['announced']}/{basis}", "startup_id": round_row["startup_id"],
        "as_of": round_row["announced"], "date_precision": round_row["date_precision"], **money(one, "value_m"),
        "basis": basis, "status": status, "round_id": round_row["round_id"],
        "source_id": round_row["source_id"], "note": one.get("note"),
    })  # fmt: skip
