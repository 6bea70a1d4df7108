"""What follows from the choice of one claim: the numbers built on a fact, under this lens and under another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.flows.splits import round_split
from aitracker.lens import one_of
from aitracker.provenance.claims import claims
from aitracker.provenance.facts import cheques
from aitracker.vocabulary import NEW_MONEY, UNICORN_USD_M

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitracker.dataset import Dataset

__all__ = ["downstream", "downstream_words"]

SCHEMA = {
    "what": pl.String, "startup_id": pl.String, "subject_kind": pl.String, "subject_id": pl.String, "field": pl.String,
    "unit": pl.String, "before": pl.Float64, "after": pl.Float64, "moved": pl.Boolean,
}  # fmt: skip


def downstream(ds: Dataset, kind: str, id: str, against: Dataset | None = None) -> pl.DataFrame:
    """List the numbers that rest on a figure, as they are under this lens and as they are under another.

    Parameters
    ----------
    ds : Dataset
        The data and the lens that is asked about.
    kind, id : str
        The subject: a ``round``, a ``participation`` (``round/investor``), a ``valuation`` or a ``stake``.
    against : Dataset, optional
        The lens to compare with; the same but for the curators' choice of claims and all that is known by now where
        none is given.

    Returns
    -------
    polars.DataFrame
        ``what`` (label), ``startup_id``, ``subject_kind``, ``subject_id``, ``field``, ``unit`` (USD_m, pct, or yes/no as 1
        and 0), ``before`` (under the other lens; null: unknown there), ``after`` (under this one; null: unknown),
        ``moved`` (they differ). The figure itself comes first; then the parts of the investors in the round (the rest
        split equally), the start-up's closed new money and latest price, and whether any price reached US$1bn.

    Raises
    ------
    ValueError
        When the subject does not exist or no number rests on it.
    """
    one_of("kind", kind, ("round", "participation", "valuation", "stake"))
    claims(ds, kind, id)  # meets a wrong key with the nearest
    other = against if against is not None else ds.at(policy="curated", known_by=None)
    before, after = (
        one.remember(("numbers", kind, id), lambda one=one: _numbers(one, kind, id))  # type: ignore[misc]
        for one in (other, ds)
    )
    rows = []
    for key in dict.fromkeys([*before, *after]):
        label, unit, fact = key
        old, new = before.get(key), after.get(key)
        moved = (old is None) != (new is None) or (old is not None and new is not None and abs(old - new) > 1e-9)
        rows.append((label, _startup(ds, kind, id), *fact, unit, old, new, moved))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


Key = tuple[str, str, tuple[str, str, str]]


def _startup(ds: Dataset, kind: str, id: str) -> str:
    table = {"participation": "round"}.get(kind, kind)
    key = id.partition("/")[0] if kind == "participation" else id
    return str(ds.lookup(f"SELECT startup_id FROM data.{table}s WHERE {table}_id = ?", [key]).item())


def _numbers(ds: Dataset, kind: str, id: str) -> dict[Key, float | None]:
    startup = _startup(ds, kind, id)
    field = {"valuation": "value", "stake": "pct"}.get(kind, "amount")
    unit = "pct" if kind == "stake" else "USD_m"
    chosen = claims(ds, kind, id, field).filter("chosen")
    own = chosen["value" if kind == "stake" else "value_usd_m"].to_list()
    out: dict[Key, float | None] = {("the figure itself", unit, (kind, id, field)): own[0] if own else None}
    if kind in {"round", "participation"}:
        round_id = id.partition("/")[0]
        whole = ("round", round_id, "amount")
        rounds = ds.table("rounds")
        size = rounds.filter(pl.col("round_id") == round_id)["amount_usd_m"].to_list()
        if kind == "participation":
            out["size of the round", "USD_m", whole] = size[0] if size else None
        counted = rounds.filter(
            pl.col("startup_id") == startup,
            pl.col("counts_in_totals"),
            pl.col("status") == "closed",
            pl.col("kind").is_in(NEW_MONEY),
            pl.col("amount_usd_m").is_not_null(),
        )
        amounts = counted["amount_usd_m"].to_list()
        out["closed new money of the start-up", "USD_m", whole] = sum(amounts) if amounts else None
        names = dict(ds.lookup("SELECT investor_id, name FROM data.investors").rows())
        parts = round_split(ds, round_id).sort("investor_id", nulls_last=True).rows(named=True) if size else []
        for part in parts:
            investor = part["investor_id"]
            # The claim behind an investor's part: its own amount or, where nobody states it, that it took part.
            fact = next(iter(cheques(ds, investor, round_id=round_id)), whole) if investor else whole
            out[f"part of {names.get(investor, 'investors nobody named')}", "USD_m", fact] = part["amount_usd_m"]
    if kind == "valuation":
        prices = ds.table("valuations").filter(
            pl.col("startup_id") == startup, pl.col("status").is_in(["closed", "reported"]), pl.col("basis") != "target"
        )
        latest = prices.sort("date", "valuation_id")["value_usd_m"].to_list()
        out["latest price of the start-up", "USD_m", (kind, id, field)] = latest[-1] if latest else None
        reached = float(max(latest) >= UNICORN_USD_M) if latest else None
        out["ever priced at US$1bn or more", "yes/no", (kind, id, field)] = reached
    return out


def downstream_words(frame: pl.DataFrame, money: Callable[[float | None], str]) -> str:
    """Say in a sentence what moves; ``money`` writes millions of US dollars.

    Parameters
    ----------
    frame : polars.DataFrame
        As :func:`downstream` gives it.
    money : callable
        Such as ``aitracker.charts.theme.money``.
    """
    moved = frame.filter("moved")
    if moved.is_empty():
        return "Nothing built on it differs from the curators' choice"

    def said(value: float | None, unit: str) -> str:
        if value is None:
            return "unknown"
        return money(value) if unit == "USD_m" else f"{value:.3g} %" if unit == "pct" else "yes" if value else "no"

    told = [
        f"{row['what']} {said(row['after'], row['unit'])} instead of {said(row['before'], row['unit'])}"
        for row in moved.head(3).iter_rows(named=True)
    ]
    rest = f", and {moved.height - 3} more" if moved.height > 3 else ""
    return f"Against the curators' choice: {'; '.join(told)}{rest}"
