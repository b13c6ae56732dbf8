/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the event stream: what changed, at most ten times a second, numbered.
 *
 * An event is a line with a seq that rises, also across restarts: the first one is the start's time
 * in ms, and there are fewer than a thousand events a second. The latest are kept, so that a reader
 * who comes back with the last seq it has gets what it missed; if they are no longer there, its
 * hello says so and carries the whole state.
 *
 * Functions are told as they are, not as differences: those whose numbers differ from the last
 * telling. Without readers nothing is told, and what changed is remembered. */
#include "platform/far-control-private.h"

#include <string.h>

#define ANNOTATIONS_PER_S_MAX 20

typedef struct {
  FarControlEvents  *events; /* NULL once they have gone */
  FarControlRequest *request;
  FarControlStream  *stream;
} Reader;

typedef struct {
  gint64  seq;
  GBytes *line;
} Event;

/* What was last told of a function. */
typedef struct {
  guint64 serial;
  guint   in_flight;
  guint   instances;
  guint   async_queued;
} Told;

struct _FarControlEvents {
  FarControl *control;
  gint64      seq;
  GQueue      kept;       /* (element-type Event), oldest first */
  gsize       kept_bytes;
  GPtrArray  *readers;    /* (element-type Reader) */
  GHashTable *told;       /* name → Told */
  guint       timer;
  gint64      journal;    /* transfers to be told; -1 = none */
  gint64      journal_told;
  char       *platform_told; /* the last platform event's fields */
  gint64      annotation_s;
  guint       n_annotations; /* in that second */
};

static void
event_free (Event *event)
{
  g_bytes_unref (event->line);
  g_free (event);
}

FarControlEvents *
far_control_events_new (FarControl *control)
{
  FarControlEvents *self = g_new0 (FarControlEvents, 1);

  self->control = control;
  self->seq = far_clock_now_us (control->clock) / 1000;
  g_queue_init (&self->kept);
  self->readers = g_ptr_array_new ();
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->journal = self->journal_told = -1;
  return self;
}

void
far_control_events_free (FarControlEvents *self)
{
  guint i;

  for (i = 0; i < self->readers->len; i++)
    ((Reader *) g_ptr_array_index (self->readers, i))->events = NULL;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_queue_clear_full (&self->kept, (GDestroyNotify) event_free);
  g_ptr_array_unref (self->readers);
  g_hash_table_unref (self->told);
  g_free (self->platform_told);
  g_free (self);
}

gint64
far_control_events_get_seq (FarControlEvents *self)
{
  return self->seq;
}

/* ---- Telling ---- */

static void
begin_event (FarControlEvents *self, FarJsonWriter *writer, gint64 seq, const char *type)
{
  far_json_writer_init (writer);
  far_json_begin_object (writer, NULL);
  far_json_add_int (writer, "seq", seq);
  far_json_add_string (writer, "type", type);
  far_json_add_int (writer, "time_us", far_clock_now_us (self->control->clock));
}

static void
trim (FarControlEvents *self)
{
  while (self->kept.length > FAR_CONTROL_EVENTS_KEPT_MAX ||
         self->kept_bytes > FAR_CONTROL_EVENTS_KEPT_BYTES_MAX)
    {
      Event *event = g_queue_pop_head (&self->kept);

      self->kept_bytes -= g_bytes_get_size (event->line);
      event_free (event);
    }
}

/* Numbers, keeps and sends the event that begin_event() began with the next seq. */
static void
end_event (FarControlEvents *self, FarJsonWriter *writer)
{
  Event *event = g_new0 (Event, 1);
  char *line;
  gsize length;
  guint i;

  far_json_end_object (writer);
  line = far_json_writer_steal (writer, &length);
  event->seq = ++self->seq;
  event->line = g_bytes_new_take (line, length);
  g_queue_push_tail (&self->kept, event);
  self->kept_bytes += length;
  /* A reader that is let go here is taken from the list later, when its stream is over. */
  for (i = 0; i < self->readers->len; i++)
    far_control_stream_send (((Reader *) g_ptr_array_index (self->readers, i))->stream, line,
                             length);
  trim (self);
}

