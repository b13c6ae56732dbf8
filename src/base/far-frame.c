/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames on a stream socket: 4 bytes of big-endian length, then that many bytes.
 *
 * Blocking calls never read beyond their frame, so that a socket may change hands between two of
 * them. The incremental reader holds at most one frame of the largest size plus what arrived behind
 * it, FAR_FRAME_READER_MAX bytes, and stops reading while it is full: the socket's own buffer then
 * pushes back on the sender.
 * One thread at a time per socket and direction. */
#include "farthing-config.h"

#include "base/far-frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define HEADER_LEN 4
#define FAR_FRAME_READER_MAX (2 * (HEADER_LEN + FAR_FRAME_MAX))
#define READ_CHUNK 16384

G_DEFINE_QUARK (far-frame-error-quark, far_frame_error)

struct _FarFrameReader {
  guint8 *data;
  gsize size;  /* allocated */
  gsize start; /* of what is not taken yet */
  gsize end;
};

static gboolean
fail_closed (GError **error)
{
  g_set_error_literal (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_CLOSED,
                       "The other side has closed the connection; connect again");
  return FALSE;
}

static gboolean
fail_errno (GError     **error,
            const char  *action)
{
  int saved_errno = errno;

  if (saved_errno == EPIPE || saved_errno == ECONNRESET)
    return fail_closed (error);
  g_set_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_IO, "Cannot %s a frame: %s", action,
               g_strerror (saved_errno));
  return FALSE;
}

static gboolean
check_size (gsize    n_bytes,
            GError **error)
{
  if (n_bytes >= 1 && n_bytes <= FAR_FRAME_MAX)
    return TRUE;
  g_set_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_SIZE,
               "A frame of %" G_GSIZE_FORMAT " bytes is out of bounds; send 1 to %d", n_bytes,
               FAR_FRAME_MAX);
  return FALSE;
}

/* deadline_us is monotonic; below 0 means never. */
static gboolean
wait_for (int       fd,
          short     events,
          gint64    deadline_us,
          GError  **error)
{
  while (TRUE)
    {
      struct pollfd entry = { .fd = fd, .events = events };
      int timeout_ms = -1;
      int n_ready;

      if (deadline_us >= 0)
        {
          gint64 left_us = deadline_us - g_get_monotonic_time ();

          timeout_ms = (int) CLAMP ((left_us + 999) / 1000, 0, G_MAXINT);
        }
      n_ready = poll (&entry, 1, timeout_ms);
      if (n_ready > 0)
        return TRUE;
      if (n_ready == 0)
        {
          g_set_error_literal (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_TIMEOUT,
                               "The other side did not answer in time; try again");
          return FALSE;
        }
      if (errno != EINTR)
        return fail_errno (error, "wait for");
    }
}

static gint64
deadline_from (gint64 timeout_us)
{
  return timeout_us < 0 ? -1 : g_get_monotonic_time () + timeout_us;
}

/**
 * far_frame_write:
 * @fd: a connected stream socket, blocking or not
 * @data: (array length=n_bytes): the payload
 * @n_bytes: 1 to %FAR_FRAME_MAX
 * @timeout_us: µs from now until the whole frame must be with the kernel; below 0 for ever
 * @error: any FarFrameError; after one of them the stream is out of step and must be closed
 *
 * Returns: TRUE if all of it was written
 */
gboolean
far_frame_write (int          fd,
                 const void  *data,
                 gsize        n_bytes,
                 gint64       timeout_us,
                 GError     **error)
{
  gint64 deadline_us = deadline_from (timeout_us);
  guint8 header[HEADER_LEN];
  gsize n_done = 0;

  g_return_val_if_fail (fd >= 0 && data != NULL, FALSE);

  if (!check_size (n_bytes, error))
    return FALSE;
  for (gsize i = 0; i < HEADER_LEN; i++)
    header[i] = (guint8) (n_bytes >> (24 - 8 * i));

  while (n_done < HEADER_LEN + n_bytes)
    {
      gsize header_done = MIN (n_done, HEADER_LEN);
      gsize body_done = n_done - header_done;
      struct iovec parts[2] = {
        { header + header_done, HEADER_LEN - header_done },
        { (guint8 *) data + body_done, n_bytes - body_done },
      };
      struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
      ssize_t n_sent = sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n_sent >= 0)
        n_done += (gsize) n_sent;
      else if (errno == EAGAIN)
        {
          if (!wait_for (fd, POLLOUT, deadline_us, error))
            return FALSE;
        }
      else if (errno != EINTR)
        return fail_errno (error, "write");
    }
  return TRUE;
}

static gboolean
read_exactly (int       fd,
              void     *buffer,
              gsize     n_bytes,
              gint64    deadline_us,
              GError  **error)
{
  guint8 *next = buffer;

  while (n_bytes > 0)
    {
      ssize_t n_read = recv (fd, next, n_bytes, MSG_DONTWAIT);

      if (n_read > 0)
        {
          next += n_read;
          n_bytes -= (gsize) n_read;
        }
      else if (n_read == 0)
        return fail_closed (error);
      else if (errno == EAGAIN)
        {
          if (!wait_for (fd, POLLIN, deadline_us, error))
            return FALSE;
        }
      else if (errno != EINTR)
        return fail_errno (error, "read");
    }
  return TRUE;
}

