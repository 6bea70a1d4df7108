"""What a holder owns at a date, as a fund would publish it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from aitracker.asked import Scope, keys, number, one_of, words
from aitracker.facts import traced
from aitracker.ownership.ledger import holder_of, ledger_of
from aitracker.ownership.positions import POSITION, held
from aitracker.ownership.weights import WEIGHTINGS, Weighting, weigh
from aitracker.vocabulary import SCOPES, WAVES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from aitracker.dataset import Dataset
    from aitracker.flows.splits import Split

__all__ = ["holdings"]

_WEIGHTS: Final = ("weight", "weight_low", "weight_high")
_FACTS: Final = ("stake_facts", "value_facts", "cost_facts")


def holdings(
    ds: Dataset,
    investor: str = "alibaba",
    as_of: dt.date | str | None = None,
    *,
    weighting: Weighting = "value",
    split: Split = "equal",
    credit_price: float = 1.0,
    leave_out: Sequence[str] = (),
    scope: Scope = "ai",
    waves: Sequence[str] | None = None,
) -> pl.DataFrame:
    """An investor's positions at a date, as a fund would publish them.

    ``value = stake x latest value of the start-up`` (post-money, market value, pre-money with its new money, or of unstated
    basis; no targets, estimates, talks or prices of old shares). A post-money overstates what shares would fetch (by 48 %
    on average: Gornall & Strebulaev, Journal of Financial Economics 135, 2020); no haircut is taken.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; its ``group`` decides whose vehicles belong to the investor.
    investor : str
        Key of the investor, or ``state-funds``.
    as_of : date or ISO text, optional
        The date, in place of the lens's own.
    weighting : {"value", "cost", "cash", "count"}
        What ``weight`` is of: marked value, cost, cash cost, or one each.
    split : str
        How a round is divided among investors without a stated part; see :func:`aitracker.round_split`.
    credit_price : float
        What a dollar of credits or other payment in kind counts in the cost, 0 to 1; the stake does not change with it.
    leave_out : list of str
        Start-ups to pretend away.
    scope : {"ai", "genai", "model-maker"}
        Which Chinese start-ups: all that are tracked, those of the wave after ChatGPT, or model makers alone.
    waves : list of str, optional
        Words of the waves of start-ups; all Chinese ones without. Positions in the foreign comparators are given to who asks
        for the wave ``foreign``.

    Returns
    -------
    polars.DataFrame
        A row a position, by weight; sold and bought-up ones are left out. ``startup_id``, ``startup``, ``startup_zh``,
        ``wave``; ``stake_pct`` (0-100) with its interval; ``basis`` of the stake: ``disclosed``, ``disclosed, diluted`` (by
        later rounds), ``disclosed, added to`` (in later rounds), ``estimated`` (from rounds alone), ``combined`` (of several
        members), ``unknown``; ``stake_date`` (last disclosure or round taken part in); ``valuation_usd_m`` with interval,
        ``value_date``, ``age_days`` (from then to the date, or to the newest fact), ``stale`` (older than 180 days),
        ``valuation_basis``; ``value_usd_m`` (millions of US dollars), ``cost_usd_m`` (of the rounds taken part in since 0; what
        is known of it), ``cash_usd_m`` (cost less what was in kind; money of unknown instrument counts as cash, its low end does
        not), ``in_kind_usd_m`` (null: no source speaks of it), each with interval; ``weight`` (0-1, **of what can be
        weighed**: those known sum to 1; null: cannot be weighed) and ``weight_low`` to ``weight_high`` (of all positions: every
        other one may take either end of its interval; see :mod:`aitracker.ownership.weights`), ``rounds``, ``source_id``,
        ``valuation_source_id``; ``investor_id``, ``investor``, ``weighting``, ``scope``. Null is unknown: a position that
        cannot be valued stays in the frame. ``facts`` are those of the position alone; a weight rests on those of all rows.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.

    Notes
    -----
    Stakes as in :func:`aitracker.stake_path`. Sales that nobody disclosed are not seen.
    """
    one_of("weighting", weighting, WEIGHTINGS)
    number("credit_price", credit_price, least=0, most=1)
    one_of("scope", scope, SCOPES)
    date = ds.lens.as_of if as_of is None else ds.at(as_of=as_of).lens.as_of
    ledger, holder = ledger_of(ds, split), holder_of(ds, investor)
    left, asked = keys(ds, "leave_out", leave_out, one=False), words("waves", waves, WAVES, one=False, empty=False)
    frame = held(ledger, holder, date, scope, waves=asked, credit_price=credit_price, leave_out=left)
    said = {"investor_id": holder.id, "investor": holder.name, "weighting": weighting, "scope": scope}
    own = [name for name in POSITION if name not in {"most_usd_m", "most_facts", *_FACTS}]
    own[own.index("rounds") : own.index("rounds")] = _WEIGHTS
    rows = weigh(frame, weighting).with_columns(pl.lit(word).alias(name) for name, word in said.items())
    facts = [[one for told in row for one in told or ()] for row in rows.select(_FACTS).iter_rows()]
    return traced(ds, rows.select(*own, *said), facts)
