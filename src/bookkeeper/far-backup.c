/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backup and restore (see the header). */
#include "bookkeeper/far-backup-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bookkeeper/far-books-private.h"
#include "ledger/far-checkpoint.h"

G_DEFINE_QUARK (far-backup-error-quark, far_backup_error)

#define PAGES_PER_STEP 2048
#define PARTIAL ".partial"
#define TAIL_MAX (4 * FAR_CHECKPOINT_NOTE_MAX)

void
far_backup_report_clear (FarBackupReport *report)
{
  g_clear_pointer (&report->directory, g_free);
  g_clear_pointer (&report->replaced, g_free);
}

/* What is at directory is whole: ledger and tables. */
static gboolean
verify (const char       *money_dir,
        FarClock         *clock,
        FarBackupReport  *report,
        GError          **error)
{
  g_auto (FarLedgerReport) found = { 0 };
  g_autoptr (GError) reason = NULL;
  g_autoptr (FarBooks) books = NULL;
  g_autofree char *root = NULL;

  if (far_ledger_verify_dir (money_dir, NULL, NULL, &found, &reason) && found.ok)
    {
      books = far_books_open_money_to_read (money_dir, clock, &reason);
      if (books != NULL && far_books_check (books, &reason))
        {
          root = far_hex_encode (found.root.bytes, sizeof found.root.bytes);
          g_strlcpy (report->root, root, sizeof report->root);
          report->rows = found.rows;
          report->transfers = found.transfers;
          report->checkpoints = found.checkpoints;
          return TRUE;
        }
    }
  return far_backup_fail (FAR_BACKUP_ERROR_DAMAGED, error, "the books of %s do not verify: %s",
                          money_dir, reason ? reason->message : found.reason);
}

/* ---- backup ---- */

