"""What a caller asked for, checked: every refusal names what is allowed and what was probably meant."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Any, Literal, get_args

from aitracker.lens import one_of
from aitracker.vocabulary import HOME_WAVES, SCOPES, UNICORN_USD_M, WAVES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from aitracker.dataset import Dataset

__all__ = [
    "Scope",
    "Universe",
    "check_field",
    "investor_key",
    "keys_of",
    "period_start",
    "positive",
    "several",
    "startup_key",
    "unit_share",
    "waves_of",
]  # fmt: skip

Scope = Literal["model-maker", "genai", "ai"]
Universe = Literal["unicorns", "all"]


def _key(name: str, value: object, names: Mapping[str, Iterable[str]], more: Sequence[str] = ()) -> str:
    """Give a key that exists; else refuse it, naming those nearest by key and by name."""
    allowed = [*names, *more]
    if isinstance(value, str) and value in allowed:
        return value
    said = str(value).casefold().strip()
    texts: dict[str, list[str]] = {}
    for key in allowed:
        for text in (key, *names.get(key, ())):
            texts.setdefault(text.casefold(), []).append(key)
    found = list(texts.get(said, ()))
    # The nearest by key or name; else those whose name holds every word of it.
    if not found:
        close = difflib.get_close_matches(said, list(texts), n=3, cutoff=0.6)
        close += [text for text in texts if said and said in text]
        found = [key for text in close for key in texts[text]]
    meant = [f"{key!r}" + (f" ({next(iter(names[key]))})" if names.get(key) else "") for key in dict.fromkeys(found)][
        :3
    ]
    hint = f"; did you mean {' or '.join(meant)}?" if meant and isinstance(value, str) else ""
    shown = ", ".join(map(repr, allowed[:20])) + (f" and {len(allowed) - 20} more" if len(allowed) > 20 else "")
    message = f"{name} must be one of {shown}, not {value!r}{hint}"
    raise ValueError(message)


def _names(ds: Dataset, kind: str) -> dict[str, list[str]]:
    """Names of all investors or start-ups by key: the present one, the Chinese one, and those of old."""

    def read() -> dict[str, list[str]]:
        rows = ds.lookup(f"SELECT {kind}_id, name, name_zh FROM data.{kind}s ORDER BY 1").rows()
        names = {}
        for key, name, chinese in rows:
            # "HongShan (formerly Sequoia China)": what stands in brackets is a name too.
            head, _, rest = str(name).partition(" (")
            told = [head, *(part.removeprefix("formerly ") for part in rest.rstrip(")").split("; ")), name, chinese]
            names[key] = [text for text in dict.fromkeys(told) if text]
        tables = ds.lookup("SELECT table_name FROM duckdb_tables() WHERE table_name = 'aliases'", shared=True)
        if tables.height:
            for key, alias in ds.lookup(
                "SELECT entity_id, alias FROM data.aliases WHERE entity_kind = ? ORDER BY ALL", [kind], shared=True
            ).rows():
                names.get(key, []).append(alias)
        return names

    known: dict[str, list[str]] = ds.remember(("names", kind), read, every_lens=True)
    return known


def investor_key(ds: Dataset, value: object, more: Sequence[str] = (), name: str = "investor") -> str:
    """Key of an investor, or of one of some groups; refused with the nearest by key and by name."""
    return _key(name, value, _names(ds, "investor"), more)


def startup_key(ds: Dataset, value: object, name: str = "startup") -> str:
    """Key of a start-up; refused with the nearest by key and by name."""
    return _key(name, value, _names(ds, "startup"))


def several(name: str, values: object, *, empty: bool = False) -> list[Any]:
    """A list of keys: one key alone is no list, and nothing is none."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        message = f"{name} must be a list of keys, such as [{values!r}]" if isinstance(values, str) else ""
        raise ValueError(message or f"{name} must be a list of keys, not {values!r}")
    given = list(values)
    if not given and not empty:
        message = f"{name} is empty: name at least one key"
        raise ValueError(message)
    return given


def keys_of(ds: Dataset, name: str, values: object) -> list[str]:
    """Keys of start-ups; an empty list is fine."""
    return [startup_key(ds, value, name) for value in several(name, values, empty=True)]


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        message = f"{name} must be a number, not {value!r}"
        raise ValueError(message)  # noqa: TRY004 - every refusal of an argument is of one kind
    return float(value)


def positive(name: str, value: object) -> float:
    """A finite number above zero."""
    number = _number(name, value)
    if not (math.isfinite(number) and number > 0):
        message = f"{name} must be a finite number above zero, not {value!r}"
        raise ValueError(message)
    return number


def unit_share(name: str, value: object) -> float:
    """A number from 0 to 1."""
    number = _number(name, value)
    if not 0 <= number <= 1:
        message = f"{name} must be between 0 and 1, not {value!r}"
        raise ValueError(message)
    return number


def check_field(
    universe: object = "unicorns", scope: object = "genai", threshold_usd_m: object = UNICORN_USD_M
) -> None:
    """Refuse a set of start-ups that there is not."""
    one_of("universe", universe, get_args(Universe))
    one_of("scope", scope, SCOPES)
    positive("threshold_usd_m", threshold_usd_m)


def waves_of(waves: object) -> tuple[str, ...]:
    """Waves that were asked for: those of Chinese start-ups where none are."""
    return HOME_WAVES if waves is None else tuple(one_of("waves", wave, WAVES) for wave in several("waves", waves))


def period_start(start: dt.date | None, first: dt.date, last: dt.date) -> dt.date:
    """The day that a history begins with, within what the data knows of."""
    if start is None or not first <= start <= last:
        message = f"start must be a date from {first} to {last}, not {start}"
        raise ValueError(message)
    return start
