/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payload format 2.0: fields that come more than once are joined with commas, cookies stand apart,
 * the query is there raw and unescaped, a body that is no text is base64. */
#include "platform/far-gateway-event.h"

#include <string.h>
#include <time.h>

#include "base/far-json.h"
#include "platform/far-function.h"

#define API_ID "farthing"
/* Pairs of a query that are taken apart; rawQueryString has them all. */
#define QUERY_PAIRS_MAX 256

static gboolean
is_cookie (const char *name)
{
  return g_ascii_strcasecmp (name, "cookie") == 0;
}

/* Adds one field with all values of its name; nothing for a name that was there before. */
static void
add_header (FarJsonWriter *writer, FarHttpRequest *request, guint index)
{
  g_autoptr (GString) joined = NULL;
  guint n = far_http_request_n_headers (request);
  const char *name;
  const char *value;
  const char *other_name;
  const char *other_value;
  char lower[128];
  gsize length;
  guint i;

  far_http_request_nth_header (request, index, &name, &value);
  length = strlen (name);
  if (is_cookie (name) || length >= sizeof lower)
    return;
  for (i = 0; i < n; i++)
    {
      if (i == index)
        continue;
      far_http_request_nth_header (request, i, &other_name, &other_value);
      if (g_ascii_strcasecmp (name, other_name) != 0)
        continue;
      if (i < index)
        return;
      if (joined == NULL)
        joined = g_string_new (value);
      g_string_append_c (joined, ',');
      g_string_append (joined, other_value);
    }
  for (i = 0; i < length; i++)
    lower[i] = g_ascii_tolower (name[i]);
  lower[length] = '\0';
  far_json_add_string (writer, lower, joined != NULL ? joined->str : value);
}

static void
add_cookies (FarJsonWriter *writer, FarHttpRequest *request)
{
  guint n = far_http_request_n_headers (request);
  gboolean any = FALSE;
  guint i;

  for (i = 0; i < n; i++)
    {
      const char *name;
      const char *value;

      far_http_request_nth_header (request, i, &name, &value);
      if (!is_cookie (name))
        continue;
      if (!any)
        far_json_begin_array (writer, "cookies");
      any = TRUE;
      while (*value != '\0')
        {
          gsize length = strcspn (value, ";");

          if (length > 0)
            far_json_add_string_len (writer, NULL, value, length);
          value += length;
          value += strspn (value, "; ");
        }
    }
  if (any)
    far_json_end_array (writer);
}

/* Unescaped pairs in the order of first appearance, values of one name joined with commas. */
static void
add_query (FarJsonWriter *writer, const char *query)
{
  g_auto (GStrv) pairs = NULL;
  char *names[QUERY_PAIRS_MAX];
  GString *values[QUERY_PAIRS_MAX];
  guint n = 0;
  guint i;
  guint j;

  if (*query == '\0')
    return;
  pairs = g_strsplit (query, "&", QUERY_PAIRS_MAX);
  for (i = 0; pairs[i] != NULL; i++)
    {
      char *equals = strchr (pairs[i], '=');
      const char *value = "";

      if (equals != NULL)
        {
          *equals = '\0';
          /* What is no valid escape stays as it was sent. */
          far_uri_unescape (equals + 1, TRUE);
          value = equals + 1;
        }
      if (pairs[i][0] == '\0' && equals == NULL)
        continue;
      far_uri_unescape (pairs[i], TRUE);
      for (j = 0; j < n && strcmp (names[j], pairs[i]) != 0; j++)
        ;
      if (j < n)
        {
          g_string_append_c (values[j], ',');
          g_string_append (values[j], value);
          continue;
        }
      names[n] = pairs[i];
      values[n++] = g_string_new (value);
    }
  far_json_begin_object (writer, "queryStringParameters");
  for (i = 0; i < n; i++)
    {
      far_json_add_string_len (writer, names[i], values[i]->str, values[i]->len);
      g_string_free (values[i], TRUE);
    }
  far_json_end_object (writer);
}

/* "12/Mar/2020:19:03:58 +0000", whatever the locale. */
static void
format_time (gint64 wall_us, char *ret_text, gsize size)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  time_t seconds = wall_us / G_USEC_PER_SEC;
  struct tm parts;

  gmtime_r (&seconds, &parts);
  g_snprintf (ret_text, size, "%02d/%.3s/%d:%02d:%02d:%02d +0000", parts.tm_mday,
              months + 3 * parts.tm_mon, parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
              parts.tm_sec);
}

