/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarEventSources. Each source looks at its queue (poke) whenever a message came, a batch is done,
 * or the time is there that its deadline waits for. Invariant: a source with batches in flight
 * stays in memory, also after it was removed (then owner is NULL). */
#include "platform/far-event-source.h"

#include <string.h>

#include "base/far-crypto.h"

#define LOOK_MIN_US 20000 /* the two clocks need not run alike */
#define RESULT_OK "OK"
#define RESULT_FAILED "PROBLEM: Function call failed"
#define RESULT_NONE "No records processed"

struct _FarEventSource {
  FarEventSources    *owner;
  FarEventSourceSpec *spec;
  const char         *result;
  FarLoopTask         task;
  FarLoopDeadline     deadline;
  guint               in_flight;
  gint64              busy_since_us; /* monotonic; 0 = not busy */
  gint64              window_us;     /* FarClock: when its window began; 0 = not yet */
};

struct _FarEventSources {
  FarLoop          *loop;
  FarDispatcher    *dispatcher;
  FarQueues        *queues;
  FarPlatformStore *store;
  GPtrArray        *sources;
  gboolean          stopped;
};

typedef struct {
  FarEventSource *source;
  FarLoop        *loop;
  FarQueue       *queue;
  guint           n_ids;
  FarId           ids[];
} Batch;

static void poke (gpointer user_data);

FarEventSourceSpec *
far_event_source_spec_copy (const FarEventSourceSpec *spec)
{
  FarEventSourceSpec *copy = g_memdup2 (spec, sizeof *spec);

  copy->uuid = g_strdup (spec->uuid);
  copy->queue = g_strdup (spec->queue);
  copy->function = g_strdup (spec->function);
  return copy;
}

void
far_event_source_spec_free (FarEventSourceSpec *spec)
{
  g_free (spec->uuid);
  g_free (spec->queue);
  g_free (spec->function);
  g_free (spec);
}

static void
source_free (FarEventSource *source)
{
  far_event_source_spec_free (source->spec);
  g_free (source);
}

/* Its last batch may still be in flight. */
static void
detach (FarEventSource *source)
{
  far_loop_cancel (source->owner->loop, &source->task);
  far_loop_disarm (source->owner->loop, &source->deadline);
  source->owner = NULL;
  if (source->in_flight == 0)
    source_free (source);
}

/* ---- Batches ---- */

static void
settle_batch (Batch *batch, FarCall *call)
{
  FarEventSource *source = batch->source;
  g_autofree gboolean *failed = g_new0 (gboolean, batch->n_ids);
  gboolean good = call->outcome == FAR_INVOCATION_OK;
  guint n_failed = 0;
  guint i;

  if (good && source->spec->report_failures)
    good = far_event_batch_failures (call->payload, call->payload != NULL ? call->n_payload : 0,
                                     batch->ids, batch->n_ids, failed);
  for (i = 0; i < batch->n_ids; i++)
    {
      n_failed += !good || failed[i];
      if (good && !failed[i])
        far_queue_delete (batch->queue, &batch->ids[i]);
    }
  source->result = n_failed == 0 ? RESULT_OK : RESULT_FAILED;
}

static void
on_done (FarCall *call, gpointer user_data)
{
  g_autofree Batch *batch = user_data;
  FarEventSource *source = batch->source;

  settle_batch (batch, call);
  source->in_flight--;
  if (source->owner == NULL && source->in_flight == 0)
    source_free (source);
  else if (source->owner != NULL)
    far_loop_defer (batch->loop, &source->task, poke, source);
}

/* messages: what can be in one event; what is too much goes back. */
static GBytes *
build_event (FarQueue *queue, GPtrArray *messages)
{
  for (;;)
    {
      gsize length;
      char *text = far_event_batch_build (messages, far_queue_get_arn (queue), &length);
      guint keep = messages->len / 2;

      if (length <= FAR_PAYLOAD_SYNC_MAX || messages->len == 1)
        return g_bytes_new_take (text, length);
      g_free (text);
      while (messages->len > keep)
        {
          far_queue_release (queue, &((FarMessage *) messages->pdata[messages->len - 1])->id, 0);
          g_ptr_array_set_size (messages, (gint) messages->len - 1);
        }
    }
}

