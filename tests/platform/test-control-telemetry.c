/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control API's questions to the telemetry: figures over time and in groups, heat maps, traces,
 * annotations. What is right about the numbers is tests/telemetry's business; here it is what is
 * asked and how it is answered. */
#include "control-fixture.h"

#include <string.h>

#include "base/far-json.h"

static JsonObject *
get (Fixture *fixture, const char *path, Answer *answer)
{
  answer_clear (answer);
  ask (fixture, "GET", path, NULL, 200, answer);
  return answer_object (answer);
}

static void
refuse (Fixture *fixture, const char *path)
{
  g_auto (Answer) answer = { 0 };

  ask (fixture, "GET", path, NULL, 400, &answer);
  g_assert_cmpstr (answer_code (&answer), ==, "bad_request");
}

static void
record_some (Fixture *fixture)
{
  guint i;

  for (i = 0; i < 30; i++)
    {
      g_assert_true (far_clock_advance (fixture->clock, G_USEC_PER_SEC, NULL));
      fixture_record (fixture, "content", FAR_INVOCATION_OK, 1000 + i);
      if (i % 3 == 0)
        fixture_record (fixture, "settle", FAR_INVOCATION_CRASH, 5000);
    }
}

static void
test_window (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  JsonObject *object, *content;

  fixture_init (&fixture, NULL);
  record_some (&fixture);
  object = get (&fixture, "/v1/functions?window_s=10", &answer);
  g_assert_cmpint (json_object_get_int_member (object, "window_us"), ==, 10 * G_USEC_PER_SEC);
  content = json_array_get_object_element (json_object_get_array_member (object, "functions"), 0);
  g_assert_cmpint (json_object_get_int_member (content, "window_n"), ==, 10);
  g_assert_cmpint (json_object_get_int_member (content, "invocations"), ==, 30);
  /* Counts stay, percentiles go with their window. */
  g_assert_true (far_clock_advance (fixture.clock, 1000 * G_USEC_PER_SEC, NULL));
  object = get (&fixture, "/v1/functions", &answer);
  content = json_array_get_object_element (json_object_get_array_member (object, "functions"), 0);
  g_assert_true (json_object_get_null_member (content, "p99_us"));
  g_assert_cmpint (json_object_get_int_member (content, "invocations"), ==, 30);
  refuse (&fixture, "/v1/functions?window_s=0");
  refuse (&fixture, "/v1/functions?window_s=301");
  fixture_clear (&fixture);
}

static void
test_series (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  g_autofree char *path = NULL;
  JsonObject *object, *first;
  JsonArray *series;

  fixture_init (&fixture, NULL);
  record_some (&fixture);
  path = g_strdup_printf ("/v1/series?from_us=%" G_GINT64_FORMAT "&pixels=20&bands=1&"
                          "metrics=p99_us,invocations,error_ppm&split=function", T0);
  object = get (&fixture, path, &answer);
  series = json_object_get_array_member (object, "series");
  g_assert_cmpuint (json_array_get_length (series), ==, 6);
  g_assert_cmpint (json_object_get_int_member (object, "step_us"), ==, 2 * G_USEC_PER_SEC);
  first = json_array_get_object_element (series, 0);
  g_assert_cmpstr (json_object_get_string_member (first, "metric"), ==, "p99_us");
  g_assert_true (json_object_has_member (first, "low"));
  g_assert_true (json_object_has_member (first, "high"));
  g_assert_false (json_object_has_member (json_array_get_object_element (series, 1), "low"));
  refuse (&fixture, "/v1/series?split=version");
  refuse (&fixture, "/v1/series?pixels=1");
  refuse (&fixture, "/v1/series?metrics=p98_us");
  fixture_clear (&fixture);
}

static void
test_summary (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  g_autofree char *path = NULL;
  JsonObject *object, *top, *baseline;

  fixture_init (&fixture, NULL);
  record_some (&fixture);
  path = g_strdup_printf ("/v1/summary?group=function&sort=p99_us&limit=1&from_us=%"
                          G_GINT64_FORMAT "&to_us=%" G_GINT64_FORMAT "&compare_from_us=%"
                          G_GINT64_FORMAT "&compare_to_us=%" G_GINT64_FORMAT,
                          T0 + 15 * G_USEC_PER_SEC, T0 + 40 * G_USEC_PER_SEC, T0,
                          T0 + 15 * G_USEC_PER_SEC);
  object = get (&fixture, path, &answer);
  g_assert_cmpint (json_object_get_int_member (object, "n_groups"), ==, 2);
  top = json_array_get_object_element (json_object_get_array_member (object, "groups"), 0);
  g_assert_cmpstr (json_object_get_string_member (top, "key"), ==, "settle");
  g_assert_cmpint (json_object_get_int_member (top, "error_ppm"), ==, 1000000);
  g_assert_cmpint (json_object_get_int_member (json_object_get_object_member (top, "p99_us"),
                                               "high"), >=, 5000);
  baseline = json_object_get_object_member (top, "baseline");
  g_assert_cmpint (json_object_get_int_member (baseline, "n") +
                   json_object_get_int_member (top, "n"), ==, 10);
  g_assert_true (json_object_has_member (json_object_get_object_member (object, "baseline"),
                                         "total"));
  object = get (&fixture, "/v1/summary?group=outcome", &answer);
  g_assert_cmpint (json_object_get_int_member (object, "n_groups"), ==, 2);
  refuse (&fixture, "/v1/summary?group=reader");
  refuse (&fixture, "/v1/summary?sort=nothing");
  refuse (&fixture, "/v1/summary?order=up");
  refuse (&fixture, "/v1/summary?from_us=10&to_us=5");
  fixture_clear (&fixture);
}

