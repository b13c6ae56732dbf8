/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Cors object: checked once, when it is set, so that whatever is in it may stand in a header.
 * No state. */
#include "platform/far-cors.h"

#include <string.h>

#include "base/far-json.h"

G_DEFINE_QUARK (far-cors-error-quark, far_cors_error)

#define ORIGIN_LEN_MAX 253
#define HEADER_LEN_MAX 1024
#define METHOD_LEN_MAX 6

static const struct {
  const char *name;
  gsize       len_max;
  guint       items_max;
  gboolean    is_origin;
} lists[] = {
  { "AllowHeaders", HEADER_LEN_MAX, FAR_CORS_ITEMS_MAX, FALSE },
  { "AllowMethods", METHOD_LEN_MAX, 6, FALSE },
  { "AllowOrigins", ORIGIN_LEN_MAX, FAR_CORS_ITEMS_MAX, TRUE },
  { "ExposeHeaders", HEADER_LEN_MAX, FAR_CORS_ITEMS_MAX, FALSE },
};

static gboolean
fail (GError **error, const char *format, const char *name, guint64 limit)
{
  g_autofree char *text = g_strdup_printf ("%s %s %" G_GUINT64_FORMAT, name, format, limit);

  g_set_error_literal (error, FAR_CORS_ERROR, FAR_CORS_ERROR_VALUE, text);
  return FALSE;
}

/* A word of a header: RFC 9110's token, or an origin. */
static gboolean
is_word (const char *text, gsize len_max, gboolean is_origin)
{
  gsize n = strlen (text);
  gsize i;

  for (i = 0; i < n; i++)
    if (is_origin ? !g_ascii_isgraph (text[i]) || text[i] == ','
                  : !g_ascii_isalnum (text[i]) && strchr ("!#$%&'*+-.^_`|~", text[i]) == NULL)
      return FALSE;
  return n > 0 && n <= len_max;
}

static gboolean
read_list (JsonObject *object, guint index, FarJsonWriter *writer, GError **error)
{
  const char *name = lists[index].name;
  JsonNode *node = json_object_get_member (object, name);
  JsonArray *list;
  guint i;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  list = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  if (list == NULL || json_array_get_length (list) > lists[index].items_max)
    return fail (error, "must be a list of at most", name, lists[index].items_max);
  far_json_begin_array (writer, name);
  for (i = 0; i < json_array_get_length (list); i++)
    {
      JsonNode *item = json_array_get_element (list, i);
      const char *text = JSON_NODE_HOLDS_VALUE (item) ? json_node_get_string (item) : NULL;

      if (text == NULL || !is_word (text, lists[index].len_max, lists[index].is_origin))
        return fail (error, "has something that is no word of 1 to", name, lists[index].len_max);
      far_json_add_string (writer, NULL, text);
    }
  far_json_end_array (writer);
  return TRUE;
}

static gboolean
read_flags (JsonObject *object, FarJsonWriter *writer, GError **error)
{
  gint64 age_s;
  gboolean credentials;

  if (far_json_has (object, "AllowCredentials"))
    {
      if (!far_json_get_bool (object, "AllowCredentials", &credentials, error))
        return FALSE;
      far_json_add_bool (writer, "AllowCredentials", credentials);
    }
  if (far_json_has (object, "MaxAge"))
    {
      if (!far_json_get_int (object, "MaxAge", 0, FAR_CORS_AGE_MAX_S, &age_s, error))
        return FALSE;
      far_json_add_int (writer, "MaxAge", age_s);
    }
  return TRUE;
}

static gboolean
check_names (JsonObject *object, GError **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    {
      gboolean known = strcmp (name, "AllowCredentials") == 0 || strcmp (name, "MaxAge") == 0;
      guint i;

      for (i = 0; i < G_N_ELEMENTS (lists); i++)
        known |= strcmp (name, lists[i].name) == 0;
      if (!known)
        {
          g_set_error (error, FAR_CORS_ERROR, FAR_CORS_ERROR_VALUE,
                       "Cors has no member “%.64s”; leave it out", name);
          return FALSE;
        }
    }
  return TRUE;
}

