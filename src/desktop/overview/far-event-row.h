/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of the list of recent events. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/model/far-event-item.h"

G_BEGIN_DECLS

#define FAR_TYPE_EVENT_ROW (far_event_row_get_type ())
G_DECLARE_FINAL_TYPE (FarEventRow, far_event_row, FAR, EVENT_ROW, GtkListBoxRow)

GtkWidget *far_event_row_new (FarEventItem *event);

G_END_DECLS
