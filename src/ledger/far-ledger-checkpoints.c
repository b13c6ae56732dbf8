/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checkpoint file: signed notes, one behind the other, outside the database and only ever
 * appended to. The ledger's thread.
 *
 * A note is written after the commit it signs and synced before it counts, so the file never knows
 * more than the database, and a database that knows less than the file was rolled back. The head
 * row remembers how much of the file was synced: up to there a damaged byte is damage; behind it,
 * at most one note that a power cut tore, which is cut off. */
#include "ledger/far-ledger-private.h"

#include <string.h>

/* What may stand behind the last note that the head row knows. */
#define TAIL_MAX (8 * FAR_CHECKPOINT_NOTE_MAX)

static gboolean
fail (FarLedgerError code, const char *what, const char *path, GError **error)
{
  g_set_error (error, FAR_LEDGER_ERROR, code, "%s: %s", path, what);
  return FALSE;
}

/* A change of key that the database does not know yet: the crash came before its row. */
static void
take_rotation (FarLedger *ledger, const FarCheckpoint *note, guint64 offset, gsize n_bytes)
{
  FarRotation rotation = { .offset = offset, .n_bytes = n_bytes, .size = note->size };

  memcpy (rotation.public_key, note->next_key, sizeof rotation.public_key);
  g_array_append_val (ledger->rotations, rotation);
}

/* Takes whole, rightly signed notes from what the file holds behind last_offset. */
static gsize
take_notes (FarLedger *ledger, const char *bytes, gsize n_bytes, FarCheckpoint *ret_last)
{
  FarCheckpointFile *file = &ledger->checkpoints;
  const guint64 known_bytes = file->n_bytes;
  const guint64 start = file->last_offset;
  gsize at = 0;

  while (at < n_bytes)
    {
      gsize len = far_checkpoint_note_length (bytes + at, n_bytes - at);
      FarCheckpointKey key = ledger->key;

      if (len == 0 || !far_checkpoint_follow (bytes + at, len, &key, ret_last, NULL))
        break;
      if (memcmp (key.public_key, ledger->key.public_key, sizeof key.public_key) != 0)
        {
          if (ledger->rotations->len == FAR_LEDGER_ROTATIONS_MAX)
            break;
          take_rotation (ledger, ret_last, start + at, len);
          ledger->key = key;
        }
      file->last_offset = start + at;
      file->last_size = ret_last->size;
      at += len;
      if (start + at > known_bytes)
        {
          file->n_notes++;
          file->n_bytes = start + at;
        }
    }
  return at;
}

/* The last checkpoint must be of a prefix of this very log. */
static gboolean
check_last (FarLedger *ledger, const FarCheckpoint *last, GError **error)
{
  FarMerkleHash root;

  if (last->size > ledger->tree.size)
    {
      g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_ROLLED_BACK,
                   "%s: the last checkpoint is of %" G_GUINT64_FORMAT " rows, the database has %"
                   G_GUINT64_FORMAT ": commits were lost or an old copy put in place; restore the "
                   "newest backup", ledger->checkpoints_path, last->size, ledger->tree.size);
      return FALSE;
    }
  if (!far_merkle_root_at (last->size, far_proof_lookup, ledger, &root, error))
    return FALSE;
  return far_merkle_hash_equal (&root, &last->root) ||
         fail (FAR_LEDGER_ERROR_ROLLED_BACK,
               "the last checkpoint contradicts the database: rows were rewritten; verify the "
               "ledger", ledger->checkpoints_path, error);
}

/* Makes sure of what stands behind the last note that the head row knows: whole notes are written
 * again, as a sync that failed may have left them in the page cache only; the rest is cut off. */
static gboolean
settle_tail (FarLedger *ledger, const char *bytes, gsize n_bytes, GError **error)
{
  const guint64 start = ledger->checkpoints.n_bytes - n_bytes;

  return far_vfs_file_write (ledger->checkpoint_file, start, bytes, n_bytes, error) &&
         far_vfs_file_truncate (ledger->checkpoint_file, start + n_bytes, error) &&
         far_vfs_file_sync (ledger->checkpoint_file, error);
}

static gboolean
read_tail (FarLedger *ledger, GError **error)
{
  FarCheckpointFile *file = &ledger->checkpoints;
  const guint64 known_bytes = file->n_bytes;
  const guint64 start = file->last_offset;
  g_autofree char *bytes = NULL;
  FarCheckpoint last = { 0 };
  guint64 size;
  gsize n, taken;

  if (!far_vfs_file_get_size (ledger->checkpoint_file, &size, error))
    return FALSE;
  if (size < known_bytes)
    return fail (FAR_LEDGER_ERROR_CORRUPT, "checkpoints were cut off: restore the file from a "
                 "backup", ledger->checkpoints_path, error);
  if (size - start > TAIL_MAX || start > known_bytes)
    return fail (FAR_LEDGER_ERROR_CORRUPT, "more stands behind the last known checkpoint than the "
                 "ledger ever writes: restore the file from a backup", ledger->checkpoints_path,
                 error);
  n = (gsize) (size - start);
  bytes = g_malloc (n + 1);
  if (!far_vfs_file_read (ledger->checkpoint_file, start, bytes, n, error))
    return FALSE;
  taken = take_notes (ledger, bytes, n, &last);
  if (start + taken < known_bytes)
    return fail (FAR_LEDGER_ERROR_CORRUPT, "the last checkpoint was changed: restore the file from "
                 "a backup", ledger->checkpoints_path, error);
  if (n - taken > FAR_CHECKPOINT_NOTE_MAX)
    return fail (FAR_LEDGER_ERROR_CORRUPT, "what stands behind the last checkpoint is none: "
                 "restore the file from a backup", ledger->checkpoints_path, error);
  if (ledger->mode == FAR_LEDGER_READ_WRITE && size > known_bytes &&
      !settle_tail (ledger, bytes, taken, error))
    return FALSE;
  return file->n_notes == 0 || check_last (ledger, &last, error);
}

