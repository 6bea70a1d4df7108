-- The other tables as of a date and as known by a date.

CREATE MACRO sources_seen(known_by) AS TABLE
    SELECT s.* FROM data.sources s JOIN dated_sources d USING (source_id)
    WHERE known_by IS NULL OR d.known_from <= known_by;

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
