/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the market says of the reader. What belongs to a market that is no longer this one is
 * dropped when it comes. Main thread. */
#include "farthing-config.h"

#include "desktop/model/far-purse-private.h"

#include <glib/gi18n.h>

enum { CHANGED, PROBLEM, NOTICE, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarPurse, far_purse, G_TYPE_OBJECT)

void
far_purse_changed (FarPurse *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

void
far_purse_notice (FarPurse *self, const char *text)
{
  g_signal_emit (self, signals[NOTICE], 0, text);
}

void
far_purse_problem (FarPurse *self, const char *action, const GError *error)
{
  g_signal_emit (self, signals[PROBLEM], 0, action, error);
}

void
far_purse_drop_visit (FarPurse *self)
{
  g_clear_handle_id (&self->visit_id, g_source_remove);
  g_clear_pointer (&self->visit, far_checkout_unref);
}

static void
forget (FarPurse *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->market);
  g_clear_pointer (&self->wallet, far_wallet_unref);
  g_clear_pointer (&self->page, far_history_unref);
  g_ptr_array_set_size (self->history, 0);
  g_ptr_array_set_size (self->pages, 0);
  g_clear_pointer (&self->message, g_free);
  g_clear_pointer (&self->key, g_free);
  g_clear_object (&self->export);
  far_purse_drop_visit (self);
  self->busy = FALSE;
}

static void
far_purse_dispose (GObject *object)
{
  forget (FAR_PURSE (object));

  G_OBJECT_CLASS (far_purse_parent_class)->dispose (object);
}

static void
far_purse_finalize (GObject *object)
{
  FarPurse *self = FAR_PURSE (object);

  g_ptr_array_unref (self->history);
  g_ptr_array_unref (self->pages);

  G_OBJECT_CLASS (far_purse_parent_class)->finalize (object);
}

static void
far_purse_class_init (FarPurseClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_purse_dispose;
  G_OBJECT_CLASS (klass)->finalize = far_purse_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROBLEM] = g_signal_new ("problem", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_ERROR);
  signals[NOTICE] = g_signal_new ("notice", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
far_purse_init (FarPurse *self)
{
  self->history = g_ptr_array_new ();
  self->pages = g_ptr_array_new_with_free_func ((GDestroyNotify) far_history_unref);
}

FarPurse *
far_purse_new (void)
{
  return g_object_new (FAR_TYPE_PURSE, NULL);
}

/**
 * far_purse_set_market:
 * @market: (nullable): whose reader it is
 */
void
far_purse_set_market (FarPurse *self, FarMarketClient *market)
{
  g_return_if_fail (FAR_IS_PURSE (self));

  if (self->market == market)
    return;
  forget (self);
  if (market != NULL)
    {
      self->market = g_object_ref (market);
      self->cancellable = g_cancellable_new ();
      far_purse_refresh (self);
    }
  far_purse_changed (self);
}

static void
wallet_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWallet) wallet = NULL;

  wallet = far_market_client_get_wallet_finish (FAR_MARKET_CLIENT (source), result, &error);
  if ((gpointer) source != self->market)
    return;
  g_clear_pointer (&self->message, g_free);
  if (wallet == NULL)
    self->message = g_strdup (error->message);
  g_clear_pointer (&self->wallet, far_wallet_unref);
  self->wallet = g_steal_pointer (&wallet);
  far_purse_changed (self);
}

/* Reads the wallet; the pages of the history begin anew. */
void
far_purse_refresh (FarPurse *self)
{
  g_return_if_fail (FAR_IS_PURSE (self));

  if (self->market == NULL)
    return;
  g_clear_pointer (&self->page, far_history_unref);
  g_ptr_array_set_size (self->history, 0);
  g_ptr_array_set_size (self->pages, 0);
  far_market_client_get_wallet_async (self->market, self->cancellable, wallet_cb,
                                      g_object_ref (self));
}

static gint64
newest_of (const FarWallet *wallet)
{
  return wallet->history->len > 0
           ? ((const FarWalletEntry *) g_ptr_array_index (wallet->history, 0))->time_us : 0;
}

