/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verification: one sequential pass over the four tables of rows, merged by seq, through the audit
 * (far-ledger-audit.h); then everything that is derived from them. Stops at the first wrong row.
 *
 * The cursors advance together: accounts are loaded first (they are few), closings, pending states
 * and checkpoints are merged in as the transfers go by. One thread, its own read-only connection,
 * one snapshot.
 *
 * Order of reading, so that a running writer is no false alarm: the length of the checkpoint file,
 * then the snapshot, then the notes up to that length or to what the snapshot's head knows. All of
 * those were signed before the snapshot and must be of a prefix of it. */
#include "ledger/far-ledger-audit.h"

#include <string.h>

static void
verifier_clear (FarVerifier *v)
{
  far_audit_clear (&v->audit);
  g_clear_pointer (&v->db, far_db_close);
  g_clear_pointer (&v->head_frontier, g_byte_array_unref);
  g_clear_pointer (&v->notes, g_array_unref);
  g_clear_pointer (&v->rotations, g_array_unref);
  g_free (v->note_problem);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarVerifier, verifier_clear)

void
far_ledger_report_clear (FarLedgerReport *report)
{
  g_clear_pointer (&report->reason, g_free);
  memset (report, 0, sizeof *report);
}

/* SQLite could not go on: the file is damaged at or behind the row that was next. */
gboolean
far_verifier_fail_storage (FarVerifier *v, gint64 seq, GError *reason)
{
  far_audit_fail (&v->audit, seq, "it cannot be read: %s",
                  reason != NULL ? reason->message : "a column holds what it never may");
  g_clear_error (&reason);
  return FALSE;
}

/* ---- cursors ---- */

gboolean
far_verifier_step (FarVerifier *v, FarStatement **cursor)
{
  GError *error = NULL;

  switch (far_db_step (v->db, *cursor, &error))
    {
    case FAR_STEP_ROW:
      return TRUE;
    case FAR_STEP_DONE:
      *cursor = NULL;
      return TRUE;
    case FAR_STEP_ERROR:
    default:
      return far_verifier_fail_storage (v, (gint64) v->audit.tree.size, error);
    }
}

gboolean
far_verifier_open_cursor (FarVerifier *v, FarStatement **cursor, const char *sql)
{
  GError *error = NULL;

  *cursor = far_db_prepare (v->db, sql, &error);
  return *cursor != NULL ? far_verifier_step (v, cursor) : far_verifier_fail_storage (v, -1, error);
}

static gboolean
open_cursors (FarVerifier *v)
{
  return far_verifier_open_cursor (v, &v->transfers,
                                   "SELECT " FAR_TRANSFER_COLUMNS
                                   " FROM ledger_transfer ORDER BY seq") &&
         far_verifier_open_cursor (v, &v->closings,
                                   "SELECT seq, time_us, account, closed, tag"
                                   " FROM ledger_closing ORDER BY seq") &&
         far_verifier_open_cursor (v, &v->pendings,
                                   "SELECT seq, deadline_us, state, resolved_by"
                                   " FROM ledger_pending ORDER BY seq");
}

static gboolean
load_accounts (FarVerifier *v)
{
  FarStatement *cursor = NULL;

  if (!far_verifier_open_cursor (v, &cursor,
                                 "SELECT " FAR_ACCOUNT_COLUMNS
                                 " FROM ledger_account a ORDER BY a.no"))
    return FALSE;
  while (cursor != NULL)
    {
      FarAccountState stored;
      FarAuditAccount account = { 0 };
      const gint64 seq = far_statement_get_int (cursor, 1);

      if (!far_account_read (cursor, &stored, &account.tag))
        {
          far_statement_reset (cursor);
          return far_audit_fail (&v->audit, seq, "the account's row holds what it never may");
        }
      account.account = stored.account;
      account.no = stored.no;
      g_array_append_val (v->audit.accounts, account);
      if (!far_verifier_step (v, &cursor))
        return FALSE;
    }
  return TRUE;
}

/* ---- the rows ---- */

static gboolean
take_pending (FarVerifier *v, const FarStoredTransfer *row, FarAuditPending *ret_stored)
{
  const guint64 seq = row->transfer.seq;
  FarAuditPending stored = { .seq = seq };

  if (v->pendings == NULL || (guint64) far_statement_get_int (v->pendings, 0) != seq)
    return far_audit_fail (&v->audit, (gint64) seq, "it is pending and has no state in the index");
  stored.deadline_us = far_statement_get_int (v->pendings, 1);
  stored.stored_state = (FarPendingState) far_statement_get_int (v->pendings, 2);
  stored.stored_resolved_by = (guint64) far_statement_get_int (v->pendings, 3);
  if (stored.deadline_us != row->transfer.deadline_us)
    return far_audit_fail (&v->audit, (gint64) seq, "its deadline in the index is another");
  *ret_stored = stored;
  return far_verifier_step (v, &v->pendings);
}

