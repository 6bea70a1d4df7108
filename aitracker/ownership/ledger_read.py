"""Reading the ledger: the few questions to the dataset behind all stakes and values."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

from aitracker.flows.cheques import SPLIT_FIELDS, divided_cheques
from aitracker.flows.splits import round_split
from aitracker.ownership.ledger import ZERO, Disclosure, Ledger, Part, Price, Round, Span, Value
from aitracker.vocabulary import NEW_MONEY, SPENT_ANYWHERE, SPENT_WITH_INVESTOR

if TYPE_CHECKING:
    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["read"]

_PRICE_ORDER = ("post-money", "pre-money", "market-cap", "unstated")
"""Which value prices a round best: a pre-money with the new money is a post-money, an unstated basis leaves both open."""


def _span(low: float | None, point: float | None, high: float | None) -> Span:
    return Span(low or 0.0, point, high)


def read(ds: Dataset, split: Split) -> Ledger:
    """Read all that stakes and values rest on, as a dataset's policy, knowledge date and grouping show it."""
    prices = defaultdict(list)
    for row in _values(ds).filter(pl.col("round_id").is_not_null(), pl.col("status") == "closed").iter_rows(named=True):
        worth = _span(row["low"], row["usd_m"], row["high"])
        prices[row["round_id"]].append(Price(row["basis"], worth, row["end"], _value_fact(row["id"])))
    rounds = defaultdict(list)
    about = ds.lookup(
        """SELECT round_id, counts_in_totals AS counts, period_end(announced, date_precision) AS "end",
            parent_round_id IN (SELECT w.round_id FROM data.rounds w WHERE w.counts_in_totals) AS part_counts,
            'Round ' || coalesce(date_words(announced, date_precision), 'undated')
                || coalesce(' (' || nullif(series, 'unknown') || ')', '') AS label
        FROM data.rounds""",
        shared=True,
    )
    closed = ds.rounds.filter(pl.col("status") == "closed", pl.col("kind").is_in([*NEW_MONEY, "secondary"]))
    for row in (
        closed.join(about, on="round_id", validate="1:1")
        .sort("end", "round_id", nulls_last=False)
        .iter_rows(named=True)
    ):
        one = Round(
            row["round_id"],
            row["startup_id"],
            row["kind"],
            row["label"],
            row["end"],
            _span(row["amount_low_usd_m"], row["amount_usd_m"], row["amount_high_usd_m"]),
            tuple(sorted(prices[row["round_id"]], key=lambda p: (_PRICE_ORDER.index(p.basis), -p.end.toordinal()))),
            row["parent_round_id"],
            row["counts"],
            bool(row["part_counts"]),
            row["is_umbrella"],
            row["source_id"],
        )
        rounds[one.startup_id].append(one)
    startups = {
        row["startup_id"]: row
        for row in ds.sql(
            """SELECT startup_id, name, name_zh, wave, scope, status, exit_date, period_end(founded, founded_precision) AS founded
            FROM startups ORDER BY startup_id"""
        ).iter_rows(named=True)
    }
    # The newest fact of all, whatever the policy; nothing is known after the knowledge date.
    newest = ds.lookup(
        """SELECT max(day) AS day FROM (SELECT max(announced) AS day FROM data.rounds WHERE status = 'closed'
        UNION ALL SELECT max(as_of) FROM data.valuations WHERE status <> 'in-talks' UNION ALL SELECT max(as_of) FROM data.stakes)""",
        shared=True,
    )["day"].item()
    horizon = min(day for day in (newest, ds.lens.known_by, dt.date.max) if day)
    by_id = {r.round_id: r for many in rounds.values() for r in many}
    return Ledger(
        dict(rounds),
        _parts(ds, split),
        _disclosures(ds),
        _latest(ds, by_id),
        startups,
        {key: one.amount for key, one in by_id.items()},
        _named(ds),
        horizon,
    )


def _named(ds: Dataset) -> dict[tuple[str, str], list[str]]:
    """The facts that say who took part in which round: the parts, known or not."""
    out = defaultdict(list)
    for group, round_id, investor in ds.lookup(
        "SELECT group_id, round_id, investor_id FROM participations ORDER BY ALL"
    ).rows():
        out[group, round_id].append(f"participation|{round_id}/{investor}|amount")
    return dict(out)


def _parts(ds: Dataset, split: Split) -> dict[tuple[str, str], Part]:
    frame = round_split(ds, split=split).filter(pl.col("investor_id").is_not_null())
    credits_ = _credits(ds, frame)
    how = _told_kinds(ds)
    out = {}
    for row in frame.iter_rows(named=True):
        usd_m = _span(row["amount_low_usd_m"], row["amount_usd_m"], row["amount_high_usd_m"])
        key = (row["investor_id"], row["round_id"])
        if key in credits_:
            in_kind = credits_[key]
        elif row["instrument"] in SPENT_WITH_INVESTOR:
            in_kind = usd_m
        else:
            in_kind = ZERO if row["instrument"] in SPENT_ANYWHERE else Span(0.0, None, usd_m.high)
        out[key] = Part(usd_m, in_kind, row["stated_usd_m"] is not None, tuple(row["facts"]), how.get(key, ()))
    return out


