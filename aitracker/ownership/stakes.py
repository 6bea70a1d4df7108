"""How a stake moves: bought in one round, diluted by the next, set right by each disclosure."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.asked import key
from aitracker.facts import traced
from aitracker.ownership.dilution import added, after_round, bought_of, capped, dilution_of, priced
from aitracker.ownership.ledger import (
    ZERO,
    Disclosure,
    Holder,
    Ledger,
    Part,
    Round,
    Span,
    holder_of,
    ledger_of,
    visible,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["State", "counted", "stake_path", "walk"]


@dataclasses.dataclass
class State:
    """A holder's stake (a fraction) after the events so far."""

    stake: Span = ZERO
    basis: str = "unknown"
    anchored: bool = False
    paid: tuple[tuple[str, Part], ...] = ()
    day: dt.date | None = None
    source_id: str | None = None
    held: bool = False
    facts: tuple[str, ...] = ()  # behind the stake


@dataclasses.dataclass(frozen=True)
class Event:
    """One step of a path: what happened, and the holder's state after it."""

    kind: str
    id: str
    label: str
    end: dt.date | None
    source_id: str
    after: State
    bought: Span | None = None
    dilution: Span | None = None
    disclosed: float | None = None
    before: State | None = None


def counted(rounds: list[Round], as_of: dt.date | None) -> Iterator[tuple[Round, list[Round]]]:
    """Rounds that count at the date, each with those of its tranches that do not.

    As for totals, a tranche stands in for its round until that is known; here also where the round is not closed.
    """
    seen = {r.round_id: r for r in rounds if visible(r.end, as_of)}

    def counts(r: Round) -> bool:
        return r.counts or (r.part_counts and r.parent_id not in seen)

    for one in seen.values():
        if counts(one):
            yield one, [t for t in seen.values() if t.parent_id == one.round_id and not counts(t)]
        elif one.umbrella:
            yield one, []


def _part_of(member: str, one: Round, tranches: list[Round], ledger: Ledger) -> Part | None:
    part = ledger.parts.get((member, one.round_id))
    for tranche in tranches:
        inner = ledger.parts.get((member, tranche.round_id))
        if part is None and inner is not None:
            # Named in a tranche alone: at least what is stated of that, at most the whole round.
            usd_m = Span(inner.usd_m.low, inner.usd_m.point if inner.stated else None, one.amount.high)
            part = inner._replace(usd_m=usd_m)
    return part


def walk(
    ledger: Ledger, holder: Holder, startup: str, as_of: dt.date | None = None, without: Collection[str] = ()
) -> list[Event]:
    """Follow a holder's stake in one start-up; ``without`` names disclosures to leave out, for the back-test."""
    key = (holder, startup, as_of, frozenset(without))
    path: list[Event] | None = ledger.paths.get(key)
    if path is None:
        path = ledger.paths[key] = _walk(ledger, *key)
    return path


def _walk(ledger: Ledger, holder: Holder, startup: str, as_of: dt.date | None, without: Collection[str]) -> list[Event]:
    steps: list[tuple[dt.date, int, Any]] = [
        (one.end or dt.date.min, 0, (one, tranches)) for one, tranches in counted(ledger.rounds.get(startup, []), as_of)
    ]
    for member in holder.members:
        said = [d for d in ledger.disclosures.get((member, startup), []) if visible(d.end, as_of)]
        for day in sorted({d.end for d in said}):
            rows = [d for d in said if d.end == day and d.stake_id not in without]
            if rows:
                steps.append((day, 1, (member, rows)))
    about = ledger.startups.get(startup)  # none where nobody had told of the start-up by the lens's day
    exit_: Any = about["exit_date"] if about else None
    if about and about["status"] == "acquired" and visible(exit_, as_of):
        steps.append((exit_ or dt.date.max, 2, None))
    steps.sort(key=lambda step: step[:2])
    states = {member: State() for member in holder.members}
    events: list[Event] = []
    ceiling = 0.0  # what the members hold together: they cannot all have had the whole of one round
    for day, order, what in steps:
        before = events[-1].after if events else State()
        if order == 0:
            one, tranches = what
            event = _round(ledger, states, one, tranches, as_of)
        elif order == 1:
            member, rows = what
            event = _disclose(states, member, rows, wide=holder.wide)
        else:
            states = {member: State(facts=state.facts) for member, state in states.items()}
            event = Event("exit", startup, f"Bought up {day}", day, "", _total(states)) if before.held else None
        if event is None or not (events or event.after.held):
            continue
        after = event.after
        if order == 0:
            ceiling = after_round(Span(0.0, None, ceiling), event.dilution or ZERO, event.bought).high or 0.0
        elif after.stake.low > ceiling or len(states) == 1:
            ceiling = after.stake.high or 0.0
        after = dataclasses.replace(after, stake=capped(after.stake, ceiling))
        events.append(dataclasses.replace(event, before=before, after=after))
    return events


