/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An NDJSON answer that goes on: lines are sent as they come, the backlog is bounded, and the end
 * of either side is noticed. Private to the control API; the main context's thread. */
#pragma once

#include <libsoup/soup.h>

#include "platform/far-control.h"

G_BEGIN_DECLS

typedef struct _FarControlStream FarControlStream;

/* Called once, when the stream is over for whatever reason; the stream is freed after it. */
typedef void (*FarControlStreamClosed) (FarControlStream *stream, gpointer user_data);

/* Begins a 200 answer on msg, which must be in its handler or paused. */
FarControlStream *far_control_stream_new  (SoupServerMessage *msg, FarControlStreamClosed closed,
                                           gpointer user_data);
/* line: without its end. FALSE if the reader was too far behind: the stream has then been ended
 * with a line {"type":"dropped","message":…}, and takes no more. */
gboolean          far_control_stream_send (FarControlStream *self, const char *line, gsize n_bytes);
/* Nothing more will come; closed() follows once the reader has it all, or has gone. */
void              far_control_stream_end  (FarControlStream *self);

G_END_DECLS
