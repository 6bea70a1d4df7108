"""Building: a whole file or none, in a form others can read, from data that says what is wrong with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

import aitracker as ait
from aitracker import build
from aitracker.paths import data_dir
from aitracker.problems import DataError


def test_file_is_stamped_and_complete(folder: Path) -> None:
    path = build.build(folder)
    assert path == folder / "aitracker.duckdb"
    assert sorted(p.name for p in folder.iterdir() if p.suffix not in {".csv", ".sql"}) == ["aitracker.duckdb"], (
        "temporary files are left behind"
    )
    ds = ait.load(path)
    assert ds.version.endswith(build.content_hash(folder)[:8])


def test_storage_format_is_one_that_duckdb_1_4_opens(folder: Path) -> None:
    path = build.build(folder)
    # Bytes 12 to 19 of a DuckDB file hold the number of its storage format; 64 to 67 are those of 1.0 to 1.4.
    number = int.from_bytes(path.read_bytes()[12:20], "little")
    assert 64 <= number <= 67, f"storage format {number} is newer than DuckDB 1.4 reads"


def test_the_file_of_the_curated_data_is_a_few_times_its_rows(tmp_path: Path) -> None:
    rows = sum(path.stat().st_size for path in data_dir().glob("*.csv"))
    size = build.build(data_dir(), tmp_path / build.DATABASE).stat().st_size
    # The rows, what the lens keeps of them under six policies, and the indexes; in blocks of 256 KB it is above nine times.
    assert size < 4 * rows, f"{size / 1e6:.1f} MB for {rows / 1e6:.1f} MB of rows"


def test_content_hash_follows_content_only(folder: Path) -> None:
    before = build.content_hash(folder)
    os.utime(folder / "rounds.csv", (0, 0))
    (folder / "notes.txt").write_text("not data")
    assert build.content_hash(folder) == before
    path = folder / "rounds.csv"
    path.write_text(path.read_text().replace("1000", "1001"))
    assert build.content_hash(folder) != before


def test_bad_data_leaves_the_old_file_whole(folder: Path) -> None:
    path = build.build(folder)
    before = path.read_bytes()
    rounds = folder / "rounds.csv"
    rounds.write_text(rounds.read_text().replace("closed", "clsed", 1))
    with pytest.raises(DataError):
        build.build(folder)
    assert path.read_bytes() == before
    assert not list(folder.glob(".*tmp*")), "temporary files are left behind"


def test_stale_file_is_rebuilt_and_an_open_dataset_keeps_its_data(folder: Path) -> None:
    old = ait.load(folder)
    size = "SELECT amount_m FROM data.rounds WHERE round_id = 'moon-2024-02'"
    rounds = folder / "rounds.csv"
    rounds.write_text(rounds.read_text().replace(",1000,,,,USD,approx", ",1100,,,,USD,approx"))
    assert ait.load(folder).sql(size).item() == 1100
    assert old.sql(size).item() == 1000


def test_a_folder_that_cannot_be_written_is_built_in_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kw: object) -> Path:
        raise PermissionError(13, "read-only file system")

    monkeypatch.setattr(build, "build", refuse)  # root may write anywhere, so permissions alone prove nothing here
    ds = ait.load(folder)
    assert ds.rounds.height == 7
    assert not (folder / build.DATABASE).exists()


def _load_at_once(folder: str, barrier: object, results: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    results.put(ait.load(folder).rounds.height)  # type: ignore[attr-defined]


def test_eight_processes_load_at_once_on_a_missing_file(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(8), context.Queue()
    processes = [context.Process(target=_load_at_once, args=(str(folder), barrier, results)) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 8
    assert [results.get(timeout=5) for _ in range(8)] == [7] * 8


def test_a_build_killed_half_way_leaves_the_old_file_whole(folder: Path) -> None:
    path = build.build(folder)
    before = path.read_bytes()
    rounds = folder / "rounds.csv"
    rounds.write_text(rounds.read_text().replace(",1000,,,,USD,approx", ",1100,,,,USD,approx"))
    # The killed process stops just before the file would be moved into place.
    script = (
        "import pathlib, sys, time\n"
        "from aitracker import build\n"
        "def halt(self, target):\n"
        "    print('written', flush=True)\n"
        "    time.sleep(60)\n"
        "pathlib.Path.replace = halt\n"
        f"build.build(pathlib.Path({str(folder)!r}))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        process.send_signal(signal.SIGKILL)
    assert path.read_bytes() == before
    assert ait.load(folder).sql("SELECT max(amount_m) FROM data.rounds WHERE currency = 'USD'").item() == 1100


def test_reading_leaves_no_way_to_write_or_to_look_outside(small: ait.Dataset, tmp_path: Path) -> None:
    for query in (
        "DELETE FROM data.rounds",
        "CREATE TABLE data.x AS SELECT 1",
        f"COPY data.rounds TO '{tmp_path}/x.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        f"ATTACH '{tmp_path}/y.duckdb'",
        "SET enable_external_access = true",
    ):
        with pytest.raises((duckdb.Error, ValueError)):
            small.sql(query)


def test_a_foreign_duckdb_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS a")
    with pytest.raises(ValueError, match="was not built by aitracker"):
        ait.load(path)


def test_nothing_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no dataset"):
        ait.load(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"no schema\.sql"):
        ait.load(tmp_path)


def test_loading_a_fresh_file_does_not_rebuild(folder: Path) -> None:
    path = build.build(folder)
    stamp = path.stat().st_mtime_ns
    time.sleep(0.01)
    ait.load(folder)
    assert path.stat().st_mtime_ns == stamp
