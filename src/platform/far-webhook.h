/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends what happened to somebody's URL: signed as the Standard Webhooks specification says
 * (webhook-id, webhook-timestamp, webhook-signature "v1," and the base64 of HMAC-SHA256 over
 * "id.timestamp.body"), tried again after 5 s, 30 s, 2 min, 10 min and 1 h, and only to public
 * addresses or this machine's own. The queue is in memory and bounded; what is given up is told.
 * Thread: the main context's it was made on. */
#pragma once

#include <gio/gio.h>

#include "base/far-clock.h"

G_BEGIN_DECLS

#define FAR_WEBHOOKS_MAX 256
#define FAR_WEBHOOK_TRIES_MAX 6
#define FAR_WEBHOOK_TIMEOUT_US (G_GINT64_CONSTANT (10) * G_USEC_PER_SEC)

typedef struct _FarWebhooks FarWebhooks;

/* url was given up after the last try, or refused; why: for people. */
typedef void (*FarWebhookFailed) (const char *url, const char *why, gpointer user_data);

/* secret_path: made with 0600 if it is not there, as "whsec_" and base64. */
FarWebhooks *far_webhooks_new  (const char *secret_path, FarClock *clock, FarWebhookFailed failed,
                                gpointer user_data, GError **error);
void         far_webhooks_free (FarWebhooks *self);
/* body: JSON. FALSE if the queue is full; failed is not called then. */
gboolean     far_webhooks_send (FarWebhooks *self, const char *url, const char *body);
guint        far_webhooks_n_waiting (FarWebhooks *self);
/* For tests: waits of ms instead of s. */
void         far_webhooks_set_hurry (FarWebhooks *self, gboolean hurry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarWebhooks, far_webhooks_free)

G_END_DECLS
