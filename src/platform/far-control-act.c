/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the answers that do something: invoke, simulated readers, test clock, shutdown. */
#include "platform/far-control-private.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "platform/far-lambda-control.h"

#define CLIENT_CONTEXT_MAX 3583
#define DELTA_MAX_US (G_GINT64_CONSTANT (3650) * 86400 * G_USEC_PER_SEC)

/* ---- Invoke ---- */

static void
on_invoked (const FarInvokeResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  if (request->control == NULL)
    {
      far_control_request_free (request);
      return;
    }
  if (result->status == SOUP_STATUS_NOT_FOUND)
    {
      far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_function",
                         "There is no function “%s”; GET /v1/functions lists them", request->name);
      return;
    }
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "status", result->status);
  far_json_add_string (&writer, "function_error", result->function_error);
  far_json_add_string (&writer, "error_type", result->error_type);
  far_json_add_string (&writer, "reason", result->reason);
  far_json_add_string_len (&writer, "payload", result->payload != NULL ? result->payload : "",
                           result->n_payload);
  far_json_add_string_len (&writer, "log", result->log_tail != NULL ? result->log_tail : "",
                           result->n_log_tail);
  if (result->request_id != NULL)
    far_control_add_uuid (&writer, "request_id", result->request_id);
  else
    far_json_add_null (&writer, "request_id");
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

static gboolean
read_type (FarControlRequest *request, FarInvokeType *ret_type)
{
  static const struct { const char *name; FarInvokeType type; } types[] = {
    { "RequestResponse", FAR_INVOKE_REQUEST_RESPONSE },
    { "Event", FAR_INVOKE_EVENT },
    { "DryRun", FAR_INVOKE_DRY_RUN },
  };
  const char *text = g_hash_table_lookup (request->query, "type");
  guint i;

  *ret_type = FAR_INVOKE_REQUEST_RESPONSE;
  if (text == NULL)
    return TRUE;
  for (i = 0; i < G_N_ELEMENTS (types); i++)
    {
      if (strcmp (types[i].name, text) == 0)
        {
          *ret_type = types[i].type;
          return TRUE;
        }
    }
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "There is no type “%s”; send RequestResponse, Event or DryRun", text);
  return FALSE;
}

void
far_control_invoke (FarControlRequest *request)
{
  SoupMessageBody *body = soup_server_message_get_request_body (request->msg);
  const char *client_context = g_hash_table_lookup (request->query, "client_context");
  g_autofree char *context = NULL;
  gboolean empty = body->length == 0;
  const char *data = empty ? "{}" : body->data;
  gsize length = empty ? 2 : (gsize) body->length;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GError) error = NULL;
  FarInvokeType type;

  if (!read_type (request, &type))
    return;
  if (client_context != NULL
      && !far_json_check (client_context, strlen (client_context), CLIENT_CONTEXT_MAX, &error))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "client_context: %s",
                         error->message);
      return;
    }
  context = client_context != NULL ? far_lambda_to_ascii (client_context, -1) : NULL;
  if (!far_json_check_grammar (data, length, &error))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "The event: %s",
                         error->message);
      return;
    }
  payload = g_bytes_new (data, length);
  far_control_request_pause (request);
  far_platform_invoke (request->control->platform, request->name, type, payload, NULL, context,
                       on_invoked, request);
}

/* ---- Simulated readers ---- */

static void
answer_traffic (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_control_add_traffic (&writer, request->control, TRUE);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_get_traffic (FarControlRequest *request)
{
  answer_traffic (request);
}

/* A JSON number, whole or not. */
static gboolean
read_rate (JsonObject *object, double *ret_rate)
{
  JsonNode *node = json_object_get_member (object, "readers_per_second");
  GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : 0;

  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;
  *ret_rate = json_node_get_double (node);
  return isfinite (*ret_rate) && *ret_rate > 0 && *ret_rate <= FAR_TRAFFIC_READERS_MAX;
}

void
far_control_put_traffic (FarControlRequest *request)
{
  FarControl *control = request->control;
  JsonObject *object = json_node_get_object (request->body);
  g_autofree char *clock_path = NULL;
  g_autoptr (GError) error = NULL;
  FarTrafficOptions options = { .duration_s = 0 };
  FarPlatformStatus status;
  gint64 seed = 1;

  if (!read_rate (object, &options.readers_per_second))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "readers_per_second must be a number above 0 and up to %g",
                         FAR_TRAFFIC_READERS_MAX);
      return;
    }
  if ((far_json_has (object, "duration_s") &&
       !far_json_get_int (object, "duration_s", 0, FAR_TRAFFIC_DURATION_MAX_S,
                          &options.duration_s, &error)) ||
      (far_json_has (object, "seed") &&
       !far_json_get_int (object, "seed", 0, G_MAXINT64, &seed, &error)))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", error->message);
      return;
    }
  options.seed = (guint64) seed;
  far_platform_get_status (control->platform, &status);
  if (g_strcmp0 (status.money, "live") == 0)
    {
      far_control_error (request, SOUP_STATUS_CONFLICT, "live_money",
                         "The books hold live money: simulated readers would pay with it");
      return;
    }
  if (far_clock_is_test (control->clock))
    clock_path = g_build_filename (far_platform_get_data_dir (control->platform), FAR_CLOCK_FILE,
                                   NULL);
  if (!far_traffic_start (control->traffic, &options, status.gateway_url, clock_path, &error))
    {
      far_control_error (request, SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal", "%s",
                         error->message);
      return;
    }
  answer_traffic (request);
}

void
far_control_delete_traffic (FarControlRequest *request)
{
  far_traffic_stop (request->control->traffic);
  answer_traffic (request);
}

/* ---- Clock and end ---- */

void
far_control_advance_clock (FarControlRequest *request)
{
  FarControl *control = request->control;
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 delta_us;

  far_json_writer_init (&writer);
  if (!far_clock_is_test (control->clock))
    {
      far_control_error (request, SOUP_STATUS_CONFLICT, "no_test_clock",
                         "The clock is the system's; start farthingd with --test-clock to move it");
      return;
    }
  if (!far_json_get_int (json_node_get_object (request->body), "advance_us", 1, DELTA_MAX_US,
                         &delta_us, &error))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", error->message);
      return;
    }
  if (!far_platform_advance_clock (control->platform, delta_us, &error))
    {
      far_control_error (request, SOUP_STATUS_CONFLICT, "clock", "%s", error->message);
      return;
    }
  if (control->scheduler != NULL)
    far_scheduler_poke (control->scheduler);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "now_us", far_clock_now_us (control->clock));
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

/* The answer goes out first: the stop is asked for when the message has been written. */
static void
on_shutdown_told (SoupServerMessage *msg, gpointer user_data)
{
  far_platform_request_stop (user_data);
}

void
far_control_shutdown (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "state", "stopping");
  far_json_end_object (&writer);
  g_signal_connect (request->msg, "finished", G_CALLBACK (on_shutdown_told),
                    request->control->platform);
  far_control_answer (request, SOUP_STATUS_ACCEPTED, &writer);
}
