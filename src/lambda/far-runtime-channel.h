/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An instance's end of the runtime stream (base/far-runtime-frame.h). Thread: one. */
#pragma once

#include "base/far-runtime-frame.h"

G_BEGIN_DECLS

typedef struct _FarRuntimeChannel FarRuntimeChannel;

/**
 * far_runtime_channel_new:
 * @fd: (transfer full): a connected stream socket
 *
 * Returns: (transfer full): the channel
 */
FarRuntimeChannel *far_runtime_channel_new     (int fd);
/* self: (nullable) */
void               far_runtime_channel_free    (FarRuntimeChannel *self);
/**
 * far_runtime_channel_send:
 * @self: a channel
 * @frame: what is to be said; borrowed
 * @error: FAR_LAMBDA_ERROR_CLOSED once the platform has gone, FAR_LAMBDA_ERROR_PROTOCOL
 *
 * Blocks until the kernel has all of it.
 *
 * Returns: TRUE if it was sent
 */
gboolean           far_runtime_channel_send    (FarRuntimeChannel *self,
                                                const FarRuntimeFrame *frame, GError **error);
/**
 * far_runtime_channel_receive:
 * @self: a channel
 * @ret_frame: (out): what the platform said; borrowed until the next call, a NUL behind its payload
 * @error: FAR_LAMBDA_ERROR_CLOSED once the platform has gone, FAR_LAMBDA_ERROR_PROTOCOL
 *
 * Waits for ever. More than one frame at a time was not asked for, and is an error.
 *
 * Returns: TRUE if there was one
 */
gboolean           far_runtime_channel_receive (FarRuntimeChannel *self,
                                                FarRuntimeFrame *ret_frame, GError **error);

G_END_DECLS
