/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the packed form of what waits for the writer. */
#include "telemetry/far-row.h"

#include <string.h>

#include "telemetry/far-notes.h"

/* What a batch keeps allocated between two turns. */
#define KEEP_ROWS 1024
#define KEEP_TEXT (64 * 1024)

gboolean
far_id_is_zero (const FarId *id)
{
  static const FarId zero;

  return memcmp (id, &zero, sizeof zero) == 0;
}

gint64
far_trace_id_time_us (const FarId *trace_id)
{
  guint32 seconds = 0;
  guint i;

  for (i = 0; i < 4; i++)
    seconds = seconds << 8 | trace_id->bytes[i];
  return (gint64) seconds * G_USEC_PER_SEC;
}

gboolean
far_trace_id_is_dated (const FarId *trace_id, gint64 time_us)
{
  gint64 age_us = time_us - far_trace_id_time_us (trace_id);

  return age_us > -60 * G_USEC_PER_SEC && age_us < FAR_TRACE_SPAN_US;
}

static guint16
intern_scope (FarNames *names, char kind, const char *function, const char *part)
{
  char text[FAR_NAMES_SCOPE_LEN_MAX] = { kind, '/', '\0' };

  if (part == NULL)
    return 0;
  g_strlcat (text, function, sizeof text);
  g_strlcat (text, "/", sizeof text);
  g_strlcat (text, part, sizeof text);
  return far_names_intern (names, FAR_NAME_SCOPE, text, sizeof text);
}

void
far_row_pack (FarRow *row, FarNames *names, const FarInvocation *invocation, const FarNotes *notes)
{
  const char *article = notes != NULL ? far_notes_attribute (notes, FAR_NOTES_ARTICLE) : NULL;

  row->parent_span = invocation->parent_span;
  row->spawn_us = invocation->spawn_us;
  row->notes_offset = 0;
  row->n_notes = 0;
  row->all_scope = far_names_intern (names, FAR_NAME_SCOPE, FAR_NAMES_SCOPE_ALL,
                                     sizeof FAR_NAMES_SCOPE_ALL);
  row->version_scope = intern_scope (names, FAR_NAMES_SCOPE_VERSION, invocation->function,
                                     invocation->version);
  row->article_scope = intern_scope (names, FAR_NAMES_SCOPE_ARTICLE, invocation->function, article);
  row->request_id = invocation->request_id;
  row->trace_id = invocation->trace_id;
  row->end_us = far_invocation_end_us (invocation);
  row->queue_us = invocation->queue_us;
  row->start_us = invocation->start_us;
  row->init_us = invocation->init_us;
  row->duration_us = invocation->duration_us;
  row->overhead_us = invocation->overhead_us;
  row->memory_mb = invocation->memory_mb;
  row->memory_max_kb = invocation->memory_max_kb;
  row->concurrency = invocation->concurrency;
  row->function = far_names_intern (names, FAR_NAME_FUNCTION, invocation->function,
                                    FAR_FUNCTION_NAME_MAX);
  row->route = far_names_intern (names, FAR_NAME_ROUTE, invocation->route, FAR_ROUTE_MAX);
  row->version = far_names_intern (names, FAR_NAME_VERSION, invocation->version, FAR_VERSION_MAX);
  row->error_type = far_names_intern (names, FAR_NAME_ERROR_TYPE, invocation->error_type,
                                      FAR_ERROR_TYPE_MAX);
  row->outcome = (guint8) invocation->outcome;
  row->cold = invocation->cold != FALSE;
}

void
far_row_unpack (const FarRow *row, FarNames *names, FarInvocation *ret_invocation)
{
  ret_invocation->request_id = row->request_id;
  ret_invocation->trace_id = row->trace_id;
  ret_invocation->parent_span = row->parent_span;
  ret_invocation->spawn_us = row->spawn_us;
  ret_invocation->notes = NULL;
  ret_invocation->at = 0;
  ret_invocation->function = far_names_get (names, row->function);
  ret_invocation->version = far_names_get (names, row->version);
  ret_invocation->route = far_names_get (names, row->route);
  ret_invocation->error_type = far_names_get (names, row->error_type);
  ret_invocation->arrival_us = row->end_us - row->start_us - row->duration_us - row->overhead_us;
  ret_invocation->queue_us = row->queue_us;
  ret_invocation->start_us = row->start_us;
  ret_invocation->init_us = row->init_us;
  ret_invocation->duration_us = row->duration_us;
  ret_invocation->overhead_us = row->overhead_us;
  ret_invocation->memory_mb = row->memory_mb;
  ret_invocation->memory_max_kb = row->memory_max_kb;
  ret_invocation->concurrency = row->concurrency;
  ret_invocation->cold = row->cold;
  ret_invocation->outcome = row->outcome;
}

void
far_row_annotation_free (FarRowAnnotation *annotation)
{
  g_free (annotation->kind);
  g_free (annotation->text);
  g_free (annotation->subject);
  g_free (annotation);
}

void
far_batch_init (FarBatch *batch)
{
  batch->rows = g_array_new (FALSE, FALSE, sizeof (FarRow));
  batch->lines = g_array_new (FALSE, FALSE, sizeof (FarRowLine));
  batch->text = g_byte_array_new ();
  batch->annotations = g_ptr_array_new_with_free_func ((GDestroyNotify) far_row_annotation_free);
  batch->spans = g_ptr_array_new_with_free_func ((GDestroyNotify) far_span_free);
}

void
far_batch_clear (FarBatch *batch)
{
  g_clear_pointer (&batch->rows, g_array_unref);
  g_clear_pointer (&batch->lines, g_array_unref);
  g_clear_pointer (&batch->text, g_byte_array_unref);
  g_clear_pointer (&batch->annotations, g_ptr_array_unref);
  g_clear_pointer (&batch->spans, g_ptr_array_unref);
}

void
far_batch_reset (FarBatch *batch)
{
  if (batch->rows->len > KEEP_ROWS || batch->lines->len > KEEP_ROWS ||
      batch->text->len > KEEP_TEXT)
    {
      far_batch_clear (batch);
      far_batch_init (batch);
      return;
    }
  g_array_set_size (batch->rows, 0);
  g_array_set_size (batch->lines, 0);
  g_byte_array_set_size (batch->text, 0);
  g_ptr_array_set_size (batch->annotations, 0);
  g_ptr_array_set_size (batch->spans, 0);
}

guint
far_batch_n_items (const FarBatch *batch)
{
  return batch->rows->len + batch->lines->len + batch->annotations->len + batch->spans->len;
}
