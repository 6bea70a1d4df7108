-- Rounds, parts, valuations and stakes as of a date, as known by a date, under a policy.

-- The rounds that are there at all, as of a date and known by a date.
CREATE MACRO rounds_known(as_of, known_by) AS TABLE
    SELECT d.*, k.known_from, k.done_from, k.source_id AS first_source
    FROM data.rounds d JOIN first_known k ON k.subject_kind = 'round+' AND k.subject_id = d.round_id
    WHERE (known_by IS NULL OR k.known_from <= known_by)
      AND (as_of IS NULL OR period_end(d.announced, d.date_precision) <= as_of);

CREATE MACRO valuations_seen(as_of, known_by, policy) AS TABLE
    SELECT v.valuation_id, v.startup_id, v.as_of AS date, v.date_precision, v.basis,
        CASE WHEN known_by IS NULL OR v.status = 'in-talks' OR coalesce(k.done_from, k.known_from) <= known_by THEN v.status ELSE 'in-talks' END AS status,
        o.round_id,
        r.value AS value_m, r.currency, r.qualifier, r.value_usd_m, r.value_low_usd_m, r.value_high_usd_m, r.fx_rate, r.fx_date,
        c.claims, c.origins, c.claims_low AS claims_low_usd_m, c.claims_high AS claims_high_usd_m, r.source_id, remark(v.note, known_by) AS note
    FROM data.valuations v
    JOIN first_known k ON k.subject_kind = 'valuation' AND k.subject_id = v.valuation_id
    LEFT JOIN rounds_known(as_of, known_by) o ON o.round_id = v.round_id
    JOIN resolved(known_by, policy) r ON r.subject_kind = 'valuation' AND r.field = 'value' AND r.subject_id = v.valuation_id
    JOIN backed(known_by) c ON c.subject_kind = 'valuation' AND c.field = 'value' AND c.subject_id = v.valuation_id
    WHERE as_of IS NULL OR period_end(v.as_of, v.date_precision) <= as_of;

