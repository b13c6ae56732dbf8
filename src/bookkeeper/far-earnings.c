/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The publisher's figures. Totals are balances of the ledger's accounts; what splits them by
 * article and by hour are sums kept in the same commit as the transfers, and ledger.verify adds the
 * journal up again and compares. So one question reads a few rows, however long the journal is. */
#include "bookkeeper/far-publishing.h"

#include <string.h>

#define ARTICLES_MAX 100 /* with all else an answer stays within a frame */
#define DAYS_DEFAULT 30
#define DAYS_MAX 90
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

gboolean
far_earnings_add (FarBooks          *books,
                  gint64             property,
                  const char        *article,
                  gint64             time_us,
                  const FarEarning  *earning,
                  GError           **error)
{
  return far_sql_run (books->db, error,
                      "INSERT INTO earnings_articles VALUES"
                      " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
                      " ON CONFLICT (property, article) DO UPDATE SET"
                      " pay_micros = pay_micros + ?3, ad_micros = ad_micros + ?4,"
                      " fee_micros = fee_micros + ?5, refund_micros = refund_micros + ?6,"
                      " write_off_micros = write_off_micros + ?7, n_pledges = n_pledges + ?8,"
                      " n_views = n_views + ?9, n_refunds = n_refunds + ?10",
                      far_sql_int (property), far_sql_text (article),
                      far_sql_int (earning->pay_micros), far_sql_int (earning->ad_micros),
                      far_sql_int (earning->fee_micros), far_sql_int (earning->refund_micros),
                      far_sql_int (earning->write_off_micros), far_sql_int (earning->n_pledges),
                      far_sql_int (earning->n_views), far_sql_int (earning->n_refunds)) &&
         far_sql_run (books->db, error,
                      "INSERT INTO earnings_hours VALUES"
                      " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
                      " ON CONFLICT (property, hour_us) DO UPDATE SET"
                      " pay_micros = pay_micros + ?3, ad_micros = ad_micros + ?4,"
                      " fee_micros = fee_micros + ?5, refund_micros = refund_micros + ?6,"
                      " write_off_micros = write_off_micros + ?7, n_pledges = n_pledges + ?8,"
                      " n_views = n_views + ?9, n_refunds = n_refunds + ?10,"
                      " unsecured_micros = unsecured_micros + ?11",
                      far_sql_int (property), far_sql_int (far_hour_start_us (time_us)),
                      far_sql_int (earning->pay_micros), far_sql_int (earning->ad_micros),
                      far_sql_int (earning->fee_micros), far_sql_int (earning->refund_micros),
                      far_sql_int (earning->write_off_micros), far_sql_int (earning->n_pledges),
                      far_sql_int (earning->n_views), far_sql_int (earning->n_refunds),
                      far_sql_int (earning->unsecured_micros));
}

/* pay, ad, refund, pledges, views, refunds from columns first … first + 5. */
static void
write_figures (FarJsonWriter *answer,
               FarStatement  *row,
               int            first)
{
  far_json_add_micros (answer, "pay_micros", far_statement_get_int (row, first));
  far_json_add_micros (answer, "ad_micros", far_statement_get_int (row, first + 1));
  far_json_add_micros (answer, "refund_micros", far_statement_get_int (row, first + 2));
  far_json_add_int (answer, "pledges", far_statement_get_int (row, first + 3));
  far_json_add_int (answer, "views", far_statement_get_int (row, first + 4));
  far_json_add_int (answer, "refunds", far_statement_get_int (row, first + 5));
}

static gboolean
write_totals (FarCall            *call,
              const FarProperty  *property,
              gint64             *ret_n_articles,
              GError            **error)
{
  g_autoptr (FarStatement) row = NULL;
  gint64 estimated_micros, final_micros, fee_estimated_micros, fee_earned_micros;
  gint64 threshold_micros;
  FarPublisher publisher;
  FarHolding holding;

  if (!far_account_credit_micros (call->books, &property->estimated, &estimated_micros, error) ||
      !far_holding_load (call->books, property, call->now_us, &holding, error) ||
      !far_publisher_of (call->books, property->property, &publisher, error) ||
      !far_publisher_threshold (&publisher, property->terms.currency, &threshold_micros, error) ||
      !far_account_credit_micros (call->books, &property->fee_estimated, &fee_estimated_micros,
                                  error) ||
      !far_account_credit_micros (call->books, &property->fee_earned, &fee_earned_micros, error) ||
      far_sql_first (call->books->db, &row, error,
                     "SELECT coalesce (sum (pay_micros), 0), coalesce (sum (ad_micros), 0),"
                     " coalesce (sum (refund_micros), 0), coalesce (sum (n_pledges), 0),"
                     " coalesce (sum (n_views), 0), coalesce (sum (n_refunds), 0),"
                     " coalesce (sum (write_off_micros), 0), count (*)"
                     " FROM earnings_articles WHERE property = ?1",
                     far_sql_int (property->property)) != FAR_STEP_ROW)
    return FALSE;

  final_micros = far_holding_final_micros (&holding);
  far_json_add_string (call->answer, "publisher", publisher.name);
  far_json_add_string (call->answer, "fee_receiver", property->fee_receiver);
  far_json_add_string (call->answer, "currency", property->terms.currency);
  far_json_add_micros (call->answer, "publisher_micros", estimated_micros + final_micros);
  write_figures (call->answer, row, 0);
  far_json_add_micros (call->answer, "fee_micros", fee_estimated_micros + fee_earned_micros);
  far_json_add_micros (call->answer, "write_off_micros", far_statement_get_int (row, 6));
  far_json_add_micros (call->answer, "estimated_micros", estimated_micros);
  far_json_add_micros (call->answer, "final_micros", final_micros);
  far_json_add_micros (call->answer, "disputed_micros", holding.disputed_micros);
  far_json_add_micros (call->answer, "balance_micros", holding.balance_micros);
  far_json_add_micros (call->answer, "held_micros", holding.held_micros);
  far_json_add_micros (call->answer, "payable_micros",
                       holding.balance_micros - holding.held_micros);
  far_json_add_micros (call->answer, "in_payout_micros", holding.in_payout_micros);
  far_json_add_micros (call->answer, "paid_out_micros", holding.paid_out_micros);
  far_json_add_micros (call->answer, "threshold_micros", threshold_micros);
  far_json_add_int (call->answer, "as_of_us", call->now_us);
  *ret_n_articles = far_statement_get_int (row, 7);
  return TRUE;
}

