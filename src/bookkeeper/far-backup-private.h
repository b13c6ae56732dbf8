/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the two files of backups. */
#pragma once

#include "bookkeeper/far-backup.h"

G_BEGIN_DECLS

/* Names of what may be in a backup beside backup.json. NULL-terminated. */
extern const char *const far_backup_files[];

/* Sets the error and returns FALSE. */
gboolean far_backup_fail           (FarBackupError code, GError **error, const char *format, ...)
  G_GNUC_PRINTF (3, 4);
gboolean far_backup_sync_dir       (const char *path, GError **error);
/* The first n_max bytes into a new file (0600), durably. */
gboolean far_backup_copy           (const char *from, const char *to, guint64 n_max,
                                    GError **error);
gboolean far_backup_write_manifest (const char *directory, gint64 now_us, const char *money,
                                    FarBackupReport *report, GError **error);
/* Every file is as backup.json says. */
gboolean far_backup_check_manifest (const char *directory, guint64 *ret_n_bytes, GError **error);
/* A folder that did not become a backup. */
void     far_backup_remove         (const char *directory);

G_END_DECLS
