/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles show the last minute (and say so), charts the chosen range. While the page is off screen
 * it asks for nothing. */
#include "farthing-config.h"

#include "desktop/overview/far-overview-page.h"

#include <glib/gi18n.h>
#include <math.h>

#include "desktop/charts/far-time-chart.h"
#include "desktop/far-format.h"
#include "desktop/model/far-feed.h"
#include "desktop/overview/far-event-row.h"
#include "desktop/overview/far-gaps-card.h"
#include "desktop/overview/far-isolation-card.h"
#include "desktop/overview/far-margin-card.h"
#include "desktop/overview/far-readers-card.h"
#include "desktop/overview/far-stat-tile.h"
#include "desktop/shell/far-flow.h"
#include "desktop/shell/far-money-badge.h"
#include "desktop/shell/far-range-picker.h"
#include "desktop/shell/far-state-view.h"
#include "desktop/shell/far-title.h"

#define EVENTS_SHOWN 6

struct _FarOverviewPage
{
  FarPage parent_instance;

  FarStatTile    *rate_tile;
  FarStatTile    *errors_tile;
  FarStatTile    *duration_tile;
  FarStatTile    *concurrency_tile;
  FarStatTile    *cost_tile;
  FarStatTile    *earnings_tile;
  FarTimeChart   *rate_chart;
  FarTimeChart   *duration_chart;
  FarReadersCard *readers;
  GtkListBox     *events;
  GtkWidget      *events_card;
  FarMarginCard  *margin;
  FarGapsCard    *gaps;
  FarIsolationCard *isolation;

  FarFeed        *feed;
  FarSession     *session; /* watched; the page's own, while it has one */
  gboolean        watching;
};

G_DEFINE_FINAL_TYPE (FarOverviewPage, far_overview_page, FAR_TYPE_PAGE)

/* Returns: (transfer full): where the deployment does not report a metric, who does not; otherwise
 *   detail, which is taken */
static char *
detail_or_gap (FarOverviewPage *self, const char *metric, char *detail)
{
  FarDeploymentInfo *info = far_watch_list_get_shown (far_session_get_watched (self->session));

  if (info != NULL && info->records && info->age_us < 0)
    {
      g_free (detail);
      return g_strdup (_("Nothing was received yet"));
    }
  if (info == NULL || g_strv_contains ((const char *const *) info->reports, metric))
    return detail;
  g_free (detail);
  /* Translators: %s is the name of a deployment */
  return g_strdup_printf (_("Not reported by %s"), info->name);
}

/* What is missing from the figures: the deployment's, or what the platform here could not keep. */
static void
update_gaps (FarOverviewPage *self)
{
  FarDeploymentInfo *info = far_watch_list_get_shown (far_session_get_watched (self->session));
  FarPlatformClient *client = far_session_get_client (self->session);
  FarPlatformStatus *status = client != NULL ? far_platform_client_get_status (client) : NULL;

  if (info == NULL && status != NULL)
    far_gaps_card_set_kept (self->gaps, status->dropped, status->telemetry_problem);
  else
    far_gaps_card_set_info (self->gaps, info);
}

/* Systems that tell figures only are asked for those of the time range; single records are counted
 * from when they began. */
static gboolean
counts_a_range (FarOverviewPage *self, FarRange *ret_range)
{
  FarWatchList *watched = far_session_get_watched (self->session);
  FarDeploymentInfo *info = far_watch_list_get_shown (watched);

  *ret_range = far_watch_list_get_counted (watched);
  return info != NULL && !info->records;
}

static void
update_rate_tile (FarOverviewPage *self)
{
  g_autofree char *rate = far_format_rate (far_feed_get_figure (self->feed,
                                                                FAR_METRIC_INVOCATIONS));
  g_autofree char *count = far_format_count (far_session_get_invocations (self->session));
  FarRange range;
  gboolean of_range = counts_a_range (self, &range);
  /* Translators: "In the last hour", and a number of invocations */
  g_autofree char *in_range = g_strdup_printf (_("%s: %s"), far_range_get_phrase (range), count);
  /* Translators: a number of invocations */
  g_autofree char *of_all = g_strdup_printf (_("%s in all"), count);
  g_autofree char *detail = detail_or_gap (self, "invocations",
                                           g_strdup (of_range ? in_range : of_all));

  far_stat_tile_set_figure (self->rate_tile, rate, detail);
}

