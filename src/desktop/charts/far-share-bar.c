/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The amounts stand beside it as text; the bar itself is presentation. */
#include "desktop/charts/far-share-bar.h"

#include "desktop/charts/far-chart-paint.h"

#define HEIGHT 8
#define MIN_WIDTH 60
#define NATURAL_WIDTH 160
#define RADIUS 4
#define TRACK_ALPHA 0.1f

struct _FarShareBar
{
  GtkWidget parent_instance;

  gint64 pay_micros;
  gint64 ad_micros;
  gint64 longest_micros;
};

G_DEFINE_FINAL_TYPE (FarShareBar, far_share_bar, GTK_TYPE_WIDGET)

static void
far_share_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  gboolean horizontal = orientation == GTK_ORIENTATION_HORIZONTAL;

  *minimum = horizontal ? MIN_WIDTH : HEIGHT;
  *natural = horizontal ? NATURAL_WIDTH : HEIGHT;
}

static void
far_share_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FarShareBar *self = FAR_SHARE_BAR (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  float pay = 0;
  float ad = 0;
  GskRoundedRect outline;
  GdkRGBA color;

  if (self->longest_micros > 0)
    {
      pay = width * (float) self->pay_micros / (float) self->longest_micros;
      ad = width * (float) self->ad_micros / (float) self->longest_micros;
    }

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, 0, width, height), RADIUS);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  color.alpha *= TRACK_ALPHA;
  gtk_snapshot_append_color (snapshot, &color, &outline.bounds);
  far_chart_get_color (widget, FAR_CHART_STYLE_PAY, &color);
  far_chart_paint_bar (snapshot, &GRAPHENE_RECT_INIT (0, 0, pay, height), FAR_CHART_STYLE_PAY,
                       &color);
  far_chart_get_color (widget, FAR_CHART_STYLE_AD, &color);
  far_chart_paint_bar (snapshot, &GRAPHENE_RECT_INIT (pay, 0, ad, height), FAR_CHART_STYLE_AD,
                       &color);
  gtk_snapshot_pop (snapshot);
}

static void
far_share_bar_class_init (FarShareBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = far_share_bar_measure;
  widget_class->snapshot = far_share_bar_snapshot;
  gtk_widget_class_set_css_name (widget_class, "sharebar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
far_share_bar_init (FarShareBar *self)
{
}

GtkWidget *
far_share_bar_new (void)
{
  return g_object_new (FAR_TYPE_SHARE_BAR, NULL);
}

/**
 * far_share_bar_set_shares:
 * @pay_micros: ≥ 0
 * @ad_micros: ≥ 0
 * @longest_micros: what the whole width stands for
 */
void
far_share_bar_set_shares (FarShareBar *self, gint64 pay_micros, gint64 ad_micros,
                          gint64 longest_micros)
{
  g_return_if_fail (FAR_IS_SHARE_BAR (self));

  self->pay_micros = MAX (pay_micros, 0);
  self->ad_micros = MAX (ad_micros, 0);
  self->longest_micros = longest_micros;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
