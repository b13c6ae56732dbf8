/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes killed under a running farthingd: what is lost is the one call, and what was killed is
 * back. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "daemon.h"

static Reply *
get (Daemon *daemon, const char *target)
{
  g_autofree char *url = url_of (daemon->gateway, target);

  return http_get (url);
}

/* Until it is answered with 200; how long that took, µs. */
static gint64
recover (Daemon *daemon, const char *target)
{
  gint64 start_us = g_get_monotonic_time ();

  for (;;)
    {
      g_autoptr (Reply) reply = get (daemon, target);
      gint64 taken_us = g_get_monotonic_time () - start_us;

      if (reply->status == 200)
        return taken_us;
      if (taken_us > DAEMON_DEADLINE_S * G_USEC_PER_SEC)
        g_error ("Still %u after %d s: %s", reply->status, DAEMON_DEADLINE_S, reply->body);
    }
}

static void
test_spawner (void)
{
  g_autoptr (Daemon) daemon = daemon_start (NULL);
  guint i;

  for (i = 0; i < 5; i++)
    {
      pid_t spawner;
      gint64 taken_us;

      while ((spawner = daemon_find_child (daemon, "/farthing-spawner")) == 0)
        g_thread_yield ();
      recover (daemon, "/echo/x");
      recover (daemon, "/plain/x");
      kill (spawner, SIGKILL);
      taken_us = recover (daemon, "/echo/x");
      recover (daemon, "/plain/x");
      g_test_message ("served again after %" G_GINT64_FORMAT " ms", taken_us / 1000);
      /* What was there already may have answered before the kill took effect. */
      while (daemon_find_child (daemon, "/farthing-spawner") == spawner)
        g_thread_yield ();
      recover (daemon, "/echo/x");
    }
}

typedef struct {
  Daemon     *daemon;
  const char *target;
} Hang;

static gpointer
hang_main (gpointer data)
{
  Hang *hang = data;

  return get (hang->daemon, hang->target);
}

/* Host pids below root whose command has this name. */
static GArray *
find_below (pid_t root, const char *comm)
{
  g_autoptr (GHashTable) below = g_hash_table_new (NULL, NULL);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
  gboolean grew = TRUE;

  g_hash_table_add (below, GINT_TO_POINTER (root));
  while (grew)
    {
      g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
      const char *name;

      grew = FALSE;
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *path = g_build_filename ("/proc", name, "stat", NULL);
          g_autofree char *text = NULL;
          pid_t pid = (pid_t) g_ascii_strtoll (name, NULL, 10);
          const char *open;
          const char *close;
          pid_t parent;

          if (pid <= 0 || g_hash_table_contains (below, GINT_TO_POINTER (pid))
              || !g_file_get_contents (path, &text, NULL, NULL))
            continue;
          open = strchr (text, '(');
          close = strrchr (text, ')');
          parent = (pid_t) g_ascii_strtoll (close + 4, NULL, 10);
          if (!g_hash_table_contains (below, GINT_TO_POINTER (parent)))
            continue;
          g_hash_table_add (below, GINT_TO_POINTER (pid));
          grew = TRUE;
          if ((gsize) (close - open - 1) == strlen (comm)
              && strncmp (open + 1, comm, strlen (comm)) == 0)
            g_array_append_val (found, pid);
        }
    }
  return found;
}

/* Every process of a function, its fork server with them, while a call hangs in one. */
static void
test_instances (void)
{
  g_autoptr (Daemon) daemon = daemon_start (NULL);
  guint i;

  for (i = 0; i < 5; i++)
    {
      Hang hang = { daemon, "/echo/hang" };
      g_autoptr (GArray) pids = NULL;
      g_autoptr (Reply) reply = NULL;
      GThread *thread;
      guint j;

      recover (daemon, "/echo/x");
      thread = g_thread_new ("hang", hang_main, &hang);
      recover (daemon, "/one/x");
      pids = find_below (daemon->pid, "Echo");
      g_assert_cmpuint (pids->len, >, 0);
      for (j = 0; j < pids->len; j++)
        kill (g_array_index (pids, pid_t, j), SIGKILL);
      reply = g_thread_join (thread);
      g_assert_cmpuint (reply->status, ==, 502);
      recover (daemon, "/echo/x");
    }
}

/* Nothing of it is left, and the folder can be used at once. */
static void
test_farthingd (void)
{
  g_autoptr (Daemon) daemon = daemon_start (NULL);
  guint i;

  for (i = 0; i < 3; i++)
    {
      pid_t spawner = daemon_find_child (daemon, "/farthing-spawner");
      struct pollfd ended = { .fd = pidfd_open (spawner, 0), .events = POLLIN };

      g_assert_cmpint (ended.fd, >=, 0);
      recover (daemon, "/echo/x");
      daemon_kill (daemon);
      g_assert_cmpint (poll (&ended, 1, DAEMON_DEADLINE_S * 1000), ==, 1);
      close (ended.fd);
      daemon_restart (daemon);
      recover (daemon, "/echo/x");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kills/spawner", test_spawner);
  g_test_add_func ("/kills/instances", test_instances);
  g_test_add_func ("/kills/farthingd", test_farthingd);
  return g_test_run ();
}
