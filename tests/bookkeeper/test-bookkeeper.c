/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process: control channel, grants, hostile clients, restarts, orderly ends, refusal to touch
 * what is damaged. */
#include "books-world.h"
#include "keeper-process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-frame.h"
#include "bookkeeper/far-control.h"

#define PLEDGE "{'command':'pledge','key':'%s','reader':'%s','property':'news','article':'%s'," \
               "'price_micros':'50000','currency':'USD'}"
#define PROPERTY "{'command':'property.ensure','property':'news','currency':'USD','terms':{}}"

typedef struct {
  char   *dir;
  Keeper *keeper;
  int     fd;
} Fixture;

static void
expect_code (JsonNode *answer, const char *code)
{
  JsonObject *object = json_node_get_object (answer);

  g_assert_true (json_object_has_member (object, "error"));
  object = json_object_get_object_member (object, "error");
  g_assert_cmpstr (json_object_get_string_member (object, "code"), ==, code);
}

static void
fixture_start (Fixture *fixture)
{
  g_autoptr (JsonNode) ready = NULL;
  g_autoptr (JsonNode) property = NULL;

  fixture->keeper = keeper_start (fixture->dir, NULL);
  ready = keeper_expect (fixture->keeper, "ready");
  g_assert_nonnull (ready);
  g_assert_cmpstr (answer_text (ready, "money"), ==, "test");
  fixture->fd = keeper_connect (fixture->keeper, "function", keeper_all_commands);
  property = keeper_ask (fixture->fd, PROPERTY);
  g_assert_true (answer_bool (property, "ok"));
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->dir = g_dir_make_tmp ("far-keeper-XXXXXX", &error);
  g_assert_no_error (error);
  fixture_start (fixture);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->fd >= 0)
    close (fixture->fd);
  if (fixture->keeper != NULL)
    {
      int status = keeper_end (fixture->keeper, 0);

      g_assert_true (WIFEXITED (status));
      g_assert_cmpint (WEXITSTATUS (status), ==, 0);
    }
  world_remove_tree (fixture->dir);
  g_free (fixture->dir);
}

