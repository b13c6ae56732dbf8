/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames over a socket pair: sizes at their bounds, bytes that come one by one, a side that goes,
 * a deadline, and a reader that is full. */
#include "base/far-frame.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOREVER (-1)

typedef struct {
  int ends[2];
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fixture->ends), ==, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  for (guint i = 0; i < 2; i++)
    if (fixture->ends[i] >= 0)
      close (fixture->ends[i]);
}

static void
close_end (Fixture *fixture,
           guint    index)
{
  close (fixture->ends[index]);
  fixture->ends[index] = -1;
}

static void
assert_read (Fixture    *fixture,
             const char *expected)
{
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 0;
  g_autofree char *frame = far_frame_read (fixture->ends[1], &n_bytes, FOREVER, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (frame, n_bytes, expected, strlen (expected));
  g_assert_cmpint (frame[n_bytes], ==, '\0');
}

static void
test_round_trip (Fixture       *fixture,
                 gconstpointer  data)
{
  static const guint8 on_the_wire[] = { 0, 0, 0, 3, 'a', 'b', 'c' };
  guint8 raw[sizeof on_the_wire];

  g_assert_true (far_frame_write (fixture->ends[0], "abc", 3, FOREVER, NULL));
  g_assert_cmpint (read (fixture->ends[1], raw, sizeof raw), ==, sizeof raw);
  g_assert_cmpmem (raw, sizeof raw, on_the_wire, sizeof on_the_wire);

  /* Two behind each other: a read takes no byte of the next. */
  g_assert_true (far_frame_write (fixture->ends[0], "one", 3, FOREVER, NULL));
  g_assert_true (far_frame_write (fixture->ends[0], "two", 3, FOREVER, NULL));
  assert_read (fixture, "one");
  assert_read (fixture, "two");
}

static void
test_sizes (Fixture       *fixture,
            gconstpointer  data)
{
  static const guint8 headers[][4] = { { 0, 0, 0, 0 }, { 0, 1, 0, 1 }, { 0xff, 0xff, 0xff, 0xff } };
  g_autofree char *payload = g_strnfill (FAR_FRAME_MAX + 1, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_false (far_frame_write (fixture->ends[0], payload, 0, FOREVER, &error));
  g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_SIZE);
  g_clear_error (&error);
  g_assert_false (far_frame_write (fixture->ends[0], payload, FAR_FRAME_MAX + 1, FOREVER, &error));
  g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_SIZE);
  g_clear_error (&error);
  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      g_assert_cmpint (write (fixture->ends[0], headers[i], 4), ==, 4);
      g_assert_null (far_frame_read (fixture->ends[1], NULL, FOREVER, &error));
      g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_SIZE);
      g_clear_error (&error);
    }
}

/* The largest does not fit into a socket's buffer: both sides must go on where they were. */
static void
test_largest (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *payload = g_strnfill (FAR_FRAME_MAX, 'x');
  int small = 4096, status = -1;
  pid_t child;

  g_assert_cmpint (setsockopt (fixture->ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), ==,
                   0);
  child = fork ();
  if (child == 0)
    _exit (far_frame_write (fixture->ends[0], payload, FAR_FRAME_MAX, FOREVER, NULL) &&
           far_frame_write (fixture->ends[0], "end", 3, FOREVER, NULL) ? 0 : 1);
  assert_read (fixture, payload);
  assert_read (fixture, "end");
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

static void
test_closed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  /* In the middle of a frame, and then before one; writing raises no SIGPIPE. */
  g_assert_cmpint (write (fixture->ends[0], "\0\0\0\5ab", 6), ==, 6);
  close_end (fixture, 0);
  g_assert_null (far_frame_read (fixture->ends[1], NULL, FOREVER, &error));
  g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_null (far_frame_read (fixture->ends[1], NULL, FOREVER, &error));
  g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (far_frame_write (fixture->ends[1], "x", 1, FOREVER, &error));
  g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_CLOSED);
}

