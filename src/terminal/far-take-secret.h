/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets on their way in: typed on the terminal without echo, or a line of standard input, or a
 * file. No option and no variable of the environment takes one. Main thread. */
#pragma once

#include "terminal/far-terminal.h"

G_BEGIN_DECLS

#define FAR_TERMINAL_SECRET_MAX 4096 /* bytes */

/* Asks for it if standard input is a terminal, else reads a line of it. Returns: (transfer full)
 * (nullable): to be wiped; NULL: there is none, or it is too long, which is told, and *ret_exit is
 * set */
char    *far_terminal_ask_secret  (const char *name, int *ret_exit);
/* "token" (typed on the terminal), "token=-" (a line of standard input) or "token=FILE", into
 * secrets: name → text. FALSE: told, and *ret_exit is set. */
gboolean far_terminal_take_secret (GHashTable *secrets, const char *argument, int *ret_exit);

G_END_DECLS
