/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues in the platform's database: table message. */
#include <string.h>

#include "platform/far-queue-private.h"

/* ---- A new message ---- */

/* The writer only reads what never changes while it is being stored. */
typedef struct {
  FarMessage  *message;
  FarStoreDone done;
  gpointer     user_data;
} Insert;

static gboolean
insert_apply (FarDb *db, gpointer data, GError **error)
{
  const FarMessage *message = ((Insert *) data)->message;
  g_autoptr (FarStatement) statement = far_db_prepare (
      db,
      "INSERT INTO message (id, queue, body, attributes, sent_us, visible_us)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)", error);

  if (statement == NULL)
    return FALSE;
  far_statement_bind_blob (statement, 1, message->id.bytes, FAR_ID_LEN);
  far_statement_bind_text (statement, 2, far_queue_get_spec (message->queue)->name);
  far_statement_bind_text_len (statement, 3, message->body, message->n_body);
  if (message->attributes != NULL)
    far_statement_bind_text (statement, 4, message->attributes);
  else
    far_statement_bind_null (statement, 4);
  far_statement_bind_int (statement, 5, message->sent_us);
  far_statement_bind_int (statement, 6, message->visible_us);
  return far_db_run (db, statement, error);
}

static void
insert_done (gpointer data, const GError *error)
{
  Insert *insert = data;

  if (insert->done != NULL)
    insert->done (insert->user_data, error);
  far_queue_take_stored (insert->message, error == NULL);
}

void
far_queue_store_insert (FarMessage *message, FarStoreDone done, gpointer user_data)
{
  Insert *insert = g_new (Insert, 1);

  *insert = (Insert){ message, done, user_data };
  far_platform_store_write (message->queue->queues->store, insert_apply, insert_done, insert,
                            g_free);
}

/* ---- Written behind ---- */

typedef struct {
  FarId  id;
  char  *queue;
  gint64 visible_us;
  gint64 first_received_us;
  guint  n_received;
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  g_free (change->queue);
  g_free (change);
}

static gboolean
update_apply (FarDb *db, gpointer data, GError **error)
{
  const Change *change = data;
  g_autoptr (FarStatement) statement = far_db_prepare (
      db,
      "UPDATE message SET queue = ?2, visible_us = ?3, first_received_us = ?4, n_received = ?5"
      " WHERE id = ?1", error);

  if (statement == NULL)
    return FALSE;
  far_statement_bind_blob (statement, 1, change->id.bytes, FAR_ID_LEN);
  far_statement_bind_text (statement, 2, change->queue);
  far_statement_bind_int (statement, 3, change->visible_us);
  far_statement_bind_int (statement, 4, change->first_received_us);
  far_statement_bind_int (statement, 5, change->n_received);
  return far_db_run (db, statement, error);
}

static Change *
change_of (const FarMessage *message)
{
  Change *change = g_new (Change, 1);

  *change = (Change){ message->id, g_strdup (message->queue->spec->name), message->visible_us,
                      message->first_received_us, message->n_received };
  return change;
}

void
far_queue_store_update (const FarMessage *message)
{
  far_platform_store_write (message->queue->queues->store, update_apply, NULL,
                            change_of (message), change_free);
}

static gboolean
delete_apply (FarDb *db, gpointer data, GError **error)
{
  const Change *change = data;
  g_autoptr (FarStatement) statement
      = far_db_prepare (db, "DELETE FROM message WHERE id = ?1", error);

  if (statement == NULL)
    return FALSE;
  far_statement_bind_blob (statement, 1, change->id.bytes, FAR_ID_LEN);
  return far_db_run (db, statement, error);
}

void
far_queue_store_delete (const FarMessage *message)
{
  far_platform_store_write (message->queue->queues->store, delete_apply, NULL,
                            change_of (message), change_free);
}

static gboolean
purge_apply (FarDb *db, gpointer data, GError **error)
{
  g_autoptr (FarStatement) statement
      = far_db_prepare (db, "DELETE FROM message WHERE queue = ?1", error);

  if (statement == NULL)
    return FALSE;
  far_statement_bind_text (statement, 1, data);
  return far_db_run (db, statement, error);
}

void
far_queue_store_purge (FarQueue *queue)
{
  far_platform_store_write (queue->queues->store, purge_apply, NULL, g_strdup (queue->spec->name),
                            g_free);
}

/* ---- At the start ---- */

static FarMessage *
read_row (FarStatement *row)
{
  FarMessage *message = g_new0 (FarMessage, 1);

  far_statement_copy_blob (row, 0, message->id.bytes, FAR_ID_LEN);
  message->body = g_strdup (far_statement_get_text (row, 2));
  message->n_body = strlen (message->body);
  message->attributes = g_strdup (far_statement_get_text (row, 3));
  message->sent_us = far_statement_get_int (row, 4);
  message->visible_us = far_statement_get_int (row, 5);
  message->first_received_us = far_statement_get_int (row, 6);
  message->n_received = (guint) far_statement_get_int (row, 7);
  return message;
}

gboolean
far_queues_load (FarQueues *self, GError **error)
{
  FarDb *db = far_platform_store_get_db (self->store);
  g_autoptr (FarStatement) rows = far_db_prepare (
      db,
      "SELECT id, queue, body, attributes, sent_us, visible_us, first_received_us, n_received"
      " FROM message ORDER BY id", error);
  FarStep step;

  if (rows == NULL)
    return FALSE;
  while ((step = far_db_step (db, rows, error)) == FAR_STEP_ROW)
    {
      FarQueue *queue = far_queues_find (self, far_statement_get_text (rows, 1));
      FarMessage *message;

      if (queue == NULL)
        continue;
      message = read_row (rows);
      far_queues_count (self, message, 1);
      far_queue_insert (queue, message);
    }
  return step == FAR_STEP_DONE;
}
