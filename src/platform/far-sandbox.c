/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarSandbox: one version of one function.
 *
 * With a fork server there are two channels: the keeper's, which is believed, and the fork
 * server's, which is the function's own code and is not. The sandbox lives until the keeper's
 * channel closes; whatever is left then is dead. An exec function has neither: the spawner keeps
 * its plan, and each instance has a keeper.
 *
 * Freed when its user has closed it, its keeper is gone and its last instance has exited.
 * Thread: the loop's. */
#include "platform/far-spawner-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts that stand in the fork server's channel; more wait here. */
#define IN_FLIGHT_MAX 64

void
far_sandbox_free (FarSandbox *self)
{
  FarSpawner *spawner = self->spawner;

  g_assert (g_hash_table_size (self->by_id) == 0);
  far_loop_cancel (spawner->loop, &self->task);
  far_loop_disarm (spawner->loop, &self->deadline);
  far_spawner_unwatch (spawner, &self->keeper);
  far_spawner_unwatch (spawner, &self->control);
  g_hash_table_remove (spawner->sandboxes, self);
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_pid);
  g_clear_error (&self->failure);
  if (self->census != NULL)
    munmap (self->census, sizeof *self->census);
  far_plan_free (self->plan);
  g_free (self);
}

void
far_sandbox_settle (FarSandbox *self)
{
  if (self->closed && !self->ending && self->keeper.fd < 0 && g_hash_table_size (self->by_id) == 0)
    far_sandbox_free (self);
}

static FarInstance *
any_instance (FarSandbox *self)
{
  GHashTableIter iter;
  gpointer instance = NULL;

  g_hash_table_iter_init (&iter, self->by_id);
  return g_hash_table_iter_next (&iter, NULL, &instance) ? instance : NULL;
}

void
far_sandbox_discard (FarSandbox *self)
{
  FarInstance *instance;

  while ((instance = any_instance (self)) != NULL)
    far_instance_free (instance);
  far_sandbox_free (self);
}

/* Everything in it is dead: says so for each instance, then for itself. */
static void
end_all (FarSandbox *self)
{
  FarInstance *instance;

  if (self->ending)
    return;
  self->ending = TRUE;
  self->over = TRUE;
  far_loop_disarm (self->spawner->loop, &self->deadline);
  far_spawner_unwatch (self->spawner, &self->keeper);
  far_spawner_unwatch (self->spawner, &self->control);
  while ((instance = any_instance (self)) != NULL)
    far_instance_exited (instance, NULL);
  if (self->failure == NULL)
    g_set_error_literal (&self->failure, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_GONE,
                         "The sandbox has ended");
  if (!self->closed && self->events.ended)
    self->events.ended (self, self->failure, self->user_data);
  self->ending = FALSE;
  far_sandbox_settle (self);
}

static void
set_failure (FarSandbox     *self,
             FarSpawnerError code,
             const char     *message)
{
  if (self->failure == NULL)
    g_set_error_literal (&self->failure, FAR_SPAWNER_ERROR, code, message);
}

static void
ask_keeper_to_close (FarSandbox *self)
{
  FarMessage message = { .type = FAR_MESSAGE_CLOSE };

  if (self->keeper.fd >= 0)
    far_channel_send (self->keeper.fd, &message, sizeof message, NULL, 0, 0, NULL);
}

void
far_sandbox_fail (FarSandbox     *self,
                  FarSpawnerError code,
                  const char     *message)
{
  set_failure (self, code, message);
  self->over = TRUE;
  ask_keeper_to_close (self);
}

void
far_sandbox_orphan (FarSandbox *self)
{
  self->orphaned = TRUE;
  set_failure (self, FAR_SPAWNER_ERROR_GONE, "farthing-spawner has died");
  end_all (self);
}

void
far_sandbox_flush (FarSandbox *self)
{
  while (!self->over && self->in_flight < IN_FLIGHT_MAX && self->waiting.length > 0)
    {
      FarInstance *instance = self->waiting.head->data;

      if (!far_instance_send_start (instance, NULL))
        return;
      g_queue_unlink (&self->waiting, &instance->wait_link);
      instance->wait_link.data = NULL;
    }
}

void
far_sandbox_become_ready (FarSandbox *self)
{
  GHashTableIter iter;
  gpointer instance;

  if (self->ready || self->over)
    return;
  self->ready = TRUE;
  far_loop_disarm (self->spawner->loop, &self->deadline);
  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &instance))
    if (((FarInstance *) instance)->in_flight)
      far_instance_arm_start (instance);
  if (self->events.ready)
    self->events.ready (self, self->user_data);
}

