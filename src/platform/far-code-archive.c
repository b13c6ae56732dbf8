/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zip files through libarchive, which reads them as a stream of entries. Files are made with
 * O_EXCL | O_NOFOLLOW under a name that was checked part by part; since no link is ever made, no
 * name can lead out. */
#include "platform/far-code-archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK (far-code-error-quark, far_code_error)

#define CHUNK (64 * 1024)

typedef struct {
  struct archive *archive;
  const char     *dir;   /* NULL: only a look */
  GHashTable     *files; /* names of the files there are */
  gint64          left;
  guint           n_entries;
  GError        **error;
} Unpack;

static gboolean G_GNUC_PRINTF (3, 4)
fail (Unpack *self, FarCodeError code, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (self->error, FAR_CODE_ERROR, code, text);
  return FALSE;
}

static gboolean
check_name (Unpack *self, const char *name)
{
  g_auto (GStrv) parts = NULL;
  guint n = 0;
  guint i;

  if (name == NULL || *name == '\0' || strlen (name) > FAR_CODE_PATH_MAX
      || !g_utf8_validate (name, -1, NULL))
    return fail (self, FAR_CODE_ERROR_FORMAT, "The zip has an entry whose name is empty, longer "
                 "than %d bytes, or no UTF-8", FAR_CODE_PATH_MAX);
  if (*name == '/' || strchr (name, '\\') != NULL)
    return fail (self, FAR_CODE_ERROR_FORMAT, "The zip's entry “%s” is not below the folder it is "
                 "unpacked to; zip relative names with /", name);
  parts = g_strsplit (name, "/", -1);
  for (i = 0; parts[i] != NULL; i++)
    {
      if (strcmp (parts[i], "..") == 0)
        return fail (self, FAR_CODE_ERROR_FORMAT, "The zip's entry “%s” leads out of the folder it "
                     "is unpacked to", name);
      n += *parts[i] != '\0' && strcmp (parts[i], ".") != 0;
    }
  if (n > FAR_CODE_DEPTH_MAX)
    return fail (self, FAR_CODE_ERROR_FORMAT, "The zip's entry “%s” is more than %d folders deep",
                 name, FAR_CODE_DEPTH_MAX);
  return TRUE;
}

static gboolean
make_folder (Unpack *self, const char *path)
{
  g_autofree char *parent = NULL;

  if (g_mkdir (path, 0755) == 0)
    {
      if (chmod (path, 0755) == 0) /* whatever the umask */
        return TRUE;
    }
  else if (errno == EEXIST && g_file_test (path, G_FILE_TEST_IS_DIR))
    return TRUE;
  else if (errno == ENOENT)
    {
      parent = g_path_get_dirname (path);
      if (make_folder (self, parent))
        return make_folder (self, path);
      return FALSE;
    }
  return fail (self, FAR_CODE_ERROR_IO, "The folder %s cannot be made: %s", path,
               g_strerror (errno));
}

static gboolean
write_all (int fd, const char *data, gsize n)
{
  while (n > 0)
    {
      ssize_t written = write (fd, data, n);

      if (written < 0 && errno != EINTR)
        return FALSE;
      if (written > 0)
        {
          data += written;
          n -= written;
        }
    }
  return TRUE;
}

/* Reads an entry to its end; writes it to fd unless that is -1. */
static gboolean
copy_entry (Unpack *self, const char *name, int fd)
{
  g_autofree char *buffer = g_malloc (CHUNK);

  for (;;)
    {
      la_ssize_t n = archive_read_data (self->archive, buffer, CHUNK);

      if (n == 0)
        return TRUE;
      if (n < 0)
        return fail (self, FAR_CODE_ERROR_FORMAT, "The zip's entry “%s” cannot be read: %s", name,
                     archive_error_string (self->archive) != NULL
                         ? archive_error_string (self->archive)
                         : "it is broken");
      self->left -= n;
      if (self->left < 0)
        return fail (self, FAR_CODE_ERROR_SIZE, "Unzipped size must be smaller than %"
                     G_GINT64_FORMAT " bytes", FAR_CODE_BYTES_MAX);
      if (fd >= 0 && !write_all (fd, buffer, n))
        return fail (self, FAR_CODE_ERROR_IO, "“%s” cannot be written: %s", name,
                     g_strerror (errno));
    }
}

static gboolean
take_file (Unpack *self, const char *name, gboolean executable)
{
  g_autofree char *path = NULL;
  g_autofree char *parent = NULL;
  gboolean good;
  int fd;

  if (self->dir == NULL)
    return copy_entry (self, name, -1);
  path = g_build_filename (self->dir, name, NULL);
  parent = g_path_get_dirname (path);
  if (!make_folder (self, parent))
    return FALSE;
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail (self, FAR_CODE_ERROR_IO, "“%s” cannot be made: %s", name, g_strerror (errno));
  good = copy_entry (self, name, fd);
  if (good && fchmod (fd, executable ? 0755 : 0644) != 0)
    good = fail (self, FAR_CODE_ERROR_IO, "“%s” cannot be made: %s", name, g_strerror (errno));
  close (fd);
  return good;
}

