/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an answer to its JSON object, and from an object to members. A client must live with servers
 * a little older or newer than itself: a member that is missing or of another type reads as its
 * fallback, while a body that is no JSON object at all is an error. */
#include "farthing-config.h"

#include "client/far-client-private.h"

#include "base/far-clock.h"
#include "base/far-money.h"

FarHttpReply *
far_client_take_reply (FarHttpClient  *http,
                       GAsyncResult   *result,
                       GError        **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (FarHttpReply) reply = far_http_client_send_finish (http, result, &failure);
  guint status;
  const char *body;
  gsize n_bytes;

  if (reply == NULL)
    {
      g_propagate_error (error, far_client_error_from_http (failure));
      return NULL;
    }
  status = far_http_reply_get_status (reply);
  if (status >= 200 && status < 300)
    return g_steal_pointer (&reply);

  body = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);
  g_propagate_error (error, far_client_error_from_answer (status, body, n_bytes));
  return NULL;
}

JsonNode *
far_client_take_object (FarHttpClient  *http,
                        GAsyncResult   *result,
                        GError        **error)
{
  g_autoptr (FarHttpReply) reply = far_client_take_reply (http, result, error);
  g_autoptr (GError) failure = NULL;
  JsonNode *root;
  const char *body;
  gsize n_bytes;

  if (reply == NULL)
    return NULL;
  body = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);
  if (n_bytes == 0)
    {
      body = "{}";
      n_bytes = 2;
    }
  root = far_json_parse_object (body, n_bytes, FAR_ANSWER_MAX, &failure);
  if (root == NULL)
    g_propagate_error (error, far_client_error_protocol (failure));
  return root;
}

/* ---- Members ---- */

static JsonNode *
find_value (JsonObject *object,
            const char *name,
            GType       type)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != type)
    return NULL;
  return node;
}

const char *
far_client_peek_string (JsonObject *object,
                        const char *name)
{
  JsonNode *node = find_value (object, name, G_TYPE_STRING);

  return node != NULL ? json_node_get_string (node) : "";
}

char *
far_client_dup_string (JsonObject *object,
                       const char *name)
{
  return g_strdup (far_client_peek_string (object, name));
}

gint64
far_client_get_int (JsonObject *object,
                    const char *name,
                    gint64      fallback)
{
  JsonNode *node = find_value (object, name, G_TYPE_INT64);
  gint64 value;

  if (node != NULL)
    return json_node_get_int (node);
  /* 64-bit counts travel as strings. */
  if (g_ascii_string_to_signed (far_client_peek_string (object, name), 10, G_MININT64, G_MAXINT64,
                                &value, NULL))
    return value;
  return fallback;
}

double
far_client_get_double (JsonObject *object,
                       const char *name,
                       double      fallback)
{
  JsonNode *node = find_value (object, name, G_TYPE_DOUBLE);

  if (node != NULL)
    return json_node_get_double (node);
  node = find_value (object, name, G_TYPE_INT64);
  return node != NULL ? (double) json_node_get_int (node) : fallback;
}

gboolean
far_client_get_bool (JsonObject *object,
                     const char *name)
{
  JsonNode *node = find_value (object, name, G_TYPE_BOOLEAN);

  return node != NULL && json_node_get_boolean (node);
}

gint64
far_client_get_micros (JsonObject *object,
                       const char *name)
{
  gint64 micros = 0;

  /* Untouched where the text is no amount. */
  (void) far_micros_parse (far_client_peek_string (object, name), &micros, NULL);
  return micros;
}

gint64
far_client_get_time_us (JsonObject *object,
                        const char *name)
{
  gint64 time_us = far_client_get_int (object, name, 0);

  (void) far_time_parse_rfc3339 (far_client_peek_string (object, name), &time_us);
  return time_us;
}

JsonObject *
far_client_get_object (JsonObject *object,
                       const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
far_client_get_array (JsonObject *object,
                      const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}
