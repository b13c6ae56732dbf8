/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of attacks, and what their files share. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *name; /* NULL ends a table */
  gboolean  (*run) (const char *argument, GString *detail);
} Attack;

extern const Attack attacks_reach[];
extern const Attack attacks_kernel[];
extern const Attack attacks_exhaust[];

/* Notes what happened, errno if it failed. Returns: got_through. */
gboolean verdict (gboolean got_through, GString *detail, const char *what);
/* The argument as a number. */
int      number  (const char *argument);

G_END_DECLS
