/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds a function's root out of detached mounts (open_tree, fsopen, move_mount; Linux 5.12).
 *
 * Every tree is opened before anything is covered, made read-only, nosuid and nodev as a whole
 * while nobody sees it, then moved to its place in a tmpfs, which becomes the root and is made
 * read-only last. Nothing of the machine's /etc comes along but the loader's cache, certificates,
 * alternatives and the time zone; users and hosts are written afresh. Thread: single-threaded
 * process 1 of the namespaces. */
#include "sandbox/far-root.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

G_DEFINE_QUARK (far-root-error-quark, far_root_error)

#define ROOT_OPTIONS_SIZE "1m"
#define READ_ONLY (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* Of the machine, in order of their place. What is a symbolic link there is one here. */
static const char *const machine_paths[] = {
  "usr", "lib", "lib32", "lib64", "libx32", "bin", "sbin",
  "etc/ld.so.cache", "etc/ssl/certs", "etc/ssl/openssl.cnf", "etc/pki/tls/certs",
  "etc/alternatives", "etc/localtime",
  "dev/null", "dev/zero", "dev/full", "dev/random", "dev/urandom",
};

static const struct {
  const char *path;
  const char *text;
} written_files[] = {
  { "etc/passwd", "sbx_user1051:x:993:990::/tmp:/sbin/nologin\n" },
  { "etc/group", "sbx_user1051:x:990:\n" },
  { "etc/hosts", "127.0.0.1 localhost\n::1 localhost\n" },
  { "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n" },
};

static const struct {
  const char *path;
  const char *target;
} links[] = {
  { "dev/fd", "/proc/self/fd" },
  { "dev/stdin", "/proc/self/fd/0" },
  { "dev/stdout", "/proc/self/fd/1" },
  { "dev/stderr", "/proc/self/fd/2" },
};

static gboolean
fail (GError     **error,
      FarRootError code,
      const char  *what,
      const char  *path)
{
  int number = errno;

  g_set_error (error, FAR_ROOT_ERROR, code, "%s %s: %s", what, path, g_strerror (number));
  return FALSE;
}

