/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows nothing and asks for nothing until it is given a function. Only the tab on screen is kept
 * up to date. */
#include "farthing-config.h"

#include "desktop/functions/far-function-detail.h"

#include <glib/gi18n.h>

#include "desktop/charts/far-time-chart.h"
#include "desktop/far-format.h"
#include "desktop/functions/far-compare-card.h"
#include "desktop/functions/far-heat-card.h"
#include "desktop/functions/far-invocation-list.h"
#include "desktop/functions/far-log-view.h"
#include "desktop/shell/far-flow.h"
#include "desktop/shell/far-range-picker.h"

struct _FarFunctionDetail
{
  AdwBin parent_instance;

  FarChartCursor    *cursor;
  GtkLabel          *facts;
  FarRangePicker    *range;
  GtkStack          *stack;
  FarTimeChart      *rate_chart;
  FarTimeChart      *duration_chart;
  FarTimeChart      *concurrency_chart;
  FarTimeChart      *cost_chart;
  FarHeatCard       *heat;
  FarCompareCard    *compare;
  FarInvocationList *invocations;
  FarLogView        *logs;

  FarSession        *session;
  FarFunctionInfo   *function;
  gulong             changed_id;
  FarFeed           *feed;
};

G_DEFINE_FINAL_TYPE (FarFunctionDetail, far_function_detail, ADW_TYPE_BIN)

/* Takes the fact. */
static void
append_fact (GString *text, char *fact)
{
  if (fact[0] != '\0')
    g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", fact);
  g_free (fact);
}

/* What a deployment does not report is left out; it is not 0. */
static void
update_facts (FarFunctionDetail *self)
{
  const FarFunctionFigures *figures = far_function_info_get_figures (self->function);
  g_autoptr (GString) text = g_string_new (NULL);

  append_fact (text, far_format_plain (far_function_info_get_runtime (self->function)));
  if (figures->memory_mb > 0)
    append_fact (text, g_strdup_printf (_("%u MB"), figures->memory_mb));
  if (figures->timeout_s > 0)
    append_fact (text, g_strdup_printf (_("stopped after %u s"), figures->timeout_s));
  if (figures->instances >= 0)
    append_fact (text, g_strdup_printf (g_dngettext (NULL, "%d instance now", "%d instances now",
                                                     (gulong) figures->instances),
                                        (int) figures->instances));
  if (figures->reserved_concurrency >= 0)
    append_fact (text, g_strdup_printf (_("at most %d at once"),
                                        (int) figures->reserved_concurrency));
  gtk_label_set_label (self->facts, text->str);
  gtk_widget_set_visible (GTK_WIDGET (self->facts), text->len > 0);
}

static void
feed_updated_cb (FarFunctionDetail *self)
{
  FarTimeChart *charts[] = {
    self->rate_chart, self->duration_chart, self->concurrency_chart, self->cost_chart,
  };
  gint64 from_us;
  gint64 to_us;

  if (!far_feed_get_extent (self->feed, &from_us, &to_us))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (charts); i++)
    far_time_chart_set_range (charts[i], from_us, to_us);
}

static void
happened_cb (FarFunctionDetail *self)
{
  FarTimeChart *charts[] = {
    self->rate_chart, self->duration_chart, self->concurrency_chart, self->cost_chart,
  };
  g_autoptr (GPtrArray) marks = NULL;

  if (self->session == NULL || self->function == NULL)
    return;
  marks = far_happenings_get (far_session_get_happenings (self->session),
                              far_function_info_get_name (self->function));
  for (guint i = 0; i < G_N_ELEMENTS (charts); i++)
    far_time_chart_set_marks (charts[i], marks);
}

static gboolean
on_tab (FarFunctionDetail *self, const char *name)
{
  return gtk_widget_get_mapped (GTK_WIDGET (self)) && self->function != NULL &&
         g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), name) == 0;
}

/* Brings what is watched in line with what is on screen. */
static void
update_watching (FarFunctionDetail *self)
{
  const char *name = self->function != NULL ? far_function_info_get_name (self->function) : NULL;
  FarPlatformClient *client = NULL;

  if (self->session != NULL)
    client = far_session_get_client (self->session);
  if (self->session != NULL && self->feed != NULL)
    {
      if (on_tab (self, "charts"))
        far_session_watch (self->session, self->feed);
      else
        far_session_unwatch (self->session, self->feed);
    }
  far_heat_card_show (self->heat, on_tab (self, "charts") ? self->session : NULL, name);
  far_compare_card_show (self->compare, on_tab (self, "charts") ? self->session : NULL, name);
  far_invocation_list_show (self->invocations, on_tab (self, "invocations") ? client : NULL, name);
  far_log_view_show (self->logs, on_tab (self, "logs") ? client : NULL, name);
}

static void
tab_changed_cb (FarFunctionDetail *self)
{
  if (self->logs != NULL)
    update_watching (self);
}

static void
far_function_detail_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (far_function_detail_parent_class)->map (widget);
  update_watching (FAR_FUNCTION_DETAIL (widget));
}

static void
far_function_detail_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (far_function_detail_parent_class)->unmap (widget);
  update_watching (FAR_FUNCTION_DETAIL (widget));
}

