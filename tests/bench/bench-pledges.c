/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durable pledges a second, end to end: signed HTTP requests through gateway, function, bookkeeper
 * and fsync, on 1 and on 32 connections; beside bare single-row commits of SQLite with the same
 * durability on the same disk, in the same run. Every answer is checked, and the ledger afterwards.
 * Requests are signed before the clock starts: a reader's own work is not the platform's. */
#include <arpa/inet.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-id.h"
#include "base/far-json.h"
#include "base/far-random.h"
#include "daemon.h"
#include "http-load.h"
#include "net/far-http-signature.h"

#define CONNECTIONS 32
#define PLEDGES 4000
#define PLEDGES_ALONE 400
#define WARM_UP 400
#define COMMITS 2000
#define ARTICLE "the-smallest-coin"
#define PRICE "30000"
#define ANSWER_MAX 16384

typedef struct {
  guint16    port;
  char     **requests;
  guint      n_requests;
  GArray    *latencies;
  guint      n_failed;
} Sender;

/* One whole request of a reader who never was here before. */
static char *
make_request (guint16 port)
{
  guint8 private_key[FAR_ED25519_KEY_LEN], public_key[FAR_ED25519_KEY_LEN];
  char key[FAR_ID_HEX_LEN + 1];
  FarId id;
  g_autofree char *body = NULL;
  g_autoptr (FarHttpSignatureFields) fields = NULL;
  FarHttpSignable signable = { .method = "POST", .path = "/pledges" };

  far_random_bytes (private_key, sizeof private_key);
  far_ed25519_public (private_key, public_key);
  far_id_init_random (&id);
  far_id_to_hex (&id, key);
  body = g_strdup_printf ("{\"article\":\"" ARTICLE "\",\"price_micros\":\"" PRICE
                          "\",\"key\":\"%s\"}", key);
  signable.body = body;
  signable.n_body = strlen (body);
  fields = far_http_signature_sign (&signable, private_key, public_key, g_get_real_time ());
  return g_strdup_printf ("POST /pledges HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                          "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                          "Signature-Input: %s\r\nSignature: %s\r\nContent-Digest: %s\r\n\r\n%s",
                          port, strlen (body), fields->signature_input, fields->signature,
                          fields->content_digest, body);
}

