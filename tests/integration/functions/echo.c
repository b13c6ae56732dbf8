/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The integration tests' function. An HTTP event's path says what it does; any other event is given
 * back. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/far-clock.h"
#include "base/far-id.h"
#include "base/far-random.h"
#include "lambda/far-lambda.h"

/* Time enough to ask for the next event; then the instance is gone, and the next one is new. */
#define ONCE_US 10000
#define SLEEP_US (500 * 1000)
#define REST_US (5 * G_USEC_PER_SEC)

static void
on_alarm (int number)
{
  _exit (0);
}

static void
end_soon (void)
{
  const struct itimerval soon = { .it_value = { .tv_usec = ONCE_US } };

  signal (SIGALRM, on_alarm);
  setitimer (ITIMER_REAL, &soon, NULL);
}

/* What it finds beside it before any instance is forked. */
static char *word;

static void
read_word (void)
{
  const char *root = g_getenv ("LAMBDA_TASK_ROOT");
  g_autofree char *path = g_build_filename (root != NULL ? root : ".", "lib", "word", NULL);

  g_file_get_contents (path, &word, NULL, NULL);
}

/* Every kind of number that must never be the same in two instances. */
static void
add_ids (FarJsonWriter *writer)
{
  g_autoptr (FarClock) clock = far_clock_new_system ();
  FarId ids[3];
  gsize i;

  far_id_init (&ids[0], clock);
  far_id_init_random (&ids[1]);
  far_random_bytes (&ids[2], sizeof ids[2]);
  far_json_begin_array (writer, "ids");
  for (i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      char hex[FAR_ID_HEX_LEN + 1];

      far_id_to_hex (&ids[i], hex);
      far_json_add_string (writer, NULL, hex);
    }
  far_json_end_array (writer);
}

static void
echo (FarLambdaRequest *request, FarLambdaResponse *response, gint64 entered_us)
{
  static guint n_calls;
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
  far_json_add_int (&writer, "calls", ++n_calls);
  far_json_add_int (&writer, "entered_us", entered_us);
  if (word != NULL)
    far_json_add_string (&writer, "word", word);
  add_ids (&writer);
  far_json_end_object (&writer);
  far_lambda_response_set_json (response, &writer);
}

/* No more than what the benchmarks' peers answer. */
static void
echo_lean (FarLambdaRequest *request, FarLambdaResponse *response)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "path", far_lambda_request_get_path (request));
  far_json_add_string (&writer, "query", far_lambda_request_get_raw_query (request));
  far_json_end_object (&writer);
  far_lambda_response_set_json (response, &writer);
}

static gboolean
on_http (const FarLambdaContext *context, FarLambdaRequest *request, FarLambdaResponse *response,
         GError **error)
{
  gint64 entered_us = g_get_monotonic_time ();
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
  if (g_strcmp0 (what, "once") == 0)
    end_soon ();
  if (g_strcmp0 (what, "sleep") == 0)
    g_usleep (SLEEP_US);
  if (g_strcmp0 (what, "rest") == 0)
    g_usleep (REST_US);
  if (g_strcmp0 (what, "lean") == 0)
    echo_lean (request, response);
  else
    echo (request, response, entered_us);
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

  read_word ();
  return far_lambda_main (argc, argv, &function);
}
