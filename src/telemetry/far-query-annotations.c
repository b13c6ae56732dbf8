/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns questions for annotations. Runs on the query thread between far_query_start() and its
 * callback. */
#include "telemetry/far-query-private.h"

typedef struct {
  gint64 from_us;
  gint64 to_us;
  guint  limit;
  char  *kind;    /* nullable */
  char  *subject; /* nullable */
} Annotations;

static void
annotations_free (Annotations *job)
{
  g_free (job->kind);
  g_free (job->subject);
  g_free (job);
}

static void
bind_or_null (FarStatement *statement, int parameter, const char *text)
{
  if (text != NULL)
    far_statement_bind_text (statement, parameter, text);
  else
    far_statement_bind_null (statement, parameter);
}

void
far_annotation_record_free (FarAnnotationRecord *record)
{
  g_free (record->kind);
  g_free (record->text);
  g_free (record->subject);
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
      find = far_db_prepare (db, "SELECT at, kind, function, text, id, subject, end_at FROM "
                             "annotation WHERE at >= ?1 AND at < ?2 AND (?4 IS NULL OR kind = ?4) "
                             "AND (?5 IS NULL OR subject = ?5) ORDER BY at DESC, id DESC LIMIT ?3",
                             error);
      if (find == NULL)
        return FALSE;
      far_statement_bind_int (find, 1, job->from_us);
      far_statement_bind_int (find, 2, job->to_us);
      far_statement_bind_int (find, 3, job->limit);
      bind_or_null (find, 4, job->kind);
      bind_or_null (find, 5, job->subject);
      while ((step = far_db_step (db, find, error)) == FAR_STEP_ROW)
        {
          FarAnnotationRecord *record = g_new0 (FarAnnotationRecord, 1);

          record->time_us = far_statement_get_int (find, 0);
          record->kind = g_strdup (far_statement_get_text (find, 1));
          record->function = far_names_get (names, (guint16) far_statement_get_int (find, 2));
          record->text = g_strdup (far_statement_get_text (find, 3));
          record->id = far_statement_get_int (find, 4);
          record->subject = g_strdup (far_statement_get_text (find, 5));
          record->end_us = far_statement_get_int (find, 6);
          g_ptr_array_add (found, record);
        }
    }
  if (step == FAR_STEP_ERROR)
    return FALSE;
  far_query_reverse (found);
  *ret_result = g_steal_pointer (&found);
  return TRUE;
}

void
far_telemetry_annotations_async (FarTelemetry *self, const FarAnnotationQuery *query,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  Annotations *job = g_new0 (Annotations, 1);

  job->from_us = query->from_us;
  job->to_us = query->to_us == 0 ? G_MAXINT64 : query->to_us;
  job->limit = CLAMP (query->limit, 1, FAR_QUERY_ROWS_MAX);
  job->kind = g_strdup (query->kind);
  job->subject = g_strdup (query->subject);
  far_query_start (self, far_telemetry_annotations_async, run_annotations, job,
                   (GDestroyNotify) annotations_free, (GDestroyNotify) g_ptr_array_unref,
                   cancellable, callback, user_data);
}

GPtrArray *
far_telemetry_annotations_finish (FarTelemetry *self, GAsyncResult *result, GError **error)
{
  return far_query_finish (result, far_telemetry_annotations_async, error);
}
