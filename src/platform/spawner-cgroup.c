/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of cgroup2 (Documentation/admin-guide/cgroup-v2.rst of the kernel): cgroup.procs,
 * cgroup.subtree_control, memory.max, memory.swap.max, memory.events, pids.max, cpu.weight.
 *
 * What a group adds to the limits that stand without it: memory that no single process has (all of
 * a sandbox, its /tmp too), processes whatever user they are counted to, and the processors by
 * memory, as Lambda shares them: by weight, so that nobody waits while a processor is idle. A write
 * that fails leaves that one limit to what stands without. Thread: single. */
#include "platform/spawner-cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "s"
#define PLATFORM "farthing-platform"
/* Of the kernel: 1 … 10000, 100 being the default. */
#define WEIGHT_MAX 10000
#define HEADROOM_MB 16
/* The keeper, and a fork server's processes that live for a moment. */
#define PROCESSES_SPARE 64
#define PROGRAM_PROCESSES 256
/* Of memory.events, which has half a dozen short lines. */
#define EVENTS_SIZE_MAX 512

static gboolean
write_file (const char *group,
            const char *name,
            const char *text)
{
  g_autofree char *path = g_build_filename (group, name, NULL);
  gssize length = strlen (text);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  gboolean ok = fd >= 0 && write (fd, text, length) == length;
  int number = errno;

  if (fd >= 0)
    close (fd);
  errno = number;
  return ok;
}

static gboolean
write_number (const char *group,
              const char *name,
              guint64     number)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, number);
  return write_file (group, name, text);
}

/* Where the hierarchy of version 2 is mounted, and our path in it. */
static char *
find_own (void)
{
  g_autofree char *mounts = NULL;
  g_autofree char *own = NULL;
  g_auto (GStrv) lines = NULL;
  const char *path;

  if (!g_file_get_contents ("/proc/self/mounts", &mounts, NULL, NULL) ||
      !g_file_get_contents ("/proc/self/cgroup", &own, NULL, NULL))
    return NULL;
  path = g_str_has_prefix (own, "0::") ? own : strstr (own, "\n0::");
  if (path == NULL)
    return NULL;
  path += path == own ? strlen ("0::") : strlen ("\n0::");
  *strchrnul (path, '\n') = '\0';
  lines = g_strsplit (mounts, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 4);

      if (g_strv_length (words) >= 3 && strcmp (words[2], "cgroup2") == 0)
        return g_build_filename (words[1], path, NULL);
    }
  return NULL;
}

/* The platform's guard, where it has one: a parent of the same program. Returns: its pid or 0 */
static pid_t
find_guard (void)
{
  g_autofree char *status = NULL;
  g_autofree char *own = g_strdup_printf ("/proc/%d/exe", (int) getppid ());
  g_autofree char *program = g_file_read_link (own, NULL);
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int) getppid ());
  g_autofree char *theirs = NULL;
  g_autofree char *other = NULL;
  const char *line;
  gint64 pid;

  if (program == NULL || !g_file_get_contents (path, &status, NULL, NULL) ||
      (line = strstr (status, "\nPPid:")) == NULL)
    return 0;
  pid = g_ascii_strtoll (line + strlen ("\nPPid:"), NULL, 10);
  theirs = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/exe", pid);
  other = g_file_read_link (theirs, NULL);
  return g_strcmp0 (program, other) == 0 ? (pid_t) pid : 0;
}

