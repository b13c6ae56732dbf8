/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The accounts in memory. Loaded when first asked for, changed in place, written back once a commit
 * however many transfers touched them: a busy account (a publisher's, the fee's) costs one row
 * write a commit, not one a transfer. The ledger's thread.
 *
 * Invariants: an account that is dirty stays in memory until the commit or the rollback; a state
 * whose epoch is the current one has an undo entry that brings it back to the last mark. */
#include "ledger/far-ledger-private.h"

#include <string.h>

static guint
id_hash (gconstpointer key)
{
  guint hash;

  /* Random bytes at the end of an id, also of a time-ordered one. */
  memcpy (&hash, ((const FarId *) key)->bytes + FAR_ID_LEN - sizeof hash, sizeof hash);
  return hash;
}

static gboolean
id_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, FAR_ID_LEN) == 0;
}

void
far_accounts_init (FarLedger *ledger)
{
  ledger->by_id = g_hash_table_new_full (id_hash, id_equal, NULL, g_free);
  ledger->by_no = g_hash_table_new (g_int64_hash, g_int64_equal);
  ledger->dirty = g_ptr_array_new ();
}

void
far_accounts_clear (FarLedger *ledger)
{
  g_clear_pointer (&ledger->by_no, g_hash_table_unref);
  g_clear_pointer (&ledger->by_id, g_hash_table_unref);
  g_clear_pointer (&ledger->dirty, g_ptr_array_unref);
}

static void
remember (FarLedger *ledger, FarAccountState *state)
{
  g_hash_table_insert (ledger->by_id, &state->account.id, state);
  g_hash_table_insert (ledger->by_no, &state->no, state);
}

void
far_accounts_forget (FarLedger *ledger)
{
  g_hash_table_remove_all (ledger->by_no);
  g_hash_table_remove_all (ledger->by_id);
  g_ptr_array_set_size (ledger->dirty, 0);
}

/* Half of the memory is for accounts and half for pages. It grows only where they fill faster than
 * in HOT_US: a writer that meets new readers for a month needs on its last day what it had on its
 * first, and one that is busy gets what it needs at once. */
#define MEMORY_MIN_BYTES (2 * 1024 * 1024)
#define MEMORY_MAX_BYTES (128 * 1024 * 1024)
#define HOT_US (10 * G_USEC_PER_SEC)

gboolean
far_accounts_set_memory (FarLedger *ledger, gint64 n_bytes, GError **error)
{
  g_autofree char *pragma = NULL;

  ledger->memory_bytes = CLAMP (n_bytes, MEMORY_MIN_BYTES, MEMORY_MAX_BYTES);
  ledger->memory_since_us = far_clock_now_us (ledger->clock);
  pragma = g_strdup_printf ("PRAGMA cache_size = -%" G_GINT64_FORMAT,
                            ledger->memory_bytes / 2 / 1024);
  return far_db_exec (ledger->db, pragma, error);
}

void
far_accounts_trim (FarLedger *ledger)
{
  gint64 now_us;

  g_assert (ledger->dirty->len == 0);
  if (g_hash_table_size (ledger->by_id) * sizeof (FarAccountState) <= ledger->memory_bytes / 2)
    return;
  now_us = far_clock_now_us (ledger->clock);
  if (now_us - ledger->memory_since_us < HOT_US && ledger->memory_bytes < MEMORY_MAX_BYTES &&
      far_accounts_set_memory (ledger, 2 * ledger->memory_bytes, NULL))
    return;
  ledger->memory_since_us = now_us;
  far_accounts_forget (ledger);
}

/* ---- loading ---- */

gboolean
far_account_read (FarStatement *row, FarAccountState *ret_state, gint64 *ret_tag)
{
  FarAccountState found;
  const char *currency = far_statement_get_text (row, 6);
  gint64 kind = far_statement_get_int (row, 4);
  gint64 flags = far_statement_get_int (row, 5);

  memset (&found, 0, sizeof found);
  found.no = (guint64) far_statement_get_int (row, 0);
  found.account.seq = (guint64) far_statement_get_int (row, 1);
  found.account.time_us = far_statement_get_int (row, 2);
  if (kind < 1 || kind > FAR_ACCOUNT_KIND_MAX || flags < 0 ||
      flags > FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS || currency == NULL ||
      strlen (currency) != FAR_CURRENCY_LEN ||
      !far_statement_copy_blob (row, 3, found.account.id.bytes, FAR_ID_LEN) ||
      !far_statement_copy_blob (row, 7, found.account.reference.bytes, FAR_ID_LEN))
    return FALSE;
  found.account.kind = (FarAccountKind) kind;
  found.account.flags = (FarAccountFlags) flags;
  memcpy (found.account.currency, currency, FAR_CURRENCY_LEN + 1);
  *ret_tag = far_statement_get_int (row, 8);
  *ret_state = found;
  return TRUE;
}

