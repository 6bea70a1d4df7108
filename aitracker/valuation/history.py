"""What start-ups were said to be worth: every value with its basis, its claims, and what it bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from aitracker.asked import keys, number, switch, waves_asked, words
from aitracker.facts import fact, traced
from aitracker.vocabulary import NEW_MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["BASES", "FAMILY", "MONTH", "OVERSTATEMENT_PCT", "PARTS", "founding", "valuation_history", "values"]

BASES = ("post-money", "derived", "unstated", "pre-money", "market-cap", "secondary", "estimate", "target")
OVERSTATEMENT_PCT = 48.0
"""Mean by which a headline post-money exceeded fair value among 135 US unicorns: W. Gornall and I. Strebulaev, "Squaring
venture capital valuations with reality", Journal of Financial Economics 135 (2020) 120-143."""

FAMILY = {
    **dict.fromkeys(("post-money", "derived", "unstated"), "round"),
    "pre-money": "pre-money", "market-cap": "market-cap", "secondary": "secondary",
    "estimate": "estimate", "target": "target",
}  # fmt: skip
"""Bases that may share a line; ``unstated`` may be pre- or post-money, and its interval says so."""

_PLACE = {"post-money": 0, "market-cap": 0, "secondary": 0, "derived": 1, "unstated": 2, "pre-money": 3}
MONTH = 30.4375
NO_FACTS = pl.lit([], dtype=pl.List(pl.String))
PARTS: Final = ("value_facts", "money_facts", "age_facts")
"""Columns of :func:`values`: the facts behind a value, behind the new money beside it, and behind its age."""


def valuation_history(
    ds: Dataset,
    startups: Sequence[str] | str | None = None,
    *,
    waves: Sequence[str] | str | None = None,
    bases: Sequence[str] | str | None = None,
    talks: bool = True,
    overstatement_pct: float = 0.0,
) -> pl.DataFrame:
    r"""Every value that was put on a start-up, one row per value and basis; events are never blended.

    With V a value of unknown basis and a the new money of its round, the post-money is in [V, V + a] and the pre-money
    in [V - a, V]. Where only the pre-money and the new money of a closed round are known, a row of basis ``derived``
    adds them.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; its policy chooses the value where claims differ.
    startups, bases : list of str, optional
        Only these start-ups (keys) or bases.
    waves : list of str, optional
        Only these waves; the Chinese ones where neither start-ups nor waves are named: foreign comparators stand in the
        frame of who asks for them (``waves=["foreign"]``, or by their keys).
    talks : bool
        Keep values that were sought or negotiated.
    overstatement_pct : float
        Haircut on headline values: ``post-money``, ``derived`` and ``unstated`` values and their ends are divided by
        1 + this / 100. 0 (none) by default; Gornall and Strebulaev (2020) found 48 per cent on average.

    Returns
    -------
    polars.DataFrame
        ``startup_id``, ``startup``, ``startup_zh``, ``wave``, ``date`` (first day of the stated period) with
        ``date_precision``, ``day`` (the day itself, or the middle of the period) and ``date_end``; ``months`` since the
        founding with ``months_low`` and ``months_high`` from both dates' precision (null: founding unknown, or the value
        is older than the company: it was a unit of another then);
        ``value_usd_m`` (at the rate ``fx_rate`` of ``fx_date``) with ``value_low_usd_m`` and ``value_high_usd_m`` (ends
        over all claims that are not deprecated), ``basis``, ``status``, ``talks`` (in talks, a target, or of a round that
        was never done), ``headline`` (the row that stands for its event on a line: of a round the post-money, else the
        derived, unstated, pre-money value; never talks or estimates); native ``value_m`` and ``currency``,
        ``qualifier``; ``post_low_usd_m`` to ``post_high_usd_m`` and ``pre_low_usd_m`` to ``pre_high_usd_m`` (null:
        unbounded, the new money being unknown), ``new_money_usd_m``; ``claims``, ``origins``, ``single_origin``,
        ``round_id``, ``series``, ``headline_usd_m`` (before a haircut), ``overstatement_pct``, ``source_id``,
        ``publisher``, ``valuation_id``; ``facts`` (the value; the new money where one is known; the founding) and
        ``seen``. Sorted by start-up and day.

    Raises
    ------
    ValueError
        When a start-up, wave or basis does not exist, or the haircut is below 0.
    """
    cut = number("overstatement_pct", overstatement_pct, least=0)
    frame = values(ds, startups, waves=waves, bases=bases, talks=talks)
    ends = ["value_usd_m", "value_low_usd_m", "value_high_usd_m"]
    ends += ["post_low_usd_m", "post_high_usd_m", "pre_low_usd_m", "pre_high_usd_m"]
    whole = pl.when(pl.col("basis").replace_strict(FAMILY) == "round").then(1 + cut / 100).otherwise(1.0)
    frame = frame.with_columns(
        headline_usd_m="value_usd_m", overstatement_pct=pl.lit(cut), facts=pl.concat_list(PARTS)
    ).with_columns(pl.col(ends) / whole)
    return traced(ds, frame.drop(PARTS))


