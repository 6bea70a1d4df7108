"""What a cap table is built from beside the ledger: shareholder lists as printed, families of investors, how rounds list them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import datetime as dt

    from aitracker.dataset import Dataset

__all__ = ["Line", "Listing", "Said", "Sources", "rounded", "sources_of"]

_COUNT: Final = re.compile(r"(about )?(\d[\d,]*) shares")
_MOST_OFF: Final = 0.01
_REST: Final = re.compile(r"^(other|public|remainder|其他|公众)", re.IGNORECASE)


class Line(NamedTuple):
    """One holder of a list: its lines added up."""

    holder: str  # key of the investor, or of the name as printed
    name: str
    investor: bool
    lines: tuple[int, ...]
    shares: int | None
    pct: float
    off: float  # by how much the fraction may be rounded
    stakes: tuple[str, ...]


class Listing(NamedTuple):
    """A shareholder list as printed: of before or after an offering, and how many shares there are."""

    table_id: str
    startup_id: str
    day: dt.date
    after_offer: bool | None
    shares: int | None
    off: float  # by how many shares the number may be rounded
    lines: tuple[Line, ...]
    rest: float  # what it gives to the rest, or the public
    source_id: str

    @property
    def fact(self) -> str:
        """How many shares there are."""
        return f"cap-table|{self.table_id}|base"


class Said(NamedTuple):
    """A stake that a source states."""

    stake_id: str
    investor: str
    startup_id: str
    end: dt.date
    words: str
    low: float
    pct: float
    high: float
    measure: str
    scope: str
    basis: str
    source_id: str

    @property
    def fact(self) -> str:
        """The stake that was stated."""
        return f"stake|{self.stake_id}|pct"


class Sources(NamedTuple):
    """All that cap tables rest on beside the ledger, under one knowledge date and policy."""

    listings: dict[str, list[Listing]]
    said: dict[str, list[Said]]
    below: dict[str, tuple[str, ...]]  # an investor and those that it controls
    wide: dict[str, tuple[str, ...]]  # all affiliates of an investor
    family: dict[str, str]  # by investor: who controls it in the end
    named: dict[str, list[tuple[str, str, str]]]  # by round: investor, role, instrument
    listed: dict[str, str]  # by round: complete, partial, unknown
    names: dict[str, str]
    founders: frozenset[str]
    off: dict[str, float]  # by fact of money: by what part of itself it may be rounded


def rounded(value: float, *, at_least: int = 0, most: int = 6) -> float:
    """Half a unit of the last digit that was printed."""
    text = f"{value:.{most}f}".rstrip("0")
    digits = max(at_least, len(text.partition(".")[2]))
    return 0.5 * 10.0**-digits


def money_off(value: float) -> float:
    """By what part of itself a sum in millions may be rounded: half a unit of its last digit that is not nought, one in a hundred at most.

    "US$2.5bn" is a sum between 2,475 and 2,525 millions; whether "300" was 300.0 nobody knows.
    """
    text = f"{value:.6f}".rstrip("0")
    whole, _, digits = text.partition(".")
    unit = 10.0 ** -len(digits) if digits else 10.0 ** (len(whole) - len(whole.rstrip("0")))
    return min(_MOST_OFF, 0.5 * unit / value) if value > 0 else 0.0


def sources_of(ds: Dataset) -> Sources:
    """Read it, as a dataset's policy and knowledge date show it, at every date, vehicle by vehicle."""
    ds = ds.at(as_of=None, group="none")
    return ds.remember("cap table sources", lambda: _read(ds))


