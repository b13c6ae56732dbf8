/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many clients at once against the real process: a budget that all want at the same moment, and
 * kill -9 at random moments while pledges are acknowledged; each of those is in the books exactly
 * once afterwards.
 *
 *   FARTHING_KILLS=N  how many kills (default 12) */
#include "books-world.h"
#include "keeper-process.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-random.h"

#define CLIENTS 12
#define KILLS_DEFAULT 12
#define VIEWS_OF_BUDGET 37

#define PROPERTY "{'command':'property.ensure','property':'news','currency':'USD','terms':{" \
                 "'fee_bps':3000,'hour_cap_micros':'9000000000000'}}"
#define PLEDGE "{'command':'pledge','key':'%s','reader':'%s','property':'news','article':'%s'," \
               "'price_micros':'50000','currency':'USD'}"

static void
furnish (Keeper *keeper, guint n_views)
{
  int fd = keeper_connect (keeper, "test", keeper_all_commands);
  g_autoptr (JsonNode) property = keeper_ask (fd, PROPERTY);
  g_autoptr (JsonNode) campaign = NULL;

  g_assert_true (answer_bool (property, "ok"));
  campaign = keeper_ask (fd, "{'command':'campaign.ensure','campaigns':[{'campaign':'tea',"
                         "'advertiser':'leaf','currency':'USD','budget_micros':'%u'}]}",
                         n_views * 20000);
  g_assert_true (answer_bool (campaign, "ok"));
  close (fd);
}

/* ---- one budget, many hands ---- */

typedef struct {
  int   fd;
  guint index;
  guint n_won;
} Hand;

static gpointer
reserve_all (gpointer data)
{
  Hand *hand = data;

  for (guint i = 0; i < 10; i++)
    {
      const char *reader = world_reader (1000 + hand->index * 100 + i);
      g_autoptr (JsonNode) answer = NULL;

      answer = keeper_ask (hand->fd, "{'command':'view.reserve','key':'k','reader':'%s',"
                           "'property':'news','article':'a','candidates':[{'campaign':'tea',"
                           "'creative':'t','duration_ms':1000,'total_bytes':1,"
                           "'price_micros':'20000'}]}", reader);
      g_assert_nonnull (answer);
      hand->n_won += answer_text (answer, "view") != NULL;
    }
  return NULL;
}

static void
test_no_overspend (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("far-load-XXXXXX", &error);
  Keeper *keeper = keeper_start (dir, NULL);
  g_autoptr (JsonNode) ready = keeper_expect (keeper, "ready");
  Hand hands[CLIENTS];
  GThread *threads[CLIENTS];
  g_autoptr (JsonNode) verdict = NULL;
  guint n_won = 0;

  g_assert_nonnull (ready);
  furnish (keeper, VIEWS_OF_BUDGET);
  for (guint i = 0; i < CLIENTS * 100; i++)
    world_reader (1000 + i); /* made here: the table is not the threads' */
  for (guint i = 0; i < CLIENTS; i++)
    {
      hands[i] = (Hand) { .index = i, .fd = keeper_connect (keeper, "test",
                                                            keeper_all_commands) };
      threads[i] = g_thread_new ("hand", reserve_all, &hands[i]);
    }
  for (guint i = 0; i < CLIENTS; i++)
    {
      g_thread_join (threads[i]);
      n_won += hands[i].n_won;
    }
  g_assert_cmpuint (n_won, ==, VIEWS_OF_BUDGET);
  verdict = keeper_ask (hands[0].fd, "{'command':'ledger.verify'}");
  g_assert_true (answer_bool (verdict, "ok"));
  for (guint i = 0; i < CLIENTS; i++)
    close (hands[i].fd);
  g_assert_cmpint (keeper_end (keeper, SIGTERM), ==, 0);
  world_remove_tree (dir);
}

/* ---- kills ---- */

typedef struct {
  int        fd;
  guint      index;
  guint      round;
  GPtrArray *acknowledged; /* of "reader article" */
  GPtrArray *unknown;      /* of "reader article key" that got no answer */
  gint      *n_acknowledged;
} Client;

