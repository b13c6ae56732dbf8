/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How calls of the control and market APIs fail. The message is the server's own where it sent one,
 * and can be shown to people. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_CLIENT_ERROR (far_client_error_quark ())
GQuark far_client_error_quark (void);
typedef enum {
  FAR_CLIENT_ERROR_NOT_RUNNING,  /* nothing answers: no platform, or it has gone */
  FAR_CLIENT_ERROR_TIMEOUT,      /* no answer in time; a repeat with the same key is safe */
  FAR_CLIENT_ERROR_PROTOCOL,     /* an answer that cannot be understood */
  FAR_CLIENT_ERROR_BAD_REQUEST,  /* 400, 413, 422 */
  FAR_CLIENT_ERROR_UNAUTHORIZED, /* 401, 403: wrong or missing signature or token */
  FAR_CLIENT_ERROR_NOT_FOUND,    /* 404 */
  FAR_CLIENT_ERROR_CONFLICT,     /* 409, 425: idempotency, too soon, out of order */
  FAR_CLIENT_ERROR_PAYMENT,      /* 402: a payment method is needed, or a limit is reached */
  FAR_CLIENT_ERROR_THROTTLED,    /* 429, 503 */
  FAR_CLIENT_ERROR_SERVER,       /* other 5xx */
  FAR_CLIENT_ERROR_LAUNCH,       /* farthingd could not be started */
} FarClientError;

/* The API's own code of an error of this domain ("payment_method_required", "too_soon", …), or
 * "". Returns: (transfer none) */
const char *far_client_error_get_code   (const GError *error);
/* HTTP status of the answer, 0 where there was none. */
guint       far_client_error_get_status (const GError *error);

G_END_DECLS
