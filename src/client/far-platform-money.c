/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operator's commands of the bookkeeper, through the control API. Commands are described in
 * bookkeeper/far-commands.h; what is asked and answered is JSON, as it is there. */
#include "client/far-platform-private.h"

#include <string.h>

/* A long journal is read from its first row. */
#define TIMEOUT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static gpointer
parse_answer (FarPlatformClient  *self,
              JsonObject         *object,
              GError            **error)
{
  return json_object_ref (object);
}

/**
 * far_platform_client_money_async:
 * @self: a client
 * @command: the command's name ("payout.list")
 * @fields: (nullable): its fields; a reference is not kept
 * @cancellable: (nullable): gives up
 * @callback: when the answer is here
 * @user_data: for @callback
 */
void
far_platform_client_money_async (FarPlatformClient   *self,
                                 const char          *command,
                                 JsonObject          *fields,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_autofree char *escaped = g_uri_escape_string (command, NULL, FALSE);
  g_autofree char *url = g_strconcat ("/v1/money/", escaped, NULL);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (GBytes) body = NULL;
  g_autofree char *text = NULL;
  FarHttpCall call = { .method = "POST", .url = url, .timeout_us = TIMEOUT_US,
                       .reply_max = FAR_ANSWER_MAX };

  if (fields != NULL)
    json_node_set_object (node, fields);
  else
    json_node_take_object (node, json_object_new ());
  text = json_to_string (node, FALSE);
  call.body = body = g_bytes_new (text, strlen (text));
  far_call_start (self, &call, parse_answer, (GDestroyNotify) json_object_unref, cancellable,
                  callback, user_data, far_platform_client_money_async);
}

/**
 * far_platform_client_money_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED; far_client_error_get_code() has the command's
 *   own code
 *
 * Returns: (transfer full): the answer
 */
JsonObject *
far_platform_client_money_finish (FarPlatformClient  *self,
                                  GAsyncResult       *result,
                                  GError            **error)
{
  return far_call_finish (self, result, error);
}

/**
 * far_platform_client_load_progress_async:
 * @self: a client
 * @cancellable: (nullable): gives up
 * @callback: when the answer is here
 * @user_data: for @callback
 *
 * How far the last verification or backup is; finished by far_platform_client_money_finish(), with
 * the members what, rows and total.
 */
void
far_platform_client_load_progress_async (FarPlatformClient   *self,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data)
{
  FarHttpCall call = { .method = "GET", .url = "/v1/ledger/progress", .idempotent = TRUE };

  far_call_start (self, &call, parse_answer, (GDestroyNotify) json_object_unref, cancellable,
                  callback, user_data, far_platform_client_load_progress_async);
}
