/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything of the market API but articles, from JSON. A member the API promises must be there; a
 * newer server may add others, which are not looked at. */
#include "client/far-boxed-private.h"
#include "client/far-market-private.h"

#include "base/far-money.h"

#define WORD_MAX 256
#define TEXT_MAX 4096

static void
offer_clear (FarOffer *self)
{
  g_free (self->article);
  g_free (self->currency);
}

static void
entitlement_clear (FarEntitlement *self)
{
  g_free (self->by);
}

static void
pledge_clear (FarPledge *self)
{
  g_clear_pointer (&self->entitlement, far_entitlement_unref);
}

static void
ad_decision_clear (FarAdDecision *self)
{
  g_free (self->view);
  g_free (self->reason);
  g_free (self->campaign);
  g_free (self->advertiser);
  g_free (self->title);
  g_free (self->landing_url);
  g_free (self->media_type);
}

static void
ad_progress_clear (FarAdProgress *self)
{
  g_free (self->state);
}

static void
refund_clear (FarRefund *self)
{
}

static void
wallet_clear (FarWallet *self)
{
  g_free (self->currency);
  g_free (self->money);
  g_clear_pointer (&self->caps, far_caps_unref);
  g_clear_pointer (&self->charge, far_charge_unref);
  g_clear_pointer (&self->history, g_ptr_array_unref);
}

static void
earnings_clear (FarEarnings *self)
{
  g_free (self->currency);
  g_free (self->publisher);
  g_free (self->fee_receiver);
  g_clear_pointer (&self->articles, g_ptr_array_unref);
  g_clear_pointer (&self->days, g_ptr_array_unref);
  g_clear_pointer (&self->hours, g_ptr_array_unref);
}

FAR_DEFINE_RC_BOXED (FarOffer, far_offer, offer_clear)
FAR_DEFINE_RC_BOXED (FarEntitlement, far_entitlement, entitlement_clear)
FAR_DEFINE_RC_BOXED (FarPledge, far_pledge, pledge_clear)
FAR_DEFINE_RC_BOXED (FarAdDecision, far_ad_decision, ad_decision_clear)
FAR_DEFINE_RC_BOXED (FarAdProgress, far_ad_progress, ad_progress_clear)
FAR_DEFINE_RC_BOXED (FarRefund, far_refund, refund_clear)
FAR_DEFINE_RC_BOXED (FarWallet, far_wallet, wallet_clear)
FAR_DEFINE_RC_BOXED (FarEarnings, far_earnings, earnings_clear)

gpointer
far_market_take_object (JsonObject *object, GError **error)
{
  return json_object_ref (object);
}

/* ---- members ---- */

static gboolean
take_string (JsonObject *object, const char *name, char **ret, GError **error)
{
  const char *value;

  if (!far_json_get_string (object, name, TEXT_MAX, &value, error))
    return FALSE;
  g_free (*ret);
  *ret = g_strdup (value);
  return TRUE;
}

/* Absent or null: "". */
static gboolean
take_optional_string (JsonObject *object, const char *name, char **ret, GError **error)
{
  if (far_json_has (object, name))
    return take_string (object, name, ret, error);
  g_free (*ret);
  *ret = g_strdup ("");
  return TRUE;
}

static gboolean
take_count (JsonObject *object, const char *name, gint64 *ret, GError **error)
{
  return far_json_get_int (object, name, 0, G_MAXINT64, ret, error);
}

/* Absent or null: 0. */
static gboolean
take_optional_count (JsonObject *object, const char *name, gint64 *ret, GError **error)
{
  *ret = 0;
  return !far_json_has (object, name) || take_count (object, name, ret, error);
}

/* May be negative, as a publisher's balance may. */
static gboolean
take_signed_micros (JsonObject *object, const char *name, gint64 *ret, GError **error)
{
  const char *text;

  if (!far_json_get_string (object, name, WORD_MAX, &text, error))
    return FALSE;
  if (far_micros_parse (text, ret, NULL))
    return TRUE;
  g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE, "“%s” is not an amount of micros",
               name);
  return FALSE;
}

static gboolean
take_optional_micros (JsonObject *object, const char *name, gint64 *ret, GError **error)
{
  *ret = 0;
  return !far_json_has (object, name) || far_json_get_micros (object, name, ret, error);
}

/* ---- what a reader gets ---- */

