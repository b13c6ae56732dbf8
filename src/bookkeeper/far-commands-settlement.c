/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tabs.due and charge.finish: which tabs are to be charged, and what became of a charge.
 *
 * While a charge is in flight its items may still be refunded: the tab is reversed at once, and
 * what the charge then brings for such an item goes to the reader's wallet. So nothing has to wait
 * for the provider, and the tab never falls below nothing. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

#define DUE_DEFAULT 50
#define DUE_MAX 100
#define OPEN_CHARGES_MAX 40
#define TOO_SMALL "amount_too_small" /* as the provider calls it */

/* ---- tabs.due ---- */

static gboolean
write_due_row (FarCall       *call,
               FarStatement  *row,
               gint64         least_micros,
               gint64        *n,
               GError       **error)
{
  const char *currency = far_statement_get_text (row, 1);
  gint64 charge_micros;
  char id[FAR_ID_HEX_LEN + 1];
  FarDue due;
  FarId tab;

  if (!far_settlement_due (currency, least_micros, far_statement_get_int (row, 2),
                           far_statement_get_int (row, 3), far_statement_get_int (row, 4),
                           call->now_us, &due, &charge_micros, error))
    return FALSE;
  if (due == FAR_DUE_NOT)
    return TRUE;
  if (!far_statement_copy_blob (row, 0, &tab, FAR_ID_LEN))
    g_assert_not_reached ();
  far_id_to_hex (&tab, id);
  far_json_begin_object (call->answer, NULL);
  far_json_add_string (call->answer, "tab", id);
  far_json_add_micros (call->answer, "amount_micros", charge_micros);
  far_json_add_string (call->answer, "currency", currency);
  far_json_add_int (call->answer, "items", far_statement_get_int (row, 5));
  far_json_add_string (call->answer, "reason", far_due_to_text (due));
  far_json_end_object (call->answer);
  (*n)++;
  return TRUE;
}

