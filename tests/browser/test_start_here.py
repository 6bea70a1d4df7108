"""The first notebook in a real JupyterLab without a network: run it all, move its widgets, see the marks change."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import lab

if TYPE_CHECKING:
    from conftest import Lab, OfflinePage
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
BARS = ".aitracker-view >> nth=0 >> .mark-rect.role-mark path"


def bars(page: Page) -> list[str | None]:
    """Shapes of the columns of the first chart."""
    return page.evaluate(
        "() => [...document.querySelector('.aitracker-view').querySelectorAll('.mark-rect.role-mark path')]"
        ".map((bar) => bar.getAttribute('d'))"
    )


def wait_for_other_bars(page: Page, before: list[str | None]) -> list[str | None]:
    """Wait until the columns differ from what they were; give them."""
    page.wait_for_function(
        "(before) => JSON.stringify([...document.querySelector('.aitracker-view')"
        ".querySelectorAll('.mark-rect.role-mark path')].map((bar) => bar.getAttribute('d'))) !== before",
        arg=__import__("json").dumps(before, separators=(",", ":")),
        timeout=20_000,
    )
    return bars(page)


def set_dropdown(page: Page, label: str, words: str) -> None:
    """Choose in one of the explorer's lists."""
    # By the label, not by any text: the words of an option may name another list.
    own = page.locator("label", has_text=re.compile(f"^{label}$"))
    page.locator(".widget-dropdown", has=own).first.locator("select").select_option(label=words)


def test_first_notebook_runs_and_its_widgets_redraw(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    shutil.copy(ROOT / "notebooks" / "00-start-here.ipynb", jupyter.folder)
    lab.open_notebook(page, jupyter.address, "00-start-here.ipynb")
    lab.run_all(page)
    page.wait_for_function(
        "() => document.querySelectorAll('.aitracker-view').length === 4"
        " && [...document.querySelectorAll('.aitracker-view')].every((view) => Number(view.dataset.drawn) > 0)",
        timeout=120_000,
    )
    assert page.locator(".aitracker-error").count() == 0
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0, "a cell complained"

    first = bars(page)
    assert len(first) > 20

    set_dropdown(page, "period", "quarter")
    by_quarter = wait_for_other_bars(page, first)
    assert len(by_quarter) > len(first)

    set_dropdown(page, "claims", "lowest")
    lowest = wait_for_other_bars(page, by_quarter)

    # The date slider, by keyboard: one step back from "latest".
    handle = page.locator(".widget-slider", has_text="as of").first.locator(".noUi-handle")
    handle.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "(n) => document.querySelector('.aitracker-view').querySelectorAll('.mark-rect.role-mark path').length < n",
        arg=len(lowest),
        timeout=20_000,
    )
    assert "as of" in page.locator(".widget-html", has_text="rounds of generative AI").first.inner_text()

    page.get_by_role("button", name="Reset").first.click()
    page.wait_for_function(
        "(n) => document.querySelector('.aitracker-view').querySelectorAll('.mark-rect.role-mark path').length === n",
        arg=len(first),
        timeout=20_000,
    )
    assert bars(page) == first
    assert offline.errors == []


def test_an_explorer_tells_its_code_and_shows_errors_in_place(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    cells = [
        "import aitracker as ait\nds = ait.load()\nflows = ait.explore.FundingFlows(ds)\nflows",
        "flows._controls['by'].value = 'country_group'\nflows._lens_controls.policy.value = 'latest'\nscope = {}",
        "exec(flows.code.replace('\\nait.', '\\nframe = ait.'), scope)\nprint('same', scope['frame'].equals(flows.data))",
        "flows.frame = lambda ds, **kw: 1 / 0\nflows._controls['every'].value = '1q'",
    ]
    lab.open_notebook(page, jupyter.address, jupyter.notebook("code.ipynb", cells))
    lab.run_all(page)
    page.get_by_text("same True").wait_for(timeout=60_000)
    alert = page.locator("[role=alert]")
    alert.wait_for(timeout=20_000)
    assert "ZeroDivisionError" in alert.inner_text()
    assert len(bars(page)) > 10, "the last chart stays"
