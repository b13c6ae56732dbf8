/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of pending transfers: an index over the log, one row each, and the sweep that expires
 * them. The ledger's thread.
 *
 * Invariant: state 0 until exactly one row resolves it; then the state never changes again. */
#include "ledger/far-ledger-private.h"

#include <string.h>

gboolean
far_pending_insert (FarLedger *ledger, guint64 seq, gint64 deadline_us, GError **error)
{
  g_autoptr (FarStatement) insert =
    far_db_prepare (ledger->db, "INSERT INTO ledger_pending (seq, deadline_us) VALUES (?1, ?2)",
                    error);

  if (insert == NULL)
    return FALSE;
  far_statement_bind_int (insert, 1, (gint64) seq);
  far_statement_bind_int (insert, 2, deadline_us);
  return far_db_run (ledger->db, insert, error);
}

gboolean
far_pending_state (FarLedger *ledger, guint64 seq, FarPendingState *ret_state, GError **error)
{
  g_autoptr (FarStatement) get =
    far_db_prepare (ledger->db, "SELECT state FROM ledger_pending WHERE seq = ?1", error);
  FarStep step;

  if (get == NULL)
    return FALSE;
  far_statement_bind_int (get, 1, (gint64) seq);
  step = far_db_step (ledger->db, get, error);
  if (step == FAR_STEP_ROW)
    *ret_state = (FarPendingState) far_statement_get_int (get, 0);
  else if (step == FAR_STEP_DONE)
    g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT,
                 "The state of pending row %" G_GUINT64_FORMAT " is missing: verify the ledger, "
                 "then restore a backup", seq);
  return step == FAR_STEP_ROW;
}

static gboolean
set_state (FarLedger *ledger, guint64 seq, FarPendingState state, guint64 resolved_by,
           GError **error)
{
  g_autoptr (FarStatement) update =
    far_db_prepare (ledger->db, "UPDATE ledger_pending SET state = ?2, resolved_by = ?3"
                    " WHERE seq = ?1", error);

  if (update == NULL)
    return FALSE;
  far_statement_bind_int (update, 1, (gint64) seq);
  far_statement_bind_int (update, 2, state);
  far_statement_bind_int (update, 3, (gint64) resolved_by);
  if (!far_db_run (ledger->db, update, error))
    return FALSE;
  g_assert (far_db_get_changes (ledger->db) == 1);
  return TRUE;
}

gboolean
far_pending_resolve (FarLedger *ledger, guint64 seq, FarPendingState state, guint64 resolved_by,
                     GError **error)
{
  g_assert (state != FAR_PENDING_OPEN && resolved_by > seq);

  g_array_append_val (ledger->resolved, seq);
  return set_state (ledger, seq, state, resolved_by, error);
}

gboolean
far_pending_reopen (FarLedger *ledger, guint64 seq, GError **error)
{
  return set_state (ledger, seq, FAR_PENDING_OPEN, 0, error);
}

/* ---- the sweep ---- */

/* Expiry rows are the ledger's own, and so are their ids: from the pending one's id and the time,
 * which keeps ids rising. */
static void
expiry_id (const FarId *pending_id, gint64 time_us, FarId *ret_id)
{
  static const char label[] = "farthing expire";
  guint8 digest[FAR_SHA256_LEN];
  guint64 ms = (guint64) (time_us / 1000);

  far_sha256_2 (label, sizeof label, pending_id->bytes, FAR_ID_LEN, digest);
  memcpy (ret_id->bytes, digest, FAR_ID_LEN);
  for (guint i = 0; i < 6; i++)
    ret_id->bytes[i] = (guint8) (ms >> (8 * (5 - i)));
  ret_id->bytes[6] = (guint8) (0x70 | (ret_id->bytes[6] & 0x0f)); /* UUID version 7 */
  ret_id->bytes[8] = (guint8) (0x80 | (ret_id->bytes[8] & 0x3f));
}

/* *ret_seq 0: nothing is due. */
static gboolean
next_due (FarLedger *ledger, gint64 now_us, guint64 *ret_seq, GError **error)
{
  g_autoptr (FarStatement) find =
    far_db_prepare (ledger->db, "SELECT seq FROM ledger_pending WHERE state = 0"
                    " AND deadline_us > 0 AND deadline_us <= ?1 ORDER BY deadline_us LIMIT 1",
                    error);
  FarStep step;

  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, now_us);
  step = far_db_step (ledger->db, find, error);
  *ret_seq = step == FAR_STEP_ROW ? (guint64) far_statement_get_int (find, 0) : 0;
  return step != FAR_STEP_ERROR;
}

static gboolean
expire_one (FarLedger *ledger, guint64 seq, gint64 clock_us, GError **error)
{
  FarStoredTransfer pending;
  FarTransfer expiry = { .kind = FAR_TRANSFER_EXPIRE };
  FarTransferResult result;

  if (!far_rows_get (ledger, seq, &pending, error) || !far_rows_resolve (ledger, &pending, error))
    return FALSE;
  expiry_id (&pending.transfer.id, far_ledger_next_time_us (ledger, clock_us), &expiry.id);
  expiry.code = pending.transfer.code;
  expiry.pending_id = pending.transfer.id;
  expiry.reference = pending.transfer.reference;
  if (!far_ledger_apply (ledger, &expiry, clock_us, &result, error))
    return FALSE;
  if (result != FAR_TRANSFER_OK)
    {
      g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT,
                   "Pending row %" G_GUINT64_FORMAT " cannot be expired: %s; verify the ledger",
                   seq, far_transfer_result_to_string (result));
      return FALSE;
    }
  return TRUE;
}

gboolean
far_ledger_expire (FarLedger *ledger, guint n_max, guint *ret_n_expired, GError **error)
{
  gint64 clock_us;
  guint n = 0;

  g_return_val_if_fail (ledger != NULL && ret_n_expired != NULL, FALSE);

  if (!far_ledger_check_writing (ledger, error))
    return FALSE;
  clock_us = far_clock_now_us (ledger->clock);
  for (; n < n_max; n++)
    {
      guint64 seq;

      if (!next_due (ledger, far_ledger_next_time_us (ledger, clock_us), &seq, error) ||
          (seq != 0 && !expire_one (ledger, seq, clock_us, error)))
        {
          ledger->failed = TRUE;
          return FALSE;
        }
      if (seq == 0)
        break;
    }
  far_ledger_keep (ledger);
  *ret_n_expired = n;
  return TRUE;
}
