/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns questions for single invocations. Runs on the query thread
 * between far_query_start() and its callback. */
#include "telemetry/far-query-private.h"

#include <string.h>

void
far_query_read_row (FarStatement *statement, FarRow *ret_row)
{
  gint64 flags = far_statement_get_int (statement, 3);
  guint64 parent;

  memset (ret_row, 0, sizeof *ret_row);
  ret_row->end_us = far_statement_get_int (statement, 0) - far_statement_get_int (statement, 1);
  ret_row->function = (guint16) far_statement_get_int (statement, 2);
  ret_row->outcome = (guint8) MIN (flags & FAR_ROW_OUTCOME_MASK, FAR_INVOCATION_N_OUTCOMES - 1);
  ret_row->cold = (flags & FAR_ROW_COLD) != 0;
  far_statement_copy_blob (statement, 4, ret_row->request_id.bytes, FAR_ID_LEN);
  far_statement_copy_blob (statement, 5, ret_row->trace_id.bytes, FAR_ID_LEN);
  ret_row->queue_us = far_statement_get_int (statement, 6);
  ret_row->start_us = far_statement_get_int (statement, 7);
  ret_row->init_us = far_statement_get_int (statement, 8);
  ret_row->duration_us = far_statement_get_int (statement, 9);
  ret_row->overhead_us = far_statement_get_int (statement, 10);
  ret_row->memory_mb = (guint32) far_statement_get_int (statement, 11);
  ret_row->memory_max_kb = (guint32) far_statement_get_int (statement, 12);
  ret_row->concurrency = (guint32) far_statement_get_int (statement, 13);
  ret_row->version = (guint16) far_statement_get_int (statement, 14);
  ret_row->route = (guint16) far_statement_get_int (statement, 15);
  ret_row->error_type = (guint16) far_statement_get_int (statement, 16);
  if (far_statement_copy_blob (statement, 17, &parent, sizeof parent))
    ret_row->parent_span = GUINT64_FROM_BE (parent);
  ret_row->spawn_us = far_statement_get_int (statement, 18);
}

/* ---- Invocations ---- */

typedef struct {
  FarInvocationQuery query;
  guint              id; /* of the function; 0 = all */
  guint              version;
  guint              route;
  guint              error_type;
  gboolean           empty;
} Invocations;

/* The request id's own time narrows the search; ids of other makers are looked for everywhere. */
static gboolean
id_time_us (const FarId *id, gint64 *ret_time_us)
{
  gint64 ms = 0;
  guint i;

  if (far_id_is_zero (id) || id->bytes[6] >> 4 != 7)
    return FALSE;
  for (i = 0; i < 6; i++)
    ms = ms << 8 | id->bytes[i];
  *ret_time_us = ms * 1000;
  return TRUE;
}

static FarStatement *
prepare_invocations (FarDb *db, const Invocations *job, GError **error)
{
#define SELECT "SELECT " FAR_QUERY_ROW_COLUMNS " FROM invocation WHERE at >= ?1 AND at < ?2"
#define ORDER " ORDER BY at DESC"
  gboolean failed = (job->query.outcomes & FAR_OUTCOME_MASK (FAR_INVOCATION_OK)) == 0;

  if (job->query.after != 0 && job->query.behind_after != 0)
    return far_db_prepare (db, SELECT " AND NOT EXISTS (SELECT 1 FROM behind"
                           " WHERE behind.at = invocation.at) ORDER BY at", error);
  if (job->query.after != 0)
    return far_db_prepare (db, SELECT " ORDER BY at", error);
  if (failed)
    return far_db_prepare (db, SELECT " AND (flags & 7) <> 0" ORDER, error);
  if (job->id != 0)
    return far_db_prepare (db, SELECT " AND function = ?3" ORDER, error);
  return far_db_prepare (db, SELECT ORDER, error);
}

