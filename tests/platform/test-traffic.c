/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated readers as a child process: started, reported, replaced, stopped, broken. A script of
 * the test's own stands in for farthing-readers. */
#include "platform/far-traffic.h"

#include <glib/gstdio.h>
#include <string.h>

#define DEADLINE_S 60

typedef struct {
  char       *dir;
  char       *program;
  FarTraffic *traffic;
  guint       n_changes;
} Fixture;

static void
on_changed (FarTraffic *traffic, gpointer user_data)
{
  ((Fixture *) user_data)->n_changes++;
}

static void
fixture_init (Fixture *self, const char *script)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strconcat ("#!/bin/sh\n", script, NULL);

  self->dir = g_dir_make_tmp ("far-traffic-XXXXXX", &error);
  g_assert_no_error (error);
  self->program = g_build_filename (self->dir, "farthing-readers", NULL);
  g_assert_true (g_file_set_contents_full (self->program, text, -1, G_FILE_SET_CONTENTS_NONE, 0700,
                                           &error));
  g_setenv ("FARTHING_LIBEXECDIR", self->dir, TRUE);
  self->n_changes = 0;
  self->traffic = far_traffic_new (on_changed, self);
}

static void
fixture_clear (Fixture *self)
{
  g_clear_pointer (&self->traffic, far_traffic_free);
  g_assert_cmpint (g_unlink (self->program), ==, 0);
  g_assert_cmpint (g_rmdir (self->dir), ==, 0);
  g_free (self->program);
  g_free (self->dir);
}

static void
start (Fixture *self, double rate)
{
  FarTrafficOptions options = { rate, 9, 42 };
  g_autoptr (GError) error = NULL;

  g_assert_true (far_traffic_start (self->traffic, &options, "http://127.0.0.1:1", "/a/clock",
                                    &error));
  g_assert_no_error (error);
  g_assert_true (far_traffic_is_running (self->traffic));
}

static gint64
report_int (Fixture *self, const char *name)
{
  JsonNode *report = far_traffic_get_report (self->traffic);

  if (report == NULL || !json_object_has_member (json_node_get_object (report), name))
    return -1;
  return json_object_get_int_member (json_node_get_object (report), name);
}

static void
wait_arrivals (Fixture *self, gint64 n)
{
  gint64 end = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;

  while (report_int (self, "arrivals") != n && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (report_int (self, "arrivals"), ==, n);
}

static void
wait_ended (Fixture *self)
{
  while (far_traffic_is_running (self->traffic))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_report (void)
{
  Fixture fixture;
  const char *argument;

  fixture_init (&fixture,
                "echo '{\"type\":\"progress\",\"arrivals\":1}'\n"
                "echo 'not JSON'; echo '{\"type\":\"other\",\"arrivals\":9}'\n"
                "printf '{\"type\":\"report\",\"arrivals\":2,\"args\":\"%s\",\"clock\":\"%s\"}\\n' "
                "\"$*\" \"$FARTHING_TEST_CLOCK\"\n");
  g_assert_null (far_traffic_get_report (fixture.traffic));
  start (&fixture, 0.5);
  g_assert_cmpfloat (far_traffic_get_readers_per_second (fixture.traffic), ==, 0.5);
  wait_ended (&fixture);
  wait_arrivals (&fixture, 2);
  argument = json_object_get_string_member (
    json_node_get_object (far_traffic_get_report (fixture.traffic)), "args");
  g_assert_cmpstr (argument, ==, "--gateway http://127.0.0.1:1 --readers-per-second 0.5 "
                   "--duration 9 --seed 42");
  g_assert_cmpstr (json_object_get_string_member (
                     json_node_get_object (far_traffic_get_report (fixture.traffic)), "clock"),
                   ==, "/a/clock");
  g_assert_null (far_traffic_get_problem (fixture.traffic));
  g_assert_cmpfloat (far_traffic_get_readers_per_second (fixture.traffic), ==, 0);
  g_assert_cmpuint (fixture.n_changes, >=, 4);
  fixture_clear (&fixture);
}

static void
test_stop (void)
{
  Fixture fixture;

  fixture_init (&fixture,
                "trap 'echo \"{\\\"type\\\":\\\"report\\\",\\\"arrivals\\\":7}\"; exit 0' TERM\n"
                "echo '{\"type\":\"progress\",\"arrivals\":1}'\n"
                "while :; do sleep 0.05; done\n");
  far_traffic_stop (fixture.traffic);
  start (&fixture, 5);
  wait_arrivals (&fixture, 1);
  far_traffic_stop (fixture.traffic);
  far_traffic_stop (fixture.traffic);
  g_assert_true (far_traffic_is_stopping (fixture.traffic));
  wait_ended (&fixture);
  wait_arrivals (&fixture, 7);
  g_assert_null (far_traffic_get_problem (fixture.traffic));
  fixture_clear (&fixture);
}

/* The new run's report is the one shown, whatever the old one still says. */
static void
test_replace (void)
{
  Fixture fixture;

  fixture_init (&fixture,
                "trap 'echo \"{\\\"type\\\":\\\"report\\\",\\\"arrivals\\\":99}\"; exit 0' TERM\n"
                "echo \"{\\\"type\\\":\\\"progress\\\",\\\"arrivals\\\":${4%%.*}}\"\n"
                "while :; do sleep 0.05; done\n");
  start (&fixture, 3);
  wait_arrivals (&fixture, 3);
  start (&fixture, 4);
  g_assert_null (far_traffic_get_report (fixture.traffic));
  wait_arrivals (&fixture, 4);
  g_assert_true (far_traffic_is_running (fixture.traffic));
  g_assert_cmpfloat (far_traffic_get_readers_per_second (fixture.traffic), ==, 4);
  /* Freed while one runs. */
  fixture_clear (&fixture);
}

static void
test_broken (void)
{
  FarTrafficOptions options = { 1, 0, 1 };
  g_autoptr (GError) error = NULL;
  Fixture fixture;

  fixture_init (&fixture, "exit 3\n");
  start (&fixture, 1);
  wait_ended (&fixture);
  g_assert_nonnull (strstr (far_traffic_get_problem (fixture.traffic), "status 3"));
  g_assert_cmpint (g_unlink (fixture.program), ==, 0);
  g_assert_false (far_traffic_start (fixture.traffic, &options, "http://x", NULL, &error));
  g_assert_error (error, FAR_TRAFFIC_ERROR, FAR_TRAFFIC_ERROR_START);
  g_assert_false (far_traffic_is_running (fixture.traffic));
  g_assert_true (g_file_set_contents (fixture.program, "", 0, NULL));
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/traffic/report", test_report);
  g_test_add_func ("/traffic/stop", test_stop);
  g_test_add_func ("/traffic/replace", test_replace);
  g_test_add_func ("/traffic/broken", test_broken);
  return g_test_run ();
}