static void
add_context (FarJsonWriter *writer, FarHttpRequest *request, const FarRouteMatch *match,
             const char *path, const char *request_id, gint64 wall_us)
{
  const char *host = far_http_request_get_header (request, "Host");
  char address[64];
  char time_text[40];

  far_http_request_get_client (request, address, sizeof address);
  format_time (wall_us, time_text, sizeof time_text);
  far_json_begin_object (writer, "requestContext");
  far_json_add_string (writer, "accountId", FAR_AWS_ACCOUNT);
  far_json_add_string (writer, "apiId", API_ID);
  far_json_add_string (writer, "domainName", host != NULL ? host : "");
  far_json_add_string (writer, "domainPrefix", API_ID);
  far_json_begin_object (writer, "http");
  far_json_add_string (writer, "method", far_http_request_get_method (request));
  far_json_add_string (writer, "path", path);
  far_json_add_string (writer, "protocol", far_http_request_get_version (request));
  far_json_add_string (writer, "sourceIp", address);
  far_json_add_string (writer, "userAgent",
                       far_http_request_get_header (request, "User-Agent") != NULL
                           ? far_http_request_get_header (request, "User-Agent")
                           : "");
  far_json_end_object (writer);
  far_json_add_string (writer, "requestId", request_id);
  far_json_add_string (writer, "routeKey", match->route->key);
  far_json_add_string (writer, "stage", "$default");
  far_json_add_string (writer, "time", time_text);
  far_json_add_int (writer, "timeEpoch", wall_us / 1000);
  far_json_end_object (writer);
}

gboolean
far_gateway_is_text (const char *content_type)
{
  static const char *const types[] = {
    "application/json", "application/javascript", "application/xml",
    "application/x-www-form-urlencoded",
  };
  gsize n;
  guint i;

  if (content_type == NULL)
    return FALSE;
  n = strcspn (content_type, "; ");
  if (g_ascii_strncasecmp (content_type, "text/", 5) == 0)
    return TRUE;
  if (n > 5 && g_ascii_strncasecmp (content_type, "application/", 12) == 0
      && (g_ascii_strncasecmp (content_type + n - 5, "+json", 5) == 0
          || g_ascii_strncasecmp (content_type + n - 4, "+xml", 4) == 0))
    return TRUE;
  for (i = 0; i < G_N_ELEMENTS (types); i++)
    if (strlen (types[i]) == n && g_ascii_strncasecmp (content_type, types[i], n) == 0)
      return TRUE;
  return FALSE;
}

static void
add_body (FarJsonWriter *writer, FarHttpRequest *request)
{
  gsize n_body;
  const char *body = far_http_request_get_body (request, &n_body);
  gboolean text;

  if (n_body == 0)
    {
      far_json_add_bool (writer, "isBase64Encoded", FALSE);
      return;
    }
  text = far_gateway_is_text (far_http_request_get_header (request, "Content-Type"))
         && g_utf8_validate_len (body, n_body, NULL);
  if (text)
    far_json_add_string_len (writer, "body", body, n_body);
  else
    {
      g_autofree char *encoded = g_base64_encode ((const guchar *) body, n_body);

      far_json_add_string (writer, "body", encoded);
    }
  far_json_add_bool (writer, "isBase64Encoded", !text);
}

GBytes *
far_gateway_event_new (FarHttpRequest *request, const FarRouteMatch *match, const char *path,
                       const char *request_id, gint64 wall_us)
{
  g_auto (FarJsonWriter) writer = { 0 };
  guint n = far_http_request_n_headers (request);
  gsize length;
  char *text;
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "version", "2.0");
  far_json_add_string (&writer, "routeKey", match->route->key);
  far_json_add_string (&writer, "rawPath", path);
  far_json_add_string (&writer, "rawQueryString", far_http_request_get_query (request));
  add_cookies (&writer, request);
  far_json_begin_object (&writer, "headers");
  for (i = 0; i < n; i++)
    add_header (&writer, request, i);
  far_json_end_object (&writer);
  add_query (&writer, far_http_request_get_query (request));
  add_context (&writer, request, match, path, request_id, wall_us);
  if (match->route->names[0] != NULL)
    {
      far_json_begin_object (&writer, "pathParameters");
      for (i = 0; match->route->names[i] != NULL; i++)
        far_json_add_string (&writer, match->route->names[i], match->values[i]);
      far_json_end_object (&writer);
    }
  add_body (&writer, request);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &length);
  return g_bytes_new_take (text, length);
}
