/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resident writer's loop (see the header). */
#include "bookkeeper/far-server-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <gio/gio.h>

#include "bookkeeper/far-control.h"

#define EVENTS_MAX 256
#define IDLE_TIMEOUT_MS 250
#define LOCK_POLL_MS 20

/* Marks in epoll's data for the descriptors that are no connection. */
static char control_mark, signal_mark, beside_mark;

/* While the books are lost: what the platform knows. */
static guint64
n_transfers (FarServer *server)
{
  return server->books ? far_ledger_transfers (far_books_ledger (server->books))
                       : server->n_notified;
}

static void
tell_platform (FarServer *server,
               gint64  now_us)
{
  guint64 n = n_transfers (server);

  if (n == server->n_notified || now_us - server->notified_us < FAR_SERVER_JOURNAL_US)
    return;
  far_control_journal (server->options->control_fd, n);
  server->n_notified = n;
  server->notified_us = now_us;
}

static void
tell_progress (FarServer *server,
               gint64     now_us)
{
  FarProgress progress;
  const FarLater *later = far_beside_running (server->beside, &progress);

  if (now_us - server->progress_us < FAR_SERVER_PROGRESS_US)
    return;
  server->progress_us = now_us;
  if (later != NULL && progress.total > 0)
    far_control_progress (server->options->control_fd, far_later_name (later), progress.rows,
                          progress.total);
}

static void
write_checkpoint (FarServer *server,
                  gint64  now_us)
{
  g_autoptr (GError) error = NULL;
  guint64 size;

  if (server->books == NULL)
    return;
  size = far_ledger_size (far_books_ledger (server->books));
  if (size == server->n_checkpointed)
    return;
  server->checkpointed_us = now_us;
  /* Money is safe without it; what is missing is the proof, and the next second tries again. */
  if (far_ledger_checkpoint (far_books_ledger (server->books), &error))
    server->n_checkpointed = size;
  else
    g_printerr ("farthing-bookkeeper: no checkpoint: %s\n", error->message);
}

static gboolean
keep_house (FarServer *server,
            GError **error)
{
  gint64 now_us = g_get_monotonic_time ();

  if (server->queue.length == 0 && now_us - server->swept_us >= 4 * FAR_SERVER_SWEEP_US)
    {
      server->swept_us = now_us;
      if (!far_server_run_batch (server, TRUE, error))
        return FALSE;
    }
  if (now_us - server->checkpointed_us >= FAR_SERVER_CHECKPOINT_US)
    write_checkpoint (server, now_us);
  if (now_us - server->examined_us >= G_USEC_PER_SEC)
    far_server_examine (server, now_us);
  tell_platform (server, now_us);
  tell_progress (server, now_us);
  return TRUE;
}

static void
handle_event (FarServer                *server,
              const struct epoll_event *event)
{
  FarConnection *connection;

  if (event->data.ptr == &control_mark)
    far_server_receive_control (server);
  else if (event->data.ptr == &signal_mark)
    server->stop = TRUE;
  else if (event->data.ptr == &beside_mark)
    far_server_finish_beside (server);
  else
    {
      connection = event->data.ptr;
      if (far_connection_is_asking (connection))
        {
          far_server_hush (server, connection);
          return;
        }
      far_server_settle (server, connection,
                         far_connection_is_writing (connection)
                           ? far_connection_write (connection)
                           : far_connection_read (connection));
    }
}

/* Takes in everything that is ready, up to a full batch, so that one commit serves them all. */
static gboolean
gather (FarServer *server,
        int      timeout_ms,
        GError **error)
{
  struct epoll_event events[EVENTS_MAX];

  do
    {
      int n = epoll_wait (server->epoll_fd, events, EVENTS_MAX, timeout_ms);

      if (n < 0 && errno != EINTR)
        {
          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot wait: %s",
                       g_strerror (errno));
          return FALSE;
        }
      for (int i = 0; i < n; i++)
        handle_event (server, &events[i]);
      if (n <= 0)
        break;
      timeout_ms = 0;
    }
  while (!server->stop && server->queue.length < FAR_SERVER_BATCH_MAX);
  return TRUE;
}

/* How long may be waited: until the next journal message if one is due, else a quarter second. */
static int
wait_ms (FarServer *server)
{
  gint64 left_us;

  if (server->queue.length > 0)
    return 0;
  if (n_transfers (server) == server->n_notified)
    return IDLE_TIMEOUT_MS;
  left_us = server->notified_us + FAR_SERVER_JOURNAL_US - g_get_monotonic_time ();
  return (int) CLAMP (left_us / 1000 + 1, 0, IDLE_TIMEOUT_MS);
}

static gboolean
serve (FarServer *server,
       GError **error)
{
  while (!server->stop)
    {
      if (!gather (server, wait_ms (server), error))
        return FALSE;
      if (server->queue.length > 0)
        {
          gint64 now_us = g_get_monotonic_time ();
          gboolean sweep = now_us - server->swept_us >= FAR_SERVER_SWEEP_US;

          if (sweep)
            server->swept_us = now_us;
          if (!far_server_run_batch (server, sweep, error))
            return FALSE;
        }
      if (!keep_house (server, error))
        return FALSE;
    }
  return TRUE;
}

