r"""The shares of one company as a linear program: what all holders can have had, given everything that was reported.

Reckoned in shares, not in per cent, every fact is linear. Let n(h, t) be the shares of holder h after event t and
N(t) the sum over all holders, those whom nobody names included. An event issues x(h) >= 0 new shares to each:

    n(h, t+1) = n(h, t) + x(h),   N(t+1) = N(t) + sum x

A dilution between dl and dh is ``dl N(t+1) <= sum x <= dh N(t+1)``, a part that bought between bl and bh of the company
``bl N(t+1) <= x(h) <= bh N(t+1)``, a disclosed stake between l and u ``l N(t) <= n(h, t) <= u N(t)``; of a group, the
sum of its members. All of them are homogeneous, so the number of shares is free: with N(t) = 1 a stake is n(h, t), and
its bounds are the least and the largest value of one linear form (the transformation of Charnes and Cooper, Naval
Research Logistics Quarterly 9, 1962, here without loss). Facts before **and** after t count. Where old shares may change
hands unseen, sellers give s(h) and buyers take b(h) of them, with the same sum.

Solved by HiGHS through SciPy. A set of facts that cannot all be true has no solution; see :meth:`Program.conflicts`.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["OTHERS", "Bound", "Infeasible", "Issue", "Program", "Said"]

OTHERS: Final = ""
"""The holder that stands for all whom nobody names."""

_TINY: Final = 1e-9


@dataclasses.dataclass(frozen=True)
class Issue:
    """An event of shares.

    Attributes
    ----------
    fact
        What its dilution rests on.
    low, high
        New shares over all shares after it; both 0 where only old shares change hands.
    parts
        What each named buyer took, as ends of a fraction of the company after the event; ``facts`` names what it rests on.
    open
        Whether somebody whom nobody names may have bought too.
    leads
        Buyers who took at least as much as each other named one.
    sellers
        Holders who may have sold old shares in it, as a source says; None: whoever had some.
    old
        Whether old shares changed hands: buyers then take from sellers, and nobody is diluted.
    """

    fact: str
    low: float = 0.0
    high: float = 0.0
    parts: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    open: bool = True
    leads: frozenset[str] = frozenset()
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
    """Ends of a stake, and the facts that make each of them."""

    low: float
    high: float
    low_facts: tuple[str, ...]
    high_facts: tuple[str, ...]


class Infeasible(ValueError):
    """The facts cannot all be true."""


class Program:
    """All holders of one company at all its events.

    Parameters
    ----------
    issues : sequence of Issue
        In their order.
    said : sequence of Said
        What is stated of stakes.
    from_start : collection of str
        Named holders who may have held from before the first event: of whom no purchase is known.
    sales : bool
        Whether anybody may have sold old shares at any event without a word, to those of whom no purchase is known; else
        only where an issue says so.
    """

    def __init__(
        self, issues: Sequence[Issue], said: Sequence[Said], from_start: Collection[str] = (), *, sales: bool = False
    ) -> None:
        self.issues, self.said, self.sales = tuple(issues), tuple(said), sales
        self.from_start = frozenset(from_start) | {OTHERS}
        named = {h for one in self.issues for h in one.parts} | {h for one in self.said for h in one.holders}
        self.holders = (OTHERS, *sorted((named | self.from_start) - {OTHERS}))
        self._columns: dict[tuple[str, str, int], int] = {}
        self._make_columns()

    # ------------------------------------------------------------------------------------------------ variables

    def _make_columns(self) -> None:
        for h in self.holders:
            if h in self.from_start:
                self._column("start", h, 0)
        for k, one in enumerate(self.issues):
            if not one.old:
                for h in self._buyers(one):
                    self._column("new", h, k)
            if one.old or self.sales:
                for h in self.holders:
                    if self.sales or one.sellers is None or h in one.sellers:
                        self._column("sold", h, k)
                    if h in self._buyers(one) if one.old else h in self.from_start:
                        self._column("bought", h, k)

    def _buyers(self, one: Issue) -> tuple[str, ...]:
        return (*one.parts, *((OTHERS,) if one.open and OTHERS not in one.parts else ()))

    def _column(self, kind: str, holder: str, k: int) -> None:
        self._columns.setdefault((kind, holder, k), len(self._columns))

    def _form(self, terms: Iterable[tuple[tuple[str, str, int], float]]) -> NDArray[np.float64]:
        form = np.zeros(len(self._columns))
        for key, value in terms:
            if key in self._columns:
                form[self._columns[key]] += value
        return form

    def shares(self, holders: Collection[str], t: int) -> NDArray[np.float64]:
        """The shares of these holders together after ``t`` events, as a linear form of the variables."""
        return self._form(
            term
            for h in holders
            for term in (
                (("start", h, 0), 1.0),
                *((("new", h, k), 1.0) for k in range(t)),
                *((("bought", h, k), 1.0) for k in range(t)),
                *((("sold", h, k), -1.0) for k in range(t)),
            )
        )

    def total(self, t: int) -> NDArray[np.float64]:
        """All shares after ``t`` events."""
        return self.shares(self.holders, t)

    # ----------------------------------------------------------------------------------------------------- rows

    @cached_property
    def rows(self) -> list[tuple[str, NDArray[np.float64]]]:
        """Every fact as ``form <= 0``, under its name; the arithmetic of shares has none."""
        out: list[tuple[str, NDArray[np.float64]]] = []
        for k, one in enumerate(self.issues):
            after = self.total(k + 1)
            kind = "bought" if one.old else "new"
            took = {h: self._form([((kind, h, k), 1.0)]) for h in self._buyers(one)}
            if not one.old:
                new = self._form((("new", h, k), 1.0) for h in took)
                out += [(one.fact, one.low * after - new), (one.fact, new - one.high * after)]
            for h, (low, high) in one.parts.items():
                fact = one.facts.get(h, one.fact)
                if low > 0:
                    out.append((fact, low * after - took[h]))
                if high < 1:
                    out.append((fact, took[h] - high * after))
            for lead in one.leads:
                out += [(one.fact, took[h] - took[lead]) for h in one.parts if h not in one.leads]
        for told in self.said:
            held, whole = self.shares(told.holders, told.after), self.total(told.after)
            if told.low > 0:
                out.append((told.fact, told.low * whole - held))
            if told.high < 1:
                out.append((told.fact, held - told.high * whole))
        # Nobody sells what he has not.
        out += [
            ("", -self.shares([h], k + 1))
            for k, one in enumerate(self.issues)
            if one.old or self.sales
            for h in self.holders
            if ("sold", h, k) in self._columns
        ]
        return out

    @cached_property
    def _equal(self) -> list[NDArray[np.float64]]:
        """Old shares that are sold are bought."""
        return [
            self._form(
                term for h in self.holders for term in ((("sold", h, k), 1.0), (("bought", h, k), -1.0))
            )
            for k, one in enumerate(self.issues)
            if one.old or self.sales
        ]

    @property
    def facts(self) -> tuple[str, ...]:
        """Names of the facts, each once, in their order."""
        return tuple(dict.fromkeys(name for name, _ in self.rows if name))

    # -------------------------------------------------------------------------------------------------- solving

    def _solve(
        self, form: NDArray[np.float64], t: int, without: Collection[str] = (), slack: Collection[str] = ()
    ) -> Any:
        """Least value of a form where the company has one share after ``t`` events; ``slack`` facts may give way at a cost."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_array

        kept = [(name, row) for name, row in self.rows if name not in without]
        upper = np.array([row for _, row in kept]).reshape(len(kept), len(self._columns))
        equal = np.array([*self._equal, self.total(t)])
        loose = [i for i, (name, _) in enumerate(kept) if name in slack]
        if loose:
            give = np.zeros((len(kept), len(loose)))
            give[loose, range(len(loose))] = -1.0
            upper = np.hstack([upper, give])
            equal = np.hstack([equal, np.zeros((len(equal), len(loose)))])
            form = np.concatenate([form, np.ones(len(loose))])
        done = linprog(
            form,
            A_ub=csr_array(upper) if len(kept) else None,
            b_ub=np.zeros(len(kept)) if len(kept) else None,
            A_eq=csr_array(equal),
            b_eq=np.array([0.0] * len(self._equal) + [1.0]),
            bounds=(0, None),
            method="highs",
        )
        done.names = [name for name, _ in kept]
        return done

    def feasible(self, without: Collection[str] = ()) -> bool:
        """Whether all facts but these can be true together."""
        return bool(self._solve(np.zeros(len(self._columns)), len(self.issues), without).status == 0)

    def bound(self, holders: Collection[str], t: int | None = None, without: Collection[str] = ()) -> Bound:
        """Least and largest stake that these holders together can have after ``t`` events.

        Parameters
        ----------
        holders : collection of str
            Whose shares are added up.
        t : int, optional
            After how many events; after all of them where none is given.
        without : collection of str
            Facts to leave out.

        Returns
        -------
        Bound
            Fractions from 0 to 1, and the facts whose constraints hold each end (their prices in the program are not zero).

        Raises
        ------
        Infeasible
            When the facts cannot all be true.
        """
        t = len(self.issues) if t is None else t
        held = self.shares(holders, t)
        ends, facts = [], []
        for sign in (1.0, -1.0):
            done = self._solve(sign * held, t, without)
            if done.status != 0:
                raise Infeasible("the facts cannot all be true")
            ends.append(min(1.0, max(0.0, sign * done.fun)))
            prices = zip(done.names, done.ineqlin.marginals, strict=True)
            facts.append(tuple(dict.fromkeys(name for name, price in prices if name and abs(price) > _TINY)))
        return Bound(ends[0], max(ends), facts[0], facts[1])

    def nearest(self, points: Mapping[str, float], t: int | None = None, without: Collection[str] = ()) -> dict[str, float]:
        """The stakes that can all be true and differ least, in sum, from given ones.

        Parameters
        ----------
        points : mapping
            A stake by holder, as a fraction; whoever is not named may have any.
        t, without
            As for :meth:`bound`.

        Returns
        -------
        dict
            A stake by holder, those of :attr:`holders`; they add up to 1.

        Raises
        ------
        Infeasible
            When the facts cannot all be true.
        """
        from scipy.optimize import linprog

        t = len(self.issues) if t is None else t
        kept = [row for name, row in self.rows if name not in without]
        n, m = len(self._columns), len(points)
        rows, limits = [np.concatenate([row, np.zeros(m)]) for row in kept], [0.0] * len(kept)
        for i, (h, point) in enumerate(points.items()):
            away = np.zeros(m)
            away[i] = -1.0
            held = self.shares([h], t)
            rows += [np.concatenate([held, away]), np.concatenate([-held, away])]
            limits += [point, -point]
        equal = [np.concatenate([row, np.zeros(m)]) for row in (*self._equal, self.total(t))]
        done = linprog(
            np.concatenate([np.zeros(n), np.ones(m)]),
            A_ub=np.array(rows) if rows else None,
            b_ub=limits if rows else None,
            A_eq=np.array(equal),
            b_eq=[0.0] * len(self._equal) + [1.0],
            bounds=(0, None),
            method="highs",
        )
        if done.status != 0:
            raise Infeasible("the facts cannot all be true")
        return {h: float(self.shares([h], t) @ done.x[:n]) for h in self.holders}

    # -------------------------------------------------------------------------------------------- contradictions

    def conflict(self, without: Collection[str] = ()) -> tuple[str, ...]:
        """One smallest set of facts that cannot all be true: without any one of them the rest can. Empty where there is none.

        The deletion filter of Chinneck (Feasibility and Infeasibility in Optimization, 2008, ch. 6), begun from the facts
        that the cheapest mending touches.
        """
        gone = set(without)
        if self.feasible(gone):
            return ()
        suspects = [name for name in self.facts if name not in gone]
        for name in list(suspects):
            if not self.feasible(gone | {name}):
                gone.add(name)
                suspects.remove(name)
        return tuple(suspects)

    def conflicts(self, most: int = 10) -> list[tuple[str, ...]]:
        """Smallest sets of facts that cannot all be true, until what is left can.

        From each set the fact that has to give way least is taken out before the next is looked for, so sets may share facts.
        """
        found: list[tuple[str, ...]] = []
        gone: set[str] = set()
        while len(found) < most:
            one = self.conflict(gone)
            if not one:
                break
            found.append(one)
            gone.add(min(one, key=lambda name: self.give(name, gone)))
        return found

    def give(self, fact: str, without: Collection[str] = ()) -> float:
        """How far one fact has to move for the others to be true, in fractions of the company; infinity where that is not enough.

        Parameters
        ----------
        fact : str
            The fact that gives way.
        without : collection of str
            Facts that are left out.
        """
        t = next((told.after for told in self.said if told.fact == fact), None)
        if t is None:
            t = next((k + 1 for k, one in enumerate(self.issues) if fact == one.fact or fact in one.facts.values()), 0)
        done = self._solve(np.zeros(len(self._columns)), t, without, slack={fact})
        return float(done.fun) if done.status == 0 else float("inf")

    def least(self) -> tuple[str, ...]:
        """Facts to leave out so that the rest can be true: those that the cheapest mending of all touches."""
        if self.feasible():
            return ()
        done = self._solve(np.zeros(len(self._columns)), len(self.issues), slack=self.facts)
        loose = [name for name, _ in self.rows if name]
        given = done.x[len(self._columns) :]
        return tuple(dict.fromkeys(name for name, gap in zip(loose, given, strict=True) if gap > _TINY))
