/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of farthingctl connect. */
#pragma once

#include "terminal/far-terminal.h"

G_BEGIN_DECLS

/* "token" (typed on the terminal), "token=-" (a line of standard input) or "token=FILE", into
 * secrets: name → text. FALSE: told, and *ret_exit is set. */
gboolean far_connect_take_secret (GHashTable *secrets, const char *argument, int *ret_exit);

/* Return exit codes. */
int far_connect_verify   (FarTerminal *self, const char *id);
int far_connect_earnings (FarTerminal *self, const char *id);

G_END_DECLS
