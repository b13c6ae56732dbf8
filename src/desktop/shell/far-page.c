/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties: "title" and "icon-name" for the sidebar, "folded" for the page's header bar (whether
 * it stands alone in the window), "badge" (how many things on it ask for attention, said in the
 * sidebar), "session" and, out of it, "deployment" for bindings. Disposing a page takes its session
 * away first, so that no model outlives it. */
#include "desktop/shell/far-page.h"

typedef struct {
  char       *title;
  char       *icon_name;
  gboolean    folded;
  guint       badge;
  FarSession *session;
} FarPagePrivate;

enum {
  PROP_0, PROP_TITLE, PROP_ICON_NAME, PROP_FOLDED, PROP_BADGE, PROP_SESSION, PROP_DEPLOYMENT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (FarPage, far_page, ADW_TYPE_BIN)

static void
set_session (FarPage *self, FarSession *session)
{
  FarPagePrivate *priv = far_page_get_instance_private (self);

  if (!g_set_object (&priv->session, session))
    return;
  if (FAR_PAGE_GET_CLASS (self)->session_changed != NULL)
    FAR_PAGE_GET_CLASS (self)->session_changed (self, session);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SESSION]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DEPLOYMENT]);
}

static void
far_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (far_page_parent_class)->map (widget);
  if (FAR_PAGE_GET_CLASS (widget)->shown != NULL)
    FAR_PAGE_GET_CLASS (widget)->shown (FAR_PAGE (widget), TRUE);
}

static void
far_page_unmap (GtkWidget *widget)
{
  if (FAR_PAGE_GET_CLASS (widget)->shown != NULL)
    FAR_PAGE_GET_CLASS (widget)->shown (FAR_PAGE (widget), FALSE);
  GTK_WIDGET_CLASS (far_page_parent_class)->unmap (widget);
}

static void
far_page_dispose (GObject *object)
{
  set_session (FAR_PAGE (object), NULL);

  G_OBJECT_CLASS (far_page_parent_class)->dispose (object);
}

static void
far_page_finalize (GObject *object)
{
  FarPagePrivate *priv = far_page_get_instance_private (FAR_PAGE (object));

  g_free (priv->title);
  g_free (priv->icon_name);

  G_OBJECT_CLASS (far_page_parent_class)->finalize (object);
}

static void
far_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarPagePrivate *priv = far_page_get_instance_private (FAR_PAGE (object));

  switch (prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, priv->title);
      break;
    case PROP_ICON_NAME:
      g_value_set_string (value, priv->icon_name);
      break;
    case PROP_FOLDED:
      g_value_set_boolean (value, priv->folded);
      break;
    case PROP_BADGE:
      g_value_set_uint (value, priv->badge);
      break;
    case PROP_SESSION:
      g_value_set_object (value, priv->session);
      break;
    case PROP_DEPLOYMENT:
      g_value_set_object (value, priv->session != NULL ? far_session_get_deployment (priv->session)
                                                       : NULL);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_page_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  FarPagePrivate *priv = far_page_get_instance_private (FAR_PAGE (object));

  switch (prop_id)
    {
    case PROP_TITLE:
      g_free (priv->title);
      priv->title = g_value_dup_string (value);
      gtk_accessible_update_property (GTK_ACCESSIBLE (object), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      priv->title != NULL ? priv->title : "", -1);
      break;
    case PROP_ICON_NAME:
      g_free (priv->icon_name);
      priv->icon_name = g_value_dup_string (value);
      break;
    case PROP_FOLDED:
      priv->folded = g_value_get_boolean (value);
      break;
    case PROP_SESSION:
      set_session (FAR_PAGE (object), g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_page_class_init (FarPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_page_dispose;
  object_class->finalize = far_page_finalize;
  object_class->get_property = far_page_get_property;
  object_class->set_property = far_page_set_property;
  widget_class->map = far_page_map;
  widget_class->unmap = far_page_unmap;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);

  properties[PROP_TITLE] =
    g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_ICON_NAME] =
    g_param_spec_string ("icon-name", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FOLDED] =
    g_param_spec_boolean ("folded", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_BADGE] =
    g_param_spec_uint ("badge", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SESSION] =
    g_param_spec_object ("session", NULL, NULL, FAR_TYPE_SESSION,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_DEPLOYMENT] =
    g_param_spec_object ("deployment", NULL, NULL, FAR_TYPE_DEPLOYMENT,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
far_page_init (FarPage *self)
{
}

/* Returns: (transfer none) (nullable) */
FarSession *
far_page_get_session (FarPage *self)
{
  FarPagePrivate *priv = far_page_get_instance_private (self);

  g_return_val_if_fail (FAR_IS_PAGE (self), NULL);

  return priv->session;
}

const char *
far_page_get_title (FarPage *self)
{
  FarPagePrivate *priv = far_page_get_instance_private (self);

  g_return_val_if_fail (FAR_IS_PAGE (self), NULL);

  return priv->title;
}

/**
 * far_page_back:
 *
 * Returns: whether the page went one step back by itself
 */
gboolean
far_page_back (FarPage *self)
{
  g_return_val_if_fail (FAR_IS_PAGE (self), FALSE);

  return FAR_PAGE_GET_CLASS (self)->back != NULL && FAR_PAGE_GET_CLASS (self)->back (self);
}

/**
 * far_page_search:
 *
 * Returns: whether the page has a search, which is on screen now
 */
gboolean
far_page_search (FarPage *self)
{
  g_return_val_if_fail (FAR_IS_PAGE (self), FALSE);

  return FAR_PAGE_GET_CLASS (self)->search != NULL && FAR_PAGE_GET_CLASS (self)->search (self);
}

/**
 * far_page_open:
 * @id: of one of the things that the page lists; ignored if it lists nothing
 */
void
far_page_open (FarPage *self, const char *id)
{
  g_return_if_fail (FAR_IS_PAGE (self));
  g_return_if_fail (id != NULL);

  if (FAR_PAGE_GET_CLASS (self)->open != NULL)
    FAR_PAGE_GET_CLASS (self)->open (self, id);
}

/**
 * far_page_set_badge:
 * @n: how many things on the page ask for attention
 */
void
far_page_set_badge (FarPage *self, guint n)
{
  FarPagePrivate *priv = far_page_get_instance_private (self);

  g_return_if_fail (FAR_IS_PAGE (self));

  if (priv->badge == n)
    return;
  priv->badge = n;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BADGE]);
}
