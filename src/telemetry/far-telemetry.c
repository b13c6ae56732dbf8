/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the taking in of telemetry: counts in memory first, hands packed copies to the writer.
 * Thread: the owner's, throughout. */
#include "telemetry/far-telemetry-private.h"

#include <errno.h>
#include <string.h>

#include "base/far-paths.h"
#include "telemetry/far-notes.h"

#define FILE_NAME "telemetry.db"

G_DEFINE_QUARK (far-telemetry-error-quark, far_telemetry_error)

static const char *const level_names[] = {
  [FAR_LOG_TRACE] = "trace", [FAR_LOG_DEBUG] = "debug", [FAR_LOG_INFO] = "info",
  [FAR_LOG_WARN] = "warn",   [FAR_LOG_ERROR] = "error", [FAR_LOG_FATAL] = "fatal",
  [FAR_LOG_PLATFORM] = "platform",
};

const char *
far_log_level_to_string (FarLogLevel level)
{
  g_return_val_if_fail ((guint) level < G_N_ELEMENTS (level_names), NULL);

  return level_names[level];
}

gboolean
far_log_level_from_string (const char *text, FarLogLevel *ret_level)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (level_names); i++)
    {
      if (g_strcmp0 (text, level_names[i]) == 0)
        {
          *ret_level = i;
          return TRUE;
        }
    }
  return FALSE;
}

FarLogLevel
far_log_level_of_line (const char *line, gsize n_bytes)
{
  static const struct { const char *word; FarLogLevel level; } words[] = {
    { "TRACE", FAR_LOG_TRACE },   { "DEBUG", FAR_LOG_DEBUG },    { "INFO", FAR_LOG_INFO },
    { "WARN", FAR_LOG_WARN },     { "WARNING", FAR_LOG_WARN },   { "ERROR", FAR_LOG_ERROR },
    { "FATAL", FAR_LOG_FATAL },   { "CRITICAL", FAR_LOG_FATAL }, { "PANIC", FAR_LOG_FATAL },
  };
  static const char json[] = "{\"level\":\"";
  const char *end = line + n_bytes;
  gsize length = 0;
  guint i;

  if (n_bytes > strlen (json) && strncmp (line, json, strlen (json)) == 0)
    line += strlen (json);
  else if (line < end && (*line == '[' || *line == '<'))
    line++;
  while (line + length < end && g_ascii_isalpha (line[length]))
    length++;
  /* A word of a sentence is not a level: "Error handling began". */
  if (line + length < end && strchr ("]>:\"\t ", line[length]) == NULL)
    return FAR_LOG_INFO;
  for (i = 0; i < G_N_ELEMENTS (words); i++)
    if (strlen (words[i].word) == length &&
        g_ascii_strncasecmp (words[i].word, line, length) == 0 &&
        (line + length == end || line[length] != ' ' || g_ascii_isupper (line[length - 1])))
      return words[i].level;
  return FAR_LOG_INFO;
}

static gboolean
open_database (FarTelemetry *self, const char *dir, GError **error)
{
  g_autoptr (FarTelemetryDb) db = NULL;
  g_autoptr (GError) db_error = NULL;
  FarTelemetryDropped dropped;
  FarAggregate all = FAR_AGGREGATE_INIT;

  if (!far_paths_ensure_private_dir (dir, error))
    return FALSE;
  self->path = g_build_filename (dir, FILE_NAME, NULL);
  db = far_telemetry_db_open (self->path, self->names, &db_error);
  if (db == NULL || !far_telemetry_db_restore (db, self->live, self->opened_us, &dropped,
                                              &db_error))
    {
      g_set_error (error, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_DATABASE,
                   "The telemetry cannot be opened: %s", db_error->message);
      return FALSE;
    }
  far_telemetry_total (self, NULL, &all);
  self->n_invocations = far_aggregate_invocations (&all);
  far_aggregate_clear (&all);
  self->writer = far_writer_new (g_steal_pointer (&db), self->clock, &dropped);
  self->queries = far_query_threads_new (self, error);
  return self->queries != NULL;
}

