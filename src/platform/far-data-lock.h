/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One farthingd a data directory: an exclusive lock on D/farthingd.lock, which holds the pid. The
 * kernel lets go of it when the process ends, however it ends. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_DATA_LOCK_NAME "farthingd.lock"

/* Returns: a descriptor that holds the lock while it is open; -1 with FAR_PLATFORM_ERROR_LOCKED and
 * a message that names the other process. */
int far_data_lock_take (const char *data_dir, GError **error);

G_END_DECLS
