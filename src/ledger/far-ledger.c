/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening, creating and closing a ledger; module migrations. The thread that opens it owns it.
 *
 * Creation, each step durable before the next: (1) the key as keys.new, (2) database with the first
 * row, which names ledger and key, (3) keys.new becomes keys, (4) the first checkpoint. So a crash
 * in between is carried on from, and afterwards each of the three files says that the other two
 * must be there. */
#include "ledger/far-ledger-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static gboolean
fail (FarLedgerError code, const char *path, const char *what, GError **error)
{
  g_set_error (error, FAR_LEDGER_ERROR, code, "%s: %s", path, what);
  return FALSE;
}

/* ---- what is there ---- */

typedef struct {
  const FarLedgerOptions *options;
  char                   *new_keys_path;
  gboolean                db;
  gboolean                checkpoints;
  gboolean                keys;
  gboolean                new_keys;
} Presence;

static void
presence_clear (Presence *presence)
{
  g_free (presence->new_keys_path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Presence, presence_clear)

static gboolean
look (Presence *presence, GError **error)
{
  const FarLedgerOptions *o = presence->options;

  presence->new_keys_path = g_strconcat (o->keys_path, ".new", NULL);
  presence->keys = g_file_test (o->keys_path, G_FILE_TEST_EXISTS);
  presence->new_keys = g_file_test (presence->new_keys_path, G_FILE_TEST_EXISTS);
  return far_vfs_file_exists (o->db_path, o->vfs, &presence->db, error) &&
         far_vfs_file_exists (o->checkpoints_path, o->vfs, &presence->checkpoints, error);
}

static gboolean
open_database (FarLedger *ledger, const Presence *presence, GError **error)
{
  const FarLedgerOptions *o = presence->options;
  FarDbOptions options = {
    .mode = FAR_DB_MODE_READ_ONLY,
    .sync = o->unsafe_no_sync ? FAR_DB_SYNC_OFF : FAR_DB_SYNC_FULL,
    .application_id = FAR_LEDGER_APPLICATION_ID,
    .migrations = far_ledger_migrations,
    .vfs = o->vfs,
  };
  GError *reason = NULL;

  if (!presence->db && (presence->keys || presence->checkpoints))
    return fail (FAR_LEDGER_ERROR_MISSING, o->db_path, "the ledger's database is missing, though "
                 "its key or its checkpoints are there: restore it from a backup; nothing was "
                 "created", error);
  if (!presence->db && o->mode == FAR_LEDGER_READ_ONLY)
    return fail (FAR_LEDGER_ERROR_MISSING, o->db_path, "there is no ledger here", error);
  if (o->mode == FAR_LEDGER_READ_WRITE)
    options.mode = presence->db ? FAR_DB_MODE_READ_WRITE : FAR_DB_MODE_CREATE;

  ledger->db = far_db_open (o->db_path, &options, &reason);
  if (ledger->db != NULL)
    return TRUE;
  if (g_error_matches (reason, FAR_DB_ERROR, FAR_DB_ERROR_MISSING))
    g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_MISSING, reason->message);
  else if (g_error_matches (reason, FAR_DB_ERROR, FAR_DB_ERROR_CORRUPT) ||
           g_error_matches (reason, FAR_DB_ERROR, FAR_DB_ERROR_FOREIGN))
    g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT, reason->message);
  else if (g_error_matches (reason, FAR_DB_ERROR, FAR_DB_ERROR_NEWER))
    g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NEWER, reason->message);
  else
    g_propagate_error (error, g_steal_pointer (&reason));
  g_clear_error (&reason);
  return FALSE;
}

/* ---- loading ---- */

static void
set_identity (FarLedger *ledger)
{
  char hex[FAR_ID_HEX_LEN + 1];

  far_id_to_hex (&ledger->genesis.ledger_id, hex);
  g_snprintf (ledger->key.name, sizeof ledger->key.name, FAR_LEDGER_ORIGIN_PREFIX "%s", hex);
  memcpy (ledger->key.public_key, ledger->genesis.public_key, FAR_ED25519_KEY_LEN);
}

