/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sandbox from building to end.
 *
 * The keeper reports to the platform alone, never to the function: BUILT or FAILED, then EXITED for
 * every process that ends in the sandbox. It names the process by sending as it (SCM_CREDENTIALS)
 * while it is still a zombie, so the kernel itself tells the platform which one it was. Its own end
 * ends everything in the sandbox: as process 1 by the kernel's doing, in lesser tiers by hand.
 *
 * It also fills the fork server's stock of /tmp. A watch on each one's root counts those that are
 * alive in truth (spawner-tmps.c), so that a fork server that hoards them gets no more than its
 * instances would.
 *
 * Thread: single. Memory: only what it needs; it lives as long as the function does. */
#include "platform/spawner-keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/spawner-adopt.h"
#include "platform/spawner-launch.h"
#include "platform/spawner-watch.h"
#include "sandbox/far-channel.h"
#include "sandbox/far-root.h"
#include "sandbox/far-sandbox-messages.h"

/* Where every instance of an exec function sees the Runtime API. */
#define RUNTIME_API_PORT 9001
#define RUNTIME_API_BACKLOG 16
/* /tmp made ready beyond the instances that may exist. */
#define TMP_SPARE 4

typedef struct {
  KeeperTask *task;
  pid_t       main_pid;
  int         signal_fd;
  int         tmp_fd;     /* our end of the stock; -1 where instances have no mounts */
  gboolean    watched;    /* FALSE: the watch is not to be had, exits are counted instead */
  int         tmp_next;   /* made, but the stock was full; -1 */
  guint       n_tmp;      /* alive */
  guint       n_sharing;  /* instances that the share of the processors is for */
  Watch       watch;
} Keeper;

/* Sends as that process, which the kernel translates for the receiver; without a pid namespace the
 * keeper may not, and need not: there the number is the same for all. */
static gboolean
send_as (KeeperTask *task,
         FarMessage *message,
         gsize       n_bytes,
         const int  *fds,
         guint       n_fds,
         pid_t       pid,
         GError    **error)
{
  gboolean translated = task->kit->isolation == FAR_ISOLATION_FULL;

  message->value = translated ? 0 : pid;
  return far_channel_send (task->channel, message, n_bytes, fds, n_fds, translated ? pid : 0,
                           error);
}

static void
report_failure (KeeperTask   *task,
                const GError *error)
{
  FarMessageText failed = { .message = { .type = FAR_MESSAGE_FAILED, .id = task->instance_id } };

  g_strlcpy (failed.text, error->message, sizeof failed.text);
  far_channel_send (task->channel, &failed, sizeof failed, NULL, 0, 0, NULL);
}

static void G_GNUC_NORETURN
give_up (KeeperTask *task,
         GError     *error)
{
  report_failure (task, error);
  g_error_free (error);
  _exit (1);
}

/* Ends everything in the sandbox but the keeper. */
static void
kill_all (void)
{
  g_autofree char *path = NULL;
  DIR *folder;
  struct dirent *entry;

  if (getpid () == 1)
    {
      kill (-1, SIGKILL);
      return;
    }
  /* Without a pid namespace: its children, of which orphans have become some (subreaper). */
  folder = opendir ("/proc");
  while (folder != NULL && (entry = readdir (folder)) != NULL)
    {
      g_autofree char *stat = NULL;
      int parent = 0;
      int pid = g_ascii_strtoll (entry->d_name, NULL, 10);

      g_free (path);
      path = g_strdup_printf ("/proc/%d/stat", pid);
      if (pid > 0 && g_file_get_contents (path, &stat, NULL, NULL) && strrchr (stat, ')') &&
          sscanf (strrchr (stat, ')'), ") %*c %d", &parent) == 1 && parent == getpid ())
        kill (pid, SIGKILL);
    }
  if (folder != NULL)
    closedir (folder);
}

