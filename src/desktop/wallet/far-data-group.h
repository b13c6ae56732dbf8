/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the publication keeps of the reader: to be taken along, or forgotten. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_DATA_GROUP (far_data_group_get_type ())
G_DECLARE_FINAL_TYPE (FarDataGroup, far_data_group, FAR, DATA_GROUP, AdwPreferencesGroup)

/* Signals: "export" (GFile): write it there; "forget": the user has said so twice. */

G_END_DECLS
