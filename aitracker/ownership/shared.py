"""Who holds the same start-ups: overlap of portfolios, and who invests beside whom."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import polars as pl

from aitracker.concentration.measures import overlap
from aitracker.lens import one_of
from aitracker.ownership.holdings import WEIGHTINGS, Weighting, positions, weigh
from aitracker.ownership.ledger import FIELD, STATE_FUNDS, Holder, Ledger, holder_of, ledger_of, visible

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["co_investment", "overlap_matrix"]

_MANY = 3  # start-ups from which on an investor counts as one of the field


def _holders(ds: Dataset, investors: Sequence[str]) -> list[Holder]:
    """The holders behind the keys; two keys of one group are one holder."""
    found = {holder.id: holder for holder in (holder_of(ds, investor) for investor in investors)}
    return list(found.values())


def overlap_matrix(ds: Dataset, investors: Sequence[str] = FIELD, weighting: Weighting = "value") -> pl.DataFrame:
    """How much the portfolios of some investors have in common: ``sum(min(w_A, w_B))``.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investors : list of str
        Keys of investors; ``state-funds`` for all of them together. Two keys of one group under the lens are one.
    weighting : {"value", "cost", "cash", "count"}
        See :func:`aitracker.ownership.holdings`.

    Returns
    -------
    polars.DataFrame
        A row an ordered pair, each with itself too, in the order asked for: ``investor_a``, ``name_a``, ``investor_b``,
        ``name_b``, ``overlap`` (0-1 of the weights that are known; null where one has none), ``shared`` (start-ups that both
        hold, whatever is known of the stakes), ``startups`` (their names).

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.
    """
    one_of("weighting", weighting, WEIGHTINGS)
    ledger = ledger_of(ds)
    holders = _holders(ds, investors)
    weights, names = {}, {}
    for holder in holders:
        frame = weigh(positions(ledger, holder, ds.lens.as_of), weighting)
        weights[holder.id] = dict(frame.select("startup_id", "weight").drop_nulls().iter_rows())
        names[holder.id] = dict(frame.select("startup_id", "startup").iter_rows())
    rows = []
    for a, b in itertools.product(holders, holders):
        first, second = weights[a.id], weights[b.id]
        keys = sorted({*first, *second})
        common = None
        if first and second:
            common = overlap([first.get(k, 0.0) for k in keys], [second.get(k, 0.0) for k in keys])
        both = sorted(names[a.id][s] for s in names[a.id].keys() & names[b.id].keys())
        rows.append((a.id, a.name, b.id, b.name, common, len(both), ", ".join(both)))
    schema = {
        **dict.fromkeys(("investor_a", "name_a", "investor_b", "name_b"), pl.String),
        "overlap": pl.Float64,
        "shared": pl.Int64,
        "startups": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _backed(ledger: Ledger, holder: Holder, as_of: dt.date | None) -> tuple[set[str], set[str]]:
    """Start-ups that a holder ever backed by a date, and the rounds it took part in."""
    startups, rounds = set(), set()
    members = set(holder.members)
    for startup, many in ledger.rounds.items():
        for one in many:
            if visible(one.end, as_of) and any((member, one.round_id) in ledger.parts for member in members):
                startups.add(startup)
                # A tranche is a part of its round: sharing the round is sharing it once.
                rounds.add(one.round_id if one.counts or one.parent_id is None else one.parent_id)
    for (member, startup), said in ledger.disclosures.items():
        if member in members and any(visible(d.end, as_of) and d.pct.point for d in said):
            startups.add(startup)
    return startups, rounds


def co_investment(ds: Dataset, investors: Sequence[str] | None = FIELD) -> pl.DataFrame:
    """Who invests beside whom: the edges of a network.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investors : list of str, optional
        Keys of investors, ``state-funds`` for all of them together; with None all that backed at least three start-ups,
        state funds one by one.

    Returns
    -------
    polars.DataFrame
        A row a pair with at least one start-up in common, most first: ``investor_a``, ``name_a``, ``type_a``,
        ``investor_b``, ``name_b``, ``type_b`` (a before b), ``startups`` (both ever took part in a closed round of it or were
        said to hold it, also where one has sold), ``rounds`` (in the same closed round), ``names`` (of the start-ups).

    Raises
    ------
    ValueError
        When there is no such investor; the message names the nearest.
    """
    ledger, as_of = ledger_of(ds), ds.lens.as_of
    kinds = dict(ds.lookup("SELECT investor_id, type FROM data.investors").iter_rows()) | {STATE_FUNDS: "state-fund"}
    asked = investors
    if asked is None:
        asked = sorted({member for member, _ in ledger.parts} | {member for member, _ in ledger.disclosures})
    backed = {holder: _backed(ledger, holder, as_of) for holder in _holders(ds, asked)}
    if investors is None:
        backed = {holder: what for holder, what in backed.items() if len(what[0]) >= _MANY}
    rows = []
    for a, b in itertools.combinations(sorted(backed, key=lambda holder: holder.id), 2):
        both = sorted(ledger.startups[s]["name"] for s in backed[a][0] & backed[b][0])
        if both:
            same = len(backed[a][1] & backed[b][1])
            rows.append((a.id, a.name, kinds[a.id], b.id, b.name, kinds[b.id], len(both), same, ", ".join(both)))
    texts = ("investor_a", "name_a", "type_a", "investor_b", "name_b", "type_b")
    schema = {**dict.fromkeys(texts, pl.String), "startups": pl.Int64, "rounds": pl.Int64, "names": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").sort(
        "startups", "rounds", "investor_a", "investor_b", descending=[True, True, False, False]
    )
