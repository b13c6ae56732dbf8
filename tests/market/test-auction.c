/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auction against OpenRTB's golden vector and against properties that hold for any bids. */
#include "base/far-random.h"
#include "market/far-auction.h"

static FarRanking rankings[FAR_AUCTION_BIDS_MAX];

static guint
rank (FarAuctionType type, gint64 floor_micros, const FarBid *bids, guint n_bids)
{
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_assert_true (far_auction_rank ("auction", type, floor_micros, bids, n_bids, rankings, &n,
                                   &error));
  g_assert_no_error (error);
  return n;
}

static const FarBid golden[] = {
  { "c", FAR_BID_CPM, 800000, 0 },
  { "a", FAR_BID_CPM, 1000000, 0 },
  { "b", FAR_BID_CPM, 900000, 0 },
};

static void
test_golden_second_price (void)
{
  g_assert_cmpuint (rank (FAR_AUCTION_SECOND_PRICE, 850000, golden, 3), ==, 2);
  g_assert_cmpuint (rankings[0].bid, ==, 1);
  g_assert_cmpint (rankings[0].price_micros, ==, 910000);
  g_assert_cmpint (rankings[0].min_to_win_micros, ==, 900000);
  g_assert_cmpuint (rankings[1].bid, ==, 2);
  g_assert_cmpint (rankings[1].min_to_win_micros, ==, 910000);
  /* If the winner's budget is gone, the next one pays as if it were alone. */
  g_assert_cmpint (rankings[1].price_micros, ==, 850000);
  g_assert_cmpint (far_cpm_to_view_micros (rankings[0].price_micros), ==, 910);
  g_assert_cmpint (far_cpm_to_view_micros (1999), ==, 1);

  g_assert_cmpuint (rank (FAR_AUCTION_SECOND_PRICE, 0, golden, 3), ==, 3);
  g_assert_cmpint (rankings[2].min_to_win_micros, ==, 910000);
}

static void
test_golden_first_price (void)
{
  g_assert_cmpuint (rank (FAR_AUCTION_FIRST_PRICE, 850000, golden, 3), ==, 2);
  g_assert_cmpint (rankings[0].price_micros, ==, 1000000);
  g_assert_cmpint (rankings[0].min_to_win_micros, ==, 900000);
  g_assert_cmpint (rankings[1].min_to_win_micros, ==, 1000000);
}

static void
test_edges (void)
{
  FarBid one[] = { { "a", FAR_BID_CPM, 850000, 0 } };
  FarBid near[] = { { "a", FAR_BID_CPM, 1000000, 0 }, { "b", FAR_BID_CPM, 995000, 0 } };

  g_assert_cmpuint (rank (FAR_AUCTION_SECOND_PRICE, 850000, NULL, 0), ==, 0);
  g_assert_cmpuint (rank (FAR_AUCTION_SECOND_PRICE, 850001, one, 1), ==, 0);
  g_assert_cmpuint (rank (FAR_AUCTION_SECOND_PRICE, 850000, one, 1), ==, 1);
  g_assert_cmpint (rankings[0].price_micros, ==, 850000);
  /* Never more than its own bid, though the next plus one step would be. */
  g_assert_cmpuint (rank (FAR_AUCTION_SECOND_PRICE, 0, near, 2), ==, 2);
  g_assert_cmpint (rankings[0].price_micros, ==, 1000000);
}

/* A view at 0.002 that two of three readers complete is worth as much as 1.3332 CPM. */
static void
test_per_view (void)
{
  FarBid mixed[] = {
    { "view", FAR_BID_COMPLETED_VIEW, 2000, 6666 },
    { "cpm", FAR_BID_CPM, 1300000, 0 },
  };

  g_assert_cmpuint (rank (FAR_AUCTION_SECOND_PRICE, 500000, mixed, 2), ==, 2);
  g_assert_cmpuint (rankings[0].bid, ==, 0);
  g_assert_cmpint (rankings[0].cpm_micros, ==, 1333200);
  g_assert_cmpint (rankings[0].price_cpm_micros, ==, 1310000);
  g_assert_cmpint (rankings[0].price_micros, ==, 1965); /* 1310000 ÷ 666.6 = 1965.1… */
  mixed[0].completion_bps = 6000;
  g_assert_cmpuint (rank (FAR_AUCTION_SECOND_PRICE, 500000, mixed, 2), ==, 2);
  g_assert_cmpuint (rankings[0].bid, ==, 1);
  /* Alone at the floor: rounding down would bring less than it, so one micro more. */
  g_assert_cmpint (rankings[1].price_micros, ==, 834); /* 500000 ÷ 600 = 833.3… */
}

