/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the query threads: a connection each, questions from one queue, each cancellable while
 * SQLite works on it. A thread first waits for the writer, so that a question sees what was
 * recorded before it. There are two, so that a long question does not hold up a short one. */
#include "telemetry/far-query-private.h"

#define STEPS_BETWEEN_CHECKS 4000 /* virtual machine steps of SQLite: some tens of µs */

#define N_THREADS 2

typedef struct {
  FarQueryThreads *owner;
  FarDb           *db;
  GThread         *thread; /* nullable: not started */
} Worker;

struct _FarQueryThreads {
  FarTelemetry *telemetry;
  Worker        workers[N_THREADS];
  GAsyncQueue  *tasks;     /* (element-type GTask), or the queue itself as the end of one thread */
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
run_task (Worker *worker, GTask *task)
{
  FarQueryThreads *self = worker->owner;
  Job *job = g_task_get_task_data (task);
  Stop stop = { self->closing, g_task_get_cancellable (task) };
  sqlite3 *handle = far_db_get_handle (worker->db);
  g_autoptr (GError) error = NULL;
  gpointer result = NULL;
  gboolean ok = FALSE;

  if (!should_stop (&stop))
    {
      far_writer_sync (self->telemetry->writer);
      sqlite3_progress_handler (handle, STEPS_BETWEEN_CHECKS, should_stop, &stop);
      ok = job->run (worker->db, self->telemetry->names, job->query, &result, &error);
      sqlite3_progress_handler (handle, 0, NULL, NULL);
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
  Worker *worker = user_data;
  FarQueryThreads *self = worker->owner;

  for (;;)
    {
      gpointer item = g_async_queue_pop (self->tasks);

      if (item == self->tasks)
        return NULL;
      run_task (worker, item);
      g_object_unref (item);
      g_atomic_int_add (&self->n_waiting, -1);
    }
}

FarQueryThreads *
far_query_threads_new (FarTelemetry *telemetry, GError **error)
{
  FarQueryThreads *self = g_new0 (FarQueryThreads, 1);
  guint i;

  self->telemetry = telemetry;
  self->tasks = g_async_queue_new ();
  self->closing = g_cancellable_new ();
  for (i = 0; i < N_THREADS; i++)
    {
      Worker *worker = &self->workers[i];

      worker->owner = self;
      worker->db = far_telemetry_db_open_reader (telemetry->path, error);
      if (worker->db == NULL)
        {
          far_query_threads_free (self);
          return NULL;
        }
      worker->thread = g_thread_new ("far-query", thread_main, worker);
    }
  return self;
}

void
far_query_threads_free (FarQueryThreads *self)
{
  guint i;

  if (self == NULL)
    return;
  g_cancellable_cancel (self->closing);
  for (i = 0; i < N_THREADS; i++)
    g_async_queue_push (self->tasks, self->tasks);
  for (i = 0; i < N_THREADS; i++)
    {
      if (self->workers[i].thread != NULL)
        g_thread_join (self->workers[i].thread);
      g_clear_pointer (&self->workers[i].db, far_db_close);
    }
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
  FarQueryThreads *self = telemetry->queries;
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
