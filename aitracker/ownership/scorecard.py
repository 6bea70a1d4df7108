"""Is a holder "the China AI ETF"? Its figures under every policy and weighting, a real fund's beside them, and a verdict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.asked import Scope, each, keys, number, one_of
from aitracker.concentration.measures import active_share
from aitracker.concentration.weight_bounds import active_share_bounds
from aitracker.facts import traced
from aitracker.ownership.coverage import Field, Universe, check_field, cover, field_of, field_words, stake_facts
from aitracker.ownership.funds import fund_row
from aitracker.ownership.ledger import Holder, Ledger, holder_of, ledger_of
from aitracker.ownership.look_through import inside, market_cap
from aitracker.ownership.positions import facts_of, held
from aitracker.ownership.weights import WEIGHTINGS, Weighting, box, settled, sizes, spread
from aitracker.vocabulary import POLICIES, SCOPES, UNICORN_USD_M

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["BROAD_PCT", "PURE_PCT", "scorecard"]

BROAD_PCT = 50.0
"""A fund of a field holds at least half of its start-ups; ours."""
PURE_PCT = 80.0
"""A fund named after a field has at least 80 % of its assets in it (US Investment Company Act, rule 35d-1)."""


def _ranged(name: str, unit: str = "") -> dict[str, Any]:
    return {f"{name}{end}{unit}": pl.Float64 for end in ("", "_low", "_high")}


_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("holder_id", "holder", "kind", "policy", "weighting"), pl.String),
    "as_of": pl.Date,
    "positions": pl.Int64,
    "weighted": pl.Int64,
    **dict.fromkeys(("effective_number", "effective_low", "effective_high"), pl.Float64),
    **_ranged("hhi"),
    **_ranged("top_1", "_pct"),
    **_ranged("top_3", "_pct"),
    "above_5_pct": pl.Float64,
    "five_ten_forty": pl.Boolean,
    **_ranged("gini"),
    **dict.fromkeys(("count_pct", "value_pct"), pl.Float64),
    **_ranged("owned", "_pct"),
    **_ranged("active_share", "_pct"),
    **_ranged("look_through", "_usd"),
    **_ranged("purity", "_pct"),
    **dict.fromkeys(("market_pct", "round_pct", "stale_pct"), pl.Float64),
    "market_cap_date": pl.Date,
    **dict.fromkeys(("broad", "diversified", "pure"), pl.Boolean),
    **dict.fromkeys(("verdict", "finding"), pl.String),
    **dict.fromkeys(("holds_under", "policies", "holds_in", "scopes"), pl.Int64),
    "note": pl.String,
    "universe": pl.String,
    "scope": pl.String,
    "threshold_usd_m": pl.Float64,
}


def scorecard(
    ds: Dataset,
    investor: str = "alibaba",
    *,
    universe: Universe = "unicorns",
    scope: Scope | Sequence[Scope] = "genai",
    threshold_usd_m: float = UNICORN_USD_M,
    split: Split = "equal",
    credit_price: float = 1.0,
    leave_out: Sequence[str] = (),
    fund: str | None = "etf-kweb",
) -> pl.DataFrame:
    """An investor's figures as a fund issuer would print them, under each policy and weighting, and a verdict.

    Of its positions those in Chinese start-ups of the scope count.

    Three tests make the verdict. **Broad**: it holds at least half of the field, by count. **Diversified**: it passes the
    5/10/40 test of European funds. **Pure**: its AI stakes are at least 80 % of its market value, as for a fund named after
    a field. All passed is ``yes``, some ``in part``, none ``no``; ``unknown`` where a test that nobody can answer could
    change that.

    Parameters
    ----------
    ds : Dataset
        The data and its lens, all but the policy.
    investor : str
        Key of the investor, or ``state-funds``.
    universe, threshold_usd_m
        The field; see :func:`aitracker.ownership.coverage`.
    scope : {"genai", "ai", "model-maker"} or list of them
        The set of start-ups that all is about; with a list rows of each.
    split, credit_price, leave_out
        See :func:`aitracker.ownership.holdings`.
    fund : str, optional
        Key of the real fund beside it, of the table ``funds``, whose weights the series hold; None for none.

    Returns
    -------
    polars.DataFrame
        A row a scope, policy and weighting, then one of the fund: ``holder_id``, ``holder``, ``kind`` (``investor``,
        ``fund``), ``policy``, ``weighting``, ``as_of``; ``positions`` and how many are ``weighted``; ``effective_number``,
        ``hhi`` (0-1), ``top_1_pct``, ``top_3_pct``, ``gini`` with their intervals over all positions (exact; of ``gini`` the
        upper end is a bound), each null where positions without a weight could move it by more than 0.05 of a scale from 0
        to 1; ``above_5_pct`` (sum of the weights above 5 %), ``five_ten_forty`` (null: those without a weight could change
        it); ``count_pct``, ``value_pct``, ``owned_pct`` with interval (coverage); ``active_share_pct`` with interval (against
        all start-ups of the scope that have a value, by value); ``look_through_usd`` (AI stakes per 100 dollars of its stock)
        and ``purity_pct`` (the same as a share of its market value) with intervals, of which ``market_pct``, ``round_pct`` and
        ``stale_pct`` are market prices, prices of rounds, and older than 180 days on the ``market_cap_date``; ``broad``,
        ``diversified``, ``pure``, ``verdict``, ``finding`` (a sentence); ``holds_under`` of ``policies``: under how many of
        the six this scope and weighting gives this verdict; ``holds_in`` of ``scopes``: in how many of the three this policy
        and weighting gives it; ``note``, ``universe``, ``scope``, ``threshold_usd_m``. Percentages 0-100. Null is unknown, or
        does not apply: a fund is compared in its weights only, of which the largest are published.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    The metrics are those of :mod:`aitracker.concentration.measures`; the tests are ours and say what they rest on.
    """
    check_field(universe, threshold_usd_m)
    number("credit_price", credit_price, least=0, most=1)
    wanted = each("scope", [scope] if isinstance(scope, str) else scope, SCOPES, one=False, empty=False)
    asked = [one_of("scope", one, SCOPES) for one in wanted]
    left = keys(ds, "leave_out", leave_out, one=False)
    rows: list[dict[str, Any]] = []
    for policy in POLICIES:
        seen = _through(ds, policy)
        ledger, holder, date = ledger_of(seen, split), holder_of(seen, investor), ds.lens.as_of
        for one in SCOPES:
            frame = held(ledger, holder, date, one, credit_price=credit_price, leave_out=left)
            field = field_of(ledger, date, universe, one, float(threshold_usd_m))
            index = field_of(ledger, date, "all", one)
            shared: dict[str, Any] = {"policy": policy, "policies": len(POLICIES), "scopes": len(SCOPES)}
            shared |= _shared(seen, ledger, holder, frame, field, date)
            for weighting in WEIGHTINGS:
                row = shared | {"weighting": weighting} | spread(frame, weighting)
                row["facts"] = [*shared["facts"], *facts_of(frame, weighting), *index.value_facts]
                rows.append(_judged(row | _active(frame, weighting, index.usd_m)))
    for name, by in (("holds_under", ("scope", "weighting")), ("holds_in", ("policy", "weighting"))):
        votes = Counter((*(row[key] for key in by), row["verdict"]) for row in rows)
        for row in rows:
            row[name] = votes[(*(row[key] for key in by), row["verdict"])]
    rows = [row for one in asked for row in rows if row["scope"] == one]
    # Every policy has its own claims: each row is signed with those that it was computed from.
    parts = []
    for policy in POLICIES:
        mine = [(i, row) for i, row in enumerate(rows) if row["policy"] == policy]
        part = pl.DataFrame([row for _, row in mine], schema=_SCHEMA, orient="row")
        part = traced(_through(ds, policy), part, [row["facts"] for _, row in mine])
        parts.append(part.with_columns(turn=pl.Series([i for i, _ in mine], dtype=pl.Int64)))
    out = [pl.concat(parts).sort("turn").drop("turn")]
    if fund is not None:
        row = fund_row(ds, fund)
        out.append(traced(ds, pl.DataFrame([row], schema=_SCHEMA, orient="row"), [row["facts"]]))
    return pl.concat(out)


def _through(ds: Dataset, policy: Any) -> Dataset:
    same = policy == ds.lens.policy
    seen: Dataset = ds if same else ds.remember(("policy", policy), lambda: ds.at(policy=policy))
    return seen


def _shared(
    ds: Dataset, ledger: Ledger, holder: Holder, frame: pl.DataFrame, field: Field, date: dt.date | None
) -> dict[str, Any]:
    """What does not hang on the weights: coverage, and the stakes against the holder's own market value."""
    row: dict[str, Any] = {"holder_id": holder.id, "holder": holder.name, "kind": "investor"}
    row |= {k: v for k, v in cover(ledger, frame, date, field).items() if k in _SCHEMA}
    facts = [*field.facts, *stake_facts(frame, field)]
    cap = market_cap(ds, holder, date)
    if cap is None:
        return row | {"facts": facts, "note": "no market value of the holder by this date"}
    part = inside(frame, cap)
    facts += [*facts_of(frame, "value"), f"series|{cap['series_id']}|value"]
    for end in ("", "_low", "_high"):
        row[f"look_through{end}_usd"] = row[f"purity{end}_pct"] = part[f"usd{end}"]
    row |= {name: part[name] for name in ("market_pct", "round_pct", "stale_pct")}
    note = f"market value of {cap['date']}, {cap['basis']}; {part['rests_on']} of {part['rests_of']} positions can be valued"
    return row | {"facts": facts, "market_cap_date": cap["date"], "note": note}


