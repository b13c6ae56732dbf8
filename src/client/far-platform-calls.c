/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls of the control API. Each is a Call: a parse function that makes the result of the
 * answer's object, and how to free it. */
#include "farthing-config.h"

#include "client/far-platform-private.h"
#include "client/far-telemetry-types.h"

#include <string.h>

#define VERIFY_TIMEOUT_US G_GINT64_CONSTANT (600000000)
#define NO_TIMEOUT (-1)

/* For calls whose answer says no more than that it is done. */
static gpointer
parse_done (FarPlatformClient  *self,
            JsonObject         *object,
            GError            **error)
{
  return GINT_TO_POINTER (TRUE);
}

/* ---- Reading ---- */

static gpointer
parse_status (FarPlatformClient  *self,
              JsonObject         *object,
              GError            **error)
{
  FarPlatformStatus *status = far_platform_status_parse (object);

  far_platform_client_take_status (self, far_platform_status_ref (status));
  return status;
}

/**
 * far_platform_client_load_status_async:
 * @self: a client
 * @cancellable: (nullable): gives up
 * @callback: when the status is here
 * @user_data: for @callback
 */
void
far_platform_client_load_status_async (FarPlatformClient   *self,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data)
{
  FarHttpCall call = { .method = "GET", .url = "/v1/status", .idempotent = TRUE };

  far_call_start (self, &call, parse_status, (GDestroyNotify) far_platform_status_unref,
                  cancellable, callback, user_data, far_platform_client_load_status_async);
}

/**
 * far_platform_client_load_status_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the status
 */
FarPlatformStatus *
far_platform_client_load_status_finish (FarPlatformClient  *self,
                                        GAsyncResult       *result,
                                        GError            **error)
{
  return far_call_finish (self, result, error);
}

static gpointer
parse_functions (FarPlatformClient  *self,
                 JsonObject         *object,
                 GError            **error)
{
  JsonArray *functions = far_client_get_array (object, "functions");

  if (functions == NULL)
    {
      g_set_error_literal (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL,
                           "The answer has no functions; is the platform of another version?");
      return NULL;
    }
  far_platform_client_set_window (self, far_client_get_int (object, "window_us", 0));
  far_platform_client_apply_functions (self, functions, TRUE);
  return GINT_TO_POINTER (TRUE);
}

/**
 * far_platform_client_load_functions_async:
 * @self: a client
 * @window_s: of a deployment that tells figures only: of how many seconds; 0 = as many as it likes
 * @to_us: when they end, µs since the Unix epoch; 0 = now
 * @cancellable: (nullable): gives up
 * @callback: when the list of functions is up to date
 * @user_data: for @callback
 */
void
far_platform_client_load_functions_async (FarPlatformClient   *self,
                                          gint64               window_s,
                                          gint64               to_us,
                                          GCancellable        *cancellable,
                                          GAsyncReadyCallback  callback,
                                          gpointer             user_data)
{
  g_autofree char *window = window_s > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, window_s) : NULL;
  g_autofree char *to = to_us > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, to_us) : NULL;
  g_autofree char *url = far_platform_url ("/v1/functions", "window_s", window, "to_us", to, NULL);
  FarHttpCall call = { .method = "GET", .url = url, .idempotent = TRUE };

  far_call_start (self, &call, parse_functions, NULL, cancellable, callback, user_data,
                  far_platform_client_load_functions_async);
}

/**
 * far_platform_client_load_functions_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: TRUE if far_platform_client_get_functions() is up to date
 */
gboolean
far_platform_client_load_functions_finish (FarPlatformClient  *self,
                                           GAsyncResult       *result,
                                           GError            **error)
{
  return far_call_finish (self, result, error) != NULL;
}

static gpointer
parse_series (FarPlatformClient  *self,
              JsonObject         *object,
              GError            **error)
{
  return far_series_set_parse (object, error);
}

/**
 * far_platform_client_load_series_async:
 * @self: a client
 * @function: (nullable): name; NULL or "" = all together
 * @metrics: names with commas between them
 * @from_us: µs since the Unix epoch, of the platform's clock
 * @to_us: µs since the Unix epoch
 * @step_us: µs from one point to the next
 * @cancellable: (nullable): gives up
 * @callback: when the series are here
 * @user_data: for @callback
 */
void
far_platform_client_load_series_async (FarPlatformClient   *self,
                                       const char          *function,
                                       const char          *metrics,
                                       gint64               from_us,
                                       gint64               to_us,
                                       gint64               step_us,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data)
{
  g_autofree char *from = g_strdup_printf ("%" G_GINT64_FORMAT, from_us);
  g_autofree char *to = g_strdup_printf ("%" G_GINT64_FORMAT, to_us);
  g_autofree char *step = g_strdup_printf ("%" G_GINT64_FORMAT, step_us);
  g_autofree char *url = far_platform_url ("/v1/series", "function", function, "metrics", metrics,
                                   "from_us", from, "to_us", to, "step_us", step, NULL);
  FarHttpCall call = { .method = "GET", .url = url, .idempotent = TRUE,
                       .reply_max = FAR_ANSWER_MAX };

  far_call_start (self, &call, parse_series, (GDestroyNotify) far_series_set_unref, cancellable,
                  callback, user_data, far_platform_client_load_series_async);
}

