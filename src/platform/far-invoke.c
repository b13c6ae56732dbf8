/* SPDX-License-Identifier: GPL-3.0-or-later */
/* far_invoke(): checks, the three types, and outcomes as the API's statuses. A function's own error
 * is a 200 with a function error; only what kept it from running is an error of the API. */
#include "platform/far-invoke.h"

#include <string.h>

#include "base/far-json.h"

typedef struct {
  FarInvokeCallback callback;
  FarInvokePart     part;
  gpointer          user_data;
} Waiting;

static void
refuse (FarInvokeCallback callback, gpointer user_data, const FarId *id, guint status,
        const char *type, const char *message)
{
  g_auto (FarJsonWriter) writer = { 0 };
  FarInvokeResult result = { .status = status, .error_type = type, .request_id = id };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "Type", status < 500 ? "User" : "Service");
  far_json_add_string (&writer, "Message", message);
  far_json_end_object (&writer);
  result.payload = writer.text->str;
  result.n_payload = writer.text->len;
  callback (&result, user_data);
}

/* Lambda's log: START, what was written, END and REPORT. */
static char *
whole_tail (FarCall *call)
{
  g_autofree char *start = NULL;
  g_autofree char *end = NULL;
  g_autofree char *report = NULL;
  g_autoptr (GString) text = NULL;
  FarInvocation record;

  far_call_to_record (call, &record);
  start = far_invocation_start_line (&record);
  end = far_invocation_end_line (&record);
  report = far_invocation_report_line (&record);
  text = g_string_new (NULL);
  g_string_append_printf (text, "%s\n%s%s\n%s\n", start, call->tail != NULL ? call->tail->str : "",
                          end, report);
  return g_strdup (text->len > FAR_LOG_TAIL_MAX ? text->str + text->len - FAR_LOG_TAIL_MAX
                                                : text->str);
}

static void
on_done (FarCall *call, gpointer user_data)
{
  g_autofree Waiting *waiting = user_data;
  g_autofree char *tail = call->want_tail ? whole_tail (call) : NULL;
  FarInvokeResult result = {
    .status = 200,
    .payload = call->payload != NULL ? call->payload : call->streaming ? "" : "null",
    .n_payload = call->payload != NULL ? call->n_payload : call->streaming ? 0 : 4,
    .log_tail = tail,
    .n_log_tail = tail != NULL ? strlen (tail) : 0,
    .request_id = &call->request_id,
  };

  if (call->outcome == FAR_INVOCATION_THROTTLE)
    {
      g_autofree char *body = g_strdup_printf ("{\"Reason\":\"%s\",\"Type\":\"User\","
                                               "\"message\":\"Rate Exceeded.\"}", call->reason);

      result.status = 429;
      result.error_type = "TooManyRequestsException";
      result.reason = call->reason;
      result.payload = body;
      result.n_payload = strlen (body);
      waiting->callback (&result, waiting->user_data);
      return;
    }
  if (g_strcmp0 (call->error_type, "ServiceException") == 0
      && call->outcome == FAR_INVOCATION_INIT_ERROR)
    {
      refuse (waiting->callback, waiting->user_data, &call->request_id, 500, "ServiceException",
              "No instance of the function could be had; try again");
      return;
    }
  if (call->outcome != FAR_INVOCATION_OK)
    result.function_error = "Unhandled";
  waiting->callback (&result, waiting->user_data);
}

static void
on_begin (FarCall *call, const char *content_type, gpointer user_data)
{
}

static void
on_part (FarCall *call, const char *data, gsize n_bytes, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->part (&call->request_id, data, n_bytes, waiting->user_data);
}

static const FarCallSink sink = { on_begin, on_part };

typedef struct {
  Waiting waiting;
  FarId   id;
} Accepting;

static void
on_accepted (gpointer data, const GError *error)
{
  g_autofree Accepting *accepting = data;
  FarInvokeResult result = { .status = 202, .payload = "", .request_id = &accepting->id };

  if (error == NULL)
    accepting->waiting.callback (&result, accepting->waiting.user_data);
  else
    refuse (accepting->waiting.callback, accepting->waiting.user_data, &accepting->id, 500,
            "ServiceException", "The event could not be written to disk; try again");
}

static void
invoke_event (FarDispatcher *dispatcher, FarAsyncQueue *queue, GBytes *payload,
              const FarInvokeRequest *request, FarInvokeCallback callback, gpointer user_data)
{
  Accepting *accepting = g_new (Accepting, 1);
  FarAsyncEvent event = {
    .function = request->function,
    .payload = payload,
    .route = request->route,
    .client_context = request->client_context,
    .trace = request->trace,
  };

  far_id_init (&event.request_id, far_dispatcher_get_clock (dispatcher));
  accepting->waiting.callback = callback;
  accepting->waiting.user_data = user_data;
  accepting->id = event.request_id;
  if (far_async_queue_push (queue, &event, on_accepted, accepting))
    return;
  g_free (accepting);
  refuse (callback, user_data, &event.request_id, 429, "TooManyRequestsException",
          "The queue of asynchronous events is full; try again later");
}

static void
ignore (const FarInvokeResult *result, gpointer user_data)
{
}

void
far_invoke (FarDispatcher *dispatcher, FarAsyncQueue *queue, const FarInvokeRequest *request,
            FarInvokeCallback callback, gpointer user_data)
{
  FarFunction *function = far_dispatcher_find (dispatcher, request->function);
  gsize max = request->type == FAR_INVOKE_EVENT ? FAR_PAYLOAD_ASYNC_MAX : FAR_PAYLOAD_SYNC_MAX;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GError) error = NULL;
  FarInvokeResult result = { .status = 204, .payload = "" };
  Waiting *waiting;
  FarCall *call;
  FarId id;

  if (callback == NULL)
    callback = ignore;
  payload = g_bytes_get_size (request->payload) > 0 ? g_bytes_ref (request->payload)
                                                    : g_bytes_new_static ("{}", 2);
  far_id_init (&id, far_dispatcher_get_clock (dispatcher));
  if (function == NULL)
    {
      g_autofree char *text = g_strdup_printf ("Function not found: %s", request->function);

      refuse (callback, user_data, &id, 404, "ResourceNotFoundException", text);
    }
  else if (g_bytes_get_size (payload) > max)
    refuse (callback, user_data, &id, 413, "RequestTooLargeException",
            request->type == FAR_INVOKE_EVENT
                ? "The event is larger than 1048576 bytes, the limit of asynchronous events"
                : "The event is larger than 6291456 bytes");
  else if (!far_json_check_grammar (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload),
                                    &error))
    {
      g_autofree char *text = g_strdup_printf ("Could not parse request body into json: %s",
                                               error->message);

      refuse (callback, user_data, &id, 400, "InvalidRequestContentException", text);
    }
  else if (request->type == FAR_INVOKE_DRY_RUN)
    {
      result.request_id = &id;
      callback (&result, user_data);
    }
  else if (request->type == FAR_INVOKE_EVENT)
    invoke_event (dispatcher, queue, payload, request, callback, user_data);
  else
    {
      waiting = g_new (Waiting, 1);
      waiting->callback = callback;
      waiting->user_data = user_data;
      call = far_call_new (function, far_dispatcher_get_clock (dispatcher), payload,
                           request->route, request->trace, request->arrival_us, on_done, waiting);
      waiting->part = request->part;
      call->sink = request->part != NULL ? &sink : NULL;
      call->want_tail = request->want_tail;
      call->client_context = g_strdup (request->client_context);
      far_dispatcher_submit (dispatcher, call);
    }
}
