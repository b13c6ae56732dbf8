/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Runtime API on an inherited stream: what far-runtime-api.h is over HTTP, in the frames of
 * base/far-runtime-frame.h. A response is also the request for the next event.
 *
 * Who begins with other bytes than a frame's is handed on to the worker's endpoint, and speaks
 * HTTP: a function that was built before there were frames. Bytes that are no frame end the
 * instance. What an instance does not read is kept until it does; nothing more is read from it
 * meanwhile. Thread: the loop's. */
#pragma once

#include "platform/far-worker.h"

G_BEGIN_DECLS

#define FAR_RUNTIME_STREAM_READ (64 * 1024) /* at once */
#define FAR_RUNTIME_STREAM_UNASKED_MAX (512 * 1024) /* a frame of whoever has no event to answer */
#define FAR_RUNTIME_STREAM_READS_MAX 4      /* of one turn, before others get theirs */

/**
 * far_runtime_stream_new:
 * @worker: whose instance has the other end; outlives the stream
 * @fd: (transfer full): a connected stream socket; closed also where this fails
 * @error: an error of the loop
 *
 * Returns: (transfer full) (nullable): the stream, read from now on
 */
FarRuntimeStream *far_runtime_stream_new  (FarWorker *worker, int fd, GError **error);
/* self: (nullable) */
void              far_runtime_stream_free (FarRuntimeStream *self);
/* The answer to what its instance has asked for. event is borrowed. */
void              far_runtime_stream_send (FarRuntimeStream *self, const FarRuntimeFrame *frame);

G_END_DECLS
