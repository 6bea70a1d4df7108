"""Executing notebooks: in processes of their own, as many at once as there are processors, unchanged ones not again."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import subprocess
import sys
from importlib import resources
from typing import TYPE_CHECKING, Any, Self

from aitracker.paths import data_dir, notebooks_dir
from aitracker.view.runtime import cache_folder, runtime_key, write_kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["Execution", "NotebookError"]

KEPT = 60
"""Executed notebooks that the cache keeps, the newest ones."""

Executed = dict[str, Any]


class NotebookError(RuntimeError):
    """A notebook that could not be executed: which cell, and why."""

    def __init__(self, path: Path, cell: int, reason: str) -> None:
        self.path, self.cell, self.reason = path, cell, reason
        where = f"{path}, cell {cell}" if cell else str(path)
        super().__init__(f"{where}: {reason}")


class Execution:
    """Notebooks under way: :meth:`results` gives what their cells displayed, each as soon as it is done.

    Making one starts the worker process, which imports what notebooks use; what the caller does next runs beside it.

    Parameters
    ----------
    paths : list of Path
        The notebooks; each runs in its own folder, and its file is not touched.
    parameters : mapping
        Values set in each after its cell tagged ``parameters``.
    force : bool
        Execute also what has not changed. Only the notebooks of the package are ever kept: nobody can tell what else
        one of the user's own depends on.
    """

    def __init__(self, paths: list[Path], parameters: Mapping[str, Any], *, force: bool = False) -> None:
        command = [sys.executable, "-m", "aitracker.report.worker"]
        self._worker = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        try:
            self._paths = paths
            self._keys = [_key(path, parameters) for path in paths]
            found = [None if force or not key else _kept(key) for key in self._keys]
            self._unchanged = {number: kept for number, kept in enumerate(found) if kept is not None}
            values = {name: value if value is None else str(value) for name, value in parameters.items()}
            # The longest first, so that no processor is left with a long one at the end.
            self._seconds = _seconds()
            waiting = sorted(set(range(len(paths))) - set(self._unchanged), key=self._expected, reverse=True)
            if not waiting:  # it is not needed after all
                self._worker.terminate()
            self._hand([{"id": i, "path": str(paths[i].resolve()), "parameters": values} for i in waiting])
        except BaseException:
            self.__exit__()
            raise

    def _expected(self, number: int) -> tuple[bool, float]:
        """How long a notebook will take: as the last time; what has never been executed comes first, by its size."""
        path = self._paths[number]
        last = self._seconds.get(str(path.resolve()))
        return (last is None, last or path.stat().st_size)

    def _hand(self, jobs: list[dict[str, Any]]) -> None:
        """Give the worker its jobs; one that has ended already is noticed when its news are read."""
        with contextlib.suppress(BrokenPipeError):
            if self._worker.stdin is not None:
                self._worker.stdin.write(json.dumps(jobs))
                self._worker.stdin.close()

    def __enter__(self) -> Self:
        """Nothing more: the worker has been started."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End the worker, whose news nobody listens to any more."""
        self._worker.terminate()
        self._worker.wait()
        if self._worker.stdout is not None:
            self._worker.stdout.close()

    def results(self, progress: Callable[[str], None]) -> Iterator[tuple[int, Executed]]:
        """Give each notebook's number with ``cells`` (``type``, ``source``, ``tags``) and ``outputs`` (a list a cell).

        Raises
        ------
        NotebookError
            When a cell raises, takes more than ten minutes or ends its process, or when parameters have no place to go.
        """
        for number, kept in self._unchanged.items():
            progress(f"{self._paths[number].stem}: unchanged")
            yield number, kept
        missing = set(range(len(self._paths))) - set(self._unchanged)
        for line in self._worker.stdout or ():
            news = json.loads(line)
            number = int(news["job"])
            path = self._paths[number]
            if "failed" in news:
                raise NotebookError(path, int(news["cell"]), str(news["failed"]))
            if "outputs" in news:
                missing.remove(number)
                self._seconds[str(path.resolve())] = news["seconds"]
                executed = {"cells": news["cells"], "outputs": news["outputs"]}
                if key := self._keys[number]:
                    _keep(key, executed)
                yield number, executed
            else:
                progress(f"{path.stem}: cell {news['cell']} of {news['of']}")
        if len(self._unchanged) < len(self._paths):
            write_kept(_seconds_file(), json.dumps(self._seconds).encode())
        for number in missing:
            reason = "the process that executes notebooks ended before this one was done"
            raise NotebookError(self._paths[number], 0, reason)


def _seconds_file() -> Path:
    return cache_folder() / "executed" / "seconds.json"


def _seconds() -> dict[str, float]:
    """Seconds that notebooks took when they were last executed, by path."""
    try:
        kept: dict[str, float] = json.loads(_seconds_file().read_bytes())
    except (OSError, ValueError):
        return {}
    return kept


def _key(path: Path, parameters: Mapping[str, Any]) -> str | None:
    """Name of a notebook's outputs: notebook, data, code and lens; None for a notebook that is not ours."""
    if path.resolve().parent != notebooks_dir().resolve():
        return None
    from aitracker.build import content_hash  # DuckDB, which the worker loads at the same time

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
    """Keep outputs for the next time, and no more than the newest ones."""
    folder = cache_folder() / "executed"
    write_kept(folder / f"{key}.json.gz", gzip.compress(json.dumps(executed).encode(), 1, mtime=0))
    with contextlib.suppress(OSError):
        for old in sorted(folder.glob("*.json.gz"), key=lambda p: p.stat().st_mtime)[:-KEPT]:
            old.unlink()
