/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform sends counters, not stories. This keeps the last counters it saw of each function
 * and of the readers, and writes an event for what rose. The first sight of a function is no event:
 * its errors may be a week old. */
#include "farthing-config.h"

#include "desktop/model/far-event-log.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"

typedef struct {
  gint64 errors;
  gint64 throttles;
} Seen;

struct _FarEventLog
{
  GObject parent_instance;

  FarDeployment *deployment;
  GHashTable    *seen; /* function name → Seen */
  gboolean       readers_running;

  gboolean       knows_earnings;
  gint64         earned_micros;      /* as last seen */
  gint64         earned_from_micros; /* before the event that is being added to */
  FarEventItem  *earned;             /* that event */
};

G_DEFINE_FINAL_TYPE (FarEventLog, far_event_log, G_TYPE_OBJECT)

static void
far_event_log_finalize (GObject *object)
{
  FarEventLog *self = FAR_EVENT_LOG (object);

  g_clear_object (&self->earned);
  g_clear_object (&self->deployment);
  g_clear_pointer (&self->seen, g_hash_table_unref);

  G_OBJECT_CLASS (far_event_log_parent_class)->finalize (object);
}

static void
far_event_log_class_init (FarEventLogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_event_log_finalize;
}

static void
far_event_log_init (FarEventLog *self)
{
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/**
 * far_event_log_new:
 * @deployment: whose events are written
 */
FarEventLog *
far_event_log_new (FarDeployment *deployment)
{
  FarEventLog *self = g_object_new (FAR_TYPE_EVENT_LOG, NULL);

  self->deployment = g_object_ref (deployment);
  return self;
}

/**
 * far_event_log_add:
 * @time_us: by the deployment's clock, µs since the epoch
 * @icon_name: a symbolic icon that says its kind
 * @title: in the user's language
 */
void
far_event_log_add (FarEventLog *self, gint64 time_us, const char *icon_name, const char *title)
{
  g_autoptr (FarEventItem) event = NULL;

  g_return_if_fail (FAR_IS_EVENT_LOG (self));

  event = far_event_item_new (time_us, icon_name, title, NULL);
  far_deployment_add_event (self->deployment, event);
}

static void
add_rise (FarEventLog *self, gint64 time_us, const char *icon_name, const char *function,
          const char *text, gint64 rise)
{
  g_autofree char *title = NULL;

  if (rise <= 0)
    return;
  title = g_strdup_printf ("%s: %s", function, text);
  far_event_log_add (self, time_us, icon_name, title);
}

/**
 * far_event_log_take_function:
 * @function: as it is now
 */
void
far_event_log_take_function (FarEventLog *self, FarFunctionInfo *function, gint64 time_us)
{
  const FarFunctionFigures *figures;
  const char *name;
  Seen *seen;

  g_return_if_fail (FAR_IS_EVENT_LOG (self));
  g_return_if_fail (FAR_IS_FUNCTION_INFO (function));

  name = far_function_info_get_name (function);
  figures = far_function_info_get_figures (function);
  seen = g_hash_table_lookup (self->seen, name);
  if (seen == NULL)
    {
      seen = g_new0 (Seen, 1);
      g_hash_table_insert (self->seen, g_strdup (name), seen);
    }
  else
    {
      gint64 errors = figures->errors - seen->errors;
      gint64 throttles = figures->throttles - seen->throttles;
      g_autofree char *failed = NULL;
      g_autofree char *throttled = NULL;

      failed = g_strdup_printf (g_dngettext (NULL, "%d error", "%d errors", (gulong) errors),
                                (int) errors);
      throttled = g_strdup_printf (g_dngettext (NULL, "%d call throttled", "%d calls throttled",
                                                (gulong) throttles), (int) throttles);
      add_rise (self, time_us, "far-error-symbolic", name, failed, errors);
      add_rise (self, time_us, "far-throttle-symbolic", name, throttled, throttles);
    }
  seen->errors = figures->errors;
  seen->throttles = figures->throttles;
}

/**
 * far_event_log_take_traffic:
 * @traffic: as it is now
 */
void
far_event_log_take_traffic (FarEventLog *self, FarTraffic *traffic, gint64 time_us)
{
  g_return_if_fail (FAR_IS_EVENT_LOG (self));
  g_return_if_fail (traffic != NULL);

  if (traffic->running != self->readers_running)
    far_event_log_add (self, time_us, "far-readers-symbolic",
                       traffic->running ? _("Simulated readers started")
                                        : _("Simulated readers stopped"));
  self->readers_running = traffic->running;
}

/**
 * far_event_log_take_earnings:
 * @earnings: as they are now
 *
 * While nothing else happens, one event grows, so that a stream of cents does not push everything
 * else off the list.
 */
void
far_event_log_take_earnings (FarEventLog *self, FarEarnings *earnings, gint64 time_us)
{
  gint64 before_micros = self->earned_micros;
  g_autofree char *amount = NULL;
  g_autofree char *title = NULL;

  g_return_if_fail (FAR_IS_EVENT_LOG (self));

  self->earned_micros = earnings->publisher_micros;
  if (!self->knows_earnings || earnings->publisher_micros == before_micros)
    {
      self->knows_earnings = TRUE;
      return;
    }

  if (self->earned == NULL || !far_deployment_remove_newest (self->deployment, self->earned))
    self->earned_from_micros = before_micros;
  g_clear_object (&self->earned);
  amount = far_format_money (earnings->publisher_micros - self->earned_from_micros,
                             earnings->currency);
  /* Translators: an amount of money */
  title = g_strdup_printf (_("Earned %s"), amount);
  self->earned = far_event_item_new (time_us, "far-coin-symbolic", title, NULL);
  far_deployment_add_event (self->deployment, self->earned);
}

/**
 * far_event_log_expect_readers:
 * @running: whether they ran already when the platform was joined, which is no event
 */
void
far_event_log_expect_readers (FarEventLog *self, gboolean running)
{
  g_return_if_fail (FAR_IS_EVENT_LOG (self));

  self->readers_running = running;
}

/* Another platform answers: what was seen of the last one says nothing about it. */
void
far_event_log_forget (FarEventLog *self)
{
  g_return_if_fail (FAR_IS_EVENT_LOG (self));

  g_hash_table_remove_all (self->seen);
  self->readers_running = FALSE;
  self->knows_earnings = FALSE;
  g_clear_object (&self->earned);
}
