"""The notebook on valuations: its report opened from disk with working controls, and its widgets in JupyterLab."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import lab
import pytest

from aitracker.report import write_report

if TYPE_CHECKING:
    from conftest import Lab, OfflinePage
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
NAME = "02-valuation-growth"
CHARTS = 6


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook's page."""
    out = tmp_path_factory.mktemp("report")
    write_report(out, [ROOT / "notebooks" / f"{NAME}.ipynb"])
    return out / f"{NAME}.html"


def drawn(page: Page, figure: str) -> int:
    """How often a chart of the page has been drawn."""
    return int(page.locator(f"[data-view={figure}]").get_attribute("data-drawn") or 0)


def picture(page: Page, figure: str) -> list[str]:
    """Shapes and texts of a chart's marks; sorted, for lines of other start-ups come and go in any order."""
    shapes = page.evaluate(
        "(id) => [...document.querySelectorAll(`[data-view=${id}] .role-mark path, [data-view=${id}] .role-mark text,"
        " [data-view=${id}] .role-mark line`)].map((m) => (m.getAttribute('d') ?? m.textContent) + m.getAttribute('transform'))",
        figure,
    )
    return sorted(shapes)


def choose(page: Page, select: str, value: str, figure: str) -> None:
    """Choose in a list and wait until the chart has been drawn once more."""
    before = drawn(page, figure)
    page.locator(select).select_option(value)
    page.wait_for_function(
        "([id, n]) => Number(document.querySelector(`[data-view=${id}]`).dataset.drawn) > n",
        arg=[figure, before],
        timeout=20_000,
    )


def texts(page: Page, figure: str) -> list[str]:
    """Every text of a chart."""
    return page.evaluate(
        "(id) => [...document.querySelectorAll(`[data-view=${id}] text`)].map((t) => t.textContent)", figure
    )


def opened(offline: OfflinePage, path: Path) -> Page:
    """Open the page and wait until every chart is drawn."""
    page = offline.page
    page.goto(path.as_uri())
    page.wait_for_function(
        "(n) => { const all = [...document.querySelectorAll('[data-view]')];"
        " return all.length === n && all.every((view) => Number(view.dataset.drawn) > 0); }",
        arg=CHARTS,
        timeout=30_000,
    )
    return page


def test_every_control_of_every_chart_changes_it_and_reset_brings_it_back(report: Path, offline: OfflinePage) -> None:
    page = opened(offline, report)
    assert page.locator(".aitracker-error").count() == 0
    for number in range(1, CHARTS + 1):
        figure = f"chart-{number}"
        first = picture(page, figure)
        selects = page.locator(f"#{figure} select")
        assert selects.count() >= 2
        for name in selects.evaluate_all("(all) => all.map((s) => s.id)"):
            select = page.locator(f"#{name}")
            start = select.input_value()
            values = select.locator("option").evaluate_all("(all) => all.map((o) => o.value)")
            seen = []
            for value in values:
                if value != start:
                    choose(page, f"#{name}", value, figure)
                    seen.append(picture(page, figure))
            assert any(marks != first for marks in seen), f"no value of {name} changes a mark"
            choose(page, f"#{name}", start, figure)
            assert picture(page, figure) == first, f"{name} back to its beginning"
    assert offline.errors == []


def test_choices_of_the_page_survive_other_rows(report: Path, offline: OfflinePage) -> None:
    page = opened(offline, report)
    choose(page, "#chart-1-aligned", "age", "chart-1")
    assert "4 years" in texts(page, "chart-1")
    choose(page, "#chart-1-startups", "vision", "chart-1")
    assert "4 years" in texts(page, "chart-1")
    assert "by age" in page.locator("[data-state=chart-1]").first.inner_text()
    assert "SenseTime" in texts(page, "chart-1")
    choose(page, "#chart-1-talks", "true", "chart-1")
    with_talks = len(picture(page, "chart-1"))
    choose(page, "#chart-1-talks", "false", "chart-1")
    assert len(picture(page, "chart-1")) < with_talks
    page.locator("[data-reset=chart-1]").click()
    page.wait_for_function("() => document.querySelector('#chart-1-aligned').value === 'date'")
    assert offline.errors == []


def test_the_notebook_runs_in_lab_and_its_widgets_redraw(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    shutil.copy(ROOT / "notebooks" / f"{NAME}.ipynb", jupyter.folder)
    lab.open_notebook(page, jupyter.address, f"{NAME}.ipynb")
    lab.run_all(page)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.widgets.every("
        "(cell) => cell.model.type !== 'code' || cell.model.executionCount !== null)",
        timeout=240_000,
    )
    # Lab draws what is near the window only, and running all leaves the window at the end.
    page.evaluate(
        "() => { const book = window.jupyterapp.shell.currentWidget.content;"
        " const at = book.widgets.findIndex((cell) => cell.model.sharedModel.source.includes('ValuationGrowth'));"
        " book.activeCellIndex = at; return book.scrollToItem(at, 'start'); }"
    )
    first_view = page.locator(".aitracker-view").first
    first_view.wait_for(timeout=60_000)
    before = lab.wait_drawn(page, timeout=60_000)
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0, "a cell complained"
    box = page.locator(".widget-vbox", has=first_view).first
    for label, words in (("aligned", "by age"), ("start-ups", "vision wave (2014-2021)"), ("scale", "linear")):
        box.locator(".widget-dropdown", has_text=label).first.locator("select").select_option(label=words)
        before = lab.wait_drawn(page, more_than=before)
    said = box.locator(".widget-html").first.inner_text()
    assert "Values over time of vision wave (2014-2021), by age, linear" in said
    assert "SenseTime" in first_view.locator("text").all_text_contents()
    assert page.locator("[role=alert]").count() == 0
    assert offline.errors == []
