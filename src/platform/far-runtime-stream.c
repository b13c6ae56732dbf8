/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarRuntimeStream: the socket in the loop, what came of a frame that is not whole, and what could
 * not be sent yet.
 *
 * Invariant: while open, the socket is watched, for writing if something waits in out, else for
 * reading. */
#include "platform/far-runtime-stream.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct _FarRuntimeStream {
  FarWorker   *worker;
  FarLoop     *loop;
  FarLoopWatch watch;
  int          fd; /* -1 once it is closed, or the endpoint's */
  gboolean     begun;
  GByteArray  *in;
  GByteArray  *out;
  gsize        out_at;
};

static void on_ready (guint32 events, gpointer user_data);

static void
close_stream (FarRuntimeStream *self)
{
  if (self->fd < 0)
    return;
  far_loop_remove (self->loop, &self->watch);
  close (self->fd);
  self->fd = -1;
}

static void
watch (FarRuntimeStream *self, guint32 events)
{
  far_loop_remove (self->loop, &self->watch);
  /* It stood in the set a moment ago. */
  if (!far_loop_add (self->loop, &self->watch, self->fd, events, on_ready, self, NULL))
    close_stream (self);
}

/* What it says cannot be understood any more. */
static void
end_instance (FarRuntimeStream *self)
{
  FarWorker *worker = self->worker;
  g_autofree char *note = g_strdup_printf ("An instance of %s sent what is no frame of the runtime "
                                           "stream and was killed; build it against this "
                                           "version's library", worker->function->spec->name);

  close_stream (self);
  if (worker->state == FAR_WORKER_DYING)
    return;
  far_dispatcher_annotate (worker->dispatcher, worker->function, "instance_crash", note);
  far_dispatcher_worker_broken (worker->dispatcher, worker);
}

static void
keep_rest (FarRuntimeStream *self, const struct iovec *vector, guint n_parts, gsize n_sent)
{
  guint i;

  for (i = 0; i < n_parts; i++)
    {
      gsize n = MIN (n_sent, vector[i].iov_len);

      n_sent -= n;
      g_byte_array_append (self->out, (const guint8 *) vector[i].iov_base + n,
                           (guint) (vector[i].iov_len - n));
    }
}

void
far_runtime_stream_send (FarRuntimeStream *self, const FarRuntimeFrame *frame)
{
  guint8 header[FAR_RUNTIME_FRAME_HEADER];
  struct iovec vector[FAR_RUNTIME_FRAME_PARTS];
  struct msghdr message = { .msg_iov = vector };
  gboolean waits = self->out->len > 0;
  ssize_t n_sent = 0;

  if (self->fd < 0)
    return; /* its process is about to be gone, or the call's time to be over */
  message.msg_iovlen = far_runtime_frame_pack (frame, header, vector);
  if (!waits)
    n_sent = sendmsg (self->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n_sent < 0 && errno != EAGAIN && errno != EINTR)
    {
      close_stream (self);
      return;
    }
  keep_rest (self, vector, (guint) message.msg_iovlen, (gsize) MAX (n_sent, 0));
  if (!waits && self->out->len > 0)
    watch (self, EPOLLOUT);
}

static void
send_status (FarRuntimeStream *self, guint status)
{
  const FarRuntimeFrame frame = { .kind = FAR_RUNTIME_STATUS, .number = status };

  far_runtime_stream_send (self, &frame);
}

static void
take_next (FarRuntimeStream *self)
{
  if (!far_worker_take_next (self->worker, NULL))
    send_status (self, 403);
}

static void
take_outcome (FarRuntimeStream *self, const FarRuntimeFrame *frame)
{
  FarWorker *worker = self->worker;
  char *payload;

  if (frame->id == NULL || !far_worker_is_current (worker, frame->id, strlen (frame->id)))
    {
      send_status (self, 400);
      return;
    }
  if (worker->state != FAR_WORKER_BUSY)
    {
      send_status (self, 403);
      return;
    }
  far_worker_take_notes (worker, frame->note);
  if (frame->n_payload > FAR_PAYLOAD_SYNC_MAX || frame->number > FAR_PAYLOAD_SYNC_MAX)
    {
      far_worker_take_oversize (worker);
      send_status (self, 413);
      return;
    }
  payload = g_malloc (frame->n_payload + 1);
  memcpy (payload, frame->payload, frame->n_payload);
  payload[frame->n_payload] = '\0';
  if (frame->kind == FAR_RUNTIME_RESPONSE)
    far_worker_take_response (worker, payload, frame->n_payload);
  else
    far_worker_take_error (worker, frame->name, payload, frame->n_payload);
  take_next (self);
}

static void
take_init_error (FarRuntimeStream *self, const FarRuntimeFrame *frame)
{
  if (self->worker->state != FAR_WORKER_STARTING)
    {
      send_status (self, 403);
      return;
    }
  far_worker_take_init_error (self->worker, frame->name, frame->payload, frame->n_payload);
  send_status (self, 202);
}

