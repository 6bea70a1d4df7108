"""A cap table through time: the largest holders and everybody else, event by event."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, get_args

import polars as pl

from aitracker.asked import key as startup_of
from aitracker.asked import one_of
from aitracker.facts import traced
from aitracker.ownership.cap_program import company
from aitracker.ownership.cap_table import (
    EVERYBODY_ELSE,
    Sales,
    aim_of,
    basis_of,
    facts_of,
    groups_of,
    path_of,
    words_of,
)
from aitracker.ownership.ledger import ledger_of, visible
from aitracker.ownership.program import OTHERS

if TYPE_CHECKING:
    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["cap_path"]

_SCHEMA: Final[dict[str, Any]] = {
    **dict.fromkeys(("startup_id", "startup", "investor_id", "holder"), pl.String),
    "date": pl.Date,
    "event": pl.String,
    **dict.fromkeys(("stake_pct", "stake_low_pct", "stake_high_pct"), pl.Float64),
    **dict.fromkeys(("basis", "binds"), pl.String),
}


def cap_path(
    ds: Dataset, startup: str, holders: int = 7, sales: Sales = "reported", *, split: Split = "equal"
) -> pl.DataFrame:
    """The cap table of a start-up after each of its events, for its largest holders and everybody else.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; events after its valid date are not shown, but what is known of them narrows what was before.
    startup : str
        Key of the start-up.
    holders : int
        How many of the largest holders, by the stake at the end, else by what it can be at least, stand for themselves.
    sales, split
        See :func:`aitracker.cap_table`.

    Returns
    -------
    polars.DataFrame
        A row an event and holder, ``everybody else`` last (all other holders, and what of the named ones nobody knows):
        ``startup_id``, ``startup``, ``investor_id``, ``holder``, ``date`` (of undated events the founding, else null),
        ``event``; the stakes, their ``basis`` and ``binds`` as in :func:`aitracker.cap_table`. The points of one event add up
        to 100.

    Raises
    ------
    ValueError
        When there is no such start-up, or an argument is not allowed.
    """
    one_of("sales", sales, get_args(Sales))
    if isinstance(holders, bool) or not isinstance(holders, int) or holders < 1:
        message = f"holders must be a number from 1 on, not {holders!r}"
        raise ValueError(message)
    startup = startup_of(ds, "startup", startup)
    ledger = ledger_of(ds, split)
    about = ledger.startups.get(startup)
    if about is None:  # nobody had told of it by the lens's day
        return traced(ds, pl.DataFrame(schema=_SCHEMA), [])
    one = company(ds, startup, sales=sales == "allowed")
    shown = one.after(ds.lens.as_of)
    gone = about["status"] == "acquired" and visible(about["exit_date"], ds.lens.as_of)
    times = [t for t in range(1, shown + 1) if t == shown or one.events[t].end > one.events[t - 1].end]
    groups = groups_of(ds, one)
    rows, facts = [], []
    if times and not gone:
        last = times[-1]
        ends = one.program.bounds([(members, last) for members in groups.values()], binds=False)
        size = {
            group: (aim_of(path_of(ledger, group, one, startup, ds.lens.as_of)) or bound.low, bound.high)
            for group, bound in zip(groups, ends, strict=True)
        }
        big = sorted(groups, key=lambda g: tuple(-x for x in size[g]))[:holders]
        for t in times:
            day = one.events[t - 1].end
            date = about["founded"] if day == dt.date.min else day
            bounds = one.program.bounds([*((groups[g], t) for g in big), ((OTHERS,), t)])
            paths = {g: path_of(ledger, g, one, startup, None if day == dt.date.min else day) for g in big}
            points = one.program.nearest([(groups[g], aim_of(paths[g])) for g in big], t)
            known = 0.0
            for g, bound, point in zip(big, bounds, points, strict=False):
                basis, stake = basis_of(one, groups[g], t, bound, point, aimed=aim_of(paths[g]) is not None)
                known += stake or 0.0
                rows.append(
                    {
                        "investor_id": None if g.startswith("~") else g,
                        "holder": one.names.get(g, g),
                        "date": date,
                        "event": one.events[t - 1].label,
                        "stake_pct": None if stake is None else 100 * stake,
                        "stake_low_pct": 100 * bound.low,
                        "stake_high_pct": 100 * bound.high,
                        "basis": basis,
                        "binds": words_of(one, bound),
                    }
                )
                facts.append(facts_of(one, bound, paths[g] if basis == "estimated" else ()))
            rest = bounds[-1]
            rows.append(
                {
                    "holder": EVERYBODY_ELSE, "date": date, "event": one.events[t - 1].label, "stake_pct": 100 * max(0.0, 1 - known),
                    "stake_low_pct": 100 * rest.low, "stake_high_pct": 100 * rest.high, "basis": "bounded", "binds": words_of(one, rest),
                }
            )  # fmt: skip
            facts.append(facts_of(one, rest, ()))
    base = {"startup_id": startup, "startup": about["name"]}
    return traced(ds, pl.DataFrame([base | row for row in rows], schema=_SCHEMA, orient="row"), facts)