static void
test_ready_and_journal (Fixture *fixture, gconstpointer data)
{
  g_autofree char *token_path = g_build_filename (fixture->dir, "publisher.token", NULL);
  g_autoptr (JsonNode) pledge = NULL, journal = NULL, status = NULL;
  struct stat info;

  g_assert_cmpint (stat (token_path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  pledge = keeper_ask (fixture->fd, PLEDGE, "k", world_reader (1), "a");
  g_assert_cmpint (answer_micros (pledge, "moved_micros"), ==, 50000);
  do
    {
      g_clear_pointer (&journal, json_node_unref);
      journal = keeper_expect (fixture->keeper, "journal");
      g_assert_nonnull (journal);
    }
  while (answer_int (journal, "transfers") == 0);
  status = keeper_ask (fixture->fd, "{'command':'ledger.status'}");
  g_assert_cmpint (answer_int (status, "transfers"), ==, 1);
  g_assert_cmpint (answer_int (journal, "transfers"), ==, 1);
  g_assert_cmpstr (answer_text (status, "money"), ==, "test");
}

static void
test_grants (Fixture *fixture, gconstpointer data)
{
  const char *const few[] = { "entitlement", NULL };
  int fd = keeper_connect (fixture->keeper, "reading", few);
  g_autoptr (JsonNode) allowed = NULL, forbidden = NULL, unknown = NULL;

  allowed = keeper_ask (fd, "{'command':'entitlement','reader':'%s','property':'news',"
                        "'article':'a'}", world_reader (1));
  g_assert_false (answer_bool (allowed, "entitled"));
  forbidden = keeper_ask (fd, PLEDGE, "k", world_reader (1), "a");
  expect_code (forbidden, "not_allowed");
  unknown = keeper_ask (fd, "{'command':'steal'}");
  expect_code (unknown, "unknown_command");
  close (fd);
}

/* Bad messages on the control channel: refused, their descriptors closed, nothing else changes. */
static void
test_bad_control (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = {
    "", "[]", "{}", "{\"op\":\"connect\"}", "{\"op\":\"format\"}",
    "{\"op\":\"connect\",\"principal\":\"\",\"commands\":[]}",
    "{\"op\":\"connect\",\"principal\":\"x\",\"commands\":[1]}",
    "{\"op\":\"connect\",\"principal\":\"x\",\"commands\":[\"steal\"]}",
    "{\"op\":\"connect\",\"principal\":\"x\",\"commands\":\"pledge\"}",
  };
  static const char *const nothing =
    "{\"op\":\"connect\",\"principal\":\"x\",\"commands\":[]}";
  int pair[2];
  char byte;
  g_autoptr (JsonNode) refused = NULL, answer = NULL;

  for (gsize i = 1; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JsonNode) message = NULL;

      g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
      keeper_send (fixture->keeper, bad[i], &pair[1], 1);
      close (pair[1]);
      message = keeper_expect (fixture->keeper, "refused");
      g_assert_nonnull (message);
      g_assert_cmpint (recv (pair[0], &byte, 1, 0), ==, 0);
      close (pair[0]);
    }
  /* Two descriptors, none. */
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  keeper_send (fixture->keeper, nothing, pair, 2);
  close (pair[1]);
  refused = keeper_expect (fixture->keeper, "refused");
  g_clear_pointer (&refused, json_node_unref);
  close (pair[0]);
  keeper_send (fixture->keeper, nothing, NULL, 0);
  refused = keeper_expect (fixture->keeper, "refused");
  g_assert_nonnull (refused);
  answer = keeper_ask (fixture->fd, "{'command':'ledger.status'}");
  g_assert_true (answer_bool (answer, "ok"));
}

static void
test_bad_requests (Fixture *fixture, gconstpointer data)
{
  g_autofree char *deep = g_strnfill (60000, '[');
  const char *bad[] = {
    "null", "[]", "{}", "{\"command\":1}", "{\"command\":\"pledge\"}", "{'command':'wallet'}",
    "{\"command\":\"wallet\",\"command\":\"wallet\"}", "{\"command\":\"ledger.status\",}",
    "{\"command\":\"ledger.status\"} x", "{\"command\":\"ledger.status\",\"more\":1}", "\xff\xfe",
    "{\"command\":\"wallet\",\"reader\":\"00\",\"property\":\"news\"}", deep,
    "{\"command\":\"wallet\",\"reader\":null,\"property\":\"news\"}",
    "{\"command\":\"tabs.due\",\"limit\":101}", "{\"command\":\"tabs.due\",\"limit\":1.5}",
    "{\"command\":\"tabs.due\",\"limit\":99999999999999999999}",
  };
  g_autoptr (JsonNode) status = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *answer = NULL;
      g_autoptr (JsonNode) node = NULL;
      gsize n;

      g_assert_true (far_frame_write (fixture->fd, bad[i], strlen (bad[i]), 10000000, NULL));
      answer = far_frame_read (fixture->fd, &n, 10000000, NULL);
      g_assert_nonnull (answer);
      node = far_json_parse_object (answer, n, FAR_FRAME_MAX, NULL);
      g_assert_nonnull (node);
      expect_code (node, "bad_request");
    }
  status = keeper_ask (fixture->fd, "{'command':'ledger.status'}");
  g_assert_cmpint (answer_int (status, "transfers"), ==, 0);
}

