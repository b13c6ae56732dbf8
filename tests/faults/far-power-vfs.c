/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SQLite side of the disk: files, locks and shared memory for connections of one process. */
#include "far-power-disk-private.h"

#include <string.h>

#define NAME "farthing-power"

/* ---- file methods ---- */

static int
power_close (sqlite3_file *base)
{
  PowerHandle *handle = (PowerHandle *) base;

  if (base->pMethods->xUnlock != NULL)
    base->pMethods->xUnlock (base, SQLITE_LOCK_NONE);
  power_file_unref (handle->file);
  base->pMethods = NULL;
  return SQLITE_OK;
}

static int
power_read (sqlite3_file *base, void *buffer, int n_bytes, sqlite3_int64 offset)
{
  const GByteArray *bytes = ((PowerHandle *) base)->file->current;
  gint64 there = CLAMP ((gint64) bytes->len - offset, 0, n_bytes);

  if (power_disk.cut)
    return SQLITE_IOERR_READ;
  if (there > 0)
    memcpy (buffer, bytes->data + offset, (gsize) there);
  memset ((guint8 *) buffer + there, 0, (gsize) (n_bytes - there));
  return there == n_bytes ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
change (sqlite3_file *base, PowerOp op, int error)
{
  PowerFile *file = ((PowerHandle *) base)->file;
  gboolean done;
  gboolean holds = power_holds (&done);

  if (holds && power_fails (!op.truncates, &done))
    {
      holds = FALSE;
      error = power_disk.fail_code == SQLITE_FULL ? SQLITE_FULL : error;
    }
  if (!holds && !done)
    {
      power_op_clear (&op);
      return error;
    }
  power_op_apply (file->current, &op);
  g_array_append_val (file->ops, op);
  return holds ? SQLITE_OK : error;
}

static int
power_write (sqlite3_file *base, const void *data, int n_bytes, sqlite3_int64 offset)
{
  PowerOp op = { .offset = offset, .data = g_memdup2 (data, (gsize) n_bytes), .n_bytes = n_bytes };

  return change (base, op, SQLITE_IOERR_WRITE);
}

static int
power_truncate (sqlite3_file *base, sqlite3_int64 length)
{
  PowerOp op = { .truncates = TRUE, .offset = length };

  return change (base, op, SQLITE_IOERR_TRUNCATE);
}

static int
power_sync (sqlite3_file *base, int flags)
{
  PowerHandle *handle = (PowerHandle *) base;
  PowerFile *file = handle->file;
  gboolean done;
  gboolean holds = power_holds (&done);

  power_disk.n_syncs++;
  if (!holds && !done)
    return SQLITE_IOERR_FSYNC;
  if (holds && power_fails (FALSE, &done))
    {
      if (done)
        g_array_set_size (file->ops, 0);
      return SQLITE_IOERR_FSYNC;
    }
  if (g_strcmp0 (power_disk.ignored, file->name) == 0)
    return holds ? SQLITE_OK : SQLITE_IOERR_FSYNC;
  for (guint i = 0; i < file->ops->len; i++)
    power_op_apply (file->durable, &g_array_index (file->ops, PowerOp, i));
  g_array_set_size (file->ops, 0);
  if (handle->syncs_directory)
    power_sync_directory ();
  handle->syncs_directory = FALSE;
  return holds ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int
power_file_size (sqlite3_file *base, sqlite3_int64 *ret_size)
{
  *ret_size = ((PowerHandle *) base)->file->current->len;
  return power_disk.cut ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int
power_lock (sqlite3_file *base, int level)
{
  PowerHandle *handle = (PowerHandle *) base;
  PowerFile *file = handle->file;

  if (level <= handle->lock)
    return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED)
    {
      if (file->exclusive != NULL)
        return SQLITE_BUSY;
      file->n_shared++;
    }
  else
    {
      if (file->reserved != NULL && file->reserved != handle)
        return SQLITE_BUSY;
      if (level == SQLITE_LOCK_EXCLUSIVE && file->n_shared > 1)
        return SQLITE_BUSY;
      file->reserved = handle;
      if (level == SQLITE_LOCK_EXCLUSIVE)
        file->exclusive = handle;
    }
  handle->lock = level;
  return SQLITE_OK;
}

static int
power_unlock (sqlite3_file *base, int level)
{
  PowerHandle *handle = (PowerHandle *) base;
  PowerFile *file = handle->file;

  if (level >= handle->lock)
    return SQLITE_OK;
  if (file->exclusive == handle)
    file->exclusive = NULL;
  if (file->reserved == handle)
    file->reserved = NULL;
  if (level == SQLITE_LOCK_NONE)
    file->n_shared--;
  handle->lock = level;
  return SQLITE_OK;
}

static int
power_check_reserved (sqlite3_file *base, int *ret_held)
{
  *ret_held = ((PowerHandle *) base)->file->reserved != NULL;
  return SQLITE_OK;
}

static int
power_control (sqlite3_file *base, int op, void *arg)
{
  return SQLITE_NOTFOUND;
}

static int
power_sector_size (sqlite3_file *base)
{
  return POWER_SECTOR;
}

static int
power_characteristics (sqlite3_file *base)
{
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ---- shared memory ---- */

static int
power_shm_map (sqlite3_file *base, int region, int size, int extend, void volatile **ret_memory)
{
  PowerHandle *handle = (PowerHandle *) base;
  PowerFile *file = handle->file;

  if (!handle->shm_mapped)
    {
      handle->shm_mapped = TRUE;
      file->shm_users++;
    }
  *ret_memory = NULL;
  while (extend && file->shm->len <= (guint) region)
    g_ptr_array_add (file->shm, g_malloc0 ((gsize) size));
  if (file->shm->len > (guint) region)
    *ret_memory = g_ptr_array_index (file->shm, region);
  return SQLITE_OK;
}

static int
power_shm_lock (sqlite3_file *base, int first, int n, int flags)
{
  PowerHandle *handle = (PowerHandle *) base;
  PowerFile *file = handle->file;

  for (int i = first; i < first + n && (flags & SQLITE_SHM_LOCK) != 0; i++)
    {
      gboolean others_share = file->shm_shared[i] > handle->shm_shared[i];

      if (file->shm_exclusive[i] != NULL && file->shm_exclusive[i] != handle)
        return SQLITE_BUSY;
      if ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && others_share)
        return SQLITE_BUSY;
    }
  for (int i = first; i < first + n; i++)
    switch (flags)
      {
      case SQLITE_SHM_LOCK | SQLITE_SHM_SHARED:
        file->shm_shared[i] += handle->shm_shared[i] == 0;
        handle->shm_shared[i] = 1;
        break;
      case SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE:
        file->shm_exclusive[i] = handle;
        break;
      case SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED:
        file->shm_shared[i] -= handle->shm_shared[i];
        handle->shm_shared[i] = 0;
        break;
      default:
        if (file->shm_exclusive[i] == handle)
          file->shm_exclusive[i] = NULL;
        break;
      }
  return SQLITE_OK;
}

static void
power_shm_barrier (sqlite3_file *base)
{
}

static int
power_shm_unmap (sqlite3_file *base, int delete_it)
{
  PowerHandle *handle = (PowerHandle *) base;
  PowerFile *file = handle->file;

  power_shm_lock (base, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
  power_shm_lock (base, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
  if (handle->shm_mapped && --file->shm_users == 0 && delete_it)
    g_ptr_array_set_size (file->shm, 0);
  handle->shm_mapped = FALSE;
  return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = power_close,
  .xRead = power_read,
  .xWrite = power_write,
  .xTruncate = power_truncate,
  .xSync = power_sync,
  .xFileSize = power_file_size,
  .xLock = power_lock,
  .xUnlock = power_unlock,
  .xCheckReservedLock = power_check_reserved,
  .xFileControl = power_control,
  .xSectorSize = power_sector_size,
  .xDeviceCharacteristics = power_characteristics,
  .xShmMap = power_shm_map,
  .xShmLock = power_shm_lock,
  .xShmBarrier = power_shm_barrier,
  .xShmUnmap = power_shm_unmap,
};

/* ---- the VFS ---- */

static int
power_open (sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *ret_flags)
{
  const int log_types = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
  PowerHandle *handle = (PowerHandle *) base;
  PowerFile *file = name != NULL ? g_hash_table_lookup (power_disk.files, name) : NULL;

  memset (handle, 0, sizeof *handle);
  if (power_disk.cut)
    return SQLITE_IOERR;
  if (file == NULL)
    {
      if ((flags & SQLITE_OPEN_CREATE) == 0)
        return SQLITE_CANTOPEN;
      file = power_file_new (name != NULL ? name : "(temporary)");
      if (name != NULL)
        g_hash_table_insert (power_disk.files, file->name, file);
      else
        file->ref_count = 0;
    }
  if (name != NULL && !file->named)
    {
      PowerOp op = { .recreates = TRUE };

      if ((flags & SQLITE_OPEN_CREATE) == 0)
        return SQLITE_CANTOPEN;
      if (file->durable_named)
        g_array_append_val (file->ops, op);
      file->named = TRUE;
      handle->syncs_directory = (flags & log_types) != 0;
    }
  file->ref_count++;
  handle->file = file;
  handle->base.pMethods = &methods;
  if (ret_flags != NULL)
    *ret_flags = flags;
  return SQLITE_OK;
}

/* A deletion without a directory sync may be undone by the power going: then the file is back as it
 * was. So the file stays on the disk, unnamed. */
static int
power_delete (sqlite3_vfs *vfs, const char *name, int sync_it)
{
  PowerFile *file = g_hash_table_lookup (power_disk.files, name);
  gboolean done;
  gboolean holds = power_holds (&done);

  if (holds && power_fails (FALSE, &done))
    holds = FALSE;
  if (!holds && !done)
    return SQLITE_IOERR_DELETE;
  if (file == NULL || !file->named)
    return holds ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
  file->named = FALSE;
  g_byte_array_set_size (file->current, 0);
  g_array_set_size (file->ops, 0);
  if (sync_it)
    power_sync_directory ();
  return holds ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

static int
power_access (sqlite3_vfs *vfs, const char *name, int flags, int *ret_there)
{
  const PowerFile *file = g_hash_table_lookup (power_disk.files, name);

  *ret_there = file != NULL && file->named;
  return power_disk.cut ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int
power_full_name (sqlite3_vfs *vfs, const char *name, int size, char *ret_full)
{
  return g_strlcpy (ret_full, name, (gsize) size) < (gsize) size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static sqlite3_vfs power_vfs = {
  .iVersion = 1,
  .szOsFile = sizeof (PowerHandle),
  .mxPathname = 512,
  .zName = NAME,
  .xOpen = power_open,
  .xDelete = power_delete,
  .xAccess = power_access,
  .xFullPathname = power_full_name,
};

static int
fixed_randomness (sqlite3_vfs *vfs, int n_bytes, char *buffer)
{
  FarRng rng;

  /* SQLite seeds its own generator with this once: the same in every run. */
  far_rng_init (&rng, 4, 4);
  for (int i = 0; i < n_bytes; i++)
    buffer[i] = (char) far_rng_below (&rng, 256);
  return n_bytes;
}

static int
no_sleep (sqlite3_vfs *vfs, int microseconds)
{
  return microseconds;
}

static int
fixed_time (sqlite3_vfs *vfs, double *ret_days)
{
  *ret_days = 2461000.5;
  return SQLITE_OK;
}

static int
last_error (sqlite3_vfs *vfs, int size, char *buffer)
{
  return 0;
}

void
power_disk_init (void)
{
  if (power_disk.files != NULL)
    return;
  power_disk.files = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                            (GDestroyNotify) power_file_unref);
  power_vfs.xRandomness = fixed_randomness;
  power_vfs.xSleep = no_sleep;
  power_vfs.xCurrentTime = fixed_time;
  power_vfs.xGetLastError = last_error;
  g_assert_cmpint (sqlite3_vfs_register (&power_vfs, 0), ==, SQLITE_OK);
}

const char *
power_disk_vfs (void)
{
  return NAME;
}
