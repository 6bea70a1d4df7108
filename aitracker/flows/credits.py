"""What credits were worth, and how long it takes to draw them down: two assumptions, varied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.flows.instruments import instrument_mix
from aitracker.flows.returnable import returnable_money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["credit_value", "draw_down"]

IN_KIND = ("cloud-credit", "traffic")
"""Instruments that the investor makes itself; what they cost it, or would cost on the market, is not published."""


def credit_value(
    ds: Dataset, investor: str = "alibaba", prices: Sequence[float] = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
) -> pl.DataFrame:
    r"""What a start-up received, if its credits were worth only a part of their face.

    With C the cheque, c the credits in it at face value and p their price as a part of it, received = C - c (1 - p):
    the cash and the fair value of the rest. Low takes the smallest cheque with the most credits, high the largest with
    the fewest.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investor : str
        Key of the investor.
    prices : list of float
        Prices in per cent of the face value, 0 to 100.

    Returns
    -------
    polars.DataFrame
        A row per start-up and price, for start-ups whose cheques are divided by sources and hold credits:
        ``investor_id``, ``investor``, ``startup_id``, ``startup``, ``price_pct``, ``committed_usd_m``, ``face_usd_m``
        (credits at face value; null where sources give an interval only), ``face_low_usd_m``, ``face_high_usd_m``,
        ``received_usd_m`` (null likewise), ``received_low_usd_m``, ``received_high_usd_m``, ``source_ids``.

    Raises
    ------
    ValueError
        When there is no such investor, or a price is not between 0 and 100.

    Notes
    -----
    Consideration in kind is measured at fair value (ASC 606-10-32-21); the list price of credits is an upper bound.
    """
    if not all(0 <= p <= 100 for p in prices):
        message = f"prices must be between 0 and 100 per cent, not {list(prices)!r}"
        raise ValueError(message)
    deals = returnable_money(ds, investor).filter(
        pl.col("kind") == "pair", pl.col("split") == "known", pl.col("returnable_high_usd_m") > 0
    )
    face = (
        instrument_mix(ds, investor)
        .filter(pl.col("instrument").is_in(IN_KIND), pl.col("part_of").is_null())
        .group_by("startup_id", maintain_order=True)
        .agg(face_usd_m=pl.when(pl.col("amount_usd_m").is_not_null().all()).then(pl.col("amount_usd_m").sum()))
    )
    price = pl.DataFrame({"price_pct": [float(p) for p in prices]}, schema={"price_pct": pl.Float64})
    loss = 1 - pl.col("price_pct") / 100
    return (
        deals.join(face, on="startup_id", how="left", validate="1:1", maintain_order="left")
        .join(price, how="cross", maintain_order="left_right")
        .select(
            *("investor_id", "investor", "startup_id", "startup", "price_pct", "committed_usd_m", "face_usd_m"),
            face_low_usd_m="returnable_low_usd_m",
            face_high_usd_m="returnable_high_usd_m",
            received_usd_m=pl.col("committed_usd_m") - pl.col("face_usd_m") * loss,
            received_low_usd_m=pl.col("committed_low_usd_m") - pl.col("returnable_high_usd_m") * loss,
            received_high_usd_m=pl.col("committed_high_usd_m") - pl.col("returnable_low_usd_m") * loss,
            source_ids="source_ids",
        )
    )


def draw_down(
    ds: Dataset, investor: str = "alibaba", quarters: Sequence[int] = (1, 2, 4, 6, 8, 12, 16)
) -> pl.DataFrame:
    """The most that money which can return may make of a segment's revenue, by the length of the draw-down.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    investor : str
        Key of the investor.
    quarters : list of int
        Lengths of an even draw-down in quarters.

    Returns
    -------
    polars.DataFrame
        A row per start-up and length with the columns ``startup_id``, ``startup``, ``quarters``, ``quarter_end``,
        ``segment_revenue_usd_m``, ``returnable_low_usd_m``, ``returnable_high_usd_m``, ``ceiling_low_pct``,
        ``ceiling_high_pct``, ``source_ids`` of :func:`aitracker.returnable_money`; only pairs
        whose cheques are divided by sources and that have a ceiling above zero.

    Raises
    ------
    ValueError
        When there is no such investor, or a length is not a whole number above zero.

    Notes
    -----
    Ceiling = amount / (quarters x segment revenue a quarter); our own definition, see the method notes.
    """
    frames = [
        returnable_money(ds, investor, quarters=q).filter(
            pl.col("kind") == "pair", pl.col("split") == "known", pl.col("ceiling_high_pct") > 0
        )
        for q in quarters
    ]
    columns = ["investor_id", "investor", "startup_id", "startup", "quarters", "quarter_end", "segment_revenue_usd_m"]
    columns += ["returnable_low_usd_m", "returnable_high_usd_m", "ceiling_low_pct", "ceiling_high_pct", "source_ids"]
    if not frames:
        return returnable_money(ds, investor).clear().select(columns)
    return pl.concat(frames).select(columns).sort("startup_id", "quarters")
