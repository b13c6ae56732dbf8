/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arrow keys walk from bar to bar; the chosen bar's amounts, exact to the micro, are shown
 * above the bars and in the description. */
#include "farthing-config.h"

#include "desktop/charts/far-bar-chart.h"

#include <glib/gi18n.h>
#include <math.h>

#include "desktop/charts/far-chart-axes.h"
#include "desktop/far-format.h"

#define MIN_WIDTH 200
#define NATURAL_WIDTH 480
#define MIN_HEIGHT 140
#define NATURAL_HEIGHT 180
#define BAR_WIDTH_MAX 44
#define BAR_FILL 0.62
#define BAR_RADIUS 4
#define PIXELS_PER_TICK 40
#define PIXELS_PER_LABEL 56
#define CHOSEN_ALPHA 0.08f
#define NO_BAR (-1)

struct _FarBarChart
{
  GtkWidget parent_instance;

  char          *currency;
  GArray        *bars; /* of FarBar */
  int            chosen;

  FarChartFrame  frame;
  GskRenderNode *picture;
};

G_DEFINE_FINAL_TYPE (FarBarChart, far_bar_chart, GTK_TYPE_WIDGET)

static char *
format_micros (double value, gpointer user_data)
{
  FarBarChart *self = user_data;

  if (value == 0)
    return g_strdup ("0");
  return far_format_money ((gint64) llround (value), self->currency);
}

static double
slot_width (FarBarChart *self)
{
  return self->frame.area.size.width / MAX (self->bars->len, 1);
}

static graphene_rect_t
slot_area (FarBarChart *self, guint index)
{
  const graphene_rect_t *area = &self->frame.area;

  return GRAPHENE_RECT_INIT ((float) (area->origin.x + slot_width (self) * index), area->origin.y,
                             (float) slot_width (self), area->size.height);
}

static void
paint_bar (FarBarChart *self, GtkSnapshot *snapshot, guint index)
{
  const FarBar *bar = &g_array_index (self->bars, FarBar, index);
  graphene_rect_t slot = slot_area (self, index);
  double width = fmin (slot.size.width * BAR_FILL, BAR_WIDTH_MAX);
  double x = round (slot.origin.x + (slot.size.width - width) / 2);
  double bottom = far_chart_frame_y (&self->frame, 0);
  double middle = far_chart_frame_y (&self->frame, (double) bar->pay_micros);
  double top = far_chart_frame_y (&self->frame, (double) (bar->pay_micros + bar->ad_micros));
  GskRoundedRect outline;
  GdkRGBA color;

  gsk_rounded_rect_init (&outline,
                         &GRAPHENE_RECT_INIT ((float) x, (float) top, (float) width,
                                              (float) (bottom - top)),
                         &GRAPHENE_SIZE_INIT (BAR_RADIUS, BAR_RADIUS),
                         &GRAPHENE_SIZE_INIT (BAR_RADIUS, BAR_RADIUS),
                         graphene_size_zero (), graphene_size_zero ());
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  far_chart_get_color (GTK_WIDGET (self), FAR_CHART_STYLE_PAY, &color);
  far_chart_paint_bar (snapshot, &GRAPHENE_RECT_INIT ((float) x, (float) middle, (float) width,
                                                      (float) (bottom - middle)),
                       FAR_CHART_STYLE_PAY, &color);
  far_chart_get_color (GTK_WIDGET (self), FAR_CHART_STYLE_AD, &color);
  far_chart_paint_bar (snapshot, &GRAPHENE_RECT_INIT ((float) x, (float) top, (float) width,
                                                      (float) (middle - top)),
                       FAR_CHART_STYLE_AD, &color);
  gtk_snapshot_pop (snapshot);
}

/* As many labels as fit, the newest always among them. */
static void
paint_labels (FarBarChart *self, GtkSnapshot *snapshot)
{
  const graphene_rect_t *area = &self->frame.area;
  guint room = (guint) fmax (1, area->size.width / PIXELS_PER_LABEL);
  guint every = (self->bars->len + room - 1) / room;
  GdkRGBA text;
  GdkRGBA grid;

  far_chart_get_ink (GTK_WIDGET (self), &text, &grid);
  for (guint i = 0; i < self->bars->len; i++)
    {
      const FarBar *bar = &g_array_index (self->bars, FarBar, i);
      graphene_rect_t slot = slot_area (self, i);
      g_autoptr (PangoLayout) layout = NULL;
      int width;

      if ((self->bars->len - 1 - i) % every != 0)
        continue;
      layout = far_chart_create_label (GTK_WIDGET (self), bar->label);
      pango_layout_get_pixel_size (layout, &width, NULL);
      far_chart_append_label (snapshot, layout, slot.origin.x + (slot.size.width - width) / 2,
                              area->origin.y + area->size.height + FAR_CHART_LABEL_SPACING / 2,
                              &text);
    }
}

