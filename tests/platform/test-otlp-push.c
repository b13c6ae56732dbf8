/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sending to a collector that the test plays: what arrives, what is tried again, what is dropped
 * and counted; and how it is set and remembered. */
#include "control-fixture.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

#include "base/far-json.h"
#include "platform/far-control-private.h"
#include "platform/far-otlp-push.h"
#include "telemetry/far-otlp.h"

typedef struct {
  Fixture     fixture;
  SoupServer *server;
  char       *url;
  guint       statuses[4]; /* of the first answers; then 200 */
  guint       n_requests;
  guint       n_spans;
  guint       n_metrics;
  const char *reply;       /* nullable */
  char       *authorization;
  FarOtlpPush *push;
} World;

static void
on_post (SoupServer *server, SoupServerMessage *msg, const char *path, GHashTable *query,
         gpointer user_data)
{
  World *world = user_data;
  SoupMessageBody *body = soup_server_message_get_request_body (msg);
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  guint n = world->n_requests++;
  guint status = n < G_N_ELEMENTS (world->statuses) ? world->statuses[n] : 0;
  guint rejected;

  g_free (world->authorization);
  world->authorization = g_strdup (soup_message_headers_get_one (headers, "Authorization"));
  if (status == 503)
    soup_message_headers_append (soup_server_message_get_response_headers (msg), "Retry-After",
                                 "2");
  soup_server_message_set_status (msg, status != 0 ? status : 200, NULL);
  if (status != 0)
    return;
  if (strcmp (path, "/v1/traces") == 0)
    {
      g_autoptr (GPtrArray) spans = far_otlp_parse_traces (body->data, (gsize) body->length,
                                                           &rejected, NULL);

      g_assert_nonnull (spans);
      g_assert_cmpuint (rejected, ==, 0);
      world->n_spans += spans->len;
    }
  else
    {
      g_autoptr (GPtrArray) points = NULL;

      g_assert_cmpstr (path, ==, "/v1/metrics");
      points = far_otlp_parse_metrics (body->data, (gsize) body->length, &rejected, NULL);
      g_assert_nonnull (points);
      world->n_metrics++;
    }
  if (world->reply != NULL)
    soup_server_message_set_response (msg, "application/json", SOUP_MEMORY_STATIC, world->reply,
                                      strlen (world->reply));
}

