"""From rounds, disclosures and shareholder lists to the program of a company: every fact under its name, every assumption too."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from aitracker.ownership.cap_dilution import dilution, wide
from aitracker.ownership.cap_read import Line, Listing, Sources, sources_of
from aitracker.ownership.conflicts import Elastic
from aitracker.ownership.ledger import Ledger, Round, ledger_of
from aitracker.ownership.program import OTHERS, Issue, Program, Said
from aitracker.ownership.program_matrix import ASSUMED, assumed, unnamed_purchase, unnamed_sale
from aitracker.ownership.stakes import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aitracker.dataset import Dataset

__all__ = ["PUBLIC", "About", "Company", "build", "company", "prices_of"]

PUBLIC: Final = "public-market"
"""The investor that stands for the public: it buys and sells without a word."""

_FIRM: Final = ("filing", "registry")  # bases of stakes that are doubted last
_TRIES: Final = 5
_LISTING_DAYS: Final = 60  # between the list of an offering and its first trading day
_WHOLE: Final = 0.995  # a list that prints so much of the company is all of it
_EXACT: Final = 1e-8  # a share count is exact to that fraction of the company: the solver's own error
_CLASS_WORDS: Final = "of one class of shares: not more of all"


class About(NamedTuple):
    """What stands behind a name of the program: facts of the data, and words."""

    facts: tuple[str, ...]
    words: str


class Happened(NamedTuple):
    """An event of a company: a round, or a day on which old shares must have changed hands."""

    end: dt.date
    label: str
    round: Round | None
    tranches: tuple[Round, ...] = ()


@dataclasses.dataclass(frozen=True)
class Company:
    """The program of one company, and what its names mean."""

    startup_id: str
    program: Program
    events: tuple[Happened, ...]
    about: Mapping[str, About]
    names: Mapping[str, str]  # of holders
    bare: Program  # the same with every assumption, those too that what is disclosed tells against
    weak: frozenset[str]  # stakes that no filing states
    dropped: frozenset[str]  # assumptions and statements that are left out, so that the others can be true

    def after(self, as_of: dt.date | None) -> int:
        """How many of its events had happened by a date."""
        return sum(as_of is None or one.end <= as_of for one in self.events)

    @property
    def relaxed(self) -> bool:
        """Whether what sources state contradicts itself, so that some of it is left out."""
        return any(not name.startswith(f"{ASSUMED}|") for name in self.dropped) or self.program.strain() > 0

    def members(self, investors: Collection[str]) -> tuple[str, ...]:
        """Those of some investors that the program knows."""
        known = set(self.program.holders)
        return tuple(one for one in investors if one in known)


def _end(one: Round) -> dt.date:
    return one.end or dt.date.min


def company(ds: Dataset, startup: str, *, sales: bool = False) -> Company:
    """The program of a start-up under the policy and knowledge date of a dataset; remembered."""
    lens = ds.lens
    key = ("cap table", startup, sales, lens.known_by, lens.policy)

    def make() -> Company:
        apart = ds.at(as_of=None, group="none")
        return build(ledger_of(apart), sources_of(apart), startup, sales=sales)

    return ds.remember(key, make, every_lens=True)


def build(
    ledger: Ledger,
    sources: Sources,
    startup: str,
    *,
    sales: bool = False,
    drop: Collection[str] = (),
    strict: bool = True,
) -> Company:
    """Build the program of one start-up.

    Parameters
    ----------
    ledger, sources : Ledger, Sources
        What is known, vehicle by vehicle.
    startup : str
        Its key.
    sales : bool
        Whether anybody may have sold without a word.
    drop : collection of str
        Disclosures to leave out: facts of stakes, or of lines of lists; ``*`` for all.
    strict : bool
        Whether a holder of whom a purchase is known buys only where it is named, until what is disclosed tells otherwise.
    """
    return _Builder(ledger, sources, startup, frozenset(drop)).company(sales=sales, strict=strict)


class _Builder:
    def __init__(self, ledger: Ledger, sources: Sources, startup: str, drop: frozenset[str]) -> None:
        self.ledger, self.sources, self.startup, self.drop = ledger, sources, startup, drop
        rounds = list(counted(ledger.rounds.get(startup, []), None))
        self.events = [
            Happened(_end(one), one.label.removeprefix("Round "), one, tuple(tranches))
            for one, tranches in rounds
            if not one.umbrella
        ]
        self.events = self._with_trades()
        self.umbrellas = [one for one, _ in rounds if one.umbrella]
        self.about: dict[str, About] = {}
        self.said: list[Said] = []
        self.first_said: dict[str, int] = {}
        self.first_named: dict[str, int] = {}
        self.printed: dict[str, str] = {}
        self.whole: list[tuple[int, Listing, float]] = []
        self.listings = [(self._place(one), one) for one in sources.listings.get(startup, ())]

    def company(self, *, sales: bool, strict: bool) -> Company:
        issues = [self._issue(k, event) for k, event in enumerate(self.events)]
        told = self._lists()
        self._stakes(told)
        entered = {PUBLIC: len(issues)} if PUBLIC in self.first_named else {}
        for one in self.umbrellas:
            entered |= {h: len(issues) for h, _, _ in self.sources.named.get(one.round_id, ())}
        # Founders and employee platforms held from the start, wherever else they are named.
        entered |= dict.fromkeys(self.sources.founders & {*self.first_named, *self.first_said}, 0)
        for h, t in self.first_said.items():
            if t <= self.first_named.get(h, len(issues)):
                entered[h] = t
        everybody = {
            OTHERS,
            *entered,
            *(h for one in self.said for h in one.holders),
            *(h for one in issues for h in one.parts),
        }
        self._wholes(sorted(everybody))
        program = Program(issues, self.said, entered, sales=sales)
        if not strict:
            program.lifted |= {unnamed_purchase(h) for h in program.holders if h}
        known = set(program.holders)
        names = {h: self.sources.names.get(h) or self.printed.get(h) or h for h in known if h} | {
            OTHERS: "everybody else"
        }
        names = dict(self.sources.names) | names  # of those who control a holder too
        for h in known - {OTHERS}:
            self.about[unnamed_purchase(h)] = About((), f"{names[h]} bought only where it is named")
            self.about[unnamed_sale(h)] = About((), f"{names[h]} sold nothing without a word")
        weak = frozenset(d.fact for d in self.sources.said.get(self.startup, ()) if d.basis not in _FIRM)
        bare, dropped = program, _drop(program, weak)
        if dropped:
            traded = {h for h in known if h and {unnamed_sale(h), unnamed_purchase(h)} & dropped}
            program = Program(issues, self.said, entered, sales=sales, anytime=traded)
            program.lifted = bare.lifted | dropped
        return Company(self.startup, program, tuple(self.events), self.about, names, bare, weak, dropped)

    # --------------------------------------------------------------------------------------------------- events

    def _with_trades(self) -> list[Happened]:
        """The events, with a day of trade wherever a holder was said to have something else than before and no round is between."""
        days: set[dt.date] = set()
        last: dict[str, tuple[dt.date, float, float]] = {}
        for d in self.sources.said.get(self.startup, ()):
            if d.fact in self.drop or "*" in self.drop:
                continue
            before = last.get(d.investor)
            low = d.low if d.measure == "equity" else 0.0
            high = d.high if d.scope != "vehicle" or low == 0 else 1.0
            if before is not None and (low > before[2] or high < before[1]):
                if d.end > before[0] and not any(before[0] < one.end <= d.end for one in self.events):
                    days.add(d.end)
                before = None
            mine = (
                (d.end, max(low, before[1]), min(high, before[2]))
                if before and before[0] == d.end
                else (d.end, low, high)
            )
            last[d.investor] = mine
        trades = [Happened(day, f"trade by {day}", None) for day in sorted(days)]
        return sorted([*self.events, *trades], key=lambda one: one.end)

    def _issue(self, k: int, event: Happened) -> Issue:
        one, tranches = event.round, event.tranches
        if one is None:
            name = assumed("no unseen issue", f"{self.startup}/{event.end}")
            self.about[name] = About((), f"no new shares by {event.end}")
            return Issue(name)
        parent = next((r for r in self.ledger.rounds[self.startup] if r.round_id == one.parent_id), None)
        earlier = self.events[k - 1].round if k else None
        before = next(
            (listing for t, listing in self.listings if t == k and listing.after_offer is False and listing.shares),
            None,
        )
        after = next(
            (listing for t, listing in self.listings if t == k + 1 and listing.after_offer and listing.shares), None
        )
        d = dilution(one, parent, earlier, before, after, self.ledger, self.sources.off)
        label = event.label
        self.about[d.name] = About(d.facts, f"Round of {label}: {d.words}")
        listed = None
        if self.sources.listed.get(one.round_id) == "complete":
            listed = f"round|{one.round_id}|investor_list"
            self.about[listed] = About((listed,), f"Round of {label}: all investors are named")
        named: dict[str, str] = {}
        for who in (one, *tranches):
            for investor, role, _ in self.sources.named.get(who.round_id, ()):
                named[investor] = "tranche" if who is not one else "lead" if role != "participant" else "named"
        parts, of_new, facts = {}, {}, {}
        for investor in named:
            self.first_named.setdefault(investor, k)
            fact = f"participation|{one.round_id}/{investor}|amount"
            parts[investor], of_new[investor], told = self._part(investor, one, tranches, d.post)
            facts[investor] = fact
            self.about[fact] = About(told or (fact,), f"{self._name(investor)} in the round of {label}")
        open_ = {h for h in named if of_new[h] == (0.0, 1.0) and parts[h] == (0.0, 1.0)}
        leads = [h for h, role in named.items() if role == "lead"]
        lead = leads[0] if len(leads) == 1 and not tranches and one.kind == "equity" else None
        self.about[assumed("the lead gave most", d.name)] = About(
            (), f"Round of {label}: the lead gave at least as much as each other"
        )
        return Issue(
            d.name,
            d.low,
            d.high,
            parts,
            of_new,
            facts,
            listed,
            frozenset({lead}) if lead else frozenset(),
            frozenset(open_),
            old=one.kind == "secondary",
        )

    def _part(
        self, investor: str, one: Round, tranches: tuple[Round, ...], post: tuple[float, float] | None
    ) -> tuple[tuple[float, float], tuple[float, float], tuple[str, ...]]:
        """What a named investor took, of the company and of the round."""
        part = self.ledger.parts.get((investor, one.round_id))
        stated = part is not None and part.stated
        low, high = 0.0, None
        if part is not None and stated:
            off = max((self.sources.off.get(fact, 0.0) for fact in part.facts), default=0.0)
            low, _, high = wide(part.usd_m, off)
        facts = part.facts if part is not None and stated else ()
        for tranche in tranches:
            inner = self.ledger.parts.get((investor, tranche.round_id))
            if inner is not None and inner.stated and not stated:
                low, facts = low + inner.usd_m.low, (*facts, *inner.facts)
        if any(how == "convertible" for who, _, how in self.sources.named.get(one.round_id, ()) if who == investor):
            low = 0.0  # a note is no share yet
        of_company, of_round = (0.0, 1.0), (0.0, 1.0)
        size = wide(one.amount, self.sources.off.get(one.fact, 0.0))
        if post is not None and not size.high:  # else the part of the round says it
            of_company = (_over(low, post[1]), 1.0 if high is None else min(1.0, _over(high, post[0])))
        if size.high and size.low > 0:
            of_round = (min(1.0, low / size.high), 1.0 if high is None else min(1.0, high / size.low))
        return of_company, of_round, tuple(facts)

    # ---------------------------------------------------------------------------------------------- disclosures

    def _name(self, holder: str) -> str:
        return self.sources.names.get(holder) or self.printed.get(holder) or holder

    def _after(self, day: dt.date) -> int:
        return sum(one.end <= day for one in self.events)

    def _place(self, listing: Listing) -> int:
        """After how many events a list is: an announcement of the eve counts the shares that the offering creates."""
        for k, event in enumerate(self.events):
            near = (
                event.round is not None
                and event.round.kind == "ipo"
                and abs((event.end - listing.day).days) <= _LISTING_DAYS
            )
            if near and listing.after_offer is not None:
                return k + 1 if listing.after_offer else k
        return self._after(listing.day)

    def _lists(self) -> dict[str, int]:
        """The lines of shareholder lists; gives the stakes that they hold already, with the event after which they are."""
        told: dict[str, int] = {}
        for t, listing in self.listings:
            whole = sum(line.pct for line in listing.lines)
            mine = {line.holder for line in listing.lines}
            for line in listing.lines:
                fact = f"cap-table|{listing.table_id}/{'+'.join(map(str, line.lines))}|pct"
                if fact in self.drop or "*" in self.drop:
                    continue
                self.printed.setdefault(line.holder, line.name)
                low, high = _ends_of(line, listing)
                self.about[fact] = About(
                    (fact, *(f"stake|{s}|pct" for s in line.stakes)),
                    f"{self._name(line.holder)} {100 * line.pct:.2f} %, list of {listing.day}",
                )
                self._say(
                    fact, t, self._kin(line.holder, mine) if whole > 0.4 else (line.holder,), low, high, line.holder
                )
                told |= dict.fromkeys(line.stakes, t)
            if (
                whole + listing.rest >= _WHOLE
                and "*" not in self.drop
                and f"cap-table|{listing.table_id}|pct" not in self.drop
            ):
                self.whole.append((t, listing, _left(listing)))
        return told

    def _wholes(self, holders: Collection[str]) -> None:
        """What a whole list does not print holds what it leaves: those whom it calls the rest, or the public."""
        for t, listing, left in self.whole:
            fact = f"cap-table|{listing.table_id}|pct"
            printed = {
                h
                for line in listing.lines
                for h in (line.holder, *self._kin(line.holder, {x.holder for x in listing.lines}))
            }
            self.about[fact] = About(
                (fact,), f"list of {listing.day} is whole: all others have {100 * left:.2f} % at most"
            )
            self.said.append(Said(fact, t, tuple(h for h in holders if h not in printed), 0.0, left))

    def _kin(self, holder: str, printed: set[str]) -> tuple[str, ...]:
        """A printed holder with those of its family that the list does not print: the line may be theirs."""
        family = self.sources.family.get(holder)
        if family is None:
            return (holder,)
        kin = [h for h, f in self.sources.family.items() if f == family and h not in printed and h in self.first_named]
        first = min(h for h in printed if self.sources.family.get(h) == family)
        return (holder, *kin) if holder == first else (holder,)

    def _stakes(self, told: Mapping[str, int]) -> None:
        rows = [
            d
            for d in self.sources.said.get(self.startup, ())
            if d.stake_id not in told and d.fact not in self.drop and "*" not in self.drop
        ]
        days = [(d.investor, d.end) for d in rows]
        listed = {(d.investor, d.end) for d in self.sources.said.get(self.startup, ()) if d.stake_id in told}
        for d in rows:
            t = self._after(d.end)
            own, group = (d.investor,), self.sources.below.get(d.investor, (d.investor,))
            words = f"{self._name(d.investor)} {100 * d.pct:g} % ({d.words})"
            self.about[d.fact] = About((d.fact,), words)
            if d.measure != "equity":
                # Of one class, or of what nobody says: the company is not less than that, so the stake is not more.
                self.about[d.fact] = About((d.fact,), f"{words}, {_CLASS_WORDS}")
                self._say(d.fact, t, own, 0.0, d.high, d.investor)
            elif d.scope == "with-affiliates":
                self._say(d.fact, t, self.sources.wide.get(d.investor, own), d.low, d.high, d.investor)
            elif d.scope == "group":
                self._say(d.fact, t, group, d.low, d.high, d.investor)
            elif d.scope == "vehicle":
                self._say(d.fact, t, own, d.low, 1.0, d.investor)
                if days.count((d.investor, d.end)) == 1 and (d.investor, d.end) not in listed:
                    only = assumed("no other vehicle", d.stake_id)
                    self.about[only] = About((d.fact,), f"{words}: in no other vehicle")
                    self._say(only, t, own, 0.0, d.high, d.investor)
            else:  # of the holder or of its group, who knows: the group has it at least, the holder at most
                self._say(d.fact, t, group, d.low, 1.0, d.investor)
                self._say(d.fact, t, own, 0.0, d.high, d.investor)

    def _say(self, fact: str, t: int, holders: tuple[str, ...], low: float, high: float, who: str) -> None:
        known = {who, *self.first_named, *(d.investor for d in self.sources.said.get(self.startup, ()))}
        self.said.append(Said(fact, t, tuple(h for h in holders if h in known), low, high))
        self.first_said[who] = min(t, self.first_said.get(who, t))


def _over(a: float, b: float) -> float:
    return a / b if b > 0 else 1.0


def _left(listing: Listing) -> float:
    """What a whole list leaves to those whom it does not print, at most."""
    if listing.shares and all(line.shares is not None for line in listing.lines):
        return max(0.0, 1 - sum(line.shares or 0 for line in listing.lines) / (listing.shares + listing.off)) + _EXACT
    return min(1.0, max(0.0, 1 - sum(line.pct - line.off for line in listing.lines)))


def _ends_of(line: Line, listing: Listing) -> tuple[float, float]:
    if line.shares is None or not listing.shares:
        return max(0.0, line.pct - line.off), min(1.0, line.pct + line.off)
    low, high = line.shares / (listing.shares + listing.off), line.shares / (listing.shares - listing.off)
    return max(0.0, low - _EXACT), min(1.0, high + _EXACT)


_PRICES: Final = {
    "the lead gave most": 1.0,
    "no other vehicle": 1.0,
    "placed near the market price": 1.0,
    "no unnamed sale": 1.5,
    "no unnamed purchase": 1.5,
    "dilution": 3.0,
    "no unseen issue": 3.0,
}
"""What it costs that a share gives way: the weakest assumptions first, then what no filing says, and last what one does."""
_NOT_FIRM, _OTHER, _FIRM_PRICE = 2.5, 20.0, 50.0
# One assumption gives way before what no filing says; two of them together do not.


def prices_of(program: Program, weak: Collection[str]) -> dict[str, float]:
    """What it costs that each fact gives way by a share."""
    out = {}
    for name in program.facts:
        if name.startswith(f"{ASSUMED}|"):
            out[name] = _PRICES.get(name.rpartition("|")[2], 3.0)
        else:
            out[name] = (
                _NOT_FIRM if name in weak else _FIRM_PRICE if name.startswith(("cap-table|", "stake|")) else _OTHER
            )
    return out


def _drop(program: Program, weak: Collection[str]) -> frozenset[str]:
    """What gives way in the cheapest mending: who has less than it had has sold, though nobody says so."""
    prices, dropped = prices_of(program, weak), frozenset[str]()
    for _ in range(_TRIES):
        if program.feasible(dropped):
            break
        dropped |= frozenset(Elastic(program, dropped).moved(prices))
    for name in sorted(dropped, key=lambda n: (prices[n], n)):  # what need not have gone after all comes back
        if program.feasible(dropped - {name}):
            dropped -= {name}
    return dropped