static void
test_heatmap (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  g_autofree char *path = NULL;
  JsonObject *object;
  JsonArray *columns, *edges;
  gint64 n = 0;
  guint i, k;

  fixture_init (&fixture, NULL);
  record_some (&fixture);
  path = g_strdup_printf ("/v1/heatmap?columns=40&rows=8&from_us=%" G_GINT64_FORMAT "&to_us=%"
                          G_GINT64_FORMAT, T0, T0 + 35 * G_USEC_PER_SEC);
  object = get (&fixture, path, &answer);
  columns = json_object_get_array_member (object, "columns");
  edges = json_object_get_array_member (object, "row_us");
  g_assert_cmpuint (json_array_get_length (edges), <=, 9);
  for (i = 0; i < json_array_get_length (columns); i++)
    {
      JsonNode *column = json_array_get_element (columns, i);
      JsonArray *counts;

      /* The time that has not come. */
      if (JSON_NODE_HOLDS_NULL (column))
        continue;
      counts = json_object_get_array_member (json_node_get_object (column), "counts");
      for (k = 0; k < json_array_get_length (counts); k++)
        n += json_array_get_int_element (counts, k);
    }
  g_assert_cmpint (n, ==, 40);
  g_assert_cmpint (json_object_get_int_member (object, "n"), ==, 40);
  refuse (&fixture, "/v1/heatmap?metric=memory");
  refuse (&fixture, "/v1/heatmap?rows=1");
  fixture_clear (&fixture);
}

static void
test_invocations (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  g_autofree char *path = NULL;
  JsonObject *object;
  JsonArray *rows;
  guint n = 0;
  gint64 next;

  fixture_init (&fixture, NULL);
  record_some (&fixture);
  object = get (&fixture, "/v1/invocations?duration_min_us=1010&duration_max_us=1014", &answer);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "invocations")),
                    ==, 5);
  object = get (&fixture, "/v1/invocations?sort=duration&limit=11", &answer);
  rows = json_object_get_array_member (object, "invocations");
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (rows, 9),
                                               "duration_us"), ==, 5000);
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (rows, 10),
                                               "duration_us"), ==, 1029);
  /* Page by page: each once. */
  next = 0;
  do
    {
      g_free (path);
      path = g_strdup_printf ("/v1/invocations?limit=7&before=%" G_GINT64_FORMAT, next);
      object = get (&fixture, path, &answer);
      rows = json_object_get_array_member (object, "invocations");
      n += json_array_get_length (rows);
      next = json_object_get_null_member (object, "next")
        ? 0 : json_object_get_int_member (object, "next");
    }
  while (next != 0);
  g_assert_cmpuint (n, ==, 40);
  object = get (&fixture, "/v1/invocations?route=nowhere", &answer);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "invocations")),
                    ==, 0);
  refuse (&fixture, "/v1/invocations?sort=price");
  refuse (&fixture, "/v1/invocations?trace_id=xyz");
  fixture_clear (&fixture);
}

static void
test_traces (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  FarInvocation record = {
    .function = "content",
    .route = "GET /articles/{id}",
    .notes = "a:article=the-ferry;s:00000000000000aa,bookkeeper,1,2,1,entitlement",
    .arrival_us = T0,
    .start_us = 100,
    .duration_us = 900,
    .memory_mb = 128,
  };
  JsonObject *object, *span;
  JsonArray *spans;
  FarId id;

  fixture_init (&fixture, NULL);
  g_assert_true (far_id_parse ("4bf92f3577b34da6a3ce929d0e0e4736", &record.trace_id));
  g_assert_true (far_id_parse ("00000000000070008000000000000001", &id));
  record.request_id = id;
  far_telemetry_record (fixture.telemetry, &record);
  object = get (&fixture, "/v1/traces", &answer);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "traces")), ==, 1);
  object = get (&fixture, "/v1/traces/4bf92f3577b34da6a3ce929d0e0e4736", &answer);
  spans = json_object_get_array_member (object, "spans");
  span = json_array_get_object_element (spans, 0);
  g_assert_cmpstr (json_object_get_string_member (span, "kind"), ==, "gateway");
  g_assert_cmpstr (json_object_get_string_member (span, "span_id"), ==, "8000000000000001");
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (span,
                                                                                 "attributes"),
                                                  "app.article"), ==, "the-ferry");
  get (&fixture, "/v1/traces/1-4bf92f35-77b34da6a3ce929d0e0e4736", &answer);
  answer_clear (&answer);
  ask (&fixture, "GET", "/v1/traces/4bf92f3577b34da6a3ce929d0e0e4737", NULL, 404, &answer);
  g_assert_cmpstr (answer_code (&answer), ==, "unknown_trace");
  refuse (&fixture, "/v1/traces/zzz");
  fixture_clear (&fixture);
}