static gboolean
is_asked_id (const FarId *asked, const FarId *id)
{
  return far_id_is_zero (asked) || far_id_compare (asked, id) == 0;
}

static gboolean
row_matches (const Invocations *job, const FarRow *row)
{
  const FarInvocationQuery *query = &job->query;

  return (query->outcomes & FAR_OUTCOME_MASK (row->outcome)) != 0 &&
         (job->id == 0 || row->function == job->id) && (!query->cold_only || row->cold) &&
         row->duration_us >= query->duration_min_us &&
         (query->duration_max_us == 0 || row->duration_us <= query->duration_max_us) &&
         row->end_us >= query->from_us && (query->to_us == 0 || row->end_us < query->to_us) &&
         (job->version == 0 || row->version == job->version) &&
         (job->route == 0 || row->route == job->route) &&
         (job->error_type == 0 || row->error_type == job->error_type) &&
         is_asked_id (&query->request_id, &row->request_id) &&
         is_asked_id (&query->trace_id, &row->trace_id);
}

/* Longest first. */
static int
compare_durations (gconstpointer a, gconstpointer b)
{
  gint64 x = ((const FarInvocation *) a)->duration_us;
  gint64 y = ((const FarInvocation *) b)->duration_us;

  return (x < y) - (x > y);
}

/* Keeps the longest, from time to time, so that a scan of any length stays small. */
static void
keep_longest (GArray *found, guint limit, guint len_max)
{
  if (found->len < len_max)
    return;
  g_array_sort (found, compare_durations);
  if (found->len > limit)
    g_array_set_size (found, limit);
}

/* behind: the statement has the number in the column after the others. */
static gboolean
collect (FarDb *db, FarNames *names, const Invocations *job, FarStatement *find, gboolean behind,
         GArray *found, GError **error)
{
  gboolean slowest = job->query.slowest;
  FarStep step = FAR_STEP_DONE;

  while ((slowest || found->len < job->query.limit) &&
         (step = far_db_step (db, find, error)) == FAR_STEP_ROW)
    {
      FarRow row;
      FarInvocation invocation;

      far_query_read_row (find, &row);
      if (!row_matches (job, &row))
        continue;
      far_row_unpack (&row, names, &invocation);
      invocation.at = far_statement_get_int (find, 0);
      invocation.behind = behind ? far_statement_get_int (find, FAR_QUERY_ROW_N_COLUMNS) : 0;
      g_array_append_val (found, invocation);
      if (slowest)
        keep_longest (found, job->query.limit, 2 * job->query.limit + 1);
    }
  return step != FAR_STEP_ERROR;
}

static gboolean
read_behind (FarDb *db, FarNames *names, const Invocations *job, GArray *found, GError **error)
{
#define BEHIND "SELECT " FAR_QUERY_ROW_COLUMNS ", n FROM behind CROSS JOIN invocation USING (at)"
  g_autoptr (FarStatement) find = far_db_prepare (db, job->query.behind_only
    ? BEHIND " WHERE n > (SELECT coalesce (max (n), 0) FROM behind) - ?1 ORDER BY n"
    : BEHIND " WHERE n > ?1 ORDER BY n", error);

  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, job->query.behind_only ? job->query.limit
                                                          : job->query.behind_after);
  return collect (db, names, job, find, TRUE, found, error);
}

static gboolean
read_invocations (FarDb *db, FarNames *names, const Invocations *job, GArray *found,
                  GError **error)
{
  g_autoptr (FarStatement) find = prepare_invocations (db, job, error);
  gint64 from_us = job->query.from_us, id_us;
  gint64 to_us = job->query.to_us == 0 ? G_MAXINT64 : job->query.to_us + FAR_QUERY_LATE_US;

  if (find == NULL)
    return FALSE;
  if (job->query.behind_only)
    return read_behind (db, names, job, found, error);
  if (id_time_us (&job->query.request_id, &id_us))
    from_us = MAX (from_us, id_us - FAR_QUERY_LATE_US);
  from_us = MAX (from_us, job->query.after + 1);
  if (job->query.before != 0)
    to_us = MIN (to_us, job->query.before);
  far_statement_bind_int (find, 1, from_us);
  far_statement_bind_int (find, 2, to_us);
  if (job->id != 0 && sqlite3_bind_parameter_count (find) >= 3)
    far_statement_bind_int (find, 3, job->id);
  if (!collect (db, names, job, find, FALSE, found, error))
    return FALSE;
  if (job->query.slowest)
    keep_longest (found, job->query.limit, 0);
  return job->query.after == 0 || job->query.behind_after == 0 ||
         read_behind (db, names, job, found, error);
}