static void
test_deadline (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *payload = g_strnfill (FAR_FRAME_MAX, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_null (far_frame_read (fixture->ends[1], NULL, 0, &error));
  g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_TIMEOUT);
  g_clear_error (&error);
  /* Half a frame is none. */
  g_assert_cmpint (write (fixture->ends[0], "\0\0\0\5ab", 6), ==, 6);
  g_assert_null (far_frame_read (fixture->ends[1], NULL, 1000, &error));
  g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_TIMEOUT);
  g_clear_error (&error);
  /* Nobody reads: the buffer fills, and then the time is up. */
  while (far_frame_write (fixture->ends[0], payload, FAR_FRAME_MAX, 1000, &error))
    continue;
  g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_TIMEOUT);
}

static void
test_reader_by_bytes (Fixture       *fixture,
                      gconstpointer  data)
{
  static const char stream[] = "\0\0\0\3one\0\0\0\3two";
  g_autoptr (FarFrameReader) reader = far_frame_reader_new ();
  g_autoptr (GError) error = NULL;
  guint n_frames = 0;

  g_assert_true (far_frame_reader_fill (reader, fixture->ends[1], NULL));
  g_assert_null (far_frame_reader_take (reader, NULL, &error));
  for (gsize i = 0; i < sizeof stream - 1; i++)
    {
      g_autofree char *frame = NULL;

      g_assert_cmpint (write (fixture->ends[0], stream + i, 1), ==, 1);
      g_assert_true (far_frame_reader_fill (reader, fixture->ends[1], NULL));
      frame = far_frame_reader_take (reader, NULL, &error);
      g_assert_no_error (error);
      g_assert_true ((frame != NULL) == (i % 7 == 6));
      if (frame != NULL)
        g_assert_cmpstr (frame, ==, n_frames++ == 0 ? "one" : "two");
    }
  g_assert_cmpuint (n_frames, ==, 2);
}

/* What came before the other side went is all taken first. */
static void
test_reader_closed (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (FarFrameReader) reader = far_frame_reader_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *last = NULL;

  g_assert_true (far_frame_write (fixture->ends[0], "last", 4, FOREVER, NULL));
  close_end (fixture, 0);
  g_assert_true (far_frame_reader_fill (reader, fixture->ends[1], &error));
  last = far_frame_reader_take (reader, NULL, &error);
  g_assert_cmpstr (last, ==, "last");
  g_assert_false (far_frame_reader_fill (reader, fixture->ends[1], &error));
  g_assert_error (error, FAR_FRAME_ERROR, FAR_FRAME_ERROR_CLOSED);
}

/* A sender that never stops cannot make the reader grow: it stops reading, and goes on when frames
 * have been taken. Nothing is lost meanwhile. */
static void
test_reader_full (Fixture       *fixture,
                  gconstpointer  data)
{
  const guint n_frames = 400;
  g_autofree char *payload = g_strnfill (4000, 'x');
  g_autoptr (FarFrameReader) reader = far_frame_reader_new ();
  guint n_taken = 0, n_at_once = 0;
  int status = -1;
  pid_t child = fork ();

  if (child == 0)
    {
      for (guint i = 0; i < n_frames; i++)
        if (!far_frame_write (fixture->ends[0], payload, 4000, FOREVER, NULL))
          _exit (1);
      _exit (0);
    }
  while (n_taken < n_frames)
    {
      g_autoptr (GError) error = NULL;
      guint n_before = n_taken;
      char *frame;

      /* The child may need many goes to fill it: ask again and again before anything is taken. */
      for (guint i = 0; i < 100; i++)
        g_assert_true (far_frame_reader_fill (reader, fixture->ends[1], NULL));
      while ((frame = far_frame_reader_take (reader, NULL, &error)) != NULL)
        {
          g_assert_cmpstr (frame, ==, payload);
          g_free (frame);
          n_taken++;
        }
      g_assert_no_error (error);
      n_at_once = MAX (n_at_once, n_taken - n_before);
    }
  g_assert_cmpuint (n_at_once * 4004, <=, 2 * (4 + FAR_FRAME_MAX));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

#define ADD(name, function) \
  g_test_add ("/base/frame/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("round-trip", test_round_trip);
  ADD ("sizes", test_sizes);
  ADD ("largest", test_largest);
  ADD ("closed", test_closed);
  ADD ("deadline", test_deadline);
  ADD ("reader/by-bytes", test_reader_by_bytes);
  ADD ("reader/closed", test_reader_closed);
  ADD ("reader/full", test_reader_full);
  return g_test_run ();
}
