// The log by who wrote, in which run, and what happened. What entries that stand already changed,
// and reasons without regard to case, are filled in by log_filling.
CREATE INDEX revision_at IF NOT EXISTS FOR (n:Revision) ON (n.at, n.number);
CREATE INDEX revision_run IF NOT EXISTS FOR (n:Revision) ON (n.run, n.number);
CREATE INDEX revision_change IF NOT EXISTS FOR (n:Revision) ON (n.change, n.number);
CREATE INDEX log_entry_operation IF NOT EXISTS
FOR (n:LogEntry) ON (n.operation, n.revision, n.sequence);