gboolean
far_balance_read (FarStatement *row, int column, FarAccountState *state)
{
  gsize n_roots = 0;
  const guint8 *roots = far_statement_get_blob (row, column + 7, &n_roots);

  /* No row in ledger_balance: a left join's NULLs. */
  if (far_statement_is_null (row, column) ||
      far_statement_get_int (row, column) != (gint64) state->account.flags)
    return FALSE;
  state->balance.debits_posted_micros = far_statement_get_int (row, column + 2);
  state->balance.credits_posted_micros = far_statement_get_int (row, column + 3);
  state->balance.debits_pending_micros = far_statement_get_int (row, column + 4);
  state->balance.credits_pending_micros = far_statement_get_int (row, column + 5);
  state->n_rows = (guint64) far_statement_get_int (row, column + 6);
  if (far_statement_get_int (row, column + 1) != 0)
    state->account.flags |= FAR_ACCOUNT_CLOSED;
  return far_skew_decode (roots, n_roots, state->n_rows, &state->skew) &&
         far_balance_keeps_flags (&state->balance, state->account.flags);
}

/* Steps a query for one account. *ret_state NULL: no such row. */
static gboolean
load (FarLedger *ledger, FarStatement *query, FarAccountState **ret_state, GError **error)
{
  g_autofree FarAccountState *state = NULL;
  gint64 tag;

  *ret_state = NULL;
  switch (far_db_step (ledger->db, query, error))
    {
    case FAR_STEP_ROW:
      break;
    case FAR_STEP_DONE:
      return TRUE;
    case FAR_STEP_ERROR:
    default:
      return FALSE;
    }
  state = g_new (FarAccountState, 1);
  if (!far_account_read (query, state, &tag) ||
      !far_balance_read (query, FAR_ACCOUNT_N_COLUMNS, state))
    {
      g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT,
                   "Account %" G_GINT64_FORMAT " of the ledger is damaged: verify it, then restore "
                   "a backup", far_statement_get_int (query, 0));
      return FALSE;
    }
  *ret_state = g_steal_pointer (&state);
  remember (ledger, *ret_state);
  return TRUE;
}

gboolean
far_accounts_find (FarLedger *ledger, const FarId *id, FarAccountState **ret_state, GError **error)
{
  g_autoptr (FarStatement) find = NULL;

  *ret_state = g_hash_table_lookup (ledger->by_id, id);
  if (*ret_state != NULL)
    return TRUE;
  find = far_db_prepare (ledger->db, "SELECT " FAR_ACCOUNT_COLUMNS ", " FAR_BALANCE_COLUMNS
                         " FROM ledger_account a LEFT JOIN ledger_balance b ON b.no = a.no"
                         " WHERE a.id = ?1", error);
  if (find == NULL)
    return FALSE;
  far_statement_bind_blob (find, 1, id->bytes, FAR_ID_LEN);
  return load (ledger, find, ret_state, error);
}

gboolean
far_accounts_get (FarLedger *ledger, guint64 no, FarAccountState **ret_state, GError **error)
{
  g_autoptr (FarStatement) get = NULL;

  *ret_state = g_hash_table_lookup (ledger->by_no, &no);
  if (*ret_state != NULL)
    return TRUE;
  get = far_db_prepare (ledger->db, "SELECT " FAR_ACCOUNT_COLUMNS ", " FAR_BALANCE_COLUMNS
                        " FROM ledger_account a LEFT JOIN ledger_balance b ON b.no = a.no"
                        " WHERE a.no = ?1", error);
  if (get == NULL)
    return FALSE;
  far_statement_bind_int (get, 1, (gint64) no);
  if (!load (ledger, get, ret_state, error))
    return FALSE;
  if (*ret_state == NULL)
    g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT,
                 "Account %" G_GUINT64_FORMAT " of the ledger is missing: verify it, then restore "
                 "a backup", no);
  return *ret_state != NULL;
}

