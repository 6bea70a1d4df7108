"""Open the notebooks in JupyterLab, from a checkout or from an installed wheel."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from aitracker.paths import is_checkout, notebooks_dir

__all__ = ["copy_notebooks", "open_lab"]

DEFAULT_FOLDER = "aitracker-notebooks"
"""Folder, in the current one, that receives the notebooks of an installed wheel."""

FIRST = "00-start-here.ipynb"
"""Notebook to open at the start."""


def copy_notebooks(source: Path, target: Path) -> list[str]:
    """Copy the published notebooks to a folder of the user's own, and leave alone what the user has changed.

    Parameters
    ----------
    source : Path
        Folder of the published notebooks.
    target : Path
        Folder to fill; made where it does not exist.

    Returns
    -------
    list of str
        One sentence for each file that was copied or kept; none for a file that was there already.
    """
    told = []
    for original in sorted(path for path in source.rglob("*") if path.is_file()):
        name = original.relative_to(source)
        if any(part.startswith(".") for part in name.parts):
            continue
        copy = target / name
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, copy)
            told.append(f"copied {copy}")
        elif copy.read_bytes() != original.read_bytes():
            told.append(f"kept {copy}, which you have changed; rename it to get the published one")
    return told


def jupyter_arguments(folder: Path, extra: list[str]) -> list[str]:
    """Arguments for JupyterLab: the notebooks as its root, no calls to the outside, and what the user adds."""
    arguments = [
        f"--ServerApp.root_dir={folder.resolve()}",
        "--ServerApp.kernel_websocket_connection_class=aitracker.lab_socket.PromptSocket",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if (folder / FIRST).exists():
        arguments.append(f"--LabApp.default_url=/lab/tree/{FIRST}")
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in extra:
        arguments.append("--allow-root")
    return [*arguments, *extra]


def open_lab(folder: str | None = None, extra: list[str] | None = None) -> int:
    """Start JupyterLab on the notebooks and stay until it ends.

    Parameters
    ----------
    folder : str, optional
        Folder to copy the notebooks to. Without it a checkout opens its own ``notebooks/``, and an installed wheel
        copies them to ``aitracker-notebooks`` in the current folder.
    extra : list of str, optional
        Further arguments for ``jupyter lab``, such as ``--no-browser``.

    Returns
    -------
    int
        Exit code.
    """
    source = notebooks_dir()
    if folder is None and is_checkout():
        target = source
    else:
        target = Path(folder or DEFAULT_FOLDER)
        for sentence in copy_notebooks(source, target):
            print(f"aitracker: {sentence}")
    print(f"aitracker: opening {target.resolve()} in JupyterLab; its address follows, Ctrl-C ends it", flush=True)

    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(jupyter_arguments(target, extra or []))
    return 0
