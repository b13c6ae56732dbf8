/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pledge and entitlement. A purchase and its entitlement are one savepoint: the transfers, the
 * pledge, the entitlement and the publisher's sums stand or fall together. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

/* Everything a pledge is decided by. */
typedef struct {
  const char     *article;
  gint64          price_micros;
  FarProperty     property;
  FarReader       reader;
  FarTab          tab;
  FarEntitlement  entitlement;
  FarTabSituation situation;
  const char     *network; /* of a new reader with no payment method; else NULL */
} Pledge;

/* How many new readers came from this one's network before them today. */
static gboolean
load_network (FarCall  *call,
              Pledge   *pledge,
              GError  **error)
{
  FarTabSituation *situation = &pledge->situation;
  gint64 n;

  if (pledge->reader.has_method || situation->n_pledges > 0)
    return TRUE;
  pledge->network = far_request_text (call->request, "network");
  if (pledge->network == NULL)
    return TRUE;
  if (!far_network_count (call->books, pledge->network, call->now_us, &n, error))
    return FALSE;
  situation->network_new = n + 1;
  return TRUE;
}

static gboolean
load_pledge (FarCall  *call,
             Pledge   *pledge,
             GError  **error)
{
  const char *currency = far_request_text (call->request, "currency");

  memset (pledge, 0, sizeof *pledge);
  pledge->article = far_request_text (call->request, "article");
  pledge->price_micros = far_request_micros (call->request, "price_micros");
  if (!far_property_find (call->books, far_request_text (call->request, "property"),
                          &pledge->property, error))
    return FALSE;
  if (strcmp (currency, pledge->property.terms.currency) != 0)
    return far_refuse (error, FAR_COMMAND_ERROR_WRONG_CURRENCY,
                       "this property is paid in %s, not in %s", pledge->property.terms.currency,
                       currency);
  return far_reader_find (call->books, far_request_text (call->request, "reader"),
                          &pledge->reader, error) &&
         far_tab_find (call->books, pledge->reader.reader, currency, &pledge->tab, error) &&
         far_entitlement_find (call->books, pledge->reader.reader, pledge->property.property,
                               pledge->article, &pledge->entitlement, error) &&
         far_situation_load (call->books, &pledge->property, &pledge->reader, &pledge->tab,
                             call->now_us, &pledge->situation, error) &&
         load_network (call, pledge, error);
}

static gboolean
refuse_pledge (const Pledge       *pledge,
               FarPledgeDecision   decision,
               GError            **error)
{
  g_autofree char *cap =
    far_micros_to_display (far_tab_cap_micros (&pledge->property.terms, &pledge->situation),
                           pledge->property.terms.currency);

  switch (decision)
    {
    case FAR_PLEDGE_NEEDS_METHOD:
      return far_refuse (error, FAR_COMMAND_ERROR_PAYMENT_METHOD_REQUIRED,
                         pledge->reader.has_method
                           ? "your last payment failed; set up a payment method that works, or "
                             "watch an ad"
                           : "the pledges without a payment method are used up; add one, or watch "
                             "an ad");
    case FAR_PLEDGE_READER_CAP:
      return far_refuse (error, FAR_COMMAND_ERROR_EXPOSURE_LIMIT,
                         "the tab has reached its limit of %s; it is free again once it has been "
                         "charged, or watch an ad", cap);
    case FAR_PLEDGE_HOUR_CAP:
      return far_refuse (error, FAR_COMMAND_ERROR_EXPOSURE_LIMIT,
                         "this site has taken all pledges it takes in an hour; add a payment "
                         "method, watch an ad, or come back later");
    case FAR_PLEDGE_NETWORK_CAP:
      return far_refuse (error, FAR_COMMAND_ERROR_EXPOSURE_LIMIT,
                         "many new readers came from your network today; add a payment method, "
                         "watch an ad, or come back tomorrow");
    case FAR_PLEDGE_OWN_CAP:
      return far_refuse (error, FAR_COMMAND_ERROR_CAP_REACHED,
                         "this would go beyond the limit you have set yourself; raise it, watch an "
                         "ad, or wait until it begins anew");
    case FAR_PLEDGE_ON_TAB:
    case FAR_PLEDGE_FROM_WALLET:
    default:
      g_assert_not_reached ();
    }
}

