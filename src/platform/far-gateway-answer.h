/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a function answered, read as payload format 2.0 and turned into an HTTP response. Pure. */
#pragma once

#include "platform/far-http-server.h"

G_BEGIN_DECLS

/**
 * far_gateway_answer:
 * @payload: (transfer full): what the function posted
 * @ret_status: (out): the HTTP status
 *
 * JSON with a statusCode is a response; any other JSON is the body of a 200 with type
 * application/json (a string stands for its text).
 *
 * Returns: (transfer full) (nullable): NULL if it is no JSON, or a response that cannot be sent;
 *   the caller of the route gets a 502 then.
 */
FarHttpResponse *far_gateway_answer (char *payload, gsize n_payload, guint *ret_status);

/* The head of an answer that is streamed: JSON {statusCode, headers, cookies}; 200 without
 * statusCode. The body goes to ret_stream. Returns: (transfer full) (nullable): with ret_stream
 * set, or neither. */
FarHttpResponse *far_gateway_answer_stream (const char *payload, gsize n_payload,
                                            guint *ret_status, FarHttpStream **ret_stream);

G_END_DECLS
