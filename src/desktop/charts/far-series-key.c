/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws the same dash and colour as the line it stands for. */
#include "desktop/charts/far-series-key.h"

#define SWATCH_WIDTH 18
#define SWATCH_HEIGHT 10

struct _FarSeriesKey
{
  GtkWidget parent_instance;

  GtkWidget    *swatch;
  GtkWidget    *title;
  GtkWidget    *value;
  FarChartStyle style;
};

enum { PROP_0, PROP_TITLE, PROP_STYLE, PROP_VALUE, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarSeriesKey, far_series_key, GTK_TYPE_WIDGET)

/* The swatch is an empty widget of a fixed size; its parent draws into it. */
static void
far_series_key_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FarSeriesKey *self = FAR_SERIES_KEY (widget);
  graphene_rect_t area;
  GdkRGBA color;

  if (gtk_widget_compute_bounds (self->swatch, widget, &area))
    {
      far_chart_get_color (widget, self->style, &color);
      far_chart_paint_key (snapshot, &area, self->style, &color);
    }
  GTK_WIDGET_CLASS (far_series_key_parent_class)->snapshot (widget, snapshot);
}

static void
far_series_key_dispose (GObject *object)
{
  FarSeriesKey *self = FAR_SERIES_KEY (object);

  g_clear_pointer (&self->swatch, gtk_widget_unparent);
  g_clear_pointer (&self->title, gtk_widget_unparent);
  g_clear_pointer (&self->value, gtk_widget_unparent);

  G_OBJECT_CLASS (far_series_key_parent_class)->dispose (object);
}

static void
far_series_key_set_property (GObject *object, guint prop_id, const GValue *value,
                             GParamSpec *pspec)
{
  FarSeriesKey *self = FAR_SERIES_KEY (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      gtk_label_set_label (GTK_LABEL (self->title), g_value_get_string (value));
      break;
    case PROP_STYLE:
      self->style = (FarChartStyle) g_value_get_uint (value);
      break;
    case PROP_VALUE:
      far_series_key_set_value (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_series_key_class_init (FarSeriesKeyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_series_key_dispose;
  object_class->set_property = far_series_key_set_property;
  widget_class->snapshot = far_series_key_snapshot;

  properties[PROP_TITLE] =
    g_param_spec_string ("title", NULL, NULL, "", G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_STYLE] =
    g_param_spec_uint ("style", NULL, NULL, 0, FAR_CHART_STYLE_AD, 0,
                       G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_VALUE] =
    g_param_spec_string ("value", NULL, NULL, "", G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "serieskey");
}

static void
far_series_key_init (FarSeriesKey *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), 6);

  self->swatch = g_object_new (GTK_TYPE_BOX,
                               "width-request", SWATCH_WIDTH,
                               "height-request", SWATCH_HEIGHT,
                               "valign", GTK_ALIGN_CENTER,
                               "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                               NULL);
  self->title = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->title, "caption");
  gtk_widget_add_css_class (self->title, "dim-label");
  self->value = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->value, "caption");
  gtk_widget_add_css_class (self->value, "numeric");

  gtk_widget_set_parent (self->swatch, GTK_WIDGET (self));
  gtk_widget_set_parent (self->title, GTK_WIDGET (self));
  gtk_widget_set_parent (self->value, GTK_WIDGET (self));
}

GtkWidget *
far_series_key_new (const char *title, FarChartStyle style)
{
  return g_object_new (FAR_TYPE_SERIES_KEY, "title", title, "style", style, NULL);
}

/**
 * far_series_key_set_value:
 * @value: (nullable): the newest value, or the one under the cursor
 */
void
far_series_key_set_value (FarSeriesKey *self, const char *value)
{
  g_return_if_fail (FAR_IS_SERIES_KEY (self));

  gtk_label_set_label (GTK_LABEL (self->value), value != NULL ? value : "");
}