static void
far_function_detail_dispose (GObject *object)
{
  FarFunctionDetail *self = FAR_FUNCTION_DETAIL (object);

  if (self->logs != NULL)
    {
      far_function_detail_set_function (self, NULL);
      far_function_detail_set_session (self, NULL);
    }
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_FUNCTION_DETAIL);

  G_OBJECT_CLASS (far_function_detail_parent_class)->dispose (object);
}

static void
far_function_detail_class_init (FarFunctionDetailClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_function_detail_dispose;
  widget_class->map = far_function_detail_map;
  widget_class->unmap = far_function_detail_unmap;

  g_type_ensure (FAR_TYPE_FLOW);
  g_type_ensure (FAR_TYPE_CHART_CURSOR);
  g_type_ensure (FAR_TYPE_TIME_CHART);
  g_type_ensure (FAR_TYPE_COMPARE_CARD);
  g_type_ensure (FAR_TYPE_HEAT_CARD);
  g_type_ensure (FAR_TYPE_INVOCATION_LIST);
  g_type_ensure (FAR_TYPE_LOG_VIEW);
  g_type_ensure (FAR_TYPE_RANGE_PICKER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/functions/"
                                               "far-function-detail.ui");
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, cursor);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, facts);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, range);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, stack);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, rate_chart);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, duration_chart);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, concurrency_chart);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, cost_chart);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, heat);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, compare);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, invocations);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionDetail, logs);
  gtk_widget_class_bind_template_callback (widget_class, tab_changed_cb);
}

static void
far_function_detail_init (FarFunctionDetail *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_function_detail_set_session:
 * @session: (nullable): whom the figures are asked of
 */
void
far_function_detail_set_session (FarFunctionDetail *self, FarSession *session)
{
  g_return_if_fail (FAR_IS_FUNCTION_DETAIL (self));

  if (self->session == session)
    return;
  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->session, update_watching, self);
      g_signal_handlers_disconnect_by_func (far_session_get_happenings (self->session),
                                            happened_cb, self);
      if (self->feed != NULL)
        far_session_unwatch (self->session, self->feed);
    }
  g_set_object (&self->session, session);
  g_object_set (self->range, "session", session, NULL);
  if (session != NULL)
    {
      g_signal_connect_swapped (session, "notify::client", G_CALLBACK (update_watching), self);
      g_signal_connect_swapped (far_session_get_happenings (session), "changed",
                                G_CALLBACK (happened_cb), self);
    }
  update_watching (self);
}

static void
set_chart (FarFunctionDetail *self, FarTimeChart *chart, FarMetric metric, FarChartStyle style,
           gboolean filled)
{
  FarChartSeries *series = self->feed != NULL ? far_feed_get_series (self->feed, metric) : NULL;

  if (series != NULL)
    far_time_chart_add_series (chart, series, style, filled);
  else
    far_time_chart_clear (chart);
}

static void
set_charts (FarFunctionDetail *self)
{
  set_chart (self, self->rate_chart, FAR_METRIC_INVOCATIONS, FAR_CHART_STYLE_FIRST, TRUE);
  set_chart (self, self->rate_chart, FAR_METRIC_ERRORS, FAR_CHART_STYLE_ERROR, FALSE);
  set_chart (self, self->rate_chart, FAR_METRIC_THROTTLES, FAR_CHART_STYLE_THIRD, FALSE);
  set_chart (self, self->rate_chart, FAR_METRIC_COLD_STARTS, FAR_CHART_STYLE_SECOND, FALSE);
  set_chart (self, self->duration_chart, FAR_METRIC_P50, FAR_CHART_STYLE_FIRST, TRUE);
  set_chart (self, self->duration_chart, FAR_METRIC_P99, FAR_CHART_STYLE_SECOND, FALSE);
  set_chart (self, self->concurrency_chart, FAR_METRIC_CONCURRENCY, FAR_CHART_STYLE_FIRST, TRUE);
  set_chart (self, self->cost_chart, FAR_METRIC_COST, FAR_CHART_STYLE_FIRST, TRUE);
}

/**
 * far_function_detail_set_function:
 * @function: (nullable): shown from now on
 */
void
far_function_detail_set_function (FarFunctionDetail *self, FarFunctionInfo *function)
{
  g_return_if_fail (FAR_IS_FUNCTION_DETAIL (self));
  g_return_if_fail (function == NULL || FAR_IS_FUNCTION_INFO (function));

  if (self->function == function)
    return;
  if (self->function != NULL)
    g_clear_signal_handler (&self->changed_id, self->function);
  if (self->feed != NULL)
    {
      if (self->session != NULL)
        far_session_unwatch (self->session, self->feed);
      g_signal_handlers_disconnect_by_func (self->feed, feed_updated_cb, self);
      g_clear_object (&self->feed);
      set_charts (self);
    }
  far_chart_cursor_set_time (self->cursor, FAR_CHART_CURSOR_NONE);
  g_set_object (&self->function, function);
  if (function != NULL)
    {
      self->feed = far_feed_new (far_function_info_get_name (function));
      g_signal_connect_swapped (self->feed, "updated", G_CALLBACK (feed_updated_cb), self);
      self->changed_id = g_signal_connect_swapped (function, "changed", G_CALLBACK (update_facts),
                                                   self);
      set_charts (self);
      happened_cb (self);
      update_facts (self);
      gtk_stack_set_visible_child_name (self->stack, "charts");
    }
  update_watching (self);
}
