/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each file has its durable content, its current content (what the running programs see), and the
 * list of writes and truncations that lie between the two. A sync moves the list into the durable
 * content. When the power goes, a seed chooses for each file what of the list survives:
 *
 *   nothing · everything · the first writes, the last of them torn · any subset of the writes ·
 *   any subset of their sectors · any subset of their sectors, some of them garbage
 *
 * As files are decided by themselves, writes are reordered across files too. Bytes outside a write
 * are never harmed (SQLite assumes that: "powersafe overwrite"), nor are those that are written
 * over with what they are already.
 *
 * Names are durable once the directory is synced, all of them together. SQLite's Unix VFS does that
 * at the first sync of a new log or journal, and at deletions that ask for it; so does this one. */
#include "far-power-disk-private.h"

#include <string.h>

PowerDisk power_disk;

/* ---- files ---- */

void
power_op_clear (gpointer data)
{
  g_free (((PowerOp *) data)->data);
}

void
power_file_unref (PowerFile *file)
{
  if (--file->ref_count > 0)
    return;
  g_free (file->name);
  g_byte_array_unref (file->current);
  g_byte_array_unref (file->durable);
  g_array_unref (file->ops);
  g_ptr_array_unref (file->shm);
  g_free (file);
}

PowerFile *
power_file_new (const char *name)
{
  PowerFile *file = g_new0 (PowerFile, 1);

  file->ref_count = 1;
  file->name = g_strdup (name);
  file->current = g_byte_array_new ();
  file->durable = g_byte_array_new ();
  file->ops = g_array_new (FALSE, FALSE, sizeof (PowerOp));
  g_array_set_clear_func (file->ops, power_op_clear);
  file->shm = g_ptr_array_new_with_free_func (g_free);
  return file;
}

static void
set_length (GByteArray *bytes, gsize length)
{
  gsize before = bytes->len;

  g_byte_array_set_size (bytes, (guint) length);
  if (length > before)
    memset (bytes->data + before, 0, length - before);
}

static void
put (GByteArray *bytes, gint64 offset, const guint8 *data, gint n_bytes)
{
  if (bytes->len < (gsize) (offset + n_bytes))
    set_length (bytes, (gsize) (offset + n_bytes));
  memcpy (bytes->data + offset, data, (gsize) n_bytes);
}

void
power_op_apply (GByteArray *bytes, const PowerOp *op)
{
  if (op->recreates)
    set_length (bytes, 0);
  else if (op->truncates)
    set_length (bytes, (gsize) op->offset);
  else
    put (bytes, op->offset, op->data, op->n_bytes);
}

/* ---- losing power ---- */

void
power_sync_directory (void)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, power_disk.files);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      PowerFile *file = value;

      file->durable_named = file->named;
      if (!file->named)
        set_length (file->durable, 0);
    }
}

gboolean
power_holds (gboolean *ret_done)
{
  *ret_done = FALSE;
  if (power_disk.cut)
    return FALSE;
  power_disk.n_ops++;
  if (power_disk.cut_at == 0 || --power_disk.cut_at > 0)
    return TRUE;
  power_disk.cut = TRUE;
  *ret_done = far_rng_below (&power_disk.rng, 2) == 0;
  return FALSE;
}

gboolean
power_fails (gboolean is_write, gboolean *ret_done)
{
  *ret_done = FALSE;
  if (power_disk.fail_left == 0 || (power_disk.fail_code == SQLITE_FULL && !is_write))
    return FALSE;
  if (power_disk.fail_in > 0)
    {
      power_disk.fail_in--;
      return FALSE;
    }
  power_disk.fail_left--;
  power_disk.n_failures++;
  *ret_done = power_disk.fail_code != SQLITE_FULL && far_rng_below (&power_disk.rng, 2) == 0;
  return TRUE;
}

/* A sector that was being written and is neither old nor new: noise, where old and new differ. */
static void
put_noise (GByteArray *bytes, gint64 at, const guint8 *data, gint n_bytes)
{
  for (gint i = 0; i < n_bytes; i++)
    {
      guint8 noise = (guint8) far_rng_below (&power_disk.rng, 256);

      if (bytes->len <= (gsize) (at + i) || bytes->data[at + i] != data[i])
        put (bytes, at + i, &noise, 1);
    }
}

