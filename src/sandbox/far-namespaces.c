/* SPDX-License-Identifier: GPL-3.0-or-later */
/* User namespace first, everything else inside it.
 *
 * As root, too: what is built in a user namespace whose only id is an unprivileged one outside
 * cannot be more than that outside, whatever goes wrong within. A 0→0 map would still read
 * /etc/shadow (measured). Only the map itself needs root, and a short-lived child that stays
 * behind writes it.
 *
 * fork → unshare → fork and never a raw clone: the C library must see every fork. The process in
 * between ends at once, so its child is adopted by the spawner; the child's parent-death signal may
 * be set only after that, or it would fire at this very exit. Thread: single-threaded callers. */
#include "sandbox/far-namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

G_DEFINE_QUARK (far-namespaces-error-quark, far_namespaces_error)

/* Above every range that systemd gives out; where that is not mapped, its range for dynamic
 * users. */
#define IDENTITY_BASE 1900000000U
#define IDENTITY_BASE_LOW 61184U
#define IDENTITY_SLOTS 4096U

#define SANDBOX_FLAGS \
  (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | \
   CLONE_NEWCGROUP)

static gboolean
fail (GError           **error,
      FarNamespacesError code,
      const char        *what)
{
  g_set_error (error, FAR_NAMESPACES_ERROR, code, "%s: %s", what, g_strerror (errno));
  return FALSE;
}

/* Is the whole of [base, base + IDENTITY_SLOTS) an id in this user namespace? */
static gboolean
ids_are_mapped (guint base)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/uid_map", &text, NULL, NULL))
    return FALSE;
  lines = g_strsplit (text, "\n", 0);
  for (guint i = 0; lines[i]; i++)
    {
      guint64 inside, count;

      if (sscanf (lines[i], "%" G_GUINT64_FORMAT " %*u %" G_GUINT64_FORMAT, &inside, &count) == 2 &&
          inside <= base && inside + count >= (guint64) base + IDENTITY_SLOTS)
        return TRUE;
    }
  return FALSE;
}

void
far_identity_init (FarIdentity *identity,
                   guint        slot)
{
  identity->privileged = geteuid () == 0;
  identity->uid = geteuid ();
  identity->gid = getegid ();
  if (identity->privileged)
    {
      guint base = ids_are_mapped (IDENTITY_BASE) ? IDENTITY_BASE : IDENTITY_BASE_LOW;

      identity->uid = base + slot % IDENTITY_SLOTS;
      identity->gid = identity->uid;
    }
}

static gboolean
write_text (const char *path,
            const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gssize length = strlen (text);
  gboolean ok = fd >= 0 && write (fd, text, length) == length;
  int number = errno;

  if (fd >= 0)
    close (fd);
  errno = number;
  return ok;
}

static gboolean
write_maps (pid_t pid,
            uid_t inside_uid,
            uid_t outside_uid,
            gid_t inside_gid,
            gid_t outside_gid)
{
  char path[64];
  char text[64];

  g_snprintf (path, sizeof path, "/proc/%d/setgroups", (int) pid);
  if (!write_text (path, "deny"))
    return FALSE;
  g_snprintf (path, sizeof path, "/proc/%d/uid_map", (int) pid);
  g_snprintf (text, sizeof text, "%u %u 1", inside_uid, outside_uid);
  if (!write_text (path, text))
    return FALSE;
  g_snprintf (path, sizeof path, "/proc/%d/gid_map", (int) pid);
  g_snprintf (text, sizeof text, "%u %u 1", inside_gid, outside_gid);
  return write_text (path, text);
}

/* A child that stays outside and maps its parent's ids once told to. */
static pid_t
fork_mapper (const FarIdentity *identity,
             int               *ret_tell_fd)
{
  int tell[2];
  char go;
  pid_t parent = getpid ();
  pid_t pid;

  if (pipe2 (tell, O_CLOEXEC) < 0)
    return -1;
  pid = fork ();
  if (pid != 0)
    {
      close (tell[0]);
      *ret_tell_fd = tell[1];
      return pid;
    }
  close (tell[1]);
  if (read (tell[0], &go, 1) != 1)
    _exit (0);
  _exit (write_maps (parent, FAR_NAMESPACES_UID, identity->uid, FAR_NAMESPACES_GID,
                     identity->gid) ? 0 : errno);
}