FarOffer *
far_market_parse_offer (JsonObject *object, GError **error)
{
  g_autoptr (FarOffer) self = g_rc_box_new0 (FarOffer);

  if (!take_string (object, "article", &self->article, error)
      || !take_string (object, "currency", &self->currency, error)
      || !far_json_get_micros (object, "price_micros", &self->price_micros, error)
      || !far_json_get_bool (object, "pledge", &self->pledge, error)
      || !far_json_get_bool (object, "ad", &self->ad, error)
      || !take_optional_count (object, "ad_duration_ms", &self->ad_duration_ms, error)
      || !far_json_get_bool (object, "method_required", &self->method_required, error)
      || !take_optional_micros (object, "tab_micros", &self->tab_micros, error)
      || !take_optional_micros (object, "wallet_micros", &self->wallet_micros, error)
      || !take_optional_count (object, "refund_window_us", &self->refund_window_us, error))
    return NULL;
  return g_steal_pointer (&self);
}

FarEntitlement *
far_market_parse_entitlement (JsonObject *object, GError **error)
{
  g_autoptr (FarEntitlement) self = g_rc_box_new0 (FarEntitlement);

  self->entitled = TRUE; /* as part of another answer it does not say so again */
  if ((far_json_has (object, "entitled")
       && !far_json_get_bool (object, "entitled", &self->entitled, error))
      || !take_optional_string (object, "by", &self->by, error)
      || !take_optional_count (object, "since_us", &self->since_us, error)
      || !take_optional_count (object, "refundable_until_us", &self->refundable_until_us, error))
    return NULL;
  return g_steal_pointer (&self);
}

FarPledge *
far_market_parse_pledge (JsonObject *object, GError **error)
{
  g_autoptr (FarPledge) self = g_rc_box_new0 (FarPledge);
  JsonObject *entitlement;

  if (!far_json_get_micros (object, "moved_micros", &self->moved_micros, error)
      || !far_json_get_micros (object, "tab_micros", &self->tab_micros, error)
      || !take_optional_micros (object, "wallet_micros", &self->wallet_micros, error)
      || !far_json_get_bool (object, "existing", &self->existing, error)
      || !far_json_get_object (object, "entitlement", &entitlement, error))
    return NULL;
  self->entitlement = far_market_parse_entitlement (entitlement, error);
  return self->entitlement != NULL ? g_steal_pointer (&self) : NULL;
}

FarAdDecision *
far_market_parse_ad_decision (JsonObject *object, GError **error)
{
  g_autoptr (FarAdDecision) self = g_rc_box_new0 (FarAdDecision);

  if (!take_optional_string (object, "view", &self->view, error)
      || !take_optional_string (object, "reason", &self->reason, error)
      || !take_optional_string (object, "campaign", &self->campaign, error)
      || !take_optional_string (object, "advertiser", &self->advertiser, error)
      || !take_optional_string (object, "title", &self->title, error)
      || !take_optional_string (object, "landing_url", &self->landing_url, error)
      || !take_optional_string (object, "media_type", &self->media_type, error)
      || !take_optional_count (object, "duration_ms", &self->duration_ms, error)
      || !take_optional_micros (object, "price_micros", &self->price_micros, error)
      || !take_optional_count (object, "expires_us", &self->expires_us, error))
    return NULL;
  return g_steal_pointer (&self);
}

FarAdProgress *
far_market_parse_ad_progress (JsonObject *object, GError **error)
{
  g_autoptr (FarAdProgress) self = g_rc_box_new0 (FarAdProgress);

  if (!take_string (object, "state", &self->state, error)
      || !far_json_get_bool (object, "entitled", &self->entitled, error)
      || !take_optional_count (object, "wait_ms", &self->wait_ms, error))
    return NULL;
  return g_steal_pointer (&self);
}

