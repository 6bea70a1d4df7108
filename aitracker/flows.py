"""How a round's money divides among its investors, and how it flows by period."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, get_args

import polars as pl

from aitracker.dataset import one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["funding_flows", "portfolio", "round_split"]

Split = Literal["stated", "equal", "lead-weighted"]
By = Literal["investor_type", "investor", "country_group", "startup", "wave", "segment", "series", "instrument"]
Every = Literal["1mo", "1q", "1y"]

NEW_MONEY = ("equity", "ipo", "placing")
"""Kinds of round that bring new money for equity; the others never enter totals unless asked for."""

STATUSES = ("closed", "reported", "in-talks", "cancelled")
KINDS = ("equity", "ipo", "placing", "secondary", "debt", "acquisition", "licence", "in-kind")
INSTRUMENTS = ("cash", "escrow", "cloud-credit", "traffic", "convertible", "stock", "in-kind", "mixed", "secondary", "unknown")
WAVES = ("vision", "genai", "us-comparator")
HOME = ("CN", "HK", "MO")


def _cheques(ds: Dataset) -> pl.DataFrame:
    """One row per round and investor group: what is stated of its part.

    A vehicle and its parent named in one round are one cheque: stated parts are added, and the group's role is the
    highest of its members'.
    """
    return ds.sql(
        """SELECT round_id, group_id AS investor_id,
            CASE WHEN bool_or(role <> 'participant') THEN 'lead' ELSE 'participant' END AS role,
            CASE WHEN count(DISTINCT instrument) = 1 THEN any_value(instrument) ELSE 'mixed' END AS instrument,
            sum(amount_usd_m) AS stated, sum(amount_low_usd_m) AS stated_low, sum(amount_high_usd_m) AS stated_high,
            any_value(source_id) AS source_id
        FROM participations GROUP BY round_id, group_id ORDER BY round_id, group_id"""
    )


def round_split(ds: Dataset, round_id: str | None = None, split: Split = "equal") -> pl.DataFrame:
    r"""Divide each round's money among its investors, with the bounds that hold whatever the split.

    With T the size of the round, S the sum of the stated parts and R = T - S the rest, an investor i without a stated
    part has 0 <= a_i <= R and the a_i sum to R. A sole lead without a stated part gives at least as much as each of the
    others: lead >= R / m among m such investors, follower <= R / (k + 1) beside k leads, and nobody more than a stated
    sole lead. The split that is asked for is a scenario within these bounds, never a datum.

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
        they are scaled down to it, ``unknown``), ``source_id``. The amounts of a round of known size sum to it.

    Raises
    ------
    ValueError
        When the round or the split does not exist.

    Notes
    -----
    The definition is our own; see "Flows" in the method notes of the data sheet.
    """
    one_of("split", split, get_args(Split))
    rounds = ds.sql(
        """SELECT round_id, startup_id, amount_usd_m AS total, amount_low_usd_m AS total_low, amount_high_usd_m AS total_high,
            source_id AS round_source FROM rounds ORDER BY round_id"""
    )
    if round_id is not None:
        one_of("round_id", round_id, rounds["round_id"].to_list())
        rounds = rounds.filter(pl.col("round_id") == round_id)
    named = rounds.join(_cheques(ds), on="round_id", validate="1:m", maintain_order="left")
    open_ = pl.col("stated").is_null()
    is_lead = pl.col("role") == "lead"

    def each(expr: pl.Expr) -> pl.Expr:
        return expr.over("round_id")

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
        weight=pl.when(open_).then(pl.when(is_lead & (pl.lit(split) == "lead-weighted")).then(2.0).otherwise(1.0)).otherwise(0.0),
    ).with_columns(
        rest=_floor(pl.col("total") - pl.col("parts")),
        rest_low=_floor(pl.col("total_low") - pl.col("parts_high")),
        rest_high=_floor(pl.col("total_high") - pl.col("parts_low")),
        scale=pl.when(pl.col("parts") > pl.col("total")).then(pl.col("total") / pl.col("parts")).otherwise(1.0),
    )
    sole_open_lead = open_ & is_lead & (pl.col("leads") == 1)
    low = (
        pl.when(pl.col("m") == 1).then(pl.col("rest_low"))
        .when(sole_open_lead).then(pl.max_horizontal(pl.col("rest_low") / pl.col("m"), pl.col("follower_low")).clip(upper_bound=pl.col("rest_high")))
        .otherwise(0.0)
    )
    follower_cap = pl.col("rest_high") / (pl.col("open_leads") + 1)
    stated_cap = pl.when(pl.col("leads") == 1).then(pl.col("lead_high"))
    high = (
        pl.when(is_lead | (pl.col("m") == 1)).then(pl.col("rest_high"))
        .otherwise(pl.min_horizontal(follower_cap, stated_cap))
    )
    share = pl.col("rest") * pl.col("weight") / each(pl.col("weight").sum())
    rows = named.select(
        "round_id", "startup_id", "investor_id", "role", "instrument",
        amount_usd_m=pl.when(open_).then(None if split == "stated" else share).otherwise(pl.col("stated") * pl.col("scale")),
        amount_low_usd_m=pl.when(open_).then(pl.when(pl.col("rest_high").is_not_null()).then(low)).otherwise(pl.col("stated_low") * pl.col("scale")),
        amount_high_usd_m=pl.when(open_).then(pl.when(pl.col("rest_high").is_not_null()).then(high)).otherwise(pl.col("stated_high") * pl.col("scale")),
        stated_usd_m=pl.col("stated"),
        basis=pl.when(open_).then(pl.when(pl.col("total").is_null() | (pl.lit(split) == "stated")).then(pl.lit("unknown")).otherwise(pl.lit("split")))
        .when(pl.col("scale") < 1).then(pl.lit("scaled")).otherwise(pl.lit("stated")),
        source_id="source_id",
    )
    rest = _unnamed(rounds, named, keeps_rest=split == "stated")
    return pl.concat([rows, rest]).sort("round_id", "amount_usd_m", "investor_id", descending=[False, True, False], nulls_last=True)


def _floor(expr: pl.Expr) -> pl.Expr:
    """Not below zero; null stays null."""
    return pl.when(expr > 0).then(expr).when(expr.is_not_null()).then(0.0)


def _unnamed(rounds: pl.DataFrame, named: pl.DataFrame, *, keeps_rest: bool) -> pl.DataFrame:
    """The rest that no named investor can be given: of rounds without names, with every part stated, or left open."""
    known = named.group_by("round_id").agg(pl.col("m").first(), pl.col("rest", "rest_low", "rest_high").first())
    rest = rounds.join(known, on="round_id", how="left", validate="1:1").with_columns(m=pl.col("m").fill_null(0))
    nobody = pl.col("rest").is_null() & pl.col("total").is_not_null()
    rest = rest.with_columns(
        amount=pl.when(nobody).then(pl.col("total")).otherwise(pl.col("rest")),
        low=pl.when(nobody).then(pl.col("total_low")).otherwise(pl.col("rest_low")),
        high=pl.when(nobody).then(pl.col("total_high")).otherwise(pl.col("rest_high")),
    )
    # A round of unknown size with named investors has no rest to speak of; without names it is itself unknown.
    wanted = (pl.col("amount") > 0) if keeps_rest else (pl.col("amount") > 0) & (pl.col("m") == 0)
    without_anyone = pl.col("round_id").is_in(named["round_id"].unique().to_list()).not_()
    return rest.filter(wanted | (without_anyone & pl.col("total").is_null())).select(
        "round_id", "startup_id",
        investor_id=pl.lit(None, dtype=pl.String),
        role=pl.lit("participant"),
        instrument=pl.lit("unknown"),
        amount_usd_m="amount",
        # Named investors may have taken all of a rest that is left open.
        amount_low_usd_m=pl.when(pl.col("m") > 0).then(0.0).otherwise(pl.col("low")),
        amount_high_usd_m="high",
        stated_usd_m=pl.lit(None, dtype=pl.Float64),
        basis=pl.lit("unknown"),
        source_id="round_source",
    )


def _many(name: str, values: Sequence[str] | str | None, allowed: Sequence[str]) -> list[str] | None:
    if values is None:
        return None
    chosen = [values] if isinstance(values, str) else list(values)
    return [one_of(name, value, allowed) for value in chosen]


def funding_flows(
    ds: Dataset,
    by: By = "investor_type",
    every: Every = "1q",
    split: Split = "equal",
    instruments: Sequence[str] | None = None,
    status: Sequence[str] = ("closed",),
    waves: Sequence[str] | None = None,
    kinds: Sequence[str] = NEW_MONEY,
) -> pl.DataFrame:
    """Money raised by period and group, each round counted once.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    by : str
        Grouping: ``investor_type``, ``investor``, ``country_group`` (China, foreign, unknown), ``startup``, ``wave``,
        ``segment``, ``series`` or ``instrument``.
    every : {"1mo", "1q", "1y"}
        Length of a period.
    split : str
        See :func:`round_split`.
    instruments : list of str, optional
        Only money given in these instruments.
    status : list of str
        ``closed`` alone by default: talks never enter totals unless asked for.
    waves : list of str, optional
        ``vision``, ``genai``, ``us-comparator``; all where none is given.
    kinds : list of str
        Kinds of round; new money for equity by default.

    Returns
    -------
    polars.DataFrame
        ``period`` (first day; null: undated), the grouping, ``amount_usd_m`` (millions of US dollars; null: no round of
        the group states or implies one), ``amount_low_usd_m`` and ``amount_high_usd_m`` (bounds over every split and
        every fuzzy amount), ``stated_usd_m`` (the part that sources state for these investors), ``rounds``,
        ``rounds_unknown`` (those of them whose part is unknown, and so not in the amount), ``incomplete`` (the period
        touches the last two quarters: deals surface late). Sorted by period and amount.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    A round counts once: of a round and its tranches one side has ``counts_in_totals``; see the data dictionary.
    """
    one_of("by", by, get_args(By))
    one_of("every", every, get_args(Every))
    wanted = {
        "status": _many("status", status, STATUSES),
        "kind": _many("kinds", kinds, KINDS),
        "wave": _many("waves", waves, WAVES),
        "instrument": _many("instruments", instruments, INSTRUMENTS),
    }
    parts = split_with_attributes(ds, split).filter(pl.col("counts_in_totals"))
    for column, values in wanted.items():
        if values is not None:
            parts = parts.filter(pl.col(column).is_in(values))
    horizon = _horizon(ds)
    per_round = parts.group_by("round_id", by).agg(
        pl.col("announced", "total_high").first(),
        pl.col("amount_usd_m").sum(),
        pl.col("amount_low_usd_m").sum(),
        pl.col("amount_high_usd_m").sum(),
        pl.col("stated_usd_m").sum(),
        unknown=pl.col("amount_usd_m").is_null().all(),
    )
    # Members of one group cannot together have more than the round less what the others must have.
    others = pl.col("amount_low_usd_m").sum().over("round_id") - pl.col("amount_low_usd_m")
    capped = pl.min_horizontal("amount_high_usd_m", pl.max_horizontal(pl.col("total_high") - others, pl.col("amount_usd_m")))
    per_round = per_round.with_columns(amount_high_usd_m=capped)
    known = ~pl.col("unknown")
    return (
        per_round.with_columns(period=pl.col("announced").dt.truncate(every))
        .group_by("period", by)
        .agg(
            *[
                pl.when(known.any()).then(pl.col(c).filter(known).sum()).alias(c)
                for c in ("amount_usd_m", "amount_low_usd_m", "amount_high_usd_m")
            ],
            stated_usd_m=pl.col("stated_usd_m").sum(),
            rounds=pl.col("round_id").n_unique().cast(pl.Int64),
            rounds_unknown=pl.col("unknown").sum().cast(pl.Int64),
        )
        .with_columns(incomplete=(pl.col("period").dt.offset_by(every) > horizon).fill_null(value=False))
        .sort("period", "amount_usd_m", by, descending=[False, True, False], nulls_last=True)
    )


def split_with_attributes(ds: Dataset, split: Split = "equal") -> pl.DataFrame:
    """The parts of :func:`round_split` with what describes round, start-up and investor, ready to be grouped."""
    rounds = ds.sql(
        """SELECT r.round_id, r.announced, r.kind, r.status, coalesce(r.series, 'unknown') AS series, r.counts_in_totals,
            r.amount_high_usd_m AS total_high, s.name AS startup, s.wave, s.segment FROM rounds r JOIN data.startups s USING (startup_id)"""
    )
    investors = ds.sql("SELECT investor_id, name AS investor, type AS investor_type, country FROM data.investors")
    country = pl.col("country")
    return (
        round_split(ds, split=split)
        .join(rounds, on="round_id", validate="m:1")
        .join(investors, on="investor_id", how="left", validate="m:1")
        .with_columns(
            pl.col("investor", "investor_type").fill_null("unknown"),
            country_group=pl.when(country.is_in(HOME)).then(pl.lit("China")).when(country.is_not_null()).then(pl.lit("foreign")).otherwise(pl.lit("unknown")),
        )
        .sort("round_id", "investor_id", nulls_last=True)
    )


def _horizon(ds: Dataset) -> dt.date:
    """First day of the last two quarters that the data can speak of: what happens from then on is incomplete."""
    latest = ds.sql("SELECT max(announced) FROM rounds WHERE status IN ('closed', 'reported')").item()
    ends = [day for day in (latest, ds.lens.as_of, ds.lens.known_by) if day]
    end = min(ends) if ends else dt.date.max
    quarter = dt.date(end.year, 3 * ((end.month - 1) // 3) + 1, 1)
    return dt.date(quarter.year - (quarter.month == 1), (quarter.month - 4) % 12 + 1, 1)


def portfolio(ds: Dataset, investor: str = "alibaba") -> pl.DataFrame:
    """Every round that an investor took part in, with its own part where a source states it.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; its ``group`` decides which vehicles go under the investor's name.
    investor : str
        Key of the investor.

    Returns
    -------
    polars.DataFrame
        A row a round by date: ``investor``, ``startup_id``, ``startup``, ``startup_zh``, ``wave``, ``announced``,
        ``round_id``, ``series``, ``status``, ``role``, ``amount_usd_m`` (null: not stated by any source) with
        ``amount_low_usd_m`` and ``amount_high_usd_m``, ``instrument``, ``publisher``, ``source_id``.

    Raises
    ------
    ValueError
        When there is no such investor.
    """
    one_of("investor", investor, ds.sql("SELECT investor_id FROM data.investors")["investor_id"].to_list())
    return ds.sql(
        """SELECT i.name AS investor, r.startup_id, s.name AS startup, s.name_zh AS startup_zh, s.wave, r.announced, p.round_id, r.series, r.status,
            CASE WHEN bool_or(p.role <> 'participant') THEN 'lead' ELSE 'participant' END AS role,
            sum(p.amount_usd_m) AS amount_usd_m, sum(p.amount_low_usd_m) AS amount_low_usd_m, sum(p.amount_high_usd_m) AS amount_high_usd_m,
            CASE WHEN count(DISTINCT p.instrument) = 1 THEN any_value(p.instrument) ELSE 'mixed' END AS instrument,
            any_value(c.publisher) AS publisher, any_value(c.source_id) AS source_id
        FROM participations p JOIN rounds r USING (round_id) JOIN data.startups s USING (startup_id)
        JOIN data.investors i ON i.investor_id = p.group_id JOIN data.sources c ON c.source_id = p.source_id
        WHERE p.group_id = (SELECT group_id FROM groups(getvariable('grp')) WHERE investor_id = $investor) OR p.investor_id = $investor
        GROUP BY ALL ORDER BY r.announced NULLS LAST, p.round_id""",
        {"investor": investor},
    )
