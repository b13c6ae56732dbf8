/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the queue and the writer thread.
 *
 * Everything in FarWriter below `lock` is guarded by it; db, batch and the times of housekeeping
 * belong to the writer thread alone. written ≤ pushed, both counted in items; an item that failed
 * counts as written, so that nobody waits for it. */
#include "telemetry/far-writer.h"

#include <string.h>

#include "base/far-turns.h"

struct _FarWriter {
  FarTelemetryDb *db;
  FarClock       *clock;
  GThread        *thread;
  gint64          session_us;
  gint64          rows_from_us;
  FarBatch        batch;
  gint64          expire_at; /* monotonic */

  GMutex              lock;
  GCond               wake;
  GCond               done;
  FarBatch            pending;
  FarTelemetryDropped dropped;
  FarRetention        retention;
  guint64             pushed;
  guint64             written;
  guint64             wanted; /* somebody waits for this many to be written */
  gboolean            stop;
  char               *problem;
};

static guint
n_items (const FarBatch *batch)
{
  return batch->rows->len + batch->lines->len + batch->annotations->len + batch->spans->len;
}

/* With the lock held. */
static gboolean
is_urgent (FarWriter *self)
{
  return self->stop || self->wanted > self->written;
}

/* With the lock held: until there is something to write, or the next beat. */
static void
wait_for_work (FarWriter *self)
{
  gint64 beat = g_get_monotonic_time () + FAR_WRITER_BEAT_S * G_USEC_PER_SEC;
  gint64 deadline;

  while (!is_urgent (self) && far_batch_is_empty (&self->pending))
    if (!g_cond_wait_until (&self->wake, &self->lock, beat))
      return;
  deadline = g_get_monotonic_time () + FAR_WRITER_DELAY_MS * 1000;
  while (!is_urgent (self) && n_items (&self->pending) < FAR_WRITER_BATCH_MAX)
    if (!g_cond_wait_until (&self->wake, &self->lock, deadline))
      return;
}

/* With the lock held. */
static void
count_as_dropped (FarWriter *self, const FarBatch *batch, GError *error)
{
  self->dropped.records += batch->rows->len;
  self->dropped.log_lines += batch->lines->len;
  self->dropped.annotations += batch->annotations->len;
  self->dropped.spans += batch->spans->len;
  g_free (self->problem);
  self->problem = g_strdup (error->message);
}

/* Keeps room for the next batch; does nothing until it is due. What goes is at least as much as
 * came, n_came, so that no load outruns it. Failing is no loss: the next write will say what is
 * wrong. */
static void
expire (FarWriter *self, const FarRetention *retention, guint n_came)
{
  gint64 now = g_get_monotonic_time ();
  gboolean more = TRUE;
  guint i;

  if (now < self->expire_at)
    return;
  for (i = 0; i <= n_came / FAR_TELEMETRY_EXPIRE_ROWS_MAX && more; i++)
    if (!far_telemetry_db_expire (self->db, retention, far_clock_now_us (self->clock), &more,
                                  NULL))
      more = FALSE;
  self->expire_at = more ? now : now + FAR_WRITER_EXPIRE_S * G_USEC_PER_SEC;
}

static gpointer
writer_main (gpointer user_data)
{
  FarWriter *self = user_data;
  gboolean stop;

  /* Calls come first. */
  far_turns_make_short (FAR_WRITER_NICE);
  g_mutex_lock (&self->lock);
  do
    {
      FarBatch taken;
      FarTelemetryDropped dropped;
      FarRetention retention;
      g_autoptr (GError) error = NULL;
      gint64 session_us;
      guint64 target;

      wait_for_work (self);
      taken = self->pending;
      self->pending = self->batch;
      self->batch = taken;
      dropped = self->dropped;
      retention = self->retention;
      session_us = self->session_us;
      target = self->pushed;
      stop = self->stop;
      g_mutex_unlock (&self->lock);

      if (far_telemetry_db_write (self->db, &self->batch, &dropped, session_us,
                                  far_clock_now_us (self->clock), &error) && !stop)
        expire (self, &retention, n_items (&self->batch));

      g_mutex_lock (&self->lock);
      if (error != NULL)
        count_as_dropped (self, &self->batch, error);
      else
        g_clear_pointer (&self->problem, g_free);
      far_batch_reset (&self->batch);
      self->rows_from_us = far_telemetry_db_get_rows_from_us (self->db);
      self->written = target;
      g_cond_broadcast (&self->done);
    }
  while (!stop || !far_batch_is_empty (&self->pending));
  g_mutex_unlock (&self->lock);
  return NULL;
}

FarWriter *
far_writer_new (FarTelemetryDb *db, FarClock *clock, const FarTelemetryDropped *dropped)
{
  FarWriter *self = g_new0 (FarWriter, 1);
  FarRetention retention = FAR_RETENTION_DEFAULT;

  self->db = db;
  self->clock = far_clock_ref (clock);
  self->session_us = far_clock_now_us (clock);
  self->rows_from_us = far_telemetry_db_get_rows_from_us (db);
  self->dropped = *dropped;
  self->retention = retention;
  far_batch_init (&self->pending);
  far_batch_init (&self->batch);
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->done);
  self->thread = g_thread_new ("far-writer", writer_main, self);
  return self;
}

