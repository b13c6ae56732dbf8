/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture is made into one render node when the figures, the size or the theme change. The
 * strength of a cell follows the logarithm of its count, so that one slow call beside thousands of
 * fast ones is still seen; columns of which nothing is known are shaded, empty ones are not.
 *
 * The arrow keys walk from cell to cell, Escape lets go; the chosen cell is said in the tooltip and
 * in the description. Main thread. */
#include "farthing-config.h"

#include "desktop/charts/far-heat-map.h"

#include <glib/gi18n.h>
#include <math.h>

#include "desktop/charts/far-chart-axes.h"
#include "desktop/far-format.h"

#define MIN_WIDTH 200
#define NATURAL_WIDTH 640
#define MIN_HEIGHT 160
#define NATURAL_HEIGHT 220
#define FAINTEST 0.14
#define UNKNOWN_ALPHA 0.07f
#define NO_CELL (-1)

/* Where labels of the value axis may stand, µs: decades first, then what fits between them. */
static const double ticks_us[] = {
  10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
  50, 500, 5e3, 5e4, 5e5, 5e6, 5e7, 20, 200, 2e3, 2e4, 2e5, 2e6, 2e7,
};
/* Labels keep this far apart, in heights of a line. */
#define TICK_SPACING 1.8

struct _FarHeatMap
{
  GtkWidget parent_instance;

  FarHeatmapInfo *info;
  int             column; /* chosen */
  int             row;
  FarChartFrame   frame;
  GskRenderNode  *picture;
  GTimeZone      *zone;
};

G_DEFINE_FINAL_TYPE (FarHeatMap, far_heat_map, GTK_TYPE_WIDGET)

static gint64
count_at (const FarHeatmapInfo *info, guint column, guint row)
{
  return info->counts[(gsize) column * info->n_rows + row];
}

static graphene_rect_t
cell_area (FarHeatMap *self, guint column, guint row)
{
  const graphene_rect_t *area = &self->frame.area;
  double width = area->size.width / self->info->n_columns;
  double height = area->size.height / self->info->n_rows;
  double left = floor (area->origin.x + column * width);
  double right = floor (area->origin.x + (column + 1) * width);
  double bottom = floor (area->origin.y + area->size.height - row * height);
  double top = floor (area->origin.y + area->size.height - (row + 1) * height);

  return GRAPHENE_RECT_INIT ((float) left, (float) top, (float) MAX (right - left, 1),
                             (float) MAX (bottom - top, 1));
}

/* Returns: how far up a duration stands, in rows; NaN if it is outside */
static double
row_position (const FarHeatmapInfo *info, double value_us)
{
  for (guint i = 0; i < info->n_rows; i++)
    {
      double low = info->edges[i];
      double high = info->edges[i + 1];

      if (value_us < low || value_us > high)
        continue;
      if (low <= 0)
        return i + value_us / high;
      return i + log (value_us / low) / log (high / low);
    }
  return NAN;
}

/* Where calls took nearly the same, no round duration may be among them; then the edges are told.
 *
 * Returns: how many ticks there is room for, and at which durations */
static guint
choose_ticks (FarHeatMap *self, double *ret_us)
{
  double apart = TICK_SPACING * far_chart_line_height (GTK_WIDGET (self)) * self->info->n_rows /
                 self->frame.area.size.height;
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ticks_us); i++)
    {
      double position = row_position (self->info, ticks_us[i]);
      gboolean fits = !isnan (position);

      for (guint j = 0; fits && j < n; j++)
        fits = fabs (position - row_position (self->info, ret_us[j])) >= apart;
      if (fits)
        ret_us[n++] = ticks_us[i];
    }
  if (n > 0)
    return n;
  for (guint i = 0; i <= self->info->n_rows; i += self->info->n_rows)
    if (isfinite (self->info->edges[i]))
      ret_us[n++] = self->info->edges[i];
  return n;
}

/* Labels and lines; sets the frame's left edge. */
static void
paint_durations (FarHeatMap *self, GtkSnapshot *snapshot)
{
  GtkWidget *widget = GTK_WIDGET (self);
  graphene_rect_t *area = &self->frame.area;
  PangoLayout *labels[G_N_ELEMENTS (ticks_us)];
  double chosen_us[G_N_ELEMENTS (ticks_us)];
  guint n = choose_ticks (self, chosen_us);
  int widest = 0;
  int width;
  int height;
  GdkRGBA text;
  GdkRGBA grid;

  far_chart_get_ink (widget, &text, &grid);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *label = far_format_duration (chosen_us[i]);

      labels[i] = far_chart_create_label (widget, label);
      pango_layout_get_pixel_size (labels[i], &width, NULL);
      widest = MAX (widest, width);
    }
  area->origin.x = (float) (widest + FAR_CHART_LABEL_SPACING);
  area->size.width = MAX (1, (float) gtk_widget_get_width (widget) - area->origin.x);
  for (guint i = 0; i < n; i++)
    {
      double part = row_position (self->info, chosen_us[i]) / self->info->n_rows;
      double y = area->origin.y + area->size.height * (1 - part);

      pango_layout_get_pixel_size (labels[i], &width, &height);
      gtk_snapshot_append_color (snapshot, &grid,
                                 &GRAPHENE_RECT_INIT (area->origin.x, (float) round (y),
                                                      area->size.width, 1));
      far_chart_append_label (snapshot, labels[i], widest - width, y - height / 2.0, &text);
      g_object_unref (labels[i]);
    }
}

