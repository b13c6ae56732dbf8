/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing and verifying webhooks (see the header). */
#include "market/far-provider-signature.h"

#include <string.h>

#include "base/far-crypto.h"
#include "base/far-id.h"

G_DEFINE_QUARK (far-provider-signature-error-quark, far_provider_signature_error)

static void
digest (const char *secret,
        const char *time_text,
        const char *body,
        gsize       n_body,
        guint8      ret_digest[FAR_SHA256_LEN])
{
  g_autoptr (GString) signed_text = g_string_sized_new (n_body + 24);

  g_string_append (signed_text, time_text);
  g_string_append_c (signed_text, '.');
  g_string_append_len (signed_text, body, (gssize) n_body);
  far_hmac_sha256 (secret, strlen (secret), signed_text->str, signed_text->len, ret_digest);
}

char *
far_provider_signature_sign (const char *secret,
                             gint64      time_s,
                             const char *body,
                             gsize       n_body)
{
  guint8 mac[FAR_SHA256_LEN];
  g_autofree char *hex = NULL;
  char time_text[32];

  g_return_val_if_fail (secret != NULL && (body != NULL || n_body == 0), NULL);

  g_snprintf (time_text, sizeof time_text, "%" G_GINT64_FORMAT, time_s);
  digest (secret, time_text, body, n_body, mac);
  hex = far_hex_encode (mac, sizeof mac);
  return g_strdup_printf ("t=%s,v1=%s", time_text, hex);
}

static gboolean
fail (GError                    **error,
      FarProviderSignatureError   code,
      const char                 *message)
{
  g_set_error_literal (error, FAR_PROVIDER_SIGNATURE_ERROR, code, message);
  return FALSE;
}

typedef struct {
  const char *time_text;
  gint64      time_s;
  guint8      macs[FAR_PROVIDER_SIGNATURES_MAX][FAR_SHA256_LEN];
  guint       n_macs;
} Header;

static gboolean
parse (char   **parts,
       Header  *ret_header)
{
  memset (ret_header, 0, sizeof *ret_header);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (g_str_has_prefix (parts[i], "t="))
        {
          if (ret_header->time_text != NULL ||
              !g_ascii_string_to_signed (parts[i] + 2, 10, 0, G_MAXINT64 / G_USEC_PER_SEC,
                                         &ret_header->time_s, NULL))
            return FALSE;
          ret_header->time_text = parts[i] + 2;
        }
      else if (g_str_has_prefix (parts[i], "v1="))
        {
          if (ret_header->n_macs >= FAR_PROVIDER_SIGNATURES_MAX ||
              !far_hex_decode (parts[i] + 3, ret_header->macs[ret_header->n_macs],
                               FAR_SHA256_LEN))
            return FALSE;
          ret_header->n_macs++;
        }
      else if (strchr (parts[i], '=') == NULL)
        return FALSE;
    }
  return ret_header->time_text != NULL && ret_header->n_macs > 0;
}

gboolean
far_provider_signature_verify (const char         *header,
                               const char *const  *secrets,
                               const char         *body,
                               gsize               n_body,
                               gint64              now_s,
                               GError            **error)
{
  g_auto (GStrv) parts = NULL;
  gboolean holds = FALSE;
  Header parsed;

  g_return_val_if_fail (secrets != NULL && (body != NULL || n_body == 0), FALSE);

  if (header != NULL && strlen (header) <= FAR_PROVIDER_SIGNATURE_HEADER_MAX)
    parts = g_strsplit (header, ",", FAR_PROVIDER_SIGNATURES_MAX + 4);
  if (parts == NULL || !parse (parts, &parsed))
    return fail (error, FAR_PROVIDER_SIGNATURE_ERROR_SYNTAX,
                 "Stripe-Signature is missing or not of the form t=…,v1=…");
  for (guint s = 0; secrets[s] != NULL; s++)
    {
      guint8 mac[FAR_SHA256_LEN];

      digest (secrets[s], parsed.time_text, body, n_body, mac);
      for (guint i = 0; i < parsed.n_macs; i++)
        holds |= far_secret_equal (mac, parsed.macs[i], sizeof mac);
    }
  if (!holds)
    return fail (error, FAR_PROVIDER_SIGNATURE_ERROR_FORGED,
                 "The webhook is not signed with this endpoint's secret, or its body was changed");
  if (ABS (now_s - parsed.time_s) > FAR_PROVIDER_SIGNATURE_TOLERANCE_S)
    return fail (error, FAR_PROVIDER_SIGNATURE_ERROR_STALE,
                 "The webhook was signed more than five minutes from now; send it again, signed "
                 "anew");
  return TRUE;
}
