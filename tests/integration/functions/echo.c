/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The integration tests' function. An HTTP event's path says what it does; any other event is given
 * back. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lambda/far-lambda.h"

static void
echo (FarLambdaRequest *request, FarLambdaResponse *response)
{
  g_auto (FarJsonWriter) writer = { 0 };
  const char *body;
  gsize n_body;

  body = far_lambda_request_get_body (request, &n_body);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "route", far_lambda_request_get_route_key (request));
  far_json_add_string (&writer, "path", far_lambda_request_get_path (request));
  far_json_add_string (&writer, "query", far_lambda_request_get_raw_query (request));
  far_json_add_string_len (&writer, "body", body, n_body);
  far_json_add_int (&writer, "pid", getpid ());
  far_json_end_object (&writer);
  far_lambda_response_set_json (response, &writer);
}

static gboolean
on_http (const FarLambdaContext *context, FarLambdaRequest *request, FarLambdaResponse *response,
         GError **error)
{
  const char *what = far_lambda_request_get_path_parameter (request, "what");

  if (g_strcmp0 (what, "crash") == 0)
    abort ();
  if (g_strcmp0 (what, "exit") == 0)
    _exit (3);
  if (g_strcmp0 (what, "hang") == 0)
    for (;;)
      pause ();
  if (g_strcmp0 (what, "error") == 0)
    {
      g_set_error_literal (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_EVENT, "asked to fail");
      return FALSE;
    }
  if (g_strcmp0 (what, "log") == 0)
    far_lambda_log (FAR_LAMBDA_LOG_WARN, "a line of the function's");
  echo (request, response);
  return TRUE;
}

static gboolean
on_event (const FarLambdaContext *context, const char *event, gsize n_bytes, GString *result,
          GError **error)
{
  fprintf (stderr, "event of %zu bytes\n", n_bytes);
  g_string_append_len (result, event, n_bytes);
  return TRUE;
}

int
main (int argc, char **argv)
{
  static const FarLambdaFunction function = { .http = on_http, .event = on_event };

  return far_lambda_main (argc, argv, &function);
}