def values(
    ds: Dataset,
    startups: Sequence[str] | str | None = None,
    *,
    waves: Sequence[str] | str | None = None,
    bases: Sequence[str] | str | None = None,
    talks: bool = True,
) -> pl.DataFrame:
    """Give the rows of :func:`valuation_history` before a haircut, their facts still apart, for what is made from them."""
    wanted = {
        "startup_id": None if startups is None else keys(ds, "startups", startups),
        "wave": waves_asked(waves, startups),
        "basis": words("bases", bases, BASES),
    }
    frame = ds.remember("valuation_history", lambda: _history(ds)).clone()
    for column, chosen in wanted.items():
        if chosen is not None:
            frame = frame.filter(pl.col(column).is_in(chosen))
    return frame if switch("talks", talks) else frame.filter(~pl.col("talks"))


def founding(ds: Dataset) -> pl.DataFrame:
    """The founding of each start-up where a source had told it under the lens: the day, its period, and the fact."""
    return ds.lookup(
        """SELECT startup_id, founded, founded_precision, rate_day(founded, founded_precision) AS founded_day,
            period_end(founded, founded_precision) AS founded_end, ['startup|' || startup_id || '|founded'] AS age_facts
        FROM data.startups WHERE founded IS NOT NULL AND startup_id IN (
            SELECT subject_id FROM claims WHERE subject_kind = 'startup' AND field = 'founded' AND adopted)
        ORDER BY startup_id"""
    )


