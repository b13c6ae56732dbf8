/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control API's streams: events that can be resumed, logs that can be followed, readers that do
 * not keep up; and the last answer, when the platform ends. */
#include "control-fixture.h"

#include <string.h>

static const char *
function_name (JsonObject *event, guint index)
{
  JsonArray *functions = json_object_get_array_member (event, "functions");

  return json_object_get_string_member (json_array_get_object_element (functions, index), "name");
}

static guint
n_functions (JsonObject *event)
{
  return json_array_get_length (json_object_get_array_member (event, "functions"));
}

/* hello with the whole state, then what changed and nothing else, numbered without gaps. */
static void
test_events (void)
{
  FarAnnotation annotation = { T0, "instance_crash", "content", "content: killed by signal 9" };
  g_auto (Client) client = { 0 };
  JsonObject *event;
  Fixture fixture = { 0 };
  guint i;

  fixture_init (&fixture, NULL);
  client_get (&client, &fixture, "/v1/events");
  /* Platform and functions are told once as they are. */
  client_wait_lines (&client, 3);
  g_assert_cmpstr (client_type (&client, 0), ==, "hello");
  event = client_line (&client, 0);
  g_assert_false (json_object_get_boolean_member (event, "resumed"));
  g_assert_cmpuint (n_functions (event), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (
                     json_object_get_object_member (event, "status"), "state"), ==, "running");

  /* A burst within one turn of the loop is one event, with the figures at its end. */
  for (i = 0; i < 500; i++)
    fixture_record (&fixture, "settle", FAR_INVOCATION_OK, 100);
  client_wait_lines (&client, 4);
  event = client_line (&client, 3);
  g_assert_cmpstr (client_type (&client, 3), ==, "functions");
  g_assert_cmpuint (n_functions (event), ==, 1);
  g_assert_cmpstr (function_name (event, 0), ==, "settle");
  g_assert_cmpint (json_object_get_int_member (event, "invocations"), ==, 500);

  fake_platform_tell_journal (fixture.platform, 41);
  fake_platform_tell_journal (fixture.platform, 42);
  client_wait_lines (&client, 5);
  g_assert_cmpstr (client_type (&client, 4), ==, "journal");
  g_assert_cmpint (json_object_get_int_member (client_line (&client, 4), "transfers"), ==, 42);

  far_telemetry_annotate (fixture.telemetry, &annotation);
  client_wait_lines (&client, 6);
  g_assert_cmpstr (client_type (&client, 5), ==, "annotation");
  g_assert_cmpstr (json_object_get_string_member (client_line (&client, 5), "kind"), ==,
                   "instance_crash");

  fake_platform_get_state (fixture.platform, "content")->instances = 4;
  fake_platform_tell_state (fixture.platform);
  client_wait_lines (&client, 8);
  g_assert_cmpstr (client_type (&client, 6), ==, "functions");
  g_assert_cmpstr (function_name (client_line (&client, 6), 0), ==, "content");
  g_assert_cmpstr (client_type (&client, 7), ==, "platform");
  for (i = 1; i < client.lines->len; i++)
    g_assert_cmpint (client_seq (&client, i), ==, client_seq (&client, i - 1) + 1);
  fixture_clear (&fixture);
}

static void
make_event (Fixture *fixture, Client *watching, const char *function)
{
  guint n = watching->lines->len;

  fixture_record (fixture, function, FAR_INVOCATION_OK, 100);
  client_wait_lines (watching, n + 1);
}