static int
open_detached (const char *path,
               guint64     attributes,
               GError    **error)
{
  struct mount_attr attr = { .attr_set = attributes };
  int fd = open_tree (AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

  if (fd >= 0 && mount_setattr (fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) == 0)
    return fd;
  fail (error, FAR_ROOT_ERROR_OPEN, "Cannot open", path);
  if (fd >= 0)
    close (fd);
  return -1;
}

/* Shows what belongs to the folder's owner as the function's own. A file system that cannot do so
 * keeps its owners, and the function what those let it do. */
static void
map_owner (int                tree,
           const FarIdentity *identity)
{
  struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
  struct stat status;
  int mapping;

  if (fstat (tree, &status) < 0)
    return;
  mapping = far_namespaces_open_mapping (status.st_uid, status.st_gid, identity, NULL);
  if (mapping < 0)
    return;
  attr.userns_fd = mapping;
  mount_setattr (tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr);
  close (mapping);
}

static int
open_grant (const char        *path,
            gboolean           writable,
            const FarIdentity *identity,
            GError           **error)
{
  struct stat status;
  int tree;

  if (stat (path, &status) < 0)
    return fail (error, FAR_ROOT_ERROR_OPEN, "Cannot open", path) ? 0 : -1;
  if (!S_ISDIR (status.st_mode))
    {
      errno = ENOTDIR;
      return fail (error, FAR_ROOT_ERROR_OPEN, "Cannot open", path) ? 0 : -1;
    }
  tree = open_detached (path, writable ? MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC
                                       : READ_ONLY, error);
  if (tree >= 0 && identity != NULL)
    map_owner (tree, identity);
  return tree;
}

static gboolean
open_grants (const FarPlan     *plan,
             const FarIdentity *identity,
             FarRootTrees      *trees,
             GError           **error)
{
  if (plan->code_dir[0] != '\0' &&
      (trees->code = open_grant (plan->code_dir, FALSE, identity, error)) < 0)
    return FALSE;
  if (plan->runtime_dir != NULL && plan->runtime_dir[0] != '\0' &&
      (trees->runtime = open_grant (plan->runtime_dir, FALSE, identity, error)) < 0)
    return FALSE;
  if (plan->lang_dir != NULL && plan->lang_dir[0] != '\0' &&
      (trees->lang = open_grant (plan->lang_dir, FALSE, identity, error)) < 0)
    return FALSE;
  for (guint i = 0; i < plan->n_stores; i++)
    {
      trees->stores[i] = open_grant (plan->stores[i].host_path, plan->stores[i].writable, identity,
                                     error);
      if (trees->stores[i] < 0)
        return FALSE;
    }
  return TRUE;
}

static void
clear_trees (FarRootTrees *trees)
{
  trees->code = trees->runtime = trees->lang = -1;
  for (guint i = 0; i < FAR_PLAN_STORES_MAX; i++)
    trees->stores[i] = -1;
}

gboolean
far_root_open_trees (const FarPlan     *plan,
                     const FarIdentity *identity,
                     FarRootTrees      *ret_trees,
                     GError           **error)
{
  clear_trees (ret_trees);
  ret_trees->opened = identity->privileged;
  return !identity->privileged || open_grants (plan, identity, ret_trees, error);
}

gboolean
far_root_open_trees_for (const FarPlan *plan,
                         int            user_namespace,
                         FarRootTrees  *ret_trees,
                         GError       **error)
{
  clear_trees (ret_trees);
  ret_trees->opened = TRUE;
  if (setns (user_namespace, CLONE_NEWUSER) < 0 || unshare (CLONE_NEWNS) < 0 ||
      mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
    return fail (error, FAR_ROOT_ERROR_OPEN, "Cannot join", "the user namespace");
  return open_grants (plan, NULL, ret_trees, error);
}

static int
new_file_system (const char        *type,
                 const char *const *options,
                 guint              attributes,
                 GError           **error)
{
  int context = fsopen (type, FSOPEN_CLOEXEC);
  gboolean ok = context >= 0;
  int fd = -1;

  for (guint i = 0; ok && options[i]; i += 2)
    ok = fsconfig (context, FSCONFIG_SET_STRING, options[i], options[i + 1], 0) == 0;
  if (ok && fsconfig (context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
    fd = fsmount (context, FSMOUNT_CLOEXEC, attributes);
  if (fd < 0)
    fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot make a file system", type);
  if (context >= 0)
    close (context);
  return fd;
}

int
far_root_new_tmp (guint    size_mb,
                  gboolean executable,
                  GError **error)
{
  g_autofree char *size = g_strdup_printf ("%um", size_mb);
  /* A small file costs the kernel some 1 KB beside its page, so files are bounded with bytes. */
  g_autofree char *inodes = g_strdup_printf ("%u", MIN (size_mb * 64, 65536U) + 16);
  const char *options[] = { "size", size, "nr_inodes", inodes, "mode", "1777", NULL };

  return new_file_system ("tmpfs", options,
                          MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                          (executable ? 0 : MOUNT_ATTR_NOEXEC), error);
}

gboolean
far_root_attach_tmp (int      tmp_fd,
                     GError **error)
{
  int status = move_mount (tmp_fd, "", AT_FDCWD, FAR_PLAN_TMP, MOVE_MOUNT_F_EMPTY_PATH);

  if (status < 0)
    fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot mount", FAR_PLAN_TMP);
  close (tmp_fd);
  return status == 0;
}

static gboolean
make_folders (int         root,
              const char *path,
              GError    **error)
{
  g_autofree char *prefix = g_strdup (path);

  for (char *slash = strchr (prefix, '/'); slash; slash = strchr (slash + 1, '/'))
    {
      *slash = '\0';
      if (mkdirat (root, prefix, 0755) < 0 && errno != EEXIST)
        return fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot make", path);
      *slash = '/';
    }
  return TRUE;
}

static gboolean
make_file (int         root,
           const char *path,
           const char *text,
           GError    **error)
{
  gssize length = strlen (text);
  int fd = openat (root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  gboolean ok = fd >= 0 && write (fd, text, length) == length;

  if (!ok)
    fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot write", path);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* Moves a tree to path (relative to root) and closes it. */
static gboolean
attach (int         root,
        int         tree,
        const char *path,
        GError    **error)
{
  struct stat status;
  gboolean ok;

  ok = make_folders (root, path, error) && fstat (tree, &status) == 0 &&
       (S_ISDIR (status.st_mode) ? mkdirat (root, path, 0755) == 0 || errno == EEXIST
                                 : make_file (root, path, "", error));
  if (ok && move_mount (tree, "", root, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
    ok = fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot mount", path);
  else if (!ok && error != NULL && *error == NULL)
    fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot place", path);
  close (tree);
  return ok;
}

typedef struct {
  int   tree;       /* -1: a symbolic link */
  char *target;
} Bind;

/* Opens or reads what the machine has; what it has not is left out. */
static gboolean
open_machine (Bind    *binds,
              GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (machine_paths); i++)
    binds[i].tree = -1;
  for (guint i = 0; i < G_N_ELEMENTS (machine_paths); i++)
    {
      g_autofree char *path = g_strconcat ("/", machine_paths[i], NULL);
      gboolean device = g_str_has_prefix (machine_paths[i], "dev/");
      struct stat status;

      if (lstat (path, &status) < 0)
        continue;
      if (S_ISLNK (status.st_mode))
        {
          binds[i].target = g_file_read_link (path, NULL);
          continue;
        }
      binds[i].tree = open_detached (path, device ? MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC
                                                  : READ_ONLY, error);
      if (binds[i].tree < 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
place_machine (int      root,
               Bind    *binds,
               GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (machine_paths); i++)
    {
      if (binds[i].target != NULL &&
          (!make_folders (root, machine_paths[i], error) ||
           symlinkat (binds[i].target, root, machine_paths[i]) < 0))
        return fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot link", machine_paths[i]);
      if (binds[i].tree >= 0 &&
          !attach (root, g_steal_fd (&binds[i].tree), machine_paths[i], error))
        return FALSE;
    }
  return TRUE;
}

static void
free_binds (Bind *binds)
{
  for (guint i = 0; i < G_N_ELEMENTS (machine_paths); i++)
    {
      g_free (binds[i].target);
      if (binds[i].tree >= 0)
        close (binds[i].tree);
    }
}

static gboolean
place_files (int      root,
             GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (written_files); i++)
    if (!make_folders (root, written_files[i].path, error) ||
        !make_file (root, written_files[i].path, written_files[i].text, error))
      return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    if (!make_folders (root, links[i].path, error) ||
        symlinkat (links[i].target, root, links[i].path) < 0)
      return fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot link", links[i].path);
  return TRUE;
}

/* Processes of other users are hidden, and of one's own those that forbid tracing. A machine that
 * covers parts of its own /proc (some containers) forbids a fresh one: then there is none. */
static gboolean
place_proc (int      root,
            GError **error)
{
  const char *options[] = { "hidepid", "invisible", "subset", "pid", NULL };
  int proc = new_file_system ("proc", options,
                              READ_ONLY | MOUNT_ATTR_NOEXEC, NULL);

  return proc < 0 || attach (root, proc, "proc", error);
}

static gboolean
place_grants (int            root,
              const FarPlan *plan,
              FarRootTrees  *trees,
              GError       **error)
{
  int tmp;

  if (trees->code >= 0 && !attach (root, g_steal_fd (&trees->code), FAR_PLAN_CODE + 1, error))
    return FALSE;
  for (guint i = 0; i < plan->n_stores; i++)
    if (!attach (root, g_steal_fd (&trees->stores[i]), plan->stores[i].mount + 1, error))
      return FALSE;
  /* A fork server's own /tmp is only for its init; instances cover it with theirs. */
  tmp = far_root_new_tmp (plan->fork_server ? 1 : plan->tmp_mb, !plan->fork_server, error);
  return tmp >= 0 && attach (root, tmp, FAR_PLAN_TMP + 1, error);
}

/* What stands by gets a folder where its function's code will be. */
static gboolean
place_runtime (int            root,
               const FarPlan *plan,
               FarRootTrees  *trees,
               GError       **error)
{
  if (trees->runtime >= 0 &&
      !attach (root, g_steal_fd (&trees->runtime), FAR_PLAN_RUNTIME + 1, error))
    return FALSE;
  if (trees->lang >= 0 && !attach (root, g_steal_fd (&trees->lang), FAR_PLAN_LANG + 1, error))
    return FALSE;
  if (plan->standby && (!make_folders (root, FAR_PLAN_CODE + 1, error) ||
                        mkdirat (root, FAR_PLAN_CODE + 1, 0755) < 0))
    return fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot make", FAR_PLAN_CODE);
  return TRUE;
}

static gboolean
set_read_only (gboolean on,
               GError **error)
{
  struct mount_attr attr = { 0 };

  if (on)
    attr.attr_set = READ_ONLY;
  else
    attr.attr_clr = MOUNT_ATTR_RDONLY;
  return mount_setattr (AT_FDCWD, "/", 0, &attr, sizeof attr) == 0 ||
         fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot close", "the new root");
}

gboolean
far_root_add_grants (const FarPlan *plan,
                     FarRootTrees  *trees,
                     GError       **error)
{
  int root = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  gboolean ok;

  if (root < 0)
    return fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot open", "the root");
  ok = set_read_only (FALSE, error) && place_grants (root, plan, trees, error) &&
       set_read_only (TRUE, error);
  close (root);
  return ok;
}

/* The new root is the current folder; the old one ends up on top of it and is let go. */
static gboolean
enter_root (int      root,
            GError **error)
{
  if (fchdir (root) < 0 || syscall (SYS_pivot_root, ".", ".") < 0 ||
      umount2 (".", MNT_DETACH) < 0 || chdir ("/") < 0)
    return fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot move into", "the new root");
  return TRUE;
}

static gboolean
fill_root (int            root,
           const FarPlan *plan,
           FarRootTrees  *trees,
           Bind          *binds,
           GError       **error)
{
  /* Kernels before 6.15 mount only onto what is mounted itself. */
  if (move_mount (root, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot mount", "the new root");
  if (!place_machine (root, binds, error) || !place_files (root, error) ||
      !place_proc (root, error) || !place_runtime (root, plan, trees, error) ||
      !place_grants (root, plan, trees, error) || !enter_root (root, error))
    return FALSE;
  return set_read_only (TRUE, error);
}

gboolean
far_root_build (const FarPlan *plan,
                FarRootTrees  *trees,
                GError       **error)
{
  const char *options[] = { "size", ROOT_OPTIONS_SIZE, "mode", "755", NULL };
  Bind binds[G_N_ELEMENTS (machine_paths)] = { { 0 } };
  gboolean ok;
  int root;

  umask (022);
  if (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
    return fail (error, FAR_ROOT_ERROR_MOUNT, "Cannot separate", "the mounts");
  if (!trees->opened && !open_grants (plan, NULL, trees, error))
    return FALSE;
  root = new_file_system ("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, error);
  if (root < 0)
    return FALSE;
  ok = open_machine (binds, error) && fill_root (root, plan, trees, binds, error);
  free_binds (binds);
  close (root);
  return ok;
}