def _read(ds: Dataset) -> Sources:
    listings: dict[str, list[Listing]] = defaultdict(list)
    said: dict[str, list[Said]] = defaultdict(list)
    named: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for one in _listings(ds):
        listings[one.startup_id].append(one)
    for row in ds.sql(
        """SELECT stake_id, investor_id, startup_id, period_end(date, date_precision) AS "end", date_words(date, date_precision) AS words,
            pct_low, pct, pct_high, measure, scope, basis, source_id, qualifier FROM stakes
        WHERE basis NOT IN ('allegation', 'forecast') AND measure <> 'profit-share' ORDER BY "end", stake_id"""
    ).iter_rows(named=True):
        qualifier = row.pop("qualifier")
        # What a filing prints as 2 is 2.0 at least.
        off = rounded(row["pct"], at_least=1 if row["basis"] == "filing" else 0) if qualifier != "range" else 0.0
        pct_low, pct_high = row.pop("pct_low"), row.pop("pct_high")
        low = max(
            0.0,
            min(
                pct_low if pct_low is not None else row["pct"],
                row["pct"] - off if qualifier != "at-most" else 0.0,
            ),
        )
        high = min(100.0, max(pct_high if pct_high is not None else row["pct"], row["pct"] + off))
        words = {
            name: row[name]
            for name in ("stake_id", "startup_id", "end", "words", "measure", "scope", "basis", "source_id")
        }
        stake = Said(investor=row["investor_id"], low=low / 100, pct=row["pct"] / 100, high=high / 100, **words)
        said[stake.startup_id].append(stake)
    for round_id, investor, role, instrument in ds.sql(
        "SELECT round_id, investor_id, role, instrument FROM participations ORDER BY ALL"
    ).rows():
        named[round_id].append((investor, role, instrument))
    about = ds.lookup("SELECT investor_id, name, parent_id, type FROM data.investors ORDER BY 1").rows()
    family = dict(ds.lookup("SELECT investor_id, group_id FROM groups('parent')").rows())
    wide = defaultdict(list)
    for investor, group in ds.lookup("SELECT investor_id, group_id FROM groups('affiliates') ORDER BY 1").rows():
        wide[group].append(investor)
    parents = {investor: parent for investor, _, parent, _ in about}
    below = defaultdict(list)
    for investor in parents:
        up: str | None = investor
        while up is not None:
            below[up].append(investor)
            up = parents.get(up)
    return Sources(
        dict(listings),
        dict(said),
        {k: tuple(v) for k, v in below.items()},
        {investor: tuple(many) for many in wide.values() for investor in many},
        family,
        dict(named),
        dict(ds.sql("SELECT round_id, investor_list FROM rounds").rows()),
        {investor: name for investor, name, _, _ in about},
        frozenset(investor for investor, _, _, kind in about if kind == "founder"),
        {
            fact: money_off(value)
            for fact, value in ds.sql(
                """SELECT 'round|' || round_id || '|amount', amount_m FROM rounds WHERE amount_m IS NOT NULL AND amount_qualifier = 'exact'
                UNION ALL SELECT 'participation|' || round_id || '/' || investor_id || '|amount', amount_m FROM participations
                    WHERE amount_m IS NOT NULL AND amount_qualifier = 'exact'
                UNION ALL SELECT 'valuation|' || valuation_id || '|value', value_m FROM valuations WHERE qualifier = 'exact'"""
            ).rows()
        },
    )


def _listings(ds: Dataset) -> list[Listing]:
    rows = ds.sql("SELECT * FROM cap_tables ORDER BY table_id, line").rows(named=True)
    many = defaultdict(list)
    for row in rows:
        many[row["table_id"]].append(row)
    out = []
    for table_id, lines in many.items():
        base = lines[0]["base"]
        shares, off = _base(base, lines)
        when = True if base.startswith("after the offer") else False if base.startswith("before the offer") else None
        out.append(
            Listing(
                table_id,
                lines[0]["startup_id"],
                lines[0]["as_of"],
                when,
                shares,
                off,
                _lines(lines),
                _rest(lines, shares),
                lines[0]["source_id"],
            )
        )
    return out


def _base(base: str, rows: list[dict]) -> tuple[int | None, float]:  # type: ignore[type-arg]
    """How many shares there are, and by how many that may be off: as the list says, else as its lines do."""
    count = _COUNT.search(base)
    if count:
        shares = int(count[2].replace(",", ""))
        # "About 2,396,100,000": as many noughts as there are stand for what was rounded away.
        return shares, 0.5 * 10.0 ** (len(str(shares)) - len(str(shares).rstrip("0"))) if count[1] else 0.0
    printed = [
        (row["shares"], row["pct"], rounded(row["pct"], at_least=2)) for row in rows if row["shares"] and row["pct"]
    ]
    ends = [(shares / (pct + off), shares / (pct - off)) for shares, pct, off in printed if pct > off]
    low, high = 100 * max((a for a, _ in ends), default=0.0), 100 * min((b for _, b in ends), default=0.0)
    return (round((low + high) / 2), (high - low) / 2 + 1) if 0 < low <= high else (None, 0.0)


def _is_rest(row: dict) -> bool:  # type: ignore[type-arg]
    """Whether a line is of those who are not printed: no holder."""
    if row["investor_id"] == "public-market" or (row["pct"] is None and not row["shares"]):
        return True
    return row["investor_id"] is None and bool(_REST.match(row["holder"]))


def _rest(rows: list[dict], shares: int | None) -> float:  # type: ignore[type-arg]
    return sum(
        (row["pct"] or (100 * (row["shares"] or 0) / shares if shares else 0.0)) / 100 for row in rows if _is_rest(row)
    )


def _lines(rows: list[dict]) -> tuple[Line, ...]:  # type: ignore[type-arg]
    by: dict[str, list[dict]] = defaultdict(list)  # type: ignore[type-arg]
    for row in rows:
        if _is_rest(row):
            continue
        by[row["investor_id"] or f"~{re.sub(r' *[(].*[)]', '', row['holder'])}"].append(row)
    out = []
    for holder, lines in by.items():
        shares = [row["shares"] for row in lines]
        pct = sum(row["pct"] or 0.0 for row in lines)
        off = sum(rounded(row["pct"] or 0.0, at_least=2) for row in lines)
        stakes = tuple(dict.fromkeys(row["stake_id"] for row in lines if row["stake_id"]))
        name = lines[0]["holder"] if len(lines) == 1 else holder.lstrip("~")
        count = sum(shares) if all(x is not None for x in shares) else None
        numbers = tuple(row["line"] for row in lines)
        out.append(Line(holder, name, not holder.startswith("~"), numbers, count, pct / 100, off / 100, stakes))
    return tuple(out)
