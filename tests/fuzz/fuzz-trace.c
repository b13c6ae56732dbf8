/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a trace header or a function's notes: what is taken prints back to what reads the
 * same. */
#include "fuzz-driver.h"

#include <string.h>

#include "base/far-trace.h"
#include "telemetry/far-notes.h"

static void
try_headers (const char *text)
{
  FarTraceContext context, again;
  char traceparent[FAR_TRACEPARENT_LEN + 1], xray[FAR_XRAY_LEN + 1];

  if (far_trace_parse_traceparent (text, &context))
    {
      far_trace_to_traceparent (&context, traceparent);
      g_assert_true (far_trace_parse_traceparent (traceparent, &again));
      g_assert_cmpuint (context.span_id, ==, again.span_id);
      g_assert_cmpint (far_id_compare (&context.trace_id, &again.trace_id), ==, 0);
    }
  if (far_trace_parse_xray (text, &context))
    {
      far_trace_to_xray (&context, xray);
      g_assert_true (far_trace_parse_xray (xray, &again));
      g_assert_cmpuint (context.span_id, ==, again.span_id);
      g_assert_cmpint (far_id_compare (&context.trace_id, &again.trace_id), ==, 0);
    }
}

static void
try_notes (const char *text)
{
  FarNotes notes;
  guint i;

  if (!far_notes_parse (text, &notes))
    return;
  g_assert_cmpuint (notes.n_spans, <=, FAR_NOTES_SPANS_MAX);
  g_assert_cmpuint (notes.n_attributes, <=, FAR_NOTES_ATTRIBUTES_MAX);
  for (i = 0; i < notes.n_attributes; i++)
    {
      g_assert_true (g_utf8_validate (notes.attributes[i].value, -1, NULL));
      g_assert_nonnull (far_notes_attribute (&notes, notes.attributes[i].key));
    }
  for (i = 0; i < notes.n_spans; i++)
    {
      g_assert_cmpuint (notes.spans[i].id, !=, 0);
      g_assert_cmpint (notes.spans[i].duration_us, >=, 0);
      g_assert_true (g_utf8_validate (notes.spans[i].name, -1, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  try_headers (text);
  try_notes (text);
  return 0;
}
