/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarWorker: the calls it is given, from the event to the answer, and the faults that come between.
 *
 * An event that a fault holds back has reached its instance as far as anybody can tell: the worker
 * is BUSY, its long poll still open, and the call's time runs. */
#include <string.h>

#include "base/far-json.h"
#include "platform/far-faults.h"
#include "platform/far-runtime-stream.h"
#include "platform/far-worker.h"

static void
on_call_deadline (gpointer user_data)
{
  FarCall *call = user_data;
  FarWorker *self = call->worker;
  double limit_s = self->function->spec->timeout_s;
  char text[64];

  far_log_pipe_drain (self->log, FALSE);
  g_snprintf (text, sizeof text, "Task timed out after %.2f seconds", limit_s);
  far_call_add_tail (call, text, strlen (text));
  far_dispatcher_log (self->dispatcher, self->function, call, FAR_LOG_PLATFORM, text,
                      strlen (text));
  call->ended_us = g_get_monotonic_time ();
  call->memory_max_kb = far_instance_get_max_rss (self->instance) / 1024;
  if (!call->answered)
    {
      call->responded_us = call->ended_us;
      far_call_set_error (call, FAR_INVOCATION_TIMEOUT, "Sandbox.Timedout", TRUE, "%s", text);
    }
  else
    call->outcome = FAR_INVOCATION_TIMEOUT; /* it answered, but never came back */
  self->call = NULL;
  call->worker = NULL;
  far_worker_kill (self);
  far_dispatcher_answer (self->dispatcher, call);
  far_dispatcher_finish (self->dispatcher, call);
}

/* What goes with an event, in the words of the Runtime API. */
typedef struct {
  char        id[FAR_UUID_LEN + 1];
  char        trace[FAR_XRAY_LEN + 1];
  gint64      deadline_ms;
} Passport;

static void
make_passport (FarWorker *self, gint64 held_us, Passport *ret)
{
  gint64 left_us = self->function->spec->timeout_s * G_USEC_PER_SEC - held_us;
  FarTraceContext context;

  far_id_to_uuid (&self->call->request_id, ret->id);
  ret->deadline_ms = (far_clock_now_us (far_dispatcher_get_clock (self->dispatcher)) + left_us)
                     / 1000;
  far_call_get_trace (self->call, &context);
  far_trace_to_xray (&context, ret->trace);
}

static void
answer_over_http (FarWorker *self, const Passport *passport)
{
  FarHttpRequest *next = g_steal_pointer (&self->next);
  FarCall *call = self->call;
  FarHttpResponse *response = far_http_response_new_bytes (call->event);
  char deadline_ms[24];

  g_snprintf (deadline_ms, sizeof deadline_ms, "%" G_GINT64_FORMAT, passport->deadline_ms);
  far_http_response_add_header (response, "Content-Type", "application/json");
  far_http_response_add_header (response, "Lambda-Runtime-Aws-Request-Id", passport->id);
  far_http_response_add_header (response, "Lambda-Runtime-Deadline-Ms", deadline_ms);
  far_http_response_add_header (response, "Lambda-Runtime-Invoked-Function-Arn",
                                self->function->arn);
  far_http_response_add_header (response, "Lambda-Runtime-Trace-Id", passport->trace);
  if (call->client_context != NULL)
    far_http_response_add_header (response, "Lambda-Runtime-Client-Context", call->client_context);
  far_http_request_respond (next, 200, response);
}

/* Answers its long poll with the event, which a fault held back so long. */
static void
hand_over (FarWorker *self, gint64 held_us)
{
  Passport passport;

  make_passport (self, held_us, &passport);
  self->asking = FALSE;
  if (self->next != NULL)
    answer_over_http (self, &passport);
  else
    {
      FarRuntimeFrame frame = { .kind = FAR_RUNTIME_EVENT, .number = passport.deadline_ms,
                                .id = passport.id, .name = self->function->arn,
                                .note = passport.trace, .context = self->call->client_context };

      frame.payload = g_bytes_get_data (self->call->event, &frame.n_payload);
      far_runtime_stream_send (self->stream, &frame);
    }
}