/* Some sectors of a write, the sectors being those of the disk. */
static void
apply_sectors (GByteArray *bytes, const PowerOp *op, gboolean garbage)
{
  gint64 at = op->offset;

  while (at < op->offset + op->n_bytes)
    {
      gint64 end = MIN ((at / POWER_SECTOR + 1) * POWER_SECTOR, op->offset + op->n_bytes);
      guint fate = far_rng_below (&power_disk.rng, garbage ? 5 : 2);

      if (fate == 4)
        put_noise (bytes, at, op->data + (at - op->offset), (gint) (end - at));
      else if (fate % 2 == 0)
        put (bytes, at, op->data + (at - op->offset), (gint) (end - at));
      at = end;
    }
}

static void
survive_prefix (PowerFile *file)
{
  guint n = far_rng_below (&power_disk.rng, file->ops->len + 1);

  /* A write that is torn keeps whole sectors. */
  for (guint i = 0; i < n; i++)
    power_op_apply (file->durable, &g_array_index (file->ops, PowerOp, i));
  if (n < file->ops->len)
    {
      PowerOp torn = g_array_index (file->ops, PowerOp, n);

      if (torn.truncates)
        return;
      torn.n_bytes = (gint) far_rng_below (&power_disk.rng, (guint32) torn.n_bytes + 1);
      torn.n_bytes -= (gint) ((torn.offset + torn.n_bytes) % POWER_SECTOR);
      if (torn.n_bytes > 0)
        power_op_apply (file->durable, &torn);
    }
}

static void
survive (PowerFile *file)
{
  guint fate = far_rng_below (&power_disk.rng, 6);

  /* The name of a new or deleted file may or may not have got there; if a new one's did not, the
   * one that was there before is back, and nothing of the new one. */
  if (file->named != file->durable_named && far_rng_below (&power_disk.rng, 2) == 0)
    file->durable_named = file->named;
  if (file->ops->len > 0 && g_array_index (file->ops, PowerOp, 0).recreates)
    {
      if (far_rng_below (&power_disk.rng, 2) == 0)
        return;
      set_length (file->durable, 0);
      g_array_remove_index (file->ops, 0);
    }
  if (fate == 2)
    survive_prefix (file);
  for (guint i = 0; i < file->ops->len && fate != 0 && fate != 2; i++)
    {
      const PowerOp *op = &g_array_index (file->ops, PowerOp, i);

      if (fate == 1 || ((fate == 3 || op->truncates) && far_rng_below (&power_disk.rng, 2) == 0))
        power_op_apply (file->durable, op);
      else if (fate >= 4 && !op->truncates)
        apply_sectors (file->durable, op, fate == 5);
    }
}

void
power_disk_reboot (void)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, power_disk.files);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      PowerFile *file = value;

      g_assert_cmpint (file->ref_count, ==, 1); /* closed */
      survive (file);
      g_array_set_size (file->ops, 0);
      g_byte_array_set_size (file->current, 0);
      g_byte_array_append (file->current, file->durable->data, file->durable->len);
      file->named = file->durable_named;
      g_ptr_array_set_size (file->shm, 0);
      if (!file->named)
        g_hash_table_iter_remove (&iter);
    }
  power_disk.cut = FALSE;
  power_disk.cut_at = 0;
}

void
power_disk_kill (void)
{
  power_disk.cut = TRUE;
}

void
power_disk_revive (void)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, power_disk.files);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      PowerFile *file = value;

      g_assert_cmpint (file->ref_count, ==, 1); /* closed */
      g_ptr_array_set_size (file->shm, 0);
    }
  power_disk.cut = FALSE;
}

void
power_disk_cut_at (guint64 n, guint64 seed)
{
  power_disk.cut_at = n;
  far_rng_init (&power_disk.rng, seed, 77);
}

void
power_disk_fail_at (guint64 n, guint64 count, int code, guint64 seed)
{
  power_disk.fail_in = n - 1;
  power_disk.fail_left = count;
  power_disk.fail_code = code;
  far_rng_init (&power_disk.rng, seed, 78);
}

guint64
power_disk_failures (void)
{
  return power_disk.n_failures;
}

void
power_disk_ignore_syncs_of (const char *name)
{
  power_disk.ignored = name;
}

gboolean
power_disk_is_cut (void)
{
  return power_disk.cut;
}

guint64
power_disk_ops (void)
{
  return power_disk.n_ops;
}

guint64
power_disk_syncs (void)
{
  return power_disk.n_syncs;
}

void
power_disk_format (void)
{
  g_hash_table_remove_all (power_disk.files);
  power_disk.cut = FALSE;
  power_disk.cut_at = 0;
  power_disk.n_ops = 0;
  power_disk.n_syncs = 0;
  power_disk.fail_left = 0;
  power_disk.n_failures = 0;
}
