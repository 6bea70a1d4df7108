"""What investors gave for their shares: cash, computing, or a mix that nobody has divided; and what of it can come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.asked import key, scopes_within
from aitracker.facts import gathered, traced
from aitracker.flows.attributes import split_with_attributes
from aitracker.flows.cheques import KEYS, backing, divided_cheques, escrow_rows, stated_sum
from aitracker.flows.sets import Asked, asked_for
from aitracker.vocabulary import INSTRUMENTS, NEW_MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["instrument_mix", "instrument_summary"]

ORDER = [name for name in INSTRUMENTS if name not in ("mixed", "secondary", "unknown")] + [
    "secondary",
    "mixed",
    "unknown",
]


def instrument_mix(
    ds: Dataset,
    investor: str | None = None,
    status: Sequence[str] = ("closed",),
    kinds: Sequence[str] = NEW_MONEY,
    waves: Sequence[str] | None = None,
    scope: str | None = None,
) -> pl.DataFrame:
    r"""What each investor gave in each round, instrument by instrument, as intervals.

    A cheque of one instrument is one row. A ``mixed`` cheque of stated size T is divided by the claims on it that are not
    deprecated, one voice an origin: a share s of cloud credits gives credits sT and cash (1 - s)T, an amount of credits c
    gives cash T - c, an amount of cash k gives credits T - k. Each row's interval runs from the lowest to the highest of
    these voices (one that says "less than" or "more than" speaks of that end alone; where none speaks of an end it is
    nothing, or all); its amount is the voice that the policy of the lens takes. Nothing is averaged. A mixed cheque without
    such claims stays ``mixed``, and an unknown instrument stays ``unknown``: neither is ever counted as cash.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; its ``group`` decides whose vehicles go under one name.
    investor : str, optional
        Key of one investor; all where none is given.
    status, kinds, waves, scope
        See :func:`aitracker.funding_flows`.

    Returns
    -------
    polars.DataFrame
        A row per round, investor and instrument, by date, of the rounds that count: ``investor_id``, ``investor``,
        ``round_id``, ``startup_id``, ``startup``, ``wave``, ``announced``, ``status``, ``kind``, ``recorded`` (the
        instrument as curated), ``instrument``, ``amount_usd_m`` (millions of US dollars; null: no figure) with
        ``amount_low_usd_m`` and ``amount_high_usd_m`` (null: no bound), ``basis`` (``stated``: a source states the cheque;
        ``claims``: divided as above, an interval within the stated sum T, whose own interval is in ``cheque_...``;
        ``bounds``: the cheque is not stated, the interval is what the round leaves for it; ``said``: a source speaks of it
        and gives no figure; ``unknown``), ``part_of`` (``cash``: the row lies within that row, it is not beside it),
        ``cheque_usd_m`` with ``cheque_low_usd_m`` and ``cheque_high_usd_m`` (the investor's whole part; amount null where not
        stated), ``claims`` and ``origins`` behind the row, their ``source_ids`` (joined by ``;``), ``said`` (what sources say
        of the instrument in words, joined by ``|``), and which set this is: ``waves``, ``scope``, ``universe``. ``facts``:
        the part, the claims that divide it, and where it is not stated what leaves it its bounds.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    What a company receives for its shares is cash and the fair value of the rest (ASC 606-10-32-21); the list price of
    credits is an upper bound of their value. Dividing by claims is our own definition.
    """
    asked = asked_for(ds, status, kinds, waves, scope)
    whose = None if investor is None else group_of(ds, investor)
    words = {"waves": ", ".join(asked.waves), "scope": asked.scope, "universe": asked.universe}
    mix = ds.remember(("instrument_mix", asked), lambda: traced(ds, _mix(ds, asked)))
    mix = mix.with_columns(pl.lit(word, dtype=pl.String).alias(name) for name, word in words.items())
    return mix if whose is None else mix.filter(pl.col("investor_id") == whose)


def instrument_summary(
    ds: Dataset,
    investor: str | None = None,
    status: Sequence[str] = ("closed",),
    kinds: Sequence[str] = NEW_MONEY,
    waves: Sequence[str] | None = None,
    scope: str | None = None,
) -> pl.DataFrame:
    """Money by instrument, over all rounds of an investor, or of all.

    Parameters
    ----------
    ds, investor, status, kinds, waves, scope
        See :func:`instrument_mix`.

    Returns
    -------
    polars.DataFrame
        A row per ``instrument`` in a fixed order: ``amount_usd_m`` (sum of what is known, millions of US dollars; null:
        nothing is) with ``amount_low_usd_m`` and ``amount_high_usd_m`` (bounds of those rows), ``bound_high_usd_m`` (upper
        bound with the cheques of unknown size too; null: one of them has none), ``rounds``, ``rounds_unknown`` (those
        without an amount), ``part_of`` (``cash``: lies within that row), ``investor`` (whose money; null: everybody's), and
        the set: ``status``, ``waves``, ``scope``, ``universe``. ``facts``: those of the row's own cheques.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.
    """
    asked = asked_for(ds, status, kinds, waves, scope)
    known = pl.col("amount_usd_m").is_not_null()
    money = ("amount_usd_m", "amount_low_usd_m", "amount_high_usd_m")
    high = pl.col("amount_high_usd_m")
    mix = instrument_mix(ds, investor, status, kinds, waves, scope)
    frame = (
        mix.group_by("instrument", "part_of", maintain_order=True)
        .agg(
            *[pl.when(known.any()).then(pl.col(c).filter(known).sum()).alias(c) for c in money],
            bound_high_usd_m=pl.when(high.is_not_null().all()).then(high.sum()),
            rounds=pl.col("round_id").n_unique().cast(pl.Int64),
            rounds_unknown=pl.col("round_id").filter(~known).n_unique().cast(pl.Int64),
            facts=gathered("facts"),
        )
        .sort(pl.col("instrument").replace_strict(_places(), return_dtype=pl.Int64))
        .select("instrument", *money, "bound_high_usd_m", "rounds", "rounds_unknown", "part_of", "facts")
    )
    whose = None if investor is None else _name(ds, group_of(ds, investor))
    return traced(ds, asked.named(frame.with_columns(investor=pl.lit(whose, dtype=pl.String))))


def _places() -> dict[str, int]:
    return {name: place for place, name in enumerate(ORDER)}


def group_of(ds: Dataset, investor: str) -> str:
    """Under whose name the lens puts an investor."""
    key(ds, "investor", investor, "investor")
    names = ds.lookup("SELECT investor_id, group_id FROM groups(getvariable('grp')) ORDER BY investor_id")
    return str(names.filter(pl.col("investor_id") == investor)["group_id"].item())


def _name(ds: Dataset, key: str) -> str:
    names = ds.lookup("SELECT investor_id, name FROM data.investors ORDER BY ALL", shared=True)
    return str(names.filter(pl.col("investor_id") == key)["name"].item())


def _mix(ds: Dataset, asked: Asked) -> pl.DataFrame:
    rounds = ds.lookup(
        """SELECT r.round_id, s.startup_id, s.name AS startup, s.wave, s.scope, r.announced, r.status, r.kind
        FROM rounds r JOIN data.startups s USING (startup_id) ORDER BY r.round_id"""
    ).filter(
        pl.col("status").is_in(asked.status),
        pl.col("kind").is_in(asked.kinds),
        pl.col("wave").is_in(asked.waves),
        True if asked.scope is None else pl.col("scope").is_in(scopes_within(asked.scope) or ()),
    )
    names = ds.lookup("SELECT investor_id, name AS investor FROM data.investors ORDER BY investor_id", shared=True)
    parts = (
        _parts(ds)
        .join(rounds.drop("scope"), on="round_id", validate="m:1")
        .join(names, on="investor_id", validate="m:1")
        .join(backing(ds), on=KEYS, how="left", validate="m:1")
    )
    split = divided_cheques(ds, parts)
    undivided = parts.join(split, on=[*KEYS, "recorded"], how="anti")
    divided = parts.drop("claims", "origins", "source_ids").join(split, on=[*KEYS, "recorded"], validate="1:m")
    both = pl.concat([_whole(undivided), divided], how="diagonal")
    nothing = pl.lit([], dtype=pl.List(pl.String))
    frame = pl.concat([both, escrow_rows(ds, both)], how="diagonal").with_columns(
        place=pl.col("instrument").replace_strict(_places(), return_dtype=pl.Int64),
        facts=pl.concat_list("facts", pl.coalesce("told", nothing)).list.unique(maintain_order=True),
    )
    money = [f"{word}{end}_usd_m" for word in ("amount", "cheque") for end in ("", "_low", "_high")]
    return frame.sort("announced", "round_id", "investor_id", "place", nulls_last=True).select(
        *("investor_id", "investor", "round_id", "startup_id", "startup", "wave", "announced", "status", "kind"),
        *("recorded", "instrument", *money[:3], "basis", "part_of", *money[3:]),
        *("claims", "origins", "source_ids", "said", "facts"),
    )


def _parts(ds: Dataset) -> pl.DataFrame:
    """One row per round, investor group and instrument as curated, with the cheque of which it is a part."""
    rows = ds.lookup(
        """SELECT round_id, group_id AS investor_id, instrument AS recorded, sum(amount_usd_m) AS part, sum(amount_low_usd_m) AS part_low,
            sum(amount_high_usd_m) AS part_high, count(*) OVER (PARTITION BY round_id, group_id) AS instruments
        FROM participations GROUP BY round_id, group_id, instrument ORDER BY round_id, group_id, instrument"""
    )
    # As in every other total: a tranche counts at its own date, its whole the rest, and talks where they are asked for.
    cheques = split_with_attributes(ds, "stated").filter("counts_in_totals", pl.col("investor_id").is_not_null())
    money = {f"amount{end}_usd_m": f"cheque{end}_usd_m" for end in ("", "_low", "_high")}
    return rows.join(cheques.select(*KEYS, *money, "facts").rename(money), on=KEYS, validate="m:1")


def _whole(parts: pl.DataFrame) -> pl.DataFrame:
    """Cheques of one instrument, or undivided: the cheque itself is the row."""
    alone = pl.col("instruments") == 1
    amount = stated_sum()
    # Beside other instruments a part of unknown size is somewhere between nothing and the cheque.
    low = pl.when(alone).then("cheque_low_usd_m").otherwise(pl.coalesce("part_low", pl.lit(0.0)))
    high = pl.when(alone).then("cheque_high_usd_m").otherwise(pl.coalesce("part_high", "cheque_high_usd_m"))
    frame = parts.with_columns(
        instrument="recorded",
        amount_usd_m=amount,
        amount_low_usd_m=low,
        amount_high_usd_m=high,
        part_of=pl.lit(None, pl.String),
    )
    return frame.with_columns(
        # An upper bound that nobody knows leaves the lower one without meaning.
        amount_low_usd_m=pl.when(pl.col("amount_high_usd_m").is_not_null()).then("amount_low_usd_m"),
        basis=pl.when(pl.col("amount_usd_m").is_not_null())
        .then(pl.lit("stated"))
        .when(pl.col("amount_high_usd_m").is_not_null())
        .then(pl.lit("bounds"))
        .otherwise(pl.lit("unknown")),
    )
