/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What belongs to the person who reads: caps, history, export, deletion, networks; and books of the
 * first schema. After each command the books are checked against the journal. */
#include "books-world.h"

#include <string.h>

#include "bookkeeper/far-books-schema.h"
#include "store/far-db.h"

#define READER(n) world_reader (n)

#define PAYBACK "{'command':'wallet.refund.begin','key':'%s','reader':'%s','property':'news'}"

#define CAPS "{'command':'caps.set','key':'%s','reader':'%s','property':'news'%s}"

static void
test_caps (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) set = NULL, one = NULL, month = NULL, next_day = NULL, none = NULL;
  g_autoptr (JsonNode) ad = NULL, refund = NULL, again = NULL, off = NULL, free_again = NULL;
  JsonObject *caps;

  world_furnish (world, 1000000);
  world_top_up (world, 1, 5000000, "t");
  set = world_ask (world, CAPS, "c1", READER (1), ",'day_micros':'90000'");
  caps = world_part (set, "caps");
  g_assert_cmpstr (json_object_get_string_member (caps, "day_micros"), ==, "90000");
  g_assert_true (json_object_get_null_member (caps, "month_micros"));
  one = world_pledge (world, 1, "a1", "k1");
  /* A cap holds for the wallet too; an ad costs nothing and still works. */
  world_refused (world, "cap_reached", "{'command':'pledge','key':'k2','reader':'%s',"
                 "'property':'news','article':'a2','price_micros':'50000','currency':'USD'}",
                 READER (1));
  ad = world_watch (world, 1, "a3", "w");
  g_assert_true (answer_bool (ad, "entitled"));
  /* What is taken back does not count. */
  refund = world_ask (world, "{'command':'refund','key':'r','reader':'%s','property':'news',"
                      "'article':'a1'}", READER (1));
  again = world_pledge (world, 1, "a2", "k3");
  world_advance (world, WORLD_DAY);
  next_day = world_pledge (world, 1, "a4", "k4");
  month = world_ask (world, CAPS, "c2", READER (1), ",'month_micros':'120000'");
  caps = world_part (month, "caps");
  g_assert_cmpstr (json_object_get_string_member (caps, "month_spent_micros"), ==, "100000");
  g_assert_cmpstr (json_object_get_string_member (caps, "day_spent_micros"), ==, "50000");
  world_refused (world, "cap_reached", "{'command':'pledge','key':'k5','reader':'%s',"
                 "'property':'news','article':'a5','price_micros':'50000','currency':'USD'}",
                 READER (1));
  none = world_ask (world, CAPS, "c3", READER (1), ",'day_micros':'0'");
  world_refused (world, "cap_reached", "{'command':'pledge','key':'k6','reader':'%s',"
                 "'property':'news','article':'a5','price_micros':'1','currency':'USD'}",
                 READER (1));
  off = world_ask (world, CAPS, "c4", READER (1), "");
  free_again = world_pledge (world, 1, "a5", "k7");
  g_assert_false (answer_bool (free_again, "existing"));
  /* The cap of one reader is nobody else's. */
  g_assert_cmpstr (answer_text (free_again, "paid_from"), ==, "wallet");
}

/* All entries once, in order, whatever the size of a page, also those of one microsecond. */
static void
test_history (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (GString) whole = g_string_new (NULL);

  world_furnish (world, 1000000);
  world_top_up (world, 1, 5000000, "t");
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *article = g_strdup_printf ("a%u", i);
      g_autoptr (JsonNode) pledged = world_pledge (world, 1, article, article);
    }
  for (guint limit = 1; limit <= 20; limit += limit == 1 ? 1 : 3)
    {
      g_autoptr (GString) pages = g_string_new (NULL);
      g_autofree char *before = NULL;
      guint n = 0;

      do
        {
          g_autofree char *place = before != NULL ? g_strdup_printf (",'before':'%s'", before)
                                                  : g_strdup ("");
          g_autoptr (JsonNode) page =
            world_ask (world, "{'command':'history','reader':'%s','property':'news','limit':%u%s}",
                       READER (1), limit, place);
          JsonArray *entries = json_object_get_array_member (json_node_get_object (page),
                                                             "entries");

          for (guint i = 0; i < json_array_get_length (entries); i++, n++)
            {
              JsonObject *entry = json_array_get_object_element (entries, i);

              g_string_append_printf (pages, "%s %s;",
                                      json_object_get_string_member (entry, "kind"),
                                      json_object_get_string_member_with_default (entry, "article",
                                                                                  "-"));
            }
          g_free (before);
          before = g_strdup (answer_text (page, "next"));
        }
      while (before != NULL);
      g_assert_cmpuint (n, ==, 13);
      if (limit == 1)
        g_string_assign (whole, pages->str);
      g_assert_cmpstr (whole->str, ==, pages->str);
    }
  g_assert_true (g_str_has_suffix (whole->str, "topup -;"));
  world_refused (world, "bad_request", "{'command':'history','reader':'%s','property':'news',"
                 "'before':'x'}", READER (1));
}

