/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns questions for single invocations, log lines and annotations. Runs on the query thread
 * between far_query_start() and its callback. */
#include "telemetry/far-query-private.h"

#include <string.h>

#define FLAGS_COLD 8

void
far_query_read_row (FarStatement *statement, FarRow *ret_row)
{
  gint64 flags = far_statement_get_int (statement, 3);

  memset (ret_row, 0, sizeof *ret_row);
  ret_row->end_us = far_statement_get_int (statement, 0) - far_statement_get_int (statement, 1);
  ret_row->function = (guint16) far_statement_get_int (statement, 2);
  ret_row->outcome = (guint8) MIN (flags & ~FLAGS_COLD, FAR_INVOCATION_N_OUTCOMES - 1);
  ret_row->cold = (flags & FLAGS_COLD) != 0;
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
}

/* ---- Invocations ---- */

typedef struct {
  FarInvocationQuery query;
  guint              id; /* of the function; 0 = all */
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

  if (failed)
    return far_db_prepare (db, SELECT " AND flags NOT IN (0, 8)" ORDER, error);
  if (job->id != 0)
    return far_db_prepare (db, SELECT " AND function = ?3" ORDER, error);
  return far_db_prepare (db, SELECT ORDER, error);
}

static gboolean
row_matches (const Invocations *job, const FarRow *row)
{
  const FarInvocationQuery *query = &job->query;

  return (query->outcomes & FAR_OUTCOME_MASK (row->outcome)) != 0 &&
         (job->id == 0 || row->function == job->id) && (!query->cold_only || row->cold) &&
         row->duration_us >= query->duration_min_us && row->end_us >= query->from_us &&
         (query->to_us == 0 || row->end_us < query->to_us) &&
         (far_id_is_zero (&query->request_id) ||
          far_id_compare (&query->request_id, &row->request_id) == 0);
}

static gboolean
read_invocations (FarDb *db, FarNames *names, const Invocations *job, GArray *found,
                  GError **error)
{
  g_autoptr (FarStatement) find = prepare_invocations (db, job, error);
  gint64 from_us = job->query.from_us, id_us;
  FarStep step = FAR_STEP_DONE;

  if (find == NULL)
    return FALSE;
  if (id_time_us (&job->query.request_id, &id_us))
    from_us = MAX (from_us, id_us - FAR_QUERY_LATE_US);
  far_statement_bind_int (find, 1, from_us);
  far_statement_bind_int (find, 2, job->query.to_us == 0 ? G_MAXINT64
                                                         : job->query.to_us + FAR_QUERY_LATE_US);
  if (job->id != 0 && sqlite3_bind_parameter_count (find) >= 3)
    far_statement_bind_int (find, 3, job->id);
  while (found->len < job->query.limit && (step = far_db_step (db, find, error)) == FAR_STEP_ROW)
    {
      FarRow row;
      FarInvocation invocation;

      far_query_read_row (find, &row);
      if (!row_matches (job, &row))
        continue;
      far_row_unpack (&row, names, &invocation);
      g_array_append_val (found, invocation);
    }
  return step != FAR_STEP_ERROR;
}

static gboolean
run_invocations (FarDb *db, FarNames *names, gpointer user_data, gpointer *ret_result,
                 GError **error)
{
  Invocations *job = user_data;
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (FarInvocation));

  if (db != NULL && !job->empty && !read_invocations (db, names, job, found, error))
    return FALSE;
  *ret_result = g_steal_pointer (&found);
  return TRUE;
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
  if (query->function != NULL)
    {
      job->id = far_names_find (self->names, FAR_NAME_FUNCTION, query->function);
      job->empty = job->id == 0;
    }
  job->query.function = NULL;
  far_query_start (self, far_telemetry_invocations_async, run_invocations, job, g_free,
                   (GDestroyNotify) g_array_unref, cancellable, callback, user_data);
}

GArray *
far_telemetry_invocations_finish (FarTelemetry *self, GAsyncResult *result, GError **error)
{
  return far_query_finish (result, far_telemetry_invocations_async, error);
}

/* ---- Logs ---- */

typedef struct {
  FarLogQuery query;
  Invocations invocations; /* for START, END and REPORT */
  char       *contains;    /* nullable: folded to lower case */
} Logs;

static void
logs_free (Logs *job)
{
  g_free (job->contains);
  g_free (job);
}

void
far_log_record_free (FarLogRecord *record)
{
  g_free (record->message);
  g_free (record);
}

static gboolean
text_matches (const Logs *job, const char *text)
{
  g_autofree char *folded = NULL;

  if (job->contains == NULL)
    return TRUE;
  folded = g_ascii_strdown (text, -1);
  return strstr (folded, job->contains) != NULL;
}

