"""Reports without a browser: what is written, what is escaped, what a failure leaves behind."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

import aitracker as ait
from aitracker.cli import main
from aitracker.report import NotebookError, write_report
from aitracker.report.compact import compact, expanded

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def notebook(path: Path, *cells: str, parameters: str | None = None) -> Path:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# My own page")])
    if parameters is not None:
        made.cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    made.cells += [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(made, path)
    return path


def packed(text: str) -> dict[str, Any]:
    """What a page holds for its charts and tables."""
    found = re.search(r'id="aitracker-data">([^<]*)<', text)
    assert found, "the page holds no data"
    held: dict[str, Any] = expanded(
        json.loads(gzip.decompress(base64.b85decode(found[1].translate(str.maketrans(",:.", "<>&")))))
    )
    for name, spec in held.pop("specs").items():
        held["charts"][name]["spec"] = spec
    return held


def test_an_own_notebook_becomes_a_page_and_nothing_in_it_is_markup(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "mine.ipynb",
        "print('<script>alert(1)</script>')",
        "import polars as pl, aitracker as ait\n"
        "ait.Table(pl.DataFrame({'name': ['</script><img src=x onerror=alert(1)>'], 'a_usd_m': [None]}), '<b>caption</b>')",
    )
    lines: list[str] = []
    index, page = write_report(tmp_path / "out", [path], progress=lines.append)
    text = page.read_text()
    assert page.name == "mine.html"
    assert "<h1>My own page</h1>" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<img" not in text
    assert "<b>caption" not in text
    table = packed(text)["figures"]["table-1"]["table"]
    assert table["rows"] == [["</script><img src=x onerror=alert(1)>", None]], "an unknown is null, not zero"
    assert 'href="mine.html"' in index.read_text()
    assert any("cell 3 of 3" in line for line in lines), "progress is told"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["index.html", "mine.html"]


def test_a_failing_cell_is_named_and_the_earlier_report_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    good = notebook(tmp_path / "a.ipynb", "1")
    write_report(out, [good])
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    bad = notebook(tmp_path / "b.ipynb", "x = 1", "1 / 0")
    with pytest.raises(NotebookError, match=r"b\.ipynb, cell 3: (?s:.*)ZeroDivisionError"):
        write_report(out, [good, bad])
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert main(["report", str(bad), "--out", str(out)]) == 1
    told = capsys.readouterr().err
    assert "cell 3" in told
    assert "ZeroDivisionError" in told


def test_the_lens_reaches_the_notebook_or_is_refused(tmp_path: Path) -> None:
    path = notebook(tmp_path / "p.ipynb", "print(policy, as_of)", parameters="policy = 'curated'\nas_of = None")
    _, page = write_report(tmp_path / "out", [path], policy="latest", as_of="2024-05-31")
    assert "latest 2024-05-31" in page.read_text()
    with pytest.raises(NotebookError, match="no cell tagged 'parameters'"):
        write_report(tmp_path / "out", [notebook(tmp_path / "q.ipynb", "1")], policy="latest")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"as_off": "2024-05-31"},
            "keyword of write_report must be one of 'as_of'.*not 'as_off'; did you mean 'as_of'",
        ),
        ({"known": "2024-05-31"}, "did you mean 'known_by'"),
        ({"tittle": "x"}, "did you mean 'title'"),
        ({"forced": None}, "did you mean 'force'"),
        ({"policy": "newest"}, "policy must be one of"),
        ({"group": "parents"}, "did you mean 'parent'"),
        ({"as_of": "31.05.2024"}, "as_of must be a date"),
        ({"title": ""}, "title must be a text"),
        ({"title": 3}, "title must be a text"),
    ],
)
def test_wrong_keywords_are_refused_before_anything_runs(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    path = notebook(tmp_path / "p.ipynb", "1 / 0", parameters="as_of = None")
    with pytest.raises(ValueError, match=message):
        write_report(tmp_path / "out", [path], **given)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("single", [False, True])
def test_a_report_takes_a_title(tmp_path: Path, single: bool) -> None:
    path = notebook(tmp_path / "p.ipynb", "import polars as pl\npl.DataFrame({'a': [1]})")
    file = write_report(tmp_path / "out", path, single=single, title="Mine & <mine>")[0]
    text = file.read_text()
    assert "<title>Mine &amp; &lt;mine&gt;</title>" in text
    assert "<h1>Mine &amp; &lt;mine&gt;</h1>" in text
    assert "<mine>" not in text


def test_a_page_without_a_source_has_no_list_of_sources(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "p.ipynb",
        "import polars as pl, aitracker as ait\n"
        "seen = {'lens': 'as I see it', 'version': '9', 'source_ids': [], 'publishers': []}\n"
        "frame = pl.DataFrame({'a': [1, 2], 'facts': [['round|x|amount']] * 2, 'seen': [seen] * 2})\n"
        "frame",
        "ait.Table(frame, 'mine')",
    )
    _, page = write_report(tmp_path / "out", path)
    text = page.read_text()
    assert 'id="sources"' not in text
    assert "Sources (0)" not in text
    assert "0 sources" not in text
    held = packed(text)
    assert [[c["name"] for c in f["table"]["columns"]] for f in held["figures"].values()] == [["a"], ["a"]]
    assert "round|x" not in json.dumps(held), (
        "what is for the machine is not sent to readers, nor to their spreadsheets"
    )


def test_nothing_to_render_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no notebook"):
        write_report(tmp_path, [tmp_path / "absent.ipynb"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_stripped_and_hold_no_logic(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert "parameters" in cells[1].metadata.get("tags", []), "cell 2 is tagged parameters"
    for number, cell in enumerate(cells, 1):
        if cell.cell_type == "code":
            assert not cell.outputs, f"cell {number} has stored outputs"
            assert cell.execution_count is None, f"cell {number} has been counted"
            assert len(cell.source.splitlines()) <= 10, f"cell {number} is longer than ten lines"
            assert not re.search(r"^\s*(def|class) ", cell.source, re.MULTILINE), f"cell {number} defines something"


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The package's own notebooks, rendered once."""
    return write_report(tmp_path_factory.mktemp("reports"))


