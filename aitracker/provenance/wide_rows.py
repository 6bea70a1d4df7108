"""From a row that speaks of many start-ups or investors to the facts behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitracker.flows.tierules import MARKETS, RULES
from aitracker.provenance.facts import Fact, cheques, holding, prices, sizes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitracker.dataset import Dataset

__all__ = ["wide_facts"]


def wide_facts(ds: Dataset, given: Mapping[str, Any]) -> list[Fact] | None:
    """Find the facts behind a row without a single start-up or investor; None where none of its keys is known.

    Two investors beside each other lead to their parts in the start-ups that both backed, a holder to its stakes and
    parts (a fund to its weights), a third party's total to the rows that answer it, an instrument to the parts given in
    it, a wave to the rounds, or on a curve to the prices, of its start-ups.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    given : mapping
        The row without its nulls.
    """
    found: list[Fact] | None = None
    if {"investor_a", "investor_b"} <= given.keys():
        found = _pair(ds, str(given["investor_a"]), str(given["investor_b"]))
    elif "holder_id" in given:
        found = (
            _fund(ds, str(given["holder_id"]))
            if given.get("kind") == "fund"
            else holding(ds, None, str(given["holder_id"]))
        )
    elif "entity_id" in given:
        found = _total(ds, str(given["entity_id"]), str(given.get("metric")))
    elif "instrument" in given:
        found = _instrument(ds, str(given["instrument"]))
    elif "wave" in given:
        startups = _startups(ds, wave=str(given["wave"]))
        found = prices(ds, startups) if "survival" in given else sizes(ds, startups)
    return found


def _startups(ds: Dataset, **where: str) -> list[str]:
    rows = ds.table("startups").sort("startup_id")
    return [
        row["startup_id"]
        for row in rows.iter_rows(named=True)
        if all(row[key] == value for key, value in where.items())
    ]


def _pair(ds: Dataset, one: str, other: str) -> list[Fact]:
    """Parts of either in the start-ups that both took part in."""
    rounds = dict(ds.lookup("SELECT round_id, startup_id FROM rounds").rows())
    parts = {investor: cheques(ds, investor) for investor in dict.fromkeys((one, other))}
    both = set.intersection(*({rounds[fact.id.partition("/")[0]] for fact in facts} for facts in parts.values()))
    return [fact for facts in parts.values() for fact in facts if rounds[fact.id.partition("/")[0]] in both]


def _instrument(ds: Dataset, instrument: str) -> list[Fact]:
    """Parts given in an instrument, and what is claimed of it in other parts: a share in credits, an escrow account."""
    rows = ds.lookup(
        """SELECT DISTINCT subject_id, field FROM claims WHERE subject_kind = 'participation' AND starts_with(field, ?)
        ORDER BY subject_id, field""",
        [instrument.replace("-", "_")],
    )
    return cheques(ds, instrument=instrument) + [Fact("participation", key, field) for key, field in rows.rows()]


def _fund(ds: Dataset, fund: str) -> list[Fact]:
    """The weights that a fund publishes."""
    rows = ds.lookup("SELECT series_id FROM series WHERE starts_with(entity_id, ?) ORDER BY series_id", [f"{fund}:"])
    return [Fact("series", key, "value") for key in rows["series_id"]]


def _total(ds: Dataset, entity: str, metric: str) -> list[Fact]:
    """What answers a third party's total: the rounds of a start-up or a market, the parts of an investor."""
    rule = MARKETS.get((entity, metric)) or RULES.get(metric)
    among = (
        list(rule.startups)
        if rule and rule.startups
        else _startups(ds, segment=rule.segment)
        if rule and rule.segment
        else None
    )
    if entity in _startups(ds):
        facts = sizes(ds, [entity])
        if rule and rule.investor:
            facts = cheques(ds, rule.investor, startups=[entity])
        return facts or prices(ds, [entity])
    if ds.lookup("SELECT 1 FROM data.investors WHERE investor_id = ?", [entity]).height:
        return cheques(ds, entity, startups=among) or cheques(ds, entity)
    return sizes(ds, among if among is not None else _startups(ds))
