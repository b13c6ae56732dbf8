/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a transfer may do. Each rule has its own answer; a transfer is decided wholly before
 * anything is changed, so a refusal leaves nothing behind. The ledger's thread.
 *
 * The order of the checks is part of the interface: first the form of the request, then whether its
 * id was used before, then accounts and amounts; so a retry answers EXISTS whatever has happened to
 * the accounts since. */
#include "ledger/far-ledger-private.h"

#include <string.h>

static const FarId ZERO_ID;

/* A transfer being decided. */
typedef struct {
  const FarTransfer *asked;
  FarStoredTransfer  row;
  FarStoredTransfer  pending;  /* what it resolves */
  FarAccountState   *debit;
  FarAccountState   *credit;
  FarBalance         debit_after;
  FarBalance         credit_after;
} Decision;

static gboolean
is_zero (const FarId *id)
{
  return memcmp (id, &ZERO_ID, sizeof ZERO_ID) == 0;
}

static gboolean
resolves (FarTransferKind kind)
{
  return kind == FAR_TRANSFER_POST || kind == FAR_TRANSFER_VOID || kind == FAR_TRANSFER_EXPIRE;
}

/* ---- form ---- */

static FarTransferResult
check_form (const FarTransfer *t)
{
  if ((guint) t->kind > FAR_TRANSFER_EXPIRE)
    return FAR_TRANSFER_UNKNOWN_KIND;
  if ((t->flags & ~FAR_TRANSFER_LINKED) != 0)
    return FAR_TRANSFER_UNKNOWN_FLAGS;
  if (is_zero (&t->id))
    return FAR_TRANSFER_ID_MUST_NOT_BE_ZERO;
  if (t->code == 0)
    return FAR_TRANSFER_CODE_MUST_NOT_BE_ZERO;
  if (t->amount_micros < 0 || (t->amount_micros == 0 && !resolves (t->kind)))
    return FAR_TRANSFER_AMOUNT_MUST_BE_POSITIVE;
  if (t->amount_micros > FAR_MICROS_MAX)
    return FAR_TRANSFER_AMOUNT_TOO_LARGE;
  if (!resolves (t->kind) && !is_zero (&t->pending_id))
    return FAR_TRANSFER_PENDING_ID_MUST_BE_ZERO;
  if (resolves (t->kind) && is_zero (&t->pending_id))
    return FAR_TRANSFER_PENDING_ID_MUST_NOT_BE_ZERO;
  if (t->deadline_us != 0 && t->kind != FAR_TRANSFER_PENDING)
    return FAR_TRANSFER_DEADLINE_MUST_BE_ZERO;
  if (t->deadline_us < 0)
    return FAR_TRANSFER_DEADLINE_PASSED;
  return FAR_TRANSFER_OK;
}

/* ---- the same id again ---- */

/* there is resolved. What the request leaves to the pending transfer counts as equal. */
static gboolean
compare (FarLedger *ledger, const FarStoredTransfer *there, const FarTransfer *asked,
         FarTransferResult *ret_result, GError **error)
{
  const FarTransfer *t = &there->transfer;
  gboolean inherits = resolves (asked->kind);
  gint64 amount_micros = asked->amount_micros;

  *ret_result = FAR_TRANSFER_EXISTS;
  if (t->kind != asked->kind)
    *ret_result = FAR_TRANSFER_EXISTS_WITH_DIFFERENT_KIND;
  else if (t->flags != asked->flags)
    *ret_result = FAR_TRANSFER_EXISTS_WITH_DIFFERENT_FLAGS;
  else if (t->code != asked->code)
    *ret_result = FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CODE;
  else if (far_id_compare (&t->pending_id, &asked->pending_id) != 0)
    *ret_result = FAR_TRANSFER_EXISTS_WITH_DIFFERENT_PENDING_ID;
  else if (strncmp (t->currency, asked->currency, sizeof t->currency) != 0 &&
           !(inherits && asked->currency[0] == '\0'))
    *ret_result = FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CURRENCY;
  else if (far_id_compare (&t->debit, &asked->debit) != 0 &&
           !(inherits && is_zero (&asked->debit)))
    *ret_result = FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEBIT;
  else if (far_id_compare (&t->credit, &asked->credit) != 0 &&
           !(inherits && is_zero (&asked->credit)))
    *ret_result = FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CREDIT;
  else if (t->deadline_us != asked->deadline_us)
    *ret_result = FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEADLINE;
  else if (far_id_compare (&t->reference, &asked->reference) != 0)
    *ret_result = FAR_TRANSFER_EXISTS_WITH_DIFFERENT_REFERENCE;
  else if (inherits && amount_micros == 0)
    {
      FarStoredTransfer pending;

      if (!far_rows_get (ledger, there->pending_seq, &pending, error))
        return FALSE;
      amount_micros = pending.transfer.amount_micros;
    }
  if (*ret_result == FAR_TRANSFER_EXISTS && t->amount_micros != amount_micros)
    *ret_result = FAR_TRANSFER_EXISTS_WITH_DIFFERENT_AMOUNT;
  return TRUE;
}

