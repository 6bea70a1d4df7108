"""Who holds the same start-ups: overlap of portfolios, and who invests beside whom."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import polars as pl

from aitracker.asked import Scope, each, one_of, words
from aitracker.concentration.measures import overlap
from aitracker.concentration.weight_bounds import overlap_bounds
from aitracker.facts import traced
from aitracker.ownership.ledger import Holder, Ledger, holder_of, ledger_of, visible
from aitracker.ownership.positions import facts_of, held
from aitracker.ownership.weights import WEIGHTINGS, Box, Weighting, box, settled, sizes
from aitracker.vocabulary import FIELD, SCOPES, STATE_FUNDS, WAVES

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


def overlap_matrix(
    ds: Dataset, investors: Sequence[str] = FIELD, weighting: Weighting = "value", *, scope: Scope = "ai"
) -> pl.DataFrame:
    """How much the portfolios of some investors have in common: ``sum(min(w_A, w_B))``, with its exact interval.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investors : list of str
        Keys of investors; ``state-funds`` for all of them together. Two keys of one group under the lens are one.
    weighting : {"value", "cost", "cash", "count"}
        See :func:`aitracker.ownership.holdings`.
    scope : {"ai", "genai", "model-maker"}
        Of which Chinese start-ups the positions count.

    Returns
    -------
    polars.DataFrame
        A row an ordered pair, each with itself too, in the order asked for: ``investor_a``, ``name_a``, ``investor_b``,
        ``name_b``; ``overlap_low`` and ``overlap_high`` (0-1, over the intervals of all positions:
        :func:`aitracker.overlap_bounds`; null where one has nothing that can weigh), ``overlap`` (null where the positions
        without a weight could move it by more than 0.05); ``shared`` (start-ups that both hold, whatever is known of the
        stakes), ``startups`` (their names), ``weighted_shared`` (of them those that both can weigh); ``weighting``, ``scope``.
        An overlap of 0 to 0 says that nothing is shared.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.
    """
    one_of("weighting", weighting, WEIGHTINGS)
    one_of("scope", scope, SCOPES)
    ledger = ledger_of(ds)
    holders = _holders(ds, each("investors", investors, one=False, empty=False))
    frames = {h.id: held(ledger, h, ds.lens.as_of, scope) for h in holders}
    done: dict[frozenset[str], tuple[float | None, float | None, float | None]] = {}
    rows, facts = [], []
    for a, b in itertools.product(holders, holders):
        first, second = frames[a.id], frames[b.id]
        pair = frozenset((a.id, b.id))
        if pair not in done:
            done[pair] = _common(first, second, weighting)
        both = first.join(second.select("startup_id"), on="startup_id", how="semi").sort("startup")
        weighed = set(_known(first, weighting)) & set(_known(second, weighting))
        rows.append((a.id, a.name, b.id, b.name, *done[pair], both.height, ", ".join(both["startup"]), len(weighed)))
        facts.append([*facts_of(first, weighting), *facts_of(second, weighting)])
    schema = {
        **dict.fromkeys(("investor_a", "name_a", "investor_b", "name_b"), pl.String),
        **dict.fromkeys(("overlap", "overlap_low", "overlap_high"), pl.Float64),
        "shared": pl.Int64,
        "startups": pl.String,
        "weighted_shared": pl.Int64,
    }
    out = pl.DataFrame(rows, schema=schema, orient="row").with_columns(weighting=pl.lit(weighting), scope=pl.lit(scope))
    return traced(ds, out, facts)


def _known(frame: pl.DataFrame, weighting: Weighting) -> dict[str, float]:
    """What each position is weighed by, where that is known."""
    pairs = zip(frame["startup_id"], sizes(frame, weighting), strict=True)
    return {startup: size for startup, size in pairs if size is not None}


def _common(
    first: pl.DataFrame, second: pl.DataFrame, weighting: Weighting
) -> tuple[float | None, float | None, float | None]:
    """Overlap of two holders' positions: the point, where one can be told, and the exact ends."""
    keys = sorted({*first["startup_id"], *second["startup_id"]})

    def ends(frame: pl.DataFrame, *, known: bool) -> Box:
        own = dict(zip(frame["startup_id"], zip(*box(frame, weighting, known=known), strict=True), strict=True))
        pairs = [own.get(key, (0.0, 0.0)) for key in keys]
        return Box([low for low, _ in pairs], [high for _, high in pairs])

    a, b = ends(first, known=False), ends(second, known=False)
    if not (a.weighs and b.weighs):
        return None, None, None
    if first.equals(second):  # one holder beside itself: the same weights, whatever they are
        return 1.0, 1.0, 1.0
    low, high = overlap_bounds(*a, *b)
    mine, yours = _known(first, weighting), _known(second, weighting)
    if not (any(mine.values()) and any(yours.values())):
        return None, low, high
    whole, other = sum(mine.values()), sum(yours.values())
    point = overlap([mine.get(k, 0.0) / whole for k in keys], [yours.get(k, 0.0) / other for k in keys])
    return settled(point, overlap_bounds(*ends(first, known=True), *ends(second, known=True))), low, high


