"""What is stated of stakes: single figures, and shareholder lists line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aitracker.ownership.cap_company import About
from aitracker.ownership.program import Said
from aitracker.ownership.program_matrix import assumed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping

    from aitracker.ownership.cap_read import Line, Listing, Sources

__all__ = ["Disclosures"]

_WHOLE: Final = 0.995  # a list that prints so much of the company is all of it
_MOST: Final = 0.4  # a list that prints so much prints families whole
_EXACT: Final = 1e-8  # a share count is exact to that fraction of the company: the solver's own error
_CLASS_WORDS: Final = "of one class of shares: not more of all"


class Disclosures:
    """The part of a company's builder that reads what is stated of stakes."""

    sources: Sources
    startup: str
    drop: frozenset[str]
    listings: list[tuple[int, Listing]]
    about: dict[str, About]
    said: list[Said]
    whole: list[tuple[int, Listing, float]]
    first_said: dict[str, int]
    first_named: dict[str, int]
    printed: dict[str, str]

    def after(self, day: dt.date) -> int:
        """How many events had happened by a day."""
        raise NotImplementedError

    def name(self, holder: str) -> str:
        """A holder's name."""
        return self.sources.names.get(holder) or self.printed.get(holder) or holder

    def lists(self) -> dict[str, int]:
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
                    f"{self.name(line.holder)} {100 * line.pct:.2f} %, list of {listing.day}",
                )
                kin = self._kin(line.holder, mine) if whole > _MOST else (line.holder,)
                if line.investor:
                    self._say(fact, t, kin, low, high, line.holder)
                else:  # a name that is no investor of ours may stand for one
                    self._say(fact, t, kin, 0.0, high, line.holder)
                    self._say(self._nobody_else(listing), t, kin, low, 1.0, line.holder)
                told |= dict.fromkeys(line.stakes, t)
            if (
                whole + listing.rest >= _WHOLE
                and "*" not in self.drop
                and f"cap-table|{listing.table_id}|pct" not in self.drop
            ):
                self.whole.append((t, listing, _left(listing)))
        return told

    def wholes(self, holders: Collection[str]) -> None:
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
            absent = {h for h, k in self.first_named.items() if k < t} - printed
            self.said.append(Said(fact, t, tuple(h for h in holders if h not in printed | absent), 0.0, left))
            if absent:
                self.said.append(Said(self._nobody_else(listing), t, tuple(sorted(absent)), 0.0, left))

    def _nobody_else(self, listing: Listing) -> str:
        """The assumption that no investor named in a round is behind a printed name that nobody identified."""
        name = assumed("nobody else behind printed names", self.startup)
        before = self.about[name].facts if name in self.about else ()
        facts = tuple(dict.fromkeys((*before, f"cap-table|{listing.table_id}|pct")))
        self.about[name] = About(facts, "nobody else is behind the names that the lists print")
        return name

    def _kin(self, holder: str, printed: set[str]) -> tuple[str, ...]:
        """A printed holder with those of its family that the list does not print: the line may be theirs."""
        family = self.sources.family.get(holder)
        if family is None:
            return (holder,)
        kin = [h for h, f in self.sources.family.items() if f == family and h not in printed and h in self.first_named]
        first = min(h for h in printed if self.sources.family.get(h) == family)
        return (holder, *kin) if holder == first else (holder,)

    def stakes(self, told: Mapping[str, int]) -> None:
        """Single figures, but for those that a list holds already."""
        rows = [
            d
            for d in self.sources.said.get(self.startup, ())
            if d.stake_id not in told and d.fact not in self.drop and "*" not in self.drop
        ]
        days = [(d.investor, d.end) for d in rows]
        listed = {(d.investor, d.end) for d in self.sources.said.get(self.startup, ()) if d.stake_id in told}
        for d in rows:
            t = self.after(d.end)
            own, group = (d.investor,), self.sources.below.get(d.investor, (d.investor,))
            words = f"{self.name(d.investor)} {100 * d.pct:g} % ({d.words})"
            self.about[d.fact] = About((d.fact,), words)
            if d.measure != "equity":
                # Of one class, or of what nobody says: the company is not less than that, so the stake is not more.
                self.about[d.fact] = About((d.fact,), f"{words}, {_CLASS_WORDS}")
                self._say(d.fact, t, own, 0.0, d.high, d.investor)
            elif d.scope == "with-affiliates":
                self._say(d.fact, t, self.sources.wide.get(d.investor, own), 0.0, d.high, d.investor)
                only = assumed("no other affiliate", d.stake_id)
                self.about[only] = About((d.fact,), f"{words}: of affiliates that are known to hold some")
                self._say(only, t, self.sources.wide.get(d.investor, own), d.low, 1.0, d.investor)
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
