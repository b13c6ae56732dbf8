PRAGMA application_id=1181772916;
PRAGMA user_version=1;
BEGIN TRANSACTION;
CREATE TABLE document (kind TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;
CREATE TABLE event (id BLOB PRIMARY KEY CHECK (length (id) = 16), function TEXT NOT NULL, payload BLOB NOT NULL, route TEXT, client_context TEXT, trace TEXT, accepted_us INTEGER NOT NULL, due_us INTEGER NOT NULL, n_errors INTEGER NOT NULL DEFAULT 0, n_throttles INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE message (id BLOB PRIMARY KEY CHECK (length (id) = 16), queue TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT, sent_us INTEGER NOT NULL, visible_us INTEGER NOT NULL, first_received_us INTEGER NOT NULL DEFAULT 0, n_received INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX message_by_queue ON message (queue);
COMMIT;
