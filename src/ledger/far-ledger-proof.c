/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows as bytes, stored nodes, and proofs over the committed log. The ledger's thread.
 *
 * Of the tree only the roots of whole groups of 256 rows, and the nodes above them, are stored:
 * 1/8 byte a row. A proof hashes the rows of at most two groups again. */
#include "ledger/far-ledger-private.h"
#include "ledger/far-receipt.h"

#include <string.h>

static gboolean
corrupt (guint64 seq, GError **error)
{
  g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT,
               "Row %" G_GUINT64_FORMAT " of the ledger is missing or damaged: verify it, then "
               "restore a backup", seq);
  return FALSE;
}

/* ---- rows ---- */

/* Each of these: *ret_n_bytes 0 if the row is not of this type. */
static gboolean
transfer_bytes (FarLedger *ledger, guint64 seq, guint8 *ret_bytes, gsize *ret_n_bytes,
                GError **error)
{
  FarStoredTransfer row;
  gint64 time_us;
  guint64 at;

  if (!far_rows_before (ledger, seq, &at, &time_us, error))
    return FALSE;
  *ret_n_bytes = 0;
  if (at != seq)
    return TRUE;
  if (!far_rows_get (ledger, seq, &row, error) || !far_rows_resolve (ledger, &row, error))
    return FALSE;
  *ret_n_bytes = far_row_write_transfer (&row.transfer, ret_bytes);
  return TRUE;
}

static gboolean
account_bytes (FarLedger *ledger, guint64 seq, guint8 *ret_bytes, gsize *ret_n_bytes,
               GError **error)
{
  g_autoptr (FarStatement) get =
    far_db_prepare (ledger->db, "SELECT " FAR_ACCOUNT_COLUMNS
                    " FROM ledger_account a WHERE a.seq = ?1", error);
  FarAccountState state;
  gint64 tag;
  FarStep step;

  if (get == NULL)
    return FALSE;
  far_statement_bind_int (get, 1, (gint64) seq);
  step = far_db_step (ledger->db, get, error);
  *ret_n_bytes = 0;
  if (step != FAR_STEP_ROW)
    return step == FAR_STEP_DONE;
  if (!far_account_read (get, &state, &tag))
    return corrupt (seq, error);
  *ret_n_bytes = far_row_write_account (&state.account, ret_bytes);
  return TRUE;
}

static gboolean
closing_bytes (FarLedger *ledger, guint64 seq, guint8 *ret_bytes, gsize *ret_n_bytes,
               GError **error)
{
  g_autoptr (FarStatement) get =
    far_db_prepare (ledger->db, "SELECT time_us, account, closed FROM ledger_closing"
                    " WHERE seq = ?1", error);
  FarClosing closing = { .seq = seq };
  FarAccountState *state;
  FarStep step;

  if (get == NULL)
    return FALSE;
  far_statement_bind_int (get, 1, (gint64) seq);
  step = far_db_step (ledger->db, get, error);
  *ret_n_bytes = 0;
  if (step != FAR_STEP_ROW)
    return step == FAR_STEP_DONE;
  closing.time_us = far_statement_get_int (get, 0);
  closing.closed = far_statement_get_int (get, 2) != 0;
  if (!far_accounts_get (ledger, (guint64) far_statement_get_int (get, 1), &state, error))
    return FALSE;
  closing.account = state->account.id;
  *ret_n_bytes = far_row_write_closing (&closing, ret_bytes);
  return TRUE;
}

static gboolean
row_bytes (FarLedger *ledger, guint64 seq, guint8 *ret_bytes, gsize *ret_n_bytes, GError **error)
{
  if (seq == 0)
    {
      *ret_n_bytes = far_row_write_genesis (&ledger->genesis, ret_bytes);
      return TRUE;
    }
  if (!transfer_bytes (ledger, seq, ret_bytes, ret_n_bytes, error))
    return FALSE;
  if (*ret_n_bytes == 0 && !account_bytes (ledger, seq, ret_bytes, ret_n_bytes, error))
    return FALSE;
  if (*ret_n_bytes == 0 && !closing_bytes (ledger, seq, ret_bytes, ret_n_bytes, error))
    return FALSE;
  return *ret_n_bytes > 0 || corrupt (seq, error);
}