static void
paint_cells (FarHeatMap *self, GtkSnapshot *snapshot)
{
  const FarHeatmapInfo *info = self->info;
  double strongest = log1p ((double) MAX (info->max, 1));
  GdkRGBA ink;
  GdkRGBA grid;
  GdkRGBA color;

  far_chart_get_ink (GTK_WIDGET (self), &ink, &grid);
  far_chart_get_color (GTK_WIDGET (self), FAR_CHART_STYLE_FIRST, &color);
  ink.alpha = UNKNOWN_ALPHA;
  for (guint column = 0; column < info->n_columns; column++)
    {
      graphene_rect_t bottom = cell_area (self, column, 0);

      if (count_at (info, column, 0) < 0)
        {
          gtk_snapshot_append_color (snapshot, &ink,
                                     &GRAPHENE_RECT_INIT (bottom.origin.x,
                                                          self->frame.area.origin.y,
                                                          bottom.size.width,
                                                          self->frame.area.size.height));
          continue;
        }
      for (guint row = 0; row < info->n_rows; row++)
        {
          gint64 count = count_at (info, column, row);
          graphene_rect_t cell = cell_area (self, column, row);
          GdkRGBA shade = color;

          if (count <= 0)
            continue;
          shade.alpha = (float) (FAINTEST + (1 - FAINTEST) * log1p ((double) count) / strongest);
          gtk_snapshot_append_color (snapshot, &shade, &cell);
        }
    }
}

static void
update_description (FarHeatMap *self)
{
  g_autofree char *description = far_heat_map_describe (self);

  /* In this order: GTK takes a tooltip for the description, and its absence too. */
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), self->column != NO_CELL ? description : NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  description, -1);
}

static void
repaint (FarHeatMap *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int height = gtk_widget_get_height (widget);
  int line_height = far_chart_line_height (widget);
  GtkSnapshot *snapshot;

  g_clear_pointer (&self->picture, gsk_render_node_unref);
  gtk_widget_queue_draw (widget);
  if (self->info == NULL || height < MIN_HEIGHT)
    return;

  snapshot = gtk_snapshot_new ();
  self->frame = (FarChartFrame) {
    .area = GRAPHENE_RECT_INIT (0, line_height / 2.0f + 1, (float) gtk_widget_get_width (widget),
                                height - line_height * 1.5f - 1 - FAR_CHART_LABEL_SPACING),
    .from_us = self->info->from_us,
    .to_us = self->info->to_us,
  };
  if (self->info->n == 0 || self->info->n_columns == 0 || self->info->n_rows == 0)
    far_chart_paint_note (widget, snapshot, &self->frame, _("No invocation in this time"));
  else
    {
      paint_durations (self, snapshot);
      paint_cells (self, snapshot);
      far_chart_paint_times (widget, snapshot, &self->frame, self->zone);
    }
  self->picture = gtk_snapshot_free_to_node (snapshot);
}

static void
far_heat_map_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  repaint (FAR_HEAT_MAP (widget));
}

static void
far_heat_map_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (far_heat_map_parent_class)->css_changed (widget, change);
  if (gtk_widget_get_width (widget) > 0)
    repaint (FAR_HEAT_MAP (widget));
}

static void
far_heat_map_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                      int *natural, int *minimum_baseline, int *natural_baseline)
{
  gboolean horizontal = orientation == GTK_ORIENTATION_HORIZONTAL;

  *minimum = horizontal ? MIN_WIDTH : MIN_HEIGHT;
  *natural = horizontal ? NATURAL_WIDTH : NATURAL_HEIGHT;
}

static void
far_heat_map_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FarHeatMap *self = FAR_HEAT_MAP (widget);

  if (self->picture == NULL)
    return;
  gtk_snapshot_append_node (snapshot, self->picture);
  if (self->column != NO_CELL)
    {
      graphene_rect_t cell = cell_area (self, (guint) self->column, (guint) self->row);
      GskRoundedRect outline;
      GdkRGBA ink;

      gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
      graphene_rect_inset (&cell, -1, -1);
      gsk_rounded_rect_init_from_rect (&outline, &cell, 2);
      gtk_snapshot_append_border (snapshot, &outline, (float[4]) { 2, 2, 2, 2 },
                                  (GdkRGBA[4]) { ink, ink, ink, ink });
    }
}

