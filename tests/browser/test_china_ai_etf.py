"""The explorer of holdings in a real JupyterLab, and its static twins in a page without a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import lab
import pytest

from aitracker.report import write_report

if TYPE_CHECKING:
    from conftest import Lab, OfflinePage
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
DRAWN = (
    "() => document.querySelectorAll('[data-view]').length > 0"
    " && [...document.querySelectorAll('[data-view]')].every((view) => Number(view.dataset.drawn) > 0)"
)
TITLE = ".aitracker-view .role-title-text"


def choose(page: Page, label: str, words: str) -> None:
    """Choose in one of the explorer's lists."""
    page.locator(".widget-dropdown", has_text=label).first.locator("select").select_option(label=words)


def wait_title(page: Page, part: str) -> None:
    page.wait_for_function(
        "([where, part]) => (document.querySelector(where)?.textContent ?? '').replaceAll('\\u00a0', ' ').includes(part)",
        arg=[TITLE, part],
        timeout=30_000,
    )


def test_views_and_counterfactuals_in_lab(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    cells = ["import aitracker as ait\nds = ait.load()\netf = ait.explore.ChinaAIETF(ds)\netf"]
    lab.open_notebook(page, jupyter.address, jupyter.notebook("etf.ipynb", cells))
    lab.run_all(page)
    lab.wait_drawn(page)
    wait_title(page, "Is Alibaba the China AI ETF?")

    choose(page, "holder", "Tencent")
    wait_title(page, "Is Tencent the China AI ETF?")
    choose(page, "view", "all positions")
    wait_title(page, "what Tencent holds")
    choose(page, "holder", "Alibaba")
    wait_title(page, "Moonshot AI is")
    choose(page, "leave out", "Moonshot AI")
    page.wait_for_function(
        "(where) => !document.querySelector(where).textContent.includes('Moonshot')", arg=TITLE, timeout=20_000
    )
    # The words follow the picture by a message of their own.
    words = page.locator(".widget-html", has_text="all positions").filter(has_text="without Moonshot AI")
    words.first.wait_for(timeout=20_000)

    # The price of the credits, by keyboard.
    choose(page, "weights", "cost")
    page.locator(".widget-slider", has_text="credits at").first.locator(".noUi-handle").focus()
    page.keyboard.press("ArrowLeft")
    page.locator(".widget-html", has_text="credits at 90 % of face").first.wait_for(timeout=20_000)

    page.get_by_role("button", name="Reset").first.click()
    wait_title(page, "Is Alibaba the China AI ETF?")
    choose(page, "holder", "HongShan")
    choose(page, "view", "what US$100 of its stock contain")
    page.locator("[role=alert]", has_text="HongShan has no stock").wait_for(timeout=20_000)
    assert offline.errors == []


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook as a page."""
    out = tmp_path_factory.mktemp("etf")
    write_report(out, [ROOT / "notebooks" / "03-china-ai-etf.ipynb"])
    return out / "03-china-ai-etf.html"


def picture(page: Page, chart: str) -> str:
    """What a chart shows: its texts, and where its marks are, whichever of them is drawn first."""
    return page.evaluate(
        "(id) => { const svg = document.querySelector(`[data-view=${id}] svg`);"
        " return svg.textContent + [...svg.querySelectorAll('.role-mark path, .role-mark line')]"
        ".map((m) => m.getAttribute('d') ?? m.outerHTML).sort().join(); }",
        chart,
    )


def pick(page: Page, chart: str, number: int, option: str) -> None:
    """Choose an option of a control and wait until the chart has been drawn again."""
    view = page.locator(f"[data-view={chart}]")
    before = int(view.get_attribute("data-drawn") or 0)
    page.locator(f"#{chart} select").nth(number).select_option(option)
    page.wait_for_function(
        "([id, n]) => Number(document.querySelector(`[data-view=${id}]`).dataset.drawn) > n",
        arg=[chart, before],
        timeout=20_000,
    )


def test_every_control_of_every_twin_changes_its_chart(report: Path, offline: OfflinePage) -> None:
    page = offline.page
    page.goto(report.as_uri())
    page.wait_for_function(DRAWN, timeout=60_000)
    charts = page.evaluate("() => [...document.querySelectorAll('[data-view]')].map((v) => v.dataset.view)")
    assert len(charts) == 11
    assert page.locator(".aitracker-error").count() == 0
    moved = 0
    for chart in charts:
        first = picture(page, chart)
        assert "No rows" not in first, chart
        selects = page.locator(f"#{chart} select")
        for number in range(selects.count()):
            select = selects.nth(number)
            options = select.locator("option").evaluate_all("(all) => all.map((o) => o.value)")
            start, name = select.input_value(), select.get_attribute("data-label")
            assert len(options) > 1, (chart, name)
            changed = False
            if name == "Credits":  # priced in the cost
                others = selects.evaluate_all("(all) => all.map((s) => s.dataset.label)")
                pick(page, chart, others.index("Weighting"), "cost")
            as_is = picture(page, chart)
            for option in options:
                if option == start:
                    continue
                pick(page, chart, number, option)
                changed = changed or picture(page, chart) != as_is
                words = page.locator(f"[data-state={chart}]").first.inner_text()
                assert select.locator("option:checked").inner_text() in words, "the state is not told"
            assert changed, f"no option of {name} changes {chart}"
            moved += 1
            page.locator(f"[data-reset={chart}]").click()
            page.wait_for_function(
                "([id, n, value]) => document.querySelectorAll(`#${id} select`)[n].value === value",
                arg=[chart, number, start],
            )
            page.wait_for_timeout(60)
            assert picture(page, chart) == first, f"reset after {name} of {chart}"
    assert moved >= 20
    assert offline.errors == []
