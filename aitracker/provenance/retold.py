"""How a piece was retold, and when facts became known: valid time against knowledge time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.asked import key, waves_asked, words
from aitracker.facts import traced
from aitracker.provenance.claims import SUBJECT
from aitracker.provenance.labels import FACTS, field_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["known_when", "retellings"]

SAME = {("participation", "amount_text"): "amount", ("valuation", "context"): "value"}
"""Fields that tell in words what another field tells in figures."""

SHARED = 0.8
"""Share of the piece's own words that a retelling in words must keep to count as the same."""

SMALL_WORDS = frozenset((
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "rather", "than", "that", "the", "their",
    "these", "this", "to", "with",
))  # fmt: skip

FIELD_WORDS = {
    "round amount": "the size of the round",
    "amount": "the cheque",
    "bargaining": "who sets the price",
    "ceo_role": "the part of the chief executive",
    "chips": "the chips",
    "cloud_credit_share": "the share of cloud credits",
    "divestments": "the holdings that were sold",
    "escrow": "the escrow account",
    "etf_joke": "who makes the joke about the index fund",
    "gpu_count": "the number of graphics processors",
    "in_kind_scope": "what is given in kind",
    "instrument": "what is given for equity",
    "lead": "who led the round",
    "motive": "why start-ups are backed",
    "nature": "the circumstances",
    "participates": "who paid",
    "portfolio": "the portfolio",
    "portfolio_size": "the number of start-ups backed",
    "reason": "the reason",
    "revenue_growth": "the growth of cloud revenue",
    "rivals": "the rivals",
    "us_rule": "what American rules forbid",
    "value": "the valuation",
    "voice": "what is quoted",
}

SILENT = "not stated"
"""What a claim says where the page was read and leaves the fact out: nothing else is a silence."""

Claim = dict[str, Any]


def known_when(ds: Dataset, startup: str | None = None, *, waves: Sequence[str] | str | None = None) -> pl.DataFrame:
    """When each number happened, and when a source first said so: valid time against knowledge time.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; ``known_by`` leaves out what was not yet known, a fact without any dated claim is then absent.
    startup : str, optional
        One start-up; all of the waves where none is given.
    waves : list of str, optional
        Start-ups of these waves only; of the Chinese ones where neither it nor a start-up is named.

    Returns
    -------
    polars.DataFrame
        A row a resolved fact (round sizes, parts, valuations, stakes), by the day it became known: ``startup_id``,
        ``startup``, ``wave``, ``fact`` (label), ``subject_kind``, ``subject_id``, ``field``, ``happened`` (last day of its period;
        null: undated), ``known`` (day from which a source states it; null: only undated sources do), ``days``
        (known less happened; negative: told before it happened), ``latest`` (day of the latest claim), ``value`` as the
        policy chooses it in ``unit``, ``claims``, ``origins``, ``publisher`` and ``source_id`` of the first claim;
        ``facts`` and ``seen``.

    Raises
    ------
    ValueError
        When there is no such start-up or wave; the message names the nearest.
    """
    asked = waves_asked(waves, startup)
    if startup is not None:
        startup = key(ds, "startup", startup)
    first = ds.lookup(
        f"""WITH first AS (
            SELECT subject_kind, subject_id, field, min(known_from) AS known, max(known_from) AS latest,
                arg_min(source_id, (known_from IS NULL, known_from, kind_rank, claim_id)) AS source_id
            FROM resolvable(CAST(getvariable('known_by') AS DATE)) GROUP BY ALL
        )
        SELECT f.startup_id, s.name AS startup, s.wave, f.fact, f.subject_kind, f.subject_id, n.field, n.happened, k.known,
            k.known - n.happened AS days, k.latest, coalesce(r.value_usd_m, r.value) AS value,
            CASE WHEN n.dimension = 'money' THEN 'USD_m' ELSE 'pct' END AS unit, n.claims, n.origins,
            regexp_replace(p.publisher, ' \\(.*$', '') AS publisher, k.source_id
        FROM counted(CAST(getvariable('known_by') AS DATE)) n
        JOIN first k USING (subject_kind, subject_id, field)
        JOIN ({FACTS}) f USING (subject_kind, subject_id)
        JOIN data.startups s USING (startup_id) JOIN data.sources p ON p.source_id = k.source_id
        LEFT JOIN resolved(CAST(getvariable('known_by') AS DATE), getvariable('policy')) r USING (subject_kind, subject_id, field)
        WHERE ($1 IS NULL OR f.startup_id = $1) AND (getvariable('as_of') IS NULL OR n.happened <= getvariable('as_of'))
        ORDER BY k.known NULLS LAST, n.happened NULLS LAST, f.subject_kind, f.subject_id""",
        [startup],
    )
    if asked is not None:
        first = first.filter(pl.col("wave").is_in(asked))
    return traced(ds, first.with_columns(facts=pl.concat_list(SUBJECT)), cited="source_id")


