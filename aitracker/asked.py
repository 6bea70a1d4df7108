"""What a public function was asked for, checked before anything is computed: every refusal says what is allowed, and the nearest."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

from aitracker.vocabulary import HOME_WAVES, SCOPES, WAVES

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = [
    "Scope",
    "called",
    "day",
    "each",
    "key",
    "keys",
    "number",
    "one_of",
    "scopes_within",
    "switch",
    "waves_asked",
    "whole_number",
    "words",
]  # fmt: skip

Scope = Literal["model-maker", "genai", "ai"]

SHOWN = 20
"""So many of what is allowed are named in a refusal."""

_NAMED = {
    "startup": "SELECT startup_id, name, name_zh FROM data.startups ORDER BY 1",
    "investor": "SELECT investor_id, name, name_zh FROM data.investors ORDER BY 1",
    "source": "SELECT source_id, publisher, title FROM data.sources ORDER BY 1",
}


# ------------------------------------------------------------------------------------------------------ words and keys


def one_of(name: str, value: object, allowed: Iterable[str] | Mapping[str, str | Sequence[str]]) -> str:
    """Return ``value`` when it is allowed; else say what is, and what was probably meant.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : object
        What was given.
    allowed : iterable of str, or mapping
        What is allowed; a mapping to the words for each, one text or several, lets the nearest be found by these too.
    """
    choices = list(allowed)
    if isinstance(value, str) and value in choices:
        return value
    told = allowed.items() if isinstance(allowed, Mapping) else ()
    names = {
        one: [said] if isinstance(said, str) else said for one, said in told if isinstance(said, (str, list, tuple))
    }
    meant = [_shown(one, names.get(one, ())) for one in _nearest(str(value).casefold().strip(), choices, names)[:3]]
    hint = f"; did you mean {' or '.join(meant)}?" if meant else ""
    message = f"{name} must be one of {_listed(choices)}, not {value!r}{hint}"
    raise ValueError(message)


def _listed(choices: Sequence[str]) -> str:
    more = f" and {len(choices) - SHOWN} more" if len(choices) > SHOWN else ""
    return ", ".join(map(repr, choices[:SHOWN])) + more


def _shown(one: str, names: Sequence[str]) -> str:
    return f"{one!r} ({names[0]})" if names and names[0] not in {"", one} else repr(one)


def _nearest(said: str, choices: Sequence[str], names: Mapping[str, Sequence[str]]) -> list[str]:
    """What was probably meant: what is called so; else that whose words hold the text, then what is spelt most like it."""
    texts: dict[str, list[str]] = {}
    for one in choices:
        for text in dict.fromkeys((one, *names.get(one, ()))):
            if text:
                texts.setdefault(text.casefold(), []).append(one)
    close: list[str] = [said] if said in texts else []
    if said and not close:
        close = sorted((text for text in texts if len(said) > 3 and said in text), key=len)[:1]
        close += difflib.get_close_matches(said, texts, n=3, cutoff=0.6)
        close = close or difflib.get_close_matches(said, texts, n=1, cutoff=0.5)
    return list(dict.fromkeys(one for text in close for one in texts[text]))


def called(name: str, chinese: str | None = None, more: Iterable[str] = ()) -> list[str]:
    """Names that a firm goes by: "HongShan (formerly Sequoia China)" has two, and its aliases are names too."""
    head, _, rest = name.partition(" (")
    told = [head, *(part.removeprefix("formerly ") for part in rest.rstrip(")").split("; ")), name, chinese, *more]
    return [text for text in dict.fromkeys(told) if text]


def _names(ds: Dataset, table: str) -> dict[str, list[str]]:
    """Names by key: of a start-up or an investor the present one, the Chinese one, those of old and all aliases."""

    def read() -> dict[str, list[str]]:
        rows = ds.lookup(_NAMED[table], shared=True).rows()
        if table == "source":
            return {row[0]: [text for text in row[1:] if text] for row in rows}
        aliases: dict[str, list[str]] = {}
        query = "SELECT entity_id, alias FROM data.aliases WHERE entity_kind = ? ORDER BY ALL"
        for one, alias in ds.lookup(query, [table], shared=True).rows():
            aliases.setdefault(one, []).append(alias)
        return {one: called(name, chinese, aliases.get(one, ())) for one, name, chinese in rows}

    known: dict[str, list[str]] = ds.remember(("names", table), read, every_lens=True)
    return known


def key(ds: Dataset, name: str, value: object, table: str = "startup", more: Sequence[str] = ()) -> str:
    """Give a key of a start-up, an investor or a source; a wrong one is met with the nearest by key or by any name.

    Parameters
    ----------
    ds : Dataset
        The data.
    name : str
        The argument, for the message.
    value : object
        What was given.
    table : {"startup", "investor", "source"}
        Whose key it is.
    more : sequence of str
        Words that are allowed beside the keys.
    """
    known = _names(ds, table)
    return value if isinstance(value, str) and value in known else one_of(name, value, known | dict.fromkeys(more, ()))


# --------------------------------------------------------------------------------------------------------------- lists


def each(name: str, values: object, allowed: Sequence[str] = (), *, one: bool = True, empty: bool = True) -> list[Any]:
    """Give what was named, as a list.

    Parameters
    ----------
    name : str
        The argument, for the message.
    values : object
        A list, a series or the like; never a mapping.
    allowed : sequence of str
        What each of them may be, for the message.
    one : bool
        One text stands for a list of it.
    empty : bool
        An empty list is an answer.
    """
    if isinstance(values, str) and one:
        return [values]
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        such = f", such as [{values!r}]" if isinstance(values, str) else ""
        of = f"; each is one of {_listed(allowed)}" if allowed else ""
        message = f"{name} must be a {'text or a list of texts' if one else 'list of keys'}{such}, not {values!r}{of}"
        raise ValueError(message)  # noqa: TRY004 - as every other refusal of an argument
    given = list(values)
    if not given and not empty:
        message = f"{name} must hold at least one{f' of {_listed(allowed)}' if allowed else ' key'}; it is empty"
        raise ValueError(message)
    return given


def keys(
    ds: Dataset, name: str, values: object, table: str = "startup", *, one: bool = True, empty: bool = True
) -> list[str]:
    """Give a list of keys from one, from a list or from a series of them, as :func:`each` takes them."""
    return [key(ds, name, value, table) for value in each(name, values, list(_names(ds, table)), one=one, empty=empty)]


def words(
    name: str, values: object, allowed: Iterable[str], *, one: bool = True, empty: bool = True
) -> list[str] | None:
    """Give the words of a closed list that were named, once each; None for None."""
    if values is None:
        return None
    choices = list(allowed)
    given = each(name, values, choices, one=one, empty=empty)
    return list(dict.fromkeys(one_of(name, value, choices) for value in given))


def waves_asked(waves: object, startups: object = None, *, one: bool = True, empty: bool = True) -> list[str] | None:
    """Give the waves asked for: those of Chinese start-ups where neither waves nor start-ups are named.

    Whoever names a foreign start-up has asked for it, and gets it.
    """
    if waves is None:
        return list(HOME_WAVES) if startups is None else None
    return words("waves", waves, WAVES, one=one, empty=empty)


def scopes_within(scope: object) -> list[str] | None:
    """Give the scopes that a set holds, each holding the narrower ones; None for None."""
    return None if scope is None else list(SCOPES[: SCOPES.index(one_of("scope", scope, SCOPES)) + 1])


# ------------------------------------------------------------------------------------------- numbers, switches and days


def number(
    name: str, value: object, *, above: float | None = None, least: float | None = None, most: float | None = None
) -> float:
    """Give a finite number within bounds; refuse texts, switches, NaN and infinity."""
    bound = f" of {least:g} or more" if least is not None else ""
    bound = f" between {least or 0:g} and {most:g}" if most is not None else bound
    bound = f" above {above:g}" if above is not None else bound
    if isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value):
        found = float(value)
        inside = (least is None or found >= least) and (most is None or found <= most)
        if inside and (above is None or found > above):
            return found
    message = f"{name} must be a number{bound}, not {value!r}"
    raise ValueError(message)


def whole_number(name: str, value: object, most: int) -> int:
    """Give a whole number from 1 to ``most``; refuse everything else, a switch too."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        message = f"{name} must be a whole number, at least 1 and at most {most}, not {value!r}"
        raise ValueError(message)
    return value


def switch(name: str, value: object) -> bool:
    """Give True or False; refuse what is neither."""
    if isinstance(value, bool):
        return value
    message = f"{name} must be True or False, not {value!r}"
    raise ValueError(message)


def day(name: str, value: object, first: dt.date | None = None, last: dt.date | None = None) -> dt.date | None:
    """Give a date, or None for None; refuse what is neither a date nor ISO text, or lies outside of two days."""
    if value is None:
        return None
    try:
        date = value if isinstance(value, dt.date) else dt.date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        message = f"{name} must be a date such as '2024-05-31', or None, not {value!r}"
        raise ValueError(message) from None
    date = date.date() if isinstance(date, dt.datetime) else date
    if first is not None and last is not None and not first <= date <= last:
        message = f"{name} must be a date from {first} to {last}, not {date}"
        raise ValueError(message)
    return date
