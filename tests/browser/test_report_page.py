"""The report opened from disk with the network out of reach: charts drawn, controls working, text only text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from aitracker.report import write_report

if TYPE_CHECKING:
    from conftest import OfflinePage
    from playwright.sync_api import Page

DRAWN = (
    "() => document.querySelectorAll('[data-view]').length > 0"
    " && [...document.querySelectorAll('[data-view]')].every((view) => Number(view.dataset.drawn) > 0)"
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's notebooks as pages."""
    out = tmp_path_factory.mktemp("report")
    write_report(out)
    return out


def opened(offline: OfflinePage, path: Path) -> Page:
    """Open a page from disk and wait until its charts are drawn."""
    offline.page.goto(path.as_uri())
    offline.page.wait_for_function(DRAWN, timeout=30_000)
    return offline.page


def marks(page: Page, figure: str = "chart-1") -> list[str]:
    """Shapes of the columns of a chart, sorted, to a thousandth of a pixel.

    Sums that are added up in another order differ behind that, and are drawn in another order.
    """
    shapes: list[str] = page.evaluate(
        "(id) => [...document.querySelectorAll(`#${id} .mark-rect.role-mark path`)].map((m) =>"
        " m.getAttribute('d').replace(/-?\\d+\\.\\d+/g, (n) => String(Math.round(n * 1000) / 1000)))",
        figure,
    )
    return sorted(shapes)


def drawn(page: Page, figure: str = "chart-1") -> int:
    """How often a chart has been drawn."""
    return int(page.locator(f"[data-view={figure}]").get_attribute("data-drawn") or 0)


def wait_drawn(page: Page, after: int, figure: str = "chart-1") -> None:
    """Wait until a chart has been drawn once more."""
    page.wait_for_function(
        "([id, n]) => Number(document.querySelector(`[data-view=${id}]`).dataset.drawn) > n",
        arg=[figure, after],
        timeout=20_000,
    )


def test_every_chart_is_drawn_without_a_network(report: Path, offline: OfflinePage) -> None:
    page = opened(offline, report / "00-start-here.html")
    assert page.locator("[data-view]").count() == 4
    assert page.locator(".aitracker-error").count() == 0
    assert len(marks(page)) > 20
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").count() == 1
    for label in page.locator("[data-view] .aitracker-pane").evaluate_all(
        "(all) => all.map((p) => p.getAttribute('aria-label'))"
    ):
        assert label, "a chart without a description"
    assert offline.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_drawn_and_tells_the_console_nothing(report: Path, offline: OfflinePage, scheme: str) -> None:
    offline.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for path in sorted(report.glob("0*.html")):
        page = opened(offline, path)
        assert page.locator(".aitracker-error").count() == 0, path.name
        assert offline.errors == [], path.name
        assert offline.messages == [], path.name


def test_the_finding_over_the_chart_follows_the_controls(report: Path, offline: OfflinePage) -> None:
    page = opened(offline, report / "01-funding-flows.html")
    says = page.locator("#chart-1 figcaption")
    before = says.inner_text()
    assert "put in the most" in before
    assert "per year by investor type" in before
    count = drawn(page)
    page.get_by_label("Grouped by").first.select_option("country_group")
    wait_drawn(page, count)
    page.wait_for_function(
        "(before) => document.querySelector('#chart-1 figcaption').textContent !== before", arg=before
    )
    assert says.inner_text().startswith("China put in the most")
    assert "per year by home of the investor" in says.inner_text()


def test_every_control_changes_the_chart_and_reset_brings_it_back(report: Path, offline: OfflinePage) -> None:
    page = opened(offline, report / "00-start-here.html")
    first = marks(page)
    selects = page.locator("#chart-1 select")
    assert selects.count() == 5
    for number in range(selects.count()):
        select = selects.nth(number)
        name = select.get_attribute("data-label")
        options = select.locator("option").evaluate_all("(all) => all.map((o) => o.value)")
        start = select.input_value()
        changed = False
        for option in options:
            if option == start:
                continue
            before = drawn(page)
            select.select_option(option)
            wait_drawn(page, before)
            changed = changed or marks(page) != first
            words = page.locator("[data-state=chart-1]").first.inner_text()
            assert select.locator("option:checked").inner_text() in words, "the state is not told"
        assert changed, f"no option of {name} changes a mark"
        before = drawn(page)
        page.locator("[data-reset=chart-1]").click()
        wait_drawn(page, before)
        assert marks(page) == first, f"reset after {name}"
    assert offline.errors == []


def test_the_date_slider_works_by_keyboard_and_says_its_day(report: Path, offline: OfflinePage) -> None:
    page = opened(offline, report / "00-start-here.html")
    first, before = marks(page), drawn(page)
    slider = page.locator("#chart-1 input[type=range]")
    slider.focus()
    page.keyboard.press("Home")
    wait_drawn(page, before)
    page.wait_for_function(
        "(n) => document.querySelectorAll('#chart-1 .mark-rect.role-mark path').length < n", arg=len(first)
    )
    assert "2012" in page.locator("#chart-1 output[for]").inner_text(), "the slider tells its day, not milliseconds"
    page.keyboard.press("End")
    page.wait_for_function(
        "(n) => document.querySelectorAll('#chart-1 .mark-rect.role-mark path').length === n", arg=len(first)
    )
    assert marks(page) == first


