/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns GET /v1/logs: lines from the database, and then, if followed, as they come.
 *
 * A reader that follows is on the list before its question goes to the database, and lines are held
 * back until the answer is there; what the answer has of them already is left out of it. So none is
 * missing and none comes twice. A function that prints faster than the cap is cut, by count
 * a second, and the reader is told how much was left out. */
#include "platform/far-control-private.h"

#include <string.h>

#include "telemetry/far-query.h"

#define LIMIT_DEFAULT 100

typedef struct {
  FarControlLogs    *logs; /* NULL once they have gone, or while it does not follow */
  FarControlRequest *request;
  FarControlStream  *stream; /* nullable until the database has answered */
  GString           *held;   /* lines that came meanwhile */
  char              *function;
  char              *contains; /* lower case */
  FarId              request_id;
  FarLogLevel        level_min;
  gboolean           platform;
  gboolean           follow;
  guint              limit;
  gint64             second;
  guint              n_in_second;
  guint64            n_left_out;
} Reader;

struct _FarControlLogs {
  GPtrArray *readers; /* (element-type Reader) */
};

FarControlLogs *
far_control_logs_new (void)
{
  FarControlLogs *self = g_new0 (FarControlLogs, 1);

  self->readers = g_ptr_array_new ();
  return self;
}

void
far_control_logs_free (FarControlLogs *self)
{
  guint i;

  for (i = 0; i < self->readers->len; i++)
    ((Reader *) g_ptr_array_index (self->readers, i))->logs = NULL;
  g_ptr_array_unref (self->readers);
  g_free (self);
}

static void
reader_free (Reader *reader)
{
  if (reader->logs != NULL)
    g_ptr_array_remove_fast (reader->logs->readers, reader);
  g_string_free (reader->held, TRUE);
  g_free (reader->function);
  g_free (reader->contains);
  g_free (reader);
}

static void
write_line (FarJsonWriter *writer, gint64 time_us, const char *function, const FarId *request_id,
            FarLogLevel level, const char *message, gsize n_bytes)
{
  far_json_writer_init (writer);
  far_json_begin_object (writer, NULL);
  far_json_add_time (writer, "time", time_us);
  far_json_add_string (writer, "function", function);
  far_control_add_uuid (writer, "request_id", request_id);
  far_json_add_string (writer, "level", far_log_level_to_string (level));
  far_json_add_string_len (writer, "message", message, n_bytes);
  far_json_end_object (writer);
}

static gboolean
matches (const Reader *reader, const char *function, const FarId *request_id, FarLogLevel level,
         const char *message, gsize n_bytes)
{
  static const FarId any;
  g_autofree char *folded = NULL;

  if (level < reader->level_min ||
      (reader->function != NULL && strcmp (reader->function, function) != 0) ||
      (far_id_compare (&reader->request_id, &any) != 0 &&
       far_id_compare (&reader->request_id, request_id) != 0))
    return FALSE;
  if (reader->contains == NULL)
    return TRUE;
  folded = g_ascii_strdown (message, (gssize) n_bytes);
  return strstr (folded, reader->contains) != NULL;
}

static void
deliver (Reader *reader, const char *line, gsize length)
{
  if (reader->stream != NULL)
    far_control_stream_send (reader->stream, line, length);
  else if (reader->held->len + length < FAR_CONTROL_STREAM_BACKLOG_MAX)
    {
      g_string_append_len (reader->held, line, (gssize) length);
      g_string_append_c (reader->held, '\n');
    }
  else
    reader->n_left_out++;
}

/* FALSE if this second has had its share. */
static gboolean
take_share (Reader *reader)
{
  gint64 second = g_get_monotonic_time () / G_USEC_PER_SEC;

  if (second != reader->second)
    {
      reader->second = second;
      reader->n_in_second = 0;
    }
  if (reader->n_in_second++ < FAR_CONTROL_LOG_LINES_PER_S_MAX)
    return TRUE;
  reader->n_left_out++;
  return FALSE;
}

static void
tell_left_out (Reader *reader, gint64 time_us)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autofree char *message = NULL;
  FarId none = { { 0 } };

  if (reader->n_left_out == 0)
    return;
  message = g_strdup_printf ("%" G_GUINT64_FORMAT " lines were left out: more than %d a second",
                             reader->n_left_out, FAR_CONTROL_LOG_LINES_PER_S_MAX);
  reader->n_left_out = 0;
  write_line (&writer, time_us, reader->function, &none, FAR_LOG_PLATFORM, message,
              strlen (message));
  deliver (reader, writer.text->str, writer.text->len);
}

static void
offer (FarControlLogs *self, gint64 time_us, const char *function, const FarId *request_id,
       FarLogLevel level, const char *message, gsize n_bytes)
{
  g_auto (FarJsonWriter) writer = { 0 };
  gboolean written = FALSE;
  guint i;

  far_json_writer_init (&writer);
  for (i = 0; i < self->readers->len; i++)
    {
      Reader *reader = g_ptr_array_index (self->readers, i);

      if ((level == FAR_LOG_PLATFORM && !reader->platform) ||
          !matches (reader, function, request_id, level, message, n_bytes) ||
          !take_share (reader))
        continue;
      tell_left_out (reader, time_us);
      if (!written)
        {
          far_json_writer_clear (&writer);
          write_line (&writer, time_us, function, request_id, level, message, n_bytes);
        }
      written = TRUE;
      deliver (reader, writer.text->str, writer.text->len);
    }
}

