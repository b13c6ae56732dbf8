/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a call stands in a trace, and the two headers that carry it: W3C Trace Context's
 * traceparent ("00-<32 hex trace>-<16 hex parent>-<2 hex flags>") and AWS X-Ray's X-Amzn-Trace-Id
 * ("Root=1-<8 hex seconds>-<24 hex>;Parent=<16 hex>;Sampled=1"), whose root is the same 128 bits.
 *
 * Headers are foreign: what is not exactly of the form is not taken, and the call begins a trace of
 * its own. Version 00 is what is written; of a later version the known front is read, as the
 * recommendation asks. No state; any thread. */
#pragma once

#include "base/far-id.h"

G_BEGIN_DECLS

#define FAR_TRACEPARENT_LEN 55
#define FAR_XRAY_LEN 75         /* as written here; what comes from elsewhere may be longer */
#define FAR_TRACE_HEADER_MAX 512
#define FAR_SPAN_ID_HEX_LEN 16

typedef struct {
  FarId    trace_id; /* never all zero in a context that was parsed */
  guint64  span_id;  /* of whoever made the call; 0 = not told */
  gboolean sampled;
} FarTraceContext;

/* FALSE, and ret untouched, for anything else than the header's form. */
gboolean far_trace_parse_traceparent (const char *text, FarTraceContext *ret);
gboolean far_trace_parse_xray        (const char *text, FarTraceContext *ret);

void     far_trace_to_traceparent    (const FarTraceContext *self,
                                      char ret_text[FAR_TRACEPARENT_LEN + 1]);
void     far_trace_to_xray           (const FarTraceContext *self, char ret_text[FAR_XRAY_LEN + 1]);

/* A root as X-Ray makes them: the second in front, the rest random. */
void     far_trace_init_root         (FarId *ret_trace_id, gint64 now_us);
/* Random, not zero. */
guint64  far_trace_new_span_id       (void);
void     far_trace_span_to_hex       (guint64 span_id, char ret_hex[FAR_SPAN_ID_HEX_LEN + 1]);
/* 16 lower-case hex digits, not all zero; what follows them is not looked at. */
gboolean far_trace_parse_span        (const char *text, guint64 *ret_span_id);
/* The span of the call with this id: its low half, which is random. */
guint64  far_trace_span_of           (const FarId *request_id);

G_END_DECLS
