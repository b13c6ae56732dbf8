/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues with the semantics of SQS's standard queues: a message that was received is invisible for
 * a while and comes back if nobody deletes it; one that was received too often goes to the queue's
 * dead letters; order is roughly that of sending.
 *
 * A message is acknowledged when it is on the disk. Receiving and deleting are written behind:
 * after a crash a message may come once more, never less. Times are the FarClock's. Thread: the
 * loop's. */
#pragma once

#include "base/far-clock.h"
#include "base/far-id.h"
#include "base/far-json.h"
#include "platform/far-platform-store.h"

G_BEGIN_DECLS

#define FAR_QUEUE_ERROR (far_queue_error_quark ())
GQuark far_queue_error_quark (void);
typedef enum {
  FAR_QUEUE_ERROR_SIZE,  /* of a message */
  FAR_QUEUE_ERROR_FULL,  /* too many messages, or bytes of them */
  FAR_QUEUE_ERROR_VALUE, /* a body or attributes that may not be */
} FarQueueError;

#define FAR_QUEUES_MAX 200
#define FAR_QUEUE_MESSAGE_MAX (1024 * 1024)  /* bytes of body and attributes: SQS's */
#define FAR_QUEUE_MESSAGES_MAX 200000        /* of all queues */
#define FAR_QUEUE_BYTES_MAX (256 * G_GINT64_CONSTANT (1024) * 1024)
#define FAR_QUEUE_ATTRIBUTES_MAX 10
#define FAR_QUEUE_ARN_PREFIX "arn:aws:sqs:us-east-1:000000000000:"
/* SQS's defaults and limits, in seconds. */
#define FAR_QUEUE_VISIBILITY_S 30
#define FAR_QUEUE_VISIBILITY_MAX_S 43200
#define FAR_QUEUE_RETENTION_S 345600
#define FAR_QUEUE_RETENTION_MIN_S 60
#define FAR_QUEUE_RETENTION_MAX_S 1209600
#define FAR_QUEUE_DELAY_MAX_S 900
#define FAR_QUEUE_RECEIVES_MAX 1000

typedef struct {
  char *name;
  guint visibility_s;
  guint retention_s;
  guint delay_s;
  guint receives_max;  /* 0 = no dead letters */
  char *dead_letter;   /* nullable: name of a queue */
} FarQueueSpec;

typedef struct _FarQueues FarQueues;
typedef struct _FarQueue FarQueue;

typedef struct {
  FarQueue      *queue;
  GSequenceIter *place;
  FarId          id;
  char          *body;
  gsize          n_body;
  char          *attributes; /* nullable: JSON, as an event's messageAttributes */
  gint64         sent_us;
  gint64         visible_us;
  gint64         first_received_us; /* 0 = never */
  guint          n_received;
} FarMessage;

/* Some message of the queue can be received now, or will be at another time than before. */
typedef void (*FarQueueChanged) (FarQueue *queue, gpointer user_data);

void          far_queue_spec_free     (FarQueueSpec *spec);

FarQueues    *far_queues_new          (FarPlatformStore *store, FarClock *clock);
void          far_queues_free         (FarQueues *self);
void          far_queues_set_changed  (FarQueues *self, FarQueueChanged changed,
                                       gpointer user_data);
/* spec: copied. NULL when there are FAR_QUEUES_MAX, or one of that name. */
FarQueue     *far_queues_add          (FarQueues *self, const FarQueueSpec *spec);
/* After the queues were added: takes their messages out of the store. Those of queues that are not
 * there any more stay in the store. */
gboolean      far_queues_load         (FarQueues *self, GError **error);
/* name: or ARN. */
FarQueue     *far_queues_find         (FarQueues *self, const char *name);
guint         far_queues_n            (FarQueues *self);
FarQueue     *far_queues_nth          (FarQueues *self, guint index);

const FarQueueSpec *far_queue_get_spec (FarQueue *self);
const char   *far_queue_get_arn       (FarQueue *self);
guint         far_queue_n_messages    (FarQueue *self);
/* Of them, those that can be received. */
guint         far_queue_n_visible     (FarQueue *self);
/* When the first invisible one can be received; G_MAXINT64 if there is none. */
gint64        far_queue_next_us       (FarQueue *self);
/* index: from that which is visible first. */
const FarMessage *far_queue_peek      (FarQueue *self, guint index);

/* delay_s: -1 = the queue's. attributes: (nullable). done: with NULL when it is on the disk; comes
 * later. FALSE with an error: it was not taken, and done does not come. */
gboolean      far_queue_send          (FarQueue *self, const char *body, gsize n_body,
                                       const char *attributes, int delay_s, FarId *ret_id,
                                       FarStoreDone done, gpointer user_data, GError **error);
/* Up to n_max messages that are visible, of at most bytes_max together (but one in any case), each
 * invisible from now on. Returns: (transfer container): of FarMessage, which stay the queue's and
 * may go at any time: keep ids. */
GPtrArray    *far_queue_receive       (FarQueue *self, guint n_max, gsize bytes_max);
/* FALSE: it is not there any more. */
gboolean      far_queue_delete        (FarQueue *self, const FarId *id);
/* It can be received again after so many seconds. */
gboolean      far_queue_release       (FarQueue *self, const FarId *id, guint after_s);
/* Returns: how many there were. */
guint         far_queue_purge         (FarQueue *self);
/* Sends up to n_max messages that can be received to another queue. Returns: how many. */
guint         far_queue_redrive       (FarQueue *self, FarQueue *target, guint n_max);

/* Whether text may be a body: XML's characters, as SQS has it. */
gboolean      far_queue_is_body       (const char *text, gsize n_bytes);
/* Attributes of String and Number, as {name: text} in JSON, made into messageAttributes.
 * Returns: (transfer full) (nullable) */
char         *far_queue_attributes    (JsonObject *plain, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarQueues, far_queues_free)

G_END_DECLS
