/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verifier's side of AWS Signature Version 4. First what the request claims is read, from
 * Authorization or from the query (both at once is refused), then: scope, key and token, time,
 * coverage, and last the signature, compared in constant time. Host must be signed, and so must
 * every x-amz-* header that is there. */
#include "farthing-config.h"

#include "net/far-sigv4.h"

#include <string.h>

#include "base/far-clock.h"
#include "net/far-sigv4-canonical.h"

#define US_PER_S G_GINT64_CONSTANT (1000000)
#define SIGNATURE_HEX_LEN 64
#define CREDENTIAL_PARTS 5

typedef struct {
  gboolean in_query;
  char *credential;     /* AKID/20150830/region/service/aws4_request */
  char *signed_headers;
  char *signature;
  char *date;
  char *token;          /* nullable */
  gint64 expires_s;     /* of the query form */
} Claim;

static void
claim_clear (Claim *claim)
{
  g_free (claim->credential);
  g_free (claim->signed_headers);
  g_free (claim->signature);
  g_free (claim->date);
  g_free (claim->token);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Claim, claim_clear)

static gboolean
fail (GError        **error,
      FarSigv4Error   code,
      const char     *message)
{
  g_set_error_literal (error, FAR_SIGV4_ERROR, code, message);
  return FALSE;
}

static gboolean
fail_incomplete (GError     **error,
                 const char  *message)
{
  return fail (error, FAR_SIGV4_ERROR_INCOMPLETE, message);
}

/* The only field of that name; NULL also if there are two. */
static const char *
find_header (const FarSigv4Request *request,
             const char            *name)
{
  const char *found = NULL;

  for (gsize i = 0; i < request->n_headers; i++)
    {
      if (g_ascii_strcasecmp (request->headers[i].name, name) != 0)
        continue;
      if (found != NULL)
        return NULL;
      found = request->headers[i].value;
    }
  return found;
}

/* ---- Reading the claim ---- */

static gboolean
take_part (const char  *part,
           const char  *name,
           char       **ret_value)
{
  if (!g_str_has_prefix (part, name) || part[strlen (name)] != '=')
    return FALSE;
  if (*ret_value != NULL)
    return TRUE;
  *ret_value = g_strdup (part + strlen (name) + 1);
  return TRUE;
}

static gboolean
read_authorization (const char  *authorization,
                    Claim       *claim,
                    GError     **error)
{
  g_auto (GStrv) parts = NULL;

  if (!g_str_has_prefix (authorization, FAR_SIGV4_ALGORITHM " "))
    return fail_incomplete (error, "Authorization must begin with " FAR_SIGV4_ALGORITHM);
  parts = g_strsplit (authorization + strlen (FAR_SIGV4_ALGORITHM " "), ",", 4);
  for (gsize i = 0; parts[i] != NULL; i++)
    {
      const char *part = g_strstrip (parts[i]);

      if (!take_part (part, "Credential", &claim->credential) &&
          !take_part (part, "SignedHeaders", &claim->signed_headers) &&
          !take_part (part, "Signature", &claim->signature))
        return fail_incomplete (error, "Authorization has a part that is none of Credential, "
                                       "SignedHeaders and Signature");
    }
  return TRUE;
}

static gboolean
read_query_claim (GPtrArray  *parameters,
                  Claim      *claim,
                  GError    **error)
{
  const char *expires = far_sigv4_parameters_find (parameters, "X-Amz-Expires");
  const char *algorithm = far_sigv4_parameters_find (parameters, "X-Amz-Algorithm");

  if (g_strcmp0 (algorithm, FAR_SIGV4_ALGORITHM) != 0)
    return fail_incomplete (error, "X-Amz-Algorithm must be " FAR_SIGV4_ALGORITHM);
  if (expires == NULL ||
      !g_ascii_string_to_signed (expires, 10, 1, FAR_SIGV4_EXPIRES_MAX_S, &claim->expires_s, NULL))
    return fail_incomplete (error, "X-Amz-Expires must be 1 to 604800 seconds");

  claim->in_query = TRUE;
  claim->credential = g_strdup (far_sigv4_parameters_find (parameters, "X-Amz-Credential"));
  claim->signed_headers = g_strdup (far_sigv4_parameters_find (parameters, "X-Amz-SignedHeaders"));
  claim->signature = g_strdup (far_sigv4_parameters_find (parameters, "X-Amz-Signature"));
  claim->date = g_strdup (far_sigv4_parameters_find (parameters, "X-Amz-Date"));
  claim->token = g_strdup (far_sigv4_parameters_find (parameters, "X-Amz-Security-Token"));
  return TRUE;
}

