/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asynchronous events in the platform's database: table event. Each write has its own copy. */
#include "platform/far-async-private.h"

typedef struct {
  FarId        request_id;
  char        *function;
  GBytes      *payload;
  const char  *route;
  char        *client_context;
  char        *trace;
  gint64       accepted_us;
  gint64       due_us;
  guint        n_errors;
  guint        n_throttles;
  FarStoreDone done;
  gpointer     user_data;
} Row;

static Row *
row_of (const FarAsyncPending *event)
{
  Row *row = g_new0 (Row, 1);

  row->request_id = event->request_id;
  row->due_us = event->due_us;
  row->n_errors = event->n_errors;
  row->n_throttles = event->n_throttles;
  return row;
}

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->function);
  g_clear_pointer (&row->payload, g_bytes_unref);
  g_free (row->client_context);
  g_free (row->trace);
  g_free (row);
}

static void
bind_text (FarStatement *statement, int parameter, const char *text)
{
  if (text != NULL)
    far_statement_bind_text (statement, parameter, text);
  else
    far_statement_bind_null (statement, parameter);
}

static gboolean
insert_apply (FarDb *db, gpointer data, GError **error)
{
  const Row *row = data;
  gsize n_bytes;
  const void *payload = g_bytes_get_data (row->payload, &n_bytes);
  g_autoptr (FarStatement) statement = far_db_prepare (
      db,
      "INSERT INTO event (id, function, payload, route, client_context, trace, accepted_us, due_us)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", error);

  if (statement == NULL)
    return FALSE;
  far_statement_bind_blob (statement, 1, row->request_id.bytes, FAR_ID_LEN);
  far_statement_bind_text (statement, 2, row->function);
  far_statement_bind_blob (statement, 3, payload, n_bytes);
  bind_text (statement, 4, row->route);
  bind_text (statement, 5, row->client_context);
  bind_text (statement, 6, row->trace);
  far_statement_bind_int (statement, 7, row->accepted_us);
  far_statement_bind_int (statement, 8, row->due_us);
  return far_db_run (db, statement, error);
}

static void
insert_done (gpointer data, const GError *error)
{
  Row *row = data;

  row->done (row->user_data, error);
}

void
far_async_store_insert (FarPlatformStore *store, const FarAsyncPending *event, FarStoreDone done,
                        gpointer user_data)
{
  Row *row = row_of (event);

  row->function = g_strdup (event->function);
  row->payload = g_bytes_ref (event->payload);
  row->route = event->route;
  row->client_context = g_strdup (event->client_context);
  row->trace = g_strdup (event->trace);
  row->accepted_us = event->accepted_us;
  row->done = done;
  row->user_data = user_data;
  far_platform_store_write (store, insert_apply, insert_done, row, row_free);
}

static gboolean
update_apply (FarDb *db, gpointer data, GError **error)
{
  const Row *row = data;
  g_autoptr (FarStatement) statement = far_db_prepare (
      db, "UPDATE event SET due_us = ?2, n_errors = ?3, n_throttles = ?4 WHERE id = ?1", error);

  if (statement == NULL)
    return FALSE;
  far_statement_bind_blob (statement, 1, row->request_id.bytes, FAR_ID_LEN);
  far_statement_bind_int (statement, 2, row->due_us);
  far_statement_bind_int (statement, 3, row->n_errors);
  far_statement_bind_int (statement, 4, row->n_throttles);
  return far_db_run (db, statement, error);
}

void
far_async_store_update (FarPlatformStore *store, const FarAsyncPending *event)
{
  far_platform_store_write (store, update_apply, NULL, row_of (event), row_free);
}

static gboolean
delete_apply (FarDb *db, gpointer data, GError **error)
{
  const Row *row = data;
  g_autoptr (FarStatement) statement
      = far_db_prepare (db, "DELETE FROM event WHERE id = ?1", error);

  if (statement == NULL)
    return FALSE;
  far_statement_bind_blob (statement, 1, row->request_id.bytes, FAR_ID_LEN);
  return far_db_run (db, statement, error);
}

void
far_async_store_delete (FarPlatformStore *store, const FarAsyncPending *event)
{
  far_platform_store_write (store, delete_apply, NULL, row_of (event), row_free);
}

gboolean
far_async_store_each (FarPlatformStore *store, FarAsyncVisit visit, gpointer user_data,
                      GError **error)
{
  FarDb *db = far_platform_store_get_db (store);
  g_autoptr (FarStatement) rows = far_db_prepare (
      db,
      "SELECT id, function, payload, route, client_context, trace, accepted_us, due_us, n_errors,"
      " n_throttles FROM event ORDER BY due_us", error);
  FarStep step;

  if (rows == NULL)
    return FALSE;
  while ((step = far_db_step (db, rows, error)) == FAR_STEP_ROW)
    {
      FarAsyncPending *event = g_new0 (FarAsyncPending, 1);
      gsize n_bytes;
      const guint8 *payload = far_statement_get_blob (rows, 2, &n_bytes);

      far_statement_copy_blob (rows, 0, event->request_id.bytes, FAR_ID_LEN);
      event->function = g_strdup (far_statement_get_text (rows, 1));
      event->payload = g_bytes_new (payload, n_bytes);
      event->route = g_intern_string (far_statement_get_text (rows, 3));
      event->client_context = g_strdup (far_statement_get_text (rows, 4));
      event->trace = g_strdup (far_statement_get_text (rows, 5));
      event->accepted_us = far_statement_get_int (rows, 6);
      event->due_us = far_statement_get_int (rows, 7);
      event->n_errors = (guint) far_statement_get_int (rows, 8);
      event->n_throttles = (guint) far_statement_get_int (rows, 9);
      event->n_invoked = event->n_errors;
      visit (event, user_data);
    }
  return step == FAR_STEP_DONE;
}
