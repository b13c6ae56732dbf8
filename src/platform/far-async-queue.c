/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarAsyncQueue: a lane for each function with its waiting events in order of their due time; those
 * in flight, on their way to the disk, or waiting for their records to be there, apart. Invariant:
 * n_events counts all of them, and each function's async_queued its own. */
#include "platform/far-async-private.h"

#include <string.h>

typedef struct {
  FarAsyncPending *event;
  FarStoreDone     done;
  gpointer         user_data;
} Accepting;

/* There while something waits in it or is in flight. */
typedef struct {
  char      *function;
  GSequence *waiting;
  guint      in_flight;
} Lane;

struct _FarAsyncQueue {
  FarLoop          *loop;
  FarDispatcher    *dispatcher;
  FarPlatformStore *store;
  FarQueues        *queues;
  FarClock         *clock;
  GHashTable       *lanes; /* function's name → Lane */
  FarLoopTask       task;
  FarLoopDeadline   deadline;
  guint             n_events;
  gint64            n_bytes;
  guint             in_flight;
};

static void run (gpointer user_data);

static int
compare_due (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const FarAsyncPending *one = a;
  const FarAsyncPending *two = b;

  return one->due_us < two->due_us ? -1 : one->due_us > two->due_us;
}

/* Whatever it is that it belongs to: n is 1 or -1. */
static void
count (FarAsyncPending *event, int n)
{
  FarAsyncQueue *self = event->queue;
  FarFunction *function = far_dispatcher_find (self->dispatcher, event->function);

  self->n_events += (guint) n;
  self->n_bytes += n * (gint64) g_bytes_get_size (event->payload);
  /* A function that was deleted and made again starts from 0. */
  if (function != NULL && (n > 0 || function->state.async_queued > 0))
    function->state.async_queued += (guint) n;
}

static void
event_free (FarAsyncPending *event)
{
  count (event, -1);
  g_bytes_unref (event->payload);
  g_free (event->function);
  g_free (event->client_context);
  g_free (event->trace);
  g_free (event);
}

static void
event_free_cb (gpointer data, gpointer user_data)
{
  event_free (data);
}

static void
lane_free (gpointer data)
{
  Lane *lane = data;

  g_sequence_foreach (lane->waiting, event_free_cb, NULL);
  g_sequence_free (lane->waiting);
  g_free (lane->function);
  g_free (lane);
}

static Lane *
lane_of (FarAsyncPending *event)
{
  Lane *lane = g_hash_table_lookup (event->queue->lanes, event->function);

  if (lane != NULL)
    return lane;
  lane = g_new0 (Lane, 1);
  lane->function = g_strdup (event->function);
  lane->waiting = g_sequence_new (NULL);
  g_hash_table_insert (event->queue->lanes, lane->function, lane);
  return lane;
}

FarAsyncQueue *
far_async_queue_new (FarLoop *loop, FarDispatcher *dispatcher, FarPlatformStore *store,
                     FarQueues *queues)
{
  FarAsyncQueue *self = g_new0 (FarAsyncQueue, 1);

  self->loop = loop;
  self->dispatcher = dispatcher;
  self->store = store;
  self->queues = queues;
  self->clock = far_dispatcher_get_clock (dispatcher);
  self->lanes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, lane_free);
  return self;
}

void
far_async_queue_free (FarAsyncQueue *self)
{
  g_assert (self->in_flight == 0);

  g_hash_table_unref (self->lanes);
  far_loop_cancel (self->loop, &self->task);
  far_loop_disarm (self->loop, &self->deadline);
  g_free (self);
}

static void
wait_until (FarAsyncPending *event, gint64 due_us)
{
  event->due_us = due_us;
  g_sequence_insert_sorted (lane_of (event)->waiting, event, compare_due, NULL);
  far_loop_defer (event->queue->loop, &event->queue->task, run, event->queue);
}

/* ---- The end of an event ---- */

/* It goes once its records are on the disk. */
static void
settle (FarAsyncPending *event)
{
  if (event->n_deliveries > 0)
    return;
  far_async_store_delete (event->queue->store, event);
  event_free (event);
}

static void
on_delivered (gpointer data, const GError *error)
{
  FarAsyncPending *event = data;

  if (error != NULL)
    far_dispatcher_annotate (event->queue->dispatcher, NULL, "destination_failed", error->message);
  event->n_deliveries--;
  settle (event);
}

