/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarSpawner: the process farthing-spawner, and the channel on which sandboxes are ordered.
 *
 * Started with fork and exec by hand, because the child must be told to die with its parent and
 * to inherit one descriptor and no other. When its channel closes, everything it made is dying or
 * dead (keepers die with it, sandboxes with their keepers): sandboxes are ended first, then the
 * platform hears of it. Thread: the loop's. */
#include "platform/far-spawner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-paths.h"
#include "platform/far-spawner-private.h"

G_DEFINE_QUARK (far-spawner-error-quark, far_spawner_error)

#define CHANNEL_FD 3
#define HELLO_MS_MAX 10000

gboolean
far_spawner_watch (FarSpawner    *self,
                   FarSpawnerEnd *end,
                   FarLoopFdFunc  func,
                   gpointer       user_data,
                   GError       **error)
{
  return far_loop_add (self->loop, &end->watch, end->fd, EPOLLIN, func, user_data, error);
}

void
far_spawner_unwatch (FarSpawner    *self,
                     FarSpawnerEnd *end)
{
  if (end->fd < 0)
    return;
  far_loop_remove (self->loop, &end->watch);
  close (end->fd);
  end->fd = -1;
}

/* Between fork and exec: async-signal-safe calls only. */
static void G_GNUC_NORETURN
exec_spawner (const char *path,
              const char *ceiling,
              int         channel)
{
  char *argv[] = { (char *) "farthing-spawner", (char *) ceiling, NULL };
  sigset_t none;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  if (channel == CHANNEL_FD || dup2 (channel, CHANNEL_FD) >= 0)
    {
      close_range (CHANNEL_FD + 1, ~0U, 0);
      execv (path, argv);
    }
  _exit (127);
}

static gboolean
start_process (FarSpawner *self,
               GError    **error)
{
  g_autofree char *path = far_paths_find_libexec ("farthing-spawner", error);
  const char *ceiling = g_getenv (FAR_ENV_ISOLATION_MAX);
  int ends[2];

  if (path == NULL || !far_channel_new_pair (ends, error))
    return FALSE;
  self->channel.fd = ends[0];
  self->pid = fork ();
  if (self->pid == 0)
    exec_spawner (path, ceiling ? ceiling : "full", ends[1]);
  close (ends[1]);
  if (self->pid < 0)
    {
      g_set_error (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_START,
                   "Cannot fork for farthing-spawner: %s", g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

static gboolean
receive_hello (FarSpawner *self,
               GError    **error)
{
  struct pollfd wait = { .fd = self->channel.fd, .events = POLLIN };
  FarChannelExtras extras;
  FarMessageText hello;
  gssize n_bytes = -1;
  int status;

  do
    status = poll (&wait, 1, HELLO_MS_MAX);
  while (status < 0 && errno == EINTR);
  if (status > 0)
    n_bytes = far_channel_receive (self->channel.fd, &hello, sizeof hello, &extras, NULL);
  if (n_bytes != sizeof hello || hello.message.type != FAR_MESSAGE_HELLO ||
      hello.message.value > FAR_ISOLATION_FULL)
    {
      g_set_error_literal (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_START,
                           "farthing-spawner has started but does not answer; what it wrote to "
                           "standard error says why");
      return FALSE;
    }
  hello.text[sizeof hello.text - 1] = '\0';
  self->isolation = hello.message.value;
  self->notes = g_strdup (hello.text);
  return TRUE;
}

static FarSandbox *
find_live (FarSpawner *self)
{
  GHashTableIter iter;
  gpointer sandbox;

  g_hash_table_iter_init (&iter, self->sandboxes);
  while (g_hash_table_iter_next (&iter, &sandbox, NULL))
    if (!((FarSandbox *) sandbox)->orphaned)
      return sandbox;
  return NULL;
}

/* Anything on this channel after HELLO can only be its end. */
static void
on_channel (guint32  events,
            gpointer user_data)
{
  FarSpawner *self = user_data;
  FarSandbox *sandbox;

  far_spawner_unwatch (self, &self->channel);
  kill (self->pid, SIGKILL);
  waitpid (self->pid, NULL, 0);
  self->pid = 0;
  /* Each may let others go. */
  while ((sandbox = find_live (self)) != NULL)
    far_sandbox_orphan (sandbox);
  if (self->gone)
    self->gone (self, self->user_data);
}

FarSpawner *
far_spawner_new (FarLoop       *loop,
                 FarSpawnerGone gone,
                 gpointer       user_data,
                 GError       **error)
{
  g_autoptr (FarSpawner) self = g_new0 (FarSpawner, 1);

  g_return_val_if_fail (loop != NULL, NULL);

  self->loop = loop;
  self->channel.fd = -1;
  self->gone = gone;
  self->user_data = user_data;
  self->next_id = 1;
  self->sandboxes = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->busy);
  if (!start_process (self, error) || !receive_hello (self, error) ||
      !far_spawner_watch (self, &self->channel, on_channel, self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
far_spawner_free (FarSpawner *self)
{
  GHashTableIter iter;
  gpointer sandbox;

  if (self == NULL)
    return;
  self->gone = NULL;
  if (self->channel.fd >= 0)
    far_spawner_unwatch (self, &self->channel);
  if (self->pid > 0)
    {
      kill (self->pid, SIGKILL);
      waitpid (self->pid, NULL, 0);
    }
  g_hash_table_iter_init (&iter, self->sandboxes);
  while (g_hash_table_iter_next (&iter, &sandbox, NULL))
    {
      g_hash_table_iter_remove (&iter);
      far_sandbox_discard (sandbox);
    }
  far_loop_disarm (self->loop, &self->watch);
  g_hash_table_unref (self->sandboxes);
  g_free (self->notes);
  g_free (self);
}

pid_t
far_spawner_get_pid (FarSpawner *self)
{
  return self->pid;
}

FarIsolation
far_spawner_get_isolation (FarSpawner *self)
{
  return self->isolation;
}

const char *
far_spawner_get_notes (FarSpawner *self)
{
  return self->notes;
}
