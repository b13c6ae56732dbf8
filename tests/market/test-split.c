/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The split adds up, rounds as said, and comes out the same in steps as in one. */
#include "base/far-money.h"
#include "base/far-random.h"
#include "market/far-provider-units.h"
#include "market/far-settlement.h"
#include "market/far-split.h"
#include "market/far-terms.h"

static void
expect_split (gint64 gross, guint fee_bps, gint64 publisher, gint64 fee)
{
  g_autoptr (GError) error = NULL;
  FarSplit split;

  g_assert_true (far_split_gross (gross, fee_bps, &split, &error));
  g_assert_no_error (error);
  g_assert_cmpint (split.gross_micros, ==, gross);
  g_assert_cmpint (split.publisher_micros, ==, publisher);
  g_assert_cmpint (split.fee_micros, ==, fee);
}

static void
test_vectors (void)
{
  expect_split (50000, 3000, 35000, 15000);
  expect_split (50000, 0, 50000, 0);
  expect_split (50000, 10000, 0, 50000);
  /* 33,333 × 0.7 = 23,333.1 and × 0.3 = 9,999.9: the odd micro goes to the larger remainder. */
  expect_split (33333, 3000, 23333, 10000);
  expect_split (1, 3000, 1, 0);
  expect_split (1, 7000, 0, 1);
  /* A tie is the publisher's. */
  expect_split (1, 5000, 1, 0);
  expect_split (3, 5000, 2, 1);
  expect_split (0, 3000, 0, 0);
  expect_split (FAR_MICROS_MAX, 3000, FAR_MICROS_MAX / 10 * 7, FAR_MICROS_MAX / 10 * 3);
}

static void
test_out_of_bounds (void)
{
  static const struct { gint64 gross; guint fee_bps; } bad[] = {
    { -1, 3000 }, { G_MININT64, 0 }, { FAR_MICROS_MAX + 1, 0 }, { 1, 10001 }, { 1, G_MAXUINT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      FarSplit split = { 7, 7, 7 };

      g_assert_false (far_split_gross (bad[i].gross, bad[i].fee_bps, &split, &error));
      g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_RANGE);
      g_assert_cmpint (split.gross_micros, ==, 7);
      g_assert_cmpint (split.publisher_micros, ==, 7);
    }
}

/* Every amount up to 2,000 at every fee of whole per cents: adds up, and the publisher's part is
 * within one micro of the exact one. */
static void
test_exhaustive_small (void)
{
  for (guint fee_bps = 0; fee_bps <= 10000; fee_bps += 100)
    for (gint64 gross = 0; gross <= 2000; gross++)
      {
        FarSplit split;
        gint64 exact_e4 = gross * (10000 - fee_bps);

        g_assert_true (far_split_gross (gross, fee_bps, &split, NULL));
        g_assert_cmpint (split.publisher_micros + split.fee_micros, ==, gross);
        g_assert_cmpint (split.publisher_micros, >=, exact_e4 / 10000);
        g_assert_cmpint (split.publisher_micros, <=, exact_e4 / 10000 + 1);
      }
}

/* Cut anywhere, as often as you like: the parts of the parts are the parts of the whole. */
static void
test_range_in_steps (void)
{
  FarRng rng;

  far_rng_init (&rng, 20261123, 1);
  for (guint round = 0; round < 20000; round++)
    {
      gint64 gross = 1 + far_rng_below (&rng, 200000);
      guint fee_bps = far_rng_below (&rng, 10001);
      gint64 at = 0, publisher = 0, fee = 0;
      FarSplit whole, part;

      g_assert_true (far_split_gross (gross, fee_bps, &whole, NULL));
      while (at < gross)
        {
          gint64 next = at + 1 + far_rng_below (&rng, (guint32) (gross - at));

          g_assert_true (far_split_range (at, next, fee_bps, &part, NULL));
          g_assert_cmpint (part.publisher_micros, >=, 0);
          g_assert_cmpint (part.fee_micros, >=, 0);
          g_assert_cmpint (part.gross_micros, ==, next - at);
          publisher += part.publisher_micros;
          fee += part.fee_micros;
          at = next;
        }
      g_assert_cmpint (publisher, ==, whole.publisher_micros);
      g_assert_cmpint (fee, ==, whole.fee_micros);
    }
}