static gint64
cpu_us (const struct rusage *usage)
{
  return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * G_USEC_PER_SEC +
         usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

static int
wait_status (const siginfo_t *info)
{
  return info->si_code == CLD_EXITED ? (info->si_status & 0xff) << 8
                                     : info->si_status | (info->si_code == CLD_DUMPED ? 0x80 : 0);
}

/* Reports and reaps what has ended. Returns: FALSE when the program itself has. */
static gboolean
reap (Keeper *self)
{
  gboolean alive = TRUE;

  for (;;)
    {
      siginfo_t info = { 0 };
      struct rusage usage = { 0 };
      FarMessageExited exited = { .message = { .type = FAR_MESSAGE_EXITED } };

      if (syscall (SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, &usage) < 0 ||
          info.si_pid == 0)
        return alive;
      if (!self->watch.out_of_memory)
        self->watch.out_of_memory = cgroup_ran_out (self->task->events);
      exited.message.id = self->task->instance_id;
      exited.wait_status = wait_status (&info);
      exited.is_main = info.si_pid == self->main_pid;
      exited.out_of_memory = self->watch.out_of_memory;
      exited.max_rss_kb = usage.ru_maxrss;
      exited.cpu_us = cpu_us (&usage);
      send_as (self->task, &exited.message, sizeof exited, NULL, 0, info.si_pid, NULL);
      waitpid (info.si_pid, NULL, 0);
      if (!self->watched && self->n_tmp > 0)
        self->n_tmp--;
      if (exited.is_main)
        alive = FALSE;
    }
}

static void G_GNUC_NORETURN
end (Keeper *self)
{
  kill_all ();
  /* Children of the dying become ours and follow. */
  for (;;)
    {
      siginfo_t info;

      if (waitid (P_ALL, 0, &info, WEXITED | WNOWAIT) < 0)
        {
          if (errno == EINTR)
            continue;
          break;
        }
      reap (self);
      if (getpid () != 1)
        kill_all ();
    }
  _exit (0);
}

static int
new_watched_tmp (Keeper *self)
{
  int fd = far_root_new_tmp (self->task->plan->tmp_mb, FALSE, NULL);

  if (fd < 0)
    return -1;
  self->watched = self->watched && tmps_watch (&self->task->kit->tmps, self->task->number, fd);
  self->n_tmp++;
  return fd;
}

static gboolean
tmp_is_wanted (Keeper *self)
{
  return self->tmp_fd >= 0 &&
         (self->tmp_next >= 0 || self->n_tmp < self->task->plan->instances_max + TMP_SPARE);
}

/* Until the stock is full: its small send buffer says when. */
static void
fill_tmp (Keeper *self)
{
  FarMessage message = { .type = FAR_MESSAGE_TMP };

  while (tmp_is_wanted (self))
    {
      if (self->tmp_next < 0)
        self->tmp_next = new_watched_tmp (self);
      if (self->tmp_next < 0 ||
          !far_channel_send (self->tmp_fd, &message, sizeof message, &self->tmp_next, 1, 0, NULL))
        return;
      close (self->tmp_next);
      self->tmp_next = -1;
    }
}

static void
forget_tmp (Keeper  *self,
            gboolean waits)
{
  guint n = tmps_ended (&self->task->kit->tmps, self->task->number, waits);

  self->n_tmp -= MIN (n, self->n_tmp);
}

/* Returns: the stock, if it takes more; else -1. Woken by the next one that ends only when there
 * are as many as there may be. */
static int
count_tmp (Keeper *self)
{
  if (self->tmp_fd >= 0 && self->watched)
    {
      forget_tmp (self, FALSE);
      if (!tmp_is_wanted (self))
        forget_tmp (self, TRUE);
    }
  return tmp_is_wanted (self) ? self->tmp_fd : -1;
}

static void
clear_signal (Keeper *self)
{
  struct signalfd_siginfo info;
  gssize ignored G_GNUC_UNUSED = read (self->signal_fd, &info, sizeof info);
}

/* Each instance of a fork server brings its own share of the processors. */
static void
share_processors (Keeper *self)
{
  guint n = self->watch.census != NULL ? g_atomic_int_get (&self->watch.census->instances) : 0;

  if (self->task->weight < 0 || MAX (n, 1) == self->n_sharing)
    return;
  self->n_sharing = MAX (n, 1);
  cgroup_set_weight (self->task->weight, self->task->plan, self->n_sharing);
}

/* The kernel picks one process, which need not be the one that everything else depends on. */
static const char *
look_at_group (Keeper *self)
{
  self->watch.out_of_memory = cgroup_ran_out (self->task->events);
  if (!self->watch.out_of_memory)
    return NULL;
  return "The program and its children used more than its memory";
}

/* The fork server's or program's own word for it would not be believed. */
static void
look (Keeper *self)
{
  const char *why = watch_look (&self->watch);
  g_autoptr (GError) error = NULL;

  if (why == NULL)
    why = look_at_group (self);
  if (why == NULL)
    {
      share_processors (self);
      return;
    }
  g_set_error_literal (&error, G_FILE_ERROR, G_FILE_ERROR_FAILED, why);
  report_failure (self->task, error);
  end (self);
}

/* The function that this sandbox stood by for, or the end of whoever was to bring it. */
static void
be_adopted (Keeper *self)
{
  KeeperTask *task = self->task;
  FarMessage adopted = { .type = FAR_MESSAGE_ADOPTED, .id = task->instance_id };
  g_autoptr (GError) error = NULL;
  FarPlan *plan = adopt_receive (task->handover, self->main_pid, &error);

  close (task->handover);
  task->handover = -1;
  if (plan != NULL)
    {
      /* For as long as the keeper lives. */
      task->plan = plan;
      watch_init (&self->watch, plan, NULL, getpid () == 1);
      send_as (task, &adopted, sizeof adopted, NULL, 0, self->main_pid, NULL);
      return;
    }
  report_failure (task, error);
  end (self);
}

/* Anything but FREEZE and THAW means the end: CLOSE, or the platform has gone. */
static void
take_order (Keeper *self)
{
  FarMessage message = { .type = FAR_MESSAGE_CLOSE };
  FarChannelExtras extras;
  gssize n_bytes = far_channel_receive (self->task->channel, &message, sizeof message, &extras,
                                        NULL);

  if (n_bytes >= 0)
    far_channel_close_fds (&extras);
  if (n_bytes != sizeof message ||
      (message.type != FAR_MESSAGE_FREEZE && message.type != FAR_MESSAGE_THAW))
    end (self);
  /* As process 1: every other process of the namespace, whatever it has become. */
  kill (getpid () == 1 ? -1 : self->main_pid,
        message.type == FAR_MESSAGE_FREEZE ? SIGSTOP : SIGCONT);
}

static void G_GNUC_NORETURN
keep (Keeper *self)
{
  enum { CHANNEL, SIGNAL, TMP, HANDOVER, N };
  gint64 look_us = g_get_monotonic_time () + self->watch.next_ms * G_TIME_SPAN_MILLISECOND;

  for (;;)
    {
      struct pollfd fds[N] = {
        [CHANNEL] = { .fd = self->task->channel, .events = POLLIN },
        [SIGNAL] = { .fd = self->signal_fd, .events = POLLIN },
        [TMP] = { .fd = count_tmp (self), .events = POLLOUT },
        [HANDOVER] = { .fd = self->task->handover, .events = POLLIN },
      };

      gint64 now_us = g_get_monotonic_time ();
      int wait_ms = self->watch.next_ms < 0 ? -1 : MAX ((look_us - now_us + 999) / 1000, 0);

      if (poll (fds, N, wait_ms) < 0 && errno != EINTR)
        end (self);
      if (self->watch.next_ms >= 0 && g_get_monotonic_time () >= look_us)
        {
          look (self);
          look_us = g_get_monotonic_time () + self->watch.next_ms * G_TIME_SPAN_MILLISECOND;
        }
      if (fds[CHANNEL].revents != 0)
        take_order (self);
      if ((fds[SIGNAL].revents & POLLIN) != 0)
        {
          clear_signal (self);
          if (!reap (self))
            end (self);
        }
      if (fds[HANDOVER].revents != 0)
        be_adopted (self);
      if ((fds[TMP].revents & (POLLERR | POLLHUP)) != 0)
        {
          close (self->tmp_fd);
          self->tmp_fd = -1;
        }
      else if (fds[TMP].revents != 0)
        fill_tmp (self);
    }
}

/* Returns: a listening socket of the current network namespace, or -1. fixed_port: where that is
 * the sandbox's own. */
static int
listen_inside (const KeeperTask *task,
               guint16           fixed_port,
               guint16          *ret_port,
               GError          **error)
{
  gboolean own_network = task->kit->isolation == FAR_ISOLATION_FULL;
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons (own_network ? fixed_port : 0),
    .sin_addr = { htonl (INADDR_LOOPBACK) },
  };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd >= 0 && bind (fd, (struct sockaddr *) &address, sizeof address) == 0 &&
      listen (fd, RUNTIME_API_BACKLOG) == 0 &&
      getsockname (fd, (struct sockaddr *) &address, &length) == 0)
    {
      *ret_port = ntohs (address.sin_port);
      return fd;
    }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "Cannot listen for the function: %s",
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

