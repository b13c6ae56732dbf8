/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Invoke with the semantics of Lambda's API, for all who may ask for it: the Lambda endpoints, the
 * control API, schedules. Thread: the loop's. */
#pragma once

#include "platform/far-async-queue.h"
#include "platform/far-dispatcher.h"

G_BEGIN_DECLS

/* A part of an answer that the function streams. */
typedef void (*FarInvokePart) (const FarId *request_id, const char *data, gsize n_bytes,
                               gpointer user_data);

typedef struct {
  const char   *function;       /* a name */
  FarInvokeType type;
  GBytes       *payload;        /* empty stands for {} */
  const char   *route;          /* nullable; outlives the call */
  const char   *client_context; /* nullable; JSON on one line */
  const char   *trace;          /* nullable; an X-Ray header */
  gboolean      want_tail;
  gint64        arrival_us;     /* monotonic; 0 = now */
  FarInvokePart part;           /* nullable: then the result's payload is what was not streamed */
} FarInvokeRequest;

void far_invoke (FarDispatcher *dispatcher, FarAsyncQueue *queue, const FarInvokeRequest *request,
                 FarInvokeCallback callback, gpointer user_data);

G_END_DECLS
