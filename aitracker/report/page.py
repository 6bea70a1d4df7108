"""From an executed notebook to a page: what is shown, and the HTML around it. Every text is escaped."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
import mistune
import zopfli.gzip

from aitracker.charts.theme import dark_colours
from aitracker.report.compact import compact
from aitracker.view import CHART_MIME, FIGURE_MIME, page_json, page_scripts, payload, theme_config
from aitracker.view.runtime import kept_gz

if TYPE_CHECKING:
    from aitracker.report.run import Executed

__all__ = ["Page", "index_html", "packed_code", "page_html", "single_html"]

NAME = "aitracker: who funds China's AI start-ups"
HEADING = "Who funds China's AI start-ups, on what terms, and how concentrated it is"
_MARKUP = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_VEGA_LITE = re.compile(r"application/vnd\.vegalite\.v\d+[.+]json")


@dataclass
class Figure:
    """One chart or table of a page with what stands around it."""

    id: str
    form: dict[str, Any]

    @property
    def chart(self) -> dict[str, Any] | None:
        """The chart as view.js takes it; None for a table alone."""
        return self.form.get("chart")

    @property
    def says(self) -> str:
        """The sentence that says what the chart shows."""
        return str(self.form.get("says") or (self.chart or {}).get("description") or "")

    @property
    def caption(self) -> str:
        """What the table holds."""
        return str(self.form.get("caption") or "")

    @property
    def controls(self) -> list[dict[str, Any]]:
        """Controls that the page draws, each with an id of its own."""
        return [
            {"variant": None, "unit": None, **control, "id": f"{self.id}-{control.get('param') or control['variant']}"}
            for control in self.form.get("controls", [])
        ]

    @property
    def beside(self) -> dict[str, Any]:
        """What report.js needs of it beside the chart; ``live`` where the chart adds up by itself."""
        live = any(control.get("param") for control in self.form.get("controls", []))
        return {"table": self.form.get("table"), "caption": self.caption, "says": self.says, "live": live}


@dataclass
class Page:
    """What a notebook becomes: blocks in order (markdown, code, text, image, figure)."""

    name: str
    title: str
    lead: str = ""
    prefix: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, executed: Executed, prefix: str = "") -> Page:
        """Take the cells of an executed notebook apart; ``prefix`` keeps ids apart where pages share a file."""
        page = cls(name, name, prefix=prefix)
        for cell, outputs in zip(executed["cells"], executed["outputs"], strict=True):
            if cell["type"] == "markdown":
                page._text(cell["source"])
            elif cell["type"] == "code" and "hide" not in cell["tags"]:
                page._code(cell["source"], outputs)
        return page

    def _text(self, source: str) -> None:
        heading = re.match(r"# +(.+)\n*", source)
        if heading and self.title == self.name:
            # The notebook's own title becomes the page's one h1; it is not repeated.
            self.title = heading.group(1).strip()
            source = source[heading.end() :]
            self.lead = source.strip().split("\n\n")[0].replace("\n", " ")
        if source.strip():
            self.blocks.append({"kind": "markdown", "html": self._anchored(str(_MARKUP(source)))})

    def _anchored(self, text: str) -> str:
        """Give each heading an id, and the table of contents an entry for each of the second level."""

        def anchor(found: re.Match[str]) -> str:
            level, inner = max(2, int(found[1])), found[2]
            words = html.unescape(re.sub(r"<[^>]+>", "", inner))
            name = f"{self.prefix}{re.sub(r'[^a-z0-9]+', '-', words.lower()).strip('-')}"
            if level == 2:
                self.contents.append((name, words))
            return f'<h{level} id="{html.escape(name)}">{inner}</h{level}>'

        return re.sub(r"<h([1-6])>(.*?)</h\1>", anchor, text, flags=re.DOTALL)

    def _code(self, source: str, outputs: list[dict[str, Any]]) -> None:
        blocks = [block for output in outputs if (block := self._output(output))]
        self.blocks += blocks
        if source.strip():
            self.blocks.append({"kind": "code", "text": source, "own": not blocks})

    def _output(self, output: dict[str, Any]) -> dict[str, Any] | None:
        if output["kind"] == "text":
            return {"kind": "text", "text": _ANSI.sub("", output["text"])}
        data = output["data"]
        if form := _form(data):
            kind = "chart" if "chart" in form else "table"
            number = 1 + sum(figure.id.removeprefix(self.prefix).startswith(kind) for figure in self.figures)
            self.figures.append(Figure(f"{self.prefix}{kind}-{number}", form))
            return {"kind": "figure", "figure": self.figures[-1]}
        if "image/png" in data:
            return {
                "kind": "image",
                "data": re.sub(r"[^A-Za-z0-9+/=]", "", data["image/png"]),
                "words": data.get("text/plain", ""),
            }
        if "text/plain" in data:
            return {"kind": "text", "text": _ANSI.sub("", data["text/plain"])}
        return None

    @cached_property
    def packed(self) -> str:
        """What its scripts read, packed; kept, so that it can be made while other notebooks still run."""
        return _packed_data([self])

    @property
    def version(self) -> str | None:
        """Version of the data behind the page."""
        return next((f.form["version"] for f in self.figures if f.form.get("version")), None)

    @property
    def reach(self) -> str | None:
        """How far the facts behind the page go, in words."""
        return next((f.form["reach"] for f in self.figures if f.form.get("reach")), None)

    @property
    def content_hash(self) -> str | None:
        """Hash of the data behind the page."""
        return next((f.form["content_hash"] for f in self.figures if f.form.get("content_hash")), None)

    @property
    def lens(self) -> str | None:
        """The lens of the page in words, where it is not the default."""
        return next((f.form["lens"] for f in self.figures if f.form.get("lens")), None)

    @property
    def words(self) -> str:
        """How many charts and tables it has."""
        charts = sum(figure.chart is not None for figure in self.figures)
        counts = ((charts, "chart"), (len(self.figures) - charts, "table"))
        return ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for n, name in counts if n)

    @property
    def citations(self) -> list[str]:
        """Every source used on the page, once."""
        return sorted({c for f in self.figures for c in f.form.get("citations", [])})


def _form(data: dict[str, Any]) -> dict[str, Any] | None:
    """The static form of a displayed figure, view or Altair chart; None for anything else."""
    if FIGURE_MIME in data:
        return dict(data[FIGURE_MIME])
    if CHART_MIME in data:
        return {"chart": data[CHART_MIME]}
    chart = next((value for kind, value in data.items() if _VEGA_LITE.fullmatch(kind)), None)
    return {"chart": payload(chart)} if chart else None


# The 85 characters of base 85, less the three that HTML reads as markup: unpack.js holds the same list.
_PLAIN = str.maketrans("<>&", ",:.")


def _packed(text: str, *, tight: bool = False) -> str:
    """Gzipped and in base 85: what unpack.js reads, a sixteenth shorter than in base 64.

    ``tight`` looks longer for a shorter form, which pays for what every page holds.
    """
    data = text.encode()
    small = zopfli.gzip.compress(data, numiterations=1) if tight else gzip.compress(data, 9, mtime=0)
    return base64.b85encode(small).decode().translate(_PLAIN)


def _brief(value: Any) -> Any:
    """Numbers to six significant digits: no chart shows more, and what is not there need not be sent."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _brief(entry) for key, entry in value.items()}
    return [_brief(entry) for entry in value] if isinstance(value, list) else value


