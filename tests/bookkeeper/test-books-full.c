/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disk is full for a while, or its writes and syncs fail for a while, in the middle of every
 * kind of money there is: pledge, page, top-up, charge, refund to the card, dispute, payout. One
 * script of commands is run once on a sound disk; then again and again, with the failure at each of
 * its writes in turn. A command that was not acknowledged is sent again, as its client would. The
 * end must be the same to the micro and to the row, and the ledger must verify.
 *
 *   FARTHING_TEST_STRIDE=N  the failure at each N-th write only (default 13; 1 is all of them) */
#include "books-world.h"

#include <string.h>

#include <glib/gstdio.h>

#include "faults/far-power-disk.h"

#define STRIDE_DEFAULT 13
#define TRIES_MAX 40
#define KEEP_MAX 4

typedef struct {
  FarLedgerOptions options;
  FarClock *clock;
  FarBooks *books;
  char     *kept[KEEP_MAX]; /* of answers: ids that later commands name */
  guint     n_refused;      /* commits that failed */
  guint     n_reopened;
  gboolean  told_full;      /* a failure named the full disk */
} Place;

typedef struct {
  const char *request;  /* ' for "; %0 … %3 for what was kept */
  const char *member;   /* of the answer, to be kept; "a/b": b of the first element of a */
  guint       slot;
  gint64      after_us; /* the clock goes on by so much afterwards */
} Step;

#define R1 "'reader':'0000000000000000000000000000000000000000000000000000000000000001'"
#define R2 "'reader':'0000000000000000000000000000000000000000000000000000000000000002'"
#define NEWS "'property':'news'"

static const Step script[] = {
  { "{'command':'publisher.set','publisher':'news','legal_name':'News',"
    "'iban':'DE89370400440532013000','threshold_micros':'1000000'}" },
  { "{'command':'method.set','key':'1'," R1 ",'customer':'cus','payment_method':'pm'}" },
  { "{'command':'pledge','key':'2'," R1 "," NEWS ",'article':'a','price_micros':'7333338',"
    "'currency':'USD'}" },
  { "{'command':'checkout.begin','key':'3'," R2 "," NEWS ",'kind':'topup',"
    "'amount_micros':'5000000'}", "checkout", 0 },
  { "{'command':'checkout.session','checkout':'%0','session':'cs','url':'https://x/'}" },
  { "{'command':'checkout.finish','checkout':'%0','outcome':'succeeded','customer':'cus_2',"
    "'provider_id':'pi_0','fee_micros':'445000'}" },
  { "{'command':'pledge','key':'4'," R2 "," NEWS ",'article':'b','price_micros':'1033333',"
    "'currency':'USD'}" },
  { "{'command':'tabs.due'}", "tabs/tab", 1 },
  { "{'command':'charge.begin','key':'5','tab':'%1'}", "intent", 1 },
  { "{'command':'charge.finish','intent':'%1','outcome':'succeeded','provider_id':'pi_1',"
    "'fee_micros':'512000'}" },
  { "{'command':'refund','key':'6'," R2 "," NEWS ",'article':'b'}" },
  { "{'command':'wallet.refund.begin','key':'7'," R2 "," NEWS "}", "refunds/refund", 2 },
  { "{'command':'wallet.refund.finish','refund':'%2','outcome':'succeeded','provider_id':'re'}" },
  { "{'command':'wallet.refund.finish','refund':'%2','outcome':'failed','provider_id':'re'}" },
  { "{'command':'dispute.apply','dispute':'dp','payment':'pi_1','status':'opened',"
    "'amount_micros':'7330000','fee_micros':'15000000'}" },
  { "{'command':'dispute.apply','dispute':'dp','payment':'pi_1','status':'won',"
    "'amount_micros':'7330000','fee_micros':'15000000'}", NULL, 0, 3 * WORLD_DAY },
  { "{'command':'payout.prepare','key':'8'}" },
  { "{'command':'payout.list','publisher':'news'}", "payouts/payout", 3 },
  { "{'command':'payout.failed','key':'9','payout':'%3','reason':'closed'}" },
  { "{'command':'payout.prepare','key':'10'}" },
  { "{'command':'payout.list','publisher':'news'}", "payouts/payout", 3 },
  { "{'command':'payout.paid','key':'11','payout':'%3','reference':'ref'}" },
};

