"""Write constraints.txt anew: the newest versions of every package of .[dev,docs] that run on the oldest Python we allow."""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = (
    "# Versions that are known to work together, from Python {oldest} on. `make constraints` writes this file anew.\n"
)


def main() -> None:
    """Let pip resolve for the oldest Python, whichever runs this, and keep names and versions only."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    oldest += ".0" * (2 - oldest.count("."))
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run"]
        command += ["--ignore-installed", "--target", scratch, "--only-binary=:all:", "--python-version", oldest]
        # editables is what an editable install asks of the build, besides what pyproject.toml names.
        command += ["--report", str(report), f"{ROOT}[dev,docs]", "editables"]
        subprocess.run(command, check=True)
        found = [item["metadata"] for item in json.loads(report.read_text(encoding="utf-8"))["install"]]
    lines = [f"{item['name']}=={item['version']}\n" for item in found if item["name"] != project["name"]]
    text = HEAD.format(oldest=oldest) + "".join(sorted(lines, key=str.lower))
    (ROOT / "constraints.txt").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
