/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alarms through the control API: rules and their refusals, what they do when figures change, what
 * is kept over a restart, and webhooks: signed, tried again, and to allowed addresses only. */
#include "control-fixture.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-crypto.h"
#include "base/far-frame.h"
#include "base/far-json.h"
#include "net/far-http-client.h"
#include "platform/far-alarms.h"
#include "platform/far-control-private.h"

typedef struct {
  Fixture     fixture;
  FarAlarms  *alarms;
  SoupServer *server;
  guint       n_requests;
  guint       fail_first; /* requests answered with 500 before one is taken */
  char       *id;
  char       *timestamp;
  char       *signature;
  char       *body;
} World;

static void
world_open (World *world)
{
  g_autoptr (GError) error = NULL;

  world->alarms = far_alarms_new (world->fixture.dir, world->fixture.platform,
                                  world->fixture.telemetry, &error);
  g_assert_no_error (error);
  far_control_set_alarms (world->fixture.control, world->alarms);
}

static void
world_init (World *world)
{
  fixture_init (&world->fixture, NULL);
  world_open (world);
}

static void
world_clear (World *world)
{
  g_autofree char *rules = g_build_filename (world->fixture.dir, "alarms.json", NULL);
  g_autofree char *secret = g_build_filename (world->fixture.dir, "webhook.secret", NULL);

  world->fixture.control = (far_control_free (world->fixture.control), NULL);
  g_clear_pointer (&world->alarms, far_alarms_free);
  g_unlink (rules);
  g_unlink (secret);
  fixture_clear (&world->fixture);
  g_clear_object (&world->server);
  g_free (world->id);
  g_free (world->timestamp);
  g_free (world->signature);
  g_free (world->body);
}

static JsonObject *
get (World *world, const char *path, Answer *answer)
{
  answer_clear (answer);
  ask (&world->fixture, "GET", path, NULL, 200, answer);
  return answer_object (answer);
}

static const char *
state_of (World *world, const char *id)
{
  return far_alarm_state_to_string (far_alarms_find (world->alarms, id)->state);
}

#define RULE "{\"id\":\"slow\",\"name\":\"Slow\",\"metric\":\"p99_us\",\"function\":\"content\"," \
             "\"compare\":\"above\",\"threshold\":5000,\"clear\":3000,\"window_s\":10"

static void
test_rules (void)
{
  static const char *const bad[] = {
    "{}", RULE ",\"metric\":\"p98_us\"}", RULE ",\"webhook\":\"http://example.com/\"}",
    RULE ",\"webhook\":\"https://169.254.169.254/\"}",
    "{\"name\":\"x\",\"metric\":\"p98_us\",\"compare\":\"above\",\"threshold\":1}",
    "{\"name\":\"x\",\"metric\":\"p99_us\",\"function\":\"none\",\"compare\":\"above\","
    "\"threshold\":1}",
    "{\"name\":\"x\",\"metric\":\"wal_bytes\",\"function\":\"content\",\"compare\":\"above\","
    "\"threshold\":1}",
  };
  g_auto (Answer) answer = { 0 };
  World world = { 0 };
  JsonObject *object;
  guint n_builtin, i;

  world_init (&world);
  object = get (&world, "/v1/alarms", &answer);
  n_builtin = json_array_get_length (json_object_get_array_member (object, "alarms"));
  g_assert_cmpuint (n_builtin, >=, 8);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "metrics")), ==,
                    far_alarms_n_metrics ());
  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      answer_clear (&answer);
      ask (&world.fixture, "POST", "/v1/alarms", bad[i], 400, &answer);
    }
  answer_clear (&answer);
  ask (&world.fixture, "POST", "/v1/alarms", RULE "}", 201, &answer);
  g_assert_cmpstr (json_object_get_string_member (answer_object (&answer), "state"), ==, "no_data");
  answer_clear (&answer);
  ask (&world.fixture, "POST", "/v1/alarms", RULE "}", 409, &answer);
  answer_clear (&answer);
  ask (&world.fixture, "PUT", "/v1/alarms/slow", RULE ",\"for_s\":7}", 200, &answer);
  g_assert_cmpint (json_object_get_int_member (answer_object (&answer), "for_s"), ==, 7);
  answer_clear (&answer);
  ask (&world.fixture, "PUT", "/v1/alarms/none", RULE "}", 404, &answer);
  answer_clear (&answer);
  ask (&world.fixture, "DELETE", "/v1/alarms/disk", NULL, 409, &answer);
  /* One that is built in keeps what it is about. */
  answer_clear (&answer);
  ask (&world.fixture, "PUT", "/v1/alarms/disk",
       "{\"name\":\"x\",\"metric\":\"p99_us\",\"compare\":\"below\",\"threshold\":7,"
       "\"enabled\":false}", 200, &answer);
  object = answer_object (&answer);
  g_assert_cmpstr (json_object_get_string_member (object, "metric"), ==, "disk_free_ppm");
  g_assert_false (json_object_get_boolean_member (object, "enabled"));
  answer_clear (&answer);
  ask (&world.fixture, "POST", "/v1/alarms/slow/test", NULL, 409, &answer);
  answer_clear (&answer);
  ask (&world.fixture, "DELETE", "/v1/alarms/slow", NULL, 200, &answer);
  object = get (&world, "/v1/alarms", &answer);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "alarms")), ==,
                    n_builtin);
  world_clear (&world);
}

