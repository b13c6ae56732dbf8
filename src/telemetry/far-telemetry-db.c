/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the telemetry database as its one writer sees it.
 *
 * invocation and log are keyed by time: `at` is when the answer was sent or the line written, in µs
 * since the epoch, moved up by `late` µs where that instant was taken. So rows lie in the order in
 * which they are asked for and deleted, and a plain index by function carries the time with it.
 * START, END and REPORT are not stored, nor arrival, billed time and cost: all follow from the
 * row.
 *
 * rollup holds one aggregate a function, level and period (far-rollup.c). session says from when to
 * when a platform was alive: outside, a chart has no value rather than zero. state holds single
 * numbers: what was dropped, and since when each kind of row is kept.
 *
 * behind numbers the invocations that came to lie below an earlier one because the clock was set
 * back, or were told long after they ended: who reads on by `at` could miss them, and reads them by
 * number.
 *
 * Invariant: a batch and the rollups it changed are in one transaction, so that the sum of the
 * rollups of a level is what the rows ever said. */
#include "telemetry/far-telemetry-db-private.h"

#define AT_TRIES_MAX 1000

const char *const far_telemetry_db_migrations[] = {
  "CREATE TABLE name (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text TEXT NOT NULL,"
  "  UNIQUE (kind, text)) STRICT;"
  "CREATE TABLE invocation (at INTEGER PRIMARY KEY, late INTEGER NOT NULL,"
  "  function INTEGER NOT NULL, flags INTEGER NOT NULL," /* outcome + 8 · cold */
  "  request BLOB NOT NULL, trace BLOB,"
  "  queue_us INTEGER NOT NULL, start_us INTEGER NOT NULL, init_us INTEGER NOT NULL,"
  "  duration_us INTEGER NOT NULL, overhead_us INTEGER NOT NULL, memory_mb INTEGER NOT NULL,"
  "  memory_kb INTEGER NOT NULL, concurrency INTEGER NOT NULL, version INTEGER NOT NULL,"
  "  route INTEGER NOT NULL, error_type INTEGER NOT NULL) STRICT;"
  "CREATE INDEX invocation_function ON invocation (function);"
  "CREATE INDEX invocation_failed ON invocation (flags) WHERE flags NOT IN (0, 8);"
  "CREATE TABLE log (at INTEGER PRIMARY KEY, late INTEGER NOT NULL, function INTEGER NOT NULL,"
  "  request BLOB, level INTEGER NOT NULL, text TEXT NOT NULL) STRICT;"
  "CREATE INDEX log_function ON log (function);"
  "CREATE TABLE annotation (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL,"
  "  function INTEGER NOT NULL, text TEXT NOT NULL) STRICT;"
  "CREATE INDEX annotation_at ON annotation (at);"
  "CREATE TABLE rollup (period_s INTEGER NOT NULL, function INTEGER NOT NULL,"
  "  start_s INTEGER NOT NULL, ok INTEGER NOT NULL, function_errors INTEGER NOT NULL,"
  "  timeouts INTEGER NOT NULL, crashes INTEGER NOT NULL, init_errors INTEGER NOT NULL,"
  "  throttles INTEGER NOT NULL, cold_starts INTEGER NOT NULL, mb_ms INTEGER NOT NULL,"
  "  concurrency_max INTEGER NOT NULL, memory_max_kb INTEGER NOT NULL, duration BLOB, cold BLOB,"
  "  PRIMARY KEY (period_s, function, start_s)) STRICT, WITHOUT ROWID;"
  "CREATE TABLE session (start_us INTEGER PRIMARY KEY, end_us INTEGER NOT NULL) STRICT;"
  "CREATE TABLE state (key INTEGER PRIMARY KEY, value INTEGER NOT NULL) STRICT;",

  /* Traces: who called, what the function told (note), spans that came from elsewhere. Trace ids
   * of our own say when they were, so only the others have an
   * index, of their last six bytes. */
  "ALTER TABLE invocation ADD COLUMN parent BLOB;"
  "ALTER TABLE invocation ADD COLUMN spawn_us INTEGER;"
  "DROP INDEX invocation_failed;"
  "CREATE INDEX invocation_failed ON invocation (flags) WHERE (flags & 7) <> 0;"
  "CREATE INDEX invocation_trace ON invocation (substr (trace, 11)) WHERE flags >= 16;"
  "CREATE TABLE note (at INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;" /* at: invocation's */
  "CREATE TABLE span (at INTEGER PRIMARY KEY, late INTEGER NOT NULL, trace BLOB NOT NULL,"
  "  id BLOB NOT NULL, parent BLOB, service TEXT NOT NULL, name TEXT NOT NULL,"
  "  duration_us INTEGER NOT NULL, status INTEGER NOT NULL, attributes TEXT) STRICT;"
  "CREATE INDEX span_trace ON span (trace);"
  "ALTER TABLE annotation ADD COLUMN subject TEXT;"
  "ALTER TABLE annotation ADD COLUMN end_at INTEGER;",

  /* A number is never given twice: cursors elsewhere remember it. */
  "CREATE TABLE behind (n INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL UNIQUE) STRICT;",
  NULL,
};

