/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what an instance says to the Runtime API once it has its event, "@" standing for the
 * id of that; with "!" in front the caller takes the result in parts. However that goes, when the
 * instance has ended: its one call has been answered, once, and another function serves as before.
 */
#include "fuzz-driver.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dispatcher-fixture.h"

#define INSTANCES_BEFORE_RESTART 1000 /* of all that fake-spawner.c has places for */

static Fixture fixture;
static guint n_done;

static void
on_begin (FarCall *call, const char *content_type, gpointer user_data)
{
}

static void
on_part (FarCall *call, const char *text, gsize n_bytes, gpointer user_data)
{
}

static const FarCallSink sink = { on_begin, on_part };

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
  if (fake_n_instances () == 1 && far_dispatcher_find (fixture.dispatcher, "Shop")->state.starting)
    ask_next (0);
  serve (0, "{}", "\"bread\"");
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
say (guint index, const char *text, gsize n_bytes)
{
  g_autofree char *event = receive (index);
  g_autofree char *id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
  g_autoptr (GString) said = g_string_new_len (text, (gssize) n_bytes);

  g_string_replace (said, "@", id, 0);
  send (fake_fd (index), said->str, said->len, MSG_NOSIGNAL | MSG_DONTWAIT);
  spin ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  gboolean in_parts = size > 0 && data[0] == '!';
  g_autoptr (GBytes) event = g_bytes_new_static ("{}", 2);
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
  call = far_call_new (far_dispatcher_find (fixture.dispatcher, "Echo"), fixture.clock, event, NULL,
                       NULL, 0, on_done, NULL);
  call->sink = in_parts ? &sink : NULL;
  far_dispatcher_submit (fixture.dispatcher, call);
  g_assert_cmpuint (fake_n_instances (), ==, index + 1);
  ask_next (index);
  say (index, (const char *) data + in_parts, size - in_parts);
  fake_end (index, SIGKILL);
  spin ();
  g_assert_cmpuint (n_done, ==, 1);
  serve_another ();
  return 0;
}