/* Pledges until the connection breaks. */
static gpointer
pledge_on (gpointer data)
{
  Client *client = data;

  for (guint i = 0;; i++)
    {
      g_autofree char *reader =
        g_strdup_printf ("%056x%08x", client->round * CLIENTS + client->index, i);
      g_autoptr (JsonNode) answer = keeper_ask (client->fd, PLEDGE, "k", reader, "a");

      if (answer == NULL)
        {
          g_ptr_array_add (client->unknown, g_steal_pointer (&reader));
          return NULL;
        }
      g_assert_cmpint (answer_micros (answer, "moved_micros"), ==, 50000);
      g_ptr_array_add (client->acknowledged, g_steal_pointer (&reader));
      g_atomic_int_inc (client->n_acknowledged);
    }
}

/* Runs clients until `until` pledges are acknowledged, then kills. */
static void
run_and_kill (const char *dir, guint round, gint until, guint delay_us, GPtrArray *acknowledged,
              GPtrArray *unknown)
{
  Keeper *keeper = keeper_start (dir, NULL);
  g_autoptr (JsonNode) ready = keeper_expect (keeper, "ready");
  Client clients[CLIENTS];
  GThread *threads[CLIENTS];
  gint n_acknowledged = 0;
  int status;

  g_assert_nonnull (ready);
  furnish (keeper, 1);
  for (guint i = 0; i < CLIENTS; i++)
    {
      clients[i] = (Client) {
        .fd = keeper_connect (keeper, "test", keeper_all_commands), .index = i, .round = round,
        .acknowledged = g_ptr_array_new (), .unknown = g_ptr_array_new (),
        .n_acknowledged = &n_acknowledged,
      };
      threads[i] = g_thread_new ("client", pledge_on, &clients[i]);
    }
  while (g_atomic_int_get (&n_acknowledged) < until)
    g_thread_yield ();
  /* Somewhere within a commit, not always at the same place of it. */
  for (gint64 end = g_get_monotonic_time () + delay_us; g_get_monotonic_time () < end;)
    continue;
  status = keeper_end (keeper, SIGKILL);
  g_assert_true (WIFSIGNALED (status));
  for (guint i = 0; i < CLIENTS; i++)
    {
      g_thread_join (threads[i]);
      close (clients[i].fd);
      g_ptr_array_extend_and_steal (acknowledged, clients[i].acknowledged);
      g_ptr_array_extend_and_steal (unknown, clients[i].unknown);
    }
}

/* Every acknowledged pledge is there; every unknown one is there after it was asked again with its
 * key; none is there twice. */
static void
expect_all (const char *dir, GPtrArray *acknowledged, GPtrArray *unknown)
{
  Keeper *keeper = keeper_start (dir, NULL);
  g_autoptr (JsonNode) ready = keeper_expect (keeper, "ready");
  int fd = keeper_connect (keeper, "test", keeper_all_commands);
  g_autoptr (JsonNode) verdict = NULL, earnings = NULL;
  g_autofree char *token_path = g_build_filename (dir, FAR_BOOKS_TOKEN_FILE, NULL);
  g_autofree char *token_hash = world_token_hash (token_path);
  guint n_done = 0;

  g_assert_nonnull (ready);
  for (guint i = 0; i < acknowledged->len; i++)
    {
      g_autoptr (JsonNode) answer = NULL;

      answer = keeper_ask (fd, "{'command':'entitlement','reader':'%s','property':'news',"
                           "'article':'a'}", (char *) g_ptr_array_index (acknowledged, i));
      g_assert_true (answer_bool (answer, "entitled"));
    }
  for (guint i = 0; i < unknown->len; i++)
    {
      g_autoptr (JsonNode) known = NULL, answer = NULL;

      known = keeper_ask (fd, "{'command':'entitlement','reader':'%s','property':'news',"
                          "'article':'a'}", (char *) g_ptr_array_index (unknown, i));
      n_done += answer_bool (known, "entitled");
      answer = keeper_ask (fd, PLEDGE, "k", (char *) g_ptr_array_index (unknown, i), "a");
      /* The stored answer where it was booked, else booked now: the reader sees no difference. */
      g_assert_cmpint (answer_micros (answer, "moved_micros"), ==, 50000);
    }
  g_test_message ("%u acknowledged, %u unknown, of which %u had been booked", acknowledged->len,
                  unknown->len, n_done);
  earnings = keeper_ask (fd, "{'command':'earnings','token':'%s','property':'news'}", token_hash);
  g_assert_cmpint (answer_int (earnings, "pledges"), ==, acknowledged->len + unknown->len);
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==,
                   (gint64) (acknowledged->len + unknown->len) * 35000);
  verdict = keeper_ask (fd, "{'command':'ledger.verify'}");
  if (!answer_bool (verdict, "ok"))
    g_error ("%s", answer_text (verdict, "message"));
  close (fd);
  g_assert_cmpint (keeper_end (keeper, SIGTERM), ==, 0);
}