static void
test_states (void)
{
  g_auto (Answer) answer = { 0 };
  World world = { 0 };
  JsonArray *history;
  JsonObject *object;
  guint i;

  world_init (&world);
  ask (&world.fixture, "POST", "/v1/alarms", RULE "}", 201, &answer);
  far_alarms_evaluate (world.alarms);
  g_assert_cmpstr (state_of (&world, "slow"), ==, "no_data");
  fixture_record (&world.fixture, "content", FAR_INVOCATION_OK, 1000);
  far_alarms_evaluate (world.alarms);
  g_assert_cmpstr (state_of (&world, "slow"), ==, "ok");
  fixture_record (&world.fixture, "settle", FAR_INVOCATION_OK, 900000);
  far_alarms_evaluate (world.alarms);
  g_assert_cmpstr (state_of (&world, "slow"), ==, "ok");
  for (i = 0; i < 200; i++)
    fixture_record (&world.fixture, "content", FAR_INVOCATION_OK, 9000);
  far_alarms_evaluate (world.alarms);
  g_assert_cmpstr (state_of (&world, "slow"), ==, "alarm");
  /* The window goes by, and with it the samples. */
  g_assert_true (far_clock_advance (world.fixture.clock, 60 * G_USEC_PER_SEC, NULL));
  far_alarms_evaluate (world.alarms);
  g_assert_cmpstr (state_of (&world, "slow"), ==, "no_data");
  object = get (&world, "/v1/alarms/slow/history", &answer);
  history = json_object_get_array_member (object, "history");
  g_assert_cmpuint (json_array_get_length (history), ==, 2);
  object = json_array_get_object_element (history, 1);
  g_assert_cmpstr (json_object_get_string_member (object, "state"), ==, "alarm");
  g_assert_nonnull (strstr (json_object_get_string_member (object, "text"), "content"));
  world_clear (&world);
}

/* Gauges that nobody reports are no data; a report raises the alarm, and its state outlives a
 * restart. */
static void
test_gauges (void)
{
  World world = { 0 };

  world_init (&world);
  far_alarms_evaluate (world.alarms);
  g_assert_cmpstr (state_of (&world, "dead-letters"), ==, "no_data");
  g_assert_cmpstr (state_of (&world, "wal"), ==, "ok");
  g_assert_cmpstr (state_of (&world, "telemetry-dropped"), ==, "ok");
  far_alarms_report (world.alarms, FAR_GAUGE_DEAD_LETTERS, 3);
  far_alarms_report (world.alarms, FAR_GAUGE_LEDGER_BROKEN, 1);
  far_alarms_report (world.alarms, FAR_GAUGE_PAYOUT_MISMATCH, 0);
  far_alarms_evaluate (world.alarms);
  g_assert_cmpstr (state_of (&world, "dead-letters"), ==, "alarm");
  g_assert_cmpstr (state_of (&world, "ledger"), ==, "alarm");
  g_assert_cmpstr (state_of (&world, "payout-mismatch"), ==, "ok");
  far_alarms_free (world.alarms);
  world_open (&world);
  g_assert_cmpstr (state_of (&world, "dead-letters"), ==, "alarm");
  world_clear (&world);
}

typedef struct {
  int         fd;
  const char *answer;
  char       *question;
} Bookkeeper;

static gpointer
bookkeeper_main (gpointer user_data)
{
  Bookkeeper *self = user_data;

  self->question = far_frame_read (self->fd, NULL, DEADLINE_S * G_USEC_PER_SEC, NULL);
  g_assert_true (far_frame_write (self->fd, self->answer, strlen (self->answer),
                                  DEADLINE_S * G_USEC_PER_SEC, NULL));
  close (self->fd);
  return NULL;
}

typedef struct {
  World      *world;
  const char *id;
  const char *state;
} Wanted;

