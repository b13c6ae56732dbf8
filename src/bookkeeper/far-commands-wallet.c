/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wallet and method.set: what a reader owes, holds and did; and how it is to be paid. */
#include "bookkeeper/far-books-private.h"
#include "market/far-provider-units.h"

/* What the reader has set themself, and what counts against it. */
gboolean
far_caps_write (FarCall          *call,
                const FarReader  *reader,
                const FarTab     *tab,
                const char       *currency,
                GError          **error)
{
  FarCaps caps;

  if (!far_caps_load (call->books, reader, currency, &caps, error) ||
      !far_caps_load_spent (call->books, reader, tab, call->now_us, &caps, error))
    return FALSE;
  far_json_begin_object (call->answer, "caps");
  if (caps.day_micros >= 0)
    far_json_add_micros (call->answer, "day_micros", caps.day_micros);
  else
    far_json_add_null (call->answer, "day_micros");
  if (caps.month_micros >= 0)
    far_json_add_micros (call->answer, "month_micros", caps.month_micros);
  else
    far_json_add_null (call->answer, "month_micros");
  far_json_add_micros (call->answer, "day_spent_micros", caps.day_spent_micros);
  far_json_add_micros (call->answer, "month_spent_micros", caps.month_spent_micros);
  far_json_end_object (call->answer);
  return TRUE;
}

/* The last charge of the tab, or null. */
static gboolean
write_last_charge (FarCall       *call,
                   const FarTab  *tab,
                   GError       **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (call->books->db, &row, error,
                                "SELECT state, amount_micros, max (begun_us, ended_us), reason,"
                                " action_url FROM charges WHERE tab = ?1"
                                " ORDER BY charge DESC LIMIT 1", far_sql_int (tab->tab));

  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    {
      far_json_add_null (call->answer, "charge");
      return TRUE;
    }
  far_json_begin_object (call->answer, "charge");
  far_json_add_string (call->answer, "state",
                       far_charge_state_to_text ((FarChargeState) far_statement_get_int (row, 0)));
  far_json_add_micros (call->answer, "amount_micros", far_statement_get_int (row, 1));
  far_json_add_int (call->answer, "time_us", far_statement_get_int (row, 2));
  far_json_add_string (call->answer, "reason", far_statement_get_text (row, 3));
  far_json_add_string (call->answer, "url", far_statement_get_text (row, 4));
  far_json_end_object (call->answer);
  return TRUE;
}

/* How and when the tab is charged. */
static gboolean
write_terms (FarCall            *call,
             const FarProperty  *property,
             const FarTab       *tab,
             gint64              wallet_micros,
             GError            **error)
{
  const char *currency = property->terms.currency;
  gint64 minimum_micros, threshold_micros, refundable_micros;

  if (!far_least_charge (call->books, currency, &minimum_micros, error) ||
      !far_settlement_threshold (currency, minimum_micros, &threshold_micros, error) ||
      !far_payback_room (call->books, tab, &refundable_micros, error))
    return FALSE;
  far_json_add_micros (call->answer, "minimum_micros", minimum_micros);
  far_json_add_micros (call->answer, "threshold_micros", threshold_micros);
  far_json_add_int (call->answer, "due_us",
                    tab->n_open > 0 ? far_month_end_us (tab->oldest_us) : 0);
  far_json_add_micros (call->answer, "wallet_refundable_micros",
                       MIN (wallet_micros, refundable_micros));
  far_json_add_string (call->answer, "money", call->books->live ? "live" : "test");
  return TRUE;
}

