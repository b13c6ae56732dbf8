/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows the whole of its series. The picture is remade when samples, size or theme change. Beside
 * a sparkline the figure itself always stands as text, so it is presentation to a screen reader. */
#include "desktop/charts/far-sparkline.h"

#include <math.h>

#include "desktop/charts/far-chart-paint.h"

#define MIN_WIDTH 48
#define NATURAL_WIDTH 96
#define HEIGHT 24
#define MARGIN 2

struct _FarSparkline
{
  GtkWidget parent_instance;

  FarChartSeries     *series;
  gulong         changed_id;
  GArray        *vertices;
  GskRenderNode *picture;
};

enum { PROP_0, PROP_SERIES, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarSparkline, far_sparkline, GTK_TYPE_WIDGET)

static void
repaint (FarSparkline *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  FarChartFrame frame;
  FarChartSummary summary;
  GtkSnapshot *snapshot;
  GdkRGBA color;
  gint64 from_us;
  gint64 to_us;

  g_clear_pointer (&self->picture, gsk_render_node_unref);
  gtk_widget_queue_draw (widget);
  if (self->series == NULL || far_chart_series_get_n_samples (self->series) < 2 ||
      width <= 2 * MARGIN || height <= 2 * MARGIN)
    return;

  far_chart_series_get_extent (self->series, &from_us, &to_us);
  far_chart_series_summarize (self->series, from_us, to_us, &summary);
  frame = (FarChartFrame) {
    .area = GRAPHENE_RECT_INIT (MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN),
    .from_us = from_us,
    .to_us = to_us,
    .low = 0,
    .high = summary.max > 0 ? summary.max : 1,
  };
  far_chart_series_reduce (self->series, from_us, to_us, (guint) frame.area.size.width,
                           self->vertices);

  snapshot = gtk_snapshot_new ();
  far_chart_get_color (widget, FAR_CHART_STYLE_FIRST, &color);
  far_chart_paint_line (snapshot, &frame, self->vertices, FAR_CHART_STYLE_FIRST, &color, TRUE);
  self->picture = gtk_snapshot_free_to_node (snapshot);
}

static void
far_sparkline_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  repaint (FAR_SPARKLINE (widget));
}

static void
far_sparkline_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (far_sparkline_parent_class)->css_changed (widget, change);
  repaint (FAR_SPARKLINE (widget));
}

static void
far_sparkline_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  gboolean horizontal = orientation == GTK_ORIENTATION_HORIZONTAL;

  *minimum = horizontal ? MIN_WIDTH : HEIGHT;
  *natural = horizontal ? NATURAL_WIDTH : HEIGHT;
}

static void
far_sparkline_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FarSparkline *self = FAR_SPARKLINE (widget);

  if (self->picture != NULL)
    gtk_snapshot_append_node (snapshot, self->picture);
}

static void
far_sparkline_dispose (GObject *object)
{
  FarSparkline *self = FAR_SPARKLINE (object);

  far_sparkline_set_series (self, NULL);
  g_clear_pointer (&self->picture, gsk_render_node_unref);
  g_clear_pointer (&self->vertices, g_array_unref);

  G_OBJECT_CLASS (far_sparkline_parent_class)->dispose (object);
}

static void
far_sparkline_set_property (GObject *object, guint prop_id, const GValue *value,
                            GParamSpec *pspec)
{
  FarSparkline *self = FAR_SPARKLINE (object);

  switch (prop_id)
    {
    case PROP_SERIES:
      far_sparkline_set_series (self, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_sparkline_class_init (FarSparklineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_sparkline_dispose;
  object_class->set_property = far_sparkline_set_property;
  widget_class->size_allocate = far_sparkline_size_allocate;
  widget_class->css_changed = far_sparkline_css_changed;
  widget_class->measure = far_sparkline_measure;
  widget_class->snapshot = far_sparkline_snapshot;

  properties[PROP_SERIES] =
    g_param_spec_object ("series", NULL, NULL, FAR_TYPE_CHART_SERIES,
                         G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "sparkline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
far_sparkline_init (FarSparkline *self)
{
  self->vertices = g_array_new (FALSE, FALSE, sizeof (FarChartVertex));
}

GtkWidget *
far_sparkline_new (void)
{
  return g_object_new (FAR_TYPE_SPARKLINE, NULL);
}

/**
 * far_sparkline_set_series:
 * @series: (nullable): shown from now on
 */
void
far_sparkline_set_series (FarSparkline *self, FarChartSeries *series)
{
  g_return_if_fail (FAR_IS_SPARKLINE (self));
  g_return_if_fail (series == NULL || FAR_IS_CHART_SERIES (series));

  if (self->series == series)
    return;
  if (self->series != NULL)
    g_clear_signal_handler (&self->changed_id, self->series);
  g_set_object (&self->series, series);
  if (series != NULL)
    self->changed_id = g_signal_connect_swapped (series, "changed",
                                                 G_CALLBACK (gtk_widget_queue_allocate), self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}