typedef struct {
  FarControlEvents *events;
  FarJsonWriter    *writer; /* NULL: only look */
  gboolean          changed;
} Visit;

static void
visit_function (const FarFunctionState *state, gpointer user_data)
{
  Visit *visit = user_data;
  FarControlEvents *self = visit->events;
  Told now = { far_telemetry_serial (self->control->telemetry, state->spec->name),
               state->in_flight, state->instances, state->async_queued };
  Told *told = g_hash_table_lookup (self->told, state->spec->name);

  if (told != NULL && told->serial == now.serial && told->in_flight == now.in_flight &&
      told->instances == now.instances && told->async_queued == now.async_queued)
    return;
  visit->changed = TRUE;
  if (visit->writer == NULL)
    return;
  far_control_add_function (visit->writer, self->control, state, FAR_TELEMETRY_WINDOW_S);
  g_hash_table_replace (self->told, g_strdup (state->spec->name), g_memdup2 (&now, sizeof now));
}

static void
tell_functions (FarControlEvents *self)
{
  Visit visit = { self, NULL, FALSE };
  g_auto (FarJsonWriter) writer = { 0 };

  far_platform_foreach_function (self->control->platform, visit_function, &visit);
  if (!visit.changed)
    return;
  begin_event (self, &writer, self->seq + 1, "functions");
  far_json_add_int (&writer, "invocations",
                    (gint64) far_telemetry_n_invocations (self->control->telemetry));
  far_json_add_int (&writer, "dropped",
                    (gint64) far_telemetry_n_dropped (self->control->telemetry));
  far_json_add_int (&writer, "window_us", FAR_TELEMETRY_WINDOW_S * G_USEC_PER_SEC);
  far_json_begin_array (&writer, "functions");
  visit.writer = &writer;
  far_platform_foreach_function (self->control->platform, visit_function, &visit);
  far_json_end_array (&writer);
  end_event (self, &writer);
}

static void
tell_journal (FarControlEvents *self)
{
  g_auto (FarJsonWriter) writer = { 0 };

  if (self->journal < 0 || self->journal == self->journal_told)
    return;
  self->journal_told = self->journal;
  begin_event (self, &writer, self->seq + 1, "journal");
  far_json_add_int (&writer, "transfers", self->journal);
  end_event (self, &writer);
}

static void
tell_platform (FarControlEvents *self)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autofree char *fields = NULL;
  FarPlatformStatus status;

  far_platform_get_status (self->control->platform, &status);
  fields = g_strdup_printf ("%d %u %s %s", status.state, status.n_instances, status.money,
                            status.publisher_token_path);
  if (g_strcmp0 (fields, self->platform_told) == 0)
    return;
  g_free (self->platform_told);
  self->platform_told = g_steal_pointer (&fields);
  begin_event (self, &writer, self->seq + 1, "platform");
  far_json_add_string (&writer, "state", far_platform_state_to_string (status.state));
  far_json_add_string (&writer, "isolation", status.isolation);
  far_json_add_int (&writer, "instances", status.n_instances);
  far_json_add_string (&writer, "money", status.money);
  far_json_add_string (&writer, "publisher_token", status.publisher_token_path);
  end_event (self, &writer);
}

static gboolean
on_timer (gpointer user_data)
{
  FarControlEvents *self = user_data;

  self->timer = 0;
  tell_functions (self);
  tell_journal (self);
  tell_platform (self);
  return G_SOURCE_REMOVE;
}

void
far_control_events_touch (FarControlEvents *self)
{
  if (self->timer == 0 && self->readers->len > 0)
    self->timer = g_timeout_add (FAR_CONTROL_EVENTS_INTERVAL_MS, on_timer, self);
}

void
far_control_events_journal (FarControlEvents *self, gint64 transfers)
{
  self->journal = transfers;
  far_control_events_touch (self);
}

void
far_control_events_traffic (FarControlEvents *self)
{
  g_auto (FarJsonWriter) writer = { 0 };

  if (self->readers->len == 0)
    return;
  begin_event (self, &writer, self->seq + 1, "traffic");
  far_control_add_traffic (&writer, self->control, TRUE);
  end_event (self, &writer);
}