/* ---- accounts and amounts ---- */

static gboolean
add_micros (gint64 *sum, gint64 amount_micros)
{
  return !__builtin_add_overflow (*sum, amount_micros, sum);
}

/* Posted or pending: amount in full on both sides. */
static FarTransferResult
decide_amounts (Decision *d)
{
  const gint64 amount_micros = d->asked->amount_micros;
  gint64 debits, credits;

  d->debit_after = d->debit->balance;
  d->credit_after = d->credit->balance;
  if (d->asked->kind == FAR_TRANSFER_PENDING)
    {
      if (!add_micros (&d->debit_after.debits_pending_micros, amount_micros) ||
          !add_micros (&d->credit_after.credits_pending_micros, amount_micros))
        return FAR_TRANSFER_OVERFLOW;
    }
  else if (!add_micros (&d->debit_after.debits_posted_micros, amount_micros) ||
           !add_micros (&d->credit_after.credits_posted_micros, amount_micros))
    return FAR_TRANSFER_OVERFLOW;

  /* Posted and pending together stay in range, so that posting can never overflow. */
  debits = d->debit_after.debits_posted_micros;
  credits = d->credit_after.credits_posted_micros;
  if (!add_micros (&debits, d->debit_after.debits_pending_micros) ||
      !add_micros (&credits, d->credit_after.credits_pending_micros))
    return FAR_TRANSFER_OVERFLOW;
  if ((d->debit->account.flags & FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS) != 0 &&
      debits > d->debit_after.credits_posted_micros)
    return FAR_TRANSFER_EXCEEDS_CREDITS;
  if ((d->credit->account.flags & FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS) != 0 &&
      credits > d->credit_after.debits_posted_micros)
    return FAR_TRANSFER_EXCEEDS_DEBITS;
  return FAR_TRANSFER_OK;
}

static FarTransferResult
check_accounts (const Decision *d)
{
  const FarAccount *debit = &d->debit->account;
  const FarAccount *credit = &d->credit->account;

  if (strcmp (debit->currency, credit->currency) != 0)
    return FAR_TRANSFER_ACCOUNTS_HAVE_DIFFERENT_CURRENCIES;
  if (strncmp (debit->currency, d->asked->currency, sizeof d->asked->currency) != 0)
    return FAR_TRANSFER_WRONG_CURRENCY;
  if ((debit->flags & FAR_ACCOUNT_CLOSED) != 0)
    return FAR_TRANSFER_DEBIT_ACCOUNT_CLOSED;
  if ((credit->flags & FAR_ACCOUNT_CLOSED) != 0)
    return FAR_TRANSFER_CREDIT_ACCOUNT_CLOSED;
  return FAR_TRANSFER_OK;
}

