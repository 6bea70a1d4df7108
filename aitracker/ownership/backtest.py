"""How well stakes are estimated: each disclosed one left out and estimated from the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.facts import CARRIED, SEEN, traced
from aitracker.ownership.ledger import Holder, Ledger, ledger_of
from aitracker.ownership.stakes import walk

if TYPE_CHECKING:
    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["backtest_stakes", "backtest_summary"]

_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("stake_id", "investor_id", "investor", "startup_id", "startup"), pl.String),
    "date": pl.Date,
    **dict.fromkeys(
        ("disclosed_pct", "estimated_pct", "estimated_low_pct", "estimated_high_pct", "error_pp"), pl.Float64
    ),
    "covered": pl.Boolean,
    "filing": pl.Boolean,
    "source_id": pl.String,
    "facts": pl.List(pl.String),
}


def backtest_stakes(ds: Dataset, *, split: Split = "equal") -> pl.DataFrame:
    """Leave each disclosed stake out, estimate it from the rest, and say how far off that is.

    The estimate is the path of :func:`aitracker.stake_path` at that day: rounds, and disclosures of earlier days. Sales
    that nobody disclosed are what it cannot see. :func:`backtest_summary` adds the frame up; call it for the figures, they
    change with data and lens.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    split : str
        See :func:`aitracker.round_split`.

    Returns
    -------
    polars.DataFrame
        A row a disclosed stake of all equity (vehicles of one group on one day are one), by start-up, date, investor:
        ``stake_id``, ``investor_id``, ``investor``, ``startup_id``, ``startup``, ``date`` (the last day of a fuzzy one),
        ``disclosed_pct`` (0-100), ``estimated_pct`` (null: nothing tells a point) with ``estimated_low_pct`` and
        ``estimated_high_pct`` (null: no round and no earlier disclosure names the investor), ``error_pp`` (estimated less
        disclosed, percentage points), ``covered`` (whether the interval holds the printed figure), ``filing`` (a
        prospectus, an exchange or an annual report says so), ``source_id``.

    Notes
    -----
    The definition is our own; see "Holdings" in the method notes of the data sheet.
    """
    ledger = ledger_of(ds, split)
    names = dict(ds.lookup("SELECT investor_id, name FROM data.investors", shared=True).iter_rows())
    rows = []
    for member, startup in ledger.disclosures:
        rows += _one(ledger, Holder(member, names[member], (member,), wide=False), startup, ds)
    return traced(ds, pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort("startup", "date", "investor", "stake_id"))


def _one(ledger: Ledger, holder: Holder, startup: str, ds: Dataset) -> list[dict[str, object]]:
    said = {d.stake_id: d for d in ledger.disclosures[holder.id, startup]}
    rows = []
    for event in walk(ledger, holder, startup, ds.lens.as_of):
        if event.kind != "disclosed" or event.disclosed is None or event.end is None:
            continue
        # What was said that day goes; what had happened and been said before is the rest.
        today = {d.stake_id for d in said.values() if d.end == event.end}
        path = walk(ledger, holder, startup, event.end, today)
        stake = path[-1].after.stake if path and path[-1].after.held else None
        point = None if stake is None or stake.point is None else 100 * stake.point
        low, high = (None, None) if stake is None else (100 * stake.low, 100 * (stake.high or 0.0))
        rows.append(
            {
                "stake_id": event.id,
                "investor_id": holder.id,
                "investor": holder.name,
                "startup_id": startup,
                "startup": ledger.startups[startup]["name"],
                "date": event.end,
                "disclosed_pct": event.disclosed,
                "estimated_pct": point,
                "estimated_low_pct": low,
                "estimated_high_pct": high,
                "error_pp": None if point is None else point - event.disclosed,
                "covered": None if low is None or high is None else low <= event.disclosed <= high,
                "filing": said[event.id].basis == "filing",
                "source_id": event.source_id,
                "facts": list(dict.fromkeys((*event.after.facts, *(path[-1].after.facts if stake else ())))),
            }
        )
    return rows


def backtest_summary(frame: pl.DataFrame) -> pl.DataFrame:
    """Add a back-test up.

    Parameters
    ----------
    frame : polars.DataFrame
        What :func:`backtest_stakes` gives, or some of its rows, such as those from filings.

    Returns
    -------
    polars.DataFrame
        One row: ``stakes`` (disclosures), ``estimated`` (with a point), ``bounded`` (with an interval),
        ``mean_abs_error_pp`` (over those with a point), ``covered`` (intervals that hold the disclosure), ``coverage_pct`` (of
        those with an interval) and ``mean_width_pp`` (of the intervals: wide ones cover easily). Null where there is none. It
        carries the facts of all rows where these carry theirs.

    Raises
    ------
    ValueError
        When the frame is not one of :func:`backtest_stakes`.
    """
    missing = sorted(
        {"estimated_pct", "covered", "error_pp"} - set(frame.columns if isinstance(frame, pl.DataFrame) else [])
    )
    if missing:
        message = f"backtest_summary adds up what backtest_stakes gives; missing: {', '.join(missing)}"
        raise ValueError(message)
    told = frame.select(
        stakes=pl.len().cast(pl.Int64),
        estimated=pl.col("estimated_pct").count().cast(pl.Int64),
        bounded=pl.col("covered").count().cast(pl.Int64),
        mean_abs_error_pp=pl.col("error_pp").abs().mean(),
        covered=pl.col("covered").sum().cast(pl.Int64),
        coverage_pct=100 * pl.col("covered").mean(),
        mean_width_pp=(pl.col("estimated_high_pct") - pl.col("estimated_low_pct")).mean(),
    )
    if not set(CARRIED) <= set(frame.columns):
        return told
    facts = [list(dict.fromkeys(one for told in frame["facts"] for one in told))]
    seen = [_merged(frame["seen"].to_list())]
    told = told.with_columns(pl.Series("facts", facts, dtype=pl.List(pl.String)), pl.Series("seen", seen, dtype=SEEN))
    own = [name for name in told.columns if name not in CARRIED]
    return told.select(*own[:4], *CARRIED, *own[4:])


def _merged(seen: list[dict[str, Any]]) -> dict[str, Any] | None:
    """How all rows were seen: through one lens, from the sources of each."""
    if not seen:
        return None
    every = {
        name: list(dict.fromkeys(one for row in seen for one in row[name])) for name in ("source_ids", "publishers")
    }
    return {"lens": seen[0]["lens"], "version": seen[0]["version"], **every}
