"""The command line: ``aitracker lab | report | check | add | build | info | sql | cite``.

Exit codes: 0 when all is well, 1 when the data has problems or a command failed, 2 when it was called wrongly.
Each command imports what it needs when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitracker import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

__all__ = ["entry", "main"]

OK, FAILED = 0, 1

PACKAGES = ("duckdb", "polars", "altair", "anywidget", "ipywidgets", "jupyterlab", "vl-convert-python")
"""Packages whose versions ``info`` prints."""

VALUE_WIDTH = 48
"""Characters of an offending value that ``check`` shows."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; those of the process where none are given.

    Returns
    -------
    int
        Exit code.
    """
    parser = _parser()
    options, extra = parser.parse_known_args(argv)
    if options.command == "lab":
        options.extra = extra
    elif extra:
        parser.error(f"unrecognized arguments: {' '.join(extra)}")
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return FAILED
    except (ValueError, OSError, RuntimeError) as error:
        if options.debug:
            raise
        print(f"aitracker: {error}", file=sys.stderr)
        return FAILED
    return code


def entry() -> int:
    """Run one command as the whole of a process."""
    code = main()
    gc.freeze()  # the process ends: looking for garbage once more takes longer than many a command, and frees nothing
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aitracker",
        description="Who funds China's AI start-ups: a cited dataset, notebooks and offline reports.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"aitracker {__version__}")
    parser.add_argument("--debug", action="store_true", help="show where in the code an error arose")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int], summary: str, **more: Any) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False, **more)
        command.set_defaults(run=run)
        return command

    add(
        "lab",
        _lab,
        "open the notebooks in JupyterLab",
        usage="aitracker lab [FOLDER] [JUPYTER ARGUMENTS]",
        epilog="FOLDER receives a copy of the notebooks; what you have changed in it is kept. Without FOLDER a checkout"
        " opens its own notebooks, and an installed package copies them to ./aitracker-notebooks. All other arguments"
        " go to JupyterLab: aitracker lab --no-browser --port 9000.",
    )

    report = add("report", _report, "render notebooks to offline HTML pages")
    report.add_argument(
        "notebooks",
        nargs="*",
        metavar="NOTEBOOK",
        help="notebooks to render, files of yours or ours by name (default: all of ours)",
    )
    report.add_argument("--single", action="store_true", help="all pages in one file")
    report.add_argument("--pdf", action="store_true", help="print each page to PDF too (needs Chromium)")
    report.add_argument("--force", action="store_true", help="execute unchanged notebooks again")
    report.add_argument("--title", metavar="TEXT", help="heading of the index, or of the one file of --single")
    report.add_argument("--out", default="reports", metavar="FOLDER", help="where to write (default: reports)")
    _lens_options(report)

    check = add("check", _check, "check the data against its schema and rules, and list every offending cell")
    check.add_argument(
        "folder", nargs="?", metavar="FOLDER", help="folder of CSV files with a schema.sql (default: ours)"
    )

    enter = add(
        "add",
        _add,
        "enter a round that a TOML file tells of, and check the data with it",
        epilog="What is new is written to the CSV files only where no rule is broken; CONTRIBUTING.md says what the file holds.",
    )
    enter.add_argument(
        "file", metavar="FILE.toml", help="source, round, investors, valuation, and the reason for entering it so"
    )
    enter.add_argument("--data", metavar="FOLDER", help="folder of CSV files with a schema.sql (default: ours)")
    enter.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
    enter.add_argument(
        "--anyway", action="store_true", help="enter it although a round of the same start-up stands near it"
    )

    build = add("build", _build, "build the DuckDB file from a folder of CSV files")
    build.add_argument(
        "folder", nargs="?", metavar="FOLDER", help="folder of CSV files with a schema.sql (default: ours)"
    )
    build.add_argument("-o", "--output", metavar="FILE", help="file to write (default: aitracker.duckdb in the folder)")

    info = add("info", _info, "show versions, the lens and how many rows each table has through it")
    _data_option(info)
    _lens_options(info)

    sql = add("sql", _sql, "run one read-only query and print what it returns")
    sql.add_argument("query", help='for example "SELECT * FROM rounds"')
    sql.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: table")
    _data_option(sql)
    _lens_options(sql)

    cite = add("cite", _cite, "print the citation of a source")
    cite.add_argument("source_ids", nargs="+", metavar="SOURCE_ID")
    cite.add_argument("--style", default="text", help="text (default) or bibtex")
    _data_option(cite)
    return parser


def _data_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", metavar="PATH", help="a folder of CSV files or a .duckdb file (default: ours)")


def _lens_options(command: argparse.ArgumentParser) -> None:
    lens = command.add_argument_group("the lens")
    lens.add_argument("--as-of", metavar="DATE", help="the world as it was on this day (2024-05-31)")
    lens.add_argument("--known-by", metavar="DATE", help="only what had been published by this day")
    lens.add_argument("--policy", help="how to choose among claims (default: curated)")
    lens.add_argument("--group", help="none, parent, managed or affiliates (default: parent)")


def _lens(options: argparse.Namespace) -> dict[str, Any]:
    """Parts of the lens that were given; the others keep the defaults of the library."""
    given = {name: getattr(options, name) for name in ("as_of", "known_by", "policy", "group")}
    return {name: value for name, value in given.items() if value is not None}


def _lab(options: argparse.Namespace) -> int:
    from aitracker.lab import open_lab

    extra: list[str] = options.extra
    folder = extra.pop(0) if extra and not extra[0].startswith("-") else None
    return open_lab(folder, extra)


def _report(options: argparse.Namespace) -> int:
    from aitracker.report import write_report

    notebooks = [_notebook(name) for name in options.notebooks] or None
    wanted: dict[str, Any] = {name: True for name in ("single", "pdf", "force") if getattr(options, name)}
    wanted |= {"title": options.title} if options.title is not None else {}
    write_report(options.out, notebooks, progress=_tell, **wanted, **_lens(options))
    return OK


def _notebook(name: str) -> Path:
    """File of a notebook: the user's where it exists, else ours of that name."""
    from aitracker.paths import notebooks_dir

    own, ours = Path(name), notebooks_dir() / f"{Path(name).stem}.ipynb"
    return ours if ours.exists() and not own.exists() else own


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _check(options: argparse.Namespace) -> int:
    from aitracker.build import check
    from aitracker.paths import data_dir
    from aitracker.rules import waived

    folder = options.folder or data_dir()
    problems = check(folder)
    if not problems:
        print(f"{waived(folder)} rows may break a rule, each by a decision that names it")
        print(_tied_out(folder))
        print(f"{folder}: no problems")
        return OK
    rows = [("where", "column", "value", "reason", "mend")]
    for problem in problems:
        where = f"{problem.file}:{problem.line}" if problem.line else problem.file
        value = "(empty)" if problem.value is None else problem.value
        rows.append((where, problem.column, _cut(value), problem.reason, problem.remedy))
    _print_table(rows)
    print(f"\n{len(problems)} {'problem' if len(problems) == 1 else 'problems'} in {folder}")
    return FAILED