static double
fraction (double part, double whole)
{
  return whole > 0 ? part / whole : NAN;
}

static void
update_errors_tile (FarOverviewPage *self)
{
  double rate = far_feed_get_figure (self->feed, FAR_METRIC_INVOCATIONS);
  double error_rate = far_feed_get_figure (self->feed, FAR_METRIC_ERRORS);
  double throttle_rate = far_feed_get_figure (self->feed, FAR_METRIC_THROTTLES);
  g_autofree char *errors = far_format_fraction (fraction (error_rate, rate));
  /* Lambda does not count a throttle as an invocation, so its denominator is another one. */
  g_autofree char *throttles = far_format_fraction (fraction (throttle_rate,
                                                              rate + throttle_rate));
  g_autofree char *detail = detail_or_gap (self, "errors",
                                           g_strdup_printf (_("Throttled %s"), throttles));

  far_stat_tile_set_figure (self->errors_tile, errors, detail);
}

static void
update_duration_tile (FarOverviewPage *self)
{
  g_autofree char *p50 = far_feed_format_duration (self->feed, FAR_METRIC_P50);
  g_autofree char *p99 = far_feed_format_duration (self->feed, FAR_METRIC_P99);
  g_autofree char *count = far_format_value (FAR_UNIT_COUNT, far_feed_get_n (self->feed));
  /* Translators: the 99th percentile, and the number of samples both percentiles are made of */
  g_autofree char *detail = detail_or_gap (self, "p50_us",
                                           g_strdup_printf (_("p99 %s · n %s"), p99, count));

  far_stat_tile_set_figure (self->duration_tile, p50, detail);
}

static void
update_concurrency_tile (FarOverviewPage *self)
{
  double most = far_feed_get_figure (self->feed, FAR_METRIC_CONCURRENCY);
  g_autofree char *figure = far_format_value (FAR_UNIT_COUNT, most);
  g_autofree char *detail = detail_or_gap (self, "concurrency",
                                           g_strdup (_("Most in the last minute")));

  far_stat_tile_set_figure (self->concurrency_tile, figure, detail);
}

static void
update_cost (FarOverviewPage *self)
{
  g_autofree char *cost = far_format_cost (far_session_get_cost (self->session));
  FarRange range;
  gboolean of_range = counts_a_range (self, &range);
  /* Translators: %s is "In the last hour" */
  g_autofree char *in_range = g_strdup_printf (_("%s, at Lambda’s prices"),
                                               far_range_get_phrase (range));
  g_autofree char *detail = detail_or_gap (self, "cost_picodollars",
                                           g_strdup (of_range ? in_range
                                                              : _("At Lambda’s prices")));

  far_stat_tile_set_figure (self->cost_tile, cost, detail);
}

static void
update_earnings (FarOverviewPage *self)
{
  FarBooks *books = far_session_get_books (self->session);
  FarEarnings *earnings = far_books_get_earnings (books);
  g_autofree char *today = NULL;
  g_autofree char *total = NULL;
  g_autofree char *detail = NULL;

  if (earnings == NULL)
    {
      far_stat_tile_set_figure (self->earnings_tile, FAR_FORMAT_UNKNOWN, NULL);
      return;
    }
  today = far_format_money (far_books_get_today (books), earnings->currency);
  total = far_format_money (earnings->publisher_micros, earnings->currency);
  /* Translators: an amount of money, all that was earned so far */
  detail = g_strdup_printf (_("%s in all"), total);
  far_stat_tile_set_figure (self->earnings_tile, today, detail);
}

static void
feed_updated_cb (FarOverviewPage *self)
{
  gint64 from_us;
  gint64 to_us;

  if (self->session == NULL)
    return;
  if (far_feed_get_extent (self->feed, &from_us, &to_us))
    {
      far_time_chart_set_range (self->rate_chart, from_us, to_us);
      far_time_chart_set_range (self->duration_chart, from_us, to_us);
    }
  update_gaps (self);
  update_rate_tile (self);
  update_errors_tile (self);
  update_duration_tile (self);
  update_concurrency_tile (self);
}

static void
happened_cb (FarOverviewPage *self)
{
  g_autoptr (GPtrArray) marks = far_happenings_get (far_session_get_happenings (self->session),
                                                    NULL);

  far_time_chart_set_marks (self->rate_chart, marks);
  far_time_chart_set_marks (self->duration_chart, marks);
}

