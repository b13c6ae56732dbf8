/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All alarms of the platform, and one of them. */
#pragma once

#include "desktop/shell/far-page.h"

G_BEGIN_DECLS

#define FAR_TYPE_ALARMS_PAGE (far_alarms_page_get_type ())
G_DECLARE_FINAL_TYPE (FarAlarmsPage, far_alarms_page, FAR, ALARMS_PAGE, FarPage)

G_END_DECLS