def test_static_and_live_chart_agree(report: Path, offline: OfflinePage) -> None:
    """The twin adds up in the browser what the library adds up in Python."""
    import aitracker as ait

    page = opened(offline, report / "00-start-here.html")
    page.locator("#chart-1 select[data-param=policy]").select_option("lowest")
    page.locator("#chart-1 select[data-param=wave]").select_option("all")
    page.wait_for_timeout(300)
    tips = page.evaluate(
        """() => {
          const bars = [...document.querySelectorAll('#chart-1 .mark-rect.role-mark path')];
          return bars.map((b) => b.__data__?.datum).filter((d) => d && d.value > 0).map((d) => d.value);
        }"""
    )
    frame = ait.funding_flows(ait.load(policy="lowest"), every="1y")
    expected = frame.filter(frame["period"].is_not_null())["amount_usd_m"].sum()
    assert sum(tips) == pytest.approx(expected, rel=1e-6)


def test_text_from_data_is_only_text(tmp_path: Path, offline: OfflinePage) -> None:
    evil = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
    cell = (
        "import aitracker as ait, polars as pl, datetime as dt\n"
        "ds = ait.load()\n"
        f"evil = {evil!r}\n"
        "frame = ait.portfolio(ds, 'alibaba').with_columns(startup=pl.lit(evil), investor=pl.lit(evil), publisher=pl.lit(evil))\n"
        "ait.show(ds, ait.charts.portfolio, frame)"
    )
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(f"# A {evil} page"), nbformat.v4.new_code_cell(cell)]
    )
    nbformat.write(book, tmp_path / "evil.ipynb")
    write_report(tmp_path / "out", [tmp_path / "evil.ipynb"])
    page = opened(offline, tmp_path / "out" / "evil.html")
    assert page.evaluate("() => window.hacked") is None
    assert page.locator("img").count() == 0
    assert "<script>" in page.locator("h1").inner_text()


def test_the_index_leads_to_the_pages(report: Path, offline: OfflinePage) -> None:
    offline.page.goto((report / "index.html").as_uri())
    offline.page.locator("main a").first.click()
    offline.page.wait_for_function(DRAWN, timeout=30_000)


AXE = """(source) => {
  const script = document.createElement("script");
  script.textContent = source;
  document.head.append(script);
  return axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    .then((found) => found.violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 150)} (${v.nodes.length})`));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(report: Path, offline: OfflinePage, scheme: str) -> None:
    """No violation of WCAG 2.2 AA on any page, with every table and piece of code open."""
    from axe_playwright_python.base import AXE_FILE_PATH

    source = AXE_FILE_PATH.read_text(encoding="utf-8")
    offline.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for path in sorted(report.glob("*.html")):
        if path.name == "index.html":
            offline.page.goto(path.as_uri())
        else:
            opened(offline, path)
            offline.page.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert offline.page.evaluate(AXE, source) == [], f"{path.name}, {scheme}"


def test_the_table_follows_the_controls_and_sorts(report: Path, offline: OfflinePage) -> None:
    page = opened(offline, report / "00-start-here.html")
    page.locator("#chart-1 details.data summary").click()
    page.locator("#chart-1 tbody tr").first.wait_for()
    cells = "(all) => all.map((row) => [...row.cells].map((cell) => cell.textContent))"
    rows = page.locator("#chart-1 tbody tr").evaluate_all(cells)
    assert len(rows) > 20
    before = drawn(page)
    page.locator("#chart-1 select[data-param=by]").select_option("country_group")
    wait_drawn(page, before)
    groups = {row[1] for row in page.locator("#chart-1 tbody tr").evaluate_all(cells)}
    assert groups <= {"China", "Foreign", "foreign", "Unknown", "unknown"}, groups
    page.locator("#chart-2 details.data summary").click()
    page.locator("#chart-2 tbody tr").first.wait_for()
    header = page.locator("#chart-2 th", has_text="amount").first
    for direction in ("ascending", "descending"):
        header.locator("button").click()
        assert header.get_attribute("aria-sort") == direction
        index = header.evaluate("(th) => th.cellIndex")
        words = [row[index] for row in page.locator("#chart-2 tbody tr").evaluate_all(cells)]
        numbers = [float(word.replace(",", "")) for word in words if word != "unknown"]
        assert numbers == sorted(numbers, reverse=direction == "descending")
        assert "unknown" not in words[: len(numbers)], "unknown values stay at the end"


def test_downloads(report: Path, offline: OfflinePage, tmp_path: Path) -> None:
    page = opened(offline, report / "00-start-here.html")
    heads = {"csv": b"period,investor_type,amount_usd_m", "svg": b"<svg", "png": b"\x89PNG"}
    for act, head in heads.items():
        with page.expect_download() as waiting:
            page.locator(f"#chart-2 button[data-act={act}]").click()
        file = tmp_path / f"x.{act}"
        waiting.value.save_as(file)
        assert waiting.value.suggested_filename.endswith(f"chart-2.{act}")
        assert file.read_bytes().startswith(head), f"{act}: {file.read_bytes()[:60]!r}"
    assert "unknown" not in (tmp_path / "x.csv").read_text().splitlines()[1], "an unknown cell is empty in the CSV"


def test_light_and_dark_by_a_button(report: Path, offline: OfflinePage) -> None:
    page = opened(offline, report / "00-start-here.html")
    background = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    before = drawn(page)
    page.locator("[data-act=theme]").click()
    wait_drawn(page, before)
    assert page.evaluate(background) != light


def test_printed_to_pdf(tmp_path: Path, chromium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITRACKER_CHROMIUM", chromium)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# On paper")])
    nbformat.write(book, tmp_path / "paper.ipynb")
    files = write_report(tmp_path / "out", [tmp_path / "paper.ipynb"], pdf=True)
    assert files[-1].name == "paper.pdf"
    assert files[-1].read_bytes().startswith(b"%PDF")
