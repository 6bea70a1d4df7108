"""Every word that the data may use in a closed list, once; `schema.sql` and `lens_*.sql` are held to it by a test."""

from __future__ import annotations

from typing import Final, Literal, get_args

__all__ = [
    "ALIAS_KINDS",
    "CAUSES",
    "CURRENCIES",
    "DECISIONS",
    "DIMENSIONS",
    "ENTITY_KINDS",
    "EVENT_KINDS",
    "FIELD",
    "FOREIGN",
    "FUND_KINDS",
    "GROUPS",
    "HOME_COUNTRIES",
    "HOME_WAVES",
    "INSTRUMENTS",
    "INVESTOR_LISTS",
    "INVESTOR_TYPES",
    "KINDS",
    "MADE_BY_INVESTOR",
    "MEASURES",
    "NEW_MONEY",
    "POLICIES",
    "PRECISIONS",
    "QUALIFIERS",
    "RANKS",
    "ROLES",
    "ROW_KINDS",
    "SCOPES",
    "SEGMENTS",
    "SOURCE_KINDS",
    "SPENT_ANYWHERE",
    "SPENT_WITH_INVESTOR",
    "STAKE_BASES",
    "STAKE_SCOPES",
    "STARTUP_STATUSES",
    "STATE_FUNDS",
    "STATUSES",
    "SUBJECT_KINDS",
    "UNDISCLOSED",
    "UNICORN_USD_M",
    "VALUATION_BASES",
    "VALUATION_STATUSES",
    "WAVES",
    "Group",
    "Policy",
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

MADE_BY_INVESTOR: Final = ("cloud-credit", "traffic")
"""Instruments that the investor makes itself; what they cost it, or would cost on the market, is not published."""

SPENT_WITH_INVESTOR: Final = (*MADE_BY_INVESTOR, "in-kind", "escrow")
"""Instruments that can be spent with the investor alone."""

SPENT_ANYWHERE: Final = ("cash", "stock", "secondary")
"""Instruments that can be spent anywhere. Of every other one nobody has said which of the two it was."""

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

STARTUP_STATUSES: Final = ("private", "public", "acquired")
"""How a start-up stands today."""

QUALIFIERS: Final = ("exact", "approx", "at-least", "nearly", "at-most", "range")
"""How a source qualifies a figure; the table ``qualifiers`` holds their intervals."""

UNDISCLOSED: Final = "undisclosed"
"""The qualifier of an amount of which no figure was given."""

PRECISIONS: Final = ("day", "month", "quarter", "year")
"""How exact a date is."""

CURRENCIES: Final = ("USD", "CNY", "HKD", "EUR")
"""Native currencies of money."""

ROLES: Final = ("lead", "co-lead", "participant")
"""What an investor was in a round."""

INVESTOR_LISTS: Final = ("complete", "partial", "unknown")
"""Whether the investors named of a round are all of them."""

INVESTOR_TYPES: Final = (
    "angel",
    "bank",
    "big-tech",
    "corporate",
    "founder",
    "pe",
    "public-market",
    "sovereign",
    "state-fund",
    "university",
    "vc",
    "unknown",
)
"""Kinds of investor."""

VALUATION_BASES: Final = ("pre-money", "post-money", "unstated", "market-cap", "secondary", "estimate", "target")
"""What a valuation is of."""

VALUATION_STATUSES: Final = ("closed", "reported", "in-talks")
"""How sure it is that a value was agreed."""

STAKE_BASES: Final = ("filing", "registry", "reported", "implied", "allegation", "forecast")
"""Where a stake is known from."""

MEASURES: Final = ("equity", "preferred", "class-b", "profit-share", "unstated")
"""Of what a stake is a percentage."""

STAKE_SCOPES: Final = ("vehicle", "group", "with-affiliates", "unstated")
"""Whose holding a stake is."""

SOURCE_KINDS: Final = ("filing", "company", "wire", "newspaper", "trade", "aggregator", "blog")
"""Kinds of source, in the order of the policy ``filing-first``."""

SUBJECT_KINDS: Final = ("startup", "investor", "round", "participation", "valuation", "stake", "event", "series")
"""What a claim can be on."""

DIMENSIONS: Final = ("money", "price", "share", "count", "multiple", "date", "text")
"""What a claimed fact is measured in."""

RANKS: Final = ("preferred", "normal", "deprecated")
"""How a claim is held."""

EVENT_KINDS: Final = ("export-control", "regulation", "corporate", "market", "product", "chips")
"""Kinds of event."""

FUND_KINDS: Final = ("etf", "index")
"""Kinds of yardstick."""

ENTITY_KINDS: Final = ("startup", "investor")
"""Whom an alias can be of."""

ALIAS_KINDS: Final = ("name", "old-name", "product", "legal-name", "ticker")
"""What an alias is."""

DECISIONS: Final = (
    "added",
    "changed",
    "chosen",
    "dropped",
    "flagged",
    "grouped",
    "merged",
    "moved",
    "renamed",
    "kept",
)
"""What the curators decided; only what is flagged or kept may waive a rule."""

ROW_KINDS: Final = {
    "sources": "source",
    "startups": "startup",
    "investors": "investor",
    "rounds": "round",
    "participations": "participation",
    "valuations": "valuation",
    "stakes": "stake",
    "claims": "claim",
    "events": "event",
    "series": "series",
    "totals": "total",
    "funds": "fund",
    "fx": "fx",
    "aliases": "alias",
    "cap_tables": "cap-table",
}
"""What a decision calls a row of each table."""

UNICORN_USD_M: Final = 1000.0
"""From this value on a start-up is a unicorn: one billion US dollars."""

CAUSES: Final = ("undisclosed", "another definition", "not found")
"""Why the rows lie below a third party's total: rounds without a public size or names; it counts something else; rows are wanting."""

Policy = Literal["curated", "filing-first", "latest", "lowest", "highest", "median"]
Group = Literal["none", "parent", "managed", "affiliates"]

POLICIES: Final[tuple[Policy, ...]] = get_args(Policy)
"""How one value is chosen where claims differ."""

GROUPS: Final[tuple[Group, ...]] = get_args(Group)
"""Under whose name an investor's vehicles go."""

HOME_COUNTRIES: Final = ("CN", "HK", "MO")
"""Countries whose investors count as Chinese."""

STATE_FUNDS: Final = "state-funds"
"""Stands for all investors of the type ``state-fund`` together, wherever a holder of stakes is asked for."""

FIELD: Final = ("alibaba", "tencent", "meituan", "ant", "hongshan", "hillhouse", STATE_FUNDS)
"""The holders that are compared."""
