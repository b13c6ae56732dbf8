/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Runtime API in frames: what ends an instance, and what one does not read. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "dispatcher-fixture.h"
#include "platform/far-runtime-stream.h"

static char *
largest_event (void)
{
  char *event = g_malloc (FAR_PAYLOAD_SYNC_MAX + 1);
  guint i;

  for (i = 1; i < FAR_PAYLOAD_SYNC_MAX - 1; i++)
    event[i] = (char) ('a' + i % 23);
  event[0] = event[FAR_PAYLOAD_SYNC_MAX - 1] = '"';
  event[FAR_PAYLOAD_SYNC_MAX] = '\0';
  return event;
}

static void
assert_hung_up (guint index)
{
  char byte;
  ssize_t n;

  spin ();
  n = recv (fake_fd (index), &byte, 1, MSG_DONTWAIT);
  g_assert_true (n == 0 || (n < 0 && errno == ECONNRESET));
}

/* A function of which nothing else is known here goes on as ever. */
static void
assert_serves (Fixture *f, const char *function)
{
  guint index = fake_n_instances ();
  Answer *answer = call_of (f, function, "{\"other\":1}");
  g_autofree char *id = NULL;

  g_assert_cmpuint (fake_n_instances (), ==, index + 1);
  ask_next_frame (index);
  id = take_event_frame (index, "{\"other\":1}");
  respond_frame (index, id, "\"served\"");
  g_assert_true (answer->done);
  g_assert_cmpstr (answer->payload, ==, "\"served\"");
}

/* What is no frame, or not an instance's to say. */
typedef struct {
  const char *name;
  guint8      bytes[48];
  guint       n_bytes;
} Garbage;

static const Garbage garbage[] = {
  { "kind 0", { 0xf7, 0, 0, 0 }, 32 },
  { "kind 7", { 0xf7, 0, 0, 7 }, 32 },
  { "event", { 0xf7, 0, 0, FAR_RUNTIME_EVENT }, 32 },
  { "status", { 0xf7, 0, 0, FAR_RUNTIME_STATUS }, 32 },
  { "byte 1", { 0xf7, 1, 0, FAR_RUNTIME_NEXT }, 32 },
  { "large id", { 0xf7, 0, 0, FAR_RUNTIME_NEXT, 0, 1, 0, 1 }, 32 },
  { "large payload", { 0xf7, 0, 0, FAR_RUNTIME_RESPONSE, [20] = 1, [23] = 1 }, 32 },
  { "no NUL", { 0xf7, 0, 0, FAR_RUNTIME_NEXT, 0, 0, 0, 2, [32] = 'x', 'y' }, 34 },
  { "NUL inside", { 0xf7, 0, 0, FAR_RUNTIME_NEXT, 0, 0, 0, 2, [32] = 0, 0 }, 34 },
};
/* As the second thing said: known by one byte. */
static const Garbage later[] = {
  { "HTTP", "GET /2018-06-01/runtime/invocation/next", 39 },
  { "one byte", { 'x' }, 1 },
  { "behind a frame", { 0xf7, 0, 0, FAR_RUNTIME_NEXT, [32] = 'x' }, 33 },
};

static void
assert_ended (Fixture *f, guint index, Answer *waits)
{
  guint n_notes;

  spin ();
  n_notes = f->notes->len;
  g_assert_true (fake_was_killed (index));
  g_assert_cmpuint (n_notes, >, 0);
  g_assert_cmpstr (g_ptr_array_index (f->notes, n_notes - 1), ==,
                   "instance_crash Echo: An instance of Echo sent what is no frame of the runtime "
                   "stream and was killed; build it against this version's library");
  if (waits != NULL)
    g_assert_false (waits->done);
  fake_end (index, SIGKILL);
  spin ();
  g_assert_cmpuint (f->notes->len, ==, n_notes); /* told once */
  if (waits == NULL)
    return;
  g_assert_true (waits->done);
  g_assert_cmpstr (waits->function_error, ==, "Unhandled");
  g_assert_nonnull (strstr (waits->payload, "\"Runtime.ExitError\""));
  g_assert_nonnull (strstr (waits->payload, "signal: killed"));
}