static gboolean
unshare_privileged (const FarIdentity *identity,
                    GError           **error)
{
  int tell_fd = -1;
  int status = 0;
  pid_t mapper;
  gboolean told;

  if (setgroups (0, NULL) < 0)
    return fail (error, FAR_NAMESPACES_ERROR_MAP, "Cannot drop supplementary groups");
  mapper = fork_mapper (identity, &tell_fd);
  if (mapper < 0)
    return fail (error, FAR_NAMESPACES_ERROR_MAP, "Cannot fork");
  if (unshare (SANDBOX_FLAGS) < 0)
    {
      fail (error, FAR_NAMESPACES_ERROR_UNSHARE, "Cannot make namespaces");
      close (tell_fd);
      waitpid (mapper, NULL, 0);
      return FALSE;
    }
  told = write (tell_fd, "", 1) == 1;
  close (tell_fd);
  if (waitpid (mapper, &status, 0) != mapper || !told || !WIFEXITED (status) ||
      WEXITSTATUS (status) != 0)
    {
      errno = WIFEXITED (status) ? WEXITSTATUS (status) : EIO;
      return fail (error, FAR_NAMESPACES_ERROR_MAP, "Cannot map the function's ids");
    }
  return TRUE;
}

static gboolean
unshare_user (const FarIdentity *identity,
              GError           **error)
{
  if (unshare (SANDBOX_FLAGS) < 0)
    return fail (error, FAR_NAMESPACES_ERROR_UNSHARE, "Cannot make namespaces");
  if (!write_maps (getpid (), FAR_NAMESPACES_UID, identity->uid, FAR_NAMESPACES_GID,
                   identity->gid))
    return fail (error, FAR_NAMESPACES_ERROR_MAP, "Cannot map the user's own ids");
  return TRUE;
}

void
far_namespaces_await_adoption (int pidfd)
{
  struct pollfd wait = { .fd = pidfd, .events = POLLIN };

  while (poll (&wait, 1, -1) < 0 && errno == EINTR)
    continue;
  close (pidfd);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

gboolean
far_namespaces_enter (const FarIdentity *identity,
                      int               *shared_pid,
                      GError           **error)
{
  int pidfd = syscall (SYS_pidfd_open, getpid (), 0);
  pid_t pid;

  if (pidfd < 0)
    return fail (error, FAR_NAMESPACES_ERROR_UNSHARE, "Cannot open a process descriptor");
  if (!(identity->privileged ? unshare_privileged (identity, error)
                             : unshare_user (identity, error)))
    {
      close (pidfd);
      return FALSE;
    }
  if (setresgid (FAR_NAMESPACES_GID, FAR_NAMESPACES_GID, FAR_NAMESPACES_GID) < 0 ||
      setresuid (FAR_NAMESPACES_UID, FAR_NAMESPACES_UID, FAR_NAMESPACES_UID) < 0)
    {
      close (pidfd);
      return fail (error, FAR_NAMESPACES_ERROR_MAP, "Cannot take the function's ids");
    }
  pid = fork ();
  if (pid < 0)
    {
      close (pidfd);
      return fail (error, FAR_NAMESPACES_ERROR_UNSHARE, "Cannot fork into the namespaces");
    }
  if (pid > 0)
    {
      if (shared_pid != NULL)
        g_atomic_int_set (shared_pid, pid);
      _exit (0);
    }
  far_namespaces_await_adoption (pidfd);
  return TRUE;
}

gboolean
far_namespaces_loopback_up (GError **error)
{
  struct ifreq request = { .ifr_name = "lo" };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean ok;

  request.ifr_flags = IFF_UP | IFF_RUNNING;
  ok = fd >= 0 && ioctl (fd, SIOCSIFFLAGS, &request) == 0;
  if (!ok)
    fail (error, FAR_NAMESPACES_ERROR_UNSHARE, "Cannot bring loopback up");
  if (fd >= 0)
    close (fd);
  return ok;
}

int
far_namespaces_open_mapping (uid_t              owner,
                             gid_t              group,
                             const FarIdentity *identity,
                             GError           **error)
{
  int ready[2], hold[2];
  char path[64];
  char byte;
  pid_t pid;
  int fd = -1;

  if (pipe2 (ready, O_CLOEXEC) < 0)
    return fail (error, FAR_NAMESPACES_ERROR_MAP, "Cannot make a pipe") ? 0 : -1;
  if (pipe2 (hold, O_CLOEXEC) < 0)
    {
      fail (error, FAR_NAMESPACES_ERROR_MAP, "Cannot make a pipe");
      close (ready[0]);
      close (ready[1]);
      return -1;
    }
  pid = fork ();
  if (pid == 0)
    {
      close (hold[1]);
      if (unshare (CLONE_NEWUSER) < 0 || write (ready[1], "", 1) != 1)
        _exit (1);
      _exit (read (hold[0], &byte, 1) != 0);
    }
  close (ready[1]);
  close (hold[0]);
  g_snprintf (path, sizeof path, "/proc/%d/ns/user", (int) pid);
  if (pid > 0 && read (ready[0], &byte, 1) == 1 &&
      write_maps (pid, owner, identity->uid, group, identity->gid))
    fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    fail (error, FAR_NAMESPACES_ERROR_MAP, "Cannot make an id mapping");
  close (ready[0]);
  close (hold[1]);
  if (pid > 0)
    waitpid (pid, NULL, 0);
  return fd;
}