def _round(
    ledger: Ledger, states: dict[str, State], one: Round, tranches: list[Round], as_of: dt.date | None
) -> Event | None:
    post, price_facts = priced(one, ledger, as_of)
    dilution = dilution_of(one, post)
    size_facts = (one.fact, *price_facts)
    whole: Span | None = None
    for member, state in states.items():
        part = _part_of(member, one, tranches, ledger)
        bought = None if part is None else bought_of(part, one, post, dilution)
        if bought is not None:
            whole = bought if whole is None else capped(added(whole, bought), dilution.high or 1.0)
        elif not state.held:
            continue
        after = after_round(state.stake, dilution, bought)
        if part is not None or one.dilutes:
            state.facts = (*state.facts, *(part.facts if part else ()), *size_facts)
        if part is not None:
            basis = "disclosed, added to" if state.anchored else "estimated"
            state.paid, state.day, state.source_id, state.held = (
                (*state.paid, (one.round_id, part)),
                one.end or state.day,
                state.source_id if state.anchored else one.source_id,
                True,
            )
        else:
            basis = "disclosed, diluted" if state.basis == "disclosed" and one.dilutes else state.basis
        state.stake, state.basis = after, "unknown" if after.point is None else basis
    if whole is None and not (one.dilutes and any(s.held for s in states.values())):
        return None
    kind = "secondary" if one.kind == "secondary" else "round"
    return Event(
        kind, one.round_id, one.label, one.end, one.source_id, _total(states), whole, dilution if one.dilutes else None
    )


def _disclose(states: dict[str, State], member: str, rows: list[Disclosure], *, wide: bool) -> Event:
    whole = [d for d in rows if d.scope == "group"]
    firm = [d for d in rows if d.measure == "equity" and (wide or d.scope != "with-affiliates")]
    # All of a group in one figure is preferred to the sum of its vehicles.
    used = [d for d in firm if d.scope == "with-affiliates"] or [d for d in whole if d in firm][:1] or firm or rows[:1]
    pct = Span(
        sum(d.pct.low for d in used) / 100,
        sum(d.pct.point or 0.0 for d in used) / 100,
        sum(d.pct.high or 0.0 for d in used) / 100,
    )
    state, first = states[member], used[0]
    stake, kind = pct, "disclosed"
    if firm and first.scope == "with-affiliates":
        state.paid = tuple(p for s in states.values() for p in s.paid)
        for other in states.values():  # one figure for all of them: it stands with the one that stated it
            other.stake, other.held, other.anchored, other.facts = ZERO, False, False, ()
    elif not firm:
        kind = "bound"
        stake = _bounded(state, pct, first)
    said = tuple(d.fact for d in used)
    state.facts = said if kind == "disclosed" else (*state.facts, *said)
    ended = kind == "disclosed" and pct.point == 0
    state.stake, state.held, state.day, state.source_id = stake, not ended, first.end, first.source_id
    if kind == "disclosed":
        state.anchored, state.basis = not ended, "disclosed"
        state.paid = () if ended else state.paid
    elif state.basis == "unknown" and stake.point is not None:
        state.basis = "estimated"
    return Event(
        kind,
        first.stake_id,
        f"Disclosed {first.words}",
        first.end,
        first.source_id,
        _total(states),
        disclosed=100 * (pct.point or 0.0),
    )


def _bounded(state: State, pct: Span, said: Disclosure) -> Span:
    """What a figure that is not of all equity, or of more holders than this one, still says."""
    most = pct.high or 0.0
    old = state.stake
    if said.scope == "with-affiliates":
        high = min(old.high or 0.0, most) if state.held else most
        point = min(old.point, high) if state.held and old.point is not None else None
        return Span(min(old.low, high), point, high)
    if not state.held:
        return Span(0.0, pct.point, most)
    return Span(min(old.low, pct.low), old.point, max(old.high or 0.0, most))


