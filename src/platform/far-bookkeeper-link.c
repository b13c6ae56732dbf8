/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarBookkeeperLink. One process at a time: pidfd and control are both open while it runs. It has
 * ended when its pidfd says so; a control channel that closes first is only noted. Invariant: ready
 * implies pidfd ≥ 0. */
#include "platform/far-bookkeeper-link.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-json.h"
#include "base/far-paths.h"
#include "platform/far-platform.h"

#define PROGRAM "farthing-bookkeeper"
#define CONTROL_FD 3

struct _FarBookkeeperLink {
  FarLoop        *loop;
  char           *data_dir;
  gboolean        live;
  char           *program;
  FarLoopWatch    process_watch;
  FarLoopWatch    control_watch;
  FarLoopDeadline restart;
  int             pidfd;
  int             control;
  pid_t           pid;
  gboolean        ready;
  guint           restart_ms;
  char           *money;
  char           *token_path;
  char           *failure; /* nullable: what it said before it gave up */
  gint64          transfers;
  char            progress[64]; /* of which command; "" for none */
  gint64          progress_rows;
  gint64          progress_total;
  FarBookkeeperLinkEvents events;
  gpointer        user_data;
};

static void on_restart (gpointer user_data);

static void
take_message (FarBookkeeperLink *self, const char *text, gsize n_bytes)
{
  g_autoptr (JsonNode) node = far_json_parse_object (text, n_bytes, FAR_BOOKKEEPER_MESSAGE_MAX,
                                                     NULL);
  JsonObject *object = node != NULL ? json_node_get_object (node) : NULL;
  const char *op = NULL;
  const char *value = NULL;

  if (object == NULL || !far_json_get_string (object, "op", 64, &op, NULL))
    return;
  far_json_get_int (object, "transfers", 0, G_MAXINT64, &self->transfers, NULL);
  if (strcmp (op, "failed") == 0 && far_json_get_string (object, "message", 4096, &value, NULL))
    {
      g_free (self->failure);
      self->failure = g_strdup (value);
    }
  else if (strcmp (op, "progress") == 0)
    {
      if (far_json_get_string (object, "what", sizeof self->progress - 1, &value, NULL))
        g_strlcpy (self->progress, value, sizeof self->progress);
      far_json_get_int (object, "rows", 0, G_MAXINT64, &self->progress_rows, NULL);
      far_json_get_int (object, "total", 0, G_MAXINT64, &self->progress_total, NULL);
    }
  else if (strcmp (op, "journal") == 0)
    self->events.journal (self, self->transfers, self->user_data);
  else if (strcmp (op, "ready") == 0)
    {
      g_clear_pointer (&self->failure, g_free);
      if (far_json_get_string (object, "money", 16, &value, NULL))
        {
          g_free (self->money);
          self->money = g_strdup (value);
        }
      if (far_json_get_string (object, "publisher_token", 4096, &value, NULL))
        {
          g_free (self->token_path);
          self->token_path = g_strdup (value);
        }
      self->ready = TRUE;
      self->restart_ms = FAR_BOOKKEEPER_RESTART_MIN_MS;
      self->events.ready (self, self->user_data);
    }
}

