"""What a caller asked for: wrong words and keys are met with the nearest, and the set that was asked for has words."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.lens import day, one_of
from aitracker.vocabulary import FOREIGN, HOME_WAVES, INSTRUMENTS, KINDS, NEW_MONEY, SCOPES, SEGMENTS, STATUSES, WAVES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aitracker.dataset import Dataset

__all__ = ["Asked", "asked_for", "chosen", "known_investor", "scopes_within", "universe", "whole_number"]

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
        tests = [pl.col(column).is_in(list(words)) for column, words in wanted.items() if words is not None]
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
    first, last = _day("since", since), _day("until", until)
    if first is not None and last is not None and first > last:
        message = f"since must not be after until; they are {first} and {last}"
        raise ValueError(message)
    asked = Asked(
        status=_needed("status", status, STATUSES),
        kinds=_needed("kinds", kinds, KINDS),
        waves=chosen("waves", waves, WAVES) or HOME_WAVES,
        scope=None if scope is None else one_of("scope", scope, SCOPES),
        instruments=chosen("instruments", instruments, INSTRUMENTS),
        segments=chosen("segments", segments, SEGMENTS),
        investors=firms,
        since=first,
        until=last,
    )
    return dataclasses.replace(asked, universe=_words(ds, asked))


def chosen(name: str, values: Any, allowed: Iterable[str]) -> tuple[str, ...] | None:
    """Words that a caller chose, each of them allowed; none where all are wanted."""
    if values is None:
        return None
    choices = list(allowed)
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        values = [values]
    words = tuple(dict.fromkeys(one_of(name, word, choices) for word in values))
    if not words:
        message = f"{name} must hold at least one of {', '.join(map(repr, choices[:20]))}; it is empty"
        raise ValueError(message)
    return words


def _needed(name: str, values: Any, allowed: Sequence[str]) -> tuple[str, ...]:
    """As :func:`chosen`, where not saying is no answer: money in talks is never meant by silence."""
    return chosen(name, [None] if values is None else values, allowed) or ()


def _day(name: str, value: Any) -> dt.date | None:
    if value is not None and not isinstance(value, (str, dt.date)):
        message = f"{name} must be a date such as '2024-05-31', or None, not {value!r}"
        raise ValueError(message)
    return day(name, value)


def whole_number(name: str, value: Any, most: int) -> int:
    """Return a whole number from 1 to ``most``; refuse everything else, a truth value too."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        message = f"{name} must be a whole number, at least 1 and at most {most}, not {value!r}"
        raise ValueError(message)
    return value


def scopes_within(scope: str | None) -> tuple[str, ...] | None:
    """The scopes that a set holds: each holds the narrower ones."""
    return None if scope is None else SCOPES[: SCOPES.index(scope) + 1]


def known_investor(ds: Dataset, value: Any, name: str = "investor") -> str:
    """Return the key of an investor; a name, an old one too, is met with the key that it stands for."""
    rows = ds.lookup(
        "SELECT investor_id, name, name_zh, note FROM data.investors ORDER BY investor_id", shared=True
    ).rows()
    keys = [row[0] for row in rows]
    if isinstance(value, str) and value in keys:
        return value
    near = _nearest(str(value), rows) if isinstance(value, str) and value.strip() else None
    hint = f"; did you mean {near!r}?" if near else ""
    some = f"{', '.join(map(repr, keys[:20]))}{f' and {len(keys) - 20} more' if len(keys) > 20 else ''}"
    message = f"{name} must be the key of one investor, one of {some}, not {value!r}{hint}"
    raise ValueError(message)


def _nearest(text: str, rows: Sequence[tuple[str | None, ...]]) -> str | None:
    """The key whose name is the text, whose notes hold it, or that looks most like it, by key or name."""
    wanted = text.strip().casefold()
    names = {str(n).casefold(): str(row[0]) for row in reversed(rows) for n in row[:3] if n}
    if wanted in names:
        return names[wanted]
    told = [str(row[0]) for row in rows if wanted in "; ".join(str(w) for w in row if w).casefold()]
    if told:
        return told[0]
    close = difflib.get_close_matches(wanted, list(names), n=1, cutoff=0.5)
    return names[close[0]] if close else None


def _groups(ds: Dataset, investors: Any) -> tuple[str, ...] | None:
    """The names under which the lens puts the money of these investors."""
    if investors is None:
        return None
    if isinstance(investors, str) or not hasattr(investors, "__iter__"):
        investors = [investors]
    heads = dict(ds.lookup("SELECT investor_id, group_id FROM groups(getvariable('grp')) ORDER BY ALL").rows())
    groups = tuple(dict.fromkeys(heads[known_investor(ds, i, "investors")] for i in investors))
    if not groups:
        message = "investors must hold the key of at least one investor, such as 'alibaba'; it is empty"
        raise ValueError(message)
    return groups


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
    for noun, words, usual in (
        ("", asked.segments, None),
        ("money given as ", asked.instruments, None),
        ("", asked.kinds, NEW_MONEY),
    ):
        if words is not None and (usual is None or set(words) != set(usual)):
            parts.append(f"only {noun}{', '.join(w.replace('-', ' ') for w in words)}")
    days = [f"{word} {d.day} {d:%b} {d.year}" for word, d in (("from", asked.since), ("to", asked.until)) if d]
    return "; ".join([*parts, *([" ".join(days)] if days else [])])