static gboolean
read_claim (const FarSigv4Request  *request,
            GPtrArray              *parameters,
            Claim                  *claim,
            GError                **error)
{
  const char *authorization = find_header (request, "authorization");
  gboolean in_query = far_sigv4_parameters_find (parameters, "X-Amz-Signature") != NULL ||
                      far_sigv4_parameters_find (parameters, "X-Amz-Algorithm") != NULL;

  if (authorization == NULL && !in_query)
    return fail (error, FAR_SIGV4_ERROR_MISSING,
                 "The request is not signed; sign it with AWS Signature Version 4");
  if (authorization != NULL && in_query)
    return fail_incomplete (error, "The request is signed twice; sign the header or the query");

  if (in_query)
    {
      if (!read_query_claim (parameters, claim, error))
        return FALSE;
    }
  else
    {
      if (!read_authorization (authorization, claim, error))
        return FALSE;
      claim->date = g_strdup (find_header (request, "x-amz-date"));
      claim->token = g_strdup (find_header (request, "x-amz-security-token"));
    }

  if (claim->credential == NULL || claim->signed_headers == NULL || claim->signature == NULL ||
      claim->date == NULL)
    return fail_incomplete (error, "Credential, SignedHeaders, Signature and X-Amz-Date must each "
                                   "be there once");
  return TRUE;
}

/* ---- Judging it ---- */

/* "20150830T123600Z" */
static gboolean
parse_date (const char *date,
            gint64     *ret_us)
{
  g_autofree char *rfc3339 = NULL;

  if (strlen (date) != FAR_SIGV4_DATE_LEN)
    return FALSE;
  rfc3339 = g_strdup_printf ("%.4s-%.2s-%.3s%.2s:%.2s:%s", date, date + 4, date + 6, date + 9,
                             date + 11, date + 13);
  return far_time_parse_rfc3339 (rfc3339, ret_us);
}

static gboolean
check_time (const Claim  *claim,
            gint64        now_us,
            GError      **error)
{
  const gint64 window_us = FAR_SIGV4_WINDOW_S * US_PER_S;
  gint64 signed_us;
  gint64 end_us;

  if (!parse_date (claim->date, &signed_us))
    return fail_incomplete (error, "X-Amz-Date must look like 20150830T123600Z");
  end_us = signed_us + (claim->in_query ? claim->expires_s * US_PER_S : window_us);
  if (now_us < signed_us - window_us || now_us >= end_us + US_PER_S)
    return fail (error, FAR_SIGV4_ERROR_EXPIRED,
                 "The signature is too old or from the future; set the clock and sign again");
  return TRUE;
}

/* Fills in the region if any is welcome. */
static gboolean
check_credential (const Claim                *claim,
                  const FarSigv4Credentials  *credentials,
                  const FarSigv4Scope        *scope,
                  char                      **ret_region,
                  GError                    **error)
{
  g_auto (GStrv) parts = g_strsplit (claim->credential, "/", CREDENTIAL_PARTS + 1);

  if (g_strv_length (parts) != CREDENTIAL_PARTS || *parts[2] == '\0')
    return fail_incomplete (error, "Credential must be KEY/DATE/REGION/SERVICE/aws4_request");
  if (strcmp (parts[0], credentials->access_key_id) != 0 ||
      g_strcmp0 (claim->token, credentials->session_token) != 0)
    return fail (error, FAR_SIGV4_ERROR_UNKNOWN_KEY,
                 "The access key or its session token is not known here; use the credentials file "
                 "that farthingd names when it is ready");
  if (strncmp (parts[1], claim->date, 8) != 0 || strlen (parts[1]) != 8 ||
      (scope->region != NULL && strcmp (parts[2], scope->region) != 0) ||
      strcmp (parts[3], scope->service) != 0 || strcmp (parts[4], "aws4_request") != 0)
    return fail (error, FAR_SIGV4_ERROR_MISMATCH,
                 "The signature is for another date, region or service; sign for this one");

  *ret_region = g_strdup (parts[2]);
  return TRUE;
}

static gboolean
is_listed (const char *signed_headers,
           const char *name)
{
  g_auto (GStrv) names = g_strsplit (signed_headers, ";", -1);
  g_autofree char *lower = g_ascii_strdown (name, -1);

  return g_strv_contains ((const char *const *) names, lower);
}

