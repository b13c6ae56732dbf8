/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame has its size before the picture has come, so that nothing jumps; the picture covers it.
 * One that does not come leaves the frame empty: it is decoration, its description stays. */
#include "desktop/reader/far-remote-picture.h"

#define RATIO_WIDTH 16
#define RATIO_HEIGHT 9
#define MIN_WIDTH 96
#define NATURAL_WIDTH 260
#define GROUND_ALPHA 0.08f

struct _FarRemotePicture
{
  GtkWidget parent_instance;

  char         *path;
  GdkTexture   *texture;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (FarRemotePicture, far_remote_picture, GTK_TYPE_WIDGET)

static GtkSizeRequestMode
far_remote_picture_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
far_remote_picture_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                            int *minimum, int *natural, int *minimum_baseline,
                            int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = MIN_WIDTH;
      *natural = NATURAL_WIDTH;
      return;
    }
  if (for_size < 0)
    for_size = NATURAL_WIDTH;
  *minimum = *natural = for_size * RATIO_HEIGHT / RATIO_WIDTH;
}

/* The part of the plane that a picture must fill to cover width × height, cut evenly. */
static graphene_rect_t
cover (GdkTexture *texture, float width, float height)
{
  float scale_x = width / (float) gdk_texture_get_width (texture);
  float scale_y = height / (float) gdk_texture_get_height (texture);
  float scale = MAX (scale_x, scale_y);
  float covered_width = (float) gdk_texture_get_width (texture) * scale;
  float covered_height = (float) gdk_texture_get_height (texture) * scale;

  return GRAPHENE_RECT_INIT ((width - covered_width) / 2, (height - covered_height) / 2,
                             covered_width, covered_height);
}

static void
far_remote_picture_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FarRemotePicture *self = FAR_REMOTE_PICTURE (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  graphene_rect_t area = GRAPHENE_RECT_INIT (0, 0, width, height);
  GdkRGBA ground;

  if (self->texture == NULL)
    {
      gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ground);
      ground.alpha *= GROUND_ALPHA;
      gtk_snapshot_append_color (snapshot, &ground, &area);
      return;
    }
  gtk_snapshot_push_clip (snapshot, &area);
  area = cover (self->texture, width, height);
  gtk_snapshot_append_texture (snapshot, self->texture, &area);
  gtk_snapshot_pop (snapshot);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarRemotePicture) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  texture = far_media_cache_load_finish (FAR_MEDIA_CACHE (source), result, &error);
  if (texture == NULL)
    return;
  g_set_object (&self->texture, texture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
give_up (FarRemotePicture *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
far_remote_picture_dispose (GObject *object)
{
  FarRemotePicture *self = FAR_REMOTE_PICTURE (object);

  give_up (self);
  g_clear_object (&self->texture);
  g_clear_pointer (&self->path, g_free);

  G_OBJECT_CLASS (far_remote_picture_parent_class)->dispose (object);
}

/* A load under way holds a reference; leaving the screen for good must end it. */
static void
far_remote_picture_unroot (GtkWidget *widget)
{
  give_up (FAR_REMOTE_PICTURE (widget));
  GTK_WIDGET_CLASS (far_remote_picture_parent_class)->unroot (widget);
}

static void
far_remote_picture_class_init (FarRemotePictureClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_remote_picture_dispose;
  widget_class->get_request_mode = far_remote_picture_get_request_mode;
  widget_class->measure = far_remote_picture_measure;
  widget_class->snapshot = far_remote_picture_snapshot;
  widget_class->unroot = far_remote_picture_unroot;
  gtk_widget_class_set_css_name (widget_class, "remotepicture");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
far_remote_picture_init (FarRemotePicture *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

/**
 * far_remote_picture_load:
 * @media: (nullable): where pictures come from
 * @path: below the gateway; "" for none
 * @alt: what the picture shows, in words
 */
void
far_remote_picture_load (FarRemotePicture *self, FarMediaCache *media, const char *path,
                         const char *alt)
{
  g_return_if_fail (FAR_IS_REMOTE_PICTURE (self));
  g_return_if_fail (path != NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, alt, -1);
  if (g_strcmp0 (self->path, path) == 0 && self->texture != NULL)
    return;

  give_up (self);
  g_clear_object (&self->texture);
  g_free (self->path);
  self->path = g_strdup (path);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (media == NULL || path[0] == '\0')
    return;
  self->cancellable = g_cancellable_new ();
  far_media_cache_load_async (media, path, self->cancellable, loaded_cb, g_object_ref (self));
}
