/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Following the event stream: the whole state at first, changes in place, resuming after a break,
 * starting over where the platform has forgotten, and stopping from within a listener. */
#include "client/far-platform-client.h"

#include <string.h>

#include "fake-server.h"

#define FUNCTION(name, invocations) \
  "{\"name\":\"" name "\",\"runtime\":\"provided.al2023\",\"invocations\":" #invocations "}"
#define HELLO(seq, resumed, functions) \
  "{\"seq\":" #seq ",\"type\":\"hello\",\"time_us\":1,\"resumed\":" resumed ",\"status\":" \
  "{\"state\":\"running\",\"money\":\"test\",\"invocations\":1,\"transfers\":4}" functions "}"

typedef struct {
  FakeServer *server;
  FarPlatformClient *client;
  GString *notes;
} Fixture;

static void
note_property (GObject    *object,
               GParamSpec *property,
               gpointer    notes)
{
  g_string_append_printf (notes, "%s ", property->name);
}

static void
note_functions (FarPlatformClient *client,
                gpointer           notes)
{
  g_string_append (notes, "functions-changed ");
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->server = fake_server_new_unix ();
  fixture->client = far_platform_client_new (fake_server_get_path (fixture->server));
  fixture->notes = g_string_new (NULL);
  g_signal_connect (fixture->client, "notify", G_CALLBACK (note_property), fixture->notes);
  g_signal_connect (fixture->client, "functions-changed", G_CALLBACK (note_functions),
                    fixture->notes);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->client != NULL)
    {
      far_platform_client_unwatch (fixture->client);
      g_assert_finalize_object (fixture->client);
    }
  fake_server_free (fixture->server);
  g_string_free (fixture->notes, TRUE);
}

/* Watches, and waits for a first hello with two functions. */
static void
begin (Fixture *fixture)
{
  fake_server_queue_stream (fixture->server, "/v1/events");
  far_platform_client_watch (fixture->client);
  fake_server_send_line (fixture->server,
                         HELLO (100, "false", ",\"functions\":[" FUNCTION ("offer", 1) ","
                                FUNCTION ("pledge", 2) "]"));
  FAKE_WAIT_UNTIL (g_list_model_get_n_items (
                     far_platform_client_get_functions (fixture->client)) == 2);
}

static gint64
invocations_of (Fixture *fixture,
                guint    position)
{
  g_autoptr (FarFunctionInfo) info =
    g_list_model_get_item (far_platform_client_get_functions (fixture->client), position);

  return far_function_info_get_figures (info)->invocations;
}

static void
test_hello (Fixture       *fixture,
            gconstpointer  data)
{
  g_assert_false (far_platform_client_get_connected (fixture->client));
  g_assert_null (far_platform_client_get_status (fixture->client));
  g_assert_cmpint (far_platform_client_get_transfers (fixture->client), ==, -1);
  begin (fixture);
  g_assert_true (far_platform_client_get_connected (fixture->client));
  g_assert_cmpstr (far_platform_client_get_status (fixture->client)->state, ==, "running");
  g_assert_cmpint (far_platform_client_get_transfers (fixture->client), ==, 4);
  g_assert_cmpint (invocations_of (fixture, 1), ==, 2);
  g_assert_cmpstr (fixture->notes->str, ==, "connected status transfers functions-changed ");
}

