/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the queue and the two threads that write, in turns.
 *
 * The patient one works when nothing else wants a processor, so that calls, which come first, are
 * not held up. That may never be, and the kernel lets a thread become patient but not impatient: so
 * where the queue grows, somebody waits or the end has come, the other one takes over, in the
 * middle of a batch if need be.
 *
 * Everything in FarWriter below `lock` is guarded by it; what stands above belongs to the thread
 * that holds `turn`. Who holds turn may take lock, never the other way round. written ≤ pushed,
 * both counted in items; an item that failed counts as written, so that nobody waits for it. */
#include "telemetry/far-writer.h"

#include <string.h>

#include "base/far-turns.h"

struct _FarWriter {
  GMutex              turn;
  FarTelemetryDb     *db;
  FarClock           *clock;
  FarBatch            batch;
  gboolean            open;   /* batch is being written; then these are its: */
  FarTelemetryDropped known;
  FarRetention        kept;
  gint64              since_us;
  guint64             target;
  gboolean            last;
  gint64              expire_at; /* monotonic */
  guint               n_came;    /* items since something was deleted */

  GThread *patient;
  GThread *pressing;

  GMutex              lock;
  GCond               wake;  /* the patient one */
  GCond               press; /* the other */
  GCond               done;
  FarBatch            pending;
  FarTelemetryDropped dropped;
  FarRetention        retention;
  gint64              session_us;
  gint64              rows_from_us;
  guint64             pushed;
  guint64             written;
  guint64             wanted; /* somebody waits for this many to be written */
  gboolean            stop;
  gboolean            full;   /* rows are to be deleted, which takes too long for patience */
  gboolean            helped; /* the pressing one is at work */
  char               *problem;
};

/* With the lock held: there is no time for patience. */
static gboolean
is_pressed (FarWriter *self)
{
  return self->stop || self->full || self->wanted > self->written ||
         far_batch_n_items (&self->pending) >= FAR_WRITER_PRESSED ||
         self->pending.text->len >= FAR_TELEMETRY_LOG_BYTES_MAX / 4;
}

