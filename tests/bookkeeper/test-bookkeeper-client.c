/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions' client: against the real bookkeeper, and against one that misbehaves. */
#include "books-world.h"
#include "keeper-process.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-frame.h"
#include "bookkeeper/far-commands.h"
#include "lambda/far-bookkeeper-client.h"

static void
test_calls (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("far-client-XXXXXX", &error);
  g_autoptr (FarBookkeeperClient) client = NULL;
  g_autoptr (JsonNode) answer = NULL, ready = NULL, property = NULL;
  Keeper *keeper = keeper_start (dir, NULL);
  FarJsonWriter request;
  int fd;

  ready = keeper_expect (keeper, "ready");
  fd = keeper_connect (keeper, "function", keeper_all_commands);
  property = keeper_ask (fd, "{'command':'property.ensure','property':'news','currency':'USD',"
                         "'terms':{}}");
  client = far_bookkeeper_client_new_for_fd (fd);

  far_bookkeeper_client_begin (&request, "entitlement");
  far_json_add_string (&request, "reader", world_reader (1));
  far_json_add_string (&request, "property", "news");
  far_json_add_string (&request, "article", "a");
  answer = far_bookkeeper_client_call (client, &request, FAR_BOOKKEEPER_TIMEOUT_US, &error);
  g_assert_no_error (error);
  g_assert_false (answer_bool (answer, "entitled"));

  far_bookkeeper_client_begin (&request, "entitlement");
  far_json_add_string (&request, "reader", world_reader (1));
  far_json_add_string (&request, "property", "other");
  far_json_add_string (&request, "article", "a");
  g_assert_null (far_bookkeeper_client_call (client, &request, FAR_BOOKKEEPER_TIMEOUT_US, &error));
  g_assert_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNKNOWN_PROPERTY);
  g_assert_cmpstr (far_bookkeeper_error_code (error), ==, "unknown_property");
  g_assert_cmpuint (far_bookkeeper_error_status (error), ==, 404);
  g_clear_error (&error);

  /* The bookkeeper goes: unknown once, then unavailable. */
  g_assert_cmpint (keeper_end (keeper, SIGTERM), ==, 0);
  world_remove_tree (dir);
  far_bookkeeper_client_begin (&request, "ledger.status");
  g_assert_null (far_bookkeeper_client_call (client, &request, FAR_BOOKKEEPER_TIMEOUT_US, &error));
  g_assert_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNKNOWN);
  g_assert_cmpuint (far_bookkeeper_error_status (error), ==, 503);
  g_clear_error (&error);
  far_bookkeeper_client_begin (&request, "ledger.status");
  g_assert_null (far_bookkeeper_client_call (client, &request, FAR_BOOKKEEPER_TIMEOUT_US, &error));
  g_assert_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNAVAILABLE);
}

/* A late answer never belongs to the next request. */
static void
test_timeout (void)
{
  int pair[2];
  g_autoptr (FarBookkeeperClient) client = NULL;
  g_autoptr (GError) error = NULL;
  FarJsonWriter request;
  static const char *const late = "{\"ok\":true}";

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  client = far_bookkeeper_client_new_for_fd (pair[0]);
  far_bookkeeper_client_begin (&request, "ledger.status");
  g_assert_null (far_bookkeeper_client_call (client, &request, 1000, &error));
  g_assert_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNKNOWN);
  g_clear_error (&error);
  (void) far_frame_write (pair[1], late, strlen (late), 1000000, NULL);
  far_bookkeeper_client_begin (&request, "ledger.status");
  g_assert_null (far_bookkeeper_client_call (client, &request, 1000000, &error));
  g_assert_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNAVAILABLE);
  close (pair[1]);
}

static void
expect_protocol_error (const char *answer)
{
  int pair[2];
  g_autoptr (FarBookkeeperClient) client = NULL;
  g_autoptr (GError) error = NULL;
  FarJsonWriter request;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  client = far_bookkeeper_client_new_for_fd (pair[0]);
  g_assert_true (far_frame_write (pair[1], answer, strlen (answer), 1000000, NULL));
  far_bookkeeper_client_begin (&request, "ledger.status");
  g_assert_null (far_bookkeeper_client_call (client, &request, 1000000, &error));
  g_assert_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_PROTOCOL);
  close (pair[1]);
}

static void
test_protocol (void)
{
  expect_protocol_error ("x");
  expect_protocol_error ("{}");
  expect_protocol_error ("{\"ok\":1}");
  expect_protocol_error ("{\"error\":{}}");
  expect_protocol_error ("{\"error\":{\"code\":\"never_heard_of\",\"message\":\"m\"}}");
  expect_protocol_error ("{\"ok\":true,\"error\":{\"code\":1,\"message\":\"m\"}}");
}

static void
test_environment (void)
{
  static const char *const bad[] = { "", "fd:", "fd:2", "fd:x", "fd:9999", "unix:", "unix:rel",
                                     "nothing" };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarBookkeeperClient) client = NULL;
  FarJsonWriter request;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_setenv (FAR_BOOKKEEPER_ENV, bad[i], TRUE);
      g_assert_null (far_bookkeeper_client_new_from_env (&error));
      g_assert_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNAVAILABLE);
      g_clear_error (&error);
    }
  g_setenv (FAR_BOOKKEEPER_ENV, "unix:/nonexistent/socket", TRUE);
  client = far_bookkeeper_client_new_from_env (&error);
  g_assert_no_error (error);
  far_bookkeeper_client_begin (&request, "ledger.status");
  g_assert_null (far_bookkeeper_client_call (client, &request, 1000000, &error));
  g_assert_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNAVAILABLE);
}

/* The client's list of codes and the bookkeeper's are one list. */
static void
test_error_tables (void)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_own = 0;

  for (int code = 0; code < FAR_COMMAND_N_ERRORS; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (FAR_COMMAND_ERROR, code, "x");

      g_assert_true (g_hash_table_add (known, (gpointer) far_command_error_code (error)));
    }
  for (int code = 0; code < FAR_BOOKKEEPER_N_ERRORS; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (FAR_BOOKKEEPER_ERROR, code, "x");
      guint status = far_bookkeeper_error_status (error);

      g_assert_cmpuint (status, >=, 400);
      g_assert_cmpuint (status, <, 600);
      if (!g_hash_table_remove (known, far_bookkeeper_error_code (error)))
        n_own++; /* unavailable and protocol */
    }
  g_assert_cmpuint (g_hash_table_size (known), ==, 0);
  g_assert_cmpuint (n_own, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/calls", test_calls);
  g_test_add_func ("/client/timeout", test_timeout);
  g_test_add_func ("/client/protocol", test_protocol);
  g_test_add_func ("/client/environment", test_environment);
  g_test_add_func ("/client/error-tables", test_error_tables);
  return g_test_run ();
}