static void
drain_control (FarBookkeeperLink *self)
{
  char buffer[FAR_BOOKKEEPER_MESSAGE_MAX];
  ssize_t n;

  while ((n = recv (self->control, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
    take_message (self, buffer, n);
  if (n == 0)
    far_loop_remove (self->loop, &self->control_watch);
}

static void
on_control (guint32 events, gpointer user_data)
{
  drain_control (user_data);
}

static void
close_process (FarBookkeeperLink *self)
{
  far_loop_remove (self->loop, &self->process_watch);
  far_loop_remove (self->loop, &self->control_watch);
  if (self->pidfd >= 0)
    close (self->pidfd);
  if (self->control >= 0)
    close (self->control);
  self->pidfd = self->control = -1;
  self->ready = FALSE;
}

static void
plan_restart (FarBookkeeperLink *self)
{
  far_loop_arm (self->loop, &self->restart,
                g_get_monotonic_time () + self->restart_ms * G_TIME_SPAN_MILLISECOND, on_restart,
                self);
  self->restart_ms = MIN (2 * self->restart_ms, FAR_BOOKKEEPER_RESTART_MAX_MS);
}

static void
on_process (guint32 events, gpointer user_data)
{
  FarBookkeeperLink *self = user_data;
  g_autofree char *why = NULL;
  int status = 0;

  drain_control (self);
  if (waitpid (self->pid, &status, WNOHANG) == 0)
    return;
  close_process (self);
  if (self->failure != NULL)
    why = g_strdup (self->failure);
  else if (WIFSIGNALED (status))
    why = g_strdup_printf (PROGRAM " was killed by signal %d", WTERMSIG (status));
  else
    why = g_strdup_printf (PROGRAM " ended with status %d", WEXITSTATUS (status));
  plan_restart (self);
  self->events.gone (self, why, self->user_data);
}

static gboolean
spawn (FarBookkeeperLink *self, int child_fd, GError **error)
{
  char control_text[] = G_STRINGIFY (CONTROL_FD);
  char *argv[] = { self->program, (char *) "--data-dir", self->data_dir, (char *) "--control-fd",
                   control_text, (char *) "--money", (char *) (self->live ? "live" : "test"),
                   NULL };
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none;
  int result;

  sigemptyset (&none);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, child_fd, CONTROL_FD);
  posix_spawn_file_actions_adddup2 (&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawnattr_init (&attributes);
  /* A process group of its own: Ctrl+C reaches farthingd, which lets it finish. */
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setpgroup (&attributes, 0);
  result = posix_spawn (&self->pid, self->program, &actions, &attributes, argv, environ);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  if (result != 0)
    g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START, "%s does not start: %s",
                 self->program, g_strerror (result));
  return result == 0;
}

static gboolean
start (FarBookkeeperLink *self, GError **error)
{
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
    {
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                   "No channel to " PROGRAM " can be made: %s", g_strerror (errno));
      return FALSE;
    }
  self->control = fds[0];
  if (!spawn (self, fds[1], error))
    {
      close (fds[1]);
      close_process (self);
      return FALSE;
    }
  close (fds[1]);
  self->pidfd = pidfd_open (self->pid, 0);
  if (self->pidfd < 0
      || !far_loop_add (self->loop, &self->process_watch, self->pidfd, EPOLLIN, on_process, self,
                        error)
      || !far_loop_add (self->loop, &self->control_watch, self->control, EPOLLIN, on_control,
                        self, error))
    {
      kill (self->pid, SIGKILL);
      waitpid (self->pid, NULL, 0);
      close_process (self);
      if (error != NULL && *error == NULL)
        g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                     PROGRAM " cannot be watched: %s", g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

static void
on_restart (gpointer user_data)
{
  FarBookkeeperLink *self = user_data;
  g_autoptr (GError) error = NULL;

  if (start (self, &error))
    return;
  plan_restart (self);
  self->events.gone (self, error->message, self->user_data);
}

FarBookkeeperLink *
far_bookkeeper_link_new (FarLoop *loop, const char *data_dir, gboolean live,
                         const FarBookkeeperLinkEvents *events, gpointer user_data,
                         GError **error)
{
  g_autofree char *program = far_paths_find_libexec (PROGRAM, error);
  FarBookkeeperLink *self;

  if (program == NULL)
    return NULL;
  self = g_new0 (FarBookkeeperLink, 1);
  self->loop = loop;
  self->data_dir = g_strdup (data_dir);
  self->live = live;
  self->program = g_steal_pointer (&program);
  self->pidfd = self->control = -1;
  self->transfers = -1;
  self->restart_ms = FAR_BOOKKEEPER_RESTART_MIN_MS;
  self->events = *events;
  self->user_data = user_data;
  if (!start (self, error))
    {
      far_bookkeeper_link_free (self);
      return NULL;
    }
  return self;
}

void
far_bookkeeper_link_free (FarBookkeeperLink *self)
{
  struct pollfd process = { .fd = self->pidfd, .events = POLLIN };

  far_loop_disarm (self->loop, &self->restart);
  if (self->pidfd >= 0)
    {
      shutdown (self->control, SHUT_RDWR);
      if (poll (&process, 1, FAR_BOOKKEEPER_STOP_S * 1000) == 0)
        kill (self->pid, SIGKILL);
      waitpid (self->pid, NULL, 0);
    }
  close_process (self);
  g_free (self->data_dir);
  g_free (self->program);
  g_free (self->money);
  g_free (self->token_path);
  g_free (self->failure);
  g_free (self);
}

static gboolean
send_with_fd (int control, const char *text, gsize n_bytes, int fd)
{
  union {
    struct cmsghdr header;
    char           space[CMSG_SPACE (sizeof (int))];
  } ancillary = { 0 };
  struct iovec part = { .iov_base = (void *) text, .iov_len = n_bytes };
  struct msghdr message = {
    .msg_iov = &part,
    .msg_iovlen = 1,
    .msg_control = ancillary.space,
    .msg_controllen = sizeof ancillary.space,
  };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);

  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof (int));
  memcpy (CMSG_DATA (header), &fd, sizeof fd);
  return sendmsg (control, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) n_bytes;
}

int
far_bookkeeper_link_connect (FarBookkeeperLink *self, const char *principal,
                             const char *const *commands, GError **error)
{
  g_auto (FarJsonWriter) writer = { 0 };
  gboolean sent;
  int fds[2];
  guint i;

  if (!self->ready)
    {
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_BOOKKEEPER,
                   "The bookkeeper is not running (%s); try again in a second",
                   self->failure != NULL ? self->failure : "it is being started");
      return -1;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    {
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                   "No connection to the bookkeeper can be made: %s", g_strerror (errno));
      return -1;
    }
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "op", "connect");
  far_json_add_string (&writer, "principal", principal);
  far_json_begin_array (&writer, "commands");
  for (i = 0; commands != NULL && commands[i] != NULL; i++)
    far_json_add_string (&writer, NULL, commands[i]);
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  sent = send_with_fd (self->control, writer.text->str, writer.text->len, fds[1]);
  close (fds[1]);
  if (!sent)
    {
      g_set_error_literal (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_BOOKKEEPER,
                           "The bookkeeper takes no connections just now; try again");
      close (fds[0]);
      return -1;
    }
  return fds[0];
}

gboolean
far_bookkeeper_link_is_ready (FarBookkeeperLink *self)
{
  return self->ready;
}

pid_t
far_bookkeeper_link_get_pid (FarBookkeeperLink *self)
{
  return self->pidfd >= 0 ? self->pid : 0;
}

const char *
far_bookkeeper_link_get_failure (FarBookkeeperLink *self)
{
  return self->failure;
}

const char *
far_bookkeeper_link_get_money (FarBookkeeperLink *self)
{
  return self->money;
}

const char *
far_bookkeeper_link_get_token_path (FarBookkeeperLink *self)
{
  return self->token_path;
}

gint64
far_bookkeeper_link_get_transfers (FarBookkeeperLink *self)
{
  return self->transfers;
}

void
far_bookkeeper_link_get_progress (FarBookkeeperLink *self, const char **ret_what,
                                  gint64 *ret_rows, gint64 *ret_total)
{
  *ret_what = self->progress;
  *ret_rows = self->progress_rows;
  *ret_total = self->progress_total;
}
