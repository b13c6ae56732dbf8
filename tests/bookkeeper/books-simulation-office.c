/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The office of the simulation (see the header): what the provider says comes late, twice and out
 * of order; banks pay and bounce; keys change. */
#include "books-simulation.h"

#include <string.h>

static void
payment_free (gpointer data)
{
  Payment *payment = data;

  g_free (payment->intent);
  g_free (payment->outcome);
  g_free (payment->dispute);
  g_free (payment);
}

void
office_open (Simulation *sim)
{
  sim->payments = g_ptr_array_new_with_free_func (payment_free);
  json_node_unref (world_ask (sim->world, "{'command':'publisher.set','publisher':'news',"
                              "'legal_name':'News','iban':'DE89370400440532013000',"
                              "'threshold_micros':'100000'}"));
}

void
office_close (Simulation *sim)
{
  g_ptr_array_unref (sim->payments);
}

void
office_remember (Simulation *sim, const char *intent, const char *outcome, gint64 amount_micros,
                 guint fee_micros)
{
  Payment *payment;

  if (sim->payments->len == PAYMENTS_MAX)
    return;
  payment = g_new0 (Payment, 1);
  payment->intent = g_strdup (intent);
  payment->outcome = g_strdup (outcome);
  payment->amount_micros = amount_micros;
  payment->fee_micros = fee_micros;
  payment->dispute = g_strdup ("");
  g_ptr_array_add (sim->payments, payment);
}

/* A webhook that comes again, or another one that contradicts it: nothing moves, except that money
 * which comes after all is taken once. */
static void
do_late (Simulation *sim, Payment *payment)
{
  gboolean same = sim_draw (sim, 3) > 0;
  gboolean comes = !same && strcmp (payment->outcome, "failed") == 0;
  const char *outcome = same ? payment->outcome
                             : strcmp (payment->outcome, "failed") == 0 ? "succeeded" : "failed";
  g_autoptr (JsonNode) before = sim_send (sim, FALSE, "{'command':'ledger.status'}");
  g_autoptr (JsonNode) answer =
    sim_send (sim, FALSE, "{'command':'charge.finish','intent':'%s','outcome':'%s','provider_id':"
              "'pi_%s','fee_micros':'%u'}", payment->intent, outcome, payment->intent,
              payment->fee_micros);
  g_autoptr (JsonNode) after = sim_send (sim, FALSE, "{'command':'ledger.status'}");

  g_assert_true (same || comes ? sim_is_ok (answer) : sim_is_code (answer, "conflict"));
  g_assert_cmpint (answer_int (after, "transfers") > answer_int (before, "transfers"), ==,
                   comes && !payment->late);
  if (comes && !payment->late)
    sim->purse_micros += payment->amount_micros;
  payment->late |= comes;
  sim->n_done[comes ? DID_COME_LATE : DID_LATE]++;
}

static void
do_dispute (Simulation *sim, Payment *payment, const char *status)
{
  gboolean final = strcmp (payment->dispute, "won") == 0 || strcmp (payment->dispute, "lost") == 0;
  g_autoptr (JsonNode) answer = NULL;

  if (strcmp (payment->outcome, "succeeded") != 0)
    return;
  answer = sim_send (sim, FALSE, "{'command':'dispute.apply','dispute':'dp_%s','payment':'pi_%s',"
                     "'status':'%s','amount_micros':'%" G_GINT64_FORMAT
                     "','fee_micros':'15000000'}",
                     payment->intent, payment->intent, status, payment->amount_micros);
  if (final && strcmp (status, "opened") != 0 && strcmp (status, payment->dispute) != 0)
    {
      g_assert_true (sim_is_code (answer, "conflict"));
      return;
    }
  g_assert_true (sim_is_ok (answer));
  g_assert_cmpstr (answer_text (answer, "state"), ==, final ? payment->dispute : status);
  if (final)
    return;
  sim->purse_micros += payment->taken_micros;
  payment->taken_micros = strcmp (status, "won") == 0 ? 0 : answer_micros (answer, "wallet_micros");
  sim->purse_micros -= payment->taken_micros;
  sim->n_done[strcmp (status, "won") == 0 ? DID_WON : DID_DISPUTE]++;
  g_free (payment->dispute);
  payment->dispute = g_strdup (status);
}

