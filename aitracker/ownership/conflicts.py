"""Facts of one company that cannot all be true: the smallest sets of them, and how far each would have to move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aitracker.ownership.program_matrix import ASSUMED, unnamed_sale
from aitracker.ownership.solver import Solver

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aitracker.ownership.program import Program
    from aitracker.ownership.solver import Answer

__all__ = ["Elastic", "conflict", "conflicts", "give"]

_BETWEEN: Final = 1e-7  # a gap between facts that is smaller is the solver's
_SALE: Final = unnamed_sale("").rpartition("|")[2]
_DEAR: Final = 1e3


class Elastic:
    """A program in which every fact may give way at a cost: what costs nothing is left out, and the cheapest mending is told."""

    def __init__(self, program: Program, without: Collection[str] = ()) -> None:
        self.program, matrix = program, program.matrix
        self.shape = program.matrix.shape(
            program.lifted | frozenset(without), frozenset(program.facts) - frozenset(without)
        )
        self.solver = Solver(self.shape.upper, self.shape.equal)
        self.names = matrix.names
        n = len(self.shape.columns)
        slack = np.unique(self.shape.names[self.shape.names >= 0])
        # By column: the numbers of the facts that it gives way for, two at most.
        self.of = np.full((self.shape.upper.shape[1], 2), -1, dtype=np.int64)
        real = self.shape.columns < matrix.count
        self.of[:n][real] = matrix.closers[self.shape.columns[real]]
        off = matrix.number(program.lifted | frozenset(without))
        self.of[:n][off[self.of[:n]]] = -1
        self.of[n:, 0] = slack
        self.guess = np.array([name.startswith(f"{ASSUMED}|") for name in self.names] + [False])

    def ask(
        self,
        without: Collection[str] = (),
        *,
        dear: Collection[str] | None = None,
        t: int | None = None,
        prices: Mapping[str, float] | None = None,
    ) -> tuple[float, Answer]:
        """The cheapest mending without some facts: what gives way in all, and the answer; ``dear`` ones alone are cheap."""
        off = self.program.matrix.number(without)
        used = ~off[self.of]
        cost = np.where(used.any(axis=1), 1.0, 0.0)
        if prices is not None:
            price = np.array([prices.get(name, 1.0) for name in self.names] + [0.0])
            cost = np.where(used, price[self.of], 0.0).max(axis=1)
        if dear is not None:
            may = self.program.matrix.number(dear)
            may[-1] = False
            cost = np.where(used.any(axis=1) & ~may[self.of].any(axis=1), _DEAR, cost)
        done = self.solver.least(cost, int(self.shape.totals[len(self.program.issues) if t is None else t]))
        if done.x is None:
            return float("inf"), done
        return float(cost @ done.x), done

    def moved(self, prices: Mapping[str, float]) -> list[str]:
        """What gives way in the cheapest mending at given prices; 1 where none is given."""
        _, done = self.ask(prices=prices)
        if done.x is None:
            return []
        found = np.flatnonzero((done.x > _BETWEEN) & (self.of >= 0).any(axis=1))
        return list(dict.fromkeys(self.names[n] for p in found for n in self.of[p] if n >= 0))

    def feasible(self, without: Collection[str] = ()) -> bool:
        """Whether all facts but these can be true."""
        return self.ask(without)[0] <= _BETWEEN


def conflict(program: Program, without: Collection[str] = (), elastic: Elastic | None = None) -> tuple[str, ...]:
    """One smallest set of facts that cannot all be true: without any one of them the rest can. Empty where there is none.

    A deletion filter (Chinneck, Feasibility and Infeasibility in Optimization, 2008, ch. 6) that tries to leave out halves
    before it tries one by one (Junker, QuickXplain, AAAI 2004). What is tried first stays out where it can: lines of lists,
    of which one fact says that they are whole; sales, of which there are as many as holders; then the other assumptions, so
    that a contradiction of sources alone is told as one.
    """
    elastic = elastic or Elastic(program)
    if elastic.feasible(without):
        return ()
    left = set(without)

    def cut(names: list[str]) -> list[str]:
        if not names:
            return []
        if not elastic.feasible(left.union(names)):
            left.update(names)
            return []
        if len(names) == 1:
            return names
        half = len(names) // 2
        return [*cut(names[:half]), *cut(names[half:])]

    everything = [name for name in program.facts if name not in left]
    order = {name: i for i, name in enumerate(everything)}
    turns = sorted(everything, key=lambda n: (not _line(n), not n.endswith(_SALE), not n.startswith(f"{ASSUMED}|")))
    return tuple(sorted(cut(turns), key=order.__getitem__))


def _line(name: str) -> bool:
    """Whether a fact is one line of a list."""
    return name.startswith("cap-table|") and "/" in name


def conflicts(program: Program, most: int = 10) -> list[tuple[str, ...]]:
    """Smallest sets of facts that cannot all be true, until what is left can.

    From each set the fact that has to give way least is taken out before the next is looked for, an assumption before what a
    source says; so sets may share facts.
    """
    elastic = Elastic(program)
    found: list[tuple[str, ...]] = []
    gone: set[str] = set()
    while len(found) < most:
        one = conflict(program, gone, elastic)
        if not one:
            break
        found.append(one)
        gone.add(
            min(one, key=lambda name: (not name.startswith(f"{ASSUMED}|"), give(program, name, gone, elastic=elastic)))
        )
    return found


def give(
    program: Program, fact: str, without: Collection[str] = (), t: int | None = None, elastic: Elastic | None = None
) -> float:
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
    elastic : Elastic, optional
        The program in which facts give way, where there is one already.
    """
    elastic = elastic or Elastic(program)
    if t is None:
        t = next((told.after for told in program.said if told.fact == fact), None)
    if t is None:
        t = next(
            (k + 1 for k, one in enumerate(program.issues) if fact == one.fact or fact in one.facts.values()),
            len(program.issues),
        )
    moved, done = elastic.ask(without, dear={fact}, t=t)
    return moved if done.x is not None and moved <= 1 else float("inf")
