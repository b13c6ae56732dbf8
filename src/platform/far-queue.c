/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarQueues in memory: each queue's messages in one sequence by the time from which they are
 * visible, and all messages by id. far-queue-store.c writes what happens. Invariants: n_messages
 * and n_bytes count every message of every queue, and those that are being stored. */
#include "platform/far-queue-private.h"

#include <string.h>

G_DEFINE_QUARK (far-queue-error-quark, far_queue_error)

void
far_queue_spec_free (FarQueueSpec *spec)
{
  g_free (spec->name);
  g_free (spec->dead_letter);
  g_free (spec);
}

static guint
id_hash (gconstpointer key)
{
  guint hash;

  /* The last bytes of a UUID version 7 are random. */
  memcpy (&hash, ((const FarId *) key)->bytes + FAR_ID_LEN - sizeof hash, sizeof hash);
  return hash;
}

static gboolean
id_equal (gconstpointer a, gconstpointer b)
{
  return far_id_compare (a, b) == 0;
}

/* G_USEC_PER_SEC is an int: days would not fit. */
static gint64
seconds_us (guint seconds)
{
  return (gint64) seconds * G_USEC_PER_SEC;
}

static gsize
size_of (const FarMessage *message)
{
  return message->n_body + (message->attributes != NULL ? strlen (message->attributes) : 0);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const FarMessage *one = a;
  const FarMessage *two = b;

  if (one->visible_us != two->visible_us)
    return one->visible_us < two->visible_us ? -1 : 1;
  return far_id_compare (&one->id, &two->id);
}

void
far_message_free (FarMessage *message)
{
  g_free (message->body);
  g_free (message->attributes);
  g_free (message);
}

static void
queue_free (gpointer data)
{
  FarQueue *self = data;

  g_sequence_free (self->messages);
  far_queue_spec_free (self->spec);
  g_free (self->arn);
  g_free (self);
}

FarQueues *
far_queues_new (FarPlatformStore *store, FarClock *clock)
{
  FarQueues *self = g_new0 (FarQueues, 1);

  self->store = store;
  self->clock = far_clock_ref (clock);
  self->queues = g_ptr_array_new_with_free_func (queue_free);
  self->by_id = g_hash_table_new_full (id_hash, id_equal, NULL,
                                       (GDestroyNotify) far_message_free);
  return self;
}

void
far_queues_free (FarQueues *self)
{
  g_hash_table_unref (self->by_id);
  g_ptr_array_unref (self->queues);
  far_clock_unref (self->clock);
  g_free (self);
}

void
far_queues_set_changed (FarQueues *self, FarQueueChanged changed, gpointer user_data)
{
  self->changed = changed;
  self->user_data = user_data;
}

FarQueue *
far_queues_find (FarQueues *self, const char *name)
{
  guint i;

  if (g_str_has_prefix (name, FAR_QUEUE_ARN_PREFIX))
    name += strlen (FAR_QUEUE_ARN_PREFIX);
  for (i = 0; i < self->queues->len; i++)
    {
      FarQueue *queue = g_ptr_array_index (self->queues, i);

      if (strcmp (queue->spec->name, name) == 0)
        return queue;
    }
  return NULL;
}

FarQueue *
far_queues_add (FarQueues *self, const FarQueueSpec *spec)
{
  FarQueue *queue;

  if (self->queues->len >= FAR_QUEUES_MAX || far_queues_find (self, spec->name) != NULL)
    return NULL;
  queue = g_new0 (FarQueue, 1);
  queue->queues = self;
  queue->spec = g_memdup2 (spec, sizeof *spec);
  queue->spec->name = g_strdup (spec->name);
  queue->spec->dead_letter = g_strdup (spec->dead_letter);
  queue->arn = g_strconcat (FAR_QUEUE_ARN_PREFIX, spec->name, NULL);
  queue->messages = g_sequence_new (NULL);
  g_ptr_array_add (self->queues, queue);
  return queue;
}

guint
far_queues_n (FarQueues *self)
{
  return self->queues->len;
}

FarQueue *
far_queues_nth (FarQueues *self, guint index)
{
  return g_ptr_array_index (self->queues, index);
}

const FarQueueSpec *
far_queue_get_spec (FarQueue *self)
{
  return self->spec;
}

const char *
far_queue_get_arn (FarQueue *self)
{
  return self->arn;
}

guint
far_queue_n_messages (FarQueue *self)
{
  return (guint) g_sequence_get_length (self->messages);
}

/* The first that is not visible at now_us. */
static GSequenceIter *
first_invisible (FarQueue *self, gint64 now_us)
{
  FarMessage bound = { .visible_us = now_us + 1 };

  return g_sequence_search (self->messages, &bound, compare, NULL);
}

