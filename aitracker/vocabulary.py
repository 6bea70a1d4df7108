"""Every word that the data may use in a closed list, once; `schema.sql` and `lens.sql` are held to it by a test."""

from __future__ import annotations

from typing import Final

__all__ = [
    "FOREIGN",
    "HOME_WAVES",
    "INSTRUMENTS",
    "KINDS",
    "NEW_MONEY",
    "SCOPES",
    "SEGMENTS",
    "STATUSES",
    "UNICORN_USD_M",
    "WAVES",
]

KINDS: Final = ("equity", "ipo", "placing", "secondary", "debt", "acquisition", "licence", "in-kind")
"""Kinds of round."""

NEW_MONEY: Final = ("equity", "ipo", "placing")
"""Kinds of round that bring new money for equity; the others never enter totals unless asked for."""

STATUSES: Final = ("closed", "reported", "in-talks", "cancelled")
"""How sure it is that a round took place."""

INSTRUMENTS: Final = (
    "cash",
    "escrow",
    "cloud-credit",
    "traffic",
    "convertible",
    "stock",
    "in-kind",
    "mixed",
    "secondary",
    "unknown",
)
"""What an investor gave."""

FOREIGN: Final = "foreign"
"""The wave of the foreign comparators: out of every default, and named wherever it is asked for."""

HOME_WAVES: Final = ("vision", "genai", "other")
"""Waves of Chinese start-ups."""

WAVES: Final = (*HOME_WAVES, FOREIGN)
"""Waves of start-ups: each belongs to one."""

SCOPES: Final = ("model-maker", "genai", "ai")
"""Nested sets of Chinese start-ups, the narrowest first: those that train foundation models; with applications, robots and
infrastructure of the wave after ChatGPT; with all Chinese companies tracked, chips and older ones included."""

SEGMENTS: Final = ("foundation-model", "genai-app", "embodied", "chips", "ai-infra", "vision")
"""What a start-up makes."""

UNICORN_USD_M: Final = 1000.0
"""From this value on a start-up is a unicorn: one billion US dollars."""
