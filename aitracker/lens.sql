-- The lens: every table as of a date, as known by a date, under a policy, rolled up to groups.
--
-- The curated rows are in the schema `data`. Here they are seen through four things that each connection sets:
--   as_of     it had happened by then (valid time);       NULL: whenever
--   known_by  a source had said so by then (knowledge);   NULL: whenever
--   policy    how one value is chosen where claims differ: curated, filing-first, latest, lowest, highest, median
--   grp       whose name an investor's money goes under:  none, parent, managed, affiliates
-- Each table macro below takes them as arguments; the view of the same table reads them from the connection's variables
-- (SET VARIABLE as_of = DATE '2024-05-31'), so that `FROM rounds` obeys the lens and `FROM data.rounds` does not.

-- ---------------------------------------------------------------------------------------------------- dates and money

-- Last day that a fuzzy date may mean: a month, a quarter or a year counts from its end.
CREATE MACRO period_end(d, p) AS CASE p
    WHEN 'month' THEN last_day(d)
    WHEN 'quarter' THEN last_day(CAST(d + INTERVAL 2 MONTH AS DATE))
    WHEN 'year' THEN make_date(year(d), 12, 31)
    ELSE d END;

-- Day whose exchange rate converts a fuzzy date: the day itself, or the middle of the period.
CREATE MACRO rate_day(d, p) AS d + CAST((period_end(d, p) - d) / 2 AS INTEGER);

-- A fuzzy date as text, to its own precision: 2024-02-26, 2024-02, 2024-Q1, 2024.
CREATE MACRO date_words(d, p) AS CASE p
    WHEN 'month' THEN strftime(d, '%Y-%m')
    WHEN 'quarter' THEN strftime(d, '%Y') || '-Q' || quarter(d)
    WHEN 'year' THEN strftime(d, '%Y')
    ELSE strftime(d, '%Y-%m-%d') END;

CREATE MACRO currency_of(unit) AS nullif(regexp_extract(unit, '^([A-Z]{3})_m$', 1), '');

CREATE VIEW rates AS
    SELECT date, currency, usd_per_unit FROM data.fx;

-- ------------------------------------------------------------------------------------------------------------ sources

CREATE VIEW dated_sources AS
    SELECT *,
        coalesce(origin_id, source_id) AS origin,
        period_end(published, published_precision) AS known_from,
        list_position(['filing', 'company', 'wire', 'newspaper', 'trade', 'aggregator', 'blog'], kind) AS kind_rank
    FROM data.sources;

-- ------------------------------------------------------------------------------------------------------------- claims

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