static void
add_record (GPtrArray *found, gint64 time_us, const FarId *request_id, const char *function,
            FarLogLevel level, char *message)
{
  FarLogRecord *record = g_new0 (FarLogRecord, 1);

  record->time_us = time_us;
  record->request_id = *request_id;
  record->function = function;
  record->level = level;
  record->message = message;
  g_ptr_array_add (found, record);
}

static gboolean
read_lines (FarDb *db, FarNames *names, const Logs *job, GPtrArray *found, GError **error)
{
#define LINES "SELECT at, late, function, request, level, text FROM log WHERE at >= ?1 AND at < ?2"
  g_autoptr (FarStatement) find = job->invocations.id != 0
    ? far_db_prepare (db, LINES " AND function = ?3" ORDER, error)
    : far_db_prepare (db, LINES ORDER, error);
  FarStep step = FAR_STEP_DONE;

  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, job->query.from_us);
  far_statement_bind_int (find, 2, job->query.to_us == 0 ? G_MAXINT64 : job->query.to_us);
  if (job->invocations.id != 0)
    far_statement_bind_int (find, 3, job->invocations.id);
  while (found->len < job->query.limit && (step = far_db_step (db, find, error)) == FAR_STEP_ROW)
    {
      const char *text = far_statement_get_text (find, 5);
      FarLogLevel level = (FarLogLevel) CLAMP (far_statement_get_int (find, 4), 0,
                                               FAR_LOG_PLATFORM);
      FarId id = { { 0 } };

      far_statement_copy_blob (find, 3, id.bytes, FAR_ID_LEN);
      if (level < job->query.level_min || !text_matches (job, text) ||
          (!far_id_is_zero (&job->query.request_id) &&
           far_id_compare (&id, &job->query.request_id) != 0))
        continue;
      add_record (found, far_statement_get_int (find, 0) - far_statement_get_int (find, 1), &id,
                  far_names_get (names, (guint16) far_statement_get_int (find, 2)), level,
                  g_strdup (text));
    }
  return step != FAR_STEP_ERROR;
}

static void
add_derived (const Logs *job, GPtrArray *found, const FarInvocation *invocation, gint64 time_us,
             char *line)
{
  if (text_matches (job, line))
    add_record (found, time_us, &invocation->request_id, invocation->function, FAR_LOG_PLATFORM,
                line);
  else
    g_free (line);
}

static gboolean
read_derived (FarDb *db, FarNames *names, const Logs *job, GPtrArray *found, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (FarInvocation));
  guint i;

  if (!read_invocations (db, names, &job->invocations, rows, error))
    return FALSE;
  for (i = 0; i < rows->len; i++)
    {
      const FarInvocation *invocation = &g_array_index (rows, FarInvocation, i);
      gint64 end_us = far_invocation_end_us (invocation);

      if (invocation->outcome == FAR_INVOCATION_THROTTLE)
        continue;
      add_derived (job, found, invocation, invocation->arrival_us + invocation->start_us,
                   far_invocation_start_line (invocation));
      add_derived (job, found, invocation, end_us, far_invocation_end_line (invocation));
      add_derived (job, found, invocation, end_us, far_invocation_report_line (invocation));
    }
  return TRUE;
}

/* START, what the function wrote, END, REPORT. */
static int
compare_records (gconstpointer a, gconstpointer b)
{
  const FarLogRecord *x = *(const FarLogRecord *const *) a;
  const FarLogRecord *y = *(const FarLogRecord *const *) b;
  static const char order[] = "SOER"; /* START, other, END, REPORT */
  char kind_x, kind_y;

  if (x->time_us != y->time_us)
    return x->time_us < y->time_us ? -1 : 1;
  kind_x = x->level == FAR_LOG_PLATFORM && x->message[0] != '\0' ? x->message[0] : 'O';
  kind_y = y->level == FAR_LOG_PLATFORM && y->message[0] != '\0' ? y->message[0] : 'O';
  return (int) (strchr (order, strchr (order, kind_x) != NULL ? kind_x : 'O') -
                strchr (order, strchr (order, kind_y) != NULL ? kind_y : 'O'));
}

static void
reverse (GPtrArray *array)
{
  guint i;

  for (i = 0; i < array->len / 2; i++)
    {
      gpointer item = array->pdata[i];

      array->pdata[i] = array->pdata[array->len - 1 - i];
      array->pdata[array->len - 1 - i] = item;
    }
}