static gboolean
open_books (Place *place)
{
  FarLedger *ledger = far_ledger_open (&place->options, place->clock, NULL);

  place->books = ledger != NULL ? far_books_open_ledger (ledger, NULL, place->clock, NULL) : NULL;
  return place->books != NULL;
}

/* In one commit, without savepoints, as the server tries first. Returns: (transfer full)
 * (nullable): NULL: not acknowledged */
static char *
commit (Place *place, const char *request, GError **error)
{
  g_autofree char *answer = NULL;
  gsize n;

  if (!far_books_begin_together (place->books, error))
    return NULL;
  answer = far_books_execute (place->books, ":operator", FAR_COMMANDS_ALL, request,
                              strlen (request), &n, error);
  if (answer == NULL || !far_books_sweep (place->books, error) ||
      !far_books_commit (place->books, error))
    return NULL;
  return g_steal_pointer (&answer);
}

/* As the bookkeeper's client does: again with the same words, until it is answered. */
static char *
ask (Place *place, const char *request)
{
  for (guint i = 0; i < TRIES_MAX; i++)
    {
      g_autoptr (GError) error = NULL;
      char *answer = place->books != NULL || open_books (place)
                       ? commit (place, request, &error) : NULL;

      if (answer != NULL && strstr (answer, "\"ok\":true") == NULL)
        g_error ("%s → %s", request, answer);
      if (answer != NULL)
        return answer;
      place->n_refused++;
      if (error != NULL)
        place->told_full |= strstr (error->message, "full") != NULL;
      if (place->books == NULL)
        continue;
      far_books_rollback (place->books);
      if (g_error_matches (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_BROKEN) || i % 4 == 3)
        {
          g_clear_pointer (&place->books, far_books_close);
          place->n_reopened++;
        }
    }
  g_error ("never acknowledged: %s", request);
}

static void
keep (Place *place, const Step *step, const char *answer)
{
  g_autoptr (JsonNode) node =
    far_json_parse_object (answer, strlen (answer), FAR_JSON_SIZE_MAX, NULL);
  JsonObject *object = json_node_get_object (node);
  g_auto (GStrv) parts = g_strsplit (step->member, "/", 2);

  if (parts[1] != NULL)
    {
      JsonArray *array = json_object_get_array_member (object, parts[0]);

      g_assert_cmpuint (json_array_get_length (array), >, 0);
      object = json_array_get_object_element (array, 0);
    }
  g_free (place->kept[step->slot]);
  place->kept[step->slot] =
    g_strdup (json_object_get_string_member (object, parts[parts[1] != NULL]));
}

