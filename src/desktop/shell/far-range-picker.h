/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the time range of all pages is chosen; each page that shows the past has one. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_RANGE_PICKER (far_range_picker_get_type ())
G_DECLARE_FINAL_TYPE (FarRangePicker, far_range_picker, FAR, RANGE_PICKER, AdwBin)

/* Property "session" (FarSession, nullable): whose range it shows and sets. */

G_END_DECLS
