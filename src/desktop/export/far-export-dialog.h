/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a view is exported: what of it, in which format, of which function. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_EXPORT_DIALOG (far_export_dialog_get_type ())
G_DECLARE_FINAL_TYPE (FarExportDialog, far_export_dialog, FAR, EXPORT_DIALOG, AdwWindow)

/* Signal "ready" (name, text): the file is there, to be saved under a name like that. */
GtkWidget *far_export_dialog_new (GtkWindow  *parent,
                                  FarSession *session,
                                  const char *function);

G_END_DECLS
