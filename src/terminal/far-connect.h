/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of farthingctl connect. */
#pragma once

#include "terminal/far-terminal.h"

G_BEGIN_DECLS

/* Return exit codes. */
int far_connect_verify   (FarTerminal *self, const char *id);
int far_connect_earnings (FarTerminal *self, const char *id);

G_END_DECLS
