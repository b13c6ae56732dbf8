/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what a function notes about the invocation it is in: attributes, and spans of what it asked
 * others. The notes leave with the answer, in one header that only Farthing reads:
 *
 *   Farthing-Notes: a:article=the-ferry;s:00f067aa0ba902b7,bookkeeper,210,830,1,pledge
 *
 * a = attribute, s = span: id, kind, µs from the event to its begin, µs it took, status (0 unset,
 * 1 ok, 2 error), name. Names and values are percent-encoded. What does not fit is left out.
 * Thread: the function's one. */
#include "lambda/far-lambda-private.h"

#include <stdlib.h>
#include <string.h>

#define VARIABLE "_X_AMZN_TRACE_ID"
/* A header with a lineage is a few hundred bytes. */
#define HEADER_MAX 1024

static struct {
  FarTraceContext context;  /* of this invocation; span_id 0 = none */
  GString        *notes;    /* nullable */
  gint64          begin_us; /* monotonic */
  guint           n_spans;
  guint           n_attributes;
} now;

/* Not by setenv(3), which keeps every value that there ever was. */
static void
show (const char *header)
{
  static char variable[sizeof VARIABLE + HEADER_MAX] = VARIABLE "=";

  if (header == NULL || strlen (header) >= HEADER_MAX)
    {
      unsetenv (VARIABLE);
      return;
    }
  g_strlcpy (variable + sizeof VARIABLE, header, HEADER_MAX);
  if (getenv (VARIABLE) != variable + sizeof VARIABLE)
    putenv (variable);
}

void
far_lambda_trace_begin (const char *header)
{
  FarTraceContext none = { .span_id = 0 };

  show (header);
  now.context = none;
  now.begin_us = g_get_monotonic_time ();
  now.n_spans = now.n_attributes = 0;
  if (now.notes != NULL)
    g_string_truncate (now.notes, 0);
  if (header != NULL)
    far_trace_parse_xray (header, &now.context);
}

const char *
far_lambda_trace_notes (void)
{
  return now.notes != NULL && now.notes->len > 0 ? now.notes->str : NULL;
}

void
far_lambda_trace_clear (void)
{
  if (now.notes != NULL)
    g_string_free (now.notes, TRUE);
  now.notes = NULL;
}

/* FALSE, and all as it was, if it does not fit. */
static gboolean
append (const char *front, const char *text)
{
  gsize before;

  if (now.notes == NULL)
    now.notes = g_string_sized_new (256);
  before = now.notes->len;
  if (before > 0)
    g_string_append_c (now.notes, ';');
  g_string_append (now.notes, front);
  g_string_append_uri_escaped (now.notes, text, NULL, FALSE);
  if (now.notes->len <= FAR_LAMBDA_NOTES_MAX)
    return TRUE;
  g_string_truncate (now.notes, before);
  return FALSE;
}

/* The first value of a key stays: a key that stood twice would spoil all notes. */
static gboolean
is_noted (const char *front)
{
  const char *at = now.notes != NULL ? now.notes->str : NULL;

  while (at != NULL)
    {
      if (g_str_has_prefix (at, front))
        return TRUE;
      at = strchr (at, ';');
      at = at != NULL ? at + 1 : NULL;
    }
  return FALSE;
}

void
far_lambda_note (const char *key, const char *value)
{
  g_autofree char *front = NULL;

  g_return_if_fail (key != NULL && value != NULL);

  if (now.context.span_id == 0 || now.n_attributes >= FAR_LAMBDA_ATTRIBUTES_MAX ||
      strlen (value) > FAR_LAMBDA_VALUE_MAX)
    return;
  front = g_strdup_printf ("a:%s=", key);
  if (is_noted (front))
    return;
  now.n_attributes += append (front, value);
}

guint64
far_lambda_span_begin (FarLambdaSpan *span, const char *kind)
{
  span->kind = kind;
  span->begin_us = g_get_monotonic_time ();
  span->id = now.context.span_id != 0 ? far_trace_new_span_id () : 0;
  return span->id;
}

void
far_lambda_span_end (const FarLambdaSpan *span, const char *name, FarLambdaSpanStatus status)
{
  g_autofree char *front = NULL;

  g_return_if_fail (name != NULL);

  if (span->id == 0 || now.n_spans >= FAR_LAMBDA_SPANS_MAX)
    return;
  front = g_strdup_printf ("s:%016" G_GINT64_MODIFIER "x,%s,%" G_GINT64_FORMAT
                           ",%" G_GINT64_FORMAT ",%d,",
                           span->id, span->kind, MAX (span->begin_us - now.begin_us, 0),
                           g_get_monotonic_time () - span->begin_us, (int) status);
  now.n_spans += append (front, name);
}

gboolean
far_lambda_get_traceparent (guint64 span_id, char ret_text[FAR_TRACEPARENT_LEN + 1])
{
  FarTraceContext context = now.context;

  if (context.span_id == 0)
    return FALSE;
  if (span_id != 0)
    context.span_id = span_id;
  far_trace_to_traceparent (&context, ret_text);
  return TRUE;
}