/* Every single field of a pledge, wrong in every way: refused, nothing moves. */
static void
test_bad_fields (Fixture *fixture, gconstpointer data)
{
  static const struct { const char *name, *good; const char *bad[8]; } fields[] = {
    { "key", "'k'", { "''", "'a b'", "'\\u00e9'", "7", "null", "['k']", "'\\u0007'" } },
    { "reader", NULL, { "''", "'00'", "'ZZ'", "1", "null", "{}" } },
    { "property", "'news'", { "''", "'a b'", "'a;DROP TABLE'", "1", "null" } },
    { "article", "'a'", { "''", "'a\\u0000b'", "'<a>'", "1", "null", "'\xc3\xa9'" } },
    { "price_micros", "'50000'", { "'0'", "'-1'", "50000", "'1.5'", "'9000000000000001'",
                                   "'01'", "''", "'1e3'" } },
    { "currency", "'USD'", { "'usd'", "''", "'ZZZ'", "'USDX'", "1" } },
  };
  g_autoptr (JsonNode) status = NULL;

  for (gsize wrong = 0; wrong < G_N_ELEMENTS (fields); wrong++)
    for (guint which = 0; which <= G_N_ELEMENTS (fields[0].bad); which++)
      {
        g_autoptr (GString) json = g_string_new ("{'command':'pledge'");
        g_autoptr (JsonNode) answer = NULL;

        if (which < G_N_ELEMENTS (fields[0].bad) && fields[wrong].bad[which] == NULL)
          continue;
        for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
          if (i != wrong && fields[i].good == NULL)
            g_string_append_printf (json, ",'reader':'%s'", world_reader (1));
          else if (i != wrong)
            g_string_append_printf (json, ",'%s':%s", fields[i].name, fields[i].good);
          else if (which < G_N_ELEMENTS (fields[0].bad)) /* the last round leaves it out */
            g_string_append_printf (json, ",'%s':%s", fields[i].name, fields[i].bad[which]);
        g_string_append_c (json, '}');
        answer = keeper_ask (fixture->fd, "%s", json->str);
        g_assert_nonnull (answer);
        expect_code (answer, "bad_request");
      }
  status = keeper_ask (fixture->fd, "{'command':'ledger.status'}");
  g_assert_cmpint (answer_int (status, "transfers"), ==, 0);
}

/* Broken frames end their connection and nobody else's. */
static void
test_bad_frames (Fixture *fixture, gconstpointer data)
{
  static const guint8 zero[] = { 0, 0, 0, 0 };
  static const guint8 huge[] = { 0xff, 0xff, 0xff, 0xff, 'x' };
  static const guint8 over[] = { 0, 1, 0, 1, 'x' };
  static const guint8 half[] = { 0, 0, 0, 100, '{' };
  static const struct { const guint8 *bytes; gsize n; } frames[] = {
    { zero, sizeof zero }, { huge, sizeof huge }, { over, sizeof over },
  };
  g_autoptr (JsonNode) status = NULL;
  char byte;

  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      int fd = keeper_connect (fixture->keeper, "hostile", keeper_all_commands);

      g_assert_cmpint (send (fd, frames[i].bytes, frames[i].n, MSG_NOSIGNAL), ==, frames[i].n);
      g_assert_cmpint (recv (fd, &byte, 1, 0), <=, 0);
      close (fd);
    }
  for (guint i = 0; i < 50; i++)
    {
      int fd = keeper_connect (fixture->keeper, "hostile", keeper_all_commands);

      g_assert_cmpint (send (fd, half, sizeof half, MSG_NOSIGNAL), ==, sizeof half);
      close (fd);
    }
  status = keeper_ask (fixture->fd, "{'command':'ledger.status'}");
  g_assert_true (answer_bool (status, "ok"));
}

/* Requests sent without waiting are answered one by one, in their order. */
static void
test_pipelined (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *json = g_strdelimit (
        g_strdup_printf (PLEDGE, "k", world_reader (i), "a"), "'", '"');

      g_assert_true (far_frame_write (fixture->fd, json, strlen (json), 10000000, NULL));
    }
  for (guint i = 0; i < 300; i++)
    {
      gsize n;
      g_autofree char *answer = far_frame_read (fixture->fd, &n, 30000000, NULL);
      g_autoptr (JsonNode) node = far_json_parse_object (answer, n, FAR_FRAME_MAX, NULL);

      g_assert_cmpint (answer_micros (node, "moved_micros"), ==, 50000);
    }
}