static void
test_annotations (void)
{
  static const char *const bad[] = {
    "{\"kind\":\"deploy\"}", "{\"kind\":\"De ploy\",\"text\":\"x\"}",
    "{\"kind\":\"deploy\",\"text\":\"x\",\"time_us\":5,\"end_us\":4}",
    "{\"kind\":\"deploy\",\"text\":7}",
  };
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  JsonObject *object;
  JsonArray *found;
  guint i;

  fixture_init (&fixture, NULL);
  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      answer_clear (&answer);
      ask (&fixture, "POST", "/v1/annotations", bad[i], 400, &answer);
    }
  answer_clear (&answer);
  ask (&fixture, "POST", "/v1/annotations",
       "{\"kind\":\"deploy\",\"text\":\"Version 7\",\"function\":\"content\",\"subject\":\"7\"}",
       201, &answer);
  answer_clear (&answer);
  ask (&fixture, "POST", "/v1/annotations",
       "{\"kind\":\"fault\",\"text\":\"Slow\",\"time_us\":1767225500000000,"
       "\"end_us\":1767225510000000}", 201, &answer);
  object = get (&fixture, "/v1/annotations?kind=deploy&subject=7", &answer);
  found = json_object_get_array_member (object, "annotations");
  g_assert_cmpuint (json_array_get_length (found), ==, 1);
  object = json_array_get_object_element (found, 0);
  g_assert_cmpstr (json_object_get_string_member (object, "text"), ==, "Version 7");
  g_assert_cmpint (json_object_get_int_member (object, "time_us"), ==, T0);
  object = get (&fixture, "/v1/annotations", &answer);
  found = json_object_get_array_member (object, "annotations");
  g_assert_cmpuint (json_array_get_length (found), ==, 2);
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (found, 0),
                                               "end_us"), ==, T0 - 90 * G_USEC_PER_SEC);
  fixture_clear (&fixture);
}

/* A file that opens by itself: nothing in it is fetched or run, whatever functions are called. */
static void
test_export_html (void)
{
  static const char key[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  g_autofree char *note = g_strdup_printf (
    "{\"kind\":\"note\",\"text\":\"<script>x</script> reader %s \\u001b[31m\"}", key);
  g_autofree char *path = NULL;

  fixture_init (&fixture, NULL);
  record_some (&fixture);
  fixture_record (&fixture, "evil<img src=x>", FAR_INVOCATION_OK, 10);
  ask (&fixture, "POST", "/v1/annotations", note, 201, &answer);
  answer_clear (&answer);
  path = g_strdup_printf ("/v1/export?zone=Europe/Berlin&from_us=%" G_GINT64_FORMAT "&to_us=%"
                          G_GINT64_FORMAT, T0, T0 + 60 * G_USEC_PER_SEC);
  ask (&fixture, "GET", path, NULL, 200, &answer);
  g_assert_nonnull (strstr (answer.head, "text/html"));
  g_assert_nonnull (strstr (answer.head, "farthing-overview.html"));
  g_assert_true (g_utf8_validate (answer.body, (gssize) answer.length, NULL));
  g_assert_nonnull (strstr (answer.body, "<!DOCTYPE html>"));
  g_assert_nonnull (strstr (answer.body, "Europe/Berlin"));
  g_assert_nonnull (strstr (answer.body, "2026-01-01 01:00:00 +01:00"));
  g_assert_nonnull (strstr (answer.body, "/v1/export?zone=Europe"));
  g_assert_nonnull (strstr (answer.body, "&lt;script&gt;"));
  g_assert_nonnull (strstr (answer.body, "evil&lt;img"));
  g_assert_nonnull (strstr (answer.body, "[reader]"));
  g_assert_null (strstr (answer.body, key));
  g_assert_null (strstr (answer.body, "<script"));
  g_assert_null (strstr (answer.body, "<img"));
  g_assert_null (strstr (answer.body, "\033"));
  g_assert_null (strstr (answer.body, "href="));
  fixture_clear (&fixture);
}

static void
test_export_tables (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  g_auto (GStrv) lines = NULL;
  JsonObject *object;

  fixture_init (&fixture, NULL);
  record_some (&fixture);
  fixture_record (&fixture, "=cmd()", FAR_INVOCATION_OK, 10);
  g_assert_true (far_clock_advance (fixture.clock, G_USEC_PER_SEC, NULL));
  ask (&fixture, "GET", "/v1/export?view=functions", NULL, 200, &answer);
  lines = g_strsplit (answer.body, "\r\n", -1);
  g_assert_true (g_str_has_prefix (lines[0], "# /v1/export"));
  g_assert_true (g_str_has_prefix (lines[1], "function,invocations,errors"));
  g_assert_true (g_str_has_prefix (lines[2], "\"'=cmd()\",1,0"));
  g_assert_true (g_str_has_prefix (lines[3], "\"content\",30,0"));
  answer_clear (&answer);
  ask (&fixture, "GET", "/v1/export?view=invocations&format=csv&limit=5", NULL, 200, &answer);
  g_clear_pointer (&lines, g_strfreev);
  lines = g_strsplit (answer.body, "\r\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 8);
  object = get (&fixture, "/v1/export?view=series&format=json&pixels=50", &answer);
  g_assert_cmpstr (json_object_get_string_member (object, "zone"), ==, "UTC");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "series")), ==, 1);
  object = get (&fixture, "/v1/export?format=json", &answer);
  g_assert_true (json_object_has_member (object, "functions"));
  refuse (&fixture, "/v1/export?view=series&format=html");
  refuse (&fixture, "/v1/export?format=csv");
  refuse (&fixture, "/v1/export?format=pdf");
  refuse (&fixture, "/v1/export?zone=Mars/Olympus");
  fixture_clear (&fixture);
}

