"""All our notebooks as offline pages, against ``jupyter nbconvert --execute --to html`` for each one of them.

Run by ``make bench`` or by itself. Both sides run in turn in one go, nothing is taken from a cache; the page of nbconvert
loads its scripts from elsewhere and its widgets are dead, ours is whole.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 3


def seconds(command: list[str], cache: str) -> float:
    """Wall time of a command with a cache folder of its own, which holds the drawing library and nothing else."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "AITRACKER_CACHE_DIR": cache})
    return time.perf_counter() - start


def test_report() -> None:
    """Print the comparison; nothing is asserted of a time."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    taken: dict[str, list[float]] = {}
    sizes: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        warm = str(folder / "cache")
        seconds([sys.executable, "-c", "from aitracker.view.runtime import runtime_gz; runtime_gz()"], warm)
        for _ in range(ROUNDS):
            ours = [sys.executable, "-m", "aitracker", "report", "--force", "--out", str(folder / "ours")]
            taken.setdefault(f"aitracker report, {len(notebooks)} notebooks", []).append(seconds(ours, warm))
            for notebook in notebooks:
                theirs = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html"]
                theirs += ["--output-dir", str(folder / "theirs"), str(notebook)]
                taken.setdefault(f"nbconvert, {notebook.stem} alone", []).append(seconds(theirs, warm))
        for side in ("ours", "theirs"):
            sizes[side] = sum(f.stat().st_size for f in (folder / side).glob("*.html")) / 1e6
        shutil.rmtree(folder / "ours")
    ours_s, *theirs_s = (statistics.median(times) for times in taken.values())
    for side, times in taken.items():
        each = ", ".join(f"{t:.2f}" for t in times)
        print(
            f"{side:42}{statistics.median(times):6.2f} s   ours / this {ours_s / statistics.median(times):5.2f}   ({each})"
        )
    print(f"{'ours, all of them / nbconvert, a median one':42}{ours_s / statistics.median(theirs_s):6.2f}")
    print(f"{'ours, all pages':40}{sizes['ours']:7.2f} MB")


if __name__ == "__main__":
    test_report()
