"""The one way a chart reaches a screen, in JupyterLab and in a static page.

`ChartView` is the widget. `payload`, `page_scripts`, `page_json` and `static_js` give a report the same
charts without a kernel; they import neither Altair nor ipywidgets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aitracker.view.figure import FIGURE_MIME, Figure, show
    from aitracker.view.runtime import page_json, page_scripts, runtime_js, static_js
    from aitracker.view.table import Table
    from aitracker.view.template import Template, payload, theme_config
    from aitracker.view.widget import CHART_MIME, ChartView

__all__ = [
    "CHART_MIME",
    "FIGURE_MIME",
    "ChartView",
    "Figure",
    "Table",
    "Template",
    "page_json",
    "page_scripts",
    "payload",
    "runtime_js",
    "show",
    "static_js",
    "theme_config",
]

_HOME = {
    "CHART_MIME": "widget",
    "ChartView": "widget",
    "FIGURE_MIME": "table",
    "Figure": "figure",
    "Table": "table",
    "Template": "template",
    "payload": "template",
    "page_json": "runtime",
    "page_scripts": "runtime",
    "runtime_js": "runtime",
    "show": "figure",
    "static_js": "runtime",
    "theme_config": "template",
}


def __getattr__(name: str) -> object:
    """Import a name from its module when it is first used."""
    if name not in _HOME:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Names offered by this package."""
    return sorted(__all__)
