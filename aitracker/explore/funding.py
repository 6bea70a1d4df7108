"""The funding explorer: who put in how much, when, under which grouping and lens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as w

from aitracker import charts
from aitracker.explore.base import Explorer, choice
from aitracker.flows import WAVES, funding_flows, funding_rows
from aitracker.view.figure import Drawing, static_form

if TYPE_CHECKING:
    import polars as pl

    from aitracker.dataset import Dataset

__all__ = ["FundingFlows"]

EVERY = {"1y": "year", "1q": "quarter"}
BY = {
    "investor_type": "type of investor",
    "investor": "investor",
    "country_group": "home of the investor",
    "startup": "start-up",
    "segment": "segment",
}
WAVE = {
    "all": "all waves",
    "genai": "generative AI",
    "vision": "vision (2014-2021)",
    "us-comparator": "foreign comparators",
}
SPLIT = {"equal": "in equal parts", "lead-weighted": "leads count double", "stated": "not at all (stated only)"}


class FundingFlows(Explorer):
    """Explore funding by period: grouping, wave, split, talks, and the lens.

    Parameters
    ----------
    ds : Dataset
        The data; the explorer opens with its lens.

    Examples
    --------
    >>> ait.explore.FundingFlows(ait.load())  # doctest: +SKIP
    """

    def controls(self) -> dict[str, Any]:
        """Widgets by the name of the argument that they set."""
        return {
            "every": choice("period", EVERY, "1y"),
            "by": choice("grouping", BY, "investor_type"),
            "wave": choice("wave", WAVE, "genai"),
            "split": choice(
                "rest split",
                SPLIT,
                "equal",
                "How the money that no source ascribes is divided: a scenario, not a datum",
            ),
            "talks": w.Checkbox(value=False, description="count reported rounds too", indent=False),
        }

    @staticmethod
    def _arguments(*, every: str, by: str, wave: str, split: str, talks: bool) -> dict[str, Any]:
        return {
            "by": by,
            "every": every,
            "split": split,
            "waves": list(WAVES) if wave == "all" else [wave],
            "status": ["closed", "reported"] if talks else ["closed"],
        }

    def frame(self, ds: Dataset, **settings: Any) -> pl.DataFrame:
        """Compute the flows."""
        return funding_flows(ds, **self._arguments(**settings))

    def drawing(self, ds: Dataset, frame: pl.DataFrame, **settings: Any) -> Drawing:
        """Say how the flows are drawn."""
        return Drawing(ds, charts.funding_flows, frame, self._sources(ds), {"every": settings["every"]})

    @staticmethod
    def _sources(ds: Dataset) -> list[str]:
        return ds.lookup(
            "SELECT source_id FROM rounds WHERE amount_usd_m IS NOT NULL AND counts_in_totals ORDER BY amount_usd_m DESC"
        )["source_id"].to_list()

    def call(self, **settings: Any) -> str:
        """Write the call of ``funding_flows``."""
        given = ", ".join(f"{key}={value!r}" for key, value in self._arguments(**settings).items())
        return f"ait.funding_flows(ds, {given})"

    def words(self, **settings: Any) -> str:
        """Say the state of the controls in a sentence."""
        status = "Closed and reported" if settings["talks"] else "Closed"
        lens = self.lens.words
        return (
            f"{status} rounds of {WAVE[settings['wave']]}, by {BY[settings['by']]}, per {EVERY[settings['every']]}; money that no source"
            f" ascribes to an investor is divided {SPLIT[settings['split']]}" + (f"; {lens}." if lens else ".")
        )

    def twin(self) -> dict[str, Any]:
        """Give the same chart over rounds, with parameters in place of widgets: it adds up in the browser."""
        ds, wave = self._base, self.settings["wave"]
        rows = funding_rows(ds)
        controls = charts.funding_controls(rows)
        for control in controls:
            control["value"] = wave if control["param"] == "wave" else control["value"]
        live = static_form(Drawing(ds, charts.funding_flows_static, rows, self._sources(ds), {"wave": wave}), controls)
        # The sentence and the table are those of the columns as first shown, not of the rounds behind them.
        shown = static_form(self.prepare(self.settings, self.lens))
        return {**shown, "chart": live["chart"], "controls": live["controls"]}
