/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shell's frame before libadwaita 1.4: a leaflet that slides. */
#include "desktop/shell/far-shell-frame.h"

#define SIDEBAR "sidebar"
#define CONTENT "content"

GtkWidget *
far_shell_frame_new (FarShellFrameFunc folded_changed, FarShellFrameFunc show_content_changed,
                     gpointer shell)
{
  GtkWidget *frame = adw_leaflet_new ();
  GtkWidget *separator = gtk_separator_new (GTK_ORIENTATION_VERTICAL);
  AdwLeaflet *leaflet = ADW_LEAFLET (frame);

  adw_leaflet_set_fold_threshold_policy (leaflet, ADW_FOLD_THRESHOLD_POLICY_MINIMUM);
  adw_leaflet_set_can_navigate_back (leaflet, TRUE);
  adw_leaflet_page_set_navigatable (adw_leaflet_append (leaflet, separator), FALSE);
  g_signal_connect_object (frame, "notify::folded", G_CALLBACK (folded_changed), shell,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (frame, "notify::visible-child", G_CALLBACK (show_content_changed), shell,
                           G_CONNECT_SWAPPED);
  return frame;
}

void
far_shell_frame_set_sidebar (GtkWidget *frame, GtkWidget *sidebar)
{
  gtk_widget_set_hexpand (sidebar, FALSE);
  adw_leaflet_page_set_name (adw_leaflet_prepend (ADW_LEAFLET (frame), sidebar), SIDEBAR);
}

void
far_shell_frame_set_content (GtkWidget *frame, GtkWidget *content)
{
  gtk_widget_set_hexpand (content, TRUE);
  adw_leaflet_page_set_name (adw_leaflet_append (ADW_LEAFLET (frame), content), CONTENT);
  adw_leaflet_set_visible_child (ADW_LEAFLET (frame), content);
}

gboolean
far_shell_frame_get_folded (GtkWidget *frame)
{
  return adw_leaflet_get_folded (ADW_LEAFLET (frame));
}

gboolean
far_shell_frame_get_show_content (GtkWidget *frame)
{
  return g_strcmp0 (adw_leaflet_get_visible_child_name (ADW_LEAFLET (frame)), CONTENT) == 0;
}

void
far_shell_frame_set_show_content (GtkWidget *frame, gboolean show_content)
{
  adw_leaflet_set_visible_child_name (ADW_LEAFLET (frame), show_content ? CONTENT : SIDEBAR);
}
