-- Finding by what a CI is called, was called, and by all that is said of it. Names that a CI no more
-- has are kept beside it; name_words and said_words are functions of this program.

CREATE TABLE former_name (
    ci INTEGER NOT NULL REFERENCES ci (ordinal),
    name TEXT NOT NULL,
    PRIMARY KEY (ci, name)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO former_name
SELECT ci, json_extract(payload, '$[0].name') FROM entry
WHERE ci IS NOT NULL AND json_type(payload, '$[0].name') = 'text';

DROP TABLE ci_words;
CREATE VIRTUAL TABLE ci_words USING fts5 (
    names, said, content = '', tokenize = "ascii", detail = column, columnsize = 0
);
CREATE VIRTUAL TABLE ci_word USING fts5vocab (ci_words, 'col');
INSERT INTO ci_words (rowid, names, said)
SELECT
    ordinal,
    name_words(key, name, attributes,
               (SELECT json_group_array(former_name.name) FROM former_name WHERE ci = ordinal)),
    said_words(attributes)
FROM ci;

CREATE INDEX ci_by_revision ON ci (revision, name, id);
