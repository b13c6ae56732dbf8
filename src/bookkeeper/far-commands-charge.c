/* SPDX-License-Identifier: GPL-3.0-or-later */
/* charge.begin and tab.pay: a charge of a tab, because it is due or because the reader asks.
 *
 * The row of a charge is on disk before the provider is called, and no transaction spans the
 * call. */
#include "bookkeeper/far-books-private.h"

typedef struct {
  gint64 pledge;
  gint64 take_micros;
} ChargeItem;

/* The tab's open items, oldest first, until the charge is used up. */
static gboolean
take_items (FarBooks  *books,
            gint64     tab,
            gint64     charge_micros,
            GArray    *items,
            GError   **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT pledge, price_micros - settled_micros FROM pledges"
                    " WHERE tab = ?1 AND state = 0 ORDER BY pledge", error);
  gint64 left_micros = charge_micros;
  FarStep step = FAR_STEP_DONE;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, tab);
  while (left_micros > 0 && (step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      ChargeItem item = {
        .pledge = far_statement_get_int (row, 0),
        .take_micros = far_settlement_take (far_statement_get_int (row, 1), &left_micros),
      };

      g_array_append_val (items, item);
    }
  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (left_micros > 0)
    return far_refuse (error, FAR_COMMAND_ERROR_INTERNAL,
                       "the tab owes more than its items; run `farthingctl ledger verify`");
  return TRUE;
}

static gboolean
insert_charge (FarCall        *call,
               const FarTab   *tab,
               const FarId    *intent,
               gint64          charge_micros,
               const char     *customer,
               const char     *payment_method,
               GError        **error)
{
  FarBooks *books = call->books;
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (ChargeItem));
  gint64 charge;

  if (!take_items (books, tab->tab, charge_micros, items, error) ||
      !far_sql_run (books->db, error,
                    "INSERT INTO charges (intent, tab, amount_micros, state, customer,"
                    " payment_method, begun_us, scope) VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7)",
                    far_sql_id (intent), far_sql_int (tab->tab), far_sql_int (charge_micros),
                    far_sql_text (customer), far_sql_text (payment_method),
                    far_sql_int (call->now_us), far_sql_blob (call->scope, FAR_SCOPE_LEN)))
    return FALSE;
  charge = far_db_get_last_rowid (books->db);
  for (guint i = 0; i < items->len; i++)
    {
      const ChargeItem *item = &g_array_index (items, ChargeItem, i);

      if (!far_sql_run (books->db, error,
                        "INSERT INTO charge_items (charge, pledge, amount_micros)"
                        " VALUES (?1, ?2, ?3)",
                        far_sql_int (charge), far_sql_int (item->pledge),
                        far_sql_int (item->take_micros)))
        return FALSE;
    }
  return TRUE;
}

