"""What a frame of flows says of itself: whether the money was raised or talked of, and of whom."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import polars as pl

from aitracker.charts import theme

FOREIGN: Final = "foreign comparators"
WORDS: Final[Mapping[str, str]] = {
    "closed": "raised",
    "reported": "reported",
    "in-talks": "in talks",
    "cancelled": "called off",
}
HOLLOW: Final = ("in-talks", "cancelled")  # no money moved: drawn hollow, never in a sum of money that did
SURE: Final = ("closed", "reported")


class Told(NamedTuple):
    """The set of a frame: statuses of its rounds, and its start-ups and what narrows the money in words."""

    statuses: tuple[str, ...]
    universe: str

    @property
    def raised(self) -> str:
        """Say what happened to the money: ``raised``, ``raised or reported``, ``in talks``."""
        return " or ".join(WORDS.get(s, s) for s in self.statuses)

    @property
    def sure(self) -> bool:
        """Tell whether all of it is money that moved, as far as sources say."""
        return set(self.statuses) <= set(SURE)

    def did(self, verb: str) -> str:
        """Give the verb for what a group did; of talks nothing has been done yet."""
        return verb if self.sure else "stands for"

    def headed(self, title: str) -> str:
        """Name foreign comparators, and whose money alone it is, in front of a title."""
        start, *narrower = self.universe.split("; ")
        head = ", ".join([*([start] if FOREIGN in start else []), *(w for w in narrower if w.startswith("only "))])
        return f"{head[:1].upper()}{head[1:]}: {title}" if head else title

    def of(self, subtitle: str) -> str:
        """Add to a subtitle which start-ups it is about, and from when to when."""
        start, *narrower = self.universe.split("; ")
        named = ", ".join(filter(None, [start, *(w for w in narrower if not w.startswith("only "))]))
        return f"{subtitle} · {named}" if named else subtitle


def statuses(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Statuses of the rounds in a row; closed where the frame does not say."""
    return tuple(str(row.get("status") or "closed").split(", "))


def hollow(row: Mapping[str, Any]) -> bool:
    """Tell whether no money of a row has moved."""
    return set(statuses(row)) <= set(HOLLOW)


def told(frame: pl.DataFrame, rows: Iterable[Mapping[str, Any]] | None = None) -> Told:
    """Read what a frame, or those of its rows that are drawn, says of itself."""
    rows = list(frame.iter_rows(named=True) if rows is None else rows)
    found = dict.fromkeys(s for r in rows for s in statuses(r))
    sets = dict.fromkeys(str(r["universe"]) for r in rows if r.get("universe"))
    return Told(tuple(found) or ("closed",), " and ".join(sets))


def moved(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out rounds that moved no money, unless there is nothing else; and parts that somebody only may have."""
    there = [r for r in rows if not (r.get("rounds") == 0 and r.get("amount_usd_m") is None)]
    solid = [r for r in there if not hollow(r)]
    return solid or there


def name(frame: pl.DataFrame, column: str) -> str:
    """The one name in a column, without what stands in brackets; empty where there is none, or more than one."""
    if column not in frame.columns:
        return ""
    names = [str(v) for v in frame[column].drop_nulls().unique(maintain_order=True)]
    return short(names[0]) if len(names) == 1 else ""


def short(text: str) -> str:
    """Leave out brackets, other names and the word group behind a firm's name."""
    return text.split(" (", maxsplit=1)[0].split(" / ", maxsplit=1)[0].removesuffix(" Group") or text


def rests(row: Mapping[str, Any]) -> str:
    """Say on how many rounds a figure rests, where it is not on all of them."""
    resting, rounds = row.get("rounds_resting"), row.get("rounds")
    if resting is None or rounds is None or resting >= rounds:
        return ""
    return f"rests on {resting:,} of {theme.count(int(rounds), 'round')}"
