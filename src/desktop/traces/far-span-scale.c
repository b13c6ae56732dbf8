/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ticks are round durations after the trace's beginning. Labels are laid out when the size or the
 * waterfall changes. */
#include "farthing-config.h"

#include "desktop/traces/far-span-scale.h"

#include <math.h>

#include "desktop/charts/far-chart-axes.h"
#include "desktop/far-format.h"

#define NAME_PART 0.38
#define NAME_WIDTH_MIN 200
#define NAME_WIDTH_MAX 420
#define EDGE 6
/* Room behind the extent, for the duration of a bar that ends there, in large text, too. */
#define DURATION_ROOM 84
#define PIXELS_PER_TICK 90

struct _FarSpanScale
{
  GtkWidget parent_instance;

  FarWaterfall  *waterfall;
  GskRenderNode *picture;
};

G_DEFINE_FINAL_TYPE (FarSpanScale, far_span_scale, GTK_TYPE_WIDGET)

/**
 * far_span_scale_place:
 * @width: of a row, in pixels
 * @ret_x: (out): where the extent of the trace begins
 * @ret_width: (out): and how wide it is
 */
void
far_span_scale_place (int width, double *ret_x, double *ret_width)
{
  *ret_x = width >= FAR_SPAN_WIDE
    ? CLAMP (floor (width * NAME_PART), NAME_WIDTH_MIN, NAME_WIDTH_MAX) : EDGE;
  *ret_width = MAX (width - *ret_x - DURATION_ROOM, 1);
}

/**
 * far_span_scale_init_axis:
 * @axis: (out): ticks in µs after the beginning; the last may lie beyond the end
 * @width: of the extent, in pixels
 */
void
far_span_scale_init_axis (FarValueAxis *axis, const FarWaterfall *waterfall, double width)
{
  far_value_axis_init (axis, (double) (waterfall->to_us - waterfall->from_us),
                       (guint) CLAMP (width / PIXELS_PER_TICK, 2, 12), TRUE);
}

static void
repaint (FarSpanScale *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  double extent_us;
  double end = -1;
  double x;
  double width;
  FarValueAxis axis;
  GtkSnapshot *snapshot;
  GdkRGBA text;
  GdkRGBA grid;

  g_clear_pointer (&self->picture, gsk_render_node_unref);
  gtk_widget_queue_draw (widget);
  if (self->waterfall == NULL || gtk_widget_get_width (widget) <= 0)
    return;
  snapshot = gtk_snapshot_new ();
  extent_us = (double) (self->waterfall->to_us - self->waterfall->from_us);
  far_chart_get_ink (widget, &text, &grid);
  far_span_scale_place (gtk_widget_get_width (widget), &x, &width);
  far_span_scale_init_axis (&axis, self->waterfall, width);
  for (guint i = 0; i < axis.n_ticks && i * axis.step <= extent_us; i++)
    {
      g_autofree char *label = far_format_duration (i * axis.step);
      g_autoptr (PangoLayout) layout = far_chart_create_label (widget, i > 0 ? label : "0");
      double at = x + width * i * axis.step / extent_us;
      int length;

      pango_layout_get_pixel_size (layout, &length, NULL);
      at = MIN (at, gtk_widget_get_width (widget) - length);
      if (at < end)
        continue;
      far_chart_append_label (snapshot, layout, at, 0, &text);
      end = at + length + FAR_CHART_LABEL_SPACING;
    }
  self->picture = gtk_snapshot_free_to_node (snapshot);
}

static void
far_span_scale_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  repaint (FAR_SPAN_SCALE (widget));
}

static void
far_span_scale_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (far_span_scale_parent_class)->css_changed (widget, change);
  repaint (FAR_SPAN_SCALE (widget));
}

static void
far_span_scale_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? far_chart_line_height (widget)
                                                                : 1;
}

static void
far_span_scale_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FarSpanScale *self = FAR_SPAN_SCALE (widget);

  if (self->picture != NULL)
    gtk_snapshot_append_node (snapshot, self->picture);
}

static void
far_span_scale_dispose (GObject *object)
{
  FarSpanScale *self = FAR_SPAN_SCALE (object);

  g_clear_pointer (&self->picture, gsk_render_node_unref);
  g_clear_pointer (&self->waterfall, far_waterfall_unref);

  G_OBJECT_CLASS (far_span_scale_parent_class)->dispose (object);
}

static void
far_span_scale_class_init (FarSpanScaleClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_span_scale_dispose;
  widget_class->size_allocate = far_span_scale_size_allocate;
  widget_class->css_changed = far_span_scale_css_changed;
  widget_class->measure = far_span_scale_measure;
  widget_class->snapshot = far_span_scale_snapshot;
  gtk_widget_class_set_css_name (widget_class, "spanscale");
  /* Each row says when its span began. */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
far_span_scale_init (FarSpanScale *self)
{
}

/**
 * far_span_scale_set_waterfall:
 * @waterfall: (nullable): whose extent is measured from now on
 */
void
far_span_scale_set_waterfall (FarSpanScale *self, FarWaterfall *waterfall)
{
  g_return_if_fail (FAR_IS_SPAN_SCALE (self));

  if (waterfall != NULL)
    far_waterfall_ref (waterfall);
  g_clear_pointer (&self->waterfall, far_waterfall_unref);
  self->waterfall = waterfall;
  repaint (self);
}
