"""What a round does to a company: how much it sold, and what each named investor took of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitracker.ownership.cap_company import About, Happened
from aitracker.ownership.cap_dilution import dilution, wide
from aitracker.ownership.program import Issue
from aitracker.ownership.program_matrix import assumed

if TYPE_CHECKING:
    from aitracker.ownership.cap_read import Listing, Sources
    from aitracker.ownership.ledger import Ledger, Round

__all__ = ["Rounds"]


class Rounds:
    """The part of a company's builder that reads its rounds."""

    ledger: Ledger
    sources: Sources
    startup: str
    events: list[Happened]
    listings: list[tuple[int, Listing]]
    about: dict[str, About]
    first_named: dict[str, int]

    def name(self, holder: str) -> str:
        """A holder's name."""
        raise NotImplementedError

    def issue(self, k: int, event: Happened) -> Issue:
        """An event as the program takes it."""
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
            self.about[fact] = About(told or (fact,), f"{self.name(investor)} in the round of {label}")
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
        old = one.kind == "secondary"
        if post is not None and (old or not size.high):  # else the part of the round says it
            of_company = (_over(low, post[1]), 1.0 if high is None else min(1.0, _over(high, post[0])))
        if size.high and size.low > 0 and not old:
            of_round = (min(1.0, low / size.high), 1.0 if high is None else min(1.0, high / size.low))
        return of_company, of_round, tuple(facts)

    # ---------------------------------------------------------------------------------------------- disclosures


def _over(a: float, b: float) -> float:
    return a / b if b > 0 else 1.0