guint
far_queue_n_visible (FarQueue *self)
{
  return (guint) g_sequence_iter_get_position (
      first_invisible (self, far_clock_now_us (self->queues->clock)));
}

gint64
far_queue_next_us (FarQueue *self)
{
  GSequenceIter *iter = first_invisible (self, far_clock_now_us (self->queues->clock));

  return g_sequence_iter_is_end (iter) ? G_MAXINT64
                                       : ((FarMessage *) g_sequence_get (iter))->visible_us;
}

const FarMessage *
far_queue_peek (FarQueue *self, guint index)
{
  GSequenceIter *iter = g_sequence_get_iter_at_pos (self->messages, (gint) index);

  return g_sequence_iter_is_end (iter) ? NULL : g_sequence_get (iter);
}

static void
tell (FarQueue *self)
{
  if (self->queues->changed != NULL)
    self->queues->changed (self, self->queues->user_data);
}

void
far_queue_insert (FarQueue *self, FarMessage *message)
{
  message->queue = self;
  message->place = g_sequence_insert_sorted (self->messages, message, compare, NULL);
  g_hash_table_insert (self->queues->by_id, &message->id, message);
}

void
far_queues_count (FarQueues *self, const FarMessage *message, int n)
{
  self->n_messages += (guint) n;
  self->n_bytes += n * (gint64) size_of (message);
}

static void
forget (FarMessage *message)
{
  FarQueues *queues = message->queue->queues;

  g_sequence_remove (message->place);
  far_queues_count (queues, message, -1);
  g_hash_table_remove (queues->by_id, &message->id);
}

static void
move_to (FarMessage *message, gint64 visible_us)
{
  message->visible_us = visible_us;
  g_sequence_sort_changed (message->place, compare, NULL);
}

gboolean
far_queue_is_body (const char *text, gsize n_bytes)
{
  const char *at = text;

  if (n_bytes == 0 || !g_utf8_validate_len (text, n_bytes, NULL))
    return FALSE;
  while (at < text + n_bytes)
    {
      gunichar c = g_utf8_get_char (at);

      if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xfffe || c == 0xffff)
        return FALSE;
      at = g_utf8_next_char (at);
    }
  return TRUE;
}

gboolean
far_queue_send (FarQueue *self, const char *body, gsize n_body, const char *attributes,
                int delay_s, FarId *ret_id, FarStoreDone done, gpointer user_data,
                GError **error)
{
  FarQueues *queues = self->queues;
  gsize n_bytes = n_body + (attributes != NULL ? strlen (attributes) : 0);
  gint64 now_us = far_clock_now_us (queues->clock);
  FarMessage *message;

  if (n_bytes > FAR_QUEUE_MESSAGE_MAX)
    g_set_error (error, FAR_QUEUE_ERROR, FAR_QUEUE_ERROR_SIZE,
                 "The message has %" G_GSIZE_FORMAT " bytes; a queue takes %d", n_bytes,
                 FAR_QUEUE_MESSAGE_MAX);
  else if (!far_queue_is_body (body, n_body))
    g_set_error_literal (error, FAR_QUEUE_ERROR, FAR_QUEUE_ERROR_VALUE,
                         "The message is empty, or no text: it must be UTF-8 without control "
                         "characters");
  else if (queues->n_messages >= FAR_QUEUE_MESSAGES_MAX
           || queues->n_bytes + (gint64) n_bytes > FAR_QUEUE_BYTES_MAX)
    g_set_error (error, FAR_QUEUE_ERROR, FAR_QUEUE_ERROR_FULL,
                 "The queues hold %u messages already; take some out first", queues->n_messages);
  else
    {
      message = g_new0 (FarMessage, 1);
      message->queue = self;
      far_id_init (&message->id, queues->clock);
      message->body = g_strndup (body, n_body);
      message->n_body = n_body;
      message->attributes = g_strdup (attributes);
      message->sent_us = now_us;
      message->visible_us
          = now_us + seconds_us (delay_s >= 0 ? (guint) delay_s : self->spec->delay_s);
      if (ret_id != NULL)
        *ret_id = message->id;
      far_queues_count (queues, message, 1);
      far_queue_store_insert (message, done, user_data);
      return TRUE;
    }
  return FALSE;
}

void
far_queue_take_stored (FarMessage *message, gboolean good)
{
  if (!good)
    {
      far_queues_count (message->queue->queues, message, -1);
      far_message_free (message);
      return;
    }
  far_queue_insert (message->queue, message);
  tell (message->queue);
}

