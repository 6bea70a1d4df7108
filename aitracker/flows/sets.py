"""The set of rounds and parts that a caller asked for: checked, as filters, and in words."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.asked import day, keys, scopes_within, waves_asked, words
from aitracker.vocabulary import FOREIGN, HOME_WAVES, INSTRUMENTS, KINDS, NEW_MONEY, SEGMENTS, STATUSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["Asked", "asked_for", "universe"]

WAVE_WORDS = {
    "vision": "computer-vision start-ups",
    "genai": "generative-AI start-ups",
    "other": "chip makers and older AI companies",
    FOREIGN: "foreign comparators",
}
SCOPE_WORDS = {
    "model-maker": "Chinese makers of foundation models",
    "genai": "Chinese companies of generative AI",
    "ai": "Chinese AI companies",
}
SPAN = (dt.date(1990, 1, 1), dt.date(2100, 12, 31))
"""Days between which a round can have been: a year outside of them is a slip."""

HOME = "Chinese AI start-ups"
"""All waves but the foreign comparators."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """Which rounds and parts a caller asked for; None takes all."""

    status: tuple[str, ...]
    kinds: tuple[str, ...]
    waves: tuple[str, ...]
    scope: str | None = None
    instruments: tuple[str, ...] | None = None
    segments: tuple[str, ...] | None = None
    investors: tuple[str, ...] | None = None
    """Names under which the lens puts the money of those asked for."""
    since: dt.date | None = None
    until: dt.date | None = None
    universe: str = HOME

    def filters(self) -> list[pl.Expr]:
        """What a part has to be, in the columns of `split_with_attributes`."""
        wanted = {
            "status": self.status,
            "kind": self.kinds,
            "wave": self.waves,
            "scope": scopes_within(self.scope),
            "instrument": self.instruments,
            "segment": self.segments,
            "investor_id": self.investors,
        }
        tests = [pl.col(column).is_in(list(told)) for column, told in wanted.items() if told is not None]
        # An undated round is in no period: a limit leaves it out.
        if self.since is not None:
            tests.append(pl.col("announced") >= self.since)
        if self.until is not None:
            tests.append(pl.col("announced") <= self.until)
        return tests

    def named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Say in every row of a frame which set it is of."""
        told = {"status": ", ".join(self.status), "waves": ", ".join(self.waves), "scope": self.scope}
        return frame.with_columns(
            pl.lit(value, dtype=pl.String).alias(name) for name, value in {**told, "universe": self.universe}.items()
        )


def asked_for(
    ds: Dataset,
    status: Sequence[str] | str | None = ("closed",),
    kinds: Sequence[str] | str | None = NEW_MONEY,
    waves: Sequence[str] | str | None = None,
    scope: str | None = None,
    instruments: Sequence[str] | str | None = None,
    segments: Sequence[str] | str | None = None,
    investors: Sequence[str] | str | None = None,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> Asked:
    """Check what was asked for; foreign comparators are in it only where their wave is named."""
    firms = _groups(ds, investors)
    first, last = day("since", since, *SPAN), day("until", until, *SPAN)
    if first is not None and last is not None and first > last:
        message = f"since must not be after until; they are {first} and {last}"
        raise ValueError(message)
    asked = Asked(
        # Where not saying is no answer: money in talks is never meant by silence.
        status=_chosen("status", [None] if status is None else status, STATUSES) or (),
        kinds=_chosen("kinds", [None] if kinds is None else kinds, KINDS) or (),
        waves=tuple(waves_asked(waves, empty=False) or ()),
        scope=None if scope is None else (scopes_within(scope) or [])[-1],
        instruments=_chosen("instruments", instruments, INSTRUMENTS),
        segments=_chosen("segments", segments, SEGMENTS),
        investors=firms,
        since=first,
        until=last,
    )
    return dataclasses.replace(asked, universe=_words(ds, asked))


def _chosen(name: str, values: Any, allowed: Sequence[str]) -> tuple[str, ...] | None:
    found = words(name, values, allowed, empty=False)
    return None if found is None else tuple(found)


def _groups(ds: Dataset, investors: Any) -> tuple[str, ...] | None:
    """The names under which the lens puts the money of these investors."""
    if investors is None:
        return None
    heads = dict(ds.lookup("SELECT investor_id, group_id FROM groups(getvariable('grp')) ORDER BY ALL").rows())
    return tuple(dict.fromkeys(heads[one] for one in keys(ds, "investors", investors, "investor", empty=False)))


def universe(waves: Sequence[str], scope: str | None = None) -> str:
    """Which start-ups a set holds, in words."""
    home = [w for w in waves if w != FOREIGN]
    parts = [HOME] if set(home) == set(HOME_WAVES) else [WAVE_WORDS[w] for w in home]
    if scope is not None and home:
        parts = [SCOPE_WORDS[scope] + ("" if parts == [HOME] else f" ({' and '.join(parts)})")]
    elif FOREIGN in waves:
        parts.append(WAVE_WORDS[FOREIGN])
    return " and ".join(parts)


def _words(ds: Dataset, asked: Asked) -> str:
    """The whole set in words: the start-ups, and then what narrows the money."""
    parts = [universe(asked.waves, asked.scope)]
    if asked.investors:
        names = dict(ds.lookup("SELECT investor_id, name FROM data.investors ORDER BY ALL", shared=True).rows())
        shown = [names.get(i, i) for i in asked.investors]
        more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
        parts.append(f"only the parts of {', '.join(shown[:4])}{more}")
    for noun, told, usual in (
        ("", asked.segments, None),
        ("money given as ", asked.instruments, None),
        ("", asked.kinds, NEW_MONEY),
    ):
        if told is not None and (usual is None or set(told) != set(usual)):
            parts.append(f"only {noun}{', '.join(w.replace('-', ' ') for w in told)}")
    days = [f"{word} {d.day} {d:%b} {d.year}" for word, d in (("from", asked.since), ("to", asked.until)) if d]
    return "; ".join([*parts, *([" ".join(days)] if days else [])])
