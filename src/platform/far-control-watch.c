/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the stream of reloads: code folders are watched for as long as somebody reads it. Its lines
 * are log lines. */
#include "platform/far-control-private.h"

#include "platform/far-watch.h"

typedef struct {
  FarControlRequest *request;
  FarControlStream  *stream;
  FarWatch          *watch; /* NULL once the control API has gone */
} Reader;

static void
say (Reader *reader, const char *function, const char *message)
{
  FarControl *control = reader->request->control;
  g_auto (FarJsonWriter) writer = { 0 };

  if (control == NULL)
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_time (&writer, "time", far_clock_now_us (control->clock));
  far_json_add_string (&writer, "function", function);
  far_json_add_null (&writer, "request_id");
  far_json_add_string (&writer, "level", "info");
  far_json_add_string (&writer, "message", message);
  far_json_end_object (&writer);
  far_control_stream_send (reader->stream, writer.text->str, writer.text->len);
}

static void
on_changed (const char *function, const char *path, gpointer user_data)
{
  g_autofree char *message
      = g_strdup_printf ("%s changed; the next call runs the new code", path);

  say (user_data, function, message);
}

static void
on_closed (FarControlStream *stream, gpointer user_data)
{
  Reader *reader = user_data;
  FarControlRequest *request = reader->request;

  if (request->control != NULL)
    {
      request->control->n_streams--;
      g_ptr_array_remove_fast (request->control->watchers, reader);
    }
  g_clear_pointer (&reader->watch, far_watch_free);
  g_free (reader);
  far_control_request_free (request);
}

void
far_control_end_watches (FarControl *control)
{
  guint i;

  for (i = 0; i < control->watchers->len; i++)
    g_clear_pointer (&((Reader *) g_ptr_array_index (control->watchers, i))->watch,
                     far_watch_free);
  g_ptr_array_set_size (control->watchers, 0);
}

void
far_control_watch (FarControlRequest *request)
{
  FarControl *control = request->control;
  Reader *reader = g_new0 (Reader, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;

  reader->request = request;
  reader->watch = far_watch_new (far_platform_get_dispatcher (control->platform), on_changed,
                                 reader, &error);
  if (reader->watch == NULL)
    {
      g_free (reader);
      far_control_error (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "cannot_watch", "%s",
                         error->message);
      return;
    }
  far_control_request_pause (request);
  reader->stream = far_control_request_stream (request, on_closed, reader);
  if (reader->stream == NULL)
    {
      far_watch_free (reader->watch);
      g_free (reader);
      return;
    }
  control->n_streams++;
  g_ptr_array_add (control->watchers, reader);
  message = g_strdup_printf ("Watching %u folders of code",
                             far_watch_n_folders (reader->watch));
  say (reader, "", message);
}
