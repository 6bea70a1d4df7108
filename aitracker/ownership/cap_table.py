"""Who owns a company: all holders at once, with what each can have at least and at most, adding up to 100."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import polars as pl

from aitracker.asked import key as startup_of
from aitracker.asked import one_of
from aitracker.facts import traced
from aitracker.ownership.cap_program import company
from aitracker.ownership.ledger import Holder, Ledger, ledger_of, visible
from aitracker.ownership.program import OTHERS, Bound
from aitracker.ownership.stakes import walk

if TYPE_CHECKING:
    import datetime as dt

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split
    from aitracker.ownership.cap_company import Company

__all__ = ["EVERYBODY_ELSE", "Sales", "aim_of", "basis_of", "cap_table", "facts_of", "groups_of", "path_of", "words_of"]  # fmt: skip

Sales = Literal["reported", "allowed"]

EVERYBODY_ELSE: Final = "everybody else"

_CLOSE: Final = 2e-4
"""Ends that are nearer than that, as a fraction, are a figure: the rounding of two decimals."""
_WIDE: Final = 0.25
"""Ends that are further apart say nothing of a holder."""
_SHOWN: Final = 3  # facts named for each end

_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("startup_id", "startup", "investor_id", "holder"), pl.String),
    "as_of": pl.Date,
    **dict.fromkeys(("stake_pct", "stake_low_pct", "stake_high_pct"), pl.Float64),
    **dict.fromkeys(("basis", "binds", "measure"), pl.String),
    "relaxed": pl.Boolean,
    **dict.fromkeys(("value_usd_m", "value_low_usd_m", "value_high_usd_m"), pl.Float64),
    "facts": pl.List(pl.String),
}


def cap_table(
    ds: Dataset, startup: str, as_of: dt.date | str | None = None, sales: Sales = "reported", *, split: Split = "equal"
) -> pl.DataFrame:
    """All holders of a start-up at a date, each with the least and the largest stake that all facts together allow.

    A linear program over all holders and events: see :mod:`aitracker.ownership.program`. Facts of before **and** after the
    date count, as far as the lens knows them (``known_by``). Share counts come first, an offering is priced at its offer
    price, every printed figure is an interval of its rounding. Assumed, and named where it binds: who is named in a round
    bought only where it is named, nobody sold without a word, a sole lead gave at least as much as each other, a round of
    unknown size or price sold at most 30 %. An assumption that disclosures tell against is dropped (:func:`contradictions`).

    Parameters
    ----------
    ds : Dataset
        The data and its lens; its ``group`` decides whose vehicles are added up.
    startup : str
        Key of the start-up.
    as_of : date or ISO text, optional
        The date, in place of the lens's own; now where neither is given.
    sales : {"reported", "allowed"}
        Whether old shares changed hands only where something says so, or anywhere.
    split : str
        How a round is divided for the point; see :func:`aitracker.round_split`. The ends do not depend on it.

    Returns
    -------
    polars.DataFrame
        A row a holder, the largest first, ``everybody else`` last: ``startup_id``, ``startup``, ``investor_id`` (null:
        everybody else, or a printed name that is no investor of the data), ``holder``, ``as_of``; ``stake_pct`` (0-100; null:
        nothing tells a point) with ``stake_low_pct`` and ``stake_high_pct``; ``basis``: ``disclosed`` (a figure of that time),
        ``bounded`` (the ends meet, or there is no point), ``estimated`` (today's split, moved into what is possible by the
        least change), ``unknown`` (the ends are more than 25 points apart and there is no point); ``binds`` (what makes the
        ends, in words), ``measure`` (``equity``), ``relaxed`` (whether sources contradict each other: what
        has to move least for the others to be true is then left out); ``value_usd_m`` with its ends (null: no value). The
        points and that of ``everybody else``, which holds those without a point too, add up to 100. Empty where the company
        was bought up.

    Raises
    ------
    ValueError
        When there is no such start-up, or an argument is not allowed; the message names the nearest.

    Notes
    -----
    See "Cap tables" in the method notes of the data sheet. :func:`backtest_cap_tables` shows how well it does.
    """
    one_of("sales", sales, get_args(Sales))
    startup = startup_of(ds, "startup", startup)
    if as_of is not None:
        ds = ds.at(as_of=as_of)
    key = ("cap table rows", startup, sales, split)
    rows, facts = ds.remember(key, lambda: _rows(ds, startup, sales, split))
    return traced(
        ds, pl.DataFrame(rows, schema={k: v for k, v in _SCHEMA.items() if k != "facts"}, orient="row"), facts
    )


def _rows(ds: Dataset, startup: str, sales: Sales, split: Split) -> tuple[list[dict[str, Any]], list[list[str]]]:
    ledger = ledger_of(ds, split)
    date = ds.lens.as_of
    about = ledger.startups.get(startup)  # none where nobody had told of it by the lens's day
    if about is None or (about["status"] == "acquired" and visible(about["exit_date"], date)):
        return [], []
    one = company(ds, startup, sales=sales == "allowed")
    t, program = one.after(date), one.program
    groups = groups_of(ds, one)
    asked = [(members, t) for members in groups.values()]
    bounds = program.bounds([*asked, ((OTHERS,), t)])
    paths = {group: path_of(ledger, group, one, startup, date) for group in groups}
    aims = [(members, aim_of(paths[group]) or _printed(one, members, t)) for group, members in groups.items()]
    points = program.nearest(aims, t)
    worth = ledger.value(startup, date)
    relaxed = one.relaxed
    rows, facts = [], []
    for (group, members), (_, aim), bound, point in zip(groups.items(), aims, bounds, points, strict=False):
        if bound.high <= _CLOSE / 100:
            continue  # held once, or never
        basis, stake = basis_of(one, members, t, bound, point, aimed=aim is not None)
        row, told = _row(one, group, bound, worth, stake)
        path = paths[group] if basis == "estimated" else ()
        rows.append(row | {"basis": basis})
        facts.append([*told, *(f for f in (path[-1].after.facts if path else ()) if f not in told)])
    left = max(0.0, 1 - sum((row["stake_pct"] or 0.0) / 100 for row in rows))
    row, told = _row(one, None, bounds[-1], worth, left)
    order = sorted(
        range(len(rows)),
        key=lambda i: (
            -(rows[i]["stake_pct"] or rows[i]["stake_low_pct"]),
            -rows[i]["stake_high_pct"],
            rows[i]["holder"],
        ),
    )
    rows, facts = [rows[i] for i in order], [facts[i] for i in order]
    rows.append(row | {"basis": "bounded"})
    facts.append(told)
    base = {
        "startup_id": startup,
        "startup": about["name"],
        "as_of": date or ledger.horizon,
        "measure": "equity",
        "relaxed": relaxed,
    }
    return [base | row for row in rows], facts


def groups_of(ds: Dataset, one: Company) -> dict[str, tuple[str, ...]]:
    """The holders of a company as the lens groups them: key of the group, and its members."""
    group = dict(ds.lookup("SELECT investor_id, group_id FROM groups(getvariable('grp'))").rows())
    out: dict[str, tuple[str, ...]] = {}
    for holder in one.program.holders:
        if holder != OTHERS:
            key = group.get(holder, holder)
            out[key] = (*out.get(key, ()), holder)
    return out


def path_of(ledger: Ledger, group: str, one: Company, startup: str, date: dt.date | None) -> Any:
    """Today's estimate of one holder alone, event by event."""
    if group.startswith("~"):
        return ()
    return walk(ledger, Holder(group, one.names.get(group, group), (group,), wide=False), startup, date)


