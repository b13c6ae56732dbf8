/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours are named in style.css and its dark and high-contrast variants; nothing here knows one.
 * GTK 4.8 has no path nodes, so lines are cairo nodes. */
#include "desktop/charts/far-chart-paint.h"

#include <math.h>

#define LINE_WIDTH 2.0
#define AREA_ALPHA_TOP 0.28
#define AREA_ALPHA_BOTTOM 0.04
/* Radius of the dot that stands for a sample with a gap on either side. */
#define LONE_SAMPLE_RADIUS 2.0
#define BAND_ALPHA 0.18
#define HATCH_PX 5.0
#define HATCH_ALPHA 0.38f

static const struct {
  const char *color;
  double      dash[4];
  int         n_dash;
  gboolean    hatched;
} styles[] = {
  [FAR_CHART_STYLE_FIRST] = { "far_series_1", { 0 }, 0, FALSE },
  [FAR_CHART_STYLE_SECOND] = { "far_series_2", { 6, 3 }, 2, FALSE },
  [FAR_CHART_STYLE_THIRD] = { "far_series_3", { 2, 2 }, 2, FALSE },
  [FAR_CHART_STYLE_ERROR] = { "far_series_error", { 8, 3, 2, 3 }, 4, FALSE },
  [FAR_CHART_STYLE_PAY] = { "far_series_pay", { 0 }, 0, FALSE },
  [FAR_CHART_STYLE_AD] = { "far_series_ad", { 4, 2 }, 2, TRUE },
};

double
far_chart_frame_x (const FarChartFrame *frame, gint64 time_us)
{
  double part = (double) (time_us - frame->from_us) / (double) (frame->to_us - frame->from_us);

  return frame->area.origin.x + part * frame->area.size.width;
}

double
far_chart_frame_y (const FarChartFrame *frame, double value)
{
  double part = (value - frame->low) / (frame->high - frame->low);

  return frame->area.origin.y + (1 - part) * frame->area.size.height;
}

/**
 * far_chart_get_color:
 * @widget: whose theme is asked
 * @ret_color: (out): the style's colour; the text colour if the theme does not know it
 */
void
far_chart_get_color (GtkWidget *widget, FarChartStyle style, GdkRGBA *ret_color)
{
  GtkStyleContext *context = gtk_widget_get_style_context (widget);

  g_return_if_fail (style < G_N_ELEMENTS (styles));

  if (!gtk_style_context_lookup_color (context, styles[style].color, ret_color))
    gtk_style_context_get_color (context, ret_color);
}

/* The part of the line between two gaps, from vertex i on; returns where the next one begins. */
static guint
trace_run (cairo_t *cr, const FarChartFrame *frame, GArray *vertices, guint i, gboolean closed)
{
  double bottom = frame->area.origin.y + frame->area.size.height;
  double x = 0;

  for (guint n = 0; i < vertices->len; i++, n++)
    {
      FarChartVertex *vertex = &g_array_index (vertices, FarChartVertex, i);

      if (n > 0 && vertex->starts)
        break;
      x = far_chart_frame_x (frame, vertex->time_us);
      if (n == 0 && closed)
        cairo_move_to (cr, x, bottom);
      cairo_line_to (cr, x, far_chart_frame_y (frame, vertex->value));
    }
  if (closed)
    {
      cairo_line_to (cr, x, bottom);
      cairo_close_path (cr);
    }
  return i;
}

static void
fill_area (cairo_t *cr, const FarChartFrame *frame, GArray *vertices, const GdkRGBA *color)
{
  cairo_pattern_t *gradient;

  for (guint i = 0; i < vertices->len;)
    i = trace_run (cr, frame, vertices, i, TRUE);
  gradient = cairo_pattern_create_linear (0, frame->area.origin.y, 0,
                                          frame->area.origin.y + frame->area.size.height);
  cairo_pattern_add_color_stop_rgba (gradient, 0, color->red, color->green, color->blue,
                                     AREA_ALPHA_TOP);
  cairo_pattern_add_color_stop_rgba (gradient, 1, color->red, color->green, color->blue,
                                     AREA_ALPHA_BOTTOM);
  cairo_set_source (cr, gradient);
  cairo_fill (cr);
  cairo_pattern_destroy (gradient);
}

static void
dot_lone_samples (cairo_t *cr, const FarChartFrame *frame, GArray *vertices)
{
  for (guint i = 0; i < vertices->len; i++)
    {
      FarChartVertex *vertex = &g_array_index (vertices, FarChartVertex, i);
      gboolean ends = i + 1 == vertices->len || (vertex + 1)->starts;

      if (!vertex->starts || !ends)
        continue;
      cairo_arc (cr, far_chart_frame_x (frame, vertex->time_us),
                 far_chart_frame_y (frame, vertex->value), LONE_SAMPLE_RADIUS, 0, 2 * G_PI);
      cairo_fill (cr);
    }
}

