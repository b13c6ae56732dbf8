/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keeper's eye on what runs in its sandbox: more processes or memory than it was given? */
#pragma once

#include "platform/spawner-keeper.h"
#include "sandbox/far-sandbox-messages.h"

G_BEGIN_DECLS

/* From one look to the next: at rest, and while there is something to watch. */
#define WATCH_IDLE_MS 1000
#define WATCH_BUSY_MS 100

typedef struct {
  const FarPlan           *plan;
  const FarSandboxCensus  *census;   /* (nullable): fork servers: what the platform knows of */
  int                      next_ms;  /* until the next look; -1 = never */
  guint                    offences; /* looks in a row that found too many processes */
  gboolean                 out_of_memory;
} Watch;

/* Only in a pid namespace of its own with a /proc; otherwise it never looks. */
void        watch_init (Watch *self, const FarPlan *plan, const FarSandboxCensus *census,
                        gboolean own_processes);
/* Returns: NULL, or why everything in the sandbox must end. Sets next_ms. */
const char *watch_look (Watch *self);

G_END_DECLS
