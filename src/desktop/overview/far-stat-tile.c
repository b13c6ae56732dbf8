/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A group to a screen reader, named "title: figure, detail". */
#include "desktop/overview/far-stat-tile.h"

/* Longer figures are written smaller where the window is narrow. */
#define FIGURE_CHARS 8

struct _FarStatTile
{
  GtkWidget parent_instance;

  GtkLabel *title;
  GtkLabel *figure;
  GtkLabel *detail;
};

enum { PROP_0, PROP_TITLE, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarStatTile, far_stat_tile, GTK_TYPE_WIDGET)

static void
update_name (FarStatTile *self)
{
  g_autofree char *name = g_strdup_printf ("%s: %s, %s", gtk_label_get_label (self->title),
                                           gtk_label_get_label (self->figure),
                                           gtk_label_get_label (self->detail));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
far_stat_tile_dispose (GObject *object)
{
  GtkWidget *child;

  gtk_widget_dispose_template (GTK_WIDGET (object), FAR_TYPE_STAT_TILE);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (far_stat_tile_parent_class)->dispose (object);
}

static void
far_stat_tile_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, gtk_label_get_label (FAR_STAT_TILE (object)->title));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_stat_tile_set_property (GObject *object, guint prop_id, const GValue *value,
                            GParamSpec *pspec)
{
  FarStatTile *self = FAR_STAT_TILE (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      gtk_label_set_label (self->title, g_value_get_string (value));
      update_name (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_stat_tile_class_init (FarStatTileClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_stat_tile_dispose;
  object_class->get_property = far_stat_tile_get_property;
  object_class->set_property = far_stat_tile_set_property;

  properties[PROP_TITLE] =
    g_param_spec_string ("title", NULL, NULL, "", G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/overview/"
                                               "far-stat-tile.ui");
  gtk_widget_class_bind_template_child (widget_class, FarStatTile, title);
  gtk_widget_class_bind_template_child (widget_class, FarStatTile, figure);
  gtk_widget_class_bind_template_child (widget_class, FarStatTile, detail);
  gtk_widget_class_set_css_name (widget_class, "stattile");
}

static void
far_stat_tile_init (FarStatTile *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_stat_tile_set_figure:
 * @figure: an em dash while it is not known
 * @detail: (nullable): the number of samples, the window, the other half of a pair
 */
void
far_stat_tile_set_figure (FarStatTile *self, const char *figure, const char *detail)
{
  g_return_if_fail (FAR_IS_STAT_TILE (self));
  g_return_if_fail (figure != NULL);

  gtk_label_set_label (self->figure, figure);
  /* A digit that is cut off is another figure. */
  if (g_utf8_strlen (figure, -1) > FIGURE_CHARS)
    gtk_widget_add_css_class (GTK_WIDGET (self->figure), "long");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->figure), "long");
  gtk_label_set_label (self->detail, detail != NULL ? detail : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), detail);
  update_name (self);
}
