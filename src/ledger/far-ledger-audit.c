/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules, recomputed row by row. No allocation a row but for what grows with accounts and open
 * pending transfers. One thread. */
#include "ledger/far-ledger-audit.h"

#include <string.h>

void
far_audit_init (FarAudit *audit, FarLedgerReport *report)
{
  memset (audit, 0, sizeof *audit);
  audit->report = report;
  audit->accounts = g_array_new (FALSE, TRUE, sizeof (FarAuditAccount));
  audit->pendings = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  far_merkle_tree_init (&audit->tree);
}

void
far_audit_clear (FarAudit *audit)
{
  for (guint i = 0; i < audit->accounts->len; i++)
    g_free (g_array_index (audit->accounts, FarAuditAccount, i).roots);
  g_array_unref (audit->accounts);
  g_hash_table_unref (audit->pendings);
}

gboolean
far_audit_fail (FarAudit *audit, gint64 seq, const char *format, ...)
{
  va_list args;

  if (audit->report->reason != NULL)
    return FALSE;
  va_start (args, format);
  audit->report->reason = g_strdup_vprintf (format, args);
  va_end (args);
  audit->report->first_bad = seq;
  return FALSE;
}

FarAuditAccount *
far_audit_account (FarAudit *audit, guint64 no)
{
  FarAuditAccount *account;

  if (no == 0 || no > audit->n_opened)
    return NULL;
  account = &g_array_index (audit->accounts, FarAuditAccount, no - 1);
  return account->no == no ? account : NULL;
}

gboolean
far_audit_leaf (FarAudit *audit, gint64 seq, gint64 time_us, const gint64 *tag,
                const guint8 *bytes, gsize n_bytes)
{
  FarMerkleHash leaf;

  g_assert ((guint64) seq == audit->tree.size);

  if (time_us <= audit->last_time_us)
    return far_audit_fail (audit, seq, "its time does not lie after the row before");
  far_merkle_hash_leaf (bytes, n_bytes, &leaf);
  if (tag != NULL && far_ledger_tag (&leaf) != *tag)
    return far_audit_fail (audit, seq, "the row was changed: it does not hash to its tag");
  far_merkle_tree_append (&audit->tree, &leaf, audit->node_func, audit->node_data);
  audit->last_time_us = time_us;
  return audit->report->reason == NULL;
}

/* ---- rows other than transfers ---- */

static gboolean
check_unlinked (FarAudit *audit, guint64 seq)
{
  if (!audit->linked)
    return TRUE;
  return far_audit_fail (audit, (gint64) seq - 1,
                         "it is linked to a transfer that does not follow");
}

gboolean
far_audit_genesis (FarAudit *audit)
{
  guint8 bytes[FAR_ROW_MAX];
  gsize n = far_row_write_genesis (&audit->genesis, bytes);

  return far_audit_leaf (audit, 0, audit->genesis.time_us, NULL, bytes, n);
}

gboolean
far_audit_open (FarAudit *audit, FarAuditAccount *account)
{
  const FarAccount *a = &account->account;
  const FarAccountFlags both = FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS |
                               FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS;
  guint8 bytes[FAR_ROW_MAX];

  if (!check_unlinked (audit, a->seq))
    return FALSE;
  if (account->no != (guint64) audit->n_opened + 1)
    return far_audit_fail (audit, (gint64) a->seq, "account numbers do not follow one another");
  if ((a->flags & ~both) != 0 || a->flags == both)
    return far_audit_fail (audit, (gint64) a->seq, "the account's flags are impossible");
  if (!far_audit_leaf (audit, (gint64) a->seq, a->time_us, &account->tag, bytes,
                       far_row_write_account (a, bytes)))
    return FALSE;
  audit->n_opened++;
  return TRUE;
}

