"""Printing a page to PDF with the Chromium of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["find_chromium", "print_pdf"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 120


def find_chromium() -> str | None:
    """Path of a Chromium on this machine (``AITRACKER_CHROMIUM`` overrides), or None."""
    named = os.environ.get("AITRACKER_CHROMIUM")
    return next((found for name in ((named,) if named else NAMES) if (found := shutil.which(name))), None)


def print_pdf(page: Path, say: Callable[[str], None]) -> Path:
    """Print one page; the PDF stands beside it.

    Raises
    ------
    FileNotFoundError
        When there is no Chromium.
    RuntimeError
        When Chromium does not print.
    """
    chromium = find_chromium()
    if chromium is None:
        message = "a PDF needs Chromium, and none was found (set AITRACKER_CHROMIUM, or install it)"
        raise FileNotFoundError(message)
    target = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as profile:
        command = [
            chromium, "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
            f"--user-data-dir={profile}", "--no-pdf-header-footer", "--virtual-time-budget=10000",
            f"--print-to-pdf={target.resolve()}", page.resolve().as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603 - no shell
    if done.returncode or not target.exists():
        message = f"Chromium did not print {page.name}: {done.stderr.strip()[-300:]}"
        raise RuntimeError(message)
    say(f"wrote {target}")
    return target
