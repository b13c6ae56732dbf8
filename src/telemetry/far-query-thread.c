/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the query thread: one connection, questions one after the other, each cancellable while
 * SQLite works on it. The thread first waits for the writer, so that a question sees what was
 * recorded before it. */
#include "telemetry/far-query-private.h"

#define STEPS_BETWEEN_CHECKS 4000 /* virtual machine steps of SQLite: some tens of µs */

struct _FarQueryThread {
  FarTelemetry *telemetry;
  FarDb        *db;
  GThread      *thread;
  GAsyncQueue  *tasks;   /* (element-type GTask), or the queue itself as the end */
  GCancellable *closing;
  guint         n_waiting; /* atomic */
};

typedef struct {
  FarQueryRun    run;
  gpointer       query;
  GDestroyNotify free_query;
  GDestroyNotify free_result;
} Job;

static void
job_free (Job *job)
{
  if (job->free_query != NULL)
    job->free_query (job->query);
  g_free (job);
}

typedef struct {
  GCancellable *closing;
  GCancellable *cancellable;
} Stop;

/* SQLite asks between steps; non-zero interrupts the statement. */
static int
should_stop (gpointer user_data)
{
  Stop *stop = user_data;

  return g_cancellable_is_cancelled (stop->closing) ||
         g_cancellable_is_cancelled (stop->cancellable);
}

static void
run_task (FarQueryThread *self, GTask *task)
{
  Job *job = g_task_get_task_data (task);
  Stop stop = { self->closing, g_task_get_cancellable (task) };
  g_autoptr (GError) error = NULL;
  gpointer result = NULL;
  gboolean ok = FALSE;

  if (!should_stop (&stop))
    {
      far_writer_sync (self->telemetry->writer);
      sqlite3_progress_handler (far_db_get_handle (self->db), STEPS_BETWEEN_CHECKS, should_stop,
                                &stop);
      ok = job->run (self->db, self->telemetry->names, job->query, &result, &error);
      sqlite3_progress_handler (far_db_get_handle (self->db), 0, NULL, NULL);
    }
  if (ok)
    g_task_return_pointer (task, result, job->free_result);
  else if (should_stop (&stop))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The query was cancelled");
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static gpointer
thread_main (gpointer user_data)
{
  FarQueryThread *self = user_data;

  for (;;)
    {
      gpointer item = g_async_queue_pop (self->tasks);

      if (item == self->tasks)
        return NULL;
      run_task (self, item);
      g_object_unref (item);
      g_atomic_int_add (&self->n_waiting, -1);
    }
}

FarQueryThread *
far_query_thread_new (FarTelemetry *telemetry, GError **error)
{
  FarDb *db = far_telemetry_db_open_reader (telemetry->path, error);
  FarQueryThread *self;

  if (db == NULL)
    return NULL;
  self = g_new0 (FarQueryThread, 1);
  self->telemetry = telemetry;
  self->db = db;
  self->tasks = g_async_queue_new ();
  self->closing = g_cancellable_new ();
  self->thread = g_thread_new ("far-query", thread_main, self);
  return self;
}

void
far_query_thread_free (FarQueryThread *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->closing);
  g_async_queue_push (self->tasks, self->tasks);
  g_thread_join (self->thread);
  far_db_close (self->db);
  g_async_queue_unref (self->tasks);
  g_object_unref (self->closing);
  g_free (self);
}

void
far_query_start (FarTelemetry *telemetry, gpointer source_tag, FarQueryRun run, gpointer query,
                 GDestroyNotify free_query, GDestroyNotify free_result, GCancellable *cancellable,
                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  FarQueryThread *self = telemetry->queries;
  Job *job = g_new0 (Job, 1);

  job->run = run;
  job->query = query;
  job->free_query = free_query;
  job->free_result = free_result;
  g_task_set_source_tag (task, source_tag);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  if (self == NULL)
    {
      g_autoptr (GError) error = NULL;
      gpointer result = NULL;

      if (run (NULL, telemetry->names, query, &result, &error))
        g_task_return_pointer (task, result, free_result);
      else
        g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (g_atomic_int_add (&self->n_waiting, 1) >= FAR_QUERY_WAITING_MAX)
    {
      g_atomic_int_add (&self->n_waiting, -1);
      g_task_return_new_error (task, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_BUSY,
                               "%d questions wait for an answer already; try again",
                               FAR_QUERY_WAITING_MAX);
      return;
    }
  g_async_queue_push (self->tasks, g_steal_pointer (&task));
}

gpointer
far_query_finish (GAsyncResult *result, gpointer source_tag, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, source_tag), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
