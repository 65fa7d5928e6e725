-- The log is read by who wrote, in which run, what happened, and which attributes changed. Names are
-- kept once; their numbers stand with the positions of the entries, in the order of the log.

CREATE TABLE changed_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE entry_name (
    name INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (name, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_by_operation ON entry (operation);
CREATE INDEX revision_by_at ON revision (at);
CREATE INDEX revision_by_actor_id ON revision (actor_id);
CREATE INDEX revision_by_actor_name ON revision (actor_name);
CREATE INDEX revision_by_run ON revision (run) WHERE run IS NOT NULL;
CREATE INDEX revision_by_change ON revision (change) WHERE change IS NOT NULL;

-- What was written before there were these tables.
CREATE TEMPORARY TABLE found_name AS
    SELECT named.key AS name, entry.position
    FROM entry, json_each(entry.payload, '$[1].attributes') AS named
    WHERE entry.operation = 'CREATED'
    UNION
    SELECT named.key, entry.position
    FROM entry, json_each(entry.payload, '$[0].attributes') AS named
    WHERE entry.operation <> 'CREATED'
    UNION
    SELECT named.value, entry.position
    FROM entry, json_each(entry.payload, '$[0].absent') AS named
    WHERE entry.operation <> 'CREATED'
    UNION
    SELECT named.key, entry.position
    FROM entry, json_each(entry.payload, '$[0]') AS named
    WHERE entry.operation <> 'CREATED' AND named.key NOT IN ('attributes', 'absent');
INSERT INTO changed_name (name) SELECT DISTINCT name FROM found_name ORDER BY name;
INSERT INTO entry_name
    SELECT changed_name.number, found_name.position
    FROM found_name JOIN changed_name ON changed_name.name = found_name.name
    ORDER BY changed_name.number, found_name.position;
DROP TABLE found_name;
