/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One visit of a simulated reader: open an article, read its beginning, choose at the gate, pay or
 * watch, read, perhaps refund. A chain of requests and pauses on the main context. */
#pragma once

#include "readers/far-reader-http.h"

G_BEGIN_DECLS

/* What all visits share; outlives them. */
typedef struct {
  const FarAssumptions *assumptions;
  FarReaderHttp        *http;
  FarVisitReport       *report;
  FarClock             *clock;
} FarVisitContext;

typedef struct _FarVisit FarVisit;
typedef void (*FarVisitDone) (FarVisit *visit, gpointer user_data);

/**
 * far_visit_new:
 * @traits: copied
 * @seed: of this visit's own draws (worth, pauses, refund)
 * @article: an id as the catalogue has it
 * @due_us: monotonic time of the arrival
 * @done: called once at the end; then free the visit
 *
 * Returns: (transfer full): a visit under way
 */
FarVisit *far_visit_new  (const FarVisitContext *context, const FarReaderTraits *traits,
                          guint64 seed, const char *article, gint64 due_us, FarVisitDone done,
                          gpointer user_data);
/* Only once it is done, or after the context's http was freed. */
void      far_visit_free (FarVisit *self);

G_END_DECLS
