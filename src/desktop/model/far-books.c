/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Earnings are read again when the journal has grown, at most once a second, and only while a page
 * shows them: reading them is an invocation too, and somebody pays for it. No amount is computed
 * here. */
#include "desktop/model/far-books.h"

#define REFRESH_MS 400

struct _FarBooks
{
  GObject parent_instance;

  FarPlatformClient *client;
  FarMarketClient   *market;
  char              *token_path;
  gulong             transfers_id;
  GCancellable      *cancellable;

  FarEarnings       *earnings;
  guint              n_watching;
  guint              refresh_id;
  gboolean           loading;
  gboolean           stale; /* the journal grew since the last read began */

  FarVerdict         verdict;
  FarLedgerVerdict   *report;
};

enum { CHANGED, VERDICT_CHANGED, PROBLEM, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarBooks, far_books, G_TYPE_OBJECT)

static void plan_refresh (FarBooks *self);

static void
set_verdict (FarBooks *self, FarVerdict verdict, FarLedgerVerdict *report)
{
  g_clear_pointer (&self->report, far_ledger_verdict_unref);
  self->report = report != NULL ? far_ledger_verdict_ref (report) : NULL;
  self->verdict = verdict;
  g_signal_emit (self, signals[VERDICT_CHANGED], 0);
}

static void
earnings_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarBooks) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarEarnings) earnings = NULL;

  earnings = far_market_client_get_earnings_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (FAR_MARKET_CLIENT (source) != self->market)
    return; /* of a platform that is no longer ours */

  self->loading = FALSE;
  if (earnings != NULL)
    far_books_apply_earnings (self, earnings);
  else
    g_signal_emit (self, signals[PROBLEM], 0, error);
  if (self->stale)
    plan_refresh (self);
}

static gboolean
refresh_cb (gpointer user_data)
{
  FarBooks *self = user_data;

  self->refresh_id = 0;
  far_books_refresh (self);
  return G_SOURCE_REMOVE;
}

static void
plan_refresh (FarBooks *self)
{
  self->stale = TRUE;
  if (self->n_watching > 0 && self->refresh_id == 0 && !self->loading && self->market != NULL)
    self->refresh_id = g_timeout_add (REFRESH_MS, refresh_cb, self);
}

static void
far_books_dispose (GObject *object)
{
  FarBooks *self = FAR_BOOKS (object);

  far_books_set_source (self, NULL, NULL, NULL);
  g_clear_pointer (&self->earnings, far_earnings_unref);
  g_clear_pointer (&self->report, far_ledger_verdict_unref);

  G_OBJECT_CLASS (far_books_parent_class)->dispose (object);
}