def test_pages_are_whole_and_name_no_address_to_load(pages: list[Path]) -> None:
    assert [p.name for p in pages] == ["index.html", *(f"{p.stem}.html" for p in NOTEBOOKS)]
    for page in pages:
        text = page.read_text()
        assert text.startswith('<!doctype html>\n<html lang="en">')
        assert len(re.findall(r"<h1[ >]", text)) == 1
        assert not re.search(r"(src|href)=[\"']?https?:(?![^>]*rel=\"noreferrer\")", text), (
            "only links that a reader follows may leave the page"
        )
        assert "@import" not in text


def test_each_chart_of_the_first_page_has_its_words(pages: list[Path]) -> None:
    text = pages[1].read_text()
    assert text.count("<figure ") == 6  # four charts and two tables
    assert text.count("<figcaption>") == 4
    assert ait.load().version in text
    assert text.count("<script") == 4, "the data, the code, the description for machines, and what unpacks them"
    assert set(packed(text)["charts"]) == {"chart-1", "chart-2", "chart-3", "chart-4"}
    assert json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text)[1])["@type"] == "Dataset"  # type: ignore[index]
    assert len(re.findall(r"<(?:select|input)[^>]* id=\"chart-1-\w+\"", text)) == 6
    assert 'id="sources"' in text
    sources = packed(text)["sources"][""]
    assert len(sources) > 50
    assert all(re.search(r"\((\d{4}(-\d\d|-Q\d)?(-\d\d)?|n\.d\.)(, date inferred)?\)\.", line) for line in sources), (
        "each with its date"
    )


