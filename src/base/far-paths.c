/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where things lie on disk. The runtime directory follows from the data directory's resolved path
 * alone, so that all programs of one user find the same sockets without asking each other. Reads
 * the environment, changes nothing but in far_paths_ensure_private_dir(). Any thread. */
#include "farthing-config.h"

#include "base/far-paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/far-crypto.h"
#include "base/far-id.h"

#define RUNTIME_NAME_BYTES 8
/* A Unix socket's address holds 107 characters; leave room for "/farthing/H/a-socket-name". */
#define RUNTIME_ROOT_LEN_MAX 60
#define PRIVATE_MODE 0700
#define CONTROL_SOCKET "control.sock"
/* XDG_RUNTIME_DIR of the unit that runs for the machine, under an account that only it has. */
#define MACHINE_RUNTIME_DIR "/run/farthing"

/**
 * far_paths_default_data_dir:
 *
 * Returns: (transfer full): $XDG_DATA_HOME/farthing
 */
char *
far_paths_default_data_dir (void)
{
  return g_build_filename (g_get_user_data_dir (), "farthing", NULL);
}

/* realpath() of what exists of it, so that the answer is the same before and after it is made. */
static char *
resolve (const char *path)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *tail = g_strdup ("");
  char *real;
  char *resolved;

  while ((real = realpath (absolute, NULL)) == NULL && strcmp (absolute, "/") != 0)
    {
      g_autofree char *parent = g_path_get_dirname (absolute);
      g_autofree char *name = g_path_get_basename (absolute);
      char *longer = g_build_filename ("/", name, tail, NULL);

      g_free (tail);
      tail = longer;
      g_free (absolute);
      absolute = g_steal_pointer (&parent);
    }

  resolved = g_build_filename (real != NULL ? real : "/", tail, NULL);
  free (real);
  /* g_build_filename keeps the slash that an empty tail would leave. */
  if (strlen (resolved) > 1 && g_str_has_suffix (resolved, "/"))
    resolved[strlen (resolved) - 1] = '\0';
  return resolved;
}

/* The folder of this user's sockets. Inside Flatpak each start of the app has an XDG_RUNTIME_DIR of
 * its own; the one folder that all of them see is app/ID in it. */
static char *
runtime_root (void)
{
  const char *root = g_getenv ("XDG_RUNTIME_DIR");
  const char *flatpak_id = g_getenv ("FLATPAK_ID");
  g_autofree char *shared = NULL;

  if (root == NULL || !g_path_is_absolute (root))
    return NULL;
  if (flatpak_id != NULL && *flatpak_id != '\0' && strchr (flatpak_id, '/') == NULL)
    shared = g_build_filename (root, "app", flatpak_id, NULL);
  if (shared != NULL && g_file_test (shared, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&shared);
  return g_strdup (root);
}

/**
 * far_paths_runtime_dir:
 * @data_dir: a data directory; it need not exist
 *
 * $XDG_RUNTIME_DIR/farthing/H, inside Flatpak $XDG_RUNTIME_DIR/app/ID/farthing/H;
 * /tmp/farthing-UID/H where XDG_RUNTIME_DIR is unset or so long that a socket's address would not
 * fit.
 *
 * Returns: (transfer full): the folder of its sockets; not created
 */
char *
far_paths_runtime_dir (const char *data_dir)
{
  g_autofree char *root = runtime_root ();
  g_autofree char *resolved = NULL;
  g_autofree char *name = NULL;
  g_autofree char *parent = NULL;
  guint8 digest[FAR_SHA256_LEN];

  g_return_val_if_fail (data_dir != NULL, NULL);

  resolved = resolve (data_dir);
  far_sha256 (resolved, strlen (resolved), digest);
  name = far_hex_encode (digest, RUNTIME_NAME_BYTES);

  if (root != NULL && strlen (root) <= RUNTIME_ROOT_LEN_MAX)
    parent = g_build_filename (root, "farthing", NULL);
  else
    parent = g_strdup_printf ("/tmp/farthing-%u", (guint) getuid ());
  return g_build_filename (parent, name, NULL);
}

/**
 * far_paths_control_socket:
 * @data_dir: a data directory
 *
 * Returns: (transfer full): path of the control API's socket
 */
char *
far_paths_control_socket (const char *data_dir)
{
  g_autofree char *runtime_dir = far_paths_runtime_dir (data_dir);

  return g_build_filename (runtime_dir, CONTROL_SOCKET, NULL);
}

/**
 * far_paths_find_control_socket:
 * @data_dir: a data directory
 *
 * For clients: also finds the platform that systemd runs for the machine, whose XDG_RUNTIME_DIR
 * (data/systemd/farthingd.service.in) is nobody else's.
 *
 * Returns: (transfer full): path of the control API's socket, whether it is there or not
 */
char *
far_paths_find_control_socket (const char *data_dir)
{
  g_autofree char *ours = far_paths_control_socket (data_dir);
  g_autofree char *folder = g_path_get_dirname (ours);
  g_autofree char *name = g_path_get_basename (folder);
  g_autofree char *machines = g_build_filename (MACHINE_RUNTIME_DIR, "farthing", name,
                                                CONTROL_SOCKET, NULL);

  if (!g_file_test (ours, G_FILE_TEST_EXISTS) && g_file_test (machines, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&machines);
  return g_steal_pointer (&ours);
}

/* Nobody but us and root may be able to put another folder in this one's place. */
static gboolean
check_parent (const char  *parent,
              GError     **error)
{
  struct stat status;

  if (stat (parent, &status) != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "Cannot look at %s: %s", parent, g_strerror (errno));
      return FALSE;
    }
  if ((status.st_uid != geteuid () && status.st_uid != 0) ||
      ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                   "%s can be changed by somebody else; remove it or set XDG_RUNTIME_DIR", parent);
      return FALSE;
    }
  return TRUE;
}

