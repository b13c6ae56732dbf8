/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns GET /v1/traces and GET /v1/traces/{id}. */
#include "platform/far-control-private.h"

#include <string.h>

#include "base/far-trace.h"
#include "telemetry/far-query.h"

static void
add_summary (FarJsonWriter *writer, const FarTraceSummary *summary)
{
  far_json_begin_object (writer, NULL);
  far_control_add_id (writer, "trace_id", &summary->trace_id);
  far_json_add_string (writer, "name", summary->name);
  far_json_add_string (writer, "function", summary->function);
  far_json_add_int (writer, "start_us", summary->start_us);
  far_json_add_int (writer, "duration_us", summary->end_us - summary->start_us);
  far_json_add_int (writer, "invocations", summary->invocations);
  far_json_add_int (writer, "errors", summary->errors);
  far_json_end_object (writer);
}

static void
on_traces (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  GError *error = NULL;
  g_autoptr (GArray) found = far_telemetry_traces_finish (NULL, result, &error);
  guint i;

  if (!far_control_take (request, found != NULL, error))
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "traces");
  for (i = 0; i < found->len; i++)
    add_summary (&writer, &g_array_index (found, FarTraceSummary, i));
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_get_traces (FarControlRequest *request)
{
  FarTraceQuery query = { 0 };
  gint64 limit;

  if (!far_control_query_function (request, &query.function) ||
      !far_control_query_range (request, &query.from_us, &query.to_us) ||
      !far_control_query_bool (request, "errors", FALSE, &query.errors_only) ||
      !far_control_query_int (request, "duration_min_us", 0, G_MAXINT64, 0,
                              &query.duration_min_us) ||
      !far_control_query_int (request, "limit", 1, FAR_CONTROL_LIMIT_MAX, 100, &limit))
    return;
  query.limit = (guint) limit;
  far_control_request_pause (request);
  far_telemetry_traces_async (request->telemetry, &query, request->cancellable, on_traces,
                              request);
}

static void
add_span (FarJsonWriter *writer, const FarSpan *span)
{
  far_json_begin_object (writer, NULL);
  far_control_add_span (writer, "span_id", span->id);
  far_control_add_span (writer, "parent_id", span->parent);
  far_json_add_string (writer, "kind", span->kind);
  far_json_add_string (writer, "name", span->name);
  far_json_add_string (writer, "function", span->function);
  far_json_add_int (writer, "start_us", span->start_us);
  far_json_add_int (writer, "duration_us", span->duration_us);
  far_json_add_string (writer, "status", far_span_status_to_string (span->status));
  far_control_add_uuid (writer, "request_id", &span->request_id);
  far_json_add_string (writer, "outcome", span->outcome);
  far_json_add_raw (writer, "attributes", span->attributes != NULL ? span->attributes : "{}", -1);
  far_json_end_object (writer);
}

static void
on_trace (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  GError *error = NULL;
  g_autoptr (FarTrace) trace = far_telemetry_trace_finish (NULL, result, &error);
  guint i;

  if (!far_control_take (request, trace != NULL, error))
    return;
  if (trace->spans->len == 0)
    {
      far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_trace",
                         "No trace %s is kept; single rows are deleted after some days",
                         request->name);
      return;
    }
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_control_add_id (&writer, "trace_id", &trace->trace_id);
  far_json_add_int (&writer, "start_us", trace->start_us);
  far_json_add_int (&writer, "duration_us", trace->duration_us);
  far_json_add_bool (&writer, "complete", trace->complete);
  far_json_begin_array (&writer, "spans");
  for (i = 0; i < trace->spans->len; i++)
    add_span (&writer, g_ptr_array_index (trace->spans, i));
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

/* As W3C writes it, or X-Ray ("1-5bef4de7-ad49b0e87f6ef6c87fc2e700"). */
static gboolean
parse_trace_id (const char *text, FarId *ret_id)
{
  g_autofree char *root = NULL;
  FarTraceContext context;

  if (far_id_parse (text, ret_id))
    return TRUE;
  root = g_strconcat ("Root=", text, NULL);
  if (!far_trace_parse_xray (root, &context))
    return FALSE;
  *ret_id = context.trace_id;
  return TRUE;
}

void
far_control_get_trace (FarControlRequest *request)
{
  FarId id;

  if (!parse_trace_id (request->name, &id))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "“%s” is no trace id; send 32 hex digits", request->name);
      return;
    }
  far_control_request_pause (request);
  far_telemetry_trace_async (request->telemetry, &id, request->cancellable, on_trace, request);
}
