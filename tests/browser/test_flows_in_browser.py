"""The explorers of flows and of compute: in a real JupyterLab, and as controls of pages opened from disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import lab
import pytest
from test_report_page import drawn, opened, wait_drawn

from aitracker.report import write_report

if TYPE_CHECKING:
    from conftest import Lab, OfflinePage
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
MARKS = ".mark-rect.role-mark path, .mark-area.role-mark path, .mark-rule.role-mark line, .mark-text.role-mark text"


# Shapes, places and words of the marks of one view, in an order of their own and without the noise of floating point.
PICTURE = """(root, marks) => [...document.querySelectorAll(root)].slice(0, 1).flatMap((view) =>
  [...view.querySelectorAll(marks)].map((m) =>
    [m.getAttribute('d'), m.getAttribute('transform'), m.getAttribute('x2'), m.textContent].join()
      .replace(/-?\\d+\\.\\d+/g, (n) => Number(n).toFixed(1)))).sort()"""


def picture(page: Page, root: str) -> list[str]:
    """What is drawn within an element."""
    return page.evaluate(f"([root, marks]) => ({PICTURE})(root, marks)", [root, MARKS])


def wait_other(page: Page, root: str, before: list[str]) -> list[str]:
    """Wait until something else is drawn; give it."""
    page.wait_for_function(
        f"([root, marks, before]) => JSON.stringify(({PICTURE})(root, marks)) !== JSON.stringify(before)",
        arg=[root, MARKS, before],
        timeout=20_000,
    )
    return picture(page, root)


def choose(page: Page, label: str, words: str) -> None:
    """Choose in one of the explorer's lists."""
    page.get_by_label(label, exact=True).first.select_option(label=words)


def start(jupyter: Lab, page: Page, name: str, line: str) -> list[str]:
    """Run a notebook of one explorer and wait for its chart."""
    cells = [f"import aitracker as ait\nexplorer = {line}\nexplorer"]
    lab.open_notebook(page, jupyter.address, jupyter.notebook(name, cells))
    lab.run_all(page)
    lab.wait_drawn(page)
    return picture(page, ".aitracker-view")


def test_funding_flows_in_lab(jupyter: Lab, offline: OfflinePage) -> None:
    page, view = offline.page, ".aitracker-view"
    first = start(jupyter, page, "flows.ipynb", "ait.explore.FundingFlows(ait.load())")
    assert len(first) > 20
    search = page.locator(".widget-combobox input, .widget-text input").first
    search.fill("腾讯")
    search.press("Enter")
    tencent = wait_other(page, view, first)
    assert "only the parts of" in page.locator(".widget-html", has_text="rounds of generative AI").first.inner_text()
    search.fill("nobody at all")
    search.press("Enter")
    alert = page.locator("[role=alert]")
    alert.wait_for(timeout=20_000)
    assert "no investor is called" in alert.inner_text()
    assert picture(page, view) == tencent, "the last chart stays"
    search.fill("")
    search.press("Enter")
    wait_other(page, view, tencent)
    choose(page, "view", "from whom to whom")
    page.wait_for_selector(".aitracker-view .mark-area.role-mark path", timeout=20_000)
    ribbons = picture(page, view)
    choose(page, "segment", "embodied")
    wait_other(page, view, ribbons)
    assert page.locator(".aitracker-view .mark-area.role-mark path").count(), "the reset has something to put away"
    page.get_by_role("button", name="Reset").first.click()
    page.wait_for_function("() => !document.querySelector('.aitracker-view .mark-area.role-mark path')", timeout=20_000)
    assert picture(page, view) == first
    assert offline.errors == []


def test_compute_for_equity_in_lab(jupyter: Lab, offline: OfflinePage) -> None:
    page, view = offline.page, ".aitracker-view"
    first = start(jupyter, page, "compute.ipynb", "ait.explore.ComputeForEquity(ait.load())")
    assert any("Cloud credit" in mark for mark in first)
    choose(page, "claims", "highest")
    wait_other(page, view, first)
    choose(page, "claims", "curated")
    choose(page, "view", "price of the credits")
    page.wait_for_selector(".aitracker-view .mark-area.role-mark path", timeout=20_000)
    half = picture(page, view)
    handle = page.locator(".widget-slider", has_text="price").first.locator(".noUi-handle")
    handle.focus()
    page.keyboard.press("ArrowRight")
    more = wait_other(page, view, half)
    assert any("60 % of face" in mark for mark in more)
    page.get_by_role("button", name="Reset").first.click()
    wait_other(page, view, more)
    assert offline.errors == []


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two notebooks as pages."""
    out = tmp_path_factory.mktemp("report")
    write_report(out, [ROOT / "notebooks" / f"{name}.ipynb" for name in ("01-funding-flows", "04-compute-for-equity")])
    return out


@pytest.mark.parametrize("name", ["01-funding-flows", "04-compute-for-equity"])
def test_every_control_of_the_pages_changes_its_chart_and_reset_brings_it_back(
    name: str, report: Path, offline: OfflinePage
) -> None:
    page = opened(offline, report / f"{name}.html")
    figures = page.locator("figure:has(select)").evaluate_all("(all) => all.map((f) => f.id)")
    assert len(figures) >= 2
    for figure in figures:
        root = f"[data-view={figure}]"
        first = picture(page, root)
        assert first, figure
        selects = page.locator(f"#{figure} select")
        for number in range(selects.count()):
            select = selects.nth(number)
            begin = select.input_value()
            changed = False
            for option in select.locator("option").evaluate_all("(all) => all.map((o) => o.value)"):
                if option == begin:
                    continue
                before = drawn(page, figure)
                select.select_option(option)
                wait_drawn(page, before, figure)
                changed = changed or picture(page, root) != first
            assert changed, f"no option of {select.get_attribute('data-label')} changes {figure}"
            before = drawn(page, figure)
            page.locator(f"[data-reset={figure}]").click()
            wait_drawn(page, before, figure)
            assert picture(page, root) == first, f"reset of {figure}"
    assert page.locator(".aitracker-error").count() == 0
    assert offline.errors == []


def test_pointing_at_a_ribbon_lets_its_investor_stand_out(report: Path, offline: OfflinePage) -> None:
    page = opened(offline, report / "01-funding-flows.html")
    figure = page.locator("figure:has(.mark-area.role-mark path[aria-label*='From:'])").first
    ribbons = figure.locator(".mark-area.role-mark path")
    pale = "(all) => all.filter((p) => Number(p.getAttribute('fill-opacity') ?? 1) < 0.2).length"
    assert ribbons.evaluate_all(pale) == 0
    ribbons.first.scroll_into_view_if_needed()
    ribbons.first.dispatch_event("pointerover")
    box = ribbons.first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 6)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.mark-area.role-mark path')]"
        ".some((p) => Number(p.getAttribute('fill-opacity') ?? 1) < 0.2)",
        timeout=10_000,
    )