static FarDbOptions
options (FarDbMode mode)
{
  FarDbOptions result = {
    .mode = mode,
    .sync = FAR_DB_SYNC_NORMAL,
    .application_id = FAR_TELEMETRY_APPLICATION_ID,
    .migrations = far_telemetry_db_migrations,
  };

  return result;
}

static gboolean
read_names (FarTelemetryDb *self, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (self->db,
    "SELECT id, kind, text FROM name ORDER BY id", error);
  FarStep step;

  if (find == NULL)
    return FALSE;
  while ((step = far_db_step (self->db, find, error)) == FAR_STEP_ROW)
    {
      gint64 id = far_statement_get_int (find, 0);

      if (id < 1 || id >= FAR_NAMES_MAX ||
          !far_names_restore (self->names, (guint16) id, (int) far_statement_get_int (find, 1),
                              far_statement_get_text (find, 2)))
        {
          g_set_error (error, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_DATABASE,
                       "%s: the table of names is damaged; restore the file, or move it away to "
                       "start a new one", far_db_get_path (self->db));
          return FALSE;
        }
    }
  self->names_stored = far_names_end (self->names);
  return step == FAR_STEP_DONE;
}

FarTelemetryDb *
far_telemetry_db_open (const char *path, FarNames *names, GError **error)
{
  FarDbOptions db_options = options (FAR_DB_MODE_CREATE);
  g_autoptr (FarTelemetryDb) self = g_new0 (FarTelemetryDb, 1);

  self->names = names;
  self->db = far_db_open (path, &db_options, error);
  if (self->db == NULL || !read_names (self, error) ||
      !far_db_query_int (self->db,
                         "SELECT max (coalesce ((SELECT max (at) FROM invocation), 0),"
                         " coalesce ((SELECT value FROM state WHERE key = 8), 0))",
                         &self->highest_at, error))
    return NULL;
  self->rollups = far_rollups_new (self->db);
  return g_steal_pointer (&self);
}

void
far_telemetry_db_close (FarTelemetryDb *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->rollups, far_rollups_free);
  g_clear_pointer (&self->db, far_db_close);
  g_free (self);
}

FarDb *
far_telemetry_db_open_reader (const char *path, GError **error)
{
  FarDbOptions db_options = options (FAR_DB_MODE_READ_ONLY);

  return far_db_open (path, &db_options, error);
}

typedef struct {
  FarLive *live;
  guint    function;
} Restore;

static gboolean
restore_day (gint64 start_s, const FarAggregate *aggregate, gpointer user_data)
{
  Restore *restore = user_data;

  far_live_restore (restore->live, restore->function, aggregate);
  return TRUE;
}