/**
 * far_chart_paint_band:
 *
 * Between what the truth of each sample lies, where that is known; one that is open above reaches
 * the upper edge.
 */
void
far_chart_paint_band (GtkSnapshot *snapshot, const FarChartFrame *frame, FarChartSeries *series,
                      const GdkRGBA *color)
{
  gint64 step_us = far_chart_series_get_step (series);
  gint64 at_us, last_us;
  cairo_t *cr;

  if (!far_chart_series_has_band (series))
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &frame->area);
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, color->alpha * BAND_ALPHA);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  far_chart_series_get_extent (series, &at_us, &last_us);
  for (; at_us <= MIN (last_us, frame->to_us); at_us += step_us)
    {
      double left = far_chart_frame_x (frame, at_us - step_us / 2);
      double right = far_chart_frame_x (frame, at_us + step_us / 2);
      double low, high, top;

      far_chart_series_band_at (series, at_us, &low, &high);
      if (at_us < frame->from_us || isnan (low) || isnan (high))
        continue;
      top = far_chart_frame_y (frame, fmin (high, frame->high));
      cairo_rectangle (cr, left, top, right - left, far_chart_frame_y (frame, low) - top);
    }
  cairo_fill (cr);
  cairo_destroy (cr);
}

/**
 * far_chart_paint_line:
 * @vertices: (element-type FarChartVertex): from far_chart_series_reduce()
 * @filled: whether the area below is tinted
 */
void
far_chart_paint_line (GtkSnapshot *snapshot, const FarChartFrame *frame, GArray *vertices,
                      FarChartStyle style, const GdkRGBA *color, gboolean filled)
{
  graphene_rect_t bounds = frame->area;
  cairo_t *cr;

  if (vertices->len == 0)
    return;

  graphene_rect_inset (&bounds, -LINE_WIDTH, -LINE_WIDTH);
  cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  if (filled)
    fill_area (cr, frame, vertices, color);

  gdk_cairo_set_source_rgba (cr, color);
  cairo_set_line_width (cr, LINE_WIDTH);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash (cr, styles[style].dash, styles[style].n_dash, 0);
  for (guint i = 0; i < vertices->len;)
    {
      cairo_new_sub_path (cr);
      i = trace_run (cr, frame, vertices, i, FALSE);
    }
  cairo_stroke (cr);
  dot_lone_samples (cr, frame, vertices);
  cairo_destroy (cr);
}

/**
 * far_chart_paint_key:
 *
 * The short piece of line (or of bar) that stands before a name in a legend.
 */
void
far_chart_paint_key (GtkSnapshot *snapshot, const graphene_rect_t *area, FarChartStyle style,
                     const GdkRGBA *color)
{
  double middle = area->origin.y + area->size.height / 2;
  cairo_t *cr;

  if (style == FAR_CHART_STYLE_PAY || style == FAR_CHART_STYLE_AD)
    {
      far_chart_paint_bar (snapshot, area, style, color);
      return;
    }

  cr = gtk_snapshot_append_cairo (snapshot, area);
  gdk_cairo_set_source_rgba (cr, color);
  cairo_set_line_width (cr, LINE_WIDTH);
  cairo_set_dash (cr, styles[style].dash, styles[style].n_dash, 0);
  cairo_move_to (cr, area->origin.x, middle);
  cairo_line_to (cr, area->origin.x + area->size.width, middle);
  cairo_stroke (cr);
  cairo_destroy (cr);
}

/* Diagonal stripes in the colour of the ground, so that they read in light and in dark. */
static void
append_hatching (GtkSnapshot *snapshot, const graphene_rect_t *area, const GdkRGBA *color)
{
  float luminance = 0.3f * color->red + 0.6f * color->green + 0.1f * color->blue;
  float shade = luminance > 0.5f ? 0 : 1;
  GdkRGBA stripe = { shade, shade, shade, HATCH_ALPHA };
  GdkRGBA clear = { shade, shade, shade, 0 };
  GskColorStop stops[] = { { 0, stripe }, { 0.4f, stripe }, { 0.4f, clear }, { 1, clear } };
  graphene_point_t start = area->origin;
  graphene_point_t end = GRAPHENE_POINT_INIT (start.x + HATCH_PX, start.y + HATCH_PX);

  gtk_snapshot_append_repeating_linear_gradient (snapshot, area, &start, &end, stops,
                                                 G_N_ELEMENTS (stops));
}

/**
 * far_chart_paint_bar:
 * @area: one piece of a stacked bar
 */
void
far_chart_paint_bar (GtkSnapshot *snapshot, const graphene_rect_t *area, FarChartStyle style,
                     const GdkRGBA *color)
{
  g_return_if_fail (style < G_N_ELEMENTS (styles));

  if (area->size.width <= 0 || area->size.height <= 0)
    return;
  gtk_snapshot_append_color (snapshot, color, area);
  if (styles[style].hatched)
    append_hatching (snapshot, area, color);
}
