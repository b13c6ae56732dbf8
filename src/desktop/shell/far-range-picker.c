/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drop-down bound to the session's "range"; without a session nothing can be chosen. */
#include "farthing-config.h"

#include "desktop/shell/far-range-picker.h"

#include <glib/gi18n.h>

#include "desktop/far-session.h"
#include "desktop/shell/far-drop-down.h"

struct _FarRangePicker
{
  AdwBin parent_instance;

  GtkWidget  *choice;
  FarSession *session;
  GBinding   *binding;
};

enum { PROP_0, PROP_SESSION, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarRangePicker, far_range_picker, ADW_TYPE_BIN)

static void
set_session (FarRangePicker *self, FarSession *session)
{
  if (!g_set_object (&self->session, session))
    return;
  g_clear_pointer (&self->binding, g_binding_unbind);
  if (session != NULL)
    self->binding = g_object_bind_property (session, "range", self->choice, "selected",
                                            G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  gtk_widget_set_sensitive (self->choice, session != NULL);
}

static void
far_range_picker_dispose (GObject *object)
{
  FarRangePicker *self = FAR_RANGE_PICKER (object);

  set_session (self, NULL);

  G_OBJECT_CLASS (far_range_picker_parent_class)->dispose (object);
}

static void
far_range_picker_set_property (GObject *object, guint prop_id, const GValue *value,
                               GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SESSION:
      set_session (FAR_RANGE_PICKER (object), g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_range_picker_class_init (FarRangePickerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = far_range_picker_dispose;
  object_class->set_property = far_range_picker_set_property;

  properties[PROP_SESSION] =
    g_param_spec_object ("session", NULL, NULL, FAR_TYPE_SESSION,
                         G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
far_range_picker_init (FarRangePicker *self)
{
  const char *titles[FAR_N_RANGES + 1] = { NULL };

  for (guint i = 0; i < FAR_N_RANGES; i++)
    titles[i] = far_range_get_title ((FarRange) i);
  self->choice = gtk_drop_down_new_from_strings (titles);
  gtk_widget_set_valign (self->choice, GTK_ALIGN_CENTER);
  gtk_widget_set_sensitive (self->choice, FALSE);
  far_drop_down_set_name (GTK_DROP_DOWN (self->choice), _("Time range"));
  adw_bin_set_child (ADW_BIN (self), self->choice);
}