gboolean
far_audit_closing (FarAudit *audit, FarClosing *closing, guint64 account_no, gint64 tag)
{
  FarAuditAccount *account = far_audit_account (audit, account_no);
  const gint64 seq = (gint64) closing->seq;
  guint8 bytes[FAR_ROW_MAX];

  if (!check_unlinked (audit, closing->seq))
    return FALSE;
  if (account == NULL)
    return far_audit_fail (audit, seq, "it closes an unknown account");
  closing->account = account->account.id;
  if (!far_audit_leaf (audit, seq, closing->time_us, &tag, bytes,
                       far_row_write_closing (closing, bytes)))
    return FALSE;
  if (((account->account.flags & FAR_ACCOUNT_CLOSED) != 0) == closing->closed)
    return far_audit_fail (audit, seq, "the account was so already");
  if (account->balance.debits_pending_micros != 0 || account->balance.credits_pending_micros != 0)
    return far_audit_fail (audit, seq, "the account had pending amounts");
  account->account.flags ^= FAR_ACCOUNT_CLOSED;
  return TRUE;
}

/* ---- transfers ---- */

static gboolean
check_new (FarAudit *audit, const FarStoredTransfer *row, const FarAuditAccount *debit,
           const FarAuditAccount *credit)
{
  const FarTransfer *t = &row->transfer;
  const gint64 seq = (gint64) t->seq;

  if (row->pending_seq != 0)
    return far_audit_fail (audit, seq, "it resolves nothing and names a pending transfer");
  if (t->deadline_us != 0 &&
      (t->kind != FAR_TRANSFER_PENDING || t->deadline_us <= t->time_us))
    return far_audit_fail (audit, seq, "its deadline is impossible");
  if (((debit->account.flags | credit->account.flags) & FAR_ACCOUNT_CLOSED) != 0)
    return far_audit_fail (audit, seq, "an account it touches was closed");
  return TRUE;
}

static gboolean
check_resolution (FarAudit *audit, const FarStoredTransfer *row, const FarAuditPending *pending)
{
  const FarTransfer *t = &row->transfer;
  const gint64 seq = (gint64) t->seq;

  if (pending == NULL)
    return far_audit_fail (audit, seq, "it resolves row %" G_GUINT64_FORMAT ", which is not "
                           "pending or was resolved before", row->pending_seq);
  if (pending->debit_no != row->debit_no || pending->credit_no != row->credit_no)
    return far_audit_fail (audit, seq, "its accounts are not those of the transfer it resolves");
  if (t->deadline_us != 0)
    return far_audit_fail (audit, seq, "it has a deadline and is not pending");
  if (t->amount_micros > pending->amount_micros ||
      (t->kind != FAR_TRANSFER_POST && t->amount_micros != pending->amount_micros))
    return far_audit_fail (audit, seq, "its amount is not that of the transfer it resolves");
  if (t->kind == FAR_TRANSFER_EXPIRE
        ? pending->deadline_us == 0 || t->time_us < pending->deadline_us
        : pending->deadline_us != 0 && t->time_us >= pending->deadline_us)
    return far_audit_fail (audit, seq, "it lies on the wrong side of the deadline");
  if (pending->stored_state != (FarPendingState) t->kind || pending->stored_resolved_by != t->seq)
    return far_audit_fail (audit, (gint64) pending->seq, "its state in the index is not what row %"
                           G_GINT64_FORMAT " made of it", seq);
  return TRUE;
}

/* FALSE if a sum leaves int64 or turns negative. */
static gboolean
move (const FarStoredTransfer *row, gint64 reserved_micros, FarBalance *debit, FarBalance *credit)
{
  gint64 posted_micros = 0;
  gint64 pending_micros = -reserved_micros;

  if (row->transfer.kind == FAR_TRANSFER_POSTED || row->transfer.kind == FAR_TRANSFER_POST)
    posted_micros = row->transfer.amount_micros;
  if (row->transfer.kind == FAR_TRANSFER_PENDING)
    pending_micros = row->transfer.amount_micros;
  return !__builtin_add_overflow (debit->debits_posted_micros, posted_micros,
                                  &debit->debits_posted_micros) &&
         !__builtin_add_overflow (credit->credits_posted_micros, posted_micros,
                                  &credit->credits_posted_micros) &&
         !__builtin_add_overflow (debit->debits_pending_micros, pending_micros,
                                  &debit->debits_pending_micros) &&
         !__builtin_add_overflow (credit->credits_pending_micros, pending_micros,
                                  &credit->credits_pending_micros);
}

