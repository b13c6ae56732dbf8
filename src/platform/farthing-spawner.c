/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthing-spawner: makes sandboxes. Small, so that its forks are cheap, and single-threaded, so
 * that they are safe; started before the platform opens anything, so that it holds nothing.
 *
 * It speaks to the platform over one channel (descriptor 3; far-sandbox-messages.h). Each sandbox
 * gets a keeper, forked from here; the keeper answers to the platform directly. When the channel
 * closes, or the platform dies, the spawner ends and every keeper with it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/spawner-adopt.h"
#include "platform/spawner-keeper.h"
#include "platform/spawner-probe.h"
#include "sandbox/far-channel.h"
#include "sandbox/far-sandbox-messages.h"

#define CHANNEL_FD 3
#define PROGRAMS_MAX 1024
/* Instances that stand by have identities of their own, apart from those of functions: a function
 * that is given one must not find another's there. */
#define STANDBY_SLOT 2048
#define SWEEP_US G_USEC_PER_SEC

/* An exec function: kept until FORGET. */
typedef struct {
  FarPlan    *plan;
  FarIdentity identity;
  int         clock;
} Program;

typedef struct {
  SpawnerKit  kit;
  GHashTable *programs; /* id → Program */
  guint       slot;     /* next identity */
  int         signal_fd;
  gint64      sweep_us; /* when empty control groups are removed; 0: there are none */
} Spawner;

static void
program_free (gpointer data)
{
  Program *program = data;

  far_plan_free (program->plan);
  if (program->clock >= 0)
    close (program->clock);
  g_free (program);
}

/* Answers on a keeper's channel, for a keeper that never came to be. */
static void
refuse (int           channel,
        guint64       id,
        const GError *error)
{
  FarMessageText failed = { .message = { .type = FAR_MESSAGE_FAILED, .id = id } };

  g_strlcpy (failed.text, error->message, sizeof failed.text);
  far_channel_send (channel, &failed, sizeof failed, NULL, 0, 0, NULL);
}

/* Of one sandbox's group: a fork server's, or an exec function's instance. */
static char *
group_name (guint64 sandbox_id,
            guint64 instance_id)
{
  return g_strdup_printf ("s%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, sandbox_id, instance_id);
}

static void
fork_keeper (Spawner    *self,
             KeeperTask *task)
{
  g_autofree char *group = group_name (task->sandbox_id, task->instance_id);
  pid_t pid;

  task->number = task->plan->fork_server ? tmps_enrol (&self->kit.tmps) : 0;
  cgroup_limit (&self->kit.cgroup, group, task->plan);
  pid = fork ();
  if (pid == 0)
    {
      close (CHANNEL_FD);
      close (self->signal_fd);
      cgroup_enter (&self->kit.cgroup, group);
      task->weight = task->plan->fork_server ? cgroup_open_weight (&self->kit.cgroup, group) : -1;
      task->events = task->plan->fork_server ? -1 : cgroup_open_events (&self->kit.cgroup, group);
      keeper_run (task);
    }
  tmps_set_pid (&self->kit.tmps, task->number, pid);
  if (pid < 0)
    {
      g_autoptr (GError) error = g_error_new (G_FILE_ERROR, G_FILE_ERROR_FAILED,
                                              "Cannot fork: %s", g_strerror (errno));

      tmps_dismiss (&self->kit.tmps, pid);
      refuse (task->channel, task->instance_id, error);
    }
}

/* Descriptors: channel, fork server's control, log, census, and the clock if the plan has one. */
static void
prepare_fork_server (Spawner          *self,
                     guint64           id,
                     const FarPlan    *plan,
                     FarChannelExtras *extras)
{
  KeeperTask task = {
    .kit = &self->kit,
    .plan = plan,
    .sandbox_id = id,
    .channel = extras->fds[0],
    .control = extras->fds[1],
    .log = extras->fds[2],
    .census = extras->fds[3],
    .clock = plan->has_clock ? extras->fds[4] : -1,
    .handover = -1,
  };

  far_identity_init (&task.identity, self->slot++);
  fork_keeper (self, &task);
}

static void
prepare (Spawner          *self,
         guint64           id,
         const char       *data,
         gsize             n_bytes,
         FarChannelExtras *extras)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPlan) plan = far_plan_parse (data, n_bytes, &error);
  guint n_fds = plan ? (plan->fork_server ? 4 : 0) + (plan->has_clock ? 1 : 0) : 0;
  Program *program;

  if (plan == NULL || extras->n_fds != n_fds || g_hash_table_size (self->programs) >= PROGRAMS_MAX)
    {
      if (extras->n_fds > 0 && error != NULL)
        refuse (extras->fds[0], 0, error);
      return;
    }
  if (plan->fork_server)
    {
      prepare_fork_server (self, id, plan, extras);
      return;
    }
  program = g_new0 (Program, 1);
  program->clock = plan->has_clock ? fcntl (extras->fds[0], F_DUPFD_CLOEXEC, 0) : -1;
  program->plan = g_steal_pointer (&plan);
  far_identity_init (&program->identity, self->slot++);
  g_hash_table_insert (self->programs, g_memdup2 (&id, sizeof id), program);
}

