"""Is a holder "the China AI ETF"? Its figures under every policy and weighting, a real fund's beside them, and a verdict."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any, get_args

import polars as pl

from aitracker.concentration.measures import (
    active_share,
    effective_number,
    five_ten_forty,
    gini,
    hhi,
    hhi_bounds,
    top_share,
)
from aitracker.lens import POLICIES, one_of
from aitracker.ownership.coverage import Universe, cover, market_cap, universe_values, worth
from aitracker.ownership.funds import fund_row
from aitracker.ownership.holdings import WEIGHTINGS, Weighting, box, positions, sizes
from aitracker.ownership.ledger import holder_of, ledger_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["BROAD_PCT", "PURE_PCT", "scorecard", "spread"]

BROAD_PCT = 50.0
"""A fund of a field holds at least half of its start-ups; ours."""
PURE_PCT = 80.0
"""A fund named after a field has at least 80 % of its assets in it (US Investment Company Act, rule 35d-1)."""

_NUMBERS = (
    "effective_number",
    "effective_low",
    "effective_high",
    "hhi",
    "hhi_low",
    "hhi_high",
    "top_1_pct",
    "top_3_pct",
    "above_5_pct",
)
_MORE = (
    "count_pct",
    "value_pct",
    "owned_pct",
    "active_share_pct",
    "look_through_usd",
    "look_through_low_usd",
    "look_through_high_usd",
    "purity_pct",
    "purity_low_pct",
    "purity_high_pct",
)
_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("holder_id", "holder", "kind", "policy", "weighting"), pl.String),
    "as_of": pl.Date,
    "positions": pl.Int64,
    "weighted": pl.Int64,
    **dict.fromkeys(_NUMBERS, pl.Float64),
    "five_ten_forty": pl.Boolean,
    "gini": pl.Float64,
    **dict.fromkeys(_MORE, pl.Float64),
    **dict.fromkeys(("broad", "diversified", "pure"), pl.Boolean),
    **dict.fromkeys(("verdict", "finding"), pl.String),
    **dict.fromkeys(("holds_under", "policies"), pl.Int64),
    "note": pl.String,
}


def spread(frame: pl.DataFrame, weighting: Weighting) -> dict[str, Any]:
    """Concentration of some positions, the HHI with its exact interval; nulls where nothing can be weighed."""
    out: dict[str, Any] = {"positions": frame.height}
    v = [size for size in sizes(frame, weighting) if size is not None]
    out["weighted"] = len(v)
    low, high = box(frame, weighting)
    if any(high):
        out["hhi_low"], out["hhi_high"] = hhi_bounds(low, high)
        out["effective_low"], out["effective_high"] = 1 / out["hhi_high"], 1 / out["hhi_low"]
    if sum(v) > 0:
        test = five_ten_forty(v)
        out |= {
            "hhi": hhi(v),
            "effective_number": effective_number(v),
            "top_1_pct": 100 * top_share(v, 1),
            "top_3_pct": 100 * top_share(v, 3),
            "above_5_pct": 100 * test.above_five,
            "five_ten_forty": test.passes,
            "gini": gini(v),
        }
    return out


def scorecard(
    ds: Dataset,
    investor: str = "alibaba",
    *,
    universe: Universe = "unicorns",
    split: Split = "equal",
    credit_price: float = 1.0,
    leave_out: Sequence[str] = (),
    fund: str | None = "etf-kweb",
) -> pl.DataFrame:
    """An investor's figures as a fund issuer would print them, under each policy and weighting, and a verdict.

    Of its positions those in Chinese start-ups count.

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
    universe : {"unicorns", "all"}
        The field; see :func:`aitracker.ownership.coverage`.
    split, credit_price, leave_out
        See :func:`aitracker.ownership.holdings`.
    fund : str, optional
        Key of the real fund beside it, of the table ``funds``, whose weights the series hold; None for none.

    Returns
    -------
    polars.DataFrame
        A row a policy and weighting, then one of the fund: ``holder_id``, ``holder``, ``kind`` (``investor``, ``fund``),
        ``policy``, ``weighting``, ``as_of``; ``positions`` and how many are ``weighted``; ``effective_number`` and ``hhi``
        (0-1) with exact intervals (over the weighted positions, and those that have bounds only); ``top_1_pct``,
        ``top_3_pct``, ``above_5_pct`` (sum of the weights above 5 %), ``five_ten_forty``, ``gini``; ``count_pct``,
        ``value_pct``, ``owned_pct`` (coverage); ``active_share_pct`` (against all tracked Chinese start-ups by value);
        ``look_through_usd`` (AI stakes per 100 dollars of its stock) and ``purity_pct`` (the same as a share of its market
        value) with intervals; ``broad``, ``diversified``, ``pure``, ``verdict``, ``finding`` (a sentence); ``holds_under``
        of ``policies``: under how many of the six this weighting gives this verdict; ``note``. Percentages 0-100. Null is
        unknown, or does not apply: a fund is compared in its weights only, of which the largest are published.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    The metrics are those of :mod:`aitracker.concentration.measures`; the tests are ours and say what they rest on.
    """
    one_of("universe", universe, get_args(Universe))
    rows: list[dict[str, Any]] = []
    for policy in POLICIES:
        seen = ds if policy == ds.lens.policy else ds.remember(("policy", policy), lambda p=policy: ds.at(policy=p))  # type: ignore[misc]
        ledger, holder, date = ledger_of(seen, split), holder_of(seen, investor), ds.lens.as_of
        left = [one_of("leave_out", startup, ledger.startups) for startup in leave_out]
        frame = positions(ledger, holder, date, credit_price=credit_price, leave_out=left)
        frame = frame.filter(pl.col("wave") != "foreign")
        field = {s: v for s, v in universe_values(ledger, date).items() if v is not None}
        shared = {
            "holder_id": holder.id,
            "holder": holder.name,
            "kind": "investor",
            "policy": policy,
            "as_of": date or ledger.horizon,
            "policies": len(POLICIES),
            **{
                k: v
                for k, v in cover(ledger, frame, date, universe).items()
                if k in {"count_pct", "value_pct", "owned_pct"}
            },
            **_inside(frame, market_cap(seen, holder, date)),
        }
        for weighting in WEIGHTINGS:
            row = shared | {"weighting": weighting} | spread(frame, weighting)
            row["active_share_pct"] = _active(frame, weighting, field)
            rows.append(_judged(row, universe))
    votes = Counter((row["weighting"], row["verdict"]) for row in rows)
    for row in rows:
        row["holds_under"] = votes[row["weighting"], row["verdict"]]
    if fund is not None:
        rows.append(fund_row(ds, fund))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _inside(frame: pl.DataFrame, cap: dict[str, Any] | None) -> dict[str, Any]:
    """AI stakes against the holder's own market value."""
    if cap is None:
        return {"note": "no market value of the holder by this date"}
    part, low, high = (100 * usd_m / cap["usd_m"] for usd_m in worth(frame))
    return {
        "look_through_usd": part,
        "look_through_low_usd": low,
        "look_through_high_usd": high,
        "purity_pct": part,
        "purity_low_pct": low,
        "purity_high_pct": high,
        "note": f"market value of {cap['date']}, {cap['basis']}",
    }


