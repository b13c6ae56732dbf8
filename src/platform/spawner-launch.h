/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the keeper's child to the function's program: descriptors, limits, rights, filter, exec. */
#pragma once

#include "platform/spawner-keeper.h"

G_BEGIN_DECLS

/**
 * launch_program:
 * @tmp_fd: where a fork server gets its /tmp from; -1 without
 *
 * Forks, prepares and executes the program. Blocks until exec has succeeded or failed.
 *
 * Returns: its pid, or -1 with an error that names the step.
 */
pid_t launch_program (const KeeperTask *task, int tmp_fd, GError **error);

G_END_DECLS
