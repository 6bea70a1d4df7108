"""Who reported a number, when, and who disagrees."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Literal

import polars as pl

from aitracker.asked import key, one_of
from aitracker.facts import traced
from aitracker.provenance.labels import FACTS, label

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["KINDS", "all_claims", "cite", "claims", "corroboration", "disagreements", "known_fact", "source_names"]

KINDS = ("startup", "investor", "round", "participation", "valuation", "stake", "event", "series", "total")
"""Kinds of subject that facts are about; the total of a third party is a claim itself."""
SUBJECT = pl.concat_str("subject_kind", pl.lit("|"), "subject_id", pl.lit("|"), "field")
"""The fact of a row that names its subject and field."""


def claims(ds: Dataset, kind: str, id: str, field: str | None = None) -> pl.DataFrame:
    """Every claim on a fact: what each source says, the adopted one among them and marked.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; ``known_by`` leaves out claims not yet published, an undated source is left out then.
    kind : str
        ``startup``, ``investor``, ``round``, ``participation``, ``valuation``, ``stake``, ``event``, ``series``, or ``total``
        (what a third party states of a whole).
    id : str
        Key of the subject; ``round/investor`` for a participation.
    field : str, optional
        One fact, such as ``amount``; all facts of the subject where none is given.

    Returns
    -------
    polars.DataFrame
        A row a claim, by field and then by day known. ``stated_low`` and ``stated_high`` are what the source gave
        (null: it gave no such end) in ``unit``; ``value_usd_m`` with its interval is money in millions of US dollars at
        the rate of the fact's day; ``chosen`` marks the claim that the policy of the lens takes (resolved fields only),
        ``adopted`` the curators' row; ``rank`` deprecated is known to be wrong and never chosen. ``origin_id`` is the
        piece that the source repeats, or the source itself: count these, never pages. ``fact`` is the fact in words;
        ``facts`` the fact, and ``seen`` with the source of the claim.

    Raises
    ------
    ValueError
        When the kind, the subject or the field does not exist; the message names the nearest.
    """
    known_fact(ds, kind, id, field)
    found = all_claims(ds).filter((pl.col("subject_kind") == kind) & (pl.col("subject_id") == id))
    if field is not None:
        found = found.filter(pl.col("field") == field)
    words = {name: label(ds, kind, id, name) for name in found["field"].unique()}
    found = found.with_columns(
        fact=pl.col("field").replace_strict(words, return_dtype=pl.String), facts=pl.concat_list(SUBJECT)
    )
    return traced(ds, found.drop("subject_kind", "subject_id", "fx_rate", "fx_date"), cited="source_id")


def known_fact(ds: Dataset, kind: object, id: object, field: object = None) -> None:
    """Refuse what is no kind, no subject or no field in the data, whatever the lens, with the nearest."""
    subject = one_of("kind", kind, KINDS)

    def subjects() -> dict[str, list[str]]:
        rows = ds.sql(
            """SELECT subject_kind, list_sort(list(subject_id)) FROM (
                SELECT subject_kind, subject_id FROM main.subjects UNION ALL SELECT 'total', total_id FROM data.totals
            ) GROUP BY ALL"""
        ).rows()
        return dict(rows)

    one_of(f"{subject} id", id, ds.remember("subjects", subjects, every_lens=True).get(subject, []))
    if field is None:
        return
    # The vocabulary, and the adopted facts that nobody disputes and that therefore need no entry in it.
    known = ds.lookup(
        """SELECT DISTINCT field FROM main.all_claims WHERE subject_kind = $1 UNION SELECT field FROM data.fields
        WHERE subject_kind = $1 UNION SELECT 'value' WHERE $1 = 'total'""",
        [subject],
        shared=True,
    )
    one_of("field", field, sorted(known["field"].to_list()))


def all_claims(ds: Dataset) -> pl.DataFrame:
    """Every claim under the lens with the columns of :func:`claims`, its subject, and the rate that converted it."""
    return ds.lookup(
        """SELECT subject_kind, subject_id, field, value, stated_low, stated_high, unit, qualifier, text_value,
            value_usd_m, value_low_usd_m, value_high_usd_m,
            claim_id IN (SELECT r.claim_id FROM resolved(CAST(getvariable('known_by') AS DATE), getvariable('policy')) r) AS chosen,
            adopted, rank, reason, publisher, source_kind, published, published_precision, known_from, origin_id, source_id, claim_id, note,
            fx_rate, fx_date, kind_rank
        FROM claims
        UNION ALL
        SELECT 'total', total_id, 'value', value, CASE WHEN qualifier <> 'at-most' THEN value END,
            CASE WHEN qualifier <> 'at-least' THEN value END, unit, qualifier, statement,
            CASE WHEN unit = 'USD_m' THEN value END, CASE WHEN unit = 'USD_m' THEN value * low_factor END,
            CASE WHEN unit = 'USD_m' THEN value * high_factor END, true, true, 'normal', NULL, publisher, s.kind, published,
            published_precision, known_from, origin, source_id, 'total|' || total_id || '|value', t.note, NULL, NULL, kind_rank
        FROM totals t JOIN dated_sources s USING (source_id) JOIN data.qualifiers USING (qualifier)
        ORDER BY subject_kind, subject_id, field, known_from NULLS LAST, kind_rank, claim_id"""
    ).drop("kind_rank")


def disagreements(ds: Dataset) -> pl.DataFrame:
    """Facts whose claims differ, widest first.

    A fact is in dispute when two origins state different values for it (deprecated claims are left out: they are known
    to be wrong, not in dispute). The spread is highest over lowest stated value, in US dollars for money.

    Returns
    -------
    polars.DataFrame
        ``subject_kind``, ``subject_id``, ``field``, ``unit``, ``lowest``, ``highest``, ``spread_x`` (null where the
        lowest is zero), ``claims``, ``origins``, ``values`` (number of different ones). Only numeric facts. ``facts`` (the
        fact) and ``seen`` with the sources of all its claims.
    """
    wide = ds.lookup(
        """SELECT subject_kind, subject_id, field, CASE WHEN any_value(dimension) = 'money' THEN 'USD_m' ELSE any_value(unit) END AS unit,
            min(size) AS lowest, max(size) AS highest, max(size) / nullif(min(size), 0) AS spread_x,
            count(*) AS claims, count(DISTINCT origin_id) AS origins, count(DISTINCT round(size, 6)) AS "values",
            list_sort(list(DISTINCT source_id)) AS cited
        FROM (SELECT *, CASE WHEN dimension = 'money' THEN value_usd_m ELSE value END AS size FROM claims WHERE rank <> 'deprecated')
        WHERE size IS NOT NULL
        GROUP BY subject_kind, subject_id, field
        HAVING count(DISTINCT origin_id) > 1 AND max(size) > min(size) * 1.000001
        ORDER BY spread_x DESC NULLS LAST, subject_kind, subject_id, field"""
    ).with_columns(facts=pl.concat_list(SUBJECT))
    return traced(ds, wide, cited="cited").drop("cited")


def corroboration(ds: Dataset, startup: str) -> pl.DataFrame:
    """How many claims, and how many independent origins, stand behind each number on one start-up's money.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    startup : str
        Key of the start-up.

    Returns
    -------
    polars.DataFrame
        A row a resolved fact (round sizes, parts, valuations, stakes), by date: ``subject`` (the start-up), ``fact``
        (label), ``subject_kind``, ``subject_id``, ``field``, ``date``, ``value`` as the policy chooses it in ``unit`` (money
        in USD_m; null: the curators adopted none of the claims), ``low`` and ``high`` over all claims not deprecated,
        ``claims``, ``origins``, ``deprecated`` (claims known to be wrong, counted apart), ``origins_all`` (distinct origins
        behind all rows together: they cannot be added up), ``source_id`` of the chosen value; ``facts`` and ``seen``.

    Raises
    ------
    ValueError
        When there is no such start-up; the message names the nearest.
    """
    startup = key(ds, "startup", startup)
    backed = ds.lookup(
        f"""WITH facts AS (
            {FACTS}
        ), ours AS (
            SELECT * FROM facts WHERE startup_id = $1
        ), wrong AS (
            SELECT subject_kind, subject_id, field, count(*) AS deprecated FROM claims WHERE rank = 'deprecated' GROUP BY ALL
        ), backing AS (
            SELECT count(DISTINCT c.origin_id) AS origins FROM claims c
            JOIN ours USING (subject_kind, subject_id) JOIN data.fields d USING (subject_kind, field)
            WHERE d.resolved AND c.rank <> 'deprecated'
        )
        SELECT s.name AS subject, f.fact, f.subject_kind, f.subject_id, n.field, n.happened AS date,
            coalesce(r.value_usd_m, r.value) AS value, CASE WHEN n.dimension = 'money' THEN 'USD_m' ELSE 'pct' END AS unit,
            n.claims_low AS low, n.claims_high AS high, n.claims, n.origins, coalesce(w.deprecated, 0) AS deprecated,
            (SELECT origins FROM backing) AS origins_all, r.source_id
        FROM counted(CAST(getvariable('known_by') AS DATE)) n
        JOIN ours f USING (subject_kind, subject_id)
        JOIN data.startups s USING (startup_id)
        LEFT JOIN resolved(CAST(getvariable('known_by') AS DATE), getvariable('policy')) r USING (subject_kind, subject_id, field)
        LEFT JOIN wrong w USING (subject_kind, subject_id, field)
        WHERE getvariable('as_of') IS NULL OR n.happened <= getvariable('as_of')
        ORDER BY n.happened, f.subject_kind, f.subject_id""",
        [startup],
    )
    return traced(ds, backed.with_columns(facts=pl.concat_list(SUBJECT)))


def source_names(ds: Dataset, source_ids: pl.Series | list[str]) -> list[str]:
    """Publishers behind some source ids, most cited first: the short source line under a chart.

    Parameters
    ----------
    ds : Dataset
        The data.
    source_ids : series or list of str
        Ids, repeated as often as they are cited; nulls are passed over.

    Returns
    -------
    list of str
        Publisher names; what stands in brackets behind a name is left out.
    """
    names = ds.remember("publishers", lambda: _publishers(ds), every_lens=True)
    counts = Counter(names[i] for i in source_ids if i)
    return sorted(counts, key=lambda name: (-counts[name], name))


def _publishers(ds: Dataset) -> dict[str, str]:
    rows = ds.sql("SELECT source_id, publisher FROM data.sources").rows()
    return {key: re.sub(r"\s*\(.*$", "", publisher) for key, publisher in rows}


def cite(ds: Dataset, source_id: str, style: Literal["text", "bibtex", "csl"] = "text") -> str:
    """One source as a reference.

    Parameters
    ----------
    ds : Dataset
        The data.
    source_id : str
        Key of the source.
    style : str
        ``text`` for one line, ``bibtex`` for an entry, ``csl`` for an item of CSL-JSON (as reference managers read it).

    Returns
    -------
    str
        Publisher, title, date to its own precision (``n.d.`` where unknown) and address.

    Raises
    ------
    ValueError
        When there is no such source or style; the message names the nearest.
    """
    one_of("style", style, ("text", "bibtex", "csl"))
    rows = ds.remember("references", lambda: _references(ds), every_lens=True)
    row = rows[key(ds, "source_id", source_id, "source")]
    if style == "text":
        title = row["title"] or "untitled"
        inferred = ", date inferred" if row["published_basis"] == "inferred" else ""
        return f"{row['publisher']}: {title} ({row['day'] or 'n.d.'}{inferred})." + (
            f" {row['url']}" if row["url"] else ""
        )
    if style == "csl":
        return json.dumps(_csl(source_id, row), ensure_ascii=False, indent=2)
    fields = {
        "title": row["title"] or "untitled",
        "organization": row["publisher"],
        "year": row["day"][:4] if row["day"] else None,
        "date": row["day"],
        "language": row["language"],
        "url": row["url"],
    }
    lines = [f"  {key} = {{{_tex(value)}}}" for key, value in fields.items() if value]
    return f"@misc{{{source_id},\n" + ",\n".join(lines) + "\n}"


_CSL_TYPES = {"filing": "report", "company": "webpage", "wire": "article-newspaper", "newspaper": "article-newspaper"}


def _csl(source_id: str, row: dict[str, str | None]) -> dict[str, object]:
    """One item of CSL-JSON 1.0; a date is as exact as the source's, a quarter is told by its season."""
    day, item = row["day"], {"id": source_id, "type": _CSL_TYPES.get(row["kind"] or "", "webpage")}
    parts: dict[str, object] = {}
    if day and "Q" in day:
        parts = {"date-parts": [[int(day[:4])]], "season": int(day[-1])}
    elif day:
        parts = {"date-parts": [[int(part) for part in day.split("-")]]}
    if parts and row["published_basis"] == "inferred":
        parts["circa"] = True
    told = {
        "title": row["title"] or "untitled",
        "publisher": row["publisher"],
        "container-title": row["publisher"],
        "issued": parts or None,
        "language": row["language"],
        "URL": row["url"],
    }
    return {**item, **{key: value for key, value in told.items() if value}}


def _references(ds: Dataset) -> dict[str, dict[str, str | None]]:
    frame = ds.sql("SELECT *, date_words(published, published_precision) AS day FROM data.sources")
    return {row["source_id"]: row for row in frame.iter_rows(named=True)}


def _tex(text: str) -> str:
    """Escape what TeX would take as a command; braces that do not pair would end the entry."""
    return re.sub(r"([&%$#_{}])", r"\\\1", text.replace("\\", "/"))
