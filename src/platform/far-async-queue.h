/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events invoked asynchronously: accepted, kept, tried, tried again as Lambda documents it.
 *
 *   a function's error      again after 1 minute, then after 2; then the event is given up
 *   a throttle or no instance   again after 1 s, doubled up to 5 minutes, for FAR_ASYNC_AGE_S
 *   a reserve of 0          given up at once
 *
 * Every attempt has the same request id. The queue is in memory: a stop of the platform loses what
 * waits for a retry, and says how much. Times are the FarClock's, so that a test clock that is
 * moved on brings retries on. Thread: the loop's. */
#pragma once

#include "platform/far-dispatcher.h"

G_BEGIN_DECLS

#define FAR_ASYNC_EVENTS_MAX 10000
#define FAR_ASYNC_BYTES_MAX (64 * 1024 * 1024)
#define FAR_ASYNC_RETRIES_MAX 2
#define FAR_ASYNC_RETRY_S 60 /* × the number of the retry */
#define FAR_ASYNC_BACKOFF_MAX_S 300
#define FAR_ASYNC_AGE_S G_GINT64_CONSTANT (21600) /* six hours */
/* Of the queue's own calls at a time: a backlog must not crowd out readers. */
#define FAR_ASYNC_IN_FLIGHT_MAX 32
/* Between two looks at what is due. */
#define FAR_ASYNC_LOOK_MIN_US 20000

typedef struct _FarAsyncQueue FarAsyncQueue;

FarAsyncQueue *far_async_queue_new  (FarLoop *loop, FarDispatcher *dispatcher);
/* No call of it may be in flight. */
void           far_async_queue_free (FarAsyncQueue *self);

/* route: (nullable): outlives the event. FALSE when the queue is full. */
gboolean       far_async_queue_push (FarAsyncQueue *self, FarFunction *function, GBytes *payload,
                                     const char *route, const FarId *request_id,
                                     const char *client_context);
guint          far_async_queue_length (FarAsyncQueue *self);
/* The clock was moved. */
void           far_async_queue_wake   (FarAsyncQueue *self);

G_END_DECLS