static void
test_resume (void)
{
  g_auto (Client) steady = { 0 }, back = { 0 }, now = { 0 }, stale = { 0 }, ahead = { 0 };
  g_autofree char *path = NULL, *now_path = NULL, *stale_path = NULL, *ahead_path = NULL;
  Fixture fixture = { 0 };
  gint64 seq;
  guint i;

  fixture_init (&fixture, NULL);
  client_get (&steady, &fixture, "/v1/events");
  client_wait_lines (&steady, 3);
  seq = client_seq (&steady, 2);
  for (i = 0; i < 5; i++)
    make_event (&fixture, &steady, i % 2 == 0 ? "content" : "settle");

  /* Exactly what came after the one it has, with nothing between hello and that. */
  path = g_strdup_printf ("/v1/events?after=%" G_GINT64_FORMAT, seq);
  client_get (&back, &fixture, path);
  client_wait_lines (&back, 6);
  g_assert_true (json_object_get_boolean_member (client_line (&back, 0), "resumed"));
  g_assert_cmpint (client_seq (&back, 0), ==, seq);
  for (i = 1; i < 6; i++)
    {
      g_autofree char *was = json_to_string (g_ptr_array_index (steady.lines, i + 2), FALSE);
      g_autofree char *is = json_to_string (g_ptr_array_index (back.lines, i), FALSE);

      g_assert_cmpstr (is, ==, was);
    }
  /* With the last one, nothing is missed; both go on together. */
  now_path = g_strdup_printf ("/v1/events?after=%" G_GINT64_FORMAT, seq + 5);
  client_get (&now, &fixture, now_path);
  client_wait_lines (&now, 1);
  g_assert_true (json_object_get_boolean_member (client_line (&now, 0), "resumed"));
  make_event (&fixture, &steady, "content");
  client_wait_lines (&now, 2);
  client_wait_lines (&back, 7);
  g_assert_cmpint (client_seq (&now, 1), ==, seq + 6);
  g_assert_cmpint (client_seq (&back, 6), ==, seq + 6);

  /* What is no longer kept, or not yet there, is answered with the whole state. */
  stale_path = g_strdup_printf ("/v1/events?after=%" G_GINT64_FORMAT, seq - 100);
  client_get (&stale, &fixture, stale_path);
  client_wait_lines (&stale, 1);
  g_assert_false (json_object_get_boolean_member (client_line (&stale, 0), "resumed"));
  g_assert_cmpuint (n_functions (client_line (&stale, 0)), ==, 2);
  ahead_path = g_strdup_printf ("/v1/events?after=%" G_GINT64_FORMAT, seq + 1000);
  client_get (&ahead, &fixture, ahead_path);
  client_wait_lines (&ahead, 1);
  g_assert_false (json_object_get_boolean_member (client_line (&ahead, 0), "resumed"));
  fixture_clear (&fixture);
}

/* After a restart seq goes on from above, and a reader of the old run gets the whole state. */
static void
test_restart (void)
{
  g_auto (Client) before = { 0 }, after = { 0 };
  g_autofree char *path = NULL;
  Fixture fixture = { 0 };
  gint64 seq;

  fixture_init (&fixture, NULL);
  client_get (&before, &fixture, "/v1/events");
  client_wait_lines (&before, 3);
  seq = client_seq (&before, 2);
  g_clear_pointer (&fixture.control, far_control_free);
  client_wait_closed (&before);
  g_assert_true (far_clock_advance (fixture.clock, 500000, NULL));
  fixture_start_control (&fixture);
  path = g_strdup_printf ("/v1/events?after=%" G_GINT64_FORMAT, seq);
  client_get (&after, &fixture, path);
  client_wait_lines (&after, 1);
  g_assert_false (json_object_get_boolean_member (client_line (&after, 0), "resumed"));
  g_assert_cmpint (client_seq (&after, 0), >, seq);
  fixture_clear (&fixture);
}

/* What changed while nobody read is told to the first who does. */
static void
test_quiet_changes (void)
{
  g_auto (Client) first = { 0 }, second = { 0 };
  g_autofree char *path = NULL;
  Fixture fixture = { 0 };
  gint64 seq;

  fixture_init (&fixture, NULL);
  client_get (&first, &fixture, "/v1/events");
  client_wait_lines (&first, 3);
  seq = client_seq (&first, 2);
  client_clear (&first);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  fixture_record (&fixture, "content", FAR_INVOCATION_OK, 100);
  path = g_strdup_printf ("/v1/events?after=%" G_GINT64_FORMAT, seq);
  client_get (&second, &fixture, path);
  client_wait_lines (&second, 2);
  g_assert_true (json_object_get_boolean_member (client_line (&second, 0), "resumed"));
  g_assert_cmpstr (client_type (&second, 1), ==, "functions");
  g_assert_cmpstr (function_name (client_line (&second, 1), 0), ==, "content");
  fixture_clear (&fixture);
}

typedef struct {
  Fixture *fixture;
  Client  *steady;
  guint    n;
  guint    n_max;
} Flood;

/* Adds lines whenever the steady reader has all that were. */
static gboolean
flood_some (gpointer user_data)
{
  Flood *flood = user_data;
  g_autofree char *text = g_strnfill (4000, 'x');
  guint i;

  client_poll (flood->steady);
  if (flood->steady->lines->len < flood->n)
    return FALSE;
  if (flood->n >= flood->n_max)
    return TRUE;
  for (i = 0; i < 10; i++)
    fixture_log (flood->fixture, "content", text);
  flood->n += 10;
  return FALSE;
}

/* A reader that does not read is let go with a line that says so; the one beside it loses nothing,
 * and nothing grows without bound. */
