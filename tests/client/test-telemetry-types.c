/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control API's answers about telemetry as structs: what is there is read, what is missing
 * reads as nothing, and what cannot be is an error rather than a wrong picture. */
#include "client/far-telemetry-types.h"

#include <string.h>

#include "client/far-client-error.h"

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = far_json_parse_object (text, strlen (text), 1 << 20, &error);

  g_assert_no_error (error);
  return node;
}

static void
test_summary (void)
{
  static const char text[] =
    "{\"from_us\":10,\"to_us\":20,\"now_us\":30,\"known_us\":5,\"price\":{\"since\":\"2022\"},"
    "\"total\":{\"n\":3,\"invocations\":3,\"p99_us\":{\"value\":7,\"low\":6,\"high\":8},"
    "\"p50_us\":null},\"groups\":[{\"key\":\"a\",\"function\":null,\"n\":2,\"baseline\":{\"n\":1}},"
    "{\"key\":\"b\",\"baseline\":null}],"
    "\"baseline\":{\"from_us\":1,\"to_us\":2,\"total\":{\"n\":9}}}";
  g_autoptr (JsonNode) node = parse (text);
  g_autoptr (JsonNode) none = parse ("{\"groups\":[]}");
  g_autoptr (JsonNode) bad = parse ("{\"groups\":[1],\"total\":{}}");
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSummaryInfo) summary = far_summary_info_parse (json_node_get_object (node), &error);

  g_assert_no_error (error);
  g_assert_true (summary->total.p99_us.known);
  g_assert_cmpint (summary->total.p99_us.high, ==, 8);
  g_assert_false (summary->total.p50_us.known);
  g_assert_cmpint (summary->total.error_ppm, ==, -1);
  g_assert_cmpuint (summary->n_groups, ==, 2);
  g_assert_true (summary->groups[0].has_baseline);
  g_assert_false (summary->groups[1].has_baseline);
  g_assert_cmpint (summary->baseline.n, ==, 9);
  g_assert_null (far_summary_info_parse (json_node_get_object (none), &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL);
  g_clear_error (&error);
  g_assert_null (far_summary_info_parse (json_node_get_object (bad), &error));
}

static void
test_heatmap (void)
{
  static const char *const bad[] = {
    "{}", "{\"row_us\":[1],\"columns\":[]}", "{\"row_us\":[1,1],\"columns\":[]}",
    "{\"row_us\":[1,2],\"columns\":[{\"first\":1,\"counts\":[1]}]}",
    "{\"row_us\":[1,2],\"columns\":[{\"first\":-1,\"counts\":[]}]}",
    "{\"row_us\":[1,2],\"columns\":[7]}", "{\"row_us\":[1,[]],\"columns\":[]}",
    "{\"row_us\":[1,2],\"columns\":[{\"first\":0,\"counts\":[[]]}]}",
  };
  g_autoptr (JsonNode) node = parse (
    "{\"step_us\":5,\"row_us\":[1,2,4,8],\"columns\":[null,{\"first\":1,\"counts\":[3,4]},"
    "{\"first\":0,\"counts\":[]}],\"max\":4,\"n\":7}");
  g_autoptr (FarHeatmapInfo) map = far_heatmap_info_parse (json_node_get_object (node), NULL);
  guint i;

  g_assert_cmpuint (map->n_rows, ==, 3);
  g_assert_cmpuint (map->n_columns, ==, 3);
  g_assert_cmpint (map->counts[0], ==, -1);
  g_assert_cmpint (map->counts[3], ==, 0);
  g_assert_cmpint (map->counts[5], ==, 4);
  g_assert_cmpint (map->counts[6], ==, 0);
  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JsonNode) wrong = parse (bad[i]);
      g_autoptr (GError) error = NULL;

      g_assert_null (far_heatmap_info_parse (json_node_get_object (wrong), &error));
      g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL);
    }
}

static void
test_trace (void)
{
  g_autoptr (JsonNode) node = parse (
    "{\"trace_id\":\"t\",\"duration_us\":9,\"complete\":true,\"spans\":["
    "{\"span_id\":\"a\",\"parent_id\":null,\"kind\":\"gateway\",\"attributes\":{\"x\":1}},"
    "{\"span_id\":\"b\",\"parent_id\":\"a\"},{\"span_id\":\"c\",\"parent_id\":\"b\"},"
    "{\"span_id\":\"d\",\"parent_id\":\"zz\",\"duration_us\":-4}]}");
  g_autoptr (JsonNode) bad = parse ("{\"spans\":{}}");
  g_autoptr (FarTraceInfo) trace = far_trace_info_parse (json_node_get_object (node), NULL);

  g_assert_cmpuint (trace->n_spans, ==, 4);
  g_assert_cmpuint (trace->spans[0].depth, ==, 0);
  g_assert_cmpuint (trace->spans[2].depth, ==, 2);
  g_assert_cmpuint (trace->spans[3].depth, ==, 0);
  g_assert_cmpint (trace->spans[3].duration_us, ==, 0);
  g_assert_cmpint (json_object_get_int_member (trace->spans[0].attributes, "x"), ==, 1);
  g_assert_null (far_trace_info_parse (json_node_get_object (bad), NULL));
}

static void
test_lists (void)
{
  g_autoptr (JsonNode) node = parse (
    "{\"traces\":[{\"trace_id\":\"t\",\"errors\":2}],\"annotations\":[{\"kind\":\"deploy\","
    "\"end_us\":null}],\"alarms\":[{\"id\":\"x\",\"threshold\":5,\"clear\":null,\"value\":null,"
    "\"state\":\"no_data\"},{\"value\":0}]}");
  JsonObject *object = json_node_get_object (node);
  g_autoptr (GPtrArray) traces = far_trace_heads_parse (object, NULL);
  g_autoptr (GPtrArray) annotations = far_annotations_parse (object, NULL);
  g_autoptr (GPtrArray) alarms = far_alarms_parse (object, NULL);
  FarAlarmInfo *first = g_ptr_array_index (alarms, 0), *second = g_ptr_array_index (alarms, 1);

  g_assert_cmpint (((FarTraceHead *) g_ptr_array_index (traces, 0))->errors, ==, 2);
  g_assert_cmpint (((FarAnnotationInfo *) g_ptr_array_index (annotations, 0))->end_us, ==, 0);
  g_assert_false (first->has_value);
  g_assert_cmpint (first->clear, ==, 5);
  g_assert_true (second->has_value);
}

static void
test_url (void)
{
  g_autofree char *url = far_platform_url ("/v1/summary", "function", "a b&c", "group", NULL,
                                           "sort", "", "limit", "3", NULL);
  g_autofree char *plain = far_platform_url ("/v1/alarms", NULL, NULL);

  g_assert_cmpstr (url, ==, "/v1/summary?function=a%20b%26c&limit=3");
  g_assert_cmpstr (plain, ==, "/v1/alarms");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/telemetry-types/summary", test_summary);
  g_test_add_func ("/telemetry-types/heatmap", test_heatmap);
  g_test_add_func ("/telemetry-types/trace", test_trace);
  g_test_add_func ("/telemetry-types/lists", test_lists);
  g_test_add_func ("/telemetry-types/url", test_url);
  return g_test_run ();
}