/* What of one currency may be due, by the two indexes; far_settlement_due() has the last word. */
static gboolean
write_due_currency (FarCall     *call,
                    const char  *currency,
                    gint64       limit,
                    gint64      *n,
                    GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  gint64 cent_micros, least_micros;
  FarStep step = FAR_STEP_DONE;

  if (!far_terms_cent_micros (currency, &cent_micros, error) ||
      !far_least_charge (call->books, currency, &least_micros, error))
    return FALSE;
  row = far_db_prepare (call->books->db,
                        "SELECT id, currency, open_micros, oldest_us, retry_us, n_open FROM tabs t"
                        " WHERE tab IN ("
                        "   SELECT tab FROM tabs WHERE secured = 1 AND currency = ?1"
                        "    AND open_micros >= ?2"
                        "   UNION SELECT tab FROM tabs WHERE secured = 1 AND n_open > 0"
                        "    AND currency = ?1 AND oldest_us < ?3)"
                        " AND retry_us <= ?4 AND open_micros >= ?5 AND NOT EXISTS"
                        "   (SELECT 1 FROM charges c WHERE c.tab = t.tab AND c.state < 2)"
                        " ORDER BY oldest_us", error);
  if (row == NULL)
    return FALSE;
  far_statement_bind_text (row, 1, currency);
  far_statement_bind_int (row, 2, FAR_TAB_THRESHOLD_CENTS * cent_micros);
  far_statement_bind_int (row, 3, far_month_start_us (call->now_us));
  far_statement_bind_int (row, 4, call->now_us);
  far_statement_bind_int (row, 5, least_micros);
  while (*n < limit && (step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    if (!write_due_row (call, row, least_micros, n, error))
      return FALSE;
  return step != FAR_STEP_ERROR;
}

static gboolean
write_due (FarCall  *call,
           gint64    limit,
           GError  **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (call->books->db,
                    "SELECT currency FROM tabs WHERE secured = 1 GROUP BY currency", error);
  g_autoptr (GPtrArray) currencies = g_ptr_array_new_with_free_func (g_free);
  gint64 n = 0;
  FarStep step;

  if (row == NULL)
    return FALSE;
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    g_ptr_array_add (currencies, g_strdup (far_statement_get_text (row, 0)));
  if (step == FAR_STEP_ERROR)
    return FALSE;

  far_json_begin_array (call->answer, "tabs");
  for (guint i = 0; i < currencies->len; i++)
    if (!write_due_currency (call, g_ptr_array_index (currencies, i), limit, &n, error))
      return FALSE;
  far_json_end_array (call->answer);
  return TRUE;
}

static gboolean
write_open_charges (FarCall  *call,
                    GError  **error)
{
  g_autoptr (FarStatement) row = NULL;
  gint64 n;
  FarStep step;

  if (!far_db_query_int (call->books->db, "SELECT count (*) FROM charges WHERE state < 2", &n,
                         error))
    return FALSE;
  row = far_db_prepare (call->books->db,
                        "SELECT intent, amount_micros, t.currency, customer, payment_method, state,"
                        " begun_us FROM charges c JOIN tabs t USING (tab) WHERE state < 2"
                        " ORDER BY charge LIMIT ?1 OFFSET ?2", error);
  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, OPEN_CHARGES_MAX);
  far_statement_bind_int (row, 2, far_sql_turn (n, OPEN_CHARGES_MAX, call->now_us));
  far_json_begin_array (call->answer, "open");
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    {
      char hex[FAR_ID_HEX_LEN + 1];
      FarId intent;

      if (!far_statement_copy_blob (row, 0, &intent, FAR_ID_LEN))
        g_assert_not_reached ();
      far_id_to_hex (&intent, hex);
      far_json_begin_object (call->answer, NULL);
      far_json_add_string (call->answer, "intent", hex);
      far_json_add_string (call->answer, "money", call->books->live ? "live" : "test");
      far_json_add_micros (call->answer, "amount_micros", far_statement_get_int (row, 1));
      far_json_add_string (call->answer, "currency", far_statement_get_text (row, 2));
      far_json_add_string (call->answer, "customer", far_statement_get_text (row, 3));
      far_json_add_string (call->answer, "payment_method", far_statement_get_text (row, 4));
      far_json_add_string (call->answer, "state",
                           far_charge_state_to_text (
                             (FarChargeState) far_statement_get_int (row, 5)));
      far_json_add_int (call->answer, "created_us", far_statement_get_int (row, 6));
      far_json_end_object (call->answer);
    }
  far_json_end_array (call->answer);
  return step == FAR_STEP_DONE;
}

static gboolean
run_tabs_due (FarCall  *call,
              GError  **error)
{
  return write_due (call, far_request_int (call->request, "limit", DUE_DEFAULT), error) &&
         write_open_charges (call, error);
}

/* ---- charge.finish ---- */

typedef struct {
  gint64         charge; /* row; 0: none */
  FarId          intent;
  gint64         tab;
  gint64         amount_micros;
  gint64         to_wallet_micros;
  FarChargeState state;
} Charge;

typedef struct {
  gint64 pledge;
  FarId  id;
  gint64 property;
  gint64 amount_micros;
  gint64 settled_micros;
  gint64 price_micros;
  guint  fee_bps;
  gint64 state;
} SettledItem;

static gboolean
load_charge (FarBooks     *books,
             const FarId  *intent,
             Charge       *ret_charge,
             GError      **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT charge, tab, amount_micros, to_wallet_micros, state"
                                " FROM charges WHERE intent = ?1", far_sql_id (intent));

  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_INTENT, "there is no such charge");
  ret_charge->charge = far_statement_get_int (row, 0);
  ret_charge->intent = *intent;
  ret_charge->tab = far_statement_get_int (row, 1);
  ret_charge->amount_micros = far_statement_get_int (row, 2);
  ret_charge->to_wallet_micros = far_statement_get_int (row, 3);
  ret_charge->state = (FarChargeState) far_statement_get_int (row, 4);
  return TRUE;
}

static gboolean
load_items (FarBooks      *books,
            const Charge  *charge,
            GArray        *items,
            GError       **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT i.pledge, p.id, p.property, i.amount_micros, p.settled_micros,"
                    " p.price_micros, p.fee_bps, p.state FROM charge_items i"
                    " JOIN pledges p USING (pledge) WHERE i.charge = ?1 ORDER BY i.pledge", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, charge->charge);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      SettledItem item = {
        .pledge = far_statement_get_int (row, 0),
        .property = far_statement_get_int (row, 2),
        .amount_micros = far_statement_get_int (row, 3),
        .settled_micros = far_statement_get_int (row, 4),
        .price_micros = far_statement_get_int (row, 5),
        .fee_bps = (guint) far_statement_get_int (row, 6),
        .state = far_statement_get_int (row, 7),
      };

      if (!far_statement_copy_blob (row, 1, &item.id, FAR_ID_LEN))
        g_assert_not_reached ();
      g_array_append_val (items, item);
    }
  return step == FAR_STEP_DONE;
}

