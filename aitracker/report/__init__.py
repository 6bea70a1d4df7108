"""Static reports: each notebook becomes one offline HTML page whose controls work, and an index lists them.

Notebooks are executed once, in processes of their own; what their cells displayed is put into a page of ours. Nothing
in a page refers to the network. Pages are written together, at the end, and each whole: a run that fails leaves the
earlier report as it was.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitracker.paths import notebooks_dir
from aitracker.report.page import Page, index_html, page_html
from aitracker.report.run import NotebookError, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["NotebookError", "write_report"]


def write_report(
    out: Path | str = "reports",
    notebooks: Iterable[Path | str] | None = None,
    *,
    progress: Callable[[str], None] | None = None,
    **lens: Any,
) -> list[Path]:
    """Render notebooks as offline HTML pages with an index.

    Parameters
    ----------
    out : Path or str
        Folder to write to; made where it is missing.
    notebooks : iterable of paths, optional
        Notebooks to render, also the user's own; those of the package where none are given.
    progress : callable, optional
        Called with a line of text as the work goes on.
    **lens
        ``as_of``, ``known_by``, ``policy``, ``group``: set in each notebook after its cell tagged ``parameters``.

    Returns
    -------
    list of Path
        The pages written, the index first.

    Raises
    ------
    NotebookError
        When a cell fails; it names notebook and cell and holds the traceback. Nothing has been written then.
    FileNotFoundError
        When a notebook does not exist.
    """
    say = progress or (lambda _line: None)
    paths = [Path(p) for p in notebooks] if notebooks is not None else sorted(notebooks_dir().glob("*.ipynb"))
    for path in paths:
        if not path.is_file():
            message = f"there is no notebook {path}"
            raise FileNotFoundError(message)
    if not paths:
        message = "there is no notebook to render"
        raise FileNotFoundError(message)
    given = {name: value for name, value in lens.items() if value is not None}
    pages: list[Page] = []
    for number, path in enumerate(paths, 1):
        head = f"[{number}/{len(paths)}] {path.stem}"

        def tell(cell: int, cells: int, head: str = head) -> None:
            say(f"{head}: cell {cell} of {cells}")

        notebook = execute(path, given, tell)
        pages.append(Page.of(path.stem, notebook))
        say(f"{head}: {len(pages[-1].figures)} charts")
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"index.html": index_html(pages), **{f"{page.name}.html": page_html(page, pages) for page in pages}}
    for name, text in texts.items():
        _write_whole(folder / name, text)
        say(f"wrote {folder / name} ({len(text.encode()) / 1e6:.2f} MB)")
    return [folder / name for name in texts]


def _write_whole(path: Path, text: str) -> None:
    """Write a file under another name first, so that nobody ever meets half of it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