static gboolean
run_wallet (FarCall  *call,
            GError  **error)
{
  FarBooks *books = call->books;
  FarTabSituation situation;
  FarProperty property;
  FarReader reader;
  FarTab tab;
  FarHistoryPlace now = { .time_us = G_MAXINT64 }, next;
  g_autofree char *limit = NULL;

  if (!far_property_find (books, far_request_text (call->request, "property"), &property, error) ||
      !far_reader_find (books, far_request_text (call->request, "reader"), &reader, error) ||
      !far_tab_find (books, reader.reader, property.terms.currency, &tab, error) ||
      !far_situation_load (books, &property, &reader, &tab, call->now_us, &situation, error) ||
      !far_situation_load_pledges (books, &reader, &property, &situation, error))
    return FALSE;

  limit = far_micros_to_wire (property.terms.free_limit);
  far_json_add_string (call->answer, "currency", property.terms.currency);
  far_json_add_micros (call->answer, "tab_micros", tab.open_micros);
  far_json_add_micros (call->answer, "wallet_micros", situation.wallet_micros);
  far_json_add_int (call->answer, "pledges", situation.n_pledges);
  far_json_add_string (call->answer, "free_type", far_free_type_to_text (property.terms.free_type));
  far_json_add_string (call->answer, "free_limit", limit);
  far_json_add_bool (call->answer, "method", reader.has_method);
  far_json_add_bool (call->answer, "method_required",
                     far_tab_needs_method (&property.terms, &situation));
  far_json_add_micros (call->answer, "cap_micros", far_tab_cap_micros (&property.terms,
                                                                       &situation));
  return write_terms (call, &property, &tab, situation.wallet_micros, error) &&
         far_caps_write (call, &reader, &tab, property.terms.currency, error) &&
         write_last_charge (call, &tab, error) &&
         far_history_write (call, &reader, &tab, property.terms.currency, "history", &now,
                            FAR_BOOKS_HISTORY_MAX, &next, error);
}

/* ---- method.set ---- */

gboolean
far_reader_set_method (FarBooks    *books,
                       gint64       reader,
                       const char  *customer,
                       const char  *payment_method,
                       gint64       now_us,
                       GError     **error)
{
  return far_sql_run (books->db, error,
                      "UPDATE readers SET customer = ?2, payment_method = ?3, method_us = ?4"
                      " WHERE reader = ?1",
                      far_sql_int (reader), far_sql_text (customer),
                      far_sql_text (payment_method), far_sql_int (now_us)) &&
         /* A new method is a new chance: charges need not wait for the next attempt. */
         far_sql_run (books->db, error,
                      "UPDATE tabs SET secured = 1, retry_us = 0 WHERE reader = ?1",
                      far_sql_int (reader));
}

static gboolean
run_method_set (FarCall  *call,
                GError  **error)
{
  FarBooks *books = call->books;
  g_autoptr (FarStatement) row = NULL;
  FarReader reader;
  FarStep step;

  if (!far_reader_find (books, far_request_text (call->request, "reader"), &reader, error) ||
      !far_reader_ensure (books, &reader, call->now_us, error) ||
      !far_reader_set_method (books, reader.reader, far_request_text (call->request, "customer"),
                              far_request_text (call->request, "payment_method"), call->now_us,
                              error))
    return FALSE;

  far_json_add_bool (call->answer, "method", TRUE);
  row = far_db_prepare (books->db,
                        "SELECT currency, open_micros FROM tabs WHERE reader = ?1"
                        " ORDER BY currency", error);
  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, reader.reader);
  far_json_begin_array (call->answer, "tabs");
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      far_json_begin_object (call->answer, NULL);
      far_json_add_string (call->answer, "currency", far_statement_get_text (row, 0));
      far_json_add_micros (call->answer, "tab_micros", far_statement_get_int (row, 1));
      far_json_end_object (call->answer);
    }
  far_json_end_array (call->answer);
  return step == FAR_STEP_DONE;
}

static const FarField wallet_fields[] = {
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { NULL },
};

static const FarField method_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "reader", FAR_FIELD_READER },
  { "customer", FAR_FIELD_WORD, 0, 1, 255 },
  { "payment_method", FAR_FIELD_WORD, 0, 1, 255 },
  { NULL },
};

const FarCommand far_commands_wallet[] = {
  { "wallet", wallet_fields, run_wallet },
  { "method.set", method_fields, run_method_set },
  { NULL },
};
