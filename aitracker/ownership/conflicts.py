"""Facts of one company that cannot all be true: the smallest sets of them, and how far each would have to move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aitracker.ownership.program import TINY
from aitracker.ownership.program_matrix import ASSUMED

if TYPE_CHECKING:
    from collections.abc import Collection

    from aitracker.ownership.program import Program

__all__ = ["conflict", "conflicts", "give", "least"]


def conflict(program: Program, without: Collection[str] = ()) -> tuple[str, ...]:
    """One smallest set of facts that cannot all be true: without any one of them the rest can. Empty where there is none.

    The deletion filter of Chinneck (Feasibility and Infeasibility in Optimization, 2008, ch. 6), begun from the facts that
    have a price in the cheapest mending: by Farkas' lemma they alone cannot all be true.
    """
    gone = frozenset(without)
    if program.feasible(gone):
        return ()
    everything = [name for name in program.facts if name not in gone]
    suspects = [name for name in _priced(program, gone) if name not in gone]
    rest = [name for name in everything if name not in set(suspects)]
    if program.feasible(gone | set(rest)):  # a price too small to be seen
        suspects, rest = everything, []
    left = set(gone) | set(rest)
    # Assumptions are tried first: what can do without them is a contradiction of sources alone.
    for name in sorted(suspects, key=lambda n: not n.startswith(f"{ASSUMED}|")):
        if not program.feasible(left | {name}):
            left.add(name)
    return tuple(name for name in suspects if name not in left)


def _priced(program: Program, gone: frozenset[str]) -> tuple[str, ...]:
    """Facts with a price in the cheapest mending."""
    slack = frozenset(program.facts) - gone
    shape = program.shape(gone, slack)
    done = program.solve(shape)
    if done.x is None:
        return tuple(slack)
    names = program.matrix.names
    found = dict.fromkeys(names[n] for n in shape.names[np.abs(done.rows[: shape.upper.shape[0]]) > TINY] if n >= 0)
    # A column that is held shut belongs to it where, without its price, opening it would be worth while.
    reduced = done.columns[: len(shape.columns)] - shape.cost[: len(shape.columns)]
    off = program.matrix.number(gone | program.lifted)
    for column in shape.columns[(reduced < -TINY) & (shape.cost[: len(shape.columns)] > 0)]:
        found |= dict.fromkeys(names[n] for n in program.matrix.closers[column] if n >= 0 and not off[n])
    return tuple(found)


def conflicts(program: Program, most: int = 10) -> list[tuple[str, ...]]:
    """Smallest sets of facts that cannot all be true, until what is left can.

    From each set the fact that has to give way least is taken out before the next is looked for, an assumption before what a
    source says; so sets may share facts.
    """
    found: list[tuple[str, ...]] = []
    gone: set[str] = set()
    while len(found) < most:
        one = conflict(program, gone)
        if not one:
            break
        found.append(one)
        gone.add(min(one, key=lambda name: (not name.startswith(f"{ASSUMED}|"), give(program, name, gone))))
    return found


def give(program: Program, fact: str, without: Collection[str] = (), t: int | None = None) -> float:
    """How far one fact has to move for the others to be true, in fractions of the company; infinity where that is not enough.

    Parameters
    ----------
    program : Program
        The company.
    fact : str
        The fact that gives way.
    without : collection of str
        Facts that are left out.
    t : int, optional
        After how many events the company is one; those at which the fact was stated where none is given.
    """
    if t is None:
        t = next((told.after for told in program.said if told.fact == fact), None)
    if t is None:
        t = next(
            (k + 1 for k, one in enumerate(program.issues) if fact == one.fact or fact in one.facts.values()),
            len(program.issues),
        )
    shape = program.shape(without, {fact})
    done = program.solve(shape, t=t)
    if done.x is None:
        return float("inf")
    return float(done.x[shape.cost > 0].sum())


def least(program: Program) -> tuple[str, ...]:
    """Facts to leave out so that the rest can be true: those that the cheapest mending of all touches."""
    if program.feasible():
        return ()
    shape = program.shape((), frozenset(program.facts))
    done = program.solve(shape)
    if done.x is None:
        return program.facts
    names, given = program.matrix.names, done.x * (shape.cost > 0)
    used = np.flatnonzero(given > TINY)
    slack = np.unique(shape.names[shape.names >= 0])
    n = len(shape.columns)
    found = dict.fromkeys(names[slack[p - n]] for p in used if p >= n)
    for p in used[used < n]:
        found |= dict.fromkeys(names[c] for c in program.matrix.closers[shape.columns[p]] if c >= 0)
    return tuple(found)
