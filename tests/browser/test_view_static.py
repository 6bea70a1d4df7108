"""The same charts in a page from disk: no kernel, no server, no network, every control at work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aitracker.view import page_json, page_scripts

if TYPE_CHECKING:
    from conftest import OfflinePage
    from playwright.sync_api import Page

SPEC: dict[str, Any] = {
    "data": {"name": "rows"},
    "width": "container",
    "height": 120,
    "title": {"text": {"expr": "words"}},
    "params": [{"name": "words"}, {"name": "least"}, {"name": "kind"}],
    "transform": [{"filter": "datum.v >= least && (kind == 'all' || datum.k == kind)"}],
    "mark": "bar",
    "encoding": {
        "x": {"field": "d", "type": "temporal", "timeUnit": "utcyear"},
        "y": {"field": "v", "type": "quantitative"},
        "color": {"field": "k", "type": "nominal"},
    },
}


def rows(n: int) -> list[dict[str, Any]]:
    return [{"d": f"{2015 + i}-01-01T00:00:00.000Z", "k": "ab"[i % 2], "v": i + 1} for i in range(n)]


PAYLOAD: dict[str, Any] = {
    "charts": {
        "flows": {
            "spec": SPEC,
            "datasets": {"rows": rows(8)},
            "params": {"words": "Eight </script><b>years</b>", "least": 0, "kind": "all"},
            "description": "eight columns",
            "variant_keys": ["span"],
            "variants": {
                "long": {"datasets": {"rows": rows(8)}, "params": {"words": "Eight"}, "description": "eight columns"},
                "none": {"datasets": {"rows": []}, "params": {"words": "None"}, "description": "no columns"},
            },
        },
        "hidden": {"spec": SPEC, "datasets": {"rows": rows(3)}, "params": {"words": "H", "least": 0, "kind": "all"}},
    },
    "config": {"light": {"title": {"color": "#101010"}}, "dark": {"title": {"color": "#efefef"}}},
}
BODY = """
<label>Kind <select id="kind" data-chart="flows" data-param="kind">
  <option value="all">All</option><option value="a">Kind A</option></select></label>
<label for="least">At least</label>
<input type="range" id="least" min="0" max="10" data-chart="flows" data-param="least" data-unit=" m">
<output for="least"></output>
<fieldset><legend>Span</legend>
  <label><input type="radio" name="span" value="long" data-chart="flows" data-variant="span" checked>long</label>
  <label><input type="radio" name="span" value="none" data-chart="flows" data-variant="span">none</label></fieldset>
<button data-reset="flows">Reset</button>
<output data-state="flows"></output>
<div data-view="flows"></div>
<section id="more" hidden><div data-view="hidden"></div></section>
"""
BARS = '[data-view="flows"] .mark-rect.role-mark path'


@pytest.fixture
def page(offline: OfflinePage, tmp_path: Path) -> Page:
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title><body>{BODY}'
        f'<script type="application/json" id="payload">{page_json(PAYLOAD)}</script><script>{page_scripts()}</script>'
        "<script>window.lab = aitrackerView.boot(document, JSON.parse(document.getElementById('payload').textContent));"
        "</script></body></html>"
    )
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    offline.page.goto(file.as_uri())
    wait_bars(offline.page, 8)
    return offline.page


def wait_bars(page: Page, n: int) -> None:
    page.wait_for_function(
        "([where, n]) => document.querySelectorAll(where).length === n", arg=[BARS, n], timeout=20_000
    )


def state(page: Page) -> str:
    return page.locator("output[data-state]").text_content() or ""


def test_controls_work_by_mouse_and_keyboard(page: Page, offline: OfflinePage) -> None:
    assert state(page) == "Kind: All · At least: 0 m · Span: long"
    page.locator("#kind").select_option("a")
    wait_bars(page, 4)
    page.locator("#least").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    wait_bars(page, 2)
    assert state(page) == "Kind: Kind A · At least: 4 m · Span: long"
    assert page.locator("output[for=least]").text_content() == "4 m"
    page.get_by_text("Reset").click()
    wait_bars(page, 8)
    assert state(page) == "Kind: All · At least: 0 m · Span: long"
    assert page.locator("#kind").input_value() == "all"
    assert offline.errors == []


def test_prepared_rows_and_parameters_go_together(page: Page) -> None:
    page.locator("#kind").select_option("a")
    wait_bars(page, 4)
    page.get_by_label("none").check()
    wait_bars(page, 0)
    pane = page.locator('[data-view="flows"] .aitracker-pane')
    assert pane.get_attribute("aria-label") == "no columns"
    page.keyboard.press("ArrowLeft")
    wait_bars(page, 4)  # the other control still holds
    assert pane.get_attribute("aria-label") == "eight columns"
    assert page.evaluate("() => window.lab.words('flows')") == "Kind: Kind A · At least: 0 m · Span: long"


def test_set_signal_moves_the_control_too(page: Page) -> None:
    page.evaluate("() => window.lab.setSignal('least', 7, 'flows')")
    wait_bars(page, 2)
    assert page.locator("#least").input_value() == "7"
    assert "At least: 7 m" in state(page)


def test_a_hidden_chart_is_drawn_when_it_is_shown(page: Page) -> None:
    hidden = page.locator('[data-view="hidden"]')
    assert hidden.get_attribute("data-drawn") == "0"
    page.evaluate("() => { document.getElementById('more').hidden = false; }")
    page.wait_for_function("() => document.querySelector('[data-view=hidden]').dataset.drawn > 0")
    assert hidden.locator(".mark-rect.role-mark path").count() == 3


def test_text_in_the_data_is_only_text(page: Page, offline: OfflinePage) -> None:
    assert page.locator('[data-view="flows"] .role-title-text').first.text_content() == "Eight"  # the variant's words
    assert page.locator("[data-view] b").count() == 0
    assert offline.errors == []


def test_dark_mode_is_followed(page: Page) -> None:
    fill = (
        "(colour) => document.querySelector('[data-view=flows] .role-title-text text').getAttribute('fill') === colour"
    )
    page.wait_for_function(fill, arg="#101010")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(fill, arg="#efefef")