static gsize
length_from_header (const guint8 header[HEADER_LEN])
{
  return (gsize) header[0] << 24 | (gsize) header[1] << 16 | (gsize) header[2] << 8 | header[3];
}

/**
 * far_frame_read:
 * @fd: a connected stream socket, blocking or not
 * @ret_n_bytes: (out) (optional): length of the payload
 * @timeout_us: µs from now until the whole frame must be here; below 0 for ever
 * @error: any FarFrameError; after one of them the stream is out of step and must be closed
 *
 * Returns: (transfer full): the payload with a NUL behind it; NULL on error
 */
char *
far_frame_read (int       fd,
                gsize    *ret_n_bytes,
                gint64    timeout_us,
                GError  **error)
{
  gint64 deadline_us = deadline_from (timeout_us);
  guint8 header[HEADER_LEN];
  g_autofree char *payload = NULL;
  gsize n_bytes;

  g_return_val_if_fail (fd >= 0, NULL);

  /* It is hardly ever there already. */
  if (!wait_for (fd, POLLIN, deadline_us, error) ||
      !read_exactly (fd, header, HEADER_LEN, deadline_us, error))
    return NULL;
  n_bytes = length_from_header (header);
  if (!check_size (n_bytes, error))
    return NULL;

  payload = g_malloc (n_bytes + 1);
  if (!read_exactly (fd, payload, n_bytes, deadline_us, error))
    return NULL;
  payload[n_bytes] = '\0';
  if (ret_n_bytes != NULL)
    *ret_n_bytes = n_bytes;
  return g_steal_pointer (&payload);
}

/**
 * far_frame_reader_new:
 *
 * Returns: (transfer full): an empty reader; it allocates when the first bytes come
 */
FarFrameReader *
far_frame_reader_new (void)
{
  return g_new0 (FarFrameReader, 1);
}

/**
 * far_frame_reader_free:
 * @reader: (transfer full): a reader
 */
void
far_frame_reader_free (FarFrameReader *reader)
{
  g_return_if_fail (reader != NULL);

  g_free (reader->data);
  g_free (reader);
}

/* Moves what is not taken to the front and makes room for a chunk; 0 when the reader is full. */
static gsize
make_room (FarFrameReader *reader)
{
  gsize used = reader->end - reader->start;

  if (reader->start > 0)
    {
      memmove (reader->data, reader->data + reader->start, used);
      reader->start = 0;
      reader->end = used;
    }
  if (reader->size - used < READ_CHUNK && reader->size < FAR_FRAME_READER_MAX)
    {
      reader->size = MIN (MAX (reader->size * 2, 2 * READ_CHUNK), FAR_FRAME_READER_MAX);
      reader->data = g_realloc (reader->data, reader->size);
    }
  return reader->size - used;
}

/**
 * far_frame_reader_fill:
 * @reader: a reader
 * @fd: a stream socket
 * @error: FAR_FRAME_ERROR_CLOSED once the other side has gone and all it sent was read in earlier
 *   calls; FAR_FRAME_ERROR_IO
 *
 * Reads what is there without blocking, until the reader is full. Take out the frames, then call
 * again.
 *
 * Returns: TRUE, also when there was nothing
 */
gboolean
far_frame_reader_fill (FarFrameReader  *reader,
                       int              fd,
                       GError         **error)
{
  gboolean got_some = FALSE;
  gsize room;

  g_return_val_if_fail (reader != NULL && fd >= 0, FALSE);

  while ((room = make_room (reader)) > 0)
    {
      ssize_t n_read = recv (fd, reader->data + reader->end, room, MSG_DONTWAIT);

      if (n_read > 0)
        {
          reader->end += (gsize) n_read;
          got_some = TRUE;
          if ((gsize) n_read < room)
            return TRUE;
        }
      else if (n_read == 0)
        return got_some || fail_closed (error);
      else if (errno == EAGAIN)
        return TRUE;
      else if (errno != EINTR)
        return got_some || fail_errno (error, "read");
    }
  return TRUE;
}

/**
 * far_frame_reader_take:
 * @reader: a reader
 * @ret_n_bytes: (out) (optional): length of the payload
 * @error: FAR_FRAME_ERROR_SIZE; the stream must then be closed
 *
 * Returns: (transfer full) (nullable): the next whole frame with a NUL behind it; NULL without an
 *   error when more bytes are needed
 */
char *
far_frame_reader_take (FarFrameReader  *reader,
                       gsize           *ret_n_bytes,
                       GError         **error)
{
  gsize n_bytes;
  char *payload;

  g_return_val_if_fail (reader != NULL, NULL);

  if (reader->end - reader->start < HEADER_LEN)
    return NULL;
  n_bytes = length_from_header (reader->data + reader->start);
  if (!check_size (n_bytes, error))
    return NULL;
  if (reader->end - reader->start < HEADER_LEN + n_bytes)
    return NULL;

  payload = g_malloc (n_bytes + 1);
  memcpy (payload, reader->data + reader->start + HEADER_LEN, n_bytes);
  payload[n_bytes] = '\0';
  reader->start += HEADER_LEN + n_bytes;
  if (reader->start == reader->end)
    reader->start = reader->end = 0;
  if (ret_n_bytes != NULL)
    *ret_n_bytes = n_bytes;
  return payload;
}
