/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of a backup: copied durably, hashed, listed in backup.json and held to it. */
#include "bookkeeper/far-backup-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/far-json.h"

#define CHUNK (256 * 1024)
#define MANIFEST_MAX (64 * 1024)
#define FORMAT 1

const char *const far_backup_files[] = { "ledger.db", "checkpoints", "keys", "publisher.token",
                                         NULL };

gboolean
far_backup_fail (FarBackupError   code,
                 GError         **error,
                 const char      *format,
                 ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (FAR_BACKUP_ERROR, (int) code, format, args);
  va_end (args);
  return FALSE;
}

static gboolean
fail_io (const char  *doing,
         const char  *path,
         int          saved_errno,
         GError     **error)
{
  return far_backup_fail (FAR_BACKUP_ERROR_IO, error, "cannot %s %s: %s", doing, path,
                          g_strerror (saved_errno));
}

gboolean
far_backup_sync_dir (const char  *path,
                     GError     **error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int saved_errno = fd < 0 || fsync (fd) != 0 ? errno : 0;

  if (fd >= 0)
    close (fd);
  return saved_errno == 0 || fail_io ("sync", path, saved_errno, error);
}

static gboolean
write_all (int         fd,
           const char *bytes,
           gsize       n)
{
  while (n > 0)
    {
      ssize_t done = write (fd, bytes, n);

      if (done < 0 && errno == EINTR)
        continue;
      if (done < 0)
        return FALSE;
      bytes += done;
      n -= (gsize) done;
    }
  return TRUE;
}

/* At most n_max bytes of in. Sets errno and returns FALSE if it fails. */
static gboolean
copy_bytes (int     in,
            int     out,
            guint64 n_max)
{
  g_autofree char *chunk = g_malloc (CHUNK);

  while (n_max > 0)
    {
      ssize_t n = read (in, chunk, (size_t) MIN (n_max, CHUNK));

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      if (n == 0)
        break;
      if (!write_all (out, chunk, (gsize) n))
        return FALSE;
      n_max -= (guint64) n;
    }
  return fsync (out) == 0;
}

gboolean
far_backup_copy (const char  *from,
                 const char  *to,
                 guint64      n_max,
                 GError     **error)
{
  int in = open (from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  int out = -1;
  int saved_errno = 0;

  if (in < 0)
    return fail_io ("read", from, errno, error);
  out = open (to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (out < 0 || !copy_bytes (in, out, n_max))
    saved_errno = errno;
  close (in);
  if (out >= 0 && close (out) != 0 && saved_errno == 0)
    saved_errno = errno;
  return saved_errno == 0 || fail_io ("write", to, saved_errno, error);
}

/* ---- backup.json ---- */

static char *
hash_file (const char  *path,
           guint64     *ret_n_bytes,
           GError     **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *chunk = g_malloc (CHUNK);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  ssize_t n = 0;

  *ret_n_bytes = 0;
  if (fd < 0)
    {
      fail_io ("read", path, errno, error);
      return NULL;
    }
  while ((n = read (fd, chunk, CHUNK)) > 0 || (n < 0 && errno == EINTR))
    if (n > 0)
      {
        g_checksum_update (sum, chunk, n);
        *ret_n_bytes += (guint64) n;
      }
  if (n < 0)
    fail_io ("read", path, errno, error);
  close (fd);
  return n < 0 ? NULL : g_strdup (g_checksum_get_string (sum));
}

gboolean
far_backup_write_manifest (const char       *directory,
                           gint64            now_us,
                           const char       *money,
                           FarBackupReport  *report,
                           GError          **error)
{
  g_autofree char *path = g_build_filename (directory, FAR_BACKUP_MANIFEST, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) reason = NULL;
  g_auto (FarJsonWriter) writer;
  gsize n;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "format", FORMAT);
  far_json_add_time (&writer, "time", now_us);
  far_json_add_string (&writer, "money", money);
  far_json_add_int (&writer, "rows", (gint64) report->rows);
  far_json_add_int (&writer, "transfers", (gint64) report->transfers);
  far_json_add_string (&writer, "root", report->root);
  far_json_add_int (&writer, "checkpoints", (gint64) report->checkpoints);
  far_json_begin_array (&writer, "files");
  for (guint i = 0; far_backup_files[i] != NULL; i++)
    {
      g_autofree char *file = g_build_filename (directory, far_backup_files[i], NULL);
      g_autofree char *hash = NULL;
      guint64 n_bytes;

      if (!g_file_test (file, G_FILE_TEST_EXISTS))
        continue;
      hash = hash_file (file, &n_bytes, error);
      if (hash == NULL)
        return FALSE;
      report->n_bytes += n_bytes;
      far_json_begin_object (&writer, NULL);
      far_json_add_string (&writer, "name", far_backup_files[i]);
      far_json_add_int (&writer, "bytes", (gint64) n_bytes);
      far_json_add_string (&writer, "sha256", hash);
      far_json_end_object (&writer);
    }
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &n);
  if (g_file_set_contents_full (path, text, (gssize) n,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &reason))
    return TRUE;
  return far_backup_fail (FAR_BACKUP_ERROR_IO, error, "%s", reason->message);
}

