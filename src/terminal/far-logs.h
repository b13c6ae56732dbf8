/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log line on the terminal. Main thread. */
#pragma once

#include "terminal/far-terminal.h"

G_BEGIN_DECLS

/* A FarLogLineFunc; user_data is the terminal. */
void far_logs_print_line (FarLogLine *line, gpointer user_data);

G_END_DECLS
