/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Begin, commit, roll back; savepoints and marks; the log's next leaf. The ledger's thread.
 *
 * Invariant: counts.n_rows = tree.size + leaves->len. A commit hashes the leaves into a copy of the
 * tree, writes accounts, nodes and head, and takes the copy over only when SQLite has committed. */
#include "base/far-random.h"
#include "ledger/far-ledger-private.h"

#include <string.h>

static gboolean
protocol (const char *what, GError **error)
{
  g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_PROTOCOL, what);
  return FALSE;
}

static gboolean
check_usable (FarLedger *ledger, GError **error)
{
  if (ledger->broken)
    {
      g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_BROKEN,
                           "An earlier commit failed and its outcome is unknown: reopen the ledger "
                           "and retry with the same ids");
      return FALSE;
    }
  if (ledger->mode != FAR_LEDGER_READ_WRITE)
    return protocol ("The ledger is open read-only", error);
  return TRUE;
}

gboolean
far_ledger_check_writing (FarLedger *ledger, GError **error)
{
  if (!check_usable (ledger, error))
    return FALSE;
  if (!far_db_in_transaction (ledger->db))
    return protocol ("No transaction is open: call far_ledger_begin() first", error);
  if (ledger->failed)
    return protocol ("An error occurred in this transaction: it can only be rolled back", error);
  if (ledger->leaves->len >= FAR_LEDGER_COMMIT_ROWS_MAX)
    {
      g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_LIMIT,
                   "A commit takes at most %d rows: commit, then go on",
                   FAR_LEDGER_COMMIT_ROWS_MAX);
      return FALSE;
    }
  return TRUE;
}

/* ---- rows ---- */

gint64
far_ledger_next_time_us (FarLedger *ledger, gint64 clock_us)
{
  return MAX (ledger->counts.last_time_us + 1, clock_us);
}

gint64
far_ledger_now_us (FarLedger *ledger)
{
  g_return_val_if_fail (ledger != NULL, 0);

  return far_ledger_next_time_us (ledger, far_clock_now_us (ledger->clock));
}

gint64
far_ledger_tag (const FarMerkleHash *leaf)
{
  gint64 be;

  memcpy (&be, leaf->bytes, sizeof be);
  return GINT64_FROM_BE (be);
}

gint64
far_ledger_append (FarLedger *ledger, const guint8 *row, gsize n_bytes, gint64 time_us)
{
  FarMerkleHash *leaf;

  g_assert (ledger->counts.n_rows == ledger->tree.size + ledger->leaves->len);
  g_assert (time_us > ledger->counts.last_time_us);

  g_array_set_size (ledger->leaves, ledger->leaves->len + 1);
  leaf = &g_array_index (ledger->leaves, FarMerkleHash, ledger->leaves->len - 1);
  far_merkle_hash_leaf (row, n_bytes, leaf);
  ledger->counts.n_rows++;
  ledger->counts.last_time_us = time_us;
  return far_ledger_tag (leaf);
}

void
far_ledger_random (FarLedger *ledger, void *buffer, gsize n_bytes)
{
  if (ledger->fill_random != NULL)
    ledger->fill_random (ledger->random_data, buffer, n_bytes);
  else
    far_random_bytes (buffer, n_bytes);
}

/* ---- reading ---- */

gboolean
far_ledger_read_begin (FarLedger *ledger, gboolean *ret_began, GError **error)
{
  FarStatement *begin;

  *ret_began = FALSE;
  if (far_db_in_transaction (ledger->db))
    return TRUE;
  begin = far_db_prepare (ledger->db, "BEGIN DEFERRED", error);
  *ret_began = begin != NULL && far_db_run (ledger->db, begin, error);
  return *ret_began;
}

void
far_ledger_read_end (FarLedger *ledger, gboolean began)
{
  if (began)
    far_db_rollback (ledger->db); /* nothing was written */
}

/* ---- marks ---- */

FarLedgerMark
far_ledger_mark (FarLedger *ledger)
{
  FarLedgerMark mark = { ledger->counts, ledger->undo->len, ledger->resolved->len };

  ledger->epoch++;
  return mark;
}

