/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tab and refund rules at their edges. */
#include "market/far-tab.h"

static FarTerms
usd_terms (void)
{
  FarTerms terms;

  g_assert_true (far_terms_init (&terms, "USD", NULL));
  return terms;
}

static void
test_free_count (void)
{
  FarTerms terms = usd_terms ();
  FarTabSituation at = { 0 };

  for (gint64 n = 0; n < 5; n++)
    {
      at.n_pledges = n;
      at.tab_micros = n * 50000;
      g_assert_cmpint (far_tab_decide (&terms, &at, 50000), ==,
                       n < 2 ? FAR_PLEDGE_ON_TAB : FAR_PLEDGE_NEEDS_METHOD);
      g_assert_cmpint (far_tab_needs_method (&terms, &at), ==, n >= 2);
    }
  at.has_method = TRUE;
  g_assert_cmpint (far_tab_decide (&terms, &at, 50000), ==, FAR_PLEDGE_ON_TAB);

  terms.free_limit = 0;
  at = (FarTabSituation) { 0 };
  g_assert_cmpint (far_tab_decide (&terms, &at, 1), ==, FAR_PLEDGE_NEEDS_METHOD);
}

static void
test_free_amount (void)
{
  FarTerms terms = usd_terms ();
  FarTabSituation at = { .n_pledges = 900, .pledged_micros = 150000, .tab_micros = 150000 };

  terms.free_type = FAR_FREE_AMOUNT;
  terms.free_limit = 200000;
  g_assert_cmpint (far_tab_decide (&terms, &at, 50000), ==, FAR_PLEDGE_ON_TAB);
  g_assert_cmpint (far_tab_decide (&terms, &at, 50001), ==, FAR_PLEDGE_NEEDS_METHOD);
  at.pledged_micros = G_MAXINT64;
  g_assert_cmpint (far_tab_decide (&terms, &at, 50000), ==, FAR_PLEDGE_NEEDS_METHOD);
}

static void
test_caps (void)
{
  FarTerms terms = usd_terms ();
  FarTabSituation at = { 0 };

  /* The reader's cap without a method stands across properties: this one has no pledge yet. */
  at.tab_micros = terms.reader_cap_micros - 50000;
  g_assert_cmpint (far_tab_decide (&terms, &at, 50000), ==, FAR_PLEDGE_ON_TAB);
  g_assert_cmpint (far_tab_decide (&terms, &at, 50001), ==, FAR_PLEDGE_NEEDS_METHOD);
  at.has_method = TRUE;
  g_assert_cmpint (far_tab_decide (&terms, &at, 50001), ==, FAR_PLEDGE_ON_TAB);
  at.tab_micros = terms.tab_cap_micros;
  g_assert_cmpint (far_tab_decide (&terms, &at, 1), ==, FAR_PLEDGE_READER_CAP);
  at.tab_micros = G_MAXINT64;
  g_assert_cmpint (far_tab_decide (&terms, &at, 1), ==, FAR_PLEDGE_READER_CAP);

  at = (FarTabSituation) { .hour_micros = terms.hour_cap_micros - 50000 };
  g_assert_cmpint (far_tab_decide (&terms, &at, 50000), ==, FAR_PLEDGE_ON_TAB);
  at.hour_micros++;
  g_assert_cmpint (far_tab_decide (&terms, &at, 50000), ==, FAR_PLEDGE_HOUR_CAP);
  at.has_method = TRUE;
  g_assert_cmpint (far_tab_decide (&terms, &at, 50000), ==, FAR_PLEDGE_ON_TAB);
}

static void
test_wallet_first (void)
{
  FarTerms terms = usd_terms ();
  FarTabSituation at = {
    .n_pledges = 99, .tab_micros = G_MAXINT64, .hour_micros = G_MAXINT64, .wallet_micros = 50000,
  };

  g_assert_cmpint (far_tab_decide (&terms, &at, 50000), ==, FAR_PLEDGE_FROM_WALLET);
  g_assert_cmpint (far_tab_decide (&terms, &at, 50001), ==, FAR_PLEDGE_NEEDS_METHOD);
}

static void
test_refund (void)
{
  g_assert_cmpint (far_refund_decide (FAR_ENTITLED_BY_PLEDGE, 1000, 500, 1500), ==,
                   FAR_REFUND_ALLOWED);
  g_assert_cmpint (far_refund_decide (FAR_ENTITLED_BY_PLEDGE, 1000, 500, 1501), ==,
                   FAR_REFUND_WINDOW_OVER);
  g_assert_cmpint (far_refund_decide (FAR_ENTITLED_BY_WALLET, 1000, 0, 1000), ==,
                   FAR_REFUND_ALLOWED);
  g_assert_cmpint (far_refund_decide (FAR_ENTITLED_BY_WALLET, 1000, 0, 1001), ==,
                   FAR_REFUND_WINDOW_OVER);
  g_assert_cmpint (far_refund_decide (FAR_ENTITLED_BY_AD, 1000, G_MAXINT64, 1000), ==,
                   FAR_REFUND_AFTER_AD);
  g_assert_cmpint (far_refund_until_us (FAR_ENTITLED_BY_AD, 1000, 500), ==, 0);
  g_assert_cmpint (far_refund_until_us (FAR_ENTITLED_BY_PLEDGE, 1000, 500), ==, 1500);
  g_assert_cmpint (far_refund_until_us (FAR_ENTITLED_BY_PLEDGE, 1000, G_MAXINT64), ==, G_MAXINT64);
  g_assert_cmpstr (far_entitled_by_to_text (FAR_ENTITLED_BY_AD), ==, "ad");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tab/free-count", test_free_count);
  g_test_add_func ("/tab/free-amount", test_free_amount);
  g_test_add_func ("/tab/caps", test_caps);
  g_test_add_func ("/tab/wallet-first", test_wallet_first);
  g_test_add_func ("/refund/window", test_refund);
  return g_test_run ();
}
