/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The newest invocations of one function. */
#pragma once

#include <adwaita.h>

#include "client/far-platform-client.h"

G_BEGIN_DECLS

#define FAR_INVOCATION_LIST_MAX 100

#define FAR_TYPE_INVOCATION_LIST (far_invocation_list_get_type ())
G_DECLARE_FINAL_TYPE (FarInvocationList, far_invocation_list, FAR, INVOCATION_LIST, AdwBin)

void far_invocation_list_show (FarInvocationList *self,
                               FarPlatformClient *client,
                               const char        *function);
void far_invocation_list_fill (FarInvocationList *self,
                               GPtrArray         *records);

G_END_DECLS
