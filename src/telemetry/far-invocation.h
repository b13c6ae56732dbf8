/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record of one invocation: what the platform measured, and what follows from it.
 *
 * A plain struct whose strings are borrowed: whoever fills it keeps them alive for the call it is
 * passed to, and the telemetry keeps its own copies. All times are µs of the passed-in clock.
 *
 *   arrival ── queue ──▶ instance chosen ── init (cold only) ──▶ handler entered ── duration ──▶
 *   response posted ── overhead ──▶ answer sent
 *   └────────────── start ──────────────────────────────────────┘
 *
 * What can be derived is not stored: billed time, MB·ms, and the START, END and REPORT lines.
 * No state; any thread. */
#pragma once

#include <glib.h>

#include "base/far-id.h"

G_BEGIN_DECLS

/* Lambda's own limits for what these fields hold. Longer text is cut at a character. */
#define FAR_FUNCTION_NAME_MAX 64
#define FAR_VERSION_MAX 64
#define FAR_ROUTE_MAX 192
#define FAR_ERROR_TYPE_MAX 96

typedef enum {
  FAR_INVOCATION_OK,
  FAR_INVOCATION_FUNCTION_ERROR, /* the handler answered with an error */
  FAR_INVOCATION_TIMEOUT,        /* killed at its deadline */
  FAR_INVOCATION_CRASH,          /* the process ended without an answer */
  FAR_INVOCATION_INIT_ERROR,     /* the instance never asked for its first event */
  FAR_INVOCATION_THROTTLE,       /* refused; not an invocation in Lambda's count */
} FarInvocationOutcome;
#define FAR_INVOCATION_N_OUTCOMES 6

typedef struct {
  FarId       request_id;
  FarId       trace_id;      /* the 16 bytes of "Root=1-8hex-24hex"; all zero = none */
  guint64     parent_span;   /* of the caller; 0 = it began the trace */
  const char *function;      /* never NULL */
  const char *version;       /* nullable: "$LATEST" */
  const char *route;         /* nullable: the route key, "GET /articles/{id}"; "schedule"; NULL =
                              * invoked through the API */
  const char *notes;         /* nullable: what the function told of it, in the form of far-notes.h;
                              * text that is not of that form is not kept */
  const char *error_type;    /* nullable: "Runtime.ExitError", "Sandbox.Timedout", … */
  gint64      arrival_us;    /* since the Unix epoch */
  gint64      queue_us;      /* arrived → an instance was chosen or ordered */
  gint64      start_us;      /* arrived → handler entered; includes queue and init */
  gint64      init_us;       /* cold only: instance ordered → it asked for its first event */
  gint64      spawn_us;      /* cold only: part of init until the process was there; 0 = not
                              * measured */
  gint64      duration_us;   /* handler entered → response posted, or killed */
  gint64      overhead_us;   /* response posted → answer sent */
  guint       memory_mb;     /* configured */
  guint       memory_max_kb; /* measured: the instance's peak resident memory so far; 0 = not
                              * measured */
  guint       concurrency;   /* invocations of this function in flight as this one began, with it */
  gboolean    cold;
  gint64      at;            /* what it is stored under, near its end; 0 = not stored (yet) */
  gint64      behind;        /* its number among those stored under an `at` below an earlier one's,
                              * or long after their end; 0 = it was not, or nobody asked */
  FarInvocationOutcome outcome;
} FarInvocation;

/* "ok", "function_error", "timeout", "crash", "init_error", "throttle" */
const char *far_invocation_outcome_to_string   (FarInvocationOutcome  outcome);
gboolean    far_invocation_outcome_from_string (const char           *text,
                                                FarInvocationOutcome *ret_outcome);

/* An invocation that ran and did not succeed; a throttle is neither. */
gboolean far_invocation_is_error  (const FarInvocation *invocation);

/* When the answer was sent, µs since the epoch. */
gint64   far_invocation_end_us    (const FarInvocation *invocation);

/* Lambda's billed duration: init and duration rounded up to 1 ms; 0 for a throttle. */
gint64   far_invocation_billed_ms (const FarInvocation *invocation);
/* Billed duration × configured memory. */
gint64   far_invocation_mb_ms     (const FarInvocation *invocation);

/* "START RequestId: … Version: …", "END RequestId: …", and the tab separated "REPORT RequestId: …"
 * as Lambda prints them, each without a line end. Returns: (transfer full) */
char    *far_invocation_start_line  (const FarInvocation *invocation);
char    *far_invocation_end_line    (const FarInvocation *invocation);
char    *far_invocation_report_line (const FarInvocation *invocation);

G_END_DECLS
