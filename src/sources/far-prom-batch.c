/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns batches: the queries of one question to a Prometheus API, side by side, and what they were
 * answered. The first error is the question's. Main thread. */
#include "sources/far-prometheus-private.h"

FarPromBatch *
far_prom_batch_new (FarPrometheus *self, GTask *task, void (*done) (FarPromBatch *batch))
{
  FarPromBatch *batch = g_new0 (FarPromBatch, 1);

  batch->self = self;
  batch->task = task;
  batch->done = done;
  batch->began_us = g_get_monotonic_time ();
  /* Held by whoever fills it, so that nothing ends before everything was asked. */
  batch->n_waiting = 1;
  return batch;
}

void
far_prom_batch_release (FarPromBatch *batch)
{
  guint i;

  if (--batch->n_waiting > 0)
    return;
  if (batch->error != NULL)
    g_task_return_error (batch->task, g_steal_pointer (&batch->error));
  else
    batch->done (batch);
  for (i = 0; i < batch->n_parts; i++)
    g_clear_pointer (&batch->parts[i].series, g_ptr_array_unref);
  g_object_unref (batch->task);
  g_free (batch->function);
  g_free (batch);
}

typedef struct {
  FarPromBatch *batch;
  guint  part;
} Waiting;

static GPtrArray *
read_reply (FarPrometheus *self, FarHttpReply *reply, GError **error)
{
  FarSource *source = FAR_SOURCE (self);
  guint status = far_http_reply_get_status (reply);
  g_autoptr (GError) wrong = NULL;
  GPtrArray *series;
  gsize n_bytes;
  const char *data = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);

  series = far_prom_answer_parse (data != NULL ? data : "", n_bytes, self->profile.label, &wrong);
  if (series != NULL && status < 400)
    return series;
  g_clear_pointer (&series, g_ptr_array_unref);
  if (wrong != NULL && (status < 400 || wrong->code == FAR_SOURCE_ERROR_QUERY))
    far_source_set_error (source, error, wrong->code, "%s", wrong->message);
  else
    far_source_set_error (source, error, FAR_SOURCE_ERROR_ANSWER,
                          "%s answers with status %u; is it the address of a Prometheus API?",
                          far_source_http_get_url (self->http), status);
  return NULL;
}

static void
on_answer (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autofree Waiting *waiting = user_data;
  FarPromBatch *batch = waiting->batch;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarHttpReply) reply = far_source_http_ask_finish (FAR_SOURCE (object), result,
                                                               &error);

  if (reply != NULL)
    batch->parts[waiting->part].series = read_reply (batch->self, reply, &error);
  if (error != NULL && batch->error == NULL)
    batch->error = g_steal_pointer (&error);
  far_prom_batch_release (batch);
}

void
far_prom_batch_ask (FarPromBatch *batch, int role, char *promql, gint64 start_s, gint64 end_s,
                    gint64 step_s)
{
  g_autofree char *taken = promql;
  g_autofree char *escaped = promql != NULL ? g_uri_escape_string (promql, NULL, FALSE) : NULL;
  g_autofree char *path = NULL;
  FarSourceAsk ask = { .method = "GET", .any_status = TRUE, .idempotent = TRUE };
  Waiting *waiting;

  if (promql == NULL)
    return;
  g_assert (batch->n_parts < FAR_PROM_PARTS_MAX);
  if (step_s > 0)
    path = g_strdup_printf ("/api/v1/query_range?query=%s&start=%" G_GINT64_FORMAT "&end=%"
                            G_GINT64_FORMAT "&step=%" G_GINT64_FORMAT, escaped, start_s, end_s,
                            step_s);
  else
    path = g_strdup_printf ("/api/v1/query?query=%s&time=%" G_GINT64_FORMAT, escaped, end_s);
  ask.path = path;
  waiting = g_new0 (Waiting, 1);
  waiting->batch = batch;
  waiting->part = batch->n_parts++;
  batch->parts[waiting->part].role = role;
  batch->n_waiting++;
  far_source_http_ask_async (batch->self->http, &ask, g_task_get_cancellable (batch->task),
                             on_answer, waiting);
}

GPtrArray *
far_prom_batch_find (FarPromBatch *batch, int role)
{
  guint i;

  for (i = 0; i < batch->n_parts; i++)
    if (batch->parts[i].role == role)
      return batch->parts[i].series;
  return NULL;
}