/* Whether the same money is told of. */
static gboolean
is_same (const FarWallet *a, const FarWallet *b)
{
  return a->tab_micros == b->tab_micros && a->wallet_micros == b->wallet_micros &&
         a->refundable_micros == b->refundable_micros && a->method == b->method &&
         a->due_us == b->due_us && a->history->len == b->history->len &&
         newest_of (a) == newest_of (b) && (a->charge == NULL) == (b->charge == NULL) &&
         (a->charge == NULL || g_str_equal (a->charge->state, b->charge->state)) &&
         (a->caps == NULL) == (b->caps == NULL) &&
         (a->caps == NULL || (a->caps->day_micros == b->caps->day_micros &&
                              a->caps->month_micros == b->caps->month_micros));
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (FarWallet) wallet = NULL;

  wallet = far_market_client_get_wallet_finish (FAR_MARKET_CLIENT (source), result, NULL);
  self->looking = FALSE;
  if (self->look_again)
    {
      far_purse_look (self);
      return;
    }
  if ((gpointer) source != self->market || wallet == NULL || self->busy ||
      self->wallet == NULL || is_same (self->wallet, wallet))
    return;
  g_clear_pointer (&self->page, far_history_unref);
  g_ptr_array_set_size (self->history, 0);
  g_ptr_array_set_size (self->pages, 0);
  far_wallet_unref (self->wallet);
  self->wallet = g_steal_pointer (&wallet);
  far_purse_changed (self);
}

/**
 * far_purse_look:
 *
 * The books have grown: reads the wallet, and shows it if this reader's money moved; elsewhere,
 * that is, for what is done here is read again by itself. What is being typed stays as it is.
 */
void
far_purse_look (FarPurse *self)
{
  g_return_if_fail (FAR_IS_PURSE (self));

  self->look_again = self->looking;
  if (self->market == NULL || self->wallet == NULL || self->busy || self->looking)
    return;
  self->looking = TRUE;
  far_market_client_get_wallet_async (self->market, self->cancellable, looked_cb,
                                      g_object_ref (self));
}

/* Returns: (nullable): NULL until it came, or where it cannot be had */
FarWallet *
far_purse_get_wallet (FarPurse *self)
{
  g_return_val_if_fail (FAR_IS_PURSE (self), NULL);

  return self->wallet;
}

/* Returns: (nullable): why there is no wallet */
const char *
far_purse_get_message (FarPurse *self)
{
  g_return_val_if_fail (FAR_IS_PURSE (self), NULL);

  return self->message;
}

/* Returns: (element-type FarWalletEntry): newest first; empty while nothing is known */
GPtrArray *
far_purse_get_history (FarPurse *self)
{
  g_return_val_if_fail (FAR_IS_PURSE (self), NULL);

  return self->history->len == 0 && self->wallet != NULL ? self->wallet->history : self->history;
}

/* Returns: whether far_purse_load_older() would bring more */
gboolean
far_purse_get_has_older (FarPurse *self)
{
  g_return_val_if_fail (FAR_IS_PURSE (self), FALSE);

  if (self->page != NULL)
    return self->page->next[0] != '\0' && self->history->len < FAR_PURSE_HISTORY_MAX;
  return self->wallet != NULL && self->wallet->caps != NULL &&
         self->wallet->history->len >= FAR_PURSE_WALLET_HISTORY;
}

/* Returns: (nullable): the visit to the provider's page under way */
FarCheckout *
far_purse_get_visit (FarPurse *self)
{
  g_return_val_if_fail (FAR_IS_PURSE (self), NULL);

  return self->visit;
}

/* Returns: whether an action is under way */
gboolean
far_purse_get_busy (FarPurse *self)
{
  g_return_val_if_fail (FAR_IS_PURSE (self), FALSE);

  return self->busy;
}

static void
history_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPurse) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarHistory) page = NULL;

  page = far_market_client_get_history_finish (FAR_MARKET_CLIENT (source), result, &error);
  if ((gpointer) source != self->market)
    return;
  if (page == NULL)
    {
      far_purse_problem (self, _("Older entries cannot be read"), error);
      return;
    }
  g_clear_pointer (&self->page, far_history_unref);
  self->page = far_history_ref (page);
  g_ptr_array_extend (self->history, page->entries, NULL, NULL);
  g_ptr_array_add (self->pages, g_steal_pointer (&page));
  /* The first page is what the wallet had told already. */
  if (self->pages->len == 1 && self->wallet != NULL && far_purse_get_has_older (self) &&
      self->history->len <= self->wallet->history->len)
    far_purse_load_older (self);
  far_purse_changed (self);
}

/* The next page of the history, after which there may be a further one. */
void
far_purse_load_older (FarPurse *self)
{
  g_return_if_fail (FAR_IS_PURSE (self));

  if (self->market != NULL)
    far_market_client_get_history_async (self->market, self->page != NULL ? self->page->next : NULL,
                                         FAR_PURSE_HISTORY_PAGE, self->cancellable, history_cb,
                                         g_object_ref (self));
}
