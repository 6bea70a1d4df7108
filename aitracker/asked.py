"""What a public function was asked for: keys, numbers and switches are met before anything is computed with them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

from aitracker.lens import one_of
from aitracker.vocabulary import HOME_WAVES, WAVES

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["key", "keys", "number", "switch", "waves_asked", "words"]

_NAMED = {
    "startup": "SELECT startup_id, name FROM data.startups ORDER BY 1",
    "investor": "SELECT investor_id, name FROM data.investors ORDER BY 1",
    "source": "SELECT source_id, publisher FROM data.sources ORDER BY 1",
}


def key(ds: Dataset, name: str, value: object, table: str = "startup") -> str:
    """Give a key of a start-up, an investor or a source; a wrong one is met with the nearest by key or by name.

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
    """
    known: dict[str, str] = ds.remember(("names", table), lambda: dict(ds.sql(_NAMED[table]).rows()), every_lens=True)
    if isinstance(value, str) and value in known:
        return value
    if isinstance(value, str):
        said = value.casefold()
        close = [k for k, called in known.items() if said in (called.casefold(), called.split(" (")[0].casefold())]
        close = close or [k for k, called in known.items() if len(said) > 3 and called.casefold().startswith(said)]
        if close and not difflib.get_close_matches(value, known, n=1, cutoff=0.8):
            message = f"{name} must be a key such as {next(iter(known))!r}, not {value!r}; did you mean {close[0]!r}?"
            raise ValueError(message)
    return one_of(name, value, known)


def _each(name: str, values: object) -> list[Any]:
    if isinstance(values, str):
        return [values]
    if isinstance(values, Iterable) and not isinstance(values, (bytes, Mapping)):
        return list(values)
    message = f"{name} must be a text or a list of texts, not {values!r}"
    raise ValueError(message)


def keys(ds: Dataset, name: str, values: object, table: str = "startup") -> list[str] | None:
    """Give a list of keys from one, from a list or from a series of them; None for None."""
    return None if values is None else [key(ds, name, value, table) for value in _each(name, values)]


def words(name: str, values: object, allowed: Iterable[str]) -> list[str] | None:
    """Give a list of words out of a closed list, from one or several; None for None."""
    choices = list(allowed)
    return None if values is None else [one_of(name, value, choices) for value in _each(name, values)]


def waves_asked(waves: object, startups: object = None) -> list[str] | None:
    """Give the waves asked for: those of Chinese start-ups where neither waves nor start-ups are named.

    Whoever names a foreign start-up has asked for it, and gets it.
    """
    if waves is None:
        return list(HOME_WAVES) if startups is None else None
    return words("waves", waves, WAVES)


def number(name: str, value: object, *, above: float | None = None, least: float | None = None) -> float:
    """Give a finite number, above a bound or at least another; refuse texts, switches, NaN and infinity."""
    bound = f" above {above:g}" if above is not None else f" of {least:g} or more" if least is not None else ""
    fine = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if fine and (above is None or value > above) and (least is None or value >= least):  # type: ignore[operator]
        return float(value)  # type: ignore[arg-type]
    message = f"{name} must be a number{bound}, not {value!r}"
    raise ValueError(message)


def switch(name: str, value: object) -> bool:
    """Give True or False; refuse what is neither."""
    if isinstance(value, bool):
        return value
    message = f"{name} must be True or False, not {value!r}"
    raise ValueError(message)
