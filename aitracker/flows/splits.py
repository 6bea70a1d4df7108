"""How one round's money divides among its investors: what is stated, what bounds hold, and a scenario for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import polars as pl

from aitracker.asked import one_of
from aitracker.facts import fact, traced
from aitracker.lens import GROUPS, POLICIES, Group, Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aitracker.dataset import Dataset

__all__ = ["HOME", "LENS", "POSSIBLE", "Split", "round_split", "split_under_every_choice", "split_with_attributes"]

Split = Literal["stated", "equal", "lead-weighted"]
PUBLIC = "public-market"
"""The investor that stands for the public in a listing."""

POSSIBLE = "possible"
"""Basis of what investors nobody named may have, where a list of investors may be short."""

HOME = ("CN", "HK", "MO")
"""Countries whose investors count as Chinese."""


def _cheques(ds: Dataset, group: Group) -> pl.DataFrame:
    """One row per round and investor group: what is stated of its part.

    A vehicle and its parent named in one round are one cheque: stated parts are added, and the group's role is the
    highest of its members'.
    """
    return ds.lookup(
        f"""SELECT round_id, g.group_id AS investor_id,
            CASE WHEN bool_or(role <> 'participant') THEN 'lead' ELSE 'participant' END AS role,
            CASE WHEN count(DISTINCT instrument) = 1 THEN any_value(instrument) ELSE 'mixed' END AS instrument,
            sum(amount_usd_m) AS stated, sum(amount_low_usd_m) AS stated_low, sum(amount_high_usd_m) AS stated_high,
            count(amount_usd_m) BETWEEN 1 AND count(*) - 1 AS in_part, arg_min(source_id, investor_id) AS source_id,
            list_sort(list(DISTINCT 'participation|' || round_id || '/' || investor_id || '|amount')) AS own,
            list_sort(list(DISTINCT 'participation|' || round_id || '/' || investor_id || '|amount')
                FILTER (amount_usd_m IS NOT NULL)) AS told
        FROM participations JOIN groups('{group}') g USING (investor_id) GROUP BY ALL ORDER BY ALL"""
    )


def round_split(ds: Dataset, round_id: str | None = None, split: Split = "equal") -> pl.DataFrame:
    r"""Divide each round's money among its investors, with the bounds that hold whatever the split.

    With T the size of the round, S the sum of the stated parts and R = T - S the rest, an investor i without a stated
    part has 0 <= a_i <= R. A follower gives no more than each lead: follower <= R / (k + 1) beside k leads, and nobody
    more than a stated sole lead. Where a source says that the list of investors is complete the a_i sum to R, and
    something is forced on them: the only one without a stated part has R, a sole lead at least R / m among m such
    investors. Everywhere else investors nobody named may have taken any part of the rest, and have a row without an
    amount and with R as its upper bound. The rest of a listing is the public's. The split that is asked for is a
    scenario within these bounds, never a datum.

    Parameters
    ----------
    ds : Dataset
        The data and its lens (its ``group`` decides whose vehicles go under one name).
    round_id : str, optional
        One round; all rounds under the lens where none is given.
    split : {"equal", "stated", "lead-weighted"}
        How the rest is divided: in equal parts, not at all (it stays with the unknown), or with leads counted double.

    Returns
    -------
    polars.DataFrame
        ``round_id``, ``startup_id``, ``investor_id`` (null: investors nobody named), ``role``, ``instrument``,
        ``amount_usd_m`` (null: unknown), ``amount_low_usd_m``, ``amount_high_usd_m``, ``stated_usd_m`` (null: not
        stated), ``basis`` (``stated``, ``split``, ``scaled`` where a lens makes the stated parts exceed the round and
        they are scaled down to it, ``unknown``, ``possible``: investors nobody named may have had it),
        ``source_id``. The amounts of a round of known size sum to it.
        ``facts``: the own part where it is stated, else also the size of the round and the parts stated in it.

    Raises
    ------
    ValueError
        When the round or the split does not exist.

    Notes
    -----
    The definition is our own; see "Flows" in the method notes of the data sheet.
    """
    one_of("split", split, get_args(Split))
    rounds = _sizes(ds)
    if round_id is not None:
        one_of("round_id", round_id, rounds["round_id"].to_list())
        rounds = rounds.filter(pl.col("round_id") == round_id)
    return traced(ds, _divide(rounds, _cheques(ds, ds.lens.group), split, ["round_id"]))


def _sizes(ds: Dataset) -> pl.DataFrame:
    """One row per round: its size, whether it is a listing, and whether all of its investors are known."""
    return ds.table("rounds").select(
        "round_id",
        "startup_id",
        listing=pl.col("kind").is_in(["ipo", "placing"]),
        complete=pl.col("investor_list") == "complete",
        total="amount_usd_m",
        total_low="amount_low_usd_m",
        total_high="amount_high_usd_m",
        round_source="source_id",
    )


def _divide(rounds: pl.DataFrame, cheques: pl.DataFrame, split: Split, on: list[str]) -> pl.DataFrame:
    """Divide rounds among the cheques of the same key; ``on`` also tells lenses apart where several are asked at once."""
    named = rounds.join(cheques, on=on, validate="1:m", maintain_order="left")
    open_ = pl.col("stated").is_null()
    # The rest of a listing was sold to the public: a named investor without a stated part gets none of it.
    takes = open_ & (~pl.col("listing") | (pl.col("investor_id") == PUBLIC))
    is_lead = pl.col("role") == "lead"

    def each(expr: pl.Expr) -> pl.Expr:
        return expr.over(on)

    # A round of unknown size leaves the rest unknown: every bound built on it is null, not zero.
    named = named.with_columns(
        parts=each(pl.col("stated").sum()),
        parts_low=each(pl.col("stated_low").sum()),
        parts_high=each(pl.col("stated_high").sum()),
        m=each(open_.sum()),
        leads=each(is_lead.sum()),
        open_leads=each((open_ & is_lead).sum()),
        lead_high=each(pl.when(is_lead).then(pl.col("stated_high")).max()),
        follower_low=each(pl.when(~is_lead).then(pl.col("stated_low")).max()),
        weight=pl.when(takes & is_lead & (pl.lit(split) == "lead-weighted"))
        .then(2.0)
        .otherwise(takes.cast(pl.Float64)),
    ).with_columns(
        rest=_floor(pl.col("total") - pl.col("parts")),
        rest_low=_floor(pl.col("total_low") - pl.col("parts_high")),
        rest_high=_floor(pl.col("total_high") - pl.col("parts_low")),
        scale=pl.when(pl.col("parts") > pl.col("total")).then(pl.col("total") / pl.col("parts")).otherwise(1.0),
    )
    sole_open_lead = open_ & is_lead & (pl.col("leads") == 1)
    # Of a list that may be short nothing is forced on the named: others may have taken the rest.
    low = (
        pl.when(~pl.col("complete"))
        .then(0.0)
        .when(pl.col("m") == 1)
        .then(pl.col("rest_low"))
        .when(sole_open_lead)
        .then(
            pl.max_horizontal(pl.col("rest_low") / pl.col("m"), pl.col("follower_low")).clip(
                upper_bound=pl.col("rest_high")
            )
        )
        .otherwise(0.0)
    )
    follower_cap = pl.when(pl.col("m") > 1).then(pl.col("rest_high") / (pl.col("open_leads") + 1))
    stated_cap = pl.when(pl.col("leads") == 1).then(pl.col("lead_high"))
    high = (
        pl.when(is_lead).then(pl.col("rest_high")).otherwise(pl.min_horizontal("rest_high", follower_cap, stated_cap))
    )
    named = named.with_columns(high=pl.when(pl.col("rest_high").is_not_null()).then(high)).with_columns(
        low=pl.when(pl.col("rest_high").is_not_null()).then(pl.min_horizontal(low, "high")),
        # A share that the lead's own stated part rules out is cut; what is cut stays with investors nobody named.
        share=pl.when(takes).then(
            _least(pl.col("rest") * pl.col("weight") / each(pl.col("weight").sum()), pl.col("high"))
        ),
    )
    rows = named.select(
        *on,
        "startup_id",
        "investor_id",
        "role",
        "instrument",
        amount_usd_m=pl.when(open_)
        .then(None if split == "stated" else pl.col("share"))
        .otherwise(pl.col("stated") * pl.col("scale")),
        amount_low_usd_m=pl.when(open_).then("low").otherwise(pl.col("stated_low") * pl.col("scale")),
        # Of a vehicle and its parent one part may be stated and the other not: then the rest is open to them too.
        amount_high_usd_m=pl.when(open_)
        .then("high")
        .otherwise(pl.col("stated_high") * pl.col("scale") + pl.when("in_part").then("rest_high").otherwise(0.0)),
        stated_usd_m=pl.col("stated"),
        basis=pl.when(open_)
        .then(
            pl.when(pl.col("total").is_null() | ~takes | (pl.lit(split) == "stated"))
            .then(pl.lit("unknown"))
            .otherwise(pl.lit("split"))
        )
        .when(pl.col("scale") < 1)
        .then(pl.lit("scaled"))
        .otherwise(pl.lit("stated")),
        source_id="source_id",
    )
    both = _with_facts(pl.concat([rows, _unnamed(rounds, named, rows, on)]), rounds, cheques, on)
    return both.sort(
        *on, "amount_usd_m", "investor_id", descending=[*(False for _ in on), True, False], nulls_last=True
    )


def _with_facts(rows: pl.DataFrame, rounds: pl.DataFrame, cheques: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """The facts of each part: its own where it is stated, else also those that leave it what it may have."""
    told = cheques.group_by(on, maintain_order=True).agg(pl.col("told").explode().drop_nulls())
    own = cheques.select(*on, "investor_id", "own")
    nothing = pl.lit([], dtype=pl.List(pl.String))
    derived = pl.col("basis") != "stated"
    # A round of unknown size leaves an unknown rest, whatever is stated of it.
    size = pl.concat_list(fact("round", "round_id", "amount"))
    parts = pl.when(derived & pl.col("total").is_not_null()).then("told")
    return (
        rows.join(rounds.select(*on, "total"), on=on, validate="m:1", maintain_order="left")
        .join(told, on=on, how="left", validate="m:1", maintain_order="left")
        .join(own, on=[*on, "investor_id"], how="left", validate="1:1", maintain_order="left")
        .with_columns(
            facts=pl.concat_list(
                pl.coalesce(expr, nothing) for expr in (pl.when(derived).then(size), parts, pl.col("own"))
            ).list.unique(maintain_order=True)
        )
        .drop("total", "told", "own")
    )


def _floor(expr: pl.Expr) -> pl.Expr:
    """Not below zero; null stays null."""
    return pl.when(expr > 0).then(expr).when(expr.is_not_null()).then(0.0)


def _least(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    """The smaller one; null where the first is."""
    return pl.when(a > b).then(b).otherwise(a)


def _unnamed(rounds: pl.DataFrame, named: pl.DataFrame, rows: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """What of each round is left for investors nobody named; a round of unknown size without names is wholly unknown."""
    given = rows.group_by(on, maintain_order=True).agg(given=pl.col("amount_usd_m").sum())
    open_high = pl.col("high").filter(pl.col("stated").is_null()).sum()
    known = named.group_by(on, maintain_order=True).agg(
        pl.col("rest_low", "rest_high").first(),
        taken=open_high,
        open=pl.col("stated").is_null().any(),
    )
    left = (
        rounds.join(known, on=on, how="left", validate="1:1")
        .join(given, on=on, how="left", validate="1:1")
        .with_columns(
            amount=pl.col("total") - pl.col("given").fill_null(0.0),
            # Those who are named may have taken all that their bounds allow.
            low=_floor(pl.coalesce("rest_low", "total_low") - pl.col("taken").fill_null(0.0)),
            high=pl.coalesce("rest_high", "total_high"),
        )
    )
    # A thousandth of a dollar is what floating-point sums leave behind, not money.
    left_over = (pl.col("amount") > 1e-9) | (~pl.col("complete") & (pl.col("high") > 1e-9))
    # Parts that are all stated are not the whole of a round, where not all are known who took part.
    short = pl.col("open").is_null() | (~pl.col("open") & ~pl.col("complete"))
    wholly_unknown = pl.col("total").is_null() & short
    return left.filter(left_over | wholly_unknown).select(
        *on,
        "startup_id",
        investor_id=pl.lit(None, dtype=pl.String),
        role=pl.lit("participant"),
        instrument=pl.lit("unknown"),
        amount_usd_m=pl.when(pl.col("amount") > 1e-9).then("amount"),
        amount_low_usd_m="low",
        amount_high_usd_m="high",
        stated_usd_m=pl.lit(None, dtype=pl.Float64),
        basis=pl.when(pl.col("amount") <= 1e-9).then(pl.lit(POSSIBLE)).otherwise(pl.lit("unknown")),
        source_id="round_source",
    )


def split_with_attributes(ds: Dataset, split: Split = "equal") -> pl.DataFrame:
    """The parts of :func:`round_split` with what describes round, start-up and investor, ready to be grouped."""
    one_of("split", split, get_args(Split))
    return ds.remember(("parts", split), lambda: _parts({ds.lens.policy: ds}, [ds.lens.group], split)).drop(LENS)


def split_under_every_choice(ds: Dataset, split: Split = "equal") -> pl.DataFrame:
    """The parts of :func:`split_with_attributes` under every ``policy`` and ``group``, in one pass over all of them."""
    return _parts({policy: ds.at(policy=policy) for policy in POLICIES}, GROUPS, split)


LENS = ["policy", "group"]


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
        _divide(every(lambda ds, _: _sizes(ds)), every(_cheques), split, on)
        .join(every(lambda ds, _: _described(ds)), on=on, validate="m:1")
        .pipe(_rest_of_wholes, on)
        .join(investors, on="investor_id", how="left", validate="m:1")
        .with_columns(
            pl.col("investor", "investor_type").fill_null("unknown"),
            country_group=pl.when(country.is_in(HOME))
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
    kept = _floor(pl.col("amount_usd_m") - pl.col("before").fill_null(0.0))
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
        of_the_rest("amount_low_usd_m", _floor(pl.col("amount_low_usd_m") - earlier)),
        of_the_rest("amount_high_usd_m", _least(pl.col("amount_high_usd_m"), pl.col("rest_high"))),
        of_the_rest("facts", pl.concat_list(pl.col("facts"), size, told).list.unique(maintain_order=True)),
        *(of_the_rest(f"total{end}", pl.col(f"rest{end}")) for end in ("", "_low", "_high")),
    ).drop("brought", "before", "part_of", "rest", "rest_low", "rest_high")
