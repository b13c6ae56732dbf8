/* SPDX-License-Identifier: GPL-3.0-or-later */
/* caps.set, history, reader.export, reader.delete: what belongs to the person who reads.
 *
 * Deletion erases what leads from the books to a person: the hash of the device key becomes a
 * random one, what the provider calls them and where their bank wanted them is overwritten, kept
 * answers that name them are removed. The rows that the journal refers to stay, under an account
 * that leads to nobody, so that every sum can still be checked. It waits until nothing is owed and
 * nothing is kept for them: an account that leads to nobody could neither pay nor be paid. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

#include "base/far-random.h"

/* ---- caps.set ---- */

static FarSqlValue
cap_value (JsonObject *request,
           const char *name)
{
  return json_object_has_member (request, name) ? far_sql_int (far_request_micros (request, name))
                                                : far_sql_text (NULL);
}

static gboolean
run_caps_set (FarCall  *call,
              GError  **error)
{
  FarBooks *books = call->books;
  FarProperty property;
  FarReader reader;
  FarTab tab;

  if (!far_property_find (books, far_request_text (call->request, "property"), &property, error) ||
      !far_reader_find (books, far_request_text (call->request, "reader"), &reader, error) ||
      !far_reader_ensure (books, &reader, call->now_us, error) ||
      !far_sql_run (books->db, error,
                    "INSERT INTO reader_caps (reader, currency, day_micros, month_micros)"
                    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (reader, currency) DO UPDATE"
                    " SET day_micros = ?3, month_micros = ?4",
                    far_sql_int (reader.reader), far_sql_text (property.terms.currency),
                    cap_value (call->request, "day_micros"),
                    cap_value (call->request, "month_micros")) ||
      !far_tab_find (books, reader.reader, property.terms.currency, &tab, error))
    return FALSE;
  return far_caps_write (call, &reader, &tab, property.terms.currency, error);
}

/* ---- history ---- */

static gboolean
run_history (FarCall  *call,
             GError  **error)
{
  FarBooks *books = call->books;
  const char *before_text = far_request_text (call->request, "before");
  FarHistoryPlace before = { .time_us = G_MAXINT64 }, next;
  FarProperty property;
  FarReader reader;
  FarTab tab;

  if (before_text != NULL && !far_history_parse (before_text, &before))
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"before\" must be what the page before this one gave as \"next\"");
  if (!far_property_find (books, far_request_text (call->request, "property"), &property, error) ||
      !far_reader_find (books, far_request_text (call->request, "reader"), &reader, error) ||
      !far_tab_find (books, reader.reader, property.terms.currency, &tab, error) ||
      !far_history_write (call, &reader, &tab, property.terms.currency, "entries", &before,
                          (guint) far_request_int (call->request, "limit", FAR_BOOKS_HISTORY_MAX),
                          &next, error))
    return FALSE;
  if (next.time_us == 0)
    far_json_add_null (call->answer, "next");
  else
    {
      g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT ".%u", next.time_us,
                                               next.n_given);

      far_json_add_string (call->answer, "next", text);
    }
  return TRUE;
}

/* ---- reader.delete ---- */

