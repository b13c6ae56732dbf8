/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarInstance: from START to its end.
 *
 *   waiting → in flight → started → exited        (fork server)
 *             ordered   → started → exited        (exec: a sandbox and a keeper of its own)
 *
 * It ends exactly once, with what the keeper said or, if there is no keeper left to say it, with
 * the status of SIGKILL. A fork server is the function's own code: what it sends is believed only
 * where the kernel vouches for it. So the pid of an instance is the one that the kernel attached to
 * STARTED, and the pidfd that came along must be of that very process. Thread: the loop's. */
#include "platform/far-spawner-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

FarInstance *
far_instance_new (FarSandbox              *sandbox,
                  FarInstanceFds          *fds,
                  const FarInstanceEvents *events,
                  gpointer                 user_data)
{
  FarInstance *self = g_new0 (FarInstance, 1);

  self->sandbox = sandbox;
  self->id = sandbox->next_instance++;
  self->events = *events;
  self->user_data = user_data;
  self->keeper.fd = -1;
  self->fds = *fds;
  self->handover = -1;
  self->egress = -1;
  self->user_namespace = -1;
  self->pidfd = -1;
  self->statm_fd = -1;
  g_hash_table_insert (sandbox->by_id, &self->id, self);
  if (sandbox->census != NULL)
    g_atomic_int_inc (&sandbox->census->instances);
  far_instance_set_busy (self, TRUE);
  return self;
}

static void
close_waiting (FarInstance *self)
{
  guint n_services = self->sandbox->plan->n_services;

  if (self->fds.log < 0)
    return;
  if (self->fds.runtime >= 0)
    close (self->fds.runtime);
  close (self->fds.log);
  for (guint i = 0; i < n_services; i++)
    close (self->fds.services[i]);
  self->fds.log = -1;
}

int
far_instance_take_egress (FarInstance *self)
{
  return g_steal_fd (&self->egress);
}

static void
close_handover (FarInstance *self)
{
  if (self->handover >= 0)
    close (g_steal_fd (&self->handover));
  if (self->user_namespace >= 0)
    close (g_steal_fd (&self->user_namespace));
}

/* Takes it out of its sandbox. */
void
far_instance_free (FarInstance *self)
{
  FarSandbox *sandbox = self->sandbox;

  far_instance_set_busy (self, FALSE);
  far_loop_disarm (sandbox->spawner->loop, &self->deadline);
  far_spawner_unwatch (sandbox->spawner, &self->keeper);
  if (self->wait_link.data != NULL)
    g_queue_unlink (&sandbox->waiting, &self->wait_link);
  if (self->in_flight)
    sandbox->in_flight--;
  if (self->pid != 0)
    g_hash_table_remove (sandbox->by_pid, GINT_TO_POINTER (self->pid));
  g_hash_table_remove (sandbox->by_id, &self->id);
  if (sandbox->census != NULL)
    g_atomic_int_add (&sandbox->census->instances, -1);
  close_waiting (self);
  close_handover (self);
  if (self->egress >= 0)
    close (self->egress);
  if (self->pidfd >= 0)
    close (self->pidfd);
  if (self->statm_fd >= 0)
    close (self->statm_fd);
  g_free (self->reason);
  g_free (self);
}

void
far_instance_exited (FarInstance            *self,
                     const FarMessageExited *message)
{
  FarSandbox *sandbox = self->sandbox;
  FarInstanceExit end = {
    .wait_status = message ? message->wait_status : SIGKILL,
    .out_of_memory = self->out_of_memory,
    .max_rss_bytes = self->max_rss,
    .cpu_us = message ? message->cpu_us : 0,
    .reason = self->reason,
  };

  if (message != NULL && message->out_of_memory)
    end.out_of_memory = TRUE;
  if (message != NULL)
    end.max_rss_bytes = MAX (end.max_rss_bytes, message->max_rss_kb * 1024);
  self->killed = TRUE;
  far_loop_disarm (sandbox->spawner->loop, &self->deadline);
  self->events.exited (self, &end, self->user_data);
  far_instance_free (self);
  far_sandbox_flush (sandbox);
  far_sandbox_settle (sandbox);
}

