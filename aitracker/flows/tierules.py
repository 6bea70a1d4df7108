"""Which rows answer which third-party total."""

from __future__ import annotations

import dataclasses
import datetime as dt

__all__ = ["COUNT", "MARKETS", "OF_INVESTOR", "RULES", "SIZE", "Rule"]

TIGERS = ("zhipu", "moonshot", "baichuan", "minimax")
DRAGONS = ("sensetime", "megvii", "yitu", "cloudwalk")
PRIVATE = ("equity",)
"""Kinds of round before a listing: what is meant by money raised, where nothing else is said."""


@dataclasses.dataclass(frozen=True)
class Rule:
    """Which rows answer a total: what is added up, and over which of them."""

    what: str
    """size of rounds; number of rounds; parts, startups or deals of an investor; investors of a start-up."""
    words: str
    since: str | dt.date | None = None
    """year: from January of the total's year; 6mo: half a year back; a date; none: from the beginning."""
    kinds: tuple[str, ...] = PRIVATE
    startups: tuple[str, ...] | None = None
    investor: str | None = None
    """Key of the investor; whose total it is, where none is given for parts, startups and deals of an investor."""
    investor_type: str | None = None
    segment: str | None = None
    last: int | None = None
    """Only the last so many rounds."""
    days: int = 0
    """Days after the total's own in which a round still counts: orders are announced before the listing."""


SIZE, COUNT = "size", "rounds"
RULES: dict[str, Rule] = {
    "total_raised": Rule(SIZE, "closed equity rounds up to the day"),
    "raised_in_year": Rule(SIZE, "closed equity rounds of the year", since="year"),
    "raised_last_6_months": Rule(SIZE, "closed equity rounds of the half-year before the day", since="6mo"),
    "raised_two_rounds": Rule(SIZE, "the last two closed equity rounds up to the day", last=2),
    "round_count": Rule(COUNT, "closed equity rounds up to the day: tranches joined, as counted, and apart"),
    "round_count_year": Rule(
        COUNT, "closed equity rounds of the year: tranches joined, as counted, and apart", since="year"
    ),
    "investor_count": Rule("investors", "investors named in closed equity rounds up to the day"),
    "ipo_cornerstone_total": Rule("named", "stated orders of named investors in the listing", kinds=("ipo",), days=31),
    "invested_by_google": Rule("parts", "Google's parts in closed equity rounds up to the day", investor="google"),
    "invested_by_microsoft": Rule(
        "parts", "Microsoft's parts in closed equity rounds up to the day", investor="microsoft"
    ),
    "invested_by_softbank": Rule(
        "parts", "SoftBank's parts in closed equity rounds up to the day", investor="softbank"
    ),
    "state_backed_investment": Rule(
        "parts", "parts of state funds in closed equity rounds up to the day", investor_type="state-fund"
    ),
    "state_funding_year_to_date": Rule(
        "parts", "parts of state funds in closed equity rounds of the year", since="year", investor_type="state-fund"
    ),
    "invested_in_zhipu": Rule("parts", "its parts in Zhipu's closed equity rounds up to the day", startups=("zhipu",)),
    "amount_into_moonshot_round": Rule(
        "parts", "its parts in Moonshot's closed rounds up to the day", startups=("moonshot",)
    ),
    "cornerstone_order_minimax": Rule("parts", "its order in MiniMax's listing", kinds=("ipo",), startups=("minimax",)),
    "ai_investment": Rule("parts", "its parts in tracked start-ups since January 2023", since=dt.date(2023, 1, 1)),
    "llm_startups_backed": Rule(
        "startups", "tracked model makers that it backed by the day", segment="foundation-model"
    ),
    "ai_tigers_backed": Rule("startups", "which of the four it backed by the day", startups=TIGERS),
    "china_genai_unicorns_backed": Rule(
        "startups", "which of the five it backed by the day", startups=(*TIGERS, "01ai")
    ),
    "ai_deal_count": Rule("deals", "its deals with tracked start-ups since January 2023", since=dt.date(2023, 1, 1)),
    "embodied_deal_count": Rule(
        "deals", "its deals with tracked robot makers since January 2024", since=dt.date(2024, 1, 1), segment="embodied"
    ),
}
RULES["round_count_year_to_date"] = RULES["round_count_year"]
"""By metric, whoever the total is of."""

MARKETS: dict[tuple[str, str], Rule] = {
    ("four-ai-dragons", "total_raised"): Rule(SIZE, "closed equity rounds of the four up to the day", startups=DRAGONS),
    ("four-ai-tigers", "funding"): Rule(
        SIZE, "closed equity rounds of the four in the year", since="year", startups=TIGERS
    ),
    ("china-llm", "funding_year"): Rule(
        SIZE,
        "closed equity rounds of tracked Chinese model makers in the year",
        since="year",
        segment="foundation-model",
    ),
    ("china-llm", "deal_count"): Rule(
        COUNT,
        "closed equity rounds of tracked Chinese model makers in the year",
        since="year",
        segment="foundation-model",
    ),
}
"""Totals of several start-ups together."""

OF_INVESTOR = ("parts", "startups", "deals")