static char *
fill (Place *place, const char *request)
{
  g_autoptr (GString) text = g_string_new (request);

  for (guint i = 0; i < KEEP_MAX; i++)
    {
      char mark[] = { '%', (char) ('0' + i), '\0' };

      if (place->kept[i] != NULL)
        g_string_replace (text, mark, place->kept[i], 0);
    }
  g_string_replace (text, "'", "\"", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Everything that money has left a trace in, without times and without random names. */
static char *
snapshot (Place *place)
{
  static const char *const requests[] = {
    "{'command':'earnings'," NEWS "}", "{'command':'statement','month':'2026-11'}",
    "{'command':'wallet'," R1 "," NEWS "}", "{'command':'wallet'," R2 "," NEWS "}",
    "{'command':'ledger.status'}",
  };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autofree char *request = fill (place, requests[i]);
      g_autofree char *answer = ask (place, request);
      g_autoptr (GRegex) varies =
        g_regex_new ("\"(root|[a-z_]*_us|as_of_us|checkpoints|next)\":(\"[^\"]*\"|[0-9]+)", 0, 0,
                     NULL);
      g_autofree char *plain = g_regex_replace (varies, answer, -1, 0, "", 0, NULL);

      g_string_append_printf (text, "%s\n", plain);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* The script with a failure of that kind at its n-th write; n 0: none. *ret_ops: of the disk. */
static char *
run (const char *directory, guint64 n, int code, Place *ret_place, guint64 *ret_ops)
{
  g_autofree char *keys = g_build_filename (directory, "keys", NULL);
  g_autofree char *terms = g_strdelimit (
    g_strdup ("{'command':'property.ensure','property':'news','currency':'USD','terms':"
              "{'fee_bps':3000,'free_limit':'1000','reader_cap_micros':'90000000'}}"), "'", '"');
  Place place = { .clock = far_clock_new_manual (WORLD_START_US) };
  g_auto (FarLedgerReport) report = { 0 };
  g_autoptr (GError) error = NULL;
  char *text;

  power_disk_format ();
  place.options = (FarLedgerOptions) {
    .db_path = "/ledger.db", .checkpoints_path = "/checkpoints", .keys_path = keys,
    .vfs = power_disk_vfs (), .money = FAR_LEDGER_MONEY_TEST,
  };
  g_assert_true (open_books (&place));
  g_free (ask (&place, terms));
  *ret_ops = power_disk_ops ();
  if (n > 0)
    power_disk_fail_at (n, 1 + n % 4, code, n);
  for (guint i = 0; i < G_N_ELEMENTS (script); i++)
    {
      g_autofree char *request = fill (&place, script[i].request);
      g_autofree char *answer = ask (&place, request);

      if (script[i].member != NULL)
        keep (&place, &script[i], answer);
      far_clock_advance (place.clock, 1000 + script[i].after_us, NULL);
    }
  *ret_ops = power_disk_ops () - *ret_ops;
  power_disk_fail_at (1, 0, SQLITE_OK, 1);
  if (place.books == NULL)
    g_assert_true (open_books (&place));
  text = snapshot (&place);
  g_assert_true (far_books_check (place.books, &error));
  g_assert_no_error (error);
  g_assert_true (far_ledger_checkpoint (far_books_ledger (place.books), NULL));
  g_clear_pointer (&place.books, far_books_close);
  g_assert_true (far_ledger_verify (&place.options, NULL, NULL, &report, &error) && report.ok);
  for (guint i = 0; i < KEEP_MAX; i++)
    g_clear_pointer (&place.kept[i], g_free);
  far_clock_unref (place.clock);
  g_unlink (keys);
  *ret_place = place;
  return text;
}

static void
test_full (gconstpointer data)
{
  const int code = GPOINTER_TO_INT (data);
  const char *wanted = g_getenv ("FARTHING_TEST_STRIDE");
  guint64 stride = wanted != NULL ? g_ascii_strtoull (wanted, NULL, 10) : STRIDE_DEFAULT;
  g_autofree char *directory = g_dir_make_tmp ("far-full-XXXXXX", NULL);
  guint64 n_ops, unused;
  guint n_refused = 0, n_reopened = 0, n_full = 0;
  Place place;
  g_autofree char *sound = run (directory, 0, code, &place, &n_ops);

  g_assert_cmpuint (place.n_refused, ==, 0);
  g_assert_nonnull (strstr (sound, "\"paid_out_micros\":\"5130000\""));
  for (guint64 n = 1; n <= n_ops; n += MAX (stride, 1))
    {
      g_autofree char *text = run (directory, n, code, &place, &unused);

      if (strcmp (text, sound) != 0)
        g_error ("failing at write %" G_GUINT64_FORMAT ":\n%sinstead of\n%s", n, text, sound);
      n_refused += place.n_refused;
      n_reopened += place.n_reopened;
      n_full += place.told_full;
    }
  g_test_message ("%" G_GUINT64_FORMAT " writes; %u commits refused, %u times opened again, %u "
                  "named the full disk", n_ops, n_refused, n_reopened, n_full);
  g_assert_cmpuint (n_refused, >, 0);
  g_assert_true (code != SQLITE_FULL || n_full > 0);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  power_disk_init ();
  g_test_add_data_func ("/books/full/full", GINT_TO_POINTER (SQLITE_FULL), test_full);
  g_test_add_data_func ("/books/full/errors", GINT_TO_POINTER (SQLITE_IOERR), test_full);
  return g_test_run ();
}
