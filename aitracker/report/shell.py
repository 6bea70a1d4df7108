"""Executing the cells of a notebook in this process and keeping what they display."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from typing import TYPE_CHECKING, Any

import nbformat
import polars as pl
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type

from aitracker.view.table import FIGURE_MIME, Table

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read_schema", "run_notebook"]

_ANSI = re.compile(r"\x1b\[[0-9;]*m")

Outputs = list[dict[str, Any]]
_outputs: Outputs = []


class _Publisher(DisplayPublisher):
    """Keeps what ``display`` shows."""

    def publish(self, data: Any, *_args: Any, **_kwargs: Any) -> None:
        _outputs.append({"kind": "data", "data": data})

    def clear_output(self, wait: bool = False) -> None:  # noqa: ARG002 - as in the base class
        _outputs.clear()


class _Hook(DisplayHook):
    """Keeps the value of a cell's last expression."""

    def __call__(self, result: Any = None) -> None:
        if result is None or self.quiet():  # type: ignore[no-untyped-call]
            return
        data, _ = self.compute_format_data(result)  # type: ignore[no-untyped-call]
        self.update_user_ns(result)  # type: ignore[no-untyped-call]
        if data:
            _outputs.append({"kind": "data", "data": data})


class _Shell(InteractiveShell):
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    trace: list[str]

    def _showtraceback(self, _etype: object, _evalue: object, stb: list[str]) -> None:
        self.trace = stb

    def enable_gui(self, gui: object = None) -> None:
        """A report has no windows."""


class _Stream(io.TextIOBase):
    """Keeps what is printed, in its place among what is displayed."""

    def write(self, text: str) -> int:
        if _outputs and _outputs[-1]["kind"] == "text":
            _outputs[-1]["text"] += text
        elif text:
            _outputs.append({"kind": "text", "text": text})
        return len(text)


def read_schema() -> None:
    """Read the schema of notebooks, which otherwise each process reads for itself."""
    nbformat.validator.get_validator(4, 5)


def run_notebook(path: str, parameters: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    """Execute a notebook in its own folder and tell what happens.

    Parameters
    ----------
    path : str
        The notebook; its file is not touched.
    parameters : dict
        Values set after the cell tagged ``parameters``.
    tell : callable
        Called with ``{"cell", "of"}`` as a cell begins, then once with ``{"outputs", "cells", "seconds"}`` or with
        ``{"failed", "cell"}``.
    """
    begun = time.perf_counter()
    notebook = nbformat.read(path, as_version=4)
    injected = _inject(notebook, parameters)
    if injected:
        tell({"failed": injected, "cell": 0})
        return
    os.chdir(os.path.dirname(path) or ".")  # noqa: PTH120 - a notebook reads files beside it
    sys.path.insert(0, "")
    shell = _shell()
    sys.stdout = sys.stderr = _Stream()
    kept: list[Outputs] = []
    for number, cell in enumerate(notebook.cells, 1):
        tell({"cell": number, "of": len(notebook.cells)})
        _outputs.clear()
        if cell.cell_type == "code" and cell.source.strip():
            result = shell.run_cell(cell.source, store_history=True)  # type: ignore[no-untyped-call]
            if not result.success:
                tell({"failed": _ANSI.sub("", "\n".join(shell.trace)), "cell": number})
                return
        kept.append([*_outputs])
    tell(
        {
            "outputs": kept,
            "seconds": round(time.perf_counter() - begun, 3),
            "cells": [
                {"type": c.cell_type, "source": c.source, "tags": c.metadata.get("tags", [])} for c in notebook.cells
            ],
        }
    )


def _inject(notebook: nbformat.NotebookNode, parameters: dict[str, Any]) -> str | None:
    """Put the parameters into the notebook; give a complaint where they have no place to go."""
    if not parameters:
        return None
    tagged = [i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    if not tagged:
        return f"has no cell tagged 'parameters', so {', '.join(parameters)} cannot be set"
    lines = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    notebook.cells.insert(tagged[0] + 1, nbformat.v4.new_code_cell(lines))
    return None


def _shell() -> _Shell:
    """A fresh shell in which Altair's charts show their specification and frames show themselves as tables."""
    import altair as alt

    from aitracker.explore import Explorer

    alt.renderers.enable("mimetype")
    shell = _Shell.instance()
    shell.trace = []

    def as_twin(explorer: Explorer) -> dict[str, Any]:
        return {"text/plain": type(explorer).__name__, FIGURE_MIME: explorer.twin()}

    def as_table(frame: pl.DataFrame, **_kwargs: Any) -> dict[str, Any]:
        rows = "row" if frame.height == 1 else "rows"
        return json.loads(json.dumps(Table(frame, f"{frame.height} {rows}")._repr_mimebundle_()))  # type: ignore[no-any-return]

    if shell.display_formatter is not None:
        bundles = shell.display_formatter.mimebundle_formatter
        bundles.for_type(pl.DataFrame, as_table)
        bundles.for_type(Explorer, as_twin)
    return shell
