/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The application: one window on one deployment. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_APPLICATION (far_application_get_type ())
G_DECLARE_FINAL_TYPE (FarApplication, far_application, FAR, APPLICATION, AdwApplication)

FarApplication *far_application_new (void);

G_END_DECLS