static void
on_start_overdue (gpointer user_data)
{
  FarInstance *self = user_data;

  if (self->reason == NULL && !self->killed)
    self->reason = g_strdup ("The fork server did not start it in time");
  far_instance_exited (self, NULL);
}

void
far_instance_arm_start (FarInstance *self)
{
  far_loop_arm (self->sandbox->spawner->loop, &self->deadline,
                g_get_monotonic_time () + FAR_INSTANCE_START_MS_MAX * G_TIME_SPAN_MILLISECOND,
                on_start_overdue, self);
}

/* Gathers what START carries; runtime is -1 for exec functions and left out. */
static guint
collect_fds (FarInstance *self,
             int         *fds)
{
  guint n = 0;

  if (self->fds.runtime >= 0)
    fds[n++] = self->fds.runtime;
  fds[n++] = self->fds.log;
  for (guint i = 0; i < self->sandbox->plan->n_services; i++)
    fds[n++] = self->fds.services[i];
  return n;
}

gboolean
far_instance_send_start (FarInstance *self,
                         GError     **error)
{
  FarMessage start = { .type = FAR_MESSAGE_START, .id = self->id };
  int fds[FAR_CHANNEL_FDS_MAX];
  guint n_fds = collect_fds (self, fds);

  if (!far_channel_send (self->sandbox->control.fd, &start, sizeof start, fds, n_fds, 0, error))
    return FALSE;
  close_waiting (self);
  self->in_flight = TRUE;
  self->sandbox->in_flight++;
  if (self->sandbox->ready)
    far_instance_arm_start (self);
  return TRUE;
}

static void
on_built (FarInstance      *self,
          const FarMessage *message,
          FarChannelExtras *extras)
{
  pid_t pid = message->value != 0 ? (pid_t) message->value : extras->pid;
  int listener = extras->fds[0];
  const FarPlan *plan = self->sandbox->plan;

  if (plan->egress || plan->standby)
    self->egress = extras->fds[1];
  if (plan->standby)
    self->user_namespace = extras->fds[2];
  extras->n_fds = 0;
  far_instance_started (self, pid, -1, listener);
}

static guint
n_built_fds (const FarPlan *plan)
{
  return plan->standby ? 3 : plan->egress ? 2 : 1;
}

static void
on_keeper (guint32  events,
           gpointer user_data)
{
  FarInstance *self = user_data;
  union {
    FarMessage       message;
    FarMessageText   text;
    FarMessageExited exited;
  } buffer;
  FarChannelExtras extras;
  gssize n_bytes = far_channel_receive (self->keeper.fd, &buffer, sizeof buffer, &extras, NULL);

  if (n_bytes < 0)
    far_instance_exited (self, NULL);
  else if (buffer.message.type == FAR_MESSAGE_BUILT && n_bytes == sizeof (FarMessage) &&
           extras.n_fds == n_built_fds (self->sandbox->plan))
    on_built (self, &buffer.message, &extras);
  else if (buffer.message.type == FAR_MESSAGE_ADOPTED && n_bytes == sizeof (FarMessage) &&
           self->events.adopted != NULL)
    {
      self->events.adopted (self, self->user_data);
      return;
    }
  else if (buffer.message.type == FAR_MESSAGE_FAILED && n_bytes == sizeof (FarMessageText))
    {
      buffer.text.text[FAR_MESSAGE_TEXT_MAX - 1] = '\0';
      g_free (self->reason);
      self->reason = g_strdup (buffer.text.text);
    }
  else if (buffer.message.type == FAR_MESSAGE_EXITED && n_bytes == sizeof (FarMessageExited) &&
           buffer.exited.is_main)
    {
      far_instance_exited (self, &buffer.exited);
      return;
    }
  if (n_bytes >= 0)
    far_channel_close_fds (&extras);
}