/* Every table that leads to a reader is exported, and nobody else's rows are. */
static void
test_export (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) pledge = NULL, ad = NULL, caps = NULL, other = NULL;
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *section = g_strdup ("reader");
  gint64 after = 0, n_tables;

  world_furnish (world, 1000000);
  world_top_up (world, 1, 5000000, "t");
  pledge = world_pledge (world, 1, "mine", "k");
  ad = world_watch (world, 1, "watched", "w");
  caps = world_ask (world, CAPS, "c", READER (1), ",'day_micros':'90000000'");
  other = world_pledge (world, 2, "theirs", "k");
  while (section != NULL)
    {
      g_autoptr (JsonNode) page =
        world_ask (world, "{'command':'reader.export','reader':'%s','section':'%s','after':%"
                   G_GINT64_FORMAT "}", READER (1), section, after);
      g_autofree char *text = json_to_string (page, FALSE);

      g_string_append (all, text);
      after = answer_int (page, "next");
      if (after > 0)
        continue;
      g_free (section);
      section = g_strdup (answer_text (page, "next_section"));
    }
  g_assert_nonnull (strstr (all->str, "\"mine\""));
  g_assert_nonnull (strstr (all->str, "\"watched\""));
  g_assert_nonnull (strstr (all->str, "\"90000000\""));
  g_assert_nonnull (strstr (all->str, "\"topup\""));
  g_assert_null (strstr (all->str, "theirs"));
  /* A new table with a reader or a tab in it must be exported too, or it is not everything. */
  g_assert_true (far_db_query_int (far_ledger_db (far_books_ledger (world->books)),
                                   "SELECT count (DISTINCT m.name) FROM sqlite_master m,"
                                   " pragma_table_info (m.name) c WHERE m.type = 'table'"
                                   " AND c.name IN ('reader', 'tab')", &n_tables, NULL));
  g_assert_cmpint (n_tables, ==, 10);
  world_refused (world, "bad_request", "{'command':'reader.export','reader':'%s',"
                 "'section':'secrets'}", READER (1));
}

#define DELETE "{'command':'reader.delete','reader':'%s','confirm':%s}"

/* Five cents are less than the provider charges: they would be owed for ever. While they can be
 * taken back they must be; after that they are written off, and nobody is owed or owes. */
static void
test_delete_small_debt (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) pledge = NULL, deleted = NULL, earnings = NULL, export = NULL;

  world_furnish (world, 0);
  pledge = world_pledge (world, 1, "a1", "k1");
  world_refused (world, "not_settled", DELETE, READER (1), "true");
  world_advance (world, 2 * WORLD_DAY);
  deleted = world_ask (world, DELETE, READER (1), "true");
  g_assert_true (answer_bool (deleted, "deleted"));
  earnings = world_earnings (world);
  g_assert_cmpint (answer_micros (earnings, "write_off_micros"), ==, 35000);
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==, 0);
  g_assert_cmpint (answer_micros (earnings, "fee_micros"), ==, 0);
  export = world_wallet (world, 1);
  g_assert_cmpint (answer_micros (export, "tab_micros"), ==, 0);
}

