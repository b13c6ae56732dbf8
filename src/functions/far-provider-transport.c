/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two ways to a provider (see the header). */
#include "functions/far-provider-transport.h"

#include <string.h>

#include "functions/far-gateway-client.h"
#include "functions/far-market.h"
#include "functions/far-provider-client.h"
#include "lambda/far-lambda.h"
#include "net/far-http-client.h"

#define GATEWAY_SCHEME "gateway:"
#define PROXY_EXCEPT_MAX 32
#define CONTENT_TYPE "application/x-www-form-urlencoded"

struct _FarProviderTransport {
  char             *url;  /* of HTTP, or the path below the gateway; no slash at its end */
  char             *host;
  FarGatewayClient *gateway; /* or */
  GMainContext     *context; /* a context of its own for */
  FarHttpClient    *http;
};

/* Through the platform's proxy, where that is the way out that was granted (Egress). */
static void
take_way_out (FarHttpClient *http)
{
  const char *proxy = g_getenv ("HTTPS_PROXY");
  const char *except = g_getenv ("NO_PROXY");
  g_auto (GStrv) hosts = g_strsplit (except != NULL ? except : "", ",", PROXY_EXCEPT_MAX);

  if (proxy != NULL && *proxy != '\0')
    far_http_client_set_proxy (http, proxy, (const char *const *) hosts);
}

/* Returns: (transfer full) (nullable) */
static FarHttpClient *
new_http (GError **error)
{
  const char *name = g_getenv (FAR_PROVIDER_CA_FILE_ENV);
  const char *folder = far_lambda_store_path (FAR_MARKET_STORE, NULL);
  g_autofree char *ca_file = NULL;
  g_autoptr (GError) reason = NULL;
  FarHttpTrust trust = { NULL };
  FarHttpClient *http;

  if (name != NULL && *name != '\0')
    ca_file = folder != NULL ? g_canonicalize_filename (name, folder) : g_strdup (name);
  trust.ca_file = ca_file;
  http = far_http_client_new_trusting (1, &trust, &reason);
  if (http == NULL)
    g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_CONFIG,
                 FAR_PROVIDER_CA_FILE_ENV " is of no use: %s", reason->message);
  else
    take_way_out (http);
  return http;
}

FarProviderTransport *
far_provider_transport_new (const char  *url,
                            const char  *host,
                            GError     **error)
{
  gboolean gateway = g_str_has_prefix (url, GATEWAY_SCHEME "/");
  FarProviderTransport *self;

  if (!gateway && !g_str_has_prefix (url, "https://") &&
      !g_str_has_prefix (url, "http://127.0.0.1:"))
    {
      g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_CONFIG,
                   "%s is \"%s\"; set it to the provider's https:// address, or to %s",
                   FAR_PROVIDER_URL_ENV, url, FAR_PROVIDER_URL_DEFAULT);
      return NULL;
    }
  self = g_new0 (FarProviderTransport, 1);
  self->url = g_strdup (gateway ? url + strlen (GATEWAY_SCHEME) : url);
  self->host = g_strdup (host);
  if (g_str_has_suffix (self->url, "/"))
    self->url[strlen (self->url) - 1] = '\0';
  if (gateway)
    self->gateway = far_gateway_client_new ();
  else
    {
      self->context = g_main_context_new ();
      g_main_context_push_thread_default (self->context);
      self->http = new_http (error);
      g_main_context_pop_thread_default (self->context);
      if (self->http == NULL)
        {
          far_provider_transport_free (self);
          return NULL;
        }
    }
  return self;
}

void
far_provider_transport_free (FarProviderTransport *self)
{
  if (self == NULL)
    return;
  far_gateway_client_free (self->gateway);
  if (self->http != NULL)
    {
      /* libsoup wants its own context, also for closing. */
      g_main_context_push_thread_default (self->context);
      g_clear_object (&self->http);
      while (g_main_context_iteration (self->context, FALSE))
        ;
      g_main_context_pop_thread_default (self->context);
    }
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self->url);
  g_free (self->host);
  g_free (self);
}

static GString *
unknown (GError     **error,
         const char  *what)
{
  g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_UNKNOWN, "%s", what);
  return NULL;
}

static GString *
call_gateway (FarProviderTransport      *self,
              const FarProviderRequest  *request,
              guint                     *ret_status,
              GError                   **error)
{
  g_autofree char *path = g_strconcat (self->url, request->path, NULL);
  g_autoptr (GString) headers = g_string_new (NULL);
  g_autoptr (GError) reason = NULL;
  FarGatewayRequest sent = { .method = request->method, .path = path, .host = self->host };
  GString *body;

  g_string_append_printf (headers, "Authorization: Bearer %s\r\n", request->key);
  if (request->idempotency_key != NULL)
    g_string_append_printf (headers, "Idempotency-Key: %s\r\n", request->idempotency_key);
  if (request->form != NULL)
    {
      g_string_append (headers, "Content-Type: " CONTENT_TYPE "\r\n");
      sent.body = request->form;
      sent.n_body = strlen (request->form);
    }
  sent.headers = headers->str;
  body = far_gateway_client_call (self->gateway, &sent, FAR_PROVIDER_TIMEOUT_US, ret_status,
                                  &reason);
  return body != NULL ? body : unknown (error, reason->message);
}

/* ---- HTTP ---- */

static void
take_result (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  GAsyncResult **ret_result = user_data;

  *ret_result = g_object_ref (result);
}

static GString *
call_http (FarProviderTransport      *self,
           const FarProviderRequest  *request,
           guint                     *ret_status,
           GError                   **error)
{
  g_autofree char *url = g_strconcat (self->url, request->path, NULL);
  g_autofree char *bearer = g_strconcat ("Bearer ", request->key, NULL);
  g_autoptr (GBytes) form =
    request->form != NULL ? g_bytes_new (request->form, strlen (request->form)) : NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarHttpReply) reply = NULL;
  g_autoptr (GError) reason = NULL;
  const char *headers[] = { "Authorization", bearer, NULL, NULL, NULL };
  FarHttpCall call = { .method = request->method, .url = url, .headers = headers, .body = form,
                       .content_type = CONTENT_TYPE, .reply_max = FAR_PROVIDER_REPLY_MAX,
                       .timeout_us = FAR_PROVIDER_TIMEOUT_US, .idempotent = TRUE };

  if (request->idempotency_key != NULL)
    {
      headers[2] = "Idempotency-Key";
      headers[3] = request->idempotency_key;
    }
  g_main_context_push_thread_default (self->context);
  far_http_client_send_async (self->http, &call, NULL, take_result, &result);
  while (result == NULL)
    g_main_context_iteration (self->context, TRUE);
  reply = far_http_client_send_finish (self->http, result, &reason);
  g_clear_object (&result); /* closes the exchange, in its context */
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);
  if (reply == NULL)
    return unknown (error, reason->message);
  *ret_status = far_http_reply_get_status (reply);
  {
    gsize n_bytes;
    const char *bytes = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);

    return g_string_new_len (bytes != NULL ? bytes : "", (gssize) n_bytes);
  }
}

GString *
far_provider_transport_call (FarProviderTransport      *self,
                             const FarProviderRequest  *request,
                             guint                     *ret_status,
                             GError                   **error)
{
  g_return_val_if_fail (self != NULL && request != NULL && ret_status != NULL, NULL);

  return self->gateway != NULL ? call_gateway (self, request, ret_status, error)
                               : call_http (self, request, ret_status, error);
}
