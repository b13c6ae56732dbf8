/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading many rows in their order, for statements: accounts with their balances, and the transfers
 * from a time on. O(rows). The ledger's thread. */
#include "ledger/far-ledger-private.h"

#include <string.h>

gboolean
far_ledger_each_account (FarLedger *ledger, FarLedgerAccountFunc func, gpointer data,
                         GError **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step;

  g_return_val_if_fail (ledger != NULL && func != NULL, FALSE);

  row = far_db_prepare (ledger->db, "SELECT " FAR_ACCOUNT_COLUMNS ", " FAR_BALANCE_COLUMNS
                        " FROM ledger_account a JOIN ledger_balance b USING (no) ORDER BY a.no",
                        error);
  if (row == NULL)
    return FALSE;
  while ((step = far_db_step (ledger->db, row, error)) == FAR_STEP_ROW)
    {
      FarAccountState state;
      gint64 tag;

      memset (&state, 0, sizeof state);
      if (!far_account_read (row, &state, &tag) ||
          !far_balance_read (row, FAR_ACCOUNT_N_COLUMNS, &state))
        {
          g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT,
                               "An account's row is damaged: verify the ledger");
          return FALSE;
        }
      func (state.no, &state.account, &state.balance, data);
    }
  return step == FAR_STEP_DONE;
}

/* The first transfer with a time of at least time_us. */
static gboolean
first_seq_at (FarLedger *ledger, gint64 time_us, guint64 *ret_seq, GError **error)
{
  guint64 low = 0;                      /* every transfer before this one is too early */
  guint64 high = ledger->counts.n_rows; /* no transfer from here on is needed to be looked at */

  while (low < high)
    {
      guint64 middle = low + (high - low) / 2;
      guint64 at;
      gint64 at_us;

      if (!far_rows_before (ledger, middle, &at, &at_us, error))
        return FALSE;
      if (at < low || at == 0 || at_us < time_us)
        low = middle + 1;
      else
        high = at;
    }
  *ret_seq = low;
  return TRUE;
}

gboolean
far_ledger_each_posted (FarLedger *ledger, gint64 from_us, FarLedgerPostedFunc func,
                        gpointer data, GError **error)
{
  g_autoptr (FarStatement) row = NULL;
  guint64 first;
  FarStep step;

  g_return_val_if_fail (ledger != NULL && func != NULL, FALSE);

  if (!first_seq_at (ledger, from_us, &first, error))
    return FALSE;
  row = far_db_prepare (ledger->db, "SELECT seq, time_us, code, debit, credit, amount_micros,"
                        " reference FROM ledger_transfer WHERE seq >= ?1 AND kind IN (0, 2)"
                        " ORDER BY seq", error);
  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, (gint64) first);
  while ((step = far_db_step (ledger->db, row, error)) == FAR_STEP_ROW)
    {
      FarLedgerPosted posted = {
        .seq = (guint64) far_statement_get_int (row, 0),
        .time_us = far_statement_get_int (row, 1),
        .code = (guint16) far_statement_get_int (row, 2),
        .debit_no = (guint64) far_statement_get_int (row, 3),
        .credit_no = (guint64) far_statement_get_int (row, 4),
        .amount_micros = far_statement_get_int (row, 5),
      };

      if (!far_statement_copy_blob (row, 6, &posted.reference, FAR_ID_LEN))
        g_assert_not_reached (); /* the schema has no others */
      if (!func (&posted, data, error))
        return FALSE;
    }
  return step == FAR_STEP_DONE;
}

gboolean
far_ledger_transfer_from (FarLedger *ledger, guint64 seq, FarTransfer *ret_transfer,
                          GError **error)
{
  g_autoptr (FarStatement) next = NULL;
  FarStoredTransfer row;
  guint64 at;
  FarStep step;

  g_return_val_if_fail (ledger != NULL && ret_transfer != NULL, FALSE);

  next = far_db_prepare (ledger->db, "SELECT seq FROM ledger_transfer WHERE seq >= ?1"
                         " ORDER BY seq LIMIT 1", error);
  if (next == NULL)
    return FALSE;
  far_statement_bind_int (next, 1, (gint64) MIN (seq, G_MAXINT64));
  step = far_db_step (ledger->db, next, error);
  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    {
      g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND,
                           "The log ends before that row");
      return FALSE;
    }
  at = (guint64) far_statement_get_int (next, 0);
  if (!far_rows_get (ledger, at, &row, error) || !far_rows_resolve (ledger, &row, error))
    return FALSE;
  *ret_transfer = row.transfer;
  return TRUE;
}
