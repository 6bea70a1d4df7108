"""What talks became, and what hangs on one source alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from aitracker.asked import key, waves_asked
from aitracker.facts import fact, traced
from aitracker.provenance.labels import FACTS
from aitracker.vocabulary import UNICORN_USD_M

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitracker.dataset import Dataset

__all__ = ["influence", "rumours"]


def rumours(ds: Dataset, *, waves: Sequence[str] | str | None = None) -> pl.DataFrame:
    """Each talk, and what it became: the size that was rumoured against the size that was closed.

    A talk is a round in talks or called off, or a valuation in talks. What it became is the row that the curators name
    (``superseded_by`` of a round; the round of a valuation), where that closed; else the start-up's next close after it
    on the same side (new money for equity after new money, a price of old shares after one; the same kind otherwise). A
    talk is never blended with its close: both figures stand side by side, and their ratio is the close over the rumour.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; a close that the lens does not show has not happened yet.
    waves : list of str, optional
        Talks of start-ups of these waves only; of the Chinese ones where none is named.

    Returns
    -------
    polars.DataFrame
        A row a talk, by date: ``startup_id``, ``startup``, ``wave``, ``subject_kind`` (``round`` or ``valuation``),
        ``subject_id``, ``field`` (of the figure; ``status`` where there is none), ``rumoured`` (day) with
        ``date_precision``, ``basis`` (of a valuation), and ``rumour_usd_m`` with ``rumour_low_usd_m`` and
        ``rumour_high_usd_m`` (millions of US dollars; null: no figure). ``outcome``:
        ``closed`` (the curators name the close; without a row for its price, nothing stands beside it), ``next close``
        (closed later, the tie is by date alone), ``cancelled``,
        ``open`` (no close is known under the lens). ``became_kind``, ``became_id``, ``became`` (day), ``became_precision``,
        ``became_basis``, ``became_usd_m`` with its two ends (null: none, or unknown), ``ratio_x`` (close over rumour; null
        where either figure is unknown), ``days`` (from talk to close; exact where both dates are days), ``publisher``,
        ``source_kind`` and ``source_id`` of the rumour, ``became_source_id``; ``facts`` (the talk, and the close) and
        ``seen``.

    Notes
    -----
    Values of different bases (a target before a market capitalisation) are set side by side, and ``basis`` and
    ``became_basis`` say so. The definition is our own; see "Facts and claims" in the method notes of the data sheet.
    """
    talks = ds.lookup(
        """WITH money AS (
            SELECT 'round' AS subject_kind, round_id AS subject_id, 'amount' AS field, startup_id, announced AS day, date_precision,
                NULL::VARCHAR AS basis, status, superseded_by AS named, NULL::VARCHAR AS round_id, is_umbrella,
                CASE WHEN kind IN ('equity', 'ipo', 'placing') THEN 'new money' ELSE kind END AS side,
                amount_usd_m AS usd, amount_low_usd_m AS low, amount_high_usd_m AS high, source_id
            FROM rounds
            UNION ALL
            SELECT 'valuation', v.valuation_id, 'value', v.startup_id, v.date, v.date_precision, v.basis, v.status,
                -- The closed price of the talked-of round, or of the round that these talks became.
                (SELECT arg_min(o.valuation_id,
                        (list_position(['pre-money', 'post-money', 'unstated', 'market-cap'], o.basis), o.valuation_id))
                    FROM valuations o WHERE o.status = 'closed' AND o.basis IN ('pre-money', 'post-money', 'unstated', 'market-cap')
                    AND o.round_id IN (v.round_id, r.superseded_by)
                    -- a pre-money is measured on a pre-money where there is one, anything else on a post-money
                    AND (o.basis = 'pre-money') = (v.basis = 'pre-money' AND EXISTS (SELECT 1 FROM valuations p
                        WHERE p.status = 'closed' AND p.basis = 'pre-money' AND p.round_id IN (v.round_id, r.superseded_by)))),
                v.round_id, false, CASE v.basis WHEN 'secondary' THEN 'old shares' ELSE 'price' END,
                v.value_usd_m, v.value_low_usd_m, v.value_high_usd_m, v.source_id
            FROM valuations v LEFT JOIN rounds r USING (round_id)
        ), closes AS (
            SELECT * FROM money WHERE status = 'closed' AND day IS NOT NULL AND NOT is_umbrella
                AND (basis IS NULL OR basis NOT IN ('estimate', 'target'))
        ), talks AS (
            SELECT * FROM money WHERE status = 'in-talks' OR (status = 'cancelled' AND subject_kind = 'round')
        ), priced AS (
            -- The talked-of round closed, but at a price that nobody states: no later price takes its place.
            SELECT t.*, t.subject_kind = 'valuation' AND t.named IS NULL AND coalesce(r.status = 'closed', false) AS unpriced
            FROM talks t LEFT JOIN rounds r USING (round_id)
        ), tied AS (
            SELECT t.*, CASE WHEN t.named IS NOT NULL THEN t.named WHEN t.status <> 'cancelled' AND NOT t.unpriced THEN (
                    SELECT arg_min(c.subject_id, (c.day, c.usd IS NULL, c.basis IS DISTINCT FROM t.basis, c.subject_id)) FROM closes c
                    WHERE c.startup_id = t.startup_id AND c.subject_kind = t.subject_kind AND c.side = t.side
                        -- a pre-money is not a post-money
                        AND (c.basis IS DISTINCT FROM 'pre-money' OR t.basis = 'pre-money') AND c.day > t.day) END AS became_id
            FROM priced t
        )
        SELECT t.startup_id, s.name AS startup, s.wave, t.subject_kind, t.subject_id,
            CASE WHEN t.usd IS NULL THEN 'status' ELSE t.field END AS field, t.day AS rumoured, t.date_precision, t.basis,
            t.usd AS rumour_usd_m, t.low AS rumour_low_usd_m, t.high AS rumour_high_usd_m,
            CASE WHEN t.unpriced OR (t.named IS NOT NULL AND c.status = 'closed') THEN 'closed' WHEN c.status = 'closed' THEN 'next close'
                 WHEN t.status = 'cancelled' THEN 'cancelled' ELSE 'open' END AS outcome,
            c.subject_kind AS became_kind, c.subject_id AS became_id, c.day AS became, c.date_precision AS became_precision,
            c.basis AS became_basis, c.usd AS became_usd_m, c.low AS became_low_usd_m, c.high AS became_high_usd_m,
            c.usd / t.usd AS ratio_x, c.day - t.day AS days,
            regexp_replace(p.publisher, ' \\(.*$', '') AS publisher, p.kind AS source_kind, t.source_id, c.source_id AS became_source_id
        FROM tied t JOIN data.startups s USING (startup_id) JOIN data.sources p ON p.source_id = t.source_id
        LEFT JOIN closes c ON c.subject_kind = t.subject_kind AND c.subject_id = t.became_id
        ORDER BY t.day NULLS LAST, t.subject_kind, t.subject_id"""
    )
    talks = talks.filter(pl.col("wave").is_in(waves_asked(waves) or []))
    # A round without a figure is known by its status alone.
    close = (
        pl.when(pl.col("became_usd_m").is_null() & (pl.col("became_kind") == "round"))
        .then(pl.lit("status"))
        .when(pl.col("became_kind") == "round")
        .then(pl.lit("amount"))
        .otherwise(pl.lit("value"))
    )
    both = [pl.concat_str(k, pl.lit("|"), i, pl.lit("|"), f) for k, i, f in
            (("subject_kind", "subject_id", "field"), ("became_kind", "became_id", close))]  # fmt: skip
    cited = pl.concat_list("source_id", "became_source_id").list.drop_nulls()
    return traced(ds, talks.with_columns(facts=pl.concat_list(both).list.drop_nulls()), cited=cited)


def influence(ds: Dataset, source: str | None = None) -> pl.DataFrame:
    """Leave one origin out, with every page that repeats it: which facts and verdicts move.

    For each origin o in turn the policy of the lens chooses again among the claims of the others. A fact that only o
    states is lost; one whose value then comes from elsewhere has moved. The verdicts are computed anew from what is left.

    Parameters
    ----------
    ds : Dataset
        The data and its lens; ``policy`` and ``known_by`` say what there is to choose from, ``as_of`` what had happened.
    source : str, optional
        One source; it stands for its whole origin. All origins where none is given.

    Returns
    -------
    polars.DataFrame
        A row per origin and fact or verdict that moves, the widest first: ``origin_id``, ``publisher``, ``what``
        (``fact``; ``unicorn``: whether any price of the start-up, targets left out, reached US$1bn; ``raised``: closed
        new money of the start-up that counts in totals), ``startup_id``, ``subject_kind``, ``subject_id`` and ``field`` (of a
        verdict: the fact that decided it), ``fact`` (label), ``unit`` (USD_m, pct, or yes/no as 1 and 0), ``before``,
        ``after`` (null: nothing is left), ``change`` (``lost`` or ``moved``), ``shift_pct`` (after over before, less one;
        null where lost), ``source_id`` (of the value after; null where lost); ``facts`` (the fact; of a verdict all prices,
        or all closed rounds, of the start-up) and ``seen``.

    Raises
    ------
    ValueError
        When there is no such source; the message names the nearest.

    Notes
    -----
    Leave-one-out influence, as in regression diagnostics; a policy takes printed values, so nothing is estimated.
    """
    if source is not None:
        source = key(ds, "source", source, "source")
    rows = ds.remember("influence", lambda: _influence(ds))
    if source is not None:
        origins = dict(
            ds.lookup("SELECT source_id, coalesce(origin_id, source_id) FROM data.sources", shared=True).rows()
        )
        rows = rows.filter(pl.col("origin_id") == origins[source])
    return traced(ds, rows)


def _influence(ds: Dataset) -> pl.DataFrame:
    con = ds.scratch()
    try:
        # A table of our own in place of the stored one, on a connection of our own: for each fact and each origin behind
        # it a copy of all its claims with that origin's deprecated. The macro that chooses among
        # claims then chooses for all copies.
        con.execute(
            """CREATE TEMP TABLE all_claims AS
            SELECT c.* REPLACE (c.subject_id || chr(31) || o.left_out AS subject_id,
                CASE WHEN c.origin_id = o.left_out THEN 'deprecated' ELSE c.rank END AS rank)
            FROM aitracker.main.all_claims c
            JOIN (SELECT DISTINCT subject_kind, subject_id, field, origin_id AS left_out FROM aitracker.main.all_claims) o
                USING (subject_kind, subject_id, field)"""
        )
        relation = con.sql(
            """SELECT subject_kind, split_part(subject_id, chr(31), 1) AS subject_id, field,
                split_part(subject_id, chr(31), 2) AS origin_id,
                coalesce(value_usd_m, value) AS after, source_id
            FROM choose(CAST(getvariable('known_by') AS DATE), getvariable('policy'))"""
        )
        without = pl.DataFrame(relation)
    finally:
        con.close()
    before = ds.lookup(
        f"""SELECT r.subject_kind, r.subject_id, r.field, f.startup_id, f.fact,
            CASE WHEN r.dimension = 'money' THEN 'USD_m' ELSE 'pct' END AS unit, coalesce(r.value_usd_m, r.value) AS before
        FROM resolved(CAST(getvariable('known_by') AS DATE), getvariable('policy')) r
        JOIN ({FACTS}) f USING (subject_kind, subject_id)
        WHERE getvariable('as_of') IS NULL OR r.happened <= getvariable('as_of')"""
    )
    backing = ds.lookup(
        "SELECT DISTINCT subject_kind, subject_id, field, origin_id FROM resolvable(CAST(getvariable('known_by') AS DATE))"
    )
    keys = ["subject_kind", "subject_id", "field"]
    pairs = before.join(backing, on=keys, validate="1:m").join(
        without, on=[*keys, "origin_id"], how="left", validate="1:1"
    )
    facts = pairs.filter(pl.col("after").is_null() | ((pl.col("after") - pl.col("before")).abs() > 1e-9))
    facts = facts.with_columns(
        what=pl.lit("fact"), facts=pl.concat_list(pl.concat_str(keys[0], pl.lit("|"), keys[1], pl.lit("|"), keys[2]))
    )
    verdicts = [_unicorns(ds, before, facts), _raised(ds, facts)]
    columns = [
        "origin_id", "what", "startup_id", *keys, "fact", "unit", "before", "after", "facts", "source_id",
    ]  # fmt: skip
    publishers = ds.lookup(
        "SELECT source_id AS origin_id, regexp_replace(publisher, ' \\(.*$', '') AS publisher FROM data.sources",
        shared=True,
    )
    return (
        pl.concat([frame.select(columns) for frame in (facts, *verdicts)])
        .join(publishers, on="origin_id", validate="m:1")
        .with_columns(
            change=pl.when(pl.col("after").is_null()).then(pl.lit("lost")).otherwise(pl.lit("moved")),
            shift_pct=pl.when((pl.col("before") > 0) & (pl.col("unit") != "yes/no")).then(
                (pl.col("after") / pl.col("before") - 1) * 100
            ),
        )
        .sort(
            pl.col("what") == "fact", pl.col("change") == "moved", pl.col("shift_pct").abs(), "origin_id", *keys, "what",
            descending=[False, False, True, False, False, False, False, False], nulls_last=True,
        )
        .select("origin_id", "publisher", *columns[1:-2], "change", "shift_pct", "source_id", "facts")
    )  # fmt: skip


def _unicorns(ds: Dataset, before: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Start-ups whose only prices at or over a thousand million go with the origin."""
    priced = ds.lookup(
        "SELECT valuation_id AS subject_id FROM valuations WHERE basis <> 'target' AND status IN ('closed', 'reported')"
    )
    prices = before.filter(pl.col("subject_kind") == "valuation").join(priced, on="subject_id", how="semi")
    best = (
        prices.sort("before", "subject_id", descending=[True, False])
        .group_by("startup_id", maintain_order=True)
        .first()
    )
    behind = (
        prices.sort("subject_id")
        .group_by("startup_id", maintain_order=True)
        .agg(facts=fact("valuation", "subject_id", "value"))
    )
    best = best.filter(pl.col("before") >= UNICORN_USD_M).join(
        behind, on="startup_id", validate="1:1", maintain_order="left"
    )
    moved = facts.filter(pl.col("subject_kind") == "valuation").select("origin_id", "subject_id", "after")
    # Each origin meets all prices of the start-ups that it prices; what it leaves untouched stays as it was.
    left = (
        moved.select("origin_id", "subject_id")
        .join(prices.select("subject_id", "startup_id"), on="subject_id", validate="m:1")
        .select("origin_id", "startup_id")
        .unique(maintain_order=True)
        .join(prices.select("startup_id", "subject_id", "before"), on="startup_id", validate="m:m")
        .join(moved, on=["origin_id", "subject_id"], how="left", validate="1:1")
        .join(
            moved.select("origin_id", "subject_id", touched=pl.lit(value=True)),
            on=["origin_id", "subject_id"],
            how="left",
        )
        .with_columns(now=pl.when(pl.col("touched")).then("after").otherwise("before"))
        .group_by("origin_id", "startup_id", maintain_order=True)
        .agg(pl.col("now").max())
        .filter(pl.col("now").fill_null(0.0) < UNICORN_USD_M)
    )
    return left.join(best.drop("before", "unit", "fact"), on="startup_id", validate="m:1").with_columns(
        what=pl.lit("unicorn"), fact=pl.lit("Ever priced at US$1bn or more"), unit=pl.lit("yes/no"), before=pl.lit(1.0),
        after=pl.when(pl.col("now").is_not_null()).then(0.0), source_id=pl.lit(None, dtype=pl.String),
    )  # fmt: skip


