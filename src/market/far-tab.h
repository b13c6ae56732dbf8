/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens when a reader pledges: pledge first, pay later, on a tab; after the property's limit
 * a payment method is asked for; what may be owed is capped for each reader and for each property
 * and hour. A prepaid wallet that holds the whole price pays at once. And when a reader may refund.
 * Pure; thread-safe. */
#pragma once

#include "market/far-terms.h"

G_BEGIN_DECLS

/* What the books say about a reader at the moment of a pledge. */
typedef struct {
  gboolean has_method;
  gint64   n_pledges;        /* of this property, not refunded */
  gint64   pledged_micros;   /* the same in money */
  gint64   tab_micros;       /* owed now, across properties */
  gint64   wallet_micros;
  gint64   hour_micros;      /* unsecured pledges of all readers of the property in this hour */
  gint64   network_new;      /* new readers of this one's network today, this one among them; 0 for
                                one who is not new, or whose network is not known */
  gboolean own_capped;       /* the reader has set themself a limit */
  gint64   own_left_micros;  /* until the nearest one */
} FarTabSituation;

typedef enum {
  FAR_PLEDGE_ON_TAB,
  FAR_PLEDGE_FROM_WALLET,
  FAR_PLEDGE_NEEDS_METHOD,   /* the free pledges are used up */
  FAR_PLEDGE_READER_CAP,     /* owed too much: settle first */
  FAR_PLEDGE_HOUR_CAP,       /* the property has taken its unsecured pledges of this hour */
  FAR_PLEDGE_NETWORK_CAP,    /* too many new readers came from this network today */
  FAR_PLEDGE_OWN_CAP,        /* the reader has set themself a limit */
} FarPledgeDecision;

/* price_micros > 0. Sums are checked: an overflow counts as over the cap. */
FarPledgeDecision far_tab_decide         (const FarTerms        *terms,
                                          const FarTabSituation *situation,
                                          gint64                 price_micros);
/* TRUE if a pledge of the least price, 1 micro, would be asked for a method. */
gboolean          far_tab_needs_method   (const FarTerms        *terms,
                                          const FarTabSituation *situation);
/* The cap that stands for this reader. */
gint64            far_tab_cap_micros     (const FarTerms        *terms,
                                          const FarTabSituation *situation);

typedef enum {
  FAR_ENTITLED_BY_PLEDGE,
  FAR_ENTITLED_BY_WALLET,
  FAR_ENTITLED_BY_AD,
} FarEntitledBy;

const char *far_entitled_by_to_text (FarEntitledBy  by);

typedef enum {
  FAR_REFUND_ALLOWED,
  FAR_REFUND_AFTER_AD,     /* nothing was paid */
  FAR_REFUND_WINDOW_OVER,
} FarRefundDecision;

/* Against refund farming: refunds of one reader in one (UTC) day. */
#define FAR_REFUNDS_PER_DAY_MAX 10

/* since_us: when the entitlement began. The window's last microsecond still counts. */
FarRefundDecision far_refund_decide   (FarEntitledBy by,
                                       gint64        since_us,
                                       gint64        window_us,
                                       gint64        now_us);
/* The last moment at which far_refund_decide() allows it; 0 for an ad. */
gint64            far_refund_until_us (FarEntitledBy by,
                                       gint64        since_us,
                                       gint64        window_us);

G_END_DECLS
