r"""The shares of one company as a linear program: what all holders can have had, given everything that was reported.

Reckoned in shares, not in per cent, every fact is linear. Let n(h, t) be the shares of holder h after event t and
N(t) the sum over all holders, those whom nobody names included. An event issues x(h) >= 0 new shares to each:

    n(h, t+1) = n(h, t) + x(h),   N(t+1) = N(t) + sum x

A dilution between dl and dh is ``dl N(t+1) <= sum x <= dh N(t+1)``, a part that bought between bl and bh of the company
``bl N(t+1) <= x(h) <= bh N(t+1)``, a part of the round ``rl sum x <= x(h) <= rh sum x``, a disclosed stake between l and u
``l N(t) <= n(h, t) <= u N(t)``; of a group, the sum of its members. All of them are homogeneous, so the number of shares is
free: with N(t) = 1 a stake is n(h, t), and its bounds are the least and the largest value of one linear form (the
transformation of Charnes and Cooper, Naval Research Logistics Quarterly 9, 1962, here without loss). Facts before **and**
after t count. Where old shares change hands, sellers give and buyers take the same number of them.

What nobody says is an **assumption**, and named like a fact: a holder buys only where it is named, and sells nothing, unless
a source says so. Those are columns that are held at zero, and may be opened.

Solved by HiGHS through SciPy. Where the facts cannot all be true, bounds are those of the least total relaxation (one share
of error in a fact costs 1, in an assumption 0.5); :mod:`aitracker.ownership.conflicts` says which facts contradict each other.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from aitracker.ownership.program_matrix import Matrix, Shape, unnamed_sale
from aitracker.ownership.solver import Answer, Solver

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["OTHERS", "Bound", "InfeasibleError", "Issue", "Program", "Said"]

OTHERS: Final = ""
"""The holder that stands for all whom nobody names."""

TINY: Final = 1e-9
_KEPT: Final = 64  # shapes and solvers that are kept: a contradiction tries many, once each


@dataclasses.dataclass(frozen=True)
class Issue:
    """An event of shares.

    Attributes
    ----------
    fact
        What its dilution rests on.
    low, high
        New shares over all shares after it; where only old shares change hands, those that do, as far as that is known.
    parts
        What each named buyer took, as ends of a fraction of the company after the event; ``facts`` names what it rests on.
    of_new
        The same, as ends of a fraction of the shares sold.
    listed
        The fact that everybody who bought is named; None where somebody else may have.
    leads
        Buyers who took at least as much as each of the ``followers`` (all others named where none are): an assumption.
    sellers
        Holders who may have sold old shares in it, as a source says; None: whoever had some.
    old
        Whether old shares changed hands: buyers then take from sellers, and nobody is diluted.
    """

    fact: str
    low: float = 0.0
    high: float = 0.0
    parts: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    of_new: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    listed: str | None = None
    leads: frozenset[str] = frozenset()
    followers: frozenset[str] = frozenset()
    sellers: frozenset[str] | None = None
    old: bool = False


class Said(NamedTuple):
    """A stake that somebody states: of these holders together, after so many events, between two fractions."""

    fact: str
    after: int
    holders: tuple[str, ...]
    low: float
    high: float


class Bound(NamedTuple):
    """Ends of a stake, and the facts and assumptions that make each of them."""

    low: float
    high: float
    low_facts: tuple[str, ...] = ()
    high_facts: tuple[str, ...] = ()


class InfeasibleError(ValueError):
    """The facts cannot all be true."""


class Program:
    """All holders of one company at all its events.

    Parameters
    ----------
    issues : sequence of Issue
        In their order.
    said : sequence of Said
        What is stated of stakes.
    entered : mapping of str to int
        Holders of whom no purchase is known before they were said to hold: before so many events they may have bought
        anything that is open to those whom nobody names, or have held from the start.
    sales : bool
        Whether anybody may have sold old shares at any event without a word; else only where an issue says so.
    anytime : collection of str
        Holders of whom it is known that they traded, nobody says when; of others it matters by the next disclosure only.
    """

    def __init__(
        self,
        issues: Sequence[Issue],
        said: Sequence[Said],
        entered: Mapping[str, int] | None = None,
        *,
        sales: bool = False,
        anytime: Collection[str] = (),
    ) -> None:
        self.issues, self.said, self.entered = tuple(issues), tuple(said), dict(entered or {})
        named = {h for one in self.issues for h in (*one.parts, *one.of_new)} | {
            h for one in self.said for h in one.holders
        }
        self.holders = (OTHERS, *sorted((named | set(self.entered)) - {OTHERS}))
        self.matrix = Matrix(self.issues, self.said, self.holders, self.entered, self.holders if sales else anytime)
        self.lifted = frozenset(unnamed_sale(h) for h in self.holders if h) if sales else frozenset()
        self._shapes: dict[Any, Shape] = {}
        self._solvers: dict[int, tuple[Shape, Solver]] = {}
        self._relaxed: dict[frozenset[str], float] = {}

    @property
    def facts(self) -> tuple[str, ...]:
        """Names of the facts and assumptions, each once, in their order."""
        return tuple(name for name in self.matrix.names if name not in self.lifted)

    # -------------------------------------------------------------------------------------------------- solving

    def shape(self, without: Collection[str] = (), slack: Collection[str] = (), budget: float | None = None) -> Shape:
        """The program without some facts, kept for the next time; see :meth:`Matrix.shape`."""
        key = (frozenset(without) | self.lifted, frozenset(slack), budget)
        if key not in self._shapes:
            if len(self._shapes) > _KEPT:
                self._shapes.clear()
            self._shapes[key] = self.matrix.shape(*key)
        return self._shapes[key]

    def form(self, holders: Collection[str], t: int) -> NDArray[np.float64]:
        """The shares of these holders together after ``t`` events, by column of the whole matrix."""
        form = np.zeros(self.matrix.width)
        places, signs = self.matrix.held(holders, t)
        form[places] = signs
        return form

    def solve(self, shape: Shape, form: NDArray[np.float64] | None = None, t: int | None = None) -> Answer:
        """Least value of a form, and of what gives way, where the company has one share after ``t`` events."""
        cost = shape.cost
        if form is not None:
            cost = cost.copy()
            cost[: len(shape.columns)] += form[shape.columns]
        if id(shape) not in self._solvers:
            if len(self._solvers) > _KEPT:
                self._solvers.clear()
            self._solvers[id(shape)] = (shape, Solver(shape.upper, shape.equal))
        return self._solvers[id(shape)][1].least(cost, int(shape.totals[len(self.issues) if t is None else t]))

    def feasible(self, without: Collection[str] = ()) -> bool:
        """Whether all facts but these can be true together."""
        return self.solve(self.shape(without)).x is not None

    def strain(self, without: Collection[str] = ()) -> float:
        """The least total error, in fractions of the company after the last event, with which all facts can be true."""
        key = frozenset(without)
        if key not in self._relaxed:
            strain = 0.0
            if not self.feasible(key):
                shape = self.shape(key, frozenset(self.facts) - key)
                done = self.solve(shape)
                if done.x is None:
                    raise InfeasibleError("the facts cannot all be true, whatever gives way")
                strain = max(0.0, float(shape.cost @ done.x))
            self._relaxed[key] = strain
        return self._relaxed[key]

    def _best(self, without: Collection[str]) -> Shape:
        """The program, or its least relaxation where the facts cannot all be true."""
        strain = self.strain(without)
        if strain <= 0:
            return self.shape(without)
        return self.shape(without, frozenset(self.facts) - frozenset(without), strain * (1 + 1e-6) + 1e-7)

    def bound(self, holders: Collection[str], t: int | None = None, without: Collection[str] = ()) -> Bound:
        """Least and largest stake that these holders together can have after ``t`` events; see :meth:`bounds`."""
        return self.bounds([(holders, t)], without)[0]

    def bounds(
        self, asked: Sequence[tuple[Collection[str], int | None]], without: Collection[str] = (), *, binds: bool = True
    ) -> list[Bound]:
        """Least and largest stakes that groups of holders can have, each after so many events.

        Parameters
        ----------
        asked : sequence of (holders, t)
            Whose shares are added up, and after how many events; after all of them where None is given.
        without : collection of str
            Facts to leave out.
        binds : bool
            Whether to tell the facts that make each end.

        Returns
        -------
        list of Bound
            Fractions from 0 to 1, and the facts whose constraints hold each end (their prices in the program are not
            zero). Where the facts cannot all be true, of the least total relaxation (:meth:`strain` is then above 0).
        """
        shape, last = self._best(without), len(self.issues)
        out = []
        for holders, after in asked:
            t = last if after is None else after
            form = self.form(holders, t)
            ends = []
            for sign in (1.0, -1.0):
                done = self.solve(shape, sign * form, t)
                if done.x is None:
                    raise InfeasibleError("the facts cannot all be true")
                end = min(1.0, max(0.0, float(form[shape.columns] @ done.x[: len(shape.columns)])))
                ends.append((end, self._binding(shape, sign * form, done, without) if binds else ()))
            (low, low_facts), (high, high_facts) = ends
            out.append(Bound(low, max(low, high), low_facts, high_facts))
        return out

    def _binding(
        self, shape: Shape, form: NDArray[np.float64], done: Answer, without: Collection[str]
    ) -> tuple[str, ...]:
        """Facts with a price: those of rows, and those that close a column which would be worth opening."""
        matrix, count = self.matrix, shape.upper.shape[0]
        rows, equal = done.rows[:count], done.rows[count:]
        found = dict.fromkeys(int(n) for n in shape.names[np.abs(rows) > TINY] if n >= 0)
        if shape.kept is not None:  # of the program as it is: a relaxed one has opened what closes
            off = matrix.number(self.lifted | frozenset(without))
            shut = np.flatnonzero(~off[matrix.closers].all(axis=1))
            upper, even = matrix.transposed
            full = np.zeros(upper.shape[1])
            full[shape.kept] = rows
            worth = form[shut] - (upper @ full + even @ equal)[shut]
            for column in shut[worth < -TINY]:
                found |= dict.fromkeys(int(n) for n in matrix.closers[column] if n >= 0 and not off[n])
        names = matrix.names
        return tuple(names[n] for n in found)

    def nearest(
        self, aims: Sequence[tuple[Collection[str], float | None]], t: int | None = None, without: Collection[str] = ()
    ) -> list[float]:
        """The stakes that can all be true and differ least, in sum, from given ones.

        Parameters
        ----------
        aims : sequence of (holders, stake)
            Groups of holders and the stake, as a fraction, that each is thought to have; None where it may have any.
        t, without
            As for :meth:`bound`.

        Returns
        -------
        list of float
            The stake of each group, in their order.
        """
        from scipy.sparse import block_array, csr_array  # type: ignore[import-untyped]

        t = len(self.issues) if t is None else t
        shape = self._best(without)
        forms = [self.form(holders, t)[shape.columns] for holders, _ in aims]
        told = [i for i, (_, point) in enumerate(aims) if point is not None]
        n, m = shape.upper.shape[1], len(told)
        upper, equal = shape.upper, shape.equal
        if m:
            gap = np.zeros((m, n))
            for row, i in enumerate(told):
                gap[row, : len(shape.columns)] = forms[i]
                gap[row, shape.totals[t]] -= (
                    aims[i][1] or 0.0
                )  # the company has one share, so a stake of all shares is a stake
            away, gap = -csr_array(np.eye(m)), csr_array(gap)
            upper = block_array([[upper, None], [gap, away], [-gap, away]]).tocsr()
            equal = block_array([[equal, csr_array((equal.shape[0], m))]]).tocsr()
        done = Solver(upper, equal).least(np.concatenate([shape.cost, np.ones(m)]), int(shape.totals[t]))
        if done.x is None:
            raise InfeasibleError("the facts cannot all be true")
        values = done.x[: len(shape.columns)]
        return [min(1.0, max(0.0, float(form @ values))) for form in forms]