static GtkWidget *
create_event_row (gpointer item, gpointer user_data)
{
  return far_event_row_new (item);
}

/* What is asked for only while the page is on screen. */
static void
watch (FarOverviewPage *self, gboolean on)
{
  if (self->session == NULL || self->watching == on)
    return;
  self->watching = on;
  far_books_watch (far_session_get_books (self->session), on);
  far_margin_card_show (self->margin, on ? self->session : NULL);
  if (on)
    far_session_watch (self->session, self->feed);
  else
    far_session_unwatch (self->session, self->feed);
}

/* Nobody is simulated with live money: the platform refuses it, and nobody is offered it. */
static void
show_readers (FarOverviewPage *self)
{
  FarDeployment *deployment = far_session_get_deployment (self->session);
  gboolean live = g_strcmp0 (far_deployment_get_money (deployment), "live") == 0;
  gboolean remote;

  g_object_get (self->session, "remote", &remote, NULL);
  gtk_widget_set_visible (gtk_widget_get_parent (GTK_WIDGET (self->readers)), !remote && !live);
}

/* Readers, earnings and events are the platform's own; of what is only watched there is
 * telemetry. Comes whenever another deployment is chosen: of the one before nothing stays, though
 * the session knows of the feed only while this page is on screen. */
static void
remote_changed_cb (FarOverviewPage *self)
{
  gboolean remote;

  g_object_get (self->session, "remote", &remote, NULL);
  gtk_widget_set_visible (gtk_widget_get_parent (GTK_WIDGET (self->earnings_tile)), !remote);
  show_readers (self);
  gtk_widget_set_visible (self->events_card, !remote);
  far_feed_forget (self->feed);
}

static void
watched_changed_cb (FarOverviewPage *self)
{
  update_gaps (self);
  update_cost (self);
}

static void
isolation_changed_cb (FarOverviewPage *self)
{
  FarDeployment *deployment = far_session_get_deployment (self->session);

  far_isolation_card_set (self->isolation, far_deployment_get_isolation (deployment),
                          far_deployment_get_isolation_detail (deployment));
}

static void
release_session (FarOverviewPage *self)
{
  watch (self, FALSE);
  g_signal_handlers_disconnect_by_func (self->session, update_cost, self);
  g_signal_handlers_disconnect_by_func (self->session, remote_changed_cb, self);
  g_signal_handlers_disconnect_by_func (far_session_get_books (self->session), update_earnings,
                                        self);
  g_signal_handlers_disconnect_by_func (far_session_get_happenings (self->session), happened_cb,
                                        self);
  g_signal_handlers_disconnect_by_func (far_session_get_watched (self->session),
                                        watched_changed_cb, self);
  g_signal_handlers_disconnect_by_func (far_session_get_deployment (self->session),
                                        isolation_changed_cb, self);
  g_signal_handlers_disconnect_by_func (far_session_get_deployment (self->session), show_readers,
                                        self);
  gtk_list_box_bind_model (self->events, NULL, NULL, NULL, NULL);
  g_clear_object (&self->session);
}

static void
far_overview_page_session_changed (FarPage *page, FarSession *session)
{
  FarOverviewPage *self = FAR_OVERVIEW_PAGE (page);
  g_autoptr (GtkSliceListModel) newest = NULL;
  GListModel *events;

  if (self->session != NULL)
    release_session (self);
  far_readers_card_set_readers (self->readers,
                                session != NULL ? far_session_get_readers (session) : NULL);
  if (session == NULL)
    return;

  self->session = g_object_ref (session);
  events = far_deployment_get_events (far_session_get_deployment (session));
  newest = gtk_slice_list_model_new (g_object_ref (events), 0, EVENTS_SHOWN);
  gtk_list_box_bind_model (self->events, G_LIST_MODEL (newest), create_event_row, NULL, NULL);
  g_signal_connect_swapped (session, "notify::cost", G_CALLBACK (update_cost), self);
  g_signal_connect_swapped (far_session_get_books (session), "changed",
                            G_CALLBACK (update_earnings), self);
  g_signal_connect_swapped (session, "notify::remote", G_CALLBACK (remote_changed_cb), self);
  g_signal_connect_swapped (far_session_get_happenings (session), "changed",
                            G_CALLBACK (happened_cb), self);
  g_signal_connect_swapped (far_session_get_watched (session), "changed",
                            G_CALLBACK (watched_changed_cb), self);
  g_signal_connect_swapped (far_session_get_deployment (session), "notify::isolation",
                            G_CALLBACK (isolation_changed_cb), self);
  g_signal_connect_swapped (far_session_get_deployment (session), "notify::isolation-detail",
                            G_CALLBACK (isolation_changed_cb), self);
  g_signal_connect_swapped (far_session_get_deployment (session), "notify::money",
                            G_CALLBACK (show_readers), self);
  isolation_changed_cb (self);
  happened_cb (self);
  remote_changed_cb (self);
  watched_changed_cb (self);
  update_earnings (self);
  watch (self, gtk_widget_get_mapped (GTK_WIDGET (self)));
}