/**
 * far_platform_client_load_series_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the series
 */
FarSeriesSet *
far_platform_client_load_series_finish (FarPlatformClient  *self,
                                        GAsyncResult       *result,
                                        GError            **error)
{
  return far_call_finish (self, result, error);
}

static gpointer
parse_invocations (FarPlatformClient  *self,
                   JsonObject         *object,
                   GError            **error)
{
  return far_invocations_parse (object, error);
}

/**
 * far_platform_client_load_invocations_async:
 * @self: a client
 * @function: (nullable): name; NULL = any
 * @outcome: (nullable): name, or "error" for all that are; NULL = any
 * @limit: how many at most
 * @cancellable: (nullable): gives up
 * @callback: when they are here
 * @user_data: for @callback
 */
void
far_platform_client_load_invocations_async (FarPlatformClient   *self,
                                            const char          *function,
                                            const char          *outcome,
                                            guint                limit,
                                            GCancellable        *cancellable,
                                            GAsyncReadyCallback  callback,
                                            gpointer             user_data)
{
  g_autofree char *limit_text = g_strdup_printf ("%u", limit);
  g_autofree char *url = far_platform_url ("/v1/invocations", "function", function, "outcome",
                                           outcome, "limit", limit_text, NULL);
  FarHttpCall call = { .method = "GET", .url = url, .idempotent = TRUE,
                       .reply_max = FAR_ANSWER_MAX };

  far_call_start (self, &call, parse_invocations, (GDestroyNotify) g_ptr_array_unref, cancellable,
                  callback, user_data, far_platform_client_load_invocations_async);
}

/**
 * far_platform_client_load_invocations_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (element-type FarInvocationInfo): newest first
 */
GPtrArray *
far_platform_client_load_invocations_finish (FarPlatformClient  *self,
                                             GAsyncResult       *result,
                                             GError            **error)
{
  return far_call_finish (self, result, error);
}

/* ---- Doing ---- */

static gpointer
parse_invoked (FarPlatformClient  *self,
               JsonObject         *object,
               GError            **error)
{
  return far_invoke_result_parse (object);
}

/**
 * far_platform_client_invoke_async:
 * @self: a client
 * @function: name
 * @type: "RequestResponse", "Event" or "DryRun"
 * @client_context: (nullable): JSON
 * @event: JSON
 * @cancellable: (nullable): gives up waiting
 * @callback: when it has answered; the function's own time-out is the only one
 * @user_data: for @callback
 */
void
far_platform_client_invoke_async (FarPlatformClient   *self,
                                  const char          *function,
                                  const char          *type,
                                  const char          *client_context,
                                  GBytes              *event,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_autofree char *name = g_uri_escape_string (function, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/v1/functions/", name, "/invocations", NULL);
  g_autofree char *url = far_platform_url (path, "type", type, "client_context",
                                           client_context, NULL);
  FarHttpCall call = { .method = "POST", .url = url, .body = event, .timeout_us = NO_TIMEOUT,
                       .reply_max = FAR_ANSWER_MAX };

  far_call_start (self, &call, parse_invoked, (GDestroyNotify) far_invoke_result_unref, cancellable,
                  callback, user_data, far_platform_client_invoke_async);
}

/**
 * far_platform_client_invoke_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): what the function answered, also if that was an error of its own
 */
FarInvokeResult *
far_platform_client_invoke_finish (FarPlatformClient  *self,
                                   GAsyncResult       *result,
                                   GError            **error)
{
  return far_call_finish (self, result, error);
}

static gpointer
parse_traffic (FarPlatformClient  *self,
               JsonObject         *object,
               GError            **error)
{
  FarTraffic *traffic = far_traffic_parse (object);

  far_platform_client_take_traffic (self, far_traffic_ref (traffic));
  return traffic;
}

static void
start_traffic_call (FarPlatformClient   *self,
                    const FarHttpCall   *call,
                    GCancellable        *cancellable,
                    GAsyncReadyCallback  callback,
                    gpointer             user_data)
{
  far_call_start (self, call, parse_traffic, (GDestroyNotify) far_traffic_unref, cancellable,
                  callback, user_data, far_platform_client_load_traffic_async);
}

/**
 * far_platform_client_load_traffic_async:
 * @self: a client
 * @cancellable: (nullable): gives up
 * @callback: when the simulated readers' report is here
 * @user_data: for @callback
 */
void
far_platform_client_load_traffic_async (FarPlatformClient   *self,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data)
{
  FarHttpCall call = { .method = "GET", .url = "/v1/traffic", .idempotent = TRUE };

  start_traffic_call (self, &call, cancellable, callback, user_data);
}

/**
 * far_platform_client_start_traffic_async:
 * @self: a client
 * @readers_per_second: mean rate of arrivals, above 0
 * @duration_s: seconds, 0 = until stopped
 * @seed: of everything that is drawn
 * @cancellable: (nullable): gives up waiting
 * @callback: when the simulated readers have been started, instead of any that ran
 * @user_data: for @callback
 */
void
far_platform_client_start_traffic_async (FarPlatformClient   *self,
                                         double               readers_per_second,
                                         guint                duration_s,
                                         guint64              seed,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data)
{
  g_auto (FarJsonWriter) writer = { NULL, };
  g_autoptr (GBytes) body = NULL;
  FarHttpCall call = { .method = "PUT", .url = "/v1/traffic" };
  char *text;
  gsize length;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_double (&writer, "readers_per_second", readers_per_second);
  far_json_add_int (&writer, "duration_s", duration_s);
  far_json_add_int (&writer, "seed", (gint64) (seed & G_MAXINT64));
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &length);
  call.body = body = g_bytes_new_take (text, length);
  start_traffic_call (self, &call, cancellable, callback, user_data);
}