static gboolean
has_state (gpointer user_data)
{
  const Wanted *wanted = user_data;

  far_alarms_evaluate (wanted->world->alarms);
  return strcmp (state_of (wanted->world, wanted->id), wanted->state) == 0;
}

/* The books are asked, say this, and the alarm has that state. */
static void
look (World *world, gboolean verify, const char *says, const char *id, const char *state)
{
  FarControlVigil *vigil = world->fixture.control->vigil;
  Bookkeeper bookkeeper = { .answer = says };
  Wanted wanted = { world, id, state };
  GThread *thread;
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  bookkeeper.fd = pair[0];
  fake_platform_set_bookkeeper (world->fixture.platform, pair[1]);
  thread = g_thread_new ("bookkeeper", bookkeeper_main, &bookkeeper);
  if (verify)
    far_control_vigil_verify (vigil);
  else
    far_control_vigil_look (vigil);
  run_until (id, has_state, &wanted);
  g_thread_join (thread);
  g_assert_cmpstr (bookkeeper.question, ==, verify ? "{\"command\":\"ledger.verify\"}"
                                                   : "{\"command\":\"ledger.health\"}");
  g_free (bookkeeper.question);
}

#define HEALTH(age, apart) \
  "{\"ok\":true,\"payments_waiting\":1,\"oldest_age_us\":" age "," \
  "\"payout_mismatch_micros\":\"" apart "\"}"

/* What the books say of themselves raises their alarms and ends them; silence is no data. */
static void
test_vigil (void)
{
  World world = { 0 };

  world_init (&world);
  far_control_vigil_hold (world.fixture.control->vigil);
  look (&world, FALSE, HEALTH ("901000000", "0"), "webhook-age", "alarm");
  g_assert_cmpstr (state_of (&world, "payout-mismatch"), ==, "ok");
  look (&world, FALSE, HEALTH ("0", "5"), "payout-mismatch", "alarm");
  g_assert_cmpstr (state_of (&world, "webhook-age"), ==, "ok");
  look (&world, FALSE, HEALTH ("0", "0"), "payout-mismatch", "ok");
  look (&world, FALSE, "{\"error\":{\"code\":\"internal\",\"message\":\"?\"}}",
        "payout-mismatch", "no_data");
  look (&world, FALSE, HEALTH ("0", "0"), "payout-mismatch", "ok");
  far_control_vigil_look (world.fixture.control->vigil); /* nobody is there */
  far_alarms_evaluate (world.alarms);
  g_assert_cmpstr (state_of (&world, "payout-mismatch"), ==, "no_data");
  g_assert_cmpstr (state_of (&world, "ledger"), ==, "no_data");
  look (&world, TRUE, "{\"ok\":true,\"transfers\":1}", "ledger", "ok");
  look (&world, TRUE, "{\"ok\":false,\"first_bad\":7}", "ledger", "alarm");
  world_clear (&world);
}

/* A write-ahead log that grows, and a disk: measured where they lie. */
static void
test_wal (void)
{
  g_autofree char *path = NULL;
  g_autofree char *folder = NULL;
  g_auto (Answer) answer = { 0 };
  World world = { 0 };
  JsonArray *alarms;
  guint i;

  world_init (&world);
  fake_platform_set_data_dir (world.fixture.platform, world.fixture.dir);
  folder = g_build_filename (world.fixture.dir, "money", NULL);
  path = g_build_filename (folder, "ledger.db-wal", NULL);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_cmpint (truncate (path, G_GINT64_CONSTANT (300) * 1024 * 1024), ==, 0); /* a hole */
  far_alarms_evaluate (world.alarms);
  alarms = json_object_get_array_member (get (&world, "/v1/alarms", &answer), "alarms");
  for (i = 0; i < json_array_get_length (alarms); i++)
    {
      JsonObject *alarm = json_array_get_object_element (alarms, i);
      const char *id = json_object_get_string_member (alarm, "id");

      if (strcmp (id, "wal") == 0)
        g_assert_cmpint (json_object_get_int_member (alarm, "value"), ==, 300 * 1024 * 1024);
      else if (strcmp (id, "disk") == 0)
        g_assert_cmpint (json_object_get_int_member (alarm, "value"), <=, 1000000);
    }
  g_assert_true (far_clock_advance (world.fixture.clock, 61 * G_USEC_PER_SEC, NULL));
  far_alarms_evaluate (world.alarms);
  g_assert_cmpstr (state_of (&world, "wal"), ==, "alarm");
  g_assert_cmpint (truncate (path, 1024), ==, 0);
  far_alarms_evaluate (world.alarms);
  g_assert_cmpstr (state_of (&world, "wal"), ==, "ok");
  g_unlink (path);
  g_rmdir (folder);
  world_clear (&world);
}

