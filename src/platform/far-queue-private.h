/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between far-queue.c and far-queue-store.c. */
#pragma once

#include "platform/far-queue.h"

G_BEGIN_DECLS

struct _FarQueue {
  FarQueues    *queues;
  FarQueueSpec *spec;
  char         *arn;
  GSequence    *messages; /* by visible_us */
};

struct _FarQueues {
  FarPlatformStore *store;
  FarClock         *clock;
  GPtrArray        *queues;
  GHashTable       *by_id; /* owns the messages */
  guint             n_messages;
  gint64            n_bytes;
  FarQueueChanged   changed;
  gpointer          user_data;
};

void far_message_free      (FarMessage *message);
/* Takes it in; it is counted already. */
void far_queue_insert      (FarQueue *self, FarMessage *message);
void far_queues_count      (FarQueues *self, const FarMessage *message, int n);
/* What became of a message that was being stored; takes it. */
void far_queue_take_stored (FarMessage *message, gboolean good);
void far_queue_move        (FarMessage *message, FarQueue *target);

/* message: borrowed until it is stored, then told to far_queue_take_stored(). */
void far_queue_store_insert (FarMessage *message, FarStoreDone done, gpointer user_data);
/* Written behind, from copies. */
void far_queue_store_update (const FarMessage *message);
void far_queue_store_delete (const FarMessage *message);
void far_queue_store_purge  (FarQueue *queue);

G_END_DECLS
