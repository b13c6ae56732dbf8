/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Idempotency keys that say when they were made: where their answers are kept, that they are keys
 * like others, and answers that the version before kept elsewhere. */
#include <string.h>

#include <sqlite3.h>

#include "base/far-crypto.h"
#include "base/far-id.h"
#include "books-press.h"
#include "ledger/far-ledger.h"
#include "store/far-db.h"

#define DATED "01a20ae9-1c3c-7eea-9f62-ac45253e0001" /* version 7 */

static gint64
query_int (World *world, const char *sql)
{
  gint64 n;

  g_assert_true (far_db_query_int (far_ledger_db (far_books_ledger (world->books)), sql, &n, NULL));
  return n;
}

/* Whether the last answer is kept where keys of that time are. */
static gboolean
is_in_order (World *world)
{
  return query_int (world, "SELECT hex (substr (scope, 1, 6)) = '01A20AE91C3C' FROM answers"
                           " ORDER BY answer DESC LIMIT 1");
}

static void
test_dated (void)
{
  static const char *const others[] = {
    "01a20ae9-1c3c-4eea-9f62-ac45253e0001", "01A20AE91C3C7EEA9F62AC45253E0001",
    "01a20ae9-1c3c-7eea-9f62-ac45253e000", "x",
  };
  g_autoptr (World) world = new_world ();
  g_autoptr (JsonNode) first = world_pledge (world, 1, "a", DATED);
  g_autoptr (JsonNode) again = NULL;
  g_autoptr (JsonNode) another = NULL;
  g_autoptr (JsonNode) without_hyphens = NULL;

  g_assert_true (is_in_order (world));
  again = world_pledge (world, 1, "a", DATED);
  g_assert_cmpint (query_int (world, "SELECT count (*) FROM pledges"), ==, 1);
  g_assert_true (json_node_equal (again, first));
  world_refused (world, "idempotency_mismatch",
                 "{'command':'pledge','key':'" DATED "','reader':'%s','property':'news',"
                 "'article':'b','price_micros':'50000','currency':'USD'}", world_reader (1));
  /* The same key of another reader, and for another command, is another. */
  another = world_pledge (world, 2, "a", DATED);
  g_assert_cmpint (query_int (world, "SELECT count (*) FROM pledges"), ==, 2);
  without_hyphens = world_pledge (world, 1, "b", "01a20ae91c3c7eea9f62ac45253e0001");
  g_assert_true (is_in_order (world));
  g_assert_cmpint (query_int (world, "SELECT count (*) FROM pledges"), ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (JsonNode) answer = world_pledge (world, 3 + i, "a", others[i]);

      g_assert_false (is_in_order (world));
    }
}

/* Answers of the version before are found by the digest alone, as long as they are kept. */
static void
test_of_before (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *path = g_build_filename (world->dir, "money", "ledger.db", NULL);
  g_autoptr (GString) scope = g_string_new (NULL); /* as the version before made it */
  g_autoptr (JsonNode) first = NULL, again = NULL, later = NULL;
  g_autofree char *sql = NULL;
  g_autofree char *hex = NULL;
  guint8 digest[FAR_SHA256_LEN];
  sqlite3 *db;

  first = world_pledge (world, 1, "a", DATED);
  far_books_close (g_steal_pointer (&world->books));
  g_string_append_len (scope, "test", strlen ("test") + 1);
  g_string_append_len (scope, "pledge", strlen ("pledge") + 1);
  g_string_append_len (scope, world_reader (1), (gssize) strlen (world_reader (1)) + 1);
  g_string_append_len (scope, DATED, strlen (DATED) + 1);
  far_sha256 (scope->str, scope->len, digest);
  hex = far_hex_encode (digest, FAR_ID_LEN);
  sql = g_strdup_printf ("UPDATE answers SET scope = x'%s' WHERE answer = (SELECT max (answer) FROM"
                         " answers); DROP TABLE answers_before; UPDATE ledger_module SET version ="
                         " 4 WHERE name = 'bookkeeper'", hex);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);

  world_reopen_as (world, FAR_LEDGER_MONEY_TEST);
  again = world_pledge (world, 1, "a", DATED);
  g_assert_true (json_node_equal (again, first)); /* a new one would have moved nothing */
  g_assert_cmpint (query_int (world, "SELECT count (*) FROM answers"), ==, 1);
  g_assert_cmpint (query_int (world, "SELECT count (*) FROM answers_before"), ==, 1);
  world_refused (world, "idempotency_mismatch",
                 "{'command':'pledge','key':'" DATED "','reader':'%s','property':'news',"
                 "'article':'b','price_micros':'50000','currency':'USD'}", world_reader (1));
  /* New ones are in their order from now on, and older books have no older answers. */
  json_node_unref (world_pledge (world, 2, "a", DATED));
  g_assert_true (is_in_order (world));
  world_reopen (world);
  later = world_pledge (world, 1, "a", DATED);
  g_assert_true (json_node_equal (later, first));
  json_node_unref (world_pledge (world, 2, "a", DATED));
  g_assert_cmpint (query_int (world, "SELECT count (*) FROM pledges"), ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/books/keys/dated", test_dated);
  g_test_add_func ("/books/keys/of-before", test_of_before);
  return g_test_run ();
}