/* ---- changing ---- */

gboolean
far_balance_keeps_flags (const FarBalance *balance, FarAccountFlags flags)
{
  gint64 debits, credits;

  if (balance->debits_posted_micros < 0 || balance->credits_posted_micros < 0 ||
      balance->debits_pending_micros < 0 || balance->credits_pending_micros < 0 ||
      __builtin_add_overflow (balance->debits_posted_micros, balance->debits_pending_micros,
                              &debits) ||
      __builtin_add_overflow (balance->credits_posted_micros, balance->credits_pending_micros,
                              &credits))
    return FALSE;
  if ((flags & FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS) != 0 &&
      debits > balance->credits_posted_micros)
    return FALSE;
  if ((flags & FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS) != 0 &&
      credits > balance->debits_posted_micros)
    return FALSE;
  return TRUE;
}

void
far_accounts_touch (FarLedger *ledger, FarAccountState *state)
{
  if (state->epoch != ledger->epoch)
    {
      FarUndo *undo;

      g_array_set_size (ledger->undo, ledger->undo->len + 1);
      undo = &g_array_index (ledger->undo, FarUndo, ledger->undo->len - 1);
      undo->state = state;
      undo->before = *state;
      state->epoch = ledger->epoch;
    }
  if (!state->dirty)
    {
      state->dirty = TRUE;
      g_ptr_array_add (ledger->dirty, state);
    }
}

void
far_accounts_undo (FarLedger *ledger, const FarUndo *undo)
{
  FarAccountState *state = undo->state;
  gboolean dirty = state->dirty;

  if (undo->before.no == 0)
    {
      /* It was opened since. */
      g_ptr_array_remove_fast (ledger->dirty, state);
      g_hash_table_remove (ledger->by_no, &state->no);
      g_hash_table_remove (ledger->by_id, &state->account.id);
      return;
    }
  *state = undo->before;
  state->dirty = dirty; /* it stays in the list, and writing it once more is right */
}

static gboolean
write_back (FarLedger *ledger, FarAccountState *state, GError **error)
{
  guint8 roots[FAR_SKEW_BYTES_MAX];
  gsize n_roots = far_skew_encode (state->skew.roots, state->skew.n_roots, roots);
  FarStatement *update =
    far_db_prepare (ledger->db, "UPDATE ledger_balance SET closed = ?2, debits_posted = ?3,"
                    " credits_posted = ?4, debits_pending = ?5, credits_pending = ?6, n_rows = ?7,"
                    " roots = ?8 WHERE no = ?1", error);

  if (update == NULL)
    return FALSE;
  g_assert (far_balance_keeps_flags (&state->balance, state->account.flags));
  far_statement_bind_int (update, 1, (gint64) state->no);
  far_statement_bind_int (update, 2, (state->account.flags & FAR_ACCOUNT_CLOSED) != 0);
  far_statement_bind_int (update, 3, state->balance.debits_posted_micros);
  far_statement_bind_int (update, 4, state->balance.credits_posted_micros);
  far_statement_bind_int (update, 5, state->balance.debits_pending_micros);
  far_statement_bind_int (update, 6, state->balance.credits_pending_micros);
  far_statement_bind_int (update, 7, (gint64) state->n_rows);
  far_statement_bind_blob (update, 8, n_roots > 0 ? roots : (const guint8 *) "", n_roots);
  if (!far_db_run (ledger->db, update, error))
    return FALSE;
  g_assert (far_db_get_changes (ledger->db) == 1);
  state->dirty = FALSE;
  return TRUE;
}

static int
compare_no (gconstpointer a, gconstpointer b)
{
  const FarAccountState *const *x = a;
  const FarAccountState *const *y = b;

  return (*x)->no < (*y)->no ? -1 : (*x)->no > (*y)->no;
}

gboolean
far_accounts_flush (FarLedger *ledger, GError **error)
{
  /* In the order of the table, so that a page is touched once. */
  g_ptr_array_sort (ledger->dirty, compare_no);
  for (guint i = 0; i < ledger->dirty->len; i++)
    if (!write_back (ledger, g_ptr_array_index (ledger->dirty, i), error))
      return FALSE;
  g_ptr_array_set_size (ledger->dirty, 0);
  return TRUE;
}

