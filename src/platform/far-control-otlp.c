/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns OTLP over HTTP: POST /v1/traces and /v1/metrics, where exporters send, and what there is
 * here to be given out. Spans go into the telemetry and so into its traces, and to deployments that
 * want them; of metrics the newest point of each series is kept in memory, bounded, and listed. */
#include "platform/far-control-private.h"

#include <string.h>

#include "platform/far-figures.h"
#include "telemetry/far-otlp.h"
#include "telemetry/far-query.h"

#define SERIES_MAX 2000
#define EXPORT_ROWS_DEFAULT 500

/* ---- In ---- */

static void
answer_partial (FarControlRequest *request, const char *rejected_name, guint rejected)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autofree char *text = g_strdup_printf ("%u", rejected);

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  if (rejected > 0)
    {
      far_json_begin_object (&writer, "partialSuccess");
      far_json_add_string (&writer, rejected_name, text);
      far_json_add_string (&writer, "errorMessage", "Some were without ids or times, inconsistent, "
                           "or more than are taken at once");
      far_json_end_object (&writer);
    }
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_take_traces (FarControlRequest *request)
{
  SoupMessageBody *body = soup_server_message_get_request_body (request->msg);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) spans = NULL;
  guint rejected = 0, i;

  spans = far_otlp_parse_traces (body->data, (gsize) body->length, &rejected, &error);
  if (spans == NULL)
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", error->message);
      return;
    }
  for (i = 0; i < spans->len; i++)
    far_telemetry_add_span (request->telemetry, g_ptr_array_index (spans, i));
  if (request->control->deployments != NULL)
    far_deployments_take_spans (request->control->deployments, spans);
  answer_partial (request, "rejectedSpans", rejected);
}

/* FALSE if there are as many series as can be. A point that is not newer changes nothing: it came
 * twice, or late. */
static gboolean
keep_point (GHashTable *received, FarOtlpPoint *point)
{
  g_autofree char *key = g_strdup_printf ("%s\n%s\n%s", point->service, point->name,
                                          point->attributes);
  const FarOtlpPoint *old = g_hash_table_lookup (received, key);

  if (old == NULL && g_hash_table_size (received) >= SERIES_MAX)
    return FALSE;
  if (old != NULL && old->time_us >= point->time_us)
    {
      far_otlp_point_free (point);
      return TRUE;
    }
  g_hash_table_replace (received, g_steal_pointer (&key), point);
  return TRUE;
}

void
far_control_take_metrics (FarControlRequest *request)
{
  FarControl *control = request->control;
  SoupMessageBody *body = soup_server_message_get_request_body (request->msg);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) points = NULL;
  guint rejected = 0;

  points = far_otlp_parse_metrics (body->data, (gsize) body->length, &rejected, &error);
  if (points == NULL)
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", error->message);
      return;
    }
  if (control->received == NULL)
    control->received = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                               (GDestroyNotify) far_otlp_point_free);
  while (points->len > 0)
    {
      FarOtlpPoint *point = g_ptr_array_steal_index_fast (points, 0);

      if (keep_point (control->received, point))
        continue;
      far_otlp_point_free (point);
      rejected++;
    }
  answer_partial (request, "rejectedDataPoints", rejected);
}

/* ---- What came in ---- */

static void
add_quantile (FarJsonWriter *writer, const char *name, const FarOtlpPoint *point, double q)
{
  double low, high;

  if (!far_otlp_point_quantile (point, q, &low, &high))
    {
      far_json_add_null (writer, name);
      return;
    }
  /* Only as fine as its bucket: both limits, and no number between. */
  far_json_begin_object (writer, name);
  far_json_add_double (writer, "low", low);
  far_json_add_double (writer, "high", high);
  far_json_end_object (writer);
}