/* As far_row_read(), but that the history is compared and never decoded. */
static gboolean
read_transfer (FarStatement *row, FarStoredTransfer *ret_row)
{
  FarTransfer *t = &ret_row->transfer;
  const gint64 kind = far_statement_get_int (row, 3);
  const gint64 flags = far_statement_get_int (row, 4);
  const gint64 code = far_statement_get_int (row, 8);

  t->seq = (guint64) far_statement_get_int (row, 0);
  t->time_us = far_statement_get_int (row, 2);
  t->kind = (FarTransferKind) kind;
  t->flags = (FarTransferFlags) flags;
  ret_row->debit_no = (guint64) far_statement_get_int (row, 5);
  ret_row->credit_no = (guint64) far_statement_get_int (row, 6);
  t->amount_micros = far_statement_get_int (row, 7);
  t->code = (guint16) code;
  ret_row->pending_seq = (guint64) far_statement_get_int (row, 9);
  t->deadline_us = far_statement_get_int (row, 10);
  ret_row->tag = far_statement_get_int (row, 13);
  memset (&t->pending_id, 0, sizeof t->pending_id);
  return kind >= 0 && kind <= FAR_TRANSFER_EXPIRE && (flags & ~FAR_TRANSFER_LINKED) == 0 &&
         code >= 1 && code <= G_MAXUINT16 &&
         far_statement_copy_blob (row, 1, t->id.bytes, FAR_ID_LEN) &&
         far_statement_copy_blob (row, 11, t->reference.bytes, FAR_ID_LEN) &&
         far_statement_copy_blob (row, 12, t->salt.bytes, FAR_ID_LEN);
}

static gboolean
check_transfer (FarVerifier *v)
{
  const gint64 seq = (gint64) v->audit.tree.size;
  FarStoredTransfer row;
  FarAuditPending stored;
  const guint8 *history;
  gsize n_history;

  if (!read_transfer (v->transfers, &row))
    return far_audit_fail (&v->audit, seq, "a column holds what it never may");
  if (row.transfer.kind == FAR_TRANSFER_PENDING && !take_pending (v, &row, &stored))
    return FALSE;
  history = far_statement_get_blob (v->transfers, 14, &n_history);
  return far_audit_transfer (&v->audit, &row, history, n_history, &stored) &&
         far_verifier_step (v, &v->transfers);
}

static gboolean
check_closing (FarVerifier *v)
{
  FarClosing closing = { .seq = v->audit.tree.size };

  closing.time_us = far_statement_get_int (v->closings, 1);
  closing.closed = far_statement_get_int (v->closings, 3) != 0;
  return far_audit_closing (&v->audit, &closing, (guint64) far_statement_get_int (v->closings, 2),
                            far_statement_get_int (v->closings, 4)) &&
         far_verifier_step (v, &v->closings);
}

/* Called for each node that a row completes: those that are stored must be the same. */
static void
check_node (guint level, guint64 index, const FarMerkleHash *node, gpointer data)
{
  FarVerifier *v = data;
  const gint64 first = (gint64) (index << level);
  g_autoptr (FarStatement) get = NULL;
  GError *error = NULL;
  FarMerkleHash stored;
  FarStep found;

  if (level < FAR_LEDGER_NODE_LEVEL)
    return;
  v->n_nodes++;
  get = far_db_prepare (v->db, "SELECT hash FROM ledger_node WHERE level = ?1 AND number = ?2",
                        &error);
  if (get == NULL)
    {
      far_verifier_fail_storage (v, first, error);
      return;
    }
  far_statement_bind_int (get, 1, level);
  far_statement_bind_int (get, 2, (gint64) index);
  found = far_db_step (v->db, get, &error);
  if (found == FAR_STEP_ERROR)
    far_verifier_fail_storage (v, first, error);
  else if (found == FAR_STEP_DONE ||
           !far_statement_copy_blob (get, 0, stored.bytes, sizeof stored.bytes) ||
           !far_merkle_hash_equal (&stored, node))
    far_audit_fail (&v->audit, first, "a row from here to %" G_GINT64_FORMAT " was changed: they "
                    "do not hash to the log's stored node",
                    first + (G_GINT64_CONSTANT (1) << level) - 1);
}

