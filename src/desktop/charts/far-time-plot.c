/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture (grid, labels, lines) is made into one render node when samples, range, size or
 * theme change; snapshot() replays it and adds the cursor. The left and right arrow keys move the
 * cursor by one sample, Home and End to the edges, Escape puts it away; linked plots follow. */
#include "farthing-config.h"

#include "desktop/charts/far-time-plot.h"

#include <glib/gi18n.h>
#include <math.h>

#include "desktop/charts/far-chart-axes.h"
#include "desktop/charts/far-chart-marks.h"

#define MIN_WIDTH 160
#define NATURAL_WIDTH 320
#define MIN_HEIGHT 150
#define NATURAL_HEIGHT 180
/* One label of the value axis for so many pixels of height. */
#define PIXELS_PER_VALUE_TICK 36
#define CURSOR_DOT_RADIUS 4
/* Picodollars: what costs nothing is not drawn on a scale of single ones. */
#define COST_SCALE_OF_NOTHING 1000000

typedef struct {
  FarChartSeries    *series;
  FarChartStyle style;
  gboolean      filled;
  gulong        changed_id;
  GArray       *vertices; /* of FarChartVertex */
} Line;

struct _FarTimePlot
{
  GtkWidget parent_instance;

  char           *title;
  FarUnit         unit;
  FarChartCursor *cursor;
  gulong          cursor_id;
  Line            lines[FAR_TIME_PLOT_SERIES_MAX];
  guint           n_lines;
  gint64          from_us;
  gint64          to_us;
  GPtrArray      *marks; /* (nullable): of FarAnnotationInfo */

  FarChartFrame   frame;
  GskRenderNode  *picture;
  GTimeZone      *zone;
};

enum { PROP_0, PROP_TITLE, PROP_UNIT, PROP_CURSOR, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarTimePlot, far_time_plot, GTK_TYPE_WIDGET)

static double
highest_value (FarTimePlot *self)
{
  double max = NAN;

  for (guint i = 0; i < self->n_lines; i++)
    {
      FarChartSummary summary;

      far_chart_series_summarize (self->lines[i].series, self->from_us, self->to_us, &summary);
      max = fmax (max, summary.max);
    }
  return max;
}

static void
paint_lines (FarTimePlot *self, GtkSnapshot *snapshot)
{
  guint n_columns = (guint) CLAMP (self->frame.area.size.width, 1, FAR_CHART_COLUMNS_MAX);

  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (self->frame.area.origin.x, 0,
                                                         self->frame.area.size.width +
                                                         CURSOR_DOT_RADIUS,
                                                         self->frame.area.origin.y +
                                                         self->frame.area.size.height + 2));
  for (guint i = self->n_lines; i-- > 0;)
    {
      Line *line = &self->lines[i];
      GdkRGBA color;

      far_chart_series_reduce (line->series, self->from_us, self->to_us, n_columns, line->vertices);
      far_chart_get_color (GTK_WIDGET (self), line->style, &color);
      far_chart_paint_band (snapshot, &self->frame, line->series, &color);
      far_chart_paint_line (snapshot, &self->frame, line->vertices, line->style, &color,
                            line->filled);
    }
  gtk_snapshot_pop (snapshot);
}

static void
update_description (FarTimePlot *self)
{
  g_autofree char *description = far_time_plot_describe (self);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  description, -1);
}

static char *
format_tick (double value, gpointer user_data)
{
  /* Nothing is nothing, in whatever unit. */
  return value == 0 ? g_strdup ("0") : far_format_value (FAR_TIME_PLOT (user_data)->unit, value);
}

/* A scale of nothing has no figures. */
static char *
leave_out_tick (double value, gpointer user_data)
{
  return g_strdup ("");
}