static void
link_side (FarAuditAccount *account, guint64 seq, FarHistorySide *side)
{
  if (account->n_roots == account->n_allocated)
    {
      account->n_allocated += 4;
      account->roots = g_renew (guint64, account->roots, account->n_allocated);
    }
  far_skew_push_roots (account->roots, &account->n_roots, seq, &side->prev, &side->jump);
  account->n_rows++;
  side->after = account->balance;
}

static gboolean
check_effect (FarAudit *audit, const FarStoredTransfer *row, FarAuditAccount *debit,
              FarAuditAccount *credit, gint64 reserved_micros, const guint8 *history,
              gsize n_history)
{
  const gint64 seq = (gint64) row->transfer.seq;
  FarHistorySide sides[2];
  guint8 expected[FAR_HISTORY_MAX];

  if (!move (row, reserved_micros, &debit->balance, &credit->balance))
    return far_audit_fail (audit, seq, "a balance overflows");
  if (!far_balance_keeps_flags (&debit->balance, debit->account.flags))
    return far_audit_fail (audit, seq, "it overdraws its debit account");
  if (!far_balance_keeps_flags (&credit->balance, credit->account.flags))
    return far_audit_fail (audit, seq, "it overdraws its credit account");
  link_side (debit, row->transfer.seq, &sides[0]);
  link_side (credit, row->transfer.seq, &sides[1]);
  if (far_history_encode (row->transfer.seq, &sides[0], &sides[1], expected) != n_history ||
      memcmp (expected, history, n_history) != 0)
    return far_audit_fail (audit, seq, "the balances stored with it are not those that follow from "
                           "the rows");
  return TRUE;
}

static void
add_pending (FarAudit *audit, const FarStoredTransfer *row, const FarAuditPending *stored)
{
  FarAuditPending *pending = g_memdup2 (stored, sizeof *stored);

  pending->id = row->transfer.id;
  pending->debit_no = row->debit_no;
  pending->credit_no = row->credit_no;
  pending->amount_micros = row->transfer.amount_micros;
  g_hash_table_insert (audit->pendings, &pending->seq, pending);
}

gboolean
far_audit_transfer (FarAudit *audit, FarStoredTransfer *row, const guint8 *history,
                    gsize n_history, const FarAuditPending *stored)
{
  FarTransfer *t = &row->transfer;
  const gint64 seq = (gint64) t->seq;
  FarAuditAccount *debit = far_audit_account (audit, row->debit_no);
  FarAuditAccount *credit = far_audit_account (audit, row->credit_no);
  FarAuditPending *pending = NULL;
  guint8 bytes[FAR_ROW_MAX];

  if (debit == NULL || credit == NULL || debit == credit)
    return far_audit_fail (audit, seq, "it touches an account that was not open");
  if (row->pending_seq != 0)
    pending = g_hash_table_lookup (audit->pendings, &row->pending_seq);
  t->debit = debit->account.id;
  t->credit = credit->account.id;
  memcpy (t->currency, debit->account.currency, sizeof t->currency);
  if (pending != NULL)
    t->pending_id = pending->id;
  else if (row->pending_seq != 0)
    return check_resolution (audit, row, NULL);
  if (!far_audit_leaf (audit, seq, t->time_us, &row->tag, bytes,
                       far_row_write_transfer (t, bytes)))
    return FALSE;
  if (memcmp (debit->account.currency, credit->account.currency, FAR_CURRENCY_LEN) != 0)
    return far_audit_fail (audit, seq, "its accounts have different currencies");
  if (t->amount_micros <= 0 || t->amount_micros > FAR_MICROS_MAX)
    return far_audit_fail (audit, seq, "its amount is impossible");
  if (t->kind == FAR_TRANSFER_POSTED || t->kind == FAR_TRANSFER_PENDING
        ? !check_new (audit, row, debit, credit)
        : !check_resolution (audit, row, pending))
    return FALSE;
  if (!check_effect (audit, row, debit, credit, pending != NULL ? pending->amount_micros : 0,
                     history, n_history))
    return FALSE;
  if (pending != NULL)
    g_hash_table_remove (audit->pendings, &row->pending_seq);
  if (t->kind == FAR_TRANSFER_PENDING)
    add_pending (audit, row, stored);
  audit->linked = (t->flags & FAR_TRANSFER_LINKED) != 0;
  audit->n_transfers++;
  far_audit_add_id (audit->ids_sum, t->id.bytes, t->seq);
  return TRUE;
}

