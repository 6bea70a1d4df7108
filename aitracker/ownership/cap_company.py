"""The program of one company, and what its names mean."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from aitracker.ownership.program_matrix import ASSUMED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aitracker.ownership.ledger import Round
    from aitracker.ownership.program import Program

__all__ = ["PUBLIC", "About", "Company", "Happened", "end_of"]

PUBLIC: Final = "public-market"
"""The investor that stands for the public: it buys and sells without a word."""


class About(NamedTuple):
    """What stands behind a name of the program: facts of the data, and words."""

    facts: tuple[str, ...]
    words: str


class Happened(NamedTuple):
    """An event of a company: a round, or a day on which old shares must have changed hands."""

    end: dt.date
    label: str
    round: Round | None
    tranches: tuple[Round, ...] = ()


@dataclasses.dataclass(frozen=True)
class Company:
    """The program of one company, and what its names mean."""

    startup_id: str
    program: Program
    events: tuple[Happened, ...]
    about: Mapping[str, About]
    names: Mapping[str, str]  # of holders
    bare: Program  # the same with every assumption, those too that what is disclosed tells against
    weak: frozenset[str]  # stakes that no filing states
    dropped: frozenset[str]  # assumptions and statements that are left out, so that the others can be true

    def after(self, as_of: dt.date | None) -> int:
        """How many of its events had happened by a date."""
        return sum(as_of is None or one.end <= as_of for one in self.events)

    @property
    def relaxed(self) -> bool:
        """Whether what sources state contradicts itself, so that some of it is left out."""
        return any(not name.startswith(f"{ASSUMED}|") for name in self.dropped) or self.program.strain() > 0

    def members(self, investors: Collection[str]) -> tuple[str, ...]:
        """Those of some investors that the program knows."""
        known = set(self.program.holders)
        return tuple(one for one in investors if one in known)


def end_of(one: Round) -> dt.date:
    """Day of a round; an undated one stands before all others."""
    return one.end or dt.date.min
