/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /provider/…: a payment provider to try the market with, in Stripe's wire format. It is a
 * neighbour, not a part of the market: it has a key, books of its own, and knows nothing of
 * articles. /provider/v1/… is its API, /provider/checkout/… and /provider/authenticate/… the pages
 * it hosts. One instance (the template says so) writes its database; a request, what it changes and
 * the answer kept under its Idempotency-Key are one transaction. */
#include "functions/far-functions.h"
#include "functions/far-provider-api.h"

#include <string.h>

#include "base/far-crypto.h"

#define KEY_MAX 255
#define STORE "provider"

typedef struct {
  char  *key;
  char  *webhook_secret; /* NULL: the publication takes no webhooks */
  FarDb *db;             /* NULL until the first request */
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
  self->webhook_secret = g_strdup (g_getenv ("PROVIDER_WEBHOOK_SECRET"));
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
  g_free (self->webhook_secret);
  g_free (self);
}

/* ---- the API ---- */

static gboolean
same_key (Provider   *self,
          const char *given,
          gsize       n_given)
{
  gsize length = strlen (self->key);

  return n_given == length && far_secret_equal (given, self->key, length);
}

/* "Bearer KEY", or Basic with the key as the user, as curl -u KEY: sends it. */
static gboolean
is_authorized (Provider         *self,
               FarLambdaRequest *request)
{
  const char *header = far_lambda_request_get_header (request, "authorization");
  g_autofree guchar *user = NULL;
  gsize length;

  if (header == NULL || strlen (header) > 2 * KEY_MAX)
    return FALSE;
  if (g_str_has_prefix (header, "Bearer "))
    return same_key (self, header + 7, strlen (header + 7));
  if (!g_str_has_prefix (header, "Basic "))
    return FALSE;
  user = g_base64_decode (header + 6, &length);
  return length > 0 && user[length - 1] == ':' && same_key (self, (const char *) user, length - 1);
}

static void
send_answer (FarLambdaResponse       *response,
             const FarProviderCall   *call,
             const FarProviderAnswer *answer)
{
  far_lambda_response_set_status (response, answer->status);
  far_lambda_response_set_header (response, "cache-control", "no-store");
  far_lambda_response_set_header (response, "request-id", call->request_id);
  far_lambda_response_set_header (response, "stripe-version", FAR_PROVIDER_API_VERSION);
  if (answer->replayed)
    far_lambda_response_set_header (response, "idempotent-replayed", "true");
  far_lambda_response_set_text (response, "application/json", answer->body);
}

/* The form of a POST, the query of others. Returns: (transfer full) (nullable): NULL has answered
 */
