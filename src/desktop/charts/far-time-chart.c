/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The legend is the plot's text equivalent for those who see: it names each line and gives its
 * value, the newest or the one under the cursor. */
#include "farthing-config.h"

#include "desktop/charts/far-time-chart.h"

#include <glib/gi18n.h>

#include "desktop/charts/far-chart-marks.h"
#include "desktop/charts/far-series-key.h"
#include "desktop/charts/far-time-plot.h"

struct _FarTimeChart
{
  GtkWidget parent_instance;

  GtkLabel       *title;
  GtkLabel       *when;
  FarTimePlot    *plot;
  GtkFlowBox     *legend;

  FarUnit         unit;
  FarChartCursor *cursor;
  gulong          cursor_id;
  gint64          to_us;
  GPtrArray      *marks; /* (nullable): of FarAnnotationInfo */

  FarChartSeries      *series[FAR_TIME_PLOT_SERIES_MAX];
  gulong          changed_ids[FAR_TIME_PLOT_SERIES_MAX];
  FarSeriesKey   *keys[FAR_TIME_PLOT_SERIES_MAX];
  guint           n_series;
};

enum { PROP_0, PROP_TITLE, PROP_UNIT, PROP_CURSOR, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarTimeChart, far_time_chart, GTK_TYPE_WIDGET)

/* Returns: (transfer full): the moment under the cursor, and what happened then, which otherwise
 * only a pointer is told */
static char *
describe_moment (FarTimeChart *self, gint64 time_us)
{
  gint64 half_us = self->n_series > 0 ? far_chart_series_get_step (self->series[0]) / 2 : 0;
  g_autofree char *happened = far_chart_marks_describe (self->marks, time_us - half_us,
                                                        time_us + half_us);

  return happened[0] != '\0' ? g_steal_pointer (&happened)
                             : far_format_moment (time_us, self->to_us);
}

/* Without a cursor the newest sample counts, which may be missing. */
static void
update_legend (FarTimeChart *self)
{
  gint64 time_us = FAR_CHART_CURSOR_NONE;
  g_autofree char *clock = NULL;

  if (self->cursor != NULL)
    time_us = far_chart_cursor_get_time (self->cursor);
  if (time_us != FAR_CHART_CURSOR_NONE)
    clock = describe_moment (self, time_us);
  gtk_label_set_label (self->when, clock != NULL ? clock : "");

  for (guint i = 0; i < self->n_series; i++)
    {
      g_autofree char *text = NULL;
      FarChartSummary summary;
      double value, low, high;

      if (time_us == FAR_CHART_CURSOR_NONE)
        {
          far_chart_series_summarize (self->series[i], G_MININT64, self->to_us, &summary);
          value = summary.last;
          low = summary.low;
          high = summary.high;
        }
      else
        {
          value = far_chart_series_value_at (self->series[i], time_us);
          far_chart_series_band_at (self->series[i], time_us, &low, &high);
        }
      text = self->unit == FAR_UNIT_DURATION ? far_format_band (value, low, high)
                                             : far_format_value (self->unit, value);
      far_series_key_set_value (self->keys[i], text);
    }
}

static void
release_series (FarTimeChart *self)
{
  while (self->n_series > 0)
    {
      guint i = --self->n_series;

      g_clear_signal_handler (&self->changed_ids[i], self->series[i]);
      g_clear_object (&self->series[i]);
    }
}

static void
far_time_chart_dispose (GObject *object)
{
  FarTimeChart *self = FAR_TIME_CHART (object);
  GtkWidget *child;

  far_time_chart_set_cursor (self, NULL);
  release_series (self);
  g_clear_pointer (&self->marks, g_ptr_array_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_TIME_CHART);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (far_time_chart_parent_class)->dispose (object);
}

