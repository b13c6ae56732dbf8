/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a call costs: cold starts, warm calls through the gateway on 1 and on 16 connections beside
 * a bare libsoup handler, a storm of starts. Real farthingd, strongest tier this machine gives,
 * records on. One JSON object a line. */
#include <libsoup/soup.h>
#include <stdio.h>
#include <string.h>

#include "base/far-json.h"
#include "http-load.h"
#include "daemon.h"

#define COLD_STARTS 500
#define STORM 500
#define IDLE 1000 /* as many as there may be */
#define WARM_US (5 * G_USEC_PER_SEC)
#define WARM_UP 2000

static guint16
port_of (const char *url)
{
  return (guint16) g_ascii_strtoull (strrchr (url, ':') + 1, NULL, 10);
}

static void
print_line (FarJsonWriter *writer)
{
  g_autofree char *text = NULL;

  far_json_end_object (writer);
  text = far_json_writer_steal (writer, NULL);
  printf ("%s\n", text);
  fflush (stdout);
}

static void
begin_line (FarJsonWriter *writer, const char *name, Daemon *daemon)
{
  far_json_writer_init (writer);
  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "name", name);
  if (daemon != NULL)
    far_json_add_string (writer, "isolation", daemon->isolation);
}

static gboolean
has_no_instance (Daemon *daemon)
{
  g_autofree char *url = url_of (daemon->metrics, "/metrics");
  g_autoptr (Reply) reply = http_get (url);

  return strstr (reply->body, "farthing_instances{function=\"Cold\"} 0\n") != NULL;
}

static gint64
member (const char *body, const char *name)
{
  g_autofree char *needle = g_strdup_printf ("\"%s\":", name);
  const char *at = strstr (body, needle);

  g_assert_nonnull (at);
  return g_ascii_strtoll (at + strlen (needle), NULL, 10);
}

/* From just before the request is sent until the handler is entered, in a process that did not
 * exist before. */
static void
bench_cold (Daemon *daemon)
{
  g_autofree char *url = url_of (daemon->gateway, "/cold/once");
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_auto (FarJsonWriter) writer = { 0 };
  guint n_failed = 0;

  while (starts->len < COLD_STARTS)
    {
      gint64 sent_us;
      gint64 start_us;
      g_autoptr (Reply) reply = NULL;

      while (!has_no_instance (daemon))
        ;
      sent_us = g_get_monotonic_time ();
      reply = http_get (url);
      if (reply->status != 200)
        {
          n_failed++;
          continue;
        }
      g_assert_cmpint (member (reply->body, "calls"), ==, 1);
      start_us = member (reply->body, "entered_us") - sent_us;
      g_array_append_val (starts, start_us);
    }
  http_load_sort (starts);
  begin_line (&writer, "cold-start-c", daemon);
  far_json_add_int (&writer, "starts", starts->len);
  far_json_add_int (&writer, "failed", n_failed);
  far_json_add_int (&writer, "p50_us", http_load_percentile (starts, 500));
  far_json_add_int (&writer, "p99_us", http_load_percentile (starts, 990));
  far_json_add_int (&writer, "max_us", http_load_percentile (starts, 1000));
  print_line (&writer);
}

static void
print_load (const char *name, Daemon *daemon, HttpLoad *load)
{
  g_auto (FarJsonWriter) writer = { 0 };

  begin_line (&writer, name, daemon);
  far_json_add_int (&writer, "requests_per_second",
                    (gint64) (load->n_requests * G_USEC_PER_SEC / MAX (load->taken_us, 1)));
  far_json_add_int (&writer, "failed", load->n_failed);
  far_json_add_int (&writer, "p50_us", http_load_percentile (load->latencies, 500));
  far_json_add_int (&writer, "p99_us", http_load_percentile (load->latencies, 990));
  print_line (&writer);
}

static void
bench_warm (Daemon *daemon)
{
  guint16 port = port_of (daemon->gateway);
  g_autoptr (HttpLoad) warm_up = http_load_run (port, "/echo/lean", 16, WARM_UP, 0);
  g_autoptr (HttpLoad) sixteen = http_load_run (port, "/echo/lean", 16, 0, WARM_US);
  g_autoptr (HttpLoad) one = http_load_run (port, "/echo/lean", 1, 0, WARM_US);

  g_assert_cmpuint (warm_up->n_failed, ==, 0);
  print_load ("warm-gateway-16", daemon, sixteen);
  print_load ("warm-gateway-1", daemon, one);
}

