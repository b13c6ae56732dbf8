/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auction (see the header). Bounds make overflow impossible: a bid is at most 10⁹ micros, times
 * 10,000 basis points is 10¹³, and everything else divides. */
#include "market/far-auction.h"

#include <stdlib.h>
#include <string.h>

#include "base/far-crypto.h"
#include "base/far-money.h"

#define IMPRESSIONS_PER_CPM 1000

G_DEFINE_QUARK (far-auction-error-quark, far_auction_error)

typedef struct {
  FarRanking ranking;
  guint8     tie[FAR_SHA256_LEN];
} Entry;

gint64
far_cpm_to_view_micros (gint64 cpm_micros)
{
  g_return_val_if_fail (cpm_micros >= 0, 0);

  return cpm_micros / IMPRESSIONS_PER_CPM;
}

static gint64
bid_to_cpm (const FarBid *bid)
{
  if (bid->kind == FAR_BID_CPM)
    return bid->amount_micros;
  return bid->amount_micros * bid->completion_bps / (FAR_BASIS_POINTS / IMPRESSIONS_PER_CPM);
}

/* Down, but never so far that a thousand impressions bring less than the floor does; and never
 * above the bid. */
static gint64
price_in_own_terms (const FarBid *bid,
                    gint64        price_cpm_micros,
                    gint64        floor_cpm_micros)
{
  FarBid paid = *bid;

  if (bid->kind == FAR_BID_CPM)
    return price_cpm_micros;
  paid.amount_micros =
    price_cpm_micros * (FAR_BASIS_POINTS / IMPRESSIONS_PER_CPM) / bid->completion_bps;
  if (bid_to_cpm (&paid) < floor_cpm_micros)
    paid.amount_micros++;
  g_assert (paid.amount_micros <= bid->amount_micros);
  return paid.amount_micros;
}

static int
compare_entries (const void *a_pointer,
                 const void *b_pointer)
{
  const Entry *a = a_pointer;
  const Entry *b = b_pointer;

  if (a->ranking.cpm_micros != b->ranking.cpm_micros)
    return a->ranking.cpm_micros > b->ranking.cpm_micros ? -1 : 1;
  return memcmp (a->tie, b->tie, sizeof a->tie);
}

static gboolean
check_bids (const FarBid  *bids,
            guint          n_bids,
            GError       **error)
{
  if (n_bids > FAR_AUCTION_BIDS_MAX)
    {
      g_set_error (error, FAR_AUCTION_ERROR, FAR_AUCTION_ERROR_BID,
                   "%u bids; an auction takes at most %d", n_bids, FAR_AUCTION_BIDS_MAX);
      return FALSE;
    }
  for (guint i = 0; i < n_bids; i++)
    {
      const FarBid *bid = &bids[i];

      if (bid->id == NULL || bid->amount_micros <= 0 ||
          bid->amount_micros > FAR_AUCTION_BID_MICROS_MAX ||
          (bid->kind == FAR_BID_COMPLETED_VIEW &&
           (bid->completion_bps < 1 || bid->completion_bps > FAR_BASIS_POINTS)))
        {
          g_set_error (error, FAR_AUCTION_ERROR, FAR_AUCTION_ERROR_BID,
                       "bid %s: amount %" G_GINT64_FORMAT " micros, completion %u; bids are 1 to "
                       "%" G_GINT64_FORMAT " micros, completion rates 1 to %d basis points",
                       bid->id ? bid->id : "without id", bid->amount_micros, bid->completion_bps,
                       FAR_AUCTION_BID_MICROS_MAX, FAR_BASIS_POINTS);
          return FALSE;
        }
      for (guint j = 0; j < i; j++)
        if (strcmp (bids[j].id, bid->id) == 0)
          {
            g_set_error (error, FAR_AUCTION_ERROR, FAR_AUCTION_ERROR_BID,
                         "bid %s stands twice; one bid for each id", bid->id);
            return FALSE;
          }
    }
  return TRUE;
}

static void
price_entries (Entry          *entries,
               guint           n_entries,
               const FarBid   *bids,
               FarAuctionType  type,
               gint64          floor_cpm_micros)
{
  for (guint i = 0; i < n_entries; i++)
    {
      FarRanking *ranking = &entries[i].ranking;
      gint64 below_micros = i + 1 < n_entries ? entries[i + 1].ranking.cpm_micros : -1;

      if (type == FAR_AUCTION_FIRST_PRICE)
        ranking->price_cpm_micros = ranking->cpm_micros;
      else if (below_micros < 0)
        ranking->price_cpm_micros = floor_cpm_micros;
      else
        ranking->price_cpm_micros = MIN (ranking->cpm_micros,
                                         below_micros + FAR_AUCTION_INCREMENT_MICROS);

      g_assert (ranking->price_cpm_micros >= floor_cpm_micros);
      g_assert (ranking->price_cpm_micros <= ranking->cpm_micros);
      ranking->price_micros = price_in_own_terms (&bids[ranking->bid], ranking->price_cpm_micros,
                                                  floor_cpm_micros);
      /* The winner had to beat the next one, the others had to beat what the winner paid. */
      ranking->min_to_win_micros = i == 0 ? MAX (below_micros, floor_cpm_micros)
                                          : entries[0].ranking.price_cpm_micros;
    }
}

gboolean
far_auction_rank (const char      *auction_id,
                  FarAuctionType   type,
                  gint64           floor_cpm_micros,
                  const FarBid    *bids,
                  guint            n_bids,
                  FarRanking       ret_rankings[FAR_AUCTION_BIDS_MAX],
                  guint           *ret_n_rankings,
                  GError         **error)
{
  g_autofree Entry *entries = NULL;
  guint n_entries = 0;

  g_return_val_if_fail (auction_id != NULL && floor_cpm_micros >= 0, FALSE);
  g_return_val_if_fail (type == FAR_AUCTION_FIRST_PRICE || type == FAR_AUCTION_SECOND_PRICE, FALSE);
  g_return_val_if_fail (ret_rankings != NULL && ret_n_rankings != NULL, FALSE);
  g_return_val_if_fail (bids != NULL || n_bids == 0, FALSE);

  if (!check_bids (bids, n_bids, error))
    return FALSE;

  entries = g_new0 (Entry, MAX (n_bids, 1));
  for (guint i = 0; i < n_bids; i++)
    {
      gint64 cpm_micros = bid_to_cpm (&bids[i]);
      Entry *entry = &entries[n_entries];

      if (cpm_micros < floor_cpm_micros || cpm_micros == 0)
        continue;
      entry->ranking.bid = i;
      entry->ranking.cpm_micros = cpm_micros;
      /* The NUL between the two keeps "a" + "bc" apart from "ab" + "c". */
      far_sha256_2 (auction_id, strlen (auction_id) + 1, bids[i].id, strlen (bids[i].id),
                    entry->tie);
      n_entries++;
    }
  if (n_entries > 0)
    qsort (entries, n_entries, sizeof entries[0], compare_entries);
  price_entries (entries, n_entries, bids, type, floor_cpm_micros);

  for (guint i = 0; i < n_entries; i++)
    ret_rankings[i] = entries[i].ranking;
  *ret_n_rankings = n_entries;
  return TRUE;
}
