/* SPDX-License-Identifier: GPL-3.0-or-later */
/* InvokeWithResponseStream: a function's answer as frames of an event stream, PayloadChunk for each
 * part as it comes, InvokeComplete at the end. Thread: the loop's. */
#pragma once

#include "platform/far-http-server.h"
#include "platform/far-invoke.h"

G_BEGIN_DECLS

/* A buffered answer is cut into chunks of this many bytes. */
#define FAR_LAMBDA_CHUNK_MAX (256 * 1024)
/* Of a function's error, which need not be text; each byte may take six in JSON, and all of them
 * stand in one frame. */
#define FAR_LAMBDA_ERROR_DETAILS_MAX (1024 * 1024)

/* wanted: without part, which is set here. refused: gets what is no invocation, and request. */
void far_lambda_stream_invoke (FarDispatcher *dispatcher, FarAsyncQueue *queue,
                               FarInvokeRequest *wanted, FarHttpRequest *request,
                               FarInvokeCallback refused);

G_END_DECLS