def _raised(ds: Dataset, facts: pl.DataFrame) -> pl.DataFrame:
    """Closed new money of a start-up with the origin and without it; a lost round leaves the sum of the others."""
    counted = ds.lookup(
        """SELECT round_id AS subject_id, startup_id, amount_usd_m AS now FROM rounds WHERE counts_in_totals AND status = 'closed'
            AND kind IN ('equity', 'ipo', 'placing') AND amount_usd_m IS NOT NULL ORDER BY round_id"""
    )
    sums = counted.group_by("startup_id", maintain_order=True).agg(
        whole=pl.col("now").sum(), facts=fact("round", "subject_id", "amount")
    )
    moved = facts.filter(pl.col("subject_kind") == "round").join(
        counted.select("subject_id"), on="subject_id", how="semi"
    )
    return (
        moved.sort("before", "subject_id", descending=[True, False])
        .group_by("origin_id", "startup_id", maintain_order=True)
        .agg(
            pl.col("subject_kind", "subject_id", "field", "source_id").first(),
            gone=(pl.col("before") - pl.col("after").fill_null(0.0)).sum(),
        )
        .join(sums, on="startup_id", validate="m:1")
        .with_columns(
            what=pl.lit("raised"), fact=pl.lit("Closed new money, all rounds"), unit=pl.lit("USD_m"), before=pl.col("whole"),
            after=pl.when(pl.col("whole") - pl.col("gone") > 1e-9).then(pl.col("whole") - pl.col("gone")),
        )
    )  # fmt: skip
