/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Money: the edges of int64, exact splits, and the three texts of an amount. */
#include "base/far-money.h"

#include <string.h>

#include "base/far-random.h"

static void
test_add_sub_mul (void)
{
  g_autoptr (GError) error = NULL;
  gint64 result = 7;

  g_assert_true (far_micros_add (G_MAXINT64 - 1, 1, &result, NULL));
  g_assert_cmpint (result, ==, G_MAXINT64);
  g_assert_true (far_micros_sub (G_MININT64 + 1, 1, &result, NULL));
  g_assert_cmpint (result, ==, G_MININT64);
  g_assert_true (far_micros_mul (-33333, 3, &result, NULL));
  g_assert_cmpint (result, ==, -99999);

  result = 7;
  g_assert_false (far_micros_add (G_MAXINT64, 1, &result, &error));
  g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_OVERFLOW);
  g_assert_false (far_micros_add (G_MININT64, -1, &result, NULL));
  g_assert_false (far_micros_sub (G_MININT64, 1, &result, NULL));
  g_assert_false (far_micros_sub (0, G_MININT64, &result, NULL));
  g_assert_false (far_micros_mul (G_MININT64, -1, &result, NULL));
  g_assert_false (far_micros_mul (G_MAXINT64 / 2, 3, &result, NULL));
  g_assert_cmpint (result, ==, 7);
}

static void
assert_split (gint64        total,
              const guint  *weights,
              gsize         n,
              const gint64 *expected)
{
  gint64 parts[FAR_SHARES_MAX];

  g_assert_true (far_micros_split (total, weights, n, parts, NULL));
  for (gsize i = 0; i < n; i++)
    g_assert_cmpint (parts[i], ==, expected[i]);
}

static void
test_split_by_hand (void)
{
  /* 33,333 among thirds: nothing over. 100,000 among thirds: one over, to the first. */
  assert_split (33333, (const guint[]) { 1, 1, 1 }, 3, (const gint64[]) { 11111, 11111, 11111 });
  assert_split (100000, (const guint[]) { 1, 1, 1 }, 3, (const gint64[]) { 33334, 33333, 33333 });
  assert_split (100001, (const guint[]) { 1, 1, 1 }, 3, (const gint64[]) { 33334, 33334, 33333 });
  /* 33,333 at 85 %, 10 %, 5 %: 28,333.05, 3,333.3 and 1,666.65: the last rest wins. */
  assert_split (33333, (const guint[]) { 8500, 1000, 500 }, 3,
                (const gint64[]) { 28333, 3333, 1667 });
  /* A zero weight never gets a micro that is left over. */
  assert_split (1, (const guint[]) { 0, 1, 1 }, 3, (const gint64[]) { 0, 1, 0 });
  assert_split (0, (const guint[]) { 3, 4 }, 2, (const gint64[]) { 0, 0 });
  /* Products beyond 64 bits stay exact. */
  assert_split (G_MAXINT64, (const guint[]) { G_MAXUINT, G_MAXUINT }, 2,
                (const gint64[]) { G_MAXINT64 / 2 + 1, G_MAXINT64 / 2 });
}

static void
test_split_refused (void)
{
  guint weights[FAR_SHARES_MAX + 1] = { 1, };
  gint64 parts[FAR_SHARES_MAX + 1] = { 42, };
  g_autoptr (GError) error = NULL;

  g_assert_false (far_micros_split (-1, weights, 1, parts, &error));
  g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_RANGE);
  g_assert_false (far_micros_split (1, weights, 0, parts, NULL));
  g_assert_false (far_micros_split (1, weights + 1, 3, parts, NULL));
  g_assert_false (far_micros_split (1, weights, FAR_SHARES_MAX + 1, parts, NULL));
  g_assert_true (far_micros_split (1, weights, FAR_SHARES_MAX, parts, NULL));
  g_assert_cmpint (parts[0], ==, 1);
}

/* Against the definition: each part is the floor or the ceiling of its exact share, a larger
 * remainder is never passed over, and the whole is the whole. */
static void
test_split_property (void)
{
  FarRng rng;

  far_rng_init (&rng, 20260101, 1);
  for (guint round = 0; round < 20000; round++)
    {
      guint n = 1 + far_rng_below (&rng, FAR_SHARES_MAX);
      guint weights[FAR_SHARES_MAX];
      gint64 parts[FAR_SHARES_MAX];
      guint64 remainders[FAR_SHARES_MAX];
      gint64 total = ((gint64) far_rng_next (&rng) << 21) >> far_rng_below (&rng, 48);
      gint64 sum = 0;
      guint64 sum_weights = 0;

      for (guint i = 0; i < n; i++)
        sum_weights += weights[i] = far_rng_below (&rng, 10000);
      if (sum_weights == 0)
        continue;
      g_assert_true (far_micros_split (total, weights, n, parts, NULL));
      for (guint i = 0; i < n; i++)
        {
          unsigned __int128 share = (unsigned __int128) total * weights[i];

          sum += parts[i];
          remainders[i] = (guint64) (share % sum_weights);
          parts[i] -= (gint64) (share / sum_weights);
          g_assert_true (parts[i] == 0 || (parts[i] == 1 && remainders[i] > 0));
        }
      g_assert_cmpint (sum, ==, total);
      for (guint i = 0; i < n; i++)
        for (guint j = 0; j < n; j++)
          if (parts[i] == 1 && parts[j] == 0)
            g_assert_true (remainders[i] > remainders[j] ||
                           (remainders[i] == remainders[j] && i < j));
    }
}

