/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the market API answers about wallets, tabs, charges, caps, history and deletion, from JSON.
 * A member the API promises must be there; a newer server may add others. */
#include "client/far-boxed-private.h"
#include "client/far-market-private.h"

#include "base/far-money.h"

#define TEXT_MAX 4096

static void
charge_clear (FarCharge *self)
{
  g_free (self->state);
  g_free (self->reason);
  g_free (self->url);
}

static void
tab_payment_clear (FarTabPayment *self)
{
  g_clear_pointer (&self->charge, far_charge_unref);
}

static void
checkout_clear (FarCheckout *self)
{
  g_free (self->checkout);
  g_free (self->kind);
  g_free (self->state);
  g_free (self->url);
  g_free (self->currency);
  g_clear_pointer (&self->charge, far_charge_unref);
}

static void
wallet_refund_clear (FarWalletRefund *self)
{
}

static void
caps_clear (FarCaps *self)
{
}

static void
history_clear (FarHistory *self)
{
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_free (self->next);
}

static void
deletion_clear (FarDeletion *self)
{
  g_clear_pointer (&self->erased, g_ptr_array_unref);
  g_clear_pointer (&self->kept, g_ptr_array_unref);
}

FAR_DEFINE_RC_BOXED (FarCharge, far_charge, charge_clear)
FAR_DEFINE_RC_BOXED (FarTabPayment, far_tab_payment, tab_payment_clear)
FAR_DEFINE_RC_BOXED (FarCheckout, far_checkout, checkout_clear)
FAR_DEFINE_RC_BOXED (FarWalletRefund, far_wallet_refund, wallet_refund_clear)
FAR_DEFINE_RC_BOXED (FarCaps, far_caps, caps_clear)
FAR_DEFINE_RC_BOXED (FarHistory, far_history, history_clear)
FAR_DEFINE_RC_BOXED (FarDeletion, far_deletion, deletion_clear)

/* ---- members ---- */

static gboolean
take_text (JsonObject *object, const char *name, char **ret, GError **error)
{
  const char *value;

  if (!far_json_get_string (object, name, TEXT_MAX, &value, error))
    return FALSE;
  *ret = g_strdup (value);
  return TRUE;
}

/* Absent or null: "". */
static gboolean
take_optional_text (JsonObject *object, const char *name, char **ret, GError **error)
{
  if (far_json_has (object, name))
    return take_text (object, name, ret, error);
  *ret = g_strdup ("");
  return TRUE;
}

/* Absent or null: if_absent. */
static gboolean
take_optional_micros (JsonObject *object, const char *name, gint64 if_absent, gint64 *ret,
                      GError **error)
{
  *ret = if_absent;
  return !far_json_has (object, name) || far_json_get_micros (object, name, ret, error);
}

static gboolean
take_optional_time (JsonObject *object, const char *name, gint64 *ret, GError **error)
{
  *ret = 0;
  return !far_json_has (object, name)
         || far_json_get_int (object, name, 0, G_MAXINT64, ret, error);
}

/* ---- charges ---- */