def _backed(
    ledger: Ledger, holder: Holder, as_of: dt.date | None, scope: str, waves: Sequence[str] | None
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Start-ups that a holder ever backed by a date, and the rounds it took part in, each with the facts that say so."""
    startups: dict[str, list[str]] = {}
    rounds: dict[str, list[str]] = {}
    for startup, many in ledger.rounds.items():
        for one in many if ledger.within(startup, scope, waves) else ():
            told = [
                fact
                for m in holder.members
                if (m, one.round_id) in ledger.parts
                for fact in ledger.named[m, one.round_id]
            ]
            if told and visible(one.end, as_of):
                startups.setdefault(startup, []).extend(told)
                # A tranche is a part of its round: sharing the round is sharing it once.
                rounds.setdefault(one.round_id if one.counts or one.parent_id is None else one.parent_id, []).extend(
                    told
                )
    for (member, startup), said in ledger.disclosures.items():
        seen = [d.fact for d in said if visible(d.end, as_of) and d.pct.point]
        if member in holder.members and seen and ledger.within(startup, scope, waves):
            startups.setdefault(startup, []).extend(seen)
    return startups, rounds


def co_investment(
    ds: Dataset,
    investors: Sequence[str] | None = FIELD,
    *,
    scope: Scope = "ai",
    waves: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Who invests beside whom: the edges of a network.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investors : list of str, optional
        Keys of investors, ``state-funds`` for all of them together; with None all that backed at least three start-ups,
        state funds one by one.
    scope, waves
        Which start-ups count; see :func:`aitracker.ownership.holdings`.

    Returns
    -------
    polars.DataFrame
        A row a pair with at least one start-up in common, most first: ``investor_a``, ``name_a``, ``type_a``,
        ``investor_b``, ``name_b``, ``type_b`` (a before b), ``startups`` (both ever took part in a closed round of it or were
        said to hold it, also where one has sold), ``rounds`` (in the same closed round), ``names`` (of the start-ups),
        ``scope``.

    Raises
    ------
    ValueError
        When there is no such investor; the message names the nearest.
    """
    one_of("scope", scope, SCOPES)
    ledger, as_of, asked = ledger_of(ds), ds.lens.as_of, words("waves", waves, WAVES, one=False, empty=False)
    kinds = dict(ds.lookup("SELECT investor_id, type FROM data.investors", shared=True).iter_rows()) | {
        STATE_FUNDS: "state-fund"
    }
    names = investors
    if names is None:
        names = sorted({member for member, _ in ledger.parts} | {member for member, _ in ledger.disclosures})
    holders = _holders(ds, each("investors", names, one=False, empty=investors is None))
    backed = {holder: _backed(ledger, holder, as_of, scope, asked) for holder in holders}
    if investors is None:
        backed = {holder: what for holder, what in backed.items() if len(what[0]) >= _MANY}
    rows, facts = [], []
    for a, b in itertools.combinations(sorted(backed, key=lambda holder: holder.id), 2):
        both = backed[a][0].keys() & backed[b][0].keys()
        if both:
            same = len(backed[a][1].keys() & backed[b][1].keys())
            told = ", ".join(sorted(ledger.startups[s]["name"] for s in both))
            rows.append((a.id, a.name, kinds[a.id], b.id, b.name, kinds[b.id], len(both), same, told))
            facts.append([one for s in sorted(both) for who in (a, b) for one in backed[who][0][s]])
    texts = ("investor_a", "name_a", "type_a", "investor_b", "name_b", "type_b")
    schema = {**dict.fromkeys(texts, pl.String), "startups": pl.Int64, "rounds": pl.Int64, "names": pl.String}
    out = pl.DataFrame(rows, schema=schema, orient="row").with_columns(scope=pl.lit(scope))
    return traced(ds, out, facts).sort(
        "startups", "rounds", "investor_a", "investor_b", descending=[True, True, False, False]
    )
