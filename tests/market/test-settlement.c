/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settlement: thresholds, month ends, minimums, outcomes, retries. */
#include "base/far-clock.h"
#include "base/far-random.h"
#include "market/far-provider-units.h"
#include "market/far-settlement.h"

static gint64
at (const char *text)
{
  gint64 time_us;

  g_assert_true (far_time_parse_rfc3339 (text, &time_us));
  return time_us;
}

static void
expect_due (const char *currency, gint64 tab, const char *oldest, gint64 retry_us, const char *now,
            FarDue due, gint64 charge)
{
  g_autoptr (GError) error = NULL;
  FarDue got;
  gint64 got_charge;

  gint64 least;

  g_assert_true (far_provider_minimum (currency, &least, &error));
  g_assert_true (far_settlement_due (currency, least, tab, at (oldest), retry_us, at (now), &got,
                                     &got_charge, &error));
  g_assert_no_error (error);
  g_assert_cmpint (got, ==, due);
  g_assert_cmpint (got_charge, ==, charge);
}

static void
test_due (void)
{
  const char *start = "2026-11-03T10:00:00Z", *later = "2026-11-30T23:59:59.999999Z";
  const char *next = "2026-12-01T00:00:00Z";

  /* Two pledges are under the provider's minimum, also at the end of the month: carried forward. */
  expect_due ("USD", 100000, start, 0, later, FAR_DUE_NOT, 0);
  expect_due ("USD", 100000, start, 0, next, FAR_DUE_NOT, 0);
  expect_due ("USD", 499999, start, 0, next, FAR_DUE_NOT, 0);
  expect_due ("USD", 500000, start, 0, later, FAR_DUE_NOT, 0);
  expect_due ("USD", 500000, start, 0, next, FAR_DUE_MONTH, 500000);
  expect_due ("USD", 4999999, start, 0, later, FAR_DUE_NOT, 0);
  expect_due ("USD", 5000000, start, 0, later, FAR_DUE_THRESHOLD, 5000000);
  /* Whole cents; the rest stays. */
  expect_due ("USD", 5033333, start, 0, start, FAR_DUE_THRESHOLD, 5030000);
  expect_due ("JPY", 500999999, start, 0, start, FAR_DUE_THRESHOLD, 500000000);
  expect_due ("KWD", 5019999, start, 0, start, FAR_DUE_THRESHOLD, 5010000);
  /* Not before the time of the next attempt. */
  expect_due ("USD", 6000000, start, at (next), later, FAR_DUE_NOT, 0);
  expect_due ("USD", 6000000, start, at (next), next, FAR_DUE_THRESHOLD, 6000000);
  g_assert_cmpstr (far_due_to_text (FAR_DUE_MONTH), ==, "month");
}

