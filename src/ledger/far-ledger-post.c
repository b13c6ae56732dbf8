/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches of transfers and linked chains inside them. The ledger's thread. */
#include "ledger/far-ledger-private.h"

static gboolean
apply_public (FarLedger *ledger, const FarTransfer *transfer, gint64 clock_us,
              FarTransferResult *ret_result, GError **error)
{
  if (transfer->kind == FAR_TRANSFER_EXPIRE)
    {
      *ret_result = FAR_TRANSFER_UNKNOWN_KIND; /* the sweep's own */
      return TRUE;
    }
  return far_ledger_apply (ledger, transfer, clock_us, ret_result, error);
}

/* The length of the chain that begins here, 1 for a transfer by itself. *ret_closed FALSE: the
 * batch ends before the chain does. */
static guint
chain_length (const FarTransfer *transfers, guint n_transfers, gboolean *ret_closed)
{
  guint n = 0;

  while (n < n_transfers && (transfers[n].flags & FAR_TRANSFER_LINKED) != 0)
    n++;
  *ret_closed = n < n_transfers;
  return *ret_closed ? n + 1 : n;
}

static void
fail_chain (FarTransferResult *results, guint n, guint culprit, FarTransferResult reason)
{
  for (guint i = 0; i < n; i++)
    results[i] = FAR_TRANSFER_LINKED_FAILED;
  results[culprit] = reason;
}

/* All or none. A chain that was done before is recognised by its first transfer, and must then have
 * been done wholly. */
static gboolean
apply_chain (FarLedger *ledger, const FarTransfer *transfers, guint n, gint64 clock_us,
             FarTransferResult *results, GError **error)
{
  FarLedgerMark mark = far_ledger_mark (ledger);
  FarTransferResult wanted = FAR_TRANSFER_OK;

  for (guint i = 0; i < n; i++)
    {
      if (!apply_public (ledger, &transfers[i], clock_us, &results[i], error))
        return FALSE;
      if (i == 0 && results[i] == FAR_TRANSFER_EXISTS)
        wanted = FAR_TRANSFER_EXISTS;
      if (results[i] != wanted)
        {
          /* OK after EXISTS: the part that was there before is what is wrong. */
          guint culprit = results[i] == FAR_TRANSFER_OK ? 0 : i;

          fail_chain (results, n, culprit, results[culprit]);
          return far_ledger_go_back (ledger, &mark, TRUE, error);
        }
    }
  return TRUE;
}

gboolean
far_ledger_post (FarLedger *ledger, const FarTransfer *transfers, guint n_transfers,
                 FarTransferResult *ret_results, GError **error)
{
  gint64 clock_us;
  guint i = 0;

  g_return_val_if_fail (ledger != NULL, FALSE);
  g_return_val_if_fail (transfers != NULL && ret_results != NULL, FALSE);

  if (!far_ledger_check_writing (ledger, error))
    return FALSE;
  if (n_transfers > FAR_LEDGER_BATCH_MAX)
    {
      g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_LIMIT,
                   "A batch takes at most %d transfers", FAR_LEDGER_BATCH_MAX);
      return FALSE;
    }
  clock_us = far_clock_now_us (ledger->clock);
  while (i < n_transfers)
    {
      gboolean closed;
      guint n = chain_length (transfers + i, n_transfers - i, &closed);
      gboolean ok = TRUE;

      if (!closed)
        fail_chain (ret_results + i, n, n - 1, FAR_TRANSFER_CHAIN_OPEN);
      else if (n == 1)
        ok = apply_public (ledger, &transfers[i], clock_us, &ret_results[i], error);
      else
        ok = apply_chain (ledger, &transfers[i], n, clock_us, &ret_results[i], error);
      if (!ok)
        {
          ledger->failed = TRUE;
          return FALSE;
        }
      i += n;
    }
  far_ledger_keep (ledger);
  return TRUE;
}
