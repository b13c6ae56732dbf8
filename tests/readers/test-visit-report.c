/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The histogram's quantiles against exact ones, and the report's line. */
#include <stdlib.h>
#include <string.h>

#include "base/far-json.h"
#include "base/far-random.h"
#include "readers/far-visit-report.h"

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
test_quantiles (void)
{
  enum { N = 50000 };
  const double quantiles[] = { 0, 0.5, 0.9, 0.99, 0.999, 1 };
  g_autofree gint64 *exact = g_new (gint64, N);
  g_autofree FarVisitReport *report = g_new0 (FarVisitReport, 1);
  FarRng rng;
  guint i;

  g_assert_cmpint (far_visit_report_quantile_us (report, 0.99), ==, 0);
  far_rng_init (&rng, 3, 3);
  for (i = 0; i < N; i++)
    {
      exact[i] = (gint64) far_rng_exponential (&rng, i % 7 == 0 ? 2e6 : 900);
      far_visit_report_add_latency (report, exact[i]);
    }
  qsort (exact, N, sizeof *exact, compare);
  for (i = 0; i < G_N_ELEMENTS (quantiles); i++)
    {
      gint64 truth = exact[(gsize) (quantiles[i] * (N - 1))];
      gint64 said = far_visit_report_quantile_us (report, quantiles[i]);

      g_assert_cmpint (said, >=, truth);
      g_assert_cmpint (said, <=, truth + truth / 60 + 1);
    }
}

static void
test_extremes (void)
{
  g_autofree FarVisitReport *report = g_new0 (FarVisitReport, 1);

  far_visit_report_add_latency (report, -5);
  g_assert_cmpint (far_visit_report_quantile_us (report, 1), ==, 0);
  far_visit_report_add_latency (report, G_MAXINT64);
  g_assert_cmpint (far_visit_report_quantile_us (report, 1), >=, G_GINT64_CONSTANT (1) << 38);
}

static void
test_json (void)
{
  g_autofree FarVisitReport *report = g_new0 (FarVisitReport, 1);
  g_autofree char *line = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *object;
  const char *text;
  gint64 value;

  far_visit_report_add_error (report, "pledge “%s”: status %u", "an\"article", 500);
  far_visit_report_add_error (report, "later");
  report->acknowledged_micros = G_GINT64_CONSTANT (9007199254740993);
  line = far_visit_report_to_json (report, "report", 3);
  g_assert_null (strchr (line, '\n'));
  node = far_json_parse_object (line, strlen (line), 4096, &error);
  g_assert_no_error (error);
  object = json_node_get_object (node);
  g_assert_true (far_json_get_int (object, "errors", 0, 10, &value, NULL));
  g_assert_cmpint (value, ==, 2);
  g_assert_true (far_json_get_string (object, "first_error", 300, &text, NULL));
  g_assert_cmpstr (text, ==, "pledge “an\"article”: status 500");
  g_assert_true (far_json_get_string (object, "acknowledged_micros", 30, &text, NULL));
  g_assert_cmpstr (text, ==, "9007199254740993");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/readers/report/quantiles", test_quantiles);
  g_test_add_func ("/readers/report/extremes", test_extremes);
  g_test_add_func ("/readers/report/json", test_json);
  return g_test_run ();
}
