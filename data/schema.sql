-- The one definition of the dataset: every table, key, rule on a single row, and the meaning of every column.
-- data/*.csv hold the rows, one file a table, with these columns in this order, sorted by key.
-- Rules that need more than one row are in aitracker/checks.sql; what a reader sees through a lens is in aitracker/lens_*.sql.
--
-- Conventions. Money is native (`amount_m` in millions of `currency`); US dollars are derived, never stored.
-- `_pct` is 0-100, `_m` millions. A date has a precision beside it and then names the first day of that period.
-- An empty cell is unknown: never zero. NULL in `origin_id` or `parent_*` means "none".

CREATE SCHEMA data;

CREATE TABLE data.sources (
    source_id           VARCHAR PRIMARY KEY,
    origin_id           VARCHAR REFERENCES data.sources (source_id),
    publisher           VARCHAR NOT NULL,
    title               VARCHAR,
    published           DATE,
    published_precision VARCHAR CHECK (published_precision IN ('day', 'month', 'quarter', 'year')),
    published_basis     VARCHAR CHECK (published_basis IN ('stated', 'inferred')),
    language            VARCHAR NOT NULL,
    kind                VARCHAR NOT NULL CHECK (kind IN ('filing', 'company', 'wire', 'newspaper', 'trade', 'aggregator', 'blog')),
    url                 VARCHAR,
    note                VARCHAR,
    CHECK ((published IS NULL) = (published_precision IS NULL)),
    CHECK ((published IS NULL) = (published_basis IS NULL)),
    CHECK (origin_id IS NULL OR origin_id <> source_id)
);
COMMENT ON TABLE data.sources IS 'Pages, filings and reports that state the facts; one row a page.';
COMMENT ON COLUMN data.sources.source_id IS 'Text key: publisher, date, topic.';
COMMENT ON COLUMN data.sources.origin_id IS 'The source whose original piece this one repeats; empty where it is its own origin. Corroboration counts origins, never pages.';
COMMENT ON COLUMN data.sources.publisher IS 'Who published the page.';
COMMENT ON COLUMN data.sources.title IS 'The page''s own title; in brackets where the page showed none.';
COMMENT ON COLUMN data.sources.published IS 'Publication date, first day of the stated period; empty where unknown.';
COMMENT ON COLUMN data.sources.published_precision IS 'How exact `published` is. A source dated to a month or a year makes a fact known from the last day of that period.';
COMMENT ON COLUMN data.sources.published_basis IS 'Whether the page states its date or the date was inferred from its text or address.';
COMMENT ON COLUMN data.sources.language IS 'ISO 639-1 code of the page''s language.';
COMMENT ON COLUMN data.sources.kind IS 'Rank of the source for the filing-first policy: filing, company, wire, newspaper, trade, aggregator, blog.';
COMMENT ON COLUMN data.sources.url IS 'Address of the page; empty where none was kept.';
COMMENT ON COLUMN data.sources.note IS 'Remark of the curators.';

CREATE TABLE data.startups (
    startup_id        VARCHAR PRIMARY KEY,
    name              VARCHAR NOT NULL,
    name_zh           VARCHAR,
    founded           DATE,
    founded_precision VARCHAR CHECK (founded_precision IN ('day', 'month', 'quarter', 'year')),
    hq_city           VARCHAR,
    country           VARCHAR,
    segment           VARCHAR NOT NULL CHECK (segment IN ('foundation-model', 'genai-app', 'embodied', 'chips', 'ai-infra', 'vision')),
    wave              VARCHAR NOT NULL CHECK (wave IN ('vision', 'genai', 'other', 'foreign')),
    scope             VARCHAR CHECK (scope IN ('model-maker', 'genai', 'ai')),
    status            VARCHAR NOT NULL CHECK (status IN ('private', 'public', 'acquired')),
    ticker            VARCHAR,
    exit_date         DATE,
    source_id         VARCHAR NOT NULL REFERENCES data.sources (source_id),
    note              VARCHAR,
    CHECK ((founded IS NULL) = (founded_precision IS NULL)),
    CHECK ((scope IS NULL) = (wave = 'foreign'))
);
COMMENT ON TABLE data.startups IS 'Tracked companies: the generative-AI wave, the vision wave before it, chip makers and others, and foreign comparators.';
COMMENT ON COLUMN data.startups.startup_id IS 'Text key; one slug, one firm.';
COMMENT ON COLUMN data.startups.name IS 'English name.';
COMMENT ON COLUMN data.startups.name_zh IS 'Chinese name.';
COMMENT ON COLUMN data.startups.founded IS 'Founding date, first day of the stated period.';
COMMENT ON COLUMN data.startups.founded_precision IS 'How exact `founded` is.';
COMMENT ON COLUMN data.startups.hq_city IS 'City of the head office.';
COMMENT ON COLUMN data.startups.country IS 'ISO 3166 code of the country.';
COMMENT ON COLUMN data.startups.segment IS 'What the company makes.';
COMMENT ON COLUMN data.startups.wave IS 'vision: the computer-vision wave (2014-2021); genai: the wave after ChatGPT; other: chip makers and companies older than either; foreign: model makers abroad, for comparison.';
COMMENT ON COLUMN data.startups.scope IS 'The narrowest of three nested sets of Chinese start-ups that it belongs to: model-maker (trains foundation models), genai (with applications, robots and infrastructure of the wave after ChatGPT), ai (all that are tracked, chips and older ones included). Empty for foreign comparators.';
COMMENT ON COLUMN data.startups.status IS 'Status at the latest date known.';
COMMENT ON COLUMN data.startups.ticker IS 'Exchange ticker once listed.';
COMMENT ON COLUMN data.startups.exit_date IS 'Day of the listing or of the take-over.';
COMMENT ON COLUMN data.startups.source_id IS 'Source of the row.';
COMMENT ON COLUMN data.startups.note IS 'Remark of the curators.';

CREATE TABLE data.investors (
    investor_id  VARCHAR PRIMARY KEY,
    name         VARCHAR NOT NULL,
    name_zh      VARCHAR,
    type         VARCHAR NOT NULL CHECK (type IN ('angel', 'bank', 'big-tech', 'corporate', 'founder', 'pe', 'public-market', 'sovereign', 'state-fund', 'university', 'vc', 'unknown')),
    country      VARCHAR,
    parent_id    VARCHAR REFERENCES data.investors (investor_id),
    affiliate_of VARCHAR REFERENCES data.investors (investor_id),
    managed_by   VARCHAR REFERENCES data.investors (investor_id),
    ticker       VARCHAR,
    source_id    VARCHAR NOT NULL REFERENCES data.sources (source_id),
    note         VARCHAR,
    CHECK (parent_id IS NULL OR parent_id <> investor_id),
    CHECK (affiliate_of IS NULL OR affiliate_of <> investor_id),
    CHECK (managed_by IS NULL OR managed_by <> investor_id)
);
COMMENT ON TABLE data.investors IS 'Firms, funds and people that put money in; one slug, one firm.';
COMMENT ON COLUMN data.investors.investor_id IS 'Text key; one slug, one firm.';
COMMENT ON COLUMN data.investors.name IS 'English name.';
COMMENT ON COLUMN data.investors.name_zh IS 'Chinese name.';
COMMENT ON COLUMN data.investors.type IS 'Kind of investor.';
COMMENT ON COLUMN data.investors.country IS 'ISO 3166 code of the home of the firm that decides; empty where unknown.';
COMMENT ON COLUMN data.investors.parent_id IS 'Owner of a controlled vehicle: rolls up under group=''parent''.';
COMMENT ON COLUMN data.investors.affiliate_of IS 'Firm that it is tied to without control: rolls up under group=''affiliates'' only.';
COMMENT ON COLUMN data.investors.managed_by IS 'Firm that manages it without owning the money in it: rolls up under group=''managed'' only.';
COMMENT ON COLUMN data.investors.ticker IS 'Exchange ticker.';
COMMENT ON COLUMN data.investors.source_id IS 'A source that names the investor.';
COMMENT ON COLUMN data.investors.note IS 'Remark of the curators, with former names and aliases.';

CREATE TABLE data.rounds (
    round_id         VARCHAR PRIMARY KEY,
    startup_id       VARCHAR NOT NULL REFERENCES data.startups (startup_id),
    kind             VARCHAR NOT NULL CHECK (kind IN ('equity', 'ipo', 'placing', 'secondary', 'debt', 'acquisition', 'licence', 'in-kind')),
    series           VARCHAR,
    announced        DATE,
    date_precision   VARCHAR CHECK (date_precision IN ('day', 'month', 'quarter', 'year')),
    amount_m         DOUBLE CHECK (amount_m > 0),
    amount_low_m     DOUBLE CHECK (amount_low_m > 0),
    amount_high_m    DOUBLE,
    committed_m      DOUBLE CHECK (committed_m > 0),
    currency         VARCHAR CHECK (currency IN ('USD', 'CNY', 'HKD', 'EUR')),
    amount_qualifier VARCHAR NOT NULL CHECK (amount_qualifier IN ('exact', 'approx', 'at-least', 'nearly', 'at-most', 'range', 'undisclosed')),
    status           VARCHAR NOT NULL CHECK (status IN ('closed', 'reported', 'in-talks', 'cancelled')),
    parent_round_id  VARCHAR REFERENCES data.rounds (round_id),
    superseded_by    VARCHAR REFERENCES data.rounds (round_id),
    counts_in_totals BOOLEAN NOT NULL,
    is_umbrella      BOOLEAN NOT NULL,
    investor_list    VARCHAR NOT NULL CHECK (investor_list IN ('complete', 'partial', 'unknown')),
    source_id        VARCHAR NOT NULL REFERENCES data.sources (source_id),
    note             VARCHAR,
    CHECK ((announced IS NULL) = (date_precision IS NULL)),
    CHECK ((currency IS NULL) = (amount_m IS NULL)),
    CHECK ((amount_qualifier = 'undisclosed') = (amount_m IS NULL)),
    CHECK ((amount_qualifier = 'range') = (amount_low_m IS NOT NULL)),
    CHECK ((amount_low_m IS NULL) = (amount_high_m IS NULL)),
    CHECK (amount_low_m < amount_high_m AND amount_m BETWEEN amount_low_m AND amount_high_m),
    CHECK (committed_m IS NULL OR committed_m >= amount_m),
    CHECK (parent_round_id IS NULL OR parent_round_id <> round_id),
    CHECK (superseded_by IS NULL OR superseded_by <> round_id),
    CHECK (NOT (is_umbrella AND counts_in_totals))
);
COMMENT ON TABLE data.rounds IS 'Funding events, one row each, with the curators'' adopted values.';
COMMENT ON COLUMN data.rounds.round_id IS 'Text key: start-up, date, label.';
COMMENT ON COLUMN data.rounds.startup_id IS 'Who received the money.';
COMMENT ON COLUMN data.rounds.kind IS 'equity (new shares or convertible notes), ipo and placing are new money for equity; secondary (old shares), debt, acquisition, licence and in-kind (property instead of money) never enter equity totals.';
COMMENT ON COLUMN data.rounds.series IS 'Label of the round as the source gives it; unknown where it gives none.';
COMMENT ON COLUMN data.rounds.announced IS 'Date of the announcement, first day of the stated period; empty where unknown.';
COMMENT ON COLUMN data.rounds.date_precision IS 'How exact `announced` is.';
COMMENT ON COLUMN data.rounds.amount_m IS 'Size in millions of `currency`; the unconditional part where `committed_m` is set.';
COMMENT ON COLUMN data.rounds.amount_low_m IS 'Lower end where a range is stated; the amount then is the end or the figure inside it that stands for it.';
COMMENT ON COLUMN data.rounds.amount_high_m IS 'Upper end where a range is stated.';
COMMENT ON COLUMN data.rounds.committed_m IS 'Headline ceiling in millions of `currency` where part of it is conditional; never summed.';
COMMENT ON COLUMN data.rounds.currency IS 'ISO 4217 code of the native amount.';
COMMENT ON COLUMN data.rounds.amount_qualifier IS 'How the source qualifies the amount; its interval is in the table qualifiers.';
COMMENT ON COLUMN data.rounds.status IS 'talks < reported < closed, or cancelled. Totals hold closed rounds only.';
COMMENT ON COLUMN data.rounds.parent_round_id IS 'The round that this row is a tranche, or another sighting, of.';
COMMENT ON COLUMN data.rounds.superseded_by IS 'The later row that these talks became.';
COMMENT ON COLUMN data.rounds.counts_in_totals IS 'False where another row already holds this money, and for talks and cancelled rounds. A closed tranche brings its money at its own date all the same, and its whole the rest: see counts_at_date and counted_usd_m of the table through the lens.';
COMMENT ON COLUMN data.rounds.is_umbrella IS 'True for a row that collects backers without a dated round: never counted.';
COMMENT ON COLUMN data.rounds.investor_list IS 'Whether the participations name everybody: complete (a source says that these are all, or their parts are the whole amount), partial (a source says that there were others), unknown. Only a complete list lets a part be bounded from below by what the others leave.';
COMMENT ON COLUMN data.rounds.source_id IS 'Source of the adopted values.';
COMMENT ON COLUMN data.rounds.note IS 'Remark of the curators.';

CREATE TABLE data.participations (
    round_id         VARCHAR NOT NULL REFERENCES data.rounds (round_id),
    investor_id      VARCHAR NOT NULL REFERENCES data.investors (investor_id),
    instrument       VARCHAR NOT NULL CHECK (instrument IN ('cash', 'escrow', 'cloud-credit', 'traffic', 'convertible', 'stock', 'in-kind', 'mixed', 'secondary', 'unknown')),
    role             VARCHAR NOT NULL CHECK (role IN ('lead', 'co-lead', 'participant')),
    amount_m         DOUBLE CHECK (amount_m > 0),
    amount_low_m     DOUBLE CHECK (amount_low_m > 0),
    amount_high_m    DOUBLE,
    currency         VARCHAR CHECK (currency IN ('USD', 'CNY', 'HKD', 'EUR')),
    amount_qualifier VARCHAR NOT NULL CHECK (amount_qualifier IN ('exact', 'approx', 'at-least', 'nearly', 'at-most', 'range', 'undisclosed')),
    source_id        VARCHAR NOT NULL REFERENCES data.sources (source_id),
    note             VARCHAR,
    PRIMARY KEY (round_id, investor_id, instrument),
    CHECK ((currency IS NULL) = (amount_m IS NULL)),
    CHECK ((amount_qualifier = 'undisclosed') = (amount_m IS NULL)),
    CHECK ((amount_qualifier = 'range') = (amount_low_m IS NOT NULL)),
    CHECK ((amount_low_m IS NULL) = (amount_high_m IS NULL)),
    CHECK (amount_low_m < amount_high_m AND amount_m BETWEEN amount_low_m AND amount_high_m)
);
COMMENT ON TABLE data.participations IS 'Who took part in which round, one row per round, investor and instrument.';
COMMENT ON COLUMN data.participations.round_id IS 'The round.';
COMMENT ON COLUMN data.participations.investor_id IS 'The investor, as the source names it (vehicle, not parent).';
COMMENT ON COLUMN data.participations.instrument IS 'What was given. cash only where a source says so or the kind of round settles it (an IPO order); escrow: money ring-fenced for the investor''s own services; mixed: several of these, split unknown.';
COMMENT ON COLUMN data.participations.role IS 'lead (sole), co-lead (one of several) or participant.';
COMMENT ON COLUMN data.participations.amount_m IS 'The investor''s part in millions of `currency`, where a source states it.';
COMMENT ON COLUMN data.participations.amount_low_m IS 'Lower end where a range is stated.';
COMMENT ON COLUMN data.participations.amount_high_m IS 'Upper end where a range is stated.';
COMMENT ON COLUMN data.participations.currency IS 'ISO 4217 code of the native amount.';
COMMENT ON COLUMN data.participations.amount_qualifier IS 'How the source qualifies the amount.';
COMMENT ON COLUMN data.participations.source_id IS 'Source of the row.';
COMMENT ON COLUMN data.participations.note IS 'Remark of the curators.';

CREATE TABLE data.valuations (
    valuation_id   VARCHAR PRIMARY KEY,
    startup_id     VARCHAR NOT NULL REFERENCES data.startups (startup_id),
    as_of          DATE NOT NULL,
    date_precision VARCHAR NOT NULL CHECK (date_precision IN ('day', 'month', 'quarter', 'year')),
    value_m        DOUBLE NOT NULL CHECK (value_m > 0),
    value_low_m    DOUBLE CHECK (value_low_m > 0),
    value_high_m   DOUBLE,
    currency       VARCHAR NOT NULL CHECK (currency IN ('USD', 'CNY', 'HKD', 'EUR')),
    qualifier      VARCHAR NOT NULL CHECK (qualifier IN ('exact', 'approx', 'at-least', 'nearly', 'at-most', 'range')),
    basis          VARCHAR NOT NULL CHECK (basis IN ('pre-money', 'post-money', 'unstated', 'market-cap', 'secondary', 'estimate', 'target')),
    status         VARCHAR NOT NULL CHECK (status IN ('closed', 'reported', 'in-talks')),
    round_id       VARCHAR REFERENCES data.rounds (round_id),
    source_id      VARCHAR NOT NULL REFERENCES data.sources (source_id),
    note           VARCHAR,
    CHECK ((qualifier = 'range') = (value_low_m IS NOT NULL)),
    CHECK ((value_low_m IS NULL) = (value_high_m IS NULL)),
    CHECK (value_low_m < value_high_m AND value_m BETWEEN value_low_m AND value_high_m)
);
COMMENT ON TABLE data.valuations IS 'What a start-up was said to be worth on a date, on which basis.';
COMMENT ON COLUMN data.valuations.valuation_id IS 'Text key: start-up/date/basis.';
COMMENT ON COLUMN data.valuations.startup_id IS 'The company valued.';
COMMENT ON COLUMN data.valuations.as_of IS 'Date of the value, first day of the stated period.';
COMMENT ON COLUMN data.valuations.date_precision IS 'How exact `as_of` is.';
COMMENT ON COLUMN data.valuations.value_m IS 'Value in millions of `currency`.';
COMMENT ON COLUMN data.valuations.value_low_m IS 'Lower end where a range is stated; the value then is the end or the figure inside it that stands for it.';
COMMENT ON COLUMN data.valuations.value_high_m IS 'Upper end where a range is stated.';
COMMENT ON COLUMN data.valuations.currency IS 'ISO 4217 code of the native value.';
COMMENT ON COLUMN data.valuations.qualifier IS 'How the source qualifies the value.';
COMMENT ON COLUMN data.valuations.basis IS 'pre-money, post-money (pre-money plus new money), unstated (the source does not say which), market-cap (share price times shares), secondary (price of old shares), estimate (a third party''s own), target (sought, not reached).';
COMMENT ON COLUMN data.valuations.status IS 'in-talks where the round or offer had not happened; closed where it had.';
COMMENT ON COLUMN data.valuations.round_id IS 'The round that set the price, where there was one.';
COMMENT ON COLUMN data.valuations.source_id IS 'Source of the adopted value.';
COMMENT ON COLUMN data.valuations.note IS 'Remark of the curators, such as the share count behind a market capitalisation.';

CREATE TABLE data.stakes (
    stake_id       VARCHAR PRIMARY KEY,
    investor_id    VARCHAR NOT NULL REFERENCES data.investors (investor_id),
    startup_id     VARCHAR NOT NULL REFERENCES data.startups (startup_id),
    as_of          DATE NOT NULL,
    date_precision VARCHAR NOT NULL CHECK (date_precision IN ('day', 'month', 'quarter', 'year')),
    pct            DOUBLE NOT NULL CHECK (pct >= 0 AND pct <= 100),
    pct_low        DOUBLE CHECK (pct_low >= 0),
    pct_high       DOUBLE CHECK (pct_high <= 100),
    qualifier      VARCHAR NOT NULL CHECK (qualifier IN ('exact', 'approx', 'at-least', 'nearly', 'at-most', 'range')),
    basis          VARCHAR NOT NULL CHECK (basis IN ('filing', 'registry', 'reported', 'implied', 'allegation', 'forecast')),
    measure        VARCHAR NOT NULL CHECK (measure IN ('equity', 'preferred', 'class-b', 'profit-share', 'unstated')),
    scope          VARCHAR NOT NULL CHECK (scope IN ('vehicle', 'group', 'with-affiliates', 'unstated')),
    source_id      VARCHAR NOT NULL REFERENCES data.sources (source_id),
    note           VARCHAR,
    CHECK ((qualifier = 'range') = (pct_low IS NOT NULL)),
    CHECK ((pct_low IS NULL) = (pct_high IS NULL)),
    CHECK (pct_low < pct_high AND pct BETWEEN pct_low AND pct_high)
);
COMMENT ON TABLE data.stakes IS 'Disclosed or reported percentages that an investor held on a date.';
COMMENT ON COLUMN data.stakes.stake_id IS 'Text key: investor/start-up/date, with the scope where two rows differ by it.';
COMMENT ON COLUMN data.stakes.investor_id IS 'The holder.';
COMMENT ON COLUMN data.stakes.startup_id IS 'The company held.';
COMMENT ON COLUMN data.stakes.as_of IS 'Date of the holding, first day of the stated period.';
COMMENT ON COLUMN data.stakes.date_precision IS 'How exact `as_of` is.';
COMMENT ON COLUMN data.stakes.pct IS 'Percentage held, 0-100.';
COMMENT ON COLUMN data.stakes.pct_low IS 'Lower end where a range is stated; the percentage then is the end or the figure inside it that stands for it.';
COMMENT ON COLUMN data.stakes.pct_high IS 'Upper end where a range is stated.';
COMMENT ON COLUMN data.stakes.qualifier IS 'How the source qualifies the percentage.';
COMMENT ON COLUMN data.stakes.basis IS 'filing (prospectus, exchange, annual report), registry (company register), reported (press), implied (computed from a carrying value), allegation (one side of a dispute), forecast.';
COMMENT ON COLUMN data.stakes.measure IS 'Per cent of what: all equity, preferred shares only, class B shares only, a share of profits, or not stated. Only equity is comparable.';
COMMENT ON COLUMN data.stakes.scope IS 'Whose holding: one vehicle, the whole group, the group with affiliates, or not stated.';
COMMENT ON COLUMN data.stakes.source_id IS 'Source of the adopted percentage.';
COMMENT ON COLUMN data.stakes.note IS 'Remark of the curators.';

CREATE TABLE data.cap_tables (
    table_id    VARCHAR NOT NULL,
    line        INTEGER NOT NULL CHECK (line > 0),
    startup_id  VARCHAR NOT NULL REFERENCES data.startups (startup_id),
    as_of       DATE NOT NULL,
    base        VARCHAR NOT NULL,
    holder      VARCHAR NOT NULL,
    shares      BIGINT CHECK (shares >= 0),
    pct         DOUBLE CHECK (pct >= 0 AND pct <= 100),
    investor_id VARCHAR REFERENCES data.investors (investor_id),
    stake_id    VARCHAR REFERENCES data.stakes (stake_id),
    source_id   VARCHAR NOT NULL REFERENCES data.sources (source_id),
    PRIMARY KEY (table_id, line),
    CHECK (shares IS NOT NULL OR pct IS NOT NULL)
);
COMMENT ON TABLE data.cap_tables IS 'Lists of shareholders as filings print them, line by line: the rows that add up, where stakes have one row an investor.';
COMMENT ON COLUMN data.cap_tables.table_id IS 'Text key of the printed list: start-up, occasion, date.';
COMMENT ON COLUMN data.cap_tables.line IS 'Number of the line in the list, from 1.';
COMMENT ON COLUMN data.cap_tables.startup_id IS 'The company whose shares they are.';
COMMENT ON COLUMN data.cap_tables.as_of IS 'Day that the list is of.';
COMMENT ON COLUMN data.cap_tables.base IS 'What the percentages are of: before or after the offering, with or without the over-allotment, and how many shares.';
COMMENT ON COLUMN data.cap_tables.holder IS 'Holder as printed, or in English.';
COMMENT ON COLUMN data.cap_tables.shares IS 'Shares held.';
COMMENT ON COLUMN data.cap_tables.pct IS 'Percentage of the base, 0-100.';
COMMENT ON COLUMN data.cap_tables.investor_id IS 'The investor that the holder is, where it is one of ours.';
COMMENT ON COLUMN data.cap_tables.stake_id IS 'The row of stakes that the line is part of.';
COMMENT ON COLUMN data.cap_tables.source_id IS 'Source of the list.';

CREATE TABLE data.aliases (
    entity_kind VARCHAR NOT NULL CHECK (entity_kind IN ('startup', 'investor')),
    entity_id   VARCHAR NOT NULL,
    alias       VARCHAR NOT NULL,
    language    VARCHAR NOT NULL,
    kind        VARCHAR NOT NULL CHECK (kind IN ('name', 'old-name', 'product', 'legal-name', 'ticker')),
    source_id   VARCHAR NOT NULL REFERENCES data.sources (source_id),
    PRIMARY KEY (entity_kind, entity_id, alias)
);
COMMENT ON TABLE data.aliases IS 'Other names of start-ups and investors; not complete.';
COMMENT ON COLUMN data.aliases.entity_kind IS 'startup or investor.';
COMMENT ON COLUMN data.aliases.entity_id IS 'Key of the start-up or the investor.';
COMMENT ON COLUMN data.aliases.alias IS 'The other name.';
COMMENT ON COLUMN data.aliases.language IS 'ISO 639-1 code of its language.';
COMMENT ON COLUMN data.aliases.kind IS 'name (in use), old-name, product (a product by which the firm is known), legal-name or ticker.';
COMMENT ON COLUMN data.aliases.source_id IS 'A source on the firm, which names it so or by its other name.';

CREATE TABLE data.fields (
    subject_kind VARCHAR NOT NULL CHECK (subject_kind IN ('startup', 'investor', 'round', 'participation', 'valuation', 'stake', 'event', 'series')),
    field        VARCHAR NOT NULL,
    dimension    VARCHAR NOT NULL CHECK (dimension IN ('money', 'price', 'share', 'count', 'multiple', 'date', 'text')),
    resolved     BOOLEAN NOT NULL,
    description  VARCHAR NOT NULL,
    PRIMARY KEY (subject_kind, field),
    CHECK (NOT resolved OR dimension IN ('money', 'share'))
);
COMMENT ON TABLE data.fields IS 'The vocabulary of claims: which facts can be claimed of which kind of subject.';
COMMENT ON COLUMN data.fields.subject_kind IS 'Kind of subject.';
COMMENT ON COLUMN data.fields.field IS 'Name of the fact.';
COMMENT ON COLUMN data.fields.dimension IS 'money (millions of a currency), price (currency per share), share (per cent), count, multiple, date or text.';
COMMENT ON COLUMN data.fields.resolved IS 'True where the policy of the lens chooses among claims in the table frames; other facts keep the curators'' choice, and their claims are listed.';
COMMENT ON COLUMN data.fields.description IS 'What the fact is.';

CREATE TABLE data.claims (
    claim_id     VARCHAR PRIMARY KEY,
    subject_kind VARCHAR NOT NULL,
    subject_id   VARCHAR NOT NULL,
    field        VARCHAR NOT NULL,
    value_low    DOUBLE,
    value_high   DOUBLE,
    qualifier    VARCHAR CHECK (qualifier IN ('approx', 'nearly')),
    unit         VARCHAR NOT NULL CHECK (unit IN ('USD_m', 'CNY_m', 'HKD_m', 'EUR_m', 'SGD_m', 'USD', 'CNY', 'HKD', 'pct', 'count', 'x', 'CNY_per_USD', 'USD_per_CNY', 'date', 'text')),
    text_value   VARCHAR,
    source_id    VARCHAR NOT NULL REFERENCES data.sources (source_id),
    rank         VARCHAR NOT NULL CHECK (rank IN ('preferred', 'normal', 'deprecated')),
    reason       VARCHAR,
    note         VARCHAR,
    FOREIGN KEY (subject_kind, field) REFERENCES data.fields (subject_kind, field),
    CHECK (value_low IS NULL OR value_high IS NULL OR value_low <= value_high),
    CHECK (qualifier <> 'nearly' OR (value_low IS NULL AND value_high IS NOT NULL)),
    CHECK (qualifier <> 'approx' OR (value_low IS NOT NULL AND value_high IS NOT DISTINCT FROM value_low)),
    CHECK (value_low IS NOT NULL OR value_high IS NOT NULL OR text_value IS NOT NULL),
    CHECK (rank = 'normal' OR reason IS NOT NULL)
);
COMMENT ON TABLE data.claims IS 'What one more source says of a fact. The adopted value of a fact row is a claim too and is not repeated here.';
COMMENT ON COLUMN data.claims.claim_id IS 'Text key: subject|field|source, numbered where one source says two things.';
COMMENT ON COLUMN data.claims.subject_kind IS 'Kind of subject; see fields.';
COMMENT ON COLUMN data.claims.subject_id IS 'Key of the subject: a table''s key, or round/investor for a participation.';
COMMENT ON COLUMN data.claims.field IS 'Which fact; see fields.';
COMMENT ON COLUMN data.claims.value_low IS 'Lower end of what is claimed, in `unit`; empty where the source gives no lower end (at most, nearly).';
COMMENT ON COLUMN data.claims.value_high IS 'Upper end of what is claimed, in `unit`; empty where the source gives no upper end (at least).';
COMMENT ON COLUMN data.claims.qualifier IS 'What the two ends cannot say: approx (both ends are the figure), nearly (the upper end is the figure). Without it, equal ends are exact, different ends a range, a lower one alone is at least, an upper one alone at most.';
COMMENT ON COLUMN data.claims.unit IS 'Unit of the values: millions of a currency, a currency, pct, count, x (multiple), date or text.';
COMMENT ON COLUMN data.claims.text_value IS 'The claim in words, in English; "not stated" where the page was read whole and leaves the fact out.';
COMMENT ON COLUMN data.claims.source_id IS 'Who says so.';
COMMENT ON COLUMN data.claims.rank IS 'preferred, normal or deprecated (known to be wrong; kept, shown struck through, never adopted).';
COMMENT ON COLUMN data.claims.reason IS 'Why the rank is not normal.';
COMMENT ON COLUMN data.claims.note IS 'Remark of the curators.';

CREATE TABLE data.events (
    event_id       VARCHAR PRIMARY KEY,
    date           DATE NOT NULL,
    date_precision VARCHAR NOT NULL CHECK (date_precision IN ('day', 'month', 'quarter', 'year')),
    kind           VARCHAR NOT NULL CHECK (kind IN ('export-control', 'regulation', 'corporate', 'market', 'product', 'chips')),
    title          VARCHAR NOT NULL,
    actors         VARCHAR,
    is_forecast    BOOLEAN NOT NULL,
    source_id      VARCHAR NOT NULL REFERENCES data.sources (source_id),
    note           VARCHAR
);
COMMENT ON TABLE data.events IS 'Dated events around the money: export controls, regulation, listings, corporate news.';
COMMENT ON COLUMN data.events.event_id IS 'Text key.';
COMMENT ON COLUMN data.events.date IS 'Date, first day of the stated period.';
COMMENT ON COLUMN data.events.date_precision IS 'How exact `date` is.';
COMMENT ON COLUMN data.events.kind IS 'Kind of event.';
COMMENT ON COLUMN data.events.title IS 'What happened, in our words.';
COMMENT ON COLUMN data.events.actors IS 'Slugs of those involved, joined by ";".';
COMMENT ON COLUMN data.events.is_forecast IS 'True where the source is older than the date: the event was expected, its happening not verified.';
COMMENT ON COLUMN data.events.source_id IS 'Source of the row.';
COMMENT ON COLUMN data.events.note IS 'Remark of the curators.';

CREATE TABLE data.series (
    series_id   VARCHAR PRIMARY KEY,
    entity_id   VARCHAR NOT NULL,
    metric      VARCHAR NOT NULL,
    period_end  DATE,
    value       DOUBLE NOT NULL,
    unit        VARCHAR NOT NULL CHECK (unit IN ('USD_m', 'CNY_m', 'HKD_m', 'USD', 'CNY', 'HKD', 'pct', 'count', 'index_points', 'CNY_per_USD', 'HKD_per_USD', 'CNY_per_HKD', 'CNY_per_EUR', 'HKD_per_EUR', 'USD_per_CNY', 'USD_per_EUR')),
    basis       VARCHAR,
    is_forecast BOOLEAN NOT NULL,
    source_id   VARCHAR NOT NULL REFERENCES data.sources (source_id),
    note        VARCHAR
);
COMMENT ON TABLE data.series IS 'Values of macro series: cloud revenue, market capitalisation, capital expenditure, fund weights, exchange rates that issuers state.';
COMMENT ON COLUMN data.series.series_id IS 'Text key: entity, metric, period, with the basis where two differ by it.';
COMMENT ON COLUMN data.series.entity_id IS 'Whom the value is of: a firm, a market, or fund:holding for a fund weight.';
COMMENT ON COLUMN data.series.metric IS 'What is measured.';
COMMENT ON COLUMN data.series.period_end IS 'Last day of the period or the day of the value; empty where unknown.';
COMMENT ON COLUMN data.series.value IS 'The value, in `unit`.';
COMMENT ON COLUMN data.series.unit IS 'Unit of the value.';
COMMENT ON COLUMN data.series.basis IS 'What makes it comparable or not: segment definition, listing, average or period end. Values of different bases never share a line.';
COMMENT ON COLUMN data.series.is_forecast IS 'True where the value was ordered, planned or expected when the source wrote, its coming to pass not verified.';
COMMENT ON COLUMN data.series.source_id IS 'Source of the value.';
COMMENT ON COLUMN data.series.note IS 'Remark of the curators.';

CREATE TABLE data.totals (
    total_id   VARCHAR PRIMARY KEY,
    statement  VARCHAR NOT NULL,
    entity_id  VARCHAR NOT NULL,
    metric     VARCHAR NOT NULL,
    value      DOUBLE,
    value_low  DOUBLE,
    value_high DOUBLE,
    qualifier  VARCHAR NOT NULL CHECK (qualifier IN ('exact', 'approx', 'at-least', 'nearly', 'at-most', 'range')),
    unit       VARCHAR NOT NULL CHECK (unit IN ('USD_m', 'CNY_m', 'HKD_m', 'pct', 'count', 'x', 'text')),
    as_of      DATE,
    source_id  VARCHAR NOT NULL REFERENCES data.sources (source_id),
    note       VARCHAR,
    CHECK ((unit = 'text') = (value IS NULL)),
    CHECK ((qualifier = 'range') = (value_low IS NOT NULL)),
    CHECK ((value_low IS NULL) = (value_high IS NULL)),
    CHECK (value_low < value_high AND value BETWEEN value_low AND value_high)
);
COMMENT ON TABLE data.totals IS 'Aggregates stated by third parties, to tie the rows out against.';
COMMENT ON COLUMN data.totals.total_id IS 'Text key: entity, metric, date.';
COMMENT ON COLUMN data.totals.statement IS 'What is stated, in our words.';
COMMENT ON COLUMN data.totals.entity_id IS 'Whom the total is of.';
COMMENT ON COLUMN data.totals.metric IS 'What is summed or counted.';
COMMENT ON COLUMN data.totals.value IS 'The stated value, in `unit`.';
COMMENT ON COLUMN data.totals.value_low IS 'Lower end where a range is stated.';
COMMENT ON COLUMN data.totals.value_high IS 'Upper end where a range is stated.';
COMMENT ON COLUMN data.totals.qualifier IS 'How the source qualifies it.';
COMMENT ON COLUMN data.totals.unit IS 'Unit of the value; text where the statement is not a number.';
COMMENT ON COLUMN data.totals.as_of IS 'Date up to which it counts; empty where unknown.';
COMMENT ON COLUMN data.totals.source_id IS 'Source of the statement.';
COMMENT ON COLUMN data.totals.note IS 'Remark of the curators.';

CREATE TABLE data.funds (
    fund_id   VARCHAR PRIMARY KEY,
    name      VARCHAR NOT NULL,
    ticker    VARCHAR,
    country   VARCHAR,
    kind      VARCHAR NOT NULL CHECK (kind IN ('etf', 'index')),
    source_id VARCHAR NOT NULL REFERENCES data.sources (source_id),
    note      VARCHAR
);
COMMENT ON TABLE data.funds IS 'Real funds and indices that serve as yardsticks of concentration; their weights are in series.';
COMMENT ON COLUMN data.funds.fund_id IS 'Text key; the first part of the entity_id of its weights in series.';
COMMENT ON COLUMN data.funds.name IS 'Name of the fund.';
COMMENT ON COLUMN data.funds.ticker IS 'Exchange ticker.';
COMMENT ON COLUMN data.funds.country IS 'ISO 3166 code of its listing.';
COMMENT ON COLUMN data.funds.kind IS 'Fund or index.';
COMMENT ON COLUMN data.funds.source_id IS 'A source that states its holdings.';
COMMENT ON COLUMN data.funds.note IS 'Remark of the curators.';

CREATE TABLE data.fx (
    date         DATE NOT NULL,
    currency     VARCHAR NOT NULL CHECK (currency IN ('CNY', 'HKD', 'EUR')),
    usd_per_unit DOUBLE NOT NULL CHECK (usd_per_unit > 0),
    source_id    VARCHAR NOT NULL REFERENCES data.sources (source_id),
    PRIMARY KEY (date, currency)
);
COMMENT ON TABLE data.fx IS 'Daily US dollars per unit of currency, from the euro reference rates of the European Central Bank, crossed to the dollar.';
COMMENT ON COLUMN data.fx.date IS 'Business day.';
COMMENT ON COLUMN data.fx.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN data.fx.usd_per_unit IS 'US dollars for one unit of the currency.';
COMMENT ON COLUMN data.fx.source_id IS 'Source of the rate.';

CREATE TABLE data.qualifiers (
    qualifier   VARCHAR PRIMARY KEY,
    low_factor  DOUBLE,
    high_factor DOUBLE,
    words_en    VARCHAR,
    words_zh    VARCHAR,
    description VARCHAR NOT NULL,
    CHECK ((low_factor IS NULL) = (high_factor IS NULL)),
    CHECK (low_factor <= high_factor)
);
COMMENT ON TABLE data.qualifiers IS 'Conventions: the interval that a qualified figure stands for.';
COMMENT ON COLUMN data.qualifiers.qualifier IS 'Qualifier of an amount, a value or a percentage.';
COMMENT ON COLUMN data.qualifiers.low_factor IS 'Lower end of the interval as a multiple of the figure; empty where there is no figure, or where the row states the ends itself.';
COMMENT ON COLUMN data.qualifiers.high_factor IS 'Upper end of the interval as a multiple of the figure; empty where there is no figure, or where the row states the ends itself.';
COMMENT ON COLUMN data.qualifiers.words_en IS 'Examples of what sources say in English, joined by ";".';
COMMENT ON COLUMN data.qualifiers.words_zh IS 'Examples of what sources say in Chinese, joined by ";".';
COMMENT ON COLUMN data.qualifiers.description IS 'What it means.';

CREATE TABLE data.decisions (
    subject_kind VARCHAR NOT NULL CHECK (subject_kind IN ('source', 'startup', 'investor', 'round', 'participation', 'valuation', 'stake', 'claim', 'event', 'series', 'total', 'fund', 'fx', 'alias', 'cap-table')),
    subject_id   VARCHAR NOT NULL,
    field        VARCHAR NOT NULL,
    decision     VARCHAR NOT NULL CHECK (decision IN ('added', 'changed', 'chosen', 'dropped', 'flagged', 'grouped', 'merged', 'moved', 'renamed', 'kept')),
    target       VARCHAR,
    rule         VARCHAR,
    reason       VARCHAR NOT NULL,
    PRIMARY KEY (subject_kind, subject_id, field, decision),
    CHECK (rule IS NULL OR decision IN ('flagged', 'kept'))
);
COMMENT ON TABLE data.decisions IS 'Every judgement of the curators: what was merged, moved, dropped, flagged or chosen, and why.';
COMMENT ON COLUMN data.decisions.subject_kind IS 'Kind of subject.';
COMMENT ON COLUMN data.decisions.subject_id IS 'Key of the subject, or the key that it had as researched.';
COMMENT ON COLUMN data.decisions.field IS 'Field concerned; row where it is the whole row.';
COMMENT ON COLUMN data.decisions.decision IS 'What was decided. chosen: among claims; flagged: kept with a warning; kept: looked at and left as it was.';
COMMENT ON COLUMN data.decisions.target IS 'Key that took the subject''s place, or the value set.';
COMMENT ON COLUMN data.decisions.rule IS 'The one rule that the row may break, by its name, and only with the value in `target`; empty where the decision waives none. A waiver that waives nothing is a problem.';
COMMENT ON COLUMN data.decisions.reason IS 'Why.';
