/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OTLP in JSON: what exporters send is read (ids as hex or base64, numbers as text), what cannot be
 * used is counted and not taken, and what is written here reads back with the same quantiles. */
#include "far-test-telemetry.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-otlp.h"

static GPtrArray *
read_traces (const char *text, guint expected_rejected)
{
  g_autoptr (GError) error = NULL;
  guint rejected = 0;
  GPtrArray *spans = far_otlp_parse_traces (text, strlen (text), &rejected, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (rejected, ==, expected_rejected);
  return spans;
}

static GPtrArray *
read_metrics (const char *text, guint expected_rejected)
{
  g_autoptr (GError) error = NULL;
  guint rejected = 0;
  GPtrArray *points = far_otlp_parse_metrics (text, strlen (text), &rejected, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (rejected, ==, expected_rejected);
  return points;
}

#define SPAN(ids, times, more) \
  "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":" \
  "{\"stringValue\":\"shop\"}}]},\"scopeSpans\":[{\"spans\":[{" ids "," times more "}]}]}]}"
#define IDS "\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"spanId\":\"00f067aa0ba902b7\""
#define TIMES "\"startTimeUnixNano\":\"1767225600000001000\"," \
              "\"endTimeUnixNano\":\"1767225600500001000\""

static void
test_traces (void)
{
  static const char good[] = SPAN (IDS, TIMES,
    ",\"name\":\"GET /\",\"parentSpanId\":\"53995c3f42cd8ad8\",\"status\":{\"code\":2},"
    "\"attributes\":[{\"key\":\"a\",\"value\":{\"intValue\":\"7\"}},{\"key\":\"a\",\"value\":"
    "{\"boolValue\":true}},{\"key\":\"l\",\"value\":{\"arrayValue\":{}}}]");
  /* Some exporters write protobuf's bytes as base64. */
  static const char base64[] = SPAN ("\"traceId\":\"S/kvNXezTaajzpKdDg5HNg==\","
                                     "\"spanId\":\"APBnqgupArc=\"", TIMES, "");
  static const char *const rejected[] = {
    SPAN ("\"traceId\":\"00000000000000000000000000000000\",\"spanId\":\"00f067aa0ba902b7\"", TIMES,
          ""),
    SPAN ("\"traceId\":\"zz\",\"spanId\":\"00f067aa0ba902b7\"", TIMES, ""),
    SPAN (IDS, "\"startTimeUnixNano\":\"5000\",\"endTimeUnixNano\":\"1000\"", ""),
    SPAN (IDS, "\"startTimeUnixNano\":\"-1\"", ""), SPAN (IDS, "\"endTimeUnixNano\":7", ""),
  };
  g_autoptr (GPtrArray) spans = read_traces (good, 0);
  g_autoptr (GPtrArray) same = read_traces (base64, 0);
  const FarSpan *span = g_ptr_array_index (spans, 0), *other = g_ptr_array_index (same, 0);
  guint i;

  g_assert_cmpuint (spans->len, ==, 1);
  g_assert_cmphex (span->id, ==, G_GUINT64_CONSTANT (0x00f067aa0ba902b7));
  g_assert_cmphex (span->parent, ==, G_GUINT64_CONSTANT (0x53995c3f42cd8ad8));
  g_assert_cmpint (span->duration_us, ==, 500000);
  g_assert_cmpint (span->status, ==, FAR_SPAN_ERROR);
  g_assert_cmpstr (span->function, ==, "shop");
  g_assert_cmpstr (span->attributes, ==, "{\"a\":\"7\"}");
  g_assert_cmphex (other->id, ==, span->id);
  g_assert_cmpint (far_id_compare (&other->trace_id, &span->trace_id), ==, 0);
  for (i = 0; i < G_N_ELEMENTS (rejected); i++)
    {
      g_autoptr (GPtrArray) none = read_traces (rejected[i], 1);

      g_assert_cmpuint (none->len, ==, 0);
    }
}

static void
test_bad_bodies (void)
{
  static const char *const bad[] = { "", "[]", "{", "<html>", "{\"resourceSpans\":7}",
                                     "{\"resourceSpans\":null}" };
  guint i, rejected;

  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (far_otlp_parse_traces (bad[i], strlen (bad[i]), &rejected, &error));
      g_assert_error (error, FAR_OTLP_ERROR, FAR_OTLP_ERROR_BODY);
    }
  {
    g_autoptr (GPtrArray) none = read_traces ("{}", 0);
    g_autoptr (GPtrArray) odd = read_metrics ("{\"resourceMetrics\":[7,{\"scopeMetrics\":[7,"
                                              "{\"metrics\":[7,{\"name\":\"x\"}]}]}]}", 0);

    g_assert_cmpuint (none->len + odd->len, ==, 0);
  }
}

#define METRIC(data) \
  "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"m\"," data "}]}]}]}"

static void
test_metrics (void)
{
  static const char *const rejected[] = {
    METRIC ("\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":\"1000\",\"asDouble\":\"NaN\"}]}"),
    METRIC ("\"gauge\":{\"dataPoints\":[{\"asInt\":\"1\"}]}"),
    METRIC ("\"sum\":{\"isMonotonic\":true,\"dataPoints\":[{\"timeUnixNano\":\"1000\","
            "\"asInt\":-4}]}"),
    /* Counts that do not add up, limits that do not rise, too few of them. */
    METRIC ("\"histogram\":{\"dataPoints\":[{\"timeUnixNano\":\"1000\",\"count\":\"4\","
            "\"explicitBounds\":[1],\"bucketCounts\":[\"1\",\"2\"]}]}"),
    METRIC ("\"histogram\":{\"dataPoints\":[{\"timeUnixNano\":\"1000\",\"count\":\"3\","
            "\"explicitBounds\":[2,1],\"bucketCounts\":[\"1\",\"1\",\"1\"]}]}"),
    METRIC ("\"histogram\":{\"dataPoints\":[{\"timeUnixNano\":\"1000\",\"count\":\"3\","
            "\"explicitBounds\":[1],\"bucketCounts\":[\"3\"]}]}"),
    METRIC ("\"exponentialHistogram\":{\"dataPoints\":[{\"timeUnixNano\":\"1000\",\"count\":\"1\","
            "\"scale\":99,\"positive\":{\"offset\":0,\"bucketCounts\":[\"1\"]}}]}"),
    METRIC ("\"histogram\":{\"dataPoints\":[{\"timeUnixNano\":\"1000\",\"count\":\"1\","
            "\"explicitBounds\":[1],\"bucketCounts\":[\"18446744073709551615\",\"2\"]}]}"),
  };
  g_autoptr (GPtrArray) points = read_metrics (
    METRIC ("\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{\"timeUnixNano\":"
            "\"5000\",\"count\":\"10\",\"sum\":20,\"max\":9,\"explicitBounds\":[1,5],"
            "\"bucketCounts\":[\"5\",\"4\",\"1\"],\"attributes\":[{\"key\":\"b\",\"value\":"
            "{\"stringValue\":\"2\"}},{\"key\":\"a\",\"value\":{\"stringValue\":\"1\"}}]}]}"), 0);
  const FarOtlpPoint *point = g_ptr_array_index (points, 0);
  double low, high;
  guint i;

  g_assert_true (point->cumulative);
  g_assert_cmpstr (point->attributes, ==, "a=1,b=2");
  g_assert_true (far_otlp_point_quantile (point, 0.5, &low, &high));
  g_assert_cmpfloat (low, ==, 0);
  g_assert_cmpfloat (high, ==, 1);
  g_assert_true (far_otlp_point_quantile (point, 1, &low, &high));
  g_assert_cmpfloat (low, ==, 5);
  g_assert_cmpfloat (high, ==, 9);
  for (i = 0; i < G_N_ELEMENTS (rejected); i++)
    {
      g_autoptr (GPtrArray) none = read_metrics (rejected[i], 1);

      g_assert_cmpuint (none->len, ==, 0);
    }
}

/* What leaves here says the same to who reads it. */
static void
test_round_trip (void)
{
  g_auto (FarAggregate) aggregate = FAR_AGGREGATE_INIT;
  const char *const functions[] = { "content", NULL };
  const FarAggregate *aggregates[] = { &aggregate, NULL };
  g_autoptr (GPtrArray) points = NULL;
  g_autofree char *text = NULL;
  FarRng rng;
  guint i;

  far_rng_init (&rng, 9, 1);
  for (i = 0; i < 5000; i++)
    {
      FarInvocation record = { .function = "content", .memory_mb = 128,
                               .duration_us = (gint64) exp (7 + 2 * far_rng_normal (&rng)),
                               .cold = i % 50 == 0 };

      far_aggregate_add (&aggregate, &record);
    }
  text = far_otlp_write_metrics (functions, aggregates, T0, T0 + SECONDS (5));
  points = read_metrics (text, 0);
  g_assert_cmpuint (points->len, ==, 5);
  for (i = 0; i < points->len; i++)
    {
      const FarOtlpPoint *point = g_ptr_array_index (points, i);
      static const double quantiles[] = { 0.1, 0.5, 0.9, 0.99, 1 };
      guint k;

      g_assert_cmpstr (point->service, ==, "content");
      g_assert_cmpint (point->start_us, ==, T0);
      if (strcmp (point->name, "faas.invocations") == 0)
        g_assert_cmpfloat (point->value, ==, 5000);
      if (strcmp (point->name, "faas.coldstarts") == 0)
        g_assert_cmpfloat (point->value, ==, 100);
      if (point->kind != FAR_OTLP_HISTOGRAM)
        continue;
      g_assert_cmpuint (point->count, ==, 5000);
      for (k = 0; k < G_N_ELEMENTS (quantiles); k++)
        {
          double low, high, ours = far_sketch_quantile (&aggregate.duration, quantiles[k]);

          g_assert_true (far_otlp_point_quantile (point, quantiles[k], &low, &high));
          g_assert_cmpfloat (ours, >=, low * 0.98 - 1);
          g_assert_cmpfloat (ours, <=, high * 1.02 + 1);
        }
    }
}

static void
test_round_trip_traces (void)
{
  g_autoptr (GPtrArray) spans = g_ptr_array_new_with_free_func ((GDestroyNotify) far_span_free);
  g_autoptr (GPtrArray) again = NULL;
  g_autofree char *text = NULL;
  FarInvocation record = { .function = "content", .route = "GET /x", .arrival_us = T0,
                           .start_us = 100, .duration_us = 900, .parent_span = 7, .cold = TRUE,
                           .init_us = 50, .outcome = FAR_INVOCATION_CRASH };
  guint i;

  far_id_init_random (&record.trace_id);
  far_id_init_random (&record.request_id);
  far_span_append_invocation (spans, &record);
  record.function = "other";
  far_id_init_random (&record.request_id);
  far_span_append_invocation (spans, &record);
  text = far_otlp_write_traces (spans);
  again = read_traces (text, 0);
  g_assert_cmpuint (again->len, ==, spans->len);
  for (i = 0; i < spans->len; i++)
    {
      const FarSpan *a = g_ptr_array_index (spans, i), *b = g_ptr_array_index (again, i);

      g_assert_cmphex (a->id, ==, b->id);
      g_assert_cmphex (a->parent, ==, b->parent);
      g_assert_cmpint (a->start_us, ==, b->start_us);
      g_assert_cmpint (a->duration_us, ==, b->duration_us);
      g_assert_cmpint (a->status, ==, b->status);
      g_assert_cmpstr (a->function, ==, b->function);
    }
}

/* A span that came in is in the trace that it belongs to, also after a restart. */
static void
test_kept (void)
{
  g_autoptr (GPtrArray) spans = read_traces (SPAN (IDS, TIMES, ",\"name\":\"browser\""), 0);
  const FarSpan *span = g_ptr_array_index (spans, 0);
  FarInvocation record;
  Fixture fixture;
  guint i;

  fixture_init (&fixture);
  record = make_record (&fixture, "content", FAR_INVOCATION_OK, 10);
  record.trace_id = span->trace_id;
  record.parent_span = span->id;
  far_telemetry_record (fixture.telemetry, &record);
  far_telemetry_add_span (fixture.telemetry, span);
  for (i = 0; i < 2; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (FarTrace) trace = NULL;
      const FarSpan *first;

      far_telemetry_trace_async (fixture.telemetry, &span->trace_id, NULL, keep_result, &result);
      trace = far_telemetry_trace_finish (fixture.telemetry, wait_result (&result), NULL);
      g_assert_cmpuint (trace->spans->len, >=, 2);
      first = g_ptr_array_index (trace->spans, 0);
      g_assert_cmpstr (first->kind, ==, "remote");
      g_assert_cmpstr (first->name, ==, "browser");
      far_telemetry_close (fixture.telemetry);
      fixture_open (&fixture);
    }
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/otlp/traces", test_traces);
  g_test_add_func ("/otlp/bad-bodies", test_bad_bodies);
  g_test_add_func ("/otlp/metrics", test_metrics);
  g_test_add_func ("/otlp/round-trip-metrics", test_round_trip);
  g_test_add_func ("/otlp/round-trip-traces", test_round_trip_traces);
  g_test_add_func ("/otlp/kept", test_kept);
  return g_test_run ();
}