static FarProviderForm *
read_form (FarLambdaRequest  *request,
           gboolean           post,
           FarProviderAnswer *answer)
{
  g_autoptr (GError) error = NULL;
  FarProviderForm *form;
  gsize n_bytes;
  const char *text = far_lambda_request_get_body (request, &n_bytes);

  if (!post)
    {
      text = far_lambda_request_get_raw_query (request);
      n_bytes = strlen (text);
    }
  form = far_provider_form_parse (text, n_bytes, &error);
  if (form == NULL)
    far_provider_answer_error (answer,
                               g_error_matches (error, FAR_PROVIDER_FORM_ERROR,
                                                FAR_PROVIDER_FORM_ERROR_SIZE) ? 413 : 400,
                               "invalid_request_error", NULL, error->message);
  return form;
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
carry_out (FarProviderCall    *call,
           const char         *print,
           FarProviderAnswer  *answer,
           GError            **error)
{
  const char *key = call->idempotency_key;
  gboolean same = TRUE;

  if (!far_provider_api_wake (call, error))
    return FALSE;
  if (key != NULL &&
      !far_provider_books_find_answer (call->db, key, print, &answer->status, &same, &answer->body,
                                       error))
    return FALSE;
  answer->replayed = answer->status != 0 && same;
  if (answer->replayed)
    return TRUE;
  if (!same)
    {
      far_provider_answer_error (answer, 400, "idempotency_error", NULL,
                                 "Keys for idempotent requests can only be used with the same "
                                 "parameters they were first used with; use a new one");
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
transact (FarProviderCall    *call,
          FarLambdaRequest   *request,
          FarProviderAnswer  *answer,
          GError            **error)
{
  const char *key = call->idempotency_key;
  g_autofree char *print = fingerprint (request);

  if (key != NULL && (*key == '\0' || strlen (key) > KEY_MAX))
    {
      far_provider_answer_error (answer, 400, "invalid_request_error", NULL,
                                 "An Idempotency-Key has 1 to 255 characters");
      return TRUE;
    }
  if (!far_db_begin (call->db, error))
    return FALSE;
  if (!carry_out (call, print, answer, error))
    {
      far_db_rollback (call->db);
      return FALSE;
    }
  return far_db_commit (call->db, error);
}

static gboolean
api (Provider           *self,
     FarProviderCall    *call,
     FarLambdaRequest   *request,
     FarLambdaResponse  *response,
     GError            **error)
{
  gboolean post = g_str_equal (call->method, "POST");
  g_autoptr (FarProviderForm) form = NULL;
  g_auto (FarProviderAnswer) answer = { 0 };

  if (post)
    call->idempotency_key = far_lambda_request_get_header (request, "idempotency-key");
  if (!is_authorized (self, request))
    far_provider_answer_error (&answer, 401, "invalid_request_error", NULL,
                               "Invalid API Key provided. Send “Authorization: Bearer sk_test_…”");
  else if (!post && !g_str_equal (call->method, "GET") && !g_str_equal (call->method, "DELETE"))
    far_provider_answer_error (&answer, 405, "invalid_request_error", NULL,
                               "Use GET, POST or DELETE");
  else if ((call->form = form = read_form (request, post, &answer)) != NULL &&
           !transact (call, request, &answer, error))
    return FALSE;
  if (answer.lose && !answer.replayed)
    {
      far_lambda_log (FAR_LAMBDA_LOG_INFO, "carried out, and the answer is lost on purpose");
      far_provider_answer_error (&answer, 504, "api_error", NULL,
                                 "The connection was lost; what became of it is not known");
    }
  send_answer (response, call, &answer);
  return TRUE;
}

/* ---- hosted pages ---- */

static gboolean
page (FarProviderCall    *call,
      const char         *session,
      const char         *intent,
      FarLambdaRequest   *request,
      FarLambdaResponse  *response,
      GError            **error)
{
  g_autoptr (FarProviderForm) form = NULL;
  g_auto (FarProviderAnswer) wrong = { 0 };
  g_auto (FarProviderPage) shown = { 0 };

  call->form = form = read_form (request, TRUE, &wrong);
  if (form == NULL)
    {
      send_answer (response, call, &wrong);
      return TRUE;
    }
  if (!far_db_begin (call->db, error))
    return FALSE;
  if (!far_provider_api_wake (call, error) ||
      !(session != NULL ? far_provider_page_checkout (call, session, &shown, error)
                        : far_provider_page_authenticate (call, intent, &shown, error)))
    {
      far_db_rollback (call->db);
      return FALSE;
    }
  if (!far_db_commit (call->db, error))
    return FALSE;
  far_lambda_response_set_status (response, shown.status);
  far_lambda_response_set_header (response, "cache-control", "no-store");
  far_lambda_response_set_header (response, "referrer-policy", "no-referrer");
  far_lambda_response_set_header (response, "content-security-policy",
                                  "default-src 'none'; style-src 'unsafe-inline'; "
                                  "frame-ancestors 'none'; base-uri 'none'");
  if (shown.location != NULL)
    far_lambda_response_set_header (response, "location", shown.location);
  far_lambda_response_set_text (response, "text/html; charset=utf-8",
                                shown.html != NULL ? shown.html : "");
  return TRUE;
}

/* Where the pages are reached: as this request was. */
static char *
origin_of (FarLambdaRequest *request)
{
  const char *host = far_lambda_request_get_header (request, "host");
  const char *scheme = far_lambda_request_get_header (request, "x-forwarded-proto");

  return g_strdup_printf ("%s://%s", g_strcmp0 (scheme, "https") == 0 ? "https" : "http",
                          host != NULL ? host : "localhost");
}

static gboolean
provider (const FarLambdaContext  *context,
          FarLambdaRequest        *request,
          FarLambdaResponse       *response,
          GError                 **error)
{
  Provider *self = context->state;
  const char *proxy = far_lambda_request_get_path_parameter (request, "proxy");
  const char *session = far_lambda_request_get_path_parameter (request, "session");
  const char *intent = far_lambda_request_get_path_parameter (request, "intent");
  g_autofree char *origin = origin_of (request);
  g_autofree char *request_id = g_strconcat ("req_", context->request_id, NULL);
  FarProviderCall call = {
    .db = self->db,
    .now_us = far_clock_now_us (context->clock),
    .method = far_lambda_request_get_method (request),
    .path = proxy != NULL ? proxy : "",
    .origin = origin,
    .request_id = request_id,
    .webhook_secret = self->webhook_secret,
  };

  if (session != NULL || intent != NULL)
    return page (&call, session, intent, request, response, error);
  return api (self, &call, request, response, error);
}

const FarLambdaFunction far_provider_function = {
  .init = init,
  .start = start,
  .http = provider,
  .finish = finish,
};