static void
send_text (int fd, const char *request)
{
  g_autofree char *json = g_strdelimit (g_strdup (request), "'", '"');

  g_assert_true (far_frame_write (fd, json, strlen (json), 10000000, NULL));
}

static JsonNode *
take_answer (int fd)
{
  gsize n;
  g_autofree char *answer = far_frame_read (fd, &n, 30000000, NULL);

  return far_json_parse_object (answer, n, FAR_FRAME_MAX, NULL);
}

/* Who leaves, or says more, before the answer is there: what was asked is done, and the others are
 * served. */
static void
test_left (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *pledge = g_strdup_printf (PLEDGE, "k", world_reader (i), "a");
      g_autoptr (JsonNode) again = NULL;
      int fd = keeper_connect (fixture->keeper, "function", keeper_all_commands);

      send_text (fd, pledge);
      send_text (fd, "{'command':'ledger.verify'}"); /* beside the writer */
      if (i % 3 == 0)
        send_text (fd, pledge);
      close (fd);
      again = keeper_ask (fixture->fd, "%s", pledge);
      g_assert_true (answer_bool (again, "ok"));
    }
}

/* A command that is refused after it has written, before, between and behind others that wait with
 * it: it leaves nothing behind, and they are what they were. The second time the server expects
 * it. */
static void
test_refused_late (Fixture *fixture, gconstpointer data)
{
  static const char late[] = "{'command':'campaign.ensure','campaigns':[{'campaign':'shoe',"
                             "'advertiser':'sole','currency':'USD','budget_micros':'9'},"
                             "{'campaign':'tea','advertiser':'leaf','currency':'EUR',"
                             "'budget_micros':'9'}]}";
  int others[4];
  g_autoptr (JsonNode) tea = NULL, shoe = NULL, verdict = NULL;

  tea = keeper_ask (fixture->fd, "{'command':'campaign.ensure','campaigns':[{'campaign':'tea',"
                    "'advertiser':'leaf','currency':'USD','budget_micros':'9'}]}");
  g_assert_cmpint (answer_int (tea, "created"), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    others[i] = keeper_connect (fixture->keeper, "function", keeper_all_commands);
  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (JsonNode) refused = NULL;

      for (guint i = 0; i < G_N_ELEMENTS (others); i++)
        {
          g_autofree char *pledge = g_strdup_printf (PLEDGE, "k",
                                                     world_reader (10 * round + i), "a");

          if (i == G_N_ELEMENTS (others) / 2)
            send_text (fixture->fd, late);
          send_text (others[i], pledge);
        }
      refused = take_answer (fixture->fd);
      expect_code (refused, "wrong_currency");
      for (guint i = 0; i < G_N_ELEMENTS (others); i++)
        {
          g_autoptr (JsonNode) first = take_answer (others[i]);
          g_autoptr (JsonNode) again = keeper_ask (others[i], PLEDGE, "k",
                                                   world_reader (10 * round + i), "a");

          g_assert_cmpint (answer_micros (first, "moved_micros"), ==, 50000);
          g_assert_true (json_node_equal (first, again));
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    close (others[i]);
  shoe = keeper_ask (fixture->fd, "{'command':'campaign.ensure','campaigns':[{'campaign':'shoe',"
                     "'advertiser':'sole','currency':'USD','budget_micros':'9'}]}");
  g_assert_cmpint (answer_int (shoe, "created"), ==, 1);
  verdict = keeper_ask (fixture->fd, "{'command':'ledger.verify'}");
  g_assert_true (answer_bool (verdict, "ok"));
}

/* A client that goes before its answer comes: the command is done, the process lives. */
static void
test_client_goes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonNode) status = NULL;

  for (guint i = 0; i < 20; i++)
    {
      int fd = keeper_connect (fixture->keeper, "hasty", keeper_all_commands);
      g_autofree char *json = g_strdelimit (
        g_strdup_printf (PLEDGE, "k", world_reader (i), "a"), "'", '"');

      g_assert_true (far_frame_write (fd, json, strlen (json), 10000000, NULL));
      close (fd);
    }
  do
    {
      g_clear_pointer (&status, json_node_unref);
      status = keeper_ask (fixture->fd, "{'command':'ledger.status'}");
    }
  while (answer_int (status, "transfers") < 20);
  g_assert_cmpint (answer_int (status, "transfers"), ==, 20);
}

