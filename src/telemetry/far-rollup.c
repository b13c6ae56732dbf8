/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the rollup table: reading it, and the aggregates that the writer is adding to.
 *
 * Invariant: an entry of the cache equals its row, or is dirty and written with the transaction
 * that is open. */
#include "telemetry/far-rollup.h"

#define COLUMNS "ok, function_errors, timeouts, crashes, init_errors, throttles, cold_starts, " \
                "mb_ms, concurrency_max, memory_max_kb, duration, cold"

const gint64 far_rollup_periods_s[FAR_ROLLUP_N_LEVELS] = { 300, 3600, 86400 };

typedef struct {
  gint64       period_s;
  gint64       start_s;
  guint        function;
  gboolean     dirty;
  FarAggregate aggregate;
} Entry;

struct _FarRollups {
  FarDb      *db;
  GHashTable *entries; /* Entry, its own key */
  gint64      newest_s; /* second of a record */
};

static guint
entry_hash (gconstpointer key)
{
  const Entry *entry = key;

  return (guint) (entry->start_s / 300) * 31 + entry->function * 7919 + (guint) entry->period_s;
}

static gboolean
entry_equal (gconstpointer a, gconstpointer b)
{
  const Entry *x = a, *y = b;

  return x->start_s == y->start_s && x->function == y->function && x->period_s == y->period_s;
}

static void
entry_free (Entry *entry)
{
  far_aggregate_clear (&entry->aggregate);
  g_free (entry);
}

FarRollups *
far_rollups_new (FarDb *db)
{
  FarRollups *self = g_new0 (FarRollups, 1);

  self->db = db;
  self->entries = g_hash_table_new_full (entry_hash, entry_equal, NULL,
                                         (GDestroyNotify) entry_free);
  return self;
}

void
far_rollups_free (FarRollups *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->entries);
  g_free (self);
}

void
far_rollups_forget (FarRollups *self)
{
  g_hash_table_remove_all (self->entries);
}

static gboolean
read_sketch (FarStatement *statement, int column, FarSketch *sketch, GError **error)
{
  gsize n_bytes;
  const guint8 *data = far_statement_get_blob (statement, column, &n_bytes);

  far_sketch_reset (sketch);
  return data == NULL || far_sketch_deserialize (sketch, data, n_bytes, error);
}

/* The COLUMNS from the given one on. */
static gboolean
read_aggregate (FarStatement *statement, int column, FarAggregate *aggregate, GError **error)
{
  guint i;

  for (i = 0; i < FAR_INVOCATION_N_OUTCOMES; i++)
    aggregate->outcomes[i] = (guint64) far_statement_get_int (statement, column++);
  aggregate->cold_starts = (guint64) far_statement_get_int (statement, column++);
  aggregate->mb_ms = (guint64) far_statement_get_int (statement, column++);
  aggregate->concurrency_max = (guint64) far_statement_get_int (statement, column++);
  aggregate->memory_max_kb = (guint64) far_statement_get_int (statement, column++);
  return read_sketch (statement, column++, &aggregate->duration, error) &&
         read_sketch (statement, column, &aggregate->cold, error);
}

static gboolean
load_entry (FarRollups *self, Entry *entry, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (self->db,
    "SELECT " COLUMNS " FROM rollup WHERE period_s = ?1 AND function = ?2 AND start_s = ?3", error);

  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, entry->period_s);
  far_statement_bind_int (find, 2, entry->function);
  far_statement_bind_int (find, 3, entry->start_s);
  switch (far_db_step (self->db, find, error))
    {
    case FAR_STEP_ROW:
      return read_aggregate (find, 0, &entry->aggregate, error);
    case FAR_STEP_DONE:
      return TRUE;
    case FAR_STEP_ERROR:
    default:
      return FALSE;
    }
}

static Entry *
need_entry (FarRollups *self, guint level, guint function, gint64 start_s, GError **error)
{
  Entry key = { far_rollup_periods_s[level], start_s, function, FALSE, FAR_AGGREGATE_INIT };
  Entry *entry = g_hash_table_lookup (self->entries, &key);

  if (entry != NULL)
    return entry;
  entry = g_memdup2 (&key, sizeof key);
  if (!load_entry (self, entry, error))
    {
      entry_free (entry);
      return NULL;
    }
  g_hash_table_add (self->entries, entry);
  return entry;
}

