/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receipts: proof that a row is in the ledger, checked without the ledger. The text is that of
 * C2SP's tlog-proof; its extra data is the row's canonical bytes (far-ledger-row.h), so that the
 * receipt says by itself what it proves. Pure; needs no database.
 *
 *   c2sp.org/tlog-proof@v1
 *   extra AgAAAAAA…        the row, base64
 *   index 1234
 *   gSKyXoYZUgZ6…=         hashes of the inclusion proof, leaf to root
 *
 *   io.github.farthing/…   the signed checkpoint it leads to
 *
 * Where the log's signing key was replaced, the notes that say so (far-checkpoint.h, ROTATION)
 * follow the checkpoint, oldest first: so a receipt can be checked by whoever knows any key that
 * the log ever had before it was written.
 *
 * A receipt proves that whoever holds the key has signed a log with this row. That every other
 * reader is shown the same log is only seen by comparing checkpoints: keep the newest, and demand a
 * consistency proof from the next. */
#pragma once

#include "ledger/far-checkpoint.h"
#include "ledger/far-ledger-row.h"

G_BEGIN_DECLS

#define FAR_RECEIPT_ERROR (far_receipt_error_quark ())
GQuark far_receipt_error_quark (void);
typedef enum {
  FAR_RECEIPT_ERROR_SYNTAX,    /* not a receipt */
  FAR_RECEIPT_ERROR_ROW,       /* its row is no transfer, or another row than it says */
  FAR_RECEIPT_ERROR_PROOF,     /* the row is not in the log that the checkpoint signs */
} FarReceiptError;

#define FAR_RECEIPT_MAX (16 * 1024)

/* rotations: the notes, "" for none. Returns: (transfer full) */
char    *far_receipt_format (guint64 index, const guint8 *row, gsize n_row,
                             const FarMerkleProof *proof, const char *checkpoint,
                             const char *rotations);
/**
 * far_receipt_check:
 * @text: (array length=n_bytes): foreign bytes
 * @key: a key of the log's, got elsewhere than from the receipt
 * @ret_transfer: (out): what was booked
 * @ret_checkpoint: (out): the checkpoint the proof leads to
 *
 * Parses a receipt and checks signature, proof and row.
 *
 * Returns: FALSE with FAR_RECEIPT_ERROR or FAR_CHECKPOINT_ERROR; out-parameters are untouched then
 */
gboolean far_receipt_check  (const char *text, gsize n_bytes, const FarCheckpointKey *key,
                             FarTransfer *ret_transfer, FarCheckpoint *ret_checkpoint,
                             GError **error);

G_END_DECLS
