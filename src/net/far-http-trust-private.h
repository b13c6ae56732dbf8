/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to net: how the client decides on a server's certificate. */
#pragma once

#include <libsoup/soup.h>

#include "net/far-http-client.h"

G_BEGIN_DECLS

typedef struct _FarHttpTrustCheck FarHttpTrustCheck;

/* Reads the file once. */
FarHttpTrustCheck *far_http_trust_check_new  (const FarHttpTrust *trust, GError **error);
void               far_http_trust_check_free (FarHttpTrustCheck *self);
/* For the session. Returns: (transfer none) (nullable) */
GTlsDatabase      *far_http_trust_check_get_database (FarHttpTrustCheck *self);
/* SoupMessage::accept-certificate; user_data is the check. */
gboolean           far_http_trust_accept     (SoupMessage *message, GTlsCertificate *certificate,
                                              GTlsCertificateFlags errors, gpointer user_data);
/* Why a handshake failed, and what to do. Returns: (transfer full) */
char              *far_http_trust_explain    (SoupMessage *message, const GError *error);

G_END_DECLS
