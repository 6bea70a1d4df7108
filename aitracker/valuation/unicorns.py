"""How long start-ups took to a first valuation of a billion, and the Kaplan-Meier curve of it."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from typing import TYPE_CHECKING, Literal, get_args

import polars as pl

from aitracker.asked import keys, number, one_of, scopes_within, waves_asked
from aitracker.facts import traced
from aitracker.valuation.history import MONTH, NO_FACTS, founding, values
from aitracker.vocabulary import FOREIGN, UNICORN_USD_M

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["time_to_unicorn", "unicorn_curve"]

Unvalued = Literal["left-out", "censored"]
By = Literal["wave", "segment", "country"]


def _end(ds: Dataset) -> dt.date:
    """Day up to which the data can tell whether a start-up had become a unicorn."""
    latest = ds.lookup(
        """SELECT max(day) FROM (
            SELECT max(as_of) AS day FROM data.valuations WHERE status <> 'in-talks'
            UNION ALL SELECT max(announced) FROM data.rounds WHERE status IN ('closed', 'reported'))""",
        shared=True,
    ).item()
    return min(day for day in (latest, ds.lens.as_of, ds.lens.known_by, dt.date.max) if day)


def time_to_unicorn(
    ds: Dataset,
    threshold_usd_m: float = UNICORN_USD_M,
    startups: Sequence[str] | str | None = None,
    *,
    waves: Sequence[str] | str | None = None,
    scope: str | None = None,
) -> pl.DataFrame:
    """Months from the founding of each start-up to its first value of at least a billion dollars, or another threshold.

    Headline values of rounds, sales of old shares and market capitalisations count; talks, targets and third parties'
    estimates do not. A start-up that is still below is right-censored at the as-of date, or at the latest date of the
    data; one that was taken over before, at that day.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    threshold_usd_m : float
        What counts, in millions of US dollars at the rate of the day; post-money (where only a pre-money is known, that
        with the new money).
    startups, waves : list of str, optional
        Only these; Chinese start-ups where neither is named.
    scope : {"model-maker", "genai", "ai"}, optional
        Only start-ups of this set; the sets are nested.

    Returns
    -------
    polars.DataFrame
        A row per start-up that had been founded: ``startup_id``, ``startup``, ``startup_zh``, ``wave``, ``segment``,
        ``scope``, ``country``, ``threshold_usd_m``, ``founded`` with ``founded_precision``, ``outcome`` (``reached``,
        ``below``: values are known and all are lower, ``no value``: none is known, so nothing can be said), ``date`` of
        the first value that counts with ``date_precision``, ``value_usd_m``, ``basis``, ``claims``, ``origins``,
        ``single_origin``, ``value_low_usd_m``, ``value_high_usd_m``, ``round_id``, ``source_id``, ``publisher``;
        ``months`` to it, or to ``censored`` (null: founding unknown, or the value is older than the company);
        ``months_low`` and ``months_high``: what fuzzy dates, claims that differ and unknown bases allow (high null: no
        value is above beyond doubt); ``last_below`` (day of the last lower value before it; null: the first value known
        was above, so the date is a latest one), ``months_below``; ``facts`` (the founding, and each value that was held
        against the threshold until one was above beyond doubt, with the new money that an open basis leaves) and
        ``seen``. Sorted by months.

    Raises
    ------
    ValueError
        When an argument is not allowed.
    """
    least = number("threshold_usd_m", threshold_usd_m, above=0)
    named = None if startups is None else keys(ds, "startups", startups)
    wanted, scopes = waves_asked(waves, startups), scopes_within(scope)
    counted = values(ds, startups, waves=waves, talks=False).filter("headline")
    maybe = pl.max_horizontal("value_high_usd_m", "post_high_usd_m") >= least
    surely = pl.col("post_low_usd_m") >= least
    # A pre-money below may be a post-money above: with the new money it is, or may be.
    above = (pl.col("value_usd_m") >= least) | surely
    reached = (
        counted.filter(above)
        .group_by("startup_id", maintain_order=True)
        .first()
        .select(
            "startup_id", "date", "date_precision", "day", "value_usd_m", "value_low_usd_m", "value_high_usd_m", "basis",
            "claims", "origins", "single_origin",
            "round_id", "source_id", "publisher", "months",
        )
    )  # fmt: skip
    counted = counted.with_columns(turn=pl.int_range(pl.len()).over("startup_id"))
    ends = (
        counted.group_by("startup_id", maintain_order=True)
        .agg(
            valued=pl.len(),
            months_low=pl.col("months_low").filter(maybe).min(),
            months_high=pl.col("months_high").filter(surely).min(),
            settled=pl.coalesce(
                pl.col("turn").filter(surely).sort_by(pl.col("months_high").filter(surely), nulls_last=True).first(),
                pl.col("turn").max(),
            ),
        )
    )  # fmt: skip
    told = (
        counted.join(ends.select("startup_id", "settled"), on="startup_id", validate="m:1", maintain_order="left")
        .filter(pl.col("turn") <= pl.col("settled"))
        .with_columns(
            held=pl.concat_list(
                "value_facts", pl.when(pl.col("basis").is_in(["pre-money", "unstated"])).then("money_facts").otherwise(NO_FACTS)
            )
        )
        .group_by("startup_id", maintain_order=True)
        .agg(value_facts=pl.col("held").explode().unique(maintain_order=True))
    )  # fmt: skip
    last = (
        counted.join(reached.select("startup_id", crossed="day"), on="startup_id", how="left", validate="m:1")
        .filter(~above & (pl.col("crossed").is_null() | (pl.col("day") <= pl.col("crossed"))))
        .group_by("startup_id", maintain_order=True)
        .agg(last_below=pl.col("day").max(), months_below=pl.col("months").max())
    )
    everyone = ds.lookup(
        """SELECT s.startup_id, s.name AS startup, s.name_zh AS startup_zh, s.wave, s.segment, s.scope, s.country,
            CASE WHEN s.status = 'acquired' THEN s.exit_date END AS gone
        FROM startups s ORDER BY s.startup_id"""
    )
    for column, chosen in (("startup_id", named), ("wave", wanted), ("scope", scopes)):
        if chosen is not None:
            everyone = everyone.filter(pl.col(column).is_in(chosen))
    end = _end(ds)
    whole = everyone
    for frame in (founding(ds), reached, ends, last, told):
        whole = whole.join(frame, on="startup_id", how="left", validate="1:1", maintain_order="left")
    hit = pl.col("day").is_not_null()
    stop = pl.min_horizontal(pl.lit(end), pl.col("gone"))
    times = (
        whole.with_columns(
            outcome=pl.when(hit)
            .then(pl.lit("reached"))
            .when(pl.col("valued") > 0)
            .then(pl.lit("below"))
            .otherwise(pl.lit("no value")),
            censored=pl.when(~hit).then(stop),
        )
        .with_columns(
            months=pl.coalesce("months", (pl.col("censored") - pl.col("founded_day")).dt.total_days() / MONTH),
            # Of a value older than the company there is no age, whatever later values say.
            months_low=pl.when(hit & pl.col("months").is_not_null()).then("months_low"),
            months_high=pl.when(hit & pl.col("months").is_not_null()).then("months_high"),
            threshold_usd_m=pl.lit(least),
            facts=pl.concat_list(pl.coalesce("age_facts", NO_FACTS), pl.coalesce("value_facts", NO_FACTS)),
        )
        .filter(pl.col("months").is_null() | (pl.col("months") >= 0))
        .select(
            "startup_id", "startup", "startup_zh", "wave", "segment", "scope", "country", "threshold_usd_m", "founded",
            "founded_precision", "outcome", "date", "date_precision", "value_usd_m", "basis", "months", "months_low", "months_high",
            "last_below", "months_below", "censored", "value_low_usd_m", "value_high_usd_m", "claims", "origins",
            "single_origin", "round_id", "source_id", "publisher", "facts",
        )
        .sort("months", "startup_id", nulls_last=True)
    )  # fmt: skip
    return traced(ds, times)


def unicorn_curve(
    ds: Dataset,
    threshold_usd_m: float = UNICORN_USD_M,
    *,
    by: By = "wave",
    unvalued: Unvalued = "left-out",
    waves: Sequence[str] | str | None = None,
    scope: str | None = None,
) -> pl.DataFrame:
    r"""Kaplan-Meier curve of the time to a billion, or another threshold: the share that is still below it at each age.

    S(t) = prod over event ages t_j <= t of (1 - d_j / n_j), with d_j start-ups reaching it at t_j and n_j at risk just
    before. Estimator and interval (95 per cent, Greenwood's variance on the log-log scale) are those of
    ``scipy.stats.ecdf``.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    threshold_usd_m : float
        As in :func:`time_to_unicorn`.
    by : {"wave", "segment", "country"}
        One curve for each.
    unvalued : {"left-out", "censored"}
        Start-ups without any known value: left out, or counted as still below; the truth lies between.
    waves : list of str, optional
        Only these; the Chinese ones where none is named.
    scope : {"model-maker", "genai", "ai"}, optional
        The set that the share is of; all tracked start-ups of the waves where none is named.

    Returns
    -------
    polars.DataFrame
        Per group from month 0: ``months``, ``survival`` (0 to 1), ``survival_low`` and ``survival_high`` (null: not
        defined, before the first event and where nobody is left), ``reached_pct`` (100 x (1 - survival)) with
        ``reached_low_pct`` and ``reached_high_pct``, ``at_risk`` (just before that age), ``events``, ``censored``,
        ``startups`` (of the group), ``foreign`` (how many of these are foreign comparators), ``threshold_usd_m``, ``scope``
        (null: no set was named); ``facts`` (of every start-up of the group: each was at risk) and ``seen``. Sorted by
        group and age.

    Raises
    ------
    ValueError
        When an argument is not allowed.

    Notes
    -----
    The start-ups were picked by hand, many because they had become large: the curve compares waves within this
    selection and is no rate for start-ups at large. E. L. Kaplan and P. Meier, "Nonparametric estimation from
    incomplete observations", Journal of the American Statistical Association 53 (1958) 457-481.
    """
    one_of("by", by, get_args(By))
    one_of("unvalued", unvalued, get_args(Unvalued))
    times = time_to_unicorn(ds, threshold_usd_m, waves=waves, scope=scope).filter(
        pl.col("months").is_not_null() & ((pl.col("outcome") != "no value") | (unvalued == "censored"))
    )
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        by: pl.String, "months": pl.Float64, "survival": pl.Float64, "survival_low": pl.Float64,
        "survival_high": pl.Float64, "at_risk": pl.Int64, "events": pl.Int64, "censored": pl.Int64, "startups": pl.Int64,
        "foreign": pl.Int64, "facts": pl.List(pl.String),
    }  # fmt: skip
    rows: list[dict[str, object]] = []
    for (group,), members in sorted(times.group_by(by), key=lambda pair: str(pair[0])):
        hit = members["outcome"] == "reached"
        found = kaplan_meier(members.filter(hit)["months"].to_list(), members.filter(~hit)["months"].to_list())
        theirs = members["facts"].explode().drop_nulls().unique(maintain_order=True).to_list()
        same = {"startups": members.height, "foreign": (members["wave"] == FOREIGN).sum(), "facts": theirs}
        rows += [{by: str(group or "unknown"), **row, **same} for row in found]
    curve = pl.DataFrame(rows, schema=schema).with_columns(
        reached_pct=100 * (1 - pl.col("survival")),
        reached_low_pct=100 * (1 - pl.col("survival_high")),
        reached_high_pct=100 * (1 - pl.col("survival_low")),
        threshold_usd_m=pl.lit(float(threshold_usd_m)),
        scope=pl.lit(scope, dtype=pl.String),
    )
    return traced(ds, curve)


def kaplan_meier(events: Sequence[float], censored: Sequence[float]) -> list[dict[str, float | int | None]]:
    """Estimate S(t) at 0 and at every age that was seen; see :func:`unicorn_curve` for the columns.

    Parameters
    ----------
    events, censored
        Ages at which it happened, and ages up to which it had not.
    """
    from scipy.stats import CensoredData, ecdf  # type: ignore[import-untyped]  # only a curve needs it

    survival = ecdf(CensoredData(uncensored=list(events), right=list(censored))).sf
    with warnings.catch_warnings():
        # SciPy warns where the interval is not defined (S is 1 or 0); these ends are null here.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = survival.confidence_interval(confidence_level=0.95, method="log-log")
    total = len(events) + len(censored)
    rows: list[dict[str, float | int | None]] = [
        {"months": 0.0, "survival": 1.0, "survival_low": None, "survival_high": None, "at_risk": total}
    ]
    for age, share, low, high in zip(
        survival.quantiles, survival.probabilities, interval.low.probabilities, interval.high.probabilities, strict=True
    ):
        at_risk = sum(t >= age for t in (*events, *censored))
        defined = {"survival_low": float(low), "survival_high": float(high)}
        ends = {key: value if math.isfinite(value) else None for key, value in defined.items()}
        rows.append({"months": float(age), "survival": float(share), **ends, "at_risk": at_risk})
    # The first row is the start, before anything happened; what happened in month 0 has a row of its own.
    rows[0] |= {"events": 0, "censored": 0}
    for row in rows[1:]:
        row["events"] = sum(t == row["months"] for t in events)
        row["censored"] = sum(t == row["months"] for t in censored)
    if len(rows) > 1 and rows[1]["months"] == 0.0 and not rows[1]["events"]:
        rows[0]["censored"] = rows.pop(1)["censored"]
    return rows
