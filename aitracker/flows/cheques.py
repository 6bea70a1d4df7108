"""What the claims on one investor's part in a round say of how it was paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.facts import gathered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["KEYS", "backing", "divided_cheques", "escrow_rows", "stated_sum"]

SPLIT_FIELDS = ("cloud_credit_share", "cloud_credit", "cash")
"""Claims that divide a cheque; each gives both parts, since the parts sum to the cheque."""

ENDS = ("low", "point", "high")
KEYS = ["round_id", "investor_id"]


def stated_sum() -> pl.Expr:
    """The sum that a source states for an instrument; null where none does."""
    return pl.when(pl.col("instruments") == 1).then("cheque_usd_m").otherwise("part")


def _claims(ds: Dataset, fields: Sequence[str]) -> pl.DataFrame:
    """Claims on what was given, under the name of the investor's group; what is known to be wrong is left out."""
    return ds.lookup(
        """SELECT p.round_id, p.group_id AS investor_id, c.field, c.value, c.value_low, c.value_high, c.value_usd_m, c.value_low_usd_m,
            c.value_high_usd_m, c.stated_low IS NOT NULL AS has_low, c.stated_high IS NOT NULL AS has_high,
            c.text_value, c.adopted, c.rank = 'preferred' AS preferred, c.kind_rank, c.known_from, c.origin_id,
            c.source_id, c.claim_id, 'participation|' || c.subject_id || '|' || c.field AS fact
        FROM claims c JOIN (SELECT DISTINCT round_id, investor_id, group_id FROM participations) p
          ON c.subject_id = p.round_id || '/' || p.investor_id
        WHERE c.subject_kind = 'participation' AND c.rank <> 'deprecated'
        ORDER BY c.known_from NULLS LAST, c.kind_rank, c.claim_id"""
    ).filter(pl.col("field").is_in(fields))


def _joined(name: str, mark: str, where: pl.Expr | None = None) -> pl.Expr:
    column = pl.col(name) if where is None else pl.col(name).filter(where)
    words = column.drop_nulls().unique(maintain_order=True)
    return pl.when(words.len() > 0).then(words.str.join(mark))


def backing(ds: Dataset) -> pl.DataFrame:
    """What stands behind a cheque as curated: claims on its size and on what was given."""
    return (
        _claims(ds, ["amount", "instrument"])
        .group_by(KEYS, maintain_order=True)
        .agg(
            claims=pl.len().cast(pl.Int64),
            origins=pl.col("origin_id").n_unique().cast(pl.Int64),
            source_ids=_joined("source_id", ";"),
            said=_joined("text_value", " | ", (pl.col("field") == "instrument") & ~pl.col("adopted")),
        )
    )


def divided_cheques(ds: Dataset, parts: pl.DataFrame) -> pl.DataFrame:
    """Cash and cloud credits of the mixed cheques that some claim divides."""
    given = pl.col("field")
    ends = {"low": "value_low", "point": "value", "high": "value_high"}
    mixed = parts.filter(pl.col("recorded") == "mixed").select(*KEYS, "recorded", sum=stated_sum())
    voices = (
        _claims(ds, SPLIT_FIELDS)
        .join(mixed.drop_nulls("sum"), on=KEYS, validate="m:1", maintain_order="left")
        .with_columns(
            pl.when(given == "cloud_credit_share")
            .then(pl.col(c) / 100 * pl.col("sum"))
            .otherwise(f"{c}_usd_m")
            .alias(end)
            for end, c in ends.items()
        )
        .drop_nulls("point")
        .with_columns(
            # Money paid leaves the rest for the credits: the most cash is the least credits.
            pl.when(given == "cash")
            .then(pl.col("sum") - pl.col(other))
            .otherwise(end)
            .clip(0, pl.col("sum"))
            .alias(end)
            for end, other in zip(ENDS, reversed(ENDS), strict=True)
        )
        # "Less than" is a voice on one end alone: of the other it says nothing.
        .with_columns(
            pl.when(pl.when(given == "cash").then(other).otherwise(own)).then(end).alias(end)
            for end, own, other in (("low", "has_low", "has_high"), ("high", "has_high", "has_low"))
        )
        .with_columns(claims=pl.len().over(KEYS).cast(pl.Int64))
        # An origin speaks once.
        .sort("preferred", pl.col("source_id") == pl.col("origin_id"), "kind_rank", descending=[True, True, False])
        .unique([*KEYS, "origin_id"], keep="first", maintain_order=True)
        .sort(_turn(ds), nulls_last=True)
    )
    divided = voices.group_by(*KEYS, "recorded", maintain_order=True).agg(
        pl.col("sum", "claims").first(),
        told=gathered("fact"),
        low=pl.when(pl.col("low").is_not_null().any())
        .then(pl.min_horizontal(pl.col("low", "point").min()))
        .otherwise(0.0),
        high=pl.when(pl.col("high").is_not_null().any())
        .then(pl.max_horizontal(pl.col("high", "point").max()))
        .otherwise(pl.col("sum").first()),
        point=pl.col("point").sort().get((pl.len() - 1) // 2)
        if ds.lens.policy == "median"
        else pl.col("point").first(),
        origins=pl.len().cast(pl.Int64),
        source_ids=_joined("source_id", ";"),
    )
    rest = {end: pl.col("sum") - pl.col(other) for end, other in zip(ENDS, reversed(ENDS), strict=True)}
    both = [
        divided.with_columns(instrument=pl.lit("cloud-credit")),
        divided.with_columns(**rest, instrument=pl.lit("cash")),
    ]
    return (
        pl.concat(both)
        .rename({"low": "amount_low_usd_m", "point": "amount_usd_m", "high": "amount_high_usd_m"})
        .with_columns(basis=pl.lit("claims"), part_of=pl.lit(None, pl.String))
        .drop("sum")
    )


def _turn(ds: Dataset) -> list[pl.Expr]:
    """Order of the voices: the policy's choice first, as for every resolved fact (`resolved` of the lens)."""
    rank, latest = pl.col("kind_rank"), -pl.col("known_from").cast(pl.Int32)
    first = {
        "curated": [~pl.col("preferred"), rank],
        "latest": [],
        "lowest": [pl.col("point"), rank],
        "highest": [-pl.col("point"), rank],
    }
    return [*first.get(ds.lens.policy, [rank]), latest, pl.col("claim_id")]


def escrow_rows(ds: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    """Cash that a source says was held for the investor's own services: no source gives a sum, so it is part of the cash."""
    said = (
        _claims(ds, ["escrow"])
        .group_by(KEYS, maintain_order=True)
        .agg(
            claims=pl.len().cast(pl.Int64),
            origins=pl.col("origin_id").n_unique().cast(pl.Int64),
            source_ids=_joined("source_id", ";"),
            said=_joined("text_value", " | "),
            told=gathered("fact"),
        )
    )
    # The cash of the cheque, or the whole of it where nobody has said what is cash.
    held = rows.filter(pl.col("instrument").is_in(["cash", "mixed", "unknown"])).unique(
        KEYS, keep="first", maintain_order=True
    )
    return (
        held.drop("claims", "origins", "source_ids", "said", "told", strict=False)
        .join(said, on=KEYS, validate="1:1")
        .with_columns(
            part_of="instrument",
            instrument=pl.lit("escrow"),
            amount_usd_m=pl.lit(None, pl.Float64),
            amount_low_usd_m=pl.when(pl.col("amount_high_usd_m").is_not_null()).then(0.0),
            basis=pl.lit("said"),
        )
    )
