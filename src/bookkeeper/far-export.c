/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that the books hold on one reader, a table of them at a time and a page of it at a
 * time: a frame is small and a reader's years are long. Every table that leads to a reader is in
 * `sections`; a test holds that list to the schema. Names of columns are those of the answer. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

#define ROWS_MAX 40 /* of at most 1,200 bytes, in a frame of 64 KiB */

/* The first column is the row to go on after. ?1 the reader, ?2 after, ?3 the limit. */
static const struct {
  const char *name;
  const char *sql;
} sections[] = {
  { "reader",
    "SELECT reader AS row, hex (device) AS device_sha256, first_us, customer, payment_method,"
    " method_us FROM readers WHERE reader = ?1 AND reader > ?2 LIMIT ?3" },
  { "tabs",
    "SELECT tab AS row, lower (hex (id)) AS tab, currency, lower (hex (wallet)) AS wallet,"
    " open_micros, n_open AS open_items, n_failures AS failed_charges, first_failed_us, retry_us"
    " FROM tabs WHERE reader = ?1 AND tab > ?2 ORDER BY tab LIMIT ?3" },
  { "caps",
    "SELECT 1 AS row, currency, day_micros, month_micros FROM reader_caps"
    " WHERE reader = ?1 AND 1 > ?2 LIMIT ?3" },
  { "pledges",
    "SELECT pledge AS row, lower (hex (p.id)) AS pledge, o.name AS property, article, t.currency,"
    " price_micros, settled_micros, CASE p.state WHEN 0 THEN 'open' WHEN 1 THEN 'settled'"
    " WHEN 2 THEN 'refunded' ELSE 'written_off' END AS state, time_us, closed_us FROM pledges p"
    " JOIN properties o USING (property) JOIN tabs t USING (tab)"
    " WHERE p.reader = ?1 AND pledge > ?2 ORDER BY pledge LIMIT ?3" },
  { "entitlements",
    "SELECT entitlement AS row, o.name AS property, article, CASE by WHEN 0 THEN 'pledge'"
    " WHEN 1 THEN 'wallet' ELSE 'ad' END AS by, since_us, refundable_until_us, ended_us"
    " FROM entitlements e JOIN properties o USING (property)"
    " WHERE e.reader = ?1 AND entitlement > ?2 ORDER BY entitlement LIMIT ?3" },
  { "views",
    "SELECT view AS row, lower (hex (nonce)) AS view, o.name AS property, article,"
    " c.name AS campaign, creative, price_micros, v.state, reserved_us, started_us, last_us,"
    " fetched_bytes, visible_ms, muted FROM views v JOIN properties o USING (property)"
    " JOIN campaigns c USING (campaign) WHERE v.reader = ?1 AND view > ?2 ORDER BY view LIMIT ?3" },
  { "charges",
    "SELECT charge AS row, lower (hex (intent)) AS charge, t.currency, amount_micros,"
    " to_wallet_micros, refunded_micros, CASE c.state WHEN 0 THEN 'begun' WHEN 1 THEN 'unknown'"
    " WHEN 2 THEN 'succeeded' ELSE 'failed' END AS state, reason, customer, payment_method,"
    " provider_id, begun_us, ended_us FROM charges c JOIN tabs t USING (tab)"
    " WHERE t.reader = ?1 AND charge > ?2 ORDER BY charge LIMIT ?3" },
  { "checkouts",
    "SELECT checkout AS row, lower (hex (c.id)) AS checkout, CASE kind WHEN 0 THEN 'setup'"
    " ELSE 'topup' END AS kind, o.currency, amount_micros, refunded_micros, CASE state WHEN 0"
    " THEN 'open' WHEN 1 THEN 'processing' WHEN 2 THEN 'succeeded' WHEN 3 THEN 'failed'"
    " ELSE 'expired' END AS state, session, customer, provider_id, begun_us, ended_us"
    " FROM checkouts c JOIN properties o USING (property)"
    " WHERE c.reader = ?1 AND checkout > ?2 ORDER BY checkout LIMIT ?3" },
  { "wallet_refunds",
    "SELECT refund AS row, lower (hex (w.id)) AS refund, t.currency, amount_micros, CASE state"
    " WHEN 0 THEN 'begun' WHEN 1 THEN 'unknown' WHEN 2 THEN 'succeeded' ELSE 'failed' END AS state,"
    " provider_id, begun_us, ended_us FROM wallet_refunds w JOIN tabs t USING (tab)"
    " WHERE t.reader = ?1 AND refund > ?2 ORDER BY refund LIMIT ?3" },
  { "disputes",
    "SELECT dispute AS row, d.id AS dispute, payment, d.currency, amount_micros, wallet_micros,"
    " CASE state WHEN 0 THEN 'opened' WHEN 1 THEN 'won' ELSE 'lost' END AS state, opened_us,"
    " closed_us FROM disputes d JOIN tabs t USING (tab)"
    " WHERE t.reader = ?1 AND dispute > ?2 ORDER BY dispute LIMIT ?3" },
};

/* One column by its name: amounts as strings, as everywhere. */
static void
write_column (FarJsonWriter *answer,
              FarStatement  *row,
              int            column)
{
  const char *name = sqlite3_column_name (row, column);

  if (far_statement_is_null (row, column))
    far_json_add_null (answer, name);
  else if (sqlite3_column_type (row, column) == SQLITE_TEXT)
    far_json_add_string (answer, name, far_statement_get_text (row, column));
  else if (g_str_has_suffix (name, "_micros"))
    far_json_add_micros (answer, name, far_statement_get_int (row, column));
  else
    far_json_add_int (answer, name, far_statement_get_int (row, column));
}

static gboolean
write_section (FarCall          *call,
               guint             section,
               const FarReader  *reader,
               gint64            after,
               GError          **error)
{
  g_autoptr (FarStatement) row = far_db_prepare (call->books->db, sections[section].sql, error);
  gint64 n = 0;
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, reader->reader);
  far_statement_bind_int (row, 2, after);
  far_statement_bind_int (row, 3, ROWS_MAX);
  far_json_begin_array (call->answer, "rows");
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    {
      after = far_statement_get_int (row, 0);
      far_json_begin_object (call->answer, NULL);
      for (int i = 1; i < sqlite3_column_count (row); i++)
        write_column (call->answer, row, i);
      far_json_end_object (call->answer);
      n++;
    }
  far_json_end_array (call->answer);
  far_json_add_int (call->answer, "next", n == ROWS_MAX ? after : 0);
  return step == FAR_STEP_DONE;
}

gboolean
far_export_run (FarCall  *call,
                GError  **error)
{
  const char *name = far_request_text (call->request, "section");
  gint64 after = far_request_int (call->request, "after", 0);
  FarReader reader;

  if (!far_reader_find (call->books, far_request_text (call->request, "reader"), &reader, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (sections); i++)
    if (name == NULL || strcmp (sections[i].name, name) == 0)
      {
        far_json_add_string (call->answer, "section", sections[i].name);
        far_json_add_string (call->answer, "next_section",
                             i + 1 < G_N_ELEMENTS (sections) ? sections[i + 1].name : NULL);
        return write_section (call, i, &reader, after, error);
      }
  return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST, "there is no section \"%s\"", name);
}
