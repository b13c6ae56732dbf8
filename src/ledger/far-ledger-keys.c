/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key file: one line, PRIVATE+KEY+NAME+HASH+BASE64, mode 0600. Lines that begin with # are
 * comments. It holds the key that signs now and no earlier one (far-ledger-rotation.c). Any thread.
 *
 * A new ledger's key is written as PATH.new first and renamed once the first row, which names its
 * public half, is on disk: so PATH alone says that a database must be there. */
#include "ledger/far-ledger-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE_MAX 4096

static gboolean
fail (const char *doing, const char *path, int saved_errno, GError **error)
{
  g_set_error (error, FAR_LEDGER_ERROR,
               saved_errno == ENOENT ? FAR_LEDGER_ERROR_KEY : FAR_LEDGER_ERROR_STORAGE,
               "Cannot %s the ledger's key %s: %s", doing, path, g_strerror (saved_errno));
  return FALSE;
}

/* The whole file with a NUL behind it. */
static gssize
read_all (int fd, char buffer[KEY_FILE_MAX])
{
  gsize n = 0;

  while (n < KEY_FILE_MAX - 1)
    {
      gssize got = read (fd, buffer + n, KEY_FILE_MAX - 1 - n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return -1;
      if (got == 0)
        break;
      n += (gsize) got;
    }
  buffer[n] = '\0';
  return (gssize) n;
}

static gboolean
check_mode (int fd, const char *path, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    return fail ("look at", path, errno, error);
  if (S_ISREG (info.st_mode) && (info.st_mode & 077) == 0)
    return TRUE;
  g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_KEY,
               "The ledger's key %s can be read by others: make it yours alone (chmod 600)", path);
  return FALSE;
}

gboolean
far_keys_load (const char *path, FarCheckpointKey *ret_key,
               guint8 ret_private_key[FAR_ED25519_KEY_LEN], GError **error)
{
  char buffer[KEY_FILE_MAX];
  char *line, *next;
  gboolean ok = FALSE;
  gssize n;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd < 0)
    return fail ("read", path, errno, error);
  if (!check_mode (fd, path, error))
    {
      close (fd);
      return FALSE;
    }
  n = read_all (fd, buffer);
  close (fd);
  if (n < 0)
    return fail ("read", path, errno, error);

  for (line = buffer; *line != '\0'; line = next)
    {
      gsize len = strcspn (line, "\n");

      next = line + len + (line[len] == '\n' ? 1 : 0);
      line[len] = '\0';
      if (line[0] == '#' || line[0] == '\0')
        continue;
      ok = far_checkpoint_private_parse (line, ret_key, ret_private_key, NULL);
      break;
    }
  far_secret_wipe (buffer, sizeof buffer);
  if (!ok)
    g_set_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_KEY,
                 "The ledger's key %s is malformed: restore it from a backup", path);
  return ok;
}

static gboolean
sync_directory (const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int saved_errno;

  if (fd < 0)
    return fail ("sync", path, errno, error);
  saved_errno = fsync (fd) == 0 ? 0 : errno;
  close (fd);
  return saved_errno == 0 || fail ("sync", path, saved_errno, error);
}

static gboolean
write_all (int fd, const char *data, gsize n_bytes)
{
  while (n_bytes > 0)
    {
      gssize done = write (fd, data, n_bytes);

      if (done < 0 && errno == EINTR)
        continue;
      if (done < 0)
        return FALSE;
      data += done;
      n_bytes -= (gsize) done;
    }
  return fsync (fd) == 0;
}

/* Never over an existing file. */
gboolean
far_keys_write (const char *path, const FarCheckpointKey *key,
                const guint8 private_key[FAR_ED25519_KEY_LEN], GError **error)
{
  g_autofree char *line = far_checkpoint_private_to_string (key, private_key);
  g_autofree char *text = g_strconcat (line, "\n", NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  int saved_errno = 0;

  if (fd < 0)
    saved_errno = errno;
  else
    {
      if (!write_all (fd, text, strlen (text)))
        saved_errno = errno;
      if (close (fd) != 0 && saved_errno == 0)
        saved_errno = errno;
    }
  far_secret_wipe (line, strlen (line));
  far_secret_wipe (text, strlen (text));
  if (saved_errno != 0)
    return fail ("write", path, saved_errno, error);
  return sync_directory (path, error);
}

/* Renames, and never replaces. */
gboolean
far_keys_settle (const char *new_path, const char *path, GError **error)
{
  if (renameat2 (AT_FDCWD, new_path, AT_FDCWD, path, RENAME_NOREPLACE) != 0 &&
      (errno != EINVAL || link (new_path, path) != 0 || unlink (new_path) != 0))
    return fail ("move", path, errno, error);
  return sync_directory (path, error);
}

/* Renames over the old one, whose private key is gone then. */
gboolean
far_keys_replace (const char *new_path, const char *path, GError **error)
{
  if (rename (new_path, path) != 0)
    return fail ("move", path, errno, error);
  return sync_directory (path, error);
}