static void
repaint (FarTimePlot *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int height = gtk_widget_get_height (widget);
  int line_height = far_chart_line_height (widget);
  double max = highest_value (self);
  GtkSnapshot *snapshot;
  FarValueAxis axis;

  if (self->unit == FAR_UNIT_COST && max <= 0)
    max = COST_SCALE_OF_NOTHING;
  g_clear_pointer (&self->picture, gsk_render_node_unref);
  update_description (self);
  gtk_widget_queue_draw (widget);
  if (self->to_us <= self->from_us || height < MIN_HEIGHT)
    return;

  self->frame.from_us = self->from_us;
  self->frame.to_us = self->to_us;
  self->frame.area.origin.y = line_height / 2.0f + 1;
  self->frame.area.size.height = height - self->frame.area.origin.y - line_height -
                                 FAR_CHART_LABEL_SPACING;
  far_value_axis_init (&axis, max, (guint) CLAMP (height / PIXELS_PER_VALUE_TICK, 2, 8),
                       self->unit == FAR_UNIT_COUNT);
  self->frame.low = axis.low;
  self->frame.high = axis.high;

  snapshot = gtk_snapshot_new ();
  far_chart_paint_values (widget, snapshot, &self->frame, &axis,
                          isnan (max) ? leave_out_tick : format_tick, self);
  far_chart_paint_times (widget, snapshot, &self->frame, self->zone);
  far_chart_marks_paint (widget, snapshot, &self->frame, self->marks);
  paint_lines (self, snapshot);
  if (isnan (max))
    far_chart_paint_note (widget, snapshot, &self->frame, _("No samples in this range"));
  self->picture = gtk_snapshot_free_to_node (snapshot);
}

static void
far_time_plot_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  repaint (FAR_TIME_PLOT (widget));
}

static void
far_time_plot_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (far_time_plot_parent_class)->css_changed (widget, change);
  if (gtk_widget_get_width (widget) > 0)
    repaint (FAR_TIME_PLOT (widget));
}

static void
far_time_plot_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                       int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  gboolean horizontal = orientation == GTK_ORIENTATION_HORIZONTAL;

  *minimum = horizontal ? MIN_WIDTH : MIN_HEIGHT;
  *natural = horizontal ? NATURAL_WIDTH : NATURAL_HEIGHT;
}

static void
snapshot_cursor (FarTimePlot *self, GtkSnapshot *snapshot, gint64 time_us)
{
  const graphene_rect_t *area = &self->frame.area;
  double x = round (far_chart_frame_x (&self->frame, time_us));
  GdkRGBA ink;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &ink);
  gtk_snapshot_append_color (snapshot, &ink,
                             &GRAPHENE_RECT_INIT (x, area->origin.y, 1, area->size.height));
  for (guint i = 0; i < self->n_lines; i++)
    {
      double value = far_chart_series_value_at (self->lines[i].series, time_us);
      GskRoundedRect dot;
      GdkRGBA color;

      if (isnan (value))
        continue;
      far_chart_get_color (GTK_WIDGET (self), self->lines[i].style, &color);
      gsk_rounded_rect_init_from_rect (&dot,
                                       &GRAPHENE_RECT_INIT (x - CURSOR_DOT_RADIUS + 0.5,
                                                            far_chart_frame_y (&self->frame,
                                                                               value) -
                                                            CURSOR_DOT_RADIUS,
                                                            2 * CURSOR_DOT_RADIUS,
                                                            2 * CURSOR_DOT_RADIUS),
                                       CURSOR_DOT_RADIUS);
      gtk_snapshot_push_rounded_clip (snapshot, &dot);
      gtk_snapshot_append_color (snapshot, &color, &dot.bounds);
      gtk_snapshot_pop (snapshot);
    }
}

static void
far_time_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FarTimePlot *self = FAR_TIME_PLOT (widget);
  gint64 time_us = FAR_CHART_CURSOR_NONE;

  if (self->picture == NULL)
    return;
  gtk_snapshot_append_node (snapshot, self->picture);
  if (self->cursor != NULL)
    time_us = far_chart_cursor_get_time (self->cursor);
  if (time_us >= self->from_us && time_us <= self->to_us)
    snapshot_cursor (self, snapshot, time_us);
}