static void
init_standby_identity (FarIdentity *identity,
                       guint64      instance_id)
{
  far_identity_init (identity, STANDBY_SLOT + instance_id % STANDBY_SLOT);
}

/* Descriptors: channel, log, services; or the handover channel of what stands by. */
static void
start (Spawner          *self,
       const FarMessage *message,
       FarChannelExtras *extras)
{
  Program *program = g_hash_table_lookup (self->programs, &message->sandbox_id);
  KeeperTask task = { .kit = &self->kit, .instance_id = message->id, .control = -1,
                      .census = -1, .handover = -1 };

  if (program == NULL || extras->n_fds < 2 || extras->n_fds > 2 + FAR_PLAN_SERVICES_MAX)
    return;
  task.plan = program->plan;
  task.sandbox_id = message->sandbox_id;
  task.identity = program->identity;
  task.clock = program->clock;
  task.channel = extras->fds[0];
  task.log = extras->fds[1];
  if (program->plan->standby)
    {
      if (extras->n_fds != 3)
        return;
      task.handover = extras->fds[2];
      init_standby_identity (&task.identity, message->id);
      fork_keeper (self, &task);
      return;
    }
  task.n_services = extras->n_fds - 2;
  memcpy (task.services, extras->fds + 2, task.n_services * sizeof (int));
  fork_keeper (self, &task);
}

/* If it fails, the handover channel closes, and the keeper knows. */
static void
adopt (Spawner               *self,
       const FarMessageAdopt *adoption,
       FarChannelExtras      *extras)
{
  const FarMessage *message = &adoption->message;
  Program *program = g_hash_table_lookup (self->programs, &message->sandbox_id);
  g_autofree char *group = group_name (adoption->standby_id, message->id);
  FarIdentity identity;

  if (program == NULL || extras->n_fds != 2 || fork () != 0)
    return;
  cgroup_limit (&self->kit.cgroup, group, program->plan);
  close (CHANNEL_FD);
  close (self->signal_fd);
  init_standby_identity (&identity, message->id);
  adopt_hand_over (program->plan, &identity, extras->fds[0], extras->fds[1]);
}

/* Returns: FALSE when the platform has gone. */
static gboolean
serve (Spawner *self)
{
  g_autoptr (GError) error = NULL;
  static char buffer[FAR_CHANNEL_MESSAGE_MAX];
  FarChannelExtras extras;
  FarMessage message;
  gssize n_bytes = far_channel_receive (CHANNEL_FD, buffer, sizeof buffer, &extras, &error);

  if (n_bytes < 0)
    return !g_error_matches (error, FAR_CHANNEL_ERROR, FAR_CHANNEL_ERROR_CLOSED) &&
           !g_error_matches (error, FAR_CHANNEL_ERROR, FAR_CHANNEL_ERROR_IO);
  if (n_bytes >= (gssize) sizeof message)
    {
      memcpy (&message, buffer, sizeof message);
      if (message.type == FAR_MESSAGE_PREPARE)
        prepare (self, message.id, buffer + sizeof message, n_bytes - sizeof message, &extras);
      else if (message.type == FAR_MESSAGE_START)
        start (self, &message, &extras);
      else if (message.type == FAR_MESSAGE_ADOPT && n_bytes == sizeof (FarMessageAdopt))
        {
          FarMessageAdopt adoption;

          memcpy (&adoption, buffer, sizeof adoption);
          adopt (self, &adoption, &extras);
        }
      else if (message.type == FAR_MESSAGE_FORGET)
        g_hash_table_remove (self->programs, &message.sandbox_id);
    }
  far_channel_close_fds (&extras);
  return TRUE;
}