static void
far_time_chart_set_property (GObject *object, guint prop_id, const GValue *value,
                             GParamSpec *pspec)
{
  FarTimeChart *self = FAR_TIME_CHART (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      gtk_label_set_label (self->title, g_value_get_string (value));
      far_time_plot_set_title (self->plot, g_value_get_string (value));
      break;
    case PROP_UNIT:
      self->unit = (FarUnit) g_value_get_uint (value);
      far_time_plot_set_unit (self->plot, self->unit);
      break;
    case PROP_CURSOR:
      far_time_chart_set_cursor (self, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_time_chart_class_init (FarTimeChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_time_chart_dispose;
  object_class->set_property = far_time_chart_set_property;

  properties[PROP_TITLE] =
    g_param_spec_string ("title", NULL, NULL, "", G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_UNIT] =
    g_param_spec_uint ("unit", NULL, NULL, FAR_UNIT_COUNT, FAR_UNIT_COST, FAR_UNIT_COUNT,
                       G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_CURSOR] =
    g_param_spec_object ("cursor", NULL, NULL, FAR_TYPE_CHART_CURSOR,
                         G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (FAR_TYPE_TIME_PLOT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/charts/"
                                               "far-time-chart.ui");
  gtk_widget_class_bind_template_child (widget_class, FarTimeChart, title);
  gtk_widget_class_bind_template_child (widget_class, FarTimeChart, when);
  gtk_widget_class_bind_template_child (widget_class, FarTimeChart, plot);
  gtk_widget_class_bind_template_child (widget_class, FarTimeChart, legend);
  gtk_widget_class_set_css_name (widget_class, "timechart");
}

static void
far_time_chart_init (FarTimeChart *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_time_chart_set_cursor:
 * @cursor: (nullable): shared by the charts of a page
 */
void
far_time_chart_set_cursor (FarTimeChart *self, FarChartCursor *cursor)
{
  g_return_if_fail (FAR_IS_TIME_CHART (self));

  if (self->cursor != NULL)
    g_clear_signal_handler (&self->cursor_id, self->cursor);
  g_set_object (&self->cursor, cursor);
  if (self->plot != NULL)
    far_time_plot_set_cursor (self->plot, cursor);
  if (cursor != NULL)
    self->cursor_id = g_signal_connect_swapped (cursor, "notify::time",
                                                G_CALLBACK (update_legend), self);
}

/**
 * far_time_chart_add_series:
 * @series: shown from now on, and in the legend
 * @filled: whether the area below the line is tinted
 */
void
far_time_chart_add_series (FarTimeChart *self, FarChartSeries *series, FarChartStyle style,
                           gboolean filled)
{
  GtkWidget *child;
  GtkWidget *key;

  g_return_if_fail (FAR_IS_TIME_CHART (self));
  g_return_if_fail (FAR_IS_CHART_SERIES (series));
  g_return_if_fail (self->n_series < FAR_TIME_PLOT_SERIES_MAX);

  far_time_plot_add_series (self->plot, series, style, filled);
  key = far_series_key_new (far_chart_series_get_title (series), style);
  child = gtk_flow_box_child_new ();
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child), key);
  gtk_widget_set_focusable (child, FALSE);
  gtk_flow_box_append (self->legend, child);

  self->series[self->n_series] = g_object_ref (series);
  self->keys[self->n_series] = FAR_SERIES_KEY (key);
  self->changed_ids[self->n_series] =
    g_signal_connect_swapped (series, "changed", G_CALLBACK (update_legend), self);
  self->n_series++;
  update_legend (self);
}

/* Takes all series out, and their entries in the legend. */
void
far_time_chart_clear (FarTimeChart *self)
{
  g_return_if_fail (FAR_IS_TIME_CHART (self));

  for (guint i = 0; i < self->n_series; i++)
    gtk_flow_box_remove (self->legend,
                         gtk_widget_get_parent (GTK_WIDGET (self->keys[i])));
  release_series (self);
  far_time_plot_clear (self->plot);
}

/**
 * far_time_chart_set_range:
 * @from_us: left edge, µs since the epoch
 * @to_us: right edge
 */
void
far_time_chart_set_range (FarTimeChart *self, gint64 from_us, gint64 to_us)
{
  g_return_if_fail (FAR_IS_TIME_CHART (self));

  self->to_us = to_us;
  far_time_plot_set_range (self->plot, from_us, to_us);
  update_legend (self);
}

/**
 * far_time_chart_set_marks:
 * @marks: (nullable) (element-type FarAnnotationInfo): what happened, oldest first
 */
void
far_time_chart_set_marks (FarTimeChart *self, GPtrArray *marks)
{
  g_return_if_fail (FAR_IS_TIME_CHART (self));

  if (marks != NULL)
    g_ptr_array_ref (marks);
  g_clear_pointer (&self->marks, g_ptr_array_unref);
  self->marks = marks;
  far_time_plot_set_marks (self->plot, marks);
}
