/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Device keys on disk: the 32-byte seed of RFC 8032 as 64 hex digits and a newline, in a file that
 * only its owner can read. A key is made once and never written over: losing it loses what was paid
 * for with it. */
#include "client/far-reader-key.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/far-id.h"
#include "base/far-random.h"

#define KEY_TEXT_LEN (2 * FAR_ED25519_KEY_LEN + 1) /* with the newline */

FarReaderKey *
far_reader_key_new_from_seed (const guint8 seed[FAR_ED25519_KEY_LEN])
{
  FarReaderKey *key = g_new0 (FarReaderKey, 1);
  g_autofree char *id = NULL;

  memcpy (key->private_key, seed, sizeof key->private_key);
  far_ed25519_public (key->private_key, key->public_key);
  id = far_hex_encode (key->public_key, sizeof key->public_key);
  g_strlcpy (key->id, id, sizeof key->id);
  return key;
}

void
far_reader_key_free (FarReaderKey *key)
{
  if (key == NULL)
    return;
  far_secret_wipe (key->private_key, sizeof key->private_key);
  g_free (key);
}

static gboolean
is_name (const char *name)
{
  gsize n = strlen (name);

  return n > 0 && n <= FAR_READER_NAME_MAX
         && strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n;
}

static gboolean
set_errno (GError **error, const char *what, const char *path)
{
  int saved = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved), "%s %s: %s", what, path,
               g_strerror (saved));
  return FALSE;
}

/* Makes a key unless one is there: O_EXCL decides between two programs that start at once. */
static gboolean
create (const char *path, GError **error)
{
  guint8 seed[FAR_ED25519_KEY_LEN];
  g_autofree char *hex = NULL;
  g_autofree char *text = NULL;
  g_autofree char *temporary = g_strdup_printf ("%s.%d", path, (int) getpid ());
  gboolean ok;
  int fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    return set_errno (error, "The reader's key cannot be made in", temporary);
  far_random_bytes (seed, sizeof seed);
  hex = far_hex_encode (seed, sizeof seed);
  text = g_strconcat (hex, "\n", NULL);
  ok = write (fd, text, KEY_TEXT_LEN) == KEY_TEXT_LEN && fsync (fd) == 0;
  ok = close (fd) == 0 && ok;
  /* A link takes the name only if it is free, and only once the key is whole on the disk. */
  ok = ok && (link (temporary, path) == 0 || errno == EEXIST);
  if (!ok)
    set_errno (error, "The reader's key cannot be written to", path);
  unlink (temporary);
  far_secret_wipe (seed, sizeof seed);
  far_secret_wipe (hex, strlen (hex));
  far_secret_wipe (text, strlen (text));
  return ok;
}

static FarReaderKey *
read_key (const char *path, int fd, GError **error)
{
  char text[KEY_TEXT_LEN + 1] = { 0 };
  guint8 seed[FAR_ED25519_KEY_LEN];
  FarReaderKey *key = NULL;
  struct stat info;
  ssize_t n;

  if (fstat (fd, &info) != 0)
    {
      set_errno (error, "The reader's key cannot be read from", path);
      return NULL;
    }
  if ((info.st_mode & 077) != 0 || info.st_uid != geteuid ())
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                   "%s can be read by others, so it is no secret: take it back with chmod 600, or "
                   "remove it to become a new reader", path);
      return NULL;
    }
  n = read (fd, text, sizeof text);
  if (n == KEY_TEXT_LEN && text[KEY_TEXT_LEN - 1] == '\n')
    {
      text[KEY_TEXT_LEN - 1] = '\0';
      if (far_hex_decode (text, seed, sizeof seed))
        key = far_reader_key_new_from_seed (seed);
    }
  if (key == NULL)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                 "%s is not a reader's key: restore it from a backup, or remove it to become a new "
                 "reader", path);
  far_secret_wipe (text, sizeof text);
  far_secret_wipe (seed, sizeof seed);
  return key;
}

FarReaderKey *
far_reader_key_load (const char *data_dir, const char *name, GError **error)
{
  g_autofree char *folder = g_build_filename (data_dir, "readers", NULL);
  g_autofree char *file = g_strconcat (name, ".key", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  FarReaderKey *key;
  int fd;

  g_return_val_if_fail (data_dir != NULL && name != NULL, NULL);

  if (!is_name (name))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   "“%s” is not a reader's name: use at most %d letters, digits, “-” and “_”",
                   name, FAR_READER_NAME_MAX);
      return NULL;
    }
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT)
    {
      if (g_mkdir_with_parents (folder, 0700) != 0)
        {
          set_errno (error, "The readers' keys cannot be kept in", folder);
          return NULL;
        }
      if (!create (path, error))
        return NULL;
      fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    }
  if (fd < 0)
    {
      set_errno (error, "The reader's key cannot be read from", path);
      return NULL;
    }
  key = read_key (path, fd, error);
  close (fd);
  return key;
}
