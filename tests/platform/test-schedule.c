/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schedule expressions: what is taken and refused, and when they fire next. */
#include "platform/far-schedule.h"

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

static gint64
at (const char *text)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * G_USEC_PER_SEC;
}

static char *
text_of (gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);

  return g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");
}

static void
test_rate (void)
{
  static const struct { const char *text; gint64 period_us; } cases[] = {
    { "rate(1 minute)", MINUTE_US },           { "rate(5 minutes)", 5 * MINUTE_US },
    { "rate(1 hour)", 60 * MINUTE_US },        { "rate(12 hours)", 12 * 60 * MINUTE_US },
    { "rate(1 day)", 24 * 60 * MINUTE_US },    { "rate(7 days)", 7 * 24 * 60 * MINUTE_US },
  };
  gint64 anchor = at ("2026-03-01T10:00:30Z");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (FarSchedule) schedule = far_schedule_parse (cases[i].text, &error);
      g_autoptr (FarSchedule) copy = NULL;
      gint64 period = cases[i].period_us;

      g_assert_no_error (error);
      copy = far_schedule_copy (schedule);
      g_assert_cmpstr (far_schedule_get_text (copy), ==, cases[i].text);
      g_assert_cmpint (far_schedule_next (copy, anchor, anchor), ==, anchor + period);
      g_assert_cmpint (far_schedule_next (copy, anchor, anchor - 1), ==, anchor + period);
      g_assert_cmpint (far_schedule_next (copy, anchor, anchor + period - 1), ==, anchor + period);
      g_assert_cmpint (far_schedule_next (copy, anchor, anchor + period), ==, anchor + 2 * period);
      g_assert_cmpint (far_schedule_next (copy, anchor, anchor + 1000 * period + 5), ==,
                       anchor + 1001 * period);
      g_assert_cmpint (far_schedule_next (copy, anchor, G_MAXINT64 - 1), ==, G_MAXINT64);
    }
}

static void
test_cron (void)
{
  static const struct { const char *text; const char *after; const char *next; } cases[] = {
    { "cron(0 10 * * ? *)", "2026-03-01T09:59:59Z", "2026-03-01T10:00:00Z" },
    { "cron(0 10 * * ? *)", "2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z" },
    { "cron(15 12 * * ? *)", "2026-12-31T12:15:00Z", "2027-01-01T12:15:00Z" },
    { "cron(0 18 ? * MON-FRI *)", "2026-11-20T18:00:00Z", "2026-11-23T18:00:00Z" },
    { "cron(0 8 1 * ? *)", "2026-01-01T08:00:00Z", "2026-02-01T08:00:00Z" },
    { "cron(0/15 * * * ? *)", "2026-01-01T08:46:10Z", "2026-01-01T09:00:00Z" },
    { "cron(0/10 * ? * mon-fri *)", "2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z" },
    { "cron(0/5 8-17 ? * MON-FRI *)", "2026-11-23T17:55:00Z", "2026-11-24T08:00:00Z" },
    { "cron(0 9 ? * 2#1 *)", "2026-11-23T00:00:00Z", "2026-12-07T09:00:00Z" },
    { "cron(0 9 ? * 6L *)", "2026-11-23T00:00:00Z", "2026-11-27T09:00:00Z" },
    { "cron(0 9 ? * L *)", "2026-11-23T00:00:00Z", "2026-11-28T09:00:00Z" },
    { "cron(0 0 L * ? *)", "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z" },
    { "cron(0 0 L FEB ? *)", "2027-01-01T00:00:00Z", "2027-02-28T00:00:00Z" },
    /* 1 August 2026 is a Saturday, so that the nearest weekday within the month is Monday. */
    { "cron(0 0 1W 8 ? 2026)", "2026-01-01T00:00:00Z", "2026-08-03T00:00:00Z" },
    /* 15 November 2026 is a Sunday. */
    { "cron(0 0 15W * ? *)", "2026-11-01T00:00:00Z", "2026-11-16T00:00:00Z" },
    /* 31 October 2026 is a Saturday, the last of its month. */
    { "cron(0 0 31W 10 ? 2026)", "2026-01-01T00:00:00Z", "2026-10-30T00:00:00Z" },
    { "cron(30 23 29 2 ? *)", "2024-02-29T23:30:00Z", "2028-02-29T23:30:00Z" },
    { "cron(0 0 29 2 ? 2096-2199)", "2026-01-01T00:00:00Z", "2096-02-29T00:00:00Z" },
    { "cron(0 0 ? * FRI-SUN *)", "2026-11-23T00:00:00Z", "2026-11-27T00:00:00Z" },
    { "cron(5,35 14,18 * * ? *)", "2026-01-01T14:35:00Z", "2026-01-01T18:05:00Z" },
    { "cron(0 12 1/7 * ? *)", "2026-01-08T12:00:00Z", "2026-01-15T12:00:00Z" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (FarSchedule) schedule = far_schedule_parse (cases[i].text, &error);
      g_autofree char *next = NULL;

      g_assert_no_error (error);
      next = text_of (far_schedule_next (schedule, 0, at (cases[i].after)));
      if (g_strcmp0 (next, cases[i].next) != 0)
        g_test_message ("%s after %s", cases[i].text, cases[i].after);
      g_assert_cmpstr (next, ==, cases[i].next);
    }
}

/* Every firing found one by one equals those found by asking each minute of two years. */
static void
test_cron_is_complete (void)
{
  static const char *const texts[] = {
    "cron(0 0/6 ? * TUE#5 *)", "cron(59 23 L * ? *)", "cron(0 0 30W * ? *)",
    "cron(7 3 1,15,31 1/2 ? *)",
  };
  gint64 start = at ("2027-01-01T00:00:00Z"), end = at ("2029-01-01T00:00:00Z");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (FarSchedule) schedule = far_schedule_parse (texts[i], NULL);
      gint64 time = start, expected;
      guint n = 0;

      g_assert_nonnull (schedule);
      expected = far_schedule_next (schedule, 0, start - 1);
      for (; time < end; time += MINUTE_US)
        {
          gint64 next = far_schedule_next (schedule, 0, time - 1);

          g_assert_cmpint (next, ==, expected);
          if (next == time)
            {
              n++;
              expected = far_schedule_next (schedule, 0, time);
              g_assert_cmpint (expected, >, time);
            }
          else if (next > time + 24 * 60 * MINUTE_US)
            time = next - MINUTE_US - (next - MINUTE_US - time) % MINUTE_US;
        }
      g_assert_cmpuint (n, >, 10);
    }
}

