"""How much of what an investor gave can come back to it as revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.flows.funding import WAVES, chosen
from aitracker.flows.instruments import group_of, instrument_mix

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
    own = instrument_mix(ds, investor)
    only = chosen("waves", waves, WAVES)
    if only is not None:
        own = own.filter(pl.col("wave").is_in(only))
    name = ds.lookup("SELECT name FROM data.investors WHERE investor_id = ?", [group_of(ds, investor)]).item()
    frames = [_row(ds, own, "all", group_of(ds, investor), name, quarters)] if own.height else []
    for startup in own.unique("startup_id", keep="first", maintain_order=True)["startup_id"]:
        rows = own.filter(pl.col("startup_id") == startup)
        frames.append(_row(ds, rows, "pair", group_of(ds, investor), name, quarters))
    for other, startup in COMPARATORS:
        known = ds.lookup("SELECT investor_id FROM data.investors WHERE investor_id = ?", [other])
        rows = instrument_mix(ds, other).filter(pl.col("startup_id") == startup) if known.height else own.clear()
        if rows.height and other != investor:
            frames.append(_row(ds, rows, "comparator", other, rows["investor"][0], quarters))
    if not frames:
        return _row(ds, own, "all", group_of(ds, investor), name, quarters).clear()
    place = pl.col("kind").replace_strict({"pair": 0, "all": 1, "comparator": 2}, return_dtype=pl.Int64)
    return pl.concat(frames).sort(
        place, "committed_usd_m", "label", descending=[False, True, False], nulls_last=True, maintain_order=True
    )


def _row(ds: Dataset, mix: pl.DataFrame, kind: str, investor: str, name: str, quarters: int) -> pl.DataFrame:
    """One row of the answer, from the rows of the mix that it is about."""
    startup, startup_id = (mix["startup"][0], mix["startup_id"][0]) if kind != "all" else (None, None)
    beside = mix.filter(pl.col("part_of").is_null())
    stated = beside.filter(pl.col("cheque_usd_m").is_not_null())
    cheques = stated.unique("round_id", keep="first", maintain_order=True)
    given, money = pl.col("instrument").is_in(IN_KIND), pl.col("instrument").is_in(MONEY)
    low, high = pl.col("amount_low_usd_m"), pl.col("amount_high_usd_m")

    def total(expr: pl.Expr, frame: pl.DataFrame = stated) -> float:
        return float(frame.select(expr.sum()).item() or 0.0)

    kind_low, kind_high = total(low.filter(given)), total(high.filter(~money))
    money_low, money_high = total(low.filter(money)), total(high.filter(~given))
    held = mix.filter(pl.col("part_of").is_not_null() & pl.col("cheque_usd_m").is_not_null())
    # Cash that may lie in escrow moves from the money to what can come back; where it is undivided it is there already.
    cash_held = held.filter(pl.col("part_of") == "cash").select("round_id").unique()
    moved = stated.filter(pl.col("instrument") == "cash").join(cash_held, on="round_id", how="semi")
    rest_low = money_low - total(low, moved)
    any_sum = cheques.height > 0
    unsaid = stated.filter(~given & ~money)["round_id"].n_unique()
    split = "no sum" if not any_sum else "known" if not unsaid else "unknown" if unsaid == cheques.height else "partly"
    revenue = _segment(ds, investor, stated, quarters)
    base = quarters * revenue["segment_revenue_usd_m"] if revenue["segment_revenue_usd_m"] else None
    sources = mix["source_ids"].drop_nulls().str.split(";").explode().unique(maintain_order=True)
    origins = ds.lookup("SELECT source_id, origin FROM dated_sources").filter(
        pl.col("source_id").is_in(sources.to_list())
    )
    row = {
        "kind": kind,
        "investor_id": investor,
        "investor": name,
        "startup_id": startup_id,
        "startup": startup,
        "label": f"{name} - {startup or 'all start-ups'}",
        "rounds": mix["round_id"].n_unique(),
        "rounds_unknown": mix["round_id"].n_unique() - cheques.height,
        "first": mix["announced"].min(),
        **{
            f"committed{e}_usd_m": total(pl.col(f"cheque{e}_usd_m"), cheques) if any_sum else None
            for e in ("", "_low", "_high")
        },
        "returnable_low_usd_m": kind_low if any_sum else None,
        "returnable_high_usd_m": kind_high if any_sum else None,
        "share_low_pct": _pct(kind_low, kind_low + money_high),
        "share_high_pct": _pct(kind_high, kind_high + money_low),
        "share_high_escrow_pct": _pct(kind_high, kind_high + rest_low) if held.height else None,
        "split": split,
        "quarters": quarters,
        **revenue,
        "ceiling_low_pct": _pct(kind_low, base) if any_sum else None,
        "ceiling_high_pct": _pct(kind_high, base) if any_sum else None,
        "purchase_usd_m": _purchase(ds, investor, startup_id),
        "events": _events(ds, investor, startup_id),
        "claims": int(mix.unique(["round_id", "basis"])["claims"].sum()),
        "origins": origins["origin"].n_unique(),
        "source_ids": ";".join(sources) or None,
    }
    return pl.DataFrame([row], schema=SCHEMA)


def _pct(part: float, whole: float | None) -> float | None:
    return 100 * part / whole if whole else None


def _segment(ds: Dataset, investor: str, stated: pl.DataFrame, quarters: int) -> dict[str, Any]:
    """The smallest quarterly revenue of the investor's cloud segment within the draw-down, in US dollars."""
    none: dict[str, Any] = {"quarter_end": None, "segment_revenue_usd_m": None, "segment_basis": None}
    # The draw-down begins with what was given in kind; where nobody has said what that is, with the first cheque.
    spent = stated.filter(pl.col("instrument").is_in(IN_KIND))
    first = (spent if spent.height else stated)["announced"].min()
    if first is None:
        return none
    span = ds.lookup(
        """SELECT date_trunc('quarter', $1::DATE)::DATE AS start,
            last_day((date_trunc('quarter', $1::DATE) + to_months(CAST(3 * $2 - 1 AS INTEGER)))::DATE) AS last""",
        [first, quarters],
    ).row(0)
    open_to = stated.filter(~pl.col("instrument").is_in(MONEY) & (pl.col("amount_high_usd_m") > 0))["announced"]
    if not open_to.is_between(*span).all():
        # A cheque of other years was spent on other quarters: these would not be its ceiling.
        return none
    rows = ds.lookup(
        """SELECT s.period_end AS quarter_end, s.value * coalesce(f.usd_per_unit, 1) AS segment_revenue_usd_m, s.basis AS segment_basis
        FROM (SELECT *, currency_of(unit) AS currency FROM series WHERE entity_id = $1 AND metric = 'cloud_revenue') s
        ASOF LEFT JOIN rates f ON s.currency = f.currency AND s.period_end >= f.date
        WHERE (s.currency = 'USD' OR f.usd_per_unit IS NOT NULL)
          AND s.period_end BETWEEN $2::DATE AND $3::DATE
        ORDER BY segment_revenue_usd_m, quarter_end""",
        [investor, *span],
    )
    return rows.row(0, named=True) if rows.height else none


def _purchase(ds: Dataset, investor: str, startup: str | None) -> float | None:
    rows = ds.lookup(
        "SELECT value FROM totals WHERE entity_id = ? AND metric = ? AND unit = 'USD_m' ORDER BY as_of DESC NULLS LAST, total_id",
        [startup, CLOUDS.get(investor, "")],
    )
    return rows["value"][0] if rows.height else None


def _events(ds: Dataset, investor: str, startup: str | None) -> str | None:
    rows = ds.lookup(
        """SELECT event_id FROM events WHERE list_contains(string_split(actors, ';'), $1) AND list_contains(string_split(actors, ';'), $2)
        ORDER BY date, event_id""",
        [investor, startup],
    )
    return ";".join(rows["event_id"]) or None


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
