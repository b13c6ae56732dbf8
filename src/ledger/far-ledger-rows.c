/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers in and out of their table. The ledger's thread. */
#include "ledger/far-ledger-private.h"

#include <string.h>

static gboolean
corrupt (guint64 seq, GError **error)
{
  g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT,
               "Row %" G_GUINT64_FORMAT " of the ledger is damaged: verify it, then restore a "
               "backup", seq);
  return FALSE;
}

gboolean
far_row_read (FarStatement *row, FarStoredTransfer *ret_row)
{
  FarStoredTransfer found;
  gsize n_history = 0;
  const guint8 *history = far_statement_get_blob (row, 14, &n_history);
  gint64 kind = far_statement_get_int (row, 3);
  gint64 flags = far_statement_get_int (row, 4);
  gint64 code = far_statement_get_int (row, 8);

  memset (&found, 0, sizeof found);
  found.transfer.seq = (guint64) far_statement_get_int (row, 0);
  found.transfer.time_us = far_statement_get_int (row, 2);
  found.debit_no = (guint64) far_statement_get_int (row, 5);
  found.credit_no = (guint64) far_statement_get_int (row, 6);
  found.transfer.amount_micros = far_statement_get_int (row, 7);
  found.pending_seq = (guint64) far_statement_get_int (row, 9);
  found.transfer.deadline_us = far_statement_get_int (row, 10);
  found.tag = far_statement_get_int (row, 13);
  if (kind < 0 || kind > FAR_TRANSFER_EXPIRE || (flags & ~FAR_TRANSFER_LINKED) != 0 || code < 1 ||
      code > G_MAXUINT16 || history == NULL ||
      !far_statement_copy_blob (row, 1, found.transfer.id.bytes, FAR_ID_LEN) ||
      !far_statement_copy_blob (row, 11, found.transfer.reference.bytes, FAR_ID_LEN) ||
      !far_statement_copy_blob (row, 12, found.transfer.salt.bytes, FAR_ID_LEN) ||
      !far_history_decode (found.transfer.seq, history, n_history, &found.debit, &found.credit))
    return FALSE;
  found.transfer.kind = (FarTransferKind) kind;
  found.transfer.flags = (FarTransferFlags) flags;
  found.transfer.code = (guint16) code;
  *ret_row = found;
  return TRUE;
}

gboolean
far_rows_find (FarLedger *ledger, const FarId *id, gboolean *ret_found, FarStoredTransfer *ret_row,
               GError **error)
{
  g_autoptr (FarStatement) find = NULL;

  *ret_found = FALSE;
  /* Ids that rise with time are above all stored ones: no look-up then. */
  if (far_id_compare (id, &ledger->id_max) > 0)
    return TRUE;
  find = far_db_prepare (ledger->db, "SELECT " FAR_TRANSFER_COLUMNS
                         " FROM ledger_transfer WHERE id = ?1", error);
  if (find == NULL)
    return FALSE;
  far_statement_bind_blob (find, 1, id->bytes, FAR_ID_LEN);
  switch (far_db_step (ledger->db, find, error))
    {
    case FAR_STEP_ROW:
      if (!far_row_read (find, ret_row))
        return corrupt ((guint64) far_statement_get_int (find, 0), error);
      *ret_found = TRUE;
      return TRUE;
    case FAR_STEP_DONE:
      return TRUE;
    case FAR_STEP_ERROR:
    default:
      return FALSE;
    }
}

gboolean
far_rows_get (FarLedger *ledger, guint64 seq, FarStoredTransfer *ret_row, GError **error)
{
  g_autoptr (FarStatement) get =
    far_db_prepare (ledger->db, "SELECT " FAR_TRANSFER_COLUMNS
                    " FROM ledger_transfer WHERE seq = ?1", error);

  if (get == NULL)
    return FALSE;
  far_statement_bind_int (get, 1, (gint64) seq);
  switch (far_db_step (ledger->db, get, error))
    {
    case FAR_STEP_ROW:
      return far_row_read (get, ret_row) || corrupt (seq, error);
    case FAR_STEP_DONE:
      return corrupt (seq, error);
    case FAR_STEP_ERROR:
    default:
      return FALSE;
    }
}

gboolean
far_rows_before (FarLedger *ledger, guint64 seq, guint64 *ret_seq, gint64 *ret_time_us,
                 GError **error)
{
  g_autoptr (FarStatement) find =
    far_db_prepare (ledger->db, "SELECT seq, time_us FROM ledger_transfer WHERE seq <= ?1"
                    " ORDER BY seq DESC LIMIT 1", error);
  FarStep step;

  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, (gint64) MIN (seq, G_MAXINT64));
  step = far_db_step (ledger->db, find, error);
  if (step == FAR_STEP_ERROR)
    return FALSE;
  *ret_seq = step == FAR_STEP_ROW ? (guint64) far_statement_get_int (find, 0) : 0;
  *ret_time_us = step == FAR_STEP_ROW ? far_statement_get_int (find, 1) : 0;
  return TRUE;
}