gboolean
far_ledger_row_bytes (FarLedger *ledger, guint64 seq, GByteArray *ret_bytes, GError **error)
{
  guint8 bytes[FAR_ROW_MAX];
  gsize n_bytes;

  g_return_val_if_fail (ledger != NULL && ret_bytes != NULL, FALSE);

  if (seq >= ledger->tree.size)
    {
      g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND,
                   "The log has %" G_GUINT64_FORMAT " rows", ledger->tree.size);
      return FALSE;
    }
  if (!row_bytes (ledger, seq, bytes, &n_bytes, error))
    return FALSE;
  g_byte_array_append (ret_bytes, bytes, (guint) n_bytes);
  return TRUE;
}

/* ---- nodes ---- */

gboolean
far_nodes_insert (FarLedger *ledger, guint level, guint64 index, const FarMerkleHash *node,
                  GError **error)
{
  FarStatement *insert =
    far_db_prepare (ledger->db, "INSERT INTO ledger_node (level, number, hash)"
                    " VALUES (?1, ?2, ?3)", error);

  if (insert == NULL)
    return FALSE;
  far_statement_bind_int (insert, 1, level);
  far_statement_bind_int (insert, 2, (gint64) index);
  far_statement_bind_blob (insert, 3, node->bytes, sizeof node->bytes);
  return far_db_run (ledger->db, insert, error);
}

static gboolean
stored_node (FarLedger *ledger, guint level, guint64 index, FarMerkleHash *ret_node,
             GError **error)
{
  g_autoptr (FarStatement) get =
    far_db_prepare (ledger->db, "SELECT hash FROM ledger_node WHERE level = ?1 AND number = ?2",
                    error);
  FarStep step;

  if (get == NULL)
    return FALSE;
  far_statement_bind_int (get, 1, level);
  far_statement_bind_int (get, 2, (gint64) index);
  step = far_db_step (ledger->db, get, error);
  if (step == FAR_STEP_ROW &&
      far_statement_copy_blob (get, 0, ret_node->bytes, sizeof ret_node->bytes))
    return TRUE;
  if (step != FAR_STEP_ERROR)
    g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT,
                 "Node %u/%" G_GUINT64_FORMAT " of the ledger's log is missing: verify it, then "
                 "restore a backup", level, index);
  return FALSE;
}

/* Hashes the rows that follow what is known of the group; those that are no transfers are accounts
 * or closings. */
static gboolean
hash_rows (FarLedger *ledger, FarStatement *transfers, guint n_leaves, GError **error)
{
  FarStep step = far_db_step (ledger->db, transfers, error);

  for (; ledger->n_group < n_leaves && step != FAR_STEP_ERROR; ledger->n_group++)
    {
      const guint64 seq = ledger->group * FAR_LEDGER_GROUP + ledger->n_group;
      FarStoredTransfer row;
      guint8 bytes[FAR_ROW_MAX];
      gsize n_bytes;

      if (step == FAR_STEP_ROW && (guint64) far_statement_get_int (transfers, 0) == seq)
        {
          if (!far_row_read (transfers, &row))
            return corrupt (seq, error);
          if (!far_rows_resolve (ledger, &row, error))
            return FALSE;
          n_bytes = far_row_write_transfer (&row.transfer, bytes);
          step = far_db_step (ledger->db, transfers, error);
        }
      else if (!row_bytes (ledger, seq, bytes, &n_bytes, error))
        return FALSE;
      far_merkle_hash_leaf (bytes, n_bytes, &ledger->group_leaves[ledger->n_group]);
    }
  return step != FAR_STEP_ERROR;
}

/* Leaves [0, n_leaves) of a group, kept from one call to the next. */
static gboolean
load_group (FarLedger *ledger, guint64 group, guint n_leaves, GError **error)
{
  g_autoptr (FarStatement) transfers = NULL;

  g_assert (n_leaves <= FAR_LEDGER_GROUP);
  g_assert (group * FAR_LEDGER_GROUP + n_leaves <= ledger->tree.size);

  if (ledger->group != group)
    {
      ledger->group = group;
      ledger->n_group = 0;
    }
  if (ledger->n_group >= n_leaves)
    return TRUE;
  transfers = far_db_prepare (ledger->db, "SELECT " FAR_TRANSFER_COLUMNS
                              " FROM ledger_transfer WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
                              error);
  if (transfers == NULL)
    return FALSE;
  far_statement_bind_int (transfers, 1, (gint64) (group * FAR_LEDGER_GROUP + ledger->n_group));
  far_statement_bind_int (transfers, 2, (gint64) (group * FAR_LEDGER_GROUP + n_leaves - 1));
  return hash_rows (ledger, transfers, n_leaves, error);
}