static gboolean
check_coverage (const FarSigv4Request  *request,
                const Claim            *claim,
                GError                **error)
{
  if (!is_listed (claim->signed_headers, "host"))
    return fail_incomplete (error, "SignedHeaders must have host");
  for (gsize i = 0; i < request->n_headers; i++)
    if (g_ascii_strncasecmp (request->headers[i].name, "x-amz-", 6) == 0 &&
        !is_listed (claim->signed_headers, request->headers[i].name))
      return fail_incomplete (error, "SignedHeaders must have every x-amz-* header that is sent");
  return TRUE;
}

static gboolean
check_signature (const FarSigv4Request  *request,
                 const Claim            *claim,
                 GPtrArray              *parameters,
                 const FarSigv4Scope    *scope,
                 const char             *secret,
                 GError                **error)
{
  g_autofree char *query = far_sigv4_format_query (parameters, TRUE,
                                                   claim->in_query ? "X-Amz-Signature" : NULL);
  g_autofree char *hash = far_sigv4_hash_body (request->body, request->n_body);
  const char *sent_hash = find_header (request, "x-amz-content-sha256");
  g_autofree char *canonical = far_sigv4_canonical_form (request->method, request->path, query,
                                                         request->headers, request->n_headers,
                                                         claim->signed_headers, hash);
  g_autofree char *signature = NULL;

  if (canonical == NULL)
    return fail_incomplete (error, "SignedHeaders has a header that was not sent");
  signature = far_sigv4_signature (canonical, claim->date, scope, secret);
  if (strlen (claim->signature) != SIGNATURE_HEX_LEN ||
      !far_secret_equal (signature, claim->signature, SIGNATURE_HEX_LEN) ||
      (sent_hash != NULL && strcmp (sent_hash, hash) != 0))
    return fail (error, FAR_SIGV4_ERROR_MISMATCH,
                 "The signature is not the one of this request with this key; check the secret "
                 "access key and that nothing on the way changes the request");
  return TRUE;
}

/**
 * far_sigv4_verify:
 * @request: the request as it came in, with all its headers
 * @credentials: the only ones that are accepted
 * @scope: what it must be signed for; region NULL takes any
 * @now_us: µs since the Unix epoch
 * @error: a FarSigv4Error
 *
 * Returns: TRUE if the request was signed with @credentials and has not been changed since
 */
gboolean
far_sigv4_verify (const FarSigv4Request      *request,
                  const FarSigv4Credentials  *credentials,
                  const FarSigv4Scope        *scope,
                  gint64                      now_us,
                  GError                    **error)
{
  g_autoptr (GPtrArray) parameters = NULL;
  g_autofree char *region = NULL;
  g_auto (Claim) claim = { FALSE, };
  FarSigv4Scope signed_scope;

  g_return_val_if_fail (request != NULL && credentials != NULL && scope != NULL, FALSE);
  g_return_val_if_fail (scope->service != NULL, FALSE);

  if (request->n_headers > FAR_SIGV4_HEADERS_MAX)
    return fail_incomplete (error, "The request has too many headers");
  parameters = far_sigv4_parse_query (request->query, error);
  if (parameters == NULL || !read_claim (request, parameters, &claim, error) ||
      !check_credential (&claim, credentials, scope, &region, error) ||
      !check_time (&claim, now_us, error) || !check_coverage (request, &claim, error))
    return FALSE;

  signed_scope = (FarSigv4Scope) { region, scope->service };
  return check_signature (request, &claim, parameters, &signed_scope,
                          credentials->secret_access_key, error);
}

/**
 * far_sigv4_get_access_key:
 * @request: the request as it came in
 *
 * Returns: (transfer full) (nullable): the access key that it claims; nothing is verified
 */
char *
far_sigv4_get_access_key (const FarSigv4Request *request)
{
  g_autoptr (GPtrArray) parameters = NULL;
  g_auto (Claim) claim = { FALSE, };
  const char *slash;

  g_return_val_if_fail (request != NULL, NULL);

  parameters = far_sigv4_parse_query (request->query, NULL);
  if (parameters == NULL || !read_claim (request, parameters, &claim, NULL))
    return NULL;
  slash = strchr (claim.credential, '/');
  return slash != NULL ? g_strndup (claim.credential, (gsize) (slash - claim.credential)) : NULL;
}
