/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarLogPipe: a pipe's reading end in the loop, and the beginning of a line that is not whole. */
#include "platform/far-log-pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "platform/far-platform.h"

#define READ_MAX (16 * 1024)
#define READS_MAX 4 /* of one turn, before others get theirs */

struct _FarLogPipe {
  FarLoop       *loop;
  FarLoopWatch   watch;
  int            fd;
  GString       *partial;
  gboolean       skipping; /* behind a line that was cut */
  FarLogPipeLine line;
  gpointer       user_data;
};

static void
end_line (FarLogPipe *self)
{
  if (self->partial->len > 0 && self->partial->str[self->partial->len - 1] == '\r')
    g_string_truncate (self->partial, self->partial->len - 1);
  if (self->partial->len > 0)
    self->line (self->partial->str, self->partial->len, self->user_data);
  g_string_truncate (self->partial, 0);
}

static void
take (FarLogPipe *self, char *text, gsize n_bytes)
{
  char *end = text + n_bytes;

  while (text < end)
    {
      char *stop = memchr (text, '\n', end - text);
      gsize n = (stop != NULL ? stop : end) - text;
      gsize i;

      for (i = 0; i < n; i++)
        if (text[i] == '\0')
          text[i] = ' ';
      if (!self->skipping)
        g_string_append_len (self->partial, text, MIN (n, FAR_LOG_LINE_MAX - self->partial->len));
      if (!self->skipping && (stop != NULL || self->partial->len >= FAR_LOG_LINE_MAX))
        {
          end_line (self);
          self->skipping = TRUE;
        }
      if (stop == NULL)
        return;
      self->skipping = FALSE;
      text = stop + 1;
    }
}

/* FALSE when there is nothing (more) just now. */
static gboolean
read_once (FarLogPipe *self)
{
  char buffer[READ_MAX];
  ssize_t n = read (self->fd, buffer, sizeof buffer);

  if (n > 0)
    take (self, buffer, n);
  else if (n == 0 || errno != EAGAIN)
    far_loop_remove (self->loop, &self->watch); /* every writer has gone */
  return n == READ_MAX;
}

static void
on_readable (guint32 events, gpointer user_data)
{
  FarLogPipe *self = user_data;
  guint i;

  for (i = 0; i < READS_MAX; i++)
    if (!read_once (self))
      return;
}

FarLogPipe *
far_log_pipe_new (FarLoop *loop, FarLogPipeLine line, gpointer user_data, int *ret_write_fd,
                  GError **error)
{
  FarLogPipe *self;
  int fds[2];

  if (pipe2 (fds, O_CLOEXEC) != 0 || fcntl (fds[0], F_SETFL, O_NONBLOCK) != 0)
    {
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                   "No log pipe can be made: %s", g_strerror (errno));
      return NULL;
    }
  self = g_new0 (FarLogPipe, 1);
  self->loop = loop;
  self->fd = fds[0];
  self->partial = g_string_sized_new (128);
  self->line = line;
  self->user_data = user_data;
  if (!far_loop_add (loop, &self->watch, fds[0], EPOLLIN, on_readable, self, error))
    {
      close (fds[1]);
      far_log_pipe_free (self);
      return NULL;
    }
  *ret_write_fd = fds[1];
  return self;
}

void
far_log_pipe_drain (FarLogPipe *self, gboolean flush)
{
  on_readable (EPOLLIN, self);
  if (flush && !self->skipping)
    end_line (self);
}

void
far_log_pipe_free (FarLogPipe *self)
{
  far_loop_remove (self->loop, &self->watch);
  close (self->fd);
  g_string_free (self->partial, TRUE);
  g_free (self);
}
