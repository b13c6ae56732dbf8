/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-fake-platform.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

#include "base/far-paths.h"

#define NOW_US "1795521600000000"

/* A PNG of one pixel. */
static const guint8 pixel[] = {
  0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 1,
  0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 13, 'I', 'D', 'A', 'T', 0x78, 0x9c,
  0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 0, 1, 0xff, 0x89, 0x99, 0x3d, 0x1d, 0, 0, 0, 0, 'I',
  'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82,
};

static const char functions[] =
  "[{\"name\":\"Content\",\"runtime\":\"provided.al2023\",\"memory_mb\":128,\"timeout_s\":10,"
  "\"invocations\":40,\"errors\":0,\"throttles\":0,\"cold_starts\":2,\"p50_us\":600,"
  "\"p90_us\":900,\"p99_us\":5000,\"concurrency\":3,\"mb_ms\":1,\"cost_picodollars\":1000000,"
  "\"instances\":1,\"route_count\":2},"
  "{\"name\":\"Pledge\",\"runtime\":\"provided.al2023\",\"memory_mb\":128,\"timeout_s\":10,"
  "\"invocations\":90,\"errors\":1,\"throttles\":4,\"cold_starts\":9,\"p50_us\":800,"
  "\"p90_us\":900,\"p99_us\":7000,\"concurrency\":5,\"mb_ms\":1,\"cost_picodollars\":2000000,"
  "\"instances\":2,\"route_count\":1},"
  "{\"name\":\"Settle\",\"runtime\":\"provided.al2023\",\"memory_mb\":128,\"timeout_s\":10,"
  "\"invocations\":0,\"errors\":0,\"throttles\":0,\"cold_starts\":0,\"p50_us\":0,"
  "\"p90_us\":0,\"p99_us\":0,\"concurrency\":0,\"mb_ms\":0,\"cost_picodollars\":0,"
  "\"instances\":0,\"route_count\":0}]";

static const char summary[] =
  "\"id\":\"%s\",\"title\":\"%s\",\"author\":\"June Tallis\",\"category\":\"%s\","
  "\"date\":\"2026-03-09\",\"summary\":\"%s\",\"picture\":\"/media/rope.png\","
  "\"picture_alt\":\"A coil of rope\",\"currency\":\"USD\",\"price_micros\":\"50000\"";

typedef struct {
  guint n;
  guint status;
  char *code;
} Refusal;

struct _FarFakePlatform
{
  SoupServer        *control;
  SoupServer        *gateway;
  char              *socket_path;
  char              *gateway_url;
  SoupServerMessage *stream; /* of events */
  gint64             seq;
  gboolean           dead;
  GHashTable        *counts;   /* request → guint */
  GHashTable        *bodies;   /* request → char * */
  GHashTable        *refusals; /* request → Refusal */
  GHashTable        *answers;  /* request → JSON, before all others */
  char              *open_by;
  gboolean           no_ad;
  gboolean           method_required;
  guint              n_dropped;
};

static void
refusal_free (gpointer data)
{
  Refusal *refusal = data;

  g_free (refusal->code);
  g_free (refusal);
}

static void
answer (SoupServerMessage *message, guint status, const char *type, const void *body, gsize length)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, body, length);
}

static void
answer_json (SoupServerMessage *message, char *json)
{
  answer (message, SOUP_STATUS_OK, "application/json", json, strlen (json));
  g_free (json);
}

static char *
entitlement_members (FarFakePlatform *self)
{
  gboolean pledged = g_str_equal (self->open_by, "pledge");

  return g_strdup_printf ("\"entitled\":%s,\"by\":\"%s\",\"since_us\":" NOW_US
                          ",\"refundable_until_us\":%s",
                          self->open_by[0] != '\0' ? "true" : "false", self->open_by,
                          pledged ? "9000000000000000" : "0");
}

static char *
article_json (FarFakePlatform *self)
{
  g_autofree char *members = g_strdup_printf (summary, "rope", "Which way is tight", "Workshop",
                                              "A rope remembers.");
  gboolean open = self->open_by[0] != '\0';

  return g_strdup_printf ("{%s,\"entitled\":%s,\"free\":[{\"kind\":\"paragraph\",\"text\":"
                          "\"The free beginning.\"},{\"kind\":\"heading\",\"level\":2,\"text\":"
                          "\"A heading\"}]%s}", members, open ? "true" : "false",
                          open ? ",\"body\":[{\"kind\":\"paragraph\",\"text\":\"The rest.\"},"
                                 "{\"kind\":\"list\",\"items\":[{\"text\":\"one\"}]},"
                                 "{\"kind\":\"quote\",\"text\":\"said <b>she</b>\"},"
                                 "{\"kind\":\"rule\",\"text\":\"\"}]" : "");
}

