/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question to the control API at a time, put on behalf of a widget or model that may go away,
 * or ask something else, before the answer is there. Main thread. */
#pragma once

#include "client/far-platform-client.h"

G_BEGIN_DECLS

/* A member of its owner; all zero at first. */
typedef struct {
  GCancellable *cancellable; /* of the question under way */
} FarInquiry;

/* answer: NULL if it failed; it failed for error, which is never G_IO_ERROR_CANCELLED. */
typedef void (*FarInquiryFunc) (gpointer      owner,
                                JsonObject   *answer,
                                const GError *error);

void     far_inquiry_send       (FarInquiry        *self,
                                 gpointer           owner,
                                 FarPlatformClient *client,
                                 const char        *method,
                                 const char        *url,
                                 GBytes            *body,
                                 FarInquiryFunc     func);
gboolean far_inquiry_is_pending (const FarInquiry  *self);
void     far_inquiry_cancel     (FarInquiry        *self);

G_END_DECLS
