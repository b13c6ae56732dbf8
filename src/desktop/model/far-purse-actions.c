/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One action at a time ("busy"); reading goes on beside it. An action whose answer did not come is
 * repeated with the key it had, so that pressing a button twice never pays twice; a definite answer
 * ends the key.
 *
 * A visit to the provider's page: "open" or "processing" until the market says otherwise, asked
 * once every VISIT_MS. It is the reader's browser that pays; no card number comes this way. Main
 * thread. */
#include "farthing-config.h"

#include "desktop/model/far-purse-private.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"

#define TEST_METHOD "pm_card_visa"
#define VISIT_MS 1000

/* Returns: (nullable): the key to use, or NULL if nothing may be begun now */
static const char *
begin (FarPurse *self, gpointer tag)
{
  g_return_val_if_fail (FAR_IS_PURSE (self), NULL);

  if (self->market == NULL || self->busy)
    return NULL;
  if (self->tag != tag)
    g_clear_pointer (&self->key, g_free);
  if (self->key == NULL)
    self->key = far_market_client_new_key ();
  self->tag = tag;
  self->busy = TRUE;
  far_purse_changed (self);
  return self->key;
}

/* Returns: FALSE if the answer is of a market that is gone. Says what went wrong. */
static gboolean
end (FarPurse *self, gpointer source, const char *action, const GError *error)
{
  if (source != self->market)
    return FALSE;
  self->busy = FALSE;
  if (!g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_TIMEOUT) &&
      !g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_RUNNING))
    g_clear_pointer (&self->key, g_free);
  if (error != NULL)
    far_purse_problem (self, action, error);
  far_purse_refresh (self);
  far_purse_changed (self);
  return TRUE;
}

static void
method_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;

  far_market_client_add_method_finish (FAR_MARKET_CLIENT (source), result, &error);
  end (self, source, _("The card was not added"), error);
}

/* Where money is test money: a card that always pays. */
void
far_purse_add_test_card (FarPurse *self)
{
  const char *key = begin (self, far_purse_add_test_card);

  if (key != NULL)
    far_market_client_add_method_async (self->market, TEST_METHOD, key, self->cancellable,
                                        method_cb, g_object_ref (self));
}

static void
visit_over (FarPurse *self)
{
  g_autofree char *amount = NULL;
  g_autofree char *text = NULL;
  gboolean is_topup = g_str_equal (self->visit->kind, "topup");

  if (g_str_equal (self->visit->state, "succeeded") && is_topup)
    {
      amount = far_format_money (self->visit->amount_micros, self->visit->currency);
      text = g_strdup_printf (_("%s is in your wallet"), amount);
    }
  else if (g_str_equal (self->visit->state, "succeeded"))
    text = g_strdup (_("Your payment method is saved"));
  else if (g_str_equal (self->visit->state, "expired"))
    text = g_strdup (_("The provider’s page has expired; begin again"));
  else
    text = g_strdup (_("The provider did not take the payment; try another card"));
  far_purse_drop_visit (self);
  far_purse_notice (self, text);
  far_purse_refresh (self);
}

static gboolean ask_visit_cb (gpointer user_data);

static gboolean
is_under_way (const FarCheckout *checkout)
{
  return g_str_equal (checkout->state, "open") || g_str_equal (checkout->state, "processing");
}

static void
take_visit (FarPurse *self, FarCheckout *checkout)
{
  g_clear_pointer (&self->visit, far_checkout_unref);
  self->visit = far_checkout_ref (checkout);
  if (!is_under_way (checkout))
    {
      visit_over (self);
      return;
    }
  if (self->visit_id == 0)
    self->visit_id = g_timeout_add (VISIT_MS, ask_visit_cb, self);
  far_purse_changed (self);
}

static void
visited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (FarCheckout) checkout = NULL;

  /* An answer that failed is asked for again. */
  checkout = far_market_client_get_checkout_finish (FAR_MARKET_CLIENT (source), result, NULL);
  if ((gpointer) source != self->market || self->visit == NULL)
    return;
  if (checkout == NULL)
    self->visit_id = g_timeout_add (VISIT_MS, ask_visit_cb, self);
  else if (g_str_equal (checkout->checkout, self->visit->checkout))
    {
      /* The address comes with the beginning only. */
      if (checkout->url[0] == '\0' && is_under_way (checkout))
        {
          g_free (checkout->url);
          checkout->url = g_strdup (self->visit->url);
        }
      take_visit (self, checkout);
    }
}

static gboolean
ask_visit_cb (gpointer user_data)
{
  FarPurse *self = user_data;

  self->visit_id = 0;
  far_market_client_get_checkout_async (self->market, self->visit->checkout, self->cancellable,
                                        visited_cb, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
setup_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarCheckout) checkout = NULL;

  checkout = far_market_client_begin_setup_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (end (self, source, _("The provider’s page cannot be opened"), error) && checkout != NULL)
    take_visit (self, checkout);
}