static void
test_events (Fixture       *fixture,
             gconstpointer  data)
{
  GListModel *functions = far_platform_client_get_functions (fixture->client);
  g_autoptr (FarFunctionInfo) pledge = NULL;

  begin (fixture);
  pledge = g_list_model_get_item (functions, 1);
  fake_server_send_line (fixture->server,
                         "{\"seq\":101,\"type\":\"functions\",\"invocations\":9,\"dropped\":1,"
                         "\"functions\":[" FUNCTION ("pledge", 8) "," FUNCTION ("new", 1) "]}");
  FAKE_WAIT_UNTIL (g_list_model_get_n_items (functions) == 3);
  g_assert_cmpint (far_function_info_get_figures (pledge)->invocations, ==, 8);
  g_assert_cmpint (invocations_of (fixture, 0), ==, 1);
  g_assert_cmpint (far_platform_client_get_status (fixture->client)->invocations, ==, 9);
  g_assert_cmpint (far_platform_client_get_status (fixture->client)->dropped, ==, 1);
  g_assert_cmpstr (far_platform_client_get_status (fixture->client)->money, ==, "test");

  fake_server_send_line (fixture->server, "{\"seq\":102,\"type\":\"journal\",\"transfers\":77}");
  FAKE_WAIT_UNTIL (far_platform_client_get_transfers (fixture->client) == 77);
  fake_server_send_line (fixture->server,
                         "{\"seq\":103,\"type\":\"traffic\",\"running\":true,"
                         "\"readers_per_second\":5,\"report\":{\"arrivals\":3}}");
  FAKE_WAIT_UNTIL (far_platform_client_get_traffic (fixture->client) != NULL);
  g_assert_cmpint (far_platform_client_get_traffic (fixture->client)->arrivals, ==, 3);
  fake_server_send_line (fixture->server, "{\"seq\":104,\"type\":\"of a newer platform\"}");
  fake_server_send_line (fixture->server,
                         "{\"seq\":105,\"type\":\"platform\",\"state\":\"stopping\","
                         "\"instances\":0,\"money\":\"test\",\"publisher_token\":null}");
  FAKE_WAIT_UNTIL (strcmp (far_platform_client_get_status (fixture->client)->state,
                           "stopping") == 0);
  /* The journal's word outlives the status that hello brought. */
  g_assert_cmpint (far_platform_client_get_transfers (fixture->client), ==, 77);
  g_assert_true (far_platform_client_get_connected (fixture->client));
}

/* After a break the client asks for what came after its last event, and keeps what it has. */
static void
test_resume (Fixture       *fixture,
             gconstpointer  data)
{
  begin (fixture);
  fake_server_queue_stream (fixture->server, "/v1/events?after=100");
  fake_server_end_stream (fixture->server);
  FAKE_WAIT_UNTIL (!far_platform_client_get_connected (fixture->client));
  g_assert_cmpuint (g_list_model_get_n_items (
                      far_platform_client_get_functions (fixture->client)), ==, 2);
  g_assert_nonnull (far_platform_client_get_status (fixture->client));

  fake_server_send_line (fixture->server, HELLO (100, "true", ""));
  fake_server_send_line (fixture->server,
                         "{\"seq\":101,\"type\":\"functions\",\"functions\":["
                         FUNCTION ("offer", 5) "]}");
  FAKE_WAIT_UNTIL (invocations_of (fixture, 0) == 5);
  g_assert_true (far_platform_client_get_connected (fixture->client));
}

/* Another platform, or one that has forgotten: its hello has everything, and what it does not name
 * has gone. */
static void
test_start_over (Fixture       *fixture,
                 gconstpointer  data)
{
  GListModel *functions = far_platform_client_get_functions (fixture->client);

  begin (fixture);
  fake_server_queue_stream (fixture->server, "/v1/events?after=100");
  fake_server_end_stream (fixture->server);
  fake_server_send_line (fixture->server,
                         HELLO (7, "false", ",\"functions\":[" FUNCTION ("other", 1) "]"));
  FAKE_WAIT_UNTIL (g_list_model_get_n_items (functions) == 1);
  fake_server_queue_stream (fixture->server, "/v1/events?after=7");
  fake_server_end_stream (fixture->server);
  fake_server_send_line (fixture->server, HELLO (7, "true", ""));
  FAKE_WAIT_UNTIL (far_platform_client_get_connected (fixture->client));
}