static void
add_point (FarJsonWriter *writer, const FarOtlpPoint *point)
{
  static const char *const kinds[] = { "gauge", "sum", "histogram" };

  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "service", point->service);
  far_json_add_string (writer, "name", point->name);
  far_json_add_string (writer, "unit", point->unit);
  far_json_add_string (writer, "attributes", point->attributes);
  far_json_add_string (writer, "kind", kinds[point->kind]);
  far_json_add_bool (writer, "cumulative", point->cumulative);
  far_json_add_int (writer, "time_us", point->time_us);
  far_json_add_double (writer, "value", point->value);
  if (point->kind == FAR_OTLP_HISTOGRAM)
    {
      far_json_add_int (writer, "count", (gint64) MIN (point->count, (guint64) G_MAXINT64));
      add_quantile (writer, "p50", point, 0.5);
      add_quantile (writer, "p90", point, 0.9);
      add_quantile (writer, "p99", point, 0.99);
    }
  far_json_end_object (writer);
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (a, b);
}

void
far_control_get_received (FarControlRequest *request)
{
  GHashTable *received = request->control->received;
  g_autoptr (GList) keys = received != NULL ? g_hash_table_get_keys (received) : NULL;
  g_auto (FarJsonWriter) writer = { 0 };
  GList *link;

  keys = g_list_sort (keys, compare_keys);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "now_us", far_clock_now_us (request->control->clock));
  far_json_begin_array (&writer, "series");
  for (link = keys; link != NULL; link = link->next)
    add_point (&writer, g_hash_table_lookup (received, link->data));
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

/* ---- Out ---- */

void
far_control_give_metrics (FarControlRequest *request)
{
  static const FarAggregate none;
  g_auto (GStrv) functions = far_telemetry_dup_functions (request->telemetry);
  guint n = g_strv_length (functions), i;
  g_autofree const FarAggregate **aggregates = g_new0 (const FarAggregate *, n + 1);
  FarPlatformStatus status;
  g_autoptr (GBytes) bytes = NULL;
  char *text;

  for (i = 0; i < n; i++)
    {
      aggregates[i] = far_telemetry_peek (request->telemetry, functions[i]);
      if (aggregates[i] == NULL)
        aggregates[i] = &none;
    }
  far_platform_get_status (request->control->platform, &status);
  /* Counters go on over restarts: they began with the database, which is not later than this. */
  text = far_otlp_write_metrics ((const char *const *) functions, aggregates, status.started_us,
                                 far_clock_now_us (request->control->clock));
  bytes = g_bytes_new_take (text, strlen (text));
  far_control_text (request, "application/json", bytes);
}

static void
on_invocations (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  GError *error = NULL;
  g_autoptr (GArray) rows = far_telemetry_invocations_finish (NULL, result, &error);
  g_autoptr (GPtrArray) spans = NULL;
  g_autoptr (GBytes) bytes = NULL;
  static const FarId none;
  char *text;
  guint i;

  if (!far_control_take (request, rows != NULL, error))
    return;
  spans = g_ptr_array_new_with_free_func ((GDestroyNotify) far_span_free);
  for (i = 0; i < rows->len; i++)
    {
      const FarInvocation *row = &g_array_index (rows, FarInvocation, i);

      /* Outside a trace there is nothing to send. */
      if (far_id_compare (&row->trace_id, &none) != 0)
        far_span_append_invocation (spans, row);
    }
  text = far_otlp_write_traces (spans);
  bytes = g_bytes_new_take (text, strlen (text));
  far_control_text (request, "application/json", bytes);
}

void
far_control_give_traces (FarControlRequest *request)
{
  FarInvocationQuery query = { 0 };
  gint64 limit;

  if (!far_control_query_range (request, &query.from_us, &query.to_us) ||
      !far_control_query_int (request, "limit", 1, FAR_CONTROL_LIMIT_MAX, EXPORT_ROWS_DEFAULT,
                              &limit))
    return;
  query.limit = (guint) limit;
  far_control_request_pause (request);
  far_telemetry_invocations_async (request->telemetry, &query, request->cancellable,
                                   on_invocations, request);
}

/* ---- Prometheus, for those who come with a token ---- */

void
far_control_get_metrics (FarControlRequest *request)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;

  far_figures_append (text, request->control->platform, request->control->telemetry);
  bytes = g_string_free_to_bytes (text);
  far_control_text (request, "text/plain; version=0.0.4; charset=utf-8", bytes);
}
