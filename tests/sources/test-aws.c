/* SPDX-License-Identifier: GPL-3.0-or-later */
/* REPORT lines, and what of CloudWatch's answers is asked for again. The rest of the kind runs in
 * tests/integration/test-aws.py. */
#include "sources/far-aws-answer.h"
#include "sources/far-aws-cache.h"
#include "sources/far-aws-pattern.h"

#include <math.h>
#include <string.h>

#include "base/far-json.h"
#include "sources/far-source.h"

#define REPORT "REPORT RequestId: 3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a\t"
#define FIGURES "Duration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\t" \
                "Max Memory Used: 88 MB\t"
#define JSON_REPORT(metrics) "{\"time\":\"2026-01-01T00:00:00Z\",\"type\":\"platform.report\"," \
                             "\"record\":{\"requestId\":\"3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a\"," \
                             "\"status\":\"success\",\"metrics\":{" metrics "}}}"
#define MINUTE (60 * (gint64) G_USEC_PER_SEC)
#define NOW (1000 * MINUTE + 17 * (gint64) G_USEC_PER_SEC)

static void
test_report (void)
{
  static const char *const others[] = {
    "", "REPORT", REPORT, "report", "START RequestId: 3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a",
    "REPORT RequestId: nonsense\t" FIGURES, REPORT "Duration: x ms\tBilled Duration: 13 ms",
    REPORT "Duration: 12 s\tBilled Duration: 13 ms\tMemory Size: 1 MB\tMax Memory Used: 1 MB",
    REPORT "Duration: -1 ms\tBilled Duration: 1 ms\tMemory Size: 1 MB\tMax Memory Used: 1 MB",
    " " REPORT FIGURES, "it says " REPORT FIGURES, "{", "{}", "{\"type\":\"platform.report\"}",
    JSON_REPORT (""), JSON_REPORT ("\"durationMs\":\"1\""), JSON_REPORT ("\"durationMs\":-1"),
    JSON_REPORT ("\"durationMs\":1,\"initDurationMs\":1e99"),
  };
  FarAwsReport report;
  guint i;

  g_assert_true (far_aws_parse_report (REPORT FIGURES, &report));
  g_assert_cmpint (report.duration_us, ==, 12340);
  g_assert_cmpint (report.billed_ms, ==, 13);
  g_assert_cmpint (report.memory_mb, ==, 512);
  g_assert_cmpint (report.memory_max_mb, ==, 88);
  g_assert_cmpint (report.init_us, ==, 0);
  g_assert_true (far_aws_parse_report (REPORT FIGURES "Init Duration: 201.5 ms\t", &report));
  g_assert_cmpint (report.init_us, ==, 201500);
  /* Lambda's other format. */
  g_assert_true (far_aws_parse_report (JSON_REPORT ("\"durationMs\":12.34,\"billedDurationMs\":13,"
                                                    "\"memorySizeMB\":512,\"maxMemoryUsedMB\":88,"
                                                    "\"initDurationMs\":201.5"), &report));
  g_assert_cmpint (report.duration_us, ==, 12340);
  g_assert_cmpint (report.memory_max_mb, ==, 88);
  g_assert_cmpint (report.init_us, ==, 201500);
  g_assert_true (far_aws_parse_report (JSON_REPORT ("\"durationMs\":1"), &report));
  g_assert_cmpint (report.init_us, ==, 0);
  for (i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (far_aws_parse_report (others[i], &report));
}

static gint64
missing (FarAwsSeries *series, gint64 from, gint64 to, gint64 now)
{
  gint64 start;

  return far_aws_series_missing (series, from, to, MINUTE, now, &start) ? start : -1;
}

static void
test_cache (void)
{
  FarAwsCache *cache = far_aws_cache_new ();
  FarAwsSeries *series = far_aws_cache_need (cache, "f|Invocations|Sum|60|0", FAR_AWS_VISIBLE_US);

  g_assert_true (series == far_aws_cache_need (cache, "f|Invocations|Sum|60|0",
                                               FAR_AWS_VISIBLE_US));
  g_assert_true (isnan (far_aws_series_get (series, 950 * MINUTE, 0)));
  g_assert_cmpint (missing (series, 940 * MINUTE, NOW, NOW), ==, 940 * MINUTE);
  far_aws_series_put (series, 950 * MINUTE, 6);
  far_aws_series_told (series, 940 * MINUTE, NOW, MINUTE, NOW);
  g_assert_cmpfloat (far_aws_series_get (series, 950 * MINUTE, 0), ==, 6);
  g_assert_cmpfloat (far_aws_series_get (series, 951 * MINUTE, 0), ==, 0);
  g_assert_true (isnan (far_aws_series_get (series, 939 * MINUTE, 0)));
  /* Within the minute nothing is asked for again; then what was not settled, and no more. */
  g_assert_cmpint (missing (series, 945 * MINUTE, NOW + MINUTE / 2, NOW + MINUTE / 2), ==, -1);
  g_assert_cmpint (missing (series, 945 * MINUTE, NOW + MINUTE, NOW + MINUTE), ==, 997 * MINUTE);
  g_assert_cmpint (missing (series, 945 * MINUTE, 990 * MINUTE, NOW + 9 * MINUTE), ==, -1);
  /* Further back is asked for from there. */
  g_assert_cmpint (missing (series, 900 * MINUTE, 990 * MINUTE, NOW), ==, 900 * MINUTE);
  /* The future has not been missed. */
  g_assert_cmpint (missing (series, 1001 * MINUTE, 1005 * MINUTE, NOW), ==, -1);
  /* A range that does not join leaves no gap behind that would look like nothing. */
  far_aws_series_told (series, 700 * MINUTE, 800 * MINUTE, MINUTE, NOW);
  g_assert_true (isnan (far_aws_series_get (series, 951 * MINUTE, 0)));
  g_assert_cmpfloat (far_aws_series_get (series, 750 * MINUTE, 0), ==, 0);
  far_aws_cache_free (cache);
}

static void
put (guint query, gint64 time_us, double value, gpointer user_data)
{
  *(guint *) user_data += (guint) value;
}

/* What was answered in part is asked for again, but not at once; of several pages the last one
 * says whether it was all. */
static void
test_partial (void)
{
  static const char *const statuses[] = { "PartialData", "Complete", "InternalError", "Forbidden" };
  static const gboolean partial_after[] = { TRUE, FALSE, TRUE };
  FarAwsCache *cache = far_aws_cache_new ();
  FarAwsSeries *series = far_aws_cache_need (cache, "f|Errors|Sum|60|0", FAR_AWS_VISIBLE_US);
  gboolean partial[2] = { FALSE, FALSE };
  guint i, sum = 0;

  far_aws_series_put (series, 950 * MINUTE, 6);
  far_aws_series_tried (series, 940 * MINUTE, NOW);
  g_assert_cmpfloat (far_aws_series_get (series, 950 * MINUTE, 0), ==, 6);
  g_assert_true (isnan (far_aws_series_get (series, 951 * MINUTE, 0)));
  g_assert_cmpint (missing (series, 940 * MINUTE, NOW, NOW + MINUTE / 2), ==, -1);
  g_assert_cmpint (missing (series, 939 * MINUTE, NOW, NOW + MINUTE / 2), ==, 939 * MINUTE);
  g_assert_cmpint (missing (series, 940 * MINUTE, NOW, NOW + MINUTE), ==, 940 * MINUTE);
  /* However many points there are: what was told last is there. */
  for (i = 0; i < 3 * FAR_AWS_CACHE_POINTS_MAX / 4000; i++)
    {
      gint64 from = (gint64) (1000 + i * 4000) * MINUTE, at;

      g_assert_cmpint (missing (series, from, from + 4000 * MINUTE, from + 9000 * MINUTE), ==,
                       from);
      for (at = from; at < from + 4000 * MINUTE; at += MINUTE)
        far_aws_series_put (series, at, 1);
      far_aws_series_told (series, from, from + 4000 * MINUTE, MINUTE, from + 9000 * MINUTE);
      for (at = from; at < from + 4000 * MINUTE; at += MINUTE)
        g_assert_cmpfloat (far_aws_series_get (series, at, 0), ==, 1);
    }
  far_aws_cache_free (cache);
  for (i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autofree char *text = g_strdup_printf (
        "{\"MetricDataResults\":[{\"Id\":\"m1\",\"Timestamps\":[60.0],\"Values\":[2.0],"
        "\"StatusCode\":\"%s\"}]}", statuses[i]);
      g_autoptr (JsonNode) node = far_json_parse_object (text, strlen (text), 4096, NULL);
      g_autofree char *token = NULL;
      g_autoptr (GError) error = NULL;
      gboolean ok = far_aws_parse_metrics (json_node_get_object (node), 2, put, &sum, partial,
                                           &token, &error);

      g_assert_true (ok == (i < G_N_ELEMENTS (partial_after)));
      g_assert_false (partial[0]);
      if (ok)
        g_assert_true (partial[1] == partial_after[i]);
      else
        g_assert_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_REFUSED);
    }
  g_assert_cmpuint (sum, ==, 6);
}

