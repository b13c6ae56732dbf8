/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The server's limits, in one process with small ones: connections, and clients that stall. */
#include "books-world.h"
#include "keeper-process.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-frame.h"
#include "bookkeeper/far-server.h"

typedef struct {
  char             *dir;
  FarServerOptions  options;
  Keeper            platform; /* our end of the control channel */
  int               control;  /* its end */
  GThread          *thread;
} Fixture;

static gpointer
run_server (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = far_server_run (&fixture->options, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return NULL;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonNode) ready = NULL;
  int pair[2];

  fixture->dir = g_dir_make_tmp ("far-limits-XXXXXX", NULL);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
  fixture->platform.control = pair[0];
  fixture->control = pair[1];
  fixture->options = (FarServerOptions) {
    .data_dir = fixture->dir, .money = FAR_LEDGER_MONEY_TEST, .clock = far_clock_new_system (),
    .control_fd = pair[1], .signal_fd = eventfd (0, EFD_CLOEXEC),
    .connections_max = 3, .stall_us = 50000,
  };
  fixture->thread = g_thread_new ("server", run_server, fixture);
  ready = keeper_expect (&fixture->platform, "ready");
  g_assert_nonnull (ready);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (eventfd_write (fixture->options.signal_fd, 1), ==, 0);
  g_thread_join (fixture->thread);
  close (fixture->options.signal_fd);
  close (fixture->control);
  close (fixture->platform.control);
  far_clock_unref (fixture->options.clock);
  world_remove_tree (fixture->dir);
  g_free (fixture->dir);
}

static void
expect_alive (int fd)
{
  g_autoptr (JsonNode) status = keeper_ask (fd, "{'command':'ledger.status'}");

  g_assert_true (answer_bool (status, "ok"));
}

static void
expect_closed (int fd)
{
  char byte;

  g_assert_cmpint (recv (fd, &byte, 1, 0), <=, 0);
  close (fd);
}

static void
test_connections (Fixture *fixture, gconstpointer data)
{
  int fds[3], again;

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = keeper_connect (&fixture->platform, "test", keeper_all_commands);
      expect_alive (fds[i]);
    }
  expect_closed (keeper_connect (&fixture->platform, "test", keeper_all_commands));
  expect_alive (fds[0]);
  /* One that goes makes room for one. */
  close (fds[1]);
  for (;;)
    {
      g_autoptr (JsonNode) status = NULL;

      again = keeper_connect (&fixture->platform, "test", keeper_all_commands);
      status = keeper_ask (again, "{'command':'ledger.status'}");
      if (status != NULL)
        break;
      close (again);
    }
  close (again);
  close (fds[0]);
  close (fds[2]);
}

/* Half a frame, then nothing: closed. One that is idle between requests is not. */
static void
test_half_a_frame (Fixture *fixture, gconstpointer data)
{
  int idle = keeper_connect (&fixture->platform, "test", keeper_all_commands);
  int half = keeper_connect (&fixture->platform, "test", keeper_all_commands);

  expect_alive (idle);
  expect_alive (half);
  g_assert_cmpint (send (half, "\0\0\0\x10{", 5, MSG_NOSIGNAL), ==, 5);
  expect_closed (half);
  expect_alive (idle);
  close (idle);
}

/* Asks and asks and never reads: its answers fill its socket, then it is closed. */
static void
test_never_reads (Fixture *fixture, gconstpointer data)
{
  static const char *const request = "{\"command\":\"ledger.status\"}";
  int idle = keeper_connect (&fixture->platform, "test", keeper_all_commands);
  int deaf = keeper_connect (&fixture->platform, "test", keeper_all_commands);

  expect_alive (idle);
  while (far_frame_write (deaf, request, strlen (request), KEEPER_TIMEOUT_MS * 1000, NULL))
    continue;
  expect_alive (idle);
  close (deaf);
  close (idle);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/limits/connections", Fixture, NULL, set_up, test_connections, tear_down);
  g_test_add ("/limits/half-a-frame", Fixture, NULL, set_up, test_half_a_frame, tear_down);
  g_test_add ("/limits/never-reads", Fixture, NULL, set_up, test_never_reads, tear_down);
  return g_test_run ();
}