/* Asking for the next event ends the last. */
static void
end_call (FarWorker *self)
{
  FarCall *call = g_steal_pointer (&self->call);

  far_log_pipe_drain (self->log, FALSE);
  far_loop_disarm (far_dispatcher_get_loop (self->dispatcher), &call->deadline);
  call->worker = NULL;
  call->ended_us = g_get_monotonic_time ();
  call->memory_max_kb = far_instance_get_max_rss (self->instance) / 1024;
  far_instance_set_busy (self->instance, FALSE);
  far_worker_set_state (self, FAR_WORKER_IDLE);
  far_dispatcher_finish (self->dispatcher, call);
}

static void
respond (FarWorker *self)
{
  FarCall *call = self->call;

  g_assert (self->state == FAR_WORKER_BUSY);
  far_worker_set_state (self, FAR_WORKER_ANSWERED);
  call->responded_us = g_get_monotonic_time ();
  if (call->want_tail)
    {
      /* Its REPORT goes with the answer. */
      far_log_pipe_drain (self->log, FALSE);
      call->memory_max_kb = far_instance_get_max_rss (self->instance) / 1024;
    }
  far_dispatcher_answer (self->dispatcher, call);
}

/* The event was held back, or does not reach the function at all. */
static void
on_fault_due (gpointer user_data)
{
  FarWorker *self = user_data;

  if (self->fault_kind == FAR_FAULT_LATENCY)
    hand_over (self, g_get_monotonic_time () - self->call->entered_us);
  else if (self->fault_kind == FAR_FAULT_CRASH)
    {
      self->asking = FALSE;
      self->next = NULL; /* goes with the endpoint */
      far_instance_kill (self->instance);
    }
  else
    {
      far_call_set_error (self->call, FAR_INVOCATION_FUNCTION_ERROR, "Farthing.InjectedError",
                          FALSE, "A fault was injected here; farthingctl faults lists them.");
      respond (self);
      end_call (self);
      far_dispatcher_worker_idle (self->dispatcher, self);
    }
}

void
far_worker_enter (FarWorker *self, FarCall *call)
{
  gint64 timeout_us = self->function->spec->timeout_s * G_USEC_PER_SEC;
  FarLoop *loop = far_dispatcher_get_loop (self->dispatcher);
  gint64 delay_us;

  g_assert (self->state == FAR_WORKER_IDLE && self->call == NULL && self->asking);

  far_worker_set_state (self, FAR_WORKER_BUSY);
  self->call = call;
  call->worker = self;
  /* An instance that was ready before the call came is warm: nobody waited for its start. */
  call->cold = self->fresh && call->arrival_us < self->ordered_us + self->init_us;
  call->init_us = call->cold ? self->init_us : 0;
  call->spawn_us = call->cold ? self->spawn_us : 0;
  self->fresh = FALSE;
  call->entered_us = g_get_monotonic_time ();
  if (call->chosen_us == 0)
    call->chosen_us = call->entered_us;
  far_instance_set_busy (self->instance, TRUE);
  if (self->frozen)
    far_instance_set_frozen (self->instance, FALSE);
  self->frozen = FALSE;
  far_loop_arm (loop, &call->deadline,
                call->entered_us + timeout_us, on_call_deadline, call);
  delay_us = far_faults_enter (far_dispatcher_get_faults (self->dispatcher), call,
                               &self->fault_kind);
  if (delay_us > 0 || self->fault_kind != FAR_FAULT_LATENCY)
    far_loop_arm (loop, &self->fault, call->entered_us + delay_us, on_fault_due, self);
  else
    hand_over (self, 0);
}

/* It asked for its next event and there is none. */
static void
freeze_if_idle (FarWorker *self)
{
  if (self->state == FAR_WORKER_IDLE && self->function->spec->freeze && !self->retired)
    {
      self->frozen = TRUE;
      far_instance_set_frozen (self->instance, TRUE);
    }
}

static void
become_ready (FarWorker *self)
{
  far_loop_disarm (far_dispatcher_get_loop (self->dispatcher), &self->deadline);
  self->init_us = g_get_monotonic_time () - self->ordered_us;
  far_log_pipe_drain (self->log, FALSE);
  far_worker_set_state (self, FAR_WORKER_IDLE);
  far_dispatcher_worker_idle (self->dispatcher, self);
  freeze_if_idle (self);
}

