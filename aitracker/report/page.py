"""From an executed notebook to a page: what is shown, and the HTML around it. Every text is escaped."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
import mistune

from aitracker.view import CHART_MIME, FIGURE_MIME, page_json, page_scripts, theme_config
from aitracker.view.table import table_html

if TYPE_CHECKING:
    import nbformat

__all__ = ["Page", "index_html", "page_html"]

_MARKUP = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Figure:
    """One chart of a page with what stands around it."""

    id: str
    payload: dict[str, Any]

    @property
    def controls(self) -> list[dict[str, Any]]:
        """Controls that the page draws, each with an id of its own."""
        return [
            {"variant": None, "unit": None, **control, "id": f"{self.id}-{control.get('param') or control['variant']}"}
            for control in self.payload.get("controls", [])
        ]

    @property
    def table(self) -> str:
        """The table behind the chart."""
        return table_html(self.payload["table"], self.payload["caption"]) if self.payload.get("table") else ""


@dataclass
class Page:
    """What a notebook becomes: blocks in order (markdown, code, text, figure)."""

    name: str
    title: str
    lead: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, notebook: nbformat.NotebookNode) -> Page:
        """Take the cells of an executed notebook apart."""
        page = cls(name, name, "")
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                page._text(cell.source)
            elif cell.cell_type == "code" and "hide" not in cell.metadata.get("tags", []):
                page._code(cell)
        return page

    def _text(self, source: str) -> None:
        heading = re.match(r"# +(.+)\n*", source)
        if heading and self.title == self.name:
            # The notebook's own title becomes the page's one h1; it is not repeated.
            self.title = heading.group(1).strip()
            source = source[heading.end() :]
            self.lead = source.strip().split("\n\n")[0].replace("\n", " ")
        if source.strip():
            self.blocks.append({"kind": "markdown", "html": _MARKUP(source)})

    def _code(self, cell: nbformat.NotebookNode) -> None:
        blocks = [block for output in cell.get("outputs", []) if (block := self._output(output))]
        self.blocks += blocks
        if cell.source.strip():
            self.blocks.append({"kind": "code", "text": cell.source, "own": not blocks})

    def _output(self, output: nbformat.NotebookNode) -> dict[str, Any] | None:
        if output.output_type == "stream":
            return {"kind": "text", "text": _ANSI.sub("", output.text)} if output.name == "stdout" else None
        data = output.get("data", {})
        payload = data.get(FIGURE_MIME) or ({"chart": data[CHART_MIME]} if CHART_MIME in data else None)
        if payload:
            payload = json.loads(
                json.dumps(payload)
            )  # plain dictionaries: a notebook's own refuse to be asked for a key they lack
            kind = "chart" if "chart" in payload else "table"
            number = 1 + sum(figure.id.startswith(kind) for figure in self.figures)
            self.figures.append(Figure(f"{kind}-{number}", payload))
            return {"kind": "figure", "figure": self.figures[-1]}
        if "text/plain" in data:
            return {"kind": "text", "text": _ANSI.sub("", data["text/plain"])}
        return None

    @property
    def version(self) -> str | None:
        """Version of the data behind the page."""
        return next((f.payload["version"] for f in self.figures if f.payload.get("version")), None)

    @property
    def lens(self) -> str | None:
        """The lens of the page in words, where it is not the default."""
        return next((f.payload["lens"] for f in self.figures if f.payload.get("lens")), None)

    @property
    def citations(self) -> list[str]:
        """Every source used on the page, once."""
        return sorted({c for f in self.figures for c in f.payload.get("citations", [])})


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("aitracker.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _link(citation: str) -> str:
    """A citation with its address as a link; the rest is escaped."""
    text, found, address = citation.rpartition(" http")
    if not found:
        return html.escape(citation)
    address = html.escape(f"http{address}")
    return f'{html.escape(text)} <a href="{address}" rel="noreferrer">{address}</a>'


def page_html(page: Page, pages: list[Page]) -> str:
    """One notebook's page, whole: text, charts, data, scripts and style."""
    data = {
        "charts": {figure.id: figure.payload["chart"] for figure in page.figures if "chart" in figure.payload},
        "config": {"light": theme_config("light"), "dark": theme_config("dark")},
    }
    return _environment().get_template("page.html.j2").render(
        page=page, pages=pages, data=page_json(data), scripts=page_scripts() if page.figures else "",
        citations=[_link(c) for c in page.citations],
    )  # fmt: skip


def index_html(pages: list[Page]) -> str:
    """The list of pages."""
    return _environment().get_template("index.html.j2").render(pages=pages, page=None)