static gboolean
read_dropped (FarTelemetryDb *self, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (self->db, "SELECT key, value FROM state", error);
  FarStep step;

  if (find == NULL)
    return FALSE;
  while ((step = far_db_step (self->db, find, error)) == FAR_STEP_ROW)
    {
      guint64 n = (guint64) far_statement_get_int (find, 1);

      switch (far_statement_get_int (find, 0))
        {
        case FAR_STATE_DROPPED_RECORDS:
          self->dropped.records = n;
          break;
        case FAR_STATE_DROPPED_LINES:
          self->dropped.log_lines = n;
          break;
        case FAR_STATE_DROPPED_SPANS:
          self->dropped.spans = n;
          break;
        case FAR_STATE_DROPPED_ANNOTATIONS:
          self->dropped.annotations = n;
          break;
        case FAR_STATE_ROWS_FROM_US:
          self->rows_from_us = (gint64) n;
          break;
        default:
          break;
        }
    }
  return step == FAR_STEP_DONE;
}

gboolean
far_telemetry_db_set (FarTelemetryDb *self, FarTelemetryState key, gint64 value, GError **error)
{
  g_autoptr (FarStatement) put = far_db_prepare (self->db,
    "INSERT OR REPLACE INTO state (key, value) VALUES (?1, ?2)", error);

  if (put == NULL)
    return FALSE;
  far_statement_bind_int (put, 1, key);
  far_statement_bind_int (put, 2, value);
  return far_db_run (self->db, put, error);
}

/* A database that was there before there were rollups of all functions together has them from the
 * next day on. */
static gboolean
begin_all (FarTelemetryDb *self, gint64 now_us, GError **error)
{
  const gint64 day_us = FAR_RETENTION_DAY_US;
  gint64 n, n_rollups;

  if (!far_db_query_int (self->db, "SELECT count (*) FROM state WHERE key = 6", &n, error) ||
      !far_db_query_int (self->db, "SELECT count (*) FROM (SELECT 1 FROM rollup LIMIT 1)",
                         &n_rollups, error))
    return FALSE;
  return n > 0 || far_telemetry_db_set (self, FAR_STATE_ALL_FROM_US,
                               n_rollups == 0 ? 0 : (now_us / day_us + 1) * day_us, error);
}

gboolean
far_telemetry_db_restore (FarTelemetryDb *self, FarLive *live, gint64 now_us,
                          FarTelemetryDropped *ret_dropped, GError **error)
{
  guint end = far_names_end (self->names), id;

  for (id = 1; id < end; id++)
    {
      Restore restore = { live, id };

      if (far_names_kind (self->names, (guint16) id) == FAR_NAME_FUNCTION &&
          !far_rollup_read (self->db, far_rollup_periods_s[FAR_ROLLUP_N_LEVELS - 1], id, 0,
                            G_MAXINT64, restore_day, &restore, error))
        return FALSE;
    }
  if (!read_dropped (self, error) || !begin_all (self, now_us, error))
    return FALSE;
  *ret_dropped = self->dropped;
  return TRUE;
}

static gboolean
write_names (FarTelemetryDb *self, guint end, GError **error)
{
  guint id;

  for (id = self->names_stored; id < end; id++)
    {
      g_autoptr (FarStatement) put = far_db_prepare (self->db,
        "INSERT INTO name (id, kind, text) VALUES (?1, ?2, ?3)", error);

      if (put == NULL)
        return FALSE;
      far_statement_bind_int (put, 1, id);
      far_statement_bind_int (put, 2, far_names_kind (self->names, (guint16) id));
      far_statement_bind_text (put, 3, far_names_get (self->names, (guint16) id));
      if (!far_db_run (self->db, put, error))
        return FALSE;
    }
  return TRUE;
}

/* The first free instant from time_us on. Rows come nearly in order: one above the last is free
 * unless the clock was set back, and then INSERT says so. */
