"""aitracker: who funds China's AI start-ups, on what terms, and how concentrated it is.

>>> import aitracker as ait
>>> ds = ait.load()
>>> ait.funding_flows(ds, by="investor_type", every="1y")  # doctest: +SKIP

``load`` opens the curated dataset; every helper takes the dataset first and gives a Polars frame, seen through the
dataset's lens. ``ait.charts`` draws frames, ``ait.explore`` holds the widgets, ``ait.write_report`` makes offline pages.
Charts, widgets and reports are imported on first use: importing aitracker costs no more than polars and duckdb.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from aitracker.backtest import backtest_stakes, backtest_summary
from aitracker.concentration import (
    active_share,
    effective_number,
    five_ten_forty,
    gini,
    hhi,
    hhi_bounds,
    lorenz,
    overlap,
    top_share,
)
from aitracker.coverage import coverage, look_through
from aitracker.credits import credit_value, draw_down
from aitracker.dataset import Dataset, Lens, load
from aitracker.dilution import stake_bought
from aitracker.downstream import downstream
from aitracker.flows import funding_flows, portfolio
from aitracker.funds import fund_weights
from aitracker.holdings import holdings
from aitracker.instruments import instrument_mix, instrument_summary
from aitracker.ledger import FIELD, STATE_FUNDS
from aitracker.lineage import explain
from aitracker.matrix import investor_matrix
from aitracker.problems import DataError, Problem
from aitracker.provenance import cite, claims, corroboration, disagreements
from aitracker.retold import known_when, retellings
from aitracker.returnable import returnable_money
from aitracker.rumours import influence, rumours
from aitracker.scenarios import sensitivity, through_time
from aitracker.scorecard import scorecard
from aitracker.shared_holdings import co_investment, overlap_matrix
from aitracker.splits import round_split
from aitracker.stakes import stake_path
from aitracker.steps import growth, listings, step_ups
from aitracker.talks import flows_and_talks
from aitracker.tieout import tie_out
from aitracker.unicorns import time_to_unicorn, unicorn_curve
from aitracker.valuation import valuation_history
from aitracker.versions import diff
from aitracker.waves import waves

if TYPE_CHECKING:
    from aitracker import charts as charts
    from aitracker import explore as explore
    from aitracker import view as view
    from aitracker.report import write_report as write_report
    from aitracker.view.figure import show as show
    from aitracker.view.table import Table as Table

try:
    __version__ = version("aitracker")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+source"

__all__ = [
    "FIELD",
    "STATE_FUNDS",
    "DataError",
    "Dataset",
    "Lens",
    "Problem",
    "Table",
    "active_share",
    "backtest_stakes",
    "backtest_summary",
    "charts",
    "cite",
    "claims",
    "co_investment",
    "corroboration",
    "coverage",
    "credit_value",
    "diff",
    "disagreements",
    "downstream",
    "draw_down",
    "effective_number",
    "explain",
    "explore",
    "five_ten_forty",
    "flows_and_talks",
    "fund_weights",
    "funding_flows",
    "gini",
    "growth",
    "hhi",
    "hhi_bounds",
    "holdings",
    "influence",
    "instrument_mix",
    "instrument_summary",
    "investor_matrix",
    "known_when",
    "listings",
    "load",
    "look_through",
    "lorenz",
    "overlap",
    "overlap_matrix",
    "portfolio",
    "retellings",
    "returnable_money",
    "round_split",
    "rumours",
    "scorecard",
    "sensitivity",
    "show",
    "stake_bought",
    "stake_path",
    "step_ups",
    "through_time",
    "tie_out",
    "time_to_unicorn",
    "top_share",
    "unicorn_curve",
    "valuation_history",
    "view",
    "waves",
    "write_report",
]

_LAZY = {
    "charts": None,
    "explore": None,
    "view": None,
    "write_report": "aitracker.report",
    "show": "aitracker.view.figure",
    "Table": "aitracker.view.table",
}


def __getattr__(name: str) -> Any:
    """Import charts, widgets and reports when they are first asked for (PEP 562)."""
    if name not in _LAZY:
        message = f"module 'aitracker' has no attribute {name!r}"
        raise AttributeError(message)
    home = _LAZY[name]
    value = import_module(f"aitracker.{name}") if home is None else getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Offer the lazy names to completion too."""
    return sorted({*globals(), *__all__})
