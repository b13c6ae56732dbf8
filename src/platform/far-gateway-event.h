/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An HTTP request as an event of API Gateway's payload format 2.0. rawPath is the path as it was
 * sent, still escaped, as Lambda function URLs give it: what a client signed can then be verified.
 * No state; the thread of the request. */
#pragma once

#include "platform/far-call.h"
#include "platform/far-http-server.h"
#include "platform/far-routes.h"

G_BEGIN_DECLS

/* path: as the function is to see it. wall_us: when it came, since the epoch.
 * Returns: (transfer full): JSON */
GBytes *far_gateway_event_new (FarHttpRequest *request, const FarRouteMatch *match,
                               const char *path, const char *request_id, gint64 wall_us);

/* Whether a body of this type is put into JSON as text (text types, JSON, XML, JavaScript, form
 * data); otherwise as base64. */
gboolean far_gateway_is_text  (const char *content_type);

G_END_DECLS