static char *
offer_json (FarFakePlatform *self)
{
  return g_strdup_printf ("{\"article\":\"rope\",\"currency\":\"USD\",\"price_micros\":\"50000\","
                          "\"pledge\":true,\"ad\":true,\"ad_duration_ms\":400,"
                          "\"method_required\":%s,\"tab_micros\":\"0\","
                          "\"refund_window_us\":86400000000}",
                          self->method_required ? "true" : "false");
}

static char *
pledge_json (FarFakePlatform *self)
{
  g_autofree char *entitlement = NULL;

  far_fake_platform_set_open_by (self, "pledge");
  entitlement = entitlement_members (self);
  return g_strdup_printf ("{\"moved_micros\":\"50000\",\"tab_micros\":\"50000\","
                          "\"existing\":false,\"entitlement\":{%s}}", entitlement);
}

static char *
event_json (FarFakePlatform *self, const char *body)
{
  gboolean complete = strstr (body, "\"complete\"") != NULL;

  if (complete)
    far_fake_platform_set_open_by (self, "ad");
  return g_strdup_printf ("{\"state\":\"seen\",\"entitled\":%s,\"wait_ms\":0}",
                          complete ? "true" : "false");
}

static char *
wallet_json (FarFakePlatform *self)
{
  gboolean pledged = g_str_equal (self->open_by, "pledge");

  return g_strdup_printf ("{\"currency\":\"USD\",\"tab_micros\":\"%s\",\"wallet_micros\":\"0\","
                          "\"pledges\":%d,\"free_limit\":\"2\",\"method\":false,"
                          "\"method_required\":%s,\"history\":[{\"time_us\":" NOW_US ","
                          "\"kind\":\"pledge\",\"article\":\"rope\",\"amount_micros\":\"50000\"},"
                          "{\"time_us\":" NOW_US ",\"kind\":\"ad\",\"article\":\"bread\","
                          "\"amount_micros\":\"6000\"}]}",
                          pledged ? "50000" : "0", pledged,
                          self->method_required ? "true" : "false");
}

static void
serve_market (FarFakePlatform *self, SoupServerMessage *message, const char *request,
              const char *body)
{
  if (g_str_equal (request, "GET /articles"))
    {
      g_autofree char *rope = g_strdup_printf (summary, "rope", "Which way is tight", "Workshop",
                                               "A rope remembers.");
      g_autofree char *bread = g_strdup_printf (summary, "bread", "The loaf that keeps hours",
                                                "Kitchen", "Bread is a clock.");

      answer_json (message, g_strdup_printf ("{\"articles\":[{%s},{%s}]}", rope, bread));
    }
  else if (g_str_has_prefix (request, "GET /articles/"))
    answer_json (message, article_json (self));
  else if (g_str_has_prefix (request, "GET /offers/"))
    answer_json (message, offer_json (self));
  else if (g_str_has_prefix (request, "GET /entitlements/"))
    {
      g_autofree char *members = entitlement_members (self);

      answer_json (message, g_strdup_printf ("{%s}", members));
    }
  else if (g_str_equal (request, "POST /pledges"))
    answer_json (message, pledge_json (self));
  else if (g_str_equal (request, "POST /refunds"))
    {
      far_fake_platform_set_open_by (self, "");
      answer_json (message, g_strdup ("{\"refunded_micros\":\"50000\",\"tab_micros\":\"0\"}"));
    }
  else if (g_str_equal (request, "GET /wallet"))
    answer_json (message, wallet_json (self));
  else if (g_str_equal (request, "POST /wallet/methods"))
    {
      self->method_required = FALSE;
      answer_json (message, g_strdup ("{\"method\":true}"));
    }
  else if (g_str_equal (request, "POST /ads/decisions"))
    answer_json (message, self->no_ad
                 ? g_strdup ("{\"view\":null,\"reason\":\"no_fill\"}")
                 : g_strdup ("{\"view\":\"00112233445566778899aabbccddeeff\",\"campaign\":\"tin\","
                             "\"advertiser\":\"Brackwater Tea\",\"title\":\"A tin\","
                             "\"media_type\":\"image/png\",\"duration_ms\":400,"
                             "\"price_micros\":\"6000\"}"));
  else if (g_str_equal (request, "POST /ads/events"))
    answer_json (message, event_json (self, body));
  else if (g_str_has_prefix (request, "GET /ads/creatives/") ||
           g_str_has_prefix (request, "GET /media/"))
    answer (message, SOUP_STATUS_OK, "image/png", pixel, sizeof pixel);
  else
    answer (message, SOUP_STATUS_NOT_FOUND, "application/json", "{}", 2);
}