/* The Runtime API's, and that of the way out. Returns: how many; 0 with an error. */
static guint
open_listeners (KeeperTask *task,
                int        *fds,
                GError    **error)
{
  gboolean own_network = task->kit->isolation == FAR_ISOLATION_FULL;
  guint n = 0;

  if (own_network && !far_namespaces_loopback_up (error))
    return 0;
  fds[n] = listen_inside (task, RUNTIME_API_PORT, &task->runtime_port, error);
  if (fds[n++] < 0)
    return 0;
  if (!task->plan->egress && !task->plan->standby)
    return n;
  fds[n] = listen_inside (task, FAR_PLAN_EGRESS_PORT, &task->egress_port, error);
  return fds[n++] < 0 ? 0 : n;
}

/* The keeper's end first; a small buffer makes it a stock of a few. */
static gboolean
open_tmp_stock (Keeper  *self,
                int     *ret_theirs,
                GError **error)
{
  const int small = 1;
  int ends[2];

  if (!far_channel_new_pair (ends, error))
    return FALSE;
  setsockopt (ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  self->tmp_fd = ends[0];
  *ret_theirs = ends[1];
  self->watched = TRUE;
  return TRUE;
}

static gboolean
fail_name (GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "Cannot set the host name: %s",
               g_strerror (errno));
  return FALSE;
}