static void
update_description (FarBarChart *self)
{
  g_autofree char *description = far_bar_chart_describe (self);

  /* In this order: GTK takes a tooltip for the description, and its absence too. */
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), self->chosen != NO_BAR ? description : NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  description, -1);
}

static void
repaint (FarBarChart *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int height = gtk_widget_get_height (widget);
  int line_height = far_chart_line_height (widget);
  GtkSnapshot *snapshot;
  FarValueAxis axis;
  gint64 highest = 0;

  g_clear_pointer (&self->picture, gsk_render_node_unref);
  gtk_widget_queue_draw (widget);
  if (self->currency == NULL || height < MIN_HEIGHT)
    return;

  for (guint i = 0; i < self->bars->len; i++)
    {
      const FarBar *bar = &g_array_index (self->bars, FarBar, i);

      highest = MAX (highest, bar->pay_micros + bar->ad_micros);
    }
  self->frame.area.origin.y = line_height / 2.0f + 1;
  self->frame.area.size.height = height - self->frame.area.origin.y - line_height -
                                 FAR_CHART_LABEL_SPACING;
  far_value_axis_init (&axis, (double) highest,
                       (guint) CLAMP (height / PIXELS_PER_TICK, 2, FAR_AXIS_TICKS_MAX), TRUE);
  self->frame.low = axis.low;
  self->frame.high = axis.high;

  snapshot = gtk_snapshot_new ();
  if (highest == 0)
    {
      self->frame.area = GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget),
                                             (float) height);
      far_chart_paint_note (widget, snapshot, &self->frame, _("Nothing earned yet"));
      self->picture = gtk_snapshot_free_to_node (snapshot);
      return;
    }
  far_chart_paint_values (widget, snapshot, &self->frame, &axis, format_micros, self);
  for (guint i = 0; i < self->bars->len; i++)
    paint_bar (self, snapshot, i);
  paint_labels (self, snapshot);
  self->picture = gtk_snapshot_free_to_node (snapshot);
}

static void
far_bar_chart_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  repaint (FAR_BAR_CHART (widget));
}

static void
far_bar_chart_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (far_bar_chart_parent_class)->css_changed (widget, change);
  if (gtk_widget_get_width (widget) > 0)
    repaint (FAR_BAR_CHART (widget));
}

static void
far_bar_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  gboolean horizontal = orientation == GTK_ORIENTATION_HORIZONTAL;

  *minimum = horizontal ? MIN_WIDTH : MIN_HEIGHT;
  *natural = horizontal ? NATURAL_WIDTH : NATURAL_HEIGHT;
}

static void
far_bar_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FarBarChart *self = FAR_BAR_CHART (widget);

  if (self->picture == NULL)
    return;
  if (self->chosen != NO_BAR)
    {
      graphene_rect_t slot = slot_area (self, (guint) self->chosen);
      GdkRGBA ink;

      gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
      ink.alpha *= CHOSEN_ALPHA;
      gtk_snapshot_append_color (snapshot, &ink, &slot);
    }
  gtk_snapshot_append_node (snapshot, self->picture);
}