FarRefund *
far_market_parse_refund (JsonObject *object, GError **error)
{
  g_autoptr (FarRefund) self = g_rc_box_new0 (FarRefund);

  if (!far_json_get_micros (object, "refunded_micros", &self->refunded_micros, error)
      || !far_json_get_micros (object, "tab_micros", &self->tab_micros, error)
      || !take_optional_micros (object, "wallet_micros", &self->wallet_micros, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- the wallet ---- */

/* Absent or null: NULL. */
static gboolean
take_caps (JsonObject *object, FarCaps **ret, GError **error)
{
  if (!far_json_has (object, "caps"))
    return TRUE;
  *ret = far_market_parse_caps (object, error);
  return *ret != NULL;
}

FarWallet *
far_market_parse_wallet (JsonObject *object, GError **error)
{
  g_autoptr (FarWallet) self = g_rc_box_new0 (FarWallet);

  if (!take_string (object, "currency", &self->currency, error)
      || !far_json_get_micros (object, "tab_micros", &self->tab_micros, error)
      || !far_json_get_micros (object, "wallet_micros", &self->wallet_micros, error)
      || !take_count (object, "pledges", &self->pledges, error)
      || !far_json_get_micros (object, "free_limit", &self->free_limit, error)
      || !far_json_get_bool (object, "method", &self->method, error)
      || !far_json_get_bool (object, "method_required", &self->method_required, error)
      || !take_optional_micros (object, "cap_micros", &self->cap_micros, error)
      || !take_optional_micros (object, "minimum_micros", &self->minimum_micros, error)
      || !take_optional_micros (object, "threshold_micros", &self->threshold_micros, error)
      || !take_optional_count (object, "due_us", &self->due_us, error)
      || !take_optional_micros (object, "wallet_refundable_micros", &self->refundable_micros,
                                error)
      || !take_optional_string (object, "money", &self->money, error)
      || !take_caps (object, &self->caps, error)
      || !far_market_parse_charge_member (object, &self->charge, error)
      || !far_market_parse_entries (object, "history", &self->history, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- earnings ---- */

static void
earnings_row_free (gpointer data)
{
  FarEarningsRow *row = data;

  g_free (row->label);
  g_free (row);
}

/* label: the member that names a row; NULL where "hour_us" does. */
static GPtrArray *
parse_rows (JsonObject *object, const char *name, const char *label, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (earnings_row_free);
  JsonArray *array;
  guint i;

  if (!far_json_get_array (object, name, FAR_MARKET_ROWS_MAX, &array, error))
    return NULL;
  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      FarEarningsRow *row;
      JsonObject *o;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        continue;
      o = json_node_get_object (node);
      row = g_new0 (FarEarningsRow, 1);
      row->label = g_strdup ("");
      g_ptr_array_add (rows, row);
      if ((label != NULL ? !take_string (o, label, &row->label, error)
                         : !take_count (o, "hour_us", &row->time_us, error))
          || !take_signed_micros (o, "pay_micros", &row->pay_micros, error)
          || !take_signed_micros (o, "ad_micros", &row->ad_micros, error)
          || !take_signed_micros (o, "refund_micros", &row->refund_micros, error)
          || !take_count (o, "pledges", &row->pledges, error)
          || !take_count (o, "views", &row->views, error)
          || !take_optional_count (o, "refunds", &row->refunds, error))
        return NULL;
    }
  return g_steal_pointer (&rows);
}

/* FALSE only for members that are there and wrong. */
static gboolean
take_account (JsonObject *object, FarEarnings *self, GError **error)
{
  if (!take_optional_string (object, "publisher", &self->publisher, error) ||
      !take_optional_string (object, "fee_receiver", &self->fee_receiver, error))
    return FALSE;
  self->has_account = far_json_has (object, "balance_micros");
  return !self->has_account ||
         (take_signed_micros (object, "disputed_micros", &self->disputed_micros, error) &&
          take_signed_micros (object, "balance_micros", &self->balance_micros, error) &&
          take_signed_micros (object, "held_micros", &self->held_micros, error) &&
          take_signed_micros (object, "payable_micros", &self->payable_micros, error) &&
          take_signed_micros (object, "in_payout_micros", &self->in_payout_micros, error) &&
          take_signed_micros (object, "paid_out_micros", &self->paid_out_micros, error) &&
          take_signed_micros (object, "threshold_micros", &self->threshold_micros, error));
}

FarEarnings *
far_market_parse_earnings (JsonObject *object, GError **error)
{
  g_autoptr (FarEarnings) self = g_rc_box_new0 (FarEarnings);

  if (!take_string (object, "currency", &self->currency, error)
      || !take_signed_micros (object, "publisher_micros", &self->publisher_micros, error)
      || !take_signed_micros (object, "pay_micros", &self->pay_micros, error)
      || !take_signed_micros (object, "ad_micros", &self->ad_micros, error)
      || !take_signed_micros (object, "fee_micros", &self->fee_micros, error)
      || !take_signed_micros (object, "refund_micros", &self->refund_micros, error)
      || !take_signed_micros (object, "write_off_micros", &self->write_off_micros, error)
      || !take_signed_micros (object, "estimated_micros", &self->estimated_micros, error)
      || !take_signed_micros (object, "final_micros", &self->final_micros, error)
      || !take_count (object, "pledges", &self->pledges, error)
      || !take_count (object, "views", &self->views, error)
      || !take_count (object, "refunds", &self->refunds, error)
      || !take_count (object, "as_of_us", &self->as_of_us, error))
    return NULL;
  if (!take_account (object, self, error))
    return NULL;
  self->articles = parse_rows (object, "articles", "article", error);
  if (self->articles == NULL)
    return NULL;
  self->days = parse_rows (object, "days", "day", error);
  if (self->days == NULL)
    return NULL;
  self->hours = parse_rows (object, "hours", NULL, error);
  return self->hours != NULL ? g_steal_pointer (&self) : NULL;
}
