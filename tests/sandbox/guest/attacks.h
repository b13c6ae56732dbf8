/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a hostile function would try. The guest runs them inside a sandbox, where each must fail;
 * the test runs the same code outside as a control, where those that can succeed must, or the
 * attack would prove nothing. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * attack_run:
 * @name: which one
 * @argument: a path, a number…, or ""
 * @detail: what was seen, for people
 *
 * Returns: TRUE if the attack got what it wanted.
 */
gboolean attack_run (const char *name, const char *argument, GString *detail);

G_END_DECLS