static gboolean
take_frame (FarRuntimeStream *self, const guint8 *data, gsize n_bytes)
{
  FarRuntimeFrame frame;

  if (!far_runtime_frame_parse (data, n_bytes, &frame, NULL))
    return FALSE;
  switch (frame.kind)
    {
    case FAR_RUNTIME_NEXT:
      take_next (self);
      return TRUE;
    case FAR_RUNTIME_RESPONSE:
    case FAR_RUNTIME_ERROR:
      take_outcome (self, &frame);
      return TRUE;
    case FAR_RUNTIME_INIT_ERROR:
      take_init_error (self, &frame);
      return TRUE;
    case FAR_RUNTIME_EVENT:
    case FAR_RUNTIME_STATUS:
    default:
      return FALSE; /* the platform's to say */
    }
}

/* Whole frames of what is there. Returns: the bytes taken; -1 when one of them is none. */
static gssize
take_frames (FarRuntimeStream *self, const guint8 *data, gsize n_bytes)
{
  gsize at = 0;

  while (n_bytes - at >= FAR_RUNTIME_FRAME_HEADER)
    {
      gsize n_frame = far_runtime_frame_length (data + at, NULL);

      if (n_frame == 0 || (n_frame > FAR_RUNTIME_STREAM_UNASKED_MAX &&
                           self->worker->state != FAR_WORKER_BUSY))
        return -1;
      if (n_bytes - at < n_frame)
        break;
      if (!take_frame (self, data + at, n_frame))
        return -1;
      at += n_frame;
    }
  /* What can be no header ends it now, not when more of it comes. */
  return n_bytes > at && data[at] != FAR_RUNTIME_FRAME_MAGIC ? -1 : (gssize) at;
}

static void
take_bytes (FarRuntimeStream *self, const guint8 *data, gsize n_bytes)
{
  gssize n_taken;

  if (self->in->len > 0)
    {
      g_byte_array_append (self->in, data, (guint) n_bytes);
      data = self->in->data;
      n_bytes = self->in->len;
    }
  n_taken = take_frames (self, data, n_bytes);
  if (n_taken < 0)
    end_instance (self);
  else if (data != self->in->data)
    g_byte_array_append (self->in, data + n_taken, (guint) (n_bytes - (gsize) n_taken));
  else if ((gsize) n_taken == n_bytes && n_bytes > FAR_RUNTIME_STREAM_READ)
    {
      g_byte_array_unref (self->in);
      self->in = g_byte_array_new ();
    }
  else
    g_byte_array_remove_range (self->in, 0, (guint) n_taken);
}

/* Before its first byte is taken. TRUE if it does not speak in frames. */
static gboolean
hand_on (FarRuntimeStream *self)
{
  guint8 first;
  int fd = self->fd;

  if (recv (fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1 || first == FAR_RUNTIME_FRAME_MAGIC)
    return FALSE;
  far_loop_remove (self->loop, &self->watch);
  self->fd = -1;
  /* The endpoint closes it where it cannot have it, and then its instance ends. */
  far_http_endpoint_adopt (self->worker->endpoint, fd, NULL);
  return TRUE;
}

static void
read_more (FarRuntimeStream *self)
{
  guint8 bytes[FAR_RUNTIME_STREAM_READ];
  guint i;

  for (i = 0; i < FAR_RUNTIME_STREAM_READS_MAX && self->fd >= 0 && self->out->len == 0; i++)
    {
      ssize_t n = recv (self->fd, bytes, sizeof bytes, MSG_DONTWAIT);

      if (n < 0 && errno == EINTR)
        continue;
      if (n == 0 || (n < 0 && errno != EAGAIN))
        close_stream (self); /* its process ends, and is told of elsewhere */
      if (n <= 0)
        return;
      take_bytes (self, bytes, (gsize) n);
      if ((gsize) n < sizeof bytes)
        return;
    }
}

static void
write_more (FarRuntimeStream *self)
{
  ssize_t n = send (self->fd, self->out->data + self->out_at, self->out->len - self->out_at,
                    MSG_NOSIGNAL | MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n < 0)
    {
      close_stream (self);
      return;
    }
  self->out_at += (gsize) n;
  if (self->out_at < self->out->len)
    return;
  g_byte_array_unref (self->out);
  self->out = g_byte_array_new ();
  self->out_at = 0;
  watch (self, EPOLLIN);
}

static void
on_ready (guint32 events, gpointer user_data)
{
  FarRuntimeStream *self = user_data;

  if (self->out->len > 0)
    {
      write_more (self);
      return;
    }
  if (!self->begun && hand_on (self))
    return;
  self->begun = TRUE;
  read_more (self);
}

FarRuntimeStream *
far_runtime_stream_new (FarWorker *worker, int fd, GError **error)
{
  FarRuntimeStream *self = g_new0 (FarRuntimeStream, 1);

  self->worker = worker;
  self->loop = far_dispatcher_get_loop (worker->dispatcher);
  self->fd = fd;
  self->in = g_byte_array_new ();
  self->out = g_byte_array_new ();
  if (far_loop_add (self->loop, &self->watch, fd, EPOLLIN, on_ready, self, error))
    return self;
  close_stream (self);
  far_runtime_stream_free (self);
  return NULL;
}

void
far_runtime_stream_free (FarRuntimeStream *self)
{
  if (self == NULL)
    return;
  close_stream (self);
  g_byte_array_unref (self->in);
  g_byte_array_unref (self->out);
  g_free (self);
}
