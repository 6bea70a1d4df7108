-- Claims: the adopted values and what others say, in one form, and one value chosen for each fact.

-- The adopted values of the fact rows, as the claims that they are.
CREATE VIEW adopted_claims AS
    WITH figures AS (
        SELECT 'round' AS subject_kind, round_id AS subject_id, 'amount' AS field, amount_m AS figure, amount_low_m AS low, amount_high_m AS high,
            amount_qualifier AS qualifier, currency || '_m' AS unit, source_id, note FROM data.rounds
        UNION ALL
        -- Several instruments of one investor in one round are parts of one cheque; a part is not a claim on the whole.
        SELECT 'participation', round_id || '/' || investor_id, 'amount', any_value(amount_m), any_value(amount_low_m), any_value(amount_high_m),
            any_value(amount_qualifier), any_value(currency) || '_m', any_value(source_id), any_value(note)
        FROM data.participations GROUP BY round_id, investor_id HAVING count(*) = 1
        UNION ALL
        SELECT 'valuation', valuation_id, 'value', value_m, value_low_m, value_high_m, qualifier, currency || '_m', source_id, note FROM data.valuations
        UNION ALL
        SELECT 'stake', stake_id, 'pct', pct, pct_low, pct_high, qualifier, 'pct', source_id, note FROM data.stakes
    ), words AS (
        SELECT 'round' AS subject_kind, round_id AS subject_id, unnest(['announced', 'series', 'status']) AS field,
            unnest([date_words(announced, date_precision), series, status]) AS words,
            source_id FROM data.rounds
        UNION ALL
        SELECT 'participation', round_id || '/' || investor_id, unnest(['instrument', 'role']), unnest([instrument, role]), source_id
        FROM data.participations
        UNION ALL
        SELECT 'startup', startup_id, 'founded',
            date_words(founded, founded_precision), source_id
        FROM data.startups
        UNION ALL
        SELECT 'startup', startup_id, 'hq_city', hq_city, source_id FROM data.startups
        UNION ALL
        SELECT 'event', event_id, 'date', date_words(date, date_precision), source_id
        FROM data.events
        UNION ALL
        SELECT 'series', series_id, 'value', format('{:g} {}', value, unit), source_id FROM data.series
    )
    SELECT 'adopted|' || subject_kind || '|' || subject_id || '|' || field AS claim_id, subject_kind, subject_id, field,
        -- The ends that the source states: a ceiling, and what is nearly reached, have no lower one; a floor no upper one.
        coalesce(low, CASE WHEN qualifier NOT IN ('at-most', 'nearly') THEN figure END) AS value_low,
        coalesce(high, CASE WHEN qualifier <> 'at-least' THEN figure END) AS value_high,
        figure AS value, qualifier, unit, NULL::VARCHAR AS text_value, source_id, 'normal' AS rank, NULL::VARCHAR AS reason, note
    FROM figures WHERE figure IS NOT NULL
    UNION ALL
    SELECT DISTINCT ON (subject_kind, subject_id, field, words) 'adopted|' || subject_kind || '|' || subject_id || '|' || field || '|' || words,
        subject_kind, subject_id, field, NULL, NULL, NULL, NULL,
        'text', words, source_id, 'normal', NULL, NULL
    FROM words WHERE words IS NOT NULL;

-- When each subject happened, and the day whose rate converts its money. Undated subjects have NULL.
CREATE TABLE main.subjects AS
    SELECT 'round' AS subject_kind, round_id AS subject_id, period_end(announced, date_precision) AS happened, rate_day(announced, date_precision) AS rate_on FROM data.rounds
    UNION ALL
    SELECT DISTINCT 'participation', round_id || '/' || investor_id, period_end(announced, date_precision), rate_day(announced, date_precision)
    FROM data.participations JOIN data.rounds USING (round_id)
    UNION ALL SELECT 'valuation', valuation_id, period_end(as_of, date_precision), rate_day(as_of, date_precision) FROM data.valuations
    UNION ALL SELECT 'stake', stake_id, period_end(as_of, date_precision), rate_day(as_of, date_precision) FROM data.stakes
    UNION ALL SELECT 'event', event_id, period_end(date, date_precision), rate_day(date, date_precision) FROM data.events
    UNION ALL SELECT 'startup', startup_id, NULL, NULL FROM data.startups
    UNION ALL SELECT 'investor', investor_id, NULL, NULL FROM data.investors
    UNION ALL SELECT 'series', series_id, period_end, period_end FROM data.series;