static char *
status_json (FarFakePlatform *self)
{
  return g_strdup_printf ("{\"state\":\"running\",\"isolation\":\"full\",\"gateway\":\"%s\","
                          "\"lambda\":\"\",\"metrics\":\"\",\"control\":\"%s\","
                          "\"credentials\":\"\",\"publisher_token\":\"/nowhere\","
                          "\"functions\":3,\"instances\":3,\"invocations\":130,\"dropped\":%u,"
                          "\"money\":\"test\",\"pid\":1,\"started_us\":1,\"seq\":1,"
                          "\"publication\":{\"title\":\"The Ropewalk\",\"template\":\"\"},"
                          "\"traffic\":{\"running\":false,\"readers_per_second\":0}}",
                          self->gateway_url, self->socket_path, self->n_dropped);
}

static void
write_line (FarFakePlatform *self, const char *members)
{
  g_autofree char *line = g_strdup_printf ("{\"seq\":%" G_GINT64_FORMAT ",%s}\n", ++self->seq,
                                           members);

  soup_message_body_append (soup_server_message_get_response_body (self->stream),
                            SOUP_MEMORY_COPY, line, strlen (line));
  soup_server_message_unpause (self->stream);
}

static void
stream_gone_cb (FarFakePlatform *self, SoupServerMessage *message)
{
  if (self->stream == message)
    self->stream = NULL;
}

static void
open_stream (FarFakePlatform *self, SoupServerMessage *message)
{
  g_autofree char *status = status_json (self);
  g_autofree char *hello = g_strdup_printf ("\"type\":\"hello\",\"resumed\":false,\"status\":%s,"
                                            "\"functions\":%s", status, functions);

  self->stream = message;
  g_signal_connect_swapped (message, "disconnected", G_CALLBACK (stream_gone_cb), self);
  g_signal_connect_swapped (message, "finished", G_CALLBACK (stream_gone_cb), self);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                     SOUP_ENCODING_CHUNKED);
  write_line (self, hello);
}

static void
serve_control (FarFakePlatform *self, SoupServerMessage *message, const char *request)
{
  if (g_str_equal (request, "GET /v1/events"))
    open_stream (self, message);
  else if (g_str_equal (request, "GET /v1/status"))
    answer_json (message, status_json (self));
  else if (g_str_equal (request, "GET /v1/functions"))
    answer_json (message, g_strdup_printf ("{\"functions\":%s}", functions));
  else if (g_str_equal (request, "GET /v1/series"))
    answer_json (message, g_strdup ("{\"from_us\":" NOW_US ",\"step_us\":5000000,\"now_us\":" NOW_US
                                    ",\"series\":[{\"function\":null,\"metric\":\"invocations\","
                                    "\"points\":[5,null,15]}],\"n\":[5,0,15]}"));
  else if (g_str_equal (request, "GET /v1/invocations"))
    answer_json (message, g_strdup ("{\"invocations\":[{\"request_id\":\"01a20704-e99f-743f\","
                                    "\"function\":\"Pledge\",\"route\":\"POST /pledges\","
                                    "\"outcome\":\"timeout\",\"error_type\":\"Sandbox.Timedout\","
                                    "\"arrival_us\":" NOW_US ",\"cold\":true,\"init_us\":2100,"
                                    "\"duration_us\":10000000,\"memory_max_kb\":4096}]}"));
  else if (g_str_equal (request, "GET /v1/logs"))
    {
      static const char line[] =
        "{\"time\":\"2026-11-24T12:00:00Z\",\"function\":\"Pledge\",\"request_id\":\"1\","
        "\"level\":\"info\",\"message\":\"red \\u001b[31mherring <b>\"}\n";

      answer (message, SOUP_STATUS_OK, "application/x-ndjson", line, strlen (line));
    }
  else if (g_str_has_suffix (request, " /v1/traffic"))
    answer_json (message, g_strdup ("{\"running\":true,\"readers_per_second\":5}"));
  else if (g_str_equal (request, "POST /v1/ledger/verify"))
    answer_json (message, g_strdup ("{\"ok\":true,\"transfers\":12,\"root\":\"0011223344556677\","
                                    "\"checkpoints\":3,\"first_bad\":null}"));
  else if (g_str_equal (request, "POST /v1/shutdown"))
    answer_json (message, g_strdup ("{}"));
  else
    answer (message, SOUP_STATUS_NOT_FOUND, "application/json", "{}", 2);
}