static void
check_garbage (Fixture *f, const Garbage *self)
{
  guint index = fake_n_instances ();
  Answer *answer = call_of (f, "Echo", "{}");
  g_autofree char *id = NULL;

  g_test_message ("%s, mid-call", self->name);
  ask_next_frame (index);
  id = take_event_frame (index, "{}");
  send_bytes (index, self->bytes, self->n_bytes);
  assert_ended (f, index, answer);

  g_test_message ("%s, while it waits for an event", self->name);
  answer = call_of (f, "Echo", "{}");
  index++;
  ask_next_frame (index);
  g_free (id);
  id = take_event_frame (index, "{}");
  respond_frame (index, id, "1");
  send_bytes (index, self->bytes, self->n_bytes);
  spin ();
  g_assert_true (fake_was_killed (index));
  /* It gets nothing more, not even before its process has gone. */
  answer = call_of (f, "Echo", "{}");
  g_assert_cmpuint (fake_n_instances (), ==, index + 2);
  assert_ended (f, index, NULL);
  index++;
  ask_next_frame (index);
  g_free (id);
  id = take_event_frame (index, "{}");
  respond_frame (index, id, "1");
  g_assert_true (answer->done);
  fake_end (index, SIGKILL); /* so that the next case starts one */
  g_ptr_array_set_size (f->notes, 0);
}

static void
test_garbage (Fixture *f, gconstpointer data)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      guint index = fake_n_instances ();
      Answer *answer = call_of (f, "Echo", "{}");

      g_test_message ("%s, at first", garbage[i].name);
      send_bytes (index, garbage[i].bytes, garbage[i].n_bytes);
      assert_ended (f, index, answer);
      g_assert_cmpuint (fake_n_instances (), ==, index + 1);
      check_garbage (f, &garbage[i]);
    }
  for (i = 0; i < G_N_ELEMENTS (later); i++)
    check_garbage (f, &later[i]);
  g_assert_cmpuint (far_dispatcher_find (f->dispatcher, "Echo")->state.instances, ==, 0);
}

/* The largest answers are for events: without one, nobody keeps room for them. */
static void
test_unasked (Fixture *f, gconstpointer data)
{
  static const guint8 large[] = { 0xf7, 0, 0, FAR_RUNTIME_RESPONSE, [21] = 0x10, [31] = 0 };
  guint index = fake_n_instances ();
  Answer *answer = call_of (f, "Echo", "{}");
  g_autofree char *id = NULL;

  ask_next_frame (index);
  id = take_event_frame (index, "{}");
  respond_frame (index, id, "1");
  g_assert_true (answer->done);
  send_bytes (index, large, sizeof large);
  assert_ended (f, index, NULL);

  index++;
  answer = call_of (f, "Echo", "{}");
  ask_next_frame (index);
  g_free (id);
  id = take_event_frame (index, "{}");
  send_bytes (index, large, sizeof large);
  spin ();
  g_assert_false (fake_was_killed (index)); /* the rest may come */
  fake_end (index, SIGKILL);
  spin ();
  g_assert_true (answer->done);
}

/* Garbage behind what was good: that much still counts. */
static void
test_garbage_behind (Fixture *f, gconstpointer data)
{
  Answer *answer = call_of (f, "Echo", "{}");
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *id = NULL;
  FarRuntimeFrame frame;

  ask_next_frame (0);
  id = take_event_frame (0, "{}");
  frame = response_to (id, "1");
  append_frame (bytes, &frame);
  g_byte_array_append (bytes, (const guint8 *) "x", 1);
  append_frame (bytes, &ask_frame);
  send_bytes (0, bytes->data, bytes->len);
  spin ();
  g_assert_cmpstr (answer->payload, ==, "1");
  g_assert_true (fake_was_killed (0));
  assert_hung_up (0);
  assert_ended (f, 0, NULL);
}

