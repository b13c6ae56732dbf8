/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a frame of the runtime stream: what parses packs to the same bytes again. And as
 * what a function's library hears from the platform: it takes just that, and names all else. */
#include "fuzz-driver.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-runtime-frame.h"
#include "lambda/far-lambda.h"
#include "lambda/far-runtime-channel.h"

static void
assert_packs (const FarRuntimeFrame *frame, const uint8_t *data, size_t size)
{
  guint8 header[FAR_RUNTIME_FRAME_HEADER];
  struct iovec vector[FAR_RUNTIME_FRAME_PARTS];
  guint n_parts = far_runtime_frame_pack (frame, header, vector);
  size_t at = 0;
  guint i;

  for (i = 0; i < n_parts; i++)
    {
      g_assert_cmpuint (vector[i].iov_len, <=, size - at);
      g_assert_cmpmem (vector[i].iov_base, vector[i].iov_len, data + at, vector[i].iov_len);
      at += vector[i].iov_len;
    }
  g_assert_cmpuint (at, ==, size);
}

/* Returns: the bytes of the frame that data begins with; 0 if none, or not a whole one */
static gsize
walk (const uint8_t *data, size_t size)
{
  FarRuntimeFrame frame;
  gsize n_bytes;

  if (size < FAR_RUNTIME_FRAME_HEADER)
    {
      g_assert_false (far_runtime_frame_parse (data, size, &frame, NULL));
      return 0;
    }
  n_bytes = far_runtime_frame_length (data, NULL);
  if (n_bytes != size)
    g_assert_false (far_runtime_frame_parse (data, size, &frame, NULL));
  if (n_bytes == 0 || n_bytes > size || !far_runtime_frame_parse (data, n_bytes, &frame, NULL))
    return 0;
  g_assert_cmpuint (n_bytes, >=, FAR_RUNTIME_FRAME_HEADER);
  assert_packs (&frame, data, n_bytes);
  return n_bytes;
}

static void
hear (const uint8_t *data, size_t size, gsize n_frame)
{
  g_autoptr (GError) error = NULL;
  FarRuntimeChannel *channel;
  FarRuntimeFrame frame;
  gboolean heard;
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  if (size > 0)
    g_assert_cmpint (send (ends[1], data, size, MSG_NOSIGNAL), ==, (gssize) size);
  shutdown (ends[1], SHUT_WR);
  channel = far_runtime_channel_new (ends[0]);
  heard = far_runtime_channel_receive (channel, &frame, &error);
  g_assert_true (heard == (error == NULL));
  if (heard)
    {
      g_assert_cmpuint (n_frame, >, 0);
      assert_packs (&frame, data, n_frame);
      g_assert_cmpint (frame.payload[frame.n_payload], ==, '\0');
    }
  else
    {
      g_assert_cmpint (error->domain, ==, FAR_LAMBDA_ERROR);
      g_assert_true (n_frame == 0 || n_frame < size);
    }
  far_runtime_channel_free (channel);
  close (ends[1]);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  hear (data, size, walk (data, size));
  return 0;
}
