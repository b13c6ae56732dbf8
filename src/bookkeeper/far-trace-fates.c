/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of final money, told first in, first out (see the header). */
#include "bookkeeper/far-trace-fates.h"

#define PAYOUTS_MAX 1000

static void
write_fate (FarCall    *call,
            const char *kind,
            gint64      micros,
            gint64      time_us,
            const char *payout,
            const char *state)
{
  FarJsonWriter *answer = call->answer;

  if (micros <= 0)
    return;
  far_json_begin_object (answer, NULL);
  far_json_add_string (answer, "kind", kind);
  far_json_add_int (answer, "time_us", time_us);
  far_json_add_string (answer, "to", "publisher");
  far_json_add_micros (answer, "micros", micros);
  if (payout != NULL)
    {
      far_json_add_string (answer, "payout", payout);
      far_json_add_string (answer, "state", state);
    }
  far_json_end_object (answer);
}

static gint64
overlap (gint64 from_a,
         gint64 to_a,
         gint64 from_b,
         gint64 to_b)
{
  return MAX (0, MIN (to_a, to_b) - MAX (from_a, from_b));
}

/* What disputes that were won took until then, or (back) had given back. */
static gboolean
load_won (FarBooks  *books,
          gint64     property,
          gboolean   back,
          gint64     until_us,
          gint64    *ret_micros,
          GError   **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT coalesce (sum (i.publisher_micros), 0) FROM disputes d"
                     " JOIN dispute_items i USING (dispute) JOIN pledges p USING (pledge)"
                     " WHERE p.property = ?1 AND d.state = 1"
                     " AND iif (?2, d.closed_us, d.opened_us) <= ?3", far_sql_int (property),
                     far_sql_int (back), far_sql_int (until_us)) != FAR_STEP_ROW)
    return FALSE;
  *ret_micros = far_statement_get_int (row, 0);
  return TRUE;
}

gboolean
far_trace_load_returned (FarBooks  *books,
                         gint64     property,
                         gint64     until_us,
                         gint64    *ret_micros,
                         GError   **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT coalesce (sum (i.amount_micros), 0) FROM payout_items i"
                     " JOIN payouts o USING (payout) WHERE i.property = ?1 AND o.state = 2"
                     " AND o.ended_us <= ?2", far_sql_int (property), far_sql_int (until_us)) !=
      FAR_STEP_ROW)
    return FALSE;
  if (!load_won (books, property, TRUE, until_us, ret_micros, error))
    return FALSE;
  *ret_micros += far_statement_get_int (row, 0);
  return TRUE;
}

/* All that had left the payable account by then, but for what a dispute gave back. */
static gboolean
load_gone (FarBooks        *books,
           const FarFates  *fates,
           gint64           until_us,
           gint64          *ret_micros,
           GError         **error)
{
  FarBalance then;
  gint64 won_micros;

  if (!far_ledger_balance_at (books->ledger, &fates->payable, until_us, &then, error) ||
      !load_won (books, fates->property, FALSE, until_us, &won_micros, error))
    return FALSE;
  *ret_micros = then.debits_posted_micros - won_micros;
  return TRUE;
}

gboolean
far_trace_write_fates (FarCall         *call,
                       const FarFates  *fates,
                       GError         **error)
{
  static const char *const states[] = { "prepared", "paid" };
  FarBooks *books = call->books;
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT lower (hex (o.id)), o.state, i.amount_micros, o.booked_us FROM"
                    " payout_items i JOIN payouts o USING (payout) WHERE i.property = ?1"
                    " ORDER BY i.payout LIMIT ?2", error);
  gint64 kept_to_micros = fates->to_micros - fates->taken_micros;
  gint64 paid_micros = 0, failed_micros = 0, gone_micros;
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, fates->property);
  far_statement_bind_int (row, 2, PAYOUTS_MAX);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      gint64 state = far_statement_get_int (row, 1);
      gint64 amount_micros = far_statement_get_int (row, 2);
      gint64 booked_us = far_statement_get_int (row, 3);
      gint64 part_micros;

      if (state >= (gint64) G_N_ELEMENTS (states))
        {
          failed_micros += amount_micros;
          continue;
        }
      if (!load_gone (books, fates, booked_us, &gone_micros, error))
        return FALSE;
      gone_micros -= failed_micros;
      part_micros = overlap (fates->from_micros,
                             booked_us < fates->taken_us ? fates->to_micros : kept_to_micros,
                             gone_micros - amount_micros, gone_micros);
      paid_micros += part_micros;
      write_fate (call, "paid_out", part_micros, booked_us, far_statement_get_text (row, 0),
                  states[state]);
    }
  if (step != FAR_STEP_DONE || !load_gone (books, fates, G_MAXINT64, &gone_micros, error))
    return FALSE;
  gone_micros -= failed_micros;
  write_fate (call, "balanced_others_refunds",
              overlap (fates->from_micros, kept_to_micros, 0, gone_micros) - paid_micros,
              call->now_us, NULL, NULL);
  write_fate (call, "on_account",
              overlap (fates->from_micros, kept_to_micros, gone_micros, G_MAXINT64), call->now_us,
              NULL, NULL);
  return TRUE;
}