static void
test_month_ends (void)
{
  static const struct { const char *time, *end; } cases[] = {
    { "2026-11-23T04:12:00Z", "2026-12-01T00:00:00Z" },
    { "2026-12-31T23:59:59.999999Z", "2027-01-01T00:00:00Z" },
    { "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z" },
    { "2028-02-29T12:00:00Z", "2028-03-01T00:00:00Z" },
    { "2027-02-28T12:00:00Z", "2027-03-01T00:00:00Z" },
    { "2100-02-28T12:00:00Z", "2100-03-01T00:00:00Z" },
    { "1970-01-01T00:00:00Z", "1970-02-01T00:00:00Z" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (far_month_end_us (at (cases[i].time)), ==, at (cases[i].end));
  g_assert_cmpint (far_month_end_us (-1), ==, 0);
}

/* Every day of two leap cycles against GLib's calendar. */
static void
test_calendar (void)
{
  for (gint64 day = 0; day < 3000; day++)
    {
      gint64 noon = (day * 86400 + 43200) * G_USEC_PER_SEC;
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (noon / G_USEC_PER_SEC);
      g_autoptr (GDateTime) first =
        g_date_time_new_utc (g_date_time_get_year (date), g_date_time_get_month (date), 1, 0, 0, 0);
      g_autoptr (GDateTime) next = g_date_time_add_months (first, 1);

      g_assert_cmpint (far_month_end_us (noon), ==,
                       g_date_time_to_unix (next) * G_USEC_PER_SEC);
      g_assert_cmpint (far_day_start_us (noon), ==, day * 86400 * G_USEC_PER_SEC);
      g_assert_cmpint (far_hour_start_us (noon + 1), ==, noon);
    }
  g_assert_cmpint (far_hour_start_us (-1), ==, -3600 * G_GINT64_CONSTANT (1000000));
}

static void
test_take (void)
{
  FarRng rng;

  far_rng_init (&rng, 5, 1);
  for (guint round = 0; round < 1000; round++)
    {
      gint64 items[20], total = 0, left, taken = 0;
      gint64 charge;
      gboolean partial = FALSE;

      for (guint i = 0; i < 20; i++)
        total += items[i] = 1 + far_rng_below (&rng, 100000);
      charge = left = far_rng_below (&rng, (guint32) total + 1);
      for (guint i = 0; i < 20; i++)
        {
          gint64 part = far_settlement_take (items[i], &left);

          g_assert_true (!partial || part == 0);
          partial |= part < items[i];
          taken += part;
        }
      g_assert_cmpint (left, ==, 0);
      g_assert_cmpint (taken, ==, charge);
    }
}

/* Every state × outcome. Unknown is never failed. */
static void
test_outcomes (void)
{
  static const struct { FarChargeState from, outcome, to; FarOutcomeResult result; } cases[] = {
    { FAR_CHARGE_BEGUN, FAR_CHARGE_UNKNOWN, FAR_CHARGE_UNKNOWN, FAR_OUTCOME_TAKEN },
    { FAR_CHARGE_BEGUN, FAR_CHARGE_SUCCEEDED, FAR_CHARGE_SUCCEEDED, FAR_OUTCOME_TAKEN },
    { FAR_CHARGE_BEGUN, FAR_CHARGE_FAILED, FAR_CHARGE_FAILED, FAR_OUTCOME_TAKEN },
    { FAR_CHARGE_UNKNOWN, FAR_CHARGE_UNKNOWN, FAR_CHARGE_UNKNOWN, FAR_OUTCOME_SAME },
    { FAR_CHARGE_UNKNOWN, FAR_CHARGE_SUCCEEDED, FAR_CHARGE_SUCCEEDED, FAR_OUTCOME_TAKEN },
    { FAR_CHARGE_UNKNOWN, FAR_CHARGE_FAILED, FAR_CHARGE_FAILED, FAR_OUTCOME_TAKEN },
    { FAR_CHARGE_SUCCEEDED, FAR_CHARGE_UNKNOWN, FAR_CHARGE_SUCCEEDED, FAR_OUTCOME_SAME },
    { FAR_CHARGE_SUCCEEDED, FAR_CHARGE_SUCCEEDED, FAR_CHARGE_SUCCEEDED, FAR_OUTCOME_SAME },
    { FAR_CHARGE_SUCCEEDED, FAR_CHARGE_FAILED, FAR_CHARGE_SUCCEEDED, FAR_OUTCOME_CONFLICT },
    { FAR_CHARGE_FAILED, FAR_CHARGE_UNKNOWN, FAR_CHARGE_FAILED, FAR_OUTCOME_SAME },
    { FAR_CHARGE_FAILED, FAR_CHARGE_SUCCEEDED, FAR_CHARGE_FAILED, FAR_OUTCOME_CONFLICT },
    { FAR_CHARGE_FAILED, FAR_CHARGE_FAILED, FAR_CHARGE_FAILED, FAR_OUTCOME_SAME },
  };
  FarChargeState state;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      state = cases[i].from;
      g_assert_cmpint (far_charge_apply (&state, cases[i].outcome), ==, cases[i].result);
      g_assert_cmpint (state, ==, cases[i].to);
    }
  g_assert_true (far_charge_outcome_parse ("unknown", &state) && state == FAR_CHARGE_UNKNOWN);
  g_assert_true (far_charge_outcome_parse ("failed", &state) && state == FAR_CHARGE_FAILED);
  g_assert_false (far_charge_outcome_parse ("begun", &state));
}

static void
test_retries (void)
{
  const gint64 day = 86400 * G_GINT64_CONSTANT (1000000);

  g_assert_cmpint (far_charge_retry_us (1, 100), ==, 100 + day);
  g_assert_cmpint (far_charge_retry_us (2, 100), ==, 100 + 3 * day);
  g_assert_cmpint (far_charge_retry_us (3, 100), ==, 100 + 7 * day);
  g_assert_cmpint (far_charge_retry_us (4, 100), ==, 100 + 14 * day);
  g_assert_cmpint (far_charge_retry_us (400, 100), ==, 100 + 14 * day);
  g_assert_false (far_charge_write_off_due (0, G_MAXINT64));
  g_assert_false (far_charge_write_off_due (100, 99 + 60 * day));
  g_assert_true (far_charge_write_off_due (100, 100 + 60 * day));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settlement/due", test_due);
  g_test_add_func ("/settlement/month-ends", test_month_ends);
  g_test_add_func ("/settlement/calendar", test_calendar);
  g_test_add_func ("/settlement/take", test_take);
  g_test_add_func ("/settlement/outcomes", test_outcomes);
  g_test_add_func ("/settlement/retries", test_retries);
  return g_test_run ();
}