gboolean
far_checkpoints_open (FarLedger *ledger, GError **error)
{
  const gboolean writable = ledger->mode == FAR_LEDGER_READ_WRITE;
  gboolean exists;

  if (!far_vfs_file_exists (ledger->checkpoints_path, ledger->vfs, &exists, error))
    return FALSE;
  if (!exists && ledger->checkpoints.n_notes > 0)
    return fail (FAR_LEDGER_ERROR_MISSING, "the checkpoints are missing: restore the file from a "
                 "backup", ledger->checkpoints_path, error);
  if (!exists && !writable)
    return TRUE;
  ledger->checkpoint_file = far_vfs_file_open (ledger->checkpoints_path, ledger->vfs, writable,
                                               writable && !exists, error);
  return ledger->checkpoint_file != NULL && read_tail (ledger, error);
}

static gboolean
append_note (FarLedger *ledger, const char *note, gsize n_bytes, GError **error)
{
  FarCheckpointFile *file = &ledger->checkpoints;
  guint64 size;

  if (!far_vfs_file_get_size (ledger->checkpoint_file, &size, error))
    return FALSE;
  g_assert (size >= file->n_bytes);
  /* What an append that failed may have left. */
  if (size > file->n_bytes &&
      !far_vfs_file_truncate (ledger->checkpoint_file, file->n_bytes, error))
    return FALSE;
  return far_vfs_file_write (ledger->checkpoint_file, file->n_bytes, note, n_bytes, error) &&
         far_vfs_file_sync (ledger->checkpoint_file, error);
}

gboolean
far_checkpoints_append (FarLedger *ledger, const char *note, guint64 size, GError **error)
{
  FarCheckpointFile *file = &ledger->checkpoints;
  const gsize n = strlen (note);

  g_assert (n <= FAR_CHECKPOINT_NOTE_MAX);
  if (!append_note (ledger, note, n, error))
    return FALSE;
  file->last_offset = file->n_bytes;
  file->last_size = size;
  file->n_bytes += n;
  file->n_notes++;
  return TRUE;
}

void
far_checkpoint_fill (FarLedger *ledger, FarCheckpoint *ret_checkpoint)
{
  memset (ret_checkpoint, 0, sizeof *ret_checkpoint);
  g_strlcpy (ret_checkpoint->origin, ledger->key.name, sizeof ret_checkpoint->origin);
  ret_checkpoint->size = ledger->tree.size;
  ret_checkpoint->time_us = ledger->committed.last_time_us;
  far_merkle_tree_root (&ledger->tree, &ret_checkpoint->root);
}

gboolean
far_ledger_checkpoint (FarLedger *ledger, GError **error)
{
  FarCheckpoint checkpoint;
  g_autofree char *note = NULL;

  g_return_val_if_fail (ledger != NULL, FALSE);

  if (ledger->broken || ledger->mode != FAR_LEDGER_READ_WRITE ||
      far_db_in_transaction (ledger->db))
    {
      g_set_error_literal (error, FAR_LEDGER_ERROR,
                           ledger->broken ? FAR_LEDGER_ERROR_BROKEN : FAR_LEDGER_ERROR_PROTOCOL,
                           "Only a ledger that is open read-write, whole and outside a transaction "
                           "can sign a checkpoint");
      return FALSE;
    }
  if (ledger->checkpoints.n_notes > 0 && ledger->checkpoints.last_size == ledger->tree.size)
    return TRUE;

  far_checkpoint_fill (ledger, &checkpoint);
  note = far_checkpoint_sign (&checkpoint, &ledger->key, ledger->private_key);
  return far_checkpoints_append (ledger, note, checkpoint.size, error);
}

guint64
far_ledger_checkpoints (FarLedger *ledger)
{
  g_return_val_if_fail (ledger != NULL, 0);

  return ledger->checkpoints.n_notes;
}

guint64
far_ledger_checkpoint_bytes (FarLedger *ledger)
{
  g_return_val_if_fail (ledger != NULL, 0);

  return ledger->checkpoints.n_bytes;
}

char *
far_ledger_last_checkpoint (FarLedger *ledger, GError **error)
{
  const FarCheckpointFile *file;
  g_autofree char *note = NULL;
  gsize n;

  g_return_val_if_fail (ledger != NULL, NULL);

  file = &ledger->checkpoints;
  if (file->n_notes == 0)
    {
      g_set_error_literal (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND,
                           "No checkpoint was signed yet");
      return NULL;
    }
  n = (gsize) (file->n_bytes - file->last_offset);
  note = g_malloc (n + 1);
  if (!far_vfs_file_read (ledger->checkpoint_file, file->last_offset, note, n, error))
    return NULL;
  note[n] = '\0';
  return g_steal_pointer (&note);
}
