/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the calls about tokens. The client's main context. */
#include "client/far-tokens.h"

#include "client/far-platform-private.h"

#define TOKENS_LISTED_MAX 1024

void
far_token_info_free (FarTokenInfo *info)
{
  g_free (info->name);
  g_free (info->scopes);
  g_free (info);
}

static char *
join_scopes (JsonArray *array)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint i;

  for (i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
        g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "",
                                json_node_get_string (node));
    }
  return g_strdup (text->str);
}

static gpointer
parse_list (FarPlatformClient *self, JsonObject *object, GError **error)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) far_token_info_free);
  JsonArray *array = far_client_get_array (object, "tokens");
  guint n = array != NULL ? MIN (json_array_get_length (array), TOKENS_LISTED_MAX) : 0, i;

  for (i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      FarTokenInfo *info;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        continue;
      info = g_new0 (FarTokenInfo, 1);
      info->name = far_client_dup_string (json_node_get_object (node), "name");
      info->scopes = join_scopes (far_client_get_array (json_node_get_object (node), "scopes"));
      info->created_us = far_client_get_int (json_node_get_object (node), "created_us", 0);
      g_ptr_array_add (list, info);
    }
  return list;
}

/**
 * far_platform_client_load_tokens_async:
 * @self: a client
 * @cancellable: (nullable): gives up
 * @callback: when the list is here
 * @user_data: for @callback
 */
void
far_platform_client_load_tokens_async (FarPlatformClient *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  FarHttpCall call = { .method = "GET", .url = "/v1/tokens", .idempotent = TRUE };

  far_call_start (self, &call, parse_list, (GDestroyNotify) g_ptr_array_unref, cancellable,
                  callback, user_data, far_platform_client_load_tokens_async);
}

/**
 * far_platform_client_load_tokens_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (element-type FarTokenInfo): the tokens
 */
GPtrArray *
far_platform_client_load_tokens_finish (FarPlatformClient *self, GAsyncResult *result,
                                        GError **error)
{
  return far_call_finish (self, result, error);
}

static gpointer
parse_token (FarPlatformClient *self, JsonObject *object, GError **error)
{
  return far_client_dup_string (object, "token");
}

/**
 * far_platform_client_add_token_async:
 * @self: a client
 * @name: what to call it
 * @scopes: what it opens, with commas
 * @cancellable: (nullable): gives up waiting
 * @callback: when it is made
 * @user_data: for @callback
 */
void
far_platform_client_add_token_async (FarPlatformClient *self, const char *name,
                                     const char *scopes, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  g_auto (GStrv) list = g_strsplit (scopes, ",", -1);
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GBytes) body = NULL;
  FarHttpCall call = { .method = "POST", .url = "/v1/tokens" };
  gsize length;
  char *text;
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "name", name);
  far_json_begin_array (&writer, "scopes");
  for (i = 0; list[i] != NULL; i++)
    far_json_add_string (&writer, NULL, list[i]);
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &length);
  body = g_bytes_new_take (text, length);
  call.body = body;
  far_call_start (self, &call, parse_token, g_free, cancellable, callback, user_data,
                  far_platform_client_add_token_async);
}

/**
 * far_platform_client_add_token_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the token
 */
char *
far_platform_client_add_token_finish (FarPlatformClient *self, GAsyncResult *result,
                                      GError **error)
{
  return far_call_finish (self, result, error);
}

static gpointer
parse_gone (FarPlatformClient *self, JsonObject *object, GError **error)
{
  return GINT_TO_POINTER (TRUE);
}

/**
 * far_platform_client_remove_token_async:
 * @self: a client
 * @name: of the token
 * @cancellable: (nullable): gives up waiting
 * @callback: when it opens nothing any more
 * @user_data: for @callback
 */
void
far_platform_client_remove_token_async (FarPlatformClient *self, const char *name,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *url = g_strconcat ("/v1/tokens/", escaped, NULL);
  FarHttpCall call = { .method = "DELETE", .url = url };

  far_call_start (self, &call, parse_gone, NULL, cancellable, callback, user_data,
                  far_platform_client_remove_token_async);
}

/**
 * far_platform_client_remove_token_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: TRUE once it is gone
 */
gboolean
far_platform_client_remove_token_finish (FarPlatformClient *self, GAsyncResult *result,
                                         GError **error)
{
  return far_call_finish (self, result, error) != NULL;
}
