/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the event stream's frames. All numbers are big-endian; the CRC is that of IEEE 802.3. No
 * state. */
#include "net/far-event-stream.h"

#include <string.h>

#define PRELUDE_LEN 12
#define TRAILER_LEN 4
#define TYPE_STRING 7

G_DEFINE_QUARK (far-event-stream-error-quark, far_event_stream_error)

/* Four bits at a time: frames are few, a table of 16 is enough. */
static guint32
crc32 (const guint8 *data, gsize n_bytes)
{
  static const guint32 table[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
  };
  guint32 crc = 0xffffffff;
  gsize i;

  for (i = 0; i < n_bytes; i++)
    {
      crc = crc >> 4 ^ table[(crc ^ data[i]) & 15];
      crc = crc >> 4 ^ table[(crc ^ data[i] >> 4) & 15];
    }
  return ~crc;
}

static void
append_32 (GByteArray *out, guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);

  g_byte_array_append (out, (const guint8 *) &big, sizeof big);
}

static guint32
read_32 (const guint8 *data)
{
  guint32 big;

  memcpy (&big, data, sizeof big);
  return GUINT32_FROM_BE (big);
}

static void
append_header (GByteArray *out, const FarEventStreamHeader *header)
{
  const guint8 n_name = (guint8) strlen (header->name);
  const guint8 type = TYPE_STRING;
  guint16 n_value = GUINT16_TO_BE ((guint16) strlen (header->value));

  g_return_if_fail (strlen (header->name) <= G_MAXUINT8 && strlen (header->value) <= G_MAXINT16);

  g_byte_array_append (out, &n_name, 1);
  g_byte_array_append (out, (const guint8 *) header->name, n_name);
  g_byte_array_append (out, &type, 1);
  g_byte_array_append (out, (const guint8 *) &n_value, sizeof n_value);
  g_byte_array_append (out, (const guint8 *) header->value, (guint) strlen (header->value));
}

void
far_event_stream_append (GByteArray *out, const FarEventStreamHeader *headers, gsize n_headers,
                         const void *payload, gsize n_payload)
{
  g_autoptr (GByteArray) head = g_byte_array_new ();
  guint start = out->len;
  gsize i;

  g_return_if_fail (n_payload <= FAR_EVENT_STREAM_PAYLOAD_MAX);

  for (i = 0; i < n_headers; i++)
    append_header (head, &headers[i]);
  append_32 (out, (guint32) (PRELUDE_LEN + head->len + n_payload + TRAILER_LEN));
  append_32 (out, head->len);
  append_32 (out, crc32 (out->data + start, 8));
  g_byte_array_append (out, head->data, head->len);
  g_byte_array_append (out, payload, (guint) n_payload);
  append_32 (out, crc32 (out->data + start, out->len - start));
}

static gboolean
fail (GError **error, FarEventStreamError code, const char *text)
{
  g_set_error_literal (error, FAR_EVENT_STREAM_ERROR, code, text);
  return FALSE;
}

static gboolean
read_header (const guint8 **at, const guint8 *end, GHashTable *headers, GError **error)
{
  const guint8 *p = *at;
  gsize n_name = *p++;
  g_autofree char *name = NULL;
  g_autofree char *value = NULL;
  gsize n_value;

  if (n_name == 0 || (gsize) (end - p) < n_name + 3 || p[n_name] != TYPE_STRING
      || g_hash_table_size (headers) >= FAR_EVENT_STREAM_N_HEADERS_MAX)
    return fail (error, FAR_EVENT_STREAM_ERROR_HEADER,
                 "A header has no name, is cut off, or is no string");
  name = g_strndup ((const char *) p, n_name);
  p += n_name + 1;
  n_value = (gsize) p[0] << 8 | p[1];
  p += 2;
  if ((gsize) (end - p) < n_value || n_value > G_MAXINT16)
    return fail (error, FAR_EVENT_STREAM_ERROR_HEADER, "A header's value is cut off");
  value = g_strndup ((const char *) p, n_value);
  *at = p + n_value;
  if (!g_utf8_validate (name, (gssize) n_name, NULL)
      || !g_utf8_validate (value, (gssize) n_value, NULL)
      || !g_hash_table_insert (headers, g_steal_pointer (&name), g_steal_pointer (&value)))
    return fail (error, FAR_EVENT_STREAM_ERROR_HEADER, "A header is no text, or stands twice");
  return TRUE;
}

gboolean
far_event_stream_read (const guint8 *data, gsize n_bytes, FarEventStreamFrame *ret_frame,
                       gsize *ret_n_bytes, GError **error)
{
  g_autoptr (GHashTable) headers
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const guint8 *at = data + PRELUDE_LEN;
  gsize n_total, n_head;

  *ret_n_bytes = 0;
  if (n_bytes < PRELUDE_LEN)
    return TRUE;
  n_total = read_32 (data);
  n_head = read_32 (data + 4);
  if (read_32 (data + 8) != crc32 (data, 8))
    return fail (error, FAR_EVENT_STREAM_ERROR_FRAME, "The prelude's checksum does not match");
  if (n_head > FAR_EVENT_STREAM_HEADERS_MAX || n_total < PRELUDE_LEN + n_head + TRAILER_LEN
      || n_total - PRELUDE_LEN - n_head - TRAILER_LEN > FAR_EVENT_STREAM_PAYLOAD_MAX)
    return fail (error, FAR_EVENT_STREAM_ERROR_FRAME, "The frame's lengths cannot be");
  if (n_bytes < n_total)
    return TRUE;
  if (read_32 (data + n_total - TRAILER_LEN) != crc32 (data, n_total - TRAILER_LEN))
    return fail (error, FAR_EVENT_STREAM_ERROR_FRAME, "The frame's checksum does not match");
  while (at < data + PRELUDE_LEN + n_head)
    if (!read_header (&at, data + PRELUDE_LEN + n_head, headers, error))
      return FALSE;
  ret_frame->headers = g_steal_pointer (&headers);
  ret_frame->payload = at;
  ret_frame->n_payload = n_total - PRELUDE_LEN - n_head - TRAILER_LEN;
  *ret_n_bytes = n_total;
  return TRUE;
}

void
far_event_stream_frame_clear (FarEventStreamFrame *frame)
{
  g_clear_pointer (&frame->headers, g_hash_table_unref);
}
