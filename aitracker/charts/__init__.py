"""Charts of the package: a Polars frame in, an Altair chart out, with its finding, unit, sources and n.

Importing this package imports Altair; ``import aitracker`` does not, until a chart is asked for.
"""

from aitracker.charts import _altair, theme
from aitracker.charts._controls import controls
from aitracker.charts._controls import controls as funding_controls
from aitracker.charts._spec import payload, spec
from aitracker.charts.funding import funding_flows
from aitracker.charts.funding_static import funding_flows_static
from aitracker.charts.portfolio import portfolio
from aitracker.charts.provenance import corroboration

__all__ = [
    "controls",
    "corroboration",
    "funding_controls",
    "funding_flows",
    "funding_flows_static",
    "payload",
    "portfolio",
    "spec",
    "theme",
]

del _altair  # imported first, for what it does