static gboolean
insert_at (FarTelemetryDb *self, FarStatement *put, gint64 time_us, gint64 *last_at,
           GError **error)
{
  gint64 at = time_us;
  guint tries;

  if (time_us <= *last_at && *last_at - time_us < G_USEC_PER_SEC)
    at = *last_at + 1;
  for (tries = 0; tries < AT_TRIES_MAX; tries++, at++)
    {
      far_statement_bind_int (put, 1, at);
      far_statement_bind_int (put, 2, at - time_us);
      if (!far_db_run (self->db, put, error))
        return FALSE;
      if (far_db_get_changes (self->db) == 1)
        {
          *last_at = at;
          return TRUE;
        }
    }
  g_set_error (error, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_DATABASE,
               "%d rows share one instant; set the clock right", AT_TRIES_MAX);
  return FALSE;
}

/* Where the invocation that was written last came to lie. */
static gboolean
write_place (FarTelemetryDb *self, const FarRow *row, GError **error)
{
  g_autoptr (FarStatement) put = NULL;

  if (self->last_at >= self->highest_at && !row->past)
    {
      self->highest_at = self->last_at;
      return TRUE;
    }
  put = far_db_prepare (self->db, "INSERT OR REPLACE INTO behind (at) VALUES (?1)", error);
  if (put == NULL)
    return FALSE;
  far_statement_bind_int (put, 1, self->last_at);
  return far_db_run (self->db, put, error);
}

/* Of the invocation that was written last. */
static gboolean
write_note (FarTelemetryDb *self, const FarRow *row, const GByteArray *text, GError **error)
{
  g_autoptr (FarStatement) put = far_db_prepare (self->db,
    "INSERT INTO note (at, text) VALUES (?1, ?2) ON CONFLICT DO NOTHING", error);

  if (put == NULL)
    return FALSE;
  far_statement_bind_int (put, 1, self->last_at);
  far_statement_bind_text_len (put, 2, (const char *) text->data + row->notes_offset,
                               row->n_notes);
  return far_db_run (self->db, put, error);
}

static gint64
row_flags (const FarRow *row)
{
  gint64 flags = row->outcome;

  if (row->cold)
    flags |= FAR_ROW_COLD;
  if (!far_id_is_zero (&row->trace_id) && !far_trace_id_is_dated (&row->trace_id, row->end_us))
    flags |= FAR_ROW_FOREIGN;
  return flags;
}

static gboolean
write_row (FarTelemetryDb *self, const FarRow *row, const GByteArray *text, GError **error)
{
  g_autoptr (FarStatement) put = far_db_prepare (self->db,
    "INSERT INTO invocation (at, late, function, flags, request, trace, queue_us, start_us,"
    " init_us, duration_us, overhead_us, memory_mb, memory_kb, concurrency, version, route,"
    " error_type, parent, spawn_us) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"
    " ON CONFLICT DO NOTHING", error);
  guint64 parent = GUINT64_TO_BE (row->parent_span);
  FarInvocation invocation;

  if (put == NULL)
    return FALSE;
  far_statement_bind_int (put, 3, row->function);
  far_statement_bind_int (put, 4, row_flags (row));
  far_statement_bind_blob (put, 5, row->request_id.bytes, FAR_ID_LEN);
  if (far_id_is_zero (&row->trace_id))
    far_statement_bind_null (put, 6);
  else
    far_statement_bind_blob (put, 6, row->trace_id.bytes, FAR_ID_LEN);
  far_statement_bind_int (put, 7, row->queue_us);
  far_statement_bind_int (put, 8, row->start_us);
  far_statement_bind_int (put, 9, row->init_us);
  far_statement_bind_int (put, 10, row->duration_us);
  far_statement_bind_int (put, 11, row->overhead_us);
  far_statement_bind_int (put, 12, row->memory_mb);
  far_statement_bind_int (put, 13, row->memory_max_kb);
  far_statement_bind_int (put, 14, row->concurrency);
  far_statement_bind_int (put, 15, row->version);
  far_statement_bind_int (put, 16, row->route);
  far_statement_bind_int (put, 17, row->error_type);
  if (row->parent_span != 0)
    far_statement_bind_blob (put, 18, &parent, sizeof parent);
  else
    far_statement_bind_null (put, 18);
  if (row->spawn_us > 0)
    far_statement_bind_int (put, 19, row->spawn_us);
  else
    far_statement_bind_null (put, 19);
  far_row_unpack (row, self->names, &invocation);
  return insert_at (self, put, row->end_us, &self->last_at, error) &&
         write_place (self, row, error) &&
         (row->n_notes == 0 || write_note (self, row, text, error)) &&
         far_rollups_add (self->rollups, row->function, &invocation, error) &&
         far_rollups_add (self->rollups, row->all_scope, &invocation, error) &&
         far_rollups_add_scope (self->rollups, row->version_scope, &invocation, error) &&
         far_rollups_add_scope (self->rollups, row->article_scope, &invocation, error);
}