/* TRUE if it is still there to be received. */
static gboolean
may_be_received (FarQueue *self, FarMessage *message, gint64 now_us)
{
  FarQueue *dead = self->spec->dead_letter != NULL
                       ? far_queues_find (self->queues, self->spec->dead_letter)
                       : NULL;

  if (message->sent_us + seconds_us (self->spec->retention_s) <= now_us)
    {
      far_queue_store_delete (message);
      forget (message);
      return FALSE;
    }
  if (dead == NULL || message->n_received < self->spec->receives_max)
    return TRUE;
  far_queue_move (message, dead);
  return FALSE;
}

void
far_queue_move (FarMessage *message, FarQueue *target)
{
  g_sequence_remove (message->place);
  message->queue = target;
  message->n_received = 0;
  message->first_received_us = 0;
  message->visible_us = far_clock_now_us (target->queues->clock);
  message->place = g_sequence_insert_sorted (target->messages, message, compare, NULL);
  far_queue_store_update (message);
  tell (target);
}

GPtrArray *
far_queue_receive (FarQueue *self, guint n_max, gsize bytes_max)
{
  GPtrArray *received = g_ptr_array_new ();
  gint64 now_us = far_clock_now_us (self->queues->clock);
  gsize n_bytes = 0;

  while (received->len < n_max && !g_sequence_is_empty (self->messages))
    {
      FarMessage *message = g_sequence_get (g_sequence_get_begin_iter (self->messages));

      if (message->visible_us > now_us)
        break;
      if (!may_be_received (self, message, now_us))
        continue;
      n_bytes += size_of (message);
      if (received->len > 0 && n_bytes > bytes_max)
        break;
      message->n_received++;
      if (message->first_received_us == 0)
        message->first_received_us = now_us;
      /* At least a µs: it must not be received twice in one batch. */
      move_to (message, now_us + MAX (seconds_us (self->spec->visibility_s), 1));
      far_queue_store_update (message);
      g_ptr_array_add (received, message);
    }
  return received;
}

static FarMessage *
find (FarQueue *self, const FarId *id)
{
  FarMessage *message = g_hash_table_lookup (self->queues->by_id, id);

  return message != NULL && message->queue == self ? message : NULL;
}

gboolean
far_queue_delete (FarQueue *self, const FarId *id)
{
  FarMessage *message = find (self, id);

  if (message == NULL)
    return FALSE;
  far_queue_store_delete (message);
  forget (message);
  return TRUE;
}

gboolean
far_queue_release (FarQueue *self, const FarId *id, guint after_s)
{
  FarMessage *message = find (self, id);

  if (message == NULL)
    return FALSE;
  move_to (message, far_clock_now_us (self->queues->clock) + seconds_us (after_s));
  far_queue_store_update (message);
  tell (self);
  return TRUE;
}

guint
far_queue_purge (FarQueue *self)
{
  guint n = far_queue_n_messages (self);

  while (!g_sequence_is_empty (self->messages))
    forget (g_sequence_get (g_sequence_get_begin_iter (self->messages)));
  if (n > 0)
    far_queue_store_purge (self);
  return n;
}

guint
far_queue_redrive (FarQueue *self, FarQueue *target, guint n_max)
{
  guint n = MIN (far_queue_n_visible (self), n_max);
  guint i;

  g_return_val_if_fail (self != target, 0);

  for (i = 0; i < n; i++)
    far_queue_move (g_sequence_get (g_sequence_get_begin_iter (self->messages)), target);
  return n;
}

char *
far_queue_attributes (JsonObject *plain, GError **error)
{
  g_auto (FarJsonWriter) writer = { 0 };
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  guint n = 0;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  json_object_iter_init (&iter, plain);
  while (json_object_iter_next (&iter, &name, &node))
    {
      GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : 0;
      g_autofree char *number = NULL;

      if (++n > FAR_QUEUE_ATTRIBUTES_MAX || (type != G_TYPE_STRING && type != G_TYPE_INT64))
        {
          g_set_error (error, FAR_QUEUE_ERROR, FAR_QUEUE_ERROR_VALUE, "The attribute “%s” must be "
                       "a string or a whole number, and one of at most %d", name,
                       FAR_QUEUE_ATTRIBUTES_MAX);
          return NULL;
        }
      if (type == G_TYPE_INT64)
        number = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
      far_json_begin_object (&writer, name);
      far_json_add_string (&writer, "stringValue",
                           number != NULL ? number : json_node_get_string (node));
      far_json_begin_array (&writer, "stringListValues");
      far_json_end_array (&writer);
      far_json_begin_array (&writer, "binaryListValues");
      far_json_end_array (&writer);
      far_json_add_string (&writer, "dataType", number != NULL ? "Number" : "String");
      far_json_end_object (&writer);
    }
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}
