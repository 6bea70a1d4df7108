"""What credits were worth, and how long it takes to draw them down: two assumptions, varied."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.asked import whole_number
from aitracker.facts import CARRIED, traced
from aitracker.flows.instruments import instrument_mix
from aitracker.flows.returnable import MOST, returnable_money
from aitracker.vocabulary import MADE_BY_INVESTOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["credit_value", "draw_down"]


SET = ("status", "waves", "scope", "universe")
"""Columns that say which set a frame is of."""


def _listed(values: Any) -> list[Any]:
    """What a caller gave as a list; one value is a list of one."""
    return list(values) if hasattr(values, "__iter__") and not isinstance(values, (str, bytes)) else [values]


def _pairs(frame: pl.DataFrame) -> pl.DataFrame:
    """Pairs whose stated cheques are all divided by sources."""
    return frame.filter(pl.col("kind") == "pair", pl.col("rounds_resting") > 0, pl.col("rounds_undivided") == 0)


def credit_value(
    ds: Dataset,
    investor: str = "alibaba",
    prices: Sequence[float] = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100),
    waves: Sequence[str] | None = None,
    scope: str | None = None,
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
    waves, scope
        See :func:`aitracker.returnable_money`.

    Returns
    -------
    polars.DataFrame
        A row per start-up and price, for start-ups whose stated cheques are all divided by sources and hold credits:
        ``investor_id``, ``investor``, ``startup_id``, ``startup``, ``price_pct``, ``committed_usd_m``, ``face_usd_m``
        (credits at face value; null where sources give an interval only), ``face_low_usd_m``, ``face_high_usd_m``,
        ``received_usd_m`` (null likewise), ``received_low_usd_m``, ``received_high_usd_m``,
        ``rounds``, ``rounds_resting`` (cheque stated: what the row rests on), ``source_ids``, and the set: ``status``,
        ``waves``, ``scope``, ``universe``. ``facts``: the cheques and what divides them.

    Raises
    ------
    ValueError
        When there is no such investor, or a price is not between 0 and 100.

    Notes
    -----
    Consideration in kind is measured at fair value (ASC 606-10-32-21); the list price of credits is an upper bound.
    """
    listed = _listed(prices)
    if not listed or not all(_price(p) for p in listed):
        message = f"prices must be numbers between 0 and 100 per cent, at least one, not {prices!r}"
        raise ValueError(message)
    deals = _pairs(returnable_money(ds, investor, waves=waves, scope=scope)).filter(pl.col("returnable_high_usd_m") > 0)
    face = (
        instrument_mix(ds, investor, waves=waves, scope=scope)
        .filter(pl.col("instrument").is_in(MADE_BY_INVESTOR), pl.col("part_of").is_null())
        .group_by("startup_id", maintain_order=True)
        .agg(face_usd_m=pl.when(pl.col("amount_usd_m").is_not_null().all()).then(pl.col("amount_usd_m").sum()))
    )
    price = pl.DataFrame({"price_pct": [float(p) for p in listed]}, schema={"price_pct": pl.Float64})
    loss = 1 - pl.col("price_pct") / 100
    frame = (
        deals.join(face, on="startup_id", how="left", validate="1:1", maintain_order="left")
        .join(price, how="cross", maintain_order="left_right")
        .select(
            *("investor_id", "investor", "startup_id", "startup", "price_pct", "committed_usd_m", "face_usd_m"),
            face_low_usd_m="returnable_low_usd_m",
            face_high_usd_m="returnable_high_usd_m",
            received_usd_m=pl.col("committed_usd_m") - pl.col("face_usd_m") * loss,
            received_low_usd_m=pl.col("committed_low_usd_m") - pl.col("returnable_high_usd_m") * loss,
            received_high_usd_m=pl.col("committed_high_usd_m") - pl.col("returnable_low_usd_m") * loss,
            **{name: pl.col(name) for name in ("rounds", "rounds_resting", "source_ids", *SET)},
            facts=_cheques(),
        )
    )
    return traced(ds, frame)


def _price(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value) and 0 <= value <= 100


def _cheques() -> pl.Expr:
    """Of a deal's facts those on its cheques: revenue, promises and events are no part of what was received."""
    kind = pl.element().str.split("|").list.first()
    return pl.col("facts").list.eval(pl.element().filter(kind.is_in(["participation", "round"])))


def draw_down(
    ds: Dataset,
    investor: str = "alibaba",
    quarters: Sequence[int] = (1, 2, 4, 6, 8, 12, 16),
    waves: Sequence[str] | None = None,
    scope: str | None = None,
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
    waves, scope
        See :func:`aitracker.returnable_money`.

    Returns
    -------
    polars.DataFrame
        A row per start-up and length with the columns ``startup_id``, ``startup``, ``quarters``, ``quarter_end``,
        ``segment_revenue_usd_m``, ``returnable_low_usd_m``, ``returnable_high_usd_m``, ``ceiling_low_pct``,
        ``ceiling_high_pct``, ``rounds``, ``rounds_resting``, ``source_ids`` and the set of
        :func:`aitracker.returnable_money`; only pairs whose stated cheques are all divided by sources and that have a ceiling
        above zero. ``facts`` likewise.

    Raises
    ------
    ValueError
        When there is no such investor, or a length is not a whole number above zero.

    Notes
    -----
    Ceiling = amount / (quarters x segment revenue a quarter); our own definition, see the method notes.
    """
    lengths = list(dict.fromkeys(whole_number("quarters", q, MOST) for q in _listed(quarters)))
    if not lengths:
        message = "quarters must hold at least one whole number; it is empty"
        raise ValueError(message)
    frames = [
        _pairs(returnable_money(ds, investor, quarters=q, waves=waves, scope=scope)).filter(
            pl.col("ceiling_high_pct") > 0
        )
        for q in lengths
    ]
    columns = ["investor_id", "investor", "startup_id", "startup", *CARRIED, "quarters", "quarter_end"]
    columns += ["segment_revenue_usd_m", "returnable_low_usd_m", "returnable_high_usd_m", "ceiling_low_pct"]
    columns += ["ceiling_high_pct", "rounds", "rounds_resting", "source_ids", *SET]
    return pl.concat(frames).select(columns).sort("startup_id", "quarters")
