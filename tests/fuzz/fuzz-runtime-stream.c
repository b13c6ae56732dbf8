/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what an instance says in frames once it has its event, "@" standing for the id of
 * that; with "!" in front, before it has asked for one; and in pieces whose sizes the bytes
 * themselves choose. However that goes: what the platform says back are whole frames of its own
 * kinds; when the instance has ended, its one call has been answered, once, and another function
 * serves as before. */
#include "fuzz-driver.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dispatcher-fixture.h"

#define INSTANCES_BEFORE_RESTART 1000 /* of all that fake-spawner.c has places for */
#define HEARD_MAX (256 * 1024)

static Fixture fixture;
static guint n_done;

static void
on_done (FarCall *call, gpointer user_data)
{
  n_done++;
}

static void
clean_up (void)
{
  fixture_tear_down (&fixture, NULL);
}

/* The other function, on the first of all instances. */
static void
serve_another (void)
{
  Answer *answer = answer_new (&fixture);

  invoke (&fixture, "Shop", FAR_INVOKE_REQUEST_RESPONSE, "{}", answer);
  if (far_dispatcher_find (fixture.dispatcher, "Shop")->state.starting)
    ask_next_frame (0);
  serve_frame (0, "\"bread\"");
  g_assert_true (answer->done);
  g_assert_cmpstr (answer->payload, ==, "\"bread\"");
}

static void
set_up (void)
{
  fixture_set_up (&fixture, NULL);
  serve_another ();
}

static void
say (guint index, const char *id, const uint8_t *data, size_t size)
{
  g_autoptr (GString) said = g_string_new_len ((const char *) data, (gssize) size);
  gsize at, n;

  for (at = 0; id != NULL && at < said->len; at++)
    if (said->str[at] == '@')
      {
        g_string_erase (said, (gssize) at, 1);
        g_string_insert (said, (gssize) at, id);
        at += FAR_UUID_LEN - 1;
      }
  for (at = 0; at < said->len; at += n)
    {
      n = MIN (said->len - at, 32 + 8 * (gsize) (guint8) said->str[at]);
      if (send (fake_fd (index), said->str + at, n, MSG_NOSIGNAL | MSG_DONTWAIT) != (gssize) n)
        break; /* it was hung up on */
      spin ();
    }
}

/* All that was said to it. */
static void
hear (guint index)
{
  static guint8 heard[HEARD_MAX];
  gsize n_heard = 0, at = 0;
  gssize n;

  do
    {
      spin ();
      n = recv (fake_fd (index), heard + n_heard, sizeof heard - n_heard, MSG_DONTWAIT);
      n_heard += (gsize) MAX (n, 0);
    }
  while (n > 0);
  g_assert_cmpuint (n_heard, <, sizeof heard);
  while (at < n_heard)
    {
      FarRuntimeFrame frame;
      gsize n_bytes;

      g_assert_cmpuint (n_heard - at, >=, FAR_RUNTIME_FRAME_HEADER);
      n_bytes = far_runtime_frame_length (heard + at, NULL);
      g_assert_cmpuint (n_heard - at, >=, n_bytes);
      g_assert_true (far_runtime_frame_parse (heard + at, n_bytes, &frame, NULL));
      g_assert_true (frame.kind == FAR_RUNTIME_EVENT || frame.kind == FAR_RUNTIME_STATUS);
      at += n_bytes;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  gboolean early = size > 0 && data[0] == '!';
  g_autoptr (GBytes) payload = g_bytes_new_static ("{}", 2);
  guint index;
  FarCall *call;

  if (fixture.loop == NULL)
    {
      set_up ();
      atexit (clean_up);
    }
  else if (fake_n_instances () > INSTANCES_BEFORE_RESTART)
    {
      clean_up ();
      set_up ();
    }
  n_done = 0;
  index = fake_n_instances ();
  call = far_call_new (far_dispatcher_find (fixture.dispatcher, "Echo"), fixture.clock, payload,
                       NULL, NULL, 0, on_done, NULL);
  far_dispatcher_submit (fixture.dispatcher, call);
  g_assert_cmpuint (fake_n_instances (), ==, index + 1);
  if (early)
    say (index, NULL, data + 1, size - 1);
  else
    {
      FarRuntimeFrame event;
      g_autoptr (GByteArray) bytes = NULL;

      ask_next_frame (index);
      bytes = receive_frame (index, &event);
      g_assert_cmpint (event.kind, ==, FAR_RUNTIME_EVENT);
      say (index, event.id, data, size);
      hear (index);
    }
  fake_end (index, SIGKILL);
  spin ();
  g_assert_cmpuint (n_done, ==, 1);
  g_assert_cmpuint (fake_n_instances (), ==, index + 1);
  serve_another ();
  return 0;
}
