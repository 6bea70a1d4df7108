"""How much of the field a holder has: one definition at one date, wherever it is printed."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import polars as pl

from aitracker.asked import Scope, keys, number, one_of
from aitracker.facts import traced
from aitracker.ownership.ledger import Ledger, Value, holder_of, ledger_of
from aitracker.ownership.positions import facts_of, held
from aitracker.ownership.weights import MARGIN
from aitracker.vocabulary import SCOPES, UNICORN_USD_M

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = [
    "COVERAGE",
    "Field",
    "Universe",
    "check_field",
    "cover",
    "coverage",
    "field_of",
    "field_words",
    "stake_facts",
]

Universe = Literal["unicorns", "all"]

COVERAGE: Final[dict[str, Any]] = {
    "universe": pl.String,
    "scope": pl.String,
    "threshold_usd_m": pl.Float64,
    "as_of": pl.Date,
    "startups": pl.Int64,
    "held": pl.Int64,
    "count_pct": pl.Float64,
    "valued": pl.Int64,
    **dict.fromkeys(
        (
            "universe_value_usd_m",
            "held_value_usd_m",
            "value_pct",
            "owned_value_usd_m",
            "owned_low_usd_m",
            "owned_high_usd_m",
            "owned_pct",
            "owned_low_pct",
            "owned_high_pct",
        ),
        pl.Float64,
    ),
    "rests_on": pl.Int64,
    "rests_of": pl.Int64,
}


def check_field(universe: object, threshold_usd_m: object) -> None:
    """Refuse a field that there is not."""
    one_of("universe", universe, get_args(Universe))
    number("threshold_usd_m", threshold_usd_m, above=0)


@dataclasses.dataclass(frozen=True)
class Field:
    """The start-ups that a share is of, with their values at a date."""

    universe: Universe
    scope: Scope
    threshold_usd_m: float
    values: dict[str, Value | None]

    @property
    def usd_m(self) -> dict[str, float]:
        """Values that are known, by start-up."""
        return {s: v.usd_m.point for s, v in self.values.items() if v is not None and v.usd_m.point is not None}

    @property
    def value_facts(self) -> list[str]:
        """What says the values."""
        return [one for v in self.values.values() if v is not None for one in v.facts]

    @property
    def facts(self) -> list[str]:
        """What puts the start-ups into the field: their values, and where it takes all of them the days they were founded."""
        founded = [f"startup|{s}|founded" for s in self.values] if self.universe == "all" else []
        return [*self.value_facts, *founded]


def field_of(
    ledger: Ledger,
    as_of: dt.date | None,
    universe: Universe = "unicorns",
    scope: Scope = "genai",
    threshold_usd_m: float = UNICORN_USD_M,
) -> Field:
    """The field at a date: Chinese start-ups of a scope, all or those worth the threshold."""
    values = {startup: ledger.value(startup, as_of) for startup in ledger.universe(as_of, scope)}
    if universe == "unicorns":
        values = {s: v for s, v in values.items() if v is not None and (v.usd_m.point or 0.0) >= threshold_usd_m}
    return Field(universe, scope, threshold_usd_m, values)


def cover(ledger: Ledger, frame: pl.DataFrame, as_of: dt.date | None, field: Field) -> dict[str, Any]:
    """The figures of :func:`coverage` for positions that are already there."""
    valued = field.usd_m
    total = math.fsum(valued.values())
    mine = [row for row in frame.iter_rows(named=True) if row["startup_id"] in field.values]
    worth_something = [row for row in mine if row["startup_id"] in valued]
    held_value = math.fsum(valued[row["startup_id"]] for row in worth_something)
    known = [row for row in worth_something if row["value_usd_m"] is not None]
    owned = math.fsum(row["value_usd_m"] for row in known)

    def share(part: float, whole: float = total, scale: float = 100.0) -> float | None:
        return scale * part / whole if whole else None

    def stakes(column: str, rows: Sequence[dict[str, Any]]) -> float:
        return math.fsum(row[column] * valued[row["startup_id"]] for row in rows) / 100

    # The interval is of the stakes alone: a value that is off moves both sides of the fraction.
    dark = [row for row in worth_something if row["value_usd_m"] is None]
    low = stakes("stake_low_pct", known)
    high = stakes("stake_high_pct", worth_something)
    told = bool(total) and stakes("stake_high_pct", dark) / total <= MARGIN
    return {
        "universe": field.universe,
        "scope": field.scope,
        "threshold_usd_m": field.threshold_usd_m if field.universe == "unicorns" else None,
        "as_of": as_of or ledger.horizon,
        "startups": len(field.values),
        "held": len(mine),
        "count_pct": share(len(mine), len(field.values)),
        "valued": len(valued),
        "universe_value_usd_m": total if valued else None,
        "held_value_usd_m": held_value if valued else None,
        "value_pct": share(held_value),
        "owned_value_usd_m": owned if told else None,
        "owned_low_usd_m": math.fsum(row["value_low_usd_m"] or 0.0 for row in known) if valued else None,
        "owned_high_usd_m": math.fsum(row["value_high_usd_m"] or 0.0 for row in worth_something) if valued else None,
        "owned_pct": share(owned) if told else None,
        "owned_low_pct": share(low),
        "owned_high_pct": share(high),
        "rests_on": len(known),
        "rests_of": len(mine),
    }


def coverage(
    ds: Dataset,
    investor: str = "alibaba",
    universe: Universe = "unicorns",
    *,
    scope: Scope = "genai",
    threshold_usd_m: float = UNICORN_USD_M,
    split: Split = "equal",
    leave_out: Sequence[str] = (),
) -> pl.DataFrame:
    """What share of the field an investor holds, by count and by value.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investor : str
        Key of the investor, or ``state-funds``.
    universe : {"unicorns", "all"}
        The field: tracked Chinese start-ups of the scope worth at least the threshold at the date, or all of them.
        Comparators from abroad and companies that were bought up are in neither.
    scope : {"genai", "ai", "model-maker"}
        Start-ups of the wave after ChatGPT, all Chinese ones that are tracked, or model makers alone; nested.
    threshold_usd_m : float
        From which value on a start-up is in the field, millions of US dollars: a billion makes a unicorn.
    split : str
        See :func:`aitracker.round_split`.
    leave_out : list of str
        Positions to pretend away; the field stays as it is.

    Returns
    -------
    polars.DataFrame
        One row: ``investor_id``, ``investor``, ``universe``, ``scope``, ``threshold_usd_m`` (null: all), ``as_of``;
        ``startups`` in the field, ``held`` of them, ``count_pct``; ``valued`` of them, ``universe_value_usd_m``,
        ``held_value_usd_m`` and ``value_pct`` (the whole value of those it holds any part of); ``owned_value_usd_m`` and
        ``owned_pct`` (its stakes times the values, over the value of the field), each with the interval of the stakes and
        null where the stakes that nobody can tell could add more than five points; ``rests_on`` stakes that are known of
        ``rests_of`` held. Percentages 0-100; null where the field is empty or has no values.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    The field is the tracked one, chosen by hand: see the data sheet.
    """
    check_field(universe, threshold_usd_m)
    one_of("scope", scope, SCOPES)
    ledger, holder, date = ledger_of(ds, split), holder_of(ds, investor), ds.lens.as_of
    frame = held(ledger, holder, date, scope, leave_out=keys(ds, "leave_out", leave_out, one=False))
    field = field_of(ledger, date, universe, scope, float(threshold_usd_m))
    row = {"investor_id": holder.id, "investor": holder.name, **cover(ledger, frame, date, field)}
    schema = {"investor_id": pl.String, "investor": pl.String, **COVERAGE}
    return traced(ds, pl.DataFrame([row], schema=schema), [[*field.facts, *stake_facts(frame, field)]])


def stake_facts(frame: pl.DataFrame, field: Field) -> list[str]:
    """The facts behind the positions in a field: the stakes, since the values are the field's own."""
    return facts_of(frame.filter(pl.col("startup_id").is_in(list(field.values))), "count")


def field_words(universe: str, scope: str, threshold_usd_m: float | None) -> str:
    """The set of start-ups that a share is of, in words: ``generative-AI unicorns``."""
    which = {"model-maker": "model-making ", "genai": "generative-AI ", "ai": "AI "}[scope]
    if universe == "all" or threshold_usd_m is None:
        return f"{which}start-ups tracked"
    if threshold_usd_m == UNICORN_USD_M:
        return f"{which}unicorns"
    return f"{which}start-ups worth US${threshold_usd_m:,.0f}m or more"