-- Stored, not viewed: it does not depend on the lens, and every table frame reads it.
-- Every claim with its source, its point value and its interval, native and in US dollars.
-- The point of a claimed range is its lower end, of "more than x" and "less than x" it is x: always a figure that a source
-- printed. A claim without a lower end is a ceiling: its interval begins at zero, whatever its point.
CREATE TABLE main.all_claims AS
    WITH both_kinds AS (
        SELECT *, true AS adopted FROM adopted_claims
        UNION ALL BY NAME
        SELECT * REPLACE (CASE WHEN qualifier IS NOT NULL THEN qualifier
                 WHEN value_low IS NULL AND value_high IS NULL THEN NULL
                 WHEN value_high IS NULL THEN 'at-least' WHEN value_low IS NULL THEN 'at-most'
                 WHEN value_low = value_high THEN 'exact' ELSE 'range' END AS qualifier),
            false AS adopted, coalesce(value_low, value_high) AS value
        FROM data.claims
    ), bounded AS (
        SELECT c.* EXCLUDE (value_low, value_high),
            c.value_low AS stated_low, c.value_high AS stated_high,
            CASE WHEN c.qualifier = 'range' THEN c.value_low ELSE c.value * q.low_factor END AS value_low,
            CASE WHEN c.qualifier = 'range' THEN c.value_high ELSE c.value * q.high_factor END AS value_high,
            f.dimension, s.origin AS origin_id, s.publisher, s.kind AS source_kind, s.kind_rank, s.published, s.published_precision, s.known_from,
            j.happened, j.rate_on, currency_of(c.unit) AS currency
        FROM both_kinds c
        LEFT JOIN data.qualifiers q USING (qualifier)
        LEFT JOIN data.fields f USING (subject_kind, field)
        LEFT JOIN dated_sources s USING (source_id)
        LEFT JOIN subjects j USING (subject_kind, subject_id)
    ), rated AS (
        SELECT b.*, CASE WHEN b.currency = 'USD' THEN 1 ELSE r.usd_per_unit END AS fx_rate,
            CASE WHEN b.currency <> 'USD' THEN r.date END AS fx_date
        FROM bounded b ASOF LEFT JOIN rates r ON b.currency = r.currency AND b.rate_on >= r.date
    )
    SELECT *, value * fx_rate AS value_usd_m, value_low * fx_rate AS value_low_usd_m, value_high * fx_rate AS value_high_usd_m
    FROM rated;

-- The claims known by a date. Money of a day that had not come is converted at the last rate known.
CREATE MACRO known_claims(known_by) AS TABLE
    SELECT * FROM all_claims WHERE known_by IS NULL OR (known_from <= known_by AND (fx_date IS NULL OR fx_date <= known_by))
    UNION ALL BY NAME
    SELECT c.* EXCLUDE (today) REPLACE (r.usd_per_unit AS fx_rate, r.date AS fx_date, c.value * r.usd_per_unit AS value_usd_m,
        c.value_low * r.usd_per_unit AS value_low_usd_m, c.value_high * r.usd_per_unit AS value_high_usd_m)
    FROM (SELECT *, known_by AS today FROM all_claims WHERE known_from <= known_by AND fx_date > known_by) c
    ASOF JOIN rates r ON r.currency = c.currency AND c.today >= r.date;

CREATE MACRO claims_seen(as_of, known_by) AS TABLE
    FROM known_claims(known_by) WHERE as_of IS NULL OR happened IS NULL OR happened <= as_of;

-- The numeric claims that a policy may choose from: of resolved facts, not deprecated, with a value that can be compared.
CREATE MACRO resolvable(known_by) AS TABLE
    SELECT * FROM known_claims(known_by)
    WHERE rank <> 'deprecated' AND value IS NOT NULL
      AND (subject_kind, field) IN (SELECT (f.subject_kind, f.field) FROM data.fields f WHERE f.resolved)
      AND (dimension <> 'money' OR value_usd_m IS NOT NULL);

