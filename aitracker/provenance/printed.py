"""What stands in a row alone and is no claim of the vocabulary: lines of printed lists of shareholders, whole lists of investors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from aitracker.dataset import Dataset
    from aitracker.facts import Fact

__all__ = ["PRINTED", "is_printed", "printed_claim"]

PRINTED: Final = "cap-table"
"""Kind of the facts of printed lists: ``cap-table|table/1+2|pct`` is what two lines make together, ``cap-table|table|base`` of
what shares the list is."""

_LINES: Final = """SELECT sum(c.pct) AS value, string_agg(c.holder, ' + ' ORDER BY c.line) AS text_value, any_value(c.base) AS base,
    any_value(c.source_id) AS source_id, count(*) AS lines
FROM data.cap_tables c JOIN sources USING (source_id) WHERE c.table_id = ? AND (len(?::INT[]) = 0 OR list_contains(?::INT[], c.line))
HAVING count(*) > 0"""


def is_printed(fact: Fact) -> bool:
    """Whether a fact is of this kind."""
    return fact.kind == PRINTED or (fact.kind == "round" and fact.field == "investor_list")


def printed_claim(ds: Dataset, fact: Fact, like: pl.DataFrame) -> pl.DataFrame:
    """The one statement behind such a fact under the lens, in the columns of a frame of claims; empty where it is not known.

    Raises
    ------
    ValueError
        When there is no such list, line or round.
    """
    told: dict[str, Any]
    if fact.kind == "round":
        rows = ds.sql("SELECT investor_list AS text_value, source_id FROM rounds WHERE round_id = ?", [fact.id])
        told = {"text_value": f"the list of investors is {rows['text_value'][0]}"} if rows.height else {}
    else:
        table, _, lines = fact.id.partition("/")
        if not ds.sql("SELECT 1 FROM data.cap_tables WHERE table_id = ? LIMIT 1", [table]).height:
            message = f"there is no printed list of shareholders {table!r}"
            raise ValueError(message)
        wanted = [int(line) for line in lines.split("+") if line.isdigit()]
        rows = ds.sql(_LINES, [table, wanted, wanted])
        row = rows.row(0, named=True) if rows.height else {}
        whole = f"{row['lines']} lines" if row and not wanted else row.get("text_value")
        told = (
            {"text_value": row["base"]}
            if row and fact.field == "base"
            else {"value": row["value"], "text_value": whole}
            if row
            else {}
        )
    if not told:
        return like.clear()
    source = ds.sql(
        """SELECT publisher, kind AS source_kind, published, published_precision, known_from, origin AS origin_id, source_id
        FROM main.dated_sources WHERE source_id = ?""",
        [rows["source_id"][0]],
    ).row(0, named=True)
    value = told.get("value")
    claim = {
        **dict.fromkeys(like.columns), **source, **told,
        "field": fact.field, "unit": "pct" if value is not None else "text", "qualifier": "exact" if value is not None else "text",
        "stated_low": value, "stated_high": value, "chosen": True, "adopted": True, "rank": "normal", "claim_id": str(fact),
    }  # fmt: skip
    return pl.DataFrame([claim], schema=like.schema)
