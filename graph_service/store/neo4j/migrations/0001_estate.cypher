// The estate. Texts of any length are stored, but an index key must be short: where a name or key
// is longer than the index may hold, the property has its beginning and whole… has all of it.
CREATE CONSTRAINT ci_uid IF NOT EXISTS FOR (n:CI) REQUIRE n.uid IS UNIQUE;
CREATE CONSTRAINT ci_ordinal IF NOT EXISTS FOR (n:CI) REQUIRE n.ordinal IS UNIQUE;
CREATE INDEX ci_key IF NOT EXISTS FOR (n:CI) ON (n.key);
CREATE INDEX ci_name IF NOT EXISTS FOR (n:CI) ON (n.name);
CREATE INDEX ci_class IF NOT EXISTS FOR (n:CI) ON (n.class);

// Words come from search_words; to this analyzer a word is whatever stands between blanks.
CREATE FULLTEXT INDEX ci_words IF NOT EXISTS FOR (n:CI) ON EACH [n.words]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace'}};

CREATE CONSTRAINT retired_relationship_uid IF NOT EXISTS
FOR (n:RetiredRelationship) REQUIRE n.uid IS UNIQUE;
CREATE INDEX retired_relationship_source IF NOT EXISTS FOR (n:RetiredRelationship) ON (n.source);
CREATE INDEX retired_relationship_target IF NOT EXISTS FOR (n:RetiredRelationship) ON (n.target);

CREATE CONSTRAINT claim_uid IF NOT EXISTS FOR (n:Claim) REQUIRE n.uid IS UNIQUE;
CREATE INDEX claim_data_source IF NOT EXISTS FOR (n:Claim) ON (n.dataSource);
CREATE INDEX claim_subject IF NOT EXISTS FOR (n:Claim) ON (n.subject);

// The log. Subjects stand on entries of relationships only: a CI's own entries are found by record.
CREATE CONSTRAINT revision_number IF NOT EXISTS FOR (n:Revision) REQUIRE n.number IS UNIQUE;
CREATE CONSTRAINT log_entry_place IF NOT EXISTS
FOR (n:LogEntry) REQUIRE (n.revision, n.sequence) IS UNIQUE;
CREATE INDEX log_entry_record IF NOT EXISTS
FOR (n:LogEntry) ON (n.recordId, n.revision, n.sequence);
CREATE INDEX log_entry_subject_a IF NOT EXISTS
FOR (n:LogEntry) ON (n.subjectA, n.revision, n.sequence);
CREATE INDEX log_entry_subject_b IF NOT EXISTS
FOR (n:LogEntry) ON (n.subjectB, n.revision, n.sequence);

// Records that are not part of the graph.
CREATE CONSTRAINT record_uid IF NOT EXISTS FOR (n:Record) REQUIRE n.uid IS UNIQUE;
CREATE INDEX record_kind IF NOT EXISTS FOR (n:Record) ON (n.kind, n.id);
CREATE INDEX record_group IF NOT EXISTS FOR (n:Record) ON (n.kind, n.group, n.id);

// What orders writers, and what lets readers see whole revisions only.
CREATE CONSTRAINT log_head_uid IF NOT EXISTS FOR (n:LogHead) REQUIRE n.uid IS UNIQUE;
CREATE CONSTRAINT commit_gate_uid IF NOT EXISTS FOR (n:CommitGate) REQUIRE n.uid IS UNIQUE;