gboolean
far_ledger_go_back (FarLedger *ledger, const FarLedgerMark *mark, gboolean rows_too,
                    GError **error)
{
  g_assert (ledger->undo->len >= mark->n_undo);
  g_assert (ledger->counts.n_rows >= mark->counts.n_rows);

  for (guint i = ledger->undo->len; i > mark->n_undo; i--)
    far_accounts_undo (ledger, &g_array_index (ledger->undo, FarUndo, i - 1));
  g_array_set_size (ledger->undo, mark->n_undo);

  if (rows_too && ledger->counts.n_rows > mark->counts.n_rows)
    {
      for (guint i = ledger->resolved->len; i > mark->n_resolved; i--)
        if (!far_pending_reopen (ledger, g_array_index (ledger->resolved, guint64, i - 1), error))
          return FALSE;
      if (!far_rows_delete_from (ledger, mark->counts.n_rows, error))
        return FALSE;
    }
  g_array_set_size (ledger->resolved, mark->n_resolved);
  ledger->counts = mark->counts;
  g_array_set_size (ledger->leaves, (guint) (ledger->counts.n_rows - ledger->tree.size));
  ledger->epoch++;
  return TRUE;
}

void
far_ledger_keep (FarLedger *ledger)
{
  if (ledger->in_savepoint)
    return;
  g_array_set_size (ledger->undo, 0);
  g_array_set_size (ledger->resolved, 0);
  ledger->epoch++;
}

/* ---- savepoints ---- */

gboolean
far_ledger_savepoint (FarLedger *ledger, GError **error)
{
  g_return_val_if_fail (ledger != NULL, FALSE);

  if (!far_ledger_check_writing (ledger, error))
    return FALSE;
  if (ledger->in_savepoint)
    return protocol ("A savepoint is open already: they do not nest", error);
  if (!far_db_savepoint (ledger->db, error))
    return FALSE;
  ledger->savepoint = far_ledger_mark (ledger);
  ledger->in_savepoint = TRUE;
  return TRUE;
}

gboolean
far_ledger_release (FarLedger *ledger, GError **error)
{
  g_return_val_if_fail (ledger != NULL, FALSE);

  if (!check_usable (ledger, error))
    return FALSE;
  if (!ledger->in_savepoint)
    return protocol ("No savepoint is open", error);
  if (ledger->failed)
    return protocol ("An error occurred in this transaction: it can only be rolled back", error);
  if (!far_db_release (ledger->db, error))
    {
      ledger->failed = TRUE;
      return FALSE;
    }
  ledger->in_savepoint = FALSE;
  far_ledger_keep (ledger);
  return TRUE;
}

gboolean
far_ledger_rollback_to (FarLedger *ledger, GError **error)
{
  g_return_val_if_fail (ledger != NULL, FALSE);

  if (!check_usable (ledger, error))
    return FALSE;
  if (!ledger->in_savepoint)
    return protocol ("No savepoint is open", error);
  if (ledger->failed)
    return protocol ("An error occurred in this transaction: it can only be rolled back", error);
  if (!far_db_undo (ledger->db, error) ||
      !far_ledger_go_back (ledger, &ledger->savepoint, FALSE, error))
    {
      ledger->failed = TRUE;
      return FALSE;
    }
  ledger->in_savepoint = FALSE;
  far_ledger_keep (ledger);
  return TRUE;
}

/* ---- transactions ---- */

gboolean
far_ledger_begin (FarLedger *ledger, GError **error)
{
  g_return_val_if_fail (ledger != NULL, FALSE);

  if (!check_usable (ledger, error))
    return FALSE;
  if (far_db_in_transaction (ledger->db))
    return protocol ("A transaction is open already", error);
  g_assert (ledger->leaves->len == 0 && ledger->dirty->len == 0);
  return far_db_begin (ledger->db, error);
}

/* Back to what is committed. Accounts are loaded again when asked for. */
static void
forget_all (FarLedger *ledger)
{
  g_array_set_size (ledger->leaves, 0);
  g_array_set_size (ledger->undo, 0);
  g_array_set_size (ledger->resolved, 0);
  far_accounts_forget (ledger);
  ledger->counts = ledger->committed;
  ledger->in_savepoint = FALSE;
  ledger->failed = FALSE;
}

