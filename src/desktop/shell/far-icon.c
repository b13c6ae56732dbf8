/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A role can be given only to a widget that is being made. */
#include "desktop/shell/far-icon.h"

/**
 * far_icon_new:
 * @icon_name: (nullable): NULL where it is set later
 */
GtkWidget *
far_icon_new (const char *icon_name)
{
  return g_object_new (GTK_TYPE_IMAGE, "icon-name", icon_name, "accessible-role",
                       GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
}
