/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/far-ledger-model.h"

#include <string.h>

#define T(model, i) (&g_array_index ((model)->transfers, FarTransfer, i))
#define A(model, i) (&g_array_index ((model)->accounts, ModelAccount, i))

static gboolean
same (const FarId *a, const FarId *b)
{
  return memcmp (a, b, sizeof *a) == 0;
}

static gboolean
zero (const FarId *id)
{
  static const FarId nothing;

  return same (id, &nothing);
}

Model *
model_new (void)
{
  Model *model = g_new0 (Model, 1);

  model->accounts = g_array_new (FALSE, TRUE, sizeof (ModelAccount));
  model->transfers = g_array_new (FALSE, TRUE, sizeof (FarTransfer));
  return model;
}

Model *
model_copy (const Model *model)
{
  Model *copy = model_new ();

  g_array_append_vals (copy->accounts, model->accounts->data, model->accounts->len);
  g_array_append_vals (copy->transfers, model->transfers->data, model->transfers->len);
  copy->last_time_us = model->last_time_us;
  copy->n_rows = model->n_rows;
  return copy;
}

void
model_free (Model *model)
{
  g_array_unref (model->accounts);
  g_array_unref (model->transfers);
  g_free (model);
}

static gint64
tick (Model *model, gint64 clock_us)
{
  model->last_time_us = MAX (model->last_time_us + 1, clock_us);
  model->n_rows++;
  return model->last_time_us;
}

static ModelAccount *
find_account (const Model *model, const FarId *id)
{
  for (guint i = 0; i < model->accounts->len; i++)
    if (same (&A (model, i)->account.id, id))
      return A (model, i);
  return NULL;
}

static FarTransfer *
find_transfer (const Model *model, const FarId *id)
{
  for (guint i = 0; i < model->transfers->len; i++)
    if (same (&T (model, i)->id, id))
      return T (model, i);
  return NULL;
}

static FarTransfer *
find_resolution (const Model *model, const FarId *pending_id, gint64 time_us)
{
  for (guint i = 0; i < model->transfers->len; i++)
    if (same (&T (model, i)->pending_id, pending_id) && T (model, i)->time_us <= time_us)
      return T (model, i);
  return NULL;
}

gboolean
model_is_open_pending (const Model *model, const FarTransfer *transfer)
{
  return transfer->kind == FAR_TRANSFER_PENDING &&
         find_resolution (model, &transfer->id, G_MAXINT64) == NULL;
}

FarBalance
model_balance (const Model *model, const FarId *account, gint64 time_us)
{
  FarBalance sum = { 0 };

  for (guint i = 0; i < model->transfers->len; i++)
    {
      const FarTransfer *t = T (model, i);
      gboolean posts = t->kind == FAR_TRANSFER_POSTED || t->kind == FAR_TRANSFER_POST;
      gboolean waits = t->kind == FAR_TRANSFER_PENDING &&
                       find_resolution (model, &t->id, time_us) == NULL;

      if (t->time_us > time_us)
        break;
      if (same (&t->debit, account) && posts)
        sum.debits_posted_micros += t->amount_micros;
      if (same (&t->credit, account) && posts)
        sum.credits_posted_micros += t->amount_micros;
      if (same (&t->debit, account) && waits)
        sum.debits_pending_micros += t->amount_micros;
      if (same (&t->credit, account) && waits)
        sum.credits_pending_micros += t->amount_micros;
    }
  return sum;
}

FarAccountResult
model_open (Model *model, const FarAccount *account, gint64 clock_us)
{
  const ModelAccount *there = find_account (model, &account->id);
  ModelAccount added = { .account = *account };

  if (there == NULL)
    {
      added.account.seq = model->n_rows;
      added.account.time_us = tick (model, clock_us);
      g_array_append_val (model->accounts, added);
      return FAR_ACCOUNT_OK;
    }
  if (there->account.kind != account->kind)
    return FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_KIND;
  if (there->account.flags != account->flags)
    return FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_FLAGS;
  if (strcmp (there->account.currency, account->currency) != 0)
    return FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_CURRENCY;
  return FAR_ACCOUNT_EXISTS;
}

FarAccountResult
model_close (Model *model, const FarId *id, gboolean closed, gint64 clock_us)
{
  ModelAccount *account = find_account (model, id);
  FarBalance balance;

  if (account == NULL)
    return FAR_ACCOUNT_NOT_FOUND;
  if (account->closed == closed)
    return FAR_ACCOUNT_EXISTS;
  balance = model_balance (model, id, G_MAXINT64);
  if (balance.debits_pending_micros + balance.credits_pending_micros > 0)
    return FAR_ACCOUNT_HAS_PENDING;
  account->closed = closed;
  tick (model, clock_us);
  return FAR_ACCOUNT_OK;
}

