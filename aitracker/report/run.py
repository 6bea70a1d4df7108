"""Executing notebooks: in processes of their own, as many at once as there are processors, unchanged ones not again."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import subprocess
import sys
from importlib import resources
from typing import TYPE_CHECKING, Any

from aitracker.build import content_hash
from aitracker.paths import data_dir, notebooks_dir
from aitracker.view.runtime import cache_folder, runtime_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["NotebookError", "execute"]

KEPT = 60
"""Executed notebooks that the cache keeps, the newest ones."""

Executed = dict[str, Any]


class NotebookError(RuntimeError):
    """A notebook that could not be executed: which cell, and why."""

    def __init__(self, path: Path, cell: int, reason: str) -> None:
        self.path, self.cell, self.reason = path, cell, reason
        where = f"{path}, cell {cell}" if cell else str(path)
        super().__init__(f"{where}: {reason}")


def execute(
    paths: list[Path], parameters: Mapping[str, Any], progress: Callable[[str], None], *, force: bool = False
) -> list[Executed]:
    """Execute notebooks and give what their cells displayed.

    Parameters
    ----------
    paths : list of Path
        The notebooks; each runs in its own folder, and its file is not touched.
    parameters : mapping
        Values set in each after its cell tagged ``parameters``.
    progress : callable
        Called with a line of text as the work goes on.
    force : bool
        Execute also what has not changed. Only the notebooks of the package are ever kept: nobody can tell what else
        one of the user's own depends on.

    Returns
    -------
    list of dict
        For each notebook ``cells`` (``type``, ``source``, ``tags``) and ``outputs`` (a list a cell).

    Raises
    ------
    NotebookError
        When a cell raises, takes more than ten minutes or ends its process, or when parameters have no place to go.
    """
    results: dict[int, Executed] = {}
    keys = [_key(path, parameters) for path in paths]
    for number, key in enumerate(keys):
        if key and not force and (kept := _kept(key)) is not None:
            results[number] = kept
            progress(f"{paths[number].stem}: unchanged")
    jobs = [
        {
            "id": i,
            "path": str(path.resolve()),
            "parameters": {k: v if v is None else str(v) for k, v in parameters.items()},
        }
        for i, path in enumerate(paths)
        if i not in results
    ]
    for news in _work(jobs):
        number = int(news["job"])
        path = paths[number]
        if "failed" in news:
            raise NotebookError(path, int(news["cell"]), str(news["failed"]))
        if "outputs" in news:
            results[number] = {"cells": news["cells"], "outputs": news["outputs"]}
            if key := keys[number]:
                _keep(key, results[number])
        else:
            progress(f"{path.stem}: cell {news['cell']} of {news['of']}")
    for number, path in enumerate(paths):
        if number not in results:
            raise NotebookError(path, 0, "the process that executes notebooks ended before this one was done")
    return [results[number] for number in range(len(paths))]


def _work(jobs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Hand the jobs to a worker and pass on its news; a worker that is no longer listened to is ended."""
    if not jobs:
        return
    command = [sys.executable, "-m", "aitracker.report.worker"]
    with subprocess.Popen(  # noqa: S603 - our own module, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as worker:
        try:
            if worker.stdin is None or worker.stdout is None:
                return
            worker.stdin.write(json.dumps(jobs))
            worker.stdin.close()
            for line in worker.stdout:
                yield json.loads(line)
        finally:
            worker.terminate()


def _key(path: Path, parameters: Mapping[str, Any]) -> str | None:
    """Name of a notebook's outputs: notebook, data, code and lens; None for a notebook that is not ours."""
    if path.resolve().parent != notebooks_dir().resolve():
        return None
    digest = hashlib.sha256(path.read_bytes())
    digest.update(content_hash(data_dir()).encode())
    digest.update(json.dumps({k: str(v) for k, v in parameters.items()}, sort_keys=True).encode())
    digest.update(f"{runtime_key()} {sys.version}".encode())
    root = resources.files("aitracker")
    with resources.as_file(root) as folder:
        for file in sorted(folder.rglob("*")):
            if file.suffix in {".py", ".sql", ".js"}:
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _kept(key: str) -> Executed | None:
    try:
        kept: Executed = json.loads(gzip.decompress((cache_folder() / "executed" / f"{key}.json.gz").read_bytes()))
    except (OSError, EOFError, ValueError):
        return None
    return kept


def _keep(key: str, executed: Executed) -> None:
    """Keep outputs for the next time; a cache that cannot be written is no error."""
    folder = cache_folder() / "executed"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{key}.part"
        part.write_bytes(gzip.compress(json.dumps(executed).encode(), mtime=0))
        part.replace(folder / f"{key}.json.gz")
        for old in sorted(folder.glob("*.json.gz"), key=lambda p: p.stat().st_mtime)[:-KEPT]:
            old.unlink()
