/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes to and from the platform over a blocking stream socket. Thread: any; no state. */
#include "lambda/far-lambda-private.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

gboolean
far_lambda_socket_error (GError    **error,
                         const char *what)
{
  gboolean closed = errno == EPIPE || errno == ECONNRESET || errno == 0;

  g_set_error (error, FAR_LAMBDA_ERROR,
               closed ? FAR_LAMBDA_ERROR_CLOSED : FAR_LAMBDA_ERROR_PROTOCOL,
               "Runtime API: %s: %s", what, closed ? "connection closed" : g_strerror (errno));
  return FALSE;
}

gboolean
far_lambda_send_all (int            fd,
                     struct iovec  *vector,
                     guint          n_parts,
                     GError       **error)
{
  struct msghdr message = { .msg_iov = vector, .msg_iovlen = n_parts };

  while (message.msg_iovlen > 0)
    {
      gssize sent = sendmsg (fd, &message, MSG_NOSIGNAL);

      if (sent < 0 && errno == EINTR)
        continue;
      if (sent < 0)
        return far_lambda_socket_error (error, "sending");
      while (message.msg_iovlen > 0 && (gsize) sent >= message.msg_iov->iov_len)
        {
          sent -= message.msg_iov->iov_len;
          message.msg_iov++;
          message.msg_iovlen--;
        }
      if (message.msg_iovlen > 0)
        {
          message.msg_iov->iov_base = (char *) message.msg_iov->iov_base + sent;
          message.msg_iov->iov_len -= sent;
        }
    }
  return TRUE;
}

gboolean
far_lambda_receive_more (int         fd,
                         GByteArray *buffer,
                         gsize       room,
                         GError    **error)
{
  /* A stream socket's blocking recv(2) wakes up for room to write as well, each time the platform
   * reads what was sent; poll(2) only for what it asks for. */
  struct pollfd readable = { .fd = fd, .events = POLLIN };
  guint old = buffer->len;
  gssize n_bytes;

  while (poll (&readable, 1, -1) < 0 && errno == EINTR)
    ;
  g_byte_array_set_size (buffer, (guint) (old + room));
  do
    n_bytes = recv (fd, buffer->data + old, room, 0);
  while (n_bytes < 0 && errno == EINTR);
  g_byte_array_set_size (buffer, old + (guint) MAX (n_bytes, 0));
  if (n_bytes > 0)
    return TRUE;
  if (n_bytes == 0)
    errno = 0;
  return far_lambda_socket_error (error, "receiving");
}
