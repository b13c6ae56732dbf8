/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the writing of OTLP's JSON: spans as they are, functions as sums and an exponential
 * histogram. Names are OpenTelemetry's conventions for functions (faas.*). */
#include "telemetry/far-otlp.h"

#include <math.h>
#include <string.h>

#include "base/far-json.h"
#include "base/far-trace.h"

#define CUMULATIVE 2

static void
add_nanos (FarJsonWriter *writer, const char *name, gint64 time_us)
{
  char text[32];

  /* As text: µs with three zeros, without a product that could overflow. */
  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT "000", MAX (time_us, 0));
  far_json_add_string (writer, name, text);
}

static void
add_attribute (FarJsonWriter *writer, const char *key, const char *value)
{
  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "key", key);
  far_json_begin_object (writer, "value");
  far_json_add_string (writer, "stringValue", value);
  far_json_end_object (writer);
  far_json_end_object (writer);
}

static void
begin_resource (FarJsonWriter *writer, const char *function)
{
  far_json_begin_object (writer, NULL);
  far_json_begin_object (writer, "resource");
  far_json_begin_array (writer, "attributes");
  add_attribute (writer, "service.name", function);
  add_attribute (writer, "faas.name", function);
  far_json_end_array (writer);
  far_json_end_object (writer);
}

static void
begin_scope (FarJsonWriter *writer, const char *scopes)
{
  far_json_begin_array (writer, scopes);
  far_json_begin_object (writer, NULL);
  far_json_begin_object (writer, "scope");
  far_json_add_string (writer, "name", "farthing");
  far_json_end_object (writer);
}

static void
end_scope (FarJsonWriter *writer)
{
  far_json_end_object (writer);
  far_json_end_array (writer);
}

/* ---- Traces ---- */

static int
otlp_kind (const FarSpan *span)
{
  if (strcmp (span->kind, "gateway") == 0 || strcmp (span->kind, "invoke") == 0)
    return 2; /* server */
  return strcmp (span->kind, "call") == 0 || strcmp (span->kind, "bookkeeper") == 0 ? 3 : 1;
}

static void
add_span (FarJsonWriter *writer, const FarSpan *span)
{
  char hex[FAR_ID_HEX_LEN + 1];

  far_json_begin_object (writer, NULL);
  far_id_to_hex (&span->trace_id, hex);
  far_json_add_string (writer, "traceId", hex);
  far_trace_span_to_hex (span->id, hex);
  far_json_add_string (writer, "spanId", hex);
  if (span->parent != 0)
    {
      far_trace_span_to_hex (span->parent, hex);
      far_json_add_string (writer, "parentSpanId", hex);
    }
  far_json_add_string (writer, "name", span->name);
  far_json_add_int (writer, "kind", otlp_kind (span));
  add_nanos (writer, "startTimeUnixNano", span->start_us);
  add_nanos (writer, "endTimeUnixNano", span->start_us + span->duration_us);
  far_json_begin_array (writer, "attributes");
  add_attribute (writer, "farthing.kind", span->kind);
  if (span->outcome != NULL)
    add_attribute (writer, "farthing.outcome", span->outcome);
  far_json_end_array (writer);
  far_json_begin_object (writer, "status");
  if (span->status != FAR_SPAN_UNSET)
    far_json_add_int (writer, "code", span->status == FAR_SPAN_OK ? 1 : 2);
  far_json_end_object (writer);
  far_json_end_object (writer);
}

char *
far_otlp_write_traces (GPtrArray *spans)
{
  g_auto (FarJsonWriter) writer = { 0 };
  const char *function = NULL;
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "resourceSpans");
  for (i = 0; i < spans->len; i++)
    {
      const FarSpan *span = g_ptr_array_index (spans, i);
      const char *of = span->function != NULL ? span->function : "";

      /* Spans of one function that follow each other share a resource. */
      if (function == NULL || strcmp (function, of) != 0)
        {
          if (function != NULL)
            {
              far_json_end_array (&writer);
              end_scope (&writer);
              far_json_end_object (&writer);
            }
          function = of;
          begin_resource (&writer, function);
          begin_scope (&writer, "scopeSpans");
          far_json_begin_array (&writer, "spans");
        }
      add_span (&writer, span);
    }
  if (function != NULL)
    {
      far_json_end_array (&writer);
      end_scope (&writer);
      far_json_end_object (&writer);
    }
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}

/* ---- Metrics ---- */