static gboolean
write_articles (FarCall            *call,
                const FarProperty  *property,
                gint64              n_articles,
                GError            **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (call->books->db,
                    "SELECT article, pay_micros, ad_micros, refund_micros, n_pledges, n_views,"
                    " n_refunds FROM earnings_articles WHERE property = ?1"
                    " ORDER BY pay_micros + ad_micros - refund_micros DESC, article LIMIT ?2",
                    error);
  gint64 n = 0;
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, property->property);
  far_statement_bind_int (row, 2, ARTICLES_MAX);
  far_json_begin_array (call->answer, "articles");
  for (; (step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW; n++)
    {
      far_json_begin_object (call->answer, NULL);
      far_json_add_string (call->answer, "article", far_statement_get_text (row, 0));
      write_figures (call->answer, row, 1);
      far_json_end_object (call->answer);
    }
  far_json_end_array (call->answer);
  far_json_add_int (call->answer, "articles_left_off", n_articles - n);
  return step == FAR_STEP_DONE;
}

static gboolean
write_days (FarCall            *call,
            const FarProperty  *property,
            gint64              n_days,
            GError            **error)
{
  gint64 today_us = far_day_start_us (call->now_us);
  g_autoptr (FarStatement) row =
    far_db_prepare (call->books->db,
                    "SELECT hour_us - hour_us % 86400000000 AS day_us, sum (pay_micros),"
                    " sum (ad_micros), sum (refund_micros), sum (n_pledges), sum (n_views),"
                    " sum (n_refunds) FROM earnings_hours WHERE property = ?1 AND hour_us >= ?2"
                    " GROUP BY day_us ORDER BY day_us", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, property->property);
  far_statement_bind_int (row, 2, today_us - (n_days - 1) * DAY_US);
  far_json_begin_array (call->answer, "days");
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    {
      g_autofree char *day = far_time_to_rfc3339 (far_statement_get_int (row, 0));

      day[strlen ("2026-11-23")] = '\0';
      far_json_begin_object (call->answer, NULL);
      far_json_add_string (call->answer, "day", day);
      write_figures (call->answer, row, 1);
      far_json_end_object (call->answer);
    }
  far_json_end_array (call->answer);
  return step == FAR_STEP_DONE;
}

static gboolean
write_hours (FarCall            *call,
             const FarProperty  *property,
             GError            **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (call->books->db,
                    "SELECT hour_us, pay_micros, ad_micros, refund_micros, n_pledges, n_views,"
                    " n_refunds FROM earnings_hours WHERE property = ?1 AND hour_us >= ?2"
                    " ORDER BY hour_us LIMIT 48", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, property->property);
  far_statement_bind_int (row, 2, far_day_start_us (call->now_us));
  far_json_begin_array (call->answer, "hours");
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    {
      far_json_begin_object (call->answer, NULL);
      far_json_add_int (call->answer, "hour_us", far_statement_get_int (row, 0));
      write_figures (call->answer, row, 1);
      far_json_end_object (call->answer);
    }
  far_json_end_array (call->answer);
  return step == FAR_STEP_DONE;
}

static gboolean
run_earnings (FarCall  *call,
              GError  **error)
{
  const char *name = far_request_text (call->request, "property");
  g_autoptr (GError) unknown = NULL;
  FarPublisher publisher = { 0 };
  FarProperty property;
  gint64 n_articles;

  /* A token is looked at first: whom it does not hold for is told nothing of what there is. */
  if ((!far_property_find (call->books, name, &property, &unknown) ||
       !far_publisher_of (call->books, property.property, &publisher, &unknown)) &&
      !g_error_matches (unknown, FAR_COMMAND_ERROR, FAR_COMMAND_ERROR_UNKNOWN_PROPERTY))
    {
      g_propagate_error (error, g_steal_pointer (&unknown));
      return FALSE;
    }
  if (!far_call_authorize (call, name, *publisher.name ? publisher.name : NULL, error))
    return FALSE;
  if (unknown != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&unknown));
      return FALSE;
    }
  return write_totals (call, &property, &n_articles, error) &&
         write_articles (call, &property, n_articles, error) &&
         write_days (call, &property, far_request_int (call->request, "days", DAYS_DEFAULT),
                     error) &&
         write_hours (call, &property, error);
}

static const FarField earnings_fields[] = {
  { "token", FAR_FIELD_HASH, FAR_FIELD_OPTIONAL },
  { "property", FAR_FIELD_NAME },
  { "days", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 1, DAYS_MAX },
  { NULL },
};

const FarCommand far_commands_earnings[] = {
  { "earnings", earnings_fields, run_earnings },
  { NULL },
};
