-- Rules over several rows, each a named query that returns the rows that break it: (tbl, key, col, value, reason).
-- Rules on a single cell or row (a fact without a source, a currency without an amount, an unknown code) are keys and
-- CHECKs of data/schema.sql and are tested from there. Under the name of a rule stands how its rows are mended. Where that is
-- to waive the rule, a row of data/decisions.csv may let one row pass: it is 'kept' or 'flagged', names the rule and says why.

-- name: parts_above_round
-- mend: correct the round or the parts, or mark a part as another currency or qualifier
SELECT 'rounds', r.subject_id, 'amount_m', any_value(d.amount_m), format('its participants state US${:.0f}m in all, more than the round', sum(p.value_low_usd_m))
FROM main.all_claims r
JOIN data.rounds d ON d.round_id = r.subject_id
JOIN main.all_claims p ON p.subject_kind = 'participation' AND p.field = 'amount' AND p.adopted AND starts_with(p.subject_id, r.subject_id || '/')
WHERE r.subject_kind = 'round' AND r.field = 'amount' AND r.adopted
GROUP BY r.subject_id HAVING sum(p.value_low_usd_m) > any_value(greatest(r.value_high_usd_m, coalesce(d.committed_m, 0) * r.fx_rate)) * 1.001;

-- name: stakes_above_hundred
-- mend: correct a percentage, or set measure or basis of the row that is not comparable
SELECT 'stakes', arg_max(stake_id, pct), 'pct', sum(pct)::VARCHAR, 'stakes in ' || startup_id || ' on this date sum over 100'
FROM (
    SELECT startup_id, investor_id, as_of, max(pct) AS pct, arg_max(stake_id, pct) AS stake_id FROM data.stakes
    WHERE measure IN ('equity', 'unstated') AND basis NOT IN ('allegation', 'forecast') GROUP BY ALL
) GROUP BY startup_id, as_of HAVING sum(pct) > 100.5;

-- name: tranches_above_parent
-- mend: correct the amounts, or waive the rule
SELECT 'rounds', parent.subject_id, 'amount_m', any_value(d.amount_m), format('its tranches sum to US${:.0f}m, more than the round', sum(child.value_low_usd_m))
FROM data.rounds c
JOIN main.all_claims child ON child.subject_kind = 'round' AND child.field = 'amount' AND child.adopted AND child.subject_id = c.round_id
JOIN main.all_claims parent ON parent.subject_kind = 'round' AND parent.field = 'amount' AND parent.adopted AND parent.subject_id = c.parent_round_id
JOIN data.rounds d ON d.round_id = parent.subject_id
WHERE NOT c.counts_in_totals
GROUP BY parent.subject_id HAVING sum(child.value_low_usd_m) > any_value(greatest(parent.value_high_usd_m, coalesce(d.committed_m, 0) * parent.fx_rate)) * 1.001;

-- name: money_counted_twice
-- mend: set counts_in_totals of one of them to false
SELECT 'rounds', c.round_id, 'counts_in_totals', 'true', 'its parent ' || p.round_id || ' counts too'
FROM data.rounds c JOIN data.rounds p ON p.round_id = c.parent_round_id WHERE c.counts_in_totals AND p.counts_in_totals;

-- name: family_of_two_startups
-- mend: name a round of the same start-up
SELECT 'rounds', c.round_id, 'parent_round_id', p.round_id, 'belongs to another start-up'
FROM data.rounds c JOIN data.rounds p ON p.round_id IN (c.parent_round_id, c.superseded_by) WHERE c.startup_id <> p.startup_id
UNION ALL
SELECT 'valuations', v.valuation_id, 'round_id', v.round_id, 'belongs to another start-up'
FROM data.valuations v JOIN data.rounds r USING (round_id) WHERE v.startup_id <> r.startup_id;

-- name: two_slugs_one_firm
-- mend: merge the rows, or give the names apart
SELECT 'investors', a.investor_id, 'name', a.name, 'is also the name of ' || b.investor_id
FROM data.investors a JOIN data.investors b ON a.investor_id > b.investor_id AND lower(a.name) = lower(b.name)
UNION ALL
SELECT 'startups', a.startup_id, 'name', a.name, 'is also the name of ' || b.startup_id
FROM data.startups a JOIN data.startups b ON a.startup_id > b.startup_id AND (lower(a.name) = lower(b.name) OR a.name_zh = b.name_zh);

-- name: one_slug_two_tables
-- mend: rename one of the keys
SELECT 'startups', s.startup_id, 'startup_id', s.startup_id, 'is also an investor under another name: ' || i.name
FROM data.startups s JOIN data.investors i ON i.investor_id = s.startup_id
WHERE lower(split_part(i.name, ' ', 1)) <> lower(split_part(s.name, ' ', 1));

