/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Check receipt": whether what a publication says was paid is what its ledger proves. Nothing is
 * taken on the server's word: signature, proof of inclusion and row are checked here, with keys
 * that were learnt at earlier contacts; and the checkpoint that a receipt leads to must be the
 * beginning of the one that is kept (far-witness.h). Asynchronous; the hashing is a worker's. */
#pragma once

#include "client/far-market-proof.h"

G_BEGIN_DECLS

/* A file of receipts holds them one behind the other. */
#define FAR_RECEIPTS_MAX 100
#define FAR_RECEIPTS_BYTES_MAX (FAR_RECEIPTS_MAX * FAR_RECEIPT_MAX)

/* What one receipt proves. What is told by the receipt alone is set where ok; strings are never
 * NULL. */
typedef struct {
  gboolean    ok;
  char       *message;   /* what does not match; "" where ok */
  const char *what;      /* by the row's own code: as in FarReceipt */
  gint64      amount_micros;
  char        currency[FAR_CURRENCY_LEN + 1];
  gint64      time_us;   /* ledger time */
  guint64     seq;       /* number of the entry, from 0 */
  guint64     size;      /* entries of the log that was signed */
  char       *transfer;  /* hex, like the two below */
  char       *debit;     /* account that paid */
  char       *credit;    /* account that got it */
  char       *root;      /* hex */
  char       *origin;
  char       *key;       /* that signed, NAME+HASH+BASE64 */
} FarReceiptFinding;
void far_receipt_finding_free (FarReceiptFinding *finding);

/* What was found about some receipts together. */
typedef struct {
  gboolean   ok;         /* all of them hold */
  gboolean   compared;   /* with the checkpoint that was kept; FALSE: the ledger was not reached */
  char      *message;    /* why they were not compared; "" */
  guint64    size;       /* entries of the ledger as it is known now */
  GPtrArray *findings;   /* (element-type FarReceiptFinding), as the receipts */
} FarReceiptReport;
void far_receipt_report_free (FarReceiptReport *report);

/* Cuts a file into its receipts' texts, whatever else they are. Returns: (transfer full)
 * (element-type utf8) (nullable): NULL with FAR_RECEIPT_ERROR for what is none at all */
GPtrArray *far_receipts_split (const char *text, gsize n_bytes, GError **error);
/* All in one text, as far_receipts_split() reads it. receipts: (element-type FarReceipt). Returns:
 * (transfer full) */
char      *far_receipts_join  (GPtrArray *receipts);

/**
 * far_receipt_judge:
 * @witness: whose keys are trusted
 * @claimed: (nullable): what the publication said about it
 * @ret_checkpoint: (out): what it leads to, where the finding is ok
 *
 * Without a server, and without comparing checkpoints. Blocking for microseconds; any thread.
 *
 * Returns: (transfer full)
 */
FarReceiptFinding *far_receipt_judge (const FarWitness *witness, const char *text,
                                      const FarReceipt *claimed, FarCheckpoint *ret_checkpoint);

/**
 * far_market_client_check_receipts_async:
 * @self: a client
 * @deployment: as for far_witness_open()
 * @texts: (element-type utf8): at most FAR_RECEIPTS_MAX
 * @claimed: (nullable) (element-type FarReceipt): what the publication said, in the same order
 * @cancellable: (nullable): gives up
 * @callback: when they are checked
 * @user_data: for @callback
 *
 * Meets the ledger, checks the receipts, and has the ledger prove that what they lead to is its
 * beginning. Where it cannot be reached the receipts are checked alone, and the report says so.
 */
void far_market_client_check_receipts_async (FarMarketClient *self, const char *deployment,
                                             GPtrArray *texts, GPtrArray *claimed,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
/* FAR_WITNESS_ERROR: the ledger is not what it was; what it says now proves nothing. Returns:
 * (transfer full) */
FarReceiptReport *far_market_client_check_receipts_finish (FarMarketClient *self,
                                                           GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarReceiptFinding, far_receipt_finding_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarReceiptReport, far_receipt_report_free)

G_END_DECLS