/* ---- transfers ---- */

static FarTransferResult
judge_repeat (const Model *model, const FarTransfer *there, const FarTransfer *t)
{
  const FarTransfer *pending = find_transfer (model, &there->pending_id);
  gint64 whole_micros = pending != NULL ? pending->amount_micros : 0;

  if (there->kind != t->kind)
    return FAR_TRANSFER_EXISTS_WITH_DIFFERENT_KIND;
  if (there->flags != t->flags)
    return FAR_TRANSFER_EXISTS_WITH_DIFFERENT_FLAGS;
  if (there->code != t->code)
    return FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CODE;
  if (!same (&there->pending_id, &t->pending_id))
    return FAR_TRANSFER_EXISTS_WITH_DIFFERENT_PENDING_ID;
  if (strcmp (there->currency, t->currency) != 0 && !(pending != NULL && t->currency[0] == '\0'))
    return FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CURRENCY;
  if (!same (&there->debit, &t->debit) && !(pending != NULL && zero (&t->debit)))
    return FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEBIT;
  if (!same (&there->credit, &t->credit) && !(pending != NULL && zero (&t->credit)))
    return FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CREDIT;
  if (there->deadline_us != t->deadline_us)
    return FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEADLINE;
  if (!same (&there->reference, &t->reference))
    return FAR_TRANSFER_EXISTS_WITH_DIFFERENT_REFERENCE;
  if (there->amount_micros !=
      (t->amount_micros == 0 && pending != NULL ? whole_micros : t->amount_micros))
    return FAR_TRANSFER_EXISTS_WITH_DIFFERENT_AMOUNT;
  return FAR_TRANSFER_EXISTS;
}

static FarTransferResult
judge_new (const Model *model, const FarTransfer *t, gint64 time_us)
{
  const ModelAccount *debit = find_account (model, &t->debit);
  const ModelAccount *credit = find_account (model, &t->credit);
  FarBalance d = model_balance (model, &t->debit, G_MAXINT64);
  FarBalance c = model_balance (model, &t->credit, G_MAXINT64);
  __int128 debits = (__int128) d.debits_posted_micros + d.debits_pending_micros + t->amount_micros;
  __int128 credits =
    (__int128) c.credits_posted_micros + c.credits_pending_micros + t->amount_micros;

  if (same (&t->debit, &t->credit))
    return FAR_TRANSFER_ACCOUNTS_MUST_DIFFER;
  if (debit == NULL)
    return FAR_TRANSFER_DEBIT_ACCOUNT_NOT_FOUND;
  if (credit == NULL)
    return FAR_TRANSFER_CREDIT_ACCOUNT_NOT_FOUND;
  if (t->deadline_us != 0 && t->deadline_us <= time_us)
    return FAR_TRANSFER_DEADLINE_PASSED;
  if (strcmp (debit->account.currency, credit->account.currency) != 0)
    return FAR_TRANSFER_ACCOUNTS_HAVE_DIFFERENT_CURRENCIES;
  if (strcmp (debit->account.currency, t->currency) != 0)
    return FAR_TRANSFER_WRONG_CURRENCY;
  if (debit->closed)
    return FAR_TRANSFER_DEBIT_ACCOUNT_CLOSED;
  if (credit->closed)
    return FAR_TRANSFER_CREDIT_ACCOUNT_CLOSED;
  if (debits > G_MAXINT64 || credits > G_MAXINT64)
    return FAR_TRANSFER_OVERFLOW;
  if (debit->account.flags == FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS &&
      debits > d.credits_posted_micros)
    return FAR_TRANSFER_EXCEEDS_CREDITS;
  if (credit->account.flags == FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS &&
      credits > c.debits_posted_micros)
    return FAR_TRANSFER_EXCEEDS_DEBITS;
  return FAR_TRANSFER_OK;
}