void
far_writer_free (FarWriter *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->stop = TRUE;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_assert (self->written == self->pushed);

  far_telemetry_db_close (self->db);
  far_clock_unref (self->clock);
  far_batch_clear (&self->pending);
  far_batch_clear (&self->batch);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->done);
  g_free (self->problem);
  g_free (self);
}

/* With the lock held. The writer sleeps only before the first item and before the batch is full. */
static void
count_push (FarWriter *self)
{
  guint n = n_items (&self->pending);

  self->pushed++;
  if (n == 1 || n == FAR_WRITER_BATCH_MAX)
    g_cond_signal (&self->wake);
}

gboolean
far_writer_push_row (FarWriter *self, FarRow *row, const char *notes)
{
  gsize n_notes = notes != NULL ? strlen (notes) : 0;
  gboolean fits;

  g_mutex_lock (&self->lock);
  fits = self->pending.rows->len < FAR_TELEMETRY_PENDING_MAX;
  if (fits)
    {
      /* The record is worth more than its notes. */
      if (self->pending.text->len + n_notes > FAR_TELEMETRY_LOG_BYTES_MAX)
        n_notes = 0;
      row->notes_offset = self->pending.text->len;
      row->n_notes = (guint32) n_notes;
      g_byte_array_append (self->pending.text, (const guint8 *) notes, (guint) n_notes);
      g_array_append_vals (self->pending.rows, row, 1);
      count_push (self);
    }
  else
    self->dropped.records++;
  g_mutex_unlock (&self->lock);
  return fits;
}

gboolean
far_writer_push_line (FarWriter *self, FarRowLine *line, const char *text)
{
  gboolean fits;

  g_mutex_lock (&self->lock);
  fits = self->pending.lines->len < FAR_TELEMETRY_PENDING_MAX &&
         self->pending.text->len + line->n_bytes <= FAR_TELEMETRY_LOG_BYTES_MAX;
  if (fits)
    {
      line->offset = self->pending.text->len;
      g_byte_array_append (self->pending.text, (const guint8 *) text, line->n_bytes);
      g_array_append_vals (self->pending.lines, line, 1);
      count_push (self);
    }
  else
    self->dropped.log_lines++;
  g_mutex_unlock (&self->lock);
  return fits;
}

gboolean
far_writer_push_annotation (FarWriter *self, FarRowAnnotation *annotation)
{
  gboolean fits;

  g_mutex_lock (&self->lock);
  fits = self->pending.annotations->len < FAR_WRITER_ANNOTATIONS_MAX;
  if (fits)
    {
      g_ptr_array_add (self->pending.annotations, annotation);
      count_push (self);
    }
  else
    self->dropped.annotations++;
  g_mutex_unlock (&self->lock);
  if (!fits)
    far_row_annotation_free (annotation);
  return fits;
}

gboolean
far_writer_push_span (FarWriter *self, FarSpan *span)
{
  gboolean fits;

  g_mutex_lock (&self->lock);
  fits = self->pending.spans->len < FAR_WRITER_SPANS_MAX;
  if (fits)
    {
      g_ptr_array_add (self->pending.spans, span);
      count_push (self);
    }
  else
    self->dropped.spans++;
  g_mutex_unlock (&self->lock);
  if (!fits)
    far_span_free (span);
  return fits;
}

void
far_writer_sync (FarWriter *self)
{
  guint64 target;

  g_mutex_lock (&self->lock);
  target = self->pushed;
  self->wanted = target;
  g_cond_signal (&self->wake);
  while (self->written < target)
    g_cond_wait (&self->done, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
far_writer_set_retention (FarWriter *self, const FarRetention *retention)
{
  g_mutex_lock (&self->lock);
  self->retention = *retention;
  g_mutex_unlock (&self->lock);
}

void
far_writer_get_dropped (FarWriter *self, FarTelemetryDropped *ret_dropped)
{
  g_mutex_lock (&self->lock);
  *ret_dropped = self->dropped;
  g_mutex_unlock (&self->lock);
}

void
far_writer_begin_session (FarWriter *self)
{
  g_mutex_lock (&self->lock);
  self->session_us = far_clock_now_us (self->clock);
  g_mutex_unlock (&self->lock);
}

gint64
far_writer_get_rows_from_us (FarWriter *self)
{
  gint64 rows_from_us;

  g_mutex_lock (&self->lock);
  rows_from_us = self->rows_from_us;
  g_mutex_unlock (&self->lock);
  return rows_from_us;
}

char *
far_writer_dup_problem (FarWriter *self)
{
  char *problem;

  g_mutex_lock (&self->lock);
  problem = g_strdup (self->problem);
  g_mutex_unlock (&self->lock);
  return problem;
}
