/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks for whole steps only: a step that is still filling would look like a fall. A sample stands
 * at the end of its step. Counts become rates here, so that ranges can be compared.
 *
 * The figures of the last minute are asked for as one step, because percentiles of several steps
 * cannot be put together again. The platform's steps begin at multiples of their length, so the
 * length is chosen anew each time: of those about a minute long, the one whose last whole step has
 * ended most recently.
 *
 * One refresh at a time: while one is under way another is not begun. The signal "updated" comes
 * after the series or the figures of an answer are in place. An answer that fails changes nothing;
 * the deployment's state says that figures are old. */
#include "farthing-config.h"

#include "desktop/model/far-feed.h"

#include <glib/gi18n.h>
#include <math.h>

#include "desktop/far-format.h"

#define ASKS_PER_STEP 10
#define PAUSE_MAX_US (60 * G_USEC_PER_SEC)

struct _FarFeed
{
  GObject parent_instance;

  char           *function; /* NULL: all together */
  FarChartSeries *series[FAR_N_METRICS];
  double          figures[FAR_N_METRICS];
  double          low[FAR_N_METRICS];  /* the truth lies between; NaN: exact enough */
  double          high[FAR_N_METRICS];
  gint64          window_us; /* what the figures are of */
  FarRange        range;
  gint64          from_us;
  gint64          to_us;
  gint64          asked_us; /* when the series were asked for last; 0: they are of another range */
  GCancellable   *cancellable; /* of the refresh under way */
  guint           n_pending;
};

enum { UPDATED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarFeed, far_feed, G_TYPE_OBJECT)

static const struct {
  const char *name; /* on the wire */
  const char *title;
  gboolean    per_second;
} metrics[FAR_N_METRICS] = {
  [FAR_METRIC_INVOCATIONS] = { "invocations", N_("Invocations"), TRUE },
  [FAR_METRIC_ERRORS] = { "errors", N_("Errors"), TRUE },
  [FAR_METRIC_THROTTLES] = { "throttles", N_("Throttles"), TRUE },
  [FAR_METRIC_COLD_STARTS] = { "cold_starts", N_("Cold starts"), TRUE },
  [FAR_METRIC_P50] = { "p50_us", N_("p50"), FALSE },
  [FAR_METRIC_P99] = { "p99_us", N_("p99"), FALSE },
  [FAR_METRIC_CONCURRENCY] = { "concurrency", N_("Concurrency"), FALSE },
  [FAR_METRIC_COST] = { "cost_picodollars", N_("Cost"), TRUE },
};

static char *
all_metric_names (void)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < FAR_N_METRICS; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? "," : "", metrics[i].name);
  return g_string_free (names, FALSE);
}

static void
far_feed_dispose (GObject *object)
{
  FarFeed *self = FAR_FEED (object);

  far_feed_cancel (self);
  for (guint i = 0; i < FAR_N_METRICS; i++)
    g_clear_object (&self->series[i]);
  g_clear_pointer (&self->function, g_free);

  G_OBJECT_CLASS (far_feed_parent_class)->dispose (object);
}

