/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a thread's turns on a processor are, where threads that work for microseconds and ones
 * that work for milliseconds share one (sched(7), "The SCHED_OTHER policy"). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * far_turns_make_short:
 * @nice: of this thread alone, 0 to 19, 19 the least share
 *
 * Asks the kernel for the shortest turns there are (0.1 ms) for the calling thread: who works
 * briefly gets one sooner, who works long gives way sooner. Shares stay as they are. Children have
 * the system's own again. Before Linux 6.12, and where it is forbidden, only the share changes.
 */
void far_turns_make_short (int nice);

/**
 * far_turns_make_patient:
 *
 * The calling thread works from now on when nothing else wants a processor, and hardly ever
 * otherwise. For good: the kernel lets only the privileged take it back. Where it is forbidden, the
 * thread gets the least share there is. Children have the system's own again.
 */
void far_turns_make_patient (void);

G_END_DECLS