/* *ret_found FALSE: the tables are empty. */
static gboolean
load_genesis (FarLedger *ledger, gboolean *ret_found, GError **error)
{
  const char *path = far_db_get_path (ledger->db);
  FarGenesis *genesis = &ledger->genesis;
  g_autoptr (FarStatement) get =
    far_db_prepare (ledger->db, "SELECT seq, time_us, format, money, ledger_id, public_key"
                    " FROM ledger_genesis", error);
  FarStep step;

  if (get == NULL)
    return FALSE;
  step = far_db_step (ledger->db, get, error);
  *ret_found = step == FAR_STEP_ROW;
  if (step != FAR_STEP_ROW)
    return step == FAR_STEP_DONE;
  genesis->seq = (guint64) far_statement_get_int (get, 0);
  genesis->time_us = far_statement_get_int (get, 1);
  if (far_statement_get_int (get, 2) != FAR_LEDGER_FORMAT)
    return fail (FAR_LEDGER_ERROR_CORRUPT, path, "the ledger has another format: it was written by "
                 "another version, or its first row is damaged", error);
  genesis->format = FAR_LEDGER_FORMAT;
  genesis->money = (FarLedgerMoney) far_statement_get_int (get, 3);
  if (!far_statement_copy_blob (get, 4, genesis->ledger_id.bytes, FAR_ID_LEN) ||
      !far_statement_copy_blob (get, 5, genesis->public_key, FAR_ED25519_KEY_LEN))
    return fail (FAR_LEDGER_ERROR_CORRUPT, path, "the first row is damaged", error);
  set_identity (ledger);
  return TRUE;
}

static gboolean
load_head (FarLedger *ledger, GError **error)
{
  const char *path = far_db_get_path (ledger->db);
  FarLedgerCounts *counts = &ledger->committed;
  FarMerkleTree *tree = &ledger->tree;
  g_autoptr (FarStatement) get =
    far_db_prepare (ledger->db, "SELECT n_rows, n_transfers, n_accounts, last_time_us, frontier,"
                    " checkpoints, checkpoint_bytes, checkpoint_offset FROM ledger_head", error);
  const guint8 *frontier;
  gsize n_bytes = 0;
  FarStep step;

  if (get == NULL)
    return FALSE;
  step = far_db_step (ledger->db, get, error);
  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    return fail (FAR_LEDGER_ERROR_CORRUPT, path, "the head row is missing: restore a backup",
                 error);
  counts->n_rows = (guint64) far_statement_get_int (get, 0);
  counts->n_transfers = (guint64) far_statement_get_int (get, 1);
  counts->n_accounts = (guint64) far_statement_get_int (get, 2);
  counts->last_time_us = far_statement_get_int (get, 3);
  frontier = far_statement_get_blob (get, 4, &n_bytes);
  ledger->checkpoints.n_notes = (guint64) far_statement_get_int (get, 5);
  ledger->checkpoints.n_bytes = (guint64) far_statement_get_int (get, 6);
  ledger->checkpoints.last_offset = (guint64) far_statement_get_int (get, 7);
  ledger->head_note_bytes = ledger->checkpoints.n_bytes;

  tree->size = counts->n_rows;
  tree->n_roots = (guint) __builtin_popcountll (tree->size);
  if (tree->size == 0 || tree->size >> (FAR_MERKLE_LEVELS_MAX - 1) != 0 || frontier == NULL ||
      n_bytes != tree->n_roots * sizeof tree->roots[0])
    return fail (FAR_LEDGER_ERROR_CORRUPT, path, "the head row is damaged: verify the ledger, then "
                 "restore a backup", error);
  memcpy (tree->roots, frontier, n_bytes);
  ledger->counts = *counts;
  return TRUE;
}

/* The end of the log is where damage and lost commits show first: the last rows hash to the stored
 * frontier, and nothing stands behind them. */