static void
test_broken_file (void)
{
  static const char *const texts[] = { "{", "[]", "{\"alarms\":[{\"id\":\"x\"}]}",
                                       "{\"alarms\":7}" };
  World world = { 0 };
  g_autofree char *path = NULL;
  guint i;

  world_init (&world);
  path = g_build_filename (world.fixture.dir, "alarms.json", NULL);
  far_alarms_evaluate (world.alarms);
  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
      g_assert_null (far_alarms_new (world.fixture.dir, world.fixture.platform,
                                     world.fixture.telemetry, &error));
      g_assert_error (error, FAR_ALARMS_ERROR, FAR_ALARMS_ERROR_FILE);
      g_assert_nonnull (strstr (error->message, path));
    }
  world_clear (&world);
}

/* A window of more than five minutes is answered by the database. */
static gboolean
is_alarm (gpointer user_data)
{
  World *world = user_data;

  far_alarms_evaluate (world->alarms);
  return strcmp (state_of (world, "long"), "alarm") == 0;
}

static void
test_long_window (void)
{
  g_auto (Answer) answer = { 0 };
  World world = { 0 };
  guint i;

  world_init (&world);
  for (i = 0; i < 5; i++)
    fixture_record (&world.fixture, "content", FAR_INVOCATION_CRASH, 10);
  g_assert_true (far_clock_advance (world.fixture.clock, 1800 * G_USEC_PER_SEC, NULL));
  ask (&world.fixture, "POST", "/v1/alarms",
       "{\"id\":\"long\",\"name\":\"Long\",\"metric\":\"errors\",\"compare\":\"above\","
       "\"threshold\":4,\"window_s\":7200}", 201, &answer);
  run_until ("the alarm", is_alarm, &world);
  /* Deleted while it is asked about. */
  g_assert_true (far_clock_advance (world.fixture.clock, 1800 * G_USEC_PER_SEC, NULL));
  far_alarms_evaluate (world.alarms);
  g_assert_true (far_alarms_remove (world.alarms, "long", NULL));
  world_clear (&world);
}

/* ---- Webhooks ---- */

static void
on_hook (SoupServer *server, SoupServerMessage *msg, const char *path, GHashTable *query,
         gpointer user_data)
{
  World *world = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  SoupMessageBody *body = soup_server_message_get_request_body (msg);
  const char *id = soup_message_headers_get_one (headers, "webhook-id");

  world->n_requests++;
  if (world->id != NULL)
    g_assert_cmpstr (world->id, ==, id);
  g_free (world->id);
  g_free (world->timestamp);
  g_free (world->signature);
  g_free (world->body);
  world->id = g_strdup (id);
  world->timestamp = g_strdup (soup_message_headers_get_one (headers, "webhook-timestamp"));
  world->signature = g_strdup (soup_message_headers_get_one (headers, "webhook-signature"));
  world->body = g_strndup (body->data, (gsize) body->length);
  soup_server_message_set_status (msg, world->n_requests <= world->fail_first ? 500 : 204, NULL);
}

static gboolean
nothing_waits (gpointer user_data)
{
  return far_webhooks_n_waiting (user_data) == 0;
}

static char *
listen_hook (World *world)
{
  g_autoptr (GError) error = NULL;
  g_autoslist (GUri) uris = NULL;

  world->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (world->server, "/hook", on_hook, world, NULL);
  soup_server_listen_local (world->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (world->server);
  return g_strdup_printf ("http://127.0.0.1:%d/hook", g_uri_get_port (uris->data));
}

static void
check_signature (World *world, const char *secret_path)
{
  g_autofree char *secret = NULL;
  g_autofree guchar *key = NULL;
  g_autofree char *text = g_strdup_printf ("%s.%s.%s", world->id, world->timestamp, world->body);
  g_autofree char *encoded = NULL;
  g_autofree char *expected = NULL;
  guint8 digest[FAR_SHA256_LEN];
  gsize n_key;

  g_assert_true (g_file_get_contents (secret_path, &secret, NULL, NULL));
  g_assert_true (g_str_has_prefix (secret, "whsec_"));
  key = g_base64_decode (g_strchomp (secret) + 6, &n_key);
  far_hmac_sha256 (key, n_key, text, strlen (text), digest);
  encoded = g_base64_encode (digest, sizeof digest);
  expected = g_strconcat ("v1,", encoded, NULL);
  g_assert_cmpstr (world->signature, ==, expected);
}

static gboolean
was_called (gpointer user_data)
{
  return ((World *) user_data)->n_requests > 0;
}

static void
test_webhook (void)
{
  g_auto (Answer) answer = { 0 };
  World world = { 0 };
  g_autofree char *url = NULL;
  g_autofree char *rule = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *data;

  world_init (&world);
  url = listen_hook (&world);
  rule = g_strdup_printf (RULE ",\"webhook\":\"%s\"}", url);
  ask (&world.fixture, "POST", "/v1/alarms", rule, 201, &answer);
  fixture_record (&world.fixture, "content", FAR_INVOCATION_OK, 9000);
  far_alarms_evaluate (world.alarms);
  run_until ("the webhook", was_called, &world);
  check_signature (&world, far_alarms_secret_path (world.alarms));
  node = far_json_parse_object (world.body, strlen (world.body), 4096, NULL);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "type"), ==,
                   "alarm");
  data = json_object_get_object_member (json_node_get_object (node), "data");
  g_assert_cmpstr (json_object_get_string_member (data, "state"), ==, "alarm");
  g_assert_cmpint (json_object_get_int_member (data, "value"), >=, 8900);
  world_clear (&world);
}

