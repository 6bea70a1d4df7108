"""Funding by period, and an investor's portfolio of rounds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, cast, get_args

import polars as pl

from aitracker.flows.splits import LENS, Split, split_under_every_choice, split_with_attributes
from aitracker.lens import GROUPS, POLICIES, day, one_of
from aitracker.vocabulary import INSTRUMENTS, KINDS, NEW_MONEY, SEGMENTS, STATUSES, WAVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["funding_flows", "funding_rows", "portfolio"]

By = Literal["investor_type", "investor", "country_group", "startup", "wave", "segment", "series", "instrument"]
Every = Literal["1mo", "1q", "1y"]


def chosen(name: str, values: Sequence[str] | str | None, allowed: Sequence[str]) -> list[str] | None:
    """Words that a caller chose, each of them allowed; none where all are wanted."""
    if values is None:
        return None
    words = [values] if isinstance(values, str) else list(values)
    return [one_of(name, word, allowed) for word in words]


def counted_parts(
    ds: Dataset,
    split: Split,
    status: Sequence[str] | str | None = ("closed",),
    kinds: Sequence[str] | str | None = NEW_MONEY,
    waves: Sequence[str] | str | None = None,
    instruments: Sequence[str] | str | None = None,
    segments: Sequence[str] | str | None = None,
    investors: Sequence[str] | str | None = None,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> pl.DataFrame:
    """Parts of the rounds that count, narrowed to what was asked for; a wrong word is met with the nearest."""
    wanted = {
        "segment": chosen("segments", segments, SEGMENTS),
        "investor_id": _groups(ds, investors),
        "status": chosen("status", status, STATUSES),
        "kind": chosen("kinds", kinds, KINDS),
        "wave": chosen("waves", waves, WAVES),
        "instrument": chosen("instruments", instruments, INSTRUMENTS),
    }
    parts = split_with_attributes(ds, split).filter(pl.col("counts_in_totals"))
    for column, values in wanted.items():
        if values is not None:
            parts = parts.filter(pl.col(column).is_in(values))
    # An undated round is in no period: a limit leaves it out.
    if (first := day("since", since)) is not None:
        parts = parts.filter(pl.col("announced") >= first)
    if (last := day("until", until)) is not None:
        parts = parts.filter(pl.col("announced") <= last)
    return parts


def _groups(ds: Dataset, investors: Sequence[str] | str | None) -> list[str] | None:
    """The names under which the lens puts the money of these investors."""
    if investors is None:
        return None
    heads = ds.lookup("SELECT investor_id, group_id FROM groups(getvariable('grp')) ORDER BY investor_id")
    known = dict(heads.iter_rows())
    return list(dict.fromkeys(known[i] for i in chosen("investors", investors, list(known)) or []))


def by_round(parts: pl.DataFrame, *by: str) -> pl.DataFrame:
    """One row per round and group: its amount, stated part and bounds, and whether all of it is unknown."""
    per_round = parts.group_by("round_id", *by, maintain_order=True).agg(
        pl.col("announced", "total_low", "total_high").first(),
        pl.col("amount_usd_m").sum(),
        pl.col("amount_low_usd_m").sum(),
        pl.col("amount_high_usd_m").sum(),
        pl.col("stated_usd_m").sum(),
        unknown=pl.col("amount_usd_m").is_null().all(),
    )
    # Members of one group cannot together have more than the round less what the others must have.
    others = pl.col("amount_low_usd_m").sum().over("round_id") - pl.col("amount_low_usd_m")
    capped = pl.min_horizontal(
        "amount_high_usd_m", pl.max_horizontal(pl.col("total_high") - others, pl.col("amount_usd_m"))
    )
    return per_round.with_columns(amount_high_usd_m=capped)


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
        ``vision``, ``genai``, ``other``, ``foreign``; all where none is given.
    kinds : list of str
        Kinds of round; new money for equity by default.
    segments : list of str, optional
        ``foundation-model``, ``genai-app``, ``embodied``, ``chips``, ``ai-infra``, ``vision``; all where none is given.
    investors : list of str, optional
        Keys of investors: only their parts, under the names of the lens's ``group``.
    since, until : date or ISO text, optional
        First and last day of the announcements.

    Returns
    -------
    polars.DataFrame
        ``period`` (first day; null: undated), the grouping, ``amount_usd_m`` (millions of US dollars; null: no round of
        the group states or implies one), ``amount_low_usd_m`` and ``amount_high_usd_m`` (bounds over every split and
        every fuzzy amount), ``stated_usd_m`` (the part that sources state for these investors), ``rounds``,
        ``rounds_unknown`` (those of them whose part is unknown, and so not in the amount), ``total_low_usd_m`` and
        ``total_high_usd_m`` (bounds of the whole period, repeated on its rows; tighter than the sum of the groups'), ``total_rounds``
        (rounds of the whole period, likewise; a round with investors of two groups is in both groups' ``rounds``),
        ``incomplete`` (the period touches the last two quarters: deals surface late). Sorted by period and amount.

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
    parts = counted_parts(ds, split, status, kinds, waves, instruments, segments, investors, since, until)
    narrowed = instruments is not None or investors is not None
    horizon = _horizon(ds)
    per_round = by_round(parts, by)
    known = ~pl.col("unknown")
    per_round = per_round.with_columns(period=pl.col("announced").dt.truncate(every))
    # A round's own interval holds the sum of its parts, so that intervals of splits do not add up.
    whole = (
        per_round.group_by("period", "round_id", maintain_order=True)
        .agg(
            low=pl.coalesce(
                pl.lit(None, dtype=pl.Float64) if narrowed else pl.col("total_low").first(),
                pl.col("amount_low_usd_m").sum(),
            ),
            # Of some parts of a round, no more than they may sum to, and no more than the round.
            high=pl.min_horizontal(pl.col("total_high").first(), pl.col("amount_high_usd_m").sum())
            if narrowed
            else pl.coalesce(pl.col("total_high").first(), pl.col("amount_high_usd_m").sum()),
        )
        .group_by("period", maintain_order=True)
        .agg(
            total_low_usd_m=pl.col("low").sum(),
            total_high_usd_m=pl.col("high").sum(),
            total_rounds=pl.len().cast(pl.Int64),
        )
    )
    return (
        per_round.group_by("period", by, maintain_order=True)
        .agg(
            *[
                pl.when(known.any()).then(pl.col(c).filter(known).sum()).alias(c)
                for c in ("amount_usd_m", "amount_low_usd_m", "amount_high_usd_m")
            ],
            stated_usd_m=pl.col("stated_usd_m").sum(),
            rounds=pl.col("round_id").n_unique().cast(pl.Int64),
            rounds_unknown=pl.col("unknown").sum().cast(pl.Int64),
        )
        .join(whole, on="period", validate="m:1", nulls_equal=True)
        .with_columns(incomplete=(pl.col("period").dt.offset_by(every) > horizon).fill_null(value=False))
        .sort("period", "amount_usd_m", by, descending=[False, True, False], nulls_last=True)
    )


def _horizon(ds: Dataset) -> dt.date:
    """First day of the last two quarters that the data can speak of: what happens from then on is incomplete."""
    held = ds.table("rounds").filter(pl.col("status").is_in(["closed", "reported"]))
    latest = cast("dt.date | None", held["announced"].max())
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
    one_of("investor", investor, ds.lookup("SELECT investor_id FROM data.investors")["investor_id"].to_list())
    return ds.lookup(
        """SELECT i.name AS investor, r.startup_id, s.name AS startup, s.name_zh AS startup_zh, s.wave,
            r.announced, p.round_id, r.series, r.status,
            CASE WHEN bool_or(p.role <> 'participant') THEN 'lead' ELSE 'participant' END AS role,
            sum(p.amount_usd_m) AS amount_usd_m, sum(p.amount_low_usd_m) AS amount_low_usd_m, sum(p.amount_high_usd_m) AS amount_high_usd_m,
            CASE WHEN count(DISTINCT p.instrument) = 1 THEN any_value(p.instrument) ELSE 'mixed' END AS instrument,
            any_value(c.publisher) AS publisher, any_value(c.source_id) AS source_id
        FROM participations p JOIN rounds r USING (round_id) JOIN data.startups s USING (startup_id)
        JOIN data.investors i ON i.investor_id = p.group_id JOIN data.sources c ON c.source_id = p.source_id
        WHERE p.group_id = (SELECT group_id FROM groups(getvariable('grp')) WHERE investor_id = $1) OR p.investor_id = $1
        GROUP BY ALL ORDER BY r.announced NULLS LAST, p.round_id""",
        [investor],
    )


def funding_rows(ds: Dataset, split: Split = "equal") -> pl.DataFrame:
    """Parts of counted rounds with one amount a policy: what a static chart needs to answer its controls by itself.

    Parameters
    ----------
    ds : Dataset
        The data; its lens but for policy and group.
    split : str
        See :func:`aitracker.round_split`.

    Returns
    -------
    polars.DataFrame
        A row per round and group of investors: ``round_id``, ``date``, ``wave``, ``investor_type``, ``country_group``, ``startup``,
        ``segment``, and ``amount__curated`` to ``amount__median`` with ``low__...``, ``high__...``, ``stated__...`` and
        the row's part of its round's interval, ``total_low__...`` and ``total_high__...`` (millions of US dollars; null is
        unknown under that policy), and ``groups``: the groupings of the lens under which the row holds, joined by "|"
        (filter by one before adding up). Closed rounds of new money, dated ones.
    """
    keys = ["round_id", "date", "wave", "segment", "startup", "investor_type", "country_group"]
    words = {"amount": "amount_usd_m", "low": "amount_low_usd_m", "high": "amount_high_usd_m", "stated": "stated_usd_m"}
    in_round = [*LENS, "round_id"]
    known = pl.col("amount_usd_m").is_not_null().any()
    parts = (
        split_under_every_choice(ds, split)
        .rename({"announced": "date"})
        .filter(
            pl.col("counts_in_totals"),
            pl.col("status") == "closed",
            pl.col("kind").is_in(NEW_MONEY),
            pl.col("date").is_not_null(),
        )
        .group_by(*LENS, *keys, maintain_order=True)
        .agg(
            pl.col("total_low", "total_high").first(),
            **{word: pl.when(known).then(pl.col(column).sum()) for word, column in words.items()},
        )
        # Investors of one kind cannot together have more than the round less what the others must have.
        .with_columns(
            high=pl.min_horizontal(
                "high",
                pl.max_horizontal(
                    pl.col("total_high") - pl.col("low").sum().over(in_round) + pl.col("low"), pl.col("amount")
                ),
            )
        )
        # A round's own interval, in equal parts over its rows, so that a sum over rounds gives the interval of the sum.
        .with_columns(
            pl.coalesce(pl.col(f"total_{end}") / pl.len().over(in_round), end).alias(f"total_{end}")
            for end in ("low", "high")
        )
    )
    figures = [*words, "total_low", "total_high"]
    frames = [
        parts.filter(pl.col("policy") == policy)
        .select("group", *keys, *figures)
        .rename({figure: f"{figure}__{policy.replace('-', '_')}" for figure in figures})
        for policy in POLICIES
    ]
    out = frames[0]
    for frame in frames[1:]:
        out = out.join(frame, on=["group", *keys], how="full", coalesce=True, nulls_equal=True, validate="1:1")
    columns = [name for name in out.columns if name != "group"]
    together = (
        out.sort(
            pl.col("group").replace_strict({group: i for i, group in enumerate(GROUPS)}, return_dtype=pl.Int64), *keys
        )
        .group_by(columns, maintain_order=True)
        .agg(groups=pl.col("group").str.join("|"))
    )
    return together.sort([*keys, "groups"], nulls_last=True)
