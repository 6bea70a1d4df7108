"""What ``import aitracker`` costs beside the two libraries that it stands on: no more than 1.15 times them.

Run by ``make bench``. Both sides are started in turn, compiled, in processes of their own; the median of each is compared.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
SIDES = {"polars and duckdb": "import polars, duckdb", "aitracker": "import aitracker", "nothing": "pass"}


def seconds(code: str) -> float:
    """Wall time of a Python that runs ``code``."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - start


def bench_import() -> dict[str, float]:
    """Medians in seconds by side, without what starting Python itself takes."""
    for code in SIDES.values():  # compile and warm the disk
        seconds(code)
    taken: dict[str, list[float]] = {side: [] for side in SIDES}
    for _ in range(ROUNDS):
        for side, code in SIDES.items():
            taken[side].append(seconds(code))
    medians = {side: statistics.median(values) for side, values in taken.items()}
    return {side: value - medians["nothing"] for side, value in medians.items() if side != "nothing"}


def test_import() -> None:
    """Print the comparison; nothing is asserted of a time."""
    found = bench_import()
    base = found["polars and duckdb"]
    for side, value in found.items():
        print(f"{side:20} {1000 * value:7.0f} ms  {value / base:5.2f}")


if __name__ == "__main__":
    test_import()