void
far_control_events_deployments (FarControlEvents *self)
{
  g_auto (FarJsonWriter) writer = { 0 };

  if (self->readers->len == 0)
    return;
  begin_event (self, &writer, self->seq + 1, "deployments");
  far_control_add_deployments (&writer, self->control);
  end_event (self, &writer);
}

void
far_control_events_alarm (FarControlEvents *self, const FarAlarm *alarm, FarAlarmState from)
{
  g_auto (FarJsonWriter) writer = { 0 };

  if (self->readers->len == 0)
    return;
  begin_event (self, &writer, self->seq + 1, "alarm");
  far_json_add_string (&writer, "from", far_alarm_state_to_string (from));
  far_control_add_alarm (&writer, "alarm", alarm);
  end_event (self, &writer);
}

void
far_control_events_annotate (FarControlEvents *self, const FarAnnotation *annotation)
{
  gint64 now_s = g_get_monotonic_time () / G_USEC_PER_SEC;
  g_auto (FarJsonWriter) writer = { 0 };

  if (now_s != self->annotation_s)
    {
      self->annotation_s = now_s;
      self->n_annotations = 0;
    }
  /* The rest is in the database: GET /v1/annotations. */
  if (self->readers->len == 0 || ++self->n_annotations > ANNOTATIONS_PER_S_MAX)
    return;
  begin_event (self, &writer, self->seq + 1, "annotation");
  far_json_add_string (&writer, "kind", annotation->kind);
  far_json_add_string (&writer, "function", annotation->function);
  far_json_add_string (&writer, "text", annotation->text);
  far_json_add_int (&writer, "at_us", annotation->time_us);
  end_event (self, &writer);
}

/* ---- Readers ---- */

static void
on_closed (FarControlStream *stream, gpointer user_data)
{
  Reader *reader = user_data;

  if (reader->events != NULL)
    {
      g_ptr_array_remove_fast (reader->events->readers, reader);
      reader->events->control->n_streams--;
    }
  far_control_request_free (reader->request);
  g_free (reader);
}

/* resumed FALSE: the reader has nothing to build on, or what it missed is no longer kept. */
static void
send_hello (FarControlEvents *self, Reader *reader, gint64 seq, gboolean resumed)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autofree char *line = NULL;
  gsize length;

  begin_event (self, &writer, seq, "hello");
  far_json_add_bool (&writer, "resumed", resumed);
  far_control_add_status (&writer, "status", self->control);
  if (!resumed)
    far_control_add_functions (&writer, "functions", self->control, FAR_TELEMETRY_WINDOW_S);
  far_json_end_object (&writer);
  line = far_json_writer_steal (&writer, &length);
  far_control_stream_send (reader->stream, line, length);
}

static gboolean
can_resume (FarControlEvents *self, gint64 after)
{
  const Event *oldest = g_queue_peek_head (&self->kept);

  if (after == self->seq)
    return TRUE;
  return oldest != NULL && after >= oldest->seq - 1 && after < self->seq;
}

void
far_control_get_events (FarControlRequest *request)
{
  FarControlEvents *self = request->control->events;
  Reader *reader;
  gint64 after;
  GList *link;

  if (!far_control_query_int (request, "after", 0, G_MAXINT64, -1, &after))
    return;
  reader = g_new0 (Reader, 1);
  reader->events = self;
  reader->request = request;
  reader->stream = far_control_request_stream (request, on_closed, reader);
  if (reader->stream == NULL)
    {
      g_free (reader);
      return;
    }
  self->control->n_streams++;
  if (can_resume (self, after))
    {
      send_hello (self, reader, after, TRUE);
      for (link = self->kept.head; link != NULL; link = link->next)
        {
          const Event *event = link->data;
          gsize length;
          const char *line = g_bytes_get_data (event->line, &length);

          if (event->seq > after)
            far_control_stream_send (reader->stream, line, length);
        }
    }
  else
    send_hello (self, reader, self->seq, FALSE);
  g_ptr_array_add (self->readers, reader);
  /* What changed while nobody read. */
  far_control_events_touch (self);
}
