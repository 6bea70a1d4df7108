"""Charts of the package: a Polars frame in, an Altair chart out, with its finding, unit, sources and n.

Importing this package imports Altair; ``import aitracker`` does not, until a chart is asked for.
"""

from aitracker.charts import _altair, theme
from aitracker.charts._controls import controls
from aitracker.charts._drawn import payload, same_template, spec
from aitracker.charts.backtest import backtest_stakes
from aitracker.charts.cap_path import cap_path
from aitracker.charts.cap_table import cap_table
from aitracker.charts.circular import circular_deals
from aitracker.charts.claims import claims
from aitracker.charts.concentration import coverage, effective_number
from aitracker.charts.credits import credit_value, draw_down
from aitracker.charts.cumulative import cumulative_flows
from aitracker.charts.fact_sheet import fact_sheet
from aitracker.charts.funding import funding_flows
from aitracker.charts.funding_static import funding_flows_static
from aitracker.charts.holdings import holdings
from aitracker.charts.instruments import instrument_mix, returnable_share
from aitracker.charts.known import known_when
from aitracker.charts.look_through import look_through
from aitracker.charts.lorenz import lorenz
from aitracker.charts.matrix import investor_matrix
from aitracker.charts.network import co_investment
from aitracker.charts.overlap import overlap_matrix
from aitracker.charts.portfolio import portfolio
from aitracker.charts.provenance import corroboration
from aitracker.charts.rumours import rumours
from aitracker.charts.sankey import sankey
from aitracker.charts.sensitivity import sensitivity
from aitracker.charts.stakes import stake_path
from aitracker.charts.steps import listings, step_ups
from aitracker.charts.ties import tie_out
from aitracker.charts.timeline import flows_and_events
from aitracker.charts.unicorns import time_to_unicorn, unicorn_curve
from aitracker.charts.valuation import valuation_history
from aitracker.charts.waves import waves

__all__ = [
    "backtest_stakes",
    "cap_path",
    "cap_table",
    "circular_deals",
    "claims",
    "co_investment",
    "controls",
    "corroboration",
    "coverage",
    "credit_value",
    "cumulative_flows",
    "draw_down",
    "effective_number",
    "fact_sheet",
    "flows_and_events",
    "funding_flows",
    "funding_flows_static",
    "holdings",
    "instrument_mix",
    "investor_matrix",
    "known_when",
    "listings",
    "look_through",
    "lorenz",
    "overlap_matrix",
    "payload",
    "portfolio",
    "returnable_share",
    "rumours",
    "same_template",
    "sankey",
    "sensitivity",
    "spec",
    "stake_path",
    "step_ups",
    "theme",
    "tie_out",
    "time_to_unicorn",
    "unicorn_curve",
    "valuation_history",
    "waves",
]

del _altair  # imported first, for what it does