void
far_ledger_rollback (FarLedger *ledger)
{
  g_return_if_fail (ledger != NULL);

  if (ledger->mode != FAR_LEDGER_READ_WRITE || ledger->db == NULL)
    return;
  far_db_rollback (ledger->db);
  forget_all (ledger);
}

gboolean
far_ledger_write_head (FarLedger *ledger, const FarMerkleTree *tree, GError **error)
{
  FarStatement *update =
    far_db_prepare (ledger->db, "UPDATE ledger_head SET n_rows = ?1, n_transfers = ?2,"
                    " n_accounts = ?3, last_time_us = ?4, frontier = ?5, checkpoints = ?6,"
                    " checkpoint_bytes = ?7, checkpoint_offset = ?8", error);

  if (update == NULL)
    return FALSE;
  far_statement_bind_int (update, 1, (gint64) ledger->counts.n_rows);
  far_statement_bind_int (update, 2, (gint64) ledger->counts.n_transfers);
  far_statement_bind_int (update, 3, (gint64) ledger->counts.n_accounts);
  far_statement_bind_int (update, 4, ledger->counts.last_time_us);
  far_statement_bind_blob (update, 5, tree->roots, tree->n_roots * sizeof tree->roots[0]);
  far_statement_bind_int (update, 6, (gint64) ledger->checkpoints.n_notes);
  far_statement_bind_int (update, 7, (gint64) ledger->checkpoints.n_bytes);
  far_statement_bind_int (update, 8, (gint64) ledger->checkpoints.last_offset);
  if (!far_db_run (ledger->db, update, error))
    return FALSE;
  g_assert (far_db_get_changes (ledger->db) == 1);
  return TRUE;
}

typedef struct {
  FarLedger *ledger;
  GError    *error;
} NodeWriter;

static void
write_node (guint level, guint64 index, const FarMerkleHash *node, gpointer data)
{
  NodeWriter *writer = data;

  if (level >= FAR_LEDGER_NODE_LEVEL && writer->error == NULL)
    far_nodes_insert (writer->ledger, level, index, node, &writer->error);
}

static gboolean
write_out (FarLedger *ledger, FarMerkleTree *tree, GError **error)
{
  NodeWriter writer = { ledger, NULL };

  if (!far_accounts_flush (ledger, error))
    return FALSE;
  for (guint i = 0; i < ledger->leaves->len; i++)
    far_merkle_tree_append (tree, &g_array_index (ledger->leaves, FarMerkleHash, i), write_node,
                            &writer);
  if (writer.error != NULL)
    {
      g_propagate_error (error, writer.error);
      return FALSE;
    }
  g_assert (tree->size == ledger->counts.n_rows);
  return far_ledger_write_head (ledger, tree, error);
}

gboolean
far_ledger_commit (FarLedger *ledger, GError **error)
{
  FarMerkleTree tree;

  g_return_val_if_fail (ledger != NULL, FALSE);

  if (!check_usable (ledger, error))
    return FALSE;
  if (!far_db_in_transaction (ledger->db))
    return protocol ("No transaction is open", error);
  if (ledger->in_savepoint)
    return protocol ("A savepoint is open: release it or roll back to it first", error);
  if (ledger->failed)
    return protocol ("An error occurred in this transaction: it can only be rolled back", error);

  tree = ledger->tree;
  if (ledger->leaves->len == 0)
    far_accounts_clean (ledger); /* what was touched was put back */
  else if (!write_out (ledger, &tree, error))
    {
      ledger->failed = TRUE;
      return FALSE;
    }
  if (!far_db_commit (ledger->db, error))
    {
      forget_all (ledger);
      ledger->broken = TRUE;
      return FALSE;
    }
  g_assert (ledger->dirty->len == 0);
  if (ledger->leaves->len > 0)
    ledger->head_note_bytes = ledger->checkpoints.n_bytes;
  ledger->tree = tree;
  ledger->committed = ledger->counts;
  g_array_set_size (ledger->leaves, 0);
  far_ledger_keep (ledger);
  far_accounts_trim (ledger);
  return TRUE;
}
