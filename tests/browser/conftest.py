"""Fixtures of the browser tests: one JupyterLab and one Chromium for all, one page each."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import lab

from aitracker.report.pdf import find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@dataclass(frozen=True, slots=True)
class Lab:
    """A running JupyterLab."""

    address: str
    folder: Path

    def notebook(self, name: str, cells: list[str]) -> str:
        """Put a notebook of these cells where Lab sees it; give its name."""
        return lab.write_notebook(self.folder / name, cells).name


@dataclass(frozen=True, slots=True)
class OfflinePage:
    """A page, the addresses outside this machine that it asked for, its errors, and what it told the console."""

    page: Page
    refused: list[str]
    errors: list[str]
    messages: list[str]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium; without one the test is skipped, or fails where browser tests are required."""
    found = find_chromium()
    if found is None:
        reason = "no Chromium found (set AITRACKER_CHROMIUM, or install Debian's chromium)"
        if os.environ.get("AITRACKER_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Give a headless Chromium for the whole run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = lab.launch(playwright, chromium)
        yield started
        started.close()


@pytest.fixture(scope="session")
def jupyter(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:  # noqa: ARG001
    """Give a JupyterLab in a folder of its own for the whole run."""
    folder = tmp_path_factory.mktemp("lab")
    with lab.jupyter_lab(folder) as address:
        yield Lab(address, folder / "notebooks")


@pytest.fixture
def offline(browser: Browser) -> Iterator[OfflinePage]:
    """Give a fresh page that reaches nothing outside this machine; the test ends with that checked."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    refused = lab.offline(context)
    page = context.new_page()
    errors: list[str] = []
    messages: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: messages.append(f"{message.type}: {message.text}"))
    yield OfflinePage(page, refused, errors, messages)
    context.close()
    assert refused == [], "the page asked for something outside this machine"
