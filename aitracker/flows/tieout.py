"""Totals that third parties state, beside what the rows add up to."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.facts import fact, participation, traced
from aitracker.flows.parts import asked_parts, by_round
from aitracker.flows.sets import Asked
from aitracker.flows.tierules import COUNT, MARKETS, OF_INVESTOR, RULES, SIZE, Rule
from aitracker.vocabulary import KINDS, WAVES

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["tie_out"]

ROUNDING = 0.005
"""Share of a sum of money by which figures may miss each other and still be the same, rounded."""


def tie_out(ds: Dataset) -> pl.DataFrame:
    """Totals of third parties beside the sums of the rows, with the difference and what is known of it.

    A total is answered by the rows that its rule names (``scope``), up to the total's own day and under the lens. Money
    is added up in the total's unit, each round at the rate of its own day.

    Returns
    -------
    polars.DataFrame
        A row per total that the rows can answer: ``total_id``, ``statement``, ``entity_id``, ``entity``, ``metric``, ``as_of``,
        ``unit``, ``qualifier``, ``reported`` with ``reported_low`` and ``reported_high`` (by the conventions of
        ``qualifiers``), ``computed`` (null: nothing to add up, or the stated parts are less than the bounds require) with
        ``computed_low`` and ``computed_high`` (all in ``unit``: millions of a currency, or a count; of rounds from tranches
        joined to their round to each on its own; the upper end with rounds whose fuzzy date may fall within, and with
        what a round's bounds leave for parts that nobody states), ``difference`` (computed less reported),
        ``difference_pct`` of the reported (null too where that is zero), ``verdict`` (``within``: the two intervals meet;
        ``below`` or ``above``: the rows' interval lies there; ``not comparable``),
        ``reason`` (the curators' note where there is one, then what the
        rows tell), ``cause`` (below, as the curators found it: ``undisclosed``, ``another definition`` or ``not found``: rows
        are wanting; null where they have not said), ``scope``, ``rounds`` that it took in (orders, of a listing),
        ``rounds_unknown`` (those without a public figure, and so not in the sum), ``source_id``. ``facts``: the total, and
        the sizes, parts or dates that answer it.

    Notes
    -----
    The rows hold what is public, and a total may hold more: a sum below it is no error of either. Figures within half a
    per cent of each other are taken for the same, rounded. The definition is our own.
    """
    totals = ds.lookup(
        """SELECT t.total_id, t.statement, t.entity_id, coalesce(s.name, i.name, t.entity_id) AS entity,
            t.metric, t.as_of, t.unit, t.qualifier,
            t.value AS reported, coalesce(t.value_low, t.value * coalesce(q.low_factor, 1)) AS reported_low,
            coalesce(t.value_high, t.value * coalesce(q.high_factor, 1)) AS reported_high, t.source_id, t.note, d.target AS cause
        FROM totals t LEFT JOIN data.decisions d ON d.subject_kind = 'total' AND d.subject_id = t.total_id
            AND d.field = 'tie_out' AND d.decision = 'kept'
        LEFT JOIN data.qualifiers q USING (qualifier)
        LEFT JOIN data.startups s ON s.startup_id = t.entity_id LEFT JOIN data.investors i ON i.investor_id = t.entity_id
        WHERE t.value IS NOT NULL ORDER BY t.entity_id, t.metric, t.as_of, t.total_id"""
    )
    tracked = set(ds.lookup("SELECT startup_id FROM data.startups", shared=True)["startup_id"])
    rows = []
    for total in totals.iter_rows(named=True):
        rule = MARKETS.get((total["entity_id"], total["metric"])) or RULES.get(total["metric"])
        if rule is None or not _of_its_kind(rule, total, tracked):
            continue
        found = _answer(ds, rule, total) if total["as_of"] else _Answer()
        facts = [f"total|{total['total_id']}|value", *dict.fromkeys(found.facts)]
        said = _verdict(found, rule, total)
        cause = total["cause"] if said["verdict"] == "below" else None
        rows.append({**total, **said, "cause": cause, "scope": rule.words, "facts": facts})
    frame = pl.DataFrame(rows, schema_overrides=SCHEMA).select(*SCHEMA) if rows else pl.DataFrame(schema=SCHEMA)
    return traced(ds, frame)


def _of_its_kind(rule: Rule, total: dict[str, Any], tracked: set[str]) -> bool:
    """Whether the rule is meant for this total: sums of a start-up need a tracked one, counts a count, money money."""
    counts = rule.what in (COUNT, "investors", "startups", "deals")
    if (total["unit"] == "count") != counts or not (counts or total["unit"].endswith("_m")):
        return False
    return total["entity_id"] in tracked or bool(rule.startups or rule.segment) or rule.what in OF_INVESTOR


@dataclasses.dataclass(frozen=True)
class _Answer:
    computed: float | None = None
    low: float | None = None
    high: float | None = None
    rounds: int = 0
    unknown: int = 0
    facts: tuple[str, ...] = ()


def _answer(ds: Dataset, rule: Rule, total: dict[str, Any]) -> _Answer:
    """What the rows give: the rounds certain to be in, and as upper end those too whose fuzzy date may be in."""
    sure, maybe = (_over(ds, rule, total, day) for day in ("happened", "announced"))
    if rule.last or maybe.high is None or maybe == sure:
        return sure
    # Rounds that are surely in are at least nothing, whatever they are worth.
    low, high = sure.low or 0.0, max(maybe.high, sure.high or 0.0)
    return dataclasses.replace(sure, low=low, high=high, facts=maybe.facts)


def _over(ds: Dataset, rule: Rule, total: dict[str, Any], day: str) -> _Answer:
    until = total["as_of"] + dt.timedelta(days=rule.days)
    wanted = [
        pl.col(day) <= until,
        pl.col("happened") >= _since(rule, total["as_of"]),
        pl.col("kind").is_in(rule.kinds),
    ]
    if rule.startups:
        wanted.append(pl.col("startup_id").is_in(rule.startups))
    elif rule.segment:
        wanted += [pl.col("segment") == rule.segment, pl.col("wave") == "genai"]
    elif rule.what not in OF_INVESTOR or rule.investor or rule.investor_type:
        wanted.append(pl.col("startup_id") == total["entity_id"])
    rounds = _rounds(ds, total["unit"]).filter(wanted)
    investor = rule.investor or (total["entity_id"] if rule.what in OF_INVESTOR else None)
    if rounds.is_empty():
        return _Answer()
    # A round stands for its tranches in its own currency; a tranche for itself as long as its round is still to come.
    alone = pl.col("counts_at_date") & ~pl.col("root").is_in(rounds["round_id"].to_list())
    counted = rounds.filter(pl.col("counts_in_totals") | alone).sort("happened", "round_id")
    if rule.what == COUNT:
        apart = rounds.filter(~pl.col("is_umbrella"))
        ends = (counted.height, apart["root"].n_unique(), apart.height)
        return _Answer(counted.height, min(ends), max(ends), counted.height, facts=_facts(rounds, "announced"))
    if rule.what in ("startups", "deals", "investors"):
        return _count(ds, rule, rounds, investor)
    if rule.what == SIZE:
        return _sum(counted.tail(rule.last) if rule.last else counted)
    asked = Asked(status=("closed",), kinds=KINDS, waves=WAVES)  # a total names its start-ups itself
    parts = asked_parts(ds, "stated", asked).filter(pl.col("investor_id").is_not_null())
    if rule.investor_type:
        parts = parts.filter(pl.col("investor_type") == rule.investor_type)
    elif rule.what == "parts":
        parts = parts.filter(pl.col("investor_id") == investor)
    else:
        # Those who ordered before the listing; the public is a row of its own where a source gives its part.
        parts = parts.filter(pl.col("investor_id") != "public-market")
    given = by_round(parts.with_columns(group=pl.lit("all")), "group", with_open=True).select(
        "round_id", "facts", money="amount_usd_m", low="amount_low_usd_m", high="amount_high_usd_m"
    )
    dated = rounds.filter("counts_at_date").sort("happened", "round_id")
    mine = dated.drop("money", "low", "high", "facts").join(given, on="round_id", validate="1:1")
    if rule.what != "named":
        return _sum(mine)
    orders = parts.join(mine, on="round_id", how="semi")
    open_orders = int(orders["amount_usd_m"].is_null().sum())
    return dataclasses.replace(_sum(mine), rounds=orders.height, unknown=open_orders) if orders.height else _Answer()


def _since(rule: Rule, day: dt.date) -> dt.date:
    if isinstance(rule.since, dt.date):
        return rule.since
    if rule.since == "year":
        return dt.date(day.year, 1, 1)
    return day - dt.timedelta(days=183) if rule.since == "6mo" else dt.date.min


def _rounds(ds: Dataset, unit: str) -> pl.DataFrame:
    """Closed rounds with what converts their dollars into the total's unit: the rate of their own day."""
    currency = "USD" if unit == "count" else unit[:3]
    return ds.lookup(
        """WITH r AS (SELECT *, rate_day(announced, date_precision) AS rate_on FROM rounds WHERE status = 'closed')
        SELECT r.round_id, coalesce(r.parent_round_id, r.round_id) AS root, r.startup_id, s.segment, s.wave, r.kind, r.is_umbrella,
            r.counts_in_totals, r.counts_at_date, r.announced, period_end(r.announced, r.date_precision) AS happened,
            1 / f.usd_per_unit AS per_usd,
            r.amount_usd_m AS money, r.amount_low_usd_m AS low, r.amount_high_usd_m AS high
        FROM r ASOF LEFT JOIN (SELECT date, usd_per_unit FROM rates WHERE currency = $1
            UNION ALL SELECT DATE '1900-01-01', 1 WHERE $1 = 'USD') f ON r.rate_on >= f.date
        JOIN data.startups s ON s.startup_id = r.startup_id ORDER BY r.round_id""",
        [currency],
    ).with_columns(facts=pl.concat_list(fact("round", "round_id", "amount")))


def _facts(rounds: pl.DataFrame, field: str) -> tuple[str, ...]:
    return tuple(rounds.select(fact("round", "round_id", field)).to_series())


def _sum(rounds: pl.DataFrame) -> _Answer:
    # Without a rate an amount cannot be had in the total's unit: it is as good as unknown.
    rated = rounds.with_columns(pl.col("money", "low", "high") * pl.col("per_usd"))
    rows = rated.select("money", "low", "high").rows()
    unknown = sum(money is None for money, *_ in rows)
    facts = tuple(one for facts in rounds["facts"] for one in facts)
    known = [row for row in rows if row[0] is not None or row[2] is not None]
    if not known:
        return _Answer(rounds=rounds.height, unknown=unknown, facts=facts)
    money, low, high = (math.fsum(row[i] for row in known if row[i] is not None) for i in range(3))
    # Stated parts that are less than the bounds require for all of them are no estimate of the whole.
    whole = any(row[0] is not None for row in known) and money >= low
    return _Answer(money if whole else None, low, high, rounds.height, unknown, facts)


def _count(ds: Dataset, rule: Rule, rounds: pl.DataFrame, investor: str | None) -> _Answer:
    named = ds.lookup("SELECT round_id, investor_id, group_id FROM participations ORDER BY ALL").join(
        rounds, on="round_id"
    )
    if rule.what == "investors":
        n = named["group_id"].n_unique()
        seen = _named(named)
        return (
            _Answer(n, n, n, rounds.height, facts=seen) if n else _Answer(rounds=rounds.height, unknown=rounds.height)
        )
    mine = named.filter(pl.col("group_id") == investor)
    if rule.what == "startups":
        n = mine["startup_id"].n_unique()
        return _Answer(n, n, n, mine["round_id"].n_unique(), facts=_named(mine))
    deals = mine.filter(~pl.col("is_umbrella"))
    each, n = deals["round_id"].n_unique(), deals["root"].n_unique()
    return _Answer(n, n, each, each, facts=_named(deals))


def _named(parts: pl.DataFrame) -> tuple[str, ...]:
    """That an investor took part at all is said by its role."""
    return tuple(dict.fromkeys(parts.select(participation("role")).to_series()))


def _verdict(found: _Answer, rule: Rule, total: dict[str, Any]) -> dict[str, Any]:
    reported = total["reported"]
    slack = 0 if total["unit"] == "count" else ROUNDING * reported
    if found.low is None or found.high is None:
        verdict = "not comparable"
    elif found.high < total["reported_low"] - slack:
        verdict = "below"
    elif found.low > total["reported_high"] + slack:
        verdict = "above"
    else:
        verdict = "within"
    gap = None if found.computed is None else found.computed - reported
    told = _reason(found, rule, total, verdict)
    note = total["note"] and total["note"].rstrip(".") + "."
    return {
        "computed": found.computed,
        "computed_low": found.low,
        "computed_high": found.high,
        "difference": gap,
        "difference_pct": 100 * gap / reported if gap is not None and reported else None,
        "verdict": verdict,
        "reason": f"{note} {told}" if note else told,
        "rounds": found.rounds,
        "rounds_unknown": found.unknown,
    }


def _reason(found: _Answer, rule: Rule, total: dict[str, Any], verdict: str) -> str:
    """What the rows themselves tell of the difference."""
    lacking = {SIZE: "public size", "investors": "named investor"}.get(rule.what, "stated part")
    things = "orders" if rule.what == "named" else "round" if found.rounds == 1 else "rounds"
    missing = f"{found.unknown} of {found.rounds} {things} without a {lacking}" if found.unknown else ""
    known = found.rounds - found.unknown
    if total["as_of"] is None:
        reason = "The total has no date up to which rows could be added."
    elif verdict == "not comparable":
        reason = f"Nothing to add up: {missing}." if missing else "The rows hold no such round by then."
    elif verdict == "within":
        reason = f"The intervals meet, with {missing}." if missing else "The intervals meet."
    elif total["unit"] == "count":
        side = "fewer" if verdict == "below" else "more"
        reason = f"The rows name {side} than the total; only what a source names of tracked start-ups is in them."
        if rule.what == COUNT:
            reason = f"The rows hold {side} rounds than the total, however tranches are counted."
    elif verdict == "above":
        reason = f"{known} {things} with a figure already exceed it: the total counts fewer rounds, or smaller ones."
    elif missing:
        reason = f"Not in the sum: {missing}."
    else:
        reason = "Every round of the rows has a figure: the total holds money that no row does."
    return reason


SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("total_id", "statement", "entity_id", "entity", "metric"), pl.String),
    "as_of": pl.Date,
    **dict.fromkeys(("unit", "qualifier"), pl.String),
    **dict.fromkeys(
        ("reported", "reported_low", "reported_high", "computed", "computed_low", "computed_high"), pl.Float64
    ),
    **dict.fromkeys(("difference", "difference_pct"), pl.Float64),
    **dict.fromkeys(("verdict", "reason", "cause", "scope"), pl.String),
    **dict.fromkeys(("rounds", "rounds_unknown"), pl.Int64),
    "source_id": pl.String,
    "facts": pl.List(pl.String),
}
"""Columns of the answer."""