gboolean
far_rows_resolve (FarLedger *ledger, FarStoredTransfer *row, GError **error)
{
  FarAccountState *debit, *credit;
  g_autoptr (FarStatement) get = NULL;
  FarStep step;

  if (!far_accounts_get (ledger, row->debit_no, &debit, error) ||
      !far_accounts_get (ledger, row->credit_no, &credit, error))
    return FALSE;
  row->transfer.debit = debit->account.id;
  row->transfer.credit = credit->account.id;
  memcpy (row->transfer.currency, debit->account.currency, sizeof row->transfer.currency);
  if (row->pending_seq == 0)
    return TRUE;

  get = far_db_prepare (ledger->db, "SELECT id FROM ledger_transfer WHERE seq = ?1", error);
  if (get == NULL)
    return FALSE;
  far_statement_bind_int (get, 1, (gint64) row->pending_seq);
  step = far_db_step (ledger->db, get, error);
  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE ||
      !far_statement_copy_blob (get, 0, row->transfer.pending_id.bytes, FAR_ID_LEN))
    return corrupt (row->pending_seq, error);
  return TRUE;
}

void
far_rows_link (FarStoredTransfer *row, FarAccountState *debit, FarAccountState *credit)
{
  far_skew_push (&debit->skew, row->transfer.seq, &row->debit.prev, &row->debit.jump);
  far_skew_push (&credit->skew, row->transfer.seq, &row->credit.prev, &row->credit.jump);
  debit->n_rows++;
  credit->n_rows++;
  row->debit.after = debit->balance;
  row->credit.after = credit->balance;
}

gboolean
far_rows_insert (FarLedger *ledger, FarStoredTransfer *row, GError **error)
{
  const FarTransfer *t = &row->transfer;
  guint8 bytes[FAR_ROW_MAX];
  guint8 history[FAR_HISTORY_MAX];
  gsize n_history;
  FarStatement *insert =
    far_db_prepare (ledger->db, "INSERT INTO ledger_transfer (" FAR_TRANSFER_COLUMNS ") VALUES "
                    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)", error);

  if (insert == NULL)
    return FALSE;
  g_assert (t->seq == ledger->counts.n_rows);

  n_history = far_history_encode (t->seq, &row->debit, &row->credit, history);
  row->tag = far_ledger_append (ledger, bytes, far_row_write_transfer (t, bytes), t->time_us);
  far_statement_bind_int (insert, 1, (gint64) t->seq);
  far_statement_bind_blob (insert, 2, t->id.bytes, FAR_ID_LEN);
  far_statement_bind_int (insert, 3, t->time_us);
  far_statement_bind_int (insert, 4, t->kind);
  far_statement_bind_int (insert, 5, t->flags);
  far_statement_bind_int (insert, 6, (gint64) row->debit_no);
  far_statement_bind_int (insert, 7, (gint64) row->credit_no);
  far_statement_bind_int (insert, 8, t->amount_micros);
  far_statement_bind_int (insert, 9, t->code);
  far_statement_bind_int (insert, 10, (gint64) row->pending_seq);
  far_statement_bind_int (insert, 11, t->deadline_us);
  far_statement_bind_blob (insert, 12, t->reference.bytes, FAR_ID_LEN);
  far_statement_bind_blob (insert, 13, t->salt.bytes, FAR_ID_LEN);
  far_statement_bind_int (insert, 14, row->tag);
  far_statement_bind_blob (insert, 15, history, n_history);
  if (!far_db_run (ledger->db, insert, error))
    return FALSE;
  ledger->counts.n_transfers++;
  if (far_id_compare (&t->id, &ledger->id_max) > 0)
    ledger->id_max = t->id;
  return TRUE;
}

gboolean
far_rows_delete_from (FarLedger *ledger, guint64 seq, GError **error)
{
  g_autoptr (FarStatement) rows =
    far_db_prepare (ledger->db, "DELETE FROM ledger_transfer WHERE seq >= ?1", error);
  g_autoptr (FarStatement) pendings =
    far_db_prepare (ledger->db, "DELETE FROM ledger_pending WHERE seq >= ?1", error);

  if (rows == NULL || pendings == NULL)
    return FALSE;
  far_statement_bind_int (rows, 1, (gint64) seq);
  far_statement_bind_int (pendings, 1, (gint64) seq);
  return far_db_run (ledger->db, rows, error) && far_db_run (ledger->db, pendings, error);
}

gboolean
far_ledger_transfer (FarLedger *ledger, const FarId *id, FarTransfer *ret_transfer, GError **error)
{
  FarStoredTransfer row;
  gboolean found;

  g_return_val_if_fail (ledger != NULL && id != NULL && ret_transfer != NULL, FALSE);

  if (!far_rows_find (ledger, id, &found, &row, error))
    return FALSE;
  if (!found)
    {
      g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND,
                           "There is no transfer of this id");
      return FALSE;
    }
  if (!far_rows_resolve (ledger, &row, error))
    return FALSE;
  *ret_transfer = row.transfer;
  return TRUE;
}
