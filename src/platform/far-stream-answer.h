/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A streamed response on its way to an HTTP client, head and body, as function URLs give it.
 * Thread: the loop's. */
#pragma once

#include "platform/far-call.h"

G_BEGIN_DECLS

#define FAR_STREAM_PRELUDE_MAX (64 * 1024)

/* For calls whose user_data is the FarHttpRequest that waits for the answer: when the answer begins
 * to stream, it takes over the call's done, user_data and request.
 *
 * A response of the type application/vnd.awslambda.http-integration-response begins with JSON
 * {statusCode, headers, cookies} and 8 NUL bytes; any other is a 200 of its own type. A failure
 * behind the first byte cuts the connection; one before it is a 502. */
extern const FarCallSink far_stream_answer_sink;

G_END_DECLS