static void
far_feed_class_init (FarFeedClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_feed_dispose;

  signals[UPDATED] =
    g_signal_new ("updated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
far_feed_init (FarFeed *self)
{
  for (guint i = 0; i < FAR_N_METRICS; i++)
    {
      self->series[i] = far_chart_series_new (_(metrics[i].title));
      self->figures[i] = self->low[i] = self->high[i] = NAN;
    }
}

/**
 * far_feed_new:
 * @function: (nullable): NULL for all functions together
 */
FarFeed *
far_feed_new (const char *function)
{
  FarFeed *self = g_object_new (FAR_TYPE_FEED, NULL);

  self->function = g_strdup (function);
  return self;
}

/* Returns: (transfer none) (nullable) */
const char *
far_feed_get_function (FarFeed *self)
{
  g_return_val_if_fail (FAR_IS_FEED (self), NULL);

  return self->function;
}

/* Returns: (transfer none) */
FarChartSeries *
far_feed_get_series (FarFeed *self, FarMetric metric)
{
  g_return_val_if_fail (FAR_IS_FEED (self), NULL);
  g_return_val_if_fail (metric < FAR_N_METRICS, NULL);

  return self->series[metric];
}

/* Returns: the metric of the last minute: counts as rates, percentiles and concurrency as they are;
 * NaN if it is not known */
double
far_feed_get_figure (FarFeed *self, FarMetric metric)
{
  g_return_val_if_fail (FAR_IS_FEED (self), NAN);
  g_return_val_if_fail (metric < FAR_N_METRICS, NAN);

  if (metrics[metric].per_second && self->window_us > 0)
    return self->figures[metric] * G_USEC_PER_SEC / (double) self->window_us;
  return self->figures[metric];
}

/* Returns: (transfer full): a percentile of the last minute, no more exact than the source is */
char *
far_feed_format_duration (FarFeed *self, FarMetric metric)
{
  g_return_val_if_fail (FAR_IS_FEED (self), NULL);
  g_return_val_if_fail (metric < FAR_N_METRICS, NULL);

  return far_format_band (self->figures[metric], self->low[metric], self->high[metric]);
}

/* Returns: how many invocations the figures of the last minute are made of; NaN if not known */
double
far_feed_get_n (FarFeed *self)
{
  g_return_val_if_fail (FAR_IS_FEED (self), NAN);

  return self->figures[FAR_METRIC_INVOCATIONS];
}

FarRange
far_feed_get_range (FarFeed *self)
{
  g_return_val_if_fail (FAR_IS_FEED (self), FAR_RANGE_MINUTES);

  return self->range;
}

/**
 * far_feed_set_range:
 *
 * Takes effect with the next refresh; one under way is given up.
 */
void
far_feed_set_range (FarFeed *self, FarRange range)
{
  g_return_if_fail (FAR_IS_FEED (self));
  g_return_if_fail (range < FAR_N_RANGES);

  if (self->range == range)
    return;
  far_feed_cancel (self);
  self->range = range;
  self->asked_us = 0;
}

/* Returns: FALSE while no answer has come */
gboolean
far_feed_get_extent (FarFeed *self, gint64 *ret_from_us, gint64 *ret_to_us)
{
  g_return_val_if_fail (FAR_IS_FEED (self), FALSE);

  if (self->to_us == 0)
    return FALSE;
  *ret_from_us = self->from_us;
  *ret_to_us = self->to_us;
  return TRUE;
}

static void
apply_points (FarFeed *self, FarSeriesSet *set, guint metric, const double *points)
{
  g_autofree double *rates = NULL;
  guint n_points = points != NULL ? MIN (set->n_points, FAR_CHART_SAMPLES_MAX) : 0;

  if (metrics[metric].per_second && n_points > 0)
    {
      rates = g_new (double, n_points);
      for (guint i = 0; i < n_points; i++)
        rates[i] = points[i] * G_USEC_PER_SEC / (double) set->step_us;
    }
  far_chart_series_set_samples (self->series[metric], set->from_us + set->step_us, set->step_us,
                                rates != NULL ? rates : points, n_points);
  for (guint i = 0; points != NULL && i < set->n_series; i++)
    if (set->series[i].points == points && set->series[i].low != NULL &&
        set->series[i].high != NULL)
      far_chart_series_set_band (self->series[metric], set->series[i].low, set->series[i].high);
}

/**
 * far_feed_apply:
 * @set: an answer; what it lacks becomes empty
 */
void
far_feed_apply (FarFeed *self, FarSeriesSet *set)
{
  const char *function;

  g_return_if_fail (FAR_IS_FEED (self));
  g_return_if_fail (set->step_us > 0);

  function = self->function != NULL ? self->function : "";
  for (guint i = 0; i < FAR_N_METRICS; i++)
    apply_points (self, set, i, far_series_set_find (set, function, metrics[i].name));
  self->from_us = set->from_us;
  self->to_us = set->from_us + MAX (set->n_points, 1) * set->step_us;
  g_signal_emit (self, signals[UPDATED], 0);
}

static void
take_band (FarFeed *self, const FarSeriesSet *set, guint metric, const double *points)
{
  self->low[metric] = self->high[metric] = NAN;
  for (guint i = 0; i < set->n_series; i++)
    if (points != NULL && set->series[i].points == points && set->series[i].low != NULL &&
        set->series[i].high != NULL && set->n_points > 0)
      {
        self->low[metric] = set->series[i].low[0];
        self->high[metric] = set->series[i].high[0];
      }
}

/**
 * far_feed_apply_window:
 * @set: an answer whose first step is the last minute
 */
void
far_feed_apply_window (FarFeed *self, FarSeriesSet *set)
{
  const char *function;

  g_return_if_fail (FAR_IS_FEED (self));

  function = self->function != NULL ? self->function : "";
  self->window_us = set->step_us;
  for (guint i = 0; i < FAR_N_METRICS; i++)
    {
      const double *points = far_series_set_find (set, function, metrics[i].name);

      self->figures[i] = points != NULL && set->n_points > 0 ? points[0] : NAN;
      take_band (self, set, i, points);
    }
  g_signal_emit (self, signals[UPDATED], 0);
}

/* A call under way; one whose cancellable is no longer the feed's was given up. */
typedef struct {
  FarFeed      *feed;
  GCancellable *cancellable;
} Request;

static Request *
request_new (FarFeed *feed)
{
  Request *request = g_new0 (Request, 1);

  request->feed = g_object_ref (feed);
  request->cancellable = g_object_ref (feed->cancellable);
  return request;
}

static void
request_free (Request *request)
{
  g_object_unref (request->feed);
  g_object_unref (request->cancellable);
  g_free (request);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

/* Returns: (transfer full) (nullable): the answer, unless it failed or nobody waits for it */
static FarSeriesSet *
finish_load (Request *request, GObject *source, GAsyncResult *result)
{
  FarFeed *self = request->feed;
  g_autoptr (FarSeriesSet) set = NULL;

  set = far_platform_client_load_series_finish (FAR_PLATFORM_CLIENT (source), result, NULL);
  if (request->cancellable != self->cancellable)
    return NULL;
  g_assert (self->n_pending > 0);
  if (--self->n_pending == 0)
    g_clear_object (&self->cancellable);
  return g_steal_pointer (&set);
}

static void
series_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  g_autoptr (FarSeriesSet) set = finish_load (request, source, result);

  if (set != NULL && set->step_us > 0)
    far_feed_apply (request->feed, set);
  else if (set == NULL)
    request->feed->asked_us = 0; /* with the next refresh again */
}

static void
window_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  g_autoptr (FarSeriesSet) set = finish_load (request, source, result);

  if (set != NULL)
    far_feed_apply_window (request->feed, set);
}

/**
 * far_feed_choose_window:
 * @now_us: µs since the epoch
 * @ret_from_us: (out): start of a step that lies wholly in the past
 *
 * Returns: the step's length in µs, FAR_FEED_WINDOW_MIN_S to FAR_FEED_WINDOW_MAX_S
 */
gint64
far_feed_choose_window (gint64 now_us, gint64 *ret_from_us)
{
  gint64 now_s = now_us / G_USEC_PER_SEC;
  gint64 best_s = FAR_FEED_WINDOW_MIN_S;

  for (gint64 step_s = FAR_FEED_WINDOW_MIN_S; step_s <= FAR_FEED_WINDOW_MAX_S; step_s++)
    if (now_s % step_s < now_s % best_s)
      best_s = step_s;
  *ret_from_us = (now_s / best_s - 1) * best_s * G_USEC_PER_SEC;
  return best_s * G_USEC_PER_SEC;
}

/* The longer a step, the less often there is a new one. */
static gboolean
series_are_due (FarFeed *self, gint64 now_us)
{
  gint64 pause_us = MIN (far_range_get_step (self->range) / ASKS_PER_STEP, PAUSE_MAX_US);

  return self->asked_us == 0 || now_us < self->asked_us || now_us - self->asked_us >= pause_us;
}

/**
 * far_feed_refresh:
 * @client: whom to ask
 * @now_us: by the deployment's clock, µs since the epoch
 */
void
far_feed_refresh (FarFeed *self, FarPlatformClient *client, gint64 now_us)
{
  g_autofree char *names = NULL;
  gint64 step_us;
  gint64 from_us;
  gint64 to_us;

  g_return_if_fail (FAR_IS_FEED (self));
  g_return_if_fail (FAR_IS_PLATFORM_CLIENT (client));

  if (self->n_pending > 0)
    return;

  names = all_metric_names ();
  self->cancellable = g_cancellable_new ();
  if (series_are_due (self, now_us))
    {
      step_us = far_range_get_step (self->range);
      to_us = now_us / step_us * step_us;
      from_us = to_us - far_range_get_length (self->range);
      self->asked_us = now_us;
      self->n_pending++;
      far_platform_client_load_series_async (client, self->function, names, from_us, to_us,
                                             step_us, self->cancellable, series_loaded_cb,
                                             request_new (self));
    }
  self->n_pending++;
  step_us = far_feed_choose_window (now_us, &from_us);
  far_platform_client_load_series_async (client, self->function, names, from_us,
                                         from_us + step_us, step_us, self->cancellable,
                                         window_loaded_cb, request_new (self));
}

/* Gives up a refresh that is under way. */
void
far_feed_cancel (FarFeed *self)
{
  g_return_if_fail (FAR_IS_FEED (self));

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->n_pending > 0)
    self->asked_us = 0;
  self->n_pending = 0;
}

/* Gives up what is under way, and shows nothing until there is an answer: the figures will be of
 * something else. */
void
far_feed_forget (FarFeed *self)
{
  g_return_if_fail (FAR_IS_FEED (self));

  far_feed_cancel (self);
  self->asked_us = 0;
  for (guint i = 0; i < FAR_N_METRICS; i++)
    {
      far_chart_series_set_samples (self->series[i], 0, far_range_get_step (self->range), NULL, 0);
      self->figures[i] = NAN;
    }
  g_signal_emit (self, signals[UPDATED], 0);
}