static void
choose (FarBarChart *self, int index)
{
  if (self->chosen == index)
    return;
  self->chosen = index;
  update_description (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
motion_cb (FarBarChart *self, double x, double y)
{
  double offset = x - self->frame.area.origin.x;
  int index = (int) floor (offset / slot_width (self));

  choose (self, index >= 0 && index < (int) self->bars->len ? index : NO_BAR);
}

static void
leave_cb (FarBarChart *self)
{
  choose (self, NO_BAR);
}

/* The argument is the number of bars to walk, 0 to let go. */
static gboolean
walk_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  FarBarChart *self = FAR_BAR_CHART (widget);
  int n_bars = (int) self->bars->len;
  int by = g_variant_get_int32 (args);
  int from = self->chosen;

  if (n_bars == 0)
    return GDK_EVENT_PROPAGATE;
  if (by == 0)
    {
      choose (self, NO_BAR);
      return from != NO_BAR ? GDK_EVENT_STOP : GDK_EVENT_PROPAGATE;
    }
  if (from == NO_BAR)
    from = n_bars;
  choose (self, CLAMP (from + by, 0, n_bars - 1));
  return GDK_EVENT_STOP;
}

static void
clear_bar (gpointer data)
{
  FarBar *bar = data;

  g_clear_pointer (&bar->label, g_free);
}

static void
far_bar_chart_dispose (GObject *object)
{
  FarBarChart *self = FAR_BAR_CHART (object);

  g_clear_pointer (&self->picture, gsk_render_node_unref);

  G_OBJECT_CLASS (far_bar_chart_parent_class)->dispose (object);
}

static void
far_bar_chart_finalize (GObject *object)
{
  FarBarChart *self = FAR_BAR_CHART (object);

  g_array_unref (self->bars);
  g_free (self->currency);

  G_OBJECT_CLASS (far_bar_chart_parent_class)->finalize (object);
}

static void
far_bar_chart_class_init (FarBarChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_bar_chart_dispose;
  object_class->finalize = far_bar_chart_finalize;
  widget_class->size_allocate = far_bar_chart_size_allocate;
  widget_class->css_changed = far_bar_chart_css_changed;
  widget_class->measure = far_bar_chart_measure;
  widget_class->snapshot = far_bar_chart_snapshot;

  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, 0, walk_cb, "i", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, 0, walk_cb, "i", 1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Home, 0, walk_cb, "i", -G_MAXINT32 / 2);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_End, 0, walk_cb, "i", G_MAXINT32 / 2);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, walk_cb, "i", 0);
  gtk_widget_class_set_css_name (widget_class, "barchart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
far_bar_chart_init (FarBarChart *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();

  self->bars = g_array_new (FALSE, FALSE, sizeof (FarBar));
  g_array_set_clear_func (self->bars, clear_bar);
  self->chosen = NO_BAR;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Earnings over time"), -1);
  g_signal_connect_object (motion, "motion", G_CALLBACK (motion_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "leave", G_CALLBACK (leave_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
}

GtkWidget *
far_bar_chart_new (void)
{
  return g_object_new (FAR_TYPE_BAR_CHART, NULL);
}

/**
 * far_bar_chart_set_bars:
 * @currency: of all amounts
 * @bars: (array length=n_bars): copied, oldest first
 * @n_bars: at most FAR_BAR_CHART_BARS_MAX
 */
void
far_bar_chart_set_bars (FarBarChart *self, const char *currency, const FarBar *bars, guint n_bars)
{
  g_return_if_fail (FAR_IS_BAR_CHART (self));
  g_return_if_fail (currency != NULL);
  g_return_if_fail (n_bars <= FAR_BAR_CHART_BARS_MAX);

  g_free (self->currency);
  self->currency = g_strdup (currency);
  g_array_set_size (self->bars, 0);
  for (guint i = 0; i < n_bars; i++)
    {
      FarBar bar = bars[i];

      bar.label = g_strdup (bars[i].label);
      g_array_append_val (self->bars, bar);
    }
  if (self->chosen >= (int) n_bars)
    self->chosen = NO_BAR;
  update_description (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

/**
 * far_bar_chart_describe:
 *
 * Returns: (transfer full): the chosen bar's amounts in words, or those of all bars
 */
char *
far_bar_chart_describe (FarBarChart *self)
{
  GString *text = g_string_new (NULL);

  g_return_val_if_fail (FAR_IS_BAR_CHART (self), NULL);

  for (guint i = 0; i < self->bars->len; i++)
    {
      const FarBar *bar = &g_array_index (self->bars, FarBar, i);
      g_autofree char *pay = NULL;
      g_autofree char *ad = NULL;

      if (bar->ahead || (self->chosen != NO_BAR && self->chosen != (int) i))
        continue;
      /* Of many bars the empty ones are not worth a listener's time. */
      if (self->chosen == NO_BAR && bar->pay_micros == 0 && bar->ad_micros == 0)
        continue;
      pay = far_format_money (bar->pay_micros, self->currency);
      ad = far_format_money (bar->ad_micros, self->currency);
      /* Translators: a day, what readers paid, what ads brought */
      g_string_append_printf (text, _("%s: readers %s, ads %s"), bar->label, pay, ad);
      g_string_append_c (text, '\n');
    }
  return g_strchomp (g_string_free (text, FALSE));
}