/* ---- the end ---- */

static gboolean
check_open_pendings (FarAudit *audit)
{
  GHashTableIter iter;
  gpointer value;
  const FarAuditPending *wrong = NULL;

  g_hash_table_iter_init (&iter, audit->pendings);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const FarAuditPending *pending = value;

      if ((pending->stored_state != FAR_PENDING_OPEN || pending->stored_resolved_by != 0) &&
          (wrong == NULL || pending->seq < wrong->seq))
        wrong = pending;
    }
  if (wrong == NULL)
    return TRUE;
  return far_audit_fail (audit, (gint64) wrong->seq, "it is pending, and the index says resolved");
}

/* Debits = credits for each currency, in 128 bits. */
static gboolean
check_currencies (FarAudit *audit)
{
  for (guint i = 0; i < audit->n_opened; i++)
    {
      const FarAuditAccount *first = &g_array_index (audit->accounts, FarAuditAccount, i);
      __int128 posted = 0;
      __int128 pending = 0;
      gboolean seen = FALSE;

      for (guint k = 0; k < i && !seen; k++)
        seen = strcmp (g_array_index (audit->accounts, FarAuditAccount, k).account.currency,
                       first->account.currency) == 0;
      for (guint k = i; k < audit->n_opened && !seen; k++)
        {
          const FarAuditAccount *a = &g_array_index (audit->accounts, FarAuditAccount, k);

          if (strcmp (a->account.currency, first->account.currency) != 0)
            continue;
          posted += (__int128) a->balance.debits_posted_micros - a->balance.credits_posted_micros;
          pending += (__int128) a->balance.debits_pending_micros -
                     a->balance.credits_pending_micros;
        }
      if (!seen && (posted != 0 || pending != 0))
        return far_audit_fail (audit, -1, "debits and credits in %s differ",
                               first->account.currency);
    }
  return TRUE;
}

gboolean
far_audit_finish (FarAudit *audit)
{
  if (audit->linked)
    return far_audit_fail (audit, (gint64) audit->tree.size - 1,
                           "it is linked to a transfer that does not follow");
  return check_open_pendings (audit) && check_currencies (audit);
}

gboolean
far_audit_balance (FarAudit *audit, const FarAuditAccount *account, const FarAccountState *stored)
{
  guint8 expected[FAR_SKEW_BYTES_MAX];
  guint8 found[FAR_SKEW_BYTES_MAX];
  gsize n;

  if (memcmp (&account->balance, &stored->balance, sizeof stored->balance) != 0)
    return far_audit_fail (audit, (gint64) account->account.seq, "the account's balance is not the "
                           "sum of its transfers");
  if (account->account.flags != stored->account.flags)
    return far_audit_fail (audit, (gint64) account->account.seq, "the account is marked %s, which "
                           "the log contradicts",
                           (stored->account.flags & FAR_ACCOUNT_CLOSED) != 0 ? "closed" : "open");
  n = far_skew_encode (account->roots, account->n_roots, expected);
  if (account->n_rows != stored->n_rows ||
      n != far_skew_encode (stored->skew.roots, stored->skew.n_roots, found) ||
      memcmp (expected, found, n) != 0)
    return far_audit_fail (audit, (gint64) account->account.seq, "the account's list of transfers "
                           "is not that of the log");
  return TRUE;
}

/* Murmur's finaliser: enough to tell an index that differs by accident. */
static guint64
mix (guint64 x)
{
  x = (x ^ (x >> 33)) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  x = (x ^ (x >> 33)) * G_GUINT64_CONSTANT (0xc4ceb9fe1a85ec53);
  return x ^ (x >> 33);
}

void
far_audit_add_id (guint64 sum[2], const guint8 id[FAR_ID_LEN], guint64 seq)
{
  guint64 half[2];

  memcpy (half, id, sizeof half);
  sum[0] += mix (half[0] ^ mix (half[1] ^ mix (seq)));
  sum[1] += mix (half[1] + mix (half[0] + mix (~seq)));
}