static void
submit (FarEventSource *source, FarQueue *queue, FarFunction *function, GPtrArray *messages)
{
  FarEventSources *self = source->owner;
  g_autoptr (GBytes) event = build_event (queue, messages);
  Batch *batch = g_malloc (sizeof *batch + messages->len * sizeof (FarId));
  FarCall *call;
  guint i;

  *batch = (Batch){ source, self->loop, queue, messages->len };
  for (i = 0; i < messages->len; i++)
    batch->ids[i] = ((FarMessage *) messages->pdata[i])->id;
  if (source->in_flight++ == 0 && source->busy_since_us == 0)
    source->busy_since_us = g_get_monotonic_time ();
  call = far_call_new (function, far_dispatcher_get_clock (self->dispatcher), event, "sqs", NULL, 0,
                       on_done, batch);
  far_dispatcher_submit (self->dispatcher, call);
}

/* ---- When ---- */

static guint
allowed (FarEventSource *source)
{
  guint max = source->spec->concurrency_max > 0 ? source->spec->concurrency_max
                                                : FAR_EVENT_SOURCE_CONCURRENCY_MAX;
  gint64 busy_us = source->busy_since_us > 0 ? g_get_monotonic_time () - source->busy_since_us : 0;
  guint grown = FAR_EVENT_SOURCE_CONCURRENCY_FIRST
                + (guint) MIN (busy_us / G_USEC_PER_SEC * FAR_EVENT_SOURCE_CONCURRENCY_PER_S,
                               FAR_EVENT_SOURCE_CONCURRENCY_MAX);

  return MIN (max, grown);
}

static void
look_again (FarEventSource *source, gint64 at_us)
{
  FarEventSources *self = source->owner;
  gint64 left_us = at_us - far_clock_now_us (far_dispatcher_get_clock (self->dispatcher));

  far_loop_arm (self->loop, &source->deadline,
                g_get_monotonic_time () + MAX (left_us, LOOK_MIN_US), poke, source);
}

/* FALSE: not yet; it looks again in time. */
static gboolean
is_due (FarEventSource *source, FarQueue *queue)
{
  gint64 now_us = far_clock_now_us (far_dispatcher_get_clock (source->owner->dispatcher));
  guint n_visible = far_queue_n_visible (queue);
  gint64 end_us;

  if (n_visible == 0)
    {
      source->window_us = 0;
      if (source->in_flight == 0)
        source->busy_since_us = 0;
      if (far_queue_next_us (queue) < G_MAXINT64)
        look_again (source, far_queue_next_us (queue));
      return FALSE;
    }
  if (source->spec->window_s == 0 || n_visible >= source->spec->batch_size)
    return TRUE;
  if (source->window_us == 0)
    source->window_us = now_us;
  end_us = source->window_us + (gint64) source->spec->window_s * G_USEC_PER_SEC;
  if (now_us >= end_us)
    return TRUE;
  look_again (source, end_us);
  return FALSE;
}

static void
poke (gpointer user_data)
{
  FarEventSource *source = user_data;
  FarEventSources *self = source->owner;
  FarQueue *queue = far_queues_find (self->queues, source->spec->queue);
  FarFunction *function = far_dispatcher_find (self->dispatcher, source->spec->function);

  if (queue == NULL || function == NULL)
    return;
  while (!self->stopped && source->spec->enabled && source->in_flight < allowed (source)
         && is_due (source, queue))
    {
      g_autoptr (GPtrArray) messages
          = far_queue_receive (queue, source->spec->batch_size, FAR_EVENT_SOURCE_BYTES_MAX);

      source->window_us = 0;
      if (messages->len > 0)
        submit (source, queue, function, messages);
    }
}

static void
poke_later (FarEventSource *source)
{
  far_loop_defer (source->owner->loop, &source->task, poke, source);
}

