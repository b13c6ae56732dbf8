/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The PromQL that profiles become: windows, matchers, quoting, expressions of one's own. The real
 * engines take it in tests/integration/test-deployments.py. */
#include "sources/far-promql.h"

static void
check (const FarPromProfile *profile, FarPromRole role, const char *function, gboolean all,
       const char *expected)
{
  g_autofree char *text = far_prom_query (profile, role, function, 120, all);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_counters (void)
{
  const FarPromProfile *openfaas = far_prom_profile_find ("openfaas");

  check (openfaas, FAR_PROM_INVOCATIONS, NULL, TRUE,
         "sum by () (increase(gateway_function_invocation_total{code!=\"429\"}[120s]))");
  check (openfaas, FAR_PROM_ERRORS, "figlet", FALSE,
         "sum by (function_name) (increase(gateway_function_invocation_total{code=~\"5..\","
         "function_name=\"figlet\"}[120s]))");
  check (openfaas, FAR_PROM_COLD_STARTS, NULL, TRUE, NULL);
}

static void
test_buckets_and_gauges (void)
{
  const FarPromProfile *farthing = far_prom_profile_find ("farthing");

  check (farthing, FAR_PROM_BUCKETS, "pledge", FALSE,
         "sum by (function, le) (increase(farthing_duration_seconds_bucket{function=\"pledge\"}"
         "[120s]))");
  check (farthing, FAR_PROM_BUCKETS, NULL, TRUE,
         "sum by (le) (increase(farthing_duration_seconds_bucket[120s]))");
  check (farthing, FAR_PROM_CONCURRENCY, NULL, FALSE,
         "sum by (function) (max_over_time(farthing_concurrent_invocations[120s]))");
}

/* A function's name is data. */
static void
test_quoting (void)
{
  check (far_prom_profile_find ("farthing"), FAR_PROM_INVOCATIONS, "a\"} or up{\\\nx", FALSE,
         "sum by (function) (increase(farthing_invocations_total{function="
         "\"a\\\"} or up{\\\\\\nx\"}[120s]))");
}

static void
test_own (void)
{
  FarPromProfile own = { .name = "custom", .label = "fn", .us_per_unit = 1e6 };

  own.terms[FAR_PROM_INVOCATIONS][0] =
    "label_replace(rate(hits[$w]) * 60, \"fn\", \"x\", \"\", \"\")";
  own.terms[FAR_PROM_ERRORS][0] = "hits_failed{}";
  check (&own, FAR_PROM_INVOCATIONS, "x", FALSE,
         "sum by (fn) (label_replace(rate(hits[120s]) * 60, \"fn\", \"x\", \"\", \"\"))");
  check (&own, FAR_PROM_ERRORS, "x", FALSE,
         "sum by (fn) (increase(hits_failed{fn=\"x\"}[120s]))");
  g_assert_true (far_prom_is_label ("function_name"));
  g_assert_true (far_prom_is_label ("_x1"));
  g_assert_false (far_prom_is_label (""));
  g_assert_false (far_prom_is_label ("1x"));
  g_assert_false (far_prom_is_label ("a) (b"));
  g_assert_null (far_prom_profile_find ("custom"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promql/counters", test_counters);
  g_test_add_func ("/promql/buckets-and-gauges", test_buckets_and_gauges);
  g_test_add_func ("/promql/quoting", test_quoting);
  g_test_add_func ("/promql/own", test_own);
  return g_test_run ();
}