def retellings(ds: Dataset, origin: str, sources: Sequence[str] | None = None) -> pl.DataFrame:
    """Compare pages that repeat a piece with the piece, fact by fact: what each got right, bent, lost or added.

    The outcome follows from the claims alone: a claim that the curators marked as a misreading (``deprecated``) is bent;
    figures are right where their interval meets the piece's and bent where it does not; words are right where they keep
    four fifths of the piece's own words, and reworded else (the sentence shows both, the reader judges). A fact is lost
    where whoever read the page recorded that it says nothing of it. Where nothing is recorded, nothing is known: that
    claims are missing says nothing about a page.

    Parameters
    ----------
    ds : Dataset
        The data; ``known_by`` leaves out pages not yet published.
    origin : str
        Source of the piece.
    sources : list of str, optional
        The pages; all that repeat the piece where none are given.

    Returns
    -------
    polars.DataFrame
        A row a page and fact, by fact and page: ``subject_kind``, ``subject_id``, ``field``, ``publisher``, ``language``,
        ``outcome`` (``right``, ``bent``, ``reworded``, ``lost``, ``added``: a fact that the piece, as far as it was read,
        does not tell, ``not recorded``: the data holds nothing of the page on a fact that the piece and another page
        tell), ``basis`` (``rank``, ``figures``, ``words``, ``read``: recorded by who read the page, ``no record``),
        ``piece`` and ``page`` (what either says; null: nothing is recorded), ``reason`` (of the curators), ``sentence``
        (null where nothing is recorded), ``source_id``; ``facts`` and ``seen`` with the page and the piece.

    Raises
    ------
    ValueError
        When the piece does not exist or a page does not repeat it; the message names the nearest.
    """
    known = ds.lookup(
        "SELECT source_id, origin_id, publisher, language FROM data.sources ORDER BY source_id", shared=True
    )
    origin = key(ds, "origin", origin, "source")
    copies = ds.lookup("SELECT source_id FROM sources WHERE origin_id = ? ORDER BY source_id", [origin])[
        "source_id"
    ].to_list()
    every = known.filter(pl.col("origin_id") == origin)["source_id"].to_list()
    asked = words("source", sources, every)
    pages = [page for page in dict.fromkeys(copies if asked is None else asked) if page in copies]
    told = _told(ds, [origin, *pages])
    piece = told.pop(origin, {})
    facts = sorted({fact for claims in told.values() for fact in claims})
    names = {row["source_id"]: row for row in known.iter_rows(named=True)}
    rows = []
    for fact in facts:
        for page in pages:
            mine, theirs = told.get(page, {}).get(fact, []), piece.get(fact, [])
            if not (theirs or any(c["text_value"] != SILENT for c in mine)):
                continue
            behind = dict.fromkeys("|".join(fact_of(c)) for c in (*theirs, *mine))
            outcome, basis = _outcome(theirs, mine)
            name = re.sub(r"\s*\(.*$", "", names[page]["publisher"]).removesuffix(", publisher not named")
            rows.append(
                {
                    **dict(zip(("subject_kind", "subject_id", "field"), fact, strict=True)),
                    "publisher": name, "language": names[page]["language"], "outcome": outcome, "basis": basis,
                    "piece": _say(theirs), "page": _say(mine), "reason": next((c["reason"] for c in mine if c["reason"]), None),
                    "sentence": _sentence(name, fact, outcome, basis, _say(theirs), _say(mine)), "source_id": page,
                    "facts": list(behind), "cited": [page, *([origin] if theirs else [])],
                }
            )  # fmt: skip
    columns = (
        "subject_kind", "subject_id", "field", "publisher", "language", "outcome", "basis", "piece", "page", "reason",
        "sentence", "source_id",
    )  # fmt: skip
    lists = dict.fromkeys(("facts", "cited"), pl.List(pl.String))
    frame = pl.DataFrame(rows, schema={**dict.fromkeys(columns, pl.String), **lists})
    return traced(ds, frame, cited="cited").drop("cited")


def fact_of(claim: Claim) -> tuple[str, str, str]:
    """Subject and field of a claim, as the data has them."""
    return claim["subject_kind"], claim["subject_id"], claim["field"]