static gboolean
post_pledge (FarCall         *call,
             const Pledge    *pledge,
             gboolean         from_wallet,
             const FarSplit  *split,
             const FarId     *reference,
             GError         **error)
{
  FarBooks *books = call->books;
  const FarProperty *property = &pledge->property;
  const char *currency = property->terms.currency;

  far_posting_begin (books);
  if (from_wallet)
    {
      far_posting_add (books, FAR_CODE_WALLET_PLEDGE, currency, &pledge->tab.wallet,
                       &property->payable, split->publisher_micros, reference);
      far_posting_add (books, FAR_CODE_WALLET_PLEDGE_FEE, currency, &pledge->tab.wallet,
                       &property->fee_earned, split->fee_micros, reference);
    }
  else
    {
      far_posting_add (books, FAR_CODE_PLEDGE, currency, &pledge->tab.id, &property->estimated,
                       split->publisher_micros, reference);
      far_posting_add (books, FAR_CODE_PLEDGE_FEE, currency, &pledge->tab.id,
                       &property->fee_estimated, split->fee_micros, reference);
    }
  return far_posting_must (books, error);
}

static gboolean
record_pledge (FarCall      *call,
               Pledge       *pledge,
               gboolean      from_wallet,
               const FarId  *id,
               GError      **error)
{
  FarBooks *books = call->books;
  FarEntitlement *entitlement = &pledge->entitlement;
  const FarTerms *terms = &pledge->property.terms;

  if (!far_sql_run (books->db, error,
                    "INSERT INTO pledges (id, reader, property, article, tab, price_micros,"
                    " fee_bps, settled_micros, state, time_us)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                    far_sql_id (id), far_sql_int (pledge->reader.reader),
                    far_sql_int (pledge->property.property), far_sql_text (pledge->article),
                    far_sql_int (pledge->tab.tab), far_sql_int (pledge->price_micros),
                    far_sql_int (terms->fee_bps),
                    far_sql_int (from_wallet ? pledge->price_micros : 0),
                    far_sql_int (from_wallet ? FAR_PLEDGE_SETTLED : FAR_PLEDGE_OPEN),
                    far_sql_int (call->now_us)))
    return FALSE;
  entitlement->pledge = far_db_get_last_rowid (books->db);
  entitlement->by = from_wallet ? FAR_ENTITLED_BY_WALLET : FAR_ENTITLED_BY_PLEDGE;
  entitlement->since_us = call->now_us;
  entitlement->refundable_until_us =
    far_refund_until_us (entitlement->by, call->now_us, terms->refund_window_us);
  if (!far_sql_run (books->db, error,
                    "INSERT INTO entitlements (reader, property, article, by, pledge, since_us,"
                    " refundable_until_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    far_sql_int (pledge->reader.reader), far_sql_int (pledge->property.property),
                    far_sql_text (pledge->article), far_sql_int (entitlement->by),
                    far_sql_int (entitlement->pledge), far_sql_int (entitlement->since_us),
                    far_sql_int (entitlement->refundable_until_us)))
    return FALSE;
  entitlement->entitlement = far_db_get_last_rowid (books->db);
  if (from_wallet)
    return TRUE;

  pledge->tab.open_micros += pledge->price_micros;
  pledge->tab.n_open++;
  return far_sql_run (books->db, error,
                      "UPDATE tabs SET oldest_us = CASE n_open WHEN 0 THEN ?3 ELSE oldest_us END,"
                      " n_open = n_open + 1, open_micros = open_micros + ?2 WHERE tab = ?1",
                      far_sql_int (pledge->tab.tab), far_sql_int (pledge->price_micros),
                      far_sql_int (call->now_us));
}