static gboolean
check_end (FarLedger *ledger, GError **error)
{
  FarMerkleHash stored, hashed;
  gint64 last;
  g_autoptr (FarStatement) id_max = NULL;
  FarStep step;

  if (!far_db_query_int (ledger->db, "SELECT max ("
                         "coalesce ((SELECT max (seq) FROM ledger_transfer), 0),"
                         "coalesce ((SELECT max (seq) FROM ledger_account), 0),"
                         "coalesce ((SELECT max (seq) FROM ledger_closing), 0))", &last, error))
    return FALSE;
  if ((guint64) last + 1 != ledger->tree.size)
    {
      g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_CORRUPT,
                   "%s: the last row is %" G_GINT64_FORMAT ", the log has %" G_GUINT64_FORMAT
                   " rows: verify the ledger, then restore a backup", far_db_get_path (ledger->db),
                   last, ledger->tree.size);
      return FALSE;
    }
  far_merkle_tree_root (&ledger->tree, &stored);
  if (!far_merkle_root_at (ledger->tree.size, far_proof_lookup, ledger, &hashed, error))
    return FALSE;
  if (!far_merkle_hash_equal (&stored, &hashed))
    return fail (FAR_LEDGER_ERROR_CORRUPT, far_db_get_path (ledger->db), "the last rows do not "
                 "hash to the log: verify the ledger, then restore a backup", error);

  id_max = far_db_prepare (ledger->db, "SELECT id FROM ledger_transfer ORDER BY id DESC LIMIT 1",
                           error);
  if (id_max == NULL)
    return FALSE;
  step = far_db_step (ledger->db, id_max, error);
  if (step == FAR_STEP_ROW)
    (void) far_statement_copy_blob (id_max, 0, ledger->id_max.bytes, FAR_ID_LEN);
  return step != FAR_STEP_ERROR;
}

/* ---- creating ---- */

static gboolean
check_empty (FarLedger *ledger, const Presence *presence, GError **error)
{
  gint64 n;

  if (!far_db_query_int (ledger->db, "SELECT (SELECT count (*) FROM ledger_head) +"
                         " EXISTS (SELECT 1 FROM ledger_account) +"
                         " EXISTS (SELECT 1 FROM ledger_closing) +"
                         " EXISTS (SELECT 1 FROM ledger_transfer)", &n, error))
    return FALSE;
  if (n == 0 && !presence->keys && !presence->checkpoints)
    return TRUE;
  return fail (FAR_LEDGER_ERROR_CORRUPT, far_db_get_path (ledger->db), "the ledger's first row is "
               "missing: restore a backup; nothing was created", error);
}

/* A key that was written before a crash and that no row names is used, or replaced if torn. */
static gboolean
make_key (FarLedger *ledger, const Presence *presence, GError **error)
{
  char hex[FAR_ID_HEX_LEN + 1];

  if (presence->new_keys)
    {
      const char *id = NULL;

      if (far_keys_load (presence->new_keys_path, &ledger->key, ledger->private_key, NULL) &&
          g_str_has_prefix (ledger->key.name, FAR_LEDGER_ORIGIN_PREFIX))
        id = ledger->key.name + strlen (FAR_LEDGER_ORIGIN_PREFIX);
      if (id != NULL && far_id_parse (id, &ledger->genesis.ledger_id))
        return TRUE;
      if (unlink (presence->new_keys_path) != 0)
        return fail (FAR_LEDGER_ERROR_KEY, presence->new_keys_path, g_strerror (errno), error);
    }
  far_ledger_random (ledger, ledger->private_key, sizeof ledger->private_key);
  far_ledger_random (ledger, ledger->genesis.ledger_id.bytes, FAR_ID_LEN);
  far_id_to_hex (&ledger->genesis.ledger_id, hex);
  g_snprintf (ledger->key.name, sizeof ledger->key.name, FAR_LEDGER_ORIGIN_PREFIX "%s", hex);
  far_ed25519_public (ledger->private_key, ledger->key.public_key);
  return far_keys_write (presence->new_keys_path, &ledger->key, ledger->private_key, error);
}

static gboolean
insert_genesis (FarLedger *ledger, GError **error)
{
  const FarGenesis *genesis = &ledger->genesis;
  guint8 bytes[FAR_ROW_MAX];
  FarMerkleTree tree;
  FarStatement *insert;

  if (!far_db_exec (ledger->db, "INSERT INTO ledger_head VALUES (1, 0, 0, 0, 0, x'', 0, 0, 0)",
                    error))
    return FALSE;
  insert = far_db_prepare (ledger->db, "INSERT INTO ledger_genesis"
                           " (seq, time_us, format, money, ledger_id, public_key)"
                           " VALUES (0, ?1, ?2, ?3, ?4, ?5)", error);
  if (insert == NULL)
    return FALSE;
  far_statement_bind_int (insert, 1, genesis->time_us);
  far_statement_bind_int (insert, 2, genesis->format);
  far_statement_bind_int (insert, 3, genesis->money);
  far_statement_bind_blob (insert, 4, genesis->ledger_id.bytes, FAR_ID_LEN);
  far_statement_bind_blob (insert, 5, genesis->public_key, FAR_ED25519_KEY_LEN);
  if (!far_db_run (ledger->db, insert, error))
    return FALSE;
  far_ledger_append (ledger, bytes, far_row_write_genesis (genesis, bytes), genesis->time_us);
  far_merkle_tree_init (&tree);
  far_merkle_tree_append (&tree, &g_array_index (ledger->leaves, FarMerkleHash, 0), NULL, NULL);
  return far_ledger_write_head (ledger, &tree, error);
}

