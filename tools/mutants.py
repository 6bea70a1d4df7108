"""Break the package line by line and see whether the nearest tests notice: `python tools/mutants.py [--jobs 2] [WORD ...]`.

`tools/mutants.toml` holds the breaks, picked by hand: a file, a text in it that occurs once, what takes its place, and the
test files that must fail. With words, only the mutants whose file or reason holds one of them. The exit code is 1 where
fewer than nine tenths of them die.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("aitracker", "tests", "data", "notebooks", "tools", "pyproject.toml", "README.md")
SECONDS = 600
WANTED = 0.9


def fate(mutant: dict[str, str | list[str]], tree: Path) -> str:
    """Apply a mutant to a copy of the tree, run its tests, and put the file back."""
    file = tree / str(mutant["file"])
    text = file.read_text(encoding="utf-8")
    if text.count(str(mutant["old"])) != 1:
        return f"not applied: {mutant['old']!r} occurs {text.count(str(mutant['old']))} times"
    file.write_text(text.replace(str(mutant["old"]), str(mutant["new"])), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", *mutant["tests"]]
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "died (ran out of time)"
    finally:
        file.write_text(text, encoding="utf-8")
    if done.returncode == 0:
        return "LIVES"
    last = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return f"died ({last[-1][:90] if last else 'at import'})"


def main() -> int:
    """Run the mutants and say which live."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    mutants = tomllib.loads((ROOT / "tools" / "mutants.toml").read_text(encoding="utf-8"))["mutant"]
    if options.words:
        mutants = [m for m in mutants if any(w in m["file"] or w in m["why"] for w in options.words)]
    trees: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory() as folder:
        for job in range(options.jobs):
            tree = Path(folder) / str(job)
            tree.mkdir()
            for part in PARTS:
                copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
                copy(ROOT / part, tree / part)
            trees.put(tree)

        def run(mutant: dict[str, str | list[str]]) -> str:
            tree = trees.get()
            try:
                return fate(mutant, tree)
            finally:
                trees.put(tree)

        with ThreadPoolExecutor(options.jobs) as pool:
            fates = []
            for mutant, told in zip(mutants, pool.map(run, mutants), strict=True):
                print(f"{len(fates) + 1:3d} {mutant['file']}: {mutant['why']}: {told}", flush=True)
                fates.append(told)
    dead = sum(told.startswith("died") for told in fates)
    print(f"{dead} of {len(fates)} mutants died ({dead / max(1, len(fates)):.0%})")
    return int(dead < WANTED * len(fates))


if __name__ == "__main__":
    sys.exit(main())