static gboolean
write_line (FarTelemetryDb *self, const FarRowLine *line, const GByteArray *text, GError **error)
{
  g_autoptr (FarStatement) put = far_db_prepare (self->db,
    "INSERT INTO log (at, late, function, request, level, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT DO NOTHING", error);

  if (put == NULL)
    return FALSE;
  far_statement_bind_int (put, 3, line->function);
  if (far_id_is_zero (&line->request_id))
    far_statement_bind_null (put, 4);
  else
    far_statement_bind_blob (put, 4, line->request_id.bytes, FAR_ID_LEN);
  far_statement_bind_int (put, 5, line->level);
  far_statement_bind_text_len (put, 6, (const char *) text->data + line->offset, line->n_bytes);
  return insert_at (self, put, line->time_us, &self->last_log_at, error);
}

static gboolean
write_annotation (FarTelemetryDb *self, const FarRowAnnotation *annotation, GError **error)
{
  g_autoptr (FarStatement) put = far_db_prepare (self->db,
    "INSERT INTO annotation (at, kind, function, text, subject, end_at) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)", error);

  if (put == NULL)
    return FALSE;
  far_statement_bind_int (put, 1, annotation->time_us);
  far_statement_bind_text (put, 2, annotation->kind);
  far_statement_bind_int (put, 3, annotation->function);
  far_statement_bind_text (put, 4, annotation->text);
  if (annotation->subject != NULL)
    far_statement_bind_text (put, 5, annotation->subject);
  else
    far_statement_bind_null (put, 5);
  if (annotation->end_us != 0)
    far_statement_bind_int (put, 6, annotation->end_us);
  else
    far_statement_bind_null (put, 6);
  return far_db_run (self->db, put, error);
}

static gboolean
write_span (FarTelemetryDb *self, const FarSpan *span, GError **error)
{
  g_autoptr (FarStatement) put = far_db_prepare (self->db,
    "INSERT INTO span (at, late, trace, id, parent, service, name, duration_us, status,"
    " attributes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING", error);
  guint64 id = GUINT64_TO_BE (span->id), parent = GUINT64_TO_BE (span->parent);

  if (put == NULL)
    return FALSE;
  far_statement_bind_blob (put, 3, span->trace_id.bytes, FAR_ID_LEN);
  far_statement_bind_blob (put, 4, &id, sizeof id);
  if (span->parent != 0)
    far_statement_bind_blob (put, 5, &parent, sizeof parent);
  else
    far_statement_bind_null (put, 5);
  far_statement_bind_text (put, 6, span->function != NULL ? span->function : "");
  far_statement_bind_text (put, 7, span->name);
  far_statement_bind_int (put, 8, span->duration_us);
  far_statement_bind_int (put, 9, span->status);
  if (span->attributes != NULL)
    far_statement_bind_text (put, 10, span->attributes);
  else
    far_statement_bind_null (put, 10);
  return insert_at (self, put, span->start_us, &self->last_span_at, error);
}

