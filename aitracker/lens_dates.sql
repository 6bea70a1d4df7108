-- The lens: every table as of a date, as known by a date, under a policy, rolled up to groups.
--
-- The curated rows are in the schema `data`. Here they are seen through four things that each connection sets:
--   as_of     it had happened by then (valid time);       NULL: whenever
--   known_by  a source had said so by then (knowledge);   NULL: whenever
--   policy    how one value is chosen where claims differ: curated, filing-first, latest, lowest, highest, median
--   grp       whose name an investor's money goes under:  none, parent, managed, affiliates
-- Each table macro below takes them as arguments; the view of the same table reads them from the connection's variables
-- (SET VARIABLE as_of = DATE '2024-05-31'), so that `FROM rounds` obeys the lens and `FROM data.rounds` does not.
--
-- The parts of it are read one after another, as aitracker/build.py lists them: dates and money, claims and the choice among
-- them, what is known from when on, groups of investors, the tables of money, the other tables, the views.

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
