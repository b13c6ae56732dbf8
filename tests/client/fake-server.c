/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fake server: a table of queues, keyed by "METHOD target". */
#include "fake-server.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#define STREAM_STATUS 0

typedef struct {
  guint status; /* STREAM_STATUS = a stream */
  char *body;
} Answer;

struct _FakeServer {
  SoupServer *server;
  char *folder;
  char *path;
  char *url;
  GHashTable *answers; /* "METHOD target" → GQueue of Answer */
  FakeRequest last;
  guint n_requests;
  SoupServerMessage *stream; /* nullable */
  GSource *hangup;           /* of its socket; nullable */
};

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_free (answer->body);
  g_free (answer);
}

static void
queue_free (gpointer data)
{
  g_queue_free_full (data, answer_free);
}

static void
remember (FakeServer        *self,
          SoupServerMessage *message,
          const char        *target)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  SoupMessageHeadersIter iter;
  const char *name, *value;

  g_free (self->last.method);
  g_free (self->last.target);
  g_clear_pointer (&self->last.body, g_bytes_unref);
  g_hash_table_remove_all (self->last.headers);
  self->last.method = g_strdup (soup_server_message_get_method (message));
  self->last.target = g_strdup (target);
  self->last.body = g_bytes_new (body->data, (gsize) body->length);
  soup_message_headers_iter_init (&iter, soup_server_message_get_request_headers (message));
  while (soup_message_headers_iter_next (&iter, &name, &value))
    g_hash_table_insert (self->last.headers, g_ascii_strdown (name, -1), g_strdup (value));
  self->n_requests++;
}

static void
forget_stream (FakeServer *self)
{
  if (self->hangup != NULL)
    g_source_destroy (self->hangup);
  g_clear_pointer (&self->hangup, g_source_unref);
  g_clear_object (&self->stream);
}

static void
stream_finished (SoupServerMessage *message,
                 gpointer           user_data)
{
  FakeServer *self = user_data;

  if (self->stream == message)
    forget_stream (self);
}

/* libsoup does not look at the socket of a paused message: the reader has gone. */
static gboolean
socket_readable (GSocket      *socket,
                 GIOCondition  condition,
                 gpointer      user_data)
{
  FakeServer *self = user_data;
  g_autoptr (SoupServerMessage) message = g_object_ref (self->stream);

  forget_stream (self);
  soup_message_body_complete (soup_server_message_get_response_body (message));
  soup_server_message_unpause (message);
  return G_SOURCE_REMOVE;
}

static void
open_stream (FakeServer        *self,
             SoupServerMessage *message)
{
  g_assert_null (self->stream);
  self->stream = g_object_ref (message);
  g_signal_connect (message, "finished", G_CALLBACK (stream_finished), self);
  self->hangup = g_socket_create_source (soup_server_message_get_socket (message), G_IO_IN, NULL);
  g_source_set_callback (self->hangup, G_SOURCE_FUNC (socket_readable), self, NULL);
  g_source_attach (self->hangup, NULL);
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                     SOUP_ENCODING_CHUNKED);
}

static void
handle (SoupServer        *server,
        SoupServerMessage *message,
        const char        *path,
        GHashTable        *query,
        gpointer           user_data)
{
  FakeServer *self = user_data;
  GUri *uri = soup_server_message_get_uri (message);
  g_autofree char *target = g_strconcat (g_uri_get_path (uri),
                                         g_uri_get_query (uri) != NULL ? "?" : "",
                                         g_uri_get_query (uri), NULL);
  g_autofree char *key = g_strconcat (soup_server_message_get_method (message), " ", target, NULL);
  GQueue *queue = g_hash_table_lookup (self->answers, key);
  Answer *answer;

  remember (self, message, target);
  if (queue == NULL)
    g_error ("Nobody expected %s", key);
  answer = g_queue_peek_head (queue);
  if (answer->status == STREAM_STATUS)
    open_stream (self, message);
  else
    {
      soup_server_message_set_status (message, answer->status, NULL);
      soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY,
                                        answer->body, strlen (answer->body));
    }
  if (queue->length > 1)
    answer_free (g_queue_pop_head (queue));
}