-- A subject is known, with what it is and when it took place, from the first dated claim on it (`source_id` is that claim's);
-- a round also from the first claim on anyone's part in it. It is told of as done from the first one that is not older than
-- its day: whoever wrote before spoke of talks.
CREATE TABLE main.first_known AS
    WITH told AS (
        SELECT subject_kind, subject_id, known_from, source_id FROM all_claims
        UNION ALL
        SELECT 'round+', r.round_id, c.known_from, c.source_id
        FROM data.rounds r JOIN all_claims c
          ON (c.subject_kind = 'round' AND c.subject_id = r.round_id)
          OR (c.subject_kind = 'participation' AND starts_with(c.subject_id, r.round_id || '/'))
    ), starts AS (
        SELECT 'round+' AS subject_kind, round_id AS subject_id, announced AS day FROM data.rounds
        UNION ALL SELECT 'valuation', valuation_id, as_of FROM data.valuations
    )
    SELECT t.subject_kind, t.subject_id, min(t.known_from) AS known_from,
        arg_min(t.source_id, (t.known_from, t.source_id)) FILTER (t.known_from IS NOT NULL) AS source_id,
        min(t.known_from) FILTER (s.day IS NULL OR t.known_from >= s.day) AS done_from
    FROM told t LEFT JOIN starts s USING (subject_kind, subject_id) GROUP BY ALL;

-- Single cells that rest on sources of their own.
CREATE TABLE main.field_known AS
    SELECT subject_kind, subject_id, field, min(known_from) AS known_from FROM all_claims
    WHERE rank <> 'deprecated' AND (subject_kind, field) IN (VALUES ('startup', 'founded'), ('startup', 'hq_city'), ('participation', 'instrument'), ('participation', 'role'))
    GROUP BY ALL;

-- From when on it is known that a start-up was listed or bought: a page of that day or later on the start-up itself, its
-- offering, its purchase or its market value.
CREATE TABLE main.exit_known AS
    SELECT s.startup_id, min(k.known_from) AS known_from
    FROM data.startups s JOIN (
        SELECT startup_id, known_from FROM data.startups JOIN dated_sources USING (source_id)
        UNION ALL SELECT startup_id, k.known_from FROM data.rounds JOIN first_known k ON k.subject_kind = 'round+' AND k.subject_id = round_id WHERE kind IN ('ipo', 'acquisition') AND status = 'closed'
        UNION ALL SELECT startup_id, c.known_from FROM data.rounds JOIN all_claims c ON c.subject_kind = 'round' AND c.subject_id = round_id WHERE kind IN ('ipo', 'acquisition') AND status = 'closed'
        UNION ALL SELECT startup_id, c.known_from FROM data.valuations JOIN all_claims c ON c.subject_kind = 'valuation' AND c.subject_id = valuation_id WHERE basis = 'market-cap' AND data.valuations.status = 'closed'
    ) k USING (startup_id) WHERE k.known_from >= s.exit_date GROUP BY ALL;

-- A row's own source where it was known, else the one that first made its subject known; remarks are of today.
CREATE MACRO shown_source(own, own_known, first_source, known_by) AS
    CASE WHEN known_by IS NULL OR own_known <= known_by THEN own ELSE first_source END;
CREATE MACRO remark(note, known_by) AS CASE WHEN known_by IS NULL THEN note END;

-- ------------------------------------------------------------------------------------------------------------- groups

CREATE TABLE main.investor_ties AS
    WITH RECURSIVE ties AS (
        SELECT investor_id, parent_id, managed_by, affiliate_of, coalesce(known_from, DATE '9999-12-31') AS known_from
        FROM data.investors JOIN dated_sources USING (source_id)
    ), above AS (
        SELECT investor_id, 'parent' AS tie, parent_id AS up, known_from FROM ties WHERE parent_id IS NOT NULL
        UNION ALL SELECT investor_id, 'managed', coalesce(parent_id, managed_by), known_from FROM ties WHERE coalesce(parent_id, managed_by) IS NOT NULL
        UNION ALL SELECT investor_id, 'affiliates', coalesce(parent_id, affiliate_of), known_from FROM ties WHERE coalesce(parent_id, affiliate_of) IS NOT NULL
    ), chain AS (
        SELECT investor_id, unnest(['parent', 'managed', 'affiliates']) AS tie, investor_id AS root, 0 AS depth, DATE '0001-01-01' AS known_from FROM data.investors
        UNION ALL
        SELECT c.investor_id, c.tie, a.up, depth + 1, greatest(c.known_from, a.known_from)
        FROM chain c JOIN above a ON a.investor_id = c.root AND a.tie = c.tie WHERE depth < 9
    )
    FROM chain ORDER BY ALL;
COMMENT ON TABLE main.investor_ties IS 'Every firm above an investor, by kind of tie, how far up, and from when on all ties between are known.';

CREATE TABLE main.investor_roots AS
    SELECT investor_id, arg_max(root, depth) FILTER (tie = 'parent') AS parent_root,
        arg_max(root, depth) FILTER (tie = 'managed') AS managed_root,
        arg_max(root, depth) FILTER (tie = 'affiliates') AS affiliate_root
    FROM main.investor_ties GROUP BY investor_id ORDER BY investor_id;
COMMENT ON TABLE main.investor_roots IS 'The firm at the top of each investor: by control, by control or management, and by control or affiliation.';

-- Under whose name each investor goes, by the ties known by a date; `groups` takes the date from the connection's lens.
CREATE MACRO groups_known(grp, known_by) AS TABLE
    SELECT investor_id,
        CASE grp WHEN 'none' THEN investor_id WHEN 'managed' THEN managed_root WHEN 'affiliates' THEN affiliate_root ELSE parent_root END AS group_id
    FROM main.investor_roots WHERE known_by IS NULL
    UNION ALL
    SELECT investor_id, arg_max(root, depth)
    FROM main.investor_ties WHERE known_from <= known_by AND tie = grp GROUP BY investor_id
    UNION ALL
    SELECT investor_id, investor_id FROM data.investors WHERE known_by IS NOT NULL AND grp = 'none';
CREATE MACRO groups(grp) AS TABLE FROM groups_known(grp, CAST(getvariable('known_by') AS DATE));

-- ------------------------------------------------------------------------------------------------- tables as of a lens

CREATE MACRO sources_seen(known_by) AS TABLE
    SELECT s.* FROM data.sources s JOIN dated_sources d USING (source_id)
    WHERE known_by IS NULL OR d.known_from <= known_by;

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

CREATE MACRO startups_seen(as_of, known_by) AS TABLE
    WITH mentioned AS (
        SELECT startup_id, min(known_from) AS known_from, arg_min(first_source, (known_from, first_source)) FILTER (known_from IS NOT NULL) AS first_source FROM (
            SELECT startup_id, known_from, source_id AS first_source FROM data.startups JOIN dated_sources USING (source_id)
            UNION ALL SELECT k.subject_id, k.known_from, k.source_id FROM first_known k WHERE k.subject_kind = 'startup'
            UNION ALL SELECT startup_id, k.known_from, k.source_id FROM data.rounds JOIN first_known k ON k.subject_kind = 'round+' AND k.subject_id = round_id
            UNION ALL SELECT startup_id, k.known_from, k.source_id FROM data.valuations JOIN first_known k ON k.subject_kind = 'valuation' AND k.subject_id = valuation_id
            UNION ALL SELECT startup_id, k.known_from, k.source_id FROM data.stakes JOIN first_known k ON k.subject_kind = 'stake' AND k.subject_id = stake_id
        ) GROUP BY ALL
    ), rows_of AS (
        SELECT s.*, m.known_from AS first_from, m.first_source, d.known_from AS own_from,
            s.exit_date IS NOT NULL AND s.exit_date <= coalesce(as_of, DATE '9999-12-31') AND (known_by IS NULL OR e.known_from <= known_by) AS out,
            known_by IS NULL OR f.known_from <= known_by AS founding, known_by IS NULL OR h.known_from <= known_by AS seated
        FROM data.startups s JOIN mentioned m USING (startup_id) JOIN dated_sources d USING (source_id)
        LEFT JOIN exit_known e ON e.startup_id = s.startup_id
        LEFT JOIN field_known f ON f.subject_kind = 'startup' AND f.field = 'founded' AND f.subject_id = s.startup_id
        LEFT JOIN field_known h ON h.subject_kind = 'startup' AND h.field = 'hq_city' AND h.subject_id = s.startup_id
    )
    SELECT * EXCLUDE (first_from, first_source, own_from, out, founding, seated) REPLACE (
        CASE WHEN out OR exit_date IS NULL THEN status ELSE 'private' END AS status,
        CASE WHEN out THEN exit_date END AS exit_date,
        CASE WHEN out OR (known_by IS NULL AND as_of IS NULL) THEN ticker END AS ticker,
        CASE WHEN founding THEN founded END AS founded, CASE WHEN founding THEN founded_precision END AS founded_precision,
        CASE WHEN seated THEN hq_city END AS hq_city,
        shown_source(source_id, own_from, first_source, known_by) AS source_id, remark(note, known_by) AS note)
    FROM rows_of
    WHERE (known_by IS NULL OR first_from <= known_by)
      AND (as_of IS NULL OR founded IS NULL OR period_end(founded, founded_precision) <= as_of);

CREATE MACRO investors_seen(known_by, grp) AS TABLE
    WITH mentioned AS (
        SELECT investor_id, min(known_from) AS known_from, arg_min(first_source, (known_from, first_source)) FILTER (known_from IS NOT NULL) AS first_source FROM (
            SELECT investor_id, known_from, source_id AS first_source FROM data.investors JOIN dated_sources USING (source_id)
            UNION ALL SELECT k.subject_id, k.known_from, k.source_id FROM first_known k WHERE k.subject_kind = 'investor'
            -- A page that ties a vehicle to a firm names the firm.
            UNION ALL SELECT unnest([parent_id, affiliate_of, managed_by]), known_from, source_id FROM data.investors JOIN dated_sources USING (source_id)
            UNION ALL SELECT investor_id, k.known_from, k.source_id FROM data.participations JOIN first_known k ON k.subject_kind = 'participation' AND k.subject_id = round_id || '/' || investor_id
            UNION ALL SELECT investor_id, k.known_from, k.source_id FROM data.stakes JOIN first_known k ON k.subject_kind = 'stake' AND k.subject_id = stake_id
        ) GROUP BY ALL
    ), rows_of AS (
        SELECT i.*, g.group_id, m.first_source, m.known_from AS first_from, d.known_from AS own_from, known_by IS NULL OR d.known_from <= known_by AS own
        FROM data.investors i JOIN mentioned m USING (investor_id) JOIN groups_known(grp, known_by) g USING (investor_id) JOIN dated_sources d USING (source_id)
    )
    -- Ties rest on the row's own source.
    SELECT investor_id, name, name_zh, type, country, CASE WHEN own THEN parent_id END AS parent_id, CASE WHEN own THEN affiliate_of END AS affiliate_of,
        CASE WHEN own THEN managed_by END AS managed_by, CASE WHEN own THEN ticker END AS ticker, group_id,
        shown_source(source_id, own_from, first_source, known_by) AS source_id, remark(note, known_by) AS note
    FROM rows_of WHERE known_by IS NULL OR first_from <= known_by;

CREATE MACRO events_seen(as_of, known_by) AS TABLE
    SELECT e.* REPLACE (shown_source(e.source_id, d.known_from, k.source_id, known_by) AS source_id, remark(e.note, known_by) AS note)
    FROM data.events e JOIN first_known k ON k.subject_kind = 'event' AND k.subject_id = e.event_id JOIN dated_sources d ON d.source_id = e.source_id
    WHERE (known_by IS NULL OR k.known_from <= known_by) AND (as_of IS NULL OR period_end(e.date, e.date_precision) <= as_of);

CREATE MACRO series_seen(as_of, known_by) AS TABLE
    SELECT s.* FROM data.series s JOIN dated_sources d USING (source_id)
    WHERE (known_by IS NULL OR d.known_from <= known_by) AND (as_of IS NULL OR s.period_end <= as_of);

CREATE MACRO totals_seen(as_of, known_by) AS TABLE
    SELECT t.* FROM data.totals t JOIN dated_sources d USING (source_id)
    WHERE (known_by IS NULL OR d.known_from <= known_by) AND (as_of IS NULL OR t.as_of <= as_of);

CREATE MACRO aliases_seen(known_by) AS TABLE
    SELECT a.* FROM data.aliases a JOIN dated_sources d USING (source_id) WHERE known_by IS NULL OR d.known_from <= known_by;

CREATE MACRO cap_tables_seen(as_of, known_by) AS TABLE
    SELECT t.* FROM data.cap_tables t JOIN dated_sources d USING (source_id)
    WHERE (known_by IS NULL OR d.known_from <= known_by) AND (as_of IS NULL OR t.as_of <= as_of);

-- A rate is published on its day, whatever page it was copied from.
CREATE MACRO fx_seen(as_of, known_by) AS TABLE
    SELECT * FROM data.fx WHERE (as_of IS NULL OR date <= as_of) AND (known_by IS NULL OR date <= known_by);

CREATE MACRO funds_seen(known_by) AS TABLE
    SELECT f.* FROM data.funds f JOIN dated_sources d USING (source_id) WHERE known_by IS NULL OR d.known_from <= known_by;

-- The tables as the connection's own lens shows them.
CREATE VIEW sources AS FROM sources_seen(CAST(getvariable('known_by') AS DATE));
CREATE VIEW startups AS FROM startups_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE));
CREATE VIEW investors AS FROM investors_seen(CAST(getvariable('known_by') AS DATE), coalesce(getvariable('grp'), 'parent'));
CREATE VIEW rounds AS FROM rounds_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE), coalesce(getvariable('policy'), 'curated'));
CREATE VIEW participations AS FROM participations_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE), coalesce(getvariable('policy'), 'curated'), coalesce(getvariable('grp'), 'parent'));
CREATE VIEW valuations AS FROM valuations_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE), coalesce(getvariable('policy'), 'curated'));
CREATE VIEW stakes AS FROM stakes_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE), coalesce(getvariable('policy'), 'curated'), coalesce(getvariable('grp'), 'parent'));
CREATE VIEW claims AS FROM claims_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE));
CREATE VIEW events AS FROM events_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE));
CREATE VIEW series AS FROM series_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE));
CREATE VIEW totals AS FROM totals_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE));
CREATE VIEW aliases AS FROM aliases_seen(CAST(getvariable('known_by') AS DATE));
CREATE VIEW cap_tables AS FROM cap_tables_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE));
CREATE VIEW fx AS FROM fx_seen(CAST(getvariable('as_of') AS DATE), CAST(getvariable('known_by') AS DATE));
CREATE VIEW funds AS FROM funds_seen(CAST(getvariable('known_by') AS DATE));
CREATE VIEW fields AS FROM data.fields;
CREATE VIEW qualifiers AS FROM data.qualifiers;
CREATE VIEW decisions AS FROM data.decisions;

