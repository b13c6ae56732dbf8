/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header Stripe-Signature of webhooks (Stripe's documentation, "Verify webhook signatures
 * manually"): "t=SECONDS,v1=HEX[,v1=HEX…]", where HEX is HMAC-SHA256 (secret, "SECONDS.BODY").
 * Other schemes than v1 are passed over. Compared in constant time. Pure; thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_PROVIDER_SIGNATURE_ERROR (far_provider_signature_error_quark ())
GQuark far_provider_signature_error_quark (void);
typedef enum {
  FAR_PROVIDER_SIGNATURE_ERROR_SYNTAX, /* no such header, or not of that form */
  FAR_PROVIDER_SIGNATURE_ERROR_STALE,  /* signed too long ago, or in the future */
  FAR_PROVIDER_SIGNATURE_ERROR_FORGED, /* signed with no secret of ours, or the body is another */
} FarProviderSignatureError;

#define FAR_PROVIDER_SIGNATURE_TOLERANCE_S 300
#define FAR_PROVIDER_SIGNATURE_HEADER_MAX 4096 /* bytes */
#define FAR_PROVIDER_SIGNATURES_MAX 16         /* in one header */

/* Returns: (transfer full): the header's value */
char    *far_provider_signature_sign   (const char  *secret,
                                        gint64       time_s,
                                        const char  *body,
                                        gsize        n_body);
/* header: (nullable): missing is SYNTAX. secrets: NULL-terminated; while a secret is rolled both
 * hold. The time is looked at only once a signature holds: who cannot sign learns nothing of our
 * clock. */
gboolean far_provider_signature_verify (const char         *header,
                                        const char *const  *secrets,
                                        const char         *body,
                                        gsize               n_body,
                                        gint64              now_s,
                                        GError            **error);

G_END_DECLS
