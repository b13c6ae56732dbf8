/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which metrics say what, by system, and the PromQL that asks for them.
 *
 * A term is a selector (a metric's name and matchers), to which the function's matcher and the
 * window are added; or, where it has "$w" in it, a whole expression of the publisher's own that
 * yields a vector by the function's label, in which $w stands for the window. No state. */
#pragma once

#include "sources/far-source.h"

G_BEGIN_DECLS

typedef enum {
  FAR_PROM_INVOCATIONS, /* counter */
  FAR_PROM_ERRORS,      /* counter */
  FAR_PROM_THROTTLES,   /* counter */
  FAR_PROM_COLD_STARTS, /* counter */
  FAR_PROM_GB_S,        /* counter of GB-seconds */
  FAR_PROM_BUCKETS,     /* counters by le */
  FAR_PROM_CONCURRENCY, /* gauge */
  FAR_PROM_INSTANCES,   /* gauge */
} FarPromRole;
#define FAR_PROM_N_ROLES 8
#define FAR_PROM_TERMS_MAX 4
#define FAR_PROM_EXPRESSION_MAX 1024

typedef struct {
  const char *name;
  const char *label;      /* of the function's name */
  double      us_per_unit; /* of the buckets' limits */
  const char *terms[FAR_PROM_N_ROLES][FAR_PROM_TERMS_MAX]; /* added up */
  guint       zero;       /* bits by role: no series of it means 0 where invocations are known,
                           * because both are one family */
} FarPromProfile;

/* "openfaas", "knative", "knative-otel", "farthing" */
const FarPromProfile *far_prom_profile_find (const char *name);
/* A name that PromQL takes as a label's. */
gboolean far_prom_is_label (const char *text);

/* The increase (or, of a gauge, the maximum) within the window that ends at the evaluation, by
 * function (all FALSE) or of everything together; NULL if the profile has nothing of that role.
 * function: (nullable): only this one. Returns: (transfer full) (nullable) */
char *far_prom_query       (const FarPromProfile *profile, FarPromRole role, const char *function,
                            gint64 window_s, gboolean all);
/* A gauge as it is at the evaluation, by function; NULL as above. (transfer full) (nullable) */
char *far_prom_query_gauge (const FarPromProfile *profile, FarPromRole role);
/* When its newest sample was taken, in the window before the evaluation. (transfer full) */
char *far_prom_query_newest (const FarPromProfile *profile, gboolean long_ago);
/* Samples of each series in ten minutes: tells how often it is scraped. (transfer full) */
char *far_prom_query_scrapes (const FarPromProfile *profile);
/* How many functions there are, and which. (transfer full) */
char *far_prom_query_functions (const FarPromProfile *profile, gint64 window_s);

G_END_DECLS
