/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /provider/v1/…: a payment provider to try settlement with, in Stripe's wire format. It is a
 * neighbour, not a part of the market: it has a key, books of its own, and knows nothing of
 * articles. One instance (the template says so) writes its database; a request, what it changes and
 * the answer kept under its Idempotency-Key are one transaction. */
#include "functions/far-functions.h"
#include "functions/far-provider-api.h"

#include <string.h>

#include "base/far-crypto.h"

#define BODY_MAX (16 * 1024)
#define KEY_MAX 255
#define STORE "provider"

typedef struct {
  char  *key;
  FarDb *db; /* NULL until the first request */
} Provider;

static gboolean
init (gpointer  *ret_state,
      GError   **error)
{
  const char *key = g_getenv ("PROVIDER_KEY");
  Provider *self;

  if (key == NULL || !g_str_has_prefix (key, "sk_test_"))
    {
      g_set_error_literal (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_ENVIRONMENT,
                           "Set PROVIDER_KEY to a key that begins with sk_test_: this provider "
                           "moves no real money");
      return FALSE;
    }
  self = g_new0 (Provider, 1);
  self->key = g_strdup (key);
  *ret_state = self;
  return TRUE;
}

static gboolean
start (gpointer   state,
       GError   **error)
{
  Provider *self = state;
  const char *folder = far_lambda_store_path (STORE, error);

  self->db = folder != NULL ? far_provider_books_open (folder, error) : NULL;
  return self->db != NULL;
}

static void
finish (gpointer state)
{
  Provider *self = state;

  if (self == NULL)
    return;
  g_clear_pointer (&self->db, far_db_close);
  g_free (self->key);
  g_free (self);
}

static gboolean
is_authorized (Provider         *self,
               FarLambdaRequest *request)
{
  const char *header = far_lambda_request_get_header (request, "authorization");
  gsize length = strlen (self->key);

  return header != NULL && g_str_has_prefix (header, "Bearer ") &&
         strlen (header + 7) == length && far_secret_equal (header + 7, self->key, length);
}

static void
send_answer (FarLambdaResponse       *response,
             const FarProviderAnswer *answer)
{
  far_lambda_response_set_status (response, answer->status);
  far_lambda_response_set_header (response, "cache-control", "no-store");
  far_lambda_response_set_text (response, "application/json", answer->body);
}

/* The form of a POST, the query of a GET. Returns: (transfer full) (nullable): NULL has answered */
static GHashTable *
read_fields (FarLambdaRequest  *request,
             gboolean           post,
             FarProviderAnswer *answer)
{
  g_autoptr (GError) error = NULL;
  GHashTable *fields;
  gsize n_bytes;
  const char *text = far_lambda_request_get_body (request, &n_bytes);

  if (!post)
    {
      text = far_lambda_request_get_raw_query (request);
      n_bytes = strlen (text);
    }
  if (n_bytes > BODY_MAX)
    {
      far_provider_answer_error (answer, 413, "invalid_request_error", NULL,
                                 "A request is at most 16 KiB");
      return NULL;
    }
  fields = g_uri_parse_params (text, n_bytes, "&", G_URI_PARAMS_WWW_FORM, &error);
  if (fields == NULL)
    far_provider_answer_error (answer, 400, "invalid_request_error", NULL, error->message);
  return fields;
}

/* What a key was used for: method, path and body. */
static char *
fingerprint (FarLambdaRequest *request)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n_bytes;
  const char *body = far_lambda_request_get_body (request, &n_bytes);
  const char *path = far_lambda_request_get_path (request);

  g_checksum_update (sum, (const guchar *) path, strlen (path) + 1);
  g_checksum_update (sum, (const guchar *) body, n_bytes);
  return g_strdup (g_checksum_get_string (sum));
}

/* Inside the transaction: answers from the key, or does it and keeps the answer. */
static gboolean
carry_out (const FarProviderCall  *call,
           const char             *key,
           const char             *print,
           FarProviderAnswer      *answer,
           GError                **error)
{
  gboolean same = TRUE;

  if (key != NULL &&
      !far_provider_books_find_answer (call->db, key, print, &answer->status, &same, &answer->body,
                                       error))
    return FALSE;
  if (answer->status != 0 && same)
    return TRUE;
  if (!same)
    {
      far_provider_answer_error (answer, 400, "idempotency_error", NULL,
                                 "This Idempotency-Key was used for another request; use a new "
                                 "one");
      return TRUE;
    }
  if (!far_provider_api_call (call, answer, error))
    return FALSE;
  /* A request that was not understood is not remembered: it may be mended and sent again. */
  if (key == NULL || (answer->status != 200 && answer->status != 402))
    return TRUE;
  return far_provider_books_put_answer (call->db, key, print, answer->status, answer->body,
                                        call->now_us, error);
}

static gboolean
transact (const FarProviderCall  *call,
          FarLambdaRequest       *request,
          FarProviderAnswer      *answer,
          GError                **error)
{
  const char *key = far_lambda_request_get_header (request, "idempotency-key");
  g_autofree char *print = fingerprint (request);

  if (key != NULL && (*key == '\0' || strlen (key) > KEY_MAX))
    {
      far_provider_answer_error (answer, 400, "invalid_request_error", NULL,
                                 "An Idempotency-Key has 1 to 255 characters");
      return TRUE;
    }
  if (!far_db_begin (call->db, error))
    return FALSE;
  if (!carry_out (call, key, print, answer, error))
    {
      far_db_rollback (call->db);
      return FALSE;
    }
  return far_db_commit (call->db, error);
}

static gboolean
provider (const FarLambdaContext  *context,
          FarLambdaRequest        *request,
          FarLambdaResponse       *response,
          GError                 **error)
{
  Provider *self = context->state;
  const char *proxy = far_lambda_request_get_path_parameter (request, "proxy");
  g_auto (GStrv) path = g_strsplit (proxy != NULL ? proxy : "", "/", 5);
  g_autoptr (GHashTable) fields = NULL;
  g_auto (FarProviderAnswer) answer = { 0 };
  FarProviderCall call = {
    .db = self->db,
    .now_us = far_clock_now_us (context->clock),
    .method = far_lambda_request_get_method (request),
    .path = path,
  };
  gboolean post = g_str_equal (call.method, "POST");

  if (!is_authorized (self, request))
    far_provider_answer_error (&answer, 401, "invalid_request_error", NULL,
                               "Invalid API Key provided. Send “Authorization: Bearer sk_test_…”");
  else if (!post && !g_str_equal (call.method, "GET"))
    far_provider_answer_error (&answer, 405, "invalid_request_error", NULL, "Use GET or POST");
  else if ((call.fields = fields = read_fields (request, post, &answer)) != NULL &&
           !transact (&call, request, &answer, error))
    return FALSE;
  if (answer.lose)
    {
      g_set_error_literal (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_CLOSED,
                           "pm_card_timeout: carried out, and the answer is lost on purpose");
      return FALSE;
    }
  send_answer (response, &answer);
  return TRUE;
}

const FarLambdaFunction far_provider_function = {
  .init = init,
  .start = start,
  .http = provider,
  .finish = finish,
};