def _active(frame: pl.DataFrame, weighting: Weighting, index: dict[str, float]) -> dict[str, float | None]:
    """Active share against an index of start-ups by value."""
    names = frame["startup_id"].to_list()
    keys = [*names, *sorted(set(index) - set(names))]
    theirs = [index.get(key, 0.0) for key in keys]
    blank = [0.0] * (len(keys) - len(names))
    whole, known = box(frame, weighting), box(frame, weighting, known=True)
    if not whole.weighs or not any(theirs):
        return {}
    own = [size or 0.0 for size in sizes(frame, weighting)]
    point = None
    if any(own):
        mine, total = sum(own), sum(theirs)
        point = active_share([v / mine for v in (*own, *blank)], [v / total for v in theirs])
        point = settled(point, active_share_bounds([*known.low, *blank], [*known.high, *blank], theirs, theirs))
    low, high = active_share_bounds([*whole.low, *blank], [*whole.high, *blank], theirs, theirs)
    return {
        "active_share_pct": None if point is None else 100 * point,
        "active_share_low_pct": 100 * low,
        "active_share_high_pct": 100 * high,
    }


def _either(low: float | None, high: float | None, least: float) -> bool | None:
    """Whether a figure reaches a mark; None where its interval leaves that open."""
    if low is not None and low >= least:
        return True
    return False if high is not None and high < least else None