static void
test_refused (void)
{
  static const struct { const char *text; const char *says; } cases[] = {
    { "", "is no schedule" },
    { "every minute", "is no schedule" },
    { "rate(1 minute", "is no schedule" },
    { "cron(", "is no schedule" },
    { "rate()", "whole number" },
    { "rate(0 minutes)", "whole number" },
    { "rate(-1 minutes)", "whole number" },
    { "rate(1.5 minutes)", "whole number" },
    { "rate( 5 minutes)", "whole number" },
    { "rate(1 minutes)", "write rate(1 minute)" },
    { "rate(5 minute)", "write rate(5 minutes)" },
    { "rate(5 seconds)", "is no unit" },
    { "rate(9999999999 days)", "whole number" },
    { "cron(* * * * *)", "6 fields" },
    { "cron(0  10 * * ? *)", "6 fields" },
    { "cron(0 10 * * * *)", "must be “?”" },
    { "cron(0 10 ? * ? *)", "must be “?”" },
    { "cron(60 10 * * ? *)", "is no minutes" },
    { "cron(0 24 * * ? *)", "is no hours" },
    { "cron(0 10 32 * ? *)", "is no day of month" },
    { "cron(0 10 0 * ? *)", "is no day of month" },
    { "cron(0 10 * 13 ? *)", "is no month" },
    { "cron(0 10 ? * 8 *)", "is no day of week" },
    { "cron(0 10 ? * MON#6 *)", "#1 to #5" },
    { "cron(0 10 * * ? 1969)", "is no year" },
    { "cron(0 10 * * ? 2200)", "is no year" },
    { "cron(30-10 10 * * ? *)", "turn it round" },
    { "cron(0/0 10 * * ? *)", "is no step" },
    { "cron(1,,2 10 * * ? *)", "an empty value" },
    { "cron(0 0 30 2 ? *)", "no day is ever met" },
    { "cron(0 0 29 2 ? 2100)", "no day is ever met" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (far_schedule_parse (cases[i].text, &error));
      g_assert_nonnull (error);
      if (strstr (error->message, cases[i].says) == NULL)
        g_test_message ("%s: %s", cases[i].text, error->message);
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule/rate", test_rate);
  g_test_add_func ("/schedule/cron", test_cron);
  g_test_add_func ("/schedule/cron-is-complete", test_cron_is_complete);
  g_test_add_func ("/schedule/refused", test_refused);
  return g_test_run ();
}
