"""How much of what an investor gave can come back to it as revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.flows.funding import chosen
from aitracker.flows.instruments import instrument_mix
from aitracker.vocabulary import WAVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["COMPARATORS", "returnable_money"]

COMPARATORS = (("microsoft", "openai"), ("amazon", "anthropic"), ("google", "anthropic"), ("nvidia", "openai"))
"""Investor and start-up of the deals that are set beside the one asked for."""

IN_KIND = ("cloud-credit", "traffic", "in-kind", "escrow")
"""What can be spent with the investor alone."""

MONEY = ("cash", "stock", "secondary")
"""What can be spent anywhere. Of every other instrument nobody has said which of the two it was."""

CLOUDS = {"microsoft": "azure_commitment", "google": "google_cloud_commitment", "amazon": "aws_commitment"}
"""Metric of `totals` under which a start-up's promise to buy from the investor stands."""


def returnable_money(
    ds: Dataset, investor: str = "alibaba", quarters: int = 8, waves: Sequence[str] | None = None
) -> pl.DataFrame:
    r"""Share of an investor's money that can come back to it as revenue, as an interval, beside comparable deals.

    share = (in-kind or ring-fenced amount) / (total committed), from its lowest to its highest value over all divisions of
    the stated cheques that the claims allow: K_low / (K_low + M_high) to K_high / (K_high + M_low), with K what was given in
    kind (credits, traffic, ring-fenced cash) and M money that can be spent anywhere. A cheque that nobody has divided
    counts with 0 to all of it. ceiling = in-kind amount / (quarters x segment revenue of one quarter). A ceiling: all
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
        Only start-ups of these waves; all where none is given. The comparators stay.

    Returns
    -------
    polars.DataFrame
        A row per start-up (``kind`` ``pair``), one for all of them (``all``), and the comparators (``comparator``):
        ``investor_id``, ``investor``, ``startup_id``, ``startup`` (null for all), ``label``, ``rounds``, ``rounds_unknown``
        (cheque not stated, and so outside every amount and share here), ``first`` (day), ``committed_usd_m`` with
        ``committed_low_usd_m`` and ``committed_high_usd_m`` (stated cheques, millions of US dollars; null: none),
        ``returnable_low_usd_m`` and ``returnable_high_usd_m``, ``share_low_pct`` and ``share_high_pct`` (0 to 100),
        ``share_high_escrow_pct`` (upper end where cash that some source says was held in escrow counts too; null: no
        source says so), ``split`` (``known``, ``partly``, ``unknown``: no stated cheque is divided, bounds 0 to all; ``no
        sum``: no cheque is stated), ``quarters``, ``quarter_end``, ``segment_revenue_usd_m`` of that quarter and its
        ``segment_basis`` (null: the data has none), ``ceiling_low_pct`` and ``ceiling_high_pct`` (null too where some cheque
        lies outside the draw-down), ``purchase_usd_m`` (what the start-up promised to buy from the investor, where a total
        states it), ``events`` (ids of events that name both), ``claims``, ``origins``, ``source_ids``.

    Raises
    ------
    ValueError
        When there is no such investor or wave, or no quarter in the draw-down.

    Notes
    -----
    Credits are counted at list price, an upper bound of their value (ASC 606-10-32-21). That money can come back says
    nothing of whether it did, and paying in services is an ordinary practice. Closed rounds of new money that count.
    Promises to buy are the start-up's own, and never part of the share.
    """
    if quarters < 1:
        message = f"quarters must be at least 1, not {quarters}"
        raise ValueError(message)
    deals = ds.remember(("deals", investor, tuple(waves or ())), lambda: _deals(ds, investor, waves))
    place = pl.col("kind").replace_strict({"pair": 0, "all": 1, "comparator": 2}, return_dtype=pl.Int64)
    return (
        _with_ceiling(ds, deals, quarters)
        .sort(place, "committed_usd_m", "label", descending=[False, True, False], nulls_last=True, maintain_order=True)
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )


