/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The signing key and its successors. The first row of the log names the first key; each later one
 * is named by a rotation note among the checkpoints (far-checkpoint.h). The ledger's thread.
 *
 * Steps, each durable before the next: (1) the next key as keys.next, (2) the rotation note, signed
 * by both, (3) a row of signing_keys, so that the notes of rotations are found again without
 * reading all of them, (4) keys.next takes the place of keys, and the old private key is gone.
 * From (2) on only the next key signs; opening carries on from wherever a crash left it.
 *
 * signing_keys is an index: verification reads the notes, and compares. A ledger that never rotated
 * has no such table. */
#include "ledger/far-ledger-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const schema[] = {
  "CREATE TABLE signing_keys ("
  "  number INTEGER PRIMARY KEY CHECK (number > 0),"
  "  public_key BLOB NOT NULL UNIQUE CHECK (length (public_key) = 32),"
  "  note_offset INTEGER NOT NULL,"
  "  note_bytes INTEGER NOT NULL,"
  "  log_size INTEGER NOT NULL"
  ") STRICT;",
};

static gboolean
fail (FarLedgerError code, const char *path, const char *what, GError **error)
{
  g_set_error (error, FAR_LEDGER_ERROR, code, "%s: %s", path, what);
  return FALSE;
}

gboolean
far_rotations_load (FarDb *db, GArray *rotations, GError **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step;
  gint64 n;

  if (!far_db_query_int (db, "SELECT count (*) FROM sqlite_schema WHERE name = 'signing_keys'", &n,
                         error))
    return FALSE;
  if (n == 0)
    return TRUE;
  row = far_db_prepare (db, "SELECT public_key, note_offset, note_bytes, log_size"
                        " FROM signing_keys ORDER BY number", error);
  if (row == NULL)
    return FALSE;
  while ((step = far_db_step (db, row, error)) == FAR_STEP_ROW)
    {
      FarRotation rotation = {
        .offset = (guint64) far_statement_get_int (row, 1),
        .n_bytes = (guint64) far_statement_get_int (row, 2),
        .size = (guint64) far_statement_get_int (row, 3),
      };

      if (rotations->len == FAR_LEDGER_ROTATIONS_MAX ||
          rotation.n_bytes == 0 || rotation.n_bytes > FAR_CHECKPOINT_NOTE_MAX ||
          !far_statement_copy_blob (row, 0, rotation.public_key, sizeof rotation.public_key))
        return fail (FAR_LEDGER_ERROR_CORRUPT, far_db_get_path (db), "the table of signing keys "
                     "is damaged: verify the ledger, then restore a backup", error);
      g_array_append_val (rotations, rotation);
    }
  return step == FAR_STEP_DONE;
}

/* The key that signs now, as far as the database knows. */
gboolean
far_rotations_open (FarLedger *ledger, GError **error)
{
  if (!far_rotations_load (ledger->db, ledger->rotations, error))
    return FALSE;
  ledger->n_rotations_stored = ledger->rotations->len;
  if (ledger->rotations->len > 0)
    memcpy (ledger->key.public_key,
            g_array_index (ledger->rotations, FarRotation, ledger->rotations->len - 1).public_key,
            sizeof ledger->key.public_key);
  return TRUE;
}

static gboolean
insert_rotation (FarLedger *ledger, guint number, const FarRotation *rotation, GError **error)
{
  FarStatement *insert =
    far_db_prepare (ledger->db, "INSERT INTO signing_keys VALUES (?1, ?2, ?3, ?4, ?5)", error);

  if (insert == NULL)
    return FALSE;
  far_statement_bind_int (insert, 1, number);
  far_statement_bind_blob (insert, 2, rotation->public_key, sizeof rotation->public_key);
  far_statement_bind_int (insert, 3, (gint64) rotation->offset);
  far_statement_bind_int (insert, 4, (gint64) rotation->n_bytes);
  far_statement_bind_int (insert, 5, (gint64) rotation->size);
  return far_db_run (ledger->db, insert, error);
}

/* Rows of rotations that only the checkpoint file knows, and the head that knows their notes. */
static gboolean
store_rotations (FarLedger *ledger, GError **error)
{
  if (ledger->n_rotations_stored == ledger->rotations->len)
    return TRUE;
  if (!far_ledger_migrate (ledger, "signing-keys", schema, G_N_ELEMENTS (schema), error) ||
      !far_db_begin (ledger->db, error))
    return FALSE;
  for (guint i = ledger->n_rotations_stored; i < ledger->rotations->len; i++)
    if (!insert_rotation (ledger, i + 1, &g_array_index (ledger->rotations, FarRotation, i),
                          error))
      {
        far_db_rollback (ledger->db);
        return FALSE;
      }
  if (!far_ledger_write_head (ledger, &ledger->tree, error))
    {
      far_db_rollback (ledger->db);
      return FALSE;
    }
  if (!far_db_commit (ledger->db, error))
    return FALSE;
  ledger->n_rotations_stored = ledger->rotations->len;
  ledger->head_note_bytes = ledger->checkpoints.n_bytes;
  return TRUE;
}

static char *
next_path (FarLedger *ledger)
{
  return g_strconcat (ledger->keys_path, ".next", NULL);
}

