/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is erased when a reader asks for it, and what stays and why: the words of the answer, beside
 * each other so that they stay true to bookkeeper/far-commands-person.c. Pure. */
#pragma once

#include "base/far-json.h"

G_BEGIN_DECLS

/* The members "erased", "kept" and "left_micros" of an object. */
void far_deletion_write (FarJsonWriter *writer, gint64 left_micros);

G_END_DECLS
