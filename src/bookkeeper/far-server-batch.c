/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Group commit: many commands, one durable commit, then the answers. A batch is tried without
 * savepoints first; where one of its commands has to be undone, all of it is done again with one
 * each, and so are the next batches: whoever made that happen may do so again. */
#include "bookkeeper/far-server-private.h"

/* ---- batches ---- */

typedef struct {
  FarConnection *connection; /* borrowed; NULL where it has left the batch */
  char          *answer;
  gsize          n_answer;
  const FarLater *later;     /* nullable: then its answer is another */
} Entry;

static void
entry_clear (gpointer data)
{
  g_free (((Entry *) data)->answer);
}

/* At most once a second: a full disk fails every command. */
static void
complain (FarServer    *server,
          const char   *what,
          const GError *error)
{
  gint64 now_us = g_get_monotonic_time ();

  if (server->complained_us != 0 && now_us - server->complained_us < G_USEC_PER_SEC)
    return;
  server->complained_us = now_us;
  g_printerr ("farthing-bookkeeper: %s failed: %s\n", what, error->message);
}

gboolean
far_server_reopen (FarServer *server,
                   GError   **error)
{
  g_autoptr (GError) failure = NULL;
  gint64 now_us = g_get_monotonic_time ();

  if (server->books != NULL || now_us - server->reopened_us < FAR_SERVER_REOPEN_EVERY_US)
    return TRUE;
  server->reopened_us = now_us;
  server->books = far_books_open (server->options->data_dir, server->options->money,
                                  server->options->clock, &failure);
  if (server->books != NULL)
    return TRUE;
  if (now_us - server->lost_us >= FAR_SERVER_REOPEN_US)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  complain (server, "opening the books again", failure);
  return TRUE;
}

/* After a failed commit nobody knows what is on the disk but the disk. */
static gboolean
lose_books (FarServer *server,
            GError   **error)
{
  g_clear_pointer (&server->books, far_books_close);
  server->lost_us = g_get_monotonic_time ();
  server->reopened_us = 0;
  return far_server_reopen (server, error);
}

static void
refuse_batch (FarServer    *server,
              GArray          *batch,
              FarCommandError  code,
              const char      *message)
{
  for (guint i = 0; i < batch->len; i++)
    {
      Entry *entry = &g_array_index (batch, Entry, i);

      if (entry->connection != NULL)
        far_server_refuse (server, g_steal_pointer (&entry->connection), code, message);
    }
}

/* A command that makes the storage fail takes nobody with it: it is refused, the others are put
 * back in their order and tried again without it. */
static void
isolate_failure (FarServer *server,
                 GArray    *batch,
                 guint      failed)
{
  for (guint i = batch->len; i-- > 0;)
    {
      Entry *entry = &g_array_index (batch, Entry, i);

      if (i == failed)
        /* What is wrong with the storage was said on stderr; it is nothing for who asked. */
        far_server_refuse (server, g_steal_pointer (&entry->connection),
                           FAR_COMMAND_ERROR_INTERNAL,
                           "the books could not be read or written; nothing was booked");
      else
        g_queue_push_head (&server->queue, g_steal_pointer (&entry->connection));
    }
}

/* FALSE if a command failed; the transaction is rolled back then, and the batch dissolved unless
 * *ret_again. */
static gboolean
execute_batch (FarServer *server,
               GArray    *batch,
               gboolean  *ret_again)
{
  *ret_again = FALSE;
  for (guint i = 0; i < batch->len; i++)
    {
      Entry *entry = &g_array_index (batch, Entry, i);
      g_autoptr (GError) error = NULL;
      const char *request;
      gsize n_request;

      request = far_connection_request (entry->connection, &n_request);
      g_clear_pointer (&entry->answer, g_free);
      entry->answer = far_books_execute (server->books,
                                         far_connection_principal (entry->connection),
                                         far_connection_allowed (entry->connection), request,
                                         n_request, &entry->n_answer, &error);
      if (entry->answer == NULL)
        {
          *ret_again = g_error_matches (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_AGAIN);
          if (*ret_again)
            return FALSE;
          complain (server, "a command", error);
          isolate_failure (server, batch, i);
          return FALSE;
        }
      entry->later = far_books_later (server->books);
    }
  return TRUE;
}

