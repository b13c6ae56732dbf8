/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarHttpDoor. Sockets are watched edge-triggered: what was looked at stays readable, and only new
 * bytes are news. */
#include "platform/far-http-door.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LINE_REST_MAX 64  /* of the first line, beside the target */
#define BLANK_LINES_MAX 4 /* before the first line, RFC 9112, 2.2 */

typedef struct {
  FarHttpDoor            *door;
  GList                   link;
  FarLoopWatch            watch;
  FarLoopDeadline         deadline;
  int                     fd;
  gpointer                endpoint;
  socklen_t               n_address;
  struct sockaddr_storage address;
} Guest;

struct _FarHttpDoor {
  FarLoop          *loop;
  guint             timeout_s;
  FarHttpErrorBody  error_body;
  FarHttpLingers   *lingers;
  FarHttpDoorEvents events;
  gpointer          user_data;
  GQueue            guests;
};

void
far_http_send_raw (int fd, FarHttpErrorBody error_body, guint status, const char *reason,
                   const char *message)
{
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *text = NULL;
  ssize_t n;

  error_body (status, message, body);
  text = g_strdup_printf ("HTTP/1.1 %u %s\r\nContent-Type: application/json\r\n"
                          "Connection: close\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                          status, reason, body->len, body->str);
  /* The socket's buffer is empty: one short write takes it, or the client has gone. */
  n = send (fd, text, strlen (text), MSG_DONTWAIT | MSG_NOSIGNAL);
  (void) n;
}

/* ---- Looking ---- */

static gboolean
is_token_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("!#$%&'*+-.^_`|~", c) != NULL);
}

static guint
refuse (const char **ret_message, guint status, const char *message)
{
  *ret_message = message;
  return status;
}

/* line: without its end; or what there is of it. */
static guint
check_first_line (const char *line, gsize n, gboolean whole, const char **ret_message)
{
  const char *end = line + n;
  const char *at = line;
  const char *space;

  while (at < end && is_token_char (*at))
    at++;
  if ((at < end && (*at != ' ' || at == line)) || (whole && at == end))
    return refuse (ret_message, 400, "This is no HTTP request.");
  if (n > FAR_HTTP_TARGET_MAX + LINE_REST_MAX)
    return refuse (ret_message, 414, "The URL is longer than this API takes.");
  if (!whole)
    return 0;
  space = memrchr (at + 1, ' ', (gsize) (end - at - 1));
  if (space == NULL || space == at + 1)
    return refuse (ret_message, 400, "The request line has no target or no version.");
  if (end - space - 1 != 8 || memcmp (space + 1, "HTTP/1.", 7) != 0
      || !g_ascii_isdigit (space[8]))
    return refuse (ret_message, 505, "Only HTTP/1.1 is spoken here.");
  return 200;
}

/* What its name is made of is checked with the rest of the head (far-http-check.c). */
static guint
check_field (const char *line, gsize n, const char **ret_message)
{
  if (*line == ':' || *line == ' ' || *line == '\t' || memchr (line, ':', n) == NULL)
    return refuse (ret_message, 400, "A header field has no name, or no colon.");
  return 200;
}

guint
far_http_door_check (const char *data, gsize n_bytes, const char **ret_message)
{
  const char *end = data + n_bytes;
  const char *at = data;
  gboolean first = TRUE;
  guint n_blank = 0;

  while (at < end)
    {
      const char *newline = memchr (at, '\n', (gsize) (end - at));
      gsize n = (gsize) ((newline != NULL ? newline : end) - at);
      guint status = 200;

      if (n > 0 && at[n - 1] == '\r')
        n--;
      if (first && n == 0 && newline != NULL)
        {
          if (++n_blank > BLANK_LINES_MAX)
            return refuse (ret_message, 400, "This is no HTTP request.");
        }
      else if (first)
        {
          status = check_first_line (at, n, newline != NULL, ret_message);
          first = FALSE;
        }
      else if (newline != NULL && n == 0)
        return 200;
      else if (newline != NULL)
        status = check_field (at, n, ret_message);
      if (status != 200)
        return status;
      if (newline == NULL)
        break;
      at = newline + 1;
    }
  return n_bytes >= FAR_HTTP_HEAD_MAX
             ? refuse (ret_message, 431, "The head of the request is too large.")
             : 0;
}