/* The tab, what may be charged of it now, and how it is paid. */
static gboolean
check_chargeable (FarCall       *call,
                  const FarTab  *tab,
                  gboolean       asked,
                  gint64        *ret_charge_micros,
                  char         **ret_customer,
                  char         **ret_method,
                  GError       **error)
{
  FarBooks *books = call->books;
  g_autoptr (FarStatement) charge = NULL;
  g_autoptr (FarStatement) reader = NULL;
  FarStep step;
  FarDue due = FAR_DUE_NOT;
  gint64 least_micros;

  if (tab->tab == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_TAB, "there is no such tab");
  step = far_sql_first (books->db, &charge, error,
                        "SELECT 1 FROM charges WHERE tab = ?1 AND state < 2",
                        far_sql_int (tab->tab));
  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_ROW)
    return far_refuse (error, FAR_COMMAND_ERROR_CHARGE_IN_FLIGHT,
                       asked ? "a charge of this tab is on its way; look again in a minute"
                             : "a charge of this tab has no outcome yet; resolve it first "
                               "(tabs.due lists it under \"open\")");
  if (far_sql_first (books->db, &reader, error,
                     "SELECT customer, payment_method FROM readers WHERE reader = ?1",
                     far_sql_int (tab->reader)) != FAR_STEP_ROW)
    return FALSE;
  if (far_statement_is_null (reader, 1))
    return far_refuse (error, FAR_COMMAND_ERROR_PAYMENT_METHOD_REQUIRED,
                       "there is no payment method to charge; save one first");
  if (asked && tab->n_open == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_NOTHING_DUE, "nothing is owed on this tab");
  if (!far_least_charge (call->books, tab->currency, &least_micros, error) ||
      (asked ? !far_settlement_chargeable (tab->currency, least_micros, tab->open_micros,
                                           ret_charge_micros, error)
             : !far_settlement_due (tab->currency, least_micros, tab->open_micros, tab->oldest_us,
                                    tab->retry_us, call->now_us, &due, ret_charge_micros, error)))
    return FALSE;
  if (asked && *ret_charge_micros == 0)
    {
      g_autofree char *owed = far_micros_to_display (tab->open_micros, tab->currency);
      g_autofree char *least = far_micros_to_display (least_micros, tab->currency);

      return far_refuse (error, FAR_COMMAND_ERROR_UNDER_MINIMUM,
                         "%s is owed, and less than %s is not charged; it is carried forward",
                         owed, least);
    }
  if (!asked && due == FAR_DUE_NOT)
    return far_refuse (error, FAR_COMMAND_ERROR_NOTHING_DUE,
                       "this tab is not due: under its threshold and its month, under the "
                       "least charge, or waiting for the next attempt");
  *ret_customer = g_strdup (far_statement_get_text (reader, 0));
  *ret_method = g_strdup (far_statement_get_text (reader, 1));
  return TRUE;
}

/* Puts a charge of a tab on disk and says how it is to be made. */
static gboolean
begin_charge (FarCall       *call,
              const FarTab  *tab,
              gboolean       asked,
              GError       **error)
{
  g_autofree char *customer = NULL;
  g_autofree char *payment_method = NULL;
  char hex[FAR_ID_HEX_LEN + 1];
  gint64 charge_micros;
  FarId intent;

  far_id_init (&intent, call->books->clock);
  if (!check_chargeable (call, tab, asked, &charge_micros, &customer, &payment_method, error) ||
      !insert_charge (call, tab, &intent, charge_micros, customer, payment_method, error))
    return FALSE;

  far_id_to_hex (&intent, hex);
  far_json_add_string (call->answer, "intent", hex);
  far_json_add_string (call->answer, "money", call->books->live ? "live" : "test");
  far_json_add_micros (call->answer, "amount_micros", charge_micros);
  far_json_add_string (call->answer, "currency", tab->currency);
  far_json_add_string (call->answer, "customer", customer);
  far_json_add_string (call->answer, "payment_method", payment_method);
  far_json_add_int (call->answer, "created_us", call->now_us);
  return TRUE;
}

static gboolean
run_charge_begin (FarCall  *call,
                  GError  **error)
{
  FarId id = far_request_id (call->request, "tab");
  gboolean asked = json_object_has_member (call->request, "asked") &&
                   json_object_get_boolean_member (call->request, "asked");
  FarTab tab;

  return far_tab_find_id (call->books, &id, &tab, error) &&
         begin_charge (call, &tab, asked, error);
}

static gboolean
run_tab_pay (FarCall  *call,
             GError  **error)
{
  FarProperty property;
  FarReader reader;
  FarTab tab;

  if (!far_property_find (call->books, far_request_text (call->request, "property"), &property,
                          error) ||
      !far_reader_find (call->books, far_request_text (call->request, "reader"), &reader, error) ||
      !far_tab_find (call->books, reader.reader, property.terms.currency, &tab, error))
    return FALSE;
  if (tab.tab == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_NOTHING_DUE, "nothing is owed on this tab");
  return begin_charge (call, &tab, TRUE, error);
}

static const FarField begin_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "tab", FAR_FIELD_ID },
  { "asked", FAR_FIELD_BOOL, FAR_FIELD_OPTIONAL },
  { NULL },
};

static const FarField pay_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { NULL },
};

const FarCommand far_commands_charge[] = {
  { "charge.begin", begin_fields, run_charge_begin },
  { "tab.pay", pay_fields, run_tab_pay },
  { NULL },
};