static void
test_kills (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("far-kills-XXXXXX", &error);
  g_autoptr (GPtrArray) acknowledged = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) unknown = g_ptr_array_new_with_free_func (g_free);
  const char *asked = g_getenv ("FARTHING_KILLS");
  guint64 n_kills = KILLS_DEFAULT;
  FarRng rng;

  if (asked != NULL)
    g_assert_true (g_ascii_string_to_unsigned (asked, 10, 1, 100000, &n_kills, NULL));
  far_rng_init (&rng, 7, 1);
  for (guint round = 0; round < n_kills; round++)
    run_and_kill (dir, round, (gint) far_rng_below (&rng, 120), far_rng_below (&rng, 3000),
                  acknowledged, unknown);
  expect_all (dir, acknowledged, unknown);
  g_assert_cmpuint (unknown->len, ==, n_kills * CLIENTS);
  world_remove_tree (dir);
}

/* ---- a disk that is full ---- */

static void
limit_files (pid_t pid, rlim_t n_bytes)
{
  struct rlimit limit = { .rlim_cur = n_bytes, .rlim_max = RLIM_INFINITY };

  g_assert_cmpint (prlimit (pid, RLIMIT_FSIZE, &limit, NULL), ==, 0);
}

/* Nothing is acknowledged that is not on the disk; the process lives, and goes on when there is
 * room again. */
static void
test_full_disk (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("far-full-XXXXXX", &error);
  Keeper *keeper = keeper_start (dir, NULL);
  g_autoptr (JsonNode) ready = keeper_expect (keeper, "ready");
  g_autoptr (JsonNode) verdict = NULL, status = NULL;
  guint n_refused = 0, n_unknown = 0;
  int fd;

  g_assert_nonnull (ready);
  furnish (keeper, 1);
  fd = keeper_connect (keeper, "test", keeper_all_commands);
  limit_files (keeper->pid, 64 * 1024);
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (JsonNode) answer = keeper_ask (fd, PLEDGE, "k", world_reader (i), "a");
      JsonObject *object;

      g_assert_nonnull (answer);
      object = json_node_get_object (answer);
      if (json_object_has_member (object, "ok"))
        continue;
      n_refused++;
      object = json_object_get_object_member (object, "error");
      g_assert_true (g_strv_contains ((const char *const[]) { "unknown", "internal", "busy", NULL },
                                      json_object_get_string_member (object, "code")));
      n_unknown += g_str_equal (json_object_get_string_member (object, "code"), "unknown");
    }
  g_test_message ("%u refused, of which %u unknown", n_refused, n_unknown);
  g_assert_cmpuint (n_refused, >, 10);
  limit_files (keeper->pid, RLIM_INFINITY);
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (JsonNode) answer = NULL;

      /* Busy until the books are open again. */
      do
        {
          g_clear_pointer (&answer, json_node_unref);
          answer = keeper_ask (fd, PLEDGE, "k", world_reader (i), "a");
          g_assert_nonnull (answer);
        }
      while (!json_object_has_member (json_node_get_object (answer), "ok"));
      g_assert_cmpint (answer_micros (answer, "moved_micros"), ==, 50000);
    }
  status = keeper_ask (fd, "{'command':'ledger.status'}");
  g_assert_cmpint (answer_int (status, "transfers"), ==, 2 + 200);
  verdict = keeper_ask (fd, "{'command':'ledger.verify'}");
  g_assert_true (answer_bool (verdict, "ok"));
  close (fd);
  g_assert_cmpint (keeper_end (keeper, SIGTERM), ==, 0);
  world_remove_tree (dir);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/load/no-overspend", test_no_overspend);
  g_test_add_func ("/load/full-disk", test_full_disk);
  g_test_add_func ("/load/kills", test_kills);
  return g_test_run ();
}
