/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tier this machine gives, found by building it. */
#pragma once

#include "platform/spawner-keeper.h"

G_BEGIN_DECLS

/**
 * probe_isolation:
 * @ceiling: never more than this
 * @ret_notes: (transfer full): what is missing and why, for people; "" if nothing
 */
FarIsolation probe_isolation (FarIsolation ceiling, char **ret_notes);

G_END_DECLS