/* The next call while so many instances are idle, beside one while there was only one. */
static void
bench_idle (Daemon *daemon)
{
  guint16 port = port_of (daemon->gateway);
  g_autoptr (HttpLoad) before = http_load_run (port, "/echo/x", 1, 2000, 0);
  g_autoptr (HttpLoad) storm = http_load_run (port, "/cold/rest", IDLE, IDLE, 0);
  g_autoptr (HttpLoad) after = http_load_run (port, "/cold/x", 1, 2000, 0);
  g_autofree char *url = url_of (daemon->metrics, "/metrics");
  g_autoptr (Reply) reply = http_get (url);
  const char *standing = strstr (reply->body, "farthing_instances{function=\"Cold\"} ");
  g_auto (FarJsonWriter) writer = { 0 };

  g_assert_nonnull (standing);
  begin_line (&writer, "idle-instances", daemon);
  far_json_add_int (&writer, "instances",
                    g_ascii_strtoll (strchr (standing, ' ') + 1, NULL, 10));
  far_json_add_int (&writer, "failed", storm->n_failed + after->n_failed);
  far_json_add_int (&writer, "warm_p50_us_before", http_load_percentile (before->latencies, 500));
  far_json_add_int (&writer, "warm_p50_us_with_them", http_load_percentile (after->latencies, 500));
  far_json_add_int (&writer, "warm_p99_us_with_them", http_load_percentile (after->latencies, 990));
  print_line (&writer);
}

/* As many starts as calls, as fast as they come; each instance is busy for half a second. */
static void
bench_storm (Daemon *daemon)
{
  guint16 port = port_of (daemon->gateway);
  g_autoptr (HttpLoad) storm = http_load_run (port, "/cold/sleep", STORM, STORM, 0);
  g_auto (FarJsonWriter) writer = { 0 };

  begin_line (&writer, "start-storm", daemon);
  far_json_add_int (&writer, "starts", STORM);
  far_json_add_int (&writer, "failed", storm->n_failed);
  far_json_add_int (&writer, "starts_per_second",
                    STORM * G_USEC_PER_SEC / MAX (storm->taken_us - 500 * 1000, 1));
  print_line (&writer);
}

static void
bare_handler (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
              gpointer user_data)
{
  char *body = g_strdup_printf ("{\"route\":\"bare\",\"query\":\"t=%s\"}",
                                (const char *) g_hash_table_lookup (query, "t"));

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_TAKE, body,
                                    strlen (body));
}

typedef struct {
  GMainContext *context;
  guint16       port;
  gint          ready;
  gint          stop;
} Bare;

static gpointer
bare_main (gpointer data)
{
  Bare *bare = data;
  g_autoptr (SoupServer) server = NULL;
  GSList *uris;

  g_main_context_push_thread_default (bare->context);
  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, bare_handler, NULL, NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (server);
  bare->port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_atomic_int_set (&bare->ready, 1);
  while (!g_atomic_int_get (&bare->stop))
    g_main_context_iteration (bare->context, TRUE);
  soup_server_disconnect (server);
  g_main_context_pop_thread_default (bare->context);
  return NULL;
}

static void
bench_bare (void)
{
  Bare bare = { .context = g_main_context_new () };
  GThread *thread = g_thread_new ("bare", bare_main, &bare);
  HttpLoad *load;

  while (!g_atomic_int_get (&bare.ready))
    g_thread_yield ();
  load = http_load_run (bare.port, "/x", 16, 0, WARM_US);
  print_load ("bare-libsoup-16", NULL, load);
  http_load_free (load);
  load = http_load_run (bare.port, "/x", 1, 0, WARM_US);
  print_load ("bare-libsoup-1", NULL, load);
  http_load_free (load);
  g_atomic_int_set (&bare.stop, 1);
  g_main_context_wakeup (bare.context);
  g_thread_join (thread);
  g_main_context_unref (bare.context);
}

int
main (int argc, char **argv)
{
  g_autoptr (Daemon) daemon = daemon_start (NULL);

  bench_cold (daemon);
  bench_warm (daemon);
  bench_bare ();
  bench_storm (daemon);
  bench_idle (daemon);
  return 0;
}