/* A thousand functions are a lot of series: those in use stay, whatever else is asked for. */
static void
test_many (void)
{
  FarAwsCache *cache = far_aws_cache_new ();
  FarAwsSeries *held = far_aws_series_ref (far_aws_cache_need (cache, "held", FAR_AWS_REST_US));
  FarAwsSeries *used = far_aws_cache_need (cache, "used", FAR_AWS_REST_US);
  guint i;

  far_aws_series_put (held, MINUTE, 7);
  far_aws_series_put (used, MINUTE, 8);
  for (i = 0; i < 3 * FAR_AWS_CACHE_ENTRIES_MAX; i++)
    {
      g_autofree char *key = g_strdup_printf ("%u", i);

      g_assert_nonnull (far_aws_cache_need (cache, key, FAR_AWS_REST_US));
      if (i % 1000 == 0)
        g_assert_true (far_aws_cache_need (cache, "used", FAR_AWS_REST_US) == used);
    }
  g_assert_cmpfloat (far_aws_series_get (used, MINUTE, 0), ==, 8);
  /* Forgotten by the cache, and still whole for whoever waits with it. */
  g_assert_true (far_aws_cache_need (cache, "held", FAR_AWS_REST_US) != held);
  g_assert_cmpfloat (far_aws_series_get (held, MINUTE, 0), ==, 7);
  far_aws_series_unref (held);
  far_aws_cache_free (cache);
}

