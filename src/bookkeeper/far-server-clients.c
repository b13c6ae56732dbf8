/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The server's clients: connections, the platform's messages, verification beside the writer. */
#include "bookkeeper/far-server-private.h"

#include <sys/epoll.h>

#include "bookkeeper/far-control.h"

/* ---- connections ---- */

static void
drop_connection (FarServer     *server,
                 FarConnection *connection)
{
  epoll_ctl (server->epoll_fd, EPOLL_CTL_DEL, far_connection_fd (connection), NULL);
  g_hash_table_remove (server->connections, connection); /* frees it */
}

static void
arm (FarServer          *server,
     FarConnection      *connection,
     FarConnectionState  state)
{
  struct epoll_event event = {
    .events = EPOLLONESHOT | (state == FAR_CONNECTION_WRITING ? EPOLLOUT : EPOLLIN),
    .data.ptr = connection,
  };

  if (epoll_ctl (server->epoll_fd, EPOLL_CTL_MOD, far_connection_fd (connection), &event) != 0)
    drop_connection (server, connection);
}

void
far_server_settle (FarServer          *server,
                   FarConnection      *connection,
                   FarConnectionState  state)
{
  if (state == FAR_CONNECTION_REQUEST)
    {
      g_assert (server->queue.length < g_hash_table_size (server->connections));
      g_queue_push_tail (&server->queue, connection);
      return;
    }
  if (state == FAR_CONNECTION_CLOSED)
    drop_connection (server, connection);
  else
    arm (server, connection, state);
}

void
far_server_answer (FarServer     *server,
                   FarConnection *connection,
                   const char    *answer,
                   gsize          n_answer)
{
  far_server_settle (server, connection, far_connection_answer (connection, answer, n_answer));
}

void
far_server_refuse (FarServer       *server,
                   FarConnection   *connection,
                   FarCommandError  code,
                   const char      *message)
{
  g_autoptr (GError) error = g_error_new_literal (FAR_COMMAND_ERROR, (int) code, message);
  g_autofree char *answer = NULL;
  gsize n_answer;

  answer = far_books_refusal (error, &n_answer);
  far_server_answer (server, connection, answer, n_answer);
}

static void
accept_connection (FarServer         *server,
                   FarControlConnect *connect)
{
  FarConnection *connection = far_connection_new (connect->fd, connect->principal,
                                                  connect->allowed);
  struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.ptr = connection };

  g_clear_pointer (&connect->principal, g_free);
  if (g_hash_table_size (server->connections) >= server->connections_max ||
      epoll_ctl (server->epoll_fd, EPOLL_CTL_ADD, connect->fd, &event) != 0)
    {
      far_connection_free (connection);
      return;
    }
  g_hash_table_add (server->connections, connection);
}

void
far_server_receive_control (FarServer *server)
{
  FarControlConnect connect;

  for (;;)
    switch (far_control_receive (server->options->control_fd, &connect))
      {
      case FAR_CONTROL_CONNECT:
        accept_connection (server, &connect);
        break;
      case FAR_CONTROL_REFUSED:
        break;
      case FAR_CONTROL_ENDED:
        server->stop = TRUE;
        return;
      case FAR_CONTROL_NOTHING:
      default:
        return;
      }
}

/* Closes those that have stood still in the middle of something. */
void
far_server_examine (FarServer *server,
                     gint64  now_us)
{
  g_autoptr (GPtrArray) stalled = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer connection;

  g_hash_table_iter_init (&iter, server->connections);
  while (g_hash_table_iter_next (&iter, &connection, NULL))
    {
      gint64 since_us = far_connection_stalled_since_us (connection);

      if (since_us != 0 && now_us - since_us > server->stall_us)
        g_ptr_array_add (stalled, connection);
    }
  for (guint i = 0; i < stalled->len; i++)
    drop_connection (server, g_ptr_array_index (stalled, i));
  server->examined_us = now_us;
}

/* ---- verification ---- */

void
far_server_start_verification (FarServer *server)
{
  GPtrArray *empty = server->verifying;

  if (server->waiting->len == 0 || far_verifier_is_running (server->verifier))
    return;
  g_assert (empty->len == 0);
  server->verifying = server->waiting;
  server->waiting = empty;
  far_verifier_start (server->verifier);
}

void
far_server_finish_verification (FarServer *server)
{
  g_autofree char *answer = NULL;
  gsize n_answer;

  if (!far_verifier_is_running (server->verifier))
    return;
  answer = far_verifier_finish (server->verifier, &n_answer);
  for (guint i = 0; i < server->verifying->len; i++)
    far_server_answer (server, g_ptr_array_index (server->verifying, i), answer, n_answer);
  g_ptr_array_set_size (server->verifying, 0);
  far_server_start_verification (server);
}

void
far_server_want_verification (FarServer     *server,
                   FarConnection *connection)
{
  if (server->waiting->len >= FAR_SERVER_VERIFIERS_MAX)
    far_server_refuse (server, connection, FAR_COMMAND_ERROR_BUSY,
                       "a verification is running and many wait; ask again later");
  else
    g_ptr_array_add (server->waiting, connection);
}

void
far_server_refuse_verification (FarServer *server)
{
  GPtrArray *lists[] = { server->verifying, server->waiting };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      for (guint j = 0; j < lists[i]->len; j++)
        far_server_refuse (server, g_ptr_array_index (lists[i], j), FAR_COMMAND_ERROR_BUSY,
                           "the bookkeeper stops; ask again when it runs");
      g_ptr_array_set_size (lists[i], 0);
    }
}
