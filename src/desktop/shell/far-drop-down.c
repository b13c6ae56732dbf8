/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In GTK 4.8 the keyboard focus goes to the button inside a drop-down, and that is called
 * "GtkToggleButton" unless somebody names it. */
#include "desktop/shell/far-drop-down.h"

/**
 * far_drop_down_set_name:
 * @name: what is chosen with it
 */
void
far_drop_down_set_name (GtkDropDown *drop_down, const char *name)
{
  GtkWidget *button;

  g_return_if_fail (GTK_IS_DROP_DOWN (drop_down));

  gtk_accessible_update_property (GTK_ACCESSIBLE (drop_down), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  -1);
  button = gtk_widget_get_first_child (GTK_WIDGET (drop_down));
  if (GTK_IS_TOGGLE_BUTTON (button))
    gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                    -1);
}