def _active(frame: pl.DataFrame, weighting: Weighting, field: dict[str, float]) -> float | None:
    """Active share against all tracked Chinese start-ups by value."""
    own = dict(zip(frame["startup_id"], sizes(frame, weighting), strict=True))
    own = {startup: size for startup, size in own.items() if size is not None}
    mine, whole = math.fsum(own.values()), math.fsum(field.values())
    if not mine or not whole:
        return None
    keys = sorted({*own, *field})
    return 100 * active_share([own.get(k, 0.0) / mine for k in keys], [field.get(k, 0.0) / whole for k in keys])


def _judged(row: dict[str, Any], universe: Universe) -> dict[str, Any]:
    count, purity = row.get("count_pct"), row.get("purity_pct")
    tests = {
        "broad": None if count is None else count >= BROAD_PCT,
        "diversified": row.get("five_ten_forty"),
        "pure": None if purity is None else purity >= PURE_PCT,
    }
    known = [value for value in tests.values() if value is not None]
    if any(known) and not all(known):
        verdict = "in part"
    elif len(known) < len(tests):
        verdict = "unknown"
    else:
        verdict = "yes" if all(known) else "no"
    field = "unicorns" if universe == "unicorns" else "tracked start-ups"
    pieces = []
    if count is not None:
        pieces.append(f"it holds {count:.0f} % of the {field}")
    if row.get("effective_number") is not None:
        pieces.append(f"its weights are worth {row['effective_number']:.1f} equal positions")
    if purity is not None:
        pieces.append(f"AI stakes are {purity:.1f} % of its market value")
    head = {"yes": "Yes", "no": "No", "in part": "In part", "unknown": "Unknown"}[verdict]
    return row | tests | {"verdict": verdict, "finding": f"{head}: {', '.join(pieces) or 'nothing can be weighed'}."}
