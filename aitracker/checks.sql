-- Rules over several rows, each a named query that returns the rows that break it: (tbl, key, col, value, reason).
-- Rules on a single cell or row (a fact without a source, a currency without an amount, an unknown code) are keys and
-- CHECKs of data/schema.sql and are tested from there. Where a rule may be broken for a good reason, a row in
-- data/decisions.csv says so ('kept' or 'flagged', with the reason) and the rule lets it pass.

-- name: parts_above_round
SELECT 'rounds', r.subject_id, 'amount_m', any_value(d.amount_m), format('its participants state US${:.0f}m in all, more than the round', sum(p.value_low_usd_m))
FROM main.all_claims r
JOIN data.rounds d ON d.round_id = r.subject_id
JOIN main.all_claims p ON p.subject_kind = 'participation' AND p.field = 'amount' AND p.adopted AND starts_with(p.subject_id, r.subject_id || '/')
WHERE r.subject_kind = 'round' AND r.field = 'amount' AND r.adopted
GROUP BY r.subject_id HAVING sum(p.value_low_usd_m) > any_value(greatest(r.value_high_usd_m, coalesce(d.committed_m, 0) * r.fx_rate)) * 1.001;

-- name: stakes_above_hundred
SELECT 'stakes', arg_max(stake_id, pct), 'pct', sum(pct)::VARCHAR, 'stakes in ' || startup_id || ' on this date sum over 100'
FROM (
    SELECT startup_id, investor_id, as_of, max(pct) AS pct, arg_max(stake_id, pct) AS stake_id FROM data.stakes
    WHERE measure IN ('equity', 'unstated') AND basis NOT IN ('allegation', 'forecast') GROUP BY ALL
) GROUP BY startup_id, as_of HAVING sum(pct) > 100.5;

-- name: tranches_above_parent
SELECT 'rounds', parent.subject_id, 'amount_m', any_value(d.amount_m), format('its tranches sum to US${:.0f}m, more than the round', sum(child.value_low_usd_m))
FROM data.rounds c
JOIN main.all_claims child ON child.subject_kind = 'round' AND child.field = 'amount' AND child.adopted AND child.subject_id = c.round_id
JOIN main.all_claims parent ON parent.subject_kind = 'round' AND parent.field = 'amount' AND parent.adopted AND parent.subject_id = c.parent_round_id
JOIN data.rounds d ON d.round_id = parent.subject_id
WHERE NOT c.counts_in_totals AND c.round_id NOT IN (SELECT subject_id FROM data.decisions WHERE subject_kind = 'round' AND decision IN ('kept', 'flagged') AND field = 'amount_m')
GROUP BY parent.subject_id HAVING sum(child.value_low_usd_m) > any_value(greatest(parent.value_high_usd_m, coalesce(d.committed_m, 0) * parent.fx_rate)) * 1.001;

-- name: money_counted_twice
SELECT 'rounds', c.round_id, 'counts_in_totals', 'true', 'its parent ' || p.round_id || ' counts too'
FROM data.rounds c JOIN data.rounds p ON p.round_id = c.parent_round_id WHERE c.counts_in_totals AND p.counts_in_totals;

-- name: family_of_two_startups
SELECT 'rounds', c.round_id, 'parent_round_id', p.round_id, 'belongs to another start-up'
FROM data.rounds c JOIN data.rounds p ON p.round_id IN (c.parent_round_id, c.superseded_by) WHERE c.startup_id <> p.startup_id
UNION ALL
SELECT 'valuations', v.valuation_id, 'round_id', v.round_id, 'belongs to another start-up'
FROM data.valuations v JOIN data.rounds r USING (round_id) WHERE v.startup_id <> r.startup_id;

-- name: two_slugs_one_firm
SELECT 'investors', a.investor_id, 'name', a.name, 'is also the name of ' || b.investor_id
FROM data.investors a JOIN data.investors b ON a.investor_id > b.investor_id AND lower(a.name) = lower(b.name)
UNION ALL
SELECT 'startups', a.startup_id, 'name', a.name, 'is also the name of ' || b.startup_id
FROM data.startups a JOIN data.startups b ON a.startup_id > b.startup_id AND (lower(a.name) = lower(b.name) OR a.name_zh = b.name_zh);

