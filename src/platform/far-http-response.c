/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answering of requests; FarHttpResponse; and FarHttpStream: an answer whose body comes in
 * parts (chunked). Whole or in parts, what waits for clients to read it is counted and bounded.
 *
 * The library asks for a stream's bytes; when there are none its connection is suspended, and the
 * next write resumes it. A stream belongs to its writer and to the library's response: it is freed
 * when both have let go. Invariant: suspended only while connection is set. Thread: the loop's. */
#include <microhttpd.h>
#include <string.h>
#include <sys/types.h>

#include "platform/far-http-private.h"

#define STREAM_BLOCK (16 * 1024)
#define OVERFULL "More answers wait for clients who do not read them than are kept; try again."

struct _FarHttpResponse {
  struct MHD_Response *mhd;
  gsize                n_bytes; /* of its body, until that is sent; 0: comes in parts */
};

struct _FarHttpStream {
  FarHttpConnection *connection; /* NULL once it has gone */
  GByteArray        *waiting;
  gsize              sent;       /* of waiting */
  gsize              counted;    /* by the server; of waiting, while connection is set */
  gsize              taken;      /* since its time began anew */
  gboolean           suspended;
  gboolean           ended;      /* by its writer, whole */
  gboolean           cut;        /* not whole */
  gboolean           released;   /* the writer has let go */
  gboolean           in_library;
};

/* mhd: taken; n_bytes: of a body that is whole. */
static FarHttpResponse *
response_new (struct MHD_Response *mhd, gsize n_bytes)
{
  FarHttpResponse *self = g_new (FarHttpResponse, 1);

  self->mhd = mhd;
  self->n_bytes = n_bytes;
  return self;
}

FarHttpResponse *
far_http_response_new_take (char *body, gsize n_bytes)
{
  return response_new (MHD_create_response_from_buffer_with_free_callback (n_bytes, body, g_free),
                       n_bytes);
}

FarHttpResponse *
far_http_response_new_copy (const char *body, gsize n_bytes)
{
  return response_new (MHD_create_response_from_buffer (n_bytes, (void *) body,
                                                        MHD_RESPMEM_MUST_COPY), n_bytes);
}

FarHttpResponse *
far_http_response_new_static (const char *body, gsize n_bytes)
{
  return response_new (MHD_create_response_from_buffer (n_bytes, (void *) body,
                                                        MHD_RESPMEM_PERSISTENT), n_bytes);
}

FarHttpResponse *
far_http_response_new_bytes (GBytes *body)
{
  gsize n_bytes;
  const void *data = g_bytes_get_data (body, &n_bytes);

  return response_new (MHD_create_response_from_buffer_with_free_callback_cls (
      n_bytes, (void *) data, (MHD_ContentReaderFreeCallback) g_bytes_unref, g_bytes_ref (body)),
                       n_bytes);
}

gboolean
far_http_response_add_header (FarHttpResponse *self, const char *name, const char *value)
{
  return MHD_add_response_header (self->mhd, name, value) == MHD_YES;
}

void
far_http_response_free (FarHttpResponse *self)
{
  MHD_destroy_response (self->mhd);
  g_free (self);
}

void
far_http_request_add_header (FarHttpRequest *self, const char *name, const char *value)
{
  if (self->answer_headers == NULL)
    self->answer_headers = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->answer_headers, g_strdup (name));
  g_ptr_array_add (self->answer_headers, g_strdup (value));
}

typedef struct {
  const char *name;
  char       *found; /* as it is written there: removing looks at the case */
  char       *value;
} Search;

static enum MHD_Result
find_header (void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
  Search *search = cls;

  if (g_ascii_strcasecmp (name, search->name) != 0)
    return MHD_YES;
  search->found = g_strdup (name);
  search->value = g_strdup (value);
  return MHD_NO;
}

/* FALSE: there is none (more). */
static gboolean
remove_header (struct MHD_Response *response, const char *name)
{
  Search search = { .name = name };
  gboolean removed;

  MHD_get_response_headers (response, find_header, &search);
  removed = search.found != NULL
            && MHD_del_response_header (response, search.found, search.value) == MHD_YES;
  g_free (search.found);
  g_free (search.value);
  return removed;
}

static void
put_header (FarHttpResponse *response, const char *name, const char *value)
{
  while (g_ascii_strcasecmp (name, "Vary") != 0
         && remove_header (response->mhd, name))
    ;
  far_http_response_add_header (response, name, value);
}

/* Counts what is to be sent. Returns: (transfer full): response, or what is sent in its place. */
static FarHttpResponse *
admit (FarHttpConnection *connection, FarHttpResponse *response, guint *status)
{
  connection->n_waiting = response->n_bytes;
  if (far_http_server_count (connection->server, (gssize) response->n_bytes)
      || response->n_bytes <= FAR_HTTP_ANSWER_SMALL)
    return response;
  far_http_server_count (connection->server, -(gssize) response->n_bytes);
  connection->n_waiting = 0;
  far_http_response_free (response);
  *status = 503;
  response = far_http_server_new_error (connection->server, *status, OVERFULL);
  far_http_response_add_header (response, "Retry-After", "1");
  return response;
}

void
far_http_request_respond (FarHttpRequest *self, guint status, FarHttpResponse *response)
{
  FarHttpConnection *connection = self->connection;
  gboolean held = self->state == REQUEST_HELD;
  guint i;

  g_return_if_fail (held || self->state == REQUEST_HANDLING);

  self->state = REQUEST_DONE;
  response = admit (connection, response, &status);
  for (i = 0; self->answer_headers != NULL && i < self->answer_headers->len; i += 2)
    put_header (response, g_ptr_array_index (self->answer_headers, i),
                g_ptr_array_index (self->answer_headers, i + 1));
  far_http_connection_enter (connection, FAR_HTTP_PHASE_SEND);
  if (MHD_queue_response (connection->mhd, status, response->mhd) != MHD_YES)
    self->state = REQUEST_DROPPED;
  far_http_response_free (response);
  if (held)
    {
      MHD_resume_connection (connection->mhd);
      far_http_connection_kick (connection);
    }
}

