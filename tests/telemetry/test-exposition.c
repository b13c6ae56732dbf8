/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is given out. The Prometheus text: read back by the rules of the format, and against what
 * was recorded. */
#include "far-test-telemetry.h"

#include <string.h>

#include "telemetry/far-exposition.h"
#include "telemetry/far-report.h"

/* One sample, by its whole name with labels; -1 if it is not there. */
static double
sample (const char *text, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint i;

  for (i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], name) && lines[i][strlen (name)] == ' ')
      return g_ascii_strtod (lines[i] + strlen (name), NULL);
  return -1;
}

/* Every line is HELP, TYPE or a sample of the family that TYPE opened; no sample comes twice. */
static void
check_format (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *family = g_strdup ("");
  g_autoptr (GRegex) shape = g_regex_new (
    "^([a-z_]+?)(_bucket|_sum|_count)?(\\{([a-z]+=\"([^\"\\\\]|\\\\.)*\",?)+\\})? [0-9.e+-]+$",
    0, 0, NULL);
  guint i;

  g_assert_true (g_str_has_suffix (text, "\n"));
  for (i = 0; lines[i + 1] != NULL; i++)
    {
      g_autoptr (GMatchInfo) match = NULL;
      g_autofree char *name = NULL;

      if (g_str_has_prefix (lines[i], "# HELP "))
        continue;
      if (g_str_has_prefix (lines[i], "# TYPE "))
        {
          g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

          g_assert_cmpuint (g_strv_length (words), ==, 4);
          g_assert_true (g_hash_table_add (seen, g_strdup (words[2])));
          g_free (family);
          family = g_strdup (words[2]);
          continue;
        }
      if (!g_regex_match (shape, lines[i], 0, &match))
        g_error ("no sample: %s", lines[i]);
      name = g_match_info_fetch (match, 1);
      g_assert_cmpstr (name, ==, family);
      g_assert_true (g_hash_table_add (seen, g_strndup (lines[i], (gsize) (strrchr (lines[i], ' ') -
                                                                           lines[i]))));
    }
}

static void
test_append (void)
{
  static const char *const functions[] = { "content", "quiet", NULL };
  g_autoptr (GString) text = g_string_new (NULL);
  double below = 0;
  gint64 limit_us;
  Fixture fixture;
  guint i;

  fixture_init (&fixture);
  for (i = 1; i <= 1000; i++)
    record_one (&fixture, "content", FAR_INVOCATION_OK, i);
  record_one (&fixture, "content", FAR_INVOCATION_TIMEOUT, 40000000);
  record_one (&fixture, "content", FAR_INVOCATION_THROTTLE, 0);
  record_one (&fixture, "unlisted", FAR_INVOCATION_OK, 5);
  far_exposition_append (text, fixture.telemetry, functions);
  check_format (text->str);
  g_assert_cmpfloat (sample (text->str, "farthing_invocations_total{function=\"content\"}"), ==,
                     1001);
  g_assert_cmpfloat (sample (text->str, "farthing_timeouts_total{function=\"content\"}"), ==, 1);
  g_assert_cmpfloat (sample (text->str, "farthing_throttles_total{function=\"content\"}"), ==, 1);
  g_assert_cmpfloat (sample (text->str, "farthing_invocations_total{function=\"quiet\"}"), ==, 0);
  g_assert_cmpfloat (sample (text->str, "farthing_telemetry_dropped_total{kind=\"record\"}"), ==,
                     0);
  /* 1,000 × 1 ms and 40 s, at 128 MB. */
  g_assert_cmpfloat_with_epsilon (
    sample (text->str, "farthing_billed_gigabyte_seconds_total{function=\"content\"}"), 41.0 / 8,
    1e-9);
  /* Only what was asked for becomes a label. */
  g_assert_null (strstr (text->str, "unlisted"));

  /* Buckets are exact, cumulative, and end in the count. */
  for (limit_us = 256; limit_us <= 1024; limit_us *= 2)
    {
      char number[G_ASCII_DTOSTR_BUF_SIZE];
      g_autofree char *name = g_strdup_printf (
        "farthing_duration_seconds_bucket{function=\"content\",le=\"%s\"}",
        g_ascii_formatd (number, sizeof number, "%.15g", (double) limit_us / G_USEC_PER_SEC));

      g_assert_cmpfloat (sample (text->str, name), ==, MIN (limit_us, 1000));
      g_assert_cmpfloat (sample (text->str, name), >=, below);
      below = sample (text->str, name);
    }
  g_assert_cmpfloat (
    sample (text->str, "farthing_duration_seconds_bucket{function=\"content\",le=\"33.554432\"}"),
    ==, 1000);
  g_assert_cmpfloat (
    sample (text->str, "farthing_duration_seconds_bucket{function=\"content\",le=\"+Inf\"}"), ==,
    1001);
  g_assert_cmpfloat (sample (text->str, "farthing_duration_seconds_count{function=\"content\"}"),
                     ==, 1001);
  g_assert_cmpfloat_with_epsilon (
    sample (text->str, "farthing_duration_seconds_sum{function=\"content\"}"), 40.5005, 1e-9);
  fixture_clear (&fixture);
}

static void
test_escapes (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  far_exposition_family (text, "a_b", "gauge", "one\\two\nthree \"four\"");
  far_exposition_sample (text, "a_b", "function", "x\"y\\z\n", 1.5);
  far_exposition_sample (text, "a_b", NULL, NULL, 1e300);
  g_assert_cmpstr (text->str, ==,
                   "# HELP a_b one\\\\two\\nthree \"four\"\n# TYPE a_b gauge\n"
                   "a_b{function=\"x\\\"y\\\\z\\n\"} 1.5\na_b 1e+300\n");
}

/* Of what is given out as JSON only readers' keys are taken; ids of traces and requests stay. */
static void
test_keys (void)
{
  g_autofree char *key = g_strnfill (64, 'a');
  g_autofree char *text = g_strdup_printf ("{\"error_type\":\"No %s\","
                                           "\"trace_id\":\"%.32s\",\"n\":7}", key, key);
  g_autofree char *clean = far_report_remove_keys (text);
  g_autofree char *expected = g_strdup_printf ("{\"error_type\":\"No [reader]\","
                                               "\"trace_id\":\"%.32s\",\"n\":7}", key);
  g_autofree char *longer = g_strconcat (key, "bc", NULL);
  g_autofree char *whole = far_report_remove_keys (longer);
  g_autofree char *none = far_report_remove_keys ("");

  g_assert_cmpstr (clean, ==, expected);
  g_assert_cmpstr (whole, ==, "[reader]");
  g_assert_cmpstr (none, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exposition/append", test_append);
  g_test_add_func ("/exposition/escapes", test_escapes);
  g_test_add_func ("/report/keys", test_keys);
  return g_test_run ();
}