static gboolean
create (FarLedger *ledger, const Presence *presence, GError **error)
{
  FarGenesis *genesis = &ledger->genesis;

  if (!check_empty (ledger, presence, error) || !make_key (ledger, presence, error))
    return FALSE;
  genesis->seq = 0;
  genesis->time_us = MAX (1, far_clock_now_us (ledger->clock));
  genesis->format = FAR_LEDGER_FORMAT;
  genesis->money = presence->options->money;
  memcpy (genesis->public_key, ledger->key.public_key, FAR_ED25519_KEY_LEN);
  if (!far_db_begin (ledger->db, error))
    return FALSE;
  if (!insert_genesis (ledger, error))
    {
      far_db_rollback (ledger->db);
      return FALSE;
    }
  g_array_set_size (ledger->leaves, 0);
  return far_db_commit (ledger->db, error);
}

/* ---- keys ---- */

/* A crash came between the first row and the renaming. */
static gboolean
settle_first_key (const Presence *presence, GError **error)
{
  return presence->keys || !presence->new_keys ||
         far_keys_settle (presence->new_keys_path, presence->options->keys_path, error);
}

/* ---- open ---- */

/* A log that grows over several commits, as commits change the same account pages again and again
 * and each is moved into the database once; and given back to the file system after a large one. */
#define WRITER_PRAGMAS \
  "PRAGMA wal_autocheckpoint = 8192; PRAGMA journal_size_limit = 67108864"
/* Of the ledger's size at opening, which its caches begin with. */
#define MEMORY_SHARE 16

static gboolean
tune_writer (FarLedger *ledger, GError **error)
{
  gint64 n_pages, page_bytes;

  if (!far_db_exec (ledger->db, WRITER_PRAGMAS, error) ||
      !far_db_query_int (ledger->db, "PRAGMA page_count", &n_pages, error) ||
      !far_db_query_int (ledger->db, "PRAGMA page_size", &page_bytes, error))
    return FALSE;
  return far_accounts_set_memory (ledger, n_pages * page_bytes / MEMORY_SHARE, error);
}

/* A sync that failed in an earlier process may have left commits in the write-ahead log that can be
 * read, from the page cache, and never reach the disk: later syncs succeed without them, and what
 * is built on them is lost with the power. Writing the log again makes the disk hold what we read.
 * Inside a transaction, so that nobody else writes to it. */
static gboolean
settle_log (FarLedger *ledger, GError **error)
{
  g_autofree char *path = g_strconcat (far_db_get_path (ledger->db), "-wal", NULL);
  gboolean exists, ok;

  if (!far_db_begin (ledger->db, error))
    return FALSE;
  ok = far_vfs_file_exists (path, ledger->vfs, &exists, error) &&
       (!exists || far_vfs_file_rewrite (path, ledger->vfs, error));
  far_db_rollback (ledger->db);
  return ok;
}

static gboolean
open_whole (FarLedger *ledger, Presence *presence, GError **error)
{
  const FarLedgerOptions *o = presence->options;
  const gboolean writable = o->mode == FAR_LEDGER_READ_WRITE;
  gboolean found;

  if (!look (presence, error) || !open_database (ledger, presence, error))
    return FALSE;
  if (!writable && !far_db_exec (ledger->db, "BEGIN; SELECT 1 FROM ledger_head", error))
    return FALSE; /* the snapshot */
  if (!load_genesis (ledger, &found, error))
    return FALSE;
  if (!found && !writable)
    return fail (FAR_LEDGER_ERROR_CORRUPT, o->db_path, "the first row is missing", error);
  if (!found)
    {
      g_return_val_if_fail (o->money == FAR_LEDGER_MONEY_TEST || o->money == FAR_LEDGER_MONEY_LIVE,
                            FALSE);
      if (!create (ledger, presence, error))
        return FALSE;
      presence->new_keys = TRUE;
    }
  if (!load_head (ledger, error))
    return FALSE;
  if (o->money != 0 && o->money != ledger->genesis.money)
    return fail (FAR_LEDGER_ERROR_MONEY, o->db_path,
                 ledger->genesis.money == FAR_LEDGER_MONEY_LIVE
                   ? "this ledger holds live money and was opened as test money"
                   : "this ledger holds test money and was opened as live money", error);
  if (writable && (!settle_first_key (presence, error) || !settle_log (ledger, error) ||
                   !tune_writer (ledger, error)))
    return FALSE;
  if (!check_end (ledger, error) || !far_rotations_open (ledger, error) ||
      !far_checkpoints_open (ledger, error))
    return FALSE;
  if (writable && !far_rotations_settle (ledger, error))
    return FALSE;
  return !writable || ledger->checkpoints.n_notes > 0 || far_ledger_checkpoint (ledger, error);
}

