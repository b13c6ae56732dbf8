/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See the header. */
#include "keeper-process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-frame.h"
#include "base/far-paths.h"

extern char **environ;

#define CONTROL_FD 3

const char *const keeper_all_commands[] = {
  "pledge", "entitlement", "refund", "wallet", "method.set", "property.ensure", "campaign.ensure",
  "view.reserve", "view.get", "view.fetched", "view.event", "tabs.due", "charge.begin",
  "charge.finish", "earnings", "ledger.status", "ledger.verify", "ledger.checkpoint",
  "ledger.rotate_key", "receipts", NULL,
};

Keeper *
keeper_start (const char *data_dir,
              const char *money)
{
  Keeper *keeper = g_new0 (Keeper, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *program = far_paths_find_libexec ("farthing-bookkeeper", &error);
  posix_spawn_file_actions_t actions;
  int pair[2];
  char *argv[] = {
    program, (char *) "--data-dir", (char *) data_dir, (char *) "--control-fd", (char *) "3",
    (char *) "--money", (char *) (money ? money : "test"), NULL,
  };

  g_assert_no_error (error);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, pair[1], CONTROL_FD);
  g_assert_cmpint (pair[1], !=, CONTROL_FD);
  g_assert_cmpint (posix_spawn (&keeper->pid, program, &actions, NULL, argv, environ), ==, 0);
  posix_spawn_file_actions_destroy (&actions);
  close (pair[1]);
  keeper->control = pair[0];
  return keeper;
}

JsonNode *
keeper_message (Keeper *keeper)
{
  struct pollfd readable = { .fd = keeper->control, .events = POLLIN };
  char text[64 * 1024];
  g_autoptr (GError) error = NULL;
  JsonNode *node;
  ssize_t n;

  do
    n = poll (&readable, 1, KEEPER_TIMEOUT_MS);
  while (n < 0 && errno == EINTR);
  g_assert_cmpint (n, ==, 1);
  n = recv (keeper->control, text, sizeof text, 0);
  if (n <= 0)
    return NULL;
  node = far_json_parse_object (text, (gsize) n, sizeof text, &error);
  g_assert_no_error (error);
  return node;
}

JsonNode *
keeper_expect (Keeper     *keeper,
               const char *op)
{
  for (;;)
    {
      g_autoptr (JsonNode) message = keeper_message (keeper);

      if (message == NULL)
        return NULL;
      if (g_str_equal (json_object_get_string_member (json_node_get_object (message), "op"), op))
        return g_steal_pointer (&message);
    }
}

void
keeper_send (Keeper     *keeper,
             const char *text,
             const int  *fds,
             guint       n_fds)
{
  union {
    char           bytes[CMSG_SPACE (4 * sizeof (int))];
    struct cmsghdr align;
  } control = { { 0 } };
  struct iovec part = { .iov_base = (char *) text, .iov_len = strlen (text) };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

  g_assert_cmpuint (n_fds, <=, 4);
  if (n_fds > 0)
    {
      struct cmsghdr *header;

      message.msg_control = control.bytes;
      message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      header = CMSG_FIRSTHDR (&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      memcpy (CMSG_DATA (header), fds, n_fds * sizeof (int));
    }
  g_assert_cmpint (sendmsg (keeper->control, &message, MSG_NOSIGNAL), ==, part.iov_len);
}

int
keeper_connect (Keeper            *keeper,
                const char        *principal,
                const char *const *commands)
{
  g_auto (FarJsonWriter) writer;
  g_autofree char *text = NULL;
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "op", "connect");
  far_json_add_string (&writer, "principal", principal);
  far_json_begin_array (&writer, "commands");
  for (guint i = 0; commands[i] != NULL; i++)
    far_json_add_string (&writer, NULL, commands[i]);
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, NULL);
  keeper_send (keeper, text, &pair[1], 1);
  close (pair[1]);
  return pair[0];
}

int
keeper_end (Keeper *keeper,
            int     signal_number)
{
  int status;

  if (signal_number != 0)
    kill (keeper->pid, signal_number);
  else
    {
      close (keeper->control);
      keeper->control = -1;
    }
  g_assert_cmpint (waitpid (keeper->pid, &status, 0), ==, keeper->pid);
  if (keeper->control >= 0)
    close (keeper->control);
  g_free (keeper);
  return status;
}

JsonNode *
keeper_ask (int         fd,
            const char *format,
            ...)
{
  g_autofree char *json = NULL;
  g_autofree char *answer = NULL;
  g_autoptr (GError) error = NULL;
  JsonNode *node;
  gsize n_answer;
  va_list args;

  va_start (args, format);
  json = g_strdelimit (g_strdup_vprintf (format, args), "'", '"');
  va_end (args);
  if (!far_frame_write (fd, json, strlen (json), KEEPER_TIMEOUT_MS * 1000, NULL))
    return NULL;
  answer = far_frame_read (fd, &n_answer, KEEPER_TIMEOUT_MS * G_GINT64_CONSTANT (1000), &error);
  if (answer == NULL)
    {
      g_assert_false (g_error_matches (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_TIMEOUT));
      return NULL;
    }
  g_clear_error (&error);
  node = far_json_parse_object (answer, n_answer, FAR_FRAME_MAX, &error);
  g_assert_no_error (error);
  return node;
}