-- How many claims and origins stand behind each resolved fact, and between which ends.
CREATE MACRO counted(known_by) AS TABLE
    SELECT subject_kind, subject_id, field, any_value(dimension) AS dimension, any_value(happened) AS happened,
        count(*) AS claims, count(DISTINCT origin_id) AS origins,
        -- A ceiling tells of no lower end: among what is claimed it stands with its figure.
        min(CASE WHEN qualifier = 'at-most' THEN coalesce(value_usd_m, value) ELSE coalesce(value_low_usd_m, value_low) END) AS claims_low, max(coalesce(value_high_usd_m, value_high)) AS claims_high
    FROM resolvable(known_by) GROUP BY subject_kind, subject_id, field;

-- One value for each resolved fact: the policy chooses among the claims known by the date, one vote an origin.
-- curated falls back on the best-ranked source known by then where the curators' own choice was not yet known; where the
-- curators adopted none of the claims, the value stays unknown under it.
-- median is the lower middle one of the origins' values, so that it too is a figure that some source printed.
CREATE MACRO choose(known_by, policy) AS TABLE
    WITH known AS (
        SELECT *, coalesce(value_usd_m, value) AS size FROM resolvable(known_by)
    ), voiced AS (
        -- An origin speaks once: through the curators' choice, else its best-ranked and earliest page.
        SELECT *, row_number() OVER (PARTITION BY subject_kind, subject_id, field, origin_id
            ORDER BY adopted DESC, rank = 'preferred' DESC, source_id = origin_id DESC, kind_rank, known_from NULLS LAST, claim_id) = 1 AS speaks
        FROM known
    ), ordered AS (
        SELECT *,
            row_number() OVER (fact ORDER BY size, kind_rank, claim_id) AS place,
            count(*) OVER (PARTITION BY subject_kind, subject_id, field) AS voices,
            row_number() OVER (fact ORDER BY
                CASE WHEN policy = 'curated' THEN NOT adopted END,
                CASE WHEN policy = 'curated' THEN rank <> 'preferred' END,
                CASE policy WHEN 'lowest' THEN size WHEN 'highest' THEN -size END,
                CASE WHEN policy <> 'latest' THEN kind_rank END,
                known_from DESC NULLS LAST, adopted DESC, claim_id) AS turn
        FROM voiced WHERE speaks
        WINDOW fact AS (PARTITION BY subject_kind, subject_id, field)
    )
    SELECT * EXCLUDE (place, voices, turn, speaks, size) FROM ordered
    WHERE (policy <> 'curated' OR (subject_kind, subject_id, field) IN (SELECT (a.subject_kind, a.subject_id, a.field) FROM all_claims a WHERE a.adopted AND a.value IS NOT NULL))
      AND CASE WHEN policy = 'median' THEN place = (voices + 1) // 2 ELSE turn = 1 END;

-- Without a knowledge date the choices never change: they are kept, one set a policy.
CREATE TABLE main.chosen AS
    SELECT 'curated' AS policy, * FROM choose(NULL::DATE, 'curated')
    UNION ALL SELECT 'filing-first', * FROM choose(NULL::DATE, 'filing-first')
    UNION ALL SELECT 'latest', * FROM choose(NULL::DATE, 'latest')
    UNION ALL SELECT 'lowest', * FROM choose(NULL::DATE, 'lowest')
    UNION ALL SELECT 'highest', * FROM choose(NULL::DATE, 'highest')
    UNION ALL SELECT 'median', * FROM choose(NULL::DATE, 'median');

CREATE TABLE main.counted_now AS FROM counted(NULL::DATE);

CREATE MACRO resolved(known_by, policy) AS TABLE
    SELECT * EXCLUDE (policy) FROM main.chosen c WHERE known_by IS NULL AND c.policy = policy
    UNION ALL
    FROM choose(known_by, policy) WHERE known_by IS NOT NULL;

CREATE MACRO backed(known_by) AS TABLE
    SELECT * FROM main.counted_now WHERE known_by IS NULL
    UNION ALL
    FROM counted(known_by) WHERE known_by IS NOT NULL;
