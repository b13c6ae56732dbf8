/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is erased when a reader asks for it, and what stays and why: the words of the answer, beside
 * each other so that they stay true to bookkeeper/far-commands-person.c. Pure. */
#pragma once

#include "base/far-json.h"

G_BEGIN_DECLS

/* The members "erased", "kept" and "left" of an object. left: as reader.delete gave it */
void far_deletion_write (FarJsonWriter *writer, JsonNode *left);

G_END_DECLS
