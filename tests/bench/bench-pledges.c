/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durable pledges a second, end to end: signed HTTP requests through gateway, function, bookkeeper
 * and fsync, on 1 and on 32 connections; beside bare single-row commits of SQLite with the same
 * durability on the same disk, in the same run. First by readers who were never here, whose
 * accounts are opened with it; then by the same readers for another article. Every answer is
 * checked, and the ledger afterwards. Requests are signed before the clock starts: a reader's own
 * work is not the platform's. */
#include <arpa/inet.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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
#define ANSWER_MAX 16384

/* An article and what it costs, as a pledge has to say it. */
typedef struct {
  const char *id;
  const char *price_micros;
} Article;

static const Article articles[] = { { "the-smallest-coin", "30000" }, { "two-per-cent", "40000" } };

typedef struct {
  guint8 private_key[FAR_ED25519_KEY_LEN];
  guint8 public_key[FAR_ED25519_KEY_LEN];
} Key;

typedef struct {
  guint16    port;
  char      *moved;
  char     **requests;
  guint      n_requests;
  GArray    *latencies;
  guint      n_failed;
} Sender;

/* Readers nobody knows yet. Free with g_free(). */
static Key *
make_keys (guint n_keys)
{
  Key *keys = g_new (Key, n_keys);
  guint i;

  for (i = 0; i < n_keys; i++)
    {
      far_random_bytes (keys[i].private_key, sizeof keys[i].private_key);
      far_ed25519_public (keys[i].private_key, keys[i].public_key);
    }
  return keys;
}

/* One whole request. */
static char *
make_request (guint16 port, const Key *reader, const Article *article)
{
  char key[FAR_ID_HEX_LEN + 1];
  FarId id;
  g_autofree char *body = NULL;
  g_autoptr (FarHttpSignatureFields) fields = NULL;
  FarHttpSignable signable = { .method = "POST", .path = "/pledges" };

  far_id_init_random (&id);
  far_id_to_hex (&id, key);
  body = g_strdup_printf ("{\"article\":\"%s\",\"price_micros\":\"%s\",\"key\":\"%s\"}",
                          article->id, article->price_micros, key);
  signable.body = body;
  signable.n_body = strlen (body);
  fields = far_http_signature_sign (&signable, reader->private_key, reader->public_key,
                                    g_get_real_time ());
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
exchange (int fd, const char *request, const char *moved)
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
         && strstr (answer, moved) != NULL;
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

      if (!exchange (fd, sender->requests[i], sender->moved))
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

/* Each of the readers pledges for the article once; prints a line unless name is NULL. */
static void
run (const char *name, Daemon *daemon, guint n_connections, const Key *readers, guint n_readers,
     const Article *article, gint64 commits_per_second)
{
  guint16 port = (guint16) g_ascii_strtoull (strrchr (daemon->gateway, ':') + 1, NULL, 10);
  guint each = n_readers / n_connections;
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
      senders[i].moved = g_strdup_printf ("\"moved_micros\":\"%s\"", article->price_micros);
      senders[i].n_requests = each;
      senders[i].requests = g_new0 (char *, each + 1);
      senders[i].latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
      for (j = 0; j < each; j++)
        senders[i].requests[j] = make_request (port, &readers[i * each + j], article);
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
      g_free (senders[i].moved);
    }
  per_second = (gint64) latencies->len * G_USEC_PER_SEC / MAX (took_us, 1);
  if (name == NULL)
    return;
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
                                       "30000)", -1, &insert, NULL), ==, SQLITE_OK);
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

/* Every balance, hash and signature, computed again by the platform. */
static void
check_ledger (Daemon *daemon)
{
  static const char request[] = "POST /v1/ledger/verify HTTP/1.1\r\nHost: localhost\r\n"
                                "Content-Length: 0\r\nConnection: close\r\n\r\n";
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  char answer[ANSWER_MAX + 1];
  gsize n = 0;
  ssize_t got;
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpuint (g_strlcpy (address.sun_path, daemon->control, sizeof address.sun_path), <,
                    sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (send (fd, request, sizeof request - 1, MSG_NOSIGNAL), ==, sizeof request - 1);
  while (n < ANSWER_MAX && (got = recv (fd, answer + n, ANSWER_MAX - n, 0)) > 0)
    n += got;
  answer[n] = '\0';
  close (fd);
  if (strstr (answer, "\"ok\":true") == NULL)
    g_error ("the ledger does not verify: %s", answer);
}

int
main (int argc, char **argv)
{
  g_autoptr (Daemon) daemon = daemon_start (g_getenv ("FARTHING_TEMPLATE"));
  g_autofree Key *first = make_keys (WARM_UP), *readers = make_keys (PLEDGES);
  g_autofree Key *alone = make_keys (PLEDGES_ALONE);
  gint64 commits_per_second;

  run (NULL, daemon, CONNECTIONS, first, WARM_UP, &articles[0], 0);
  commits_per_second = bare_commits_per_second (daemon);
  run ("durable-pledges-of-new-readers", daemon, CONNECTIONS, readers, PLEDGES, &articles[0],
       commits_per_second);
  run ("durable-pledges", daemon, CONNECTIONS, readers, PLEDGES, &articles[1],
       commits_per_second);
  run ("durable-pledges-alone", daemon, 1, alone, PLEDGES_ALONE, &articles[0],
       commits_per_second);
  check_ledger (daemon);
  daemon_stop (daemon);
  return 0;
}
