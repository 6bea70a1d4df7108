"""How fast a chart reaches the screen in JupyterLab: ours, Altair's JupyterChart offline, plotly's FigureWidget.

Run `python tests/benchmarks/bench_view.py`. It starts a JupyterLab of its own and a headless Chromium that
reaches no network, and prints two tables: slider to redrawn chart, and Run all to first chart drawn.
All contestants draw the same 204 rows as stacked columns. Nothing is asserted: read the ratios.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

import lab

from aitracker.report.pdf import find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DATA = """
import polars as pl
KINDS = ["state", "vc", "big-tech", "corporate", "foreign", "angel"]
def frame(k):
    return pl.DataFrame({
        "quarter": [f"{2016 + q // 4}-Q{q % 4 + 1}" for q in range(34) for _ in KINDS],
        "kind": KINDS * 34,
        "usd_m": [float((i * 7 + k * 13) % 97 + k) for i in range(204)],
    })
"""
ALTAIR = """
import altair as alt
def chart(k):
    return alt.Chart(frame(k), title=f"k is {k}", width=640, height=240).mark_bar().encode(
        x=alt.X(field="quarter", type="ordinal", title=None),
        y=alt.Y(field="usd_m", type="quantitative", stack=True),
        color=alt.Color(field="kind", type="nominal"),
    )
"""
SPEC = """
SPEC = {
    "data": {"name": "rows"}, "title": {"text": {"expr": "title"}}, "params": [{"name": "title", "value": "k is 1"}],
    "width": 640, "height": 240, "mark": "bar",
    "encoding": {
        "x": {"field": "quarter", "type": "ordinal", "title": None},
        "y": {"field": "usd_m", "type": "quantitative", "stack": True},
        "color": {"field": "kind", "type": "nominal"},
    },
}
from aitracker.view import ChartView
def chart(k):
    return {**SPEC, "datasets": {"rows": frame(k)}, "params": [{"name": "title", "value": f"k is {k}"}]}
"""
PLOTLY = """
import plotly.graph_objects as go
def columns(k):
    table = frame(k)
    return [(kind, part) for (kind,), part in table.group_by("kind", maintain_order=True)]
view = go.FigureWidget(
    [go.Bar(name=kind, x=part["quarter"].to_list(), y=part["usd_m"].to_list()) for kind, part in columns(1)],
    layout={"barmode": "stack", "title": {"text": "k is 1"}, "width": 760, "height": 340},
)
def change(k):
    with view.batch_update():
        for trace, (_, part) in zip(view.data, columns(k)):
            trace.y = part["usd_m"].to_list()
        view.layout.title.text = f"k is {k}"
"""
OURS = ALTAIR + "from aitracker.view import ChartView\nview = ChartView(chart(1))\n"
OFFLINE = ALTAIR + "alt.JupyterChart.enable_offline()\nview = alt.JupyterChart(chart(1))\n"
ASSIGN = "def change(k):\n    view.chart = chart(k)\n"
PREPARED = SPEC + "view = ChartView(chart(1))\n"
UPDATE = "def change(k):\n    view.update(frame(k), {'title': f'k is {k}'})\n"
# jsonschema, which Altair imports, reads a grammar for more than a second unless this module is missing.
QUICK = "import sys\nsys.modules.setdefault('rfc3987_syntax', None)\n"
LABEL = """
import ipywidgets as w
view = w.HTML("<div class='role-title-text'><text>k is 1</text></div>")
def change(k):
    view.value = f"<div class='role-title-text'><text>k is {k}</text></div>"
