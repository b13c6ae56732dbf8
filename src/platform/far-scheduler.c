/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the firing of schedules.
 *
 * Each schedule has the time of its next firing, always ahead of the last one it fired at. One
 * timer waits for the earliest, at most FAR_SCHEDULER_SLEEP_MAX_S: monotonic time stands still
 * while the machine sleeps, the wall clock does not. */
#include "platform/far-scheduler.h"

#include "base/far-json.h"

#define ACCOUNT "000000000000"
#define REGION "us-east-1"
/* The golden section, in millionths: each further step falls into the widest gap there is. */
#define STEP_PPM 618034
#define ALL_PPM 1000000

typedef struct {
  const FarTemplateFunction *function;
  const FarTemplateEvent    *event;
  gint64                     anchor_us; /* what its rate counts from */
  gint64                     next_us;
} Entry;

struct _FarScheduler {
  FarPlatform *platform;
  FarClock    *clock;
  gint64       anchor_us;
  GArray      *entries; /* (element-type Entry) */
  guint        timer;
};

char *
far_scheduler_event (const char *id, gint64 time_us, const char *rule)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autofree char *time = far_time_to_rfc3339 (time_us - time_us % G_USEC_PER_SEC);
  g_autofree char *seconds = g_strndup (time, strlen ("2026-01-01T00:00:00"));
  g_autofree char *zulu = g_strconcat (seconds, "Z", NULL);
  g_autofree char *arn = g_strconcat ("arn:aws:events:" REGION ":" ACCOUNT ":rule/", rule, NULL);

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "version", "0");
  far_json_add_string (&writer, "id", id);
  far_json_add_string (&writer, "detail-type", "Scheduled Event");
  far_json_add_string (&writer, "source", "aws.events");
  far_json_add_string (&writer, "account", ACCOUNT);
  far_json_add_string (&writer, "time", zulu);
  far_json_add_string (&writer, "region", REGION);
  far_json_begin_array (&writer, "resources");
  far_json_add_string (&writer, NULL, arn);
  far_json_end_array (&writer);
  far_json_begin_object (&writer, "detail");
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}

static void
fire (FarScheduler *self, const Entry *entry)
{
  g_autofree char *rule = g_strconcat (entry->function->name, "-", entry->event->name, NULL);
  g_autoptr (GBytes) payload = NULL;
  char uuid[FAR_UUID_LEN + 1];
  char *text;
  FarId id;

  far_id_init (&id, self->clock);
  far_id_to_uuid (&id, uuid);
  text = entry->event->input != NULL ? g_strdup (entry->event->input)
                                     : far_scheduler_event (uuid, entry->next_us, rule);
  payload = g_bytes_new_take (text, strlen (text));
  far_platform_invoke (self->platform, entry->function->name, FAR_INVOKE_EVENT, payload,
                       "schedule", NULL, NULL, NULL);
}

static gboolean
on_timer (gpointer user_data)
{
  FarScheduler *self = user_data;

  self->timer = 0;
  far_scheduler_poke (self);
  return G_SOURCE_REMOVE;
}

static void
arm (FarScheduler *self)
{
  gint64 now_us = far_clock_now_us (self->clock);
  gint64 next_us = now_us + FAR_SCHEDULER_SLEEP_MAX_S * G_USEC_PER_SEC;
  guint i;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->entries->len == 0)
    return;
  for (i = 0; i < self->entries->len; i++)
    next_us = MIN (next_us, g_array_index (self->entries, Entry, i).next_us);
  /* Rounded up: a timer that is early by a part of a ms would find nothing due. */
  self->timer = g_timeout_add ((guint) (MAX (next_us - now_us, 0) + 999) / 1000, on_timer, self);
}

void
far_scheduler_poke (FarScheduler *self)
{
  gint64 now_us = far_clock_now_us (self->clock);
  guint i;

  for (i = 0; i < self->entries->len; i++)
    {
      Entry *entry = &g_array_index (self->entries, Entry, i);

      if (entry->next_us > now_us)
        continue;
      fire (self, entry);
      entry->next_us = far_schedule_next (entry->event->schedule, entry->anchor_us, now_us);
    }
  arm (self);
}

/* How much later than the first one the nth schedule begins. */
static gint64
phase_us (guint n)
{
  return (gint64) n * STEP_PPM % ALL_PPM * (FAR_SCHEDULER_SPREAD_S * G_USEC_PER_SEC / ALL_PPM);
}

static void
add_function (FarScheduler *self, const FarTemplateFunction *function)
{
  guint i;

  for (i = 0; i < function->events->len; i++)
    {
      Entry entry = { function, g_ptr_array_index (function->events, i), self->anchor_us, 0 };

      if (entry.event->kind != FAR_TEMPLATE_EVENT_SCHEDULE)
        continue;
      entry.anchor_us += phase_us (self->entries->len);
      entry.next_us = far_schedule_next (entry.event->schedule, entry.anchor_us, self->anchor_us);
      g_array_append_val (self->entries, entry);
    }
}

FarScheduler *
far_scheduler_new (FarPlatform *platform)
{
  FarScheduler *self = g_new0 (FarScheduler, 1);
  FarTemplate *tmpl = far_platform_get_template (platform);
  guint i;

  self->platform = platform;
  self->clock = far_clock_ref (far_platform_get_clock (platform));
  self->anchor_us = far_clock_now_us (self->clock);
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  for (i = 0; i < far_template_n_functions (tmpl); i++)
    add_function (self, far_template_get_function (tmpl, i));
  arm (self);
  return self;
}

void
far_scheduler_free (FarScheduler *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_array_unref (self->entries);
  far_clock_unref (self->clock);
  g_free (self);
}
