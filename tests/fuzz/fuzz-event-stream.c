/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as frames of an event stream; and what was read, written, is the same again. */
#include "fuzz-driver.h"

#include <string.h>

#include "net/far-event-stream.h"

#define HEADERS_MAX 32

static void
write_again (const FarEventStreamFrame *frame)
{
  FarEventStreamHeader headers[HEADERS_MAX];
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_auto (FarEventStreamFrame) again = { NULL };
  GHashTableIter iter;
  gpointer name, value;
  gsize n = 0;

  g_hash_table_iter_init (&iter, frame->headers);
  while (g_hash_table_iter_next (&iter, &name, &value))
    headers[n++] = (FarEventStreamHeader){ name, value };
  far_event_stream_append (out, headers, n, frame->payload, frame->n_payload);
  g_assert_true (far_event_stream_read (out->data, out->len, &again, &n, NULL));
  g_assert_cmpuint (n, ==, out->len);
  g_assert_cmpuint (g_hash_table_size (again.headers), ==, g_hash_table_size (frame->headers));
  g_assert_cmpmem (again.payload, again.n_payload, frame->payload, frame->n_payload);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const FarEventStreamHeader header = { ":event-type", "PayloadChunk" };
  size_t at = 0;

  while (at < size)
    {
      g_auto (FarEventStreamFrame) frame = { NULL };
      g_autoptr (GError) error = NULL;
      gsize n;

      if (!far_event_stream_read (data + at, size - at, &frame, &n, &error))
        {
          g_assert_nonnull (error);
          break;
        }
      if (n == 0)
        break;
      write_again (&frame);
      at += n;
    }
  /* The input as a payload: checksums that match. */
  far_event_stream_append (out, &header, 1, data, size);
  {
    g_auto (FarEventStreamFrame) frame = { NULL };
    gsize n;

    g_assert_true (far_event_stream_read (out->data, out->len, &frame, &n, NULL));
    g_assert_cmpmem (frame.payload, frame.n_payload, data, size);
  }
  return 0;
}