gboolean
far_instance_start_program (FarInstance *self,
                            GError     **error)
{
  FarSpawner *spawner = self->sandbox->spawner;
  int handover[2] = { -1, -1 };
  FarMessage start = { .type = FAR_MESSAGE_START, .id = self->id,
                       .sandbox_id = self->sandbox->id };
  int ends[2];
  int fds[FAR_CHANNEL_FDS_MAX];
  guint n_fds;
  gboolean ok;

  if (!far_channel_new_pair (ends, error))
    return FALSE;
  self->keeper.fd = ends[0];
  fds[0] = ends[1];
  n_fds = 1 + collect_fds (self, fds + 1);
  if (self->sandbox->plan->standby)
    {
      if (!far_channel_new_pair (handover, error))
        {
          close (ends[1]);
          return FALSE;
        }
      self->handover = handover[0];
      fds[n_fds++] = handover[1];
    }
  ok = far_channel_send (spawner->channel.fd, &start, sizeof start, fds, n_fds, 0, error) &&
       far_spawner_watch (spawner, &self->keeper, on_keeper, self, error);
  close (ends[1]);
  if (handover[1] >= 0)
    close (handover[1]);
  close_waiting (self);
  return ok;
}

gboolean
far_instance_adopt (FarInstance *self,
                    FarSandbox  *sandbox,
                    GError     **error)
{
  FarSpawner *spawner = sandbox->spawner;
  const FarMessageAdopt adopt = {
    .message = { .type = FAR_MESSAGE_ADOPT, .id = self->id, .sandbox_id = sandbox->id },
    .standby_id = self->sandbox->id,
  };
  const int fds[] = { self->handover, self->user_namespace };
  gboolean ok;

  g_return_val_if_fail (self->handover >= 0 && self->user_namespace >= 0, FALSE);
  g_return_val_if_fail (!sandbox->plan->fork_server && !sandbox->plan->standby, FALSE);
  if (sandbox->over || g_hash_table_size (sandbox->by_id) >= sandbox->plan->instances_max)
    {
      g_set_error (error, FAR_SPAWNER_ERROR,
                   sandbox->over ? FAR_SPAWNER_ERROR_GONE : FAR_SPAWNER_ERROR_BUSY,
                   "%s takes no instance now", sandbox->plan->function);
      return FALSE;
    }
  ok = far_channel_send (spawner->channel.fd, &adopt, sizeof adopt, fds, G_N_ELEMENTS (fds), 0,
                         error);
  if (!ok)
    return FALSE;
  close_handover (self);
  g_hash_table_remove (self->sandbox->by_id, &self->id);
  g_hash_table_remove (self->sandbox->by_pid, GINT_TO_POINTER (self->pid));
  self->sandbox = sandbox;
  self->id = sandbox->next_instance++;
  g_hash_table_insert (sandbox->by_id, &self->id, self);
  g_hash_table_insert (sandbox->by_pid, GINT_TO_POINTER (self->pid), self);
  return TRUE;
}

static void
open_statm (FarInstance *self)
{
  char path[32];

  g_snprintf (path, sizeof path, "/proc/%d/statm", (int) self->pid);
  self->statm_fd = open (path, O_RDONLY | O_CLOEXEC);
}

void
far_instance_started (FarInstance *self,
                      pid_t        pid,
                      int          pidfd,
                      int          listen_fd)
{
  FarSandbox *sandbox = self->sandbox;

  far_loop_disarm (sandbox->spawner->loop, &self->deadline);
  self->pid = pid;
  self->pidfd = pidfd;
  if (self->in_flight)
    {
      self->in_flight = FALSE;
      sandbox->in_flight--;
    }
  g_hash_table_insert (sandbox->by_pid, GINT_TO_POINTER (pid), self);
  open_statm (self);
  if (self->killed)
    far_instance_kill (self);
  if (self->events.started)
    self->events.started (self, listen_fd, self->user_data);
  else if (listen_fd >= 0)
    close (listen_fd);
}