def _deals(ds: Dataset, investor: str, waves: Sequence[str] | None) -> pl.DataFrame:
    """All that does not depend on the draw-down: a row per pair, one for all of them, and the comparators."""
    own = instrument_mix(ds, investor)
    only = chosen("waves", waves, WAVES)
    if only is not None:
        own = own.filter(pl.col("wave").is_in(only))
    nobody = pl.lit(None, dtype=pl.String)
    mixes = [
        own.with_columns(startup_id=nobody, startup=nobody, deal=pl.lit("all")),
        own.with_columns(deal=pl.lit("pair")),
    ]
    known = ds.lookup("SELECT investor_id FROM data.investors", shared=True)["investor_id"]
    for other, startup in COMPARATORS:
        if other != investor and other in known:
            rows = instrument_mix(ds, other).filter(pl.col("startup_id") == startup)
            mixes.append(rows.with_columns(deal=pl.lit("comparator")))
    mix = pl.concat(mixes)
    out = _divided(mix).join(_backing(ds, mix), on=DEAL, nulls_equal=True, validate="1:1", maintain_order="left")
    pairs = out.select("investor_id", "startup_id").rows()
    return out.with_columns(
        label=pl.format("{} - {}", "investor", pl.col("startup").fill_null("all start-ups")),
        purchase_usd_m=pl.Series(_purchases(ds, pairs), dtype=pl.Float64),
        events=pl.Series(_events(ds, pairs), dtype=pl.String),
    ).rename({"deal": "kind"})


DEAL = ["deal", "investor_id", "startup_id"]


