/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The signer's side of AWS Signature Version 4. */
#include "farthing-config.h"

#include "net/far-sigv4.h"

#include <string.h>

#include "base/far-clock.h"
#include "net/far-sigv4-canonical.h"

G_DEFINE_QUARK (far-sigv4-error-quark, far_sigv4_error)

/**
 * far_sigv4_format_date:
 * @now_us: µs since the Unix epoch
 * @ret_date: (out caller-allocates): "20150830T123600Z" and a NUL
 */
void
far_sigv4_format_date (gint64 now_us,
                       char   ret_date[FAR_SIGV4_DATE_LEN + 1])
{
  g_autofree char *rfc3339 = far_time_to_rfc3339 (now_us);
  gsize n = 0;

  /* "2015-08-30T12:36:00.…" without its punctuation, down to the second. */
  for (const char *p = rfc3339; *p != '.'; p++)
    if (*p != '-' && *p != ':')
      ret_date[n++] = *p;
  ret_date[n++] = 'Z';
  ret_date[n] = '\0';
  g_assert (n == FAR_SIGV4_DATE_LEN);
}

/* The given headers, with those that signing adds. The strings stay the caller's. */
static GArray *
all_headers (const FarSigv4Request     *request,
             const FarSigv4Credentials *credentials,
             const char                *date)
{
  GArray *headers = g_array_new (FALSE, FALSE, sizeof (FarSigv4Header));
  FarSigv4Header date_header = { "x-amz-date", date };
  FarSigv4Header token_header = { "x-amz-security-token", credentials->session_token };

  g_assert (request->n_headers <= FAR_SIGV4_HEADERS_MAX);

  g_array_append_vals (headers, request->headers, (guint) request->n_headers);
  g_array_append_val (headers, date_header);
  if (credentials->session_token != NULL)
    g_array_append_val (headers, token_header);
  return headers;
}

/* The canonical form of the header variant, and the names that were signed. */
static char *
header_form (const FarSigv4Request      *request,
             const FarSigv4Credentials  *credentials,
             const char                 *date,
             char                      **ret_signed_headers)
{
  g_autoptr (GArray) headers = all_headers (request, credentials, date);
  const FarSigv4Header *first = (const FarSigv4Header *) (gpointer) headers->data;
  g_autoptr (GPtrArray) parameters = far_sigv4_parse_query (request->query, NULL);
  g_autofree char *query = NULL;
  g_autofree char *hash = far_sigv4_hash_body (request->body, request->n_body);

  g_return_val_if_fail (parameters != NULL, NULL);

  query = far_sigv4_format_query (parameters, TRUE, NULL);
  *ret_signed_headers = far_sigv4_signed_headers (first, headers->len);
  return far_sigv4_canonical_form (request->method, request->path, query, first, headers->len,
                                   *ret_signed_headers, hash);
}

/**
 * far_sigv4_canonical_request:
 * @request: the request as it will be sent
 * @credentials: whose session token, if any, is signed along
 * @now_us: µs since the Unix epoch
 *
 * Returns: (transfer full): what far_sigv4_sign() hashes
 */
char *
far_sigv4_canonical_request (const FarSigv4Request     *request,
                             const FarSigv4Credentials *credentials,
                             gint64                     now_us)
{
  char date[FAR_SIGV4_DATE_LEN + 1];
  g_autofree char *signed_headers = NULL;

  far_sigv4_format_date (now_us, date);
  return header_form (request, credentials, date, &signed_headers);
}

/**
 * far_sigv4_sign:
 * @request: the request as it will be sent; its query must be well escaped
 * @credentials: whose signature
 * @scope: region and service that it is for
 * @now_us: µs since the Unix epoch
 *
 * Returns: (transfer full): the value of Authorization
 */
char *
far_sigv4_sign (const FarSigv4Request     *request,
                const FarSigv4Credentials *credentials,
                const FarSigv4Scope       *scope,
                gint64                     now_us)
{
  char date[FAR_SIGV4_DATE_LEN + 1];
  g_autofree char *signed_headers = NULL;
  g_autofree char *canonical = NULL;
  g_autofree char *signature = NULL;
  g_autofree char *scope_text = NULL;

  g_return_val_if_fail (request != NULL && credentials != NULL && scope != NULL, NULL);

  far_sigv4_format_date (now_us, date);
  canonical = header_form (request, credentials, date, &signed_headers);
  signature = far_sigv4_signature (canonical, date, scope, credentials->secret_access_key);
  scope_text = far_sigv4_format_scope (date, scope);
  return g_strdup_printf (FAR_SIGV4_ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
                          credentials->access_key_id, scope_text, signed_headers, signature);
}

/**
 * far_sigv4_presign:
 * @request: the request as it will be sent, but for the query; its headers are signed too
 * @credentials: whose signature
 * @scope: region and service that it is for
 * @now_us: µs since the Unix epoch
 * @expires_s: for how many seconds it is valid, 1 to %FAR_SIGV4_EXPIRES_MAX_S
 *
 * Returns: (transfer full): the whole query, without "?"
 */
char *
far_sigv4_presign (const FarSigv4Request     *request,
                   const FarSigv4Credentials *credentials,
                   const FarSigv4Scope       *scope,
                   gint64                     now_us,
                   guint                      expires_s)
{
  char date[FAR_SIGV4_DATE_LEN + 1];
  g_autoptr (GPtrArray) parameters = far_sigv4_parse_query (request->query, NULL);
  g_autofree char *signed_headers = NULL;
  g_autofree char *scope_text = NULL;
  g_autofree char *credential = NULL;
  g_autofree char *expires = g_strdup_printf ("%u", expires_s);
  g_autofree char *query = NULL;
  g_autofree char *hash = NULL;
  g_autofree char *canonical = NULL;
  g_autofree char *signature = NULL;

  g_return_val_if_fail (parameters != NULL, NULL);
  g_return_val_if_fail (expires_s >= 1 && expires_s <= FAR_SIGV4_EXPIRES_MAX_S, NULL);

  far_sigv4_format_date (now_us, date);
  scope_text = far_sigv4_format_scope (date, scope);
  credential = g_strconcat (credentials->access_key_id, "/", scope_text, NULL);
  signed_headers = far_sigv4_signed_headers (request->headers, request->n_headers);
  far_sigv4_parameters_add (parameters, "X-Amz-Algorithm", FAR_SIGV4_ALGORITHM);
  far_sigv4_parameters_add (parameters, "X-Amz-Credential", credential);
  far_sigv4_parameters_add (parameters, "X-Amz-Date", date);
  far_sigv4_parameters_add (parameters, "X-Amz-Expires", expires);
  far_sigv4_parameters_add (parameters, "X-Amz-SignedHeaders", signed_headers);
  if (credentials->session_token != NULL)
    far_sigv4_parameters_add (parameters, "X-Amz-Security-Token", credentials->session_token);

  query = far_sigv4_format_query (parameters, TRUE, NULL);
  hash = far_sigv4_hash_body (request->body, request->n_body);
  canonical = far_sigv4_canonical_form (request->method, request->path, query, request->headers,
                                        request->n_headers, signed_headers, hash);
  signature = far_sigv4_signature (canonical, date, scope, credentials->secret_access_key);
  return g_strconcat (query, "&X-Amz-Signature=", signature, NULL);
}
