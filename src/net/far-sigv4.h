/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AWS Signature Version 4: signing requests to live systems, verifying those to the platform's
 * Lambda endpoints; in headers and in the query (presigned), with session tokens.
 * No HTTP library, no state, any thread. */
#pragma once

#include <glib.h>

#include "base/far-crypto.h"

G_BEGIN_DECLS

#define FAR_SIGV4_ERROR (far_sigv4_error_quark ())
GQuark far_sigv4_error_quark (void);
typedef enum {
  FAR_SIGV4_ERROR_MISSING,     /* MissingAuthenticationTokenException: not signed at all */
  FAR_SIGV4_ERROR_INCOMPLETE,  /* IncompleteSignatureException: malformed, or a part is missing */
  FAR_SIGV4_ERROR_UNKNOWN_KEY, /* UnrecognizedClientException: no such access key or token */
  FAR_SIGV4_ERROR_EXPIRED,     /* InvalidSignatureException: outside its time */
  FAR_SIGV4_ERROR_MISMATCH,    /* InvalidSignatureException: another request, scope or secret */
} FarSigv4Error;

#define FAR_SIGV4_WINDOW_S 300
#define FAR_SIGV4_EXPIRES_MAX_S (7 * 24 * 3600)
#define FAR_SIGV4_HEADERS_MAX 100
#define FAR_SIGV4_PARAMETERS_MAX 200
#define FAR_SIGV4_DATE_LEN 16 /* "20150830T123600Z" */

typedef struct {
  const char *name; /* in any case */
  const char *value;
} FarSigv4Header;

typedef struct {
  const char *method;
  const char *path;   /* as on the request line: percent-encoded there, encoded once more in here */
  const char *query;  /* (nullable): as on the request line, without "?" */
  const FarSigv4Header *headers; /* signer: all are signed; Host must be among them */
  gsize n_headers;
  const void *body;   /* (nullable) */
  gsize n_body;
} FarSigv4Request;

typedef struct {
  const char *access_key_id;
  const char *secret_access_key;
  const char *session_token; /* (nullable) */
} FarSigv4Credentials;

typedef struct {
  const char *region;
  const char *service;
} FarSigv4Scope;

/* For X-Amz-Date. */
void     far_sigv4_format_date (gint64 now_us, char ret_date[FAR_SIGV4_DATE_LEN + 1]);

/* Returns: (transfer full): the value of Authorization. The request must be sent with it, with
 * X-Amz-Date (far_sigv4_format_date() of the same time) and, with a session token, with
 * X-Amz-Security-Token, neither of which must be among the headers given. */
char    *far_sigv4_sign        (const FarSigv4Request *request,
                                const FarSigv4Credentials *credentials,
                                const FarSigv4Scope *scope, gint64 now_us);
/* Returns: (transfer full): the whole query to send instead of request's. */
char    *far_sigv4_presign     (const FarSigv4Request *request,
                                const FarSigv4Credentials *credentials,
                                const FarSigv4Scope *scope, gint64 now_us, guint expires_s);

/* For tests and for error messages: what was hashed. (transfer full) */
char    *far_sigv4_canonical_request (const FarSigv4Request *request,
                                      const FarSigv4Credentials *credentials, gint64 now_us);

/* Finds which form the request uses, and checks it against one set of credentials. scope is what
 * the request must be signed for; a NULL region takes any. */
gboolean far_sigv4_verify      (const FarSigv4Request *request,
                                const FarSigv4Credentials *credentials,
                                const FarSigv4Scope *scope, gint64 now_us, GError **error);
/* The access key that a request claims to be signed with, so that its credentials can be looked up.
 * Returns: (transfer full) (nullable) */
char    *far_sigv4_get_access_key (const FarSigv4Request *request);

G_END_DECLS