static void
expect_units (const char *currency, FarProviderPurpose purpose, gint64 micros, gint64 units,
              gint64 taken)
{
  g_autoptr (GError) error = NULL;
  gint64 got_units, got_taken, back;

  g_assert_true (far_provider_units_floor (currency, purpose, micros, &got_units, &got_taken,
                                           &error));
  g_assert_no_error (error);
  g_assert_cmpint (got_units, ==, units);
  g_assert_cmpint (got_taken, ==, taken);
  g_assert_true (far_provider_units_to_micros (currency, got_units, &back, &error));
  g_assert_cmpint (back, ==, taken);
}

static void
test_provider_units (void)
{
  expect_units ("USD", FAR_PROVIDER_CHARGE, 1234567, 123, 1230000);
  expect_units ("USD", FAR_PROVIDER_CHARGE, 9999, 0, 0);
  expect_units ("EUR", FAR_PROVIDER_CHARGE, 83333, 8, 80000);
  expect_units ("JPY", FAR_PROVIDER_CHARGE, 120999999, 120, 120000000);
  /* Three decimals, the last of which must be 0. */
  expect_units ("KWD", FAR_PROVIDER_CHARGE, 1239999, 1230, 1230000);
  expect_units ("BHD", FAR_PROVIDER_PAYOUT, 5009999, 5000, 5000000);
  /* Two decimals that must be 00. */
  expect_units ("ISK", FAR_PROVIDER_CHARGE, 150990000, 15000, 150000000);
  /* Charged in hundredths, paid out in whole ones. */
  expect_units ("HUF", FAR_PROVIDER_CHARGE, 1999990000, 199999, 1999990000);
  expect_units ("HUF", FAR_PROVIDER_PAYOUT, 1999990000, 199900, 1999000000);
}

static void
test_provider_units_bad (void)
{
  g_autoptr (GError) error = NULL;
  gint64 units = 5, taken = 5, minimum;

  g_assert_false (far_provider_units_floor ("USD", FAR_PROVIDER_CHARGE, -1, &units, &taken,
                                            &error));
  g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_RANGE);
  g_clear_error (&error);
  g_assert_false (far_provider_units_floor ("ZZZ", FAR_PROVIDER_CHARGE, 1, &units, &taken,
                                            &error));
  g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_CURRENCY);
  g_clear_error (&error);
  g_assert_false (far_provider_units_to_micros ("USD", G_MAXINT64 / 2, &taken, &error));
  g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_OVERFLOW);
  g_assert_cmpint (units, ==, 5);
  g_assert_cmpint (taken, ==, 5);

  g_assert_true (far_provider_minimum ("USD", &minimum, NULL));
  g_assert_cmpint (minimum, ==, 500000);
  g_assert_true (far_provider_minimum ("GBP", &minimum, NULL));
  g_assert_cmpint (minimum, ==, 300000);
  g_assert_true (far_provider_minimum ("JPY", &minimum, NULL));
  g_assert_cmpint (minimum, ==, 50000000);
}

/* The 24 least charges of the provider's own table, in its units, and that none of ours could be
 * refused for its last digits. */
/* No currency that is known is charged half a unit because nobody thought of it: where that is the
 * least, it is worth about half a dollar or stands in the provider's table. And the largest charge
 * of each is more than a tab is charged at. */
static void
every_currency (void)
{
  static const char *const halves[] = {
    "AUD", "BMD", "BRL", "BSD", "CAD", "CHF", "EUR", "FKP", "GIP", "INR", "KYD", "NZD", "PAB",
    "SGD", "SHP", "USD", NULL,
  };
  guint n = 0;

  for (guint i = 0; i < 26 * 26 * 26; i++)
    {
      const char code[] = { (char) ('A' + i / 676), (char) ('A' + i / 26 % 26),
                            (char) ('A' + i % 26), '\0' };
      gint64 minimum, maximum, threshold, charge;
      guint exponent;

      if (!far_currency_exponent (code, &exponent, NULL))
        continue;
      n++;
      g_assert_true (far_provider_minimum (code, &minimum, NULL));
      g_assert_true (far_provider_maximum (code, &maximum, NULL));
      g_assert_true (far_settlement_threshold (code, minimum, &threshold, NULL));
      g_assert_cmpint (threshold, <, maximum);
      g_assert_true (far_settlement_chargeable (code, minimum, FAR_MICROS_MAX, &charge, NULL));
      g_assert_cmpint (charge, ==, maximum);
      g_assert_true (far_settlement_chargeable (code, minimum, minimum, &charge, NULL));
      g_assert_cmpint (charge, ==, minimum);
      g_assert_true (far_settlement_chargeable (code, minimum, minimum - 1, &charge, NULL));
      g_assert_cmpint (charge, ==, 0);
      if (exponent == 2 && minimum == 500000)
        g_assert_true (g_strv_contains (halves, code));
    }
  g_assert_cmpuint (n, >, 140);
}

