"""Write the pages of the documentation and build the site: ``make docs``.

Nothing on it is written by hand a second time: functions come from their docstrings, the data dictionary from
`data/README.md`, the gallery from `docs/gallery.toml`, drawn from the data.
"""

from __future__ import annotations

import ast
import inspect
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import vl_convert

import aitracker as ait

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "build" / "docs"

ROOMS = {
    "dataset": ("The dataset", ("aitracker.dataset", "aitracker.lens", "aitracker.problems")),
    "flows": ("Flows", ("aitracker.flows",)),
    "valuation": ("Valuation", ("aitracker.valuation",)),
    "ownership": ("Ownership", ("aitracker.ownership",)),
    "concentration": ("Concentration", ("aitracker.concentration",)),
    "provenance": ("Provenance", ("aitracker.provenance",)),
    "screens": ("Explorers, figures and reports", ("aitracker.view", "aitracker.report")),
}
"""Pages of functions: their title, and the modules whose public names they hold."""


def gallery() -> dict[str, str]:
    """The lines that make each chart, by its name."""
    return tomllib.loads((ROOT / "docs" / "gallery.toml").read_text(encoding="utf-8"))


def run(code: str, ds: ait.Dataset) -> Any:
    """Run the lines of a gallery entry and give the value of the last one."""
    body = ast.parse(code).body
    *lines, last = body
    if not isinstance(last, ast.Expr):
        raise TypeError("an entry of the gallery ends with the chart")
    scope: dict[str, Any] = {"ait": ait, "pl": pl, "C": ait.charts, "ds": ds}
    exec(compile(ast.Module(lines, []), "gallery", "exec"), scope)  # noqa: S102 - our own lines
    return eval(compile(ast.Expression(last.value), "gallery", "eval"), scope)  # noqa: S307 - likewise


def homes() -> dict[str, list[tuple[str, str]]]:
    """Public names by page, each with the module that defines it."""
    out: dict[str, list[tuple[str, str]]] = {page: [] for page in ROOMS}
    for name in ait.__all__:
        thing = getattr(ait, name)
        home = getattr(thing, "__module__", "")
        for page, (_, modules) in ROOMS.items():
            if home.startswith(modules):
                out[page].append((name, home))
    return out


def linked(text: str) -> str:
    """Links of the repository turned into those of the site."""
    text = text.replace("docs/gallery.png", "gallery.png").replace("](data/README.md", "](data.md")
    return re.sub(r"\]\(CONTRIBUTING\.md", "](contributing.md", text)


def write() -> list[Path]:
    """Write every page in Markdown; gives their paths."""
    shutil.rmtree(PAGES, ignore_errors=True)
    (PAGES / "api").mkdir(parents=True)
    copies = {"README.md": "index.md", "data/README.md": "data.md", "CONTRIBUTING.md": "contributing.md"}
    for source, target in copies.items():
        (PAGES / target).write_text(linked((ROOT / source).read_text(encoding="utf-8")), encoding="utf-8")
    changes = "\n\n".join((ROOT / name).read_text(encoding="utf-8") for name in ("CHANGELOG.md", "data/CHANGELOG.md"))
    (PAGES / "changes.md").write_text(changes, encoding="utf-8")
    shutil.copy(ROOT / "docs" / "gallery.png", PAGES)
    for page, names in homes().items():
        blocks = [f"# {ROOMS[page][0]}", *(f"::: {home}.{name}" for name, home in sorted(names))]
        if page == "screens":
            blocks += [f"::: {getattr(ait.explore, n).__module__}.{n}" for n in ait.explore.__all__]
        (PAGES / "api" / f"{page}.md").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    charts = [getattr(ait.charts, name) for name in ait.charts.__all__]
    drawn = [f"::: {c.__module__}.{c.__name__}" for c in charts if inspect.isfunction(c)]
    (PAGES / "api" / "charts.md").write_text("\n\n".join(["# Charts", *drawn]) + "\n", encoding="utf-8")
    _draw(ait.load())
    return sorted(PAGES.rglob("*.md"))


def _draw(ds: ait.Dataset) -> None:
    """The gallery: each chart with the lines that make it."""
    pictures = PAGES / "pictures"
    pictures.mkdir()
    blocks = ["# Gallery", f"Every chart, drawn from data {ds.version}, with the lines that make it. Before each stand"]
    blocks += ["```python\nimport aitracker as ait\nimport polars as pl\n\nds, C = ait.load(), ait.charts\n```"]
    for name, code in gallery().items():
        spec = {**run(code, ds).to_dict(), "width": 640}
        (pictures / f"{name}.svg").write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")
        alt = spec.get("description", name).split(". ")[0].replace("[", "(").replace("]", ")")
        blocks.append(f"## {name}\n\n![{alt}](pictures/{name}.svg)\n\n```python\n{code.strip()}\n```")
    (PAGES / "gallery.md").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def main() -> int:
    """Write the pages and build the site."""
    pages = write()
    print(f"{len(pages)} pages; building the site ...", flush=True)
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict"], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
