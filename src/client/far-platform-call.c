/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns one call of the control API: sent, its answer's object parsed to the result of a task. */
#include "client/far-platform-private.h"

#include <string.h>

typedef struct {
  FarCallParse parse;
  GDestroyNotify free_result; /* NULL: a truth value, nothing to free */
} Call;

static void
call_answered (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  FarPlatformClient *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (JsonNode) root = far_client_take_object (FAR_HTTP_CLIENT (source), result, &error);
  gpointer parsed = root != NULL ? call->parse (self, json_node_get_object (root), &error) : NULL;

  if (parsed == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, parsed, call->free_result);
}

char *
far_platform_client_address (FarPlatformClient *self,
                             const char        *url)
{
  static const char *const telemetry[] = {
    "/v1/functions", "/v1/series", "/v1/heatmap", "/v1/summary", "/v1/invocations", "/v1/traces",
    "/v1/logs", "/v1/annotations", "/v1/export",
    "/v1/margin",
  };
  const char *deployment = far_platform_client_get_deployment (self);
  g_autofree char *escaped = NULL;

  for (gsize i = 0; deployment != NULL && i < G_N_ELEMENTS (telemetry); i++)
    if (g_str_has_prefix (url, telemetry[i]))
      {
        escaped = g_uri_escape_string (deployment, NULL, FALSE);
        return g_strconcat (url, strchr (url, '?') != NULL ? "&" : "?", "deployment=", escaped,
                            NULL);
      }
  return g_strdup (url);
}

void
far_call_start (FarPlatformClient   *self,
                const FarHttpCall   *http_call,
                FarCallParse         parse,
                GDestroyNotify       free_result,
                GCancellable        *cancellable,
                GAsyncReadyCallback  callback,
                gpointer             user_data,
                gpointer             tag)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Call *call = g_new (Call, 1);
  FarHttpCall addressed = *http_call;
  g_autofree char *url = g_strcmp0 (http_call->method, "GET") == 0
                           ? far_platform_client_address (self, http_call->url)
                           : g_strdup (http_call->url);

  addressed.url = url;

  call->parse = parse;
  call->free_result = free_result;
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, call, g_free);
  far_http_client_send_async (far_platform_client_get_http (self), &addressed, cancellable,
                              call_answered, task);
}

gpointer
far_call_finish (FarPlatformClient  *self,
                 GAsyncResult       *result,
                 GError            **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