-- name: unit_slip
-- mend: deprecate the claim, correct it, or waive the rule
SELECT 'claims', c.claim_id, CASE WHEN c.value_low IS NULL THEN 'value_high' ELSE 'value_low' END, c.value::VARCHAR,
    format('is {:.3g} times the adopted value: a slip of units?', c.value_usd_m / a.value_usd_m)
FROM main.all_claims c
JOIN main.all_claims a USING (subject_kind, subject_id, field)
WHERE a.adopted AND NOT c.adopted AND c.rank <> 'deprecated' AND c.dimension = 'money'
  AND EXISTS (SELECT 1 FROM (VALUES (10), (7), (7.8), (1000)) f(slip)
              WHERE greatest(c.value_usd_m / a.value_usd_m, a.value_usd_m / c.value_usd_m) BETWEEN slip * 0.98 AND slip * 1.02);

-- name: dated_after_its_source
-- mend: correct the date or the source, mark a forecast as one, or waive the rule
WITH dated AS (
    SELECT 'rounds' AS tbl, round_id AS key, 'announced' AS col, announced AS starts, source_id FROM data.rounds
    UNION ALL SELECT 'valuations', valuation_id, 'as_of', as_of, source_id FROM data.valuations
    UNION ALL SELECT 'stakes', stake_id, 'as_of', as_of, source_id FROM data.stakes WHERE basis <> 'forecast'
    UNION ALL SELECT 'events', event_id, 'date', date, source_id FROM data.events WHERE NOT is_forecast
    UNION ALL SELECT 'series', series_id, 'period_end', period_end, source_id FROM data.series WHERE NOT is_forecast
    UNION ALL SELECT 'totals', total_id, 'as_of', as_of, source_id FROM data.totals
    UNION ALL SELECT 'cap_tables', concat_ws('/', table_id, line), 'as_of', as_of, source_id FROM data.cap_tables
    UNION ALL SELECT 'fx', concat_ws('/', date, currency), 'date', date, source_id FROM data.fx
)
SELECT d.tbl, d.key, d.col, d.starts::VARCHAR, 'is later than the last day, ' || s.known_from || ', on which its source ' || s.source_id || ' can have appeared'
FROM dated d JOIN dated_sources s USING (source_id)
-- The results of an allotment appear on the eve of the listing and name its day: a filing may run a day ahead.
WHERE d.starts > s.known_from + CASE s.kind WHEN 'filing' THEN 1 ELSE 0 END;

-- name: before_founding
-- mend: correct one of the dates, or waive the rule
WITH dated AS (
    SELECT 'rounds' AS tbl, round_id AS key, 'announced' AS col, startup_id, announced AS starts, period_end(announced, date_precision) AS ends FROM data.rounds
    UNION ALL SELECT 'valuations', valuation_id, 'as_of', startup_id, as_of, period_end(as_of, date_precision) FROM data.valuations
    UNION ALL SELECT 'stakes', stake_id, 'as_of', startup_id, as_of, period_end(as_of, date_precision) FROM data.stakes
    UNION ALL SELECT 'cap_tables', concat_ws('/', table_id, line), 'as_of', startup_id, as_of, as_of FROM data.cap_tables
)
SELECT d.tbl, d.key, d.col, d.starts::VARCHAR, 'is before the founding of ' || s.startup_id || ' on ' || s.founded
FROM dated d JOIN data.startups s USING (startup_id) WHERE d.ends < s.founded;

-- name: market_value_before_listing
-- mend: give the value another basis, correct a date, or waive the rule
SELECT 'valuations', v.valuation_id, 'as_of', v.as_of::VARCHAR, 'is a market value, and ' || coalesce('the listing of ' || s.startup_id || ' is of ' || s.exit_date, s.startup_id || ' is not listed')
FROM data.valuations v JOIN data.startups s USING (startup_id)
WHERE v.basis = 'market-cap' AND (s.status <> 'public' OR period_end(v.as_of, v.date_precision) < s.exit_date);

-- name: talks_that_count
-- mend: set counts_in_totals to false
SELECT 'rounds', round_id, 'counts_in_totals', 'true',
    CASE WHEN superseded_by IS NULL THEN 'no money came of it: its status is ' || status ELSE 'the row that it became, ' || superseded_by || ', holds the money' END
FROM data.rounds WHERE counts_in_totals AND (status IN ('in-talks', 'cancelled') OR superseded_by IS NOT NULL);

-- name: closed_yet_uncounted
-- mend: let it count, name the round that it is part of or became, or waive the rule
SELECT 'rounds', round_id, 'counts_in_totals', 'false', 'is ' || status || ', and its money is in no total: it is part of no round, and no umbrella'
FROM data.rounds
WHERE NOT counts_in_totals AND status IN ('closed', 'reported') AND NOT is_umbrella AND coalesce(parent_round_id, superseded_by) IS NULL;

