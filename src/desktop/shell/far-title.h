/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The title of a page: its name, and below it the deployment's name, and the age of its last
 * sample. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_TITLE (far_title_get_type ())
G_DECLARE_FINAL_TYPE (FarTitle, far_title, FAR, TITLE, AdwBin)

G_END_DECLS