static FarTransferResult
judge_resolution (const Model *model, const FarTransfer *t, gint64 time_us)
{
  const FarTransfer *pending = find_transfer (model, &t->pending_id);
  const FarTransfer *done = find_resolution (model, &t->pending_id, G_MAXINT64);

  if (pending == NULL)
    return FAR_TRANSFER_PENDING_NOT_FOUND;
  if (pending->kind != FAR_TRANSFER_PENDING)
    return FAR_TRANSFER_NOT_PENDING;
  if (!zero (&t->debit) && !same (&t->debit, &pending->debit))
    return FAR_TRANSFER_PENDING_HAS_DIFFERENT_DEBIT;
  if (!zero (&t->credit) && !same (&t->credit, &pending->credit))
    return FAR_TRANSFER_PENDING_HAS_DIFFERENT_CREDIT;
  if (t->currency[0] != '\0' && strcmp (t->currency, pending->currency) != 0)
    return FAR_TRANSFER_PENDING_HAS_DIFFERENT_CURRENCY;
  if (done != NULL && done->kind == FAR_TRANSFER_POST)
    return FAR_TRANSFER_PENDING_ALREADY_POSTED;
  if (done != NULL && done->kind == FAR_TRANSFER_VOID)
    return FAR_TRANSFER_PENDING_ALREADY_VOIDED;
  if (done != NULL || (pending->deadline_us != 0 && time_us >= pending->deadline_us))
    return FAR_TRANSFER_PENDING_EXPIRED;
  if (t->kind == FAR_TRANSFER_POST && t->amount_micros > pending->amount_micros)
    return FAR_TRANSFER_EXCEEDS_PENDING_AMOUNT;
  if (t->kind == FAR_TRANSFER_VOID && t->amount_micros != 0 &&
      t->amount_micros != pending->amount_micros)
    return FAR_TRANSFER_PENDING_HAS_DIFFERENT_AMOUNT;
  return FAR_TRANSFER_OK;
}

static void
store (Model *model, const FarTransfer *t, gint64 clock_us)
{
  const FarTransfer *pending = find_transfer (model, &t->pending_id);
  FarTransfer stored = *t;

  if (pending != NULL)
    {
      stored.debit = pending->debit;
      stored.credit = pending->credit;
      memcpy (stored.currency, pending->currency, sizeof stored.currency);
      if (stored.amount_micros == 0)
        stored.amount_micros = pending->amount_micros;
    }
  stored.seq = model->n_rows;
  stored.time_us = tick (model, clock_us);
  g_array_append_val (model->transfers, stored);
}

/* The form of requests is the business of test-transfers.c: here they are all well-formed. */
static FarTransferResult
post_one (Model *model, const FarTransfer *t, gint64 clock_us)
{
  const FarTransfer *there = find_transfer (model, &t->id);
  gint64 time_us = MAX (model->last_time_us + 1, clock_us);
  FarTransferResult result;

  if (there != NULL)
    return judge_repeat (model, there, t);
  if (zero (&t->pending_id))
    result = judge_new (model, t, time_us);
  else
    result = judge_resolution (model, t, time_us);
  if (result == FAR_TRANSFER_OK)
    store (model, t, clock_us);
  return result;
}

static void
take_over (Model *model, Model *from)
{
  Model swap = *model;

  *model = *from;
  *from = swap;
  model_free (from);
}

void
model_post (Model *model, const FarTransfer *transfers, guint n, gint64 clock_us,
            FarTransferResult *ret_results)
{
  guint start = 0;

  while (start < n)
    {
      Model *before = model_copy (model);
      guint end = start;
      guint culprit = G_MAXUINT;
      gboolean repeat = FALSE;

      while (end < n && (transfers[end].flags & FAR_TRANSFER_LINKED) != 0)
        end++;
      if (end == n)
        {
          culprit = n - 1;
          ret_results[culprit] = FAR_TRANSFER_CHAIN_OPEN;
        }
      for (guint i = start; i <= end && culprit == G_MAXUINT; i++)
        {
          ret_results[i] = post_one (model, &transfers[i], clock_us);
          repeat = repeat || (i == start && ret_results[i] == FAR_TRANSFER_EXISTS);
          if (repeat && ret_results[i] == FAR_TRANSFER_OK)
            culprit = start;
          else if (ret_results[i] != (repeat ? FAR_TRANSFER_EXISTS : FAR_TRANSFER_OK))
            culprit = i;
        }
      if (end < n)
        end++;
      if (culprit == G_MAXUINT)
        model_free (before);
      else
        {
          for (guint i = start; i < end; i++)
            if (i != culprit)
              ret_results[i] = FAR_TRANSFER_LINKED_FAILED;
          take_over (model, before);
        }
      start = end;
    }
}

guint
model_expire (Model *model, gint64 clock_us)
{
  guint n = 0;

  while (TRUE)
    {
      gint64 time_us = MAX (model->last_time_us + 1, clock_us);
      const FarTransfer *next = NULL;
      FarTransfer expiry = { .kind = FAR_TRANSFER_EXPIRE };

      for (guint i = 0; i < model->transfers->len; i++)
        {
          const FarTransfer *t = T (model, i);

          if (t->deadline_us != 0 && t->deadline_us <= time_us &&
              model_is_open_pending (model, t) &&
              (next == NULL || t->deadline_us < next->deadline_us))
            next = t;
        }
      if (next == NULL)
        return n;
      far_id_init_random (&expiry.id);
      expiry.code = next->code;
      expiry.pending_id = next->id;
      expiry.reference = next->reference;
      store (model, &expiry, clock_us);
      n++;
    }
}
