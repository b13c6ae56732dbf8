/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A batch of payouts as a bank takes it: ISO 20022 pain.001.001.09 (customer credit transfer
 * initiation), and as CSV for people. The same batch gives the same bytes. Pure; thread-safe.
 *
 * Texts are cut down to the characters that every bank of the SEPA scheme takes (EPC 217-08):
 * others become their nearest spelling or a point. Amounts must be whole minor units. */
#pragma once

#include <glib.h>

#include "base/far-money.h"
#include "market/far-iban.h"

G_BEGIN_DECLS

#define FAR_PAYOUT_NAME_MAX 70
#define FAR_PAYOUT_ID_MAX 35

typedef struct {
  const char *name;
  const char *iban; /* electronic spelling */
  const char *bic;  /* nullable */
} FarPayoutParty;

typedef struct {
  const char     *id; /* EndToEndId, at most FAR_PAYOUT_ID_MAX */
  FarPayoutParty  creditor;
  gint64          amount_micros;
  const char     *remittance; /* what for; at most 140 characters are kept */
} FarPayoutOrder;

typedef struct {
  const char           *id; /* MsgId and PmtInfId */
  gint64                created_us;
  char                  currency[FAR_CURRENCY_LEN + 1];
  FarPayoutParty        debtor;
  const FarPayoutOrder *orders;
  guint                 n_orders;
} FarPayoutBatch;

/* Returns: (transfer full): FAR_MONEY_ERROR for an amount that is no whole minor unit, or a sum
 * that cannot be counted */
char *far_payout_batch_to_pain_001 (const FarPayoutBatch *batch, GError **error);
/* RFC 4180 with a header line. A text that a spreadsheet would take for a formula is defused. */
char *far_payout_batch_to_csv      (const FarPayoutBatch *batch, GError **error);

G_END_DECLS
