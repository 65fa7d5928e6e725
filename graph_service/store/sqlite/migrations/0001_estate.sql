-- The estate, its claims and its log. An import is fast as long as tables and indexes grow at their
-- end: so numbers stand in for ids (ordinals for CIs, row numbers for relationships), and texts that
-- come in no order are found by a short hash of them; the row found has the text to compare.

CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL,
    at TEXT NOT NULL,
    hash TEXT NOT NULL,
    next_ordinal INTEGER NOT NULL
) STRICT;

CREATE TABLE ci (
    ordinal INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    class TEXT NOT NULL,
    presence TEXT NOT NULL,
    tier INTEGER,
    environment TEXT,
    attributes TEXT NOT NULL,
    impact TEXT,
    revision INTEGER NOT NULL
) STRICT;
-- Pages are in order of name; the other columns let pages be counted without the records.
CREATE INDEX ci_by_name ON ci (name, id, presence, class, tier, environment);
CREATE INDEX ci_by_class ON ci (class, name, id, presence, tier, environment);

-- Words come from search_words; to this tokenizer a word is whatever stands between blanks. They are
-- taken out again by saying them again, so if search_words changes, a migration must refill this.
CREATE VIRTUAL TABLE ci_words USING fts5 (
    words, content = '', tokenize = "ascii", detail = none, columnsize = 0
);

CREATE TABLE relationship (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    id_hash INTEGER NOT NULL,
    source INTEGER NOT NULL REFERENCES ci (ordinal),
    target INTEGER NOT NULL REFERENCES ci (ordinal),
    type TEXT NOT NULL,
    origin TEXT NOT NULL,
    presence TEXT NOT NULL,
    attributes TEXT,
    revision INTEGER NOT NULL
) STRICT;
CREATE INDEX relationship_by_id_hash ON relationship (id_hash);
CREATE INDEX relationship_by_source ON relationship (source);
CREATE INDEX relationship_by_target ON relationship (target);

CREATE TABLE claim (
    number INTEGER PRIMARY KEY,
    data_source TEXT NOT NULL,
    native_key TEXT NOT NULL,
    native_key_hash INTEGER NOT NULL,
    subject TEXT NOT NULL,
    ci INTEGER,
    relationship INTEGER,
    scope TEXT NOT NULL,
    digest TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX claim_by_data_source ON claim (data_source);
CREATE INDEX claim_by_native_key_hash ON claim (native_key_hash);
CREATE INDEX claim_by_ci ON claim (ci) WHERE ci IS NOT NULL;
CREATE INDEX claim_by_relationship ON claim (relationship) WHERE relationship IS NOT NULL;

CREATE TABLE revision (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    actor_type TEXT NOT NULL,
    reason TEXT NOT NULL,
    run TEXT,
    change TEXT,
    first_position INTEGER NOT NULL,
    entry_count INTEGER NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

-- Positions follow the order of the log, so an index on a subject is in that order as well. The
-- entries that concern a CI by way of a relationship are found through the relationship.
CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    ci INTEGER REFERENCES ci (ordinal),
    relationship INTEGER REFERENCES relationship (number),
    operation TEXT NOT NULL,
    payload TEXT NOT NULL,
    payload_hash TEXT NOT NULL
) STRICT;
CREATE INDEX entry_by_ci ON entry (ci) WHERE ci IS NOT NULL;
CREATE INDEX entry_by_relationship ON entry (relationship) WHERE relationship IS NOT NULL;

CREATE TABLE record (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    in_group TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_group ON record (kind, in_group, id);

INSERT INTO head VALUES (1, 0, '', '0000000000000000000000000000000000000000000000000000000000000000', 1);
