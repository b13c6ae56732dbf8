/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spans: what a trace consists of. Those of an invocation follow from its record and its notes and
 * are not stored; those that came over OTLP are.
 *
 *   S "GET /articles/{id}"              the invocation; S = the low half of its request id
 *   ├── queue
 *   ├── cold start ─┬── spawn           ordered → the process was there
 *   │               └── init            … → it asked for its first event
 *   ├── handler ────┬── bookkeeper …    as the function told
 *   │               └── call …          ── the called invocation's S
 *   └── overhead
 *
 * No state; any thread. */
#pragma once

#include "telemetry/far-invocation.h"

G_BEGIN_DECLS

#define FAR_SPAN_SERVICE_MAX 128
#define FAR_SPAN_NAME_MAX 256
#define FAR_SPAN_ATTRIBUTES_MAX 4096 /* bytes of JSON */

typedef enum {
  FAR_SPAN_UNSET,
  FAR_SPAN_OK,
  FAR_SPAN_ERROR,
} FarSpanStatus;

typedef struct {
  guint64       id;
  guint64       parent;     /* 0 = none */
  FarId         trace_id;
  gint64        start_us;
  gint64        duration_us;
  FarSpanStatus status;
  FarId         request_id; /* all zero: not an invocation */
  const char   *outcome;    /* nullable; static */
  char         *kind;       /* "gateway" "invoke" "schedule" "queue" "cold" "spawn" "init" "handler"
                             * "bookkeeper" "call" "overhead" "remote" */
  char         *name;
  char         *function;   /* nullable; of a remote one: its service */
  char         *attributes; /* nullable: a JSON object */
} FarSpan;

void        far_span_free      (FarSpan *span);
FarSpan    *far_span_copy      (const FarSpan *span);
/* "unset", "ok", "error" */
const char *far_span_status_to_string (FarSpanStatus status);
/* Appends the spans of one invocation, parents before children.
 * spans: (element-type FarSpan) */
void        far_span_append_invocation (GPtrArray *spans, const FarInvocation *invocation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSpan, far_span_free)

G_END_DECLS