FarLedger *
far_ledger_open (const FarLedgerOptions *options, FarClock *clock, GError **error)
{
  g_autoptr (FarLedger) ledger = NULL;
  g_auto (Presence) presence = { .options = options };

  g_return_val_if_fail (options != NULL && clock != NULL, NULL);
  g_return_val_if_fail (options->db_path != NULL && options->checkpoints_path != NULL, NULL);
  g_return_val_if_fail (options->keys_path != NULL, NULL);

  ledger = g_new0 (FarLedger, 1);
  ledger->checkpoints_path = g_strdup (options->checkpoints_path);
  ledger->keys_path = g_strdup (options->keys_path);
  ledger->rotations = g_array_new (FALSE, FALSE, sizeof (FarRotation));
  ledger->vfs = g_strdup (options->vfs);
  ledger->mode = options->mode;
  ledger->fill_random = options->fill_random;
  ledger->random_data = options->random_data;
  ledger->clock = far_clock_ref (clock);
  ledger->leaves = g_array_new (FALSE, FALSE, sizeof (FarMerkleHash));
  ledger->undo = g_array_new (FALSE, FALSE, sizeof (FarUndo));
  ledger->resolved = g_array_new (FALSE, FALSE, sizeof (guint64));
  ledger->epoch = 1;
  far_accounts_init (ledger);
  if (!open_whole (ledger, &presence, error))
    return NULL;
  return g_steal_pointer (&ledger);
}

FarLedger *
far_ledger_open_dir (const char *directory, FarLedgerMode mode, FarLedgerMoney money,
                     FarClock *clock, GError **error)
{
  g_autofree char *db_path = NULL;
  g_autofree char *checkpoints_path = NULL;
  g_autofree char *keys_path = NULL;
  FarLedgerOptions options = { .mode = mode, .money = money };

  g_return_val_if_fail (directory != NULL, NULL);

  if (mode == FAR_LEDGER_READ_WRITE && g_mkdir_with_parents (directory, 0700) != 0)
    {
      fail (FAR_LEDGER_ERROR_STORAGE, directory, g_strerror (errno), error);
      return NULL;
    }
  options.db_path = db_path = g_build_filename (directory, "ledger.db", NULL);
  options.checkpoints_path = checkpoints_path = g_build_filename (directory, "checkpoints", NULL);
  options.keys_path = keys_path = g_build_filename (directory, "keys", NULL);
  return far_ledger_open (&options, clock, error);
}

/* So that the head row knows the last checkpoint too, and cutting it off shows. Nothing is lost if
 * this fails: the next commit would have written the same. */
static void
note_last_checkpoint (FarLedger *ledger)
{
  if (ledger->db == NULL || ledger->mode != FAR_LEDGER_READ_WRITE || ledger->broken ||
      ledger->tree.size == 0 || ledger->checkpoints.n_bytes == ledger->head_note_bytes)
    return;
  if (far_db_begin (ledger->db, NULL) &&
      (!far_ledger_write_head (ledger, &ledger->tree, NULL) || !far_db_commit (ledger->db, NULL)))
    far_db_rollback (ledger->db);
}