static void
test_otlp (void)
{
  static const char *const points[][2] = { { "5", "1" }, { "9", "2" }, { "7", "3" } };
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  JsonObject *object;
  JsonArray *series;
  guint i;

  fixture_init (&fixture, NULL);
  record_some (&fixture);
  for (i = 0; i < G_N_ELEMENTS (points); i++)
    {
      g_autofree char *body = g_strdup_printf (
        "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"m\",\"gauge\":"
        "{\"dataPoints\":[{\"timeUnixNano\":\"%s000000\",\"asInt\":\"%s\"},{}]}}]}]}]}",
        points[i][0], points[i][1]);

      answer_clear (&answer);
      ask (&fixture, "POST", "/v1/metrics", body, 200, &answer);
      object = json_object_get_object_member (answer_object (&answer), "partialSuccess");
      g_assert_cmpstr (json_object_get_string_member (object, "rejectedDataPoints"), ==, "1");
    }
  /* The newest of the series, whatever the order they came in. */
  object = get (&fixture, "/v1/otlp/received", &answer);
  series = json_object_get_array_member (object, "series");
  g_assert_cmpuint (json_array_get_length (series), ==, 1);
  g_assert_cmpfloat (json_object_get_double_member (json_array_get_object_element (series, 0),
                                                    "value"), ==, 2);
  answer_clear (&answer);
  ask (&fixture, "POST", "/v1/traces", "{\"resourceSpans\":3}", 400, &answer);
  object = get (&fixture, "/v1/otlp/metrics", &answer);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object,
                                                                         "resourceMetrics")),
                    ==, 2);
  object = get (&fixture, "/v1/otlp/traces?limit=3", &answer);
  g_assert_true (json_object_has_member (object, "resourceSpans"));
  /* What goes out can come in. */
  {
    g_autofree char *body = g_strndup (answer.body, answer.length);

    answer_clear (&answer);
    ask (&fixture, "POST", "/v1/traces", body, 200, &answer);
    g_assert_false (json_object_has_member (answer_object (&answer), "partialSuccess"));
  }
  answer_clear (&answer);
  ask (&fixture, "GET", "/metrics", NULL, 200, &answer);
  g_assert_nonnull (strstr (answer.body, "farthing_invocations_total{function=\"content\"} 30"));
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-telemetry/window", test_window);
  g_test_add_func ("/control-telemetry/series", test_series);
  g_test_add_func ("/control-telemetry/summary", test_summary);
  g_test_add_func ("/control-telemetry/heatmap", test_heatmap);
  g_test_add_func ("/control-telemetry/invocations", test_invocations);
  g_test_add_func ("/control-telemetry/traces", test_traces);
  g_test_add_func ("/control-telemetry/annotations", test_annotations);
  g_test_add_func ("/control-telemetry/export-html", test_export_html);
  g_test_add_func ("/control-telemetry/otlp", test_otlp);
  g_test_add_func ("/control-telemetry/export-tables", test_export_tables);
  return g_test_run ();
}
