"""`Figure`: a chart with what a reader needs beside it, carrying its static twin for a report."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ipywidgets

from aitracker.charts import spec
from aitracker.provenance import cite, source_names
from aitracker.view.table import FIGURE_MIME, table_data, table_html
from aitracker.view.template import payload
from aitracker.view.widget import ChartView

if TYPE_CHECKING:
    import polars as pl

    from aitracker.dataset import Dataset

__all__ = ["FIGURE_MIME", "Figure", "Twin", "show"]

MOST_CITED = 40


Draw = Callable[..., Any]
"""A chart function of ``aitracker.charts``: a frame and words in, an Altair chart out."""


@dataclass(frozen=True)
class Twin:
    """A chart that works without a kernel: its parameters are driven by the page's own controls.

    ``chart`` makes it for a mode, "light" or "dark".
    """

    chart: Callable[[Any], Any]
    controls: list[dict[str, Any]]


@dataclass
class Parts:
    """What is said around a chart."""

    caption: str
    says: str
    table: dict[str, Any]
    citations: list[str] = field(default_factory=list)


def parts_of(ds: Dataset, frame: pl.DataFrame, description: str, source_ids: pl.Series | list[str]) -> Parts:
    """Gather the sentence, the table and the sources that go with a chart."""
    ids = list(dict.fromkeys(i for i in source_ids if i))
    citations = [cite(ds, i) for i in ids[:MOST_CITED]]
    if len(ids) > MOST_CITED:
        citations.append(f"and {len(ids) - MOST_CITED} more sources, in the dataset")
    return Parts(f"Data behind the chart, {frame.height} rows", description, table_data(frame), citations)


class Figure(ipywidgets.VBox):
    """A chart, the sentence that says what it shows, the table behind it and its sources.

    Made by :func:`show` and by the explorers. In JupyterLab it is a widget; its mimebundle also carries the static
    form that ``aitracker report`` puts into a page.
    """

    def __init__(self, ds: Dataset, **layout: Any) -> None:
        self._ds = ds
        self._parts: Parts | None = None
        self._make: Callable[[Any], Any] | None = None
        self.view = ChartView()
        self._below = ipywidgets.HTML()
        super().__init__([self.view, self._below], **layout)

    def put(
        self, ds: Dataset, draw: Draw, frame: pl.DataFrame, source_ids: pl.Series | list[str], **words: Any
    ) -> None:
        """Draw a frame; a frame of the same shape only patches the chart on screen."""
        self._ds = ds
        said = {"sources": source_names(ds, source_ids), "version": ds.version, "lens": ds.lens.words, **words}
        self._make = lambda mode: draw(frame, mode=mode, **said)
        # A function of the mode, so that the view can have the chart made anew when the page turns dark.
        self.view.chart = lambda mode: spec(self._make(mode))
        self._parts = parts_of(ds, frame, self.view.description, source_ids)
        self._below.value = self._below_html(self._parts)

    @property
    def chart(self) -> Any:
        """The Altair chart on screen."""
        return self._make(self.view.mode) if self._make else None

    @staticmethod
    def _below_html(parts: Parts) -> str:
        sources = "".join(f"<li>{html.escape(c)}</li>" for c in parts.citations)
        return (
            f"<details><summary>{html.escape(parts.caption)}</summary>"
            f'<div style="overflow-x:auto">{table_html(parts.table, parts.caption)}</div></details>'
            f"<details><summary>Sources ({len(parts.citations)})</summary><ol>{sources}</ol></details>"
        )

    def payload(self, twin: Twin | None = None) -> dict[str, Any]:
        """Give the static form: chart or its twin, controls, sentence, table, sources, version and lens."""
        if self._parts is None:
            return {}
        return {
            "chart": payload(twin.chart("light"), dark=twin.chart("dark")) if twin else self.view.payload(),
            "controls": twin.controls if twin else [],
            "says": self._parts.says,
            "caption": self._parts.caption,
            "table": self._parts.table,
            "citations": self._parts.citations,
            "version": self._ds.version,
            "lens": self._ds.lens.words,
        }

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            data = bundle[0] if isinstance(bundle, tuple) else bundle
            data[FIGURE_MIME] = self.payload()
        return bundle


def show(
    ds: Dataset, draw: Draw, frame: pl.DataFrame, source_ids: pl.Series | list[str] | None = None, **words: Any
) -> Figure:
    """Draw a frame as a figure: chart, sentence, table and sources.

    Parameters
    ----------
    ds : Dataset
        The data that the frame came from; it gives the version, the words of the lens and the sources' names.
    draw : callable
        A chart function, such as ``ait.charts.portfolio``.
    frame : polars.DataFrame
        What it draws.
    source_ids : series or list of str, optional
        Sources of the figures; the frame's own ``source_id`` column where none are given.
    **words
        Further keywords of the chart function.

    Returns
    -------
    Figure
        Displays itself in JupyterLab, and is rendered into a report.
    """
    if source_ids is None:
        source_ids = frame["source_id"] if "source_id" in frame.columns else []
    figure = Figure(ds)
    figure.put(ds, draw, frame, source_ids, **words)
    return figure
