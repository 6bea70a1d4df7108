"""How much of what an investor gave can come back to it as revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.asked import whole_number
from aitracker.facts import gathered, traced
from aitracker.flows.beside import events_of, purchases, with_ceiling
from aitracker.flows.instruments import group_of, instrument_mix
from aitracker.flows.sets import Asked, asked_for, universe
from aitracker.vocabulary import FOREIGN, SPENT_ANYWHERE, SPENT_WITH_INVESTOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["COMPARATORS", "returnable_money"]

COMPARATORS = (("microsoft", "openai"), ("amazon", "anthropic"), ("google", "anthropic"), ("nvidia", "openai"))
"""Investor and start-up of the deals that are set beside the one asked for."""

MOST = 400
"""Quarters of the longest draw-down: a century."""


def returnable_money(
    ds: Dataset,
    investor: str = "alibaba",
    quarters: int = 8,
    waves: Sequence[str] | None = None,
    scope: str | None = None,
) -> pl.DataFrame:
    r"""Share of an investor's money that can come back to it as revenue, as an interval, beside comparable deals.

    share = (in-kind or ring-fenced amount) / (total committed), from its lowest to its highest value over all divisions of
    the stated cheques that the claims allow: K_low / (K_low + M_high) to K_high / (K_high + M_low), with K what was given in
    kind (credits, traffic, ring-fenced cash) and M money that can be spent anywhere. A cheque that nobody has divided
    counts with 0 to all of it; one whose size nobody states is in no share, and how many rounds a share rests on stands
    beside it. ceiling = in-kind amount / (quarters x segment revenue of one quarter). A ceiling: all
    of it is spent within the draw-down, at list price, and the revenue is the smallest quarter of the draw-down.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investor : str
        Key of the investor.
    quarters : int
        Draw-down: over how many quarters the start-up is assumed to use the credits up, beginning with the quarter of
        the first of the rounds. An assumption; no source states it.
    waves : list of str, optional
        Only start-ups of these waves; where none is given all but the foreign ones. The comparators stay.
    scope : str, optional
        ``model-maker``, ``genai`` or ``ai``: nested sets of Chinese companies.

    Returns
    -------
    polars.DataFrame
        A row per start-up (``kind`` ``pair``), one for all of them (``all``), and the comparators (``comparator``):
        ``investor_id``, ``investor``, ``startup_id``, ``startup`` (null for all), ``label``, ``rounds``, ``rounds_unknown``
        (cheque not stated, and so outside every amount and share here), ``rounds_resting`` (cheque stated: what the shares
        rest on), ``rounds_undivided`` (of the latter: nobody says what was given), ``first`` (day), ``committed_usd_m`` with
        ``committed_low_usd_m`` and ``committed_high_usd_m`` (stated cheques, millions of US dollars; null: none),
        ``returnable_low_usd_m`` and ``returnable_high_usd_m``, ``share_low_pct`` and ``share_high_pct`` (0 to 100, of the
        stated cheques), ``whole_low_pct`` and ``whole_high_pct`` (of all cheques: those that nobody states may be anything
        that their rounds leave room for, 0 and 100 where a round has no size),
        ``share_high_escrow_pct`` (upper end where cash that some source says was held in escrow counts too; null: no
        source says so), ``split`` (``known``: every round has a cheque that is stated and divided; ``partly``; ``unknown``: no
        stated cheque is divided, bounds 0 to all; ``no sum``: no cheque is stated), ``quarters``, ``quarter_end``,
        ``segment_revenue_usd_m`` of that quarter and its ``segment_basis`` (null: the data has
        none), ``ceiling_low_pct`` and ``ceiling_high_pct`` (null too where some cheque
        lies outside the draw-down), ``purchase_usd_m`` (what the start-up promised to buy from the investor, where a total
        states it), ``events`` (ids of events that name both), ``claims``, ``origins``, ``source_ids``, and the set of the row:
        ``status``, ``waves``, ``scope``, ``universe``. ``facts``: the cheques and what divides them, the segment's revenue,
        the promise to buy, the events.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    Credits are counted at list price, an upper bound of their value (ASC 606-10-32-21). That money can come back says
    nothing of whether it did, and paying in services is an ordinary practice. Closed rounds of new money that count.
    Promises to buy are the start-up's own, and never part of the share.
    """
    whole_number("quarters", quarters, MOST)
    asked = asked_for(ds, waves=waves, scope=scope)
    group_of(ds, investor)
    deals = ds.remember(("deals", investor, asked), lambda: _deals(ds, investor, asked))
    place = pl.col("kind").replace_strict({"pair": 0, "all": 1, "comparator": 2}, return_dtype=pl.Int64)
    frame = (
        with_ceiling(ds, deals, quarters)
        .sort(place, "committed_usd_m", "label", descending=[False, True, False], nulls_last=True, maintain_order=True)
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )
    return traced(ds, frame)


def _deals(ds: Dataset, investor: str, asked: Asked) -> pl.DataFrame:
    """All that does not depend on the draw-down: a row per pair, one for all of them, and the comparators."""
    own = instrument_mix(ds, investor, waves=asked.waves, scope=asked.scope)
    nobody = pl.lit(None, dtype=pl.String)
    mixes = [
        own.with_columns(startup_id=nobody, startup=nobody, deal=pl.lit("all")),
        own.with_columns(deal=pl.lit("pair")),
    ]
    known = ds.lookup("SELECT investor_id FROM data.investors", shared=True)["investor_id"]
    for other, startup in COMPARATORS:
        if other != investor and other in known:
            rows = instrument_mix(ds, other, waves=[FOREIGN]).filter(pl.col("startup_id") == startup)
            mixes.append(rows.with_columns(deal=pl.lit("comparator")))
    mix = pl.concat(mixes)
    out = _divided(mix).join(_backing(ds, mix), on=DEAL, nulls_equal=True, validate="1:1", maintain_order="left")
    pairs = out.select("investor_id", "startup_id").rows()
    bought, events = purchases(ds, pairs), events_of(ds, pairs)
    beside = [
        [*([f"total|{key}|value"] if key else []), *(f"event|{event}|date" for event in named)]
        for (_, key), named in zip(bought, events, strict=True)
    ]
    abroad = pl.col("deal") == "comparator"
    return out.with_columns(
        label=pl.format("{} - {}", "investor", pl.col("startup").fill_null("all start-ups")),
        purchase_usd_m=pl.Series([value for value, _ in bought], dtype=pl.Float64),
        events=pl.Series([";".join(named) or None for named in events], dtype=pl.String),
        facts=pl.concat_list("facts", pl.Series("beside", beside, dtype=pl.List(pl.String))),
        status=pl.lit(", ".join(asked.status)),
        waves=pl.when(abroad).then(pl.lit(FOREIGN)).otherwise(pl.lit(", ".join(asked.waves))),
        scope=pl.when(~abroad).then(pl.lit(asked.scope, dtype=pl.String)),
        universe=pl.when(abroad).then(pl.lit(universe([FOREIGN]))).otherwise(pl.lit(asked.universe)),
    ).rename({"deal": "kind"})


DEAL = ["deal", "investor_id", "startup_id"]


def _divided(mix: pl.DataFrame) -> pl.DataFrame:
    """What of each deal was in kind and what was money, at least and at most."""
    stated = mix.filter(pl.col("part_of").is_null() & pl.col("cheque_usd_m").is_not_null())
    held = mix.filter(pl.col("part_of").is_not_null() & pl.col("cheque_usd_m").is_not_null())
    given, money = pl.col("instrument").is_in(SPENT_WITH_INVESTOR), pl.col("instrument").is_in(SPENT_ANYWHERE)
    low, high, day = pl.col("amount_low_usd_m"), pl.col("amount_high_usd_m"), pl.col("announced")
    # Cash that may lie in escrow moves from the money to what can come back; where it is undivided it is there already.
    moved = (pl.col("instrument") == "cash") & pl.struct(*DEAL, "round_id").is_in(
        held.filter(pl.col("part_of") == "cash").select(pl.struct(*DEAL, "round_id")).to_series().implode()
    )
    sums = stated.group_by(DEAL, maintain_order=True).agg(
        kind_low=low.filter(given).sum(),
        kind_high=high.filter(~money).sum(),
        money_low=low.filter(money).sum(),
        money_high=high.filter(~given).sum(),
        moved=low.filter(moved).sum(),
        unsaid=pl.col("round_id").filter(~given & ~money).n_unique(),
        # The draw-down begins with what was given in kind; where nobody has said what that is, with the first cheque.
        drawn_from=pl.coalesce(day.filter(given).min(), day.min()),
        open_from=day.filter(~money & (high > 0)).min(),
        open_to=day.filter(~money & (high > 0)).max(),
    )
    cheques = (
        stated.unique([*DEAL, "round_id"], keep="first", maintain_order=True)
        .group_by(DEAL, maintain_order=True)
        .agg(
            cheques=pl.len().cast(pl.Int64),
            **{f"committed{end}_usd_m": pl.col(f"cheque{end}_usd_m").sum() for end in ("", "_low", "_high")},
        )
    )
    dark = mix.filter(pl.col("cheque_usd_m").is_null()).unique([*DEAL, "round_id"], keep="first", maintain_order=True)
    open_high = pl.col("cheque_high_usd_m")
    unstated = dark.group_by(DEAL, maintain_order=True).agg(
        # The most that cheques nobody states may add on either side; null where a round has no size.
        **{
            name: pl.when(open_high.filter(~pl.col("recorded").is_in(other)).is_not_null().all()).then(
                open_high.filter(~pl.col("recorded").is_in(other)).sum()
            )
            for name, other in (("dark_kind", SPENT_ANYWHERE), ("dark_money", SPENT_WITH_INVESTOR))
        },
        dark=pl.len().cast(pl.Int64),
    )
    frame = (
        mix.group_by(DEAL, maintain_order=True)
        .agg(
            pl.col("investor", "startup").first(),
            rounds=pl.col("round_id").n_unique().cast(pl.Int64),
            first=day.min(),
            held=(pl.col("part_of").is_not_null() & pl.col("cheque_usd_m").is_not_null()).any(),
            facts=gathered("facts"),
        )
        .join(cheques, on=DEAL, how="left", nulls_equal=True, validate="1:1", maintain_order="left")
        .join(sums, on=DEAL, how="left", nulls_equal=True, validate="1:1", maintain_order="left")
        .join(unstated, on=DEAL, how="left", nulls_equal=True, validate="1:1", maintain_order="left")
        .with_columns(pl.col("cheques", "dark", "unsaid").fill_null(0))  # numbers of rounds, not of money
    )
    return frame.with_columns(
        rounds_unknown="dark",
        rounds_resting="cheques",
        rounds_undivided="unsaid",
        returnable_low_usd_m="kind_low",
        returnable_high_usd_m="kind_high",
        share_low_pct=_pct("kind_low", "money_high"),
        share_high_pct=_pct("kind_high", "money_low"),
        share_high_escrow_pct=pl.when("held").then(_pct("kind_high", pl.col("money_low") - pl.col("moved"))),
        split=pl.when(pl.col("cheques") == 0)
        .then(pl.lit("no sum"))
        .when((pl.col("unsaid") == 0) & (pl.col("dark") == 0))
        .then(pl.lit("known"))
        .when(pl.col("unsaid") == pl.col("cheques"))
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("partly")),
    ).with_columns(
        whole_low_pct=_whole("low", "kind_low", "money_high", "dark_money", 0.0),
        whole_high_pct=_whole("high", "kind_high", "money_low", "dark_kind", 100.0),
    )


def _whole(end: str, part: str, rest: str, open_: str, unbounded: float) -> pl.Expr:
    """An end of the share of all cheques: the unstated ones are put wholly on the side that moves it."""
    more, part_, rest_ = pl.col(open_), pl.col(part).fill_null(0.0), pl.col(rest).fill_null(0.0)
    given = part_ + more if end == "high" else part_
    whole = part_ + rest_ + more
    return (
        pl.when(pl.col("dark") == 0)
        .then(f"share_{end}_pct")
        .when(more.is_null())
        .then(unbounded)
        .when(whole > 0)
        .then(100 * given / whole)
        .otherwise(0.0 if end == "low" else pl.lit(None))
    )


def _pct(part: str, rest: str | pl.Expr) -> pl.Expr:
    """A part as a percentage of itself and the rest; null where both are nothing."""
    whole = pl.col(part) + (pl.col(rest) if isinstance(rest, str) else rest)
    return pl.when(whole != 0).then(100 * pl.col(part) / whole)


def _backing(ds: Dataset, mix: pl.DataFrame) -> pl.DataFrame:
    """Claims, origins and sources behind each deal."""
    origins = ds.lookup("SELECT source_id, origin FROM dated_sources")
    claims = (
        mix.unique([*DEAL, "round_id", "basis"], keep="first", maintain_order=True)
        .group_by(DEAL, maintain_order=True)
        .agg(pl.col("claims").sum())
    )
    sources = (
        mix.select(*DEAL, source_id=pl.col("source_ids").str.split(";"))
        .explode("source_id")
        .drop_nulls("source_id")
        .unique(maintain_order=True)
        .join(origins, on="source_id", how="left", validate="m:1", maintain_order="left")
        .group_by(DEAL, maintain_order=True)
        .agg(origins=pl.col("origin").drop_nulls().n_unique(), source_ids=pl.col("source_id").str.join(";"))
    )
    return claims.join(
        sources, on=DEAL, how="left", nulls_equal=True, validate="1:1", maintain_order="left"
    ).with_columns(pl.col("origins").fill_null(0))


_TEXT = ("kind", "investor_id", "investor", "startup_id", "startup", "label")
_SUMS = [f"committed{end}_usd_m" for end in ("", "_low", "_high")] + [
    f"returnable{end}_usd_m" for end in ("_low", "_high")
]
SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(_TEXT, pl.String()),
    **dict.fromkeys(("rounds", "rounds_unknown", "rounds_resting", "rounds_undivided"), pl.Int64()),
    "first": pl.Date(),
    **dict.fromkeys([*_SUMS, "share_low_pct", "share_high_pct", "share_high_escrow_pct"], pl.Float64()),
    **dict.fromkeys(("whole_low_pct", "whole_high_pct"), pl.Float64()),
    "split": pl.String(),
    "quarters": pl.Int64(),
    "quarter_end": pl.Date(),
    "segment_revenue_usd_m": pl.Float64(),
    "segment_basis": pl.String(),
    **dict.fromkeys(("ceiling_low_pct", "ceiling_high_pct", "purchase_usd_m"), pl.Float64()),
    "events": pl.String(),
    **dict.fromkeys(("claims", "origins"), pl.Int64()),
    **dict.fromkeys(("source_ids", "status", "waves", "scope", "universe"), pl.String()),
    "facts": pl.List(pl.String()),
}
"""Columns of the answer."""