static void
reap (Spawner *self)
{
  struct signalfd_siginfo info;
  gssize ignored G_GNUC_UNUSED = read (self->signal_fd, &info, sizeof info);
  pid_t pid;

  while ((pid = waitpid (-1, NULL, WNOHANG)) > 0)
    tmps_dismiss (&self->kit.tmps, pid);
  if (self->sweep_us == 0)
    self->sweep_us = g_get_monotonic_time () + SWEEP_US;
}

/* Returns: for how long nothing needs to be removed, ms; -1: until something ends */
static int
sweep (Spawner *self)
{
  gint64 left_us = self->sweep_us - g_get_monotonic_time ();

  if (self->sweep_us == 0)
    return -1;
  if (left_us > 0)
    return (left_us + 999) / 1000;
  self->sweep_us = 0;
  cgroup_sweep (&self->kit.cgroup);
  return -1;
}

static void
run (Spawner *self)
{
  for (;;)
    {
      struct pollfd fds[] = {
        { .fd = CHANNEL_FD, .events = POLLIN },
        { .fd = self->signal_fd, .events = POLLIN },
        { .fd = self->kit.tmps.fd, .events = POLLIN },
      };

      if (poll (fds, G_N_ELEMENTS (fds), sweep (self)) < 0 && errno != EINTR)
        return;
      if (fds[1].revents != 0)
        reap (self);
      if (fds[2].revents != 0)
        tmps_take (&self->kit.tmps);
      if (fds[0].revents != 0 && !serve (self))
        return;
    }
}

/* Nobody may change it once it is written, not even the fork servers that read it. */
static int
seal_filter (const FarFilter *filter,
             GError         **error)
{
  int fd = memfd_create ("instance-filter", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && far_filter_write (filter, fd, error) &&
      fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
    return fd;
  if (error != NULL && *error == NULL)
    g_set_error (error, FAR_FILTER_ERROR, FAR_FILTER_ERROR_COMPILE, "Cannot seal the filter: %s",
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static gboolean
fill_kit (SpawnerKit  *kit,
          FarIsolation ceiling,
          char       **ret_notes,
          GError     **error)
{
  g_autoptr (FarFilter) instance = NULL;
  g_autofree char *ungrouped = cgroup_open (&kit->cgroup);
  gboolean full;

  kit->isolation = probe_isolation (ceiling, ret_notes);
  if (ungrouped != NULL)
    {
      g_autofree char *notes = g_steal_pointer (ret_notes);

      *ret_notes = g_strdup_printf ("%s%s%s", notes, notes[0] != '\0' ? "; " : "", ungrouped);
    }
  tmps_init (&kit->tmps);
  full = kit->isolation == FAR_ISOLATION_FULL;
  kit->fork_server_filter = far_filter_compile (FAR_FILTER_FORK_SERVER, full, error);
  if (kit->fork_server_filter == NULL)
    return FALSE;
  kit->program_filter = far_filter_compile (FAR_FILTER_PROGRAM, full, error);
  instance = kit->program_filter ? far_filter_compile (FAR_FILTER_INSTANCE, full, error) : NULL;
  if (instance == NULL)
    return FALSE;
  kit->instance_filter_fd = seal_filter (instance, error);
  return kit->instance_filter_fd >= 0;
}

static gboolean
say_hello (const SpawnerKit *kit,
           const char       *notes,
           GError          **error)
{
  FarMessageText hello = { .message = { .type = FAR_MESSAGE_HELLO, .value = kit->isolation } };

  g_strlcpy (hello.text, notes, sizeof hello.text);
  return far_channel_send (CHANNEL_FD, &hello, sizeof hello, NULL, 0, 0, error);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *notes = NULL;
  Spawner self = { 0 };
  FarIsolation ceiling = FAR_ISOLATION_FULL;
  sigset_t signals;

  if (fcntl (CHANNEL_FD, F_SETFD, FD_CLOEXEC) < 0 ||
      (argc > 1 && !far_isolation_parse (argv[1], &ceiling)))
    {
      fprintf (stderr, "farthing-spawner is started by farthingd, with its channel as descriptor "
                       "%d. Usage: farthing-spawner [full|flatpak|none]\n", CHANNEL_FD);
      return 2;
    }
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  sigemptyset (&signals);
  sigaddset (&signals, SIGCHLD);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  self.signal_fd = signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (!fill_kit (&self.kit, ceiling, &notes, &error) || !say_hello (&self.kit, notes, &error))
    {
      fprintf (stderr, "farthing-spawner: %s\n", error->message);
      return 1;
    }
  self.programs = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, program_free);
  run (&self);
  return 0;
}
