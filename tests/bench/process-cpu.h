/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPU that a process and everything below it has used so far, by the names of the programs, from
 * /proc. Of two readings only the difference says something: what has ended in between is gone. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Name → gint64 * in µs; those who never ran are left out. */
GHashTable *process_cpu_read (pid_t root);

G_END_DECLS