static gboolean
refuse (FarFakePlatform *self, SoupServerMessage *message, const char *request)
{
  Refusal *refusal = g_hash_table_lookup (self->refusals, request);
  g_autofree char *body = NULL;

  if (refusal == NULL || refusal->n == 0)
    return FALSE;
  refusal->n--;
  body = g_strdup_printf ("{\"error\":{\"code\":\"%s\",\"message\":\"Refused: %s.\"}}",
                          refusal->code, refusal->code);
  answer (message, refusal->status, "application/json", body, strlen (body));
  return TRUE;
}

static void
request_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  FarFakePlatform *self = user_data;
  SoupMessageBody *sent = soup_server_message_get_request_body (message);
  char *request = g_strdup_printf ("%s %s", soup_server_message_get_method (message), path);
  const char *asked = g_uri_get_query (soup_server_message_get_uri (message));
  char *body = asked != NULL ? g_strdup (asked)
                             : g_strndup (sent->data != NULL ? sent->data : "",
                                          (gsize) sent->length);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, request));

  g_hash_table_insert (self->counts, g_strdup (request), GUINT_TO_POINTER (n + 1));
  g_hash_table_insert (self->bodies, g_strdup (request), body);
  if (self->dead)
    answer (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "text/plain", "", 0);
  else if (refuse (self, message, request))
    ;
  else if (g_hash_table_contains (self->answers, request))
    answer_json (message, g_strdup (g_hash_table_lookup (self->answers, request)));
  else if (server == self->control)
    serve_control (self, message, request);
  else
    serve_market (self, message, request, body);
  g_free (request);
}

static void
listen_control (FarFakePlatform *self)
{
  g_autofree char *folder = g_path_get_dirname (self->socket_path);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->socket_path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  soup_server_listen (self->control, address, 0, &error);
  g_assert_no_error (error);
}

static void
listen_gateway (FarFakePlatform *self)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  soup_server_listen_local (self->gateway, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->gateway);
  self->gateway_url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

FarFakePlatform *
far_fake_platform_new (const char *data_dir)
{
  FarFakePlatform *self = g_new0 (FarFakePlatform, 1);

  g_assert_cmpint (g_mkdir_with_parents (data_dir, 0700), ==, 0);
  self->socket_path = far_paths_control_socket (data_dir);
  self->open_by = g_strdup ("");
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->bodies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->refusals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, refusal_free);
  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->control = soup_server_new (NULL, NULL);
  self->gateway = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->control, NULL, request_cb, self, NULL);
  soup_server_add_handler (self->gateway, NULL, request_cb, self, NULL);
  listen_control (self);
  listen_gateway (self);
  return self;
}

void
far_fake_platform_free (FarFakePlatform *self)
{
  soup_server_disconnect (self->control);
  soup_server_disconnect (self->gateway);
  g_object_unref (self->control);
  g_object_unref (self->gateway);
  g_unlink (self->socket_path);
  g_hash_table_unref (self->counts);
  g_hash_table_unref (self->bodies);
  g_hash_table_unref (self->refusals);
  g_hash_table_unref (self->answers);
  g_free (self->socket_path);
  g_free (self->gateway_url);
  g_free (self->open_by);
  g_free (self);
}

guint
far_fake_platform_count (FarFakePlatform *self, const char *request)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, request));
}

const char *
far_fake_platform_last_body (FarFakePlatform *self, const char *request)
{
  const char *body = g_hash_table_lookup (self->bodies, request);

  return body != NULL ? body : "";
}

void
far_fake_platform_refuse (FarFakePlatform *self, const char *request, guint n, guint status,
                          const char *code)
{
  Refusal *refusal = g_new0 (Refusal, 1);

  *refusal = (Refusal) { n, status, g_strdup (code) };
  g_hash_table_insert (self->refusals, g_strdup (request), refusal);
}

void
far_fake_platform_answer (FarFakePlatform *self, const char *request, const char *json)
{
  g_hash_table_insert (self->answers, g_strdup (request), g_strdup (json));
}

void
far_fake_platform_set_open_by (FarFakePlatform *self, const char *by)
{
  g_free (self->open_by);
  self->open_by = g_strdup (by);
}

void
far_fake_platform_set_no_ad (FarFakePlatform *self)
{
  self->no_ad = TRUE;
}

void
far_fake_platform_set_method_required (FarFakePlatform *self, gboolean required)
{
  self->method_required = required;
}

void
far_fake_platform_send (FarFakePlatform *self, const char *members)
{
  g_assert_nonnull (self->stream);
  write_line (self, members);
}

void
far_fake_platform_die (FarFakePlatform *self)
{
  self->dead = TRUE;
  g_assert_nonnull (self->stream);
  soup_message_body_complete (soup_server_message_get_response_body (self->stream));
  soup_server_message_unpause (self->stream);
}

void
far_fake_platform_set_dropped (FarFakePlatform *self, guint n_dropped)
{
  self->n_dropped = n_dropped;
}
