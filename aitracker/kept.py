"""What is remembered, within bounds: the least recently used entry leaves first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["ENTRIES", "LENSES", "SHARED", "Kept", "Memory"]

T = TypeVar("T")

LENSES = 32
"""Lenses that a dataset remembers answers of; a report's chart of most controls looks through twenty-four."""

ENTRIES = 200
"""Answers that are remembered of one lens."""

SHARED = 400
"""Answers that are remembered for all lenses together."""


class Kept:
    """At most so many answers by their keys; may be used from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Number of entries."""
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        """Whether there is an entry of this key."""
        return key in self._entries

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what ``make`` gave when it was first asked for under this key, made anew where that has left."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key]  # type: ignore[no-any-return]
        made = make()  # outside the lock: making one answer asks for others
        with self._lock:
            self._entries[key] = made
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
        return made


class Memory:
    """What all datasets on one data remember: the answers of each lens, and those that hold for every lens."""

    def __init__(self) -> None:
        self.lenses = Kept(LENSES)
        self.shared = Kept(SHARED)

    def of(self, lens: Hashable) -> Kept:
        """Answers of one lens. A dataset keeps its own for as long as it lives, whatever leaves here."""
        return self.lenses.get(lens, lambda: Kept(ENTRIES))