typedef struct {
  char *url;
  char *why;
} Failure;

static void
on_failed (const char *url, const char *why, gpointer user_data)
{
  Failure *failure = user_data;

  failure->url = g_strdup (url);
  failure->why = g_strdup (why);
}

static void
test_tries (void)
{
  g_autofree char *top = g_dir_make_tmp ("far-webhook-XXXXXX", NULL);
  g_autofree char *secret = g_build_filename (top, "secret", NULL);
  g_autoptr (FarClock) clock = far_clock_new_manual (T0);
  g_autofree char *url = NULL;
  World world = { .fail_first = 3 };
  Failure failure = { NULL, NULL };
  FarWebhooks *webhooks = far_webhooks_new (secret, clock, on_failed, &failure, NULL);

  url = listen_hook (&world);
  far_webhooks_set_hurry (webhooks, TRUE);
  g_assert_true (far_webhooks_send (webhooks, url, "{\"a\":1}"));
  run_until ("the delivery", nothing_waits, webhooks);
  g_assert_cmpuint (world.n_requests, ==, 4);
  g_assert_null (failure.why);
  check_signature (&world, secret);
  /* Never well: given up after the last try. */
  world.fail_first = G_MAXUINT;
  world.n_requests = 0;
  g_clear_pointer (&world.id, g_free);
  g_assert_true (far_webhooks_send (webhooks, url, "{}"));
  run_until ("the end", nothing_waits, webhooks);
  g_assert_cmpuint (world.n_requests, ==, FAR_WEBHOOK_TRIES_MAX);
  g_assert_nonnull (strstr (failure.why, "500"));
  g_free (failure.url);
  g_free (failure.why);
  /* Ended with one waiting. */
  far_webhooks_set_hurry (webhooks, FALSE);
  g_clear_pointer (&world.id, g_free);
  g_assert_true (far_webhooks_send (webhooks, url, "{}"));
  far_webhooks_free (webhooks);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_object_unref (world.server);
  g_free (world.id);
  g_free (world.timestamp);
  g_free (world.signature);
  g_free (world.body);
  g_unlink (secret);
  g_rmdir (top);
}

static void
take (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* What is connected to decides, not what is written: nothing is sent to a private address. */
static void
test_policy (void)
{
  World world = { 0 };
  g_autofree char *url = listen_hook (&world);
  g_autoptr (FarHttpClient) http = far_http_client_new (1);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarHttpReply) reply = NULL;
  FarHttpCall call = { .method = "POST", .url = url, .addresses = FAR_ADDRESS_PUBLIC };

  far_http_client_send_async (http, &call, NULL, take, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  reply = far_http_client_send_finish (http, result, &error);
  g_assert_null (reply);
  g_assert_error (error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_ADDRESS);
  g_assert_cmpuint (world.n_requests, ==, 0);
  g_object_unref (world.server);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alarms/rules", test_rules);
  g_test_add_func ("/alarms/states", test_states);
  g_test_add_func ("/alarms/gauges", test_gauges);
  g_test_add_func ("/alarms/books", test_vigil);
  g_test_add_func ("/alarms/wal", test_wal);
  g_test_add_func ("/alarms/broken-file", test_broken_file);
  g_test_add_func ("/alarms/long-window", test_long_window);
  g_test_add_func ("/alarms/webhook", test_webhook);
  g_test_add_func ("/alarms/tries", test_tries);
  g_test_add_func ("/alarms/policy", test_policy);
  return g_test_run ();
}
