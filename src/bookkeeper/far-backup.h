/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backups of the books, made beside a running writer, and their way back.
 *
 * A backup is a folder: ledger.db (a copy of one moment, by SQLite's backup interface), checkpoints
 * (as far as that moment is signed), keys, publisher.token, and backup.json with sizes and SHA-256.
 * It is made beside its name, verified whole as the books would be, and only then given its name:
 * what has the name is a backup. It holds the signing key: keep it as you keep that.
 *
 * Restoring is all or nothing in the same way. Books that are there already are put aside, never
 * deleted, and only if their last checkpoint is of the same log; if the backup is older than they,
 * that must be said. Any thread; blocking. */
#pragma once

#include "base/far-clock.h"
#include "bookkeeper/far-later.h"

G_BEGIN_DECLS

#define FAR_BACKUP_ERROR (far_backup_error_quark ())
GQuark far_backup_error_quark (void);
typedef enum {
  FAR_BACKUP_ERROR_EXISTS,   /* the name is taken; or books are there, and --replace was not said */
  FAR_BACKUP_ERROR_IO,
  FAR_BACKUP_ERROR_DAMAGED,  /* a file is not what backup.json says, or the books do not verify */
  FAR_BACKUP_ERROR_RUNNING,  /* a bookkeeper has the books open */
  FAR_BACKUP_ERROR_OTHER,    /* the books that are there are another log's */
  FAR_BACKUP_ERROR_OLDER,    /* they have rows that the backup has not */
} FarBackupError;

#define FAR_BACKUP_MANIFEST "backup.json"

typedef struct {
  char   *directory;
  guint64 rows;
  guint64 transfers;
  guint64 checkpoints;
  guint64 n_bytes;
  guint64 n_lost;   /* restore: rows of the books before that are not in the backup */
  char   *replaced; /* restore: where the books before are now; nullable */
  char    root[65];
} FarBackupReport;

void     far_backup_report_clear (FarBackupReport *report);

/* directory: a new folder, made here. */
gboolean far_books_backup  (const char *data_dir, const char *directory, FarClock *clock,
                            FarProgress *progress, FarBackupReport *ret_report, GError **error);
/* replace: books that are there are put aside. lose_newer: even if rows of theirs are lost so. */
gboolean far_books_restore (const char *directory, const char *data_dir, gboolean replace,
                            gboolean lose_newer, FarClock *clock, FarBackupReport *ret_report,
                            GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarBackupReport, far_backup_report_clear)

G_END_DECLS
