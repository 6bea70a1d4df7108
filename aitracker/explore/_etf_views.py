"""What the explorer of holdings can show: its views, their settings, what a report offers of them, and their tables."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from aitracker import charts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitracker.view.figure import Draw

INVESTORS = {
    "alibaba": "Alibaba",
    "tencent": "Tencent",
    "meituan": "Meituan",
    "ant": "Ant Group",
    "hongshan": "HongShan",
    "hillhouse": "Hillhouse",
    "state-funds": "State funds",
}
LISTED = ("alibaba", "tencent", "meituan")
WEIGHTINGS = {"value": "marked value", "cost": "cost", "cash": "cash cost", "count": "count"}
UNIVERSES = {"unicorns": "unicorns", "all": "all tracked start-ups"}
SCOPES = {
    "genai": "generative AI",
    "ai": "all Chinese AI",
    "model-maker": "model makers",
}
VIEWS = {
    "fact-sheet": "fact sheet",
    "holdings": "all positions",
    "look-through": "what US$100 of its stock contain",
    "lorenz": "Lorenz curve",
    "history": "effective number through time",
    "coverage": "coverage through time",
    "stake": "one stake through time",
    "sensitivity": "which unknown matters most",
    "overlap": "overlap with others",
    "network": "who invests beside whom",
}
NOBODY = "nothing"
# Settings that each view takes; the others change nothing there and are not told.
TAKES = {
    "fact-sheet": ("scope", "weighting", "universe", "leave_out", "credits"),
    "holdings": ("scope", "weighting", "leave_out", "credits"),
    "look-through": ("scope",),
    "lorenz": ("scope", "weighting", "leave_out", "credits"),
    "history": ("scope", "weighting"),
    "coverage": ("scope", "universe"),
    "stake": ("startup",),
    "sensitivity": ("scope", "weighting"),
    "overlap": ("scope", "weighting"),
    "network": ("scope",),
}
# What a report offers of each view: controls that change something there, few enough values for one page.
OFFERS: Mapping[str, tuple[str, ...]] = {
    "fact-sheet": ("investor", "weighting", "as_of", "group"),
    "holdings": ("leave_out", "credits", "weighting"),
    "look-through": ("scope", "as_of", "policy"),
    "lorenz": ("investor", "weighting"),
    "history": ("weighting",),
    "coverage": ("investor", "scope", "universe"),
    "stake": ("startup", "policy"),
    "sensitivity": ("investor", "as_of"),
    "overlap": ("scope", "weighting", "as_of"),
    "network": ("scope", "as_of", "group"),
}
# Start-ups and days that a report offers: the large positions, and the month of the joke.
FEW = ("moonshot", "minimax", "zhipu", "sensetime")
DAYS = (dt.date(2024, 5, 31),)
SINCE = "2022-12-31"  # the eve of the generative-AI wave: before it only Alibaba held something

# What the table under a wide frame's chart shows; `.data` holds all of it.
_POSITIONS = (
    "startup", "stake_pct", "stake_low_pct", "stake_high_pct", "basis", "valuation_usd_m", "value_date", "age_days", "stale",
    "value_usd_m", "value_low_usd_m", "value_high_usd_m", "cost_usd_m", "cash_usd_m", "weight", "weight_low", "weight_high",
)  # fmt: skip
TABLE: Mapping[str, tuple[str, ...]] = {
    "fact-sheet": _POSITIONS,
    "holdings": _POSITIONS,
    "look-through": (
        "startup",
        "usd",
        "usd_low",
        "usd_high",
        "stake_pct",
        "value_usd_m",
        "value_date",
        "age_days",
        "mark",
        "market_cap_usd_m",
        "market_cap_date",
    ),
    "history": ("date", "investor", "positions", "weighted", "effective_number", "effective_low", "effective_high"),
    "coverage": ("date", "startups", "held", "count_pct", "value_pct", "owned_pct", "owned_low_pct", "owned_high_pct"),
    "stake": (
        "date",
        "label",
        "stake_pct",
        "stake_low_pct",
        "stake_high_pct",
        "bought_pct",
        "dilution_pct",
        "estimated_pct",
        "basis",
    ),
    "sensitivity": (
        "startup",
        "unknown",
        "effective_low",
        "effective_high",
        "look_through_low_usd",
        "look_through_high_usd",
        "swing",
        "rests_on",
        "rests_of",
    ),
    "overlap": ("name_a", "name_b", "overlap", "overlap_low", "overlap_high", "shared", "weighted_shared"),
    "network": ("name_a", "name_b", "startups", "rounds", "names"),
}

DRAW: Mapping[str, Draw] = {
    "fact-sheet": charts.fact_sheet,
    "holdings": charts.holdings,
    "look-through": charts.look_through,
    "lorenz": charts.lorenz,
    "history": charts.effective_number,
    "coverage": charts.coverage,
    "stake": charts.stake_path,
    "sensitivity": charts.sensitivity,
    "overlap": charts.overlap_matrix,
    "network": charts.co_investment,
}