static gboolean
decide_new (FarLedger *ledger, Decision *d, gint64 time_us, FarTransferResult *ret_result,
            GError **error)
{
  const FarTransfer *t = d->asked;

  if (far_id_compare (&t->debit, &t->credit) == 0)
    {
      *ret_result = FAR_TRANSFER_ACCOUNTS_MUST_DIFFER;
      return TRUE;
    }
  if (!far_accounts_find (ledger, &t->debit, &d->debit, error) ||
      !far_accounts_find (ledger, &t->credit, &d->credit, error))
    return FALSE;
  if (d->debit == NULL)
    *ret_result = FAR_TRANSFER_DEBIT_ACCOUNT_NOT_FOUND;
  else if (d->credit == NULL)
    *ret_result = FAR_TRANSFER_CREDIT_ACCOUNT_NOT_FOUND;
  else if (t->deadline_us != 0 && t->deadline_us <= time_us)
    *ret_result = FAR_TRANSFER_DEADLINE_PASSED;
  else
    *ret_result = check_accounts (d);
  if (*ret_result == FAR_TRANSFER_OK)
    *ret_result = decide_amounts (d);
  if (*ret_result == FAR_TRANSFER_OK)
    d->row.transfer = *t;
  return TRUE;
}

/* ---- resolving ---- */

static FarTransferResult
check_pending (const Decision *d, FarPendingState state, gint64 time_us)
{
  const FarTransfer *t = d->asked;
  const FarTransfer *p = &d->pending.transfer;

  if (!is_zero (&t->debit) && far_id_compare (&t->debit, &p->debit) != 0)
    return FAR_TRANSFER_PENDING_HAS_DIFFERENT_DEBIT;
  if (!is_zero (&t->credit) && far_id_compare (&t->credit, &p->credit) != 0)
    return FAR_TRANSFER_PENDING_HAS_DIFFERENT_CREDIT;
  if (t->currency[0] != '\0' && strncmp (t->currency, p->currency, sizeof t->currency) != 0)
    return FAR_TRANSFER_PENDING_HAS_DIFFERENT_CURRENCY;
  switch (state)
    {
    case FAR_PENDING_POSTED:
      return FAR_TRANSFER_PENDING_ALREADY_POSTED;
    case FAR_PENDING_VOIDED:
      return FAR_TRANSFER_PENDING_ALREADY_VOIDED;
    case FAR_PENDING_EXPIRED:
      return FAR_TRANSFER_PENDING_EXPIRED;
    case FAR_PENDING_OPEN:
    default:
      break;
    }
  if (t->kind != FAR_TRANSFER_EXPIRE && p->deadline_us != 0 && time_us >= p->deadline_us)
    return FAR_TRANSFER_PENDING_EXPIRED;
  if (t->kind == FAR_TRANSFER_POST && t->amount_micros > p->amount_micros)
    return FAR_TRANSFER_EXCEEDS_PENDING_AMOUNT;
  if (t->kind != FAR_TRANSFER_POST && t->amount_micros != 0 &&
      t->amount_micros != p->amount_micros)
    return FAR_TRANSFER_PENDING_HAS_DIFFERENT_AMOUNT;
  return FAR_TRANSFER_OK;
}

/* Releases the pending amount and, for a POST, moves what is posted. */
static void
settle (Decision *d)
{
  const gint64 reserved_micros = d->pending.transfer.amount_micros;
  gint64 posted_micros = 0;

  d->row.transfer = *d->asked;
  d->row.transfer.debit = d->pending.transfer.debit;
  d->row.transfer.credit = d->pending.transfer.credit;
  memcpy (d->row.transfer.currency, d->pending.transfer.currency,
          sizeof d->row.transfer.currency);
  d->row.pending_seq = d->pending.transfer.seq;
  if (d->asked->amount_micros == 0)
    d->row.transfer.amount_micros = reserved_micros;
  if (d->asked->kind == FAR_TRANSFER_POST)
    posted_micros = d->row.transfer.amount_micros;

  d->debit_after = d->debit->balance;
  d->credit_after = d->credit->balance;
  d->debit_after.debits_pending_micros -= reserved_micros;
  d->credit_after.credits_pending_micros -= reserved_micros;
  d->debit_after.debits_posted_micros += posted_micros;
  d->credit_after.credits_posted_micros += posted_micros;
}

