/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the answers about single things: invocations, annotations. What comes from the database is
 * waited for with the request paused. */
#include "platform/far-control-private.h"

#include <string.h>

#include "telemetry/far-query.h"

/* ---- Invocations ---- */

static void
add_rows (FarJsonWriter *writer, const char *name, GArray *rows, guint first, guint end)
{
  guint i;

  far_json_begin_array (writer, name);
  for (i = first; i < end; i++)
    far_control_add_invocation (writer, &g_array_index (rows, FarInvocation, i));
  far_json_end_array (writer);
}

static void
on_invocations (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  GError *error = NULL;
  g_autoptr (GArray) rows = far_telemetry_invocations_finish (NULL, result, &error);
  gboolean behind = g_hash_table_contains (request->query, "behind_after");
  guint n_ordered = 0;

  if (!far_control_take (request, rows != NULL, error))
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  while (n_ordered < rows->len && g_array_index (rows, FarInvocation, n_ordered).behind == 0)
    n_ordered++;
  add_rows (&writer, "invocations", rows, 0, n_ordered);
  if (n_ordered > 0 && g_strcmp0 (g_hash_table_lookup (request->query, "sort"), "duration") != 0)
    far_json_add_int (&writer, "next", g_array_index (rows, FarInvocation, n_ordered - 1).at);
  else
    far_json_add_null (&writer, "next");
  if (behind)
    add_rows (&writer, "behind", rows, n_ordered, rows->len);
  if (n_ordered < rows->len)
    far_json_add_int (&writer, "behind_next",
                      g_array_index (rows, FarInvocation, rows->len - 1).behind);
  else if (behind)
    far_json_add_null (&writer, "behind_next");
  far_json_add_int (&writer, "rows_from_us", far_telemetry_get_rows_from_us (request->telemetry));
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

/* An outcome's name, or "error" for all that are errors. */
static gboolean
read_outcome (FarControlRequest *request, guint *ret_mask)
{
  const char *text = g_hash_table_lookup (request->query, "outcome");
  FarInvocationOutcome outcome;

  *ret_mask = 0;
  if (text == NULL || *text == '\0')
    return TRUE;
  if (strcmp (text, "error") == 0)
    *ret_mask = FAR_OUTCOME_MASK_ERRORS;
  else if (far_invocation_outcome_from_string (text, &outcome))
    *ret_mask = FAR_OUTCOME_MASK (outcome);
  if (*ret_mask == 0)
    far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                       "There is no outcome “%s”; /v1/openapi.yaml lists them", text);
  return *ret_mask != 0;
}

static gboolean
read_sort (FarControlRequest *request, gboolean *ret_slowest)
{
  const char *text = g_hash_table_lookup (request->query, "sort");

  *ret_slowest = g_strcmp0 (text, "duration") == 0;
  if (text == NULL || *ret_slowest || strcmp (text, "time") == 0)
    return TRUE;
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "sort is “%s”; send time or duration", text);
  return FALSE;
}

void
far_control_get_invocations (FarControlRequest *request)
{
  FarInvocationQuery query = { 0 };
  gint64 limit;

  if (!far_control_query_function (request, &query.function) ||
      !read_outcome (request, &query.outcomes) || !read_sort (request, &query.slowest) ||
      !far_control_query_bool (request, "cold", FALSE, &query.cold_only) ||
      !far_control_query_range (request, &query.from_us, &query.to_us) ||
      !far_control_query_int (request, "duration_min_us", 0, G_MAXINT64, 0,
                              &query.duration_min_us) ||
      !far_control_query_int (request, "duration_max_us", 0, G_MAXINT64, 0,
                              &query.duration_max_us) ||
      !far_control_query_int (request, "before", 0, FAR_CONTROL_TIME_MAX_US, 0, &query.before) ||
      !far_control_query_int (request, "after", 0, FAR_CONTROL_TIME_MAX_US, 0, &query.after) ||
      !far_control_query_int (request, "behind_after", 0, G_MAXINT64, 0, &query.behind_after) ||
      !far_control_query_id (request, "request_id", &query.request_id) ||
      !far_control_query_id (request, "trace_id", &query.trace_id) ||
      !far_control_query_int (request, "limit", 1, FAR_CONTROL_LIMIT_MAX, 100, &limit))
    return;
  query.version = g_hash_table_lookup (request->query, "version");
  query.route = g_hash_table_lookup (request->query, "route");
  query.error_type = g_hash_table_lookup (request->query, "error_type");
  query.limit = (guint) limit;
  if (query.after == 0 && g_hash_table_contains (request->query, "after"))
    query.after = -1;
  if (query.behind_after == 0 && g_hash_table_contains (request->query, "behind_after"))
    query.behind_after = -1;
  if (query.behind_after != 0 && query.after == 0)
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "behind_after goes with after");
      return;
    }
  far_control_request_pause (request);
  far_telemetry_invocations_async (request->telemetry, &query, request->cancellable,
                                   on_invocations, request);
}