-- name: tranche_after_its_whole
-- mend: correct a date, or take the row out of the round
SELECT 'rounds', c.round_id, 'announced', c.announced::VARCHAR, 'is after the round that it is part of, ' || p.round_id || ' of ' || date_words(p.announced, p.date_precision)
FROM data.rounds c JOIN data.rounds p ON p.round_id = c.parent_round_id WHERE c.announced > period_end(p.announced, p.date_precision);

-- name: part_of_a_part
-- mend: name the outermost round
SELECT 'rounds', c.round_id, 'parent_round_id', p.round_id, 'is itself part of ' || p.parent_round_id
FROM data.rounds c JOIN data.rounds p ON p.round_id = c.parent_round_id WHERE p.parent_round_id IS NOT NULL;

-- name: used_nowhere
-- mend: drop the row, or waive the rule
WITH cited AS (
    SELECT source_id FROM data.startups UNION ALL SELECT source_id FROM data.investors UNION ALL SELECT source_id FROM data.rounds
    UNION ALL SELECT source_id FROM data.participations UNION ALL SELECT source_id FROM data.valuations UNION ALL SELECT source_id FROM data.stakes
    UNION ALL SELECT source_id FROM data.claims UNION ALL SELECT source_id FROM data.events UNION ALL SELECT source_id FROM data.series
    UNION ALL SELECT source_id FROM data.totals UNION ALL SELECT source_id FROM data.funds UNION ALL SELECT source_id FROM data.fx
    UNION ALL SELECT source_id FROM data.aliases UNION ALL SELECT source_id FROM data.cap_tables UNION ALL SELECT origin_id FROM data.sources
), acting AS (
    SELECT investor_id FROM data.participations UNION ALL SELECT investor_id FROM data.stakes UNION ALL SELECT investor_id FROM data.cap_tables
    UNION ALL SELECT subject_id FROM data.claims WHERE subject_kind = 'investor' UNION ALL SELECT unnest(string_split(actors, ';')) FROM data.events
    UNION ALL SELECT unnest([parent_id, affiliate_of, managed_by]) FROM data.investors UNION ALL SELECT entity_id FROM data.series UNION ALL SELECT entity_id FROM data.totals
)
SELECT 'sources', source_id, 'source_id', source_id, 'is cited by no row' FROM data.sources ANTI JOIN cited USING (source_id)
UNION ALL
SELECT 'investors', investor_id, 'investor_id', investor_id, 'is in no round, stake, claim, event, series or total' FROM data.investors ANTI JOIN acting USING (investor_id);

-- name: two_types_one_group
-- mend: give the vehicle the type of its owner, or waive the rule
SELECT 'investors', i.investor_id, 'type', i.type, 'is not the type of its owner ' || p.investor_id || ', ' || p.type
FROM data.investors i JOIN data.investors p ON p.investor_id = i.parent_id WHERE i.type <> p.type;

-- name: alias_of_nothing
-- mend: correct the key, or drop the row
SELECT 'aliases', concat_ws('/', a.entity_kind, a.entity_id, a.alias), 'entity_id', a.entity_id, 'there is no such ' || a.entity_kind
FROM data.aliases a WHERE a.entity_id NOT IN (SELECT startup_id FROM data.startups WHERE a.entity_kind = 'startup' UNION ALL SELECT investor_id FROM data.investors WHERE a.entity_kind = 'investor');

-- name: one_alias_two_firms
-- mend: merge the firms, tell the names apart, or waive the rule
SELECT 'aliases', concat_ws('/', a.entity_kind, a.entity_id, a.alias), 'alias', a.alias, 'is also a name of ' || min(o.key)
FROM data.aliases a JOIN (
    SELECT 'startup' AS kind, startup_id AS key, name FROM data.startups UNION ALL SELECT 'investor', investor_id, name FROM data.investors
    UNION ALL SELECT entity_kind, entity_id, alias FROM data.aliases
) o ON o.kind = a.entity_kind AND o.key <> a.entity_id AND lower(o.name) = lower(a.alias)
GROUP BY ALL;

-- name: one_list_of_holders
-- mend: give the lines of another list another table_id
SELECT 'cap_tables', concat_ws('/', table_id, max(line)), 'table_id', table_id, 'has lines of several companies, days, bases or sources'
FROM data.cap_tables GROUP BY table_id HAVING count(DISTINCT (startup_id, as_of, base, source_id)) > 1;

-- name: holders_above_hundred
-- mend: correct a percentage, or drop a line that is a subtotal
SELECT 'cap_tables', concat_ws('/', table_id, max(line)), 'pct', sum(pct), 'the lines of ' || table_id || ' sum over 100'
FROM data.cap_tables GROUP BY table_id HAVING sum(pct) > 100.5;

