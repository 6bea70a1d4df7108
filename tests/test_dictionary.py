"""The datasheet in data/README.md says what the data is."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import aitracker as ait
from aitracker import dictionary
from aitracker.dictionary import RENEW, datasheet, figures

ROOT = Path(__file__).resolve().parent.parent
EMPTY = "".join(f"<!-- {name}: begin -->\n<!-- {name}: end -->\n" for name in ("tables", "counts", "dictionary"))


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "data" / "README.md").read_text(encoding="utf-8")


def part(text: str, name: str) -> str:
    return text.partition(f"<!-- {name}: begin -->")[2].partition(f"<!-- {name}: end -->")[0]


def rows(text: str) -> list[list[str]]:
    """Cells of the tables in a text, without headers and rules."""
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    rules = [place for place, cells in enumerate(lines) if cells[0].strip() == "---"]
    skipped = {*rules, *(place - 1 for place in rules)}
    return [[cell.strip() for cell in cells] for place, cells in enumerate(lines) if place not in skipped]


def test_the_datasheet_is_current(text: str, real: ait.Dataset) -> None:
    if datasheet(text, real) != text:
        pytest.fail(f"data/README.md does not fit the data: run {RENEW}", pytrace=False)


def test_the_datasheet_does_not_depend_on_the_lens(text: str, real: ait.Dataset) -> None:
    assert datasheet(text, real.at(known_by="2024-05-12", policy="lowest", group="none")) == text


def test_every_table_and_column_is_in_the_dictionary(text: str, real: ait.Dataset) -> None:
    chapters = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", part(text, "dictionary"), re.MULTILINE | re.DOTALL))
    assert sorted(chapters) == real.tables
    for table, chapter in chapters.items():
        described = real.describe(table)
        listed = [(cells[0], cells[2], cells[4].replace(r"\|", "|")) for cells in rows(chapter)]
        assert listed == [(f"`{c}`", f"{n:,}", d) for c, _, n, d in described.iter_rows()], table


def test_every_table_and_column_has_a_meaning(real: ait.Dataset) -> None:
    assert all(real.describe()["description"].str.len_chars() > 0)
    for table in real.tables:
        meanings = real.describe(table)["description"]
        assert meanings.null_count() == 0, table
        assert all(meaning.strip().endswith(".") for meaning in meanings), table


def test_values_and_references_are_those_of_the_schema(text: str) -> None:
    chapter = part(text, "dictionary").partition("### participations\n")[2].partition("### ")[0]
    found = {cells[0]: cells[3] for cells in rows(chapter)}
    assert found["`role`"] == "`lead`, `co-lead`, `participant`"
    assert found["`round_id`"] == "part of the key; refers to `rounds.round_id`"
    assert found["`amount_m`"] == "`amount_m > 0`"


def test_rows_are_counted_as_curated(text: str, real: ait.Dataset) -> None:
    shown = {cells[0].split("]")[0].strip("["): int(cells[1].replace(",", "")) for cells in rows(part(text, "tables"))}
    assert shown == {name: real.sql(f"SELECT count(*) FROM data.{name}").item() for name in real.tables}


def test_counts_are_those_of_the_data(text: str, real: ait.Dataset) -> None:
    shown = {cells[0]: cells[1:] for cells in rows(part(text, "counts"))}
    assert list(shown) == [figure.label for figure in figures(real)]
    rounds, parts, sources = (real.sql(f"FROM data.{name}") for name in ("rounds", "participations", "sources"))
    counted = {
        "Rounds without an adopted amount": (rounds["amount_m"].null_count(), rounds.height),
        "Rounds without a date": (rounds["announced"].null_count(), rounds.height),
        "Participations without an amount": (parts["amount_m"].null_count(), parts.height),
        "Participations whose instrument is unknown": ((parts["instrument"] == "unknown").sum(), parts.height),
        "Sources without a date": (sources["published"].null_count(), sources.height),
        "Sources that repeat another one": (sources["origin_id"].count(), sources.height),
    }
    for label, (count, whole) in counted.items():
        assert shown[label] == [f"{count:,}", f"{whole:,}", f"{100 * count / whole:.0f} %"], label
    assert shown["Numeric facts on which two origins differ"][0] == str(ait.disagreements(real).height)


def test_text_outside_the_markers_is_left_alone(small: ait.Dataset) -> None:
    made = datasheet(f"before\n{EMPTY}after | <!-- other -->\n", small)
    assert made.startswith(f"before\n<!-- tables: begin -->\n\nVersion 0: {small.reach}.\n\n| table |")
    assert made.endswith("\n\n<!-- dictionary: end -->\nafter | <!-- other -->\n")
    assert datasheet(made, small) == made


@pytest.mark.parametrize("text", ["", EMPTY + EMPTY, EMPTY.replace("<!-- counts: end -->\n", "")])
def test_missing_or_doubled_markers_are_told(text: str, small: ait.Dataset) -> None:
    with pytest.raises(ValueError, match="one pair of lines '<!-- "):
        datasheet(text, small)


def test_the_command_renews_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], small: ait.Dataset
) -> None:
    file = tmp_path / "README.md"
    file.write_text(EMPTY, encoding="utf-8")
    monkeypatch.setattr(dictionary, "data_dir", lambda: tmp_path)
    monkeypatch.setattr(dictionary, "load", lambda: small)
    assert [dictionary.main(), dictionary.main()] == [0, 0]
    assert capsys.readouterr().out == f"{file} is renewed\n{file} was current\n"
    assert file.read_text(encoding="utf-8") == datasheet(EMPTY, small)


def test_the_version_has_an_entry_in_the_changelog() -> None:
    version = (ROOT / "data" / "VERSION").read_text(encoding="utf-8").strip()
    assert f"\n## {version}\n" in (ROOT / "data" / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_says_how_far_the_facts_reach(real: ait.Dataset) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    version = (ROOT / "data" / "VERSION").read_text(encoding="utf-8").strip()
    assert f"Data version {version}: {real.reach}." in readme
    assert f"Version {version}: {real.reach}." in (ROOT / "data" / "README.md").read_text(encoding="utf-8")


def test_the_example_in_the_readme_shows_its_real_output() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = part(readme.replace("```python\n", "<!-- e: begin -->").replace("```\n", "<!-- e: end -->"), "e")
    example = doctest.DocTestParser().get_doctest(block, {}, "README.md", None, 0)
    done = doctest.DocTestRunner().run(example)
    assert (done.attempted, done.failed) == (5, 0)
