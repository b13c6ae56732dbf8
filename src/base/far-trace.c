/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns reading and writing of traceparent and X-Amzn-Trace-Id. No state; any thread. */
#include "base/far-trace.h"

#include <string.h>

#include "base/far-random.h"

#define VERSION_LEN 3 /* "00-" */
#define TRACE_AT VERSION_LEN
#define SPAN_AT (TRACE_AT + FAR_ID_HEX_LEN + 1)
#define FLAGS_AT (SPAN_AT + FAR_SPAN_ID_HEX_LEN + 1)
#define ROOT_LEN 35 /* "1-" 8 "-" 24 */

static gboolean
is_zero (const guint8 *bytes, gsize n_bytes)
{
  guint8 all = 0;
  gsize i;

  for (i = 0; i < n_bytes; i++)
    all |= bytes[i];
  return all == 0;
}

static gboolean
take_hex (const char *text, guint8 *ret_bytes, gsize n_bytes)
{
  char hex[FAR_ID_HEX_LEN + 1];

  g_assert (n_bytes <= FAR_ID_LEN);
  g_strlcpy (hex, text, 2 * n_bytes + 1);
  return strlen (hex) == 2 * n_bytes && far_hex_decode (hex, ret_bytes, n_bytes);
}

gboolean
far_trace_parse_span (const char *text, guint64 *ret_span_id)
{
  guint8 bytes[8];
  guint64 span = 0;
  guint i;

  if (!take_hex (text, bytes, sizeof bytes) || is_zero (bytes, sizeof bytes))
    return FALSE;
  for (i = 0; i < sizeof bytes; i++)
    span = span << 8 | bytes[i];
  *ret_span_id = span;
  return TRUE;
}

gboolean
far_trace_parse_traceparent (const char *text, FarTraceContext *ret)
{
  gsize n = strnlen (text, FAR_TRACE_HEADER_MAX + 1);
  FarTraceContext found = { .span_id = 0 };
  guint8 version, flags;

  if (n < FAR_TRACEPARENT_LEN || n > FAR_TRACE_HEADER_MAX || !take_hex (text, &version, 1) ||
      version == 0xff || (version == 0 && n != FAR_TRACEPARENT_LEN) ||
      (n > FAR_TRACEPARENT_LEN && text[FAR_TRACEPARENT_LEN] != '-') || text[TRACE_AT - 1] != '-' ||
      text[SPAN_AT - 1] != '-' || text[FLAGS_AT - 1] != '-' ||
      !take_hex (text + TRACE_AT, found.trace_id.bytes, FAR_ID_LEN) ||
      is_zero (found.trace_id.bytes, FAR_ID_LEN) ||
      !far_trace_parse_span (text + SPAN_AT, &found.span_id) ||
      !take_hex (text + FLAGS_AT, &flags, 1))
    return FALSE;
  found.sampled = (flags & 1) != 0;
  *ret = found;
  return TRUE;
}

static gboolean
take_root (const char *value, gsize n_bytes, FarId *ret_id)
{
  FarId id;

  if (n_bytes != ROOT_LEN || strncmp (value, "1-", 2) != 0 || value[10] != '-' ||
      !take_hex (value + 2, id.bytes, 4) || !take_hex (value + 11, id.bytes + 4, 12) ||
      is_zero (id.bytes, FAR_ID_LEN))
    return FALSE;
  *ret_id = id;
  return TRUE;
}

gboolean
far_trace_parse_xray (const char *text, FarTraceContext *ret)
{
  FarTraceContext found = { .span_id = 0, .sampled = TRUE };
  gboolean has_root = FALSE;
  const char *at = text;

  if (strnlen (text, FAR_TRACE_HEADER_MAX + 1) > FAR_TRACE_HEADER_MAX)
    return FALSE;
  while (*at != '\0')
    {
      gsize n = strcspn (at, ";");

      while (n > 0 && *at == ' ')
        at++, n--;
      if (n > 5 && strncmp (at, "Root=", 5) == 0)
        has_root = take_root (at + 5, n - 5, &found.trace_id);
      else if (n == 7 + FAR_SPAN_ID_HEX_LEN && strncmp (at, "Parent=", 7) == 0)
        far_trace_parse_span (at + 7, &found.span_id);
      else if (n == 9 && strncmp (at, "Sampled=", 8) == 0)
        found.sampled = at[8] != '0';
      at += n;
      at += *at == ';';
    }
  if (has_root)
    *ret = found;
  return has_root;
}

void
far_trace_span_to_hex (guint64 span_id, char ret_hex[FAR_SPAN_ID_HEX_LEN + 1])
{
  g_snprintf (ret_hex, FAR_SPAN_ID_HEX_LEN + 1, "%016" G_GINT64_MODIFIER "x", span_id);
}

void
far_trace_to_traceparent (const FarTraceContext *self, char ret_text[FAR_TRACEPARENT_LEN + 1])
{
  char trace[FAR_ID_HEX_LEN + 1];

  far_id_to_hex (&self->trace_id, trace);
  g_snprintf (ret_text, FAR_TRACEPARENT_LEN + 1, "00-%s-%016" G_GINT64_MODIFIER "x-%02x", trace,
              self->span_id, self->sampled ? 1u : 0u);
}

void
far_trace_to_xray (const FarTraceContext *self, char ret_text[FAR_XRAY_LEN + 1])
{
  char trace[FAR_ID_HEX_LEN + 1];

  far_id_to_hex (&self->trace_id, trace);
  g_snprintf (ret_text, FAR_XRAY_LEN + 1,
              "Root=1-%.8s-%s;Parent=%016" G_GINT64_MODIFIER "x;Sampled=%u", trace, trace + 8,
              self->span_id, self->sampled ? 1u : 0u);
}

void
far_trace_init_root (FarId *ret_trace_id, gint64 now_us)
{
  guint32 seconds = (guint32) (now_us / G_USEC_PER_SEC);
  guint i;

  far_random_bytes_ahead (ret_trace_id->bytes + 4, FAR_ID_LEN - 4);
  for (i = 0; i < 4; i++)
    ret_trace_id->bytes[i] = (guint8) (seconds >> (24 - 8 * i));
}

guint64
far_trace_new_span_id (void)
{
  guint64 id;

  do
    far_random_bytes_ahead (&id, sizeof id);
  while (id == 0);
  return id;
}

guint64
far_trace_span_of (const FarId *request_id)
{
  guint64 span = 0;
  guint i;

  for (i = FAR_ID_LEN / 2; i < FAR_ID_LEN; i++)
    span = span << 8 | request_id->bytes[i];
  return span;
}
