"""What stakes are computed from: rounds with their price, parts, disclosures and values, read once and then held in memory.

The date of the lens is applied afterwards (``visible``), so that one reading answers for every date.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import polars as pl

from aitracker.asked import key, one_of
from aitracker.flows.dividing import Split
from aitracker.vocabulary import FOREIGN, NEW_MONEY, SCOPES, STATE_FUNDS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from aitracker.dataset import Dataset

__all__ = ["Holder", "Ledger", "Price", "Span", "Value", "holder_of", "ledger_of"]


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
    facts: tuple[str, ...] = ()


class Price(NamedTuple):
    """What a source says that a round was priced at, and the fact that says so."""

    basis: str
    usd_m: Span
    end: dt.date
    fact: str


@dataclasses.dataclass(frozen=True)
class Round:
    """A closed round of new or old shares; it ``counts``, or it is a part of one that does (``part_counts``)."""

    round_id: str
    startup_id: str
    kind: str
    label: str
    end: dt.date | None
    amount: Span
    prices: tuple[Price, ...]
    parent_id: str | None
    counts: bool
    part_counts: bool
    umbrella: bool
    source_id: str

    @property
    def dilutes(self) -> bool:
        """New shares dilute, old ones change hands."""
        return self.kind in NEW_MONEY and not self.umbrella

    @property
    def fact(self) -> str:
        """Its size, known or not."""
        return f"round|{self.round_id}|amount"


class Part(NamedTuple):
    """One investor's part in a round, and what of it was in kind, in millions of US dollars, with the facts behind each."""

    usd_m: Span
    in_kind: Span
    stated: bool
    facts: tuple[str, ...] = ()
    kind_facts: tuple[str, ...] = ()


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

    @property
    def fact(self) -> str:
        """The stake that was stated."""
        return f"stake|{self.stake_id}|pct"


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
    named: dict[tuple[str, str], list[str]]  # who is named in a round: the facts that say so
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

    def universe(self, as_of: dt.date | None, scope: str = SCOPES[-1]) -> list[str]:
        """Tracked Chinese start-ups of a scope that there were at a date."""
        return [s for s in self.startups if self.within(s, scope) and self.alive(s, as_of)]

    def within(self, startup: str, scope: str = SCOPES[-1], waves: Collection[str] | None = None) -> bool:
        """Whether a start-up is of a scope (they are nested), and of one of some waves; foreign ones only when asked for."""
        row = self.startups[startup]
        if waves is not None and row["wave"] not in waves:
            return False
        if row["wave"] == FOREIGN:
            return waves is not None
        return row["scope"] is not None and SCOPES.index(row["scope"]) <= SCOPES.index(scope)

    def dearest(self, as_of: dt.date | None) -> Value | None:
        """The highest value of a Chinese start-up at a date: by convention no start-up that nobody values is above it."""
        known = [v for v in (self.value(s, as_of) for s in self.universe(as_of)) if v is not None and v.usd_m.high]
        return max(known, key=lambda v: v.usd_m.high or 0.0, default=None)


def visible(day: dt.date | None, as_of: dt.date | None) -> bool:
    """Whether something of this day had happened by the date; what is undated drops out once there is a date."""
    return as_of is None or (day is not None and day <= as_of)


def ledger_of(ds: Dataset, split: Split = "equal") -> Ledger:
    """The ledger under the policy, knowledge date and grouping of a dataset; its valid date is left to the caller."""
    from aitracker.ownership.ledger_read import read  # it fills the classes below

    one_of("split", split, get_args(Split))
    group = _control(ds)
    key = ("ledger", split, ds.lens.known_by, ds.lens.policy, group)
    return ds.remember(key, lambda: read(ds.at(as_of=None, group=group), split), every_lens=True)


def _control(ds: Dataset) -> str:
    return "none" if ds.lens.group == "none" else "parent"


def holder_of(ds: Dataset, investor: str) -> Holder:
    """The holder behind a key: the group that the lens gives it, or all state funds together."""
    key = ("holder", ds.lens.group, repr(investor))  # whatever was given may be no key at all
    return ds.remember(key, lambda: _holder(ds, investor), every_lens=True)


def _holder(ds: Dataset, investor: str) -> Holder:
    rows = ds.lookup(
        f"""SELECT i.investor_id, i.name, i.type, c.group_id AS control, w.group_id AS wide
        FROM data.investors i JOIN groups('{_control(ds)}') c USING (investor_id) JOIN groups(getvariable('grp')) w USING (investor_id)
        ORDER BY i.investor_id"""
    )
    names = dict(zip(rows["investor_id"], rows["name"], strict=True))
    investor = key(ds, "investor", investor, "investor", more=(STATE_FUNDS,))
    if investor == STATE_FUNDS:
        members = rows.filter(pl.col("type") == "state-fund")["control"].unique().sort().to_list()
        return Holder(STATE_FUNDS, "State funds", tuple(members), wide=False)
    # What is affiliated or managed decides for itself: followed apart, and added up.
    several = ds.lens.group not in {"none", "parent"}
    mine = rows.filter(pl.col("investor_id") == investor)
    group = mine["wide" if several else "control"].item()
    members = rows.filter(pl.col("wide") == group)["control"].unique().sort().to_list() if several else [group]
    return Holder(group, names[group], tuple(members), wide=ds.lens.group == "affiliates")
