/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of pages, and the primary menu. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_SIDEBAR (far_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (FarSidebar, far_sidebar, FAR, SIDEBAR, AdwBin)

/* Properties "pages" (GtkSelectionModel of GtkStackPage) and "session" (FarSession). Signal
 * "activated": the user chose a page, also when it was the chosen one already. */

G_END_DECLS
