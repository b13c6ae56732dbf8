/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durable pledges a second, end to end: signed HTTP requests through gateway, function, bookkeeper
 * and fsync; beside bare single-row commits of SQLite with the same durability on the same disk.
 * Slices of the one alternate with slices of the other, so that both meet the same machine, and the
 * medians are compared. Pledges come from readers who were never here, whose accounts are opened
 * with it, and from the same readers for another article; on 64 connections, and at the end on one.
 * Every answer is checked, and the ledger afterwards. Requests are signed before the clock starts:
 * a reader's own work is not the platform's. */
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
#include "process-cpu.h"

#define CONNECTIONS 64
#define ROUNDS 5
#define PLEDGES 4000 /* of a slice */
#define PLEDGES_ALONE 400
#define WARM_UP 400
#define COMMITS_US (600 * 1000)
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

/* Slices of one kind: rates in the order of time; for pledges what else there is to say of them. */
typedef struct {
  GArray     *per_second; /* gint64 */
  GArray     *latencies;  /* gint64 µs */
  GHashTable *cpu_us;     /* program → gint64 * */
  guint64     n_failed;
} Slices;

typedef struct {
  sqlite3      *db;
  sqlite3_stmt *insert;
} Bare;

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
  g_autoptr (FarClock) clock = far_clock_new_system ();
  FarId id;
  g_autofree char *body = NULL;
  g_autoptr (FarHttpSignatureFields) fields = NULL;
  FarHttpSignable signable = { .method = "POST", .path = "/pledges" };

  far_id_init (&id, clock); /* as our clients */
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

static void
slices_init (Slices *slices)
{
  slices->per_second = g_array_new (FALSE, FALSE, sizeof (gint64));
  slices->latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
  slices->cpu_us = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  slices->n_failed = 0;
}

static void
slices_clear (Slices *slices)
{
  g_array_unref (slices->per_second);
  g_array_unref (slices->latencies);
  g_hash_table_unref (slices->cpu_us);
}

/* How much more there is of each program than there was. */
static void
add_cpu (Slices *slices, GHashTable *before, GHashTable *after)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, after);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      const gint64 *old = g_hash_table_lookup (before, name);
      gint64 used = *(gint64 *) value - (old != NULL ? *old : 0);
      gint64 *sum = g_hash_table_lookup (slices->cpu_us, name);

      if (used <= 0)
        continue;
      if (sum == NULL)
        {
          sum = g_new0 (gint64, 1);
          g_hash_table_insert (slices->cpu_us, g_strdup (name), sum);
        }
      *sum += used;
    }
}

/* Each of the readers pledges for the article once. */
static void
pledge_slice (Daemon *daemon, guint n_connections, const Key *readers, guint n_readers,
              const Article *article, Slices *slices)
{
  guint16 port = (guint16) g_ascii_strtoull (strrchr (daemon->gateway, ':') + 1, NULL, 10);
  g_auto (GStrv) requests = g_new0 (char *, n_readers + 1);
  g_autofree char *moved = g_strdup_printf ("\"moved_micros\":\"%s\"", article->price_micros);
  g_autoptr (GHashTable) before = NULL, after = NULL;
  g_autoptr (HttpLoad) load = NULL;
  gint64 per_second;

  for (guint i = 0; i < n_readers; i++)
    requests[i] = make_request (port, &readers[i], article);
  before = process_cpu_read (getpid ());
  load = http_load_requests (port, requests, n_readers, n_connections, moved);
  after = process_cpu_read (getpid ());
  per_second = (gint64) (load->n_requests - load->n_failed) * G_USEC_PER_SEC
               / MAX (load->taken_us, 1);
  g_array_append_val (slices->per_second, per_second);
  g_array_append_vals (slices->latencies, load->latencies->data, load->latencies->len);
  slices->n_failed += load->n_failed + (n_readers - load->n_requests);
  add_cpu (slices, before, after);
}

/* ---- bare commits ---- */

