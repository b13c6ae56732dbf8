/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long an instance takes from START to its first byte, the request for its first event, and on
 * to the first byte of its answer: the sandbox's share of a cold start, without HTTP server and
 * dispatcher. Prints one JSON line. Arguments: number of starts, instances kept alive meanwhile. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/harness.h"

#define STARTS_DEFAULT 500
#define STARTS_MAX 100000

static int
compare (gconstpointer a,
         gconstpointer b)
{
  gint64 left = *(const gint64 *) a;
  gint64 right = *(const gint64 *) b;

  return (left > right) - (left < right);
}

static double
percentile_ms (const gint64 *sorted_us,
               guint         n,
               guint         percent)
{
  return sorted_us[MIN ((guint64) n * percent / 100, n - 1)] / 1000.0;
}

static void
wait_readable (int fd)
{
  struct pollfd wait = { .fd = fd, .events = POLLIN };

  g_assert_cmpint (poll (&wait, 1, HARNESS_DEADLINE_MS), ==, 1);
}

static guint
argument (int    argc,
          char **argv,
          int    index,
          guint  fallback)
{
  guint64 value;

  if (argc <= index)
    return fallback;
  if (!g_ascii_string_to_unsigned (argv[index], 10, 0, STARTS_MAX, &value, NULL))
    g_error ("Usage: %s [STARTS [KEPT]]", argv[0]);
  return value;
}

static void
end (Harness         *harness,
     HarnessInstance *instance)
{
  far_instance_kill (instance->instance);
  harness_wait (harness, &instance->exited, "exit");
  harness_instance_free (instance);
}

/* Own memory of an idle instance: what it does not share with its siblings. */
static gint64
private_kb (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", (int) pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gint64 sum = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return -1;
  lines = g_strsplit (text, "\n", 0);
  for (guint i = 0; lines[i]; i++)
    if (g_str_has_prefix (lines[i], "Private_"))
      sum += g_ascii_strtoll (strchr (lines[i], ':') + 1, NULL, 10);
  return sum;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *code = g_build_filename (g_getenv ("FARTHING_BUILD_ROOT"), "tests", "sandbox",
                                            "guest", NULL);
  guint n = argument (argc, argv, 1, STARTS_DEFAULT);
  guint n_kept = argument (argc, argv, 2, 0);
  g_autofree gint64 *first_us = g_new0 (gint64, n);
  g_autofree gint64 *answer_us = g_new0 (gint64, n);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  Harness *harness = harness_new (&error);
  HarnessSandbox *sandbox;
  static const char *const services[] = { "one", NULL };
  FarSandboxSpec spec;
  gint64 memory_kb = -1;
  gint64 began_us;

  g_assert_no_error (error);
  harness_spec_init (&spec, code);
  spec.services = services;
  spec.instances_max = n_kept + 16;
  began_us = g_get_monotonic_time ();
  sandbox = harness_prepare (harness, &spec, &error);
  g_assert_no_error (error);
  began_us = g_get_monotonic_time () - began_us;
  for (guint i = 0; i < n + n_kept; i++)
    {
      gint64 start_us = g_get_monotonic_time ();
      HarnessInstance *instance = harness_start (sandbox, 1);
      gint64 next_us;

      wait_readable (instance->runtime);
      next_us = g_get_monotonic_time ();
      harness_send_event (harness, instance, "{}");
      wait_readable (instance->runtime);
      if (i >= n_kept)
        {
          first_us[i - n_kept] = next_us - start_us;
          answer_us[i - n_kept] = g_get_monotonic_time () - start_us;
        }
      harness_wait (harness, &instance->started, "STARTED");
      memory_kb = private_kb (far_instance_get_pid (instance->instance));
      if (i < n_kept)
        {
          far_instance_set_busy (instance->instance, FALSE);
          g_ptr_array_add (kept, instance);
        }
      else
        end (harness, instance);
    }
  qsort (first_us, n, sizeof *first_us, compare);
  qsort (answer_us, n, sizeof *answer_us, compare);
  printf ("{\"name\":\"coldstart-sandbox\",\"isolation\":\"%s\",\"starts\":%u,\"kept\":%u,"
          "\"first_byte_p50_ms\":%.3f,\"first_byte_p99_ms\":%.3f,\"answer_p50_ms\":%.3f,"
          "\"answer_p99_ms\":%.3f,\"prepare_ms\":%.3f,\"private_kb\":%" G_GINT64_FORMAT "}\n",
          far_isolation_to_string (far_spawner_get_isolation (harness->spawner)), n, n_kept,
          percentile_ms (first_us, n, 50), percentile_ms (first_us, n, 99),
          percentile_ms (answer_us, n, 50), percentile_ms (answer_us, n, 99), began_us / 1000.0,
          memory_kb);
  for (guint i = 0; i < kept->len; i++)
    end (harness, g_ptr_array_index (kept, i));
  harness_sandbox_free (sandbox);
  harness_free (harness);
  return 0;
}