static void
on_changed (FarQueue *queue, gpointer user_data)
{
  FarEventSources *self = user_data;
  guint i;

  for (i = 0; i < self->sources->len; i++)
    {
      FarEventSource *source = g_ptr_array_index (self->sources, i);

      if (strcmp (source->spec->queue, far_queue_get_spec (queue)->name) == 0)
        poke_later (source);
    }
}

/* ---- All of them ---- */

FarEventSources *
far_event_sources_new (FarLoop *loop, FarDispatcher *dispatcher, FarQueues *queues,
                       FarPlatformStore *store)
{
  FarEventSources *self = g_new0 (FarEventSources, 1);

  self->loop = loop;
  self->dispatcher = dispatcher;
  self->queues = queues;
  self->store = store;
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) detach);
  far_queues_set_changed (queues, on_changed, self);
  return self;
}

void
far_event_sources_free (FarEventSources *self)
{
  far_queues_set_changed (self->queues, NULL, NULL);
  g_ptr_array_unref (self->sources);
  g_free (self);
}

void
far_event_sources_stop (FarEventSources *self)
{
  self->stopped = TRUE;
}

void
far_event_sources_wake (FarEventSources *self)
{
  guint i;

  for (i = 0; i < self->sources->len; i++)
    poke_later (g_ptr_array_index (self->sources, i));
}

guint
far_event_sources_n (FarEventSources *self)
{
  return self->sources->len;
}

FarEventSource *
far_event_sources_nth (FarEventSources *self, guint index)
{
  return g_ptr_array_index (self->sources, index);
}

FarEventSource *
far_event_sources_find (FarEventSources *self, const char *uuid)
{
  guint i;

  for (i = 0; i < self->sources->len; i++)
    {
      FarEventSource *source = g_ptr_array_index (self->sources, i);

      if (strcmp (source->spec->uuid, uuid) == 0)
        return source;
    }
  return NULL;
}

const FarEventSourceSpec *
far_event_source_get_spec (FarEventSource *self)
{
  return self->spec;
}

const char *
far_event_source_get_result (FarEventSource *self)
{
  return self->result;
}

static FarEventSource *
add (FarEventSources *self, FarEventSourceSpec *spec)
{
  FarEventSource *source = g_new0 (FarEventSource, 1);

  source->owner = self;
  source->spec = spec;
  source->result = RESULT_NONE;
  g_ptr_array_add (self->sources, source);
  poke_later (source);
  return source;
}

/* ---- On disk ---- */

static void
put (FarEventSources *self, const FarEventSourceSpec *spec, FarStoreDone done, gpointer user_data)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "queue", spec->queue);
  far_json_add_string (&writer, "function", spec->function);
  far_json_add_int (&writer, "batch_size", spec->batch_size);
  far_json_add_int (&writer, "window_s", spec->window_s);
  far_json_add_int (&writer, "concurrency_max", spec->concurrency_max);
  far_json_add_bool (&writer, "report_failures", spec->report_failures);
  far_json_add_bool (&writer, "enabled", spec->enabled);
  far_json_add_bool (&writer, "from_template", spec->from_template);
  far_json_add_int (&writer, "modified_us", spec->modified_us);
  far_json_end_object (&writer);
  far_platform_store_put (self->store, FAR_EVENT_SOURCE_KIND, spec->uuid, writer.text->str, done,
                          user_data);
}