static void
world_init (World *world, gboolean metrics)
{
  g_autoptr (GError) error = NULL;
  g_autoslist (GUri) uris = NULL;
  g_auto (FarOtlpPushSettings) settings = { .traces = !metrics, .metrics = metrics };

  fixture_init (&world->fixture, NULL);
  world->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (world->server, NULL, on_post, world, NULL);
  soup_server_listen_local (world->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (world->server);
  world->url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  settings.url = g_strdup (world->url);
  settings.token = g_strdup ("sesame");
  world->push = far_otlp_push_new (&settings, world->fixture.telemetry, world->fixture.clock, T0,
                                   &error);
  g_assert_no_error (error);
  far_otlp_push_set_hurry (world->push);
}

static void
world_clear (World *world)
{
  g_clear_pointer (&world->push, far_otlp_push_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&world->server);
  g_free (world->url);
  g_free (world->authorization);
  fixture_clear (&world->fixture);
}

static void
record (World *world)
{
  FarInvocation record = { .function = "content", .route = "GET /", .start_us = 200,
                           .duration_us = 1000, .memory_mb = 128, .arrival_us = T0 };

  far_id_init (&record.request_id, world->fixture.clock);
  far_id_init (&record.trace_id, world->fixture.clock);
  far_otlp_push_record (world->push, &record);
}

static FarOtlpPushState
state_of (World *world)
{
  FarOtlpPushState state;

  far_otlp_push_get_state (world->push, &state);
  return state;
}

static gboolean
is_empty (gpointer user_data)
{
  return state_of (user_data).queued == 0;
}

/* An answer that passes is waited out; nothing is lost, and nothing is told twice as sent. */
static void
test_again (void)
{
  World world = { .statuses = { 503, 429 } };
  guint i;

  world_init (&world, FALSE);
  for (i = 0; i < 5; i++)
    record (&world);
  run_until ("everything is sent", is_empty, &world);
  g_assert_cmpuint (state_of (&world).retries, ==, 2);
  g_assert_cmpuint (state_of (&world).sent_spans, ==, world.n_spans);
  g_assert_cmpuint (world.n_spans, >=, 10);
  g_assert_cmpuint (state_of (&world).dropped + state_of (&world).refused, ==, 0);
  g_assert_null (state_of (&world).problem);
  g_assert_cmpint (state_of (&world).last_us, ==, T0);
  g_assert_cmpstr (world.authorization, ==, "Bearer sesame");
  world_clear (&world);
}

/* What is refused for good is counted and not sent again, whole or in part. */
static void
test_refused (void)
{
  World world = { .statuses = { 400 } };

  world_init (&world, FALSE);
  record (&world);
  run_until ("it is refused", is_empty, &world);
  g_assert_cmpuint (state_of (&world).refused, >, 0);
  g_assert_cmpuint (state_of (&world).sent_spans, ==, 0);
  g_assert_cmpuint (state_of (&world).retries, ==, 0);
  g_assert_nonnull (strstr (state_of (&world).problem, "400"));
  world.reply = "{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"no\"}}";
  record (&world);
  run_until ("the rest is taken", is_empty, &world);
  g_assert_cmpuint (state_of (&world).sent_spans, ==, world.n_spans - 1);
  world_clear (&world);
}

/* Nobody listens: the queue fills, the rest is dropped, and not one call waits. */
static void
test_full (void)
{
  World world = { 0 };
  guint n_before, i;

  world_init (&world, FALSE);
  g_clear_object (&world.server);
  for (i = 0; i < FAR_OTLP_PUSH_SPANS_MAX; i++)
    record (&world);
  g_assert_cmpuint (state_of (&world).queued, <=, FAR_OTLP_PUSH_SPANS_MAX);
  g_assert_cmpuint (state_of (&world).queued, >, FAR_OTLP_PUSH_SPANS_MAX - 10);
  g_assert_cmpuint (state_of (&world).dropped, >, 0);
  n_before = (guint) state_of (&world).dropped;
  record (&world);
  g_assert_cmpuint (state_of (&world).dropped, >, n_before);
  world_clear (&world);
}

static gboolean
has_two_metrics (gpointer user_data)
{
  return ((World *) user_data)->n_metrics >= 2;
}

static void
test_metrics (void)
{
  World world = { 0 };

  world_init (&world, TRUE);
  fixture_record (&world.fixture, "content", FAR_INVOCATION_OK, 1000);
  record (&world); /* no traces are wanted */
  run_until ("two bodies of sums", has_two_metrics, &world);
  g_assert_cmpuint (world.n_spans, ==, 0);
  world_clear (&world);
}

/* ---- Through the control API ---- */

static void
refuse (Fixture *fixture, const char *body, const char *word)
{
  g_auto (Answer) answer = { 0 };

  ask (fixture, "PUT", "/v1/otlp/push", body, 400, &answer);
  g_assert_cmpstr (answer_code (&answer), ==, "bad_request");
  g_assert_nonnull (strstr (answer.body, word));
}

static gboolean
is_active (gpointer user_data)
{
  Fixture *fixture = user_data;
  g_auto (Answer) answer = { 0 };

  ask (fixture, "GET", "/v1/otlp/push", NULL, 200, &answer);
  return json_object_get_boolean_member (answer_object (&answer), "active");
}

static void
open_data (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (far_control_open (fixture->control, fixture->dir, NULL, &error));
  g_assert_no_error (error);
}

static void
test_settings (void)
{
  g_auto (Answer) answer = { 0 };
  g_autofree char *file = NULL;
  g_autofree char *secrets = NULL;
  g_autofree char *text = NULL;
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  open_data (&fixture);
  file = g_build_filename (fixture.dir, "telemetry", "push.json", NULL);
  secrets = g_build_filename (fixture.dir, "secrets", NULL);
  g_assert_false (is_active (&fixture));
  refuse (&fixture, "{\"url\":\"collector:4318\"}", "url must be");
  refuse (&fixture, "{\"url\":\"http://collector.example:4318\",\"token\":\"t\"}", "https");
  refuse (&fixture, "{\"url\":\"https://u:p@collector.example\"}", "no user");
  refuse (&fixture, "{\"url\":\"https://c.example\",\"traces\":false,\"metrics\":false}",
          "neither");
  refuse (&fixture, "{\"url\":\"https://c.example\",\"ca_file\":\"/nowhere.pem\"}", "nowhere.pem");
  refuse (&fixture, "{\"token\":\"t\"}", "url");
  ask (&fixture, "PUT", "/v1/otlp/push",
       "{\"url\":\"http://127.0.0.1:9/\",\"token\":\"sesame\",\"metrics\":false}", 200, &answer);
  g_assert_true (json_object_get_boolean_member (answer_object (&answer), "active"));
  g_assert_true (json_object_get_boolean_member (answer_object (&answer), "has_token"));
  g_assert_null (strstr (answer.body, "sesame"));
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_null (strstr (text, "sesame"));

  /* It goes on after a restart, with its token. */
  g_clear_pointer (&fixture.control, far_control_free);
  fixture_start_control (&fixture);
  open_data (&fixture);
  run_until ("it is sent again", is_active, &fixture);
  answer_clear (&answer);
  ask (&fixture, "DELETE", "/v1/otlp/push", NULL, 200, &answer);
  g_assert_false (is_active (&fixture));
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  /* A file that is broken keeps nothing from running. */
  g_assert_true (g_file_set_contents (file, "{", 1, NULL));
  g_clear_pointer (&fixture.control, far_control_free);
  fixture_start_control (&fixture);
  open_data (&fixture);
  answer_clear (&answer);
  ask (&fixture, "GET", "/v1/otlp/push", NULL, 200, &answer);
  g_assert_nonnull (strstr (json_object_get_string_member (answer_object (&answer), "problem"),
                            "push.json"));
  g_unlink (file);
  g_rmdir (secrets);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_setenv ("FARTHING_SECRETS", "file", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/otlp-push/again", test_again);
  g_test_add_func ("/otlp-push/refused", test_refused);
  g_test_add_func ("/otlp-push/full", test_full);
  g_test_add_func ("/otlp-push/metrics", test_metrics);
  g_test_add_func ("/otlp-push/settings", test_settings);
  return g_test_run ();
}
