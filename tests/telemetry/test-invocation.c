/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows from an invocation's record: billing and Lambda's log lines. */
#include "telemetry/far-invocation.h"

static FarInvocation
sample (void)
{
  FarInvocation invocation = {
    .function = "content",
    .version = "$LATEST",
    .arrival_us = 1767225600000000,
    .queue_us = 40,
    .start_us = 2900,
    .init_us = 2345,
    .duration_us = 1655,
    .overhead_us = 21,
    .memory_mb = 128,
    .memory_max_kb = 5 * 1024 + 1,
    .cold = TRUE,
  };

  g_assert_true (far_id_parse ("0123456789abcdef0123456789abcdef", &invocation.request_id));
  return invocation;
}

static void
test_billed (void)
{
  FarInvocation invocation = sample ();

  g_assert_cmpint (far_invocation_billed_ms (&invocation), ==, 4);
  g_assert_cmpint (far_invocation_mb_ms (&invocation), ==, 4 * 128);
  g_assert_cmpint (far_invocation_end_us (&invocation), ==, 1767225600000000 + 2900 + 1655 + 21);
  invocation.init_us = 2346;
  g_assert_cmpint (far_invocation_billed_ms (&invocation), ==, 5);
  invocation.cold = FALSE;
  g_assert_cmpint (far_invocation_billed_ms (&invocation), ==, 2);
  invocation.duration_us = 0;
  g_assert_cmpint (far_invocation_billed_ms (&invocation), ==, 0);
  invocation.duration_us = -7;
  g_assert_cmpint (far_invocation_billed_ms (&invocation), ==, 0);
  invocation.duration_us = 1;
  g_assert_cmpint (far_invocation_billed_ms (&invocation), ==, 1);
  invocation.outcome = FAR_INVOCATION_THROTTLE;
  g_assert_cmpint (far_invocation_billed_ms (&invocation), ==, 0);
  g_assert_false (far_invocation_is_error (&invocation));
  invocation.outcome = FAR_INVOCATION_CRASH;
  g_assert_true (far_invocation_is_error (&invocation));
}

static void
test_lines (void)
{
  FarInvocation invocation = sample ();
  g_autofree char *start = far_invocation_start_line (&invocation);
  g_autofree char *end = far_invocation_end_line (&invocation);
  g_autofree char *cold = far_invocation_report_line (&invocation);
  g_autofree char *warm = NULL, *crash = NULL, *late = NULL;

#define ID "RequestId: 01234567-89ab-cdef-0123-456789abcdef"
  g_assert_cmpstr (start, ==, "START " ID " Version: $LATEST");
  g_assert_cmpstr (end, ==, "END " ID);
  g_assert_cmpstr (cold, ==, "REPORT " ID "\tDuration: 1.66 ms\tBilled Duration: 4 ms\t"
                   "Memory Size: 128 MB\tMax Memory Used: 6 MB\tInit Duration: 2.35 ms");
  invocation.cold = FALSE;
  invocation.memory_max_kb = 0;
  invocation.duration_us = 1234567;
  warm = far_invocation_report_line (&invocation);
  g_assert_cmpstr (warm, ==, "REPORT " ID "\tDuration: 1234.57 ms\tBilled Duration: 1235 ms\t"
                   "Memory Size: 128 MB");
  invocation.outcome = FAR_INVOCATION_CRASH;
  invocation.error_type = "Runtime.ExitError";
  crash = far_invocation_report_line (&invocation);
  g_assert_true (g_str_has_suffix (crash, "\tStatus: error\tError Type: Runtime.ExitError"));
  invocation.outcome = FAR_INVOCATION_TIMEOUT;
  late = far_invocation_report_line (&invocation);
  g_assert_true (g_str_has_suffix (late, "\tStatus: timeout"));
}

static void
test_outcomes (void)
{
  FarInvocationOutcome outcome;
  guint i;

  for (i = 0; i < FAR_INVOCATION_N_OUTCOMES; i++)
    {
      g_assert_true (far_invocation_outcome_from_string (far_invocation_outcome_to_string (i),
                                                         &outcome));
      g_assert_cmpuint (outcome, ==, i);
    }
  outcome = FAR_INVOCATION_CRASH;
  g_assert_false (far_invocation_outcome_from_string ("", &outcome));
  g_assert_false (far_invocation_outcome_from_string (NULL, &outcome));
  g_assert_cmpuint (outcome, ==, FAR_INVOCATION_CRASH);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/invocation/billed", test_billed);
  g_test_add_func ("/invocation/lines", test_lines);
  g_test_add_func ("/invocation/outcomes", test_outcomes);
  return g_test_run ();
}