void
far_instance_kill (FarInstance *self)
{
  FarMessage close_message = { .type = FAR_MESSAGE_CLOSE };

  self->killed = TRUE;
  if (self->keeper.fd >= 0)
    far_channel_send (self->keeper.fd, &close_message, sizeof close_message, NULL, 0, 0, NULL);
  else if (self->pidfd >= 0)
    {
      if (syscall (SYS_pidfd_send_signal, self->pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
        far_sandbox_fail (self->sandbox, FAR_SPAWNER_ERROR_GONE,
                          "An instance cannot be killed, so its whole sandbox is");
    }
  else if (self->wait_link.data != NULL)
    far_loop_arm (self->sandbox->spawner->loop, &self->deadline, g_get_monotonic_time (),
                  on_start_overdue, self);
}

void
far_instance_set_frozen (FarInstance *self,
                         gboolean     frozen)
{
  FarMessage message = { .type = frozen ? FAR_MESSAGE_FREEZE : FAR_MESSAGE_THAW };

  if (self->keeper.fd >= 0)
    far_channel_send (self->keeper.fd, &message, sizeof message, NULL, 0, 0, NULL);
  else if (self->pidfd >= 0)
    syscall (SYS_pidfd_send_signal, self->pidfd, frozen ? SIGSTOP : SIGCONT, NULL, 0);
}

pid_t
far_instance_get_pid (FarInstance *self)
{
  return self->pid;
}

gint64
far_instance_get_rss (FarInstance *self)
{
  char text[128];
  guint64 resident;
  gint64 bytes;
  gssize n_bytes;

  n_bytes = self->statm_fd >= 0 ? pread (self->statm_fd, text, sizeof text - 1, 0) : 0;
  if (n_bytes <= 0)
    return 0;
  text[n_bytes] = '\0';
  if (strchr (text, ' ') == NULL ||
      !g_ascii_string_to_unsigned (g_strdelimit (strchr (text, ' ') + 1, " ", '\0'), 10, 0,
                                   G_MAXINT64 / 65536, &resident, NULL))
    return 0;
  bytes = resident * sysconf (_SC_PAGESIZE);
  self->max_rss = MAX (self->max_rss, bytes);
  return bytes;
}

gint64
far_instance_get_max_rss (FarInstance *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (now_us >= self->looked_us + FAR_INSTANCE_LOOK_US)
    {
      self->looked_us = now_us;
      far_instance_get_rss (self);
    }
  return self->max_rss;
}

static void check_memory (gpointer user_data);

static void
arm_watch (FarSpawner *spawner)
{
  far_loop_arm (spawner->loop, &spawner->watch,
                g_get_monotonic_time () + FAR_INSTANCE_WATCH_MS * G_TIME_SPAN_MILLISECOND,
                check_memory, spawner);
}

static void
check_memory (gpointer user_data)
{
  FarSpawner *spawner = user_data;

  for (GList *l = spawner->busy.head; l; l = l->next)
    {
      FarInstance *self = l->data;

      if (far_instance_get_rss (self) > ((gint64) self->sandbox->plan->memory_mb << 20) &&
          !self->out_of_memory)
        {
          self->out_of_memory = TRUE;
          far_instance_kill (self);
        }
    }
  if (spawner->busy.length > 0)
    arm_watch (spawner);
}

void
far_instance_set_busy (FarInstance *self,
                       gboolean     busy)
{
  FarSpawner *spawner = self->sandbox->spawner;

  if (busy == (self->busy_link.data != NULL))
    return;
  if (!busy)
    {
      g_queue_unlink (&spawner->busy, &self->busy_link);
      self->busy_link.data = NULL;
      return;
    }
  self->busy_link.data = self;
  g_queue_push_tail_link (&spawner->busy, &self->busy_link);
  if (spawner->busy.length == 1)
    arm_watch (spawner);
}
