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

from aitracker.dataset import Dataset, Lens, load
from aitracker.flows import funding_flows, portfolio
from aitracker.problems import DataError, Problem
from aitracker.provenance import cite, claims, corroboration, disagreements
from aitracker.splits import round_split

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
    "DataError",
    "Dataset",
    "Lens",
    "Problem",
    "Table",
    "charts",
    "cite",
    "claims",
    "corroboration",
    "disagreements",
    "explore",
    "funding_flows",
    "load",
    "portfolio",
    "round_split",
    "show",
    "view",
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
