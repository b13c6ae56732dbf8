/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Authentication of readers, bodies, and refusals (see the header). */
#include "functions/far-market-http.h"

#include <stdarg.h>
#include <string.h>

#include "net/far-http-signature.h"

#define MEMBERS_MAX 16
#define ARTICLE_MAX 128

/* Why a signature was refused, as a code. */
static const char *
signature_code (const GError *error)
{
  switch ((FarHttpSignatureError) error->code)
    {
    case FAR_HTTP_SIGNATURE_ERROR_MISSING:
      return "signature_required";
    case FAR_HTTP_SIGNATURE_ERROR_TIME:
      return "signature_expired";
    case FAR_HTTP_SIGNATURE_ERROR_DIGEST:
      return "digest_mismatch";
    case FAR_HTTP_SIGNATURE_ERROR_SYNTAX:
    case FAR_HTTP_SIGNATURE_ERROR_COVERAGE:
    case FAR_HTTP_SIGNATURE_ERROR_INVALID:
    default:
      return "signature_invalid";
    }
}

static gboolean
verify (const FarLambdaContext  *context,
        FarLambdaRequest        *request,
        char                     ret_reader[FAR_READER_LEN + 1],
        GError                 **error)
{
  FarHttpSignatureFields fields = {
    .signature_input = far_lambda_request_get_header (request, "signature-input"),
    .signature = far_lambda_request_get_header (request, "signature"),
    .content_digest = far_lambda_request_get_header (request, "content-digest"),
  };
  FarHttpSignable signable = {
    .method = far_lambda_request_get_method (request),
    .path = far_lambda_request_get_path (request),
    .query = far_lambda_request_get_raw_query (request),
  };

  G_STATIC_ASSERT (FAR_READER_LEN == FAR_HTTP_KEYID_LEN);
  signable.body = far_lambda_request_get_body (request, &signable.n_body);
  return far_http_signature_verify (&signable, &fields, far_clock_now_us (context->clock),
                                    ret_reader, error);
}

gboolean
far_market_need_reader (const FarLambdaContext *context,
                        FarLambdaRequest       *request,
                        FarLambdaResponse      *response,
                        char                    ret_reader[FAR_READER_LEN + 1])
{
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (context != NULL && request != NULL && response != NULL, FALSE);

  if (verify (context, request, ret_reader, &error))
    return TRUE;
  far_lambda_response_set_error (response, 401, signature_code (error), "%s", error->message);
  return FALSE;
}

gboolean
far_market_may_reader (const FarLambdaContext *context,
                       FarLambdaRequest       *request,
                       FarLambdaResponse      *response,
                       char                    ret_reader[FAR_READER_LEN + 1])
{
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (context != NULL && request != NULL && response != NULL, FALSE);

  if (verify (context, request, ret_reader, &error))
    return TRUE;
  if (g_error_matches (error, FAR_HTTP_SIGNATURE_ERROR, FAR_HTTP_SIGNATURE_ERROR_MISSING))
    {
      ret_reader[0] = '\0';
      return TRUE;
    }
  far_lambda_response_set_error (response, 401, signature_code (error), "%s", error->message);
  return FALSE;
}

JsonObject *
far_market_need_body (FarLambdaRequest  *request,
                      FarLambdaResponse *response,
                      const char        *name,
                      ...)
{
  const char *known[MEMBERS_MAX + 1] = { name };
  g_autoptr (GError) error = NULL;
  g_autoptr (GList) members = NULL;
  JsonObject *body;
  va_list args;
  guint n = 1;

  va_start (args, name);
  while ((known[n] = va_arg (args, const char *)) != NULL)
    g_assert (++n <= MEMBERS_MAX);
  va_end (args);

  body = far_lambda_request_get_json (request, &error);
  if (body == NULL)
    {
      far_lambda_response_set_error (response, 400, "bad_request", "%s", error->message);
      return NULL;
    }
  members = json_object_get_members (body);
  for (const GList *l = members; l != NULL; l = l->next)
    if (!g_strv_contains (known, l->data))
      {
        g_autofree char *list = g_strjoinv (", ", (char **) known);

        far_lambda_response_set_error (response, 400, "bad_request",
                                       "“%.64s” is not a member of this request; it takes %s",
                                       (const char *) l->data, list);
        return NULL;
      }
  return body;
}

const char *
far_market_need_string (JsonObject        *body,
                        const char        *name,
                        gsize              len_max,
                        FarLambdaResponse *response)
{
  g_autoptr (GError) error = NULL;
  const char *value;

  if (far_json_get_string (body, name, len_max, &value, &error))
    return value;
  far_lambda_response_set_error (response, 400, "bad_request", "%s", error->message);
  return NULL;
}

const FarArticle *
far_market_need_article (FarMarket         *market,
                         const char        *id,
                         FarLambdaResponse *response)
{
  const FarArticle *article;

  g_return_val_if_fail (market != NULL && response != NULL, NULL);

  article = far_publication_find_article (market->publication, id);
  if (article == NULL)
    far_lambda_response_set_error (response, 404, "unknown_article",
                                   "There is no article of this id; GET /articles lists them");
  else
    far_lambda_note ("article", article->id);
  return article;
}

