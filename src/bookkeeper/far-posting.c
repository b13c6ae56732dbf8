/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Putting transfers together and executing them as one: every transfer of a posting is linked to
 * the next, so the ledger takes all or none. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

void
far_posting_begin (FarBooks *books)
{
  g_array_set_size (books->posting, 0);
}

static FarTransfer *
append (FarBooks        *books,
        FarTransferKind  kind,
        FarCode          code,
        const char      *currency,
        const FarId     *reference)
{
  FarTransfer *transfer;

  g_assert (books->posting->len < FAR_LEDGER_BATCH_MAX);
  g_array_set_size (books->posting, books->posting->len + 1);
  transfer = &g_array_index (books->posting, FarTransfer, books->posting->len - 1);
  memset (transfer, 0, sizeof *transfer);
  far_id_init (&transfer->id, books->clock);
  transfer->kind = kind;
  transfer->flags = FAR_TRANSFER_LINKED;
  transfer->code = (guint16) code;
  transfer->reference = *reference;
  g_strlcpy (transfer->currency, currency, sizeof transfer->currency);
  return transfer;
}

void
far_posting_add (FarBooks    *books,
                 FarCode      code,
                 const char  *currency,
                 const FarId *debit,
                 const FarId *credit,
                 gint64       amount_micros,
                 const FarId *reference)
{
  FarTransfer *transfer;

  g_assert (amount_micros >= 0);
  if (amount_micros == 0)
    return;
  transfer = append (books, FAR_TRANSFER_POSTED, code, currency, reference);
  transfer->debit = *debit;
  transfer->credit = *credit;
  transfer->amount_micros = amount_micros;
}

FarId
far_posting_reserve (FarBooks    *books,
                     FarCode      code,
                     const char  *currency,
                     const FarId *debit,
                     const FarId *credit,
                     gint64       amount_micros,
                     gint64       deadline_us,
                     const FarId *reference)
{
  FarTransfer *transfer;

  g_assert (amount_micros >= 0 && deadline_us > 0);
  if (amount_micros == 0)
    return (FarId) { { 0 } };
  transfer = append (books, FAR_TRANSFER_PENDING, code, currency, reference);
  transfer->debit = *debit;
  transfer->credit = *credit;
  transfer->amount_micros = amount_micros;
  transfer->deadline_us = deadline_us;
  return transfer->id;
}

void
far_posting_resolve (FarBooks        *books,
                     FarTransferKind  kind,
                     FarCode          code,
                     const char      *currency,
                     const FarId     *pending,
                     const FarId     *reference)
{
  FarTransfer *transfer;

  g_assert (kind == FAR_TRANSFER_POST || kind == FAR_TRANSFER_VOID);
  transfer = append (books, kind, code, currency, reference);
  transfer->pending_id = *pending;
}

gboolean
far_posting_add_fee (FarCall         *call,
                     FarCode          code,
                     FarAccountKind   kind,
                     const char      *currency,
                     gint64           fee_micros,
                     const FarId     *reference,
                     GError         **error)
{
  const char *other = far_request_text (call->request, "fee_currency");
  FarId clearing, costs;

  if (fee_micros == 0)
    return TRUE;
  if (other != NULL)
    currency = other;
  if (!far_house_account (call->books, FAR_ACCOUNT_PROVIDER_CLEARING, currency, &clearing,
                          error) ||
      !far_house_account (call->books, kind, currency, &costs, error))
    return FALSE;
  far_posting_add (call->books, code, currency, &costs, &clearing, fee_micros, reference);
  return TRUE;
}

gboolean
far_posting_commit (FarBooks           *books,
                    FarTransferResult  *ret_result,
                    GError            **error)
{
  guint n = books->posting->len;
  FarTransfer *transfers = (FarTransfer *) (gpointer) books->posting->data;
  FarTransferResult *results;

  *ret_result = FAR_TRANSFER_OK;
  if (n == 0)
    return TRUE;
  transfers[n - 1].flags = 0;
  g_array_set_size (books->results, n);
  results = (FarTransferResult *) (gpointer) books->results->data;
  if (!far_ledger_post (books->ledger, transfers, n, results, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      /* Ids are new at every call: one that exists already would be a broken generator. */
      g_assert (results[i] != FAR_TRANSFER_EXISTS);
      if (results[i] != FAR_TRANSFER_OK && results[i] != FAR_TRANSFER_LINKED_FAILED)
        *ret_result = results[i];
    }
  return TRUE;
}

gboolean
far_posting_must (FarBooks  *books,
                  GError   **error)
{
  FarTransferResult result;

  if (!far_posting_commit (books, &result, error))
    return FALSE;
  if (result == FAR_TRANSFER_OK)
    return TRUE;
  if (result == FAR_TRANSFER_OVERFLOW || result == FAR_TRANSFER_AMOUNT_TOO_LARGE)
    return far_refuse (error, FAR_COMMAND_ERROR_OVERFLOW,
                       "an account would hold more than can be counted");
  return far_refuse (error, FAR_COMMAND_ERROR_INTERNAL,
                     "the ledger refused a transfer that the books allow (%s); run `farthingctl "
                     "ledger verify`", far_transfer_result_to_string (result));
}
