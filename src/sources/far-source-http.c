/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how a source speaks HTTP: whom it trusts, what it sends along, how much it takes, and what
 * is said when the other side is not what it should be.
 *
 * Secrets go out only over https, or to this machine; redirects are followed within the origin
 * only, so that they go nowhere else. */
#include "sources/far-source-private.h"

#include <string.h>

#define HEADERS_MAX 16
#define SAID_MAX 200 /* bytes of what a server said that are repeated */

struct _FarSourceHttp {
  FarSource     *source;  /* no reference: it owns this */
  FarHttpClient *client;
  char          *url;     /* without "/" at its end */
  char          *authorization; /* nullable */
  gint64         skew_us;
  gint64         timeout_us;
};

static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return g_ascii_strcasecmp (host, "localhost") == 0 ||
         (address != NULL && g_inet_address_get_is_loopback (address));
}

static gboolean
check_url (const FarSourceConfig *config, const char *url, gboolean secret, GError **error)
{
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_PARSE_RELAXED, NULL) : NULL;
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0' || (strcmp (scheme, "http") != 0 &&
                                        strcmp (scheme, "https") != 0))
    g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_SETTINGS,
                 "%s: url is “%.200s”; give an http or https address", config->id,
                 url != NULL ? url : "");
  else if (g_uri_get_userinfo (uri) != NULL || g_uri_get_query (uri) != NULL ||
           g_uri_get_fragment (uri) != NULL)
    g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_SETTINGS,
                 "%s: url is an address without user, query or fragment; give the user as a "
                 "setting and the password as a secret", config->id);
  else if (secret && strcmp (scheme, "http") == 0 && !is_loopback (host))
    g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_SETTINGS,
                 "%s: a secret is not sent to %s without encryption; use https", config->id, host);
  else
    return TRUE;
  return FALSE;
}

static char *
make_authorization (const FarSourceConfig *config, const char *user_default)
{
  const char *token = far_source_secret (config, "token");
  const char *password = far_source_secret (config, "password");
  const char *user = far_source_setting (config, "user");
  g_autofree char *pair = NULL;
  g_autofree char *encoded = NULL;

  if (token != NULL)
    return g_strconcat ("Bearer ", token, NULL);
  if (password == NULL)
    return NULL;
  pair = g_strdup_printf ("%s:%s", user != NULL ? user : user_default, password);
  encoded = g_base64_encode ((const guchar *) pair, strlen (pair));
  return g_strconcat ("Basic ", encoded, NULL);
}

static gboolean
check_secret (const FarSourceConfig *config, GError **error)
{
  static const char *const names[] = { "token", "password" };
  guint i, j;

  for (i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *text = far_source_secret (config, names[i]);

      for (j = 0; text != NULL && text[j] != '\0'; j++)
        {
          if (!g_ascii_iscntrl (text[j]))
            continue;
          g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_SETTINGS,
                       "%s: the %s has a line end or another control character in it", config->id,
                       names[i]);
          return FALSE;
        }
    }
  return TRUE;
}

FarSourceHttp *
far_source_http_new (FarSource *source, const FarSourceConfig *config, const char *user_default,
                     GError **error)
{
  FarHttpTrust trust = { far_source_setting (config, "ca_file"),
                         far_source_setting (config, "pin") };
  const char *url = far_source_setting (config, "url");
  g_autofree char *authorization = make_authorization (config, user_default);
  g_autoptr (FarHttpClient) client = NULL;
  g_autoptr (GError) trust_error = NULL;
  FarSourceHttp *self;
  gint64 timeout_s;
  gsize length;

  if (!check_url (config, url, authorization != NULL, error) || !check_secret (config, error) ||
      !far_source_setting_int (config, "timeout_s", 1, FAR_SOURCE_TIMEOUT_S_MAX,
                               FAR_SOURCE_TIMEOUT_S, &timeout_s, error))
    return NULL;
  client = far_http_client_new_trusting (FAR_SOURCE_CONNECTIONS_MAX, &trust, &trust_error);
  if (client == NULL)
    {
      g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_SETTINGS, "%s: %s", config->id,
                   trust_error->message);
      return NULL;
    }
  length = strlen (url);
  while (length > 0 && url[length - 1] == '/')
    length--;
  self = g_new0 (FarSourceHttp, 1);
  self->source = source;
  self->timeout_us = timeout_s * G_USEC_PER_SEC;
  self->client = g_steal_pointer (&client);
  self->url = g_strndup (url, length);
  self->authorization = g_steal_pointer (&authorization);
  return self;
}

void
far_source_http_free (FarSourceHttp *self)
{
  if (self == NULL)
    return;
  g_object_unref (self->client);
  g_free (self->url);
  if (self->authorization != NULL)
    memset (self->authorization, 0, strlen (self->authorization));
  g_free (self->authorization);
  g_free (self);
}

const char *
far_source_http_get_url (FarSourceHttp *self)
{
  return self->url;
}

gboolean
far_source_http_is_private (FarSourceHttp *self)
{
  g_autoptr (GUri) uri = g_uri_parse (self->url, G_URI_FLAGS_NONE, NULL);

  return uri != NULL && (strcmp (g_uri_get_scheme (uri), "https") == 0 ||
                         is_loopback (g_uri_get_host (uri)));
}

gint64
far_source_http_get_skew_us (FarSourceHttp *self)
{
  return self->skew_us;
}

/* ---- One question ---- */