def aim_of(path: Any) -> float | None:
    """What a holder is thought to have, by its own path."""
    return path[-1].after.stake.point if path and path[-1].after.held else None


def _printed(one: Company, members: tuple[str, ...], t: int) -> float | None:
    """What a list of that time prints of a holder whom no round names."""
    said = [
        s
        for s in one.program.said
        if s.after == t and s.fact.startswith("cap-table|") and set(s.holders) == set(members)
    ]
    return said[0].high if said else None


def basis_of(
    one: Company, members: tuple[str, ...], t: int, bound: Bound, point: float, *, aimed: bool
) -> tuple[str, float | None]:
    """On what a stake rests, and the point of it: one of those that can all be true, where it is told or aimed at."""
    said = [told for told in one.program.said if told.after == t and set(told.holders) & set(members) and told.low > 0]
    point = min(max(point, bound.low), bound.high)
    if bound.high - bound.low <= _CLOSE:
        return "disclosed" if said else "bounded", point
    if aimed:
        mine = [told for told in one.program.said if told.after == t and set(told.holders) <= set(members)]
        near = bool(said) and any(told.high < 1 for told in mine)
        return "disclosed" if near else "estimated", point
    return ("unknown" if bound.high - bound.low > _WIDE else "bounded"), None


def _row(
    one: Company, group: str | None, bound: Bound, worth: Any, stake: float | None
) -> tuple[dict[str, Any], list[str]]:
    facts = dict.fromkeys(
        f
        for name in (*bound.low_facts, *bound.high_facts)
        for f in (one.about[name].facts if name in one.about else ())
    )
    row: dict[str, Any] = {
        "investor_id": None if group is None or group.startswith("~") else group,
        "holder": EVERYBODY_ELSE if group is None else one.names.get(group, group),
        "stake_pct": None if stake is None else 100 * stake,
        "stake_low_pct": 100 * bound.low,
        "stake_high_pct": 100 * bound.high,
        "binds": words_of(one, bound),
    }
    if worth is not None:
        row["value_usd_m"] = None if stake is None or worth.usd_m.point is None else stake * worth.usd_m.point
        row["value_low_usd_m"] = bound.low * worth.usd_m.low
        row["value_high_usd_m"] = None if worth.usd_m.high is None else bound.high * worth.usd_m.high
        facts |= dict.fromkeys(worth.facts)
    return row, list(facts)


def facts_of(one: Company, bound: Bound, path: Any) -> list[str]:
    """The facts that the ends rest on, and those of the path that the point follows."""
    names = (*bound.low_facts, *bound.high_facts)
    told = dict.fromkeys(f for name in names for f in (one.about[name].facts if name in one.about else ()))
    return list(told | dict.fromkeys(path[-1].after.facts if path else ()))


def words_of(one: Company, bound: Bound) -> str:
    """What makes the ends of a stake, in words."""
    parts = []
    for end, names in (("at least", bound.low_facts), ("at most", bound.high_facts)):
        told = [one.about[name].words for name in names if name in one.about]
        if told:
            more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
            parts.append(f"{end}: {'; '.join(told[:_SHOWN])}{more}")
    return ". ".join(parts)