CREATE MACRO rounds_seen(as_of, known_by, policy) AS TABLE
    WITH visible AS (
        SELECT v.* REPLACE (
            -- Before a page told of it as done a round is talk; what took the place of talks has to be seen.
            CASE WHEN v.status IN ('closed', 'reported') AND coalesce(v.done_from, v.known_from) > known_by THEN 'in-talks'
                 WHEN v.status = 'cancelled' AND (o.round_id IS NULL AND v.superseded_by IS NOT NULL OR s.known_from > known_by) THEN 'in-talks'
                 ELSE v.status END AS status,
            w.round_id AS parent_round_id, o.round_id AS superseded_by,
            CASE WHEN known_by IS NULL OR s.known_from <= known_by THEN v.committed_m END AS committed_m,
            shown_source(v.source_id, s.known_from, v.first_source, known_by) AS source_id),
            EXISTS (SELECT 1 FROM data.rounds x WHERE x.round_id = v.parent_round_id AND x.counts_in_totals) AS part_of_counted
        FROM rounds_known(as_of, known_by) v JOIN dated_sources s USING (source_id)
        LEFT JOIN rounds_known(as_of, known_by) o ON o.round_id = v.superseded_by
        LEFT JOIN rounds_known(as_of, known_by) w ON w.round_id = v.parent_round_id
    ), price AS (
        -- A post-money is preferred to a value whose basis no source states; a pre-money is not a post-money.
        SELECT DISTINCT ON (round_id) round_id, value_usd_m, value_low_usd_m, value_high_usd_m, basis
        FROM valuations_seen(as_of, known_by, policy) WHERE round_id IS NOT NULL AND basis IN ('post-money', 'unstated')
        ORDER BY round_id, basis, date DESC, valuation_id
    ), sized AS (
        SELECT v.*, r.value, r.currency AS money, r.qualifier, r.value_usd_m, r.value_low_usd_m, r.value_high_usd_m, r.fx_rate, r.fx_date,
            r.source_id AS chosen_source,
            -- A tranche stands in for its parent as long as the parent is not known, and the other way round.
            -- Talks never count, nor what was cancelled.
            CASE WHEN v.status NOT IN ('closed', 'reported') THEN false
                 WHEN v.counts_in_totals THEN true
                 WHEN v.is_umbrella OR NOT v.part_of_counted THEN false
                 ELSE v.parent_round_id IS NULL END AS counts
        FROM visible v LEFT JOIN resolved(known_by, policy) r ON r.subject_kind = 'round' AND r.field = 'amount' AND r.subject_id = v.round_id
    ), part AS (
        -- Tranches that brought money of their own before their whole was complete: dated, no less sure, of the same sort.
        SELECT t.round_id, t.parent_round_id, t.value_usd_m, t.value_low_usd_m, t.value_high_usd_m
        FROM sized t JOIN sized w ON w.round_id = t.parent_round_id
        WHERE w.counts AND NOT t.counts AND NOT t.is_umbrella AND t.announced IS NOT NULL
          AND (t.status = 'closed' OR (t.status = 'reported' AND w.status = 'reported'))
          AND (t.kind = w.kind OR (t.kind IN ('equity', 'ipo', 'placing') AND w.kind IN ('equity', 'ipo', 'placing')))
    ), brought AS (
        SELECT parent_round_id AS round_id, sum(value_usd_m) AS point, sum(value_low_usd_m) AS low, sum(value_high_usd_m) AS high
        FROM part WHERE value_usd_m IS NOT NULL GROUP BY ALL
    ), dated AS (
        SELECT v.*, v.round_id IN (SELECT round_id FROM part) OR (v.counts AND coalesce(v.value_high_usd_m > b.low, true)) AS counts_at_date, b.point AS brought, b.low AS brought_low, b.high AS brought_high
        FROM sized v LEFT JOIN brought b USING (round_id)
    )
    SELECT v.round_id, v.startup_id, v.kind, v.series, v.announced, v.date_precision, v.status,
        v.value AS amount_m, v.money AS currency, coalesce(v.qualifier, 'undisclosed') AS amount_qualifier,
        v.value_usd_m AS amount_usd_m, v.value_low_usd_m AS amount_low_usd_m, v.value_high_usd_m AS amount_high_usd_m, v.fx_rate, v.fx_date,
        v.committed_m, p.value_usd_m AS post_money_usd_m, p.value_low_usd_m AS post_money_low_usd_m, p.value_high_usd_m AS post_money_high_usd_m, p.basis AS post_money_basis,
        v.parent_round_id, v.superseded_by, v.counts AS counts_in_totals,
        -- What the row adds to a sum over time: a tranche its own money at its own date, its whole the rest at the end.
        v.counts_at_date,
        CASE WHEN v.counts_at_date AND v.value_usd_m IS NOT NULL THEN greatest(v.value_usd_m - coalesce(v.brought, 0), 0) END AS counted_usd_m,
        CASE WHEN v.counts_at_date AND v.value_low_usd_m IS NOT NULL THEN greatest(v.value_low_usd_m - coalesce(v.brought_high, 0), 0) END AS counted_low_usd_m,
        CASE WHEN v.counts_at_date AND v.value_high_usd_m IS NOT NULL THEN greatest(v.value_high_usd_m - coalesce(v.brought_low, 0), 0) END AS counted_high_usd_m,
        v.is_umbrella, v.investor_list, coalesce(c.claims, 0) AS claims, coalesce(c.origins, 0) AS origins,
        c.claims_low AS claims_low_usd_m, c.claims_high AS claims_high_usd_m, coalesce(v.chosen_source, v.source_id) AS source_id,
        remark(v.note, known_by) AS note
    FROM dated v
    LEFT JOIN backed(known_by) c ON c.subject_kind = 'round' AND c.field = 'amount' AND c.subject_id = v.round_id
    LEFT JOIN price p USING (round_id);

