/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See the header. */
#include "books-world.h"

#include <string.h>

#include <glib/gstdio.h>

#include "base/far-crypto.h"
#include "base/far-id.h"

void
world_remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        world_remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

static void
world_open (World          *world,
            FarLedgerMoney  money)
{
  g_autoptr (GError) error = NULL;

  world->books = far_books_open (world->dir, money, world->clock, &error);
  g_assert_no_error (error);
  g_assert_nonnull (world->books);
}

char *
world_token_hash (const char *token_path)
{
  g_autofree char *token = NULL;
  guint8 hash[FAR_SHA256_LEN];

  g_assert_true (g_file_get_contents (token_path, &token, NULL, NULL));
  g_strchomp (token);
  far_sha256 (token, strlen (token), hash);
  return far_hex_encode (hash, sizeof hash);
}

World *
world_new (FarLedgerMoney money)
{
  World *world = g_new0 (World, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *token_path = NULL;

  /* In memory where that can be had: these tests are about what is in the books, not about the
   * disk, and one in memory syncs at once. */
  world->dir = g_strdup ("/dev/shm/far-books-XXXXXX");
  if (g_mkdtemp_full (world->dir, 0700) == NULL)
    {
      g_free (world->dir);
      world->dir = g_dir_make_tmp ("far-books-XXXXXX", &error);
      g_assert_no_error (error);
    }
  world->clock = far_clock_new_manual (WORLD_START_US);
  world->check = TRUE;
  world_open (world, money);

  token_path = g_build_filename (world->dir, FAR_BOOKS_TOKEN_FILE, NULL);
  world->token_hash = world_token_hash (token_path);
  return world;
}

void
world_free (World *world)
{
  far_books_close (world->books);
  far_clock_unref (world->clock);
  world_remove_tree (world->dir);
  g_free (world->dir);
  g_free (world->token_hash);
  g_free (world);
}

void
world_reopen (World *world)
{
  FarLedgerMoney money = far_ledger_money (far_books_ledger (world->books));

  far_books_close (world->books);
  world_open (world, money);
}

void
world_reopen_as (World          *world,
                 FarLedgerMoney  money)
{
  g_clear_pointer (&world->books, far_books_close);
  world_open (world, money);
}

const char *
world_reader (guint n)
{
  static GHashTable *readers;
  char *hex;

  if (readers == NULL)
    readers = g_hash_table_new (NULL, NULL);
  hex = g_hash_table_lookup (readers, GUINT_TO_POINTER (n));
  if (hex == NULL)
    {
      hex = g_strdup_printf ("%064x", n);
      g_hash_table_insert (readers, GUINT_TO_POINTER (n), hex);
    }
  return hex;
}

char *
world_execute (World         *world,
               const char    *principal,
               FarCommandSet  allowed,
               const char    *json,
               gboolean       together,
               guint         *ret_again,
               gsize         *ret_n_answer)
{
  g_autoptr (GError) error = NULL;
  char *answer;

  if (together)
    {
      g_assert_true (far_books_begin_together (world->books, &error));
      answer = far_books_execute (world->books, principal, allowed, json, strlen (json),
                                  ret_n_answer, &error);
      if (answer != NULL)
        return answer;
      g_assert_error (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_AGAIN);
      g_clear_error (&error);
      if (ret_again != NULL)
        (*ret_again)++;
    }
  g_assert_true (far_books_begin (world->books, &error));
  answer = far_books_execute (world->books, principal, allowed, json, strlen (json), ret_n_answer,
                              &error);
  g_assert_no_error (error);
  return answer;
}

JsonNode *
world_ask_as (World         *world,
              const char    *principal,
              FarCommandSet  allowed,
              const char    *json)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;
  g_autoptr (JsonNode) node = NULL;
  const FarLater *later;
  gsize n_answer;

  answer = world_execute (world, principal, allowed, json, TRUE, NULL, &n_answer);
  g_assert_true (far_books_commit (world->books, &error));
  g_assert_no_error (error);
  later = far_books_later (world->books);
  if (later != NULL)
    {
      g_free (answer);
      answer = far_later_run (later, far_later_is_beside (later) ? NULL : world->books, world->dir,
                              world->clock, json, strlen (json), NULL, &n_answer);
    }
  if (world->check && !far_books_check (world->books, &error))
    g_error ("after %s → %s: %s", json, answer, error->message);
  node = far_json_parse_object (answer, n_answer, FAR_JSON_SIZE_MAX, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&node);
}

