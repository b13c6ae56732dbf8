/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client's stream (see the header). */
#include "bookkeeper/far-connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-frame.h"

#define HEADER_LEN 4

struct _FarConnection {
  int             fd;
  char           *principal;
  FarCommandSet   allowed;
  FarFrameReader *reader;
  char           *request; /* in flight */
  gsize           n_request;
  guint8         *output; /* header and payload, what is left of it from sent on */
  gsize           n_output;
  gsize           sent;
  gint64          stalled_since_us;
  gboolean        heard;
};

FarConnection *
far_connection_new (int            fd,
                    const char    *principal,
                    FarCommandSet  allowed)
{
  FarConnection *connection = g_new0 (FarConnection, 1);

  g_assert (fd >= 0);
  connection->fd = fd;
  connection->principal = g_strdup (principal);
  connection->allowed = allowed;
  connection->reader = far_frame_reader_new ();
  return connection;
}

void
far_connection_free (FarConnection *connection)
{
  if (connection == NULL)
    return;
  close (connection->fd);
  far_frame_reader_free (connection->reader);
  g_free (connection->principal);
  g_free (connection->request);
  g_free (connection->output);
  g_free (connection);
}

int
far_connection_fd (FarConnection *connection)
{
  return connection->fd;
}

const char *
far_connection_principal (FarConnection *connection)
{
  return connection->principal;
}

FarCommandSet
far_connection_allowed (FarConnection *connection)
{
  return connection->allowed;
}

gint64
far_connection_stalled_since_us (FarConnection *connection)
{
  return connection->stalled_since_us;
}

gboolean
far_connection_is_writing (FarConnection *connection)
{
  return connection->output != NULL;
}

gboolean
far_connection_is_asking (FarConnection *connection)
{
  return connection->request != NULL;
}

gboolean
far_connection_is_heard (FarConnection *connection)
{
  return connection->heard;
}

void
far_connection_set_heard (FarConnection *connection,
                          gboolean       heard)
{
  connection->heard = heard;
}

static FarConnectionState
next_request (FarConnection *connection)
{
  g_autoptr (GError) error = NULL;

  g_assert (connection->request == NULL);
  connection->request = far_frame_reader_take (connection->reader, &connection->n_request, &error);
  if (connection->request != NULL)
    {
      connection->stalled_since_us = 0;
      return FAR_CONNECTION_REQUEST;
    }
  return error == NULL ? FAR_CONNECTION_IDLE : FAR_CONNECTION_CLOSED;
}

FarConnectionState
far_connection_read (FarConnection *connection)
{
  FarConnectionState state;

  g_assert (connection->request == NULL && connection->output == NULL);

  if (!far_frame_reader_fill (connection->reader, connection->fd, NULL))
    return FAR_CONNECTION_CLOSED;
  state = next_request (connection);
  /* What came was no whole frame: from the first such moment on the clock runs. */
  if (state == FAR_CONNECTION_IDLE && connection->stalled_since_us == 0)
    connection->stalled_since_us = g_get_monotonic_time ();
  return state;
}

const char *
far_connection_request (FarConnection *connection,
                        gsize         *ret_n_bytes)
{
  g_assert (connection->request != NULL);

  *ret_n_bytes = connection->n_request;
  return connection->request;
}

FarConnectionState
far_connection_write (FarConnection *connection)
{
  g_assert (connection->output != NULL);

  while (connection->sent < connection->n_output)
    {
      ssize_t n = send (connection->fd, connection->output + connection->sent,
                        connection->n_output - connection->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

      if (n >= 0)
        connection->sent += (gsize) n;
      else if (errno == EAGAIN)
        {
          if (connection->stalled_since_us == 0)
            connection->stalled_since_us = g_get_monotonic_time ();
          return FAR_CONNECTION_WRITING;
        }
      else if (errno != EINTR)
        return FAR_CONNECTION_CLOSED;
    }
  g_clear_pointer (&connection->output, g_free);
  connection->stalled_since_us = 0;
  return next_request (connection);
}

FarConnectionState
far_connection_answer (FarConnection *connection,
                       const char    *answer,
                       gsize          n_answer)
{
  guint32 header;

  g_assert (connection->request != NULL && connection->output == NULL);
  g_assert (n_answer >= 1 && n_answer <= FAR_FRAME_MAX);

  g_clear_pointer (&connection->request, g_free);
  header = GUINT32_TO_BE ((guint32) n_answer);
  connection->n_output = HEADER_LEN + n_answer;
  connection->output = g_malloc (connection->n_output);
  memcpy (connection->output, &header, HEADER_LEN);
  memcpy (connection->output + HEADER_LEN, answer, n_answer);
  connection->sent = 0;
  return far_connection_write (connection);
}