/* To a queue or a function. */
static void
deliver (FarAsyncPending *event, const char *arn, const char *body, const char *attributes)
{
  FarAsyncQueue *self = event->queue;
  FarQueue *queue = far_queues_find (self->queues, arn);
  const char *function = g_strrstr (arn, ":function:");
  g_autoptr (GError) error = NULL;
  gboolean taken = FALSE;

  event->n_deliveries++;
  if (queue != NULL)
    taken = far_queue_send (queue, body, strlen (body), attributes, -1, NULL, on_delivered, event,
                            &error);
  else if (function != NULL)
    {
      g_autofree char *name = g_strndup (function + strlen (":function:"),
                                         strcspn (function + strlen (":function:"), ":"));
      FarAsyncEvent next = { .function = name, .payload = g_bytes_new (body, strlen (body)),
                             .route = "destination", .trace = event->trace };

      far_id_init (&next.request_id, self->clock);
      taken = g_bytes_get_size (next.payload) <= FAR_PAYLOAD_ASYNC_MAX
              && far_dispatcher_find (self->dispatcher, name) != NULL
              && far_async_queue_push (self, &next, on_delivered, event);
      g_bytes_unref (next.payload);
    }
  if (taken)
    return;
  event->n_deliveries--;
  {
    g_autofree char *text = g_strdup_printf (
        "What became of an event of %s cannot be delivered to %s: %s", event->function, arn,
        error != NULL ? error->message : "there is no such queue or function, or it is full");

    far_dispatcher_annotate (self->dispatcher, NULL, "destination_failed", text);
  }
}

static void
deliver_record (FarAsyncPending *event, FarFunction *function, const char *arn, FarAsyncEnd end,
                const FarCall *call)
{
  g_autofree char *record = NULL;

  if (arn == NULL)
    return;
  record = far_async_record (event, function, end, call, far_clock_now_us (event->queue->clock));
  deliver (event, arn, record, NULL);
}

/* Nothing more is to be done with it. function: NULL when it was deleted. */
static void
end (FarAsyncPending *event, FarFunction *function, FarAsyncEnd how, const FarCall *call,
     const char *why)
{
  if (how != FAR_ASYNC_SUCCESS)
    {
      g_autofree char *text = g_strdup_printf ("An asynchronous event of %s was given up: %s",
                                               event->function, why);

      far_dispatcher_annotate (event->queue->dispatcher, function, "async_given_up", text);
    }
  event->n_deliveries++; /* until all are on their way */
  if (function != NULL && how == FAR_ASYNC_SUCCESS)
    deliver_record (event, function, function->spec->async.on_success, how, call);
  else if (function != NULL)
    {
      deliver_record (event, function, function->spec->async.on_failure, how, call);
      if (function->spec->dead_letter != NULL)
        {
          g_autofree char *attributes = far_async_dead_letter_attributes (event, call);
          gsize n_bytes;
          const char *data = g_bytes_get_data (event->payload, &n_bytes);
          g_autofree char *body = g_strndup (data, n_bytes);

          deliver (event, function->spec->dead_letter, body, attributes);
        }
    }
  event->n_deliveries--;
  settle (event);
}

/* ---- Attempts ---- */

static gint64
age_max_us (FarFunction *function)
{
  gint64 age_s = function->spec->async.age_s > 0 ? function->spec->async.age_s : FAR_ASYNC_AGE_S;

  return age_s * G_USEC_PER_SEC;
}

static void
on_done (FarCall *call, gpointer user_data)
{
  FarAsyncPending *event = user_data;
  FarAsyncQueue *self = event->queue;
  FarFunction *function = call->function;
  gint64 now_us = far_clock_now_us (self->clock);
  gboolean refused = call->outcome == FAR_INVOCATION_THROTTLE
                     || g_strcmp0 (call->error_type, "ServiceException") == 0;
  int retries = function->spec->async.retries;
  gint64 delay_s;

  self->in_flight--;
  lane_of (event)->in_flight--;
  far_loop_defer (self->loop, &self->task, run, self);
  event->n_invoked += !refused;
  if (call->outcome == FAR_INVOCATION_OK)
    {
      end (event, function, FAR_ASYNC_SUCCESS, call, NULL);
      return;
    }
  if (refused && function->spec->reserved_concurrency == 0)
    {
      end (event, function, FAR_ASYNC_RETRIES_EXHAUSTED, call,
           "the function's reserved concurrency is 0");
      return;
    }
  delay_s = refused ? MIN (1u << MIN (event->n_throttles, 16), FAR_ASYNC_BACKOFF_MAX_S)
                    : FAR_ASYNC_RETRY_S * (event->n_errors + 1);
  if (refused)
    event->n_throttles++;
  else if ((int) event->n_errors++ >= (retries >= 0 ? retries : FAR_ASYNC_RETRIES_MAX))
    {
      end (event, function, FAR_ASYNC_RETRIES_EXHAUSTED, call, "its retries are used up");
      return;
    }
  if (now_us + delay_s * G_USEC_PER_SEC > event->accepted_us + age_max_us (function))
    {
      end (event, function, FAR_ASYNC_TOO_OLD, call, "it would be older than it may be");
      return;
    }
  wait_until (event, now_us + delay_s * G_USEC_PER_SEC);
  far_async_store_update (self->store, event);
}