/* Sends NEXT as long as the kernel takes it. Returns: how many it took */
static guint
flood (guint index)
{
  g_autoptr (GByteArray) bytes = frame_bytes (&ask_frame);
  guint n = 0;

  while (send (fake_fd (index), bytes->data, bytes->len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
         (ssize_t) bytes->len)
    n++;
  g_assert_cmpint (errno, ==, EAGAIN);
  return n;
}

/* An event that is read slowly arrives whole; until then nothing is read from its instance, and
 * others go on. */
static void
test_slow_reader (Fixture *f, gconstpointer data)
{
  g_autofree char *event = largest_event ();
  Answer *answer = call_of (f, "Echo", event);
  g_autoptr (GByteArray) twice = g_byte_array_new ();
  g_autofree char *id = NULL;
  guint n;

  append_frame (twice, &ask_frame);
  append_frame (twice, &ask_frame); /* refused behind the event, not in the middle of it */
  send_bytes (0, twice->data, twice->len);
  spin ();
  n = flood (0);
  g_assert_cmpuint (n, >, 0);
  spin ();
  g_assert_cmpuint (flood (0), ==, 0);
  assert_serves (f, "Shop");
  spin ();
  g_assert_cmpuint (flood (0), ==, 0);

  id = take_event_frame (0, event);
  assert_status_frame (0, 403);
  while (n-- > 0)
    assert_status_frame (0, 403);
  assert_silent (0);
  respond_frame (0, id, "1");
  g_assert_cmpstr (answer->payload, ==, "1");
}

/* It asks and asks, and never reads what is said to that. */
static void
test_never_reads (Fixture *f, gconstpointer data)
{
  const guint n_max = 8 * 1024 * 1024 / FAR_RUNTIME_FRAME_HEADER;
  Answer *answer = call_of (f, "Echo", "{}");
  g_autofree char *id = NULL;
  guint n = 0, more;

  ask_next_frame (0);
  id = take_event_frame (0, "{}");
  do
    {
      more = flood (0);
      n += more;
      spin ();
    }
  while (more > 0 && n < n_max);
  /* More than what the two sockets keep it does not. */
  g_assert_cmpuint (n, <, n_max);
  assert_serves (f, "Shop");
  g_assert_cmpuint (flood (0), ==, 0);
  while (n-- > 0)
    assert_status_frame (0, 403);
  respond_frame (0, id, "1");
  g_assert_true (answer->done);
}

/* What comes at once is taken only as far as the answers to it can be sent: the garbage behind it
 * is not known of until those are read. */
static void
test_no_more_than_answered (Fixture *f, gconstpointer data)
{
  const guint n_reads = FAR_RUNTIME_STREAM_READ / FAR_RUNTIME_FRAME_HEADER;
  Answer *answer = call_of (f, "Echo", "{}");
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *id = NULL;
  char heard[4096];
  guint i;

  ask_next_frame (0);
  id = take_event_frame (0, "{}");
  for (i = 0; i < 2 * n_reads; i++)
    append_frame (bytes, &ask_frame);
  g_byte_array_append (bytes, (const guint8 *) "x", 1);
  g_assert_cmpint (send (fake_fd (0), bytes->data, bytes->len, MSG_NOSIGNAL | MSG_DONTWAIT), ==,
                   bytes->len);
  spin ();
  g_assert_false (fake_was_killed (0));
  for (i = 0; i < n_reads; i++)
    assert_status_frame (0, 403);
  while (!fake_was_killed (0))
    {
      spin ();
      while (recv (fake_fd (0), heard, sizeof heard, MSG_DONTWAIT) > 0)
        ;
    }
  assert_ended (f, 0, answer);
}

static void
hang_up (guint index)
{
  g_assert_no_errno (shutdown (fake_fd (index), SHUT_RDWR));
  spin (); /* which ends: what has hung up is watched no more */
}

static void
assert_exit_error (guint index, Answer *answer)
{
  g_assert_false (answer->done);
  fake_end (index, SIGKILL);
  g_assert_true (answer->done);
  g_assert_nonnull (strstr (answer->payload, "\"Runtime.ExitError\""));
}

static void
test_hang_up (Fixture *f, gconstpointer data)
{
  g_autofree char *event = largest_event ();
  g_autofree char *id = NULL;
  Answer *answer;

  /* At first. */
  answer = call_of (f, "Echo", "{}");
  hang_up (0);
  assert_exit_error (0, answer);

  /* With half a frame. */
  answer = call_of (f, "Echo", "{}");
  send_bytes (1, garbage[0].bytes, 3);
  spin ();
  hang_up (1);
  assert_exit_error (1, answer);

  /* Mid-call. */
  answer = call_of (f, "Echo", "{}");
  ask_next_frame (2);
  id = take_event_frame (2, "{}");
  hang_up (2);
  g_assert_false (fake_was_killed (2)); /* its process ends by itself */
  assert_exit_error (2, answer);

  /* With most of its event still to be sent. */
  answer = call_of (f, "Echo", event);
  ask_next_frame (3);
  hang_up (3);
  assert_exit_error (3, answer);

  /* Before it is told of an event. */
  answer = call_of (f, "Echo", "{}");
  ask_next_frame (4);
  g_free (id);
  id = take_event_frame (4, "{}");
  respond_frame (4, id, "1");
  g_assert_true (answer->done);
  hang_up (4);
  answer = call_of (f, "Echo", "{}");
  g_assert_cmpuint (fake_n_instances (), ==, 5);
  assert_exit_error (4, answer);
  assert_serves (f, "Echo");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/runtime-stream-ends/garbage", test_garbage);
  ADD ("/runtime-stream-ends/unasked", test_unasked);
  ADD ("/runtime-stream-ends/garbage-behind", test_garbage_behind);
  ADD ("/runtime-stream-ends/slow-reader", test_slow_reader);
  ADD ("/runtime-stream-ends/never-reads", test_never_reads);
  ADD ("/runtime-stream-ends/no-more-than-answered", test_no_more_than_answered);
  ADD ("/runtime-stream-ends/hang-up", test_hang_up);
  return g_test_run ();
}
