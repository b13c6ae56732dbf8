/* SPDX-License-Identifier: GPL-3.0-or-later */
/* START → fork → unshare → fork → instance.
 *
 * What this file does is a service to honest functions, not a fence: it runs in the function's own
 * process. The fence is what the keeper put up before any of that code ran (namespaces, the outer
 * filter, no privileges). What is added here protects an instance from its siblings and the
 * machine from an instance that is taken over by what it reads.
 *
 * Both forks are fork(): handlers and generators that watch for forks see them. The nested user
 * namespace maps no ids at all: files stay the function's by their outer id, and nothing in there
 * is anybody. The first child leaves at once, so that the keeper, as process 1 of the sandbox,
 * adopts the instance and reports its end. The instance is process 1 of its own namespace, so
 * signals it sends itself do nothing by default: abort() still ends it, but by SIGSEGV, and a
 * write to a closed pipe just fails. Thread: the only one. */
#include "sandbox/far-fork-server.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/far-channel.h"
#include "sandbox/far-filter.h"
#include "sandbox/far-isolation.h"
#include "sandbox/far-landlock.h"
#include "sandbox/far-limits.h"
#include "sandbox/far-namespaces.h"
#include "sandbox/far-sandbox-messages.h"

G_DEFINE_QUARK (far-fork-server-error-quark, far_fork_server_error)

#define NESTED_FLAGS (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC)

struct _FarForkServer {
  FarIsolation isolation;
  FarFilter   *filter;
  char       **writable; /* (nullable) */
};

typedef struct {
  guint64          id;
  FarChannelExtras fds; /* runtime, log, services… */
  int              tmp; /* or -1 */
} Start;

/* With every place below FAR_FD_CONTROL taken, no received descriptor can lie in one, so putting
 * one in its place never overwrites another. */
static void
occupy_places (void)
{
  for (int fd = FAR_FD_RUNTIME; fd < FAR_FD_CONTROL; fd++)
    dup3 (STDIN_FILENO, fd, O_CLOEXEC);
}

FarForkServer *
far_fork_server_new (GError **error)
{
  g_autoptr (FarForkServer) self = g_new0 (FarForkServer, 1);
  const char *isolation = g_getenv (FAR_ENV_ISOLATION);
  const char *writable = g_getenv (FAR_ENV_WRITABLE);

  if (!far_isolation_parse (isolation, &self->isolation))
    {
      g_set_error (error, FAR_FORK_SERVER_ERROR, FAR_FORK_SERVER_ERROR_SETUP,
                   "%s names no tier of isolation; only farthing-spawner starts a fork server",
                   FAR_ENV_ISOLATION);
      return NULL;
    }
  self->filter = far_filter_read (FAR_FD_FILTER, error);
  if (self->filter == NULL)
    return NULL;
  occupy_places ();
  if (writable != NULL && writable[0] != '\0')
    self->writable = g_strsplit (writable, ":", FAR_LANDLOCK_PATHS_MAX);
  return g_steal_pointer (&self);
}

void
far_fork_server_free (FarForkServer *self)
{
  if (self == NULL)
    return;
  far_filter_free (self->filter);
  g_strfreev (self->writable);
  g_free (self);
}

gboolean
far_fork_server_report_init (FarForkServer *self,
                             const GError  *init_error,
                             GError       **error)
{
  FarMessage ready = { .type = FAR_MESSAGE_READY };
  FarMessageText failed = { .message = { .type = FAR_MESSAGE_FAILED } };

  if (init_error == NULL)
    return far_channel_send (FAR_FD_CONTROL, &ready, sizeof ready, NULL, 0, 0, error);
  g_strlcpy (failed.text, init_error->message, sizeof failed.text);
  return far_channel_send (FAR_FD_CONTROL, &failed, sizeof failed, NULL, 0, 0, error);
}

/* Puts the START's descriptors in their places: 1 and 2, 3, 4 and on. The received ones lie above
 * all places (see occupy_places). */
static gboolean
place_descriptors (const Start *start,
                   GError     **error)
{
  const int *fds = start->fds.fds;
  gboolean ok;

  ok = dup2 (fds[0], FAR_FD_RUNTIME) >= 0 && dup2 (fds[1], STDOUT_FILENO) >= 0 &&
       dup2 (fds[1], STDERR_FILENO) >= 0;
  for (guint i = 2; ok && i < start->fds.n_fds; i++)
    ok = dup2 (fds[i], FAR_FD_SERVICES + i - 2) >= 0;
  if (!ok)
    {
      g_set_error (error, FAR_FORK_SERVER_ERROR, FAR_FORK_SERVER_ERROR_SETUP,
                   "Cannot place the instance's descriptors: %s", g_strerror (errno));
      return FALSE;
    }
  close_range (FAR_FD_SERVICES + start->fds.n_fds - 2, FAR_FD_CLOCK - 1, 0);
  close_range (FAR_FD_CLOCK + 1, ~0U, 0);
  return TRUE;
}

static void
report (FarMessageType type,
        guint64        id,
        int            number,
        int            pidfd)
{
  FarMessage message = { .type = type, .value = number, .id = id };

  far_channel_send (FAR_FD_CONTROL, &message, sizeof message, &pidfd, pidfd >= 0 ? 1 : 0, 0, NULL);
}

