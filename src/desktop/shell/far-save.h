/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saving a text where the user says. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A file is private to its user: it says who was paid what. */

void far_save_text    (GtkWidget  *widget,
                       const char *title,
                       const char *name,
                       const char *text);
void far_save_text_to (GtkWidget  *widget,
                       GFile      *file,
                       const char *text);

G_END_DECLS