def _add(options: argparse.Namespace) -> int:
    from aitracker.adding import add_round
    from aitracker.paths import data_dir

    folder = options.data or data_dir()
    added = add_round(options.file, folder, write=not options.dry_run, anyway=options.anyway)
    print(added)
    print(f"{'nothing written to' if options.dry_run else 'written to'} {folder}")
    return OK


def _tied_out(folder: Path | str) -> str:
    """Say how many totals of others the rows reach, and why they do not reach the rest."""
    from collections import Counter
    from tempfile import TemporaryDirectory

    import aitracker
    from aitracker.build import DATABASE, build

    with TemporaryDirectory() as place:
        ties = aitracker.tie_out(aitracker.load(build(folder, Path(place) / DATABASE)))
    found, causes = Counter(ties["verdict"]), Counter(ties.filter(ties["verdict"] == "below")["cause"])
    why = ", ".join(f"{n} {cause or 'for no reason given'}" for cause, n in causes.most_common())
    told = {word: f"{found[word]} {word}" for word in ("within", "below", "above", "not comparable")}
    told["below"] += f" ({why})" if why else ""
    return f"totals of others beside the rows: {', '.join(told.values())}"


def _cut(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= VALUE_WIDTH else line[: VALUE_WIDTH - 3] + "..."


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _build(options: argparse.Namespace) -> int:
    from aitracker.build import build
    from aitracker.paths import data_dir

    print(f"wrote {build(options.folder or data_dir(), options.output)}")
    return OK


def _info(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    import aitracker

    ds = aitracker.load(options.data, **_lens(options))
    lens = ", ".join(f"{name}={value}" for name, value in asdict(ds.lens).items())
    facts = [
        ("aitracker", __version__),
        ("data", str(ds.version)),
        ("reach", ds.reach),
        ("lens", lens),
        ("python", sys.version.split()[0]),
        *((name, metadata.version(name)) for name in PACKAGES),
    ]
    _print_table(facts)
    print()
    seen = {name: ds.sql(f"SELECT count(*) FROM {name}").item() for name in ds.tables}
    rows = ds.describe().select("table", "description").iter_rows()
    _print_table([("table", "rows", "what it holds"), *((name, str(seen[name]), words or "") for name, words in rows)])
    return OK


def _sql(options: argparse.Namespace) -> int:
    import duckdb

    import aitracker

    ds = aitracker.load(options.data, **_lens(options))
    try:
        frame = ds.sql(options.query)
    except duckdb.Error as error:
        print(f"aitracker: {error}", file=sys.stderr)
        return FAILED
    _print_frame(frame, options.format)
    return OK


def _print_frame(frame: pl.DataFrame, form: str) -> None:
    import shutil

    import polars as pl

    if form == "csv":
        sys.stdout.write(frame.write_csv())
    elif form == "json":
        print(frame.write_json())
    else:
        width = shutil.get_terminal_size((160, 24)).columns
        with pl.Config(
            tbl_formatting="ASCII_MARKDOWN",
            tbl_rows=-1,
            tbl_cols=-1,
            tbl_width_chars=width,
            tbl_hide_dataframe_shape=True,
            tbl_hide_column_data_types=True,
            fmt_str_lengths=80,
        ):
            print(frame)


def _cite(options: argparse.Namespace) -> int:
    import aitracker

    ds = aitracker.load(options.data)
    for source_id in options.source_ids:
        print(aitracker.cite(ds, source_id, style=options.style))
    return OK


if __name__ == "__main__":
    raise SystemExit(main())