static void
test_stuck (void)
{
  g_auto (Client) stuck = { 0 }, steady = { 0 };
  Fixture fixture = { 0 };
  Flood flood = { &fixture, &steady, 1, 801 };
  JsonObject *last;

  fixture_init (&fixture, NULL);
  fixture_log (&fixture, "content", "first");
  client_get (&stuck, &fixture, "/v1/logs?follow=1&platform=0&limit=1");
  client_get (&steady, &fixture, "/v1/logs?follow=1&platform=0&limit=1");
  client_wait_lines (&stuck, 1);
  client_wait_lines (&steady, 1);
  run_until ("a flood", flood_some, &flood);
  client_wait_closed (&stuck);
  last = client_line (&stuck, stuck.lines->len - 1);
  g_assert_cmpstr (json_object_get_string_member (last, "type"), ==, "dropped");
  g_assert_cmpstr (json_object_get_string_member (last, "message"), !=, "");
  g_assert_cmpuint (stuck.bytes->len, <, 800 * 4000);
  g_assert_cmpuint (stuck.bytes->len, >, FAR_CONTROL_STREAM_BACKLOG_MAX / 2);
  g_assert_cmpuint (steady.lines->len, ==, 801);
  fixture_clear (&fixture);
}

static const char *
message_of (Client *client, guint index)
{
  return json_object_get_string_member (client_line (client, index), "message");
}

static gboolean
has_last_line (gpointer user_data)
{
  Client *client = user_data;

  client_poll (client);
  return client->lines->len > 0 &&
         strcmp (message_of (client, client->lines->len - 1), "299") == 0;
}

/* Lines keep coming while the follower is joining: none is missing, none comes twice. */
static void
test_follow (void)
{
  g_auto (Client) client = { 0 };
  Fixture fixture = { 0 };
  guint i, first = 0;

  fixture_init (&fixture, NULL);
  for (i = 0; i < 300; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      /* The clock stands still at times: lines of one instant are told apart too. */
      if (i % 3 == 0)
        g_assert_true (far_clock_advance (fixture.clock, 1, NULL));
      fixture_log (&fixture, "content", text);
      if (i == 100)
        client_get (&client, &fixture, "/v1/logs?follow=1&limit=50&platform=0");
      if (i > 100)
        g_main_context_iteration (NULL, FALSE);
    }
  run_until ("the last line", has_last_line, &client);
  first = (guint) g_ascii_strtoull (message_of (&client, 0), NULL, 10);
  for (i = 0; i < client.lines->len; i++)
    g_assert_cmpuint (g_ascii_strtoull (message_of (&client, i), NULL, 10), ==, first + i);
  g_assert_cmpuint (first, >=, 51);
  fixture_clear (&fixture);
}

static void
test_log_filters (void)
{
  g_auto (Client) errors = { 0 }, text = { 0 }, other = { 0 }, all = { 0 };
  FarTelemetryLine line = { .function = "content", .time_us = T0, .level = FAR_LOG_ERROR,
                            .message = "Out of \033[31mINK", .n_bytes = 15 };
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  fixture_log (&fixture, "content", "hello");
  far_telemetry_log (fixture.telemetry, &line);
  fixture_record (&fixture, "content", FAR_INVOCATION_OK, 10);

  client_get (&errors, &fixture, "/v1/logs?level=error&platform=0");
  client_wait_closed (&errors);
  g_assert_cmpuint (errors.lines->len, ==, 1);
  g_assert_cmpstr (message_of (&errors, 0), ==, "Out of \033[31mINK");
  g_assert_cmpstr (json_object_get_string_member (client_line (&errors, 0), "level"), ==,
                   "error");
  g_assert_cmpstr (json_object_get_string_member (client_line (&errors, 0), "time"), ==,
                   "2026-01-01T00:00:00.000000Z");
  g_assert_true (json_object_get_null_member (client_line (&errors, 0), "request_id"));
  g_assert_null (strchr (errors.bytes->str, '\033'));

  client_get (&text, &fixture, "/v1/logs?contains=ink");
  client_wait_closed (&text);
  g_assert_cmpuint (text.lines->len, ==, 1);
  client_get (&other, &fixture, "/v1/logs?function=settle");
  client_wait_closed (&other);
  g_assert_cmpuint (other.lines->len, ==, 0);
  client_get (&all, &fixture, "/v1/logs");
  client_wait_closed (&all);
  g_assert_cmpuint (all.lines->len, ==, 5);
  g_assert_true (g_str_has_prefix (message_of (&all, 0), "START "));
  g_assert_true (g_str_has_prefix (message_of (&all, 4), "REPORT "));
  fixture_clear (&fixture);
}

static gboolean
is_later (gpointer user_data)
{
  return g_get_monotonic_time () / G_USEC_PER_SEC > *(gint64 *) user_data;
}

