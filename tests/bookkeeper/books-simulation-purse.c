/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The readers' purses in the simulation (see the header): visits to the provider's page that set a
 * method up or pay ahead, what goes back to the card, what the bank takes back of it, and readers
 * who want to be forgotten. What the provider says of each is lost, late, doubled or contradicted,
 * and then asked for. */
#include "books-simulation.h"

#include <string.h>

#define VISITS_MAX 48
#define RETURNS_MAX 48

typedef struct {
  guint    reader;
  char    *checkout;
  gboolean topup;
  gint64   amount_micros;
  gboolean paid;          /* booked as succeeded */
  gboolean erased;        /* its reader was forgotten */
  gboolean decided;       /* the dispute is */
  gint64   taken_micros;  /* of the wallet, by that dispute */
} Visit;

typedef struct {
  guint    reader;
  char    *refund;
  gint64   amount_micros;
  gboolean ended; /* the provider has said how it went */
  gboolean back;  /* it failed, and the money is in the wallet again */
} Return;

static void
visit_free (gpointer data)
{
  g_free (((Visit *) data)->checkout);
  g_free (data);
}

static void
return_free (gpointer data)
{
  g_free (((Return *) data)->refund);
  g_free (data);
}

void
purse_open (Simulation *sim)
{
  sim->visits = g_ptr_array_new_with_free_func (visit_free);
  sim->returns = g_ptr_array_new_with_free_func (return_free);
}

void
purse_close (Simulation *sim)
{
  g_ptr_array_unref (sim->visits);
  g_ptr_array_unref (sim->returns);
}

/* A visit begins; the page's address may be lost on its way to the books. */
static void
do_visit (Simulation *sim, guint reader)
{
  gboolean topup = sim_draw (sim, 4) > 0;
  gint64 amount_micros = topup ? 1000000 * (1 + (gint64) sim_draw (sim, 3)) : 0;
  g_autofree char *amount =
    topup ? g_strdup_printf (",'amount_micros':'%" G_GINT64_FORMAT "'", amount_micros)
          : g_strdup ("");
  g_autoptr (JsonNode) begun = NULL, session = NULL;
  Visit *visit;

  if (sim->visits->len == VISITS_MAX)
    return;
  begun = sim_send (sim, TRUE, "{'command':'checkout.begin','key':'%u','reader':'%s',"
                    "'property':'news','kind':'%s'%s}", sim->n_keys++, world_reader (reader),
                    topup ? "topup" : "setup", amount);
  if (!sim_is_ok (begun))
    {
      g_assert_true (sim_is_code (begun, "exposure_limit"));
      return;
    }
  visit = g_new0 (Visit, 1);
  visit->reader = reader;
  visit->topup = topup;
  visit->amount_micros = amount_micros;
  visit->checkout = g_strdup (answer_text (begun, "checkout"));
  g_ptr_array_add (sim->visits, visit);
  if (sim_draw (sim, 3) > 0)
    session = sim_send (sim, FALSE, "{'command':'checkout.session','checkout':'%s','session':"
                        "'cs_%s','url':'https://pay.example/%s'}", visit->checkout,
                        visit->checkout, visit->checkout);
}

/* One message of the provider's about a visit. A success is booked once, whatever came before and
 * comes after; nothing else moves money. */
static void
tell_visit (Simulation *sim, Visit *visit, const char *outcome)
{
  gboolean success = strcmp (outcome, "succeeded") == 0;
  g_autoptr (JsonNode) before = sim_send (sim, FALSE, "{'command':'ledger.status'}");
  g_autoptr (JsonNode) answer = NULL, after = NULL;

  answer = sim_send (sim, FALSE, "{'command':'checkout.finish','checkout':'%s','outcome':'%s',"
                     "'customer':'cus_%u','payment_method':'pm_%u','provider_id':'pi_%s',"
                     "'fee_micros':'%u'}", visit->checkout, outcome, visit->reader, visit->reader,
                     visit->checkout, visit->topup ? 329000u : 0u);
  g_assert_true (sim_is_ok (answer));
  after = sim_send (sim, FALSE, "{'command':'ledger.status'}");
  if (visit->paid || !success || !visit->topup)
    g_assert_cmpint (answer_int (after, "transfers"), ==, answer_int (before, "transfers"));
  /* Who was forgotten gets no method any more. */
  success = success && (visit->topup || !visit->erased);
  g_assert_cmpint (strcmp (answer_text (answer, "state"), "succeeded") == 0, ==,
                   visit->paid || success);
  if (!success || visit->paid)
    {
      sim->n_done[visit->paid ? DID_LATE : DID_VISIT_FAIL]++;
      return;
    }
  visit->paid = TRUE;
  if (!visit->topup)
    {
      sim->method[visit->reader] = TRUE;
      sim->n_done[DID_SETUP]++;
      return;
    }
  sim->purse_micros += visit->amount_micros;
  sim->n_done[DID_TOP_UP]++;
}

