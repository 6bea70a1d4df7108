"""What there is, read from the code itself: every public name, chart, command and control has its test and its place."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import aitracker as ait
from aitracker import charts, cli, explore
from aitracker.charts import _spec
from aitracker.explore.base import Explorer

HERE = Path(__file__).parent
README = (HERE.parent / "README.md").read_text(encoding="utf-8")
TESTS = {path: path.read_text(encoding="utf-8") for path in HERE.rglob("test_*.py") if path != Path(__file__)}

CHARTS = sorted(name for name in charts.__all__ if hasattr(getattr(charts, name), "__wrapped__"))
"""Functions that draw: those that sign their charts."""

EXPLORERS = [getattr(explore, name) for name in explore.__all__ if getattr(explore, name) is not Explorer]

COMMANDS = sorted(
    next(a for a in cli._parser()._actions if a.dest == "command").choices  # type: ignore[union-attr, arg-type]
)


def used_names(text: str) -> set[str]:
    """Names that a test file reaches by `ait.name` or imports from the package."""
    tree = ast.parse(text)
    found = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ait"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aitracker"):
            found.update(alias.name for alias in node.names)
    return found


USED = set().union(*map(used_names, TESTS.values()))


@pytest.mark.parametrize("name", ait.__all__)
def test_every_public_name_is_tested_documented_and_told(name: str) -> None:
    assert name in USED, f"no test file uses ait.{name}"
    assert re.search(rf"\b{name}\b", README), f"README.md does not tell of ait.{name}"
    told = getattr(ait, name)
    assert inspect.getdoc(told) or not callable(told), f"ait.{name} has no docstring"


def test_every_chart_signs_itself() -> None:
    helpers = {"controls", "payload", "same_template", "spec", "theme"}
    assert set(charts.__all__) - helpers == set(CHARTS), "a chart without @_spec.signed, or a helper nobody named"
    assert _spec.signed is not None


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_among_the_cases_of_the_chart_tests(name: str) -> None:
    modules = [importlib.import_module(path.stem) for path in TESTS if path.stem.startswith("test_charts")]
    cases: dict[str, Any] = {}
    for module in modules:
        cases |= module.CASES
    assert name in cases, f"no test draws charts.{name}: add it to the CASES of a test_charts file"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_run_by_a_test_and_told_in_the_readme(name: str) -> None:
    text = "\n".join(TESTS.values())
    assert re.search(rf"""["']{name}["'][,\]]""", text), f"no test runs 'aitracker {name}'"
    assert f"aitracker {name}" in README, f"README.md does not tell of 'aitracker {name}'"


def other_values(control: Any) -> list[Any]:
    """Up to two values of a control that it does not have now."""
    options = getattr(control, "options", None)
    if options:
        values = [o[1] if isinstance(o, tuple) else o for o in options]
        index = control.index if hasattr(control, "index") else None
        if isinstance(control.value, tuple):  # a range: from the middle on, and all
            return [v for v in ((values[len(values) // 2], values[-1]), (values[0], values[-1])) if v != control.value]
        rest = [v for i, v in enumerate(values) if i != index and v != control.value]
        return [rest[0], rest[-1]][: len(rest)]
    if isinstance(control.value, bool):
        return [not control.value]
    if isinstance(control.value, int):
        return [v for v in (control.min, control.max) if v != control.value]
    if isinstance(control.value, str):
        return ["ali"]
    raise AssertionError(f"{type(control).__name__}: say in other_values how this kind of control is moved")


@pytest.mark.slow
@pytest.mark.parametrize("kind", EXPLORERS, ids=lambda kind: kind.__name__)
def test_every_control_of_every_explorer_can_be_moved(kind: type[Explorer], frozen: ait.Dataset) -> None:
    explorer = kind(frozen)
    assert explorer._error.value == ""
    for name, control in explorer._controls.items():
        for value in other_values(control):
            control.value = value
            assert explorer._error.value == "", f"{kind.__name__}: {name} = {value!r}: {explorer._error.value}"
            assert explorer.chart is not None
        explorer.reset()
    assert explorer.settings == explorer._defaults
