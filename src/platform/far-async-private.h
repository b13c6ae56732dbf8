/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the parts of the asynchronous queue: an event on its way. */
#pragma once

#include "platform/far-async-queue.h"

G_BEGIN_DECLS

typedef struct {
  FarAsyncQueue *queue;
  char          *function; /* a name: the function may go before the event */
  GBytes        *payload;
  const char    *route;    /* interned; nullable */
  char          *client_context;
  char          *trace;
  FarId          request_id;
  gint64         accepted_us; /* FarClock */
  gint64         due_us;
  guint          n_errors;
  guint          n_throttles;
  guint          n_invoked;
  guint          n_deliveries; /* on their way before it may go */
} FarAsyncPending;

typedef enum {
  FAR_ASYNC_SUCCESS,
  FAR_ASYNC_RETRIES_EXHAUSTED,
  FAR_ASYNC_TOO_OLD,
} FarAsyncEnd;

/* far-async-store.c. Written behind but for the first. */
void     far_async_store_insert (FarPlatformStore *store, const FarAsyncPending *event,
                                 FarStoreDone done, gpointer user_data);
void     far_async_store_update (FarPlatformStore *store, const FarAsyncPending *event);
void     far_async_store_delete (FarPlatformStore *store, const FarAsyncPending *event);
/* Fills what a row has. */
typedef void (*FarAsyncVisit) (FarAsyncPending *event, gpointer user_data);
gboolean far_async_store_each   (FarPlatformStore *store, FarAsyncVisit visit, gpointer user_data,
                                 GError **error);

/* far-async-record.c: what a destination gets. call: (nullable): the last one.
 * Returns: (transfer full): JSON */
char    *far_async_record       (const FarAsyncPending *event, const FarFunction *function,
                                 FarAsyncEnd end, const FarCall *call, gint64 now_us);
/* What a dead letter carries beside the event. Returns: (transfer full): messageAttributes */
char    *far_async_dead_letter_attributes (const FarAsyncPending *event, const FarCall *call);

G_END_DECLS
