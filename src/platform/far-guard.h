/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whoever has no service manager: a process that waits beside farthingd, starts it again when it
 * was killed, and holds its listening sockets meanwhile, so that nobody who connects is refused. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_GUARD_LISTENERS_MAX 8
/* Kills within so long that are too many: something kills it at once each time. */
#define FAR_GUARD_KILLS_MAX 10
#define FAR_GUARD_WINDOW_S 60

typedef struct {
  int channel; /* to the guard; -1: there is none */
  int listeners[FAR_GUARD_LISTENERS_MAX]; /* of the one before; -1 */
} FarGuard;

/* Without a guard. */
void     far_guard_init (FarGuard *self);

/**
 * far_guard_start:
 * @ret_exit: the exit status, where this returns %FALSE
 *
 * Forks, and again each time that the child was killed by a signal after it had once listened.
 * Call it before there is any thread. The guard passes SIGTERM, SIGINT and SIGHUP on and ends as
 * the child has ended; a child whose guard was killed gets SIGTERM.
 *
 * Returns: %TRUE in a child, %FALSE in the guard at its end
 */
gboolean far_guard_start (FarGuard *self, int *ret_exit);
/* Returns: a listening socket that is the caller's, or -1 if there is none yet. */
int      far_guard_take  (FarGuard *self, guint index);
/* Shows the guard a listening socket, which stays the caller's. */
void     far_guard_keep  (FarGuard *self, guint index, int fd);
/* In a child that is up: lets go of what nobody took. */
void     far_guard_settle (FarGuard *self);

G_END_DECLS