/* With the lock held: until there is something to write, or the next beat. */
static void
wait_for_work (FarWriter *self)
{
  gint64 beat = g_get_monotonic_time () + FAR_WRITER_BEAT_S * G_USEC_PER_SEC;
  gint64 deadline;

  while (!is_pressed (self) && far_batch_n_items (&self->pending) == 0)
    if (!g_cond_wait_until (&self->wake, &self->lock, beat))
      return;
  deadline = g_get_monotonic_time () + FAR_WRITER_DELAY_MS * 1000;
  while (!is_pressed (self) && far_batch_n_items (&self->pending) < FAR_WRITER_BATCH_MAX)
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

/* Keeps room for the next batch. What goes is at least as much as came, so that no load outruns it.
 * Failing is no loss: the next write will say what is wrong. */
static void
expire (FarWriter *self)
{
  gint64 now = g_get_monotonic_time ();
  gboolean more = TRUE;
  guint i;

  for (i = 0; i <= self->n_came / FAR_TELEMETRY_EXPIRE_ROWS_MAX && more; i++)
    if (!far_telemetry_db_expire (self->db, &self->kept, far_clock_now_us (self->clock), &more,
                                  NULL))
      more = FALSE;
  self->expire_at = more ? now : now + FAR_WRITER_EXPIRE_S * G_USEC_PER_SEC;
  self->n_came = 0;
}

/* With turn held. */
static void
take_batch (FarWriter *self)
{
  FarBatch taken;

  g_mutex_lock (&self->lock);
  taken = self->pending;
  self->pending = self->batch;
  self->batch = taken;
  self->known = self->dropped;
  self->kept = self->retention;
  self->since_us = self->session_us;
  self->target = self->pushed;
  self->last = self->stop;
  g_mutex_unlock (&self->lock);
  self->open = TRUE;
}

/* With turn held. error: (nullable): why nothing of the batch is there. */
static void
end_batch (FarWriter *self, gboolean patient, GError *error)
{
  gboolean full = error == NULL && !self->last && g_get_monotonic_time () >= self->expire_at;

  self->n_came += far_batch_n_items (&self->batch);
  if (full && !patient)
    expire (self);
  g_mutex_lock (&self->lock);
  self->full = full && patient;
  if (self->full)
    g_cond_signal (&self->press);
  if (error != NULL)
    count_as_dropped (self, &self->batch, error);
  else
    g_clear_pointer (&self->problem, g_free);
  far_batch_reset (&self->batch);
  self->rows_from_us = far_telemetry_db_get_rows_from_us (self->db);
  self->written = self->target;
  g_cond_broadcast (&self->done);
  g_mutex_unlock (&self->lock);
  self->open = FALSE;
}

/* A step of the batch, and its beginning or end where that is next. With turn held. TRUE as long as
 * there is more of it. */
static gboolean
step (FarWriter *self, gboolean patient)
{
  g_autoptr (GError) error = NULL;
  gboolean all = FALSE, ok = TRUE;

  if (!self->open)
    {
      take_batch (self);
      ok = far_telemetry_db_begin (self->db, &self->batch, &error);
    }
  ok = ok && far_telemetry_db_write (self->db, FAR_WRITER_STEP, &all, &error);
  if (ok && !all)
    return TRUE;
  if (ok)
    far_telemetry_db_commit (self->db, &self->known, self->since_us,
                             far_clock_now_us (self->clock), &error);
  end_batch (self, patient, error);
  return FALSE;
}

/* The whole batch, or as much of it as patience lasts. With the lock held. */
static void
work (FarWriter *self, gboolean patient)
{
  gboolean more = TRUE;

  g_mutex_unlock (&self->lock);
  g_mutex_lock (&self->turn);
  while (more)
    {
      more = step (self, patient);
      if (!patient || !more)
        continue;
      g_mutex_lock (&self->lock);
      more = !is_pressed (self);
      g_mutex_unlock (&self->lock);
    }
  g_mutex_unlock (&self->turn);
  g_mutex_lock (&self->lock);
}

static gpointer
patient_main (gpointer user_data)
{
  FarWriter *self = user_data;

  far_turns_make_patient ();
  g_mutex_lock (&self->lock);
  while (!self->stop)
    {
      wait_for_work (self);
      while (!self->stop && (is_pressed (self) || self->helped))
        g_cond_wait (&self->done, &self->lock);
      if (!self->stop)
        work (self, TRUE);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* Until there is work for the pressing one. What was there the last time it looked has waited long
 * enough as well: on a machine that is never idle, patience has no end. With the lock held. */
static void
wait_until_pressed (FarWriter *self)
{
  while (!is_pressed (self))
    {
      gint64 until = g_get_monotonic_time () + FAR_WRITER_PATIENCE_S * G_USEC_PER_SEC;
      guint64 seen = self->pushed;

      if (!g_cond_wait_until (&self->press, &self->lock, until))
        self->wanted = MAX (self->wanted, seen);
    }
}

/* The last batch, which says until when the platform was alive, is this one's in any case. */
static gpointer
pressing_main (gpointer user_data)
{
  FarWriter *self = user_data;
  gboolean stop;

  far_turns_make_short (FAR_WRITER_NICE);
  g_mutex_lock (&self->lock);
  do
    {
      wait_until_pressed (self);
      stop = self->stop;
      self->helped = TRUE;
      work (self, FALSE);
      self->helped = FALSE;
      g_cond_broadcast (&self->done);
    }
  while (!stop || far_batch_n_items (&self->pending) > 0);
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
  g_mutex_init (&self->turn);
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->press);
  g_cond_init (&self->done);
  self->patient = g_thread_new ("far-writer", patient_main, self);
  self->pressing = g_thread_new ("far-presser", pressing_main, self);
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
  g_cond_signal (&self->press);
  g_cond_broadcast (&self->done);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->patient);
  g_thread_join (self->pressing);
  g_assert (self->written == self->pushed);

  far_telemetry_db_close (self->db);
  far_clock_unref (self->clock);
  far_batch_clear (&self->pending);
  far_batch_clear (&self->batch);
  g_mutex_clear (&self->turn);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->press);
  g_cond_clear (&self->done);
  g_free (self->problem);
  g_free (self);
}

/* With the lock held. The patient one sleeps only before the first item and before the batch is
 * full, the other one until it is pressed. */
static void
count_push (FarWriter *self)
{
  guint n = far_batch_n_items (&self->pending);

  self->pushed++;
  if (n == 1 || n == FAR_WRITER_BATCH_MAX)
    g_cond_signal (&self->wake);
  if (!self->helped && is_pressed (self))
    g_cond_signal (&self->press);
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
  self->wanted = MAX (self->wanted, target);
  g_cond_signal (&self->press);
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