-- name: one_slug_two_tables
SELECT 'startups', s.startup_id, 'startup_id', s.startup_id, 'is also an investor under another name: ' || i.name
FROM data.startups s JOIN data.investors i ON i.investor_id = s.startup_id
WHERE lower(split_part(i.name, ' ', 1)) <> lower(split_part(s.name, ' ', 1));

-- name: unit_slip
SELECT 'claims', c.claim_id, CASE WHEN c.value_low IS NULL THEN 'value_high' ELSE 'value_low' END, c.value::VARCHAR,
    format('is {:.3g} times the adopted value: a slip of units? deprecate it, or keep it by a decision', c.value_usd_m / a.value_usd_m)
FROM main.all_claims c
JOIN main.all_claims a USING (subject_kind, subject_id, field)
WHERE a.adopted AND NOT c.adopted AND c.rank <> 'deprecated' AND c.dimension = 'money'
  AND EXISTS (SELECT 1 FROM (VALUES (10), (7), (7.8), (1000)) f(slip)
              WHERE greatest(c.value_usd_m / a.value_usd_m, a.value_usd_m / c.value_usd_m) BETWEEN slip * 0.98 AND slip * 1.02)
  AND c.claim_id NOT IN (SELECT subject_id FROM data.decisions WHERE subject_kind = 'claim' AND decision = 'kept');

-- name: dated_after_its_source
WITH dated AS (
    SELECT 'rounds' AS tbl, 'round' AS kind, round_id AS key, 'announced' AS col, announced AS starts, source_id FROM data.rounds WHERE status <> 'in-talks'
    UNION ALL SELECT 'valuations', 'valuation', valuation_id, 'as_of', as_of, source_id FROM data.valuations WHERE status <> 'in-talks'
    UNION ALL SELECT 'stakes', 'stake', stake_id, 'as_of', as_of, source_id FROM data.stakes WHERE basis <> 'forecast'
    UNION ALL SELECT 'events', 'event', event_id, 'date', date, source_id FROM data.events WHERE NOT is_forecast
)
SELECT d.tbl, d.key, d.col, d.starts::VARCHAR, 'is later than the last day, ' || s.known_from || ', on which its source ' || s.source_id || ' can have appeared'
FROM dated d JOIN dated_sources s USING (source_id)
WHERE d.starts > s.known_from
  AND (d.kind, d.key) NOT IN (SELECT (subject_kind, subject_id) FROM data.decisions WHERE decision IN ('kept', 'flagged'));

-- name: round_before_startup
SELECT 'rounds', r.round_id, 'announced', r.announced::VARCHAR, 'is before the founding of ' || s.startup_id || ' on ' || s.founded
FROM data.rounds r JOIN data.startups s USING (startup_id)
WHERE period_end(r.announced, r.date_precision) < s.founded
  AND r.round_id NOT IN (SELECT subject_id FROM data.decisions WHERE subject_kind = 'round' AND decision IN ('kept', 'flagged'));

-- name: claim_on_nothing
SELECT 'claims', claim_id, 'subject_id', subject_id, 'there is no such ' || subject_kind
FROM data.claims WHERE (subject_kind, subject_id) NOT IN (SELECT (subject_kind, subject_id) FROM subjects);

-- name: claim_in_wrong_unit
SELECT 'claims', c.claim_id, 'unit', c.unit, 'does not measure ' || f.dimension
FROM data.claims c JOIN data.fields f USING (subject_kind, field)
WHERE (c.value_low IS NOT NULL OR c.value_high IS NOT NULL)
  AND ((f.dimension = 'money' AND NOT ends_with(c.unit, '_m')) OR (f.dimension = 'price' AND c.unit NOT IN ('USD', 'CNY', 'HKD')) OR (f.dimension = 'share' AND c.unit <> 'pct') OR (f.dimension = 'text' AND c.unit <> 'text'));

-- name: claim_repeated
SELECT 'claims', claim_id, 'source_id', source_id, 'says the same of the same fact in another row'
FROM (SELECT *, row_number() OVER (PARTITION BY subject_kind, subject_id, field, value_low, value_high, unit, text_value, source_id ORDER BY claim_id) AS n FROM data.claims)
WHERE n > 1;

