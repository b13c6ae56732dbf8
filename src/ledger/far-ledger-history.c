/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Balances as of any time and an account's transfers, by the links that the rows carry
 * (far-ledger-skew.h). O(log rows) and O(transfers asked for). The ledger's thread. */
#include "ledger/far-ledger-private.h"

#include <string.h>

static gboolean
find_account (FarLedger *ledger, const FarId *id, FarAccountState **ret_state, GError **error)
{
  if (!far_accounts_find (ledger, id, ret_state, error))
    return FALSE;
  if (*ret_state == NULL)
    g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND,
                         "There is no account of this id");
  return *ret_state != NULL;
}

/* The last transfer with a time of at most time_us; times rise with seq. *ret_seq 0: none. */
static gboolean
seq_at_time (FarLedger *ledger, gint64 time_us, guint64 *ret_seq, GError **error)
{
  guint64 low = 0;                              /* nothing after this was found too late */
  guint64 high = ledger->counts.n_rows;         /* every transfer from here on is too late */

  while (high - low > 1)
    {
      guint64 middle = low + (high - low) / 2;
      guint64 at;
      gint64 at_us;

      if (!far_rows_before (ledger, middle, &at, &at_us, error))
        return FALSE;
      if (at <= low || at_us <= time_us)
        low = middle; /* no transfer in between, or one that is early enough */
      else
        high = at;
    }
  return far_rows_before (ledger, low, ret_seq, &(gint64) { 0 }, error);
}

static gboolean
side_of (FarLedger *ledger, guint64 seq, guint64 no, FarHistorySide *ret_side, GError **error)
{
  FarStoredTransfer row;

  if (!far_rows_get (ledger, seq, &row, error))
    return FALSE;
  if (row.debit_no != no && row.credit_no != no)
    {
      g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT,
                   "Row %" G_GUINT64_FORMAT " is in the history of account %" G_GUINT64_FORMAT
                   " but does not touch it: verify the ledger", seq, no);
      return FALSE;
    }
  *ret_side = row.debit_no == no ? row.debit : row.credit;
  return TRUE;
}

/* The account's last row at or before bound, 0 if there is none. */
static gboolean
last_row_before (FarLedger *ledger, const FarAccountState *state, guint64 bound, guint64 *ret_seq,
                 GError **error)
{
  guint64 at = far_skew_last (&state->skew);

  while (at > bound)
    {
      FarHistorySide side;

      if (!side_of (ledger, at, state->no, &side, error))
        return FALSE;
      at = side.jump > bound ? side.jump : side.prev;
    }
  *ret_seq = at;
  return TRUE;
}

static gboolean
balance_at (FarLedger *ledger, const FarId *account, gint64 time_us, FarBalance *ret_balance,
            GError **error)
{
  FarAccountState *state;
  FarHistorySide side;
  guint64 bound, at;

  if (!find_account (ledger, account, &state, error) ||
      !seq_at_time (ledger, time_us, &bound, error) ||
      !last_row_before (ledger, state, bound, &at, error))
    return FALSE;
  memset (&side, 0, sizeof side);
  if (at != 0 && !side_of (ledger, at, state->no, &side, error))
    return FALSE;
  *ret_balance = side.after;
  return TRUE;
}

gboolean
far_ledger_balance_at (FarLedger *ledger, const FarId *account, gint64 time_us,
                       FarBalance *ret_balance, GError **error)
{
  gboolean began, ok;

  g_return_val_if_fail (ledger != NULL && account != NULL && ret_balance != NULL, FALSE);

  ok = far_ledger_read_begin (ledger, &began, error) &&
       balance_at (ledger, account, time_us, ret_balance, error);
  far_ledger_read_end (ledger, began);
  return ok;
}

static gboolean
history (FarLedger *ledger, const FarId *account, guint64 before_seq, FarTransfer *ret_transfers,
         guint n_max, guint *ret_n, GError **error)
{
  FarAccountState *state;
  guint64 at;
  guint n = 0;

  if (!find_account (ledger, account, &state, error))
    return FALSE;
  if (before_seq == 0)
    at = 0;
  else if (!last_row_before (ledger, state, before_seq - 1, &at, error))
    return FALSE;
  while (at != 0 && n < n_max)
    {
      FarStoredTransfer row;

      if (!far_rows_get (ledger, at, &row, error) || !far_rows_resolve (ledger, &row, error))
        return FALSE;
      ret_transfers[n++] = row.transfer;
      at = row.debit_no == state->no ? row.debit.prev : row.credit.prev;
    }
  *ret_n = n;
  return TRUE;
}

gboolean
far_ledger_history (FarLedger *ledger, const FarId *account, guint64 before_seq,
                    FarTransfer *ret_transfers, guint n_max, guint *ret_n, GError **error)
{
  gboolean began, ok;

  g_return_val_if_fail (ledger != NULL && account != NULL, FALSE);
  g_return_val_if_fail (ret_transfers != NULL && ret_n != NULL, FALSE);
  g_return_val_if_fail (n_max <= FAR_LEDGER_HISTORY_MAX, FALSE);

  ok = far_ledger_read_begin (ledger, &began, error) &&
       history (ledger, account, before_seq, ret_transfers, n_max, ret_n, error);
  far_ledger_read_end (ledger, began);
  return ok;
}
