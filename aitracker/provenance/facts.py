"""Facts by their keys: of a subject, of an investor in rounds, of a holding, of a day in a history."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = [
    "FIGURE",
    "STATE_FUNDS",
    "Fact",
    "cheques",
    "dated",
    "fields_of",
    "holding",
    "investor_of",
    "prices",
    "sizes",
    "startup_of",
]

FIGURE = {"round": "amount", "participation": "amount", "valuation": "value", "stake": "pct"}
"""The fact of each kind of subject that a policy chooses a figure for."""

STATE_FUNDS = "state-funds"
"""Stands for all investors of the type ``state-fund`` together."""


class Fact(NamedTuple):
    """A fact: kind and key of its subject, and the field."""

    kind: str
    id: str
    field: str


def fields_of(ds: Dataset, kind: str, id: str) -> list[Fact]:
    """The figure of a subject, where it has one that is claimed; else every fact of it."""
    names = _told(ds).get((kind, id), [])
    return [Fact(kind, id, name) for name in ([FIGURE[kind]] if FIGURE.get(kind) in names else names)]


def _told(ds: Dataset) -> dict[tuple[str, str], list[str]]:
    """Fields that are claimed under the lens, by subject."""

    def make() -> dict[tuple[str, str], list[str]]:
        rows = ds.lookup(
            "SELECT subject_kind, subject_id, list_sort(list(DISTINCT field)) FROM claims GROUP BY ALL"
        ).rows()
        return {(kind, key): fields for kind, key, fields in rows}

    return ds.remember("fields claimed", make)


def startup_of(ds: Dataset, name: object) -> str | None:
    """Key of the start-up of that name or key; None where there is none."""
    if name is None:
        return None
    rows = ds.lookup("SELECT startup_id FROM data.startups WHERE name = $1 OR startup_id = $1", [name])
    return rows["startup_id"].item() if rows.height == 1 else None


def investor_of(ds: Dataset, name: object) -> str | None:
    """Key of the investor of that name or key; None where there is none."""
    if name is None:
        return None
    rows = ds.lookup(
        "SELECT investor_id FROM data.investors WHERE name = $1 OR investor_id = $1 ORDER BY investor_id <> $1", [name]
    )
    return str(rows["investor_id"][0]) if rows.height else None


def cheques(
    ds: Dataset,
    investor: str | None = None,
    *,
    round_id: str | None = None,
    startups: Sequence[str] | None = None,
    instrument: str | None = None,
) -> list[Fact]:
    """Parts of an investor and its vehicles in rounds: the figure where it is claimed, else what was given."""
    parts = ds.lookup(
        """SELECT DISTINCT p.round_id, p.investor_id, p.group_id, i.type, p.instrument, r.startup_id, r.announced
        FROM participations p JOIN rounds r USING (round_id) JOIN data.investors i ON i.investor_id = p.group_id
        ORDER BY r.announced NULLS LAST, p.round_id, p.investor_id"""
    )
    if investor == STATE_FUNDS:
        parts = parts.filter(pl.col("type") == "state-fund")
    elif investor is not None:
        parts = parts.filter((pl.col("group_id") == investor) | (pl.col("investor_id") == investor))
    if startups is not None:
        parts = parts.filter(pl.col("startup_id").is_in(list(startups)))
    for column, value in (("round_id", round_id), ("instrument", instrument)):
        parts = parts if value is None else parts.filter(pl.col(column) == value)
    keys = dict.fromkeys(f"{round_}/{name}" for round_, name in parts.select("round_id", "investor_id").rows())
    told = _told(ds)
    return [
        Fact("participation", key, "amount" if "amount" in told.get(("participation", key), []) else "instrument")
        for key in keys
    ]


def prices(ds: Dataset, startups: Sequence[str]) -> list[Fact]:
    """The valuations of start-ups, by date."""
    rows = ds.lookup("SELECT valuation_id, startup_id FROM valuations ORDER BY date, valuation_id")
    return [Fact("valuation", key, "value") for key, startup in rows.rows() if startup in startups]


def sizes(ds: Dataset, startups: Sequence[str]) -> list[Fact]:
    """The sizes of the rounds of start-ups, by date; of a round of unknown size what else is told of it."""
    rows = ds.lookup("SELECT round_id, startup_id FROM rounds ORDER BY announced NULLS LAST, round_id")
    return [fact for key, startup in rows.rows() if startup in startups for fact in fields_of(ds, "round", key)[:1]]


def dated(ds: Dataset, startup: str, investor: str | None, day: object) -> list[Fact]:
    """A row of a history: the prices of a start-up, or an investor's stakes in it, on that day."""
    if investor:
        rows = ds.lookup(
            "SELECT stake_id FROM stakes WHERE startup_id = ? AND (group_id = ? OR investor_id = ?) AND date = ? ORDER BY stake_id",
            [startup, investor, investor, day],
        )
        if rows.height:
            return [Fact("stake", key, "pct") for key in rows["stake_id"]]
        return []
    rows = ds.lookup(
        "SELECT valuation_id FROM valuations WHERE startup_id = ? AND date = ? ORDER BY valuation_id", [startup, day]
    )
    return [Fact("valuation", key, "value") for key in rows["valuation_id"]]


def holding(ds: Dataset, startup: str | None, investor: str | None) -> list[Fact]:
    """A holding: an investor's stakes and parts in a start-up, and the start-up's prices and rounds."""
    rows = ds.lookup(
        """SELECT s.stake_id, s.startup_id, s.investor_id, s.group_id, i.type FROM stakes s
        JOIN data.investors i ON i.investor_id = s.group_id ORDER BY s.date, s.stake_id"""
    )
    if startup is not None:
        rows = rows.filter(pl.col("startup_id") == startup)
    if investor == STATE_FUNDS:
        rows = rows.filter(pl.col("type") == "state-fund")
    elif investor is not None:
        rows = rows.filter((pl.col("group_id") == investor) | (pl.col("investor_id") == investor))
    facts = [Fact("stake", key, "pct") for key in rows["stake_id"]]
    if investor is not None:
        facts += cheques(ds, investor, startups=None if startup is None else [startup])
    if startup is not None:
        facts += prices(ds, [startup]) + sizes(ds, [startup])
    return facts
