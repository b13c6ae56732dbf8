/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Earnings and payouts are read again when the journal has grown, at most once a second, and only
 * while a page shows them: reading them is an invocation too, and somebody pays for it. The journal
 * of a deployment that is only watched tells nobody that it grew: there it is every REMOTE_MS. What
 * was read last stays when a reading fails, and the message says that it is old. No amount is
 * computed here. */
#include "desktop/model/far-books.h"

#define REFRESH_MS 400
#define REMOTE_MS 5000
#define NOT_REPORTED "not_reported"

struct _FarBooks
{
  GObject parent_instance;

  FarPlatformClient *client;    /* nullable: another's books */
  FarPublisher      *publisher; /* nullable */
  gulong             transfers_id;
  GCancellable      *cancellable;

  FarEarnings       *earnings;
  GPtrArray         *payouts;   /* of FarPayout; nullable */
  char              *message;   /* why the last reading failed; nullable */
  gboolean           unreported; /* there is nothing to read */
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
payouts_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarBooks) self = user_data;
  g_autoptr (GPtrArray) payouts = NULL;

  /* An older market has none; then they are not shown. */
  payouts = far_publisher_load_payouts_finish (FAR_PUBLISHER (source), result, NULL);
  if (FAR_PUBLISHER (source) == self->publisher && payouts != NULL)
    far_books_apply_payouts (self, payouts);
}

static void
fail (FarBooks *self, const GError *error)
{
  gboolean news = self->message == NULL;

  g_free (self->message);
  self->message = g_strdup (error->message);
  self->unreported = g_strcmp0 (far_client_error_get_code (error), NOT_REPORTED) == 0;
  if (news && self->client != NULL)
    g_signal_emit (self, signals[PROBLEM], 0, error);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
earnings_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarBooks) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarEarnings) earnings = NULL;

  earnings = far_publisher_load_earnings_finish (FAR_PUBLISHER (source), result, &error);
  if (FAR_PUBLISHER (source) != self->publisher)
    return; /* of books that are no longer these */

  self->loading = FALSE;
  if (earnings != NULL)
    {
      g_clear_pointer (&self->message, g_free);
      self->unreported = FALSE;
      far_books_apply_earnings (self, earnings);
      far_publisher_load_payouts_async (self->publisher, self->cancellable, payouts_loaded_cb,
                                        g_object_ref (self));
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail (self, error);
  if (self->stale || (self->client == NULL && !self->unreported))
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
  if (self->n_watching > 0 && self->refresh_id == 0 && !self->loading && self->publisher != NULL)
    self->refresh_id = g_timeout_add (self->client != NULL ? REFRESH_MS : REMOTE_MS, refresh_cb,
                                      self);
}

static void
far_books_dispose (GObject *object)
{
  FarBooks *self = FAR_BOOKS (object);

  far_books_set_source (self, NULL, NULL);
  far_books_forget (self);

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
 * @client: (nullable): whose journal is watched and verified; NULL: another's, which is asked again
 *   and again
 * @publisher: (nullable): whom earnings are asked of
 */
void
far_books_set_source (FarBooks *self, FarPlatformClient *client, FarPublisher *publisher)
{
  g_return_if_fail (FAR_IS_BOOKS (self));
  g_return_if_fail (client == NULL || publisher != NULL);

  if (self->client != NULL)
    g_clear_signal_handler (&self->transfers_id, self->client);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  self->loading = FALSE;

  g_set_object (&self->client, client);
  g_set_object (&self->publisher, publisher);
  if (publisher == NULL)
    return;

  self->cancellable = g_cancellable_new ();
  if (client != NULL)
    self->transfers_id = g_signal_connect_swapped (client, "notify::transfers",
                                                   G_CALLBACK (plan_refresh), self);
  self->stale = TRUE;
  if (self->n_watching > 0)
    far_books_refresh (self);
}

/* What was read is of other books than those to come. */
void
far_books_forget (FarBooks *self)
{
  g_return_if_fail (FAR_IS_BOOKS (self));

  g_clear_pointer (&self->earnings, far_earnings_unref);
  g_clear_pointer (&self->payouts, g_ptr_array_unref);
  g_clear_pointer (&self->message, g_free);
  self->unreported = FALSE;
  set_verdict (self, FAR_VERDICT_NONE, NULL);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Returns: (nullable) */
FarPublisher *
far_books_get_publisher (FarBooks *self)
{
  g_return_val_if_fail (FAR_IS_BOOKS (self), NULL);

  return self->publisher;
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
  if (watch && (self->stale || self->client == NULL))
    far_books_refresh (self);
}

/* Reads the earnings now. */
void
far_books_refresh (FarBooks *self)
{
  g_return_if_fail (FAR_IS_BOOKS (self));

  if (self->publisher == NULL || self->loading)
    return;
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  self->loading = TRUE;
  self->stale = FALSE;
  far_publisher_load_earnings_async (self->publisher, self->cancellable, earnings_loaded_cb,
                                     g_object_ref (self));
}

/* Returns: (transfer none) (nullable): NULL while nothing is known */
FarEarnings *
far_books_get_earnings (FarBooks *self)
{
  g_return_val_if_fail (FAR_IS_BOOKS (self), NULL);

  return self->earnings;
}

/* Returns: (nullable) (element-type FarPayout): newest first; NULL while nothing is known */
GPtrArray *
far_books_get_payouts (FarBooks *self)
{
  g_return_val_if_fail (FAR_IS_BOOKS (self), NULL);

  return self->payouts;
}

/* Returns: (nullable): why the last reading failed; what there is is from before */
const char *
far_books_get_message (FarBooks *self)
{
  g_return_val_if_fail (FAR_IS_BOOKS (self), NULL);

  return self->message;
}

/* Returns: FALSE where it is known that these books are told to nobody here */
gboolean
far_books_get_reported (FarBooks *self)
{
  g_return_val_if_fail (FAR_IS_BOOKS (self), TRUE);

  return !self->unreported;
}

/* Returns: whether every row can be read, rather than what is signed */
gboolean
far_books_can_verify (FarBooks *self)
{
  g_return_val_if_fail (FAR_IS_BOOKS (self), FALSE);

  return self->client != NULL;
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
far_books_apply_payouts (FarBooks *self, GPtrArray *payouts)
{
  g_return_if_fail (FAR_IS_BOOKS (self));

  g_ptr_array_ref (payouts);
  g_clear_pointer (&self->payouts, g_ptr_array_unref);
  self->payouts = payouts;
  g_signal_emit (self, signals[CHANGED], 0);
}

void
far_books_apply_report (FarBooks *self, FarLedgerVerdict *report)
{
  g_return_if_fail (FAR_IS_BOOKS (self));
  g_return_if_fail (report != NULL);

  set_verdict (self, FAR_VERDICT_DONE, report);
}
