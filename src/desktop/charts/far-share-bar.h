/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thin horizontal bar in two pieces, pay and ads, against the longest of its list. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FAR_TYPE_SHARE_BAR (far_share_bar_get_type ())
G_DECLARE_FINAL_TYPE (FarShareBar, far_share_bar, FAR, SHARE_BAR, GtkWidget)

GtkWidget *far_share_bar_new        (void);
void       far_share_bar_set_shares (FarShareBar *self,
                                     gint64       pay_micros,
                                     gint64       ad_micros,
                                     gint64       longest_micros);

G_END_DECLS