static gboolean
add_from (FarRollups *self, guint level, guint function, const FarInvocation *invocation,
          GError **error)
{
  gint64 second = far_invocation_end_us (invocation) / G_USEC_PER_SEC;

  self->newest_s = second;
  for (; level < FAR_ROLLUP_N_LEVELS; level++)
    {
      gint64 period_s = far_rollup_periods_s[level];
      Entry *entry = need_entry (self, level, function, second - second % period_s, error);

      if (entry == NULL)
        return FALSE;
      far_aggregate_add (&entry->aggregate, invocation);
      entry->dirty = TRUE;
    }
  return TRUE;
}

gboolean
far_rollups_add (FarRollups *self, guint function, const FarInvocation *invocation, GError **error)
{
  return add_from (self, 0, function, invocation, error);
}

gboolean
far_rollups_add_scope (FarRollups *self, guint scope, const FarInvocation *invocation,
                       GError **error)
{
  return scope == 0 || add_from (self, 1, scope, invocation, error);
}

static void
bind_sketch (FarStatement *statement, int parameter, const FarSketch *sketch, GByteArray *bytes)
{
  g_byte_array_set_size (bytes, 0);
  if (sketch->count == 0)
    {
      far_statement_bind_null (statement, parameter);
      return;
    }
  far_sketch_serialize (sketch, bytes);
  far_statement_bind_blob (statement, parameter, bytes->data, bytes->len);
}

static gboolean
write_entry (FarRollups *self, Entry *entry, GByteArray *duration, GByteArray *cold,
             GError **error)
{
  g_autoptr (FarStatement) put = far_db_prepare (self->db,
    "INSERT OR REPLACE INTO rollup (period_s, function, start_s, " COLUMNS ") "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)", error);
  FarAggregate *aggregate = &entry->aggregate;
  int parameter = 1;
  guint i;

  if (put == NULL)
    return FALSE;
  far_statement_bind_int (put, parameter++, entry->period_s);
  far_statement_bind_int (put, parameter++, entry->function);
  far_statement_bind_int (put, parameter++, entry->start_s);
  for (i = 0; i < FAR_INVOCATION_N_OUTCOMES; i++)
    far_statement_bind_int (put, parameter++, (gint64) aggregate->outcomes[i]);
  far_statement_bind_int (put, parameter++, (gint64) aggregate->cold_starts);
  far_statement_bind_int (put, parameter++, (gint64) aggregate->mb_ms);
  far_statement_bind_int (put, parameter++, (gint64) aggregate->concurrency_max);
  far_statement_bind_int (put, parameter++, (gint64) aggregate->memory_max_kb);
  bind_sketch (put, parameter++, &aggregate->duration, duration);
  bind_sketch (put, parameter, &aggregate->cold, cold);
  return far_db_run (self->db, put, error);
}

gboolean
far_rollups_write (FarRollups *self, GError **error)
{
  g_autoptr (GByteArray) duration = g_byte_array_new ();
  g_autoptr (GByteArray) cold = g_byte_array_new ();
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      Entry *entry = key;

      if (entry->dirty && !write_entry (self, entry, duration, cold, error))
        return FALSE;
      entry->dirty = FALSE;
      /* A period that has passed is read again if a late record needs it. */
      if (entry->start_s + entry->period_s + FAR_ROLLUP_KEEP_S < self->newest_s)
        g_hash_table_iter_remove (&iter);
    }
  return TRUE;
}

gboolean
far_rollup_read (FarDb *db, gint64 period_s, guint function, gint64 from_s, gint64 to_s,
                 FarRollupVisit visit, gpointer user_data, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (db,
    "SELECT start_s, " COLUMNS " FROM rollup "
    "WHERE period_s = ?1 AND function = ?2 AND start_s >= ?3 AND start_s < ?4", error);
  g_auto (FarAggregate) aggregate = FAR_AGGREGATE_INIT;
  FarStep step;

  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, period_s);
  far_statement_bind_int (find, 2, function);
  far_statement_bind_int (find, 3, from_s);
  far_statement_bind_int (find, 4, to_s);
  while ((step = far_db_step (db, find, error)) == FAR_STEP_ROW)
    {
      if (!read_aggregate (find, 1, &aggregate, error))
        return FALSE;
      if (!visit (far_statement_get_int (find, 0), &aggregate, user_data))
        return TRUE;
    }
  return step == FAR_STEP_DONE;
}