static void
test_verify (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonNode) pledge = NULL, verdict = NULL, status = NULL;
  g_autoptr (JsonNode) refund = NULL;

  pledge = keeper_ask (fixture->fd, PLEDGE, "k", world_reader (1), "a");
  refund = keeper_ask (fixture->fd, "{'command':'refund','key':'k','reader':'%s',"
                       "'property':'news','article':'a'}", world_reader (1));
  verdict = keeper_ask (fixture->fd, "{'command':'ledger.verify'}");
  if (!answer_bool (verdict, "ok"))
    g_error ("%s", answer_text (verdict, "message"));
  g_assert_true (answer_bool (verdict, "ok"));
  g_assert_cmpint (answer_int (verdict, "transfers"), ==, 2);
  status = keeper_ask (fixture->fd, "{'command':'ledger.status'}");
  g_assert_cmpstr (answer_text (verdict, "root"), ==, answer_text (status, "root"));
}

static void
test_restart (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonNode) first = NULL, again = NULL, verdict = NULL;
  int status;

  first = keeper_ask (fixture->fd, PLEDGE, "k", world_reader (1), "a");
  close (fixture->fd);
  status = keeper_end (fixture->keeper, SIGTERM);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  fixture_start (fixture);
  again = keeper_ask (fixture->fd, PLEDGE, "k", world_reader (1), "a");
  g_assert_true (json_node_equal (first, again));
  verdict = keeper_ask (fixture->fd, "{'command':'ledger.verify'}");
  g_assert_true (answer_bool (verdict, "ok"));
  g_assert_cmpint (answer_int (verdict, "checkpoints"), >=, 1);
}

/* The next one is there before this one has ended, as after a kill -9 of farthingd. */
static void
test_overlap (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonNode) first = NULL, again = NULL, ready = NULL;
  Keeper *next = keeper_start (fixture->dir, NULL);

  first = keeper_ask (fixture->fd, PLEDGE, "k", world_reader (1), "a");
  close (fixture->fd);
  g_assert_cmpint (keeper_end (fixture->keeper, SIGTERM), ==, 0);
  fixture->keeper = next;
  ready = keeper_expect (next, "ready");
  g_assert_nonnull (ready);
  fixture->fd = keeper_connect (next, "function", keeper_all_commands);
  again = keeper_ask (fixture->fd, PLEDGE, "k", world_reader (1), "a");
  g_assert_true (json_node_equal (first, again));
}

/* What has arrived before it looked is answered, though SIGTERM had come first, and though it is
 * more than one look shows. */
static void
test_finishes_in_flight (Fixture *fixture, gconstpointer data)
{
  int fds[300];
  int status;

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = keeper_connect (fixture->keeper, "function", keeper_all_commands);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autoptr (JsonNode) known = keeper_ask (fds[i], "{'command':'ledger.status'}");

      g_assert_nonnull (known); /* the connection is taken in */
    }
  kill (fixture->keeper->pid, SIGSTOP);
  kill (fixture->keeper->pid, SIGTERM);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autofree char *json = g_strdelimit (
        g_strdup_printf (PLEDGE, "k", world_reader (i), "a"), "'", '"');

      g_assert_true (far_frame_write (fds[i], json, strlen (json), 10000000, NULL));
    }
  kill (fixture->keeper->pid, SIGCONT);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      gsize n;
      g_autofree char *answer = far_frame_read (fds[i], &n, 30000000, NULL);

      g_assert_nonnull (answer);
      g_assert_nonnull (strstr (answer, "\"moved_micros\":\"50000\""));
      close (fds[i]);
    }
  close (fixture->fd);
  fixture->fd = -1;
  status = keeper_end (g_steal_pointer (&fixture->keeper), 0);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

