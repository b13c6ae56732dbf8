/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events invoked asynchronously: accepted, kept, tried, tried again as Lambda documents it.
 *
 *   a function's error      again after 1 minute, then after 2; MaximumRetryAttempts times
 *   a throttle or no instance   again after 1 s, doubled up to 5 minutes
 *   older than MaximumEventAgeInSeconds, by default six hours   given up
 *   a reserve of 0          given up at once
 *
 * What is given up goes to the function's dead letters (the event itself) and its on-failure
 * destination, what succeeded to its on-success destination (both get a record of what happened).
 *
 * An event is accepted when it is on the disk, and goes from there when it is done and its records
 * are on the disk: no crash loses one, and one that was running may run once more. Every attempt
 * has the same request id. Times are the FarClock's, so that a test clock that is moved on brings
 * retries on. Thread: the loop's. */
#pragma once

#include "platform/far-dispatcher.h"
#include "platform/far-queue.h"

G_BEGIN_DECLS

#define FAR_ASYNC_EVENTS_MAX 100000
#define FAR_ASYNC_BYTES_MAX (256 * G_GINT64_CONSTANT (1024) * 1024)
#define FAR_ASYNC_RETRIES_MAX 2
#define FAR_ASYNC_RETRY_S 60 /* × the number of the retry */
#define FAR_ASYNC_BACKOFF_MAX_S 300
#define FAR_ASYNC_AGE_S 21600 /* six hours */
/* Of the queue's own calls at a time, of one function and of all: a backlog must not crowd out
 * readers. One of each function may always be, so that none waits for another's. */
#define FAR_ASYNC_OF_FUNCTION_MAX 32
#define FAR_ASYNC_IN_FLIGHT_MAX 128
/* Between two looks at what is due. */
#define FAR_ASYNC_LOOK_MIN_US 20000

typedef struct _FarAsyncQueue FarAsyncQueue;

typedef struct {
  const char  *function;
  GBytes      *payload;
  const char  *route;          /* nullable */
  const char  *client_context; /* nullable */
  const char  *trace;          /* nullable */
  FarId        request_id;
} FarAsyncEvent;

/* queues: where dead letters and records go. All outlive it. */
FarAsyncQueue *far_async_queue_new  (FarLoop *loop, FarDispatcher *dispatcher,
                                     FarPlatformStore *store, FarQueues *queues);
/* Takes up what was accepted before. */
gboolean       far_async_queue_load (FarAsyncQueue *self, GError **error);
/* No call of it may be in flight, and nothing on its way to the disk. */
void           far_async_queue_free (FarAsyncQueue *self);

/* Copies what it keeps. FALSE when the queue is full: done does not come. done: (nullable): comes
 * later; with NULL once the event is accepted. */
gboolean       far_async_queue_push (FarAsyncQueue *self, const FarAsyncEvent *event,
                                     FarStoreDone done, gpointer user_data);
guint          far_async_queue_length (FarAsyncQueue *self);
/* The clock was moved. */
void           far_async_queue_wake   (FarAsyncQueue *self);

G_END_DECLS
