/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a sandbox that stands by gets its function: a short-lived process of the spawner's opens what
 * the plan grants and hands it to the keeper, which puts it into place. */
#pragma once

#include "sandbox/far-namespaces.h"
#include "sandbox/far-plan.h"

G_BEGIN_DECLS

/* In a fresh child of the spawner. plan: its own copy of the function's; user_namespace: the
 * sandbox's, joined where the user's own rights are all there are. Does not return. */
void     adopt_hand_over (FarPlan *plan, const FarIdentity *identity, int handover,
                          int user_namespace) G_GNUC_NORETURN;
/* In the keeper. main_pid: the interpreter, whose limits become the function's.
 * Returns: (transfer full) (nullable): the function's plan, in force. */
FarPlan *adopt_receive   (int handover, pid_t main_pid, GError **error);

G_END_DECLS
