/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarHttpLingers: duplicated descriptors read until their end, a limit or a deadline. */
#include "platform/far-http-linger.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/far-http-server.h"

#define LINGERS_MAX 64
#define READS_MAX 16 /* before others get their turn */

typedef struct {
  FarHttpLingers *owner;
  FarLoopWatch    watch;
  FarLoopDeadline deadline;
  GList           link;
  int             fd;
  gsize           left;
} Linger;

struct _FarHttpLingers {
  FarLoop *loop;
  GQueue   all;
};

static void
linger_end (gpointer user_data)
{
  Linger *linger = user_data;
  FarHttpLingers *self = linger->owner;

  g_queue_unlink (&self->all, &linger->link);
  far_loop_disarm (self->loop, &linger->deadline);
  far_loop_remove (self->loop, &linger->watch);
  close (linger->fd);
  g_free (linger);
}

static void
on_readable (guint32 events, gpointer user_data)
{
  Linger *linger = user_data;
  char buffer[16 * 1024];
  guint i;

  for (i = 0; i < READS_MAX; i++)
    {
      ssize_t n = recv (linger->fd, buffer, sizeof buffer, MSG_DONTWAIT);

      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
      if (n <= 0 || (gsize) n >= linger->left)
        {
          linger_end (linger);
          return;
        }
      linger->left -= n;
    }
}

FarHttpLingers *
far_http_lingers_new (FarLoop *loop)
{
  FarHttpLingers *self = g_new0 (FarHttpLingers, 1);

  self->loop = loop;
  g_queue_init (&self->all);
  return self;
}

void
far_http_lingers_free (FarHttpLingers *self)
{
  while (self->all.head != NULL)
    linger_end (self->all.head->data);
  g_free (self);
}

void
far_http_lingers_add (FarHttpLingers *self, int fd)
{
  Linger *linger;
  int copy;

  if (self->all.length >= LINGERS_MAX)
    return;
  copy = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0)
    return;
  linger = g_new0 (Linger, 1);
  linger->owner = self;
  linger->fd = copy;
  linger->left = FAR_HTTP_LINGER_MAX;
  linger->link.data = linger;
  g_queue_push_tail_link (&self->all, &linger->link);
  far_loop_arm (self->loop, &linger->deadline,
                g_get_monotonic_time () + FAR_HTTP_LINGER_S * G_USEC_PER_SEC, linger_end, linger);
  if (!far_loop_add (self->loop, &linger->watch, copy, EPOLLIN, on_readable, linger, NULL))
    linger_end (linger);
}