/* Each thing is said once, or twice. */
static void
do_disputes (Simulation *sim, Payment *payment)
{
  static const char *const statuses[] = { "opened", "opened", "won", "lost" };
  const char *status = statuses[sim_draw (sim, G_N_ELEMENTS (statuses))];

  do_dispute (sim, payment, status);
  if (sim_draw (sim, 2) == 0)
    do_dispute (sim, payment, status);
}

static void
do_payout (Simulation *sim)
{
  g_autoptr (JsonNode) made = sim_send (sim, TRUE, "{'command':'payout.prepare','key':'%u'}",
                                        sim->n_keys++);
  g_autoptr (JsonNode) list = sim_send (sim, FALSE, "{'command':'payout.list','token':'%s',"
                                        "'limit':1}", sim->world->token_hash);
  JsonArray *payouts = json_object_get_array_member (json_node_get_object (list), "payouts");
  g_autoptr (JsonNode) done = NULL;
  JsonObject *payout;
  gboolean bounces = sim_draw (sim, 3) == 0;

  g_assert_true (sim_is_ok (made));
  sim->n_done[DID_PAYOUT] +=
    json_array_get_length (json_object_get_array_member (json_node_get_object (made), "batches"));
  if (json_array_get_length (payouts) == 0 || sim_draw (sim, 4) == 0)
    return;
  payout = json_array_get_object_element (payouts, 0);
  if (strcmp (json_object_get_string_member (payout, "state"), "prepared") != 0)
    return;
  done = sim_send (sim, TRUE, "{'command':'payout.%s','key':'%u','payout':'%s'%s}",
                   bounces ? "failed" : "paid", sim->n_keys++,
                   json_object_get_string_member (payout, "payout"),
                   bounces ? ",'reason':'closed'" : "");
  g_assert_true (sim_is_ok (done));
  if (!bounces)
    sim->in_bank_micros += answer_micros (done, "amount_micros");
  sim->n_done[bounces ? DID_BOUNCED : DID_PAID]++;
}

static void
do_rotate (Simulation *sim)
{
  g_autoptr (GError) error = NULL;

  if (!far_ledger_rotate_key (far_books_ledger (sim->world->books), &error))
    g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_LIMIT);
  else
    sim->n_done[DID_ROTATE]++;
}

void
office_step (Simulation *sim)
{
  guint kind = sim_draw (sim, 10);
  Payment *payment = NULL;

  if (sim->payments->len > 0)
    payment = g_ptr_array_index (sim->payments, sim_draw (sim, sim->payments->len));
  if (kind < 3 && payment != NULL)
    do_late (sim, payment);
  else if (kind < 6 && payment != NULL)
    do_disputes (sim, payment);
  else if (kind < 9)
    do_payout (sim);
  else
    do_rotate (sim);
}

/* The sums of a month's lines lead from its beginning to its end; months follow each other. */
static gint64
check_month (Simulation *sim, const char *month, gint64 opening_micros)
{
  g_autoptr (JsonNode) statement =
    world_ask (sim->world, "{'command':'statement','token':'%s','month':'%s','currency':'USD'}",
               sim->world->token_hash, month);
  JsonObject *final = json_object_get_object_member (json_node_get_object (statement), "final");
  JsonArray *lines = json_object_get_array_member (final, "lines");
  gint64 sum, closing, amount;

  g_assert_true (far_micros_parse (json_object_get_string_member (final, "opening_micros"), &sum,
                                   NULL));
  g_assert_cmpint (sum, ==, opening_micros);
  for (guint i = 0; i < json_array_get_length (lines); i++)
    {
      JsonObject *line = json_array_get_object_element (lines, i);

      g_assert_true (far_micros_parse (json_object_get_string_member (line, "micros"), &amount,
                                       NULL));
      sum += amount;
    }
  g_assert_true (far_micros_parse (json_object_get_string_member (final, "closing_micros"),
                                   &closing, NULL));
  g_assert_cmpint (sum, ==, closing);
  return closing;
}

void
office_expect (Simulation *sim)
{
  static const char *const months[] = { "2026-10", SIMULATION_MONTHS };
  g_autoptr (JsonNode) earnings = world_earnings (sim->world);
  gint64 closing_micros = 0;

  for (guint i = 0; i < G_N_ELEMENTS (months); i++)
    closing_micros = check_month (sim, months[i], closing_micros);
  g_assert_cmpint (answer_micros (earnings, "paid_out_micros"), ==, sim->in_bank_micros);
}