def _divided(mix: pl.DataFrame) -> pl.DataFrame:
    """What of each deal was in kind and what was money, at least and at most."""
    stated = mix.filter(pl.col("part_of").is_null() & pl.col("cheque_usd_m").is_not_null())
    held = mix.filter(pl.col("part_of").is_not_null() & pl.col("cheque_usd_m").is_not_null())
    given, money = pl.col("instrument").is_in(IN_KIND), pl.col("instrument").is_in(MONEY)
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
            cheques=pl.len(),
            **{f"committed{end}_usd_m": pl.col(f"cheque{end}_usd_m").sum() for end in ("", "_low", "_high")},
        )
    )
    return (
        mix.group_by(DEAL, maintain_order=True)
        .agg(
            pl.col("investor", "startup").first(),
            rounds=pl.col("round_id").n_unique(),
            first=day.min(),
            held=(pl.col("part_of").is_not_null() & pl.col("cheque_usd_m").is_not_null()).any(),
        )
        .join(cheques, on=DEAL, how="left", nulls_equal=True, validate="1:1", maintain_order="left")
        .join(sums, on=DEAL, how="left", nulls_equal=True, validate="1:1", maintain_order="left")
        .with_columns(
            rounds_unknown=pl.col("rounds") - pl.col("cheques").fill_null(0),
            returnable_low_usd_m="kind_low",
            returnable_high_usd_m="kind_high",
            share_low_pct=_pct("kind_low", "money_high"),
            share_high_pct=_pct("kind_high", "money_low"),
            share_high_escrow_pct=pl.when("held").then(_pct("kind_high", pl.col("money_low") - pl.col("moved"))),
            split=pl.when(pl.col("cheques").is_null())
            .then(pl.lit("no sum"))
            .when(pl.col("unsaid") == 0)
            .then(pl.lit("known"))
            .when(pl.col("unsaid") == pl.col("cheques"))
            .then(pl.lit("unknown"))
            .otherwise(pl.lit("partly")),
        )
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


def _with_ceiling(ds: Dataset, deals: pl.DataFrame, quarters: int) -> pl.DataFrame:
    """What can come back against the smallest quarterly revenue of the investor's cloud segment within the draw-down."""
    revenue = ds.lookup(
        """SELECT s.entity_id AS investor_id, s.period_end AS quarter_end,
            s.value * CASE WHEN s.currency = 'USD' THEN 1 ELSE f.usd_per_unit END AS segment_revenue_usd_m, s.basis AS segment_basis
        FROM (SELECT *, currency_of(unit) AS currency FROM series WHERE metric = 'cloud_revenue') s
        ASOF LEFT JOIN rates f ON s.currency = f.currency AND s.period_end >= f.date
        WHERE s.currency = 'USD' OR f.usd_per_unit IS NOT NULL ORDER BY segment_revenue_usd_m, quarter_end"""
    )
    start = pl.col("drawn_from").dt.truncate("1q")
    last = start.dt.offset_by(f"{3 * quarters}mo").dt.offset_by("-1d")
    smallest = (
        deals.select(*KEY, "open_from", "open_to", start=start, last=last)
        # A cheque of other years was spent on other quarters: these would not be its ceiling.
        .filter(
            (pl.col("open_from") >= pl.col("start")).fill_null(True)
            & (pl.col("open_to") <= pl.col("last")).fill_null(True)
        )
        .join(revenue, on="investor_id", maintain_order="left_right")
        .filter(pl.col("quarter_end").is_between("start", "last"))
        .unique(KEY, keep="first", maintain_order=True)
        .select(*KEY, "quarter_end", "segment_revenue_usd_m", "segment_basis")
    )
    base = quarters * pl.col("segment_revenue_usd_m")
    return deals.join(
        smallest, on=KEY, how="left", nulls_equal=True, validate="1:1", maintain_order="left"
    ).with_columns(
        quarters=pl.lit(quarters),
        **{
            f"ceiling_{end}_pct": pl.when(base != 0).then(100 * pl.col(f"returnable_{end}_usd_m") / base)
            for end in ("low", "high")
        },
    )


KEY = ["kind", "investor_id", "startup_id"]
Pairs = list[tuple[str, "str | None"]]


def _purchases(ds: Dataset, pairs: Pairs) -> list[float | None]:
    """What each start-up promised to buy from the investor, by the newest total that states it."""
    rows = ds.lookup(
        "SELECT metric, entity_id, value FROM totals WHERE unit = 'USD_m' ORDER BY as_of NULLS FIRST, total_id DESC"
    ).rows()
    newest = {(metric, startup): value for metric, startup, value in rows}
    return [newest.get((CLOUDS.get(investor, ""), startup)) for investor, startup in pairs]


def _events(ds: Dataset, pairs: Pairs) -> list[str | None]:
    """Events that name both the investor and the start-up."""
    rows = ds.lookup("SELECT event_id, string_split(actors, ';') FROM events ORDER BY date, event_id").rows()
    return [
        ";".join(event for event, actors in rows if actors and {investor, startup} <= set(actors)) or None
        for investor, startup in pairs
    ]


_TEXT = ("kind", "investor_id", "investor", "startup_id", "startup", "label")
_SUMS = [f"committed{end}_usd_m" for end in ("", "_low", "_high")] + [
    f"returnable{end}_usd_m" for end in ("_low", "_high")
]
SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(_TEXT, pl.String()),
    **dict.fromkeys(("rounds", "rounds_unknown"), pl.Int64()),
    "first": pl.Date(),
    **dict.fromkeys([*_SUMS, "share_low_pct", "share_high_pct", "share_high_escrow_pct"], pl.Float64()),
    "split": pl.String(),
    "quarters": pl.Int64(),
    "quarter_end": pl.Date(),
    "segment_revenue_usd_m": pl.Float64(),
    "segment_basis": pl.String(),
    **dict.fromkeys(("ceiling_low_pct", "ceiling_high_pct", "purchase_usd_m"), pl.Float64()),
    "events": pl.String(),
    **dict.fromkeys(("claims", "origins"), pl.Int64()),
    "source_ids": pl.String(),
}
"""Columns of the answer."""
