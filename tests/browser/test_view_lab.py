"""`ChartView` in a real JupyterLab, in a real browser, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lab

if TYPE_CHECKING:
    from conftest import Lab, OfflinePage
    from playwright.sync_api import Page

CHART = """
import datetime as dt
import altair as alt, ipywidgets as w, polars as pl
from aitracker.view import ChartView

def frame(k):
    years = [dt.date(2020 + i, 1, 1) for i in range(5)]
    return pl.DataFrame({
        "year": [y for y in years for _ in range(4)],
        "kind": ["state", "<b>vc</b>", "big-tech", "other"] * 5,
        "usd_m": [float((i * k) % 17 + k) if i else float("nan") for i in range(20)],
    })

def chart(k):
    return (
        alt.Chart(frame(k), title=f"k is {k}", description=f"columns for {k}", width="container", height=160)
        .mark_bar()
        .encode(
            x=alt.X("utcyear(year):O", title=None), y=alt.Y("usd_m:Q"), color=alt.Color("kind:N"),
            tooltip=["kind:N", "usd_m:Q"],
        )
    )
"""
SLIDER = """
view = ChartView(chart(1))
slider = w.IntSlider(value=1, min=1, max=100, description="k")
slider.observe(lambda change: setattr(view, "chart", chart(change["new"])), "value")
w.VBox([slider, view])
"""
TITLE = ".aitracker-view .mark-text.role-title-text text"
BARS = ".aitracker-view .mark-rect.role-mark path"


def marks(page: Page) -> list[str | None]:
    return [bar.get_attribute("d") for bar in page.locator(BARS).all()]


def wait_title(page: Page, text: str) -> None:
    page.wait_for_function(
        "([where, text]) => document.querySelector(where)?.textContent === text", arg=[TITLE, text], timeout=20_000
    )


def test_slider_by_keyboard_and_mouse_changes_the_marks(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    lab.open_notebook(page, jupyter.address, jupyter.notebook("slider.ipynb", [CHART, SLIDER]))
    lab.run_all(page)
    assert lab.wait_drawn(page) == 1
    wait_title(page, "k is 1")
    first = marks(page)
    assert len(first) >= 18
    pane = page.locator(".aitracker-pane")
    assert pane.get_attribute("aria-label") == "columns for 1"

    handle = page.locator(".noUi-handle")
    handle.focus()
    page.keyboard.press("ArrowRight")
    wait_title(page, "k is 2")
    second = marks(page)
    assert second != first
    assert pane.get_attribute("aria-label") == "columns for 2"

    box = page.locator(".noUi-connects").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    page.wait_for_function(
        "(where) => Number(document.querySelector(where)?.textContent.split(' ')[2]) > 30", arg=TITLE, timeout=20_000
    )
    assert marks(page) != second
    assert page.locator(".aitracker-pane").count() == 1
    assert offline.errors == []


def test_only_rows_travel_when_the_template_is_the_same(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    lab.open_notebook(page, jupyter.address, jupyter.notebook("patch.ipynb", [CHART, SLIDER]))
    lab.run_all(page)
    lab.wait_drawn(page)
    page.evaluate(
        "() => { window.kinds = []; addEventListener('aitracker:drawn', (e) => window.kinds.push(e.detail.kind)); }"
    )
    handle = page.locator(".noUi-handle")
    handle.focus()
    for value in (2, 3):
        page.keyboard.press("ArrowRight")
        wait_title(page, f"k is {value}")
    kinds = page.evaluate("() => window.kinds")
    assert kinds
    assert set(kinds) == {"patch"}


def test_a_burst_of_events_ends_at_the_last(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    burst = "for k in range(2, 52):\n    view.chart = chart(k)"
    lab.open_notebook(page, jupyter.address, jupyter.notebook("burst.ipynb", [CHART, SLIDER, burst]))
    lab.run_all(page)
    wait_title(page, "k is 51")
    before = lab.drawn(page)
    handle = page.locator(".noUi-handle")
    handle.focus()
    for _ in range(50):
        page.keyboard.press("ArrowRight")
    wait_title(page, "k is 51")
    page.wait_for_timeout(300)  # nothing older may come after the last
    wait_title(page, "k is 51")
    assert before < lab.drawn(page) <= before + 50
    assert offline.errors == []


def test_a_second_chart_shares_the_runtime(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    cells = [CHART, "a = ChartView(chart(3)); a", "b = ChartView(chart(4)); b", "a"]
    lab.open_notebook(page, jupyter.address, jupyter.notebook("two.ipynb", cells))
    lab.run_all(page)
    for index in range(3):
        lab.wait_drawn(page, index=index)
    assert lab.runtime_loads(page) == 1
    lab.run_all(page)  # again, in the same kernel
    lab.wait_kernel(page)
    lab.wait_drawn(page, index=2)
    assert lab.runtime_loads(page) == 1


def test_two_notebooks_and_a_restarted_kernel(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    cells = [CHART, SLIDER]
    lab.open_notebook(page, jupyter.address, jupyter.notebook("one.ipynb", cells))
    lab.run_all(page)
    lab.wait_drawn(page)
    lab.open_beside(page, jupyter.notebook("other.ipynb", cells))
    lab.run_all(page)
    lab.wait_drawn(page, index=1)
    assert lab.runtime_loads(page) == 1

    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    lab.wait_kernel(page)
    page.evaluate("() => document.querySelectorAll('.aitracker-view').forEach((view) => { view.dataset.drawn = '0'; })")
    lab.run_all(page)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.aitracker-view')].some((view) => Number(view.dataset.drawn) > 0)",
        timeout=60_000,
    )
    assert lab.runtime_loads(page) == 1
    assert offline.errors == []


def test_the_page_may_be_loaded_again(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    name = jupyter.notebook("again.ipynb", [CHART, SLIDER])
    lab.open_notebook(page, jupyter.address, name)
    lab.run_all(page)
    lab.wait_drawn(page)
    page.locator(".noUi-handle").focus()
    page.keyboard.press("ArrowRight")
    wait_title(page, "k is 2")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    lab.open_notebook(page, jupyter.address, name)  # the kernel lives on; the page begins anew
    lab.wait_drawn(page)
    wait_title(page, "k is 2")


def test_an_error_is_shown_in_place_as_text(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    wrong = (
        "v = ChartView({'data': {'name': 'rows'}, 'datasets': {'rows': [{'a': 1}]}, 'mark': 'bar',"
        " 'params': [{'name': 'p', 'expr': '<img src=x onerror=alert(1)>'}], 'encoding': {}}); v"
    )
    lab.open_notebook(page, jupyter.address, jupyter.notebook("wrong.ipynb", [CHART, wrong]))
    lab.run_all(page)
    page.wait_for_selector(".aitracker-error", timeout=60_000)
    note = page.locator(".aitracker-error")
    assert "could not be drawn" in (note.text_content() or "")
    assert note.get_attribute("role") == "alert"
    assert page.locator(".aitracker-view img").count() == 0
    # A good chart afterwards takes its place.
    page.evaluate(
        "() => { const n = window.jupyterapp.shell.currentWidget.content;"
        " n.model.sharedModel.addCell({cell_type: 'code', source: 'v.chart = chart(5)'}); }"
    )
    lab.run_all(page)
    wait_title(page, "k is 5")


def test_tooltip_shows_names_as_text(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    lab.open_notebook(page, jupyter.address, jupyter.notebook("tip.ipynb", [CHART, SLIDER]))
    lab.run_all(page)
    lab.wait_drawn(page)
    for bar in page.locator(BARS).all():
        bar.hover(force=True)
        if "<b>vc</b>" in (page.locator(".aitracker-tip").text_content() or ""):
            break
    else:
        raise AssertionError("no tooltip shows the name with angle brackets")
    assert page.locator(".aitracker-tip b").count() == 0


def test_the_chart_follows_the_width_of_its_cell_and_the_theme(jupyter: Lab, offline: OfflinePage) -> None:
    page = offline.page
    themed = """ChartView(
        lambda mode: chart(2 if mode == "dark" else 1),
        config_light={"title": {"color": "#101010"}}, config_dark={"title": {"color": "#efefef"}},
    )"""
    lab.open_notebook(page, jupyter.address, jupyter.notebook("width.ipynb", [CHART, themed]))
    lab.run_all(page)
    lab.wait_drawn(page)
    fits = (
        "() => { const svg = document.querySelector('.aitracker-pane svg');"
        " return Math.abs(Number(svg?.getAttribute('width')) - svg?.closest('.aitracker-view').clientWidth) <= 1; }"
    )
    page.wait_for_function(fits)
    wide = page.locator(".aitracker-view").evaluate("(host) => host.clientWidth")
    page.set_viewport_size({"width": 900, "height": 900})
    page.wait_for_function("(n) => document.querySelector('.aitracker-view').clientWidth < n - 100", arg=wide)
    page.wait_for_function(fits)

    title = page.locator(TITLE)
    assert title.get_attribute("fill") == "#101010"
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    wait_title(page, "k is 2")  # the kernel made the chart again, for the dark
    page.wait_for_function("(where) => document.querySelector(where).getAttribute('fill') === '#efefef'", arg=TITLE)
    assert page.locator(".aitracker-pane").count() == 1
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
    wait_title(page, "k is 1")
    assert offline.errors == []
