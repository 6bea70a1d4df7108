"""From rounds, disclosures and shareholder lists to the program of a company: every fact under its name, every assumption too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aitracker.ownership.cap_company import PUBLIC, About, Company, Happened, end_of
from aitracker.ownership.cap_mend import dropped
from aitracker.ownership.cap_read import Listing, Sources, sources_of
from aitracker.ownership.cap_rounds import Rounds
from aitracker.ownership.cap_said import Disclosures
from aitracker.ownership.ledger import Ledger, ledger_of
from aitracker.ownership.program import OTHERS, Program, Said
from aitracker.ownership.program_matrix import unnamed_purchase, unnamed_sale
from aitracker.ownership.stakes import counted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from aitracker.dataset import Dataset

__all__ = ["build", "company"]

_FIRM: Final = ("filing", "registry")  # bases of stakes that are doubted last
_LISTING_DAYS: Final = 60  # between the list of an offering and its first trading day


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


class _Builder(Rounds, Disclosures):
    def __init__(self, ledger: Ledger, sources: Sources, startup: str, drop: frozenset[str]) -> None:
        self.ledger, self.sources, self.startup, self.drop = ledger, sources, startup, drop
        rounds = list(counted(ledger.rounds.get(startup, []), None))
        self.events = [
            Happened(end_of(one), one.label.removeprefix("Round "), one, tuple(tranches))
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
        issues = [self.issue(k, event) for k, event in enumerate(self.events)]
        told = self.lists()
        self.stakes(told)
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
        self.wholes(sorted(everybody))
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
        bare, gone = program, dropped(program, weak)
        if gone:
            traded = {h for h in known if h and {unnamed_sale(h), unnamed_purchase(h)} & gone}
            program = Program(issues, self.said, entered, sales=sales, anytime=traded)
            program.lifted = bare.lifted | gone
        return Company(self.startup, program, tuple(self.events), self.about, names, bare, weak, gone)

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

    def name(self, holder: str) -> str:
        """A holder's name."""
        return self.sources.names.get(holder) or self.printed.get(holder) or holder

    def after(self, day: dt.date) -> int:
        """How many events had happened by a day."""
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
        return self.after(listing.day)
