/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verification of what is derived from the rows: head, accounts, nodes, indexes, and what is left
 * of the checkpoints; and of the schema, which holds part of the promise. One thread. */
#include "ledger/far-ledger-audit.h"

#include <string.h>

static gboolean
check_head (FarVerifier *v)
{
  const FarAudit *audit = &v->audit;
  const FarMerkleTree *tree = &audit->tree;

  if (v->head.n_rows > tree->size)
    return far_audit_fail (&v->audit, (gint64) tree->size, "the rows from here to %"
                           G_GUINT64_FORMAT " are missing", v->head.n_rows - 1);
  if (v->head.n_rows < tree->size)
    return far_audit_fail (&v->audit, (gint64) v->head.n_rows, "the rows from here on were never "
                           "committed by the ledger");
  if (v->head.n_transfers != audit->n_transfers || v->head.n_accounts != audit->n_opened ||
      v->head.last_time_us != audit->last_time_us)
    return far_audit_fail (&v->audit, -1, "the head row's counts are not those of the rows");
  if (v->head_frontier->len != tree->n_roots * sizeof tree->roots[0] ||
      memcmp (v->head_frontier->data, tree->roots, v->head_frontier->len) != 0)
    return far_audit_fail (&v->audit, -1, "the head row's tree is not that of the rows");
  return TRUE;
}

/* One row for each account, in the same order. */
static gboolean
check_balances (FarVerifier *v)
{
  const GArray *accounts = v->audit.accounts;
  FarStatement *cursor = NULL;
  guint i = 0;

  if (!far_verifier_open_cursor (v, &cursor,
                                 "SELECT " FAR_BALANCE_COLUMNS ", b.no"
                                 " FROM ledger_balance b ORDER BY b.no"))
    return FALSE;
  for (; cursor != NULL && i < accounts->len; i++)
    {
      const FarAuditAccount *account = &g_array_index (accounts, FarAuditAccount, i);
      FarAccountState stored;

      memset (&stored, 0, sizeof stored);
      stored.account = account->account;
      stored.account.flags &= ~FAR_ACCOUNT_CLOSED;
      if ((guint64) far_statement_get_int (cursor, 8) != account->no ||
          !far_balance_read (cursor, 0, &stored))
        far_audit_fail (&v->audit, (gint64) account->account.seq, "the account's balance is "
                        "missing or holds what it never may");
      else
        far_audit_balance (&v->audit, account, &stored);
      if (v->audit.report->reason != NULL)
        {
          far_statement_reset (cursor);
          return FALSE;
        }
      if (!far_verifier_step (v, &cursor))
        return FALSE;
    }
  if (cursor != NULL)
    {
      far_statement_reset (cursor);
      return far_audit_fail (&v->audit, -1, "there is a balance of an account that was never "
                             "opened");
    }
  return i == accounts->len ||
         far_audit_fail (&v->audit,
                         (gint64) g_array_index (accounts, FarAuditAccount, i).account.seq,
                         "the account's balance is missing");
}

/* Duplicates are refused by looking ids up: the index must know each transfer, and nothing else. */
static gboolean
check_id_index (FarVerifier *v)
{
  FarStatement *cursor = NULL;
  guint8 before[FAR_ID_LEN] = { 0 };
  guint64 sum[2] = { 0, 0 };

  if (!far_verifier_open_cursor (v, &cursor,
                                 "SELECT id, seq FROM ledger_transfer INDEXED BY ledger_transfer_id"
                                 " ORDER BY id"))
    return FALSE;
  while (cursor != NULL)
    {
      guint8 id[FAR_ID_LEN];
      const gint64 seq = far_statement_get_int (cursor, 1);

      if (!far_statement_copy_blob (cursor, 0, id, sizeof id) ||
          memcmp (id, before, sizeof id) <= 0)
        {
          far_statement_reset (cursor);
          return far_audit_fail (&v->audit, seq, "its id is out of order in the index of ids");
        }
      memcpy (before, id, sizeof id);
      far_audit_add_id (sum, id, (guint64) seq);
      if (!far_verifier_step (v, &cursor))
        return FALSE;
    }
  if (sum[0] != v->audit.ids_sum[0] || sum[1] != v->audit.ids_sum[1])
    return far_audit_fail (&v->audit, -1, "the index of ids is not that of the transfers");
  return TRUE;
}