/* Only the platform's, its guard's and this process, which may be moved. */
static gboolean
holds_only_us (const char *group,
               pid_t       guard)
{
  g_autofree char *path = g_build_filename (group, "cgroup.procs", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    {
      gint64 pid = g_ascii_strtoll (lines[i], NULL, 10);

      if (pid != 0 && pid != getpid () && pid != getppid () && pid != guard)
        return FALSE;
    }
  return TRUE;
}

static gboolean
move_us (const char *group,
         pid_t       guard)
{
  g_autofree char *platform = g_build_filename (group, PLATFORM, NULL);

  return (mkdir (platform, 0755) == 0 || errno == EEXIST) &&
         (guard == 0 || write_number (platform, "cgroup.procs", guard)) &&
         write_number (platform, "cgroup.procs", getppid ()) &&
         write_number (platform, "cgroup.procs", getpid ());
}

/* What stands in for each controller that is not to be had. */
static const struct {
  const char *controller;
  const char *instead;
} controllers[] = {
  { "memory", "memory is limited by process and watched" },
  { "pids", "processes are limited by user" },
  { "cpu", "processors are not shared by memory" },
};

/* As many as there are: each alone, for one that is not there refuses all. ret_instead: (transfer
 * full): what stands in for the others, "" if all are there. Returns: how many there are */
static guint
enable_controllers (const char *group,
                    char      **ret_instead)
{
  g_autofree char *path = group ? g_build_filename (group, "cgroup.controllers", NULL) : NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;
  GString *instead = g_string_new (NULL);
  guint n = 0;

  if (path != NULL)
    g_file_get_contents (path, &text, NULL, NULL);
  words = g_strsplit_set (text ? text : "", " \n", -1);
  for (guint i = 0; i < G_N_ELEMENTS (controllers); i++)
    {
      g_autofree char *order = g_strconcat ("+", controllers[i].controller, NULL);

      if (g_strv_contains ((const char *const *) words, controllers[i].controller) &&
          write_file (group, "cgroup.subtree_control", order))
        n++;
      else
        g_string_append_printf (instead, "%s%s", instead->len > 0 ? ", " : "",
                                controllers[i].instead);
    }
  *ret_instead = g_string_free (instead, FALSE);
  return n;
}

/* Takes why. */
static char *
without (char *why)
{
  g_autofree char *instead = NULL;
  char *text;

  enable_controllers (NULL, &instead);
  text = g_strdup_printf ("%s: %s", instead, why);
  g_free (why);
  return text;
}

char *
cgroup_open (SpawnerCgroup *self)
{
  g_autofree char *instead = NULL;
  const char *given = g_getenv (FAR_ENV_CGROUP);
  g_autofree char *group = given && *given ? g_strdup (given) : find_own ();
  pid_t guard = find_guard ();

  self->root = NULL;
  if (group == NULL)
    return without (g_strdup ("no control groups of version 2 are mounted"));
  /* After a restart of this process alone. */
  if (g_str_has_suffix (group, "/" PLATFORM))
    *strrchr (group, '/') = '\0';
  else if (given == NULL || *given == '\0')
    {
      if (access (group, W_OK) < 0)
        return without (g_strdup_printf ("the control group %s is not delegated", group));
      if (!holds_only_us (group, guard))
        return without (g_strdup ("other processes share the platform's control group; systemd-run "
                                  "--user --scope -p Delegate=yes farthingd gives it one"));
      if (!move_us (group, guard))
        return without (g_strdup_printf ("the control group %s cannot be divided: %s", group,
                                         g_strerror (errno)));
    }
  if (enable_controllers (group, &instead) == 0)
    return without (g_strdup_printf ("the control group %s has no controllers to give", group));
  self->root = g_steal_pointer (&group);
  cgroup_sweep (self);
  return instead[0] == '\0' ? NULL
                            : g_strdup_printf ("%s: the control group %s has no controller for it",
                                               instead, self->root);
}

static guint64
weight_of (const FarPlan *plan,
           guint          n_instances)
{
  guint64 weight = (guint64) plan->memory_mb * 100 * n_instances / CGROUP_MB_PER_CPU;

  return CLAMP (weight, 1, WEIGHT_MAX);
}

gboolean
cgroup_limit (const SpawnerCgroup *self,
              const char          *name,
              const FarPlan       *plan)
{
  g_autofree char *group = NULL;
  guint64 processes = plan->fork_server ? 2 * plan->instances_max : PROGRAM_PROCESSES;

  if (self->root == NULL)
    return TRUE;
  group = g_build_filename (self->root, name, NULL);
  if (mkdir (group, 0755) < 0 && errno != EEXIST)
    return FALSE;
  if (!plan->fork_server)
    {
      guint64 mb = (guint64) plan->memory_mb + plan->tmp_mb + HEADROOM_MB;

      write_number (group, "memory.max", mb << 20);
      write_file (group, "memory.swap.max", "0");
    }
  write_number (group, "pids.max", processes + PROCESSES_SPARE);
  write_number (group, "cpu.weight", weight_of (plan, 1));
  return TRUE;
}

static int
open_file (const SpawnerCgroup *self,
           const char          *group,
           const char          *name,
           int                  access)
{
  g_autofree char *path = NULL;

  if (self->root == NULL)
    return -1;
  path = g_build_filename (self->root, group, name, NULL);
  return open (path, access | O_CLOEXEC);
}

int
cgroup_open_weight (const SpawnerCgroup *self,
                    const char          *name)
{
  return open_file (self, name, "cpu.weight", O_WRONLY);
}

void
cgroup_set_weight (int            fd,
                   const FarPlan *plan,
                   guint          n_instances)
{
  char text[24];
  gssize ignored G_GNUC_UNUSED;

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT "\n", weight_of (plan, n_instances));
  ignored = pwrite (fd, text, strlen (text), 0);
}

int
cgroup_open_events (const SpawnerCgroup *self,
                    const char          *name)
{
  return open_file (self, name, "memory.events", O_RDONLY);
}

gboolean
cgroup_ran_out (int fd)
{
  char text[EVENTS_SIZE_MAX];
  gssize n_bytes = fd >= 0 ? pread (fd, text, sizeof text - 1, 0) : -1;
  const char *kills;

  if (n_bytes <= 0)
    return FALSE;
  text[n_bytes] = '\0';
  kills = strstr (text, "\noom_kill ");
  return kills != NULL && g_ascii_strtoll (kills + strlen ("\noom_kill "), NULL, 10) > 0;
}

gboolean
cgroup_enter (const SpawnerCgroup *self,
              const char          *name)
{
  g_autofree char *group = NULL;

  if (self->root == NULL)
    return TRUE;
  group = g_build_filename (self->root, name, NULL);
  return write_number (group, "cgroup.procs", getpid ());
}

void
cgroup_sweep (const SpawnerCgroup *self)
{
  DIR *folder = self->root ? opendir (self->root) : NULL;
  struct dirent *entry;

  while (folder != NULL && (entry = readdir (folder)) != NULL)
    if (g_str_has_prefix (entry->d_name, PREFIX) && g_ascii_isdigit (entry->d_name[1]))
      unlinkat (dirfd (folder), entry->d_name, AT_REMOVEDIR);
  if (folder != NULL)
    closedir (folder);
}