static gboolean
run_logs (FarDb *db, FarNames *names, gpointer user_data, gpointer *ret_result, GError **error)
{
  Logs *job = user_data;
  g_autoptr (GPtrArray) found =
    g_ptr_array_new_with_free_func ((GDestroyNotify) far_log_record_free);

  if (db != NULL && !job->invocations.empty)
    {
      if (!read_lines (db, names, job, found, error) ||
          (job->query.platform && !read_derived (db, names, job, found, error)))
        return FALSE;
    }
  /* Found newest first; the sort is stable, so that lines of one instant keep their order. */
  reverse (found);
  g_ptr_array_sort (found, compare_records);
  if (found->len > job->query.limit)
    g_ptr_array_remove_range (found, 0, found->len - job->query.limit);
  *ret_result = g_steal_pointer (&found);
  return TRUE;
}

void
far_telemetry_logs_async (FarTelemetry *self, const FarLogQuery *query, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  Logs *job = g_new0 (Logs, 1);
  Invocations *invocations = &job->invocations;

  job->query = *query;
  job->query.limit = CLAMP (query->limit, 1, FAR_QUERY_ROWS_MAX);
  if (query->contains != NULL && *query->contains != '\0')
    job->contains = g_ascii_strdown (query->contains, -1);
  if (query->function != NULL)
    {
      invocations->id = far_names_find (self->names, FAR_NAME_FUNCTION, query->function);
      invocations->empty = invocations->id == 0;
    }
  job->query.function = job->query.contains = NULL;
  invocations->query.outcomes = FAR_OUTCOME_MASK_ALL;
  invocations->query.from_us = query->from_us;
  invocations->query.to_us = query->to_us;
  invocations->query.request_id = query->request_id;
  invocations->query.limit = job->query.limit;
  far_query_start (self, far_telemetry_logs_async, run_logs, job, (GDestroyNotify) logs_free,
                   (GDestroyNotify) g_ptr_array_unref, cancellable, callback, user_data);
}

GPtrArray *
far_telemetry_logs_finish (FarTelemetry *self, GAsyncResult *result, GError **error)
{
  return far_query_finish (result, far_telemetry_logs_async, error);
}

/* ---- Annotations ---- */

typedef struct {
  gint64 from_us;
  gint64 to_us;
  guint  limit;
} Annotations;

void
far_annotation_record_free (FarAnnotationRecord *record)
{
  g_free (record->kind);
  g_free (record->text);
  g_free (record);
}

static gboolean
run_annotations (FarDb *db, FarNames *names, gpointer user_data, gpointer *ret_result,
                 GError **error)
{
  Annotations *job = user_data;
  g_autoptr (GPtrArray) found =
    g_ptr_array_new_with_free_func ((GDestroyNotify) far_annotation_record_free);
  g_autoptr (FarStatement) find = NULL;
  FarStep step = FAR_STEP_DONE;

  if (db != NULL)
    {
      find = far_db_prepare (db, "SELECT at, kind, function, text FROM annotation "
                             "WHERE at >= ?1 AND at < ?2 ORDER BY at DESC, id DESC LIMIT ?3",
                             error);
      if (find == NULL)
        return FALSE;
      far_statement_bind_int (find, 1, job->from_us);
      far_statement_bind_int (find, 2, job->to_us);
      far_statement_bind_int (find, 3, job->limit);
      while ((step = far_db_step (db, find, error)) == FAR_STEP_ROW)
        {
          FarAnnotationRecord *record = g_new0 (FarAnnotationRecord, 1);

          record->time_us = far_statement_get_int (find, 0);
          record->kind = g_strdup (far_statement_get_text (find, 1));
          record->function = far_names_get (names, (guint16) far_statement_get_int (find, 2));
          record->text = g_strdup (far_statement_get_text (find, 3));
          g_ptr_array_add (found, record);
        }
    }
  if (step == FAR_STEP_ERROR)
    return FALSE;
  reverse (found);
  *ret_result = g_steal_pointer (&found);
  return TRUE;
}

void
far_telemetry_annotations_async (FarTelemetry *self, gint64 from_us, gint64 to_us, guint limit,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  Annotations *job = g_new0 (Annotations, 1);

  job->from_us = from_us;
  job->to_us = to_us == 0 ? G_MAXINT64 : to_us;
  job->limit = CLAMP (limit, 1, FAR_QUERY_ROWS_MAX);
  far_query_start (self, far_telemetry_annotations_async, run_annotations, job, g_free,
                   (GDestroyNotify) g_ptr_array_unref, cancellable, callback, user_data);
}

GPtrArray *
far_telemetry_annotations_finish (FarTelemetry *self, GAsyncResult *result, GError **error)
{
  return far_query_finish (result, far_telemetry_annotations_async, error);
}