static void
far_overview_page_shown (FarPage *page, gboolean shown)
{
  watch (FAR_OVERVIEW_PAGE (page), shown);
}

static void
far_overview_page_dispose (GObject *object)
{
  FarOverviewPage *self = FAR_OVERVIEW_PAGE (object);

  /* Takes the session away while the widgets are still there. */
  g_object_set (self, "session", NULL, NULL);
  g_clear_object (&self->feed);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_OVERVIEW_PAGE);

  G_OBJECT_CLASS (far_overview_page_parent_class)->dispose (object);
}

static void
far_overview_page_class_init (FarOverviewPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  FarPageClass *page_class = FAR_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_overview_page_dispose;
  page_class->session_changed = far_overview_page_session_changed;
  page_class->shown = far_overview_page_shown;

  g_type_ensure (FAR_TYPE_CHART_CURSOR);
  g_type_ensure (FAR_TYPE_FLOW);
  g_type_ensure (FAR_TYPE_GAPS_CARD);
  g_type_ensure (FAR_TYPE_ISOLATION_CARD);
  g_type_ensure (FAR_TYPE_MARGIN_CARD);
  g_type_ensure (FAR_TYPE_MONEY_BADGE);
  g_type_ensure (FAR_TYPE_RANGE_PICKER);
  g_type_ensure (FAR_TYPE_READERS_CARD);
  g_type_ensure (FAR_TYPE_STATE_VIEW);
  g_type_ensure (FAR_TYPE_STAT_TILE);
  g_type_ensure (FAR_TYPE_TIME_CHART);
  g_type_ensure (FAR_TYPE_TITLE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/overview/"
                                               "far-overview-page.ui");
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, rate_tile);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, errors_tile);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, duration_tile);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, concurrency_tile);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, cost_tile);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, earnings_tile);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, rate_chart);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, duration_chart);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, readers);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, events);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, events_card);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, margin);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, gaps);
  gtk_widget_class_bind_template_child (widget_class, FarOverviewPage, isolation);
}

static void
folded_cb (FarOverviewPage *self)
{
  gboolean folded;

  g_object_get (self, "folded", &folded, NULL);
  if (folded)
    gtk_widget_add_css_class (GTK_WIDGET (self), "compact");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "compact");
}

static void
add_series (FarOverviewPage *self, FarTimeChart *chart, FarMetric metric, FarChartStyle style,
            gboolean filled)
{
  far_time_chart_add_series (chart, far_feed_get_series (self->feed, metric), style, filled);
}

static void
far_overview_page_init (FarOverviewPage *self)
{
  self->feed = far_feed_new (NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "notify::folded", G_CALLBACK (folded_cb), NULL);

  add_series (self, self->rate_chart, FAR_METRIC_INVOCATIONS, FAR_CHART_STYLE_FIRST, TRUE);
  add_series (self, self->rate_chart, FAR_METRIC_ERRORS, FAR_CHART_STYLE_ERROR, FALSE);
  add_series (self, self->rate_chart, FAR_METRIC_THROTTLES, FAR_CHART_STYLE_THIRD, FALSE);
  add_series (self, self->duration_chart, FAR_METRIC_P50, FAR_CHART_STYLE_FIRST, TRUE);
  add_series (self, self->duration_chart, FAR_METRIC_P99, FAR_CHART_STYLE_SECOND, FALSE);
  g_signal_connect_object (self->feed, "updated", G_CALLBACK (feed_updated_cb), self,
                           G_CONNECT_SWAPPED);
}