static void
test_delete (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) pledge = NULL, refund = NULL, back = NULL, done = NULL, could = NULL;
  g_autoptr (JsonNode) deleted = NULL, unknown = NULL, wallet = NULL, method = NULL, verify = NULL;
  g_autoptr (JsonNode) spent = NULL, anew = NULL, export = NULL;
  g_autofree char *text = NULL;

  world_furnish (world, 0);
  method = world_ask (world, "{'command':'method.set','key':'m','reader':'%s',"
                      "'customer':'cus_secret','payment_method':'pm_secret'}", READER (1));
  pledge = world_pledge (world, 1, "a1", "k1");
  world_refused (world, "not_settled", DELETE, READER (1), "true");
  refund = world_ask (world, "{'command':'refund','key':'r','reader':'%s','property':'news',"
                      "'article':'a1'}", READER (1));
  world_top_up (world, 1, 5000000, "t");
  spent = world_pledge (world, 1, "a2", "k2");
  world_refused (world, "not_settled", DELETE, READER (1), "false");
  back = world_ask (world, PAYBACK, "w", READER (1));
  world_refused (world, "not_settled", DELETE, READER (1), "true");
  done = world_end_refund (world, back, 0, "succeeded");

  could = world_ask (world, DELETE, READER (1), "false");
  g_assert_false (answer_bool (could, "deleted"));
  g_assert_cmpstr (answer_text (could, "customer"), ==, "cus_secret");
  deleted = world_ask (world, DELETE, READER (1), "true");
  g_assert_true (answer_bool (deleted, "deleted"));
  unknown = world_ask (world, DELETE, READER (1), "true");
  g_assert_false (answer_bool (unknown, "known"));

  /* Nothing leads there any more, and the books still add up (world_ask() checks them). */
  wallet = world_wallet (world, 1);
  g_assert_cmpint (answer_int (wallet, "pledges"), ==, 0);
  g_assert_false (answer_bool (wallet, "method"));
  export = world_ask (world, "{'command':'reader.export','reader':'%s','section':'pledges'}",
                      READER (1));
  text = json_to_string (export, FALSE);
  g_assert_null (strstr (text, "a2"));
  {
    g_autofree char *path = g_build_filename (world->dir, "money", "ledger.db", NULL);
    g_autofree char *contents = NULL;
    gsize n_bytes;

    /* Overwritten in the file too, once the log is in it. */
    g_assert_true (far_db_checkpoint (far_ledger_db (far_books_ledger (world->books)), NULL));
    g_assert_true (g_file_get_contents (path, &contents, &n_bytes, NULL));
    g_assert_null (memmem (contents, n_bytes, "cus_secret", 10));
    g_assert_null (memmem (contents, n_bytes, "pm_secret", 9));
  }
  /* Whoever comes back with the same key is somebody new. */
  anew = world_pledge (world, 1, "a2", "k9");
  g_assert_false (answer_bool (anew, "existing"));
  verify = world_earnings (world);
  g_assert_cmpint (answer_int (verify, "pledges"), ==, 3);
}

#define PLEDGE_FROM "{'command':'pledge','key':'%s','reader':'%s','property':'news'," \
                    "'article':'%s','price_micros':'50000','currency':'USD','network':'%s'}"

static void
test_networks (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) terms = NULL, other = NULL, old = NULL, next_day = NULL;
  g_autoptr (JsonNode) ours = NULL;

  world_furnish (world, 0);
  terms = world_ask (world, "{'command':'property.ensure','property':'news','currency':'USD',"
                     "'terms':{'fee_bps':3000,'network_cap':3}}");
  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (JsonNode) pledge = world_ask (world, PLEDGE_FROM, "k", READER (i), "a",
                                               "203.0.113.0/24");
    }
  world_refused (world, "exposure_limit", PLEDGE_FROM, "k", READER (4), "a", "203.0.113.0/24");
  other = world_ask (world, PLEDGE_FROM, "k2", READER (4), "a", "198.51.100.0/24");
  /* Who came before is not new any more. */
  old = world_ask (world, PLEDGE_FROM, "k2", READER (1), "b", "203.0.113.0/24");
  /* Money that is there exposes nobody. */
  world_top_up (world, 5, 5000000, "t");
  ours = world_ask (world, PLEDGE_FROM, "k", READER (5), "a", "203.0.113.0/24");
  g_assert_cmpstr (answer_text (ours, "paid_from"), ==, "wallet");
  world_advance (world, WORLD_DAY);
  next_day = world_ask (world, PLEDGE_FROM, "k", READER (6), "a", "203.0.113.0/24");
  g_assert_false (answer_bool (next_day, "existing"));
}

