"""Parts of all rounds with what describes round, start-up and investor, under one lens or under every choice of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import polars as pl

from aitracker.asked import one_of
from aitracker.facts import fact
from aitracker.flows.dividing import Split, divide, floor, least
from aitracker.flows.splits import cheques, sizes
from aitracker.vocabulary import GROUPS, HOME_COUNTRIES, POLICIES, Group, Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aitracker.dataset import Dataset

__all__ = ["LENS", "split_under_every_choice", "split_with_attributes"]

LENS = ["policy", "group"]


def split_with_attributes(ds: Dataset, split: Split = "equal") -> pl.DataFrame:
    """The parts of :func:`round_split` with what describes round, start-up and investor, ready to be grouped."""
    one_of("split", split, get_args(Split))
    return ds.remember(("parts", split), lambda: _parts({ds.lens.policy: ds}, [ds.lens.group], split)).drop(LENS)


def split_under_every_choice(ds: Dataset, split: Split = "equal") -> pl.DataFrame:
    """The parts of :func:`split_with_attributes` under every ``policy`` and ``group``, in one pass over all of them."""
    return _parts({policy: ds.at(policy=policy) for policy in POLICIES}, GROUPS, split)


def _parts(policies: Mapping[Policy, Dataset], groups: Sequence[Group], split: Split) -> pl.DataFrame:
    one_of("split", split, get_args(Split))

    def every(make: Callable[[Dataset, Group], pl.DataFrame]) -> pl.DataFrame:
        return pl.concat(
            make(ds, group).with_columns(policy=pl.lit(policy), group=pl.lit(group))
            for policy, ds in policies.items()
            for group in groups
        )

    on = [*LENS, "round_id"]
    some = next(iter(policies.values()))
    investors = some.lookup(
        "SELECT investor_id, name AS investor, type AS investor_type, country FROM data.investors", shared=True
    )
    country = pl.col("country")
    return (
        divide(every(lambda ds, _: sizes(ds)), every(cheques), split, on)
        .join(every(lambda ds, _: _described(ds)), on=on, validate="m:1")
        .pipe(_rest_of_wholes, on)
        .join(investors, on="investor_id", how="left", validate="m:1")
        .with_columns(
            pl.col("investor", "investor_type").fill_null("unknown"),
            country_group=pl.when(country.is_in(HOME_COUNTRIES))
            .then(pl.lit("China"))
            .when(country.is_not_null())
            .then(pl.lit("foreign"))
            .otherwise(pl.lit("unknown")),
        )
        .sort(*on, "investor_id", nulls_last=True)
    )


def _described(ds: Dataset) -> pl.DataFrame:
    """One row per round: what it and its start-up are grouped by, its size and ends, and what of it counts at its date."""
    tranche = pl.col("counts_at_date") & ~pl.col("counts_in_totals") & pl.col("counted_usd_m").is_not_null()
    tranches = (
        ds.table("rounds")
        .filter(tranche)
        .group_by(pl.col("parent_round_id").alias("round_id"), maintain_order=True)
        .agg(brought=pl.col("round_id"))
    )
    startups = ds.lookup("SELECT startup_id, name AS startup, wave, scope, segment FROM data.startups", shared=True)
    rounds = (
        ds.table("rounds")
        .select(
            "round_id",
            "startup_id",
            "announced",
            "kind",
            "status",
            # Totals hold no talks and no cancelled round; asked for, they count until a round takes their place.
            counts_in_totals=pl.when(pl.col("status").is_in(["closed", "reported"]))
            .then("counts_at_date")
            .otherwise(pl.col("superseded_by").is_null() & ~pl.col("is_umbrella")),
            series=pl.col("series").fill_null("unknown"),
            total="amount_usd_m",
            total_low="amount_low_usd_m",
            total_high="amount_high_usd_m",
            part_of=pl.when(tranche).then("parent_round_id"),
            rest="counted_usd_m",
            rest_low="counted_low_usd_m",
            rest_high="counted_high_usd_m",
        )
        .join(tranches, on="round_id", how="left", validate="1:1", maintain_order="left")
    )
    return rounds.join(startups, on="startup_id", validate="m:1").drop("startup_id")


def _rest_of_wholes(parts: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """Of a round whose tranches brought their money before it, only the rest: a part less what its investor brought then.

    With a_i the part in the round, t_i the parts in its tranches and R the rest: r_i = max(a_i - t_i, 0), scaled down to
    the sum R where investors of the tranches are not named in the round. It lies between a_i less all that the tranches
    brought, and R.
    """
    split = pl.col("brought").is_not_null()
    before = (
        parts.filter(pl.col("part_of").is_not_null())
        .group_by(*LENS, pl.col("part_of").alias("round_id"), "investor_id")
        .agg(before=pl.col("amount_usd_m").sum())
    )
    parts = parts.join(
        before, on=[*on, "investor_id"], how="left", nulls_equal=True, validate="m:1", maintain_order="left"
    )
    kept = floor(pl.col("amount_usd_m") - pl.col("before").fill_null(0.0))
    whole = kept.sum().over(on)
    left = pl.when(whole > 0).then(kept * pl.col("rest") / whole).otherwise(kept)
    earlier = pl.col("total_low") - pl.col("rest_low")
    told = pl.col("brought").list.eval(pl.format("round|{}|amount", pl.element()))
    size = pl.concat_list(fact("round", "round_id", "amount"))

    def of_the_rest(name: str, value: pl.Expr) -> pl.Expr:
        return pl.when(split).then(value).otherwise(pl.col(name)).alias(name)

    return parts.with_columns(
        of_the_rest("amount_usd_m", left),
        of_the_rest("stated_usd_m", pl.when(pl.col("stated_usd_m").is_not_null()).then(left)),
        of_the_rest("amount_low_usd_m", floor(pl.col("amount_low_usd_m") - earlier)),
        of_the_rest("amount_high_usd_m", least(pl.col("amount_high_usd_m"), pl.col("rest_high"))),
        of_the_rest("facts", pl.concat_list(pl.col("facts"), size, told).list.unique(maintain_order=True)),
        *(of_the_rest(f"total{end}", pl.col(f"rest{end}")) for end in ("", "_low", "_high")),
    ).drop("brought", "before", "part_of", "rest", "rest_low", "rest_high")