FarCharge *
far_market_parse_charge (JsonObject *object, GError **error)
{
  g_autoptr (FarCharge) self = g_rc_box_new0 (FarCharge);

  if (!take_text (object, "state", &self->state, error)
      || !far_json_get_micros (object, "amount_micros", &self->amount_micros, error)
      || !take_optional_time (object, "time_us", &self->time_us, error)
      || !take_optional_text (object, "reason", &self->reason, error)
      || !take_optional_text (object, "url", &self->url, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
far_market_parse_charge_member (JsonObject *object, FarCharge **ret, GError **error)
{
  JsonObject *charge;

  *ret = NULL;
  if (!far_json_has (object, "charge"))
    return TRUE;
  if (!far_json_get_object (object, "charge", &charge, error))
    return FALSE;
  *ret = far_market_parse_charge (charge, error);
  return *ret != NULL;
}

FarTabPayment *
far_market_parse_tab_payment (JsonObject *object, GError **error)
{
  g_autoptr (FarTabPayment) self = g_rc_box_new0 (FarTabPayment);

  if (!far_market_parse_charge_member (object, &self->charge, error)
      || !far_json_get_micros (object, "tab_micros", &self->tab_micros, error)
      || !far_json_get_micros (object, "wallet_micros", &self->wallet_micros, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- checkouts and refunds ---- */

FarCheckout *
far_market_parse_checkout (JsonObject *object, GError **error)
{
  g_autoptr (FarCheckout) self = g_rc_box_new0 (FarCheckout);

  if (!take_text (object, "checkout", &self->checkout, error)
      || !take_text (object, "kind", &self->kind, error)
      || !take_text (object, "state", &self->state, error)
      || !take_optional_text (object, "url", &self->url, error)
      || !take_optional_time (object, "expires_us", &self->expires_us, error)
      || !take_optional_micros (object, "amount_micros", 0, &self->amount_micros, error)
      || !take_optional_text (object, "currency", &self->currency, error)
      || !take_optional_micros (object, "wallet_micros", 0, &self->wallet_micros, error)
      || !take_optional_micros (object, "tab_micros", 0, &self->tab_micros, error)
      || (far_json_has (object, "method")
          && !far_json_get_bool (object, "method", &self->method, error))
      || !far_market_parse_charge_member (object, &self->charge, error))
    return NULL;
  return g_steal_pointer (&self);
}

FarWalletRefund *
far_market_parse_wallet_refund (JsonObject *object, GError **error)
{
  g_autoptr (FarWalletRefund) self = g_rc_box_new0 (FarWalletRefund);

  if (!far_json_get_micros (object, "refunded_micros", &self->refunded_micros, error)
      || !far_json_get_micros (object, "pending_micros", &self->pending_micros, error)
      || !far_json_get_micros (object, "failed_micros", &self->failed_micros, error)
      || !far_json_get_micros (object, "wallet_micros", &self->wallet_micros, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- caps and history ---- */

FarCaps *
far_market_parse_caps (JsonObject *object, GError **error)
{
  g_autoptr (FarCaps) self = g_rc_box_new0 (FarCaps);
  JsonObject *caps;

  if (!far_json_get_object (object, "caps", &caps, error)
      || !take_optional_micros (caps, "day_micros", -1, &self->day_micros, error)
      || !take_optional_micros (caps, "month_micros", -1, &self->month_micros, error)
      || !far_json_get_micros (caps, "day_spent_micros", &self->day_spent_micros, error)
      || !far_json_get_micros (caps, "month_spent_micros", &self->month_spent_micros, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
entry_free (gpointer data)
{
  FarWalletEntry *entry = data;

  g_free (entry->kind);
  g_free (entry->article);
  g_free (entry);
}

gboolean
far_market_parse_entries (JsonObject *object, const char *name, GPtrArray **ret, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  JsonArray *array;
  guint i;

  if (!far_json_get_array (object, name, FAR_MARKET_ROWS_MAX, &array, error))
    return FALSE;
  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      FarWalletEntry *entry;
      JsonObject *row;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        continue;
      row = json_node_get_object (node);
      entry = g_new0 (FarWalletEntry, 1);
      g_ptr_array_add (entries, entry);
      if (!far_json_get_int (row, "time_us", 0, G_MAXINT64, &entry->time_us, error)
          || !take_text (row, "kind", &entry->kind, error)
          || !take_optional_text (row, "article", &entry->article, error)
          || !far_json_get_micros (row, "amount_micros", &entry->amount_micros, error))
        return FALSE;
    }
  *ret = g_steal_pointer (&entries);
  return TRUE;
}

FarHistory *
far_market_parse_history (JsonObject *object, GError **error)
{
  g_autoptr (FarHistory) self = g_rc_box_new0 (FarHistory);

  if (!far_market_parse_entries (object, "entries", &self->entries, error)
      || !take_optional_text (object, "next", &self->next, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- deletion ---- */

/* An array of sentences, or of objects whose "what" and "why" make one. */
static gboolean
take_sentences (JsonObject *object, const char *name, GPtrArray **ret, GError **error)
{
  g_autoptr (GPtrArray) sentences = g_ptr_array_new_with_free_func (g_free);
  JsonArray *array;
  guint i;

  if (!far_json_get_array (object, name, FAR_MARKET_ROWS_MAX, &array, error))
    return FALSE;
  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      const char *what, *why;

      if (JSON_NODE_HOLDS_OBJECT (node))
        {
          if (!far_json_get_string (json_node_get_object (node), "what", TEXT_MAX, &what, error)
              || !far_json_get_string (json_node_get_object (node), "why", TEXT_MAX, &why, error))
            return FALSE;
          g_ptr_array_add (sentences, g_strdup_printf ("%s: %s", what, why));
        }
      else if (json_node_get_value_type (node) == G_TYPE_STRING)
        g_ptr_array_add (sentences, json_node_dup_string (node));
    }
  *ret = g_steal_pointer (&sentences);
  return TRUE;
}

FarDeletion *
far_market_parse_deletion (JsonObject *object, GError **error)
{
  g_autoptr (FarDeletion) self = g_rc_box_new0 (FarDeletion);

  if (!take_sentences (object, "erased", &self->erased, error)
      || !take_sentences (object, "kept", &self->kept, error))
    return NULL;
  return g_steal_pointer (&self);
}