static void
choose (FarHeatMap *self, int column, int row)
{
  if (self->column == column && self->row == row)
    return;
  self->column = column;
  self->row = row;
  update_description (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
motion_cb (FarHeatMap *self, double x, double y)
{
  const graphene_rect_t *area = &self->frame.area;
  double across = (x - area->origin.x) / area->size.width;
  double up = 1 - (y - area->origin.y) / area->size.height;

  if (self->info == NULL || self->info->n == 0 || across < 0 || across >= 1 || up < 0 || up >= 1)
    choose (self, NO_CELL, NO_CELL);
  else
    choose (self, (int) (across * self->info->n_columns), (int) (up * self->info->n_rows));
}

static void
leave_cb (FarHeatMap *self)
{
  choose (self, NO_CELL, NO_CELL);
}

/* The arguments are steps across and up; both zero lets go. */
static gboolean
walk_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  FarHeatMap *self = FAR_HEAT_MAP (widget);
  gboolean had = self->column != NO_CELL;
  int across;
  int up;

  if (self->info == NULL || self->info->n == 0)
    return GDK_EVENT_PROPAGATE;
  g_variant_get (args, "(ii)", &across, &up);
  if (across == 0 && up == 0)
    choose (self, NO_CELL, NO_CELL);
  else if (!had)
    choose (self, (int) self->info->n_columns - 1, 0);
  else
    choose (self, CLAMP (self->column + across, 0, (int) self->info->n_columns - 1),
            CLAMP (self->row + up, 0, (int) self->info->n_rows - 1));
  return had || self->column != NO_CELL ? GDK_EVENT_STOP : GDK_EVENT_PROPAGATE;
}

static void
far_heat_map_dispose (GObject *object)
{
  FarHeatMap *self = FAR_HEAT_MAP (object);

  g_clear_pointer (&self->picture, gsk_render_node_unref);
  g_clear_pointer (&self->info, far_heatmap_info_unref);
  g_clear_pointer (&self->zone, g_time_zone_unref);

  G_OBJECT_CLASS (far_heat_map_parent_class)->dispose (object);
}

static void
far_heat_map_class_init (FarHeatMapClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_heat_map_dispose;
  widget_class->size_allocate = far_heat_map_size_allocate;
  widget_class->css_changed = far_heat_map_css_changed;
  widget_class->measure = far_heat_map_measure;
  widget_class->snapshot = far_heat_map_snapshot;

  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, 0, walk_cb, "(ii)", -1, 0);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, 0, walk_cb, "(ii)", 1, 0);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Up, 0, walk_cb, "(ii)", 0, 1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Down, 0, walk_cb, "(ii)", 0, -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, walk_cb, "(ii)", 0, 0);
  gtk_widget_class_set_css_name (widget_class, "heatmap");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
far_heat_map_init (FarHeatMap *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();

  self->column = NO_CELL;
  self->row = NO_CELL;
  self->zone = g_time_zone_new_local ();
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("How Long Calls Took"), -1);
  g_signal_connect_object (motion, "motion", G_CALLBACK (motion_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "leave", G_CALLBACK (leave_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
}

/**
 * far_heat_map_set_info:
 * @info: (nullable): what is shown from now on; NULL for nothing
 */
void
far_heat_map_set_info (FarHeatMap *self, FarHeatmapInfo *info)
{
  g_return_if_fail (FAR_IS_HEAT_MAP (self));

  if (info != NULL)
    far_heatmap_info_ref (info);
  g_clear_pointer (&self->info, far_heatmap_info_unref);
  self->info = info;
  if (info == NULL || self->column >= (int) info->n_columns || self->row >= (int) info->n_rows)
    self->column = self->row = NO_CELL;
  update_description (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static char *
describe_cell (FarHeatMap *self)
{
  const FarHeatmapInfo *info = self->info;
  gint64 count = count_at (info, (guint) self->column, (guint) self->row);
  g_autofree char *low = far_format_duration (info->edges[self->row]);
  g_autofree char *high = far_format_duration (info->edges[self->row + 1]);
  g_autofree char *when = far_format_moment (info->from_us + self->column * info->step_us,
                                             info->now_us);
  g_autofree char *figure = far_format_count (MAX (count, 0));

  if (count < 0)
    /* Translators: %s is a time */
    return g_strdup_printf (_("%s: not known"), when);
  /* Translators: a time, a number of calls, two durations */
  return g_strdup_printf (_("%s: %s calls of %s to %s"), when, figure, low, high);
}

/**
 * far_heat_map_describe:
 *
 * Returns: (transfer full): the chosen cell in words, or how many calls all cells hold
 */
char *
far_heat_map_describe (FarHeatMap *self)
{
  g_autofree char *count = NULL;

  g_return_val_if_fail (FAR_IS_HEAT_MAP (self), NULL);

  if (self->info == NULL || self->info->n == 0)
    return g_strdup (_("No invocation in this time"));
  if (self->column != NO_CELL)
    return describe_cell (self);
  count = far_format_count (self->info->n);
  /* Translators: %s is a number of calls */
  return g_strdup_printf (_("%s calls"), count);
}
