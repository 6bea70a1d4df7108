"""What stakes are computed from: rounds with their price, parts, disclosures and values, read once and then held in memory.

The date of the lens is applied afterwards (``visible``), so that one reading answers for every date.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from aitracker.lens import one_of
from aitracker.vocabulary import NEW_MONEY

if TYPE_CHECKING:
    import datetime as dt

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["FIELD", "STATE_FUNDS", "Holder", "Ledger", "Span", "Value", "holder_of", "ledger_of"]

STATE_FUNDS = "state-funds"
"""Stands for all investors of the type ``state-fund`` together, wherever an investor is asked for."""

FIELD = ("alibaba", "tencent", "meituan", "ant", "hongshan", "hillhouse", STATE_FUNDS)
"""The holders that are compared."""


class Span(NamedTuple):
    """An interval and the point in it; the point is None where nothing tells it, the high end where nothing bounds it."""

    low: float
    point: float | None
    high: float | None


ZERO = Span(0.0, 0.0, 0.0)


class Value(NamedTuple):
    """What a start-up was worth: post-money or market value in millions of US dollars.

    It is visible from the ``end`` of a fuzzy date; which of two is the later one goes by the ``middle``.
    """

    usd_m: Span
    day: dt.date
    end: dt.date
    middle: dt.date
    basis: str
    source_id: str


@dataclasses.dataclass(frozen=True)
class Round:
    """A closed round of new or old shares; it ``counts``, or it is a part of one that does (``part_counts``)."""

    round_id: str
    startup_id: str
    kind: str
    label: str
    end: dt.date | None
    amount: Span
    prices: tuple[tuple[str, Span, dt.date], ...]
    parent_id: str | None
    counts: bool
    part_counts: bool
    umbrella: bool
    source_id: str

    @property
    def dilutes(self) -> bool:
        """New shares dilute, old ones change hands."""
        return self.kind in NEW_MONEY and not self.umbrella


class Part(NamedTuple):
    """One investor's part in a round, and what of it was in kind, in millions of US dollars."""

    usd_m: Span
    in_kind: Span
    stated: bool


class Disclosure(NamedTuple):
    """A stake that a source states, in per cent."""

    stake_id: str
    pct: Span
    end: dt.date
    words: str
    measure: str
    scope: str
    basis: str
    source_id: str


class Holder(NamedTuple):
    """Who is asked for: one group, or several that are added up."""

    id: str
    name: str
    members: tuple[str, ...]
    wide: bool


@dataclasses.dataclass(frozen=True)
class Ledger:
    """Everything that stakes and values rest on, under one policy, at every date."""

    rounds: dict[str, list[Round]]
    parts: dict[tuple[str, str], Part]
    disclosures: dict[tuple[str, str], list[Disclosure]]
    values: dict[str, list[Value]]
    startups: dict[str, dict[str, Any]]
    sizes: dict[str, Span]
    horizon: dt.date
    # What was followed and put together already (`stakes.walk`, `holdings.positions`): many views rest on the same.
    paths: dict[Any, Any] = dataclasses.field(default_factory=dict, repr=False, compare=False)
    positions: dict[Any, pl.DataFrame] = dataclasses.field(default_factory=dict, repr=False, compare=False)

    def held_by(self, member: str) -> set[str]:
        """Start-ups that one group took part in or was said to hold."""
        bought = {r.startup_id for rounds in self.rounds.values() for r in rounds if (member, r.round_id) in self.parts}
        return bought | {startup for (who, startup) in self.disclosures if who == member}

    def value(self, startup: str, as_of: dt.date | None) -> Value | None:
        """Latest value at a date."""
        seen = [v for v in self.values.get(startup, ()) if visible(v.end, as_of)]
        return seen[-1] if seen else None

    def alive(self, startup: str, as_of: dt.date | None) -> bool:
        """Whether the company existed and had not been bought up."""
        row = self.startups[startup]
        gone = row["status"] == "acquired" and visible(row["exit_date"], as_of)
        return not gone and (row["founded"] is None or visible(row["founded"], as_of))

    def universe(self, as_of: dt.date | None) -> list[str]:
        """Tracked Chinese start-ups at a date: all but the foreign comparators."""
        return [s for s, row in self.startups.items() if row["wave"] != "foreign" and self.alive(s, as_of)]


def visible(day: dt.date | None, as_of: dt.date | None) -> bool:
    """Whether something of this day had happened by the date; what is undated drops out once there is a date."""
    return as_of is None or (day is not None and day <= as_of)


def ledger_of(ds: Dataset, split: Split = "equal") -> Ledger:
    """The ledger under the policy, knowledge date and grouping of a dataset; its valid date is left to the caller."""
    from aitracker.ownership.ledger_read import read  # it fills the classes below

    group = _control(ds)
    key = ("ledger", split, ds.lens.known_by, ds.lens.policy, group)
    return ds.remember(key, lambda: read(ds.at(as_of=None, group=group), split), every_lens=True)


def _control(ds: Dataset) -> str:
    # Affiliates decide for themselves: their paths are followed apart and added up.
    return "none" if ds.lens.group == "none" else "parent"


def holder_of(ds: Dataset, investor: str) -> Holder:
    """The holder behind a key: the group that the lens gives it, or all state funds together."""
    return ds.remember(("holder", ds.lens.group, investor), lambda: _holder(ds, investor), every_lens=True)


def _holder(ds: Dataset, investor: str) -> Holder:
    rows = ds.lookup(
        f"""SELECT i.investor_id, i.name, i.type, c.group_id AS control, w.group_id AS wide
        FROM data.investors i JOIN groups('{_control(ds)}') c USING (investor_id) JOIN groups(getvariable('grp')) w USING (investor_id)
        ORDER BY i.investor_id"""
    )
    names = dict(zip(rows["investor_id"], rows["name"], strict=True))
    one_of("investor", investor, [*names, STATE_FUNDS])
    if investor == STATE_FUNDS:
        members = rows.filter(pl.col("type") == "state-fund")["control"].unique().sort().to_list()
        return Holder(STATE_FUNDS, "State funds", tuple(members), wide=False)
    wide = ds.lens.group == "affiliates"
    mine = rows.filter(pl.col("investor_id") == investor)
    group = mine["wide" if wide else "control"].item()
    members = rows.filter(pl.col("wide") == group)["control"].unique().sort().to_list() if wide else [group]
    return Holder(group, names[group], tuple(members), wide=wide)