FarTelemetry *
far_telemetry_open (const char *dir, FarClock *clock, GError **error)
{
  FarTelemetry *self;

  g_return_val_if_fail (clock != NULL, NULL);

  self = g_new0 (FarTelemetry, 1);
  self->clock = far_clock_ref (clock);
  self->names = far_names_new ();
  self->live = far_live_new ();
  self->opened_us = far_clock_now_us (clock);
  self->off = g_strcmp0 (g_getenv ("FARTHING_RECORDS"), "off") == 0;
  if (dir != NULL && !open_database (self, dir, error))
    {
      far_telemetry_close (self);
      return NULL;
    }
  return self;
}

void
far_telemetry_close (FarTelemetry *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->queries, far_query_threads_free);
  g_clear_pointer (&self->writer, far_writer_free);
  far_live_free (self->live);
  far_names_free (self->names);
  far_clock_unref (self->clock);
  g_free (self->path);
  g_free (self);
}

void
far_telemetry_record (FarTelemetry *self, const FarInvocation *invocation)
{
  FarNotes notes;
  gboolean noted;
  FarRow row;

  g_return_if_fail (invocation->function != NULL && *invocation->function != '\0');
  g_return_if_fail ((guint) invocation->outcome < FAR_INVOCATION_N_OUTCOMES);

  if (self->off)
    return;
  noted = invocation->notes != NULL && far_notes_parse (invocation->notes, &notes);
  far_row_pack (&row, self->names, invocation, noted ? &notes : NULL);
  row.past = far_clock_now_us (self->clock) - row.end_us > FAR_TELEMETRY_PAST_US;
  far_live_add (self->live, row.function, invocation);
  if (invocation->outcome != FAR_INVOCATION_THROTTLE)
    self->n_invocations++;
  if (self->writer != NULL)
    far_writer_push_row (self->writer, &row, noted ? invocation->notes : NULL);
  if (self->listener.record != NULL)
    self->listener.record (invocation, self->listener_data);
}

/* At most len_max bytes, cut between characters. */
static gsize
cut_length (const char *text, gsize n_bytes, gsize len_max)
{
  if (n_bytes <= len_max)
    return n_bytes;
  n_bytes = len_max;
  while (n_bytes > 0 && ((guchar) text[n_bytes] & 0xc0) == 0x80)
    n_bytes--;
  return n_bytes;
}

void
far_telemetry_log (FarTelemetry *self, const FarTelemetryLine *line)
{
  gsize n_bytes = cut_length (line->message, line->n_bytes, FAR_TELEMETRY_LOG_LINE_MAX);
  g_autofree char *valid = NULL;
  FarTelemetryLine kept = *line;
  FarRowLine row;

  g_return_if_fail (line->function != NULL);
  if (self->off)
    return;

  if (!g_utf8_validate_len (line->message, n_bytes, NULL))
    {
      valid = g_utf8_make_valid (line->message, (gssize) n_bytes);
      kept.message = valid;
      n_bytes = strlen (valid);
    }
  kept.n_bytes = n_bytes;
  if (self->writer != NULL)
    {
      row.request_id = line->request_id;
      row.time_us = line->time_us;
      row.n_bytes = (guint32) n_bytes;
      row.function = far_names_intern (self->names, FAR_NAME_FUNCTION, line->function,
                                       FAR_FUNCTION_NAME_MAX);
      row.level = (guint8) line->level;
      far_writer_push_line (self->writer, &row, kept.message);
    }
  if (self->listener.log != NULL)
    self->listener.log (&kept, self->listener_data);
}

void
far_telemetry_annotate (FarTelemetry *self, const FarAnnotation *annotation)
{
  g_return_if_fail (annotation->kind != NULL && annotation->text != NULL);

  if (self->writer != NULL)
    {
      FarRowAnnotation *row = g_new0 (FarRowAnnotation, 1);

      row->time_us = annotation->time_us;
      row->function = far_names_intern (self->names, FAR_NAME_FUNCTION, annotation->function,
                                        FAR_FUNCTION_NAME_MAX);
      row->kind = g_utf8_make_valid (annotation->kind, -1);
      row->text = g_utf8_make_valid (annotation->text, -1);
      row->subject = annotation->subject != NULL ? g_utf8_make_valid (annotation->subject, -1)
                                                 : NULL;
      row->end_us = annotation->end_us;
      far_writer_push_annotation (self->writer, row);
    }
  if (self->listener.annotate != NULL)
    self->listener.annotate (annotation, self->listener_data);
}

