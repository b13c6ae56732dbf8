/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the telemetry's Prometheus exposition.
 *
 * Labels are function names only, given by the caller, so that their number is bounded. The
 * histogram's limits are powers of two µs, where a bucket of the sketch ends: its counts are
 * exact. No state. */
#include "telemetry/far-exposition.h"

#include <math.h>

#define FIRST_LIMIT_US 256
#define N_LIMITS 18 /* up to 33.6 s */

static void
append_escaped (GString *text, const char *value, gboolean quotes)
{
  for (; *value != '\0'; value++)
    {
      if (*value == '\\')
        g_string_append (text, "\\\\");
      else if (*value == '\n')
        g_string_append (text, "\\n");
      else if (*value == '"' && quotes)
        g_string_append (text, "\\\"");
      else
        g_string_append_c (text, *value);
    }
}

void
far_exposition_family (GString *text, const char *name, const char *type, const char *help)
{
  g_string_append_printf (text, "# HELP %s ", name);
  append_escaped (text, help, FALSE);
  g_string_append_printf (text, "\n# TYPE %s %s\n", name, type);
}

static void
append_number (GString *text, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (value == floor (value) && fabs (value) < 9e15)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, (gint64) value);
  else
    g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, "%.15g", value));
}

void
far_exposition_sample (GString *text, const char *name, const char *label, const char *value_of,
                       double value)
{
  g_string_append (text, name);
  if (label != NULL)
    {
      g_string_append_printf (text, "{%s=\"", label);
      append_escaped (text, value_of, TRUE);
      g_string_append (text, "\"}");
    }
  g_string_append_c (text, ' ');
  append_number (text, value);
  g_string_append_c (text, '\n');
}

static void
append_histogram (GString *text, const char *name, const char *function, const FarSketch *sketch)
{
  gint64 limit_us = FIRST_LIMIT_US;
  guint i;

  for (i = 0; i <= N_LIMITS; i++, limit_us *= 2)
    {
      g_string_append_printf (text, "%s_bucket{function=\"", name);
      append_escaped (text, function, TRUE);
      g_string_append (text, "\",le=\"");
      if (i < N_LIMITS)
        append_number (text, (double) limit_us / G_USEC_PER_SEC);
      else
        g_string_append (text, "+Inf");
      g_string_append_printf (text, "\"} %" G_GUINT64_FORMAT "\n",
                              i < N_LIMITS ? far_sketch_count_to (sketch, limit_us)
                                           : sketch->count);
    }
  g_string_append_printf (text, "%s_sum{function=\"", name);
  append_escaped (text, function, TRUE);
  g_string_append (text, "\"} ");
  append_number (text, (double) sketch->sum / G_USEC_PER_SEC);
  g_string_append_printf (text, "\n%s_count{function=\"", name);
  append_escaped (text, function, TRUE);
  g_string_append_printf (text, "\"} %" G_GUINT64_FORMAT "\n", sketch->count);
}

typedef double (*Reader) (const FarAggregate *aggregate);

static double
read_invocations (const FarAggregate *aggregate)
{
  return (double) far_aggregate_invocations (aggregate);
}

static double
read_throttles (const FarAggregate *aggregate)
{
  return (double) far_aggregate_throttles (aggregate);
}

static double
read_function_errors (const FarAggregate *aggregate)
{
  return (double) aggregate->outcomes[FAR_INVOCATION_FUNCTION_ERROR];
}

static double
read_timeouts (const FarAggregate *aggregate)
{
  return (double) aggregate->outcomes[FAR_INVOCATION_TIMEOUT];
}

static double
read_crashes (const FarAggregate *aggregate)
{
  return (double) aggregate->outcomes[FAR_INVOCATION_CRASH];
}

static double
read_init_errors (const FarAggregate *aggregate)
{
  return (double) aggregate->outcomes[FAR_INVOCATION_INIT_ERROR];
}

static double
read_cold_starts (const FarAggregate *aggregate)
{
  return (double) aggregate->cold_starts;
}

static double
read_gb_s (const FarAggregate *aggregate)
{
  return (double) aggregate->mb_ms / (1024 * 1000);
}

static const struct {
  const char *name;
  const char *help;
  Reader      read;
} counters[] = {
  { "farthing_invocations_total", "Invocations that ran, failed ones included.",
    read_invocations },
  { "farthing_function_errors_total", "Invocations whose handler answered with an error.",
    read_function_errors },
  { "farthing_timeouts_total", "Invocations killed at their deadline.", read_timeouts },
  { "farthing_crashes_total", "Invocations whose process ended without an answer.",
    read_crashes },
  { "farthing_init_errors_total", "Invocations whose instance did not start.", read_init_errors },
  { "farthing_throttles_total", "Requests refused for lack of concurrency; not invocations.",
    read_throttles },
  { "farthing_cold_starts_total", "Invocations that waited for a new instance.",
    read_cold_starts },
  { "farthing_billed_gigabyte_seconds_total",
    "Billed duration times configured memory: what Lambda charges for.", read_gb_s },
};

void
far_exposition_append (GString *text, FarTelemetry *telemetry, const char *const *functions)
{
  static const char histogram[] = "farthing_duration_seconds";
  static const FarAggregate none;
  FarTelemetryDropped dropped;
  guint i, f;

  for (i = 0; i < G_N_ELEMENTS (counters); i++)
    {
      far_exposition_family (text, counters[i].name, "counter", counters[i].help);
      for (f = 0; functions[f] != NULL; f++)
        {
          const FarAggregate *aggregate = far_telemetry_peek (telemetry, functions[f]);

          far_exposition_sample (text, counters[i].name, "function", functions[f],
                                 counters[i].read (aggregate != NULL ? aggregate : &none));
        }
    }
  far_exposition_family (text, histogram, "histogram", "Time in the handler.");
  for (f = 0; functions[f] != NULL; f++)
    {
      const FarAggregate *aggregate = far_telemetry_peek (telemetry, functions[f]);

      append_histogram (text, histogram, functions[f],
                        aggregate != NULL ? &aggregate->duration : &none.duration);
    }
  far_telemetry_get_dropped (telemetry, &dropped);
  far_exposition_family (text, "farthing_telemetry_dropped_total", "counter",
                         "Telemetry that could not be kept.");
  far_exposition_sample (text, "farthing_telemetry_dropped_total", "kind", "record",
                         (double) dropped.records);
  far_exposition_sample (text, "farthing_telemetry_dropped_total", "kind", "log_line",
                         (double) dropped.log_lines);
  far_exposition_sample (text, "farthing_telemetry_dropped_total", "kind", "annotation",
                         (double) dropped.annotations);
  far_exposition_sample (text, "farthing_telemetry_dropped_total", "kind", "span",
                         (double) dropped.spans);
}