/* What must happen first. */
static gboolean
check_settled (FarBooks         *books,
               const FarReader  *reader,
               GError          **error)
{
  static const struct {
    const char *sql, *what;
  } hindrances[] = {
    { "SELECT count (*) FROM charges c JOIN tabs t USING (tab) WHERE t.reader = ?1"
      " AND c.state < 2",
      "a charge is on its way; ask again when it has ended" },
    { "SELECT count (*) FROM checkouts WHERE reader = ?1 AND kind = 1 AND state < 2",
      "a payment page is open; finish it, or wait a day until it expires" },
    { "SELECT count (*) FROM wallet_refunds w JOIN tabs t USING (tab) WHERE t.reader = ?1"
      " AND w.state < 2",
      "a refund is on its way; ask again when it has ended" },
    { "SELECT count (*) FROM views WHERE reader = ?1 AND state < 5",
      "an ad is being shown; finish it, or wait two minutes" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (hindrances); i++)
    {
      g_autoptr (FarStatement) row = far_db_prepare (books->db, hindrances[i].sql, error);

      if (row == NULL)
        return FALSE;
      far_statement_bind_int (row, 1, reader->reader);
      if (far_db_step (books->db, row, error) != FAR_STEP_ROW)
        return FALSE;
      if (far_statement_get_int (row, 0) > 0)
        return far_refuse (error, FAR_COMMAND_ERROR_NOT_SETTLED, "%s", hindrances[i].what);
    }
  return TRUE;
}

/* Tabs on which something is owed. What can be charged must be paid, and what can be taken back
 * must be; the rest, which is less than the provider takes and would stay for ever, is written
 * off. */
static gboolean
settle_tabs (FarCall          *call,
             const FarReader  *reader,
             gboolean          confirm,
             GError          **error)
{
  FarBooks *books = call->books;
  g_autoptr (GArray) tabs = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT tab, EXISTS (SELECT 1 FROM pledges p JOIN entitlements USING (pledge)"
                    "   WHERE p.tab = t.tab AND p.state = 0 AND refundable_until_us > ?2)"
                    " FROM tabs t WHERE reader = ?1 AND n_open > 0", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, reader->reader);
  far_statement_bind_int (row, 2, call->now_us);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      gint64 tab_row = far_statement_get_int (row, 0), least_micros, charge_micros;
      FarTab tab;

      if (!far_tab_load (books, tab_row, &tab, error) ||
          !far_least_charge (books, tab.currency, &least_micros, error) ||
          !far_settlement_chargeable (tab.currency, least_micros, tab.open_micros, &charge_micros,
                                      error))
        return FALSE;
      if (charge_micros > 0 || far_statement_get_int (row, 1) != 0)
        return far_refuse (error, FAR_COMMAND_ERROR_NOT_SETTLED,
                           "something is owed on the tab: pay it, take it back, or wait until it "
                           "is written off");
      g_array_append_val (tabs, tab_row);
    }
  for (guint i = 0; step == FAR_STEP_DONE && confirm && i < tabs->len; i++)
    if (!far_tab_write_off (books, g_array_index (tabs, gint64, i), call->now_us, error))
      return FALSE;
  return step == FAR_STEP_DONE;
}

/* A wallet of less than can be moved (a part of a cent) is no hindrance: it is told, each in its
 * own currency, and stays. */
static gboolean
check_wallets (FarCall          *call,
               const FarReader  *reader,
               GError          **error)
{
  FarBooks *books = call->books;
  g_autoptr (GArray) tabs = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db, "SELECT tab FROM tabs WHERE reader = ?1 AND wallet IS NOT NULL",
                    error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, reader->reader);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      gint64 tab = far_statement_get_int (row, 0);

      g_array_append_val (tabs, tab);
    }
  if (step == FAR_STEP_ERROR)
    return FALSE;
  for (guint i = 0; i < tabs->len; i++)
    {
      gint64 wallet_micros, room_micros;
      FarTab tab;

      if (!far_tab_load (books, g_array_index (tabs, gint64, i), &tab, error) ||
          !far_tab_wallet_micros (books, &tab, &wallet_micros, error) ||
          !far_payback_movable (books, &tab, wallet_micros, &room_micros, error))
        return FALSE;
      if (room_micros > 0)
        {
          g_autofree char *held = far_micros_to_display (wallet_micros, tab.currency);

          return far_refuse (error, FAR_COMMAND_ERROR_NOT_SETTLED,
                             "the wallet holds %s; take it back first, or spend it", held);
        }
      if (wallet_micros == 0)
        continue;
      far_json_begin_object (call->answer, NULL);
      far_json_add_string (call->answer, "currency", tab.currency);
      far_json_add_micros (call->answer, "amount_micros", wallet_micros);
      far_json_end_object (call->answer);
    }
  return TRUE;
}

