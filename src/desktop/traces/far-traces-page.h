/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recent traces, and the waterfall of one. */
#pragma once

#include "desktop/shell/far-page.h"

G_BEGIN_DECLS

#define FAR_TYPE_TRACES_PAGE (far_traces_page_get_type ())
G_DECLARE_FINAL_TYPE (FarTracesPage, far_traces_page, FAR, TRACES_PAGE, FarPage)

void far_traces_page_open (FarTracesPage *self,
                           const char    *trace_id);

G_END_DECLS
