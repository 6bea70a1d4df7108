"""Funding by period, and an investor's portfolio of rounds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, cast, get_args

import polars as pl

from aitracker.asked import key, one_of
from aitracker.facts import gathered, traced
from aitracker.flows.parts import MONEY, asked_parts, by_round, known_sum
from aitracker.flows.sets import asked_for
from aitracker.vocabulary import NEW_MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["funding_flows", "portfolio"]

By = Literal["investor_type", "investor", "country_group", "startup", "wave", "segment", "series", "instrument"]
Every = Literal["1mo", "1q", "1y"]


def funding_flows(
    ds: Dataset,
    by: By = "investor_type",
    every: Every = "1q",
    split: Split = "equal",
    instruments: Sequence[str] | None = None,
    status: Sequence[str] = ("closed",),
    waves: Sequence[str] | None = None,
    kinds: Sequence[str] = NEW_MONEY,
    segments: Sequence[str] | None = None,
    investors: Sequence[str] | None = None,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    scope: str | None = None,
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
        ``vision``, ``genai``, ``other``, ``foreign``; where none is given all but the foreign comparators.
    kinds : list of str
        Kinds of round; new money for equity by default.
    segments : list of str, optional
        ``foundation-model``, ``genai-app``, ``embodied``, ``chips``, ``ai-infra``, ``vision``; all where none is given.
    investors : list of str, optional
        Keys of investors: only their parts, under the names of the lens's ``group``.
    since, until : date or ISO text, optional
        First and last day of the announcements.
    scope : str, optional
        ``model-maker``, ``genai`` or ``ai``: nested sets of Chinese companies, each holding the one before it.

    Returns
    -------
    polars.DataFrame
        ``period`` (first day; null: undated), the grouping, ``amount_usd_m`` (millions of US dollars; null: no round of
        the group states or implies one), ``amount_low_usd_m`` and ``amount_high_usd_m`` (bounds of the parts that are in
        the amount, over every division and every fuzzy amount), ``stated_usd_m`` (the part that sources state for these
        investors; null: none), ``rounds`` (in which the group has a part; 0: only investors whom nobody named may have one),
        ``rounds_unknown`` (those of them whose part, or some of it, is unknown, and so not in the amount),
        ``total_low_usd_m`` and ``total_high_usd_m`` (bounds of the known rounds of the whole period, repeated on its rows;
        tighter than the sum of the groups'; null: none is known), ``total_rounds`` (rounds of the whole period, likewise;
        a round with investors of two groups is in both groups' ``rounds``), ``incomplete`` (the period touches the last
        two quarters that the data reaches: deals surface late), and which set this is: ``status``, ``waves``, ``scope``,
        and in words ``universe``. Sorted by period and amount. ``facts``: sizes and parts behind the row's own amount.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    A round counts once: a tranche its own money at its own date, its whole what is left then (``counts_at_date`` and
    ``counted_usd_m`` of the rounds), so that no fact moves in time when a later round swallows it.
    """
    one_of("by", by, get_args(By))
    one_of("every", every, get_args(Every))
    asked = asked_for(ds, status, kinds, waves, scope, instruments, segments, investors, since, until)
    parts = asked_parts(ds, split, asked)
    narrowed = instruments is not None or investors is not None
    per_round = by_round(parts, by).with_columns(period=pl.col("announced").dt.truncate(every))
    frame = (
        per_round.group_by("period", by, maintain_order=True)
        .agg(
            *map(known_sum, (*MONEY, "stated_usd_m")),
            rounds=pl.col("there").sum().cast(pl.Int64),
            rounds_unknown=pl.col("dark").sum().cast(pl.Int64),
            facts=gathered("facts"),
        )
        .join(_periods(per_round, narrowed=narrowed), on="period", validate="m:1", nulls_equal=True)
        .with_columns(incomplete=(pl.col("period").dt.offset_by(every) > horizon(ds)).fill_null(value=False))
        .sort("period", "amount_usd_m", by, descending=[False, True, False], nulls_last=True)
    )
    return traced(ds, asked.named(frame))


def _periods(per_round: pl.DataFrame, *, narrowed: bool) -> pl.DataFrame:
    """Bounds and number of the rounds of each period: a round's own interval holds the sum of its parts."""
    low, high = (known_sum(f"amount_{end}_usd_m") for end in ("low", "high"))
    first = {end: pl.col(f"total_{end}").first() for end in ("low", "high")}
    return (
        per_round.group_by("period", "round_id", maintain_order=True)
        .agg(
            low=low if narrowed else pl.coalesce(first["low"], low),
            # Of some parts of a round, no more than they may sum to, and no more than the round.
            high=pl.when(high.is_not_null()).then(pl.min_horizontal(first["high"], high))
            if narrowed
            else pl.coalesce(first["high"], high),
        )
        .group_by("period", maintain_order=True)
        .agg(
            total_low_usd_m=known_sum("low"),
            total_high_usd_m=known_sum("high"),
            total_rounds=pl.len().cast(pl.Int64),
        )
    )


def horizon(ds: Dataset) -> dt.date:
    """First day of the last two quarters that the data can speak of: what happens from then on is incomplete."""
    held = ds.table("rounds").filter(pl.col("status").is_in(["closed", "reported"]))
    latest = cast("dt.date | None", held["announced"].max())
    ends = [day for day in (latest, ds.lens.as_of, ds.lens.known_by) if day]
    end = min(ends) if ends else dt.date.max
    quarters = 4 * end.year + (end.month - 1) // 3 - 1
    return dt.date(quarters // 4, 3 * (quarters % 4) + 1, 1) if quarters >= 4 else dt.date.min


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
        ``round_id``, ``series``, ``status``, ``role``, ``amount_usd_m`` (what sources state of the part; null: nothing)
        with ``amount_low_usd_m`` and ``amount_high_usd_m`` (null: one of its vehicles took part with a sum that nobody
        states), ``instrument``, ``publisher``, ``source_id``. ``facts``: its parts in the round.

    Raises
    ------
    ValueError
        When there is no such investor; the message names the nearest by key or name.
    """
    key(ds, "investor", investor, "investor")
    frame = ds.lookup(
        """SELECT i.name AS investor, r.startup_id, s.name AS startup, s.name_zh AS startup_zh, s.wave,
            r.announced, p.round_id, r.series, r.status,
            CASE WHEN bool_or(p.role <> 'participant') THEN 'lead' ELSE 'participant' END AS role,
            sum(p.amount_usd_m) AS amount_usd_m, sum(p.amount_low_usd_m) AS amount_low_usd_m,
            CASE WHEN count(p.amount_usd_m) = count(*) THEN sum(p.amount_high_usd_m) END AS amount_high_usd_m,
            CASE WHEN count(DISTINCT p.instrument) = 1 THEN any_value(p.instrument) ELSE 'mixed' END AS instrument,
            arg_min(c.publisher, p.investor_id) AS publisher, arg_min(c.source_id, p.investor_id) AS source_id,
            list_sort(list(DISTINCT 'participation|' || p.round_id || '/' || p.investor_id || '|amount')) AS facts
        FROM participations p JOIN rounds r USING (round_id) JOIN data.startups s USING (startup_id)
        JOIN data.investors i ON i.investor_id = p.group_id JOIN data.sources c ON c.source_id = p.source_id
        WHERE p.group_id = (SELECT group_id FROM groups(getvariable('grp')) WHERE investor_id = $1) OR p.investor_id = $1
        GROUP BY ALL ORDER BY r.announced NULLS LAST, p.round_id""",
        [investor],
    )
    return traced(ds, frame)
