/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event {"check":"provider"}, which every function that speaks to the payment provider takes
 * beside its own: it asks whether the provider takes the key, and whose money the key moves. One
 * thread; no state. */
#pragma once

#include "lambda/far-lambda.h"

G_BEGIN_DECLS

/* Whether this is that event. */
gboolean far_provider_check_is_asked (const char *event, gsize n_bytes);
/* Appends {"provider":{"ok","message","key":"test|live|untold","live","public_url"}}. The key
 * itself stays here. */
void     far_provider_check_answer   (const FarLambdaContext *context, GString *result);
/* FarLambdaFunction.event of functions that otherwise take requests alone. */
gboolean far_provider_check_event    (const FarLambdaContext *context, const char *event,
                                      gsize n_bytes, GString *result, GError **error);

G_END_DECLS
