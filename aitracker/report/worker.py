"""The warm parent of a report: imports what every notebook imports once, then forks a process for each notebook.

Run as ``python -m aitracker.report.worker``: jobs come as JSON on standard input, news goes out as JSON lines on
standard output. A notebook's own output never reaches that channel.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import time
from typing import Any

__all__ = ["main"]

CELL_SECONDS = 600


def warm() -> None:
    """Import what the notebooks use; nothing that starts a thread or opens the data, for a fork must find neither."""
    import aitracker.charts  # the first of all: it imports Altair the quick way
    import aitracker.explore
    import aitracker.report.shell
    import aitracker.view.widget

    aitracker.report.shell.read_schema()


def _child(job: dict[str, Any], out: int) -> None:
    """Execute one notebook and write what happens to ``out``; never returns."""
    from aitracker.report.shell import run_notebook

    def tell(news: dict[str, Any]) -> None:
        line = json.dumps({"job": job["id"], **news}) + "\n"
        view = memoryview(line.encode())
        while view:
            view = view[os.write(out, view) :]

    # What a notebook, or a program that it starts, writes past Python's own streams must not pass for news.
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(null, number)
    try:
        run_notebook(job["path"], job["parameters"], tell)
    except BaseException as error:  # noqa: BLE001 - nobody is above a forked child
        tell({"failed": f"{type(error).__name__}: {error}", "cell": 0})
    finally:
        os._exit(0)


class _Running:
    """A notebook under way."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.read)
            _child(job, write)
        os.close(write)
        self.rest = b""
        self.cell = 0
        self.ended = False
        self.heard = time.monotonic()

    def news(self) -> list[dict[str, Any]]:
        """Read what it has to say; the last news is always that it is done or has failed."""
        data = os.read(self.read, 1 << 20)
        self.heard = time.monotonic()
        if not data:
            os.close(self.read)
            _, status = os.waitpid(self.pid, 0)
            if self.ended:
                return []
            self.ended = True
            how = (
                f"signal {os.WTERMSIG(status)}"
                if os.WIFSIGNALED(status)
                else f"code {os.waitstatus_to_exitcode(status)}"
            )
            return [{"job": self.job["id"], "failed": f"its process ended ({how})", "cell": self.cell, "closed": True}]
        *lines, self.rest = (self.rest + data).split(b"\n")
        found = [json.loads(line) for line in lines]
        for item in found:
            self.cell = item.get("cell", self.cell)
            self.ended = self.ended or "failed" in item or "outputs" in item
        return found

    def stalled(self) -> list[dict[str, Any]]:
        """End it when one cell takes too long."""
        if self.ended or time.monotonic() - self.heard < CELL_SECONDS:
            return []
        os.kill(self.pid, signal.SIGKILL)
        self.ended = True
        return [{"job": self.job["id"], "failed": f"took more than {CELL_SECONDS} seconds", "cell": self.cell}]


def main() -> int:
    """Run the jobs, as many at once as there are processors."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    warm()
    gc.freeze()  # what all notebooks share is never looked through again, nor copied for it
    jobs = json.load(sys.stdin)
    at_once = os.cpu_count() or 1
    running: dict[int, _Running] = {}
    while jobs or running:
        while jobs and len(running) < at_once:
            started = _Running(jobs.pop(0))
            running[started.read] = started
        ready, _, _ = select.select(list(running), [], [], 1.0)
        for descriptor, one in list(running.items()):
            news = one.news() if descriptor in ready else one.stalled()
            for item in news:
                channel.write(json.dumps(item) + "\n")
            channel.flush()
            try:
                os.fstat(descriptor)
            except OSError:  # closed by the news: the process has ended
                del running[descriptor]
    channel.close()
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # nothing is left to be tidied up, and DuckDB would complain of what the forked ones still hold
