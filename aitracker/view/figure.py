"""`Figure`: a chart with what a reader needs beside it, carrying its static form for a report."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ipywidgets

from aitracker.charts._drawn import handed, same_template, shared_payload, shared_spec
from aitracker.charts._spec import SEEN, carried
from aitracker.dataset import Dataset
from aitracker.provenance.claims import cite, source_names
from aitracker.view.rows import framed
from aitracker.view.table import FIGURE_MIME, cited, listed, table_data, table_html
from aitracker.view.template import payload
from aitracker.view.widget import ChartView

if TYPE_CHECKING:
    import polars as pl

__all__ = ["FIGURE_MIME", "Drawing", "Figure", "show"]

Draw = Callable[..., Any]
"""A chart function of ``aitracker.charts``: a frame and words in, an Altair chart out."""


@dataclass(frozen=True)
class Drawing:
    """A frame and how it is drawn, with the dataset that it came from.

    Attributes
    ----------
    ds
        Gives the names of the sources; version and words of the lens too, where the frame does not carry its own.
    draw
        A chart function, such as ``aitracker.charts.portfolio``.
    frame
        What it draws, and what stands in the table under the chart.
    source_ids
        Sources of the figures, as often as they are cited; None: those that the frame carries.
    words
        Further keywords of the chart function.
    columns
        Columns of the table under the chart; all of the frame's where none are named.
    """

    ds: Dataset
    draw: Draw
    frame: pl.DataFrame
    source_ids: Iterable[str | None] | None = None
    words: dict[str, Any] = field(default_factory=dict)
    columns: Sequence[str] = ()
    _charts: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def chart(self, mode: str = "light") -> Any:
        """Give the Altair chart for a light or a dark page; made once, and not to be changed: see :func:`handed`."""
        if mode not in self._charts:
            told = self.told
            said = {"sources": told["sources"], "version": told["version"], "lens": told["lens"]}
            self._charts[mode] = self.draw(self.frame, **{**said, "mode": mode, **self.words})
        return self._charts[mode]

    @cached_property
    def told(self) -> dict[str, Any]:
        """What chart and figure say of the frame: names of the `sources`, `version` and `lens`, as its rows carry them."""
        seen = carried(self.frame) if SEEN in self.frame.columns and self.frame.height else None
        if seen is None or self.source_ids is not None:
            names = source_names(self.ds, [i for i in self.sources if i])
            seen = {"version": self.ds.version, "lens": self.ds.lens.words, **(seen or {}), "sources": names}
        return seen

    @property
    def sources(self) -> list[str | None]:
        """Sources of the figures, as often as they are cited."""
        return [*cited(self.frame)] if self.source_ids is None else [*self.source_ids]

    @property
    def citations(self) -> list[str]:
        """References of the sources, each once, in the order of their first use."""
        return [cite(self.ds, i) for i in dict.fromkeys(self.sources) if i]

    @property
    def table(self) -> dict[str, Any]:
        """The table under the chart."""
        return table_data(self.frame.select(self.columns) if self.columns else self.frame)

    @property
    def caption(self) -> str:
        """What the table under the chart is."""
        rows = "row" if self.frame.height == 1 else "rows"
        return f"Data behind the chart, {self.frame.height} {rows}"

    def payload(self, like: Drawing | None = None) -> dict[str, Any]:
        """Give the static form of chart and table; without the template where it is that of ``like``.

        The dark form differs in its colours alone, which the page knows.
        """
        chart = self.chart()
        if like is not None and same_template(chart, like.chart()):
            told = shared_payload(chart)
            form = {"datasets": told["data"], "params": told["params"], "description": told["description"]}
        else:
            form = {**payload(shared_spec(chart)), "recolour": True}
        return {"chart": form, "table": self.table, "caption": self.caption}


class Figure(ipywidgets.VBox):
    """A chart, the table behind it and its sources.

    Made by :func:`show` and by the explorers. In JupyterLab it is a widget; its mimebundle also carries the static
    form that ``aitracker report`` puts into a page.
    """

    def __init__(self, **layout: Any) -> None:
        self.drawing: Drawing | None = None
        self.view = ChartView()
        self._below = ipywidgets.HTML()
        super().__init__([self.view, self._below], **layout)

    def put(self, drawing: Drawing) -> None:
        """Draw; a drawing by the same chart function only patches the chart on screen."""
        # A function of the mode, so that the view can have the chart made anew when the page turns dark.
        self.view.chart = lambda mode: shared_spec(drawing.chart(mode))
        self.drawing = drawing
        sources = drawing.citations
        citations = "".join(f"<li>{html.escape(c)}</li>" for c in sources)
        fold = f"<details><summary>Sources ({len(sources)})</summary><ol>{citations}</ol></details>" if sources else ""
        self._below.value = (
            f"<details><summary>{html.escape(drawing.caption)}</summary>"
            f'<div style="overflow-x:auto">{table_html(drawing.table, drawing.caption)}</div></details>{fold}'
        )

    @property
    def chart(self) -> Any:
        """The Altair chart on screen, to do with as one likes: the one on screen stays as it is."""
        return handed(self.drawing.chart(self.view.mode)) if self.drawing else None

    def payload(self) -> dict[str, Any]:
        """Give the static form: chart, sentence, table, sources, version and lens."""
        return static_form(self.drawing) if self.drawing else {}

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            data = bundle[0] if isinstance(bundle, tuple) else bundle
            data[FIGURE_MIME] = self.payload()
        return bundle


def static_form(drawing: Drawing, controls: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """Give what a report needs of a drawing: chart, controls, sentence, table, sources, version and lens."""
    form = drawing.payload()
    return {
        **form,
        "controls": list(controls),
        "says": form["chart"]["description"],
        "citations": drawing.citations,
        "version": drawing.told["version"],
        "reach": drawing.ds.reach,
        "content_hash": drawing.ds.content_hash,
        "lens": drawing.told["lens"],
    }


def show(
    ds: Dataset,
    draw: Draw,
    frame: pl.DataFrame,
    source_ids: Iterable[str | None] | None = None,
    **words: Any,
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
        Sources of the figures; without them those that the frame carries (``seen``, else its ``source_id`` column).
    **words
        Further keywords of the chart function.

    Raises
    ------
    ValueError
        When the chart has no such keyword, or there is no such source; the message names what there is and the nearest.

    Returns
    -------
    Figure
        Displays itself in JupyterLab, and is rendered into a report.
    """
    if not isinstance(ds, Dataset):
        message = f"show takes the dataset first, as ait.load() gives it, not {type(ds).__name__}"
        raise ValueError(message)  # noqa: TRY004 - as every other wrong argument
    if not callable(draw):
        message = f"draw must be a chart function such as ait.charts.portfolio, not {draw!r}"
        raise ValueError(message)  # noqa: TRY004
    drawing = Drawing(ds, draw, framed(frame), None if source_ids is None else listed(source_ids), words)
    _ = drawing.citations  # an unknown source is met here with the nearest
    figure = Figure()
    figure.put(drawing)
    return figure
