"""Widgets for JupyterLab: one explorer a topic, each a chart with its controls and the lens."""

from aitracker.explore.base import Explorer
from aitracker.explore.compute import ComputeForEquity
from aitracker.explore.etf import ChinaAIETF
from aitracker.explore.funding import FundingFlows
from aitracker.explore.provenance import WhoSaidWhat
from aitracker.explore.valuation import ValuationGrowth

__all__ = [
    "ChinaAIETF",
    "ComputeForEquity",
    "Explorer",
    "FundingFlows",
    "ValuationGrowth",
    "WhoSaidWhat",
]
