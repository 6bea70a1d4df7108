"""A holder's stake within what all facts on a company together allow: the ends of every stake in the house."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from aitracker.ownership.ledger import Span
from aitracker.ownership.stakes import walk

if TYPE_CHECKING:
    from aitracker.ownership.ledger import Holder, Ledger
    from aitracker.ownership.stakes import Event, State

__all__ = ["joint_state", "joint_walk"]

_PRINTED = 5e-4  # half of the last digit that most sources print, as a fraction


def joint_state(ledger: Ledger, holder: Holder, startup: str, state: State, day: dt.date | None) -> State:
    """A state with the ends that the cap table gives it, the point moved into them by the least change.

    The facts of after the day count too, as far as the ledger knows them; what binds is added to the state's facts.
    """
    if not state.held or ledger.company is None:
        return state
    one = ledger.company(startup)
    t = one.after(day)
    members = tuple(h for h in one.program.holders if h and ledger.family.get(h, h) in holder.members)
    if not members or t == 0:
        return state
    key = ("joint", startup, members, t)
    if key not in ledger.paths:
        ledger.paths[key] = one.program.bound(members, t)
    bound = ledger.paths[key]
    low, point, high = bound.low, state.stake.point, bound.high
    if point is not None and state.basis == "disclosed" and low - _PRINTED <= point <= high + _PRINTED:
        low, high = min(low, point), max(high, point)  # a figure stands as it is printed
    elif point is not None:
        point = min(max(point, low), high)
    told = (f for name in (*bound.low_facts, *bound.high_facts) if name in one.about for f in one.about[name].facts)
    facts = tuple(dict.fromkeys((*state.facts, *told)))
    return dataclasses.replace(state, stake=Span(low, point, high), facts=facts)


def joint_walk(ledger: Ledger, holder: Holder, startup: str, as_of: dt.date | None = None) -> list[Event]:
    """The path of a holder, each step within what all facts together allow."""
    return [
        dataclasses.replace(event, after=joint_state(ledger, holder, startup, event.after, event.end or dt.date.min))
        for event in walk(ledger, holder, startup, as_of)
    ]