static FakeServer *
server_new (void)
{
  FakeServer *self = g_new0 (FakeServer, 1);

  self->server = g_object_new (SOUP_TYPE_SERVER, "raw-paths", TRUE, NULL);
  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, queue_free);
  self->last.headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  soup_server_add_handler (self->server, NULL, handle, self, NULL);
  return self;
}

FakeServer *
fake_server_new_unix (void)
{
  FakeServer *self = server_new ();
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("far-fake-XXXXXX", &error);
  g_assert_no_error (error);
  self->path = g_build_filename (self->folder, "fake.sock", NULL);
  address = g_unix_socket_address_new (self->path);
  soup_server_listen (self->server, address, 0, &error);
  g_assert_no_error (error);
  return self;
}

FakeServer *
fake_server_new_tcp (void)
{
  FakeServer *self = server_new ();
  g_autoptr (GError) error = NULL;
  GSList *uris;

  soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->server);
  self->url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return self;
}

void
fake_server_free (FakeServer *self)
{
  fake_server_go_away (self);
  if (self->folder != NULL)
    g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_clear_object (&self->server);
  g_hash_table_unref (self->answers);
  g_hash_table_unref (self->last.headers);
  g_clear_pointer (&self->last.body, g_bytes_unref);
  g_free (self->last.method);
  g_free (self->last.target);
  g_free (self->folder);
  g_free (self->path);
  g_free (self->url);
  g_free (self);
}

const char *
fake_server_get_path (FakeServer *self)
{
  return self->path;
}

const char *
fake_server_get_url (FakeServer *self)
{
  return self->url;
}

static void
add_answer (FakeServer *self,
            const char *method,
            const char *target,
            guint       status,
            const char *body)
{
  g_autofree char *key = g_strconcat (method, " ", target, NULL);
  GQueue *queue = g_hash_table_lookup (self->answers, key);
  Answer *answer = g_new (Answer, 1);

  if (queue == NULL)
    {
      queue = g_queue_new ();
      g_hash_table_insert (self->answers, g_steal_pointer (&key), queue);
    }
  answer->status = status;
  answer->body = g_strdup (body);
  g_queue_push_tail (queue, answer);
}

void
fake_server_queue (FakeServer *self,
                   const char *method,
                   const char *target,
                   guint       status,
                   const char *body)
{
  g_assert_cmpuint (status, !=, STREAM_STATUS);
  add_answer (self, method, target, status, body);
}

void
fake_server_queue_stream (FakeServer *self,
                          const char *target)
{
  add_answer (self, "GET", target, STREAM_STATUS, "");
}

void
fake_server_send_line (FakeServer *self,
                       const char *line)
{
  g_autofree char *text = g_strconcat (line, "\n", NULL);

  FAKE_WAIT_UNTIL (self->stream != NULL);
  soup_message_body_append (soup_server_message_get_response_body (self->stream),
                            SOUP_MEMORY_COPY, text, strlen (text));
  soup_server_message_unpause (self->stream);
}

void
fake_server_end_stream (FakeServer *self)
{
  FAKE_WAIT_UNTIL (self->stream != NULL);
  soup_message_body_complete (soup_server_message_get_response_body (self->stream));
  soup_server_message_unpause (self->stream);
  FAKE_WAIT_UNTIL (self->stream == NULL);
}

gboolean
fake_server_has_stream (FakeServer *self)
{
  return self->stream != NULL;
}

const FakeRequest *
fake_server_get_last (FakeServer *self)
{
  return &self->last;
}

guint
fake_server_n_requests (FakeServer *self)
{
  return self->n_requests;
}

void
fake_server_go_away (FakeServer *self)
{
  if (self->stream != NULL)
    g_signal_handlers_disconnect_by_data (self->stream, self);
  forget_stream (self);
  soup_server_disconnect (self->server);
  if (self->path != NULL)
    g_unlink (self->path);
}

void
fake_take_result (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  GAsyncResult **slot = user_data;

  g_assert_null (*slot);
  *slot = g_object_ref (result);
}

GAsyncResult *
fake_wait (GAsyncResult **result)
{
  FAKE_WAIT_UNTIL (*result != NULL);
  return g_steal_pointer (result);
}