/* Sentences for what is nobody's business but the operator's. */
static const struct {
  FarBookkeeperError code;
  const char        *sentence;
} inner[] = {
  { FAR_BOOKKEEPER_ERROR_UNKNOWN,
    "It is not known whether this was done. Send the same request with the same key again" },
  { FAR_BOOKKEEPER_ERROR_PROTOCOL,
    "It is not known whether this was done. Send the same request with the same key again" },
  { FAR_BOOKKEEPER_ERROR_UNAVAILABLE,
    "The books cannot be reached just now, and nothing was changed. Try again in a moment" },
  { FAR_BOOKKEEPER_ERROR_BUSY,
    "There is much to do just now, and nothing was changed. Try again in a moment" },
  { FAR_BOOKKEEPER_ERROR_UNKNOWN_PROPERTY,
    "The books do not know this publication yet. Try again in a moment" },
  { FAR_BOOKKEEPER_ERROR_UNKNOWN_CAMPAIGN,
    "The books do not know this campaign yet. Try again in a moment" },
  { FAR_BOOKKEEPER_ERROR_INTERNAL, NULL },
  { FAR_BOOKKEEPER_ERROR_UNKNOWN_COMMAND, NULL },
  { FAR_BOOKKEEPER_ERROR_NOT_ALLOWED, NULL },
};

const char *
far_market_explain (const GError  *error,
                    const char   **ret_code,
                    guint         *ret_status)
{
  static const char failed[] =
    "Something went wrong here, and nothing was changed. It has been noted; try again later";

  g_return_val_if_fail (error != NULL, NULL);

  *ret_code = far_bookkeeper_error_code (error);
  *ret_status = far_bookkeeper_error_status (error);
  if (error->domain != FAR_BOOKKEEPER_ERROR)
    {
      far_lambda_log (FAR_LAMBDA_LOG_ERROR, "failed: %s", error->message);
      return failed;
    }
  for (guint i = 0; i < G_N_ELEMENTS (inner); i++)
    if (error->code == (int) inner[i].code)
      {
        far_lambda_log (FAR_LAMBDA_LOG_ERROR, "bookkeeper: %s: %s", *ret_code, error->message);
        if (inner[i].sentence != NULL)
          return inner[i].sentence;
        *ret_code = "internal";
        *ret_status = 500;
        return failed;
      }
  return error->message;
}

void
far_market_refuse (FarLambdaResponse *response,
                   const GError      *error)
{
  const char *code, *message;
  guint status;

  g_return_if_fail (response != NULL && error != NULL);

  message = far_market_explain (error, &code, &status);
  if (status == 503)
    far_lambda_response_set_header (response, "retry-after", "1");
  far_lambda_response_set_error (response, status, code, "%s", message);
}

void
far_market_set_private (FarLambdaResponse *response,
                        FarJsonWriter     *writer)
{
  far_lambda_response_set_header (response, "cache-control", "no-store");
  far_lambda_response_set_json (response, writer);
}

/* Of a view, only the answer says what it was for. */
static void
note_entitlement (FarMarket   *market,
                  FarJsonSpan  entitlement)
{
  char article[ARTICLE_MAX + 2];
  FarJsonSpan name, value;

  while (far_json_walk (&entitlement, &name, &value))
    if (far_json_span_is (name, "article") && value.n_bytes <= sizeof article &&
        far_json_copy_string (value, article) > 0 &&
        far_publication_find_article (market->publication, article) != NULL)
      far_lambda_note ("article", article);
}

/* The answer's members but "ok", as they are. */
static void
pass_on (FarMarket     *market,
         FarJsonSpan    answer,
         FarJsonWriter *writer)
{
  FarJsonSpan name, value;

  far_json_writer_init (writer);
  far_json_begin_object (writer, NULL);
  while (far_json_walk (&answer, &name, &value))
    {
      g_autofree char *text = g_malloc (name.n_bytes);

      if (far_json_span_is (name, "ok") || far_json_copy_string (name, text) < 0)
        continue;
      if (strcmp (text, "entitlement") == 0)
        note_entitlement (market, value);
      far_json_add_raw (writer, text, value.text, (gssize) value.n_bytes);
    }
  far_json_end_object (writer);
}

gboolean
far_market_answer (FarMarket         *market,
                   FarJsonWriter     *request,
                   FarLambdaResponse *response)
{
  g_auto (FarJsonWriter) writer = { NULL };
  g_autoptr (GError) error = NULL;
  gsize n_bytes;
  g_autofree char *answer = far_market_ask (market, request, &n_bytes, &error);

  if (answer == NULL)
    {
      far_market_refuse (response, error);
      return FALSE;
    }
  pass_on (market, (FarJsonSpan) { answer, n_bytes }, &writer);
  far_market_set_private (response, &writer);
  return TRUE;
}
