/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts simulated readers, polls their progress, stops them on SIGINT. */
#include "terminal/far-traffic-run.h"

#include <glib-unix.h>
#include <stdio.h>
#include <unistd.h>

#define POLL_MS 250

gboolean
far_traffic_plan_check (const FarTrafficPlan *plan, GError **error)
{
  if (!(plan->readers_per_second > 0 && plan->readers_per_second <= FAR_TRAFFIC_RATE_MAX))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--readers-per-second must be above 0 and at most %d", FAR_TRAFFIC_RATE_MAX);
  else if (plan->duration_s < 1 || plan->duration_s > FAR_TRAFFIC_DURATION_S_MAX)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--duration must be from 1 to %d seconds", FAR_TRAFFIC_DURATION_S_MAX);
  else if (plan->seed < 0)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--seed cannot be negative");
  else
    return TRUE;
  return FALSE;
}

typedef struct {
  gboolean stop;
  gboolean tick;
} Wakes;

static gboolean
on_signal (gpointer user_data)
{
  ((Wakes *) user_data)->stop = TRUE;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_tick (gpointer user_data)
{
  ((Wakes *) user_data)->tick = TRUE;
  return G_SOURCE_CONTINUE;
}

static void
show_progress (FarTerminal *self, const FarTraffic *t)
{
  if (self->json || !isatty (STDERR_FILENO))
    return;
  fprintf (stderr, "\r\033[K%" G_GINT64_FORMAT " readers, %" G_GINT64_FORMAT " pledged, %"
           G_GINT64_FORMAT " ads, %" G_GINT64_FORMAT " left, %" G_GINT64_FORMAT " errors",
           t->arrivals, t->pledges, t->ads, t->left, t->errors);
}

static FarTraffic *
poll_traffic (FarTerminal *self, gboolean stop, GError **error)
{
  g_auto (FarWait) wait = { 0 };

  if (stop)
    far_platform_client_stop_traffic_async (self->platform, NULL, far_wait_done, &wait);
  else
    far_platform_client_load_traffic_async (self->platform, NULL, far_wait_done, &wait);
  return far_platform_client_traffic_finish (self->platform, far_wait_for (&wait), error);
}

FarTraffic *
far_traffic_run (FarTerminal *self, const FarTrafficPlan *plan, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (FarTraffic) now = NULL;
  Wakes wakes = { 0 };
  guint signal_id, timer_id;
  gboolean stopped = FALSE;

  far_platform_client_start_traffic_async (self->platform, plan->readers_per_second,
                                           plan->duration_s, plan->seed, NULL, far_wait_done,
                                           &wait);
  now = far_platform_client_traffic_finish (self->platform, far_wait_for (&wait), error);
  if (now == NULL)
    return NULL;
  far_terminal_say (self, "%g readers a second for %d s …", plan->readers_per_second,
                    plan->duration_s);
  signal_id = g_unix_signal_add (SIGINT, on_signal, &wakes);
  timer_id = g_timeout_add (POLL_MS, on_tick, &wakes);
  while (now != NULL && now->running)
    {
      while (!wakes.tick && !(wakes.stop && !stopped))
        g_main_context_iteration (NULL, TRUE);
      wakes.tick = FALSE;
      g_clear_pointer (&now, far_traffic_unref);
      now = poll_traffic (self, wakes.stop && !stopped, error);
      stopped = wakes.stop;
      if (now != NULL)
        show_progress (self, now);
    }
  if (isatty (STDERR_FILENO) && !self->json)
    fputs ("\r\033[K", stderr);
  g_source_remove (signal_id);
  g_source_remove (timer_id);
  return g_steal_pointer (&now);
}
