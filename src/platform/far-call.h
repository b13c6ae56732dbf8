/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One invocation on its way: the event, where its answer goes, its times, its outcome.
 *
 *   new ─ submit ─▶ pending ─▶ running ─ answer ─▶ done ─ /next ─▶ record
 *
 * A call is answered exactly once (done is called), recorded exactly once, and then freed, all by
 * the dispatcher. Thread: the loop's. */
#pragma once

#include <glib.h>

#include "base/far-clock.h"
#include "base/far-id.h"
#include "base/far-trace.h"
#include "platform/far-loop.h"
#include "telemetry/far-invocation.h"

G_BEGIN_DECLS

typedef struct _FarCall FarCall;
typedef struct _FarFunction FarFunction;
typedef struct _FarWorker FarWorker;

/* The answer stands in the call's outcome, error_type, reason and payload. */
typedef void (*FarCallDone) (FarCall *call, gpointer user_data);

/* Takes an answer in parts, where the runtime gives it so: begin, any number of parts, then done.
 * done has an empty payload then, or an error's after the parts that were whole. */
typedef struct {
  /* content_type: (nullable) */
  void (*begin) (FarCall *call, const char *content_type, gpointer user_data);
  void (*part)  (FarCall *call, const char *data, gsize n_bytes, gpointer user_data);
} FarCallSink;

struct _FarCall {
  FarFunction *function;
  FarWorker   *worker; /* while it runs */
  GList        link;   /* in function->pending while it waits */

  FarId        request_id;
  FarId        trace_id;
  guint64      parent_span; /* the caller's; 0 = the trace begins here */
  gboolean     sampled;
  char        *notes;  /* nullable: what the function told for the trace */
  const char  *route;  /* nullable; outlives the call */
  GBytes      *event;
  char        *client_context; /* nullable; JSON */
  gboolean     want_tail;
  GString     *tail;   /* nullable; the last FAR_LOG_TAIL_MAX bytes it logged */

  FarCallDone  done;
  const FarCallSink *sink; /* nullable: the whole answer stands in payload */
  gpointer     user_data;
  gboolean     streaming;  /* begin was called */
  gsize        n_streamed;

  gint64       wall_us;    /* since the epoch, at arrival */
  gint64       arrival_us; /* these are g_get_monotonic_time(); 0 = not yet */
  gint64       chosen_us;
  gint64       entered_us;
  gint64       responded_us;
  gint64       ended_us;
  gint64       init_us;
  gint64       spawn_us;   /* part of init; 0 = not measured */
  guint        memory_max_kb;
  guint        concurrency;
  gboolean     cold;     /* it waited for an instance that was started */
  gboolean     admitted;
  gboolean     pooled;   /* of what functions without a reserve share */
  gboolean     answered;
  FarLoopDeadline deadline;

  FarInvocationOutcome outcome;
  const char  *reason;     /* of a throttle; static */
  char        *error_type; /* nullable */
  char        *payload;    /* nullable; NUL behind it; done may steal it */
  gsize        n_payload;
};

/* event: (nullable): set later, before it is submitted. arrival_us: g_get_monotonic_time() when the
 * request came; 0 = now. trace: (nullable): a traceparent or X-Ray header to go on with; without a
 * good one a trace begins. */
FarCall *far_call_new  (FarFunction *function, FarClock *clock, GBytes *event, const char *route,
                        const char *trace, gint64 arrival_us, FarCallDone done,
                        gpointer user_data);
void     far_call_free (FarCall *self);

/* Sets the outcome and a payload {"errorType":…,"errorMessage":…}; the message is given with the
 * request's id in front, as Lambda does, where with_id is set. */
void     far_call_set_error (FarCall *self, FarInvocationOutcome outcome, const char *error_type,
                             gboolean with_id, const char *format, ...) G_GNUC_PRINTF (5, 6);
/* Adds a line to the tail, if one is wanted. */
void     far_call_add_tail  (FarCall *self, const char *text, gsize n_bytes);
/* What the instance gets: the trace, with this call as the parent of what it does. */
void     far_call_get_trace (FarCall *self, FarTraceContext *ret_context);
/* Fills a record; strings are borrowed from the call. */
void     far_call_to_record (FarCall *self, FarInvocation *ret_record);

G_END_DECLS
