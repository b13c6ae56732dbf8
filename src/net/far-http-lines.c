/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines out of a stream of bytes, one request at a time. Holds at most FAR_HTTP_LINE_MAX bytes
 * without a line end, plus one chunk. The bytes taken are dropped when the buffer is read empty or
 * half of it is stale, so that many short lines cost no quadratic copying. */
#include "farthing-config.h"

#include <string.h>

#include "net/far-http-lines-private.h"

#define CHUNK_BYTES (32 * 1024)

struct _FarHttpLines {
  GObject parent_instance;
  GInputStream *stream;
  guint status;
  GByteArray *buffer;
  gsize start;    /* of what was not taken */
  gsize searched; /* there is no line end before this */
  gboolean ended;
};

G_DEFINE_FINAL_TYPE (FarHttpLines, far_http_lines, G_TYPE_OBJECT)

typedef struct {
  char *text;
  gsize length;
} Line;

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->text);
  g_free (line);
}

static void
far_http_lines_finalize (GObject *object)
{
  FarHttpLines *self = FAR_HTTP_LINES (object);

  g_clear_object (&self->stream);
  g_clear_pointer (&self->buffer, g_byte_array_unref);
  G_OBJECT_CLASS (far_http_lines_parent_class)->finalize (object);
}

static void
far_http_lines_class_init (FarHttpLinesClass *class)
{
  G_OBJECT_CLASS (class)->finalize = far_http_lines_finalize;
}

static void
far_http_lines_init (FarHttpLines *self)
{
  self->buffer = g_byte_array_new ();
}

FarHttpLines *
far_http_lines_new (GInputStream *stream,
                    guint         status)
{
  FarHttpLines *self = g_object_new (FAR_TYPE_HTTP_LINES, NULL);

  self->stream = g_object_ref (stream);
  self->status = status;
  return self;
}

/**
 * far_http_lines_get_status:
 * @self: a stream
 *
 * Returns: HTTP status of the answer
 */
guint
far_http_lines_get_status (FarHttpLines *self)
{
  g_return_val_if_fail (FAR_IS_HTTP_LINES (self), 0);

  return self->status;
}

static Line *
take_bytes (FarHttpLines *self,
            gsize         n_bytes,
            gsize         n_end)
{
  Line *line = g_new (Line, 1);

  line->text = g_strndup ((const char *) self->buffer->data + self->start, n_bytes);
  line->length = n_bytes;
  self->start += n_bytes + n_end;
  self->searched = self->start;
  if (self->start == self->buffer->len || self->start > self->buffer->len / 2)
    {
      g_byte_array_remove_range (self->buffer, 0, (guint) self->start);
      self->start = self->searched = 0;
    }
  return line;
}

/* NULL if no whole line is here. What stands behind the last line end is a line too. */
static Line *
take_line (FarHttpLines *self)
{
  const guint8 *data = self->buffer->data;
  const guint8 *end = NULL;
  gsize length;

  if (self->searched < self->buffer->len)
    end = memchr (data + self->searched, '\n', self->buffer->len - self->searched);
  self->searched = self->buffer->len;
  if (end == NULL)
    {
      length = self->buffer->len - self->start;
      return self->ended && length > 0 ? take_bytes (self, length, 0) : NULL;
    }

  length = (gsize) (end - (data + self->start));
  if (length > 0 && end[-1] == '\r')
    return take_bytes (self, length - 1, 2);
  return take_bytes (self, length, 1);
}

static void fill (GTask *task);

static void
filled (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  FarHttpLines *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) chunk = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result,
                                                               &error);
  Line *line;

  if (chunk == NULL)
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_task_return_error (task, g_steal_pointer (&error));
      else
        g_task_return_new_error (task, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_IO,
                                 "The connection broke: %s", error->message);
      return;
    }

  self->ended = g_bytes_get_size (chunk) == 0;
  g_byte_array_append (self->buffer, g_bytes_get_data (chunk, NULL),
                       (guint) g_bytes_get_size (chunk));
  line = take_line (self);
  if (line != NULL || self->ended)
    g_task_return_pointer (task, line, line_free);
  else if (self->buffer->len - self->start > FAR_HTTP_LINE_MAX)
    g_task_return_new_error (task, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_SIZE,
                             "A line has more than %d bytes", FAR_HTTP_LINE_MAX);
  else
    fill (task);
}

static void
fill (GTask *task)
{
  FarHttpLines *self = g_task_get_source_object (task);

  g_input_stream_read_bytes_async (self->stream, CHUNK_BYTES, G_PRIORITY_DEFAULT,
                                   g_task_get_cancellable (task), filled, g_object_ref (task));
}

/**
 * far_http_lines_next_async:
 * @self: a stream with no other request under way
 * @cancellable: (nullable): gives up; the stream is of no more use then
 * @callback: when a line is here, or the end
 * @user_data: for @callback
 */
void
far_http_lines_next_async (FarHttpLines        *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  Line *line;

  g_return_if_fail (FAR_IS_HTTP_LINES (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, far_http_lines_next_async);
  line = take_line (self);
  if (line != NULL || self->ended)
    g_task_return_pointer (task, line, line_free);
  else
    fill (task);
}

/**
 * far_http_lines_next_finish:
 * @self: a stream
 * @result: what the callback got
 * @ret_length: (out) (optional): bytes of the line
 * @error: SIZE or IO of FAR_HTTP_CLIENT_ERROR, or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (nullable): the line; NULL without error at the end of the stream
 */
char *
far_http_lines_next_finish (FarHttpLines  *self,
                            GAsyncResult  *result,
                            gsize         *ret_length,
                            GError       **error)
{
  Line *line;
  char *text;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  line = g_task_propagate_pointer (G_TASK (result), error);
  if (line == NULL)
    return NULL;
  text = g_steal_pointer (&line->text);
  if (ret_length != NULL)
    *ret_length = line->length;
  line_free (line);
  return text;
}
