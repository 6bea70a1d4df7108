"""Executing a notebook in a process of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["NotebookError", "execute"]

CELL_SECONDS = 600
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(RuntimeError):
    """A notebook that could not be executed: which cell, and why."""

    def __init__(self, path: Path, cell: int, reason: str) -> None:
        self.path, self.cell, self.reason = path, cell, reason
        super().__init__(f"{path}, cell {cell}: {reason}")


def execute(path: Path, parameters: Mapping[str, Any], progress: Callable[[int, int], None]) -> nbformat.NotebookNode:
    """Execute a notebook in its own folder and give it back with its outputs; the file is not touched.

    Parameters
    ----------
    path : Path
        The notebook.
    parameters : mapping
        Values set in a cell after the one tagged ``parameters``.
    progress : callable
        Called with the number of the cell that begins, from 1, and the number of cells.

    Raises
    ------
    NotebookError
        When a cell raises, takes more than ten minutes or ends its kernel, or when parameters have no place to go.
    """
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    if parameters:
        _inject(path, notebook, parameters)
    began = 0

    def on_start(cell: nbformat.NotebookNode, cell_index: int) -> None:
        del cell  # the hook is called with it by name
        nonlocal began
        began = cell_index + 1
        progress(began, len(notebook.cells))

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        on_cell_start=on_start,
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise NotebookError(path, began, _ANSI.sub("", str(error))) from None
    except CellTimeoutError:
        raise NotebookError(path, began, f"took more than {CELL_SECONDS} seconds") from None
    except DeadKernelError as error:
        raise NotebookError(path, began, f"its kernel died: {error}") from None
    return notebook


def _inject(path: Path, notebook: nbformat.NotebookNode, parameters: Mapping[str, Any]) -> None:
    tagged = [i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    if not tagged:
        message = f"has no cell tagged 'parameters', so {', '.join(parameters)} cannot be set"
        raise NotebookError(path, 0, message)
    lines = "\n".join(f"{name} = {value if value is None else str(value)!r}" for name, value in parameters.items())
    notebook.cells.insert(tagged[0] + 1, nbformat.v4.new_code_cell(lines))