gboolean
far_proof_lookup (guint level, guint64 index, FarMerkleHash *ret_node, gpointer data,
                  GError **error)
{
  FarLedger *ledger = data;
  FarMerkleTree subtree;
  guint64 first = index << level;
  guint start = (guint) (first % FAR_LEDGER_GROUP);
  guint n = 1u << level;

  if (level >= FAR_LEDGER_NODE_LEVEL)
    return stored_node (ledger, level, index, ret_node, error);
  if (!load_group (ledger, first / FAR_LEDGER_GROUP, start + n, error))
    return FALSE;
  far_merkle_tree_init (&subtree);
  for (guint i = 0; i < n; i++)
    far_merkle_tree_append (&subtree, &ledger->group_leaves[start + i], NULL, NULL);
  far_merkle_tree_root (&subtree, ret_node);
  return TRUE;
}

/* ---- proofs ---- */

static gboolean
check_sizes (FarLedger *ledger, gboolean in_order, guint64 size, GError **error)
{
  if (in_order && size <= ledger->tree.size)
    return TRUE;
  g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND,
               "The log has %" G_GUINT64_FORMAT " rows: nothing is proven of more",
               ledger->tree.size);
  return FALSE;
}

gboolean
far_ledger_prove_inclusion (FarLedger *ledger, guint64 seq, guint64 tree_size,
                            FarMerkleProof *ret_proof, GError **error)
{
  gboolean began, ok;

  g_return_val_if_fail (ledger != NULL && ret_proof != NULL, FALSE);

  if (!check_sizes (ledger, seq < tree_size, tree_size, error))
    return FALSE;
  ok = far_ledger_read_begin (ledger, &began, error) &&
       far_merkle_prove_inclusion (seq, tree_size, far_proof_lookup, ledger, ret_proof, error);
  far_ledger_read_end (ledger, began);
  return ok;
}

gboolean
far_ledger_prove_consistency (FarLedger *ledger, guint64 old_size, guint64 new_size,
                              FarMerkleProof *ret_proof, GError **error)
{
  gboolean began, ok;

  g_return_val_if_fail (ledger != NULL && ret_proof != NULL, FALSE);

  if (!check_sizes (ledger, old_size <= new_size, new_size, error))
    return FALSE;
  ok = far_ledger_read_begin (ledger, &began, error) &&
       far_merkle_prove_consistency (old_size, new_size, far_proof_lookup, ledger, ret_proof,
                                     error);
  far_ledger_read_end (ledger, began);
  return ok;
}

static char *
make_receipt (FarLedger *ledger, const FarId *id, GError **error)
{
  const guint64 size = ledger->checkpoints.last_size;
  FarStoredTransfer row;
  FarMerkleProof proof;
  g_autofree char *checkpoint = NULL;
  g_autofree char *rotations = NULL;
  guint8 bytes[FAR_ROW_MAX];
  gsize n_bytes;
  gboolean found;

  if (!far_rows_find (ledger, id, &found, &row, error))
    return NULL;
  if (!found || row.transfer.seq >= size)
    {
      g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND,
                           found ? "The transfer is younger than the last checkpoint: sign one"
                                 : "There is no transfer of this id");
      return NULL;
    }
  if (!far_rows_resolve (ledger, &row, error) ||
      !far_merkle_prove_inclusion (row.transfer.seq, size, far_proof_lookup, ledger, &proof, error))
    return NULL;
  checkpoint = far_ledger_last_checkpoint (ledger, error);
  rotations = checkpoint != NULL ? far_ledger_rotations (ledger, error) : NULL;
  if (rotations == NULL)
    return NULL;
  n_bytes = far_row_write_transfer (&row.transfer, bytes);
  return far_receipt_format (row.transfer.seq, bytes, n_bytes, &proof, checkpoint,
                             rotations);
}

char *
far_ledger_receipt (FarLedger *ledger, const FarId *transfer, GError **error)
{
  gboolean began;
  char *receipt = NULL;

  g_return_val_if_fail (ledger != NULL && transfer != NULL, NULL);

  if (far_ledger_read_begin (ledger, &began, error))
    receipt = make_receipt (ledger, transfer, error);
  far_ledger_read_end (ledger, began);
  return receipt;
}

void
far_ledger_root (FarLedger *ledger, FarMerkleHash *ret_root)
{
  g_return_if_fail (ledger != NULL && ret_root != NULL);

  far_merkle_tree_root (&ledger->tree, ret_root);
}

guint64
far_ledger_size (FarLedger *ledger)
{
  g_return_val_if_fail (ledger != NULL, 0);

  return ledger->tree.size;
}

guint64
far_ledger_transfers (FarLedger *ledger)
{
  g_return_val_if_fail (ledger != NULL, 0);

  return ledger->committed.n_transfers;
}
