-- Most entries are about relationships: those about CIs, and the few about rules, are found without
-- walking past them.
CREATE INDEX entry_of_cis ON entry (position) WHERE ci IS NOT NULL;
CREATE INDEX entry_of_rules ON entry (position) WHERE ci IS NULL AND relationship IS NULL;