void
far_accounts_clean (FarLedger *ledger)
{
  for (guint i = 0; i < ledger->dirty->len; i++)
    ((FarAccountState *) g_ptr_array_index (ledger->dirty, i))->dirty = FALSE;
  g_ptr_array_set_size (ledger->dirty, 0);
}

/* ---- opening and closing ---- */

static FarAccountResult
check_account (const FarAccount *account)
{
  static const FarId zero;
  const guint known = FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS |
                      FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS;
  guint exponent;

  if (memcmp (&account->id, &zero, sizeof zero) == 0)
    return FAR_ACCOUNT_ID_MUST_NOT_BE_ZERO;
  if (account->kind < 1 || account->kind > FAR_ACCOUNT_KIND_MAX)
    return FAR_ACCOUNT_UNKNOWN_KIND;
  if ((account->flags & ~known) != 0)
    return FAR_ACCOUNT_UNKNOWN_FLAGS;
  if (account->flags == known)
    return FAR_ACCOUNT_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
  if (!far_currency_exponent (account->currency, &exponent, NULL))
    return FAR_ACCOUNT_UNKNOWN_CURRENCY;
  return FAR_ACCOUNT_OK;
}

static FarAccountResult
compare_account (const FarAccount *there, const FarAccount *asked)
{
  if (there->kind != asked->kind)
    return FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_KIND;
  if ((there->flags & ~FAR_ACCOUNT_CLOSED) != asked->flags)
    return FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_FLAGS;
  if (strcmp (there->currency, asked->currency) != 0)
    return FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_CURRENCY;
  if (far_id_compare (&there->reference, &asked->reference) != 0)
    return FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_REFERENCE;
  return FAR_ACCOUNT_EXISTS;
}

static gboolean
insert_balance (FarLedger *ledger, const FarAccountState *state, GError **error)
{
  FarStatement *insert =
    far_db_prepare (ledger->db, "INSERT INTO ledger_balance (no, flags) VALUES (?1, ?2)", error);

  if (insert == NULL)
    return FALSE;
  far_statement_bind_int (insert, 1, (gint64) state->no);
  far_statement_bind_int (insert, 2, state->account.flags);
  return far_db_run (ledger->db, insert, error);
}

static gboolean
insert_account (FarLedger *ledger, const FarAccount *account, GError **error)
{
  FarAccountState *state;
  FarUndo undo;
  guint8 bytes[FAR_ROW_MAX];
  FarStatement *insert =
    far_db_prepare (ledger->db, "INSERT INTO ledger_account"
                    " (no, seq, time_us, id, kind, flags, currency, reference, tag)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", error);

  if (insert == NULL)
    return FALSE;
  state = g_new0 (FarAccountState, 1);
  state->no = ++ledger->counts.n_accounts;
  state->account = *account;
  state->account.seq = ledger->counts.n_rows;
  state->account.time_us = far_ledger_next_time_us (ledger, far_clock_now_us (ledger->clock));
  state->epoch = ledger->epoch;
  remember (ledger, state);
  memset (&undo, 0, sizeof undo);
  undo.state = state;
  g_array_append_val (ledger->undo, undo);

  far_statement_bind_int (insert, 1, (gint64) state->no);
  far_statement_bind_int (insert, 2, (gint64) state->account.seq);
  far_statement_bind_int (insert, 3, state->account.time_us);
  far_statement_bind_blob (insert, 4, account->id.bytes, FAR_ID_LEN);
  far_statement_bind_int (insert, 5, account->kind);
  far_statement_bind_int (insert, 6, account->flags);
  far_statement_bind_text (insert, 7, account->currency);
  far_statement_bind_blob (insert, 8, account->reference.bytes, FAR_ID_LEN);
  far_statement_bind_int (insert, 9,
                          far_ledger_append (ledger, bytes,
                                             far_row_write_account (&state->account, bytes),
                                             state->account.time_us));
  return far_db_run (ledger->db, insert, error) && insert_balance (ledger, state, error);
}

