"""What gives way where not everything that is said of a company can be true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aitracker.ownership.conflicts import Elastic
from aitracker.ownership.program_matrix import ASSUMED

if TYPE_CHECKING:
    from collections.abc import Collection

    from aitracker.ownership.program import Program

__all__ = ["dropped", "prices_of"]

_TRIES: Final = 5
_PRICES: Final = {
    "the lead gave most": 1.0,
    "no other vehicle": 1.0,
    "no other affiliate": 2.2,
    "nobody else behind printed names": 2.0,
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


def dropped(program: Program, weak: Collection[str]) -> frozenset[str]:
    """What gives way in the cheapest mending: who has less than it had has sold, though nobody says so."""
    prices, gone = prices_of(program, weak), frozenset[str]()
    for _ in range(_TRIES):
        if program.feasible(gone):
            break
        gone |= frozenset(Elastic(program, gone).moved(prices))
    for name in sorted(gone, key=lambda n: (prices[n], n)):  # what need not have gone after all comes back
        if program.feasible(gone - {name}):
            gone -= {name}
    return gone