def _told_kinds(ds: Dataset) -> dict[tuple[str, str], tuple[str, ...]]:
    """What is told of how each investor paid its part in a round: the instrument, and what divides the cheque."""
    out = defaultdict(list)
    for group, round_id, investor, field in ds.lookup(
        f"""SELECT group_id, round_id, investor_id, 'instrument' AS field FROM participations WHERE instrument <> 'unknown'
        UNION SELECT p.group_id, p.round_id, p.investor_id, c.field FROM claims c
            JOIN participations p ON c.subject_kind = 'participation' AND c.subject_id = p.round_id || '/' || p.investor_id
            WHERE c.field IN {SPLIT_FIELDS} AND c.rank <> 'deprecated' ORDER BY ALL"""
    ).rows():
        out[group, round_id].append(f"participation|{round_id}/{investor}|{field}")
    return {key: tuple(facts) for key, facts in out.items()}


def _credits(ds: Dataset, parts: pl.DataFrame) -> dict[tuple[str, str], Span]:
    """Cloud credits within the stated cheques that some claim divides."""
    mixed = parts.filter(pl.col("instrument") == "mixed", pl.col("stated_usd_m").is_not_null()).select(
        "round_id",
        "investor_id",
        recorded="instrument",
        instruments=pl.lit(1),
        cheque_usd_m="stated_usd_m",
        part=pl.lit(None, pl.Float64),
    )
    rows = divided_cheques(ds, mixed).filter(pl.col("instrument") == "cloud-credit")
    return {
        (row["investor_id"], row["round_id"]): _span(
            row["amount_low_usd_m"], row["amount_usd_m"], row["amount_high_usd_m"]
        )
        for row in rows.iter_rows(named=True)
    }


def _disclosures(ds: Dataset) -> dict[tuple[str, str], list[Disclosure]]:
    """Usable stakes: of all equity, or of what the source does not say; allegations and forecasts are none."""
    out = defaultdict(list)
    for row in ds.sql(
        """SELECT *, period_end(date, date_precision) AS "end", date_words(date, date_precision) AS words FROM stakes
        WHERE measure IN ('equity', 'unstated') AND basis NOT IN ('allegation', 'forecast') ORDER BY "end", stake_id"""
    ).iter_rows(named=True):
        out[row["group_id"], row["startup_id"]].append(
            Disclosure(
                row["stake_id"],
                Span(row["pct_low"], row["pct"], row["pct_high"]),
                *(row[k] for k in ("end", "words", "measure", "scope", "basis", "source_id")),
            )
        )
    return out


def _values(ds: Dataset) -> pl.DataFrame:
    """Values at which a stake may be priced; estimates, targets, talks and prices of old shares are none."""
    return ds.lookup(
        """WITH listed AS (
            SELECT s.*, nullif(currency_of(unit), 'USD') AS currency FROM series s
            WHERE metric = 'market_cap' AND period_end IS NOT NULL AND entity_id IN (SELECT startup_id FROM data.startups)
        )
        SELECT startup_id, date AS day, period_end(date, date_precision) AS "end", rate_day(date, date_precision) AS middle,
            basis, status, round_id,
            value_usd_m AS usd_m, value_low_usd_m AS low, value_high_usd_m AS high, source_id, valuation_id AS id
        FROM valuations WHERE basis IN ('post-money', 'pre-money', 'market-cap', 'unstated') AND status IN ('closed', 'reported')
        UNION ALL
        SELECT entity_id, period_end, period_end, period_end, 'market-cap', 'closed', NULL, value * coalesce(f.usd_per_unit, 1),
            value * coalesce(f.usd_per_unit, 1), value * coalesce(f.usd_per_unit, 1), l.source_id, '~' || series_id
        FROM listed l ASOF LEFT JOIN rates f ON l.currency = f.currency AND l.period_end >= f.date
        WHERE l.currency IS NULL OR f.usd_per_unit IS NOT NULL
        ORDER BY startup_id, middle, list_position(['unstated', 'pre-money', 'post-money', 'market-cap'], basis), id DESC"""
    )


def _value_fact(key: str) -> str:
    """The fact behind a value: a valuation's, or a market value's of the series."""
    return f"series|{key[1:]}|value" if key.startswith("~") else f"valuation|{key}|value"


def _latest(ds: Dataset, rounds: dict[str, Round]) -> dict[str, list[Value]]:
    out = defaultdict(list)
    for row in _values(ds).iter_rows(named=True):
        usd_m, end, middle = _span(row["low"], row["usd_m"], row["high"]), row["end"], row["middle"]
        facts = [_value_fact(row["id"])]
        if row["basis"] == "pre-money":
            # With its new money a pre-money is a post-money, from the day when the round closed; without, no value.
            # Where a source states the post-money there is no need to work it out.
            money = rounds.get(row["round_id"])
            if (
                money is None
                or any(price.basis == "post-money" for price in money.prices)
                or money.amount.point is None
                or money.amount.high is None
                or money.end is None
            ):
                continue
            end = middle = max(end, money.end)
            facts.append(money.fact)
            usd_m = Span(
                usd_m.low + money.amount.low,
                (usd_m.point or 0) + money.amount.point,
                (usd_m.high or 0) + money.amount.high,
            )
        out[row["startup_id"]].append(
            Value(usd_m, row["day"], end, middle, row["basis"], row["source_id"], tuple(facts))
        )
    return {startup: sorted(many, key=lambda one: one.middle) for startup, many in out.items()}
