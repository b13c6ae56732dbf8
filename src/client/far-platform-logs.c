/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and following logs: one stream of lines, each handed on as it comes. A line that is no
 * log line ends it, as what follows cannot be trusted to be complete. */
#include "farthing-config.h"

#include "client/far-platform-private.h"

typedef struct {
  FarLogLineFunc func;
  gpointer func_data;
  GDestroyNotify destroy;
  guint status; /* of an answer that is none of 200 */
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  if (reading->destroy != NULL)
    reading->destroy (reading->func_data);
  g_free (reading);
}

static void read_line (FarHttpLines *lines, GTask *task);

/* NULL if the line says that something is wrong: an answer that is an error, or no JSON. */
static FarLogLine *
take_line (const Reading  *reading,
           const char     *line,
           gsize           n_bytes,
           GError        **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (JsonNode) root = NULL;

  if (reading->status != 0)
    {
      g_propagate_error (error, far_client_error_from_answer (reading->status, line, n_bytes));
      return NULL;
    }
  root = far_json_parse_object (line, n_bytes, FAR_HTTP_LINE_MAX, &reason);
  if (root == NULL)
    {
      g_propagate_error (error, far_client_error_protocol (reason));
      return NULL;
    }
  return far_log_line_parse (json_node_get_object (root));
}

static void
line_read (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Reading *reading = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 0;
  g_autofree char *line = far_http_lines_next_finish (FAR_HTTP_LINES (source), result, &n_bytes,
                                                      &error);
  g_autoptr (FarLogLine) log_line = NULL;

  if (error != NULL)
    g_task_return_error (task, far_client_error_from_http (error));
  else if (line == NULL && reading->status != 0)
    g_task_return_error (task, far_client_error_from_answer (reading->status, "", 0));
  else if (line == NULL)
    g_task_return_boolean (task, TRUE);
  else if ((log_line = take_line (reading, line, n_bytes, &error)) == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    {
      reading->func (log_line, reading->func_data);
      read_line (FAR_HTTP_LINES (source), task);
    }
}

static void
read_line (FarHttpLines *lines,
           GTask        *task)
{
  far_http_lines_next_async (lines, g_task_get_cancellable (task), line_read,
                             g_object_ref (task));
}

static void
stream_opened (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Reading *reading = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarHttpLines) lines =
    far_http_client_open_lines_finish (FAR_HTTP_CLIENT (source), result, &error);

  if (lines == NULL)
    {
      g_task_return_error (task, far_client_error_from_http (error));
      return;
    }
  if (far_http_lines_get_status (lines) != 200)
    reading->status = far_http_lines_get_status (lines);
  read_line (lines, task);
}

static void
start_reading (FarPlatformClient   *self,
               const char          *url,
               FarLogLineFunc       func,
               gpointer             func_data,
               GDestroyNotify       destroy,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Reading *reading = g_new0 (Reading, 1);
  FarHttpCall call = { .method = "GET", .url = url };

  reading->func = func;
  reading->func_data = func_data;
  reading->destroy = destroy;
  g_task_set_source_tag (task, start_reading);
  g_task_set_task_data (task, reading, reading_free);
  far_http_client_open_lines_async (far_platform_client_get_stream_http (self), &call, cancellable,
                                    stream_opened, task);
}

/**
 * far_platform_client_read_logs_async:
 * @self: a client
 * @function: (nullable): name; NULL = all
 * @limit: lines of the past, at most
 * @follow: whether to go on with lines as they come
 * @func: (scope notified): called for each line, oldest first
 * @func_data: for @func
 * @destroy: (nullable): for @func_data, when @func is not called any more
 * @cancellable: (nullable): ends it
 * @callback: at the end
 * @user_data: for @callback
 */
void
far_platform_client_read_logs_async (FarPlatformClient   *self,
                                     const char          *function,
                                     guint                limit,
                                     gboolean             follow,
                                     FarLogLineFunc       func,
                                     gpointer             func_data,
                                     GDestroyNotify       destroy,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  g_autofree char *name = g_uri_escape_string (function != NULL ? function : "", NULL, FALSE);
  g_autofree char *url = g_strdup_printf ("/v1/logs?limit=%u%s%s%s", limit,
                                          follow ? "&follow=1" : "",
                                          *name != '\0' ? "&function=" : "", name);
  g_autofree char *addressed = NULL;

  g_return_if_fail (FAR_IS_PLATFORM_CLIENT (self) && func != NULL);

  addressed = far_platform_client_address (self, url);
  start_reading (self, addressed, func, func_data, destroy, cancellable, callback, user_data);
}

/**
 * far_platform_client_read_log_url_async:
 * @self: a client
 * @url: "/v1/logs?…", whatever it asks for
 * @func: (scope notified): called for each line, oldest first
 * @func_data: for @func
 * @cancellable: (nullable): ends it
 * @callback: at the end
 * @user_data: for @callback; far_platform_client_read_logs_finish()
 */
void
far_platform_client_read_log_url_async (FarPlatformClient   *self,
                                        const char          *url,
                                        FarLogLineFunc       func,
                                        gpointer             func_data,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data)
{
  g_return_if_fail (FAR_IS_PLATFORM_CLIENT (self) && url != NULL && func != NULL);

  start_reading (self, url, func, func_data, NULL, cancellable, callback, user_data);
}

/**
 * far_platform_client_watch_code_async:
 * @self: a client
 * @func: (scope notified): called for each reload
 * @func_data: for @func
 * @cancellable: (nullable): ends it
 * @callback: at the end
 * @user_data: for @callback; far_platform_client_read_logs_finish()
 *
 * Has functions reloaded when their code changes, until it is cancelled.
 */
void
far_platform_client_watch_code_async (FarPlatformClient   *self,
                                      FarLogLineFunc       func,
                                      gpointer             func_data,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_return_if_fail (FAR_IS_PLATFORM_CLIENT (self) && func != NULL);

  start_reading (self, "/v1/watch", func, func_data, NULL, cancellable, callback, user_data);
}

/**
 * far_platform_client_read_logs_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: TRUE at the end of the lines
 */
gboolean
far_platform_client_read_logs_finish (FarPlatformClient  *self,
                                      GAsyncResult       *result,
                                      GError            **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