/* Where the ledger lies too. */
static void
bare_open (Bare *bare, Daemon *daemon)
{
  g_autofree char *path = g_build_filename (daemon->dir, "bare.db", NULL);

  g_assert_cmpint (sqlite3_open (path, &bare->db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (bare->db,
                                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                 "CREATE TABLE pledge (id INTEGER PRIMARY KEY,"
                                 " reader BLOB NOT NULL, amount_micros INTEGER NOT NULL) STRICT;",
                                 NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (bare->db, "INSERT INTO pledge VALUES (NULL,"
                                       " randomblob (32), 30000)", -1, &bare->insert, NULL), ==,
                   SQLITE_OK);
}

static void
bare_close (Bare *bare)
{
  sqlite3_finalize (bare->insert);
  sqlite3_close (bare->db);
}

/* A row and an fsync, again and again. */
static void
bare_slice (Bare *bare, Slices *slices)
{
  gint64 begin_us = g_get_monotonic_time ();
  gint64 took_us, per_second;
  gint64 n = 0;

  do
    {
      g_assert_cmpint (sqlite3_step (bare->insert), ==, SQLITE_DONE);
      sqlite3_reset (bare->insert);
      n++;
      took_us = g_get_monotonic_time () - begin_us;
    }
  while (took_us < COMMITS_US);
  per_second = n * G_USEC_PER_SEC / took_us;
  g_array_append_val (slices->per_second, per_second);
}

/* ---- what is told ---- */

/* "name", "name_min" and "name_max" of the slices; returns the median. */
static gint64
tell_rates (FarJsonWriter *w, const char *name, const Slices *slices)
{
  g_autoptr (GArray) sorted = g_array_copy (slices->per_second);
  g_autofree char *min = g_strconcat (name, "_min", NULL);
  g_autofree char *max = g_strconcat (name, "_max", NULL);
  gint64 median;

  http_load_sort (sorted);
  median = http_load_percentile (sorted, 500);
  far_json_add_int (w, name, median);
  far_json_add_int (w, min, http_load_percentile (sorted, 0));
  far_json_add_int (w, max, http_load_percentile (sorted, 1000));
  return median;
}

/* Who used at least a microsecond for each. */
static void
tell_cpu (FarJsonWriter *w, const Slices *slices)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (slices->cpu_us),
                                         (GCompareFunc) strcmp);
  gint64 all_us = 0;

  far_json_begin_object (w, "cpu_us_per_pledge");
  for (const GList *l = names; l != NULL; l = l->next)
    {
      gint64 used_us = *(gint64 *) g_hash_table_lookup (slices->cpu_us, l->data);

      all_us += used_us;
      if (used_us >= slices->latencies->len)
        far_json_add_int (w, l->data, used_us / slices->latencies->len);
    }
  far_json_add_int (w, "all", all_us / MAX (slices->latencies->len, 1));
  far_json_end_object (w);
}

static void
tell (const char *name, Daemon *daemon, guint n_connections, const Slices *slices,
      const Slices *commits)
{
  g_auto (FarJsonWriter) w = { 0 };
  g_autofree char *line = NULL;
  gint64 pledges, bare;

  http_load_sort (slices->latencies);
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "name", name);
  far_json_add_string (&w, "isolation", daemon->isolation);
  far_json_add_int (&w, "connections", n_connections);
  far_json_add_int (&w, "acknowledged", (gint64) (slices->latencies->len - slices->n_failed));
  far_json_add_int (&w, "failed", (gint64) slices->n_failed);
  pledges = tell_rates (&w, "pledges_per_second", slices);
  far_json_add_int (&w, "p50_us", http_load_percentile (slices->latencies, 500));
  far_json_add_int (&w, "p99_us", http_load_percentile (slices->latencies, 990));
  bare = tell_rates (&w, "sqlite_commits_per_second", commits);
  far_json_add_double (&w, "ratio", (double) pledges / (double) MAX (bare, 1));
  tell_cpu (&w, slices);
  far_json_end_object (&w);
  line = far_json_writer_steal (&w, NULL);
  printf ("%s\n", line);
  fflush (stdout);
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

/* Bare commits, pledges of new readers, bare commits, pledges of those readers again. */
static void
play_round (Daemon *daemon, Bare *bare, Slices *commits, Slices *newcomers, Slices *known)
{
  g_autofree Key *readers = make_keys (PLEDGES);

  bare_slice (bare, commits);
  pledge_slice (daemon, CONNECTIONS, readers, PLEDGES, &articles[0], newcomers);
  bare_slice (bare, commits);
  pledge_slice (daemon, CONNECTIONS, readers, PLEDGES, &articles[1], known);
}

int
main (int argc, char **argv)
{
  g_autoptr (Daemon) daemon = daemon_start (g_getenv ("FARTHING_TEMPLATE"));
  g_autofree Key *first = make_keys (WARM_UP), *last = make_keys (PLEDGES_ALONE);
  Slices warm_up, commits, newcomers, known, alone;
  Slices *all[] = { &warm_up, &commits, &newcomers, &known, &alone };
  Bare bare;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    slices_init (all[i]);
  bare_open (&bare, daemon);
  pledge_slice (daemon, CONNECTIONS, first, WARM_UP, &articles[0], &warm_up);
  for (guint i = 0; i < ROUNDS; i++)
    play_round (daemon, &bare, &commits, &newcomers, &known);
  pledge_slice (daemon, 1, last, PLEDGES_ALONE, &articles[0], &alone);
  bare_close (&bare);

  tell ("durable-pledges-of-new-readers", daemon, CONNECTIONS, &newcomers, &commits);
  tell ("durable-pledges", daemon, CONNECTIONS, &known, &commits);
  tell ("durable-pledges-alone", daemon, 1, &alone, &commits);
  check_ledger (daemon);
  daemon_stop (daemon);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    slices_clear (all[i]);
  return 0;
}
