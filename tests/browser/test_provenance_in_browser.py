"""The provenance explorer in a real JupyterLab, and its static twin in a page without a network."""

from __future__ import annotations

import re
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


def choose(page: Page, label: str, words: str) -> None:
    """Choose in one of the explorer's lists."""
    named = page.locator("label", has_text=re.compile(f"^{label}$"))
    page.locator(".widget-dropdown", has=named).first.locator("select").select_option(label=words)


def wait_title(page: Page, part: str, where: str = ".aitracker-view") -> None:
    """Wait until the description of a chart holds these words; a title in the picture is broken into lines."""
    page.wait_for_function(
        "([where, part]) => (document.querySelector(where)?.getAttribute('aria-label') ?? '').replaceAll('\\u00a0', ' ').includes(part)",
        arg=[f"{where} .aitracker-pane", part],
        timeout=30_000,
    )


def test_company_fact_and_policy_in_lab(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    cells = [
        "import aitracker as ait\nds = ait.load()\nwho = ait.explore.WhoSaidWhat(ds, fact='round|moonshot-2024-02|amount')\nwho"
    ]
    lab.open_notebook(page, jupyter.address, jupyter.notebook("who.ipynb", cells))
    lab.run_all(page)
    lab.wait_drawn(page)
    wait_title(page, "6 origins, from US$800m to US$1bn; taken: at least US$1bn")

    choose(page, "claims", "lowest")
    wait_title(page, "taken: US$800m")
    page.locator(".widget-html", has_text="the figure itself US$800m instead of US$1bn").first.wait_for(timeout=20_000)

    choose(page, "show", "its facts by number of origins")
    wait_title(page, "claims on Moonshot AI go back to")
    choose(page, "show", "when its facts became known")
    wait_title(page, "became known more than a month later")
    choose(page, "show", "all claims on the fact")
    choose(page, "subject", "MiniMax")
    wait_title(page, "MiniMax")
    page.get_by_role("button", name="Reset").first.click()
    wait_title(page, "taken: at least US$1bn")
    assert offline.errors == []


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook as a page."""
    out = tmp_path_factory.mktemp("who")
    write_report(out, [ROOT / "notebooks" / "05-who-said-what.ipynb"])
    return out / "05-who-said-what.html"


def marks(page: Page) -> list[str]:
    """Shapes of the marks of the first chart."""
    return page.evaluate(
        "() => [...document.querySelectorAll('[data-view=chart-1] .mark-symbol path')].map((m) => m.outerHTML)"
    )


def test_every_control_of_the_page_changes_the_chart(report: Path, offline: OfflinePage) -> None:
    page = offline.page
    page.goto(report.as_uri())
    page.wait_for_function(DRAWN, timeout=30_000)
    assert page.locator(".aitracker-error").count() == 0
    first = marks(page)
    selects = page.locator("#chart-1 select")
    assert selects.count() == 4
    for number in range(selects.count()):
        select = selects.nth(number)
        start = select.input_value()
        options = select.locator("option").evaluate_all("(all) => all.map((o) => o.value)")
        changed = False
        for option in (o for o in options if o != start):
            drawn = page.locator("[data-view=chart-1]").get_attribute("data-drawn")
            select.select_option(option)
            page.wait_for_function(
                "(n) => document.querySelector('[data-view=chart-1]').dataset.drawn !== n", arg=drawn
            )
            changed = changed or marks(page) != first
        # One row a page or an origin is the same where no page repeats another, as on the size of the round.
        name = select.get_attribute("data-label")
        assert changed or name == "Pages", f"no option of {name} changes a mark"
        drawn = page.locator("[data-view=chart-1]").get_attribute("data-drawn")
        page.locator("[data-reset=chart-1]").click()
        page.wait_for_function("(n) => document.querySelector('[data-view=chart-1]').dataset.drawn !== n", arg=drawn)
        assert marks(page) == first, f"reset after {name}"
    assert offline.errors == []


def test_pages_of_one_origin_collapse_in_the_page(report: Path, offline: OfflinePage) -> None:
    page = offline.page
    page.goto(report.as_uri())
    page.wait_for_function(DRAWN, timeout=30_000)
    fact, pages = page.locator("#chart-1 select").nth(0), page.locator("#chart-1 select").nth(3)
    fact.select_option("participation|moonshot-2024-02/alibaba|cloud_credit_share")
    wait_title(page, "13 claims, all of one origin, 6 known to be wrong", "[data-view=chart-1]")
    many = len(marks(page))
    pages.select_option("origins")
    page.wait_for_function(
        "(n) => document.querySelectorAll('[data-view=chart-1] .mark-symbol path').length < n", arg=many
    )
    labels = page.locator("[data-view=chart-1] .mark-text text").all_text_contents()
    assert any("12 pages of the same origin" in label for label in labels)
    # The case study beneath: all five languages, in sentences.
    text = page.locator("main").inner_text()
    for words in (
        "iHal.it misreads the share of cloud credits: more than half",
        "VnEconomy keeps the share of cloud credits",
    ):
        assert words in text
    assert page.locator("section.sources li a[href^='http']").count() > 10
    assert offline.errors == []