/* Begins a visit that saves a payment method. */
void
far_purse_begin_setup (FarPurse *self)
{
  const char *key = begin (self, far_purse_begin_setup);

  if (key != NULL)
    far_market_client_begin_setup_async (self->market, key, self->cancellable, setup_cb,
                                         g_object_ref (self));
}

static void
topup_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarCheckout) checkout = NULL;

  checkout = far_market_client_begin_topup_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (end (self, source, _("Nothing was paid into the wallet"), error) && checkout != NULL)
    take_visit (self, checkout);
}

/**
 * far_purse_begin_topup:
 * @amount_micros: > 0, in the wallet's currency
 *
 * Begins a visit that pays into the wallet.
 */
void
far_purse_begin_topup (FarPurse *self, gint64 amount_micros)
{
  const char *key = begin (self, far_purse_begin_topup);

  if (key != NULL)
    far_market_client_begin_topup_async (self->market, amount_micros, key, self->cancellable,
                                         topup_cb, g_object_ref (self));
}

/* Stops waiting for the visit; what the provider's page does after that shows with the next
 * reading. */
void
far_purse_end_visit (FarPurse *self)
{
  g_return_if_fail (FAR_IS_PURSE (self));

  far_purse_drop_visit (self);
  far_purse_refresh (self);
  far_purse_changed (self);
}

static void
paid_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarTabPayment) payment = NULL;

  payment = far_market_client_pay_tab_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (end (self, source, _("The tab was not paid"), error) && payment != NULL &&
      payment->charge != NULL && g_str_equal (payment->charge->state, "succeeded"))
    far_purse_notice (self, _("Your tab is paid"));
}

void
far_purse_pay_tab (FarPurse *self)
{
  const char *key = begin (self, far_purse_pay_tab);

  if (key != NULL)
    far_market_client_pay_tab_async (self->market, key, self->cancellable, paid_cb,
                                     g_object_ref (self));
}

static void
given_back_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWalletRefund) refund = NULL;

  refund = far_market_client_refund_wallet_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (!end (self, source, _("The wallet was not given back"), error) || refund == NULL)
    return;
  if (refund->pending_micros > 0)
    far_purse_notice (self, _("The money is on its way; your bank may take some days"));
  else if (refund->refunded_micros > 0)
    far_purse_notice (self, _("What was in the wallet is back where it came from"));
  else
    far_purse_notice (self, _("The provider did not take the refund; the money is in your wallet "
                              "again"));
}

/* The rest of the wallet, back to where it came from. */
void
far_purse_give_back (FarPurse *self)
{
  const char *key = begin (self, far_purse_give_back);

  if (key != NULL)
    far_market_client_refund_wallet_async (self->market, key, self->cancellable, given_back_cb,
                                           g_object_ref (self));
}

static void
caps_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarCaps) caps = NULL;

  caps = far_market_client_set_caps_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (end (self, source, _("The limits were not changed"), error) && caps != NULL)
    far_purse_notice (self, _("Your limits are set"));
}

/**
 * far_purse_set_caps:
 * @day_micros: at most so much a day; -1: no limit
 * @month_micros: the same a month
 */
void
far_purse_set_caps (FarPurse *self, gint64 day_micros, gint64 month_micros)
{
  const char *key = begin (self, far_purse_set_caps);

  if (key != NULL)
    far_market_client_set_caps_async (self->market, day_micros, month_micros, key,
                                      self->cancellable, caps_cb, g_object_ref (self));
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    far_purse_notice (self, _("What is kept of you is saved"));
  else
    far_purse_problem (self, _("The file was not written"), error);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GFile) file = g_steal_pointer (&self->export);

  bytes = far_market_client_export_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (end (self, source, _("What is kept of you cannot be read"), error) && bytes != NULL &&
      file != NULL)
    g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE,
                                         G_FILE_CREATE_PRIVATE |
                                         G_FILE_CREATE_REPLACE_DESTINATION, NULL, written_cb,
                                         g_object_ref (self));
}

/**
 * far_purse_export:
 * @file: where everything that is kept of this reader is written to, as JSON
 */
void
far_purse_export (FarPurse *self, GFile *file)
{
  const char *key = begin (self, far_purse_export);

  if (key == NULL)
    return;
  g_set_object (&self->export, file);
  far_market_client_export_async (self->market, self->cancellable, exported_cb,
                                  g_object_ref (self));
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarDeletion) deletion = NULL;

  deletion = far_market_client_delete_reader_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (end (self, source, _("You were not forgotten"), error) && deletion != NULL)
    far_purse_notice (self, _("The books no longer lead to you"));
}

/* Erases what leads from the books to this reader. */
void
far_purse_delete_reader (FarPurse *self)
{
  const char *key = begin (self, far_purse_delete_reader);

  if (key != NULL)
    far_market_client_delete_reader_async (self->market, key, self->cancellable, deleted_cb,
                                           g_object_ref (self));
}
