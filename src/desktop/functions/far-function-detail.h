/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function: its charts, its recent invocations, its log. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_FUNCTION_DETAIL (far_function_detail_get_type ())
G_DECLARE_FINAL_TYPE (FarFunctionDetail, far_function_detail, FAR, FUNCTION_DETAIL, AdwBin)

void far_function_detail_set_session  (FarFunctionDetail *self,
                                       FarSession        *session);
void far_function_detail_set_function (FarFunctionDetail *self,
                                       FarFunctionInfo   *function);

G_END_DECLS