static void
test_minimums (void)
{
  static const struct {
    const char *currency;
    gint64      units;
  } documented[] = {
    { "USD", 50 },   { "AED", 200 },  { "AUD", 50 },    { "BGN", 100 },  { "BRL", 50 },
    { "CAD", 50 },   { "CHF", 50 },   { "CZK", 1500 },  { "DKK", 250 },  { "EUR", 50 },
    { "GBP", 30 },   { "HKD", 400 },  { "HUF", 17500 }, { "INR", 50 },   { "JPY", 50 },
    { "MXN", 1000 }, { "MYR", 200 },  { "NOK", 300 },   { "NZD", 50 },   { "PLN", 200 },
    { "RON", 200 },  { "SEK", 300 },  { "SGD", 50 },    { "THB", 1000 },
  };
  static const char *const others[] = {
    "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "BIF", "CLP", "ISK", "KRW", "MGA", "TWD",
    "UGX", "VND", "XAF", "IDR", "TRY",
  };
  gint64 minimum, units, taken;

  for (gsize i = 0; i < G_N_ELEMENTS (documented); i++)
    {
      g_assert_true (far_provider_minimum (documented[i].currency, &minimum, NULL));
      g_assert_true (far_provider_units_floor (documented[i].currency, FAR_PROVIDER_CHARGE,
                                               minimum, &units, &taken, NULL));
      g_assert_cmpint (units, ==, documented[i].units);
      g_assert_cmpint (taken, ==, minimum);
    }
  every_currency ();
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_assert_true (far_provider_minimum (others[i], &minimum, NULL));
      g_assert_true (far_provider_units_floor (others[i], FAR_PROVIDER_CHARGE, minimum, &units,
                                               &taken, NULL));
      g_assert_cmpint (taken, ==, minimum);
    }
  /* No decimals there, though ISO 4217 has two. */
  g_assert_true (far_provider_units_floor ("MGA", FAR_PROVIDER_CHARGE, 2500990000, &units, &taken,
                                           NULL));
  g_assert_cmpint (units, ==, 2500);
}

static void
test_terms (void)
{
  g_autoptr (GError) error = NULL;
  FarTerms terms, bad;
  FarFreeType type;

  g_assert_true (far_terms_init (&terms, "USD", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (terms.fee_bps, ==, 0);
  g_assert_cmpint (terms.free_limit, ==, 2);
  g_assert_cmpint (terms.reader_cap_micros, ==, 1000000);
  g_assert_true (far_terms_init (&terms, "JPY", &error));
  g_assert_cmpint (terms.reader_cap_micros, ==, 100000000);
  g_assert_false (far_terms_init (&bad, "usd", &error));
  g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_CURRENCY);
  g_clear_error (&error);

  bad = terms;
  bad.fee_bps = 10001;
  g_assert_false (far_terms_check (&bad, &error));
  g_assert_error (error, FAR_TERMS_ERROR, FAR_TERMS_ERROR_RANGE);
  g_clear_error (&error);
  bad = terms;
  bad.free_limit = -1;
  g_assert_false (far_terms_check (&bad, NULL));
  bad.free_limit = FAR_TERMS_FREE_COUNT_MAX + 1;
  g_assert_false (far_terms_check (&bad, NULL));
  bad.free_type = FAR_FREE_AMOUNT;
  g_assert_true (far_terms_check (&bad, NULL));
  bad.refund_window_us = FAR_TERMS_REFUND_WINDOW_US_MAX + 1;
  g_assert_false (far_terms_check (&bad, NULL));

  g_assert_true (far_free_type_parse ("amount", &type) && type == FAR_FREE_AMOUNT);
  g_assert_true (far_free_type_parse ("count", &type) && type == FAR_FREE_COUNT);
  g_assert_false (far_free_type_parse ("Count", &type));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/split/vectors", test_vectors);
  g_test_add_func ("/split/out-of-bounds", test_out_of_bounds);
  g_test_add_func ("/split/exhaustive-small", test_exhaustive_small);
  g_test_add_func ("/split/range-in-steps", test_range_in_steps);
  g_test_add_func ("/provider-units/floor", test_provider_units);
  g_test_add_func ("/provider-units/bad", test_provider_units_bad);
  g_test_add_func ("/terms/minimums", test_minimums);
  g_test_add_func ("/terms/bounds", test_terms);
  return g_test_run ();
}
