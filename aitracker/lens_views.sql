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
