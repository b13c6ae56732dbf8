/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clocks: manual, the system's, and one file that processes share; and RFC 3339 there and back. */
#include "base/far-clock.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-random.h"

#define HOUR_US G_GINT64_CONSTANT (3600000000)

typedef struct {
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("far-clock-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "test-clock", NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_unsetenv (FAR_CLOCK_ENV);
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
test_manual (void)
{
  g_autoptr (FarClock) clock = far_clock_new_manual (1000);
  g_autoptr (FarClock) same = far_clock_ref (clock);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (far_clock_now_us (clock), ==, 1000);
  g_assert_true (far_clock_is_test (clock));
  g_assert_true (far_clock_advance (clock, 5, NULL));
  g_assert_cmpint (far_clock_now_us (same), ==, 1005);
  g_assert_false (far_clock_advance (clock, 0, &error));
  g_assert_error (error, FAR_CLOCK_ERROR, FAR_CLOCK_ERROR_BACKWARDS);
  g_assert_false (far_clock_advance (clock, -1, NULL));
  g_assert_false (far_clock_advance (clock, G_MAXINT64, NULL));
  g_assert_cmpint (far_clock_now_us (clock), ==, 1005);
}

static void
test_system (void)
{
  g_autoptr (FarClock) clock = far_clock_new_system ();
  gint64 before_us = g_get_real_time ();
  gint64 now_us = far_clock_now_us (clock);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (now_us, >=, before_us);
  g_assert_cmpint (now_us, <=, g_get_real_time ());
  g_assert_false (far_clock_is_test (clock));
  g_assert_false (far_clock_advance (clock, 1, &error));
  g_assert_error (error, FAR_CLOCK_ERROR, FAR_CLOCK_ERROR_OPEN);
}

/* How far a clock is ahead of the system's: at least, as time passes between two looks. */
static gint64
ahead_us (FarClock *clock)
{
  gint64 now_us = far_clock_now_us (clock);

  return now_us - g_get_real_time ();
}

static void
test_file (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (FarClock) clock = far_clock_new_shared (fixture->path, NULL);
  g_autoptr (FarClock) reopened = NULL;
  g_autoptr (FarClock) following = NULL;
  g_autofree char *nobody = g_strconcat (fixture->path, "-of-nobody", NULL);
  g_autofree char *contents = NULL;
  struct stat status;
  gsize length;
  gint64 offset_us;

  g_assert_cmpint (stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_true (far_clock_is_test (clock));
  g_assert_true (far_clock_advance (clock, HOUR_US, NULL));
  g_assert_true (g_file_get_contents (fixture->path, &contents, &length, NULL));
  g_assert_cmpuint (length, ==, 4096);
  memcpy (&offset_us, contents, sizeof offset_us);
  g_assert_cmpint (GINT64_FROM_LE (offset_us), ==, HOUR_US);

  /* The offset outlives the process that set it. */
  reopened = far_clock_new_shared (fixture->path, NULL);
  g_assert_cmpint (ahead_us (reopened), >, HOUR_US - HOUR_US / 60);

  /* Who follows goes along, moves nothing, and makes no clock of nobody's. */
  following = far_clock_new_following (fixture->path, NULL);
  g_assert_false (far_clock_advance (following, 1, NULL));
  g_assert_true (far_clock_advance (clock, HOUR_US, NULL));
  g_assert_cmpint (ahead_us (following), >, 2 * HOUR_US - HOUR_US / 60);
  g_assert_null (far_clock_new_following (nobody, NULL));
  g_assert_false (g_file_test (nobody, G_FILE_TEST_EXISTS));
}

/* A follower by path and one by descriptor see every step of the leader, in another process, and
 * cannot move it themselves. */
static int
follow (int wake,
        int report)
{
  g_autoptr (FarClock) clock = far_clock_new_from_env (NULL);
  char byte;

  if (clock == NULL || far_clock_advance (clock, 1, NULL))
    return 1;
  while (read (wake, &byte, 1) == 1)
    {
      gint64 hours = (ahead_us (clock) + HOUR_US / 2) / HOUR_US;

      if (write (report, &hours, sizeof hours) != sizeof hours)
        return 2;
    }
  return 0;
}

static void
check_shared (Fixture  *fixture,
              gboolean  by_descriptor)
{
  g_autoptr (FarClock) leader = far_clock_new_shared (fixture->path, NULL);
  gint64 first = (ahead_us (leader) + HOUR_US / 2) / HOUR_US;
  int fd = by_descriptor ? far_clock_share (leader, NULL) : -1;
  g_autofree char *name = by_descriptor ? g_strdup_printf ("fd:%d", fd)
                                        : g_strdup (fixture->path);
  int wake[2], report[2];
  int status = -1;
  pid_t child;

  g_assert_cmpint (pipe (wake), ==, 0);
  g_assert_cmpint (pipe (report), ==, 0);
  g_setenv (FAR_CLOCK_ENV, name, TRUE);
  child = fork ();
  if (child == 0)
    {
      close (wake[1]);
      _exit (follow (wake[0], report[1]));
    }
  close (wake[0]);
  for (gint64 i = 1; i <= 20; i++)
    {
      gint64 hours = 0;

      g_assert_true (far_clock_advance (leader, HOUR_US, NULL));
      g_assert_cmpint (write (wake[1], "x", 1), ==, 1);
      g_assert_cmpint (read (report[0], &hours, sizeof hours), ==, sizeof hours);
      g_assert_cmpint (hours, ==, first + i);
    }
  close (wake[1]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  close (report[0]);
  close (report[1]);
  if (fd >= 0)
    close (fd);
}

static void
test_shared (Fixture       *fixture,
             gconstpointer  data)
{
  check_shared (fixture, FALSE);
  check_shared (fixture, TRUE);
}

/* Steps of many processes at once all count. */
static void
test_concurrent (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (FarClock) clock = far_clock_new_shared (fixture->path, NULL);

  for (guint i = 0; i < 8; i++)
    if (fork () == 0)
      {
        for (guint step = 0; step < 1000; step++)
          if (!far_clock_advance (clock, HOUR_US / 1000, NULL))
            _exit (1);
        _exit (0);
      }
  for (guint i = 0; i < 8; i++)
    {
      int status = -1;

      g_assert_cmpint (wait (&status), >, 0);
      g_assert_cmpint (status, ==, 0);
    }
  g_assert_cmpint ((ahead_us (clock) + HOUR_US / 2) / HOUR_US, ==, 8);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const char *const names[] = { "/nonexistent/clock", "/dev/null", "/etc", "fd:", "fd:x",
                                       "fd:-1", "fd:99999", "fd:1 " };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_setenv (FAR_CLOCK_ENV, names[i], TRUE);
      g_assert_null (far_clock_new_from_env (&error));
      g_assert_error (error, FAR_CLOCK_ERROR, FAR_CLOCK_ERROR_OPEN);
    }
  /* Too short to map: a read would be a SIGBUS. */
  g_assert_true (g_file_set_contents (fixture->path, "short", 5, NULL));
  g_setenv (FAR_CLOCK_ENV, fixture->path, TRUE);
  g_assert_null (far_clock_new_from_env (NULL));
  g_setenv (FAR_CLOCK_ENV, "", TRUE);
  far_clock_unref (far_clock_new_from_env (NULL));
}

/* ---- RFC 3339 ---- */

static void
test_format (void)
{
  static const struct { gint64 time_us; const char *text; } cases[] = {
    { 0, "1970-01-01T00:00:00.000000Z" },
    { -1, "1969-12-31T23:59:59.999999Z" },
    { 1, "1970-01-01T00:00:00.000001Z" },
    { G_GINT64_CONSTANT (951782400000000), "2000-02-29T00:00:00.000000Z" },
    { G_GINT64_CONSTANT (1795407120123456), "2026-11-23T04:12:00.123456Z" },
    { G_GINT64_CONSTANT (4107542400000000), "2100-03-01T00:00:00.000000Z" },
    { G_GINT64_CONSTANT (253402300799999999), "9999-12-31T23:59:59.999999Z" },
    { G_MAXINT64, "9999-12-31T23:59:59.999999Z" },
    { G_MININT64, "0000-01-01T00:00:00.000000Z" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = far_time_to_rfc3339 (cases[i].time_us);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_parse (void)
{
  static const struct { const char *text; gint64 time_us; } good[] = {
    { "1970-01-01T00:00:00Z", 0 },
    { "1970-01-01t00:00:00z", 0 },
    { "1970-01-01T00:00:00.5Z", 500000 },
    { "1970-01-01T00:00:00.123456789Z", 123456 },
    { "1970-01-01T01:00:00+01:00", 0 },
    { "1969-12-31T23:30:00-00:30", 0 },
    { "2024-02-29T00:00:00Z", G_GINT64_CONSTANT (1709164800000000) },
    { "2000-02-29T12:00:00Z", G_GINT64_CONSTANT (951825600000000) },
  };
  static const char *const bad[] = {
    "", "1970", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z",
    "1970-01-01T00:00Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.1234567890Z",
    "1970-00-01T00:00:00Z", "1970-13-01T00:00:00Z", "1970-01-00T00:00:00Z",
    "1970-01-32T00:00:00Z", "1970-04-31T00:00:00Z", "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
    "1970-01-01T00:00:60Z", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+0100",
    "1970-01-01T00:00:00Z ", " 1970-01-01T00:00:00Z", "1970-01-01T00:00:00ZZ",
    "+970-01-01T00:00:00Z", "1970-1-01T00:00:00Z", "١970-01-01T00:00:00Z",
  };
  gint64 time_us = 42;

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_true (far_time_parse_rfc3339 (good[i].text, &time_us));
      g_assert_cmpint (time_us, ==, good[i].time_us);
    }
  time_us = 42;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_false (far_time_parse_rfc3339 (bad[i], &time_us));
    }
  g_assert_false (far_time_parse_rfc3339 (NULL, &time_us));
  g_assert_cmpint (time_us, ==, 42);
}

/* Against GDateTime, which has another calendar inside. */
static void
test_against_glib (void)
{
  FarRng rng;

  far_rng_init (&rng, 5, 5);
  for (guint i = 0; i < 20000; i++)
    {
      gint64 seconds = ((gint64) far_rng_next (&rng) << 6) - G_GINT64_CONSTANT (60000000000);
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (seconds);
      g_autofree char *expected = NULL;
      g_autofree char *text = NULL;
      gint64 time_us = 0;

      if (date == NULL || g_date_time_get_year (date) > 9999)
        continue;
      expected = g_date_time_format (date, "%Y-%m-%dT%H:%M:%S.000000Z");
      text = far_time_to_rfc3339 (seconds * 1000000);
      /* GLib does not pad years. */
      g_assert_true (g_str_has_suffix (text, expected + 1));
      g_assert_true (far_time_parse_rfc3339 (text, &time_us));
      g_assert_cmpint (time_us, ==, seconds * 1000000);
    }
}

#define ADD(name, function) \
  g_test_add ("/base/clock/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/clock/manual", test_manual);
  g_test_add_func ("/base/clock/system", test_system);
  ADD ("file", test_file);
  ADD ("shared", test_shared);
  ADD ("concurrent", test_concurrent);
  ADD ("refused", test_refused);
  g_test_add_func ("/base/time/format", test_format);
  g_test_add_func ("/base/time/parse", test_parse);
  g_test_add_func ("/base/time/against-glib", test_against_glib);
  return g_test_run ();
}
