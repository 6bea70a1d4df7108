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

from aitracker.asked import one_of, switch
from aitracker.lens import Lens
from aitracker.paths import notebooks_dir
from aitracker.report.run import Execution, NotebookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["NotebookError", "write_report"]

LENS = ("as_of", "known_by", "policy", "group")
KEYWORDS = ("out", "notebooks", "single", "pdf", "force", "title", "progress")

SINGLE = "aitracker.html"
"""Name of the file that holds all pages."""


def write_report(
    out: Path | str = "reports",
    notebooks: Iterable[Path | str] | Path | str | None = None,
    *,
    single: bool = False,
    pdf: bool = False,
    force: bool = False,
    title: str | None = None,
    progress: Callable[[str], None] | None = None,
    **lens: Any,
) -> list[Path]:
    """Render notebooks as offline HTML pages with an index.

    Parameters
    ----------
    out : Path or str
        Folder to write to; made where it is missing.
    notebooks : iterable of paths, optional
        Notebooks to render, also the user's own, or one of them; those of the package where none are given.
    single : bool
        Write all pages into one file instead, ``aitracker.html``.
    pdf : bool
        Print each page to a PDF file beside it, with the Chromium of this machine.
    force : bool
        Execute also notebooks of the package that have not changed since they were last executed.
    title : str, optional
        Heading of the index, and of the one file of ``single``.
    progress : callable, optional
        Called with a line of text as the work goes on.
    **lens
        ``as_of``, ``known_by``, ``policy``, ``group``: set in each notebook after its cell tagged ``parameters``.

    Returns
    -------
    list of Path
        The files written, the index first.

    Raises
    ------
    NotebookError
        When a cell fails; it names notebook and cell and holds the traceback. Nothing has been written then.
    FileNotFoundError
        When a notebook does not exist, or when a PDF is asked for and there is no Chromium.
    ValueError
        When a keyword is none of these, or the lens is not a lens; the message names what is allowed and the nearest.
    """
    given = _lens(lens)
    for name, value in (("single", single), ("pdf", pdf), ("force", force)):
        switch(name, value)
    if title is not None and not (isinstance(title, str) and title.strip()):
        message = f"title must be a text, not {title!r}"
        raise ValueError(message)
    if isinstance(notebooks, (str, Path)):
        notebooks = [notebooks]
    say = progress or (lambda _line: None)
    paths = [Path(p) for p in notebooks] if notebooks is not None else sorted(notebooks_dir().glob("*.ipynb"))
    for path in paths:
        if not path.is_file():
            message = f"there is no notebook {path}"
            raise FileNotFoundError(message)
    if not paths:
        message = "there is no notebook to render"
        raise FileNotFoundError(message)
    with Execution(paths, given, force=force) as running:
        from aitracker.report.page import (
            Page,
            index_html,
            packed_code,
            page_html,
            single_html,
        )  # beside the worker's start

        packed_code()
        found = {}
        for number, executed in running.results(say):
            page = Page.of(paths[number].stem, executed, prefix=f"p{number + 1}-" if single else "")
            if not single:
                page.packed  # noqa: B018 - made now, while other notebooks still run
            found[number] = page
    pages = [found[number] for number in range(len(paths))]
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    if single:
        texts = {SINGLE: single_html(pages, title)}
    else:
        texts = {
            "index.html": index_html(pages, title),
            **{f"{page.name}.html": page_html(page, pages) for page in pages},
        }
    for name, text in texts.items():
        _write_whole(folder / name, text)
        say(f"wrote {folder / name} ({len(text.encode()) / 1e6:.2f} MB)")
    written = [folder / name for name in texts]
    if pdf:
        from aitracker.report.pdf import print_pdf

        written += [print_pdf(file, say) for file in written if file.name != "index.html"]
    return written


def _lens(given: dict[str, Any]) -> dict[str, Any]:
    """Refuse what is no part of a lens, now and not in each notebook; give what is not left out."""
    named = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if name not in LENS:
            one_of("keyword of write_report", name, [n for n in (*LENS, *KEYWORDS) if n != name])
    Lens(**named)
    return named


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
