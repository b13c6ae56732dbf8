/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reader did and what was done to them, newest first, from the rows of pledges, views,
 * charges, top-ups and refunds. A page ends where the next begins: "TIME.N" names the first N
 * entries of that microsecond as given already, since one commit may make many of one time. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

gboolean
far_history_parse (const char       *text,
                   FarHistoryPlace  *ret_place)
{
  g_auto (GStrv) parts = g_strsplit (text, ".", 3);
  gint64 n;

  if (g_strv_length (parts) != 2 ||
      !g_ascii_string_to_signed (parts[0], 10, 0, G_MAXINT64, &ret_place->time_us, NULL) ||
      !g_ascii_string_to_signed (parts[1], 10, 0, FAR_BOOKS_TAB_ITEMS_MAX, &n, NULL))
    return FALSE;
  ret_place->n_given = (guint) n;
  return TRUE;
}

static const char history_sql[] =
  "SELECT time_us, article, 'pledge', price_micros FROM"
  " (SELECT * FROM pledges WHERE reader = ?1 AND tab = ?2 AND time_us <= ?4"
  "   ORDER BY pledge DESC LIMIT ?3)"
  " UNION ALL SELECT closed_us, article,"
  "   CASE state WHEN 2 THEN 'refund' ELSE 'write_off' END, price_micros FROM"
  " (SELECT * FROM pledges WHERE reader = ?1 AND state >= 2 AND tab = ?2 AND closed_us <= ?4"
  "   ORDER BY closed_us DESC, pledge DESC LIMIT ?3)"
  " UNION ALL SELECT last_us, article, 'ad', price_micros FROM"
  " (SELECT v.* FROM views v JOIN campaigns c USING (campaign)"
  "   WHERE v.reader = ?1 AND v.state = 5 AND v.last_us <= ?4 AND c.currency = ?5"
  "   ORDER BY v.view DESC LIMIT ?3)"
  " UNION ALL SELECT ended_us, NULL, 'charge', amount_micros FROM"
  " (SELECT * FROM charges WHERE state = 2 AND tab = ?2 AND ended_us <= ?4"
  "   ORDER BY charge DESC LIMIT ?3)"
  " UNION ALL SELECT ended_us, NULL, 'topup', amount_micros FROM"
  " (SELECT * FROM checkouts WHERE kind = 1 AND state = 2 AND tab = ?2 AND ended_us <= ?4"
  "   ORDER BY checkout DESC LIMIT ?3)"
  " UNION ALL SELECT begun_us, NULL, 'wallet_refund', amount_micros FROM"
  " (SELECT * FROM wallet_refunds WHERE state <> 3 AND tab = ?2 AND begun_us <= ?4"
  "   ORDER BY refund DESC LIMIT ?3)"
  " ORDER BY 1 DESC, 3, 2 LIMIT ?3";

static void
write_entry (FarJsonWriter *answer,
             FarStatement  *row)
{
  far_json_begin_object (answer, NULL);
  far_json_add_int (answer, "time_us", far_statement_get_int (row, 0));
  far_json_add_string (answer, "article", far_statement_get_text (row, 1));
  far_json_add_string (answer, "kind", far_statement_get_text (row, 2));
  far_json_add_micros (answer, "amount_micros", far_statement_get_int (row, 3));
  far_json_end_object (answer);
}

gboolean
far_history_write (FarCall                *call,
                   const FarReader        *reader,
                   const FarTab           *tab,
                   const char             *currency,
                   const char             *name,
                   const FarHistoryPlace  *before,
                   guint                   limit,
                   FarHistoryPlace        *ret_next,
                   GError                **error)
{
  g_autoptr (FarStatement) row = far_db_prepare (call->books->db, history_sql, error);
  guint skip = before->n_given, n = 0;
  FarStep step;

  ret_next->time_us = 0;
  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, reader->reader);
  far_statement_bind_int (row, 2, tab->tab);
  far_statement_bind_int (row, 3, limit + skip + 1);
  far_statement_bind_int (row, 4, before->time_us);
  far_statement_bind_text (row, 5, currency);
  far_json_begin_array (call->answer, name);
  *ret_next = *before;
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW && n < limit)
    {
      gint64 time_us = far_statement_get_int (row, 0);

      if (skip > 0 && time_us == before->time_us)
        {
          skip--;
          continue;
        }
      skip = 0;
      ret_next->n_given = time_us == ret_next->time_us ? ret_next->n_given + 1 : 1;
      ret_next->time_us = time_us;
      write_entry (call->answer, row);
      n++;
    }
  far_json_end_array (call->answer);
  if (step == FAR_STEP_DONE)
    ret_next->time_us = 0; /* there is no more */
  return step != FAR_STEP_ERROR;
}
