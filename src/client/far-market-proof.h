/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls of FarMarketClient about proof, and about the publisher's papers. Errors are
 * FAR_CLIENT_ERROR, FAR_WITNESS_ERROR (an alarm) or G_IO_ERROR_CANCELLED. */
#pragma once

#include "client/far-market-client.h"
#include "client/far-witness.h"

G_BEGIN_DECLS

/* Asks for the last checkpoint, demands consistency with the one that was kept, and keeps the new
 * one. deployment: as for far_witness_open(). */
void far_market_client_check_ledger_async (FarMarketClient *self, const char *deployment,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full): g_free() */
FarLedgerContact *far_market_client_check_ledger_finish (FarMarketClient *self,
                                                         GAsyncResult *result, GError **error);

typedef struct {
  char   *what; /* "pledge" "fee" "refund" "refund_fee" "write_off" "other" */
  char   *transfer;
  gint64  amount_micros;
  char   *currency;
  gint64  time_us;
  char   *text; /* to be kept, and checked with far_witness_check_receipt() */
} FarReceipt;
void far_receipt_free (FarReceipt *receipt);

/* What the reader has paid for an article. → (element-type FarReceipt). FAR_CLIENT_ERROR_CONFLICT
 * with code "not_checkpointed_yet": ask again in a second. */
void far_market_client_get_receipts_async (FarMarketClient *self, const char *article,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *far_market_client_get_receipts_finish (FarMarketClient *self, GAsyncResult *result,
                                                  GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarReceipt, far_receipt_free)

G_END_DECLS
