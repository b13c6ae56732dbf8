/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Name and bar stand side by side where there is room, else one below the other; all rows of a list
 * are equally wide, so that they agree. The bar is made into a render node when size, item or theme
 * change. A failed span has an icon as well as a colour; phases of a cold start are hatched. */
#include "farthing-config.h"

#include "desktop/traces/far-span-row.h"

#include <glib/gi18n.h>
#include <math.h>

#include "desktop/charts/far-chart-axes.h"
#include "desktop/far-format.h"
#include "desktop/shell/far-icon.h"
#include "desktop/traces/far-span-scale.h"

#define INDENT 14
/* Deeper levels are not indented further: the name must be seen. */
#define INDENT_LEVELS_MAX 10
#define BAR_HEIGHT 12
#define BAR_RADIUS 3
#define BAR_MIN_WIDTH 2
#define NAME_WIDTH_MIN 160
#define GAP 6
#define MARGIN 4

struct _FarSpanRow
{
  GtkWidget parent_instance;

  GtkWidget     *icon;
  GtkWidget     *name;
  FarSpanItem   *item;
  GskRenderNode *picture;
};

G_DEFINE_FINAL_TYPE (FarSpanRow, far_span_row, GTK_TYPE_WIDGET)

static FarChartStyle
choose_style (const FarSpanInfo *span)
{
  static const struct {
    const char   *kind;
    FarChartStyle style;
  } styles[] = {
    { "queue", FAR_CHART_STYLE_THIRD },
    { "cold", FAR_CHART_STYLE_AD },
    { "spawn", FAR_CHART_STYLE_AD },
    { "init", FAR_CHART_STYLE_AD },
    { "bookkeeper", FAR_CHART_STYLE_PAY },
    { "call", FAR_CHART_STYLE_THIRD },
  };

  if (g_str_equal (span->status, "error"))
    return FAR_CHART_STYLE_ERROR;
  for (guint i = 0; i < G_N_ELEMENTS (styles); i++)
    if (g_str_equal (span->kind, styles[i].kind))
      return styles[i].style;
  return FAR_CHART_STYLE_FIRST;
}

static void
paint_grid (FarSpanRow *self, GtkSnapshot *snapshot, const graphene_rect_t *area)
{
  const FarWaterfall *waterfall = far_span_item_get_waterfall (self->item);
  double extent_us = (double) (waterfall->to_us - waterfall->from_us);
  FarValueAxis axis;
  GdkRGBA text;
  GdkRGBA grid;

  far_chart_get_ink (GTK_WIDGET (self), &text, &grid);
  far_span_scale_init_axis (&axis, waterfall, area->size.width);
  for (guint i = 0; i < axis.n_ticks && i * axis.step <= extent_us; i++)
    {
      double x = round (area->origin.x + area->size.width * i * axis.step / extent_us);

      gtk_snapshot_append_color (snapshot, &grid,
                                 &GRAPHENE_RECT_INIT ((float) x, 0, 1,
                                                      gtk_widget_get_height (GTK_WIDGET (self))));
    }
}

/* Behind the bar, or before one that ends where there is no room left. */
static void
paint_duration (FarSpanRow *self, GtkSnapshot *snapshot, const graphene_rect_t *bar)
{
  const FarSpanInfo *span = far_span_item_get_row (self->item)->span;
  g_autofree char *text = far_format_duration ((double) span->duration_us);
  g_autoptr (PangoLayout) layout = far_chart_create_label (GTK_WIDGET (self), text);
  double x = bar->origin.x + bar->size.width + GAP;
  GdkRGBA ink;
  int width;
  int height;

  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &ink);
  if (x + width > gtk_widget_get_width (GTK_WIDGET (self)))
    x = MAX (bar->origin.x - GAP - width, 0);
  far_chart_append_label (snapshot, layout, x, bar->origin.y + (BAR_HEIGHT - height) / 2.0, &ink);
}

static void
repaint (FarSpanRow *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean wide = gtk_widget_get_width (widget) >= FAR_SPAN_WIDE;
  const FarWaterfallRow *row;
  GtkSnapshot *snapshot;
  GskRoundedRect outline;
  graphene_rect_t bar;
  double x;
  double width;
  double top;
  GdkRGBA color;

  g_clear_pointer (&self->picture, gsk_render_node_unref);
  gtk_widget_queue_draw (widget);
  if (self->item == NULL || gtk_widget_get_width (widget) <= 0)
    return;
  row = far_span_item_get_row (self->item);
  far_span_scale_place (gtk_widget_get_width (widget), &x, &width);
  top = wide ? round ((gtk_widget_get_height (widget) - BAR_HEIGHT) / 2.0)
             : gtk_widget_get_height (widget) - BAR_HEIGHT - GAP;
  bar = GRAPHENE_RECT_INIT ((float) (x + row->from * width), (float) top,
                            (float) MAX ((row->to - row->from) * width, BAR_MIN_WIDTH), BAR_HEIGHT);
  snapshot = gtk_snapshot_new ();
  paint_grid (self, snapshot, &GRAPHENE_RECT_INIT ((float) x, (float) top, (float) width,
                                                   BAR_HEIGHT));
  far_chart_get_color (widget, choose_style (row->span), &color);
  gsk_rounded_rect_init_from_rect (&outline, &bar, BAR_RADIUS);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  far_chart_paint_bar (snapshot, &bar, choose_style (row->span), &color);
  gtk_snapshot_pop (snapshot);
  paint_duration (self, snapshot, &bar);
  self->picture = gtk_snapshot_free_to_node (snapshot);
}

