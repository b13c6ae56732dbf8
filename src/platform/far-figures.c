/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what GET /metrics says. No state; the platform's thread. */
#include "farthing-config.h"

#include "platform/far-figures.h"

#include "telemetry/far-exposition.h"

typedef guint (*Gauge) (const FarFunctionState *state);

static guint
gauge_instances (const FarFunctionState *state)
{
  return state->instances;
}

static guint
gauge_in_flight (const FarFunctionState *state)
{
  return state->in_flight;
}

static guint
gauge_async_queued (const FarFunctionState *state)
{
  return state->async_queued;
}

static const struct {
  const char *name;
  const char *help;
  Gauge       read;
} gauges[] = {
  { "farthing_instances", "Instances alive: starting, idle or busy.", gauge_instances },
  { "farthing_concurrent_invocations", "Invocations running or waiting for an instance.",
    gauge_in_flight },
  { "farthing_async_queued_events", "Events accepted and not yet done.", gauge_async_queued },
};

typedef struct {
  GString *text;
  guint    gauge;
} Visit;

static void
append_gauge (const FarFunctionState *state, gpointer user_data)
{
  Visit *visit = user_data;

  far_exposition_sample (visit->text, gauges[visit->gauge].name, "function", state->spec->name,
                         gauges[visit->gauge].read (state));
}

void
far_figures_append (GString *text, FarPlatform *platform, FarTelemetry *telemetry)
{
  FarTemplate *tmpl = far_platform_get_template (platform);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  FarPlatformStatus status;
  Visit visit = { text, 0 };
  guint i;

  for (i = 0; i < far_template_n_functions (tmpl); i++)
    g_ptr_array_add (names, far_template_get_function (tmpl, i)->name);
  g_ptr_array_add (names, NULL);
  far_platform_get_status (platform, &status);

  far_exposition_family (text, "farthing_build_info", "gauge", "Always 1; what runs is the label.");
  far_exposition_sample (text, "farthing_build_info", "version", FAR_VERSION, 1);
  far_exposition_family (text, "farthing_start_time_seconds", "gauge",
                         "When the platform started, since the Unix epoch.");
  far_exposition_sample (text, "farthing_start_time_seconds", NULL, NULL,
                         (double) status.started_us / G_USEC_PER_SEC);
  far_exposition_family (text, "farthing_up", "gauge",
                         "1 while everything runs, 0 while a helper program is restarted.");
  far_exposition_sample (text, "farthing_up", NULL, NULL, status.state == FAR_PLATFORM_RUNNING);
  if (status.transfers >= 0)
    {
      far_exposition_family (text, "farthing_journal_transfers", "gauge",
                             "Transfers in the journal.");
      far_exposition_sample (text, "farthing_journal_transfers", NULL, NULL,
                             (double) status.transfers);
    }
  for (visit.gauge = 0; visit.gauge < G_N_ELEMENTS (gauges); visit.gauge++)
    {
      far_exposition_family (text, gauges[visit.gauge].name, "gauge", gauges[visit.gauge].help);
      far_platform_foreach_function (platform, append_gauge, &visit);
    }
  far_exposition_append (text, telemetry, (const char *const *) names->pdata);
}