-- name: adopted_though_deprecated
SELECT 'claims', c.claim_id, 'rank', 'deprecated', 'is the value and the source that the row adopts'
FROM main.all_claims c JOIN main.all_claims a USING (subject_kind, subject_id, field, source_id)
WHERE a.adopted AND NOT c.adopted AND c.rank = 'deprecated' AND c.value = a.value AND c.unit = a.unit;

-- name: origin_of_an_origin
SELECT 'sources', s.source_id, 'origin_id', s.origin_id, 'is itself a copy of ' || o.origin_id || ': point to that'
FROM data.sources s JOIN data.sources o ON o.source_id = s.origin_id WHERE o.origin_id IS NOT NULL;

-- name: copy_before_its_origin
SELECT 'sources', s.source_id, 'published', s.published::VARCHAR, 'is earlier than the piece that it repeats, ' || o.source_id || ' of ' || o.published
FROM data.sources s JOIN data.sources o ON o.source_id = s.origin_id
WHERE s.published_precision = 'day' AND o.published_precision = 'day' AND s.published < o.published
  AND s.source_id NOT IN (SELECT subject_id FROM data.decisions WHERE subject_kind = 'source' AND decision IN ('kept', 'flagged'));

-- name: two_rows_one_page
SELECT 'sources', source_id, 'url', url, 'is the address of another row too'
FROM (SELECT *, row_number() OVER (PARTITION BY url ORDER BY source_id) AS n FROM data.sources WHERE url IS NOT NULL)
WHERE n > 1 AND source_id NOT IN (SELECT subject_id FROM data.decisions WHERE subject_kind = 'source' AND decision = 'kept');

-- name: leads
SELECT 'participations', any_value(round_id || '/' || investor_id || '/' || instrument), 'role', any_value(role),
    'one leader is lead, several are co-lead; this round has ' || count(*) || ' of them'
FROM (SELECT *, count(DISTINCT investor_id) OVER (PARTITION BY round_id) AS n FROM data.participations WHERE role <> 'participant')
GROUP BY round_id
HAVING NOT bool_and(role = CASE WHEN n = 1 THEN 'lead' ELSE 'co-lead' END);

-- name: decided_away_yet_present
WITH present AS (
    SELECT 'source' AS kind, source_id AS key FROM data.sources UNION ALL SELECT 'startup', startup_id FROM data.startups
    UNION ALL SELECT 'investor', investor_id FROM data.investors UNION ALL SELECT 'round', round_id FROM data.rounds
    UNION ALL SELECT 'event', event_id FROM data.events UNION ALL SELECT 'stake', stake_id FROM data.stakes
    UNION ALL SELECT 'valuation', valuation_id FROM data.valuations UNION ALL SELECT 'series', series_id FROM data.series
    UNION ALL SELECT 'claim', claim_id FROM data.claims
)
SELECT 'decisions', concat_ws('/', d.subject_kind, d.subject_id, d.field, d.decision), 'subject_id', d.subject_id, 'is ' || d.decision || ', and still there'
FROM data.decisions d JOIN present p ON p.kind = d.subject_kind AND p.key = d.subject_id
WHERE d.field = 'row' AND d.decision IN ('dropped', 'merged', 'moved', 'renamed') AND d.target IS DISTINCT FROM d.subject_id;

-- name: silent_on_what_it_tells
-- A page that gives a share of cloud credits is not silent on what was given in kind, nor one that gives a figure on that fact.
WITH silent AS (
    SELECT claim_id, subject_kind, subject_id, field, source_id, text_value FROM data.claims WHERE text_value = 'not stated'
)
SELECT 'claims', s.claim_id, 'text_value', s.text_value, 'is a silence, yet the same page tells it in ' || c.claim_id
FROM silent s JOIN data.claims c ON (c.subject_kind, c.subject_id, c.source_id) = (s.subject_kind, s.subject_id, s.source_id)
WHERE (c.field = s.field AND coalesce(c.value_low, c.value_high) IS NOT NULL)
   OR (s.field = 'in_kind_scope' AND c.field = 'cloud_credit_share' AND c.claim_id <> s.claim_id);