static int
dial (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = g_htons (port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = g_htonl (INADDR_LOOPBACK);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

/* Sends one request and reads one answer by its Content-Length. */
static gboolean
exchange (int fd, const char *request)
{
  char answer[ANSWER_MAX + 1];
  gsize n = 0, whole = 0;
  gsize length = strlen (request);

  if (send (fd, request, length, MSG_NOSIGNAL) != (ssize_t) length)
    return FALSE;
  while (whole == 0 || n < whole)
    {
      ssize_t got = recv (fd, answer + n, ANSWER_MAX - n, 0);
      const char *end, *field;

      if (got <= 0)
        return FALSE;
      n += got;
      answer[n] = '\0';
      end = strstr (answer, "\r\n\r\n");
      field = strcasestr (answer, "\r\ncontent-length:");
      if (whole == 0 && end != NULL && field != NULL)
        whole = end - answer + 4 + g_ascii_strtoull (field + 17, NULL, 10);
    }
  return (g_str_has_prefix (answer, "HTTP/1.1 200") || g_str_has_prefix (answer, "HTTP/1.1 201"))
         && strstr (answer, "\"moved_micros\":\"" PRICE "\"") != NULL;
}

static gpointer
send_all (gpointer data)
{
  Sender *sender = data;
  int fd = dial (sender->port);
  guint i;

  for (i = 0; i < sender->n_requests; i++)
    {
      gint64 begin_us = g_get_monotonic_time ();
      gint64 took_us;

      if (!exchange (fd, sender->requests[i]))
        {
          sender->n_failed++;
          close (fd);
          fd = dial (sender->port);
          continue;
        }
      took_us = g_get_monotonic_time () - begin_us;
      g_array_append_val (sender->latencies, took_us);
    }
  close (fd);
  return NULL;
}

/* Returns: pledges acknowledged a second; prints a line unless name is NULL. */
static gint64
run (const char *name, Daemon *daemon, guint n_connections, guint n_requests,
     gint64 commits_per_second)
{
  guint16 port = (guint16) g_ascii_strtoull (strrchr (daemon->gateway, ':') + 1, NULL, 10);
  guint each = n_requests / n_connections;
  g_autofree Sender *senders = g_new0 (Sender, n_connections);
  g_autofree GThread **threads = g_new0 (GThread *, n_connections);
  g_autoptr (GArray) latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_auto (FarJsonWriter) w = { 0 };
  g_autofree char *line = NULL;
  gint64 begin_us, took_us, per_second;
  guint n_failed = 0, i, j;

  for (i = 0; i < n_connections; i++)
    {
      senders[i].port = port;
      senders[i].n_requests = each;
      senders[i].requests = g_new0 (char *, each + 1);
      senders[i].latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
      for (j = 0; j < each; j++)
        senders[i].requests[j] = make_request (port);
    }
  begin_us = g_get_monotonic_time ();
  for (i = 0; i < n_connections; i++)
    threads[i] = g_thread_new ("reader", send_all, &senders[i]);
  for (i = 0; i < n_connections; i++)
    g_thread_join (threads[i]);
  took_us = g_get_monotonic_time () - begin_us;
  for (i = 0; i < n_connections; i++)
    {
      n_failed += senders[i].n_failed;
      g_array_append_vals (latencies, senders[i].latencies->data, senders[i].latencies->len);
      g_array_unref (senders[i].latencies);
      g_strfreev (senders[i].requests);
    }
  per_second = (gint64) latencies->len * G_USEC_PER_SEC / MAX (took_us, 1);
  if (name == NULL)
    return per_second;
  http_load_sort (latencies);
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "name", name);
  far_json_add_string (&w, "isolation", daemon->isolation);
  far_json_add_int (&w, "connections", n_connections);
  far_json_add_int (&w, "acknowledged", latencies->len);
  far_json_add_int (&w, "failed", n_failed);
  far_json_add_int (&w, "pledges_per_second", per_second);
  far_json_add_int (&w, "p50_us", http_load_percentile (latencies, 500));
  far_json_add_int (&w, "p99_us", http_load_percentile (latencies, 990));
  far_json_add_int (&w, "sqlite_commits_per_second", commits_per_second);
  far_json_add_double (&w, "ratio", (double) per_second / (double) MAX (commits_per_second, 1));
  far_json_end_object (&w);
  line = far_json_writer_steal (&w, NULL);
  printf ("%s\n", line);
  fflush (stdout);
  return per_second;
}

/* A row and an fsync, again and again, where the ledger lies too. */
static gint64
bare_commits_per_second (Daemon *daemon)
{
  g_autofree char *path = g_build_filename (daemon->dir, "bare.db", NULL);
  sqlite3_stmt *insert = NULL;
  sqlite3 *db = NULL;
  gint64 begin_us, took_us;
  guint i;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db,
                                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                 "CREATE TABLE pledge (id INTEGER PRIMARY KEY,"
                                 " reader BLOB NOT NULL, amount_micros INTEGER NOT NULL) STRICT;",
                                 NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, "INSERT INTO pledge VALUES (NULL, randomblob (32), "
                                       PRICE ")", -1, &insert, NULL), ==, SQLITE_OK);
  begin_us = g_get_monotonic_time ();
  for (i = 0; i < COMMITS; i++)
    {
      g_assert_cmpint (sqlite3_step (insert), ==, SQLITE_DONE);
      sqlite3_reset (insert);
    }
  took_us = g_get_monotonic_time () - begin_us;
  sqlite3_finalize (insert);
  sqlite3_close (db);
  return (gint64) COMMITS * G_USEC_PER_SEC / MAX (took_us, 1);
}

int
main (int argc, char **argv)
{
  g_autoptr (Daemon) daemon = daemon_start (g_getenv ("FARTHING_TEMPLATE"));
  gint64 commits_per_second;

  run (NULL, daemon, CONNECTIONS, WARM_UP, 0);
  commits_per_second = bare_commits_per_second (daemon);
  run ("durable-pledges", daemon, CONNECTIONS, PLEDGES, commits_per_second);
  run ("durable-pledges-alone", daemon, 1, PLEDGES_ALONE, commits_per_second);
  daemon_stop (daemon);
  return 0;
}