static gboolean
has_told_all (gpointer user_data)
{
  Client *client = user_data;

  client_poll (client);
  return client->lines->len > 0 && !strcmp (message_of (client, client->lines->len - 1), "last");
}

/* More than a stream's share in one second: the rest is counted, and said. How many seconds a burst
 * takes is the machine's affair: each line came or was counted, and no second had more than its
 * share. */
static void
test_rate (void)
{
  const guint burst = 3 * FAR_CONTROL_LOG_LINES_PER_S_MAX;
  gint64 from_s = g_get_monotonic_time () / G_USEC_PER_SEC, to_s;
  g_auto (Client) client = { 0 };
  guint i, n_lines = 0, told = 0;
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  fixture_log (&fixture, "content", "first");
  client_get (&client, &fixture, "/v1/logs?follow=1&platform=0&function=content&limit=1");
  client_wait_lines (&client, 1);
  for (i = 0; i < burst; i++)
    {
      fixture_log (&fixture, "content", "x");
      client_poll (&client);
    }
  /* The next second's first line brings the count with it. */
  to_s = g_get_monotonic_time () / G_USEC_PER_SEC;
  run_until ("the second is over", is_later, &to_s);
  fixture_log (&fixture, "content", "last");
  run_until ("the last line", has_told_all, &client);
  for (i = 0; i < client.lines->len; i++)
    if (g_str_has_suffix (message_of (&client, i), "a second"))
      told += (guint) g_ascii_strtoull (message_of (&client, i), NULL, 10);
    else
      n_lines++;
  g_assert_cmpuint (told + n_lines, ==, burst + 2);
  g_assert_cmpuint (n_lines - 2, <=,
                    (guint) (to_s - from_s + 1) * FAR_CONTROL_LOG_LINES_PER_S_MAX);
  fixture_clear (&fixture);
}

static gboolean
is_let_in (gpointer user_data)
{
  g_auto (Client) client = { 0 };

  client_get (&client, user_data, "/v1/events");
  while (strstr (client.bytes->str, "\r\n\r\n") == NULL)
    {
      g_main_context_iteration (NULL, FALSE);
      client_poll (&client);
    }
  return g_str_has_prefix (client.bytes->str, "HTTP/1.1 200");
}

static void
test_too_many (void)
{
  Client clients[FAR_CONTROL_STREAMS_MAX] = { 0 };
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  guint i;

  fixture_init (&fixture, NULL);
  for (i = 0; i < FAR_CONTROL_STREAMS_MAX; i++)
    {
      client_get (&clients[i], &fixture, "/v1/events");
      client_wait_lines (&clients[i], 1);
    }
  ask (&fixture, "GET", "/v1/events", NULL, 503, &answer);
  g_assert_cmpstr (answer_code (&answer), ==, "busy");
  /* A place is free again once a reader has hung up and was noticed. */
  client_clear (&clients[0]);
  run_until ("a free place", is_let_in, &fixture);
  for (i = 0; i < FAR_CONTROL_STREAMS_MAX; i++)
    client_clear (&clients[i]);
  fixture_clear (&fixture);
}

static gboolean
was_invoked (gpointer platform)
{
  return fake_platform_get_invokes (platform)->len == 1;
}

/* A call that a stop has waited for is told its result, though all ends at once. */
static void
test_last_answer (void)
{
  static const char text[] = "POST /v1/functions/content/invocations HTTP/1.1\r\n"
                             "Host: localhost\r\nContent-Type: application/json\r\n"
                             "Content-Length: 2\r\n\r\n{}";
  g_auto (Client) client = { 0 };
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  client_open (&client, &fixture);
  client_send (&client, text, strlen (text));
  run_until ("an invocation", was_invoked, fixture.platform);
  fake_platform_answer (fixture.platform, 200, "\"the last one\"");
  far_control_flush (fixture.control);
  g_clear_pointer (&fixture.control, far_control_free);
  client_wait_closed (&client);
  g_assert_true (g_str_has_prefix (client.bytes->str, "HTTP/1.1 200 "));
  g_assert_nonnull (strstr (client.bytes->str, "the last one"));
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control/events", test_events);
  g_test_add_func ("/control/events/resume", test_resume);
  g_test_add_func ("/control/events/restart", test_restart);
  g_test_add_func ("/control/events/quiet-changes", test_quiet_changes);
  g_test_add_func ("/control/events/too-many", test_too_many);
  g_test_add_func ("/control/logs/stuck", test_stuck);
  g_test_add_func ("/control/logs/follow", test_follow);
  g_test_add_func ("/control/logs/filters", test_log_filters);
  g_test_add_func ("/control/logs/rate", test_rate);
  g_test_add_func ("/control/last-answer", test_last_answer);
  return g_test_run ();
}