@cache
def packed_code() -> str:
    """The drawing library and our own scripts, packed; the same for every page."""
    own = resources.files("aitracker.report").joinpath("templates/report.js").read_text(encoding="utf-8")
    # Whole lines of comment are for those who read the source, not for those who open a page.
    text = re.sub(r"^\s*//.*\n", "", page_scripts() + "(() => {\n" + own + "})();\n", flags=re.MULTILINE)
    name = f"page-{hashlib.sha256(text.encode()).hexdigest()[:16]}.gz"
    return gzip.decompress(kept_gz(name, lambda: _packed(text, tight=True))).decode()


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("aitracker.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _packed_data(pages: list[Page]) -> str:
    """Charts, tables and sources of some pages, packed; nothing where they have no figure."""
    figures = [figure for page in pages for figure in page.figures]
    if not figures:
        return ""
    charts = {figure.id: figure.chart for figure in figures if figure.chart}
    data = {
        # Templates are much alike: side by side they pack best.
        "specs": {name: chart["spec"] for name, chart in charts.items()},
        "charts": {name: {key: part for key, part in chart.items() if key != "spec"} for name, chart in charts.items()},
        "figures": {figure.id: figure.beside for figure in figures if figure.beside["table"] or figure.chart},
        "sources": {page.prefix: page.citations for page in pages},
        "config": {"light": theme_config("light"), "dark": theme_config("dark")},
        "colours": dark_colours(),
    }
    return _packed(json.dumps(compact(_brief(data)), ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _render(template: str, pages: list[Page], shown: list[Page], title: str | None = None) -> str:
    data = shown[0].packed if len(shown) == 1 else _packed_data(shown)
    version = next((page.version for page in shown if page.version), None)
    about = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": NAME,
        "description": "Funding rounds, investors, valuations and stakes of China's AI start-ups, with every claim and its source.",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "version": version or "0",
        "creator": {"@type": "Organization", "name": "aitracker contributors"},
        "citation": [c for page in shown for c in page.citations][:8],
    }
    return _environment().get_template(template).render(
        pages=pages,
        shown=shown,
        heading=title or HEADING,
        name=title or NAME,
        page=shown[0] if len(shown) == 1 else None,
        reach=next((page.reach for page in shown or pages if page.reach), None),
        data=data,
        code=packed_code() if data else "",
        about=page_json(about),
    )  # fmt: skip


def page_html(page: Page, pages: list[Page]) -> str:
    """One notebook's page, whole: text, charts, data, scripts and style."""
    return _render("page.html.j2", pages, [page])


def single_html(pages: list[Page], title: str | None = None) -> str:
    """All pages in one file."""
    return _render("single.html.j2", pages, pages, title)


def index_html(pages: list[Page], title: str | None = None) -> str:
    """The list of pages."""
    return _render("index.html.j2", pages, [], title)