CREATE MACRO participations_seen(as_of, known_by, policy, grp) AS TABLE
    SELECT p.round_id, p.investor_id, g.group_id,
        CASE WHEN known_by IS NULL OR how.known_from <= known_by THEN p.instrument ELSE 'unknown' END AS instrument,
        CASE WHEN known_by IS NULL OR led.known_from <= known_by THEN p.role ELSE 'participant' END AS role,
        coalesce(r.value, part.value) AS amount_m, coalesce(r.currency, part.currency) AS currency,
        coalesce(r.qualifier, part.qualifier, 'undisclosed') AS amount_qualifier,
        coalesce(r.value_usd_m, part.value_usd_m) AS amount_usd_m,
        coalesce(r.value_low_usd_m, part.low * part.fx_rate, part.value_usd_m * q.low_factor) AS amount_low_usd_m,
        coalesce(r.value_high_usd_m, part.high * part.fx_rate, part.value_usd_m * q.high_factor) AS amount_high_usd_m,
        coalesce(r.fx_rate, part.fx_rate) AS fx_rate, coalesce(r.fx_date, part.fx_date) AS fx_date,
        coalesce(c.claims, 0) AS claims, coalesce(c.origins, 0) AS origins, coalesce(r.source_id, shown_source(p.source_id, s.known_from, k.source_id, known_by)) AS source_id,
        remark(p.note, known_by) AS note
    FROM (SELECT *, count(*) OVER (PARTITION BY round_id, investor_id) > 1 AS several FROM data.participations) p
    JOIN data.rounds d USING (round_id)
    JOIN dated_sources s ON s.source_id = p.source_id
    JOIN first_known k ON k.subject_kind = 'participation' AND k.subject_id = p.round_id || '/' || p.investor_id
    JOIN groups_known(grp, known_by) g USING (investor_id)
    LEFT JOIN field_known how ON how.subject_kind = 'participation' AND how.field = 'instrument' AND how.subject_id = p.round_id || '/' || p.investor_id
    LEFT JOIN field_known led ON led.subject_kind = 'participation' AND led.field = 'role' AND led.subject_id = p.round_id || '/' || p.investor_id
    LEFT JOIN resolved(known_by, policy) r ON r.subject_kind = 'participation' AND r.field = 'amount' AND r.subject_id = p.round_id || '/' || p.investor_id
    LEFT JOIN backed(known_by) c ON c.subject_kind = 'participation' AND c.field = 'amount' AND c.subject_id = p.round_id || '/' || p.investor_id
    -- Where one investor gave several instruments, each row keeps its own stated part.
    LEFT JOIN (
        SELECT b.*, CASE WHEN b.currency = 'USD' THEN 1 ELSE f.usd_per_unit END AS fx_rate, CASE WHEN b.currency <> 'USD' THEN f.date END AS fx_date,
            b.value * CASE WHEN b.currency = 'USD' THEN 1 ELSE f.usd_per_unit END AS value_usd_m
        FROM (
            SELECT m.round_id, m.investor_id, m.instrument, m.amount_m AS value, m.amount_low_m AS low, m.amount_high_m AS high, m.currency, m.amount_qualifier AS qualifier, rate_day(announced, date_precision) AS rate_on
            FROM data.participations m JOIN data.rounds USING (round_id)
            WHERE m.amount_m IS NOT NULL AND (m.round_id, m.investor_id) IN (SELECT (x.round_id, x.investor_id) FROM data.participations x GROUP BY ALL HAVING count(*) > 1)
        ) b ASOF LEFT JOIN rates f ON b.currency = f.currency AND b.rate_on >= f.date
    ) part ON part.round_id = p.round_id AND part.investor_id = p.investor_id AND part.instrument = p.instrument
    LEFT JOIN data.qualifiers q ON q.qualifier = part.qualifier
    WHERE (known_by IS NULL OR CASE WHEN p.several THEN s.known_from ELSE k.known_from END <= known_by)
      AND (as_of IS NULL OR period_end(d.announced, d.date_precision) <= as_of);

CREATE MACRO stakes_seen(as_of, known_by, policy, grp) AS TABLE
    SELECT s.stake_id, s.investor_id, g.group_id, s.startup_id, s.as_of AS date, s.date_precision,
        r.value AS pct, r.value_low AS pct_low, least(r.value_high, 100) AS pct_high, r.qualifier, s.basis, s.measure, s.scope,
        c.claims, c.origins, r.source_id, remark(s.note, known_by) AS note
    FROM data.stakes s
    JOIN groups_known(grp, known_by) g USING (investor_id)
    JOIN resolved(known_by, policy) r ON r.subject_kind = 'stake' AND r.field = 'pct' AND r.subject_id = s.stake_id
    JOIN backed(known_by) c ON c.subject_kind = 'stake' AND c.field = 'pct' AND c.subject_id = s.stake_id
    WHERE as_of IS NULL OR period_end(s.as_of, s.date_precision) <= as_of;
