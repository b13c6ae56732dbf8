/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl export push. Main thread. */
#pragma once

#include "terminal/far-terminal.h"

G_BEGIN_DECLS

/* argv: with "export" and "push". Returns an exit code. */
int far_export_push (FarTerminal *self, int argc, char **argv);

G_END_DECLS
