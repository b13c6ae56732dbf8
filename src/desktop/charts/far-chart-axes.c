/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels are laid out once, when the picture is made. */
#include "desktop/charts/far-chart-axes.h"

#include <math.h>

/* Between two labels of the time axis. */
#define TIME_TICK_GAP 24
#define WIDEST_TIME "00:00:00"
/* What stands out at the right edge: the cursor's dot on the newest sample. */
#define RIGHT_MARGIN 4
#define GRID_ALPHA 0.12f
#define GRID_ALPHA_HIGH_CONTRAST 0.5f
#define LABEL_ALPHA 0.65f

/**
 * far_chart_create_label:
 *
 * Returns: (transfer full): small text with figures of equal width
 */
PangoLayout *
far_chart_create_label (GtkWidget *widget, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, text);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  return layout;
}

void
far_chart_append_label (GtkSnapshot *snapshot, PangoLayout *layout, double x, double y,
                        const GdkRGBA *color)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) round (x), (float) round (y)));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

/**
 * far_chart_get_ink:
 * @ret_text: (out): for labels
 * @ret_grid: (out): for grid lines; strong where the user asked for high contrast
 */
void
far_chart_get_ink (GtkWidget *widget, GdkRGBA *ret_text, GdkRGBA *ret_grid)
{
  GtkStyleContext *context = gtk_widget_get_style_context (widget);
  GdkRGBA mark;

  gtk_style_context_get_color (context, ret_text);
  *ret_grid = *ret_text;
  if (gtk_style_context_lookup_color (context, "far_high_contrast", &mark))
    {
      ret_grid->alpha *= GRID_ALPHA_HIGH_CONTRAST;
      return;
    }
  ret_grid->alpha *= GRID_ALPHA;
  ret_text->alpha *= LABEL_ALPHA;
}

/* Returns: height in pixels of one label */
int
far_chart_line_height (GtkWidget *widget)
{
  g_autoptr (PangoLayout) sample = far_chart_create_label (widget, "0");
  int height;

  pango_layout_get_pixel_size (sample, NULL, &height);
  return height;
}

/**
 * far_chart_paint_values:
 * @frame: its area's left edge and width are set here, so that the widest label fits
 * @format: turns a tick's value into (transfer full) text
 */
void
far_chart_paint_values (GtkWidget *widget, GtkSnapshot *snapshot, FarChartFrame *frame,
                        const FarValueAxis *axis, FarChartFormatFunc format, gpointer user_data)
{
  PangoLayout *labels[FAR_AXIS_TICKS_MAX];
  GdkRGBA text;
  GdkRGBA grid;
  int widest = 0;

  far_chart_get_ink (widget, &text, &grid);
  for (guint i = 0; i < axis->n_ticks; i++)
    {
      g_autofree char *label = format (axis->low + i * axis->step, user_data);
      int width;

      labels[i] = far_chart_create_label (widget, label);
      pango_layout_get_pixel_size (labels[i], &width, NULL);
      widest = MAX (widest, width);
    }

  frame->area.origin.x = widest + FAR_CHART_LABEL_SPACING;
  frame->area.size.width = MAX (1, gtk_widget_get_width (widget) - frame->area.origin.x -
                                   RIGHT_MARGIN);
  for (guint i = 0; i < axis->n_ticks; i++)
    {
      double y = round (far_chart_frame_y (frame, axis->low + i * axis->step));
      int width;
      int height;

      gtk_snapshot_append_color (snapshot, &grid,
                                 &GRAPHENE_RECT_INIT (frame->area.origin.x, (float) y,
                                                      frame->area.size.width, 1));
      pango_layout_get_pixel_size (labels[i], &width, &height);
      far_chart_append_label (snapshot, labels[i], widest - width, y - height / 2.0, &text);
      g_object_unref (labels[i]);
    }
}

/**
 * far_chart_paint_times:
 * @zone: where the reader is
 */
void
far_chart_paint_times (GtkWidget *widget, GtkSnapshot *snapshot, const FarChartFrame *frame,
                       GTimeZone *zone)
{
  const graphene_rect_t *area = &frame->area;
  g_autoptr (PangoLayout) widest = far_chart_create_label (widget, WIDEST_TIME);
  double right = area->origin.x + area->size.width;
  FarTimeAxis axis;
  int widest_width;
  guint room;
  GdkRGBA text;
  GdkRGBA grid;

  far_chart_get_ink (widget, &text, &grid);
  pango_layout_get_pixel_size (widest, &widest_width, NULL);
  room = (guint) CLAMP (area->size.width / (widest_width + TIME_TICK_GAP), 1, FAR_AXIS_TICKS_MAX);
  far_time_axis_init (&axis, frame->from_us, frame->to_us, room, zone);
  for (guint i = 0; i < axis.n_ticks; i++)
    {
      g_autofree char *label = far_time_axis_format (&axis, i, zone);
      g_autoptr (PangoLayout) layout = far_chart_create_label (widget, label);
      double x = far_chart_frame_x (frame, axis.ticks_us[i]);
      int width;

      pango_layout_get_pixel_size (layout, &width, NULL);
      x = CLAMP (x - width / 2.0, 0, MAX (0, right - width));
      far_chart_append_label (snapshot, layout, x,
                              area->origin.y + area->size.height + FAR_CHART_LABEL_SPACING / 2,
                              &text);
    }
}

/**
 * far_chart_paint_note:
 * @text: said in the middle of a chart that has nothing to show
 */
void
far_chart_paint_note (GtkWidget *widget, GtkSnapshot *snapshot, const FarChartFrame *frame,
                      const char *text)
{
  g_autoptr (PangoLayout) layout = far_chart_create_label (widget, text);
  const graphene_rect_t *area = &frame->area;
  GdkRGBA ink;
  GdkRGBA grid;
  int width;
  int height;

  far_chart_get_ink (widget, &ink, &grid);
  pango_layout_get_pixel_size (layout, &width, &height);
  far_chart_append_label (snapshot, layout, area->origin.x + (area->size.width - width) / 2,
                          area->origin.y + (area->size.height - height) / 2, &ink);
}
