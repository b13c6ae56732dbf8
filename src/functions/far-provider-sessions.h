/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a press of a button on Checkout's hosted page does. Only for the test provider. */
#pragma once

#include "functions/far-provider-api.h"

G_BEGIN_DECLS

typedef enum {
  FAR_SESSION_DONE,
  FAR_SESSION_DECLINED,     /* another try */
  FAR_SESSION_AUTHENTICATE, /* the bank wants to see the customer */
  FAR_SESSION_LOST,         /* paid, and the page that says so is lost */
} FarSessionStep;

/* session is of status open. button: "succeeds", "declines", … */
gboolean far_provider_session_press (const FarProviderCall *call, JsonObject *session,
                                     const char *button, FarSessionStep *ret_step,
                                     GError **error);

G_END_DECLS
