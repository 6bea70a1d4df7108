"""What follows from the choice of one claim: the numbers built on a fact, under this lens and under another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.asked import one_of
from aitracker.facts import traced
from aitracker.flows.splits import round_split
from aitracker.provenance.claims import all_claims, known_fact
from aitracker.provenance.labels import FIGURE
from aitracker.vocabulary import NEW_MONEY, UNICORN_USD_M

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitracker.dataset import Dataset

__all__ = ["downstream", "downstream_words"]

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "what": pl.String, "startup_id": pl.String, "subject_kind": pl.String, "subject_id": pl.String, "field": pl.String,
    "unit": pl.String, "before": pl.Float64, "after": pl.Float64, "moved": pl.Boolean, "facts": pl.List(pl.String),
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
        ``what`` (label), ``startup_id``, ``subject_kind``, ``subject_id``, ``field`` (of the figure that it rests on),
        ``unit`` (USD_m, pct, or yes/no as 1 and 0), ``before`` (under the other lens; null: unknown there), ``after``
        (under this one; null: unknown), ``moved`` (they differ); ``facts`` (of either side, this lens's first) and
        ``seen``. The figure itself comes first; then the parts of the investors in the round (the rest split equally), the
        start-up's closed new money and latest price, and whether any price reached US$1bn.

    Raises
    ------
    ValueError
        When the subject does not exist or no number rests on it, or ``against`` is no dataset.
    """
    one_of("kind", kind, ("round", "participation", "valuation", "stake"))
    known_fact(ds, kind, id)
    if against is not None and not hasattr(against, "lens"):
        message = f"against must be a dataset, such as ds.at(policy='lowest'), not {against!r}"
        raise ValueError(message)
    other = against if against is not None else ds.at(policy="curated", known_by=None)
    before, after = (
        one.remember(("numbers", kind, id), lambda one=one: _numbers(one, kind, id))  # type: ignore[misc]
        for one in (other, ds)
    )
    startup, rests_on = _startup(ds, kind, id), (kind, id, FIGURE[kind])
    rows = []
    for name in dict.fromkeys([*before, *after]):
        what, unit = name
        old, was = before.get(name, (None, []))
        new, now = after.get(name, (None, []))
        moved = (old is None) != (new is None) or (old is not None and new is not None and abs(old - new) > 1e-9)
        rows.append((what, startup, *rests_on, unit, old, new, moved, list(dict.fromkeys([*now, *was]))))
    return traced(ds, pl.DataFrame(rows, schema=SCHEMA, orient="row"))


Numbers = dict[tuple[str, str], tuple[float | None, list[str]]]
"""Numbers by what they are and their unit, each with the facts that it was computed from."""


def _startup(ds: Dataset, kind: str, id: str) -> str:
    table = {"participation": "round"}.get(kind, kind)
    key = id.partition("/")[0] if kind == "participation" else id
    return str(ds.lookup(f"SELECT startup_id FROM data.{table}s WHERE {table}_id = ?", [key], shared=True).item())


def _numbers(ds: Dataset, kind: str, id: str) -> Numbers:
    figure, unit = FIGURE[kind], "pct" if kind == "stake" else "USD_m"
    chosen = all_claims(ds).filter("chosen", subject_kind=kind, subject_id=id, field=figure)
    own = chosen["value" if kind == "stake" else "value_usd_m"].to_list()
    out: Numbers = {("the figure itself", unit): (own[0] if own else None, [f"{kind}|{id}|{figure}"])}
    if kind in {"round", "participation"}:
        out |= _of_round(ds, id.partition("/")[0], _startup(ds, kind, id), alone=kind == "round")
    if kind == "valuation":
        out |= _of_price(ds, _startup(ds, kind, id))
    return out


def _of_round(ds: Dataset, round_id: str, startup: str, *, alone: bool) -> Numbers:
    """What rests on the size of a round, or on a part of it."""
    out: Numbers = {}
    size = ds.lookup("SELECT round_id, amount_usd_m FROM rounds WHERE round_id = ?", [round_id])
    if not alone:
        whole = [f"round|{round_id}|amount"]
        out["size of the round", "USD_m"] = (size["amount_usd_m"].to_list() or [None])[0], whole
    counted = ds.lookup(
        f"""SELECT round_id, amount_usd_m FROM rounds WHERE startup_id = ? AND counts_in_totals AND status = 'closed'
        AND kind IN {NEW_MONEY} AND amount_usd_m IS NOT NULL ORDER BY round_id""",
        [startup],
    )
    money = float(counted["amount_usd_m"].sum()) if counted.height else None
    out["closed new money of the start-up", "USD_m"] = money, [f"round|{r}|amount" for r in counted["round_id"]]
    names = dict(ds.lookup("SELECT investor_id, name FROM data.investors", shared=True).rows())
    parts = round_split(ds, round_id).sort("investor_id", nulls_last=True) if size.height else pl.DataFrame()
    for part in parts.iter_rows(named=True):
        name = names.get(part["investor_id"], "investors nobody named")
        out[f"part of {name}", "USD_m"] = part["amount_usd_m"], list(part["facts"])
    return out


def _of_price(ds: Dataset, startup: str) -> Numbers:
    """What rests on a price: the latest one, and whether any reached the threshold."""
    prices = ds.lookup(
        """SELECT 'valuation|' || valuation_id || '|value' AS fact, value_usd_m FROM valuations
        WHERE startup_id = ? AND status IN ('closed', 'reported') AND basis <> 'target' ORDER BY date, valuation_id""",
        [startup],
    )
    latest = prices.tail(1)
    reached = float(prices["value_usd_m"].max() >= UNICORN_USD_M) if prices.height else None  # type: ignore[operator]
    return {
        ("latest price of the start-up", "USD_m"): (
            latest["value_usd_m"].item() if latest.height else None,
            latest["fact"].to_list(),
        ),
        ("ever priced at US$1bn or more", "yes/no"): (reached, prices["fact"].to_list()),
    }


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
