/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question at a time. A deployment that reports none has none: charts are the same without. */
#include "desktop/model/far-happenings.h"

#include "desktop/model/far-inquiry.h"

#define LIMIT "200"

struct _FarHappenings
{
  GObject parent_instance;

  FarInquiry inquiry;
  GPtrArray *all; /* of FarAnnotationInfo, oldest first */
};

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarHappenings, far_happenings, G_TYPE_OBJECT)

static void
far_happenings_finalize (GObject *object)
{
  g_ptr_array_unref (FAR_HAPPENINGS (object)->all);

  G_OBJECT_CLASS (far_happenings_parent_class)->finalize (object);
}

static void
far_happenings_class_init (FarHappeningsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_happenings_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
far_happenings_init (FarHappenings *self)
{
  self->all = g_ptr_array_new_with_free_func ((GDestroyNotify) far_annotation_info_unref);
}

FarHappenings *
far_happenings_new (void)
{
  return g_object_new (FAR_TYPE_HAPPENINGS, NULL);
}

static gboolean
is_same (GPtrArray *left, GPtrArray *right)
{
  gboolean same = left->len == right->len;

  for (guint i = 0; same && i < left->len; i++)
    {
      const FarAnnotationInfo *a = g_ptr_array_index (left, i);
      const FarAnnotationInfo *b = g_ptr_array_index (right, i);

      same = a->id == b->id && a->end_us == b->end_us;
    }
  return same;
}

static void
take (FarHappenings *self, GPtrArray *all)
{
  gboolean same = is_same (self->all, all);

  g_ptr_array_unref (self->all);
  self->all = all;
  if (!same)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
answered_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  GPtrArray *all = answer != NULL ? far_annotations_parse (answer, NULL) : NULL;

  if (all != NULL)
    take (owner, all);
  else if (error != NULL && g_str_equal (far_client_error_get_code (error), "not_reported"))
    far_happenings_forget (owner);
}

/**
 * far_happenings_refresh:
 * @from_us: what is older is not asked for
 */
void
far_happenings_refresh (FarHappenings *self, FarPlatformClient *client, gint64 from_us)
{
  g_autofree char *from = g_strdup_printf ("%" G_GINT64_FORMAT, from_us);
  g_autofree char *url = NULL;

  g_return_if_fail (FAR_IS_HAPPENINGS (self));

  if (far_inquiry_is_pending (&self->inquiry))
    return;
  url = far_platform_url ("/v1/annotations", "from_us", from, "limit", LIMIT, NULL);
  far_inquiry_send (&self->inquiry, self, client, "GET", url, NULL, answered_cb);
}

/* Another deployment, or none. */
void
far_happenings_forget (FarHappenings *self)
{
  g_return_if_fail (FAR_IS_HAPPENINGS (self));

  far_inquiry_cancel (&self->inquiry);
  take (self, g_ptr_array_new_with_free_func ((GDestroyNotify) far_annotation_info_unref));
}

/**
 * far_happenings_get:
 * @function: (nullable): what is about another function is left out; NULL for all
 *
 * Returns: (transfer full) (element-type FarAnnotationInfo): oldest first
 */
GPtrArray *
far_happenings_get (FarHappenings *self, const char *function)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) far_annotation_info_unref);

  g_return_val_if_fail (FAR_IS_HAPPENINGS (self), found);

  for (guint i = 0; i < self->all->len; i++)
    {
      FarAnnotationInfo *info = g_ptr_array_index (self->all, i);

      if (function == NULL || info->function[0] == '\0' || g_str_equal (info->function, function))
        g_ptr_array_add (found, far_annotation_info_ref (info));
    }
  return found;
}