def _told(ds: Dataset, sources: Sequence[str]) -> dict[str, dict[tuple[str, str, str], list[Claim]]]:
    """Claims by source and fact. What a curated row takes from the piece is a claim of it; its codes are not its words."""
    frame = ds.lookup(
        """SELECT source_id, subject_kind, subject_id, field, unit, value, value_low, value_high, stated_low, stated_high,
            text_value, rank, reason, claim_id FROM claims WHERE NOT (adopted AND value IS NULL) ORDER BY claim_id"""
    ).filter(pl.col("source_id").is_in(sources))
    out: dict[str, dict[tuple[str, str, str], list[Claim]]] = {}
    for row in frame.iter_rows(named=True):
        field = SAME.get((row["subject_kind"], row["field"]), row["field"])
        out.setdefault(row["source_id"], {}).setdefault((row["subject_kind"], row["subject_id"], field), []).append(row)
    return out


def _outcome(theirs: list[Claim], mine: list[Claim]) -> tuple[str, str]:
    """The outcome for one fact and page, and what it rests on."""
    figures = [(a, b) for a in theirs for b in mine if a["value"] is not None and b["value"] is not None]
    if not mine:
        found = ("not recorded", "no record")
    elif any(c["rank"] == "deprecated" for c in mine):
        found = ("bent", "rank")
    elif any(c["text_value"] == SILENT for c in mine):
        found = ("lost", "read")
    elif not theirs:
        found = ("added", "words")
    elif figures:
        found = ("right" if any(_meet(a, b) for a, b in figures) else "bent", "figures")
    elif any(c["value"] is not None for c in theirs):
        found = ("reworded", "words")  # a figure told in words: what they make of it is for the reader
    else:
        own, kept = (_words(" ".join(c["text_value"] or "" for c in claims)) for claims in (theirs, mine))
        found = ("right" if len(own & kept) >= SHARED * len(own) else "reworded", "words")
    return found


def _meet(a: Claim, b: Claim) -> bool:
    """Whether two claims state the same figure, or intervals with a common part, open on the same side where open."""
    if (a["stated_low"] is None) != (b["stated_low"] is None) or (a["stated_high"] is None) != (
        b["stated_high"] is None
    ):
        return False
    return bool(a["unit"] == b["unit"] and a["value_low"] <= b["value_high"] and b["value_low"] <= a["value_high"])


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9.]+", text.lower())) - SMALL_WORDS


def _money(value: float, unit: str) -> str:
    sign = {"USD": "US$", "CNY": "RMB ", "HKD": "HK$", "EUR": "EUR "}.get(unit[:3], f"{unit[:3]} ")
    return f"{sign}{value / 1000:g}bn" if value >= 1000 else f"{sign}{value:g}m"


def _say(claims: list[Claim]) -> str | None:
    """What claims say, in their own words where there are any."""
    said = []
    for c in claims:
        figure = None
        if c["value"] is not None and c["unit"].endswith("_m"):
            figure = _money(c["value"], c["unit"])
        elif c["value"] is not None:
            figure = f"{c['value']:g}{' %' if c['unit'] == 'pct' else ''}"
        words = c["text_value"]
        said.append(
            words
            if words and (figure is None or figure in words or c["unit"] == "pct")
            else ": ".join(filter(None, (figure, words)))
        )
    return "; ".join(dict.fromkeys(said)) or None


def _sentence(
    name: str, fact: tuple[str, str, str], outcome: str, basis: str, piece: str | None, page: str | None
) -> str | None:
    """What a page makes of a fact; nothing where nothing is recorded of it."""
    kind, _, field = fact
    what = FIELD_WORDS.get(f"{kind} {field}") or FIELD_WORDS.get(field, f"the {field_words(field)}")
    if outcome == "not recorded":
        return None
    if outcome == "right":
        return f"{name} keeps {what}: {page}."
    if outcome == "added":
        return f"{name} tells {what} as: {page}; nothing on it was read in the piece."
    says = f"; the piece: {piece}." if piece else "; nothing on it was read in the piece."
    if outcome == "lost":
        return f"{name} says nothing of {what}{says}"
    if basis == "rank" and not piece:
        return f"{name} is known to be wrong on {what}: {page}{says}"
    verb = "tells" if outcome == "reworded" else "misreads" if basis == "rank" else "alters"
    return f"{name} {verb} {what}{' in other words' if outcome == 'reworded' else ''}: {page}{says}"