/* Lines that are no events: begin again, without a seq. */
static void
test_nonsense (Fixture       *fixture,
               gconstpointer  data)
{
  static const char *const lines[] = { "", "hello", "[]", "{}", "{\"type\":\"journal\"}",
                                       "{\"seq\":\"x\",\"type\":\"journal\"}" };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      guint n_before = fake_server_n_requests (fixture->server);

      begin (fixture);
      fake_server_send_line (fixture->server, lines[i]);
      FAKE_WAIT_UNTIL (!far_platform_client_get_connected (fixture->client));
      far_platform_client_unwatch (fixture->client);
      FAKE_WAIT_UNTIL (!fake_server_has_stream (fixture->server));
      g_assert_cmpuint (fake_server_n_requests (fixture->server), >, n_before);
      g_assert_cmpstr (fake_server_get_last (fixture->server)->target, ==, "/v1/events");
      g_list_store_remove_all (
        G_LIST_STORE (far_platform_client_get_functions (fixture->client)));
    }
}

/* A platform that is not there yet, or answers with an error, is asked again. */
static void
test_retry (Fixture       *fixture,
            gconstpointer  data)
{
  fake_server_queue (fixture->server, "GET", "/v1/events", 503, "{}");
  fake_server_queue_stream (fixture->server, "/v1/events");
  far_platform_client_watch (fixture->client);
  far_platform_client_watch (fixture->client);
  fake_server_send_line (fixture->server, HELLO (1, "false", ",\"functions\":[]"));
  FAKE_WAIT_UNTIL (far_platform_client_get_connected (fixture->client));
  g_assert_cmpuint (fake_server_n_requests (fixture->server), ==, 2);
}

static void
unwatch_now (FarPlatformClient *client,
             GParamSpec        *property,
             gpointer           user_data)
{
  far_platform_client_unwatch (client);
}

static void
test_stop_within (Fixture       *fixture,
                  gconstpointer  data)
{
  /* The first leaves transfers unread, so that it still changes for the second. */
  static const char *const properties[] = { "notify::connected", "notify::transfers",
                                            "notify::status" };

  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      gulong id = g_signal_connect (fixture->client, properties[i], G_CALLBACK (unwatch_now), NULL);

      fake_server_queue_stream (fixture->server, "/v1/events");
      g_string_truncate (fixture->notes, 0);
      far_platform_client_watch (fixture->client);
      fake_server_send_line (fixture->server, HELLO (1, "false", ",\"functions\":[]"));
      FAKE_WAIT_UNTIL (!fake_server_has_stream (fixture->server));
      g_assert_false (far_platform_client_get_connected (fixture->client));
      g_assert_null (strstr (fixture->notes->str, "functions-changed"));
      g_signal_handler_disconnect (fixture->client, id);
    }
}

static void
drop_now (FarPlatformClient *client,
          GParamSpec        *property,
          gpointer           user_data)
{
  FarPlatformClient **slot = user_data;

  g_clear_object (slot);
}

/* The last reference goes in the middle of an event. */
static void
test_drop_within (Fixture       *fixture,
                  gconstpointer  data)
{
  gpointer weak = fixture->client;

  g_object_add_weak_pointer (G_OBJECT (fixture->client), &weak);
  g_signal_connect (fixture->client, "notify::status", G_CALLBACK (drop_now), &fixture->client);
  fake_server_queue_stream (fixture->server, "/v1/events");
  far_platform_client_watch (fixture->client);
  fake_server_send_line (fixture->server, HELLO (1, "false", ",\"functions\":[]"));
  FAKE_WAIT_UNTIL (weak == NULL);
  FAKE_WAIT_UNTIL (!fake_server_has_stream (fixture->server));
}

#define ADD(name, function) \
  g_test_add ("/client/watch/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("hello", test_hello);
  ADD ("events", test_events);
  ADD ("resume", test_resume);
  ADD ("start-over", test_start_over);
  ADD ("nonsense", test_nonsense);
  ADD ("retry", test_retry);
  ADD ("stop-within", test_stop_within);
  ADD ("drop-within", test_drop_within);
  return g_test_run ();
}