/* Adds an item's part of the posting: from estimated to final. */
static gboolean
settle_item (FarBooks           *books,
             const SettledItem  *item,
             GError            **error)
{
  FarProperty property;
  FarSplit part;

  if (!far_property_load (books, item->property, &property, error) ||
      !far_split_range (item->settled_micros, item->settled_micros + item->amount_micros,
                        item->fee_bps, &part, error))
    return FALSE;
  far_posting_add (books, FAR_CODE_SETTLE, property.terms.currency, &property.estimated,
                   &property.payable, part.publisher_micros, &item->id);
  far_posting_add (books, FAR_CODE_SETTLE_FEE, property.terms.currency, &property.fee_estimated,
                   &property.fee_earned, part.fee_micros, &item->id);
  return far_sql_run (books->db, error,
                      "UPDATE pledges SET settled_micros = settled_micros + ?2,"
                      " state = CASE settled_micros + ?2 WHEN price_micros THEN 1 ELSE 0 END"
                      " WHERE pledge = ?1",
                      far_sql_int (item->pledge), far_sql_int (item->amount_micros));
}

static gboolean
book_success (FarCall  *call,
              Charge   *charge,
              FarTab   *tab,
              gint64    fee_micros,
              GError  **error)
{
  FarBooks *books = call->books;
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (SettledItem));
  gint64 to_tab_micros = 0;
  FarId clearing;

  if (!load_items (books, charge, items, error) ||
      !far_house_account (books, FAR_ACCOUNT_PROVIDER_CLEARING, tab->currency, &clearing, error))
    return FALSE;
  for (guint i = 0; i < items->len; i++)
    if (g_array_index (items, SettledItem, i).state == FAR_PLEDGE_OPEN)
      to_tab_micros += g_array_index (items, SettledItem, i).amount_micros;
  charge->to_wallet_micros = charge->amount_micros - to_tab_micros;
  g_assert (charge->to_wallet_micros >= 0);
  if (charge->to_wallet_micros > 0 && !far_tab_ensure_wallet (books, tab, error))
    return FALSE;

  far_posting_begin (books);
  far_posting_add (books, FAR_CODE_CHARGE, tab->currency, &clearing, &tab->id, to_tab_micros,
                   &charge->intent);
  far_posting_add (books, FAR_CODE_CHARGE_TO_WALLET, tab->currency, &clearing, &tab->wallet,
                   charge->to_wallet_micros, &charge->intent);
  for (guint i = 0; i < items->len; i++)
    {
      const SettledItem *item = &g_array_index (items, SettledItem, i);

      if (item->state == FAR_PLEDGE_OPEN && !settle_item (books, item, error))
        return FALSE;
    }
  return far_posting_add_fee (call, FAR_CODE_PROVIDER_FEE, FAR_ACCOUNT_PROVIDER_FEES,
                              tab->currency, fee_micros, &charge->intent, error) &&
         far_posting_must (books, error) && far_tab_refresh (books, tab, error) &&
         far_sql_run (books->db, error,
                      "UPDATE tabs SET n_failures = 0, first_failed_us = 0, retry_us = 0"
                      " WHERE tab = ?1", far_sql_int (tab->tab));
}

/* That the amount is too little (the account may be kept in another currency, with another least
 * charge) is nobody's failure: it is carried forward, and asked again in a day. Where nothing is
 * owed any more nothing has failed. */
static gboolean
record_failure (FarCall  *call,
                FarTab   *tab,
                GError  **error)
{
  guint n_failures = tab->n_failures + 1;

  if (tab->n_open == 0)
    return TRUE;
  if (g_strcmp0 (far_request_text (call->request, "reason"), TOO_SMALL) == 0)
    return far_sql_run (call->books->db, error, "UPDATE tabs SET retry_us = ?2 WHERE tab = ?1",
                        far_sql_int (tab->tab),
                        far_sql_int (far_charge_retry_us (1, call->now_us)));
  return far_sql_run (call->books->db, error,
                      "UPDATE tabs SET n_failures = ?2, retry_us = ?3, first_failed_us ="
                      " CASE first_failed_us WHEN 0 THEN ?4 ELSE first_failed_us END"
                      " WHERE tab = ?1",
                      far_sql_int (tab->tab), far_sql_int (n_failures),
                      far_sql_int (far_charge_retry_us (n_failures, call->now_us)),
                      far_sql_int (call->now_us));
}

