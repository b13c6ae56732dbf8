/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files beside a database, through its VFS. Opened as a super-journal: the one type of file for
 * which the Unix VFS takes no locks and syncs the directory after making it.
 *
 * The VFS wants a path that ends in two NULs and lives as long as the file. */
#include "store/far-vfs-file.h"

#include <string.h>

#include "store/far-db.h"

#define PATH_MAX_BYTES 4096
#define CHUNK_MAX (64 * 1024) /* SQLite's Unix VFS writes less than 128 KiB a call */

struct _FarVfsFile {
  char         *path;
  sqlite3_file *file;
};

static gboolean
fail (int status, const char *doing, const char *path, GError **error)
{
  FarDbError code = FAR_DB_ERROR_IO;

  if ((status & 0xff) == SQLITE_FULL)
    code = FAR_DB_ERROR_FULL;
  else if ((status & 0xff) == SQLITE_CANTOPEN)
    code = FAR_DB_ERROR_MISSING;
  g_set_error (error, FAR_DB_ERROR, code, "Cannot %s %s: %s", doing, path,
               sqlite3_errstr (status));
  return FALSE;
}

static sqlite3_vfs *
find_vfs (const char *vfs_name, GError **error)
{
  sqlite3_vfs *vfs = sqlite3_vfs_find (vfs_name);

  if (vfs == NULL)
    g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_FAILED, "SQLite has no VFS named %s",
                 vfs_name != NULL ? vfs_name : "(default)");
  return vfs;
}

/* Absolute, with a second NUL behind it. */
static char *
full_path (sqlite3_vfs *vfs, const char *path, GError **error)
{
  g_autofree char *full = g_malloc0 (PATH_MAX_BYTES + 2);
  int size = MIN (vfs->mxPathname + 1, PATH_MAX_BYTES);
  int status = vfs->xFullPathname (vfs, path, size, full);

  if ((status & 0xff) != SQLITE_OK)
    {
      fail (status, "resolve", path, error);
      return NULL;
    }
  return g_steal_pointer (&full);
}

FarVfsFile *
far_vfs_file_open (const char *path, const char *vfs_name, gboolean writable, gboolean create,
                   GError **error)
{
  sqlite3_vfs *vfs = find_vfs (vfs_name, error);
  g_autofree char *full = vfs != NULL ? full_path (vfs, path, error) : NULL;
  int flags = SQLITE_OPEN_SUPER_JOURNAL;
  int out_flags = 0;
  FarVfsFile *self;
  int status;

  if (full == NULL)
    return NULL;
  flags |= writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  flags |= create ? SQLITE_OPEN_CREATE : 0;

  self = g_new0 (FarVfsFile, 1);
  self->path = g_steal_pointer (&full);
  self->file = g_malloc0 ((gsize) vfs->szOsFile);
  status = vfs->xOpen (vfs, self->path, self->file, flags, &out_flags);
  if (status == SQLITE_OK && writable && (out_flags & SQLITE_OPEN_READONLY) != 0)
    status = SQLITE_READONLY;
  if (status != SQLITE_OK)
    {
      fail (status, "open", path, error);
      far_vfs_file_close (self);
      return NULL;
    }
  return self;
}

void
far_vfs_file_close (FarVfsFile *file)
{
  if (file == NULL)
    return;
  if (file->file->pMethods != NULL)
    file->file->pMethods->xClose (file->file);
  g_free (file->file);
  g_free (file->path);
  g_free (file);
}

gboolean
far_vfs_file_exists (const char *path, const char *vfs_name, gboolean *ret_exists, GError **error)
{
  sqlite3_vfs *vfs = find_vfs (vfs_name, error);
  g_autofree char *full = vfs != NULL ? full_path (vfs, path, error) : NULL;
  int exists = 0;
  int status;

  if (full == NULL)
    return FALSE;
  status = vfs->xAccess (vfs, full, SQLITE_ACCESS_EXISTS, &exists);
  if (status != SQLITE_OK)
    return fail (status, "look for", path, error);
  /* To SQLite an empty file does not exist; to us it is one that lost its content. */
  if (exists == 0)
    {
      g_autoptr (FarVfsFile) file = far_vfs_file_open (path, vfs_name, FALSE, FALSE, NULL);

      exists = file != NULL;
    }
  *ret_exists = exists != 0;
  return TRUE;
}

gboolean
far_vfs_file_get_size (FarVfsFile *file, guint64 *ret_n_bytes, GError **error)
{
  sqlite3_int64 size = 0;
  int status = file->file->pMethods->xFileSize (file->file, &size);

  if (status != SQLITE_OK)
    return fail (status, "measure", file->path, error);
  *ret_n_bytes = (guint64) size;
  return TRUE;
}

gboolean
far_vfs_file_read (FarVfsFile *file, guint64 offset, void *buffer, gsize n_bytes, GError **error)
{
  guint8 *to = buffer;

  while (n_bytes > 0)
    {
      int n = (int) MIN (n_bytes, CHUNK_MAX);
      int status = file->file->pMethods->xRead (file->file, to, n, (sqlite3_int64) offset);

      if (status != SQLITE_OK)
        return fail (status, "read", file->path, error);
      to += n;
      offset += (guint64) n;
      n_bytes -= (gsize) n;
    }
  return TRUE;
}

gboolean
far_vfs_file_write (FarVfsFile *file, guint64 offset, const void *data, gsize n_bytes,
                    GError **error)
{
  const guint8 *from = data;

  while (n_bytes > 0)
    {
      int n = (int) MIN (n_bytes, CHUNK_MAX);
      int status = file->file->pMethods->xWrite (file->file, from, n, (sqlite3_int64) offset);

      if (status != SQLITE_OK)
        return fail (status, "write", file->path, error);
      from += n;
      offset += (guint64) n;
      n_bytes -= (gsize) n;
    }
  return TRUE;
}

gboolean
far_vfs_file_truncate (FarVfsFile *file, guint64 n_bytes, GError **error)
{
  int status = file->file->pMethods->xTruncate (file->file, (sqlite3_int64) n_bytes);

  return status == SQLITE_OK || fail (status, "cut", file->path, error);
}

gboolean
far_vfs_file_sync (FarVfsFile *file, GError **error)
{
  int status = file->file->pMethods->xSync (file->file, SQLITE_SYNC_NORMAL);

  return status == SQLITE_OK || fail (status, "sync", file->path, error);
}

gboolean
far_vfs_file_rewrite (const char *path, const char *vfs_name, GError **error)
{
  g_autoptr (FarVfsFile) file = far_vfs_file_open (path, vfs_name, TRUE, FALSE, error);
  g_autofree guint8 *buffer = g_malloc (CHUNK_MAX);
  guint64 size = 0;

  if (file == NULL || !far_vfs_file_get_size (file, &size, error))
    return FALSE;
  for (guint64 at = 0; at < size; at += CHUNK_MAX)
    {
      gsize n = (gsize) MIN (CHUNK_MAX, size - at);

      if (!far_vfs_file_read (file, at, buffer, n, error) ||
          !far_vfs_file_write (file, at, buffer, n, error))
        return FALSE;
    }
  return far_vfs_file_sync (file, error);
}