static gboolean
erase (FarCall          *call,
       const FarReader  *reader,
       GError          **error)
{
  FarBooks *books = call->books;
  FarSqlValue row = far_sql_int (reader->reader);
  guint8 nobody[FAR_SHA256_LEN];

  far_random_bytes (nobody, sizeof nobody);
  return far_sql_run (books->db, error,
                      "UPDATE readers SET device = ?2, customer = NULL, payment_method = NULL,"
                      " method_us = 0, first_us = 0 WHERE reader = ?1", row,
                      far_sql_blob (nobody, sizeof nobody)) &&
         /* Kept answers that name the customer go with them. */
         far_sql_run (books->db, error,
                      "DELETE FROM answers WHERE scope IN (SELECT scope FROM checkouts"
                      " WHERE reader = ?1 UNION ALL SELECT scope FROM charges"
                      " JOIN tabs USING (tab) WHERE reader = ?1)", row) &&
         far_sql_run (books->db, error, "UPDATE tabs SET secured = 0 WHERE reader = ?1", row) &&
         far_sql_run (books->db, error,
                      "UPDATE charges SET customer = '', payment_method = '', reason = NULL,"
                      " action_url = NULL WHERE tab IN (SELECT tab FROM tabs WHERE reader = ?1)",
                      row) &&
         far_sql_run (books->db, error,
                      "UPDATE checkouts SET customer = NULL, session = NULL, url = NULL,"
                      " scope = NULL, state = iif (state < 2, 4, state) WHERE reader = ?1", row) &&
         far_sql_run (books->db, error, "DELETE FROM reader_caps WHERE reader = ?1", row) &&
         far_sql_run (books->db, error,
                      "UPDATE views SET visible_ms = NULL, muted = NULL WHERE reader = ?1", row);
}

static gboolean
run_delete (FarCall  *call,
            GError  **error)
{
  FarBooks *books = call->books;
  gboolean confirm = json_object_get_boolean_member (call->request, "confirm");
  g_autofree char *customer = NULL;
  FarReader reader;

  if (!far_reader_find (books, far_request_text (call->request, "reader"), &reader, error))
    return FALSE;
  far_json_begin_array (call->answer, "left");
  if (reader.reader != 0)
    {
      g_autoptr (FarStatement) row = NULL;

      if (!check_settled (books, &reader, error) ||
          !settle_tabs (call, &reader, confirm, error) ||
          !check_wallets (call, &reader, error) ||
          far_sql_first (books->db, &row, error, "SELECT customer FROM readers WHERE reader = ?1",
                         far_sql_int (reader.reader)) != FAR_STEP_ROW)
        return FALSE;
      customer = g_strdup (far_statement_get_text (row, 0));
    }
  far_json_end_array (call->answer);
  if (confirm && reader.reader != 0 && !erase (call, &reader, error))
    return FALSE;
  far_json_add_bool (call->answer, "known", reader.reader != 0);
  far_json_add_bool (call->answer, "deleted", confirm && reader.reader != 0);
  far_json_add_string (call->answer, "customer", confirm ? NULL : customer);
  return TRUE;
}

static const FarField caps_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { "day_micros", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { "month_micros", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { NULL },
};

static const FarField history_fields[] = {
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { "before", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 1, 32 },
  { "limit", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 1, FAR_BOOKS_HISTORY_MAX },
  { NULL },
};

static const FarField export_fields[] = {
  { "reader", FAR_FIELD_READER },
  { "section", FAR_FIELD_NAME, FAR_FIELD_OPTIONAL },
  { "after", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, G_MAXINT64 },
  { NULL },
};

static const FarField delete_fields[] = {
  { "reader", FAR_FIELD_READER },
  { "confirm", FAR_FIELD_BOOL },
  { NULL },
};

const FarCommand far_commands_person[] = {
  { "caps.set", caps_fields, run_caps_set },
  { "history", history_fields, run_history },
  { "reader.export", export_fields, far_export_run },
  { "reader.delete", delete_fields, run_delete },
  { NULL },
};
