// Finding by what a CI is called or was called: find.names has those words, words has all. What is
// in them, and in the other properties whose names begin with find, is written by backfilling.py.
CREATE FULLTEXT INDEX ci_name_words IF NOT EXISTS FOR (n:CI) ON EACH [n.`find.names`]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace'}};

CREATE INDEX ci_revision IF NOT EXISTS FOR (n:CI) ON (n.revision);