void
far_telemetry_add_span (FarTelemetry *self, const FarSpan *span)
{
  if (self->writer != NULL)
    far_writer_push_span (self->writer, far_span_copy (span));
}

void
far_telemetry_get_dropped (FarTelemetry *self, FarTelemetryDropped *ret_dropped)
{
  memset (ret_dropped, 0, sizeof *ret_dropped);
  if (self->writer != NULL)
    far_writer_get_dropped (self->writer, ret_dropped);
}

guint64
far_telemetry_n_dropped (FarTelemetry *self)
{
  FarTelemetryDropped dropped;

  far_telemetry_get_dropped (self, &dropped);
  return dropped.records + dropped.log_lines + dropped.annotations + dropped.spans;
}

guint64
far_telemetry_n_invocations (FarTelemetry *self)
{
  return self->n_invocations;
}

void
far_telemetry_set_listener (FarTelemetry *self, const FarTelemetryListener *listener,
                            gpointer user_data)
{
  FarTelemetryListener none = { NULL, NULL, NULL };

  self->listener = listener != NULL ? *listener : none;
  self->listener_data = user_data;
}

void
far_telemetry_set_retention (FarTelemetry *self, const FarRetention *retention)
{
  if (self->writer != NULL)
    far_writer_set_retention (self->writer, retention);
}

void
far_telemetry_begin_session (FarTelemetry *self)
{
  self->opened_us = far_clock_now_us (self->clock);
  if (self->writer != NULL)
    far_writer_begin_session (self->writer);
}

gint64
far_telemetry_get_rows_from_us (FarTelemetry *self)
{
  return self->writer != NULL ? far_writer_get_rows_from_us (self->writer) : 0;
}

char *
far_telemetry_dup_problem (FarTelemetry *self)
{
  return self->writer != NULL ? far_writer_dup_problem (self->writer) : NULL;
}

gboolean
far_telemetry_flush (FarTelemetry *self, GError **error)
{
  g_autofree char *problem = NULL;

  if (self->writer == NULL)
    return TRUE;
  far_writer_sync (self->writer);
  problem = far_writer_dup_problem (self->writer);
  if (problem != NULL)
    g_set_error (error, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_DATABASE,
                 "The telemetry could not be written: %s", problem);
  return problem == NULL;
}

const FarAggregate *
far_telemetry_peek (FarTelemetry *self, const char *function)
{
  guint16 id = far_names_find (self->names, FAR_NAME_FUNCTION, function);

  return id == 0 ? NULL : far_live_total (self->live, id);
}

guint64
far_telemetry_serial (FarTelemetry *self, const char *function)
{
  guint16 id = far_names_find (self->names, FAR_NAME_FUNCTION, function);

  return id == 0 ? 0 : far_live_serial (self->live, id);
}

void
far_telemetry_total (FarTelemetry *self, const char *function, FarAggregate *ret_aggregate)
{
  const FarAggregate *aggregate;
  guint id;

  if (function != NULL)
    {
      aggregate = far_telemetry_peek (self, function);
      if (aggregate != NULL)
        far_aggregate_merge (ret_aggregate, aggregate);
      return;
    }
  for (id = 1; id < far_live_end (self->live); id++)
    {
      aggregate = far_live_total (self->live, id);
      if (aggregate != NULL)
        far_aggregate_merge (ret_aggregate, aggregate);
    }
}

void
far_telemetry_recent (FarTelemetry *self, const char *function, guint window_s,
                      FarAggregate *ret_aggregate)
{
  guint id = function != NULL ? far_names_find (self->names, FAR_NAME_FUNCTION, function) : 0;

  if (function == NULL || id != 0)
    far_live_window (self->live, id, far_clock_now_us (self->clock), window_s, ret_aggregate);
}

GStrv
far_telemetry_dup_functions (FarTelemetry *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint end = far_names_end (self->names), id;

  for (id = 1; id < end; id++)
    if (far_names_kind (self->names, (guint16) id) == FAR_NAME_FUNCTION)
      g_strv_builder_add (builder, far_names_get (self->names, (guint16) id));
  return g_strv_builder_end (builder);
}
