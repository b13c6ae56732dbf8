/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a reader's device signs its requests: HTTP Message Signatures (RFC 9421) with Ed25519, one
 * signature labelled "sig" over @method, @path, @query and, where there is a body, content-digest
 * (RFC 9530, sha-256). Parameters: created, keyid (the public key in 64 hex digits), alg="ed25519".
 * Signer and verifier; no HTTP library, no state, any thread, safe in a fork server. */
#pragma once

#include <glib.h>

#include "base/far-crypto.h"

G_BEGIN_DECLS

#define FAR_HTTP_SIGNATURE_ERROR (far_http_signature_error_quark ())
GQuark far_http_signature_error_quark (void);
typedef enum {
  FAR_HTTP_SIGNATURE_ERROR_MISSING, /* not signed at all */
  FAR_HTTP_SIGNATURE_ERROR_SYNTAX,
  FAR_HTTP_SIGNATURE_ERROR_COVERAGE, /* something that must be covered is not */
  FAR_HTTP_SIGNATURE_ERROR_TIME,     /* created too long ago, or in the future */
  FAR_HTTP_SIGNATURE_ERROR_DIGEST,   /* the body is not the one that was signed */
  FAR_HTTP_SIGNATURE_ERROR_INVALID,  /* not this key's signature of this request */
} FarHttpSignatureError;

#define FAR_HTTP_SIGNATURE_WINDOW_S 300
#define FAR_HTTP_SIGNATURE_HEADER_MAX 1024
#define FAR_HTTP_KEYID_LEN 64

/* What is signed, as it stands on the request line. */
typedef struct {
  const char *method; /* "POST" */
  const char *path;   /* not unescaped, begins with "/" */
  const char *query;  /* (nullable): what is behind "?", not unescaped; NULL and "" are the same */
  const void *body;   /* (nullable) */
  gsize n_body;
} FarHttpSignable;

/* Values of the header fields of the same names; NULL where the field is absent. */
typedef struct {
  const char *signature_input;
  const char *signature;
  const char *content_digest;
} FarHttpSignatureFields;

/* Returns: (transfer full): to be added to the request: Signature-Input, Signature and, with a
 * body, Content-Digest. Free with far_http_signature_fields_free(). */
FarHttpSignatureFields *far_http_signature_sign (
  const FarHttpSignable *request,
  const guint8           private_key[FAR_ED25519_KEY_LEN],
  const guint8           public_key[FAR_ED25519_KEY_LEN],
  gint64                 now_us);
void     far_http_signature_fields_free (FarHttpSignatureFields *fields);

/* ret_keyid is who signed, 64 hex digits and a NUL; untouched on failure. */
gboolean far_http_signature_verify      (const FarHttpSignable *request,
                                         const FarHttpSignatureFields *fields,
                                         gint64 now_us,
                                         char ret_keyid[FAR_HTTP_KEYID_LEN + 1],
                                         GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarHttpSignatureFields, far_http_signature_fields_free)

G_END_DECLS