static gboolean
decide_resolution (FarLedger *ledger, Decision *d, gint64 time_us, FarTransferResult *ret_result,
                   GError **error)
{
  FarPendingState state;
  gboolean found;

  if (!far_rows_find (ledger, &d->asked->pending_id, &found, &d->pending, error))
    return FALSE;
  if (!found)
    {
      *ret_result = FAR_TRANSFER_PENDING_NOT_FOUND;
      return TRUE;
    }
  if (d->pending.transfer.kind != FAR_TRANSFER_PENDING)
    {
      *ret_result = FAR_TRANSFER_NOT_PENDING;
      return TRUE;
    }
  if (!far_rows_resolve (ledger, &d->pending, error) ||
      !far_pending_state (ledger, d->pending.transfer.seq, &state, error) ||
      !far_accounts_get (ledger, d->pending.debit_no, &d->debit, error) ||
      !far_accounts_get (ledger, d->pending.credit_no, &d->credit, error))
    return FALSE;
  *ret_result = check_pending (d, state, time_us);
  if (*ret_result == FAR_TRANSFER_OK)
    settle (d);
  return TRUE;
}

/* ---- doing ---- */

static void
next_salt (FarLedger *ledger, FarId *ret_salt)
{
  if (ledger->n_salts == 0)
    {
      far_ledger_random (ledger, ledger->salts, sizeof ledger->salts);
      ledger->n_salts = FAR_LEDGER_SALTS;
    }
  ledger->n_salts--;
  *ret_salt = ledger->salts[ledger->n_salts];
}

static gboolean
perform (FarLedger *ledger, Decision *d, gint64 time_us, GError **error)
{
  FarTransfer *t = &d->row.transfer;

  g_assert (far_balance_keeps_flags (&d->debit_after, d->debit->account.flags));
  g_assert (far_balance_keeps_flags (&d->credit_after, d->credit->account.flags));
  g_assert (t->amount_micros > 0 && d->debit != d->credit);

  t->seq = ledger->counts.n_rows;
  t->time_us = time_us;
  next_salt (ledger, &t->salt);
  d->row.debit_no = d->debit->no;
  d->row.credit_no = d->credit->no;

  far_accounts_touch (ledger, d->debit);
  far_accounts_touch (ledger, d->credit);
  d->debit->balance = d->debit_after;
  d->credit->balance = d->credit_after;
  far_rows_link (&d->row, d->debit, d->credit);
  if (!far_rows_insert (ledger, &d->row, error))
    return FALSE;
  if (t->kind == FAR_TRANSFER_PENDING)
    return far_pending_insert (ledger, t->seq, t->deadline_us, error);
  if (resolves (t->kind))
    return far_pending_resolve (ledger, d->row.pending_seq, (FarPendingState) t->kind, t->seq,
                                error);
  return TRUE;
}

gboolean
far_ledger_apply (FarLedger *ledger, const FarTransfer *transfer, gint64 clock_us,
                  FarTransferResult *ret_result, GError **error)
{
  Decision d = { .asked = transfer };
  gint64 time_us = far_ledger_next_time_us (ledger, clock_us);
  gboolean found;
  gboolean ok;

  *ret_result = check_form (transfer);
  if (*ret_result != FAR_TRANSFER_OK)
    return TRUE;
  if (!far_rows_find (ledger, &transfer->id, &found, &d.row, error))
    return FALSE;
  if (found)
    return far_rows_resolve (ledger, &d.row, error) &&
           compare (ledger, &d.row, transfer, ret_result, error);
  if (resolves (transfer->kind))
    ok = decide_resolution (ledger, &d, time_us, ret_result, error);
  else
    ok = decide_new (ledger, &d, time_us, ret_result, error);
  if (!ok || *ret_result != FAR_TRANSFER_OK)
    return ok;
  return perform (ledger, &d, time_us, error);
}
