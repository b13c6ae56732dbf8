/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarHttpListener, and the making of TCP sockets that listen. */
#include "platform/far-http-listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "platform/far-http-server.h"

/* Connections taken before others get their turn. */
#define ACCEPT_BATCH_MAX 64
/* How long to stop when descriptors have run out. */
#define EXHAUSTED_PAUSE_US (100 * 1000)

struct _FarHttpListener {
  FarLoop        *loop;
  FarLoopWatch    watch;
  FarLoopDeadline deadline;
  int             fd;
  gboolean        paused;
  FarHttpAccepted accepted;
  gpointer        user_data;
};

static void on_readable (guint32 events, gpointer user_data);

static void
update_watch (FarHttpListener *self)
{
  gboolean wanted = !self->paused && self->deadline.index == 0;

  if (wanted && !self->watch.added)
    far_loop_add (self->loop, &self->watch, self->fd, EPOLLIN, on_readable, self, NULL);
  else if (!wanted)
    far_loop_remove (self->loop, &self->watch);
}

static void
on_deadline (gpointer user_data)
{
  update_watch (user_data);
}

static void
on_readable (guint32 events, gpointer user_data)
{
  FarHttpListener *self = user_data;
  guint i;

  for (i = 0; i < ACCEPT_BATCH_MAX && !self->paused; i++)
    {
      struct sockaddr_storage address = { 0 };
      socklen_t n_address = sizeof address;
      int one = 1;
      int fd = accept4 (self->fd, (struct sockaddr *) &address, &n_address,
                        SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd < 0)
        {
          if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
            return;
          /* Out of descriptors or memory: the socket stays readable, so look away for a while. */
          far_loop_arm (self->loop, &self->deadline,
                        g_get_monotonic_time () + EXHAUSTED_PAUSE_US, on_deadline, self);
          update_watch (self);
          return;
        }
      if (address.ss_family == AF_INET || address.ss_family == AF_INET6)
        setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      self->accepted (fd, (struct sockaddr *) &address, n_address, self->user_data);
    }
}

FarHttpListener *
far_http_listener_new (FarLoop *loop, int fd, FarHttpAccepted accepted, gpointer user_data,
                       GError **error)
{
  FarHttpListener *self;
  int flags = fcntl (fd, F_GETFL);

  if (flags < 0 || fcntl (fd, F_SETFL, flags | O_NONBLOCK) != 0)
    {
      g_set_error (error, FAR_HTTP_ERROR, FAR_HTTP_ERROR_LISTEN,
                   "Descriptor %d cannot be listened on: %s", fd, g_strerror (errno));
      close (fd);
      return NULL;
    }
  self = g_new0 (FarHttpListener, 1);
  self->loop = loop;
  self->fd = fd;
  self->accepted = accepted;
  self->user_data = user_data;
  if (!far_loop_add (loop, &self->watch, fd, EPOLLIN, on_readable, self, error))
    {
      far_http_listener_free (self);
      return NULL;
    }
  return self;
}

void
far_http_listener_free (FarHttpListener *self)
{
  far_loop_remove (self->loop, &self->watch);
  far_loop_disarm (self->loop, &self->deadline);
  close (self->fd);
  g_free (self);
}

void
far_http_listener_set_paused (FarHttpListener *self, gboolean paused)
{
  self->paused = paused;
  update_watch (self);
}

void
far_http_format_address (const struct sockaddr *address, char *ret_text, gsize size)
{
  const void *bytes = NULL;

  if (address != NULL && address->sa_family == AF_INET)
    bytes = &((const struct sockaddr_in *) (const void *) address)->sin_addr;
  else if (address != NULL && address->sa_family == AF_INET6)
    bytes = &((const struct sockaddr_in6 *) (const void *) address)->sin6_addr;
  if (bytes == NULL || inet_ntop (address->sa_family, bytes, ret_text, size) == NULL)
    g_strlcpy (ret_text, "127.0.0.1", size);
}

guint16
far_http_listener_port (int fd)
{
  struct sockaddr_in where = { .sin_family = AF_UNSPEC };
  socklen_t n = sizeof where;

  if (getsockname (fd, (struct sockaddr *) &where, &n) != 0 || where.sin_family != AF_INET)
    return 0;
  return ntohs (where.sin_port);
}

int
far_http_listen_tcp (const char *address, guint16 port, guint16 *ret_port, GError **error)
{
  struct sockaddr_in where = { .sin_family = AF_INET, .sin_port = htons (port) };
  socklen_t n = sizeof where;
  int one = 1;
  int fd;

  if (inet_pton (AF_INET, address, &where.sin_addr) != 1)
    {
      g_set_error (error, FAR_HTTP_ERROR, FAR_HTTP_ERROR_LISTEN,
                   "“%s” is not an IPv4 address; use one such as 127.0.0.1", address);
      return -1;
    }
  fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0
      || bind (fd, (struct sockaddr *) &where, sizeof where) != 0
      || listen (fd, FAR_HTTP_BACKLOG_MAX) != 0
      || getsockname (fd, (struct sockaddr *) &where, &n) != 0)
    {
      int code = errno;

      g_set_error (error, FAR_HTTP_ERROR, FAR_HTTP_ERROR_LISTEN,
                   "%s:%u cannot be listened on: %s%s", address, port, g_strerror (code),
                   code == EADDRINUSE ? "; choose another with --port" : "");
      if (fd >= 0)
        close (fd);
      return -1;
    }
  *ret_port = ntohs (where.sin_port);
  return fd;
}