-- What everyone asks for first, kept: the tables that rest on a choice, as they are now, one set a policy. Whoever looks
-- at another date, or is asked under whose name an investor goes, reads the views.
CREATE TABLE main.valuations_now AS
    SELECT 'curated' AS policy, * FROM valuations_seen(NULL::DATE, NULL::DATE, 'curated')
    UNION ALL SELECT 'filing-first' AS policy, * FROM valuations_seen(NULL::DATE, NULL::DATE, 'filing-first')
    UNION ALL SELECT 'latest' AS policy, * FROM valuations_seen(NULL::DATE, NULL::DATE, 'latest')
    UNION ALL SELECT 'lowest' AS policy, * FROM valuations_seen(NULL::DATE, NULL::DATE, 'lowest')
    UNION ALL SELECT 'highest' AS policy, * FROM valuations_seen(NULL::DATE, NULL::DATE, 'highest')
    UNION ALL SELECT 'median' AS policy, * FROM valuations_seen(NULL::DATE, NULL::DATE, 'median');
CREATE TABLE main.rounds_now AS
    SELECT 'curated' AS policy, * FROM rounds_seen(NULL::DATE, NULL::DATE, 'curated')
    UNION ALL SELECT 'filing-first' AS policy, * FROM rounds_seen(NULL::DATE, NULL::DATE, 'filing-first')
    UNION ALL SELECT 'latest' AS policy, * FROM rounds_seen(NULL::DATE, NULL::DATE, 'latest')
    UNION ALL SELECT 'lowest' AS policy, * FROM rounds_seen(NULL::DATE, NULL::DATE, 'lowest')
    UNION ALL SELECT 'highest' AS policy, * FROM rounds_seen(NULL::DATE, NULL::DATE, 'highest')
    UNION ALL SELECT 'median' AS policy, * FROM rounds_seen(NULL::DATE, NULL::DATE, 'median');