def _judged(row: dict[str, Any]) -> dict[str, Any]:
    count, purity = row.get("count_pct"), row.get("purity_pct")
    low, high = row.get("purity_low_pct"), row.get("purity_high_pct")
    tests = {
        "broad": _either(count, count, BROAD_PCT),
        "diversified": row.get("five_ten_forty"),
        "pure": _either(purity, purity, PURE_PCT) if purity is not None else _either(low, high, PURE_PCT),
    }
    known = [value for value in tests.values() if value is not None]
    if any(known) and not all(known):
        verdict = "in part"
    elif len(known) < len(tests):
        verdict = "unknown"
    else:
        verdict = "yes" if all(known) else "no"
    pieces = []
    if count is not None:
        pieces.append(
            f"it holds {count:.0f} % of the {field_words(row['universe'], row['scope'], row['threshold_usd_m'])}"
        )
    if row.get("effective_number") is not None:
        pieces.append(f"its weights are worth {row['effective_number']:.1f} equal positions")
    elif row.get("effective_low") is not None:
        pieces.append(
            f"its weights are worth {row['effective_low']:.1f} to {row['effective_high']:.1f} equal positions"
        )
    if purity is not None:
        pieces.append(f"its stakes in them are {purity:.1f} % of its market value")
    elif low is not None:
        most = "at least" if high is None else "between"
        pieces.append(
            f"its stakes in them are {most} {low:.1f}{'' if high is None else f' and {high:.1f}'} % of its market value"
        )
    head = {"yes": "Yes", "no": "No", "in part": "In part", "unknown": "Unknown"}[verdict]
    return row | tests | {"verdict": verdict, "finding": f"{head}: {', '.join(pieces) or 'nothing can be weighed'}."}
