/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refund. What is refunded reverses exactly what was booked: the part of the price that was charged
 * since comes from the final accounts and goes to the wallet, the rest comes from the estimated
 * ones and off the tab, each with its part of the fee. */
#include "bookkeeper/far-publishing.h"

typedef struct {
  FarId  id;
  gint64 tab;
  gint64 price_micros;
  gint64 settled_micros;
  guint  fee_bps;
  gint64 state;
} RefundItem;

static gboolean
load_refund_item (FarBooks    *books,
                  gint64       pledge,
                  RefundItem  *ret_item,
                  GError     **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT id, tab, price_micros, settled_micros, fee_bps, state FROM pledges"
                     " WHERE pledge = ?1", far_sql_int (pledge)) != FAR_STEP_ROW)
    return FALSE;
  if (!far_statement_copy_blob (row, 0, &ret_item->id, FAR_ID_LEN))
    g_assert_not_reached ();
  ret_item->tab = far_statement_get_int (row, 1);
  ret_item->price_micros = far_statement_get_int (row, 2);
  ret_item->settled_micros = far_statement_get_int (row, 3);
  ret_item->fee_bps = (guint) far_statement_get_int (row, 4);
  ret_item->state = far_statement_get_int (row, 5);
  return TRUE;
}

static gboolean
check_refundable (FarCall               *call,
                  const FarReader       *reader,
                  const FarEntitlement  *entitlement,
                  GError               **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (entitlement->entitlement == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_NOT_ENTITLED,
                       "there is nothing to refund: this article was not paid for");
  switch (far_refund_decide (entitlement->by, entitlement->since_us,
                             entitlement->refundable_until_us - entitlement->since_us,
                             call->now_us))
    {
    case FAR_REFUND_ALLOWED:
      break;
    case FAR_REFUND_AFTER_AD:
      return far_refuse (error, FAR_COMMAND_ERROR_NOT_REFUNDABLE,
                         "this article was opened by watching an ad; nothing was paid");
    case FAR_REFUND_WINDOW_OVER:
    default:
      return far_refuse (error, FAR_COMMAND_ERROR_WINDOW_OVER,
                         "the time for a refund of this article is over");
    }
  if (far_sql_first (call->books->db, &row, error,
                     "SELECT count (*) FROM pledges WHERE reader = ?1 AND state = 2"
                     " AND closed_us >= ?2",
                     far_sql_int (reader->reader),
                     far_sql_int (far_day_start_us (call->now_us))) != FAR_STEP_ROW)
    return FALSE;
  if (far_statement_get_int (row, 0) >= FAR_REFUNDS_PER_DAY_MAX)
    return far_refuse (error, FAR_COMMAND_ERROR_REFUND_LIMIT,
                       "%d refunds in a day are all there are; come back tomorrow",
                       FAR_REFUNDS_PER_DAY_MAX);
  return TRUE;
}

static gboolean
post_refund (FarBooks           *books,
             const FarProperty  *property,
             FarTab             *tab,
             const RefundItem   *item,
             const FarSplit     *open,
             const FarSplit     *settled,
             GError            **error)
{
  const char *currency = property->terms.currency;

  if (settled->gross_micros > 0 && !far_tab_ensure_wallet (books, tab, error))
    return FALSE;
  far_posting_begin (books);
  far_posting_add (books, FAR_CODE_REFUND, currency, &property->estimated, &tab->id,
                   open->publisher_micros, &item->id);
  far_posting_add (books, FAR_CODE_REFUND_FEE, currency, &property->fee_estimated, &tab->id,
                   open->fee_micros, &item->id);
  far_posting_add (books, FAR_CODE_REFUND_FINAL, currency, &property->payable, &tab->wallet,
                   settled->publisher_micros, &item->id);
  far_posting_add (books, FAR_CODE_REFUND_FINAL_FEE, currency, &property->fee_earned, &tab->wallet,
                   settled->fee_micros, &item->id);
  return far_posting_must (books, error);
}

static gboolean
book_refund (FarCall               *call,
             const FarProperty     *property,
             const FarEntitlement  *entitlement,
             FarTab                *tab,
             RefundItem            *item,
             GError               **error)
{
  FarBooks *books = call->books;
  FarEarning earning = { .n_refunds = 1 };
  FarSplit open, settled;
  gboolean disputed;

  if (item->state == FAR_PLEDGE_WRITTEN_OFF)
    return far_refuse (error, FAR_COMMAND_ERROR_NOT_REFUNDABLE,
                       "this pledge could not be collected and was written off");
  if (!far_pledge_is_disputed (books, entitlement->pledge, &disputed, error))
    return FALSE;
  if (disputed)
    return far_refuse (error, FAR_COMMAND_ERROR_NOT_REFUNDABLE,
                       "the payment of this pledge is disputed: your bank has it back already");
  g_assert (item->state == FAR_PLEDGE_OPEN || item->state == FAR_PLEDGE_SETTLED);
  if (!far_split_range (item->settled_micros, item->price_micros, item->fee_bps, &open, error) ||
      !far_split_range (0, item->settled_micros, item->fee_bps, &settled, error))
    return FALSE;

  earning.refund_micros = open.publisher_micros + settled.publisher_micros;
  earning.fee_micros = -(open.fee_micros + settled.fee_micros);
  return post_refund (books, property, tab, item, &open, &settled, error) &&
         far_sql_run (books->db, error,
                      "UPDATE pledges SET state = 2, closed_us = ?2 WHERE pledge = ?1",
                      far_sql_int (entitlement->pledge), far_sql_int (call->now_us)) &&
         far_sql_run (books->db, error,
                      "UPDATE entitlements SET ended_us = ?2 WHERE entitlement = ?1",
                      far_sql_int (entitlement->entitlement), far_sql_int (call->now_us)) &&
         far_tab_refresh (books, tab, error) &&
         far_earnings_add (books, property->property,
                           far_request_text (call->request, "article"), call->now_us, &earning,
                           error);
}

static gboolean
run_refund (FarCall  *call,
            GError  **error)
{
  FarBooks *books = call->books;
  FarEntitlement entitlement;
  FarProperty property;
  FarReader reader;
  FarTab tab;
  RefundItem item;
  gint64 wallet_micros;

  if (!far_property_find (books, far_request_text (call->request, "property"), &property, error) ||
      !far_reader_find (books, far_request_text (call->request, "reader"), &reader, error) ||
      !far_entitlement_find (books, reader.reader, property.property,
                             far_request_text (call->request, "article"), &entitlement, error) ||
      !check_refundable (call, &reader, &entitlement, error) ||
      !load_refund_item (books, entitlement.pledge, &item, error) ||
      !far_tab_load (books, item.tab, &tab, error) ||
      !book_refund (call, &property, &entitlement, &tab, &item, error) ||
      !far_tab_wallet_micros (books, &tab, &wallet_micros, error))
    return FALSE;

  far_json_add_micros (call->answer, "refunded_micros", item.price_micros);
  far_json_add_micros (call->answer, "to_tab_micros", item.price_micros - item.settled_micros);
  far_json_add_micros (call->answer, "to_wallet_micros", item.settled_micros);
  far_json_add_micros (call->answer, "tab_micros", tab.open_micros);
  far_json_add_micros (call->answer, "wallet_micros", wallet_micros);
  far_json_add_string (call->answer, "text_until", "leave");
  return TRUE;
}

static const FarField refund_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { "article", FAR_FIELD_NAME },
  { NULL },
};

const FarCommand far_commands_refund[] = {
  { "refund", refund_fields, run_refund },
  { NULL },
};