/* While the machine's /proc is in view. */
static gboolean
open_user_namespace (KeeperTask *task,
                     GError    **error)
{
  if (!task->plan->standby)
    return TRUE;
  task->user_namespace = open ("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  if (task->user_namespace < 0)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "Cannot open the user namespace: %s",
                 g_strerror (errno));
  return task->user_namespace >= 0;
}

static gboolean
build (KeeperTask *task,
       GError    **error)
{
  FarRootTrees trees;

  if (task->kit->isolation != FAR_ISOLATION_FULL)
    return TRUE;
  return far_root_open_trees (task->plan, &task->identity, &trees, error) &&
         far_namespaces_enter (&task->identity, tmps_pid (&task->kit->tmps, task->number),
                               error) &&
         open_user_namespace (task, error) && far_root_build (task->plan, &trees, error) &&
         (sethostname ("sandbox", strlen ("sandbox")) == 0 || fail_name (error));
}

static gboolean
start_program (Keeper  *self,
               GError **error)
{
  KeeperTask *task = self->task;
  gboolean full = task->kit->isolation == FAR_ISOLATION_FULL;
  FarMessage built = { .type = FAR_MESSAGE_BUILT, .id = task->instance_id };
  int theirs = -1;
  int fds[3];
  guint n_fds = 0;

  if (task->plan->fork_server && full && !open_tmp_stock (self, &theirs, error))
    return FALSE;
  if (!task->plan->fork_server && (n_fds = open_listeners (task, fds, error)) == 0)
    return FALSE;
  self->main_pid = launch_program (task, theirs, error);
  if (self->main_pid < 0)
    return FALSE;
  if (theirs >= 0)
    close (theirs);
  if (task->plan->standby && full)
    fds[n_fds++] = task->user_namespace;
  if (!send_as (task, &built, sizeof built, fds, n_fds, self->main_pid, error))
    return FALSE;
  for (guint i = 0; i < n_fds; i++)
    close (fds[i]);
  return TRUE;
}

/* What only the program needs. */
static void
close_program_fds (KeeperTask *task)
{
  if (task->control >= 0)
    close (task->control);
  if (task->log >= 0)
    close (task->log);
  if (task->clock >= 0)
    close (task->clock);
  for (guint i = 0; i < task->n_services; i++)
    close (task->services[i]);
}

/* Returns: (nullable): what the platform counts. */
static const FarSandboxCensus *
map_census (KeeperTask *task)
{
  void *page;

  if (task->census < 0)
    return NULL;
  page = mmap (NULL, sizeof (FarSandboxCensus), PROT_READ, MAP_SHARED, task->census, 0);
  close (task->census);
  return page == MAP_FAILED ? NULL : page;
}

void
keeper_run (KeeperTask *task)
{
  Keeper self = { .task = task, .tmp_fd = -1, .tmp_next = -1, .n_sharing = 1 };
  GError *error = NULL;
  sigset_t signals;

  prctl (PR_SET_NAME, "farthing-keeper");
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  sigemptyset (&signals);
  sigaddset (&signals, SIGCHLD);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  if (!build (task, &error))
    give_up (task, error);
  prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
  self.signal_fd = signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (!start_program (&self, &error))
    give_up (task, error);
  close_program_fds (task);
  watch_init (&self.watch, task->plan, map_census (task), getpid () == 1);
  fill_tmp (&self);
  keep (&self);
}