static gboolean
set_count (FarTelemetryDb *self, FarTelemetryState key, guint64 stored, guint64 n, GError **error)
{
  return n == stored || far_telemetry_db_set (self, key, (gint64) n, error);
}

static gboolean
write_dropped (FarTelemetryDb *self, const FarTelemetryDropped *dropped, GError **error)
{
  const FarTelemetryDropped *stored = &self->dropped;

  return set_count (self, FAR_STATE_DROPPED_RECORDS, stored->records, dropped->records, error) &&
         set_count (self, FAR_STATE_DROPPED_LINES, stored->log_lines, dropped->log_lines, error) &&
         set_count (self, FAR_STATE_DROPPED_ANNOTATIONS, stored->annotations,
                    dropped->annotations, error) &&
         set_count (self, FAR_STATE_DROPPED_SPANS, stored->spans, dropped->spans, error);
}

static gboolean
write_session (FarTelemetryDb *self, gint64 session_us, gint64 now_us, GError **error)
{
  g_autoptr (FarStatement) put = far_db_prepare (self->db,
    "INSERT INTO session (start_us, end_us) VALUES (?1, ?2) "
    "ON CONFLICT (start_us) DO UPDATE SET end_us = max (end_us, ?2)", error);

  if (put == NULL)
    return FALSE;
  far_statement_bind_int (put, 1, session_us);
  far_statement_bind_int (put, 2, MAX (session_us, now_us));
  return far_db_run (self->db, put, error);
}

/* Its items are its rows, then its lines, annotations and spans. */
static gboolean
write_item (FarTelemetryDb *self, guint i, GError **error)
{
  const FarBatch *batch = self->batch;

  if (i < batch->rows->len)
    return write_row (self, &g_array_index (batch->rows, FarRow, i), batch->text, error);
  i -= batch->rows->len;
  if (i < batch->lines->len)
    return write_line (self, &g_array_index (batch->lines, FarRowLine, i), batch->text, error);
  i -= batch->lines->len;
  if (i < batch->annotations->len)
    return write_annotation (self, g_ptr_array_index (batch->annotations, i), error);
  i -= batch->annotations->len;
  return write_span (self, g_ptr_array_index (batch->spans, i), error);
}

/* Returns: FALSE */
static gboolean
undo (FarTelemetryDb *self)
{
  self->batch = NULL;
  far_db_rollback (self->db);
  far_rollups_forget (self->rollups);
  return FALSE;
}

gboolean
far_telemetry_db_begin (FarTelemetryDb *self, const FarBatch *batch, GError **error)
{
  g_return_val_if_fail (self->batch == NULL, FALSE);

  if (!far_db_begin (self->db, error))
    return FALSE;
  self->batch = batch;
  self->n_written = 0;
  /* Names that come in from here on belong to a later batch. */
  self->names_end = far_names_end (self->names);
  return write_names (self, self->names_end, error) || undo (self);
}

gboolean
far_telemetry_db_write (FarTelemetryDb *self, guint n_items, gboolean *ret_all, GError **error)
{
  guint n_all = far_batch_n_items (self->batch);
  guint end = self->n_written + MIN (n_items, n_all - self->n_written);

  for (; self->n_written < end; self->n_written++)
    if (!write_item (self, self->n_written, error))
      return undo (self);
  *ret_all = end == n_all;
  return TRUE;
}

gboolean
far_telemetry_db_commit (FarTelemetryDb *self, const FarTelemetryDropped *dropped,
                         gint64 session_us, gint64 now_us, GError **error)
{
  if (!far_rollups_write (self->rollups, error) || !write_dropped (self, dropped, error) ||
      !write_session (self, session_us, now_us, error) || !far_db_commit (self->db, error))
    return undo (self);
  self->names_stored = self->names_end;
  self->dropped = *dropped;
  self->batch = NULL;
  return TRUE;
}