static char *
quote (const char *format,
       va_list     args)
{
  char *json = g_strdup_vprintf (format, args);

  return g_strdelimit (json, "'", '"');
}

JsonNode *
world_ask (World      *world,
           const char *format,
           ...)
{
  g_autofree char *json = NULL;
  JsonNode *answer;
  va_list args;

  va_start (args, format);
  json = quote (format, args);
  va_end (args);
  answer = world_ask_as (world, "test", FAR_COMMANDS_ALL, json);
  if (!json_object_has_member (json_node_get_object (answer), "ok"))
    {
      JsonObject *refusal = json_object_get_object_member (json_node_get_object (answer), "error");

      g_error ("%s was refused: %s: %s", json, json_object_get_string_member (refusal, "code"),
               json_object_get_string_member (refusal, "message"));
    }
  return answer;
}

/* What every row there is makes. */
static char *
ledger_root (World *world)
{
  g_autoptr (JsonNode) status = world_ask_as (world, "test", FAR_COMMANDS_ALL,
                                              "{\"command\":\"ledger.status\"}");

  return g_strdup (answer_text (status, "root"));
}

void
world_refused (World      *world,
               const char *code,
               const char *format,
               ...)
{
  g_autofree char *json = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (JsonNode) answer = NULL;
  JsonObject *object;
  va_list args;

  va_start (args, format);
  json = quote (format, args);
  va_end (args);
  before = ledger_root (world);
  answer = world_ask_as (world, "test", FAR_COMMANDS_ALL, json);
  after = ledger_root (world);
  g_assert_cmpstr (before, ==, after); /* not a row was written */
  object = json_node_get_object (answer);
  if (!json_object_has_member (object, "error"))
    g_error ("%s was not refused", json);
  object = json_object_get_object_member (object, "error");
  g_assert_cmpstr (json_object_get_string_member (object, "code"), ==, code);
  g_assert_cmpuint (strlen (json_object_get_string_member (object, "message")), >, 10);
}

const char *
answer_text (JsonNode   *answer,
             const char *name)
{
  JsonNode *member = json_object_get_member (json_node_get_object (answer), name);

  g_assert_nonnull (member);
  return JSON_NODE_HOLDS_NULL (member) ? NULL : json_node_get_string (member);
}

gint64
answer_int (JsonNode   *answer,
            const char *name)
{
  g_assert_true (json_object_has_member (json_node_get_object (answer), name));
  return json_object_get_int_member (json_node_get_object (answer), name);
}

gint64
answer_micros (JsonNode   *answer,
               const char *name)
{
  gint64 micros;

  g_assert_true (far_micros_parse (answer_text (answer, name), &micros, NULL));
  return micros;
}

gboolean
answer_bool (JsonNode   *answer,
             const char *name)
{
  g_assert_true (json_object_has_member (json_node_get_object (answer), name));
  return json_object_get_boolean_member (json_node_get_object (answer), name);
}

void
world_furnish (World *world,
               gint64 budget_micros)
{
  g_autoptr (JsonNode) property = NULL;
  g_autoptr (JsonNode) campaign = NULL;

  property = world_ask (world, "{'command':'property.ensure','property':'news','currency':'USD',"
                        "'terms':{'fee_bps':3000,'fee_receiver':'The network'}}");
  if (budget_micros > 0)
    campaign = world_ask (world, "{'command':'campaign.ensure','campaigns':[{'campaign':'tea',"
                          "'advertiser':'leaf','currency':'USD','budget_micros':'%"
                          G_GINT64_FORMAT "'}]}", budget_micros);
}

JsonNode *
world_pledge (World      *world,
              guint       reader,
              const char *article,
              const char *key)
{
  return world_ask (world, "{'command':'pledge','key':'%s','reader':'%s','property':'news',"
                    "'article':'%s','price_micros':'50000','currency':'USD'}", key,
                    world_reader (reader), article);
}