char *
far_cors_read (JsonObject *object, GError **error)
{
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  if (!check_names (object, error))
    return NULL;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  if (!read_flags (object, &writer, error))
    return NULL;
  for (i = 0; i < G_N_ELEMENTS (lists); i++)
    if (!read_list (object, i, &writer, error))
      return NULL;
  far_json_end_object (&writer);
  if (writer.text->len > FAR_CORS_TEXT_MAX)
    {
      fail (error, "has more bytes than", "Cors", FAR_CORS_TEXT_MAX);
      return NULL;
    }
  return far_json_writer_steal (&writer, NULL);
}

/* ---- Answers ---- */

/* cors: as far_cors_read() wrote it; what is none allows nothing. Returns: (transfer full) */
static JsonNode *
open_cors (const char *cors)
{
  JsonNode *root = far_json_parse_object (cors, strlen (cors), FAR_CORS_TEXT_MAX, NULL);

  if (root == NULL)
    {
      root = json_node_alloc ();
      json_node_init_object (root, json_object_new ());
      json_object_unref (json_node_get_object (root));
    }
  return root;
}

static JsonArray *
get_list (JsonNode *root, const char *name)
{
  JsonObject *object = json_node_get_object (root);

  return json_object_has_member (object, name) ? json_object_get_array_member (object, name) : NULL;
}

static gboolean
has_word (JsonArray *list, const char *text)
{
  guint i;

  for (i = 0; list != NULL && i < json_array_get_length (list); i++)
    if (g_ascii_strcasecmp (json_array_get_string_element (list, i), text) == 0)
      return TRUE;
  return FALSE;
}

gboolean
far_cors_allows (const char *cors, const char *origin)
{
  g_autoptr (JsonNode) root = open_cors (cors);
  JsonArray *origins = get_list (root, "AllowOrigins");

  return is_word (origin, ORIGIN_LEN_MAX, TRUE)
         && (has_word (origins, "*") || has_word (origins, origin));
}

static void
add_list (FarHttpRequest *request, JsonNode *root, const char *member, const char *header)
{
  JsonArray *list = get_list (root, member);
  g_autoptr (GString) text = g_string_new (NULL);
  guint i;

  for (i = 0; list != NULL && i < json_array_get_length (list); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "",
                            json_array_get_string_element (list, i));
  if (text->len > 0)
    far_http_request_add_header (request, header, text->str);
}

static void
add_origin (FarHttpRequest *request, JsonNode *root, const char *origin)
{
  gboolean credentials = json_object_get_boolean_member_with_default (
      json_node_get_object (root), "AllowCredentials", FALSE);
  gboolean any = has_word (get_list (root, "AllowOrigins"), "*") && !credentials;

  far_http_request_add_header (request, "Access-Control-Allow-Origin", any ? "*" : origin);
  if (!any)
    far_http_request_add_header (request, "Vary", "Origin");
  if (credentials)
    far_http_request_add_header (request, "Access-Control-Allow-Credentials", "true");
}

void
far_cors_add (const char *cors, const char *origin, FarHttpRequest *request)
{
  g_autoptr (JsonNode) root = open_cors (cors);

  add_origin (request, root, origin);
  add_list (request, root, "ExposeHeaders", "Access-Control-Expose-Headers");
}

gboolean
far_cors_preflight (const char *cors, FarHttpRequest *request)
{
  const char *origin = far_http_request_get_header (request, "Origin");
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *age = NULL;
  gint64 age_s;

  if (origin == NULL || strcmp (far_http_request_get_method (request), "OPTIONS") != 0
      || far_http_request_get_header (request, "Access-Control-Request-Method") == NULL)
    return FALSE;
  if (!far_cors_allows (cors, origin))
    return FALSE; /* a page of this very host */
  root = open_cors (cors);
  age_s = json_object_get_int_member_with_default (json_node_get_object (root), "MaxAge", 0);
  add_origin (request, root, origin);
  add_list (request, root, "AllowMethods", "Access-Control-Allow-Methods");
  add_list (request, root, "AllowHeaders", "Access-Control-Allow-Headers");
  age = g_strdup_printf ("%" G_GINT64_FORMAT, age_s);
  if (age_s > 0)
    far_http_request_add_header (request, "Access-Control-Max-Age", age);
  far_http_request_respond (request, 200, far_http_response_new_static ("", 0));
  return TRUE;
}