static gboolean
take_entry (Unpack *self, struct archive_entry *entry)
{
  const char *name = archive_entry_pathname (entry);
  mode_t type = archive_entry_filetype (entry);
  g_autofree char *path = NULL;

  if (++self->n_entries > FAR_CODE_ENTRIES_MAX)
    return fail (self, FAR_CODE_ERROR_SIZE, "The zip has more than %d entries",
                 FAR_CODE_ENTRIES_MAX);
  if (!check_name (self, name))
    return FALSE;
  if (archive_entry_is_encrypted (entry))
    return fail (self, FAR_CODE_ERROR_FORMAT, "The zip's entry “%s” is encrypted", name);
  if (archive_entry_hardlink (entry) != NULL || (type != AE_IFREG && type != AE_IFDIR))
    return fail (self, FAR_CODE_ERROR_FORMAT, "The zip's entry “%s” is a link or a device; zip the "
                 "files themselves", name);
  if (type == AE_IFREG)
    {
      if (!g_hash_table_add (self->files, g_strdup (name)))
        return fail (self, FAR_CODE_ERROR_FORMAT, "The zip's entry “%s” stands twice in it", name);
      return take_file (self, name, (archive_entry_perm (entry) & 0111) != 0);
    }
  if (self->dir == NULL)
    return TRUE;
  path = g_build_filename (self->dir, name, NULL);
  return make_folder (self, path);
}

static gboolean
take_all (const void *data, gsize n_bytes, const char *dir, GError **error)
{
  Unpack self = { .dir = dir, .left = FAR_CODE_BYTES_MAX, .error = error };
  gboolean good = TRUE;

  if (n_bytes > FAR_CODE_ZIP_MAX)
    return fail (&self, FAR_CODE_ERROR_ZIP_SIZE, "Zipped size must be smaller than %d bytes",
                 FAR_CODE_ZIP_MAX);
  self.files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self.archive = archive_read_new ();
  archive_read_support_format_zip (self.archive);
  if (archive_read_open_memory (self.archive, data, n_bytes) != ARCHIVE_OK)
    good = fail (&self, FAR_CODE_ERROR_FORMAT, "Could not unzip uploaded file. Please check your "
                 "file, then try to upload again.");
  while (good)
    {
      struct archive_entry *entry;
      int result = archive_read_next_header (self.archive, &entry);

      if (result == ARCHIVE_EOF)
        break;
      if (result != ARCHIVE_OK)
        good = fail (&self, FAR_CODE_ERROR_FORMAT, "Could not unzip uploaded file. Please check "
                     "your file, then try to upload again.");
      else
        good = take_entry (&self, entry);
    }
  if (good && g_hash_table_size (self.files) == 0)
    good = fail (&self, FAR_CODE_ERROR_FORMAT, "Uploaded file must be a non-empty zip");
  archive_read_free (self.archive);
  g_hash_table_unref (self.files);
  return good;
}

void
far_code_archive_remove (const char *dir)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *child = g_build_filename (dir, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        far_code_archive_remove (child);
      else
        g_unlink (child);
    }
  g_rmdir (dir);
}

/* What is acknowledged is to be there after a power cut, too. */
static void
sync_folder (const char *dir)
{
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  syncfs (fd);
  close (fd);
}

gboolean
far_code_archive_unpack (const void *data, gsize n_bytes, const char *dir, GError **error)
{
  g_autofree char *temporary = NULL;

  g_return_val_if_fail (g_path_is_absolute (dir), FALSE);

  if (g_file_test (dir, G_FILE_TEST_IS_DIR))
    return TRUE;
  temporary = g_strconcat (dir, ".XXXXXX", NULL);
  {
    g_autofree char *parent = g_path_get_dirname (dir);
    Unpack self = { .error = error };

    if (!make_folder (&self, parent))
      return FALSE;
  }
  if (g_mkdtemp_full (temporary, 0755) == NULL || chmod (temporary, 0755) != 0)
    {
      g_set_error (error, FAR_CODE_ERROR, FAR_CODE_ERROR_IO, "%s cannot be made: %s", temporary,
                   g_strerror (errno));
      return FALSE;
    }
  if (take_all (data, n_bytes, temporary, error))
    {
      if (g_rename (temporary, dir) == 0 || g_file_test (dir, G_FILE_TEST_IS_DIR))
        {
          far_code_archive_remove (temporary); /* another was quicker */
          sync_folder (dir);
          return TRUE;
        }
      g_set_error (error, FAR_CODE_ERROR, FAR_CODE_ERROR_IO, "%s cannot be made: %s", dir,
                   g_strerror (errno));
    }
  far_code_archive_remove (temporary);
  return FALSE;
}

gboolean
far_code_archive_check (const void *data, gsize n_bytes, GError **error)
{
  return take_all (data, n_bytes, NULL, error);
}