static void
test_wire (void)
{
  static const gint64 values[] = { 0, 1, -1, 50000, G_MAXINT64, G_MININT64 };
  static const char *const bad[] = {
    "", "-", "+1", " 1", "1 ", "01", "-0", "-01", "1.0", "1e3", "0x10", "١", "1,000", "--1",
  };
  gint64 micros = 42;

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *text = far_micros_to_wire (values[i]);

      g_assert_true (far_micros_parse (text, &micros, NULL));
      g_assert_cmpint (micros, ==, values[i]);
    }

  micros = 42;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (far_micros_parse (bad[i], &micros, &error));
      g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_SYNTAX);
    }
  g_assert_false (far_micros_parse (NULL, &micros, NULL));
  for (gsize i = 0; i < 3; i++)
    {
      static const char *const large[] = { "9223372036854775808", "-9223372036854775809",
                                           "99999999999999999999999999" };
      g_autoptr (GError) error = NULL;

      g_assert_false (far_micros_parse (large[i], &micros, &error));
      g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_OVERFLOW);
    }
  g_assert_cmpint (micros, ==, 42);
}

static void
test_decimal (void)
{
  static const struct { const char *text; gint64 micros; } good[] = {
    { "0.05", 50000 }, { "0", 0 }, { "12", 12000000 }, { "12.345678", 12345678 },
    { "0.000001", 1 }, { "9000000000", FAR_MICROS_MAX }, { "0.50", 500000 },
  };
  static const char *const bad[] = {
    "", ".", ".5", "5.", "0,05", "00.5", "1e2", "0.0000001", " 1", "1 ", "$1", "1.2.3", "nan",
  };
  static const char *const outside[] = { "-0.05", "-0", "9000000000.000001", "99999999999999999999",
                                         "99999999999999999999999999999999" };
  gint64 micros = 42;

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_true (far_micros_parse_decimal (good[i].text, &micros, NULL));
      g_assert_cmpint (micros, ==, good[i].micros);
    }
  micros = 42;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (far_micros_parse_decimal (bad[i], &micros, &error));
      g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_SYNTAX);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (outside); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (far_micros_parse_decimal (outside[i], &micros, &error));
      g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_RANGE);
    }
  g_assert_false (far_micros_parse_decimal (NULL, &micros, NULL));
  g_assert_cmpint (micros, ==, 42);
}

static void
test_display (void)
{
  static const struct {
    gint64 micros;
    const char *currency, *decimal, *display;
  } cases[] = {
    { 50000, "USD", "0.05", "5 ¢" },
    { 500000, "USD", "0.50", "50 ¢" },
    { 1250000, "USD", "1.25", "$1.25" },
    { 0, "USD", "0.00", "$0.00" },
    { 33333, "USD", "0.033333", "$0.033333" },
    { -50000, "USD", "-0.05", "−5 ¢" },
    { 33333, "EUR", "0.033333", "€0.033333" },
    { 50000, "EUR", "0.05", "€0.05" },
    { -1, "GBP", "-0.000001", "−£0.000001" },
    { 120000000, "JPY", "120", "¥120" },
    { 120500000, "JPY", "120.5", "¥120.5" },
    { 12500000, "CHF", "12.50", "12.50 CHF" },
    { 1500000, "KWD", "1.500", "1.500 KWD" },
    { 12345678, "EUR", "12.345678", "€12.345678" },
    { G_MAXINT64, "CHF", "9223372036854.775807", "9223372036854.775807 CHF" },
    { G_MININT64, "CHF", "-9223372036854.775808", "−9223372036854.775808 CHF" },
    { 5, "", "0.000005", "0.000005" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *decimal = far_micros_to_decimal (cases[i].micros, cases[i].currency);
      g_autofree char *display = far_micros_to_display (cases[i].micros, cases[i].currency);

      g_assert_cmpstr (decimal, ==, cases[i].decimal);
      g_assert_cmpstr (display, ==, cases[i].display);
    }
}

static void
test_currency (void)
{
  static const char *const unknown[] = { "usd", "US", "USDX", "", "XXX", "BTC", "EU\xc3" };
  guint exponent = 9;

  g_assert_true (far_currency_exponent ("USD", &exponent, NULL));
  g_assert_cmpuint (exponent, ==, 2);
  g_assert_true (far_currency_exponent ("JPY", &exponent, NULL));
  g_assert_cmpuint (exponent, ==, 0);
  g_assert_true (far_currency_exponent ("TND", &exponent, NULL));
  g_assert_cmpuint (exponent, ==, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (unknown); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (far_currency_exponent (unknown[i], &exponent, &error));
      g_assert_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_CURRENCY);
    }
  g_assert_cmpuint (exponent, ==, 3);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/money/add-sub-mul", test_add_sub_mul);
  g_test_add_func ("/base/money/split/by-hand", test_split_by_hand);
  g_test_add_func ("/base/money/split/refused", test_split_refused);
  g_test_add_func ("/base/money/split/property", test_split_property);
  g_test_add_func ("/base/money/wire", test_wire);
  g_test_add_func ("/base/money/decimal", test_decimal);
  g_test_add_func ("/base/money/display", test_display);
  g_test_add_func ("/base/money/currency", test_currency);
  return g_test_run ();
}