/* The other indexes are small: SQLite compares them with their tables. */
static gboolean
check_small_indexes (FarVerifier *v)
{
  static const struct {
    const char *table;
    const char *sql;
  } checks[] = {
    { "ledger_account", "PRAGMA integrity_check ('ledger_account')" },
    { "ledger_balance", "PRAGMA integrity_check ('ledger_balance')" },
    { "ledger_pending", "PRAGMA integrity_check ('ledger_pending')" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      FarStatement *cursor = NULL;
      g_autofree char *finding = NULL;

      if (!far_verifier_open_cursor (v, &cursor, checks[i].sql))
        return FALSE;
      if (cursor == NULL)
        continue;
      finding = g_strdup (far_statement_get_text (cursor, 0));
      far_statement_reset (cursor);
      if (g_strcmp0 (finding, "ok") != 0)
        return far_audit_fail (&v->audit, -1, "the table %s: %s", checks[i].table, finding);
    }
  return TRUE;
}

/* Tables, their constraints and indexes are what this version makes: without them the ledger's
 * guarantees would be words. */
gboolean
far_verifier_check_schema (FarVerifier *v)
{
  FarStatement *cursor = NULL;
  guint n_expected = 0;
  guint n = 0;

  for (const char *at = far_ledger_migrations[0]; (at = strstr (at, "CREATE ")) != NULL; at++)
    n_expected++;
  if (!far_verifier_open_cursor (v, &cursor,
                                 "SELECT sql FROM sqlite_schema WHERE (name GLOB 'ledger_*'"
                                 " OR tbl_name GLOB 'ledger_*') AND sql IS NOT NULL"))
    return FALSE;
  while (cursor != NULL)
    {
      const char *sql = far_statement_get_text (cursor, 0);
      const char *found = sql != NULL ? strstr (far_ledger_migrations[0], sql) : NULL;

      if (found == NULL || found[strlen (sql)] != ';')
        {
          far_audit_fail (&v->audit, -1, "the schema was changed: %s", sql != NULL ? sql : "");
          far_statement_reset (cursor);
          return FALSE;
        }
      n++;
      if (!far_verifier_step (v, &cursor))
        return FALSE;
    }
  return n == n_expected ||
         far_audit_fail (&v->audit, -1, "the schema was changed: %u of %u tables and indexes", n,
                         n_expected);
}

static gboolean
check_node_count (FarVerifier *v)
{
  GError *error = NULL;
  gint64 n;

  if (!far_db_query_int (v->db, "SELECT count (*) FROM ledger_node", &n, &error))
    return far_verifier_fail_storage (v, -1, error);
  return (guint64) n == v->n_nodes ||
         far_audit_fail (&v->audit, -1, "there are nodes of the tree that no row completes");
}

static gboolean
check_notes_left (FarVerifier *v)
{
  if (v->note_problem != NULL)
    return far_audit_fail (&v->audit, -1, "%s", v->note_problem);
  if (v->n_notes_ok < v->notes->len)
    return far_audit_fail (&v->audit, (gint64) v->audit.tree.size, "the rows from here to %"
                           G_GUINT64_FORMAT " are missing: checkpoint %u signs them",
                           g_array_index (v->notes, FarAuditNote, v->n_notes_ok).size - 1,
                           v->n_notes_ok);
  return v->head_notes <= v->notes->len ||
         far_audit_fail (&v->audit, -1, "checkpoints that the head row knows are missing");
}

static gboolean
is_signer (FarVerifier *v, const char *path)
{
  FarCheckpointKey key;
  guint8 private_key[FAR_ED25519_KEY_LEN];

  if (!far_keys_load (path, &key, private_key, NULL))
    return FALSE;
  far_secret_wipe (private_key, sizeof private_key);
  return strcmp (key.name, v->key.name) == 0 &&
         memcmp (key.public_key, v->key.public_key, sizeof key.public_key) == 0;
}

/* The key file, where it can be read, must hold the key that the first row and the notes lead to:
 * else the whole was exchanged. Its successor may lie beside it while a rotation is under way.
 * Where a note is bad, the notes lead nowhere, and that is said later. */
gboolean
far_verifier_check_key (FarVerifier *v)
{
  g_autofree char *next_path = g_strconcat (v->options->keys_path, ".next", NULL);
  FarCheckpointKey key;
  guint8 private_key[FAR_ED25519_KEY_LEN];

  if (v->note_problem != NULL || !far_keys_load (v->options->keys_path, &key, private_key, NULL))
    return TRUE;
  far_secret_wipe (private_key, sizeof private_key);
  return is_signer (v, v->options->keys_path) || is_signer (v, next_path) ||
         /* A writer rotates at this moment: its note is behind what was read. */
         far_verifier_notes_size (v->options) > v->n_note_bytes ||
         far_audit_fail (&v->audit, 0, "the first row and the checkpoints name another key than "
                         "the key file");
}

/* The table of signing keys may know the last rotation later than the notes, and no other. */
static gboolean
check_rotations (FarVerifier *v)
{
  g_autoptr (GArray) stored = g_array_new (FALSE, FALSE, sizeof (FarRotation));
  GError *error = NULL;

  if (!far_rotations_load (v->db, stored, &error))
    return far_verifier_fail_storage (v, -1, error);
  if (stored->len > v->rotations->len || stored->len + 1 < v->rotations->len ||
      (stored->len > 0 &&
       memcmp (stored->data, v->rotations->data, stored->len * sizeof (FarRotation)) != 0))
    return far_audit_fail (&v->audit, -1, "the table of signing keys is not what the checkpoints "
                           "say");
  return TRUE;
}

gboolean
far_verifier_check_derived (FarVerifier *v)
{
  return check_head (v) && check_balances (v) && check_node_count (v) &&
         check_id_index (v) && check_small_indexes (v) && check_notes_left (v) &&
         check_rotations (v);
}