JsonNode *
world_watch (World      *world,
             guint       reader,
             const char *article,
             const char *key)
{
  static const char *const events[] = {
    "start", "firstQuartile", "midpoint", "thirdQuartile", "complete",
  };
  g_autoptr (JsonNode) reserved = NULL;
  g_autoptr (JsonNode) fetched = NULL;
  JsonNode *answer = NULL;
  const char *view;

  reserved = world_ask (world, "{'command':'view.reserve','key':'%s','reader':'%s',"
                        "'property':'news','article':'%s','candidates':[{'campaign':'tea',"
                        "'creative':'tea.webm','duration_ms':4000,'total_bytes':1000,"
                        "'price_micros':'20000'}]}", key, world_reader (reader), article);
  view = answer_text (reserved, "view");
  g_assert_nonnull (view);
  fetched = world_ask (world, "{'command':'view.fetched','reader':'%s','view':'%s',"
                       "'bytes':1000}", world_reader (reader), view);
  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_clear_pointer (&answer, json_node_unref);
      answer = world_ask (world, "{'command':'view.event','reader':'%s','view':'%s',"
                          "'event':'%s'}", world_reader (reader), view, events[i]);
      world_advance (world, WORLD_SECOND);
    }
  return answer;
}

JsonNode *
world_earnings (World *world)
{
  return world_ask (world, "{'command':'earnings','token':'%s','property':'news'}",
                    world->token_hash);
}

void
world_sweep (World *world)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (far_books_begin (world->books, &error));
  g_assert_true (far_books_sweep (world->books, &error));
  g_assert_no_error (error);
  g_assert_true (far_books_commit (world->books, &error));
  g_assert_true (far_books_check (world->books, &error));
  g_assert_no_error (error);
}

void
world_advance (World  *world,
               gint64  delta_us)
{
  g_assert_true (far_clock_advance (world->clock, delta_us, NULL));
}

JsonObject *
world_part (JsonNode   *answer,
            const char *name)
{
  return json_object_get_object_member (json_node_get_object (answer), name);
}

JsonNode *
world_wallet (World *world,
              guint  reader)
{
  return world_ask (world, "{'command':'wallet','reader':'%s','property':'news'}",
                    world_reader (reader));
}

char *
world_begin_topup (World      *world,
                   guint       reader,
                   gint64      amount_micros,
                   const char *key)
{
  g_autoptr (JsonNode) begun =
    world_ask (world, "{'command':'checkout.begin','key':'%s','reader':'%s','property':'news',"
               "'kind':'topup','amount_micros':'%" G_GINT64_FORMAT "'}", key,
               world_reader (reader), amount_micros);

  return g_strdup (answer_text (begun, "checkout"));
}

JsonNode *
world_finish_topup (World      *world,
                    const char *checkout,
                    const char *outcome)
{
  return world_ask (world, "{'command':'checkout.finish','checkout':'%s','outcome':'%s',"
                    "'customer':'cus_1','provider_id':'pi_%.4s','fee_micros':'445000'}", checkout,
                    outcome, checkout + 28);
}

void
world_top_up (World      *world,
              guint       reader,
              gint64      amount_micros,
              const char *key)
{
  g_autofree char *checkout = world_begin_topup (world, reader, amount_micros, key);
  g_autoptr (JsonNode) done = world_finish_topup (world, checkout, "succeeded");

  g_assert_cmpstr (answer_text (done, "state"), ==, "succeeded");
}

JsonArray *
world_refunds (JsonNode *answer)
{
  return json_object_get_array_member (json_node_get_object (answer), "refunds");
}

JsonNode *
world_end_refund (World      *world,
                  JsonNode   *begun,
                  guint       i,
                  const char *outcome)
{
  JsonObject *refund = json_array_get_object_element (world_refunds (begun), i);

  return world_ask (world, "{'command':'wallet.refund.finish','refund':'%s','outcome':'%s',"
                    "'provider_id':'re_1'}", json_object_get_string_member (refund, "refund"),
                    outcome);
}
