/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The publisher's side: publishers and their properties, what is theirs and what of it may be paid
 * out, payouts, disputes. Only for this room; one thread. */
#pragma once

#include "bookkeeper/far-books-private.h"
#include "market/far-payout-file.h"

G_BEGIN_DECLS

/* From when on a publisher is paid unless told otherwise: 20 US dollars, and in other currencies
 * about as much (far_publisher_threshold()). */
#define FAR_PAYOUT_THRESHOLD_MICROS (20 * FAR_MICROS_PER_UNIT)
#define FAR_PAYOUT_THRESHOLD_CENTS 2000
#define FAR_PAYOUTS_PER_BATCH_MAX 200
#define FAR_PUBLISHERS_MAX 1000

typedef enum {
  FAR_PAYOUT_PREPARED = 0,
  FAR_PAYOUT_PAID = 1,
  FAR_PAYOUT_FAILED = 2,
} FarPayoutState;

typedef enum {
  FAR_DISPUTE_OPENED = 0,
  FAR_DISPUTE_WON = 1,
  FAR_DISPUTE_LOST = 2,
} FarDisputeState;

typedef struct {
  gint64 publisher; /* row */
  char   name[FAR_FIELD_NAME_MAX + 1];
  char   legal_name[FAR_PAYOUT_NAME_MAX + 1];
  char   iban[FAR_IBAN_MAX + 1]; /* "" for none */
  char   bic[FAR_BIC_MAX + 1];   /* "" for none */
  gint64 threshold_micros;
} FarPublisher;

/* unknown_publisher if there is none. */
gboolean far_publisher_find   (FarBooks *books, const char *name, FarPublisher *ret_publisher,
                               GError **error);
/* Of a property. */
gboolean far_publisher_of     (FarBooks *books, gint64 property, FarPublisher *ret_publisher,
                               GError **error);
/* From when on it is paid in that currency: what was set, else the same number of "cents" (a
 * fiftieth of the provider's least charge) of any. */
gboolean far_publisher_threshold (const FarPublisher *publisher, const char *currency,
                                  gint64 *ret_micros, GError **error);
/* Makes it where it is missing, and the property's. The legal name ("" for none) is taken where the
 * publisher has none yet. */
gboolean far_publisher_ensure (FarBooks *books, gint64 property, const char *name,
                               const char *legal_name, gboolean *ret_changed, GError **error);

/* What a property holds of final money. */
typedef struct {
  gint64 balance_micros;   /* on publisher_payable; may be negative */
  gint64 held_micros;      /* of that, what a reader may still ask back */
  gint64 in_payout_micros; /* taken for a payout that is on its way */
  gint64 paid_out_micros;
  gint64 disputed_micros;  /* taken back by disputes that were not won */
} FarHolding;

gboolean far_holding_load     (FarBooks *books, const FarProperty *property, gint64 now_us,
                               FarHolding *ret_holding, GError **error);
/* Final money the property ever earned, less refunds and disputes. */
gint64   far_holding_final_micros (const FarHolding *holding);

/* ---- far-payouts-read.c ---- */
gboolean far_payouts_list     (FarCall *call, GError **error);
gboolean far_payouts_export   (FarCall *call, GError **error);

/* Whether an item of the pledge is in a dispute that was not won. */
gboolean far_pledge_is_disputed (FarBooks *books, gint64 pledge, gboolean *ret_disputed,
                                 GError **error);

/* Payouts on their way: what their rows say, what the journal's clearing accounts say, and by how
 * much these are apart, over all currencies. */
gboolean far_payouts_compare  (FarBooks *books, gint64 *ret_rows_micros,
                               gint64 *ret_journal_micros, gint64 *ret_apart_micros,
                               GError **error);

/* far_books_check()'s part. */
gboolean far_publishing_check (FarBooks *books, GError **error);

G_END_DECLS