static gboolean
check_note (FarVerifier *v)
{
  const FarMerkleTree *tree = &v->audit.tree;
  const FarAuditNote *note;
  FarMerkleHash root;
  gint64 first = 0;

  for (;;)
    {
      if (v->n_notes_ok == v->notes->len)
        return TRUE;
      note = &g_array_index (v->notes, FarAuditNote, v->n_notes_ok);
      if (note->size != tree->size)
        return TRUE;
      far_merkle_tree_root (tree, &root);
      if (!far_merkle_hash_equal (&root, &note->root))
        break;
      v->n_notes_ok++;
    }
  if (v->n_notes_ok > 0)
    first = (gint64) g_array_index (v->notes, FarAuditNote, v->n_notes_ok - 1).size;
  return far_audit_fail (&v->audit, first, "a row from here to %" G_GUINT64_FORMAT " was changed: "
                         "the log contradicts checkpoint %u", tree->size - 1, v->n_notes_ok);
}

static gint64
cursor_seq (FarStatement *cursor)
{
  return cursor != NULL ? far_statement_get_int (cursor, 0) : G_MAXINT64;
}

/* Which table has the next row? Exactly one may. */
static gboolean
check_next_row (FarVerifier *v)
{
  const gint64 seq = (gint64) v->audit.tree.size;
  FarAuditAccount *account = NULL;
  gint64 next;

  if (v->next_account < v->audit.accounts->len)
    account = &g_array_index (v->audit.accounts, FarAuditAccount, v->next_account);
  next = MIN (cursor_seq (v->transfers), cursor_seq (v->closings));
  next = MIN (next, account != NULL ? (gint64) account->account.seq : G_MAXINT64);
  if (next < seq)
    return far_audit_fail (&v->audit, next, "the row is there twice, or out of its place");
  if (cursor_seq (v->pendings) < seq)
    return far_audit_fail (&v->audit, cursor_seq (v->pendings), "the index calls it pending, and "
                           "it is not");
  if (next > seq)
    return far_audit_fail (&v->audit, seq, "the row is missing");
  if (cursor_seq (v->transfers) == seq)
    return check_transfer (v);
  if (cursor_seq (v->closings) == seq)
    return check_closing (v);
  v->next_account++;
  return far_audit_open (&v->audit, account);
}

static gboolean
at_end (FarVerifier *v)
{
  return v->transfers == NULL && v->closings == NULL &&
         v->next_account == v->audit.accounts->len;
}

static gboolean
check_rows (FarVerifier *v)
{
  if (!load_accounts (v) || !open_cursors (v) || !far_audit_genesis (&v->audit))
    return FALSE;
  while (check_note (v))
    {
      if (at_end (v))
        break;
      if (!check_next_row (v))
        return FALSE;
      if (v->progress != NULL && v->audit.tree.size % FAR_LEDGER_PROGRESS_ROWS == 0)
        v->progress (v->audit.tree.size, v->head.n_rows, v->progress_data);
    }
  if (v->audit.report->reason == NULL && v->pendings != NULL)
    return far_audit_fail (&v->audit, cursor_seq (v->pendings), "the index calls it pending, and "
                           "it is not");
  return v->audit.report->reason == NULL && far_audit_finish (&v->audit);
}

/* ---- opening ---- */

static gboolean
open_snapshot (FarVerifier *v, GError **error)
{
  FarDbOptions options = {
    .mode = FAR_DB_MODE_READ_ONLY,
    .application_id = FAR_LEDGER_APPLICATION_ID,
    .migrations = far_ledger_migrations,
    .vfs = v->options->vfs,
  };

  v->db = far_db_open (v->options->db_path, &options, error);
  return v->db != NULL && far_db_exec (v->db, "BEGIN; SELECT 1 FROM ledger_head", error);
}

static gboolean
load_genesis (FarVerifier *v)
{
  FarGenesis *genesis = &v->audit.genesis;
  FarStatement *cursor = NULL;
  char hex[FAR_ID_HEX_LEN + 1];

  if (!far_verifier_open_cursor (v, &cursor,
                                 "SELECT time_us, format, money, ledger_id, public_key, seq"
                                 " FROM ledger_genesis"))
    return FALSE;
  if (cursor == NULL)
    return far_audit_fail (&v->audit, 0, "the first row is missing");
  genesis->time_us = far_statement_get_int (cursor, 0);
  genesis->format = (guint16) far_statement_get_int (cursor, 1);
  genesis->money = (FarLedgerMoney) far_statement_get_int (cursor, 2);
  if (far_statement_get_int (cursor, 1) != FAR_LEDGER_FORMAT ||
      (genesis->money != FAR_LEDGER_MONEY_TEST && genesis->money != FAR_LEDGER_MONEY_LIVE) ||
      far_statement_get_int (cursor, 5) != 0 ||
      !far_statement_copy_blob (cursor, 3, genesis->ledger_id.bytes, FAR_ID_LEN) ||
      !far_statement_copy_blob (cursor, 4, genesis->public_key, FAR_ED25519_KEY_LEN))
    {
      far_statement_reset (cursor);
      return far_audit_fail (&v->audit, 0, "the first row holds what it never may");
    }
  far_statement_reset (cursor);
  far_id_to_hex (&genesis->ledger_id, hex);
  g_snprintf (v->key.name, sizeof v->key.name, FAR_LEDGER_ORIGIN_PREFIX "%s", hex);
  memcpy (v->key.public_key, genesis->public_key, FAR_ED25519_KEY_LEN);
  return TRUE;
}