static gboolean
is_current (FarLedger *ledger, const FarCheckpointKey *key)
{
  return strcmp (key->name, ledger->key.name) == 0 &&
         memcmp (key->public_key, ledger->key.public_key, sizeof key->public_key) == 0;
}

/* Read-write, once the checkpoints are read and the current key is known: its private half. */
gboolean
far_rotations_settle (FarLedger *ledger, GError **error)
{
  g_autofree char *path = next_path (ledger);
  FarCheckpointKey key;

  if (!far_keys_load (ledger->keys_path, &key, ledger->private_key, error))
    return FALSE;
  if (!is_current (ledger, &key))
    {
      /* The crash came between the note and the renaming. */
      if (!far_keys_load (path, &key, ledger->private_key, NULL) || !is_current (ledger, &key))
        return fail (FAR_LEDGER_ERROR_KEY, ledger->keys_path, "this is another ledger's key, or "
                     "one that was replaced: restore the one that belongs to this database",
                     error);
      if (!store_rotations (ledger, error) || !far_keys_replace (path, ledger->keys_path, error))
        return FALSE;
    }
  else if (!store_rotations (ledger, error))
    return FALSE;
  /* A next key that no note names was never used. */
  if (unlink (path) != 0 && errno != ENOENT)
    return fail (FAR_LEDGER_ERROR_KEY, path, g_strerror (errno), error);
  return TRUE;
}

static gboolean
make_next_key (FarLedger *ledger, const char *path, FarCheckpointKey *ret_key,
               guint8 ret_private_key[FAR_ED25519_KEY_LEN], GError **error)
{
  if (unlink (path) != 0 && errno != ENOENT)
    return fail (FAR_LEDGER_ERROR_KEY, path, g_strerror (errno), error);
  *ret_key = ledger->key;
  far_ledger_random (ledger, ret_private_key, FAR_ED25519_KEY_LEN);
  far_ed25519_public (ret_private_key, ret_key->public_key);
  return far_keys_write (path, ret_key, ret_private_key, error);
}

gboolean
far_ledger_rotate_key (FarLedger *ledger, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *note = NULL;
  guint8 private_key[FAR_ED25519_KEY_LEN];
  FarCheckpoint checkpoint = { 0 };
  FarCheckpointKey key;
  FarRotation rotation = { 0 };

  g_return_val_if_fail (ledger != NULL, FALSE);

  if (ledger->broken || ledger->mode != FAR_LEDGER_READ_WRITE ||
      far_db_in_transaction (ledger->db))
    return fail (ledger->broken ? FAR_LEDGER_ERROR_BROKEN : FAR_LEDGER_ERROR_PROTOCOL,
                 ledger->keys_path, "only a ledger that is open read-write, whole and outside a "
                 "transaction can take another key", error);
  if (ledger->rotations->len == FAR_LEDGER_ROTATIONS_MAX)
    return fail (FAR_LEDGER_ERROR_LIMIT, ledger->keys_path, "the key was replaced as often as it "
                 "may be", error);
  path = next_path (ledger);
  if (!make_next_key (ledger, path, &key, private_key, error))
    return FALSE;

  far_checkpoint_fill (ledger, &checkpoint);
  note = far_checkpoint_sign_rotation (&checkpoint, &ledger->key, ledger->private_key, &key,
                                       private_key);
  rotation.offset = ledger->checkpoints.n_bytes;
  rotation.n_bytes = strlen (note);
  rotation.size = checkpoint.size;
  memcpy (rotation.public_key, key.public_key, sizeof rotation.public_key);
  /* From here on the note may be on disk: who fails must open again, and look. */
  ledger->broken = TRUE;
  if (!far_checkpoints_append (ledger, note, checkpoint.size, error))
    return FALSE;
  ledger->broken = FALSE;
  ledger->key = key;
  memcpy (ledger->private_key, private_key, sizeof private_key);
  far_secret_wipe (private_key, sizeof private_key);
  g_array_append_val (ledger->rotations, rotation);
  if (store_rotations (ledger, error) && far_keys_replace (path, ledger->keys_path, error))
    return TRUE;
  ledger->broken = TRUE;
  return FALSE;
}

void
far_ledger_first_key (FarLedger *ledger, guint8 ret_public[FAR_ED25519_KEY_LEN])
{
  g_return_if_fail (ledger != NULL && ret_public != NULL);

  memcpy (ret_public, ledger->genesis.public_key, FAR_ED25519_KEY_LEN);
}

char *
far_ledger_rotations (FarLedger *ledger, GError **error)
{
  GString *notes;

  g_return_val_if_fail (ledger != NULL, NULL);

  notes = g_string_new (NULL);
  for (guint i = 0; i < ledger->rotations->len; i++)
    {
      const FarRotation *rotation = &g_array_index (ledger->rotations, FarRotation, i);
      char note[FAR_CHECKPOINT_NOTE_MAX];

      if (!far_vfs_file_read (ledger->checkpoint_file, rotation->offset, note,
                              (gsize) rotation->n_bytes, error))
        {
          g_string_free (notes, TRUE);
          return NULL;
        }
      g_string_append_len (notes, note, (gssize) rotation->n_bytes);
    }
  return g_string_free (notes, FALSE);
}
