"""How well cap tables are estimated: what was disclosed later, what was disclosed first, and whole tables from rounds alone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

import polars as pl

from aitracker.asked import one_of
from aitracker.facts import traced
from aitracker.ownership.cap_program import build
from aitracker.ownership.cap_read import Listing, Said, Sources, sources_of
from aitracker.ownership.cap_table import Sales
from aitracker.ownership.ledger import Holder, Ledger, ledger_of
from aitracker.ownership.program import OTHERS
from aitracker.ownership.stakes import walk

if TYPE_CHECKING:
    import datetime as dt

    from aitracker.dataset import Dataset
    from aitracker.ownership.cap_company import Company

__all__ = ["Test", "backtest_cap_tables", "cap_backtest_summary"]

Test = Literal["later", "first", "blind"]

_ANY: Final = (0.0, 1.0)

_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("test", "startup_id", "startup", "investor_id", "investor"), pl.String),
    "date": pl.Date,
    **dict.fromkeys(
        ("disclosed_pct", "estimated_pct", "estimated_low_pct", "estimated_high_pct", "error_pp"), pl.Float64
    ),
    **dict.fromkeys(("covered", "named", "stated", "whole_list", "filing", "relaxed"), pl.Boolean),
    "source_id": pl.String,
}


class _Item(NamedTuple):
    """A stake that was disclosed, and what it is measured against."""

    startup: str
    investor: str
    day: dt.date
    low: float
    pct: float
    high: float
    rows: tuple[Said, ...]


def backtest_cap_tables(
    ds: Dataset, test: Test = "later", *, sales: Sales = "reported", purchases: str = "named", lists: str = "out"
) -> pl.DataFrame:
    """Leave disclosures out, and see whether the cap table still holds them.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    test : {"later", "first", "blind"}
        ``later``: stakes of holders who were disclosed before; left out is what was said of the holder that day and after.
        ``first``: first disclosures; left out is all that was ever said of the holder. ``blind``: companies with a whole list
        of before their offering; left out is everything disclosed on them, so the list is estimated from rounds alone.
    sales : {"reported", "allowed"}
        See :func:`aitracker.cap_table`.
    purchases : {"named", "allowed"}
        Whether a holder of whom a purchase is known may also have bought in rounds in which it is not named.
    lists : {"out", "kept"}
        Whether a shareholder list that holds the stake is left out with it. The lines of a whole list add up to 100: with the
        others kept, the one left out is told by them, and the test is none.

    Returns
    -------
    polars.DataFrame
        A row a holder and day, by start-up, day, holder: ``test``, ``startup_id``, ``startup``, ``investor_id``,
        ``investor``, ``date``; ``disclosed_pct`` (0-100), ``estimated_pct`` (null: nothing tells a point),
        ``estimated_low_pct`` and ``estimated_high_pct``, ``error_pp`` (estimated less disclosed), ``covered`` (whether the
        interval and that of the disclosed figure meet), ``named`` (by a round or another disclosure until then), ``stated``
        (a source says how much it gave in a round), ``whole_list`` (the stake stands in a whole
        list), ``filing``, ``relaxed`` (whether what is left contradicts itself), ``source_id``.

    Notes
    -----
    :func:`cap_backtest_summary` adds it up. A holder whom no round names has no interval of its own: its is that of everybody
    else.
    """
    one_of("test", test, get_args(Test))
    one_of("sales", sales, get_args(Sales))
    one_of("purchases", purchases, ("named", "allowed"))
    one_of("lists", lists, ("out", "kept"))
    apart = ds.at(as_of=None, group="none")
    ledger, sources = ledger_of(apart), sources_of(apart)
    options = {"sales": sales == "allowed", "strict": purchases == "named"}
    rows, facts = [], []
    for startup in sorted(sources.said):
        for drop, items in _asked(sources, startup, test, lists).items():
            one = build(ledger, sources, startup, drop=drop, **options)
            for row, told in _answers(ledger, sources, one, items, drop):
                rows.append({"test": test, "startup_id": startup, "startup": ledger.startups[startup]["name"], **row})
                facts.append(told)
    frame = traced(ds, pl.DataFrame(rows, schema=_SCHEMA, orient="row"), facts)
    return frame.sort("startup", "date", "investor")


def _items(sources: Sources, startup: str) -> list[_Item]:
    """What was disclosed: one figure a holder and day, of all its vehicles where a source says so."""
    by = defaultdict(list)
    for d in sources.said[startup]:
        if d.measure == "equity" and d.scope != "with-affiliates" and d.investor in sources.names and d.pct > 0:
            by[d.investor, d.end].append(d)
    out = []
    for (investor, day), rows in by.items():
        used = [d for d in rows if d.scope == "group"][:1] or [d for d in rows if d.scope == "unstated"][:1] or rows
        out.append(
            _Item(
                startup,
                investor,
                day,
                sum(d.low for d in used),
                sum(d.pct for d in used),
                sum(d.high for d in used),
                tuple(rows),
            )
        )
    return out


def _lines_of(listing: Listing) -> list[str]:
    lines = [f"cap-table|{listing.table_id}/{'+'.join(map(str, line.lines))}|pct" for line in listing.lines]
    return [*lines, f"cap-table|{listing.table_id}|pct"]


def _asked(sources: Sources, startup: str, test: Test, lists: str) -> dict[frozenset[str], list[_Item]]:
    """The stakes that are tested, by what is left out for them."""
    items, listings = _items(sources, startup), sources.listings.get(startup, [])
    out = defaultdict(list)
    first = {i: min(item.day for item in items if item.investor == i) for i in {item.investor for item in items}}
    if test == "blind":
        whole = [one for one in listings if one.after_offer is False and sum(line.pct for line in one.lines) > 0.99]
        stakes = {s for one in whole for line in one.lines for s in line.stakes}
        for item in items:
            if any(d.stake_id in stakes for d in item.rows):
                out[frozenset({"*"})].append(item)
        return dict(out)
    for item in items:
        if (item.day > first[item.investor]) != (test == "later"):
            continue
        since = item.day if test == "later" else None
        gone = {
            d.fact for d in sources.said[startup] if d.investor == item.investor and (since is None or d.end >= since)
        }
        stakes = {d.stake_id for d in sources.said[startup] if d.fact in gone}
        for listing in listings:
            mine = [line for line in listing.lines if line.holder == item.investor]
            if not (mine and any(set(line.stakes) & stakes or since is None or listing.day >= since for line in mine)):
                continue
            if lists == "out":
                # All of it: its other lines are disclosures of that day too, and those of its stakes that stand alone.
                gone.update(_lines_of(listing))
                gone.update(f"stake|{s}|pct" for line in listing.lines for s in line.stakes)
            else:
                gone.update(f"cap-table|{listing.table_id}/{'+'.join(map(str, line.lines))}|pct" for line in mine)
        out[frozenset(gone)].append(item)
    return dict(out)


def _answers(
    ledger: Ledger, sources: Sources, one: Company, items: list[_Item], drop: frozenset[str]
) -> list[tuple[dict[str, Any], list[str]]]:
    program, known, out = one.program, set(one.program.holders), []
    listed = {s for listing in sources.listings.get(one.startup_id, ()) for line in listing.lines for s in line.stakes}
    relaxed = one.relaxed
    for item in items:
        whole = any(d.scope != "vehicle" for d in item.rows)
        group = tuple(h for h in (sources.below.get(item.investor, ()) if whole else (item.investor,)) if h in known)
        t = sum(event.end <= item.day for event in one.events)
        # Whoever no round had named by then is one of everybody else.
        named = any(h in issue.parts for issue in program.issues[:t] for h in group) or any(
            h in told.holders for told in program.said if told.after <= t for h in group
        )
        ends = program.bounds([(group if named else (*group, OTHERS), t)])[0]
        low = ends.low if named else 0.0
        said = {d.stake_id for d in sources.said[one.startup_id] if d.fact in drop or "*" in drop}
        path = walk(
            ledger,
            Holder(item.investor, item.investor, (item.investor,), wide=False),
            one.startup_id,
            item.day,
            frozenset(said),
        )
        point = path[-1].after.stake.point if path and path[-1].after.held else None
        if group and point is not None:
            point = program.nearest([(group, point)], t)[0]
            point = min(max(point, low), ends.high)
        first = item.rows[0]
        row = {
            "investor_id": item.investor, "investor": sources.names[item.investor], "date": item.day, "disclosed_pct": 100 * item.pct,
            "estimated_pct": None if point is None or not named else 100 * point, "estimated_low_pct": 100 * low,
            "estimated_high_pct": 100 * ends.high, "error_pp": None if point is None or not named else 100 * (point - item.pct),
            "covered": low - 1e-6 <= item.high and item.low <= ends.high + 1e-6,
            "named": named,
            "stated": any(part.get(h, _ANY) != _ANY for one in program.issues[:t] for part in (one.parts, one.of_new) for h in group),
            "whole_list": any(d.stake_id in listed for d in item.rows),
            "filing": first.basis == "filing", "relaxed": relaxed, "source_id": first.source_id,
        }  # fmt: skip
        facts = dict.fromkeys(d.fact for d in item.rows)
        facts |= dict.fromkeys(
            f
            for name in (*ends.low_facts, *ends.high_facts)
            for f in (one.about[name].facts if name in one.about else ())
        )
        out.append((row, list(facts)))
    return out


def cap_backtest_summary(frame: pl.DataFrame) -> pl.DataFrame:
    """Add back-tests of cap tables up.

    Parameters
    ----------
    frame : polars.DataFrame
        What :func:`backtest_cap_tables` gives, several of them one below the other, or some of their rows.

    Returns
    -------
    polars.DataFrame
        A row a test, whether anything names the holder, and whether its part in a round is stated: ``test``, ``named``,
        ``stated``, ``stakes`` (how many), ``covered_pct`` (of them), ``mean_width_pp``, ``estimated`` (with a point),
        ``mean_abs_error_pp`` (over those).
    """
    return (
        frame.group_by("test", "named", "stated", maintain_order=True)
        .agg(
            stakes=pl.len().cast(pl.Int64),
            covered_pct=100 * pl.col("covered").mean(),
            mean_width_pp=(pl.col("estimated_high_pct") - pl.col("estimated_low_pct")).mean(),
            estimated=pl.col("estimated_pct").count().cast(pl.Int64),
            mean_abs_error_pp=pl.col("error_pp").abs().mean(),
        )
        .sort("test", "named", "stated", descending=True)
    )