/* ---- Waiting ---- */

static void
let_go (Guest *guest)
{
  FarHttpDoor *self = guest->door;
  gpointer endpoint = guest->endpoint;

  g_queue_unlink (&self->guests, &guest->link);
  far_loop_remove (self->loop, &guest->watch);
  far_loop_disarm (self->loop, &guest->deadline);
  g_free (guest);
  self->events.count (-1, endpoint, self->user_data);
}

static const char *
reason_of (guint status)
{
  switch (status)
    {
    case 408:
      return "Request Timeout";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Bad Request";
    }
}

static void
turn_away (Guest *guest, guint status, const char *message)
{
  FarHttpDoor *self = guest->door;
  int fd = guest->fd;

  let_go (guest);
  if (status > 0)
    {
      far_http_send_raw (fd, self->error_body, status, reason_of (status), message);
      shutdown (fd, SHUT_WR);
      far_http_lingers_add (self->lingers, fd);
    }
  close (fd);
}

static void
on_deadline (gpointer user_data)
{
  Guest *guest = user_data;

  turn_away (guest, 408, "The request did not arrive whole in time.");
}

/* has_ended: what there is is all that will ever come. */
static void
look (Guest *guest, gboolean has_ended)
{
  FarHttpDoor *self = guest->door;
  char buffer[FAR_HTTP_HEAD_MAX];
  const char *message = NULL;
  ssize_t n = recv (guest->fd, buffer, sizeof buffer, MSG_PEEK | MSG_DONTWAIT);
  guint status;

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0)
    {
      turn_away (guest, 0, NULL);
      return;
    }
  status = far_http_door_check (buffer, (gsize) n, &message);
  if (status == 200)
    {
      const Guest gone = *guest;

      let_go (guest);
      self->events.open (gone.fd, (const struct sockaddr *) &gone.address, gone.n_address,
                         gone.endpoint, self->user_data);
    }
  else if (status > 0)
    turn_away (guest, status, message);
  else if (has_ended)
    turn_away (guest, 400, "The request ended before it was whole.");
}

static void
on_readable (guint32 events, gpointer user_data)
{
  look (user_data, (events & EPOLLRDHUP) != 0);
}

FarHttpDoor *
far_http_door_new (FarLoop *loop, guint timeout_s, FarHttpErrorBody error_body,
                   FarHttpLingers *lingers, const FarHttpDoorEvents *events, gpointer user_data)
{
  FarHttpDoor *self = g_new0 (FarHttpDoor, 1);

  self->loop = loop;
  self->timeout_s = timeout_s;
  self->error_body = error_body;
  self->lingers = lingers;
  self->events = *events;
  self->user_data = user_data;
  g_queue_init (&self->guests);
  return self;
}

void
far_http_door_free (FarHttpDoor *self)
{
  while (self->guests.head != NULL)
    turn_away (self->guests.head->data, 0, NULL);
  g_free (self);
}

void
far_http_door_enter (FarHttpDoor *self, int fd, const struct sockaddr *address,
                     socklen_t n_address, gpointer endpoint)
{
  Guest *guest = g_new0 (Guest, 1);

  guest->door = self;
  guest->fd = fd;
  guest->endpoint = endpoint;
  guest->link.data = guest;
  guest->n_address = MIN (n_address, sizeof guest->address);
  memcpy (&guest->address, address, guest->n_address);
  g_queue_push_tail_link (&self->guests, &guest->link);
  self->events.count (1, endpoint, self->user_data);
  if (self->timeout_s > 0)
    far_loop_arm (self->loop, &guest->deadline,
                  g_get_monotonic_time () + (gint64) self->timeout_s * G_USEC_PER_SEC, on_deadline,
                  guest);
  if (far_loop_add (self->loop, &guest->watch, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, on_readable,
                    guest, NULL))
    look (guest, FALSE); /* most have spoken already */
  else
    turn_away (guest, 0, NULL);
}

void
far_http_door_close (FarHttpDoor *self, gpointer endpoint)
{
  GList *link = self->guests.head;

  while (link != NULL)
    {
      Guest *guest = link->data;

      link = link->next;
      if (guest->endpoint == endpoint)
        turn_away (guest, 0, NULL);
    }
}
