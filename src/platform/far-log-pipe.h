/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process writes to stdout and stderr, cut into lines. A line longer than
 * FAR_LOG_LINE_MAX is cut there and its rest is dropped; what one turn reads is bounded, so that a
 * function that writes without end slows down itself and nobody else. Thread: the loop's. */
#pragma once

#include "platform/far-loop.h"

G_BEGIN_DECLS

typedef struct _FarLogPipe FarLogPipe;

/* text: no line end, NUL behind it; any bytes but NUL and line end. */
typedef void (*FarLogPipeLine) (const char *text, gsize n_bytes, gpointer user_data);

/* ret_write_fd: (transfer full): the end for the process. */
FarLogPipe *far_log_pipe_new   (FarLoop *loop, FarLogPipeLine line, gpointer user_data,
                                int *ret_write_fd, GError **error);
/* Hands out what has been written so far; with flush also a last line without end. */
void        far_log_pipe_drain (FarLogPipe *self, gboolean flush);
void        far_log_pipe_free  (FarLogPipe *self);

G_END_DECLS
