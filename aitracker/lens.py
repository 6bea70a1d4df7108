"""The lens: how the data is looked at, and the words for what is allowed."""

from __future__ import annotations

import dataclasses
import datetime as dt

from aitracker.asked import day, one_of
from aitracker.vocabulary import GROUPS, POLICIES, Group, Policy

__all__ = ["Lens"]

_GROUP_WORDS = {"none": "vehicles apart", "managed": "managed funds rolled up", "affiliates": "affiliates rolled up"}


@dataclasses.dataclass(frozen=True)
class Lens:
    """How the data is looked at.

    Parameters
    ----------
    as_of : date or ISO text, optional
        Valid time: only what had happened by then. A fuzzy date counts from the last day of its period.
    known_by : date or ISO text, optional
        Knowledge time: only what a source had said by then, by publication date; a source dated to a month or a year
        counts from its last day, an undated source makes nothing known.
    policy : str
        How one value is chosen where claims differ: ``curated``, ``filing-first``, ``latest``, ``lowest``, ``highest``
        or ``median`` (the lower middle one of the origins' values: always a printed figure).
    group : str
        Under whose name an investor's vehicles go: ``none``, ``parent`` (of controlled vehicles), ``managed`` (also of
        funds that it manages without owning their money) or ``affiliates`` (also of firms tied to it without control).
    """

    as_of: dt.date | None = None
    known_by: dt.date | None = None
    policy: Policy = "curated"
    group: Group = "parent"

    def __post_init__(self) -> None:
        """Turn texts into dates and refuse what is not allowed."""
        object.__setattr__(self, "as_of", day("as_of", self.as_of))
        object.__setattr__(self, "known_by", day("known_by", self.known_by))
        one_of("policy", self.policy, POLICIES)
        one_of("group", self.group, GROUPS)

    @property
    def words(self) -> str | None:
        """The lens in words, for the subtitle of a chart; None for the default lens."""
        parts = []
        if self.as_of:
            parts.append(f"as of {self.as_of:%-d %b %Y}")
        if self.known_by:
            parts.append(f"as known on {self.known_by:%-d %b %Y}")
        if self.policy != "curated":
            parts.append(f"{self.policy} claims")
        if self.group != "parent":
            parts.append(_GROUP_WORDS[self.group])
        return ", ".join(parts) or None

    @property
    def code(self) -> str:
        """The arguments of ``load`` or ``at`` that give this lens, leaving out the defaults."""
        default = Lens()
        given = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        given = {k: str(v) if isinstance(v, dt.date) else v for k, v in given.items() if v != getattr(default, k)}
        return ", ".join(f"{key}={value!r}" for key, value in given.items())