static gboolean
load_head (FarVerifier *v)
{
  FarStatement *cursor = NULL;
  const guint8 *frontier;
  gsize n = 0;

  if (!far_verifier_open_cursor (v, &cursor,
                                 "SELECT n_rows, n_transfers, n_accounts, last_time_us, frontier,"
                                 " checkpoints, checkpoint_bytes FROM ledger_head"))
    return FALSE;
  if (cursor == NULL)
    return far_audit_fail (&v->audit, -1, "the head row is missing");
  v->head.n_rows = (guint64) far_statement_get_int (cursor, 0);
  v->head.n_transfers = (guint64) far_statement_get_int (cursor, 1);
  v->head.n_accounts = (guint64) far_statement_get_int (cursor, 2);
  v->head.last_time_us = far_statement_get_int (cursor, 3);
  frontier = far_statement_get_blob (cursor, 4, &n);
  v->head_frontier = g_byte_array_new ();
  g_byte_array_append (v->head_frontier, frontier, (guint) n);
  v->head_notes = (guint64) far_statement_get_int (cursor, 5);
  v->head_note_bytes = (guint64) far_statement_get_int (cursor, 6);
  far_statement_reset (cursor);
  return TRUE;
}

guint64
far_verifier_notes_size (const FarLedgerOptions *options)
{
  g_autoptr (FarVfsFile) file = NULL;
  guint64 size = 0;

  file = far_vfs_file_open (options->checkpoints_path, options->vfs, FALSE, FALSE, NULL);
  if (file == NULL || !far_vfs_file_get_size (file, &size, NULL))
    return 0;
  return size;
}

static gboolean
verify_all (FarVerifier *v, guint64 n_note_bytes)
{
  if (!far_verifier_check_schema (v) || !load_genesis (v) || !load_head (v))
    return FALSE;
  v->rotations = g_array_new (FALSE, FALSE, sizeof (FarRotation));
  v->n_note_bytes = MAX (n_note_bytes, v->head_note_bytes);
  v->notes = far_audit_read_notes (v->options, &v->key, v->rotations, v->n_note_bytes,
                                   v->head_note_bytes, &v->note_problem);
  return far_verifier_check_key (v) && check_rows (v) && far_verifier_check_derived (v);
}

gboolean
far_ledger_verify (const FarLedgerOptions *options, FarLedgerProgress progress,
                   gpointer progress_data, FarLedgerReport *ret_report, GError **error)
{
  g_auto (FarVerifier) v = {
    .options = options, .progress = progress, .progress_data = progress_data,
  };
  FarLedgerReport report = { .first_bad = -1 };
  guint64 n_note_bytes;

  g_return_val_if_fail (options != NULL && ret_report != NULL, FALSE);

  n_note_bytes = far_verifier_notes_size (options);
  far_audit_init (&v.audit, &report);
  v.audit.node_func = check_node;
  v.audit.node_data = &v;
  if (!open_snapshot (&v, error))
    return FALSE;
  report.ok = verify_all (&v, n_note_bytes);
  g_assert (report.ok == (report.reason == NULL));
  report.rows = v.audit.tree.size;
  report.transfers = v.audit.n_transfers;
  report.accounts = v.audit.n_opened;
  report.checkpoints = v.n_notes_ok;
  far_merkle_tree_root (&v.audit.tree, &report.root);
  *ret_report = report;
  return TRUE;
}

gboolean
far_ledger_verify_dir (const char *directory, FarLedgerProgress progress, gpointer progress_data,
                       FarLedgerReport *ret_report, GError **error)
{
  g_autofree char *db_path = NULL;
  g_autofree char *checkpoints_path = NULL;
  g_autofree char *keys_path = NULL;
  FarLedgerOptions options = { .mode = FAR_LEDGER_READ_ONLY };

  g_return_val_if_fail (directory != NULL, FALSE);

  options.db_path = db_path = g_build_filename (directory, "ledger.db", NULL);
  options.checkpoints_path = checkpoints_path = g_build_filename (directory, "checkpoints", NULL);
  options.keys_path = keys_path = g_build_filename (directory, "keys", NULL);
  return far_ledger_verify (&options, progress, progress_data, ret_report, error);
}
