"""Facts on who owns a company that cannot all be true: which they are, who says so, and how far each would have to move."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from aitracker.asked import key as startup_of
from aitracker.facts import traced
from aitracker.ownership.cap_mend import prices_of
from aitracker.ownership.cap_program import company
from aitracker.ownership.conflicts import Elastic, conflict, give
from aitracker.ownership.ledger import ledger_of
from aitracker.ownership.program_matrix import ASSUMED, assumed

if TYPE_CHECKING:
    from aitracker.dataset import Dataset
    from aitracker.ownership.cap_company import Company

__all__ = ["contradictions"]

_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("startup_id", "startup"), pl.String),
    "contradiction": pl.Int64,
    **dict.fromkeys(("what", "kind", "fact", "says"), pl.String),
    **dict.fromkeys(("low_pct", "high_pct", "moves_pp"), pl.Float64),
    "date": pl.Date,
    "doubted": pl.Boolean,
    **dict.fromkeys(("source_id", "origin_id", "publisher"), pl.String),
}
_PLACES: Final = 3
_MANY: Final = 20  # sets of one company that are looked for
_FEW: Final = 4  # assumptions of one kind that are told one by one


def contradictions(ds: Dataset, startup: str | None = None) -> pl.DataFrame:
    """For each start-up whose facts on its shares cannot all be true, the smallest sets of them that contradict each other.

    A set is irreducible: without any one of its facts the others can be true. Assumptions are facts of their own, so that an
    assumption may be at fault ("nobody sold without a word") and no source. From each set the fact that is doubted (the
    weakest assumption, else what has to move least) is left out before the next set is looked for; sets may share facts.

    Parameters
    ----------
    ds : Dataset
        The data and its lens: what it does not know yet contradicts nothing. Its valid date and grouping do not matter.
    startup : str, optional
        Key of one start-up; all of them where none is given.

    Returns
    -------
    polars.DataFrame
        A row a fact of a set, by start-up and set: ``startup_id``, ``startup``, ``contradiction`` (number of the set),
        ``what`` (in plain words), ``kind`` (``sources``: they alone cannot all be true; ``assumption``: dropping one of them
        is enough), ``fact`` (its key), ``says`` (in words), ``low_pct`` and ``high_pct`` (what it allows, 0-100, where it is
        a stake or a dilution), ``moves_pp`` (how far it alone would have to move for the others to be true, in percentage
        points of the company; null: moving it is not enough), ``date``, ``doubted`` (whether it is what
        :func:`aitracker.cap_table` leaves out),
        ``source_id``, ``origin_id``, ``publisher`` (null for an assumption). Empty where nothing contradicts.

    Raises
    ------
    ValueError
        When there is no such start-up; the message names the nearest.

    Notes
    -----
    The smallest sets by a deletion filter (Chinneck, Feasibility and Infeasibility in Optimization, 2008). Real ones are
    work on the data: mend them, or flag them with a decision.
    """
    key = None if startup is None else startup_of(ds, "startup", startup)
    ledger = ledger_of(ds)
    rows, facts = [], []
    for one_key in sorted(ledger.startups if key is None else {key} & set(ledger.startups)):
        found = ds.remember(
            ("contradictions", one_key, ds.lens.known_by, ds.lens.policy), partial(_told, ds, one_key), every_lens=True
        )
        for row, told in found:
            rows.append({"startup": ledger.startups[one_key]["name"]} | row)
            facts.append(told)
    frame = pl.DataFrame(
        rows,
        schema={k: v for k, v in _SCHEMA.items() if k not in {"source_id", "origin_id", "publisher"}},
        orient="row",
    )
    frame = traced(ds, frame, facts)
    sources = ds.lookup("SELECT source_id, coalesce(origin_id, source_id) AS origin_id, publisher FROM data.sources")
    first = frame["seen"].struct.field("source_ids").list.first()
    return frame.with_columns(source_id=first).join(
        sources, on="source_id", how="left", validate="m:1", maintain_order="left"
    )


def _sets(one: Company, elastic: Elastic) -> list[tuple[str, ...]]:
    """Smallest sets of facts that cannot all be true; the one that is doubted and left out for the next stands last."""
    program = one.bare
    found: list[tuple[str, ...]] = []
    gone: set[str] = set()
    price = prices_of(program, one.weak)
    while len(found) < _MANY and (names := conflict(program, gone, elastic)):
        doubted = [name for name in names if name in one.dropped] or list(names)  # what the cap table does without
        others = set(program.facts) - set(names)
        at_fault = min(doubted, key=lambda name: (price[name], give(program, name, others, elastic=elastic)))
        gone.add(at_fault)
        found.append((*(name for name in names if name != at_fault), at_fault))
    return found


def _told(ds: Dataset, startup: str) -> list[tuple[dict[str, Any], list[str]]]:
    return _of(company(ds, startup))


def _of(one: Company) -> list[tuple[dict[str, Any], list[str]]]:
    out: list[tuple[dict[str, Any], list[str]]] = []
    program = one.bare
    if program.feasible():
        return out
    elastic = Elastic(program)
    for number, names in enumerate(_sets(one, elastic), 1):
        doubted = names[-1]
        kind = "assumption" if doubted.startswith(f"{ASSUMED}|") else "sources"
        what = _words(one, names)
        others = set(program.facts) - set(names)
        when = max((told.after for told in program.said if told.fact in names), default=len(program.issues))
        for name in _shown(names):
            told = one.about.get(name)
            moved = give(program, name, others, when, elastic)
            low, high, after = _ends(one, name)
            date = one.events[after - 1].end if after and _is_round(one, name) else _day(told.words if told else "")
            row = {
                "startup_id": one.startup_id, "contradiction": number, "what": what, "kind": kind, "fact": name,
                "says": told.words if told else name, "low_pct": low, "high_pct": high,
                "moves_pp": None if moved == float("inf") else round(100 * moved, _PLACES), "date": date, "doubted": name == doubted,
            }  # fmt: skip
            out.append((row, list(told.facts) if told else []))
        many = [name for name in names if name not in _shown(names)]
        if many:
            row = {
                "startup_id": one.startup_id, "contradiction": number, "what": what, "kind": kind, "doubted": False,
                "fact": assumed("no unnamed sale", "others"), "says": f"{len(many)} holders sold nothing without a word",
            }  # fmt: skip
            out.append((row, []))
    return out


def _shown(names: tuple[str, ...]) -> list[str]:
    """The facts of a set that are told one by one: many assumptions of one kind are told as one."""
    sales = [name for name in names if name.endswith("|no unnamed sale") and name != names[-1]]
    return [name for name in names if name not in sales] if len(sales) > _FEW else list(names)


def _is_round(one: Company, name: str) -> bool:
    return not any(told.fact == name for told in one.bare.said)


def _ends(one: Company, name: str) -> tuple[float | None, float | None, int | None]:
    """What a stake or a dilution may be, and after how many events it was said."""
    said = [told for told in one.bare.said if told.fact == name]
    if said:
        low, high = max(told.low for told in said), min(told.high for told in said)
        return (100 * low, 100 * high, said[0].after) if low <= high else (None, None, said[0].after)
    for k, issue in enumerate(one.bare.issues):
        if issue.fact == name:
            return 100 * issue.low, 100 * issue.high, k + 1
        if name in issue.facts.values():
            return None, None, k + 1
    return None, None, None


def _day(words: str) -> Any:
    import datetime as dt

    found = re.search(r"(\d{4})-(\d{2})-(\d{2})", words)
    return dt.date(*map(int, found.groups())) if found else None


def _words(one: Company, names: tuple[str, ...]) -> str:
    """What is wrong, in plain words."""
    program, doubted = one.bare, names[-1]
    said = [told for told in program.said if told.fact in names and told.low > 0]
    for t in sorted({told.after for told in said}):
        here = [told for told in said if told.after == t]
        holders = [h for told in here for h in told.holders]
        total = sum(told.low for told in here)
        if total > 1 and len(holders) == len(set(holders)):
            return f"{len(here)} stakes of one time add up to {100 * total:.1f} % at least"
    if doubted.startswith(f"{ASSUMED}|"):
        of, what = doubted.split("|")[1:3]
        who = one.names.get(of, of)
        return {
            "no unnamed sale": f"{who} has less than it must have kept: it sold, though no source says so, or a figure is wrong",
            "no unnamed purchase": (
                f"{who} has more than it can have bought where it is named: it bought elsewhere too, or a figure is wrong"
            ),
            "the lead gave most": "a lead investor would have had to give less than another one",
            "no other vehicle": "one vehicle is stated, and the holder has more than that elsewhere, or a figure is wrong",
            "nobody else behind printed names": "who is missing in a list is behind one of its names, or sold, or a figure is wrong",
            "no other affiliate": "affiliates whom nobody names hold some, or a figure is wrong",
            "dilution": "more than the widest dilution by convention was sold",
            "placed near the market price": "a placing was not near the market price",
            "no unseen issue": "shares were issued, or a figure is wrong",
        }.get(what, f"it does not fit that {one.about[doubted].words if doubted in one.about else doubted}")
    holders = list(dict.fromkeys(h for told in said for h in told.holders))
    named = ", ".join(one.names.get(h, h) for h in holders[:4])
    return f"{len(names)} statements on the shares of {named or 'its holders'} cannot all be true"