void
far_ledger_close (FarLedger *ledger)
{
  if (ledger == NULL)
    return;
  far_ledger_rollback (ledger);
  note_last_checkpoint (ledger);
  /* Closing would move a log into the database that may not be on disk, and delete it. It stays as
   * it is, and the next opening writes it again: see settle_log(). */
  if (ledger->broken)
    sqlite3_db_config (far_db_get_handle (ledger->db), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  g_clear_pointer (&ledger->checkpoint_file, far_vfs_file_close);
  g_clear_pointer (&ledger->db, far_db_close);
  far_accounts_clear (ledger);
  g_clear_pointer (&ledger->leaves, g_array_unref);
  g_clear_pointer (&ledger->undo, g_array_unref);
  g_clear_pointer (&ledger->resolved, g_array_unref);
  g_clear_pointer (&ledger->clock, far_clock_unref);
  far_secret_wipe (ledger->private_key, sizeof ledger->private_key);
  g_clear_pointer (&ledger->rotations, g_array_unref);
  g_free (ledger->checkpoints_path);
  g_free (ledger->keys_path);
  g_free (ledger->vfs);
  g_free (ledger);
}

FarLedgerMoney
far_ledger_money (FarLedger *ledger)
{
  g_return_val_if_fail (ledger != NULL, 0);

  return ledger->genesis.money;
}

const char *
far_ledger_origin (FarLedger *ledger)
{
  g_return_val_if_fail (ledger != NULL, NULL);

  return ledger->key.name;
}

void
far_ledger_public_key (FarLedger *ledger, guint8 ret_public[32])
{
  g_return_if_fail (ledger != NULL);

  memcpy (ret_public, ledger->key.public_key, FAR_ED25519_KEY_LEN);
}

FarDb *
far_ledger_db (FarLedger *ledger)
{
  g_return_val_if_fail (ledger != NULL, NULL);

  return ledger->db;
}

/* ---- modules ---- */

/* FALSE as well if it is more than the caller knows. */
static gboolean
module_version (FarLedger *ledger, const char *module, guint n_known, gint64 *ret_version,
                GError **error)
{
  g_autoptr (FarStatement) get =
    far_db_prepare (ledger->db, "SELECT version FROM ledger_module WHERE name = ?1", error);
  FarStep step;

  if (get == NULL)
    return FALSE;
  far_statement_bind_text (get, 1, module);
  step = far_db_step (ledger->db, get, error);
  if (step == FAR_STEP_ERROR)
    return FALSE;
  *ret_version = step == FAR_STEP_ROW ? far_statement_get_int (get, 0) : 0;
  if (*ret_version <= n_known)
    return TRUE;
  g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NEWER, "The database %s has tables of %s "
               "in version %" G_GINT64_FORMAT ", and this Farthing knows %u; use a newer Farthing",
               far_db_get_path (ledger->db), module, *ret_version, n_known);
  return FALSE;
}

gboolean
far_ledger_knows (FarLedger *ledger, const char *module, guint n_steps, GError **error)
{
  gint64 version;

  g_return_val_if_fail (ledger != NULL && module != NULL, FALSE);

  return module_version (ledger, module, n_steps, &version, error);
}

static gboolean
run_step (FarLedger *ledger, const char *module, gint64 version, const char *sql, GError **error)
{
  FarStatement *update =
    far_db_prepare (ledger->db, "INSERT INTO ledger_module (name, version) VALUES (?1, ?2)"
                    " ON CONFLICT (name) DO UPDATE SET version = excluded.version", error);

  if (update == NULL || !far_db_exec (ledger->db, sql, error))
    return FALSE;
  far_statement_bind_text (update, 1, module);
  far_statement_bind_int (update, 2, version);
  return far_db_run (ledger->db, update, error);
}

gboolean
far_ledger_migrate (FarLedger *ledger, const char *module, const char *const *steps, guint n_steps,
                    GError **error)
{
  gint64 version;

  g_return_val_if_fail (ledger != NULL && module != NULL, FALSE);

  if (ledger->mode != FAR_LEDGER_READ_WRITE || far_db_in_transaction (ledger->db))
    return fail (FAR_LEDGER_ERROR_PROTOCOL, module, "a module migrates read-write and outside a "
                 "transaction", error);
  if (!module_version (ledger, module, n_steps, &version, error))
    return FALSE;
  for (; version < n_steps; version++)
    {
      if (!far_db_begin (ledger->db, error))
        return FALSE;
      if (!run_step (ledger, module, version + 1, steps[version], error))
        {
          far_db_rollback (ledger->db);
          return FALSE;
        }
      if (!far_db_commit (ledger->db, error))
        return FALSE;
    }
  return TRUE;
}
