/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All functions in a table; one of them in detail. */
#pragma once

#include "desktop/shell/far-page.h"

G_BEGIN_DECLS

#define FAR_TYPE_FUNCTIONS_PAGE (far_functions_page_get_type ())
G_DECLARE_FINAL_TYPE (FarFunctionsPage, far_functions_page, FAR, FUNCTIONS_PAGE, FarPage)

void far_functions_page_open (FarFunctionsPage *self,
                              const char       *function);

G_END_DECLS
