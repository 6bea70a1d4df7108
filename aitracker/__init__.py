"""aitracker: who funds China's AI start-ups, on what terms, and how concentrated it is.

>>> import aitracker as ait
>>> ds = ait.load()
>>> ait.funding_flows(ds, by="investor_type", every="1y")  # doctest: +SKIP

``load`` opens the curated dataset; every helper takes the dataset first and gives a Polars frame, seen through the
dataset's lens. ``ait.charts`` draws frames, ``ait.explore`` holds the widgets, ``ait.write_report`` makes offline pages.
Everything is imported on first use: importing aitracker costs next to nothing, the first ``load`` what polars and duckdb cost.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aitracker import charts as charts
    from aitracker import explore as explore
    from aitracker import view as view
    from aitracker.concentration.measures import active_share as active_share
    from aitracker.concentration.measures import effective_number as effective_number
    from aitracker.concentration.measures import five_ten_forty as five_ten_forty
    from aitracker.concentration.measures import gini as gini
    from aitracker.concentration.measures import hhi as hhi
    from aitracker.concentration.measures import hhi_bounds as hhi_bounds
    from aitracker.concentration.measures import lorenz as lorenz
    from aitracker.concentration.measures import overlap as overlap
    from aitracker.concentration.measures import top_share as top_share
    from aitracker.concentration.weight_bounds import active_share_bounds as active_share_bounds
    from aitracker.concentration.weight_bounds import overlap_bounds as overlap_bounds
    from aitracker.dataset import Dataset as Dataset
    from aitracker.dataset import load as load
    from aitracker.flows.credits import credit_value as credit_value
    from aitracker.flows.credits import draw_down as draw_down
    from aitracker.flows.funding import funding_flows as funding_flows
    from aitracker.flows.funding import portfolio as portfolio
    from aitracker.flows.instruments import instrument_mix as instrument_mix
    from aitracker.flows.instruments import instrument_summary as instrument_summary
    from aitracker.flows.matrix import investor_matrix as investor_matrix
    from aitracker.flows.returnable import returnable_money as returnable_money
    from aitracker.flows.splits import round_split as round_split
    from aitracker.flows.talks import flows_and_talks as flows_and_talks
    from aitracker.flows.tieout import tie_out as tie_out
    from aitracker.flows.waves import waves as waves
    from aitracker.lens import Lens as Lens
    from aitracker.ownership.backtest import backtest_stakes as backtest_stakes
    from aitracker.ownership.backtest import backtest_summary as backtest_summary
    from aitracker.ownership.coverage import coverage as coverage
    from aitracker.ownership.dilution import stake_bought as stake_bought
    from aitracker.ownership.funds import fund_weights as fund_weights
    from aitracker.ownership.holdings import holdings as holdings
    from aitracker.ownership.look_through import look_through as look_through
    from aitracker.ownership.look_through import look_through_days as look_through_days
    from aitracker.ownership.scenarios import sensitivity as sensitivity
    from aitracker.ownership.scenarios import through_time as through_time
    from aitracker.ownership.scorecard import scorecard as scorecard
    from aitracker.ownership.shared import co_investment as co_investment
    from aitracker.ownership.shared import overlap_matrix as overlap_matrix
    from aitracker.ownership.stakes import stake_path as stake_path
    from aitracker.problems import DataError as DataError
    from aitracker.problems import Problem as Problem
    from aitracker.provenance.claims import cite as cite
    from aitracker.provenance.claims import claims as claims
    from aitracker.provenance.claims import corroboration as corroboration
    from aitracker.provenance.claims import disagreements as disagreements
    from aitracker.provenance.downstream import downstream as downstream
    from aitracker.provenance.lineage import explain as explain
    from aitracker.provenance.retold import known_when as known_when
    from aitracker.provenance.retold import retellings as retellings
    from aitracker.provenance.rumours import influence as influence
    from aitracker.provenance.rumours import rumours as rumours
    from aitracker.provenance.versions import diff as diff
    from aitracker.report import write_report as write_report
    from aitracker.valuation.history import valuation_history as valuation_history
    from aitracker.valuation.steps import growth as growth
    from aitracker.valuation.steps import listings as listings
    from aitracker.valuation.steps import step_ups as step_ups
    from aitracker.valuation.unicorns import time_to_unicorn as time_to_unicorn
    from aitracker.valuation.unicorns import unicorn_curve as unicorn_curve
    from aitracker.view.figure import show as show
    from aitracker.view.table import Table as Table
    from aitracker.vocabulary import FIELD as FIELD
    from aitracker.vocabulary import STATE_FUNDS as STATE_FUNDS

try:
    __version__ = version("aitracker")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+source"

# Where each public name lives. A module is imported when one of its names is first asked for (PEP 562), so that
# ``import aitracker`` costs no more than polars and duckdb.
_HOMES: dict[str, tuple[str, ...]] = {
    "concentration.measures": (
        "active_share",
        "effective_number",
        "five_ten_forty",
        "gini",
        "hhi",
        "hhi_bounds",
        "lorenz",
        "overlap",
        "top_share",
    ),
    "concentration.weight_bounds": (
        "active_share_bounds",
        "overlap_bounds",
    ),
    "dataset": (
        "Dataset",
        "load",
    ),
    "flows.credits": (
        "credit_value",
        "draw_down",
    ),
    "flows.funding": (
        "funding_flows",
        "portfolio",
    ),
    "flows.instruments": (
        "instrument_mix",
        "instrument_summary",
    ),
    "flows.matrix": ("investor_matrix",),
    "flows.returnable": ("returnable_money",),
    "flows.splits": ("round_split",),
    "flows.talks": ("flows_and_talks",),
    "flows.tieout": ("tie_out",),
    "flows.waves": ("waves",),
    "lens": ("Lens",),
    "ownership.backtest": (
        "backtest_stakes",
        "backtest_summary",
    ),
    "ownership.coverage": ("coverage",),
    "ownership.dilution": ("stake_bought",),
    "ownership.funds": ("fund_weights",),
    "ownership.holdings": ("holdings",),
    "ownership.look_through": (
        "look_through",
        "look_through_days",
    ),
    "ownership.scenarios": (
        "sensitivity",
        "through_time",
    ),
    "ownership.scorecard": ("scorecard",),
    "ownership.shared": (
        "co_investment",
        "overlap_matrix",
    ),
    "ownership.stakes": ("stake_path",),
    "problems": (
        "DataError",
        "Problem",
    ),
    "provenance.claims": (
        "cite",
        "claims",
        "corroboration",
        "disagreements",
    ),
    "provenance.downstream": ("downstream",),
    "provenance.lineage": ("explain",),
    "provenance.retold": (
        "known_when",
        "retellings",
    ),
    "provenance.rumours": (
        "influence",
        "rumours",
    ),
    "provenance.versions": ("diff",),
    "report": ("write_report",),
    "valuation.history": ("valuation_history",),
    "valuation.steps": (
        "growth",
        "listings",
        "step_ups",
    ),
    "valuation.unicorns": (
        "time_to_unicorn",
        "unicorn_curve",
    ),
    "view.figure": ("show",),
    "view.table": ("Table",),
    "vocabulary": ("FIELD", "STATE_FUNDS"),
}
_PACKAGES = ("charts", "explore", "view")
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "FIELD",
    "STATE_FUNDS",
    "DataError",
    "Dataset",
    "Lens",
    "Problem",
    "Table",
    "active_share",
    "active_share_bounds",
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
    "look_through_days",
    "lorenz",
    "overlap",
    "overlap_bounds",
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


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _PACKAGES:
        value: Any = import_module(f"aitracker.{name}")
    elif name in _HOME:
        value = getattr(import_module(f"aitracker.{_HOME[name]}"), name)
    else:
        message = f"module 'aitracker' has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Offer the lazy names to completion too."""
    return sorted({*globals(), *__all__})