-- name: line_of_another_stake
-- mend: name the stake that the line is part of
SELECT 'cap_tables', concat_ws('/', c.table_id, c.line), 'stake_id', c.stake_id, 'is a stake in ' || s.startup_id || ' of ' || s.investor_id || ', not that of the line'
FROM data.cap_tables c JOIN data.stakes s USING (stake_id) WHERE s.startup_id <> c.startup_id OR s.investor_id <> c.investor_id;

-- name: claim_on_nothing
-- mend: correct the key, or add the row
SELECT 'claims', claim_id, 'subject_id', subject_id, 'there is no such ' || subject_kind
FROM data.claims WHERE (subject_kind, subject_id) NOT IN (SELECT (subject_kind, subject_id) FROM subjects);

-- name: claim_in_wrong_unit
-- mend: use a unit of the dimension of the field
SELECT 'claims', c.claim_id, 'unit', c.unit, 'does not measure ' || f.dimension
FROM data.claims c JOIN data.fields f USING (subject_kind, field)
WHERE (c.value_low IS NOT NULL OR c.value_high IS NOT NULL)
  AND ((f.dimension = 'money' AND NOT ends_with(c.unit, '_m')) OR (f.dimension = 'price' AND c.unit NOT IN ('USD', 'CNY', 'HKD')) OR (f.dimension = 'share' AND c.unit <> 'pct') OR (f.dimension = 'text' AND c.unit <> 'text'));

-- name: claim_repeated
-- mend: drop one of the rows
SELECT 'claims', claim_id, 'source_id', source_id, 'says the same of the same fact in another row'
FROM (SELECT *, row_number() OVER (PARTITION BY subject_kind, subject_id, field, value_low, value_high, unit, text_value, source_id ORDER BY claim_id) AS n FROM data.claims)
WHERE n > 1;

-- name: adopted_though_deprecated
-- mend: adopt another claim, or lift the rank
SELECT 'claims', c.claim_id, 'rank', 'deprecated', 'is the value and the source that the row adopts'
FROM main.all_claims c JOIN main.all_claims a USING (subject_kind, subject_id, field, source_id)
WHERE a.adopted AND NOT c.adopted AND c.rank = 'deprecated' AND c.value = a.value AND c.unit = a.unit;

-- name: origin_of_an_origin
-- mend: point to the first page
SELECT 'sources', s.source_id, 'origin_id', s.origin_id, 'is itself a copy of ' || o.origin_id || ': point to that'
FROM data.sources s JOIN data.sources o ON o.source_id = s.origin_id WHERE o.origin_id IS NOT NULL;

-- name: copy_before_its_origin
-- mend: correct a date or the origin, or waive the rule
SELECT 'sources', s.source_id, 'published', s.published::VARCHAR, 'is earlier than the piece that it repeats, ' || o.source_id || ' of ' || o.published
FROM data.sources s JOIN data.sources o ON o.source_id = s.origin_id
WHERE s.published_precision = 'day' AND o.published_precision = 'day' AND s.published < o.published;

-- name: two_rows_one_page
-- mend: merge the rows, or waive the rule
SELECT 'sources', source_id, 'url', url, 'is the address of another row too'
FROM (SELECT *, row_number() OVER (PARTITION BY url ORDER BY source_id) AS n FROM data.sources WHERE url IS NOT NULL)
WHERE n > 1;

-- name: leads
-- mend: set role to lead for one, to co-lead for several
SELECT 'participations', any_value(round_id || '/' || investor_id || '/' || instrument), 'role', any_value(role),
    'one leader is lead, several are co-lead; this round has ' || count(*) || ' of them'
FROM (SELECT *, count(DISTINCT investor_id) OVER (PARTITION BY round_id) AS n FROM data.participations WHERE role <> 'participant')
GROUP BY round_id
HAVING NOT bool_and(role = CASE WHEN n = 1 THEN 'lead' ELSE 'co-lead' END);

-- name: decided_away_yet_present
-- mend: drop the row, or the decision
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
-- mend: drop the silence, or correct the claim
-- A page that gives a share of cloud credits is not silent on what was given in kind, nor one that gives a figure on that fact.
WITH silent AS (
    SELECT claim_id, subject_kind, subject_id, field, source_id, text_value FROM data.claims WHERE text_value = 'not stated'
)
SELECT 'claims', s.claim_id, 'text_value', s.text_value, 'is a silence, yet the same page tells it in ' || c.claim_id
FROM silent s JOIN data.claims c ON (c.subject_kind, c.subject_id, c.source_id) = (s.subject_kind, s.subject_id, s.source_id)
WHERE (c.field = s.field AND coalesce(c.value_low, c.value_high) IS NOT NULL)
   OR (s.field = 'in_kind_scope' AND c.field = 'cloud_credit_share' AND c.claim_id <> s.claim_id);
