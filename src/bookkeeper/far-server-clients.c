/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The server's clients: connections, the platform's messages, what runs beside the writer. */
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

/* events: EPOLLIN, to be told of each request; or others, to be told once. */
static gboolean
watch (FarServer     *server,
       FarConnection *connection,
       guint32        events)
{
  gboolean heard = events == EPOLLIN;
  struct epoll_event event = {
    .events = heard ? events : events | EPOLLONESHOT,
    .data.ptr = connection,
  };

  far_connection_set_heard (connection, heard);
  return epoll_ctl (server->epoll_fd, EPOLL_CTL_MOD, far_connection_fd (connection), &event) == 0;
}

/* Who asks and waits for the answer is watched all the time: a call of the kernel less for each
 * request. Who says more before he has it, or leaves, is not heard until then. */
void
far_server_hush (FarServer     *server,
                 FarConnection *connection)
{
  if (far_connection_is_heard (connection) && !watch (server, connection, 0))
    far_connection_set_heard (connection, TRUE); /* it stays until it is answered */
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
  if (state == FAR_CONNECTION_CLOSED ||
      (state == FAR_CONNECTION_WRITING && !watch (server, connection, EPOLLOUT)) ||
      (state == FAR_CONNECTION_IDLE && !far_connection_is_heard (connection) &&
       !watch (server, connection, EPOLLIN)))
    drop_connection (server, connection);
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
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

  g_clear_pointer (&connect->principal, g_free);
  if (g_hash_table_size (server->connections) >= server->connections_max ||
      epoll_ctl (server->epoll_fd, EPOLL_CTL_ADD, connect->fd, &event) != 0)
    {
      far_connection_free (connection);
      return;
    }
  far_connection_set_heard (connection, TRUE);
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

/* ---- beside the writer ---- */

typedef struct {
  FarConnection  *connection; /* borrowed */
  const FarLater *later;
} Waiting;

void
far_server_start_beside (FarServer *server)
{
  Waiting *first;
  const char *request;
  gsize n_request;

  if (server->waiting.length == 0 || far_beside_running (server->beside, NULL) != NULL)
    return;
  g_assert (server->served->len == 0);
  first = server->waiting.head->data;
  request = far_connection_request (first->connection, &n_request);
  far_beside_start (server->beside, first->later, request, n_request);
  for (GList *link = server->waiting.head, *next; link != NULL; link = next)
    {
      Waiting *waiting = link->data;

      next = link->next;
      request = far_connection_request (waiting->connection, &n_request);
      if (waiting->later != first->later ||
          !far_beside_is_running (server->beside, request, n_request))
        continue;
      g_ptr_array_add (server->served, waiting->connection);
      g_queue_delete_link (&server->waiting, link);
      if (waiting != first)
        g_free (waiting);
    }
  g_free (first);
}

void
far_server_finish_beside (FarServer *server)
{
  g_autofree char *answer = NULL;
  gsize n_answer;

  if (far_beside_running (server->beside, NULL) == NULL)
    return;
  answer = far_beside_finish (server->beside, &n_answer);
  for (guint i = 0; i < server->served->len; i++)
    far_server_answer (server, g_ptr_array_index (server->served, i), answer, n_answer);
  g_ptr_array_set_size (server->served, 0);
  far_server_start_beside (server);
}

void
far_server_want_beside (FarServer      *server,
                        FarConnection  *connection,
                        const FarLater *later)
{
  Waiting *waiting;

  if (server->waiting.length >= FAR_SERVER_BESIDE_MAX)
    {
      far_server_refuse (server, connection, FAR_COMMAND_ERROR_BUSY,
                         "a verification or a backup is running and many wait; ask again later");
      return;
    }
  waiting = g_new (Waiting, 1);
  waiting->connection = connection;
  waiting->later = later;
  g_queue_push_tail (&server->waiting, waiting);
}

void
far_server_refuse_beside (FarServer *server)
{
  static const char message[] = "the bookkeeper stops; ask again when it runs";
  Waiting *waiting;

  for (guint i = 0; i < server->served->len; i++)
    far_server_refuse (server, g_ptr_array_index (server->served, i), FAR_COMMAND_ERROR_BUSY,
                       message);
  g_ptr_array_set_size (server->served, 0);
  while ((waiting = g_queue_pop_head (&server->waiting)) != NULL)
    {
      far_server_refuse (server, waiting->connection, FAR_COMMAND_ERROR_BUSY, message);
      g_free (waiting);
    }
}
