/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a stream of frames, sent in pieces whose sizes the input itself chooses: the
 * incremental reader gives just the frames that a plain walk over the bytes finds. */
#include "fuzz-driver.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-frame.h"

#define HEADER_LEN 4

/* The next frame at *at; -1 when more bytes are needed, -2 for a length out of bounds. */
static gssize
walk (const uint8_t *data, size_t size, size_t *at)
{
  size_t length;

  if (size - *at < HEADER_LEN)
    return -1;
  length = (size_t) data[*at] << 24 | (size_t) data[*at + 1] << 16 | (size_t) data[*at + 2] << 8
           | data[*at + 3];
  if (length == 0 || length > FAR_FRAME_MAX)
    return -2;
  if (size - *at - HEADER_LEN < length)
    return -1;
  *at += HEADER_LEN;
  return (gssize) length;
}

/* Takes what is whole among the first `sent` bytes. FALSE once the stream is out of bounds. */
static gboolean
compare (FarFrameReader *reader, const uint8_t *data, size_t sent, size_t *at)
{
  while (TRUE)
    {
      g_autoptr (GError) error = NULL;
      gsize n_bytes = 0;
      g_autofree char *frame = far_frame_reader_take (reader, &n_bytes, &error);
      gssize expected = walk (data, sent, at);

      if (expected < 0)
        {
          g_assert_null (frame);
          g_assert_true ((error != NULL) == (expected == -2));
          return expected == -1;
        }
      g_assert_no_error (error);
      g_assert_cmpmem (frame, n_bytes, data + *at, (gsize) expected);
      g_assert_cmpint (frame[n_bytes], ==, '\0');
      *at += (size_t) expected;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (FarFrameReader) reader = far_frame_reader_new ();
  g_autoptr (GError) error = NULL;
  size_t sent = 0, at = 0;
  gboolean going = TRUE;
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  while (going && sent < size)
    {
      size_t piece = MIN (size - sent, 1 + (size_t) data[sent] * (sent % 7 == 0 ? 64 : 1));

      g_assert_cmpint (write (ends[0], data + sent, piece), ==, (gssize) piece);
      sent += piece;
      g_assert_true (far_frame_reader_fill (reader, ends[1], NULL));
      going = compare (reader, data, sent, &at);
    }
  close (ends[0]);
  if (going)
    {
      g_assert_false (far_frame_reader_fill (reader, ends[1], &error));
      g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_CLOSED);
    }
  close (ends[1]);
  return 0;
}