/* What a pattern stands for is matched here by another reader of regular expressions. */
static void
test_pattern (void)
{
  static const struct { const char *text, *pattern, *found; } cases[] = {
    { "Error 42", "%[Ee][Rr][Rr][Oo][Rr]\\x2042%", "[eRRoR 42]" },
    { "100% (a|b)", "%100\\x25\\x20\\x28[Aa]\\x7C[Bb]\\x29%", "is 100% (A|B)." },
    { "\"\\", "%\\x22\\x5C%", "a \"\\ b" },
    { "r\303\251sum\303\251 Ready", "%\\x20[Rr][Ee][Aa][Dd][Yy]%", "a ready" },
    { "-_:/.", "%\\x2D\\x5F\\x3A\\x2F\\x2E%", "-_:/." },
  };
  g_autofree char *longest = g_strnfill (5000, 'x');
  g_autofree char *cut = far_aws_pattern_any_case (longest);
  g_autofree char *quoted = far_aws_pattern_exact ("a\"b\\");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *pattern = far_aws_pattern_any_case (cases[i].text);
      g_autofree char *between = g_strndup (pattern + 1, strlen (pattern) - 2);

      g_assert_cmpstr (pattern, ==, cases[i].pattern);
      g_assert_true (g_regex_match_simple (between, cases[i].found, 0, 0));
      g_assert_false (g_regex_match_simple (between, "another line", 0, 0));
    }
  g_assert_null (far_aws_pattern_any_case (""));
  g_assert_null (far_aws_pattern_any_case ("\303\251\303\251"));
  g_assert_null (far_aws_pattern_exact (""));
  g_assert_cmpuint (strlen (cut), <=, FAR_AWS_PATTERN_MAX);
  g_assert_cmpuint (strlen (cut), >, FAR_AWS_PATTERN_MAX - 8);
  g_assert_cmpstr (quoted, ==, "\"a\\\"b\\\\\"");
}

