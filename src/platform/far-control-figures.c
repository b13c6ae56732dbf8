/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what is answered from memory: status and functions. */
#include "platform/far-control-private.h"

void
far_control_get_status (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_control_add_status (&writer, NULL, request->control);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_get_functions (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };
  gint64 window_s;

  if (g_hash_table_contains (request->query, "to_us"))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "Functions of this machine are counted from the beginning: to_us is for "
                         "a deployment; GET /v1/summary has any range");
      return;
    }
  if (!far_control_query_int (request, "window_s", 1, FAR_TELEMETRY_WINDOW_MAX_S,
                              FAR_TELEMETRY_WINDOW_S, &window_s))
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "window_us", window_s * G_USEC_PER_SEC);
  far_control_add_functions (&writer, "functions", request->control, (guint) window_s);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}