static gboolean
is_known (const char *name)
{
  return g_strv_contains (far_backup_files, name);
}

static gboolean
check_file (const char  *directory,
            JsonObject  *entry,
            guint64     *n_total,
            GError     **error)
{
  const char *name, *expected;
  g_autofree char *path = NULL;
  g_autofree char *hash = NULL;
  guint64 n_bytes;
  gint64 n_expected;

  if (!far_json_get_string (entry, "name", 64, &name, error) || !is_known (name) ||
      !far_json_get_string (entry, "sha256", 64, &expected, error) ||
      !far_json_get_int (entry, "bytes", 0, G_MAXINT64, &n_expected, error))
    return FALSE;
  path = g_build_filename (directory, name, NULL);
  hash = hash_file (path, &n_bytes, error);
  if (hash == NULL)
    return FALSE;
  *n_total += n_bytes;
  return (n_bytes == (guint64) n_expected && strcmp (hash, expected) == 0) ||
         far_backup_fail (FAR_BACKUP_ERROR_DAMAGED, error,
                          "%s is not the file that was backed up: it was changed or is damaged",
                          path);
}

gboolean
far_backup_check_manifest (const char  *directory,
                           guint64     *ret_n_bytes,
                           GError     **error)
{
  g_autofree char *path = g_build_filename (directory, FAR_BACKUP_MANIFEST, NULL);
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GError) reason = NULL;
  JsonArray *files;
  gint64 format;
  gsize n = 0;

  *ret_n_bytes = 0;
  if (!g_file_get_contents (path, &text, &n, &reason))
    return far_backup_fail (FAR_BACKUP_ERROR_DAMAGED, error,
                            "%s is no backup: %s", directory, reason->message);
  root = far_json_parse_object (text, n, MANIFEST_MAX, &reason);
  if (root == NULL ||
      !far_json_get_int (json_node_get_object (root), "format", FORMAT, FORMAT, &format,
                         &reason) ||
      !far_json_get_array (json_node_get_object (root), "files", 16, &files, &reason))
    return far_backup_fail (FAR_BACKUP_ERROR_DAMAGED, error, "%s: %s", path, reason->message);
  for (guint i = 0; i < json_array_get_length (files); i++)
    {
      JsonNode *element = json_array_get_element (files, i);

      if (!JSON_NODE_HOLDS_OBJECT (element) ||
          !check_file (directory, json_node_get_object (element), ret_n_bytes, &reason))
        {
          if (reason != NULL && reason->domain == FAR_BACKUP_ERROR)
            g_propagate_error (error, g_steal_pointer (&reason));
          else
            far_backup_fail (FAR_BACKUP_ERROR_DAMAGED, error, "%s: %s", path,
                             reason ? reason->message : "it lists what is no file of a backup");
          return FALSE;
        }
    }
  return TRUE;
}

/* Only what a backup consists of, and only if nothing else is there. */
void
far_backup_remove (const char *directory)
{
  static const char *const more[] = {
    "ledger.db-wal", "ledger.db-shm", "ledger.db-journal", FAR_BACKUP_MANIFEST, NULL,
  };
  const char *const *lists[] = { far_backup_files, more };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint j = 0; lists[i][j] != NULL; j++)
      {
        g_autofree char *path = g_build_filename (directory, lists[i][j], NULL);

        unlink (path);
      }
  rmdir (directory);
}