static void
submit (FarAsyncPending *event)
{
  FarAsyncQueue *self = event->queue;
  FarFunction *function = far_dispatcher_find (self->dispatcher, event->function);
  FarCall *call;

  if (function == NULL)
    {
      end (event, NULL, FAR_ASYNC_RETRIES_EXHAUSTED, NULL, "the function was deleted");
      return;
    }
  if (far_clock_now_us (self->clock) > event->accepted_us + age_max_us (function))
    {
      end (event, function, FAR_ASYNC_TOO_OLD, NULL, "it is older than it may be");
      return;
    }
  call = far_call_new (function, self->clock, event->payload, event->route, event->trace, 0,
                       on_done, event);
  call->request_id = event->request_id;
  call->client_context = g_strdup (event->client_context);
  self->in_flight++;
  lane_of (event)->in_flight++;
  far_dispatcher_submit (self->dispatcher, call);
}

static gboolean
may_start (FarAsyncQueue *self, const Lane *lane)
{
  return lane->in_flight == 0
         || (lane->in_flight < FAR_ASYNC_OF_FUNCTION_MAX
             && self->in_flight < FAR_ASYNC_IN_FLIGHT_MAX);
}

/* Returns: when to look at it again, FarClock's µs; G_MAXINT64: when one of its calls is done. */
static gint64
run_lane (FarAsyncQueue *self, Lane *lane, gint64 now_us)
{
  while (!g_sequence_is_empty (lane->waiting) && may_start (self, lane))
    {
      GSequenceIter *first = g_sequence_get_begin_iter (lane->waiting);
      FarAsyncPending *event = g_sequence_get (first);

      if (event->due_us > now_us)
        return event->due_us;
      g_sequence_remove (first);
      submit (event);
    }
  return G_MAXINT64;
}

static gboolean
is_done (gpointer name, gpointer lane, gpointer user_data)
{
  return ((Lane *) lane)->in_flight == 0 && g_sequence_is_empty (((Lane *) lane)->waiting);
}

static void
run (gpointer user_data)
{
  FarAsyncQueue *self = user_data;
  /* A call that is refused at once comes back to its lane. */
  g_autoptr (GList) lanes = g_hash_table_get_values (self->lanes);
  gint64 now_us = far_clock_now_us (self->clock);
  gint64 next_us = G_MAXINT64;
  GList *link;

  for (link = lanes; link != NULL; link = link->next)
    next_us = MIN (next_us, run_lane (self, link->data, now_us));
  g_hash_table_foreach_remove (self->lanes, is_done, NULL);
  /* The two clocks need not run alike: never look again at once. */
  if (next_us < G_MAXINT64)
    far_loop_arm (self->loop, &self->deadline,
                  g_get_monotonic_time () + MAX (next_us - now_us, FAR_ASYNC_LOOK_MIN_US), run,
                  self);
}

/* ---- In ---- */

static void
on_stored (gpointer data, const GError *error)
{
  g_autofree Accepting *accepting = data;
  FarAsyncPending *event = accepting->event;

  if (accepting->done != NULL)
    accepting->done (accepting->user_data, error);
  if (error != NULL)
    event_free (event);
  else
    wait_until (event, event->accepted_us);
}

gboolean
far_async_queue_push (FarAsyncQueue *self, const FarAsyncEvent *given, FarStoreDone done,
                      gpointer user_data)
{
  FarAsyncPending *event;
  Accepting *accepting;

  if (self->n_events >= FAR_ASYNC_EVENTS_MAX
      || self->n_bytes + (gint64) g_bytes_get_size (given->payload) > FAR_ASYNC_BYTES_MAX)
    return FALSE;
  event = g_new0 (FarAsyncPending, 1);
  event->queue = self;
  event->function = g_strdup (given->function);
  event->payload = g_bytes_ref (given->payload);
  event->route = g_intern_string (given->route);
  event->client_context = g_strdup (given->client_context);
  event->trace = g_strdup (given->trace);
  event->request_id = given->request_id;
  event->accepted_us = event->due_us = far_clock_now_us (self->clock);
  count (event, 1);
  accepting = g_new (Accepting, 1);
  *accepting = (Accepting){ event, done, user_data };
  far_async_store_insert (self->store, event, on_stored, accepting);
  return TRUE;
}

static void
take_up (FarAsyncPending *event, gpointer user_data)
{
  event->queue = user_data;
  count (event, 1);
  wait_until (event, event->due_us);
}

gboolean
far_async_queue_load (FarAsyncQueue *self, GError **error)
{
  return far_async_store_each (self->store, take_up, self, error);
}

guint
far_async_queue_length (FarAsyncQueue *self)
{
  return self->n_events;
}

void
far_async_queue_wake (FarAsyncQueue *self)
{
  far_loop_defer (self->loop, &self->task, run, self);
}
