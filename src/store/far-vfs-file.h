/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plain file that grows at its end, read and written through an SQLite VFS, so that what must
 * survive together with a database is put to the same faults in tests. No locks, no caching.
 * One thread at a time. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _FarVfsFile FarVfsFile;

/* vfs_name NULL is the default VFS. Errors are of FAR_DB_ERROR: MISSING, IO, FULL. */
gboolean    far_vfs_file_exists   (const char *path, const char *vfs_name, gboolean *ret_exists,
                                   GError **error);
/* Opens for reading and, if writable, for writing; with create a missing one is made, durably once
 * far_vfs_file_sync() has returned. */
FarVfsFile *far_vfs_file_open     (const char *path, const char *vfs_name, gboolean writable,
                                   gboolean create, GError **error);
void        far_vfs_file_close    (FarVfsFile *file);
gboolean    far_vfs_file_get_size (FarVfsFile *file, guint64 *ret_n_bytes, GError **error);
/* Reads exactly n_bytes. */
gboolean    far_vfs_file_read     (FarVfsFile *file, guint64 offset, void *buffer, gsize n_bytes,
                                   GError **error);
gboolean    far_vfs_file_write    (FarVfsFile *file, guint64 offset, const void *data,
                                   gsize n_bytes, GError **error);
gboolean    far_vfs_file_truncate (FarVfsFile *file, guint64 n_bytes, GError **error);
/* What was written is on disk when it returns. */
gboolean    far_vfs_file_sync     (FarVfsFile *file, GError **error);

/* Writes the whole content of a file over itself, and syncs: after a sync that failed, the one way
 * to make the disk hold what reading gives. */
gboolean    far_vfs_file_rewrite  (const char *path, const char *vfs_name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarVfsFile, far_vfs_file_close)

G_END_DECLS
