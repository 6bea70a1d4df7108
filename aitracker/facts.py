"""Facts, and how a frame of a metric carries those that it was computed from.

Two columns stand in the middle of every metric's frame, where Polars leaves them out when it prints:

``facts``
    List of the facts behind the row, each as ``kind|id|field``: ``round|moonshot-2024-02|amount``. What
    :func:`aitracker.explain` reads. Never null; empty where the row rests on no fact under the lens.
``seen``
    What a reader has to know of the row: ``lens`` (in words; null for the default one), ``version`` of the data,
    ``source_ids`` of the claims taken for its facts, and their ``publishers``. Charts sign themselves with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitracker.dataset import Dataset

__all__ = ["CARRIED", "Fact", "fact", "gathered", "participation", "traced"]

CARRIED: Final = ("facts", "seen")
"""Columns that every metric's frame carries beside its figures."""

SEEN: Final = pl.Struct(
    {"lens": pl.String, "version": pl.String, "source_ids": pl.List(pl.String), "publishers": pl.List(pl.String)}
)
_SHOWN: Final = 4  # columns that Polars prints from either end of a wide frame


class Fact(NamedTuple):
    """A fact: kind and key of its subject, and the field."""

    kind: str
    id: str
    field: str

    def __str__(self) -> str:
        """As a frame carries it."""
        return "|".join(self)

    @classmethod
    def read(cls, text: str) -> Fact:
        """Read what ``str`` wrote."""
        kind, _, rest = text.partition("|")
        key, _, field = rest.rpartition("|")
        return cls(kind, key, field)


def fact(kind: str, key: str | pl.Expr, field: str) -> pl.Expr:
    """The fact of each row, from the column of its subject's key; null where the key is."""
    key = pl.col(key) if isinstance(key, str) else key
    return pl.concat_str(pl.lit(f"{kind}|"), key, pl.lit(f"|{field}"))


def participation(field: str = "amount", round_id: str = "round_id", investor_id: str = "investor_id") -> pl.Expr:
    """The fact of an investor's part in a round; null where nobody is named."""
    return fact("participation", pl.concat_str(pl.col(round_id), pl.lit("/"), pl.col(investor_id)), field)


def gathered(*columns: str | pl.Expr) -> pl.Expr:
    """In ``group_by().agg``: the facts of all rows of a group, each once, in their order; columns of text or of lists."""
    exprs = [pl.col(c) if isinstance(c, str) else c for c in columns]
    return pl.concat_list(exprs).explode().drop_nulls().unique(maintain_order=True)


def traced(
    ds: Dataset,
    frame: pl.DataFrame,
    facts: Iterable[Iterable[Fact | str]] | None = None,
    *,
    cited: str | pl.Expr | None = None,
) -> pl.DataFrame:
    """Give a metric's frame with what it carries.

    Parameters
    ----------
    ds : Dataset
        The data and the lens that the frame was computed through.
    frame : polars.DataFrame
        A metric's rows; with a column ``facts`` where the facts are not given apart.
    facts : iterable, optional
        The facts of each row, in the order of the rows.
    cited : str or polars.Expr, optional
        Sources of each row (a text or a list of them), where they are not those of the claims taken for its facts: a row
        that speaks of one claim has that claim's source.

    Returns
    -------
    polars.DataFrame
        The same rows with ``facts`` and ``seen`` after the fourth column.
    """
    if facts is not None:
        texts = [[str(one) for one in dict.fromkeys(row)] for row in facts]
        frame = frame.with_columns(pl.Series("facts", texts, dtype=pl.List(pl.String)))
    frame = frame.with_columns(
        pl.coalesce(pl.col("facts").cast(pl.List(pl.String)), pl.lit([], dtype=pl.List(pl.String))).alias("facts")
    )
    if cited is None:
        behind = frame.select(by="facts")
        names = ds.remember("sources of facts", lambda: _sources(ds))
    else:
        behind = frame.select(by=pl.concat_list(pl.col(cited) if isinstance(cited, str) else cited))
        names = ds.remember("names of sources", lambda: _names(ds), every_lens=True)
    told = (
        behind.with_row_index("row")
        .explode("by", empty_as_null=True)
        .join(names, on="by", how="left", validate="m:1", maintain_order="left")
        .group_by("row")
        .agg(
            source_ids=pl.col("source_id").drop_nulls().unique(maintain_order=True),
            publishers=pl.col("publisher").drop_nulls().unique(maintain_order=True),
        )
        .sort("row")
    )
    seen = told.select(
        pl.struct(
            pl.lit(ds.lens.words, dtype=pl.String).alias("lens"),
            pl.lit(ds.version).alias("version"),
            "source_ids",
            "publishers",
        )
        .cast(SEEN)
        .alias("seen")
    )["seen"]
    own = [name for name in frame.columns if name not in CARRIED]
    return frame.with_columns(seen).select(*own[:_SHOWN], *CARRIED, *own[_SHOWN:])


def _sources(ds: Dataset) -> pl.DataFrame:
    """The source behind each fact under the lens: that of the claim taken, else of its best claim, else of its row."""
    frame = ds.lookup(
        """WITH told AS (
            SELECT subject_kind || '|' || subject_id || '|' || field AS fact, source_id, 0 AS turn, 0 AS kind_rank
            FROM resolved(CAST(getvariable('known_by') AS DATE), getvariable('policy'))
            UNION ALL
            SELECT subject_kind || '|' || subject_id || '|' || field, source_id,
                CASE WHEN adopted THEN 1 WHEN rank = 'preferred' THEN 2 ELSE 3 END, kind_rank
            FROM claims WHERE rank <> 'deprecated'
            UNION ALL SELECT 'round|' || round_id || '|amount', source_id, 4, 0 FROM rounds
            UNION ALL SELECT 'participation|' || round_id || '/' || investor_id || '|amount', source_id, 4, 0 FROM participations
            UNION ALL SELECT 'round|' || round_id || '|investor_list', source_id, 4, 0 FROM rounds
            UNION ALL SELECT 'cap-table|' || table_id || '/' || line || '|pct', source_id, 4, 0 FROM cap_tables
            UNION ALL SELECT DISTINCT 'cap-table|' || table_id || unnest(['|pct', '|base']), source_id, 4, 0 FROM cap_tables
            UNION ALL SELECT 'total|' || total_id || '|value', source_id, 4, 0 FROM totals
            UNION ALL SELECT 'series|' || series_id || '|value', source_id, 4, 0
            FROM series_seen(NULL, CAST(getvariable('known_by') AS DATE)) -- a fund's weights are a yardstick of their own day
        )
        SELECT fact AS "by", source_id, publisher FROM told JOIN data.sources USING (source_id)
        QUALIFY row_number() OVER (PARTITION BY fact ORDER BY turn, kind_rank, source_id) = 1 ORDER BY fact"""
    )
    return frame.with_columns(_short(frame))


def _names(ds: Dataset) -> pl.DataFrame:
    """Each source with its publisher."""
    frame = ds.sql('SELECT source_id AS "by", source_id, publisher FROM data.sources')
    return frame.with_columns(_short(frame))


def _short(frame: pl.DataFrame) -> pl.Expr:
    """Publishers without what stands in brackets behind a name: it is a remark."""
    short = {name: re.sub(r"\s*\(.*$", "", name) for name in frame["publisher"].unique()}
    return pl.col("publisher").replace(short)