/* As the services send them: the status alone does not tell who is not let in. */
static void
test_errors (void)
{
  static const struct { const char *json, *header, *said; FarAwsAnswerError kind; } cases[] = {
    { "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"Message\":\"no\"}", NULL,
      "AWS refuses (AccessDeniedException): no", FAR_AWS_ANSWER_REFUSED },
    { "{\"Message\":\"no\"}", "AccessDeniedException:http://internal.amazon.com/coral/",
      "AWS refuses (AccessDeniedException): no", FAR_AWS_ANSWER_REFUSED },
    { "{\"__type\":\"ExpiredTokenException\",\"message\":\"over\"}", NULL,
      "AWS refuses (ExpiredTokenException): over", FAR_AWS_ANSWER_EXPIRED },
    { "{\"__type\":\"ExpiredToken\"}", NULL, "AWS refuses (ExpiredToken)",
      FAR_AWS_ANSWER_EXPIRED },
    { "{\"__type\":\"UnrecognizedClientException\"}", NULL,
      "AWS refuses (UnrecognizedClientException)", FAR_AWS_ANSWER_REFUSED },
    { "{\"__type\":\"com.amazon.coral.availability#ThrottlingException\",\"message\":"
      "\"Rate exceeded\"}", NULL, "AWS refuses (ThrottlingException): Rate exceeded",
      FAR_AWS_ANSWER_LATER },
    { "{\"__type\":\"com.amazonaws.cloudwatch.v2010_08_01#InvalidParameterValueException\"}", NULL,
      "AWS refuses (InvalidParameterValueException)", FAR_AWS_ANSWER_OTHER },
    { "{\"__type\":\"Exception\"}", NULL, "AWS refuses (Exception)", FAR_AWS_ANSWER_OTHER },
    { "<html>", NULL, "AWS refuses (an error without a name)", FAR_AWS_ANSWER_OTHER },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      FarAwsAnswerError kind;
      g_autofree char *said = far_aws_parse_error (cases[i].json, strlen (cases[i].json),
                                                   cases[i].header, &kind);

      g_assert_cmpstr (said, ==, cases[i].said);
      g_assert_cmpint (kind, ==, cases[i].kind);
    }
}

/* What Lambda and its runtimes write in front of a line. */
static void
test_heads (void)
{
#define ID "3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a"
  static const FarId none;
  static const struct { const char *message; FarLogLevel level; gboolean id; } cases[] = {
    { "START RequestId: " ID " Version: $LATEST", FAR_LOG_PLATFORM, TRUE },
    { "END RequestId: " ID, FAR_LOG_PLATFORM, TRUE },
    { "INIT_START Runtime Version: python:3.12.v41\\tRuntime Version ARN: arn", FAR_LOG_PLATFORM,
      FALSE },
    { "EXTENSION\\tName: x\\tState: Ready\\tEvents: []", FAR_LOG_PLATFORM, FALSE },
    { "2026-01-01T00:00:40.500Z\\t" ID "\\tERROR\\tit broke", FAR_LOG_ERROR, TRUE },
    { "2026-01-01T00:00:40.500Z\\t" ID "\\tINFO\\tERROR", FAR_LOG_INFO, TRUE },
    { "2026-01-01T00:00:40.500Z\\tundefined\\tWARN\\tbefore any request", FAR_LOG_WARN, FALSE },
    { "[WARNING]\\t2026-01-01T00:00:40.500Z\\t" ID "\\tno profile", FAR_LOG_WARN, TRUE },
    { "a\\t" ID "\\tERROR\\tof its own", FAR_LOG_INFO, FALSE },
    { "STARTING RequestId: " ID, FAR_LOG_INFO, FALSE },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf (
        "{\"events\":[{\"timestamp\":1767225640500,\"message\":\"%s\",\"eventId\":\"1\"}]}",
        cases[i].message);
      g_autoptr (JsonNode) node = far_json_parse_object (text, strlen (text), 4096, NULL);
      g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_autoptr (GPtrArray) lines =
        g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_log_line_free);
      g_autofree char *token = NULL;
      const FarSourceLogLine *line;

      g_assert_true (far_aws_parse_events (json_node_get_object (node), "f", seen, lines, &token,
                                           NULL));
      line = g_ptr_array_index (lines, 0);
      g_assert_cmpint (line->level, ==, cases[i].level);
      g_assert_true ((far_id_compare (&line->request_id, &none) != 0) == cases[i].id);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aws/report", test_report);
  g_test_add_func ("/aws/cache", test_cache);
  g_test_add_func ("/aws/partial", test_partial);
  g_test_add_func ("/aws/many", test_many);
  g_test_add_func ("/aws/pattern", test_pattern);
  g_test_add_func ("/aws/errors", test_errors);
  g_test_add_func ("/aws/heads", test_heads);
  return g_test_run ();
}