def test_pages_keep_within_their_budget(pages: list[Path]) -> None:
    sizes = {page.name: page.stat().st_size for page in pages}
    assert all(size <= 600_000 for size in sizes.values()), sizes
    assert sum(sizes.values()) <= 3_300_000, sizes


def test_each_chart_keeps_within_its_budget(pages: list[Path]) -> None:
    def size(*parts: object) -> int:
        """Bytes that these take in a page: packed as there, JSON, gzipped, in base 85."""
        text = json.dumps(compact([*parts]), ensure_ascii=False, separators=(",", ":"))
        return len(base64.b85encode(gzip.compress(text.encode(), 9)))

    seen = 0
    for page in pages[1:]:
        held = packed(page.read_text())
        for name, chart in held["charts"].items():
            alone = {key: part for key, part in chart.items() if key != "variants"}
            seen += 1
            assert size(alone, held["figures"][name]) <= 22_000, f"{page.name}, {name}: chart and table"
            assert size(chart, held["figures"][name]) <= 40_000, (
                f"{page.name}, {name}: with all that its controls choose"
            )
    assert seen > 30


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    book = NOTEBOOKS[0]
    first, second = (
        {p.name: p.read_bytes() for p in write_report(tmp_path / n, [book], force=True)} for n in ("a", "b")
    )
    assert first == second


def test_an_unchanged_notebook_is_not_executed_again(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A cache of its own: another run on this machine may have rendered the same.
    monkeypatch.setenv("AITRACKER_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    lines: list[str] = []
    write_report(tmp_path, [NOTEBOOKS[0]])
    write_report(tmp_path, [NOTEBOOKS[0]], progress=lines.append)
    assert f"{NOTEBOOKS[0].stem}: unchanged" in lines
    assert not any("cell 2 of" in line for line in lines)
    lines.clear()
    write_report(tmp_path, [NOTEBOOKS[0]], progress=lines.append, policy="latest")
    assert any("cell 2 of" in line for line in lines), "another lens is another report"


def test_a_notebook_that_ends_its_process_is_an_error(tmp_path: Path) -> None:
    path = notebook(tmp_path / "dies.ipynb", "import os", "os._exit(3)")
    with pytest.raises(NotebookError, match=r"dies\.ipynb, cell 3: its process ended \(code 3\)"):
        write_report(tmp_path / "out", [path])
    assert not (tmp_path / "out").exists()


def test_all_pages_in_one_file(tmp_path: Path) -> None:
    books = [notebook(tmp_path / f"{n}.ipynb", "import polars as pl\npl.DataFrame({'a': [1]})") for n in "ab"]
    (page,) = write_report(tmp_path / "out", books, single=True)
    text = page.read_text()
    assert set(packed(text)["figures"]) == {"p1-table-1", "p2-table-1"}
    assert text.count("<h1") == 1
    assert len(set(re.findall(r' id="([^"]+)"', text))) == len(re.findall(r' id="([^"]+)"', text)), "an id stands twice"


def test_other_outputs_of_an_own_notebook(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "mine.ipynb",
        "import altair as alt\nalt.Chart(alt.Data(values=[{'a': 1, 'b': 2}])).mark_bar().encode(x='a:Q', y='b:Q')",
        "from IPython.display import display\nprint('before')\ndisplay({'x': 1})\nprint('after')",
    )
    _, page = write_report(tmp_path / "out", [path])
    text = page.read_text()
    assert set(packed(text)["charts"]) == {"chart-1"}
    printed = re.findall(r'<pre class="output" tabindex="0">([^<]*)', text)
    assert [html.unescape(words).strip() for words in printed] == ["before", "{'x': 1}", "after"]


@pytest.mark.parametrize("name", ["single", "pdf", "force"])
def test_a_switch_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be True or False, not 'no'"):
        ait.write_report(tmp_path, **{name: "no"})
    assert list(tmp_path.iterdir()) == []
