/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the decision whether an https server is who it should be, for clients with a CA file or a
 * pin of their own.
 *
 * With a pin the session is given no database of authorities at all, so that every certificate
 * comes to far_http_trust_accept(): a pin must also be able to refuse what an authority would let
 * pass. The request's head, and with it any secret, is sent after that. The client's thread. */
#include "net/far-http-trust-private.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#include "base/far-crypto.h"
#include "base/far-id.h"

#define SPKI_MAX 8192

struct _FarHttpTrustCheck {
  GTlsDatabase *session;     /* nullable: what the session asks first; NULL vouches for nobody */
  GTlsDatabase *authorities; /* nullable: those of the file, where there is a pin too */
  guint8        pin[FAR_SHA256_LEN];
  gboolean      pinned;
};

static gboolean
spki_hash (gnutls_x509_crt_t certificate, guint8 ret_hash[FAR_SHA256_LEN])
{
  g_autofree guint8 *spki = g_malloc (SPKI_MAX);
  gnutls_pubkey_t key;
  size_t n_bytes = SPKI_MAX;
  gboolean ok = FALSE;

  if (gnutls_pubkey_init (&key) != 0)
    return FALSE;
  if (gnutls_pubkey_import_x509 (key, certificate, 0) == 0 &&
      gnutls_pubkey_export (key, GNUTLS_X509_FMT_DER, spki, &n_bytes) == 0)
    {
      far_sha256 (spki, n_bytes, ret_hash);
      ok = TRUE;
    }
  gnutls_pubkey_deinit (key);
  return ok;
}

static gboolean
hash_of (const void *data, gsize n_bytes, gnutls_x509_crt_fmt_t format,
         guint8 ret_hash[FAR_SHA256_LEN])
{
  gnutls_datum_t datum = { (unsigned char *) data, (unsigned int) n_bytes };
  gnutls_x509_crt_t certificate;
  gboolean ok;

  if (n_bytes > G_MAXUINT || gnutls_x509_crt_init (&certificate) != 0)
    return FALSE;
  ok = gnutls_x509_crt_import (certificate, &datum, format) == 0 &&
       spki_hash (certificate, ret_hash);
  gnutls_x509_crt_deinit (certificate);
  return ok;
}

/**
 * far_http_pin_of_pem:
 * @pem: a certificate, or a chain with the server's own first
 * @n_bytes: its length
 *
 * Returns: (transfer full) (nullable): SHA-256 of its SubjectPublicKeyInfo in hex (what RFC 7469
 *   pins); NULL for text that is no certificate
 */
char *
far_http_pin_of_pem (const char *pem, gsize n_bytes)
{
  guint8 hash[FAR_SHA256_LEN];

  g_return_val_if_fail (pem != NULL, NULL);

  if (!hash_of (pem, n_bytes, GNUTLS_X509_FMT_PEM, hash))
    return NULL;
  return far_hex_encode (hash, sizeof hash);
}

static GTlsDatabase *
open_authorities (const char *path, GError **error)
{
  g_autoptr (GError) file_error = NULL;
  GTlsDatabase *database = g_tls_file_database_new (path, &file_error);

  if (database == NULL)
    g_set_error (error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_CERTIFICATE,
                 "The authorities in %s cannot be read: %s", path, file_error->message);
  return database;
}

FarHttpTrustCheck *
far_http_trust_check_new (const FarHttpTrust *trust, GError **error)
{
  g_autoptr (GTlsDatabase) authorities = NULL;
  g_autoptr (GTlsDatabase) session = NULL;
  FarHttpTrustCheck *self;
  guint8 pin[FAR_SHA256_LEN] = { 0 };

  if (trust->spki_pin != NULL && (strlen (trust->spki_pin) != FAR_HTTP_PIN_LEN ||
                                  !far_hex_decode (trust->spki_pin, pin, sizeof pin)))
    {
      g_set_error (error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_CERTIFICATE,
                   "A pin is the SHA-256 of the server's public key: %d lower-case hex digits",
                   FAR_HTTP_PIN_LEN);
      return NULL;
    }
  if (trust->ca_file != NULL)
    {
      authorities = open_authorities (trust->ca_file, error);
      if (authorities == NULL)
        return NULL;
    }
  if (trust->spki_pin == NULL)
    session = g_object_ref (authorities);
  self = g_new0 (FarHttpTrustCheck, 1);
  self->session = g_steal_pointer (&session);
  self->authorities = g_steal_pointer (&authorities);
  self->pinned = trust->spki_pin != NULL;
  memcpy (self->pin, pin, sizeof pin);
  return self;
}

void
far_http_trust_check_free (FarHttpTrustCheck *self)
{
  g_clear_object (&self->session);
  g_clear_object (&self->authorities);
  g_free (self);
}

GTlsDatabase *
far_http_trust_check_get_database (FarHttpTrustCheck *self)
{
  return self->session;
}

/* By the authorities of the file; the name and the time count too. */
static gboolean
is_vouched_for (FarHttpTrustCheck *self, SoupMessage *message, GTlsCertificate *certificate)
{
  g_autoptr (GSocketConnectable) identity =
    g_network_address_new (g_uri_get_host (soup_message_get_uri (message)),
                           (guint16) MAX (g_uri_get_port (soup_message_get_uri (message)), 0));

  return g_tls_database_verify_chain (self->authorities, certificate,
                                      G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, identity, NULL,
                                      G_TLS_DATABASE_VERIFY_NONE, NULL, NULL) == 0;
}

gboolean
far_http_trust_accept (SoupMessage *message, GTlsCertificate *certificate,
                       GTlsCertificateFlags errors, gpointer user_data)
{
  FarHttpTrustCheck *self = user_data;
  g_autoptr (GByteArray) der = NULL;
  guint8 hash[FAR_SHA256_LEN];
  gboolean same;

  if (!self->pinned)
    return FALSE;
  g_object_get (certificate, "certificate", &der, NULL);
  same = der != NULL && hash_of (der->data, der->len, GNUTLS_X509_FMT_DER, hash) &&
         memcmp (hash, self->pin, sizeof hash) == 0;
  if (!same)
    g_object_set_data (G_OBJECT (message), "far-pin-differs", GINT_TO_POINTER (TRUE));
  return same && (self->authorities == NULL || is_vouched_for (self, message, certificate));
}

char *
far_http_trust_explain (SoupMessage *message, const GError *error)
{
  GTlsCertificateFlags flags = soup_message_get_tls_peer_certificate_errors (message);
  const char *host = g_uri_get_host (soup_message_get_uri (message));
  const char *why = NULL;

  if (!g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    return g_strdup_printf ("No encrypted connection to %s: %s; is it an https address?", host,
                            error->message);
  if (g_object_get_data (G_OBJECT (message), "far-pin-differs") != NULL)
    why = "its public key is not the one that is pinned";
  else if ((flags & G_TLS_CERTIFICATE_BAD_IDENTITY) != 0)
    why = "it is made out to another name";
  else if ((flags & G_TLS_CERTIFICATE_EXPIRED) != 0)
    why = "it has expired";
  else if ((flags & G_TLS_CERTIFICATE_NOT_ACTIVATED) != 0)
    why = "it is not valid yet";
  else if ((flags & G_TLS_CERTIFICATE_REVOKED) != 0)
    why = "it was revoked";
  else
    why = "no trusted authority vouches for it; name its CA file or pin its public key";
  return g_strdup_printf ("The certificate of %s is not accepted: %s", host, why);
}
