"""What differs between two versions of the dataset, row by row, and how much it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from aitracker.facts import traced

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["diff"]

SEVERITIES: Final = ("high", "medium", "low")

# What a change of the column does to a reader's numbers. Columns of neither list are medium: they say who, where or how sure.
HIGH: Final = frozenset((
    "amount_m", "committed_m", "value_m", "value", "value_low", "value_high", "pct", "usd_per_unit", "currency",
    "unit", "status", "kind", "announced", "as_of", "date", "period_end", "counts_in_totals", "is_umbrella",
    "parent_round_id", "superseded_by", "parent_id", "affiliate_of", "startup_id", "investor_id", "round_id",
    "instrument", "basis", "measure", "wave", "exit_date", "resolved", "low_factor", "high_factor", "rank",
    "published", "origin_id",
))  # fmt: skip
LOW: Final = frozenset((
    "note", "title", "name", "name_zh", "url", "reason", "description", "text_value", "statement", "ticker",
    "publisher", "language",
))  # fmt: skip
# Tables whose rows add up to numbers; a row more or less elsewhere changes no figure by itself.
FIGURES: Final = frozenset(
    ("rounds", "participations", "valuations", "stakes", "claims", "fx", "series", "totals", "qualifiers")
)

# Columns that are a fact of their row's subject: kind of the subject, and field.
FACT: Final = {
    ("rounds", "amount_m"): ("round", "amount"), ("rounds", "announced"): ("round", "announced"),
    ("rounds", "series"): ("round", "series"), ("rounds", "status"): ("round", "status"),
    ("valuations", "value_m"): ("valuation", "value"), ("stakes", "pct"): ("stake", "pct"),
    ("startups", "founded"): ("startup", "founded"), ("startups", "hq_city"): ("startup", "hq_city"),
    ("participations", "amount_m"): ("participation", "amount"), ("participations", "role"): ("participation", "role"),
    ("events", "date"): ("event", "date"), ("series", "value"): ("series", "value"), ("totals", "value"): ("total", "value"),
}  # fmt: skip
FIGURE: Final = {
    "rounds": "amount_m", "valuations": "value_m", "stakes": "pct", "participations": "amount_m", "series": "value",
    "totals": "value",
}  # fmt: skip
"""Column that stands for a whole row of figures."""

SCHEMA: Final = dict.fromkeys(("table", "key", "change", "column", "old", "new", "severity"), pl.String)


def diff(old: Dataset, new: Dataset) -> pl.DataFrame:
    """Compare two versions of the dataset: rows added, removed and changed, by table, with their severity.

    The curated tables are compared, whatever the lens of either. A row is the same row when its key is the same; a renamed
    key is a row removed and a row added.

    Parameters
    ----------
    old, new : Dataset
        Two versions, each opened by :func:`aitracker.load`.

    Returns
    -------
    polars.DataFrame
        By severity, table, key and column: ``table``, ``key`` (parts joined by ``|``), ``change`` (``added``, ``removed``,
        ``changed``; of a whole column or table too), ``column`` (null: the whole row), ``old`` and ``new`` as text (null: empty),
        ``severity``: ``high`` where a number, what counts in totals, or when something was known may change; ``medium`` for
        who says so and how sure; ``low`` for words. A row removed from a table of figures is high, one added is medium.
        ``facts``: the fact that a changed cell or an added row states in the new version, where it is one (of a claim: the
        fact that it is a claim on); none for what was removed. ``seen``, of the new version.

    Raises
    ------
    ValueError
        When either is no dataset.

    Notes
    -----
    The definition of severity is our own.
    """
    for name, ds in (("old", old), ("new", new)):
        if not hasattr(ds, "tables"):
            message = f"{name} must be a dataset as aitracker.load gives it, not {ds!r}"
            raise ValueError(message)
    frames = []
    for table in sorted({*old.tables, *new.tables}):
        if table not in old.tables or table not in new.tables:
            change = "added" if table in new.tables else "removed"
            frames.append(_said(table, "", change, None, None, None, "high"))
            continue
        frames += _table(table, old, new)
    whole = pl.concat(frames) if frames else pl.DataFrame(schema=SCHEMA)
    order = pl.col("severity").replace_strict(SEVERITIES, range(len(SEVERITIES)), return_dtype=pl.Int64)
    whole = whole.sort(order, "table", "key", "change", "column", nulls_last=False)
    claims = {f"claims|{key}": f"{kind}|{id_}|{field}" for key, kind, id_, field in _claims(new)}
    return traced(new, whole, ([told] if (told := _fact(row, claims)) else [] for row in whole.iter_rows(named=True)))


def _claims(ds: Dataset) -> list[tuple[str, str, str, str]]:
    return ds.sql("SELECT claim_id, subject_kind, subject_id, field FROM data.claims").rows()


def _fact(row: dict[str, str | None], claims: dict[str, str]) -> str | None:
    """The fact that a row of differences is about, in the new version."""
    table, key, column = row["table"] or "", row["key"] or "", row["column"]
    if row["change"] == "removed" or not key:
        return None
    if table == "claims":
        return claims.get(f"claims|{key}")
    kind, field = FACT.get((table, column or FIGURE.get(table, "")), ("", ""))
    if not kind:
        return None
    return f"{kind}|{'/'.join(key.split('|')[:2]) if table == 'participations' else key}|{field}"


def _said(
    table: str, key: str, change: str, column: str | None, old: str | None, new: str | None, severity: str
) -> pl.DataFrame:
    return pl.DataFrame([(table, key, change, column, old, new, severity)], schema=SCHEMA, orient="row")


def _table(table: str, old: Dataset, new: Dataset) -> list[pl.DataFrame]:
    keys = new.sql(
        "SELECT unnest(constraint_column_names) AS k FROM duckdb_constraints() WHERE schema_name = 'data' AND table_name = ?"
        " AND constraint_type = 'PRIMARY KEY' AND database_name = current_database()",
        [table],
    )["k"].to_list()
    before, after = (ds.sql(f"SELECT * FROM data.{table}").with_columns(pl.all().cast(pl.String)) for ds in (old, new))
    frames = [
        _said(table, "", "added" if column in after.columns else "removed", column, None, None, "medium")
        for column in sorted({*before.columns} ^ {*after.columns})
    ]
    if not set(keys) <= set(before.columns):  # nothing to match rows by: the table was made anew
        return [*frames, _said(table, "", "changed", None, None, None, "high")]
    key = pl.concat_str([pl.col(k) for k in keys], separator="|").alias("key")
    before, after = before.with_columns(key), after.with_columns(key)
    for change, one, other, severity in (
        ("removed", before, after, "high" if table in FIGURES else "medium"),
        ("added", after, before, "medium" if table in FIGURES else "low"),
    ):
        rows = one.join(other, on="key", how="anti")
        frames.append(_rows(rows.select("key"), table, change, severity))
    both = before.join(after, on="key", suffix="|new", validate="1:1")
    for column in before.columns:
        if column in keys or column == "key" or column not in after.columns:
            continue
        rows = both.filter(~pl.col(column).eq_missing(pl.col(f"{column}|new")))
        severity = "high" if column in HIGH else "low" if column in LOW else "medium"
        # A date, a kind or a text of a table that holds no figures moves no number.
        if severity == "high" and table in {"events", "decisions", "fields", "funds"}:
            severity = "medium"
        rows = rows.select("key", old=column, new=f"{column}|new").with_columns(column=pl.lit(column))
        frames.append(_rows(rows, table, "changed", severity))
    return frames


def _rows(rows: pl.DataFrame, table: str, change: str, severity: str) -> pl.DataFrame:
    """Give rows of one kind of change all the columns."""
    missing = [pl.lit(None, dtype=pl.String).alias(c) for c in ("column", "old", "new") if c not in rows.columns]
    return rows.with_columns(*missing, table=pl.lit(table), change=pl.lit(change), severity=pl.lit(severity)).select(
        list(SCHEMA)
    )