static void
test_ties (void)
{
  FarBid bids[] = { { "a", FAR_BID_CPM, 500000, 0 }, { "b", FAR_BID_CPM, 500000, 0 } };
  FarBid swapped[] = { bids[1], bids[0] };
  guint wins_of_a = 0;

  for (guint i = 0; i < 400; i++)
    {
      g_autofree char *id = g_strdup_printf ("auction-%u", i);
      const char *winner;
      guint n;

      g_assert_true (far_auction_rank (id, FAR_AUCTION_SECOND_PRICE, 1, bids, 2, rankings, &n,
                                       NULL));
      g_assert_cmpint (rankings[0].price_micros, ==, 500000);
      winner = bids[rankings[0].bid].id;
      g_assert_true (far_auction_rank (id, FAR_AUCTION_SECOND_PRICE, 1, swapped, 2, rankings, &n,
                                       NULL));
      g_assert_cmpstr (swapped[rankings[0].bid].id, ==, winner);
      wins_of_a += *winner == 'a';
    }
  /* SHA-256 is fixed, so this is no chance: neither bidder takes all. */
  g_assert_cmpuint (wins_of_a, >, 150);
  g_assert_cmpuint (wins_of_a, <, 250);
}

static void
test_bad_bids (void)
{
  const FarBid bad[][2] = {
    { { "a", FAR_BID_CPM, 0, 0 }, { "b", FAR_BID_CPM, 1, 0 } },
    { { "a", FAR_BID_CPM, -5, 0 }, { "b", FAR_BID_CPM, 1, 0 } },
    { { "a", FAR_BID_CPM, FAR_AUCTION_BID_MICROS_MAX + 1, 0 }, { "b", FAR_BID_CPM, 1, 0 } },
    { { "a", FAR_BID_COMPLETED_VIEW, 5, 0 }, { "b", FAR_BID_CPM, 1, 0 } },
    { { "a", FAR_BID_COMPLETED_VIEW, 5, 10001 }, { "b", FAR_BID_CPM, 1, 0 } },
    { { "a", FAR_BID_CPM, 1, 0 }, { "a", FAR_BID_CPM, 2, 0 } },
    { { NULL, FAR_BID_CPM, 1, 0 }, { "a", FAR_BID_CPM, 2, 0 } },
  };
  g_autofree FarBid *many = g_new0 (FarBid, FAR_AUCTION_BIDS_MAX + 1);
  guint n = 77;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (far_auction_rank ("x", FAR_AUCTION_SECOND_PRICE, 0, bad[i], 2, rankings, &n,
                                        &error));
      g_assert_error (error, FAR_AUCTION_ERROR, FAR_AUCTION_ERROR_BID);
    }
  g_assert_false (far_auction_rank ("x", FAR_AUCTION_SECOND_PRICE, 0, many,
                                    FAR_AUCTION_BIDS_MAX + 1, rankings, &n, NULL));
  g_assert_cmpuint (n, ==, 77);
}

/* Any bids: sorted, none under the floor, no price over the bid or under the floor, and raising the
 * losing bids never lowers the price. */
static void
test_properties (void)
{
  static char ids[32][8];
  FarRng rng;

  far_rng_init (&rng, 4711, 1);
  for (guint round = 0; round < 5000; round++)
    {
      FarBid bids[32];
      guint n_bids = 1 + far_rng_below (&rng, 32), n;
      gint64 floor_micros = far_rng_below (&rng, 2000000);

      for (guint i = 0; i < n_bids; i++)
        {
          g_snprintf (ids[i], sizeof ids[i], "b%u", i);
          bids[i].id = ids[i];
          bids[i].kind = far_rng_below (&rng, 2) ? FAR_BID_CPM : FAR_BID_COMPLETED_VIEW;
          bids[i].amount_micros = 1 + far_rng_below (&rng, bids[i].kind == FAR_BID_CPM ? 3000000
                                                                                       : 4000);
          bids[i].completion_bps = 1 + far_rng_below (&rng, 10000);
        }
      n = rank (FAR_AUCTION_SECOND_PRICE, floor_micros, bids, n_bids);
      for (guint i = 0; i < n; i++)
        {
          const FarBid *bid = &bids[rankings[i].bid];

          g_assert_cmpint (rankings[i].cpm_micros, >=, floor_micros);
          g_assert_cmpint (rankings[i].price_cpm_micros, >=, floor_micros);
          g_assert_cmpint (rankings[i].price_cpm_micros, <=, rankings[i].cpm_micros);
          g_assert_cmpint (rankings[i].price_micros, <=, bid->amount_micros);
          g_assert_cmpint (rankings[i].price_micros, >=, 0);
          if (i + 1 < n)
            {
              g_assert_cmpint (rankings[i].cpm_micros, >=, rankings[i + 1].cpm_micros);
              g_assert_cmpint (rankings[i].price_cpm_micros, >=, rankings[i + 1].cpm_micros);
            }
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auction/golden-second-price", test_golden_second_price);
  g_test_add_func ("/auction/golden-first-price", test_golden_first_price);
  g_test_add_func ("/auction/edges", test_edges);
  g_test_add_func ("/auction/per-view", test_per_view);
  g_test_add_func ("/auction/ties", test_ties);
  g_test_add_func ("/auction/bad-bids", test_bad_bids);
  g_test_add_func ("/auction/properties", test_properties);
  return g_test_run ();
}
