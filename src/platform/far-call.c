/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarCall: ids, error payloads, the record. */
#include "platform/far-call.h"

#include <string.h>

#include "base/far-json.h"
#include "platform/far-dispatcher.h"
#include "platform/far-platform.h"

/* FALSE if it is neither header's form. */
static gboolean
take_trace (FarCall *self, const char *trace)
{
  FarTraceContext context;

  if (!far_trace_parse_traceparent (trace, &context) && !far_trace_parse_xray (trace, &context))
    return FALSE;
  self->trace_id = context.trace_id;
  self->parent_span = context.span_id;
  self->sampled = context.sampled;
  return TRUE;
}

void
far_call_get_trace (FarCall *self, FarTraceContext *ret_context)
{
  ret_context->trace_id = self->trace_id;
  ret_context->span_id = far_trace_span_of (&self->request_id);
  ret_context->sampled = self->sampled;
}

FarCall *
far_call_new (FarFunction *function, FarClock *clock, GBytes *event, const char *route,
              const char *trace, gint64 arrival_us, FarCallDone done, gpointer user_data)
{
  FarCall *self = g_new0 (FarCall, 1);
  gint64 now_us = g_get_monotonic_time ();

  self->function = function;
  self->event = event != NULL ? g_bytes_ref (event) : NULL;
  self->route = route;
  self->done = done;
  self->user_data = user_data;
  self->arrival_us = arrival_us > 0 ? arrival_us : now_us;
  self->wall_us = far_clock_now_us (clock) - (now_us - self->arrival_us);
  self->link.data = self;
  far_id_init (&self->request_id, clock);
  if (trace == NULL || !take_trace (self, trace))
    {
      far_trace_init_root (&self->trace_id, self->wall_us);
      self->sampled = TRUE;
    }
  return self;
}

void
far_call_free (FarCall *self)
{
  g_assert (self->answered);
  g_assert (self->worker == NULL);

  g_free (self->notes);
  g_clear_pointer (&self->event, g_bytes_unref);
  g_free (self->client_context);
  if (self->tail != NULL)
    g_string_free (self->tail, TRUE);
  g_free (self->error_type);
  g_free (self->payload);
  g_free (self);
}

void
far_call_set_error (FarCall *self, FarInvocationOutcome outcome, const char *error_type,
                    gboolean with_id, const char *format, ...)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autofree char *text = NULL;
  g_autofree char *message = NULL;
  char id[FAR_UUID_LEN + 1];
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (with_id)
    {
      far_id_to_uuid (&self->request_id, id);
      message = g_strdup_printf ("RequestId: %s Error: %s", id, text);
    }
  self->outcome = outcome;
  g_free (self->error_type);
  self->error_type = g_strdup (error_type);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "errorType", error_type);
  far_json_add_string (&writer, "errorMessage", message != NULL ? message : text);
  far_json_end_object (&writer);
  g_free (self->payload);
  self->payload = far_json_writer_steal (&writer, &self->n_payload);
}

void
far_call_add_tail (FarCall *self, const char *text, gsize n_bytes)
{
  if (!self->want_tail)
    return;
  if (self->tail == NULL)
    self->tail = g_string_sized_new (256);
  g_string_append_len (self->tail, text, n_bytes);
  g_string_append_c (self->tail, '\n');
  if (self->tail->len > FAR_LOG_TAIL_MAX)
    g_string_erase (self->tail, 0, self->tail->len - FAR_LOG_TAIL_MAX);
}

void
far_call_to_record (FarCall *self, FarInvocation *ret_record)
{
  /* What was never reached is as long as the call itself. */
  gint64 ended_us = self->ended_us > 0 ? self->ended_us : g_get_monotonic_time ();
  gint64 responded_us = self->responded_us > 0 ? self->responded_us : ended_us;
  gint64 entered_us = self->entered_us > 0 ? self->entered_us : responded_us;
  gint64 chosen_us = self->chosen_us > 0 ? self->chosen_us : entered_us;

  *ret_record = (FarInvocation) {
    .request_id = self->request_id,
    .trace_id = self->trace_id,
    .parent_span = self->parent_span,
    .notes = self->notes,
    .function = self->function->spec->name,
    .version = "$LATEST",
    .route = self->route,
    .error_type = self->error_type,
    .arrival_us = self->wall_us,
    .queue_us = chosen_us - self->arrival_us,
    .start_us = entered_us - self->arrival_us,
    .init_us = self->init_us,
    .spawn_us = self->spawn_us,
    .duration_us = responded_us - entered_us,
    .overhead_us = ended_us - responded_us,
    .memory_mb = self->function->spec->memory_mb,
    .memory_max_kb = self->memory_max_kb,
    .concurrency = self->concurrency,
    .cold = self->cold,
    .outcome = self->outcome,
  };
}
