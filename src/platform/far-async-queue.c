/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarAsyncQueue: waiting events in order of their due time, those in flight apart. Invariant:
 * n_events = waiting + in flight, and each function's async_queued counts its own of them. */
#include "platform/far-async-queue.h"

#include <string.h>

typedef struct {
  FarAsyncQueue *queue;
  FarFunction   *function;
  GBytes        *payload;
  const char    *route;
  char          *client_context;
  FarId          request_id;
  gint64         accepted_us; /* FarClock */
  gint64         due_us;
  guint          n_errors;
  guint          n_throttles;
} Event;

struct _FarAsyncQueue {
  FarLoop        *loop;
  FarDispatcher  *dispatcher;
  FarClock       *clock;
  GSequence      *waiting;
  FarLoopTask     task;
  FarLoopDeadline deadline;
  guint           n_events;
  gsize           n_bytes;
  guint           in_flight;
};

static void run (gpointer user_data);

static int
compare_due (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Event *one = a;
  const Event *two = b;

  return one->due_us < two->due_us ? -1 : one->due_us > two->due_us;
}

static void
event_free (gpointer data, gpointer user_data)
{
  Event *event = data;
  FarAsyncQueue *self = event->queue;

  self->n_events--;
  self->n_bytes -= g_bytes_get_size (event->payload);
  event->function->state.async_queued--;
  g_bytes_unref (event->payload);
  g_free (event->client_context);
  g_free (event);
}

FarAsyncQueue *
far_async_queue_new (FarLoop *loop, FarDispatcher *dispatcher)
{
  FarAsyncQueue *self = g_new0 (FarAsyncQueue, 1);

  self->loop = loop;
  self->dispatcher = dispatcher;
  self->clock = far_dispatcher_get_clock (dispatcher);
  self->waiting = g_sequence_new (NULL);
  return self;
}

void
far_async_queue_free (FarAsyncQueue *self)
{
  g_assert (self->in_flight == 0);

  if (self->n_events > 0)
    {
      g_autofree char *text = g_strdup_printf ("%u asynchronous events that waited for a retry are "
                                               "lost with this stop", self->n_events);

      far_dispatcher_annotate (self->dispatcher, NULL, "async_lost", text);
    }
  g_sequence_foreach (self->waiting, event_free, NULL);
  g_sequence_free (self->waiting);
  far_loop_cancel (self->loop, &self->task);
  far_loop_disarm (self->loop, &self->deadline);
  g_free (self);
}

static void
wait_until (Event *event, gint64 due_us)
{
  event->due_us = due_us;
  g_sequence_insert_sorted (event->queue->waiting, event, compare_due, NULL);
}

static void
give_up (Event *event, const char *why)
{
  g_autofree char *text = g_strdup_printf ("An asynchronous event of %s was given up: %s",
                                           event->function->spec->name, why);

  far_dispatcher_annotate (event->queue->dispatcher, event->function, "async_given_up", text);
  event_free (event, NULL);
}

static void
on_done (FarCall *call, gpointer user_data)
{
  Event *event = user_data;
  FarAsyncQueue *self = event->queue;
  gint64 now_us = far_clock_now_us (self->clock);
  gboolean refused = call->outcome == FAR_INVOCATION_THROTTLE
                     || g_strcmp0 (call->error_type, "ServiceException") == 0;
  guint delay_s;

  self->in_flight--;
  far_loop_defer (self->loop, &self->task, run, self);
  if (call->outcome == FAR_INVOCATION_OK)
    {
      event_free (event, NULL);
      return;
    }
  if (refused && event->function->spec->reserved_concurrency == 0)
    {
      give_up (event, "the function's reserved concurrency is 0");
      return;
    }
  delay_s = refused ? MIN (1u << MIN (event->n_throttles, 16), FAR_ASYNC_BACKOFF_MAX_S)
                    : FAR_ASYNC_RETRY_S * (event->n_errors + 1);
  if (refused)
    event->n_throttles++;
  else if (event->n_errors++ == FAR_ASYNC_RETRIES_MAX)
    {
      give_up (event, "it failed three times");
      return;
    }
  if (now_us + delay_s * G_USEC_PER_SEC > event->accepted_us + FAR_ASYNC_AGE_S * G_USEC_PER_SEC)
    give_up (event, "it is older than six hours");
  else
    wait_until (event, now_us + delay_s * G_USEC_PER_SEC);
}

static void
submit (Event *event)
{
  FarAsyncQueue *self = event->queue;
  FarCall *call = far_call_new (event->function, self->clock, event->payload, event->route, NULL,
                                0, on_done, event);

  call->request_id = event->request_id;
  call->client_context = g_strdup (event->client_context);
  self->in_flight++;
  far_dispatcher_submit (self->dispatcher, call);
}

static void
run (gpointer user_data)
{
  FarAsyncQueue *self = user_data;

  while (self->in_flight < FAR_ASYNC_IN_FLIGHT_MAX && !g_sequence_is_empty (self->waiting))
    {
      GSequenceIter *first = g_sequence_get_begin_iter (self->waiting);
      Event *event = g_sequence_get (first);
      gint64 left_us = event->due_us - far_clock_now_us (self->clock);

      if (left_us > 0)
        {
          /* The two clocks need not run alike: never look again at once. */
          far_loop_arm (self->loop, &self->deadline,
                        g_get_monotonic_time () + MAX (left_us, FAR_ASYNC_LOOK_MIN_US), run, self);
          return;
        }
      g_sequence_remove (first);
      submit (event);
    }
}

gboolean
far_async_queue_push (FarAsyncQueue *self, FarFunction *function, GBytes *payload,
                      const char *route, const FarId *request_id, const char *client_context)
{
  Event *event;

  if (self->n_events >= FAR_ASYNC_EVENTS_MAX
      || self->n_bytes + g_bytes_get_size (payload) > FAR_ASYNC_BYTES_MAX)
    return FALSE;
  event = g_new0 (Event, 1);
  event->queue = self;
  event->function = function;
  event->payload = g_bytes_ref (payload);
  event->route = route;
  event->client_context = g_strdup (client_context);
  event->request_id = *request_id;
  event->accepted_us = far_clock_now_us (self->clock);
  self->n_events++;
  self->n_bytes += g_bytes_get_size (payload);
  function->state.async_queued++;
  wait_until (event, event->accepted_us);
  far_loop_defer (self->loop, &self->task, run, self);
  return TRUE;
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