/* The time of the sample nearest to a time, inside the range. */
static gint64
snap (FarTimePlot *self, gint64 time_us)
{
  gint64 step_us = self->n_lines > 0 ? far_chart_series_get_step (self->lines[0].series) : 1;

  time_us = CLAMP (time_us, self->from_us, self->to_us);
  return self->from_us + (time_us - self->from_us + step_us / 2) / step_us * step_us;
}

static void
motion_cb (FarTimePlot *self, double x, double y)
{
  const graphene_rect_t *area = &self->frame.area;
  double part = (x - area->origin.x) / area->size.width;

  if (self->cursor == NULL || self->picture == NULL)
    return;
  if (part < 0 || part > 1)
    far_chart_cursor_set_time (self->cursor, FAR_CHART_CURSOR_NONE);
  else
    far_chart_cursor_set_time (self->cursor,
                               snap (self, self->from_us + (gint64)
                                           (part * (double) (self->to_us - self->from_us))));
}

static gboolean
query_tooltip_cb (FarTimePlot *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  g_autofree char *text = NULL;

  if (!keyboard && self->picture != NULL)
    text = far_chart_marks_at (self->marks, &self->frame, x);
  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

static void
leave_cb (FarTimePlot *self)
{
  if (self->cursor != NULL)
    far_chart_cursor_set_time (self->cursor, FAR_CHART_CURSOR_NONE);
}

/* The argument is the number of samples to move by; the extremes mean the edges, 0 puts it away. */
static gboolean
move_cursor_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  FarTimePlot *self = FAR_TIME_PLOT (widget);
  gint64 now_us;
  gint64 step_us;
  int n_samples = g_variant_get_int32 (args);

  if (self->cursor == NULL || self->n_lines == 0 || self->to_us <= self->from_us)
    return GDK_EVENT_PROPAGATE;

  now_us = far_chart_cursor_get_time (self->cursor);
  if (n_samples == 0)
    {
      far_chart_cursor_set_time (self->cursor, FAR_CHART_CURSOR_NONE);
      return now_us != FAR_CHART_CURSOR_NONE ? GDK_EVENT_STOP : GDK_EVENT_PROPAGATE;
    }
  if (now_us == FAR_CHART_CURSOR_NONE)
    now_us = self->to_us;

  step_us = far_chart_series_get_step (self->lines[0].series);
  if (n_samples == G_MININT32)
    now_us = self->from_us;
  else if (n_samples == G_MAXINT32)
    now_us = self->to_us;
  else
    now_us += n_samples * step_us;
  far_chart_cursor_set_time (self->cursor, MIN (snap (self, now_us), self->to_us));
  update_description (self);
  return GDK_EVENT_STOP;
}

static void
clear_line (Line *line)
{
  g_clear_signal_handler (&line->changed_id, line->series);
  g_clear_object (&line->series);
  g_clear_pointer (&line->vertices, g_array_unref);
}

static void
far_time_plot_dispose (GObject *object)
{
  FarTimePlot *self = FAR_TIME_PLOT (object);

  while (self->n_lines > 0)
    clear_line (&self->lines[--self->n_lines]);
  far_time_plot_set_cursor (self, NULL);
  g_clear_pointer (&self->picture, gsk_render_node_unref);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->marks, g_ptr_array_unref);

  G_OBJECT_CLASS (far_time_plot_parent_class)->dispose (object);
}