static void
do_news (Simulation *sim)
{
  static const char *const outcomes[] = {
    "succeeded", "succeeded", "succeeded", "processing", "failed", "expired",
  };
  Visit *visit;

  if (sim->visits->len == 0)
    return;
  visit = g_ptr_array_index (sim->visits, sim_draw (sim, sim->visits->len));
  tell_visit (sim, visit, outcomes[sim_draw (sim, G_N_ELEMENTS (outcomes))]);
  if (sim_draw (sim, 2) == 0)
    tell_visit (sim, visit, outcomes[sim_draw (sim, G_N_ELEMENTS (outcomes))]);
}

/* What no message came about is asked for: the books name it until it has an end. */
static void
do_ask (Simulation *sim)
{
  g_autoptr (JsonNode) open = sim_send (sim, FALSE, "{'command':'checkouts.open'}");
  JsonArray *checkouts = json_object_get_array_member (json_node_get_object (open), "checkouts");

  for (guint i = 0; i < sim->visits->len; i++)
    {
      Visit *visit = g_ptr_array_index (sim->visits, i);

      for (guint j = 0; j < json_array_get_length (checkouts); j++)
        if (g_str_equal (json_object_get_string_member (
                           json_array_get_object_element (checkouts, j), "checkout"),
                         visit->checkout))
          {
            g_assert_false (visit->paid);
            tell_visit (sim, visit, sim_draw (sim, 2) == 0 ? "succeeded" : "expired");
            sim->n_done[DID_ASK]++;
          }
    }
}

/* What the bank says of a payment ahead. */
static void
do_top_up_dispute (Simulation *sim)
{
  static const char *const statuses[] = { "opened", "opened", "won", "lost" };
  const char *status = statuses[sim_draw (sim, G_N_ELEMENTS (statuses))];
  g_autoptr (JsonNode) answer = NULL;
  Visit *visit = NULL;
  gboolean won;

  for (guint i = 0; i < sim->visits->len && visit == NULL; i++)
    {
      visit = g_ptr_array_index (sim->visits, i);
      if (!visit->paid || !visit->topup || (visit->decided && sim_draw (sim, 4) > 0))
        visit = NULL;
    }
  if (visit == NULL)
    return;
  answer = sim_send (sim, FALSE, "{'command':'dispute.apply','dispute':'dt_%s','payment':'pi_%s',"
                     "'status':'%s','amount_micros':'%" G_GINT64_FORMAT
                     "','fee_micros':'15000000'}", visit->checkout, visit->checkout, status,
                     visit->amount_micros);
  if (!sim_is_ok (answer))
    {
      g_assert_true (visit->decided && sim_is_code (answer, "conflict"));
      return;
    }
  won = strcmp (answer_text (answer, "state"), "won") == 0;
  sim->purse_micros += visit->taken_micros;
  visit->taken_micros = won ? 0 : answer_micros (answer, "wallet_micros");
  sim->purse_micros -= visit->taken_micros;
  visit->decided |= strcmp (answer_text (answer, "state"), "opened") != 0;
  sim->n_done[won ? DID_TOP_UP_WON : DID_TOP_UP_DISPUTE]++;
}

/* The rest of the wallet goes back to the card. */
static void
do_return (Simulation *sim, guint reader)
{
  g_autoptr (JsonNode) begun =
    sim_send (sim, TRUE, "{'command':'wallet.refund.begin','key':'%u','reader':'%s',"
              "'property':'news'}", sim->n_keys++, world_reader (reader));
  JsonArray *refunds;

  if (!sim_is_ok (begun))
    {
      g_assert_true (sim_is_code (begun, "wallet_empty"));
      return;
    }
  refunds = world_refunds (begun);
  for (guint i = 0; i < json_array_get_length (refunds) && sim->returns->len < RETURNS_MAX; i++)
    {
      JsonObject *part = json_array_get_object_element (refunds, i);
      Return *back = g_new0 (Return, 1);

      back->reader = reader;
      back->refund = g_strdup (json_object_get_string_member (part, "refund"));
      g_assert_true (far_micros_parse (json_object_get_string_member (part, "amount_micros"),
                                       &back->amount_micros, NULL));
      sim->purse_micros -= back->amount_micros;
      g_ptr_array_add (sim->returns, back);
      sim->n_done[DID_RETURN]++;
    }
}