static gboolean
book_pledge (FarCall   *call,
             Pledge    *pledge,
             gboolean   from_wallet,
             GError   **error)
{
  FarBooks *books = call->books;
  FarEarning earning = { .n_pledges = 1 };
  FarSplit split;
  FarId id;

  if (!from_wallet && pledge->tab.n_open >= FAR_BOOKS_TAB_ITEMS_MAX)
    return far_refuse (error, FAR_COMMAND_ERROR_EXPOSURE_LIMIT,
                       "the tab holds %d items, which is all it takes; it is free again once it "
                       "has been charged", FAR_BOOKS_TAB_ITEMS_MAX);
  if (!far_split_gross (pledge->price_micros, pledge->property.terms.fee_bps, &split, error) ||
      !far_reader_ensure (books, &pledge->reader, call->now_us, error) ||
      !far_tab_ensure (books, &pledge->reader, pledge->property.terms.currency, &pledge->tab,
                       error))
    return FALSE;

  far_id_init (&id, books->clock);
  if (!from_wallet && pledge->network != NULL &&
      !far_network_add (books, pledge->network, call->now_us, error))
    return FALSE;
  earning.pay_micros = split.publisher_micros;
  earning.fee_micros = split.fee_micros;
  if (!from_wallet && !pledge->situation.has_method)
    earning.unsecured_micros = pledge->price_micros;
  return post_pledge (call, pledge, from_wallet, &split, &id, error) &&
         record_pledge (call, pledge, from_wallet, &id, error) &&
         far_earnings_add (books, pledge->property.property, pledge->article, call->now_us,
                           &earning, error);
}

static gboolean
run_pledge (FarCall  *call,
            GError  **error)
{
  Pledge pledge;
  gboolean existing, from_wallet = FALSE;
  gint64 wallet_micros;

  if (!load_pledge (call, &pledge, error))
    return FALSE;
  existing = pledge.entitlement.entitlement != 0;
  if (!existing)
    {
      FarPledgeDecision decision = far_tab_decide (&pledge.property.terms, &pledge.situation,
                                                   pledge.price_micros);

      if (decision != FAR_PLEDGE_ON_TAB && decision != FAR_PLEDGE_FROM_WALLET)
        return refuse_pledge (&pledge, decision, error);
      from_wallet = decision == FAR_PLEDGE_FROM_WALLET;
      if (!book_pledge (call, &pledge, from_wallet, error))
        return FALSE;
    }
  if (!far_tab_wallet_micros (call->books, &pledge.tab, &wallet_micros, error))
    return FALSE;

  far_json_add_micros (call->answer, "moved_micros", existing ? 0 : pledge.price_micros);
  far_json_add_micros (call->answer, "tab_micros", pledge.tab.open_micros);
  far_json_add_micros (call->answer, "wallet_micros", wallet_micros);
  far_json_add_bool (call->answer, "existing", existing);
  far_json_add_string (call->answer, "paid_from",
                       existing ? NULL : from_wallet ? "wallet" : "tab");
  far_entitlement_write (call->answer, "entitlement", pledge.article, &pledge.entitlement);
  return TRUE;
}

/* ---- entitlement ---- */

static gboolean
run_entitlement (FarCall  *call,
                 GError  **error)
{
  const char *article = far_request_text (call->request, "article");
  FarEntitlement entitlement = { 0 };
  FarProperty property;
  FarReader reader;

  if (!far_property_find (call->books, far_request_text (call->request, "property"), &property,
                          error) ||
      !far_reader_find (call->books, far_request_text (call->request, "reader"), &reader, error) ||
      !far_entitlement_find (call->books, reader.reader, property.property, article, &entitlement,
                             error))
    return FALSE;

  far_json_add_bool (call->answer, "entitled", entitlement.entitlement != 0);
  if (entitlement.entitlement != 0)
    {
      far_json_add_string (call->answer, "by", far_entitled_by_to_text (entitlement.by));
      far_json_add_int (call->answer, "since_us", entitlement.since_us);
      far_json_add_int (call->answer, "refundable_until_us", entitlement.refundable_until_us);
    }
  return TRUE;
}

static const FarField pledge_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { "article", FAR_FIELD_NAME },
  { "price_micros", FAR_FIELD_MICROS },
  { "currency", FAR_FIELD_CURRENCY },
  { "network", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL | FAR_FIELD_NOT_COMPARED, 1, 64 },
  { NULL },
};

static const FarField entitlement_fields[] = {
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { "article", FAR_FIELD_NAME },
  { NULL },
};

const FarCommand far_commands_pledge[] = {
  { "pledge", pledge_fields, run_pledge },
  { "entitlement", entitlement_fields, run_entitlement },
  { NULL },
};
