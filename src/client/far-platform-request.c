/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call of the control API that has no type of its own: an object there, an object back. */
#include "farthing-config.h"

#include "client/far-platform-private.h"

static void
request_answered (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  JsonNode *root = far_client_take_object (FAR_HTTP_CLIENT (source), result, &error);

  if (root == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, root, (GDestroyNotify) json_node_unref);
}

/**
 * far_platform_client_request_async:
 * @self: a client
 * @method: "GET", "POST", "PUT" or "DELETE"; what is read of telemetry is read of the
 *   deployment that was chosen
 * @url: a path of the control API, with its query
 * @body: (nullable): JSON
 * @cancellable: (nullable): gives up
 * @callback: when the answer is here
 * @user_data: for @callback
 */
void
far_platform_client_request_async (FarPlatformClient   *self,
                                   const char          *method,
                                   const char          *url,
                                   GBytes              *body,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  gboolean reads = g_str_equal (method, "GET");
  g_autofree char *addressed = reads ? far_platform_client_address (self, url) : g_strdup (url);
  FarHttpCall call = { .method = method, .url = addressed, .body = body, .idempotent = reads,
                       .reply_max = FAR_ANSWER_MAX };

  g_task_set_source_tag (task, far_platform_client_request_async);
  far_http_client_send_async (far_platform_client_get_http (self), &call, cancellable,
                              request_answered, task);
}

/**
 * far_platform_client_request_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (nullable): the answer's object
 */
JsonNode *
far_platform_client_request_finish (FarPlatformClient  *self,
                                    GAsyncResult       *result,
                                    GError            **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
file_fetched (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (FarHttpReply) reply = far_client_take_reply (FAR_HTTP_CLIENT (source), result, &error);

  if (reply == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_bytes_ref (far_http_reply_get_body (reply)),
                           (GDestroyNotify) g_bytes_unref);
}

/**
 * far_platform_client_fetch_async:
 * @self: a client
 * @url: a path of the control API that answers with a file, with its query
 * @cancellable: (nullable): gives up
 * @callback: when the file is here
 * @user_data: for @callback
 */
void
far_platform_client_fetch_async (FarPlatformClient   *self,
                                 const char          *url,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *addressed = far_platform_client_address (self, url);
  FarHttpCall call = { .method = "GET", .url = addressed, .idempotent = TRUE,
                       .reply_max = FAR_ANSWER_MAX };

  g_task_set_source_tag (task, far_platform_client_fetch_async);
  far_http_client_send_async (far_platform_client_get_http (self), &call, cancellable,
                              file_fetched, task);
}

/**
 * far_platform_client_fetch_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (nullable): the file
 */
GBytes *
far_platform_client_fetch_finish (FarPlatformClient  *self,
                                  GAsyncResult       *result,
                                  GError            **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
