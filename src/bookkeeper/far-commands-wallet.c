/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wallet and method.set: what a reader owes, holds and did; and how it is to be paid. */
#include "bookkeeper/far-books-private.h"

static gboolean
write_history (FarCall          *call,
               const FarReader  *reader,
               const char       *currency,
               GError          **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (call->books->db,
                    "SELECT time_us, article, 'pledge', price_micros FROM"
                    " (SELECT * FROM pledges WHERE reader = ?1 AND tab IN"
                    "   (SELECT tab FROM tabs WHERE reader = ?1 AND currency = ?2)"
                    "   ORDER BY pledge DESC LIMIT ?3)"
                    " UNION ALL SELECT closed_us, article,"
                    "   CASE state WHEN 2 THEN 'refund' ELSE 'write_off' END, price_micros FROM"
                    " (SELECT * FROM pledges WHERE reader = ?1 AND state >= 2 AND tab IN"
                    "   (SELECT tab FROM tabs WHERE reader = ?1 AND currency = ?2)"
                    "   ORDER BY closed_us DESC LIMIT ?3)"
                    " UNION ALL SELECT last_us, article, 'ad', price_micros FROM"
                    " (SELECT v.* FROM views v JOIN campaigns c USING (campaign)"
                    "   WHERE v.reader = ?1 AND v.state = 5 AND c.currency = ?2"
                    "   ORDER BY v.view DESC LIMIT ?3)"
                    " UNION ALL SELECT ended_us, NULL, 'charge', amount_micros FROM"
                    " (SELECT * FROM charges WHERE state = 2 AND tab IN"
                    "   (SELECT tab FROM tabs WHERE reader = ?1 AND currency = ?2)"
                    "   ORDER BY charge DESC LIMIT ?3)"
                    " ORDER BY 1 DESC, 3 LIMIT ?3", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, reader->reader);
  far_statement_bind_text (row, 2, currency);
  far_statement_bind_int (row, 3, FAR_BOOKS_HISTORY_MAX);
  far_json_begin_array (call->answer, "history");
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    {
      far_json_begin_object (call->answer, NULL);
      far_json_add_int (call->answer, "time_us", far_statement_get_int (row, 0));
      far_json_add_string (call->answer, "article", far_statement_get_text (row, 1));
      far_json_add_string (call->answer, "kind", far_statement_get_text (row, 2));
      far_json_add_micros (call->answer, "amount_micros", far_statement_get_int (row, 3));
      far_json_end_object (call->answer);
    }
  far_json_end_array (call->answer);
  return step == FAR_STEP_DONE;
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
  return write_history (call, &reader, property.terms.currency, error);
}

/* ---- method.set ---- */

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
      !far_sql_run (books->db, error,
                    "UPDATE readers SET customer = ?2, payment_method = ?3, method_us = ?4"
                    " WHERE reader = ?1",
                    far_sql_int (reader.reader),
                    far_sql_text (far_request_text (call->request, "customer")),
                    far_sql_text (far_request_text (call->request, "payment_method")),
                    far_sql_int (call->now_us)) ||
      /* A new method is a new chance: charges need not wait for the next attempt. */
      !far_sql_run (books->db, error,
                    "UPDATE tabs SET secured = 1, retry_us = 0 WHERE reader = ?1",
                    far_sql_int (reader.reader)))
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
