"""The valuation explorer without a browser: its code gives its data, every control counts, the twin answers by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest

import aitracker as ait
from aitracker.explore.valuation import SETS, VIEW

ROOT = Path(__file__).parent.parent


CHANGES = {
    "startups": "vision", "wave": "vision", "basis": "post-money", "haircut": 48.0, "talks": True,
}  # fmt: skip


def rows_of(explorer: Any) -> list[dict[str, Any]]:
    return ait.charts.payload(explorer.chart)["data"]["rows"]


@pytest.fixture
def explorer(real: ait.Dataset) -> Any:
    return ait.explore.ValuationGrowth(real)


@pytest.mark.parametrize("view", VIEW)
def test_the_code_of_every_view_gives_its_data(real: ait.Dataset, view: str) -> None:
    shown = ait.explore.ValuationGrowth(real, view=view)
    shown._lens_controls.policy.value = "lowest"
    assert shown._error.value == ""
    scope: dict[str, Any] = {}
    exec(shown.code.replace("\nait.", "\nframe = ait."), scope)  # noqa: S102 - the explorer's own code
    assert scope["frame"].equals(shown.data)
    assert "policy='lowest'" in shown.code
    assert shown.data.height > 5


@pytest.mark.parametrize("control", CHANGES)
def test_every_control_of_the_frame_changes_it_and_reset_brings_it_back(explorer: Any, control: str) -> None:
    before = explorer.data
    explorer._controls[control].value = CHANGES[control]
    assert explorer._error.value == ""
    assert not explorer.data.equals(before)
    assert repr(CHANGES[control])[1:5] in explorer.code or control in {"startups", "basis", "talks", "haircut"}
    explorer.reset()
    assert explorer.data.equals(before)


@pytest.mark.parametrize(("control", "value", "param"), [("align", "age", "aligned"), ("scale", "index", "scaling")])
def test_alignment_and_scale_are_parameters_of_one_chart(explorer: Any, control: str, value: str, param: str) -> None:
    data = explorer.data
    explorer._controls[control].value = value
    assert ait.charts.payload(explorer.chart)["params"][param] == value
    assert explorer.data.equals(data)


def test_the_words_say_the_state(explorer: Any) -> None:
    explorer._controls["haircut"].value = 48.0
    explorer._controls["talks"].value = True
    said = explorer._words.value
    for words in ("Chinese model makers", "by date", "with talks", "divided by 1.48"):
        assert words in said
    assert any(row.get("talks") for row in rows_of(explorer))


def test_foreign_comparators_come_when_they_are_asked_for(frozen: ait.Dataset) -> None:
    shown = ait.explore.ValuationGrowth(frozen, startups="all")
    assert "foreign" not in set(shown.data["wave"])
    assert "all Chinese start-ups" in shown._words.value
    shown._controls["wave"].value = "foreign"
    assert set(shown.data["wave"]) == {"foreign"}
    assert "all start-ups, foreign comparators" in shown._words.value
    assert "foreign comparators" in ait.charts.payload(shown.chart)["params"]["title"]
    for view in ("curve", "listing"):
        shown = ait.explore.ValuationGrowth(frozen, view=view)
        before = shown.data
        shown._controls["wave"].value = "vision"
        assert shown._error.value == ""
        assert set(shown.data["wave"]) == {"vision"} < set(before["wave"])
        assert "waves='vision'" in shown.code


def test_a_start_up_without_values_is_named(explorer: Any) -> None:
    assert "stepfun" in SETS["models"]
    assert "stepfun" not in set(explorer.data["startup_id"])
    assert "no value known: StepFun" in ait.charts.payload(explorer.chart)["params"]["footer"]


def test_what_an_explorer_begins_with_must_exist(real: ait.Dataset) -> None:
    with pytest.raises(ValueError, match="did you mean 'ladder'"):
        ait.explore.ValuationGrowth(real, view="lader")
    with pytest.raises(ValueError, match="did you mean 'align'"):
        ait.explore.ValuationGrowth(real, aligned="age")


def test_the_twin_holds_every_combination_and_keeps_what_the_page_sets(explorer: Any) -> None:
    twin = explorer.twin()
    chart, controls = twin["chart"], {c.get("param") or c["variant"]: c for c in twin["controls"]}
    assert set(controls) == {"startups", "as_of", "policy", "aligned", "scaling", "talks", "haircut"}
    assert len(chart["variants"]) == 4 * 3 * 2
    for name in ("aligned", "scaling", "talks", "haircut"):
        assert name in chart["params"]
        assert not any(name in variant["params"] for variant in chart["variants"].values())
        assert controls[name]["value"] in {option["value"] for option in controls[name]["options"]}
    assert chart["params"]["talks"] is False
    assert not any("spec" in variant for variant in chart["variants"].values()), "one template for all"
    early = chart["variants"]["models|2024-06-30|curated"]
    day = [column["name"] for column in early["table"]["columns"]].index("day")
    assert max(row[day] for row in early["table"]["rows"]) <= "2024-06-30"
    assert len(early["datasets"]["rows"]) < len(chart["datasets"]["rows"])
    assert any(row.get("talks") for row in chart["datasets"]["rows"]), "talks are there to be shown"


@pytest.mark.parametrize("view", ["steps", "ladder", "curve", "listing"])
def test_the_other_views_offer_the_lens(real: ait.Dataset, view: str) -> None:
    twin = ait.explore.ValuationGrowth(real, view=view, startups="compared").twin()
    other = "unvalued" if view == "curve" else "policy"
    assert [c["variant"] for c in twin["controls"]] == ["as_of", other]
    start, *more = [option["value"] for option in twin["controls"][1]["options"]]
    rows = {key: variant["datasets"] for key, variant in twin["chart"]["variants"].items()}
    assert len(rows) == 3 * (1 + len(more))
    assert rows[f"latest|{start}"] != rows[f"2024-06-30|{start}"]
    assert all(rows[f"latest|{start}"] != rows[f"latest|{value}"] for value in more)


def test_the_notebook_is_an_essay_without_outputs() -> None:
    notebook = nbformat.read(ROOT / "notebooks" / "02-valuation-growth.ipynb", as_version=4)
    nbformat.validate(notebook)
    first = nbformat.read(ROOT / "notebooks" / "00-start-here.ipynb", as_version=4)
    assert notebook.cells[0].source.startswith("# ")
    assert notebook.cells[1].metadata.tags == ["parameters"]
    assert notebook.cells[1].source == first.cells[1].source
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
            assert len(cell.source.splitlines()) <= 10
            assert not any(line.startswith(("def ", "class ")) for line in cell.source.splitlines())
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_under_an_early_lens_the_explorer_is_empty_and_says_so(real: ait.Dataset) -> None:
    for view in VIEW:
        shown = ait.explore.ValuationGrowth(real.at(as_of="2012-01-01"), view=view)
        assert shown._error.value == "", view
        if view != "ladder":
            assert shown.data.is_empty()
            assert ait.charts.payload(shown.chart)["params"]["message"]
        else:
            assert shown.data.filter(pl.col("outcome") != "no value").is_empty()
