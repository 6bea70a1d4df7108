"""From a row of a metric frame to the facts behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.flows.funding import funding_flows
from aitracker.flows.splits import split_with_attributes
from aitracker.provenance.claims import KINDS
from aitracker.provenance.facts import Fact, cheques, dated, fields_of, holding, investor_of, startup_of
from aitracker.provenance.wide_rows import wide_facts
from aitracker.vocabulary import NEW_MONEY, WAVES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aitracker.dataset import Dataset

__all__ = ["facts_of"]

GROUPINGS = ("investor_type", "investor", "country_group", "startup", "wave", "segment", "series", "instrument")


def facts_of(ds: Dataset, row: Mapping[str, Any], **arguments: Any) -> list[Fact]:
    """Find the facts behind a row of a metric frame, by the keys in it.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    row : mapping
        A row by column. The narrowest key counts; see :func:`aitracker.explain`.
    **arguments
        How a row of funding flows was made, where not in the ordinary way.

    Returns
    -------
    list of Fact
        Each once, the narrowest first; empty where the lens shows none of them.

    Raises
    ------
    ValueError
        When the row holds no key that leads to a fact.
    """
    given = {key: value for key, value in row.items() if value is not None}
    if "period" in row and any(grouping in row for grouping in GROUPINGS):
        return _flow(ds, row, **arguments)
    for look in (_keyed, wide_facts, _of_source):
        found = look(ds, given)
        if found is not None:
            return found
    message = (
        "nothing in this row leads to a fact: it needs one of subject_kind and subject_id, valuation_id, stake_id, round_id,"
        f" startup_id, investor_id, source_id, or a period with its grouping; it has {', '.join(map(str, row)) or 'nothing'}"
    )
    raise ValueError(message)


def _keyed(ds: Dataset, given: Mapping[str, Any]) -> list[Fact] | None:
    """The facts by the narrowest key in the row; None where it has no key."""
    if {"subject_kind", "subject_id"} <= given.keys():
        return _subject(ds, given)
    for column in ("valuation_id", "stake_id", "series_id"):
        if column in given:
            return fields_of(ds, column.removesuffix("_id"), str(given[column]))
    if "event_id" in given:  # of the table of events, or of a path: a stake that was disclosed, a round
        kinds = ("stake", "round", "event")
        return next((f for kind in kinds if (f := fields_of(ds, kind, str(given["event_id"])))), [])
    startup = given.get("startup_id") or startup_of(ds, given.get("startup"))
    investor = given.get("investor_id") or given.get("group_id") or investor_of(ds, given.get("investor"))
    days = [given[column] for column in ("date", "as_of", "period_end") if column in given]
    if "round_id" in given:
        return _round(ds, str(given["round_id"]), investor, startup, days, given)
    on_day = dated(ds, startup, investor, days[0]) if startup and days else []
    return on_day or (holding(ds, startup, investor) if startup or investor else None)


def _of_source(ds: Dataset, given: Mapping[str, Any]) -> list[Fact] | None:
    """All that the row's source states, where the row has no other key."""
    source = given.get("source_id") or next((given[key] for key in given if key.endswith("_source_id")), None)
    if source is None:
        return None
    rows = ds.lookup(
        "SELECT DISTINCT subject_kind, subject_id, field FROM claims WHERE source_id = ? ORDER BY ALL", [source]
    )
    return [Fact(*fact) for fact in rows.rows()]


def _subject(ds: Dataset, given: Mapping[str, Any]) -> list[Fact]:
    kind, key = str(given["subject_kind"]), str(given["subject_id"])
    if "field" in given:
        return [Fact(kind, key, str(given["field"]))]
    return fields_of(ds, kind, key) if kind in KINDS else []


def _round(
    ds: Dataset,
    round_id: str,
    investor: str | None,
    startup: str | None,
    days: Sequence[object],
    given: Mapping[str, Any],
) -> list[Fact]:
    """A row that names a round: the investor's part in it, the price it set, or its size."""
    if investor:
        parts = cheques(ds, investor, round_id=round_id)
        return [*parts, *fields_of(ds, "round", round_id)]
    if startup and any(key.startswith("value") or "money" in key for key in given):
        rows = ds.lookup(
            "SELECT valuation_id, date FROM valuations WHERE startup_id = ? AND round_id = ? ORDER BY valuation_id",
            [startup, round_id],
        ).rows()
        prices = [key for key, day in rows if not days or day == days[0]] or [key for key, _ in rows]
        if prices:
            return [Fact("valuation", key, "value") for key in prices]
    return fields_of(ds, "round", round_id)


def _flow(ds: Dataset, row: Mapping[str, Any], **arguments: Any) -> list[Fact]:
    """A column of the flows: the sizes of the rounds in it, and what is stated of the parts.

    The row does not tell how it was made. What is not given is tried in the ordinary order, until a row of
    :func:`aitracker.funding_flows` is the same.
    """
    by = next(g for g in GROUPINGS if g in row)
    everies = [arguments["every"]] if "every" in arguments else ["1q", "1y", "1mo"]
    ordinary = [("in-talks",)] if row.get("status") == "in-talks" else [("closed",), ("closed", "reported")]
    statuses = [arguments["status"]] if "status" in arguments else ordinary
    waves = [arguments["waves"]] if "waves" in arguments else [None, *([w] for w in WAVES)]
    kinds = arguments.get("kinds", NEW_MONEY)
    wanted = {key: row[key] for key in ("period", by, "rounds", "rounds_unknown", "total_rounds") if key in row}
    for status in statuses:
        for wave in waves:
            for every in everies:
                frame = ds.remember(
                    ("flows", by, every, tuple(status), tuple(wave or ()), tuple(kinds)),
                    lambda e=every, s=status, w=wave: funding_flows(ds, by, e, status=s, waves=w, kinds=kinds),  # type: ignore[arg-type, misc]
                )
                if frame.filter([pl.col(key).eq_missing(pl.lit(value)) for key, value in wanted.items()]).height:
                    return _flow_facts(ds, by, row, every, status, wave, kinds)
    message = (
        "no such row is among the funding flows under this lens; name the arguments that it was made with, such as"
        " explain(ds, row, every='1y', status=('closed', 'reported'), waves=['genai'])"
    )
    raise ValueError(message)


def _flow_facts(
    ds: Dataset,
    by: str,
    row: Mapping[str, Any],
    every: str,
    status: Sequence[str],
    waves: Sequence[str] | None,
    kinds: Sequence[str],
) -> list[Fact]:
    parts = split_with_attributes(ds).filter(
        pl.col("counts_in_totals"),
        pl.col("status").is_in(list(status)),
        pl.col("kind").is_in(list(kinds)),
        pl.lit(value=True) if waves is None else pl.col("wave").is_in(list(waves)),
        pl.col("announced").dt.truncate(every).eq_missing(pl.lit(row["period"])),
        pl.col(by).eq_missing(pl.lit(row[by])),
    )
    facts: list[Fact] = []
    for round_id, investors in parts.group_by("round_id", maintain_order=True).agg("investor_id").rows():
        facts += fields_of(ds, "round", round_id)
        for investor in (i for i in investors if i is not None):
            facts += [fact for fact in cheques(ds, investor, round_id=round_id) if fact.field == "amount"]
    return list(dict.fromkeys(facts))
