/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Landlock, spoken by system call (the C library has no wrappers), with structures of our own:
 * those of an older linux/landlock.h lack the later fields, and the kernel takes a longer one only
 * if its tail is zero. Needs no_new_privs. Nothing is allocated but errors. Thread: the calling
 * one is bound. */
#include "sandbox/far-landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

G_DEFINE_QUARK (far-landlock-error-quark, far_landlock_error)

/* linux/landlock.h of ABI 6 and later, by value. */
#define CREATE_VERSION (1U << 0)
#define RULE_PATH_BENEATH 1
#define FS_EXECUTE (G_GUINT64_CONSTANT (1) << 0)
#define FS_WRITE_FILE (G_GUINT64_CONSTANT (1) << 1)
#define FS_READ_FILE (G_GUINT64_CONSTANT (1) << 2)
#define FS_READ_DIR (G_GUINT64_CONSTANT (1) << 3)
#define FS_MAKE_CHAR (G_GUINT64_CONSTANT (1) << 6)
#define FS_MAKE_BLOCK (G_GUINT64_CONSTANT (1) << 11)
#define FS_REFER (G_GUINT64_CONSTANT (1) << 13)
#define FS_TRUNCATE (G_GUINT64_CONSTANT (1) << 14)
#define FS_ABI_1 ((G_GUINT64_CONSTANT (1) << 13) - 1)
#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)
#define NET_TCP (G_GUINT64_CONSTANT (3)) /* bind, connect */
#define SCOPE_ALL (G_GUINT64_CONSTANT (3)) /* abstract sockets, signals */

typedef struct {
  guint64 handled_access_fs;
  guint64 handled_access_net;
  guint64 scoped;
} RulesetAttr;

typedef struct {
  guint64 allowed_access;
  gint32  parent_fd;
} __attribute__ ((packed)) PathBeneathAttr;

int
far_landlock_abi (void)
{
  int abi = syscall (SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

  return MAX (abi, 0);
}

static gboolean
fail (GError    **error,
      const char *what)
{
  g_set_error (error, FAR_LANDLOCK_ERROR, FAR_LANDLOCK_ERROR_RULES, "Landlock: %s: %s", what,
               g_strerror (errno));
  return FALSE;
}

static int
create_ruleset (const RulesetAttr *attr,
                int                abi)
{
  gsize size = abi >= 6 ? sizeof *attr
             : abi >= 4 ? G_STRUCT_OFFSET (RulesetAttr, scoped)
                        : G_STRUCT_OFFSET (RulesetAttr, handled_access_net);

  return syscall (SYS_landlock_create_ruleset, attr, size, 0);
}

static gboolean
restrict_self (int      ruleset,
               GError **error)
{
  int status = syscall (SYS_landlock_restrict_self, ruleset, 0);
  int number = errno;

  close (ruleset);
  errno = number;
  return status == 0 || fail (error, "the kernel refuses the rules");
}

gboolean
far_landlock_restrict_reach (gboolean tcp,
                             GError **error)
{
  int abi = far_landlock_abi ();
  RulesetAttr attr = {
    .handled_access_net = tcp ? 0 : NET_TCP,
    .scoped = abi >= 6 ? SCOPE_ALL : 0,
  };
  int ruleset;

  if (abi < 4 || (attr.handled_access_net | attr.scoped) == 0)
    return TRUE;
  ruleset = create_ruleset (&attr, abi);
  if (ruleset < 0)
    return fail (error, "no rules for the network");
  return restrict_self (ruleset, error);
}

static gboolean
add_path (int                    ruleset,
          const FarLandlockPath *path,
          guint64                handled,
          GError               **error)
{
  static const guint64 accesses[] = {
    [FAR_LANDLOCK_READ] = FS_READ_FILE | FS_READ_DIR,
    [FAR_LANDLOCK_EXECUTE] = FS_READ_FILE | FS_READ_DIR | FS_EXECUTE,
    [FAR_LANDLOCK_WRITE] = ~(FS_MAKE_CHAR | FS_MAKE_BLOCK),
  };
  PathBeneathAttr attr;
  struct stat status;
  int result;

  attr.parent_fd = open (path->path, O_PATH | O_CLOEXEC);
  if (attr.parent_fd < 0 && (errno == ENOENT || errno == EACCES))
    return TRUE;
  if (attr.parent_fd < 0 || fstat (attr.parent_fd, &status) < 0)
    return fail (error, path->path);
  attr.allowed_access = accesses[path->access] & handled;
  if (!S_ISDIR (status.st_mode))
    attr.allowed_access &= FS_OF_FILES;
  result = syscall (SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &attr, 0);
  close (attr.parent_fd);
  return result == 0 || fail (error, path->path);
}

gboolean
far_landlock_restrict_files (const FarLandlockPath *paths,
                             gsize                  n_paths,
                             GError               **error)
{
  int abi = far_landlock_abi ();
  RulesetAttr attr = {
    .handled_access_fs = FS_ABI_1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0),
  };
  int ruleset;

  g_return_val_if_fail (n_paths <= FAR_LANDLOCK_PATHS_MAX, FALSE);

  if (abi < 1)
    return TRUE;
  ruleset = create_ruleset (&attr, abi);
  if (ruleset < 0)
    return fail (error, "no rules for files");
  for (gsize i = 0; i < n_paths; i++)
    {
      if (!add_path (ruleset, &paths[i], attr.handled_access_fs, error))
        {
          close (ruleset);
          return FALSE;
        }
    }
  return restrict_self (ruleset, error);
}