static void
far_time_plot_set_property (GObject *object, guint prop_id, const GValue *value,
                            GParamSpec *pspec)
{
  FarTimePlot *self = FAR_TIME_PLOT (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      far_time_plot_set_title (self, g_value_get_string (value));
      break;
    case PROP_UNIT:
      far_time_plot_set_unit (self, (FarUnit) g_value_get_uint (value));
      break;
    case PROP_CURSOR:
      far_time_plot_set_cursor (self, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
add_key (GtkWidgetClass *klass, guint keyval, int n_samples)
{
  gtk_widget_class_add_binding (klass, keyval, 0, move_cursor_cb, "i", n_samples);
}

static void
far_time_plot_class_init (FarTimePlotClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_time_plot_dispose;
  object_class->set_property = far_time_plot_set_property;
  widget_class->size_allocate = far_time_plot_size_allocate;
  widget_class->css_changed = far_time_plot_css_changed;
  widget_class->measure = far_time_plot_measure;
  widget_class->snapshot = far_time_plot_snapshot;

  properties[PROP_TITLE] =
    g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_UNIT] =
    g_param_spec_uint ("unit", NULL, NULL, FAR_UNIT_COUNT, FAR_UNIT_COST, FAR_UNIT_COUNT,
                       G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_CURSOR] =
    g_param_spec_object ("cursor", NULL, NULL, FAR_TYPE_CHART_CURSOR,
                         G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  add_key (widget_class, GDK_KEY_Left, -1);
  add_key (widget_class, GDK_KEY_KP_Left, -1);
  add_key (widget_class, GDK_KEY_Right, 1);
  add_key (widget_class, GDK_KEY_KP_Right, 1);
  add_key (widget_class, GDK_KEY_Home, G_MININT32);
  add_key (widget_class, GDK_KEY_End, G_MAXINT32);
  add_key (widget_class, GDK_KEY_Escape, 0);

  gtk_widget_class_set_css_name (widget_class, "timeplot");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
far_time_plot_init (FarTimePlot *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();

  self->zone = g_time_zone_new_local ();
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  g_signal_connect_object (motion, "motion", G_CALLBACK (motion_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "leave", G_CALLBACK (leave_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
}

GtkWidget *
far_time_plot_new (void)
{
  return g_object_new (FAR_TYPE_TIME_PLOT, NULL);
}

void
far_time_plot_set_title (FarTimePlot *self, const char *title)
{
  g_return_if_fail (FAR_IS_TIME_PLOT (self));

  g_free (self->title);
  self->title = g_strdup (title);
  if (title != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                    -1);
}

void
far_time_plot_set_unit (FarTimePlot *self, FarUnit unit)
{
  g_return_if_fail (FAR_IS_TIME_PLOT (self));

  self->unit = unit;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/**
 * far_time_plot_set_cursor:
 * @cursor: (nullable): shared by all plots that point at one moment together
 */
void
far_time_plot_set_cursor (FarTimePlot *self, FarChartCursor *cursor)
{
  g_return_if_fail (FAR_IS_TIME_PLOT (self));
  g_return_if_fail (cursor == NULL || FAR_IS_CHART_CURSOR (cursor));

  if (self->cursor != NULL)
    g_clear_signal_handler (&self->cursor_id, self->cursor);
  g_set_object (&self->cursor, cursor);
  if (cursor != NULL)
    self->cursor_id = g_signal_connect_swapped (cursor, "notify::time",
                                                G_CALLBACK (gtk_widget_queue_draw), self);
}

/**
 * far_time_plot_add_series:
 * @series: drawn in @style; at most FAR_TIME_PLOT_SERIES_MAX of them
 * @filled: whether the area below the line is tinted
 */
void
far_time_plot_add_series (FarTimePlot *self, FarChartSeries *series, FarChartStyle style,
                          gboolean filled)
{
  Line *line;

  g_return_if_fail (FAR_IS_TIME_PLOT (self));
  g_return_if_fail (FAR_IS_CHART_SERIES (series));
  g_return_if_fail (self->n_lines < FAR_TIME_PLOT_SERIES_MAX);

  line = &self->lines[self->n_lines++];
  *line = (Line) {
    .series = g_object_ref (series),
    .style = style,
    .filled = filled,
    .vertices = g_array_new (FALSE, FALSE, sizeof (FarChartVertex)),
    .changed_id = g_signal_connect_swapped (series, "changed",
                                            G_CALLBACK (gtk_widget_queue_allocate), self),
  };
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

/* Takes all series out, and with them what was drawn. */
void
far_time_plot_clear (FarTimePlot *self)
{
  g_return_if_fail (FAR_IS_TIME_PLOT (self));

  while (self->n_lines > 0)
    clear_line (&self->lines[--self->n_lines]);
  self->from_us = self->to_us = 0;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

/**
 * far_time_plot_set_range:
 * @from_us: left edge, µs since the epoch
 * @to_us: right edge
 */
void
far_time_plot_set_range (FarTimePlot *self, gint64 from_us, gint64 to_us)
{
  g_return_if_fail (FAR_IS_TIME_PLOT (self));
  g_return_if_fail (to_us > from_us);

  self->from_us = from_us;
  self->to_us = to_us;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

/**
 * far_time_plot_set_marks:
 * @marks: (nullable) (element-type FarAnnotationInfo): what happened, oldest first
 */
void
far_time_plot_set_marks (FarTimePlot *self, GPtrArray *marks)
{
  g_return_if_fail (FAR_IS_TIME_PLOT (self));

  if (marks != NULL)
    g_ptr_array_ref (marks);
  g_clear_pointer (&self->marks, g_ptr_array_unref);
  self->marks = marks;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static char *
describe_value (FarTimePlot *self, double value, double low, double high)
{
  return self->unit == FAR_UNIT_DURATION ? far_format_band (value, low, high)
                                         : far_format_value (self->unit, value);
}

static void
describe_line (FarTimePlot *self, const Line *line, GString *text)
{
  const char *title = far_chart_series_get_title (line->series);
  gint64 cursor_us = self->cursor != NULL ? far_chart_cursor_get_time (self->cursor)
                                          : FAR_CHART_CURSOR_NONE;
  g_autofree char *low = NULL;
  g_autofree char *high = NULL;
  g_autofree char *last = NULL;
  FarChartSummary summary;

  if (cursor_us != FAR_CHART_CURSOR_NONE)
    {
      double from, to;

      far_chart_series_band_at (line->series, cursor_us, &from, &to);
      last = describe_value (self, far_chart_series_value_at (line->series, cursor_us), from, to);
      g_string_append_printf (text, "%s %s. ", title, last);
      return;
    }

  far_chart_series_summarize (line->series, self->from_us, self->to_us, &summary);
  if (summary.n_samples == summary.n_missing)
    {
      /* Translators: the text equivalent of a line in a chart; %s is its name */
      g_string_append_printf (text, _("%s: no samples."), title);
      g_string_append_c (text, ' ');
      return;
    }
  low = far_format_value (self->unit, summary.min);
  high = far_format_value (self->unit, summary.max);
  last = describe_value (self, summary.last, summary.low, summary.high);
  /* Translators: the text equivalent of a line in a chart: name, newest value, lowest, highest,
   * and how many samples are missing */
  g_string_append_printf (text, _("%s: %s now, from %s to %s, %u missing."), title, last, low,
                          high, summary.n_missing);
  g_string_append_c (text, ' ');
}

/**
 * far_time_plot_describe:
 *
 * Returns: (transfer full): the picture in words: the range of every line, or its values under the
 *   cursor
 */
char *
far_time_plot_describe (FarTimePlot *self)
{
  GString *text = g_string_new (NULL);

  g_return_val_if_fail (FAR_IS_TIME_PLOT (self), NULL);

  if (self->cursor != NULL && far_chart_cursor_get_time (self->cursor) != FAR_CHART_CURSOR_NONE)
    {
      g_autofree char *clock = far_format_moment (far_chart_cursor_get_time (self->cursor),
                                                  self->to_us);

      g_string_append_printf (text, "%s. ", clock);
    }
  for (guint i = 0; i < self->n_lines; i++)
    describe_line (self, &self->lines[i], text);
  if (self->marks != NULL)
    {
      g_autofree char *marks = far_chart_marks_describe (self->marks, self->from_us, self->to_us);

      g_string_append (text, marks);
    }
  return g_strchomp (g_string_free (text, FALSE));
}