/* One message about money that goes back: it may fail, also after it had succeeded. */
static void
do_return_news (Simulation *sim)
{
  static const char *const outcomes[] = { "succeeded", "succeeded", "failed", "unknown" };
  const char *outcome = outcomes[sim_draw (sim, G_N_ELEMENTS (outcomes))];
  g_autoptr (JsonNode) answer = NULL;
  Return *back;

  if (sim->returns->len == 0)
    return;
  back = g_ptr_array_index (sim->returns, sim_draw (sim, sim->returns->len));
  answer = sim_send (sim, FALSE, "{'command':'wallet.refund.finish','refund':'%s','outcome':'%s',"
                     "'provider_id':'re_%s'}", back->refund, outcome, back->refund);
  g_assert_true (sim_is_ok (answer));
  back->ended |= strcmp (outcome, "unknown") != 0;
  if (!back->back && strcmp (outcome, "failed") == 0)
    {
      back->back = TRUE;
      sim->purse_micros += back->amount_micros;
      sim->n_done[DID_RETURN_FAIL]++;
    }
  g_assert_cmpint (strcmp (answer_text (answer, "state"), "failed") == 0, ==, back->back);
}

/* What a reader does who means to go: takes back what can be taken back, lets views run out and
 * pages come to their end, and waits for the money. */
static void
do_leave (Simulation *sim, guint reader)
{
  g_autoptr (JsonNode) charge = NULL, paid = NULL;

  for (guint article = 0; article < ARTICLES; article++)
    if (sim->access[reader][article] == ACCESS_PAID)
      sim_refund (sim, reader, article);
  sim_method (sim, reader);
  sim_settle (sim);
  sim_settle (sim);
  charge = sim_send (sim, TRUE, "{'command':'tab.pay','key':'%u','reader':'%s','property':'news'}",
                     sim->n_keys++, world_reader (reader));
  if (sim_is_ok (charge))
    {
      paid = sim_send (sim, FALSE, "{'command':'charge.finish','intent':'%s','outcome':"
                       "'succeeded','provider_id':'pi_%s','fee_micros':'329000'}",
                       answer_text (charge, "intent"), answer_text (charge, "intent"));
      g_assert_true (sim_is_ok (paid));
      sim->purse_micros += answer_micros (paid, "amount_micros");
      sim->n_done[DID_CHARGE]++;
    }
  world_advance (sim->world, sim_draw (sim, 2) == 0 ? 180 * WORLD_SECOND : 2 * WORLD_DAY);
  world_sweep (sim->world);
  do_ask (sim);
  do_return (sim, reader);
  for (guint i = 0; i < sim->returns->len; i++)
    {
      Return *back = g_ptr_array_index (sim->returns, i);
      g_autoptr (JsonNode) answer = NULL;

      if (sim_draw (sim, 8) == 0)
        continue;
      answer = sim_send (sim, FALSE, "{'command':'wallet.refund.finish','refund':'%s',"
                         "'outcome':'succeeded','provider_id':'re_%s'}", back->refund,
                         back->refund);
      g_assert_true (sim_is_ok (answer));
      back->ended = TRUE;
    }
}

/* What stays of the wallet of one who goes: in one currency here. */
static gint64
left_of (JsonNode *answer)
{
  JsonArray *left = json_object_get_array_member (json_node_get_object (answer), "left");
  gint64 micros = 0;

  g_assert_cmpuint (json_array_get_length (left), <=, 1);
  if (json_array_get_length (left) == 1)
    g_assert_true (far_micros_parse (
      json_object_get_string_member (json_array_get_object_element (left, 0), "amount_micros"),
      &micros, NULL));
  return micros;
}

/* A reader wants to be forgotten: never while anything is owed, held or on its way. Who comes back
 * with the same key is somebody new. */