void
far_http_request_drop (FarHttpRequest *self)
{
  FarHttpConnection *connection = self->connection;
  gboolean held = self->state == REQUEST_HELD;

  g_return_if_fail (held || self->state == REQUEST_HANDLING);

  self->state = REQUEST_DROPPED;
  if (held)
    {
      MHD_resume_connection (connection->mhd);
      far_http_connection_kick (connection);
    }
}

void
far_http_request_respond_json (FarHttpRequest *self, guint status, char *text, gsize n_bytes)
{
  FarHttpResponse *response = far_http_response_new_take (text, n_bytes);

  far_http_response_add_header (response, "Content-Type", "application/json");
  far_http_request_respond (self, status, response);
}

static void
stream_settle (FarHttpStream *self)
{
  if (!self->released || self->in_library)
    return;
  g_byte_array_unref (self->waiting);
  g_free (self);
}

/* What waits is n more. Returns: FALSE if that is too much for the server. */
static gboolean
count (FarHttpStream *self, gssize n)
{
  self->counted += (gsize) n;
  return far_http_server_count (self->connection->server, n);
}

static void
leave (FarHttpStream *self)
{
  if (self->connection == NULL)
    return;
  count (self, -(gssize) self->counted);
  self->connection->stream = NULL;
  self->connection = NULL;
}

/* Whoever does not read must not keep it for ever: while it is written each byte counts, then so
 * many in each period. */
static void
begin_time_anew (FarHttpStream *self, gsize n)
{
  self->taken += n;
  if (self->ended && self->taken < FAR_HTTP_STREAM_PERIOD)
    return;
  self->taken = 0;
  far_http_connection_enter (self->connection, FAR_HTTP_PHASE_SEND);
}

/* The library wants more of it. */
static ssize_t
on_read (void *cls, uint64_t position, char *buffer, size_t size)
{
  FarHttpStream *self = cls;
  gsize n = MIN (size, self->waiting->len - self->sent);

  if (n > 0)
    {
      memcpy (buffer, self->waiting->data + self->sent, n);
      self->sent += n;
      if (self->sent == self->waiting->len)
        {
          g_byte_array_set_size (self->waiting, 0);
          self->sent = 0;
        }
      count (self, -(gssize) n);
      begin_time_anew (self, n);
      return n;
    }
  if (self->cut)
    return MHD_CONTENT_READER_END_WITH_ERROR;
  if (self->ended)
    return MHD_CONTENT_READER_END_OF_STREAM;
  self->suspended = TRUE;
  far_http_connection_enter (self->connection, FAR_HTTP_PHASE_HELD);
  MHD_suspend_connection (self->connection->mhd);
  return 0;
}

static void
on_response_freed (void *cls)
{
  FarHttpStream *self = cls;

  leave (self);
  self->suspended = FALSE;
  self->in_library = FALSE;
  stream_settle (self);
}

void
far_http_stream_detach (FarHttpConnection *connection)
{
  if (connection->stream != NULL)
    leave (connection->stream);
}

static void
stream_resume (FarHttpStream *self)
{
  if (!self->suspended)
    return;
  self->suspended = FALSE;
  far_http_connection_enter (self->connection, FAR_HTTP_PHASE_SEND);
  MHD_resume_connection (self->connection->mhd);
  far_http_connection_kick (self->connection);
}

FarHttpResponse *
far_http_response_new_stream (FarHttpStream **ret_stream)
{
  FarHttpStream *self = g_new0 (FarHttpStream, 1);

  self->waiting = g_byte_array_new ();
  self->in_library = TRUE;
  *ret_stream = self;
  return response_new (MHD_create_response_from_callback (MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_read,
                                                          self, on_response_freed), 0);
}

void
far_http_request_respond_stream (FarHttpRequest *self, guint status, FarHttpResponse *response,
                                 FarHttpStream *stream)
{
  stream->connection = self->connection;
  self->connection->stream = stream;
  far_http_request_respond (self, status, response);
}

void
far_http_stream_write (FarHttpStream *self, const char *data, gsize n_bytes)
{
  if (self->connection == NULL || self->cut || n_bytes == 0)
    return;
  if (!count (self, (gssize) n_bytes))
    {
      /* Nothing of it is kept; the client sees that it is not whole. */
      count (self, -(gssize) self->counted);
      g_byte_array_set_size (self->waiting, 0);
      self->sent = 0;
      self->cut = TRUE;
      stream_resume (self);
      return;
    }
  g_byte_array_append (self->waiting, (const guint8 *) data, n_bytes);
  stream_resume (self);
}

void
far_http_stream_end (FarHttpStream *self, gboolean whole)
{
  self->ended = whole && !self->cut;
  self->cut = !self->ended;
  self->released = TRUE;
  if (self->connection != NULL)
    far_http_connection_enter (self->connection, FAR_HTTP_PHASE_SEND);
  stream_resume (self);
  stream_settle (self);
}

gboolean
far_http_stream_is_gone (FarHttpStream *self)
{
  return self->connection == NULL;
}

void
far_http_stream_abandon (FarHttpConnection *connection)
{
  FarHttpStream *stream = connection->stream;

  if (stream == NULL)
    return;
  stream->cut = TRUE;
  stream_resume (stream);
}
