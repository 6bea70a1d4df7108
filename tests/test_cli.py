"""The command line: what it prints, what it returns, and what it leaves alone."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import aitracker as ait
from aitracker import cli, lab
from aitracker.paths import notebooks_dir


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Arguments that JupyterLab would have been started with."""
    calls: list[list[str]] = []
    monkeypatch.setitem(
        sys.modules, "jupyterlab.labapp", SimpleNamespace(LabApp=SimpleNamespace(launch_instance=calls.append))
    )
    return calls


def test_lab_opens_the_notebooks_of_a_checkout_in_place(started: list[list[str]], tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    assert cli.main(["lab", "--no-browser", "--port", "9000"]) == 0
    (arguments,) = started
    assert f"--ServerApp.root_dir={notebooks_dir()}" in arguments
    assert arguments[-3:] == ["--no-browser", "--port", "9000"]
    assert set(tmp_path.iterdir()) == before


def test_lab_copies_to_the_folder_that_is_named(started: list[list[str]], tmp_path: Path) -> None:
    assert cli.main(["lab", str(tmp_path / "mine"), "--no-browser"]) == 0
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in started[0]
    copies = {path.name for path in (tmp_path / "mine").glob("*.ipynb")}
    assert copies == {path.name for path in notebooks_dir().glob("*.ipynb")} != set()


def test_lab_of_an_installed_package_copies_beside_the_user(
    started: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lab, "is_checkout", lambda: False)
    assert cli.main(["lab"]) == 0
    assert f"--ServerApp.root_dir={tmp_path / 'aitracker-notebooks'}" in started[0]


def test_copying_keeps_what_the_user_changed_and_says_so(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    for name in ("one.ipynb", "two.ipynb", ".hidden"):
        (source / name).write_text(name, encoding="utf-8")
    assert [sentence.split()[0] for sentence in lab.copy_notebooks(source, target)] == ["copied", "copied"]
    assert lab.copy_notebooks(source, target) == []
    (target / "one.ipynb").write_text("mine", encoding="utf-8")
    (sentence,) = lab.copy_notebooks(source, target)
    assert sentence.startswith(f"kept {target / 'one.ipynb'}")
    assert (target / "one.ipynb").read_text(encoding="utf-8") == "mine"
    assert not (target / ".hidden").exists()


@pytest.mark.parametrize(("user", "flagged"), [(0, True), (1000, False)])
def test_only_root_asks_jupyter_to_allow_root(monkeypatch: pytest.MonkeyPatch, user: int, flagged: bool) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)
    assert ("--allow-root" in lab.jupyter_arguments(notebooks_dir(), [])) is flagged


def test_check_accepts_our_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check"]) == 0
    told = capsys.readouterr().out
    assert told.endswith("no problems\n")
    found = re.search(
        r"totals of others beside the rows: (\d+) within, (\d+) below \(.*\), (\d+) above, (\d+) not", told
    )
    assert found, told
    assert sum(map(int, found.groups())) == ait.tie_out(ait.load()).height


def test_check_lists_every_bad_cell_and_build_writes_nothing(
    folder: Path, edit: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    edit("startups", {"startup_id": "moon"}, wave="genia", founded="soon")
    assert cli.main(["check", str(folder)]) == 1
    table = capsys.readouterr().out
    found = [line.split()[:3] for line in table.splitlines() if line.startswith("startups.csv:")]
    assert [cells[1:] for cells in found] == [["founded", "soon"], ["wave", "genia"]]
    assert "2 problems in" in table
    assert cli.main(["build", str(folder)]) == 1
    assert found[0][0] in capsys.readouterr().err
    assert not list(folder.glob("*.duckdb*"))


def test_build_writes_where_it_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new.duckdb"
    assert cli.main(["build", "--output", str(target)]) == 0
    assert capsys.readouterr().out == f"wrote {target}\n"
    assert cli.main(["sql", "SELECT 1 AS one", "--data", str(target), "--format", "csv"]) == 0
    assert capsys.readouterr().out == "one\n1\n"


ROUND = """
decision = "Told by one wire."
[[source]]
publisher = "A Wire"
title = "Moon raises again"
published = "2025-03-04"
[round]
startup = "月"
announced = "2025-03"
amount_m = 300
currency = "USD"
"""


def test_add_enters_a_round_once_and_says_what_it_wrote(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "round.toml"
    file.write_text(ROUND, encoding="utf-8")
    before = (folder / "rounds.csv").read_bytes()
    assert cli.main(["add", str(file), "--data", str(folder), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert told == f"sources: 1\nrounds: 1\ndecisions: 1\nnothing written to {folder}\n"
    assert (folder / "rounds.csv").read_bytes() == before
    assert cli.main(["add", str(file), "--data", str(folder)]) == 0
    assert capsys.readouterr().out.endswith(f"\nwritten to {folder}\n")
    assert ait.load(folder).sql("SELECT amount_m FROM rounds WHERE round_id = 'moon-2025-03'").item() == 300
    # The same round again is refused; said to be another one, it needs a key of its own.
    assert cli.main(["add", str(file), "--data", str(folder)]) == 1
    assert "has a round near it already: moon-2025-03" in capsys.readouterr().err
    file.write_text(ROUND.replace("[round]", '[round]\nid = "moon-2025-03-b"'), encoding="utf-8")
    assert cli.main(["add", str(file), "--data", str(folder), "--anyway"]) == 0
    assert cli.main(["check", str(folder)]) == 0


def test_sql_prints_three_formats(capsys: pytest.CaptureFixture[str]) -> None:
    query = "SELECT DATE '2024-05-31' AS day, 'é, 中' AS name, NULL::DOUBLE AS empty"
    assert cli.main(["sql", query, "--format", "csv"]) == 0
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [
        ["day", "name", "empty"],
        ["2024-05-31", "é, 中", ""],
    ]
    assert cli.main(["sql", query, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"day": "2024-05-31", "name": "é, 中", "empty": None}]
    assert cli.main(["sql", query]) == 0
    assert [cell.strip() for cell in capsys.readouterr().out.splitlines()[2].split("|")[1:-1]] == [
        "2024-05-31",
        "é, 中",
        "null",
    ]


def test_sql_looks_through_the_lens(capsys: pytest.CaptureFixture[str]) -> None:
    counts = []
    for lens in ([], ["--as-of", "1990-01-01"]):
        assert cli.main(["sql", "SELECT count(*) AS n FROM rounds", "--format", "json", *lens]) == 0
        counts.append(json.loads(capsys.readouterr().out)[0]["n"])
    assert counts[0] > counts[1] == 0


def counts(told: str) -> dict[str, int]:
    """Rows of each table as `info` prints them."""
    lines = told.split("what it holds\n")[1].splitlines()
    return {line.split()[0]: int(line.split()[1]) for line in lines}


def test_info_counts_through_the_lens(small: ait.Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--data", str(small._place)]
    for lens in ({}, {"as_of": "2023-08-01"}, {"known_by": "2024-05-12"}, {"known_by": "2020-01-01"}):
        options = [part for name, day in lens.items() for part in (f"--{name.replace('_', '-')}", day)]
        assert cli.main(["info", *place, *options]) == 0
        seen, told = small.at(**lens), capsys.readouterr().out
        assert seen.reach in told, "how far the facts go"
        assert counts(told) == {name: seen.table(name).height for name in small.tables}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sql", "DELETE FROM data.rounds"], "one call is one read"),
        (["sql", "SELECT 1; SELECT 2"], "2 statements"),
        (["info", "--as-of", "yesterday"], "as_of must be a date"),
        (["sql", "SELECT * FROM no_such_table"], "no_such_table"),
        (["sql", "DROP TABLE data.rounds"], ""),
        (["sql", "SELECT 1", "--policy", "curatd"], "'curated'"),
        (["cite", "no-such-source"], "no-such-source"),
        (["check", "no-such-folder"], "no-such-folder"),
    ],
)
def test_failures_are_told_in_a_line_and_return_one(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("aitracker: ")
    assert told in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["info", "--no-such-option"], ["sql"]])
def test_wrong_calls_return_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("usage: aitracker")


def test_debug_shows_where_an_error_arose() -> None:
    with pytest.raises(FileNotFoundError):
        cli.main(["--debug", "check", "no-such-folder"])


def test_report_passes_the_lens_and_shows_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = []

    def write_report(*arguments: object, progress: object, **lens: object) -> None:
        calls.append((*arguments, lens))
        progress("one page")

    monkeypatch.setitem(sys.modules, "aitracker.report", SimpleNamespace(write_report=write_report))
    notebooks = ["00-start-here", "mine.ipynb"]
    assert cli.main(["report", *notebooks, "--out", str(tmp_path), "--as-of", "2024-05-31"]) == 0
    files = [notebooks_dir() / "00-start-here.ipynb", Path("mine.ipynb")]
    assert calls == [(str(tmp_path), files, {"as_of": "2024-05-31"})]
    assert cli.main(["report"]) == 0
    assert calls[1] == ("reports", None, {}), "without a name all of ours are rendered"
    assert cli.main(["report", "--title", "Mine"]) == 0
    assert calls[2] == ("reports", None, {"title": "Mine"})
    assert capsys.readouterr().err == "one page\n" * 3


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"'{sys.executable}' -m aitracker sql 'SELECT * FROM range(200000)' --format csv | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "range\n"
    assert "Error" not in done.stderr