gboolean
far_query_read_note (FarDb *db, gint64 at, char **ret_notes, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (db, "SELECT text FROM note WHERE at = ?1", error);
  FarStep step;

  *ret_notes = NULL;
  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, at);
  step = far_db_step (db, find, error);
  if (step == FAR_STEP_ROW)
    *ret_notes = g_strdup (far_statement_get_text (find, 0));
  return step != FAR_STEP_ERROR;
}

static void
clear_notes (gpointer data)
{
  g_free ((char *) ((FarInvocation *) data)->notes);
}

static gboolean
read_notes (FarDb *db, GArray *found, GError **error)
{
  guint i;

  for (i = 0; i < found->len; i++)
    {
      FarInvocation *invocation = &g_array_index (found, FarInvocation, i);
      char *notes;

      if (!far_query_read_note (db, invocation->at, &notes, error))
        return FALSE;
      invocation->notes = notes;
    }
  return TRUE;
}

static gboolean
run_invocations (FarDb *db, FarNames *names, gpointer user_data, gpointer *ret_result,
                 GError **error)
{
  Invocations *job = user_data;
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (FarInvocation));

  g_array_set_clear_func (found, clear_notes);
  if (db != NULL && !job->empty &&
      (!read_invocations (db, names, job, found, error) || !read_notes (db, found, error)))
    return FALSE;
  *ret_result = g_steal_pointer (&found);
  return TRUE;
}

GArray *
far_query_invocations (FarDb *db, FarNames *names, const FarInvocationQuery *query, guint function,
                       GError **error)
{
  const Invocations job = { .query = *query, .id = function };
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (FarInvocation));

  return read_invocations (db, names, &job, found, error) ? g_steal_pointer (&found) : NULL;
}

/* 0 for NULL; a name that nothing has makes the answer empty. */
static guint
find_name (FarTelemetry *self, Invocations *job, FarNameKind kind, const char *text)
{
  guint id = text != NULL ? far_names_find (self->names, kind, text) : 0;

  job->empty = job->empty || (text != NULL && id == 0);
  return id;
}

void
far_telemetry_invocations_async (FarTelemetry *self, const FarInvocationQuery *query,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  Invocations *job = g_new0 (Invocations, 1);

  job->query = *query;
  job->query.limit = CLAMP (query->limit, 1, FAR_QUERY_ROWS_MAX);
  if (job->query.outcomes == 0)
    job->query.outcomes = FAR_OUTCOME_MASK_ALL;
  job->id = find_name (self, job, FAR_NAME_FUNCTION, query->function);
  job->version = find_name (self, job, FAR_NAME_VERSION, query->version);
  job->route = find_name (self, job, FAR_NAME_ROUTE, query->route);
  job->error_type = find_name (self, job, FAR_NAME_ERROR_TYPE, query->error_type);
  job->query.function = job->query.version = job->query.route = job->query.error_type = NULL;
  far_query_start (self, far_telemetry_invocations_async, run_invocations, job, g_free,
                   (GDestroyNotify) g_array_unref, cancellable, callback, user_data);
}

GArray *
far_telemetry_invocations_finish (FarTelemetry *self, GAsyncResult *result, GError **error)
{
  return far_query_finish (result, far_telemetry_invocations_async, error);
}
