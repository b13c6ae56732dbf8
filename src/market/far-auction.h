/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The in-house auction: ranks bids and names for each what it would pay if it won, in integers.
 *
 * Bids of two kinds meet: for a thousand impressions (CPM) and for one completed view. They are
 * compared by expected revenue of a thousand impressions: CPM as it is, a view's price times the
 * measured completion rate times 1,000, rounded down. Second price (the default): the winner pays
 * the next bid plus one increment, never more than its own bid; with no other bid, the floor. First
 * price: its own. What a bid per view pays is converted back, rounded down, but never under what
 * makes the floor.
 *
 * Ties break by the SHA-256 of the auction's id and the bid's, so the order is the same wherever it
 * is computed, and no bidder wins every tie. Pure; thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_AUCTION_ERROR (far_auction_error_quark ())
GQuark far_auction_error_quark (void);
typedef enum {
  FAR_AUCTION_ERROR_BID, /* out of bounds; the text says which */
} FarAuctionError;

#define FAR_AUCTION_BIDS_MAX 256
/* The largest bid: 1,000 major units for one view. */
#define FAR_AUCTION_BID_MICROS_MAX G_GINT64_CONSTANT (1000000000)
/* 0.01 of a major unit CPM: the step of OpenRTB's second price. */
#define FAR_AUCTION_INCREMENT_MICROS G_GINT64_CONSTANT (10000)

typedef enum {
  FAR_BID_CPM,           /* amount for a thousand impressions */
  FAR_BID_COMPLETED_VIEW /* amount for one */
} FarBidKind;

typedef enum {
  FAR_AUCTION_FIRST_PRICE = 1, /* OpenRTB's at */
  FAR_AUCTION_SECOND_PRICE = 2,
} FarAuctionType;

typedef struct {
  const char *id; /* unique in its auction; borrowed */
  FarBidKind  kind;
  gint64      amount_micros;
  guint       completion_bps; /* of a bid per view: completions per 10,000 starts, 1–10,000 */
} FarBid;

typedef struct {
  guint  bid;                /* index into the bids */
  gint64 cpm_micros;         /* what it was compared by */
  gint64 price_cpm_micros;   /* what it pays for a thousand impressions, if all above it drop out */
  gint64 price_micros;       /* the same in its own terms: CPM, or one view */
  gint64 min_to_win_micros;  /* ${AUCTION_MIN_TO_WIN}, CPM */
} FarRanking;

/* Writes those at or above the floor into ret_rankings, best first. Bids below it are dropped.
 * floor_cpm_micros ≥ 0. Fails with FAR_AUCTION_ERROR_BID for a bid out of bounds,
 * and for an id that stands twice. */
gboolean far_auction_rank (const char      *auction_id,
                           FarAuctionType   type,
                           gint64           floor_cpm_micros,
                           const FarBid    *bids,
                           guint            n_bids,
                           FarRanking       ret_rankings[FAR_AUCTION_BIDS_MAX],
                           guint           *ret_n_rankings,
                           GError         **error);

/* CPM micros → micros of one impression, rounded down. */
gint64   far_cpm_to_view_micros (gint64 cpm_micros);

G_END_DECLS