gboolean
far_ledger_open_account (FarLedger *ledger, const FarAccount *account,
                         FarAccountResult *ret_result, GError **error)
{
  FarAccountState *there;
  FarAccountResult result;

  g_return_val_if_fail (ledger != NULL && account != NULL && ret_result != NULL, FALSE);

  if (!far_ledger_check_writing (ledger, error))
    return FALSE;
  result = check_account (account);
  if (result == FAR_ACCOUNT_OK)
    {
      if (!far_accounts_find (ledger, &account->id, &there, error))
        goto failed;
      if (there != NULL)
        result = compare_account (&there->account, account);
      else if (!insert_account (ledger, account, error))
        goto failed;
      far_ledger_keep (ledger);
    }
  *ret_result = result;
  return TRUE;

failed:
  ledger->failed = TRUE;
  return FALSE;
}

static gboolean
insert_closing (FarLedger *ledger, FarAccountState *state, gboolean closed, GError **error)
{
  FarClosing closing = { .account = state->account.id, .closed = closed };
  guint8 bytes[FAR_ROW_MAX];
  FarStatement *insert =
    far_db_prepare (ledger->db, "INSERT INTO ledger_closing (seq, time_us, account, closed, tag)"
                    " VALUES (?1, ?2, ?3, ?4, ?5)", error);

  if (insert == NULL)
    return FALSE;
  closing.seq = ledger->counts.n_rows;
  closing.time_us = far_ledger_next_time_us (ledger, far_clock_now_us (ledger->clock));
  far_accounts_touch (ledger, state);
  state->account.flags &= ~FAR_ACCOUNT_CLOSED;
  state->account.flags |= closed ? FAR_ACCOUNT_CLOSED : 0;

  far_statement_bind_int (insert, 1, (gint64) closing.seq);
  far_statement_bind_int (insert, 2, closing.time_us);
  far_statement_bind_int (insert, 3, (gint64) state->no);
  far_statement_bind_int (insert, 4, closed ? 1 : 0);
  far_statement_bind_int (insert, 5,
                          far_ledger_append (ledger, bytes,
                                             far_row_write_closing (&closing, bytes),
                                             closing.time_us));
  return far_db_run (ledger->db, insert, error);
}

gboolean
far_ledger_set_closed (FarLedger *ledger, const FarId *account, gboolean closed,
                       FarAccountResult *ret_result, GError **error)
{
  FarAccountState *state;
  FarAccountResult result = FAR_ACCOUNT_OK;

  g_return_val_if_fail (ledger != NULL && account != NULL && ret_result != NULL, FALSE);

  if (!far_ledger_check_writing (ledger, error))
    return FALSE;
  if (!far_accounts_find (ledger, account, &state, error))
    goto failed;
  if (state == NULL)
    result = FAR_ACCOUNT_NOT_FOUND;
  else if (((state->account.flags & FAR_ACCOUNT_CLOSED) != 0) == !!closed)
    result = FAR_ACCOUNT_EXISTS;
  else if (state->balance.debits_pending_micros != 0 || state->balance.credits_pending_micros != 0)
    result = FAR_ACCOUNT_HAS_PENDING;
  else if (!insert_closing (ledger, state, closed, error))
    goto failed;
  far_ledger_keep (ledger);
  *ret_result = result;
  return TRUE;

failed:
  ledger->failed = TRUE;
  return FALSE;
}

gboolean
far_ledger_account (FarLedger *ledger, const FarId *id, FarAccount *ret_account, GError **error)
{
  FarAccountState *state;

  g_return_val_if_fail (ledger != NULL && id != NULL && ret_account != NULL, FALSE);

  if (!far_accounts_find (ledger, id, &state, error))
    return FALSE;
  if (state == NULL)
    {
      g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND,
                           "There is no account of this id");
      return FALSE;
    }
  *ret_account = state->account;
  return TRUE;
}

gboolean
far_ledger_balance (FarLedger *ledger, const FarId *account, FarBalance *ret_balance,
                    GError **error)
{
  FarAccountState *state;

  g_return_val_if_fail (ledger != NULL && account != NULL && ret_balance != NULL, FALSE);

  if (!far_accounts_find (ledger, account, &state, error))
    return FALSE;
  if (state == NULL)
    {
      g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND,
                           "There is no account of this id");
      return FALSE;
    }
  *ret_balance = state->balance;
  return TRUE;
}