/**
 * far_platform_client_stop_traffic_async:
 * @self: a client
 * @cancellable: (nullable): gives up waiting
 * @callback: when no more readers arrive; visits that are open still end
 * @user_data: for @callback
 */
void
far_platform_client_stop_traffic_async (FarPlatformClient   *self,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data)
{
  FarHttpCall call = { .method = "DELETE", .url = "/v1/traffic", .idempotent = TRUE };

  start_traffic_call (self, &call, cancellable, callback, user_data);
}

/**
 * far_platform_client_traffic_finish:
 * @self: a client
 * @result: what the callback of one of the three got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): how the simulated readers fare
 */
FarTraffic *
far_platform_client_traffic_finish (FarPlatformClient  *self,
                                    GAsyncResult       *result,
                                    GError            **error)
{
  return far_call_finish (self, result, error);
}

static gpointer
parse_verdict (FarPlatformClient  *self,
               JsonObject         *object,
               GError            **error)
{
  return far_ledger_verdict_parse (object);
}

/**
 * far_platform_client_verify_ledger_async:
 * @self: a client
 * @cancellable: (nullable): gives up waiting
 * @callback: when the whole journal has been read; minutes for a large one
 * @user_data: for @callback
 */
void
far_platform_client_verify_ledger_async (FarPlatformClient   *self,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data)
{
  FarHttpCall call = { .method = "POST", .url = "/v1/ledger/verify",
                       .timeout_us = VERIFY_TIMEOUT_US, .idempotent = TRUE };

  far_call_start (self, &call, parse_verdict, (GDestroyNotify) far_ledger_verdict_unref,
                  cancellable, callback, user_data, far_platform_client_verify_ledger_async);
}

/**
 * far_platform_client_verify_ledger_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the verdict; that the ledger is bad is no error of the call
 */
FarLedgerVerdict *
far_platform_client_verify_ledger_finish (FarPlatformClient  *self,
                                          GAsyncResult       *result,
                                          GError            **error)
{
  return far_call_finish (self, result, error);
}

/**
 * far_platform_client_advance_clock_async:
 * @self: a client
 * @delta_us: µs, above 0
 * @cancellable: (nullable): gives up waiting
 * @callback: when the platform's test clock has moved
 * @user_data: for @callback
 */
void
far_platform_client_advance_clock_async (FarPlatformClient   *self,
                                         gint64               delta_us,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data)
{
  g_autofree char *text = g_strdup_printf ("{\"advance_us\":%" G_GINT64_FORMAT "}", delta_us);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  FarHttpCall call = { .method = "POST", .url = "/v1/clock", .body = body };

  far_call_start (self, &call, parse_done, NULL, cancellable, callback, user_data,
                  far_platform_client_advance_clock_async);
}

/**
 * far_platform_client_advance_clock_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: TRUE if it has moved
 */
gboolean
far_platform_client_advance_clock_finish (FarPlatformClient  *self,
                                          GAsyncResult       *result,
                                          GError            **error)
{
  return far_call_finish (self, result, error) != NULL;
}

/**
 * far_platform_client_shutdown_async:
 * @self: a client
 * @cancellable: (nullable): gives up waiting
 * @callback: when the platform has agreed to stop; it goes a moment later
 * @user_data: for @callback
 */
void
far_platform_client_shutdown_async (FarPlatformClient   *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  FarHttpCall call = { .method = "POST", .url = "/v1/shutdown" };

  far_call_start (self, &call, parse_done, NULL, cancellable, callback, user_data,
                  far_platform_client_shutdown_async);
}

/**
 * far_platform_client_shutdown_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: TRUE if it is stopping
 */
gboolean
far_platform_client_shutdown_finish (FarPlatformClient  *self,
                                     GAsyncResult       *result,
                                     GError            **error)
{
  return far_call_finish (self, result, error) != NULL;
}