/* Its own tmpfs over /tmp. Pool and order are the keeper's. */
static gboolean
cover_tmp (Start   *start,
           GError **error)
{
  if (start->tmp >= 0 && move_mount (start->tmp, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) < 0)
    {
      g_set_error (error, FAR_FORK_SERVER_ERROR, FAR_FORK_SERVER_ERROR_SETUP,
                   "Cannot mount /tmp: %s", g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

static gboolean
restrict_files (FarForkServer *self,
                GError       **error)
{
  FarLandlockPath paths[FAR_LANDLOCK_PATHS_MAX] = {
    { "/", FAR_LANDLOCK_READ },
    { "/tmp", FAR_LANDLOCK_WRITE },
    { "/dev/null", FAR_LANDLOCK_WRITE },
  };
  gsize n = 3;

  /* Without a root of its own the keeper has named every path already. */
  if (self->isolation != FAR_ISOLATION_FULL)
    return TRUE;
  for (guint i = 0; self->writable && self->writable[i] && n < G_N_ELEMENTS (paths); i++)
    paths[n++] = (FarLandlockPath) { self->writable[i], FAR_LANDLOCK_WRITE };
  return far_landlock_restrict_files (paths, n, error);
}

/* In the instance: close every door. The filter comes last, it forbids the rest of this. */
static gboolean
seal (FarForkServer *self,
      Start         *start,
      GError       **error)
{
  struct rlimit threads = { FAR_FORK_SERVER_THREADS_MAX, FAR_FORK_SERVER_THREADS_MAX };

  prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (!cover_tmp (start, error) || !place_descriptors (start, error))
    return FALSE;
  if (self->isolation == FAR_ISOLATION_FULL)
    setrlimit (RLIMIT_NPROC, &threads);
  return far_limits_drop_capabilities (error) && restrict_files (self, error) &&
         far_filter_load (self->filter, error);
}

/* The first child. Returns in the second, the instance. */
static void
leave_for_namespaces (FarForkServer *self,
                      Start         *start)
{
  int pidfd = -1;
  pid_t pid;

  /* An instance may end before this process has left; ignoring would then let it vanish without
   * the keeper ever hearing of it. */
  signal (SIGCHLD, SIG_DFL);
  if (self->isolation == FAR_ISOLATION_FULL && unshare (NESTED_FLAGS) < 0)
    {
      report (FAR_MESSAGE_LOST, start->id, errno, -1);
      _exit (1);
    }
  /* Without a pid namespace nothing else would end it when the keeper is killed. */
  if (self->isolation != FAR_ISOLATION_FULL)
    pidfd = syscall (SYS_pidfd_open, getpid (), 0);
  pid = fork ();
  if (pid < 0)
    report (FAR_MESSAGE_LOST, start->id, errno, -1);
  if (pid != 0)
    _exit (pid < 0);
  if (pidfd >= 0)
    far_namespaces_await_adoption (pidfd);
}

static void
become_instance (FarForkServer *self,
                 Start         *start)
{
  g_autoptr (GError) error = NULL;
  int pidfd = syscall (SYS_pidfd_open, getpid (), 0);

  report (FAR_MESSAGE_STARTED, start->id, 0, pidfd);
  if (!seal (self, start, &error))
    {
      gssize ignored G_GNUC_UNUSED = write (STDERR_FILENO, error->message, strlen (error->message));
      _exit (1);
    }
}

/* Takes the next START. FALSE without error: the platform has closed the channel. */
static gboolean
receive_start (FarForkServer *self,
               Start         *start,
               GError       **error)
{
  g_autoptr (GError) local = NULL;
  FarMessage message;
  FarChannelExtras tmp;
  gssize n_bytes;

  n_bytes = far_channel_receive (FAR_FD_CONTROL, &message, sizeof message, &start->fds, &local);
  if (n_bytes < 0)
    {
      if (!g_error_matches (local, FAR_CHANNEL_ERROR, FAR_CHANNEL_ERROR_CLOSED))
        g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (n_bytes != sizeof message || message.type != FAR_MESSAGE_START || start->fds.n_fds < 2)
    {
      g_set_error_literal (error, FAR_FORK_SERVER_ERROR, FAR_FORK_SERVER_ERROR_CHANNEL,
                           "The platform sent something else than START");
      return FALSE;
    }
  start->id = message.id;
  start->tmp = -1;
  if (self->isolation == FAR_ISOLATION_FULL)
    {
      if (far_channel_receive (FAR_FD_TMP, &message, sizeof message, &tmp, error) < 0)
        return FALSE;
      start->tmp = tmp.n_fds == 1 ? tmp.fds[0] : -1;
    }
  return TRUE;
}

gboolean
far_fork_server_run (FarForkServer *self,
                     guint64       *ret_instance_id,
                     GError       **error)
{
  Start start;

  /* First children are not waited for: the kernel clears them away. */
  signal (SIGCHLD, SIG_IGN);
  while (receive_start (self, &start, error))
    {
      pid_t pid = fork ();

      if (pid == 0)
        {
          leave_for_namespaces (self, &start);
          become_instance (self, &start);
          *ret_instance_id = start.id;
          return TRUE;
        }
      if (pid < 0)
        report (FAR_MESSAGE_LOST, start.id, errno, -1);
      far_channel_close_fds (&start.fds);
      if (start.tmp >= 0)
        close (start.tmp);
    }
  return FALSE;
}