/* Begins a transaction and executes the batch in it, twice if need be. FALSE with error if none
 * could be begun; without, as execute_batch(). */
static gboolean
execute_in_transaction (FarServer *server,
                        GArray    *batch,
                        GError   **error)
{
  gboolean again;

  if (server->n_apart > 0)
    server->n_apart--;
  else
    {
      if (!far_books_begin_together (server->books, error))
        return FALSE;
      if (execute_batch (server, batch, &again))
        return TRUE;
      if (!again)
        return FALSE;
      server->n_apart = FAR_SERVER_APART;
    }
  return far_books_begin (server->books, error) && execute_batch (server, batch, &again);
}

/* Outside the transaction, and with the answers of the others on their way. A ledger that failed
 * at it says so at the next commit, which opens it again. */
static void
run_after (FarServer *server,
           Entry     *entry)
{
  g_autofree char *answer = NULL;
  const char *request;
  gsize n_request, n_answer;

  request = far_connection_request (entry->connection, &n_request);
  answer = far_later_run (entry->later, server->books, server->options->data_dir,
                          server->options->clock, request, n_request, NULL, &n_answer);
  far_server_answer (server, entry->connection, answer, n_answer);
}

static void
send_answers (FarServer *server,
              GArray    *batch)
{
  for (guint i = 0; i < batch->len; i++)
    {
      Entry *entry = &g_array_index (batch, Entry, i);

      if (entry->later == NULL)
        far_server_answer (server, entry->connection, entry->answer, entry->n_answer);
    }
  for (guint i = 0; i < batch->len; i++)
    {
      Entry *entry = &g_array_index (batch, Entry, i);

      if (entry->later == NULL)
        continue;
      if (far_later_is_beside (entry->later))
        far_server_want_beside (server, entry->connection, entry->later);
      else
        run_after (server, entry);
    }
  far_server_start_beside (server);
}

static void
fill_batch (FarServer *server,
            GArray *batch)
{
  while (batch->len < FAR_SERVER_BATCH_MAX && server->queue.length > 0)
    {
      Entry entry = { .connection = g_queue_pop_head (&server->queue) };

      g_array_append_val (batch, entry);
    }
}

/* One transaction: the waiting commands (perhaps none) and, when it is time, a sweep. FALSE only if
 * the books could not be opened again. */
gboolean
far_server_run_batch (FarServer *server,
           gboolean  sweep,
           GError  **error)
{
  g_autoptr (GArray) batch = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autoptr (GError) failure = NULL;
  FarCommandError code = FAR_COMMAND_ERROR_BUSY; /* nothing happened yet */

  g_array_set_clear_func (batch, entry_clear);
  if (!far_server_reopen (server, error))
    return FALSE;
  fill_batch (server, batch);
  if (server->books == NULL)
    {
      refuse_batch (server, batch, FAR_COMMAND_ERROR_BUSY,
                    "the books cannot be opened at the moment; nothing happened, ask again later");
      return TRUE;
    }

  if (execute_in_transaction (server, batch, &failure))
    {
      if (!sweep || far_books_sweep (server->books, &failure))
        {
          code = FAR_COMMAND_ERROR_UNKNOWN;
          if (far_books_commit (server->books, &failure))
            {
              send_answers (server, batch);
              return TRUE;
            }
        }
    }
  else if (failure == NULL)
    return TRUE;

  complain (server, "a commit", failure);
  refuse_batch (server, batch, code,
                code == FAR_COMMAND_ERROR_BUSY
                  ? "the books could not be written to; nothing happened, ask again in a moment"
                  : "the commit failed and its outcome is unknown; ask again with the same key");
  return lose_books (server, error);
}