void
far_control_logs_line (FarControlLogs *self, const FarTelemetryLine *line)
{
  if (self->readers->len > 0)
    offer (self, line->time_us, line->function, &line->request_id, line->level, line->message,
           line->n_bytes);
}

/* A follower sees an invocation's own lines once it is over: the record has them all. */
void
far_control_logs_record (FarControlLogs *self, const FarInvocation *invocation)
{
  gint64 end_us = far_invocation_end_us (invocation);
  g_autofree char *start = NULL;
  g_autofree char *end = NULL;
  g_autofree char *report = NULL;

  if (self->readers->len == 0 || invocation->outcome == FAR_INVOCATION_THROTTLE)
    return;
  start = far_invocation_start_line (invocation);
  end = far_invocation_end_line (invocation);
  report = far_invocation_report_line (invocation);
  offer (self, invocation->arrival_us + invocation->start_us, invocation->function,
         &invocation->request_id, FAR_LOG_PLATFORM, start, strlen (start));
  offer (self, end_us, invocation->function, &invocation->request_id, FAR_LOG_PLATFORM, end,
         strlen (end));
  offer (self, end_us, invocation->function, &invocation->request_id, FAR_LOG_PLATFORM, report,
         strlen (report));
}

static void
on_closed (FarControlStream *stream, gpointer user_data)
{
  Reader *reader = user_data;
  FarControlRequest *request = reader->request;

  if (request->control != NULL)
    request->control->n_streams--;
  reader_free (reader);
  far_control_request_free (request);
}

/* What the database has and is not held: it came before the reader was on the list. */
static void
send_records (Reader *reader, GPtrArray *records, GHashTable *held)
{
  guint i;

  for (i = 0; i < records->len && reader->limit > 0; i++)
    {
      const FarLogRecord *record = g_ptr_array_index (records, i);
      g_auto (FarJsonWriter) writer = { 0 };

      write_line (&writer, record->time_us, record->function, &record->request_id, record->level,
                  record->message, strlen (record->message));
      if (!g_hash_table_contains (held, writer.text->str))
        far_control_stream_send (reader->stream, writer.text->str, writer.text->len);
    }
}

static void
send_all (Reader *reader, GPtrArray *records)
{
  g_auto (GStrv) lines = g_strsplit (reader->held->str, "\n", -1);
  g_autoptr (GHashTable) held = g_hash_table_new (g_str_hash, g_str_equal);
  guint i;

  for (i = 0; lines[i] != NULL; i++)
    g_hash_table_add (held, lines[i]);
  send_records (reader, records, held);
  for (i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      far_control_stream_send (reader->stream, lines[i], strlen (lines[i]));
  g_string_truncate (reader->held, 0);
}

static void
on_records (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reader *reader = user_data;
  FarControlRequest *request = reader->request;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = far_telemetry_logs_finish (NULL, result, &error);

  if (request->control == NULL || records == NULL)
    {
      if (request->control == NULL)
        far_control_request_free (request);
      else
        far_control_failed (request, g_steal_pointer (&error));
      reader_free (reader);
      return;
    }
  reader->stream = far_control_request_stream (request, on_closed, reader);
  if (reader->stream == NULL)
    {
      reader_free (reader);
      return;
    }
  request->control->n_streams++;
  send_all (reader, records);
  if (!reader->follow)
    far_control_stream_end (reader->stream);
}

static gboolean
read_level (FarControlRequest *request, FarLogLevel *ret_level)
{
  const char *text = g_hash_table_lookup (request->query, "level");

  *ret_level = FAR_LOG_TRACE;
  if (text == NULL || far_log_level_from_string (text, ret_level))
    return TRUE;
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "There is no level “%s”; /v1/openapi.yaml lists them", text);
  return FALSE;
}

static gboolean
read_reader (FarControlRequest *request, Reader *reader, FarLogQuery *query)
{
  gint64 limit;

  if (!far_control_query_function (request, &query->function) ||
      !far_control_query_bool (request, "follow", FALSE, &reader->follow) ||
      !far_control_query_bool (request, "platform", TRUE, &reader->platform) ||
      !read_level (request, &reader->level_min) ||
      !far_control_query_id (request, "request_id", &reader->request_id) ||
      !far_control_query_int (request, "from_us", 0, G_MAXINT64, 0, &query->from_us) ||
      !far_control_query_int (request, "to_us", 0, G_MAXINT64, 0, &query->to_us) ||
      !far_control_query_int (request, "limit", 0, FAR_CONTROL_LIMIT_MAX, LIMIT_DEFAULT, &limit))
    return FALSE;
  reader->limit = query->limit = (guint) limit;
  query->contains = g_hash_table_lookup (request->query, "contains");
  query->request_id = reader->request_id;
  query->level_min = reader->level_min;
  query->platform = reader->platform;
  reader->function = g_strdup (query->function);
  if (query->contains != NULL && *query->contains != '\0')
    reader->contains = g_ascii_strdown (query->contains, -1);
  return TRUE;
}

void
far_control_get_logs (FarControlRequest *request)
{
  FarControl *control = request->control;
  Reader *reader = g_new0 (Reader, 1);
  FarLogQuery query = { 0 };

  reader->request = request;
  reader->held = g_string_new (NULL);
  if (!read_reader (request, reader, &query))
    {
      reader_free (reader);
      return;
    }
  if (reader->follow)
    {
      reader->logs = control->logs;
      g_ptr_array_add (control->logs->readers, reader);
    }
  far_control_request_pause (request);
  far_telemetry_logs_async (request->telemetry, &query, request->cancellable, on_records, reader);
}
