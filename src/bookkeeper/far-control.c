/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control channel (see the header). What comes is from the platform, yet checked like anything
 * else; descriptors that came with a bad message are closed. */
#include "bookkeeper/far-control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-json.h"

#define FDS_MAX 8

static void
send_message (int            fd,
              FarJsonWriter *writer)
{
  g_autofree char *text = NULL;
  gsize n_text;
  ssize_t n;

  far_json_end_object (writer);
  text = far_json_writer_steal (writer, &n_text);
  do
    n = send (fd, text, n_text, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
}

static void
begin_message (FarJsonWriter *writer,
               const char    *op)
{
  far_json_writer_init (writer);
  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "op", op);
}

void
far_control_ready (int         fd,
                   FarBooks   *books,
                   const char *token_path)
{
  FarLedger *ledger = far_books_ledger (books);
  g_auto (FarJsonWriter) writer;

  begin_message (&writer, "ready");
  far_json_add_string (&writer, "money",
                       far_ledger_money (ledger) == FAR_LEDGER_MONEY_LIVE ? "live" : "test");
  far_json_add_string (&writer, "publisher_token", token_path);
  far_json_add_int (&writer, "transfers", (gint64) far_ledger_transfers (ledger));
  send_message (fd, &writer);
}

void
far_control_failed (int         fd,
                    const char *message)
{
  g_auto (FarJsonWriter) writer;

  begin_message (&writer, "failed");
  far_json_add_string_len (&writer, "message", message, MIN (strlen (message), 4000));
  send_message (fd, &writer);
}

void
far_control_journal (int     fd,
                     guint64 transfers)
{
  g_auto (FarJsonWriter) writer;

  begin_message (&writer, "journal");
  far_json_add_int (&writer, "transfers", (gint64) transfers);
  send_message (fd, &writer);
}

void
far_control_progress (int         fd,
                      const char *what,
                      guint64     rows,
                      guint64     total)
{
  g_auto (FarJsonWriter) writer;

  begin_message (&writer, "progress");
  far_json_add_string (&writer, "what", what);
  far_json_add_int (&writer, "rows", (gint64) rows);
  far_json_add_int (&writer, "total", (gint64) total);
  send_message (fd, &writer);
}

static void
refuse (int         fd,
        const char *message)
{
  g_auto (FarJsonWriter) writer;

  begin_message (&writer, "refused");
  far_json_add_string (&writer, "message", message);
  send_message (fd, &writer);
}

/* Returns: what is wrong with the message, or NULL. */
static const char *
parse_connect (const char        *text,
               gsize              n_text,
               FarControlConnect *connect)
{
  g_autoptr (JsonNode) root =
    far_json_parse_object (text, n_text, FAR_CONTROL_MESSAGE_MAX, NULL);
  const char *commands[FAR_CONTROL_COMMANDS_MAX + 1] = { NULL };
  const char *op, *principal;
  JsonObject *object;
  JsonArray *array;

  if (root == NULL)
    return "not a JSON object";
  object = json_node_get_object (root);
  if (!far_json_get_string (object, "op", 16, &op, NULL) || strcmp (op, "connect") != 0)
    return "\"op\" must be \"connect\"";
  if (!far_json_get_string (object, "principal", FAR_CONTROL_PRINCIPAL_MAX, &principal, NULL) ||
      *principal == '\0')
    return "\"principal\" must be a name";
  if (!far_json_get_array (object, "commands", FAR_CONTROL_COMMANDS_MAX, &array, NULL))
    return "\"commands\" must be an array of commands";
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_VALUE (element) || json_node_get_value_type (element) != G_TYPE_STRING)
        return "\"commands\" must be an array of strings";
      commands[i] = json_node_get_string (element);
    }
  if (!far_command_set_parse (commands, &connect->allowed))
    return "one of \"commands\" is no command of this version";
  if (connect->fd < 0)
    return "exactly one descriptor must come with it";
  connect->principal = g_strdup (principal);
  return NULL;
}

/* Keeps one descriptor; with more than one, none. */
static int
take_descriptor (struct msghdr *message)
{
  int kept = -1;
  guint n = 0;

  for (struct cmsghdr *control = CMSG_FIRSTHDR (message); control != NULL;
       control = CMSG_NXTHDR (message, control))
    {
      int fds[FDS_MAX];
      gsize n_fds;

      if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
        continue;
      n_fds = (control->cmsg_len - CMSG_LEN (0)) / sizeof (int);
      memcpy (fds, CMSG_DATA (control), n_fds * sizeof (int));
      for (gsize i = 0; i < n_fds; i++, n++)
        if (n == 0)
          kept = fds[i];
        else
          close (fds[i]);
    }
  if (n > 1)
    {
      close (kept);
      kept = -1;
    }
  return kept;
}

FarControlEvent
far_control_receive (int                fd,
                     FarControlConnect *ret_connect)
{
  char text[FAR_CONTROL_MESSAGE_MAX];
  union {
    char           bytes[CMSG_SPACE (FDS_MAX * sizeof (int))];
    struct cmsghdr align;
  } control;
  struct iovec part = { .iov_base = text, .iov_len = sizeof text };
  struct msghdr message = {
    .msg_iov = &part, .msg_iovlen = 1,
    .msg_control = control.bytes, .msg_controllen = sizeof control.bytes,
  };
  FarControlConnect connect = { .fd = -1 };
  const char *wrong;
  ssize_t n;

  do
    n = recvmsg (fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return errno == EAGAIN ? FAR_CONTROL_NOTHING : FAR_CONTROL_ENDED;

  connect.fd = take_descriptor (&message);
  if (n == 0)
    {
      if (connect.fd >= 0)
        close (connect.fd);
      return FAR_CONTROL_ENDED;
    }
  wrong = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? "the message is too long"
                                                       : parse_connect (text, (gsize) n, &connect);
  if (wrong == NULL)
    {
      *ret_connect = connect;
      return FAR_CONTROL_CONNECT;
    }
  if (connect.fd >= 0)
    close (connect.fd);
  refuse (fd, wrong);
  return FAR_CONTROL_REFUSED;
}