static void
far_books_class_init (FarBooksClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_books_dispose;

  signals[CHANGED] =
    g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[VERDICT_CHANGED] =
    g_signal_new ("verdict-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROBLEM] =
    g_signal_new ("problem", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
far_books_init (FarBooks *self)
{
}

FarBooks *
far_books_new (void)
{
  return g_object_new (FAR_TYPE_BOOKS, NULL);
}

/**
 * far_books_set_source:
 * @client: (nullable): whose journal is watched and verified
 * @market: (nullable): whom earnings are asked of
 * @token_path: (nullable): the publisher's token
 */
void
far_books_set_source (FarBooks *self, FarPlatformClient *client, FarMarketClient *market,
                      const char *token_path)
{
  g_return_if_fail (FAR_IS_BOOKS (self));
  g_return_if_fail ((client == NULL) == (market == NULL));
  g_return_if_fail ((client == NULL) == (token_path == NULL));

  if (self->client != NULL)
    g_clear_signal_handler (&self->transfers_id, self->client);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  self->loading = FALSE;

  g_set_object (&self->client, client);
  g_set_object (&self->market, market);
  g_free (self->token_path);
  self->token_path = g_strdup (token_path);
  if (client == NULL)
    return;

  self->cancellable = g_cancellable_new ();
  self->transfers_id = g_signal_connect_swapped (client, "notify::transfers",
                                                 G_CALLBACK (plan_refresh), self);
  self->stale = TRUE;
  if (self->n_watching > 0)
    far_books_refresh (self);
}

/**
 * far_books_watch:
 * @watch: TRUE when a page comes on screen that shows earnings, FALSE when it leaves
 */
void
far_books_watch (FarBooks *self, gboolean watch)
{
  g_return_if_fail (FAR_IS_BOOKS (self));
  g_return_if_fail (watch || self->n_watching > 0);

  if (watch)
    self->n_watching++;
  else
    self->n_watching--;
  if (watch && self->stale)
    far_books_refresh (self);
}

/* Reads the earnings now. */
void
far_books_refresh (FarBooks *self)
{
  g_return_if_fail (FAR_IS_BOOKS (self));

  if (self->market == NULL || self->loading)
    return;
  self->loading = TRUE;
  self->stale = FALSE;
  far_market_client_get_earnings_async (self->market, self->token_path, self->cancellable,
                                        earnings_loaded_cb, g_object_ref (self));
}

/* Returns: (transfer none) (nullable): NULL while nothing is known */
FarEarnings *
far_books_get_earnings (FarBooks *self)
{
  g_return_val_if_fail (FAR_IS_BOOKS (self), NULL);

  return self->earnings;
}

/**
 * far_books_get_today:
 *
 * Returns: what the publisher earned on the day of the last reading (UTC, as the ledger counts
 *   days), in micros; 0 while nothing is known
 */
gint64
far_books_get_today (FarBooks *self)
{
  g_autofree char *now = NULL;

  g_return_val_if_fail (FAR_IS_BOOKS (self), 0);

  if (self->earnings == NULL)
    return 0;
  now = far_time_to_rfc3339 (self->earnings->as_of_us);
  for (guint i = 0; i < self->earnings->days->len; i++)
    {
      const FarEarningsRow *day = g_ptr_array_index (self->earnings->days, i);

      if (g_str_has_prefix (now, day->label))
        return day->pay_micros + day->ad_micros - day->refund_micros;
    }
  return 0;
}

static void
verified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarBooks) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarLedgerVerdict) report = NULL;

  report = far_platform_client_verify_ledger_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  if (report != NULL)
    {
      far_books_apply_report (self, report);
      return;
    }
  set_verdict (self, FAR_VERDICT_FAILED, NULL);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[PROBLEM], 0, error);
}

/* Has every row and every checkpoint of the journal checked. */
void
far_books_verify (FarBooks *self)
{
  g_return_if_fail (FAR_IS_BOOKS (self));

  if (self->client == NULL || self->verdict == FAR_VERDICT_CHECKING)
    return;
  set_verdict (self, FAR_VERDICT_CHECKING, NULL);
  far_platform_client_verify_ledger_async (self->client, self->cancellable, verified_cb,
                                           g_object_ref (self));
}

FarVerdict
far_books_get_verdict (FarBooks *self)
{
  g_return_val_if_fail (FAR_IS_BOOKS (self), FAR_VERDICT_NONE);

  return self->verdict;
}

/* Returns: (transfer none) (nullable): there is one with FAR_VERDICT_DONE */
FarLedgerVerdict *
far_books_get_report (FarBooks *self)
{
  g_return_val_if_fail (FAR_IS_BOOKS (self), NULL);

  return self->report;
}

void
far_books_apply_earnings (FarBooks *self, FarEarnings *earnings)
{
  g_return_if_fail (FAR_IS_BOOKS (self));
  g_return_if_fail (earnings != NULL);

  far_earnings_ref (earnings);
  g_clear_pointer (&self->earnings, far_earnings_unref);
  self->earnings = earnings;
  g_signal_emit (self, signals[CHANGED], 0);
}

void
far_books_apply_report (FarBooks *self, FarLedgerVerdict *report)
{
  g_return_if_fail (FAR_IS_BOOKS (self));
  g_return_if_fail (report != NULL);

  set_verdict (self, FAR_VERDICT_DONE, report);
}