static gboolean
book_outcome (FarCall  *call,
              Charge   *charge,
              GError  **error)
{
  FarBooks *books = call->books;
  gint64 fee_micros = far_request_micros (call->request, "fee_micros");
  gboolean final = charge->state != FAR_CHARGE_UNKNOWN;
  FarTab tab;

  if (charge->state != FAR_CHARGE_SUCCEEDED)
    fee_micros = 0;
  if (!far_tab_load (books, charge->tab, &tab, error) ||
      (charge->state == FAR_CHARGE_SUCCEEDED &&
       !book_success (call, charge, &tab, fee_micros, error)) ||
      (charge->state == FAR_CHARGE_FAILED && !record_failure (call, &tab, error)))
    return FALSE;
  return far_sql_run (books->db, error,
                      "UPDATE charges SET state = ?2, to_wallet_micros = ?3, fee_micros = ?4,"
                      " provider_id = coalesce (?5, provider_id), ended_us = ?6, reason = ?7,"
                      " action_url = ?8, fee_currency = ?9 WHERE charge = ?1",
                      far_sql_int (charge->charge), far_sql_int (charge->state),
                      far_sql_int (charge->to_wallet_micros), far_sql_int (fee_micros),
                      far_sql_text (far_request_text (call->request, "provider_id")),
                      far_sql_int (final ? call->now_us : 0),
                      far_sql_text (far_request_text (call->request, "reason")),
                      far_sql_text (final ? NULL
                                          : far_request_text (call->request, "action_url")),
                      far_sql_text (fee_micros > 0
                                      ? far_request_text (call->request, "fee_currency") : NULL));
}

static gboolean
write_charge (FarCall         *call,
              const Charge    *charge,
              FarChargeState   state)
{
  far_json_add_string (call->answer, "state", far_charge_state_to_text (state));
  far_json_add_micros (call->answer, "amount_micros", charge->amount_micros);
  far_json_add_micros (call->answer, "to_wallet_micros", charge->to_wallet_micros);
  return TRUE;
}

static gboolean
run_charge_finish (FarCall  *call,
                   GError  **error)
{
  FarId intent = far_request_id (call->request, "intent");
  FarChargeState outcome;
  Charge charge = { 0 };

  if (!far_charge_outcome_parse (far_request_text (call->request, "outcome"), &outcome))
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"outcome\" must be succeeded, failed or unknown");
  if (!load_charge (call->books, &intent, &charge, error))
    return FALSE;
  if (charge.state == FAR_CHARGE_FAILED && outcome == FAR_CHARGE_SUCCEEDED)
    {
      /* It was given up, and yet the money came: that is never turned away. */
      charge.to_wallet_micros = charge.amount_micros;
      return far_checkout_book_late (call, charge.charge, &intent, error) &&
             write_charge (call, &charge, outcome);
    }
  switch (far_charge_apply (&charge.state, outcome))
    {
    case FAR_OUTCOME_CONFLICT:
      return far_refuse (error, FAR_COMMAND_ERROR_CONFLICT,
                         "this charge is %s already; look at the provider's record of it",
                         far_charge_state_to_text (charge.state));
    case FAR_OUTCOME_TAKEN:
      if (!book_outcome (call, &charge, error))
        return FALSE;
      break;
    case FAR_OUTCOME_SAME:
    default:
      /* It may be known by now what it waits for. */
      if (charge.state == FAR_CHARGE_UNKNOWN &&
          !far_sql_run (call->books->db, error,
                        "UPDATE charges SET reason = coalesce (?2, reason),"
                        " action_url = coalesce (?3, action_url) WHERE charge = ?1",
                        far_sql_int (charge.charge),
                        far_sql_text (far_request_text (call->request, "reason")),
                        far_sql_text (far_request_text (call->request, "action_url"))))
        return FALSE;
      break;
    }

  return write_charge (call, &charge, charge.state);
}

static const FarField due_fields[] = {
  { "limit", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 1, DUE_MAX },
  { NULL },
};

static const FarField finish_fields[] = {
  { "intent", FAR_FIELD_ID },
  { "outcome", FAR_FIELD_WORD, 0, 1, 16 },
  { "provider_id", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 1, 255 },
  { "fee_micros", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { "fee_currency", FAR_FIELD_CURRENCY, FAR_FIELD_OPTIONAL },
  { "reason", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 1, 64 },
  { "action_url", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 1, 2000 },
  { NULL },
};

const FarCommand far_commands_settlement[] = {
  { "tabs.due", due_fields, run_tabs_due },
  { "charge.finish", finish_fields, run_charge_finish },
  { NULL },
};