static void
do_forget (Simulation *sim, guint reader)
{
  g_autoptr (JsonNode) wallet = NULL, answer = NULL;
  gint64 held_micros, owed_micros, left_micros;

  if (sim_draw (sim, 3) > 0)
    do_leave (sim, reader);
  else /* and goes without having paid */
    world_advance (sim->world, 2 * WORLD_DAY);
  wallet = sim_send (sim, FALSE, "{'command':'wallet','reader':'%s','property':'news'}",
                     world_reader (reader));
  held_micros = answer_micros (wallet, "wallet_refundable_micros");
  owed_micros = answer_micros (wallet, "tab_micros");
  answer = sim_send (sim, FALSE, "{'command':'reader.delete','reader':'%s','confirm':true}",
                     world_reader (reader));
  if (!sim_is_ok (answer))
    {
      g_assert_true (sim_is_code (answer, "not_settled"));
      sim->n_done[DID_REFUSE]++;
      return;
    }
  left_micros = left_of (answer);
  g_assert_cmpint (owed_micros, <, 500000); /* what the provider does not charge */
  /* Who was forgotten just before the process died is not known when that is asked again. */
  if (json_object_get_boolean_member (json_node_get_object (answer), "deleted"))
    {
      g_assert_cmpint (left_micros, ==, answer_micros (wallet, "wallet_micros"));
      g_assert_cmpint (left_micros == 0 ? held_micros : 0, ==, 0);
    }
  else
    g_assert_cmpint (left_micros, ==, 0);
  for (guint i = 0; i < sim->returns->len; i++)
    {
      const Return *back = g_ptr_array_index (sim->returns, i);

      g_assert_true (back->reader != reader || back->ended);
    }
  for (guint article = 0; article < ARTICLES; article++)
    {
      sim->access[reader][article] = ACCESS_NONE;
      g_clear_pointer (&sim->view[reader][article], g_free);
    }
  for (guint i = 0; i < sim->visits->len; i++)
    if (((Visit *) g_ptr_array_index (sim->visits, i))->reader == reader)
      ((Visit *) g_ptr_array_index (sim->visits, i))->erased = TRUE;
  sim->method[reader] = FALSE;
  sim->capped[reader] = FALSE;
  sim_forget_answers (sim);
  sim->n_done[DID_FORGET] += answer_bool (answer, "known");
}

void
purse_step (Simulation *sim, guint reader)
{
  guint kind = sim_draw (sim, 20);

  if (kind < 2)
    {
      do_forget (sim, reader);
      return;
    }
  /* A visit and what is said of it, and now and then the way back: apart they would seldom meet. */
  if (kind < 14)
    do_visit (sim, reader);
  do_news (sim);
  if (sim_draw (sim, 4) == 0)
    do_ask (sim);
  if (sim_draw (sim, 4) == 0)
    do_top_up_dispute (sim);
  if (sim_draw (sim, 2) == 0)
    do_return (sim, reader);
  for (guint i = sim_draw (sim, 4); i > 0; i--)
    do_return_news (sim);
}

/* What was written off of tabs, gross, in a month. */
static gint64
written_off (JsonNode *statement)
{
  static const char *const parts[] = { "estimated", "fee_estimated" };
  gint64 sum_micros = 0;

  for (guint p = 0; p < G_N_ELEMENTS (parts); p++)
    {
      JsonArray *lines = json_object_get_array_member (world_part (statement, parts[p]), "lines");

      for (guint i = 0; i < json_array_get_length (lines); i++)
        {
          JsonObject *line = json_array_get_object_element (lines, i);
          gint64 micros;

          if (strcmp (json_object_get_string_member (line, "kind"), "write_offs") != 0)
            continue;
          g_assert_true (far_micros_parse (json_object_get_string_member (line, "micros"),
                                           &micros, NULL));
          sum_micros -= micros;
        }
    }
  return sum_micros;
}

void
purse_expect (Simulation *sim)
{
  static const char *const months[] = { SIMULATION_MONTHS };
  gint64 expected_micros = sim->purse_micros - sim->owed_micros, in_books_micros = 0;

  for (guint m = 0; m < G_N_ELEMENTS (months); m++)
    {
      g_autofree char *ask = g_strdup_printf ("{\"command\":\"statement\",\"month\":\"%s\","
                                              "\"currency\":\"USD\"}", months[m]);
      g_autoptr (JsonNode) statement = world_ask_as (sim->world, ":operator", FAR_COMMANDS_ALL,
                                                      ask);
      JsonArray *books = json_object_get_array_member (json_node_get_object (statement), "books");

      expected_micros += written_off (statement);
      in_books_micros = 0; /* those of the last month count */
      for (guint i = 0; i < json_array_get_length (books); i++)
        {
          JsonObject *account = json_array_get_object_element (books, i);
          const char *kind = json_object_get_string_member (account, "account");
          gint64 micros;

          if (strcmp (kind, "reader_wallet") != 0 && strcmp (kind, "reader_tab") != 0)
            continue;
          g_assert_true (far_micros_parse (
            json_object_get_string_member (account, "closing_micros"), &micros, NULL));
          in_books_micros += micros;
        }
    }
  g_assert_cmpint (in_books_micros, ==, expected_micros);
}