/**
 * far_paths_ensure_private_dir:
 * @path: absolute path of the folder
 * @error: a GFileError: G_FILE_ERROR_PERM if it, or its parent, is somebody else's
 *
 * Makes the folder, with missing parents, and its mode 0700. A symbolic link in its place is
 * refused.
 *
 * Returns: TRUE if it is there and private to this user
 */
gboolean
far_paths_ensure_private_dir (const char  *path,
                              GError     **error)
{
  g_autofree char *parent = NULL;
  struct stat status;
  gboolean ok = FALSE;
  int fd;

  g_return_val_if_fail (path != NULL && g_path_is_absolute (path), FALSE);

  parent = g_path_get_dirname (path);
  if (g_mkdir_with_parents (parent, PRIVATE_MODE) != 0 ||
      (mkdir (path, PRIVATE_MODE) != 0 && errno != EEXIST))
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "Cannot make the folder %s: %s", path, g_strerror (errno));
      return FALSE;
    }
  if (!check_parent (parent, error))
    return FALSE;

  fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &status) != 0)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                 "Cannot open the folder %s: %s", path, g_strerror (errno));
  else if (status.st_uid != geteuid ())
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                 "%s belongs to somebody else; remove it or choose another folder", path);
  else if ((status.st_mode & 07777) != PRIVATE_MODE && fchmod (fd, PRIVATE_MODE) != 0)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                 "Cannot make %s private: %s", path, g_strerror (errno));
  else
    ok = TRUE;

  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
is_program (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_REGULAR) && access (path, X_OK) == 0;
}

/**
 * far_paths_find_libexec:
 * @program: a file name such as "farthing-spawner"
 * @error: G_FILE_ERROR_NOENT
 *
 * Returns: (transfer full) (nullable): absolute path of the helper program
 */
char *
far_paths_find_libexec (const char  *program,
                        GError     **error)
{
  const char *search_path = g_getenv ("FARTHING_LIBEXECDIR");
  g_auto (GStrv) folders = NULL;

  g_return_val_if_fail (program != NULL && strchr (program, '/') == NULL, NULL);

  if (search_path == NULL || *search_path == '\0')
    search_path = FAR_LIBEXECDIR;
  folders = g_strsplit (search_path, ":", -1);
  for (gsize i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *path = NULL;

      if (*folders[i] == '\0')
        continue;
      path = g_canonicalize_filename (program, folders[i]);
      if (is_program (path))
        return g_steal_pointer (&path);
    }

  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
               "The program %s is not in %s; install Farthing, or set FARTHING_LIBEXECDIR",
               program, search_path);
  return NULL;
}

/**
 * far_paths_default_template:
 *
 * Returns: (transfer full): $FARTHING_TEMPLATE, else the installed demo's
 */
char *
far_paths_default_template (void)
{
  const char *template = g_getenv ("FARTHING_TEMPLATE");

  if (template != NULL && *template != '\0')
    return g_canonicalize_filename (template, NULL);
  return g_build_filename (FAR_PKGLIBDIR, "publication", "template.yaml", NULL);
}

/**
 * far_paths_find_data:
 * @name: a folder's name such as "bootstraps"
 * @error: G_FILE_ERROR_NOENT
 *
 * Returns: (transfer full) (nullable): absolute path of the folder
 */
char *
far_paths_find_data (const char  *name,
                     GError     **error)
{
  const char *root = g_getenv ("FARTHING_DATADIR");
  g_autofree char *path = NULL;

  g_return_val_if_fail (name != NULL && strchr (name, '/') == NULL, NULL);

  if (root == NULL || *root == '\0')
    root = FAR_PKGDATADIR;
  path = g_canonicalize_filename (name, root);
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&path);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
               "The folder %s is not in %s; install Farthing, or set FARTHING_DATADIR", name,
               root);
  return NULL;
}