def _total(states: dict[str, State]) -> State:
    """The holder's state: its members' added up."""
    held = [s for s in states.values() if s.held]
    if not held:
        return State(facts=tuple(dict.fromkeys(one for s in states.values() for one in s.facts)))
    stake = held[0].stake
    for other in held[1:]:
        stake = added(stake, other.stake)
    low, high = min(1.0, stake.low), min(1.0, stake.high or 0.0)
    point = None if stake.point is None else min(stake.point, high)
    bases = {s.basis for s in held}
    basis = bases.pop() if len(bases) == 1 else "unknown" if point is None else "combined"
    latest = max(held, key=lambda s: s.day or dt.date.min)
    return State(
        Span(low, point, high),
        basis,
        any(s.anchored for s in held),
        tuple(p for s in held for p in s.paid),
        latest.day,
        latest.source_id,
        held=True,
        facts=tuple(dict.fromkeys(one for s in held for one in s.facts)),
    )


def _pct(span: Span | None) -> tuple[float | None, float | None, float | None]:
    if span is None:
        return None, None, None
    return tuple(None if x is None else 100 * x for x in (span.point, span.low, span.high))  # type: ignore[return-value]


def stake_path(ds: Dataset, investor: str, startup: str, *, split: Split = "equal") -> pl.DataFrame:
    """How an investor's stake in one start-up moved, event by event, with its interval.

    ``s_k = s_(k-1) (1 - A_k / post_k) + a_k / post_k`` with A_k the new money of round k and a_k the investor's part.
    Sales of old shares do not dilute; a disclosed stake sets the path anew. Where the basis of a price is unknown it may be
    a pre- or a post-money; where the size or the price of a round is unknown its dilution lies in ``UNKNOWN_DILUTION``;
    where the part is unknown the bounds of :func:`aitracker.round_split` hold; fuzzy figures have their own intervals. The
    point follows the ``split``, a scenario. **Not modelled:** option pools, conversions, and sales that nobody disclosed.

    Parameters
    ----------
    ds : Dataset
        The data and its lens. With ``group="affiliates"`` the paths of the affiliates are added up.
    investor : str
        Key of the investor, or ``state-funds`` for all of them together.
    startup : str
        Key of the start-up.
    split : str
        See :func:`aitracker.round_split`.

    Returns
    -------
    polars.DataFrame
        A row an event by ``date`` (the last day of a fuzzy one; null: undated): ``kind`` (``round``, ``secondary``,
        ``disclosed``, ``bound``: a figure that only widens or caps, being of unstated measure or with affiliates, ``exit``),
        ``event_id``, ``label``; ``stake_pct`` after it (0-100; null: nothing tells the point) with ``stake_low_pct`` and
        ``stake_high_pct``; ``bought_...``, ``dilution_...`` and ``disclosed_pct`` (null where they do not apply);
        ``estimated_...``, the path just before a disclosure; ``basis`` (see :func:`aitracker.ownership.holdings`), ``source_id``;
        ``investor_id``, ``investor``, ``startup_id``, ``startup``. Its ``facts`` are those that the stake after the event, and
        the estimate before it, rest on: a disclosure makes what was before it forgotten.

    Raises
    ------
    ValueError
        When there is no such investor or start-up; the message names the nearest.

    Notes
    -----
    The definition is our own; see "Holdings" in the method notes of the data sheet. :func:`aitracker.backtest_stakes`
    shows how well it does.
    """
    ledger, holder = ledger_of(ds, split), holder_of(ds, investor)
    startup = key(ds, "startup", startup)
    rows, facts = [], []
    for event in walk(ledger, holder, startup, ds.lens.as_of):
        said = event.disclosed is not None and event.before is not None and event.before.held
        before = event.before if said else None
        facts.append([*event.after.facts, *(before.facts if before else ())])
        rows.append(
            (
                event.end,
                event.kind,
                event.id,
                event.label,
                *_pct(event.after.stake),
                *_pct(event.bought),
                *_pct(event.dilution),
                event.disclosed,
                *_pct(before.stake if before else None),
                event.after.basis,
                event.source_id or None,
                holder.id,
                holder.name,
                startup,
                ledger.startups[startup]["name"],
            )
        )
    numbers = [f"{name}{end}_pct" for name in ("stake", "bought", "dilution") for end in ("", "_low", "_high")]
    numbers += ["disclosed_pct", *(f"estimated{end}_pct" for end in ("", "_low", "_high"))]
    schema = {
        "date": pl.Date,
        **dict.fromkeys(("kind", "event_id", "label"), pl.String),
        **dict.fromkeys(numbers, pl.Float64),
        **dict.fromkeys(("basis", "source_id", "investor_id", "investor", "startup_id", "startup"), pl.String),
    }
    return traced(ds, pl.DataFrame(rows, schema=schema, orient="row"), facts)