"""
SLIDER = """
import ipywidgets as w
slider = w.IntSlider(value=1, min=1, max=100, description="k")
slider.observe(lambda event: change(event["new"]), "value")
w.VBox([slider, view])
"""
CONTESTANTS = {
    "(a label: the round trip alone)": LABEL,
    "ChartView, Altair chart": DATA + OURS + ASSIGN,
    "ChartView, Altair sped up": QUICK + DATA + OURS + ASSIGN,
    "ChartView, prepared spec": DATA + PREPARED + UPDATE,
    "JupyterChart offline": DATA + OFFLINE + ASSIGN,
    "plotly FigureWidget": DATA + PLOTLY,
}
# Watches the title: it is the same text in all four, and changes with the marks.
WATCH = """
() => {
  const seen = () => {
    for (const text of document.querySelectorAll('.role-title-text text, .gtitle')) {
      const match = /^k is (\\d+)$/.exec(text.textContent);
      if (match) return Number(match[1]);
    }
    return null;
  };
  window.seen = seen;
  window.pressed = 0;
  addEventListener('keydown', () => { window.pressed = performance.now(); }, true);
  window.redrawn = (want) => new Promise((done) => {
    if (seen() === want) return done(performance.now() - window.pressed);
    const observer = new MutationObserver(() => {
      if (seen() !== want) return;
      observer.disconnect();
      done(performance.now() - window.pressed);
    });
    observer.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
  });
}
"""


def first_chart(page: Page) -> float:
    """Milliseconds from Run all to the first chart drawn, on the page's own clock."""
    return float(
        page.evaluate(
            """() => new Promise((done) => {
              const start = performance.now();
              const look = () => {
                if (document.querySelector('.role-title-text text, .gtitle')) done(performance.now() - start);
                else setTimeout(look, 4);
              };
              window.jupyterapp.commands.execute('notebook:run-all-cells');
              look();
            })"""
        )
    )


def slide(page: Page, steps: int) -> list[float]:
    """Milliseconds from each arrow key to the redrawn chart."""
    page.evaluate(WATCH)
    page.locator(".noUi-handle").focus()
    times: list[float] = []
    for value in range(2, steps + 2):
        page.evaluate("(want) => { window.answer = window.redrawn(want); }", value)
        page.keyboard.press("ArrowRight")
        times.append(float(page.evaluate("() => window.answer")))
        page.wait_for_timeout(20)
    return times


def visit(browser: Browser, address: str, name: str, steps: int) -> tuple[float, list[float]]:
    """Open a notebook in a fresh browser context with a fresh kernel; time the first chart, then the slider."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        refused = lab.offline(context)
        page = context.new_page()
        lab.open_notebook(page, address, name)
        page.wait_for_timeout(500)
        first = first_chart(page)
        page.wait_for_timeout(500)
        times = slide(page, steps) if steps else []
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        if refused:
            print(f"  {name} asked for {refused[:3]}")
        return first, times
    finally:
        context.close()


def main() -> int:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=25, help="slider steps a visit")
    parser.add_argument("--visits", type=int, default=2, help="fresh kernels for each contestant")
    options = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("no Chromium found: set AITRACKER_CHROMIUM")
        return 1
    from playwright.sync_api import sync_playwright

    from aitracker.view.runtime import runtime_gz

    began = time.perf_counter()
    runtime_gz()
    print(f"Vega bundle ready in {time.perf_counter() - began:.2f} s (made once on a machine, then cached)")
    firsts: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    slides: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(folder)
        with lab.jupyter_lab(place) as address:
            browser = lab.launch(playwright, chromium)
            for turn in range(options.visits):
                for number, (name, source) in enumerate(CONTESTANTS.items()):
                    file = lab.write_notebook(place / "notebooks" / f"bench-{turn}-{number}.ipynb", [source, SLIDER])
                    first, times = visit(browser, address, file.name, options.steps)
                    firsts[name].append(first)
                    slides[name] += times
            browser.close()

    plotly = statistics.median(slides["plotly FigureWidget"])
    print(f"\nslider to redrawn chart, ms{'':14}p50     p95   of plotly's p50")
    for name, times in slides.items():
        p95 = statistics.quantiles(times, n=20)[-1]
        p50 = statistics.median(times)
        print(f"  {name:32}{p50:9.1f}{p95:8.1f}{p50 / plotly:12.2f}")
    reference = statistics.median(firsts["JupyterChart offline"])
    print(f"\nRun all to first chart, s{'':16}median   of JupyterChart offline")
    for name, taken in firsts.items():
        median = statistics.median(taken)
        print(f"  {name:32}{median / 1000:9.2f}{median / reference:12.2f}")
    print(f"\n{time.perf_counter() - began:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