/* What is in flight is finished: requests that have arrived are executed, answers sent. */
static gboolean
finish (FarServer *server,
        GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + FAR_SERVER_FLUSH_US;
  GHashTableIter iter;
  gpointer connection;

  epoll_ctl (server->epoll_fd, EPOLL_CTL_DEL, server->options->control_fd, NULL);
  epoll_ctl (server->epoll_fd, EPOLL_CTL_DEL, server->options->signal_fd, NULL);
  server->stop = FALSE;
  if (!gather (server, 0, error))
    return FALSE;
  while (server->queue.length > 0)
    if (!far_server_run_batch (server, FALSE, error))
      return FALSE;
  far_server_refuse_beside (server);

  g_hash_table_iter_init (&iter, server->connections);
  while (g_hash_table_iter_next (&iter, &connection, NULL))
    {
      struct pollfd writable = { .fd = far_connection_fd (connection), .events = POLLOUT };

      while (far_connection_is_writing (connection) && g_get_monotonic_time () < deadline_us)
        if (poll (&writable, 1, 50) > 0 &&
            far_connection_write (connection) != FAR_CONNECTION_WRITING)
          break;
    }
  write_checkpoint (server, g_get_monotonic_time ());
  return TRUE;
}

static gboolean
watch (FarServer *server,
       int      fd,
       char    *mark,
       GError **error)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = mark };

  if (epoll_ctl (server->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               "cannot watch a descriptor: %s", g_strerror (errno));
  return FALSE;
}

static void
server_clear (FarServer *server)
{
  g_queue_clear (&server->queue);
  g_clear_pointer (&server->beside, far_beside_free);
  g_clear_pointer (&server->served, g_ptr_array_unref);
  g_clear_pointer (&server->connections, g_hash_table_unref);
  g_clear_pointer (&server->books, far_books_close);
  g_clear_pointer (&server->token_path, g_free);
  if (server->epoll_fd >= 0)
    close (server->epoll_fd);
  if (server->beside_fd >= 0)
    close (server->beside_fd);
}

/* A bookkeeper whose farthingd was killed finishes what is in flight and ends; the next farthingd
 * may have begun before that. */
static gboolean
open_books (FarServer  *server,
            GError    **error)
{
  const FarServerOptions *options = server->options;
  struct pollfd stop = { .fd = options->signal_fd, .events = POLLIN };
  gint64 deadline_us = g_get_monotonic_time () + FAR_SERVER_LOCK_WAIT_US;

  for (;;)
    {
      g_autoptr (GError) failure = NULL;

      server->books = far_books_open (options->data_dir, options->money, options->clock, &failure);
      if (server->books != NULL)
        return TRUE;
      if (!g_error_matches (failure, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_LOCKED) ||
          g_get_monotonic_time () >= deadline_us || poll (&stop, 1, LOCK_POLL_MS) > 0)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
    }
}

static gboolean
server_init (FarServer               *server,
             const FarServerOptions  *options,
             GError                 **error)
{
  memset (server, 0, sizeof *server);
  server->options = options;
  server->connections_max = options->connections_max ? options->connections_max
                                                     : FAR_SERVER_CONNECTIONS_MAX;
  server->stall_us = options->stall_us ? options->stall_us : FAR_SERVER_STALL_US;
  g_queue_init (&server->queue);
  server->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  server->beside_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  server->connections = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) far_connection_free,
                                               NULL);
  server->served = g_ptr_array_new ();
  g_queue_init (&server->waiting);
  server->token_path = g_build_filename (options->data_dir, FAR_BOOKS_TOKEN_FILE, NULL);
  if (!open_books (server, error))
    return FALSE;
  server->beside = far_beside_new (options->data_dir, options->clock, server->beside_fd);
  server->n_notified = far_ledger_transfers (far_books_ledger (server->books));
  return watch (server, options->control_fd, &control_mark, error) &&
         watch (server, options->signal_fd, &signal_mark, error) &&
         watch (server, server->beside_fd, &beside_mark, error);
}

gboolean
far_server_run (const FarServerOptions  *options,
                GError                 **error)
{
  g_autoptr (GError) failure = NULL;
  FarServer server;
  gboolean ok;

  g_return_val_if_fail (options != NULL && options->clock != NULL, FALSE);

  ok = server_init (&server, options, &failure);
  if (ok)
    {
      far_control_ready (options->control_fd, server.books, server.token_path);
      ok = serve (&server, &failure) && finish (&server, &failure);
    }
  if (!ok)
    {
      far_control_failed (options->control_fd, failure->message);
      g_propagate_error (error, g_steal_pointer (&failure));
    }
  server_clear (&server);
  return ok;
}