static int
get_indent (FarSpanRow *self)
{
  guint depth = self->item != NULL ? far_span_item_get_row (self->item)->depth : 0;

  return MARGIN + (int) MIN (depth, INDENT_LEVELS_MAX) * INDENT;
}

static void
far_span_row_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  FarSpanRow *self = FAR_SPAN_ROW (widget);
  gboolean wide = width >= FAR_SPAN_WIDE;
  int line = wide ? height : height - BAR_HEIGHT - GAP;
  int left = get_indent (self);
  int room;
  int icon = 0;
  double x;
  double extent;

  far_span_scale_place (width, &x, &extent);
  room = wide ? (int) x - GAP : width - MARGIN;
  if (gtk_widget_should_layout (self->icon))
    {
      gtk_widget_measure (self->icon, GTK_ORIENTATION_HORIZONTAL, -1, &icon, NULL, NULL, NULL);
      gtk_widget_size_allocate (self->icon, &(GtkAllocation) { left, 0, icon, line }, -1);
      icon += GAP;
    }
  gtk_widget_size_allocate (self->name,
                            &(GtkAllocation) { left + icon, 0, MAX (room - left - icon, 1), line },
                            -1);
  repaint (self);
}

static void
far_span_row_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (far_span_row_parent_class)->css_changed (widget, change);
  repaint (FAR_SPAN_ROW (widget));
}

static GtkSizeRequestMode
far_span_row_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
far_span_row_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                      int *natural, int *minimum_baseline, int *natural_baseline)
{
  int line;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = NAME_WIDTH_MIN;
      *natural = FAR_SPAN_WIDE;
      return;
    }
  gtk_widget_measure (FAR_SPAN_ROW (widget)->name, GTK_ORIENTATION_VERTICAL, -1, &line, NULL, NULL,
                      NULL);
  line = MAX (line, BAR_HEIGHT) + 2 * MARGIN;
  if (for_size >= 0 && for_size < FAR_SPAN_WIDE)
    line += BAR_HEIGHT + GAP;
  *minimum = *natural = line;
}

static void
far_span_row_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FarSpanRow *self = FAR_SPAN_ROW (widget);

  if (self->picture != NULL)
    gtk_snapshot_append_node (snapshot, self->picture);
  GTK_WIDGET_CLASS (far_span_row_parent_class)->snapshot (widget, snapshot);
}

static void
far_span_row_dispose (GObject *object)
{
  FarSpanRow *self = FAR_SPAN_ROW (object);

  g_clear_pointer (&self->picture, gsk_render_node_unref);
  g_clear_pointer (&self->icon, gtk_widget_unparent);
  g_clear_pointer (&self->name, gtk_widget_unparent);
  g_clear_object (&self->item);

  G_OBJECT_CLASS (far_span_row_parent_class)->dispose (object);
}

static void
far_span_row_class_init (FarSpanRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_span_row_dispose;
  widget_class->size_allocate = far_span_row_size_allocate;
  widget_class->css_changed = far_span_row_css_changed;
  widget_class->get_request_mode = far_span_row_get_request_mode;
  widget_class->measure = far_span_row_measure;
  widget_class->snapshot = far_span_row_snapshot;
  gtk_widget_class_set_css_name (widget_class, "spanrow");
}

static void
far_span_row_init (FarSpanRow *self)
{
  self->icon = far_icon_new ("far-error-symbolic");
  self->name = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (self->name), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->name), 0);
  /* Time runs from left to right in every language, and so does what is inside what. */
  gtk_widget_set_direction (self->name, GTK_TEXT_DIR_LTR);
  gtk_widget_add_css_class (self->icon, "error");
  gtk_widget_set_parent (self->icon, GTK_WIDGET (self));
  gtk_widget_set_parent (self->name, GTK_WIDGET (self));
}

GtkWidget *
far_span_row_new (void)
{
  return g_object_new (FAR_TYPE_SPAN_ROW, NULL);
}

/**
 * far_span_row_set_item:
 * @item: (nullable): shown from now on
 */
void
far_span_row_set_item (FarSpanRow *self, FarSpanItem *item)
{
  g_autofree char *title = NULL;

  g_return_if_fail (FAR_IS_SPAN_ROW (self));

  g_set_object (&self->item, item);
  if (item == NULL)
    return;
  title = far_span_item_get_title (item);
  gtk_label_set_label (GTK_LABEL (self->name), title);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), title);
  gtk_widget_set_visible (self->icon,
                          g_str_equal (far_span_item_get_row (item)->span->status, "error"));
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}