static gboolean
copy_database (sqlite3      *from,
               const char   *path,
               FarProgress  *progress,
               GError      **error)
{
  sqlite3 *to = NULL;
  sqlite3_backup *copy = NULL;
  int result = sqlite3_open_v2 (path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
  g_autofree char *message = NULL;

  if (result == SQLITE_OK)
    copy = sqlite3_backup_init (to, "main", from, "main");
  if (copy != NULL)
    {
      while ((result = sqlite3_backup_step (copy, PAGES_PER_STEP)) == SQLITE_OK)
        if (progress != NULL)
          {
            const guint64 total = (guint64) sqlite3_backup_pagecount (copy);

            __atomic_store_n (&progress->rows, total - (guint64) sqlite3_backup_remaining (copy),
                              __ATOMIC_RELAXED);
            __atomic_store_n (&progress->total, total, __ATOMIC_RELAXED);
          }
      result = sqlite3_backup_finish (copy);
    }
  /* One file that needs no other beside it, so that it can be read from anywhere. */
  if (result == SQLITE_OK)
    result = sqlite3_exec (to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  if (result != SQLITE_OK)
    message = g_strdup (to != NULL ? sqlite3_errmsg (to) : sqlite3_errstr (result));
  sqlite3_close (to);
  if (result != SQLITE_OK)
    return far_backup_fail (FAR_BACKUP_ERROR_IO, error, "cannot copy the database to %s: %s", path,
                            message);
  return chmod (path, 0600) == 0 ||
         far_backup_fail (FAR_BACKUP_ERROR_IO, error, "%s: %s", path, g_strerror (errno));
}

static guint64
file_size (const char *path)
{
  struct stat info;

  return stat (path, &info) == 0 ? (guint64) info.st_size : 0;
}

/* Length of the checkpoint file first, then the snapshot: every note in it is of the snapshot. */
static gboolean
copy_books (const char   *data_dir,
            const char   *to,
            FarClock     *clock,
            FarProgress  *progress,
            const char  **ret_money,
            GError      **error)
{
  g_autofree char *notes = g_build_filename (data_dir, FAR_BOOKS_MONEY_DIR, "checkpoints", NULL);
  g_autofree char *keys = g_build_filename (data_dir, FAR_BOOKS_MONEY_DIR, "keys", NULL);
  g_autofree char *token = g_build_filename (data_dir, FAR_BOOKS_TOKEN_FILE, NULL);
  g_autofree char *to_db = g_build_filename (to, "ledger.db", NULL);
  g_autofree char *to_notes = g_build_filename (to, "checkpoints", NULL);
  g_autofree char *to_keys = g_build_filename (to, "keys", NULL);
  g_autofree char *to_token = g_build_filename (to, FAR_BOOKS_TOKEN_FILE, NULL);
  g_autoptr (GError) reason = NULL;
  g_autoptr (FarBooks) books = NULL;
  guint64 n_notes = file_size (notes);

  books = far_books_open_to_read (data_dir, clock, &reason);
  if (books == NULL)
    return far_backup_fail (FAR_BACKUP_ERROR_IO, error, "the books cannot be read: %s",
                            reason->message);
  *ret_money = books->live ? "live" : "test";
  n_notes = MAX (n_notes, far_ledger_checkpoint_bytes (books->ledger));
  return copy_database (far_db_get_handle (books->db), to_db, progress, error) &&
         far_backup_copy (notes, to_notes, n_notes, error) &&
         far_backup_copy (keys, to_keys, G_MAXUINT64, error) &&
         (!g_file_test (token, G_FILE_TEST_EXISTS) ||
          far_backup_copy (token, to_token, G_MAXUINT64, error));
}

/* Gives the folder its name, durably, and never over another. */
static gboolean
settle (const char  *partial,
        const char  *directory,
        GError     **error)
{
  g_autofree char *parent = g_path_get_dirname (directory);

  if (!far_backup_sync_dir (partial, error))
    return FALSE;
  if (renameat2 (AT_FDCWD, partial, AT_FDCWD, directory, RENAME_NOREPLACE) != 0 &&
      (errno != EINVAL || g_file_test (directory, G_FILE_TEST_EXISTS) ||
       rename (partial, directory) != 0))
    return far_backup_fail (errno == EEXIST ? FAR_BACKUP_ERROR_EXISTS : FAR_BACKUP_ERROR_IO, error,
                            "cannot name it %s: %s", directory, g_strerror (errno));
  return far_backup_sync_dir (parent, error);
}

gboolean
far_books_backup (const char       *data_dir,
                  const char       *directory,
                  FarClock         *clock,
                  FarProgress      *progress,
                  FarBackupReport  *ret_report,
                  GError          **error)
{
  g_autofree char *partial = g_strconcat (directory, PARTIAL, NULL);
  FarBackupReport report = { 0 };
  const char *money = "test";

  g_return_val_if_fail (data_dir != NULL && directory != NULL && ret_report != NULL, FALSE);

  if (!g_path_is_absolute (directory))
    return far_backup_fail (FAR_BACKUP_ERROR_IO, error, "%s must begin with /", directory);
  if (g_file_test (directory, G_FILE_TEST_EXISTS))
    return far_backup_fail (FAR_BACKUP_ERROR_EXISTS, error,
                            "%s is there already; a backup makes a new folder", directory);
  far_backup_remove (partial); /* of one that was cut short */
  if (mkdir (partial, 0700) != 0)
    return far_backup_fail (FAR_BACKUP_ERROR_IO, error, "cannot make %s: %s", partial,
                            g_strerror (errno));
  if (copy_books (data_dir, partial, clock, progress, &money, error) &&
      verify (partial, clock, &report, error) &&
      far_backup_write_manifest (partial, far_clock_now_us (clock), money, &report, error) &&
      settle (partial, directory, error))
    {
      report.directory = g_strdup (directory);
      *ret_report = report;
      return TRUE;
    }
  far_backup_remove (partial);
  return FALSE;
}

/* ---- restore ---- */

static int
lock_books (const char  *data_dir,
            GError     **error)
{
  g_autofree char *path = g_build_filename (data_dir, FAR_BOOKS_LOCK_FILE, NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  far_backup_fail (FAR_BACKUP_ERROR_RUNNING, error, "%s is in use; stop the platform first "
                   "(farthingctl down)", data_dir);
  if (fd >= 0)
    close (fd);
  return -1;
}

/* The last whole note of a checkpoint file. FALSE: none can be read. */
static gboolean
read_last_note (const char    *path,
                FarCheckpoint *ret_last)
{
  g_autofree char *text = g_malloc (TAIL_MAX);
  guint64 size = file_size (path);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? pread (fd, text, TAIL_MAX, size > TAIL_MAX ? (off_t) (size - TAIL_MAX) : 0)
                      : -1;
  const char *at = text;
  gboolean found = FALSE;

  if (fd >= 0)
    close (fd);
  /* The window begins inside a note: the first signature line ends it. */
  if (n > 0 && size > TAIL_MAX)
    {
      at = memmem (text, (size_t) n, "\n\n", 2);
      at = at != NULL ? memchr (at + 2, '\n', (size_t) (text + n - at - 2)) : NULL;
      at = at != NULL ? at + 1 : text + n;
    }
  while (n > 0 && at < text + n)
    {
      gsize len = far_checkpoint_note_length (at, (gsize) (text + n - at));

      if (len == 0)
        break;
      found |= far_checkpoint_parse (at, len, ret_last, NULL);
      at += len;
    }
  return found;
}

/* The books that are there are the beginning, or the continuation, of those of the backup. */
static gboolean
compare_books (const char   *backup,
               const char   *money_dir,
               FarClock     *clock,
               guint64      *ret_n_lost,
               GError      **error)
{
  g_autofree char *notes = g_build_filename (money_dir, "checkpoints", NULL);
  g_autoptr (FarBooks) books = far_books_open_money_to_read (backup, clock, error);
  FarMerkleProof proof;
  FarMerkleHash root;
  FarCheckpoint last;
  guint64 size;

  *ret_n_lost = 0;
  if (books == NULL)
    return FALSE;
  if (!read_last_note (notes, &last))
    return TRUE; /* nothing left that could be compared */
  size = far_ledger_size (books->ledger);
  far_ledger_root (books->ledger, &root);
  if (strcmp (last.origin, far_ledger_origin (books->ledger)) != 0)
    return far_backup_fail (FAR_BACKUP_ERROR_OTHER, error,
                            "the books in %s are of another ledger (%s); move them away yourself "
                            "if that is meant", money_dir, last.origin);
  if (last.size > size)
    {
      *ret_n_lost = last.size - size;
      return TRUE;
    }
  if (!far_ledger_prove_consistency (books->ledger, last.size, size, &proof, error))
    return FALSE;
  return far_merkle_verify_consistency (last.size, size, &last.root, &root, &proof) ||
         far_backup_fail (FAR_BACKUP_ERROR_OTHER, error, "the last checkpoint in %s is not of the "
                          "log in the backup: one of the two was rewritten", money_dir);
}

static gboolean
copy_back (const char  *backup,
           const char  *to,
           const char  *data_dir,
           GError     **error)
{
  g_autofree char *token = g_build_filename (data_dir, FAR_BOOKS_TOKEN_FILE, NULL);

  for (guint i = 0; far_backup_files[i] != NULL; i++)
    {
      g_autofree char *from = g_build_filename (backup, far_backup_files[i], NULL);
      g_autofree char *file = g_build_filename (to, far_backup_files[i], NULL);
      gboolean is_token = strcmp (far_backup_files[i], FAR_BOOKS_TOKEN_FILE) == 0;

      if (is_token && (g_file_test (token, G_FILE_TEST_EXISTS) ||
                       !g_file_test (from, G_FILE_TEST_EXISTS)))
        continue;
      if (!far_backup_copy (from, is_token ? token : file, G_MAXUINT64, error))
        return FALSE;
    }
  return TRUE;
}

/* Puts the books that are there aside. */
static gboolean
put_aside (const char  *money_dir,
           FarClock    *clock,
           char       **ret_aside,
           GError     **error)
{
  g_autofree char *aside = g_strdup_printf ("%s.replaced-%" G_GINT64_FORMAT, money_dir,
                                            far_clock_now_us (clock));

  if (rename (money_dir, aside) != 0)
    return far_backup_fail (FAR_BACKUP_ERROR_IO, error, "cannot put %s aside: %s", money_dir,
                            g_strerror (errno));
  *ret_aside = g_steal_pointer (&aside);
  return TRUE;
}

static gboolean
restore_locked (const char       *directory,
                const char       *data_dir,
                gboolean          lose_newer,
                FarClock         *clock,
                FarBackupReport  *report,
                GError          **error)
{
  g_autofree char *money_dir = g_build_filename (data_dir, FAR_BOOKS_MONEY_DIR, NULL);
  g_autofree char *partial = g_strconcat (money_dir, PARTIAL, NULL);
  gboolean exists = g_file_test (money_dir, G_FILE_TEST_EXISTS);

  if (!far_backup_check_manifest (directory, &report->n_bytes, error) ||
      !verify (directory, clock, report, error) ||
      (exists && !compare_books (directory, money_dir, clock, &report->n_lost, error)))
    return FALSE;
  if (report->n_lost > 0 && !lose_newer)
    return far_backup_fail (FAR_BACKUP_ERROR_OLDER, error, "the books in %s have %" G_GUINT64_FORMAT
                            " rows that are not in the backup, and readers may hold receipts for "
                            "them; say --lose-newer if they are to be given up", money_dir,
                            report->n_lost);
  far_backup_remove (partial);
  if (mkdir (partial, 0700) != 0)
    return far_backup_fail (FAR_BACKUP_ERROR_IO, error, "cannot make %s: %s", partial,
                            g_strerror (errno));
  if (copy_back (directory, partial, data_dir, error) && verify (partial, clock, report, error) &&
      (!exists || put_aside (money_dir, clock, &report->replaced, error)) &&
      settle (partial, money_dir, error))
    return TRUE;
  if (report->replaced != NULL && !g_file_test (money_dir, G_FILE_TEST_EXISTS))
    (void) !rename (report->replaced, money_dir);
  far_backup_remove (partial);
  return FALSE;
}

gboolean
far_books_restore (const char       *directory,
                   const char       *data_dir,
                   gboolean          replace,
                   gboolean          lose_newer,
                   FarClock         *clock,
                   FarBackupReport  *ret_report,
                   GError          **error)
{
  g_autofree char *money_dir = g_build_filename (data_dir, FAR_BOOKS_MONEY_DIR, NULL);
  g_auto (FarBackupReport) report = { 0 };
  int lock_fd;
  gboolean ok;

  g_return_val_if_fail (directory != NULL && data_dir != NULL && ret_report != NULL, FALSE);

  if (g_mkdir_with_parents (data_dir, 0700) != 0)
    return far_backup_fail (FAR_BACKUP_ERROR_IO, error, "cannot make %s: %s", data_dir,
                            g_strerror (errno));
  if (!replace && g_file_test (money_dir, G_FILE_TEST_EXISTS))
    return far_backup_fail (FAR_BACKUP_ERROR_EXISTS, error,
                            "there are books in %s; --replace puts them aside", data_dir);
  lock_fd = lock_books (data_dir, error);
  if (lock_fd < 0)
    return FALSE;
  ok = restore_locked (directory, data_dir, lose_newer, clock, &report, error);
  close (lock_fd);
  if (!ok)
    return FALSE;
  report.directory = g_strdup (directory);
  *ret_report = report;
  memset (&report, 0, sizeof report);
  return TRUE;
}
