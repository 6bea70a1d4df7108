"""What a page holds, in as few bytes as it takes: tables by column, and whatever is said twice said once.

Gzip finds repetitions within 32 kB alone; a page holds a megabyte, most of which the variants of its charts have in common.
``expanded`` here and in report.js give back what went in.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["compact", "expanded"]

MARK = "\x01"
"""First entry of a list that stands for something else: a table, or a part of the pool."""

SHORT = 80
"""Characters up to which a part is repeated rather than pooled."""


def compact(value: Any) -> list[Any]:
    """Give ``[value, pool]`` as JSON: like objects in a list by column, repeated parts by their place in the pool."""
    shared = _Shared()
    by_column = _by_column(value)
    shared.count(by_column)
    return [shared.put(by_column), shared.pool]


def expanded(packed: list[Any]) -> Any:
    """Give what :func:`compact` was given."""
    value, pool = packed

    def made(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: made(entry) for key, entry in part.items()}
        if not isinstance(part, list):
            return part
        if part[:1] != [MARK]:
            return [made(entry) for entry in part]
        if len(part) == 2:
            return made(pool[part[1]])
        keys, columns = made(part[1]), made(part[2])
        rows = [list(row) for row in zip(*columns, strict=True)]
        return [dict(zip(keys, row, strict=True)) for row in rows] if keys else rows

    return made(value)


def _by_column(value: Any) -> Any:
    """Turn each list of objects with the same keys, and each list of lists of one length, into columns."""
    if isinstance(value, dict):
        return {key: _by_column(entry) for key, entry in value.items()}
    if not isinstance(value, list):
        return value
    first = value[0] if len(value) > 1 else None
    if isinstance(first, dict) and first and all(isinstance(r, dict) and r.keys() == first.keys() for r in value):
        return [MARK, list(first), [_by_column([row[key] for row in value]) for key in first]]
    if isinstance(first, list) and first and all(isinstance(r, list) and len(r) == len(first) for r in value):
        return [MARK, 0, [_by_column([row[i] for row in value]) for i in range(len(first))]]
    return [_by_column(entry) for entry in value]


class _Shared:
    """Parts that stand in more than one place."""

    def __init__(self) -> None:
        self.pool: list[Any] = []
        self._places: dict[int, int] = {}
        self._known: dict[Hashable, int] = {}
        self._seen: Counter[int] = Counter()
        self._names: dict[int, int] = {}  # of each list and object, by its identity: equal ones have the same name

    def count(self, part: Any) -> int:
        """Name a part and all that is in it; equal parts have one name."""
        shape: Hashable
        if isinstance(part, dict):
            shape = ("{", *((key, self.count(entry)) for key, entry in part.items()))
        elif isinstance(part, list):
            shape = ("[", *map(self.count, part))
        else:
            shape = (type(part).__name__, part)
        name = self._known.setdefault(shape, len(self._known))
        if isinstance(part, (dict, list)):
            self._names[id(part)] = name
            self._seen[name] += 1
        return name

    def put(self, part: Any) -> Any:
        """Give a part with what is repeated in it replaced by its place in the pool."""
        if not isinstance(part, (dict, list)) or not part:
            return part
        name = self._names[id(part)]
        if name in self._places:
            return [MARK, self._places[name]]
        made = (
            {key: self.put(entry) for key, entry in part.items()}
            if isinstance(part, dict)
            else [self.put(entry) for entry in part]
        )
        if self._seen[name] < 2 or len(json.dumps(made, ensure_ascii=False)) <= SHORT:
            return made
        self._places[name] = len(self.pool)
        self.pool.append(made)
        return [MARK, self._places[name]]