/* ---- Annotations ---- */

static void
add_annotation (FarJsonWriter *writer, const FarAnnotationRecord *record)
{
  far_json_begin_object (writer, NULL);
  far_json_add_int (writer, "id", record->id);
  far_json_add_int (writer, "time_us", record->time_us);
  if (record->end_us != 0)
    far_json_add_int (writer, "end_us", record->end_us);
  else
    far_json_add_null (writer, "end_us");
  far_json_add_string (writer, "kind", record->kind);
  far_json_add_string (writer, "function", record->function);
  far_json_add_string (writer, "subject", record->subject);
  far_json_add_string (writer, "text", record->text);
  far_json_end_object (writer);
}

static void
on_annotations (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  GError *error = NULL;
  g_autoptr (GPtrArray) found = far_telemetry_annotations_finish (NULL, result, &error);
  guint i;

  if (!far_control_take (request, found != NULL, error))
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "annotations");
  for (i = 0; i < found->len; i++)
    add_annotation (&writer, g_ptr_array_index (found, i));
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_get_annotations (FarControlRequest *request)
{
  FarAnnotationQuery query = { 0 };
  gint64 limit;

  if (!far_control_query_range (request, &query.from_us, &query.to_us) ||
      !far_control_query_int (request, "limit", 1, FAR_CONTROL_LIMIT_MAX, 100, &limit))
    return;
  query.kind = g_hash_table_lookup (request->query, "kind");
  query.subject = g_hash_table_lookup (request->query, "subject");
  query.limit = (guint) limit;
  far_control_request_pause (request);
  far_telemetry_annotations_async (request->telemetry, &query, request->cancellable,
                                   on_annotations, request);
}

/* Lower-case words: kinds are compared, and drawn with a sign of their own. */
static gboolean
is_kind (const char *kind)
{
  return *kind != '\0' && strspn (kind, "abcdefghijklmnopqrstuvwxyz_") == strlen (kind);
}

static gboolean
read_annotation (JsonObject *body, FarAnnotation *annotation, gint64 now_us, GError **error)
{
  annotation->time_us = now_us;
  if (!far_json_get_string (body, "kind", FAR_ANNOTATION_KIND_MAX, &annotation->kind, error) ||
      !far_json_get_string (body, "text", FAR_ANNOTATION_TEXT_MAX, &annotation->text, error) ||
      (far_json_has (body, "function") &&
       !far_json_get_string (body, "function", FAR_FUNCTION_NAME_MAX, &annotation->function,
                             error)) ||
      (far_json_has (body, "subject") &&
       !far_json_get_string (body, "subject", FAR_ANNOTATION_SUBJECT_MAX, &annotation->subject,
                             error)) ||
      (far_json_has (body, "time_us") &&
       !far_json_get_int (body, "time_us", 0, FAR_CONTROL_TIME_MAX_US, &annotation->time_us,
                          error)))
    return FALSE;
  return !far_json_has (body, "end_us") ||
         far_json_get_int (body, "end_us", annotation->time_us, FAR_CONTROL_TIME_MAX_US,
                           &annotation->end_us, error);
}

void
far_control_add_annotation (FarControlRequest *request)
{
  gint64 now_us = far_clock_now_us (request->control->clock);
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  FarAnnotation annotation = { 0 };

  if (!read_annotation (json_node_get_object (request->body), &annotation, now_us, &error))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "The body: %s",
                         error->message);
      return;
    }
  if (!is_kind (annotation.kind))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "kind must be lower-case letters and “_”, like “deploy”");
      return;
    }
  far_telemetry_annotate (request->telemetry, &annotation);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "time_us", annotation.time_us);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_CREATED, &writer);
}
