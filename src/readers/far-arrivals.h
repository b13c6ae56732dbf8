/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readers arrive by a Poisson process, whether or not earlier ones are being served (open loop):
 * a slow platform is not spared. Draws who comes and for which article, and keeps the visits. */
#pragma once

#include "readers/far-visit.h"

G_BEGIN_DECLS

#define FAR_ARRIVALS_RATE_MAX 1000.0 /* readers a second */
#define FAR_ARRIVALS_OPEN_MAX 4000   /* visits at once; more are shed and counted */
#define FAR_ARRIVALS_ARTICLES_MAX 10000

typedef struct _FarArrivals FarArrivals;

/* articles: copied, not empty. rate in readers a second, > 0. */
FarArrivals *far_arrivals_new  (const FarVisitContext *context, const char *const *articles,
                                double rate, guint64 seed);
void         far_arrivals_free (FarArrivals *self);
/* No more arrivals; drained is called once no visit is open, at once if none is. */
void         far_arrivals_stop (FarArrivals *self, GSourceFunc drained, gpointer user_data);
guint        far_arrivals_open (FarArrivals *self);

G_END_DECLS
