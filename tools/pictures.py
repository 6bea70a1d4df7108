"""Take the gallery of the README from the report, as a browser shows it: ``make pictures``."""

from __future__ import annotations

import base64
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from aitracker.report import write_report
from aitracker.report.pdf import find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OUT = Path(__file__).parents[1] / "docs" / "gallery.png"

SHOWN = {
    "01-funding-flows": "chart-1",
    "02-valuation-growth": "chart-1",
    "05-who-said-what": "chart-1",
    "03-china-ai-etf": "chart-6",
    "04-compute-for-equity": "chart-2",
}
"""Page and figure, in the order of the gallery."""

COLUMN = 640
"""Width of one chart in CSS pixels."""

DRAWN = "(id) => Number(document.querySelector(`[data-view=${id}]`)?.dataset.drawn) > 0"


def main() -> int:
    """Render the report, take its charts and put them side by side."""
    chromium = find_chromium()
    if chromium is None:
        print("pictures need Chromium, and none was found (set AITRACKER_CHROMIUM, or install it)", file=sys.stderr)
        return 1
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = Path(place)
        write_report(folder)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"] if root else [])
        charts = [chart(browser, folder / f"{name}.html", figure) for name, figure in SHOWN.items()]
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_bytes(gallery(browser, charts))
        browser.close()
    print(f"wrote {OUT.parent.name}/{OUT.name} ({OUT.stat().st_size / 1e3:.0f} kB)")
    return 0


def opened(browser: Browser, width: int, scale: float) -> Page:
    """A new page, light and of this width."""
    return browser.new_page(viewport={"width": width, "height": 900}, device_scale_factor=scale, color_scheme="light")


def chart(browser: Browser, path: Path, figure: str) -> bytes:
    """One chart of a page, as drawn."""
    page = opened(browser, COLUMN + 40, 1.5)
    page.goto(path.as_uri())
    page.wait_for_function(DRAWN, arg=figure)
    return page.locator(f"[data-view={figure}]").screenshot(animations="disabled")


def gallery(browser: Browser, charts: list[bytes]) -> bytes:
    """Charts in two columns on white, which also stands on dark pages."""
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(one).decode()}">' for one in charts)
    style = f"body{{margin:16px;columns:2;column-gap:24px;background:#fff}}img{{width:{COLUMN}px;margin:0 0 20px;break-inside:avoid}}"
    page = opened(browser, 2 * COLUMN + 24 + 32, 1.25)
    page.set_content(f"<!doctype html><style>{style}</style><body>{images}")
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")
    return page.screenshot(full_page=True)


if __name__ == "__main__":
    sys.exit(main())
