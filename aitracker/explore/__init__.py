"""Widgets for JupyterLab: one explorer a topic, each a chart with its controls and the lens."""

from aitracker.explore.funding import FundingFlows

__all__ = ["FundingFlows"]
