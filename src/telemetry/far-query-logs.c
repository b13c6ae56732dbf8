/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns questions for log lines: what functions wrote, and START, END and REPORT, which follow from
 * the records. Runs on the query thread between far_query_start() and its callback. */
#include "telemetry/far-query-private.h"

#include <string.h>

typedef struct {
  FarLogQuery query;
  guint       id;       /* of the function; 0 = all */
  gboolean    empty;
  char       *contains; /* nullable: folded to lower case */
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
#define NEWEST_FIRST " ORDER BY at DESC"
  g_autoptr (FarStatement) find = job->id != 0
    ? far_db_prepare (db, LINES " AND function = ?3" NEWEST_FIRST, error)
    : far_db_prepare (db, LINES NEWEST_FIRST, error);
  FarStep step = FAR_STEP_DONE;

  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, job->query.from_us);
  far_statement_bind_int (find, 2, job->query.to_us == 0 ? G_MAXINT64 : job->query.to_us);
  if (job->id != 0)
    far_statement_bind_int (find, 3, job->id);
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
  const FarInvocationQuery query = {
    .outcomes = FAR_OUTCOME_MASK_ALL,
    .from_us = job->query.from_us,
    .to_us = job->query.to_us,
    .request_id = job->query.request_id,
    .limit = job->query.limit,
  };
  g_autoptr (GArray) rows = far_query_invocations (db, names, &query, job->id, error);
  guint i;

  if (rows == NULL)
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

void
far_query_reverse (GPtrArray *array)
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

  if (db != NULL && !job->empty)
    {
      if (!read_lines (db, names, job, found, error) ||
          (job->query.platform && !read_derived (db, names, job, found, error)))
        return FALSE;
    }
  /* Found newest first; the sort is stable, so that lines of one instant keep their order. */
  far_query_reverse (found);
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

  job->query = *query;
  job->query.limit = CLAMP (query->limit, 1, FAR_QUERY_ROWS_MAX);
  if (query->contains != NULL && *query->contains != '\0')
    job->contains = g_ascii_strdown (query->contains, -1);
  if (query->function != NULL)
    {
      job->id = far_names_find (self->names, FAR_NAME_FUNCTION, query->function);
      job->empty = job->id == 0;
    }
  job->query.function = job->query.contains = NULL;
  far_query_start (self, far_telemetry_logs_async, run_logs, job, (GDestroyNotify) logs_free,
                   (GDestroyNotify) g_ptr_array_unref, cancellable, callback, user_data);
}

GPtrArray *
far_telemetry_logs_finish (FarTelemetry *self, GAsyncResult *result, GError **error)
{
  return far_query_finish (result, far_telemetry_logs_async, error);
}