/* Opens an account as the first version did. */
static void
open_account (FarLedger      *ledger,
              FarAccountKind  kind,
              FarId          *ret_id,
              FarClock       *clock)
{
  FarAccount account = { .kind = kind, .flags = far_account_kind_flags (kind), .currency = "USD" };
  FarAccountResult result;

  far_id_init (&account.id, clock);
  g_assert_true (far_ledger_open_account (ledger, &account, &result, NULL));
  g_assert_cmpint (result, ==, FAR_ACCOUNT_OK);
  *ret_id = account.id;
}

/* Books of the first schema, with a property in them, are taken up: nothing is lost, everything
 * that is new works. */
static void
test_migration (void)
{
  g_autofree char *dir = g_dir_make_tmp ("far-books-old-XXXXXX", NULL);
  g_autofree char *money = g_build_filename (dir, "money", NULL);
  g_autofree char *sql = NULL;
  g_autoptr (FarClock) clock = far_clock_new_manual (WORLD_START_US);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarBooks) books = NULL;
  g_autofree char *answer = NULL;
  FarLedger *ledger = far_ledger_open_dir (money, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST,
                                           clock, &error);
  char hex[4][FAR_ID_HEX_LEN + 1];
  static const FarAccountKind kinds[] = { FAR_ACCOUNT_PUBLISHER_ESTIMATED,
                                          FAR_ACCOUNT_PUBLISHER_PAYABLE,
                                          FAR_ACCOUNT_FEE_ESTIMATED, FAR_ACCOUNT_FEE_EARNED };
  static const char pledge[] =
    "{\"command\":\"pledge\",\"key\":\"k\",\"reader\":\"%s\",\"property\":\"old\","
    "\"article\":\"a\",\"price_micros\":\"50000\",\"currency\":\"USD\"}";
  g_autofree char *request = g_strdup_printf (pledge, READER (1));
  gsize n_answer;

  g_assert_no_error (error);
  g_assert_true (far_ledger_migrate (ledger, FAR_BOOKS_MODULE, far_books_schema, 1, &error));
  g_assert_true (far_ledger_begin (ledger, &error));
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      FarId id;

      open_account (ledger, kinds[i], &id, clock);
      far_id_to_hex (&id, hex[i]);
    }
  sql = g_strdup_printf ("INSERT INTO properties VALUES (1, 'old', 'USD', 3000, 'Somebody', 0, 2,"
                         " 86400000000, 1000000, 20000000, 10000000000, x'%s', x'%s', x'%s',"
                         " x'%s')", hex[0], hex[1], hex[2], hex[3]);
  g_assert_true (far_db_exec (far_ledger_db (ledger), sql, &error));
  g_assert_true (far_ledger_commit (ledger, &error));
  far_ledger_close (ledger);

  books = far_books_open (dir, FAR_LEDGER_MONEY_TEST, clock, &error);
  g_assert_no_error (error);
  g_assert_true (far_books_begin (books, &error));
  answer = far_books_execute (books, "Test", FAR_COMMANDS_ALL, request, strlen (request),
                              &n_answer, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (answer, "\"moved_micros\":\"50000\""));
  g_assert_true (far_books_commit (books, &error));
  g_assert_true (far_books_check (books, &error));
  g_assert_no_error (error);
  g_clear_pointer (&books, far_books_close);
  world_remove_tree (dir);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/books/person/caps", test_caps);
  g_test_add_func ("/books/person/history", test_history);
  g_test_add_func ("/books/person/export", test_export);
  g_test_add_func ("/books/person/delete", test_delete);
  g_test_add_func ("/books/person/delete-small-debt", test_delete_small_debt);
  g_test_add_func ("/books/person/networks", test_networks);
  g_test_add_func ("/books/person/migration", test_migration);
  return g_test_run ();
}
