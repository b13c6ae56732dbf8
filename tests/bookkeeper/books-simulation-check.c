/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold after every step of the simulation (see the header). */
#include "books-simulation.h"

#include <string.h>

#include "market/far-split.h"

#define FEE_BPS 3000
#define CURRENCIES_MAX 4
#define ID_DIGITS_MIN 20 /* of a random id, in hex */

typedef struct {
  const char *request;
  char        currencies[CURRENCIES_MAX][FAR_CURRENCY_LEN + 1];
  gint64      sums[CURRENCIES_MAX]; /* credits less debits */
  gint64      pending[CURRENCIES_MAX];
} Balances;

static guint
slot_of (Balances *balances, const char *currency)
{
  guint i = 0;

  while (*balances->currencies[i] != '\0' && strcmp (balances->currencies[i], currency) != 0)
    g_assert_cmpuint (++i, <, CURRENCIES_MAX);
  g_strlcpy (balances->currencies[i], currency, sizeof balances->currencies[i]);
  return i;
}

static void
take_account (guint64 no, const FarAccount *account, const FarBalance *balance, gpointer data)
{
  Balances *balances = data;
  guint slot = slot_of (balances, account->currency);
  gint64 debits = balance->debits_posted_micros, credits = balance->credits_posted_micros;

  balances->sums[slot] += credits - debits;
  balances->pending[slot] += balance->credits_pending_micros - balance->debits_pending_micros;
  g_assert_cmpint (account->flags, ==, far_account_kind_flags (account->kind));
  if ((account->flags & FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS) != 0 &&
      debits + balance->debits_pending_micros > credits)
    g_error ("after %s: account %" G_GUINT64_FORMAT " has more debits than credits",
             balances->request, no);
  if ((account->flags & FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS) != 0 &&
      credits + balance->credits_pending_micros > debits)
    g_error ("after %s: account %" G_GUINT64_FORMAT " has more credits than debits",
             balances->request, no);
}

void
check_ledger (Simulation *sim, const char *request)
{
  Balances balances = { .request = request };
  g_autoptr (GError) error = NULL;

  g_assert_true (far_ledger_each_account (far_books_ledger (sim->world->books), take_account,
                                          &balances, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < CURRENCIES_MAX; i++)
    if (balances.sums[i] != 0 || balances.pending[i] != 0)
      g_error ("after %s: debits are not credits in %s", request, balances.currencies[i]);
}

gint64
check_share (gint64 price_micros)
{
  FarSplit split;

  g_assert_true (far_split_gross (price_micros, FEE_BPS, &split, NULL));
  return split.publisher_micros;
}

void
check_step (Simulation *sim, guint reader, guint article)
{
  g_autoptr (JsonNode) earnings = NULL;
  g_autoptr (JsonNode) entitled = NULL;

  sim->world->check = FALSE; /* the last command's has just been */
  earnings = world_earnings (sim->world);
  entitled = world_ask (sim->world, "{'command':'entitlement','reader':'%s','property':'news',"
                        "'article':'a%u'}", world_reader (reader), article);
  sim->world->check = TRUE;
  g_assert_cmpint (answer_micros (earnings, "pay_micros") -
                   answer_micros (earnings, "refund_micros"), ==, sim->share_micros);
  g_assert_cmpint (answer_int (earnings, "pledges") - answer_int (earnings, "refunds"), ==,
                   sim->n_paid);
  g_assert_cmpint (answer_bool (entitled, "entitled"), ==,
                   sim->access[reader][article] != ACCESS_NONE);
}

void
check_note (Simulation *sim, const char *request, const char *answer)
{
  const char *texts[] = { request, answer };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    for (const char *text = texts[i]; *text != '\0';)
      {
        gsize n = strspn (text, "0123456789abcdef");

        if (n == 0)
          n = 1;
        else if (n >= ID_DIGITS_MIN)
          {
            text += n;
            continue;
          }
        g_checksum_update (sim->script, (const guchar *) text, (gssize) n);
        text += n;
      }
}

/* ---- what must hold at the end ---- */

static void
expect_entitlements (Simulation *sim)
{
  for (guint reader = 0; reader < READERS; reader++)
    for (guint article = 0; article < ARTICLES; article++)
      {
        g_autoptr (JsonNode) answer = NULL;

        answer = sim_send (sim, FALSE, "{'command':'entitlement','reader':'%s',"
                               "'property':'news','article':'a%u'}", world_reader (reader),
                               article);
        g_assert_cmpint (answer_bool (answer, "entitled"), ==,
                         sim->access[reader][article] != ACCESS_NONE);
      }
}

/* The publisher's and the network's part of what is owed or was paid, and of the ads, is all there
 * is, less what was written off. */
static void
expect_money (Simulation *sim)
{
  g_autoptr (JsonNode) earnings = world_earnings (sim->world);
  g_autofree char *money_dir = g_build_filename (sim->world->dir, "money", NULL);
  g_auto (FarLedgerReport) report = { 0 };
  gint64 pay, refund;

  pay = answer_micros (earnings, "pay_micros");
  refund = answer_micros (earnings, "refund_micros");
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==,
                   pay - refund + answer_micros (earnings, "ad_micros") -
                     answer_micros (earnings, "write_off_micros") -
                     answer_micros (earnings, "disputed_micros"));
  /* 70 % of what is owed, to the rounding of one micro for each purchase. */
  g_assert_cmpint (ABS ((pay - refund) * 10 - sim->owed_micros * 7), <=,
                   10 * (gint64) sim->n_done[DID_PLEDGE]);
  g_assert_cmpint (answer_int (earnings, "views"), ==, sim->n_done[DID_WATCH]);

  g_assert_true (far_ledger_checkpoint (far_books_ledger (sim->world->books), NULL));
  g_assert_true (far_ledger_verify_dir (money_dir, NULL, NULL, &report, NULL));
  if (!report.ok)
    g_error ("the ledger does not verify: %s", report.reason);
}

void
check_end (Simulation *sim)
{
  expect_entitlements (sim);
  expect_money (sim);
}