CREATE TABLE main.participations_now AS
    SELECT 'curated' AS policy, * FROM participations_seen(NULL::DATE, NULL::DATE, 'curated', 'none')
    UNION ALL SELECT 'filing-first' AS policy, * FROM participations_seen(NULL::DATE, NULL::DATE, 'filing-first', 'none')
    UNION ALL SELECT 'latest' AS policy, * FROM participations_seen(NULL::DATE, NULL::DATE, 'latest', 'none')
    UNION ALL SELECT 'lowest' AS policy, * FROM participations_seen(NULL::DATE, NULL::DATE, 'lowest', 'none')
    UNION ALL SELECT 'highest' AS policy, * FROM participations_seen(NULL::DATE, NULL::DATE, 'highest', 'none')
    UNION ALL SELECT 'median' AS policy, * FROM participations_seen(NULL::DATE, NULL::DATE, 'median', 'none');
CREATE TABLE main.stakes_now AS
    SELECT 'curated' AS policy, * FROM stakes_seen(NULL::DATE, NULL::DATE, 'curated', 'none')
    UNION ALL SELECT 'filing-first' AS policy, * FROM stakes_seen(NULL::DATE, NULL::DATE, 'filing-first', 'none')
    UNION ALL SELECT 'latest' AS policy, * FROM stakes_seen(NULL::DATE, NULL::DATE, 'latest', 'none')
    UNION ALL SELECT 'lowest' AS policy, * FROM stakes_seen(NULL::DATE, NULL::DATE, 'lowest', 'none')
    UNION ALL SELECT 'highest' AS policy, * FROM stakes_seen(NULL::DATE, NULL::DATE, 'highest', 'none')
    UNION ALL SELECT 'median' AS policy, * FROM stakes_seen(NULL::DATE, NULL::DATE, 'median', 'none');