static void
add_sum (FarJsonWriter *writer, const char *name, const char *unit, guint64 value, gint64 start_us,
         gint64 now_us)
{
  char text[32];

  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "name", name);
  far_json_add_string (writer, "unit", unit);
  far_json_begin_object (writer, "sum");
  far_json_add_int (writer, "aggregationTemporality", CUMULATIVE);
  far_json_add_bool (writer, "isMonotonic", TRUE);
  far_json_begin_array (writer, "dataPoints");
  far_json_begin_object (writer, NULL);
  add_nanos (writer, "startTimeUnixNano", start_us);
  add_nanos (writer, "timeUnixNano", now_us);
  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, value);
  far_json_add_string (writer, "asInt", text);
  far_json_end_object (writer);
  far_json_end_array (writer);
  far_json_end_object (writer);
  far_json_end_object (writer);
}

/* OTLP's bucket i holds (base^i, base^(i+1)]; of a sketch's bucket the upper limit is a power of
 * 2^(1/64), but for the shortest, where whole µs are told apart. */
static int
bucket_of (double high)
{
  return (int) ceil (log2 (high) * (1 << FAR_SKETCH_SCALE) - 1e-6) - 1;
}

static void
add_counts (FarJsonWriter *writer, const FarSketch *sketch, guint64 *ret_zero)
{
  g_autoptr (GArray) counts = g_array_new (FALSE, TRUE, sizeof (guint64));
  guint i, n = far_sketch_n_bins (sketch);
  int offset = 0;

  *ret_zero = 0;
  for (i = 0; i < n; i++)
    {
      double low, high;
      guint64 count;
      int bucket;

      far_sketch_get_bin (sketch, i, &low, &high, &count);
      if (high < 1)
        {
          *ret_zero += count;
          continue;
        }
      bucket = bucket_of (high);
      if (counts->len == 0)
        offset = bucket;
      g_array_set_size (counts, (guint) (MAX (bucket, offset) - offset) + 1);
      g_array_index (counts, guint64, (guint) (MAX (bucket, offset) - offset)) += count;
    }
  far_json_begin_object (writer, "positive");
  far_json_add_int (writer, "offset", offset);
  far_json_begin_array (writer, "bucketCounts");
  for (i = 0; i < counts->len; i++)
    {
      char text[32];

      g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, g_array_index (counts, guint64, i));
      far_json_add_string (writer, NULL, text);
    }
  far_json_end_array (writer);
  far_json_end_object (writer);
}

static void
add_durations (FarJsonWriter *writer, const FarSketch *sketch, gint64 start_us, gint64 now_us)
{
  guint64 zero = 0;
  char text[32];

  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "name", "faas.invoke_duration");
  far_json_add_string (writer, "unit", "us");
  far_json_begin_object (writer, "exponentialHistogram");
  far_json_add_int (writer, "aggregationTemporality", CUMULATIVE);
  far_json_begin_array (writer, "dataPoints");
  far_json_begin_object (writer, NULL);
  add_nanos (writer, "startTimeUnixNano", start_us);
  add_nanos (writer, "timeUnixNano", now_us);
  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, sketch->count);
  far_json_add_string (writer, "count", text);
  far_json_add_int (writer, "scale", FAR_SKETCH_SCALE);
  far_json_add_double (writer, "sum", sketch->count > 0 ? (double) sketch->sum : 0);
  if (sketch->count > 0)
    {
      far_json_add_double (writer, "min", (double) sketch->min);
      far_json_add_double (writer, "max", (double) sketch->max);
    }
  add_counts (writer, sketch, &zero);
  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, zero);
  far_json_add_string (writer, "zeroCount", text);
  far_json_end_object (writer);
  far_json_end_array (writer);
  far_json_end_object (writer);
  far_json_end_object (writer);
}

char *
far_otlp_write_metrics (const char *const *functions, const FarAggregate *const *aggregates,
                        gint64 start_us, gint64 now_us)
{
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "resourceMetrics");
  for (i = 0; functions[i] != NULL; i++)
    {
      const FarAggregate *aggregate = aggregates[i];

      begin_resource (&writer, functions[i]);
      begin_scope (&writer, "scopeMetrics");
      far_json_begin_array (&writer, "metrics");
      add_sum (&writer, "faas.invocations", "{invocation}", far_aggregate_invocations (aggregate),
               start_us, now_us);
      add_sum (&writer, "faas.errors", "{error}", far_aggregate_errors (aggregate), start_us,
               now_us);
      add_sum (&writer, "faas.timeouts", "{timeout}",
               aggregate->outcomes[FAR_INVOCATION_TIMEOUT], start_us, now_us);
      add_sum (&writer, "faas.coldstarts", "{coldstart}", aggregate->cold_starts, start_us,
               now_us);
      add_durations (&writer, &aggregate->duration, start_us, now_us);
      far_json_end_array (&writer);
      end_scope (&writer);
      far_json_end_object (&writer);
    }
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}
