"""The table under a chart: plain HTML, every text escaped, the same in JupyterLab and in a report."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import TYPE_CHECKING, Any

from aitracker.facts import CARRIED
from aitracker.provenance.claims import cite
from aitracker.view.rows import framed

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from aitracker.dataset import Dataset

__all__ = ["FIGURE_MIME", "Table", "cited", "listed", "table_data", "table_html"]

FIGURE_MIME = "application/vnd.aitracker.figure+json"
"""Type under which a displayed figure or table carries its static form, for a report."""

MOST_ROWS = 200
UNITS = {"_usd_m": "US$ m", "_pct": "%", "_x": "multiple", "_months": "months"}


def table_data(frame: pl.DataFrame) -> dict[str, Any]:
    """Columns with their words and units, and the rows as JSON values.

    Parameters
    ----------
    frame : polars.DataFrame
        The data behind a chart; at most 200 rows are kept, and ``more`` says how many were left out.

    Returns
    -------
    dict
        ``columns`` (``name``, ``label``, ``unit``, ``numeric``), ``rows`` (lists; null is unknown) and ``more``.
    """
    frame = frame.drop(CARRIED, strict=False)  # for the machine: the facts behind a row, and how it was seen
    columns = [
        {"name": name, "label": _label(name), "unit": _unit(name), "numeric": kind.is_numeric()}
        for name, kind in frame.schema.items()
    ]
    rows = [[_cell(value) for value in row] for row in frame.head(MOST_ROWS).rows()]
    return {"columns": columns, "rows": rows, "more": max(0, frame.height - MOST_ROWS)}


def cited(frame: pl.DataFrame) -> list[str]:
    """Sources of a frame's figures, as often as they are cited: those it was seen to rest on, else of its ``source_id``."""
    if "seen" in frame.columns:
        return [i for row in frame["seen"].drop_nulls() for i in row["source_ids"] or ()]
    return frame["source_id"].drop_nulls().to_list() if "source_id" in frame.columns else []


def listed(source_ids: Iterable[str | None]) -> list[str | None]:
    """Give keys of sources as a list; one alone is a list of one."""
    return [source_ids] if isinstance(source_ids, str) else list(source_ids)


def _unit(name: str) -> str | None:
    return next((unit for suffix, unit in UNITS.items() if name.endswith(suffix)), None)


def _label(name: str) -> str:
    for suffix in UNITS:
        name = name.removesuffix(suffix)
    return name.replace("_", " ").strip() or name


def _cell(value: object) -> object:
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 2) if abs(value) >= 100 else float(f"{value:.4g}")  # a cell shows two decimals
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _words(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


def _td(value: object, *, numeric: bool) -> str:
    if value is None:
        return f'<td class="unknown{" num" if numeric else ""}">unknown</td>'
    text = html.escape(_words(value))
    # Chinese text is marked, so that screen readers and fonts take it as what it is.
    lang = ' lang="zh"' if isinstance(value, str) and re.fullmatch(r"[㐀-鿿·()]+", value) else ""
    return f"<td{' class=num' if numeric else ''}{lang}>{text}</td>"


def table_html(table: dict[str, Any], caption: str) -> str:
    """Write a table as HTML with a caption, scopes and units; every text is escaped.

    Parameters
    ----------
    table : dict
        As :func:`table_data` gives it.
    caption : str
        What the table holds.
    """
    head = "".join(
        f'<th scope="col"{" class=num" if c["numeric"] else ""}>{html.escape(c["label"])}'
        + (f" <span class=unit>({html.escape(c['unit'])})</span>" if c["unit"] else "")
        + "</th>"
        for c in table["columns"]
    )
    body = "".join(
        "<tr>" + "".join(_td(v, numeric=c["numeric"]) for v, c in zip(row, table["columns"], strict=True)) + "</tr>"
        for row in table["rows"]
    )
    more = f"<p>{table['more']:,} more rows are not shown.</p>" if table["more"] else ""
    return (
        f'<table class="aitracker-table"><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>{more}"
    )


class Table:
    """A frame as a table of a report: displays itself in JupyterLab, and is rendered into a page.

    Parameters
    ----------
    frame : polars.DataFrame, or a pandas frame, or a list of records
        What it holds.
    caption : str
        What that is.
    ds : Dataset, optional
        With it, the sources of the table join the bibliography of the page.
    source_ids : series or list of str, optional
        Those sources; without it those that the frame carries (``seen``, else its ``source_id`` column).
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        caption: str,
        ds: Dataset | None = None,
        source_ids: Iterable[str | None] | None = None,
    ) -> None:
        if not isinstance(caption, str):
            message = f"caption must be a text that says what the table holds, not {caption!r}"
            raise ValueError(message)  # noqa: TRY004 - as every other wrong argument
        self.frame, self.caption = framed(frame), caption
        sources = cited(self.frame) if source_ids is None else listed(source_ids)
        self.citations = [cite(ds, i) for i in dict.fromkeys(sources) if i] if ds else []

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        data = table_data(self.frame)
        return {
            "text/plain": f"{self.caption}: {self.frame.height} rows",
            "text/html": table_html(data, self.caption),
            FIGURE_MIME: {"table": data, "caption": self.caption, "citations": self.citations},
        }