typedef struct {
  FarSourceHttp *http;
  gboolean any_status;
  gboolean own_errors;
  gboolean plain;
} Asked;

static GError *
explain (FarSource *source, const GError *error)
{
  FarSourceError code = FAR_SOURCE_ERROR_UNREACHABLE;

  if (error->domain != FAR_HTTP_CLIENT_ERROR)
    return g_error_copy (error);
  if (error->code == FAR_HTTP_CLIENT_ERROR_CERTIFICATE)
    code = FAR_SOURCE_ERROR_CERTIFICATE;
  else if (error->code == FAR_HTTP_CLIENT_ERROR_SIZE ||
           error->code == FAR_HTTP_CLIENT_ERROR_REDIRECT)
    code = FAR_SOURCE_ERROR_ANSWER;
  return far_source_error (source, code, "%s", error->message);
}

/* The Date of its answer is to the second. */
static void
note_skew (FarSourceHttp *self, FarHttpReply *reply)
{
  const char *text = far_http_reply_get_header (reply, "Date");
  gint64 date_us;

  if (text == NULL || !far_http_parse_date (text, &date_us))
    return;
  self->skew_us = date_us - far_source_now_us (self->source);
  if (ABS (self->skew_us) < 2 * G_USEC_PER_SEC)
    self->skew_us = 0;
}

static gboolean
is_html (FarHttpReply *reply)
{
  const char *type = far_http_reply_get_header (reply, "Content-Type");
  gsize n_bytes;
  const char *text = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);

  if (type != NULL && g_ascii_strncasecmp (type, "text/html", 9) == 0)
    return TRUE;
  return n_bytes >= 5 && (g_ascii_strncasecmp (text, "<html", 5) == 0 ||
                          g_ascii_strncasecmp (text, "<!doc", 5) == 0);
}

static char *
said (FarHttpReply *reply)
{
  gsize n_bytes;
  const char *text = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "",
                                              (gssize) MIN (n_bytes, SAID_MAX));

  return g_strdelimit (g_strstrip (g_steal_pointer (&valid)), "\r\n\t", ' ');
}

static GError *
web_page (Asked *asked, FarSource *source, guint status)
{
  return far_source_error (source, FAR_SOURCE_ERROR_ANSWER,
                           "%s answers with a web page (status %u): it is no %s, or a sign-in "
                           "page stands before it", asked->http->url, status,
                           far_source_get_kind (source));
}

static GError *
check_reply (Asked *asked, FarSource *source, FarHttpReply *reply)
{
  guint status = far_http_reply_get_status (reply);
  g_autofree char *text = NULL;

  if (asked->own_errors)
    return is_html (reply) ? web_page (asked, source, status) : NULL;
  if (status == 401 || status == 403)
    return far_source_error (source, FAR_SOURCE_ERROR_REFUSED,
                             "%s does not accept the credentials (status %u); set them again",
                             asked->http->url, status);
  if (status >= 300 && status < 400)
    return far_source_error (source, FAR_SOURCE_ERROR_ANSWER,
                             "%s sends elsewhere (status %u); use the final address",
                             asked->http->url, status);
  if (!asked->plain && is_html (reply))
    return web_page (asked, source, status);
  if (asked->any_status || status < 400)
    return NULL;
  text = said (reply);
  return far_source_error (source, FAR_SOURCE_ERROR_ANSWER, "%s answers with status %u: %s",
                           asked->http->url, status, *text != '\0' ? text : "(nothing)");
}

static void
on_reply (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarSource *source = g_task_get_source_object (task);
  Asked *asked = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarHttpReply) reply = far_http_client_send_finish (FAR_HTTP_CLIENT (object), result,
                                                                &error);
  GError *wrong;

  if (reply == NULL)
    {
      g_task_return_error (task, explain (source, error));
      return;
    }
  note_skew (asked->http, reply);
  wrong = check_reply (asked, source, reply);
  if (wrong != NULL)
    g_task_return_error (task, wrong);
  else
    g_task_return_pointer (task, g_steal_pointer (&reply), (GDestroyNotify) far_http_reply_free);
}

void
far_source_http_ask_async (FarSourceHttp *self, const FarSourceAsk *ask, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self->source, cancellable, callback, user_data);
  g_autofree char *url = g_strconcat (self->url, ask->path, NULL);
  const char *headers[HEADERS_MAX + 1];
  FarHttpCall call = { .method = ask->method, .url = url, .headers = headers, .body = ask->body,
                       .content_type = ask->content_type, .reply_max = FAR_SOURCE_REPLY_MAX,
                       .timeout_us = self->timeout_us, .follow = TRUE,
                       .idempotent = ask->idempotent };
  Asked *asked = g_new0 (Asked, 1);
  guint n = 0, i;

  for (i = 0; ask->headers != NULL && ask->headers[i] != NULL; i++)
    {
      g_assert (n < HEADERS_MAX - 2);
      headers[n++] = ask->headers[i];
    }
  if (self->authorization != NULL)
    {
      headers[n++] = "Authorization";
      headers[n++] = self->authorization;
    }
  headers[n] = NULL;
  asked->http = self;
  asked->any_status = ask->any_status;
  asked->own_errors = ask->own_errors;
  asked->plain = ask->plain;
  g_task_set_task_data (task, asked, g_free);
  far_http_client_send_async (self->client, &call, cancellable, on_reply, task);
}

FarHttpReply *
far_source_http_ask_finish (FarSource *source, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, source), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