static void
on_slow_start_due (gpointer user_data)
{
  become_ready (user_data);
}

gboolean
far_worker_take_next (FarWorker *self, FarHttpRequest *request)
{
  gint64 delay_us;

  if ((self->state != FAR_WORKER_STARTING && self->state != FAR_WORKER_ANSWERED)
      || self->function == NULL || self->asking)
    return FALSE;
  self->next = request;
  self->asking = TRUE;
  if (self->state == FAR_WORKER_ANSWERED)
    {
      end_call (self);
      far_dispatcher_worker_idle (self->dispatcher, self);
      freeze_if_idle (self);
      return TRUE;
    }
  delay_us = far_faults_start (far_dispatcher_get_faults (self->dispatcher),
                               self->function->spec->name);
  if (delay_us == 0)
    become_ready (self);
  else /* its init goes on, and may take too long */
    far_loop_arm (far_dispatcher_get_loop (self->dispatcher), &self->fault,
                  g_get_monotonic_time () + delay_us, on_slow_start_due, self);
  return TRUE;
}

gboolean
far_worker_is_current (FarWorker *self, const char *request_id, gsize n_bytes)
{
  char id[FAR_UUID_LEN + 1];

  if (self->call == NULL || n_bytes != FAR_UUID_LEN)
    return FALSE;
  far_id_to_uuid (&self->call->request_id, id);
  return memcmp (id, request_id, FAR_UUID_LEN) == 0;
}

void
far_worker_take_notes (FarWorker *self, const char *notes)
{
  if (notes != NULL && self->call != NULL && self->call->notes == NULL)
    self->call->notes = g_strdup (notes);
}

void
far_worker_take_response (FarWorker *self, char *payload, gsize n_payload)
{
  self->call->outcome = FAR_INVOCATION_OK;
  self->call->payload = payload;
  self->call->n_payload = n_payload;
  respond (self);
}

void
far_worker_take_error (FarWorker *self, const char *error_type, char *payload, gsize n_payload)
{
  FarCall *call = self->call;

  call->outcome = FAR_INVOCATION_FUNCTION_ERROR;
  call->error_type = g_strndup (error_type != NULL ? error_type : "Unhandled",
                                FAR_ERROR_TYPE_MAX);
  call->payload = payload;
  call->n_payload = n_payload;
  respond (self);
}

void
far_worker_take_oversize (FarWorker *self)
{
  far_call_set_error (self->call, FAR_INVOCATION_FUNCTION_ERROR, "Function.ResponseSizeTooLarge",
                      FALSE,
                      "Response payload size exceeded maximum allowed payload size (%d bytes).",
                      FAR_PAYLOAD_SYNC_MAX);
  respond (self);
}

gboolean
far_worker_begin_stream (FarWorker *self, const char *content_type)
{
  FarCall *call = self->call;

  if (self->state != FAR_WORKER_BUSY || call->sink == NULL || call->streaming)
    return FALSE;
  call->streaming = TRUE;
  call->sink->begin (call, content_type, call->user_data);
  return TRUE;
}

void
far_worker_take_part (FarWorker *self, const char *data, gsize n_bytes)
{
  FarCall *call = self->call;

  /* It timed out meanwhile, or has more than anybody takes: that is said behind the last part. */
  if (self->state != FAR_WORKER_BUSY || !call->streaming)
    return;
  call->n_streamed += n_bytes;
  if (call->sink != NULL && call->n_streamed <= FAR_PAYLOAD_STREAM_MAX)
    call->sink->part (call, data, n_bytes, call->user_data);
}

void
far_worker_take_init_error (FarWorker *self, const char *error_type, const char *payload,
                            gsize n_payload)
{
  FarFunction *function = self->function;
  g_autofree char *text = g_strndup (payload, MIN (n_payload, FAR_LOG_LINE_MAX));

  /* The process is to exit now, and takes the call that waits for it with it. */
  far_function_set_init_error (function, text);
  far_dispatcher_log (self->dispatcher, function, NULL, FAR_LOG_ERROR, text, strlen (text));
}