/* Is this descriptor a pidfd of that process, as we see it? */
static gboolean
pidfd_is_of (int   pidfd,
             pid_t pid)
{
  char path[40];
  char text[512];
  const char *line;
  gssize n_bytes = -1;
  int fd;

  g_snprintf (path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0)
    {
      n_bytes = read (fd, text, sizeof text - 1);
      close (fd);
    }
  if (n_bytes <= 0)
    return FALSE;
  text[n_bytes] = '\0';
  line = strstr (text, "\nPid:\t");
  return line != NULL && g_ascii_strtoll (line + strlen ("\nPid:\t"), NULL, 10) == pid;
}

static void
on_started (FarSandbox       *self,
            const FarMessage *message,
            FarChannelExtras *extras)
{
  FarInstance *instance = g_hash_table_lookup (self->by_id, &message->id);
  int pidfd;

  if (extras->n_fds != 1 || !pidfd_is_of (extras->fds[0], extras->pid))
    {
      /* Dead already is no offence: its EXITED is on the way. */
      if (extras->n_fds == 1 && instance != NULL && instance->in_flight && extras->pid > 0 &&
          syscall (SYS_pidfd_send_signal, extras->fds[0], 0, NULL, 0) < 0 && errno == ESRCH)
        pidfd = extras->fds[0];
      else
        {
          far_sandbox_fail (self, FAR_SPAWNER_ERROR_GONE,
                            "The fork server reported an instance that is not the sender");
          return;
        }
    }
  pidfd = extras->fds[0];
  if (instance == NULL || !instance->in_flight)
    {
      /* Given up already, or never asked for. */
      syscall (SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
      return;
    }
  extras->n_fds = 0;
  far_instance_started (instance, extras->pid, pidfd, -1);
}

static void
on_lost (FarSandbox       *self,
         const FarMessage *message)
{
  FarInstance *instance = g_hash_table_lookup (self->by_id, &message->id);

  if (instance == NULL || !instance->in_flight)
    return;
  instance->reason = g_strdup_printf ("The fork server could not start it: %s",
                                      g_strerror (message->value));
  far_instance_exited (instance, NULL);
}

/* One message of the fork server's. Returns: FALSE when there is none. */
static gboolean
receive_control (FarSandbox *self)
{
  FarChannelExtras extras;
  FarMessageText buffer;
  g_autoptr (GError) error = NULL;
  gssize n_bytes;

  if (self->control.fd < 0)
    return FALSE;
  n_bytes = far_channel_receive (self->control.fd, &buffer, sizeof buffer, &extras, &error);
  if (n_bytes < 0)
    {
      /* Its end is told by the keeper, with the exit status. */
      if (!g_error_matches (error, FAR_CHANNEL_ERROR, FAR_CHANNEL_ERROR_AGAIN))
        far_spawner_unwatch (self->spawner, &self->control);
      return FALSE;
    }
  if (n_bytes == sizeof (FarMessage) && buffer.message.type == FAR_MESSAGE_STARTED)
    on_started (self, &buffer.message, &extras);
  else if (n_bytes == sizeof (FarMessage) && buffer.message.type == FAR_MESSAGE_LOST)
    on_lost (self, &buffer.message);
  else if (n_bytes == sizeof (FarMessage) && buffer.message.type == FAR_MESSAGE_READY)
    far_sandbox_become_ready (self);
  else if (n_bytes == sizeof buffer && buffer.message.type == FAR_MESSAGE_FAILED && !self->ready)
    {
      buffer.text[FAR_MESSAGE_TEXT_MAX - 1] = '\0';
      far_sandbox_fail (self, FAR_SPAWNER_ERROR_INIT, buffer.text);
    }
  else
    far_sandbox_fail (self, FAR_SPAWNER_ERROR_GONE, "The fork server said what it may not say");
  far_channel_close_fds (&extras);
  return TRUE;
}

void
far_sandbox_on_control (guint32  events,
                        gpointer user_data)
{
  FarSandbox *self = user_data;

  receive_control (self);
  far_sandbox_flush (self);
}

static void
on_main_exited (FarSandbox             *self,
                const FarMessageExited *message)
{
  g_autofree char *text = NULL;

  /* What it said before it ended says more. */
  while (receive_control (self))
    continue;
  if (WIFSIGNALED (message->wait_status))
    text = g_strdup_printf ("The fork server was ended by signal %d",
                            WTERMSIG (message->wait_status));
  else
    text = g_strdup_printf ("The fork server exited with status %d",
                            WEXITSTATUS (message->wait_status));
  set_failure (self, self->ready ? FAR_SPAWNER_ERROR_GONE : FAR_SPAWNER_ERROR_INIT, text);
  self->over = TRUE;
}

static void
on_exited (FarSandbox             *self,
           const FarMessageExited *message,
           pid_t                   pid)
{
  FarInstance *instance;

  if (message->is_main)
    {
      on_main_exited (self, message);
      return;
    }
  /* It said STARTED before it ended, so that is here by now. */
  instance = g_hash_table_lookup (self->by_pid, GINT_TO_POINTER (pid));
  while (instance == NULL && receive_control (self))
    instance = g_hash_table_lookup (self->by_pid, GINT_TO_POINTER (pid));
  if (instance != NULL)
    far_instance_exited (instance, message);
}

void
far_sandbox_on_keeper (guint32  events,
                       gpointer user_data)
{
  FarSandbox *self = user_data;
  union {
    FarMessage       message;
    FarMessageText   text;
    FarMessageExited exited;
  } buffer;
  FarChannelExtras extras;
  gssize n_bytes = far_channel_receive (self->keeper.fd, &buffer, sizeof buffer, &extras, NULL);

  if (n_bytes < 0)
    {
      end_all (self);
      return;
    }
  far_channel_close_fds (&extras);
  if (n_bytes == sizeof (FarMessageText) && buffer.message.type == FAR_MESSAGE_FAILED)
    {
      buffer.text.text[FAR_MESSAGE_TEXT_MAX - 1] = '\0';
      set_failure (self, self->ready ? FAR_SPAWNER_ERROR_GONE : FAR_SPAWNER_ERROR_BUILD,
                   buffer.text.text);
      self->over = TRUE;
    }
  else if (n_bytes == sizeof (FarMessageExited) && buffer.message.type == FAR_MESSAGE_EXITED)
    {
      pid_t pid = buffer.message.value != 0 ? (pid_t) buffer.message.value : extras.pid;

      /* A callback may close this sandbox; it is then freed only after the keeper has gone. */
      on_exited (self, &buffer.exited, pid);
    }
}

void
far_sandbox_close (FarSandbox *self)
{
  FarMessage forget = { .type = FAR_MESSAGE_FORGET, .sandbox_id = self->id };
  GHashTableIter iter;
  gpointer instance;

  g_return_if_fail (!self->closed);

  self->closed = TRUE;
  self->over = TRUE;
  far_loop_cancel (self->spawner->loop, &self->task);
  far_loop_disarm (self->spawner->loop, &self->deadline);
  ask_keeper_to_close (self);
  if (!self->plan->fork_server)
    {
      if (self->spawner->channel.fd >= 0)
        far_channel_send (self->spawner->channel.fd, &forget, sizeof forget, NULL, 0, 0, NULL);
      g_hash_table_iter_init (&iter, self->by_id);
      while (g_hash_table_iter_next (&iter, NULL, &instance))
        far_instance_kill (instance);
    }
  far_sandbox_settle (self);
}

gboolean
far_sandbox_is_ready (FarSandbox *self)
{
  return self->ready;
}

guint
far_sandbox_get_n_instances (FarSandbox *self)
{
  return g_hash_table_size (self->by_id);
}

static void
close_given (FarSandbox     *self,
             FarInstanceFds *fds)
{
  if (fds->runtime >= 0)
    close (fds->runtime);
  close (fds->log);
  for (guint i = 0; i < self->plan->n_services; i++)
    close (fds->services[i]);
}

FarInstance *
far_sandbox_start_instance (FarSandbox              *self,
                            FarInstanceFds          *fds,
                            const FarInstanceEvents *events,
                            gpointer                 user_data,
                            GError                 **error)
{
  FarInstance *instance;

  g_return_val_if_fail (fds != NULL && events != NULL && events->exited != NULL, NULL);
  g_return_val_if_fail ((fds->runtime >= 0) == self->plan->fork_server, NULL);

  if (self->over || g_hash_table_size (self->by_id) >= self->plan->instances_max)
    {
      close_given (self, fds);
      if (self->over)
        g_set_error (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_GONE,
                     "The sandbox of %s has ended", self->plan->function);
      else
        g_set_error (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_BUSY,
                     "%s has its %u instances already", self->plan->function,
                     self->plan->instances_max);
      return NULL;
    }
  instance = far_instance_new (self, fds, events, user_data);
  if (!self->plan->fork_server)
    {
      if (far_instance_start_program (instance, error))
        return instance;
      far_instance_free (instance);
      return NULL;
    }
  instance->wait_link.data = instance;
  g_queue_push_tail_link (&self->waiting, &instance->wait_link);
  far_sandbox_flush (self);
  return instance;
}
