"""Columns and rows of the program of a cap table, as sparse matrices that are built once and then cut to what is asked."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

    from aitracker.ownership.program import Issue, Said

__all__ = ["ASSUMED", "Matrix", "Shape", "assumed", "unnamed_purchase", "unnamed_sale"]

ASSUMED: Final = "assumed"
"""Kind of the facts that no source states."""

_WIDEST: Final = 0.5
Terms = tuple[list[int], list[float]]  # columns, and the factor of each
_START, _NEW, _BOUGHT, _SOLD = range(4)


def assumed(what: str, of: str) -> str:
    """Name of an assumption."""
    return f"{ASSUMED}|{of}|{what}"


def unnamed_purchase(holder: str) -> str:
    """Name of the assumption that a holder bought only where it is named."""
    return assumed("no unnamed purchase", holder)


def unnamed_sale(holder: str) -> str:
    """Name of the assumption that a holder sold only where a source says so."""
    return assumed("no unnamed sale", holder)


class Shape(NamedTuple):
    """The program as it is solved: the columns that are open, the rows that count, and what may give way."""

    upper: csr_array  # rows <= 0
    equal: csr_array  # rows = 0
    columns: NDArray[np.int64]  # of the whole matrix; the totals among them
    totals: NDArray[np.int64]  # where the totals stand in this shape
    names: NDArray[np.int64]  # of each upper row, -1 for arithmetic
    cost: NDArray[np.float64]  # of what gives way; zero elsewhere
    kept: NDArray[np.int64] | None = None  # which rows of the whole matrix these are, where none gives way


class Matrix:
    """All columns and rows of one company.

    A column is a number of shares: held at the start, newly issued, bought or sold by one holder in one event; one more for
    all shares after each event. A column that no source opens is held at zero by the facts that close it.
    """

    def __init__(
        self,
        issues: Sequence[Issue],
        said: Sequence[Said],
        holders: Sequence[str],
        entered: dict[str, int],
        anytime: Collection[str] = (),
    ) -> None:
        self.issues, self.said, self.holders = issues, said, holders
        self._names: dict[str, int] = {}
        self._kind: list[tuple[int, int, int]] = []
        self._closed: list[tuple[int, int]] = []
        self._own: list[list[int]] = [[] for _ in holders]  # columns of each holder, in the order of events
        self._until: list[list[int]] = [[] for _ in holders]  # how many of them count after so many events
        self._new: list[list[int]] = [[] for _ in issues]
        self._place: dict[tuple[int, int, int], int] = {}
        # Old shares that change hands unseen matter by the next time that somebody says who has what: one moment before each
        # is enough, but for those of whom it is known that they traded.
        self.slots = {told.after - 1 for told in said if told.after > 0} | {
            k for k, one in enumerate(issues) if one.old
        }
        self.anytime = set(anytime) | ({""} if anytime else set())
        self._index = {h: i for i, h in enumerate(holders)}
        for i, h in enumerate(holders):
            self._columns_of(i, h, entered)
        self.count = len(self._kind)
        self.width = self.count + len(issues) + 1

    def _name(self, name: str) -> int:
        return self._names.setdefault(name, len(self._names))

    @property
    def names(self) -> list[str]:
        """Facts and assumptions, by their number."""
        _ = self._rows  # rows name facts too
        return list(self._names)

    def number(self, names: Collection[str]) -> NDArray[np.bool_]:
        """Which numbers stand for these names."""
        _ = self._rows
        off = np.zeros(len(self._names) + 1, dtype=bool)  # the last one stands for no name
        off[[self._names[n] for n in names if n in self._names]] = True
        off[-1] = True
        return off

    def _columns_of(self, i: int, h: str, entered: dict[str, int]) -> None:
        free, until = h == "", entered.get(h, 0)
        purchase = -1 if free else self._name(unnamed_purchase(h))
        sale = -1 if free else self._name(unnamed_sale(h))
        self._column(_START, i, 0, -1 if free or h in entered else purchase)
        self._until[i].append(1)
        for k, one in enumerate(self.issues):
            named = h in one.parts or h in one.of_new
            closed = -1 if named or free or k < until else purchase
            listed = self._name(one.listed) if one.listed and not named else -1
            if not one.old:
                self._new[k].append(self._column(_NEW, i, k, closed, listed))
            if not self._trades(h, k):
                self._until[i].append(len(self._own[i]))
                continue
            # Old shares of an event of new ones change hands unseen: there a name in the list tells nothing.
            unseen = -1 if free or k < until or (one.old and named) else purchase
            self._column(_BOUGHT, i, k, unseen, listed if one.old else -1)
            tells = one.old and not named and (one.sellers is None or h in one.sellers)
            others = -1 if not one.old or one.sellers is None else self._name(one.fact)
            self._column(_SOLD, i, k, -1 if tells else others if free else sale)
            self._until[i].append(len(self._own[i]))

    def _trades(self, h: str, k: int) -> bool:
        return k in self.slots or h in self.anytime

    def _column(self, kind: int, i: int, k: int, closed: int, listed: int = -1) -> int:
        place = self._place[kind, i, k] = len(self._kind)
        self._kind.append((kind, i, k))
        self._closed.append((closed, listed))
        self._own[i].append(place)
        return place

    def held(self, holders: Iterable[str], t: int) -> tuple[list[int], list[float]]:
        """The shares of these holders together after ``t`` events: columns, and the sign of each."""
        places = [
            p
            for h in dict.fromkeys(holders)
            if h in self._index
            for p in self._own[self._index[h]][: self._until[self._index[h]][t]]
        ]
        return places, [-1.0 if self._kind[p][0] == _SOLD else 1.0 for p in places]

    @cached_property
    def _rows(self) -> tuple[csr_array, NDArray[np.int64], NDArray[np.int64]]:
        """Rows <= 0, the number of each one's fact, and the holder whose rest it keeps above zero (-1: a fact's row)."""
        rows = [row for k, one in enumerate(self.issues) for row in self._rows_of(k, one)]
        for told in self.said:
            held, whole = self.held(told.holders, told.after), ([self.count + told.after], [1.0])
            rows += self._between(self._name(told.fact), held, whole, told.low, told.high)
        keeps = [-1] * len(rows)
        for i, h in enumerate(self.holders):  # nobody sells what he has not
            for k in range(len(self.issues)):
                if self._trades(h, k):
                    rows.append((-1, _sum((*self.held([h], k + 1), -1.0))))
                    keeps.append(i)
        terms, names = [row for _, row in rows], [name for name, _ in rows]
        return _sparse(terms, self.width), np.array(names, dtype=np.int64), np.array(keeps, dtype=np.int64)

    def _between(self, name: int, part: Terms, whole: Terms, low: float, high: float) -> list[tuple[int, Terms]]:
        """A part that lies between two fractions of a whole."""
        rows = []
        if low > 0:
            rows.append((name, _sum((*whole, low), (*part, -1.0))))
        if high < 1:
            rows.append((name, _sum((*part, 1.0), (*whole, -high))))
        return rows

    def _rows_of(self, k: int, one: Issue) -> list[tuple[int, Terms]]:
        """What an event says: how much it sold, what each named investor took, that the lead gave most."""
        kind = _BOUGHT if one.old else _NEW
        whole: Terms = ([self.count + k + 1], [1.0])
        new: Terms = (self._new[k], [1.0] * len(self._new[k]))
        fact = self._name(one.fact)
        rows: list[tuple[int, Terms]] = []
        if not one.old:
            rows += [(fact, _sum((*whole, one.low), (*new, -1.0))), (fact, _sum((*new, 1.0), (*whole, -one.high)))]
            # Whatever gives way, what was before an event stays a part of the company.
            rows.append((-1, _sum((*new, 1.0), (*whole, -max(_WIDEST, one.high)))))
        elif 0 < one.high < 1:
            traded = [self._place[_BOUGHT, i, k] for i in range(len(self.holders))]
            rows.append((fact, _sum((traded, [1.0] * len(traded), 1.0), (*whole, -one.high))))
        took: dict[str, Terms] = {
            h: ([self._place[kind, self._index[h], k]], [1.0]) for h in {**one.parts, **one.of_new}
        }
        for ends, base in ((one.parts, whole), (one.of_new, new)):
            for h, (low, high) in ends.items():
                rows += self._between(self._name(one.facts.get(h, one.fact)), took[h], base, low, high)
        for lead in sorted(one.leads & took.keys()):
            led = self._name(assumed("the lead gave most", one.fact))
            followers = sorted((one.followers or took.keys()) - one.leads)
            rows += [(led, _sum((*took[h], 1.0), (*took[lead], -1.0))) for h in followers]
        return rows

    @cached_property
    def _equal(self) -> csr_array:
        """All shares are those of all holders; old shares that are sold are bought."""
        starts = [self._place[_START, i, 0] for i in range(len(self.holders))]
        rows = [([*starts, self.count], [1.0] * len(starts) + [-1.0])]
        for k, new in enumerate(self._new):
            rows.append(([*new, self.count + k, self.count + k + 1], [1.0] * len(new) + [1.0, -1.0]))
        for k in range(len(self.issues)):
            traded = [
                (self._place[kind, i, k], sign)
                for i, h in enumerate(self.holders)
                if self._trades(h, k)
                for kind, sign in ((_BOUGHT, 1.0), (_SOLD, -1.0))
            ]
            rows.append(([p for p, _ in traded], [s for _, s in traded]))
        return _sparse(rows, self.width)

    @cached_property
    def closers(self) -> NDArray[np.int64]:
        """By column: the numbers of the facts that close it; -1 for none."""
        return np.array(self._closed, dtype=np.int64).reshape(self.count, 2)

    @cached_property
    def transposed(self) -> tuple[csr_array, csr_array]:
        """By column: its entries in the rows, for the price of opening it."""
        return self._rows[0].T.tocsr(), self._equal.T.tocsr()

    def kept(self, without: Collection[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which columns are open and which rows count once some facts are left out."""
        _, names, keeps = self._rows
        off = self.number(without)
        open_ = np.asarray(off[self.closers].all(axis=1))
        sellers = np.zeros(len(self.holders) + 1, dtype=bool)
        sold = [p for p in np.flatnonzero(open_) if self._kind[p][0] == _SOLD]
        sellers[[self._kind[p][1] for p in sold]] = True
        return open_, np.asarray(np.where(keeps >= 0, sellers[keeps], ~off[names] | (names < 0)))

    def shape(
        self, without: Collection[str], slack: Collection[str] = (), budget: float | None = None, *, cheap: float = 0.5
    ) -> Shape:
        """Cut the program to the facts that count; ``slack`` facts may give way, an assumption at ``cheap`` the price of a fact.

        With a ``budget`` all that gives way together costs no more than that, per share after the last event.
        """
        from scipy.sparse import block_array, csr_array

        upper, names, _ = self._rows
        if not slack:
            open_, rows = self.kept(without)
            columns = np.concatenate([np.flatnonzero(open_), np.arange(self.count, self.width)])
            cut = upper[np.flatnonzero(rows)][:, columns]
            totals = np.arange(len(columns) - len(self.issues) - 1, len(columns))
            kept = np.flatnonzero(rows)
            return Shape(cut, self._equal[:, columns], columns, totals, names[rows], np.zeros(len(columns)), kept)
        base = self.shape([*without, *(n for n in slack if n in self._names)])  # what closes a column is lifted ...
        off, may = self.number(without), self.number(slack)
        shut = ~off[self.closers].all(axis=1)
        cost = np.concatenate([np.where(shut, cheap, 0.0), np.zeros(self.width - self.count)])[
            base.columns
        ]  # ... at a price
        _, rows = self.kept([*without, *(n for n in slack if n in self._names)])
        rows |= may[names] & (names >= 0) & ~off[names]
        numbers = np.unique(names[rows & (names >= 0) & may[names]])
        gives = csr_array(
            (
                -np.ones(int(np.isin(names[rows], numbers).sum())),
                (
                    np.flatnonzero(np.isin(names[rows], numbers)),
                    np.searchsorted(numbers, names[rows][np.isin(names[rows], numbers)]),
                ),
            ),
            shape=(int(rows.sum()), len(numbers)),
        )
        words = self.names
        price = np.array([cheap if words[n].startswith(f"{ASSUMED}|") else 1.0 for n in numbers])
        cut, label = upper[np.flatnonzero(rows)][:, base.columns], names[rows]
        upper_ = block_array([[cut, gives]]).tocsr()
        cost = np.concatenate([cost, price])
        if budget is not None:
            limit = cost.copy()
            limit[base.totals[-1]] = -budget
            upper_ = block_array([[upper_], [csr_array(limit.reshape(1, -1))]]).tocsr()
            label, cost = np.append(label, -1), np.zeros(len(cost))
        equal = block_array([[base.equal, csr_array((base.equal.shape[0], len(numbers)))]]).tocsr()
        return Shape(upper_, equal, base.columns, base.totals, label, cost)


def _sum(*terms: tuple[list[int], list[float], float]) -> Terms:
    """Forms added up, each with its factor."""
    return [p for places, _, _ in terms for p in places], [by * s for _, signs, by in terms for s in signs]


def _sparse(rows: Sequence[tuple[list[int], list[float]]], width: int) -> csr_array:
    from scipy.sparse import csr_array

    ends = np.cumsum([0, *(len(places) for places, _ in rows)])
    places = np.array([p for many, _ in rows for p in many], dtype=np.int64)
    values = np.array([v for _, many in rows for v in many])
    made = csr_array((values, places, ends), shape=(len(rows), width))
    made.sum_duplicates()
    return made
