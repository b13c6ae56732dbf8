/* SPDX-License-Identifier: GPL-3.0-or-later */
/* REPORT lines, and what of CloudWatch's answers is asked for again. The rest of the kind runs in
 * tests/integration/test-aws.py. */
#include "sources/far-aws-answer.h"
#include "sources/far-aws-cache.h"

#include <math.h>

#define REPORT "REPORT RequestId: 3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a\t"
#define FIGURES "Duration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\t" \
                "Max Memory Used: 88 MB\t"
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
    " " REPORT FIGURES, "it says " REPORT FIGURES,
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
  for (i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (far_aws_parse_report (others[i], &report));
}

static gint64
missing (const FarAwsSeries *series, gint64 from, gint64 to, gint64 now)
{
  gint64 start;

  return far_aws_series_missing (series, from, to, MINUTE, now, &start) ? start : -1;
}

static void
test_cache (void)
{
  FarAwsCache *cache = far_aws_cache_new ();
  FarAwsSeries *series = far_aws_cache_need (cache, "f|Invocations|Sum|60");

  g_assert_true (series == far_aws_cache_need (cache, "f|Invocations|Sum|60"));
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aws/report", test_report);
  g_test_add_func ("/aws/cache", test_cache);
  return g_test_run ();
}