def _history(ds: Dataset) -> pl.DataFrame:
    frame = ds.lookup(
        """WITH valued AS (
            SELECT v.valuation_id, v.valuation_id AS own_id, v.startup_id, v.date, v.date_precision, v.basis, v.status, v.round_id,
                v.value_m, v.currency, v.qualifier, v.value_usd_m, v.claims_low_usd_m AS value_low_usd_m,
                v.claims_high_usd_m AS value_high_usd_m, v.fx_rate, v.fx_date, v.claims, v.origins, v.source_id
            FROM valuations v
            UNION ALL
            -- Of a round of which no post-money is known at any date, so that a later as-of removes nothing.
            SELECT v.valuation_id || '+new-money', v.valuation_id, v.startup_id, greatest(v.date, r.announced),
                CASE WHEN r.announced > v.date THEN r.date_precision ELSE v.date_precision END, 'derived', v.status, v.round_id,
                NULL, NULL, v.qualifier, v.value_usd_m + r.amount_usd_m, v.claims_low_usd_m + r.claims_low_usd_m,
                v.claims_high_usd_m + r.claims_high_usd_m, NULL, NULL, least(v.claims, r.claims), least(v.origins, r.origins), v.source_id
            FROM valuations v JOIN rounds r USING (round_id)
            WHERE v.basis = 'pre-money' AND v.status <> 'in-talks' AND r.amount_usd_m IS NOT NULL AND r.status IN ('closed', 'reported')
              AND v.round_id NOT IN (
                SELECT o.round_id FROM valuations_seen(NULL::DATE, CAST(getvariable('known_by') AS DATE),
                    coalesce(getvariable('policy'), 'curated')) o
                WHERE o.basis = 'post-money' AND o.status <> 'in-talks' AND o.round_id IS NOT NULL)
        )
        SELECT v.*, s.name AS startup, s.name_zh AS startup_zh, s.wave, rate_day(v.date, v.date_precision) AS day,
            period_end(v.date, v.date_precision) AS date_end, r.series, r.kind, r.status AS round_status,
            r.amount_usd_m AS new_money_usd_m, r.claims_low_usd_m AS a_low, r.claims_high_usd_m AS a_high, c.publisher
        FROM valued v JOIN data.startups s USING (startup_id) JOIN data.sources c ON c.source_id = v.source_id
        LEFT JOIN rounds r USING (round_id)"""
    ).join(founding(ds), on="startup_id", how="left", validate="m:1", maintain_order="left")
    basis, low, high = pl.col("basis"), pl.col("value_low_usd_m"), pl.col("value_high_usd_m")
    none = basis.is_in(["secondary", "estimate", "target"]) | (basis == "market-cap") & pl.col("round_id").is_null()
    none |= pl.col("kind").is_not_null() & ~pl.col("kind").is_in(NEW_MONEY)
    size, beside = (
        fact("round", "round_id", "amount"),
        ~none & pl.any_horizontal(pl.col("new_money_usd_m", "a_low", "a_high").is_not_null()),
    )
    own = fact("valuation", "own_id", "value")
    frame = frame.with_columns(
        value_facts=pl.when(basis == "derived").then(pl.concat_list(own, size)).otherwise(pl.concat_list(own)),
        money_facts=pl.when(beside & (basis != "derived")).then(pl.concat_list(size)).otherwise(NO_FACTS),
        age_facts=pl.coalesce("age_facts", NO_FACTS),
    ).with_columns(
        pl.when(none).then(0.0).otherwise(pl.col(c)).alias(c) for c in ("new_money_usd_m", "a_low", "a_high")
    )
    least, most = pl.col("a_low").fill_null(0.0), pl.col("a_high")
    before, open_ = basis == "pre-money", basis == "unstated"
    talks = (
        (pl.col("status") == "in-talks")
        | (basis == "target")
        | pl.col("round_status").is_in(["in-talks", "cancelled"]).fill_null(value=False)
    )
    frame = frame.with_columns(
        talks=talks,
        single_origin=pl.col("origins") == 1,
        post_low_usd_m=pl.when(before).then(low + least).otherwise(low),
        post_high_usd_m=pl.when(before | open_).then(high + most).otherwise(high),
        pre_low_usd_m=pl.when(before).then(low).otherwise(pl.max_horizontal(low - most, pl.lit(0.0))),
        pre_high_usd_m=pl.when(before | open_).then(high).otherwise(high - least),
        # Of two fuzzy dates the earlier end of one may lie before the later end of the other: no age is below nothing.
        months=_age("day", "founded_day"),
        months_low=_age("date", "founded_end"),
        months_high=_age("date_end", "founded"),
        place=basis.replace_strict(_PLACE, default=9),
        # On one day the price of a listing comes before the market's.
        turn=pl.col("round_id").is_null().cast(pl.Int8),
    ).with_columns(pre_low_usd_m=pl.when(before | most.is_not_null()).then("pre_low_usd_m"))
    frame = frame.sort("startup_id", "day", "turn", "place", "valuation_id")
    standing = ~pl.col("talks") & (pl.col("place") < 9)
    best = pl.when(standing).then("place").min().over("round_id")
    first = pl.col("valuation_id").last().over("round_id", "place", "talks") == pl.col("valuation_id")
    return frame.with_columns(
        headline=standing & (pl.col("round_id").is_null() | ((pl.col("place") == best) & first))
    ).select(
        "startup_id", "startup", "startup_zh", "wave", "date", "date_precision", "day", "date_end",
        "months", "months_low", "months_high", "value_usd_m", "value_low_usd_m", "value_high_usd_m", "basis", "status",
        "talks", "headline", "value_m", "currency", "qualifier", "fx_rate", "fx_date", "new_money_usd_m", "post_low_usd_m",
        "post_high_usd_m", "pre_low_usd_m", "pre_high_usd_m", "claims", "origins", "single_origin", "round_id", "kind",
        "series", "source_id", "publisher", "valuation_id", *PARTS,
    )  # fmt: skip


def _age(end: str, start: str) -> pl.Expr:
    """Months between two days, at least none; null where the value is older than the company, whatever the days."""
    months = ((pl.col(end) - pl.col(start)).dt.total_days() / MONTH).clip(lower_bound=0)
    return pl.when(pl.col("date_end") >= pl.col("founded")).then(months)
