-- From when on something is known.

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
