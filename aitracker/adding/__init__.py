"""Entering a round: one TOML file becomes rows of the tables, in their places, with the decision that made them."""

from __future__ import annotations

from pathlib import Path

from aitracker.adding import parts
from aitracker.adding.tables import Added, Tables
from aitracker.adding.told import read

__all__ = ["Added", "add_round"]


def add_round(file: Path | str, folder: Path | str, *, write: bool = True, anyway: bool = False) -> Added:
    """Enter a round as a TOML file tells it: source, start-up, round, investors, valuation and the reason.

    Parameters
    ----------
    file : path
        A TOML file with ``[[source]]`` (the first one is the round's), ``[round]``, any number of ``[[investor]]``, at most
        one ``[valuation]``, and ``decision``: why it is entered so. Start-up and investors are named by key, English or
        Chinese name, or alias; a new start-up needs a part ``[startup]``, a new investor its ``type`` and ``country``.
        Money is in millions of the native currency, a range by ``low_m`` and ``high_m``; what no source states is left
        out. ``investor_list`` of the round is unknown unless the file says complete or partial.
    folder : path
        A folder of CSV files with a ``schema.sql``.
    write : bool
        False: say what would be written, and write nothing.
    anyway : bool
        Enter it although a round of the same start-up stands near it.

    Returns
    -------
    Added
        The rows by table, and what a person should look at.

    Raises
    ------
    ValueError
        When the file says something that is not asked for, or names what is not known or known twice; when a round of the
        same start-up is near in time; nothing is written then.
    DataError
        When the data with the new rows breaks a rule; nothing is written then.
    """
    told, tables = read(Path(file)), Tables(Path(folder))
    pages = [parts.source(one, tables) for one in told["source"]]
    firm = parts.startup(told, tables, pages[0])
    row = parts.funding(told["round"], tables, firm, pages[0], anyway=anyway)
    for one in told.get("investor", []):
        parts.investor(one, tables, row, pages[0])
    if "valuation" in told:
        parts.valuation(told["valuation"], tables, row)
    tables.put("decisions", {
        "subject_kind": "round", "subject_id": row["round_id"], "field": "row", "decision": "added", "reason": told["decision"],
    })  # fmt: skip
    tables.store(write=write)
    return tables.added