/* Starts it and expects it to fail with a message that holds these words. */
static void
expect_failure (const char *dir, const char *money, const char *words)
{
  Keeper *keeper = keeper_start (dir, money);
  g_autoptr (JsonNode) failed = keeper_message (keeper);
  int status;

  g_assert_nonnull (failed);
  g_assert_cmpstr (answer_text (failed, "op"), ==, "failed");
  g_test_message ("%s", answer_text (failed, "message"));
  if (strstr (answer_text (failed, "message"), words) == NULL)
    g_error ("\"%s\" does not say \"%s\"", answer_text (failed, "message"), words);
  status = keeper_end (keeper, 0);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
}

static void
stop (Fixture *fixture)
{
  close (fixture->fd);
  fixture->fd = -1;
  g_assert_cmpint (keeper_end (g_steal_pointer (&fixture->keeper), SIGTERM), ==, 0);
}

static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *db = g_build_filename (fixture->dir, "money", "ledger.db", NULL);
  g_autofree char *money = g_build_filename (fixture->dir, "money", NULL);
  g_autofree char *away = g_build_filename (fixture->dir, "away", NULL);
  g_autofree char *bytes = NULL;
  g_autofree char *after = NULL;
  g_autofree char *damaged = NULL;
  g_autoptr (JsonNode) pledge = NULL;
  gsize n_bytes, n_after;

  pledge = keeper_ask (fixture->fd, PLEDGE, "k", world_reader (1), "a");
  expect_failure (fixture->dir, NULL, "another bookkeeper");
  stop (fixture);
  g_assert_true (g_file_get_contents (db, &bytes, &n_bytes, NULL));

  /* Test money opened as live money. */
  expect_failure (fixture->dir, "live", "money");
  /* The database gone. */
  g_assert_cmpint (rename (db, away), ==, 0);
  expect_failure (fixture->dir, NULL, "ledger.db");
  g_assert_false (g_file_test (db, G_FILE_TEST_EXISTS));
  /* The database overwritten: reported, and not a byte of it is changed. */
  damaged = g_memdup2 (bytes, n_bytes);
  memset (damaged, 0x5a, MIN (n_bytes, 4096));
  g_assert_true (g_file_set_contents (db, damaged, (gssize) n_bytes, NULL));
  expect_failure (fixture->dir, NULL, "ledger.db");
  g_assert_true (g_file_get_contents (db, &after, &n_after, NULL));
  g_assert_cmpmem (after, n_after, damaged, n_bytes);
  /* The whole folder gone. */
  g_assert_cmpint (unlink (db), ==, 0);
  g_assert_cmpint (unlink (away), ==, 0);
  world_remove_tree (money);
  expect_failure (fixture->dir, NULL, "publisher.token");
  g_assert_false (g_file_test (money, G_FILE_TEST_EXISTS));
}

#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/bookkeeper/ready-and-journal", test_ready_and_journal);
  ADD ("/bookkeeper/grants", test_grants);
  ADD ("/bookkeeper/bad-control", test_bad_control);
  ADD ("/bookkeeper/bad-requests", test_bad_requests);
  ADD ("/bookkeeper/bad-fields", test_bad_fields);
  ADD ("/bookkeeper/bad-frames", test_bad_frames);
  ADD ("/bookkeeper/pipelined", test_pipelined);
  ADD ("/bookkeeper/left", test_left);
  ADD ("/bookkeeper/refused-late", test_refused_late);
  ADD ("/bookkeeper/client-goes", test_client_goes);
  ADD ("/bookkeeper/overlap", test_overlap);
  ADD ("/bookkeeper/verify", test_verify);
  ADD ("/bookkeeper/restart", test_restart);
  ADD ("/bookkeeper/finishes-in-flight", test_finishes_in_flight);
  ADD ("/bookkeeper/damaged", test_damaged);
  return g_test_run ();
}
