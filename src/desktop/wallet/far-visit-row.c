/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens the page in the user's browser once, when a visit is new; afterwards only at a press of the
 * link, which is also the way where no browser came up. */
#include "farthing-config.h"

#include "desktop/wallet/far-visit-row.h"

#include <glib/gi18n.h>

struct _FarVisitRow
{
  AdwPreferencesGroup parent_instance;

  AdwActionRow  *row;
  GtkSpinner    *spinner;
  GtkLinkButton *link;

  char          *checkout; /* whose page was opened */
};

enum { ENDED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarVisitRow, far_visit_row, ADW_TYPE_PREFERENCES_GROUP)

static void
stop_cb (FarVisitRow *self)
{
  g_signal_emit (self, signals[ENDED], 0);
}

static void
far_visit_row_dispose (GObject *object)
{
  FarVisitRow *self = FAR_VISIT_ROW (object);

  g_clear_pointer (&self->checkout, g_free);
  if (self->row != NULL)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (self->row));
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_VISIT_ROW);

  G_OBJECT_CLASS (far_visit_row_parent_class)->dispose (object);
}

static void
far_visit_row_class_init (FarVisitRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_visit_row_dispose;
  signals[ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/wallet/"
                                               "far-visit-row.ui");
  gtk_widget_class_bind_template_child (widget_class, FarVisitRow, row);
  gtk_widget_class_bind_template_child (widget_class, FarVisitRow, spinner);
  gtk_widget_class_bind_template_child (widget_class, FarVisitRow, link);
  gtk_widget_class_bind_template_callback (widget_class, stop_cb);
}

static void
far_visit_row_init (FarVisitRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_visit_row_show:
 * @visit: (nullable): NULL hides the row
 */
void
far_visit_row_show (FarVisitRow *self, FarCheckout *visit)
{
  gboolean is_open;

  g_return_if_fail (FAR_IS_VISIT_ROW (self));

  gtk_widget_set_visible (GTK_WIDGET (self), visit != NULL);
  gtk_spinner_set_spinning (self->spinner, visit != NULL);
  if (visit == NULL)
    return;

  is_open = g_str_equal (visit->state, "open");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->row),
                                 is_open ? _("Go on in your browser")
                                         : _("The provider is working on it"));
  gtk_widget_set_visible (GTK_WIDGET (self->link), is_open && visit->url[0] != '\0');
  if (visit->url[0] == '\0')
    return;
  gtk_link_button_set_uri (self->link, visit->url);
  if (g_strcmp0 (self->checkout, visit->checkout) == 0)
    return;
  g_free (self->checkout);
  self->checkout = g_strdup (visit->checkout);
  g_app_info_launch_default_for_uri_async (visit->url, NULL, NULL, NULL, NULL);
}