static gboolean
take_document (const char *key, const char *json, gpointer user_data, GError **error)
{
  FarEventSources *self = user_data;
  g_autoptr (JsonNode) root = far_json_parse_object (json, strlen (json), 4096, error);
  FarEventSource *source = far_event_sources_find (self, key);
  FarEventSourceSpec *spec;
  JsonObject *object;
  const char *queue, *function;
  gint64 batch_size, window_s, concurrency_max, modified_us;
  gboolean report_failures, enabled, from_template;

  if (root == NULL)
    return FALSE;
  object = json_node_get_object (root);
  if (!far_json_get_string (object, "queue", 256, &queue, error)
      || !far_json_get_string (object, "function", 256, &function, error)
      || !far_json_get_int (object, "batch_size", 1, FAR_EVENT_BATCH_MAX, &batch_size, error)
      || !far_json_get_int (object, "window_s", 0, FAR_EVENT_SOURCE_WINDOW_MAX_S, &window_s, error)
      || !far_json_get_int (object, "concurrency_max", 0, FAR_EVENT_SOURCE_CONCURRENCY_MAX,
                            &concurrency_max, error)
      || !far_json_get_bool (object, "report_failures", &report_failures, error)
      || !far_json_get_bool (object, "enabled", &enabled, error)
      || !far_json_get_bool (object, "from_template", &from_template, error)
      || !far_json_get_int (object, "modified_us", 0, G_MAXINT64, &modified_us, error))
    return FALSE;
  /* The template has dropped it. */
  if (from_template && source == NULL)
    return TRUE;
  spec = g_new (FarEventSourceSpec, 1);
  *spec = (FarEventSourceSpec){ g_strdup (key), g_strdup (queue), g_strdup (function),
                                (guint) batch_size, (guint) window_s, (guint) concurrency_max,
                                report_failures, enabled, from_template, modified_us };
  if (source == NULL)
    {
      add (self, spec);
      return TRUE;
    }
  far_event_source_spec_free (source->spec);
  source->spec = spec;
  return TRUE;
}

/* The same at every start: a UUID of the names. */
static char *
uuid_of (const char *function, const char *event)
{
  g_autofree char *name = g_strconcat (function, "/", event, NULL);
  guint8 digest[FAR_SHA256_LEN];
  char uuid[FAR_UUID_LEN + 1];
  FarId id;

  far_sha256 (name, strlen (name), digest);
  memcpy (id.bytes, digest, FAR_ID_LEN);
  far_id_to_uuid (&id, uuid);
  return g_strdup (uuid);
}

static void
add_of_function (FarEventSources *self, const FarTemplateFunction *function)
{
  guint i;

  for (i = 0; i < function->events->len; i++)
    {
      const FarTemplateEvent *event = g_ptr_array_index (function->events, i);
      FarEventSourceSpec *spec;

      if (event->kind != FAR_TEMPLATE_EVENT_QUEUE)
        continue;
      spec = g_new (FarEventSourceSpec, 1);
      *spec = (FarEventSourceSpec){ uuid_of (function->name, event->name),
                                    g_strdup (event->queue), g_strdup (function->name),
                                    event->batch_size, event->window_s, event->concurrency_max,
                                    event->report_failures, event->enabled, TRUE, 0 };
      add (self, spec);
    }
}

gboolean
far_event_sources_load (FarEventSources *self, FarTemplate *tmpl, GError **error)
{
  guint i;

  for (i = 0; i < far_template_n_functions (tmpl); i++)
    add_of_function (self, far_template_get_function (tmpl, i));
  return far_platform_store_each (self->store, FAR_EVENT_SOURCE_KIND, take_document, self, error);
}

FarEventSource *
far_event_sources_add (FarEventSources *self, FarEventSourceSpec *spec, FarStoreDone done,
                       gpointer user_data)
{
  if (self->sources->len >= FAR_EVENT_SOURCES_MAX)
    {
      far_event_source_spec_free (spec);
      return NULL;
    }
  put (self, spec, done, user_data);
  return add (self, spec);
}

void
far_event_sources_update (FarEventSources *self, FarEventSource *source, FarEventSourceSpec *spec,
                          FarStoreDone done, gpointer user_data)
{
  put (self, spec, done, user_data);
  far_event_source_spec_free (source->spec);
  source->spec = spec;
  source->window_us = 0;
  poke_later (source);
}

void
far_event_sources_remove (FarEventSources *self, FarEventSource *source, FarStoreDone done,
                          gpointer user_data)
{
  far_platform_store_put (self->store, FAR_EVENT_SOURCE_KIND, source->spec->uuid, NULL, done,
                          user_data);
  g_ptr_array_remove (self->sources, source);
}
